//! Events of whole captures, held against those that Suricata 8.0.7 wrote of them.

mod common;

use common::{captures, corpus_folder, outside};
use fieldtap::Config;
use fieldtap_pipeline::{EveOutput, Job, Wanted, run};
use flate2::read::MultiGzDecoder;
use serde_json::Value;
use std::{
    collections::HashMap,
    fs::File,
    io::{BufRead, BufReader, Write},
    path::Path,
    sync::{Arc, Mutex},
};

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, octets: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(octets);
        Ok(octets.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Type, addresses, ports and the protocol's object, less its running number.
fn key(event: &Value) -> String {
    let kind = event["event_type"].as_str().unwrap_or_default();
    let mut body = event[kind].clone();
    if let Some(body) = body.as_object_mut() {
        body.remove("id");
    }
    sort(&mut body);
    let ends = ["src_ip", "src_port", "dest_ip", "dest_port"].map(|name| event[name].to_string());
    format!("{kind} {ends:?} {body}")
}

/// Puts the members of all objects into the order of their names.
fn sort(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.sort_keys();
            members.values_mut().for_each(sort);
        }
        Value::Array(values) => values.iter_mut().for_each(sort),
        _ => {}
    }
}

type Events = HashMap<String, u64>;

fn count(lines: impl Iterator<Item = String>, kind: &str) -> Events {
    let mut events = Events::new();
    for line in lines {
        let event: Value = serde_json::from_str(&line).expect("a line is an object");
        if event["event_type"] == kind {
            *events.entry(key(&event)).or_default() += 1;
        }
    }
    events
}

/// The events of a capture, a line each.
fn told(path: &Path, wanted: Wanted) -> String {
    let kept = Kept::default();
    let mut output = EveOutput::stream(wanted, kept.clone());
    let config = Config { every_message: true, ..Config::default() };
    run(&Job { config, ..Job::new([path.to_owned()]) }, &mut output).unwrap();
    String::from_utf8(std::mem::take(&mut *kept.0.lock().unwrap())).expect("JSON is UTF-8")
}

fn ours(path: &Path, kind: &'static str) -> Events {
    count(told(path, Arc::new(move |table| table.name == kind)).lines().map(str::to_owned), kind)
}

/// What publishers said is summed up when the capture ends, behind the row of their conversation.
#[test]
fn what_is_told_behind_the_end_of_a_conversation_has_its_identity() {
    let events = told(&corpus_folder().join("c37118/continued.pcap"), Arc::new(|_| true));
    let events: Vec<Value> =
        events.lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
    let ended = events.iter().position(|event| event["event_type"] == "flow").expect("it ends");
    assert!(events[ended..].iter().any(|event| event["event_type"] == "streams"));
    for event in events.iter().filter(|event| event["event_type"] != "captures") {
        let identities = [&event["proto"], &event["community_id"]];
        assert!(identities.iter().all(|identity| identity.is_string()), "{event}");
    }
}

fn hold(kind: &'static str) {
    let Some(folder) = outside() else { return };
    let expected = folder.join("suricata");
    let (mut both, mut all) = (0, 0);
    for path in captures(&folder.join("modbus")).into_iter().chain(captures(&folder.join("dnp3"))) {
        let name = format!("{}.eve.jsonl.gz", path.file_name().unwrap_or_default().to_string_lossy());
        let Ok(file) = File::open(expected.join(name)) else { continue };
        let lines = BufReader::new(MultiGzDecoder::new(file)).lines();
        let wanted = count(lines.map(|line| line.expect("the events can be read")), kind);
        if wanted.is_empty() {
            continue;
        }
        let found = ours(&path, kind);
        both += wanted.iter().map(|(key, count)| count.min(found.get(key).unwrap_or(&0))).sum::<u64>();
        all += wanted.values().sum::<u64>();
    }
    if all == 0 {
        eprintln!("{} holds no events of Suricata: none are compared", expected.display());
        return;
    }
    assert!(both * 1000 >= all * 995, "{kind}: {both} of {all} events of Suricata");
}

/// What differs is explained in the page "In Suricata's EVE".
#[test]
fn modbus_has_the_events_of_suricata() {
    hold("modbus");
}

/// As for Modbus.
#[test]
fn dnp3_has_the_events_of_suricata() {
    hold("dnp3");
}
