//! Takes rows, sums them up, and holds each to what its table promises.

use std::sync::OnceLock;

use fieldtap::record::{Envelope, Field, Instant, Kind, Row, Sink, Table, Verdict, digest_bytes};

/// Whether a column says when or in which frame something was, not what: times of the capture, and other messages.
fn is_aside(table: &Table, column: &str) -> bool {
    let time = matches!(
        column,
        "requested"
            | "selected"
            | "executed"
            | "accepted"
            | "returned"
            | "cancelled"
            | "completed"
            | "latency"
    );
    let interval = matches!(column, "first" | "last" | "longest_silence");
    (time && table.name == "operations")
        || (interval && table.name == "streams")
        || column.ends_with("_message")
}

/// Whether a row says how many frames brought something: that is of the frames, and not of the octets.
fn is_of_frames(table: &Table, row: &dyn Row) -> bool {
    let reason = table.columns.iter().position(|column| column.name == "reason");
    let told = Field::Symbol("more frames brought the message than are told apart");
    table.name == "anomalies" && reason.is_some_and(|reason| row.field(reason) == told)
}

/// Whether every row is printed: for a look at a finding, set `FIELDTAP_FUZZ_ROWS`.
fn is_shown() -> bool {
    static SHOWN: OnceLock<bool> = OnceLock::new();
    *SHOWN.get_or_init(|| std::env::var_os("FIELDTAP_FUZZ_ROWS").is_some())
}

/// Mixes a number into a sum; the order of the numbers counts.
fn mix(sum: u64, number: u64) -> u64 {
    let product = u128::from(sum.rotate_left(25) ^ number) * 0x9e37_79b9_7f4a_7c15;
    (product as u64) ^ ((product >> 64) as u64)
}

fn field_sum(field: Field<'_>) -> u64 {
    let (kind, value) = match field {
        Field::Null => (0, 0),
        Field::Bool(value) => (1, value.into()),
        Field::Unsigned(value) => (2, value),
        Field::Signed(value) => (3, value as u64),
        Field::F32(value) => (4, value.to_bits().into()),
        Field::F64(value) => (5, value.to_bits()),
        Field::Text(text) => (6, digest_bytes(text.as_bytes())),
        Field::Bytes(octets) => (7, digest_bytes(octets)),
        Field::Symbol(word) => (8, digest_bytes(word.as_bytes())),
        Field::Instant(value) | Field::WallClock(value) | Field::Duration(value) => (9, value as u64),
        Field::Mac(mac) => (10, digest_bytes(&mac.0)),
        Field::Ip(ip) => match ip {
            std::net::IpAddr::V4(ip) => (11, u32::from(ip).into()),
            std::net::IpAddr::V6(ip) => (12, digest_bytes(&ip.octets())),
        },
        Field::Code { value, name } => (13, value ^ digest_bytes(name.unwrap_or_default().as_bytes())),
        Field::List(list) => {
            (14, list.iter().fold(list.len() as u64, |sum, field| mix(sum, field_sum(field))))
        }
    };
    mix(kind, value)
}

/// Sums of all rows that were taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Rows.
    pub count: u64,
    /// Every field of row and envelope, in order.
    pub exact: u64,
    /// The same, but for frame and time, and without rows that are of frames alone.
    pub aside: u64,
    /// Rows that are of frames alone.
    pub of_frames: u64,
    /// Every field of row and envelope, in any order.
    pub unordered: u64,
}

/// What the rows of `conversations` add up to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Conversations {
    /// Rows.
    pub count: u64,
    /// Frames of both ends.
    pub frames: u64,
}

/// A sink that sums rows up and panics at one that breaks a promise.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rows {
    /// Sums of all rows.
    pub sums: Sums,
    /// Sums over `conversations`.
    pub conversations: Conversations,
    /// Rows after which this one and every further one is answered with [`Verdict::Leave`].
    pub leave_after: Option<u64>,
}

