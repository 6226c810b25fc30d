//! DNP3 of whole captures: values, flags and times against tshark.

mod common;

use common::{
    Comparison, Lists, captures, corpus_folder, field, has_tshark, instant, known_differences, number,
    numeric, outside, rows_into, tshark_lists,
};
use fieldtap::record::{Envelope, Field, Row, Sink, Verdict};
use std::path::PathBuf;

/// What is compared, by tshark's names, besides the flags.
const FIELDS: [&str; 29] = [
    "dnp3.al.bit",
    "dnp3.al.2bit",
    "dnp3.al.bocs",
    "dnp3.al.cnt",
    "dnp3.al.ana.int",
    "dnp3.al.ana.float",
    "dnp3.al.ana.double",
    "dnp3.al.anaout.int",
    "dnp3.al.anaout.float",
    "dnp3.al.anaout.double",
    "dnp3.al.ctrlstatus",
    "dnp3.al.timestamp",
    "dnp3.al.reltimestamp",
    "dnp3.al.time_delay",
    "dnp3.ctl.op",
    "dnp3.ctl.trip",
    "dnp3.al.count",
    "dnp3.al.on_time",
    "dnp3.al.off_time",
    "dnp3.al.octet_string",
    "dnp3.al.da.value",
    "dnp3.al.file.mode",
    "dnp3.al.file.handle",
    "dnp3.al.file.size",
    "dnp3.al.file.maxblock",
    "dnp3.al.file.reqID",
    "dnp3.al.file.blocknum",
    "dnp3.al.file.status",
    "dnp3.al.file.data",
];

/// Flags of binary inputs, binary outputs, counters, analog inputs and analog outputs.
const FLAGS: [(&str, [&str; 8]); 5] = {
    macro_rules! bits {
        ($name:literal) => {
            (
                $name,
                [
                    concat!($name, ".b0"),
                    concat!($name, ".b1"),
                    concat!($name, ".b2"),
                    concat!($name, ".b3"),
                    concat!($name, ".b4"),
                    concat!($name, ".b5"),
                    concat!($name, ".b6"),
                    concat!($name, ".b7"),
                ],
            )
        };
    }
    [
        bits!("dnp3.al.biq"),
        bits!("dnp3.al.boq"),
        bits!("dnp3.al.ctrq"),
        bits!("dnp3.al.aiq"),
        bits!("dnp3.al.aoq"),
    ]
};

/// One value of tshark; of octets each.
fn values(name: &str, text: &str) -> Vec<f64> {
    match name {
        "dnp3.al.timestamp" => {
            let time = instant(text).unwrap_or(f64::NAN);
            Some(time).filter(is_told).into_iter().collect()
        }
        "dnp3.al.reltimestamp" => vec![number(text) * 1e9],
        "dnp3.al.octet_string" | "dnp3.al.file.data" => {
            let octet = |place| u8::from_str_radix(text.get(place..place + 2).unwrap_or("no"), 16).ok();
            (0..text.len()).step_by(2).map(|place| octet(place).map_or(f64::NAN, f64::from)).collect()
        }
        "dnp3.al.da.value" => text.bytes().map(f64::from).collect(),
        _ => vec![number(text)],
    }
}

/// A time of 0 is none, and tshark shows 1970.
fn is_told(time: &f64) -> bool {
    *time != 0.0
}

/// The bits of flags as octets.
fn with_flags(mut theirs: Lists) -> Lists {
    let frames: Vec<u64> = theirs.keys().map(|(frame, _)| *frame).collect();
    for (name, bits) in FLAGS {
        for frame in &frames {
            let mut octets = Vec::new();
            for (bit, name) in (0..8).zip(bits) {
                let list = theirs.remove(&(*frame, name)).unwrap_or_default();
                octets.resize(list.len(), 0.0);
                octets.iter_mut().zip(list).for_each(|(octet, value)| *octet += value * f64::from(1 << bit));
            }
            if !octets.is_empty() {
                theirs.insert((*frame, name), octets);
            }
        }
    }
    theirs
}

/// Collects what is compared.
#[derive(Default)]
struct Ours(Lists);

