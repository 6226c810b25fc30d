//! Where the octets come from: plain, or through a decompressor.

use std::io::{self, Read};

use crate::gzip::Gzip;
use crate::zstandard::Zstandard;

/// Octets read at a time from below a decompressor.
const CHUNK_LEN: usize = 64 * 1024;

/// Why no more octets come.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The read below failed.
    Io(io::Error),
    /// The compressed stream ends too early.
    Truncated {
        /// What is cut off.
        field: &'static str,
    },
    /// The compressed stream is damaged.
    Damaged {
        /// What is damaged.
        field: &'static str,
        /// In which way.
        reason: String,
    },
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// The reader below, with the octets counted that came out of it.
pub(crate) struct Counted {
    reader: Box<dyn Read + Send>,
    count: u64,
}

impl Counted {
    pub(crate) fn new(reader: Box<dyn Read + Send>) -> Self {
        Self { reader, count: 0 }
    }

    /// Reads once, again where a signal interrupted it.
    pub(crate) fn read(&mut self, destination: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.reader.read(destination) {
                Ok(read) => {
                    // A reader that claims more than it was given room for is broken; believe the room.
                    let read = read.min(destination.len());
                    self.count = self.count.saturating_add(read as u64);
                    return Ok(read);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// The compressed octets, in chunks.
pub(crate) struct Chunks {
    below: Counted,
    chunk: Vec<u8>,
    start: usize,
    end: usize,
}

impl Chunks {
    /// Chunks that begin with `first`, which was already read from `below`.
    pub(crate) fn new(first: &[u8], below: Counted) -> Self {
        let mut chunk = first.to_vec();
        let end = chunk.len();
        chunk.resize(CHUNK_LEN.max(end), 0);
        Self { below, chunk, start: 0, end }
    }

    /// The octets at hand, read anew when there are none. Empty at the end.
    pub(crate) fn fill(&mut self) -> io::Result<&[u8]> {
        if self.start == self.end {
            self.start = 0;
            self.end = 0;
            self.end = self.below.read(&mut self.chunk)?;
        }
        Ok(self.chunk.get(self.start..self.end).unwrap_or_default())
    }

    /// Takes `count` octets off those at hand.
    pub(crate) fn consume(&mut self, count: usize) {
        self.start = self.start.saturating_add(count).min(self.end);
    }

    /// Takes one octet; none at the end.
    pub(crate) fn octet(&mut self) -> io::Result<Option<u8>> {
        let octet = self.fill()?.first().copied();
        self.consume(1);
        Ok(octet)
    }

    /// Octets taken so far.
    pub(crate) fn position(&self) -> u64 {
        self.below.count.saturating_sub((self.end - self.start) as u64)
    }
}

/// The octets of the capture itself.
pub(crate) enum Input {
    Plain(Counted),
    Gzip(Box<Gzip>),
    Zstandard(Box<Zstandard>),
}

impl Input {
    /// Reads octets of the capture; 0 is the end.
    pub(crate) fn read(&mut self, destination: &mut [u8]) -> Result<usize, Failure> {
        match self {
            Self::Plain(below) => Ok(below.read(destination)?),
            Self::Gzip(gzip) => gzip.read(destination),
            Self::Zstandard(zstandard) => zstandard.read(destination),
        }
    }

    /// Octets taken from the file as it lies on the disk.
    pub(crate) fn position(&self) -> u64 {
        match self {
            Self::Plain(below) => below.count,
            Self::Gzip(gzip) => gzip.position(),
            Self::Zstandard(zstandard) => zstandard.position(),
        }
    }
}
