//! Lines are parsed back by serde_json, which we did not write.
use super::*;
use crate::samples::{Every, HOSTILE, envelope, every, fields, names, seeds, unescape};
use fieldtap::record::Text;
use proptest::prelude::*;
use serde_json::{Value, json};

fn line(envelope: &Envelope, row: &dyn Row) -> String {
    let mut out = Vec::new();
    JsonLines::new().row(envelope, row, &mut out);
    let line = String::from_utf8(out).expect("UTF-8");
    assert_eq!(line.matches('\n').count(), 1);
    assert!(line.ends_with('\n'));
    line
}

fn parse(envelope: &Envelope, row: &dyn Row) -> Value {
    serde_json::from_str(&line(envelope, row)).expect("valid JSON")
}

/// The digits of a number as they stand in the line: serde_json reads floating point to the last bit but one.
fn digits<'a>(line: &'a str, name: &str) -> &'a str {
    let (_, rest) = line.split_once(&format!("\"{name}\":")).expect("the key");
    rest.split(',').next().expect("the number")
}

#[test]
fn every_kind_of_field_is_written() {
    let value = parse(&envelope(), &every(b"text"));
    let expected = serde_json::from_str::<Value>(r#"{
        "record": "every",
        "file": 1, "frame": 42, "ts": "1970-01-01T00:00:00.000000000Z", "conversation": 7,
        "message": 18446744073709551615, "protocol": "modbus", "direction": 1, "direction_name": "request",
        "sender": "192.168.1.20", "sender_port": 50000, "receiver": "10.0.0.1", "receiver_port": 502,
        "sender_mac": "01:02:03:04:05:06", "receiver_mac": null, "vlan": null, "from_originator": true,
        "flag": true, "u8": 255, "u16": 100, "u32": null, "u64": 18446744073709551615, "i8": -128, "i16": -7, "i32": 0,
        "i64": -9223372036854775808, "f32": 0.1, "f64": -1e300, "text": "text", "note": null, "octets": "00ab",
        "word": "word", "maybe": null, "at": "2026-11-23T15:00:00.000000001Z",
        "clock": "1969-12-31T23:59:59.999999999", "lasted": -1500000000, "mac": "00:1b:1b:ff:0a:a0",
        "ip": "::1", "code": 1, "code_name": "one", "wide": 7, "wide_name": null,
        "coils": [true, false, true], "registers": [1, 65535], "little": [1], "double": [256],
        "double_little": [], "signed": [-1], "real": ["NaN", 1.0]
    }"#)
    .expect("valid JSON");
    assert_eq!(value, expected);
    let keys: Vec<_> = value.as_object().expect("an object").keys().skip(1).cloned().collect();
    assert_eq!(keys, names(every(b"").table()));
}

/// "Text from the wire with escape sequences, line breaks, tabs, NUL, `=cmd()`, HTML, broken UTF-8 -> escaped in terminal,
/// JSON, TSV, CSV and notebook; never interpreted; kept exactly in binary form."
#[test]
fn text_from_the_wire_with_escape_sequences_is_escaped_and_kept() {
    for text in HOSTILE {
        let row = every(text);
        let line = line(&envelope(), &row);
        assert!(!line.trim_end().contains(|c: char| c.is_control()), "{line}");
        let value: Value = serde_json::from_str(&line).expect("valid JSON");
        let shown = value["text"].as_str().expect("a string");
        assert_eq!(shown, Text(text).to_string());
        assert_eq!(unescape(shown), text);
    }
}

#[test]
fn integers_of_every_length_are_written_in_full() {
    let around = (0..20).map(|digits| 10u64.pow(digits)).flat_map(|n| [n - 1, n, n + 1]);
    for value in (0..120_000).chain(around).chain([u64::MAX]) {
        let mut out = Vec::new();
        crate::text::unsigned(value, &mut out);
        assert_eq!(String::from_utf8(out), Ok(value.to_string()));
    }
}

