//! The one buffer: a window that moves over the capture.

use std::io;

use crate::error::Error;
use crate::input::{Failure, Input};

/// Octets in a reader's buffer, as long as no single frame is larger: 256 KiB.
///
/// Large enough that the cost of a read is spread over thousands of frames, small enough to stay in the processor's cache
/// between being read and being dissected.
pub const BUFFER_LEN: usize = 256 * 1024;

/// The least that a buffer may have, where it is kept: less than most frames would be no buffer.
const LEAST_LEN: usize = 4096;

/// The part of the capture that is at hand.
pub(crate) struct Window {
    input: Input,
    file: String,
    bytes: Vec<u8>,
    /// How many octets a buffer has that no frame made larger.
    len: usize,
    /// What was taken ends here, what is at hand begins.
    start: usize,
    /// What is at hand ends here.
    end: usize,
    /// Place of the buffer's first octet in the capture.
    base: u64,
    /// Index of the frame that was given last; none if none was given of this buffer.
    given: Option<usize>,
    /// Where buffers are kept: those that may be filled.
    spare: Option<Vec<Vec<u8>>>,
    /// The buffer before this one, if frames of it were given.
    full: Option<Vec<u8>>,
}

impl Window {
    /// A window over a capture that begins with `first`, which was already read from `input`.
    pub(crate) fn new(file: String, first: &[u8], input: Input) -> Self {
        let mut bytes = first.to_vec();
        let end = bytes.len();
        bytes.resize(BUFFER_LEN.max(end), 0);
        Self {
            input,
            file,
            bytes,
            len: BUFFER_LEN,
            start: 0,
            end,
            base: 0,
            given: None,
            spare: None,
            full: None,
        }
    }

    /// From now on a buffer of which a frame was given stays as it is, and the next one takes its place. Buffers have this
    /// many octets, but no fewer than the least.
    pub(crate) fn keep_buffers(&mut self, len: usize) {
        self.spare.get_or_insert_default();
        self.len = len.max(LEAST_LEN);
        self.bytes.resize(self.len.max(self.end), 0);
    }

    /// A buffer that may be filled.
    pub(crate) fn reuse(&mut self, buffer: Vec<u8>) {
        if let Some(spare) = self.spare.as_mut().filter(|_| buffer.len() == self.len) {
            spare.push(buffer);
        }
    }

    /// The buffer before this one.
    #[inline]
    pub(crate) fn take_full(&mut self) -> Option<Vec<u8>> {
        self.full.take()
    }

    /// This buffer.
    pub(crate) fn into_buffer(self) -> Vec<u8> {
        self.bytes
    }

    /// A frame is given that begins at this index.
    #[inline(always)]
    pub(crate) fn give(&mut self, start: usize) {
        self.given = Some(start);
    }

    /// Index of the frame that was given last.
    #[inline]
    pub(crate) fn given(&self) -> usize {
        self.given.unwrap_or_default()
    }

    /// Index of the next octet in the buffer; good until the next call that reads.
    #[inline]
    pub(crate) fn start(&self) -> usize {
        self.start
    }

    /// Place of the next octet in the capture.
    fn offset(&self) -> u64 {
        self.base + self.start as u64
    }

    /// Octets taken from the file as it lies on the disk.
    pub(crate) fn position(&self) -> u64 {
        self.input.position()
    }

    /// The file's name.
    pub(crate) fn file(&self) -> &str {
        &self.file
    }

    /// The octets at hand.
    #[inline]
    pub(crate) fn at_hand(&self) -> &[u8] {
        self.bytes.get(self.start..self.end).unwrap_or_default()
    }

    /// Octets of the buffer by index, taken or not.
    #[inline]
    pub(crate) fn slice(&self, start: usize, len: usize) -> &[u8] {
        self.bytes.get(start..start.saturating_add(len)).unwrap_or_default()
    }

    /// Takes `count` octets off those at hand.
    #[inline]
    pub(crate) fn consume(&mut self, count: usize) {
        self.start += count.min(self.end - self.start);
    }

    /// Sees to it that `count` octets are at hand; `false` where the capture ends before.
    #[inline]
    pub(crate) fn have(&mut self, count: usize) -> Result<bool, Error> {
        if self.end - self.start >= count {
            return Ok(true);
        }
        self.fill(count)
    }

