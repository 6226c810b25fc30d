//! GOOSE, sampled values, PTP, LLDP and supervision in whole captures: what they say, what they do not, and values against
//! tshark.

mod common;

use common::{
    Kept, Owned, Value, captures, corpus, corpus_folder, dissect, dissect_with, frames, has_tshark, outside,
    tshark_lists,
};
use fieldtap::Config;
use std::{collections::BTreeMap, path::PathBuf};

/// HARD_CASES, GOOSE and sampled values: what a capture that nobody has changed says of sequences is nothing; a replay with a
/// raised stNum, a second publisher and a lost sample give one anomaly each; a mirrored capture gives what the plain one does.
#[test]
fn each_change_of_a_capture_gives_one_anomaly_and_none_gives_none() {
    let expected: [(&str, &[&str]); 8] = [
        ("goose/states.pcap", &[]),
        ("goose/mirrored.pcap", &[]),
        ("goose/replay_raised.pcap", &["stNum jumps"]),
        ("goose/second_publisher.pcap", &["another sender publishes under this control block reference"]),
        ("sv/mirrored.pcap", &[]),
        ("sv/lost.pcap", &["samples are missing"]),
        ("sv/le_stream.pcap", &["smpSynch has changed"]),
        ("sv/several_asdus.pcap", &[]),
    ];
    for (name, reasons) in expected {
        assert_eq!(corpus(name).reasons(), reasons, "{name}");
    }
    let (plain, mirrored) = (corpus("goose/states.pcap"), corpus("goose/mirrored.pcap"));
    for table in ["goose", "goose_data", "points"] {
        assert_eq!(plain.of(table).count(), mirrored.of(table).count(), "{table}");
    }
    let lost = corpus("sv/lost.pcap");
    assert_eq!(lost.of("streams").map(|row| row.number("lost")).sum::<i128>(), 1);
}

#[test]
fn what_is_routed_fills_the_tables_of_what_is_not() {
    let rows = corpus("r_goose/routed.pcap");
    assert_eq!(rows.reasons(), [""; 0]);
    let states: Vec<i128> = rows.of("goose").map(|row| row.number("st_num")).collect();
    assert_eq!(states, [2, 3]);
    let streams: Vec<_> =
        rows.of("streams").map(|row| (row.words("publisher").to_owned(), row.number("messages"))).collect();
    assert_eq!(streams, [("BAY1LD0/LLN0$GO$gcb_wide".to_owned(), 6), ("BAY1MU03".to_owned(), 40)]);
}

#[test]
fn devices_tell_who_they_are_and_whom_they_follow() {
    let rows = corpus("lldp/device_and_switch.pcap");
    assert_eq!(rows.reasons(), [""; 0]);
    let names: Vec<_> =
        rows.of("identities").filter(|row| row.number("fact") == 9).map(|row| row.words("value")).collect();
    assert_eq!(names, ["drive-1", "sw-bay1", "drive-9"]);
    let rows = corpus("hsr_prp_supervision/nodes.pcap");
    assert_eq!(rows.reasons(), [""; 0]);
    // Two nodes, four turns: on the two LANs of PRP the same octets, told once; on the ring of HSR each way has its SupPath.
    let of_type = |kind, path| {
        let found = rows.of("hsr_prp_supervision");
        found.filter(|row| row.number("node_type") == kind && row.number("path") == path).count()
    };
    assert_eq!([of_type(20, 0), of_type(23, 0), of_type(23, 1)], [8, 8, 8]);
    assert_eq!(rows.of("hsr_prp_supervision").count(), 24);
    let rows = corpus("ptp/grandmasters.pcap");
    let told: Vec<_> = rows
        .of("identities")
        .filter(|row| row.words("source") == "ptp_grandmaster_identity")
        .map(|row| row.words("value"))
        .collect();
    assert_eq!(told, ["02000afffe140121", "02000afffe140122"]);
    let another = "another grandmaster is announced in the domain";
    assert_eq!(rows.reasons().iter().filter(|said| **said == another).count(), 1);
    for path in outside().map(|folder| captures(&folder.join("ptp"))).unwrap_or_default() {
        assert!(!dissect(&frames(&path)).says(another), "{}", path.display());
    }
    let rows = corpus("ptp/management_udp.pcap");
    // Success is 1, refused 2.
    let outcomes: Vec<i128> = rows.of("operations").map(|row| row.number("outcome")).collect();
    assert_eq!(outcomes, [1, 2]);
}

