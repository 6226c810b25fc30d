//! What the tests of whole captures share: a sink that keeps its rows, and the places of captures.
#![allow(dead_code, reason = "each test uses a part of it")]

use fieldtap::{
    Config, Counters, Engine, Frame, LinkType,
    record::{Envelope, Field, Row, Sink, Verdict},
};
use fieldtap_capture::Reader;
use std::path::{Path, PathBuf};

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
    pub link_type: LinkType,
    pub original_len: u32,
    pub data: Vec<u8>,
}

pub fn frames(path: &Path) -> Vec<Owned> {
    let mut frames = Vec::new();
    let Ok(mut reader) = Reader::open(path) else { return frames };
    while let Ok(Some(Frame { ts, link_type, original_len, data, .. })) = reader.next() {
        frames.push(Owned { ts, link_type, original_len, data: data.to_vec() });
    }
    frames
}

/// All rows of these frames.
pub fn dissect_with(config: Config, frames: &[Owned]) -> (Rows, Counters) {
    let (mut engine, mut rows) = (Engine::new(config), Rows::default());
    for (index, frame) in frames.iter().enumerate() {
        let Owned { ts, link_type, original_len, data } = frame;
        let frame = Frame {
            number: index as u64 + 1,
            ts: *ts,
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
