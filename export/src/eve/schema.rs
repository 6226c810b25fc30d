//! The JSON schema of the events, made from the records.
use super::{Kind as What, kind, owner};
use fieldtap::{
    protocols,
    record::{ColumnInfo, Element, Kind, Table},
};
use serde_json::{Map, Value, json};

/// What Suricata has objects for: they are not records of ours.
const SURICATA: &str = include_str!("suricata.json");

/// The JSON schema (draft 2020-12) that every line of the format satisfies, where rows are of these tables.
pub fn schema(tables: &[&'static Table]) -> Value {
    let mut definitions: Map<String, Value> = serde_json::from_str(SURICATA).unwrap_or_default();
    let mut properties = common();
    let mut events = Vec::new();
    for event in [&protocols::modbus::PROTOCOL, &protocols::dnp3::PROTOCOL].map(|protocol| protocol.name) {
        properties.insert(event.into(), reference(event));
        events.push((event, vec![event]));
    }
    for table in tables {
        let event = match kind(table) {
            What::Modbus(_) | What::Dnp3(_) => continue,
            What::Conversation => "flow",
            What::Anomaly => "anomaly",
            What::Umas | What::Other => table.name,
        };
        if event != table.name {
            properties.insert(event.into(), reference(event));
        }
        properties.insert(table.name.into(), reference(table.name));
        definitions.insert(table.name.into(), fields(table, tables));
        events.push((event, if event == table.name { vec![event] } else { vec![event, table.name] }));
    }
    let names: Vec<&str> = events.iter().map(|(event, _)| *event).collect();
    properties.insert("event_type".into(), json!({ "enum": names }));
    let needs = events.iter().map(|(event, needs)| {
        json!({ "if": { "properties": { "event_type": { "const": event } } }, "then": { "required": needs } })
    });
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "EVE events of fieldtap",
        "description": "One line of `fieldtap dissect --format eve`.",
        "type": "object",
        "required": ["timestamp", "pcap_cnt", "event_type"],
        "properties": properties,
        "additionalProperties": false,
        "allOf": needs.collect::<Vec<_>>(),
        "$defs": definitions,
    })
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{name}") })
}

/// What all events have.
fn common() -> Map<String, Value> {
    let properties = json!({
        "timestamp": { "$ref": "#/$defs/timestamp", "description": "Time of the frame that completed the message." },
        "flow_id": { "type": "integer", "minimum": 0, "description": "The conversation." },
        "file": { "type": "integer", "minimum": 1, "description": "Index of the file among those read together, where it is not the first." },
        "pcap_cnt": { "type": "integer", "minimum": 0, "description": "Number of that frame in its file." },
        "vlan": { "type": "array", "items": { "$ref": "#/$defs/word" } },
        "src_ip": { "type": "string" },
        "src_port": { "$ref": "#/$defs/word" },
        "dest_ip": { "type": "string" },
        "dest_port": { "$ref": "#/$defs/word" },
        "ether": {
            "type": "object",
            "description": "Where there is no IP.",
            "properties": { "src_mac": { "$ref": "#/$defs/mac" }, "dest_mac": { "$ref": "#/$defs/mac" } },
            "additionalProperties": false,
        },
        "proto": { "type": "string", "description": "What IP carries: the word of Suricata for what is met in plants, else the number in three digits." },
        "community_id": { "type": "string", "pattern": "^1:[A-Za-z0-9+/]{27}=$" },
        "app_proto": { "type": "string", "description": "The protocol that the event speaks of." },
    });
    match properties {
        Value::Object(properties) => properties,
        _ => Map::new(),
    }
}

/// The object of a table's fields.
fn fields(table: &'static Table, tables: &[&'static Table]) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for column in table.columns {
        let mut value = value(column.kind);
        if column.nullable {
            value = json!({ "anyOf": [value, { "type": "null" }] });
        }
        if let Value::Object(value) = &mut value {
            let unit = column.unit.map(|unit| format!(" [{unit}]")).unwrap_or_default();
            value.insert("description".into(), format!("{}{unit}", column.doc).into());
        }
        properties.insert(column.name.into(), value);
        required.push(column.name.to_owned());
        if let Some((key, value)) = name_of(column) {
            required.push(key.clone());
            properties.insert(key, value);
        }
    }
    for of in tables {
        match owner(of) {
            Some((owner, key)) if owner == table => {
                properties.insert(key.into(), json!({ "type": "array", "items": reference(of.name) }));
            }
            _ => {}
        }
    }
    json!({
        "description": table.doc, "type": "object", "required": required, "properties": properties,
        "additionalProperties": false,
    })
}

/// The key that holds the name of a code.
fn name_of(column: &ColumnInfo) -> Option<(String, Value)> {
    let Kind::Code { .. } = column.kind else { return None };
    let value = json!({ "type": ["string", "null"], "description": format!("Name of `{}`.", column.name) });
    Some((format!("{}_name", column.name), value))
}

fn unsigned(bits: u32) -> Value {
    match bits {
        64 => json!({ "type": "integer", "minimum": 0 }),
        bits => json!({ "type": "integer", "minimum": 0, "maximum": (1u64 << bits) - 1 }),
    }
}

fn signed(bits: u32) -> Value {
    match bits {
        64 => json!({ "type": "integer" }),
        bits => {
            json!({ "type": "integer", "minimum": -(1i64 << (bits - 1)), "maximum": (1i64 << (bits - 1)) - 1 })
        }
    }
}

fn real() -> Value {
    json!({ "anyOf": [{ "type": "number" }, { "enum": ["NaN", "Infinity", "-Infinity"] }] })
}

fn value(kind: Kind) -> Value {
    match kind {
        Kind::Bool => json!({ "type": "boolean" }),
        Kind::U8 => unsigned(8),
        Kind::U16 => unsigned(16),
        Kind::U32 => unsigned(32),
        Kind::U64 => unsigned(64),
        Kind::I8 => signed(8),
        Kind::I16 => signed(16),
        Kind::I32 => signed(32),
        Kind::I64 | Kind::Duration => signed(64),
        Kind::Code { width, .. } => unsigned(u32::from(width) * 8),
        Kind::F32 | Kind::F64 => real(),
        Kind::Text | Kind::Symbol | Kind::Ip => json!({ "type": "string" }),
        Kind::Bytes => json!({ "type": "string", "pattern": "^([0-9a-f]{2})*$" }),
        Kind::Instant => time("Z"),
        Kind::WallClock => time(""),
        Kind::Mac => json!({ "$ref": "#/$defs/mac" }),
        Kind::List(element) => {
            let items = match element {
                Element::Bool => json!({ "type": "boolean" }),
                Element::U16 => unsigned(16),
                Element::U32 => unsigned(32),
                Element::I16 => signed(16),
                Element::F32 => real(),
                Element::F64 => json!({ "anyOf": [real(), { "type": "null" }] }),
            };
            json!({ "type": "array", "items": items })
        }
    }
}

fn time(zone: &str) -> Value {
    let pattern = format!("^\\d{{4}}-\\d{{2}}-\\d{{2}}T\\d{{2}}:\\d{{2}}:\\d{{2}}\\.\\d{{9}}{zone}$");
    json!({ "type": "string", "pattern": pattern })
}
