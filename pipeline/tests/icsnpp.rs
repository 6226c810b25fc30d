//! The logs of the profile `icsnpp`, held against those that Zeek writes with the ICSNPP and DINA parsers.

mod common;

use common::{captures, corpus_folder, outside};
use fieldtap::{Config, Limits};
use fieldtap_export::{
    icsnpp::{GooseParser, Icsnpp, LOGS},
    logs::Form,
};
use fieldtap_pipeline::{Job, LogOutput, run};
use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
};

/// The logs of some captures, by their name, as the files hold them.
fn logs(files: &[PathBuf], form: Form, config: &Config, threads: usize) -> BTreeMap<String, String> {
    logs_of(Icsnpp::default(), files, form, config, threads)
}

fn logs_of(
    profile: Icsnpp,
    files: &[PathBuf],
    form: Form,
    config: &Config,
    threads: usize,
) -> BTreeMap<String, String> {
    let folder = tempfile::tempdir().unwrap();
    let mut output = LogOutput::folder(profile, form, folder.path()).unwrap();
    let config = Config { every_message: true, ..config.clone() };
    let job = Job { config, threads, ..Job::new(files.iter().cloned()) };
    run(&job, &mut output).unwrap();
    let files = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let name = |path: &Path| path.file_stem().unwrap().to_string_lossy().into_owned();
    files.map(|path| (name(&path), std::fs::read_to_string(&path).expect("UTF-8"))).collect()
}

/// A log: its name, and its rows by field.
#[derive(Default)]
struct Read {
    path: String,
    fields: Vec<String>,
    rows: Vec<Vec<String>>,
}

fn read(text: &str) -> Read {
    let mut read = Read::default();
    let cells = |line: &str| line.split('\t').map(str::to_owned).collect::<Vec<_>>();
    for line in text.lines() {
        if let Some(path) = line.strip_prefix("#path\t") {
            read.path = path.to_owned();
        } else if let Some(fields) = line.strip_prefix("#fields\t") {
            read.fields = cells(fields);
        } else if !line.is_empty() && !line.starts_with('#') {
            read.rows.push(cells(line));
        }
    }
    read
}

impl Read {
    fn column(&self, name: &str) -> usize {
        let place = self.fields.iter().position(|field| field == name);
        place.unwrap_or_else(|| panic!("{} has no field {name}", self.path))
    }
    fn get<'r>(&self, row: &'r [String], name: &str) -> &'r str {
        &row[self.column(name)]
    }
    /// The rows whose field has this value.
    fn with<'r>(&'r self, name: &str, value: &str) -> Vec<&'r [String]> {
        let column = self.column(name);
        self.rows.iter().map(Vec::as_slice).filter(|row| row[column] == value).collect()
    }
}

/// What the parsers draw at random.
fn is_random(field: &str) -> bool {
    matches!(field, "ts" | "uid" | "fuid") || field.ends_with("link_id") || field.ends_with("_frame_id")
}

/// What their test suites put in place of times.
const BLANK: &str = "XXXXXXXXXX.XXXXXX";

/// Logs of captures that are no longer in the folder of their case.
const WITHOUT_CAPTURE: [&str; 3] = ["cotp2.log", "cotp3.log", "refuse.log"];

/// Share of the rows that both have, in percent, and one row of each that the other lacks.
fn parity(expected: &Read, ours: &Read) -> (f64, String) {
    let blank = |place: usize| expected.rows.iter().any(|row| row[place] == BLANK);
    let kept: Vec<(usize, usize)> = (0..expected.fields.len())
        .filter(|place| !is_random(&expected.fields[*place]) && !blank(*place))
        .map(|place| (place, ours.column(&expected.fields[place])))
        .collect();
    let mut counts: HashMap<Vec<&str>, i64> = HashMap::new();
    for row in &expected.rows {
        *counts.entry(kept.iter().map(|(place, _)| row[*place].as_str()).collect()).or_default() += 1;
    }
    for row in &ours.rows {
        *counts.entry(kept.iter().map(|(_, place)| row[*place].as_str()).collect()).or_default() -= 1;
    }
    let lacking: i64 = counts.values().filter(|count| **count > 0).sum();
    let shared = expected.rows.len() as i64 - lacking;
    let most = expected.rows.len().max(ours.rows.len()).max(1);
    let first = |sign: i64| counts.iter().find(|(_, count)| **count * sign > 0).map(|(row, _)| row);
    (100.0 * shared as f64 / most as f64, format!("expected {:?}\nours     {:?}", first(1), first(-1)))
}

