#!/usr/bin/env python3
"""Times fieldtap beside whichever peers are installed, in one run, and writes a table and a plot of ratios.

    benches/compare.py                        # builds the mix from the corpus, 300 MB, and measures
    benches/compare.py --size-mb 50           # a smaller one
    benches/compare.py --capture plant.pcap   # a capture of yours instead

It fetches nothing. Peers that are not there are named as left out. Each program has one core; programs take turns, so
that a busy machine is busy for all of them, and the best of the rounds counts: user and system time, and for two
threads wall time. The result goes to `benches/results/DATE-MACHINE/`: `results.md`, `results.json`, `ratios.svg`.
"""

import argparse
import datetime
import importlib.metadata
import importlib.util
import json
import math
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import mix

ROOT = Path(__file__).resolve().parent.parent
# Packets that the slow peers read; the rest of a capture would take them hours.
PART = {"scapy": 20_000, "pyshark": 5_000}
# What `tshark -T json` reads.
PART_MB = 5
# Programs that take longer than this, in seconds, have no more than this number of rounds.
SLOW, SLOW_ROUNDS = 20.0, 2
# The system counts a process from its fork on, when it still is as large as this script.
FLOOR = 40_000_000

SURICATA = """%YAML 1.1
---
default-log-dir: .
stats: {enabled: no}
outputs: []
logging: {default-log-level: error, outputs: [{console: {enabled: no}}]}
# Enough for the mix: with the memory of its defaults it would leave most conversations out, and say less of them.
flow: {memcap: 1gb}
stream: {memcap: 1gb, midstream: true, reassembly: {memcap: 2gb, depth: 0}}
app-layer:
  protocols:
    modbus: {enabled: yes, detection-ports: {dp: 502}}
    dnp3: {enabled: yes, detection-ports: {dp: 20000}}
    enip: {enabled: yes, detection-ports: {dp: 44818, sp: 44818}}
"""
# The same, and its events of the three protocols.
SURICATA_EVE = SURICATA.replace(
    "outputs: []\nlogging",
    "outputs: [{eve-log: {enabled: yes, filetype: regular, filename: eve.json,"
    " types: [{modbus: {enabled: yes}}, {dnp3: {enabled: yes}}, {enip: {enabled: yes}}]}}]\nlogging",
    1,
)


@dataclass
class Program:
    """A command that reads a capture."""

    name: str
    command: list[str]
    # What it does with the capture.
    does: str
    # Which part of the table it stands in.
    group: str = "mix"
    # User and system time of each round, seconds.
    seconds: list[float] = field(default_factory=list)
    # Largest resident set, octets.
    memory: int = 0
    failed: str = ""

    @property
    def best(self) -> float:
        """The best of the rounds."""
        return min(self.seconds, default=math.nan)


@dataclass
class Library:
    """A Python library that reads a capture of Modbus."""

    name: str
    does: str
    packets: int = 0
    seconds: list[float] = field(default_factory=list)
    failed: str = ""

    @property
    def rate(self) -> float:
        """Packets a second, in the best of the rounds."""
        return self.packets / min(self.seconds) if self.seconds else math.nan


def run(command: list[str], core: int | None, folder: Path) -> tuple[float, int, int]:
    """Runs a command on one core; returns user and system time, largest resident set, and exit code."""

    def pin() -> None:
        if core is not None:
            os.sched_setaffinity(0, {core})

    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=pin,
        cwd=folder,
    ) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    # Kilobytes, but on macOS, where it is octets.
    unit = 1 if sys.platform == "darwin" else 1024
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit, process.returncode


def rounds(programs: list[Program], count: int, core: int | None, folder: Path) -> None:
    """Each program in turn, some times."""
    for number in range(count):
        for program in programs:
            if program.failed or (number >= SLOW_ROUNDS and program.best > SLOW):
                continue
            seconds, memory, code = run(program.command, core, folder)
            if code:
                program.failed = f"exits with {code}"
                continue
            program.seconds.append(seconds)
            program.memory = max(program.memory, memory)
            print(f"  {number + 1}/{count} {program.name}: {seconds:.2f} s", file=sys.stderr, flush=True)


def first_line(command: list[str], pattern: str) -> str:
    """What a program says of its version."""
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    found = re.search(pattern, said.stdout + said.stderr)
    return found.group(0) if found else ""


