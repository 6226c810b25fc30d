"""A device of IEC 61850 as libiec61850 serves it: data sets, reports, controls, setting groups, files.

Arguments: address, port, folder of files.
"""

import ctypes
import sys
import threading

import pyiec61850.pyiec61850 as names

from iec61850_publishers import call, pointer

IED = "BAY2"
DEVICE = f"{IED}LD0"
# So many indications that a report of all of them needs several segments.
INDICATIONS = 60
EVENTS = names.TRG_OPT_DATA_CHANGED | names.TRG_OPT_QUALITY_CHANGED | names.TRG_OPT_INTEGRITY | names.TRG_OPT_GI
ALL_FIELDS = (
    names.RPT_OPT_SEQ_NUM
    | names.RPT_OPT_TIME_STAMP
    | names.RPT_OPT_REASON_FOR_INCLUSION
    | names.RPT_OPT_DATA_SET
    | names.RPT_OPT_DATA_REFERENCE
    | names.RPT_OPT_BUFFER_OVERFLOW
    | names.RPT_OPT_ENTRY_ID
    | names.RPT_OPT_CONF_REV
)
CHECK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_bool, ctypes.c_bool)
OPERATE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_bool)
keep = []


def make(function: str, name: str | None, *arguments) -> ctypes.c_void_p:
    """Makes a part of the model."""
    return pointer(call(function, name.encode() if name else None, *arguments))


def attribute(name: str, parent: ctypes.c_void_p, kind: int, constraint: int) -> ctypes.c_void_p:
    """A data attribute."""
    return make("DataAttribute_create", name, parent, kind, constraint, names.TRG_OPT_DATA_CHANGED, 0, 0)


def data_set(name: str, node: ctypes.c_void_p, *members: str) -> None:
    """A data set of the node LLN0."""
    handle = make("DataSet_create", name, node)
    for member in members:
        call("DataSetEntry_create", handle, member.encode(), -1, None)


class Device:
    """The model and its server."""

    def __init__(self) -> None:
        self.model = make("IedModel_create", IED)
        device = make("LogicalDevice_create", "LD0", self.model)
        zero = make("LogicalNode_create", "LLN0", device)
        for name in ("Mod", "Beh", "Health"):
            make("CDC_ENS_create", name, zero, 0)
        make("CDC_LPL_create", "NamPlt", zero, names.CDC_OPTION_AC_LN0_M)
        call("SettingGroupControlBlock_create", zero, 1, 3)
        physical = make("LogicalNode_create", "LPHD1", device)
        make("CDC_DPL_create", "PhyNam", physical, names.CDC_OPTION_DPL_HWREV | names.CDC_OPTION_DPL_SERNUM)
        io = make("LogicalNode_create", "GGIO1", device)
        for number in range(1, INDICATIONS + 1):
            make("CDC_SPS_create", f"Ind{number}", io, 0)
        make("CDC_MV_create", "AnIn1", io, 0, False)
        direct, select = names.CDC_CTL_MODEL_DIRECT_NORMAL, names.CDC_CTL_MODEL_SBO_NORMAL
        make("CDC_SPC_create", "SPCSO1", io, 0, direct | names.CDC_CTL_OPTION_ORIGIN)
        make("CDC_SPC_create", "SPCSO2", io, 0, select | names.CDC_CTL_MODEL_HAS_CANCEL)
        make("CDC_APC_create", "AnOut1", io, 0, direct | names.CDC_CTL_OPTION_ORIGIN, False)
        switch = make("LogicalNode_create", "CSWI1", device)
        enhanced = names.CDC_CTL_MODEL_SBO_ENHANCED | names.CDC_CTL_MODEL_HAS_CANCEL | names.CDC_CTL_OPTION_ORIGIN
        make("CDC_DPC_create", "Pos", switch, 0, enhanced)
        protection = make("LogicalNode_create", "PTOC1", device)
        setting = make("DataObject_create", "StrVal", protection, 0)
        for constraint in (names.IEC61850_FC_SG, names.IEC61850_FC_SE):
            value = attribute("setMag", setting, names.IEC61850_CONSTRUCTED, constraint)
            attribute("f", value, names.IEC61850_FLOAT32, constraint)
        data_set("Events", zero, "GGIO1$ST$Ind1", "GGIO1$ST$Ind2", "CSWI1$ST$Pos", "GGIO1$MX$AnIn1")
        data_set("Everything", zero, *(f"GGIO1$ST$Ind{number}" for number in range(1, INDICATIONS + 1)))
        for name, buffered, members in (
            ("urcbEvents01", False, "Events"),
            ("brcbEvents01", True, "Events"),
            ("urcbAll01", False, "Everything"),
        ):
            rest = (members.encode(), 3, EVENTS, ALL_FIELDS, 20, 0)
            make("ReportControlBlock_create", name, zero, f"{name[:-2]}".encode(), buffered, *rest)

    def node(self, reference: str) -> ctypes.c_void_p:
        """A part of the model, by its reference."""
        path = f"{DEVICE}/{reference}".encode()
        return pointer(call("IedModel_getModelNodeByObjectReference", self.model, path))

    def put(self, server: ctypes.c_void_p, reference: str, kind: str, value) -> None:
        """Changes a value of the process."""
        call(f"IedServer_update{kind}", server, self.node(reference), value, result=None)

    def control(self, server: ctypes.c_void_p, reference: str) -> None:
        """Lets an object be controlled: the value of the command becomes its state, and indications follow."""

        def operate(action: int, parameter: int, value: int, test: bool) -> int:
            if reference == "CSWI1.Pos":
                closed = call("MmsValue_getBoolean", ctypes.c_void_p(value), result=ctypes.c_bool)
                self.put(server, "CSWI1.Pos.stVal", "DbposValue", 2 if closed else 1)
            if reference == "GGIO1.AnOut1":
                real = call("MmsValue_getElement", ctypes.c_void_p(value), 0)
                real = real or value
                wanted = call("MmsValue_toFloat", ctypes.c_void_p(real), result=ctypes.c_float)
                # The second real is one that the process cannot reach.
                if wanted > 100:
                    return names.CONTROL_RESULT_FAILED
                self.put(server, "GGIO1.AnIn1.mag.f", "FloatAttributeValue", ctypes.c_float(wanted))
            if reference == "GGIO1.SPCSO1":
                on = call("MmsValue_getBoolean", ctypes.c_void_p(value), result=ctypes.c_bool)
                self.put(server, "GGIO1.SPCSO1.stVal", "BooleanAttributeValue", ctypes.c_bool(on))
                self.put(server, "GGIO1.Ind1.stVal", "BooleanAttributeValue", ctypes.c_bool(on))
                self.put(
                    server, "GGIO1.Ind2.q", "Quality", ctypes.c_uint16(0 if on else names.QUALITY_VALIDITY_INVALID)
                )
            return names.CONTROL_RESULT_OK

        def check(action: int, parameter: int, value: int, test: bool, interlock: bool) -> int:
            category = call("ControlAction_getOrCat", ctypes.c_void_p(action), result=ctypes.c_int)
            # A command of the bay is blocked while the station has control.
            if category == names.CONTROL_ORCAT_BAY_CONTROL:
                cause = names.ADD_CAUSE_BLOCKED_BY_SWITCHING_HIERARCHY
                call("ControlAction_setAddCause", ctypes.c_void_p(action), cause, result=None)
                return names.CONTROL_OBJECT_ACCESS_DENIED
            return names.CONTROL_ACCEPTED

        keep.extend([OPERATE(operate), CHECK(check)])
        call("IedServer_setPerformCheckHandler", server, self.node(reference), keep[-1], None, result=None)
        call("IedServer_setControlHandler", server, self.node(reference), keep[-2], None, result=None)


