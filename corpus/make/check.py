"""Says with tshark what the captures hold, and ends with an error where that is not what the README claims."""

import subprocess
from collections import Counter
from pathlib import Path

from modbus_wire import crc
from record import CORPUS

PUBLIC = {1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 15, 16, 17, 20, 21, 22, 23, 24, 43}
# The functions each file must hold, and the exception codes. tshark shows no exception code 0, reads no ASCII
# framing in TCP, and no PDUs whose first segment ends within eight octets; the last are counted here, by MBAP.
CLAIMS: dict[str, tuple[set[int], set[int]]] = {
    "modbus/standard_examples.pcap": (PUBLIC - {17, 43}, set()),
    "modbus/functions_tcp.pcap": (PUBLIC | {65, 100}, set()),
    "modbus/functions_udp.pcap": (PUBLIC | {65, 100}, set()),
    "modbus/rtu_over_tcp.pcap": (PUBLIC, {2}),
    "modbus/odd_port.pcap": ({3, 6}, set()),
    "modbus/offload.pcap": ({4}, set()),
    "modbus/exceptions.pcap": ({1, 2, 3, 4, 5, 6, 15, 16, 22, 23, 43}, {1, 2, 3, 4, 5, 6, 7, 8, 10, 11}),
    "modbus/exception_codes.pcap": (PUBLIC, {*range(1, 13), 255}),
    "modbus/unit_scan.pcap": ({3}, {11}),
    "modbus/unit_0_and_255.pcap": ({3, 6, 15}, set()),
    "modbus/unanswered_units.pcap": ({3}, set()),
    "modbus/device_identification.pcap": ({17, 43}, set()),
    "modbus/reconnect.pcap": ({3}, set()),
    "modbus/libmodbus.pcap": ({1, 2, 3, 4, 5, 6, 8, 11, 15, 16, 17, 22, 23, 43, 100}, {1, 2}),
    "modbus/pipelined.pcap": ({1, 2, 3, 4, 5, 6}, {2}),
    "modbus/transaction_zero.pcap": ({1, 3}, set()),
    "modbus/unanswered.pcap": ({3, 4}, set()),
    "modbus/vendor_functions.pcap": ({9, 10, 13, 14, 18, 19, 40, 43, 65, 72, 91, 100, 110, 125, 126, 127}, {1}),
    "modbus/umas.pcap": ({90}, set()),
    "modbus/garbage.pcap": ({3}, set()),
    "modbus/lengths.pcap": ({1, 3, 5, 15, 16, 20, 23, 24, 43}, {3}),
    "modbus/udp_datagrams.pcap": ({1, 3, 4}, {3}),
    "demo.pcapng": (PUBLIC - {20, 24}, {1, 2, 6, 11}),
}
# Functions of jobs and answers, and function group and subfunction of userdata, that each file of S7comm must hold.
S7COMM: dict[str, tuple[set[int], set[tuple[int, int]]]] = {
    "s7comm/reads_and_writes.pcap": ({0xF0, 4, 5}, set()),
    "s7comm/several_items.pcap": ({0xF0, 4}, set()),
    "s7comm/engineering.pcap": ({0xF0, 4, 0x28}, {(3, 1), (3, 2), (3, 3), (4, 1), (5, 1), (5, 2), (7, 1), (7, 2)}),
    "s7comm/transfers.pcap": ({0xF0, *range(0x1A, 0x20)}, set()),
    "s7comm/modes.pcap": ({0xF0, 0x28, 0x29}, set()),
    "s7comm/refusals.pcap": ({0xF0, 4, 5, 0x1D}, {(4, 1)}),
}
# The confirmed services of MMS that each file must hold, and whether it must hold reports.
MMS: dict[str, tuple[set[int], bool]] = {
    "mms/browse.pcap": ({0, 1, 2, 4, 5, 6, 11, 12, 13}, False),
    "mms/reports.pcap": ({4, 5, 12}, True),
    "mms/segments.pcap": ({4, 5, 12}, True),
    "mms/controls.pcap": ({4, 5, 6}, True),
    "mms/files.pcap": ({46, 72, 73, 74, 76, 77}, False),
    "mms/setting_groups.pcap": ({4, 5}, False),
}
# The functions of DNP3 that each file must hold.
DNP3: dict[str, set[int]] = {
    "dnp3/opendnp3_reads.pcap": {0, 1, 2, 129},
    "dnp3/opendnp3_commands.pcap": {1, 3, 4, 5, 129},
    "dnp3/opendnp3_functions.pcap": {1, 7, 8, 9, 10, 13, 14, 20, 21, 22, 129},
    "dnp3/opendnp3_unsolicited.pcap": {0, 1, 20, 129, 130},
    "dnp3/opendnp3_fragments.pcap": {0, 1, 129},
    "dnp3/opendnp3_udp.pcap": {1, 3, 4, 129},
    "dnp3/dnp3py.pcap": {1, 3, 4, 5, 20, 21, 23, 129},
}
DECODE_AS = ["tcp.port==15020,mbtcp", "tcp.port==4001,mbrtu", "udp.port==502,mbudp"]
SEGMENTED = {"modbus/segmented.pcap": 10, "modbus/answers_segmented.pcap": 5}
# In these files tshark's reassembly has to give the octets of the base, in both directions.
SAME_STREAM = (
    "tcp_one_octet tcp_reordered tcp_three_times tcp_retransmitted tcp_overlap_same tcp_sequence_wrap "
    "tcp_no_handshake tcp_retransmission_conflict ip4_fragments ip4_fragments_reversed ip4_fragments_twice ip4_options "
    "ip4_total_length_zero ethernet_padding ip6 ip6_extension_headers ip6_fragments vlan qinq vlan_one_direction "
    "prp hsr mpls pppoe gre_ip gre_ethernet erspan_1 erspan_2 erspan_3 vxlan geneve ip_in_ip tunnel_in_tunnel "
    "link_sll link_sll2 link_raw link_ipv4 link_null link_loop link_ppp pcap_big_endian pcap_microseconds"
).split()


