//! The evasion suite: what an attacker would send, and what must be said of it and must not grow.
//!
//! Each case goes through the whole engine. What is expected stands beside what is sent; everything that is said and not
//! expected fails, and in every case the accounts of all conversations must be lawful. The page `docs/src/evasion.md` is
//! written by this suite, and a test holds it to what is observed now: `FIELDTAP_WRITE=1` writes it anew.

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/counting.rs"]
mod counting;
mod files;
mod network;
mod protocols;
mod wire;

use common::{Owned, Rows, unlawful};
use counting::{MOST, OCTETS};
use fieldtap::{
    Config, Counters, Engine, Frame,
    record::{Envelope, Row, Sink, Verdict},
};
use fieldtap_capture::Reader;
use std::{
    collections::BTreeMap,
    fmt::Write,
    path::{Path, PathBuf},
};

/// What came of a case.
pub(crate) struct Seen {
    pub(crate) rows: Rows,
    pub(crate) counters: Counters,
    /// Frames that were read.
    pub(crate) frames: usize,
    /// What was wrong with the file.
    pub(crate) error: Option<String>,
    /// Octets that were allocated at the same time, at most, beyond those before.
    pub(crate) memory: i64,
}

/// Something that is measured of a case.
type Measure = Box<dyn Fn(&Seen) -> i128>;

enum Input {
    Frames(fn() -> Vec<Owned>),
    File(PathBuf),
}

/// What is sent, and what must come of it.
pub(crate) struct Case {
    name: &'static str,
    input: Input,
    config: fn() -> Config,
    said: Vec<(&'static str, &'static str, i128)>,
    measured: Vec<(String, Measure, i128)>,
    most: i64,
}

/// These frames.
pub(crate) fn case(name: &'static str, frames: fn() -> Vec<Owned>) -> Case {
    Case::new(name, Input::Frames(frames))
}

/// A capture of the corpus.
pub(crate) fn capture(name: &'static str, file: &str) -> Case {
    Case::new(name, Input::File(common::corpus_folder().join(file)))
}

/// A file.
pub(crate) fn file(name: &'static str, path: PathBuf) -> Case {
    Case::new(name, Input::File(path))
}

/// What nothing here may need more of, in octets: an engine itself takes less than one of them.
const MEMORY: i64 = 4 << 20;

impl Case {
    fn new(name: &'static str, input: Input) -> Self {
        let (said, measured) = (Vec::new(), Vec::new());
        Self { name, input, config: Config::default, said, measured, most: MEMORY }
    }
    pub(crate) fn with(mut self, config: fn() -> Config) -> Self {
        self.config = config;
        self
    }
    /// Anomalies of this kind whose reason begins so: rows.
    pub(crate) fn said(mut self, kind: &'static str, reason: &'static str, times: i128) -> Self {
        self.said.push((kind, reason, times));
        self
    }
    pub(crate) fn measured(
        mut self,
        what: impl Into<String>,
        measure: impl Fn(&Seen) -> i128 + 'static,
        times: i128,
    ) -> Self {
        self.measured.push((what.into(), Box::new(measure), times));
        self
    }
    /// Rows of a table.
    pub(crate) fn rows(self, table: &'static str, times: i128) -> Self {
        self.measured(format!("`{table}`"), move |seen| seen.rows.of(table).count() as i128, times)
    }
    /// Rows of a table in which a column has this word.
    pub(crate) fn having(
        self,
        table: &'static str,
        column: &'static str,
        word: &'static str,
        times: i128,
    ) -> Self {
        let measure = move |seen: &Seen| {
            let has =
                |row: &&common::Kept| matches!(row.get(column), common::Value::Words(found) if found == word);
            seen.rows.of(table).filter(has).count() as i128
        };
        self.measured(format!("`{table}` with {column} {word:?}"), measure, times)
    }
    /// Operations that ended so, by the number of the outcome.
    pub(crate) fn outcome(self, name: &'static str, number: i128, times: i128) -> Self {
        let measure = move |seen: &Seen| {
            seen.rows.of("operations").filter(|row| row.number("outcome") == number).count() as i128
        };
        self.measured(format!("operations that are {name}"), measure, times)
    }
    /// A sum over all conversations.
    pub(crate) fn sum(self, column: &'static str, times: i128) -> Self {
        let measure = move |seen: &Seen| seen.rows.of("conversations").map(|row| row.number(column)).sum();
        self.measured(format!("`{column}`"), measure, times)
    }
    /// Frames that were read before an error that says so.
    pub(crate) fn error(self, frames: i128, words: &'static str) -> Self {
        let says =
            move |seen: &Seen| i128::from(seen.error.as_ref().is_some_and(|error| error.contains(words)));
        self.measured("frames before the error", |seen| seen.frames as i128, frames).measured(
            format!("errors that say \"{words}\", with its offset"),
            says,
            1,
        )
    }
    /// More memory than usual, in MiB.
    pub(crate) fn memory(mut self, mebioctets: i64) -> Self {
        self.most = mebioctets << 20;
        self
    }

