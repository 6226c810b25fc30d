//! The table of what was read.
use fieldtap::record::{Instant, Symbol, Text};

fieldtap::record! {
    /// One capture file, at its end: what was read of it, and whether it was whole.
    pub struct Captures<'a> in "captures" {
        /// Its path, as given.
        path: Text<'a>,
        /// Format: pcap or pcapng.
        format: Option<Symbol>,
        /// Frames read.
        frames: u64,
        /// Octets of the frames as captured.
        captured_octets: u64 ["octets"],
        /// Octets of the frames as they were on the wire.
        octets: u64 ["octets"],
        /// The earliest time of its frames: that of the first, unless the clock steps back.
        first: Option<Instant>,
        /// The latest time of its frames.
        last: Option<Instant>,
        /// Why it could not be read to its end.
        damage: Option<Text<'a>>,
        /// Where the damage is, in octets of the capture after decompression.
        damage_offset: Option<u64> ["octets"],
    }
}
