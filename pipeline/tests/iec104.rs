//! IEC 60870-5-104 of whole captures: values, qualities and time tags against tshark.

mod common;

use common::{
    Comparison, Lists, WITH_ANOMALIES, captures, corpus_folder, has_tshark, instant, number, numeric,
    outside, rows_into, tshark_lists,
};
use fieldtap::record::{Envelope, Row, Sink, Verdict};
use std::{collections::BTreeSet, path::PathBuf};

/// What is compared, by tshark's names.
const FIELDS: [&str; 26] = [
    "iec60870_asdu.ioa",
    "iec60870_asdu.siq",
    "iec60870_asdu.diq",
    "iec60870_asdu.qds",
    "iec60870_asdu.vti.v",
    "iec60870_asdu.vti.t",
    "iec60870_asdu.float",
    "iec60870_asdu.normval",
    "iec60870_asdu.scalval",
    "iec60870_asdu.bitstring",
    "iec60870_asdu.bcr.count",
    "iec60870_asdu.bcr.sq",
    "iec60870_asdu.bcr.cy",
    "iec60870_asdu.bcr.ca",
    "iec60870_asdu.bcr.iv",
    "iec60870_asdu.sco.on",
    "iec60870_asdu.dco.on",
    "iec60870_asdu.rco.up",
    "iec60870_asdu.qoi",
    "iec60870_asdu.cp56time",
    "iec60870_asdu.cp56time.iv",
    "iec60870_asdu.cp56time.su",
    "iec60870_asdu.cp56time.dow",
    "iec60870_asdu.cp24time.ms",
    "iec60870_asdu.cp24time.min",
    "iec60870_asdu.cp24time.iv",
];

fn values(name: &str, text: &str) -> Vec<f64> {
    vec![match name {
        // tshark reads it big-endian; clause 7.2.6.13 of -101 sends the lowest octet first.
        "iec60870_asdu.bitstring" => (number(text) as u32).swap_bytes().into(),
        "iec60870_asdu.cp56time" => instant(text).unwrap_or(f64::NAN),
        _ => number(text),
    }]
}

/// Collects what is compared, and the frames in which octets are missing or come again.
#[derive(Default)]
struct Ours(Lists, BTreeSet<u64>);

