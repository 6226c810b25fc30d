//! The run: captures in, rows out, on one thread or several.
use crate::{
    Captures, Collector, Error, Output,
    facts::Seats,
    order::{Key, Runs, merge},
    sources::{in_order, open},
};
use crossbeam_channel::{Receiver, Sender, bounded};
use fieldtap::{
    Config, Counters, Engine, Frame, LinkType,
    packet::{SHARDS, shard_of},
    record::{
        Beginning, Envelope, Instant, Row, Series, Sink, Symbol, Table, Text, Verdict, conversation_id,
    },
};
use fieldtap_capture::{Format, Reader};
use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

/// Frames after which the end is divided anew, where there is one thread.
const STRETCH_FRAMES: usize = 2048;
/// Frames after which it is looked whether the run was cancelled, and progress is told.
const LOOK_UP: u64 = 2048;
/// Stretches that may wait for a thread: enough that none waits for the others where it has more to do for a while.
const WAITING: usize = 8;
/// What a thread may hand on before it is taken.
const HANDED: usize = 8;
/// The same, where all rows are kept: as text they are many times the size of the frames.
const HANDED_ROWS: usize = 2;
/// Weight of what a collector keeps before it hands it on, where there is one thread.
const HAND_ON: usize = 1 << 18;

/// Parts in which the conversations that are open at the end are ended, so that their rows are never all in memory.
const END_PARTS: usize = 256;

/// How far a run has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Index of the file that is read.
    pub file: usize,
    /// How many files there are.
    pub files: usize,
    /// Octets read of this file, before decompression.
    pub read: u64,
    /// Octets of this file, where it is a file.
    pub total: Option<u64>,
    /// Frames read of all files.
    pub frames: u64,
}

/// What is to be read, and how.
#[derive(Clone)]
pub struct Job {
    /// The files; `-` is standard input. Read in the order of their first frames; what can be read only once, as a pipe, is
    /// read behind the file before it.
    pub files: Vec<PathBuf>,
    /// Settings of the engine.
    pub config: Config,
    /// Threads that dissect; 1 does all work on the thread that calls.
    pub threads: usize,
    /// Set by anybody who wants the run to end early. What is read to its end before that is noticed is not cancelled.
    pub cancelled: Arc<AtomicBool>,
    /// Called now and then, from whichever thread reads.
    pub progress: Option<Arc<dyn Fn(Progress) + Send + Sync>>,
}

impl core::fmt::Debug for Job {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Job")
            .field("files", &self.files)
            .field("threads", &self.threads)
            .finish_non_exhaustive()
    }
}

impl Job {
    /// These files, with default settings, on one thread.
    pub fn new<P: Into<PathBuf>>(files: impl IntoIterator<Item = P>) -> Self {
        Self {
            files: files.into_iter().map(Into::into).collect(),
            config: Config::default(),
            threads: 1,
            cancelled: Arc::default(),
            progress: None,
        }
    }
}

/// What was read of one file.
#[derive(Debug)]
pub struct FileReport {
    /// Its path.
    pub path: PathBuf,
    /// Frames read.
    pub frames: u64,
    /// Octets of the frames as captured.
    pub captured_octets: u64,
    /// Octets of the frames as they were on the wire.
    pub octets: u64,
    /// The earliest time of its frames and the latest, nanoseconds since 1970-01-01 UTC.
    pub times: Option<(i64, i64)>,
    /// Format, if the file could be opened.
    pub format: Option<Format>,
    /// Why it could not be read to its end.
    pub error: Option<fieldtap_capture::Error>,
}

/// What a run has met.
#[derive(Debug, Default)]
pub struct Report {
    /// The files, in the order in which they were read.
    pub files: Vec<FileReport>,
    /// What the engines have met, together.
    pub counters: Counters,
    /// What the packet decoder has met.
    pub packets: fieldtap::packet::Counters,
    /// Whether it was cancelled before everything was read.
    pub cancelled: bool,
}

impl Report {
    /// What the summary says of the capture as a whole.
    pub fn capture(&self) -> fieldtap_analysis::Capture {
        let file = |(index, file): (usize, &FileReport)| fieldtap_analysis::CapturedFile {
            index: index as u32,
            name: file.path.display().to_string(),
            frames: file.frames,
            octets: file.octets,
            first: file.times.map(|(first, _)| first),
            last: file.times.map(|(_, last)| last),
            damage: file.error.as_ref().map(fieldtap_capture::Error::reason),
        };
        fieldtap_analysis::Capture {
            files: self.files.iter().enumerate().map(file).collect(),
            engine: self.counters,
            packets: self.packets,
        }
    }
}