/// "NaN, infinity and 64-bit integers -> kept exactly; the JSON stays valid."
#[test]
fn nan_infinity_and_64_bit_integers_are_kept_exactly() {
    for (number, shown) in [(f64::NAN, "NaN"), (f64::INFINITY, "Infinity"), (f64::NEG_INFINITY, "-Infinity")]
    {
        let row = Every { f64: Some(number), f32: number as f32, ..every(b"") };
        let value = parse(&envelope(), &row);
        assert_eq!((&value["f64"], &value["f32"]), (&json!(shown), &json!(shown)));
    }
    for number in [0, 1, -1, i64::MIN, i64::MAX, 1 << 53, (1 << 53) + 1] {
        let row = Every { i64: number, u64: number as u64, ..every(b"") };
        let value = parse(&envelope(), &row);
        assert_eq!((value["i64"].as_i64(), value["u64"].as_u64()), (Some(number), Some(number as u64)));
    }
    for number in [0.0, -0.0, 5e-324, f64::MAX, f64::MIN_POSITIVE, 0.1, 1e16, 123456789.0] {
        let text = line(&envelope(), &Every { f64: Some(number), ..every(b"") });
        assert_eq!(digits(&text, "f64").parse::<f64>().map(f64::to_bits), Ok(number.to_bits()));
    }
}

#[test]
fn words_of_the_program_and_controls_in_them_are_escaped_as_json_says() {
    let mut out = Vec::new();
    let all: String = (0u8..128).map(char::from).collect();
    word(&all, &mut out);
    assert_eq!(serde_json::from_slice::<String>(&out).expect("valid JSON"), all);
}

#[test]
fn keys_longer_than_the_padding_are_whole() {
    for len in [1, SHORT - 1, SHORT, SHORT + 1, 100] {
        let key = "k".repeat(len);
        let mut out = b"x".to_vec();
        Padded::<SHORT>::new(key.as_bytes()).write(&mut out);
        assert_eq!(out, format!("x{key}").as_bytes());
    }
}

#[test]
fn one_encoder_serves_several_threads() {
    let encoder = JsonLines::new();
    let write = || {
        let mut out = Vec::new();
        encoder.row(&envelope(), &every(b"a"), &mut out);
        out
    };
    let lines: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(write)).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    assert!(lines.iter().all(|line| *line == lines[0]));
}

proptest! {
    #[test]
    fn any_row_is_valid_json_that_gives_its_fields_back(seeds in seeds()) {
        for seed in &seeds {
            let (envelope, row) = (seed.envelope(), seed.row());
            let line = line(&envelope, &row);
            let value: Value = serde_json::from_str(&line).expect("valid JSON");
            for (name, field) in names(row.table()).iter().zip(fields(&envelope, &row)) {
                let value = &value[name.as_str()];
                match field {
                    Field::Null => prop_assert!(value.is_null()),
                    Field::Bool(v) => prop_assert_eq!(value.as_bool(), Some(v)),
                    Field::Unsigned(v) => prop_assert_eq!(value.as_u64(), Some(v)),
                    Field::Signed(v) | Field::Duration(v) => prop_assert_eq!(value.as_i64(), Some(v)),
                    Field::F64(v) if v.is_finite() => {
                        prop_assert!(value.is_f64());
                        prop_assert_eq!(digits(&line, name).parse().map(f64::to_bits), Ok(v.to_bits()));
                    }
                    Field::F32(v) if v.is_finite() => {
                        prop_assert!(value.is_f64());
                        prop_assert_eq!(digits(&line, name).parse().map(f32::to_bits), Ok(v.to_bits()));
                    }
                    Field::Text(v) => prop_assert_eq!(value.as_str().map(unescape), Some(v.as_bytes().to_vec())),
                    Field::Symbol(v) => prop_assert_eq!(value.as_str(), Some(v)),
                    Field::List(v) => prop_assert_eq!(value.as_array().map(Vec::len), Some(v.len())),
                    Field::Ip(v) => prop_assert_eq!(value.as_str().and_then(|ip| ip.parse().ok()), Some(v)),
                    _ => prop_assert!(value.is_string()),
                }
            }
        }
    }
}