def programs_of(
    fieldtap: str, capture: Path, part: Path, folder: Path
) -> tuple[list[Program], dict[str, str], list[str]]:
    """The programs that are there, their versions, and the names of those that are not."""
    file, one = str(capture), ["--threads", "1"]
    parquet = folder / "parquet"

    def ours(does: str, *arguments: str, of: str = file, group: str = "mix") -> Program:
        name = "fieldtap " + " ".join(word for word in arguments if word != "-o" and not word.startswith(str(folder)))
        return Program(name, [fieldtap, *arguments, *one, of], does, group)

    def suricata(settings: str) -> list[str]:
        return [
            *("-c", str(folder / settings), "-S", "/dev/null", "-l", str(folder), "-r", file),
            *("--runmode", "single"),
        ]

    programs = [
        ours("dissects every message, reads every field", "dissect", "--count", "--tables", "messages"),
        ours("the same, and the common language", "dissect", "--count"),
        ours("JSON of every row of messages", "dissect", "--tables", "messages", "--every-message"),
        ours("JSON of what is new or changed", "dissect"),
        ours("JSON of every record", "dissect", "--every-message"),
        ours("Zeek's logs", "dissect", "--format", "zeek", "-o", str(folder / "zeek")),
        ours(
            "the logs of Zeek with ICSNPP",
            "dissect",
            "--format",
            "zeek",
            "--profile",
            "icsnpp",
            "-o",
            str(folder / "icsnpp"),
        ),
        ours("Parquet of what is new or changed", "dissect", "--format", "parquet", "-o", str(parquet)),
        ours("a page for a person", "summary"),
    ]
    peers = {
        "tcpdump": (
            [Program("tcpdump -w /dev/null", ["-r", file, "-w", "/dev/null"], "only reads the file")],
            r"(?<=tcpdump version )\S+",
        ),
        "ndpiReader": (
            [Program("ndpiReader -q", ["-q", "-i", file], "classifies, reads no field")],
            r"(?<=nDPI )[\w.-]+",
        ),
        "suricata": (
            [
                Program("suricata", suricata("suricata.yaml"), "parses Modbus, DNP3, ENIP; no output"),
                Program("suricata, EVE", suricata("eve.yaml"), "EVE of Modbus, DNP3, ENIP"),
            ],
            r"(?<=Suricata version )\S+",
        ),
        "tshark": (
            [
                Program("tshark -q -z io,phs", ["-q", "-z", "io,phs", "-r", file], "dissects everything, counts"),
                Program("tshark -T json", ["-T", "json", "-r", str(part)], "JSON of every field", "part"),
            ],
            r"(?<=TShark \(Wireshark\) )[\d.]+",
        ),
    }
    (folder / "suricata.yaml").write_text(SURICATA)
    (folder / "eve.yaml").write_text(SURICATA_EVE)
    versions = {"fieldtap": first_line([fieldtap, "--version"], r"\S+$") or "?"}
    absent = []
    for name, (found, pattern) in peers.items():
        path = shutil.which(name)
        if path is None:
            absent.append(name)
            continue
        option = {"ndpiReader": "-h", "suricata": "-V"}.get(name, "--version")
        versions[name] = first_line([path, option], pattern)
        for program in found:
            program.command.insert(0, path)
        programs += found
    if "tshark" not in absent:
        programs.append(ours("JSON of every record", "dissect", "--every-message", of=str(part), group="part"))
    return programs, versions, absent


def two_threads(fieldtap: str, capture: Path, count: int) -> dict[str, float]:
    """Wall times: one thread, two threads, two processes side by side with one thread each."""

    def wall(threads: int, processes: int) -> float:
        command = [fieldtap, "dissect", "--count", "--tables", "messages", "--threads", str(threads), str(capture)]
        start = time.perf_counter()
        running = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for _ in range(processes)]
        codes = [process.wait() for process in running]
        if any(codes):
            raise SystemExit(f"fieldtap exits with {codes}")
        return time.perf_counter() - start

    times: dict[str, list[float]] = {"one": [], "threads": [], "processes": []}
    for _ in range(count):
        times["one"].append(wall(1, 1))
        times["threads"].append(wall(2, 1))
        times["processes"].append(wall(1, 2))
    return {name: min(values) for name, values in times.items()}


