//! Synchrophasors of whole captures: values and times against tshark, configurations that go another way, no false finds.

mod common;

use common::{
    Comparison, captures, corpus, corpus_folder, dissect, dissect_with, field, frames, has_tshark, outside,
    rows_into,
};
use fieldtap::{
    Config,
    record::{Envelope, Field, Row, Sink, Verdict},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    process::Command,
};

/// What one data frame says, by either decoder: numbers in the order of the frame.
#[derive(Clone, Debug, Default, PartialEq)]
struct Data {
    /// Nanoseconds of the device, without the fraction where it is not known.
    soc: u64,
    fraction: u64,
    status: Vec<u64>,
    /// Magnitude and angle in degrees, as one list.
    phasors: Vec<(f64, f64)>,
    frequency: Vec<f64>,
    rocof: Vec<f64>,
    analogs: Vec<f64>,
    digitals: Vec<u64>,
}

type Frames = BTreeMap<u64, Vec<Data>>;

/// What stands between two marks.
fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(start)?;
    Some(rest.split_once(end).map_or(rest, |(inner, _)| inner))
}

fn hex(line: &str, name: &str) -> u64 {
    let value = between(line, &format!(" {name}=\""), "\"").unwrap_or_default();
    u64::from_str_radix(value, 16).unwrap_or_default()
}

/// The numbers that tshark shows with three decimals.
fn number(text: &str) -> f64 {
    text.trim().parse().unwrap_or(f64::NAN)
}

fn tshark(path: &Path) -> Option<Frames> {
    let path = path.to_str()?;
    let options =
        ["-n", "-o", "tcp.reassemble_out_of_order:TRUE", "-Y", "synphasor", "-T", "pdml", "-r", path];
    let run = Command::new("tshark").args(options).output().ok()?;
    let text = String::from_utf8_lossy(&run.stdout);
    let (mut found, mut frame, mut data) = (Frames::new(), 0u64, None::<Data>);
    let keep = |found: &mut Frames, frame: u64, data: &mut Option<Data>| {
        // Without configuration tshark reads no values.
        found.entry(frame).or_default().extend(data.take().filter(|data| !data.status.is_empty()));
    };
    for line in text.lines() {
        let name = between(line, "name=\"", "\"").unwrap_or_default();
        let shown = between(line, "showname=\"", "\" size").unwrap_or_default();
        if line.trim_start().starts_with("<proto") {
            keep(&mut found, frame, &mut data);
            if name == "synphasor" {
                data = Some(Data::default());
            }
        }
        if name == "num" {
            keep(&mut found, frame, &mut data);
            frame = between(line, "show=\"", "\"")?.parse().ok()?;
        }
        let Some(data) = &mut data else { continue };
        match name {
            "synphasor.soc" => data.soc = hex(line, "value"),
            "synphasor.fracsec_raw" => data.fraction = hex(line, "value"),
            "synphasor.data.status" => data.status.push(hex(line, "unmaskedvalue")),
            "synphasor.phasor" => {
                let (magnitude, rest) = shown.rsplit_once("&quot;, ")?.1.split_once('∠')?;
                let magnitude = number(magnitude.trim_end().trim_end_matches(['V', 'A']));
                data.phasors.push((magnitude, number(rest.split_once('°')?.0)));
            }
            "synphasor.actual_frequency_value" => {
                data.frequency.push(number(between(line, "show=\"", "\"")?))
            }
            "synphasor.frequency_deviation_from_nominal" => {
                data.frequency.push(number(between(shown, "actual frequency: ", "Hz")?));
            }
            "synphasor.rate_change_frequency" => data.rocof.push(number(between(line, "show=\"", "\"")?)),
            "synphasor.analog_value" => {
                let value = shown.rsplit_once("&quot;, ")?.1;
                data.analogs.push(number(value.split(' ').next()?));
            }
            "synphasor.digital_status_word" => data.digitals.push(hex(line, "value")),
            _ => {}
        }
    }
    keep(&mut found, frame, &mut data);
    found.retain(|_, data| !data.is_empty());
    Some(found)
}

/// Collects data frames from rows, and the frames in which two copies of the same octets differ.
#[derive(Default)]
struct Ours(Frames, BTreeSet<u64>);

fn whole(field: Field<'_>) -> u64 {
    match field {
        Field::Unsigned(value) | Field::Code { value, .. } => value,
        other => panic!("{other:?} is no number"),
    }
}

fn real(field: Field<'_>) -> f64 {
    match field {
        Field::F64(value) => value,
        Field::F32(value) => value.into(),
        Field::Null => f64::NAN,
        other => panic!("{other:?} is no real number"),
    }
}

