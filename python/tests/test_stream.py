"""`stream`: the same rows in batches, closing, Ctrl-C."""

import gc
import os
import signal
import subprocess
import sys
import threading
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

import fieldtap


def workers() -> int:
    """Threads of this process that work for fieldtap, as the system counts them."""
    names = (task / "comm" for task in Path("/proc/self/task").iterdir())
    return sum(1 for name in names if name.exists() and name.read_text().strip() == "fieldtap")


def wait_until_none_works() -> None:
    """A worker that was told to end does so soon."""
    end = time.monotonic() + 20
    while workers():
        assert time.monotonic() < end, "a worker goes on"
        time.sleep(0.01)


@pytest.mark.parametrize("batch_rows", [0, -1])
def test_a_batch_has_a_row(corpus: Path, batch_rows: int) -> None:
    """`ValueError`, which names the option and what it was."""
    with pytest.raises(ValueError, match=f"batch_rows is {batch_rows}; a batch has at least one row"):
        fieldtap.stream(corpus / "demo.pcapng", batch_rows=batch_rows)


@pytest.mark.parametrize("batch_rows", [1, 7, 65536])
def test_a_stream_gives_the_rows_of_read(corpus: Path, batch_rows: int) -> None:
    """In the same order, in batches of at most so many rows."""
    capture = fieldtap.read(corpus / "demo.pcapng")
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for name, batch in fieldtap.stream(corpus / "demo.pcapng", batch_rows=batch_rows):
        assert batch.name == name
        assert 0 < len(batch) <= batch_rows
        rows[name] += batch.rows()
    assert rows == {name: capture[name].rows() for name in capture.tables}


def test_tables_of_a_stream(corpus: Path) -> None:
    """Only those that are asked for."""
    assert {name for name, _ in fieldtap.stream(corpus / "demo.pcapng", tables=["points", "umas"])} == {"points"}


def test_an_ended_stream_stays_ended(corpus: Path) -> None:
    """As iterators do."""
    stream = fieldtap.stream(corpus / "frames" / "base.pcap")
    assert iter(stream) is stream
    assert list(stream)
    assert list(stream) == []
    assert "end" in repr(stream)


def test_damage_is_told_at_the_end(corpus: Path) -> None:
    """What stands before it has come by then."""
    stream = fieldtap.stream(corpus / "frames" / "broken_cut.pcap")
    assert stream.errors == ()
    assert sum(len(batch) for name, batch in stream if name == "modbus") > 0
    assert len(stream.errors) == 1
    with pytest.raises(fieldtap.CaptureError, match="not a capture file"):
        fieldtap.stream(corpus / "frames" / "broken_magic.pcap")


@pytest.mark.skipif(sys.platform != "linux", reason="counts threads in /proc")
@pytest.mark.parametrize("threads", [1, 2])
def test_closing_early_ends_the_work(many_frames: Path, threads: int) -> None:
    """By `close`, by `with`, or when nobody holds it any more."""
    wait_until_none_works()
    stream = fieldtap.stream(many_frames, batch_rows=100, threads=threads)
    next(stream)
    assert workers() > 0
    stream.close()
    assert list(stream) == []
    wait_until_none_works()

    with fieldtap.stream(many_frames, batch_rows=100, threads=threads) as stream:
        next(stream)
    wait_until_none_works()

    for _ in fieldtap.stream(many_frames, batch_rows=100, threads=threads):
        break
    gc.collect()
    wait_until_none_works()


def test_a_stream_that_nobody_reads_waits(many_frames: Path) -> None:
    """The memory is bounded: the reader does not run ahead of who takes the batches."""
    seen: list[int] = []
    stream = fieldtap.stream(
        many_frames, batch_rows=100, threads=1, tables="messages", progress=lambda at: seen.append(at.frames)
    )
    next(stream)
    time.sleep(1)
    # A few batches of 100 rows wait, and one thread reads 4,096 frames between two words on its progress.
    assert not seen or seen[-1] < 20_000
    stream.close()


def test_a_stream_may_be_read_by_several_threads(corpus: Path) -> None:
    """Each batch goes to one of them."""
    stream = fieldtap.stream(corpus / "demo.pcapng", tables="modbus", batch_rows=10)
    counts: list[int] = []
    takers = [threading.Thread(target=lambda: counts.extend(len(batch) for _, batch in stream)) for _ in range(3)]
    for taker in takers:
        taker.start()
    for taker in takers:
        taker.join()
    assert sum(counts) == len(fieldtap.read(corpus / "demo.pcapng", tables="modbus")["modbus"])


