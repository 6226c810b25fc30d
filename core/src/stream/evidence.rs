//! What a stream has to say of itself beside its octets.

/// Why octets of a stream are missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GapReason {
    /// The other side acknowledged them: the receiver has them, the capture does not.
    NotCaptured,
    /// They did not come within [`Limits::hole_wait`](crate::Limits::hole_wait).
    NotReceived,
    /// The capture holds their segment, but cut it off before them (snap length).
    Cut,
    /// More was held behind them than [`Limits::out_of_order_octets`](crate::Limits::out_of_order_octets) or
    /// [`Limits::out_of_order_segments`](crate::Limits::out_of_order_segments) allow.
    Limit,
    /// They were still waited for when the stream ended.
    End,
    /// Segment after segment lay beyond the window: the capture lost more than a window, and the stream goes on there.
    Jump,
    /// Segment after segment lay behind the stream's position: the stream goes on there, and how many octets are missing
    /// cannot be told. The length of this gap is 0. Holes that were still waited for are given up before it, for the same
    /// reason; their length is known.
    Restart,
}

/// Kinds of [`Evidence`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EvidenceKind {
    /// A segment was sent again with other octets than those already delivered; the first ones were used.
    RetransmissionDiffers,
    /// A segment overlaps held octets and differs from them; [`Limits::overlap`](crate::Limits::overlap) says which are used.
    OverlapDiffers,
    /// A segment overlaps a part of a delivered segment: whether it agrees can no longer be told. The first copy was used.
    Unverifiable,
    /// Octets from before the first segment seen.
    BeforeStart,
    /// Octets that fill a hole already given up. They are not delivered.
    Late,
    /// A segment farther off than [`Limits::window_octets`](crate::Limits::window_octets). Its octets are not delivered.
    OutsideWindow,
    /// The URG flag: the receiver may treat one octet as out of band (RFC 9293 section 3.8.5, RFC 6093). `octets` is the
    /// urgent pointer. The octets are delivered unchanged.
    Urgent,
    /// A SYN with another sequence number than the stream began with.
    UnexpectedSyn,
    /// A FIN behind or far ahead of the stream's position. The stream goes on.
    FinOutsideWindow,
    /// A RST behind or far ahead of the stream's position. The stream goes on.
    ResetOutsideWindow,
    /// Octets behind a FIN inside the window. They are delivered.
    DataAfterFin,
    /// Octets after a RST inside the window. They are delivered.
    DataAfterReset,
    /// A RST that carries octets: text on the reset, not a part of the stream (RFC 1122 section 4.2.2.12).
    DataInReset,
    /// More segments are held than [`Limits::out_of_order_segments`](crate::Limits::out_of_order_segments): the earliest are
    /// taken together, so that the frames that brought them are no longer told apart. Their octets are held.
    TakenTogether,
}

impl EvidenceKind {
    pub(super) const COUNT: usize = Self::TakenTogether as usize + 1;

    /// Whether each case is reported, and not only the 1st, 2nd, 4th, 8th, ... of the stream.
    pub fn is_always_reported(self) -> bool {
        matches!(self, Self::RetransmissionDiffers | Self::OverlapDiffers)
    }
}

/// Something remarkable that a segment did to its stream.
///
/// Differing copies are reported each time, the other kinds when their `count` is a power of two, so that a flood is
/// reported 32 times at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Evidence {
    /// What it is.
    pub kind: EvidenceKind,
    /// Sequence number of the first octet concerned.
    pub sequence: u32,
    /// Position of the first octet concerned in the stream's span, where it has one.
    ///
    /// For differing held octets it is the first octet that differs; for a differing retransmission it is where the segment
    /// delivered first begins, for of that one only a hash is left.
    pub offset: Option<u64>,
    /// Octets concerned, from `sequence` on: as far as the last octet that differs, where copies differ.
    pub octets: u64,
    /// The frame, of the same file, that brought the copy these octets were compared with, where it is known.
    pub first_frame: Option<u64>,
    /// How many cases of this kind the stream has had, this one included.
    pub count: u32,
}

/// The octets of one direction, each counted once.
///
/// `span = delivered + missing + held + awaited`, and `received = delivered + held + repeated + outside`: hence
/// `received = span - missing - awaited + repeated + outside`. After [`Stream::finish`](super::Stream::finish) nothing is
/// held or awaited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// From the first octet to the last one known to exist: accepted, cut off by the capture, or followed by a FIN.
    pub span: u64,
    /// Handed on in order.
    pub delivered: u64,
    /// Given up, and reported as gaps.
    pub missing: u64,
    /// Held until the hole before them is filled or given up.
    pub held: u64,
    /// In holes that are still waited for.
    pub awaited: u64,
    /// Received again, keep-alives included. Where copies differ this counts the one that was not used.
    pub repeated: u64,
    /// Received but no part of the span: outside the window, before the start, too late, or in a RST.
    pub outside: u64,
    /// Of the repeated octets: in an overlap with a part of a delivered segment, whose other copy is gone.
    pub unverifiable: u64,
    /// Of the repeated octets: delivered so long ago that nothing is left to compare them with.
    pub not_comparable: u64,
}

impl Account {
    /// Octets of payload that were received.
    pub fn received(&self) -> u64 {
        self.delivered + self.held + self.repeated + self.outside
    }
}
