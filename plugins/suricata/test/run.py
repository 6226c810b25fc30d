"""The plugin in a running Suricata: what it writes, what rules alert on, and that nothing breaks it.

What is expected of events is what `fieldtap dissect --format eve` writes of the same capture, for the flows whose octets
Suricata hands on as they were sent. What is expected of alerts is told by the type identification and the cause of
transmission of IEC 60870-5-101 (section 7.3.2 and table 14), not by what fieldtap takes them for.
"""

import argparse
import collections
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOP = HERE.parents[2]

# Members that Suricata writes of its own, or that differ since it takes octets when they are acknowledged.
THEIRS = {
    "timestamp",
    "flow_id",
    "pcap_cnt",
    "community_id",
    "ip_v",
    "pkt_src",
    "proto",
    "vlan",
}
MOMENTS = {
    "requested",
    "selected",
    "executed",
    "accepted",
    "returned",
    "cancelled",
    "completed",
    "latency",
}
# What no session tells: of whole flows, files and intervals.
NOT_OURS = {"flow", "stats", "captures", "alert", "streams"}
# Suricata itself says by these what it does not follow.
STREAM_ANOMALIES = (
    "anomaly: { enabled: yes, types: { decode: yes, stream: yes, applayer: no } }"
)
# IEC 60870-5-101 section 7.3.2: process commands; table 14: activation, deactivation.
COMMANDS = {45, 46, 47, 48, 49, 50, 51, 58, 59, 60, 61, 62, 63, 64}
ASKS = {6, 8}

CONFIGURATION = """%YAML 1.1
---
outputs:
  - eve-log:
      enabled: yes
      filename: eve.json
      types: [{types}]
logging:
  default-log-level: notice
  outputs:
    - console: {{ enabled: yes }}
plugins: [{plugin}]
fieldtap:
  every-message: yes
app-layer:
  protocols:
    modbus: {{ enabled: yes, detection-ports: {{ dp: 502 }} }}
    dnp3: {{ enabled: yes, detection-ports: {{ dp: 20000 }} }}
    websocket: {{ enabled: yes }}
"""

failures = []


def check(holds, what):
    if not holds:
        failures.append(what)
        print(f"FAILED: {what}")


class Suricata:
    """Suricata in its folder."""

    def __init__(self, root, plugin):
        self.root = Path(root)
        self.work = self.root / "fieldtap"
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir()
        shutil.copy(plugin, self.work / "plugin.so")

    def run(
        self,
        captures,
        rules="",
        types="fieldtap, alert",
        plugin="/fieldtap/plugin.so",
        may_refuse=False,
    ):
        """Runs it on captures; returns its events (None if it cannot read them), what it said, its peak memory in KiB."""
        out = self.work / "out"
        shutil.rmtree(out, ignore_errors=True)
        shutil.rmtree(self.work / "in", ignore_errors=True)
        out.mkdir()
        (self.work / "in").mkdir()
        for index, capture in enumerate(captures):
            shutil.copy(capture, self.work / "in" / f"{index:06}.pcap")
        (self.work / "suricata.yaml").write_text(
            CONFIGURATION.format(types=types, plugin=plugin)
        )
        (self.work / "rules").write_text(rules)
        read = "/fieldtap/in" if len(captures) != 1 else "/fieldtap/in/000000.pcap"
        command = [
            "chroot",
            self.root,
            "suricata",
            "-c",
            "/fieldtap/suricata.yaml",
            "-r",
            read,
        ]
        command += [
            "-l",
            "/fieldtap/out",
            "-S",
            "/fieldtap/rules",
            "-k",
            "none",
            "--runmode",
            "single",
        ]
        command += ["--set", "stream.midstream=true"]
        with open(out / "said", "wb") as said:
            process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT)
            deadline = time.monotonic() + 300
            while True:
                pid, status, usage = os.wait4(process.pid, os.WNOHANG)
                if pid:
                    break
                if time.monotonic() > deadline:
                    process.kill()
                time.sleep(0.01)
        process.returncode = os.waitstatus_to_exitcode(status)
        said = (out / "said").read_text(errors="replace")
        if process.returncode == 1 and may_refuse:
            return None, said, usage.ru_maxrss
        check(
            process.returncode == 0,
            f"Suricata ends with {process.returncode} on {captures[:1]}: {said[-400:]}",
        )
        check("panicked" not in said, f"the plugin panicked on {captures[:1]}")
        eve = out / "eve.json"
        lines = (
            eve.read_text(errors="surrogateescape").splitlines() if eve.exists() else []
        )
        events = [json.loads(line, object_pairs_hook=distinct) for line in lines]
        return events, said, usage.ru_maxrss


