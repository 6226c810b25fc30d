//! Zstandard (RFC 8878) as a stream of octets.
//!
//! The decompressor is fed what it asks for and no more, one block at a time: what stands before a damaged block has then
//! been given, which it would forget if it met both in one call.

use std::io;

use zstd::stream::raw::{DParameter, Decoder, InBuffer, Operation, OutBuffer};

use crate::input::{Chunks, Failure};

/// The first octets of a frame (RFC 8878, section 3.1.1, Magic_Number).
const MAGIC: u32 = 0xfd2f_b528;
/// The first octets of a skippable frame (section 3.1.2), whose lowest four bits may be anything.
const SKIPPABLE_MAGIC: u32 = 0x184d_2a50;

/// Whether a file that begins like this is zstd.
pub(crate) fn recognises(octets: [u8; 4]) -> bool {
    let magic = u32::from_le_bytes(octets);
    magic == MAGIC || magic & !0xf == SKIPPABLE_MAGIC
}

/// Largest window accepted, as a power of two: 128 MiB, the limit of the command `zstd` itself.
const WINDOW_LOG_MAX: u32 = 27;

/// Octets of a block's header (section 3.1.1.2). The decoder asks for a block together with the header of the next one; it
/// is given the block alone, or a damaged header would take the block before it along.
const BLOCK_HEADER_LEN: usize = 3;

/// Octets that tell the length of a frame's header (section 3.1.1, magic number and descriptor).
const FRAME_START_LEN: usize = 5;

/// A zstd file of one or more frames.
pub(crate) struct Zstandard {
    chunks: Chunks,
    decoder: Decoder<'static>,
    /// Octets that the decoder asks for; 0 between frames.
    asked: usize,
    /// Whether the decoder may still hold octets for which there was no room.
    holds_back: bool,
}

impl Zstandard {
    pub(crate) fn new(chunks: Chunks) -> io::Result<Self> {
        let mut decoder = Decoder::new()?;
        decoder.set_parameter(DParameter::WindowLogMax(WINDOW_LOG_MAX))?;
        Ok(Self { chunks, decoder, asked: 0, holds_back: false })
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
            let holds_back = std::mem::take(&mut self.holds_back);
            let chunk = if holds_back { &[] } else { self.chunks.fill()? };
            if chunk.is_empty() && !holds_back {
                return match self.asked {
                    0 => Ok(0),
                    _ => Err(Failure::Truncated { field: "zstd frame" }),
                };
            }
            let wanted = match self.asked {
                0 => FRAME_START_LEN,
                asked => asked.saturating_sub(BLOCK_HEADER_LEN).max(1),
            };
            let fed = chunk.get(..wanted).unwrap_or(chunk);
            let fed_nothing = fed.is_empty();
            let mut source = InBuffer::around(fed);
            let mut room = OutBuffer::around(&mut *destination);
            let result = self.decoder.run(&mut source, &mut room);
            let (consumed, produced) = (source.pos(), room.pos());
            self.chunks.consume(consumed);
            match result {
                Ok(asked) => self.asked = asked,
                Err(error) => {
                    let reason = format!("{error} near octet {} of the compressed file", self.position());
                    return Err(Failure::Damaged { field: "zstd frame", reason });
                }
            }
            // It asks for nothing once it has given all of a frame; asked again, it would want the next one.
            self.holds_back = produced == destination.len() && self.asked != 0;
            if produced > 0 {
                return Ok(produced);
            }
            if consumed == 0 && !fed_nothing {
                let reason = "the decompressor makes no progress".to_owned();
                return Err(Failure::Damaged { field: "zstd frame", reason });
            }
        }
    }
}
