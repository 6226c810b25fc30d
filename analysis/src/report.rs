//! What both faces of the summary show, and in which order.
use crate::{
    Summary,
    points::{PointSaid, PointTotal},
    totals::{Content, Device, DeviceFact, Outcomes, Place},
    units::{address, counted, duration, endpoint, hex, moment, number, real, safe, share, size},
};
use fieldtap::{
    common::{AnomalyKind, Operation},
    record::{Address, Text},
};

/// Lines of a table that are shown; the others are counted.
const FILES: usize = 10;
const PROTOCOLS: usize = 30;
const TALKERS: usize = 20;
const OPERATIONS: usize = 40;
const CHANGES: usize = 20;
const DEVICES: usize = 50;
const ANOMALIES: usize = 30;

/// How a line or a cell is to be understood.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Tone {
    #[default]
    Plain,
    Good,
    Warning,
    Faint,
}

/// One column of a table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head {
    pub(crate) title: &'static str,
    /// Numbers stand to the right and are not broken.
    pub(crate) number: bool,
}

#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) cells: Vec<String>,
    pub(crate) tone: Tone,
}

#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) heads: Vec<Head>,
    pub(crate) lines: Vec<Line>,
}

/// One part of the report. All its text is safe for a terminal; HTML has to escape its own.
#[derive(Debug)]
pub(crate) struct Section {
    pub(crate) title: String,
    /// Before the table.
    pub(crate) notes: Vec<(String, Tone)>,
    pub(crate) table: Option<Table>,
    /// What the table does not show.
    pub(crate) more: Option<String>,
}

impl Section {
    fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), notes: Vec::new(), table: None, more: None }
    }
    fn note(&mut self, note: impl Into<String>, tone: Tone) {
        self.notes.push((note.into(), tone));
    }
    /// The first `most` of these lines, and how many there are beside them.
    fn table(&mut self, heads: &[Head], mut lines: Vec<Line>, most: usize, unlisted: u64) {
        let hidden = lines.len().saturating_sub(most);
        let listed = lines.len();
        lines.truncate(most);
        let mut more = Vec::new();
        if hidden > 0 {
            more.push(format!("and {} more", number(hidden as u64)));
        }
        if unlisted > 0 {
            let rows = counted(unlisted, "row tells", "rows tell");
            more.push(format!("{rows} of others, beyond the {} that are remembered", number(listed as u64)));
        }
        self.more = (!more.is_empty()).then(|| more.join("; "));
        if !lines.is_empty() {
            self.table = Some(Table { heads: heads.to_vec(), lines });
        }
    }
}

const fn text(title: &'static str) -> Head {
    Head { title, number: false }
}
const fn figure(title: &'static str) -> Head {
    Head { title, number: true }
}
fn line(cells: impl IntoIterator<Item = String>, tone: Tone) -> Line {
    Line { cells: cells.into_iter().collect(), tone }
}

pub(crate) fn sections(summary: &Summary) -> Vec<Section> {
    let all = [
        capture(summary),
        coverage(summary),
        protocols(summary),
        talkers(summary),
        operations(summary),
        changes(summary),
        devices(summary),
        points(summary),
        anomalies(summary),
        losses(summary),
    ];
    all.into_iter().flatten().collect()
}

/// Where in the capture something stands; the file is named only if there are several.
fn place(summary: &Summary, place: Place) -> String {
    let several = place.file > 0 || summary.capture().is_some_and(|capture| capture.files.len() > 1);
    if several {
        format!("file {} frame {}", place.file, place.frame)
    } else {
        format!("frame {}", place.frame)
    }
}

