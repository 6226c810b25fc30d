//! Samples that a description tells the types of: IEC 61850-9-2, encoding of the basic data types.
use super::*;
use crate::{
    Config, Description, SampleType,
    testing::{Rows, TELL, Talk},
};
use std::sync::Arc;

const SECOND: i64 = 1_000_000_000;

/// A message with one ASDU of the stream MU01 (IEC 61850-9-2, clause 8).
fn message(data_set: &str, count: u16, sample: &[u8]) -> Vec<u8> {
    let tlv = |tag: u8, value: &[u8]| [&[tag, value.len() as u8][..], value].concat();
    let fields = [
        tlv(0x80, b"MU01"),
        tlv(0x81, data_set.as_bytes()),
        tlv(0x82, &count.to_be_bytes()),
        tlv(0x83, &[0, 0, 0, 1]),
        tlv(0x85, &[2]),
        tlv(0x87, sample),
    ];
    let apdu = tlv(0x60, &[tlv(0x80, &[1]), tlv(0xa2, &tlv(0x30, &fields.concat()))].concat());
    let length = (apdu.len() as u16 + 8).to_be_bytes();
    [&[0x40, 0][..], &length, &[0; 4], &apdu].concat()
}

fn described(every_message: bool, sets: &[(&str, &[(&str, SampleType)])]) -> Talk {
    let mut known = Description::new();
    for (data_set, values) in sets {
        known.add_samples(
            "MU01",
            data_set,
            values.iter().map(|(name, kind)| ((*name).into(), *kind)).collect(),
        );
    }
    let description = Some(Arc::new(known));
    Talk::new(&PROTOCOL, Config { every_message, description, ..Config::default() })
}

fn columns(rows: &Rows, table: &str, names: &[&str]) -> Vec<String> {
    let row = |row: &&crate::testing::Told| {
        names.iter().map(|name| row.get(name).unwrap_or("-")).collect::<Vec<_>>().join(" ")
    };
    rows.of(table).iter().map(row).collect()
}

/// Each type has its octets, its sign and its column; a quality belongs to the value before it.
#[test]
fn values_are_read_by_their_types() {
    let types = [
        ("b", SampleType::Boolean),
        ("i16", SampleType::Integer(2)),
        ("i64", SampleType::Integer(8)),
        ("u16", SampleType::Unsigned(2)),
        ("u64", SampleType::Unsigned(8)),
        ("f32", SampleType::Single),
        ("q", SampleType::Quality),
        ("f64", SampleType::Double),
        ("t", SampleType::Timestamp),
        ("q2", SampleType::Quality),
        ("off", SampleType::Boolean),
    ];
    let sample = [
        &[1][..],
        &(-2i16).to_be_bytes(),
        &i64::MIN.to_be_bytes(),
        &u16::MAX.to_be_bytes(),
        &u64::MAX.to_be_bytes(),
        &1.5f32.to_be_bytes(),
        &[0, 0, 0x20, 3],
        &(-2.25f64).to_be_bytes(),
        // 2025-01-01, half past its first second; the clock is not synchronised.
        &1_735_689_600u32.to_be_bytes(),
        &[0x80, 0, 0, 0x20],
        &[0, 0, 0, 1],
        &[0],
    ]
    .concat();
    let rows = described(true, &[("ds", &types)]).feed(TELL, &message("ds", 1, &sample)).end();
    assert!(rows.reasons().is_empty(), "{:?}", rows.reasons());
    let names = ["place", "name", "boolean", "integer", "number", "quality", "time", "time_quality"];
    assert_eq!(
        columns(&rows, "sv_values", &names),
        [
            "0 b true - - - - -",
            "1 i16 - -2 - - - -",
            "2 i64 - -9223372036854775808 - - - -",
            "3 u16 - 65535 - - - -",
            // Beyond what a column of integers holds.
            "4 u64 - - - - - -",
            "5 f32 - - 1.5 - - -",
            "6 q - - - 8195 - -",
            "7 f64 - - -2.25 - - -",
            "8 t - - - - Instant(1735689600500000000) 32",
            "9 q2 - - - 1 - -",
            "10 off false - - - - -",
        ]
    );
    assert_eq!(
        columns(&rows, "points", &["name", "integer", "number", "quality", "good"]),
        [
            "b 1 - - -",
            "i16 -2 - - -",
            "i64 -9223372036854775808 - - -",
            "u16 65535 - - -",
            "f32 - 1.5 8195 false",
            "f64 - -2.25 - -",
            "off 0 - - -",
        ]
    );
}

