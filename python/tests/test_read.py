"""`read`: tables, names, errors, threads."""

import os
import pickle
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

import fieldtap
from fieldtap import Capture, Table


def contents(capture: Capture) -> dict[str, list[dict[str, Any]]]:
    """All rows by table."""
    return {name: capture[name].rows() for name in capture.tables}


@pytest.fixture(scope="module")
def demo(corpus: Path) -> Capture:
    """The demo capture."""
    return fieldtap.read(corpus / "demo.pcapng")


def test_the_twelve_transactions_of_base_pcap(corpus: Path) -> None:
    """corpus/README.md: the handshake and the first twelve transactions."""
    capture = fieldtap.read(str(corpus / "frames" / "base.pcap"))
    rows = capture["modbus"].rows()
    assert [row["direction_name"] for row in rows] == ["request", "response"] * 12
    assert {row["sender"] for row in rows} == {"10.20.1.5", "10.20.1.10"}
    assert len(capture.conversations) == 1
    assert len(capture.operations) == 12
    assert capture.errors == ()


def test_the_unit_scan_meets_every_unit(corpus: Path) -> None:
    """corpus/README.md: function 3 to units 0 to 255; five are there, the others give exception 11."""
    rows = fieldtap.read(corpus / "modbus" / "unit_scan.pcap")["modbus"].rows()
    requests = [row for row in rows if row["direction_name"] == "request"]
    assert sorted({row["unit_id"] for row in requests}) == list(range(256))
    assert {row["function_code_name"] for row in requests} == {"read_holding_registers"}
    answers = [row for row in rows if row["direction_name"] == "response"]
    assert len({row["unit_id"] for row in answers if row["exception_code"] is None}) == 5
    assert {row["exception_code"] for row in answers} == {None, 11}


def test_values_are_pythons_own(demo: Capture) -> None:
    """Numbers stay numbers, octets are bytes, lists are lists."""
    row = demo["modbus"].rows(0, 1)[0]
    assert isinstance(row["ts"], int)
    # The README of the corpus: the first frame is of 2026-03-02 08:00:00 UTC, and a minute follows.
    assert 0 <= row["ts"] - 1_772_438_400_000_000_000 < 60_000_000_000
    assert isinstance(row["message"], int)
    assert isinstance(row["from_originator"], bool)
    registers = next(row["registers"] for row in demo["modbus"].rows() if row["registers"])
    assert all(isinstance(value, int) for value in registers)


def test_rows_are_cut_as_asked(demo: Capture) -> None:
    """`rows(start, stop)` is a slice."""
    table = demo["modbus"]
    everything = table.rows()
    assert len(everything) == len(table) > 20
    assert table.rows(3, 9) == everything[3:9]
    assert table.rows(len(table) - 2) == everything[-2:]
    assert table.rows(len(table) + 5) == table.rows(5, 2) == []


def test_every_table_is_there_and_empty_where_nothing_was(corpus: Path) -> None:
    """A known table without rows has its schema."""
    capture = fieldtap.read(corpus / "frames" / "base.pcap")
    for name, schema in fieldtap.schema().items():
        assert name in capture
        assert capture[name].columns == tuple(column.name for column in schema.columns)
    assert "umas" not in capture.tables
    for other in (5, None, ("modbus",)):
        assert other not in capture
    assert len(capture["umas"]) == 0
    assert capture["umas"].rows() == []


def test_the_common_tables_are_attributes(demo: Capture) -> None:
    """As the types of the package say."""
    for name in ("captures", "operations", "points", "identities", "conversations", "anomalies"):
        table = getattr(demo, name)
        assert isinstance(table, Table)
        assert table.name == name
    protocols = {name for protocol in fieldtap.protocols() for name in protocol.tables}
    common = set(fieldtap.schema()) - protocols
    assert all(isinstance(getattr(demo, name), Table) for name in common)


def test_an_unknown_table_names_those_there_are(demo: Capture, corpus: Path) -> None:
    """And one that was not asked for is not taken for an empty one."""
    with pytest.raises(KeyError, match=r"no table is named .*nonsense.*there are captures, operations"):
        demo["nonsense"]
    few = fieldtap.read(corpus / "demo.pcapng", tables=["modbus"])
    assert few.tables == ("modbus",)
    assert few["modbus"].rows() == demo["modbus"].rows()
    with pytest.raises(KeyError, match="not among those that were asked for"):
        few["operations"]
    with pytest.raises(AttributeError, match="not among those that were asked for"):
        _ = few.operations
    assert not hasattr(few, "operations")
    assert few.summary().to_dict() == demo.summary().to_dict()


@pytest.mark.skipif(sys.platform == "win32", reason="makes a link")
def test_a_link_to_nowhere_is_no_file(tmp_path: Path) -> None:
    """As it is for `open`."""
    link = tmp_path / "link.pcap"
    link.symlink_to("nowhere")
    for read in (fieldtap.read, fieldtap.stream):
        with pytest.raises(FileNotFoundError) as raised:
            read(link)
        assert raised.value.filename == str(link)


