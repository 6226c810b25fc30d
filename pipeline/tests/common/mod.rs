//! What the tests of whole captures share: a sink that keeps its rows, and the places of captures.
#![allow(dead_code, reason = "each test uses a part of it")]

use fieldtap::{
    Config, Counters, Engine, Frame, LinkType,
    record::{Envelope, Field, Row, Sink, Verdict},
};
use fieldtap_capture::Reader;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

/// One value, kept.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    Number(i128),
    Words(String),
    Other(String),
}

/// One row, kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    pub table: &'static str,
    pub envelope: Envelope,
    pub fields: Vec<(&'static str, Value)>,
}

impl Kept {
    pub fn get(&self, name: &str) -> &Value {
        let found = self.fields.iter().find(|(field, _)| *field == name);
        &found.unwrap_or_else(|| panic!("no field {name} in {}", self.table)).1
    }
    pub fn number(&self, name: &str) -> i128 {
        match self.get(name) {
            Value::Number(number) => *number,
            other => panic!("{name} is {other:?}"),
        }
    }
    pub fn words(&self, name: &str) -> &str {
        match self.get(name) {
            Value::Words(words) => words,
            Value::Null => "",
            other => panic!("{name} is {other:?}"),
        }
    }
    /// The fields but those that name messages or times, which differ where frames differ.
    pub fn content(&self) -> Vec<(&'static str, Value)> {
        let place = |name: &str| {
            name.ends_with("_message")
                || matches!(
                    name,
                    "requested"
                        | "selected"
                        | "executed"
                        | "accepted"
                        | "returned"
                        | "cancelled"
                        | "completed"
                        | "latency"
                )
        };
        self.fields.iter().filter(|(name, _)| !place(name)).cloned().collect()
    }
}

fn kept(field: Field<'_>) -> Value {
    match field {
        Field::Null => Value::Null,
        Field::Bool(value) => Value::Number(value.into()),
        Field::Unsigned(value) => Value::Number(value.into()),
        Field::Code { value, .. } => Value::Number(value.into()),
        Field::Signed(value) | Field::Instant(value) | Field::WallClock(value) | Field::Duration(value) => {
            Value::Number(value.into())
        }
        Field::Symbol(value) => Value::Words(value.to_owned()),
        Field::Text(value) => Value::Words(value.to_string()),
        other => Value::Other(format!("{other:?}")),
    }
}

/// Keeps all rows.
#[derive(Default)]
pub struct Rows(pub Vec<Kept>);

impl Sink for Rows {
    fn row(&mut self, envelope: &Envelope, row: &dyn Row) -> Verdict {
        let columns = row.table().columns.iter().enumerate();
        let fields = columns.map(|(index, column)| (column.name, kept(row.field(index)))).collect();
        self.0.push(Kept { table: row.table().name, envelope: *envelope, fields });
        Verdict::GoOn
    }
}

impl Rows {
    pub fn of<'a>(&'a self, table: &'a str) -> impl Iterator<Item = &'a Kept> {
        self.0.iter().filter(move |row| row.table == table)
    }
    /// Content and sender of each message of Modbus, in order.
    pub fn messages(&self) -> Vec<Vec<(&'static str, Value)>> {
        let mut messages: Vec<_> = self.of("modbus").collect();
        messages.sort_by_key(|row| row.envelope.message);
        messages.into_iter().map(Kept::content).collect()
    }
    pub fn reasons(&self) -> Vec<&str> {
        self.of("anomalies").map(|row| row.words("reason")).collect()
    }
    pub fn says(&self, reason: &str) -> bool {
        self.reasons().iter().any(|said| said.contains(reason))
    }
}

/// One frame, kept.
#[derive(Clone, Debug)]
pub struct Owned {
    pub ts: i64,
    pub interface: u32,
    pub link_type: LinkType,
    pub original_len: u32,
    pub data: Vec<u8>,
}

pub fn frames(path: &Path) -> Vec<Owned> {
    let mut frames = Vec::new();
    let Ok(mut reader) = Reader::open(path) else { return frames };
    while let Ok(Some(Frame { ts, interface, link_type, original_len, data, .. })) = reader.next() {
        frames.push(Owned { ts, interface, link_type, original_len, data: data.to_vec() });
    }
    frames
}

/// All rows of these frames.
pub fn dissect_with(config: Config, frames: &[Owned]) -> (Rows, Counters) {
    let (mut engine, mut rows) = (Engine::new(config), Rows::default());
    for (index, frame) in frames.iter().enumerate() {
        let Owned { ts, interface, link_type, original_len, data } = frame;
        let frame = Frame {
            number: index as u64 + 1,
            ts: *ts,
            interface: *interface,
            link_type: *link_type,
            original_len: *original_len,
            data,
        };
        engine.frame(&frame, &mut rows);
    }
    engine.finish(&mut rows);
    (rows, engine.counters())
}

