use std::net::IpAddr;

use proptest::prelude::*;

use super::others::agrees;
use super::*;
use crate::{Checksums, Frame, Limits, OverlapPolicy};

const SECOND: i64 = 1_000_000_000;

/// A Modbus request of shape Ethernet, IPv4, TCP: read one holding register.
const MODBUS: &[u8] = &[0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, 1];

fn frame(link_type: LinkType, data: &[u8]) -> Frame<'_> {
    Frame {
        number: 1,
        ts: 0,
        interface: 0,
        link_type,
        original_len: u32::try_from(data.len()).unwrap(),
        data,
    }
}

/// What a test needs of a packet after the decoder is gone.
#[derive(Debug, PartialEq)]
struct Seen {
    held: bool,
    network: Option<Network>,
    transport: Transport,
    payload: Vec<u8>,
    missing: u32,
    vlan: Option<u16>,
    ethertype: Option<u16>,
    encapsulations: u8,
    redundancy: Option<Redundancy>,
    macs: (Option<[u8; 6]>, Option<[u8; 6]>),
    notes: Vec<Note>,
}

impl Seen {
    fn kinds(&self) -> Vec<NoteKind> {
        self.notes.iter().map(|note| note.kind).collect()
    }
}

fn seen(decoder: &mut Decoder, frame: &Frame<'_>) -> Seen {
    let (held, packet) = match decoder.decode(frame) {
        Decoded::Packet(packet) => (false, packet),
        Decoded::Fragment(packet) => (true, packet),
        Decoded::UnknownLink(link_type) => panic!("unknown link type {link_type:?}"),
    };
    Seen {
        held,
        network: packet.network,
        transport: packet.transport,
        payload: packet.payload.to_vec(),
        missing: packet.missing,
        vlan: packet.vlan,
        ethertype: packet.ethertype,
        encapsulations: packet.encapsulations,
        redundancy: packet.redundancy,
        macs: (packet.source_mac, packet.destination_mac),
        notes: packet.notes.to_vec(),
    }
}

fn see(link_type: LinkType, data: &[u8]) -> Seen {
    seen(&mut Decoder::new(&Limits::default()), &frame(link_type, data))
}

