"""Logs of Zeek and Suricata as data frames, and their join with conversations."""

import gzip
import json
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas
import polars
import pytest

import fieldtap

# A log as Zeek's manual shows it, with a set, an unset and an empty field.
TEXT = """#separator \\x09
#set_separator\t,
#empty_field\t(empty)
#unset_field\t-
#path\tconn
#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tduration\torig_bytes\tlocal_orig\ttunnel_parents
#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tinterval\tcount\tbool\tset[string]
1772438400.000000001\tC1\t10.0.0.1\t1024\t10.0.0.2\t502\ttcp\t1.5\t18446744073709551615\tT\ta,b
1772438401.250000\tC2\t10.0.0.1\t1025\t10.0.0.2\t502\ttcp\t-\t-\tF\t(empty)
#close\t2026-03-02-08-00-02
"""


@pytest.mark.parametrize("library", ["polars", "pandas"])
def test_the_types_of_zeek(tmp_path: Path, library: Any) -> None:
    """Times to the nanosecond, 64-bit counts, sets; unset is null."""
    path = tmp_path / "conn.log.gz"
    path.write_bytes(gzip.compress(TEXT.encode()))
    frame = fieldtap.logs.read_zeek(path, library=library)
    if library == "pandas":
        assert isinstance(frame, pandas.DataFrame)
        times = [time.value for time in frame["ts"]]
        assert str(frame["ts"].dtype) == "datetime64[ns, UTC]"
        assert frame["orig_bytes"].tolist() == [2**64 - 1, pandas.NA]
        assert frame["duration"][0] == pandas.Timedelta(1.5, "s")
        assert frame["duration"].isna().tolist() == [False, True]
    else:
        assert isinstance(frame, polars.DataFrame)
        times = frame["ts"].cast(polars.Int64).to_list()
        assert frame.schema["ts"] == polars.Datetime("ns", "UTC")
        assert frame["orig_bytes"].to_list() == [2**64 - 1, None]
        assert frame["duration"].cast(polars.Int64).to_list() == [1_500_000_000, None]
    assert times == [1_772_438_400_000_000_001, 1_772_438_401_250_000_000]
    assert list(frame["local_orig"]) == [True, False]
    assert [list(value) for value in frame["tunnel_parents"]] == [["a", "b"], []]
    assert list(frame["id.resp_p"]) == [502, 502]


@pytest.mark.parametrize("library", ["polars", "pandas"])
@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("1772438401.250000", "inf", "ts"),
        ("1772438401.250000", "nan", "ts"),
        ("1772438401.250000", "1e12", "ts"),
        ("1.5", "-1e10", "duration"),
        ("18446744073709551615", "18446744073709551616", "orig_bytes"),
        ("18446744073709551615", "-1", "orig_bytes"),
    ],
)
def test_numbers_that_no_column_holds(tmp_path: Path, library: Any, old: str, new: str, field: str) -> None:
    """Are said as any other field that is none of its type."""
    path = tmp_path / "conn.log"
    path.write_text(TEXT.replace(old, new))
    with pytest.raises(ValueError, match=rf"conn\.log, line \d, field {field}: '{new}' is no"):
        fieldtap.logs.read_zeek(path, library=library)


@pytest.mark.parametrize("moment", ["NaN", "1e12", "[1]", '"yesterday"'])
def test_moments_of_json_that_are_none(tmp_path: Path, moment: str) -> None:
    """With the file and the field."""
    path = tmp_path / "conn.log"
    path.write_text(f'{{"ts": {moment}}}\n')
    with pytest.raises(ValueError, match=r"conn\.log.* field ts: .* is no time"):
        fieldtap.logs.read_zeek(path)


def test_what_is_no_log_is_said_with_its_place(tmp_path: Path) -> None:
    """File, line, field."""
    path = tmp_path / "conn.log"
    path.write_text(TEXT.replace("1024", "many"))
    with pytest.raises(ValueError, match=r"conn\.log, line 8, field id\.orig_p: 'many' is no port"):
        fieldtap.logs.read_zeek(path)
    path.write_text(TEXT.replace("\ttcp", "", 1))
    with pytest.raises(ValueError, match="line 8: 10 fields, where #fields names 11"):
        fieldtap.logs.read_zeek(path)
    path.write_text("a,b\n")
    with pytest.raises(ValueError, match="line 1: no Zeek log"):
        fieldtap.logs.read_zeek(path)
    path.write_text('{"ts": 1}\n{"ts":\n')
    with pytest.raises(ValueError, match="line 2: no JSON"):
        fieldtap.logs.read_zeek(path)


