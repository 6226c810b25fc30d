"""S7comm scenes between a python-snap7 server and python-snap7 clients."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from snap7.client import Client
from snap7.type import Area, Block, WordLen

from record import SERVER, process, python, recording


def tried(call, *arguments):
    """Calls a function of the client; says what the stack refused, and goes on."""
    try:
        return call(*arguments)
    except Exception as refusal:  # noqa: BLE001  the stack raises many kinds
        print(f"   {getattr(call, '__name__', call)}{arguments}: {type(refusal).__name__}: {refusal}")
        return None


@contextmanager
def connected(port: int = 102) -> Iterator[Client]:
    """A client that is connected to rack 0, slot 2."""
    client = Client()
    client.connect(SERVER, 0, 2, port)
    try:
        yield client
    finally:
        client.disconnect()


def reads_and_writes(client: Client) -> None:
    """Every area and type that the client has, one by one."""
    for area, db, start, count, word in (
        (Area.DB, 1, 4, 10, WordLen.Byte),
        (Area.DB, 1, 4, 3, WordLen.Word),
        (Area.DB, 1, 8, 2, WordLen.DWord),
        (Area.DB, 1, 12, 2, WordLen.Real),
        (Area.DB, 1, 16, 2, WordLen.Int),
        (Area.DB, 1, 20, 2, WordLen.DInt),
        (Area.DB, 1, 37, 1, WordLen.Bit),
        (Area.DB, 1, 65, 8, WordLen.Char),
        (Area.PE, 0, 0, 3, WordLen.Byte),
        (Area.PA, 0, 0, 2, WordLen.Byte),
        (Area.MK, 0, 10, 4, WordLen.Byte),
        (Area.TM, 0, 0, 2, WordLen.Timer),
        (Area.CT, 0, 0, 2, WordLen.Counter),
    ):
        tried(client.read_area, area, db, start, count, word)
    tried(client.write_area, Area.MK, 0, 87, bytearray(b"\x01"), WordLen.Bit)
    tried(client.write_area, Area.DB, 2, 0, bytearray(struct.pack(">f", 21.5)), WordLen.Real)
    tried(client.write_area, Area.DB, 2, 4, bytearray(struct.pack(">hh", -7, 300)), WordLen.Int)
    tried(client.write_area, Area.PA, 0, 1, bytearray(b"\x0f"), WordLen.Byte)
    tried(client.db_read, 2, 0, 2000)
    tried(client.db_write, 2, 100, bytearray(range(200)))


def several_items(client: Client) -> None:
    """Several items in one PDU."""
    wanted = [
        {"area": Area.DB, "db_number": 1, "start": 3, "size": 1},
        {"area": Area.MK, "db_number": 0, "start": 20, "size": 5},
        {"area": Area.DB, "db_number": 2, "start": 1000, "size": 7},
        {"area": Area.PE, "db_number": 0, "start": 0, "size": 3},
        {"area": Area.DB, "db_number": 3, "start": 200, "size": 2},
    ]
    tried(client.read_multi_vars, wanted)
    # The last one is beyond the end of its block, one other is in no block.
    tried(client.read_multi_vars, wanted + [{"area": Area.DB, "db_number": 77, "start": 0, "size": 4}])
    tried(client.read_multi_vars, wanted + [{"area": Area.DB, "db_number": 3, "start": 9000, "size": 4}])


def engineering(client: Client) -> None:
    """What an engineering station asks."""
    for szl, index in ((0x0011, 0), (0x001C, 0), (0x0131, 1), (0x0132, 4), (0x0232, 4), (0x0424, 0), (0x0000, 0)):
        tried(client.read_szl, szl, index)
    tried(client.get_cpu_state)
    tried(client.list_blocks)
    tried(client.list_blocks_of_type, Block.DB, 100)
    tried(client.get_block_info, Block.DB, 1)
    tried(client.get_plc_datetime)
    tried(client.set_plc_datetime, datetime(2026, 3, 2, 8, 1, 2))
    tried(client.set_session_password, "secret")
    tried(client.clear_session_password)
    tried(client.compress, 1000)
    tried(client.copy_ram_to_rom, 1000)
    tried(client.delete, Block.DB, 9)


def transfers(client: Client) -> None:
    """A block out of the PLC, and one into it."""
    block = tried(client.upload, 1)
    tried(client.full_upload, Block.DB, 2)
    if block:
        tried(client.download, block, 3)


def modes(client: Client) -> None:
    """Stop and both starts."""
    tried(client.plc_stop)
    tried(client.plc_hot_start)
    tried(client.plc_cold_start)


def refusals(client: Client) -> None:
    """What is not there."""
    tried(client.db_read, 99, 0, 4)
    tried(client.db_read, 1, 60000, 4)
    tried(client.db_write, 99, 0, bytearray(4))
    tried(client.read_szl, 0x0777, 0)
    tried(client.upload, 4711)


def main() -> None:
    """Every scene has a server of its own."""
    for name, scene, port in (
        ("reads_and_writes", reads_and_writes, 102),
        ("several_items", several_items, 102),
        ("engineering", engineering, 102),
        ("transfers", transfers, 102),
        ("modes", modes, 102),
        ("refusals", refusals, 102),
        ("odd_port", reads_and_writes, 10102),
    ):
        command = python("s7comm_server.py", SERVER, str(port))
        with (
            process(command, (SERVER, port)),
            recording(f"s7comm/{name}.pcap", f"tcp port {port}"),
            connected(port) as client,
        ):
            scene(client)


if __name__ == "__main__":
    main()
