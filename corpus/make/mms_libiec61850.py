"""MMS scenes of IEC 61850 between a server and clients of libiec61850."""

import ctypes
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyiec61850.pyiec61850 as names

from iec61850_publishers import boolean, call, pointer, real, unsigned
from mms_server import DEVICE
from record import SERVER, process, python, recording

REPORT = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)
TERMINATED = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)
keep = []


class Client:
    """A connection; what the server refuses is said, and the scene goes on."""

    def __init__(self, local_detail: int | None = None) -> None:
        self.error = ctypes.c_int(0)
        self.handle = pointer(call("IedConnection_create"))
        self.mms = pointer(call("IedConnection_getMmsConnection", self.handle))
        if local_detail:
            call("MmsConnection_setLocalDetail", self.mms, local_detail, result=None)
        call("IedConnection_setConnectTimeout", self.handle, 5000, result=None)
        call("IedConnection_setRequestTimeout", self.handle, 5000, result=None)
        self.ask("connect", SERVER.encode(), 102)

    def ask(self, function: str, *arguments, result=ctypes.c_void_p):
        """A service of the client."""
        answer = call(f"IedConnection_{function}", self.handle, ctypes.byref(self.error), *arguments, result=result)
        if self.error.value == names.IED_ERROR_CONNECTION_LOST:
            raise SystemExit("   the connection is lost")
        if self.error.value:
            print(f"   {function}{arguments}: error {self.error.value}")
        return answer

    def plain(self, function: str, *arguments):
        """A service of MMS below IEC 61850."""
        answer = call(f"MmsConnection_{function}", self.mms, ctypes.byref(self.error), *arguments)
        if self.error.value:
            print(f"   {function}{arguments}: error {self.error.value}")
        return answer

    def read(self, reference: str, constraint: int):
        """Reads an object."""
        return self.ask("readObject", f"{DEVICE}/{reference}".encode(), constraint)

    def write(self, reference: str, constraint: int, value: ctypes.c_void_p) -> None:
        """Writes an attribute."""
        self.ask("writeObject", f"{DEVICE}/{reference}".encode(), constraint, value, result=None)


@contextmanager
def connected(local_detail: int | None = None) -> Iterator[Client]:
    """A client that is connected."""
    client = Client(local_detail)
    try:
        yield client
    finally:
        call("IedConnection_close", client.handle, result=None)


def browse() -> None:
    """Who the server is, what it has, reads and writes, and what it refuses."""
    with connected() as client:
        client.plain("identify")
        status = (ctypes.c_int(), ctypes.c_int())
        client.plain("getServerStatus", ctypes.byref(status[0]), ctypes.byref(status[1]), False)
        client.ask("getLogicalDeviceList")
        client.ask("getLogicalDeviceVariables", DEVICE.encode())
        client.ask("getLogicalDeviceDataSets", DEVICE.encode())
        client.ask("getVariableSpecification", f"{DEVICE}/CSWI1.Pos".encode(), names.IEC61850_FC_ST)
        client.ask("getDataSetDirectory", f"{DEVICE}/LLN0.Events".encode(), None)
        for attribute in ("vendor", "hwRev", "serNum"):
            client.read(f"LPHD1.PhyNam.{attribute}", names.IEC61850_FC_DC)
        client.read("LLN0.NamPlt", names.IEC61850_FC_DC)
        client.read("GGIO1.AnIn1", names.IEC61850_FC_MX)
        client.read("CSWI1.Pos", names.IEC61850_FC_ST)
        client.ask("readDataSetValues", f"{DEVICE}/LLN0.Events".encode(), None)
        client.read("GGIO1.Ind99", names.IEC61850_FC_ST)
        client.write("GGIO1.Ind1.stVal", names.IEC61850_FC_ST, boolean(True))
        members = pointer(call("LinkedList_create"))
        for member in ("GGIO1.Ind3[ST]", "GGIO1.AnIn1.mag.f[MX]"):
            keep.append(ctypes.create_string_buffer(f"{DEVICE}/{member}".encode()))
            call("LinkedList_add", members, keep[-1], result=None)
        client.ask("createDataSet", f"{DEVICE}/LLN0.Mine".encode(), members, result=None)
        client.ask("readDataSetValues", f"{DEVICE}/LLN0.Mine".encode(), None)
        client.ask("deleteDataSet", f"{DEVICE}/LLN0.Mine".encode(), result=ctypes.c_bool)


