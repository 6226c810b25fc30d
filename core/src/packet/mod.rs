//! One captured frame taken apart: link layer, tunnels, IP and its fragments, UDP and TCP.
//!
//! A [`Decoder`] turns a [`Frame`] into a [`Packet`]: the innermost addresses and ports, and a slice of the
//! octets behind them. Nothing is copied, except that the payload of a fragmented IP datagram lies in a buffer of the
//! decoder. Octets that only fill a frame up never reach a payload, and octets that a snap length or a lying length
//! field took away are counted in [`Packet::missing`].
//!
//! What the headers got wrong is said in [`Packet::notes`], and whatever could be read before it is kept.
//!
//! ```
//! use fieldtap::packet::{Decoded, Decoder, Transport};
//! use fieldtap::{Frame, Limits, LinkType};
//!
//! // IPv4 from 192.0.2.1 to 192.0.2.2, UDP from port 1024 to port 502, two octets of payload.
//! let data = b"\x45\0\0\x1e\0\x01\0\0\x40\x11\0\0\xc0\0\x02\x01\xc0\0\x02\x02\x04\0\x01\xf6\0\x0a\0\0hi";
//! let frame = Frame { number: 1, ts: 0, interface: 0, link_type: LinkType::RAW, original_len: 30, data };
//! let mut decoder = Decoder::new(&Limits::default());
//! let Decoded::Packet(packet) = decoder.decode(&frame) else { panic!("not a packet") };
//! assert!(matches!(packet.transport, Transport::Udp(udp) if udp.destination_port == 502));
//! assert_eq!(packet.payload, b"hi");
//! ```

mod checksum;
mod decoder;
mod fragments;
mod note;
#[cfg(test)]
mod others;
#[cfg(test)]
mod tests;

use std::net::IpAddr;

pub(crate) use self::checksum::is_believed;
pub use self::decoder::Decoder;
pub(crate) use self::decoder::Usual;
pub use self::note::{Note, NoteKind};
use crate::{Frame, LinkType};

/// Parts that the traffic is divided into, whatever the number of threads. See [`Packet::shard`].
pub const SHARDS: u8 = 64;

/// What a frame turned out to be.
#[derive(Clone, Copy, Debug)]
pub enum Decoded<'a> {
    /// A packet, read as far as its headers allow. One that completes a fragmented IP datagram holds all of it.
    Packet(Packet<'a>),
    /// A fragment of an IP datagram, kept until the others come, or refused as the notes say. Its transport is
    /// [`Transport::Fragment`], its payload the octets of the fragment.
    Fragment(Packet<'a>),
    /// The link type is none of those that [`LinkType`] names; nothing was read.
    UnknownLink(LinkType),
}

/// One packet.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a> {
    /// Source address of the innermost Ethernet or Linux cooked header.
    pub source_mac: Option<[u8; 6]>,
    /// Destination address of the innermost Ethernet header. A Linux cooked header has none.
    pub destination_mac: Option<[u8; 6]>,
    /// VLAN identifier of the innermost tag that has one (the customer's, where tags are stacked) behind the innermost Ethernet header.
    /// 0 where there are tags with a priority alone (IEEE 802.1Q clause 9.6).
    pub vlan: Option<u16>,
    /// EtherType of what follows the link layer; none behind an LLC header, PPP, raw IP or NULL/LOOP.
    pub ethertype: Option<u16>,
    /// VLAN tags, tunnels and IPv6 extension headers in the frame, as [`Limits::encapsulations`](crate::Limits) counts
    /// them.
    pub encapsulations: u8,
    /// The HSR tag or PRP trailer.
    pub redundancy: Option<Redundancy>,
    /// The innermost IP header; none where an Ethernet frame without IP travels in a tunnel.
    pub network: Option<Network>,
    /// What the payload belongs to.
    pub transport: Transport,
    /// The interface that a serial line was recorded on; 0 of what has addresses.
    pub interface: u32,
    /// The octets behind the innermost header that was read. Empty if that header was not readable.
    pub payload: &'a [u8],
    /// Octets that the payload had on the wire, or by its length field, beyond `payload`.
    pub missing: u32,
    /// What was odd about the frame, in the order it was found; also datagrams that this frame's time or need for room made
    /// the decoder give up.
    pub notes: &'a [Note],
    /// Earlier frames that brought fragments of the datagram, where it was put together: index of the file, as given to
    /// [`Decoder::begin_file`], and number of the frame.
    pub earlier_frames: &'a [(u32, u64)],
    /// The IPv4 header with its options; empty for IPv6.
    ipv4_header: &'a [u8],
    /// The TCP or UDP header with its payload.
    segment: &'a [u8],
    /// Whether `segment` and the addresses are those that the transport checksum was made over.
    verifiable: bool,
}

