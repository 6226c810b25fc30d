"""Frames that no free stack on loopback sends, made by scapy: LLDP, PTP, supervision of HSR and PRP; and GOOSE and
sampled values as an attacker, a mirror port or a redundant network would change what libiec61850 sent.
"""

import struct

from scapy.contrib.lldp import (
    LLDPDU,
    LLDPDUChassisID,
    LLDPDUEndOfLLDPDU,
    LLDPDUGenericOrganisationSpecific,
    LLDPDUManagementAddress,
    LLDPDUPortDescription,
    LLDPDUPortID,
    LLDPDUSystemCapabilities,
    LLDPDUSystemDescription,
    LLDPDUSystemName,
    LLDPDUTimeToLive,
)
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether
from scapy.packet import Raw

from capture_file import Packet, read_pcap, write_pcap
from record import CORPUS, START

SECOND = 10**9
MILLISECOND = 10**6


def write(name: str, frames: list[tuple[int, bytes]]) -> None:
    """Frames with their times after the start, filled up to 60 octets."""
    path = CORPUS / name
    path.parent.mkdir(parents=True, exist_ok=True)
    write_pcap(path, [Packet(START + time, data.ljust(60, b"\0")) for time, data in frames])
    print(f"{name}: {len(frames)} frames, {path.stat().st_size} octets")


def organisation(code: int, subtype: int, value: bytes) -> LLDPDU:
    """A TLV of an organisation."""
    return LLDPDUGenericOrganisationSpecific(org_code=code, subtype=subtype, data=value)


def lldp() -> None:
    """A PROFINET device and a switch, each telling of itself every five seconds; the device is renamed, a port shut."""

    def device(name: bytes, live: int = 20) -> bytes:
        return bytes(
            Ether(src="02:00:0a:14:01:0c", dst="01:80:c2:00:00:0e", type=0x88CC)
            / LLDPDUChassisID(subtype=7, id=name)
            / LLDPDUPortID(subtype=7, id=b"port-001")
            / LLDPDUTimeToLive(ttl=live)
            / LLDPDUSystemName(system_name=name)
            / LLDPDUSystemDescription(description=b"acme drive, V2.1")
            / LLDPDUSystemCapabilities(station_only_available=1, station_only_enabled=1)
            / LLDPDUManagementAddress(
                management_address_subtype=1,
                management_address=b"\x0a\x14\x01\x0c",
                interface_numbering_subtype=2,
                interface_number=1,
            )
            / organisation(0x000ECF, 2, bytes(4))
            / organisation(0x000ECF, 5, bytes.fromhex("02000a14010c"))
            / organisation(0x00120F, 1, bytes.fromhex("036c010010"))
            / LLDPDUEndOfLLDPDU()
        )

    switch = bytes(
        Ether(src="02:00:0a:14:01:fe", dst="01:80:c2:00:00:0e", type=0x88CC)
        / LLDPDUChassisID(subtype=4, id="02:00:0a:14:01:f0")
        / LLDPDUPortID(subtype=5, id=b"ge0/7")
        / LLDPDUTimeToLive(ttl=120)
        / LLDPDUPortDescription(description=b"bay 1")
        / LLDPDUSystemName(system_name=b"sw-bay1")
        / organisation(0x0080C2, 1, b"\x00\x0a")
        / organisation(0x0080C2, 3, b"\x00\x0a\x04bay1")
        / organisation(0x00120F, 4, struct.pack(">H", 1522))
        / LLDPDUEndOfLLDPDU()
    )
    frames = []
    for turn in range(6):
        frames.append((turn * 5 * SECOND, device(b"drive-1" if turn < 3 else b"drive-9")))
        frames.append((turn * 5 * SECOND + SECOND, switch))
    frames.append((31 * SECOND, device(b"drive-9", live=0)))
    write("lldp/device_and_switch.pcap", frames)


GRANDMASTER = bytes.fromhex("02000afffe140121")
BACKUP = bytes.fromhex("02000afffe140122")


def ptp_message(kind: int, body: bytes, clock: bytes, sequence: int, flags: int = 0, tlvs: bytes = b"") -> bytes:
    """A message of PTP version 2 in domain 0."""
    control = {0: 0, 1: 1, 8: 2, 9: 3, 13: 4}.get(kind, 5)
    length = 34 + len(body) + len(tlvs)
    head = struct.pack(">BBHBBHqI", kind, 2, length, 0, 0, flags, 0, 0)
    return head + clock + struct.pack(">HHBb", 1, sequence, control, 0) + body + tlvs


def announce(clock: bytes, priority: int, clock_class: int, sequence: int) -> bytes:
    """An Announce message with the TLV of the power profile of 2017 (C37.238)."""
    body = bytes(10) + struct.pack(">hBBBBHB", 37, 0, priority, clock_class, 0x21, 0x4E5D, 128)
    body += clock + struct.pack(">HB", 0, 0x20)
    value = bytes.fromhex("1c129d000002") + struct.pack(">HIIH", 254, 0, 250, 0)
    return ptp_message(11, body, clock, sequence, 0x003C, struct.pack(">HH", 3, len(value)) + value)


