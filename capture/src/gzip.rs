//! gzip (RFC 1952) as a stream of octets.
//!
//! Written against the raw inflater, because the usual decoders forget the octets that stand before a damaged place in the
//! same read.

use flate2::{Crc, Decompress, FlushDecompress, Status};

use crate::input::{Chunks, Failure};

/// The first two octets of a member (RFC 1952, section 2.3.1, ID1 and ID2).
pub(crate) const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Compression method "deflate" (section 2.3.1, CM).
const DEFLATE: u8 = 8;
/// Flags (section 2.3.1, FLG).
const HEADER_CRC: u8 = 0x02;
const EXTRA_FIELD: u8 = 0x04;
const FILE_NAME: u8 = 0x08;
const COMMENT: u8 = 0x10;

/// Which part of a member comes next.
enum Part {
    Header,
    Body,
    Trailer,
    /// Damaged: said at the next read, after the octets before the damage were given.
    Damaged(String),
}

/// A gzip file of one or more members.
pub(crate) struct Gzip {
    chunks: Chunks,
    inflate: Decompress,
    crc: Crc,
    part: Part,
    members: u64,
}

impl Gzip {
    pub(crate) fn new(chunks: Chunks) -> Self {
        Self { chunks, inflate: Decompress::new(false), crc: Crc::new(), part: Part::Header, members: 0 }
    }

    /// Octets of the compressed file taken so far.
    pub(crate) fn position(&self) -> u64 {
        self.chunks.position()
    }

    /// Reads decompressed octets; 0 is the end.
    pub(crate) fn read(&mut self, destination: &mut [u8]) -> Result<usize, Failure> {
        if destination.is_empty() {
            return Ok(0);
        }
        loop {
            match &self.part {
                Part::Header => {
                    if !self.header()? {
                        return Ok(0);
                    }
                    self.inflate.reset(false);
                    self.crc.reset();
                    self.part = Part::Body;
                }
                Part::Body => {
                    let produced = self.body(destination)?;
                    if produced > 0 {
                        return Ok(produced);
                    }
                }
                Part::Trailer => {
                    self.trailer()?;
                    self.members += 1;
                    self.part = Part::Header;
                }
                Part::Damaged(reason) => {
                    return Err(Failure::Damaged { field: "gzip compressed blocks", reason: reason.clone() });
                }
            }
        }
    }

    /// Reads a member's header; `false` where there is no further member.
    fn header(&mut self) -> Result<bool, Failure> {
        const FIELD: &str = "gzip member header";
        let first = self.chunks.octet()?;
        if self.members > 0 && matches!(first, None | Some(0)) {
            return self.padding();
        }
        let id = [first.ok_or(Failure::Truncated { field: FIELD })?, self.header_octet()?];
        if id != MAGIC {
            let reason = format!("neither a member nor padding begins at octet {}", self.position());
            return Err(Failure::Damaged { field: FIELD, reason });
        }
        let method = self.header_octet()?;
        if method != DEFLATE {
            return Err(Failure::Damaged {
                field: FIELD,
                reason: format!("unknown compression method {method}"),
            });
        }
        let flags = self.header_octet()?;
        // MTIME, XFL, OS.
        for _ in 0..6 {
            self.header_octet()?;
        }
        if flags & EXTRA_FIELD != 0 {
            let len = u16::from_le_bytes([self.header_octet()?, self.header_octet()?]);
            for _ in 0..len {
                self.header_octet()?;
            }
        }
        for text in [FILE_NAME, COMMENT] {
            if flags & text != 0 {
                while self.header_octet()? != 0 {}
            }
        }
        if flags & HEADER_CRC != 0 {
            self.header_octet()?;
            self.header_octet()?;
        }
        Ok(true)
    }

    fn header_octet(&mut self) -> Result<u8, Failure> {
        self.chunks.octet()?.ok_or(Failure::Truncated { field: "gzip member header" })
    }

    /// Zeros after the last member, as tapes and some tools leave them: like gzip, takes them as the end.
    fn padding(&mut self) -> Result<bool, Failure> {
        loop {
            let chunk = self.chunks.fill()?;
            let len = chunk.len();
            if len == 0 {
                return Ok(false);
            }
            if chunk.iter().any(|octet| *octet != 0) {
                let reason = "octets after the last member are neither a member nor zeros".to_owned();
                return Err(Failure::Damaged { field: "gzip member header", reason });
            }
            self.chunks.consume(len);
        }
    }

    /// Inflates once.
    fn body(&mut self, destination: &mut [u8]) -> Result<usize, Failure> {
        let chunk = self.chunks.fill()?;
        let ended = chunk.is_empty();
        let (before_in, before_out) = (self.inflate.total_in(), self.inflate.total_out());
        let result = self.inflate.decompress(chunk, destination, FlushDecompress::None);
        let consumed = self.inflate.total_in().saturating_sub(before_in) as usize;
        let produced = self.inflate.total_out().saturating_sub(before_out) as usize;
        self.chunks.consume(consumed);
        self.crc.update(destination.get(..produced).unwrap_or_default());
        match result {
            Ok(Status::StreamEnd) => self.part = Part::Trailer,
            Ok(_) if consumed == 0 && produced == 0 => {
                if ended {
                    return Err(Failure::Truncated { field: "gzip compressed blocks" });
                }
                self.part = Part::Damaged("the inflater makes no progress".to_owned());
            }
            Ok(_) => {}
            Err(_) => {
                // The inflater's own words depend on how the octets were handed to it.
                let position = self.position();
                let reason =
                    format!("no valid block (RFC 1951) near octet {position} of the compressed file");
                self.part = Part::Damaged(reason);
            }
        }
        Ok(produced)
    }

    /// Checks a member's trailer: CRC32 and ISIZE (section 2.3.1).
    fn trailer(&mut self) -> Result<(), Failure> {
        const FIELD: &str = "gzip member trailer";
        let mut octets = [0; 8];
        for octet in &mut octets {
            *octet = self.chunks.octet()?.ok_or(Failure::Truncated { field: FIELD })?;
        }
        let [c0, c1, c2, c3, s0, s1, s2, s3] = octets;
        let (crc, size) = (u32::from_le_bytes([c0, c1, c2, c3]), u32::from_le_bytes([s0, s1, s2, s3]));
        if crc != self.crc.sum() {
            let reason = format!("CRC32 is {crc:08x}, the octets give {:08x}", self.crc.sum());
            return Err(Failure::Damaged { field: FIELD, reason });
        }
        if size != self.crc.amount() {
            let reason = format!("ISIZE is {size}, the octets are {}", self.crc.amount());
            return Err(Failure::Damaged { field: FIELD, reason });
        }
        Ok(())
    }
}