def distinct(pairs):
    """An object; a key that stands twice is an error of ours."""
    found = dict(pairs)
    check(len(found) == len(pairs), f"a key stands twice: {[key for key, _ in pairs]}")
    return found


def ends(event):
    """The two ends of the flow of an event; None without IP."""
    pair = [
        (event.get("src_ip"), event.get("src_port")),
        (event.get("dest_ip"), event.get("dest_port")),
    ]
    return None if pair[0][0] is None else tuple(sorted(pair, key=str))


def plain(event):
    """What has to be equal."""

    def walk(value):
        if isinstance(value, dict):
            return {
                key: walk(of)
                for key, of in value.items()
                if key not in MOMENTS and not key.endswith("_message")
            }
        return [walk(of) for of in value] if isinstance(value, list) else value

    return json.dumps(
        walk({key: of for key, of in event.items() if key not in THEIRS}),
        sort_keys=True,
    )


class Dissected:
    """What fieldtap itself says of a capture."""

    def __init__(self, fieldtap, capture):
        command = [fieldtap, "dissect", capture, "--format", "eve", "--every-message"]
        told = subprocess.run(
            command,
            capture_output=True,
            check=False,
            text=True,
            errors="surrogateescape",
        )
        check(told.stdout, f"fieldtap says nothing of {capture}: {told.stderr[-300:]}")
        events = [json.loads(line) for line in told.stdout.splitlines()]
        self.events = [
            event
            for event in events
            if event["event_type"] not in NOT_OURS and ends(event)
        ]
        # Two programs that put a stream together may differ where octets are missing, came again or out of place.
        self.unclean = {
            ends(event)
            for event in events
            if event.get("anomalies", {}).get("place") in ("stream", "frame")
        }
        for event in events:
            row = event.get("conversations")
            what = ("missing", "outside", "repeated")
            if row and any(
                row[f"{side}_{of}"]
                for side in ("originator", "responder")
                for of in what
            ):
                self.unclean.add(ends(event))
        # Frames that were put in another order: what was there first is not there first for everybody.
        latest = {}
        for event in sorted(self.events, key=lambda event: event["pcap_cnt"]):
            if event["timestamp"] < latest.get(ends(event), ""):
                self.unclean.add(ends(event))
            latest[ends(event)] = event["timestamp"]


