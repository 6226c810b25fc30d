"""A source of synchrophasors: a server over TCP, commands over TCP with data over UDP, and a source that needs no
commands. The TCP and UDP are the kernel's; there is no free stack that sends configuration 3."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from c37118_wire import (
    CFG1,
    CFG2,
    HEADER,
    Pmu,
    all_formats,
    command,
    configuration,
    configuration3,
    data,
    frame,
)
from modbus_wire import receive, send
from record import CLIENT, SERVER, recording

GROUP = "10.20.1.20"


def small(count: int = 3) -> list[Pmu]:
    """One PMU with integer phasors."""
    pmu = Pmu(77, "NORTH 1", phasors=[("VA", False, 915_527), ("IA", True, 45_776)], count=count)
    pmu.digitals = [([f"BIT {bit}" for bit in range(16)], 0, 0x000F)]
    return [pmu]


@contextmanager
def serving(handle, connections: int = 1) -> Iterator[None]:
    """Runs `handle` on each connection to port 4712, in a thread."""
    listener = socket.create_server((SERVER, 4712))

    def run() -> None:
        for _ in range(connections):
            stream, _ = listener.accept()
            stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            stream.settimeout(5)
            with stream:
                handle(stream)

    thread = threading.Thread(target=run)
    thread.start()
    yield
    thread.join()
    listener.close()


def connect(source: int) -> socket.socket:
    """A connection of a phasor data concentrator."""
    made = socket.create_connection((SERVER, 4712), timeout=1, source_address=(CLIENT, source))
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def commands(stream: socket.socket) -> Iterator[int]:
    """The codes of the commands that come, until the other side closes."""
    while True:
        try:
            head = stream.recv(4096)
        except OSError:
            return
        if not head:
            return
        yield int.from_bytes(head[14:16], "big")


def session(name: str, source: int, ident: int, pmus: list[Pmu], version: int, pieces: int) -> None:
    """Header, all configurations, data on and off."""

    def handle(stream: socket.socket) -> None:
        number = 0
        for code in commands(stream):
            if code == 2:
                for _ in range(40):
                    odd = {"status": 0x2010} if number in (20, 21) else {"missing": 1} if number == 30 else {}
                    send(stream, data(ident, pmus, number, version=version, **odd), pause=0.002)
                    number += 2 if number == 10 else 1
            elif code == 3:
                send(stream, frame(HEADER, ident, b"Northgate PMU, feeder 3", version=version))
            elif code == 4:
                send(stream, configuration(CFG1, ident, pmus, version=version))
            elif code == 5:
                send(stream, configuration(CFG2, ident, pmus, version=version))
            elif code == 6:
                send(stream, *configuration3(ident, pmus, pieces=pieces))

    with serving(handle), recording(f"c37118/{name}.pcap"), connect(source) as stream:
        for code in [1, 3, 4, 5, 2, 1] if version == 1 else [1, 3, 6, 2, 1, 5, 2, 1, 8, 0x0101]:
            more = b"\x00\x01\x02\x03" if code > 7 else b""
            send(stream, command(ident, code, more, version))
            receive(stream, 0.2)


def udp_data() -> None:
    """Commands and configuration over TCP; data over UDP, to another host. A second host sends a forged configuration
    of the same stream."""
    pmus, other = small(), small(9)
    other[0].phasors = [("VA", False, 1), ("IA", True, 1)]

    def handle(stream: socket.socket) -> None:
        source = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        source.bind((SERVER, 4713))
        for code in commands(stream):
            if code == 5:
                send(stream, configuration(CFG2, 7, pmus))
            elif code == 2:
                for number in range(60):
                    source.sendto(data(7, pmus, number), (GROUP, 4713))
                    time.sleep(0.002)
                    if number == 20:
                        forger = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                        forger.bind(("10.20.1.66", 4713))
                        forger.sendto(configuration(CFG2, 7, other), (GROUP, 4713))
                        forger.close()
        source.close()

    with serving(handle), recording("c37118/tcp_commands_udp_data.pcap"):
        sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sink.bind((GROUP, 4713))
        with connect(43003) as stream:
            for code in (5, 2, 1):
                send(stream, command(7, code))
                receive(stream, 0.2)
        sink.close()


def spontaneous() -> None:
    """No commands: data from the first frame on, the configuration later, and a change that STAT announces."""
    pmus, changed = small(), small(4)
    changed[0].analogs = [("LOAD", 1, 1)]
    with recording("c37118/spontaneous_udp.pcap"):
        sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sink.bind((GROUP, 4713))
        source = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        source.bind((SERVER, 40123))
        frames = [data(7, pmus, number) for number in range(5)]
        frames += [configuration(CFG2, 7, pmus)]
        frames += [data(7, pmus, number) for number in range(5, 20)]
        frames += [data(7, pmus, number, status=0x0400) for number in range(20, 25)]
        frames += [data(7, changed, number, status=0x0400) for number in range(25, 28)]
        frames += [configuration(CFG2, 7, changed)]
        frames += [data(7, changed, number, status=0x0400 if number < 32 else 0) for number in range(28, 40)]
        frames += [data(7, changed, 39)[:-1] + b"\x00", data(7, changed, 41), data(7, changed, 40)]
        for octets in frames:
            source.sendto(octets, (GROUP, 4713))
            time.sleep(0.012)
        source.close()
        sink.close()


def main() -> None:
    """All scenes."""
    session("formats_2005", 43000, 5, all_formats(), version=1, pieces=1)
    session("formats_2011", 43001, 6, all_formats(300, 0.25), version=2, pieces=1)
    session("continued", 43002, 9, all_formats(500), version=2, pieces=4)
    udp_data()
    spontaneous()


if __name__ == "__main__":
    main()
