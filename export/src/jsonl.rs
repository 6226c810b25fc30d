//! JSON lines: one object a row, all tables in one stream.
use crate::{
    TextFormat,
    tables::Prepared,
    text::{self, Names},
};
use core::{cell::RefCell, ops::Range};
use fieldtap::record::{
    ColumnInfo, Envelope, Field, Instant, Kind, List, Row, Symbol, Table, TakeValue, Value,
};

/// JSON lines (RFC 8259 objects, one a line): `{"record":"<table>", <envelope>, <fields>}`.
///
/// - Every column of the table is there in every row, in the order of its declaration; an absent value is `null`.
/// - A code is two keys: `x` is the number, `x_name` its name, `null` where the number has none.
/// - 64-bit integers are written in full: read them with a parser that keeps them.
/// - Numbers that JSON cannot write are strings: `"NaN"`, `"Infinity"`, `"-Infinity"`. Single precision has the fewest
///   digits that give the same single precision number back.
/// - Instants are RFC 3339 with nine digits and `Z`, wall clocks the same without a zone; durations are nanoseconds.
/// - Text of the wire is a string in the reversible form of [`Text`](fieldtap::record::Text): what is not UTF-8, and what
///   steers a terminal, is `\xNN` in the string's value, a backslash two. Octets are lower hexadecimal.
/// - Lists are arrays.
#[derive(Debug)]
pub struct JsonLines {
    envelope: Members,
    plans: Prepared<Plan>,
}

impl Default for JsonLines {
    fn default() -> Self {
        Self { envelope: Members::of(Envelope::COLUMNS), plans: Prepared::default() }
    }
}

/// The keys of one table, ready to be copied.
#[derive(Debug)]
struct Plan {
    head: Vec<u8>,
    record: Members,
}

/// Octets that a short key is padded to: a copy of fixed length is cheaper than one of the true length.
const SHORT: usize = 32;

/// `,"x":` and, of a code, `,"x_name":`.
#[derive(Debug)]
struct Key {
    number: Padded,
    name: Option<Padded>,
    /// Of a code, number and name with its key between them, for small numbers that have a name.
    codes: Vec<Padded<LONG>>,
    /// Where its column stands in [`Members::nulls`].
    null: Range<usize>,
    /// Where its first key ends there.
    key_end: usize,
}

/// The same of the values of a code.
const LONG: usize = 64;
/// Numbers below this are small.
const CODES: u64 = 256;

#[derive(Debug)]
struct Padded<const LEN: usize = SHORT> {
    short: [u8; LEN],
    len: usize,
    /// The text, if it is longer.
    long: Vec<u8>,
}

impl<const LEN: usize> Padded<LEN> {
    fn new(text: &[u8]) -> Self {
        let mut short = [0; LEN];
        let len = text.len();
        if len <= LEN {
            for (to, from) in short.iter_mut().zip(text) {
                *to = *from;
            }
            return Self { short, len, long: Vec::new() };
        }
        Self { short, len: 0, long: text.to_vec() }
    }
    #[inline(always)]
    fn write(&self, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(&self.short);
        out.truncate(start + self.len);
        if self.len == 0 {
            out.extend_from_slice(&self.long);
        }
    }
}

impl Key {
    /// The key of a column. What stands for its absent value is appended to `nulls`.
    fn new(column: &ColumnInfo, nulls: &mut Vec<u8>) -> Self {
        let start = nulls.len();
        let mut ends = Vec::new();
        let mut key = |suffix: &str| {
            let mut key = b",".to_vec();
            word(&format!("{}{suffix}", column.name), &mut key);
            key.push(b':');
            nulls.extend_from_slice(&key);
            ends.push(nulls.len());
            nulls.extend_from_slice(b"null");
            key
        };
        let number = key("");
        let name = matches!(column.kind, Kind::Code { .. }).then(|| key("_name"));
        let mut codes = Vec::new();
        if let (Kind::Code { names, .. }, Some(key)) = (column.kind, &name) {
            let most = names.iter().filter(|(code, _)| *code < CODES).map(|(code, _)| code + 1).max();
            codes.extend((0..most.unwrap_or_default()).map(|code| {
                // The first name of a code counts, as with `Code::name`.
                let known = names.iter().find(|(known, _)| *known == code);
                let mut text = Vec::new();
                if let Some((_, name)) = known {
                    text::unsigned(code, &mut text);
                    text.extend_from_slice(key);
                    word(name, &mut text);
                }
                Padded::new(&text)
            }));
        }
        let key_end = ends.first().copied().unwrap_or(start);
        let name = name.map(|name| Padded::new(&name));
        Self { number: Padded::new(&number), name, codes, null: start..nulls.len(), key_end }
    }
}