def same_events(suricata, fieldtap, captures, what):
    """Holds events of the plugin against those of fieldtap."""
    flows = clean = compared = unread = 0
    kinds = collections.Counter()
    rules = 'alert iec104 any any -> any any (msg:"control"; fieldtap.operation:control; sid:1;)\n'
    rules += 'alert tcp any any -> any any (msg:"control over TCP"; fieldtap.operation:control; sid:2;)\n'
    commands = 0
    for capture in captures:
        ours = Dissected(fieldtap, capture)
        events, said, _ = suricata.run(
            [capture], rules, f"fieldtap, alert, {STREAM_ANOMALIES}", may_refuse=True
        )
        if events is None:
            unread += 1
            continue

        def is_theirs(event):
            return event["event_type"] == "anomaly" and "anomalies" not in event

        ours.unclean.update(ends(event) for event in events if is_theirs(event))
        events = [event for event in events if not is_theirs(event)]
        alerts = [event for event in events if event["event_type"] == "alert"]
        events = [event for event in events if event["event_type"] not in NOT_OURS]
        of_flow = {}
        for place, all_of in enumerate((ours.events, events, alerts)):
            for event in all_of:
                of_flow.setdefault(ends(event), ([], [], []))[place].append(event)
        for flow, (expected, found, alerted) in of_flow.items():
            protocols = {event["event_type"] for event in expected}
            if protocols & {"modbus", "dnp3"}:
                continue
            flows += 1
            if flow in ours.unclean:
                continue
            clean += 1
            expected_all = collections.Counter(map(plain, expected))
            found_all = collections.Counter(map(plain, found))
            if expected_all != found_all:
                missing = sum((expected_all - found_all).values())
                more = sum((found_all - expected_all).values())
                one = next(
                    iter((expected_all - found_all) or (found_all - expected_all))
                )
                check(
                    False,
                    f"{capture.name} {flow}: {missing} events missing, {more} more; such as {one[:700]}",
                )
            else:
                compared += len(expected)
                kinds.update(event["event_type"] for event in expected)
            asks = [
                event["iec104"]
                for event in expected
                if event["event_type"] == "iec104"
                and event["iec104"]["type_id"] in COMMANDS
                and event["iec104"]["cause"] in ASKS
            ]
            commands += len(asks)
            for sid in (1, 2):
                said = [
                    event.get("iec104")
                    for event in alerted
                    if event["alert"]["signature_id"] == sid
                ]
                as_text = [
                    sorted(json.dumps(one, sort_keys=True) for one in many)
                    for many in (asks, said)
                ]
                check(
                    as_text[0] == as_text[1] or not protocols & {"iec104"},
                    f"{capture.name} {flow}: {len(asks)} commands, {len(said)} alerts of rule {sid}",
                )
    summary = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
    print(
        f"{what}: {len(captures)} captures, {compared} events equal in {clean} of {flows} flows ({summary});"
    )
    if unread:
        print(f"    {unread} captures that Suricata cannot read")
    print(f"    {commands} commands of IEC 60870-5-104 alerted on, and nothing else")
    return clean, compared, commands


def packet(source, destination, payload, transport):
    """A frame of Ethernet and IPv4."""
    total = 20 + len(transport) + len(payload)
    number = 6 if len(transport) == 20 else 17
    head = struct.pack(
        "!BBHHHBBH4s4s", 0x45, 0, total, 0, 0, 64, number, 0, source, destination
    )
    return bytes(12) + b"\x08\x00" + head + transport + payload


class Writer:
    """A capture in the making."""

    def __init__(self, path):
        self.file = open(path, "wb")  # noqa: SIM115
        self.file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
        self.count = 0

    def frame(self, octets):
        self.count += 1
        seconds, rest = divmod(self.count, 1000)
        self.file.write(
            struct.pack(
                "<IIII", 1_600_000_000 + seconds, rest * 1000, len(octets), len(octets)
            )
            + octets
        )

    def stream(self, port, pieces):
        """A TCP connection: pieces, each toward the server or not."""
        client, server = (
            b"\x0a" + struct.pack("!I", self.count + 1)[1:],
            b"\xc0\x00\x02\x01",
        )
        at = {True: 1000, False: 5000}

        def segment(to_server, flags, payload=b""):
            ports = (40000, port) if to_server else (port, 40000)
            head = struct.pack(
                "!HHIIBBHHH",
                *ports,
                at[to_server],
                at[not to_server],
                0x50,
                flags,
                65000,
                0,
                0,
            )
            ends = (client, server) if to_server else (server, client)
            self.frame(packet(*ends, payload, head))
            at[to_server] = (at[to_server] + len(payload) + (flags & 3 != 0)) % 2**32

        segment(True, 2)
        segment(False, 0x12)
        segment(True, 0x10)
        for to_server, octets in pieces:
            for start in range(0, len(octets), 1400):
                segment(to_server, 0x18, octets[start : start + 1400])
                segment(not to_server, 0x10)
        for to_server in (True, False):
            segment(to_server, 0x11)
            segment(not to_server, 0x10)

    def datagrams(self, port, pieces):
        client, server = (
            b"\x0a" + struct.pack("!I", self.count + 1)[1:],
            b"\xc0\x00\x02\x01",
        )
        for to_server, octets in pieces:
            ports = (40000, port) if to_server else (port, 40000)
            head = struct.pack("!HHHH", *ports, 8 + len(octets[:60000]), 0)
            ends = (client, server) if to_server else (server, client)
            self.frame(packet(*ends, octets[:60000], head))


