//! However octets are cut, the same messages are found, each with the frame that brought its last octet. The cases were
//! found by fuzzing.

use fieldtap::{
    Config, Limits, Mark, Session, Tally,
    protocol::Toward,
    protocols::{PROTOCOLS, named},
    record::{Envelope, Row, Sink, Verdict},
    vectors,
};

/// Rows, each with its frame, its message and everything that it holds.
#[derive(Default, Debug, PartialEq)]
struct Rows(Vec<(u64, Option<u64>, &'static str, u64)>);

impl Sink for Rows {
    fn row(&mut self, envelope: &Envelope, row: &dyn Row) -> Verdict {
        self.0.push((envelope.frame, envelope.message, row.table().name, row.digest()));
        Verdict::GoOn
    }
}

/// Each turn is a frame; its octets come in pieces of this many.
fn fed(protocol: &str, config: Config, turns: &[(Toward, &[u8])], pieces: usize) -> (Rows, [Tally; 2]) {
    let mut session = Session::new(named(protocol).expect("it is in the registry"), config);
    let (mut rows, mut mark) = (Rows::default(), Mark::default());
    for (toward, octets) in turns {
        mark.frame += 1;
        for piece in octets.chunks(pieces) {
            session.feed(*toward, mark, piece, &mut rows);
        }
    }
    mark.frame += 1;
    session.finish(mark, &mut rows);
    (rows, [Toward::Server, Toward::Client].map(|toward| session.tally(toward)))
}

fn same_in_pieces(protocol: &str, config: &Config, turns: &[(Toward, &[u8])]) -> (Rows, [Tally; 2]) {
    let whole = fed(protocol, config.clone(), turns, usize::MAX);
    for pieces in 1..40 {
        assert_eq!(fed(protocol, config.clone(), turns, pieces), whole, "in pieces of {pieces}");
    }
    whole
}

/// A head that promises more than may be carried is none, and what lies behind it is looked through.
#[test]
fn a_head_longer_than_the_limit_is_left_out() {
    let config = Config { limits: Limits { carried_octets: 300, ..Limits::default() }, ..Config::default() };
    // TPKT of 0x2102 octets, then a whole one of 22 with an S7comm acknowledgement within.
    let octets = b"\x03\x00\x21\x02\xf0\x80\x32\x07\x03\x00\x00\x16\x02\xf0\x80\x32\x03\x00\x00\x00\x01\x00\x02\x00\x01\x00\x00\x04\x01\xff";
    let (_, [tally, _]) = same_in_pieces("cotp", &config, &[(Toward::Server, octets)]);
    assert_eq!((tally.dissected, tally.skipped), (22, 8));
}

/// Octets in which a beginning that promises much more stands at every turn: while a place is looked for they wait, and go one by
/// one. Two TPKTs behind them (RFC 1006 section 6) are found, whatever came with which frame.
#[test]
fn octets_that_wait_for_long_go_one_by_one() {
    // An acknowledgement of S7comm in a data TPDU of class 0 (ISO/IEC 8073 clause 13.7).
    let message = b"\x03\x00\x00\x16\x02\xf0\x80\x32\x03\x00\x00\x00\x01\x00\x02\x00\x01\x00\x00\x04\x01\xff";
    let promises = b"\x03\x00\x02\x00\x02\xf0\x80".repeat(400);
    let octets = [&b"x"[..], &promises, &[0; 600], message, message].concat();
    let turns: Vec<_> = octets.chunks(11).map(|turn| (Toward::Server, turn)).collect();
    for limit in [520, 4096] {
        let limits = Limits { carried_octets: limit, ..Limits::default() };
        let config = Config { limits, ..Config::default() };
        let (_, [tally, _]) = same_in_pieces("cotp", &config, &turns);
        assert_eq!((tally.dissected, tally.messages, tally.carried), (44, 2, 0));
        assert_eq!(tally.skipped, 1 + 2800 + 600);
    }
}

/// What is no message is known with the octet that tells, also where the first octets of a head came alone.
#[test]
fn what_is_no_message_is_known_with_the_octet_that_tells() {
    let (rows, [_, tally]) = same_in_pieces(
        "dnp3",
        &Config::default(),
        &[(Toward::Server, b"\x04\x59\x05"), (Toward::Client, b"\x05\x16"), (Toward::Server, b"\x00")],
    );
    assert_eq!(tally.skipped, 2);
    assert_eq!(rows.0.len(), 2);
}

/// A message that is found late, in octets that were taken for another one, is of the frame that brought it.
#[test]
fn a_message_that_is_found_late_is_of_its_frame() {
    let data = include_bytes!(
        "../../fuzz/regressions/iec101_bytes/a_frame_found_late_is_of_the_frame_that_brought_it"
    );
    // As the fuzz target takes turns: a third of what is left, each time by the other side.
    let (mut turns, mut rest, mut toward) = (Vec::new(), &data[2..], Toward::Server);
    while !rest.is_empty() {
        let (turn, behind) = rest.split_at(rest.len().div_ceil(3));
        turns.push((toward, turn));
        (rest, toward) = (behind, toward.back());
    }
    let (rows, _) = same_in_pieces("iec101", &Config::default(), &turns);
    let frames: Vec<u64> =
        rows.0.iter().filter(|(_, _, table, _)| *table == "iec101").map(|(frame, ..)| *frame).collect();
    assert_eq!(frames, [1, 3]);
}

/// So it is where the octets were carried from several frames, as the beginning of another message.
#[test]
fn a_message_within_what_was_carried_is_of_its_frame() {
    let turns: [(Toward, &[u8]); 4] = [
        (
            Toward::Client,
            b"\x68\x0f\x0f\x68\x08\x01\x68\x09\xce\x68\x08\x01\x03\x01\x03\x01\x06\x00\x02\xc9\x16\x68\x09\x09\x68\x09\x09",
        ),
        (Toward::Server, b"\x10\x7a\x01\x7b\x16"),
        (Toward::Client, b"\x10\x41\x01\x42\x16"),
        (
            Toward::Client,
            b"\x69\x68\x08\x09\x68\x08\x01\x68\x09\x09\x68\x08\x01\x03\x01\x03\x01\x06\x0a\x02\x19\x7b",
        ),
    ];
    let (rows, _) = same_in_pieces("iec101", &Config::default(), &turns);
    let frames: Vec<u64> =
        rows.0.iter().filter(|(_, _, table, _)| *table == "iec101").map(|(frame, ..)| *frame).collect();
    assert!(frames.contains(&3), "{frames:?}");
}

/// Read Holding Registers of ten registers, answered (MODBUS Application Protocol V1.1b3 section 6.3).
const ANSWER: [u8; 29] =
    [0, 1, 0, 0, 0, 23, 1, 3, 20, 0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8, 0, 9, 0, 10];

/// Octets of one side, or so many that are missing.
enum Come<'a> {
    Octets(&'a [u8]),
    Gap(u64),
}

/// The messages that are there before the end, and the account.
fn with_gaps(come: &[Come<'_>]) -> (Vec<u64>, Tally) {
    let mut session = Session::new(named("modbus").expect("it is in the registry"), Config::default());
    let (mut rows, mut mark) = (Rows::default(), Mark::default());
    for come in come {
        mark.frame += 1;
        match come {
            Come::Octets(octets) => session.feed(Toward::Client, mark, octets, &mut rows),
            Come::Gap(octets) => session.gap(Toward::Client, mark, *octets, &mut rows),
        };
    }
    let frames = rows.0.iter().filter(|(_, _, table, _)| *table == "modbus").map(|(frame, ..)| *frame);
    (frames.collect(), session.tally(Toward::Client))
}

/// A gap within a message whose length is known takes the rest of that message alone: its beginning is read, and the next one
/// begins behind it and needs nothing that confirms it.
#[test]
fn behind_a_gap_within_a_message_the_next_one_begins() {
    use Come::{Gap, Octets};
    let (frames, tally) =
        with_gaps(&[Octets(&ANSWER[..12]), Gap(17), Octets(&ANSWER[..15]), Gap(14), Octets(&ANSWER)]);
    assert_eq!(frames, [1, 3, 5]);
    assert_eq!((tally.dissected, tally.skipped, tally.missing, tally.carried), (56, 0, 31, 0));
    // What is left of the message comes in pieces, and brings the next one.
    let both = [&ANSWER[25..], &ANSWER].concat();
    let (frames, tally) =
        with_gaps(&[Octets(&ANSWER[..12]), Gap(5), Octets(&ANSWER[17..20]), Gap(5), Octets(&both)]);
    assert_eq!(frames, [1, 5]);
    assert_eq!((tally.dissected, tally.skipped, tally.missing, tally.carried), (41, 7, 10, 0));
}

/// Where the gap is longer than what the message lacks, where its length was not told yet, or where nobody knows how long the
/// gap is, the next message waits for one that confirms it.
#[test]
fn behind_any_other_gap_the_next_message_is_looked_for() {
    use Come::{Gap, Octets};
    for (begin, gap, read) in [(12, 18, &[1][..]), (5, 24, &[]), (0, 29, &[]), (12, 0, &[])] {
        let (frames, tally) = with_gaps(&[Octets(&ANSWER[..begin]), Gap(gap), Octets(&ANSWER)]);
        assert_eq!(frames, read, "{gap} octets behind {begin}");
        assert_eq!(tally.carried, 29, "{gap} octets behind {begin}");
    }
}

/// Behind a gap the octets before the next one may be messages of which the last is cut: whether they are does not depend on the
/// pieces in which they come. The cases are those of each protocol's page.
#[test]
fn octets_between_two_gaps_are_read_the_same_in_any_pieces() {
    let mut read = 0;
    for protocol in PROTOCOLS.iter().filter(|protocol| protocol.over(true)) {
        for case in vectors::parse(protocol.vectors).unwrap() {
            let segments: Vec<_> = case.segments().collect();
            for (at, (toward, octets)) in segments.iter().enumerate() {
                let fed = |kept: usize, pieces: usize| {
                    let mut session = Session::new(protocol, Config::default());
                    let (mut rows, mut mark) = (Rows::default(), Mark { frame: 1, ..Mark::default() });
                    if let Some((toward, octets)) = at.checked_sub(1).and_then(|before| segments.get(before))
                    {
                        session.feed(*toward, mark, octets, &mut rows);
                    }
                    session.gap(*toward, mark, 5, &mut rows);
                    mark.frame += 1;
                    for piece in octets[..kept].chunks(pieces) {
                        session.feed(*toward, mark, piece, &mut rows);
                    }
                    mark.frame += 1;
                    session.gap(*toward, mark, (octets.len() - kept) as u64, &mut rows);
                    session.feed(*toward, mark, octets, &mut rows);
                    session.finish(mark, &mut rows);
                    (rows, [Toward::Server, Toward::Client].map(|toward| session.tally(toward)))
                };
                for kept in (1..octets.len()).step_by(1 + octets.len() / 12) {
                    let whole = fed(kept, usize::MAX);
                    read += whole.0.0.iter().filter(|(frame, ..)| *frame == 2).count();
                    for pieces in [1, 2, 3, 7, 20] {
                        let place =
                            format!("{}, {}: {kept} octets of segment {at}", protocol.name, case.name);
                        assert_eq!(fed(kept, pieces), whole, "{place}, in pieces of {pieces}");
                    }
                }
            }
        }
    }
    assert!(read > 1000, "{read}");
}

/// One long piece of messages and garbage in turn is read as it is in segments, and on a small stack: whoever sends decides how
/// often a place is lost within a piece. The messages are those of each protocol's page.
#[test]
fn a_long_piece_loses_its_place_as_often_as_it_likes() {
    const OCTETS: usize = 400_000;
    const STACK: usize = 1 << 20;
    for protocol in PROTOCOLS.iter().filter(|protocol| protocol.over(true)) {
        let cases = vectors::parse(protocol.vectors).unwrap();
        let messages = cases.iter().filter_map(|case| case.segments().find(|(_, octets)| octets.len() < 100));
        let (mut found, mut lost) = (0, 0);
        for (toward, message) in messages.take(3) {
            let turn = [&[0xff][..], message, message, message].concat();
            let octets = turn.repeat(OCTETS / turn.len());
            let fed = |pieces: usize| {
                let mut session = Session::new(protocol, Config::default());
                let (mut rows, mark) = (Rows::default(), Mark { frame: 1, ..Mark::default() });
                for piece in octets.chunks(pieces) {
                    session.feed(toward, mark, piece, &mut rows);
                }
                let tally = session.tally(toward);
                assert_eq!(tally.dissected + tally.skipped + tally.carried, octets.len() as u64);
                (rows, tally)
            };
            let in_segments = fed(1460);
            let whole = std::thread::scope(|scope| {
                let thread = std::thread::Builder::new().stack_size(STACK);
                thread.spawn_scoped(scope, || fed(usize::MAX)).expect("a thread").join()
            });
            assert!(whole.expect("no panic") == in_segments, "{}", protocol.name);
            found += in_segments.1.messages;
            lost += in_segments.1.skipped;
        }
        assert!(found > 5_000 && lost > 2_000, "{}: {found} messages, {lost} octets of none", protocol.name);
    }
}

/// Whoever feeds a session has lengths of gaps, times and numbers of frames from elsewhere, at worst from the octets of who
/// attacks it. The utmost values are taken as any others: nothing overflows, and messages behind them are read.
#[test]
fn the_utmost_lengths_times_and_frames_are_taken() {
    const TIMES: [i64; 7] = [0, i64::MAX, i64::MIN, -1, i64::MAX - 1, i64::MIN + 1, 1];
    const FRAMES: [u64; 4] = [u64::MAX, 0, 1, u64::MAX - 1];
    const BOTH: [Toward; 2] = [Toward::Server, Toward::Client];
    for protocol in PROTOCOLS {
        let cases = vectors::parse(protocol.vectors).unwrap();
        let (mut before, mut behind) = (0, 0);
        for case in &cases {
            let mut session = Session::new(protocol, Config::default());
            let mut rows = Rows::default();
            let messages =
                |session: &Session| BOTH.map(|toward| session.tally(toward).messages).iter().sum::<u64>();
            for (turn, (ts, frame)) in TIMES.into_iter().zip(FRAMES.into_iter().cycle()).enumerate() {
                let mark = Mark { file: u32::MAX, frame, ts };
                for (toward, octets) in case.segments() {
                    if protocol.over(true) {
                        session.feed(toward, mark, octets, &mut rows);
                    } else {
                        session.datagram(toward, mark, octets, &mut rows);
                    }
                }
                session.advance(mark, &mut rows);
                if turn == 0 {
                    before += messages(&session);
                }
                for toward in BOTH {
                    if let Some((_, octets)) = case.segments().find(|(to, _)| *to == toward) {
                        let half = octets.get(..octets.len() / 2).unwrap_or_default();
                        session.feed(toward, mark, half, &mut rows);
                    }
                    session.gap(toward, mark, u64::MAX, &mut rows);
                }
            }
            assert_eq!(BOTH.map(|toward| session.tally(toward).missing), [u64::MAX; 2], "{}", protocol.name);
            session.finish(Mark { file: u32::MAX, frame: u64::MAX, ts: i64::MIN }, &mut rows);
            behind += messages(&session);
        }
        assert!(behind > before && before > 0, "{}: {before} messages, then {behind}", protocol.name);
    }
}
