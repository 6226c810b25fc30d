//! The frames behind rows, in a capture of their own.
use crate::{
    Collector, Error, Merged, Output, Report,
    sources::{is_read_once, overwritten},
};
use core::ops::Range;
use fieldtap::record::{Beginning, Envelope, Field, Instant, Kind, Row, Table, message_frame};
use fieldtap_capture::{PcapngWriter, Reader};
use fieldtap_export::Draft;
use std::{
    io::{self, BufWriter},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

/// Frames of several files, a bit each.
#[derive(Debug, Default)]
struct Frames {
    files: Vec<Vec<u64>>,
}

impl Frames {
    /// Frames are numbered from 1; of a file of which nothing could be read, the row in `captures` names frame 0.
    fn insert(&mut self, file: u32, frame: u64) {
        if frame == 0 {
            return;
        }
        let file = file as usize;
        if file >= self.files.len() {
            self.files.resize_with(file + 1, Vec::new);
        }
        let Some(bits) = self.files.get_mut(file) else { return };
        let place = (frame / 64) as usize;
        if place >= bits.len() {
            bits.resize(place + 1, 0);
        }
        if let Some(word) = bits.get_mut(place) {
            *word |= 1 << (frame % 64);
        }
    }
    fn contains(&self, file: usize, frame: u64) -> bool {
        let word = self.files.get(file).and_then(|bits| bits.get((frame / 64) as usize));
        word.is_some_and(|word| word >> (frame % 64) & 1 == 1)
    }
    fn is_empty(&self, file: usize) -> bool {
        self.files.get(file).is_none_or(Vec::is_empty)
    }
}

/// Earlier frames of messages that are remembered: 64 MB of them.
const EARLIER: usize = 1 << 21;

/// What is known of frames, and shared by all collectors.
#[derive(Debug, Default)]
struct Noted {
    /// Behind rows.
    frames: Frames,
    /// Frames that completed messages of several segments, each with an earlier one that brought octets of them.
    earlier: Vec<((u32, u64), (u32, u64))>,
    /// Earlier frames that found no room.
    dropped: u64,
}

impl Noted {
    /// Takes the earlier frames of all that stand behind rows among those. Of a conversation they were noted in order, so
    /// that, from the end on, what brought an earlier one comes behind it.
    fn complete(&mut self) {
        for ((file, completed), (earlier_file, earlier)) in
            core::mem::take(&mut self.earlier).into_iter().rev()
        {
            if self.frames.contains(file as usize, completed) {
                self.frames.insert(earlier_file, earlier);
            }
        }
    }
}

/// Collects as another does, and notes the frames behind the rows.
pub struct CarvingCollector<C> {
    inner: C,
    noted: Vec<(u32, u64)>,
    earlier: Vec<((u32, u64), (u32, u64))>,
    shared: Arc<Mutex<Noted>>,
}

/// Whether the values of a column are identities of messages.
fn is_message(name: &str, kind: Kind) -> bool {
    kind == Kind::U64 && name.ends_with("_message")
}

impl<C: Collector> Collector for CarvingCollector<C> {
    type Part = C::Part;

    fn wants(&self, table: &'static Table) -> bool {
        self.inner.wants(table)
    }
    fn row(&mut self, envelope: &Envelope, row: &dyn Row, went: impl FnMut(u32)) {
        let mut note = |place: (u32, u64)| {
            if self.noted.last() != Some(&place) {
                self.noted.push(place);
            }
        };
        note((envelope.file, envelope.frame));
        for (index, column) in row.table().columns.iter().enumerate() {
            if is_message(column.name, column.kind)
                && let Field::Unsigned(message) = row.field(index)
            {
                note(message_frame(message));
            }
        }
        self.inner.row(envelope, row, went);
    }
    fn alone(&mut self) {
        self.inner.alone();
    }
    fn begins(&mut self, beginning: &Beginning) -> Option<u32> {
        self.inner.begins(beginning)
    }
    fn brought(&mut self, completed: (u32, u64), brought: (u32, u64)) {
        self.earlier.push((completed, brought));
        self.inner.brought(completed, brought);
    }
    fn weight(&self) -> usize {
        let frames = self.noted.len() + 2 * self.earlier.len();
        self.inner.weight().saturating_add(frames * size_of::<(u32, u64)>())
    }
    fn take(&mut self) -> C::Part {
        self.share();
        self.inner.take()
    }
    fn relieve(&mut self) -> C::Part {
        self.share();
        self.inner.relieve()
    }
}

impl<C> CarvingCollector<C> {
    /// Hands on which frames were noted.
    fn share(&mut self) {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        self.noted.drain(..).for_each(|(file, frame)| shared.frames.insert(file, frame));
        let room = EARLIER.saturating_sub(shared.earlier.len()).min(self.earlier.len());
        shared.dropped += (self.earlier.len() - room) as u64;
        shared.earlier.extend(self.earlier.drain(..).take(room));
    }
}

/// What was carved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Carved {
    /// Frames that were written.
    pub frames: u64,
    /// Earlier frames of messages of several segments that could not be remembered, and may be missing.
    pub dropped: u64,
}

