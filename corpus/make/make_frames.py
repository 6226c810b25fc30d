"""Derives corpus/frames/ from one real capture: other framing, other order, other files, the same Modbus.

The base is the handshake and the first twelve transactions of modbus/libmodbus.pcap. What is changed is made by hand
here; nothing in this folder was sent by a real stack, but for the octets of TCP payload.
"""

import gzip
import struct
import subprocess
from collections.abc import Callable, Iterable

from scapy.config import conf
from scapy.contrib.erspan import ERSPAN_II, ERSPAN_III
from scapy.contrib.geneve import GENEVE
from scapy.contrib.mpls import MPLS
from scapy.layers.inet import IP, TCP, UDP, fragment
from scapy.layers.inet6 import (
    IPv6,
    IPv6ExtHdrDestOpt,
    IPv6ExtHdrFragment,
    IPv6ExtHdrHopByHop,
    IPv6ExtHdrRouting,
    fragment6,
)
from scapy.layers.l2 import GRE, LLC, SNAP, Dot1AD, Dot1Q, Dot3, Ether
from scapy.layers.ppp import PPP, PPPoE
from scapy.layers.vxlan import VXLAN
from scapy.packet import Raw

from capture_file import (
    MICROSECONDS,
    Packet,
    pcap_bytes,
    pcapng_block,
    pcapng_interface,
    pcapng_packet,
    pcapng_section,
    read_pcap,
    write_pcap,
)
from record import CORPUS, START

FRAMES = CORPUS / "frames"
STEP = 1_000_000  # nanoseconds between frames that are made here
TRANSACTIONS = 12
TRUNK = Ether(src="02:00:c0:00:02:01", dst="02:00:c0:00:02:02")
TUNNEL = TRUNK / IP(src="192.0.2.1", dst="192.0.2.2", id=1)


def base() -> list[Packet]:
    """The frames that everything is derived from."""
    answers, kept = 0, []
    for packet in read_pcap(CORPUS / "modbus/libmodbus.pcap"):
        kept.append(packet)
        frame = Ether(packet.data)
        if frame[TCP].sport == 502 and payload(frame):
            answers += 1
        if answers == TRANSACTIONS:
            return kept
    raise SystemExit("modbus/libmodbus.pcap holds too few transactions")


def payload(frame: Ether) -> bytes:
    """The TCP payload, without the padding of Ethernet."""
    length = frame[IP].len - 4 * frame[IP].ihl - 4 * frame[TCP].dataofs
    return bytes(frame[TCP].payload)[:length]


def segment(frame: Ether, offset: int = 0, data: bytes | None = None, **fields) -> Ether:
    """A copy of `frame` whose payload is `data`, `offset` octets after its own sequence number."""
    made = frame.copy()
    tcp = made[TCP]
    tcp.remove_payload()
    tcp.seq = (tcp.seq + offset) % 2**32
    for name, value in fields.items():
        setattr(tcp, name, value)
    del made[IP].len, made[IP].chksum, tcp.chksum
    return made / Raw(payload(frame) if data is None else data)


def split(frame: Ether, *cuts: int) -> list[Ether]:
    """`frame` in several segments, cut at these places."""
    data, places = payload(frame), [0, *cuts, len(payload(frame))]
    return [segment(frame, a, data[a:b]) for a, b in zip(places, places[1:], strict=False) if a < b]


def timed(frames: Iterable) -> list[Packet]:
    """Frames a millisecond apart."""
    return [Packet(START + n * STEP, bytes(frame)) for n, frame in enumerate(frames)]


def write(name: str, frames: Iterable, link: int = 1) -> None:
    """Writes frames/`name`.pcap."""
    write_pcap(FRAMES / f"{name}.pcap", timed(frames), link)


def each(frames: list[Ether], change: Callable[[Ether], list[Ether]]) -> list[Ether]:
    """Applies `change` to the frames that carry payload; the others stay."""
    return [made for frame in frames for made in (change(frame) if payload(frame) else [frame])]


def data_frames(frames: list[Ether]) -> list[Ether]:
    """The frames that carry payload."""
    return [frame for frame in frames if payload(frame)]


