"""Records what runs on loopback, and starts and stops the servers of a scene."""

import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from capture_file import Packet, pcapng_interface, pcapng_packet, pcapng_section, read_pcap, with_checksums, write_pcap

CORPUS = Path(__file__).resolve().parent.parent
MAKE = CORPUS / "make"
CLIENT = "10.20.1.5"
SERVER = "10.20.1.10"
# Every file starts at this moment; what comes after keeps its real distance to the first frame.
START = 1_772_438_400 * 10**9  # 2026-03-02 08:00:00 UTC


def hardware_address(address: bytes) -> bytes:
    """A locally administered MAC address made from an IPv4 address."""
    return b"\x02\x00" + address


def rewritten(packets: list[Packet], start: int = START) -> list[Packet]:
    """Gives loopback frames MAC addresses, right checksums, and times counted from `start`."""
    result = []
    for packet in packets:
        data = packet.data
        if data[12:14] != b"\x08\x00":
            continue
        addresses = hardware_address(data[30:34]) + hardware_address(data[26:30])
        frame = addresses + data[12:14] + with_checksums(data[14:])
        result.append(Packet(packet.time - packets[0].time + start, frame))
    return result


@contextmanager
def recording(
    name: str, expression: str = "tcp or udp", rewrite: bool | None = True, interface: str = "lo"
) -> Iterator[None]:
    """Captures loopback into corpus/`name` while the body runs; `expression` is a filter of tcpdump.

    `rewrite` gives frames addresses and checksums; if it is false, only the times are moved, if none, not even those.
    """
    path = CORPUS / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder) / "raw.pcap"
        command = ["tcpdump", "-i", interface, "-U", "--immediate-mode", "-s", "0", "-B", "8192", "-w", str(raw)]
        command += ["--time-stamp-precision=nano", expression]
        tcpdump = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        while "listening on" not in tcpdump.stderr.readline():
            if tcpdump.poll() is not None:
                raise SystemExit("tcpdump did not start: is this root?")
        time.sleep(0.1)
        try:
            yield
        finally:
            time.sleep(0.4)
            tcpdump.send_signal(signal.SIGINT)
            tcpdump.communicate()
        packets = read_pcap(raw)
    if not packets:
        raise SystemExit(f"{name}: nothing was captured")
    if rewrite:
        packets = rewritten(packets)
    elif rewrite is False:
        packets = [Packet(packet.time - packets[0].time + START, packet.data) for packet in packets]
    if path.suffix == ".pcapng":
        blocks = [pcapng_section(comment="fieldtap corpus"), pcapng_interface(name="mirror0")]
        path.write_bytes(b"".join(blocks + [pcapng_packet(packet) for packet in packets]))
    else:
        write_pcap(path, packets)
    print(f"{name}: {len(packets)} frames, {path.stat().st_size} octets")


@contextmanager
def process(command: list[str], ready: tuple[str, int] | None = None) -> Iterator[subprocess.Popen]:
    """Runs a server while the body runs. Waits until it listens on `ready`, without connecting to it."""
    running = subprocess.Popen(command)
    try:
        if ready:
            wait_until_listening(*ready)
        else:
            time.sleep(1.5)
        yield running
    finally:
        running.terminate()
        running.wait()


def wait_until_listening(address: str, port: int) -> None:
    """Looks into the kernel's socket table: a connection only to look would be in the capture."""
    number = struct.unpack("=I", socket.inet_aton(address))[0]
    wanted = f"{number:08X}:{port:04X} 00000000:0000 0A"
    for _ in range(100):
        if wanted in Path("/proc/net/tcp").read_text():
            return
        time.sleep(0.1)
    raise SystemExit(f"nothing listens on {address}:{port}")


def python(script: str, *arguments: str) -> list[str]:
    """The command that runs a script of this folder."""
    return [sys.executable, str(MAKE / script), *arguments]