impl Sink for Rows {
    fn row(&mut self, envelope: &Envelope, row: &dyn Row) -> Verdict {
        let table = row.table();
        if is_shown() {
            show(envelope, row);
        }
        let (mut fields, mut timeless) = (0, 0);
        for (index, column) in table.columns.iter().enumerate() {
            let field = row.field(index);
            assert!(
                column.nullable || field != Field::Null,
                "{}.{} is null, which its table rules out",
                table.name,
                column.name
            );
            assert!(fits(column.kind, &field), "{}.{} holds {field:?}", table.name, column.name);
            let sum = field_sum(field);
            fields = mix(fields, sum);
            let aside = if is_aside(table, column.name) { u64::from(field == Field::Null) } else { sum };
            timeless = mix(timeless, aside);
        }
        assert_eq!(row.field(table.columns.len()), Field::Null, "{} has a field too many", table.name);
        let name = digest_bytes(table.name.as_bytes());
        let aside =
            Envelope { file: 0, frame: 0, ts: Instant(0), message: envelope.message.map(|_| 0), ..*envelope };
        let exact = mix(mix(name, envelope.digest()), mix(fields, row.digest()));
        let sums = &mut self.sums;
        sums.count += 1;
        sums.exact = mix(sums.exact, exact);
        if is_of_frames(table, row) {
            sums.of_frames += 1;
        } else {
            sums.aside = mix(sums.aside, mix(mix(name, aside.digest()), timeless));
        }
        sums.unordered = sums.unordered.wrapping_add(exact);
        if table.name == "conversations" {
            self.conversation(table, row);
        }
        match self.leave_after {
            Some(after) if self.sums.count > after => Verdict::Leave,
            _ => Verdict::GoOn,
        }
    }
}

impl Rows {
    /// The accounting law: every octet of payload is counted once.
    fn conversation(&mut self, table: &'static Table, row: &dyn Row) {
        let number = |end: &str, name: &str| {
            let place = table
                .columns
                .iter()
                .position(|column| column.name.strip_prefix(end).is_some_and(|rest| rest == name));
            match place.map(|place| row.field(place)) {
                Some(Field::Unsigned(number)) => number,
                other => panic!("conversations.{end}{name} holds {other:?}"),
            }
        };
        self.conversations.count += 1;
        for end in ["originator", "responder"] {
            self.conversations.frames += number(end, "_frames");
            let [payload, dissected, skipped, repeated, outside] =
                ["_payload", "_dissected", "_skipped", "_repeated", "_outside"].map(|name| number(end, name));
            assert_eq!(
                payload,
                dissected + skipped + repeated + outside,
                "{end}: payload is not dissected {dissected} + skipped {skipped} + repeated {repeated} + outside {outside}"
            );
        }
    }
}

/// Whether a value is of its column's type.
fn fits(kind: Kind, field: &Field<'_>) -> bool {
    match field {
        Field::Null => true,
        Field::Bool(_) => kind == Kind::Bool,
        Field::Unsigned(value) => match kind {
            Kind::U8 => *value <= u8::MAX.into(),
            Kind::U16 => *value <= u16::MAX.into(),
            Kind::U32 => *value <= u32::MAX.into(),
            kind => kind == Kind::U64,
        },
        Field::Signed(value) => match kind {
            Kind::I8 => i8::try_from(*value).is_ok(),
            Kind::I16 => i16::try_from(*value).is_ok(),
            Kind::I32 => i32::try_from(*value).is_ok(),
            kind => kind == Kind::I64,
        },
        Field::F32(_) => kind == Kind::F32,
        Field::F64(_) => kind == Kind::F64,
        Field::Text(_) => kind == Kind::Text,
        Field::Bytes(_) => kind == Kind::Bytes,
        Field::Symbol(_) => kind == Kind::Symbol,
        Field::Instant(_) => kind == Kind::Instant,
        Field::WallClock(_) => kind == Kind::WallClock,
        Field::Duration(_) => kind == Kind::Duration,
        Field::Mac(_) => kind == Kind::Mac,
        Field::Ip(_) => kind == Kind::Ip,
        Field::Code { value, .. } => {
            matches!(kind, Kind::Code { width, .. } if width >= 8 || *value >> (8 * u32::from(width)) == 0)
        }
        Field::List(_) => matches!(kind, Kind::List(_)),
    }
}

fn show(envelope: &Envelope, row: &dyn Row) {
    let table = row.table();
    eprint!("frame {} message {:?} {}:", envelope.frame, envelope.message, table.name);
    for (index, column) in table.columns.iter().enumerate() {
        match row.field(index) {
            Field::Null => {}
            field => eprint!(" {}={field:?}", column.name),
        }
    }
    eprintln!();
}

/// Prints a line before the rows of one pass, where rows are printed.
pub fn title(text: &str) {
    if is_shown() {
        eprintln!("--- {text}");
    }
}