pub fn dissect(frames: &[Owned]) -> Rows {
    dissect_with(Config::default(), frames).0
}

/// The rows of a capture of the corpus.
pub fn corpus(name: &str) -> Rows {
    let path = corpus_folder().join(name);
    let frames = frames(&path);
    assert!(!frames.is_empty(), "{} holds frames", path.display());
    dissect(&frames)
}

pub fn corpus_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus")
}

/// Captures from outside, if the environment names a folder of them.
pub fn outside() -> Option<PathBuf> {
    let folder = std::env::var_os("FIELDTAP_CAPTURES").map(PathBuf::from);
    if folder.is_none() {
        eprintln!("FIELDTAP_CAPTURES is not set: captures from outside the repository are left out");
    }
    folder
}

/// The captures below a folder.
pub fn captures(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = std::fs::read_dir(folder) else { return found };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            found.extend(captures(&path));
        } else if path.to_str().is_some_and(|path| path.contains(".pcap") || path.contains(".cap")) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The captures of the corpus, and those from outside.
pub fn all_captures() -> Vec<PathBuf> {
    let mut all = captures(&corpus_folder());
    all.extend(outside().map(|folder| captures(&folder)).unwrap_or_default());
    all
}

/// The law of a conversation, for each direction: what was received is what was dissected or skipped, came again, or lay
/// outside. Gives what is wrong.
pub fn unlawful(row: &Kept) -> Option<String> {
    for who in ["originator", "responder"] {
        let number = |what: &str| row.number(&format!("{who}_{what}"));
        let told = number("dissected") + number("skipped") + number("repeated") + number("outside");
        if number("payload") != told {
            return Some(format!(
                "{who}: {} octets received, {told} told of: {:?}",
                number("payload"),
                row.fields
            ));
        }
    }
    None
}

/// The values of one field in each frame, in the order of the frame.
pub type Lists<V = f64> = BTreeMap<(u64, &'static str), Vec<V>>;

/// Whether tshark is there; if not, says so.
pub fn has_tshark() -> bool {
    let there = Command::new("tshark").arg("--version").output().is_ok();
    if !there {
        eprintln!("tshark is not installed: values are not compared");
    }
    there
}

/// Where no association was seen, tshark has to be told which context is that of MMS.
const CONTEXT: &str = r#"uat:pres_context_list:"3","1.0.9506.2.3""#;
/// Between the values of a field: no capture has it in a text.
const BETWEEN: char = '\u{1f}';

/// What tshark finds of these fields in the frames that pass the filter and that it can read to their end.
pub fn tshark_lists<V>(
    path: &Path,
    filter: &str,
    fields: &[&'static str],
    values: impl Fn(&str, &str) -> Vec<V>,
) -> Lists<V> {
    let mut command = Command::new("tshark");
    command.args([
        "-n",
        "-o",
        "tcp.reassemble_out_of_order:TRUE",
        "-o",
        CONTEXT,
        "-Y",
        filter,
        "-T",
        "fields",
    ]);
    command.args(["-E", "occurrence=a", "-E", &format!("aggregator={BETWEEN}")]);
    command.args(["-e", "frame.number", "-e", "_ws.malformed"]);
    for name in fields {
        command.args(["-e", name]);
    }
    let run = command.arg("-r").arg(path).output().expect("tshark runs");
    let complaint = String::from_utf8_lossy(&run.stderr);
    assert!(!complaint.contains("aren't valid"), "{complaint}");
    let mut found = Lists::new();
    for line in String::from_utf8_lossy(&run.stdout).lines() {
        let mut cells = line.split('\t');
        let frame = cells.next().and_then(|cell| cell.parse().ok()).expect("tshark names the frame");
        if cells.next() != Some("") {
            continue;
        }
        for (name, cell) in fields.iter().zip(cells).filter(|(_, cell)| !cell.is_empty()) {
            found.insert((frame, name), cell.split(BETWEEN).flat_map(|text| values(name, text)).collect());
        }
    }
    found
}

/// A number as tshark writes it; not a number if it is none.
pub fn number(text: &str) -> f64 {
    let hexadecimal = text.strip_prefix("0x").and_then(|digits| u32::from_str_radix(digits, 16).ok());
    hexadecimal.map_or_else(|| text.parse().unwrap_or(f64::NAN), f64::from)
}

/// Nanoseconds since 1970 of "Nov 25, 2026 19:49:23.851000000 UTC".
pub fn instant(text: &str) -> Option<f64> {
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

/// A value of a row.
pub fn field<'a>(row: &'a dyn Row, name: &str) -> Field<'a> {
    let place = row.table().columns.iter().position(|column| column.name == name);
    row.field(place.unwrap_or_else(|| panic!("no column {name}")))
}

/// A value of a row as a number, where it is one.
pub fn numeric(row: &dyn Row, name: &str) -> Option<f64> {
    match field(row, name) {
        Field::Bool(value) => Some(f64::from(value)),
        Field::Unsigned(value) | Field::Code { value, .. } => Some(value as f64),
        Field::Signed(value) | Field::Instant(value) | Field::WallClock(value) | Field::Duration(value) => {
            Some(value as f64)
        }
        Field::F32(value) => Some(value.into()),
        Field::F64(value) => Some(value),
        _ => None,
    }
}

/// Hands every row of a capture to a sink.
pub fn rows_into(path: &Path, sink: &mut dyn Sink) {
    let mut engine = Engine::new(Config { every_message: true, ..Config::default() });
    for (number, frame) in (1u64..).zip(frames(path)) {
        let Owned { ts, interface, link_type, original_len, ref data } = frame;
        engine.frame(&Frame { number, ts, interface, link_type, original_len, data }, sink);
    }
    engine.finish(sink);
}

/// The frames of a capture in which records whose name begins so differ from tshark's for a reason that
/// `corpus/agree/known.tsv` names; `None` stands for all.
pub fn known_differences(path: &Path, records: &str) -> BTreeSet<Option<u64>> {
    let table = std::fs::read_to_string(corpus_folder().join("agree/known.tsv")).expect("the table is there");
    let name = path.file_name().and_then(|name| name.to_str());
    let lines = table.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let of_capture = lines.filter(|cells| cells.first().copied() == name);
    of_capture
        .filter(|cells| cells.get(2).is_some_and(|field| field.starts_with(records)))
        .map(|cells| cells.get(1).and_then(|frame| frame.parse().ok()))
        .collect()
}

/// Does something for each capture, as many at once as the machine has processors.
pub fn for_each(paths: &[PathBuf], act: impl Fn(&Path) + Sync) {
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(path) = paths.get(next.fetch_add(1, Ordering::Relaxed)) {
            act(path);
        }
    };
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| (0..workers).for_each(|_| _ = scope.spawn(work)));
}