/// The innermost IP header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    /// Source address.
    pub source: IpAddr,
    /// Destination address.
    pub destination: IpAddr,
    /// Protocol number of the payload (IANA), behind all IPv6 extension headers that were read.
    pub protocol: u8,
    /// Time to live, or hop limit.
    pub ttl: u8,
    /// Identification, which IPv6 has only in its fragment header.
    pub identification: Option<u32>,
    /// Place of a fragment in its datagram; none if the datagram is whole.
    pub fragment: Option<FragmentPlace>,
    /// Whether the payload was put together from fragments. The other fields are then those of the fragment that came last.
    pub reassembled: bool,
}

/// Where a fragment belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FragmentPlace {
    /// Its offset in the payload of the datagram, in octets.
    pub offset: u32,
    /// Whether others follow.
    pub more: bool,
}

/// What a payload belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// TCP; the payload is that of the segment.
    Tcp(TcpHeader),
    /// UDP; the payload is that of the datagram.
    Udp(UdpHeader),
    /// Another protocol over IP, by its number (IANA): SCTP 132, ICMP 1, ...; the payload is that of the IP datagram.
    Other(u8),
    /// A protocol of the link layer, named by [`Packet::ethertype`] where it has one; the payload follows the type field.
    Layer2,
    /// A protocol over IEEE 802.2 LLC. The payload follows the control field, which has one octet in unnumbered PDUs and
    /// two in others. Behind a SNAP header (both 0xaa) that names no EtherType it starts with the organisation's code.
    Llc {
        /// Destination service access point.
        destination: u8,
        /// Source service access point.
        source: u8,
    },
    /// A serial line, as the gateway at one end of it recorded it; the payload is the octets of this event.
    Serial(SerialEvent),
    /// A fragment of an IP datagram.
    Fragment,
    /// A header was cut, malformed or too deep, as the notes say; the payload is empty.
    Unread,
}

/// What happened on a serial line: the event type of `LINKTYPE_RTAC_SERIAL`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SerialEvent(pub u8);

impl SerialEvent {
    /// A control line changed.
    pub const STATUS_CHANGE: Self = Self(0);
    /// The gateway began to send.
    pub const DATA_TX_START: Self = Self(1);
    /// The gateway began to receive.
    pub const DATA_RX_START: Self = Self(2);
    /// The gateway has sent.
    pub const DATA_TX_END: Self = Self(3);
    /// The gateway has received.
    pub const DATA_RX_END: Self = Self(4);
    /// The capture lacks octets; how many, and of which direction, is not told.
    pub const CAPTURE_DATA_LOST: Self = Self(5);
    /// The capture is over.
    pub const CAPTURE_COMPLETE: Self = Self(6);
    /// A character was received without its stop bit.
    pub const FRAMING_ERROR: Self = Self(7);
    /// A character was received with a wrong parity bit.
    pub const PARITY_ERROR: Self = Self(8);
    /// The line was held low for longer than a character.
    pub const SERIAL_BREAK: Self = Self(9);
    /// The gateway could not take all that it received.
    pub const SERIAL_OVERFLOW: Self = Self(10);

    /// Whether the gateway received, rather than sent; none if the event is of neither.
    #[must_use]
    pub const fn received(self) -> Option<bool> {
        match self {
            Self::DATA_TX_START | Self::DATA_TX_END => Some(false),
            Self::DATA_RX_START
            | Self::DATA_RX_END
            | Self::FRAMING_ERROR
            | Self::PARITY_ERROR
            | Self::SERIAL_BREAK
            | Self::SERIAL_OVERFLOW => Some(true),
            _ => None,
        }
    }
}

/// A TCP header (RFC 9293 section 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TcpHeader {
    /// Source port.
    pub source_port: u16,
    /// Destination port.
    pub destination_port: u16,
    /// Sequence number of the first octet of the payload, or of the SYN.
    pub sequence: u32,
    /// The next sequence number that the sender expects, if ACK is set.
    pub acknowledgement: u32,
    /// The control bits.
    pub flags: TcpFlags,
    /// The window, not scaled.
    pub window: u16,
    /// The urgent pointer, if URG is set.
    pub urgent_pointer: u16,
}

/// The control bits of a TCP header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TcpFlags(pub u8);

