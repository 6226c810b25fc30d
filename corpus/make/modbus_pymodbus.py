"""Modbus scenes between pymodbus servers and pymodbus clients."""

import socket
import ssl
import struct
import subprocess
import tempfile
import time
from pathlib import Path

from pymodbus import pymodbus_apply_logging_config
from pymodbus.client import ModbusTcpClient, ModbusTlsClient, ModbusUdpClient
from pymodbus.exceptions import ModbusException
from pymodbus.framer import FramerType
from pymodbus.pdu.file_message import FileRecord

from modbus_server import EXCEPTIONS_AT, UserFunction, UserFunction100
from record import CLIENT, SERVER, process, python, recording

DIAGNOSTICS = (
    ("diag_read_diagnostic_register", {}),
    ("diag_read_bus_message_count", {}),
    ("diag_read_bus_comm_error_count", {}),
    ("diag_read_bus_exception_error_count", {}),
    ("diag_read_device_message_count", {}),
    ("diag_read_device_no_response_count", {}),
    ("diag_read_device_nak_count", {}),
    ("diag_read_device_busy_count", {}),
    ("diag_read_bus_char_overrun_count", {}),
    ("diag_read_iop_overrun_count", {}),
    ("diag_clear_overrun_counter", {}),
    ("diag_clear_counters", {}),
    ("diag_getclear_modbus_response", {"data": 3}),
    ("diag_restart_communication", {"toggle": True}),
    ("diag_change_ascii_input_delimeter", {"delimiter": 0x0A00}),
    ("diag_force_listen_only", {}),
)


def tried(call, *arguments, **keywords):
    """Calls a function of the client; says what the stack refused, and goes on."""
    try:
        return call(*arguments, **keywords)
    except (ModbusException, ValueError, TypeError, struct.error) as refusal:
        print(f"   {getattr(call, '__name__', call)}: {refusal}")
        return None


def client(port: int = 502, source: int = 40001, kind=ModbusTcpClient, **keywords):
    """A client that is connected, with a source port of its own so that a second run gives the same."""
    keywords = {"timeout": 1, "retries": 0, "source_address": (CLIENT, source)} | keywords
    made = kind(SERVER, port=port, **keywords)
    if not made.connect():
        raise SystemExit(f"no connection to {SERVER}:{port}")
    return made


def all_functions(c, unit: int = 1, rtu: bool = False, user_functions: bool = True) -> None:
    """Every public function that pymodbus has, but for the two whose length its RTU framer gets wrong."""
    tried(c.read_coils, 3, count=13, device_id=unit)
    tried(c.read_discrete_inputs, 0, count=8, device_id=unit)
    tried(c.read_holding_registers, 100, count=4, device_id=unit)
    tried(c.read_holding_registers, 200, count=4, device_id=unit)
    tried(c.read_input_registers, 0, count=10, device_id=unit)
    tried(c.write_coil, 5, True, device_id=unit)
    tried(c.write_coil, 5, False, device_id=unit)
    tried(c.write_register, 10, 0xBEEF, device_id=unit)
    tried(c.read_exception_status, device_id=unit)
    tried(c.diag_get_comm_event_counter, device_id=unit)
    tried(c.diag_get_comm_event_log, device_id=unit)
    tried(c.diag_query_data, b"\xa5\x37", device_id=unit)
    if not rtu:
        tried(c.diag_query_data, b"eight by", device_id=unit)
    for name, keywords in DIAGNOSTICS[: -1 if rtu else None]:
        tried(getattr(c, name), device_id=unit, **keywords)
    # The client does not wait for the answer to 8/4; a server that has two requests at once answers the second twice.
    time.sleep(0.05)
    tried(c.write_coils, 16, [True, False, True, True, False, False, True, True, True, False], device_id=unit)
    tried(c.write_registers, 20, [1, 2, 3, 0xFFFF], device_id=unit)
    tried(c.report_device_id, device_id=unit)
    tried(c.read_file_record, [FileRecord(4, 1, record_length=4), FileRecord(3, 9, record_length=4)], device_id=unit)
    records = [FileRecord(4, 7, record_data=b"\x06\xaf\x04\xbe"), FileRecord(5, 0, record_data=b"\x10\x0d")]
    tried(c.write_file_record, records, device_id=unit)
    tried(c.mask_write_register, address=4, and_mask=0x00F2, or_mask=0x0025, device_id=unit)
    tried(c.readwrite_registers, read_address=3, read_count=6, write_address=14, values=[255, 256], device_id=unit)
    tried(c.read_fifo_queue, address=0x04DE, device_id=unit)
    for code in (1, 2, 3, 4):
        tried(c.read_device_information, read_code=code, object_id=2 if code == 4 else 0, device_id=unit)
    if user_functions:
        c.framer.decoder.register(UserFunction)
        c.framer.decoder.register(UserFunction100)
        tried(c.execute, False, UserFunction(b"\x01\x02\x03", dev_id=unit))
        tried(c.execute, False, UserFunction100(b"vendor", dev_id=unit))
    tried(c.read_coils, 0, count=2000, device_id=unit)
    tried(c.read_holding_registers, 0, count=125, device_id=unit)
    tried(c.write_registers, 0, list(range(123)), device_id=unit)