/// Reads captures and hands their rows to `output`, in the same order whatever the number of threads.
///
/// A file that is damaged or cannot be opened does not stop the others: its error is in the report, and in the table
/// `captures`. The output of a run that is cancelled is not finished: what is only written whole is not written then.
///
/// # Errors
///
/// What keeps the output from being written.
pub fn run<O: Output>(job: &Job, output: &mut O) -> Result<Report, Error> {
    let files = in_order(&job.files);
    if files.len() > crate::sources::MOST {
        return Err(Error::TooManyFiles { found: files.len(), most: crate::sources::MOST });
    }
    let report = if job.threads <= 1 { alone(job, &files, output)? } else { together(job, &files, output)? };
    if report.cancelled {
        return Ok(report);
    }
    let last = report.files.iter().filter_map(|file| file.times).map(|(_, last)| last).max();
    output.finish(Instant(last.unwrap_or_default()))?;
    Ok(report)
}

/// A collector as the engine's sink.
struct Taking<'a, C> {
    collector: &'a mut C,
    /// Where rows belong; not kept where there is one thread.
    runs: Option<Runs>,
    key: Key,
}

impl<C: Collector> Sink for Taking<'_, C> {
    #[inline]
    fn row(&mut self, envelope: &Envelope, row: &dyn Row) -> Verdict {
        match &mut self.runs {
            Some(runs) => {
                let conversation = if self.key.content { 0 } else { envelope.conversation.unwrap_or(0) };
                let key = Key { conversation, ..self.key };
                self.collector.row(envelope, row, |slot| runs.push(key, slot, 1));
            }
            None => self.collector.row(envelope, row, |_| {}),
        }
        Verdict::GoOn
    }
    fn series(&mut self, envelope: &Envelope, series: &mut dyn Series) -> Verdict {
        match &mut self.runs {
            Some(runs) => {
                let conversation = if self.key.content { 0 } else { envelope.conversation.unwrap_or(0) };
                let key = Key { conversation, ..self.key };
                self.collector.series(envelope, series, |slot, count| runs.push(key, slot, count));
            }
            None => self.collector.series(envelope, series, |_, _| {}),
        }
        Verdict::GoOn
    }
    fn begins(&mut self, beginning: &Beginning) {
        let (slot, runs) = (self.collector.begins(beginning), &mut self.runs);
        if let (Some(slot), Some(runs)) = (slot, runs) {
            let conversation = if self.key.content { 0 } else { beginning.conversation };
            runs.push(Key { conversation, ..self.key }, slot, 1);
        }
    }
    fn brought(&mut self, completed: (u32, u64), brought: (u32, u64)) {
        self.collector.brought(completed, brought);
    }
    #[inline]
    fn wants(&self, table: &'static Table) -> bool {
        self.collector.wants(table)
    }
}

/// What is said of a file at its end.
#[derive(Debug)]
struct End {
    path: PathBuf,
    format: Option<Symbol>,
    file: u32,
    frames: u64,
    captured_octets: u64,
    octets: u64,
    times: Option<(i64, i64)>,
    damage: Option<(String, u64)>,
}

impl End {
    fn new(file: u32, report: &FileReport) -> Self {
        Self {
            path: report.path.clone(),
            format: report.format.map(|format| match format {
                Format::Pcap => Symbol("pcap"),
                Format::Pcapng => Symbol("pcapng"),
            }),
            file,
            frames: report.frames,
            captured_octets: report.captured_octets,
            octets: report.octets,
            times: report.times,
            damage: report.error.as_ref().map(|error| (error.to_string(), error.offset())),
        }
    }

