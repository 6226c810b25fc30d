//! The walk through the headers of a frame, one step per header.

use std::net::IpAddr;
use std::slice::IterMut;

use super::checksum;
use super::fragments::{Fragment, Fragments, Key};
use super::note::{Note, NoteKind, Notes};
use super::{
    Counters, Decoded, FragmentPlace, Network, Packet, Redundancy, RedundancyProtocol, SerialEvent, TcpFlags,
    TcpHeader, Transport, UdpHeader,
};
use crate::{Checksums, Frame, Limits, LinkType};

/// Fragmented datagrams that may lie in one another: a fragmented tunnel with fragments in it.
const NESTED_DATAGRAMS: usize = 2;

/// Takes frames apart, and keeps the fragments of IP datagrams until they are whole.
///
/// Memory: [`Limits::fragment_octets`] and [`Limits::fragmented_datagrams`], with at most twice the octets while buffers
/// grow, and four buffers of up to 64 KiB for what was put together. Nothing is allocated for a frame that is no fragment.
#[derive(Debug)]
pub struct Decoder {
    encapsulations: usize,
    notes: Notes,
    fragments: Fragments,
    /// Datagrams of the current frame that were put together.
    datagrams: [Vec<u8>; NESTED_DATAGRAMS],
    /// The file that frames are of now.
    file: u32,
    /// Earlier frames of those datagrams.
    earlier: Vec<(u32, u64)>,
    checksums: Checksums,
    /// Header checksums of fragments that were right.
    right_checksums: u64,
    counters: Counters,
}

impl Decoder {
    /// A decoder that holds no fragments yet. Of `limits` it uses `encapsulations`, `fragmented_datagrams`,
    /// `fragment_octets`, `fragment_timeout` and `overlap`.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        Self {
            encapsulations: limits.encapsulations.min(usize::from(u8::MAX)),
            notes: Notes::new(),
            fragments: Fragments::new(limits),
            datagrams: Default::default(),
            file: 0,
            earlier: Vec::new(),
            checksums: Checksums::Auto,
            right_checksums: 0,
            counters: Counters::default(),
        }
    }

    /// Says what becomes of fragments of IPv4 whose header checksum is wrong. [`Checksums::Check`] leaves them out of their
    /// datagram, [`Checksums::Ignore`] does not look. [`Checksums::Auto`], the default, leaves them out once four right ones have
    /// been seen, and more than wrong ones; but not where the checksum is 0, which is left to a network card to fill in.
    #[must_use]
    pub const fn with_checksums(mut self, checksums: Checksums) -> Self {
        self.checksums = checksums;
        self
    }

    /// The frames that follow are of another file: its index among those read together, from 0.
    pub fn begin_file(&mut self, file: u32) {
        self.file = file;
    }

    /// Reads the headers of a frame.
    ///
    /// The frame's time ages the fragments that wait. A frame dated more than an hour away from the others ages nothing.
    #[inline]
    pub fn decode<'a>(&'a mut self, frame: &Frame<'a>) -> Decoded<'a> {
        match self.usual(frame) {
            Some(usual) => Decoded::Packet(usual.packet()),
            None => self.walk(frame),
        }
    }

    /// The first half of [`decode`](Self::decode): the usual packet, read at one go. None if it is anything else, which
    /// [`walk`](Self::walk) then reads.
    #[inline]
    pub(crate) fn usual<'a>(&mut self, frame: &Frame<'a>) -> Option<Usual<'a>> {
        self.notes.clear();
        if !self.fragments.is_empty() {
            self.fragments.advance(frame.ts, &mut self.notes, &mut self.counters);
        }
        let quiet = frame.link_type == LinkType::ETHERNET && self.notes.as_slice().is_empty();
        if quiet { Usual::read(frame.data) } else { None }
    }

    /// A frame that another decoder reads; this one only lets its time pass.
    #[inline]
    pub(crate) fn pass_over(&mut self, ts: i64) {
        if !self.fragments.is_empty() {
            self.notes.clear();
            self.fragments.advance(ts, &mut self.notes, &mut self.counters);
        }
    }

    /// Reads the headers one by one.
    #[inline(never)]
    pub(crate) fn walk<'a>(&'a mut self, frame: &Frame<'a>) -> Decoded<'a> {
        let first = match frame.link_type {
            LinkType::ETHERNET => Layer::Ethernet,
            LinkType::LINUX_SLL => Layer::LinuxCooked,
            LinkType::LINUX_SLL2 => Layer::LinuxCooked2,
            LinkType::RTAC_SERIAL => Layer::RtacSerial,
            LinkType::RAW | LinkType::RAW_BSD | LinkType::RAW_OPENBSD => Layer::Ip,
            LinkType::IPV4 => Layer::Ipv4,
            LinkType::IPV6 => Layer::Ipv6,
            LinkType::PPP => Layer::Ppp,
            LinkType::PPP_HDLC => Layer::PppHdlc,
            LinkType::NULL | LinkType::LOOP => Layer::Loopback,
            other => return Decoded::UnknownLink(other),
        };
        let Self {
            encapsulations,
            notes,
            fragments,
            datagrams,
            file,
            earlier,
            checksums,
            right_checksums,
            counters,
        } = self;
        earlier.clear();
        let mut walk = Walk {
            packet: Packet::EMPTY,
            rest: Rest {
                data: frame.data,
                offset: 0,
                cut: (frame.original_len as usize).saturating_sub(frame.data.len()),
                reassembled: false,
            },
            lsdu: None,
            truncated: false,
            pseudo_header: true,
            ts: frame.ts,
            frame: (*file, frame.number),
            limit: *encapsulations,
            notes,
            fragments,
            datagrams: datagrams.iter_mut(),
            earlier,
            checksums: *checksums,
            right_checksums,
            counters,
        };
        if matches!(first, Layer::RtacSerial) {
            walk.packet.interface = frame.interface;
        }
        let held = walk.run(first);
        let mut packet = walk.packet;
        packet.notes = notes.as_slice();
        packet.earlier_frames = earlier.as_slice();
        if held { Decoded::Fragment(packet) } else { Decoded::Packet(packet) }
    }

    /// Gives up all fragments that wait, as at the end of a capture, and says how many datagrams that were.
    pub fn finish(&mut self) -> &[Note] {
        self.notes.clear();
        self.fragments.finish(&mut self.notes, &mut self.counters);
        self.notes.as_slice()
    }

    /// What was met so far.
    #[must_use]
    pub const fn counters(&self) -> Counters {
        let mut counters = self.counters;
        counters.notes_dropped = self.notes.dropped();
        counters
    }

    /// IP datagrams that wait for fragments.
    #[must_use]
    pub fn waiting_datagrams(&self) -> usize {
        self.fragments.datagrams()
    }

    /// Octets of fragments that wait, as [`Limits::fragment_octets`] counts them: holes and book-keeping included.
    #[must_use]
    pub const fn waiting_octets(&self) -> usize {
        self.fragments.octets()
    }
}