fn list(field: Field<'_>) -> Vec<f64> {
    match field {
        Field::List(list) => list.iter().map(real).collect(),
        _ => vec![],
    }
}

impl Sink for Ours {
    fn row(&mut self, envelope: &Envelope, row: &dyn Row) -> Verdict {
        match row.table().name {
            "c37118" if whole(field(row, "frame_type")) == 0 => {
                let data = Data {
                    soc: whole(field(row, "soc")),
                    fraction: whole(field(row, "fraction")),
                    ..Data::default()
                };
                self.0.entry(envelope.frame).or_default().push(data);
            }
            "c37118_pmus" => {
                let data =
                    self.0.entry(envelope.frame).or_default().last_mut().expect("the row of the frame");
                data.status.push(whole(field(row, "status")));
                let (magnitudes, angles) = (list(field(row, "magnitudes")), list(field(row, "angles")));
                let (reals, imaginaries) =
                    (list(field(row, "real_parts")), list(field(row, "imaginary_parts")));
                let polar = magnitudes.into_iter().zip(angles);
                let rectangular =
                    reals.into_iter().zip(imaginaries).map(|(re, im)| (re.hypot(im), im.atan2(re)));
                data.phasors.extend(polar.chain(rectangular).map(|(size, angle)| (size, angle.to_degrees())));
                data.frequency.push(real(field(row, "frequency")));
                data.rocof.push(real(field(row, "rocof")));
                data.analogs.extend(list(field(row, "analogs")));
                let Field::List(digitals) = field(row, "digitals") else { panic!("digitals are a list") };
                data.digitals.extend(digitals.iter().map(whole));
            }
            "anomalies" if matches!(field(row, "kind"), Field::Code { name: Some("conflict"), .. }) => {
                self.1.insert(envelope.frame);
            }
            _ => {}
        }
        Verdict::GoOn
    }
}

/// C37.118.2-2011, section 6.3.1: 8000 hex in an integer stands for absent data. tshark heeds that in phasors alone; these are
/// the numbers it makes of frequency, its rate of change, and analog values of the corpus.
fn absent(theirs: f64) -> bool {
    [50.0 - 32.768, 60.0 - 32.768, -327.68, -32768.0, -16387.0, -16383.0]
        .iter()
        .any(|value| (theirs - value).abs() < 1e-3)
}

/// Equal as far as three decimals and single precision can tell; what is missing is NaN on both sides.
fn same(ours: f64, theirs: f64) -> bool {
    (ours.is_nan() && (theirs.is_nan() || absent(theirs)))
        || (ours - theirs).abs() <= 0.0015 + theirs.abs() * 1e-6
}

fn same_angle(ours: f64, theirs: f64) -> bool {
    // Turned phasors may lie a whole turn apart.
    let apart = (ours - theirs).rem_euclid(360.0);
    (ours.is_nan() && theirs.is_nan()) || apart.min(360.0 - apart) <= 0.002
}

fn agrees(ours: &Data, theirs: &Data) -> bool {
    let all = |ours: &[f64], theirs: &[f64]| {
        ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| same(*ours, *theirs))
    };
    (ours.soc, ours.fraction, &ours.status, &ours.digitals)
        == (theirs.soc, theirs.fraction, &theirs.status, &theirs.digitals)
        && ours.phasors.len() == theirs.phasors.len()
        && ours.phasors.iter().zip(&theirs.phasors).all(|(o, t)| same(o.0, t.0) && same_angle(o.1, t.1))
        && all(&ours.frequency, &theirs.frequency)
        && all(&ours.rocof, &theirs.rocof)
        && all(&ours.analogs, &theirs.analogs)
}

fn synchrophasors() -> Vec<PathBuf> {
    let mut all = captures(&corpus_folder().join("c37118"));
    assert!(!all.is_empty(), "the corpus holds synchrophasors");
    all.extend(outside().map(|folder| captures(&folder.join("synphasor"))).unwrap_or_default());
    all
}

#[test]
fn values_and_times_are_those_of_tshark() {
    if !has_tshark() {
        return;
    }
    let told = Comparison::of(&synchrophasors(), |path, told| {
        let theirs =
            tshark(path).unwrap_or_else(|| panic!("{}: tshark prints something else", path.display()));
        let mut sink = Ours::default();
        rows_into(path, &mut sink);
        let Ours(ours, conflicts) = sink;
        for (frame, theirs) in theirs {
            // Of two copies of the same octets tshark takes another one than the first.
            if conflicts.contains(&frame) {
                *told.left_out.entry("two copies differ").or_default() += 1;
                continue;
            }
            let none = vec![];
            let ours: Vec<&Data> =
                ours.get(&frame).unwrap_or(&none).iter().filter(|data| !data.status.is_empty()).collect();
            *told.compared.entry("synphasor").or_default() += theirs.len();
            let agree = ours.len() == theirs.len() && ours.iter().zip(&theirs).all(|(o, t)| agrees(o, t));
            if !agree {
                told.wrong.push(format!("{} frame {frame}:\n{ours:?}\n{theirs:?}", path.display()));
            }
        }
    });
    told.check(["synphasor"]);
    assert!(told.compared["synphasor"] > 100 && told.left_out.values().sum::<usize>() < 10);
}