    fn say(&self, sink: &mut dyn Sink) {
        let row = Captures {
            path: Text(self.path.as_os_str().as_encoded_bytes()),
            format: self.format,
            frames: self.frames,
            captured_octets: self.captured_octets,
            octets: self.octets,
            first: self.times.map(|(first, _)| Instant(first)),
            last: self.times.map(|(_, last)| Instant(last)),
            damage: self.damage.as_ref().map(|(reason, _)| Text::from(reason.as_str())),
            damage_offset: self.damage.as_ref().map(|(_, offset)| *offset),
        };
        if sink.wants(row.table()) {
            let envelope = Envelope {
                file: self.file,
                frame: self.frames,
                ts: Instant(self.times.map_or(0, |(_, last)| last)),
                protocol: Symbol("capture"),
                ..Envelope::default()
            };
            sink.row(&envelope, &row);
        }
    }
}

/// Reads files one behind the other.
struct Files<'a> {
    job: &'a Job,
    paths: &'a [PathBuf],
}

/// What became of the next frame. Small, so that the usual answers do not go through memory.
enum Step {
    /// It was taken.
    Taken,
    /// It was taken, and no more are wanted.
    Enough,
    /// There is none.
    End,
    /// The capture is damaged.
    Damage(Box<fieldtap_capture::Error>),
    /// What was taken cannot be handed on.
    Failure(Box<Error>),
}

/// Who takes the frames of files.
trait Take {
    /// Begins a file.
    fn begin(&mut self, reader: &mut Reader) {
        let _ = reader;
    }
    /// Takes the next frame of the file with this index, which `note` is told of.
    fn next(&mut self, file: u32, reader: &mut Reader, note: impl FnOnce(&Frame<'_>)) -> Step;
    /// Hands on what was taken: the next frame may be long in coming.
    fn pause(&mut self, reader: &mut Reader) -> Result<(), Error>;
    /// Ends a file, whose reader is there if it could be opened.
    fn end(&mut self, file: u32, report: FileReport, reader: Option<Reader>) -> Result<(), Error>;
}

impl Files<'_> {
    /// Returns whether that was cancelled before their end.
    fn read(&self, taker: &mut impl Take) -> Result<bool, Error> {
        let (mut frames, mut cancelled) = (0, false);
        for (index, path) in self.paths.iter().enumerate() {
            let file = index as u32;
            let mut report = FileReport {
                path: path.clone(),
                frames: 0,
                captured_octets: 0,
                octets: 0,
                times: None,
                format: None,
                error: None,
            };
            let (mut going, mut read) = (true, None);
            match open(path, &self.job.cancelled) {
                Ok(mut opened) => {
                    report.format = Some(opened.reader.format());
                    taker.begin(&mut opened.reader);
                    loop {
                        if opened.is_quiet() {
                            taker.pause(&mut opened.reader)?;
                        }
                        let reader = &mut opened.reader;
                        let note = |frame: &Frame<'_>| {
                            report.frames += 1;
                            report.captured_octets += frame.data.len() as u64;
                            report.octets += u64::from(frame.original_len);
                            let (first, last) = report.times.unwrap_or((frame.ts, frame.ts));
                            report.times = Some((first.min(frame.ts), last.max(frame.ts)));
                        };
                        match taker.next(file, reader, note) {
                            Step::Taken => {}
                            Step::Enough => {
                                going = false;
                                break;
                            }
                            Step::End => break,
                            Step::Damage(error) => {
                                if opened.is_given_up() {
                                    (going, cancelled) = (false, true);
                                } else {
                                    report.error = Some(*error);
                                }
                                break;
                            }
                            Step::Failure(error) => return Err(*error),
                        }
                        frames += 1;
                        if frames % LOOK_UP == 0 {
                            if self.job.cancelled.load(Ordering::Relaxed) {
                                (going, cancelled) = (false, true);
                                break;
                            }
                            if let Some(progress) = &self.job.progress {
                                let position = reader.position();
                                progress(Progress {
                                    file: index,
                                    files: self.paths.len(),
                                    read: position.read,
                                    total: position.total,
                                    frames,
                                });
                            }
                        }
                    }
                    read = Some(opened.reader);
                }
                Err(_) if self.job.cancelled.load(Ordering::Relaxed) => (going, cancelled) = (false, true),
                Err(error) => report.error = Some(error),
            }
            taker.end(file, report, read)?;
            if !going {
                break;
            }
        }
        Ok(cancelled)
    }
}

/// Conversations that begin some stretches of the capture: where the parts of its end begin. The same on all threads.
#[derive(Debug)]
struct Parts {
    starts: Vec<u64>,
    /// Every so-manieth stretch begins a part.
    every: usize,
    stretches: usize,
}