@pytest.mark.parametrize(
    ("ends", "expected"),
    # The examples of the specification of community ids, version 1, seed 0.
    [
        (("128.232.110.120", 34855, "66.35.250.204", 80, "tcp"), "1:LQU9qZlK+B5F3KDmev6m5PMibrg="),
        (("66.35.250.204", 80, "128.232.110.120", 34855, "tcp"), "1:LQU9qZlK+B5F3KDmev6m5PMibrg="),
        (("192.168.1.52", 54585, "8.8.8.8", 53, "udp"), "1:d/FP5EW3wiY1vCndhwleRRKHowQ="),
    ],
)
def test_community_ids(ends: Any, expected: str) -> None:
    """They are those that all tools give."""
    assert fieldtap.logs.community_id(*ends) == expected


@pytest.mark.parametrize("library", ["polars", "pandas"])
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_every_conversation_finds_its_connection(
    command: Path, corpus: Path, tmp_path: Path, library: Any, form: tuple[str, ...]
) -> None:
    """Each of TCP and UDP once, whether or not the log has community ids."""
    profile = ("--format", "zeek", "--profile", "icsnpp", *form)
    subprocess.run([command, "dissect", corpus / "demo.pcapng", *profile, "-o", tmp_path], check=True)
    conn = fieldtap.logs.read_zeek(tmp_path / "conn.log", library=library)
    conversations = fieldtap.read(corpus / "demo.pcapng").conversations
    rows = conversations.rows()
    expected = [row["conversation"] for row in rows if row["transport"] in ("tcp", "udp")]
    without = conn.drop(columns="community_id") if library == "pandas" else conn.drop("community_id")
    for log in (conn, without):
        joined = fieldtap.logs.join(conversations, log)
        assert list(joined["conversation"]) == expected
        assert list(joined["sender_port"]) == list(joined["id.orig_p"])
        # Zeek's times have six digits.
        apart = zip(joined["ts_log"], joined["first"], strict=True)
        assert all(abs(one - other) < timedelta(microseconds=2) for one, other in apart)
    # Logs of ICSNPP tell ends, and not whether these are of TCP or UDP.
    ends = without.drop(columns="proto") if library == "pandas" else without.drop("proto")
    assert list(fieldtap.logs.join(conversations, ends)["conversation"]) == expected
    other = conversations.to_polars() if library == "pandas" else conversations.to_pandas()
    with pytest.raises(TypeError, match=f"the log is a data frame of {library}"):
        fieldtap.logs.join(other, conn)
    none = conn[:0]
    assert len(fieldtap.logs.join(conversations, none)) == 0
    assert len(fieldtap.logs.join(conversations, none, how="left")) == len(rows)


@pytest.mark.parametrize("library", ["polars", "pandas"])
def test_events_of_suricata(command: Path, corpus: Path, tmp_path: Path, library: Any) -> None:
    """Flows are joined by their spans, events by their time; what is within has names with dots."""
    capture = corpus / "demo.pcapng"
    path = tmp_path / "eve.json"
    run = subprocess.run([command, "dissect", capture, "--format", "eve"], capture_output=True, check=True)
    path.write_bytes(run.stdout)
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    frame = fieldtap.logs.read_eve(path, library=library)
    assert len(frame) == len(lines)
    flows = fieldtap.logs.read_eve(path, "flow", library=library)
    assert len(flows) == sum(line["event_type"] == "flow" for line in lines) > 0
    conversations = fieldtap.read(capture).conversations
    # Events of a type that there is none of are an answer too.
    none = fieldtap.logs.read_eve(path, "bittorrent", library=library)
    assert len(none) == 0
    assert len(fieldtap.logs.join(conversations, none)) == 0
    assert len(fieldtap.logs.join(conversations, none, how="left")) == len(conversations)
    joined = fieldtap.logs.join(conversations, flows)
    pairs = zip(joined["sender_port"], joined["src_port"], strict=True)
    assert all(one == other for one, other in pairs)
    events = fieldtap.logs.read_eve(path, ["modbus"], library=library)
    assert next(iter(events["modbus.request.unit_id"])) is not None
    assert set(fieldtap.logs.join(conversations, events)["conversation"]) <= set(joined["conversation"])


def test_the_same_ports_later_are_another_conversation(corpus: Path) -> None:
    """By community id alone they would be one."""
    conversations = fieldtap.read(corpus / "demo.pcapng").conversations.to_polars()
    log = conversations.select("community_id", polars.col("first").alias("ts"), polars.lit("C").alias("uid"))
    log = log.filter(polars.col("community_id").is_not_null())
    later = log.with_columns(polars.col("ts") + polars.duration(hours=1, time_unit="ns"))
    assert fieldtap.logs.join(conversations, log).height == log.height
    assert fieldtap.logs.join(conversations, later).height == 0
    assert fieldtap.logs.join(conversations, polars.concat([log, later])).height == log.height