# --- Python -----------------------------------------------------------------------------------------------------------


def arrow(capture: Any) -> int:
    """Makes Arrow tables of all that was read; returns the frames."""
    import pyarrow

    for name in capture.tables:
        pyarrow.table(capture[name])
    return capture.frames


def read_fieldtap(file: str, _most: int) -> int:
    """Every message and the common language, as Arrow tables."""
    import fieldtap

    return arrow(fieldtap.read(file, threads=1))


def read_messages(file: str, _most: int) -> int:
    """Every message, as Arrow tables, without a summary."""
    import fieldtap

    return arrow(fieldtap.read(file, threads=1, tables=["messages"], summary=False))


def read_scapy(file: str, most: int) -> int:
    """Every layer, Modbus by its contributed module."""
    import scapy.contrib.modbus
    from scapy.utils import PcapReader

    count = 0
    with PcapReader(file) as packets:
        for count, packet in enumerate(packets, 1):
            packet.haslayer(scapy.contrib.modbus.ModbusADURequest)
            if count == most:
                break
    return count


def read_pyshark(file: str, most: int) -> int:
    """Its JSON mode, the faster one."""
    import pyshark

    count = 0
    with pyshark.FileCapture(file, use_json=True, keep_packets=False) as packets:
        for count, _packet in enumerate(packets, 1):
            if count == most:
                break
    return count


def read_dpkt(file: str, _most: int) -> int:
    """Its reader and headers, then Modbus by hand: header, function, the first two words, as a dictionary each."""
    import struct

    import dpkt

    head, words, rows, count = struct.Struct(">HHHBB"), struct.Struct(">HH"), [], 0
    with open(file, "rb") as octets:
        for ts, frame in dpkt.pcap.Reader(octets):
            count += 1
            ip = dpkt.ethernet.Ethernet(frame).data
            if not isinstance(ip, dpkt.ip.IP):
                continue
            inner = ip.data
            if not isinstance(inner, dpkt.tcp.TCP | dpkt.udp.UDP) or 502 not in (inner.sport, inner.dport):
                continue
            data, at = inner.data, 0
            while at + head.size <= len(data):
                transaction, protocol, length, unit, function = head.unpack_from(data, at)
                if protocol or length < 2:
                    break
                first, second = (
                    words.unpack_from(data, at + 8) if at + 12 <= len(data) and length >= 6 else (None, None)
                )
                rows.append(
                    {
                        "ts": ts,
                        "source": ip.src,
                        "destination": ip.dst,
                        "transaction": transaction,
                        "unit": unit,
                        "function": function,
                        "first": first,
                        "second": second,
                    }
                )
                at += 6 + length
    return count


def read_nfstream(file: str, _most: int) -> int:
    """Flows, no fields."""
    import nfstream

    flows = nfstream.NFStreamer(source=file, n_meters=1, statistical_analysis=False)
    return sum(flow.bidirectional_packets for flow in flows)


READERS: dict[str, Callable[[str, int], int]] = {
    "fieldtap messages": read_messages,
    "fieldtap": read_fieldtap,
    "scapy": read_scapy,
    "pyshark": read_pyshark,
    "dpkt": read_dpkt,
    "nfstream": read_nfstream,
}


def reader(name: str, file: str) -> None:
    """Reads a capture with one library and prints packets and seconds; runs in a process of its own."""
    package = name.split()[0]
    for module in {"fieldtap": ["fieldtap", "pyarrow"], "scapy": ["scapy.all"]}.get(package, [package]):
        importlib.import_module(module)
    begun = time.process_time()
    waited = os.times()
    packets = READERS[name](file, PART.get(name, 0))
    after = os.times()
    children = after.children_user + after.children_system - waited.children_user - waited.children_system
    print(json.dumps({"packets": packets, "seconds": time.process_time() - begun + children}))


