//! Hard cases, by name.
use super::{PROTOCOL, link};
use crate::{
    Config, Mark, Session,
    protocol::Toward,
    record::{Envelope, Row, Sink, Verdict},
};

/// Rows as text: table, then what a field of interest holds.
#[derive(Default)]
struct Rows(Vec<(&'static str, Vec<(&'static str, String)>)>);

impl Sink for Rows {
    fn row(&mut self, _: &Envelope, row: &dyn Row) -> Verdict {
        let table = row.table();
        let fields = table.columns.iter().enumerate();
        let fields = fields.map(|(index, column)| (column.name, format!("{:?}", row.field(index))));
        self.0.push((table.name, fields.collect()));
        Verdict::GoOn
    }
}

impl Rows {
    fn count(&self, table: &str) -> usize {
        self.0.iter().filter(|(name, _)| *name == table).count()
    }
    fn field(&self, table: &str, place: usize, field: &str) -> String {
        let row = self.0.iter().filter(|(name, _)| *name == table).nth(place);
        let found = row.and_then(|(_, fields)| fields.iter().find(|(name, _)| *name == field));
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    }
    fn reasons(&self) -> Vec<String> {
        (0..self.count("anomalies")).map(|place| self.field("anomalies", place, "reason")).collect()
    }
}

/// A frame of outstation 10 to master 1, or of the master to the outstation.
fn frame(from_master: bool, user: &[u8]) -> Vec<u8> {
    let mut frame = match from_master {
        true => vec![0x05, 0x64, 0, 0xc4, 10, 0, 1, 0, 0, 0],
        false => vec![0x05, 0x64, 0, 0x44, 1, 0, 10, 0, 0, 0],
    };
    for block in user.chunks(16) {
        frame.extend(block);
        frame.extend([0, 0]);
    }
    link::mend(&mut frame);
    frame
}

/// Frames of a fragment, segment by segment.
fn segments(fragment: &[u8]) -> Vec<Vec<u8>> {
    let count = fragment.len().div_ceil(249);
    let chunks = fragment.chunks(249).enumerate();
    let segment = |(place, octets): (usize, &[u8])| {
        let head = u8::from(place == 0) << 6 | u8::from(place + 1 == count) << 7 | (place as u8 & 0x3f);
        frame(false, &[&[head], octets].concat())
    };
    chunks.map(segment).collect()
}

/// A response of 2 kB: 400 analog inputs of 32 bits with flags.
fn long_response() -> Vec<u8> {
    let mut fragment = vec![0xc0, 129, 0, 0, 30, 1, 1, 0, 0, 0x8f, 1];
    for value in 0..400i32 {
        fragment.push(1);
        fragment.extend((value * 3).to_le_bytes());
    }
    fragment
}

fn session() -> (Session, Rows) {
    let config = Config { every_message: true, ..Config::default() };
    (Session::new(&PROTOCOL, config), Rows::default())
}
const fn at(frame: u64) -> Mark {
    Mark { file: 0, frame, ts: frame as i64 * 1_000_000 }
}

