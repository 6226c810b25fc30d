"""Synchrophasor frames by hand, by IEEE C37.118-2005 and C37.118.2-2011."""

import struct
from dataclasses import dataclass, field

DATA, HEADER, CFG1, CFG2, COMMAND, CFG3 = range(6)
TIME_BASE = 1_000_000
# The captures begin at this second; see record.START.
SOC = 1_772_438_400


def crc(octets: bytes) -> int:
    """CRC-CCITT, polynomial 1021, start FFFF (C37.118.2-2011, annex B)."""
    value = 0xFFFF
    for octet in octets:
        value ^= octet << 8
        for _ in range(8):
            value = (value << 1 ^ 0x1021 if value & 0x8000 else value << 1) & 0xFFFF
    return value


def frame(
    kind: int, ident: int, body: bytes, soc: int = SOC, fraction: int = 0, version: int = 2, quality: int = 0
) -> bytes:
    """A whole frame: head, body, checksum."""
    size = 16 + len(body)
    head = struct.pack(">BBHHII", 0xAA, kind << 4 | version, size, ident, soc, quality << 24 | fraction)
    return head + body + struct.pack(">H", crc(head + body))


def command(ident: int, code: int, more: bytes = b"", version: int = 2) -> bytes:
    """A command frame."""
    return frame(COMMAND, ident, struct.pack(">H", code) + more, version=version)


def padded(name: str) -> bytes:
    """A name of configurations 1 and 2."""
    return name.encode().ljust(16)[:16]


def counted(name: str) -> bytes:
    """A name of configuration 3."""
    return bytes([len(name.encode())]) + name.encode()


@dataclass
class Pmu:
    """One PMU: what it is, and the format of what it sends."""

    ident: int
    name: str
    polar: bool = False
    float_phasors: bool = False
    float_analogs: bool = False
    float_frequency: bool = False
    # Name, whether it is a current, and the conversion factor in 10^-5 V or A.
    phasors: list[tuple[str, bool, int]] = field(default_factory=list)
    # Name, kind, and the user's factor.
    analogs: list[tuple[str, int, int]] = field(default_factory=list)
    # 16 names each, normal states, valid inputs.
    digitals: list[tuple[list[str], int, int]] = field(default_factory=list)
    nominal: int = 60
    count: int = 1
    angle_offset: float = 0.0

    def format(self) -> int:
        """FORMAT."""
        return self.polar | self.float_phasors << 1 | self.float_analogs << 2 | self.float_frequency << 3

    def head(self) -> bytes:
        """FORMAT and the numbers of channels."""
        return struct.pack(">HHHH", self.format(), len(self.phasors), len(self.analogs), len(self.digitals))

    def names(self) -> list[str]:
        """All names of channels, in order."""
        bits = [name for names, _, _ in self.digitals for name in names]
        return [p[0] for p in self.phasors] + [a[0] for a in self.analogs] + bits

    def tail(self) -> bytes:
        """FNOM and CFGCNT."""
        return struct.pack(">HH", int(self.nominal == 50), self.count)

    def block(self) -> bytes:
        """Its block in configurations 1 and 2."""
        made = padded(self.name) + struct.pack(">H", self.ident) + self.head()
        made += b"".join(padded(name) for name in self.names())
        made += b"".join(struct.pack(">I", current << 24 | factor) for _, current, factor in self.phasors)
        made += b"".join(struct.pack(">I", kind << 24 | factor & 0xFFFFFF) for _, kind, factor in self.analogs)
        made += b"".join(struct.pack(">HH", normal, valid) for _, normal, valid in self.digitals)
        return made + self.tail()

    def block3(self) -> bytes:
        """Its block in configuration 3."""
        made = (
            counted(self.name) + struct.pack(">H", self.ident) + bytes(range(self.ident % 200, self.ident % 200 + 16))
        )
        made += self.head() + b"".join(counted(name) for name in self.names())
        for number, (_, current, factor) in enumerate(self.phasors):
            flags = 0x0008 << 16 | (current << 3 | 4 + number % 3) << 8
            made += struct.pack(">Iff", flags, factor / 1e5, self.angle_offset)
        made += b"".join(struct.pack(">ff", 0.5, float(factor)) for _, _, factor in self.analogs)
        made += b"".join(struct.pack(">HH", normal, valid) for _, normal, valid in self.digitals)
        made += struct.pack(">fff", 59.25, 18.5, float("inf")) + b"M" + struct.pack(">ii", 33333, 16667)
        return made + self.tail()

    def values(self, number: int, status: int = 0, missing: bool = False) -> bytes:
        """Its block in a data frame. `number` moves the values."""
        made = struct.pack(">H", status)
        for place, _ in enumerate(self.phasors):
            first, second = 14000 + 100 * place + number % 50, -12176 + 300 * place + number % 70
            if self.float_phasors:
                pair = (1.5e5 + place + number / 8, -0.5 + place / 16 if self.polar else -2.5e4 - number)
                made += struct.pack(">ff", *((float("nan"), float("nan")) if missing else pair))
            elif self.polar:
                made += struct.pack(">Hh", 40000 + place + number % 50, -32768 if missing else second)
            else:
                made += struct.pack(">hh", *((-32768, -32768) if missing else (first, second)))
        if self.float_frequency:
            made += struct.pack(">ff", self.nominal + number / 256, -0.125)
        else:
            made += struct.pack(">hh", -32768 if missing else 25 + number % 9, -7)
        for place, _ in enumerate(self.analogs):
            if self.float_analogs:
                made += struct.pack(">f", float("nan") if missing else 100.25 * (place + 1) + number)
            else:
                made += struct.pack(">h", -32768 if missing else -100 * (place + 1) + number % 40)
        for place, _ in enumerate(self.digitals):
            made += struct.pack(">H", 0x3C12 + place)
        return made