fn capture(summary: &Summary) -> Option<Section> {
    let capture = summary.capture()?;
    let mut section = Section::new("Capture");
    section.note(
        format!(
            "{}, {}, {} on the wire",
            counted(capture.files.len() as u64, "file", "files"),
            counted(capture.frames(), "frame", "frames"),
            size(capture.octets())
        ),
        Tone::Plain,
    );
    if let (Some(first), Some(last)) = (capture.first(), capture.last()) {
        let span = duration(last.abs_diff(first));
        section.note(format!("{} to {} UTC ({span})", moment(first), moment(last)), Tone::Plain);
    }
    for file in capture.damaged().take(FILES) {
        let damage = file.damage.as_deref().unwrap_or_default();
        section.note(format!("not read to its end: {}: {}", safe(&file.name), safe(damage)), Tone::Warning);
    }
    let damaged = capture.damaged().count();
    if damaged > FILES {
        section
            .note(format!("and {} more that are damaged", number((damaged - FILES) as u64)), Tone::Warning);
    }
    let mut overlapping = capture.overlapping();
    if let Some((before, file)) = overlapping.next() {
        let more = match overlapping.count() {
            0 => String::new(),
            more => format!(" (and {} more)", number(more as u64)),
        };
        let (file, before) = (safe(&file.name), safe(&before.name));
        let note = format!(
            "read one behind the other although they overlap in time: {before}, {file}{more}; requests and answers in \
             different files may not have found each other: put them together with mergecap first"
        );
        section.note(note, Tone::Warning);
    }
    let heads = [figure("file"), text("name"), figure("frames"), figure("octets"), text("begins (UTC)")];
    let file = |file: &crate::CapturedFile| {
        let tone = if file.damage.is_some() { Tone::Warning } else { Tone::Plain };
        let begins = file.first.map_or_else(|| "-".into(), moment);
        line([file.index.to_string(), safe(&file.name), number(file.frames), size(file.octets), begins], tone)
    };
    section.table(&heads, capture.files.iter().map(file).collect(), FILES, 0);
    Some(section)
}

fn coverage(summary: &Summary) -> Option<Section> {
    let coverage = summary.coverage();
    let mut section = Section::new("Coverage");
    let meanings = [
        "dissected",
        "in a known protocol, but in no message",
        "in a protocol that encrypts",
        "in a protocol known by name alone",
        "in no known protocol",
        "not understood, TCP heard in one direction only",
        "came again, or outside the window",
    ];
    let mut lines: Vec<Line> = coverage
        .parts()
        .into_iter()
        .zip(meanings)
        .map(|((name, octets), meaning)| {
            let tone = match (octets, name) {
                (0, _) => Tone::Faint,
                (_, "understood") => Tone::Good,
                _ => Tone::Plain,
            };
            line([name.into(), number(octets), share(octets, coverage.payload), meaning.into()], tone)
        })
        .collect();
    let all = ["payload".into(), number(coverage.payload), share(coverage.payload, coverage.payload)];
    lines.push(line(all.into_iter().chain(["the sum".into()]), Tone::Plain));
    let heads = [text("part"), figure("octets"), figure("share"), text("what it is")];
    section.table(&heads, lines, usize::MAX, 0);
    let mut beside =
        vec![format!("missing from the capture: {}", counted(coverage.missing, "octet", "octets"))];
    if coverage.understood_one_sided > 0 {
        let octets = counted(coverage.understood_one_sided, "octet", "octets");
        beside.push(format!("understood although heard in one direction only: {octets}"));
    }
    if coverage.surplus > 0 {
        let octets = counted(coverage.surplus, "octet", "octets");
        beside.push(format!("said to be read, but not received: {octets}"));
    }
    if let Some(capture) = summary.capture() {
        let (within, without) = (coverage.frames_in_conversations, capture.engine.unattributed);
        let mut frames = format!("frames: {} in conversations + {} in none", number(within), number(without));
        let (sum, all) = (within.saturating_add(without), capture.frames());
        if sum < all {
            frames.push_str(&format!(" + {} not followed", number(all - sum)));
        }
        frames.push_str(&format!(" = {}", number(sum.max(all))));
        beside.push(frames);
    }
    section.more = Some(beside.join("; "));
    Some(section)
}

/// A protocol's name, with the number of what it stands for if nothing more is known.
fn name(protocol: &str, number: Option<u16>) -> String {
    match number {
        Some(number) if protocol == "ethernet" => format!("ethernet 0x{number:04x}"),
        Some(number) => format!("ip {number}"),
        None => protocol.into(),
    }
}

