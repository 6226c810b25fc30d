#!/usr/bin/env python3
"""Multiplies the captures of the corpus into one large capture of distinct, interleaved conversations.

    benches/mix.py OUT.pcap --size-mb 300                    # the mix
    benches/mix.py OUT.pcap --size-mb 50 --protocol modbus   # one protocol

Each time that a capture is repeated, its hosts get addresses that no other repetition has, so that every conversation
is a new one; without IP, its sources get other MAC addresses. Checksums of IPv4, TCP and UDP are changed with the
addresses (RFC 1624): what was right stays right. Repetitions run side by side, packet by packet. Times rise by 20
microseconds. There is no chance in it: the same corpus gives the same octets.
"""

import argparse
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

CORPUS = Path(__file__).resolve().parent.parent / "corpus"

# Share of the octets, and captures: conversations as stacks hold them, without those made to be garbage.
PROTOCOLS: dict[str, tuple[float, list[str]]] = {
    "modbus": (
        0.30,
        [
            "modbus/functions_tcp.pcap",
            "modbus/libmodbus.pcap",
            "modbus/pipelined.pcap",
            "modbus/standard_examples.pcap",
            "modbus/segmented.pcap",
            "modbus/device_identification.pcap",
            "modbus/functions_udp.pcap",
        ],
    ),
    "dnp3": (
        0.18,
        [
            "dnp3/opendnp3_reads.pcap",
            "dnp3/opendnp3_commands.pcap",
            "dnp3/opendnp3_functions.pcap",
            "dnp3/opendnp3_unsolicited.pcap",
            "dnp3/opendnp3_fragments.pcap",
            "dnp3/dnp3py.pcap",
        ],
    ),
    "s7comm": (
        0.14,
        [
            "s7comm/reads_and_writes.pcap",
            "s7comm/several_items.pcap",
            "s7comm/transfers.pcap",
            "s7comm/engineering.pcap",
        ],
    ),
    "iec104": (0.14, ["iec104/commands.pcap", "iec104/counters.pcap"]),
    "mms": (0.10, ["mms/browse.pcap", "mms/reports.pcap", "mms/controls.pcap", "mms/files.pcap"]),
    "c37118": (0.07, ["c37118/formats_2011.pcap", "c37118/formats_2005.pcap", "c37118/tcp_commands_udp_data.pcap"]),
    "goose": (0.05, ["goose/states.pcap"]),
    "sv": (0.02, ["sv/le_stream.pcap"]),
}
SIDE_BY_SIDE = 64
START = 1_700_000_000
DISTANCE_US = 20
# Longest header that is looked into before an address.
ETHERNET = 14
VLAN_TAGS = (0x8100, 0x88A8)


@dataclass(frozen=True)
class Packet:
    """A packet, cut at what changes from repetition to repetition."""

    # Octets as sent, with the repetition's number put in.
    render: Callable[[int], bytes]
    length: int


def read(path: Path) -> Iterator[bytes]:
    """The frames of a plain capture of Ethernet."""
    data = path.read_bytes()
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    (link_type,) = struct.unpack_from(order + "I", data, 20)
    if link_type & 0xFFFF != 1:
        raise SystemExit(f"{path}: not a capture of Ethernet")
    at = 24
    while at + 16 <= len(data):
        (length,) = struct.unpack_from(order + "I", data, at + 8)
        yield data[at + 16 : at + 16 + length]
        at += 16 + length


def fold(number: int) -> int:
    """The sum of 16-bit words in one's complement."""
    while number > 0xFFFF:
        number = (number & 0xFFFF) + (number >> 16)
    return number


def scrambled(repetition: int) -> int:
    """Another number of 16 bits, so that addresses do not rise: some programs keep them in trees without balance."""
    return (repetition & ~0xFFFF) | (repetition * 0x9E37 & 0xFFFF)


