"""A Modbus server made with pymodbus. Its own process, since pymodbus keeps one identity per process."""

import argparse
import asyncio
import itertools
import math
import ssl

from pymodbus import pymodbus_apply_logging_config
from pymodbus.constants import ExcCodes
from pymodbus.exceptions import NoSuchIdException
from pymodbus.framer import FramerType
from pymodbus.pdu import ModbusPDU
from pymodbus.pdu.device import ModbusControlBlock, ModbusDeviceIdentification
from pymodbus.pdu.events import CommunicationRestartEvent, EnteredListenModeEvent, RemoteReceiveEvent, RemoteSendEvent
from pymodbus.server import ModbusTcpServer, ModbusTlsServer, ModbusUdpServer
from pymodbus.simulator import DataType, SimData, SimDevice

# Reading holding register 9000 + n gives exception n.
EXCEPTIONS_AT = 9000
# Counts the reads of input registers, on which their values depend.
TURNS = itertools.count()

IDENTITIES = {
    "valve": ("Northgate Controls", "NG-340", "2.70", "https://northgate.example", "NG series", "NG-340-20", "Intake"),
    "pump": ("Northgate Controls", "NG-340", "2.61", "https://northgate.example", "NG series", "NG-340-10", "Pumps"),
    "meter": ("Harrow Metering", "HM-7", "1.14", "https://harrow.example", "Power meter", "HM-7E", "Feeder 3"),
    "tank": ("Lindqvist Automation", "LQ80", "5.2.1", "https://lindqvist.example", "LQ80 PLC", "LQ80-T", "Tank farm"),
}


class Units(dict):
    """The devices by unit. pymodbus 3.16.1 raises KeyError for a missing one, which its server takes for a failure."""

    def __missing__(self, unit: int):
        raise NoSuchIdException(f"unit {unit} is not here")


class Repair:
    """Puts the function into the exceptions of pymodbus 3.16.1 for unknown functions, which it answers with 80 hex."""

    def __init__(self):
        self.function = 0

    def __call__(self, sending: bool, data: bytes) -> bytes:
        if sending and len(data) == 9 and data[7] == 0x80:
            return data[:7] + bytes([self.function | 0x80]) + data[8:]
        if not sending and len(data) > 7:
            self.function = data[7]
        return data


class UserFunction(ModbusPDU):
    """A function of the range that the standard leaves to the user: echoes what it is sent."""

    function_code = 65

    def __init__(self, payload: bytes = b"", dev_id: int = 1, transaction_id: int = 0):
        super().__init__(dev_id=dev_id, transaction_id=transaction_id)
        self.payload = payload

    def encode(self) -> bytes:
        return self.payload

    def decode(self, data: bytes) -> None:
        self.payload = data

    async def datastore_update(self, context, device_id) -> ModbusPDU:
        return type(self)(self.payload, device_id, self.transaction_id)


class UserFunction100(UserFunction):
    """The same in the second range."""

    function_code = 100


async def action(function_code, start_address, address, count, registers, values):
    """Answers the registers from 9000 on with an exception; lets the first four input registers swing."""
    if function_code == 3 and EXCEPTIONS_AT < address <= EXCEPTIONS_AT + 11:
        return ExcCodes(address - EXCEPTIONS_AT)
    if function_code == 4:
        turn = next(TURNS)
        for index in range(4):
            registers[index] = 2000 + 500 * index + round(300 * math.sin((turn + 10 * index) / 15))
    return None


def device(unit: int) -> SimDevice:
    """A device with four tables of its own; the contents depend on the unit only."""
    coils = [SimData(0, values=[0xA5C3 ^ unit] * 130, datatype=DataType.BITS)]
    inputs = [SimData(0, values=[0x0F31 ^ unit] * 130, datatype=DataType.BITS)]
    holding = [
        SimData(0, values=[(unit * 100 + index) & 0xFFFF for index in range(200)], datatype=DataType.REGISTERS),
        SimData(200, values=[21.5, -40.25], datatype=DataType.FLOAT32),
        SimData(EXCEPTIONS_AT, values=[0] * 16, datatype=DataType.REGISTERS),
    ]
    measured = [
        SimData(0, values=[(1000 * unit + 7 * index) & 0xFFFF for index in range(130)], datatype=DataType.REGISTERS)
    ]
    return SimDevice(unit, (coils, inputs, holding, measured), action=action)


def identity(name: str, long: bool) -> ModbusDeviceIdentification:
    """What function 43/14 answers. `long` adds private objects that do not fit into one answer."""
    info = dict(enumerate(IDENTITIES[name]))
    if long:
        info |= {0x80 + index: f"Private object {index}: " + "0123456789" * 8 for index in range(4)}
    return ModbusDeviceIdentification(info=info)


async def main() -> None:
    """Serves until it is ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--address", default="10.20.1.10")
    parser.add_argument("--port", type=int, default=502)
    parser.add_argument("--carrier", choices=["tcp", "udp", "tls"], default="tcp")
    parser.add_argument("--framer", choices=["socket", "rtu", "ascii"], default="socket")
    parser.add_argument("--units", default="0", help="comma separated; 0 serves all units")
    parser.add_argument("--identity", choices=list(IDENTITIES), default="valve")
    parser.add_argument("--long-identity", action="store_true")
    parser.add_argument("--silent", action="store_true", help="give no answer for a unit that is missing")
    parser.add_argument("--repaired", action="store_true", help="name the function in each exception")
    parser.add_argument("--certificate")
    parser.add_argument("--key")
    given = parser.parse_args()

    keywords = {
        "address": (given.address, given.port),
        "identity": identity(given.identity, given.long_identity),
        "ignore_missing_devices": given.silent,
        "trace_packet": Repair() if given.repaired else None,
    }
    devices = [device(int(unit)) for unit in given.units.split(",")]
    if given.carrier == "tls":
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(given.certificate, given.key)
        server = ModbusTlsServer(devices, sslctx=context, **keywords)
    else:
        kind = {"tcp": ModbusTcpServer, "udp": ModbusUdpServer}[given.carrier]
        framer = FramerType(given.framer)
        server = kind(devices, framer=framer, custom_pdu=[UserFunction, UserFunction100], **keywords)

    server.context.devices = Units(server.context.devices)
    control = ModbusControlBlock()
    for name, value in (("BusMessage", 321), ("BusCommunicationError", 2), ("DeviceMessage", 310), ("DeviceNAK", 1)):
        setattr(control.Counter, name, value)
    for event in (
        CommunicationRestartEvent(),
        RemoteReceiveEvent(),
        RemoteSendEvent(read=True),
        EnteredListenModeEvent(),
    ):
        control.addEvent(event)
    # pymodbus answers function 7 with the counters above zero as bits; a ninth does not fit and gives no answer.
    control.Counter.Event = 0
    await server.serve_forever()


if __name__ == "__main__":
    pymodbus_apply_logging_config("CRITICAL")
    asyncio.run(main())