impl TcpFlags {
    /// No more data from the sender.
    pub const FIN: Self = Self(0x01);
    /// Synchronize sequence numbers.
    pub const SYN: Self = Self(0x02);
    /// Reset the connection.
    pub const RST: Self = Self(0x04);
    /// Push function.
    pub const PSH: Self = Self(0x08);
    /// The acknowledgement number is significant.
    pub const ACK: Self = Self(0x10);
    /// The urgent pointer is significant.
    pub const URG: Self = Self(0x20);
    /// Echo of a congestion mark.
    pub const ECE: Self = Self(0x40);
    /// Congestion window reduced.
    pub const CWR: Self = Self(0x80);

    /// Whether all bits of `flags` are set.
    #[inline]
    #[must_use]
    pub const fn contains(self, flags: Self) -> bool {
        self.0 & flags.0 == flags.0
    }

    /// Whether any bit of `flags` is set.
    #[inline]
    #[must_use]
    pub const fn intersects(self, flags: Self) -> bool {
        self.0 & flags.0 != 0
    }
}

/// The ports of a UDP header (RFC 768).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UdpHeader {
    /// Source port; 0 is none.
    pub source_port: u16,
    /// Destination port.
    pub destination_port: u16,
}

/// What sends frames twice, over two ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RedundancyProtocol {
    /// Parallel Redundancy Protocol (IEC 62439-3 clause 4).
    Prp,
    /// High-availability Seamless Redundancy (IEC 62439-3 clause 5).
    Hsr,
}

/// An HSR tag or PRP trailer: both copies of a frame have the same sequence number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Redundancy {
    /// Which of the two.
    pub protocol: RedundancyProtocol,
    /// LAN identifier of PRP (10 for LAN A, 11 for LAN B), or path identifier of HSR; four bits.
    pub lan: u8,
    /// Sequence number.
    pub sequence: u16,
}

/// What a decoder met, counted from its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// IP or UDP length fields of 0, left to the network card that was to send the packet: the frame's length was taken.
    pub offloaded_lengths: u64,
    /// Notes beyond those that one frame may carry.
    pub notes_dropped: u64,
    /// IP fragments seen whole.
    pub fragments: u64,
    /// Fragments cut by the snap length, and not kept.
    pub fragments_cut: u64,
    /// Fragments that could not belong to their datagram, or whose header checksum is wrong, and that were not kept.
    pub fragments_refused: u64,
    /// Fragments of IPv4 whose header checksum is wrong, kept or not; those apart that are left to a network card.
    pub fragments_wrong_checksum: u64,
    /// Fragments whose octets were all there already, and the same; a group of late copies counts once.
    pub fragments_repeated: u64,
    /// Fragments that held other octets for a place than an earlier one.
    pub fragments_conflicting: u64,
    /// Datagrams put together.
    pub datagrams_reassembled: u64,
    /// Datagrams given up by the timeout.
    pub datagrams_timed_out: u64,
    /// Datagrams given up by a limit.
    pub datagrams_evicted: u64,
    /// Datagrams that still waited at the end.
    pub datagrams_unfinished: u64,
}

