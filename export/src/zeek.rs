//! Zeek logs: tab-separated text with a header that names and types the fields.
//!
//! [`Zeek`] writes our own tables in that form; [`begin`], [`Line`] and [`end`] are what any log of that form is
//! written with.
use crate::{
    TextFormat,
    text::{self, Names},
};
use core::net::IpAddr;
use fieldtap::record::{ColumnInfo, Element, Envelope, Field, Instant, Kind, List, Mac, Row, Table};

/// Zeek logs of our own tables: a stream for each table.
///
/// - A code is two fields: `x` (count) is the number, `x_name` (string) its name.
/// - Instants are `time`, durations `interval`, both in seconds with nine digits behind the point. Wall clocks have no
///   zone, so they are no `time` but a `string`: RFC 3339 without a zone.
/// - Addresses are `addr`; 16-bit numbers in a field named `port` or `…_port` are `port`; MAC addresses and octets (lower
///   hexadecimal) are `string`; lists are `vector[…]`.
/// - An absent value is `-`, an empty text or list `(empty)`.
/// - Numbers have the fewest digits that give them back; what is not finite is `nan`, `inf`, `-inf`, as Zeek prints it.
/// - Text of the wire has the reversible form of [`Text`](fieldtap::record::Text), which is that of Zeek's writer:
///   `\xNN`, and `\\` for a backslash.
#[derive(Clone, Copy, Debug, Default)]
pub struct Zeek;

impl Zeek {
    /// An encoder.
    pub fn new() -> Self {
        Self
    }
}

impl TextFormat for Zeek {
    fn extension(&self) -> &'static str {
        "log"
    }
    fn one_stream(&self) -> bool {
        false
    }
    fn header(&self, table: &'static Table, open: Instant, out: &mut Vec<u8>) {
        let fields: Vec<(String, &str)> =
            Envelope::COLUMNS.iter().chain(table.columns).flat_map(fields).collect();
        begin(table.name, open, fields.iter().map(|(name, kind)| (name.as_str(), *kind)), out);
    }
    fn envelope(&self, envelope: &Envelope, out: &mut Vec<u8>) {
        let mut line = Line::new(out);
        for (index, column) in Envelope::COLUMNS.iter().enumerate() {
            put(column, envelope.field(index), &mut line);
        }
    }
    fn fields(&self, row: &dyn Row, out: &mut Vec<u8>) {
        let mut line = Line::begun(out);
        for (index, column) in row.table().columns.iter().enumerate() {
            put(column, row.field(index), &mut line);
        }
        line.end();
    }
    fn footer(&self, _table: &'static Table, close: Instant, out: &mut Vec<u8>) {
        end(close, out);
    }
}

/// Name and type of the fields that a column becomes.
fn fields(column: &ColumnInfo) -> impl Iterator<Item = (String, &'static str)> {
    let is_port = column.name == "port" || column.name.ends_with("_port");
    let kind = match column.kind {
        Kind::Bool => "bool",
        Kind::U16 if is_port => "port",
        Kind::U8 | Kind::U16 | Kind::U32 | Kind::U64 | Kind::Code { .. } => "count",
        Kind::I8 | Kind::I16 | Kind::I32 | Kind::I64 => "int",
        Kind::F32 | Kind::F64 => "double",
        Kind::Text | Kind::Bytes | Kind::Symbol | Kind::Mac | Kind::WallClock => "string",
        Kind::Instant => "time",
        Kind::Duration => "interval",
        Kind::Ip => "addr",
        Kind::List(Element::Bool) => "vector[bool]",
        Kind::List(Element::U16 | Element::U32) => "vector[count]",
        Kind::List(Element::I16) => "vector[int]",
        Kind::List(Element::F32 | Element::F64) => "vector[double]",
    };
    let name = matches!(column.kind, Kind::Code { .. }).then(|| (format!("{}_name", column.name), "string"));
    [(column.name.to_owned(), kind)].into_iter().chain(name)
}

fn put(column: &ColumnInfo, field: Field<'_>, line: &mut Line<'_>) {
    match field {
        Field::Null => line.unset(),
        Field::Bool(v) => line.bool(v),
        Field::Unsigned(v) | Field::Code { value: v, .. } => line.count(v),
        Field::Signed(v) => line.int(v),
        Field::F32(v) => line.single(v),
        Field::F64(v) => line.double(v),
        Field::Text(v) => line.string(v.as_bytes()),
        Field::Symbol(v) => line.string(v.as_bytes()),
        Field::Bytes(v) => line.octets(v),
        Field::Instant(v) | Field::Duration(v) => line.time(v),
        Field::WallClock(v) => line.wall_clock(v),
        Field::Mac(v) => line.mac(v),
        Field::Ip(v) => line.addr(v),
        Field::List(v) => line.vector(&v),
    }
    if matches!(column.kind, Kind::Code { .. }) {
        match field {
            Field::Code { name: Some(name), .. } => line.string(name.as_bytes()),
            _ => line.unset(),
        }
    }
}

/// Appends the header of a log: `#separator` to `#types`. Each field is a name and a Zeek type.
pub fn begin<'a>(
    path: &str,
    open: Instant,
    fields: impl Iterator<Item = (&'a str, &'a str)> + Clone,
    out: &mut Vec<u8>,
) {
    out.extend_from_slice(
        b"#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\t",
    );
    out.extend_from_slice(path.as_bytes());
    out.extend_from_slice(b"\n#open\t");
    text::dashed(open, out);
    out.extend_from_slice(b"\n#fields");
    for (name, _) in fields.clone() {
        out.push(b'\t');
        out.extend_from_slice(name.as_bytes());
    }
    out.extend_from_slice(b"\n#types");
    for (_, kind) in fields {
        out.push(b'\t');
        out.extend_from_slice(kind.as_bytes());
    }
    out.push(b'\n');
}

