//! What the commands do.
use crate::{
    arguments::{Checksums, Direction, Dissect, Format, Input, Overlap, Partition, Profile, Schema, Summary},
    error::{Error, tell},
    progress, signals,
};
use core::num::IntErrorKind;
use fieldtap::{
    Config, Limits, OverlapPolicy,
    protocol::{Carrier, Protocol, Toward},
    protocols::PROTOCOLS,
    record::{ColumnInfo, Kind, Record, Table},
};
use fieldtap_export::{
    Csv, JsonLines, TextFormat,
    icsnpp::{self, GooseParser, Icsnpp},
    logs::Form,
    parquet,
    zeek::Zeek,
};
use fieldtap_pipeline::{
    Captures, Carving, Condition, CountOutput, EveOutput, Filter, Filtered, Job, LogOutput, Output, Payload,
    PointsOutput, Prepared, Report, STANDARD_INPUT, SummaryOutput, TextOutput, Wanted, describe, expand,
    is_read_once, is_same, moment, overwritten, parquet_output, run, tables, would_hold,
};
use std::{
    fmt::Write as _,
    io::{IsTerminal, Read, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

fn usage(what: impl Into<String>) -> Error {
    Error::Usage(what.into())
}

fn print(text: &str) -> Result<(), Error> {
    let failed = |source| Error::Io { what: "standard output".into(), source };
    std::io::stdout().write_all(text.as_bytes()).map_err(failed)
}

fn known(names: &mut dyn Iterator<Item = &str>) -> String {
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    names.join(", ")
}

fn protocol(name: &str) -> Result<&'static Protocol, Error> {
    fieldtap::protocols::named(name).ok_or_else(|| {
        let names = known(&mut PROTOCOLS.iter().map(|protocol| protocol.name));
        usage(format!("no protocol is named {name:?}; there are {names}"))
    })
}

/// The tables that names stand for.
fn wanted(names: &[String]) -> Result<Option<Vec<&'static Table>>, Error> {
    if names.is_empty() {
        return Ok(None);
    }
    let all = tables();
    let common = fieldtap::common::TABLES.iter().map(|table| table()).chain([Captures::schema()]);
    let common: Vec<_> = common.collect();
    let mut wanted = Vec::new();
    for name in names {
        match name.as_str() {
            "common" => wanted.extend(&common),
            "messages" => {
                let messages = PROTOCOLS.iter().flat_map(|protocol| protocol.tables).map(|table| table());
                wanted.extend(messages);
            }
            name => match all.iter().find(|table| table.name == name) {
                Some(table) => wanted.push(table),
                None => {
                    let names = known(&mut all.iter().map(|table| table.name));
                    return Err(usage(format!(
                        "no table is named {name:?}; there are messages, common, {names}"
                    )));
                }
            },
        }
    }
    Ok(Some(wanted))
}

/// Whether a table is one of these; all are where none is named.
fn these(wanted: &Option<Vec<&'static Table>>) -> Wanted {
    match wanted.clone() {
        Some(wanted) => Arc::new(move |table| wanted.contains(&table)),
        None => Arc::new(|_| true),
    }
}

/// Sets a limit, which is given as `NAME=NUMBER`.
fn set_limit(limits: &mut Limits, given: &str) -> Result<(), String> {
    let names = |limits: &Limits| known(&mut limits.numbers().map(|(name, _)| name));
    let wrong = || format!("NAME=NUMBER is expected; the limits are {}", names(limits));
    let (name, number) = given.split_once('=').ok_or_else(wrong)?;
    if limits.numbers().all(|(known, _)| known != name) {
        return Err(format!("no limit is named {name:?}; there are {}", names(limits)));
    }
    let number: Result<u64, _> = number.parse();
    let too_large = number.as_ref().is_err_and(|error| *error.kind() == IntErrorKind::PosOverflow);
    match number {
        Ok(number) if limits.set_number(name, number) => Ok(()),
        Err(_) if !too_large => Err("NAME=NUMBER is expected, and the number is none".into()),
        _ => Err("the number is larger than this limit can be".into()),
    }
}

