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
import signal
import struct
import subprocess
import sys
import tempfile
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
# Protocols that Suricata reads itself, and those that have the events of the first, but are ours.
THEIR_PROTOCOLS = {"modbus", "dnp3"}
SERIAL_MODBUS = {"modbus_rtu", "modbus_ascii"}
# Suricata opens a connection when it has seen its handshake; one that has stayed there hands on nothing.
NOT_FOLLOWED = {"syn_sent", "syn_recv"}
# What fieldtap counts of a flow, and why two programs may then read other octets in it.
APART = {
    "missing": "with octets that are not in the capture",
    "outside": "with octets from before the first segment seen or behind the end",
}
# Anomalies of frames and of TCP, that no session tells.
OF_STREAMS = {("stream", kind) for kind in ("gap", "conflict", "stream", "limit")}
OF_STREAMS |= {
    ("frame", kind) for kind in ("header", "checksum", "truncated", "conflict")
}
SIDES = ("originator", "responder")
# Octets are handed on as they come, not when they are acknowledged.
IN_LINE = ("--set", "stream.inline=yes")
# Suricata itself says by these what it does not follow.
STREAM_ANOMALIES = (
    "anomaly: { enabled: yes, types: { decode: yes, stream: yes, applayer: no } }"
)
# IEC 60870-5-101 section 7.3.2: process commands; table 14: activation, deactivation.
COMMANDS = {45, 46, 47, 48, 49, 50, 51, 58, 59, 60, 61, 62, 63, 64}
ASKS = {6, 8}

CONFIGURATION = """%YAML 1.1
---
vars:
  address-groups: {{ PLANT: any, CONTROL_ROOM: "192.0.2.77" }}
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

# Seconds that Suricata may take for a capture.
LONGEST = 600
# Of so many seconds of the processor it is said that Suricata itself takes long for one.
LONG = 5

failures = []


def check(holds, what):
    if not holds:
        failures.append(what)
        print(f"FAILED: {what}")


class Suricata:
    """Suricata in its folder."""

    def __init__(self, root, plugin):
        self.root = Path(root)
        # Several may run beside one another.
        self.work = Path(tempfile.mkdtemp(prefix="fieldtap-", dir=self.root))
        self.work.chmod(0o755)
        # The same, as Suricata sees it.
        self.inside = f"/{self.work.name}"
        # Whether the last run was stopped since it took too long.
        self.stopped = False
        # Seconds of the processor that the last run took.
        self.took = 0.0
        shutil.copy(plugin, self.work / "plugin.so")

    def command(self, *more):
        """How it is called."""
        files = {"-c": "suricata.yaml", "-l": "out"}
        fixed = [
            word
            for key, name in files.items()
            for word in (key, f"{self.inside}/{name}")
        ]
        fixed += ["-k", "none", "--runmode", "single", "--set", "stream.midstream=true"]
        return ["chroot", self.root, "suricata", *fixed, *more]

    def run(
        self,
        captures,
        rules="",
        types="fieldtap, alert",
        plugin="plugin.so",
        may_refuse=False,
        more=(),
        longest=None,
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
            CONFIGURATION.format(
                types=types, plugin=f"{self.inside}/{plugin}" if plugin else ""
            )
        )
        (self.work / "rules").write_text(rules)
        read = f"{self.inside}/in" + ("/000000.pcap" if len(captures) == 1 else "")
        command = self.command("-r", read, "-S", f"{self.inside}/rules", *more)
        with open(out / "said", "wb") as said:
            process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT)
            started, peak = time.monotonic(), 0
            ended = 0
            while not ended:
                peak = max(peak, resident(process.pid))
                if time.monotonic() > started + (longest or LONGEST):
                    process.kill()
                time.sleep(0.01)
                ended, status, used = os.wait4(process.pid, os.WNOHANG)
            process.returncode = os.waitstatus_to_exitcode(status)
        # Of the processor: others may be at work.
        self.took = used.ru_utime + used.ru_stime
        self.stopped = process.returncode < 0 and bool(longest)
        said = (out / "said").read_text(errors="replace")
        if (process.returncode == 1 and may_refuse) or (
            process.returncode < 0 and longest
        ):
            return None, said, peak
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
        return events, said, peak


def resident(pid):
    """The most memory that a process has had, in KiB. What the system says when it has ended may be that of its parent."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    found = re.search(r"VmHWM:\s+(\d+)", status)
    return int(found[1]) if found else 0


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
        self.conversations = {}
        # Flows of which two programs may put together other octets, each with the reason.
        self.apart = {}
        for event in events:
            row = event.get("conversations")
            if row:
                self.conversations[ends(event)] = row
                for what, why in APART.items():
                    if row[f"originator_{what}"] or row[f"responder_{what}"]:
                        self.apart.setdefault(ends(event), why)
                for side in SIDES:
                    # Suricata keeps such octets until it knows what they are.
                    if row[f"{side}_payload"] and not row[f"{side}_dissected"]:
                        why = "of which one side holds no message"
                        self.apart.setdefault(ends(event), why)
        for event in events:
            row = event.get("anomalies")
            if row and (row["place"], row["kind_name"]) in OF_STREAMS:
                self.apart.setdefault(
                    ends(event), f"of which fieldtap says: {row['reason']}"
                )