def test_groups_of_tables(demo: Capture, corpus: Path) -> None:
    """`messages` and `common` are what the command takes them for."""
    messages = fieldtap.read(corpus / "demo.pcapng", tables="messages")
    common = fieldtap.read(corpus / "demo.pcapng", tables="common")
    assert set(messages.tables) | set(common.tables) == set(demo.tables)
    assert not set(messages.tables) & set(common.tables)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"protocols": ["modbuss"]}, 'no protocol is named "modbuss"; there are modbus, '),
        ({"tables": "modbuss"}, 'no table is named "modbuss"; there are messages, common, captures'),
        ({"threads": 0}, "threads is 0; 1 to 64"),
        ({"threads": 65}, "threads is 65; 1 to 64"),
        ({"threads": -1}, "threads is -1; 1 to 64"),
        ({"limits": {"layer": 1}}, 'no limit is named "layer"; there are conversations, '),
        ({"limits": {"layers": -1}}, "limit layers must be a number, at least 0"),
        ({"limits": {"window_octets": 1 << 40}}, "limit window_octets cannot be"),
        (
            {"limits": {"overlap": "both"}},
            'no overlap is named "both"; there are first, last, bsd, linux, windows, solaris',
        ),
        ({"checksums": "no"}, "there are auto, check, ignore"),
    ],
)
def test_wrong_names_are_refused_with_what_is_known(corpus: Path, options: dict[str, Any], message: str) -> None:
    """`ValueError`, from `read` and `stream` alike."""
    for function in (fieldtap.read, fieldtap.stream):
        with pytest.raises(ValueError, match=message):
            function(corpus / "demo.pcapng", **options)


def test_rows_are_counted_as_slices_count(demo: Capture) -> None:
    """From both ends, and never beyond them."""
    table = demo.operations
    rows, many = table.rows(), len(table)
    for start in (0, 1, -1, -3, many, many + 1, -many - 1):
        for stop in (None, 0, 2, -1, many, many + 1, -many - 1):
            assert table.rows(start, stop) == rows[start:stop]


def test_a_limit_is_taken(corpus: Path) -> None:
    """With no room for a waiting request, none is paired in time."""
    capture = fieldtap.read(corpus / "modbus" / "pipelined.pcap", limits={"pending_requests": 1})
    usual = fieldtap.read(corpus / "modbus" / "pipelined.pcap")
    assert "forgotten" in {row["outcome_name"] for row in capture.operations.rows()}
    assert "forgotten" not in {row["outcome_name"] for row in usual.operations.rows()}


def test_every_message(demo: Capture, corpus: Path) -> None:
    """Points are said each time, not only when they change."""
    every = fieldtap.read(corpus / "demo.pcapng", every_message=True)
    assert len(every.points) > len(demo.points)
    assert every["modbus"].rows() == demo["modbus"].rows()


def test_protocols(corpus: Path) -> None:
    """What is not looked for is not found."""
    capture = fieldtap.read(corpus / "demo.pcapng", protocols="modbus_rtu")
    assert {row["protocol"] for row in capture["modbus"].rows()} == {"modbus_rtu"}
    assert {row["sender_port"] for row in capture["modbus"].rows() if row["direction_name"] == "response"} == {4001}


def test_threads_do_not_change_the_rows(corpus: Path) -> None:
    """One thread and several give the same."""
    one = fieldtap.read(corpus / "demo.pcapng", threads=1)
    for threads in (2, 5):
        assert contents(fieldtap.read(corpus / "demo.pcapng", threads=threads)) == contents(one)
        assert fieldtap.read(corpus / "demo.pcapng", threads=threads).summary().to_dict() == one.summary().to_dict()


def test_several_files_are_one_capture(corpus: Path, tmp_path: Path) -> None:
    """Also a folder; `file` tells them apart."""
    files = [corpus / "frames" / "base.pcap", corpus / "modbus" / "umas.pcap"]
    capture = fieldtap.read(files)
    assert sorted(capture.files) == sorted(map(str, files))
    assert {row["file"] for row in capture["modbus"].rows()} == {0, 1}
    for file in files:
        os.symlink(file, tmp_path / file.name)
    assert contents(fieldtap.read(tmp_path))["modbus"] == capture["modbus"].rows()


@pytest.mark.parametrize(
    "name", sorted(path.name for path in (Path(__file__).parents[2] / "corpus/frames").glob("broken_*"))
)
def test_a_damaged_file_gives_what_stands_before_the_damage(corpus: Path, name: str) -> None:
    """corpus/README.md: five sound frames, then a fault of the file; `broken_magic` has none."""
    path = corpus / "frames" / name
    if name.startswith("broken_magic"):
        with pytest.raises(fieldtap.CaptureError, match="not a capture file") as caught:
            fieldtap.read(path)
        assert (caught.value.file, caught.value.offset) == (str(path), 0)
        assert caught.value.reason.startswith("not a capture file")
        assert str(caught.value) == f"{path}: {caught.value.reason}"
        return
    capture = fieldtap.read(path)
    assert capture.frames == 5
    assert len(capture.errors) == 1
    assert capture.errors[0].startswith(str(path))
    assert "octet" in capture.errors[0]
    assert capture.captures.rows()[0]["damage"] == capture.errors[0]