fn config(input: &Input) -> Result<Config, Error> {
    let mut config = Config {
        checksums: match input.checksums {
            Checksums::Auto => fieldtap::Checksums::Auto,
            Checksums::Check => fieldtap::Checksums::Check,
            Checksums::Ignore => fieldtap::Checksums::Ignore,
        },
        vlan_in_key: input.vlan_in_key,
        ..Config::default()
    };
    config.limits.overlap = match input.overlap {
        Overlap::First => OverlapPolicy::First,
        Overlap::Last => OverlapPolicy::Last,
        Overlap::Bsd => OverlapPolicy::Bsd,
        Overlap::Linux => OverlapPolicy::Linux,
        Overlap::Windows => OverlapPolicy::Windows,
        Overlap::Solaris => OverlapPolicy::Solaris,
    };
    config.description = describe(&input.scl, &input.names)?.map(Arc::new);
    if !input.protocol.is_empty() {
        config.protocols = Some(input.protocol.iter().map(|name| protocol(name)).collect::<Result<_, _>>()?);
    }
    for limit in &input.limits {
        set_limit(&mut config.limits, limit).map_err(|reason| usage(format!("--limit {limit}: {reason}")))?;
    }
    Ok(config)
}

fn job(input: &Input) -> Result<Job, Error> {
    if input.files.is_empty() {
        return Err(usage("name a capture, a folder of captures, or - for standard input"));
    }
    let config = config(input)?;
    let mut job = Job::new(expand(&input.files)?);
    if job.files.iter().filter(|file| file.as_os_str() == STANDARD_INPUT).count() > 1 {
        return Err(usage("standard input can be read once only"));
    }
    job.config = config;
    job.threads = input.threads.into();
    Ok(job)
}

/// Standard output as a file, on systems that show it as one.
const STANDARD_OUTPUT: &str = "/dev/stdout";

/// The files that rows go to.
fn written(arguments: &Dissect) -> Vec<PathBuf> {
    let Some(folder) = &arguments.output else { return vec![STANDARD_OUTPUT.into()] };
    let each = |extension: &str| -> Vec<_> {
        tables().iter().map(|table| folder.join(format!("{}.{extension}", table.name))).collect()
    };
    match arguments.format {
        Format::Jsonl => vec![folder.join("records.jsonl")],
        Format::Eve => vec![folder.join("eve.json")],
        Format::Csv => each("csv"),
        Format::Zeek if arguments.profile.is_some() => {
            icsnpp::LOGS.iter().map(|log| folder.join(format!("{}.log", log.path))).collect()
        }
        Format::Zeek => each("log"),
        // Parts are never written over.
        Format::Parquet if arguments.partition.is_some() => Vec::new(),
        Format::Parquet => each("parquet"),
    }
}

/// Refuses to write over what is read.
fn spare(written: &[PathBuf], input: &Input, read: &[PathBuf]) -> Result<(), Error> {
    let read = [read, &input.scl, &input.names].concat();
    let Some((output, input)) = overwritten(written, &read) else { return Ok(()) };
    let (output, input) = (output.display(), input.display());
    Err(usage(format!("nothing is written to {output}: it is the same file as {input}, which is read")))
}

