"""The notebooks run from their first cell to the last, and find what the captures hold."""

import os
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest

import fieldtap

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
CAPTURES = os.environ.get("FIELDTAP_CAPTURES")


@pytest.fixture(autouse=True)
def _no_window() -> Iterator[None]:
    """Figures are drawn into memory."""
    mpl.use("agg")
    yield
    plt.close("all")


def run(name: str) -> dict[str, Any]:
    """All cells of a notebook; gives what it named."""
    return runpy.run_path(str(NOTEBOOKS / f"{name}.py"))


def test_there_is_no_other() -> None:
    """Each has a test here."""
    assert sorted(path.stem for path in NOTEBOOKS.glob("*.py")) == ["first_look", "who_writes", "with_zeek"]


def test_first_look() -> None:
    """corpus/README.md tells the devices of the demo; all answer to device identification."""
    found = run("first_look")
    assert {f"10.20.1.{host}" for host in (11, 12, 13, 14)} <= set(found["devices"]["device"].to_list())
    assert found["odd"]["count"].sum() > 0
    assert found["traffic"].get_title() == "Messages over time"


def test_who_writes() -> None:
    """The intruder of the demo, 10.20.1.66, is who is refused most; the engineering station writes to the intake."""
    found = run("who_writes")
    assert found["refused"]["sender"].to_list()[0] == "10.20.1.66"
    intake = found["who"].filter(found["who"]["device_name"] == "Intake PLC")
    assert "10.20.1.20" in intake["sender"].to_list()
    assert found["written"].height > 0
    assert set(found["written"]["device"].to_list()) <= {f"10.20.1.{host}" for host in (11, 12, 13, 14)}


def test_with_zeek_on_a_log_of_our_own() -> None:
    """Every conversation of TCP and UDP is in the log, once."""
    found = run("with_zeek")
    transports = found["capture"].conversations.to_polars()["transport"].cast(str).to_list()
    known = sum(transport in ("tcp", "udp") for transport in transports)
    assert found["joined"].height == known > 0
    assert found["done"]["operations"].sum() == len(found["capture"].operations)


def test_with_zeek_on_a_log_of_zeek(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """That Zeek itself wrote, without community ids. Its times are blotted out: those of the capture stand for them."""
    if CAPTURES is None:
        pytest.skip("FIELDTAP_CAPTURES does not say where captures from outside are")
    case = Path(CAPTURES) / "icsnpp" / "modbus__analyzer.basic"
    if not case.is_dir():
        pytest.skip(f"{case} is not there")
    capture = next(case.glob("*.pcap*"))
    begins = {
        (str(row["sender_port"]), str(row["receiver_port"])): row["first"]
        for row in fieldtap.read(capture).conversations.rows()
    }
    lines = []
    for line in (case / "expected" / "conn.log").read_text().splitlines(keepends=True):
        fields = line.split("\t")
        if not line.startswith("#"):
            first = begins[fields[3], fields[5]]
            line = line.replace(fields[0], f"{first // 10**9}.{first % 10**9:09}", 1)
        lines.append(line)
    (tmp_path / "conn.log").write_text("".join(lines))
    monkeypatch.setenv("CAPTURE", str(capture))
    monkeypatch.setenv("CONN_LOG", str(tmp_path / "conn.log"))
    found = run("with_zeek")
    uids = {line.split("\t")[1] for line in lines if not line.startswith("#")}
    assert set(found["joined"]["uid"].to_list()) == uids
    assert found["done"].height > 0