class Flow:
    """One flow: what fieldtap says of it, what the plugin does, and what Suricata says of the flow itself."""

    def __init__(self):
        self.expected, self.found, self.alerts = [], [], []
        # What each of the two says of the flow, and what Suricata says of its segments.
        self.ours, self.theirs, self.said = {}, {}, []

    def is_theirs(self):
        protocols = {event.get("app_proto") for event in self.expected}
        kinds = {event["event_type"] for event in self.expected}
        return (
            bool((protocols | kinds) & THEIR_PROTOCOLS)
            and not protocols & SERIAL_MODBUS
        )

    def is_not_followed(self):
        """Why Suricata reads nothing in it, as far as it or the octets tell."""
        if self.theirs.get("tcp", {}).get("state") in NOT_FOLLOWED:
            return "of whose handshake it has not seen the answer"
        skipped = (
            self.ours.get("originator_skipped"),
            self.ours.get("responder_skipped"),
        )
        if self.theirs.get("app_proto") == "failed" and any(skipped):
            return "that do not begin with a message"
        return None

    def apart(self):
        """Why Suricata may have put together other octets, as it says itself."""
        tcp = self.theirs.get("tcp", {})
        if tcp.get("ts_gap") or tcp.get("tc_gap"):
            return "in which Suricata's stream engine gave up waiting for octets"
        frames = {event.get("pcap_cnt") for event in self.expected}
        for event in self.said:
            # Such as one that came behind its acknowledgement.
            if event.get("pcap_cnt") in frames:
                return f"with messages in a segment that Suricata drops: {event['anomaly']['event']}"
        return None

    def is_cut_short(self):
        """Whether the connection was closed and one side had sent nothing. Suricata tells the end of such a flow only when it
        gives it up, so the plugin does not know that it was closed."""
        silent = not all(self.ours.get(f"{side}_payload") for side in SIDES)
        return silent and self.ours.get("end") in ("rst", "fin")

    def differences(self):
        """What is missing, and what is there besides."""
        expected, found = self.expected, self.found
        # An engine may only count what lies before the first message, and a session says so.
        lengths = [self.ours.get(f"{side}_skipped") for side in SIDES]
        before = [event for event in found if is_before_all(event, lengths)]
        if self.is_cut_short():
            expected, found = (
                [unanswered(event) for event in all] for all in (expected, found)
            )
        expected, found, before = (
            collections.Counter(map(plain, all)) for all in (expected, found, before)
        )
        return expected - found, found - expected - before


def is_before_all(event, lengths):
    """Whether an event is the anomaly of what lies before the first message."""
    row = event.get("anomalies", {})
    garbage = (
        row.get("kind_name") == "garbage"
        and row["place"] == "stream"
        and row["offset"] == 0
    )
    return garbage and row["length"] in lengths


def unanswered(event):
    """The event of an operation without an answer, however it is called."""
    row = event.get("operations", {})
    if row.get("outcome_name") not in ("open", "unanswered"):
        return event
    return event | {"operations": row | {"outcome": None, "outcome_name": None}}


def flows_of(suricata, ours, capture, rules, more=()):
    """The flows of a capture by their ends; None if Suricata cannot read it."""
    types = f"fieldtap, alert, flow, {STREAM_ANOMALIES}"
    events, _, _ = suricata.run([capture], rules, types, may_refuse=True, more=more)
    if events is None:
        return None
    flows = collections.defaultdict(Flow)
    for event in ours.events:
        flows[ends(event)].expected.append(event)
        flows[ends(event)].ours = ours.conversations.get(ends(event), {})
    for event in events:
        kind = event["event_type"]
        if kind == "anomaly" and "anomalies" not in event:
            if ends(event) in flows:
                flows[ends(event)].said.append(event)
        elif kind == "flow":
            if ends(event) in flows:
                flows[ends(event)].theirs = event
        elif kind == "alert":
            flows[ends(event)].alerts.append(event)
        elif kind not in NOT_OURS:
            flows[ends(event)].found.append(event)
    return flows


