//! `corpus/frames`: one real capture in other framing, other order, other files. Honest variants give the same messages,
//! the others say what is wrong.

mod common;

use common::{Kept, Owned, Rows, Value, corpus, corpus_folder, dissect, dissect_with, frames, unlawful};
use fieldtap::{Checksums, Config, Limits, OverlapPolicy};
use fieldtap_capture::Reader;

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
    assert_eq!(side(&rows, true).len(), 11, "one request is longer than what is left of its frame");
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