    fn frames(&self) -> (Vec<Owned>, Option<String>) {
        match &self.input {
            Input::Frames(frames) => (frames(), None),
            Input::File(path) => {
                let mut reader = match Reader::open(path) {
                    Ok(reader) => reader,
                    Err(error) => return (Vec::new(), Some(error.to_string())),
                };
                let mut frames = Vec::new();
                loop {
                    match reader.next() {
                        Ok(Some(frame)) => frames.push(Owned {
                            ts: frame.ts,
                            interface: frame.interface,
                            link_type: frame.link_type,
                            original_len: frame.original_len,
                            data: frame.data.to_vec(),
                        }),
                        Ok(None) => return (frames, None),
                        Err(error) => return (frames, Some(error.to_string())),
                    }
                }
            }
        }
    }

    fn run(&self) -> Seen {
        let (frames, error) = self.frames();
        let before = OCTETS.get();
        MOST.set(before);
        let mut engine = Engine::new((self.config)());
        feed(&mut engine, &frames, &mut Nothing);
        let memory = MOST.get() - before;
        drop(engine);
        let (rows, counters) = common::dissect_with((self.config)(), &frames);
        Seen { rows, counters, frames: frames.len(), error, memory }
    }

    /// What is expected, what was observed, and what of it is wrong.
    fn compare(&self) -> Compared {
        let seen = self.run();
        let (mut expected, mut observed, mut wrong) = (Vec::new(), Vec::new(), Vec::new());
        for (what, measure, times) in &self.measured {
            let found = measure(&seen);
            expected.push(format!("{what}: {}", times));
            observed.push(format!("{what}: {found}"));
            if found != *times {
                wrong.push(format!("{what}: {found} instead of {}", times));
            }
        }
        let mut found: BTreeMap<(String, String), i128> = BTreeMap::new();
        for row in seen.rows.of("anomalies") {
            let kind = fieldtap::common::AnomalyKind(row.number("kind") as u8).name().unwrap_or("?");
            *found.entry((kind.to_owned(), row.words("reason").to_owned())).or_default() += 1;
        }
        for (kind, reason, times) in &self.said {
            let mut sum = 0;
            found.retain(|(found_kind, found_reason), count| {
                let same = found_kind == kind && found_reason.starts_with(reason);
                sum += if same { *count } else { 0 };
                !same
            });
            expected.push(format!("*{kind}* \"{reason}\": {}", times));
            observed.push(format!("*{kind}* \"{reason}\": {sum}"));
            if sum != *times {
                wrong.push(format!("{kind} {reason:?}: {sum} instead of {}", times));
            }
        }
        for ((kind, reason), count) in found {
            observed.push(format!("*{kind}* \"{reason}\": {count}"));
            wrong.push(format!("{kind} {reason:?} is said {count} times, and not expected"));
        }
        if self.said.is_empty() {
            expected.push("nothing said".to_owned());
            if seen.rows.of("anomalies").next().is_none() {
                observed.push("nothing said".to_owned());
            }
        }
        wrong.extend(seen.rows.of("conversations").filter_map(unlawful));
        if self.most != MEMORY {
            let words = format!("memory: at most {} MiB", self.most >> 20);
            expected.push(words.clone());
            observed.push(if seen.memory <= self.most { words } else { "memory: more".to_owned() });
        }
        if seen.memory > self.most {
            wrong.push(format!("{} octets allocated", seen.memory));
        }
        Compared { expected: expected.join("; "), observed: observed.join("; "), wrong }
    }
}

struct Compared {
    expected: String,
    observed: String,
    wrong: Vec<String>,
}

struct Nothing;
impl Sink for Nothing {
    fn row(&mut self, _: &Envelope, _: &dyn Row) -> Verdict {
        Verdict::GoOn
    }
}

fn feed(engine: &mut Engine, frames: &[Owned], sink: &mut dyn Sink) {
    for (number, frame) in (1u64..).zip(frames) {
        let Owned { ts, interface, link_type, original_len, ref data } = *frame;
        engine.frame(&Frame { number, ts, interface, link_type, original_len, data }, sink);
    }
    engine.finish(sink);
}

/// A situation and the right behaviour, its cases, and tests elsewhere that hold it too.
pub(crate) struct Line {
    pub(crate) words: &'static str,
    pub(crate) cases: Vec<Case>,
    /// File and name of each.
    pub(crate) elsewhere: &'static [(&'static str, &'static str)],
}

