"""GOOSE and sampled values as libiec61850 publishes them, over Ethernet and over UDP, on an interface of their own.

Run as a module it is one publisher's scene; the captures are made by iec61850_libiec61850.py.
"""

import ctypes
import time
from pathlib import Path

import pyiec61850

INTERFACE = "pub0"
library = ctypes.CDLL(str(Path(pyiec61850.__file__).parent / "libiec61850.so"))


class CommParameters(ctypes.Structure):
    """Where a publisher sends to."""

    _fields_ = [
        ("vlan_priority", ctypes.c_uint8),
        ("vlan_id", ctypes.c_uint16),
        ("appid", ctypes.c_uint16),
        ("destination", ctypes.c_uint8 * 6),
    ]


def call(name: str, *arguments, result=ctypes.c_void_p):
    """Calls a function of the library; handles are pointers."""
    function = getattr(library, name)
    function.restype = result
    return function(*arguments)


def pointer(handle: int | None) -> ctypes.c_void_p:
    """A handle, as the library takes it."""
    if not handle:
        raise SystemExit("libiec61850 gave no handle: is this root?")
    return ctypes.c_void_p(handle)


def parameters(appid: int, group: int, member: int, vlan: int = 0, priority: int = 4) -> CommParameters:
    """A multicast address of GOOSE (group 1) or sampled values (group 4)."""
    destination = (ctypes.c_uint8 * 6)(1, 0x0C, 0xCD, group, 0, member)
    return CommParameters(priority, vlan, appid, destination)


def boolean(value: bool) -> ctypes.c_void_p:
    """A truth value."""
    return pointer(call("MmsValue_newBoolean", ctypes.c_bool(value)))


def integer(value: int) -> ctypes.c_void_p:
    """A signed integer."""
    return pointer(call("MmsValue_newIntegerFromInt32", ctypes.c_int32(value)))


def unsigned(value: int) -> ctypes.c_void_p:
    """An integer that is not negative."""
    return pointer(call("MmsValue_newUnsignedFromUint32", ctypes.c_uint32(value)))


def real(value: float) -> ctypes.c_void_p:
    """A real number in single precision."""
    return pointer(call("MmsValue_newFloat", ctypes.c_float(value)))


def bits(size: int, value: int) -> ctypes.c_void_p:
    """A string of bits; the first one is the lowest of `value`."""
    handle = pointer(call("MmsValue_newBitString", ctypes.c_int(size)))
    call("MmsValue_setBitStringFromInteger", handle, ctypes.c_uint32(value), result=None)
    return handle


def moment(milliseconds: int) -> ctypes.c_void_p:
    """A UTC time."""
    return pointer(call("MmsValue_newUtcTimeByMsTime", ctypes.c_uint64(milliseconds)))


def text(value: str) -> ctypes.c_void_p:
    """A visible string."""
    return pointer(call("MmsValue_newVisibleString", value.encode()))


def structure(*members: ctypes.c_void_p) -> ctypes.c_void_p:
    """A structure."""
    handle = pointer(call("MmsValue_createEmptyStructure", ctypes.c_int(len(members))))
    for place, member in enumerate(members):
        call("MmsValue_setElement", handle, ctypes.c_int(place), member, result=None)
    return handle


class Goose:
    """One GOOSE control block."""

    def __init__(self, reference: str, handle: ctypes.c_void_p, live: int = 2000) -> None:
        self.handle = handle
        device, _, block = reference.partition("$GO$")
        call("GoosePublisher_setGoCbRef", handle, ctypes.c_char_p(reference.encode()), result=None)
        call("GoosePublisher_setDataSetRef", handle, ctypes.c_char_p(f"{device}$ds_{block}".encode()), result=None)
        call("GoosePublisher_setGoID", handle, ctypes.c_char_p(block.encode()), result=None)
        self.revision(1)
        call("GoosePublisher_setTimeAllowedToLive", handle, ctypes.c_uint32(live), result=None)
        self.data = None

    @classmethod
    def ethernet(cls, reference: str, where: CommParameters, vlan: bool = True) -> "Goose":
        """Over Ethernet."""
        interface = ctypes.c_char_p(INTERFACE.encode())
        handle = call("GoosePublisher_createEx", ctypes.byref(where), interface, ctypes.c_bool(vlan))
        return cls(reference, pointer(handle))

    def revision(self, number: int) -> None:
        """confRev."""
        call("GoosePublisher_setConfRev", self.handle, ctypes.c_uint32(number), result=None)

    def simulate(self, simulation: bool) -> None:
        """Simulation, in the header and in the APDU."""
        call("GoosePublisher_setSimulation", self.handle, ctypes.c_bool(simulation), result=None)

    def state(self, *values: ctypes.c_void_p) -> None:
        """The values change."""
        self.data = pointer(call("LinkedList_create"))
        for value in values:
            call("LinkedList_add", self.data, value, result=None)
        call("GoosePublisher_increaseStNum", self.handle, result=ctypes.c_uint64)

    def publish(self, *pauses: float) -> None:
        """Sends the present state, then again after each pause."""
        for pause in (0.0, *pauses):
            time.sleep(pause)
            if call("GoosePublisher_publish", self.handle, self.data, result=ctypes.c_int):
                raise SystemExit("GOOSE was not sent")


