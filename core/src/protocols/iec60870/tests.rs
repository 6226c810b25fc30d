//! Hard cases by name, and what vectors cannot show.
use super::{IEC101, IEC103, IEC104, Iec104, Iec104Objects, ft12};
use crate::{
    Config, Mark, Session, Tally,
    common::{Anomalies, Operations, Points},
    protocol::{Probe, Resync, Side, Toward},
    record::{Envelope, Field, Record, Row, Sink, Verdict, message_id},
};
use proptest::prelude::*;

/// Rows as text: table, then fields.
#[derive(Default)]
struct Rows(Vec<(&'static str, Vec<String>)>);

impl Sink for Rows {
    fn row(&mut self, _: &Envelope, row: &dyn Row) -> Verdict {
        let fields = (0..row.table().columns.len()).map(|index| format!("{:?}", row.field(index))).collect();
        self.0.push((row.table().name, fields));
        Verdict::GoOn
    }
}

impl Rows {
    fn of<R: Record>(&self, column: &str) -> Vec<String> {
        let place = R::schema().columns.iter().position(|info| info.name == column).expect("a column");
        self.0
            .iter()
            .filter(|(table, _)| *table == R::schema().name)
            .map(|(_, row)| row[place].clone())
            .collect()
    }
}

fn unsigned(number: u64) -> String {
    format!("{:?}", Field::Unsigned(number))
}

const SECOND: i64 = 1_000_000_000;

fn session(steps: &[(Toward, i64, Vec<u8>)]) -> Rows {
    let mut session = Session::new(&IEC104, Config::default());
    let mut rows = Rows::default();
    let mut mark = Mark { file: 0, frame: 0, ts: 0 };
    for (toward, ts, octets) in steps {
        mark = Mark { frame: mark.frame + 1, ts: *ts, ..mark };
        session.feed(*toward, mark, octets, &mut rows);
    }
    session.finish(mark, &mut rows);
    rows
}

fn single_point(send: u16, receive: u16, ioa: u8) -> Vec<u8> {
    let [a, b] = (send << 1).to_le_bytes();
    let [c, d] = (receive << 1).to_le_bytes();
    vec![0x68, 14, a, b, c, d, 1, 1, 3, 0, 1, 0, ioa, 0, 0, 1]
}
/// A single command (C_SC_NA_1) with this cause and state.
fn single_command_of(send: u8, receive: u8, cause: u8, state: u8) -> Vec<u8> {
    vec![0x68, 14, send << 1, 0, receive << 1, 0, 45, 1, cause, 0, 1, 0, 7, 0, 0, state]
}

/// Section 7.2.3: a confirmation repeats the command. Where the capture lacks what the master sent, one of another state is that of a
/// command which is not there, and no false word on the one before.
#[test]
fn a_confirmation_of_another_state_behind_a_gap_is_of_another_command() {
    for (is_lost, outcomes, reasons) in [
        (false, vec!["accepted"], vec!["answer does not repeat its request"]),
        (true, vec!["unasked", "open"], vec![]),
    ] {
        let mut session = Session::new(&IEC104, Config::default());
        let (mut rows, mark) = (Rows::default(), Mark { file: 0, frame: 1, ts: SECOND });
        session.feed(Toward::Server, mark, &single_command_of(0, 0, 6, 0), &mut rows);
        if is_lost {
            session.gap(Toward::Server, mark, 16, &mut rows);
        }
        session.feed(Toward::Client, mark, &single_command_of(0, 1, 7, 1), &mut rows);
        session.finish(mark, &mut rows);
        let said = rows.of::<Anomalies>("reason");
        let expected = reasons.iter().map(|reason| format!("Symbol({reason:?})")).collect::<Vec<_>>();
        assert_eq!(said, expected);
        let told = rows.of::<Operations<'_>>("outcome");
        assert_eq!(told.len(), outcomes.len(), "{told:?}");
        for (told, outcome) in told.iter().zip(outcomes) {
            assert!(told.contains(outcome), "{told} {outcome}");
        }
    }
}

/// Where octets of the station are lost, a command that comes again has the answer that comes next: one that is lost shifts none
/// behind it.
#[test]
fn a_lost_confirmation_shifts_none_behind_it() {
    let mut session = Session::new(&IEC104, Config::default());
    let (mut rows, mut mark) = (Rows::default(), Mark { file: 0, frame: 0, ts: SECOND });
    for turn in 0..4u8 {
        (mark.frame, mark.ts) = (mark.frame + 1, mark.ts + SECOND);
        session.feed(Toward::Server, mark, &single_command_of(turn, 3 * turn, 6, 1), &mut rows);
        // The second is answered in octets that are lost; the third is refused.
        if turn == 1 {
            session.gap(Toward::Client, mark, 32, &mut rows);
            continue;
        }
        let causes: &[u8] = if turn == 2 { &[0x47] } else { &[7, 10] };
        for (send, cause) in (2 * turn..).zip(causes) {
            let answer = single_command_of(send, turn + 1, *cause, 1);
            session.feed(Toward::Client, mark, &answer, &mut rows);
        }
    }
    session.finish(mark, &mut rows);
    let outcomes = rows.of::<Operations<'_>>("outcome");
    let requests = rows.of::<Operations<'_>>("request_message");
    let told: Vec<_> = requests.iter().zip(&outcomes).collect();
    let frame = |frame: u64| unsigned(message_id(0, frame, 0));
    for (number, outcome) in [(1, "success"), (2, "open"), (3, "refused"), (4, "success")] {
        let own = told.iter().find(|(request, _)| **request == frame(number));
        assert!(own.is_some_and(|(_, told)| told.contains(outcome)), "{number} {outcome}: {told:?}");
    }
    let said = rows.of::<Anomalies>("reason");
    assert!(!said.iter().any(|reason| reason.contains("repeated")), "{said:?}");
}

fn supervisory(receive: u16) -> Vec<u8> {
    let [c, d] = (receive << 1).to_le_bytes();
    vec![0x68, 4, 1, 0, c, d]
}

/// HARD_CASES, IEC 60870-5-104: "Capture starts in mid-connection -> no STARTDT needed; the first I-frame sets the baseline
/// of N(S) and N(R) without an anomaly".
#[test]
fn the_first_apdu_sets_the_baseline() {
    let rows = session(&[
        (Toward::Client, 0, single_point(1234, 77, 1)),
        (Toward::Server, 1, supervisory(1235)),
        (Toward::Client, 2, single_point(1235, 77, 2)),
    ]);
    assert_eq!(rows.of::<Anomalies>("reason"), Vec::<String>::new());
    assert_eq!(rows.of::<Iec104>("send_sequence").first(), Some(&unsigned(1234)));
}

/// HARD_CASES, IEC 60870-5-104: "N(S) 32767 is followed by 0 -> normal; [...] counters belong to the connection, not to the
/// common address".
#[test]
fn numbers_wrap_and_belong_to_the_connection() {
    let mut second = single_point(32767, 0, 2);
    second[10] = 9;
    let rows = session(&[
        (Toward::Client, 0, single_point(32766, 0, 1)),
        (Toward::Client, 1, second),
        (Toward::Client, 2, single_point(0, 0, 3)),
        (Toward::Server, 3, supervisory(1)),
    ]);
    assert_eq!(rows.of::<Anomalies>("reason"), Vec::<String>::new());
}

/// HARD_CASES, protocol level, IEC 104: "N(S) jumps at will [...] -> each said once with count; the stream goes on".
#[test]
fn jumps_are_said_once_with_their_count() {
    let steps: Vec<_> = (0..100).map(|n| (Toward::Client, 0, single_point(n * 7, 0, 1))).collect();
    let rows = session(&steps);
    assert_eq!(rows.of::<Anomalies>("count"), [unsigned(1), unsigned(98)]);
    assert_eq!(rows.of::<Iec104>("send_sequence").len(), 100);
}

/// A number that acknowledges what is sent only seconds later is said; one that was only captured first is not.
#[test]
fn what_is_acknowledged_before_it_is_sent_is_said() {
    let steps = |later: i64| {
        [
            (Toward::Client, 0, single_point(0, 0, 1)),
            (Toward::Server, 1, supervisory(2)),
            (Toward::Client, later, single_point(1, 0, 1)),
        ]
    };
    assert!(session(&steps(SECOND / 100)).of::<Anomalies>("reason").is_empty());
    assert_eq!(session(&steps(5 * SECOND)).of::<Anomalies>("reason").len(), 1);
}

/// HARD_CASES, IEC 60870-5-104: "SQ=1 -> one IOA, then N elements with IOA, IOA+1, ...".
#[test]
fn every_address_is_spelt_out() {
    let mut apdu = vec![0x68, 0, 0, 0, 0, 0, 1, 0x80 | 100, 20, 0, 1, 0, 0xff, 0xff, 0];
    apdu.extend([1; 100]);
    apdu[1] = (apdu.len() - 2) as u8;
    let rows = session(&[(Toward::Client, 0, apdu)]);
    let want: Vec<_> = (0xffff..0xffff + 100).map(unsigned).collect();
    assert_eq!(rows.of::<Iec104Objects>("ioa"), want);
}

/// HARD_CASES, protocol level: "A false start mark [...] inside values, right after a gap -> not taken without a consistent
/// successor".
#[test]
fn a_start_octet_within_values_is_none() {
    let mut apdu = vec![0x68, 0, 0, 0, 0, 0, 7, 2, 3, 0, 1, 0];
    // Bitstrings that look like an APDU of their own.
    apdu.extend([1, 0, 0, 0x68, 4, 7, 0, 0, 2, 0, 0, 0x68, 4, 1, 0, 0]);
    apdu[1] = (apdu.len() - 2) as u8;
    let mut session = Session::new(&IEC104, Config::default());
    let mut rows = Rows::default();
    let mark = Mark { file: 0, frame: 1, ts: 0 };
    session.feed(Toward::Client, mark, &single_point(0, 0, 1), &mut rows);
    session.gap(Toward::Client, mark, 5, &mut rows);
    session.feed(Toward::Client, mark, &apdu[5..], &mut rows);
    session.feed(Toward::Client, mark, &single_point(2, 0, 2), &mut rows);
    session.feed(Toward::Client, mark, &single_point(3, 0, 3), &mut rows);
    session.finish(mark, &mut rows);
    assert_eq!(rows.of::<Iec104>("send_sequence"), [unsigned(0), unsigned(2), unsigned(3)]);
}

/// HARD_CASES, identification: "One PDU that fits a weak signature on a foreign port -> not identified; two that follow one
/// another without a gap [...] are".
#[test]
fn one_apdu_may_be_and_two_are() {
    let one = single_point(0, 0, 1);
    let two = [one.clone(), single_point(1, 0, 1)].concat();
    let probe = |octets: &[u8]| IEC104.dissector.probe(octets, None);
    assert_eq!(probe(&one), Probe::Possible);
    assert_eq!(probe(&two), Probe::Certain);
    assert_eq!(probe(&one[..9]), Probe::More(16));
    for other in [
        // M-Bus, wired: a long frame that asks nothing of -104.
        &[0x68, 0x0d, 0x0d, 0x68, 8, 1, 0x72, 0x78, 0x56, 0x34, 0x12, 0x24, 0x40, 1, 7, 0x55, 0, 0x3e, 0x16][..],
        // FT 1.2 with an ASDU of -101.
        &[0x68, 9, 9, 0x68, 0x53, 1, 0x64, 1, 6, 1, 0, 0, 0x14, 0xd4, 0x16],
        b"help me\r\nhelp me\r\nhelp me\r\nhello world, this is no telecontrol at all, it is text and goes on and on and on",
        &[0x68; 300],
    ] {
        assert_eq!(probe(other), Probe::No, "{other:02x?}");
    }
}

/// tshark 4.0 reads each of these on port 2404: a reserved type or a reserved cause, alone in its conversation.
#[test]
fn one_apdu_with_a_reserved_field_may_be() {
    let probe = |type_id: u8, cause: u8| {
        let apdu = [0x68, 14, 0, 0, 0, 0, type_id, 1, cause, 0, 1, 0, 1, 0, 0, 1];
        IEC104.dissector.probe(&apdu, None)
    };
    assert_eq!((probe(24, 3), probe(1, 17)), (Probe::Possible, Probe::Possible));
    assert_eq!(probe(24, 17), Probe::No);
}

/// tshark 4.0 reads each of these on port 2404, alone in its conversation: of a single command only so many octets, and of
/// an I format none.
#[test]
fn one_apdu_with_a_cut_head_may_be() {
    for octets in 0..6 {
        let asdu = [45, 1, 6, 0, 1];
        let apdu = [&[0x68, 4 + octets as u8, 0, 0, 0, 0], &asdu[..octets]].concat();
        let probe = IEC104.dissector.probe;
        assert_eq!(probe(&apdu, None), Probe::Possible, "{octets}");
        let resync = IEC104.dissector.resync;
        assert_eq!(resync(&apdu, None), Resync::Wait(apdu.len()), "{octets}");
        assert_eq!(probe(&[&apdu[..], b"x"].concat(), None), Probe::No, "{octets}");
    }
    assert_eq!((IEC104.dissector.probe)(&[0x68, 5, 0, 0, 0, 0, 0], None), Probe::No);
}

/// tshark 4.0 shows each field of a head that is there, and none that is not.
#[test]
fn a_cut_head_says_what_is_there() {
    let mut session = Session::new(&IEC104, Config::default());
    let mut rows = Rows::default();
    let mark = Mark { file: 0, frame: 1, ts: 0 };
    for octets in 0..6u8 {
        let asdu = [45, 0x82, 0xc6, 7, 1];
        let apdu = [&[0x68, 4 + octets, octets << 1, 0, 0, 0], &asdu[..usize::from(octets)]].concat();
        session.feed(Toward::Server, mark, &apdu, &mut rows);
    }
    session.finish(mark, &mut rows);
    let there = |column: &str| {
        let all = rows.of::<Iec104>(column);
        assert_eq!(all.len(), 6, "{column}");
        let there: Vec<_> =
            all.iter().filter(|field| **field != format!("{:?}", Field::Null)).cloned().collect();
        // Each has what all longer ones have.
        assert_eq!(all[6 - there.len()..], there[..], "{column}");
        there
    };
    assert_eq!((there("type_id").len(), there("cause").len()), (5, 3));
    assert_eq!(there("object_count"), vec![unsigned(2); 4]);
    for column in ["sequence_bit", "negative", "test"] {
        assert!(there(column).iter().all(|field| *field == format!("{:?}", Field::Bool(true))), "{column}");
    }
    assert_eq!((there("sequence_bit").len(), there("negative").len(), there("test").len()), (4, 3, 3));
    assert_eq!((there("originator"), there("common_address")), (vec![unsigned(7); 2], vec![]));
    assert_eq!(there("data"), [format!("{:?}", Field::Bytes(&[1]))]);
}

/// HARD_CASES, IEC 60870-5-104: "Field sizes other than 2/2/3 [...] stays for the connection".
#[test]
fn other_sizes_are_found_in_a_connection() {
    let apdu = |send: u8, asdu: &[u8]| [&[0x68, 4 + asdu.len() as u8, send << 1, 0, 0, 0], asdu].concat();
    let steps: Vec<_> = (0..8).map(|n| (Toward::Client, 0, apdu(n, &[1, 1, 3, 7, 20 + n, 0, 1]))).collect();
    let rows = session(&steps);
    assert_eq!(rows.of::<Iec104Objects>("ioa"), (22..28).map(unsigned).collect::<Vec<_>>());
    assert_eq!(rows.of::<Iec104>("common_address").last(), Some(&unsigned(7)));
}

proptest! {
    /// Octets at random, and APDUs with any octet changed, never panic, and every one of them is accounted for.
    #[test]
    fn nothing_is_lost(octets in prop::collection::vec(any::<u8>(), 0..400), cuts in prop::collection::vec(0usize..400, 0..6)) {
        let mut session = Session::new(&IEC104, Config::default());
        let (mut rows, mark) = (Rows::default(), Mark { file: 0, frame: 1, ts: 0 });
        let mut all = single_point(0, 0, 1);
        all.extend(&octets);
        all.extend(single_point(1, 0, 1));
        let mut places: Vec<_> = cuts.into_iter().map(|cut| cut % all.len()).collect();
        places.sort_unstable();
        let mut from = 0;
        for to in places.into_iter().chain([all.len()]) {
            session.feed(Toward::Client, mark, &all[from..to], &mut rows);
            from = to;
        }
        session.finish(mark, &mut rows);
        let tally = session.tally(Toward::Client);
        prop_assert_eq!(tally.dissected + tally.skipped, all.len() as u64);
    }

    /// However the octets of an ASDU are chosen, the APDU behind it is read.
    #[test]
    fn the_next_apdu_is_read(asdu in prop::collection::vec(any::<u8>(), 0..240)) {
        let mut first = vec![0x68, 4 + asdu.len() as u8, 0, 0, 0, 0];
        first.extend(&asdu);
        first.extend(single_point(1, 0, 5));
        let rows = session(&[(Toward::Client, 0, first)]);
        prop_assert_eq!(rows.of::<Iec104>("send_sequence"), [unsigned(0), unsigned(1)]);
    }
}

/// Rows of octets toward the client, in pieces of this many, and how each octet is counted.
fn in_pieces(octets: &[u8], piece: usize) -> (Vec<(&'static str, Vec<String>)>, Tally) {
    let mut session = Session::new(&IEC104, Config::default());
    let (mut rows, mark) = (Rows::default(), Mark { file: 0, frame: 1, ts: 0 });
    for octets in octets.chunks(piece) {
        session.feed(Toward::Client, mark, octets, &mut rows);
    }
    session.finish(mark, &mut rows);
    (rows.0, session.tally(Toward::Client))
}

/// What is wrong with a length is known as soon as the length is; a second APDU proves the first, whatever follows.
#[test]
fn what_is_wrong_does_not_depend_on_pieces() {
    let apdu = single_point(0, 0, 1);
    let private = information(0, &[200, 1, 3, 0, 3, 0, 1, 0, 0]);
    let cases = [
        [&apdu[..], &[0x68, 2]].concat(),
        [&apdu[..], &[0x68, 254, 0]].concat(),
        [&apdu[..], &[0, 1], &supervisory(1), &supervisory(1), &[7, 7]].concat(),
        [&apdu[..], &[0, 1], &supervisory(1), &[0x68, 4, 0x43, 0, 0, 0, 7], &apdu, &apdu].concat(),
        [&[0], &apdu[..]].concat(),
        [&apdu[..], &[0x68, 2, 7], &apdu, &[7, 7]].concat(),
        // A start octet in garbage, with and without a control field that might be one.
        [&apdu[..], &[7, 0x68], &apdu, &apdu].concat(),
        [&apdu[..], &[7, 0x68, 0x20, 2, 0, 4, 0], &apdu, &supervisory(1), &apdu].concat(),
        [&apdu[..], &[7, 0x68, 0xfd, 2, 0, 4, 0], &apdu, &[7, 7]].concat(),
        // Of a private type, and the one behind it.
        [&apdu[..], &[7], &private, &apdu, &[7, 0x68], &private, &private, &private, &private, &apdu]
            .concat(),
        [&apdu[..], &[7, 0x68, 0x68, 0x68, 0x68], &supervisory(1), &[0x68], &supervisory(1), &apdu].concat(),
    ];
    for octets in &cases {
        for piece in 1..octets.len() {
            assert_eq!(in_pieces(octets, piece), in_pieces(octets, octets.len()), "{octets:02x?} by {piece}");
        }
    }
}

/// What leads to an APDU that is found behind garbage must be right up to there, in sizes too: in pieces it is passed over before
/// that is found.
#[test]
fn what_leads_to_an_apdu_does_not_depend_on_pieces() {
    let asdu = [0x3c, 1, 6, 9, 3, 0, 0x88, 0x13, 0, 0x85, 0x39, 0x30, 5, 0x0d, 9, 0x79, 0x0b];
    let other = [0x3c, 1, 6, 9, 3, 0, 0x88, 0x13, 0, 1, 0x39, 0x30, 5, 0x0d, 0x79, 0x0b, 0x1a, 2, 0x17, 0];
    let confirmed = [0x3c, 1, 7, 9, 3, 0, 0x88, 0x13, 0, 1, 0x39, 0x30, 5, 0x0d, 0x79, 0x0b];
    let octets = [
        &[0x68, 0x15, 0, 0, 0, 0][..],
        &asdu,
        &[0x3c, 0x68, 0x15, 0, 0, 0, 0, 9],
        &asdu[1..],
        &[0x17, 0x15, 0, 0, 0, 5, 9, 1, 6, 9, 3, 0, 0x93],
        &asdu[7..],
        &[2, 0, 2, 0],
        &other,
        &[0x68, 0x15, 2, 0, 4, 0],
        &confirmed,
        &[0, 0x88, 0x13, 0, 0x81, 0x39, 0x30, 5, 0x0d, 0x79, 0x0b, 0x1a, 0, 0x17, 0],
        &[
            0x68, 0x15, 2, 0, 2, 6, 9, 3, 0x57, 0x88, 0x13, 0, 1, 0x39, 0x30, 5, 0x0d, 0x79, 0x0b, 0x1a, 2,
            0x17, 0,
        ],
        &[0x68, 0x15, 2, 0, 4, 0, 0x3c, 1, 7, 9, 3, 0, 0x88, 0x13, 0x3a, 1, 0x39, 0x30, 5, 0x1a, 2, 0x17, 0],
        &[
            0x68, 0x15, 4, 0, 4, 0, 0x3c, 1, 0x0a, 9, 3, 0, 0x88, 0x13, 0, 1, 0x39, 0x30, 5, 0x0d, 0x79,
            0x0b, 0x1a,
        ],
    ]
    .concat();
    let whole = in_pieces(&octets, octets.len());
    for piece in 1..octets.len() {
        assert_eq!(in_pieces(&octets, piece), whole, "{piece}");
    }
}

/// [`Probe::No`] and [`Probe::Certain`] are final.
#[test]
fn two_apdus_are_proof_whatever_follows() {
    let two = [supervisory(1), supervisory(1)].concat();
    assert_eq!(IEC104.dissector.probe(&two, None), Probe::Certain);
    assert_eq!(IEC104.dissector.probe(&[&two[..], &[7]].concat(), None), Probe::Certain);
    assert_eq!(IEC104.dissector.probe(&[&supervisory(1)[..], &[7]].concat(), None), Probe::No);
}

/// Identification of -103 (section 7.3.1.5: type 5, VSQ 81 hex, 13 octets) by device 3: without a link address, the octets are
/// five double points of -101 too. tshark 4.0 as `iec60870_5_103`: ASDU 5, cause 3, address 3.
#[test]
fn an_asdu_of_103_is_none_of_101_in_some_layout() {
    let mut frame = b"\x68\x15\x15\x68\x08\x03\x05\x81\x03\x03\x80\x02\x02ABCDEFGH\x01\x02\x03\x04".to_vec();
    let sum = frame[4..].iter().fold(0u8, |sum, octet| sum.wrapping_add(*octet));
    frame.extend([sum, 0x16]);
    assert_eq!((IEC103.dissector.probe)(&frame, None), Probe::Certain);
    assert_eq!((IEC101.dissector.probe)(&frame, None), Probe::Possible);
}

/// HARD_CASES, identification: "A serial framing without a length field [...]"; frames of FT 1.2 are told by their sums, and
/// what they carry by an ASDU. M-Bus has the same frames.
#[test]
fn frames_of_ft_1_2_are_told_by_their_asdus() {
    let probe_101 = |octets: &[u8]| IEC101.dissector.probe(octets, None);
    let probe_103 = |octets: &[u8]| IEC103.dissector.probe(octets, None);
    let of_101 = [0x68, 9, 9, 0x68, 0x73, 1, 100, 1, 6, 1, 0, 0, 20, 0xf4, 0x16];
    assert_eq!(probe_101(&of_101), Probe::Certain);
    assert_eq!(probe_103(&of_101), Probe::No);
    let of_103 = [0x68, 9, 9, 0x68, 0x53, 5, 7, 0x81, 9, 5, 0xff, 0, 9, 0xf6, 0x16];
    assert_eq!(probe_103(&of_103), Probe::Certain);
    assert_eq!(probe_101(&of_103), Probe::No);
    // M-Bus: SND_NKE may be either; RSP_UD is neither.
    let reset = [0x10, 0x40, 1, 0x41, 0x16];
    let mut data =
        vec![0x68, 0x0f, 0x0f, 0x68, 8, 1, 0x72, 0x78, 0x56, 0x34, 0x12, 0x24, 0x40, 1, 7, 0x55, 0, 0, 0];
    let sum = data[4..].iter().fold(0u8, |sum, octet| sum.wrapping_add(*octet));
    data.extend([sum, 0x16]);
    for probe in [&probe_101 as &dyn Fn(&[u8]) -> Probe, &probe_103] {
        assert_eq!(probe(&reset), Probe::Possible);
        assert_eq!(probe(&data), Probe::No);
        assert_eq!(probe(&[reset.to_vec(), data.clone()].concat()), Probe::No);
        assert_eq!(probe(&[0xe5]), Probe::Possible);
        assert_eq!(probe(&[0x10, 0x40, 1, 0x42, 0x16, 0]), Probe::No);
    }
    // DLMS over the same kind of line, and -104.
    assert_eq!(probe_101(&single_point(0, 0, 1)), Probe::No);
}

proptest! {
    /// However the octets of a line are cut, its frames are the same; nothing is lost.
    #[test]
    fn frames_of_ft_1_2_do_not_depend_on_cuts(noise in prop::collection::vec(any::<u8>(), 0..60), cuts in prop::collection::vec(0usize..200, 0..8)) {
        let frame = [0x68u8, 9, 9, 0x68, 0x73, 1, 100, 1, 6, 1, 0, 0, 20, 0xf4, 0x16];
        let all = [&frame[..], &[0x10, 0x5a, 1, 0x5b, 0x16], &noise, &frame, &frame].concat();
        let run = |cuts: &[usize]| {
            let mut session = Session::new(&IEC101, Config::default());
            let (mut rows, mark) = (Rows::default(), Mark { file: 0, frame: 1, ts: 0 });
            let mut places: Vec<_> = cuts.iter().map(|cut| cut % all.len()).collect();
            places.sort_unstable();
            let mut from = 0;
            for to in places.into_iter().chain([all.len()]) {
                session.feed(Toward::Server, mark, &all[from..to], &mut rows);
                from = to;
            }
            session.finish(mark, &mut rows);
            let tally = session.tally(Toward::Server);
            assert_eq!(tally.dissected + tally.skipped, all.len() as u64);
            rows.of::<super::Iec101>("type_id")
        };
        prop_assert_eq!(run(&cuts), run(&[]));
    }
}

/// IEC 60870-5-2 section 5.1.2: a frame whose FCB is as it was repeats the last one, and so does its answer, if it was answered
/// before. That the answer is like one to an earlier frame tells nothing: most often that is why it is asked again.
#[test]
fn only_an_answer_to_the_same_frame_is_a_repetition() {
    let mut repeats = ft12::Repeats::default();
    let mut look = |side, octets: &[u8]| {
        let frame = ft12::read(octets).expect("a frame");
        repeats.look(&frame, 1, side, octets)
    };
    let poll = |control: u8| [0x10, control, 1, control.wrapping_add(1), 0x16];
    let answer: &[u8] = &[0x68, 9, 9, 0x68, 8, 1, 1, 1, 3, 1, 0, 0, 0, 15, 0x16];
    let (asks, answers) = (Side::First, Side::Second);
    assert!(!look(asks, &poll(0x5b)) && !look(answers, answer));
    // Another frame, which is asked again since no answer came.
    assert!(!look(asks, &poll(0x7b)) && look(asks, &poll(0x7b)) && !look(answers, answer));
    // Now it was answered: asked once more, the same answer is one.
    assert!(look(asks, &poll(0x7b)) && look(answers, answer));
}

/// A frame of FT 1.2 with user data: control field and what follows it.
fn variable(user: &[u8]) -> Vec<u8> {
    let (length, sum) = (user.len() as u8, user.iter().fold(0u8, |sum, octet| sum.wrapping_add(*octet)));
    [&[0x68, length, length, 0x68][..], user, &[sum, 0x16]].concat()
}

/// A frame of fixed length whose sum is 16 hex, as it is, and what stands behind it tell where it ends: IEC 60870-5-1 section
/// 6.2.4.2 begins every frame with 10, 68 or e5 hex.
#[test]
fn a_frame_ends_where_the_next_begins() {
    use crate::protocol::Framing::{Frame, Need};
    use ft12::Link::{Known, Likely, Unknown};
    for control in [0x0b, 0x8b] {
        let short = [0x10, control, control, 0x16];
        let then = |octet: u8| [&short[..], &[octet]].concat();
        assert_eq!(ft12::frame(&short, Unknown), Need(5));
        assert_eq!(ft12::frame(&then(0x16), Unknown), Frame(5));
        for start in [0x10, 0x68, 0xe5] {
            assert_eq!(ft12::frame(&then(start), Unknown), Frame(4));
        }
        // ASDUs have told of no link address, or it is known that there is one.
        assert_eq!((ft12::frame(&short, Likely(0)), ft12::frame(&short, Known(1))), (Frame(4), Need(5)));
        assert_eq!(ft12::frame(&then(0x16), Likely(1)), Frame(5));
        assert_eq!((ft12::told_link(&short), ft12::told_link(&then(0x16))), (None, None));
        // The same one octet further on: stations 0b0b and 8b8b hex of two octets.
        let longer = [0x10, 0, control, control, 0x16, 0x16];
        assert_eq!(ft12::frame(&longer[..5], Unknown), Need(6));
        assert_eq!(ft12::frame(&longer, Unknown), Frame(6));
        assert_eq!(ft12::frame(&[&longer[..5], &[0x68]].concat(), Unknown), Frame(5));
        assert_eq!(ft12::told_link(&longer), None);
    }
    // What can be read in one way is told at once.
    for (octets, link) in [(&[0x10, 0x49, 0x49, 0x16][..], 0), (&[0x10, 0x49, 5, 0x4e, 0x16], 1)] {
        assert_eq!(ft12::frame(octets, Unknown), Frame(octets.len()));
        assert_eq!(ft12::told_link(octets), Some(link));
    }
}

/// One such frame before or between others, in a stream and in datagrams: nothing is garbage, and ASDUs are read as before.
#[test]
fn a_sum_of_16_hex_hides_no_link_address() {
    let point = |ioa: u8| variable(&[8, 11, 1, 1, 3, 11, ioa, 0, 1]);
    let status = vec![0x10, 0x0b, 11, 0x16, 0x16];
    for order in [[0, 1, 1], [1, 0, 1]] {
        for datagrams in [false, true] {
            let mut session = Session::new(&IEC101, Config::default());
            let (mut rows, mark) = (Rows::default(), Mark { file: 0, frame: 1, ts: 0 });
            for which in order {
                let octets = if which == 0 { status.clone() } else { point(9) };
                match datagrams {
                    true => session.datagram(Toward::Client, mark, &octets, &mut rows),
                    false => session.feed(Toward::Client, mark, &octets, &mut rows),
                };
            }
            session.finish(mark, &mut rows);
            assert_eq!(rows.of::<super::Iec101>("link_address"), vec![unsigned(11); 3]);
            assert_eq!(rows.of::<Iec104Objects>("ioa"), vec![unsigned(9); 2]);
            assert_eq!(rows.of::<Anomalies>("reason"), Vec::<String>::new());
        }
    }
}

/// What stands between frames in a datagram is counted, and hides none of them.
#[test]
fn frames_are_found_behind_garbage_in_a_datagram() {
    let point = variable(&[8, 11, 1, 1, 3, 11, 9, 0, 1]);
    let mut wrong = point.clone();
    wrong[1] = 8;
    let octets = [&wrong[..], &point, &[1, 2, 3], &point].concat();
    let mut session = Session::new(&IEC101, Config::default());
    let (mut rows, mark) = (Rows::default(), Mark { file: 0, frame: 1, ts: 0 });
    session.datagram(Toward::Client, mark, &octets, &mut rows);
    session.finish(mark, &mut rows);
    assert_eq!(rows.of::<Iec104Objects>("ioa"), vec![unsigned(9); 2]);
    assert_eq!(rows.of::<Anomalies>("length"), [wrong.len(), 3].map(|octets| unsigned(octets as u64)));
    let tally = session.tally(Toward::Client);
    assert_eq!((tally.dissected, tally.skipped), (2 * point.len() as u64, wrong.len() as u64 + 3));
}

/// Types of -103 whose length their own octets say (section 7.3): one may be, two are. A private type may be, unless -101
/// explains it; M-Bus, whose fourth octet is no address of its link, is none.
#[test]
fn types_of_103_without_a_fixed_length_are_told_by_two() {
    let probe = |frames: &[&[u8]]| IEC103.dissector.probe(&frames.concat(), None);
    let poll: &[u8] = &[0x10, 0x5a, 5, 0x5f, 0x16];
    let asdu = |control: u8, type_id: u8, cause: u8, body: &[u8]| {
        variable(&[&[control, 5, type_id, 0x81, cause, 5, 160, 0][..], body].concat())
    };
    let read = asdu(0x53, 21, 42, &[9, 1, 1, 0, 1]);
    let data = asdu(8, 10, 42, &[9, 1, 1, 0, 1, 1, 2, 1, 65, 66]);
    let order = asdu(0x73, 24, 31, &[1, 0, 7, 0, 0]);
    let values = asdu(8, 30, 31, &[0, 1, 7, 0, 1, 1, 0, 0, 1, 0]);
    let ends = asdu(8, 31, 31, &[32, 0, 7, 0, 0]);
    for named in [&read, &data, &order, &values, &ends] {
        assert_eq!((probe(&[named]), probe(&[named, poll, named])), (Probe::Possible, Probe::Certain));
        assert_eq!((IEC101.dissector.probe)(named, None), Probe::No);
    }
    // The wrong way, another cause, another address, another number of values.
    let mut address = order.clone();
    (address[9], address[15]) = (6, address[15] + 1);
    for other in [
        asdu(8, 24, 31, &[1, 0, 7, 0, 0]),
        asdu(0x53, 30, 31, &[0, 1, 7, 0, 1, 1, 0, 0, 1, 0]),
        asdu(8, 30, 1, &[0, 1, 7, 0, 1, 1, 0, 0, 1, 0]),
        asdu(8, 30, 31, &[0, 1, 7, 0, 1, 2, 0, 0, 1, 0]),
        asdu(8, 23, 42, &[]),
        address,
    ] {
        assert_eq!(probe(&[&other]), Probe::No, "{other:02x?}");
    }
    let private = asdu(8, 77, 2, &[1, 2, 3]);
    assert_eq!((probe(&[&private]), probe(&[&private, &private])), (Probe::Possible, Probe::Possible));
    assert_eq!(probe(&[&private, &asdu(8, 8, 10, &[9])]), Probe::Certain);
    // An interrogation of -101 with the same addresses.
    let interrogation = variable(&[0x53, 5, 100, 1, 6, 5, 0, 0, 20]);
    assert_eq!(
        (probe(&[&interrogation]), (IEC101.dissector.probe)(&interrogation, None)),
        (Probe::No, Probe::Certain)
    );
}

/// An I format with this N(S).
fn information(send: u8, asdu: &[u8]) -> Vec<u8> {
    [&[0x68, 4 + asdu.len() as u8, send << 1, 0, 0, 0], asdu].concat()
}

/// A single command of a station, with this cause and SCO.
fn single_command(station: u8, cause: u8, command: u8) -> Vec<u8> {
    vec![45, 1, cause, 0, station, 0, 5, 0, 0, command]
}

/// A segment in aggressive mode (IEC TS 60870-5-7: FIR 40 hex, FIN 80 hex, number).
fn aggressive(station: u8, control: u8, octets: &[u8]) -> Vec<u8> {
    [&[83, 1, 14, 0, station, 0, control][..], octets].concat()
}

/// What is said of operations and anomalies where the controlling station sends these ASDUs (`true`) and the other those.
fn talk(asdus: &[(bool, Vec<u8>)]) -> Rows {
    let mut numbers = [0; 2];
    let steps: Vec<_> = asdus
        .iter()
        .map(|(asks, asdu)| {
            let number = &mut numbers[usize::from(*asks)];
            *number += 1;
            (if *asks { Toward::Server } else { Toward::Client }, 0, information(*number - 1, asdu))
        })
        .collect();
    session(&steps)
}

/// IEC 60870-5-101, 7.3.4.3: a read command is one object, of an address alone. Of a sequence of them, which the standard does
/// not have, no octet stands for any but the first.
#[test]
fn nothing_is_read_that_has_no_octets() {
    let rows = talk(&[(true, vec![102, 0x80 | 74, 5, 0, 4, 0, 0x1e, 0x20, 3])]);
    assert_eq!(rows.of::<Iec104Objects>("ioa"), [unsigned(0x03_201e)]);
    assert_eq!(rows.of::<Operations<'_>>("address"), [unsigned(0x03_201e)]);
}

/// An ASDU in aggressive mode that segments cut is read where the last of its octets come, wherever they do; one of which a
/// segment is missing is none.
#[test]
fn a_command_that_segments_cut_is_read() {
    let octets = [&single_command(1, 6, 1)[..], &[2, 0, 0, 0, 1, 0], &[0xaa; 16]].concat();
    let answers = [7, 10].map(|cause| (false, single_command(1, cause, 1)));
    for cut in 1..octets.len() {
        let (first, second) = octets.split_at(cut);
        let segments = [(true, aggressive(1, 0x40, first)), (true, aggressive(1, 0x81, second))];
        let rows = talk(&[&segments[..], &answers].concat());
        assert_eq!(rows.of::<Operations>("outcome").len(), 1, "{cut}");
        assert!(rows.of::<Operations>("stage")[0].contains("terminated"), "{cut}");
        assert_eq!(rows.of::<Anomalies>("reason"), Vec::<String>::new(), "{cut}");
    }
    let thirds: Vec<_> = octets.chunks(5).collect();
    let segments: Vec<_> = (0..)
        .zip(&thirds)
        .map(|(number, octets): (u8, _)| {
            let flags = if number == 0 { 0x40 } else { 0 }
                | if usize::from(number) + 1 == thirds.len() { 0x80 } else { 0 };
            (true, aggressive(1, flags | number, octets))
        })
        .collect();
    assert_eq!(talk(&[&segments[..], &answers].concat()).of::<Anomalies>("reason"), Vec::<String>::new());
    // Without the second one, or for another station, nobody knows what was commanded.
    for other in [segments[..1].iter().chain(&segments[2..]).cloned().collect::<Vec<_>>(), {
        let mut other = segments.clone();
        other[1].1[4] = 2;
        other
    }] {
        assert_eq!(talk(&other).of::<Operations>("outcome"), Vec::<String>::new());
    }
}

/// A command of a station in aggressive mode, a plain one, and confirmation and termination of either.
fn authentic(station: u8, command: u8) -> (bool, Vec<u8>) {
    let octets = [&single_command(station, 6, command)[..], &[2, 0, 0, 0, 1, 0], &[0xaa; 16]].concat();
    (true, aggressive(station, 0xc0, &octets))
}
fn plain(station: u8, command: u8) -> (bool, Vec<u8>) {
    (true, single_command(station, 6, command))
}
fn done(station: u8) -> [(bool, Vec<u8>); 2] {
    [7, 10].map(|cause| (false, single_command(station, cause, 1)))
}

/// What was authenticated is known by the station, too: what another one is commanded is another matter.
#[test]
fn authentication_is_of_one_station() {
    let said = |station: u8| {
        let steps = [&[authentic(1, 1)][..], &done(1), &[plain(station, 1)], &done(station)].concat();
        talk(&steps).of::<Anomalies>("reason")
    };
    let reason = "command without authentication, which these two stations used before";
    assert_eq!(said(1), [format!("{:?}", Field::Symbol(reason))]);
    assert_eq!(said(2), Vec::<String>::new());
}

/// Whether a select is authenticated is another matter than whether its execute is.
#[test]
fn a_select_without_authentication_is_no_command_without() {
    let confirmed = (false, single_command(1, 7, 0x81));
    let selected = [&[plain(1, 0x81), confirmed, authentic(1, 1)][..], &done(1)].concat();
    let rows = talk(&[&selected[..], &selected].concat());
    assert_eq!(rows.of::<Operations>("outcome").len(), 2);
    assert_eq!(rows.of::<Anomalies>("reason"), Vec::<String>::new());
}

/// Sections that are called one after the other, whose acknowledgements come later: each ends its own call.
#[test]
fn a_section_is_acknowledged_by_its_number() {
    let file = |type_id: u8, section: u8, qualifier: u8| {
        vec![type_id, 1, 13, 0, 1, 0, 0, 1, 0, 3, 0, section, qualifier]
    };
    let (call, acknowledge) =
        (|section| (true, file(122, section, 6)), |section, qualifier| (true, file(124, section, qualifier)));
    let rows = talk(&[call(1), call(2), acknowledge(2, 4), acknowledge(1, 3)]);
    let asked = rows.of::<Iec104>("type_id").len();
    assert_eq!(asked, 4);
    let messages = rows.of::<Operations>("request_message");
    assert!(messages[0] > messages[1], "{messages:?}");
    assert!(rows.of::<Operations>("outcome")[0].contains("refused"));
    assert!(rows.of::<Operations>("outcome")[1].contains("success"));
}

/// Where octets are lost, STARTDT may have been among them: what comes behind is no data after STOPDT.
#[test]
fn a_gap_may_hide_that_data_transfer_was_started() {
    let run = |gap: bool| {
        let (mut session, mut rows) = (Session::new(&IEC104, Config::default()), Rows::default());
        let mark = Mark { file: 0, frame: 1, ts: 0 };
        session.feed(Toward::Server, mark, &[0x68, 4, 0x13, 0, 0, 0], &mut rows);
        session.feed(Toward::Client, mark, &[0x68, 4, 0x23, 0, 0, 0], &mut rows);
        if gap {
            session.gap(Toward::Server, mark, 6, &mut rows);
        }
        session.feed(Toward::Client, mark, &single_point(0, 0, 1), &mut rows);
        session.finish(mark, &mut rows);
        rows.of::<Anomalies>("reason")
    };
    assert_eq!(run(false), [format!("{:?}", Field::Symbol("data after STOPDT"))]);
    assert_eq!(run(true), Vec::<String>::new());
}

/// An ASDU of one object of station 3.
fn of(type_id: u8, cause: u8, ioa: u8, element: &[u8]) -> Vec<u8> {
    of_station(3, type_id, cause, ioa, element)
}
fn of_station(station: u16, type_id: u8, cause: u8, ioa: u8, element: &[u8]) -> Vec<u8> {
    let [low, high] = station.to_le_bytes();
    [&[type_id, 1, cause, 0, low, high, ioa, 0, 0][..], element].concat()
}

/// P/N of the cause: negative (-101 section 7.2.3).
const NO: u8 = 0x40;

/// Of each operation which ASDU asked for it, of the first 1, and its outcome; and the reasons of anomalies.
fn told(asdus: &[(bool, Vec<u8>)]) -> (Vec<String>, Vec<String>) {
    let rows = talk(asdus);
    let asked = |message: &String| {
        (1..=asdus.len() as u64).find(|frame| *message == unsigned(message_id(0, *frame, 0))).unwrap_or(0)
    };
    let messages = rows.of::<Operations>("request_message");
    let outcomes = rows.of::<Operations>("outcome");
    let operations = messages.iter().zip(&outcomes).map(|(message, outcome)| {
        let name = outcome.split('"').nth(1).unwrap_or(outcome);
        format!("{} {name}", asked(message))
    });
    (operations.collect(), rows.of::<Anomalies>("reason"))
}
fn says(asdus: &[(bool, Vec<u8>)], operations: &[&str]) {
    let (told, reasons) = told(asdus);
    assert_eq!((told, reasons), (operations.iter().map(ToString::to_string).collect(), vec![]));
}

/// -101 section 7.4.5, 7.4.8: a second interrogation that is refused while the first runs ends by its refusal, and the first by its
/// own termination.
#[test]
fn what_runs_is_not_what_is_refused() {
    for (type_id, first, second) in [(100, 20, 20), (101, 5, 5), (101, 0x45, 5)] {
        let asdu = |cause, qualifier| of(type_id, cause, 0, &[qualifier]);
        for refusal in [7 | NO, 47 | NO] {
            let steps = [
                (true, asdu(6, first)),
                (false, asdu(7, first)),
                (true, asdu(6, second)),
                (false, asdu(refusal, second)),
                (false, asdu(10, first)),
            ];
            says(&steps, &["3 refused", "1 success"]);
        }
    }
}

/// -101 section 7.4.5: what a station does not deactivate goes on, whether it says so by cause 9 or, where it does not know
/// deactivations at all, by cause 45.
#[test]
fn what_is_not_deactivated_goes_on() {
    for refusal in [9 | NO, 45 | NO] {
        let asdu = |cause| of(100, cause, 0, &[20]);
        let steps = [6, 7, 8, refusal, 10].map(|cause| (matches!(cause, 6 | 8), asdu(cause)));
        says(&steps, &["1 success"]);
        let asdu = |cause, command| of(45, cause, 10, &[command]);
        let select = [6, 7, 8, refusal].map(|cause| (matches!(cause, 6 | 8), asdu(cause, 0x81)));
        let execute = [6, 7, 10].map(|cause| (cause == 6, asdu(cause, 1)));
        says(&[&select[..], &execute].concat(), &["1 success"]);
    }
    // Nor is the station to blame where the command itself was not seen.
    let rows = talk(&[8, 45 | NO].map(|cause| (cause == 8, of(45, cause, 10, &[0x81]))));
    let reason = "deactivation of a command that was not seen";
    assert_eq!(rows.of::<Anomalies>("reason"), [format!("{:?}", Field::Symbol(reason))]);
    assert_eq!(rows.of::<Operations>("outcome"), Vec::<String>::new());
}

/// A select of another state that the station confirms takes the place of the one before.
#[test]
fn a_new_select_takes_the_place_of_the_one_before() {
    let asdu = |cause, command| (cause == 6, of(45, cause, 10, &[command]));
    let steps =
        [asdu(6, 0x81), asdu(7, 0x81), asdu(6, 0x80), asdu(7, 0x80), asdu(6, 0), asdu(7, 0), asdu(10, 0)];
    says(&steps, &["1 lapsed", "3 success"]);
    // One that is refused does not.
    let refused = [asdu(6, 0x81), asdu(7, 0x81), asdu(6, 0x80), asdu(7 | NO, 0x80), asdu(6, 1), asdu(7, 1)];
    says(&[&refused[..], &[asdu(10, 1)]].concat(), &["3 refused", "1 success"]);
}

/// A termination repeats the element of its command (-101 section 7.3.2): others under way go on.
#[test]
fn a_termination_ends_what_it_repeats() {
    let talk = |type_id, ioa, first: u8, second: u8, data: &[(bool, Vec<u8>)]| {
        let asdu = |cause, element| (cause == 6, of(type_id, cause, ioa, &[element]));
        let asked = [asdu(6, first), asdu(7, first), asdu(6, second), asdu(7, second)];
        says(&[&asked[..], data, &[asdu(10, second)]].concat(), &["3 success", "1 accepted"]);
    };
    talk(45, 10, 1, 0, &[]);
    // Counters are frozen, then asked for.
    talk(101, 0, 0x45, 5, &[(false, of(15, 37, 5, &[1, 0, 0, 0, 1]))]);
}

/// A deactivation for all stations that comes before their confirmations ends the operation of each.
#[test]
fn an_interrogation_of_all_is_deactivated() {
    let asdu = |station, cause| (station == 0xffff, of_station(station, 100, cause, 0, &[20]));
    let asked = [asdu(0xffff, 6), asdu(0xffff, 8)];
    says(&[&asked[..], &[asdu(3, 9), asdu(4, 9)]].concat(), &["1 cancelled", "1 cancelled"]);
    let goes_on = [asdu(3, 7), asdu(3, 9 | NO), asdu(4, 9 | NO), asdu(3, 10), asdu(4, 10)];
    says(&[&asked[..], &goes_on].concat(), &["1 success", "1 success"]);
}

/// A second request for all is another operation of each station; what a station has done does not begin anew by its word on the
/// deactivation of it.
#[test]
fn a_station_answers_each_request_for_all_once() {
    let asdu = |station, cause| (station == 0xffff, of_station(station, 100, cause, 0, &[20]));
    let once = [asdu(0xffff, 6), asdu(3, 7), asdu(3, 10)];
    says(&[&once[..], &once].concat(), &["1 success", "4 success"]);
    says(
        &[&once[..], &[asdu(4, 7), asdu(0xffff, 8), asdu(3, 9), asdu(4, 9)]].concat(),
        &["1 success", "1 cancelled"],
    );
    // Counters are frozen, then asked for.
    let asdu =
        |station, cause, qualifier| (station == 0xffff, of_station(station, 101, cause, 0, &[qualifier]));
    let frozen = [asdu(0xffff, 6, 0x45), asdu(3, 7, 0x45), asdu(3, 10, 0x45)];
    let read = [asdu(0xffff, 6, 5), asdu(3, 7, 5), (false, of(15, 37, 5, &[1, 0, 0, 0, 1])), asdu(3, 10, 5)];
    says(&[&frozen[..], &read].concat(), &["1 success", "4 success"]);
}

/// A station ignores the deactivation of what is over when it arrives. The next one that it confirms is of what waits then.
#[test]
fn a_deactivation_that_was_ignored_takes_no_word_of_another() {
    let asdu = |cause, command| (matches!(cause, 6 | 8), of(45, cause, 10, &[command]));
    let ignored = [asdu(6, 1), asdu(7, 1), asdu(8, 1), asdu(10, 1)];
    let next = [asdu(6, 0), asdu(7, 0), asdu(8, 0), asdu(9, 0)];
    says(&[ignored, next].concat(), &["1 success", "5 cancelled"]);
    let asdu = |cause| (matches!(cause, 6 | 8), of(100, cause, 0, &[20]));
    let (ignored, next) = ([6, 7, 8, 10].map(asdu), [6, 7, 8, 9].map(asdu));
    says(&[ignored, next].concat(), &["1 success", "5 cancelled"]);
    // What it says late of the first is no word on the second.
    let late = [6, 7, 8, 10, 9 | NO, 6, 7, 10].map(asdu);
    says(&late, &["1 success", "6 success"]);
}

/// What all stations are to deactivate each says once; another deactivation has its own word.
#[test]
fn a_deactivation_for_all_takes_one_word_of_each_station() {
    let asdu = |station, cause| {
        (station == 0xffff || matches!(cause, 6 | 8), of_station(station, 100, cause, 0, &[20]))
    };
    let all = [asdu(0xffff, 6), asdu(3, 7), asdu(0xffff, 8), asdu(3, 9)];
    let own = [asdu(3, 6), asdu(3, 7), asdu(3, 10), asdu(3, 8), asdu(3, 9 | NO)];
    says(&[&all[..], &own].concat(), &["1 cancelled", "5 success", "8 refused"]);
    let rows = talk(&[&all[..], &[asdu(3, 9)]].concat());
    assert_eq!(rows.of::<Anomalies>("reason").len(), 1);
}

/// A station may refuse what it has accepted.
#[test]
fn what_runs_may_be_refused() {
    for refusal in [7 | NO, 46 | NO] {
        let steps = [6, 7, refusal].map(|cause| (cause == 6, of(100, cause, 0, &[20])));
        says(&steps, &["1 refused"]);
    }
}

/// Each deactivation has its own confirmation, which is of what it was to deactivate, and of nothing that was asked for later.
#[test]
fn a_confirmation_is_of_its_own_deactivation() {
    let system = |causes: &[u8]| {
        let asdu = |cause: &u8| (matches!(cause, 6 | 8), of(100, *cause, 0, &[20]));
        causes.iter().map(asdu).collect::<Vec<_>>()
    };
    says(&system(&[6, 7, 8, 8, 9 | NO, 9 | NO, 10]), &["1 success"]);
    says(&system(&[6, 7, 8, 8, 9, 9]), &["1 cancelled"]);
    says(&system(&[6, 7, 8, 10, 6, 9, 7, 10]), &["1 success", "5 success"]);
    // Nobody asked for it: what runs goes on.
    assert_eq!(told(&system(&[6, 7, 9 | NO, 10])).0, ["0 unasked", "1 success"]);
    // Over when it was to be deactivated.
    says(&system(&[6, 7, 10, 8, 9 | NO]), &["1 success", "4 refused"]);
    let command = |cause, command| (matches!(cause, 6 | 8), of(45, cause, 10, &[command]));
    let select = [command(6, 0x81), command(7, 0x81)];
    let twice = [command(8, 0x81), command(8, 0x81), command(9, 0x81), command(9, 0x81)];
    says(&[&select[..], &twice].concat(), &["1 cancelled"]);
    // A select is deactivated, and not what is carried out.
    let steps =
        [&[command(6, 1), command(7, 1)], &select[..], &[command(8, 0x81), command(9, 0x81)]].concat();
    assert_eq!(told(&steps).0, ["3 cancelled", "1 accepted"]);
}

/// Return information of a station is that of its own command, whatever another one was commanded meanwhile.
#[test]
fn return_information_is_of_its_own_station() {
    let asdu = |station, cause| (cause == 6, of_station(station, 45, cause, 10, &[1]));
    let returns = |station| (false, of_station(station, 1, 11, 20, &[1]));
    let steps = [
        [asdu(3, 6), asdu(3, 7), asdu(4, 6), asdu(4, 7)],
        [returns(3), asdu(3, 10), returns(4), asdu(4, 10)],
    ];
    let rows = talk(&steps.concat());
    let want = [5, 7].map(|frame| unsigned(message_id(0, frame, 0)));
    assert_eq!(rows.of::<Operations>("return_message"), want);
}

/// What differs in its originator, or in the sequence counter of a test (-104 section 8), is no repetition.
#[test]
fn another_originator_or_sequence_counter_is_another_request() {
    let from = |originator: u8, cause: u8| {
        let mut asdu = of(45, cause, 10, &[1]);
        asdu[3] = originator;
        (cause == 6, asdu)
    };
    let steps = [from(1, 6), from(2, 6), from(1, 7), from(2, 7 | NO), from(1, 10)];
    says(&steps, &["2 refused", "1 success"]);
    let test = |cause, counter| (cause == 6, of(107, cause, 0, &[counter, 0, 0, 0, 0, 1, 0x41, 0x0c, 0x17]));
    says(&[test(6, 1), test(6, 2), test(7, 2), test(7, 1)], &["2 success", "1 success"]);
    // Not every station repeats the originator.
    let test = |cause, counter| {
        let (asks, mut asdu) = test(cause, counter);
        asdu[3] = if asks { 5 } else { 0 };
        (asks, asdu)
    };
    says(&[test(6, 1), test(6, 2), test(7, 2), test(7, 1)], &["2 success", "1 success"]);
}

/// A parameter that an interrogation asks for is a point of its station (-101 section 7.3.5); a load delay is an operation
/// without an answer (section 7.3.4.7).
#[test]
fn parameters_are_read_and_a_delay_is_loaded() {
    let read = talk(&[(false, of(112, 20, 9, &[0, 0, 0x80, 0x3f, 1]))]);
    assert_eq!(read.of::<Points>("address"), [unsigned(9)]);
    assert!(read.of::<Points>("way")[0].contains("read"));
    says(&[(true, of(106, 3, 0, &[7, 0]))], &["1 unconfirmed"]);
}

/// Objects of a sequence have addresses that follow one another (-101 section 7.2.2.1): they end with the greatest.
#[test]
fn addresses_beyond_the_greatest_are_said() {
    let reasons = |first: u8| {
        let asdu = vec![1, 0x83, 3, 0, 3, 0, first, 0xff, 0xff, 1, 1, 1];
        talk(&[(false, asdu)]).of::<Anomalies>("reason")
    };
    assert_eq!(reasons(0xfd), Vec::<String>::new());
    let reason = "object addresses run beyond the greatest";
    assert_eq!(reasons(0xfe), [format!("{:?}", Field::Symbol(reason))]);
}

/// Behind octets that are none, a command is read when it comes, and not with the next APDU of its side: the answer to it comes
/// before that.
#[test]
fn a_command_behind_garbage_is_answered() {
    for garbage in [
        &[0][..],
        &[0x68, 2, 0, 0],
        &[0x68, 3, 1, 0, 0],
        &[7, 0x68],
        &[7, 0x68, 0x20, 2, 0, 4, 0],
        &[7, 0x68, 0xfd, 2, 0, 4, 0],
    ] {
        let command = information(0, &of(45, 6, 10, &[1]));
        let rows = session(&[
            (Toward::Server, 0, [garbage, &command].concat()),
            (Toward::Client, 1, information(0, &of(45, 7, 10, &[1]))),
            (Toward::Client, 2, information(1, &of(45, 10, 10, &[1]))),
            (Toward::Server, 10 * SECOND, supervisory(2)),
        ]);
        let outcomes = rows.of::<Operations>("outcome");
        assert!(outcomes.len() == 1 && outcomes[0].contains("success"), "{garbage:02x?} {outcomes:?}");
        // Of the octets that are none.
        assert_eq!(rows.of::<Anomalies>("reason").len(), 1, "{garbage:02x?}");
    }
}

/// F_SC of a file, and F_FR.
fn call_file(ioa: u8, name: u8, qualifier: u8) -> Vec<u8> {
    of(122, 13, ioa, &[name, 0, 0, qualifier])
}
fn file_ready(ioa: u8, name: u8, qualifier: u8) -> Vec<u8> {
    of(120, 13, ioa, &[name, 0, 11, 0, 0, qualifier])
}

/// FRQ confirms select, call, deactivation and deletion (-101 section 7.2.6.28): a file that is deactivated is not announced, and
/// what was called of it is not sent.
#[test]
fn a_file_is_deactivated() {
    let selected = [(true, call_file(100, 1, 1)), (false, file_ready(100, 1, 0))];
    let deactivated = [(true, call_file(100, 1, 3)), (false, file_ready(100, 1, 0))];
    says(&[selected.clone(), deactivated].concat(), &["1 success", "3 success"]);
    let called =
        [(true, call_file(100, 1, 2)), (true, call_file(100, 1, 3)), (false, file_ready(100, 1, 0x80))];
    let steps = [&selected[..], &called].concat();
    says(&steps, &["1 success", "3 cancelled", "4 refused"]);
    let status = talk(&steps).of::<Operations>("status_name");
    assert!(status[2].contains("negative_confirm"), "{status:?}");
    // Not every station says a word on it.
    says(&[&selected[..], &[(true, call_file(100, 1, 3))]].concat(), &["1 success", "3 unconfirmed"]);
    // Who is to take a file refuses it with a reason (section 7.2.6.30).
    let refused = [(true, file_ready(100, 1, 0)), (false, call_file(100, 1, 0x13))];
    says(&refused, &["1 refused"]);
    let status = talk(&refused).of::<Operations>("status_name");
    assert!(status[0].contains("requested_memory_space_not_available"), "{status:?}");
}

/// Files of one kind have the same name: their addresses tell them apart (-101 section 7.4.11).
#[test]
fn files_are_told_apart_by_their_addresses() {
    let steps = [(true, call_file(100, 1, 1)), (true, call_file(101, 1, 1)), (false, file_ready(101, 1, 0))];
    says(&steps, &["2 success", "1 open"]);
}

/// F_DR has the names of what is in a directory, not its own.
#[test]
fn a_directory_within_another_is_called() {
    let entry = [1, 0, 5, 0, 0, 0x20, 0, 0, 0, 1, 0x41, 0x0c, 0x17];
    says(&[(true, of(122, 5, 100, &[9, 0, 0, 0])), (false, of(126, 5, 101, &entry))], &["1 success"]);
}

/// Generic data that a device sends by itself or in an interrogation, a start told in an interrogation, an empty list of
/// disturbances (-103 section 7.3): they may come first.
#[test]
fn what_a_device_sends_by_itself_is_103() {
    let probe = |frames: &[&[u8]]| IEC103.dissector.probe(&frames.concat(), None);
    let asdu = |qualifier: u8, type_id: u8, cause: u8, body: &[u8]| {
        variable(&[&[8, 5, type_id, qualifier, cause, 5, 254, 244][..], body].concat())
    };
    let data: &[u8] = &[0, 1, 3, 4, 1, 3, 4, 1, 0, 0, 0, 0];
    for cause in [1, 2, 7, 9, 11, 12] {
        let generic = asdu(0x81, 10, cause, data);
        assert_eq!((probe(&[&generic]), probe(&[&generic, &generic])), (Probe::Possible, Probe::Certain));
        // As long as it says.
        assert_eq!(probe(&[&asdu(0x81, 10, cause, &data[..11])]), Probe::No);
    }
    assert_eq!(probe(&[&asdu(0x81, 2, 9, &[2, 1, 0, 2, 0, 0, 0, 0, 1, 7])]), Probe::Certain);
    assert_eq!(probe(&[&asdu(0x80, 23, 31, &[])]), Probe::Possible);
}

/// The general interrogation of generic data (-103 section 7.4.3) ends as others do, with ASDU 8.
#[test]
fn generic_data_are_interrogated() {
    let mut session = Session::new(&IEC103, Config::default());
    let (mut rows, mut mark) = (Rows::default(), Mark { file: 0, frame: 0, ts: 0 });
    for (toward, control, asdu) in [
        (Toward::Server, 0x73, &[21, 0x81, 9, 5, 254, 245, 11, 0][..]),
        (Toward::Client, 8, &[10, 0x81, 9, 5, 254, 244, 11, 1, 3, 4, 1, 3, 4, 1, 0, 0, 0, 0]),
        (Toward::Client, 8, &[8, 0x81, 10, 5, 254, 245, 11]),
    ] {
        mark.frame += 1;
        session.feed(toward, mark, &variable(&[&[control, 5][..], asdu].concat()), &mut rows);
    }
    session.finish(mark, &mut rows);
    let stages = rows.of::<Operations>("stage");
    assert!(stages.len() == 1 && stages[0].contains("terminated"), "{stages:?}");
    assert_ne!(rows.of::<Operations>("return_message"), [format!("{:?}", Field::Null)]);
}

/// What tells no length may be -101 until another ASDU says so: one of authentication (-7), one without objects.
#[test]
fn an_asdu_without_a_length_of_its_own_may_be_101() {
    let probe = |frames: &[&[u8]]| IEC101.dissector.probe(&frames.concat(), None);
    let point = variable(&[8, 5, 1, 3, 3, 5, 1, 0, 1, 2, 0, 1, 3, 0, 1]);
    assert_eq!(probe(&[&point]), Probe::Certain);
    for first in [&[8, 5, 84, 1, 14, 5, 1, 0][..], &[8, 5, 1, 0, 3, 5]] {
        let first = variable(first);
        assert_eq!((probe(&[&first]), probe(&[&first, &point])), (Probe::Possible, Probe::Certain));
        let mut session = Session::new(&IEC101, Config::default());
        let (mut rows, mark) = (Rows::default(), Mark { file: 0, frame: 1, ts: 0 });
        session.feed(Toward::Client, mark, &first, &mut rows);
        session.feed(Toward::Client, mark, &point, &mut rows);
        session.finish(mark, &mut rows);
        assert_eq!(rows.of::<super::Iec101>("common_address"), vec![unsigned(5); 2]);
        let short = ["ASDU is shorter than its head", "message of authentication ends before its last field"];
        let short = short.map(|reason| format!("{:?}", Field::Symbol(reason)));
        assert!(!rows.of::<Anomalies>("reason").iter().any(|reason| short.contains(reason)));
    }
    // M-Bus: data for a slave, by CI 51 hex.
    assert_eq!(probe(&[&variable(&[0x53, 1, 0x51, 1, 0x7a, 1])]), Probe::No);
}