def ptp() -> None:
    """A grandmaster over Ethernet, its peer delay, and a second one that takes over; management over UDP."""

    def ethernet(source: str, message: bytes, group: str = "01:1b:19:00:00:00") -> bytes:
        return bytes(Ether(src=source, dst=group, type=0x88F7) / Raw(message))

    stamp = struct.pack(">HII", 0, 1_772_438_437, 5)
    first, second = "02:00:0a:14:01:21", "02:00:0a:14:01:22"
    frames = []
    for turn in range(6):
        clock, source = (GRANDMASTER, first) if turn < 4 else (BACKUP, second)
        at = turn * SECOND
        frames += [
            (at, ethernet(source, announce(clock, 128, 6 if turn < 3 else 187, turn))),
            (at + MILLISECOND, ethernet(source, ptp_message(0, bytes(10), clock, turn, 0x0200))),
            (at + 2 * MILLISECOND, ethernet(source, ptp_message(8, stamp, clock, turn))),
        ]
        peer = "01:80:c2:00:00:0e"
        frames.append((at + 3 * MILLISECOND, ethernet(source, ptp_message(2, bytes(20), clock, turn), peer)))
        frames.append(
            (at + 4 * MILLISECOND, ethernet(second, ptp_message(3, stamp + clock + b"\0\1", BACKUP, turn), peer))
        )
    write("ptp/grandmasters.pcap", frames)
    asks = Ether(src="02:00:0a:14:01:05", dst=first) / IP(src="10.20.1.5", dst="10.20.1.33") / UDP(sport=320, dport=320)
    says = Ether(src=first, dst="02:00:0a:14:01:05") / IP(src="10.20.1.33", dst="10.20.1.5") / UDP(sport=320, dport=320)
    client = bytes.fromhex("02000afffe140105")

    def management(action: int, sender: bytes, target: bytes, sequence: int, kind: int, value: bytes) -> bytes:
        tlv = struct.pack(">HH", kind, len(value)) + value
        return ptp_message(13, target + struct.pack(">HBBBB", 1, 1, 1, action, 0) + tlv, sender, sequence, 0x0400)

    priority = struct.pack(">HBB", 0x2005, 1, 0)
    refusal = struct.pack(">HHI", 5, 0x2005, 0) + b"\x02no\0"
    frames = [
        (0, asks / Raw(management(0, client, GRANDMASTER, 1, 1, struct.pack(">H", 0x2002)))),
        (
            MILLISECOND,
            says
            / Raw(
                management(
                    2,
                    GRANDMASTER,
                    client,
                    1,
                    1,
                    struct.pack(">H", 0x2002)
                    + GRANDMASTER
                    + bytes(4)
                    + b"\xff\xff\x7f\xff\xff\xff\x80\x06\x21\x4e\x5d\x80"
                    + GRANDMASTER,
                )
            ),
        ),
        (SECOND, asks / Raw(management(1, client, GRANDMASTER, 2, 1, priority))),
        (SECOND + MILLISECOND, says / Raw(management(2, GRANDMASTER, client, 2, 2, refusal))),
    ]
    write("ptp/management_udp.pcap", [(at, bytes(frame)) for at, frame in frames])


def supervision() -> None:
    """Supervision of two nodes of PRP on both LANs, and of a ring of HSR, where each frame comes by both ways."""

    def node(number: int, sequence: int, kind: int, path: int) -> bytes:
        address = bytes([2, 0, 0x0A, 0x14, 1, number])
        return struct.pack(">HHBB", path << 12 | 1, sequence, kind, 6) + address + bytes(2)

    group = bytes.fromhex("01154e000100")
    frames = []
    for turn in range(4):
        for number in (0x31, 0x32):
            source = bytes([2, 0, 0x0A, 0x14, 1, number])
            at = turn * 2 * SECOND + number * MILLISECOND
            for lan, delay in ((0xA, 0), (0xB, 20_000)):
                body = (group + source + b"\x88\xfb" + node(number, turn, 20, 0)).ljust(60, b"\0")
                trailer = struct.pack(">HHH", turn, lan << 12 | 52, 0x88FB)
                frames.append((at + delay, body + trailer))
            for path, delay in ((0, SECOND), (1, SECOND + 30_000)):
                tag = struct.pack(">HHH", 0x892F, path << 12 | 52, turn)
                frames.append(
                    (at + delay, (group + source + tag + b"\x88\xfb" + node(number, turn, 23, path)).ljust(66, b"\0"))
                )
    frames.sort(key=lambda frame: frame[0])
    write("hsr_prp_supervision/nodes.pcap", frames)


def number(data: bytes, tag: int, value: bytes) -> bytes:
    """The first integer of this tag in a message of GOOSE, with another value of the same length."""
    place = data.index(bytes([tag]), data.index(b"\x84\x08") + 10)
    length = data[place + 1]
    return data[: place + 2] + value.rjust(length, b"\0")[-length:] + data[place + 2 + length :]


def changed(name: str, packets: list[Packet]) -> None:
    """Writes frames that were changed or added."""
    write_pcap(CORPUS / name, sorted(packets, key=lambda packet: packet.time))
    print(f"{name}: {len(packets)} frames")


def manipulated() -> None:
    """What libiec61850 published, with one thing changed in each file."""
    states = read_pcap(CORPUS / "goose/states.pcap")
    trip = [packet for packet in states if packet.data[5] == 1]
    replayed = number(trip[0].data, 0x85, b"\x09")
    changed("goose/replay_raised.pcap", [*states, Packet(trip[12].time + 2 * MILLISECOND, replayed)])
    other = trip[-1].data[:6] + b"\x02\x00\x0a\x14\x01\x66" + trip[-1].data[12:]
    changed("goose/second_publisher.pcap", [*states, Packet(trip[-1].time + MILLISECOND, other)])
    changed("goose/mirrored.pcap", [Packet(p.time + delay, p.data) for p in states for delay in (0, 40_000)])
    stream = read_pcap(CORPUS / "sv/le_stream.pcap")[:150]
    changed("sv/lost.pcap", stream[:60] + stream[61:])
    changed("sv/mirrored.pcap", [Packet(p.time + delay, p.data) for p in stream for delay in (0, 40_000)])


if __name__ == "__main__":
    lldp()
    ptp()
    supervision()
    manipulated()
