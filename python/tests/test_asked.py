"""`columns`, `where`, `start`, `end`: what a person would pick from all rows is what is read."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

import fieldtap

START = datetime(2026, 3, 2, 8, 0, 20, tzinfo=UTC)


@pytest.fixture(scope="module")
def operations(corpus: Path) -> list[dict[str, Any]]:
    """All of the demo."""
    return fieldtap.read(corpus / "demo.pcapng").operations.rows()


def test_columns_come_in_the_order_asked_for(corpus: Path, operations: list[dict[str, Any]]) -> None:
    """A name of a code without its number too; tables that have none of them are left out."""
    columns = ["outcome_name", "ts", "operation"]
    capture = fieldtap.read(corpus / "demo.pcapng", tables=["operations", "points"], columns=columns)
    assert capture.operations.columns == tuple(columns)
    assert capture.operations.rows() == [{name: row[name] for name in columns} for row in operations]
    assert capture.points.columns == ("ts",)
    assert [column.name for column in capture.operations.schema.columns] == columns
    assert "points" not in fieldtap.read(corpus / "demo.pcapng", columns="outcome_name")
    with pytest.raises(ValueError, match='no table that is asked for has a column named "colour"'):
        fieldtap.read(corpus / "demo.pcapng", columns=["ts", "colour"])
    with fieldtap.stream(corpus / "demo.pcapng", tables="operations", columns=columns, batch_rows=100) as batches:
        streamed = [row for _, table in batches for row in table.rows()]
    assert streamed == capture.operations.rows()


@pytest.mark.parametrize(
    ("where", "holds"),
    [
        ([("operation", "=", "write")], lambda row: row["operation_name"] == "write"),
        ([("operation_name", "in", ["write", "file"])], lambda row: row["operation_name"] in ("write", "file")),
        ([("receiver", "==", ip_address("10.20.1.12"))], lambda row: row["receiver"] == "10.20.1.12"),
        (
            [[("operation", "=", "write"), ("address", ">=", 10)], [("late", "=", True)]],
            lambda row: (row["operation_name"] == "write" and (row["address"] or 0) >= 10) or row["late"],
        ),
        ([("address", "!=", 0)], lambda row: row["address"] not in (None, 0)),
        ([("ts", "<", START)], lambda row: row["ts"] < START.timestamp() * 10**9),
    ],
)
@pytest.mark.parametrize("threads", [1, 3])
def test_conditions(corpus: Path, operations: list[dict[str, Any]], where: Any, holds: Any, threads: int) -> None:
    """As pyarrow has them."""
    capture = fieldtap.read(corpus / "demo.pcapng", tables="operations", where=where, threads=threads)
    expected = [row for row in operations if holds(row)]
    assert capture.operations.rows() == expected
    assert 0 < len(expected) < len(operations)


def test_times(corpus: Path, operations: list[dict[str, Any]]) -> None:
    """From one moment on, and before the other; the summary is of all."""
    begin = 1_772_438_420_000_000_000
    expected = [row for row in operations if begin <= row["ts"] < begin + 10**10]
    for start, end in ((START, "2026-03-02T08:00:30"), (begin, begin + 10**10)):
        capture = fieldtap.read(corpus / "demo.pcapng", start=start, end=end)
        assert capture.operations.rows() == expected
        assert capture.frames == 2175
    assert expected


def test_a_length_of_time_is_no_moment(corpus: Path) -> None:
    """It was taken for one in 1970."""
    with pytest.raises(TypeError, match="a moment is"):
        fieldtap.read(corpus / "demo.pcapng", start=timedelta(seconds=20))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("where", "error", "said"),
    [
        ("operation = write", TypeError, "list of tuples"),
        ([("operation", "=")], TypeError, "a condition is a tuple"),
        ([("operation", "like", "x")], ValueError, "no comparison is written"),
        ([("operation", "=", "wrote")], ValueError, "no code is named"),
        ([("address", "=", object())], TypeError, "no column can be compared"),
        ([("colour", "=", 1)], ValueError, "no table that is asked for has this column"),
    ],
)
def test_wrong_conditions(corpus: Path, where: Any, error: type[Exception], said: str) -> None:
    """Are told what is wrong."""
    with pytest.raises(error, match=said):
        fieldtap.read(corpus / "demo.pcapng", where=where)