def enable(client: Client, name: str, kind: str, period: int = 0, on: bool = True) -> None:
    """Enables a control block of reports as a client does: reserves, sets, enables, asks for all."""
    block = f"LLN0.{name}"
    constraint = names.IEC61850_FC_BR if kind == "BR" else names.IEC61850_FC_RP
    if not on:
        client.write(f"{block}.RptEna", constraint, boolean(False))
        return
    client.read(block, constraint)
    if kind == "RP":
        client.write(f"{block}.Resv", constraint, boolean(True))
    else:
        client.write(f"{block}.PurgeBuf", constraint, boolean(True))
    client.write(f"{block}.IntgPd", constraint, unsigned(period))
    client.write(f"{block}.RptEna", constraint, boolean(True))
    client.write(f"{block}.GI", constraint, boolean(True))
    time.sleep(0.2)


def switch(client: Client, *values: bool) -> None:
    """Direct control that indications follow."""
    control = Control(client, "GGIO1.SPCSO1")
    for value in values:
        control.operate(boolean(value))
        time.sleep(0.15)


def reports() -> None:
    """Unbuffered and buffered reports: general interrogation, changes, integrity; entries that were kept for a client."""
    with connected() as client:
        client.ask("getDataSetDirectory", f"{DEVICE}/LLN0.Events".encode(), None)
        enable(client, "urcbEvents01", "RP", 400)
        enable(client, "brcbEvents01", "BR")
        switch(client, True, False, True)
        time.sleep(0.5)
        enable(client, "urcbEvents01", "RP", on=False)
        enable(client, "brcbEvents01", "BR", on=False)
        # Nobody takes these; the buffer holds a few of them.
        switch(client, *([False, True] * 6))
        client.write("LLN0.brcbEvents01.RptEna", names.IEC61850_FC_BR, boolean(True))
        time.sleep(0.4)


def segments() -> None:
    """A report that does not fit into one message."""
    with connected(local_detail=1200) as client:
        client.ask("getDataSetDirectory", f"{DEVICE}/LLN0.Everything".encode(), None)
        enable(client, "urcbAll01", "RP")
        switch(client, True, False)
        time.sleep(0.3)


class Control:
    """An object that is controlled."""

    def __init__(self, client: Client, reference: str, category: int = names.CONTROL_ORCAT_STATION_CONTROL) -> None:
        path = f"{DEVICE}/{reference}".encode()
        self.handle = pointer(call("ControlObjectClient_create", path, client.handle))
        call("ControlObjectClient_setOrigin", self.handle, b"HMI-1", category, result=None)
        keep.append(TERMINATED(lambda parameter, control: None))
        call("ControlObjectClient_setCommandTerminationHandler", self.handle, keep[-1], None, result=None)

    def do(self, step: str, *arguments) -> None:
        """A step of the control."""
        granted = call(f"ControlObjectClient_{step}", self.handle, *arguments, result=ctypes.c_bool)
        print(f"   {step}: {granted}")

    def operate(self, value: ctypes.c_void_p) -> None:
        """Operates at once."""
        self.do("operate", value, ctypes.c_uint64(0))