def tshark(path: Path, *options: str) -> str:
    """What tshark prints about a file."""
    command = ["tshark", "-r", str(path), *options]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def functions(path: Path) -> tuple[Counter, Counter]:
    """How often each function and each exception code occurs, according to tshark."""
    options = [word for rule in DECODE_AS for word in ("-d", rule)]
    options += "-o mbrtu.tcp.port:4001 -T fields -e modbus.func_code -e modbus.exception_code".split()
    found: tuple[Counter, Counter] = (Counter(), Counter())
    for line in tshark(path, *options).splitlines():
        for counter, cell in zip(found, line.split("\t"), strict=True):
            counter.update(int(value) for value in cell.split(",") if value)
    return found


def streams(path: Path) -> tuple[bytes, bytes]:
    """The octets of the first TCP stream, from the originator and from the other side, put together by tshark."""
    sides = [b"", b""]
    for line in tshark(path, "-q", "-z", "follow,tcp,raw,0").splitlines():
        hexadecimal = line.strip()
        if hexadecimal and set(hexadecimal) <= set("0123456789abcdef"):
            sides[line.startswith("\t")] += bytes.fromhex(hexadecimal)
    return sides[0], sides[1]


def adus(stream: bytes) -> int:
    """The number of Modbus ADUs in a stream without faults."""
    count = 0
    while len(stream) >= 7:
        stream = stream[6 + int.from_bytes(stream[4:6], "big") :]
        count += 1
    return count


def rtu_functions(stream: bytes) -> list[int]:
    """The functions of all RTU frames with a right CRC, of five octets and more, to a unit of these captures."""
    found, at = [], 0
    while at < len(stream):
        ends = (end for end in range(at + 5, min(at + 256, len(stream)) + 1) if crc(stream[at:end]) == bytes(2))
        end = next(ends, 0) if stream[at] in (0, 17, 18) else 0
        if end:
            found.append(stream[at + 1])
        at = end or at + 1
    return found


def ascii_functions(stream: bytes) -> list[int]:
    """The functions of all lines of ASCII framing whose octets, LRC included, add up to zero."""
    lines = (bytes.fromhex(line[1:].decode()) for line in stream.split(b"\r\n") if line.startswith(b":"))
    return [line[1] for line in lines if sum(line) % 256 == 0]


def s7comm_functions(path: Path) -> tuple[set[int], set[tuple[int, int]]]:
    """The functions of jobs, and group and subfunction of userdata, according to tshark."""
    names = "s7comm.param.func s7comm.param.userdata.funcgroup s7comm.param.userdata.subfunc".split()
    options = [word for name in names for word in ("-e", name)]
    rows = [line.split("\t") for line in tshark(path, "-Y", "s7comm", "-T", "fields", *options).splitlines()]
    jobs = {int(function, 0) for row in rows for function in row[0].split(",") if function}
    return jobs, {(int(row[1], 0), int(row[2], 0)) for row in rows if row[1] and row[2]}


