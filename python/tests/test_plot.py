"""What is drawn, not only that it is."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.dates
import matplotlib.pyplot as plt
import numpy as np
import pytest

import fieldtap
from fieldtap import Capture


@pytest.fixture(autouse=True)
def _no_window() -> Iterator[None]:
    """Figures are drawn into memory."""
    mpl.use("agg")
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def demo(corpus: Path) -> Capture:
    """The demo capture, with names of two devices."""
    return fieldtap.read(corpus / "demo.pcapng", names=corpus.parent / "python" / "notebooks" / "demo_names.csv")


def test_columns_that_a_plot_lacks_are_named(corpus: Path) -> None:
    """Where `read` was told to leave them out."""
    few = fieldtap.read(corpus / "demo.pcapng", columns=["sender", "receiver", "originator_octets", "value"])
    with pytest.raises(
        ValueError, match=r"conversations was read without sender_mac, receiver_mac, .*responder_octets"
    ):
        fieldtap.plot.conversations(few)
    with pytest.raises(ValueError, match=r"points was read without ts, device, .*, which the plot needs"):
        fieldtap.plot.point(few, "10.20.1.11", address=40)


def test_traffic_draws_each_message_once(demo: Capture) -> None:
    """The bars of a protocol add up to its messages in `conversations`."""
    axes = fieldtap.plot.traffic(demo, interval=10)
    assert axes.get_ylabel() == "messages in 10 s"
    assert axes.get_xlabel() == "time, UTC, 2026-03-02"
    sums = {bars.get_label(): sum(bar.get_height() for bar in bars) for bars in axes.containers}
    said: dict[str, int] = {}
    for row in demo.conversations.rows():
        messages = row["originator_messages"] + row["responder_messages"]
        if messages:
            said[row["application"]] = said.get(row["application"], 0) + messages
    assert sums == said
    # Messages are within one minute, in intervals of ten seconds; they are stacked.
    containers: list[Any] = list(axes.containers)
    assert {len(bars.patches) for bars in containers} == {6}
    moment: Any = mpl.dates.num2date
    lower, upper = containers[0].patches[0], containers[1].patches[0]
    assert upper.get_y() == lower.get_height()
    assert moment(lower.get_x()).isoformat() == "2026-03-02T08:00:00+00:00"


def test_the_matrix_holds_what_each_sent(demo: Capture) -> None:
    """In the cell of sender and receiver, the octets that went that way; nothing where nothing did."""
    axes = fieldtap.plot.conversations(demo)
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels == [label.get_text() for label in axes.get_xticklabels()]
    places = {label.split("\n")[-1]: place for place, label in enumerate(labels)}
    assert "Intake PLC\n10.20.1.11" in labels
    matrix = axes.images[0].get_array()
    assert matrix is not None
    sent = {
        (one, other): sum(
            row["originator_octets"] if row["sender"] == one else row["responder_octets"]
            for row in demo.conversations.rows()
            if {row["sender"], row["receiver"]} == {one, other}
        )
        for one, other in (("10.20.1.5", "10.20.1.11"), ("10.20.1.11", "10.20.1.5"), ("10.20.1.13", "10.20.1.14"))
    }
    assert matrix[places["10.20.1.5"], places["10.20.1.11"]] == sent["10.20.1.5", "10.20.1.11"] > 0
    assert matrix[places["10.20.1.11"], places["10.20.1.5"]] == sent["10.20.1.11", "10.20.1.5"] > 0
    assert np.ma.is_masked(matrix[places["10.20.1.13"], places["10.20.1.14"]]) or np.isnan(
        matrix[places["10.20.1.13"], places["10.20.1.14"]]
    )
    assert sent["10.20.1.13", "10.20.1.14"] == 0


def test_a_point_has_its_values(demo: Capture) -> None:
    """In order of time, as many as the table has."""
    rows = [row for row in demo.points.rows() if row["way_name"] == "read" and row["integer"] is not None]
    first = rows[0]
    key = {name: first[name] for name in ("address", "space", "station")}
    same = [row for row in demo.points.rows() if row["device"] == first["device"] and key.items() <= row.items()]
    axes = fieldtap.plot.point(demo, first["device"], **key)
    values = axes.lines[0].get_ydata()
    assert list(np.asarray(values)) == [row["integer"] for row in sorted(same, key=lambda row: row["ts"])]
    assert first["device_name"] in axes.get_title()
    assert axes.get_ylabel() == "value"


def test_a_point_has_its_name_and_unit(corpus: Path, tmp_path: Path) -> None:
    """Of the list of names."""
    rows = fieldtap.read(corpus / "demo.pcapng").points.rows()
    row = next(row for row in rows if row["integer"] is not None and row["address"] is not None)
    names = tmp_path / "names.csv"
    line = f"{row['device']},{row['space']}:{row['address']},Level,cm"
    names.write_text(f"device,point,name,unit\n{line}\n")
    capture = fieldtap.read(corpus / "demo.pcapng", names=names)
    axes = fieldtap.plot.point(capture, row["device"], name="Level")
    assert axes.get_title().startswith("Level of ")
    assert axes.get_ylabel() == "value, cm"


def test_what_cannot_be_drawn_is_said(demo: Capture, corpus: Path) -> None:
    """By exceptions where the question is wrong, in the axes where there is nothing."""
    with pytest.raises(ValueError, match="give one of them"):
        fieldtap.plot.point(demo, "10.20.1.11")
    with pytest.raises(ValueError, match=r"no point of numbers is named so: 10\.20\.1\.99, 1"):
        fieldtap.plot.point(demo, "10.20.1.99", address=1)
    with pytest.raises(ValueError, match="no value is named 'bits'"):
        fieldtap.plot.conversations(demo, value="bits")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="above 0"):
        fieldtap.plot.traffic(demo, interval=0)
    nothing = fieldtap.read(corpus / "demo.pcapng", protocols=[])
    assert [text.get_text() for text in fieldtap.plot.traffic(nothing).texts] == ["no messages"]


def test_without_matplotlib(demo: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says what to install."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r'fieldtap\.plot needs matplotlib: pip install "fieldtap\[plot\]"'):
        fieldtap.plot.conversations(demo)
