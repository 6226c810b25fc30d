"""What the extension module gives."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from os import PathLike
from types import TracebackType
from typing import Any, Literal, Self, TypeAlias, final

import duckdb
import pandas
import polars
import pyarrow
from typing_extensions import Buffer

from ._names import Limits, ProtocolName, TableGroup, TableName

__all__ = [
    "Capture",
    "Column",
    "Progress",
    "Protocol",
    "Schema",
    "Stream",
    "Summary",
    "Table",
    "__version__",
    "command",
    "dissect",
    "protocols",
    "read",
    "schema",
    "stream",
]

__version__: str

_Path: TypeAlias = str | PathLike[str]
_Checksums: TypeAlias = Literal["auto", "check", "ignore"]
_Condition: TypeAlias = tuple[str, str, Any]
_Moment: TypeAlias = datetime | str | int
_Direction: TypeAlias = Literal["request", "response"]
_Tables: TypeAlias = TableName | TableGroup | Sequence[TableName | TableGroup] | str | Sequence[str]
_Protocols: TypeAlias = ProtocolName | Sequence[ProtocolName] | str | Sequence[str]

@final
class Column:
    """One column of a table."""

    @property
    def name(self) -> str:
        """Its name."""
    @property
    def type(self) -> str:
        """Its type, in Arrow's words."""
    @property
    def nullable(self) -> bool:
        """Whether a value may be absent."""
    @property
    def unit(self) -> str | None:
        """Unit of its values, where the type does not say it."""
    @property
    def doc(self) -> str:
        """What it holds."""
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class Schema:
    """What a table looks like."""

    @property
    def name(self) -> str:
        """Name of the table."""
    @property
    def doc(self) -> str:
        """What one row is."""
    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns, in order."""
    def __len__(self) -> int: ...
    def __arrow_c_schema__(self) -> object:
        """The schema for any Arrow consumer."""
    def _repr_html_(self) -> str: ...

@final
class Table:
    """Rows of one kind, by column, for any Arrow consumer.

    Columns of codes come in twos: the number under the column's name, its name under `<column>_name`.
    """

    @property
    def name(self) -> str:
        """Its name."""
    @property
    def schema(self) -> Schema:
        """What it looks like."""
    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
    @property
    def nbytes(self) -> int:
        """Octets that its columns take."""
    def __len__(self) -> int:
        """Number of rows."""
    def rows(self, start: int = 0, stop: int | None = None) -> list[dict[str, Any]]:
        """Some rows as Python values by name; times are numbers of nanoseconds. Negative places count from the end."""
    def __arrow_c_schema__(self) -> object:
        """The schema for any Arrow consumer."""
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """The rows for any Arrow consumer, without a copy. They come in the table's own schema."""
    def to_pyarrow(self) -> pyarrow.Table:
        """A table of pyarrow."""
    def to_pandas(self) -> pandas.DataFrame:
        """A data frame of pandas; integers that may be absent stay integers."""
    def to_polars(self) -> polars.DataFrame:
        """A data frame of polars."""
    def to_duckdb(self, connection: duckdb.DuckDBPyConnection | None = None) -> duckdb.DuckDBPyRelation:
        """A relation of DuckDB, in this connection or the default one."""
    def _repr_html_(self) -> str: ...

@final
class Summary:
    """What is in a capture: who talks to whom, what is asked, which devices there are, what is wrong.

    Shown as text in a shell and as HTML in a notebook.
    """

    @property
    def files(self) -> list[dict[str, Any]]:
        """The files: name, frames, octets, first and last time in nanoseconds since 1970-01-01 UTC, damage."""
    @property
    def coverage(self) -> dict[str, int]:
        """Octets of payload by what became of them; all but `missing` add up to `payload`."""
    @property
    def protocols(self) -> list[dict[str, Any]]:
        """The protocols, those that are dissected first."""
    @property
    def talkers(self) -> list[dict[str, Any]]:
        """Who talks to whom in which protocol."""
    @property
    def operations(self) -> list[dict[str, Any]]:
        """The operations by kind and protocol, and what became of them."""
    @property
    def changes(self) -> list[dict[str, Any]]:
        """Who changed something in which device."""
    @property
    def devices(self) -> list[dict[str, Any]]:
        """The devices that told of themselves."""
    @property
    def points(self) -> list[dict[str, Any]]:
        """What each point of each device was, if `read` was asked to follow points: how many values, and in which way
        they came to be seen; how many a second, the first and the last, the least and the greatest."""
    @property
    def anomalies(self) -> list[dict[str, Any]]:
        """The anomalies by kind, reason and protocol."""
    @property
    def losses(self) -> dict[str, int]:
        """What the capture lacks, and what had to be left out."""
    def to_dict(self) -> dict[str, Any]:
        """All of it, in types that JSON has, but that values of points may be NaN or infinite where devices said so."""
    def render(self, width: int = 100, colour: bool = False) -> str:
        """The summary for a terminal of this many columns, in colour or without."""
    def _repr_html_(self) -> str: ...