/// What the command reads, if that is captures. Nothing has been opened for writing before.
fn source(arguments: &Dissect) -> Result<Option<Job>, Error> {
    let input = &arguments.input;
    let mut written = written(arguments);
    let parts = arguments.output.as_ref().filter(|_| arguments.partition.is_some());
    // They lie in folders of that one.
    let is_within = |to: &Path| {
        let to = std::path::absolute(to).unwrap_or_else(|_| to.to_owned());
        parts.is_some_and(|folder| to.ancestors().skip(2).any(|parent| is_same(parent, folder)))
    };
    let is_row = |to: &Path| written.iter().any(|written| is_same(written, to)) || is_within(to);
    if let Some(to) = arguments.carve.as_ref().filter(|to| is_row(to)) {
        return Err(usage(format!("--carve {}: the rows are written there", to.display())));
    }
    written.extend(arguments.carve.clone());
    if let Some(path) = &arguments.raw {
        config(input)?;
        spare(&written, input, std::slice::from_ref(path))?;
        return Ok(None);
    }
    let job = job(input)?;
    spare(&written, input, &job.files)?;
    let Some(to) = &arguments.carve else { return Ok(Some(job)) };
    if let Some(once) = job.files.iter().find(|file| is_read_once(file)) {
        let name = if once.as_os_str() == STANDARD_INPUT {
            "standard input".into()
        } else {
            once.display().to_string()
        };
        return Err(usage(format!("--carve reads captures twice, and {name} can be read only once")));
    }
    let parent = to.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::metadata(parent).map_err(|source| Error::Io { what: parent.display().to_string(), source })?;
    if let Some(folder) = input.files.iter().find(|folder| would_hold(folder, to)) {
        let (to, folder) = (to.display(), folder.display());
        return Err(usage(format!(
            "nothing is written to {to}: it would be one of the captures of {folder}, which is read"
        )));
    }
    Ok(Some(job))
}

/// Says if files overlap in time.
fn warn_of_overlap(report: &Report) {
    let capture = report.capture();
    let mut overlapping = capture.overlapping();
    let Some((before, file)) = overlapping.next() else { return };
    let more = match overlapping.count() {
        0 => String::new(),
        more => format!(" (and {more} more)"),
    };
    tell(format_args!(
        "{} begins before {} ends, but was read behind it{more}: requests and answers in different files may not have \
         found each other; put the files together with mergecap first",
        file.name, before.name
    ));
}

/// Runs a job, with a bar where a person watches. Says which files are damaged; returns whether none was.
fn go<O: Output>(mut job: Job, output: &mut O, rows_on_terminal: bool) -> Result<(Report, bool), Error> {
    let bar = progress::bar(rows_on_terminal);
    job.progress = bar.as_ref().map(progress::teller);
    signals::set(&job.cancelled);
    let report = run(&job, output);
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    let report = report?;
    if report.cancelled {
        return Err(Error::Interrupted { frames: report.files.iter().map(|file| file.frames).sum() });
    }
    let mut good = true;
    for error in report.files.iter().filter_map(|file| file.error.as_ref()) {
        good = false;
        tell(error);
    }
    warn_of_overlap(&report);
    Ok((report, good))
}

pub(crate) fn dissect(arguments: &Dissect) -> Result<bool, Error> {
    let wanted = wanted(&arguments.tables)?;
    let only = these(&wanted);
    // Before anything is opened to be written.
    let filter = rows(arguments, &wanted)?;
    let job = source(arguments)?;
    if arguments.count {
        let mut output = CountOutput::default().only(only);
        let good = feed(arguments, job, filter, true, &mut output, false)?;
        let mut text = String::new();
        for (table, tally) in output.sum.tables() {
            let _ = writeln!(text, "{:<32} {:>12} {:016x}", table.name, tally.rows, tally.checksum);
        }
        print(&text)?;
        return Ok(good);
    }
    if let Some(profile) = arguments.profile {
        let goose = match profile {
            Profile::Icsnpp => GooseParser::Dina,
            Profile::IcsnppHaolipeng => GooseParser::Haolipeng,
        };
        let folder = arguments.output.as_deref().filter(|_| arguments.format == Format::Zeek);
        let reason = "a profile is a set of Zeek logs: say --format zeek, and where with -o DIR";
        let form = if arguments.json { Form::Json } else { Form::Tsv };
        let mut output = LogOutput::folder(Icsnpp { goose }, form, folder.ok_or_else(|| usage(reason))?)?;
        let good = feed(arguments, job, None, true, &mut output, false)?;
        say_others(&output.others(icsnpp::LOGS));
        return Ok(good);
    }
    if arguments.partition.is_some() && !matches!(arguments.format, Format::Parquet) {
        return Err(usage("--partition is for --format parquet"));
    }
    match arguments.format {
        Format::Jsonl => text(arguments, job, JsonLines::new(), &wanted, filter),
        Format::Csv => text(arguments, job, Csv::new(), &wanted, filter),
        Format::Zeek => text(arguments, job, Zeek::new(), &wanted, filter),
        Format::Eve => eve(arguments, job, only, filter),
        Format::Parquet => {
            let folder = arguments.output.as_deref();
            let folder =
                folder.ok_or_else(|| usage("parquet writes a file per table: say where with -o DIR"))?;
            let partition =
                arguments.partition.map(|Partition::Day| parquet::Partition::Day).unwrap_or_default();
            let options = parquet::Options {
                partition,
                threads: arguments.input.threads.into(),
                ..parquet::Options::default()
            };
            let mut output = parquet_output(folder, options)?.only(only);
            feed(arguments, job, filter, arguments.every_message, &mut output, false)
        }
    }
}

