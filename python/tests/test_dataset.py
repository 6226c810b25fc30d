"""DuckDB, polars and pyarrow read a Parquet dataset of several runs as one table."""

import datetime
import subprocess
from pathlib import Path

import duckdb
import polars
import pyarrow.dataset
import pyarrow.parquet
import pytest

CAPTURES = ("dnp3/opendnp3_reads.pcap", "modbus/libmodbus.pcap", "iec104/commands.pcap")


@pytest.fixture(scope="module")
def dataset(command: Path, corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset that three runs have added to, the first of them twice."""
    folder = tmp_path_factory.mktemp("dataset")
    for capture in (*CAPTURES, CAPTURES[0]):
        arguments: list[str | Path] = [corpus / capture, "--format", "parquet", "--partition", "day", "-o", folder]
        subprocess.run([command, "dissect", *arguments], check=True)
    return folder


@pytest.fixture(scope="module")
def expected(command: Path, corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> int:
    """Rows of `conversations` in the same runs without partitions."""
    rows = 0
    for number, capture in enumerate((*CAPTURES, CAPTURES[0])):
        folder = tmp_path_factory.mktemp(f"plain{number}")
        subprocess.run([command, "dissect", corpus / capture, "--format", "parquet", "-o", folder], check=True)
        rows += pyarrow.parquet.read_metadata(folder / "conversations.parquet").num_rows
    return rows


def test_each_run_adds_a_part_of_its_day(dataset: Path) -> None:
    """Nothing is written over."""
    parts = sorted(str(path.relative_to(dataset)) for path in (dataset / "conversations").rglob("*.parquet"))
    days = {part.split("/")[1] for part in parts}
    assert len(parts) == 4, parts
    assert all(datetime.date.fromisoformat(day.removeprefix("day=")) for day in days)
    assert (dataset / "dnp3").is_dir()
    assert (dataset / "modbus").is_dir()


def test_duckdb_reads_a_table_as_one(dataset: Path, expected: int) -> None:
    """With the day as a date, by which parts are left out."""
    source = f"read_parquet('{dataset}/conversations/*/*.parquet', hive_partitioning = true, union_by_name = true)"
    connection = duckdb.connect()

    def rows(query: str) -> list[tuple[object, ...]]:
        return connection.execute(query).fetchall()

    found = rows(f"SELECT count(*), any_value(typeof(day)), bool_and(day = CAST(ts AS DATE)) FROM {source}")
    assert found == [(expected, "DATE", True)]
    assert rows(f"SELECT count(*) FROM {source} WHERE day < DATE '2000-01-01'") == [(0,)]


def test_polars_reads_a_table_as_one(dataset: Path, expected: int) -> None:
    """Lazily."""
    frame = polars.scan_parquet(
        dataset / "conversations", hive_partitioning=True, missing_columns="insert", extra_columns="ignore"
    )
    found = frame.select(polars.len(), (polars.col("day") == polars.col("ts").dt.date()).all().alias("same")).collect()
    assert found.row(0) == (expected, True)


def test_pyarrow_reads_a_table_as_one(dataset: Path, expected: int) -> None:
    """As a dataset."""
    found = pyarrow.dataset.dataset(dataset / "conversations", partitioning="hive")
    assert found.count_rows() == expected
    assert "day" in found.schema.names
