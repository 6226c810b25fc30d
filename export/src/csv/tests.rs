//! Lines are read back by a reader that follows RFC 4180 to the letter.
use super::*;
use crate::samples::{Every, HOSTILE, envelope, every, fields, names, seeds, unescape};
use proptest::prelude::*;

/// A cell, and whether it was quoted. RFC 4180 section 2, rules 1 to 7.
fn read(line: &str) -> Vec<(String, bool)> {
    let line = line.strip_suffix("\r\n").expect("rule 1: CRLF at the end");
    let mut cells = Vec::new();
    let mut rest = line;
    loop {
        let (cell, quoted) = if let Some(mut inner) = rest.strip_prefix('"') {
            let mut cell = String::new();
            loop {
                let (before, after) = inner.split_once('"').expect("rule 5: the quote is closed");
                cell.push_str(before);
                match after.strip_prefix('"') {
                    Some(after) => {
                        cell.push('"');
                        inner = after;
                    }
                    None => {
                        rest = after;
                        break;
                    }
                }
            }
            (cell, true)
        } else {
            let end = rest.find(',').unwrap_or(rest.len());
            let (cell, after) = rest.split_at(end);
            assert!(!cell.contains(['"', '\r', '\n']), "rules 5 and 6: {cell}");
            rest = after;
            (cell.to_owned(), false)
        };
        cells.push((cell, quoted));
        match rest.strip_prefix(',') {
            Some(after) => rest = after,
            None => {
                assert!(rest.is_empty(), "rule 4: commas separate fields: {rest}");
                return cells;
            }
        }
    }
}

fn line(envelope: &Envelope, row: &dyn Row) -> Vec<(String, bool)> {
    let mut out = Vec::new();
    Csv::new().row(envelope, row, &mut out);
    read(core::str::from_utf8(&out).expect("UTF-8"))
}

fn cell(row: &dyn Row, name: &str) -> (String, bool) {
    let index = names(row.table()).iter().position(|known| known == name).expect("a column");
    line(&envelope(), row).swap_remove(index)
}

#[test]
fn the_header_names_the_cells() {
    let mut out = Vec::new();
    Csv.header(every(b"").table(), Instant(0), &mut out);
    let header = read(core::str::from_utf8(&out).expect("UTF-8"));
    let header: Vec<_> = header.into_iter().map(|(name, _)| name).collect();
    assert_eq!(header, names(every(b"").table()));
    assert_eq!(line(&envelope(), &every(b"")).len(), header.len());
}

#[test]
fn absent_and_empty_are_told_apart() {
    let row = Every { note: None, octets: None, ..every(b"") };
    assert_eq!(cell(&row, "note"), (String::new(), false));
    assert_eq!(cell(&row, "octets"), (String::new(), false));
    let row = Every { note: Some("".into()), octets: Some(&[]), ..every(b"") };
    assert_eq!(cell(&row, "note"), (String::new(), true));
    assert_eq!(cell(&row, "octets"), (String::new(), true));
    assert_eq!(cell(&row, "double_little"), (String::new(), true));
    assert_eq!(cell(&row, "registers").0, "1;65535");
    assert_eq!(cell(&row, "coils").0, "true;false;true");
}

/// "Text from the wire with escape sequences, line breaks, tabs, NUL, `=cmd()`, HTML, broken UTF-8 -> escaped in terminal,
/// JSON, TSV, CSV and notebook; never interpreted; kept exactly in binary form."
#[test]
fn text_from_the_wire_with_escape_sequences_is_no_formula_and_is_kept() {
    for text in HOSTILE {
        let (shown, _) = cell(&every(text), "text");
        assert!(!shown.contains(|c: char| c.is_control()));
        let start = shown.trim_start_matches(' ');
        assert!(
            !start.starts_with(['=', '+', '-', '@', '\u{ff0b}', '\u{ff0d}', '\u{ff1d}', '\u{ff20}']),
            "{shown}"
        );
        assert_eq!(unescape(&shown), text);
    }
    assert_eq!(cell(&every(b"=cmd()"), "text").0, "\\x3dcmd()");
    assert_eq!(cell(&every(b"a=b"), "text").0, "a=b");
}

/// "NaN, infinity and 64-bit integers -> kept exactly; the JSON stays valid."
#[test]
fn nan_infinity_and_64_bit_integers_are_kept_exactly() {
    let row = Every { f64: Some(f64::NEG_INFINITY), f32: f32::NAN, ..every(b"") };
    assert_eq!(cell(&row, "f64").0, "-Infinity");
    assert_eq!(cell(&row, "f32").0, "NaN");
    assert_eq!(cell(&row, "u64").0, "18446744073709551615");
    assert_eq!(cell(&row, "i64").0, "-9223372036854775808");
    assert_eq!(cell(&row, "lasted").0, "-1500000000");
}

proptest! {
    #[test]
    fn any_row_is_read_back(seeds in seeds()) {
        for seed in &seeds {
            let (envelope, row) = (seed.envelope(), seed.row());
            let (cells, fields) = (line(&envelope, &row), fields(&envelope, &row));
            prop_assert_eq!(cells.len(), fields.len());
            for ((cell, quoted), field) in cells.into_iter().zip(fields) {
                match field {
                    Field::Null => prop_assert!(cell.is_empty() && !quoted),
                    Field::Unsigned(v) => prop_assert_eq!(cell.parse(), Ok(v)),
                    Field::Signed(v) | Field::Duration(v) => prop_assert_eq!(cell.parse(), Ok(v)),
                    Field::F64(v) if v.is_finite() => prop_assert_eq!(cell.parse().map(f64::to_bits), Ok(v.to_bits())),
                    Field::F32(v) if v.is_finite() => prop_assert_eq!(cell.parse().map(f32::to_bits), Ok(v.to_bits())),
                    Field::Text(v) => prop_assert_eq!(unescape(&cell), v.as_bytes()),
                    Field::Symbol(v) => prop_assert_eq!(unescape(&cell), v.as_bytes()),
                    Field::List(v) => prop_assert_eq!(cell.split_terminator(';').count(), v.len()),
                    _ => prop_assert!(!cell.is_empty() || quoted),
                }
            }
        }
    }
}
