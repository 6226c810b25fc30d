//! How Suricata's writer puts values into JSON, as far as it differs from JSON lines.
use crate::{jsonl, text};

/// `2026-11-23T15:00:00.000000+0000`.
pub(super) fn timestamp(nanoseconds: i64, out: &mut Vec<u8>) {
    let start = out.len();
    text::wall_clock(nanoseconds, out);
    out.truncate(start + 26);
    out.extend_from_slice(b"+0000");
}

/// `"key":` behind a comma, unless it is the first of its object.
pub(super) fn key(key: &str, out: &mut Vec<u8>) {
    if !matches!(out.last(), Some(b'{' | b'[') | None) {
        out.push(b',');
    }
    jsonl::word(key, out);
    out.push(b':');
}

/// A member that is a number.
pub(super) fn number(name: &str, value: u64, out: &mut Vec<u8>) {
    key(name, out);
    text::unsigned(value, out);
}

/// A member that is true or false.
pub(super) fn truth(name: &str, value: bool, out: &mut Vec<u8>) {
    key(name, out);
    out.extend_from_slice(if value { b"true" } else { b"false" });
}

/// A member that is a word of the program.
pub(super) fn word(name: &str, value: &str, out: &mut Vec<u8>) {
    key(name, out);
    jsonl::word(value, out);
}

/// A member that is an object or, with `[`, an array; [`close`] ends it.
pub(super) fn open(name: &str, bracket: u8, out: &mut Vec<u8>) {
    key(name, out);
    out.push(bracket);
}

/// A real number as Rust prints it: no exponent, and no point where the value is whole.
pub(super) fn real(name: &str, value: f64, out: &mut Vec<u8>) {
    use std::io::Write as _;
    key(name, out);
    if value.is_finite() {
        // Writing into a vector cannot fail.
        let _ = write!(out, "{value}");
    } else {
        out.extend_from_slice(b"null");
    }
}

/// A member that is octets shown as text: what is UTF-8 as it is, of all else the octets above 7F hex as `\xNN`.
pub(super) fn octets(name: &str, octets: &[u8], out: &mut Vec<u8>) {
    key(name, out);
    out.push(b'"');
    if text::plain(octets, *b"\"") {
        out.extend_from_slice(octets);
    } else {
        let whole = core::str::from_utf8(octets).is_ok();
        for octet in octets {
            match jsonl::escape(*octet) {
                Some(escaped) => out.extend_from_slice(escaped.as_bytes()),
                None if whole || octet.is_ascii() => out.push(*octet),
                None => {
                    out.push(b'\\');
                    text::octet_escape(*octet, out);
                }
            }
        }
    }
    out.push(b'"');
}

/// A member that is octets in base 64 (RFC 4648 section 4).
pub(super) fn base64(name: &str, octets: &[u8], out: &mut Vec<u8>) {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    key(name, out);
    out.push(b'"');
    for group in octets.chunks(3) {
        let bits =
            group.iter().fold(0u32, |bits, octet| bits << 8 | u32::from(*octet)) << (8 * (3 - group.len()));
        for place in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * place) & 63) as usize];
            out.push(if place > group.len() { b'=' } else { digit });
        }
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(write: impl Fn(&mut Vec<u8>)) -> String {
        let mut out = b"{".to_vec();
        write(&mut out);
        out.push(b'}');
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_time_has_six_digits_and_a_zone() {
        let mut out = vec![];
        timestamp(1_325_036_010_631_007_999, &mut out);
        assert_eq!(out, b"2011-12-28T01:33:30.631007+0000");
    }

    /// What Suricata 8.0.7 wrote of these octets in answers to reads: `00`, `00 aa`, `2c`.
    #[test]
    fn octets_that_are_no_text_are_escaped_and_escaped_again() {
        assert_eq!(of(|out| octets("data", &[0], out)), r#"{"data":"\u0000"}"#);
        assert_eq!(of(|out| octets("data", &[0, 0xaa], out)), r#"{"data":"\u0000\\xaa"}"#);
        assert_eq!(of(|out| octets("data", &[0x2c], out)), r#"{"data":","}"#);
        assert_eq!(of(|out| octets("data", "é\\".as_bytes(), out)), r#"{"data":"é\\"}"#);
    }

    /// RFC 4648 section 10.
    #[test]
    fn base_64_is_padded() {
        for (octets, want) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")]
        {
            assert_eq!(of(|out| base64("x", octets.as_bytes(), out)), format!(r#"{{"x":"{want}"}}"#));
        }
    }

    #[test]
    fn whole_numbers_have_no_point() {
        assert_eq!(of(|out| real("x", 3.0, out)), r#"{"x":3}"#);
        assert_eq!(of(|out| real("x", f64::from(0.1f32), out)), r#"{"x":0.10000000149011612}"#);
        assert_eq!(of(|out| real("x", f64::NAN, out)), r#"{"x":null}"#);
    }
}