impl Parts {
    fn new() -> Self {
        Self { starts: Vec::new(), every: 1, stretches: 0 }
    }
    /// A stretch of the capture begins with this frame.
    fn stretch(&mut self, file: u32, frame: u64) {
        if self.stretches.is_multiple_of(self.every) {
            if self.starts.len() == END_PARTS {
                let mut keep = false;
                self.starts.retain(|_| {
                    keep = !keep;
                    keep
                });
                self.every *= 2;
            }
            self.starts.push(conversation_id(file, frame));
        }
        self.stretches += 1;
    }
    /// Before which conversation each part ends; of the last one, which is that of the publishers, nothing.
    fn ends(self) -> impl Iterator<Item = Option<u64>> {
        self.starts.into_iter().chain([u64::MAX]).map(Some).chain([None])
    }
}

/// Takes frames on the thread that reads them.
struct Alone<'a, O: Output> {
    engine: Engine,
    taking: Taking<'a, O::Collector>,
    output: &'a mut O,
    file: u32,
    frames: usize,
    parts: Parts,
    reports: Vec<FileReport>,
}

impl<O: Output> Take for Alone<'_, O> {
    #[inline]
    fn next(&mut self, file: u32, reader: &mut Reader, note: impl FnOnce(&Frame<'_>)) -> Step {
        let next = reader.next();
        // Looked at where it is: a frame that was moved would have to be written once more.
        let Ok(Some(frame)) = &next else {
            return next.map_or_else(|error| Step::Damage(Box::new(error)), |_| Step::End);
        };
        note(frame);
        if file != self.file {
            self.file = file;
            self.engine.set_file(file);
        }
        if self.frames.is_multiple_of(STRETCH_FRAMES) {
            self.parts.stretch(file, frame.number);
        }
        self.frames += 1;
        let verdict = self.engine.frame(frame, &mut self.taking);
        if self.taking.collector.weight() >= HAND_ON {
            let part = self.taking.collector.relieve();
            if let Err(error) = self.output.write_all(part) {
                return Step::Failure(Box::new(error));
            }
        }
        if verdict == Verdict::Stop { Step::Enough } else { Step::Taken }
    }
    fn pause(&mut self, _: &mut Reader) -> Result<(), Error> {
        self.output.write_all(self.taking.collector.relieve())?;
        self.output.flush()
    }
    fn end(&mut self, file: u32, report: FileReport, _: Option<Reader>) -> Result<(), Error> {
        End::new(file, &report).say(&mut self.taking);
        self.reports.push(report);
        Ok(())
    }
}

fn alone<O: Output>(job: &Job, paths: &[PathBuf], output: &mut O) -> Result<Report, Error> {
    let mut collector = output.collector();
    collector.alone();
    let mut alone = Alone {
        engine: Engine::new(job.config.clone()),
        taking: Taking { collector: &mut collector, runs: None, key: Key::default() },
        output,
        file: 0,
        frames: 0,
        parts: Parts::new(),
        reports: Vec::new(),
    };
    let cancelled = Files { job, paths }.read(&mut alone)?;
    let Alone { mut engine, mut taking, output, parts, reports, .. } = alone;
    let mut report = Report { files: reports, cancelled, ..Report::default() };
    for end in parts.ends() {
        let counters = finish(&mut engine, end, &mut taking);
        if counters.is_some() {
            output.write_all(taking.collector.take())?;
        } else if taking.collector.weight() >= HAND_ON {
            output.write_all(taking.collector.relieve())?;
        }
        if let Some((counters, packets)) = counters {
            (report.counters, report.packets) = (counters, packets);
        }
    }
    Ok(report)
}

/// A frame of a stretch, as small as may be: each thread reads it of every frame.
#[derive(Clone, Copy, Debug)]
struct Place {
    ts: i64,
    start: u32,
    len: u32,
    original_len: u32,
    /// Index of its source.
    source: u16,
    /// The shard of the frame, or [`ANY`] where only its decoder knows.
    shard: u8,
}

/// No shard has this number.
const ANY: u8 = u8::MAX;

/// Where frames were captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Source {
    interface: u32,
    link_type: LinkType,
}

/// What is noted of a frame while its octets are at hand.
struct Noted {
    file: u32,
    number: u64,
    source: Source,
    place: Place,
}

