"""Logs of other tools, as data frames: Zeek's logs and Suricata's events, joined with conversations by community id.

>>> conn = fieldtap.logs.read_zeek("conn.log")
>>> fieldtap.logs.join(capture.conversations, conn)

polars is used where it is installed, or else pandas; `library` says which.
"""

from __future__ import annotations

import base64
import datetime
import gzip
import hashlib
import importlib
import importlib.util
import ipaddress
import itertools
import json
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from os import PathLike
from typing import IO, TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    import pandas
    import polars

    from ._fieldtap import Table

__all__ = ["community_id", "join", "read_eve", "read_zeek"]

_Path: TypeAlias = str | PathLike[str]
_Library: TypeAlias = Literal["polars", "pandas"]
_Frame: TypeAlias = "polars.DataFrame | pandas.DataFrame"

_SECOND = 1_000_000_000
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
# Kinds of columns: moments and durations are nanoseconds.
_KINDS = {"time": "moment", "interval": "duration", "count": "count", "int": "int", "port": "int", "double": "real"}
_NUMBERS = {"icmp": 1, "tcp": 6, "udp": 17, "icmp6": 58, "sctp": 132}


def _choose(library: _Library | None) -> str:
    """The library that is to be used; one that is there, if none is named."""
    if library not in (None, "polars", "pandas"):
        raise ValueError(f"no library is named {library!r}; there are polars, pandas")
    for name in (library,) if library else ("polars", "pandas"):
        if importlib.util.find_spec(name) is not None:
            return name
    wanted = library or "polars or pandas"
    raise ImportError(f'reading logs needs {wanted}: pip install "fieldtap[{library or "polars"}]"', name=library)


