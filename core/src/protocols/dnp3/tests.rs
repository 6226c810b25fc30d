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
    // Eight frames have 292 octets, a TCP segment 474: the third held the end of frame 4 and most of frame 5. Seven frames
    // and that of the next message are there.
    assert_eq!((rows.count("dnp3_link"), rows.count("dnp3"), rows.count("dnp3_points")), (8, 1, 0));
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