impl Sink for Ours {
    fn row(&mut self, envelope: &Envelope, row: &dyn Row) -> Verdict {
        let get = |name: &str| numeric(row, name);
        let mut put = |name: &'static str, values: &[f64]| {
            if !values.is_empty() {
                self.0.entry((envelope.frame, name)).or_default().extend(values);
            }
        };
        let octets = |name: &str| -> Vec<f64> {
            match field(row, name) {
                Field::Bytes(octets) => octets.iter().copied().map(f64::from).collect(),
                Field::Text(text) => text.0.iter().copied().map(f64::from).collect(),
                _ => vec![],
            }
        };
        match row.table().name {
            "dnp3_points" => point(get, octets, put),
            "dnp3_controls" => {
                for (name, column) in [
                    ("dnp3.ctl.op", "operation_type"),
                    ("dnp3.ctl.trip", "trip_close"),
                    ("dnp3.al.count", "count"),
                    ("dnp3.al.on_time", "on_time"),
                    ("dnp3.al.off_time", "off_time"),
                    ("dnp3.al.ctrlstatus", "status"),
                ] {
                    put(name, &[get(column).unwrap_or(f64::NAN)]);
                }
            }
            "dnp3_attributes" => put("dnp3.al.da.value", &octets("text")),
            "dnp3_files" => {
                for (name, column) in [
                    ("dnp3.al.file.mode", "mode"),
                    ("dnp3.al.file.handle", "handle"),
                    ("dnp3.al.file.size", "size"),
                    ("dnp3.al.file.maxblock", "max_block_size"),
                    ("dnp3.al.file.reqID", "request_id"),
                    ("dnp3.al.file.blocknum", "block"),
                    ("dnp3.al.file.status", "status"),
                ] {
                    put(name, get(column).as_slice());
                }
                put("dnp3.al.timestamp", get("created").as_slice());
                put("dnp3.al.file.data", &octets("data"));
            }
            _ => {}
        }
        Verdict::GoOn
    }
}