/// Nothing is shown where nothing was counted, because it travels inside another protocol.
fn inside(conversations: u64, shown: String) -> String {
    if conversations == 0 { "-".into() } else { shown }
}

fn tone(content: Content) -> Tone {
    match content {
        Content::Understood => Tone::Good,
        Content::Empty => Tone::Faint,
        _ => Tone::Plain,
    }
}

/// How its conversations were identified.
fn sure(total: &crate::ProtocolTotal) -> String {
    match (total.certain, total.by_port) {
        (0, 0) => "-".into(),
        (_, 0) => "certain".into(),
        (0, _) => "by port".into(),
        (certain, by_port) => format!("{} certain, {} by port", number(certain), number(by_port)),
    }
}

fn protocols(summary: &Summary) -> Option<Section> {
    let mut section = Section::new("Protocols");
    let heads = [
        text("protocol"),
        text("content"),
        text("how sure"),
        figure("conversations"),
        figure("messages"),
        figure("requests"),
        figure("payload"),
    ];
    let protocol = |p: &crate::ProtocolTotal| {
        line(
            [
                name(p.protocol, p.number),
                p.content.name().into(),
                sure(p),
                inside(p.conversations, number(p.conversations)),
                inside(p.conversations, number(p.messages)),
                number(p.requests),
                inside(p.conversations, size(p.payload)),
            ],
            tone(p.content),
        )
    };
    let lines = summary.protocols().iter().map(protocol).collect();
    section.table(&heads, lines, PROTOCOLS, summary.unlisted().protocols);
    if section.table.is_none() {
        section.note("no conversations", Tone::Plain);
    }
    Some(section)
}

/// What stands for a device: its address, before it what the plant calls it.
fn called(summary: &Summary, device: Option<Address>, station: Option<u32>, shown: String) -> String {
    match summary.device_name(device, station) {
        Some(name) => format!("{} ({shown})", Text::from(name)),
        None => shown,
    }
}

fn talkers(summary: &Summary) -> Option<Section> {
    let mut section = Section::new("Who talks to whom");
    let heads = [
        text("client"),
        text("server"),
        text("protocol"),
        figure("messages"),
        figure("requests"),
        figure("payload"),
    ];
    let talker = |t: &crate::Talker| {
        line(
            [
                called(summary, t.client, None, address(t.client)),
                called(summary, t.server, None, endpoint(t.server, t.port)),
                name(t.protocol, t.number),
                inside(t.conversations, number(t.messages)),
                number(t.requests),
                inside(t.conversations, size(t.client_payload.saturating_add(t.server_payload))),
            ],
            tone(t.content),
        )
    };
    let lines = summary.talkers().iter().map(talker).collect();
    section.table(&heads, lines, TALKERS, summary.unlisted().talkers);
    (section.table.is_some() || section.more.is_some()).then_some(section)
}

fn operation_name(operation: Operation) -> String {
    operation.name().map_or_else(|| format!("operation {}", operation.0), |name| name.replace('_', " "))
}

/// Every outcome that occurred, with its number.
fn outcomes(outcomes: &Outcomes) -> String {
    let mut parts: Vec<String> = outcomes
        .iter()
        .map(|(outcome, count)| format!("{} {}", number(count), outcome.name().unwrap_or("otherwise")))
        .collect();
    if outcomes.late() > 0 {
        parts.push(format!("{} of them late", number(outcomes.late())));
    }
    parts.join(", ")
}

fn operations(summary: &Summary) -> Option<Section> {
    let mut section = Section::new("Operations");
    let heads = [text("operation"), text("protocol"), figure("requests"), text("what became of them")];
    let operation = |o: &crate::OperationTotal| {
        let changing = if crate::totals::changes(o.operation) { Tone::Warning } else { Tone::Plain };
        line(
            [
                operation_name(o.operation),
                o.protocol.into(),
                number(o.outcomes.requests()),
                outcomes(&o.outcomes),
            ],
            changing,
        )
    };
    let lines = summary.operations().iter().map(operation).collect();
    section.table(&heads, lines, OPERATIONS, summary.unlisted().operations);
    (section.table.is_some() || section.more.is_some()).then_some(section)
}

