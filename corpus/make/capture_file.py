"""Reads and writes capture files, and recomputes the checksums of a frame. Only what this corpus needs."""

import struct
from dataclasses import dataclass
from pathlib import Path

ETHERNET = 1
NANOSECONDS = 0xA1B23C4D
MICROSECONDS = 0xA1B2C3D4


@dataclass
class Packet:
    """One frame and the time it was captured, in nanoseconds since 1970."""

    time: int
    data: bytes
    original_length: int | None = None


def read_pcap(path: Path) -> list[Packet]:
    """Reads a classic pcap file written by tcpdump or by write_pcap on this machine."""
    content = path.read_bytes()
    scale = {NANOSECONDS: 1, MICROSECONDS: 1000}[struct.unpack_from("<I", content)[0]]
    packets, at = [], 24
    while at + 16 <= len(content):
        seconds, fraction, captured, original = struct.unpack_from("<IIII", content, at)
        at += 16
        packets.append(Packet(seconds * 10**9 + fraction * scale, content[at : at + captured], original))
        at += captured
    return packets


def pcap_bytes(packets: list[Packet], link: int = ETHERNET, magic: int = NANOSECONDS, order: str = "<") -> bytes:
    """A classic pcap file. `magic` says the resolution, `order` the byte order."""
    scale = 1 if magic == NANOSECONDS else 1000
    out = [struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 262144, link)]
    for packet in packets:
        seconds, fraction = divmod(packet.time, 10**9)
        length = packet.original_length or len(packet.data)
        out.append(struct.pack(order + "IIII", seconds, fraction // scale, len(packet.data), length) + packet.data)
    return b"".join(out)


def write_pcap(path: Path, packets: list[Packet], link: int = ETHERNET, **keywords) -> None:
    """Writes a classic pcap file."""
    path.write_bytes(pcap_bytes(packets, link, **keywords))


def pcapng_block(kind: int, body: bytes, order: str = "<") -> bytes:
    """One pcapng block: type, length, body padded to four octets, length."""
    body += bytes(-len(body) % 4)
    length = len(body) + 12
    return struct.pack(order + "II", kind, length) + body + struct.pack(order + "I", length)


def pcapng_option(code: int, value: bytes, order: str = "<") -> bytes:
    """One pcapng option, padded to four octets."""
    return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)


def pcapng_section(order: str = "<", comment: str = "") -> bytes:
    """A section header block of unknown section length."""
    options = pcapng_option(1, comment.encode(), order) + bytes(4) if comment else b""
    return pcapng_block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1) + options, order)


def pcapng_interface(
    link: int = ETHERNET, name: str = "", resolution: int | None = 9, order: str = "<", snap_length: int = 0
) -> bytes:
    """An interface description block. `resolution` is the raw octet of if_tsresol; None leaves the option away."""
    options = pcapng_option(2, name.encode(), order) if name else b""
    if resolution is not None:
        options += pcapng_option(9, bytes([resolution]), order)
    return pcapng_block(1, struct.pack(order + "HHI", link, 0, snap_length) + options + bytes(4), order)


def pcapng_packet(packet: Packet, interface: int = 0, ticks: int = 10**9, order: str = "<") -> bytes:
    """An enhanced packet block; `ticks` is the number of time units in a second."""
    time = packet.time * ticks // 10**9
    length = packet.original_length or len(packet.data)
    head = struct.pack(order + "IIIII", interface, time >> 32, time & 0xFFFFFFFF, len(packet.data), length)
    return pcapng_block(6, head + packet.data, order)


def checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071)."""
    data += bytes(len(data) % 2)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def with_checksums(packet: bytes) -> bytes:
    """An unfragmented IPv4 packet with right checksums in IPv4, TCP and UDP."""
    header_length = (packet[0] & 15) * 4
    length = struct.unpack_from(">H", packet, 2)[0]
    header = bytearray(packet[:header_length])
    header[10:12] = bytes(2)
    header[10:12] = struct.pack(">H", checksum(bytes(header)))
    segment = bytearray(packet[header_length:length])
    at = {6: 16, 17: 6}[packet[9]]
    segment[at : at + 2] = bytes(2)
    pseudo = bytes(header[12:20]) + struct.pack(">BBH", 0, packet[9], len(segment))
    value = checksum(pseudo + bytes(segment))
    segment[at : at + 2] = struct.pack(">H", value or 0xFFFF if packet[9] == 17 else value)
    return bytes(header) + bytes(segment) + packet[length:]