def _open(path: _Path) -> IO[str]:
    with open(path, "rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    # What a device sent may be no UTF-8: it is kept as an escape.
    if packed:
        return gzip.open(path, "rt", encoding="utf-8", errors="backslashreplace")
    return open(path, encoding="utf-8", errors="backslashreplace")


def _nanoseconds(text: str | int | Decimal) -> int:
    return _within(int(Decimal(text) * _SECOND), 64)


def _within(number: int, bits: int, *, signed: bool = True) -> int:
    """The number, if a column of so many bits holds it."""
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    if not low <= number <= high:
        raise ValueError(f"{number} does not fit {bits} bits")
    return number


def _moment(text: str) -> int:
    """A moment in ISO 8601, as Suricata and, if told so, Zeek write it; UTC where no zone is given."""
    moment = datetime.datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.UTC)
    passed = moment - _EPOCH
    return ((passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds) * 1_000


def _frame(library: str, columns: dict[str, tuple[str, list[Any]]]) -> Any:
    """A data frame of columns, each of a kind."""
    if library == "polars":
        import polars

        types: dict[str, Any] = {
            "moment": polars.Datetime("ns", "UTC"),
            "duration": polars.Duration("ns"),
            "count": polars.UInt64,
            "int": polars.Int64,
            "real": polars.Float64,
            "bool": polars.Boolean,
            "text": polars.String,
            "list": polars.List(polars.String),
        }
        series = []
        for name, (kind, values) in columns.items():
            raw = polars.Int64 if kind in ("moment", "duration") else types[kind]
            series.append(polars.Series(name, values, dtype=raw).cast(types[kind]))
        return polars.DataFrame(series)
    import pandas

    data: dict[str, Any] = {}
    for name, (kind, values) in columns.items():
        if kind == "moment":
            data[name] = pandas.to_datetime(pandas.array(values, dtype="Int64"), unit="ns", utc=True)
        elif kind == "duration":
            data[name] = pandas.to_timedelta(pandas.array(values, dtype="Int64"), unit="ns")
        else:
            names = {"count": "UInt64", "int": "Int64", "real": "Float64", "bool": "boolean", "text": "string"}
            data[name] = pandas.Series(values, dtype=names.get(kind, "object"))
    return pandas.DataFrame(data)


def _infer(values: Sequence[Any]) -> tuple[str, list[Any]]:
    """The kind of a column of JSON values. What is mixed becomes text, what has an inner structure its JSON."""
    there = {type(value) for value in values if value is not None}
    if there <= {bool}:
        return ("bool" if there else "text"), list(values)
    if there == {int}:
        fits = all(value is None or -(2**63) <= value < 2**63 for value in values)
        unsigned = all(value is None or 0 <= value < 2**64 for value in values)
        if fits or unsigned:
            return ("int" if fits else "count"), list(values)
    if there <= {int, float} and there:
        return "real", [None if value is None else float(value) for value in values]
    kept = [value if value is None or isinstance(value, str) else json.dumps(value) for value in values]
    return "text", kept


def _json_rows(file: Iterable[str], path: _Path) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(file, 1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            row = json.loads(line, parse_float=Decimal)
        except json.JSONDecodeError as error:
            raise ValueError(f"{path}, line {number}: no JSON: {error}") from error
        if not isinstance(row, dict):
            raise ValueError(f"{path}, line {number}: an object is expected")
        yield row


def _flat(row: dict[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in row.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield before + name, float(value) if isinstance(value, Decimal) else value


def _gather(rows: Iterable[dict[str, Any]]) -> dict[str, list[Any]]:
    """Columns of rows, in the order of first sight; absent is null."""
    columns: dict[str, list[Any]] = {}
    count = 0
    for count, row in enumerate(rows, 1):
        for name, value in row.items():
            columns.setdefault(name, [None] * (count - 1)).append(value)
        for values in columns.values():
            if len(values) < count:
                values.append(None)
    return columns


def _zeek_json(file: Iterable[str], path: _Path) -> dict[str, tuple[str, list[Any]]]:
    def plain(row: dict[str, Any]) -> dict[str, Any]:
        for name, kind in (("ts", "time"), ("duration", "interval")):
            value = row.get(name)
            try:
                if isinstance(value, str):
                    row[name] = _moment(value)
                elif value is not None:
                    row[name] = _nanoseconds(value)
            except (ValueError, TypeError, ArithmeticError) as error:
                raise ValueError(f"{path}, field {name}: {value!r} is no {kind}") from error
        return dict(_flat(row))

    columns: dict[str, tuple[str, list[Any]]] = {}
    for name, values in _gather(map(plain, _json_rows(file, path))).items():
        kind = {"ts": "moment", "duration": "duration"}.get(name)
        columns[name] = (kind, values) if kind else _infer(values)
    return columns


def _zeek_text(file: Iterator[str], path: _Path) -> dict[str, tuple[str, list[Any]]]:
    header = {"separator": "\t", "set_separator": ",", "empty_field": "(empty)", "unset_field": "-"}
    names: list[str] = []
    types: list[str] = []
    values: list[list[Any]] = []

    def cell(kind: str, text: str) -> Any:
        if text == header["unset_field"]:
            return None
        if kind.startswith(("set[", "vector[")):
            return [] if text == header["empty_field"] else text.split(header["set_separator"])
        if kind in ("time", "interval"):
            return _nanoseconds(text)
        if kind in ("count", "int", "port"):
            return _within(int(text), 64, signed=kind != "count")
        if kind == "double":
            return float(text)
        if kind == "bool":
            return text == "T"
        return "" if text == header["empty_field"] else text

    for number, line in enumerate(file, 1):
        line = line.rstrip("\n")
        if line.startswith("#"):
            key, _, rest = line[1:].partition(" " if line.startswith("#separator") else header["separator"])
            if key == "separator":
                header[key] = rest.encode().decode("unicode_escape")
            elif key in header:
                header[key] = rest
            elif key == "fields":
                names = rest.split(header["separator"])
                values = values or [[] for _ in names]
            elif key == "types":
                types = rest.split(header["separator"])
            continue
        if not line:
            continue
        cells = line.split(header["separator"])
        if not types or not names:
            raise ValueError(f"{path}, line {number}: no Zeek log: #fields and #types come before the rows")
        if not len(cells) == len(names) == len(types) == len(values):
            raise ValueError(f"{path}, line {number}: {len(cells)} fields, where #fields names {len(names)}")
        for name, kind, column, text in zip(names, types, values, cells, strict=True):
            try:
                column.append(cell(kind, text))
            except (ValueError, ArithmeticError) as error:
                raise ValueError(f"{path}, line {number}, field {name}: {text!r} is no {kind}") from error
    kinds = ["list" if kind.startswith(("set[", "vector[")) else _KINDS.get(kind, kind) for kind in types]
    kinds = [
        kind if kind in ("moment", "duration", "count", "int", "real", "bool", "list") else "text" for kind in kinds
    ]
    return dict(zip(names, zip(kinds, values, strict=True), strict=True))


def read_zeek(path: _Path, *, library: _Library | None = None) -> Any:
    """A log of Zeek, tab-separated or JSON, plain or compressed with gzip, as a data frame.

    Times are moments in UTC to the nanosecond, intervals durations; sets and vectors are lists of text. What is unset
    is null. Raises `ValueError` with file, line and field where it is no such log.
    """
    chosen = _choose(library)
    with _open(path) as file:
        first = file.readline()
        file.seek(0)
        columns = _zeek_json(file, path) if first.lstrip().startswith("{") else _zeek_text(file, path)
    return _frame(chosen, columns)


def read_eve(path: _Path, event_type: str | Sequence[str] | None = None, *, library: _Library | None = None) -> Any:
    """Events of Suricata's EVE (`eve.json`), plain or compressed with gzip, as a data frame.

    `event_type` keeps those of this type, or of these. `timestamp`, `flow.start` and `flow.end` are moments in UTC.
    Objects within are columns with a dot (`modbus.request.access_type`); lists are their JSON, as text.
    """
    chosen = _choose(library)
    types = [event_type] if isinstance(event_type, str) else event_type
    moments = ("timestamp", "flow.start", "flow.end")
    with _open(path) as file:
        rows = (dict(_flat(row)) for row in _json_rows(file, path) if not types or row.get("event_type") in types)
        gathered = _gather(rows)
    columns: dict[str, tuple[str, list[Any]]] = {}
    if not gathered:
        # What joins and filters it finds the columns that every event has.
        columns = {"timestamp": ("moment", []), "event_type": ("text", []), "community_id": ("text", [])}
    for name, values in gathered.items():
        if name in moments:
            columns[name] = ("moment", [None if value is None else _moment(value) for value in values])
        else:
            columns[name] = _infer(values)
    return _frame(chosen, columns)


def community_id(
    source: str, source_port: int | None, destination: str, destination_port: int | None, protocol: str | int
) -> str:
    """The community id, version 1 with seed 0, of a conversation; `protocol` is a name or number of IP.

    Of ICMP, whose ids are made of types, ask Zeek or Suricata themselves.
    """
    number = _NUMBERS.get(protocol.lower()) if isinstance(protocol, str) else protocol
    if number is None:
        raise ValueError(f"no protocol is named {protocol!r}; there are {', '.join(_NUMBERS)}")
    ends = [
        (ipaddress.ip_address(address).packed, port or 0)
        for address, port in ((source, source_port), (destination, destination_port))
    ]
    (low, low_port), (high, high_port) = sorted(ends)
    octets = struct.pack("!H", 0) + low + high + struct.pack("!BB", number, 0)
    if number in (1, 6, 17, 58, 132):
        octets += struct.pack("!HH", low_port, high_port)
    return "1:" + base64.b64encode(hashlib.sha1(octets, usedforsecurity=False).digest()).decode()


def _ids(column: Callable[[str], list[Any]], has_proto: bool, known: set[str]) -> list[str | None]:
    """Community ids of Zeek's connections, where its own script has not written them.

    Logs of ICSNPP do not tell the protocol: it is that of a known id, and TCP where there is none.
    """
    ends = zip(*map(column, ("id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p")), strict=True)
    protocols = column("proto") if has_proto else itertools.repeat(None)
    ids: list[str | None] = []
    for (source, source_port, destination, destination_port), protocol in zip(ends, protocols, strict=False):
        candidates = ("tcp", "udp") if protocol is None and not has_proto else (protocol,)
        if source is None or destination is None or not {*candidates} <= {"tcp", "udp"}:
            ids.append(None)
            continue
        made = [community_id(source, source_port, destination, destination_port, candidate) for candidate in candidates]
        ids.append(next((one for one in made if one in known), made[0]))
    return ids


def _times(names: Iterable[str]) -> tuple[str, str | None, str | None]:
    """The columns of when something began, of when it ended, and of how long it took."""
    names = set(names)
    if {"flow.start", "flow.end"} <= names:
        return "flow.start", "flow.end", None
    if "timestamp" in names:
        return "timestamp", None, None
    return "ts", None, "duration" if "duration" in names else None


def join(
    conversations: Table | _Frame,
    log: _Frame,
    *,
    how: Literal["inner", "left"] = "inner",
    within: datetime.timedelta = datetime.timedelta(seconds=1),
    suffix: str = "_log",
) -> Any:
    """Conversations with the rows of a log that tell of the same ones: by community id and time.

    `conversations` is the table, or a data frame of it, with `community_id`, `first` and `last`; `log` a data frame of
    `read_zeek` or `read_eve`, of the library that the result has. A data frame of conversations is of the same. Where a
    log of Zeek has no community id, it is made of addresses and ports; where it has no `proto` either, as logs of
    ICSNPP, what the conversations have with these ends is meant, TCP before UDP. The same addresses and ports may be
    used again later: so a row of the log belongs to a conversation if their spans of time meet, give or take `within`.
    `left` keeps conversations that the log does not know. Columns that both have get the `suffix`.
    """
    if how not in ("inner", "left"):
        raise ValueError(f"no join is named {how!r}; there are inner, left")
    library = type(log).__module__.partition(".")[0]
    if library not in ("polars", "pandas"):
        raise TypeError(f"a data frame of polars or pandas is expected, not {type(log).__name__}")
    left: Any = (
        getattr(conversations, f"to_{library}")()
        if hasattr(conversations, "__arrow_c_stream__")
        and hasattr(conversations, f"to_{library}")
        and type(conversations).__module__.startswith("fieldtap")
        else conversations
    )
    if type(left).__module__.partition(".")[0] != library:
        raise TypeError(f"the log is a data frame of {library}, and the conversations are of {type(left).__module__}")
    right: Any = log
    begins, ends, lasts = _times(right.columns)
    if "community_id" not in right.columns:
        if "id.orig_h" not in right.columns:
            raise ValueError("the log has no column community_id, nor addresses of which it could be made")
        known = {str(one) for one in left["community_id"] if isinstance(one, str)}
        ids = _ids(lambda name: list(right[name]), "proto" in right.columns, known)
        if library == "polars":
            import polars

            right = right.with_columns(polars.Series("community_id", ids, dtype=polars.String))
        else:
            right = right.assign(community_id=ids)
    return (_join_polars if library == "polars" else _join_pandas)(
        left, right, how, within, suffix, (begins, ends, lasts)
    )


def _join_polars(
    left: Any, right: Any, how: str, within: datetime.timedelta, suffix: str, times: tuple[str, str | None, str | None]
) -> Any:
    import polars

    begins, ends, lasts = times
    begin = polars.col(begins)
    end = polars.col(ends) if ends else begin + polars.col(lasts).fill_null(datetime.timedelta()) if lasts else begin
    right = right.with_columns(begin.alias("__begin"), end.alias("__end"))
    left = left.with_row_index("__row").with_columns(polars.col("community_id").cast(polars.String))
    found = left.join(right, on="community_id", how="inner", suffix=suffix)
    meets = (polars.col("__begin") <= polars.col("last") + within) & (
        polars.col("__end") >= polars.col("first") - within
    )
    found = found.filter(meets)
    if how == "left":
        alone = left.join(found.select("__row").unique(), on="__row", how="anti")
        found = polars.concat([found, alone], how="diagonal_relaxed")
    return found.sort("__row", maintain_order=True).drop("__row", "__begin", "__end")


def _join_pandas(
    left: Any, right: Any, how: str, within: datetime.timedelta, suffix: str, times: tuple[str, str | None, str | None]
) -> Any:
    import pandas

    begins, ends, lasts = times
    begin = right[begins]
    end = right[ends] if ends else begin + right[lasts].fillna(pandas.Timedelta(0)) if lasts else begin
    right = right.assign(__begin=begin, __end=end)
    left = left.assign(__row=range(len(left)), community_id=left["community_id"].astype("object"))
    right = right.assign(community_id=right["community_id"].astype("object"))
    known = right[right["community_id"].notna()]
    found = left.merge(known, on="community_id", how="inner", suffixes=("", suffix))
    meets = (found["__begin"] <= found["last"] + within) & (found["__end"] >= found["first"] - within)
    found = found[meets]
    if how == "left":
        alone = left[~left["__row"].isin(found["__row"])]
        found = pandas.concat([found, alone]) if len(alone) else found
    found = found.sort_values("__row", kind="stable").reset_index(drop=True)
    return found.drop(columns=["__row", "__begin", "__end"])
