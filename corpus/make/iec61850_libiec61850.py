"""GOOSE and sampled values, published by libiec61850 on an Ethernet interface of their own, times and all as they were.

The times of states stand in the messages, so the times of the frames are not moved.
"""

import math
import subprocess
import time

from iec61850_publishers import (
    INTERFACE,
    Goose,
    SampledValues,
    bits,
    boolean,
    call,
    integer,
    moment,
    parameters,
    pointer,
    real,
    session,
    structure,
    text,
    unsigned,
)
from record import recording

REFERENCE = "BAY1LD0/LLN0$GO$gcb_trip"
SECOND = "BAY1LD0/LLN0$GO$gcb_status"


def interface() -> None:
    """The interface that is published on."""
    for command in (
        f"link add {INTERFACE} type veth peer name {INTERFACE}peer",
        f"link set {INTERFACE} address 02:00:0a:14:01:0b up",
        f"link set {INTERFACE}peer up",
        f"address add 10.20.1.99/24 dev {INTERFACE}",
        f"route add 224.0.0.0/4 dev {INTERFACE}",
    ):
        subprocess.run(["ip", *command.split()], check=True)


def goose() -> None:
    """Two control blocks of one device: states, repetitions, all types of values; then a simulated one."""
    now = int(time.time() * 1000)
    trip = Goose.ethernet(REFERENCE, parameters(0x8001, 1, 1, vlan=10))
    status = Goose.ethernet(SECOND, parameters(0x0002, 1, 2), vlan=False)
    burst = (0.004, 0.008, 0.016, 0.5)
    trip.state(boolean(False), bits(13, 0), moment(now))
    trip.publish(*burst)
    status.state(
        integer(-12345),
        unsigned(4_000_000_000),
        real(49.98),
        bits(2, 2),
        text("closed"),
        structure(real(-0.5), bits(13, 0b1000000000010), moment(now)),
    )
    status.publish(*burst)
    trip.state(boolean(True), bits(13, 0), moment(now + 100))
    trip.publish(*burst)
    status.publish(0.5, 0.5)
    trip.state(boolean(False), bits(13, 2), moment(now + 200))
    trip.publish(*burst)


def simulated() -> None:
    """A publisher that says it is simulated."""
    trip = Goose.ethernet(REFERENCE, parameters(0x8001, 1, 1, vlan=10))
    trip.simulate(True)
    trip.state(boolean(True))
    trip.publish(0.01, 0.02)


def wave(count: int) -> list[int]:
    """Three currents and voltages at 50 Hz, and what is left for the neutral."""
    angle = 2 * math.pi * count / 80
    phases = [math.sin(angle - shift * 2 * math.pi / 3) for shift in range(3)]
    return [round(1_000_000 * value) for value in (*phases, sum(phases))] + [
        round(16_000_000 * value) for value in (*phases, sum(phases))
    ]


def sampled_values() -> None:
    """One stream of 9-2 LE over the end of a second; it gains its synchronisation on the way."""
    stream = SampledValues.ethernet(parameters(0x4000, 4, 1, vlan=20), ["BAY1MU01"])
    for number in range(3900, 4300):
        count = number % 4000
        stream.synchronise(1 if number < 4200 else 2)
        stream.count(count)
        stream.values(*wave(count), quality=0x2000 if number > 4250 else 0)
        stream.publish()
        time.sleep(0.000_25)


def several_asdus() -> None:
    """Two ASDUs in a message, with data set, reference time, rate and mode; the samples are not those of 9-2 LE."""
    stream = SampledValues.ethernet(parameters(0x4001, 4, 2), ["BAY1MU02", "BAY1MU02"], le=False, extras=True)
    stream.synchronise(2)
    for number in range(0, 80, 2):
        stream.count(number)
        stream.publish()
        time.sleep(0.000_5)


def routed() -> None:
    """Both over UDP, to a multicast group, by IEC 61850-90-5."""
    sender = session("239.192.0.1", "10.20.1.99")
    trip = Goose("BAY1LD0/LLN0$GO$gcb_wide", pointer(call("GoosePublisher_createRemote", sender, 0x1001)))
    trip.state(boolean(False), integer(7))
    trip.publish(0.004, 0.008)
    trip.state(boolean(True), integer(8))
    trip.publish(0.004, 0.008)
    stream = SampledValues(pointer(call("SVPublisher_createRemote", sender, 0x4002)), ["BAY1MU03"])
    stream.synchronise(2)
    for number in range(40):
        stream.count(number)
        stream.values(*wave(number))
        stream.publish()
        time.sleep(0.000_25)


if __name__ == "__main__":
    interface()
    for name, scene, expression in (
        ("goose/states.pcap", goose, "not ip and not ip6"),
        ("goose/simulated.pcap", simulated, "not ip and not ip6"),
        ("sv/le_stream.pcap", sampled_values, "not ip and not ip6"),
        ("sv/several_asdus.pcap", several_asdus, "not ip and not ip6"),
        ("r_goose/routed.pcap", routed, "udp port 102"),
    ):
        with recording(name, expression, rewrite=None, interface=INTERFACE):
            scene()