/// What is remembered of a conversation is forgotten where any column says otherwise: the text is that of the envelope alone,
/// whatever came before it.
#[test]
fn envelopes_that_are_remembered_are_written_as_if_they_were_not() {
    let first = Envelope { conversation: Some(7), message: Some(9), ..envelope() };
    let other = Some("2001:db8::1".parse().expect("an address"));
    let all = [
        first,
        Envelope { frame: 123_456, ..first },
        Envelope { ts: Instant(first.ts.0 + 1), ..first },
        Envelope { ts: Instant(-1), ..first },
        Envelope { ts: Instant(1_700_000_000_999_999_999), ..first },
        Envelope { message: Some(u64::MAX), ..first },
        Envelope { message: None, ..first },
        Envelope { conversation: Some(u64::MAX), ..first },
        Envelope { conversation: None, ..first },
        Envelope { file: 3, ..first },
        Envelope { protocol: Symbol("another"), ..first },
        Envelope { direction: Some(fieldtap::record::Direction(200)), ..first },
        Envelope { direction: None, ..first },
        Envelope { sender: other, ..first },
        Envelope { sender: None, ..first },
        Envelope { sender_port: Some(1), ..first },
        Envelope { receiver: other, ..first },
        Envelope { receiver_port: None, ..first },
        Envelope { sender_mac: Some(fieldtap::record::Mac([1; 6])), ..first },
        Envelope { receiver_mac: Some(fieldtap::record::Mac([1; 6])), ..first },
        Envelope { vlan: Some(5), ..first },
        Envelope { from_originator: !first.from_originator, ..first },
    ];
    let (format, plain) = (JsonLines::new(), Members::of(Envelope::COLUMNS));
    for before in &all {
        for envelope in &all {
            let (mut text, mut expected) = (Vec::new(), Vec::new());
            format.envelope(before, &mut text);
            text.clear();
            format.envelope(envelope, &mut text);
            plain.envelope(envelope, &mut expected);
            assert_eq!(String::from_utf8(text), String::from_utf8(expected));
        }
    }
}

/// Eight octets are looked at at once: each is found in each place, and nothing else is.
#[test]
fn what_is_not_plain_is_found_wherever_it_stands() {
    for len in 0..40 {
        for place in 0..len {
            for octet in 0..=255u8 {
                let mut text = vec![b'a'; len];
                text[place] = octet;
                let printable = (b' '..=b'~').contains(&octet) && octet != b'\\';
                assert_eq!(text::plain(&text, []), printable, "{octet:x} at {place} of {len}");
                assert_eq!(
                    text::plain(&text, *b"\""),
                    printable && octet != b'"',
                    "{octet:x} at {place} of {len}"
                );
            }
        }
        assert!(text::plain(&vec![b'~'; len], *b"\""));
    }
}

#[test]
fn whole_numbers_are_written_as_the_standard_library_writes_them() {
    let powers = (0..20).map(|power| 10u64.pow(power));
    let near = powers.flat_map(|power| [power - 1, power, power + 1, power / 5 * 9]);
    for number in near.chain(0..2000).chain([u64::from(u32::MAX), 1 << 32, i64::MAX as u64, u64::MAX]) {
        let mut out = Vec::new();
        text::unsigned(number, &mut out);
        assert_eq!(String::from_utf8(out), Ok(number.to_string()));
        for signed in [number as i64, (number as i64).wrapping_neg()] {
            let mut out = Vec::new();
            text::signed(signed, &mut out);
            assert_eq!(String::from_utf8(out), Ok(signed.to_string()));
        }
    }
}