/// One value, by the fields in which tshark shows its parts (IEEE 1815-2012, annex A).
fn point(
    get: impl Fn(&str) -> Option<f64>,
    octets: impl Fn(&str) -> Vec<f64>,
    mut put: impl FnMut(&'static str, &[f64]),
) {
    let object = get("object").unwrap_or_default() as u16;
    let (group, variation) = (object >> 8, object & 0xff);
    let (flags, integer, value) = (get("flags"), get("integer"), get("number"));
    let whole = integer.as_slice();
    match group {
        1 | 10 | 80 if variation == 1 => put("dnp3.al.bit", whole),
        12 if variation == 3 => put("dnp3.al.bit", whole),
        3 if variation == 1 => put("dnp3.al.2bit", whole),
        _ => {}
    }
    // The state is taken from the value, the other bits from the flags.
    let state = integer.unwrap_or_default();
    let masked = |mask: f64| flags.map(|flags| flags % mask);
    match group {
        1 | 2 => put("dnp3.al.biq", masked(128.0).map(|flags| flags + state * 128.0).as_slice()),
        3 | 4 => put("dnp3.al.biq", masked(64.0).map(|flags| flags + state * 64.0).as_slice()),
        10 | 11 => put("dnp3.al.boq", masked(128.0).map(|flags| flags + state * 128.0).as_slice()),
        20..=23 => put("dnp3.al.ctrq", flags.as_slice()),
        30..=33 => put("dnp3.al.aiq", flags.as_slice()),
        40 | 42 => put("dnp3.al.aoq", flags.as_slice()),
        _ => {}
    }
    let whole_or_real = |names: [&'static str; 3]| {
        let [of_integer, of_float, of_double] = names;
        match value {
            None => (of_integer, integer),
            Some(value) if matches!((group, variation), (41 | 40, 4) | (_, 6 | 8)) => {
                (of_double, Some(value))
            }
            Some(value) => (of_float, Some(value)),
        }
    };
    match group {
        13 => put("dnp3.al.bocs", whole),
        20..=23 => put("dnp3.al.cnt", whole),
        30..=34 => {
            let (name, value) = whole_or_real(["dnp3.al.ana.int", "dnp3.al.ana.float", "dnp3.al.ana.double"]);
            put(name, value.as_slice());
        }
        40..=43 => {
            let (name, value) =
                whole_or_real(["dnp3.al.anaout.int", "dnp3.al.anaout.float", "dnp3.al.anaout.double"]);
            put(name, value.as_slice());
        }
        52 => put("dnp3.al.time_delay", whole),
        110 | 111 => put("dnp3.al.octet_string", &octets("octets")),
        _ => {}
    }
    if !matches!(group, 12) {
        put("dnp3.al.ctrlstatus", get("status").as_slice());
    }
    match get("relative_time") {
        Some(relative) => put("dnp3.al.reltimestamp", &[relative]),
        None => put("dnp3.al.timestamp", get("time").filter(is_told).as_slice()),
    }
}

fn telecontrol() -> Vec<PathBuf> {
    let mut all = captures(&corpus_folder().join("dnp3"));
    assert!(!all.is_empty(), "the corpus holds DNP3");
    all.extend(outside().map(|folder| captures(&folder.join("dnp3"))).unwrap_or_default());
    all
}

fn same(ours: f64, theirs: f64) -> bool {
    ours == theirs
        || (ours - theirs).abs() <= theirs.abs() * 1e-5 + 1e-9
        || (ours.is_nan() && theirs.is_nan())
}

/// What tshark tells of a frame besides: that it is one, and that an object in it has no name for tshark.
const ABOUT: [&str; 2] = ["dnp3.al.func", "dnp3.unknown_object"];

/// Function 33 carries objects as function 32 does (IEEE 1815-2012, clause 7), but tshark reads none.
const AUTHENTICATE_ERR: f64 = 33.0;

/// What no capture holds in a frame that tshark reads to its end.
const NOWHERE: [&str; 3] = ["dnp3.al.2bit", "dnp3.al.bocs", "dnp3.al.da.value"];

/// A frame counts unless `corpus/agree/known.tsv` names its fragment or its points, or tshark cannot read it to its end: it
/// stops at an object of device attributes that is not text, and at one that it does not name.
///
/// Objects that tshark 4.0 does not name, as g50v4, g51v2 and g52v1, have their clauses in annex A of IEEE 1815-2012. Of a
/// file command (g70v3, A.25.3) it shows time of creation and size where the file is opened for writing alone.
#[test]
fn values_flags_and_times_are_those_of_tshark() {
    if !has_tshark() {
        return;
    }
    let bits = FLAGS.into_iter().flat_map(|(_, bits)| bits);
    let names: Vec<&'static str> = FIELDS.into_iter().chain(bits).chain(ABOUT).collect();
    let told = Comparison::of(&telecontrol(), |path, told| {
        let mut sink = Ours::default();
        rows_into(path, &mut sink);
        let mut differs = known_differences(path, "dnp3.");
        differs.extend(known_differences(path, "dnp3_points."));
        let theirs = with_flags(tshark_lists(path, "dnp3.al.func", &names, values));
        for (place, ours) in &sink.0 {
            let (frame, name) = *place;
            let about = |what| theirs.contains_key(&(frame, what));
            let why = if theirs.contains_key(place) {
                continue;
            } else if !about("dnp3.al.func") {
                "tshark does not read the frame to its end"
            } else if differs.contains(&None) || differs.contains(&Some(frame)) {
                "known.tsv names the frame"
            } else if theirs[&(frame, "dnp3.al.func")].contains(&AUTHENTICATE_ERR) {
                "tshark reads no objects of this function"
            } else if about("dnp3.unknown_object") {
                "tshark does not name the object"
            } else if about("dnp3.al.file.mode") && ["dnp3.al.file.size", "dnp3.al.timestamp"].contains(&name)
            {
                "tshark shows size and time of a file only where it is written"
            } else {
                told.wrong.push(format!("{} {frame} {name}: {ours:?} are not theirs", path.display()));
                continue;
            };
            *told.left_out.entry(why).or_default() += ours.len();
        }
        for ((frame, name), theirs) in theirs {
            if ABOUT.contains(&name) {
                continue;
            }
            if differs.contains(&None) || differs.contains(&Some(frame)) {
                *told.left_out.entry("known.tsv names the frame").or_default() += theirs.len();
                continue;
            }
            let ours = sink.0.remove(&(frame, name)).unwrap_or_default();
            *told.compared.entry(name).or_default() += ours.len();
            let as_many = ours.len() == theirs.len();
            if !as_many || !ours.iter().zip(&theirs).all(|(ours, theirs)| same(*ours, *theirs)) {
                told.wrong.push(format!("{} {frame} {name}: {ours:?} not {theirs:?}", path.display()));
            }
        }
    });
    let names = FIELDS.into_iter().filter(|name| !NOWHERE.contains(name));
    told.check(names.chain(FLAGS.into_iter().map(|(name, _)| name)));
}
