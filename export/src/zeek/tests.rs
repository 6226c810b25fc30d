//! Lines are held against the rules of Zeek's ASCII writer (Zeek 8, `LogAscii`): "#separator \x09", set separator ",",
//! "(empty)" for "empty fields", "-" for "unset &optional fields"; "If true, valid UTF-8 sequences will pass through unescaped
//! and be written into logs" (`enable_utf_8`, the default). The writer escapes the first octet of a string that would match
//! a reserved word, and of a line that would begin with `#`; it writes a backslash as `\\`.
use super::*;
use crate::samples::{Every, HOSTILE, envelope, every, fields as values, names, seeds, unescape};
use proptest::prelude::*;

fn line(envelope: &Envelope, row: &dyn Row) -> Vec<String> {
    let mut out = Vec::new();
    Zeek::new().row(envelope, row, &mut out);
    let text = String::from_utf8(out).expect("UTF-8");
    let line = text.strip_suffix('\n').expect("a line");
    line.split('\t').map(str::to_owned).collect()
}

fn cell(row: &dyn Row, name: &str) -> String {
    let index = names(row.table()).iter().position(|known| known == name).expect("a column");
    line(&envelope(), row).swap_remove(index)
}

#[test]
fn header_and_footer_are_those_of_a_zeek_log() {
    let mut out = Vec::new();
    let open = Instant(1_795_446_000_000_000_000);
    Zeek.header(crate::samples::Other { number: 1 }.table(), open, &mut out);
    Zeek.footer(crate::samples::Other { number: 1 }.table(), Instant(0), &mut out);
    let text = String::from_utf8(out).expect("UTF-8");
    let expected = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tother\n\
        #open\t2026-11-23-15-00-00\n\
        #fields\tfile\tframe\tts\tconversation\tmessage\tprotocol\tdirection\tdirection_name\tsender\tsender_port\
        \treceiver\treceiver_port\tsender_mac\treceiver_mac\tvlan\tfrom_originator\tnumber\n\
        #types\tcount\tcount\ttime\tcount\tcount\tstring\tcount\tstring\taddr\tport\taddr\tport\tstring\tstring\tcount\
        \tbool\tcount\n#close\t1970-01-01-00-00-00\n";
    assert_eq!(text, expected);
}

#[test]
fn every_kind_of_field_is_written() {
    let row = every(b"text");
    for (name, expected) in [
        ("ts", "0.000000000"),
        ("flag", "T"),
        ("u32", "-"),
        ("f32", "0.1"),
        ("f64", "-1e+300"),
        ("octets", "00ab"),
        ("at", "1795446000.000000001"),
        ("clock", "1969-12-31T23:59:59.999999999"),
        ("lasted", "-1.500000000"),
        ("mac", "00:1b:1b:ff:0a:a0"),
        ("ip", "::1"),
        ("code_name", "one"),
        ("wide", "7"),
        ("wide_name", "-"),
        ("coils", "T,F,T"),
        ("registers", "1,65535"),
        ("double_little", "(empty)"),
        ("signed", "-1"),
        ("real", "nan,1.0"),
        ("i64", "-9223372036854775808"),
        ("u64", "18446744073709551615"),
    ] {
        assert_eq!(cell(&row, name), expected, "{name}");
    }
}

/// "Text from the wire with escape sequences, line breaks, tabs, NUL, `=cmd()`, HTML, broken UTF-8 -> escaped in terminal,
/// JSON, TSV, CSV and notebook; never interpreted; kept exactly in binary form."
#[test]
fn text_from_the_wire_with_escape_sequences_stays_in_its_field() {
    for text in HOSTILE {
        let row = every(text);
        assert_eq!(line(&envelope(), &row).len(), names(row.table()).len());
        let shown = cell(&row, "text");
        assert!(!shown.contains(|c: char| c.is_control()));
        match text {
            b"" => assert_eq!(shown, "(empty)"),
            _ => {
                assert!(shown != "-" && shown != "(empty)");
                assert_eq!(unescape(&shown), text);
            }
        }
    }
    assert_eq!(cell(&every(b"-"), "text"), "\\x2d");
    assert_eq!(cell(&every(b"(empty)"), "text"), "\\x28empty)");
    assert_eq!(cell(&every(b"a\tb\nc\\d"), "text"), "a\\x09b\\x0ac\\\\d");
}

/// "NaN, infinity and 64-bit integers -> kept exactly; the JSON stays valid."
#[test]
fn nan_and_infinity_are_named_as_zeek_prints_them() {
    for (number, shown) in [(f64::NAN, "nan"), (f64::INFINITY, "inf"), (f64::NEG_INFINITY, "-inf")] {
        assert_eq!(cell(&Every { f64: Some(number), ..every(b"") }, "f64"), shown);
    }
}

#[test]
fn a_line_never_reads_as_a_header_and_sets_keep_their_separator() {
    let mut out = Vec::new();
    let mut line = Line::new(&mut out);
    line.string(b"#fields");
    line.string(b"#second");
    line.strings([b"a,b".as_slice(), b"-", b"", b"(empty)"]);
    line.strings([]);
    line.end();
    assert_eq!(
        String::from_utf8(out).expect("UTF-8"),
        "\\x23fields\t#second\ta\\x2cb,\\x2d,(empty),\\x28empty)\t(empty)\n"
    );
}

proptest! {
    #[test]
    fn any_row_is_read_back(seeds in seeds()) {
        for seed in &seeds {
            let (envelope, row) = (seed.envelope(), seed.row());
            let (cells, values) = (line(&envelope, &row), values(&envelope, &row));
            prop_assert_eq!(cells.len(), values.len());
            for (cell, value) in cells.iter().zip(values) {
                match value {
                    Field::Null => prop_assert_eq!(cell, "-"),
                    Field::Unsigned(v) => prop_assert_eq!(cell.parse(), Ok(v)),
                    Field::Signed(v) => prop_assert_eq!(cell.parse(), Ok(v)),
                    Field::Instant(v) | Field::Duration(v) => {
                        let digits = cell.replace('.', "");
                        prop_assert_eq!(cell.len() - cell.find('.').unwrap_or(0), 10);
                        prop_assert_eq!(digits.parse(), Ok(v));
                    }
                    Field::Text(v) if v.as_bytes().is_empty() => prop_assert_eq!(cell, "(empty)"),
                    Field::Text(v) => prop_assert_eq!(unescape(cell), v.as_bytes()),
                    _ => prop_assert!(!cell.is_empty()),
                }
            }
        }
    }
}