fn changes(summary: &Summary) -> Option<Section> {
    let mut section = Section::new("Who changed what");
    let heads = [
        text("client"),
        text("server"),
        figure("station"),
        text("protocol"),
        text("operation"),
        text("what became of them"),
    ];
    let change = |c: &crate::Change| {
        line(
            [
                called(summary, c.client, None, address(c.client)),
                called(summary, c.server, c.station, address(c.server)),
                c.station.map_or_else(|| "-".into(), |station| station.to_string()),
                c.protocol.into(),
                operation_name(c.operation),
                outcomes(&c.outcomes),
            ],
            Tone::Plain,
        )
    };
    let lines = summary.changes().iter().map(change).collect();
    section.table(&heads, lines, CHANGES, summary.unlisted().changes);
    (section.table.is_some() || section.more.is_some()).then_some(section)
}

fn fact(fact: &DeviceFact) -> String {
    let name = match (fact.fact.name(), fact.number) {
        (Some("other") | None, Some(number)) => format!("fact {number}"),
        (Some(name), _) => name.replace('_', " "),
        (None, None) => format!("fact {}", fact.fact.0),
    };
    let value = if fact.readable { Text(&fact.value).to_string() } else { hex(&fact.value) };
    format!("{name}: {value}{}", if fact.cut { "..." } else { "" })
}

fn devices(summary: &Summary) -> Option<Section> {
    let mut section = Section::new("Devices that told of themselves");
    let heads = [text("device"), figure("station"), text("what they told")];
    let device = |d: &Device| {
        let mut facts: Vec<String> = d.facts.iter().map(fact).collect();
        if d.further > 0 {
            facts.push(format!("and {} more", number(d.further)));
        }
        let station = d.station.map_or_else(|| "-".into(), |station| station.to_string());
        line(
            [called(summary, d.address, d.station, address(d.address)), station, facts.join("; ")],
            Tone::Plain,
        )
    };
    let lines = summary.devices().iter().map(device).collect();
    section.table(&heads, lines, DEVICES, summary.unlisted().devices);
    (section.table.is_some() || section.more.is_some()).then_some(section)
}

fn said(value: &PointSaid) -> String {
    match value {
        PointSaid::Integer(integer) => integer.to_string(),
        PointSaid::Number(number) => real(*number),
        PointSaid::Text(text) => Text(text).to_string(),
        PointSaid::Bits(bits) => hex(bits),
        PointSaid::Nothing => "-".into(),
    }
}

/// The point as a list of names has it, by its number, its name, or both; before it what the plant calls it, behind it the unit.
fn point_name(point: &PointTotal) -> String {
    let shown = match (point.address, &point.name) {
        // Bits of one octet share an address, and the members of a publisher's data set its name.
        (Some(address), Some(name)) => format!("{}:{address} {}", point.space, Text(name)),
        (Some(address), None) => format!("{}:{address}", point.space),
        (None, Some(name)) => Text(name).to_string(),
        (None, None) => point.space.to_owned(),
    };
    let named = match &point.plant_name {
        Some(name) => format!("{} ({shown})", safe(name)),
        None => shown,
    };
    match &point.unit {
        Some(unit) => format!("{named}, {}", safe(unit)),
        None => named,
    }
}

/// How the values came to be seen: with numbers where in several ways.
fn ways(point: &PointTotal) -> String {
    let ways = [
        (point.reported, "reported"),
        (point.read, "read"),
        (point.written, "written"),
        (point.commanded, "commanded"),
    ];
    let ways: Vec<_> = ways.into_iter().filter(|(count, _)| *count > 0).collect();
    match ways.as_slice() {
        [(_, way)] => (*way).to_owned(),
        ways => {
            ways.iter().map(|(count, way)| format!("{} {way}", number(*count))).collect::<Vec<_>>().join(", ")
        }
    }
}

