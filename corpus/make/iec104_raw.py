"""IEC 60870-5-104 with time tags of three octets (CP24Time2a), which no free stack sends: written by hand."""

import socket
import struct
import threading
import time

from record import SERVER, recording

ADDRESS = 47
STARTDT_ACT, STARTDT_CON, STOPDT_ACT, STOPDT_CON = 0x07, 0x0B, 0x13, 0x23
ACT, ACTCON, ACTTERM, SPONTANEOUS, BY_STATION, BY_COUNTERS = 6, 7, 10, 3, 20, 37


def tag(minute: int, milliseconds: int, flags: int = 0) -> bytes:
    """CP24Time2a: milliseconds of the minute, and the minute; 80 hex is invalid, 40 hex substituted."""
    return struct.pack("<HB", milliseconds, minute | flags)


# Element and time tag of each type that has one; the capture begins at the full hour.
INTERROGATED = [
    (2, 201, b"\x91" + tag(0, 1_000)),
    (4, 202, b"\x42" + tag(59, 59_999)),
    (6, 203, b"\xc5\x01" + tag(58, 30_000, 0x80)),
    (8, 204, struct.pack("<IB", 0xDEADBEEF, 0x10) + tag(0, 0)),
    (10, 205, struct.pack("<hB", -16_384, 0) + tag(0, 2_500, 0x40)),
    (12, 206, struct.pack("<hB", 12_345, 0x20) + tag(0, 2_501)),
    (14, 207, struct.pack("<fB", 230.5, 0) + tag(1, 1)),
]
PROTECTION = [
    (17, 208, b"\x02" + struct.pack("<H", 120) + tag(0, 3_000)),
    (18, 209, b"\x05\x08" + struct.pack("<H", 1_500) + tag(0, 3_001)),
    (19, 210, b"\x03\x00" + struct.pack("<H", 65_535) + tag(0, 3_002)),
]
COUNTERS = [
    (15, 211, struct.pack("<iB", 4_711, 0x05)),
    (16, 212, struct.pack("<iB", -1, 0x65) + tag(59, 59_000)),
]


class Station:
    """One end of a connection: numbers what it sends and what it has received."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.sent = self.received = 0

    def control(self, function: int) -> None:
        """A U-format APDU."""
        self.connection.sendall(bytes([0x68, 4, function, 0, 0, 0]))

    def acknowledge(self) -> None:
        """An S-format APDU."""
        self.connection.sendall(struct.pack("<BBHH", 0x68, 4, 1, self.received << 1))

    def send(self, type_id: int, cause: int, objects: list[tuple[int, bytes]]) -> None:
        """An I-format APDU."""
        asdu = struct.pack("<BBBBH", type_id, len(objects), cause, 0, ADDRESS)
        asdu += b"".join(struct.pack("<I", address)[:3] + element for address, element in objects)
        head = struct.pack("<BBHH", 0x68, len(asdu) + 4, self.sent << 1, self.received << 1)
        self.sent += 1
        self.connection.sendall(head + asdu)

    def receive(self) -> bytes:
        """Control field and ASDU of the next APDU, or nothing at the end."""
        head = self.connection.recv(2, socket.MSG_WAITALL)
        body = self.connection.recv(head[1], socket.MSG_WAITALL) if head else b""
        self.received += bool(body) and not body[0] & 1
        return body


def controlled(listener: socket.socket) -> None:
    """Answers start and stop, station interrogation and counter interrogation."""
    connection, _ = listener.accept()
    with connection:
        station = Station(connection)
        while body := station.receive():
            if body[0] in (STARTDT_ACT, STOPDT_ACT):
                station.control(STARTDT_CON if body[0] == STARTDT_ACT else STOPDT_CON)
            if len(body) == 4:
                continue
            type_id, qualifier = body[4], body[13:14]
            station.send(type_id, ACTCON, [(0, qualifier)])
            if type_id == 100:
                for of_type, address, element in INTERROGATED:
                    station.send(of_type, BY_STATION, [(address, element)])
                for of_type, address, element in PROTECTION:
                    station.send(of_type, SPONTANEOUS, [(address, element)])
                station.send(2, SPONTANEOUS, [(address, b"\x01" + tag(0, 4_000 + address)) for address in (201, 215)])
            else:
                for of_type, address, element in COUNTERS:
                    station.send(of_type, BY_COUNTERS, [(address, element)])
            station.send(type_id, ACTTERM, [(0, qualifier)])


def main() -> None:
    with (
        socket.create_server((SERVER, 2404)) as listener,
        recording("iec104/time_tags_of_three_octets.pcap", "tcp port 2404"),
    ):
        server = threading.Thread(target=controlled, args=(listener,))
        server.start()
        with socket.create_connection((SERVER, 2404)) as connection:
            station = Station(connection)
            station.control(STARTDT_ACT)
            station.receive()
            for type_id, qualifier in ((100, b"\x14"), (101, b"\x05")):
                station.send(type_id, ACT, [(0, qualifier)])
                while station.receive()[6] != ACTTERM:
                    pass
                station.acknowledge()
                time.sleep(0.2)
            station.control(STOPDT_ACT)
            station.receive()
        server.join()


if __name__ == "__main__":
    main()