/// A sum has the least and the greatest number, all bits of the qualities that belong to it, and is of one interval.
#[test]
fn samples_are_summed_by_interval() {
    let types: &[(&str, SampleType)] = &[
        ("v", SampleType::Integer(4)),
        ("q", SampleType::Quality),
        // The quality behind the time is not that of the number before it.
        ("w", SampleType::Unsigned(1)),
        ("t", SampleType::Timestamp),
        ("q2", SampleType::Quality),
    ];
    let sample = |value: i32, quality: u8, other: u8| {
        [&value.to_be_bytes()[..], &[0, 0, 0, quality], &[1], &[0; 8], &[0, 0, 0, other]].concat()
    };
    let say = |every_message: bool| {
        let mut talk = described(every_message, &[("ds", types)]);
        talk.feed(TELL, &message("ds", 1, &sample(3, 2, 4)));
        talk.feed(TELL, &message("ds", 2, &sample(-7, 1, 4)));
        talk.feed(TELL, &message("ds", 3, &sample(5, 0, 4)));
        talk.feed(TELL, &message("ds", 4, &sample(4, 0, 4)));
        talk.mark.ts += 60 * SECOND;
        talk.feed(TELL, &message("ds", 5, &sample(9, 0, 4)));
        // Of another length: none that could be summed.
        talk.feed(TELL, &message("ds", 6, &[0; 3]));
        talk.end()
    };
    let rows = say(false);
    let names = ["name", "samples", "minimum", "maximum", "quality"];
    assert_eq!(
        columns(&rows, "sv_sample_sums", &names),
        ["v 4 -7 5 3", "w 4 1 1 0", "v 1 9 9 0", "w 1 1 1 0"]
    );
    // The first, each with another quality, and the one of another length.
    let said: Vec<_> = rows.all("sv_asdus", "smp_cnt").into_iter().flatten().collect();
    assert_eq!(said, ["1", "2", "3", "6"]);
    assert!(rows.reasons().contains(&"samples have another length than the description tells"));
    assert!(rows.of("sv_channels").is_empty());
    assert!(say(true).of("sv_sample_sums").is_empty());
}

/// The samples of another data set are no part of the same sum.
#[test]
fn a_sum_is_of_one_data_set() {
    let of = |name| [(name, SampleType::Single)];
    let (one, other) = (of("one"), of("other"));
    let mut talk = described(false, &[("ds1", &one), ("ds2", &other)]);
    for (count, data_set, value) in [(1, "ds1", 1f32), (2, "ds2", 2.5), (3, "ds2", 3.5)] {
        talk.feed(TELL, &message(data_set, count, &value.to_be_bytes()));
    }
    let rows = talk.end();
    let names = ["name", "samples", "minimum", "maximum"];
    assert_eq!(columns(&rows, "sv_sample_sums", &names), ["other 2 2.5 3.5"]);
}

/// A description that tells of the data set of 9-2 LE changes nothing: it has columns of its own.
#[test]
fn the_data_set_of_9_2_le_is_that_with_a_description_too() {
    let pair = [("v", SampleType::Integer(4)), ("q", SampleType::Quality)];
    let mut talk = described(false, &[("ds", &pair.repeat(8))]);
    let rows = talk.feed(TELL, &message("ds", 1, &[0; 64])).end();
    assert_eq!((rows.of("sv_channels").len(), rows.of("sv_sample_sums").len()), (8, 0));
    assert_eq!(rows.all("sv_asdus", "current_a"), [Some("0")]);
}
