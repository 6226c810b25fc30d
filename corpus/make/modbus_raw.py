"""Modbus scenes where both ends are ours, for want of a stack that sends such things. The TCP is the kernel's."""

import socket
import struct
import time

from modbus_wire import adu, answering, connect, read, receive, registers, requests, rtu, send, serving
from record import recording


def ask(stream: socket.socket, *pdus: bytes, unit: int = 1, first: int = 1, wait: float = 0.05) -> None:
    """Sends each PDU in a transaction of its own, and waits for what comes."""
    for transaction, pdu in enumerate(pdus, first):
        send(stream, adu(transaction, unit, pdu))
        receive(stream, wait)


def standard_examples() -> None:
    """The examples of the Modbus Application Protocol Specification V1.1b3, clauses 6.1 to 6.18, octet for octet."""
    examples = {
        "0100130013": "0103cd6b05",
        "0200c40016": "0203acdb35",
        "03006b0003": "0306022b00000064",
        "0400080001": "0402000a",
        "0500acff00": "0500acff00",
        "0600010003": "0600010003",
        "07": "076d",
        "080000a537": "080000a537",
        "0b": "0bffff0108",
        "0c": "0c080000010801212000",
        "0f0013000a02cd01": "0f0013000a",
        "100001000204000a0102": "1000010002",
        "140e0600040001000206000300090002": "140c05060dfe0020050633cd0040",
        "150d0600040007000306af04be100d": "150d0600040007000306af04be100d",
        "16000400f20025": "16000400f20025",
        "1700030006000e00030600ff00ff00ff": "170c00fe0acd00010003000d00ff",
        "1804de": "180006000201b81284",
    }

    def answer(transaction: int, unit: int, pdu: bytes) -> list[bytes]:
        return [adu(transaction, unit, bytes.fromhex(examples[pdu.hex()]))]

    with serving(answering(answer)), recording("modbus/standard_examples.pcap"):
        with connect(source=42000) as stream:
            ask(stream, *(bytes.fromhex(question) for question in examples))


def answers_segmented() -> None:
    """Answers of one octet a segment, cut within the header, and three answers in one segment."""

    def handle(stream: socket.socket) -> None:
        waiting = []
        for transaction, unit, pdu in requests(stream):
            answer = adu(transaction, unit, registers(3, *range(transaction, transaction + pdu[4])))
            if transaction == 1:
                send(stream, *(bytes([octet]) for octet in answer), pause=0.005)
            elif transaction == 2:
                send(stream, answer[:3], answer[3:8], answer[8:])
            else:
                waiting.append(answer)
            if len(waiting) == 3:
                send(stream, b"".join(waiting))

    with serving(handle), recording("modbus/answers_segmented.pcap"):
        with connect(source=42001) as stream:
            ask(stream, read(3, 0, 4), read(3, 8, 2))
            send(stream, adu(3, 1, read(3, 1, 1)), adu(4, 1, read(3, 2, 2)), adu(5, 1, read(3, 3, 3)))
            receive(stream)


def unanswered() -> None:
    """Requests without answer, a late answer, an answer twice, one before its request, one nobody asked for."""

    def handle(stream: socket.socket) -> None:
        for transaction, unit, pdu in requests(stream):
            answer = adu(transaction, unit, registers(3, *([transaction] * pdu[4])))
            if transaction in (2, 3):
                continue
            if transaction == 4:
                time.sleep(1.2)
            send(stream, answer)
            if transaction == 6:
                send(stream, answer)
            if transaction == 7:
                send(stream, adu(8, 1, registers(3, 8, 8)))
            if transaction == 9:
                send(stream, adu(0x7777, 1, registers(4, 1, 2, 3)))
                send(stream, adu(10, 9, registers(3, 1, 2)), adu(10, 1, registers(4, 1, 2)))

    with serving(handle), recording("modbus/unanswered.pcap"):
        with connect(source=42002) as stream:
            ask(stream, read(3, 0, 1), read(3, 1, 1), read(3, 2, 1), wait=0.2)
            send(stream, adu(4, 1, read(3, 3, 2)))
            receive(stream, 1.0)
            receive(stream, 0.5)
            ask(stream, *(read(3, n, 2) for n in range(5, 12)), first=5)