def main() -> None:
    """Checks all files and prints a line for each."""
    faults = []
    for name, (wanted_functions, wanted_codes) in CLAIMS.items():
        found, codes = functions(CORPUS / name)
        print(name, "functions", dict(sorted(found.items())), "exceptions", dict(sorted(codes.items())))
        missing = (wanted_functions - set(found)) | (wanted_codes - set(codes))
        if missing:
            faults.append(f"{name}: lacks {sorted(missing)}")
    for name, wanted in S7COMM.items():
        found = s7comm_functions(CORPUS / name)
        print(name, "functions", *map(sorted, found))
        if not (wanted[0] <= found[0] and wanted[1] <= found[1]):
            faults.append(f"{name}: lacks functions")
    for name, (wanted, reports) in MMS.items():
        fields = ("-e", "mms.confirmedServiceRequest", "-e", "mms.unconfirmedService")
        rows = [line.split("\t") for line in tshark(CORPUS / name, "-Y", "mms", "-T", "fields", *fields).splitlines()]
        found = {int(row[0]) for row in rows if row[0]}
        print(name, "services", sorted(found))
        if not wanted <= found or reports and not any(row[1] for row in rows):
            faults.append(f"{name}: lacks services or reports")
    for name, wanted in DNP3.items():
        cells = tshark(CORPUS / name, "-T", "fields", "-e", "dnp3.al.func").replace(",", "\n").split()
        found = Counter(int(value) for value in cells)
        print(name, "functions", dict(sorted(found.items())))
        if missing := wanted - set(found):
            faults.append(f"{name}: lacks {sorted(missing)}")
    sound = [set(rtu_functions(stream)) for stream in streams(CORPUS / "modbus/rtu_noise.pcap")]
    print("modbus/rtu_noise.pcap functions with a right CRC", sound)
    if sound != [{3, 4, 6}, {3, 4, 6, 0x83}]:
        faults.append("modbus/rtu_noise.pcap: other frames")
    lines = [set(ascii_functions(stream)) for stream in streams(CORPUS / "modbus/ascii_over_tcp.pcap")]
    print("modbus/ascii_over_tcp.pcap functions with a right LRC", lines)
    if lines != [PUBLIC, PUBLIC | {0x83}]:
        faults.append("modbus/ascii_over_tcp.pcap: other lines")
    for name, wanted in SEGMENTED.items():
        counts = [adus(stream) for stream in streams(CORPUS / name)]
        print(name, "ADUs", counts)
        if counts != [wanted, wanted]:
            faults.append(f"{name}: {counts} instead of {wanted} each way")

    base = streams(CORPUS / "frames/base.pcap")
    for name in SAME_STREAM:
        if set(streams(CORPUS / f"frames/{name}.pcap")) != set(base):
            faults.append(f"frames/{name}.pcap: another stream than the base")
    print(len(SAME_STREAM), "frames files compared with the base:", [adus(stream) for stream in base], "ADUs")

    made_wrong = {"modbus/offload.pcap", "frames/tcp_one_bad_checksum.pcap"}
    options = [word for layer in ("ip", "tcp", "udp") for word in ("-o", f"{layer}.check_checksum:TRUE")]
    wrong = "ip.checksum.status==0 || tcp.checksum.status==0 || udp.checksum.status==0"
    for path in [
        *sorted(CORPUS.glob("modbus/*")),
        *sorted(CORPUS.glob("dnp3/*")),
        *sorted(CORPUS.glob("frames/*.pcap")),
        CORPUS / "demo.pcapng",
    ]:
        name = str(path.relative_to(CORPUS))
        if "broken" not in name and bool(tshark(path, *options, "-Y", wrong)) != (name in made_wrong):
            faults.append(f"{name}: checksums")

    size = sum(path.stat().st_size for path in CORPUS.rglob("*.pcap*"))
    print("captures:", size, "octets")
    if size > 2 * 1024 * 1024:
        faults.append("more than 2 MB")
    if faults:
        raise SystemExit("\n".join(faults))


if __name__ == "__main__":
    main()