def python_rounds(
    python: str, capture: Path, count: int, core: int | None, folder: Path
) -> tuple[list[Library], dict[str, str], list[str]]:
    """Each library in turn, in a process of its own."""
    ask = (
        "import importlib.metadata as m, importlib.util as u, json, sys\n"
        "names = {name.split()[0] for name in sys.argv[1:]}\n"
        "print(json.dumps({n: m.version(n) for n in names if u.find_spec(n)}))"
    )
    said = subprocess.run(
        [python, "-c", ask, *READERS, "pyarrow"], capture_output=True, text=True, check=True, cwd=folder
    )
    versions: dict[str, str] = json.loads(said.stdout)
    if "pyarrow" not in versions:
        versions.pop("fieldtap", None)
    libraries = [
        Library(name, (READERS[name].__doc__ or "").rstrip(".")) for name in READERS if name.split()[0] in versions
    ]
    absent = sorted({name.split()[0] for name in READERS} - versions.keys())

    def pin() -> None:
        if core is not None:
            os.sched_setaffinity(0, {core})

    for number in range(count):
        for library in libraries:
            if library.failed:
                continue
            command = [python, str(Path(__file__).resolve()), "--reader", library.name, str(capture)]
            done = subprocess.run(command, capture_output=True, text=True, preexec_fn=pin, cwd=folder, check=False)
            if done.returncode:
                library.failed = (done.stderr.strip().splitlines() or ["?"])[-1]
                continue
            answer = json.loads(done.stdout.splitlines()[-1])
            library.packets = answer["packets"]
            library.seconds.append(answer["seconds"])
            print(
                f"  {number + 1}/{count} {library.name}: {library.packets / answer['seconds']:,.0f} packets/s",
                file=sys.stderr,
                flush=True,
            )
    return libraries, versions, absent


# --- What is written --------------------------------------------------------------------------------------------------


def machine() -> str:
    """The processor, as the system names it."""
    try:
        found = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    except OSError:
        found = None
    return found.group(1).strip() if found else platform.processor() or platform.machine()


def table(rows: list[list[str]]) -> Iterator[str]:
    """Rows as a table of Markdown, the first one as its head; all columns but the first and the last to the right."""
    head, *rest = rows
    yield "| " + " | ".join(head) + " |"
    yield "|" + "|".join("---:" if 0 < place < len(head) - 1 else "---" for place in range(len(head))) + "|"
    for row in rest:
        yield "| " + " | ".join(row) + " |"


def ratio(number: float) -> str:
    """A ratio with two figures that count."""
    return "-" if math.isnan(number) else f"{number:,.0f}" if number >= 100 else f"{number:.3g}"


def program_rows(programs: list[Program], packets: int | None) -> list[list[str]]:
    """The table of some programs; ratios are to the first."""
    rows = [["Program", "seconds", "thousand packets/s", "to the first", "memory, MB", "what it does"]]
    for program in programs:
        if program.failed:
            rows.append([f"`{program.name}`", "-", "-", "-", "-", program.failed])
            continue
        rate = f"{packets / program.best / 1000:,.0f}" if packets and program.best else "-"
        rows.append(
            [
                f"`{program.name}`",
                f"{program.best:.2f}",
                rate,
                ratio(program.best / programs[0].best),
                f"{program.memory / 1e6:.0f}" if program.memory > FLOOR else f"under {FLOOR / 1e6:.0f}",
                program.does,
            ]
        )
    return rows


