//! Captures cut by a snap length: a stream is known by the beginning of a message too, where its port says which protocol to
//! expect, and what is whole is read as in the uncut capture.

use fieldtap::{
    Checksums, Config, Engine, Frame, LinkType,
    record::{Envelope, Field, Row, Sink, Verdict},
};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// The fields but those that name another message, which may be one that is cut: it is read when its rest fails to come.
fn content(row: &dyn Row) -> String {
    let columns = row.table().columns.iter().enumerate();
    let own = columns.filter(|(_, column)| !column.name.ends_with("_message"));
    own.map(|(index, _)| format!("{:?} ", row.field(index))).collect()
}

/// Frame, table and content of each row of a message; application of each conversation.
#[derive(Default, Debug)]
struct Rows {
    messages: Vec<(u64, &'static str, String)>,
    applications: Vec<String>,
    reasons: Vec<String>,
    outcomes: Vec<String>,
}

impl Sink for Rows {
    fn row(&mut self, envelope: &Envelope, row: &dyn Row) -> Verdict {
        let word = |name| {
            let index = row.table().columns.iter().position(|column| column.name == name);
            match index.map(|index| row.field(index)) {
                Some(Field::Symbol(word)) => word.to_owned(),
                Some(Field::Code { name: Some(name), .. }) => name.to_owned(),
                _ => String::new(),
            }
        };
        match row.table().name {
            "conversations" => self.applications.push(word("application")),
            "operations" => self.outcomes.push(word("outcome")),
            "anomalies" => self.reasons.push(word("reason")),
            table @ ("modbus" | "iec104" | "c37118" | "cotp" | "dnp3_link" | "ptp" | "s7comm") => {
                self.messages.push((envelope.frame, table, content(row)));
            }
            _ => {}
        }
        Verdict::GoOn
    }
}

const HEADERS: usize = 40;

/// A segment over raw IPv4 (RFC 791, RFC 9293), or a datagram (RFC 768), checksums left out.
fn packet(tcp: bool, (from, to): (u16, u16), sequence: u32, payload: &[u8]) -> Vec<u8> {
    let transport = if tcp { 20 } else { 8 };
    let total = (20 + transport + payload.len()) as u16;
    let ends = if from > to { [10, 0, 0, 1, 10, 0, 0, 2] } else { [10, 0, 0, 2, 10, 0, 0, 1] };
    let mut packet = vec![0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, if tcp { 6 } else { 17 }, 0, 0];
    packet[2..4].copy_from_slice(&total.to_be_bytes());
    packet.extend(ends);
    packet.extend(from.to_be_bytes());
    packet.extend(to.to_be_bytes());
    if tcp {
        packet.extend(sequence.to_be_bytes());
        packet.extend([0, 0, 0, 1, 0x50, 16, 0xff, 0xff, 0, 0, 0, 0]);
    } else {
        packet.extend((total - 20).to_be_bytes());
        packet.extend([0, 0]);
    }
    packet.extend_from_slice(payload);
    packet
}

/// Each turn is a frame of the client (true) or the server, of which so many octets were captured.
fn seen(tcp: bool, port: u16, snap: usize, turns: &[(bool, Vec<u8>)]) -> Rows {
    seen_without(None, tcp, port, snap, turns)
}

/// As above, one of the frames not captured at all.
fn seen_without(lacking: Option<u64>, tcp: bool, port: u16, snap: usize, turns: &[(bool, Vec<u8>)]) -> Rows {
    let config = Config { checksums: Checksums::Ignore, every_message: true, ..Config::default() };
    let (mut engine, mut rows, mut sequences) = (Engine::new(config), Rows::default(), [1u32; 2]);
    for (number, (asks, payload)) in turns.iter().enumerate() {
        let ports = if *asks { (40_000, port) } else { (port, 40_000) };
        let sequence = &mut sequences[usize::from(*asks)];
        let whole = packet(tcp, ports, *sequence, payload);
        *sequence += payload.len() as u32;
        let frame = Frame {
            number: number as u64 + 1,
            ts: number as i64 * 1_000_000,
            interface: 0,
            link_type: LinkType::RAW,
            original_len: whole.len() as u32,
            data: &whole[..whole.len().min(snap)],
        };
        if Some(frame.number) != lacking {
            engine.frame(&frame, &mut rows);
        }
    }
    engine.finish(&mut rows);
    rows
}

/// Read Holding Registers of up to 125 registers, answered (MODBUS Application Protocol V1.1b3 section 6.3), or Write
/// Multiple Registers (6.12), as a pair of request and answer.
fn modbus(transaction: u8, registers: u8, writes: bool) -> [(bool, Vec<u8>); 2] {
    let adu = |pdu: Vec<u8>| [vec![0, transaction, 0, 0, 0, pdu.len() as u8 + 1, 1], pdu].concat();
    let values: Vec<u8> = (0..registers).flat_map(|register| [0, register]).collect();
    let octets = values.len() as u8;
    if writes {
        let request = [vec![16, 0, 0, 0, registers, octets], values].concat();
        [(true, adu(request)), (false, adu(vec![16, 0, 0, 0, registers]))]
    } else {
        [(true, adu(vec![3, 0, 0, 0, registers])), (false, adu([vec![3, octets], values].concat()))]
    }
}

/// An I-format APDU of single points in sequence (IEC 60870-5-104 section 5, -101 section 7.3.1.1).
fn iec104(send: u8, points: u8) -> (bool, Vec<u8>) {
    let asdu = [vec![1, 0x80 | points, 20, 0, 1, 0, 1, 0, 0], vec![1; points.into()]].concat();
    (false, [vec![0x68, asdu.len() as u8 + 4, send << 1, 0, 0, 0], asdu].concat())
}

/// What was seen of the uncut stream in frames that the cut leaves whole.
fn of_whole_frames(rows: &Rows, turns: &[(bool, Vec<u8>)], snap: usize) -> Vec<(u64, &'static str, String)> {
    let whole = |frame: &u64| turns[*frame as usize - 1].1.len() + HEADERS <= snap;
    rows.messages.iter().filter(|(frame, ..)| whole(frame)).cloned().collect()
}

fn by_frame(rows: &Rows) -> BTreeMap<(u64, &'static str), usize> {
    let mut counts = BTreeMap::new();
    for (frame, table, _) in &rows.messages {
        *counts.entry((*frame, *table)).or_default() += 1;
    }
    counts
}

/// One message a frame: whatever the snap length leaves of them from the head on, each is read, and the whole ones as if
/// nothing was cut. `snap` leaves the head of each message.
fn holds(port: u16, snap: usize, name: &str, turns: &[(bool, Vec<u8>)]) -> Result<(), TestCaseError> {
    let (uncut, cut) = (seen(true, port, usize::MAX, turns), seen(true, port, snap, turns));
    prop_assert_eq!(&cut.applications, &[name]);
    prop_assert_eq!(of_whole_frames(&cut, turns, snap), of_whole_frames(&uncut, turns, snap));
    prop_assert_eq!(by_frame(&cut), by_frame(&uncut));
    Ok(())
}

proptest! {
    /// The head of an ADU is 8 octets, with the function code. An answer tells what its request asked for; of one register
    /// it is shorter than that, and may be whole where the request is not.
    #[test]
    fn modbus_is_read_as_far_as_it_is_there(
        pairs in prop::collection::vec((2u8..=120, any::<bool>()), 1..6), snap in HEADERS + 8..320,
    ) {
        let pairs = pairs.iter().enumerate();
        let turns: Vec<_> =
            pairs.flat_map(|(number, (registers, writes))| modbus(number as u8, *registers, *writes)).collect();
        holds(502, snap, "modbus", &turns)?;
    }

    /// The head of an APDU is 6 octets.
    #[test]
    fn iec104_is_read_as_far_as_it_is_there(
        points in prop::collection::vec(1u8..=120, 1..6), snap in HEADERS + 6..320,
    ) {
        let turns: Vec<_> =
            points.iter().enumerate().map(|(number, points)| iec104(number as u8, *points)).collect();
        holds(2404, snap, "iec104", &turns)?;
    }
}

/// CRC-CCITT of 0xffff over these octets (IEEE C37.118.2 Annex B).
fn crc(octets: &[u8]) -> u16 {
    octets.iter().fold(0xffff, |crc, octet| {
        (0..8).fold(crc ^ u16::from(*octet) << 8, |crc, _| {
            crc << 1 ^ if crc & 0x8000 == 0 { 0 } else { 0x1021 }
        })
    })
}

/// A data frame of IEEE C37.118.2 (6.3) with a right checksum (Annex B).
fn c37118(number: u8, octets: u8) -> (bool, Vec<u8>) {
    let head = [0xaa, 1, 0, octets + 16, 0, 7, 0x60, 0, 0, number, 0, 0, 0, 0];
    let mut frame = [&head[..], &vec![7; octets.into()]].concat();
    frame.extend(crc(&frame).to_be_bytes());
    (false, frame)
}

/// Messages that are whole, or of which the first `head` octets are there, among those of a segment cut behind `octets`.
fn begun(messages: &[Vec<u8>], head: usize, octets: usize) -> usize {
    let starts = messages.iter().scan(0, |end, message| {
        let start = *end;
        *end += message.len();
        Some((start, *end))
    });
    starts.filter(|(start, end)| *end <= octets || start + head <= octets).count()
}

/// Several messages a segment, the first of which begins with it: of each segment those are read whose heads are there, and what
/// is whole as if nothing was cut. The first segment is whole, so that the protocol is known.
fn segments_hold(
    (port, name, head): (u16, &str, usize),
    snap: usize,
    segments: &[(bool, Vec<Vec<u8>>)],
) -> Result<(), TestCaseError> {
    let turns: Vec<_> = segments.iter().map(|(asks, messages)| (*asks, messages.concat())).collect();
    let (uncut, cut) = (seen(true, port, usize::MAX, &turns), seen(true, port, snap, &turns));
    prop_assert_eq!(&cut.applications, &[name]);
    let expected: BTreeMap<_, _> = (1..)
        .zip(segments)
        .map(|(frame, (_, messages))| (frame, begun(messages, head, snap - HEADERS)))
        .collect();
    let mut counts: BTreeMap<u64, usize> = expected.keys().map(|frame| (*frame, 0)).collect();
    cut.messages.iter().for_each(|(frame, ..)| *counts.entry(*frame).or_default() += 1);
    prop_assert_eq!(counts, expected);
    prop_assert_eq!(of_whole_frames(&cut, &turns, snap), of_whole_frames(&uncut, &turns, snap));
    Ok(())
}

/// So many messages a segment, of so many octets each; the first segment is whole.
fn sizes() -> impl Strategy<Value = Vec<Vec<u8>>> {
    prop::collection::vec(prop::collection::vec(2u8..=60, 1..5), 1..8)
}

/// Makes segments of messages that this makes, of a number and a size.
fn segments(sizes: &[Vec<u8>], message: impl Fn(u8, u8) -> (bool, Vec<u8>)) -> Vec<(bool, Vec<Vec<u8>>)> {
    let mut number = 0;
    let mut next = |size: u8| {
        number += 1;
        message(number, size)
    };
    sizes
        .iter()
        .map(|sizes| {
            let messages: Vec<_> = sizes.iter().map(|size| next(*size)).collect();
            (messages[0].0, messages.into_iter().map(|(_, message)| message).collect())
        })
        .collect()
}

proptest! {
    #[test]
    fn several_apdus_of_iec104_in_a_segment_are_read_as_far_as_they_are_there(
        sizes in sizes(), snap in HEADERS + 20..320,
    ) {
        segments_hold((2404, "iec104", 6), snap, &segments(&sizes, iec104))?;
    }

    #[test]
    fn several_adus_of_modbus_in_a_segment_are_read_as_far_as_they_are_there(
        sizes in sizes(), snap in HEADERS + 20..320,
    ) {
        let request = |number, registers| modbus(number, registers, true)[0].clone();
        segments_hold((502, "modbus", 8), snap, &segments(&sizes, request))?;
    }

    #[test]
    fn several_frames_of_c37118_in_a_segment_are_read_as_far_as_they_are_there(
        sizes in sizes(), snap in HEADERS + 20..320,
    ) {
        segments_hold((4712, "c37118", 14), snap, &segments(&sizes, c37118))?;
    }
}

/// The octets behind a cut segment begin a segment, and yet no message where it goes on with one that began before: nothing
/// is made of them, and the next message is found.
#[test]
fn the_rest_of_a_message_behind_a_cut_segment_is_none() {
    let [first, second, third, fourth] = [1, 2, 3, 4].map(|number| iec104(number, 100).1);
    let (two, (begun, rest)) = ([first, second].concat(), third.split_at(40));
    let turns = [
        (false, [two.as_slice(), begun].concat()),
        (false, [rest, &fourth].concat()),
        iec104(5, 100),
        iec104(6, 9),
    ];
    let rows = seen(true, 2404, HEADERS + 50, &turns);
    assert_eq!(rows.messages.iter().map(|(frame, ..)| *frame).collect::<Vec<_>>(), [1, 3, 4]);
}

/// A beginning says "maybe" and no more: on a port that is registered for nobody it names no protocol.
#[test]
fn a_beginning_alone_decides_on_registered_ports_only() {
    let turns = [modbus(1, 100, true), modbus(2, 100, true)].concat();
    assert_eq!(seen(true, 502, 100, &turns).applications, ["modbus"]);
    assert_eq!(seen(true, 5020, 100, &turns[..1]).applications, [""]);
    assert_eq!(seen(true, 5020, usize::MAX, &turns).applications, ["modbus"]);
    // So short a beginning does not tell the length of the message.
    assert_eq!(seen(true, 502, HEADERS + 5, &turns[..1]).applications, [""]);
    // What other octets there are must fit as those of a whole message: the protocol identifier is 0 (MODBUS Messaging on
    // TCP/IP V1.0b section 3.1.3).
    let mut other = turns[..1].to_vec();
    other[0].1[3] = 1;
    assert_eq!(seen(true, 502, 100, &other).applications, [""]);
}

/// What is kept of one direction is not given up for a gap of the other: here two answers stand between one request and the next,
/// both are cut, and the requests tell the protocol on a port of nobody.
#[test]
fn a_gap_of_one_direction_leaves_what_was_kept_of_the_other() {
    let turns = (1..6).flat_map(|transaction| {
        let [request, answer] = modbus(transaction, 100, false);
        [request, answer, modbus(transaction + 100, 100, false)[1].clone()]
    });
    let rows = seen(true, 5020, 100, &turns.collect::<Vec<_>>());
    assert_eq!(rows.applications, ["modbus"]);
    let requests: Vec<u64> =
        rows.messages.iter().map(|(frame, ..)| *frame).filter(|frame| frame % 3 == 1).collect();
    assert_eq!(requests, [1, 4, 7, 10, 13]);
}

/// A data frame of IEEE C37.118.2 (6.3), its checksum cut off, and an Announce of IEEE Std 1588-2019 (13.5) with the clock's
/// identity cut off: as datagrams, each known by its port and its head.
#[test]
fn a_datagram_is_known_by_its_beginning() {
    let data = [&b"\xaa\x01\x00\x90\x00\x07\x60\0\0\0\0\0\0\0"[..], &[7; 130]].concat();
    for (port, octets, name) in
        [(4713, data, "c37118"), (320, announce(), "ptp"), (502, modbus(1, 100, true)[0].1.clone(), "modbus")]
    {
        let rows = seen(false, port, 28 + 50, &[(true, octets)]);
        assert_eq!((rows.applications, rows.messages.len()), (vec![name.to_owned()], 1));
    }
}

fn announce() -> Vec<u8> {
    let mut message = vec![0; 64];
    message[..4].copy_from_slice(&[0x0b, 2, 0, 64]);
    message
}

/// The streams of the protocols below, cut within their first message: each is known by its port and its head, which is that of
/// C37.118 as above, or of a TPKT with user data (RFC 1006 section 6, ISO/IEC 8073 clause 13.7).
#[test]
fn a_stream_is_known_by_the_beginning_of_its_first_message() {
    let data = [&b"\xaa\x01\x00\x90\x00\x07\x60\0\0\0\0\0\0\0"[..], &[7; 130]].concat();
    let transport = [&b"\x03\0\0\x96\x02\xf0\x80"[..], &[0x11; 143]].concat();
    for (port, octets, name, table) in [(4712, data, "c37118", "c37118"), (102, transport, "cotp", "cotp")] {
        let rows = seen(true, port, HEADERS + 30, &[(true, octets)]);
        assert_eq!(rows.applications, [name]);
        assert_eq!(
            rows.messages.iter().map(|(frame, table, _)| (*frame, *table)).collect::<Vec<_>>(),
            [(1, table)]
        );
    }
}

/// A segment that was not captured at all, so that the next octets are not known to begin one: a beginning is read where it ends
/// with the segment, and is none where it does not.
#[test]
fn a_beginning_behind_a_gap_is_one_where_it_ends_with_its_segment() {
    let [first, second, third] = [iec104(0, 4).1, iec104(1, 60).1, iec104(2, 60).1];
    let heads = |third: Vec<u8>| {
        let turns = [(false, first.clone()), (false, second.clone()), (false, third)];
        let rows = seen_without(Some(2), true, 2404, HEADERS + 40, &turns);
        rows.messages.iter().map(|(frame, ..)| *frame).collect::<Vec<_>>()
    };
    assert_eq!(heads(third.clone()), [1, 3]);
    assert_eq!(heads([third, vec![0]].concat()), [1]);
}

/// As above: of two messages in the next segment, the second is cut.
#[test]
fn messages_behind_a_gap_are_read_where_the_last_ends_with_its_segment() {
    let [first, second, third] = [iec104(0, 4).1, iec104(2, 4).1, iec104(3, 60).1];
    let turns = [(false, first), iec104(1, 60), (false, [second, third].concat())];
    let rows = seen_without(Some(2), true, 2404, HEADERS + 40, &turns);
    assert_eq!(rows.messages.iter().map(|(frame, ..)| *frame).collect::<Vec<_>>(), [1, 3, 3]);
}

/// A data TPDU of class 0 (ISO/IEC 8073 clause 13.7) in a TPKT (RFC 1006 section 6).
fn transport(last: bool, user_data: &[u8]) -> (bool, Vec<u8>) {
    let length = (user_data.len() + 7) as u8;
    (true, [&[3, 0, 0, length, 2, 0xf0, if last { 0x80 } else { 0 }], user_data].concat())
}

/// A TSDU in three segments, of which the first is cut: its beginning is read as that of its message, and the segments behind it
/// are none, though they look like one. The next TSDU is read again.
#[test]
fn segments_behind_one_that_is_cut_are_no_messages() {
    // A job of S7comm that reads one item, and as much as fills the segment.
    let job = b"\x32\x01\0\0\0\x01\0\x0e\0\0\x04\x01\x12\x0a\x10\x02\0\x01\0\x01\x84\0\0\0";
    let next = [&job[..5], &[2], &job[6..]].concat();
    let long = [&b"\x32\x01\0\0\0\x01\0\x0e\0\xa0"[..], &job[10..], &[0; 60]].concat();
    let turns = [
        transport(true, job),
        transport(false, &long),
        transport(false, job),
        transport(true, job),
        transport(true, &next),
    ];
    let rows = seen(true, 102, HEADERS + 45, &turns);
    let of = |wanted: &str| {
        rows.messages
            .iter()
            .filter(|(_, table, _)| *table == wanted)
            .map(|(frame, ..)| *frame)
            .collect::<Vec<_>>()
    };
    assert_eq!((of("cotp"), of("s7comm")), (vec![1, 2, 3, 4, 5], vec![1, 2, 5]));
    let blames: Vec<_> = rows.reasons.iter().filter(|reason| !reason.contains("cut")).collect();
    assert!(blames.is_empty(), "{blames:?}");
}

/// A segment of TCP that held two segments of a TSDU and was cut within the first: what comes next may begin a TSDU, which is
/// read, or go on with the one before, which nobody is blamed for.
#[test]
fn behind_a_gap_of_several_segments_a_message_is_read_where_it_looks_like_one() {
    let job = b"\x32\x01\0\0\0\x01\0\x0e\0\0\x04\x01\x12\x0a\x10\x02\0\x01\0\x01\x84\0\0\0";
    let long = [&b"\x32\x01\0\0\0\x02\0\x0e\0\xa0"[..], &job[10..], &[0; 60]].concat();
    let next = [&long[..5], &[3], &long[6..]].concat();
    let two = |last| [transport(false, &long).1, transport(last, &[0x11; 90]).1].concat();
    for (last, third, expected) in [(true, next, vec![1, 2, 3]), (false, vec![0x11; 90], vec![1, 2])] {
        let turns = [transport(true, job), (true, two(last)), transport(true, &third)];
        let rows = seen(true, 102, HEADERS + 45, &turns);
        let of = |wanted| rows.messages.iter().filter(move |(_, table, _)| *table == wanted);
        assert_eq!(of("cotp").map(|(frame, ..)| *frame).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(of("s7comm").map(|(frame, ..)| *frame).collect::<Vec<_>>(), expected);
        let blames: Vec<_> = rows.reasons.iter().filter(|reason| !reason.contains("cut")).collect();
        assert!(blames.is_empty(), "{blames:?}");
    }
}

/// A configuration of IEEE C37.118.2 (6.4) that was asked for, its end cut off: its head tells that it is the answer.
#[test]
fn a_configuration_that_is_cut_is_the_answer_to_its_command() {
    let mut command = b"\xaa\x41\0\x12\0\x07\x60\0\0\0\0\0\0\0\0\x05".to_vec();
    command.extend(crc(&command).to_be_bytes());
    let configuration = [&b"\xaa\x31\x00\x90\x00\x07\x60\0\0\0\0\0\0\0"[..], &[7; 130]].concat();
    let rows = seen(true, 4712, HEADERS + 40, &[(true, command), (false, configuration)]);
    assert_eq!(rows.messages.iter().map(|(frame, ..)| *frame).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(rows.outcomes, ["success"]);
}
