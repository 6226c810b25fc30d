"""What the tests share."""

import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

CORPUS = Path(__file__).resolve().parents[2] / "corpus"
COMMAND = Path(sys.executable).with_name("fieldtap")


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of the captures."""
    return CORPUS


@pytest.fixture(scope="session")
def command() -> Path:
    """The console script of the installed package."""
    assert COMMAND.exists(), "the tests want the package to be installed"
    return COMMAND


@pytest.fixture(scope="session")
def lines(command: Path) -> Any:
    """Gives the rows of a capture by table, as the command writes them as JSON lines."""

    def rows(*arguments: str | Path) -> dict[str, list[dict[str, Any]]]:
        run = subprocess.run([command, "dissect", *arguments, "--format", "jsonl"], capture_output=True, check=True)
        tables = defaultdict(list)
        for line in run.stdout.decode().splitlines():
            row = json.loads(line)
            tables[row.pop("record")].append(row)
        return tables

    return rows


@pytest.fixture(scope="session")
def many_frames(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A capture of about 60 MB: that of the longest reads and writes, again and again, each a minute later."""
    data = (CORPUS / "modbus" / "libmodbus.pcap").read_bytes()
    header, body = data[:24], data[24:]
    assert header[:4] == bytes.fromhex("4d3cb2a1"), "little endian, nanoseconds"
    records = []
    while body:
        length = int.from_bytes(body[8:12], "little")
        records.append((int.from_bytes(body[:4], "little"), body[4 : 16 + length]))
        body = body[16 + length :]
    path = tmp_path_factory.mktemp("many") / "many.pcap"
    with path.open("wb") as file:
        file.write(header)
        minute = 0
        while file.tell() < 60_000_000:
            file.write(b"".join((second + minute).to_bytes(4, "little") + rest for second, rest in records))
            minute += 60
    return path