def controls() -> None:
    """Every model of control, granted, refused and cancelled."""
    with connected() as client:
        switch(client, True, False)
        setpoint = Control(client, "GGIO1.AnOut1")
        setpoint.operate(real(41.5))
        setpoint.operate(real(400.0))
        selected = Control(client, "GGIO1.SPCSO2")
        selected.operate(boolean(True))
        selected.do("select")
        selected.operate(boolean(True))
        selected.do("select")
        selected.do("cancel")
        breaker = Control(client, "CSWI1.Pos")
        breaker.do("selectWithValue", boolean(True))
        breaker.operate(boolean(True))
        time.sleep(0.3)
        breaker.do("selectWithValue", boolean(False))
        breaker.do("cancel")
        call("ControlObjectClient_setTestMode", breaker.handle, True, result=None)
        breaker.do("selectWithValue", boolean(False))
        breaker.operate(boolean(False))
        time.sleep(0.3)
        local = Control(client, "CSWI1.Pos", names.CONTROL_ORCAT_BAY_CONTROL)
        local.do("selectWithValue", boolean(True))
        with connected() as other:
            breaker.do("selectWithValue", boolean(True))
            Control(other, "CSWI1.Pos").do("selectWithValue", boolean(False))
            breaker.do("cancel")


RECEIVED = ctypes.CFUNCTYPE(ctypes.c_bool, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint32)


def files() -> None:
    """A directory, a file that is read, one that is sent to the server and deleted, and one that is not there."""
    with connected() as client, tempfile.TemporaryDirectory() as own:
        client.ask("getFileDirectory", None)
        keep.append(RECEIVED(lambda parameter, octets, count: True))
        client.ask("getFile", b"COMTRADE/fault_0001.cfg", keep[-1], None, result=ctypes.c_uint32)
        client.ask("getFile", b"missing.txt", keep[-1], None, result=ctypes.c_uint32)
        (Path(own) / "settings.txt").write_text("StrVal=1.5\n" * 20)
        call("IedConnection_setFilestoreBasepath", client.handle, f"{own}/".encode(), result=None)
        client.ask("setFile", b"settings.txt", b"uploaded.txt", result=None)
        client.ask("deleteFile", b"uploaded.txt", result=None)


def setting_groups() -> None:
    """Another group is made the active one, one is edited and confirmed, one is refused."""
    with connected() as client:
        client.read("LLN0.SGCB", names.IEC61850_FC_SP)
        client.read("PTOC1.StrVal", names.IEC61850_FC_SG)
        client.write("LLN0.SGCB.ActSG", names.IEC61850_FC_SP, unsigned(2))
        client.write("LLN0.SGCB.ActSG", names.IEC61850_FC_SP, unsigned(3))
        client.write("LLN0.SGCB.EditSG", names.IEC61850_FC_SP, unsigned(1))
        client.write("PTOC1.StrVal.setMag.f", names.IEC61850_FC_SE, real(1.75))
        client.write("LLN0.SGCB.CnfEdit", names.IEC61850_FC_SP, boolean(True))
        client.read("LLN0.SGCB", names.IEC61850_FC_SP)


SCENES = {
    "browse": browse,
    "reports": reports,
    "segments": segments,
    "controls": controls,
    "files": files,
    "setting_groups": setting_groups,
}


def scene(name: str) -> bool:
    """Records a scene, with a server and a client process of its own. Returns whether the client came to its end."""
    with tempfile.TemporaryDirectory() as folder:
        served = Path(folder) / "served"
        (served / "COMTRADE").mkdir(parents=True)
        (served / "COMTRADE" / "fault_0001.cfg").write_text("BAY2,EX-4711,1999\n4,4A,0D\n" * 300)
        (served / "readme.txt").write_text("an invented device\n")
        server = python("mms_server.py", SERVER, "102", f"{served}/")
        with process(server, (SERVER, 102)), recording(f"mms/{name}.pcap", "tcp port 102"):
            client = subprocess.run(python("mms_libiec61850.py", name), check=False, timeout=30)
    return client.returncode == 0


def main() -> None:
    """The library's client at times closes a connection that it has just made: such a scene is recorded again."""
    for name in SCENES:
        print(name)
        if not any(scene(name) for _ in range(8)):
            raise SystemExit(f"{name}: the client was cut off eight times")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        SCENES[sys.argv[1]]()
        sys.stdout.flush()
        # The library's threads do not outlive what Python takes down.
        os._exit(0)
    else:
        main()
