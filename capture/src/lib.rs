//! Capture files for [fieldtap]: pcap and pcapng, plain, gzip or zstd, by one reused buffer.
//!
//! A [`Reader`] takes a file, standard input or anything that implements [`Read`](std::io::Read), finds out by its first
//! octets what it is, and lends out one [`Frame`](fieldtap::Frame) after the other. The octets of a frame lie in the
//! reader's buffer and are borrowed until the next call; nothing is copied and nothing is allocated per frame.
//!
//! ```
//! use fieldtap::{Frame, LinkType};
//! use fieldtap_capture::{Reader, pcap};
//!
//! // A capture of one frame, written into memory.
//! let mut file = pcap::Writer::new(Vec::new(), LinkType::ETHERNET)?;
//! file.write(&Frame {
//!     number: 1,
//!     ts: 1_700_000_000_000_000_001,
//!     interface: 0,
//!     link_type: LinkType::ETHERNET,
//!     original_len: 60,
//!     data: &[0; 60],
//! })?;
//! let bytes = file.into_inner();
//!
//! let mut reader = Reader::new("memory", std::io::Cursor::new(bytes))?;
//! while let Some(frame) = reader.next()? {
//!     println!("{} {} {} octets", frame.number, frame.ts, frame.data.len());
//! }
//! assert_eq!(reader.counts().frames, 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is read
//!
//! * **pcap** (draft-ietf-opsawg-pcap): both byte orders, microseconds and nanoseconds, and the modified form of
//!   Alexey Kuznetzov, whose records have a longer header.
//! * **pcapng** (draft-ietf-opsawg-pcapng): any number of sections, each with its own byte order and interfaces, times in
//!   any resolution and with an offset; Enhanced, Simple and the obsolete Packet Blocks. Every other block is stepped over.
//! * Each of them plain, in **gzip** (RFC 1952, any number of members) or in **zstd** (RFC 8878, any number of frames).
//!
//! # Damaged files
//!
//! A truncated or damaged file gives every frame before the damage, then one [`Error`] that names the file, the place and
//! the field, and then `Ok(None)` for ever. Places are counted in octets of the capture itself, after decompression.
//!
//! # Memory
//!
//! The buffer has [`BUFFER_LEN`] octets. It grows only for a frame that does not fit, only as its octets really arrive,
//! and never beyond the largest block that is accepted ([`Reader::set_max_block_len`]). What a file claims allocates
//! nothing. Compressed files are decompressed as a stream; gzip needs a window of 32 KiB, and zstd at most the 128 MiB
//! that its own command accepts too.

#![forbid(unsafe_code)]

mod error;
mod gzip;
mod input;
mod order;
pub mod pcap;
mod pcapng;
mod reader;
mod window;
mod writer;
mod zstandard;

pub use error::Error;
pub use reader::{Compression, Counts, Format, Interface, Position, Reader};
pub use window::BUFFER_LEN;
pub use writer::PcapngWriter;
