"""zat reads every log of the profile `icsnpp`, with the types that its header tells."""

import json
import subprocess
from datetime import datetime
from pathlib import Path

import pytest
from zat.log_to_dataframe import LogToDataFrame
from zat.zeek_log_reader import ZeekLogReader

CAPTURES = ("modbus", "dnp3", "s7comm", "c37118", "goose", "sv", "demo.pcapng")


@pytest.fixture(scope="module")
def logs(command: Path, corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The logs of the corpus, tab-separated and as JSON."""
    folders = (tmp_path_factory.mktemp("tsv"), tmp_path_factory.mktemp("json"))
    files = [corpus / name for name in CAPTURES]
    profile = ("--format", "zeek", "--profile", "icsnpp")
    for folder, form in zip(folders, ((), ("--json",)), strict=True):
        subprocess.run([command, "dissect", *files, *profile, *form, "-o", folder], check=True)
    return folders


def test_zat_reads_every_log(logs: tuple[Path, Path]) -> None:
    """As many rows as there are lines, each with all fields and a time."""
    paths = sorted(logs[0].glob("*.log"))
    assert len(paths) > 20
    for path in paths:
        lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
        rows = list(ZeekLogReader(str(path)).readrows())
        assert len(rows) == len(lines) > 0, path.name
        fields = {len(line.split("\t")) for line in lines}
        assert all({len(row)} == fields for row in rows), path.name
        assert all(isinstance(row["ts"], datetime) for row in rows), path.name


@pytest.mark.filterwarnings("ignore:The inplace keyword")
def test_zat_makes_a_frame_of_every_log(logs: tuple[Path, Path]) -> None:
    """The frame has the rows, by time."""
    for path in sorted(logs[0].glob("*.log")):
        lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
        frame = LogToDataFrame().create_dataframe(str(path))
        assert len(frame) == len(lines), path.name
        assert frame.index.name == "ts", path.name


def test_both_forms_say_the_same(logs: tuple[Path, Path]) -> None:
    """Each line of JSON has the fields that are set in its line of text, and numbers as numbers."""
    for path in sorted(logs[0].glob("*.log")):
        text = path.read_text().splitlines()
        fields = next(line.split("\t")[1:] for line in text if line.startswith("#fields"))
        lines = [line.split("\t") for line in text if not line.startswith("#")]
        objects = [json.loads(line) for line in (logs[1] / path.name).read_text().splitlines()]
        assert len(lines) == len(objects), path.name
        for line, value in zip(lines, objects, strict=True):
            named = dict(zip(fields, line, strict=True))
            assert {name for name, cell in named.items() if cell != "-"} == set(value), path.name
            assert abs(float(named["ts"]) - value["ts"]) < 1e-6, path.name