/// What begins at the place that was reached.
#[derive(Clone, Copy)]
enum Layer {
    Ethernet,
    LinuxCooked,
    LinuxCooked2,
    RtacSerial,
    /// What this EtherType, or length field of IEEE 802.3, says.
    Type(u16),
    /// A protocol of the link layer that has no EtherType.
    Unnamed,
    Llc,
    Mpls,
    Ppp,
    PppHdlc,
    Loopback,
    /// IPv4 or IPv6, as the version says.
    Ip,
    Ipv4,
    Ipv6,
    /// What this IP protocol number says; true behind IPv6, where extension headers may come.
    Protocol(u8, bool),
    /// The packet is read.
    Done,
    /// The packet is a fragment that must wait.
    Held,
}

/// The octets not read yet.
#[derive(Clone, Copy)]
struct Rest<'a> {
    data: &'a [u8],
    /// Place of `data` in the frame or in the reassembled datagram.
    offset: usize,
    /// Octets that followed `data` and were not captured.
    cut: usize,
    reassembled: bool,
}

impl<'a> Rest<'a> {
    const fn wire_len(&self) -> usize {
        self.data.len().saturating_add(self.cut)
    }

    /// The first octets, if they are there.
    #[inline]
    fn head<const N: usize>(&self) -> Option<&'a [u8; N]> {
        self.data.first_chunk()
    }

    /// Steps over `len` octets, if they are there.
    #[inline]
    fn skip(&mut self, len: usize) -> bool {
        match self.data.get(len..) {
            Some(data) => {
                self.data = data;
                self.offset = self.offset.saturating_add(len);
                true
            }
            None => false,
        }
    }
}

struct Walk<'a, 'd> {
    packet: Packet<'a>,
    rest: Rest<'a>,
    /// What follows the last type or length field of the Ethernet header, down to the end of the frame.
    lsdu: Option<&'a [u8]>,
    /// Whether a tunnel says that the frame within was cut; by how much, lengths in it tell.
    truncated: bool,
    /// Whether the addresses in the packet are those of the pseudo-header, and its lengths were not left to offloading.
    pseudo_header: bool,
    ts: i64,
    /// File and number of the frame.
    frame: (u32, u64),
    limit: usize,
    notes: &'d mut Notes,
    fragments: &'d mut Fragments,
    datagrams: IterMut<'a, Vec<u8>>,
    earlier: &'d mut Vec<(u32, u64)>,
    checksums: Checksums,
    right_checksums: &'d mut u64,
    counters: &'d mut Counters,
}

fn be16(octets: [u8; 2]) -> u16 {
    u16::from_be_bytes(octets)
}

fn small(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

/// What an IPv4 header says (RFC 791 section 3.1).
struct Ipv4 {
    version: u8,
    header_len: usize,
    total_len: usize,
    place: FragmentPlace,
    network: Network,
}

impl Ipv4 {
    #[inline(always)]
    fn read(header: &[u8; 20]) -> Self {
        let &[first, _, l0, l1, i0, i1, f0, f1, ttl, protocol, _, _, ref addresses @ ..] = header;
        let &[s0, s1, s2, s3, d0, d1, d2, d3] = addresses;
        let place = be16([f0, f1]);
        Self {
            version: first >> 4,
            header_len: usize::from(first & 0x0f) * 4,
            total_len: usize::from(be16([l0, l1])),
            place: FragmentPlace { offset: u32::from(place & 0x1fff) * 8, more: place & 0x2000 != 0 },
            network: Network {
                source: IpAddr::from([s0, s1, s2, s3]),
                destination: IpAddr::from([d0, d1, d2, d3]),
                protocol,
                ttl,
                identification: Some(u32::from(be16([i0, i1]))),
                fragment: None,
                reassembled: false,
            },
        }
    }
}

/// The header's length, and its fields (RFC 9293 section 3.1).
#[inline(always)]
fn tcp_header(header: &[u8; 20]) -> (usize, TcpHeader) {
    let &[s0, s1, d0, d1, q0, q1, q2, q3, a0, a1, a2, a3, len, flags, w0, w1, _, _, u0, u1] = header;
    let fields = TcpHeader {
        source_port: be16([s0, s1]),
        destination_port: be16([d0, d1]),
        sequence: u32::from_be_bytes([q0, q1, q2, q3]),
        acknowledgement: u32::from_be_bytes([a0, a1, a2, a3]),
        flags: TcpFlags(flags),
        window: be16([w0, w1]),
        urgent_pointer: be16([u0, u1]),
    };
    (usize::from(len >> 4) * 4, fields)
}

/// The datagram's length, and its ports (RFC 768).
#[inline(always)]
fn udp_header(header: &[u8; 8]) -> (usize, UdpHeader) {
    let &[s0, s1, d0, d1, l0, l1, _, _] = header;
    let ports = UdpHeader { source_port: be16([s0, s1]), destination_port: be16([d0, d1]) };
    (usize::from(be16([l0, l1])), ports)
}

/// The usual packet, read at one go: TCP or UDP in IPv4 without options in Ethernet without tags, whole, with lengths that
/// agree. [`Walk`] reads all others, only slower.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usual<'a> {
    ethernet: &'a [u8; 14],
    ipv4: &'a [u8; 20],
    /// The header of TCP or UDP with the payload.
    segment: &'a [u8],
    /// The TCP header without its options; none of UDP.
    tcp: Option<&'a [u8; 20]>,
    payload: &'a [u8],
}

