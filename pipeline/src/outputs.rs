//! Where rows go: text, columns, counts, the summary.
use crate::{Error, Merged, Prepared, tables};
use core::{cell::Cell, ops::Range};
use fieldtap::record::{Beginning, ColumnInfo, Envelope, Instant, Row, Series, Sink, Table, Verdict};
use fieldtap_analysis::Summary;
use fieldtap_capture::BUFFER_LEN;
use fieldtap_export::{
    BATCH_ROWS, Batch, Count, TextFormat, WEIGHED,
    eve::{Assembler, Eve, Rows},
    logs::{self, Form, Lines, Log, Logs, Profile},
    parquet,
};
use std::{
    collections::HashMap,
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

/// Which tables are wanted.
pub type Wanted = Arc<dyn Fn(&'static Table) -> bool + Send + Sync>;

/// Tables whose answers are remembered. A power of two, and more than there are tables.
const ANSWERS: usize = 512;

/// A part may be longer than the one before it by one in so many.
const LONGER: usize = 16;
/// Rooms that are kept, and octets of each: what is beyond is given back.
const SPARE_ROOMS: usize = 64;
const SPARE_ROOM: usize = 16 << 20;

/// Whether a table is wanted, remembered: it is asked for every row.
#[derive(Clone)]
struct Asked {
    wanted: Wanted,
    /// Tables asked for, by their address, and the answers. One that finds its place taken goes to the next.
    answers: Box<[Cell<(usize, bool)>]>,
}

impl Asked {
    fn new(wanted: Wanted) -> Self {
        Self { wanted, answers: (0..ANSWERS).map(|_| Cell::new((0, false))).collect() }
    }
    #[inline]
    fn wants(&self, table: &'static Table) -> bool {
        let address = core::ptr::from_ref(table).addr();
        let place = address / align_of::<Table>();
        for step in 0..ANSWERS {
            let Some(answer) = self.answers.get((place + step) % ANSWERS) else { break };
            let (asked, known) = answer.get();
            if asked == address {
                return known;
            }
            if asked == 0 {
                let known = (self.wanted)(table);
                answer.set((address, known));
                return known;
            }
        }
        (self.wanted)(table)
    }
}

fn all() -> Wanted {
    Arc::new(|_| true)
}

/// Takes rows on one thread and keeps them for a while.
pub trait Collector: Send {
    /// What it keeps.
    type Part: Send;
    /// Is told that there is no other collector, so that the order of rows of different tables does not matter: each
    /// table comes in order anyway.
    fn alone(&mut self) {}
    /// Whether rows of this table are wanted.
    fn wants(&self, table: &'static Table) -> bool;
    /// Takes one row; tells the slot that it went to. It may go to none, or to several one behind the other.
    fn row(&mut self, envelope: &Envelope, row: &dyn Row, went: impl FnMut(u32));
    /// Takes several rows that stand in the same place. `went` is told each slot, and how many rows of it this made.
    fn series(&mut self, envelope: &Envelope, series: &mut dyn Series, mut went: impl FnMut(u32, u32)) {
        series.each(&mut |row| {
            self.row(envelope, row, |slot| went(slot, 1));
            Verdict::GoOn
        });
    }
    /// Is told that a conversation begins. One that keeps it tells the slot that it went to, where it counts as a row.
    fn begins(&mut self, beginning: &Beginning) -> Option<u32> {
        let _ = beginning;
        None
    }
    /// Is told which earlier frame brought octets of a message: see
    /// [`Sink::brought`](fieldtap::record::Sink::brought).
    fn brought(&mut self, completed: (u32, u64), brought: (u32, u64)) {
        let _ = (completed, brought);
    }
    /// Octets or rows kept, to decide when to hand them on.
    fn weight(&self) -> usize;
    /// Hands on what it keeps.
    fn take(&mut self) -> Self::Part;
    /// Hands on what it keeps, or of that only what cannot be kept: asked where there is one collector, when it weighs too
    /// much.
    fn relieve(&mut self) -> Self::Part {
        self.take()
    }
}

/// Takes what collectors kept, in the order of the capture.
pub trait Output {
    /// Collects on each thread.
    type Collector: Collector;
    /// Whether the order of rows matters; where it does not, parts come as they are.
    const ORDERED: bool;
    /// Octets of frames that become one part of each thread, where there are several.
    const STRETCH: usize = BUFFER_LEN;
    /// A collector for one more thread.
    fn collector(&self) -> Self::Collector;
    /// Takes some rows of one slot of a part.
    ///
    /// # Errors
    ///
    /// Whatever kept the rows from being written; the run ends.
    fn write(
        &mut self,
        part: &<Self::Collector as Collector>::Part,
        slot: u32,
        rows: Range<usize>,
    ) -> Result<(), Error>;
    /// Takes rows of several parts, in this order.
    ///
    /// # Errors
    ///
    /// As [`Output::write`].
    fn write_merged(
        &mut self,
        parts: &[<Self::Collector as Collector>::Part],
        merged: &[Merged],
    ) -> Result<(), Error> {
        merged.iter().try_for_each(|run| match parts.get(run.part) {
            Some(part) => self.write(part, run.slot, run.rows.clone()),
            None => Ok(()),
        })
    }
    /// Takes all rows of a part, which are in order.
    ///
    /// # Errors
    ///
    /// As [`Output::write`].
    fn write_all(&mut self, part: <Self::Collector as Collector>::Part) -> Result<(), Error>;
    /// What comes next may be long in coming, as in a live capture: what was taken goes where it is read, as far as it can be read
    /// before the end.
    ///
    /// # Errors
    ///
    /// As [`Output::write`].
    fn flush(&mut self) -> Result<(), Error> {
        Ok(())
    }
    /// The end: nothing more will come. `last` is the time of the last frame.
    ///
    /// # Errors
    ///
    /// As [`Output::write`].
    fn finish(&mut self, last: Instant) -> Result<(), Error>;
}

/// Text is many times as long as the frames: so much of it just stays in the processor's cache until it is written.
const TEXT_STRETCH: usize = 64 << 10;

/// Octets of text that are written together.
const TOGETHER: usize = 1 << 16;

/// Where several threads dissect, their rows follow one another, few at a time.
fn buffered<W: Write>(writer: W) -> io::BufWriter<W> {
    io::BufWriter::with_capacity(TOGETHER, writer)
}

// Text.

/// Rows of one stream as text.
#[derive(Debug)]
struct Stream {
    table: Option<&'static Table>,
    /// Time of its first row: when the log says it was opened, whatever the clock of who reads it.
    first: Instant,
    text: Vec<u8>,
    ends: Vec<usize>,
    /// The place of the last row, and where its text stands: most messages give several rows in one place.
    place: Option<(Envelope, Range<usize>)>,
}

impl Stream {
    /// Begins a row in this place.
    fn begin<F: TextFormat>(&mut self, format: &F, envelope: &Envelope, table: &'static Table) {
        format.begin(table, &mut self.text);
        match &self.place {
            Some((place, text)) if place == envelope => self.text.extend_from_within(text.clone()),
            _ => {
                let start = self.text.len();
                format.envelope(envelope, &mut self.text);
                self.place = Some((*envelope, start..self.text.len()));
            }
        }
    }
}

/// The text of these rows, by where each row ends.
fn within<'t>(text: &'t [u8], ends: &[usize], rows: Range<usize>) -> &'t [u8] {
    let end = |rows: usize| rows.checked_sub(1).and_then(|row| ends.get(row).copied()).unwrap_or(0);
    text.get(end(rows.start)..end(rows.end)).unwrap_or_default()
}

/// Room of rows that were written, for rows to come: what one thread gives back to the system and another asks for again
/// costs more than to fill it.
#[derive(Debug)]
struct Spare<T>(Mutex<Vec<T>>);

impl<T> Default for Spare<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Default> Spare<T> {
    /// The least room that is enough, or else the most that is there.
    fn get(&self, octets: usize, size: impl Fn(&T) -> usize) -> T {
        let mut rooms = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let size = |place: &usize| rooms.get(*place).map_or(0, &size);
        let enough = (0..rooms.len()).filter(|place| size(place) >= octets).min_by_key(size);
        let place = enough.or_else(|| (0..rooms.len()).max_by_key(size));
        place.map(|place| rooms.swap_remove(place)).unwrap_or_default()
    }
    /// Keeps this room, which has so many octets and holds nothing any more.
    fn put(&self, room: T, octets: usize) {
        let mut rooms = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if rooms.len() < SPARE_ROOMS && octets <= SPARE_ROOM {
            rooms.push(room);
        }
    }
}

/// Text, and where its rows end.
type Room = (Vec<u8>, Vec<usize>);

/// Text of one thread.
#[derive(Debug)]
pub struct TextPart {
    streams: Vec<Stream>,
    spare: Arc<Spare<Room>>,
}

impl Drop for TextPart {
    fn drop(&mut self) {
        for Stream { mut text, mut ends, .. } in self.streams.drain(..) {
            text.clear();
            ends.clear();
            let octets = text.capacity();
            self.spare.put((text, ends), octets);
        }
    }
}

/// Collects text.
pub struct TextCollector<F> {
    format: Arc<F>,
    wanted: Asked,
    one: bool,
    streams: Vec<Stream>,
    /// What the streams of the part before came to, in octets and rows: room for as much again spares them to grow.
    before: Vec<(Option<&'static Table>, usize, usize)>,
    weight: usize,
    spare: Arc<Spare<Room>>,
}

impl<F> TextCollector<F> {
    /// The slot of this table's stream, whose first row may stand here.
    fn slot(&mut self, envelope: &Envelope, table: &'static Table) -> usize {
        let table = (!self.one).then_some(table);
        let found = self.streams.iter().position(|stream| stream.table == table);
        let slot = found.unwrap_or_else(|| {
            let (first, place) = (envelope.ts, None);
            let before = self.before.iter().find(|(before, ..)| *before == table);
            let (octets, rows) = before.map_or((0, 0), |(_, octets, rows)| (*octets, *rows));
            let octets = octets + octets / LONGER;
            let (mut text, mut ends) = self.spare.get(octets, |(text, _)| text.capacity());
            text.reserve(octets);
            ends.reserve(rows + rows / LONGER);
            self.streams.push(Stream { table, first, text, ends, place });
            self.streams.len() - 1
        });
        // A series may turn out to be empty.
        if let Some(stream) = self.streams.get_mut(slot)
            && stream.ends.is_empty()
        {
            stream.first = envelope.ts;
        }
        slot
    }
}

impl<F: TextFormat> Collector for TextCollector<F> {
    type Part = TextPart;

    fn wants(&self, table: &'static Table) -> bool {
        self.wanted.wants(table)
    }
    fn row(&mut self, envelope: &Envelope, row: &dyn Row, mut went: impl FnMut(u32)) {
        let slot = self.slot(envelope, row.table());
        if let Some(stream) = self.streams.get_mut(slot) {
            let before = stream.text.len();
            stream.begin(&*self.format, envelope, row.table());
            self.format.fields(row, &mut stream.text);
            stream.ends.push(stream.text.len());
            self.weight += stream.text.len() - before;
        }
        went(slot as u32);
    }
    fn series(&mut self, envelope: &Envelope, series: &mut dyn Series, mut went: impl FnMut(u32, u32)) {
        let table = series.table();
        let slot = self.slot(envelope, table);
        let Some(stream) = self.streams.get_mut(slot) else { return };
        let (before, rows) = (stream.text.len(), stream.ends.len());
        // The first row has its envelope made, all others a copy of it.
        let mut made: Option<Range<usize>> = None;
        series.each(&mut |row| {
            match &made {
                Some(made) => stream.text.extend_from_within(made.clone()),
                None => {
                    let start = stream.text.len();
                    stream.begin(&*self.format, envelope, table);
                    made = Some(start..stream.text.len());
                }
            }
            self.format.fields(row, &mut stream.text);
            stream.ends.push(stream.text.len());
            Verdict::GoOn
        });
        self.weight += stream.text.len() - before;
        went(slot as u32, (stream.ends.len() - rows) as u32);
    }
    fn weight(&self) -> usize {
        self.weight
    }
    fn take(&mut self) -> TextPart {
        self.weight = 0;
        self.before.clear();
        let came_to = |stream: &Stream| (stream.table, stream.text.len(), stream.ends.len());
        self.before.extend(self.streams.iter().map(came_to));
        TextPart { streams: core::mem::take(&mut self.streams), spare: Arc::clone(&self.spare) }
    }
}

/// Files of one folder, each of a name and what it is the file of.
struct Files<T> {
    folder: PathBuf,
    extension: &'static str,
    open: HashMap<&'static str, (PathBuf, io::BufWriter<File>, T)>,
}

impl<T> Files<T> {
    fn create(folder: &Path, extension: &'static str) -> Result<Self, Error> {
        let failed = |source| Error::Write { what: folder.display().to_string(), source };
        fs::create_dir_all(folder).map_err(failed)?;
        Ok(Self { folder: folder.to_owned(), extension, open: HashMap::new() })
    }
    /// Appends to the file of this name, which begins with what `header` says.
    fn write(
        &mut self,
        name: &'static str,
        of: T,
        header: impl FnOnce(&mut Vec<u8>),
        text: &[u8],
    ) -> Result<(), Error> {
        let failed = |path: &Path, source| Error::Write { what: path.display().to_string(), source };
        if let Some((path, writer, _)) = self.open.get_mut(name) {
            return writer.write_all(text).map_err(|source| failed(path, source));
        }
        let path = self.path(name);
        let file = File::create(&path).map_err(|source| failed(&path, source))?;
        let mut writer = buffered(file);
        let mut head = Vec::new();
        header(&mut head);
        writer.write_all(&head).map_err(|source| failed(&path, source))?;
        writer.write_all(text).map_err(|source| failed(&path, source))?;
        self.open.insert(name, (path, writer, of));
        Ok(())
    }
    /// Of files with these names, those that are there and are not of this run.
    fn others(&self, names: impl Iterator<Item = &'static str>) -> Vec<PathBuf> {
        let others = names.filter(|name| !self.open.contains_key(name));
        let mut others: Vec<_> = others.map(|name| self.path(name)).filter(|path| path.exists()).collect();
        others.sort();
        others.dedup();
        others
    }
    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.{}", self.extension))
    }
    fn flush(&mut self) -> Result<(), Error> {
        self.open.values_mut().try_for_each(|(path, writer, _)| {
            writer.flush().map_err(|source| Error::Write { what: path.display().to_string(), source })
        })
    }
    /// Ends all files with what `footer` says.
    fn finish(&mut self, footer: impl Fn(&T, &mut Vec<u8>)) -> Result<(), Error> {
        let mut foot = Vec::new();
        for (path, writer, of) in self.open.values_mut() {
            let failed = |source| Error::Write { what: path.display().to_string(), source };
            foot.clear();
            footer(of, &mut foot);
            writer.write_all(&foot).map_err(failed)?;
            writer.flush().map_err(failed)?;
        }
        Ok(())
    }
}

enum Target {
    /// All rows into one writer; a format with a stream per table may only be given one table.
    One { writer: Box<dyn Write + Send>, name: String, headed: Option<&'static Table> },
    /// A file per table.
    Folder(Files<&'static Table>),
}

/// What a writer without a name is called.
const THE_OUTPUT: &str = "the output";

impl Target {
    fn one(writer: impl Write + Send + 'static, name: String) -> Self {
        Self::One { writer: Box::new(buffered(writer)), name, headed: None }
    }
}

/// Writes text: one stream, or a file for each table in a folder.
pub struct TextOutput<F> {
    format: Arc<F>,
    wanted: Wanted,
    target: Target,
    spare: Arc<Spare<Room>>,
}

impl<F: TextFormat> TextOutput<F> {
    /// All rows into one writer. A format that has a stream per table should be given one table only.
    pub fn stream(format: F, writer: impl Write + Send + 'static) -> Self {
        let target = Target::one(writer, THE_OUTPUT.into());
        Self { format: Arc::new(format), wanted: all(), target, spare: Arc::default() }
    }
    /// A file `<table>.<extension>` in a folder, for each table that has rows; all rows in `records.<extension>` where the
    /// format has one stream.
    ///
    /// # Errors
    ///
    /// [`Error::Write`] if the folder or the file cannot be made.
    pub fn folder(format: F, path: &Path) -> Result<Self, Error> {
        let target = if format.one_stream() {
            let failed = |path: &Path, source| Error::Write { what: path.display().to_string(), source };
            fs::create_dir_all(path).map_err(|source| failed(path, source))?;
            let path = path.join(format!("records.{}", format.extension()));
            let file = File::create(&path).map_err(|source| failed(&path, source))?;
            Target::one(file, path.display().to_string())
        } else {
            Target::Folder(Files::create(path, format.extension())?)
        };
        Ok(Self { format: Arc::new(format), wanted: all(), target, spare: Arc::default() })
    }
    /// Only these tables.
    pub fn only(mut self, wanted: Wanted) -> Self {
        self.wanted = wanted;
        self
    }
    /// Files of other tables that are in the folder, and that an earlier run wrote: this one wrote no rows of them. Asked at
    /// the end of a run; they are left as they are.
    pub fn others(&self) -> Vec<PathBuf> {
        match &self.target {
            Target::One { .. } => Vec::new(),
            Target::Folder(files) => files.others(tables().into_iter().map(|table| table.name)),
        }
    }

    fn put(&mut self, table: Option<&'static Table>, first: Instant, text: &[u8]) -> Result<(), Error> {
        if text.is_empty() {
            return Ok(());
        }
        match &mut self.target {
            Target::One { writer, name, headed } => {
                let failed = |source| Error::Write { what: name.clone(), source };
                if let (Some(table), None) = (table, *headed) {
                    *headed = Some(table);
                    let mut header = Vec::new();
                    self.format.header(table, first, &mut header);
                    writer.write_all(&header).map_err(failed)?;
                }
                writer.write_all(text).map_err(failed)
            }
            Target::Folder(files) => {
                let Some(table) = table else { return Ok(()) };
                let header = |out: &mut Vec<u8>| self.format.header(table, first, out);
                files.write(table.name, table, header, text)
            }
        }
    }
}

impl<F: TextFormat + 'static> Output for TextOutput<F> {
    type Collector = TextCollector<F>;
    const ORDERED: bool = true;
    const STRETCH: usize = TEXT_STRETCH;

    fn collector(&self) -> TextCollector<F> {
        TextCollector {
            format: Arc::clone(&self.format),
            wanted: Asked::new(Arc::clone(&self.wanted)),
            one: self.format.one_stream(),
            streams: Vec::new(),
            before: Vec::new(),
            weight: 0,
            spare: Arc::clone(&self.spare),
        }
    }
    fn write(&mut self, part: &TextPart, slot: u32, rows: Range<usize>) -> Result<(), Error> {
        let Some(stream) = part.streams.get(slot as usize) else { return Ok(()) };
        self.put(stream.table, stream.first, within(&stream.text, &stream.ends, rows))
    }
    fn write_all(&mut self, part: TextPart) -> Result<(), Error> {
        part.streams.iter().try_for_each(|stream| self.put(stream.table, stream.first, &stream.text))
    }
    fn flush(&mut self) -> Result<(), Error> {
        match &mut self.target {
            Target::One { writer, name, .. } => {
                writer.flush().map_err(|source| Error::Write { what: name.clone(), source })
            }
            Target::Folder(files) => files.flush(),
        }
    }
    fn finish(&mut self, last: Instant) -> Result<(), Error> {
        let mut footer = Vec::new();
        match &mut self.target {
            Target::One { writer, name, headed } => {
                if let Some(table) = headed {
                    self.format.footer(table, last, &mut footer);
                }
                let failed = |source| Error::Write { what: name.clone(), source };
                writer.write_all(&footer).map_err(failed)?;
                writer.flush().map_err(failed)
            }
            Target::Folder(files) => files.finish(|table, out| self.format.footer(table, last, out)),
        }
    }
}

// Logs of other tools.

/// Collects lines of logs.
pub struct LogCollector<P: Profile> {
    profile: Arc<P>,
    wanted: Asked,
    memory: P::Memory,
    logs: Logs,
    spare: Arc<Spare<Vec<Lines>>>,
}

/// Lines of one thread.
#[derive(Debug)]
pub struct LogPart {
    lines: Vec<Lines>,
    spare: Arc<Spare<Vec<Lines>>>,
}

impl Drop for LogPart {
    fn drop(&mut self) {
        let octets = self.lines.iter().map(|lines| lines.text.capacity()).sum();
        self.spare.put(core::mem::take(&mut self.lines), octets);
    }
}

impl<P: Profile> Collector for LogCollector<P> {
    type Part = LogPart;

    fn wants(&self, table: &'static Table) -> bool {
        self.wanted.wants(table)
    }
    fn row(&mut self, envelope: &Envelope, row: &dyn Row, went: impl FnMut(u32)) {
        self.logs.at(envelope.ts);
        self.profile.row(&mut self.memory, envelope, row, &mut self.logs);
        self.logs.written().for_each(went);
    }
    fn weight(&self) -> usize {
        self.logs.weight()
    }
    fn take(&mut self) -> LogPart {
        LogPart { lines: self.logs.take(self.spare.get(0, |_| 0)), spare: Arc::clone(&self.spare) }
    }
}

/// Writes the logs of another tool: a file `<log>.log` in a folder, for each that has lines.
pub struct LogOutput<P> {
    profile: Arc<P>,
    form: Form,
    files: Files<()>,
    spare: Arc<Spare<Vec<Lines>>>,
}

impl<P: Profile> LogOutput<P> {
    /// Into this folder.
    ///
    /// # Errors
    ///
    /// [`Error::Write`] if the folder cannot be made.
    pub fn folder(profile: P, form: Form, path: &Path) -> Result<Self, Error> {
        let (files, spare) = (Files::create(path, "log")?, Arc::default());
        Ok(Self { profile: Arc::new(profile), form, files, spare })
    }
    /// Of these logs, the files in the folder that an earlier run wrote, as [`TextOutput::others`].
    pub fn others(&self, logs: &[&'static Log]) -> Vec<PathBuf> {
        self.files.others(logs.iter().map(|log| log.path))
    }

    fn put(&mut self, lines: &Lines, text: &[u8]) -> Result<(), Error> {
        if text.is_empty() {
            return Ok(());
        }
        let header = |out: &mut Vec<u8>| logs::header(self.form, lines.log, lines.first, out);
        self.files.write(lines.log.path, (), header, text)
    }
}

impl<P: Profile + 'static> Output for LogOutput<P> {
    type Collector = LogCollector<P>;
    const ORDERED: bool = true;
    const STRETCH: usize = TEXT_STRETCH;

    fn collector(&self) -> LogCollector<P> {
        let profile = Arc::clone(&self.profile);
        LogCollector {
            profile: Arc::clone(&self.profile),
            wanted: Asked::new(Arc::new(move |table| profile.wants(table))),
            memory: P::Memory::default(),
            logs: Logs::new(self.form),
            spare: Arc::clone(&self.spare),
        }
    }
    fn write(&mut self, part: &LogPart, slot: u32, rows: Range<usize>) -> Result<(), Error> {
        match part.lines.get(slot as usize) {
            Some(lines) => self.put(lines, within(&lines.text, &lines.ends, rows)),
            None => Ok(()),
        }
    }
    fn write_all(&mut self, part: LogPart) -> Result<(), Error> {
        part.lines.iter().try_for_each(|lines| self.put(lines, &lines.text))
    }
    fn flush(&mut self) -> Result<(), Error> {
        self.files.flush()
    }
    fn finish(&mut self, last: Instant) -> Result<(), Error> {
        self.files.finish(|(), out| logs::footer(self.form, last, out))
    }
}

// Events.

/// Collects rows that events are made of.
pub struct EveCollector {
    eve: Eve,
    wanted: Asked,
    filter: Option<Arc<Prepared>>,
    rows: Rows,
    spare: Arc<Spare<Rows>>,
}

/// Rows of one thread that events are made of.
#[derive(Debug)]
pub struct EvePart {
    rows: Rows,
    spare: Arc<Spare<Rows>>,
}

impl Drop for EvePart {
    fn drop(&mut self) {
        let mut rows = core::mem::take(&mut self.rows);
        let octets = rows.octets();
        rows.clear();
        self.spare.put(rows, octets);
    }
}

impl Collector for EveCollector {
    type Part = EvePart;

    fn wants(&self, table: &'static Table) -> bool {
        self.wanted.wants(table)
    }
    fn row(&mut self, envelope: &Envelope, row: &dyn Row, mut went: impl FnMut(u32)) {
        let asked = self.filter.as_ref().is_none_or(|filter| filter.holds(envelope, row));
        self.eve.push_asked(envelope, row, asked, &mut self.rows);
        went(0);
    }
    fn begins(&mut self, beginning: &Beginning) -> Option<u32> {
        self.eve.begins(beginning, &mut self.rows);
        Some(0)
    }
    fn weight(&self) -> usize {
        self.rows.octets()
    }
    fn take(&mut self) -> EvePart {
        let next = self.spare.get(0, |_| 0);
        EvePart { rows: core::mem::replace(&mut self.rows, next), spare: Arc::clone(&self.spare) }
    }
}

/// Writes Suricata's EVE: events, one a line, into one stream.
pub struct EveOutput {
    eve: Eve,
    filter: Option<Arc<Prepared>>,
    assembler: Assembler,
    writer: Box<dyn Write + Send>,
    name: String,
    text: Vec<u8>,
    spare: Arc<Spare<Rows>>,
}

impl EveOutput {
    /// Events of these tables into a writer.
    pub fn stream(wanted: Wanted, writer: impl Write + Send + 'static) -> Self {
        let eve = Eve::new(wanted);
        let assembler = eve.assembler();
        let (name, spare) = (THE_OUTPUT.into(), Arc::default());
        Self { eve, filter: None, assembler, writer: Box::new(writer), name, text: Vec::new(), spare }
    }
    /// Events of these tables into the file `eve.json` of a folder.
    ///
    /// # Errors
    ///
    /// [`Error::Write`] if the folder or the file cannot be made.
    pub fn folder(wanted: Wanted, path: &Path) -> Result<Self, Error> {
        let failed = |path: &Path, source| Error::Write { what: path.display().to_string(), source };
        fs::create_dir_all(path).map_err(|source| failed(path, source))?;
        let path = path.join("eve.json");
        let file = File::create(&path).map_err(|source| failed(&path, source))?;
        let output = Self::stream(wanted, io::BufWriter::new(file));
        Ok(Self { name: path.display().to_string(), ..output })
    }
    /// Only events of which a row is wanted. They are whole: their other rows are in them all the same. So the filter must
    /// not stand in front, as [`Filtered`](crate::Filtered) does.
    pub fn filtered(mut self, filter: Prepared) -> Self {
        self.filter = Some(Arc::new(filter));
        self
    }

    fn put(&mut self) -> Result<(), Error> {
        let written = self.writer.write_all(&self.text);
        self.text.clear();
        written.map_err(|source| Error::Write { what: self.name.clone(), source })
    }
}

impl Output for EveOutput {
    type Collector = EveCollector;
    const ORDERED: bool = true;
    const STRETCH: usize = TEXT_STRETCH;

    fn collector(&self) -> EveCollector {
        let eve = self.eve.clone();
        let wanted: Wanted = Arc::new(move |table| eve.wants(table));
        let spare = Arc::clone(&self.spare);
        let (eve, filter) = (self.eve.clone(), self.filter.clone());
        EveCollector { eve, wanted: Asked::new(wanted), filter, rows: Rows::default(), spare }
    }
    fn write(&mut self, part: &EvePart, _: u32, rows: Range<usize>) -> Result<(), Error> {
        self.assembler.take(&part.rows, rows, &mut self.text);
        if self.text.len() < TOGETHER { Ok(()) } else { self.put() }
    }
    fn write_all(&mut self, part: EvePart) -> Result<(), Error> {
        self.assembler.take(&part.rows, 0..part.rows.len(), &mut self.text);
        self.put()
    }
    fn flush(&mut self) -> Result<(), Error> {
        self.assembler.flush(&mut self.text);
        self.put()?;
        self.writer.flush().map_err(|source| Error::Write { what: self.name.clone(), source })
    }
    fn finish(&mut self, _: Instant) -> Result<(), Error> {
        self.assembler.finish(&mut self.text);
        self.put()?;
        self.writer.flush().map_err(|source| Error::Write { what: self.name.clone(), source })
    }
}

// Columns.

/// Which columns of a table are kept.
pub type Kept = Arc<dyn Fn(&ColumnInfo) -> bool + Send + Sync>;

/// No rows of this table yet.
fn batch(table: &'static Table, kept: &Option<Kept>) -> Batch {
    match kept {
        Some(kept) => Batch::only(table, |column| kept(column)),
        None => Batch::new(table),
    }
}

/// Collects columns.
pub struct ColumnsCollector {
    wanted: Asked,
    kept: Option<Kept>,
    batches: Vec<Batch>,
    rows: usize,
    last: usize,
    /// Rows of a whole batch.
    batch_rows: usize,
    /// Batches that are whole, where there is no other collector: they are handed on as they are, without a copy.
    whole: Option<Vec<Batch>>,
}

impl ColumnsCollector {
    /// The slot of this table.
    #[inline]
    fn slot(&mut self, table: &'static Table) -> usize {
        if self.batches.get(self.last).is_none_or(|batch| batch.table() != table) {
            self.last = self.batches.iter().position(|batch| batch.table() == table).unwrap_or_else(|| {
                self.batches.push(batch(table, &self.kept));
                self.batches.len() - 1
            });
        }
        self.last
    }
}

impl Collector for ColumnsCollector {
    type Part = Vec<Batch>;

    fn alone(&mut self) {
        self.whole = Some(Vec::new());
    }
    fn wants(&self, table: &'static Table) -> bool {
        self.wanted.wants(table)
    }
    #[inline]
    fn row(&mut self, envelope: &Envelope, row: &dyn Row, mut went: impl FnMut(u32)) {
        let slot = self.slot(row.table());
        if let Some(batch) = self.batches.get_mut(slot) {
            batch.push(envelope, row);
            let rows = batch.rows();
            if let Some(whole) = &mut self.whole
                && (rows >= self.batch_rows || rows % WEIGHED == 0 && batch.full(self.batch_rows))
            {
                whole.push(batch.take());
            }
            self.rows += 1;
        }
        went(slot as u32);
    }
    fn series(&mut self, envelope: &Envelope, series: &mut dyn Series, mut went: impl FnMut(u32, u32)) {
        let slot = self.slot(series.table());
        let Some(batch) = self.batches.get_mut(slot) else { return };
        let mut sum = 0;
        loop {
            let most = match &self.whole {
                Some(_) => {
                    let room = self.batch_rows.saturating_sub(batch.rows()).max(1);
                    room.min(WEIGHED - batch.rows() % WEIGHED)
                }
                None => usize::MAX,
            };
            let pushed = batch.push_series(envelope, series, most);
            sum += pushed;
            if pushed < most {
                break;
            }
            if let Some(whole) = &mut self.whole
                && batch.full(self.batch_rows)
            {
                whole.push(batch.take());
            }
        }
        self.rows += sum;
        went(slot as u32, sum as u32);
    }
    fn weight(&self) -> usize {
        match &self.whole {
            Some(whole) if whole.is_empty() => 0,
            Some(_) => usize::MAX,
            // A row of columns takes some hundred octets.
            None => self.rows * 256,
        }
    }
    fn take(&mut self) -> Vec<Batch> {
        self.rows = 0;
        let mut part = self.relieve();
        if self.whole.is_some() {
            part.append(&mut self.batches);
        } else {
            // What comes next is most often as much, of the same tables.
            part.extend(self.batches.iter_mut().map(Batch::take));
        }
        part
    }
    fn relieve(&mut self) -> Vec<Batch> {
        self.whole.as_mut().map(core::mem::take).unwrap_or_default()
    }
}

/// Rows of one table that follow those of its pending batch, in their order.
struct OfTable<'a> {
    table: &'static Table,
    /// Of the pending batch.
    place: usize,
    /// How many more it takes.
    room: usize,
    runs: Vec<(&'a Batch, Range<usize>)>,
}

/// Hands columns on, a batch of one table at a time.
pub struct ColumnsOutput<F> {
    wanted: Wanted,
    kept: Option<Kept>,
    rows: usize,
    live: bool,
    batches: Vec<Batch>,
    take: F,
}

impl<F: FnMut(Option<Batch>) -> Result<(), Error>> ColumnsOutput<F> {
    /// `take` is given each batch of up to 65,536 rows, and `None` at the end.
    pub fn new(take: F) -> Self {
        Self { wanted: all(), kept: None, rows: BATCH_ROWS, live: false, batches: Vec::new(), take }
    }
    /// Only these tables.
    pub fn only(mut self, wanted: Wanted) -> Self {
        self.wanted = wanted;
        self
    }
    /// Only these columns; the others are not built.
    pub fn columns(mut self, kept: Option<Kept>) -> Self {
        self.kept = kept;
        self
    }
    /// Batches of this many rows.
    pub fn rows(mut self, rows: usize) -> Self {
        self.rows = rows.max(1);
        self
    }

    /// Batches that are not full are handed on too, where what comes next may be long in coming.
    pub fn live(mut self) -> Self {
        self.live = true;
        self
    }

    /// The place of the batch of this table that is not yet full.
    fn place(&mut self, table: &'static Table) -> usize {
        self.batches.iter().position(|batch| batch.table() == table).unwrap_or_else(|| {
            self.batches.push(batch(table, &self.kept));
            self.batches.len() - 1
        })
    }

    /// How many rows the batch at this place can still take: at least one.
    fn room(&self, place: usize) -> usize {
        self.batches.get(place).map_or(1, |batch| self.rows.saturating_sub(batch.rows()).max(1))
    }

    /// Appends rows to the batch at this place, no more than it can take, and hands it on where it is full.
    fn join(&mut self, place: usize, runs: &[(&Batch, Range<usize>)]) -> Result<(), Error> {
        let Some(batch) = self.batches.get_mut(place).filter(|_| !runs.is_empty()) else { return Ok(()) };
        batch.append_all(runs)?;
        if batch.full(self.rows) {
            let full = batch.take();
            self.hand_on(full)?;
        }
        Ok(())
    }

    fn hand_on(&mut self, mut batch: Batch) -> Result<(), Error> {
        batch.settle();
        (self.take)(Some(batch))
    }

    fn hand_on_all(&mut self) -> Result<(), Error> {
        for mut batch in core::mem::take(&mut self.batches) {
            if batch.rows() > 0 {
                batch.shrink();
                self.hand_on(batch)?;
            }
        }
        Ok(())
    }

    fn append(&mut self, from: &Batch, mut rows: Range<usize>) -> Result<(), Error> {
        let place = self.place(from.table());
        while !rows.is_empty() {
            let now = rows.start..rows.end.min(rows.start.saturating_add(self.room(place)));
            rows.start = now.end;
            self.join(place, &[(from, now)])?;
        }
        Ok(())
    }
}

impl<F: FnMut(Option<Batch>) -> Result<(), Error>> Output for ColumnsOutput<F> {
    type Collector = ColumnsCollector;
    const ORDERED: bool = true;

    fn collector(&self) -> ColumnsCollector {
        ColumnsCollector {
            wanted: Asked::new(Arc::clone(&self.wanted)),
            kept: self.kept.clone(),
            batches: Vec::new(),
            rows: 0,
            last: 0,
            batch_rows: self.rows,
            whole: None,
        }
    }
    fn write(&mut self, part: &Vec<Batch>, slot: u32, rows: Range<usize>) -> Result<(), Error> {
        match part.get(slot as usize) {
            Some(batch) => self.append(batch, rows),
            None => Ok(()),
        }
    }
    fn write_merged(&mut self, parts: &[Vec<Batch>], merged: &[Merged]) -> Result<(), Error> {
        let mut tables: Vec<OfTable<'_>> = Vec::new();
        for Merged { part, slot, rows } in merged {
            let Some(batch) = parts.get(*part).and_then(|part| part.get(*slot as usize)) else { continue };
            let known = tables.iter().position(|of| of.table == batch.table());
            let index = known.unwrap_or_else(|| {
                let place = self.place(batch.table());
                tables.push(OfTable {
                    table: batch.table(),
                    place,
                    room: self.room(place),
                    runs: Vec::new(),
                });
                tables.len() - 1
            });
            let Some(of) = tables.get_mut(index) else { continue };
            let mut rows = rows.clone();
            // Which batch is full first depends on the order of rows.
            while rows.len() >= of.room {
                let now = rows.start..rows.start + of.room;
                rows.start = now.end;
                of.runs.push((batch, now));
                self.join(of.place, &of.runs)?;
                of.runs.clear();
                of.room = self.room(of.place);
            }
            if !rows.is_empty() {
                of.room -= rows.len();
                of.runs.push((batch, rows));
            }
        }
        tables.iter().try_for_each(|of| self.join(of.place, &of.runs))
    }
    fn write_all(&mut self, part: Vec<Batch>) -> Result<(), Error> {
        for batch in part {
            let is_pending =
                self.batches.iter().any(|pending| pending.table() == batch.table() && pending.rows() > 0);
            match batch.rows() {
                0 => {}
                // As one collector alone makes them.
                rows if rows <= self.rows && !is_pending && batch.full(self.rows) => self.hand_on(batch)?,
                rows => self.append(&batch, 0..rows)?,
            }
        }
        Ok(())
    }
    fn flush(&mut self) -> Result<(), Error> {
        if self.live { self.hand_on_all() } else { Ok(()) }
    }
    fn finish(&mut self, _: Instant) -> Result<(), Error> {
        self.hand_on_all()?;
        (self.take)(None)
    }
}

/// Writes Parquet: a file for each table in a folder.
///
/// # Errors
///
/// Those of [`parquet::Directory::create`].
#[allow(clippy::type_complexity, reason = "a closure has no name")]
pub fn parquet_output(
    folder: &Path,
    options: parquet::Options,
) -> Result<ColumnsOutput<impl FnMut(Option<Batch>) -> Result<(), Error>>, Error> {
    /// Rows of a batch: row groups are put together of many, and every table has one that is not full.
    const ROWS: usize = 16_384;
    let mut directory = Some(parquet::Directory::create(folder, options)?);
    let output = ColumnsOutput::new(move |batch: Option<Batch>| {
        match (batch, &mut directory) {
            (Some(batch), Some(open)) => open.write(batch)?,
            (None, _) => {
                if let Some(open) = directory.take() {
                    open.close()?;
                }
            }
            _ => {}
        }
        Ok(())
    });
    Ok(output.rows(ROWS))
}

// Counts and the summary: order does not matter.

/// Collects what can be added up: counts, summaries.
pub struct SumCollector<S> {
    sum: S,
    make: fn() -> S,
    wanted: Asked,
}

impl<S: Sink + Send> Collector for SumCollector<S> {
    type Part = S;

    fn wants(&self, table: &'static Table) -> bool {
        self.wanted.wants(table)
    }
    #[inline]
    fn row(&mut self, envelope: &Envelope, row: &dyn Row, _: impl FnMut(u32)) {
        let _: Verdict = self.sum.row(envelope, row);
    }
    fn series(&mut self, envelope: &Envelope, series: &mut dyn Series, _: impl FnMut(u32, u32)) {
        let _: Verdict = self.sum.series(envelope, series);
    }
    fn weight(&self) -> usize {
        0
    }
    fn take(&mut self) -> S {
        core::mem::replace(&mut self.sum, (self.make)())
    }
}

macro_rules! sums {
    ($($(#[doc = $doc:literal])* $name:ident($sum:ty), $new:expr, $add:expr;)*) => {$(
        $(#[doc = $doc])*
        pub struct $name {
            /// What has come together.
            pub sum: $sum,
            wanted: Wanted,
        }
        impl Default for $name {
            fn default() -> Self { Self { sum: $new(), wanted: all() } }
        }
        impl $name {
            /// Only these tables.
            pub fn only(mut self, wanted: Wanted) -> Self {
                self.wanted = wanted;
                self
            }
        }
        impl Output for $name {
            type Collector = SumCollector<$sum>;
            const ORDERED: bool = false;

            fn collector(&self) -> Self::Collector {
                let (sum, wanted) = ($new(), Arc::clone(&self.wanted));
                let of_sum: $sum = $new();
                let both: Wanted = Arc::new(move |table| wanted(table) && of_sum.wants(table));
                SumCollector { sum, make: $new, wanted: Asked::new(both) }
            }
            fn write(&mut self, _: &$sum, _: u32, _: Range<usize>) -> Result<(), Error> { Ok(()) }
            fn write_all(&mut self, part: $sum) -> Result<(), Error> {
                let add: fn(&mut $sum, $sum) = $add;
                add(&mut self.sum, part);
                Ok(())
            }
            fn finish(&mut self, _: Instant) -> Result<(), Error> { Ok(()) }
        }
    )*};
}
sums! {
    /// Counts rows and their checksums.
    CountOutput(Count), Count::new, |sum, part| sum.add(&part);
    /// Gathers the summary.
    SummaryOutput(Summary), Summary::default, |sum, part| sum.merge(part);
    /// Gathers the summary, and what each point was.
    PointsOutput(Summary), Summary::with_points, |sum, part| sum.merge(part);
}

#[cfg(test)]
mod tests;