@final
class Capture:
    """The tables of one capture, and what was met while it was read."""

    @property
    def tables(self) -> tuple[TableName, ...]:
        """Names of the tables that have rows."""
    @property
    def files(self) -> tuple[str, ...]:
        """The files, in the order in which they were read: the column `file` counts them from 0."""
    @property
    def errors(self) -> tuple[str, ...]:
        """What is wrong with files that could not be read to their end, each with its place."""
    @property
    def frames(self) -> int:
        """Frames that were read."""
    def __getitem__(self, name: TableName | str, /) -> Table:
        """The table of this name; without rows if there were none.

        Raises `KeyError` for a name that is none, or was not asked for.
        """
    def __contains__(self, name: object, /) -> bool: ...
    def __iter__(self) -> Iterator[TableName]:
        """The names of the tables that have rows."""
    @property
    def captures(self) -> Table:
        """The files that were read, a row each."""
    @property
    def operations(self) -> Table:
        """Who asked whom to do what, and what became of it."""
    @property
    def points(self) -> Table:
        """Process values."""
    @property
    def identities(self) -> Table:
        """What devices tell of themselves."""
    @property
    def conversations(self) -> Table:
        """The conversations, a row each."""
    @property
    def streams(self) -> Table:
        """What publishers of cyclic messages sent, a row for each and each interval."""
    @property
    def anomalies(self) -> Table:
        """What was odd: malformed octets, gaps, impossible values, limits that were reached."""
    def summary(self) -> Summary:
        """What is in the capture, for people. It is the same whichever tables were asked for.

        Raises `ValueError` where the capture was read with `summary=False`.
        """
    def _repr_html_(self) -> str: ...

@final
class Stream(Iterator[tuple[TableName, Table]]):
    """Pairs of a table's name and some of its rows. Also a context manager, which closes it."""

    @property
    def errors(self) -> tuple[str, ...]:
        """What is wrong with files that could not be read to their end, each with its place; known at the end."""
    def __iter__(self) -> Self: ...
    def __next__(self) -> tuple[TableName, Table]: ...
    def close(self) -> None:
        """Ends it: nothing more is read."""
    def __enter__(self) -> Self: ...
    def __exit__(self, *_exception: type[BaseException] | BaseException | TracebackType | None) -> None: ...

@final
class Progress:
    """How far a run has come."""

    @property
    def file(self) -> int:
        """Index of the file that is read."""
    @property
    def files(self) -> int:
        """How many files there are."""
    @property
    def read(self) -> int:
        """Octets read of this file, before decompression."""
    @property
    def total(self) -> int | None:
        """Octets of this file, where it is a file."""
    @property
    def frames(self) -> int:
        """Frames read of all files."""

@final
class Protocol:
    """A protocol that is known."""

    @property
    def name(self) -> ProtocolName:
        """Its name, as `read` and `dissect` take it."""
    @property
    def title(self) -> str:
        """Its name for people."""
    @property
    def standard(self) -> str:
        """The standard it follows."""
    @property
    def carriers(self) -> tuple[str, ...]:
        """What carries it: `tcp 502`, `udp 502`, `ethertype 0x88b8`, or its parent and the parent's key."""
    @property
    def tables(self) -> tuple[TableName, ...]:
        """Names of the tables that it gives."""
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