    /// Like [`have`](Self::have), but an end is an error: `field` is cut off.
    #[inline]
    pub(crate) fn require(&mut self, count: usize, field: &'static str) -> Result<(), Error> {
        if self.have(count)? { Ok(()) } else { Err(self.truncated(field, count as u64)) }
    }

    /// Takes `count` octets that nobody wants to see, however many they are; `field` is cut off where they are not there.
    pub(crate) fn skip(&mut self, count: u64, field: &'static str) -> Result<(), Error> {
        let begin = self.offset();
        let mut left = count;
        loop {
            let step = left.min((self.end - self.start) as u64);
            self.consume(step as usize);
            left -= step;
            if left == 0 {
                return Ok(());
            }
            if !self.have(1)? {
                return Err(Error::Truncated {
                    file: self.file.clone(),
                    offset: begin,
                    field,
                    wanted: count,
                    present: count - left,
                });
            }
        }
    }

    #[cold]
    fn fill(&mut self, count: usize) -> Result<bool, Error> {
        self.make_room();
        while self.end < count {
            if self.end == self.bytes.len() {
                // A frame larger than the buffer. Double it: as much room as octets have really come.
                self.bytes.resize(self.bytes.len().saturating_mul(2), 0);
            }
            // In a buffer that had to grow, no more than in any other.
            let most = self.bytes.len().min(count.max(self.len));
            let room = self.bytes.get_mut(self.end..most).unwrap_or_default();
            match self.input.read(room) {
                Ok(0) => return Ok(false),
                Ok(read) => self.end += read,
                Err(failure) => return Err(self.failed(failure)),
            }
        }
        Ok(true)
    }

    /// Where buffers are kept, the frames of this one are given away though it is not full.
    pub(crate) fn turn_over(&mut self) {
        if self.spare.is_some() && self.given.is_some() {
            self.make_room();
        }
    }

    /// Moves what is at hand to the beginning of the buffer; of another one, if frames of this one are kept.
    fn make_room(&mut self) {
        let left = self.end - self.start;
        match &mut self.spare {
            Some(spare) if self.given.is_some() => {
                let mut next = spare.pop().unwrap_or_default();
                next.resize(self.len.max(left), 0);
                let at_hand = self.bytes.get(self.start..self.end).unwrap_or_default();
                if let Some(room) = next.get_mut(..left) {
                    room.copy_from_slice(at_hand);
                }
                self.full = Some(core::mem::replace(&mut self.bytes, next));
                self.given = None;
            }
            _ => self.bytes.copy_within(self.start..self.end, 0),
        }
        self.base += self.start as u64;
        (self.start, self.end) = (0, left);
    }

    /// The error that an input's failure becomes, at the end of what it gave.
    fn failed(&self, failure: Failure) -> Error {
        let file = self.file.clone();
        let offset = self.offset() + (self.end - self.start) as u64;
        match failure {
            Failure::Io(source) => Error::Io { file, offset, source },
            Failure::Truncated { field } => Error::Truncated { file, offset, field, wanted: 1, present: 0 },
            Failure::Damaged { field, reason } => Error::Damaged { file, offset, field, reason },
        }
    }

    /// The error of a `field` of `wanted` octets that begins here and is cut off.
    #[cold]
    pub(crate) fn truncated(&self, field: &'static str, wanted: u64) -> Error {
        let present = (self.end - self.start) as u64;
        Error::Truncated { file: self.file.clone(), offset: self.offset(), field, wanted, present }
    }

    /// The error of a `field` that stands `at` octets from here.
    #[cold]
    pub(crate) fn damaged(&self, at: usize, field: &'static str, reason: impl Into<String>) -> Error {
        let offset = self.offset() + at as u64;
        Error::Damaged { file: self.file.clone(), offset, field, reason: reason.into() }
    }

    /// The error of a `field` that stands `at` octets from here and says more than the limit.
    #[cold]
    pub(crate) fn too_large(&self, at: usize, field: &'static str, claimed: u64, limit: u64) -> Error {
        let offset = self.offset() + at as u64;
        Error::TooLarge { file: self.file.clone(), offset, field, claimed, limit }
    }
}

/// The error of a file that could not even be opened.
pub(crate) fn unopened(file: String, source: io::Error) -> Error {
    Error::Io { file, offset: 0, source }
}
