"""Plots of a capture, where a person would rather look than read. They need matplotlib: `pip install "fieldtap[plot]"`.

>>> fieldtap.plot.traffic(capture)
>>> fieldtap.plot.conversations(capture)
>>> fieldtap.plot.point(capture, device="10.20.1.11", space="holding_register", address=40)

Each draws into the axes that it is given, or into a new figure, and returns the axes.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

from ._convert import _library

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ._fieldtap import Capture, Table

__all__ = ["conversations", "point", "traffic"]

_SECOND = 1_000_000_000
# Lengths of intervals, seconds: of those, the shortest that gives no more than this many.
_INTERVALS = (0.001, 0.01, 0.1, 1, 5, 10, 60, 300, 600, 3600, 21_600, 86_400)
_MOST = 120
# Addresses of the matrix, protocols of the traffic: the others are drawn together, and said.
_ADDRESSES = 30
_PROTOCOLS = 8
# What tells points apart, and what is drawn of them.
_POINT = (
    *("ts", "device", "device_mac", "device_name", "station", "space", "address", "name", "plant_name"),
    *("number", "integer", "way_name", "good", "unit"),
)
# For the colour-blind (Okabe and Ito, 2008).
_COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#000000", "#999999")


def _axes(axes: Axes | None, size: tuple[float, float]) -> Axes:
    pyplot = _needs("matplotlib.pyplot")
    if axes is not None:
        return axes
    drawn: Axes = pyplot.subplots(figsize=size, layout="constrained")[1]
    return drawn


def _needs(name: str) -> Any:
    try:
        return _library(name, "plot")
    except ImportError as error:
        library = name.partition(".")[0]
        raise ImportError(f'fieldtap.plot needs {library}: pip install "fieldtap[plot]"', name=library) from error


def _rows(table: Table, columns: Iterable[str]) -> list[dict[str, Any]]:
    """The rows of a table that must have these columns, which `read` may have left out."""
    missing = [name for name in columns if name not in table.columns]
    if missing:
        raise ValueError(f"{table.name} was read without {', '.join(missing)}, which the plot needs")
    return table.rows()


def _empty(axes: Axes, reason: str) -> Axes:
    axes.text(0.5, 0.5, reason, ha="center", va="center", transform=axes.transAxes)
    axes.set_axis_off()
    return axes


def _times(axes: Axes, first: int, last: int) -> None:
    """Marks the axis of times: UTC, with the day where it stands once."""
    dates = _needs("matplotlib.dates")
    locator = dates.AutoDateLocator()
    day = _moment(first).date()
    several = _moment(last).date() != day
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator, tz=datetime.UTC, show_offset=several))
    axes.set_xlabel("time, UTC" if several else f"time, UTC, {day.isoformat()}")


def _moment(nanoseconds: int) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(nanoseconds / _SECOND, datetime.UTC)


def _said(seconds: float) -> str:
    for unit, length in (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1)):
        if seconds >= length:
            return f"{seconds / length:g} {unit}"
    return f"{seconds * 1000:g} ms"


def traffic(capture: Capture, *, interval: float | None = None, axes: Axes | None = None) -> Axes:
    """Messages over time, by protocol, stacked: how many there were in each interval.

    `interval` is its length in seconds; without it, one is chosen that gives at most 120. A protocol inside another has
    messages of its own. Of more than eight protocols, those with the fewest messages are drawn together. Under
    the default, repeated messages of cyclic publishers are summed in `streams` and not drawn: read with
    `every_message`.
    """
    pyarrow, numpy = _needs("pyarrow"), _needs("numpy")
    axes = _axes(axes, (9, 4))
    untyped: Any = axes  # matplotlib's types refuse times.
    if interval is not None and not interval > 0:
        raise ValueError(f"interval is {interval}; it is a number of seconds above 0")
    own = _message_tables()
    seen: dict[str, list[Any]] = {}
    for name in capture.tables:
        if name not in own or not {"ts", "message", "protocol"} <= set(capture[name].columns):
            continue
        rows = pyarrow.table(capture[name]).select(["protocol", "message", "ts"])
        protocols = numpy.asarray(rows["protocol"].to_pylist(), dtype=object)
        messages = rows["message"].fill_null(0).to_numpy()
        times = rows["ts"].cast(pyarrow.int64()).to_numpy()
        for protocol in set(protocols):
            mine = protocols == protocol
            seen.setdefault(str(protocol), []).append(numpy.stack([messages[mine].astype("int64"), times[mine]]))
    if not seen:
        return _empty(axes, "no messages")
    # A message may have rows in several tables.
    when = {}
    for protocol, parts in seen.items():
        both = numpy.concatenate(parts, axis=1)
        when[protocol] = both[1][numpy.unique(both[0], return_index=True)[1]]
    first = min(int(times.min()) for times in when.values())
    last = max(int(times.max()) for times in when.values())
    span = (last - first) / _SECOND
    length = interval or next((each for each in _INTERVALS if span / each <= _MOST), _INTERVALS[-1])
    step = max(int(length * _SECOND), 1)
    start = first // step * step
    bins = (last - start) // step + 1
    if bins > 100_000:
        raise ValueError(f"interval is {length} s: of {span:.0f} s it makes {bins} intervals; at most 100000 are drawn")
    counts = {protocol: numpy.bincount((times - start) // step, minlength=bins) for protocol, times in when.items()}
    order = sorted(counts, key=lambda protocol: -int(counts[protocol].sum()))
    drawn = [(protocol, counts[protocol]) for protocol in order[:_PROTOCOLS]]
    if order[_PROTOCOLS:]:
        others = sum(counts[protocol] for protocol in order[_PROTOCOLS:])
        drawn.append((f"{len(order) - _PROTOCOLS} others", others))
    lefts = [_moment(int(start + place * step)) for place in range(bins)]
    below = numpy.zeros(bins)
    width = datetime.timedelta(seconds=length)
    for (protocol, values), colour in zip(drawn, _COLOURS, strict=False):
        untyped.bar(lefts, values, width=width, bottom=below, align="edge", label=protocol, color=colour)
        below = below + values
    untyped.set_xlim(lefts[0], lefts[-1] + width)
    axes.set_ylabel(f"messages in {_said(length)}")
    axes.set_title("Messages over time")
    _times(axes, first, last)
    axes.legend(title="protocol", loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    return axes


def _message_tables() -> set[str]:
    from ._fieldtap import protocols

    return {table for protocol in protocols() for table in protocol.tables}


def conversations(
    capture: Capture, *, value: Literal["octets", "frames", "messages"] = "octets", axes: Axes | None = None
) -> Axes:
    """Who sends to whom how much: a matrix of senders (rows) and receivers (columns), coloured by its logarithm.

    `value` is `octets` or `frames` on the wire, or `messages` of known protocols. Of more than 30 addresses, those with
    the most are drawn; how many are left out stands in the title. Devices that have names of the plant show them.
    """
    if value not in ("octets", "frames", "messages"):
        raise ValueError(f"no value is named {value!r}; there are octets, frames, messages")
    numpy, colours = _needs("numpy"), _needs("matplotlib.colors")
    totals: dict[tuple[str, str], int] = {}
    named: dict[str, str] = {}
    needed = ["sender", "sender_mac", "receiver", "receiver_mac", "originator_name", "responder_name"]
    needed += [f"originator_{value}", f"responder_{value}"]
    for row in _rows(capture.conversations, needed):
        one, other = row["sender"] or row["sender_mac"], row["receiver"] or row["receiver_mac"]
        if one is None or other is None:
            continue
        for key, amount in (
            ((one, other), row[f"originator_{value}"]),
            ((other, one), row[f"responder_{value}"]),
        ):
            if amount:
                totals[key] = totals.get(key, 0) + amount
        for address, name in ((one, row["originator_name"]), (other, row["responder_name"])):
            if name:
                named[address] = name
    if not totals:
        return _empty(_axes(axes, (6, 4)), f"no {value}")
    weight: dict[str, int] = {}
    for (one, other), amount in totals.items():
        for address in (one, other):
            weight[address] = weight.get(address, 0) + amount
    kept = sorted(sorted(weight, key=lambda address: -weight[address])[:_ADDRESSES], key=_by_number)
    place = {address: index for index, address in enumerate(kept)}
    matrix = numpy.full((len(kept), len(kept)), numpy.nan)
    for (one, other), amount in totals.items():
        if one in place and other in place:
            matrix[place[one], place[other]] = amount
    side = max(4.5, 0.32 * len(kept) + 2.5)
    axes = _axes(axes, (side + 1.2, side))
    most = max(float(numpy.nanmax(matrix)), 2.0)
    least = min(float(numpy.nanmin(matrix)), most / 2)
    image = axes.imshow(matrix, norm=colours.LogNorm(least, most), cmap="viridis_r")
    labels = [f"{named[address]}\n{address}" if address in named else address for address in kept]
    axes.set_xticks(range(len(kept)), labels, rotation=90, fontsize=8)
    axes.set_yticks(range(len(kept)), labels, fontsize=8)
    axes.set_xticks([edge - 0.5 for edge in range(1, len(kept))], minor=True)
    axes.set_yticks([edge - 0.5 for edge in range(1, len(kept))], minor=True)
    axes.grid(which="minor", color="#dddddd", linewidth=0.5)
    axes.tick_params(which="minor", length=0)
    axes.set_xlabel("receiver")
    axes.set_ylabel("sender")
    left = len(weight) - len(kept)
    axes.set_title("Who sends to whom" + (f" ({left} addresses with less are left out)" if left else ""))
    unit = {"octets": "octets on the wire", "frames": "frames", "messages": "messages"}[value]
    figure: Any = axes.figure
    figure.colorbar(image, ax=axes, label=unit, shrink=0.8)
    return axes


def _by_number(address: str) -> tuple[int, bytes | str]:
    import ipaddress

    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return 9, address
    return known.version, known.packed


def point(
    capture: Capture,
    device: str,
    *,
    address: int | None = None,
    name: str | None = None,
    space: str | None = None,
    station: int | None = None,
    axes: Axes | None = None,
) -> Axes:
    """The values of one point of a device over time, as steps: `points` has a row where a value is new or changes.

    The point is named by its `address`, or by its `name` (that of messages, or that of the plant); `space` and
    `station` tell points of the same address apart. Values that were written or commanded have a mark of their own, and
    so have those that the device does not vouch for. Raises `ValueError` if no point is named so, or several are.
    """
    if (address is None) == (name is None):
        raise ValueError("a point is named by its address or by its name: give one of them")
    rows = [
        row
        for row in _rows(capture.points, _POINT)
        if device in (row["device"], row["device_mac"], row["device_name"])
        and (address is None or row["address"] == address)
        and (name is None or name in (row["name"], row["plant_name"]))
        and space in (None, row["space"])
        and station in (None, row["station"])
    ]
    values = [(row, row["number"] if row["number"] is not None else row["integer"]) for row in rows]
    values = [(row, value) for row, value in values if value is not None]
    what = f"{device}, {name if name is not None else address}"
    if not values:
        raise ValueError(f"no point of numbers is named so: {what}")
    kinds = sorted({_key(row) for row, _ in values}, key=str)
    if len(kinds) > 1:
        raise ValueError(f"several points are named so: {what}; tell apart by space and station: {kinds}")
    axes = _axes(axes, (9, 4))
    untyped: Any = axes  # matplotlib's types refuse times.
    values.sort(key=lambda pair: pair[0]["ts"])
    row = values[0][0]
    times = [_moment(each["ts"]) for each, _ in values]
    seen = [value for _, value in values]
    untyped.step(times, seen, where="post", color=_COLOURS[0], linewidth=1.5, label="value")
    untyped.plot(times, seen, ".", color=_COLOURS[0], markersize=5)
    marked: Iterable[tuple[str, str, str, Any]] = (
        ("written or commanded", "^", _COLOURS[5], lambda each: each["way_name"] in ("written", "commanded")),
        ("not vouched for", "x", _COLOURS[7], lambda each: each["good"] is False),
    )
    further = False
    for label, marker, colour, holds in marked:
        those = [(time, value) for time, (each, value) in zip(times, values, strict=True) if holds(each)]
        if those:
            further = True
            axes.plot(*zip(*those, strict=True), marker, color=colour, markersize=8, linestyle="none", label=label)
    _times(axes, values[0][0]["ts"], values[-1][0]["ts"])
    axes.set_ylabel(f"value, {row['unit']}" if row["unit"] else "value")
    called = row["plant_name"] or row["name"] or f"{row['space'].replace('_', ' ')} {row['address']}"
    of_station = f", station {row['station']}" if row["station"] is not None else ""
    axes.set_title(f"{called} of {row['device_name'] or row['device'] or row['device_mac']}{of_station}")
    if further:
        axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False)
    axes.margins(y=0.1)
    if all(isinstance(value, int) for value in seen):
        untyped.yaxis.get_major_locator().set_params(integer=True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#dddddd", linewidth=0.5)
    axes.set_axisbelow(True)
    return axes


def _key(row: dict[str, Any]) -> tuple[Any, ...]:
    return (row["station"], row["space"], row["address"], row["name"])
