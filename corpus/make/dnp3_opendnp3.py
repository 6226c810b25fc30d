"""DNP3 scenes between a master and an outstation of opendnp3 (yadnp3)."""

import sys
import threading
import time

import opendnp3 as dnp

from record import CLIENT, SERVER, recording

MASTER, OUTSTATION = 1, 10
PORT = 20000
# What a master can ask for by group and variation; of events too.
STATIC = {1: (1, 2), 3: (2,), 10: (2,), 20: (1, 2, 5, 6), 21: (1, 2, 5, 6, 9, 10), 30: range(1, 7), 40: range(1, 5)}
EVENTS = {2: (1, 2, 3), 4: (1, 2, 3), 11: (1, 2), 22: (1, 2, 5, 6), 32: range(1, 9), 42: range(1, 9)}
QUIET = dnp.LogLevels.none()


class Channel(dnp.IChannelListener):
    def OnStateChange(self, state):
        pass


class Outputs(dnp.ICommandHandler):
    """Takes commands for outputs 0 to 9, is at local for 10, does not know the others."""

    def _answer(self, index):
        if index < 10:
            return dnp.CommandStatus.SUCCESS
        return dnp.CommandStatus.LOCAL if index == 10 else dnp.CommandStatus.NOT_SUPPORTED

    def Begin(self):
        pass

    def End(self):
        pass

    def Select(self, command, index):
        return self._answer(index)

    def Operate(self, command, index, handler=None, operate_type=None):
        return self._answer(index)


class Device(dnp.IOutstationApplication):
    def SupportsWriteAbsoluteTime(self):
        return True

    def WriteAbsoluteTime(self, timestamp):
        return True

    def SupportsAssignClass(self):
        return True

    def ColdRestartSupport(self):
        return dnp.RestartMode.SUPPORTED_DELAY_COARSE

    def WarmRestartSupport(self):
        return dnp.RestartMode.SUPPORTED_DELAY_FINE

    def ColdRestart(self):
        return 30

    def WarmRestart(self):
        return 250


class Values(dnp.ISOEHandler):
    def BeginFragment(self, info):
        pass

    def EndFragment(self, info):
        pass

    def Process(self, info, values):
        pass

    def OnDeviceAttribute(self, *arguments):
        pass


class Station(dnp.IMasterApplication):
    def OnReceiveIIN(self, iin):
        pass

    def OnTaskStart(self, kind, task):
        pass

    def OnTaskComplete(self, info):
        pass

    def AssignClassDuringStartup(self):
        return False

    def OnOpen(self):
        pass

    def OnClose(self):
        pass


def changes(outstation, points: int, turn: int) -> None:
    """One change of each point, with the time of the device."""
    at = dnp.DNPTime(1_772_438_400_000 + turn * 1000, dnp.TimestampQuality.SYNCHRONIZED)
    online = dnp.Flags(1)
    builder = dnp.UpdateBuilder()
    for index in range(points):
        odd = bool((index + turn) & 1)
        builder.Update(dnp.Binary(odd, online, at), index)
        builder.Update(dnp.DoubleBitBinary(dnp.DoubleBit.DETERMINED_ON if odd else dnp.DoubleBit.DETERMINED_OFF), index)
        builder.Update(dnp.Analog((index - 3) * 1000.5 * (turn + 1), online, at), index)
        builder.Update(dnp.Counter(index * 70 + turn, online, at), index)
        builder.Update(dnp.BinaryOutputStatus(odd), index)
        builder.Update(dnp.AnalogOutputStatus(index * -7.25 - turn), index)
    outstation.Apply(builder.Build())


class Scene:
    """A master and an outstation on loopback, while the body runs."""

    def __init__(self, points: int = 8, unsolicited: bool = False, udp: bool = False, frozen: bool = True):
        self.points, self.unsolicited, self.udp = points, unsolicited, udp

    def __enter__(self):
        second = dnp.TimeDuration.Seconds(1)
        retry = dnp.ChannelRetry(second, second)
        self.manager = dnp.DNP3Manager(1)
        here, there = dnp.IPEndpoint(SERVER, PORT), dnp.IPEndpoint(CLIENT, PORT)
        if self.udp:
            below = self.manager.AddUDPChannel("outstation", QUIET, retry, here, there, Channel())
            above = self.manager.AddUDPChannel("master", QUIET, retry, there, here, Channel())
        else:
            below = self.manager.AddTCPServer("outstation", QUIET, dnp.ServerAcceptMode.CloseExisting, here, Channel())
            above = self.manager.AddTCPClient("master", QUIET, retry, [here], CLIENT, Channel())
        config = dnp.OutstationStackConfig(dnp.DatabaseConfig(self.points))
        config.link.LocalAddr, config.link.RemoteAddr = OUTSTATION, MASTER
        config.outstation.params.allowUnsolicited = self.unsolicited
        config.outstation.eventBufferConfig = dnp.EventBufferConfig.AllTypes(1000)
        self.handlers = [Outputs(), Device(), Values(), Station()]
        self.outstation = below.AddOutstation("outstation", self.handlers[0], self.handlers[1], config)
        config = dnp.MasterStackConfig()
        config.link.LocalAddr, config.link.RemoteAddr = MASTER, OUTSTATION
        config.master.responseTimeout = dnp.TimeDuration.Seconds(2)
        config.master.disableUnsolOnStartup = not self.unsolicited
        config.master.timeSyncMode = dnp.TimeSyncMode.LAN
        self.master = above.AddMaster("master", self.handlers[2], self.handlers[3], config)
        self.outstation.Enable()
        time.sleep(0.3)
        self.master.Enable()
        time.sleep(1.5)
        return self

    def __exit__(self, *_):
        self.manager.Shutdown()

    def wait(self, act, *arguments):
        """Calls a function of the master that ends with a callback, and waits for that."""
        done = threading.Event()
        act(*arguments, lambda *_: done.set())
        if not done.wait(5):
            print(f"   no end of {getattr(act, '__name__', act)}", file=sys.stderr)

    def scan(self, *headers):
        self.master.Scan(list(headers), self.handlers[2])
        time.sleep(0.4)