/// The cases of the parsers' own test suites: of each log that a protocol of the registry has, 99 % of the rows. Zeek's
/// `conn.log` is not held against: flags and IP lengths of frames are not kept here.
#[test]
fn logs_are_those_that_zeek_writes() {
    let Some(folder) = outside().map(|folder| folder.join("icsnpp")).filter(|folder| folder.exists()) else {
        return;
    };
    let mut seen = BTreeMap::new();
    let mut cases: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    for case in cases.iter().filter(|case| case.is_dir()) {
        let files = captures(case);
        let [dina, haolipeng] = [GooseParser::Dina, GooseParser::Haolipeng]
            .map(|goose| logs_of(Icsnpp { goose }, &files, Form::Tsv, &Config::default(), 1));
        let mut expected: Vec<_> =
            std::fs::read_dir(case.join("expected")).unwrap().map(|entry| entry.unwrap().path()).collect();
        expected.sort();
        for path in expected {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let expected = read(&std::fs::read_to_string(&path).unwrap());
            let other = expected.fields.iter().any(|field| field == "src_mac");
            let (ours, parser) = if other { (&haolipeng, "goose of haolipeng") } else { (&dina, "") };
            let skipped = expected.path == "conn" || WITHOUT_CAPTURE.contains(&name.as_str());
            let known = LOGS.iter().any(|log| log.path == expected.path);
            if skipped || !known || expected.rows.is_empty() {
                continue;
            }
            let ours = read(ours.get(&expected.path).map_or("", String::as_str));
            let (percent, difference) = parity(&expected, &ours);
            assert!(percent >= 99.0, "{}, {name}: {percent} %\n{difference}", case.display());
            let told = if other { parser.to_owned() } else { expected.path };
            *seen.entry(told).or_insert(0) += expected.rows.len();
        }
    }
    for log in [
        "modbus_detailed",
        "dnp3_objects",
        "s7comm",
        "synchrophasor_data_detail",
        "sv",
        "goose",
        "goose of haolipeng",
        "acse",
    ] {
        assert!(seen.contains_key(log), "nothing was held against {log}: {seen:?}");
    }
}

/// "One and two threads give the same bytes out", also where lines wait for their answers.
#[test]
fn logs_are_the_same_on_any_number_of_threads() {
    let tiny = Limits { conversations: 64 * 2, pending_requests: 2, ..Limits::default() };
    let files = captures(&corpus_folder());
    for limits in [Limits::default(), tiny] {
        let config = Config { limits, ..Config::default() };
        for form in [Form::Tsv, Form::Json] {
            let one = logs(&files, form, &config, 1);
            assert!(one.len() > 20, "{:?}", one.keys());
            for threads in [2, 3] {
                let several = logs(&files, form, &config, threads);
                assert_eq!(one.keys().collect::<Vec<_>>(), several.keys().collect::<Vec<_>>());
                for (name, text) in &one {
                    assert!(several[name] == *text, "{name}, {threads} threads, {form:?}");
                }
            }
        }
    }
}

fn of_corpus(name: &str) -> BTreeMap<String, String> {
    logs(&[corpus_folder().join(name)], Form::Tsv, &Config::default(), 1)
}

/// The server's identity is that of the script that made the capture; an object of a request has the name that
/// icsnpp-modbus gives it, which is that of a read code.
#[test]
fn an_identification_is_a_line_an_object() {
    let logs = of_corpus("modbus/functions_tcp.pcap");
    let log = read(&logs["modbus_read_device_identification"]);
    let regular: Vec<_> = log.with("tid", "39").into_iter().map(<[String]>::to_vec).collect();
    let told: Vec<_> =
        regular[1..].iter().map(|row| (log.get(row, "object_id"), log.get(row, "object_value"))).collect();
    let expected = [
        ("VendorName", "Northgate Controls"),
        ("ProductCode", "NG-340"),
        ("MajorMinorVersion", "2.70"),
        ("VendorURL", "https://northgate.example"),
        ("ProductName", "NG series"),
        ("ModelName", "NG-340-20"),
        ("UserApplicationName", "Intake"),
    ];
    assert_eq!(told, expected);
    let asked = &regular[0];
    assert_eq!(log.get(asked, "request_response"), "REQUEST");
    assert_eq!(log.get(asked, "device_id_code"), "2");
    assert_eq!(log.get(asked, "object_id"), "Basic Device Identification");
    // One link ties them to the line of modbus_detailed.
    let detailed = read(&logs["modbus_detailed"]);
    let link = detailed.get(detailed.with("tid", "39")[0], "modbus_detailed_link_id").to_owned();
    assert!(regular.iter().all(|row| log.get(row, "modbus_detailed_link_id") == link));
}

