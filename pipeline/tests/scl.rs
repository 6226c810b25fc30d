//! Names out of a description of a substation, where messages have none.

mod common;

use common::{Kept, Owned, Rows, Value, corpus_folder, dissect_with, frames};
use fieldtap::{Config, Description, LinkType, Parts};
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

/// IEC 61850-6, 9.3.7: `ix` tells which element of an array a member is.
#[test]
fn elements_of_arrays_have_names_of_their_own() {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    let scl = MERGING_UNIT
        .replace(r#"doName="VolSv" daName="instMag.f""#, r#"doName="HA.phsAHar" ix="3""#)
        .replace(r#"doName="VolSv" daName="q""#, r#"doName="HA.phsAHar" daName="cVal.mag" ix="5""#);
    file.write_all(scl.as_bytes()).expect("written");
    // Members are kept as MMS encodes their names.
    let described = format!("{:?}", read_scl(&[file.path()]).expect("it is one"));
    for name in ["UTVTR1$MX$HA$phsAHar(3)", "UTVTR1$MX$HA$phsAHar(5)$cVal$mag"] {
        let octets = format!("{}, {:?}", name.len(), name.as_bytes()).replace(['[', ']'], "");
        assert!(described.contains(&octets), "{name}: {described}");
    }
}

/// A merging unit with a data set of its own: a current with its quality as a whole, a voltage by its parts, a time.
const MERGING_UNIT: &str = r#"<SCL xmlns="http://www.iec.ch/61850/2003/SCL"><IED name="MU"><AccessPoint name="P"><Server>
<LDevice inst="01"><LN0 lnClass="LLN0" inst="" lnType="zero">
  <DataSet name="ds">
    <FCDA ldInst="01" prefix="I" lnClass="TCTR" lnInst="1" doName="AmpSv" fc="MX"/>
    <FCDA ldInst="01" prefix="U" lnClass="TVTR" lnInst="1" doName="VolSv" daName="instMag.f" fc="MX"/>
    <FCDA ldInst="01" prefix="U" lnClass="TVTR" lnInst="1" doName="VolSv" daName="q" fc="MX"/>
    <FCDA ldInst="01" lnClass="LLN0" doName="Tm" daName="t" fc="ST"/>
  </DataSet>
  <DataSet name="texts"><FCDA ldInst="01" lnClass="LLN0" doName="Tm" daName="d" fc="DC"/></DataSet>
  <SampledValueControl name="cb" smvID="MU01" datSet="ds" smpRate="4000" nofASDU="1" confRev="1"/>
  <SampledValueControl name="cd" smvID="MU02" datSet="texts" smpRate="4000" nofASDU="1" confRev="1"/>
</LN0>
<LN prefix="I" lnClass="TCTR" inst="1" lnType="current"/><LN prefix="U" lnClass="TVTR" inst="1" lnType="voltage"/>
</LDevice></Server></AccessPoint></IED>
<DataTypeTemplates>
  <LNodeType id="zero" lnClass="LLN0"><DO name="Tm" type="time"/></LNodeType>
  <LNodeType id="current" lnClass="TCTR"><DO name="AmpSv" type="whole"/></LNodeType>
  <LNodeType id="voltage" lnClass="TVTR"><DO name="VolSv" type="real"/></LNodeType>
  <DOType id="whole" cdc="SAV"><DA name="instMag" bType="Struct" type="i" fc="MX"/><DA name="q" bType="Quality" fc="MX"/>
    <DA name="d" bType="VisString255" fc="DC"/></DOType>
  <DOType id="real" cdc="SAV"><DA name="instMag" bType="Struct" type="f" fc="MX"/><DA name="q" bType="Quality" fc="MX"/></DOType>
  <DOType id="time" cdc="SPS"><DA name="t" bType="Timestamp" fc="ST"/><DA name="d" bType="VisString255" fc="DC"/></DOType>
  <DAType id="i"><BDA name="i" bType="INT32"/></DAType><DAType id="f"><BDA name="f" bType="FLOAT32"/></DAType>
</DataTypeTemplates></SCL>"#;

/// A frame with one ASDU of this stream.
fn sampled(stream: &[u8; 4], sample: &[u8]) -> Owned {
    let tlv = |tag: u8, value: &[u8]| [&[tag, value.len() as u8][..], value].concat();
    let fields =
        [tlv(0x80, stream), tlv(0x82, &[0, 1]), tlv(0x83, &[0, 0, 0, 1]), tlv(0x85, &[2]), tlv(0x87, sample)];
    let apdu = tlv(0x60, &[tlv(0x80, &[1]), tlv(0xa2, &tlv(0x30, &fields.concat()))].concat());
    let length = (apdu.len() as u16 + 8).to_be_bytes();
    let head = [1, 0x0c, 0xcd, 4, 0, 1, 0, 0x30, 0xa7, 0, 0, 1, 0x88, 0xba, 0x40, 0];
    let data = [&head[..], &length, &[0; 4], &apdu].concat();
    let original_len = data.len() as u32;
    Owned { ts: 1_735_689_601_000_000_000, interface: 0, link_type: LinkType::ETHERNET, original_len, data }
}

/// HARD_CASES, sampled values: "A sample block that is not 64 octets -> not 9-2LE; raw, unless a description of the data set
/// is given; never cut into eight pairs by force." The octets of each type are those of IEC 61850-9-2.
#[test]
fn samples_are_read_after_the_description() {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(MERGING_UNIT.as_bytes()).expect("written");
    let description = Arc::new(read_scl(&[file.path()]).expect("it is one"));
    let described = || Config { description: Some(Arc::clone(&description)), ..Config::default() };
    let sample = [
        &(-1500i32).to_be_bytes()[..],
        &[0, 0, 0x20, 0x03],
        &2.5f32.to_be_bytes(),
        &[0, 0, 0, 0],
        // 2025-01-01, half past its first second; the clock is not synchronised.
        &1_735_689_600u32.to_be_bytes(),
        &[0x80, 0, 0, 0x20],
    ]
    .concat();

    let rows = dissect_with(described(), &[sampled(b"MU01", &sample)]).0;
    let shown = |row: &Kept, name: &str| match row.get(name) {
        Value::Null => String::new(),
        Value::Number(number) => number.to_string(),
        Value::Words(words) | Value::Other(words) => words.clone(),
    };
    let columns = ["name", "place", "integer", "number", "quality", "time", "time_quality"];
    let told: Vec<[String; 7]> =
        rows.of("sv_values").map(|row| columns.map(|name| shown(row, name))).collect();
    let [current, quality] = ["MU01/ITCTR1$MX$AmpSv$instMag$i", "MU01/ITCTR1$MX$AmpSv$q"];
    let [voltage, good] = ["MU01/UTVTR1$MX$VolSv$instMag$f", "MU01/UTVTR1$MX$VolSv$q"];
    assert_eq!(
        told,
        [
            [current, "0", "-1500", "", "", "", ""],
            [quality, "1", "", "", "8195", "", ""],
            [voltage, "2", "", "F64(2.5)", "", "", ""],
            [good, "3", "", "", "0", "", ""],
            ["MU01/LLN0$ST$Tm$t", "4", "", "", "", "1735689600500000000", "32"],
        ]
    );
    let points: Vec<[String; 3]> =
        rows.of("points").map(|row| ["name", "quality", "good"].map(|name| shown(row, name))).collect();
    assert_eq!(points, [[current, "8195", "0"], [voltage, "0", "1"]]);
    assert_eq!(rows.of("anomalies").count(), 0);

    // A sample that only goes on is summed; one whose quality changes gives its row.
    let next = |count: u16, current: i32, quality: u8| {
        let mut frame =
            sampled(b"MU01", &[&current.to_be_bytes()[..], &[0, 0, 0x20, quality], &sample[8..]].concat());
        frame.ts += i64::from(count) * 250_000;
        let place = frame.data.windows(4).position(|octets| octets == [0x82, 2, 0, 1]).expect("smpCnt");
        frame.data[place + 2..place + 4].copy_from_slice(&count.to_be_bytes());
        frame
    };
    let rows = dissect_with(described(), &[next(1, -1500, 3), next(2, 700, 3), next(3, 20, 0)]).0;
    assert_eq!(rows.of("sv_asdus").map(|row| shown(row, "smp_cnt")).collect::<Vec<_>>(), ["1", "3"]);
    let columns = ["name", "samples", "minimum", "maximum", "quality"];
    let sums: Vec<[String; 5]> =
        rows.of("sv_sample_sums").map(|row| columns.map(|name| shown(row, name))).collect();
    let of_current = [current, "3", "F64(-1500.0)", "F64(700.0)", "8195"];
    assert_eq!(sums, [of_current, [voltage, "3", "F64(2.5)", "F64(2.5)", "0"]]);

    // Of another length it is raw, and said; without a description, and where a type has no encoding, it is raw.
    let raw = |config: Config, stream: &[u8; 4], sample: &[u8]| {
        let rows = dissect_with(config, &[sampled(stream, sample)]).0;
        assert_eq!((rows.of("sv_values").count(), rows.of("points").count()), (0, 0));
        let reasons: Vec<String> = rows.of("anomalies").map(|row| row.words("reason").to_owned()).collect();
        reasons
    };
    let longer = [&sample[..], &[0; 8]].concat();
    let reason = "samples have another length than the description tells";
    assert_eq!(raw(described(), b"MU01", &longer), [reason]);
    assert!(raw(described(), b"MU02", &sample).is_empty());
    assert!(raw(Config::default(), b"MU01", &sample).is_empty());
    // 64 octets that a description tells to be another data set are not those of 9-2 LE.
    let rows = dissect_with(described(), &[sampled(b"MU01", &[0; 64])]).0;
    assert_eq!(rows.of("sv_asdus").map(|row| row.words("current_a").to_owned()).collect::<Vec<_>>(), [""]);
}

/// XML 1.0, section 4.3.3 and appendix F: a document is in the encoding that its mark or its declaration names.
#[test]
fn a_description_is_read_in_its_own_encoding() {
    let file = std::fs::read_to_string(corpus_folder().join("scl/bays.scd")).expect("the file is there");
    let (_, root) = file.split_once("?>").expect("a declaration");
    let root = root.replace("OwnName", "Zür");
    let document = |encoding: &str| format!("<?xml version=\"1.0\" encoding='{encoding}'?>{root}");
    let words = |encoding: &str| document(encoding).encode_utf16().collect::<Vec<u16>>();
    let big: Vec<u8> = words("UTF-16").into_iter().flat_map(u16::to_be_bytes).collect();
    let little: Vec<u8> = words("UTF-16").into_iter().flat_map(u16::to_le_bytes).collect();
    let latin: Vec<u8> = document("ISO-8859-1").chars().map(|char| char as u8).collect();
    let read = |octets: &[u8]| {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(octets).expect("written");
        read_scl(&[file.path()]).expect("it is one")
    };
    let expected = read(root.as_bytes());
    assert_ne!(expected, *described().description.expect("the same with another name"));
    for (octets, encoding) in [
        (document("utf-8").into_bytes(), "UTF-8"),
        ([b"\xef\xbb\xbf", document("utf-8").as_bytes()].concat(), "UTF-8 with a mark"),
        (document("utf-16").into_bytes(), "UTF-8 with the declaration of what it was"),
        (latin, "ISO 8859-1"),
        ([b"\xff\xfe", &little[..]].concat(), "UTF-16, the low octet first"),
        ([b"\xfe\xff", &big[..]].concat(), "UTF-16, the high octet first"),
        (little, "the one without a mark"),
        (big, "the other without a mark"),
    ] {
        assert_eq!(read(&octets), expected, "{encoding}");
    }
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
    assert!(refused(b"<SCL>\xff</SCL>").contains("it is not in UTF-8"));
    assert!(refused(b"\xff\xfe<").contains("it is not in UTF-16LE"));
    assert!(
        refused(b"<?xml version='1.0' encoding='EBCDIC-X'?><SCL/>")
            .contains("encoding \"EBCDIC-X\" is not known")
    );
    // Entities that grow are not read.
    let bomb = b"<!DOCTYPE s [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><SCL>&b;</SCL>";
    assert!(refused(bomb).contains("no SCL"));
    assert!(read_scl(&["/nowhere.scd"]).is_err());
}