def reads() -> None:
    with recording("dnp3/opendnp3_reads.pcap"), Scene() as scene:
        for group, variations in STATIC.items():
            for variation in variations:
                scene.master.ScanAllObjects(dnp.GroupVariationID(group, variation), scene.handlers[2])
                time.sleep(0.1)
        turn = 0
        for group, variations in EVENTS.items():
            for variation in variations:
                turn += 1
                changes(scene.outstation, scene.points, turn)
                scene.master.ScanAllObjects(dnp.GroupVariationID(group, variation), scene.handlers[2])
                time.sleep(0.1)
        scene.master.ScanClasses(dnp.ClassField(False, True, True, True), scene.handlers[2])
        time.sleep(0.4)
        scene.master.ScanClasses(dnp.ClassField.AllClasses(), scene.handlers[2])
        time.sleep(0.4)
        scene.scan(dnp.Header.Range8(30, 1, 0, 3), dnp.Header.Range16(1, 2, 2, 5))
        scene.scan(dnp.Header.AllObjects(0, 254))
        scene.wait(scene.master.CheckLinkStatus)


def commands() -> None:
    with recording("dnp3/opendnp3_commands.pcap"), Scene() as scene:
        latch, trip = dnp.OperationType.LATCH_ON, dnp.TripCloseCode.TRIP
        pulse = dnp.ControlRelayOutputBlock(dnp.OperationType.PULSE_ON, trip, False, 2, 500, 700)
        for index in (0, 3, 10, 11):
            scene.wait(scene.master.SelectAndOperate, dnp.ControlRelayOutputBlock(latch), index)
            scene.wait(scene.master.DirectOperate, pulse, index)
        for value in (
            dnp.AnalogOutputInt16(-5),
            dnp.AnalogOutputInt32(70000),
            dnp.AnalogOutputFloat32(1.5),
            dnp.AnalogOutputDouble64(-2.25),
        ):
            scene.wait(scene.master.SelectAndOperate, value, 2)
            scene.wait(scene.master.DirectOperate, value, 10)


def functions() -> None:
    with recording("dnp3/opendnp3_functions.pcap"), Scene() as scene:
        changes(scene.outstation, scene.points, 1)
        for kind in ("ImmediateFreeze", "FreezeAndClear", "ImmediateFreezeNR", "FreezeAndClearNR"):
            scene.master.Freeze(getattr(dnp.FreezeType, kind), [dnp.Header.AllObjects(20, 0)])
            time.sleep(0.3)
        scene.wait(scene.master.Restart, dnp.RestartType.WARM)
        scene.wait(scene.master.Restart, dnp.RestartType.COLD)
        for name in ("ENABLE_UNSOLICITED", "DISABLE_UNSOLICITED"):
            classes = [dnp.Header.AllObjects(60, variation) for variation in (2, 3, 4)]
            scene.master.PerformFunction(name, getattr(dnp.FunctionCode, name), classes)
            time.sleep(0.3)
        headers = [dnp.Header.AllObjects(60, 3), dnp.Header.Range8(1, 0, 0, 3), dnp.Header.AllObjects(30, 0)]
        scene.master.PerformFunction("assign", dnp.FunctionCode.ASSIGN_CLASS, headers)
        time.sleep(0.3)


def unsolicited() -> None:
    with recording("dnp3/opendnp3_unsolicited.pcap"), Scene(unsolicited=True) as scene:
        for turn in range(4):
            changes(scene.outstation, scene.points, turn)
            time.sleep(0.5)


def fragments() -> None:
    with recording("dnp3/opendnp3_fragments.pcap"), Scene(points=300) as scene:
        scene.master.ScanClasses(dnp.ClassField.AllClasses(), scene.handlers[2])
        time.sleep(1.5)


def datagrams() -> None:
    with recording("dnp3/opendnp3_udp.pcap"), Scene(udp=True) as scene:
        scene.master.ScanClasses(dnp.ClassField.AllClasses(), scene.handlers[2])
        time.sleep(0.5)
        scene.wait(scene.master.SelectAndOperate, dnp.ControlRelayOutputBlock(dnp.OperationType.LATCH_OFF), 1)


if __name__ == "__main__":
    for scene in (reads, commands, functions, unsolicited, fragments, datagrams):
        scene()