fn join(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

fn ethernet(ethertype: u16) -> Vec<u8> {
    join(&[&[2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1], &ethertype.to_be_bytes()])
}

fn tcp(payload: &[u8]) -> Vec<u8> {
    let mut header = vec![0x04, 0, 0x01, 0xf6, 0, 0, 0, 9, 0, 0, 0, 7, 0x50, 0x18, 0x10, 0, 0, 0, 0, 0];
    header.extend_from_slice(payload);
    header
}

fn udp(destination: u16, payload: &[u8]) -> Vec<u8> {
    let len = u16::try_from(payload.len() + 8).unwrap();
    join(&[&[0x04, 0], &destination.to_be_bytes(), &len.to_be_bytes(), &[0, 0], payload])
}

/// 192.0.2.1 to 192.0.2.2, flags and fragment offset as given.
fn ipv4_part(protocol: u8, identification: u16, place: u16, payload: &[u8]) -> Vec<u8> {
    let len = u16::try_from(payload.len() + 20).unwrap();
    let mut header = join(&[
        &[0x45, 0],
        &len.to_be_bytes(),
        &identification.to_be_bytes(),
        &place.to_be_bytes(),
        &[64, protocol, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2],
    ]);
    header.extend_from_slice(payload);
    header
}

fn ipv4(protocol: u8, payload: &[u8]) -> Vec<u8> {
    ipv4_part(protocol, 1, 0, payload)
}

/// 2001:db8::1 to 2001:db8::2.
fn ipv6(next: u8, payload: &[u8]) -> Vec<u8> {
    let len = u16::try_from(payload.len()).unwrap();
    let prefix = [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    join(&[&[0x60, 0, 0, 0], &len.to_be_bytes(), &[next, 64], &prefix, &[1], &prefix, &[2], payload])
}

fn assert_modbus(seen: &Seen) {
    assert!(matches!(seen.transport, Transport::Tcp(header) if header.destination_port == 502), "{seen:?}");
    assert_eq!(seen.payload, MODBUS, "{seen:?}");
    assert_eq!((seen.missing, seen.notes.len(), seen.held), (0, 0, false), "{seen:?}");
}

/// `LINKTYPE_RTAC_SERIAL`: the header as tshark 4.0.17 reads it (rtacser), before a DNP3 frame of dnp3py.
#[test]
fn a_serial_line_tells_event_and_octets() {
    let octets = b"\x05\x64\x05\xc0\x0a\x00\x01\x00\xb1\xac";
    let events = [None, Some(false), Some(true), Some(false), Some(true), None, None, Some(true), Some(true)];
    for (event, received) in (0..).zip(events.into_iter().chain([Some(true), Some(true), None])) {
        let data = join(&[b"\x65\x53\xf1\x00\x00\x00\x00\x05", &[event, 0x45, 0, 0], octets]);
        let seen = see(LinkType::RTAC_SERIAL, &data);
        assert_eq!(seen.transport, Transport::Serial(SerialEvent(event)));
        assert_eq!(SerialEvent(event).received(), received, "event {event}");
        assert_eq!((&seen.payload[..], seen.missing, seen.notes.len()), (&octets[..], 0, 0));
    }
    for len in 0..12 {
        let seen = see(LinkType::RTAC_SERIAL, &[1; 12][..len]);
        assert_eq!((seen.transport, seen.kinds()), (Transport::Unread, vec![NoteKind::HeaderTruncated]));
    }
}

/// A frame of every shape that is understood, each with [`MODBUS`] in TCP.
fn shapes() -> Vec<(&'static str, LinkType, Vec<u8>)> {
    let e = LinkType::ETHERNET;
    let v4 = ipv4(6, &tcp(MODBUS));
    let v6 = ipv6(6, &tcp(MODBUS));
    let inner = join(&[&ethernet(0x0800), &v4]);
    let family = |octets: [u8; 4], data: &[u8]| join(&[&octets, data]);
    let outer = |protocol, header: &[u8], data: &[u8]| {
        join(&[&ethernet(0x0800), &ipv4(protocol, &join(&[header, data]))])
    };
    let sll = [0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 8, 0];
    let sll2 = [8, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0];
    let mut ipv4_options = ipv4(6, &join(&[&[1, 1, 1, 0], &tcp(MODBUS)]));
    ipv4_options[0] = 0x46;
    let snap = join(&[&[0xaa, 0xaa, 3, 0, 0, 0, 8, 0], &v4]);
    vec![
        ("Ethernet, IPv4", e, inner.clone()),
        ("Ethernet, IPv4, padding", e, join(&[&inner, &[0; 9]])),
        ("Ethernet, IPv6", e, join(&[&ethernet(0x86dd), &v6, &[0; 3]])),
        ("IPv4 options", e, join(&[&ethernet(0x0800), &ipv4_options])),
        ("VLAN", e, join(&[&ethernet(0x8100), &[0x20, 5, 8, 0], &v4])),
        ("QinQ", e, join(&[&ethernet(0x88a8), &[0, 9, 0x81, 0, 0x20, 5, 8, 0], &v4])),
        ("old QinQ", e, join(&[&ethernet(0x9100), &[0, 9, 0x81, 0, 0x20, 5, 8, 0], &v4])),
        ("R-TAG", e, join(&[&ethernet(0xf1c1), &[0, 0, 0, 7, 8, 0], &v4])),
        ("VLAN, R-TAG", e, join(&[&ethernet(0x8100), &[0x20, 5, 0xf1, 0xc1, 0, 0, 0, 7, 8, 0], &v4])),
        ("HSR", e, join(&[&ethernet(0x892f), &[0x10, 60, 0, 7, 8, 0], &v4])),
        ("HSR of 2010", e, join(&[&ethernet(0x88fb), &[0x10, v4.len() as u8 + 6, 0, 7, 8, 0], &v4])),
        ("SNAP", e, join(&[&ethernet(u16::try_from(snap.len()).unwrap()), &snap, &[0; 4]])),
        ("MPLS, IPv4", e, join(&[&ethernet(0x8847), &[0, 1, 0, 64, 0, 2, 1, 64], &v4])),
        ("MPLS, IPv6", e, join(&[&ethernet(0x8847), &[0, 1, 1, 64], &v6])),
        ("MPLS pseudowire", e, join(&[&ethernet(0x8848), &[0, 1, 1, 64, 0, 0, 0, 0], &inner])),
        (
            "MPLS pseudowire without control word",
            e,
            join(&[&ethernet(0x8847), &[0, 1, 1, 64], &[0x20], &inner[1..]]),
        ),
        (
            "MPLS pseudowire without control word, to an address that begins with 0",
            e,
            join(&[&ethernet(0x8847), &[0, 1, 1, 64], &[0, 0xa0], &inner[2..]]),
        ),
        (
            "MPLS pseudowire without control word, to an address that begins with 12 zero bits",
            e,
            join(&[&ethernet(0x8847), &[0, 1, 1, 64], &[0, 0], &inner[2..]]),
        ),
        (
            "MPLS pseudowire without control word, to an address that begins as IPv4 does",
            e,
            join(&[&ethernet(0x8847), &[0, 1, 1, 64], &[0x46], &inner[1..]]),
        ),
        (
            "MPLS pseudowire without control word, to an address that begins as IPv6 does",
            e,
            join(&[&ethernet(0x8847), &[0, 1, 1, 64], &[0x64, 1, 2, 3, 0xff], &inner[5..]]),
        ),
        (
            "MPLS pseudowire without control word, to an address that begins as an associated channel does",
            e,
            join(&[&ethernet(0x8847), &[0, 1, 1, 64], &[0x1c], &inner[1..]]),
        ),
        (
            "MPLS pseudowire whose reserved bits are set",
            e,
            join(&[&ethernet(0x8847), &[0, 1, 1, 64, 0, 1, 0, 0], &inner]),
        ),
        (
            "PPPoE",
            e,
            join(&[
                &ethernet(0x8864),
                &[0x11, 0, 0, 1],
                &u16::try_from(v4.len() + 2).unwrap().to_be_bytes(),
                &[0, 0x21],
                &v4,
                &[0; 5],
            ]),
        ),
        ("cooked", LinkType::LINUX_SLL, join(&[&sll, &v4])),
        ("cooked 2", LinkType::LINUX_SLL2, join(&[&sll2, &v4])),
        ("raw 4", LinkType::RAW, v4.clone()),
        ("raw 6", LinkType::RAW, v6.clone()),
        ("raw BSD", LinkType::RAW_BSD, v4.clone()),
        ("raw OpenBSD", LinkType::RAW_OPENBSD, v6.clone()),
        ("IPv4", LinkType::IPV4, v4.clone()),
        ("IPv6", LinkType::IPV6, v6.clone()),
        ("PPP", LinkType::PPP, family([0xff, 3, 0, 0x21], &v4)),
        ("PPP compressed", LinkType::PPP, join(&[&[0x21], &v4])),
        ("PPP IPv6", LinkType::PPP_HDLC, family([0xff, 3, 0, 0x57], &v6)),
        ("Cisco HDLC", LinkType::PPP_HDLC, family([0x0f, 0, 8, 0], &v4)),
        ("loopback, little", LinkType::NULL, family([2, 0, 0, 0], &v4)),
        ("loopback, big", LinkType::NULL, family([0, 0, 0, 30], &v6)),
        ("loopback, OpenBSD", LinkType::LOOP, family([0, 0, 0, 24], &v6)),
        ("GRE", e, outer(47, &[0, 0, 8, 0], &v4)),
        (
            "GRE, checksum, key, sequence",
            e,
            outer(47, &[0xb0, 0, 0x86, 0xdd, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2], &v6),
        ),
        ("GRE bridging", e, outer(47, &[0x20, 0, 0x65, 0x58, 0, 0, 0, 1], &inner)),
        ("ERSPAN I", e, outer(47, &[0, 0, 0x88, 0xbe], &inner)),
        ("ERSPAN II", e, outer(47, &[0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 0, 0, 1, 0, 0, 0, 0], &inner)),
        (
            "ERSPAN III",
            e,
            outer(47, &[0x10, 0, 0x22, 0xeb, 0, 0, 0, 1, 0x20, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0], &inner),
        ),
        (
            "ERSPAN III with subheader",
            e,
            outer(
                47,
                &[
                    0x10, 0, 0x22, 0xeb, 0, 0, 0, 1, 0x20, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0,
                    0, 0,
                ],
                &inner,
            ),
        ),
        ("IPv4 in IPv4", e, outer(4, &[], &v4)),
        ("IPv6 in IPv4", e, outer(41, &[], &v6)),
        ("IPv4 in IPv6", e, join(&[&ethernet(0x86dd), &ipv6(4, &v4)])),
        ("VXLAN", e, outer(17, &[], &udp(4789, &join(&[&[8, 0, 0, 0, 0, 0, 1, 0], &inner])))),
        (
            "Geneve",
            e,
            outer(17, &[], &udp(6081, &join(&[&[1, 0, 0x65, 0x58, 0, 0, 1, 0, 0, 0, 0, 0], &inner]))),
        ),
        (
            "Geneve whose reserved bits are set",
            e,
            outer(17, &[], &udp(6081, &join(&[&[0, 0x3f, 0x65, 0x58, 0, 0, 1, 0xff], &inner]))),
        ),
        (
            "AH",
            e,
            outer(
                51,
                &[6, 4, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
                &tcp(MODBUS),
            ),
        ),
        (
            "IPv6 extension headers",
            e,
            join(&[
                &ethernet(0x86dd),
                &ipv6(
                    0,
                    &join(&[
                        &[60, 0, 1, 4, 0, 0, 0, 0, 43, 0, 1, 4, 0, 0, 0, 0, 44, 0, 0, 0, 0, 0, 0, 0],
                        &[6, 0, 0, 0, 0, 0, 0, 1],
                        &tcp(MODBUS),
                    ]),
                ),
            ]),
        ),
    ]
}

#[test]
fn every_shape_gives_the_same_payload() {
    for (name, link_type, data) in shapes() {
        let seen = see(link_type, &data);
        assert!(seen.payload == MODBUS, "{name}: {seen:?}");
        assert_modbus(&seen);
        let network = seen.network.unwrap();
        let v4 = network.source == IpAddr::from([192, 0, 2, 1])
            && network.destination == IpAddr::from([192, 0, 2, 2]);
        let v6 = network.source == "2001:db8::1".parse::<IpAddr>().unwrap();
        assert!((v4 || v6) && network.protocol == 6, "{name}: {seen:?}");
    }
}

#[test]
fn link_layer_fields() {
    let seen = |wanted: &str| {
        let (_, link_type, data) = shapes().into_iter().find(|(name, ..)| *name == wanted).unwrap();
        see(link_type, &data)
    };
    assert_eq!(seen("Ethernet, IPv4").macs, (Some([2, 0, 0, 0, 0, 1]), Some([2, 0, 0, 0, 0, 2])));
    assert_eq!(seen("cooked").macs, (Some([2, 0, 0, 0, 0, 1]), None));
    assert_eq!(seen("cooked 2").macs, (Some([2, 0, 0, 0, 0, 1]), None));
    assert_eq!((seen("QinQ").vlan, seen("QinQ").encapsulations), (Some(5), 2));
    let hsr = Redundancy { protocol: RedundancyProtocol::Hsr, lan: 1, sequence: 7 };
    assert_eq!(seen("HSR").redundancy, Some(hsr));
    assert_eq!((seen("HSR of 2010").redundancy, seen("HSR of 2010").ethertype), (Some(hsr), Some(0x0800)));
    assert_eq!(seen("raw 4").ethertype, None);
    assert_eq!(seen("MPLS pseudowire without control word").macs.1, Some([0x20, 0, 0, 0, 0, 2]));
}

#[test]
fn unknown_link_type() {
    let mut decoder = Decoder::new(&Limits::default());
    assert!(matches!(decoder.decode(&frame(LinkType(105), &[0; 60])), Decoded::UnknownLink(LinkType(105))));
}

/// The LSDU size of the trailer counts from behind the type field to the end of the trailer (IEC 62439-3 clause 4.2.7).
#[test]
fn prp_trailer_must_match_its_size() {
    let trailer =
        |lan: u8, size: usize| [0, 9, lan << 4 | u8::try_from(size >> 8).unwrap(), size as u8, 0x88, 0xfb];
    let prp = Some(Redundancy { protocol: RedundancyProtocol::Prp, lan: 11, sequence: 9 });
    let goose = [0x55; 50];

    let layer2 = see(LinkType::ETHERNET, &join(&[&ethernet(0x88b8), &goose, &trailer(11, 56)]));
    assert_eq!(
        (layer2.transport, layer2.redundancy, layer2.ethertype),
        (Transport::Layer2, prp, Some(0x88b8))
    );
    assert_eq!(layer2.payload, goose);
    // A cooked header stands in place of the Ethernet header.
    let sll = [0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 0x88, 0xb8];
    let sll2 = [0x88, 0xb8, 0, 0, 0, 0, 0, 1, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0];
    for (link_type, header) in [(LinkType::LINUX_SLL, &sll[..]), (LinkType::LINUX_SLL2, &sll2)] {
        let cooked = see(link_type, &join(&[header, &goose, &trailer(11, 56)]));
        assert_eq!((cooked.payload.as_slice(), cooked.redundancy), (goose.as_slice(), prp));
    }
    // Behind a VLAN tag, which the size does not count, and with a frame check sequence behind the trailer.
    let tagged = join(&[&ethernet(0x8100), &[0, 5, 0x88, 0xb8], &goose, &trailer(11, 56), &[1, 2, 3, 4]]);
    let tagged = see(LinkType::ETHERNET, &tagged);
    assert_eq!((tagged.payload.as_slice(), tagged.redundancy), (goose.as_slice(), prp));
    // Another size, another LAN: these octets are data.
    for wrong in [trailer(11, 55), trailer(9, 56)] {
        let seen = see(LinkType::ETHERNET, &join(&[&ethernet(0x88b8), &goose, &wrong]));
        assert_eq!((seen.payload.len(), seen.redundancy), (56, None));
    }
    let datagram = ipv4(6, &tcp(MODBUS));
    let len = datagram.len();
    let ip = see(LinkType::ETHERNET, &join(&[&ethernet(0x0800), &datagram, &trailer(11, len + 6)]));
    assert_modbus(&ip);
    assert_eq!(ip.redundancy, prp);
    // What the IP datagram covers is its payload, whatever it looks like.
    let inside = ipv4(6, &tcp(&trailer(11, 46)));
    let inside = see(LinkType::ETHERNET, &join(&[&ethernet(0x0800), &inside]));
    assert_eq!((inside.payload.len(), inside.redundancy), (6, None));
}

/// Supervision has the EtherType of the old tag of HSR: its version is no size, and its TLVs are no types.
#[test]
fn supervision_is_no_tag() {
    let mac = [0, 0x30, 0xa7, 0, 0, 1];
    for head in [&[0, 1, 0, 7, 20, 6][..], &[0xf0, 0, 0, 7, 23, 12], &[0, 0, 20, 12]] {
        let frame = join(&[&ethernet(0x88fb), head, &mac, &[0; 34]]);
        let seen = see(LinkType::ETHERNET, &frame);
        assert_eq!((seen.transport, seen.ethertype), (Transport::Layer2, Some(0x88fb)));
        assert_eq!((seen.redundancy, seen.payload.len()), (None, head.len() + 40));
    }
}

/// A short frame is filled up behind what its tag counts.
#[test]
fn an_old_tag_of_hsr_in_a_short_frame() {
    let tagged = [&[0, 16, 0, 7, 0x88, 0xb8][..], &[0x55; 10]].concat();
    let hsr = Some(Redundancy { protocol: RedundancyProtocol::Hsr, lan: 0, sequence: 7 });
    let filled = see(LinkType::ETHERNET, &join(&[&ethernet(0x88fb), &tagged, &[0; 30]]));
    assert_eq!((filled.redundancy, filled.ethertype), (hsr, Some(0x88b8)));
    // In a longer one the size is wrong.
    let wrong = see(LinkType::ETHERNET, &join(&[&ethernet(0x88fb), &tagged, &[0; 60]]));
    assert_eq!((wrong.redundancy, wrong.ethertype), (None, Some(0x88fb)));
}

/// The T bit of ERSPAN: the frame was cut where it was mirrored, and no length in it lies
/// (draft-foschiano-erspan-03 section 4.2).
#[test]
fn a_mirrored_frame_may_be_cut() {
    let inner = join(&[&ethernet(0x0800), &ipv4(6, &tcp(&[7; 1000]))]);
    let layer2 = join(&[&ethernet(0x88b8), &[7; 100]]);
    let mirrored = |frame: &[u8], t: u8| {
        let header = [0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 0, t, 1, 0, 0, 0, 0];
        see(LinkType::ETHERNET, &join(&[&ethernet(0x0800), &ipv4(47, &join(&[&header, frame]))]))
    };
    let cut = mirrored(&inner[..154], 4);
    assert_eq!((cut.payload.len(), cut.missing, cut.kinds()), (100, 900, vec![]));
    assert_eq!(mirrored(&inner[..154], 0).kinds(), [NoteKind::LengthBeyondFrame]);
    assert_eq!(mirrored(&inner[..40], 4).kinds(), [NoteKind::HeaderCut]);
    let cut = mirrored(&layer2[..64], 4);
    assert_eq!((cut.payload.len(), cut.missing, cut.kinds()), (50, 1, vec![]));
}

#[test]
fn llc_without_snap() {
    // A spanning tree PDU: length 38, LLC 42 42 03.
    let seen = see(LinkType::ETHERNET, &join(&[&ethernet(38), &[0x42, 0x42, 3], &[7; 35], &[0; 8]]));
    assert_eq!(seen.transport, Transport::Llc { destination: 0x42, source: 0x42 });
    assert_eq!((seen.payload.len(), seen.ethertype), (35, None));
    let undefined = see(LinkType::ETHERNET, &join(&[&ethernet(1501), &[0; 50]]));
    assert_eq!(undefined.kinds(), [NoteKind::UndefinedType]);
}

/// "IPv4 total length 0 (offloaded capture) -> frame length is used; total length larger than the frame -> truncation;
/// smaller than the header -> said."
#[test]
fn ipv4_total_length_lies() {
    let with_len = |len: u16| {
        let mut data = join(&[&ethernet(0x0800), &ipv4(6, &tcp(MODBUS))]);
        data[16..18].copy_from_slice(&len.to_be_bytes());
        see(LinkType::ETHERNET, &data)
    };
    assert_modbus(&with_len(0));
    let larger = with_len(52 + 30);
    assert_eq!((larger.payload.as_slice(), larger.missing), (MODBUS, 30));
    assert_eq!(larger.kinds(), [NoteKind::LengthBeyondFrame]);
    assert_eq!((larger.notes[0].offset, larger.notes[0].expected, larger.notes[0].found), (14, 82, 52));
    let smaller = with_len(19);
    assert_eq!((smaller.kinds(), smaller.transport), (vec![NoteKind::LengthBelowHeader], Transport::Unread));
    assert!(smaller.network.is_some() && smaller.payload.is_empty());
    let inside_tcp = with_len(39);
    assert_eq!(
        (inside_tcp.kinds(), inside_tcp.transport),
        (vec![NoteKind::HeaderTruncated], Transport::Unread)
    );

    let mut offloaded = join(&[&ethernet(0x86dd), &ipv6(6, &tcp(MODBUS))]);
    offloaded[18..20].copy_from_slice(&[0, 0]);
    assert_modbus(&see(LinkType::ETHERNET, &offloaded));
}

#[test]
fn udp_length_lies() {
    let with_len = |len: u16| {
        let mut datagram = udp(502, MODBUS);
        datagram[4..6].copy_from_slice(&len.to_be_bytes());
        see(LinkType::ETHERNET, &join(&[&ethernet(0x0800), &ipv4(17, &datagram)]))
    };
    assert_eq!((with_len(20).payload.as_slice(), with_len(20).notes.len()), (MODBUS, 0));
    assert_eq!(
        (with_len(7).kinds(), with_len(7).transport),
        (vec![NoteKind::LengthBelowHeader], Transport::Unread)
    );
    assert_eq!((with_len(25).kinds(), with_len(25).missing), (vec![NoteKind::LengthBeyondFrame], 5));
    assert_eq!((with_len(10).kinds(), with_len(10).payload.len()), (vec![NoteKind::SurplusOctets], 2));
}

/// "Frames cut by the snap length -> headers read; missing octets are a gap in the stream, not malformed protocol."
#[test]
fn snap_length() {
    let data = join(&[&ethernet(0x0800), &ipv4(6, &tcp(&[7; 1000]))]);
    let mut decoder = Decoder::new(&Limits::default());
    for len in 0..data.len() {
        let cut = Frame { data: &data[..len], ..frame(LinkType::ETHERNET, &data) };
        let seen = seen(&mut decoder, &cut);
        if len >= 54 {
            assert_eq!(seen.payload.len() + seen.missing as usize, 1000);
            assert_eq!(seen.payload.len(), len - 54);
            assert!(seen.notes.is_empty());
        } else {
            assert_eq!((seen.kinds(), seen.transport), (vec![NoteKind::HeaderCut], Transport::Unread));
            assert_eq!(seen.network.is_some(), len >= 34);
        }
    }
    // Cut inside the options: ports and sequence are there, the payload is missing as a whole.
    let mut segment = tcp(&[7; 104]);
    segment[12] = 0x60;
    let data = join(&[&ethernet(0x0800), &ipv4(6, &segment)]);
    let cut = Frame { data: &data[..55], ..frame(LinkType::ETHERNET, &data) };
    let seen = seen(&mut decoder, &cut);
    assert!(matches!(seen.transport, Transport::Tcp(_)));
    assert_eq!((seen.payload.len(), seen.missing), (0, 100));
}

/// "30 stacked VLAN tags, tunnels in tunnels, IPv6 extension-header chains -> depth limit, said, bounded time."
#[test]
fn depth_is_limited() {
    let v4 = ipv4(6, &tcp(MODBUS));
    let mut tags = ethernet(0x8100);
    tags.extend([0, 1, 0x81, 0].repeat(30));
    let tunnels = (0..30).fold(v4.clone(), |inner, _| ipv4(4, &inner));
    let mut chain = [60, 0, 1, 4, 0, 0, 0, 0].repeat(30);
    chain.extend(tcp(MODBUS));
    let mixed = |times: usize| {
        (0..times).fold(v4.clone(), |inner, _| {
            let frame = join(&[&ethernet(0x8100), &[0, 3, 8, 0], &inner]);
            ipv4(
                47,
                &join(&[&[0, 0, 8, 0], &ipv4(17, &udp(4789, &join(&[&[8, 0, 0, 0, 0, 0, 1, 0], &frame])))]),
            )
        })
    };
    let labels = join(&[&ethernet(0x8847), &[0, 0, 0, 9].repeat(30)]);
    let frames =
        [tags, join(&[&ethernet(0x0800), &tunnels]), join(&[&ethernet(0x86dd), &ipv6(60, &chain)]), labels];
    for data in &frames {
        let seen = see(LinkType::ETHERNET, data);
        assert_eq!(seen.kinds(), [NoteKind::EncapsulationLimit]);
        assert_eq!((seen.transport, seen.encapsulations), (Transport::Unread, 16));
    }
    // 15 tunnels and tags of three kinds fit, and 18 do not.
    assert_modbus(&see(LinkType::RAW, &mixed(5)));
    assert_eq!(see(LinkType::RAW, &mixed(6)).kinds(), [NoteKind::EncapsulationLimit]);
    // At the limit all is read.
    let fits = (0..16).fold(v4, |inner, _| ipv4(4, &inner));
    assert_modbus(&see(LinkType::RAW, &fits));
}

// Fragments

/// The segment in pieces of 24 octets: fragment offsets count units of 8 octets.
fn pieces(identification: u16, segment: &[u8]) -> Vec<Vec<u8>> {
    let count = segment.chunks(24).count();
    let part = |(index, piece): (usize, &[u8])| {
        let more = if index + 1 < count { 0x2000 } else { 0 };
        ipv4_part(6, identification, more | u16::try_from(index * 3).unwrap(), piece)
    };
    segment.chunks(24).enumerate().map(part).collect()
}

fn at(ts: i64, data: &[u8]) -> Frame<'_> {
    Frame { ts, ..frame(LinkType::RAW, data) }
}

proptest! {
    /// Whatever the order and however often they come, the datagram is the same, once; the copies leave nothing behind.
    #[test]
    fn fragments_in_any_order(order in Just((0..5usize).collect::<Vec<_>>()).prop_shuffle(), again in 0..5usize) {
        let payload: Vec<u8> = (0..100).collect();
        let parts = pieces(7, &tcp(&payload));
        prop_assert_eq!(parts.len(), 5);
        let mut decoder = Decoder::new(&Limits::default());
        for (step, index) in order.iter().enumerate() {
            if step > again {
                prop_assert!(seen(&mut decoder, &at(0, &parts[order[again]])).held);
            }
            let seen = seen(&mut decoder, &at(0, &parts[*index]));
            prop_assert_eq!(seen.held, step < 4);
            if step == 4 {
                prop_assert_eq!(&seen.payload, &payload);
                prop_assert!(seen.network.unwrap().reassembled);
            }
            prop_assert!(seen.notes.is_empty());
        }
        prop_assert_eq!(decoder.waiting_octets(), 0);
        prop_assert_eq!(decoder.counters().fragments_repeated, (4 - again) as u64);
    }

    /// Against a model that knows of every octet which fragment it is from: the policy decides, and the memory is accounted
    /// for.
    #[test]
    fn overlaps_follow_the_policy(
        policy in proptest::sample::select(OverlapPolicy::NAMED.map(|(_, policy)| policy).to_vec()),
        parts in proptest::collection::vec((0..8u16, 1..5usize, any::<u8>()), 1..20),
    ) {
        let mut decoder = Decoder::new(&Limits { overlap: policy, ..Limits::default() });
        let mut model: Vec<Option<(u8, (u64, u64))>> = vec![None; 104];
        // The last fragment first, so that the datagram is complete when the table is.
        let end = ipv4_part(99, 1, 12, &[0xee; 8]);
        seen(&mut decoder, &at(0, &end));
        model[96..].fill(Some((0xee, (96, 104))));
        let mut conflicts = 0;
        let rest = (0..12u16).map(|unit| (unit, 1, 0xdd));
        for (unit, units, fill) in parts.into_iter().chain(rest) {
            let data = vec![fill; units * 8];
            let place = usize::from(unit) * 8;
            let table = &mut model[place..place + data.len()];
            conflicts += u64::from(table.iter().any(|octet| octet.is_some_and(|(octet, _)| octet != fill)));
            let extent = (place as u64, (place + data.len()) as u64);
            for octet in table {
                if octet.is_none_or(|(_, held)| policy.later_fragment(held, extent)) {
                    *octet = Some((fill, extent));
                }
            }
            let part = ipv4_part(99, 1, 0x2000 | unit, &data);
            let seen = seen(&mut decoder, &at(0, &part));
            if !seen.held {
                let expected: Vec<u8> = model.iter().map(|octet| octet.unwrap().0).collect();
                prop_assert_eq!(&seen.payload, &expected);
                prop_assert_eq!(decoder.counters().fragments_conflicting, conflicts);
                prop_assert_eq!(decoder.waiting_octets(), 0);
                return Ok(());
            }
        }
        prop_assert!(false, "never complete");
    }
}

/// "Overlapping fragments or segments with different octets -> one copy is used by the configured policy (first, last, by
/// system), both named in an anomaly with offset and length; rows are given once."
#[test]
fn conflicting_fragments_are_said() {
    let mut decoder = Decoder::new(&Limits::default());
    seen(&mut decoder, &at(0, &ipv4_part(99, 1, 0x2000, &[1; 24])));
    let mut other = [1; 16];
    other[3..6].copy_from_slice(&[9, 1, 9]);
    let said = seen(&mut decoder, &at(0, &ipv4_part(99, 1, 0x2001, &other)));
    let note = Note {
        kind: NoteKind::FragmentOverlap,
        header: "IP",
        offset: 20 + 3,
        reassembled: false,
        expected: 8 + 3,
        found: 3,
    };
    assert_eq!(said.notes, [note]);
    let whole = seen(&mut decoder, &at(0, &ipv4_part(99, 1, 3, &[2; 8])));
    assert_eq!((whole.payload, whole.held), ([[1; 24].as_slice(), &[2; 8]].concat(), false));
}

/// "A first fragment too small for the TCP header; fragments that never complete; overlapping "teardrop" -> limit, said,
/// nothing attributed to a wrong flow."
#[test]
fn hostile_fragments() {
    let mut decoder = Decoder::new(&Limits::default());
    let small = seen(&mut decoder, &at(0, &ipv4_part(6, 1, 0x2000, &tcp(&[])[..8])));
    assert_eq!((small.kinds(), small.held), (vec![NoteKind::FragmentTooSmall], true));
    assert_eq!(small.transport, Transport::Fragment);

    // Teardrop: the second fragment lies inside the first, and says that it is the last.
    seen(&mut decoder, &at(0, &ipv4_part(17, 2, 0x2000, &[0; 40])));
    let teardrop = seen(&mut decoder, &at(0, &ipv4_part(17, 2, 3, &[0; 4])));
    assert_eq!((teardrop.kinds(), teardrop.held), (vec![NoteKind::FragmentEnd], true));
    // Ping of death: behind 65535.
    let death = seen(&mut decoder, &at(0, &ipv4_part(1, 3, 0x1fff, &[0; 100])));
    assert_eq!(death.kinds(), [NoteKind::FragmentEnd]);
    let odd = seen(&mut decoder, &at(0, &ipv4_part(1, 4, 0x2000, &[0; 9])));
    assert_eq!(odd.kinds(), [NoteKind::FragmentLength]);
    assert_eq!((decoder.counters().fragments_refused, decoder.waiting_datagrams()), (3, 2));

    // Time passes with any frame.
    let whole = ipv4(6, &tcp(MODBUS));
    assert!(seen(&mut decoder, &at(29 * SECOND, &whole)).notes.is_empty());
    let late = seen(&mut decoder, &at(30 * SECOND, &whole));
    assert_eq!((late.kinds(), late.notes[0].found), (vec![NoteKind::FragmentTimeout], 2));
    assert_eq!((decoder.counters().datagrams_timed_out, decoder.waiting_octets()), (2, 0));
    seen(&mut decoder, &at(31 * SECOND, &ipv4_part(1, 4, 0x2000, &[0; 8])));
    assert_eq!(
        decoder.finish().iter().map(|note| note.kind).collect::<Vec<_>>(),
        [NoteKind::FragmentUnfinished]
    );
    assert_eq!(decoder.counters().datagrams_unfinished, 1);
}

/// "Fragments that never complete -> limit": the oldest go first, each is counted, and memory stays within the limit.
#[test]
fn fragment_limits() {
    let limits = Limits { fragmented_datagrams: 10, fragment_octets: 4096, ..Limits::default() };
    let mut decoder = Decoder::new(&limits);
    for identification in 0..1000 {
        let part = ipv4_part(17, identification, 0x2000, &[0; 256]);
        seen(&mut decoder, &at(0, &part));
        assert!(decoder.waiting_datagrams() <= 10 && decoder.waiting_octets() <= 4096);
    }
    assert_eq!(decoder.counters().datagrams_evicted, 990);
    let newest = seen(&mut decoder, &at(0, &ipv4_part(17, 999, 32, &[0; 8])));
    assert!(!newest.held);
    // One fragment far out claims all the room up to it.
    let far = seen(&mut decoder, &at(0, &ipv4_part(17, 2000, 0x2000 | 0x1000, &[0; 8])));
    assert_eq!((far.kinds(), decoder.waiting_octets()), (vec![NoteKind::FragmentLimit], 0));
}

/// "A frame dated far in the future or past -> no flow expires by it."
#[test]
fn one_frame_dated_far_off_expires_nothing() {
    let parts = pieces(7, &tcp(&[5; 40]));
    let whole = ipv4(6, &tcp(MODBUS));
    let mut decoder = Decoder::new(&Limits::default());
    seen(&mut decoder, &at(0, &parts[0]));
    for ts in [i64::MAX, SECOND, i64::MIN, 2 * SECOND] {
        assert!(seen(&mut decoder, &at(ts, &whole)).notes.is_empty());
    }
    // Two that agree show that the clock was set; what waits goes on waiting.
    let later = 100_000 * SECOND;
    assert!(seen(&mut decoder, &at(later, &parts[1])).held);
    assert!(!seen(&mut decoder, &at(later, &parts[2])).held);
}

/// Mirror ports give each fragment twice: the copies behind the last one are no lost datagram.
#[test]
fn late_copies_are_no_loss() {
    let parts = pieces(7, &tcp(&[5; 40]));
    let mut decoder = Decoder::new(&Limits::default());
    for part in &parts {
        seen(&mut decoder, &at(0, part));
        seen(&mut decoder, &at(0, part));
    }
    // The identification comes round again, with other octets.
    let parts = pieces(7, &tcp(&[6; 40]));
    for (index, part) in parts.iter().enumerate() {
        let seen = seen(&mut decoder, &at(5 * SECOND, part));
        assert!(seen.notes.is_empty());
        if index == 2 {
            assert_eq!(seen.payload, [6; 40]);
        }
    }
    assert!(decoder.finish().is_empty());
    assert_eq!(decoder.counters().datagrams_reassembled, 2);
}

/// A stack that counts no identifications: the copies of one datagram are not mixed with the next one, which has its name.
#[test]
fn late_copies_are_no_part_of_the_next_datagram() {
    for gap in [0, SECOND / 50, 5 * SECOND] {
        let mut decoder = Decoder::new(&Limits::default());
        let mut whole = vec![];
        for n in 0..4u8 {
            let ts = i64::from(n) * gap;
            // The last piece is the same in all.
            let segment = tcp(&[&[n; 28][..], &[9; 12]].concat());
            for part in &pieces(7, &segment) {
                for copy in 0..2 {
                    let seen = seen(&mut decoder, &at(ts + copy, part));
                    assert!(seen.notes.is_empty());
                    whole.extend((!seen.held).then_some(seen.payload));
                }
            }
        }
        let expected: Vec<_> = (0..4u8).map(|n| [&[n; 28][..], &[9; 12]].concat()).collect();
        assert_eq!(whole, expected);
        assert!(decoder.finish().is_empty());
    }
}

/// A datagram of which a part is missing is no copy of the one before, unless all of it repeats that one.
#[test]
fn what_is_missing_of_the_next_datagram_is_said() {
    let (one, other) = (pieces(7, &tcp(&[5; 40])), pieces(7, &tcp(&[6; 40])));
    // Of the third only the last piece is another.
    let third = [&one[..2], &other[2..]].concat();
    let missing = vec![NoteKind::FragmentUnfinished];
    let soon = SECOND / 100;
    for (last, gap, said) in [
        (&one, soon, vec![]),
        (&one, SECOND, missing.clone()),
        (&other, soon, missing.clone()),
        (&third, soon, missing),
    ] {
        let mut decoder = Decoder::new(&Limits::default());
        for part in &one {
            seen(&mut decoder, &at(0, part));
        }
        for part in &last[1..] {
            seen(&mut decoder, &at(gap, part));
        }
        let kinds: Vec<_> = decoder.finish().iter().map(|note| note.kind).collect();
        assert_eq!(kinds, said);
    }
}

#[test]
fn ipv6_fragments() {
    let segment = tcp(MODBUS);
    let part = |offset: u16, more: bool, piece: &[u8]| {
        let header = join(&[&[6, 0], &(offset | u16::from(more)).to_be_bytes(), &[0, 0, 0, 9], piece]);
        ipv6(44, &header)
    };
    let mut decoder = Decoder::new(&Limits::default());
    assert!(seen(&mut decoder, &at(0, &part(16, false, &segment[16..]))).held);
    let whole = seen(&mut decoder, &at(0, &part(0, true, &segment[..16])));
    assert!(matches!(whole.transport, Transport::Tcp(_)));
    assert_eq!((whole.payload.as_slice(), whole.network.unwrap().identification), (MODBUS, Some(9)));
}

/// Fragments of a tunnel whose payload is a fragment itself.
#[test]
fn fragments_within_fragments() {
    let inner = pieces(7, &tcp(MODBUS));
    let mut decoder = Decoder::new(&Limits::default());
    let mut last = None;
    for (index, part) in inner.iter().enumerate() {
        let id = 100 + u16::try_from(index).unwrap();
        let (a, b) = part.split_at(16);
        assert!(seen(&mut decoder, &at(0, &ipv4_part(4, id, 0x2000, a))).held);
        last = Some(seen(&mut decoder, &at(0, &ipv4_part(4, id, 2, b))));
    }
    let last = last.unwrap();
    assert_eq!((last.payload.as_slice(), last.held), (MODBUS, false));
}

#[test]
fn a_cut_fragment_is_not_kept() {
    let part = ipv4_part(6, 1, 0x2000, &tcp(&[0; 12]));
    let mut decoder = Decoder::new(&Limits::default());
    let cut = Frame { data: &part[..40], ..at(0, &part) };
    assert_eq!(seen(&mut decoder, &cut).kinds(), [NoteKind::FragmentCut]);
    assert_eq!((decoder.counters().fragments_cut, decoder.waiting_datagrams()), (1, 0));
}

/// RFC 1122, 3.2.1.2: whoever receives a datagram with a wrong header checksum discards it, fragments too. Where a card fills it
/// in it is 0, and who changed the addresses of a whole capture may have left all of them as they were.
#[test]
fn a_fragment_with_a_wrong_header_checksum_is_not_put_to_the_others() {
    let whole = tcp(MODBUS);
    let part = |identification, place, octets: &[u8], checksum: Option<u16>| {
        let mut part = ipv4_part(6, identification, place, octets);
        let right =
            etherparse::Ipv4HeaderSlice::from_slice(&part).unwrap().to_header().calc_header_checksum();
        part[10..12].copy_from_slice(&checksum.unwrap_or(right).to_be_bytes());
        part
    };
    // A fragment of the attacker, then the right two. Whose octets are read, by what was right before.
    let read = |checksums, right: u16, forged: u16| {
        let mut decoder = Decoder::new(&Limits::default()).with_checksums(checksums);
        for identification in 0..right {
            seen(&mut decoder, &at(0, &part(100 + identification, 0x2000, &[0; 8], None)));
        }
        let wrong = seen(&mut decoder, &at(0, &part(1, 0x2000, &tcp(b"\0\0\0\0")[..24], Some(forged))));
        assert!(wrong.held);
        let refused = wrong.kinds() == [NoteKind::FragmentChecksum];
        seen(&mut decoder, &at(0, &part(1, 0x2000, &whole[..24], None)));
        let last = seen(&mut decoder, &at(0, &part(1, 3, &whole[24..], None)));
        let counters = decoder.counters();
        assert_eq!((counters.fragments_refused == 1, last.payload == MODBUS), (refused, refused));
        let is_wrong = checksums == Checksums::Check || checksums == Checksums::Auto && forged != 0;
        assert_eq!(counters.fragments_wrong_checksum, u64::from(is_wrong));
        refused
    };
    assert!(read(Checksums::Auto, 4, 0x1234));
    assert!(!read(Checksums::Auto, 3, 0x1234));
    assert!(!read(Checksums::Auto, 4, 0));
    assert!(read(Checksums::Check, 0, 0x1234));
    assert!(read(Checksums::Check, 0, 0));
    assert!(!read(Checksums::Ignore, 4, 0x1234));
}

// Checksums, shards

#[test]
fn checksums_agree_with_etherparse() {
    let check = |data: &[u8]| {
        let mut decoder = Decoder::new(&Limits::default());
        let frame = frame(LinkType::ETHERNET, data);
        let Decoded::Packet(packet) = decoder.decode(&frame) else { panic!("held") };
        let (ip, transport) = (packet.ipv4_checksum(), packet.transport_checksum());
        assert_eq!(packet.checksums(), if ip == Some(false) { ip } else { transport });
        (ip, transport)
    };
    for len in 0..40 {
        let payload: Vec<u8> = (0..len).map(|octet: u8| octet.wrapping_mul(7)).collect();
        let mut frames = Vec::new();
        for v6 in [false, true] {
            let start = || {
                let start = etherparse::PacketBuilder::ethernet2([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2]);
                if v6 { start.ipv6([1; 16], [2; 16], 9) } else { start.ipv4([10, 0, 0, 1], [10, 0, 0, 2], 9) }
            };
            let mut data = Vec::new();
            start().tcp(1, 502, 3, 4).write(&mut data, &payload).unwrap();
            frames.push((v6, data));
            let mut data = Vec::new();
            start().udp(1, 502).write(&mut data, &payload).unwrap();
            frames.push((v6, data));
        }
        for (v6, mut data) in frames {
            let ip = (!v6).then_some(true);
            assert_eq!(check(&data), (ip, Some(true)));
            let last = data.len() - 1;
            data[last] ^= 0x10;
            assert_eq!(check(&data), (ip, Some(false)));
            data[last] ^= 0x10;
            if !v6 {
                data[22] ^= 1;
                assert_eq!(check(&data), (Some(false), Some(true)));
            }
        }
    }
    // None is used, and none can be checked.
    assert_eq!(check(&join(&[&ethernet(0x0800), &ipv4(17, &udp(9, MODBUS))])).1, None);
    let whole = join(&[&ethernet(0x0800), &ipv4(6, &tcp(MODBUS))]);
    let cut = Frame { data: &whole[..60], ..frame(LinkType::ETHERNET, &whole) };
    let mut decoder = Decoder::new(&Limits::default());
    let Decoded::Packet(packet) = decoder.decode(&cut) else { panic!("held") };
    assert_eq!(packet.transport_checksum(), None);
}

#[test]
fn what_a_receiver_takes_by_its_checksums() {
    let check = |data: &[u8]| {
        let mut decoder = Decoder::new(&Limits::default());
        let Decoded::Packet(packet) = decoder.decode(&frame(LinkType::ETHERNET, data)) else {
            panic!("held")
        };
        packet.checksums()
    };
    let start = || {
        etherparse::PacketBuilder::ethernet2([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2]).ipv4(
            [10, 0, 0, 1],
            [10, 0, 0, 2],
            9,
        )
    };
    let (mut tcp, mut udp) = (Vec::new(), Vec::new());
    start().tcp(1, 502, 3, 4).write(&mut tcp, MODBUS).unwrap();
    start().udp(1, 502).write(&mut udp, MODBUS).unwrap();
    assert_eq!((check(&tcp), check(&udp)), (Some(true), Some(true)));
    // That of the header is left to the network card; then it is wrong.
    tcp[24..26].fill(0);
    assert_eq!(check(&tcp), Some(true));
    tcp[25] = 1;
    assert_eq!(check(&tcp), Some(false));
    // Of a segment that the snap length cut nobody knows, where there is none of the header.
    let cut_of = |data: &[u8]| {
        let cut = Frame { data: &data[..data.len() - 4], ..frame(LinkType::ETHERNET, data) };
        let mut decoder = Decoder::new(&Limits::default());
        let Decoded::Packet(packet) = decoder.decode(&cut) else { panic!("held") };
        packet.checksums()
    };
    assert_eq!(cut_of(&tcp), Some(false));
    tcp[24..26].fill(0);
    assert_eq!(cut_of(&tcp), None);
    // A datagram may do without its own (RFC 768), and is under that of the header alone.
    udp[40..42].fill(0);
    assert_eq!(check(&udp), Some(true));
    udp[25] ^= 1;
    assert_eq!(check(&udp), Some(false));
    udp[24..26].fill(0);
    assert_eq!(check(&udp), Some(false));
}

/// Each fragment has a header of its own: none speaks for the datagram, whichever comes last.
#[test]
fn a_datagram_of_fragments_has_no_header_of_its_own() {
    let parts = pieces(7, &tcp(MODBUS));
    let mut decoder = Decoder::new(&Limits::default());
    let (last, before) = parts.split_last().unwrap();
    for part in before {
        assert!(matches!(decoder.decode(&at(0, part)), Decoded::Fragment(_)));
    }
    let last = at(0, last);
    let Decoded::Packet(packet) = decoder.decode(&last) else { panic!("held") };
    assert_eq!((packet.payload, packet.ipv4_checksum()), (MODBUS, None));
}

#[test]
fn both_directions_have_one_shard() {
    let mut used = [false; SHARDS as usize];
    for host in 0..=255 {
        let shard = |source: [u8; 4], destination: [u8; 4]| {
            let mut data = ipv4(6, &tcp(MODBUS));
            data[12..16].copy_from_slice(&source);
            data[16..20].copy_from_slice(&destination);
            let mut decoder = Decoder::new(&Limits::default());
            let Decoded::Packet(packet) = decoder.decode(&frame(LinkType::RAW, &data)) else {
                panic!("held")
            };
            packet.shard()
        };
        let (a, b) = ([10, 0, 0, host], [10, 0, 0, 1]);
        assert_eq!(shard(a, b), shard(b, a));
        used[usize::from(shard(a, b))] = true;
    }
    // Of 256 pairs, all but one or two of the 64 shards are met.
    assert!(used.iter().filter(|used| **used).count() > 55);
}

/// Without IP two stations have one shard in both directions, as requests and answers of GSE management and PTP do; what goes to
/// a group has that of the group, whoever sends it.
#[test]
fn two_stations_have_one_shard_and_so_has_a_group() {
    let shard = |destination: [u8; 6], source: [u8; 6], ethertype: u16| {
        let data = join(&[&destination, &source, &ethertype.to_be_bytes(), &[0; 46]]);
        let frame = frame(LinkType::ETHERNET, &data);
        let mut decoder = Decoder::new(&Limits::default());
        let Decoded::Packet(packet) = decoder.decode(&frame) else { panic!("held") };
        assert!(shard_of(&frame).is_none_or(|told| told == packet.shard()));
        packet.shard()
    };
    for ethertype in [0x88b9, 0x88f7] {
        let mut used = [false; SHARDS as usize];
        for station in 0..=255 {
            let (one, other) = ([2, 0, 0, 0, 0, 1], [0, 0x30, 0xa7, 0, 9, station]);
            assert_eq!(shard(one, other, ethertype), shard(other, one, ethertype));
            used[usize::from(shard(one, other, ethertype))] = true;
        }
        assert!(used.iter().filter(|used| **used).count() > 55);
        let group = [1, 0x0c, 0xcd, 1, 0, 1];
        let of_group = |station| shard(group, [2, 0, 0, 0, 0, station], ethertype);
        assert!((0..=255).all(|station| of_group(station) == of_group(0)));
    }
}

// Anything at all

fn assert_inside(decoder: &mut Decoder, frame: &Frame<'_>) {
    let (Decoded::Packet(packet) | Decoded::Fragment(packet)) = decoder.decode(frame) else { return };
    let reassembled = packet.network.is_some_and(|network| network.reassembled);
    let inside = frame.data.as_ptr_range();
    let payload = packet.payload.as_ptr_range();
    assert!(
        reassembled
            || packet.payload.is_empty()
            || (inside.start <= payload.start && payload.end <= inside.end),
        "{packet:?}"
    );
    assert!(packet.shard() < SHARDS);
    let _ = (packet.ipv4_checksum(), packet.transport_checksum());
    if packet.transport == Transport::Unread {
        assert!(packet.payload.is_empty() && !packet.notes.is_empty(), "{packet:?}");
    }
}

/// Every shape cut at every octet, by a snap length and for good, and with every bit flipped in turn.
#[test]
fn cut_and_flipped() {
    let mut decoder = Decoder::new(&Limits::default());
    for (_, link_type, mut data) in shapes() {
        for len in 0..data.len() {
            assert_inside(&mut decoder, &Frame { data: &data[..len], ..frame(link_type, &data) });
            assert_inside(&mut decoder, &frame(link_type, &data[..len]));
        }
        for bit in 0..data.len() * 8 {
            data[bit / 8] ^= 1 << (bit % 8);
            assert_inside(&mut decoder, &frame(link_type, &data));
            data[bit / 8] ^= 1 << (bit % 8);
        }
    }
}

const LINK_TYPES: [u16; 12] = [0, 1, 9, 12, 14, 50, 101, 108, 113, 228, 229, 276];

proptest! {
    #[test]
    fn random_octets(
        link_type in proptest::sample::select(LINK_TYPES.to_vec()),
        data in proptest::collection::vec(any::<u8>(), 0..300),
        original_len in any::<u16>(),
        shape in any::<prop::sample::Index>(),
        splice in any::<prop::sample::Index>(),
    ) {
        let mut decoder = Decoder::new(&Limits::default());
        let random = Frame { original_len: u32::from(original_len), ..frame(LinkType(link_type), &data) };
        assert_inside(&mut decoder, &random);
        // A good start with a random end gets deeper.
        let (_, link_type, mut good) = shapes().swap_remove(shape.index(shapes().len()));
        good.truncate(splice.index(good.len()));
        good.extend_from_slice(&data);
        assert_inside(&mut decoder, &frame(link_type, &good));
    }

    /// The short way for usual packets and the walk give the same.
    #[test]
    fn usual_packets_are_walked_alike(
        payload in proptest::collection::vec(any::<u8>(), 0..50),
        padding in 0..12usize,
        flip in any::<prop::sample::Index>(),
        value in any::<u8>(),
        over_udp in any::<bool>(),
    ) {
        let datagram = if over_udp { ipv4(17, &udp(502, &payload)) } else { ipv4(6, &tcp(&payload)) };
        let mut data = join(&[&ethernet(0x0800), &datagram, &vec![0; padding]]);
        let place = flip.index(data.len());
        data[place] = value;
        let mut decoder = Decoder::new(&Limits::default());
        let short = format!("{:?}", decoder.decode(&frame(LinkType::ETHERNET, &data)));
        let mut decoder = Decoder::new(&Limits::default());
        let walked = format!("{:?}", decoder.walk(&frame(LinkType::ETHERNET, &data)));
        prop_assert_eq!(short, walked);
    }

    /// Generated packets, against etherparse.
    #[test]
    fn same_as_etherparse(
        payload in proptest::collection::vec(any::<u8>(), 0..100),
        padding in 0..20usize,
        vlans in 0..3u8,
        v6 in any::<bool>(),
        over_udp in any::<bool>(),
        (source, destination) in (any::<u16>(), any::<u16>()),
        sequence in any::<u32>(),
    ) {
        prop_assume!(!matches!(destination, 4789 | 6081));
        let mut ip = if v6 {
            etherparse::IpHeaders::Ipv6(etherparse::Ipv6Header { hop_limit: 3, source: [7; 16], destination: [9; 16], ..Default::default() }, Default::default())
        } else {
            let mut header = etherparse::Ipv4Header { time_to_live: 3, source: [10, 0, 0, 1], destination: [10, 0, 0, 2], ..Default::default() };
            header.options = [1, 1, 1, 0].into();
            etherparse::IpHeaders::Ipv4(header, Default::default())
        };
        let mut segment = Vec::new();
        if over_udp {
            ip.set_next_headers(etherparse::IpNumber::UDP);
            let len = u16::try_from(payload.len() + 8).unwrap();
            etherparse::UdpHeader { source_port: source, destination_port: destination, length: len, checksum: 0 }.write(&mut segment).unwrap();
        } else {
            ip.set_next_headers(etherparse::IpNumber::TCP);
            let mut header = etherparse::TcpHeader::new(source, destination, sequence, 5);
            header.set_options(&[etherparse::TcpOptionElement::Timestamp(1, 2)]).unwrap();
            header.write(&mut segment).unwrap();
        }
        segment.extend_from_slice(&payload);
        ip.set_payload_len(segment.len()).unwrap();
        let ethertype: u16 = if v6 { 0x86dd } else { 0x0800 };
        let mut data = ethernet(if vlans == 0 { ethertype } else { 0x8100 });
        for tag in 0..vlans {
            data.extend([0, 5 + tag]);
            data.extend(if tag + 1 == vlans { ethertype } else { 0x8100 }.to_be_bytes());
        }
        ip.write(&mut data).unwrap();
        data.extend_from_slice(&segment);
        data.extend(vec![0; padding]);
        let mut decoder = Decoder::new(&Limits::default());
        let frame = frame(LinkType::ETHERNET, &data);
        let Decoded::Packet(packet) = decoder.decode(&frame) else { panic!("held") };
        prop_assert!(agrees(&packet, &data), "{:?}", packet);
        prop_assert_eq!(packet.payload, payload.as_slice());
        prop_assert_eq!(usize::from(packet.encapsulations), usize::from(vlans));
    }
}

/// All plain capture files of Ethernet frames below `FIELDTAP_CAPTURES`, against etherparse.
#[test]
fn captures_agree_with_etherparse() {
    let Some(folder) = std::env::var_os("FIELDTAP_CAPTURES") else {
        eprintln!("skipped: FIELDTAP_CAPTURES names no folder");
        return;
    };
    let (mut folders, mut frames, mut differing) = (vec![std::path::PathBuf::from(folder)], 0u64, Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let Ok(file) = std::fs::read(&path) else { continue };
            let little = match file.get(..4) {
                Some([0xd4, 0xc3, 0xb2, 0xa1] | [0x4d, 0x3c, 0xb2, 0xa1]) => true,
                Some([0xa1, 0xb2, 0xc3, 0xd4] | [0xa1, 0xb2, 0x3c, 0x4d]) => false,
                _ => continue,
            };
            let word = |at: usize| {
                let octets = file.get(at..at + 4)?.try_into().ok()?;
                Some(if little { u32::from_le_bytes(octets) } else { u32::from_be_bytes(octets) })
            };
            let mut decoder = Decoder::new(&Limits::default());
            let (mut place, mut number) = (24, 0);
            while let (Some(seconds), Some(len), Some(original_len)) =
                (word(place), word(place + 8), word(place + 12))
            {
                let Some(data) = file.get(place + 16..place + 16 + len as usize) else { break };
                (place, number, frames) = (place + 16 + len as usize, number + 1, frames + 1);
                let link_type = LinkType(word(20).unwrap() as u16);
                let frame = Frame {
                    number,
                    ts: i64::from(seconds) * SECOND,
                    interface: 0,
                    link_type,
                    original_len,
                    data,
                };
                assert_inside(&mut Decoder::new(&Limits::default()), &frame);
                let (Decoded::Packet(packet) | Decoded::Fragment(packet)) = decoder.decode(&frame) else {
                    continue;
                };
                if link_type == LinkType::ETHERNET && !agrees(&packet, data) {
                    differing.push(format!("{}: frame {number}: {packet:?}", path.display()));
                }
            }
        }
    }
    eprintln!("{frames} frames compared");
    assert!(
        differing.is_empty(),
        "{} of {frames} differ: {:#?}",
        differing.len(),
        &differing[..differing.len().min(9)]
    );
    assert!(frames > 0, "FIELDTAP_CAPTURES holds no capture");
}