def vectors():
    """The cases of all protocols, which are the seeds of the fuzz targets: name of the file, then octets."""
    for path in sorted((TOP / "core/src/protocols").rglob("vectors*.md")):
        for block in re.findall(
            r"^```hex [<>]\n(.*?)^```", path.read_text(), re.MULTILINE | re.DOTALL
        ):
            digits = "".join(line.split("|")[0] for line in block.splitlines())
            digits = "".join(digits.split())
            if digits and re.fullmatch(r"(?:[0-9a-fA-F]{2})+", digits):
                yield path, bytes.fromhex(digits)


# Ports whose probes are asked whatever the octets are; TCP and UDP.
PORTS = {True: (2404, 102, 4712, 12345), False: (4713, 319, 102, 12345)}


def hostile(folder):
    """A capture of every seed of the fuzz targets, in both directions, whole and cut, behind a right message and alone."""
    seeds = sorted({octets for _, octets in vectors()})
    for corpus in ("regressions", "corpus"):
        files = sorted(
            path for path in (TOP / "fuzz" / corpus).glob("*/*") if path.is_file()
        )
        seeds += [path.read_bytes()[:4096] for path in files]
    first = [
        bytes.fromhex("680407000000"),
        bytes.fromhex("0300001611e00000000100c1020100c2020102c0010a"),
    ]
    path = folder / "seeds.pcap"
    writer = Writer(path)
    for index, octets in enumerate(seed for seed in seeds if seed):
        half = len(octets) // 2
        port = PORTS[True][index % 4]
        for pieces in (
            [(True, octets), (False, octets)],
            [
                (True, first[index % 2]),
                (True, octets[:half]),
                (False, octets[half:]),
                (True, octets[half:]),
            ],
        ):
            writer.stream(port, pieces)
        writer.datagrams(
            PORTS[False][index % 4],
            [(True, octets), (False, octets), (True, octets[:half])],
        )
    writer.file.close()
    return path, len(seeds), writer.count


def robust(suricata, captures):
    """Malformed input: the flow goes on, and nothing is left behind."""
    path, seeds, frames = hostile(suricata.work)
    started = time.monotonic()
    events, _, _ = suricata.run([path])
    kinds = collections.Counter(event["event_type"] for event in events)
    print(
        f"seeds of the fuzz targets: {seeds} in {frames} frames, {time.monotonic() - started:.1f} s, {dict(kinds)}"
    )
    check(len(kinds) > 8, "of so many seeds few kinds of events came")
    read = [
        capture
        for capture in captures
        if suricata.run([capture], may_refuse=True)[0] is not None
    ]
    print(
        f"malformed captures: {len(captures)}, of which Suricata reads {len(read)}; no crash"
    )
    many = [path, *read]
    peaks = [suricata.run(many * times)[2] for times in (1, 2, 6)]
    print(
        f"peak memory of all of them once, twice, six times: {[peak // 1024 for peak in peaks]} MiB"
    )
    check(
        peaks[2] - peaks[1] < 24 * 1024,
        f"memory grows with each repetition: {peaks} KiB",
    )


