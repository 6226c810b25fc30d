"""IEC 60870-5-104 between c104, which is built upon lib60870-C, as controlled and as controlling station."""

import datetime
import time

import c104

from record import SERVER, recording


def approve(point: c104.Point, previous_info: c104.Information, message: c104.IncomingMessage) -> c104.ResponseState:
    """Accepts every command but those whose object address ends with 9."""
    return c104.ResponseState.FAILURE if point.io_address % 10 == 9 else c104.ResponseState.SUCCESS


def reading(point: c104.Point) -> None:
    """Gives the point a new value each time that it is read."""
    point.value = point.value + 1.5


def counters() -> None:
    """Counters with and without time tag: by interrogation of all and of a group, frozen, and spontaneous."""
    server = c104.Server(ip=SERVER, port=2404)
    station = server.add_station(common_address=47)
    plain = station.add_point(io_address=21, type=c104.Type.M_IT_NA_1)
    tagged = station.add_point(io_address=22, type=c104.Type.M_IT_TB_1)
    client = c104.Client()
    connection = client.add_connection(ip=SERVER, port=2404, init=c104.Init.NONE)
    remote = connection.add_station(common_address=47)
    remote.add_point(io_address=21, type=c104.Type.M_IT_NA_1)
    remote.add_point(io_address=22, type=c104.Type.M_IT_TB_1)
    recorded = datetime.datetime(2026, 3, 2, 7, 59, 59, 500_000, tzinfo=datetime.UTC)
    with recording("iec104/counters.pcap", "tcp port 2404"):
        server.start()
        client.start()
        time.sleep(1)
        for sequence, count in enumerate((0, 4_711, -2_147_483_648, 2_147_483_647)):
            quality = (c104.BinaryCounterQuality(), c104.BinaryCounterQuality.Carry, c104.BinaryCounterQuality.Adjusted)
            for point in (plain, tagged):
                point.info = c104.BinaryCounterInfo(
                    counter=count,
                    sequence=c104.UInt5(sequence * 10 + 1),
                    quality=quality[sequence % 3],
                    recorded_at=recorded if point is tagged else None,
                )
            tagged.transmit(cause=c104.Cot.SPONTANEOUS)
            connection.counter_interrogation(common_address=47)
        connection.counter_interrogation(common_address=47, freeze=c104.Frz.FREEZE_WITHOUT_RESET)
        connection.counter_interrogation(common_address=47, qualifier=c104.Rqt.GROUP_2)
        time.sleep(0.5)
        client.stop()
        server.stop()


def commands() -> None:
    """Interrogation, clock, read, spontaneous values, commands of both kinds."""
    server = c104.Server(ip=SERVER, port=2404)
    station = server.add_station(common_address=47)
    single = station.add_point(io_address=11, type=c104.Type.M_SP_TB_1)
    measured = station.add_point(io_address=12, type=c104.Type.M_ME_NC_1)
    measured.value = 230.5
    measured.on_before_read(callable=reading)
    for address in (101, 109):
        direct = station.add_point(io_address=address, type=c104.Type.C_SC_NA_1)
        direct.on_receive(callable=approve)
        selected = station.add_point(
            io_address=address + 100, type=c104.Type.C_DC_NA_1, command_mode=c104.CommandMode.SELECT_AND_EXECUTE
        )
        selected.on_receive(callable=approve)
    client = c104.Client()
    connection = client.add_connection(ip=SERVER, port=2404, init=c104.Init.ALL)
    remote = connection.add_station(common_address=47)
    remote.add_point(io_address=11, type=c104.Type.M_SP_TB_1)
    value = remote.add_point(io_address=12, type=c104.Type.M_ME_NC_1)
    with recording("iec104/commands.pcap", "tcp port 2404"):
        server.start()
        client.start()
        time.sleep(2)
        single.value = True
        single.transmit(cause=c104.Cot.SPONTANEOUS)
        value.read()
        for address in (101, 109):
            command = remote.add_point(io_address=address, type=c104.Type.C_SC_NA_1)
            command.value = True
            command.transmit(cause=c104.Cot.ACTIVATION)
            command = remote.add_point(
                io_address=address + 100, type=c104.Type.C_DC_NA_1, command_mode=c104.CommandMode.SELECT_AND_EXECUTE
            )
            command.value = c104.Double.ON
            command.transmit(cause=c104.Cot.ACTIVATION)
        connection.counter_interrogation(common_address=47)
        time.sleep(1)
        client.stop()
        server.stop()


if __name__ == "__main__":
    commands()
    counters()
