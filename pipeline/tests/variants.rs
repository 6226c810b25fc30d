//! `corpus/frames`: one real capture in other framing, other order, other files. Honest variants give the same messages,
//! the others say what is wrong.

mod common;
#[path = "evasion/wire.rs"]
#[allow(dead_code, reason = "the suite uses the rest")]
mod wire;

use common::{
    Kept, Owned, Rows, Value, captures, corpus, corpus_folder, dissect, dissect_with, frames, outside,
    unlawful,
};
use fieldtap::{
    Checksums, Config, Limits, LinkType, OverlapPolicy,
    protocol::{Carrier, Toward},
    record::Envelope,
    vectors,
};
use fieldtap_capture::Reader;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

type Message = (bool, Vec<(&'static str, Value)>);

/// Content and direction of each message of one side, in order.
fn side(rows: &Rows, from_originator: bool) -> Vec<Message> {
    let mut messages: Vec<&Kept> =
        rows.of("modbus").filter(|row| row.envelope.from_originator == from_originator).collect();
    messages.sort_by_key(|row| row.envelope.message);
    messages.into_iter().map(|row| (row.envelope.from_originator, row.content())).collect()
}

fn lawful(name: &str, rows: &Rows) {
    for row in rows.of("conversations") {
        assert_eq!(unlawful(row), None, "{name}");
    }
}

fn same_as_base(name: &str, base: &Rows) -> Rows {
    let rows = corpus(&format!("frames/{name}"));
    for from_originator in [true, false] {
        let (found, wanted) = (side(&rows, from_originator), side(base, from_originator));
        assert_eq!(
            found.len(),
            wanted.len(),
            "{name}: messages, from originator {from_originator}: {:?}",
            rows.reasons()
        );
        for (index, (found, wanted)) in found.iter().zip(&wanted).enumerate() {
            assert_eq!(found, wanted, "{name}: message {index}");
        }
    }
    lawful(name, &rows);
    rows
}

fn base() -> Rows {
    corpus("frames/base.pcap")
}

fn count(rows: &Rows, reason: &str) -> usize {
    rows.reasons().iter().filter(|said| said.contains(reason)).count()
}

fn sum(rows: &Rows, what: &str) -> i128 {
    rows.of("conversations").map(|row| row.number(what)).sum()
}

/// `corpus/README.md`: `base.pcap` is a handshake and twelve transactions.
#[test]
fn the_base_is_what_its_page_says() {
    let base = base();
    assert_eq!((side(&base, true).len(), side(&base, false).len()), (12, 12));
    assert_eq!(base.of("conversations").count(), 1);
    assert!(base.reasons().is_empty(), "{:?}", base.reasons());
    assert_eq!(
        base.of("operations").filter(|row| row.number("outcome") == 1 || row.number("outcome") == 2).count(),
        12
    );
}

/// HARD_CASES, capture files and frames: "One direction tagged with a VLAN and the other not -> one conversation"; padding,
/// tunnels, other link layers and other files change no message and say nothing.
#[test]
fn honest_frames_and_files_give_the_same_messages_and_say_nothing() {
    let base = base();
    for name in [
        "pcap_big_endian.pcap",
        "pcap_big_endian_nanoseconds.pcap",
        "pcap_microseconds.pcap",
        "base.pcap.gz",
        "base.pcap.zst",
        "two_members.pcap.gz",
        "two_frames.pcap.zst",
        "pcapng_two_sections.pcapng",
        "pcapng_two_interfaces.pcapng",
        "pcapng_other_blocks.pcapng",
        "link_sll.pcap",
        "link_sll2.pcap",
        "link_raw.pcap",
        "link_ipv4.pcap",
        "link_null.pcap",
        "link_loop.pcap",
        "link_ppp.pcap",
        "snap.pcap",
        "ethernet_padding.pcap",
        "vlan.pcap",
        "qinq.pcap",
        "vlan_one_direction.pcap",
        "prp.pcap",
        "hsr.pcap",
        "mpls.pcap",
        "pppoe.pcap",
        "gre_ip.pcap",
        "gre_ethernet.pcap",
        "erspan_1.pcap",
        "erspan_2.pcap",
        "erspan_3.pcap",
        "vxlan.pcap",
        "geneve.pcap",
        "ip_in_ip.pcap",
        "tunnel_in_tunnel.pcap",
        "ip4_fragments.pcap",
        "ip4_fragments_reversed.pcap",
        "ip4_fragments_twice.pcap",
        "ip4_options.pcap",
        "ip4_total_length_zero.pcap",
        "ip6.pcap",
        "ip6_fragments.pcap",
        "ip6_extension_headers.pcap",
    ] {
        let mut rows = same_as_base(name, &base);
        if name == "pcapng_other_blocks.pcapng" {
            // Its first frame is a Simple Packet Block, which has no time and so is of 1970.
            rows.0.retain(|row| row.table != "anomalies" || !row.words("reason").contains("time stamps"));
        }
        assert!(rows.reasons().is_empty(), "{name}: {:?}", rows.reasons());
        assert_eq!(rows.of("conversations").count(), 1, "{name}");
        for row in rows.of("operations") {
            assert!(matches!(row.number("outcome"), 1 | 2), "{name}: {:?}", row.fields);
        }
    }
}

/// HARD_CASES, IP fragments and TCP: "SYN with data, simultaneous open, SYN-ACK only, handshake absent -> right orientation
/// by role bits; the data are read"; "One octet a segment; [...] each segment three times -> the same rows"; "Sequence wraps
/// at 2^32 inside a PDU; keep-alive with one garbage octet before the window; zero-window probe; urgent pointer -> octets
/// unchanged"; "Same octets again -> nothing said but a counter; no second row".
#[test]
fn honest_segments_give_the_same_messages() {
    let base = base();
    for name in [
        "tcp_one_octet.pcap",
        "tcp_reordered.pcap",
        "tcp_three_times.pcap",
        "tcp_retransmitted.pcap",
        "tcp_overlap_same.pcap",
        "tcp_sequence_wrap.pcap",
        "tcp_no_handshake.pcap",
        "tcp_syn_ack_only.pcap",
        "tcp_syn_with_data.pcap",
        "tcp_simultaneous_open.pcap",
    ] {
        let rows = same_as_base(name, &base);
        assert_eq!(rows.of("conversations").count(), 1, "{name}");
        assert_eq!(count(&rows, "other content"), 0, "{name}");
        for row in rows.of("operations") {
            assert!(matches!(row.number("outcome"), 1 | 2), "{name}: {:?}", row.fields);
        }
    }
    for name in ["tcp_three_times.pcap", "tcp_retransmitted.pcap"] {
        let rows = corpus(&format!("frames/{name}"));
        assert!(rows.reasons().is_empty(), "{name}: {:?}", rows.reasons());
        assert!(sum(&rows, "originator_repeated") > 0, "{name}");
    }
}

/// HARD_CASES, IP fragments and TCP: "the whole reversed [...] -> the same rows". The answers come before their requests,
/// and so cannot tell what only those knew.
#[test]
fn reversed_segments_give_the_same_requests_and_as_many_answers() {
    let (base, rows) = (base(), corpus("frames/tcp_reversed.pcap"));
    assert_eq!(side(&rows, true), side(&base, true));
    assert_eq!(side(&rows, false).len(), side(&base, false).len());
    lawful("reversed", &rows);
}

/// HARD_CASES, IP fragments and TCP: "RST or FIN outside the window -> the flow goes on; inside the window and data follow ->
/// read on, said"; "Data far outside the window as a flood -> refused and counted; real out-of-order data still fit";
/// "urgent said", "no conflict said for the keep-alive".
#[test]
fn ends_that_are_not_credible_change_no_message_and_are_said() {
    let base = base();
    for (name, reason) in [
        ("tcp_reset_outside_window.pcap", "RST outside the window"),
        ("tcp_data_after_fin.pcap", "data after FIN"),
        ("tcp_data_after_reset.pcap", "data after RST"),
        ("tcp_flood_outside_window.pcap", "segment outside the window"),
        ("tcp_keep_alive_probe_urgent.pcap", "urgent pointer"),
    ] {
        let rows = same_as_base(name, &base);
        assert!(count(&rows, reason) > 0, "{name}: {:?}", rows.reasons());
        assert_eq!(count(&rows, "other content"), 0, "{name}");
        assert_eq!(rows.of("conversations").count(), 1, "{name}");
    }
    assert!(sum(&corpus("frames/tcp_flood_outside_window.pcap"), "originator_outside") > 0);
}

/// HARD_CASES, IP fragments and TCP: "Overlapping fragments or segments with different octets -> one copy is used by the
/// configured policy, both named in an anomaly with offset and length; rows are given once"; "A retransmission with other
/// octets, after the first was already dissected -> said".
#[test]
fn copies_that_differ_are_said_and_the_first_is_used() {
    let base = base();
    let rows = same_as_base("tcp_retransmission_conflict.pcap", &base);
    assert_eq!(count(&rows, "sent again with other content"), 2, "{:?}", rows.reasons());
    let said = rows.of("anomalies").find(|row| row.words("reason").contains("sent again")).unwrap();
    assert!(
        said.number("expected") > 0 && said.number("found") > said.number("expected"),
        "both copies are named"
    );
    assert!(said.number("length") > 0 && said.number("offset") >= 0);
    let rows = same_as_base("tcp_overlap_held_conflict.pcap", &base);
    assert!(count(&rows, "segments overlap with other content") > 0, "{:?}", rows.reasons());
    let rows = same_as_base("tcp_overlap_conflict.pcap", &base);
    assert!(count(&rows, "overlap can no longer be compared") > 0, "{:?}", rows.reasons());
    let rows = corpus("frames/ip4_fragments_conflict.pcap");
    assert_eq!(
        (side(&rows, true), side(&rows, false)),
        (side(&base, true)[..1].to_vec(), side(&base, false)[..1].to_vec())
    );
    // There the other copy comes when the datagram is whole; here before.
    let mut early = frames(&corpus_folder().join("frames/ip4_fragments_conflict.pcap"));
    early.swap(4, 5);
    early.swap(5, 6);
    let rows = dissect(&early);
    assert_eq!(side(&rows, false), side(&base, false)[..1].to_vec());
    assert!(count(&rows, "overlapping fragments with different octets") > 0, "{:?}", rows.reasons());
    // The other copy, where that is asked for.
    let limits = Limits { overlap: OverlapPolicy::Last, ..Limits::default() };
    let config = Config { limits, ..Config::default() };
    let frames = frames(&corpus_folder().join("frames/tcp_overlap_held_conflict.pcap"));
    let last = dissect_with(config, &frames).0;
    assert_ne!((side(&last, true), side(&last, false)), (side(&base, true), side(&base, false)));
    lawful("last copy", &last);
}

/// HARD_CASES, IP fragments and TCP: "TCP checksum wrong on a segment that alone carries a command -> by setting: ignored and
/// said; where most checksums of the capture are wrong (offload), the check turns itself off and says so".
#[test]
fn wrong_checksums_are_treated_as_asked_for() {
    let frames = frames(&corpus_folder().join("frames/tcp_one_bad_checksum.pcap"));
    let with = |checksums| dissect_with(Config { checksums, ..Config::default() }, &frames).0;
    let (ignored, checked) = (with(Checksums::Ignore), with(Checksums::Check));
    assert_eq!(side(&ignored, true), side(&base(), true));
    assert_eq!(side(&checked, true).len(), 11);
    assert!(checked.says("wrong checksum"), "{:?}", checked.reasons());
    assert_eq!(sum(&checked, "wrong_checksums"), 1);
    lawful("checked", &checked);
    let offloaded = corpus("modbus/offload.pcap");
    assert!(sum(&offloaded, "wrong_checksums") > 0, "the capture's wrong checksums are counted");
    assert!(!offloaded.says("wrong checksum"), "{:?}", offloaded.reasons());
    assert!(offloaded.of("modbus").count() > 0);
}

/// HARD_CASES, identification: "The first segment seen starts in the middle of a PDU -> [...] what lies before is counted as
/// skipped; the flow is not given up after one no".
#[test]
fn a_capture_that_begins_in_the_middle_of_a_message_is_read_from_the_next_one() {
    let (base, rows) = (base(), corpus("frames/tcp_middle.pcap"));
    assert_eq!(side(&rows, true), side(&base, true)[1..]);
    assert_eq!(side(&rows, false).len(), 12);
    assert_eq!(sum(&rows, "originator_skipped"), 7);
    lawful("middle", &rows);
    // HARD_CASES: "A response whose request was not seen -> what it holds is given; what only the request knew is null".
    let first = rows.of("modbus").find(|row| !row.envelope.from_originator).unwrap();
    assert_eq!(first.get("address"), &Value::Null);
    assert_eq!(first.get("request_message"), &Value::Null);
}

#[test]
fn one_direction_alone_is_read() {
    let base = base();
    let requests = corpus("frames/tcp_one_direction_requests.pcap");
    assert_eq!(side(&requests, true), side(&base, true));
    let answers = corpus("frames/tcp_one_direction_answers.pcap");
    assert_eq!(answers.of("modbus").count(), 12);
    assert!(answers.of("modbus").all(|row| !row.envelope.from_originator), "the server is told by its port");
    for row in answers.of("modbus") {
        assert_eq!(row.get("request_message"), &Value::Null);
        if row.number("function_code") <= 4 {
            assert_eq!(row.get("address"), &Value::Null);
        }
    }
}

/// HARD_CASES, IP fragments and TCP: "A hole that is never filled -> bounded wait, then skipped and counted; the next PDU is
/// found; the other direction does not wait".
#[test]
fn holes_are_counted_and_the_next_message_is_found() {
    let (base, rows) = (base(), corpus("frames/tcp_holes.pcap"));
    let (requests, answers) = (side(&rows, true), side(&rows, false));
    assert!(requests.len() + answers.len() >= 24 - 4, "{} and {}", requests.len(), answers.len());
    assert!(sum(&rows, "originator_missing") + sum(&rows, "responder_missing") > 0);
    assert!(rows.reasons().iter().any(|reason| reason.contains("octets")), "{:?}", rows.reasons());
    for message in requests {
        assert!(side(&base, true).contains(&message));
    }
    lawful("holes", &rows);
}

/// HARD_CASES, capture files and frames: "Frames cut by the snap length -> headers read; missing octets are a gap in the
/// stream, not malformed protocol".
#[test]
fn octets_cut_by_the_snap_length_are_gaps() {
    let rows = corpus("frames/snap_length.pcap");
    assert!(rows.says("cut by the snap length"), "{:?}", rows.reasons());
    let kinds: Vec<i128> = rows.of("anomalies").map(|row| row.number("kind")).collect();
    // Gaps, cuts, and the answer to a request that was cut.
    assert!(kinds.iter().all(|kind| [3, 5, 9].contains(kind)), "{:?}", rows.reasons());
    assert_eq!(
        side(&rows, true).len(),
        12,
        "also of a request that is longer than what is left of its frame"
    );
    assert!(sum(&rows, "responder_missing") > 0);
    lawful("snap", &rows);
}

/// HARD_CASES, capture files and frames: "A frame dated far in the future or past -> no flow expires by it; latencies are
/// never negative; said once".
#[test]
fn a_frame_dated_far_off_expires_nothing() {
    let base = base();
    let rows = same_as_base("times_far_off.pcap", &base);
    assert_eq!(rows.of("conversations").count(), 1);
    assert_eq!(count(&rows, "time stamps"), 1, "{:?}", rows.reasons());
    for row in rows.of("operations") {
        assert!(matches!(row.number("outcome"), 1 | 2), "{:?}", row.fields);
        assert_eq!(row.number("late"), 0);
        assert!(row.number("latency") >= 0);
    }
}

/// HARD_CASES, capture files and frames: "IPv4 [...] total length larger than the frame -> truncation; smaller than the
/// header -> said"; "30 stacked VLAN tags, tunnels in tunnels, IPv6 extension-header chains -> depth limit, said".
#[test]
fn headers_that_cannot_be_right_are_said() {
    let base = base();
    same_as_base("ip4_total_length_too_large.pcap", &base);
    let rows = same_as_base("ip4_total_length_too_small.pcap", &base);
    assert!(rows.says("length smaller than the header"), "{:?}", rows.reasons());
    for name in ["vlan_thirty_tags.pcap", "twenty_tunnels.pcap", "ip6_forty_extension_headers.pcap"] {
        let frames = frames(&corpus_folder().join("frames").join(name));
        let (rows, counters) = dissect_with(Config::default(), &frames);
        assert!(rows.says("too many encapsulations"), "{name}: {:?}", rows.reasons());
        assert_eq!(rows.of("modbus").count(), 0, "{name}");
        assert_eq!(
            counters.unattributed > 0,
            name != "vlan_thirty_tags.pcap",
            "the MAC addresses of {name} are known"
        );
    }
    let rows = corpus("frames/link_unknown.pcap");
    assert_eq!(count(&rows, "link type is not read"), 1);
    assert_eq!(rows.of("anomalies").next().unwrap().number("found"), 147);
}

/// HARD_CASES, IP fragments and TCP: "A first fragment too small for the TCP header; fragments that never complete [...] ->
/// limit, said, nothing attributed to a wrong flow".
#[test]
fn fragments_that_never_complete_are_said_and_attributed_to_nobody() {
    let frames = frames(&corpus_folder().join("frames/ip4_fragments_tiny_and_endless.pcap"));
    let (rows, counters) = dissect_with(Config::default(), &frames);
    assert!(rows.says("first fragment too small"), "{:?}", rows.reasons());
    assert!(rows.says("fragments missing"), "{:?}", rows.reasons());
    assert!(counters.unattributed >= 30);
    lawful("fragments", &rows);
    let limits = Limits { fragmented_datagrams: 4, ..Limits::default() };
    let rows = dissect_with(Config { limits, ..Config::default() }, &frames).0;
    assert!(rows.says("dropped by the limit"), "{:?}", rows.reasons());
}

/// HARD_CASES, capture files and frames: "Block length 0, below 12, not a multiple of 4, or larger than the file [...] ->
/// frames before it are given, clear error with offset".
#[test]
fn frames_before_the_damage_of_a_file_are_dissected() {
    let folder = corpus_folder().join("frames");
    let mut seen = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if !name.starts_with("broken_") {
            continue;
        }
        seen += 1;
        if name == "broken_magic.pcap" {
            assert!(Reader::open(&path).is_err());
            continue;
        }
        let mut reader = Reader::open(&path).unwrap();
        let mut read: Vec<Owned> = Vec::new();
        let error = loop {
            match reader.next() {
                Ok(Some(f)) => read.push(Owned {
                    ts: f.ts,
                    interface: f.interface,
                    link_type: f.link_type,
                    original_len: f.original_len,
                    data: f.data.to_vec(),
                }),
                Ok(None) => panic!("{name}: no error"),
                Err(error) => break error,
            }
        };
        assert_eq!(read.len(), 5, "{name}: {error}");
        assert!(error.offset() > 0, "{name}");
        assert!(dissect(&read).of("modbus").count() > 0, "{name}");
    }
    assert!(seen >= 9, "{seen}");
}

/// `corpus/README.md`: three connections from the same port. HARD_CASES: "same addresses and ports with a new SYN -> a new
/// conversation".
#[test]
fn the_same_ports_again_are_another_conversation() {
    let rows = corpus("modbus/reconnect.pcap");
    let ends: Vec<&str> = rows.of("conversations").map(|row| row.words("end")).collect();
    assert_eq!(ends, ["fin", "rst", "fin"]);
    assert!(
        rows.of("conversations")
            .all(|row| row.number("handshake") == 1 && row.words("application") == "modbus")
    );
    lawful("reconnect", &rows);
}

/// HARD_CASES, identification: "Registered port, but TLS (`16 03 0x`), SSH or HTTP on it -> named as such, no anomalies of the
/// industrial protocol, counted as encrypted or foreign".
#[test]
fn foreign_protocols_on_a_registered_port_are_named() {
    for (name, wanted) in [
        ("modbus/tls_502.pcap", &[("tls", "encrypted")][..]),
        ("modbus/tls_802.pcap", &[("tls", "encrypted")]),
        ("modbus/foreign_on_502.pcap", &[("http", "foreign"), ("ssh", "encrypted")]),
    ] {
        let rows = corpus(name);
        assert!(rows.reasons().is_empty(), "{name}: {:?}", rows.reasons());
        assert_eq!(rows.of("modbus").count(), 0, "{name}");
        let mut found: Vec<_> =
            rows.of("conversations").map(|row| (row.words("application"), row.words("coverage"))).collect();
        found.sort_unstable();
        found.dedup();
        assert_eq!(found, wanted, "{name}");
        lawful(name, &rows);
    }
}

/// HARD_CASES, identification: "The protocol changes within a connection (banner or terminal-server login first, then the
/// binary protocol) -> the later protocol is found; the text before is counted".
#[test]
fn a_login_in_text_is_counted_and_the_protocol_behind_it_is_found() {
    let rows = corpus("modbus/banner_then_rtu.pcap");
    let row = rows.of("conversations").next().unwrap();
    assert_eq!(row.words("application"), "modbus_rtu");
    assert!(row.number("responder_skipped") > 0 && row.number("originator_skipped") > 0, "{:?}", row.fields);
    assert!(rows.of("modbus").count() >= 2);
    assert!(
        rows.of("operations").all(|row| row.number("outcome") == 1),
        "{:?}",
        rows.of("operations").collect::<Vec<_>>()
    );
    lawful("banner", &rows);
}

/// A capture in other frames: `None` for what cannot be carried so.
type Reframe = fn(&Owned) -> Option<Owned>;

const HEAD: usize = 14;

fn reframed(frame: &Owned, data: Vec<u8>) -> Owned {
    let cut = frame.original_len.saturating_sub(frame.data.len() as u32);
    Owned { original_len: data.len() as u32 + cut, data, ..frame.clone() }
}

/// Behind the MAC addresses.
fn tagged(frame: &Owned, tag: &[u8]) -> Owned {
    let (addresses, rest) = frame.data.split_at(12);
    reframed(frame, [addresses, tag, rest].concat())
}

fn in_a_vlan(frame: &Owned) -> Option<Owned> {
    Some(tagged(frame, &[0x81, 0, 0xa0, 7]))
}

/// IPv4 without fragments: its header, and what it carries.
fn ipv4(frame: &Owned) -> Option<(&[u8], &[u8])> {
    let packet = frame.data.get(HEAD..).filter(|_| frame.data.get(12..14) == Some(&[8, 0]))?;
    let length = usize::from(packet.first()? & 15) * 4;
    let whole = packet.get(..usize::from(u16::from_be_bytes([*packet.get(2)?, *packet.get(3)?])))?;
    let whole_datagram = whole.get(6..8)?[0] & 0x3f == 0 && whole[7] == 0;
    whole_datagram.then(|| whole.split_at_checked(length)).flatten()
}

/// Addresses and ports of sender and receiver, in order.
fn is_of_the_lower(frame: &Owned) -> bool {
    ipv4(frame).is_some_and(|(head, rest)| {
        let ends = |address: usize, port: usize| (head.get(address..address + 4), rest.get(port..port + 2));
        ends(12, 0) < ends(16, 2)
    })
}

fn in_a_vlan_one_way(frame: &Owned) -> Option<Owned> {
    Some(if is_of_the_lower(frame) { tagged(frame, &[0x81, 0, 0, 7]) } else { frame.clone() })
}

fn under_mpls(frame: &Owned) -> Option<Owned> {
    ipv4(frame)?;
    let (addresses, rest) = frame.data.split_at(12);
    Some(reframed(frame, [addresses, &[0x88, 0x47, 0, 1, 0x01, 64], &rest[2..]].concat()))
}

/// RFC 7348, over IPv4 and UDP.
fn in_vxlan(frame: &Owned) -> Option<Owned> {
    let length = |extra: usize| Some(u16::try_from(frame.data.len() + extra).ok()?.to_be_bytes());
    let ethernet = [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0];
    let ip = [&[0x45, 0][..], &length(36)?, &[0, 0, 0x40, 0, 64, 17, 0, 0, 192, 168, 7, 1, 192, 168, 7, 2]];
    let udp = [&[0xc3, 0x50, 0x12, 0xb5][..], &length(16)?, &[0, 0, 8, 0, 0, 0, 0, 0, 5, 0]];
    Some(reframed(frame, [&ethernet[..], &ip.concat(), &udp.concat(), &frame.data].concat()))
}

fn over_ipv6(frame: &Owned) -> Option<Owned> {
    let (head, rest) = ipv4(frame)?;
    let address = |at: usize| [&[0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0][..], &head[at..at + 4]].concat();
    let length = (rest.len() as u16).to_be_bytes();
    let ip = [&[0x60, 0, 0, 0][..], &length, &[head[9], 64], &address(12), &address(16)].concat();
    let data = [&frame.data[..12], &[0x86, 0xdd], &ip, rest].concat();
    Some(Owned { original_len: data.len() as u32, data, ..frame.clone() })
}

/// Ports of servers, as the registry has them, moved to where none of it stands.
fn on_other_ports(frame: &Owned) -> Option<Owned> {
    let (head, _) = ipv4(frame)?;
    let ports = HEAD + head.len();
    let mut data = frame.data.clone();
    for at in [ports, ports + 2] {
        let port = u16::from_be_bytes(*data.get(at..at + 2)?.first_chunk()?);
        let is_registered = fieldtap::protocols::PROTOCOLS.iter().any(|protocol| {
            protocol.carriers.iter().any(|carrier| {
                matches!(carrier, Carrier::Tcp(known) | Carrier::Udp(known) if known.contains(&port))
            })
        });
        if is_registered {
            data[at..at + 2].copy_from_slice(&(port % 1000 + 31_000).to_be_bytes());
        }
    }
    Some(reframed(frame, data))
}

/// Rows of messages in order, without those of the common language.
fn messages(rows: &Rows) -> Vec<&Kept> {
    let common = ["operations", "points", "identities", "conversations", "streams", "anomalies", "captures"];
    let mut messages: Vec<&Kept> = rows.0.iter().filter(|row| !common.contains(&row.table)).collect();
    messages.sort_by_key(|row| (row.envelope.message, row.table));
    messages
}

/// With every message, and with checksums left aside, which other addresses and ports make wrong.
fn all_messages(frames: &[Owned]) -> Rows {
    let config = Config { checksums: Checksums::Ignore, every_message: true, ..Config::default() };
    dissect_with(config, frames).0
}

/// The captures of the corpus that are whole Ethernet, with the name of each.
fn ethernet_captures() -> Vec<(String, Vec<Owned>)> {
    let folder = corpus_folder();
    let captures = captures(&folder).into_iter().filter(|path| !path.starts_with(folder.join("frames")));
    captures
        .map(|path| (path.strip_prefix(&folder).unwrap().display().to_string(), frames(&path)))
        .filter(|(_, frames)| frames.iter().all(|frame| frame.link_type == LinkType::ETHERNET))
        .collect()
}

/// Each case of the vectors of each protocol that something below it carries by itself, as a capture: over TCP or UDP by its
/// registered port, in ISO transport, or by its ethertype.
fn cases() -> Vec<(String, Vec<Owned>)> {
    let mut captures = Vec::new();
    for protocol in fieldtap::protocols::PROTOCOLS {
        for case in vectors::parse(protocol.vectors).unwrap() {
            let mut talk = wire::Talk { wire: wire::Wire::default(), ..wire::Talk::open(0) };
            let carried = protocol.carriers.iter().any(|carrier| {
                let port = |ports: &[u16]| ports.first().copied().unwrap_or(10_001);
                let is_tcp = matches!(carrier, Carrier::Tcp(_) | Carrier::Within { parent: "cotp", .. });
                if is_tcp {
                    let port = if let Carrier::Tcp(ports) = carrier { port(ports) } else { 102 };
                    talk = wire::Talk::open(port);
                    if matches!(carrier, Carrier::Within { .. }) {
                        talk.c(wire::CR).s(wire::CC);
                    }
                }
                for (toward, octets) in case.segments() {
                    let within = wire::dt(true, octets);
                    let octets = if matches!(carrier, Carrier::Within { .. }) { &within } else { octets };
                    let client = toward == Toward::Server;
                    match carrier {
                        _ if is_tcp && client => _ = talk.c(octets),
                        _ if is_tcp => _ = talk.s(octets),
                        Carrier::Udp(ports) => {
                            let (one, other) = (wire::end(1, 40_000, 0), wire::end(2, port(ports), 0));
                            let (from, to) = if client { (one, other) } else { (other, one) };
                            let datagram = wire::udp(from, to, octets);
                            talk.wire.raw(wire::ip(from.host, to.host, 17, 0, 0, &datagram));
                        }
                        Carrier::Ethertype(ethertype) => {
                            let head = [1, 0x0c, 0xcd, 1, 0, 1, 0, 0x30, 0xa7, 0, 0, 1];
                            talk.wire.ethernet([&head[..], &ethertype.to_be_bytes(), octets].concat());
                        }
                        _ => return false,
                    }
                }
                true
            });
            let mut frames = talk.frames();
            for frame in frames.iter_mut().filter(|frame| frame.link_type == LinkType::RAW) {
                let addresses = [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0];
                let data = [&addresses[..], &frame.data].concat();
                *frame = Owned { link_type: LinkType::ETHERNET, ..reframed(frame, data) };
            }
            if carried {
                captures.push((format!("{}, case {}", protocol.name, case.name), frames));
            }
        }
    }
    captures
}

/// Captures of the corpus in which a protocol is known by its port: with garbage behind each message, no two of them follow
/// one another.
const BY_PORT: [&str; 1] = ["modbus/garbage.pcap"];

/// HARD_CASES, identification and frames: tags, tunnels and IPv6 change no message of any protocol of the registry, and no
/// anomaly; other ports change none of the corpus.
#[test]
fn every_protocol_is_the_same_in_other_frames() {
    let ways: [(&str, Reframe); 6] = [
        ("in a VLAN", in_a_vlan),
        ("in a VLAN one way", in_a_vlan_one_way),
        ("under MPLS", under_mpls),
        ("in VXLAN", in_vxlan),
        ("over IPv6", over_ipv6),
        ("on other ports", on_other_ports),
    ];
    let (mut wrong, mut tables, mut compared) = (Vec::new(), BTreeSet::new(), 0);
    let corpus = ethernet_captures().into_iter().map(|capture| (capture, true));
    for ((name, frames), is_corpus) in corpus.chain(cases().into_iter().map(|case| (case, false))) {
        let base = all_messages(&frames);
        let wanted = messages(&base);
        for (way, reframe) in ways {
            // What has no IP is not carried by all of them.
            let Some(others) = frames.iter().map(reframe).collect::<Option<Vec<_>>>() else { continue };
            // A case of the vectors has one message of a kind, which is too little where the port does not speak for it.
            if way == "on other ports" && (!is_corpus || BY_PORT.contains(&name.as_str())) {
                continue;
            }
            let rows = all_messages(&others);
            let found = messages(&rows);
            let differs = found
                .iter()
                .zip(&wanted)
                .find(|(found, wanted)| found.table != wanted.table || found.content() != wanted.content());
            if found.len() != wanted.len() || differs.is_some() || rows.reasons() != base.reasons() {
                let (found, wanted) = (found.len(), wanted.len());
                wrong.push(format!("{name} {way}: {found} rows instead of {wanted}; {differs:?}"));
            }
            lawful(&name, &rows);
            compared += 1;
        }
        tables.extend(wanted.iter().map(|row| row.table));
    }
    println!("{compared} captures in other frames, {} tables: {tables:?}", tables.len());
    for protocol in fieldtap::protocols::PROTOCOLS {
        // What only others carry has no table here but by their captures.
        let is_there = protocol.tables.iter().any(|table| tables.contains(table().name));
        assert!(is_there, "nothing of {} was compared", protocol.name);
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(compared > 200 && tables.len() > 40, "{compared}, {}", tables.len());
}

/// Rows that need the other direction: a control block is named by its request alone, and phasors are laid out by a
/// configuration, which one capture has in the other direction only.
const NEEDS_BOTH: [&str; 2] = ["mms_control_blocks", "c37118_pmus"];

/// HARD_CASES, all protocols: "A response whose request was not seen -> what it holds is given; what only the request knew is
/// null, never 0": of each direction alone, every message is there, and says the same or nothing.
#[test]
fn every_protocol_is_read_in_one_direction_alone() {
    let (mut wrong, mut compared) = (Vec::new(), 0);
    for (name, frames) in ethernet_captures() {
        let base = all_messages(&frames);
        for lower in [true, false] {
            // A frame of nobody stands in for each that is left out, so that frames keep their numbers.
            let nobody = |frame: &Owned| {
                let silent = ipv4(frame).is_some() && is_of_the_lower(frame) != lower;
                if silent {
                    reframed(frame, [&frame.data[..12], &[0x90, 0, 0, 0]].concat())
                } else {
                    frame.clone()
                }
            };
            let one: Vec<Owned> = frames.iter().map(nobody).collect();
            let rows = all_messages(&one);
            let is_there = |row: &&Kept| {
                let Envelope { sender, sender_port, receiver, receiver_port, .. } = row.envelope;
                sender.is_none() || ((sender, sender_port) < (receiver, receiver_port)) == lower
            };
            let whole = |row: &&Kept| !NEEDS_BOTH.contains(&row.table);
            let wanted: Vec<&Kept> = messages(&base).into_iter().filter(is_there).filter(whole).collect();
            let found: Vec<&Kept> = messages(&rows).into_iter().filter(whole).collect();
            compared += 1;
            if found.len() != wanted.len() {
                let tables = |rows: &[&Kept]| {
                    let mut counts = BTreeMap::<&str, i32>::new();
                    rows.iter().for_each(|row| *counts.entry(row.table).or_default() += 1);
                    counts
                };
                wrong.push(format!(
                    "{name}, lower {lower}: {:?} instead of {:?}",
                    tables(&found),
                    tables(&wanted)
                ));
                continue;
            }
            for (found, wanted) in found.iter().zip(&wanted) {
                // What cannot be read without its request is given as sent, and what is guessed is marked.
                let raw = ["data", "context_guessed"];
                let other = found.content().into_iter().zip(wanted.content()).find(|(found, wanted)| {
                    found != wanted && found.1 != Value::Null && !raw.contains(&found.0)
                });
                if found.table != wanted.table || other.is_some() {
                    wrong.push(format!("{name}, lower {lower}, {}: {other:?}", wanted.table));
                    break;
                }
            }
        }
    }
    println!("{compared} directions");
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// Captures from outside that are whole Ethernet and no longer than this, with the name of each.
const SMALL: u64 = 60_000;

fn small_captures_from_outside() -> Vec<(String, Vec<Owned>)> {
    let is_small = |path: &PathBuf| {
        let is_honest = !path.components().any(|part| part.as_os_str() == "malformed");
        is_honest && path.metadata().is_ok_and(|about| about.len() <= SMALL)
    };
    let paths = outside().map(|folder| captures(&folder)).unwrap_or_default().into_iter().filter(is_small);
    paths
        .map(|path| (path.display().to_string(), frames(&path)))
        .filter(|(_, frames)| frames.iter().all(|frame| frame.link_type == LinkType::ETHERNET))
        .collect()
}

/// How often each reason is said that blames the sender of a message: malformed, trailing, a value, a checksum; or the network
/// for samples.
fn blamed(rows: &Rows) -> BTreeMap<&str, i128> {
    let mut reasons = BTreeMap::new();
    let blames = |row: &&Kept| {
        [1, 2, 10, 11].contains(&row.number("kind")) || row.words("reason") == "samples are missing"
    };
    for row in rows.of("anomalies").filter(blames) {
        *reasons.entry(row.words("reason")).or_default() += row.number("count");
    }
    reasons
}

/// Whether the first of these protocols may carry the second, as far as is known of both by their names.
fn carries(parent: &str, child: &str) -> bool {
    let Some(child) = fieldtap::protocols::named(child) else { return false };
    child.carriers.iter().any(|carrier| match carrier {
        Carrier::Within { parent: between, .. } => *between == parent || carries(parent, between),
        _ => false,
    })
}

/// What each conversation is, by where it begins.
fn applications(rows: &Rows) -> BTreeMap<Option<u64>, &str> {
    rows.of("conversations").map(|row| (row.envelope.conversation, row.words("application"))).collect()
}

/// A capture of the corpus whose lengths lie, so that what follows is garbage; where they are cut, it is read.
const LIES: &str = "modbus/lengths.pcap";

/// HARD_CASES, capture files and frames: "Frames cut by the snap length -> headers read; missing octets are a gap in the
/// stream, not malformed protocol": nobody is blamed for what was cut, and no conversation is taken for another.
#[test]
fn nobody_is_blamed_for_what_the_snap_length_cuts() {
    let (mut wrong, mut compared) = (Vec::new(), 0);
    for (name, frames) in ethernet_captures().into_iter().chain(small_captures_from_outside()) {
        if name == LIES {
            continue;
        }
        let base = all_messages(&frames);
        let (before, known) = (blamed(&base), applications(&base));
        for snap in [96, 128] {
            let cut = |frame: &Owned| Owned {
                data: frame.data[..frame.data.len().min(snap)].to_vec(),
                ..frame.clone()
            };
            let rows = all_messages(&frames.iter().map(cut).collect::<Vec<_>>());
            for (reason, count) in blamed(&rows) {
                if before.get(reason).is_none_or(|before| count > *before) {
                    wrong.push(format!("{name}, {snap} octets: {count} times {reason}"));
                }
            }
            for (conversation, application) in applications(&rows) {
                // Less may be known.
                let is_other = known.get(&conversation).is_some_and(|known| {
                    *known != application && !application.is_empty() && !carries(application, known)
                });
                if is_other {
                    wrong.push(format!(
                        "{name}, {snap} octets: {application} instead of {:?}",
                        known.get(&conversation)
                    ));
                }
            }
            lawful(&name, &rows);
            compared += 1;
        }
    }
    println!("{compared} captures cut");
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(compared > 100, "{compared}");
}

/// What messages say of themselves at their beginning: tables and columns.
const HEADS: [(&str, &[&str]); 7] = [
    ("modbus", &["transaction_id", "unit_id", "function_code"]),
    ("iec104", &["format", "send_sequence", "receive_sequence", "type_id", "object_count", "cause"]),
    ("dnp3_link", &["source", "destination", "length", "control"]),
    ("c37118", &["frame_type", "frame_size", "id_code"]),
    ("cotp", &["pdu_type", "user_data_length"]),
    ("mms", &["pdu_type", "invoke_id", "confirmed_service", "length"]),
    ("s7comm", &["rosctr", "pdu_reference", "parameter_length", "data_length", "function_code"]),
];

/// Conversation, direction and head of each message.
fn heads<'a>(
    rows: &'a Rows,
    table: &'static str,
    columns: &[&str],
) -> Vec<(Option<u64>, bool, Vec<&'a Value>)> {
    let head = |row: &'a Kept| columns.iter().map(|column| row.get(column)).collect();
    rows.of(table).map(|row| (row.envelope.conversation, row.envelope.from_originator, head(row))).collect()
}

/// HARD_CASES, capture files and frames: "Frames cut by the snap length -> headers read": each head is that of a whole
/// message, as far as it is there, and few frames are left without.
#[test]
fn heads_of_messages_that_are_cut_are_read() {
    let (mut wrong, mut had, mut have) = (Vec::new(), 0, 0);
    for (name, frames) in ethernet_captures().into_iter().chain(small_captures_from_outside()) {
        if name == LIES {
            continue;
        }
        let cut =
            |frame: &Owned| Owned { data: frame.data[..frame.data.len().min(96)].to_vec(), ..frame.clone() };
        let (base, rows) = (all_messages(&frames), all_messages(&frames.iter().map(cut).collect::<Vec<_>>()));
        for (table, columns) in HEADS {
            let whole = heads(&base, table, columns);
            for (conversation, from_originator, head) in heads(&rows, table, columns) {
                let is_it = |whole: &(Option<u64>, bool, Vec<&Value>)| {
                    (whole.0, whole.1) == (conversation, from_originator)
                        && whole.2.iter().zip(&head).all(|(one, two)| **two == Value::Null || one == two)
                };
                if !whole.iter().any(is_it) {
                    wrong.push(format!("{name}: {table} {head:?}"));
                }
            }
            let with =
                |rows: &Rows| rows.of(table).map(|row| row.envelope.frame).collect::<BTreeSet<_>>().len();
            had += with(&base);
            have += with(&rows);
        }
    }
    println!("{have} frames with messages of {had}");
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(have * 10 > had * 9, "{have} of {had}");
}