def altered(data: bytes) -> bytes:
    """Other octets of the same length."""
    return bytes(octet ^ 0xFF for octet in data)


def tcp_order(frames: list[Ether]) -> None:
    """Order, repetition and size of segments: the same rows must come out."""
    write("tcp_one_octet", each(frames, lambda f: split(f, *range(1, len(payload(f))))))
    write("tcp_reordered", each(frames, lambda f: split(f, 3, 7, 9)[::-1]))
    write("tcp_reversed", frames[:3] + frames[3:][::-1])
    write("tcp_three_times", [frame for frame in frames for _ in range(3)])
    again = []
    for before, frame in zip([frames[0], *frames], frames, strict=False):
        again += [frame] + ([before] if payload(before) else [])
    write("tcp_retransmitted", again)
    write("tcp_overlap_same", each(frames, lambda f: [segment(f, 0, payload(f)[:8]), segment(f, 5, payload(f)[5:])]))

    shifts = {frames[0][TCP].sport: None, frames[0][TCP].dport: None}
    for frame in frames[:2]:
        shifts[frame[TCP].sport] = 2**32 - 40 - frame[TCP].seq
    wrapped = []
    for frame in frames:
        acknowledged = (frame[TCP].ack + shifts[frame[TCP].dport]) % 2**32 if "A" in frame[TCP].flags else 0
        wrapped.append(segment(frame, shifts[frame[TCP].sport], ack=acknowledged))
    write("tcp_sequence_wrap", wrapped)


def tcp_start_and_end(frames: list[Ether]) -> None:
    """Handshakes that are odd or absent, resets and ends that are not."""
    syn, syn_ack, _, first, *rest = frames
    write("tcp_middle", [segment(first, 5, payload(first)[5:]), *rest])
    write("tcp_no_handshake", frames[3:])
    write("tcp_syn_ack_only", [syn_ack, first, *rest])
    with_data = segment(syn, 0, payload(first))
    write("tcp_syn_with_data", [with_data, segment(syn_ack, 0, b"", ack=first[TCP].seq + len(payload(first))), *rest])
    simultaneous = [syn, segment(syn_ack, 0, b"", flags="S", ack=0), segment(syn, 0, b"", flags="SA"), syn_ack]
    write("tcp_simultaneous_open", [*simultaneous, first, *rest])
    write("tcp_one_direction_requests", [frame for frame in frames if frame[TCP].dport == 502])
    write("tcp_one_direction_answers", [frame for frame in frames if frame[TCP].sport == 502])

    half = data_frames(frames)[10]
    at = frames.index(half)
    outside = [segment(half, 2**30, b"", flags=flags) for flags in ("R", "FA")]
    write("tcp_reset_outside_window", frames[:at] + outside + frames[at:])
    inside = segment(half, 0, b"", flags="FA")
    write("tcp_data_after_fin", [*frames[:at], inside, *(segment(f, f[TCP].sport != 502) for f in frames[at:])])
    write("tcp_data_after_reset", frames[:at] + [segment(half, 0, b"", flags="R")] + frames[at:])

    keep_alive = segment(half, -1, b"\x00", flags="A")
    probe = segment(half, 0, payload(half)[:1], flags="A")
    window = segment(data_frames(frames)[9], len(payload(data_frames(frames)[9])), b"", window=0)
    urgent = segment(half, 0, urgptr=4, flags="PAU")
    odd = [keep_alive, keep_alive, window, probe, probe, urgent]
    write("tcp_keep_alive_probe_urgent", frames[:at] + odd + frames[at + 1 :])


def tcp_evidence(frames: list[Ether]) -> None:
    """Holes, and octets that disagree: something has to be said."""
    data = data_frames(frames)
    lost = {data[4].build(), data[9].build()}
    holes = [frame for frame in frames if frame.build() not in lost]
    place = holes.index(data[12])
    holes[place : place + 1] = split(data[12], 4)[1:]
    write("tcp_holes", holes)

    change = {data[6].build(), data[11].build()}
    write("tcp_retransmission_conflict", [g for f in frames for g in conflict_after(f, f.build() in change)])
    write("tcp_overlap_conflict", each(frames, conflict_ahead))
    write("tcp_overlap_held_conflict", each(frames, conflict_held))

    wrong = data[12].copy()
    wrong[TCP].chksum ^= 0x5555
    write("tcp_one_bad_checksum", [wrong if frame is data[12] else frame for frame in frames])
    at = frames.index(data[8])
    flood = [segment(data[8], 2**30 + 10 * n, b"0123456789") for n in range(40)]
    write("tcp_flood_outside_window", frames[:at] + flood + frames[at:])