impl Plan {
    fn new(table: &'static Table) -> Self {
        let mut head = b"{\"record\":".to_vec();
        word(table.name, &mut head);
        Self { head, record: Members::new(table) }
    }
}

/// Fields as members of a JSON object, without the envelope.
#[derive(Debug)]
pub(crate) struct Members {
    keys: Vec<Key>,
    /// All members as they are where every value is absent: so a run of absent values is one copy.
    nulls: Vec<u8>,
}

impl Members {
    pub(crate) fn new(table: &'static Table) -> Self {
        Self::of(table.columns)
    }
    fn of(columns: &[ColumnInfo]) -> Self {
        let mut nulls = Vec::new();
        let keys = columns.iter().map(|column| Key::new(column, &mut nulls)).collect();
        Self { keys, nulls }
    }
    /// Appends the fields of a row, each with a comma before it.
    #[inline(always)]
    fn write<R: Row + ?Sized>(&self, row: &R, out: &mut Vec<u8>) {
        let mut from = 0;
        row.present(&mut |index, field| {
            if let Some(key) = self.keys.get(index) {
                self.put(key, field, &mut from, out);
            }
        });
        self.end(from, out);
    }
    /// Appends a member whose value is there. Those of absent values are left for later: they begin at `from` in `nulls`.
    #[inline(always)]
    fn put(&self, key: &Key, field: Field<'_>, from: &mut usize, out: &mut Vec<u8>) {
        let start = core::mem::replace(from, key.null.end);
        if start < key.null.start {
            // The key stands behind the absent values.
            out.extend_from_slice(self.nulls.get(start..key.key_end).unwrap_or_default());
        } else {
            key.number.write(out);
        }
        member(key, field, out);
    }
    /// Appends the absent values at the end.
    #[inline(always)]
    fn end(&self, from: usize, out: &mut Vec<u8>) {
        out.extend_from_slice(self.nulls.get(from..).unwrap_or_default());
    }
    /// Appends the members of an envelope, if these are its keys.
    fn envelope(&self, envelope: &Envelope, out: &mut Vec<u8>) {
        let mut put = Put { members: self, keys: self.keys.iter(), from: 0, out };
        envelope.each(&mut put);
        let from = put.from;
        self.end(from, out);
    }
    /// Appends the fields of a row of this table, as [`JsonLines`] has them.
    pub(crate) fn object(&self, row: &dyn Row, out: &mut Vec<u8>) {
        let start = out.len();
        self.write(row, out);
        // Every key has a comma before it; a table has columns.
        if let Some(first) = out.get_mut(start) {
            *first = b'{';
        }
        out.push(b'}');
    }
}

/// Puts the values of a row whose type is known.
struct Put<'a> {
    members: &'a Members,
    keys: core::slice::Iter<'a, Key>,
    from: usize,
    out: &'a mut Vec<u8>,
}

impl TakeValue for Put<'_> {
    #[inline]
    fn value<V: Value>(&mut self, value: V) {
        let field = value.field();
        if let Some(key) = self.keys.next()
            && !matches!(field, Field::Null)
        {
            self.members.put(key, field, &mut self.from, self.out);
        }
    }
}

impl JsonLines {
    /// An encoder.
    pub fn new() -> Self {
        Self::default()
    }
}

