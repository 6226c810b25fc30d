"""`dissect`: payload without a capture."""

from typing import Any

import pytest

import fieldtap

# The examples of clause 6.3 of the MODBUS Application Protocol Specification V1.1b3 behind an MBAP header.
REQUEST = bytes.fromhex("0001 0000 0006 01 03 006b 0003")
RESPONSE = bytes.fromhex("0001 0000 0009 01 03 06 022b 0000 0064")


def test_a_request() -> None:
    """One row of the message, and one of the request that has no answer."""
    rows = fieldtap.dissect("modbus", REQUEST, "request")
    assert [row["record"] for row in rows] == ["modbus", "operations"]
    row = rows[0]
    assert (row["transaction_id"], row["unit_id"], row["function_code"]) == (1, 1, 3)
    assert row["function_code_name"] == "read_holding_registers"
    assert (row["address"], row["quantity"], row["registers"]) == (107, 3, None)


def test_a_dialogue() -> None:
    """The answer knows its request; the pieces are counted as frames."""
    rows = fieldtap.dissect("modbus", [("request", REQUEST), ("response", RESPONSE)])
    request, response = (row for row in rows if row["record"] == "modbus")
    assert (request["frame"], response["frame"]) == (1, 2)
    assert response["registers"] == [555, 0, 100]
    assert (response["address"], response["request_message"]) == (107, request["message"])
    points = [(row["address"], row["integer"]) for row in rows if row["record"] == "points"]
    assert points == [(107, 555), (108, 0), (109, 100)]
    (operation,) = (row for row in rows if row["record"] == "operations")
    assert (operation["operation_name"], operation["outcome_name"]) == ("read", "success")


@pytest.mark.parametrize(("data", "direction"), [(REQUEST, "request"), (RESPONSE, "response")])
@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_the_direction_is_found(data: bytes, direction: str, transport: Any) -> None:
    """Where it is not said."""
    assert fieldtap.dissect("modbus", data, transport=transport)[0]["direction_name"] == direction


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_all_kinds_of_octets(kind: Any) -> None:
    """Whatever has Python's buffer interface."""
    assert fieldtap.dissect("modbus", kind(REQUEST), "request") == fieldtap.dissect("modbus", REQUEST, "request")


def test_pieces_of_any_size() -> None:
    """The same values, whatever the pieces."""
    whole = fieldtap.dissect("modbus", REQUEST, "request")[0]
    octets = [("request", REQUEST[index : index + 1]) for index in range(len(REQUEST))]
    row = fieldtap.dissect("modbus", octets)[0]  # type: ignore[arg-type]
    assert row["frame"] == len(REQUEST)
    for key in ("transaction_id", "unit_id", "function_code", "address", "quantity"):
        assert row[key] == whole[key]


def test_a_child() -> None:
    """UMAS within function 90."""
    rows = fieldtap.dissect("modbus", bytes.fromhex("0001 0000 0004 01 5a 00 02"), "request")
    assert {"modbus", "umas"} <= {row["record"] for row in rows}


def test_garbage_is_an_anomaly() -> None:
    """Not an exception: hostile octets are normal."""
    assert fieldtap.dissect("modbus", b"") == []
    for data in (b"\xff" * 40, REQUEST[:5], REQUEST + b"<script>", bytes(300)):
        rows = fieldtap.dissect("modbus", data)
        assert any(row["record"] == "anomalies" for row in rows), data


def test_misuse() -> None:
    """Says what is known."""
    with pytest.raises(ValueError, match='no protocol is named "modbuss"; there are modbus'):
        fieldtap.dissect("modbuss", REQUEST)
    with pytest.raises(ValueError, match='no direction is named "up"; there are request, response'):
        fieldtap.dissect("modbus", REQUEST, "up")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match='no transport is named "sctp"; there are tcp, udp'):
        fieldtap.dissect("modbus", REQUEST, transport="sctp")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="are expected, not str"):
        fieldtap.dissect("modbus", "0001")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="direction of its own"):
        fieldtap.dissect("modbus", [("request", REQUEST)], "request")


def test_protocols_and_schema_agree() -> None:
    """Each protocol's tables are described."""
    schemas = fieldtap.schema()
    names = [protocol.name for protocol in fieldtap.protocols()]
    assert names[0] == "modbus"
    assert len(set(names)) == len(names)
    for protocol in fieldtap.protocols():
        assert protocol.tables
        assert set(protocol.tables) <= set(schemas)
        assert protocol.carriers
        assert protocol.name in repr(protocol)
    assert "tcp 502" in fieldtap.protocols()[0].carriers
    for name, schema in schemas.items():
        assert schema.name == name
        assert schema.doc
        assert len(schema) == len(schema.columns)
        assert all(column.doc for column in schema.columns)
        assert [column.name for column in schema.columns][:3] == ["file", "frame", "ts"]
    columns = {column.name: column for column in schemas["modbus"].columns}
    assert (columns["ts"].type, columns["ts"].nullable) == ("timestamp[ns, UTC]", False)
    assert (columns["registers"].type, columns["registers"].nullable) == ("list<uint16>", True)
    assert columns["length"].unit == "octets"