fn text<F: TextFormat + 'static>(
    arguments: &Dissect,
    job: Option<Job>,
    format: F,
    wanted: &Option<Vec<&'static Table>>,
    filter: Option<Prepared>,
) -> Result<bool, Error> {
    let mut output = match &arguments.output {
        Some(folder) => TextOutput::folder(format, folder)?,
        None if format.one_stream() || wanted.as_ref().is_some_and(|tables| tables.len() == 1) => {
            TextOutput::stream(format, std::io::stdout())
        }
        None => {
            let reason =
                "this format writes a file per table: say where with -o DIR, or name one table with --tables";
            return Err(usage(reason));
        }
    }
    .only(these(wanted));
    let terminal = arguments.output.is_none() && std::io::stdout().is_terminal();
    let good = feed(arguments, job, filter, arguments.every_message, &mut output, terminal)?;
    say_others(&output.others());
    Ok(good)
}

/// Says which files beside those of a run are of an earlier one: who reads the folder as one would mix them.
fn say_others(others: &[PathBuf]) {
    /// Files that are named.
    const NAMED: usize = 5;
    let Some(folder) = others.first().and_then(|other| other.parent()) else { return };
    let name = |other: &PathBuf| other.file_name().unwrap_or_default().display().to_string();
    let names: Vec<_> = others.iter().take(NAMED).map(name).collect();
    let more = if others.len() > NAMED { ", ..." } else { "" };
    let (folder, names) = (folder.display(), names.join(", "));
    let files = if others.len() == 1 { "1 file".into() } else { format!("{} files", others.len()) };
    tell(format_args!("{files} of an earlier run left in {folder}, not written anew: {names}{more}"));
}

fn eve(arguments: &Dissect, job: Option<Job>, only: Wanted, filter: Option<Prepared>) -> Result<bool, Error> {
    if filter.is_some() && arguments.carve.is_some() {
        let reason = "--carve takes the frames behind rows that hold, and events are made of others too: carve with another format";
        return Err(usage(reason));
    }
    let mut output = match &arguments.output {
        Some(folder) => EveOutput::folder(only, folder)?,
        None => EveOutput::stream(only, std::io::stdout()),
    };
    if let Some(filter) = filter {
        output = output.filtered(filter);
    }
    let terminal = arguments.output.is_none() && std::io::stdout().is_terminal();
    feed(arguments, job, None, arguments.every_message, &mut output, terminal)
}

