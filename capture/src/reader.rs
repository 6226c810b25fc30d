//! The reader: one file, frame by frame.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use fieldtap::{Frame, LinkType};

use crate::error::Error;
use crate::gzip::{self, Gzip};
use crate::input::{Chunks, Counted, Input};
use crate::window::{self, Window};
use crate::zstandard::{self, Zstandard};
use crate::{pcap, pcapng};

/// Octets of a file's magic number, in every format that is read.
const MAGIC_LEN: usize = 4;

/// The format of a capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// pcap (draft-ietf-opsawg-pcap).
    Pcap,
    /// pcapng (draft-ietf-opsawg-pcapng).
    Pcapng,
}

/// How a capture is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Compression {
    /// Not at all.
    None,
    /// gzip (RFC 1952).
    Gzip,
    /// Zstandard (RFC 8878).
    Zstandard,
}

/// An interface that frames were captured on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Interface {
    /// How its frames begin.
    pub link_type: LinkType,
    /// Its name, such as `eth0`; at most 1024 octets of it, with `\xNN` for octets that are not UTF-8.
    pub name: Option<String>,
    /// Its description; bounded and shown as the name is.
    pub description: Option<String>,
    /// Octets that were kept of a frame at most; none where there was no limit.
    pub snap_len: Option<u32>,
    /// Octets of frame check sequence at the end of each frame, where a pcap file says so. They stay with the frame.
    pub fcs_len: Option<u8>,
    pub(crate) clock: pcapng::Clock,
}

impl Interface {
    pub(crate) fn new(link_type: LinkType) -> Self {
        Self {
            link_type,
            name: None,
            description: None,
            snap_len: None,
            fcs_len: None,
            clock: pcapng::Clock::default(),
        }
    }
}

/// How far a file has been read, for a progress bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Position {
    /// Octets taken from the file as it lies on the disk; compressed, where it is compressed.
    pub read: u64,
    /// Octets of that file when it was opened, where that is known: not for a pipe.
    pub total: Option<u64>,
}

/// What a file held so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Frames given.
    pub frames: u64,
    /// Frames without a time of their own (Simple Packet Blocks of pcapng); they were given that of the frame before them
    /// in the file, or 0 where there is none.
    pub frames_without_time: u64,
    /// pcapng blocks that hold neither a packet nor an interface: names, statistics, secrets, comments and what is not
    /// known here. They were stepped over.
    pub other_blocks: u64,
}

/// A frame that lies in the window, which has moved past it already.
#[derive(Clone, Copy)]
pub(crate) struct Found {
    /// Index of its first octet in the buffer.
    pub(crate) start: usize,
    /// Octets captured.
    pub(crate) len: usize,
    pub(crate) ts: i64,
    pub(crate) interface: u32,
    pub(crate) link_type: LinkType,
    pub(crate) original_len: u32,
}

enum State {
    Pcap(pcap::File),
    Pcapng(pcapng::Section),
}

/// Reads a capture, frame by frame, through one buffer.
pub struct Reader {
    window: Window,
    state: State,
    compression: Compression,
    total: Option<u64>,
    max_block_len: u32,
    counts: Counts,
    /// What was looked at before its turn.
    peeked: Option<Result<Option<Found>, Error>>,
    /// Neither was anything looked at before its turn, nor has the end or an error been met.
    running: bool,
}

impl Reader {
    /// The largest pcapng block, or frame of a pcap file, that is accepted if nothing else is set: 16 MiB.
    ///
    /// Sixty-four times the snap length of tcpdump and Wireshark.
    pub const DEFAULT_MAX_BLOCK_LEN: u32 = 16 * 1024 * 1024;