def same_events(suricata, fieldtap, captures, what):
    """Holds events of the plugin against those of fieldtap."""
    counts, kinds, left_out, apart, told, equal = (
        collections.Counter() for _ in range(6)
    )
    rules = 'alert iec104 any any -> any any (msg:"control"; fieldtap.operation:control; sid:1;)\n'
    rules += 'alert tcp any any -> any any (msg:"control over TCP"; fieldtap.operation:control; sid:2;)\n'
    for capture in captures:
        ours = Dissected(fieldtap, capture)
        flows = flows_of(suricata, ours, capture, rules)
        if flows is None:
            counts["unread"] += 1
            continue
        at_once = None
        for ends_of, flow in flows.items():
            if flow.is_theirs():
                continue
            where = f"{capture.name} {ends_of}"
            missing, more = flow.differences()
            if why := flow.is_not_followed():
                left_out[why] += 1
                check(
                    not flow.found,
                    f"{where}: a flow {why} has {len(flow.found)} events",
                )
                continue
            if missing or more:
                # Whether a request was answered in time depends on when octets are handed on: here as they come, not when
                # they are acknowledged.
                at_once = at_once or flows_of(suricata, ours, capture, rules, IN_LINE)
                missing_at_once, more_at_once = at_once[ends_of].differences()
                counts["at once"] += not missing_at_once and not more_at_once
                if not missing_at_once and not more_at_once:
                    flow, missing, more = at_once[ends_of], None, None
            # Where octets may differ, what is read in them may.
            why = ours.apart.get(ends_of) or flow.apart()
            if why and (missing or more):
                apart[why] += 1
                told[why] += len(flow.expected)
                equal[why] += len(flow.expected) - missing.total()
                continue
            counts["although"] += bool(why)
            counts["clean"] += 1
            counts["events"] += len(flow.expected)
            kinds.update(event["event_type"] for event in flow.expected)
            check(
                not missing and not more,
                f"{where}: {missing and missing.total()} events missing, {more and more.total()} more; such as "
                f"{next(iter(missing or more or ()), '')[:700]}",
            )
            asks = [
                event["iec104"]
                for event in flow.expected
                if event["event_type"] == "iec104"
                and event["iec104"]["type_id"] in COMMANDS
                and event["iec104"]["cause"] in ASKS
            ]
            counts["commands"] += len(asks)
            for sid in (1, 2):
                alerted = [
                    event.get("iec104")
                    for event in flow.alerts
                    if event["alert"]["signature_id"] == sid
                ]
                as_text = [
                    sorted(json.dumps(one, sort_keys=True) for one in many)
                    for many in (asks, alerted)
                ]
                is_iec104 = any(
                    event["event_type"] == "iec104" for event in flow.expected
                )
                check(
                    as_text[0] == as_text[1] or not is_iec104,
                    f"{where}: {len(asks)} commands, {len(alerted)} alerts of rule {sid}",
                )
    summary = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
    print(
        f"{what}: {len(captures)} captures, of which Suricata cannot read {counts['unread']}"
    )
    print(
        f"    {counts['clean']} flows with {counts['events']} equal events: {summary}"
    )
    if counts["at once"]:
        print(
            f"    {counts['at once']} of these flows are equal where octets are handed on as they come (stream.inline)"
        )
    print(
        f"    {counts['commands']} commands of IEC 60870-5-104 alerted on, and nothing else"
    )
    for why, count in left_out.items():
        print(f"    Suricata reads nothing in {count} flows {why}")
    if counts["although"]:
        print(
            f"    {counts['although']} of these flows are equal although octets may have been put together otherwise"
        )
    for why, count in apart.most_common():
        print(
            f"    not equal, and need not be: {count} flows {why}; {equal[why]} of {told[why]} events are"
        )
    return counts["clean"], counts["events"]


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


# Octets of a seed that are taken.
LONGEST_SEED = 4096