/// Which rows of these tables are asked for, if not all are.
fn rows(arguments: &Dissect, wanted: &Option<Vec<&'static Table>>) -> Result<Option<Prepared>, Error> {
    let time = |option: &str, text: &Option<String>| match text {
        Some(text) => moment(text).map(Some).map_err(|reason| usage(format!("{option}: {reason}"))),
        None => Ok(None),
    };
    let (from, to) = (time("--from", &arguments.from)?, time("--to", &arguments.to)?);
    let conditions = &arguments.conditions;
    let all: Vec<_> = conditions.iter().map(|text| Condition::parse(text)).collect::<Result<_, _>>()?;
    let any = if all.is_empty() { Vec::new() } else { vec![all] };
    let filter = Filter { any, from, to };
    if filter.is_empty() {
        return Ok(None);
    }
    Ok(Some(filter.prepare(&wanted.clone().unwrap_or_else(tables))?))
}

/// Hands the rows that are asked for to an output.
fn feed<O: Output>(
    arguments: &Dissect,
    job: Option<Job>,
    filter: Option<Prepared>,
    every_message: bool,
    output: &mut O,
    rows_on_terminal: bool,
) -> Result<bool, Error> {
    let Some(path) = &arguments.carve else {
        return Ok(feed_filtered(arguments, job, filter, every_message, output, rows_on_terminal)?.1);
    };
    // Behind the filter, so that only the rows that it lets pass have frames.
    let mut carving = Carving::new(output);
    let (report, good) =
        feed_filtered(arguments, job, filter, every_message, &mut carving, rows_on_terminal)?;
    let carved = carving.carve(&report, path)?;
    tell(format_args!("{} frames in {}", carved.frames, path.display()));
    if carved.dropped > 0 {
        tell(format_args!("{} earlier frames of long messages may be missing there", carved.dropped));
    }
    Ok(good)
}

fn feed_filtered<O: Output>(
    arguments: &Dissect,
    job: Option<Job>,
    filter: Option<Prepared>,
    every_message: bool,
    output: &mut O,
    rows_on_terminal: bool,
) -> Result<(Report, bool), Error> {
    match filter {
        Some(filter) => {
            let mut output = Filtered::new(output, filter);
            feed_all(arguments, job, every_message, &mut output, rows_on_terminal)
        }
        None => feed_all(arguments, job, every_message, output, rows_on_terminal),
    }
}

fn feed_all<O: Output>(
    arguments: &Dissect,
    job: Option<Job>,
    every_message: bool,
    output: &mut O,
    rows_on_terminal: bool,
) -> Result<(Report, bool), Error> {
    if let Some(mut job) = job {
        job.config.every_message = every_message;
        return go(job, output, rows_on_terminal);
    }
    let bytes = arguments.raw.as_deref().map(payload).transpose()?.unwrap_or_default();
    let [name] = arguments.input.protocol.as_slice() else {
        return Err(usage("--raw wants one protocol"));
    };
    let toward = match arguments.direction {
        Direction::Request => Toward::Server,
        Direction::Response => Toward::Client,
    };
    let payload = Payload { protocol: protocol(name)?, toward, bytes: &bytes };
    let config = Config { every_message, ..config(&arguments.input)? };
    fieldtap_pipeline::dissect(&payload, config, output)?;
    Ok((Report::default(), true))
}