READ = "fieldtap.read(sys.argv[1], every_message=True, progress=said)"
STREAM = "[len(b) for _, b in fieldtap.stream(sys.argv[1], every_message=True, progress=said)]"
# Whoever would write names into the pipe does not come.
NAMES = "print('reading', flush=True); fieldtap.read(sys.argv[1], names=pipe)"
# Of one side, and many times as long as what is dissected at once.
PAYLOAD = (
    "print('reading', flush=True); fieldtap.dissect('modbus', bytes.fromhex('000100000006010300000001') * 5_000_000)"
)
# Without a loop of Python's between the batches, which come faster than anybody waits for them.
DRAIN = "deque(fieldtap.stream(sys.argv[1], every_message=True, batch_rows=100, progress=said), maxlen=0)"


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
@pytest.mark.parametrize(
    "work", [READ, STREAM, DRAIN, NAMES, PAYLOAD], ids=["read", "stream", "drain", "names", "payload"]
)
def test_ctrl_c_is_heard(many_frames: Path, tmp_path: Path, work: str) -> None:
    """SIGINT to a process that reads a long capture: `KeyboardInterrupt`, long before the end."""
    pipe = tmp_path / "names.csv"
    os.mkfifo(pipe)
    # The first word on progress is answered by a wait, so that the signal cannot come too late.
    program = f"""
import sys, threading, time, fieldtap
from collections import deque
pipe = sys.argv[2]
def said(at):
    if at.frames == 4096:
        print("reading", flush=True)
        time.sleep(1)
try:
    {work}
except KeyboardInterrupt:
    print("interrupted", flush=True)
else:
    print("read", flush=True)
"""
    child = subprocess.Popen([sys.executable, "-c", program, many_frames, pipe], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "reading\n"
    time.sleep(0.5)
    child.send_signal(signal.SIGINT)
    rest, _ = child.communicate(timeout=60)
    assert rest == "interrupted\n"
    assert child.returncode == 0


@pytest.mark.skipif(sys.platform == "win32", reason="makes a pipe")
def test_rows_of_a_quiet_pipe_come_at_once(corpus: Path, tmp_path: Path) -> None:
    """And not when a batch is full, or when the pipe is closed."""
    pipe = tmp_path / "live.pcap"
    os.mkfifo(pipe)
    octets = (corpus / "frames" / "base.pcap").read_bytes()
    writer = os.open(pipe, os.O_RDWR)
    os.write(writer, octets)
    stream = fieldtap.stream(pipe, tables="modbus")
    came: list[int] = []
    taker = threading.Thread(target=lambda: came.extend(len(batch) for _, batch in stream))
    taker.start()
    end = time.monotonic() + 30
    while not came and time.monotonic() < end:
        time.sleep(0.05)
    assert sum(came) > 0
    stream.close()
    os.close(writer)
    taker.join(timeout=30)
    assert not taker.is_alive()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_stream_is_read_where_it_was_opened(many_frames: Path) -> None:
    """The child of a fork has no thread that reads: it is told so, and does not wait for ever."""
    with fieldtap.stream(many_frames, tables="modbus", batch_rows=100) as stream:
        next(stream)
        child = os.fork()
        if child == 0:
            try:
                next(stream)
            except fieldtap.Error as error:
                os._exit(7 if "another process" in str(error) else 8)
            os._exit(9)
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 7
        assert len(next(stream)[1]) == 100


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("pipe", ["-", "named", "nobody"])
def test_ctrl_c_ends_the_command(command: Path, tmp_path: Path, pipe: str, sent: signal.Signals) -> None:
    """Also while it waits for standard input, for a pipe, or for somebody to write into a pipe."""
    named = tmp_path / "pipe"
    os.mkfifo(named)
    file = "-" if pipe == "-" else named
    writer = os.open(named, os.O_RDWR) if pipe == "named" else None
    with subprocess.Popen([command, "dissect", file], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as child:
        time.sleep(1)
        assert child.poll() is None
        child.send_signal(sent)
        try:
            assert child.wait(timeout=30) == 130
        finally:
            child.kill()
    if writer is not None:
        os.close(writer)