def vendor() -> None:
    """Functions that no public standard defines, 43/13, reserved legacy codes, and one PDU longer than 253 octets."""
    codes = [9, 10, 13, 14, 18, 19, 40, 65, 72, 91, 100, 110, 125, 126, 127]
    pdus = [bytes([code, 0, n]) for n, code in enumerate(codes)]
    pdus.append(bytes.fromhex("2b0d0040100000000200000000"))
    pdus.append(bytes.fromhex("2b0d80a1"))
    pdus.append(bytes([100]) + bytes(range(250)) * 3)
    pdus.append(bytes([128, 1]))

    def answer(transaction: int, unit: int, pdu: bytes) -> list[bytes]:
        if pdu[0] in (9, 13, 40, 127, 128):
            return [adu(transaction, unit, bytes([pdu[0] | 0x80, 1]))]
        return [adu(transaction, unit, pdu + b"\x5a")]

    with serving(answering(answer)), recording("modbus/vendor_functions.pcap"):
        with connect(source=42003) as stream:
            ask(stream, *pdus)


def all_exceptions() -> None:
    """Each exception code 0 to 12 and 255, of each public function; 5 and 6 followed by polling until it is done."""
    functions = [1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 15, 16, 17, 20, 21, 22, 23, 24, 43]
    codes = [*range(13), 255]

    def answer(transaction: int, unit: int, pdu: bytes) -> list[bytes]:
        if transaction >= 1000:
            kind = {1000: 5, 1001: 6, 1002: 6}.get(transaction)
            return [adu(transaction, unit, bytes([0x90, kind]) if kind else pdu[:5])]
        return [adu(transaction, unit, bytes([pdu[0] | 0x80, codes[transaction % len(codes)]]))]

    bodies = {
        15: b"\x00\x00\x00\x01\x01\x01",
        16: b"\x00\x00\x00\x01\x02\x00\x01",
        20: bytes.fromhex("07060004000100 02"),
        21: bytes.fromhex("0906000400010001 0000"),
        22: bytes.fromhex("000400f20025"),
        23: bytes.fromhex("0003000100 0e0001020001"),
        24: b"\x00\x00",
        43: b"\x0e\x01\x00",
    }
    bodies |= {code: b"" for code in (7, 11, 12, 17)}
    pdus = [bytes([code]) + bodies.get(code, b"\x00\x00\x00\x01") for code in functions]
    with serving(answering(answer)), recording("modbus/exception_codes.pcap"):
        with connect(source=42004) as stream:
            ask(stream, *(pdus * 2)[: len(functions) + 9], wait=0.01)
            ask(stream, *[bytes([16]) + bodies[16]] * 4, first=1000, wait=0.01)


def lengths() -> None:
    """Lengths inside that disagree. Each is followed by a sound request, which has to be read."""
    sound = read(3, 0, 2)
    odd_requests = [
        adu(1, 1, read(3, 0, 0)),
        adu(2, 1, read(3, 0, 126)),
        adu(3, 1, read(1, 0, 2001)),
        adu(4, 1, read(3, 65535, 2)),
        adu(5, 1, read(5, 1, 0x1234)),
        adu(6, 1, bytes.fromhex("1000010002 06 000100020003")),
        adu(7, 1, bytes.fromhex("0f00130020 02 cd01")),
        adu(8, 1, bytes.fromhex("1000010002 04 0001")),
        adu(9, 1, sound + b"\xde\xad\xbe\xef"),
        # A second, complete request hidden behind a length that is too large.
        adu(10, 1, sound + adu(11, 1, read(5, 66, 0xFF00)) + bytes(37), length=60),
        adu(12, 1, sound[:3]),
        adu(13, 1, b""),
        adu(14, 1, read(3, 0, 2) + bytes(249)),
        adu(15, 1, bytes.fromhex("17000300060000000100")),
        adu(16, 1, bytes.fromhex("140806000400010002ff")),
        adu(17, 1, bytes.fromhex("2b0e0700")),
    ]
    odd_answers = {
        101: [bytes.fromhex("030500010002")],
        102: [bytes.fromhex("03ff00010002")],
        103: [bytes.fromhex("0306000100020003")],
        104: [bytes.fromhex("0300")],
        105: [bytes.fromhex("8302ffff")],
        106: [bytes.fromhex("83")],
        107: [bytes.fromhex("180006000201b81284ffff")],
        108: [bytes.fromhex("1800ff001f01b81284")],
        109: [bytes.fromhex("140c 05060dfe0020 05 0633cd0040")],
        110: [bytes.fromhex("2b0e01010000ff000541636d65")],
        111: [bytes.fromhex("2b0e010100000300ff41636d65")],
    }
    asked = {107: b"\x18\x00\x00", 108: b"\x18\x00\x00", 110: b"\x2b\x0e\x01\x00", 111: b"\x2b\x0e\x01\x00"}
    asked[109] = bytes.fromhex("140e0600040001000206000300090002")

    def answer(transaction: int, unit: int, pdu: bytes) -> list[bytes]:
        if transaction in odd_answers:
            return [adu(transaction, unit, odd) for odd in odd_answers[transaction]]
        if pdu == sound:
            return [adu(transaction, unit, registers(3, 17, 4))]
        return [adu(transaction, unit, bytes([(pdu or b"\x00")[0] | 0x80, 3]))]

    with serving(answering(answer)), recording("modbus/lengths.pcap"):
        with connect(source=42005) as stream:
            for n, odd in enumerate(odd_requests):
                send(stream, odd)
                receive(stream, 0.02)
                ask(stream, sound, first=500 + n, wait=0.02)
            for transaction in odd_answers:
                ask(stream, asked.get(transaction, sound), first=transaction, wait=0.02)
                ask(stream, sound, first=transaction + 500, wait=0.02)