def hostile(folder):
    """A capture of every seed of the fuzz targets, in both directions, whole and cut, behind a right message and alone."""
    seeds = sorted({octets for _, octets in vectors()})
    for corpus in ("regressions", "corpus"):
        files = sorted(
            path for path in (TOP / "fuzz" / corpus).glob("*/*") if path.is_file()
        )
        seeds += [path.read_bytes()[:LONGEST_SEED] for path in files]
    # What fuzzing found worth keeping, one a line.
    for path in sorted((TOP / "fuzz/corpora").glob("*.hex")):
        lines = path.read_text().split()
        seeds += [bytes.fromhex(line)[:LONGEST_SEED] for line in lines]
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


def robust(suricata, captures, is_whole):
    """Malformed input: the flow goes on, and nothing is left behind."""
    path, seeds, frames = hostile(suricata.work)
    events, _, _ = suricata.run([path])
    kinds = collections.Counter(event["event_type"] for event in events)
    print(
        f"seeds of the fuzz targets: {seeds} in {frames} frames, {suricata.took:.1f} s, {dict(kinds)}"
    )
    check(len(kinds) > 8, "of so many seeds few kinds of events came")
    quick, slow, unread = [path], [], 0
    for capture in captures:
        # Suricata alone first: what it takes long for, or cannot read, says nothing of the plugin.
        alone, _, _ = suricata.run(
            [capture], plugin="", may_refuse=True, longest=None if is_whole else LONG
        )
        took = suricata.took
        # One that was stopped has waited for the processor, and says nothing of what it takes.
        if took > LONG or suricata.stopped:
            slow.append(capture.name)
            if not is_whole:
                continue
        with_plugin, _, _ = suricata.run([capture], may_refuse=True)
        check(
            suricata.took < 2 * took + 2,
            f"{capture.name}: {suricata.took:.1f} s, and {took:.1f} s without the plugin",
        )
        check(
            (alone is None) == (with_plugin is None),
            f"{capture.name} can be read only with or without the plugin",
        )
        unread += alone is None
        if with_plugin is not None and took <= LONG:
            quick.append(capture)
    print(
        f"malformed captures: {len(captures)}, of which Suricata cannot read {unread}; no crash"
    )
    if slow:
        said = "" if is_whole else "SKIPPED: "
        print(f"{said}Suricata itself takes more than {LONG} s for {', '.join(slow)}")
    peaks = [suricata.run(quick * times)[2] for times in (1, 4, 8)]
    print(
        f"peak memory of all of them once, four, eight times: {[peak // 1024 for peak in peaks]} MiB"
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
        f'    void *library = dlopen("{suricata.inside}/plugin.so", RTLD_NOW);\n'
        '    struct plugin *(*ask)(void) = (struct plugin *(*)(void))dlsym(library, "SCPluginRegister");\n'
        "    struct plugin *plugin = ask();\n    plugin->version += 256;\n    return plugin;\n}\n"
    )
    library = suricata.work / "other.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", library, source], check=True)
    events, said, _ = suricata.run([suricata.work / "command.pcap"], plugin="other.so")
    check(
        "plugin versions differ" in said and not events,
        f"another API version is not refused: {said[-300:]}",
    )
    print("another API version: refused")


def documented(suricata):
    """Every rule that the documentation shows is one that Suricata takes, and the first of them does what is said of it."""
    pages = (TOP / "plugins/suricata/README.md", TOP / "docs/src/start/ids.md")
    rules = [
        line
        for page in pages
        for line in page.read_text().splitlines()
        if line.startswith("alert ")
    ]
    check(len(rules) > 4, f"only {len(rules)} rules are documented")
    # Each has a number of its own.
    rules = [
        re.sub(r"\bsid:\d+", f"sid:{sid}", rule) for sid, rule in enumerate(rules, 1)
    ]
    text = "\n".join(rules) + "\n"
    test = ("-T", "--set", "logging.default-log-level=info")
    said = suricata.run([], text, more=test)[1]
    check("error" not in said.lower(), f"a documented rule is not taken: {said[-500:]}")
    count = re.search(r"(\d+) signatures processed", said)
    check(
        count is not None and int(count[1]) == len(rules),
        f"of {len(rules)} documented rules Suricata holds {count and count[1]}",
    )
    # A keyword with what it does not know is refused, or the above would prove nothing.
    wrong = "alert ip any any -> any any (fieldtap.operation:explode; sid:1;)\n"
    said = suricata.run([], wrong, more=test, may_refuse=True)[1]
    check("error" in said.lower(), "a rule that makes no sense is taken")
    print(f"documentation: {len(rules)} rules")