def conflict_after(frame: Ether, wanted: bool) -> list[Ether]:
    """The segment, and then, where wanted, the same place again with other octets."""
    return [frame, segment(frame, 0, altered(payload(frame)))] if wanted else [frame]


def conflict_ahead(frame: Ether) -> list[Ether]:
    """Nine octets in order, then a segment from octet 6 on whose first three octets are others."""
    data = payload(frame)
    return [segment(frame, 0, data[:9]), segment(frame, 6, altered(data[6:9]) + data[9:])]


def conflict_held(frame: Ether) -> list[Ether]:
    """Two segments ahead of the expected octet, which disagree about octets 8 and 9; then the beginning."""
    data = payload(frame)
    later = [segment(frame, 6, data[6:10]), segment(frame, 8, altered(data[8:10]) + data[10:])]
    return [*later, segment(frame, 0, data[:6])]


def ip4(frames: list[Ether]) -> None:
    """IPv4: fragments, options, lengths that lie."""

    def fragments(frame: Ether) -> list[Ether]:
        whole = frame.copy()
        whole[IP].flags = 0
        whole[IP].id = whole[IP].id or 1
        del whole[IP].chksum
        return fragment(whole, 24)

    write("ip4_fragments", each(frames, fragments))
    write("ip4_fragments_reversed", each(frames, lambda f: fragments(f)[::-1]))
    write("ip4_fragments_twice", each(frames, lambda f: [part for part in fragments(f) for _ in range(2)]))
    data = data_frames(frames)

    conflicting = fragments(data[1])
    other = conflicting[1].copy()
    other[Raw].load = altered(other[Raw].load)
    write("ip4_fragments_conflict", [*frames[:3], data[0], conflicting[0], conflicting[1], other, *conflicting[2:]])

    tiny = data[2].copy()
    tiny[IP].flags = 0
    del tiny[IP].chksum
    endless = [part for n in range(30) for part in [renumbered(fragments(data[0])[0], 1000 + n)]]
    write("ip4_fragments_tiny_and_endless", [*frames[:3], *fragment(tiny, 8), *endless, *data[3:6]])

    write("ip4_options", [with_ip_options(frame) for frame in frames])
    write("ip4_total_length_zero", [with_total_length(frame, 0) for frame in frames])
    write("ip4_total_length_too_large", [with_total_length(frame, frame[IP].len + 100) for frame in frames])
    write("ip4_total_length_too_small", [*frames[:4], with_total_length(frames[3], 12), *frames[4:]])
    write("ethernet_padding", [bytes(frame) + bytes(max(0, 60 - len(frame))) + b"\x00" * 4 for frame in frames])


def renumbered(part: Ether, identification: int) -> Ether:
    """A fragment with another identification."""
    made = part.copy()
    made[IP].id = identification
    del made[IP].chksum
    return made


def with_ip_options(frame: Ether) -> Ether:
    """Eight octets of IPv4 options: router alert, then no-operation."""
    made = segment(frame)
    del made[IP].ihl
    made[IP].options = [b"\x94\x04\x00\x00\x01\x01\x01\x00"]
    return made


def with_total_length(frame: Ether, length: int) -> Ether:
    """The frame with a total length that is not its own."""
    made = frame.copy()
    made[IP].len = length
    del made[IP].chksum
    return made


def to_ip6(frame: Ether, *extensions) -> Ether:
    """The same segment over IPv6."""
    made = Ether(src=frame.src, dst=frame.dst)
    address = {"10.20.1.5": "2001:db8:20::5", "10.20.1.10": "2001:db8:20::10"}
    made /= IPv6(src=address.get(frame[IP].src, "2001:db8:20::a"), dst=address.get(frame[IP].dst, "2001:db8:20::a"))
    for extension in extensions:
        made /= extension.copy()
    tcp = segment(frame)[TCP].copy()
    return made / tcp


