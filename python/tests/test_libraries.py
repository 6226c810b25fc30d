"""pandas, polars, pyarrow and DuckDB each read the tables; the command writes the same values."""

import datetime
import math
import sys
from pathlib import Path
from typing import Any

import duckdb
import pandas
import polars
import pyarrow
import pyarrow.compute
import pytest

import fieldtap
from fieldtap import Capture

NAMES = ("modbus", "operations", "points", "identities", "conversations", "anomalies", "captures")


@pytest.fixture(scope="module")
def demo(corpus: Path) -> Capture:
    """The demo capture."""
    return fieldtap.read(corpus / "demo.pcapng", every_message=True)


@pytest.fixture(scope="module")
def written(lines: Any, corpus: Path) -> Any:
    """The same, as the command writes it."""
    return lines(corpus / "demo.pcapng", "--every-message")


def as_written(value: Any, kind: str) -> Any:
    """A value of `Table.rows` as JSON lines has it."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return None if value is None else str(value)
    if isinstance(value, bytes):
        return value.hex()
    if kind.startswith("timestamp"):
        seconds, rest = divmod(value, 1_000_000_000)
        moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
        return f"{moment:%Y-%m-%dT%H:%M:%S}.{rest:09}" + ("Z" if "UTC" in kind else "")
    return value


@pytest.mark.parametrize("name", NAMES)
def test_rows_are_what_the_command_writes(demo: Capture, written: Any, name: str) -> None:
    """Every value of every row, in the same order."""
    kinds = {column.name: column.type for column in demo[name].schema.columns}
    rows = [{key: as_written(value, kinds[key]) for key, value in row.items()} for row in demo[name].rows()]
    assert len(rows) == len(written[name]) > 0
    for row, line in zip(rows, written[name], strict=True):
        assert {key: value for key, value in row.items() if value is not None} == {
            key: value for key, value in line.items() if value is not None
        }


@pytest.mark.parametrize("name", NAMES)
def test_pyarrow(demo: Capture, name: str) -> None:
    """Types as declared, values as in the rows."""
    table = pyarrow.table(demo[name])
    table.validate(full=True)
    assert table.equals(demo[name].to_pyarrow())
    assert table.schema.equals(pyarrow.schema(demo[name].schema))
    assert table.schema.field("ts").type == pyarrow.timestamp("ns", "UTC")
    assert table.schema.field("message").type == pyarrow.uint64()
    assert table.schema.field("sender").type == pyarrow.dictionary(pyarrow.int32(), pyarrow.string())
    assert table.schema.metadata[b"table"] == name.encode()
    for column in demo[name].columns:
        values = table[column]
        if pyarrow.types.is_timestamp(values.type) or pyarrow.types.is_duration(values.type):
            values = values.cast(pyarrow.int64())
        assert values.to_pylist() == [row[column] for row in demo[name].rows()], column


@pytest.mark.parametrize("name", NAMES)
def test_polars(demo: Capture, name: str) -> None:
    """Types as declared, values as in the rows."""
    frame = polars.DataFrame(demo[name])
    assert frame.equals(demo[name].to_polars())
    assert frame.schema["ts"] == polars.Datetime("ns", "UTC")
    assert frame.schema["message"] == polars.UInt64
    for column in demo[name].columns:
        values = frame[column]
        if values.dtype.is_temporal():
            values = values.cast(polars.Int64)
        assert values.to_list() == [row[column] for row in demo[name].rows()], column


@pytest.mark.parametrize("name", NAMES)
def test_pandas(demo: Capture, name: str) -> None:
    """Integers stay integers, absent ones too: no 64-bit number goes through floating point."""
    frame = demo[name].to_pandas()
    rows = demo[name].rows()
    assert len(frame) == len(rows)
    assert list(frame.columns) == list(demo[name].columns)
    assert str(frame["ts"].dtype) == "datetime64[ns, UTC]"
    assert frame["ts"].astype("int64").tolist() == [row["ts"] for row in rows]
    assert isinstance(frame["message"].dtype, pandas.UInt64Dtype)
    assert isinstance(frame["sender"].dtype, pandas.CategoricalDtype)
    for column in ("frame", "conversation", "message", "sender", "sender_port", "direction_name", "from_originator"):
        values = [None if pandas.isna(value) else value for value in frame[column].tolist()]
        assert values == [row[column] for row in rows], column


@pytest.mark.parametrize("name", NAMES)
def test_duckdb(demo: Capture, name: str) -> None:
    """By the relation, and by SQL on the table as it is."""
    rows = demo[name].rows()
    connection = duckdb.connect()
    relation = demo[name].to_duckdb(connection)
    assert relation.columns == list(demo[name].columns)
    assert connection.sql("SELECT 1").fetchall() == [(1,)]
    got = relation.project("frame, message, sender, direction_name").fetchall()
    assert got == [(row["frame"], row["message"], row["sender"], row["direction_name"]) for row in rows]
    types = dict(zip(relation.columns, map(str, relation.types), strict=True))
    assert types["message"] == "UBIGINT"
    assert types["ts"] == "TIMESTAMPTZ_NS"


def test_values_known_from_the_standard(corpus: Path) -> None:
    """Clause 6.3 of the Modbus specification: registers 108 to 110 hold 555, 0 and 100."""
    table = fieldtap.read(corpus / "modbus" / "standard_examples.pcap")["modbus"]
    expected = [555, 0, 100]
    frame = table.to_polars().filter((polars.col("function_code") == 3) & polars.col("registers").is_not_null())
    assert frame["registers"].to_list() == [expected]
    assert frame["address"].to_list() == [107]
    rows = table.to_pyarrow().filter(pyarrow.compute.field("function_code") == 3).to_pylist()
    assert [row["registers"] for row in rows] == [None, expected]
    data = table.to_pandas()
    data = data[(data["function_code"] == 3) & (data["direction_name"] == "response")]
    assert [list(registers) for registers in data["registers"]] == [expected]
    relation = table.to_duckdb(duckdb.connect())
    assert relation.filter("function_code = 3 AND registers IS NOT NULL").project("registers").fetchall() == [
        (expected,)
    ]


def test_empty_tables_have_their_types(corpus: Path) -> None:
    """Every table that there is, without a row."""
    capture = fieldtap.read(corpus / "frames" / "base.pcap", protocols=[])
    for name in fieldtap.schema():
        table = capture[name]
        assert polars.DataFrame(table).height == len(table)
        assert pyarrow.table(table).num_rows == len(table)
        assert len(table.to_pandas()) == len(table)
        assert len(table.to_duckdb(duckdb.connect()).fetchall()) == len(table)


def test_a_table_outlives_its_capture_and_is_read_twice(corpus: Path) -> None:
    """The rows are shared, not given away."""
    table = fieldtap.read(corpus / "frames" / "base.pcap")["modbus"]
    stream = table.__arrow_c_stream__(None)
    first = pyarrow.table(table)
    assert first.equals(pyarrow.table(table))
    assert table.nbytes > 0
    del table, stream
    assert first.num_rows == 24


def test_a_requested_schema_is_accepted(demo: Capture) -> None:
    """The interface leaves it to the consumer to cast."""
    wanted = pyarrow.table(demo["modbus"]).schema
    assert pyarrow.RecordBatchReader.from_stream(demo["modbus"], wanted).read_all().num_rows == len(demo["modbus"])


@pytest.mark.parametrize(
    ("method", "library"),
    [("to_pandas", "pandas"), ("to_polars", "polars"), ("to_pyarrow", "pyarrow"), ("to_duckdb", "duckdb")],
)
def test_a_library_that_is_not_there(demo: Capture, monkeypatch: pytest.MonkeyPatch, method: str, library: str) -> None:
    """The error says what to install."""
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(ImportError, match=rf'{method} needs {library}: pip install "fieldtap\[{library}\]"'):
        getattr(demo["modbus"], method)()