class Connection:
    """A connection of IEC 60870-5-104 that goes on from capture to capture."""

    def __init__(self):
        self.frames, self.is_open = 0, False
        self.at, self.sent = {True: 1000, False: 5000}, {True: 0, False: 0}

    def write(self, path, count, port):
        """Single commands to the points 100 and on, to be switched on, each confirmed and ended; then a datagram to a port."""
        self.writer = Writer(path)
        self.writer.count = self.frames
        if count and not self.is_open:
            self.is_open = True
            for to_server, flags in ((True, 2), (False, 0x12), (True, 0x10)):
                self.segment(to_server, flags)
        for address in range(100, 100 + count):
            for to_server, cause in ((True, 6), (False, 7), (False, 10)):
                numbers = (self.sent[to_server] * 2, self.sent[not to_server] * 2)
                self.sent[to_server] += 1
                asdu = bytes((45, 1, cause, 0, 3, 0, address, 0, 0, 1))
                message = struct.pack("<BBHH", 0x68, 14, *numbers) + asdu
                self.segment(to_server, 0x18, message)
                self.segment(not to_server, 0x10)
        if count:
            # Rules look at what was said toward the client with the next segment that goes there.
            self.segment(False, 0x10)
        self.writer.datagrams(port, [(True, b"end")])
        self.frames = self.writer.count
        self.writer.file.close()

    def segment(self, to_server, flags, payload=b""):
        ports = (40001, 2404) if to_server else (2404, 40001)
        ends_of = (b"\x0a\x63\x00\x09", b"\xc0\x00\x02\x01")
        numbers = (self.at[to_server], self.at[not to_server])
        head = struct.pack("!HHIIBBHHH", *ports, *numbers, 0x50, flags, 65000, 0, 0)
        self.writer.frame(
            packet(*(ends_of if to_server else ends_of[::-1]), payload, head)
        )
        self.at[to_server] += len(payload) + (flags & 3 != 0)