def ip6(frames: list[Ether]) -> None:
    """IPv6: plain, with extension headers, in fragments, with more headers than anyone should follow."""
    write("ip6", [to_ip6(frame) for frame in frames])
    extensions = (IPv6ExtHdrHopByHop(), IPv6ExtHdrRouting(), IPv6ExtHdrDestOpt())
    write("ip6_extension_headers", [to_ip6(frame, *extensions) for frame in frames])
    write("ip6_forty_extension_headers", [to_ip6(frame, *[IPv6ExtHdrDestOpt()] * 40) for frame in frames])
    parts = []
    for n, frame in enumerate(frames):
        whole = to_ip6(frame, IPv6ExtHdrFragment(id=n + 1))
        parts += [Ether(src=frame.src, dst=frame.dst) / part for part in fragment6(whole[IPv6], 80)]
    write("ip6_fragments", parts)


def redundancy_trailer(frame: bytes, sequence: int, lan: int) -> bytes:
    """The redundancy control trailer of PRP (IEC 62439-3): sequence, LAN and size, suffix 88FB."""
    padded = frame + bytes(max(0, 60 - len(frame)))
    size = len(padded) - 14 + 6
    return padded + struct.pack(">HHH", sequence, lan << 12 | size, 0x88FB)


def hsr_tag(frame: bytes, sequence: int, path: int) -> bytes:
    """The HSR tag (IEC 62439-3) before the ethertype of the frame."""
    return frame[:12] + struct.pack(">HHH", 0x892F, path << 12 | (len(frame) - 14 + 6), sequence) + frame[12:]


def below_ip(frames: list[Ether]) -> None:
    """VLAN tags, redundancy, and tunnels that carry the whole frame or the IP packet."""
    originals = [bytes(frame) for frame in frames]

    def tagged(frame: Ether, *tags) -> Ether:
        made = Ether(src=frame.src, dst=frame.dst)
        for tag in tags:
            made /= tag.copy()
        return made / frame[IP].copy()

    write("vlan", [tagged(frame, Dot1Q(vlan=120, prio=4)) for frame in frames])
    write("qinq", [tagged(frame, Dot1AD(vlan=7), Dot1Q(vlan=120)) for frame in frames])
    write("vlan_one_direction", [tagged(f, Dot1Q(vlan=120)) if f[TCP].dport == 502 else f for f in frames])
    write("vlan_thirty_tags", [tagged(frame, *[Dot1Q(vlan=n + 1) for n in range(30)]) for frame in frames])
    write("prp", [redundancy_trailer(o, n, lan) for n, o in enumerate(originals) for lan in (10, 11)])
    write("hsr", [hsr_tag(o, n, path) for n, o in enumerate(originals) for path in (0, 1)])
    write("mpls", [TRUNK.copy() / MPLS(label=16, s=0) / MPLS(label=17, s=1) / frame[IP].copy() for frame in frames])
    write("pppoe", [TRUNK / PPPoE(sessionid=17) / PPP(proto=0x21) / frame[IP].copy() for frame in frames])
    ether_type = struct.pack(">H", 0x0800)
    write("snap", [Dot3(src=f.src, dst=f.dst) / LLC() / SNAP(code=0x0800) / f[IP].copy() for f in frames])

    write("gre_ip", [TUNNEL / GRE(proto=0x0800) / frame[IP].copy() for frame in frames])
    keyed = {"key_present": 1, "key": 5, "seqnum_present": 1, "chksum_present": 1}
    write("gre_ethernet", [TUNNEL / GRE(proto=0x6558, **keyed, sequence_number=n) / f for n, f in enumerate(frames)])
    write("erspan_1", [TUNNEL / GRE(proto=0x88BE) / frame for frame in frames])
    numbered = [GRE(proto=0x88BE, seqnum_present=1, sequence_number=n) for n in range(len(frames))]
    write(
        "erspan_2", [TUNNEL / g / ERSPAN_II(vlan=120, session_id=3) / f for g, f in zip(numbered, frames, strict=True)]
    )
    numbered = [GRE(proto=0x22EB, seqnum_present=1, sequence_number=n) for n in range(len(frames))]
    write("erspan_3", [TUNNEL / g / ERSPAN_III(session_id=3) / f for g, f in zip(numbered, frames, strict=True)])
    write("vxlan", [TUNNEL / UDP(sport=50000, dport=4789) / VXLAN(vni=77) / frame for frame in frames])
    write("geneve", [TUNNEL / UDP(sport=50000, dport=6081) / GENEVE(vni=77) / frame for frame in frames])
    write("ip_in_ip", [TUNNEL / frame[IP].copy() for frame in frames])
    nested = TUNNEL / UDP(sport=50000, dport=4789) / VXLAN(vni=1) / TUNNEL / GRE(proto=0x0800)
    write("tunnel_in_tunnel", [nested.copy() / frame[IP].copy() for frame in frames])
    deep = TUNNEL.copy()
    for _ in range(20):
        deep /= IP(src="192.0.2.1", dst="192.0.2.2", id=1)
    write("twenty_tunnels", [deep.copy() / frame[IP].copy() for frame in frames])

    sll = [struct.pack(">HHH6s2x", 4 * (f[TCP].dport == 502), 1, 6, bytes(f)[6:12]) + ether_type for f in frames]
    sll2 = [ether_type + struct.pack(">xxIHBB6s2x", 3, 1, 0, 6, bytes(f)[6:12]) for f in frames]
    packets = [original[14:] for original in originals]
    write("link_sll", [head + packet for head, packet in zip(sll, packets, strict=True)], link=113)
    write("link_sll2", [head + packet for head, packet in zip(sll2, packets, strict=True)], link=276)
    write("link_raw", packets, link=101)
    write("link_ipv4", packets, link=228)
    write("link_null", [struct.pack("<I", 2) + packet for packet in packets], link=0)
    write("link_loop", [struct.pack(">I", 2) + packet for packet in packets], link=108)
    write("link_ppp", [b"\xff\x03\x00\x21" + packet for packet in packets], link=9)
    write("link_unknown", originals, link=147)