@dataclass
class Results:
    """All that one run found."""

    date: str
    machine: str
    system: str
    cores: int
    rounds: int
    capture: str
    packets: int | None
    octets: int
    versions: dict[str, str]
    absent: list[str]
    programs: list[Program]
    threads: dict[str, float] | None
    modbus: str
    libraries: list[Library]

    def markdown(self) -> Iterator[str]:
        """The page for a person."""
        yield f"# {self.date}, {self.machine}"
        yield ""
        yield f"{self.system}; {self.cores} cores, one used."
        yield f"Best of {self.rounds} rounds, programs in turn; user and system time."
        yield f"Load of the machine beside it at the end: {os.getloadavg()[0]:.1f}."
        yield ""
        yield (
            "Versions: "
            + ", ".join(f"{name} {version}".strip() for name, version in sorted(self.versions.items()))
            + "."
        )
        if self.absent:
            yield "Left out, since not installed: " + ", ".join(self.absent) + "."
        yield ""
        count = f"{self.packets:,} packets, " if self.packets else ""
        yield f"## {self.capture}: {count}{self.octets / 1e6:.0f} MB"
        yield ""
        yield from table(program_rows([program for program in self.programs if program.group == "mix"], self.packets))
        part = [program for program in self.programs if program.group == "part"]
        if part:
            yield ""
            yield f"## Its first {PART_MB} MB, as JSON"
            yield ""
            yield from table(program_rows(part[::-1], None))
        if self.threads:
            one, threads, processes = (self.threads[name] for name in ("one", "threads", "processes"))
            yield ""
            yield "## Two threads, wall time"
            yield ""
            rows = [["How", "seconds", "speed-up", "of the whole"]]
            rows.append(["one thread", f"{one:.2f}", "1", "one capture"])
            rows.append(["two threads", f"{threads:.2f}", f"{one / threads:.2f}", "one capture"])
            rows.append(["two processes", f"{processes:.2f}", f"{2 * one / processes:.2f}", "two captures, one each"])
            yield from table(rows)
            yield ""
            yield f"Two threads show {one / threads / (2 * one / processes):.2f} of the speed-up of two processes."
        if self.libraries:
            ours = next((library.rate for library in self.libraries if library.name.startswith("fieldtap")), math.nan)
            yield ""
            yield f"## From Python: {self.modbus}"
            yield ""
            rows = [["Library", "packets read", "packets/s", "the first to it", "what it does"]]
            for library in self.libraries:
                said = library.failed or library.does
                rate = "-" if math.isnan(library.rate) else f"{library.rate:,.0f}"
                rows.append([library.name, f"{library.packets:,}", rate, ratio(ours / library.rate), said])
            yield from table(rows)

    def plot(self, path: Path) -> bool:
        """Times of all programs as ratios; false where matplotlib is not there, or nothing is to be drawn."""
        if importlib.util.find_spec("matplotlib") is None:
            return False
        import matplotlib as mpl

        mpl.use("svg")
        mpl.rcParams["svg.hashsalt"] = "fieldtap"
        from matplotlib import pyplot

        panels = []
        shown = [program for program in self.programs if program.group == "mix" and program.seconds]
        if shown:
            bars = [(program.name, program.best / shown[0].best) for program in shown]
            panels.append((f"{self.capture}: time, as a multiple of the first", bars))
        rates = [library for library in self.libraries if library.seconds]
        if rates:
            bars = [(library.name, rates[0].rate / library.rate) for library in rates]
            panels.append((f"{self.modbus}: time a packet, as a multiple of the first", bars))
        if not panels:
            return False
        heights = [len(bars) for _, bars in panels]
        size, ratios = (10, 0.42 * sum(heights) + 2.2), {"height_ratios": heights}
        figure, axes = pyplot.subplots(len(panels), 1, figsize=size, squeeze=False, gridspec_kw=ratios)
        for place, (title, bars) in enumerate(panels):
            draw(axes[place][0], bars, title)
        figure.tight_layout()
        figure.savefig(path, metadata={"Date": None})
        return True


def draw(axes: Any, bars: list[tuple[str, float]], title: str) -> None:
    """Bars on a logarithmic scale, ours in another colour."""
    names, values = zip(*reversed(bars), strict=True)
    colours = ["#1f77b4" if name.startswith("fieldtap") else "#b0b0b0" for name in names]
    drawn = axes.barh(names, values, color=colours)
    axes.set_xscale("log")
    axes.set_title(title, fontsize=10, loc="left")
    axes.bar_label(drawn, [f" {ratio(value)}" for value in values], fontsize=8)
    axes.margins(x=0.12)
    axes.tick_params(labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)


def cut(capture: Path, part: Path, size: int) -> None:
    """The first records of a plain pcap file of microseconds or nanoseconds."""
    with capture.open("rb") as source, part.open("wb") as target:
        head = source.read(24)
        order = "little" if head[:1] in (b"\xd4", b"\x4d") else "big"
        target.write(head)
        while target.tell() < size and len(record := source.read(16)) == 16:
            target.write(record + source.read(int.from_bytes(record[8:12], order)))