/// Why a value is left out of a comparison: something is wrong with its frame.
pub const WITH_ANOMALIES: &str = "with anomalies";

/// What a comparison of whole captures has come to.
#[derive(Debug, Default)]
pub struct Comparison {
    /// Values that were compared, by tshark's name.
    pub compared: BTreeMap<&'static str, usize>,
    /// Values that were left out, by the reason.
    pub left_out: BTreeMap<&'static str, usize>,
    /// What differs.
    pub wrong: Vec<String>,
}

impl Comparison {
    pub fn of(paths: &[PathBuf], compare: impl Fn(&Path, &mut Self) + Sync) -> Self {
        let all = Mutex::new(Self::default());
        for_each(paths, |path| {
            let mut one = Self::default();
            compare(path, &mut one);
            let mut all = all.lock().expect("nobody has panicked");
            one.compared.iter().for_each(|(name, count)| *all.compared.entry(name).or_default() += count);
            one.left_out.iter().for_each(|(why, count)| *all.left_out.entry(why).or_default() += count);
            all.wrong.extend(one.wrong);
        });
        all.into_inner().expect("nobody has panicked")
    }

    /// Little was left out: with captures from outside less than one value in a hundred; of our own, which hold wrong
    /// messages on purpose, nothing else.
    pub fn is_of_nearly_all(&self) {
        let few = if outside().is_some() {
            self.left_out.values().sum::<usize>() * 100 < self.compared.values().sum()
        } else {
            self.left_out.keys().all(|why| *why == WITH_ANOMALIES) && !self.compared.is_empty()
        };
        assert!(few, "left out {:?}, compared {:?}", self.left_out, self.compared);
    }

    /// Nothing differs; with captures from outside, each of these fields was compared.
    pub fn check(&self, fields: impl IntoIterator<Item = &'static str>) {
        println!("compared {:?}, left out {:?}", self.compared, self.left_out);
        let wrong = &self.wrong;
        assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong[..wrong.len().min(20)].join("\n"));
        for name in fields.into_iter().filter(|_| outside().is_some()) {
            assert!(self.compared.contains_key(name), "nothing was compared of {name}");
        }
    }
}