class SampledValues:
    """One stream."""

    def __init__(self, handle: ctypes.c_void_p, names: list[str], le: bool = True, extras: bool = False) -> None:
        self.handle, self.asdus = handle, []
        # The library keeps the pointers to these names.
        self.names = [
            (ctypes.c_char_p(name.encode()), ctypes.c_char_p(f"{name}LD0/LLN0$ds".encode()) if extras else None)
            for name in names
        ]
        for name, data_set in self.names:
            asdu = pointer(call("SVPublisher_addASDU", handle, name, data_set, ctypes.c_uint32(1)))
            kinds = ["INT32", "Quality"] * 8 if le else ["FLOAT", "Timestamp"]
            places = [call(f"SVPublisher_ASDU_add{kind}", asdu, result=ctypes.c_int) for kind in kinds]
            if extras:
                call("SVPublisher_ASDU_enableRefrTm", asdu, result=None)
                call("SVPublisher_ASDU_setSmpMod", asdu, ctypes.c_uint8(1), result=None)
                call("SVPublisher_ASDU_setSmpRate", asdu, ctypes.c_uint16(4000), result=None)
            call("SVPublisher_ASDU_setSmpCntWrap", asdu, ctypes.c_uint16(4000), result=None)
            self.asdus.append((asdu, places))
        call("SVPublisher_setupComplete", handle, result=None)

    @classmethod
    def ethernet(cls, where: CommParameters, names: list[str], **kind: bool) -> "SampledValues":
        """Over Ethernet."""
        interface = ctypes.c_char_p(INTERFACE.encode())
        return cls(pointer(call("SVPublisher_create", ctypes.byref(where), interface)), names, **kind)

    def count(self, number: int) -> None:
        """smpCnt of the first ASDU; the others follow."""
        for place, (asdu, _) in enumerate(self.asdus):
            call("SVPublisher_ASDU_setSmpCnt", asdu, ctypes.c_uint16((number + place) % 4000), result=None)

    def synchronise(self, source: int) -> None:
        """smpSynch."""
        for asdu, _ in self.asdus:
            call("SVPublisher_ASDU_setSmpSynch", asdu, ctypes.c_uint16(source), result=None)

    def values(self, *values: int, quality: int = 0) -> None:
        """The eight values of 9-2 LE."""
        for asdu, places in self.asdus:
            for value, place in zip(values, places[::2], strict=True):
                call("SVPublisher_ASDU_setINT32", asdu, ctypes.c_int(place), ctypes.c_int32(value), result=None)
            for place in places[1::2]:
                call("SVPublisher_ASDU_setQuality", asdu, ctypes.c_int(place), ctypes.c_uint16(quality), result=None)

    def publish(self) -> None:
        """Sends one message."""
        call("SVPublisher_publish", self.handle, result=None)


def session(group: str, local: str) -> ctypes.c_void_p:
    """A session of IEC 61850-90-5 to a multicast group, without security."""
    handle = pointer(call("RSession_create"))
    call("RSession_setLocalAddress", handle, ctypes.c_char_p(local.encode()), ctypes.c_int(-1), result=ctypes.c_int)
    call("RSession_setRemoteAddress", handle, ctypes.c_char_p(group.encode()), ctypes.c_int(102), result=ctypes.c_int)
    call("RSession_start", handle, result=ctypes.c_int)
    return handle