/// The captures of these folders, from the corpus and from outside.
fn of(folders: &[&str]) -> Vec<PathBuf> {
    let roots = [Some(corpus_folder()), outside()];
    let pairs = roots.iter().flatten().flat_map(|root| folders.iter().map(move |folder| root.join(folder)));
    pairs.flat_map(|folder| captures(&folder)).collect()
}

fn said(frames: &[Owned]) -> Vec<String> {
    let mut said: Vec<String> = dissect(frames)
        .of("anomalies")
        .filter(|row| ["goose", "sv", "r_goose", "r_sv"].contains(&row.envelope.protocol.0))
        .map(|row| row.words("reason").to_owned())
        .collect();
    said.sort();
    said
}

/// A capture in which each frame comes twice says what it says with each frame once, and its sequences are whole.
#[test]
fn mirrored_captures_say_what_plain_ones_do() {
    for path in of(&["goose", "sv"]) {
        let once = frames(&path);
        let twice: Vec<Owned> = once.iter().flat_map(|frame| [frame.clone(), frame.clone()]).collect();
        assert_eq!(said(&once), said(&twice), "{}", path.display());
        let broken = [
            "replay",
            "are missing",
            "another sender",
            "timeAllowedtoLive",
            "restarted",
            "backwards",
            "jumps",
        ];
        let outside_of_corpus = !path.starts_with(corpus_folder());
        let found = said(&once);
        let breaks = found.iter().filter(|reason| broken.iter().any(|word| reason.contains(word)));
        assert!(!outside_of_corpus || breaks.count() == 0, "{}: {found:?}", path.display());
    }
}