/// HARD_CASES, C37.118: "Commands and configuration on TCP, data on UDP, or commands to one port and data from another ->
/// the configuration is found by station and stream IDCODE, not only within one flow"; protocol level: "A forged C37.118
/// configuration from another source -> real data are still decoded with the real configuration; the second one is said".
/// The same with each shard in an engine of its own is what `threads.rs` holds this capture to.
#[test]
fn a_configuration_is_found_for_data_that_go_another_way_and_a_forged_one_is_not_used() {
    let path = corpus_folder().join("c37118/tcp_commands_udp_data.pcap");
    let (rows, _) = dissect_with(Config { every_message: true, ..Config::default() }, &frames(&path));
    let configurations: Vec<_> = rows.of("c37118_configurations").map(|row| row.envelope.message).collect();
    assert_eq!(configurations.len(), 2);
    let data: Vec<_> = rows.of("c37118").filter(|row| row.number("frame_type") == 0).collect();
    assert_eq!(data.len(), 60);
    for row in &data {
        assert_eq!(row.number("configuration_message"), i128::from(configurations[0].unwrap()));
    }
    let forged = "configuration of a stream that another sender has configured";
    assert_eq!(rows.reasons().iter().filter(|reason| reason.starts_with(forged)).count(), 1);
    assert_eq!(rows.of("c37118_pmus").count(), 60);
}

/// HARD_CASES, C37.118: "Data before any configuration -> raw and counted; a later CFG serves what follows"; "a new CFGCNT or
/// STAT 'configuration change' makes the old configuration doubtful until the new one is seen -> said".
#[test]
fn data_before_their_configuration_are_raw_and_an_announced_change_makes_it_doubtful() {
    let path = corpus_folder().join("c37118/spontaneous_udp.pcap");
    let (rows, _) = dissect_with(Config { every_message: true, ..Config::default() }, &frames(&path));
    let data: Vec<_> = rows.of("c37118").filter(|row| row.number("frame_type") == 0).collect();
    let raw: Vec<usize> = (0..data.len()).filter(|n| *data[*n].get("data") != common::Value::Null).collect();
    // Five come before the first configuration, three of another size before the second, one has a wrong checksum.
    assert_eq!(raw, [0, 1, 2, 3, 4, 25, 26, 27, 40]);
    let doubtful: Vec<usize> =
        (0..data.len()).filter(|n| *data[*n].get("doubtful") == common::Value::Number(1)).collect();
    assert_eq!(doubtful, [20, 21, 22, 23, 24]);
    for reason in [
        "data before their configuration",
        "STAT announces a change of the configuration",
        "size of the data is not that of the configuration",
        "the change count of the configuration is another",
        "checksum (CHK) is wrong",
        "data frames are missing before this one",
    ] {
        assert!(rows.says(reason), "{reason}: {:?}", rows.reasons());
    }
}

/// By default data frames are summed; what changes is said.
#[test]
fn data_frames_that_go_on_are_summed() {
    let rows = corpus("c37118/spontaneous_udp.pcap");
    let said = rows.of("c37118").filter(|row| row.number("frame_type") == 0).count();
    assert!((4..20).contains(&said), "{said}");
    let messages: i128 = rows.of("streams").map(|row| row.number("messages")).sum();
    assert_eq!(messages, 42);
    // The one that is missing comes behind the next one.
    for field in ["lost", "holes", "backwards"] {
        assert_eq!(rows.of("streams").map(|row| row.number(field)).sum::<i128>(), 0, "{field}");
    }
}

/// HARD_CASES, identification: nothing is called what it is not.
#[test]
fn what_is_no_synchrophasor_is_never_called_one() {
    let Some(folder) = outside() else { return };
    let mut wrong = vec![];
    for path in captures(&folder) {
        let shown = path.to_string_lossy();
        if ["synphasor", "synchrophasor", "c37"].iter().any(|name| shown.to_lowercase().contains(name)) {
            continue;
        }
        let rows = dissect(&frames(&path));
        let called = rows.of("conversations").filter(|row| row.words("application") == "c37118");
        wrong.extend(called.map(|row| format!("{shown}: {:?}", row.envelope)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
