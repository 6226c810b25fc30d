//! IEC 60870-5-104 of whole captures: values, qualities and time tags against tshark.

mod common;

use common::{captures, corpus_folder, frames, outside};
use fieldtap::{
    Config, Engine, Frame,
    record::{Envelope, Field, Row, Sink, Verdict},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    process::Command,
};

/// What is compared, by tshark's names.
const FIELDS: [&str; 24] = [
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
];

/// The values of one field in each frame, in the order of the frame.
type Lists = BTreeMap<(u64, &'static str), Vec<f64>>;

/// Nanoseconds since 1970 of "Nov 25, 2026 19:49:23.851000000 UTC".
fn instant(text: &str) -> Option<f64> {
    let parts: Vec<&str> = text.split_whitespace().collect();
    let [month, day, year, time, ..] = parts[..] else { return None };
    let months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    let month = months.find(month)? as i64 / 3 + 1;
    let (day, year): (i64, i64) = (day.trim_end_matches(',').parse().ok()?, year.parse().ok()?);
    // Days from civil: the year begins in March.
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + day - 1 - 719_468;
    let mut clock = time.split(':');
    let (hour, minute): (i64, i64) = (clock.next()?.parse().ok()?, clock.next()?.parse().ok()?);
    let seconds: f64 = clock.next()?.parse().ok()?;
    Some(((days * 24 + hour) * 60 + minute) as f64 * 60e9 + seconds * 1e9)
}

fn value(name: &str, text: &str) -> f64 {
    let hexadecimal = text.strip_prefix("0x").and_then(|digits| u32::from_str_radix(digits, 16).ok());
    match (name, hexadecimal) {
        // tshark reads it big-endian; clause 7.2.6.13 of -101 sends the lowest octet first.
        ("iec60870_asdu.bitstring", Some(bits)) => bits.swap_bytes().into(),
        (_, Some(number)) => number.into(),
        ("iec60870_asdu.cp56time", _) => instant(text).unwrap_or(f64::NAN),
        _ => text.parse().unwrap_or(f64::NAN),
    }
}

/// What tshark finds in the frames that it can read to their end.
fn tshark(path: &Path) -> Lists {
    let mut command = Command::new("tshark");
    command.args(["-n", "-o", "tcp.reassemble_out_of_order:TRUE", "-Y", "iec60870_asdu", "-T", "fields"]);
    command.args(["-E", "occurrence=a", "-E", "aggregator=;", "-e", "frame.number", "-e", "_ws.malformed"]);
    for name in FIELDS {
        command.args(["-e", name]);
    }
    let run = command.arg("-r").arg(path).output().expect("tshark runs");
    let mut found = Lists::new();
    for line in String::from_utf8_lossy(&run.stdout).lines() {
        let mut cells = line.split('\t');
        let frame = cells.next().and_then(|cell| cell.parse().ok()).expect("tshark names the frame");
        if cells.next() != Some("") {
            continue;
        }
        for (name, cell) in FIELDS.into_iter().zip(cells).filter(|(_, cell)| !cell.is_empty()) {
            found.insert((frame, name), cell.split(';').map(|text| value(name, text)).collect());
        }
    }
    found
}

/// Collects what is compared, and the frames in which octets are missing or come again.
#[derive(Default)]
struct Ours(Lists, BTreeSet<u64>);

impl Sink for Ours {
    fn row(&mut self, envelope: &Envelope, row: &dyn Row) -> Verdict {
        let get = |name: &str| {
            let place = row.table().columns.iter().position(|column| column.name == name);
            match row.field(place.unwrap_or_else(|| panic!("no column {name}"))) {
                Field::Bool(value) => Some(f64::from(value)),
                Field::Unsigned(value) | Field::Code { value, .. } => Some(value as f64),
                Field::Signed(value) | Field::WallClock(value) | Field::Duration(value) => Some(value as f64),
                Field::F32(value) => Some(value.into()),
                Field::F64(value) => Some(value),
                _ => None,
            }
        };
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
        }
        Verdict::GoOn
    }
}

fn ours(path: &Path) -> Ours {
    let (mut engine, mut sink) =
        (Engine::new(Config { every_message: true, ..Config::default() }), Ours::default());
    for (number, frame) in (1u64..).zip(frames(path)) {
        let (ts, link_type, original_len) = (frame.ts, frame.link_type, frame.original_len);
        engine.frame(&Frame { number, ts, link_type, original_len, data: &frame.data }, &mut sink);
    }
    engine.finish(&mut sink);
    sink
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
    if Command::new("tshark").arg("--version").output().is_err() {
        eprintln!("tshark is not installed: values are not compared");
        return;
    }
    let (mut compared, mut others, mut wrong) =
        (BTreeMap::<&str, usize>::new(), BTreeMap::<&str, usize>::new(), vec![]);
    for path in telecontrol() {
        let Ours(ours, anomalies) = ours(&path);
        for ((frame, name), theirs) in tshark(&path) {
            if anomalies.contains(&frame) {
                *others.entry("with anomalies").or_default() += 1;
                continue;
            }
            let Some(ours) = ours.get(&(frame, name)) else {
                *others.entry("told by tshark alone").or_default() += 1;
                continue;
            };
            if ours.len() != theirs.len() {
                *others.entry("of other lengths").or_default() += 1;
                continue;
            }
            *compared.entry(name).or_default() += ours.len();
            if !ours.iter().zip(&theirs).all(|(ours, theirs)| same(name, *ours, *theirs)) {
                wrong.push(format!("{} {frame} {name}: {ours:?} not {theirs:?}", path.display()));
            }
        }
    }
    println!("compared {compared:?}, left out {others:?}");
    let left_out: usize = others.values().sum();
    assert!(left_out * 100 < compared.values().sum::<usize>(), "{others:?}");
    // No capture holds counters or times of three octets yet; those are compared as soon as one does.
    let held = |name: &&&str| !name.contains(".bcr.") && !name.contains("cp24time");
    for name in FIELDS.iter().filter(held).filter(|_| outside().is_some()) {
        assert!(compared.contains_key(name), "nothing was compared of {name}");
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong[..wrong.len().min(20)].join("\n"));
}
