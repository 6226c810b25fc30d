//! What the benchmarks share: captures of the corpus, held in memory.
#![forbid(unsafe_code)]

use fieldtap::{Frame, LinkType};
use fieldtap_capture::{Reader, pcap};
use std::path::{Path, PathBuf};

/// A frame that owns its octets.
#[derive(Clone, Debug)]
pub struct Owned {
    /// Time, nanoseconds since 1970-01-01 UTC.
    pub ts: i64,
    /// How its octets begin.
    pub link_type: LinkType,
    /// Octets it had on the wire.
    pub original_len: u32,
    /// Its octets.
    pub data: Vec<u8>,
}

impl Owned {
    /// The frame, under this number.
    pub fn frame(&self, number: u64) -> Frame<'_> {
        Frame {
            number,
            ts: self.ts,
            interface: 0,
            link_type: self.link_type,
            original_len: self.original_len,
            data: &self.data,
        }
    }
}

/// The folder of our own captures.
pub fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus")
}

/// The frames of a capture of the corpus.
///
/// # Errors
///
/// Those of the reader.
pub fn frames(name: &str) -> Result<Vec<Owned>, fieldtap_capture::Error> {
    let mut reader = Reader::open(corpus().join(name))?;
    let mut frames = Vec::new();
    while let Some(frame) = reader.next()? {
        frames.push(Owned {
            ts: frame.ts,
            link_type: frame.link_type,
            original_len: frame.original_len,
            data: frame.data.to_vec(),
        });
    }
    Ok(frames)
}

/// Frames as a plain pcap file in memory, `copies` times one behind the other.
///
/// # Errors
///
/// Those of the writer.
pub fn pcap(frames: &[Owned], copies: usize) -> std::io::Result<Vec<u8>> {
    let link_type = frames.first().map_or(LinkType::ETHERNET, |frame| frame.link_type);
    let mut writer = pcap::Writer::new(Vec::new(), link_type)?;
    for _ in 0..copies {
        for frame in frames {
            writer.write(&frame.frame(0))?;
        }
    }
    Ok(writer.into_inner())
}
