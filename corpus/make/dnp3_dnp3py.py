"""DNP3 scenes between a master and an outstation of dnp3py."""

import asyncio

from dnp3.database import Database
from dnp3.master import Master, MasterConfig, MasterTcpRunner
from dnp3.outstation import DefaultCommandHandler, Outstation, OutstationConfig, OutstationTcpRunner

from record import SERVER, recording


def points() -> Database:
    made = Database()
    for index in range(12):
        made.add_binary_input(index, value=index % 3 == 0)
        made.add_analog_input(index, value=index * -250.0)
        made.add_counter(index, value=index * 9)
        made.add_binary_output(index)
        made.add_analog_output(index)
    return made


async def talk(outstation: Outstation, database: Database) -> None:
    server = OutstationTcpRunner(outstation, SERVER, 20000)
    running = asyncio.create_task(server.run())
    await asyncio.sleep(0.3)
    master = Master(MasterConfig(address=1, outstation_address=10))
    client = MasterTcpRunner(master, SERVER, 20000, response_timeout=2)
    await client.open()
    await client.integrity_poll()
    for index in range(12):
        database.update_binary_input(index, index % 2 == 0)
        database.update_analog_input(index, index * 100.5)
        database.increment_counter(index, 3)
    await client.class_poll()
    await client.disable_unsolicited()
    await client.enable_unsolicited()
    await client.request(master.build_range_poll(30, 1, 2, 5))
    await client.request(master.build_delay_measure())
    select = master.command_builder().latch_on(1).pulse_off(2, on_time=100, off_time=200).build_select()
    await client.request(master.build_select(select))
    operate = master.command_builder().latch_on(1).pulse_off(2, on_time=100, off_time=200).build_operate()
    await client.request(master.build_operate(operate))
    await client.request(master.build_operate(operate))
    direct = master.command_builder().add_analog(3, -12.5).latch_off(99).build_direct_operate()
    await client.request(master.build_direct_operate(direct))
    await client.close()
    await server.stop()
    running.cancel()


def session() -> None:
    database = points()
    outstation = Outstation(OutstationConfig(address=10, master_address=1), database, DefaultCommandHandler())
    with recording("dnp3/dnp3py.pcap"):
        asyncio.run(talk(outstation, database))


if __name__ == "__main__":
    session()