    /// Opens a capture file; the path `-` is standard input.
    ///
    /// # Errors
    /// [`Error::Io`] where it cannot be opened or read, [`Error::NotACapture`] where it is something else, and the others
    /// where the file's own header is cut off or damaged.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        if path == Path::new("-") {
            return Self::new("standard input", io::stdin());
        }
        let name = path.display().to_string();
        let opened = File::open(path).and_then(|file| file.metadata().map(|metadata| (file, metadata)));
        match opened {
            Ok((file, metadata)) => {
                let total = metadata.is_file().then_some(metadata.len());
                Self::begin(name, Box::new(file), total)
            }
            Err(error) => Err(window::unopened(name, error)),
        }
    }

    /// Reads a capture out of anything; `name` is what errors call it.
    ///
    /// The reader asks for large pieces and needs no buffer below it.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn new(name: impl Into<String>, reader: impl Read + Send + 'static) -> Result<Self, Error> {
        Self::begin(name.into(), Box::new(reader), None)
    }

    fn begin(name: String, reader: Box<dyn Read + Send>, total: Option<u64>) -> Result<Self, Error> {
        let mut below = Counted::new(reader);
        let mut magic = [0; MAGIC_LEN];
        let mut len = 0;
        while let Some(room) = magic.get_mut(len..).filter(|room| !room.is_empty()) {
            match below.read(room) {
                Ok(0) => break,
                Ok(read) => len += read,
                Err(error) => return Err(window::unopened(name, error)),
            }
        }
        let first = magic.get(..len).unwrap_or_default();
        let (compression, mut window) = if first.starts_with(&gzip::MAGIC) {
            let input = Input::Gzip(Box::new(Gzip::new(Chunks::new(first, below))));
            (Compression::Gzip, Window::new(name, &[], input))
        } else if zstandard::recognises(magic) {
            match Zstandard::new(Chunks::new(first, below)) {
                Ok(zstandard) => {
                    (Compression::Zstandard, Window::new(name, &[], Input::Zstandard(Box::new(zstandard))))
                }
                Err(error) => return Err(window::unopened(name, error)),
            }
        } else {
            (Compression::None, Window::new(name, first, Input::Plain(below)))
        };
        window.have(MAGIC_LEN)?;
        let max_block_len = Self::DEFAULT_MAX_BLOCK_LEN;
        let state = match window.at_hand().first_chunk().copied() {
            Some(pcapng::SECTION_HEADER) => State::Pcapng(pcapng::Section::read(&mut window, max_block_len)?),
            Some(magic) if pcap::recognises(magic) => State::Pcap(pcap::File::read(&mut window)?),
            _ => {
                let magic = window.at_hand().iter().take(MAGIC_LEN).copied().collect();
                return Err(Error::NotACapture { file: window.file().to_owned(), magic });
            }
        };
        Ok(Self {
            window,
            state,
            compression,
            total,
            max_block_len,
            counts: Counts::default(),
            peeked: None,
            running: true,
        })
    }

    /// Sets the largest pcapng block, or frame of a pcap file, that is accepted, in octets.
    ///
    /// The buffer grows up to twice this size if the file really holds such a block. Blocks that are only stepped over may
    /// be of any size.
    pub fn set_max_block_len(&mut self, octets: u32) {
        self.max_block_len = octets;
    }

    /// Reads the next frame; none at the end of the file.
    ///
    /// Frames are numbered from 1. A frame's `original_len` is never less than the octets it holds, even if the file says
    /// so, and a time that 64 bits of nanoseconds cannot hold is the nearest that they can.
    ///
    /// # Errors
    /// One error where the file is cut off, damaged or cannot be read further. After an error, as after the end, there are
    /// no more frames: every further call gives `Ok(None)`.
    #[allow(
        clippy::should_implement_trait,
        reason = "the frame borrows the buffer, which an iterator cannot say"
    )]
    #[inline]
    pub fn next(&mut self) -> Result<Option<Frame<'_>>, Error> {
        if let State::Pcap(file) = &self.state
            && self.running
            && let Some(found) = file.at_hand(&mut self.window, self.max_block_len)
        {
            return Ok(Some(self.frame(found)));
        }
        self.next_elsewhere()
    }

    /// The next frame where it is not one of a pcap file that lies in the window as a whole. Kept out of line, so that
    /// those pay nothing for it.
    #[inline(never)]
    fn next_elsewhere(&mut self) -> Result<Option<Frame<'_>>, Error> {
        let found = if self.running { self.advance()? } else { self.take_peeked()? };
        Ok(found.map(|found| self.frame(found)))
    }

    #[inline(always)]
    fn frame(&mut self, found: Found) -> Frame<'_> {
        self.counts.frames += 1;
        self.window.give(found.start);
        Frame {
            number: self.counts.frames,
            ts: found.ts,
            interface: found.interface,
            link_type: found.link_type,
            original_len: found.original_len,
            data: self.window.slice(found.start, found.len),
        }
    }

    /// From now on the octets of frames stay where they are, so that they can be handed to other threads without a copy:
    /// when a buffer is full another one takes its place, and [`full_buffer`](Self::full_buffer) gives the full one away.
    ///
    /// Buffers have `len` octets, as long as no single frame is larger, and at least 4096: [`BUFFER_LEN`](crate::BUFFER_LEN)
    /// costs the least to hand over, and fewer keep what is made of their frames small.
    pub fn keep_buffers(&mut self, len: usize) {
        self.window.keep_buffers(len);
    }

    /// Where buffers are kept: in its buffer, the frame that was given last begins here.
    #[inline]
    pub fn frame_start(&self) -> usize {
        self.window.given()
    }

    /// Where buffers are kept: the buffer before this one, if it was not taken yet. Ask after each call of
    /// [`next`](Self::next): in this buffer lie all frames that were given since the one before it, but not the last one if
    /// that call gave one.
    #[inline]
    pub fn full_buffer(&mut self) -> Option<Vec<u8>> {
        self.window.take_full()
    }

    /// Whether the next frame, or another block, is at hand; else the next call of [`next`](Self::next) asks the source for more,
    /// and waits if it is a pipe that has none.
    #[inline]
    pub fn is_at_hand(&self) -> bool {
        match &self.state {
            State::Pcap(file) => file.is_at_hand(&self.window),
            State::Pcapng(section) => section.is_at_hand(&self.window),
        }
    }

    /// Where buffers are kept: those of the frames that were given become a [`full_buffer`](Self::full_buffer) now, as before a
    /// long wait for the next.
    pub fn turn_over(&mut self) {
        self.window.turn_over();
    }

    /// Where buffers are kept: one that was given away comes back to be filled again.
    pub fn reuse(&mut self, buffer: Vec<u8>) {
        self.window.reuse(buffer);
    }

    /// Gives the present buffer away, and with it the frames that were given since the last full one.
    pub fn into_buffer(self) -> Vec<u8> {
        self.window.into_buffer()
    }

    /// Time of the frame that [`next`](Self::next) will give, in nanoseconds since 1970-01-01 UTC.
    ///
    /// None where no frame follows, or where the file is damaged next; `next` then says which. On a fresh reader this is
    /// the time by which several files are put in order.
    pub fn peek_ts(&mut self) -> Option<i64> {
        if self.running {
            self.peeked = Some(self.advance());
            self.running = false;
        }
        match &self.peeked {
            Some(Ok(Some(found))) => Some(found.ts),
            _ => None,
        }
    }

    /// What was looked at before its turn; nothing for ever after the end or an error.
    #[cold]
    fn take_peeked(&mut self) -> Result<Option<Found>, Error> {
        let peeked = self.peeked.take().unwrap_or(Ok(None));
        self.running = matches!(peeked, Ok(Some(_)));
        peeked
    }

    /// Moves the window past the next frame.
    #[inline]
    fn advance(&mut self) -> Result<Option<Found>, Error> {
        let found = match &mut self.state {
            State::Pcap(file) => file.next(&mut self.window, self.max_block_len),
            State::Pcapng(section) => section.next(&mut self.window, self.max_block_len, &mut self.counts),
        };
        if !matches!(found, Ok(Some(_))) {
            self.running = false;
        }
        found
    }

    /// The format of the capture.
    pub fn format(&self) -> Format {
        match self.state {
            State::Pcap(_) => Format::Pcap,
            State::Pcapng(_) => Format::Pcapng,
        }
    }

    /// How the capture is compressed.
    pub fn compression(&self) -> Compression {
        self.compression
    }

    /// The interfaces declared so far: the only one of a pcap file, those of the present section of a pcapng file.
    pub fn interfaces(&self) -> &[Interface] {
        match &self.state {
            State::Pcap(file) => file.interfaces(),
            State::Pcapng(section) => section.interfaces(),
        }
    }

    /// The file's name, as errors call it.
    pub fn name(&self) -> &str {
        self.window.file()
    }

    /// How far the file has been read.
    pub fn position(&self) -> Position {
        Position { read: self.window.position(), total: self.total }
    }

    /// What the file held so far.
    pub fn counts(&self) -> Counts {
        self.counts
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader")
            .field("name", &self.name())
            .field("format", &self.format())
            .field("compression", &self.compression)
            .field("counts", &self.counts)
            .finish_non_exhaustive()
    }
}