def functions() -> None:
    """All functions over TCP, UDP, RTU and ASCII framing in TCP."""
    with process(python("modbus_server.py"), (SERVER, 502)), recording("modbus/functions_tcp.pcap"):
        c = client()
        all_functions(c)
        c.close()
    with process(python("modbus_server.py", "--carrier", "udp")), recording("modbus/functions_udp.pcap"):
        c = client(kind=ModbusUdpClient, source=40002)
        all_functions(c)
        c.close()
    for framer, port in (("rtu", 4001), ("ascii", 4002)):
        server = python("modbus_server.py", "--framer", framer, "--port", str(port))
        with process(server, (SERVER, port)), recording(f"modbus/{framer}_over_tcp.pcap"):
            c = client(port, 40000 + port, framer=FramerType(framer))
            all_functions(c, rtu=framer == "rtu", user_functions=False)
            tried(c.read_holding_registers, 30000, count=2, device_id=1)
            c.close()


def odd_port() -> None:
    """A server on a port that is not registered, without closing, and one frame sizes as loopback gives them."""
    server = python("modbus_server.py", "--port", "15020")
    with process(server, (SERVER, 15020)), recording("modbus/odd_port.pcap"):
        c = client(15020, 40003)
        for turn in range(5):
            tried(c.read_holding_registers, 10 * turn, count=6, device_id=1)
            tried(c.write_register, 3, turn, device_id=1)
        c.close()
    with process(python("modbus_server.py"), (SERVER, 502)), recording("modbus/offload.pcap", rewrite=False):
        c = client(source=40004)
        for turn in range(3):
            tried(c.read_input_registers, turn, count=3, device_id=1)
        c.close()


def exceptions() -> None:
    """Every exception code; 1 to 4 and 11 as pymodbus gives them by itself, the others by the registers asked for."""
    server = python("modbus_server.py", "--units", "1,2")
    with process(server, (SERVER, 502)), recording("modbus/exceptions.pcap"):
        c = client(source=40005)
        tried(c.execute, False, type("Unknown", (UserFunction,), {"function_code": 66})(b"\x00\x01"))
        for call in (c.read_coils, c.read_discrete_inputs, c.read_holding_registers, c.read_input_registers):
            tried(call, 40000, count=2, device_id=1)
        tried(c.write_coil, 40000, True, device_id=1)
        tried(c.write_register, 40000, 1, device_id=1)
        tried(c.write_coils, 40000, [True, False], device_id=1)
        tried(c.write_registers, 40000, [1, 2], device_id=1)
        tried(c.mask_write_register, address=40000, and_mask=1, or_mask=2, device_id=1)
        tried(c.readwrite_registers, read_address=40000, read_count=1, write_address=0, values=[1], device_id=1)
        tried(c.read_device_information, read_code=4, object_id=0x50, device_id=1)
        for code in (1, 2, 3, 4, 5, 6, 7, 8, 10, 11):
            tried(c.read_holding_registers, EXCEPTIONS_AT + code, count=1, device_id=1)
        tried(c.read_holding_registers, 0, count=1, device_id=77)
        c.close()


