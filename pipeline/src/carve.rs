//! The frames behind rows, in a capture of their own.
use crate::{Collector, Error, Output, Report, STANDARD_INPUT};
use core::ops::Range;
use fieldtap::record::{Envelope, Field, Instant, Kind, Row, Table, message_frame};
use fieldtap_capture::{PcapngWriter, Reader};
use std::{
    fs::File,
    io::BufWriter,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

/// Frames of several files, a bit each.
#[derive(Debug, Default)]
struct Frames {
    files: Vec<Vec<u64>>,
}

impl Frames {
    /// Frames are numbered from 1; there is no frame 0.
    fn insert(&mut self, file: u32, frame: u64) {
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

/// Collects as another does, and notes the frames behind the rows.
pub struct CarvingCollector<C> {
    inner: C,
    noted: Vec<(u32, u64)>,
    frames: Arc<Mutex<Frames>>,
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
    fn weight(&self) -> usize {
        self.inner.weight().saturating_add(self.noted.len() * size_of::<(u32, u64)>())
    }
    fn take(&mut self) -> C::Part {
        let mut frames = self.frames.lock().unwrap_or_else(PoisonError::into_inner);
        self.noted.drain(..).for_each(|(file, frame)| frames.insert(file, frame));
        self.inner.take()
    }
}

/// Hands rows to another output, and remembers the frames behind them: those that completed the message of a row, and
/// those that completed the messages that a row names, such as the request of an answer.
pub struct Carving<'a, O> {
    inner: &'a mut O,
    frames: Arc<Mutex<Frames>>,
}

impl<'a, O: Output> Carving<'a, O> {
    /// In front of this output.
    pub fn new(inner: &'a mut O) -> Self {
        Self { inner, frames: Arc::default() }
    }

    /// Writes those frames into a pcapng file, in the order in which the run read them. Each has a comment that names its
    /// file and its number there. The captures are read once more. Returns how many frames were written.
    ///
    /// # Errors
    ///
    /// [`Error::Write`] if the file cannot be written; [`Error::Path`] for standard input, which cannot be read twice, and
    /// for a capture that can no longer be opened.
    pub fn carve(&self, report: &Report, path: &Path) -> Result<u64, Error> {
        let failed = |source| Error::Write { what: path.display().to_string(), source };
        let frames = self.frames.lock().unwrap_or_else(PoisonError::into_inner);
        let file = File::create(path).map_err(failed)?;
        let mut writer = PcapngWriter::new(BufWriter::new(file)).map_err(failed)?;
        let mut written = 0;
        for (index, source) in report.files.iter().enumerate() {
            if frames.is_empty(index) {
                continue;
            }
            let gone = |reason: String| Error::Path { path: source.path.clone(), reason };
            if source.path.as_os_str() == STANDARD_INPUT {
                return Err(gone("standard input cannot be read a second time".into()));
            }
            let name = source.path.display().to_string();
            let mut reader = Reader::open(&source.path).map_err(|error| gone(error.to_string()))?;
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
        Ok(written)
    }
}

impl<O: Output> Output for Carving<'_, O> {
    type Collector = CarvingCollector<O::Collector>;
    const ORDERED: bool = O::ORDERED;

    fn collector(&self) -> Self::Collector {
        CarvingCollector {
            inner: self.inner.collector(),
            noted: Vec::new(),
            frames: Arc::clone(&self.frames),
        }
    }
    fn write(
        &mut self,
        part: &<O::Collector as Collector>::Part,
        slot: u32,
        rows: Range<usize>,
    ) -> Result<(), Error> {
        self.inner.write(part, slot, rows)
    }
    fn write_all(&mut self, part: <O::Collector as Collector>::Part) -> Result<(), Error> {
        self.inner.write_all(part)
    }
    fn finish(&mut self, last: Instant) -> Result<(), Error> {
        self.inner.finish(last)
    }
}