/// One value as tshark shows it.
fn shown(row: &Kept, column: &str, kind: Kind) -> Option<String> {
    match (kind, row.get(column)) {
        (_, Value::Null) => None,
        // tshark keeps 32 bits.
        (Kind::Integer, Value::Number(number)) => Some((*number as i32).to_string()),
        (Kind::Number, Value::Number(number)) => Some(number.to_string()),
        (_, Value::Words(words)) => Some(words.clone()),
        (Kind::Real, Value::Other(other)) => {
            let number: f64 = other.strip_prefix("F64(")?.strip_suffix(')')?.parse().ok()?;
            Some((number as f32).to_string())
        }
        (Kind::Octets, Value::Other(other)) => {
            let list = other.strip_prefix("Bytes([")?.strip_suffix("])")?;
            let octets = list.split(", ").filter_map(|octet| octet.parse::<u8>().ok());
            Some(octets.map(|octet| format!("{octet:02x}")).collect())
        }
        _ => None,
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Integer,
    Number,
    Real,
    Octets,
    Words,
}

/// The same form for both sides.
fn normal(value: &str, kind: Kind) -> String {
    let hexadecimal = |value: &str| i128::from_str_radix(value.strip_prefix("0x")?, 16).ok();
    match kind {
        Kind::Real => value.parse::<f32>().map_or(value.to_owned(), |number| format!("{number:.4e}")),
        Kind::Number | Kind::Integer => match value {
            "True" => "1".to_owned(),
            "False" => "0".to_owned(),
            value => hexadecimal(value)
                .or(value.parse().ok())
                .map_or(value.to_owned(), |number| number.to_string()),
        },
        Kind::Octets => hexadecimal(value).map_or(value.replace(':', ""), |number| format!("{number:016x}")),
        Kind::Words => value.to_owned(),
    }
}

/// Record, type of its value where it has several, column, tshark's field, kind.
const FIELDS: [(&str, Option<i128>, &str, &str, Kind); 25] = [
    ("goose_data", Some(3), "boolean", "goose.boolean", Kind::Number),
    ("goose_data", Some(4), "octets", "goose.bit_string", Kind::Octets),
    ("goose_data", Some(5), "integer", "goose.integer", Kind::Integer),
    ("goose_data", Some(6), "integer", "goose.unsigned", Kind::Integer),
    ("goose_data", Some(7), "number", "goose.float_value", Kind::Real),
    ("goose_data", Some(10), "text", "goose.visible_string", Kind::Words),
    ("goose", None, "reserved1", "goose.reserve1", Kind::Number),
    ("goose", None, "length", "goose.length", Kind::Number),
    ("sv", None, "length", "sv.length", Kind::Number),
    ("sv_asdus", None, "smp_rate", "sv.smpRate", Kind::Number),
    ("sv_asdus", None, "smp_mod", "sv.smpMod", Kind::Number),
    ("iec61850_90_5", None, "spdu_number", "rgoose.spdu_num", Kind::Number),
    ("iec61850_90_5", None, "payload_length", "rgoose.payload_len", Kind::Number),
    ("ptp", None, "message_type", "ptp.v2.messagetype", Kind::Number),
    ("ptp", None, "message_length", "ptp.v2.messagelength", Kind::Number),
    ("ptp", None, "sequence_id", "ptp.v2.sequenceid", Kind::Number),
    ("ptp", None, "flags", "ptp.v2.flags", Kind::Number),
    ("ptp", None, "clock_identity", "ptp.v2.clockidentity", Kind::Octets),
    ("ptp_announces", None, "grandmaster_clock_class", "ptp.v2.an.grandmasterclockclass", Kind::Number),
    ("ptp_announces", None, "grandmaster_identity", "ptp.v2.an.grandmasterclockidentity", Kind::Octets),
    ("ptp_managements", None, "management_id", "ptp.v2.mm.managementId", Kind::Number),
    ("lldp", None, "time_to_live", "lldp.time_to_live", Kind::Number),
    ("lldp", None, "system_name", "lldp.tlv.system.name", Kind::Words),
    ("hsr_prp_supervision", None, "sequence_number", "hsr_prp_supervision.supervision_seqno", Kind::Number),
    ("hsr_prp_supervision", None, "version", "hsr_prp_supervision.version", Kind::Number),
];

#[test]
fn values_are_those_of_tshark() {
    if !has_tshark() {
        return;
    }
    let paths = of(&["goose", "sv", "r_goose", "ptp", "lldp", "hsr_prp_supervision"]);
    let (mut compared, mut wrong) = (BTreeMap::<&str, usize>::new(), vec![]);
    for path in paths.iter().filter(|path| std::fs::metadata(path).is_ok_and(|file| file.len() < 400_000)) {
        let config = Config { every_message: true, ..Config::default() };
        let (rows, _) = dissect_with(config, &frames(path));
        let present: Vec<_> = FIELDS.iter().filter(|(record, ..)| rows.of(record).next().is_some()).collect();
        let names: Vec<&'static str> = present.iter().map(|(_, _, _, field, _)| *field).collect();
        let theirs = tshark_lists(path, "frame", &names, |_, text| vec![text.to_owned()]);
        for (record, of_type, column, field, kind) in present {
            let mut ours = BTreeMap::<u64, Vec<String>>::new();
            for row in rows.of(record) {
                if of_type.is_some_and(|of_type| row.number("data_type") != of_type) {
                    continue;
                }
                ours.entry(row.envelope.frame).or_default().extend(shown(row, column, *kind));
            }
            // Copies are told once.
            for (frame, mine) in ours {
                let Some(list) = theirs.get(&(frame, *field)) else { continue };
                let form =
                    |list: &[String]| -> Vec<String> { list.iter().map(|v| normal(v, *kind)).collect() };
                *compared.entry(field).or_default() += 1;
                if form(&mine) != form(list) {
                    wrong.push(format!(
                        "{} {frame} {field}: {:?} not {:?}",
                        path.display(),
                        form(&mine),
                        form(list)
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong[..wrong.len().min(20)].join("\n"));
    let silent: Vec<_> = FIELDS.iter().filter(|(.., field, _)| !compared.contains_key(field)).collect();
    assert!(silent.is_empty(), "nothing was compared of {silent:?}");
}
