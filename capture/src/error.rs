//! What can go wrong while a capture is read.

use std::fmt;
use std::io;

/// Why a capture could not be read, or not be read further.
///
/// `offset` is always a place in the capture itself, in octets from its beginning and after decompression.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system, or the [`Read`](io::Read) below, refused.
    #[error("{file}: cannot be read at octet {offset}: {source}")]
    Io {
        /// The file's name.
        file: String,
        /// How far the capture had been read.
        offset: u64,
        /// What the operating system said.
        source: io::Error,
    },
    /// The first octets are those of neither pcap, pcapng, gzip nor zstd.
    #[error("{file}: not a capture file: {}", Magic(.magic))]
    NotACapture {
        /// The file's name.
        file: String,
        /// The first octets of the file, four of them where there are four.
        magic: Vec<u8>,
    },
    /// The file ends in the middle of something.
    #[error("{file}: cut off in the {field} at octet {offset}: {wanted} octets expected, {present} there")]
    Truncated {
        /// The file's name.
        file: String,
        /// Where that which is cut off begins.
        offset: u64,
        /// What is cut off, in the words of the format's standard.
        field: &'static str,
        /// Octets that it should have, as far as that can be told.
        wanted: u64,
        /// Octets that are there.
        present: u64,
    },
    /// Something in the file cannot be true.
    #[error("{file}: damaged at octet {offset}, {field}: {reason}")]
    Damaged {
        /// The file's name.
        file: String,
        /// Where the field stands. For damage of the compression: the end of what could be decompressed.
        offset: u64,
        /// The field, in the words of the format's standard.
        field: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// Something in the file is larger than this reader accepts.
    #[error("{file}: {field} at octet {offset} is {claimed}, more than the limit of {limit}")]
    TooLarge {
        /// The file's name.
        file: String,
        /// Where the field stands.
        offset: u64,
        /// The field, in the words of the format's standard.
        field: &'static str,
        /// What it says.
        claimed: u64,
        /// The most that is accepted.
        limit: u64,
    },
}

impl Error {
    /// Name of the file that the error is about.
    pub fn file(&self) -> &str {
        match self {
            Self::Io { file, .. }
            | Self::NotACapture { file, .. }
            | Self::Truncated { file, .. }
            | Self::Damaged { file, .. }
            | Self::TooLarge { file, .. } => file,
        }
    }

    /// What is wrong, without the name of the file.
    pub fn reason(&self) -> String {
        let said = self.to_string();
        let without = said.strip_prefix(self.file()).and_then(|rest| rest.strip_prefix(": "));
        without.map(str::to_owned).unwrap_or(said)
    }

    /// Where in the capture it went wrong, in octets from its beginning and after decompression.
    pub fn offset(&self) -> u64 {
        match self {
            Self::NotACapture { .. } => 0,
            Self::Io { offset, .. }
            | Self::Truncated { offset, .. }
            | Self::Damaged { offset, .. }
            | Self::TooLarge { offset, .. } => *offset,
        }
    }
}

/// Files that people take for captures we read, by their first octets.
const OTHERS: &[(&[u8], &str)] = &[
    (b"\xfd7zX", "an xz stream, which is not read here; decompress it first"),
    (b"BZh", "a bzip2 stream, which is not read here; decompress it first"),
    (b"\x04\x22\x4d\x18", "an LZ4 stream, which is not read here; decompress it first"),
    (b"PK\x03\x04", "a ZIP archive; unpack it first"),
    (b"snoo", "a snoop capture (RFC 1761), which is not read here; convert it to pcapng first"),
];

/// Shows the first octets of a file that is no capture.
struct Magic<'a>(&'a [u8]);

impl fmt::Display for Magic<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("it is empty");
        }
        if let Some((_, what)) = OTHERS.iter().find(|(magic, _)| self.0.starts_with(magic)) {
            return f.write_str(what);
        }
        f.write_str("it begins with")?;
        self.0.iter().try_for_each(|octet| write!(f, " {octet:02x}"))
    }
}
