"""An S7 server made with python-snap7, and nothing else: a process of its own, as a PLC is."""

import sys
import time

from snap7.server import Server
from snap7.type import SrvArea

server = Server(log=False)
for area, index, octets in (
    (SrvArea.DB, 1, bytearray(range(256))),
    (SrvArea.DB, 2, bytearray(4096)),
    (SrvArea.DB, 3, bytearray(256)),
    (SrvArea.PE, 0, bytearray(b"\x81\x00\x5a" + bytes(125))),
    (SrvArea.PA, 0, bytearray(128)),
    (SrvArea.MK, 0, bytearray(256)),
    (SrvArea.TM, 0, bytearray(b"\x01\x27\x29\x99" + bytes(124))),
    (SrvArea.CT, 0, bytearray(b"\x01\x23\x09\x99" + bytes(124))),
):
    server.register_area(area, index, octets)
server.start_to(sys.argv[1], int(sys.argv[2]))
while True:
    time.sleep(1)