/// File records, diagnostics, FIFO: what pymodbus's server answers, in the words of `main.zeek` of icsnpp-modbus.
#[test]
fn data_of_many_kinds_stand_in_one_line_with_their_request() {
    let logs = of_corpus("modbus/functions_tcp.pcap");
    let log = read(&logs["modbus_detailed"]);
    let line = |function: &str| log.with("func", function)[0].to_vec();
    let files = line("READ_FILE_RECORD");
    assert_eq!(log.get(&files, "quantity"), "2");
    let group = "[file_len=21, ref_type=6, record_data=SERVER DUMMY RECORD.]";
    assert_eq!(log.get(&files, "response_data"), format!("{group} | {group}"));
    let fifo = line("READ_FIFO_QUEUE");
    assert_eq!((log.get(&fifo, "address"), log.get(&fifo, "response_values")), ("1246", "0,1,2,3"));
    let echo = line("DIAGNOSTICS");
    assert_eq!(log.get(&echo, "request_subfunction_code"), "Return Query Data");
    assert_eq!(log.get(&echo, "request_data"), log.get(&echo, "response_data"));
    // 13 coils come in two octets: the other three bits are data.
    let coils = line("READ_COILS");
    assert_eq!(log.get(&coils, "response_data"), "0,0,0");
    // Functions that the parser does not look into have a line a message.
    assert_eq!(log.with("func", "REPORT_SLAVE_ID").len(), 2);
}

/// Requests that nobody answers are written at the end of their conversation, with `matched` F.
#[test]
fn what_is_not_answered_is_not_lost() {
    let logs = of_corpus("frames/tcp_one_direction_requests.pcap");
    let (messages, detailed) = (read(&logs["modbus"]), read(&logs["modbus_detailed"]));
    assert!(!detailed.rows.is_empty());
    assert_eq!(messages.with("pdu_type", "REQ").len(), messages.rows.len());
    let unmatched = detailed.with("matched", "F").len() + detailed.with("matched", "-").len();
    assert_eq!(unmatched, messages.rows.len());
    let answers = of_corpus("frames/tcp_one_direction_answers.pcap");
    let (messages, detailed) = (read(&answers["modbus"]), read(&answers["modbus_detailed"]));
    assert_eq!(detailed.rows.len(), messages.rows.len());
    assert_eq!(detailed.with("matched", "T").len(), 0);
}

/// Every line of one connection has its `uid`, as has `conn`; another capture gives another one.
#[test]
fn one_uid_ties_the_lines_of_a_connection() {
    let logs = of_corpus("s7comm/engineering.pcap");
    let conn = read(&logs["conn"]);
    let uids: Vec<_> = conn.rows.iter().map(|row| conn.get(row, "uid")).collect();
    for name in ["cotp", "s7comm", "s7comm_read_szl"] {
        let log = read(&logs[name]);
        assert!(
            !log.rows.is_empty() && log.rows.iter().all(|row| uids.contains(&log.get(row, "uid"))),
            "{name}"
        );
    }
    let other = read(&of_corpus("s7comm/refusals.pcap")["conn"]).rows[0][1].clone();
    assert!(other.starts_with('C') && !uids.contains(&other.as_str()));
}

/// The page tells of each log that there is, and of none that there is not.
#[test]
fn the_page_lists_every_log() {
    let page = include_str!("../../docs/src/zeek.md");
    let rows = page.lines().skip_while(|line| *line != "## The logs").filter(|line| line.starts_with("| `"));
    let mut listed: Vec<&str> = rows.flat_map(|row| row.split('|').nth(1).unwrap().split(',')).collect();
    listed.iter_mut().for_each(|name| *name = name.trim().trim_matches('`'));
    listed.sort_unstable();
    let mut known: Vec<&str> = LOGS.iter().map(|log| log.path).collect();
    known.sort_unstable();
    assert_eq!(listed, known);
}