def garbage() -> None:
    """A sound request, octets that are none, a sound request; and the same in an answer."""

    def handle(stream: socket.socket) -> None:
        for _ in range(2):
            stream.recv(4096)
            send(stream, adu(1, 1, registers(3, 1, 2)))
        send(stream, b"\xff\xfe garbage \x00\x01\x02" + adu(3, 1, registers(3, 3, 4)))
        stream.recv(4096)

    with serving(handle), recording("modbus/garbage.pcap"):
        with connect(source=42006) as stream:
            ask(stream, read(3, 0, 2))
            send(stream, b"GARBAGE\xde\xad\xbe\xef" + adu(2, 1, read(3, 1, 2)))
            receive(stream, 0.1)
            send(stream, adu(3, 1, read(3, 2, 2)))
            receive(stream, 0.1)


def umas() -> None:
    """UMAS in function 90: pairing key, function, body. The layout of the bodies is ours where it is not public."""
    cpu = b"\x00\x00\x11\x02\x00\x00\x30\x03\x00\x0cBMX P34 2020" + bytes(6)
    project = bytes(range(16)) + b"Intake station\x00"
    variable = bytes.fromhex("02 32 00 10 00 00 00 01 00 04 00")
    session = [
        (0x00, b"\x01\x00", b"\xfe\xfd\x03" + bytes.fromhex("00000001")),
        (0x00, b"\x02", b"\xfe" + cpu),
        (0x00, b"\x03\x00", b"\xfe" + project),
        (0x00, b"\x04", b"\xfe" + bytes(40)),
        (0x00, b"\x06", b"\xfe\x01\x00"),
        (0x00, b"\x0a\x01\x02", b"\xfe\x01\x02"),
        (0x00, b"\x10" + bytes.fromhex("01000000") + b"\x06WS-ENG", b"\xfe\x2b"),
        (0x2B, b"\x12", b"\xfe"),
        (0x2B, bytes.fromhex("20 01 00 14 00 00 00 00 00 3c 00"), b"\xfe\x01\x3c\x00" + bytes(60)),
        (0x2B, b"\x22" + variable, b"\xfe\x2a\x00\x00\x00"),
        (0x2B, b"\x23" + variable + b"\x2b\x00", b"\xfe"),
        (0x2B, bytes.fromhex("24 01 00 00 00 00 00 08 00"), b"\xfe" + bytes(8)),
        (0x2B, bytes.fromhex("25 01 00 00 00 00 00 01 00 ff"), b"\xfe"),
        (0x2B, bytes.fromhex("26 02 fb 03 00 00 00 00 00 00"), b"\xfe\x00\x00" + bytes(16)),
        (0x2B, b"\x30\x00\x01", b"\xfe\x01"),
        (0x2B, b"\x31\x00\x01\x01\x00", b"\xfe" + bytes(230)),
        (0x2B, b"\x32\x00\x01\x02\x00", b"\xfe"),
        (0x2B, b"\x33\x00\x01", b"\xfe\x01"),
        (0x2B, b"\x34\x00\x01\x01\x00\xe6\x00" + bytes(range(230)), b"\xfe"),
        (0x2B, b"\x34\x00\x01\x02\x00\xf0\x03" + bytes(1008), b"\xfe"),
        (0x2B, b"\x35\x00\x01\x03\x00", b"\xfe"),
        (0x2B, b"\x39\x00", b"\xfe\x00"),
        (0x2B, b"\x41\xff\x00", b"\xfe"),
        (0x2B, b"\x40\xff\x00", b"\xfe"),
        (0x2B, b"\x50\x15\x00", b"\xfe\x00"),
        (0x2B, b"\x58\x07", b"\xfe\x00\x00"),
        (0x2B, b"\x70\x20\x00", b"\xfe\x00\x01"),
        (0x2B, b"\x71\x20\x00\x01", b"\xfd\x83\x01"),
        (0x2B, b"\x73\x00", b"\xfe\x01"),
        (0x2B, b"\x11", b"\xfe"),
        (0x2B, b"\xee\x00", b"\xfd\x80\x00"),
    ]

    def answer(transaction: int, unit: int, _pdu: bytes) -> list[bytes]:
        key, _, body = session[transaction - 1]
        return [adu(transaction, unit, bytes([90, key]) + body)]

    with serving(answering(answer)), recording("modbus/umas.pcap"):
        with connect(source=42007) as stream:
            ask(stream, *(bytes([90, key]) + body for key, body, _ in session), unit=0)