fn check(lines: &[Line]) {
    let only = std::env::var("FIELDTAP_CASE").unwrap_or_default();
    let mut wrong = String::new();
    for case in lines.iter().flat_map(|line| &line.cases).filter(|case| case.name.contains(&only)) {
        for what in case.compare().wrong {
            let _ = writeln!(wrong, "{}: {what}", case.name);
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// HARD_CASES, evasion: capture files and frames.
#[test]
fn files_and_frames() {
    check(&files::lines());
}

/// HARD_CASES, evasion: IP fragments and TCP.
#[test]
fn fragments_and_segments() {
    check(&network::lines());
}

/// HARD_CASES, evasion: protocol level.
#[test]
fn messages() {
    check(&protocols::lines());
}

/// A case whose expectation is changed fails.
#[test]
fn what_is_not_as_expected_is_noticed() {
    let base = || capture("base", "frames/base.pcap");
    assert!(base().rows("modbus", 24).compare().wrong.is_empty());
    assert!(!base().rows("modbus", 23).compare().wrong.is_empty());
    assert!(!base().said("garbage", "octets", 1).compare().wrong.is_empty());
    assert!(!capture("said", "frames/tcp_data_after_fin.pcap").compare().wrong.is_empty());
    let mut small = base();
    small.most = 1000;
    assert!(!small.compare().wrong.is_empty());
}

const PAGE: &str = "# Evasion and hostile input

What an attacker may send to be overlooked, or to wear down who reads along, and what fieldtap makes of it. Each row is a
case that goes through the whole engine; what is expected is written beside what is sent, in `pipeline/tests/evasion/`, and
what was observed is of the run that wrote this page. What is said and not expected fails the suite, and a further test
fails where this page is not what is observed now.

```sh
cargo test -p fieldtap-pipeline --test evasion                      # the suite
FIELDTAP_CASE=teardrop cargo test -p fieldtap-pipeline --test evasion   # the cases with this in their name
FIELDTAP_WRITE=1 cargo test -p fieldtap-pipeline --test evasion     # writes this page
```

A table in `code` stands for its rows, a column of `conversations` for its sum over all conversations, a kind in *italics*
for rows of `anomalies` of that kind whose reason begins so. Numbers are exact, but for memory: of that the bound is written,
since what an allocator takes is its own affair. In every case each octet is told of once (payload = dissected + skipped +
repeated + outside), and no more than 4 MiB are allocated at the same time, if nothing else is written there.
";

fn page() -> String {
    let mut page = PAGE.to_owned();
    for (title, test, lines) in [
        ("Capture files and frames", "files_and_frames", files::lines()),
        ("IP fragments and TCP", "fragments_and_segments", network::lines()),
        ("Protocol level", "messages", protocols::lines()),
    ] {
        let _ = write!(page, "\n## {title}\n\nHeld by the test `{test}`.\n");
        for line in lines {
            let _ = write!(page, "\n**{}**\n", line.words);
            if !line.cases.is_empty() {
                page.push_str("\n| Case | Expected | Observed |\n|---|---|---|\n");
            }
            for case in line.cases {
                let Compared { expected, observed, .. } = case.compare();
                let _ = writeln!(page, "| {} | {expected} | {observed} |", case.name);
            }
            if !line.elsewhere.is_empty() {
                let tests = line.elsewhere.iter().map(|(file, test)| format!("`{test}` in `{file}`"));
                let also = if page.ends_with("|\n") { "Also held by" } else { "Held by" };
                let _ = write!(page, "\n{also} {}.\n", tests.collect::<Vec<_>>().join(", "));
            }
        }
    }
    page
}

/// The page says what is observed now.
#[test]
fn the_page_is_what_is_observed() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/src/evasion.md");
    let page = page();
    if std::env::var_os("FIELDTAP_WRITE").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    let differing = page.lines().zip(written.lines()).find(|(now, written)| now != written);
    assert!(
        page == written,
        "docs/src/evasion.md is not what is observed; FIELDTAP_WRITE=1 writes it: {differing:?}"
    );
}

/// The tests that the page names elsewhere are there.
#[test]
fn tests_elsewhere_are_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for line in [files::lines(), network::lines(), protocols::lines()].into_iter().flatten() {
        assert!(!line.cases.is_empty() || !line.elsewhere.is_empty(), "{}", line.words);
        for (file, test) in line.elsewhere {
            let source =
                std::fs::read_to_string(root.join(file)).unwrap_or_else(|_| panic!("no file {file}"));
            let names = [format!("fn {test}("), format!("def {test}("), format!("## {test}\n")];
            assert!(names.iter().any(|name| source.contains(name)), "no test {test} in {file}");
        }
    }
    let mut names: Vec<_> = [files::lines(), network::lines(), protocols::lines()]
        .into_iter()
        .flatten()
        .flat_map(|line| line.cases)
        .map(|case| case.name)
        .collect();
    names.sort_unstable();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "two cases have one name");
}