def of_ipv4(frame: bytes, ip: int, hosts: dict[bytes, int]) -> Packet:
    """A packet of IPv4; `hosts` numbers the addresses of its capture."""
    ends = [frame[ip + 12 : ip + 16], frame[ip + 16 : ip + 20]]
    # Multicast, broadcast and no address stay as they are.
    changed = [end[0] < 224 and end != b"\0\0\0\0" for end in ends]
    numbers = [
        1 + hosts.setdefault(end, len(hosts)) % 253 if is_new else 0 for end, is_new in zip(ends, changed, strict=True)
    ]
    # RFC 1624: ~checksum - old words + new words.
    old = sum(
        0xFFFF - word for end, is_new in zip(ends, changed, strict=True) if is_new for word in struct.unpack(">2H", end)
    )
    header_sum = 0xFFFF - struct.unpack_from(">H", frame, ip + 10)[0] + old
    transport = ip + (frame[ip] & 15) * 4
    first_fragment = struct.unpack_from(">H", frame, ip + 6)[0] & 0x1FFF == 0
    is_udp = frame[ip + 9] == 17
    at = {6: transport + 16, 17: transport + 6}.get(frame[ip + 9])
    if at is None or not first_fragment or at + 2 > len(frame) or (is_udp and frame[at : at + 2] == b"\0\0"):
        at = None
    before, between, behind = frame[: ip + 10], frame[ip + 20 : at], frame[at + 2 :] if at is not None else b""
    payload_sum = 0xFFFF - struct.unpack_from(">H", frame, at)[0] + old if at is not None else 0
    source, destination = ends
    (new_source, new_destination), (source_number, destination_number) = changed, numbers
    word = struct.Struct(">H").pack

    def render(repetition: int) -> bytes:
        number = scrambled(repetition)
        net = bytes((10 + (number >> 16), number >> 8 & 0xFF, number & 0xFF))
        high, low = net[0] << 8 | net[1], net[2] << 8
        added = 0
        first, second = source, destination
        if new_source:
            first = net + bytes((source_number,))
            added += high + (low | source_number)
        if new_destination:
            second = net + bytes((destination_number,))
            added += high + (low | destination_number)
        header = word(0xFFFF - fold(header_sum + added))
        if at is None:
            return b"".join((before, header, first, second, between))
        checksum = 0xFFFF - fold(payload_sum + added)
        if is_udp and checksum == 0:
            checksum = 0xFFFF
        return b"".join((before, header, first, second, between, word(checksum), behind))

    return Packet(render, len(frame))


def of_ethernet(frame: bytes) -> Packet:
    """A frame without IPv4: another source."""
    before, mac, behind = frame[:9], int.from_bytes(frame[9:12]), frame[12:]

    def render(repetition: int) -> bytes:
        return before + (mac ^ scrambled(repetition)).to_bytes(3) + behind

    return Packet(render, len(frame))


def packets(path: Path) -> list[Packet]:
    """The packets of a capture of the corpus."""
    hosts: dict[bytes, int] = {}
    found = []
    for frame in read(path):
        at = ETHERNET
        (kind,) = struct.unpack_from(">H", frame, 12)
        while kind in VLAN_TAGS:
            (kind,) = struct.unpack_from(">H", frame, at + 2)
            at += 4
        found.append(of_ipv4(frame, at, hosts) if kind == 0x0800 else of_ethernet(frame))
    return found


@dataclass
class Repetition:
    """One repetition of a capture, as far as it has been written."""

    packets: list[Packet]
    number: int
    next: int = 0


class Mix:
    """Says which capture is repeated next, so that each protocol has its share of the octets."""

    def __init__(self, names: list[str]) -> None:
        total = sum(PROTOCOLS[name][0] for name in names)
        self.shares = {name: PROTOCOLS[name][0] / total for name in names}
        self.captures = {name: [packets(CORPUS / file) for file in PROTOCOLS[name][1]] for name in names}
        self.octets = dict.fromkeys(names, 0)
        self.begun = dict.fromkeys(names, 0)

    def repetition(self) -> Repetition:
        """The next capture of the protocol that is furthest behind its share."""
        name = min(self.shares, key=lambda name: (self.octets[name] / self.shares[name], name))
        captures = self.captures[name]
        chosen = captures[self.begun[name] % len(captures)]
        self.begun[name] += 1
        self.octets[name] += sum(packet.length + 16 for packet in chosen)
        return Repetition(chosen, sum(self.begun.values()))


def build(path: Path, size: int, names: list[str]) -> int:
    """Writes a capture of about `size` octets of these protocols; returns its packets."""
    mix = Mix(names)
    running = [mix.repetition() for _ in range(SIDE_BY_SIDE)]
    written, count = 24, 0
    record = struct.Struct("<IIII").pack
    with path.open("wb", buffering=1 << 22) as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        while written < size:
            for place, repetition in enumerate(running):
                frame = repetition.packets[repetition.next].render(repetition.number)
                seconds, microseconds = divmod(count * DISTANCE_US, 1_000_000)
                file.write(record(START + seconds, microseconds, len(frame), len(frame)))
                file.write(frame)
                written += 16 + len(frame)
                count += 1
                repetition.next += 1
                if repetition.next == len(repetition.packets):
                    running[place] = mix.repetition()
    return count


def main() -> None:
    """Builds one capture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--size-mb", type=float, default=300)
    parser.add_argument("--protocol", choices=list(PROTOCOLS), action="append", help="only this one; may be repeated")
    arguments = parser.parse_args()
    names = arguments.protocol or list(PROTOCOLS)
    count = build(arguments.out, int(arguments.size_mb * 1e6), names)
    print(f"{arguments.out}: {count:,} packets, {arguments.out.stat().st_size:,} octets")


if __name__ == "__main__":
    main()