def units() -> None:
    """A scan of all unit ids through a gateway that knows five of them; then 0 and 255 of a server of its own."""
    server = python("modbus_server.py", "--units", "1,2,3,17,247", "--identity", "tank")
    with process(server, (SERVER, 502)), recording("modbus/unit_scan.pcap"):
        c = client(source=40006)
        for unit in range(256):
            tried(c.read_holding_registers, 0, count=1, device_id=unit)
        c.close()
    with process(python("modbus_server.py"), (SERVER, 502)), recording("modbus/unit_0_and_255.pcap"):
        c = client(source=40007)
        for unit in (0, 255, 1, 0):
            tried(c.read_holding_registers, 4, count=2, device_id=unit)
            tried(c.write_register, 4, unit, device_id=unit)
            tried(c.write_coils, 0, [True] * 9, device_id=unit)
        c.close()
    server = python("modbus_server.py", "--units", "1", "--silent")
    with process(server, (SERVER, 502)), recording("modbus/unanswered_units.pcap"):
        c = client(source=40008, timeout=0.2, retries=1)
        for unit in (1, 9, 1):
            tried(c.read_holding_registers, 4, count=2, device_id=unit)
        c.close()


def device_identification() -> None:
    """Function 43/14 in all its codes; the extended one goes on over several transactions."""
    server = python("modbus_server.py", "--long-identity")
    with process(server, (SERVER, 502)), recording("modbus/device_identification.pcap"):
        c = client(source=40009)
        tried(c.report_device_id, device_id=1)
        for code in (1, 2, 3):
            start = 0
            while True:
                answer = tried(c.read_device_information, read_code=code, object_id=start, device_id=1)
                if not answer or not getattr(answer, "more_follows", 0):
                    break
                start = answer.next_object_id
        for object_id in (0, 1, 2, 3, 4, 5, 6, 0x80, 0x83):
            tried(c.read_device_information, read_code=4, object_id=object_id, device_id=1)
        c.close()


def reconnect() -> None:
    """The client closes and comes back from the same port; then it aborts with a reset and comes back again."""
    with process(python("modbus_server.py"), (SERVER, 502)), recording("modbus/reconnect.pcap"):
        for turn in range(3):
            c = client(source=40010)
            for address in range(4):
                tried(c.read_holding_registers, address, count=2, device_id=1)
            if turn == 1:
                c.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            c.close()
            time.sleep(0.2)


def tls() -> None:
    """Modbus Security: on its port 802, and on 502 where plain Modbus is expected."""
    with tempfile.TemporaryDirectory() as folder:
        key, certificate = str(Path(folder) / "key.pem"), str(Path(folder) / "certificate.pem")
        command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj /CN=plc"
        subprocess.run([*command.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True)
        context = ssl.create_default_context(cafile=certificate)
        context.check_hostname = False
        for port, source in ((802, 40011), (502, 40012)):
            options = ["--carrier", "tls", "--port", str(port), "--certificate", certificate, "--key", key]
            with process(python("modbus_server.py", *options), (SERVER, port)):
                with recording(f"modbus/tls_{port}.pcap"):
                    c = client(port, source, kind=ModbusTlsClient, sslctx=context)
                    tried(c.read_holding_registers, 0, count=2, device_id=1)
                    tried(c.write_register, 0, 7, device_id=1)
                    c.close()


if __name__ == "__main__":
    pymodbus_apply_logging_config("CRITICAL")
    functions()
    odd_port()
    exceptions()
    units()
    device_identification()
    reconnect()
    tls()