def files(packets: list[Packet]) -> None:
    """The base in other kinds of file."""
    write_pcap(FRAMES / "base.pcap", packets)
    write_pcap(FRAMES / "pcap_microseconds.pcap", packets, magic=MICROSECONDS)
    write_pcap(FRAMES / "pcap_big_endian.pcap", packets, magic=MICROSECONDS, order=">")
    write_pcap(FRAMES / "pcap_big_endian_nanoseconds.pcap", packets, order=">")
    plain = pcap_bytes(packets)
    (FRAMES / "base.pcap.gz").write_bytes(gzip.compress(plain, mtime=0))
    third = len(plain) // 3
    members = [gzip.compress(part, mtime=0) for part in (plain[:third], plain[third:])]
    (FRAMES / "two_members.pcap.gz").write_bytes(b"".join(members))
    for name, parts in (("base", [plain]), ("two_frames", [plain[:third], plain[third:]])):
        compressed = [subprocess.run(["zstd", "-q", "-c"], input=p, capture_output=True, check=True) for p in parts]
        (FRAMES / f"{name}.pcap.zst").write_bytes(b"".join(run.stdout for run in compressed))

    short = [Packet(p.time, p.data[:90], len(p.data)) for p in packets]
    write_pcap(FRAMES / "snap_length.pcap", short)
    odd_times = list(packets)
    odd_times[8] = Packet(START + 20 * 365 * 86400 * 10**9, packets[8].data)
    odd_times[12] = Packet(0, packets[12].data)
    odd_times[16] = Packet(packets[14].time, packets[16].data)
    write_pcap(FRAMES / "times_far_off.pcap", odd_times)

    half = len(packets) // 2
    first = [pcapng_section(comment="first section, little-endian"), pcapng_interface(name="eth0")]
    first += [pcapng_packet(packet) for packet in packets[:half]]
    second = [pcapng_section(">", "second section, big-endian")]
    second += [pcapng_interface(name="eth1", resolution=None, order=">")]
    second += [pcapng_packet(packet, 0, 10**6, ">") for packet in packets[half:]]
    write_blocks("pcapng_two_sections", first + second)

    # One direction on Ethernet in nanoseconds, the other as raw IP in units of 2^-20 seconds.
    blocks = [pcapng_section(), pcapng_interface(name="lan"), pcapng_interface(101, "tunnel", 0x80 | 20)]
    for packet in packets:
        asks = packet.data[36:38] == struct.pack(">H", 502)
        raw = Packet(packet.time, packet.data[14:])
        blocks.append(pcapng_packet(packet) if asks else pcapng_packet(raw, 1, 2**20))
    write_blocks("pcapng_two_interfaces", blocks)

    # Simple packet blocks have no time; custom and unknown blocks are to be passed over.
    blocks = [pcapng_section(), pcapng_interface()]
    for n, packet in enumerate(packets):
        if n % 4 == 1:
            blocks.append(pcapng_block(0x0BAD, struct.pack("<I", 32473) + b"custom"))
        if n % 4 == 2:
            blocks.append(pcapng_block(0x7FFFFFF0, b"nobody knows"))
        if n % 4 == 3:
            old = struct.pack(
                "<HHIIII", 0, 0xFFFF, packet.time >> 32, packet.time & 0xFFFFFFFF, *[len(packet.data)] * 2
            )
            blocks.append(pcapng_block(2, old + packet.data))
        elif n % 4 == 0:
            blocks.append(pcapng_block(3, struct.pack("<I", len(packet.data)) + packet.data))
        else:
            blocks.append(pcapng_packet(packet))
    write_blocks("pcapng_other_blocks", blocks)


