"""What a shell and a notebook show, also of what attackers send."""

import html.parser
import subprocess
from pathlib import Path
from typing import Any

import pytest

import fieldtap

HOSTILE = b"<script>alert('x')</script>\x1b[31m&\"\x00\xff"


class Tags(html.parser.HTMLParser):
    """The names of all tags."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes the tag, and that it has no handler of events."""
        self.tags.add(tag)
        assert all(not name.startswith("on") for name, _ in attrs)


def tags(text: str) -> set[str]:
    """The names of all tags in this HTML."""
    parser = Tags()
    parser.feed(text)
    parser.close()
    return parser.tags


@pytest.fixture
def hostile(corpus: Path, tmp_path: Path) -> fieldtap.Capture:
    """A capture whose device calls itself by hostile octets, in a file of a hostile name."""
    data = (corpus / "modbus" / "device_identification.pcap").read_bytes()
    facts = fieldtap.read(corpus / "modbus" / "device_identification.pcap").identities.rows()
    # One of those that a table shows of itself.
    value = max((row["value"] for row in facts[:5]), key=len).encode()
    count = data.count(value)
    assert count, "the value stands in the capture as it is"
    replaced = data.replace(value, HOSTILE[: len(value)].ljust(len(value)))
    path = tmp_path / "<b>\x1b[31m&.pcap"
    path.write_bytes(replaced + b"\x01")
    return fieldtap.read(path, checksums="ignore")


def test_hostile_text_is_harmless(hostile: fieldtap.Capture) -> None:
    """Escaped in the shell and in the notebook, kept in the values."""
    assert any("<script>" in row["value"] for row in hostile.identities.rows())
    things: list[Any] = [hostile, hostile.summary(), *(hostile[name] for name in hostile.tables)]
    for thing in things:
        for text in (repr(thing), str(thing)):
            assert all(c.isprintable() or c == "\n" for c in text), thing
        page = thing._repr_html_()
        assert not tags(page) & {"script", "b", "img", "iframe", "a"}
        assert "\x1b" not in page
        assert "<script" not in page
    assert "&lt;script&gt;" in hostile.identities._repr_html_()


def test_a_capture_shows_its_tables(corpus: Path) -> None:
    """Names and numbers of rows."""
    capture = fieldtap.read(corpus / "frames" / "base.pcap")
    assert repr(capture).splitlines()[0].startswith("<fieldtap.Capture 1 file, ")
    assert any(line.split() == ["modbus", "24"] for line in repr(capture).splitlines())
    assert {"table", "td"} <= tags(capture._repr_html_())
    damaged = fieldtap.read(corpus / "frames" / "broken_cut.pcap")
    assert "1 error" in repr(damaged)
    assert damaged.errors[0] in repr(damaged)


def test_a_table_shows_its_first_rows(corpus: Path) -> None:
    """As wide as a shell, and whole in a notebook."""
    table = fieldtap.read(corpus / "frames" / "base.pcap")["modbus"]
    lines = repr(table).splitlines()
    assert lines[0] == f"<fieldtap.Table modbus: 24 rows, {len(table.columns)} columns>"
    assert "10.20.1.5" in lines[2]
    assert max(map(len, lines)) <= 110
    assert table._repr_html_().count("<tr>") == 1 + 5 + 1
    empty = fieldtap.read(corpus / "frames" / "base.pcap")["umas"]
    assert repr(empty).startswith("<fieldtap.Table umas: 0 rows")
    assert tags(empty._repr_html_()) == {"div", "table", "caption"}


def test_a_schema_shows_its_columns() -> None:
    """With types and words."""
    schema = fieldtap.schema()["modbus"]
    assert "transaction_id" in repr(schema)
    assert "<td>transaction_id</td>" in schema._repr_html_()
    assert "uint16" in repr(schema.columns[3]) or repr(schema.columns[3]).startswith("<fieldtap.Column")


def test_a_summary_is_text_html_and_data(corpus: Path) -> None:
    """The parts of the coverage add up; the talkers are those of corpus/README.md."""
    summary = fieldtap.read(corpus / "frames" / "base.pcap").summary()
    assert str(summary) == repr(summary) == summary.render(100)
    assert max(map(len, summary.render(60).splitlines())) <= 60
    assert "\x1b" not in str(summary)
    assert "\x1b" in summary.render(100, colour=True)
    coverage = dict(summary.coverage)
    payload = coverage.pop("payload")
    del coverage["missing"]
    assert sum(coverage.values()) == payload > 0
    (talker,) = summary.talkers
    assert (talker["client"], talker["server"], talker["port"]) == ("10.20.1.5", "10.20.1.10", 502)
    assert (talker["protocol"], talker["requests"]) == ("modbus", 12)
    assert summary.to_dict()["talkers"] == summary.talkers
    assert summary.files[0]["damage"] is None


def test_points_are_followed(corpus: Path) -> None:
    """Against the rows of `points`, gathered by hand."""
    demo = corpus / "demo.pcapng"
    rows: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in fieldtap.read(demo, every_message=True, tables=["points"])["points"].to_pyarrow().to_pylist():
        key = (row["device"], row["station"], row["protocol"], row["space"], row["address"], row["name"])
        rows.setdefault(key, []).append(row)
    for threads in (1, 2):
        capture = fieldtap.read(demo, every_message=True, tables=["modbus"], points=True, threads=threads)
        points = capture.summary().points
        assert len(points) == len(rows) > 20
        for point in points:
            of = rows[tuple(point[key] for key in ("device", "station", "protocol", "space", "address", "name"))]
            values = [row["integer"] for row in of]
            assert (point["values"], point["least"], point["greatest"]) == (len(of), min(values), max(values))
            assert (point["first"]["value"], point["last"]["value"]) == (values[0], values[-1])
            assert (point["first"]["frame"], point["last"]["frame"]) == (of[0]["frame"], of[-1]["frame"])
            assert point["read"] == sum(row["way_name"] == "read" for row in of)
            assert point["written"] == sum(row["way_name"] == "written" for row in of)
            span = (of[-1]["ts"] - of[0]["ts"]).total_seconds()
            assert (point["rate"] is None) == (span == 0)
            assert point["rate"] is None or point["rate"] == pytest.approx((len(of) - 1) / span, rel=1e-3)
    assert fieldtap.read(demo).summary().points == []
    assert "Points" in str(fieldtap.read(demo, points=True).summary())


@pytest.mark.parametrize("threads", [1, 2])
def test_tables_are_read_without_a_summary(corpus: Path, threads: int) -> None:
    """They are the same, and only the summary is missing."""
    demo = corpus / "demo.pcapng"
    for tables in (None, ["messages"]):
        with_summary = fieldtap.read(demo, tables=tables, threads=threads)
        without = fieldtap.read(demo, tables=tables, threads=threads, summary=False)
        assert without.tables == with_summary.tables
        for name in without.tables:
            assert without[name].to_pyarrow().equals(with_summary[name].to_pyarrow())
        with pytest.raises(ValueError, match="summary=False"):
            without.summary()
    with pytest.raises(ValueError, match="points=True"):
        fieldtap.read(demo, points=True, summary=False)


def test_the_summary_is_that_of_the_command(corpus: Path, command: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The shell and the notebook show the same."""
    monkeypatch.chdir(corpus)
    run = subprocess.run(
        [command, "summary", "demo.pcapng"], env={"COLUMNS": "100"}, capture_output=True, check=True, text=True
    )
    assert run.stdout.strip() == str(fieldtap.read("demo.pcapng").summary()).strip()
