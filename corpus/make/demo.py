"""Records demo.pcapng: one minute of a small plant, as a mirror port would see it.

10.20.1.5  SCADA server, polls all devices         10.20.1.11 valve PLC      10.20.1.14 gateway, units 1, 2, 3
10.20.1.20 engineering station                     10.20.1.12 pump PLC       10.20.1.15 serial device server (RTU, 4001)
10.20.1.30 office server: HTTP, HTTPS, SSH, DNS    10.20.1.13 power meter    10.20.1.31 office client
10.20.1.66 a host that scans
"""

import http.server
import socket
import ssl
import struct
import subprocess
import tempfile
import threading
import time
from contextlib import ExitStack

from pymodbus import pymodbus_apply_logging_config
from pymodbus.client import ModbusTcpClient
from pymodbus.framer import FramerType
from pymodbus.pdu.file_message import FileRecord

from modbus_pymodbus import tried
from modbus_wire import adu, connect, read, receive, send
from record import process, python, recording

SCADA, ENGINEERING, OFFICE, OFFICE_CLIENT, SCANNER = (f"10.20.1.{host}" for host in (5, 20, 30, 31, 66))
VALVE, PUMP, METER, GATEWAY, SERIAL = (f"10.20.1.{host}" for host in range(11, 16))
SECONDS = 60
DEVICES = {
    VALVE: ("--identity", "valve", "--units", "1"),
    PUMP: ("--identity", "pump", "--units", "1"),
    METER: ("--identity", "meter", "--units", "1"),
    GATEWAY: ("--identity", "tank", "--units", "1,2,3"),
    SERIAL: ("--identity", "meter", "--units", "5", "--framer", "rtu", "--port", "4001"),
}


def client(address: str, host: str, source: int, port: int = 502, framer: FramerType = FramerType.SOCKET):
    """A connected pymodbus client that comes from `host`."""
    made = ModbusTcpClient(address, port=port, framer=framer, timeout=1, retries=0, source_address=(host, source))
    if not made.connect():
        raise SystemExit(f"no connection to {address}:{port}")
    return made


def scada() -> None:
    """Polls every device once a second, and gives a few commands as an operator would."""
    valve, pump, meter, gateway = (
        client(address, SCADA, 50011 + n) for n, address in enumerate((VALVE, PUMP, METER, GATEWAY))
    )
    serial = client(SERIAL, SCADA, 50015, 4001, FramerType.RTU)
    began = time.monotonic()
    for turn in range(SECONDS):
        tried(valve.read_input_registers, 0, count=4, device_id=1)
        tried(valve.read_discrete_inputs, 0, count=8, device_id=1)
        tried(pump.read_input_registers, 0, count=4, device_id=1)
        tried(pump.read_coils, 0, count=8, device_id=1)
        tried(meter.read_input_registers, 0, count=12, device_id=1)
        for unit in (1, 2, 3):
            tried(gateway.read_input_registers, 0, count=2, device_id=unit)
        tried(serial.read_input_registers, 0, count=4, device_id=5)
        if turn % 10 == 0:
            tried(valve.read_holding_registers, 200, count=4, device_id=1)
            tried(meter.read_holding_registers, 9006, count=1, device_id=1)
        if turn == 12:
            tried(pump.write_coil, 3, True, device_id=1)
        if turn == 15:
            tried(valve.write_register, 10, 450, device_id=1)
        if turn == 40:
            tried(pump.write_coil, 3, False, device_id=1)
        if turn % 20 == 19:
            tried(meter.read_holding_registers, 5000, count=2, device_id=1)
        time.sleep(max(0.0, began + turn + 1 - time.monotonic()))
    for c in (valve, pump, meter, gateway, serial):
        c.close()


def engineering() -> None:
    """Asks who the valve PLC is, changes its parameters, puts a file there, restarts its communication."""
    time.sleep(20)
    for n, address in enumerate((VALVE, PUMP, METER, GATEWAY)):
        c = client(address, ENGINEERING, 50021 + n)
        for code in (1, 2):
            tried(c.read_device_information, read_code=code, device_id=1)
        tried(c.report_device_id, device_id=1)
        if address == VALVE:
            tried(c.read_holding_registers, 0, count=100, device_id=1)
            tried(c.write_registers, 50, [300, 450, 600, 1], device_id=1)
            tried(c.mask_write_register, address=60, and_mask=0xFFF0, or_mask=0x0005, device_id=1)
            tried(c.readwrite_registers, read_address=50, read_count=4, write_address=54, values=[7, 8], device_id=1)
            records = [FileRecord(4, part, record_data=bytes(range(part, part + 64))) for part in (0, 32)]
            tried(c.write_file_record, records, device_id=1)
            tried(c.diag_read_bus_message_count, device_id=1)
            tried(c.diag_clear_counters, device_id=1)
            tried(c.diag_restart_communication, toggle=True, device_id=1)
        c.close()
        time.sleep(2)


