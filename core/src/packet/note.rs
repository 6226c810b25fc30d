//! What is said of a frame beside its packet.

/// Notes one frame may carry; more are counted in [`Counters::notes_dropped`](super::Counters::notes_dropped).
const NOTES: usize = 16;

/// What was odd about a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum NoteKind {
    /// The snap length cut the frame within a header. Expected: octets of the header; found: octets captured.
    HeaderCut,
    /// A header is longer than what holds it. Expected: octets of the header; found: octets there.
    HeaderTruncated,
    /// A header's own length field is below the header's least length. Expected: that least; found: the field.
    HeaderLength,
    /// A length field does not even cover its header. Expected: the header's octets; found: the field.
    LengthBelowHeader,
    /// A length field promises more than was on the wire. Expected: the field; found: octets there.
    LengthBeyondFrame,
    /// Octets follow a UDP datagram inside its IP datagram. Expected: the UDP length; found: octets there.
    SurplusOctets,
    /// The version field is not the header's. Expected: the version; found: the field.
    Version,
    /// A type or length field between 1501 and 1535, which IEEE 802.3 clause 3.2.6 leaves undefined. Found: the field.
    UndefinedType,
    /// More VLAN tags, tunnels and extension headers than [`Limits::encapsulations`](crate::Limits::encapsulations)
    /// (expected); what lies deeper is not read.
    EncapsulationLimit,
    /// The first fragment does not hold the whole transport header (RFC 1858). Expected: the least header; found: octets
    /// of the fragment.
    FragmentTooSmall,
    /// A fragment that others follow is not a multiple of 8 octets long, or is empty (RFC 791). Found: its octets.
    FragmentLength,
    /// A fragment reaches beyond the end of the datagram, or beyond 65535 octets. Expected: the end; found: the fragment's
    /// end.
    FragmentEnd,
    /// A fragment repeats octets that are held already, with other values. Expected: place of the first such octet in the
    /// datagram's payload; found: octets from the first to the last that differ.
    FragmentOverlap,
    /// The snap length cut a fragment, so its datagram cannot be put together. Expected: octets of the fragment; found:
    /// octets captured.
    FragmentCut,
    /// The header checksum of a fragment is wrong, so it is not put to the others. Found: the field.
    FragmentChecksum,
    /// Datagrams whose fragments did not all come in time were dropped. Expected: their octets; found: how many.
    FragmentTimeout,
    /// Datagrams were dropped, the oldest first, to keep within the limits. Expected: their octets; found: how many.
    FragmentLimit,
    /// Datagrams were still waiting for fragments at the end. Expected: their octets; found: how many.
    FragmentUnfinished,
}

impl NoteKind {
    /// The reason, as a short English phrase.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::HeaderCut => "header cut by the snap length",
            Self::HeaderTruncated => "header longer than what holds it",
            Self::HeaderLength => "header length field too small",
            Self::LengthBelowHeader => "length smaller than the header",
            Self::LengthBeyondFrame => "length larger than the frame",
            Self::SurplusOctets => "octets after the end of the datagram",
            Self::Version => "wrong version",
            Self::UndefinedType => "undefined type or length",
            Self::EncapsulationLimit => "too many encapsulations",
            Self::FragmentTooSmall => "first fragment too small for the transport header",
            Self::FragmentLength => "fragment length not a multiple of 8",
            Self::FragmentEnd => "fragment beyond the end of the datagram",
            Self::FragmentOverlap => "overlapping fragments with different octets",
            Self::FragmentCut => "fragment cut by the snap length",
            Self::FragmentChecksum => "wrong header checksum: the fragment is left out",
            Self::FragmentTimeout => "fragments missing until the timeout",
            Self::FragmentLimit => "incomplete datagrams dropped by the limit",
            Self::FragmentUnfinished => "fragments missing at the end",
        }
    }
}

/// One oddity of a frame: what, where, and the two numbers that disagree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Note {
    /// What is odd.
    pub kind: NoteKind,
    /// Name of the header it was found in, such as `IPv4`.
    pub header: &'static str,
    /// Place in the frame where that header starts, in octets from the frame's start; for an overlap, the first octet
    /// that differs.
    pub offset: u32,
    /// Whether `offset` counts in the payload of a reassembled IP datagram instead.
    pub reassembled: bool,
    /// The number that was expected, as the kind says.
    pub expected: u32,
    /// The number that was found, as the kind says.
    pub found: u32,
}

/// The notes of the current frame.
#[derive(Debug)]
pub(super) struct Notes {
    list: Vec<Note>,
    dropped: u64,
}

impl Notes {
    pub(super) fn new() -> Self {
        Self { list: Vec::with_capacity(NOTES), dropped: 0 }
    }

    #[inline]
    pub(super) fn clear(&mut self) {
        self.list.clear();
    }

    pub(super) fn push(&mut self, note: Note) {
        if self.list.len() < NOTES {
            self.list.push(note);
        } else {
            self.dropped = self.dropped.saturating_add(1);
        }
    }

    /// Adds to the note of the same kind and header: many datagrams dropped at once make one note.
    pub(super) fn sum(&mut self, kind: NoteKind, header: &'static str, octets: u32) {
        if let Some(note) = self.list.iter_mut().find(|note| note.kind == kind && note.header == header) {
            note.expected = note.expected.saturating_add(octets);
            note.found = note.found.saturating_add(1);
        } else {
            self.push(Note { kind, header, offset: 0, reassembled: false, expected: octets, found: 1 });
        }
    }

    #[inline]
    pub(super) fn as_slice(&self) -> &[Note] {
        &self.list
    }

    pub(super) const fn dropped(&self) -> u64 {
        self.dropped
    }
}