def write_blocks(name: str, blocks: list[bytes]) -> None:
    """Writes frames/`name`.pcapng."""
    (FRAMES / f"{name}.pcapng").write_bytes(b"".join(blocks))


def broken_files(packets: list[Packet]) -> None:
    """Files with a fault after five sound frames: these are to be given, then an error with its place."""
    sound = pcap_bytes(packets[:5])
    record = struct.pack("<IIII", 1, 0, 0x7FFFFFFF, 0x7FFFFFFF)
    (FRAMES / "broken_record_too_long.pcap").write_bytes(sound + record + packets[5].data)
    (FRAMES / "broken_cut.pcap").write_bytes(pcap_bytes(packets[:6])[:-20])
    (FRAMES / "broken_magic.pcap").write_bytes(b"\x0a\x0b\x0c\x0d" + sound[4:])
    good = [pcapng_section(), pcapng_interface(), *(pcapng_packet(packet) for packet in packets[:5])]
    faults = {
        "block_length_zero": struct.pack("<III", 6, 0, 0),
        "block_length_below_twelve": struct.pack("<III", 6, 8, 8),
        "block_length_odd": struct.pack("<II", 6, 33) + bytes(21) + struct.pack("<I", 33),
        "block_length_huge": struct.pack("<II", 6, 0xFFFFFFF0) + bytes(24),
        "block_lengths_differ": pcapng_packet(packets[5])[:-4] + struct.pack("<I", 40),
        "undeclared_interface": pcapng_packet(packets[5], 3),
        "captured_length_too_large": pcapng_block(6, struct.pack("<IIIII", 0, 0, 0, 5000, 5000) + bytes(8)),
        "option_too_long": pcapng_block(1, struct.pack("<HHIHH", 1, 0, 0, 2, 60000) + b"name"),
    }
    for name, fault in faults.items():
        write_blocks(f"broken_{name}", [*good, fault, pcapng_packet(packets[6])])


def main() -> None:
    """Makes the folder."""
    FRAMES.mkdir(exist_ok=True)
    conf.checkIPaddr = False
    packets = base()
    frames = [Ether(packet.data) for packet in packets]
    files(packets)
    broken_files(packets)
    tcp_order(frames)
    tcp_start_and_end(frames)
    tcp_evidence(frames)
    ip4(frames)
    ip6(frames)
    below_ip(frames)
    made = list(FRAMES.iterdir())
    print(f"frames: {len(made)} files, {sum(path.stat().st_size for path in made)} octets")


if __name__ == "__main__":
    main()