/// Hands rows to another output, and remembers the frames behind them: those that brought the message of a row, and those
/// that brought the messages that a row names, such as the request of an answer.
///
/// A message in several segments of TCP, of ISO transport, of DNP3's transport function or of another protocol has all
/// frames that brought octets of it, as far as limits kept them apart: 1,024 of TCP, 256 of a protocol. So has a datagram in
/// fragments of IP, up to 1,024 of them.
///
/// Where the reader of the rows goes before their end, as `head` does, the run goes on all the same: all frames are carved.
pub struct Carving<'a, O> {
    inner: &'a mut O,
    shared: Arc<Mutex<Noted>>,
    /// Whether nobody reads the rows any more.
    unread: bool,
}

impl<'a, O: Output> Carving<'a, O> {
    /// In front of this output.
    pub fn new(inner: &'a mut O) -> Self {
        Self { inner, shared: Arc::default(), unread: false }
    }

    /// Lets the output write, as long as its rows are read.
    fn hand(&mut self, write: impl FnOnce(&mut O) -> Result<(), Error>) -> Result<(), Error> {
        if self.unread {
            return Ok(());
        }
        match write(self.inner) {
            Err(Error::Write { source, .. }) if source.kind() == io::ErrorKind::BrokenPipe => {
                self.unread = true;
                Ok(())
            }
            written => written,
        }
    }

    /// Writes those frames into a pcapng file, in the order in which the run read them. Each has a comment that names its
    /// file and its number there. The captures are read once more. The file takes its place only when it is whole.
    ///
    /// # Errors
    ///
    /// [`Error::Write`] if the file cannot be written; [`Error::Path`] for standard input and pipes, which cannot be read
    /// twice, for a capture that can no longer be opened, and if the path leads to one of the captures.
    pub fn carve(&self, report: &Report, path: &Path) -> Result<Carved, Error> {
        let failed = |source| Error::Write { what: path.display().to_string(), source };
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        shared.complete();
        let (frames, dropped) = (&shared.frames, shared.dropped);
        let read: Vec<PathBuf> = report.files.iter().map(|file| file.path.clone()).collect();
        if overwritten(&[path.to_owned()], &read).is_some() {
            let reason = "it is one of the captures, and is not written over".into();
            return Err(Error::Path { path: path.to_owned(), reason });
        }
        let (draft, file) = Draft::create(path).map_err(failed)?;
        let mut writer = PcapngWriter::new(BufWriter::new(file)).map_err(failed)?;
        let mut written = 0;
        for (index, source) in report.files.iter().enumerate() {
            if frames.is_empty(index) {
                continue;
            }
            let gone = |reason: String| Error::Path { path: source.path.clone(), reason };
            if is_read_once(&source.path) {
                return Err(gone("it cannot be read a second time".into()));
            }
            let name = source.path.display().to_string();
            let mut reader = Reader::open(&source.path).map_err(|error| gone(error.reason()))?;
            // Behind damage there is no frame that a row could speak of.
            while let Ok(Some(frame)) = reader.next() {
                if frames.contains(index, frame.number) {
                    let comment = format!("{name}, frame {}", frame.number);
                    writer.write(&frame, Some(&comment)).map_err(failed)?;
                    written += 1;
                }
            }
        }
        writer.flush().map_err(failed)?;
        drop(writer);
        draft.put().map_err(failed)?;
        Ok(Carved { frames: written, dropped })
    }
}

impl<O: Output> Output for Carving<'_, O> {
    type Collector = CarvingCollector<O::Collector>;
    const ORDERED: bool = O::ORDERED;
    const STRETCH: usize = O::STRETCH;

    fn collector(&self) -> Self::Collector {
        CarvingCollector {
            inner: self.inner.collector(),
            noted: Vec::new(),
            earlier: Vec::new(),
            shared: Arc::clone(&self.shared),
        }
    }
    fn write(
        &mut self,
        part: &<O::Collector as Collector>::Part,
        slot: u32,
        rows: Range<usize>,
    ) -> Result<(), Error> {
        self.hand(|inner| inner.write(part, slot, rows))
    }
    fn write_merged(
        &mut self,
        parts: &[<O::Collector as Collector>::Part],
        merged: &[Merged],
    ) -> Result<(), Error> {
        self.hand(|inner| inner.write_merged(parts, merged))
    }
    fn write_all(&mut self, part: <O::Collector as Collector>::Part) -> Result<(), Error> {
        self.hand(|inner| inner.write_all(part))
    }
    fn flush(&mut self) -> Result<(), Error> {
        self.hand(Output::flush)
    }
    fn finish(&mut self, last: Instant) -> Result<(), Error> {
        self.hand(|inner| inner.finish(last))
    }
}