impl Noted {
    #[inline]
    fn new(file: u32, frame: &Frame<'_>) -> Self {
        Self {
            file,
            number: frame.number,
            source: Source { interface: frame.interface, link_type: frame.link_type },
            place: Place {
                ts: frame.ts,
                start: 0,
                len: frame.data.len() as u32,
                original_len: frame.original_len,
                source: 0,
                shard: shard_of(frame).unwrap_or(ANY),
            },
        }
    }
}

/// Frames of one file, one behind the other, that are handed to all threads together.
#[derive(Debug, Default)]
struct Stretch {
    file: u32,
    /// Number of the first frame.
    first: u64,
    /// The buffer that they were read into.
    octets: Vec<u8>,
    places: Vec<Place>,
    sources: Vec<Source>,
    /// Whether the next one may be long in coming.
    pause: bool,
    end: Option<End>,
}

impl Stretch {
    /// Takes note of a frame, whose octets begin at `start` in the buffer that will be handed to the threads.
    #[inline]
    fn push(&mut self, noted: &Noted, start: usize) {
        if self.places.is_empty() {
            (self.file, self.first) = (noted.file, noted.number);
        }
        if self.sources.last() != Some(&noted.source) {
            self.sources.push(noted.source);
        }
        // Of a buffer, and its frames have headers: both fit.
        let (start, source) = (start as u32, self.sources.len().saturating_sub(1) as u16);
        self.places.push(Place { start, source, ..noted.place });
    }
    #[inline]
    fn frame(&self, place: &Place, number: u64) -> Option<Frame<'_>> {
        let (source, start) = (self.sources.get(usize::from(place.source))?, place.start as usize);
        Some(Frame {
            number,
            ts: place.ts,
            interface: source.interface,
            link_type: source.link_type,
            original_len: place.original_len,
            data: self.octets.get(start..start + place.len as usize)?,
        })
    }
    fn clear(&mut self) {
        self.places.clear();
        self.sources.clear();
        (self.pause, self.end) = (false, None);
    }
}

type Collected<O> = (<<O as Output>::Collector as Collector>::Part, Runs);

/// What a thread hands on: of one stretch, or at the end.
struct Handed<O: Output> {
    collected: Collected<O>,
    pause: bool,
    counters: Option<(Counters, fieldtap::packet::Counters)>,
}

fn together<O: Output>(job: &Job, paths: &[PathBuf], output: &mut O) -> Result<Report, Error> {
    let threads = job.threads.min(usize::from(SHARDS));
    let (pool_in, pool_out) = bounded::<Stretch>(2 * WAITING);
    let stopped = AtomicBool::new(false);
    let seats = Seats::new(&job.config.limits, threads);
    let collectors: Vec<O::Collector> = (0..threads).map(|_| output.collector()).collect();
    thread::scope(|scope| {
        let (mut inputs, mut outputs) = (Vec::new(), Vec::new());
        for (number, collector) in collectors.into_iter().enumerate() {
            let (stretches_in, stretches) = bounded::<Arc<Stretch>>(WAITING);
            let (handed_in, handed) = bounded::<Handed<O>>(if O::ORDERED { HANDED_ROWS } else { HANDED });
            inputs.push(stretches_in);
            outputs.push(handed);
            let mut config = job.config.clone();
            // Every thread takes each so-manieth shard.
            let own = (0..u32::from(SHARDS)).filter(|shard| *shard as usize % threads == number);
            config.shards &= own.fold(0, |shards, shard| shards | 1 << shard);
            config.facts = Some(seats.seat(number));
            let (pool, leaving) = (pool_in.clone(), seats.leaving(number));
            scope.spawn(move || {
                work::<O>(config, collector, &stretches, &handed_in, &pool);
                drop(leaving);
            });
        }
        drop(pool_in);
        let stop = &stopped;
        let reader = scope.spawn(move || read(job, paths, &inputs, &pool_out, stop, O::STRETCH));
        let mut report = Report::default();
        let written = collect(&outputs, output, &mut report);
        if written.is_err() {
            stopped.store(true, Ordering::Relaxed);
        }
        drop(outputs);
        match reader.join() {
            Ok(read) => (report.files, report.cancelled) = read,
            Err(panic) => std::panic::resume_unwind(panic),
        }
        written.map(|()| report)
    })
}