/// Finalizer of SplitMix64: every bit of the input moves every bit of the output.
const fn mix(mut word: u64) -> u64 {
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

/// An IPv4 address as one of the two summands of a shard's hash.
const fn spread(address: u32) -> u64 {
    let product = (address as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    product ^ (product >> 32)
}

/// The shard of two hosts, in whichever order.
#[inline(always)]
const fn shard_of_ipv4(one: u32, other: u32) -> u8 {
    (mix(spread(one).wrapping_add(spread(other))) >> 58) as u8
}

/// The shard of a frame, as [`Packet::shard`] has it, where its first octets alone tell: Ethernet without tags, with IPv4 or a
/// protocol of substations right behind. None where it has to be decoded to know.
#[inline]
#[must_use]
pub fn shard_of(frame: &Frame<'_>) -> Option<u8> {
    if frame.link_type != LinkType::ETHERNET {
        return None;
    }
    if let Some(usual) = decoder::Usual::read(frame.data) {
        return Some(usual.shard());
    }
    let &[a, b, c, d, e, f, g, h, i, j, k, l, high, low] = frame.data.first_chunk()?;
    let ethertype = u16::from_be_bytes([high, low]);
    // GOOSE, GSE management and sampled values.
    matches!(ethertype, 0x88b8..=0x88ba)
        .then(|| shard_of_layer2(Some([g, h, i, j, k, l]), Some([a, b, c, d, e, f]), ethertype))
}

/// The shard of a protocol without IP: of two stations, in whichever order, or of all that is sent to one group.
fn shard_of_layer2(source: Option<[u8; 6]>, destination: Option<[u8; 6]>, ethertype: u16) -> u8 {
    let number = |[a, b, c, d, e, f]: [u8; 6]| u64::from_be_bytes([0, 0, a, b, c, d, e, f]);
    let is_station = |[first, ..]: &[u8; 6]| first & 1 == 0;
    let stations = source.filter(is_station).zip(destination.filter(is_station));
    let addresses = match stations {
        Some((one, other)) => mix(number(one)).wrapping_add(mix(number(other))),
        None => number(destination.unwrap_or_default()),
    };
    (mix(addresses ^ u64::from(ethertype) << 48) >> 58) as u8
}

impl Packet<'_> {
    const EMPTY: Self = Self {
        source_mac: None,
        destination_mac: None,
        vlan: None,
        ethertype: None,
        encapsulations: 0,
        redundancy: None,
        network: None,
        transport: Transport::Unread,
        interface: 0,
        payload: &[],
        missing: 0,
        notes: &[],
        earlier_frames: &[],
        ipv4_header: &[],
        segment: &[],
        verifiable: false,
    };

    /// Source and destination port of TCP or UDP.
    #[inline]
    #[must_use]
    pub const fn ports(&self) -> Option<(u16, u16)> {
        match self.transport {
            Transport::Tcp(header) => Some((header.source_port, header.destination_port)),
            Transport::Udp(header) => Some((header.source_port, header.destination_port)),
            _ => None,
        }
    }

    /// The shard that this packet belongs to, below [`SHARDS`]: both directions of a conversation, and all conversations of
    /// two hosts, have the same one, on every run and machine.
    ///
    /// It comes from the two IP addresses or, without IP, from the EtherType and the two MAC addresses; from the destination
    /// alone where that is a group. A held fragment has that of its datagram, unless the datagram is a tunnel's.
    #[inline]
    #[must_use]
    pub fn shard(&self) -> u8 {
        fn address(address: IpAddr) -> u64 {
            match address {
                IpAddr::V4(address) => spread(address.to_bits()),
                IpAddr::V6(address) => {
                    let bits = address.to_bits();
                    mix((bits >> 64) as u64 ^ mix(bits as u64))
                }
            }
        }
        let hash = match self.network {
            Some(network) => mix(address(network.source).wrapping_add(address(network.destination))),
            None => {
                let ethertype = self.ethertype.unwrap_or_default();
                return shard_of_layer2(self.source_mac, self.destination_mac, ethertype);
            }
        };
        (hash >> 58) as u8
    }

    /// Whether the header checksum of the innermost IPv4 header is right; none without IPv4, or if the header was cut.
    #[must_use]
    pub fn ipv4_checksum(&self) -> Option<bool> {
        (!self.ipv4_header.is_empty()).then(|| checksum::is_good(self.ipv4_header))
    }

    /// Whether the checksum of the TCP segment or UDP datagram is right.
    ///
    /// None without TCP or UDP, where octets are missing, where the length field was left to the network card, where an
    /// IPv6 routing header hides the last destination, and where a UDP checksum of 0 says that none is used.
    #[must_use]
    pub fn transport_checksum(&self) -> Option<bool> {
        let protocol = match self.transport {
            Transport::Tcp(_) => 6,
            Transport::Udp(_) if self.segment.get(6..8) != Some(&[0, 0]) => 17,
            _ => return None,
        };
        let network = self.network.filter(|_| self.verifiable && self.missing == 0)?;
        Some(checksum::is_segment_good(network.source, network.destination, protocol, self.segment))
    }

    /// Whether the checksum of the IPv4 header is left to a network card, or to nobody on the way to the machine itself.
    fn has_no_header_checksum(&self) -> bool {
        self.ipv4_header.get(10..12) == Some(&[0, 0])
    }

    /// Whether the receiver takes the packet by its checksums: that of the IPv4 header (RFC 1122, section 3.2.1.2), and that of the
    /// TCP segment or UDP datagram. None where there is none to look at, or where a length was left to the network card; so was
    /// that of the header, if it is 0 and the other one right, which is of the addresses too, or cut off.
    // The usual packet has a way of its own, which is faster with this out of it.
    #[inline(never)]
    #[must_use]
    pub fn checksums(&self) -> Option<bool> {
        let transport = self.transport_checksum();
        match (self.ipv4_checksum().filter(|_| self.verifiable), transport) {
            (Some(false), Some(true)) if self.has_no_header_checksum() => transport,
            (Some(false), None) if self.missing > 0 && self.has_no_header_checksum() => None,
            (Some(false), _) => Some(false),
            // UDP may do without its own.
            (Some(true), None) if self.missing == 0 && matches!(self.transport, Transport::Udp(_)) => {
                Some(true)
            }
            _ => transport,
        }
    }
}
