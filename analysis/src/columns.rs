//! Where the columns stand that the summary reads, found by name when this crate is compiled.
use fieldtap::record::{Address, Field, Row};

macro_rules! columns {
    ($($module:ident of $record:ident { $($name:ident = $column:literal,)* })*) => {$(
        pub(crate) mod $module {
            use fieldtap::common::$record;
            $( pub(crate) const $name: usize = fieldtap::record::column_place($record::COLUMNS, $column); )*
        }
    )*};
}

columns! {
    conversations of Conversations {
        TRANSPORT = "transport",
        TRANSPORT_NUMBER = "transport_number",
        APPLICATION = "application",
        COVERAGE = "coverage",
        CONFIDENCE = "confidence",
        ORIGINATOR_FRAMES = "originator_frames",
        RESPONDER_FRAMES = "responder_frames",
        ORIGINATOR_OCTETS = "originator_octets",
        RESPONDER_OCTETS = "responder_octets",
        ORIGINATOR_PAYLOAD = "originator_payload",
        RESPONDER_PAYLOAD = "responder_payload",
        ORIGINATOR_DISSECTED = "originator_dissected",
        RESPONDER_DISSECTED = "responder_dissected",
        ORIGINATOR_SKIPPED = "originator_skipped",
        RESPONDER_SKIPPED = "responder_skipped",
        ORIGINATOR_MISSING = "originator_missing",
        RESPONDER_MISSING = "responder_missing",
        ORIGINATOR_MESSAGES = "originator_messages",
        RESPONDER_MESSAGES = "responder_messages",
        COPIES = "copies",
        WRONG_CHECKSUMS = "wrong_checksums",
    }
    operations of Operations {
        OPERATION = "operation",
        STATION = "station",
        OUTCOME = "outcome",
        LATE = "late",
    }
    points of Points {
        DEVICE = "device",
        DEVICE_MAC = "device_mac",
        STATION = "station",
        SPACE = "space",
        ADDRESS = "address",
        NAME = "name",
        WAY = "way",
        NUMBER = "number",
        INTEGER = "integer",
        TEXT = "text",
        BITS = "bits",
        GOOD = "good",
        PLANT_NAME = "plant_name",
        UNIT = "unit",
    }
    identities of Identities {
        DEVICE = "device",
        DEVICE_MAC = "device_mac",
        STATION = "station",
        FACT = "fact",
        NUMBER = "number",
        VALUE = "value",
        READABLE = "readable",
    }
    anomalies of Anomalies {
        KIND = "kind",
        REASON = "reason",
        LENGTH = "length",
        FOUND = "found",
        COUNT = "count",
    }
}

pub(crate) fn number(row: &dyn Row, column: usize) -> Option<u64> {
    match row.field(column) {
        Field::Unsigned(number) | Field::Code { value: number, .. } => Some(number),
        _ => None,
    }
}

pub(crate) fn count(row: &dyn Row, column: usize) -> u64 {
    number(row, column).unwrap_or_default()
}

/// A code of one octet; 0 where there is none.
pub(crate) fn code(row: &dyn Row, column: usize) -> u8 {
    number(row, column).and_then(|number| u8::try_from(number).ok()).unwrap_or_default()
}

pub(crate) fn small(row: &dyn Row, column: usize) -> Option<u32> {
    number(row, column).and_then(|number| u32::try_from(number).ok())
}

pub(crate) fn word(row: &dyn Row, column: usize) -> Option<&'static str> {
    match row.field(column) {
        Field::Symbol(word) => Some(word),
        _ => None,
    }
}

pub(crate) fn truth(row: &dyn Row, column: usize) -> bool {
    row.field(column) == Field::Bool(true)
}

pub(crate) fn octets(row: &dyn Row, column: usize) -> &[u8] {
    match row.field(column) {
        Field::Text(text) => text.0,
        Field::Bytes(octets) => octets,
        _ => &[],
    }
}

pub(crate) fn address(row: &dyn Row, column: usize) -> Option<Address> {
    match row.field(column) {
        Field::Ip(ip) => Some(Address::Ip(ip)),
        Field::Mac(mac) => Some(Address::Mac(mac)),
        _ => None,
    }
}