impl TextFormat for JsonLines {
    fn extension(&self) -> &'static str {
        "jsonl"
    }
    fn one_stream(&self) -> bool {
        true
    }
    fn header(&self, _table: &'static Table, _open: Instant, _out: &mut Vec<u8>) {}
    fn begin(&self, table: &'static Table, out: &mut Vec<u8>) {
        self.plans.with(table, Plan::new, |plan| out.extend_from_slice(&plan.head));
    }
    fn envelope(&self, envelope: &Envelope, out: &mut Vec<u8>) {
        let (Some(conversation), Some(message)) = (envelope.conversation, envelope.message) else {
            return self.envelope.envelope(envelope, out);
        };
        PLACES.with_borrow_mut(|places| {
            if places.is_empty() {
                places.resize_with(SLOTS, Place::default);
            }
            // A message and its operation take turns, and differ in what they are to their dialogue.
            let direction = envelope.direction.map_or(0, |direction| u64::from(direction.0 & 3));
            let side = direction << 1 | u64::from(envelope.from_originator);
            let spread = (conversation << 3 | side).wrapping_mul(ODD);
            let Some(place) = places.get_mut((spread >> 32) as usize % SLOTS) else { return };
            if place.is_of(envelope) {
                return place.write(envelope, message, out);
            }
            let start = out.len();
            self.envelope.envelope(envelope, out);
            place.learn(envelope, conversation, message, start, out);
        });
    }
    fn fields(&self, row: &dyn Row, out: &mut Vec<u8>) {
        self.plans.with(row.table(), Plan::new, |plan| {
            plan.record.write(row, out);
            out.extend_from_slice(b"}\n");
        });
    }
    fn footer(&self, _table: &'static Table, _close: Instant, _out: &mut Vec<u8>) {}
}

/// What the envelopes of one side of a conversation have in common, as text: all but frame, time and message.
#[derive(Default)]
struct Place {
    envelope: Option<Envelope>,
    /// What stands before the number of the frame, between the time and the message, and behind the message.
    text: Vec<u8>,
    /// Where the first and the second of these end.
    ends: [usize; 2],
}

/// Places that a thread remembers, one for each hash of a conversation and a side.
const SLOTS: usize = 4096;
/// An arbitrary odd number, which spreads conversations over the places.
const ODD: u64 = 0x9e37_79b9_7f4a_7c15;

thread_local! {
    static PLACES: RefCell<Vec<Place>> = const { RefCell::new(Vec::new()) };
}

impl Place {
    /// Whether it is that of this envelope.
    #[inline(always)]
    fn is_of(&self, envelope: &Envelope) -> bool {
        let Some(known) = &self.envelope else { return false };
        let Envelope {
            file,
            frame: _,
            ts: _,
            conversation,
            message: _,
            protocol: Symbol(protocol),
            direction,
            sender,
            sender_port,
            receiver,
            receiver_port,
            sender_mac,
            receiver_mac,
            vlan,
            from_originator,
        } = known;
        *conversation == envelope.conversation
            && *file == envelope.file
            && *from_originator == envelope.from_originator
            && *direction == envelope.direction
            && *vlan == envelope.vlan
            && *sender_port == envelope.sender_port
            && *receiver_port == envelope.receiver_port
            && *sender_mac == envelope.sender_mac
            && *receiver_mac == envelope.receiver_mac
            && *sender == envelope.sender
            && *receiver == envelope.receiver
            && (core::ptr::eq(*protocol, envelope.protocol.0) || *protocol == envelope.protocol.0)
    }
    /// Remembers the text of an envelope, which begins at `start`.
    fn learn(
        &mut self,
        envelope: &Envelope,
        conversation: u64,
        message: u64,
        start: usize,
        out: &mut Vec<u8>,
    ) {
        self.envelope = None;
        let text = &mut self.text;
        text.clear();
        text.extend_from_slice(b",\"file\":");
        text::unsigned(envelope.file.into(), text);
        text.extend_from_slice(b",\"frame\":");
        let head = text.len();
        text.extend_from_slice(b"Z\",\"conversation\":");
        text::unsigned(conversation, text);
        text.extend_from_slice(b",\"message\":");
        self.ends = [head, text.len()];
        let end = out.len();
        self.write(envelope, message, out);
        // Columns in another order would be no fault: they are just not remembered.
        let (before, begin) = out.split_at_checked(end).unwrap_or_default();
        if let Some(tail) = before.get(start..).and_then(|before| before.strip_prefix(begin)) {
            self.text.extend_from_slice(tail);
            self.envelope = Some(*envelope);
        }
        out.truncate(end);
    }
    #[inline(always)]
    fn write(&self, envelope: &Envelope, message: u64, out: &mut Vec<u8>) {
        let [head, middle] = self.ends;
        out.extend_from_slice(self.text.get(..head).unwrap_or_default());
        text::unsigned(envelope.frame, out);
        out.extend_from_slice(b",\"ts\":\"");
        text::wall_clock(envelope.ts.0, out);
        out.extend_from_slice(self.text.get(head..middle).unwrap_or_default());
        text::unsigned(message, out);
        out.extend_from_slice(self.text.get(middle..).unwrap_or_default());
    }
}

const NAMES: Names =
    Names { nan: "\"NaN\"", missing: "null", infinity: "\"Infinity\"", negative_infinity: "\"-Infinity\"" };

/// A value, and the second member of a code.
#[inline(always)]
fn member(key: &Key, field: Field<'_>, out: &mut Vec<u8>) {
    match field {
        Field::Null => out.extend_from_slice(b"null"),
        Field::Bool(true) => out.extend_from_slice(b"true"),
        Field::Bool(false) => out.extend_from_slice(b"false"),
        Field::Unsigned(v) => text::unsigned(v, out),
        Field::Code { value, name } => code(key, value, name, out),
        Field::Signed(v) | Field::Duration(v) => text::signed(v, out),
        Field::F32(v) => text::single(v, &NAMES, out),
        Field::F64(v) => text::double(v, &NAMES, out),
        Field::Text(v) => string(v.as_bytes(), out),
        Field::Symbol(v) => word(v, out),
        Field::List(v) => array(&v, out),
        Field::Instant(v) => quoted(out, |out| text::instant(v, out)),
        Field::WallClock(v) => quoted(out, |out| text::wall_clock(v, out)),
        Field::Bytes(v) => quoted(out, |out| text::octets(v, out)),
        Field::Mac(v) => quoted(out, |out| text::mac(v, out)),
        Field::Ip(v) => quoted(out, |out| text::ip(v, out)),
    }
}

#[inline(always)]
fn code(key: &Key, value: u64, name: Option<&'static str>, out: &mut Vec<u8>) {
    let known = usize::try_from(value).ok().and_then(|value| key.codes.get(value));
    if let Some(known) = known.filter(|_| name.is_some()) {
        return known.write(out);
    }
    text::unsigned(value, out);
    if let Some(key) = &key.name {
        key.write(out);
    }
    match name {
        Some(name) => word(name, out),
        None => out.extend_from_slice(b"null"),
    }
}

fn array(list: &List<'_>, out: &mut Vec<u8>) {
    out.push(b'[');
    text::list(list, b',', ["false", "true"], &NAMES, out);
    out.push(b']');
}

#[inline(always)]
fn quoted(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    out.push(b'"');
    write(out);
    out.push(b'"');
}

/// Text of the wire.
#[inline]
pub(crate) fn string(bytes: &[u8], out: &mut Vec<u8>) {
    quoted(out, |out| match text::plain(bytes, *b"\"") {
        true => out.extend_from_slice(bytes),
        false => text::escaped(bytes, escape, out),
    });
}

/// A word of the program.
#[inline]
pub(crate) fn word(word: &str, out: &mut Vec<u8>) {
    quoted(out, |out| match text::plain(word.as_bytes(), *b"\"") {
        true => out.extend_from_slice(word.as_bytes()),
        false => text::replaced(word, escape, out),
    });
}

/// RFC 8259 section 7: quotation mark, reverse solidus and the control characters must be escaped.
pub(crate) fn escape(octet: u8) -> Option<&'static str> {
    const CONTROLS: [&str; 32] = [
        "\\u0000", "\\u0001", "\\u0002", "\\u0003", "\\u0004", "\\u0005", "\\u0006", "\\u0007", "\\b", "\\t",
        "\\n", "\\u000b", "\\f", "\\r", "\\u000e", "\\u000f", "\\u0010", "\\u0011", "\\u0012", "\\u0013",
        "\\u0014", "\\u0015", "\\u0016", "\\u0017", "\\u0018", "\\u0019", "\\u001a", "\\u001b", "\\u001c",
        "\\u001d", "\\u001e", "\\u001f",
    ];
    match octet {
        b'"' => Some("\\\""),
        b'\\' => Some("\\\\"),
        _ => CONTROLS.get(usize::from(octet)).copied(),
    }
}

#[cfg(test)]
mod tests;