def rtu_noise() -> None:
    """RTU in TCP: half frames, two in a segment, noise before and between, a bad CRC, an exception, a broadcast."""
    question = rtu(17, read(3, 107, 3))
    answer = rtu(17, registers(3, 555, 0, 100))

    def handle(stream: socket.socket) -> None:
        replies = [
            [answer],
            [answer[:4], answer[4:]],
            [b"\x00\xff\x00", answer],
            [b"\xff\xff" + answer],
            [rtu(17, b"\x83\x02")],
            [],
            [answer[:-2] + b"\x00\x00"],
            [answer + rtu(18, registers(4, 7))],
            [rtu(18, read(6, 1, 3))],
            [],
            [*(bytes([octet]) for octet in answer)],
        ]
        for reply in replies:
            try:
                stream.recv(4096)
                send(stream, *reply)
            except OSError:
                return

    with serving(handle, port=4001), recording("modbus/rtu_noise.pcap"):
        with connect(4001, source=42008) as stream:
            segments = [
                [question],
                [question],
                [question],
                [b"\x00" + question],
                [question],
                [rtu(0, read(6, 1, 9))],
                [question],
                [question + rtu(18, read(4, 8, 1))],
                [rtu(18, read(6, 1, 3))],
                [question[:-2] + b"\x00\x00"],
                [question],
            ]
            for segment in segments:
                send(stream, *segment)
                receive(stream, 0.15)


def other_protocols() -> None:
    """On port 502: HTTP and an SSH banner. On a terminal server: text to log in, then RTU."""

    def http(stream: socket.socket) -> None:
        stream.recv(4096)
        send(stream, b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    def ssh(stream: socket.socket) -> None:
        send(stream, b"SSH-2.0-OpenSSH_9.2\r\n")
        stream.recv(4096)

    def terminal_server(stream: socket.socket) -> None:
        send(stream, b"\r\nTerminal server 4, line 1\r\nlogin: ")
        stream.recv(4096)
        send(stream, b"password: ")
        stream.recv(4096)
        send(stream, b"\r\nline 1 open\r\n")
        for turn in range(4):
            stream.recv(4096)
            send(stream, rtu(5, registers(3, turn, 2 * turn)))

    with recording("modbus/foreign_on_502.pcap"):
        with serving(http), connect(source=42009) as stream:
            send(stream, b"GET / HTTP/1.1\r\nHost: plc.example\r\nUser-Agent: probe\r\n\r\n")
            receive(stream)
        with serving(ssh), connect(source=42010) as stream:
            receive(stream, 0.1)
            send(stream, b"SSH-2.0-probe\r\n")
            receive(stream)
    with serving(terminal_server, port=4001), recording("modbus/banner_then_rtu.pcap"):
        with connect(4001, source=42011) as stream:
            receive(stream, 0.1)
            for line in (b"operator\r\n", b"example\r\n"):
                send(stream, line)
                receive(stream, 0.1)
            for turn in range(4):
                send(stream, rtu(5, read(3, 10 + turn, 2)))
                receive(stream, 0.05)


def udp_datagrams() -> None:
    """Two requests in a datagram, a cut one, and answers out of order over UDP."""
    with recording("modbus/udp_datagrams.pcap"):
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        server.bind(("10.20.1.10", 502))
        stream = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        stream.bind(("10.20.1.5", 42012))
        stream.connect(("10.20.1.10", 502))
        stream.send(adu(1, 1, read(3, 0, 1)) + adu(2, 1, read(4, 0, 1)))
        stream.send(adu(3, 1, read(1, 0, 8)))
        for transaction, pdu in ((3, b"\x01\x01\x55"), (1, registers(3, 1)), (2, registers(4, 2))):
            server.sendto(adu(transaction, 1, pdu), ("10.20.1.5", 42012))
        stream.send(adu(4, 1, read(3, 0, 1))[:9])
        stream.send(struct.pack(">H", 5))
        server.sendto(adu(4, 1, b"\x83\x03"), ("10.20.1.5", 42012))
        server.close()
        stream.close()


if __name__ == "__main__":
    standard_examples()
    answers_segmented()
    unanswered()
    vendor()
    all_exceptions()
    lengths()
    garbage()
    umas()
    rtu_noise()
    other_protocols()
    udp_datagrams()
