//! Comma-separated values: a stream for each table.
use crate::{
    TextFormat,
    text::{self, Names},
};
use fieldtap::record::{ColumnInfo, Envelope, Field, Instant, Kind, Row, Table};

/// Comma-separated values (RFC 4180): a stream for each table, with a header line; lines end with CR LF.
///
/// - A code is two columns: `x` is the number, `x_name` its name.
/// - An absent value is an empty cell; text, octets or a list of length zero is `""`.
/// - The values of a list are joined with `;`.
/// - Numbers are written as they are, never changed: `NaN`, `Infinity` and `-Infinity` where they are not finite.
/// - Instants are RFC 3339 with nine digits and `Z`, wall clocks the same without a zone; durations are nanoseconds.
/// - Text of the wire has the reversible form of [`Text`](fieldtap::record::Text): what is not UTF-8, and what steers a
///   terminal, is `\xNN`, a backslash two; so no cell holds a line break. A character that makes a spreadsheet take the
///   cell for a formula (`=`, `+`, `-`, `@` and their full-width forms) is written as `\xNN` too where it begins the text,
///   spaces aside: `=cmd()` is `\x3dcmd()`. Octets are lower hexadecimal.
#[derive(Clone, Copy, Debug, Default)]
pub struct Csv;

impl Csv {
    /// An encoder.
    pub fn new() -> Self {
        Self
    }
}

impl TextFormat for Csv {
    fn extension(&self) -> &'static str {
        "csv"
    }
    fn one_stream(&self) -> bool {
        false
    }
    fn header(&self, table: &'static Table, _open: Instant, out: &mut Vec<u8>) {
        let mut first = true;
        for column in Envelope::COLUMNS.iter().chain(table.columns) {
            if !core::mem::take(&mut first) {
                out.push(b',');
            }
            out.extend_from_slice(column.name.as_bytes());
            if matches!(column.kind, Kind::Code { .. }) {
                out.push(b',');
                out.extend_from_slice(column.name.as_bytes());
                out.extend_from_slice(b"_name");
            }
        }
        out.extend_from_slice(b"\r\n");
    }
    fn envelope(&self, envelope: &Envelope, out: &mut Vec<u8>) {
        for (index, column) in Envelope::COLUMNS.iter().enumerate() {
            cells(column, envelope.field(index), out);
        }
    }
    fn fields(&self, row: &dyn Row, out: &mut Vec<u8>) {
        for (index, column) in row.table().columns.iter().enumerate() {
            cells(column, row.field(index), out);
        }
        // Every cell ends with a comma; the envelope has columns, so there is one to take back.
        out.pop();
        out.extend_from_slice(b"\r\n");
    }
    fn footer(&self, _table: &'static Table, _close: Instant, _out: &mut Vec<u8>) {}
}

const NAMES: Names = Names { nan: "NaN", missing: "", infinity: "Infinity", negative_infinity: "-Infinity" };

/// The cells of one field, each with a comma behind it.
fn cells(column: &ColumnInfo, field: Field<'_>, out: &mut Vec<u8>) {
    match field {
        Field::Null => {}
        Field::Bool(true) => out.extend_from_slice(b"true"),
        Field::Bool(false) => out.extend_from_slice(b"false"),
        Field::Unsigned(v) | Field::Code { value: v, .. } => text::unsigned(v, out),
        Field::Signed(v) | Field::Duration(v) => text::signed(v, out),
        Field::F32(v) => text::single(v, &NAMES, out),
        Field::F64(v) => text::double(v, &NAMES, out),
        Field::Text(v) => string(v.as_bytes(), out),
        Field::Symbol(v) => string(v.as_bytes(), out),
        Field::Instant(v) => text::instant(v, out),
        Field::WallClock(v) => text::wall_clock(v, out),
        Field::Mac(v) => text::mac(v, out),
        Field::Ip(v) => text::ip(v, out),
        Field::Bytes([]) => out.extend_from_slice(b"\"\""),
        Field::Bytes(v) => text::octets(v, out),
        Field::List(v) if v.is_empty() => out.extend_from_slice(b"\"\""),
        Field::List(v) => text::list(&v, b';', ["false", "true"], &NAMES, out),
    }
    out.push(b',');
    if matches!(column.kind, Kind::Code { .. }) {
        if let Field::Code { name: Some(name), .. } = field {
            string(name.as_bytes(), out);
        }
        out.push(b',');
    }
}

fn string(bytes: &[u8], out: &mut Vec<u8>) {
    match bytes.first() {
        Some(b' ' | b'=' | b'+' | b'-' | b'@') | None => awkward(bytes, out),
        Some(_) if text::plain(bytes, *b"\",;") => out.extend_from_slice(bytes),
        Some(_) => awkward(bytes, out),
    }
}

/// Text that must be quoted or escaped.
#[cold]
fn awkward(bytes: &[u8], out: &mut Vec<u8>) {
    // Where the semicolon separates cells, a quoted one does not.
    let quote = bytes.is_empty() || bytes.iter().any(|b| matches!(b, b'"' | b',' | b';'));
    if quote {
        out.push(b'"');
    }
    let spaces = bytes.iter().take_while(|b| **b == b' ').count();
    let (before, rest) = bytes.split_at(spaces);
    out.extend_from_slice(before);
    let (start, rest) = rest.split_at(formula_start(rest));
    for octet in start {
        text::octet_escape(*octet, out);
    }
    text::escaped(rest, |octet| (octet == b'"').then_some("\"\""), out);
    if quote {
        out.push(b'"');
    }
}

/// Octets of the character that would make a formula of this text, 0 if it begins with none.
fn formula_start(text: &[u8]) -> usize {
    match text {
        [b'=' | b'+' | b'-' | b'@', ..] => 1,
        // U+FF0B, U+FF0D, U+FF1D, U+FF20: the same in full width.
        [0xef, 0xbc, 0x8b | 0x8d | 0x9d | 0xa0, ..] => 3,
        _ => 0,
    }
}

#[cfg(test)]
mod tests;