fn payload(path: &Path) -> Result<Vec<u8>, Error> {
    let failed = |source| Error::Io { what: path.display().to_string(), source };
    if path.as_os_str() != STANDARD_INPUT {
        return std::fs::read(path).map_err(failed);
    }
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

pub(crate) fn summary(arguments: &Summary) -> Result<bool, Error> {
    let terminal = std::io::stdout().is_terminal();
    let mut job = job(&arguments.input)?;
    spare(&[STANDARD_OUTPUT.into()], &arguments.input, &job.files)?;
    let names = job.config.description.clone();
    let (report, good, mut summary) = if arguments.points {
        // Only where each value is said can they be counted.
        job.config.every_message = true;
        let mut output = PointsOutput::default();
        let (report, good) = go(job, &mut output, false)?;
        (report, good, output.sum)
    } else {
        let mut output = SummaryOutput::default();
        let (report, good) = go(job, &mut output, false)?;
        (report, good, output.sum)
    };
    summary.set_description(names);
    summary.set_capture(report.capture());
    if arguments.html {
        print(&summary.html())?;
    } else {
        let colour = terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
        print(&summary.render(columns.unwrap_or(100).max(40), colour))?;
    }
    Ok(good)
}

fn carriers(protocol: &Protocol) -> String {
    let ports = |ports: &[u16]| ports.iter().map(u16::to_string).collect::<Vec<_>>().join(", ");
    let one = |carrier: &Carrier| match carrier {
        Carrier::Tcp([]) => "TCP".to_owned(),
        Carrier::Udp([]) => "UDP".to_owned(),
        Carrier::Tcp(of) => format!("TCP {}", ports(of)),
        Carrier::Udp(of) => format!("UDP {}", ports(of)),
        Carrier::Serial => "serial lines".to_owned(),
        Carrier::Ethertype(number) => format!("ethertype 0x{number:04x}"),
        Carrier::Within { parent, key } => format!("{parent} {key}"),
    };
    protocol.carriers.iter().map(one).collect::<Vec<_>>().join("; ")
}

pub(crate) fn protocols() -> Result<bool, Error> {
    let mut text = String::new();
    for protocol in PROTOCOLS {
        let tables: Vec<&str> = protocol.tables.iter().map(|table| table().name).collect();
        let _ = writeln!(text, "{}: {}", protocol.name, protocol.title);
        let _ = writeln!(text, "    {}", protocol.standard);
        let _ = writeln!(text, "    carried by {}", carriers(protocol));
        let _ = writeln!(text, "    tables {}", tables.join(", "));
    }
    print(&text)?;
    Ok(true)
}

pub(crate) fn schema(arguments: &Schema) -> Result<bool, Error> {
    let mut text = String::new();
    if arguments.limits {
        for (name, value) in Limits::default().numbers() {
            let _ = writeln!(text, "{name}={value}");
        }
        print(&text)?;
        return Ok(true);
    }
    let tables = wanted(&arguments.tables)?.unwrap_or_else(tables);
    if arguments.format.is_some() {
        let _ = writeln!(text, "{:#}", fieldtap_export::eve::schema(&tables));
    } else if arguments.json {
        let tables: Vec<_> = tables.into_iter().map(table_json).collect();
        let _ = writeln!(text, "{:#}", serde_json::Value::from(tables));
    } else {
        for table in tables {
            let _ = writeln!(text, "{}: {}", table.name, table.doc);
            for column in table.columns {
                let kind = kind(column.kind) + if column.nullable { "?" } else { "" };
                let unit = column.unit.map(|unit| format!(" [{unit}]")).unwrap_or_default();
                let _ = writeln!(text, "    {:<24} {:<12} {}{unit}", column.name, kind, column.doc);
            }
        }
    }
    print(&text)?;
    Ok(true)
}

fn table_json(table: &Table) -> serde_json::Value {
    let column = |column: &ColumnInfo| {
        let mut json = serde_json::json!({
            "name": column.name, "kind": kind(column.kind), "nullable": column.nullable, "doc": column.doc,
        });
        if let Some(unit) = column.unit {
            json["unit"] = unit.into();
        }
        if let Kind::Code { names, .. } = column.kind {
            let names = names.iter().map(|(code, name)| (code.to_string(), serde_json::Value::from(*name)));
            json["codes"] = serde_json::Value::Object(names.collect());
        }
        json
    };
    let columns: Vec<_> = table.columns.iter().map(column).collect();
    serde_json::json!({ "name": table.name, "doc": table.doc, "columns": columns })
}

fn kind(kind: Kind) -> String {
    match kind {
        Kind::Code { width, .. } => format!("code{}", u32::from(width) * 8),
        Kind::List(element) => format!("[{element:?}]").to_lowercase(),
        kind => format!("{kind:?}").to_lowercase(),
    }
}