def without_folders(value: Any) -> Any:
    """Where programs and captures lay is no result."""
    match value:
        case dict():
            return {key: without_folders(inner) for key, inner in value.items()}
        case list():
            return [without_folders(inner) for inner in value]
        case str() if value.startswith("/") and not value.startswith("/dev/"):
            return Path(value).name
        case _:
            return value


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size-mb", type=float, default=300, help="size of the mix")
    parser.add_argument(
        "--modbus-mb", type=float, default=50, help="size of the capture that the Python libraries read"
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--capture", type=Path, help="a plain pcap file of yours instead of the mix")
    parser.add_argument("--fieldtap", help="the command (default: that of a release build of this repository)")
    parser.add_argument(
        "--python", default=sys.executable, help="the interpreter that has fieldtap and the Python peers"
    )
    parser.add_argument("--without-python", action="store_true", help="leave the Python libraries out")
    parser.add_argument("--without-programs", action="store_true", help="only the Python libraries")
    parser.add_argument(
        "--folder", type=Path, help="where the captures are built (default: a folder for the time of the run)"
    )
    parser.add_argument("--out", type=Path, default=ROOT / "benches/results", help="where the folder of results goes")
    parser.add_argument("--reader", nargs=2, metavar=("LIBRARY", "CAPTURE"), help=argparse.SUPPRESS)
    return parser.parse_args()


def built(given: str | None) -> str:
    """The command to measure."""
    if given:
        return shutil.which(given) or str(Path(given).resolve())
    subprocess.run(["cargo", "build", "--quiet", "--release", "-p", "fieldtap-cli"], check=True, cwd=ROOT)
    return str(Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve() / "release/fieldtap")


def measure(options: argparse.Namespace, folder: Path) -> Results:
    """Builds the captures and runs everything."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    core = cores[-1] if cores else None
    fieldtap = built(options.fieldtap)
    packets: int | None = None
    capture = options.capture.resolve() if options.capture else folder / "mix.pcap"
    programs: list[Program] = []
    versions: dict[str, str] = {}
    absent: list[str] = []
    threads = None
    if not options.without_programs:
        if not options.capture:
            print(f"building {capture}", file=sys.stderr)
            packets = mix.build(capture, int(options.size_mb * 1e6), list(mix.PROTOCOLS))
        part = folder / "part.pcap"
        cut(capture, part, PART_MB * 1_000_000)
        # Into the cache of the system.
        capture.read_bytes()
        programs, versions, absent = programs_of(fieldtap, capture, part, folder)
        rounds(programs, options.rounds, core, folder)
        if len(cores) > 1:
            threads = two_threads(fieldtap, capture, options.rounds)
    libraries: list[Library] = []
    modbus = folder / "modbus.pcap"
    modbus_said = ""
    if not options.without_python:
        count = mix.build(modbus, int(options.modbus_mb * 1e6), ["modbus"])
        modbus_said = f"Modbus, {count:,} packets, {options.modbus_mb:g} MB"
        libraries, more, without = python_rounds(options.python, modbus, options.rounds, core, folder)
        versions |= {f"{name} (Python)" if name == "fieldtap" else name: version for name, version in more.items()}
        absent += [f"{name} (Python)" for name in without]
    return Results(
        date=datetime.datetime.now(datetime.UTC).date().isoformat(),
        machine=machine(),
        system=f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
        cores=os.cpu_count() or 1,
        rounds=options.rounds,
        capture="The mix" if not options.capture else capture.name,
        packets=packets,
        octets=capture.stat().st_size if capture.exists() else 0,
        versions=versions,
        absent=absent,
        programs=programs,
        threads=threads,
        modbus=modbus_said,
        libraries=libraries,
    )


def main() -> None:
    """Measures, and writes what was found."""
    options = arguments()
    if options.reader:
        reader(*options.reader)
        return
    with tempfile.TemporaryDirectory(prefix="fieldtap-compare-") as temporary:
        folder = options.folder.resolve() if options.folder else Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        results = measure(options, folder)
    short = re.sub(r"\W+", "-", re.sub(r"\(\w+\)|CPU|Processor|@.*", "", results.machine)).strip("-").lower()
    target = options.out / f"{results.date}-{short}"
    target.mkdir(parents=True, exist_ok=True)
    text = "\n".join(results.markdown()) + "\n"
    (target / "results.md").write_text(text)
    (target / "results.json").write_text(json.dumps(without_folders(asdict(results)), indent=1) + "\n")
    if not results.plot(target / "ratios.svg"):
        print("skipped: no plot, since matplotlib is not installed or nothing was measured", file=sys.stderr)
    print(text)
    print(f"written to {target}", file=sys.stderr)


if __name__ == "__main__":
    main()
