//! One captured frame, as a capture file or a live tap hands it over.

/// A link-layer header type, by its number in the registry of the tcpdump group
/// (`LINKTYPE_…`, <https://www.tcpdump.org/linktypes.html>).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LinkType(pub u16);

impl LinkType {
    /// BSD loopback: a four-octet address family in the byte order of the capturing host.
    pub const NULL: Self = Self(0);
    /// IEEE 802.3 Ethernet, without preamble and frame check sequence.
    pub const ETHERNET: Self = Self(1);
    /// Point-to-Point Protocol.
    pub const PPP: Self = Self(9);
    /// PPP in HDLC-like framing (RFC 1662) or Cisco PPP with HDLC framing.
    pub const PPP_HDLC: Self = Self(50);
    /// Raw IP as some BSDs number it.
    pub const RAW_BSD: Self = Self(12);
    /// Raw IP as OpenBSD numbers it.
    pub const RAW_OPENBSD: Self = Self(14);
    /// Raw IP: the version nibble tells IPv4 from IPv6.
    pub const RAW: Self = Self(101);
    /// OpenBSD loopback: a four-octet address family in network byte order.
    pub const LOOP: Self = Self(108);
    /// Linux cooked capture, version 1.
    pub const LINUX_SLL: Self = Self(113);
    /// Raw IPv4.
    pub const IPV4: Self = Self(228);
    /// Raw IPv6.
    pub const IPV6: Self = Self(229);
    /// Serial line of an SEL RTAC, a gateway of substations: time, event and control lines before the octets.
    pub const RTAC_SERIAL: Self = Self(250);
    /// Linux cooked capture, version 2.
    pub const LINUX_SLL2: Self = Self(276);
}

/// One captured frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Number of the frame within its file, from 1.
    pub number: u64,
    /// When it was captured: nanoseconds since 1970-01-01 UTC.
    pub ts: i64,
    /// Number of the interface that it was captured on, in its section of the file, from 0. Serial lines are told apart by it.
    pub interface: u32,
    /// How its bytes begin.
    pub link_type: LinkType,
    /// Octets the frame had on the wire; more than `data` holds where the snap length cut it.
    pub original_len: u32,
    /// The captured octets.
    pub data: &'a [u8],
}

/// The place in a capture that something is said of: a frame and its time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// Index of the file among those read together, from 0.
    pub file: u32,
    /// Number of the frame within its file, from 1.
    pub frame: u64,
    /// The frame's time, nanoseconds since 1970-01-01 UTC.
    pub ts: i64,
}