/// Appends the footer of a log: `#close`.
pub fn end(close: Instant, out: &mut Vec<u8>) {
    out.extend_from_slice(b"#close\t");
    text::dashed(close, out);
    out.push(b'\n');
}

const NAMES: Names = Names { nan: "nan", missing: "-", infinity: "inf", negative_infinity: "-inf" };
pub(crate) const UNSET: &[u8] = b"-";
pub(crate) const EMPTY: &[u8] = b"(empty)";

/// Text of the wire as a value; `first` if it begins the line.
#[inline]
pub(crate) fn string(value: &[u8], first: bool, out: &mut Vec<u8>) {
    match value {
        [] => out.extend_from_slice(EMPTY),
        // What would read as unset or empty, or as a line of the header, has its first octet escaped.
        [octet, rest @ ..] if value == UNSET || value == EMPTY || (first && *octet == b'#') => {
            text::octet_escape(*octet, out);
            text::escaped(rest, |_| None, out);
        }
        _ if text::plain(value, []) => out.extend_from_slice(value),
        _ => text::escaped(value, |_| None, out),
    }
}

/// Text of the wire as a value of a vector or set, whose separator is escaped.
pub(crate) fn item(value: &[u8], out: &mut Vec<u8>) {
    match value {
        [] => out.extend_from_slice(EMPTY),
        [octet, rest @ ..] if value == UNSET || value == EMPTY => {
            text::octet_escape(*octet, out);
            text::escaped(rest, |_| None, out);
        }
        _ => text::escaped(value, |octet| (octet == b',').then_some("\\x2c"), out),
    }
}

/// One line of a Zeek log: its values are appended in the order of the fields.
#[derive(Debug)]
pub struct Line<'a> {
    out: &'a mut Vec<u8>,
    start: usize,
}

impl<'a> Line<'a> {
    /// A line without values, at the end of `out`.
    pub fn new(out: &'a mut Vec<u8>) -> Self {
        let start = out.len();
        Self { out, start }
    }
    /// The line that `out` ends with, which has values.
    fn begun(out: &'a mut Vec<u8>) -> Self {
        Self { out, start: 0 }
    }
    #[inline]
    fn value(&mut self) -> &mut Vec<u8> {
        if self.out.len() > self.start {
            self.out.push(b'\t');
        }
        self.out
    }
    /// An absent value.
    pub fn unset(&mut self) {
        self.value().extend_from_slice(UNSET);
    }
    /// `bool`.
    pub fn bool(&mut self, value: bool) {
        self.value().push(if value { b'T' } else { b'F' });
    }
    /// `count`, and `port`.
    pub fn count(&mut self, value: u64) {
        text::unsigned(value, self.value());
    }
    /// `int`.
    pub fn int(&mut self, value: i64) {
        text::signed(value, self.value());
    }
    /// `double`, with the digits of single precision.
    pub fn single(&mut self, value: f32) {
        text::single(value, &NAMES, self.value());
    }
    /// `double`.
    pub fn double(&mut self, value: f64) {
        text::double(value, &NAMES, self.value());
    }
    /// `time` and `interval`, from nanoseconds: seconds with nine digits behind the point.
    pub fn time(&mut self, nanoseconds: i64) {
        text::seconds(nanoseconds, self.value());
    }
    /// `string`: RFC 3339 without a zone, from nanoseconds.
    pub fn wall_clock(&mut self, nanoseconds: i64) {
        text::wall_clock(nanoseconds, self.value());
    }
    /// `addr`.
    pub fn addr(&mut self, value: IpAddr) {
        text::ip(value, self.value());
    }
    /// `string`: a MAC address.
    pub fn mac(&mut self, value: Mac) {
        text::mac(value, self.value());
    }
    /// `string`: octets in lower hexadecimal.
    pub fn octets(&mut self, value: &[u8]) {
        let out = self.value();
        if value.is_empty() {
            out.extend_from_slice(EMPTY);
        }
        text::octets(value, out);
    }
    /// `string`, also `enum`: escaped as Zeek's own writer does it.
    pub fn string(&mut self, value: &[u8]) {
        let first = self.out.len() == self.start;
        string(value, first, self.value());
    }
    /// `vector[…]` of numbers or of truth values.
    pub fn vector(&mut self, values: &List<'_>) {
        let out = self.value();
        if values.is_empty() {
            out.extend_from_slice(EMPTY);
        }
        text::list(values, b',', ["F", "T"], &NAMES, out);
    }
    /// `vector[string]` and `set[string]`: the separator of sets is escaped in the values.
    pub fn strings<'v>(&mut self, values: impl IntoIterator<Item = &'v [u8]>) {
        let out = self.value();
        let mut any = false;
        for value in values {
            if core::mem::replace(&mut any, true) {
                out.push(b',');
            }
            item(value, out);
        }
        if !any {
            out.extend_from_slice(EMPTY);
        }
    }
    /// Ends the line.
    pub fn end(self) {
        self.out.push(b'\n');
    }
}

#[cfg(test)]
mod tests;