def test_a_broken_file_does_not_stop_the_others(corpus: Path) -> None:
    """Only if no file is a capture is there an exception."""
    broken, good = corpus / "frames" / "broken_magic.pcap", corpus / "frames" / "base.pcap"
    capture = fieldtap.read([broken, good])
    assert len(capture.errors) == 1
    assert len(capture["modbus"]) == 24


def test_a_missing_path_does_not_stop_the_others(corpus: Path, tmp_path: Path) -> None:
    """It is named, and so is a folder without captures."""
    good, missing = corpus / "frames" / "base.pcap", tmp_path / "missing.pcap"
    for other, reason in ((missing, "No such file"), (tmp_path, "holds no capture")):
        capture = fieldtap.read([good, other])
        assert [error.startswith(f"{other}: ") and reason in error for error in capture.errors] == [True]
        assert len(capture["modbus"]) == 24


def test_missing_files_and_wrong_paths(tmp_path: Path) -> None:
    """Each in Python's own way."""
    missing = tmp_path / "missing.pcap"
    for function in (fieldtap.read, fieldtap.stream):
        with pytest.raises(FileNotFoundError) as caught:
            function(missing)
        assert caught.value.filename == str(missing)
        with pytest.raises(fieldtap.CaptureError, match="holds no capture"):
            function(tmp_path)
        with pytest.raises(ValueError, match="no path"):
            function([])
        with pytest.raises(TypeError, match="a path or a sequence of paths is expected, not int"):
            function(7)  # type: ignore[arg-type]


def test_names_of_the_wrong_kind_and_files_that_describe(corpus: Path, tmp_path: Path) -> None:
    """Said in words of the caller; what is no list of names is no damaged capture."""
    demo = corpus / "demo.pcapng"
    for wrong in (3, [3]):
        with pytest.raises(TypeError, match="a name or a sequence of names is expected"):
            fieldtap.read(demo, tables=wrong)  # type: ignore[arg-type]
    with pytest.raises(FileNotFoundError):
        fieldtap.read(demo, scl=tmp_path / "missing.scd")
    with pytest.raises(fieldtap.Error) as caught:
        fieldtap.read(demo, names=tmp_path)
    assert not isinstance(caught.value, fieldtap.CaptureError)


def test_a_capture_is_gone_through_by_table(corpus: Path) -> None:
    """As a dictionary is: by the names of its tables."""
    capture = fieldtap.read(corpus / "demo.pcapng")
    assert tuple(capture) == capture.tables
    assert sum(len(capture[name]) for name in capture) > 0


def test_exceptions_are_one_family_and_can_be_pickled() -> None:
    """Work over many machines sends them back."""
    assert issubclass(fieldtap.CaptureError, fieldtap.Error)
    error = fieldtap.CaptureError("a.pcap", 24, "damaged")
    again = pickle.loads(pickle.dumps(error))
    assert (again.file, again.offset, again.reason) == ("a.pcap", 24, "damaged")


def test_progress_is_told(many_frames: Path) -> None:
    """From another thread, with numbers that grow."""
    seen: list[fieldtap.Progress] = []
    fieldtap.read(many_frames, tables="captures", progress=seen.append)
    assert seen
    assert [at.frames for at in seen] == sorted(at.frames for at in seen)
    assert all(at.file == 0 and at.files == 1 and at.total == many_frames.stat().st_size for at in seen)
    assert "Progress(file=0" in repr(seen[0])


def test_what_progress_raises_ends_the_reading(many_frames: Path) -> None:
    """And comes out where the reading was asked for."""

    def enough(_: fieldtap.Progress) -> None:
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        fieldtap.read(many_frames, progress=enough)
    with pytest.raises(RuntimeError, match="enough"):
        list(fieldtap.stream(many_frames, progress=enough))


def test_other_threads_run_on(many_frames: Path) -> None:
    """The interpreter is free while a capture is read."""
    steps = 0
    done = threading.Event()

    def count() -> None:
        nonlocal steps
        while not done.wait(0.001):
            steps += 1

    counter = threading.Thread(target=count)
    counter.start()
    before = steps
    fieldtap.read(many_frames, tables="captures", threads=1)
    after = steps
    done.set()
    counter.join()
    assert after - before > 5


def test_readers_in_several_threads(corpus: Path) -> None:
    """Nothing is shared between two readings."""
    expected = contents(fieldtap.read(corpus / "demo.pcapng"))
    results: list[dict[str, list[dict[str, Any]]]] = []
    threads = [
        threading.Thread(target=lambda: results.append(contents(fieldtap.read(corpus / "demo.pcapng"))))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [expected] * 4