def configuration(kind: int, ident: int, pmus: list[Pmu], rate: int = 30, version: int = 2, **more: int) -> bytes:
    """A configuration 1 or 2 frame."""
    body = struct.pack(">IH", TIME_BASE, len(pmus)) + b"".join(pmu.block() for pmu in pmus) + struct.pack(">h", rate)
    return frame(kind, ident, body, version=version, **more)


def configuration3(ident: int, pmus: list[Pmu], rate: int = 30, pieces: int = 1) -> list[bytes]:
    """Configuration 3, in one frame or continued in several."""
    body = struct.pack(">IH", TIME_BASE, len(pmus)) + b"".join(pmu.block3() for pmu in pmus) + struct.pack(">h", rate)
    if pieces == 1:
        return [frame(CFG3, ident, struct.pack(">H", 0) + body)]
    step = -(-len(body) // pieces)
    parts = [body[at : at + step] for at in range(0, len(body), step)]
    numbers = [*range(1, len(parts)), 0xFFFF]
    return [frame(CFG3, ident, struct.pack(">H", n) + part) for n, part in zip(numbers, parts, strict=True)]


def data(ident: int, pmus: list[Pmu], number: int, rate: int = 30, version: int = 2, **more: int) -> bytes:
    """The data frame of this number: its time stamp follows from it."""
    status, missing = more.pop("status", 0), bool(more.pop("missing", 0))
    body = b"".join(pmu.values(number, status, missing) for pmu in pmus)
    seconds, part = divmod(number, rate)
    return frame(DATA, ident, body, SOC + seconds, round(part * TIME_BASE / rate), version, **more)


def all_formats(first: int = 100, angle_offset: float = 0.0) -> list[Pmu]:
    """A PMU of each of the sixteen formats."""
    bits = [f"BREAKER {bit}" for bit in range(16)]
    made = []
    for number in range(16):
        pmu = Pmu(first + number, f"STATION {number:X}", *(bool(number >> bit & 1) for bit in range(4)))
        pmu.phasors = [("VA", False, 915_527), ("VB", False, 915_527), ("IA", True, 45_776)]
        pmu.analogs = [("POWER", 1, -3), ("POINT", 0, 1)][: 1 + number % 2]
        pmu.digitals = [(bits, 0x0010, 0xFFFF), (bits, 0, 0x00FF)][: number % 3]
        pmu.nominal, pmu.count, pmu.angle_offset = (50, 60)[number % 2], number, angle_offset
        made.append(pmu)
    return made