impl<'a> Usual<'a> {
    #[inline(always)]
    pub(crate) fn read(data: &'a [u8]) -> Option<Self> {
        let (ethernet, lsdu) = data.split_first_chunk::<14>()?;
        let &[.., 0x08, 0x00] = ethernet else { return None };
        let ipv4 = lsdu.first_chunk::<20>()?;
        // Version 4 and a header of five words; whole, which a "don't fragment" does not change.
        let &[0x45, _, l0, l1, _, _, f0, f1, _, protocol, ..] = ipv4 else { return None };
        if be16([f0, f1]) & 0x3fff != 0 {
            return None;
        }
        let (datagram, padding) = lsdu.split_at_checked(usize::from(be16([l0, l1])))?;
        if padding.len() >= PRP_TRAILER && padding.iter().any(|octet| *octet != 0) {
            return None;
        }
        let segment = datagram.get(20..)?;
        let (tcp, payload) = match protocol {
            6 => {
                let tcp = segment.first_chunk::<20>()?;
                let &[_, _, _, _, _, _, _, _, _, _, _, _, len, ..] = tcp;
                let len = usize::from(len >> 4) * 4;
                (Some(tcp), segment.get(len..).filter(|_| len >= 20)?)
            }
            17 => {
                let (header, payload) = segment.split_first_chunk()?;
                let (len, header) = udp_header(header);
                if len != segment.len() || matches!(header.destination_port, VXLAN_PORT | GENEVE_PORT) {
                    return None;
                }
                (None, payload)
            }
            _ => return None,
        };
        Some(Self { ethernet, ipv4, segment, tcp, payload })
    }

    /// The packet, for those who want all of it.
    #[inline]
    pub(crate) fn packet(&self) -> Packet<'a> {
        let &[d0, d1, d2, d3, d4, d5, s0, s1, s2, s3, s4, s5, _, _] = self.ethernet;
        let transport = match (self.tcp, self.segment.first_chunk()) {
            (Some(header), _) => Transport::Tcp(tcp_header(header).1),
            (None, Some(header)) => Transport::Udp(udp_header(header).1),
            (None, None) => Transport::Unread,
        };
        Packet {
            source_mac: Some([s0, s1, s2, s3, s4, s5]),
            destination_mac: Some([d0, d1, d2, d3, d4, d5]),
            ethertype: Some(0x0800),
            network: Some(Ipv4::read(self.ipv4).network),
            transport,
            payload: self.payload,
            ipv4_header: self.ipv4,
            segment: self.segment,
            verifiable: true,
            ..Packet::EMPTY
        }
    }

    /// The payload of TCP or UDP.
    #[inline(always)]
    pub(crate) fn payload(&self) -> &'a [u8] {
        self.payload
    }

    /// Source and destination address.
    #[inline(always)]
    pub(crate) fn addresses(&self) -> (u32, u32) {
        let &[_, _, _, _, _, _, _, _, _, _, _, _, s0, s1, s2, s3, d0, d1, d2, d3] = self.ipv4;
        (u32::from_be_bytes([s0, s1, s2, s3]), u32::from_be_bytes([d0, d1, d2, d3]))
    }

    /// The shard that it belongs to, as [`Packet::shard`] has it.
    #[inline(always)]
    pub(crate) fn shard(&self) -> u8 {
        let (source, destination) = self.addresses();
        super::shard_of_ipv4(source, destination)
    }

    /// MAC address of the sender and of the receiver.
    #[inline(always)]
    pub(crate) fn macs(&self) -> [[u8; 6]; 2] {
        let &[d0, d1, d2, d3, d4, d5, s0, s1, s2, s3, s4, s5, _, _] = self.ethernet;
        [[s0, s1, s2, s3, s4, s5], [d0, d1, d2, d3, d4, d5]]
    }

    /// The TCP header, if it is TCP.
    #[inline(always)]
    pub(crate) fn tcp(&self) -> Option<TcpHeader> {
        self.tcp.map(|header| tcp_header(header).1)
    }

    /// Whether the checksums of the IPv4 header and of the TCP segment are right.
    #[inline(always)]
    pub(crate) fn is_good(&self) -> bool {
        let (source, destination) = self.addresses();
        super::checksum::is_good(self.ipv4)
            && super::checksum::is_ipv4_segment_good(source, destination, 6, self.segment)
    }
}

