"""Serial lines as a gateway of a substation records them (LINKTYPE_RTAC_SERIAL): a DNP3 outstation of dnp3py, whose
octets are taken out of TCP, and an IEC 60870-5-101 controlled station, whose frames are made here.
"""

import struct
from itertools import groupby

from capture_file import Packet, read_pcap, write_pcap
from record import CORPUS, START

RTAC_SERIAL = 250
SENT, RECEIVED, LOST, COMPLETE = 1, 2, 5, 6
PIECE = 7
# Between the pieces of one message, and between messages.
CHARACTERS, TURN = 8 * 10**6, 100 * 10**6


def record(time: int, event: int, octets: bytes = b"") -> Packet:
    """One event of the line at a time after the start."""
    seconds, fraction = divmod(START + time, 10**9)
    return Packet(START + time, struct.pack(">IIBBH", seconds, fraction // 1000, event, 0, 0) + octets)


def line(messages: list[tuple[int, bytes]]) -> list[Packet]:
    """Messages that the gateway sent or received, each in pieces, and the end of the capture."""
    packets, time = [], 0
    for event, octets in messages:
        for at in range(0, len(octets), PIECE):
            # What does not begin a transmission ends it: events 3 and 4.
            packets.append(record(time, event if at == 0 else event + 2, octets[at : at + PIECE]))
            time += CHARACTERS
        time += TURN
    return [*packets, record(time, COMPLETE)]


def dnp3() -> list[tuple[int, bytes]]:
    """What master and outstation said over TCP; the gateway is the master."""
    messages = []
    for packet in read_pcap(CORPUS / "dnp3/dnp3py.pcap"):
        ip = packet.data[14:]
        segment = ip[(ip[0] & 15) * 4 : struct.unpack_from(">H", ip, 2)[0]]
        source = struct.unpack_from(">H", segment)[0]
        messages.append((RECEIVED if source == 20000 else SENT, segment[(segment[12] >> 4) * 4 :]))
    return [
        (event, b"".join(octets for _, octets in run))
        for event, run in groupby((message for message in messages if message[1]), key=lambda message: message[0])
    ]


def fixed(control: int, address: int = 1) -> bytes:
    """A frame of fixed length (IEC 60870-5-1 clause 6.2.4.2)."""
    return bytes([0x10, control, address, (control + address) & 0xFF, 0x16])


def variable(control: int, asdu: str, address: int = 1) -> bytes:
    """A frame of variable length."""
    user = bytes([control, address]) + bytes.fromhex(asdu)
    return bytes([0x68, len(user), len(user), 0x68]) + user + bytes([sum(user) & 0xFF, 0x16])


def iec101() -> list[tuple[int, bytes]]:
    """A link is reset, the station interrogated, and class 2 asked for; the gateway is the controlling station."""
    return [
        (SENT, fixed(0x40)),
        (RECEIVED, fixed(0x00)),
        (SENT, variable(0x73, "64 01 06 01 00 00 14")),
        (RECEIVED, b"\xe5"),
        (SENT, fixed(0x5A)),
        (RECEIVED, variable(0x28, "64 01 07 01 00 00 14")),
        (SENT, fixed(0x7A)),
        (RECEIVED, variable(0x28, "01 83 14 01 64 00 01 00 01")),
        (SENT, fixed(0x5A)),
        (RECEIVED, variable(0x08, "64 01 0a 01 00 00 14")),
        (SENT, fixed(0x7B)),
        (RECEIVED, fixed(0x09)),
    ]


def main() -> None:
    """Writes the captures."""
    folder = CORPUS / "serial"
    folder.mkdir(parents=True, exist_ok=True)
    write_pcap(folder / "dnp3.pcap", line(dnp3()), RTAC_SERIAL)
    write_pcap(folder / "iec101.pcap", line(iec101()), RTAC_SERIAL)
    lost = line(iec101())
    # The gateway has lost the second half of the interrogation, and what it received in answer.
    write_pcap(folder / "iec101_lost.pcap", [*lost[:3], record(240 * 10**6, LOST), *lost[6:]], RTAC_SERIAL)


if __name__ == "__main__":
    main()