def keywords(suricata):
    """Each keyword, on a command of IEC 60870-5-104 (a single command, common address 3, object 100, to be switched on)."""
    command = bytes.fromhex("680e000000002d010600030064000001")
    answer = bytes.fromhex("680e000002002d010700030064000001")
    negative = bytes.fromhex("680e000002002d014700030064000001")
    path = suricata.work / "command.pcap"
    writer = Writer(path)
    # On a port that is not its own, two messages have to follow one another.
    started, confirmed = bytes.fromhex("680407000000"), bytes.fromhex("68040b000000")
    writer.stream(45678, [(True, started + command), (False, confirmed + answer)])
    writer.stream(2404, [(True, command), (False, negative)])
    writer.file.close()
    rules = {
        "fieldtap.protocol:iec104; fieldtap.operation:control": 2,
        "fieldtap.operation:read,control; fieldtap.function:C_SC_NA_1": 2,
        "fieldtap.function:45; fieldtap.device:3; fieldtap.point:100": 2,
        "fieldtap.device:4": 0,
        "fieldtap.operation:control; fieldtap.point:1-99": 0,
        "fieldtap.value:1; fieldtap.point:90-110; fieldtap.operation:control": 2,
        "fieldtap.value:>1": 0,
        "fieldtap.status:refused; fieldtap.device:3": 1,
        "fieldtap.status:success,open,accepted; fieldtap.operation:control": 1,
        "fieldtap.operation:write": 0,
    }
    text = "".join(
        f'alert ip any any -> any any (msg:"{sid}"; {conditions}; sid:{sid};)\n'
        for sid, conditions in enumerate(rules, 1)
    )
    text += 'alert iec104 any any -> any any (msg:"wrong"; fieldtap.operation:explode; sid:99;)\n'
    events, said, _ = suricata.run([path], text)
    found = collections.Counter(
        event["alert"]["signature_id"]
        for event in events
        if event["event_type"] == "alert"
    )
    for sid, (conditions, count) in enumerate(rules.items(), 1):
        check(
            found[sid] == count,
            f"rule {conditions!r}: {found[sid]} alerts, {count} expected",
        )
    check("no operation is named" in said, "a rule that makes no sense is not told")
    garbage = suricata.work / "garbage.pcap"
    writer = Writer(garbage)
    writer.stream(2404, [(True, command + b"\xff" * 300 + command), (False, answer)])
    writer.file.close()
    rule = 'alert iec104 any any -> any any (msg:"garbage"; app-layer-event:iec104.garbage; sid:1;)\n'
    events, _, _ = suricata.run([garbage], rule)
    kinds = collections.Counter(event["event_type"] for event in events)
    check(kinds["alert"] == 1 and kinds["anomaly"] >= 1, f"an anomaly: {dict(kinds)}")
    check(kinds["iec104"] == 3, f"the flow goes on behind garbage: {dict(kinds)}")
    print(f"keywords: {len(rules)} rules, app-layer events, a wrong rule")


def refused(suricata):
    """A Suricata of another API version loads nothing, and says why."""
    source = suricata.work / "other.c"
    source.write_text(
        "#include <dlfcn.h>\n#include <stdint.h>\nstruct plugin { uint64_t version; };\n"
        "struct plugin *SCPluginRegister(void) {\n"
        '    void *library = dlopen("/fieldtap/plugin.so", RTLD_NOW);\n'
        '    struct plugin *(*ask)(void) = (struct plugin *(*)(void))dlsym(library, "SCPluginRegister");\n'
        "    struct plugin *plugin = ask();\n    plugin->version += 256;\n    return plugin;\n}\n"
    )
    library = suricata.work / "other.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", library, source], check=True)
    events, said, _ = suricata.run(
        [suricata.work / "command.pcap"], plugin="/fieldtap/other.so"
    )
    check(
        "plugin versions differ" in said and not events,
        f"another API version is not refused: {said[-300:]}",
    )
    print("another API version: refused")


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--root", required=True, help="folder of Suricata")
    arguments.add_argument("--plugin", required=True, type=Path)
    arguments.add_argument("--fieldtap", required=True)
    asked = arguments.parse_args()
    suricata = Suricata(asked.root, asked.plugin)
    own = sorted(
        path
        for name in ("iec104", "s7comm", "c37118", "mms")
        for path in (TOP / "corpus" / name).glob("*.pcap*")
    )
    same_events(suricata, asked.fieldtap, own, "captures of the repository")
    keywords(suricata)
    refused(suricata)
    outside = os.environ.get("FIELDTAP_CAPTURES")
    malformed = []
    if outside:
        for name, most in (("iec104", 1 << 20), ("s7comm", 1 << 20)):
            captures = sorted(
                path
                for path in (Path(outside) / name).iterdir()
                if path.stat().st_size <= most
            )
            captures = [path for path in captures if ".pcap" in path.name]
            clean, compared, _ = same_events(suricata, asked.fieldtap, captures, name)
            check(clean and compared, f"nothing was compared of {name}")
        malformed = sorted(
            path
            for path in (Path(outside) / "malformed").iterdir()
            if ".pcap" in path.name
        )
    else:
        print("SKIPPED: captures from outside: FIELDTAP_CAPTURES is not set")
    robust(suricata, malformed)
    shutil.rmtree(suricata.work, ignore_errors=True)
    print(f"{'FAILED' if failures else 'passed'}: {len(failures)} failures")
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
