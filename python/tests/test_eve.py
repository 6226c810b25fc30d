"""A JSON schema validator passes what `--format eve` writes, with the schema that is published."""

import json
import os
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import jsonschema
import pytest

SCHEMA = Path(__file__).resolve().parents[2] / "docs" / "src" / "eve.schema.json"
MOST = 150  # Events of one type that are looked at, of one run of the command.
TYPES = ("modbus", "dnp3", "flow", "anomaly", "iec104", "s7comm", "goose", "operations", "points", "identities")


@pytest.fixture(scope="module")
def validator() -> Any:
    """A validator with the published schema."""
    schema = json.loads(SCHEMA.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object, each key of which stands in it once."""
    names = [name for name, _ in pairs]
    assert len(names) == len(set(names)), names
    return dict(pairs)


def valid(command: Path, validator: Any, *arguments: str | Path) -> Counter[str]:
    """Validates the events of these captures; counts them by type."""
    # Some captures are broken on purpose: what could be read of them is written all the same.
    run = subprocess.run([command, "dissect", *arguments, "--format", "eve"], capture_output=True, check=False)
    seen: Counter[str] = Counter()
    for line in run.stdout.decode().splitlines():
        event = json.loads(line, object_pairs_hook=once)
        seen[event["event_type"]] += 1
        if seen[event["event_type"]] <= MOST:
            error = jsonschema.exceptions.best_match(validator.iter_errors(event))
            assert error is None, f"{error.message} in {line}"
    return seen


def test_the_published_schema_is_that_of_the_command(command: Path) -> None:
    """What the command prints is what the documentation publishes."""
    run = subprocess.run([command, "schema", "--format", "eve"], capture_output=True, check=True)
    assert run.stdout.decode() == SCHEMA.read_text()


@pytest.mark.parametrize("every_message", [False, True])
def test_every_event_of_the_corpus_is_valid(command: Path, corpus: Path, validator: Any, every_message: bool) -> None:
    """Every protocol, as far as the corpus has it."""
    seen = valid(command, validator, corpus, *(["--every-message"] if every_message else []))
    assert not set(TYPES) - set(seen), seen


def test_events_of_captures_from_outside_are_valid(command: Path, validator: Any) -> None:
    """Captures that others made."""
    if not (outside := os.environ.get("FIELDTAP_CAPTURES")):
        pytest.skip("FIELDTAP_CAPTURES is not set: captures from outside the repository are left out")
    for folder in sorted(path for path in Path(outside).iterdir() if path.is_dir() and path.name != "suricata"):
        valid(command, validator, folder)


def test_a_schema_that_everything_satisfies_would_be_noticed(validator: Any) -> None:
    """An event that is wrong is not valid."""
    event = {"timestamp": "2026-03-02T08:00:00.000000+0000", "pcap_cnt": 1, "event_type": "modbus"}
    pdu = {"unit_id": 1, "function_raw": 3, "function_code": "RdHoldRegs", "category": "NONE"}
    pdu |= {"access_type": "READ | HOLDING", "error_flags": "NONE"}
    assert validator.is_valid(event | {"modbus": {"id": 1, "request": pdu}})
    for wrong in (
        event,
        event | {"modbus": {"id": 1}},
        event | {"modbus": {"id": 1, "request": pdu | {"unit_id": 256}}},
        event | {"modbus": {"id": 1, "request": pdu | {"stranger": 1}}},
        event | {"modbus": {"id": 1, "request": pdu}, "stranger": 1},
        event | {"event_type": "stranger"},
    ):
        assert not validator.is_valid(wrong), wrong