def read(
    paths: _Path | Sequence[_Path],
    *,
    every_message: bool = False,
    protocols: _Protocols | None = None,
    tables: _Tables | None = None,
    threads: int | None = None,
    limits: Limits | None = None,
    checksums: _Checksums = "auto",
    vlan_in_key: bool = False,
    scl: _Path | Sequence[_Path] | None = None,
    names: _Path | Sequence[_Path] | None = None,
    columns: str | Sequence[str] | None = None,
    where: Sequence[_Condition] | Sequence[Sequence[_Condition]] | None = None,
    start: _Moment | None = None,
    end: _Moment | None = None,
    progress: Callable[[Progress], object] | None = None,
    points: bool = False,
    summary: bool = True,
) -> Capture:
    """Reads captures whole: one Arrow table for each kind of record.

    `paths` names pcap or pcapng files, plain or compressed with gzip or zstd, and folders of them; `-` is standard
    input. Files named together are one capture, read one behind the other in the order of their first frames; the
    summary says if they overlap in time.

    - `every_message`: every value and fact, not only new and changed ones.
    - `protocols`: look for these only.
    - `tables`: keep these only; `messages` are the protocols' own, `common` those of the common language.
    - `threads`: how many dissect. The result is the same.
    - `limits`: what may grow, and how far; times in nanoseconds.
    - `checksums`: what is done with wrong ones of TCP and UDP: `auto`, `check` or `ignore`.
    - `vlan_in_key`: the same addresses and ports in two VLANs are two conversations.
    - `scl`: descriptions of the substation (SCD, CID, ICD); what messages do not name is named after them.
    - `names`: lists of names (CSV: device, point, name, unit, type, order); what the plant calls its devices and points
      stands beside their addresses.
    - `columns`: keep these only, in this order; others are not built. Tables that have none of them are left out.
    - `where`: keep rows of which this holds: tuples `(column, comparison, value)` of which all hold, or lists of such
      tuples, of which one does, as pyarrow has them. Comparisons are `=`, `==`, `!=`, `<`, `<=`, `>`, `>=`, `in` and
      `not in`. Names of codes and numbers are both compared: `("operation", "=", "write")`. What is null, or a column
      that a table does not have, fulfils none.
    - `start`, `end`: keep rows from this moment on, and before that one; text and a `datetime` without a zone are UTC.
      Frames outside are read all the same: what they tell is known. Rows that tell of a span are kept if some of it is
      within.
    - `progress`: called now and then from another thread; what it raises ends the reading.
    - `points`: the summary follows what each point was, see `Summary.points`; every value counts with `every_message`
      only, and else every new one.
    - `summary`: sum up what is read, for `Capture.summary`. Without it a few tables alone are read faster, as nothing
      is followed that they do not need.

    A damaged file does not raise: what stands before the damage is there, and the damage in `Capture.errors`;
    nor does a path that is not there, beside others. If none of the files is a capture, `CaptureError` is raised. Other
    threads run on meanwhile, and Ctrl-C is heard.
    """

def stream(
    paths: _Path | Sequence[_Path],
    *,
    every_message: bool = False,
    protocols: _Protocols | None = None,
    tables: _Tables | None = None,
    threads: int | None = None,
    limits: Limits | None = None,
    checksums: _Checksums = "auto",
    vlan_in_key: bool = False,
    scl: _Path | Sequence[_Path] | None = None,
    names: _Path | Sequence[_Path] | None = None,
    columns: str | Sequence[str] | None = None,
    where: Sequence[_Condition] | Sequence[Sequence[_Condition]] | None = None,
    start: _Moment | None = None,
    end: _Moment | None = None,
    progress: Callable[[Progress], object] | None = None,
    batch_rows: int = 65536,
) -> Stream:
    """Reads captures in batches, in bounded memory: pairs of a table's name and at most `batch_rows` of its rows.

    Batches of one table come in the order of the capture; while a pipe is quiet, the rows so far do not wait for it. A
    stream is read in the process that opened it. The other arguments are those of `read`.
    """

def dissect(
    protocol: ProtocolName | str,
    data: Buffer | Sequence[tuple[_Direction, Buffer]],
    direction: _Direction | None = None,
    transport: Literal["tcp", "udp"] = "tcp",
    *,
    every_message: bool = False,
    limits: Limits | None = None,
) -> list[dict[str, Any]]:
    """Dissects payload of one protocol: the rows, in order, each with the name of its table under `record`.

    `data` is what one side sent, or several pieces of a dialogue, each with its direction; `frame` counts the pieces
    from 1. Without a direction, the one is taken in which more of the octets make sense. With `udp`, each piece is a
    datagram. Times are numbers of nanoseconds.
    """

def protocols() -> list[Protocol]:
    """The protocols that are known."""

def schema() -> dict[TableName, Schema]:
    """What each table looks like, by name."""

def command(arguments: Sequence[str]) -> int:
    """Runs the command `fieldtap` with these arguments, the first of which is its name. Returns the exit code."""