impl<'a> Walk<'a, '_> {
    /// Goes from header to header. True if the packet is a fragment that must wait.
    #[inline]
    fn run(&mut self, first: Layer) -> bool {
        let mut layer = first;
        // Each step reads octets or ends the walk, and so does each encapsulation, whose number is limited.
        loop {
            layer = match layer {
                Layer::Ethernet => self.ethernet(),
                Layer::Type(value) => self.typed(value),
                Layer::Ipv4 => self.ipv4(),
                Layer::Ipv6 => self.ipv6(),
                Layer::Protocol(protocol, v6) => self.protocol(protocol, v6),
                Layer::LinuxCooked => self.linux_cooked(),
                Layer::LinuxCooked2 => self.linux_cooked2(),
                Layer::RtacSerial => self.rtac_serial(),
                Layer::Unnamed => self.done(Transport::Layer2),
                Layer::Llc => self.llc(),
                Layer::Mpls => self.mpls(),
                Layer::Ppp => self.ppp(),
                Layer::PppHdlc => self.ppp_hdlc(),
                Layer::Loopback => self.loopback(),
                Layer::Ip => self.ip(),
                Layer::Done => return false,
                Layer::Held => return true,
            };
        }
    }

    #[cold]
    fn note(&mut self, kind: NoteKind, header: &'static str, expected: usize, found: usize) {
        self.notes.push(Note {
            kind,
            header,
            offset: small(self.rest.offset),
            reassembled: self.rest.reassembled,
            expected: small(expected),
            found: small(found),
        });
    }

    /// Ends the walk with an unread header, and says why.
    #[cold]
    fn unread(&mut self, kind: NoteKind, header: &'static str, expected: usize, found: usize) -> Layer {
        self.note(kind, header, expected, found);
        self.packet.transport = Transport::Unread;
        self.packet.payload = &[];
        self.packet.missing = 0;
        Layer::Done
    }

    /// Ends the walk at a header of `len` octets that is not there in full.
    #[cold]
    fn short(&mut self, header: &'static str, len: usize) -> Layer {
        let kind = if len <= self.rest.wire_len() || self.truncated {
            NoteKind::HeaderCut
        } else {
            NoteKind::HeaderTruncated
        };
        self.unread(kind, header, len, self.rest.data.len())
    }

    /// Ends the walk with what is left as the payload.
    #[inline]
    fn done(&mut self, transport: Transport) -> Layer {
        self.packet.transport = transport;
        self.packet.payload = self.rest.data;
        self.packet.missing = small(self.rest.cut);
        Layer::Done
    }

    /// Counts one more encapsulation; false if that is one too many.
    #[inline]
    fn enter(&mut self, header: &'static str) -> bool {
        if usize::from(self.packet.encapsulations) < self.limit {
            self.packet.encapsulations = self.packet.encapsulations.saturating_add(1);
            return true;
        }
        let found = self.limit.saturating_add(1);
        self.unread(NoteKind::EncapsulationLimit, header, self.limit, found);
        false
    }

    /// Ends what is left after `len` octets: what follows is padding or a trailer. If fewer are there, the rest is missing;
    /// it is said if they were not on the wire either.
    #[inline]
    fn bound(&mut self, header: &'static str, len: usize) {
        match self.rest.data.get(..len) {
            Some(data) => {
                let padding = self.rest.data.len().saturating_sub(len);
                if padding >= PRP_TRAILER {
                    self.prp_trailer();
                }
                self.rest.data = data;
                self.rest.cut = 0;
            }
            None => {
                if len > self.rest.wire_len() && !self.truncated {
                    self.note(NoteKind::LengthBeyondFrame, header, len, self.rest.wire_len());
                }
                self.rest.cut = len.saturating_sub(self.rest.data.len());
            }
        }
    }

    // Link layers

    /// IEEE 802.3 clause 3.2, without preamble and frame check sequence.
    #[inline]
    fn ethernet(&mut self) -> Layer {
        let Some(&[d0, d1, d2, d3, d4, d5, s0, s1, s2, s3, s4, s5, t0, t1]) = self.rest.head::<14>() else {
            return self.short("Ethernet", 14);
        };
        self.packet.destination_mac = Some([d0, d1, d2, d3, d4, d5]);
        self.packet.source_mac = Some([s0, s1, s2, s3, s4, s5]);
        self.rest.skip(14);
        self.begin_lsdu();
        Layer::Type(be16([t0, t1]))
    }

    /// An Ethernet frame in a tunnel: what was read of the outer packet is not the inner one's.
    fn inner_ethernet(&mut self) -> Layer {
        if self.rest.data.len() >= 14 {
            self.packet.network = None;
            self.packet.vlan = None;
            self.packet.ethertype = None;
            self.packet.ipv4_header = &[];
        }
        Layer::Ethernet
    }

    #[inline]
    fn begin_lsdu(&mut self) {
        self.lsdu = (self.rest.cut == 0).then_some(self.rest.data);
    }

    /// `LINKTYPE_LINUX_SLL`.
    fn linux_cooked(&mut self) -> Layer {
        let Some(&[_, _, _, _, l0, l1, a0, a1, a2, a3, a4, a5, _, _, t0, t1]) = self.rest.head::<16>() else {
            return self.short("Linux cooked", 16);
        };
        if be16([l0, l1]) == 6 {
            self.packet.source_mac = Some([a0, a1, a2, a3, a4, a5]);
        }
        self.rest.skip(16);
        self.begin_lsdu();
        Self::cooked_type(be16([t0, t1]))
    }

    /// `LINKTYPE_LINUX_SLL2`.
    fn linux_cooked2(&mut self) -> Layer {
        let Some(&[t0, t1, _, _, _, _, _, _, _, _, _, len, a0, a1, a2, a3, a4, a5, _, _]) =
            self.rest.head::<20>()
        else {
            return self.short("Linux cooked", 20);
        };
        if len == 6 {
            self.packet.source_mac = Some([a0, a1, a2, a3, a4, a5]);
        }
        self.rest.skip(20);
        self.begin_lsdu();
        Self::cooked_type(be16([t0, t1]))
    }

    /// `LINKTYPE_RTAC_SERIAL`: seconds, microseconds, event type, control lines, and two octets that are reserved.
    fn rtac_serial(&mut self) -> Layer {
        let Some(&[_, _, _, _, _, _, _, _, event, _, _, _]) = self.rest.head::<12>() else {
            return self.short("RTAC serial", 12);
        };
        self.rest.skip(12);
        self.done(Transport::Serial(SerialEvent(event)))
    }

    /// A cooked header has an EtherType, or 4 for a frame that begins with an LLC header.
    const fn cooked_type(value: u16) -> Layer {
        match value {
            4 => Layer::Llc,
            0..1536 => Layer::Unnamed,
            _ => Layer::Type(value),
        }
    }

    #[inline]
    fn typed(&mut self, value: u16) -> Layer {
        if value >= 1536 {
            self.packet.ethertype = Some(value);
        }
        match value {
            0x0800 => Layer::Ipv4,
            0x86dd => Layer::Ipv6,
            0x8100 | 0x88a8 | 0x9100 => self.vlan_tag(),
            0xf1c1 => self.r_tag(),
            0x892f => self.hsr_tag(),
            0x88fb if self.is_old_hsr_tag() => self.hsr_tag(),
            0x8847 | 0x8848 => Layer::Mpls,
            0x8864 => self.pppoe(),
            0..=1500 => {
                self.bound("IEEE 802.3", usize::from(value));
                Layer::Llc
            }
            1501..=1535 => self.unread(NoteKind::UndefinedType, "IEEE 802.3", 1536, usize::from(value)),
            _ => self.layer2(),
        }
    }

    /// A protocol of the link layer, without the trailer of PRP.
    fn layer2(&mut self) -> Layer {
        if let Some(len) = self.prp_trailer() {
            self.rest.data = self.rest.data.get(..len).unwrap_or(self.rest.data);
        }
        self.done(Transport::Layer2)
    }

    /// IEEE 802.1Q clause 9.
    fn vlan_tag(&mut self) -> Layer {
        if !self.enter("VLAN tag") {
            return Layer::Done;
        }
        let Some(&[c0, c1, t0, t1]) = self.rest.head::<4>() else { return self.short("VLAN tag", 4) };
        let identifier = be16([c0, c1]) & 0x0fff;
        // A priority tag within another one takes nothing from it.
        if identifier != 0 || self.packet.vlan.is_none() {
            self.packet.vlan = Some(identifier);
        }
        self.rest.skip(4);
        self.begin_lsdu();
        Layer::Type(be16([t0, t1]))
    }

    /// IEEE Std 802.1CB-2017 clause 7.8: reserved, sequence number, and the type of what follows.
    fn r_tag(&mut self) -> Layer {
        if !self.enter("R-TAG") {
            return Layer::Done;
        }
        let Some(&[_, _, _, _, t0, t1]) = self.rest.head::<6>() else { return self.short("R-TAG", 6) };
        self.rest.skip(6);
        self.begin_lsdu();
        Layer::Type(be16([t0, t1]))
    }

    /// IEC 62439-3 clause 5.7: path and LSDU size, sequence number, and the type of what follows.
    fn hsr_tag(&mut self) -> Layer {
        if !self.enter("HSR tag") {
            return Layer::Done;
        }
        let Some(&[path, _, s0, s1, t0, t1]) = self.rest.head::<6>() else { return self.short("HSR tag", 6) };
        let sequence = be16([s0, s1]);
        self.packet.redundancy =
            Some(Redundancy { protocol: RedundancyProtocol::Hsr, lan: path >> 4, sequence });
        self.rest.skip(6);
        self.lsdu = None;
        Layer::Type(be16([t0, t1]))
    }

    /// The tag of IEC 62439-3:2010 has the EtherType of supervision: a size that agrees, which would be the version there, and
    /// a type that is known, where TLVs begin there, tell it.
    fn is_old_hsr_tag(&self) -> bool {
        let Some(&[p0, p1, _, _, t0, t1]) = self.rest.head::<6>() else { return false };
        let (size, len) = (usize::from(be16([p0, p1]) & 0x0fff), self.rest.wire_len());
        // Behind it there may be a check sequence, or what fills a short frame up.
        let fits = size == len || size < len && (len - size <= 4 || len <= 50);
        size > 6 && fits && is_known(be16([t0, t1]))
    }

    /// IEC 62439-3 clause 4.2.7: sequence number, LAN and LSDU size, 0x88fb, at the end of the frame, before a frame check
    /// sequence if one was captured. Gives the octets before it, if the size agrees and nothing else was bounded before.
    fn prp_trailer(&mut self) -> Option<usize> {
        let lsdu = self.lsdu.take().filter(|lsdu| lsdu.len() == self.rest.data.len())?;
        for without_check in [0, 4] {
            let end = lsdu.len().checked_sub(without_check)?;
            let Some(&[s0, s1, l0, l1, 0x88, 0xfb]) = lsdu.get(..end)?.last_chunk::<PRP_TRAILER>() else {
                continue;
            };
            let (lan, size) = (l0 >> 4, usize::from(be16([l0, l1]) & 0x0fff));
            if matches!(lan, 10 | 11) && size == end {
                let sequence = be16([s0, s1]);
                self.packet.redundancy =
                    Some(Redundancy { protocol: RedundancyProtocol::Prp, lan, sequence });
                return end.checked_sub(PRP_TRAILER);
            }
        }
        None
    }

    /// IEEE 802.2 LLC, and the SNAP header of IEEE 802 clause 9.5.
    fn llc(&mut self) -> Layer {
        let Some(&[destination, source, control]) = self.rest.head::<3>() else {
            return self.short("LLC", 3);
        };
        if let Some(&[0xaa, 0xaa, 0x03, 0, 0, 0, t0, t1]) = self.rest.head::<8>() {
            let ethertype = be16([t0, t1]);
            if ethertype >= 1536 {
                self.rest.skip(8);
                return Layer::Type(ethertype);
            }
        }
        let len = if control & 3 == 3 { 3 } else { 4 };
        if !self.rest.skip(len) {
            return self.short("LLC", len);
        }
        self.done(Transport::Llc { destination, source })
    }

    /// RFC 3032, and a pseudowire with the control word of RFC 4448.
    fn mpls(&mut self) -> Layer {
        loop {
            if !self.enter("MPLS") {
                return Layer::Done;
            }
            let Some(&[_, _, bottom, _]) = self.rest.head::<4>() else { return self.short("MPLS", 4) };
            self.rest.skip(4);
            if bottom & 1 == 1 {
                break;
            }
        }
        let Some(&[first]) = self.rest.head::<1>() else { return self.short("MPLS payload", 1) };
        match first >> 4 {
            // An address may begin as an IP header does (RFC 4928, section 2): the type behind it tells.
            4 | 6 | 1 if self.is_bare_ethernet() => self.inner_ethernet(),
            4 => Layer::Ipv4,
            6 => Layer::Ipv6,
            // The generic associated channel (RFC 5586).
            1 => Layer::Unnamed,
            0 if self.is_control_word() => {
                if !self.rest.skip(4) {
                    return self.short("pseudowire control word", 4);
                }
                self.inner_ethernet()
            }
            _ => self.inner_ethernet(),
        }
    }

    /// Whether an Ethernet frame stands in a pseudowire without a control word, and no IP packet and no associated channel, though
    /// its address begins like one: it has a type that is known, and the header of IP does not fit.
    fn is_bare_ethernet(&self) -> bool {
        let data = self.rest.data;
        let word = |offset: usize| data.get(offset..).and_then(<[u8]>::first_chunk).map(|word| be16(*word));
        let is_ip = match data.first().map_or(0, |first| first >> 4) {
            4 => {
                let header = data.first().map_or(0, |first| usize::from(first & 15) * 4);
                let fits = |len: u16| (header..=self.rest.wire_len()).contains(&usize::from(len));
                // A network card may fill it in.
                let is_left = word(10) == Some(0) && word(2).is_some_and(fits);
                let header = data.get(..header).filter(|header| header.len() >= 20);
                header.is_some_and(|header| is_left || super::checksum::is_good(header))
            }
            6 => word(4).is_some_and(|len| usize::from(len) + 40 <= self.rest.wire_len()),
            _ => false,
        };
        !is_ip && word(12).is_some_and(is_known)
    }

    /// Whether a control word stands before an Ethernet frame in a pseudowire, which the two ends agree upon (RFC 4448
    /// section 4.6): an address that begins with 0 looks like one. The type of the frame tells, or else the bits that are
    /// reserved, which a sender sets to 0.
    fn is_control_word(&self) -> bool {
        let is_type = |offset| {
            let octets = self.rest.data.get(offset..).and_then(<[u8]>::first_chunk);
            octets.is_some_and(|octets| is_known(be16(*octets)))
        };
        match (is_type(4 + 12), is_type(12)) {
            (true, false) => true,
            (false, true) => false,
            _ => matches!(self.rest.head(), Some([0, 0]) | None),
        }
    }

    /// RFC 2516 section 4.
    fn pppoe(&mut self) -> Layer {
        if !self.enter("PPPoE") {
            return Layer::Done;
        }
        let Some(&[version, _, _, _, l0, l1]) = self.rest.head::<6>() else { return self.short("PPPoE", 6) };
        if version != 0x11 {
            return self.unread(NoteKind::Version, "PPPoE", 0x11, usize::from(version));
        }
        self.rest.skip(6);
        self.bound("PPPoE", usize::from(be16([l0, l1])));
        Layer::Ppp
    }

    /// RFC 1661 section 2, with or without address and control field, the protocol field compressed or not.
    fn ppp(&mut self) -> Layer {
        if self.rest.head() == Some(&[0xff, 0x03]) {
            self.rest.skip(2);
        }
        let Some(&[first]) = self.rest.head::<1>() else { return self.short("PPP", 1) };
        let protocol = if first & 1 == 1 {
            self.rest.skip(1);
            u16::from(first)
        } else {
            let Some(&protocol) = self.rest.head::<2>() else { return self.short("PPP", 2) };
            self.rest.skip(2);
            be16(protocol)
        };
        match protocol {
            0x0021 => Layer::Ipv4,
            0x0057 => Layer::Ipv6,
            0x0281 | 0x0283 => Layer::Mpls,
            _ => {
                self.packet.ethertype = None;
                Layer::Unnamed
            }
        }
    }

    /// PPP in HDLC-like framing, or the framing of Cisco with an EtherType.
    fn ppp_hdlc(&mut self) -> Layer {
        match self.rest.head() {
            Some(&[0x0f | 0x8f, _, t0, t1]) => {
                self.rest.skip(4);
                match be16([t0, t1]) {
                    0..1536 => Layer::Unnamed,
                    value => Layer::Type(value),
                }
            }
            _ => Layer::Ppp,
        }
    }

    /// The address family of BSD loopback, in either byte order: families are small numbers, 2 for IPv4 everywhere, and
    /// for IPv6 10, 23, 24, 28 or 30, as the system has it.
    fn loopback(&mut self) -> Layer {
        let Some(&family) = self.rest.head::<4>() else { return self.short("loopback", 4) };
        self.rest.skip(4);
        let family = match family {
            [0, 0, ..] => u32::from_be_bytes(family),
            _ => u32::from_le_bytes(family),
        };
        match family {
            2 => Layer::Ipv4,
            10 | 23 | 24 | 28 | 30 => Layer::Ipv6,
            _ => Layer::Unnamed,
        }
    }

    // Network layer

    fn ip(&mut self) -> Layer {
        match self.rest.head() {
            Some(&[first]) if first >> 4 == 6 => Layer::Ipv6,
            _ => Layer::Ipv4,
        }
    }

    /// RFC 791 section 3.1.
    #[inline]
    fn ipv4(&mut self) -> Layer {
        let Some(header) = self.rest.head::<20>() else { return self.short("IPv4", 20) };
        let fields = Ipv4::read(header);
        if fields.version != 4 {
            return self.unread(NoteKind::Version, "IPv4", 4, usize::from(fields.version));
        }
        self.packet.network = Some(fields.network);
        self.packet.ipv4_header = &[];
        self.pseudo_header = true;
        let Ipv4 { header_len, total_len, .. } = fields;
        if header_len < 20 {
            return self.unread(NoteKind::HeaderLength, "IPv4", 20, header_len);
        }
        if total_len == 0 {
            self.counters.offloaded_lengths = self.counters.offloaded_lengths.saturating_add(1);
            self.pseudo_header = false;
        } else if total_len < header_len {
            return self.unread(NoteKind::LengthBelowHeader, "IPv4", header_len, total_len);
        } else {
            self.bound("IPv4", total_len);
        }
        let Some(header) = self.rest.data.get(..header_len) else { return self.short("IPv4", header_len) };
        self.packet.ipv4_header = header;
        self.rest.skip(header_len);
        let protocol = fields.network.protocol;
        if fields.place != WHOLE {
            let identification = fields.network.identification.unwrap_or_default();
            if !self.is_taken(header) {
                self.done(Transport::Fragment);
                if let Some(network) = &mut self.packet.network {
                    network.fragment = Some(fields.place);
                }
                return Layer::Held;
            }
            return self.fragment(protocol, identification, fields.place, false);
        }
        Layer::Protocol(protocol, false)
    }

    /// Whether the receiver takes a fragment by the checksum of its header (RFC 1122 section 3.2.1.2); says so if not.
    fn is_taken(&mut self, header: &[u8]) -> bool {
        if self.checksums == Checksums::Ignore {
            return true;
        }
        if checksum::is_good(header) {
            *self.right_checksums = self.right_checksums.saturating_add(1);
            return true;
        }
        let auto = self.checksums == Checksums::Auto;
        let field = header.get(10..12).and_then(|field| field.try_into().ok()).map_or(0, be16);
        // Left to a network card, which tells nothing of the others.
        if auto && field == 0 {
            return true;
        }
        let wrong = self.counters.fragments_wrong_checksum.saturating_add(1);
        self.counters.fragments_wrong_checksum = wrong;
        if auto && !checksum::is_believed(*self.right_checksums, wrong) {
            return true;
        }
        self.counters.fragments_refused = self.counters.fragments_refused.saturating_add(1);
        self.note(NoteKind::FragmentChecksum, "IPv4", 0, usize::from(field));
        false
    }

    /// RFC 8200 section 3.
    #[inline]
    fn ipv6(&mut self) -> Layer {
        let Some(header) = self.rest.head::<40>() else { return self.short("IPv6", 40) };
        let &[first, _, _, _, l0, l1, next, hop_limit, ref addresses @ ..] = header;
        if first >> 4 != 6 {
            return self.unread(NoteKind::Version, "IPv6", 6, usize::from(first >> 4));
        }
        let (source, destination) = addresses.split_at(16);
        let address = |octets: &[u8]| IpAddr::from(octets.first_chunk::<16>().copied().unwrap_or_default());
        self.packet.network = Some(Network {
            source: address(source),
            destination: address(destination),
            protocol: next,
            ttl: hop_limit,
            identification: None,
            fragment: None,
            reassembled: false,
        });
        self.packet.ipv4_header = &[];
        self.pseudo_header = true;
        let payload_len = usize::from(be16([l0, l1]));
        // 0 is right without a payload; otherwise it is a jumbogram (RFC 2675) or was left to offloading.
        if payload_len != 0 || next == NO_NEXT_HEADER {
            self.bound("IPv6", payload_len.saturating_add(40));
        } else {
            self.counters.offloaded_lengths = self.counters.offloaded_lengths.saturating_add(1);
            self.pseudo_header = false;
        }
        self.rest.skip(40);
        Layer::Protocol(next, true)
    }

    #[inline]
    fn protocol(&mut self, protocol: u8, v6: bool) -> Layer {
        match protocol {
            6 => return self.tcp(),
            17 => return self.udp(),
            _ => {}
        }
        match protocol {
            4 | 41 if !self.enter("IP in IP") => return Layer::Done,
            4 => return Layer::Ipv4,
            41 => return Layer::Ipv6,
            47 => return self.gre(),
            51 => return self.extension(protocol, v6),
            44 if v6 => return self.fragment_header(),
            // Hop-by-hop and destination options, routing, mobility, host identity, shim6.
            0 | 43 | 60 | 135 | 139 | 140 if v6 => return self.extension(protocol, v6),
            _ => {}
        }
        self.done(Transport::Other(protocol))
    }

    /// An IPv6 extension header (RFC 8200 section 4), or an authentication header (RFC 4302), which counts its length in
    /// units of 4 octets.
    fn extension(&mut self, protocol: u8, v6: bool) -> Layer {
        let name = if protocol == AUTHENTICATION { "authentication header" } else { "IPv6 extension header" };
        if !self.enter(name) {
            return Layer::Done;
        }
        let Some(&[next, len]) = self.rest.head::<2>() else { return self.short(name, 8) };
        let len =
            if protocol == AUTHENTICATION { (usize::from(len) + 2) * 4 } else { (usize::from(len) + 1) * 8 };
        if protocol == ROUTING && self.rest.data.get(3).is_some_and(|segments_left| *segments_left != 0) {
            self.pseudo_header = false;
        }
        if !self.rest.skip(len) {
            return self.short(name, len);
        }
        self.set_protocol(next);
        Layer::Protocol(next, v6)
    }

    const fn set_protocol(&mut self, protocol: u8) {
        if let Some(network) = &mut self.packet.network {
            network.protocol = protocol;
        }
    }

    /// RFC 8200 section 4.5.
    fn fragment_header(&mut self) -> Layer {
        if !self.enter("IPv6 fragment header") {
            return Layer::Done;
        }
        let Some(&[next, _, o0, o1, i0, i1, i2, i3]) = self.rest.head::<8>() else {
            return self.short("IPv6 fragment header", 8);
        };
        self.rest.skip(8);
        self.set_protocol(next);
        let identification = u32::from_be_bytes([i0, i1, i2, i3]);
        if let Some(network) = &mut self.packet.network {
            network.identification = Some(identification);
        }
        let place = be16([o0, o1]);
        let (offset, more) = (u32::from(place & 0xfff8), place & 1 != 0);
        // A datagram in one fragment (RFC 6946).
        if offset == 0 && !more {
            return Layer::Protocol(next, true);
        }
        self.fragment(next, identification, FragmentPlace { offset, more }, true)
    }

    /// Puts a fragment to the others, and goes on in the datagram if it is whole now.
    fn fragment(&mut self, protocol: u8, identification: u32, place: FragmentPlace, v6: bool) -> Layer {
        self.done(Transport::Fragment);
        let Some(network) = &mut self.packet.network else { return Layer::Held };
        network.fragment = Some(place);
        let key = Key {
            source: network.source,
            destination: network.destination,
            protocol: if v6 { 0 } else { protocol },
            identification,
            // A tag of priority alone names no VLAN (IEEE 802.1Q, 9.6).
            vlan: self.packet.vlan.filter(|id| *id != 0),
        };
        if self.rest.cut != 0 {
            self.counters.fragments_cut = self.counters.fragments_cut.saturating_add(1);
            self.note(NoteKind::FragmentCut, "IP", self.rest.wire_len(), self.rest.data.len());
            return Layer::Held;
        }
        let least = match protocol {
            6 => 20,
            17 => 8,
            _ => 0,
        };
        if place.offset == 0 && self.rest.data.len() < least {
            self.note(NoteKind::FragmentTooSmall, "IP", least, self.rest.data.len());
        }
        let fragment = Fragment {
            key,
            offset: place.offset,
            more: place.more,
            protocol,
            data: self.rest.data,
            frame_offset: small(self.rest.offset),
            reassembled: self.rest.reassembled,
            ts: self.ts,
            frame: self.frame,
        };
        let Some(mut complete) = self.fragments.insert(&fragment, self.notes, self.counters) else {
            return Layer::Held;
        };
        let Some(datagram) = self.datagrams.next() else {
            self.fragments.recycle(complete.octets);
            return self.unread(NoteKind::EncapsulationLimit, "IP", NESTED_DATAGRAMS, NESTED_DATAGRAMS + 1);
        };
        let now = self.frame;
        self.earlier.extend(complete.frames.iter().filter(|&&frame| frame != now));
        std::mem::swap(datagram, &mut complete.octets);
        self.fragments.recycle(complete.octets);
        self.rest = Rest { data: datagram, offset: 0, cut: 0, reassembled: true };
        self.lsdu = None;
        self.packet.transport = Transport::Unread;
        self.packet.payload = &[];
        if let Some(network) = &mut self.packet.network {
            network.protocol = complete.protocol;
            network.fragment = None;
            network.reassembled = true;
        }
        // Each fragment had a header: that of the last one says nothing of the datagram.
        self.packet.ipv4_header = &[];
        Layer::Protocol(complete.protocol, v6)
    }

    // Transport layer

    /// RFC 9293 section 3.1.
    #[inline]
    fn tcp(&mut self) -> Layer {
        let Some(header) = self.rest.head::<20>() else { return self.short("TCP", 20) };
        let (header_len, header) = tcp_header(header);
        if header_len < 20 {
            return self.unread(NoteKind::HeaderLength, "TCP", 20, header_len);
        }
        self.packet.segment = self.rest.data;
        self.packet.verifiable = self.pseudo_header;
        if !self.rest.skip(header_len) {
            let Some(missing) = self.rest.wire_len().checked_sub(header_len) else {
                return self.short("TCP", header_len);
            };
            // The snap length cut the options: all that is needed of the header is there.
            self.note(NoteKind::HeaderCut, "TCP", header_len, self.rest.data.len());
            self.rest.data = &[];
            self.rest.cut = missing;
            self.packet.verifiable = false;
        }
        self.done(Transport::Tcp(header))
    }

    /// RFC 768, and the tunnels that are carried in UDP.
    #[inline]
    fn udp(&mut self) -> Layer {
        let Some(header) = self.rest.head::<8>() else { return self.short("UDP", 8) };
        let (len, header) = udp_header(header);
        if len == 0 && !self.pseudo_header {
            // Left to offloading, like the length of the IP datagram.
        } else if len < 8 {
            return self.unread(NoteKind::LengthBelowHeader, "UDP", 8, len);
        } else {
            if len < self.rest.wire_len() {
                self.surplus(len);
            }
            self.bound("UDP", len);
        }
        self.packet.segment = self.rest.data;
        self.packet.verifiable = self.pseudo_header;
        self.rest.skip(8);
        match header.destination_port {
            VXLAN_PORT => self.vxlan(),
            GENEVE_PORT => self.geneve(),
            _ => None,
        }
        .unwrap_or_else(|| self.done(Transport::Udp(header)))
    }

    /// Says that octets of the IP datagram lie behind the UDP datagram, unless the length of the IP datagram is not known
    /// and they may be padding.
    #[cold]
    fn surplus(&mut self, len: usize) {
        if self.pseudo_header {
            self.note(NoteKind::SurplusOctets, "UDP", len, self.rest.wire_len());
        }
    }

    // Tunnels

    /// RFC 7348 section 5: without the I flag it is none and stays UDP, and reserved bits are ignored on receipt. One of
    /// them says in VXLAN-GPE (draft-ietf-nvo3-vxlan-gpe section 3) that the protocol within is named.
    fn vxlan(&mut self) -> Option<Layer> {
        let &[flags, _, _, next, ..] = self.rest.head::<8>()?;
        let inner = match (flags & 0x08 != 0, flags & 0x04 != 0, next) {
            (false, ..) => return None,
            (_, false, _) | (_, true, 3) => TRANSPARENT_ETHERNET_BRIDGING,
            (_, true, 1) => 0x0800,
            (_, true, 2) => 0x86dd,
            _ => return None,
        };
        if !self.enter("VXLAN") {
            return Some(Layer::Done);
        }
        self.rest.skip(8);
        Some(self.tunnelled(inner))
    }

    /// RFC 8926 section 3.4; what is reserved is ignored on receipt. Anything else on its port stays UDP.
    fn geneve(&mut self) -> Option<Layer> {
        let &[len, _, t0, t1, ..] = self.rest.head::<8>()?;
        let len = (usize::from(len & 0x3f) * 4).checked_add(8).filter(|_| len >> 6 == 0)?;
        let ethertype = be16([t0, t1]);
        if !matches!(ethertype, 0x0800 | 0x86dd | TRANSPARENT_ETHERNET_BRIDGING) || self.rest.data.len() < len
        {
            return None;
        }
        if !self.enter("Geneve") {
            return Some(Layer::Done);
        }
        self.rest.skip(len);
        Some(self.tunnelled(ethertype))
    }

    fn tunnelled(&mut self, ethertype: u16) -> Layer {
        match ethertype {
            TRANSPARENT_ETHERNET_BRIDGING => self.inner_ethernet(),
            _ => Layer::Type(ethertype),
        }
    }

    /// RFC 2784 and RFC 2890. Version 1 and source routes stay what IP says they are.
    fn gre(&mut self) -> Layer {
        let Some(&[flags, version, t0, t1]) = self.rest.head::<4>() else { return self.short("GRE", 4) };
        let ethertype = be16([t0, t1]);
        let known = matches!(
            ethertype,
            0x0800 | 0x86dd | 0x8847 | 0x8848 | TRANSPARENT_ETHERNET_BRIDGING | ERSPAN | ERSPAN_III
        );
        if version & 0x07 != 0 || flags & 0x40 != 0 || !known {
            return self.done(Transport::Other(47));
        }
        if !self.enter("GRE") {
            return Layer::Done;
        }
        // Checksum, key and sequence number have 4 octets each.
        let sequence = flags & 0x10 != 0;
        let len = [flags & 0x80 != 0, flags & 0x20 != 0, sequence].iter().filter(|present| **present).count()
            * 4
            + 4;
        if !self.rest.skip(len) {
            return self.short("GRE", len);
        }
        match ethertype {
            // Type I has no sequence number, and no header of its own.
            ERSPAN if sequence => self.erspan(8),
            ERSPAN => self.inner_ethernet(),
            ERSPAN_III => self.erspan(12),
            _ => self.tunnelled(ethertype),
        }
    }

    /// ERSPAN type II, whose header has 8 octets, or type III with 12 and an optional subheader
    /// (draft-foschiano-erspan-03 sections 4.2 and 4.3).
    fn erspan(&mut self, len: usize) -> Layer {
        let header =
            self.rest.data.get(..len).and_then(|header| header.first_chunk().zip(header.last_chunk()));
        let Some((&[_, _, flags], &[frame_type, last])) = header else { return self.short("ERSPAN", len) };
        let len = if len == 12 && last & 1 == 1 { 20 } else { len };
        if !self.rest.skip(len) {
            return self.short("ERSPAN", len);
        }
        // T: the frame was cut before it was sent here.
        if flags & 0x04 != 0 {
            self.truncated = true;
            self.rest.cut = self.rest.cut.max(1);
        }
        if len >= 12 && (frame_type >> 2) & 0x1f == 2 { Layer::Ip } else { self.inner_ethernet() }
    }
}