/// HARD_CASES, DNP3: "An object lies across the CRC between two 16-octet blocks -> decoded whole; places are given in octets
/// of the frame".
#[test]
fn an_object_across_a_checksum_is_decoded_whole() {
    let (mut session, mut rows) = session();
    // 1 + 4 + 5 octets before the objects: the second, third and fifth cross a boundary of blocks.
    let mut user = vec![0xc0, 0xc0, 129, 0, 0, 30, 1, 0, 0, 5];
    for value in 0..6i32 {
        user.push(1);
        user.extend((value * 0x0101_0101).to_le_bytes());
    }
    user.extend([1, 2, 0x0f]);
    session.feed(Toward::Client, at(1), &frame(false, &user), &mut rows);
    assert_eq!(rows.count("dnp3_points"), 6);
    for place in 0..6 {
        let value = place as i64 * 0x0101_0101;
        assert_eq!(rows.field("dnp3_points", place, "integer"), format!("Signed({value})"));
    }
    // The header behind them begins at octet 40 of the user data, which is octet 10 + 40 + 2 * 2 of the frame; its qualifier
    // is two further.
    assert_eq!(rows.reasons(), [r#"Symbol("range specifier code that the standard reserves")"#]);
    assert_eq!(rows.field("anomalies", 0, "offset"), "Unsigned(56)");
}

/// A fragment of 2 kB in 9 link frames across 5 TCP segments, one of them lost: what is said of it.
#[test]
fn a_lost_tcp_segment_loses_the_fragment_and_it_is_said() {
    let frames = segments(&long_response());
    assert_eq!(frames.len(), 9);
    let octets = frames.concat();
    let pieces: Vec<&[u8]> = octets.chunks(octets.len().div_ceil(5)).collect();
    assert_eq!(pieces.len(), 5);

    let (mut whole, mut rows) = session();
    for (place, piece) in pieces.iter().enumerate() {
        whole.feed(Toward::Client, at(place as u64 + 1), piece, &mut rows);
    }
    assert_eq!((rows.count("dnp3_link"), rows.count("dnp3"), rows.count("dnp3_points")), (9, 1, 400));
    assert!(rows.reasons().is_empty());

    let (mut holed, mut rows) = session();
    for (place, piece) in pieces.iter().enumerate() {
        match place {
            2 => holed.gap(Toward::Client, at(3), piece.len() as u64, &mut rows),
            _ => holed.feed(Toward::Client, at(place as u64 + 1), piece, &mut rows),
        };
    }
    let next = frame(false, &[0xca, 0xc1, 129, 0, 0]);
    holed.feed(Toward::Client, at(6), &next, &mut rows);
    holed.finish(at(6), &mut rows);
    // Eight frames have 292 octets, a TCP segment 474: the third held the end of frame 4 and most of frame 5. Seven frames,
    // the head of frame 4 and that of the next message are there.
    assert_eq!((rows.count("dnp3_link"), rows.count("dnp3"), rows.count("dnp3_points")), (9, 1, 0));
    let reasons = [
        "a gap cuts the message",
        "no message begins here after a gap",
        "sequence number of the segment is not the next",
        "segments without the first of their fragment",
    ];
    assert_eq!(rows.reasons(), reasons.map(|reason| format!("Symbol({reason:?})")));
    // Frames 1 to 3 and 6 are dropped at once, 7 to 9 with the last.
    assert_eq!(rows.field("anomalies", 2, "count"), "Unsigned(4)");
    assert_eq!(rows.field("anomalies", 2, "length"), format!("Unsigned({})", 4 * 249));
    assert_eq!(rows.field("anomalies", 3, "count"), "Unsigned(3)");
    let tally = holed.tally(Toward::Client);
    assert_eq!(tally.dissected + tally.skipped + tally.missing, (octets.len() + next.len()) as u64);
}

/// HARD_CASES, DNP3: transport, and protocol level: "FIR without end". What is unfinished when nothing more comes is said,
/// with the sequence number of the first segment that is missing.
#[test]
fn a_fragment_that_the_end_cuts_off_is_said() {
    let frames = segments(&long_response());
    let (mut session, mut rows) = session();
    for (place, frame) in frames.iter().take(4).enumerate() {
        session.feed(Toward::Client, at(place as u64 + 1), frame, &mut rows);
    }
    assert!(rows.reasons().is_empty());
    session.finish(at(9), &mut rows);
    let reason = "the conversation ends before the last segment of a fragment";
    assert_eq!(rows.reasons(), [format!("Symbol({reason:?})")]);
    let said = ["count", "offset", "expected", "found"].map(|field| rows.field("anomalies", 0, field));
    assert_eq!(
        said,
        ["Unsigned(4)".into(), format!("Unsigned({})", 4 * 249), "Unsigned(4)".into(), "Null".into()]
    );
}

/// What begins no frame is the same, whether its octets come together or one by one.
#[test]
fn a_length_below_that_of_the_header_is_known_by_the_third_octet() {
    let octets = [&frame(false, &[0xc0, 0xc1, 129, 0, 0])[..], &[0x05, 0x64, 0]].concat();
    for piece in [octets.len(), 1, octets.len() - 1, octets.len() - 2] {
        let (mut session, mut rows) = session();
        for piece in octets.chunks(piece) {
            session.feed(Toward::Client, at(1), piece, &mut rows);
        }
        session.finish(at(2), &mut rows);
        let said = (rows.reasons(), rows.field("anomalies", 0, "length"));
        let reason = r#"Symbol("length is below that of the header")"#.to_owned();
        assert_eq!(said, (vec![reason], "Unsigned(3)".to_owned()), "pieces of {piece}");
    }
}

/// A request of the master, or a response of the outstation, in one frame.
fn say(session: &mut Session, rows: &mut Rows, number: u64, fragment: &[u8]) {
    let from_master = fragment.get(1).is_some_and(|function| function & 0x80 == 0);
    let toward = if from_master { Toward::Server } else { Toward::Client };
    let user = [&[0xc0 | (number as u8 & 0x3f)], fragment].concat();
    session.feed(toward, at(number), &frame(from_master, &user), rows);
}

/// HARD_CASES, DNP3: "One data block has a bad CRC while the header's is good -> link row and anomaly; nothing is decoded out
/// of the damaged part; the next frame is found by length, then by `05 64` with a good header CRC".
#[test]
fn a_damaged_block_costs_its_frame_alone() {
    let (mut session, mut rows) = session();
    let user = [&[0xc0, 0xc0, 129, 0, 0, 30, 4, 0, 0, 14][..], &[7; 30]].concat();
    let mut damaged = frame(false, &user);
    damaged[12] ^= 0x10;
    let next = frame(false, &[0xc1, 0xc1, 129, 0, 0]);
    session.feed(Toward::Client, at(1), &damaged, &mut rows);
    session.feed(Toward::Client, at(2), &next, &mut rows);
    // Its length is damaged too: the frame behind it is found by its start.
    damaged[2] ^= 1;
    session.feed(Toward::Client, at(3), &[&damaged[..], &next].concat(), &mut rows);
    session.finish(at(4), &mut rows);
    assert_eq!((rows.count("dnp3_link"), rows.count("dnp3"), rows.count("dnp3_points")), (3, 2, 0));
    assert_eq!(rows.field("dnp3_link", 0, "damaged_blocks"), "Unsigned(1)");
    assert_eq!(rows.field("anomalies", 0, "kind"), r#"Code { value: 11, name: Some("checksum") }"#);
    let tally = session.tally(Toward::Client);
    assert_eq!(tally.skipped, damaged.len() as u64);
}

/// HARD_CASES, protocol level: "header CRC good and data CRC bad around a complete inner frame [...] the inner frame is not
/// decoded unless the resynchronisation reaches it".
#[test]
fn a_frame_within_a_damaged_frame_is_not_decoded() {
    let (mut session, mut rows) = session();
    let inner = frame(true, &[0xc0, 0xc0, 13]);
    let mut outer = frame(false, &[&[0xc0, 0xc0, 129, 0, 0][..], &inner].concat());
    if let Some(last) = outer.last_mut() {
        *last ^= 1;
    }
    session.feed(Toward::Client, at(1), &outer, &mut rows);
    assert_eq!((rows.count("dnp3_link"), rows.count("dnp3"), rows.count("operations")), (1, 0, 0));
    assert_eq!(rows.reasons(), [r#"Symbol("checksum of a block of user data is wrong")"#]);
}

/// HARD_CASES, DNP3: "Transport: any start sequence with FIR; a new FIR drops the unfinished fragment (counted); a repeated
/// identical segment is ignored; a jump, or a first segment without FIR, drops up to the next FIR; sequence is modulo 64, per
/// source and destination address, since one TCP connection may carry many outstations".
/// Protocol level: "FIR without end, 64 sequence wraps".
#[test]
fn segments_are_put_together_for_each_pair_of_addresses() {
    let (mut session, mut rows) = session();
    let other = |user: &[u8]| {
        let mut frame = frame(false, user);
        frame[6] = 11;
        link::mend(&mut frame);
        frame
    };
    let mut number = 0;
    let mut feed = |octets: &[u8], rows: &mut Rows| {
        number += 1;
        session.feed(Toward::Client, at(number), octets, rows);
    };
    // 64 wraps of an endless fragment of outstation 10; each repeated at once; one of outstation 11 beside it.
    feed(&frame(false, &[0x40 | 5, 0xc0, 129, 0, 0, 110, 1]), &mut rows);
    feed(&other(&[0x40 | 63, 0xc0, 129]), &mut rows);
    for count in 0..64u32 * 64 {
        let segment = frame(false, &[((6 + count) & 0x3f) as u8, 0]);
        feed(&segment, &mut rows);
        feed(&segment, &mut rows);
    }
    feed(&other(&[0x80, 0, 0]), &mut rows);
    assert_eq!((rows.count("dnp3"), rows.count("anomalies")), (1, 0));
    assert_eq!(rows.field("dnp3", 0, "source"), "Unsigned(11)");
    // A new first segment ends it, and is counted.
    feed(&frame(false, &[0xc0, 0xc0, 129, 0, 0]), &mut rows);
    assert_eq!(rows.count("dnp3"), 2);
    assert_eq!(rows.field("anomalies", 0, "count"), format!("Unsigned({})", 64 * 64 + 1));
    // One without a first, then a jump.
    feed(&frame(false, &[0x81, 0xc0, 129, 0, 0]), &mut rows);
    feed(&frame(false, &[0x42, 0xc0]), &mut rows);
    feed(&frame(false, &[0x84, 129, 0, 0]), &mut rows);
    assert_eq!((rows.count("dnp3"), rows.count("anomalies")), (2, 3));
}

/// HARD_CASES, DNP3: "A read request holds headers without data (qualifiers 06, 07, 08, 00, 01, and index lists 17, 28);
/// assign-class holds g60 headers that govern the headers after them -> no points are read where none are sent; variation 0
/// means "any" in a request and is said in a response".
#[test]
fn requests_name_points_and_hold_none() {
    let (mut session, mut rows) = session();
    let read = [
        &[0xc0, 1][..],
        &[60, 2, 6, 60, 3, 7, 5, 2, 1, 8, 3, 0, 30, 0, 0, 1, 9, 1, 2, 1, 0, 0, 4, 0],
        &[1, 2, 0x17, 2, 4, 5, 30, 1, 0x28, 1, 0, 7, 0],
    ];
    say(&mut session, &mut rows, 1, &read.concat());
    say(&mut session, &mut rows, 2, &[0xc1, 22, 60, 4, 6, 1, 0, 0, 0, 9, 30, 0, 6]);
    assert_eq!((rows.count("dnp3_objects"), rows.count("dnp3_points"), rows.count("points")), (10, 0, 0));
    assert_eq!(rows.field("dnp3_objects", 5, "index_list"), "Bytes([4, 5])");
    assert_eq!(rows.field("dnp3_objects", 6, "index_list"), "Bytes([7, 0])");
    assert_eq!(rows.field("dnp3_objects", 8, "class"), "Unsigned(3)");
    assert_eq!(rows.count("anomalies"), 0);
    say(&mut session, &mut rows, 3, &[0xc1, 129, 0, 0, 30, 0, 0, 1, 1, 9]);
    assert!(rows.reasons().contains(&r#"Symbol("variation 0 where values should be")"#.to_string()));
}

/// HARD_CASES, DNP3: "Packed formats [...] -> lowest bit first from the start index, padding bits are no points; start after
/// stop, or a range larger than the bytes left, is said and yields only what is there".
/// Protocol level: "Counts that promise more than the bytes [...] 4 thousand million packed bits -> what is there is read, said;
/// no allocation by the claim".
#[test]
fn packed_bits_go_as_far_as_their_octets() {
    let (mut session, mut rows) = session();
    say(&mut session, &mut rows, 1, &[0xc0, 129, 0, 0, 1, 1, 0, 4, 13, 0b0000_0001, 0xff]);
    let got: Vec<_> = (0..rows.count("dnp3_points"))
        .map(|place| (rows.field("dnp3_points", place, "index"), rows.field("dnp3_points", place, "integer")))
        .collect();
    let want: Vec<_> = (4..14u32)
        .map(|index| {
            (format!("Unsigned({index})"), format!("Signed({})", u8::from(index == 4 || index > 11)))
        })
        .collect();
    assert_eq!(got, want);
    let (mut session, mut rows) = self::session();
    say(&mut session, &mut rows, 1, &[0xc0, 129, 0, 0, 1, 1, 2, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 3]);
    say(&mut session, &mut rows, 2, &[0xc1, 129, 0, 0, 3, 1, 0, 9, 2]);
    assert_eq!(rows.count("dnp3_points"), 8);
    assert_eq!(rows.field("anomalies", 0, "expected"), format!("Unsigned({})", 1u64 << 32));
    assert_eq!(rows.field("anomalies", 0, "found"), "Unsigned(8)");
    assert!(rows.reasons().contains(&r#"Symbol("range starts after it stops")"#.to_string()));
}

/// HARD_CASES, DNP3: "g2v3, g4v3 relative times -> added to the last g51 of the same fragment, v1 synchronised or v2
/// unsynchronised (marked); without g51 the time is null".
#[test]
fn relative_times_count_from_the_last_occurrence_of_their_fragment() {
    let (mut session, mut rows) = session();
    let occurrence = [51, 2, 7, 1, 0xe8, 3, 0, 0, 0, 0];
    let event = [2, 3, 0x17, 1, 0, 0x81, 5, 0];
    say(&mut session, &mut rows, 1, &[&[0xc0, 129, 0, 0][..], &occurrence, &event].concat());
    // The occurrence of the fragment before does not hold for this one.
    say(&mut session, &mut rows, 2, &[&[0xc1, 129, 0, 0][..], &event].concat());
    assert_eq!(rows.field("dnp3_points", 1, "time"), "Instant(1005000000)");
    assert!(rows.field("dnp3_points", 1, "time_quality").contains("unsynchronized"));
    assert_eq!(rows.field("dnp3_points", 2, "time"), "Null");
    assert_eq!(rows.field("dnp3_points", 2, "relative_time"), "Duration(5000000)");
}

/// HARD_CASES, DNP3: "Unsolicited responses have their own sequence and their own confirms (UNS set) -> never paired with
/// solicited requests; the no-acknowledge functions (6, 8, 10, 12, 33) and broadcasts (FFFD to FFFF) expect no answer and are
/// not "unanswered"".
#[test]
fn what_expects_no_answer_is_not_unanswered() {
    let (mut session, mut rows) = session();
    say(&mut session, &mut rows, 1, &[0xc3, 1, 60, 2, 6]);
    say(&mut session, &mut rows, 2, &[0xf3, 130, 0, 0]);
    assert_eq!(rows.count("operations"), 0);
    say(&mut session, &mut rows, 3, &[0xd3, 0]);
    assert!(rows.field("operations", 0, "operation").contains("report"));
    say(&mut session, &mut rows, 4, &[0xc3, 129, 0, 0]);
    assert!(rows.field("operations", 1, "operation").contains("read"));
    for (place, function) in [6, 8, 10, 12, 33].into_iter().enumerate() {
        let command = [12, 1, 0x17, 1, 1, 3, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        let objects: &[u8] = if function == 6 { &command } else { &[] };
        say(&mut session, &mut rows, 5 + place as u64, &[&[0xc4, function][..], objects].concat());
    }
    for (place, low) in [0xfd, 0xfe, 0xff].into_iter().enumerate() {
        let mut all = frame(true, &[0xc0, 0xc5, 2, 50, 1, 7, 1, 0, 0, 0, 0, 0, 0]);
        (all[4], all[5]) = (low, 0xff);
        link::mend(&mut all);
        session.feed(Toward::Server, at(10 + place as u64), &all, &mut rows);
    }
    session.finish(at(99), &mut rows);
    let outcomes: Vec<_> =
        (2..rows.count("operations")).map(|place| rows.field("operations", place, "outcome")).collect();
    assert_eq!(outcomes.len(), 8);
    assert!(outcomes.iter().all(|outcome| outcome.contains("unconfirmed")), "{outcomes:?}");
}

/// HARD_CASES, DNP3: "Operate must repeat the select octet for octet with the next sequence, within time; the outcome is the
/// status in each echoed object, not the presence of a response; an answer may hold success for one point and refusal for
/// another".
#[test]
fn an_operate_that_is_not_its_select_is_an_operation_of_its_own() {
    let output = |index: u8, code: u8, status: u8| [index, code, 1, 0, 0, 0, 0, 0, 0, 0, 0, status];
    let command = |control: u8, function: &[u8], outputs: &[[u8; 12]]| {
        [&[control][..], function, &[12, 1, 0x17, outputs.len() as u8], &outputs.concat()].concat()
    };
    // Two selected, one refused by the operate.
    let (mut session, mut rows) = self::session();
    let both = [output(1, 3, 0), output(2, 3, 0)];
    say(&mut session, &mut rows, 1, &command(0xc0, &[3], &both));
    say(&mut session, &mut rows, 2, &command(0xc0, &[129, 0, 0], &both));
    say(&mut session, &mut rows, 3, &command(0xc1, &[4], &both));
    assert_eq!(rows.count("operations"), 0);
    say(&mut session, &mut rows, 4, &command(0xc1, &[129, 0, 0], &[output(1, 3, 0), output(2, 3, 6)]));
    assert_eq!(rows.count("operations"), 2);
    assert!(rows.field("operations", 0, "outcome").contains("success"));
    assert!(rows.field("operations", 1, "outcome").contains("refused"));
    assert_eq!(rows.field("operations", 1, "status_name"), r#"Symbol("hardware_error")"#);
    assert_eq!(rows.count("anomalies"), 0);
    // The sequence number after the next, and another code.
    let (mut session, mut rows) = self::session();
    say(&mut session, &mut rows, 1, &command(0xc0, &[3], &[output(1, 3, 0)]));
    say(&mut session, &mut rows, 2, &command(0xc0, &[129, 0, 0], &[output(1, 3, 0)]));
    say(&mut session, &mut rows, 3, &command(0xc2, &[4], &[output(1, 4, 0)]));
    session.finish(at(4), &mut rows);
    let said = rows.reasons().join(" ");
    assert!(said.contains("sequence number after its select") && said.contains("does not repeat its select"));
    assert_eq!(rows.count("operations"), 2);
}

/// A pattern control block with latch on, or what a device says of it, and a mask.
fn pattern(head: &[u8], code: u8, status: u8, mask: &[u8]) -> Vec<u8> {
    [head, &[12, 2, 7, 1, code, 1, 0, 0, 0, 0, 0, 0, 0, 0, status], mask].concat()
}

/// A.8.2, A.8.3: the outputs whose bits are set in the mask do what the pattern control block says, and its status is the
/// word on them. HARD_CASES, DNP3: "the outcome is the status in each echoed object, not the presence of a response".
#[test]
fn a_pattern_is_refused_where_its_control_block_is() {
    let (mut session, mut rows) = session();
    let mask = [12, 3, 0, 10, 15, 0b0010_1101];
    say(&mut session, &mut rows, 1, &pattern(&[0xc0, 5], 0x81, 0, &mask));
    say(&mut session, &mut rows, 2, &pattern(&[0xc0, 129, 0, 0], 0x81, 4, &mask));
    let points: Vec<_> = (0..rows.count("points"))
        .map(|place| ["address", "integer"].map(|field| rows.field("points", place, field)))
        .collect();
    let tripped = |index: u64| [format!("Unsigned({index})"), "Signed(0)".to_owned()];
    assert_eq!(points, [10, 12, 13, 15].map(tripped));
    assert_eq!(rows.count("operations"), 1);
    assert!(rows.field("operations", 0, "outcome").contains("refused"));
    assert_eq!(rows.field("operations", 0, "status_name"), r#"Symbol("not_supported")"#);
    assert_eq!(rows.field("operations", 0, "address"), "Unsigned(10)");
    assert_eq!(rows.field("operations", 0, "quantity"), "Unsigned(4)");
    assert_eq!(rows.count("anomalies"), 0);
}

/// A.8.2: a pattern control block commands no output by itself. Without a mask it is an operation that names none, and the
/// next one keeps its own mask.
#[test]
fn a_pattern_without_a_mask_names_no_output() {
    let (mut session, mut rows) = session();
    let second = pattern(&[], 3, 0, &[12, 3, 0, 8, 8, 1]);
    say(&mut session, &mut rows, 1, &pattern(&[0xc0, 5], 3, 0, &second));
    let second = pattern(&[], 3, 0, &[12, 3, 0, 8, 8, 1]);
    say(&mut session, &mut rows, 2, &pattern(&[0xc0, 129, 0, 0], 3, 9, &second));
    assert_eq!(rows.count("points"), 1);
    assert_eq!(rows.count("operations"), 2);
    assert_eq!(rows.field("operations", 0, "address"), "Null");
    assert!(rows.field("operations", 0, "outcome").contains("refused"));
    assert_eq!(rows.field("operations", 1, "address"), "Unsigned(8)");
    assert!(rows.field("operations", 1, "outcome").contains("success"));
    assert_eq!(rows.count("anomalies"), 0);
}

/// A write that carries an output block or a setpoint is a write like any other: its answer tells what became of it. A
/// command of that kind is none.
#[test]
fn a_write_of_an_output_is_a_write() {
    let block = [12, 1, 0x17, 1, 5, 3, 1, 100, 0, 0, 0, 0, 0, 0, 0, 0];
    let setpoint = [41, 1, 0x17, 1, 3, 5, 0, 0, 0, 0];
    for (object, error, outcome) in
        [(&block[..], 0, "success"), (&setpoint, 0, "success"), (&setpoint, 1, "refused")]
    {
        let (mut session, mut rows) = session();
        say(&mut session, &mut rows, 1, &[0xc1, 1, 60, 2, 6]);
        say(&mut session, &mut rows, 2, &[0xc1, 129, 0, 0]);
        say(&mut session, &mut rows, 3, &[&[0xc2, 2][..], object].concat());
        say(&mut session, &mut rows, 4, &[0xc2, 129, 0, error]);
        assert_eq!(rows.count("operations"), 2);
        assert!(rows.field("operations", 1, "operation").contains("write"));
        assert!(rows.field("operations", 1, "outcome").contains(outcome));
        assert!(rows.field("points", 0, "way").contains("written"));
        assert_eq!(rows.count("anomalies"), 0);
    }
}

/// A master repeats a request whose answer does not come (4.2.2.5), octet for octet and with the same sequence number: that is
/// one operation. Each of the two may be answered.
#[test]
fn a_request_that_comes_again_is_one_operation() {
    let poll = [0xc1, 1, 60, 2, 6];
    let command = [0xc2, 5, 12, 1, 0x17, 1, 5, 3, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let echo = [&[0xc2, 129, 0, 0][..], &command[2..]].concat();
    for (request, answer) in [(&poll[..], &[0xc1, 129, 0, 0][..]), (&command, &echo)] {
        for answers in 1..3 {
            let (mut session, mut rows) = session();
            say(&mut session, &mut rows, 1, request);
            say(&mut session, &mut rows, 2, request);
            for number in 0..answers {
                say(&mut session, &mut rows, 3 + number, answer);
            }
            session.finish(at(9), &mut rows);
            assert_eq!(rows.count("operations"), 1);
            assert!(rows.field("operations", 0, "outcome").contains("success"));
            assert_eq!(rows.field("operations", 0, "requested"), "Instant(1000000)");
            assert_eq!(rows.reasons(), [""; 0]);
        }
        // A third answer is one too many; a request that is asked anew after its answer is another operation.
        let (mut session, mut rows) = session();
        for (number, said) in [request, request, answer, answer, answer, request, answer].iter().enumerate() {
            say(&mut session, &mut rows, number as u64 + 1, said);
        }
        assert_eq!(rows.reasons(), [r#"Symbol("request was answered before")"#]);
        assert_eq!(rows.count("operations"), 2);
    }
}

/// The same of a select and its operate: they stay two stages of one operation. HARD_CASES, DNP3: "Operate must repeat the
/// select octet for octet with the next sequence".
#[test]
fn a_select_that_comes_again_is_still_one_operation() {
    let block = [12, 1, 0x17, 1, 5, 3, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let asked = |control: u8, function: u8| [&[control, function][..], &block].concat();
    let echoed = |control: u8| [&[control, 129, 0, 0][..], &block].concat();
    let (mut session, mut rows) = session();
    let said = [
        asked(0xc0, 3),
        asked(0xc0, 3),
        echoed(0xc0),
        echoed(0xc0),
        asked(0xc0, 3),
        echoed(0xc0),
        asked(0xc1, 4),
        asked(0xc1, 4),
        echoed(0xc1),
        echoed(0xc1),
    ];
    for (number, said) in said.iter().enumerate() {
        say(&mut session, &mut rows, number as u64 + 1, said);
    }
    session.finish(at(20), &mut rows);
    assert_eq!(rows.count("operations"), 1);
    assert!(rows.field("operations", 0, "outcome").contains("success"));
    assert_eq!(rows.field("operations", 0, "executed"), "Instant(7000000)");
    assert_eq!(rows.reasons(), [""; 0]);
}

/// The same of an unsolicited response that waits for its confirmation.
#[test]
fn an_unsolicited_response_that_comes_again_is_one_operation() {
    let (mut session, mut rows) = session();
    let event = [0xf3, 130, 0, 0, 2, 1, 0x28, 1, 0, 5, 0, 0x81];
    say(&mut session, &mut rows, 1, &event);
    say(&mut session, &mut rows, 2, &event);
    say(&mut session, &mut rows, 3, &[0xd3, 0]);
    session.finish(at(9), &mut rows);
    assert_eq!(rows.count("operations"), 1);
    assert!(rows.field("operations", 0, "outcome").contains("success"));
    assert_eq!(rows.reasons(), [""; 0]);
}

/// FFFC is no broadcast: the outstation that hears it answers under its own address.
#[test]
fn a_request_to_the_self_address_is_answered() {
    let (mut session, mut rows) = session();
    let mut request = frame(true, &[0xc0, 0xc1, 1, 60, 1, 6]);
    (request[4], request[5]) = (0xfc, 0xff);
    link::mend(&mut request);
    session.feed(Toward::Server, at(1), &request, &mut rows);
    say(&mut session, &mut rows, 2, &[0xc1, 129, 0, 0, 1, 2, 0, 0, 0, 0x81]);
    assert_eq!(rows.count("operations"), 1);
    assert!(rows.field("operations", 0, "outcome").contains("success"));
    assert!(rows.field("operations", 0, "function_code").contains("1"));
    // The answer is spent.
    say(&mut session, &mut rows, 3, &[0xc1, 129, 0, 0]);
    assert!(rows.field("operations", 1, "outcome").contains("unasked"));
}

/// The operations of a request with several object headers, as far as they are told apart.
fn asked_by_header(steps: &[&[u8]]) -> Vec<[String; 4]> {
    let (mut session, mut rows) = session();
    for (number, step) in steps.iter().enumerate() {
        say(&mut session, &mut rows, number as u64 + 1, step);
    }
    session.finish(at(99), &mut rows);
    assert_eq!(rows.reasons(), [""; 0]);
    let name = |value: String| value.split('"').nth(1).unwrap_or_default().to_owned();
    let of = |place| {
        let [operation, space, object, outcome] =
            ["operation", "space", "object", "outcome"].map(|field| rows.field("operations", place, field));
        [operation, space, object, outcome].map(name)
    };
    (0..rows.count("operations")).map(of).collect()
}

/// What is written may lie under any header: a deadband behind the bit that clears a restart, a time behind a deadband. Each
/// is an operation, and the answer is the word on all of them.
#[test]
fn each_header_of_a_write_is_an_operation() {
    let restart = [80, 1, 0, 7, 7, 0];
    let deadband = [34, 1, 0, 2, 2, 0x10, 0];
    let time = [50, 1, 7, 1, 0, 0xe8, 0x76, 0x48, 0x17, 1];
    let write = [&[0xc1, 2][..], &restart, &deadband, &time].concat();
    for (error, outcome) in [(0, "success"), (4, "refused")] {
        let got = asked_by_header(&[&write, &[0xc1, 129, 0, error]]);
        let want = [
            ["write", "internal_indication", "device_restart"],
            ["config", "analog_input_deadband", ""],
            ["time", "time_and_date_absolute", ""],
        ];
        let want =
            want.map(|[operation, space, object]| [operation, space, object, outcome].map(String::from));
        assert_eq!(got, want);
    }
    // One that comes again is none of its own; without an answer all of them are open.
    let got = asked_by_header(&[&write, &write]);
    assert_eq!(got.iter().map(|[.., outcome]| outcome.as_str()).collect::<Vec<_>>(), ["open"; 3]);
}

/// HARD_CASES, DNP3: "assign-class holds g60 headers that govern the headers after them": each of those is an operation that
/// names its class. An assignment to class 0 takes events away.
#[test]
fn each_header_of_an_assignment_names_its_class() {
    let assign = [0xc2, 22, 60, 2, 6, 1, 0, 6, 60, 1, 6, 30, 0, 0, 0, 5, 20, 0, 6];
    let got = asked_by_header(&[&assign, &[0xc2, 129, 0, 0]]);
    let want = [("binary_input", 1), ("analog_input", 0), ("counter", 0)];
    let want = want.map(|(space, class)| {
        ["reporting", space, &format!("class_{class}_data"), "success"].map(String::from)
    });
    assert_eq!(got, want);
}

/// The counters of each header are frozen; the time of a freeze at a time is a part of the others, and so is what
/// authenticates a request.
#[test]
fn each_header_of_a_freeze_is_an_operation() {
    let at_time = [0xc3, 11, 50, 2, 7, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 20, 0, 6, 30, 0, 6];
    let freeze = [0xc4, 7, 20, 0, 6, 30, 0, 6];
    let unanswered =
        [0xc5, 8, 120, 3, 7, 1, 1, 0, 0, 0, 1, 0, 20, 0, 6, 30, 0, 6, 120, 9, 0x5b, 1, 2, 0, 1, 2];
    let steps = [&at_time[..], &[0xc3, 129, 0, 0], &freeze, &[0xc4, 129, 0, 0], &unanswered];
    let got = asked_by_header(&steps);
    let spaces: Vec<_> =
        got.iter().map(|[_, space, _, outcome]| (space.as_str(), outcome.as_str())).collect();
    let want = [
        ("counter", "success"),
        ("analog_input", "success"),
        ("counter", "success"),
        ("analog_input", "success"),
        ("counter", "unconfirmed"),
        ("analog_input", "unconfirmed"),
    ];
    assert_eq!(spaces, want);
}

/// A header takes three octets: those of one fragment that are operations are bounded, and what is beyond is said once.
#[test]
fn headers_that_are_operations_are_bounded() {
    let (mut session, mut rows) = session();
    let headers = [34, 1, 6].repeat(80);
    say(&mut session, &mut rows, 1, &[&[0xc1, 2][..], &headers].concat());
    say(&mut session, &mut rows, 2, &[0xc1, 129, 0, 0]);
    assert_eq!((rows.count("dnp3_objects"), rows.count("operations")), (80, 64));
    assert_eq!(rows.reasons(), [r#"Symbol("object headers that are operations of their own are too many")"#]);
}

/// A read is one operation, whatever it asks for. Where device attributes are among that, it identifies.
#[test]
fn a_read_of_attributes_behind_a_class_identifies() {
    let got = asked_by_header(&[&[0xc1, 1, 60, 1, 6, 0, 254, 0, 0, 0], &[0xc1, 129, 0, 0]]);
    let [[operation, space, ..]] = &got[..] else { panic!("{got:?}") };
    assert_eq!((operation.as_str(), space.starts_with("device_attribute")), ("identify", true));
}

/// A challenge puts off the word on all objects of a command (7.5): the echoes that come then are those of the objects in their
/// order, and a select that was challenged is still selected.
#[test]
fn a_challenge_leaves_the_objects_of_a_command_in_their_order() {
    let outputs = |head: &[u8], status: u8| {
        let output = |index: u8, status: u8| [index, 3, 1, 0, 0, 0, 0, 0, 0, 0, 0, status];
        [head, &[12, 1, 0x17, 2], &output(1, 0), &output(2, status)].concat()
    };
    let challenge = |sequence: u8| {
        vec![0xc0 | sequence, 131, 0, 0, 120, 1, 0x5b, 1, 12, 0, 9, 0, 0, 0, 2, 0, 4, 1, 1, 2, 3, 4]
    };
    let reply = |sequence: u8| vec![0xc0 | sequence, 32, 120, 2, 0x5b, 1, 8, 0, 9, 0, 0, 0, 2, 0, 0xaa, 0xaa];
    let (mut session, mut rows) = session();
    let said = [
        outputs(&[0xc1, 3], 0),
        challenge(1),
        reply(1),
        outputs(&[0xc1, 129, 0, 0], 0),
        outputs(&[0xc2, 4], 0),
        challenge(2),
        reply(2),
        outputs(&[0xc2, 129, 0, 0], 6),
    ];
    for (number, said) in said.iter().enumerate() {
        say(&mut session, &mut rows, number as u64 + 1, said);
    }
    session.finish(at(20), &mut rows);
    assert_eq!(rows.reasons(), [""; 0]);
    let of =
        |field| (0..rows.count("operations")).map(|place| rows.field("operations", place, field)).collect();
    let (functions, addresses, statuses): (Vec<_>, Vec<_>, Vec<_>) =
        (of("function"), of("address"), of("status_name"));
    let controls = |values: &[String]| -> Vec<String> {
        let places = functions.iter().zip(values).filter(|(function, _)| function.contains("select"));
        places.map(|(_, value)| value.clone()).collect()
    };
    assert_eq!(controls(&addresses), ["Unsigned(1)", "Unsigned(2)"]);
    assert_eq!(controls(&statuses), [r#"Symbol("success")"#, r#"Symbol("hardware_error")"#]);
}

/// A device that does not take up new session keys says so by their status (A.45.5); one that is only asked for the status has
/// answered whatever it is.
#[test]
fn a_key_change_is_refused_by_the_status_of_the_keys() {
    let ask = |sequence: u8| vec![0xc0 | sequence, 32, 120, 4, 7, 1, 1, 0];
    let change = |sequence: u8| {
        [&[0xc0 | sequence, 32, 120, 6, 0x5b, 1, 10, 0, 9, 0, 0, 0, 1, 0][..], &[0x4b; 4]].concat()
    };
    let status = |sequence: u8, status: u8| {
        vec![0xc0 | sequence, 131, 0, 0, 120, 5, 0x5b, 1, 11, 0, 9, 0, 0, 0, 1, 0, 1, status, 4, 0, 0]
    };
    let (mut session, mut rows) = session();
    let said = [ask(1), status(1, 2), change(2), status(2, 1), change(3), status(3, 4), ask(4), status(4, 4)];
    for (number, said) in said.iter().enumerate() {
        say(&mut session, &mut rows, number as u64 + 1, said);
    }
    let outcomes: Vec<_> = (0..4).map(|place| rows.field("operations", place, "outcome")).collect();
    for (outcome, expected) in outcomes.iter().zip(["success", "success", "refused", "success"]) {
        assert!(outcome.contains(expected), "{outcomes:?}");
    }
    assert_eq!(rows.field("operations", 2, "status_name"), r#"Symbol("auth_fail")"#);
    assert_eq!(rows.reasons(), [""; 0]);
}

/// A device that lets a user in gives a key for the requests that follow; a key of 0 is none (A.25.2).
#[test]
fn a_user_who_gets_no_key_is_refused() {
    let object = |head: &[u8], key: u8| {
        [head, &[70, 2, 0x5b, 1, 12, 0, 12, 0, 0, 0, 12, 0, 0, 0, key, 0, 0, 0]].concat()
    };
    for (key, outcome) in [(0, "refused"), (0x55, "success")] {
        let (mut session, mut rows) = session();
        say(&mut session, &mut rows, 1, &object(&[0xc0, 29], 0));
        say(&mut session, &mut rows, 2, &object(&[0xc0, 129, 0, 0], key));
        assert_eq!(rows.count("operations"), 1);
        assert!(rows.field("operations", 0, "outcome").contains(outcome));
        assert_eq!(rows.reasons(), [""; 0]);
    }
}

/// Events of commands (g13, g43) tell what an output was commanded to. That is not its state, and where the command was
/// refused nobody vouches for it.
#[test]
fn a_command_event_is_no_state() {
    let (mut session, mut rows) = session();
    let binary = [13, 1, 0x17, 2, 5, 0x80, 6, 0x87];
    let analog = [43, 2, 0x17, 1, 7, 4, 100, 0];
    let state = [11, 1, 0x17, 1, 5, 0x81];
    say(&mut session, &mut rows, 1, &[&[0xf0, 130, 0, 0][..], &binary, &analog, &state].concat());
    let of = |field: &str| -> Vec<_> { (0..4).map(|place| rows.field("points", place, field)).collect() };
    assert_eq!(rows.count("points"), 4);
    let ways = of("way");
    assert!(
        ways[..3].iter().all(|way| way.contains("commanded")) && ways[3].contains("reported"),
        "{ways:?}"
    );
    assert_eq!(of("good"), ["Bool(true)", "Bool(false)", "Bool(false)", "Bool(true)"]);
    assert_eq!(of("address"), [5, 6, 7, 5].map(|index| format!("Unsigned({index})")));
    assert_eq!(of("integer"), [1, 1, 100, 1].map(|value| format!("Signed({value})")));
}

/// HARD_CASES, device times: "an invalid time is never 1970". A time of 0 stands where its sender has none: of an event of an
/// outstation without a clock, the occurrence that others count from, the creation of a file that is yet to be created. What is
/// some milliseconds after that is told as sent, and so is a clock that is set to it.
#[test]
fn a_time_of_zero_is_none() {
    let (mut session, mut rows) = session();
    let event = |time: u8| [2, 2, 0x17, 1, 5, 0x81, time, 0, 0, 0, 0, 0];
    let occurrence = [51, 2, 7, 1, 0, 0, 0, 0, 0, 0, 2, 3, 0x17, 1, 6, 0x81, 9, 0];
    let said = [&[0xf0, 130, 0, 0][..], &event(0), &event(5), &occurrence].concat();
    say(&mut session, &mut rows, 1, &said);
    let of = |rows: &Rows, table: &str, field: &str| -> Vec<_> {
        (0..rows.count(table)).map(|place| rows.field(table, place, field)).collect()
    };
    assert_eq!(of(&rows, "points", "device_time"), ["Null", "Instant(5000000)", "Null"]);
    assert_eq!(of(&rows, "dnp3_points", "time"), ["Null", "Instant(5000000)", "Instant(0)", "Null"]);
    let open = [
        &[0xc0, 25, 70, 3, 0x5b, 1, 27, 0, 26, 0, 1, 0][..],
        &[0; 6],
        &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 2, 1, 0, b'a'],
    ];
    say(&mut session, &mut rows, 2, &open.concat());
    let described = [&[0xc0, 129, 0, 0, 70, 7, 0x5b, 1, 21, 0, 20, 0, 1, 0, 1, 0][..], &[0; 14], b"a"];
    say(&mut session, &mut rows, 3, &described.concat());
    assert_eq!(of(&rows, "dnp3_files", "name"), [r#"Text("a")"#; 2]);
    assert_eq!(of(&rows, "dnp3_files", "created"), ["Null"; 2]);
    say(&mut session, &mut rows, 4, &[0xc1, 2, 50, 1, 7, 1, 0, 0, 0, 0, 0, 0]);
    assert_eq!(rows.field("dnp3_points", 4, "time"), "Instant(0)");
    assert_eq!(rows.reasons(), [""; 0]);
}

/// A.1: times among the attributes of a device are milliseconds since 1970, and so they are told of it.
#[test]
fn times_among_attributes_are_told_as_sent() {
    let (mut session, mut rows) = session();
    let built = [0, 198, 0, 0, 0, 7, 6, 0x00, 0x6c, 0x50, 0xc4, 0xa0, 0x01];
    say(&mut session, &mut rows, 1, &[&[0xc0, 129, 0, 0][..], &built].concat());
    assert_eq!(rows.field("identities", 1, "value"), r#"Text("1790000000000")"#);
    assert_eq!(rows.field("dnp3_attributes", 0, "time"), "Instant(1790000000000000000)");
}

/// HARD_CASES, protocol level: "DNP3 direct operate without response to a broadcast address [...] -> all of them appear as
/// operations, none merged away by summing".
#[test]
fn every_broadcast_command_is_an_operation() {
    let mut session = Session::new(&PROTOCOL, Config::default());
    let mut rows = Rows::default();
    for number in 0..100u64 {
        let command = [0xc0, 0xc0, 6, 12, 1, 0x17, 1, 1, 3, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        let mut all = frame(true, &command);
        (all[4], all[5]) = (0xff, 0xff);
        link::mend(&mut all);
        session.feed(Toward::Server, at(number + 1), &all, &mut rows);
    }
    assert_eq!(rows.count("operations"), 100);
}

/// HARD_CASES, protocol level: "A false start mark (`05 64` [...]) inside values, right after a gap -> not taken without a
/// consistent successor or checksum"; "A valid PDU, garbage, a valid PDU -> two PDUs, the garbage counted with its place, one
/// anomaly and not one per octet".
#[test]
fn a_false_start_is_not_taken() {
    let (mut session, mut rows) = session();
    let good = frame(false, &[0xc0, 0xc0, 129, 0, 0]);
    session.feed(Toward::Client, at(1), &good, &mut rows);
    session.gap(Toward::Client, at(2), 100, &mut rows);
    let garbage = [0x05, 0x64, 0x0b, 0x44, 1, 0, 10, 0, 0, 0, 5, 0x64, 5, 5, 0x64];
    session.feed(Toward::Client, at(3), &[&garbage[..], &good].concat(), &mut rows);
    assert_eq!(rows.count("dnp3"), 2);
    assert_eq!(rows.count("anomalies"), 1);
    assert_eq!(rows.field("anomalies", 0, "length"), format!("Unsigned({})", garbage.len()));
}

mod properties {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

        /// Frames of one long response repeated at once, exchanged or left out: what is given is the whole, once, or
        /// nothing, and then the loss is said. Each frame that came has its row.
        #[test]
        fn frames_repeated_exchanged_and_lost(
            repeated in prop::collection::vec(0usize..9, 0..4), lost in prop::option::of(0usize..9), exchanged in prop::option::of(0usize..8),
        ) {
            let mut frames = segments(&long_response());
            for place in &repeated {
                let again = frames[*place].clone();
                frames.insert(*place, again);
            }
            let place = |which: usize| which + repeated.iter().filter(|place| **place < which).count();
            if let Some(lost) = lost {
                // All copies of it.
                let gone = segments(&long_response())[lost].clone();
                frames.retain(|frame| *frame != gone);
            }
            let mut order = true;
            if let (Some(which), None) = (exchanged, lost) {
                let (a, b) = (place(which).min(frames.len() - 2), place(which).min(frames.len() - 2) + 1);
                order = frames[a] == frames[b];
                frames.swap(a, b);
            }
            let (mut session, mut rows) = session();
            for (number, frame) in frames.iter().enumerate() {
                session.feed(Toward::Client, at(number as u64 + 1), frame, &mut rows);
            }
            session.feed(Toward::Client, at(99), &super::frame(false, &[0xc0, 0xc1, 129, 0, 0]), &mut rows);
            prop_assert_eq!(rows.count("dnp3_link"), frames.len() + 1);
            let whole = lost.is_none() && order;
            if whole {
                prop_assert_eq!(rows.count("dnp3_points"), 400);
                prop_assert!(rows.reasons().iter().all(|reason| !reason.contains("segment")));
            } else {
                prop_assert!(rows.count("dnp3_points") == 400 || rows.reasons().iter().any(|reason| reason.contains("segment")));
            }
        }

        /// Whatever a fragment holds, nothing is given that its octets do not hold.
        #[test]
        fn any_objects(octets in prop::collection::vec(any::<u8>(), 0..60), function in any::<u8>()) {
            let (mut session, mut rows) = session();
            say(&mut session, &mut rows, 1, &[&[0xc0, function, 0, 0][..], &octets].concat());
            session.finish(at(2), &mut rows);
            prop_assert_eq!(rows.count("dnp3"), 1);
            prop_assert!(rows.count("dnp3_points") <= 8 * octets.len() + 64 * rows.count("dnp3_objects"));
        }
    }
}

/// Two stations that authenticated a restart: a command that is carried out without is said, and so is one that nobody can
/// challenge. Reading was never authenticated; what is refused is not carried out.
#[test]
fn a_command_without_authentication_after_others_with_it_is_said() {
    let challenge = [0xc1, 131, 0, 0, 120, 1, 0x5b, 1, 12, 0, 9, 0, 0, 0, 2, 0, 4, 1, 1, 2, 3, 4];
    let reply = [0xc1, 32, 120, 2, 0x5b, 1, 8, 0, 9, 0, 0, 0, 2, 0, 0xaa, 0xaa];
    let aggressive = [0xc5, 13, 120, 3, 7, 1, 4, 0, 0, 0, 1, 0];
    let close = |sequence: u8, function: u8| {
        [&[0xc0 | sequence, function, 12, 1, 0x17, 1, 3, 0x41, 1][..], &[0; 9]].concat()
    };
    let echo = |sequence: u8, function: u8| {
        [&[0xc0 | sequence, 129, 0, 0][..], &close(sequence, function)[2..]].concat()
    };
    let reason = "request without authentication, which these two stations used before";
    let said = |steps: &[Vec<u8>]| -> Vec<String> {
        let (mut session, mut rows) = session();
        for (number, step) in steps.iter().enumerate() {
            say(&mut session, &mut rows, number as u64 + 1, step);
        }
        let said = rows.reasons();
        let found = |place: usize| rows.field("anomalies", place, "found");
        (0..said.len()).filter(|place| said[*place].contains(reason)).map(found).collect()
    };
    let before = [vec![0xc1, 13], challenge.to_vec(), reply.to_vec(), vec![0xc1, 129, 0, 0]];
    let then = |steps: &[Vec<u8>]| said(&[&before[..], steps].concat());
    assert_eq!(then(&[close(2, 5), echo(2, 5)]), ["Unsigned(5)"]);
    assert_eq!(then(&[close(2, 6)]), ["Unsigned(6)"]);
    assert_eq!(then(&[vec![0xc2, 13], vec![0xc2, 129, 0, 1]]), [""; 0]);
    assert_eq!(then(&[vec![0xc2, 1, 60, 2, 6], vec![0xc2, 129, 0, 0]]), [""; 0]);
    assert_eq!(then(&[aggressive.to_vec(), vec![0xc5, 129, 0, 0]]), [""; 0]);
    // Who never authenticated anything has lost nothing.
    assert_eq!(said(&[close(2, 5), echo(2, 5)]), [""; 0]);
}

/// HARD_CASES, DNP3: "the next frame is found by length, then by `05 64` with a good header CRC", in a datagram too: a frame
/// whose header is damaged, and octets between frames, hide none of those behind them.
#[test]
fn frames_are_found_behind_others_in_a_datagram() {
    let whole = frame(false, &[0xc0, 0xc1, 129, 0, 0]);
    let mut damaged = whole.clone();
    damaged[8] ^= 1;
    let header = r#"Symbol("checksum of the header is wrong")"#;
    let start = r#"Symbol("start octets are not 05 64")"#;
    let cases = [
        (vec![&damaged[..], &whole], 1, vec![(header, damaged.len(), "garbage")]),
        (vec![&whole[..], &[0x99, 5, 0x98], &whole], 2, vec![(start, 3, "garbage")]),
        (
            vec![&whole[..], &damaged, &[7], &damaged, &whole],
            2,
            vec![(header, 2 * damaged.len() + 1, "garbage")],
        ),
        (vec![&whole[..], &damaged], 1, vec![(header, damaged.len(), "trailing")]),
        (vec![&damaged[..]], 0, vec![(header, damaged.len(), "malformed")]),
    ];
    for (parts, frames, said) in cases {
        let (mut session, mut rows) = session();
        session.datagram(Toward::Client, at(1), &parts.concat(), &mut rows);
        session.finish(at(2), &mut rows);
        assert_eq!(rows.count("dnp3"), frames);
        assert_eq!(rows.reasons().len(), said.len());
        for (place, (reason, length, kind)) in said.into_iter().enumerate() {
            assert_eq!(rows.field("anomalies", place, "reason"), reason);
            assert_eq!(rows.field("anomalies", place, "length"), format!("Unsigned({length})"));
            assert!(rows.field("anomalies", place, "kind").contains(kind));
        }
        let (sum, octets) = (session.tally(Toward::Client), parts.concat().len());
        assert_eq!(sum.dissected + sum.skipped, octets as u64);
        assert_eq!(sum.dissected, (frames * whole.len()) as u64);
    }
}

/// What comes again, octet for octet, is marked, and its points are told once: the request and the answer of a command, and an
/// unsolicited response, whether its confirmation was seen or not. One that asks for none does not come again.
#[test]
fn points_of_what_comes_again_are_told_once() {
    let command = [0xc2, 5, 12, 1, 0x17, 1, 5, 3, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let echo = [&[0xc2, 129, 0, 0][..], &command[2..]].concat();
    let event = [0xf3, 130, 0, 0, 2, 1, 0x28, 1, 0, 5, 0, 0x81];
    let unconfirmed = [&[0xd3][..], &event[1..]].concat();
    let confirmation = [0xd3, 0];
    let run = |steps: &[&[u8]]| {
        let (mut session, mut rows) = session();
        for (number, step) in steps.iter().enumerate() {
            say(&mut session, &mut rows, number as u64 + 1, step);
        }
        session.finish(at(20), &mut rows);
        assert_eq!(rows.reasons(), [""; 0]);
        let repeated =
            (0..rows.count("dnp3")).map(|place| rows.field("dnp3", place, "repeated") == "Bool(true)");
        (repeated.collect::<Vec<_>>(), rows.count("points"), rows.count("operations"))
    };
    assert_eq!(run(&[&command, &command, &echo, &echo]), (vec![false, true, false, true], 1, 1));
    assert_eq!(run(&[&event, &event, &confirmation]), (vec![false, true, false], 1, 1));
    assert_eq!(run(&[&event, &confirmation, &event, &confirmation]), (vec![false, false, true, false], 1, 1));
    assert_eq!(run(&[&unconfirmed, &unconfirmed]), (vec![false, false], 2, 2));
    // A read that comes again has what is there when it is answered.
    let (read, value) = ([0xc1, 1, 30, 0, 6], |value: u8| [0xc1, 129, 0, 0, 30, 4, 0, 0, 0, value, 0]);
    assert_eq!(run(&[&read, &read, &value(1), &value(1)]), (vec![false, true, false, true], 1, 1));
    assert_eq!(run(&[&read, &read, &value(1), &value(2)]), (vec![false, true, false, false], 2, 1));
}

/// A command that comes again is not carried out again: its answer is the one before. One that is another is said.
#[test]
fn another_answer_to_a_command_that_comes_again_is_said() {
    let command = [0xc2, 5, 12, 1, 0x17, 1, 5, 3, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let echo = |status: u8, indications: u8| {
        let mut echo = [&[0xc2, 129, indications, 0][..], &command[2..]].concat();
        echo[19] = status;
        echo
    };
    let reason = r#"Symbol("command that came again is answered otherwise than before")"#;
    let said = |first: Vec<u8>, second: Vec<u8>| {
        let (mut session, mut rows) = session();
        for (number, step) in [&command[..], &command, &first, &second].iter().enumerate() {
            say(&mut session, &mut rows, number as u64 + 1, step);
        }
        assert_eq!(rows.count("operations"), 1);
        rows.reasons()
    };
    assert_eq!(said(echo(0, 0), echo(2, 0)), [reason]);
    assert_eq!(said(echo(4, 0), echo(0, 0)), [reason]);
    // That events have come meanwhile changes nothing.
    assert_eq!(said(echo(0, 0), echo(0, 2)), [""; 0]);
}

/// A request to the self-address that comes again is answered as often.
#[test]
fn a_request_to_the_self_address_that_comes_again_is_one_operation() {
    let (mut session, mut rows) = session();
    let mut request = frame(true, &[0xc0, 0xc1, 1, 60, 1, 6]);
    (request[4], request[5]) = (0xfc, 0xff);
    link::mend(&mut request);
    session.feed(Toward::Server, at(1), &request, &mut rows);
    session.feed(Toward::Server, at(2), &request, &mut rows);
    let answer = [0xc1, 129, 0, 0, 1, 2, 0, 0, 0, 0x81];
    say(&mut session, &mut rows, 3, &answer);
    say(&mut session, &mut rows, 4, &answer);
    assert_eq!(rows.count("operations"), 1);
    assert!(rows.field("operations", 0, "outcome").contains("success"));
    assert_eq!(rows.reasons(), [""; 0]);
    // Both answers are spent.
    say(&mut session, &mut rows, 5, &answer);
    assert!(rows.field("operations", 1, "outcome").contains("unasked"));
}

/// The rows of these fragments.
fn told(steps: &[&[u8]]) -> Rows {
    let (mut session, mut rows) = session();
    for (number, step) in steps.iter().enumerate() {
        say(&mut session, &mut rows, number as u64 + 1, step);
    }
    session.finish(at(steps.len() as u64 + 1), &mut rows);
    rows
}

impl Rows {
    /// Addresses, outcomes and status names of the operations.
    fn outcomes(&self) -> Vec<[String; 3]> {
        let plain = |text: String| match text.split('"').nth(1) {
            Some(name) => name.to_owned(),
            None => text.replace("Unsigned(", "").replace(')', ""),
        };
        let fields = ["address", "outcome", "status_name"];
        let operation = |place| fields.map(|field| plain(self.field("operations", place, field)));
        (0..self.count("operations")).map(operation).collect()
    }
}

/// Output `index`, latched on, or off by `code` 4, with its status.
fn output(index: u8, code: u8, status: u8) -> [u8; 12] {
    [index, code, 1, 0, 0, 0, 0, 0, 0, 0, 0, status]
}

/// A fragment of these outputs.
fn outputs(head: &[u8], outputs: &[[u8; 12]]) -> Vec<u8> {
    [head, &[12, 1, 0x17, outputs.len() as u8], &outputs.concat()].concat()
}

/// A file status or an authentication error that lies among events is no word on the poll that fetches them (A.25, A.45).
#[test]
fn events_of_files_and_authentication_do_not_refuse_a_poll() {
    let poll = [0xc0, 1, 60, 2, 6];
    let event = [2, 1, 0x17, 1, 5, 0x81];
    let status = [70, 4, 0x5b, 1, 13, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 3];
    let error = [120, 7, 0x5b, 1, 15, 0, 1, 0, 0, 0, 1, 0, 2, 0, 1, 0, 0, 0, 0, 0, 0];
    for object in [&status[..], &error] {
        for order in [[&event[..], object], [object, &event]] {
            let rows = told(&[&poll, &[&[0xc0, 129, 0, 0][..], &order.concat()].concat()]);
            assert_eq!(rows.outcomes(), [["Null", "success", "Null"].map(String::from)]);
        }
    }
    // What answers a request of files or an authentication does refuse.
    let close = [&[0xc1, 26][..], &status].concat();
    let rows = told(&[&close, &[&[0xc1, 129, 0, 0][..], &status].concat()]);
    assert_eq!(rows.outcomes()[0][1..], ["refused", "file_not_found"]);
    let rows = told(&[&poll, &[&[0xc0, 131, 0, 0][..], &error].concat()]);
    assert_eq!(rows.outcomes()[0][1..], ["refused", "authentication_failed"]);
}

/// Each block of a file that is written has the status of that block, wherever it stands.
#[test]
fn blocks_that_are_written_have_their_own_status() {
    let block = |number: u8| [70, 5, 0x5b, 1, 10, 0, 1, 0, 0, 0, number, 0, 0, 0, 0x41, 0x42];
    let status = |number: u8, status: u8| [70, 6, 0x5b, 1, 9, 0, 1, 0, 0, 0, number, 0, 0, 0, status];
    let write = [&[0xc2, 2][..], &block(0), &block(1)].concat();
    let answer = |first: [u8; 15], second: [u8; 15]| [&[0xc2, 129, 0, 0][..], &first, &second].concat();
    let refused = ["Null", "refused", "block_sequence"].map(String::from);
    let granted = ["Null", "success", "success"].map(String::from);
    let rows = told(&[&write, &answer(status(0, 20), status(1, 0))]);
    assert_eq!(rows.outcomes(), [refused.clone(), granted.clone()]);
    let rows = told(&[&write, &answer(status(1, 20), status(0, 0))]);
    assert_eq!(rows.outcomes(), [refused, granted]);
    assert_eq!(rows.reasons(), [""; 0]);
}

/// What the first fragment of a response says of the request holds for all of it.
#[test]
fn a_refusal_in_an_earlier_fragment_is_kept() {
    let read = [0xc1, 1, 70, 5, 0x5b, 1, 8, 0, 1, 0, 0, 0, 0, 0, 0, 0];
    let refusal = [0xa1, 129, 0, 0, 70, 6, 0x5b, 1, 9, 0, 1, 0, 0, 0, 0, 0, 0, 0, 16];
    let rows = told(&[&read, &refusal, &[0xc1, 0], &[0x42, 129, 0, 0]]);
    assert_eq!(rows.outcomes(), [["Null", "refused", "not_opened"].map(String::from)]);
    let read = [0xc1, 1, 60, 2, 6, 110, 0, 6];
    let first = [0xa1, 129, 0, 2, 30, 4, 0, 0, 0, 7, 0];
    let rows = told(&[&read, &first, &[0xc1, 0], &[0x42, 129, 0, 0]]);
    assert_eq!(rows.outcomes(), [["Null", "partial", "object_unknown"].map(String::from)]);
    // It does not hold for the next one.
    let next = [&[0xc2, 1, 60, 2, 6][..], &[0xc2, 129, 0, 0]];
    let rows = told(&[&read, &first, &[0xc1, 0], &[0x42, 129, 0, 0], next[0], next[1]]);
    assert_eq!(rows.outcomes()[1][1..], ["success", "Null"]);
}

/// An outstation may leave a request of files open; the status comes as an event with the identifier of the request (A.25).
#[test]
fn a_file_that_opens_later_waits_for_its_status() {
    let open = [
        &[0xc1, 25, 70, 3, 0x5b, 1, 30, 0, 26, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0][..],
        &[0, 0, 0, 0, 1, 0, 0, 4, 7, 0, 0x61, 0x62, 0x63, 0x64],
    ]
    .concat();
    let status = |request_id: u8, status: u8| {
        [70, 4, 0x5b, 1, 13, 0, 1, 0, 0, 0, 8, 0, 0, 0, 0, 4, request_id, 0, status]
    };
    let (empty, poll) = ([0xc1, 129, 0, 0], [0xc2, 1, 60, 2, 6]);
    let answer = |request_id, result| [&[0xc2, 129, 0, 0][..], &status(request_id, result)].concat();
    let rows = told(&[&open, &empty, &poll, &answer(7, 1)]);
    let [opened, polled] = rows.outcomes().try_into().unwrap();
    assert_eq!(
        (&opened[1..], &polled[1]),
        (&["refused".into(), "permission_denied".into()][..], &"success".into())
    );
    let unsolicited = [&[0xf2, 130, 0, 0][..], &status(7, 0)].concat();
    let rows = told(&[&open, &empty, &unsolicited, &[0xd2, 0]]);
    assert_eq!(rows.outcomes()[0][1..], ["success", "success"]);
    // The status of another request is none of it.
    let rows = told(&[&open, &empty, &poll, &answer(8, 1)]);
    let outcomes: Vec<_> = rows.outcomes().into_iter().map(|[_, outcome, _]| outcome).collect();
    assert_eq!(outcomes, ["success", "accepted"]);
    assert_eq!(rows.reasons(), [""; 0]);
}

/// A status belongs to the object with the same words, in whichever order the echo has them and whatever it leaves out.
#[test]
fn an_echo_is_paired_by_its_object() {
    let command = outputs(&[0xc1, 5], &[output(1, 3, 0), output(2, 3, 0)]);
    let by_address = |rows: &Rows| {
        let mut outcomes = rows.outcomes();
        outcomes.sort();
        outcomes.into_iter().map(|[address, outcome, _]| [address, outcome]).collect::<Vec<_>>()
    };
    let (one, two) = (["1", "success"].map(String::from), ["2", "refused"].map(String::from));
    let rows = told(&[&command, &outputs(&[0xc1, 129, 0, 0], &[output(2, 3, 4), output(1, 3, 0)])]);
    assert_eq!((by_address(&rows), rows.reasons()), (vec![one.clone(), two.clone()], vec![]));
    let rows = told(&[&command, &outputs(&[0xc1, 129, 0, 4], &[output(2, 3, 4)])]);
    assert_eq!((by_address(&rows), rows.reasons()), (vec![["1", "refused"].map(String::from), two], vec![]));
    assert_eq!(rows.outcomes()[1][2], "not_echoed");
    // In other words: said, and by the output.
    let rows = told(&[&command, &outputs(&[0xc1, 129, 0, 0], &[output(2, 4, 0), output(1, 3, 0)])]);
    assert_eq!(by_address(&rows), [one, ["2", "success"].map(String::from)]);
    assert_eq!(rows.reasons(), [r#"Symbol("response does not repeat the object of its request")"#]);
    // The same of a select, whose operate then is one operation with it.
    let [select, operate] = [(0xc1, 3), (0xc2, 4)]
        .map(|(control, function)| outputs(&[control, function], &[output(1, 3, 0), output(2, 3, 0)]));
    let selected = outputs(&[0xc1, 129, 0, 0], &[output(2, 3, 7), output(1, 3, 0)]);
    let rows = told(&[&select, &selected]);
    assert_eq!(by_address(&rows)[1], ["2", "refused"]);
    assert_eq!(rows.reasons(), [""; 0]);
    let operated = outputs(&[0xc2, 129, 0, 0], &[output(2, 3, 0), output(1, 3, 0)]);
    let selected = outputs(&[0xc1, 129, 0, 0], &[output(1, 3, 0), output(2, 3, 0)]);
    let rows = told(&[&select, &selected, &operate, &operated]);
    assert_eq!((rows.count("operations"), rows.reasons()), (2, vec![]));
}

/// More objects in one command than requests are remembered: what had to make room has no word, and the others have theirs.
#[test]
fn a_command_of_more_objects_than_are_remembered_keeps_the_words_of_the_others() {
    const OBJECTS: u16 = 20;
    let objects = |head: &[u8], refused: fn(u16) -> bool| {
        let mut fragment = [head, &[41, 2, 0x28], &OBJECTS.to_le_bytes()].concat();
        for index in 0..OBJECTS {
            fragment.extend([index.to_le_bytes(), index.to_le_bytes()].concat());
            fragment.push(if refused(index) { 4 } else { 0 });
        }
        fragment
    };
    let all = |_| false;
    let odd = |index| index % 2 == 1;
    let direct = [objects(&[0xc1, 5], all), objects(&[0xc1, 129, 0, 0], odd)];
    let selected = [
        objects(&[0xc1, 3], all),
        objects(&[0xc1, 129, 0, 0], all),
        objects(&[0xc2, 4], all),
        objects(&[0xc2, 129, 0, 0], odd),
    ];
    for steps in [&direct[..], &selected] {
        let mut config = Config { every_message: true, ..Config::default() };
        config.limits.pending_requests = 8;
        let (mut session, mut rows) = (Session::new(&PROTOCOL, config), Rows::default());
        for (number, step) in steps.iter().enumerate() {
            let number = number as u64 + 1;
            say(&mut session, &mut rows, number, step);
        }
        session.finish(at(9), &mut rows);
        assert_eq!(rows.reasons(), [""; 0]);
        let mut with_word = 0;
        for [address, outcome, _] in rows.outcomes() {
            let index: u16 = address.parse().unwrap();
            match outcome.as_str() {
                "forgotten" => {}
                "success" => (with_word, ()) = (with_word + 1, assert!(!odd(index), "{index}")),
                other => {
                    (with_word, ()) = (with_word + 1, assert_eq!((other, odd(index)), ("refused", true)))
                }
            }
        }
        assert_eq!(with_word, 8);
    }
}

/// A confirmed frame: function 3 with FCV, and FCB as told.
fn confirmed(from_master: bool, count: bool, user: &[u8]) -> Vec<u8> {
    let mut frame = frame(from_master, user);
    frame[3] = frame[3] & 0x80 | 0x53 | u8::from(count) << 5;
    link::mend(&mut frame);
    frame
}

/// A frame whose acknowledgement was lost comes again with FCB as it was, and nothing is taken out of it (clause 9).
#[test]
fn a_link_frame_that_comes_again_is_read_once() {
    let command = outputs(&[0xc0, 0xc2, 5], &[output(1, 3, 0)]);
    let echo = outputs(&[0xc0, 0xc2, 129, 0, 0], &[output(1, 3, 0)]);
    let (sent, other) = (confirmed(true, true, &command), confirmed(true, false, &command));
    let answer = frame(false, &echo);
    let reset = {
        let mut frame = frame(true, &[]);
        frame[3] = 0xc0;
        link::mend(&mut frame);
        frame
    };
    let run = |frames: &[&[u8]]| {
        let (mut session, mut rows) = session();
        for (number, octets) in frames.iter().enumerate() {
            let toward = if octets[3] & 0x80 != 0 { Toward::Server } else { Toward::Client };
            session.feed(toward, at(number as u64 + 1), octets, &mut rows);
        }
        session.finish(at(9), &mut rows);
        let repeated = |place| rows.field("dnp3_link", place, "repeated") == "Bool(true)";
        let repeated: Vec<_> = (0..frames.len()).map(repeated).collect();
        (repeated, rows.count("dnp3"), rows.count("operations"))
    };
    assert_eq!(run(&[&sent, &answer, &sent]), (vec![false, false, true], 2, 1));
    assert_eq!(run(&[&sent, &sent, &answer]), (vec![false, true, false], 2, 1));
    // With the other FCB, or after a reset, it is another frame.
    assert_eq!(run(&[&sent, &answer, &other]), (vec![false; 3], 3, 2));
    assert_eq!(run(&[&sent, &answer, &reset, &sent]), (vec![false; 4], 3, 2));
    // One that was damaged was not taken.
    let mut damaged = sent.clone();
    damaged[12] ^= 1;
    assert_eq!(run(&[&damaged, &sent, &answer]), (vec![false; 3], 2, 1));
    // The last of two segments, when the fragment is put together already.
    let response = confirmed(false, false, &[0x45, 0xe1, 129, 0, 0, 30, 4, 0, 0, 0]);
    let last = confirmed(false, true, &[0x86, 7, 0]);
    let read = frame(true, &[0xc0, 0xc1, 1, 30, 0, 6]);
    let confirm = frame(true, &[0xc1, 0xc1, 0]);
    let frames: [&[u8]; 5] = [&read, &response, &last, &confirm, &last];
    assert_eq!(run(&frames), (vec![false, false, false, false, true], 3, 1));
    // Unconfirmed frames do not count.
    let poll = frame(true, &[0xc0, 0xc1, 1, 60, 2, 6]);
    assert_eq!(run(&[&poll, &frame(false, &[0xc0, 0xc1, 129, 0, 0]), &poll]).0, vec![false; 3]);
}

/// After a restart the sequence of unsolicited responses begins anew, and its first one may be as that of the restart before.
#[test]
fn another_restart_is_another_report() {
    let (restart, confirm) = ([0xf0, 130, 0x80, 0], [0xd0, 0]);
    let (clear, done) = ([0xc1, 2, 80, 1, 0, 7, 7, 0], [0xc1, 129, 0, 0]);
    let rows = told(&[&restart, &confirm, &clear, &done, &restart, &confirm]);
    let reports = |rows: &Rows| {
        let report = |place: &usize| rows.field("operations", *place, "operation").contains("report");
        (0..rows.count("operations")).filter(report).count()
    };
    assert_eq!((reports(&rows), rows.field("dnp3", 4, "repeated")), (2, "Bool(false)".into()));
    assert_eq!(rows.reasons(), [""; 0]);
    // One that was not confirmed, or while the restart is not cleared, comes again.
    let rows = told(&[&restart, &clear, &done, &restart, &confirm]);
    assert_eq!((reports(&rows), rows.field("dnp3", 3, "repeated")), (1, "Bool(true)".into()));
    let rows = told(&[&restart, &confirm, &restart, &confirm]);
    assert_eq!((reports(&rows), rows.field("dnp3", 2, "repeated")), (1, "Bool(true)".into()));
}

/// A master may challenge an unsolicited response (clause 7); that has nothing to do with what it asked for itself.
#[test]
fn a_challenge_of_an_unsolicited_response_leaves_the_requests_as_they_are() {
    let challenge = [0xd1, 32, 120, 1, 0x5b, 1, 12, 0, 1, 0, 0, 0, 1, 0, 4, 1, 0x11, 0x22, 0x33, 0x44];
    let reply = [0xd1, 131, 0, 0, 120, 2, 0x5b, 1, 10, 0, 1, 0, 0, 0, 1, 0, 0xaa, 0xbb, 0xcc, 0xdd];
    let event = [0xf1, 130, 0, 0, 2, 1, 0x17, 1, 5, 0x81];
    let rows = told(&[&[0xc1, 1, 60, 2, 6], &event, &challenge, &reply, &[0xd1, 0], &[0xc1, 129, 0, 0]]);
    assert_eq!(rows.reasons(), [""; 0]);
    let place = |place| ["operation", "outcome"].map(|field| rows.field("operations", place, field));
    let told: Vec<_> = (0..rows.count("operations")).map(place).collect();
    assert_eq!(told.len(), 3, "{told:?}");
    for ([operation, outcome], name) in told.iter().zip(["auth", "report", "read"]) {
        assert!(operation.contains(name) && outcome.contains("success"), "{told:?}");
    }
}

/// An outstation may challenge a confirmation (clause 7). That is no report of its own, and what it reports again, since it took no
/// confirmation, is the same report. No answer is due to a reply that is right, neither there nor behind the confirmation of a
/// response.
#[test]
fn a_challenge_of_a_confirmation_leaves_the_report_as_it_is() {
    let challenge = [131, 0, 0, 120, 1, 0x5b, 1, 12, 0, 1, 0, 0, 0, 1, 0, 4, 1, 0x11, 0x22, 0x33, 0x44];
    let reply = [32, 120, 2, 0x5b, 1, 10, 0, 1, 0, 0, 0, 1, 0, 0xaa, 0xbb, 0xcc, 0xdd];
    let of = |control: u8, octets: &[u8]| [&[control], octets].concat();
    let event = [0xf1, 130, 0, 0, 2, 1, 0x17, 1, 5, 0x81];
    let challenged = [event.to_vec(), vec![0xd1, 0], of(0xd1, &challenge), of(0xd1, &reply)];
    let read = [vec![0xc2, 1, 60, 2, 6], vec![0xe2, 129, 0, 0, 2, 1, 0x17, 1, 5, 0x81], vec![0xc2, 0]];
    let steps = [&challenged[..], &challenged, &read, &[of(0xc2, &challenge), of(0xc2, &reply)]].concat();
    let rows = told(&steps.iter().map(Vec::as_slice).collect::<Vec<_>>());
    assert_eq!(rows.reasons(), [""; 0]);
    let place = |place| ["operation", "outcome"].map(|field| rows.field("operations", place, field));
    let told: Vec<_> = (0..rows.count("operations")).map(place).collect();
    let expected =
        ["report success", "read success", "auth unconfirmed", "auth unconfirmed", "auth unconfirmed"];
    assert_eq!(told.len(), expected.len(), "{told:?}");
    for ([operation, outcome], expected) in told.iter().zip(expected.map(|words| words.split_once(' '))) {
        let is_it = expected.is_some_and(|(name, end)| operation.contains(name) && outcome.contains(end));
        assert!(is_it, "{told:?}");
    }
    assert_eq!([0, 4].map(|place| rows.field("dnp3", place, "repeated") == "Bool(true)"), [false, true]);
}

/// Why an operate stands alone is said as it is.
#[test]
fn an_operate_without_its_select_is_said_for_its_reason() {
    let select = outputs(&[0xc1, 3], &[output(1, 3, 0)]);
    let selected = |status| outputs(&[0xc1, 129, 0, 0], &[output(1, 3, status)]);
    let operate = |control| outputs(&[control, 4], &[output(1, 3, 0)]);
    let operated = |control| outputs(&[control, 129, 0, 0], &[output(1, 3, 2)]);
    let refused = r#"Symbol("operate after a select that was refused")"#;
    let rows = told(&[&select, &selected(7), &operate(0xc2), &operated(0xc2)]);
    assert_eq!(rows.reasons(), [refused]);
    let rows = told(&[&select, &[0xc1, 129, 0, 4], &operate(0xc2), &operated(0xc2)]);
    assert_eq!(rows.reasons(), [refused]);
    // One of two.
    let both = |head: &[u8], status| outputs(head, &[output(1, 3, status), output(2, 3, 0)]);
    let select_both = both(&[0xc1, 3], 0);
    let rows = told(&[
        &select_both,
        &both(&[0xc1, 129, 0, 0], 7),
        &both(&[0xc2, 4], 0),
        &both(&[0xc2, 129, 0, 0], 2),
    ]);
    assert_eq!(rows.reasons(), [refused]);
    let outcomes: Vec<_> =
        rows.outcomes().into_iter().map(|[address, outcome, _]| [address, outcome]).collect();
    assert_eq!(outcomes, [["1", "refused"], ["1", "refused"], ["2", "success"]]);
    // Another request between them cancels the select.
    let poll = [&[0xc2, 1, 60, 2, 6][..], &[0xc2, 129, 0, 0]];
    let rows = told(&[&select, &selected(0), poll[0], poll[1], &operate(0xc3), &operated(0xc3)]);
    assert_eq!(rows.reasons(), [r#"Symbol("operate after its select was cancelled by another request")"#]);
    let outcomes: Vec<_> = rows.outcomes().into_iter().map(|[_, outcome, _]| outcome).collect();
    assert_eq!(outcomes, ["cancelled", "success", "refused"]);
    // A select behind it holds.
    let again = outputs(&[0xc3, 3], &[output(1, 3, 0)]);
    let echo = outputs(&[0xc3, 129, 0, 0], &[output(1, 3, 0)]);
    let done = outputs(&[0xc4, 129, 0, 0], &[output(1, 3, 0)]);
    let rows = told(&[&select, &selected(0), poll[0], poll[1], &again, &echo, &operate(0xc4), &done]);
    assert_eq!(rows.reasons(), [""; 0]);
    let outcomes: Vec<_> = rows.outcomes().into_iter().map(|[_, outcome, _]| outcome).collect();
    assert_eq!(outcomes, ["cancelled", "success", "success"]);
}

/// An operate is paired with its select object by object, in whichever order the echo of the select has them.
#[test]
fn an_operate_is_paired_in_any_order() {
    let one_two = [output(1, 3, 0), output(2, 3, 0)];
    let two_one = [output(2, 3, 0), output(1, 3, 0)];
    let run = |echo: &[[u8; 12]], operate: &[[u8; 12]]| {
        told(&[
            &outputs(&[0xc1, 3], &one_two),
            &outputs(&[0xc1, 129, 0, 0], echo),
            &outputs(&[0xc2, 4], operate),
            &outputs(&[0xc2, 129, 0, 0], operate),
        ])
    };
    let done = |rows: &Rows| {
        let mut outcomes = rows.outcomes();
        outcomes.sort();
        assert_eq!(outcomes, ["1", "2"].map(|address| [address, "success", "success"].map(String::from)));
        rows.reasons()
    };
    assert_eq!(done(&run(&two_one, &one_two)), [""; 0]);
    assert_eq!(done(&run(&one_two, &two_one)), [r#"Symbol("operate repeats its select in another order")"#]);
    let rows = run(&two_one, &[output(2, 3, 0)]);
    assert_eq!(rows.reasons(), [r#"Symbol("operate repeats only part of its select")"#]);
}

/// An object that was not asked for takes no word away from one that is echoed behind it.
#[test]
fn a_foreign_object_in_an_echo_leaves_the_others_their_words() {
    let command = outputs(&[0xc1, 5], &[output(1, 3, 0), output(2, 3, 0)]);
    let outcomes = |echo: &[[u8; 12]]| {
        let rows = told(&[&command, &outputs(&[0xc1, 129, 0, 0], echo)]);
        let mut outcomes: Vec<_> = rows
            .outcomes()
            .into_iter()
            .map(|[address, outcome, name]| [address, outcome, name].join(" "))
            .collect();
        outcomes.sort();
        (outcomes, rows.reasons().len())
    };
    let (told, reasons) = outcomes(&[output(7, 3, 4), output(1, 3, 0)]);
    assert_eq!(
        (&told[..2], reasons),
        (&["1 success success", "2 refused not_echoed"].map(String::from)[..], 1)
    );
    // Where nothing else is echoed for it, it is that at its place.
    let (told, reasons) = outcomes(&[output(7, 3, 4), output(2, 3, 0)]);
    assert_eq!(
        (told, reasons),
        (["1 refused not_supported", "2 success success"].map(String::from).to_vec(), 1)
    );
}

/// Several requests of files may be left open: each has the status with its identifier, in whichever answer that comes.
#[test]
fn open_requests_of_files_have_the_status_with_their_identifier() {
    let delete = |control: u8, request_id: u8| {
        let head = [control, 27, 70, 3, 0x5b, 1, 27, 0, 26, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        [&head[..], &[0, 0, 0, 0, 0, 0, 0, 4, request_id, 0, 0x61]].concat()
    };
    let status = |request_id: u8, status: u8| {
        [70, 4, 0x5b, 1, 13, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, request_id, 0, status]
    };
    let answer = |control: u8, objects: &[[u8; 19]]| [&[control, 129, 0, 0], &objects.concat()[..]].concat();
    let outcomes = |rows: &Rows| {
        assert_eq!(rows.reasons(), [""; 0]);
        rows.outcomes().into_iter().map(|[_, outcome, name]| [outcome, name].join(" ")).collect::<Vec<_>>()
    };
    let (first, second, poll) = (delete(0xc1, 7), delete(0xc2, 8), [0xc3, 1, 60, 2, 6]);
    let both = answer(0xc3, &[status(8, 0), status(7, 3)]);
    let rows = told(&[&first, &answer(0xc1, &[]), &second, &answer(0xc2, &[]), &poll, &both]);
    assert_eq!(outcomes(&rows), ["success success", "refused file_not_found", "success Null"]);
    // The status of the first is no word on the second, which its answer leaves open.
    let event = answer(0xc2, &[status(7, 3)]);
    let rows = told(&[&first, &answer(0xc1, &[]), &second, &event, &poll, &answer(0xc3, &[status(8, 0)])]);
    assert_eq!(outcomes(&rows), ["refused file_not_found", "success success", "success Null"]);
    let rows = told(&[&first, &answer(0xc1, &[]), &second, &event]);
    assert_eq!(outcomes(&rows), ["refused file_not_found", "accepted Null"]);
    let own = answer(0xc2, &[status(7, 3), status(8, 0)]);
    let rows = told(&[&first, &answer(0xc1, &[]), &second, &own]);
    assert_eq!(outcomes(&rows), ["refused file_not_found", "success success"]);
}

/// The response to an operate may be lost behind the tap: the operate that comes again is not carried out again (4.4.4).
#[test]
fn an_operate_that_comes_again_behind_its_answer_is_one_operation() {
    let objects = |head: &[u8], status| outputs(head, &[output(1, 3, status)]);
    let (select, selected) = (objects(&[0xc1, 3], 0), objects(&[0xc1, 129, 0, 0], 0));
    let (operate, operated) = (objects(&[0xc2, 4], 0), objects(&[0xc2, 129, 0, 0], 0));
    let rows = told(&[&select, &selected, &operate, &operated, &operate, &operated, &operate, &operated]);
    assert_eq!(rows.outcomes(), [["1", "success", "success"].map(String::from)]);
    assert_eq!(rows.reasons(), [""; 0]);
    assert_eq!(
        [2, 3, 4, 5].map(|place| rows.field("dnp3", place, "repeated") == "Bool(true)"),
        [false, false, true, true]
    );
    // Another answer is said.
    let otherwise = objects(&[0xc2, 129, 0, 0], 2);
    let rows = told(&[&select, &selected, &operate, &operated, &operate, &otherwise]);
    assert_eq!(rows.reasons(), [r#"Symbol("command that came again is answered otherwise than before")"#]);
    // Where the first answer echoed nothing, it was not carried out before.
    let busy = [0xc2, 129, 0, 0x10];
    let rows = told(&[&select, &selected, &operate, &busy, &operate, &operated]);
    assert_eq!(
        rows.outcomes().iter().map(|[_, outcome, _]| outcome.as_str()).collect::<Vec<_>>(),
        ["busy", "success"]
    );
    assert_eq!(rows.reasons(), [""; 0]);
    // With the next sequence number it is another one.
    let (next, refused) = (objects(&[0xc3, 4], 0), objects(&[0xc3, 129, 0, 0], 2));
    let rows = told(&[&select, &selected, &operate, &operated, &next, &refused]);
    assert_eq!(rows.reasons(), [r#"Symbol("operate without a select before it")"#]);
    assert_eq!(rows.count("operations"), 2);
}

/// Only the operate of the select that was cancelled comes after that.
#[test]
fn an_operate_of_another_output_is_not_that_of_a_cancelled_select() {
    let objects = |head: &[u8], index| outputs(head, &[output(index, 3, 0)]);
    let rows = told(&[
        &objects(&[0xc1, 3], 1),
        &objects(&[0xc1, 129, 0, 0], 1),
        &[0xc2, 1, 60, 2, 6],
        &[0xc2, 129, 0, 0],
        &objects(&[0xc3, 4], 2),
        &outputs(&[0xc3, 129, 0, 0], &[output(2, 3, 2)]),
    ]);
    assert_eq!(rows.reasons(), [r#"Symbol("operate without a select before it")"#]);
}

/// More objects than requests are remembered, echoed from the last to the first.
#[test]
fn a_long_command_may_be_echoed_in_reverse() {
    let objects = |head: &[u8], reverse: bool, more: u8| {
        let mut objects: Vec<_> = (0..16 + more).map(|index| output(index, 3, 0)).collect();
        if reverse {
            objects.reverse();
        }
        outputs(head, &objects)
    };
    let run = |steps: &[Vec<u8>]| {
        let mut config = Config { every_message: true, ..Config::default() };
        config.limits.pending_requests = 8;
        let (mut session, mut rows) = (Session::new(&PROTOCOL, config), Rows::default());
        for (number, step) in steps.iter().enumerate() {
            say(&mut session, &mut rows, number as u64 + 1, step);
        }
        session.finish(at(9), &mut rows);
        let succeeded = rows.outcomes().iter().filter(|[_, outcome, _]| outcome == "success").count();
        (succeeded, rows.reasons())
    };
    let (command, echo) = (objects(&[0xc1, 5], false, 0), objects(&[0xc1, 129, 0, 0], true, 0));
    assert_eq!(run(&[command.clone(), echo]), (8, vec![]));
    let select = [objects(&[0xc1, 3], false, 0), objects(&[0xc1, 129, 0, 0], true, 0)];
    let operate = [objects(&[0xc2, 4], false, 0), objects(&[0xc2, 129, 0, 0], true, 0)];
    assert_eq!(run(&[select, operate].concat()), (8, vec![]));
    // One more than were asked for.
    let (_, reasons) = run(&[command, objects(&[0xc1, 129, 0, 0], true, 1)]);
    assert_eq!(reasons, [r#"Symbol("request was answered before")"#]);
}

/// A frame of which the capture has this many octets, or none.
fn cut(session: &mut Session, rows: &mut Rows, number: u64, octets: &[u8], kept: usize) {
    let toward = if octets[3] & 0x80 != 0 { Toward::Server } else { Toward::Client };
    session.feed(toward, at(number), &octets[..kept], rows);
    session.gap(toward, at(number), (octets.len() - kept) as u64, rows);
}

/// A response is not accused where its request may lie in what the capture lacks.
#[test]
fn a_response_behind_a_gap_may_have_its_request_there() {
    let reason = r#"Symbol("response without a request")"#.to_owned();
    let (ask, answer) = (|control| [control, 1, 60, 2, 6], |control| [control, 129, 0, 0]);
    let operate = outputs(&[0xc2, 4], &[output(1, 3, 0)]);
    let lost = frame(true, &[&[0xc2][..], &ask(0xc2)].concat());
    for kept in [0, 10, 15] {
        for echoes in [false, true] {
            let (mut session, mut rows) = session();
            say(&mut session, &mut rows, 1, &ask(0xc1));
            say(&mut session, &mut rows, 2, &answer(0xc1));
            cut(&mut session, &mut rows, 3, &lost, kept);
            let response =
                if echoes { outputs(&answer(0xc2), &[output(1, 3, 0)]) } else { answer(0xc2).to_vec() };
            say(&mut session, &mut rows, 4, &response);
            assert!(!rows.reasons().contains(&reason), "{kept}: {:?}", rows.reasons());
            assert!(rows.field("operations", 1, "outcome").contains("unasked"));
            // What is asked and answered behind it ends that.
            say(&mut session, &mut rows, 5, &ask(0xc3));
            say(&mut session, &mut rows, 6, &answer(0xc3));
            say(&mut session, &mut rows, 7, &answer(0xc4));
            assert!(rows.reasons().contains(&reason), "{kept}: {:?}", rows.reasons());
        }
        // So may the select of an operate.
        let (mut session, mut rows) = session();
        say(&mut session, &mut rows, 1, &ask(0xc0));
        say(&mut session, &mut rows, 2, &answer(0xc0));
        cut(&mut session, &mut rows, 3, &lost, kept);
        say(&mut session, &mut rows, 4, &operate);
        assert!(!rows.reasons().join(" ").contains("without a select"), "{:?}", rows.reasons());
    }
}

/// A master whose frame count bit and numbers stand still: what its outstation answers is not accused.
#[test]
fn an_answer_to_what_was_read_as_a_repetition_is_not_accused() {
    let poll = confirmed(true, true, &[0xc1, 0xc1, 1, 60, 2, 6]);
    let answer = frame(false, &[0xc1, 0xc1, 129, 0, 0]);
    let (mut session, mut rows) = session();
    for number in 0..3 {
        session.feed(Toward::Server, at(2 * number + 1), &poll, &mut rows);
        session.feed(Toward::Client, at(2 * number + 2), &answer, &mut rows);
    }
    assert_eq!(rows.reasons(), [""; 0]);
    assert!(rows.field("operations", 0, "outcome").contains("success"));
    // The answer to one that was read once is.
    let (mut session, mut rows) = self::session();
    for (toward, octets) in [(Toward::Server, &poll), (Toward::Client, &answer), (Toward::Client, &answer)] {
        session.feed(toward, at(1), octets, &mut rows);
    }
    assert_eq!(rows.reasons(), [r#"Symbol("request was answered before")"#]);
}
