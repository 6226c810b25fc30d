"""Modbus scenes with libmodbus: its client, and clients of our own against its server, which takes pipelining."""

import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from modbus_wire import adu, connect, read, receive, send
from record import MAKE, SERVER, process, recording


@contextmanager
def halted(server: subprocess.Popen) -> Iterator[None]:
    """Halts the server, so that requests pile up; the kernel goes on to receive them."""
    server.send_signal(signal.SIGSTOP)
    yield
    server.send_signal(signal.SIGCONT)


def pipelined(server: subprocess.Popen) -> None:
    """Eight requests before the first answer, each with a transaction of its own; then the same in one segment."""
    stream = connect(source=41001)
    with halted(server):
        send(stream, *(adu(100 + n, 1, read(3, 10 * n, n + 1)) for n in range(8)))
    receive(stream)
    mixed = [read(1, 0, 12), read(2, 0, 20), read(3, 0, 2), read(4, 5, 3), read(5, 7, 0xFF00), read(6, 8, 99)]
    send(stream, b"".join(adu(200 + n, 1, pdu) for n, pdu in enumerate(mixed)))
    receive(stream)
    send(stream, b"".join(adu(300 + n, n % 3, read(3, 300, 1)) for n in range(6)))
    receive(stream)
    stream.close()


def transaction_zero(server: subprocess.Popen) -> None:
    """Transaction 0 in every request, one by one and several outstanding; then 7 used again while outstanding."""
    stream = connect(source=41002)
    for n in range(5):
        send(stream, adu(0, 1, read(3, n, 2)))
        receive(stream, 0.05)
    send(stream, b"".join(adu(0, 1, read(3, 20 + n, n + 1)) for n in range(4)))
    receive(stream)
    with halted(server):
        send(stream, adu(0, 1, read(3, 1, 1)), adu(0, 1, read(1, 1, 9)), adu(0, 2, read(3, 2, 2)))
    receive(stream)
    with halted(server):
        send(stream, adu(7, 1, read(3, 30, 3)), adu(7, 1, read(3, 40, 4)))
    receive(stream)
    stream.close()


def segmented(_server: subprocess.Popen) -> None:
    """Requests of one octet a segment, cut in the header and in the body, and one and a half to a segment."""
    stream = connect(source=41003)
    write = b"\x10" + bytes.fromhex("00640004080102030405060708")
    send(stream, *(bytes([octet]) for octet in adu(1, 1, write)))
    receive(stream)
    whole = adu(2, 1, read(3, 100, 4))
    for cut in (1, 3, 5, 6, 7, 8, 10):
        send(stream, whole[:cut], whole[cut:])
        receive(stream, 0.05)
    two = whole + adu(3, 1, read(4, 1, 1))
    send(stream, two[:17], two[17:])
    receive(stream)
    stream.close()


def main() -> None:
    """Compiles the server and records the scenes."""
    with tempfile.TemporaryDirectory() as folder:
        program = str(Path(folder) / "modbus_libmodbus")
        source = str(MAKE / "modbus_libmodbus.c")
        flags = ["-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-O1", "-I/usr/include/modbus"]
        subprocess.run(["cc", *flags, "-o", program, source, "-lmodbus"], check=True)
        server = [program, "server", SERVER, "502"]
        with process(server, (SERVER, 502)), recording("modbus/libmodbus.pcap"):
            subprocess.run([program, "client", SERVER, "502"], check=True)
        for scene in (pipelined, transaction_zero, segmented):
            with process(server, (SERVER, 502)) as running, recording(f"modbus/{scene.__name__}.pcap"):
                scene(running)


if __name__ == "__main__":
    main()