/// Takes frames for other threads.
struct HandOut<'a> {
    stretch: Stretch,
    buffer_len: usize,
    inputs: &'a [Sender<Arc<Stretch>>],
    pool: &'a Receiver<Stretch>,
    stopped: &'a AtomicBool,
    reports: Vec<FileReport>,
}

impl HandOut<'_> {
    /// Hands out what was noted, in this buffer. Another one is there that may be filled.
    fn send(&mut self, octets: Vec<u8>) -> Result<Vec<u8>, Error> {
        let mut next = self.pool.try_recv().unwrap_or_default();
        next.clear();
        let spare = core::mem::take(&mut next.octets);
        let full = Arc::new(Stretch { octets, ..core::mem::replace(&mut self.stretch, next) });
        let gone = self.inputs.iter().any(|input| input.send(Arc::clone(&full)).is_err());
        if gone || self.stopped.load(Ordering::Relaxed) { Err(Error::Gone) } else { Ok(spare) }
    }
}

impl Take for HandOut<'_> {
    fn begin(&mut self, reader: &mut Reader) {
        reader.keep_buffers(self.buffer_len);
    }
    #[inline]
    fn next(&mut self, file: u32, reader: &mut Reader, note: impl FnOnce(&Frame<'_>)) -> Step {
        let next = match reader.next() {
            Ok(Some(frame)) => {
                note(&frame);
                Ok(Some(Noted::new(file, &frame)))
            }
            Ok(None) => Ok(None),
            Err(error) => Err(error),
        };
        if let Some(full) = reader.full_buffer() {
            match self.send(full) {
                Ok(spare) => reader.reuse(spare),
                Err(error) => return Step::Failure(Box::new(error)),
            }
        }
        match next {
            Ok(Some(noted)) => {
                self.stretch.push(&noted, reader.frame_start());
                Step::Taken
            }
            Ok(None) => Step::End,
            Err(error) => Step::Damage(Box::new(error)),
        }
    }
    fn pause(&mut self, reader: &mut Reader) -> Result<(), Error> {
        reader.turn_over();
        if let Some(full) = reader.full_buffer() {
            self.stretch.pause = true;
            let spare = self.send(full)?;
            reader.reuse(spare);
        }
        Ok(())
    }
    fn end(&mut self, file: u32, report: FileReport, reader: Option<Reader>) -> Result<(), Error> {
        self.stretch.end = Some(End::new(file, &report));
        self.reports.push(report);
        self.send(reader.map(Reader::into_buffer).unwrap_or_default())?;
        Ok(())
    }
}

fn read(
    job: &Job,
    paths: &[PathBuf],
    inputs: &[Sender<Arc<Stretch>>],
    pool: &Receiver<Stretch>,
    stopped: &AtomicBool,
    buffer_len: usize,
) -> (Vec<FileReport>, bool) {
    let mut hand_out =
        HandOut { stretch: Stretch::default(), buffer_len, inputs, pool, stopped, reports: Vec::new() };
    let done = Files { job, paths }.read(&mut hand_out);
    // The only error is that the threads behind have gone, who tell why themselves.
    (hand_out.reports, done.unwrap_or_default())
}

fn work<O: Output>(
    config: Config,
    mut collector: O::Collector,
    stretches: &Receiver<Arc<Stretch>>,
    handed: &Sender<Handed<O>>,
    pool: &Sender<Stretch>,
) {
    let (leads, own) = (config.shards & 1 == 1, config.shards);
    let mut engine = Engine::new(config);
    let (mut file, mut parts) = (0, Parts::new());
    for stretch in stretches {
        if !stretch.places.is_empty() {
            parts.stretch(stretch.file, stretch.first);
            if stretch.file != file {
                file = stretch.file;
                engine.set_file(file);
            }
        }
        let runs = O::ORDERED.then(Runs::default);
        let mut taking = Taking { collector: &mut collector, runs, key: Key::default() };
        for (index, place) in stretch.places.iter().enumerate() {
            let number = stretch.first + index as u64;
            taking.key = Key { frame: index as u32, content: false, conversation: 0 };
            if place.shard != ANY && own >> place.shard & 1 == 0 {
                let octets = place.original_len.max(place.len).into();
                engine.pass_over(number, place.ts, octets, &mut taking);
                continue;
            }
            let Some(frame) = stretch.frame(place, number) else { continue };
            engine.pass_time(&frame, &mut taking);
            taking.key.content = true;
            engine.take(&frame, &mut taking);
        }
        engine.passed();
        if leads {
            taking.key = Key { frame: u32::MAX, content: true, conversation: 0 };
            if let Some(end) = &stretch.end {
                end.say(&mut taking);
            }
        }
        let runs = taking.runs.take().unwrap_or_default();
        let (part, pause) = (collector.take(), stretch.pause);
        if let Some(stretch) = Arc::into_inner(stretch) {
            // A full pool has stretches enough.
            let _ = pool.try_send(stretch);
        }
        if handed.send(Handed { collected: (part, runs), pause, counters: None }).is_err() {
            return;
        }
    }
    for end in parts.ends() {
        let runs = O::ORDERED.then(Runs::default);
        let mut taking = Taking { collector: &mut collector, runs, key: Key::default() };
        let counters = finish(&mut engine, end, &mut taking);
        let runs = taking.runs.take().unwrap_or_default();
        if handed.send(Handed { collected: (collector.take(), runs), pause: false, counters }).is_err() {
            // Nobody waits where the output has failed.
            return;
        }
    }
}