class Running:
    """Suricata that waits for captures, and loads its rules anew when it is told to."""

    # The port of the datagram that ends a capture, and of one that only wakes it.
    LAST, WAKE = 9, 10

    def __init__(self, suricata):
        self.work, self.connection, self.files = suricata.work, Connection(), 0
        self.out, self.read = self.work / "out", self.work / "in"
        for folder in (self.out, self.read):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
        inside = suricata.inside
        text = CONFIGURATION.format(types="alert", plugin=f"{inside}/plugin.so")
        text += f"default-rule-path: {inside}\nrule-files: [rules]\n"
        text += "pcap-file: { delay: 1, poll-interval: 1 }\n"
        (self.work / "suricata.yaml").write_text(text)
        command = suricata.command("-r", f"{inside}/in", "--pcap-file-continuous")
        with open(self.out / "said", "wb") as said:
            self.process = subprocess.Popen(
                command, stdout=said, stderr=subprocess.STDOUT
            )

    def said(self):
        return (self.out / "said").read_text(errors="replace")

    def alerts(self):
        eve = self.out / "eve.json"
        lines = eve.read_text().splitlines() if eve.exists() else []
        events = [json.loads(line) for line in lines if line.endswith("}")]
        return collections.Counter(event["alert"]["signature_id"] for event in events)

    def wait(self, holds):
        until = time.monotonic() + LONGEST
        while not holds() and self.process.poll() is None and time.monotonic() < until:
            time.sleep(0.1)
        check(holds(), f"Suricata does not come on: {self.said()[-400:]}")

    def wait_for(self, sid):
        self.wait(lambda: self.alerts()[sid] > 0)

    def give(self, count, port):
        """Gives it a capture of so many commands."""
        self.files += 1
        part = self.work / "part"
        self.connection.write(part, count, port)
        part.rename(self.read / f"{self.files:06}.pcap")

    def load_anew(self):
        # It takes the new ones when the next packet comes.
        said = [f"rule reload {what}" for what in ("starting", "complete")]
        counts = [self.said().count(what) for what in said]
        self.process.send_signal(signal.SIGUSR2)
        self.wait(lambda: self.said().count(said[0]) > counts[0])
        self.give(0, self.WAKE)
        self.wait(lambda: self.said().count(said[1]) > counts[1])

    def memory(self):
        """What it has now, in KiB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1])


# What rules there are at a time, and how often each alerts on four commands to the points 100 to 103.
STAGES = (
    {"fieldtap.operation:control": 4},
    {"fieldtap.operation:control; fieldtap.value:1; fieldtap.point:100-101": 2},
    # Nobody asks for anything.
    {},
    {
        "fieldtap.status:success; fieldtap.device:3": 4,
        "fieldtap.function:45; fieldtap.point:102": 1,
    },
)
# Rules whose memory would be seen if it were not given back, how often they are loaded, and how often at first.
MANY, AGAIN, AT_FIRST = 2000, 12, 4


def reloaded(suricata):
    """Rules that are loaded anew: each alerts on what comes while it is in force, in a connection that goes on, and nothing
    is left of those before."""
    rule = 'alert iec104 any any -> any any (msg:"{0}"; {1}; sid:{0};)\n'
    last = 'alert udp any any -> any {1} (msg:"end"; sid:{0};)\n'
    expected, running = collections.Counter(), None
    for stage, conditions in enumerate(STAGES, 1):
        rules = [last.format(stage, Running.LAST)]
        expected[stage] = 1
        for sid, (condition, count) in enumerate(conditions.items(), 10 * stage):
            rules.append(rule.format(sid, condition))
            expected[sid] = count
        (suricata.work / "rules").write_text("".join(rules))
        if running is None:
            running = Running(suricata)
        else:
            running.load_anew()
        running.give(4, Running.LAST)
        running.wait_for(stage)
    many = (
        rule.format(sid, f"fieldtap.operation:control; fieldtap.point:{sid}")
        for sid in range(1000, 1000 + MANY)
    )
    (suricata.work / "rules").write_text("".join(many))
    memory = []
    for count in (AT_FIRST, AGAIN - AT_FIRST):
        for _ in range(count):
            running.load_anew()
        memory.append(running.memory())
    running.process.send_signal(signal.SIGINT)
    running.give(0, Running.WAKE)
    code, said, alerts = running.process.wait(LONGEST), running.said(), running.alerts()
    check(code == 0, f"Suricata ends with {code}: {said[-400:]}")
    check("panicked" not in said and "error" not in said.lower(), said[-400:])
    check(
        alerts == expected,
        f"rules loaded anew: {dict(alerts)}, expected {dict(expected)}",
    )
    grown = memory[1] - memory[0]
    check(grown < 2 * 1024, f"memory grows with each loading: {memory} KiB")
    print(
        f"rules loaded anew: {len(STAGES)} times in a connection, {alerts.total()} alerts; "
        f"{MANY} rules {AGAIN} times, {[one // 1024 for one in memory]} MiB"
    )


# Captures from outside that are held against fieldtap.
OUTSIDE = ("iec104", "s7comm", "s7comm_plus", "mms", "iccp", "synphasor", "ptp")


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--root", required=True, help="folder of Suricata")
    arguments.add_argument("--plugin", required=True, type=Path)
    arguments.add_argument("--fieldtap", required=True)
    arguments.add_argument(
        "--most", type=int, help="at most so many captures of each kind from outside"
    )
    asked = arguments.parse_args()
    suricata = Suricata(asked.root, asked.plugin)
    own = sorted(
        path
        for name in ("iec104", "s7comm", "c37118", "mms", "ptp", "r_goose", "modbus")
        for path in (TOP / "corpus" / name).glob("*.pcap*")
    )
    clean, compared = same_events(
        suricata, asked.fieldtap, own, "captures of the repository"
    )
    check(clean and compared, "nothing was compared of the repository")
    keywords(suricata)
    documented(suricata)
    reloaded(suricata)
    refused(suricata)
    outside = os.environ.get("FIELDTAP_CAPTURES")
    malformed = []
    if outside:
        for name in OUTSIDE:
            captures = [
                path
                for path in sorted((Path(outside) / name).iterdir())
                if ".pcap" in path.name
            ]
            # Some from each part of the list, which is by origin.
            step = -(-len(captures) // asked.most) if asked.most else 1
            clean, compared = same_events(
                suricata, asked.fieldtap, captures[::step], name
            )
            check(clean and compared, f"nothing was compared of {name}")
        malformed = sorted(
            path
            for path in (Path(outside) / "malformed").iterdir()
            if ".pcap" in path.name
        )
    else:
        print("SKIPPED: captures from outside: FIELDTAP_CAPTURES is not set")
    robust(suricata, malformed, is_whole=asked.most is None)
    shutil.rmtree(suricata.work, ignore_errors=True)
    print(f"{'FAILED' if failures else 'passed'}: {len(failures)} failures")
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