/// Whether this EtherType is one that is well known: IP, ARP, tags, MPLS, PPPoE, and those of industrial networks.
const fn is_known(ethertype: u16) -> bool {
    matches!(
        ethertype,
        0x0800
            | 0x0806
            | 0x86dd
            | 0x8100
            | 0x88a8
            | 0x9100
            | 0x8847
            | 0x8848
            | 0x8863
            | 0x8864
            | 0x8892
            | 0x88a4
            | 0x88b8..=0x88ba | 0x88cc | 0x88e3 | 0x88f7 | 0x88fb | 0x892f | 0xf1c1
    )
}

/// The place of a datagram that is no fragment.
const WHOLE: FragmentPlace = FragmentPlace { offset: 0, more: false };
/// Destination port of VXLAN (RFC 7348 section 5).
const VXLAN_PORT: u16 = 4789;
/// Destination port of Geneve (RFC 8926 section 3.3).
const GENEVE_PORT: u16 = 6081;
/// Octets of the trailer of PRP.
const PRP_TRAILER: usize = 6;
/// EtherType of an Ethernet frame in a tunnel (RFC 1701).
const TRANSPARENT_ETHERNET_BRIDGING: u16 = 0x6558;
/// Protocol type of ERSPAN type I and II in GRE.
const ERSPAN: u16 = 0x88be;
/// Protocol type of ERSPAN type III in GRE.
const ERSPAN_III: u16 = 0x22eb;
/// Protocol number of the IPv6 routing header.
const ROUTING: u8 = 43;
/// Protocol number of the authentication header.
const AUTHENTICATION: u8 = 51;
/// Protocol number that says that nothing follows.
const NO_NEXT_HEADER: u8 = 59;