/// Ends what is open, up to this conversation; at last the publishers. Then these are the engine's counters.
fn finish(
    engine: &mut Engine,
    end: Option<u64>,
    sink: &mut dyn Sink,
) -> Option<(Counters, fieldtap::packet::Counters)> {
    match end {
        Some(before) => {
            engine.finish_conversations(before, sink);
            None
        }
        None => {
            engine.finish_publishers(sink);
            Some((engine.counters(), engine.packet_counters()))
        }
    }
}

fn collect<O: Output>(
    outputs: &[Receiver<Handed<O>>],
    output: &mut O,
    report: &mut Report,
) -> Result<(), Error> {
    loop {
        let (mut parts, mut runs, mut pause, mut last) = (Vec::new(), Vec::new(), false, false);
        for from in outputs {
            let Ok(handed) = from.recv() else { return Ok(()) };
            if let Some((counters, packets)) = handed.counters {
                last = true;
                add(report, counters, packets);
            }
            pause |= handed.pause;
            parts.push(handed.collected.0);
            runs.push(handed.collected.1);
        }
        if O::ORDERED {
            output.write_merged(&parts, &merge(&runs))?;
        } else {
            parts.into_iter().try_for_each(|part| output.write_all(part))?;
        }
        if pause {
            output.flush()?;
        }
        if last {
            return Ok(());
        }
    }
}

/// Every engine sees each frame, but only its own conversations.
fn add(report: &mut Report, counters: Counters, packets: fieldtap::packet::Counters) {
    let sum = &mut report.counters;
    sum.frames = counters.frames;
    sum.octets = counters.octets;
    sum.unknown_link = counters.unknown_link;
    sum.fragments = counters.fragments;
    sum.unattributed += counters.unattributed;
    sum.conversations += counters.conversations;
    sum.evicted_half_open += counters.evicted_half_open;
    sum.evicted_unidentified += counters.evicted_unidentified;
    sum.evicted_identified += counters.evicted_identified;
    sum.untracked += counters.untracked;
    sum.untracked_publishers += counters.untracked_publishers;
    sum.evicted_publishers += counters.evicted_publishers;
    report.packets = packets;
}

/// One payload of one protocol, without a capture around it.
#[derive(Clone, Debug)]
pub struct Payload<'a> {
    /// The protocol.
    pub protocol: &'static fieldtap::protocol::Protocol,
    /// Where it was sent.
    pub toward: fieldtap::protocol::Toward,
    /// The octets: whole messages, one behind the other.
    pub bytes: &'a [u8],
}

/// Dissects one payload and hands its rows to `output`.
///
/// # Errors
///
/// What keeps the output from being written.
pub fn dissect<O: Output>(payload: &Payload<'_>, config: Config, output: &mut O) -> Result<(), Error> {
    let mut collector = output.collector();
    let mut taking = Taking { collector: &mut collector, runs: None, key: Key::default() };
    let mut session = fieldtap::Session::new(payload.protocol, config);
    let mark = fieldtap::Mark { file: 0, frame: 1, ts: 0 };
    session.feed(payload.toward, mark, payload.bytes, &mut taking);
    session.finish(mark, &mut taking);
    output.write_all(collector.take())?;
    output.finish(Instant(0))
}