def scanner() -> None:
    """Looks for units behind the gateway, then for functions and addresses of the pump PLC."""
    time.sleep(35)
    with connect(source=50031, address=GATEWAY, host=SCANNER) as stream:
        for unit in range(1, 41):
            send(stream, adu(unit, unit, read(3, 0, 1)), pause=0.02)
            receive(stream, 0.02)
    with connect(source=50032, address=PUMP, host=SCANNER) as stream:
        for function in range(1, 48):
            send(stream, adu(function, 1, bytes([function, 0, 0, 0, 1])), pause=0.02)
            receive(stream, 0.02)
    with connect(source=50033, address=PUMP, host=SCANNER) as stream:
        for address in range(0, 4000, 100):
            send(stream, adu(address, 1, read(3, address, 1)), pause=0.02)
            receive(stream, 0.02)


class Page(http.server.BaseHTTPRequestHandler):
    """One page, the same for all paths."""

    server_version = "plant-office/1.0"

    def do_GET(self) -> None:
        """Answers with the page."""
        body = b"<html><title>Shift log</title><p>All quiet.</p></html>\n"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_) -> None:
        """Says nothing."""


def name_server() -> None:
    """Answers every DNS question with the address of the office server."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((OFFICE, 53))
        while True:
            question, asker = server.recvfrom(512)
            answer = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 300, 4) + socket.inet_aton(OFFICE)
            server.sendto(question[:2] + b"\x85\x80\x00\x01\x00\x01\x00\x00\x00\x00" + question[12:] + answer, asker)


def ssh_banner() -> None:
    """Says who it is, reads what a client says, and hangs up."""
    with socket.create_server((OFFICE, 22)) as listener:
        while True:
            stream, _ = listener.accept()
            with stream:
                stream.sendall(b"SSH-2.0-plant_office_1.0\r\n")
                stream.settimeout(0.5)
                try:
                    while stream.recv(4096):
                        pass
                except OSError:
                    continue


def office_services(folder: str) -> None:
    """Starts the servers of the office in threads that end with this process."""
    key, certificate = f"{folder}/key.pem", f"{folder}/certificate.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650"
    subject = ["-subj", "/CN=office.plant.example", "-keyout", key, "-out", certificate]
    subprocess.run([*command.split(), *subject], check=True, capture_output=True)
    plain = http.server.ThreadingHTTPServer((OFFICE, 80), Page)
    secure = http.server.ThreadingHTTPServer((OFFICE, 443), Page)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    secure.socket = context.wrap_socket(secure.socket, server_side=True)
    for target in (plain.serve_forever, secure.serve_forever, name_server, ssh_banner):
        threading.Thread(target=target, daemon=True).start()


def office() -> None:
    """Name look-ups, web pages, and an SSH client that is turned away."""
    resolve = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    resolve.bind((OFFICE_CLIENT, 50040))
    resolve.connect((OFFICE, 53))
    curl = ["curl", "--silent", "--output", "/dev/null", "--insecure", "--interface", OFFICE_CLIENT, "--http1.1"]
    for turn in range(5):
        time.sleep(8)
        name = b"".join(bytes([len(label)]) + label for label in (b"office", b"plant", b"example")) + b"\x00"
        resolve.send(struct.pack(">HHHHHH", 0x1000 + turn, 0x0100, 1, 0, 0, 0) + name + b"\x00\x01\x00\x01")
        resolve.recv(512)
        scheme = "https" if turn % 2 else "http"
        port = ["--local-port", str(50041 + turn)]
        subprocess.run([*curl, *port, f"{scheme}://{OFFICE}/shift/{turn}"], check=False)
    options = ["-b", OFFICE_CLIENT, "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no", "-F", "none"]
    subprocess.run(["ssh", *options, f"operator@{OFFICE}", "true"], check=False, capture_output=True)
    resolve.close()


def main() -> None:
    """Starts the plant and records it."""
    pymodbus_apply_logging_config("CRITICAL")
    with ExitStack() as stack:
        office_services(stack.enter_context(tempfile.TemporaryDirectory()))
        for address, options in DEVICES.items():
            port = 4001 if address == SERIAL else 502
            server = python("modbus_server.py", "--address", address, "--repaired", *options)
            stack.enter_context(process(server, (address, port)))
        stack.enter_context(recording("demo.pcapng"))
        threads = [threading.Thread(target=target) for target in (scada, engineering, scanner, office)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


if __name__ == "__main__":
    main()