fn points(summary: &Summary) -> Option<Section> {
    // As a list of names has it.
    let device = |point: &PointTotal| match point.station {
        Some(station) => format!("{}/{station}", address(point.device)),
        None => address(point.device),
    };
    let mut section = Section::new("Points");
    let heads = [
        text("device"),
        text("point"),
        text("how"),
        figure("values"),
        figure("a second"),
        figure("first"),
        figure("last"),
        figure("least"),
        figure("greatest"),
    ];
    let none = || "-".to_owned();
    let point = |p: &PointTotal| {
        line(
            [
                called(summary, p.device, p.station, device(p)),
                point_name(p),
                match p.not_good {
                    0 => ways(p),
                    bad => format!("{}; {} not good", ways(p), number(bad)),
                },
                number(p.values),
                p.rate().map_or_else(none, |rate| format!("{rate:.2}")),
                said(&p.first.value),
                said(&p.last.value),
                p.least.map_or_else(none, real),
                p.greatest.map_or_else(none, real),
            ],
            if p.not_good > 0 { Tone::Warning } else { Tone::Plain },
        )
    };
    let lines = summary.points().iter().map(point).collect();
    section.table(&heads, lines, usize::MAX, summary.unlisted().points);
    (section.table.is_some() || section.more.is_some()).then_some(section)
}

fn anomalies(summary: &Summary) -> Option<Section> {
    let mut section = Section::new("Anomalies");
    let heads =
        [figure("count"), text("kind"), text("reason"), text("protocol"), figure("octets"), text("first")];
    let anomaly = |a: &crate::AnomalyTotal| {
        let tone = match a.kind {
            AnomalyKind::STREAM | AnomalyKind::TIME => Tone::Plain,
            _ => Tone::Warning,
        };
        let octets = if a.octets > 0 { number(a.octets) } else { "-".into() };
        line(
            [
                number(a.count),
                a.kind.name().map_or_else(|| format!("kind {}", a.kind.0), Into::into),
                a.reason.into(),
                a.protocol.into(),
                octets,
                place(summary, a.first),
            ],
            tone,
        )
    };
    let lines = summary.anomalies().iter().map(anomaly).collect();
    section.table(&heads, lines, ANOMALIES, summary.unlisted().anomalies);
    if section.table.is_none() && section.more.is_none() {
        section.note("none", Tone::Good);
    }
    Some(section)
}

fn losses(summary: &Summary) -> Option<Section> {
    let losses = summary.losses();
    let mut section = Section::new("Losses");
    let known: Vec<String> = losses.link_types.iter().map(|(link, _)| link.to_string()).collect();
    let links = if known.is_empty() { String::new() } else { format!(" ({})", known.join(", ")) };
    let of_no_conversation = losses.unattributed.saturating_sub(losses.unknown_link);
    let lines = [
        (losses.damaged_files, "files not read to their end".into()),
        (losses.missing, "octets that the capture lacks".into()),
        (losses.gaps, "gaps in known protocols".into()),
        (losses.unknown_link, format!("frames of a link type that is not read{links}")),
        (of_no_conversation, "other frames that belong to no conversation".into()),
        (losses.fragments, "IP fragments cut, refused or in conflict".into()),
        (losses.datagrams, "fragmented IP datagrams given up".into()),
        (losses.wrong_checksums, "frames with a wrong transport checksum".into()),
        (losses.copies, "frames that came twice within milliseconds".into()),
        (losses.evicted_identified, "conversations of a known protocol that had to make room".into()),
        (losses.evicted_unidentified, "conversations of no known protocol that had to make room".into()),
        (losses.evicted_half_open, "conversations without payload that had to make room".into()),
        (losses.forgotten, "requests forgotten because too many waited".into()),
        (losses.untracked, "points and facts without room in memory".into()),
        (losses.untracked_publishers, "messages of publishers without room in memory".into()),
        (losses.evicted_publishers, "publishers that had to make room".into()),
        (losses.notes_dropped, "notes on frames without room".into()),
        (losses.limits, "limits reached, as the anomalies tell".into()),
    ];
    let lines: Vec<Line> = lines
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| line([number(count), what], Tone::Warning))
        .collect();
    if lines.is_empty() {
        section.note("none", Tone::Good);
    }
    section.table(&[figure("count"), text("what")], lines, usize::MAX, 0);
    Some(section)
}