impl Sink for Ours {
    fn row(&mut self, envelope: &Envelope, row: &dyn Row) -> Verdict {
        let get = |name: &str| numeric(row, name);
        if row.table().name == "anomalies" {
            self.1.insert(envelope.frame);
        }
        if row.table().name != "iec104_objects" {
            return Verdict::GoOn;
        }
        let mut put = |name: &'static str, value: Option<f64>| {
            self.0.entry((envelope.frame, name)).or_default().extend(value);
        };
        let (integer, number) = (get("integer"), get("number"));
        // Bits as clauses 7.2.6.1 to 7.2.6.3 of -101 have them.
        let bits = |places: &[(&str, f64)]| -> f64 {
            places.iter().map(|(name, bit)| get(name).unwrap_or_default() * bit).sum()
        };
        let states = [("blocked", 16.0), ("substituted", 32.0), ("not_topical", 64.0), ("invalid", 128.0)];
        let quality = bits(&states);
        let qds = quality + bits(&[("overflow", 1.0)]);
        put("iec60870_asdu.ioa", get("ioa"));
        let type_id = get("type_id").unwrap_or_default() as u8;
        match type_id {
            1 | 2 | 30 => put("iec60870_asdu.siq", integer.map(|value| value + quality)),
            3 | 4 | 31 => put("iec60870_asdu.diq", integer.map(|value| value + quality)),
            5 | 6 | 32 => {
                put("iec60870_asdu.vti.v", integer);
                put("iec60870_asdu.vti.t", get("transient"));
            }
            7 | 8 | 33 | 51 | 64 => put("iec60870_asdu.bitstring", integer),
            9 | 10 | 21 | 34 | 48 | 61 | 110 => put("iec60870_asdu.normval", number),
            11 | 12 | 35 | 49 | 62 | 111 => put("iec60870_asdu.scalval", integer),
            13 | 14 | 36 | 50 | 63 | 112 => put("iec60870_asdu.float", number),
            15 | 16 | 37 => {
                put("iec60870_asdu.bcr.count", integer);
                put("iec60870_asdu.bcr.sq", get("counter_sequence"));
                put("iec60870_asdu.bcr.cy", get("carry"));
                put("iec60870_asdu.bcr.ca", get("adjusted"));
                put("iec60870_asdu.bcr.iv", get("invalid"));
            }
            45 | 58 => put("iec60870_asdu.sco.on", integer),
            46 | 59 => put("iec60870_asdu.dco.on", integer),
            47 | 60 => put("iec60870_asdu.rco.up", integer),
            100 => put("iec60870_asdu.qoi", get("qualifier")),
            _ => {}
        }
        if matches!(type_id, 5..=14 | 32..=36) {
            put("iec60870_asdu.qds", Some(qds));
        }
        if matches!(type_id, 30..=37 | 58..=64 | 103 | 107) {
            put("iec60870_asdu.cp56time", get("device_clock"));
            put("iec60870_asdu.cp56time.iv", get("clock_invalid"));
            put("iec60870_asdu.cp56time.su", get("summer_time"));
            // Nothing is 0 in tshark.
            put("iec60870_asdu.cp56time.dow", get("day_of_week").or(Some(0.0)));
        }
        if matches!(type_id, 2 | 4 | 6 | 8 | 10 | 12 | 14 | 16) {
            let of_minute = get("device_clock").map(|clock| (clock / 1e6).rem_euclid(60e3));
            put("iec60870_asdu.cp24time.ms", of_minute);
            put(
                "iec60870_asdu.cp24time.min",
                get("device_clock").map(|clock| (clock / 60e9).floor().rem_euclid(60.0)),
            );
            put("iec60870_asdu.cp24time.iv", get("clock_invalid"));
        }
        Verdict::GoOn
    }
}

fn telecontrol() -> Vec<PathBuf> {
    let mut all = captures(&corpus_folder().join("iec104"));
    assert!(!all.is_empty(), "the corpus holds IEC 60870-5-104");
    all.extend(outside().map(|folder| captures(&folder.join("iec104"))).unwrap_or_default());
    all
}

fn same(name: &str, ours: f64, theirs: f64) -> bool {
    match name {
        // A bitstring has no sign; nor do the places of our whole numbers.
        "iec60870_asdu.bitstring" => ours as i64 as u32 == theirs as u32,
        "iec60870_asdu.cp56time" => (ours - theirs).abs() < 1e6,
        _ => {
            ours == theirs
                || (ours - theirs).abs() <= theirs.abs() * 1e-5 + 1e-9
                || (ours.is_nan() && theirs.is_nan())
        }
    }
}

/// A frame counts where both have something, as many of it, and nothing is wrong with it: tshark stops at a hole in the
/// stream, and reads again what comes again; what was out of order it gives with another frame.
#[test]
fn values_qualities_and_times_are_those_of_tshark() {
    if !has_tshark() {
        return;
    }
    let told = Comparison::of(&telecontrol(), |path, told| {
        let mut sink = Ours::default();
        rows_into(path, &mut sink);
        let Ours(ours, anomalies) = sink;
        for ((frame, name), theirs) in tshark_lists(path, "iec60870_asdu", &FIELDS, values) {
            if anomalies.contains(&frame) {
                *told.left_out.entry(WITH_ANOMALIES).or_default() += 1;
                continue;
            }
            let Some(ours) = ours.get(&(frame, name)) else {
                *told.left_out.entry("told by tshark alone").or_default() += 1;
                continue;
            };
            if ours.len() != theirs.len() {
                *told.left_out.entry("of other lengths").or_default() += 1;
                continue;
            }
            *told.compared.entry(name).or_default() += ours.len();
            if !ours.iter().zip(&theirs).all(|(ours, theirs)| same(name, *ours, *theirs)) {
                told.wrong.push(format!("{} {frame} {name}: {ours:?} not {theirs:?}", path.display()));
            }
        }
    });
    told.is_of_nearly_all();
    told.check(FIELDS);
}
