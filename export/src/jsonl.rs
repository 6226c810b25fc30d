//! JSON lines: one object a row, all tables in one stream.
use crate::{
    TextFormat,
    tables::Prepared,
    text::{self, Names},
};
use core::ops::Range;
use fieldtap::record::{ColumnInfo, Envelope, Field, Instant, Kind, List, Row, Table, TakeValue, Value};

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
    /// Where its column stands in [`Members::nulls`].
    null: Range<usize>,
}

#[derive(Debug)]
struct Padded {
    short: [u8; SHORT],
    len: usize,
    /// The text, if it is longer.
    long: Vec<u8>,
}

impl Padded {
    fn new(text: &[u8]) -> Self {
        let mut short = [0; SHORT];
        let len = text.len();
        if len <= SHORT {
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
        let mut key = |suffix: &str| {
            let mut key = b",".to_vec();
            word(&format!("{}{suffix}", column.name), &mut key);
            key.push(b':');
            nulls.extend_from_slice(&key);
            nulls.extend_from_slice(b"null");
            Padded::new(&key)
        };
        let number = key("");
        let name = matches!(column.kind, Kind::Code { .. }).then(|| key("_name"));
        Self { number, name, null: start..nulls.len() }
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
    /// Appends a member. Those of absent values are left for later: they begin at `from` in `nulls`.
    #[inline(always)]
    fn put(&self, key: &Key, field: Field<'_>, from: &mut usize, out: &mut Vec<u8>) {
        if matches!(field, Field::Null) {
            return;
        }
        if let Some(absent) = self.nulls.get(*from..key.null.start).filter(|absent| !absent.is_empty()) {
            out.extend_from_slice(absent);
        }
        member(key, field, out);
        *from = key.null.end;
    }
    /// Appends the absent values at the end.
    #[inline(always)]
    fn end(&self, from: usize, out: &mut Vec<u8>) {
        out.extend_from_slice(self.nulls.get(from..).unwrap_or_default());
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
        if let Some(key) = self.keys.next() {
            self.members.put(key, value.field(), &mut self.from, self.out);
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
        let mut put = Put { members: &self.envelope, keys: self.envelope.keys.iter(), from: 0, out };
        envelope.each(&mut put);
        let from = put.from;
        self.envelope.end(from, out);
    }
    fn fields(&self, row: &dyn Row, out: &mut Vec<u8>) {
        self.plans.with(row.table(), Plan::new, |plan| {
            plan.record.write(row, out);
            out.extend_from_slice(b"}\n");
        });
    }
    fn footer(&self, _table: &'static Table, _close: Instant, _out: &mut Vec<u8>) {}
}

const NAMES: Names =
    Names { nan: "\"NaN\"", missing: "null", infinity: "\"Infinity\"", negative_infinity: "\"-Infinity\"" };

#[inline(always)]
fn member(key: &Key, field: Field<'_>, out: &mut Vec<u8>) {
    key.number.write(out);
    value(field, out);
    if let Some(key) = &key.name {
        key.write(out);
        match field {
            Field::Code { name: Some(name), .. } => word(name, out),
            _ => out.extend_from_slice(b"null"),
        }
    }
}

#[inline(always)]
fn value(field: Field<'_>, out: &mut Vec<u8>) {
    match field {
        Field::Null => out.extend_from_slice(b"null"),
        Field::Bool(true) => out.extend_from_slice(b"true"),
        Field::Bool(false) => out.extend_from_slice(b"false"),
        Field::Unsigned(v) | Field::Code { value: v, .. } => text::unsigned(v, out),
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
