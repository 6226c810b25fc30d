"""Modbus octets by hand, for what no stack would send, and sockets that send them in chosen segments."""

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from record import CLIENT, SERVER


def adu(transaction: int, unit: int, pdu: bytes, length: int | None = None, protocol: int = 0) -> bytes:
    """MBAP header and PDU. `length` is what the header claims, if it is to lie."""
    return struct.pack(">HHHB", transaction, protocol, len(pdu) + 1 if length is None else length, unit) + pdu


def read(function: int, address: int, quantity: int) -> bytes:
    """A PDU with two 16-bit fields: functions 1 to 6."""
    return struct.pack(">BHH", function, address, quantity)


def registers(function: int, *values: int) -> bytes:
    """The answer to functions 3, 4 and 23."""
    return struct.pack(f">BB{len(values)}H", function, 2 * len(values), *values)


def crc(data: bytes) -> bytes:
    """The CRC-16 of Modbus over serial line, low octet first."""
    value = 0xFFFF
    for octet in data:
        value ^= octet
        for _ in range(8):
            value = value >> 1 ^ (0xA001 if value & 1 else 0)
    return struct.pack("<H", value)


def rtu(unit: int, pdu: bytes) -> bytes:
    """An RTU frame."""
    frame = bytes([unit]) + pdu
    return frame + crc(frame)


def connect(port: int = 502, source: int = 41001, address: str = SERVER, host: str = CLIENT) -> socket.socket:
    """A connection that sends each write as a segment of its own."""
    made = socket.create_connection((address, port), timeout=1, source_address=(host, source))
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def send(stream: socket.socket, *segments: bytes, pause: float = 0.01) -> None:
    """Sends each of `segments` in a segment of its own."""
    for segment in segments:
        stream.sendall(segment)
        time.sleep(pause)


def receive(stream: socket.socket, wait: float = 0.3) -> bytes:
    """What comes until nothing more comes for `wait` seconds."""
    stream.settimeout(wait)
    received = b""
    try:
        while part := stream.recv(4096):
            received += part
    except TimeoutError:
        pass
    return received


@contextmanager
def serving(handle: Callable[[socket.socket], None], port: int = 502, connections: int = 1) -> Iterator[None]:
    """Runs `handle` on each of `connections` connections, one after the other, in a thread."""
    listener = socket.create_server((SERVER, port))

    def run() -> None:
        for _ in range(connections):
            stream, _ = listener.accept()
            stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            stream.settimeout(5)
            with stream:
                handle(stream)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
        thread.join(10)
    finally:
        listener.close()


def requests(stream: socket.socket) -> Iterator[tuple[int, int, bytes]]:
    """The requests that arrive on a stream, by their LEN: transaction, unit, PDU."""
    carried = b""
    while True:
        while len(carried) >= 6 and len(carried) >= (total := 6 + struct.unpack_from(">H", carried, 4)[0]):
            yield struct.unpack_from(">H", carried)[0], carried[6], carried[7:total]
            carried = carried[total:]
        try:
            part = stream.recv(4096)
        except OSError:
            return
        if not part:
            return
        carried += part


def answering(answer: Callable[[int, int, bytes], list[bytes]]) -> Callable[[socket.socket], None]:
    """A server that sends for each request what `answer` gives, each element in a segment of its own."""

    def handle(stream: socket.socket) -> None:
        for transaction, unit, pdu in requests(stream):
            send(stream, *answer(transaction, unit, pdu))

    return handle