SELECT_GROUP = ctypes.CFUNCTYPE(ctypes.c_bool, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint8, ctypes.c_void_p)
CONFIRM_GROUP = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint8)


def setting_groups(device: Device, server: ctypes.c_void_p) -> None:
    """Three groups; the third cannot be made the active one."""
    logical = pointer(call("IedModel_getDeviceByInst", device.model, b"LD0"))
    block = pointer(call("LogicalDevice_getSettingGroupControlBlock", logical))
    keep.append(SELECT_GROUP(lambda parameter, block, group, connection: group < 3))
    call("IedServer_setActiveSettingGroupChangedHandler", server, block, keep[-1], None, result=None)
    keep.append(SELECT_GROUP(lambda parameter, block, group, connection: True))
    call("IedServer_setEditSettingGroupChangedHandler", server, block, keep[-1], None, result=None)
    keep.append(CONFIRM_GROUP(lambda parameter, block, group: None))
    call("IedServer_setEditSettingGroupConfirmationHandler", server, block, keep[-1], None, result=None)


def main(address: str, port: str, folder: str) -> None:
    """Serves until it is ended."""
    device = Device()
    configuration = pointer(call("IedServerConfig_create"))
    call("IedServerConfig_setReportBufferSize", configuration, 700, result=None)
    call("IedServerConfig_enableFileService", configuration, True, result=None)
    call("IedServerConfig_setFileServiceBasePath", configuration, folder.encode(), result=None)
    server = pointer(call("IedServer_createWithConfig", device.model, None, configuration))
    call("IedServer_setServerIdentity", server, b"Example Instruments", b"Bay controller", b"2.1", result=None)
    call("IedServer_setLocalIpAddress", server, address.encode(), result=None)
    for reference, value in (
        ("LLN0.NamPlt.vendor", b"Example Instruments"),
        ("LLN0.NamPlt.swRev", b"2.1"),
        ("LLN0.NamPlt.configRev", b"7"),
        ("LPHD1.PhyNam.vendor", b"Example Instruments"),
        ("LPHD1.PhyNam.hwRev", b"C"),
        ("LPHD1.PhyNam.serNum", b"EX-4711"),
    ):
        device.put(server, reference, "VisibleStringAttributeValue", value)
    for reference in ("GGIO1.SPCSO1", "GGIO1.SPCSO2", "GGIO1.AnOut1", "CSWI1.Pos"):
        device.control(server, reference)
    setting_groups(device, server)
    call("IedServer_start", server, int(port), result=None)
    threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
