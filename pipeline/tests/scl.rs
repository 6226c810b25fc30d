//! Names out of a description of a substation, where messages have none.

mod common;

use common::{Owned, Rows, corpus_folder, dissect_with, frames};
use fieldtap::{Config, Description, Parts};
use fieldtap_pipeline::read_scl;
use std::{io::Write, sync::Arc};

fn described() -> Config {
    let description = read_scl(&[corpus_folder().join("scl/bays.scd")]).expect("the file is there");
    Config { description: Some(Arc::new(description)), ..Config::default() }
}

fn dissected(config: Config, name: &str) -> Rows {
    let frames: Vec<Owned> = frames(&corpus_folder().join(name));
    assert!(!frames.is_empty());
    dissect_with(config, &frames).0
}

/// The types of the file: an indication and a measurement, under the constraint that they have.
fn types() -> [(&'static str, Arc<Parts>); 3] {
    let structure = |parts: &[(&str, &Arc<Parts>)]| {
        Arc::new(Parts::Structure(
            parts.iter().map(|(name, part)| ((*name).into(), Arc::clone(part))).collect(),
        ))
    };
    let value = Arc::new(Parts::Value);
    let indication = structure(&[("stVal", &value), ("q", &value), ("t", &value)]);
    let magnitude = structure(&[("f", &value)]);
    let measurement = structure(&[("mag", &magnitude), ("q", &value), ("t", &value)]);
    let described = structure(&[("d", &value)]);
    [
        ("ST", structure(&[("Ind1", &indication), ("Ind2", &indication)])),
        ("MX", structure(&[("AnIn1", &measurement)])),
        ("DC", structure(&[("Ind1", &described), ("Ind2", &described)])),
    ]
}

#[test]
fn members_are_named_as_messages_name_them() {
    let mut expected = Description::new();
    let trip = ["Q01PTRC1$ST$Tr$general", "Q01PTRC1$ST$Tr$q", "Q01PTRC1$ST$Tr$t"];
    expected.add_data_set("BAY1LD0/LLN0$ds_gcb_trip", trip.map(|item| ("BAY1LD0", item)));
    let status = [
        "GGIO1$ST$IntIn1$stVal",
        "GGIO1$ST$CntIn1$actVal",
        "MMXU1$MX$Hz$mag$f",
        "CSWI1$ST$Pos$stVal",
        "GGIO1$DC$Loc$d",
        "GGIO1$MX$AnIn1",
    ];
    expected.add_data_set("BAY1LD0/LLN0$ds_gcb_status", status.map(|item| ("BAY1LD0", item)));
    let events = ["GGIO1$ST$Ind1", "GGIO1$ST$Ind2", "CSWI1$ST$Pos", "GGIO1$MX$AnIn1"];
    expected.add_data_set("BAY2LD0/LLN0$Events", events.map(|item| ("BAY2LD0", item)));
    expected.add_data_set("OwnName/GGIO2$Few", [("OwnName", "GGIO2$ST")]);
    expected.add_report("urcbEvents", "BAY2LD0/LLN0$Events");
    expected.add_report("BAY2LD0/LLN0$BR$brcbNames01", "BAY2LD0/LLN0$Events");
    expected.add_report("BAY2LD0/LLN0$BR$brcbNames02", "BAY2LD0/LLN0$Events");
    for (constraint, parts) in types() {
        expected.add_node("BAY2LD0", &format!("GGIO1${constraint}"), Arc::clone(&parts));
        expected.add_node("OwnName", &format!("GGIO2${constraint}"), parts);
    }
    assert_eq!(read_scl(&[corpus_folder().join("scl/bays.scd")]).expect("the file is there"), expected);
}

#[test]
fn values_of_goose_have_the_names_of_the_description() {
    let plain = dissected(Config::default(), "goose/states.pcap");
    assert!(plain.of("goose_data").all(|row| row.words("name").is_empty()));
    let rows = dissected(described(), "goose/states.pcap");
    assert_eq!(rows.of("goose_data").count(), plain.of("goose_data").count());
    for row in rows.of("goose_data") {
        assert!(row.words("name").starts_with("BAY1LD0/"), "{:?}", row.fields);
    }
    let points: Vec<_> = rows.of("points").map(|row| row.words("name")).collect();
    assert!(points.contains(&"BAY1LD0/Q01PTRC1$ST$Tr$general"), "{points:?}");
    // The last member of the status is a structure: its parts have their path.
    assert!(points.contains(&"BAY1LD0/GGIO1$MX$AnIn1 0"), "{points:?}");
}

/// The server sends them in the order of its types, as its directory says (`getVariableAccessAttributes`, in the same capture).
#[test]
fn parts_of_values_have_the_names_of_their_types() {
    let parts = |config: Config| {
        let rows = dissected(config, "mms/browse.pcap");
        let mut parts: Vec<(String, String, String)> = rows
            .of("mms_data")
            .filter(|row| matches!(row.words("name"), "BAY2LD0/GGIO1$MX$AnIn1" | "BAY2LD0/GGIO1$ST$Ind1"))
            .map(|row| {
                let item = row.words("name").rsplit('$').next().unwrap_or_default().to_owned();
                (item, row.words("path").to_owned(), row.words("attribute").to_owned())
            })
            .collect();
        parts.sort_unstable();
        parts.dedup();
        parts
    };
    let told =
        |told: [[&str; 3]; 6]| told.map(|[a, b, c]| (a.to_owned(), b.to_owned(), c.to_owned())).to_vec();
    let names = [
        ["AnIn1", "0.0", "mag.f"],
        ["AnIn1", "1", "q"],
        ["AnIn1", "2", "t"],
        ["Ind1", "0", "stVal"],
        ["Ind1", "1", "q"],
        ["Ind1", "2", "t"],
    ];
    assert_eq!(parts(described()), told(names));
    assert_eq!(parts(Config::default()), told(names.map(|[item, path, _]| [item, path, ""])));
}

/// The capture begins behind the directory of the data set: what was read of it has no names of its own.
#[test]
fn values_of_a_data_set_have_the_names_of_the_description() {
    let all = frames(&corpus_folder().join("mms/browse.pcap"));
    let names = |config: Config, frames: &[Owned]| -> Vec<String> {
        let (rows, _) = dissect_with(config, frames);
        let of_list = rows.of("mms").filter(|row| row.words("object") == "BAY2LD0/LLN0$Events");
        let answers: Vec<_> = of_list.filter_map(|row| row.envelope.message).collect();
        let data =
            rows.of("mms_data").filter(|row| answers.contains(&row.envelope.message.unwrap_or_default()));
        data.map(|row| row.words("name").to_owned()).collect()
    };
    let whole = names(Config::default(), &all);
    assert!(whole.iter().any(|name| name == "BAY2LD0/CSWI1$ST$Pos"), "{whole:?}");
    // The directory is asked for once, before the values.
    let begins =
        (0..all.len()).find(|begin| names(Config::default(), &all[*begin..]).iter().all(String::is_empty));
    let behind = &all[begins.expect("somewhere no directory is left")..];
    let named = names(described(), behind);
    assert!(!named.is_empty() && named == whole[whole.len() - named.len()..], "{named:?} {whole:?}");
}

#[test]
fn what_is_no_description_is_refused() {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    let mut refused = |content: &[u8]| {
        file.as_file_mut().set_len(0).expect("it is empty");
        file.reopen().expect("again").write_all(content).expect("written");
        read_scl(&[file.path()]).expect_err("refused").to_string()
    };
    assert!(refused(b"<SCL>").contains("no SCL"));
    assert!(refused(b"<Project/>").contains("root is of another name"));
    assert!(refused(b"\xff\xfe").contains("UTF-8"));
    // Entities that grow are not read.
    let bomb = b"<!DOCTYPE s [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><SCL>&b;</SCL>";
    assert!(refused(bomb).contains("no SCL"));
    assert!(read_scl(&["/nowhere.scd"]).is_err());
}
