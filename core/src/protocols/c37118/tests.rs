//! Each hard case of C37.118 that is no vector, and what must hold for any octets. What one conversation tells another is
//! tested with whole captures (`pipeline/tests/synchrophasors.rs`).
use super::*;
use crate::{
    Config, Limits, Mark, Session,
    testing::{Rows, Told},
};
use proptest::prelude::*;

const TIME_BASE: u32 = 1_000_000;
const SOC: u32 = 1_772_438_400;

/// What is there of a field, of all rows of a table.
fn all<'a>(rows: &'a Rows, table: &str, field: &str) -> Vec<&'a str> {
    rows.all(table, field).into_iter().flatten().collect()
}

fn frame(frame_type: FrameType, version: u8, soc: u32, fraction: u32, body: &[u8]) -> Vec<u8> {
    let mut octets = vec![SYNC, frame_type.0 << 4 | version, 0, 0, 0, 7];
    octets.extend(soc.to_be_bytes());
    octets.extend(fraction.to_be_bytes());
    octets.extend(body);
    octets.extend([0, 0]);
    Synchrophasor::mend(&mut octets);
    octets
}

fn name(name: &str) -> [u8; 16] {
    let mut padded = [b' '; 16];
    for (to, from) in padded.iter_mut().zip(name.bytes()) {
        *to = from;
    }
    padded
}

/// One PMU with two integer phasors and one digital word, thirty frames a second.
fn configuration(count: u16) -> Vec<u8> {
    let mut body = TIME_BASE.to_be_bytes().to_vec();
    body.extend([0, 1]);
    body.extend(name("NORTH"));
    body.extend([0, 77, 0, 0, 0, 2, 0, 0, 0, 1]);
    body.extend(["VA", "IA"].map(name).concat());
    (0..16).for_each(|bit| body.extend(name(&format!("BIT {bit}"))));
    body.extend([0, 0, 1, 0, 1, 0, 1, 0, 0, 0, 0, 15, 0, 0]);
    body.extend(count.to_be_bytes());
    body.extend([0, 30]);
    frame(FrameType::CONFIGURATION_2, 2, SOC, 0, &body)
}

fn data(number: u32, status: u16) -> Vec<u8> {
    let mut body = status.to_be_bytes().to_vec();
    body.extend([0x40, number as u8, 0xe0, 1, 0x20, 2, 0x10, number as u8, 0, 25, 0xff, 0xf9, 0x3c, 0x12]);
    let fraction = (number % 30 * TIME_BASE + 15) / 30;
    frame(FrameType::DATA, 2, SOC + number / 30, fraction, &body)
}

fn command(code: u16) -> Vec<u8> {
    frame(FrameType::COMMAND, 2, SOC, 0, &code.to_be_bytes())
}

fn mark(frame: u64) -> Mark {
    Mark { file: 0, frame, ts: frame as i64 * 20_000_000 }
}

fn every() -> Config {
    Config { every_message: true, ..Config::default() }
}

fn fed(config: Config, pieces: &[&[u8]]) -> Rows {
    let (mut session, mut rows) = (Session::new(&PROTOCOL, config), Rows::default());
    for (number, piece) in pieces.iter().enumerate() {
        session.feed(Toward::Client, mark(number as u64 + 1), piece, &mut rows);
    }
    session.finish(mark(pieces.len() as u64), &mut rows);
    rows
}

fn stream() -> Vec<u8> {
    [configuration(1), data(0, 0), data(1, 0), data(2, 0x2000), configuration(2), data(3, 0), data(5, 0)]
        .concat()
}

/// Pieces of these lengths, and what is left.
fn cut(octets: &[u8], lengths: Vec<usize>) -> Vec<&[u8]> {
    let (mut rest, mut pieces) = (octets, vec![]);
    for length in lengths {
        let (piece, behind) = rest.split_at(length.min(rest.len()));
        pieces.push(piece);
        rest = behind;
    }
    pieces.push(rest);
    pieces
}

proptest! {
    /// The rows do not depend on how the octets are cut.
    #[test]
    fn rows_are_the_same_in_any_pieces(cuts in prop::collection::vec(1usize..200, 1..40)) {
        let octets = stream();
        let pieces = cut(&octets, cuts);
        let time = |rows: Rows| -> Vec<_> {
            let aside = ["first", "last", "longest_silence"];
            let keep = |row: Told| -> Vec<_> {
                row.fields.into_iter().filter(|(name, _)| !aside.contains(name)).collect()
            };
            rows.0.into_iter().map(|row| (row.table, keep(row))).collect()
        };
        prop_assert_eq!(time(fed(every(), &pieces)), time(fed(every(), &[&octets])));
    }

    /// Nor behind a gap, where a frame is looked for: not even if frames lie in frames, and beginnings lead nowhere.
    #[test]
    fn rows_behind_a_gap_are_the_same_in_any_pieces(parts in prop::collection::vec(part(), 1..12), cuts in prop::collection::vec(1usize..60, 1..60)) {
        let octets = parts.concat();
        let tables = |pieces: &[&[u8]]| -> Vec<_> {
            let (mut session, mut rows) = (Session::new(&PROTOCOL, every()), Rows::default());
            session.gap(Toward::Client, mark(1), 1, &mut rows);
            for piece in pieces {
                session.feed(Toward::Client, mark(2), piece, &mut rows);
            }
            session.finish(mark(3), &mut rows);
            rows.0
        };
        let pieces = cut(&octets, cuts);
        prop_assert_eq!(tables(&pieces), tables(&[&octets]));
    }

    /// Data frames that are dropped, repeated or reordered: each that comes has its row, what is missing is counted, and what
    /// comes late after all is taken off. One that comes late and was not missing runs backwards, unless the next one follows
    /// it: then the clock was set back, and what follows is counted from there. So it is where it is more than a second.
    #[test]
    fn what_is_missing_is_counted(order in prop::collection::vec(0u32..40, 1..60)) {
        let frames: Vec<Vec<u8>> = order.iter().map(|number| data(*number, 0)).collect();
        let start = configuration(1);
        let (mut session, mut rows) = (Session::new(&PROTOCOL, every()), Rows::default());
        session.datagram(Toward::Client, mark(1), &start, &mut rows);
        let (mut lost, mut backwards, mut latest, mut before) = (0u64, 0u64, order[0], order[0]);
        let mut missing = std::collections::BTreeSet::new();
        for (at, (number, octets)) in order.iter().copied().zip(&frames).enumerate() {
            session.datagram(Toward::Client, mark(at as u64 + 2), octets, &mut rows);
            if number > latest {
                lost += u64::from(number - latest - 1);
                missing.extend(latest + 1..number);
                latest = number;
            } else if missing.remove(&number) {
                lost -= 1;
            } else if number < latest {
                let follows = before < latest && number == before + 1;
                backwards += u64::from(!follows);
                if follows || latest - number > 30 {
                    missing.clear();
                    latest = number;
                }
            }
            before = number;
        }
        session.finish(mark(100), &mut rows);
        prop_assert_eq!(all(&rows, "c37118_pmus", "status").len(), frames.len());
        let sum = |field| all(&rows, "streams", field).iter().map(|n| n.parse::<u64>().unwrap()).sum::<u64>();
        prop_assert_eq!((sum("messages"), sum("lost"), sum("backwards")), (frames.len() as u64, lost, backwards));
    }

    /// Any octets behind a sound head: no panic, and the next frame is read.
    #[test]
    fn any_body_is_followed_by_the_next_frame(frame_type in 0u8..6, version in 1u8..4, body in prop::collection::vec(any::<u8>(), 2..300)) {
        let odd = frame(FrameType(frame_type), version, SOC, 0, &body);
        let rows = fed(every(), &[&configuration(1), &odd, &data(1, 0)]);
        prop_assert!(all(&rows, "c37118", "frame_size").len() >= 3);
    }

    /// `frame` and `probe` give the same verdict however much more comes.
    #[test]
    fn a_verdict_stays(octets in prop::collection::vec(prop_oneof![Just(0xaau8), Just(1), Just(0), any::<u8>()], 0..80)) {
        let way = Way { side: Side::First, toward: None };
        let whole = Synchrophasor::frame(&State::default(), way, &octets);
        for len in 0..octets.len() {
            match Synchrophasor::frame(&State::default(), way, &octets[..len]) {
                Framing::Need(need) => {
                    prop_assert!(need > len);
                    // Nothing is told before so much is there.
                    let verdict = Synchrophasor::frame(&State::default(), way, &octets[..octets.len().min(need - 1)]);
                    prop_assert_eq!(verdict, Framing::Need(need));
                }
                verdict => prop_assert_eq!(verdict, whole),
            }
            if Synchrophasor::probe(&octets[..len], None) == Probe::Certain {
                prop_assert_eq!(Synchrophasor::probe(&octets, None), Probe::Certain);
            }
        }
    }
}

/// Frames, frames within frames, with a right checksum and a wrong one, and what only looks like one or like many.
fn part() -> impl Strategy<Value = Vec<u8>> {
    let inner = prop_oneof![
        Just(command(2)),
        (0u32..9).prop_map(|number| data(number, 0)),
        Just(configuration(1)),
        Just(vec![SYNC, 1, 0, 90]),
        prop::collection::vec(any::<u8>(), 1..20),
    ];
    let outer = prop::collection::vec(inner.clone(), 1..5);
    let outer = outer.prop_map(|parts| frame(FrameType::HEADER, 2, SOC, 0, &parts.concat()));
    let wrong = outer.clone().prop_map(|mut octets| {
        octets[5] ^= 1;
        octets
    });
    let many = (1u8..200, 1usize..100).prop_map(|(size, count)| [SYNC, 1, 0, size].repeat(count));
    prop_oneof![inner, outer, wrong, many]
}

/// Behind a gap the frame is taken that ends first, whether the one around it is there or not: nobody can tell how long to
/// wait for that.
#[test]
fn behind_a_gap_the_frame_is_taken_that_ends_first() {
    let (inner, behind) = (data(1, 0), data(2, 0));
    let outer = frame(FrameType::HEADER, 2, SOC, 0, &inner);
    let octets = [&[1, 2, 3][..], &outer, &behind].concat();
    for pieces in [vec![&octets[..]], octets.chunks(1).collect(), octets.chunks(50).collect()] {
        let (mut session, mut rows) = (Session::new(&PROTOCOL, every()), Rows::default());
        session.gap(Toward::Client, mark(1), 9, &mut rows);
        for piece in pieces {
            session.feed(Toward::Client, mark(2), piece, &mut rows);
        }
        session.finish(mark(3), &mut rows);
        assert_eq!(all(&rows, "c37118", "frame_type"), ["data", "data"]);
        assert_eq!(all(&rows, "anomalies", "length"), ["17", "2"]);
    }
}

/// HARD_CASES, protocol level: "A false start mark (`AA 01`) inside values, right after a gap -> not taken without a
/// consistent successor or checksum".
#[test]
fn a_false_sync_after_a_gap_is_not_taken() {
    let (mut session, mut rows) = (Session::new(&PROTOCOL, every()), Rows::default());
    session.feed(Toward::Client, mark(1), &configuration(1), &mut rows);
    session.gap(Toward::Client, mark(2), 9, &mut rows);
    // A SYNC among values promises 65280 octets; the frames behind it are read at once.
    session.feed(
        Toward::Client,
        mark(3),
        &[&[1, 2, 0xaa, 1, 0xff, 0, 7][..], &data(1, 0)].concat(),
        &mut rows,
    );
    assert_eq!(all(&rows, "c37118_pmus", "status").len(), 1);
    session.feed(Toward::Client, mark(4), &data(2, 0), &mut rows);
    assert_eq!(all(&rows, "c37118_pmus", "status").len(), 2);
    assert_eq!(all(&rows, "anomalies", "length"), ["7"]);
}

/// HARD_CASES, protocol level: "CFG-3 continued for ever -> its own limit".
#[test]
fn a_configuration_continued_for_ever_is_bounded_and_said() {
    let limits = Limits { assembly_octets: 4096, ..Limits::default() };
    let (mut session, mut rows) = (Session::new(&PROTOCOL, Config { limits, ..every() }), Rows::default());
    for number in 1..500u16 {
        let body = [&number.to_be_bytes()[..], &[b'x'; 1000]].concat();
        let octets = frame(FrameType::CONFIGURATION_3, 2, SOC, 0, &body);
        session.feed(Toward::Client, mark(number.into()), &octets, &mut rows);
    }
    session.feed(Toward::Client, mark(500), &configuration(1), &mut rows);
    assert_eq!(rows.reasons(), ["continued configuration is longer than the limit"]);
    assert_eq!(all(&rows, "c37118_configurations", "number_of_pmus"), ["1"]);
}

/// HARD_CASES, protocol level: "Counts that promise more than the bytes (... 65535 PMUs) -> what is there is read, said; no
/// allocation by the claim". The rows are in the vectors; here is what is kept.
#[test]
fn a_claim_reserves_nothing() {
    let mut octets = configuration(1);
    octets[18] = 0xff;
    octets[19] = 0xff;
    Synchrophasor::mend(&mut octets);
    let mut reader = Reader::new(&octets[HEAD..octets.len() - CHECK]);
    let read = Configuration::read(&mut reader, FrameType::CONFIGURATION_2, 0).unwrap();
    assert_eq!((read.stated, read.is_complete()), (0xffff, false));
    assert!(read.octets() < 64 * octets.len());
}

/// HARD_CASES, C37.118: "Data before any configuration -> raw and counted; a later CFG serves what follows".
#[test]
fn data_before_a_configuration_are_raw_and_counted() {
    let frames: Vec<Vec<u8>> = (0..9).map(|number| data(number, 0)).collect();
    let mut pieces: Vec<&[u8]> = frames.iter().map(Vec::as_slice).collect();
    let (configuration, last) = (configuration(1), data(9, 0));
    pieces.extend([&configuration[..], &last]);
    let rows = fed(every(), &pieces);
    assert_eq!(all(&rows, "c37118", "data").len(), 9);
    // Said at the 1st, 2nd, 4th and 8th.
    assert_eq!(all(&rows, "anomalies", "count"), ["1", "2", "4", "8"]);
    assert_eq!(all(&rows, "c37118_pmus", "pmu_id_code"), ["77"]);
}

/// HARD_CASES, C37.118: "a new CFGCNT or STAT 'configuration change' makes the old configuration doubtful until the new one
/// is seen -> said".
#[test]
fn an_announced_change_makes_the_configuration_doubtful_until_the_new_one() {
    let pieces = [configuration(1), data(0, 0), data(1, 0x400), data(2, 0), configuration(2), data(3, 0x400)];
    let pieces: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
    let rows = fed(every(), &pieces);
    let doubtful = all(&rows, "c37118", "doubtful");
    // The fourth follows the new configuration; that STAT announces again makes that one doubtful too.
    assert_eq!(doubtful, ["false", "true", "true", "true"]);
    let said = rows.reasons();
    assert_eq!(said.iter().filter(|reason| reason.starts_with("STAT announces")).count(), 2);
    assert!(said.contains(&"the change count of the configuration is another"));
}

/// A second PMU behind the one of a configuration, with this change count.
fn second_pmu(configuration: &[u8], count: u16) -> Vec<u8> {
    let mut octets = configuration.to_vec();
    let station = HEAD + 6..octets.len() - 4;
    let mut second = octets[station.clone()].to_vec();
    second[17] = 78;
    let at = second.len() - 2;
    second[at..].copy_from_slice(&count.to_be_bytes());
    octets.splice(station.end..station.end, second);
    octets[HEAD + 5] = 2;
    Synchrophasor::mend(&mut octets);
    octets
}

fn of_type(frame_type: FrameType, octets: &[u8]) -> Vec<u8> {
    let mut octets = octets.to_vec();
    octets[1] = frame_type.0 << 4 | octets[1] & 15;
    Synchrophasor::mend(&mut octets);
    octets
}

/// Configuration 1 says what may be sent, configuration 2 what is (section 6.4): that the first tells of more PMUs is no change.
/// That a PMU of both has another count is one.
#[test]
fn change_counts_are_compared_by_pmu() {
    let said = |count: u16| {
        let (sends, may_send) = (configuration(1), second_pmu(&configuration(count), 9));
        let may_send = of_type(FrameType::CONFIGURATION_1, &may_send);
        let rows = fed(every(), &[&sends, &may_send, &data(0, 0)]);
        assert_eq!(all(&rows, "c37118_stations", "pmu_id_code"), ["77", "77", "78"]);
        (all(&rows, "c37118", "doubtful") == ["true"], rows.reasons().len())
    };
    assert_eq!((said(1), said(2)), ((false, 0), (true, 1)));
}

/// CFGCNT "is incremented each time a change is made in the PMU configuration" (table 9): another scale or name with the same
/// count is said.
#[test]
fn a_change_that_is_not_counted_is_said() {
    let reason = "the configuration is another, and its change count is not";
    let mut other = configuration(1);
    other[HEAD + 6] ^= 0x20;
    Synchrophasor::mend(&mut other);
    let later =
        frame(FrameType::CONFIGURATION_2, 2, SOC + 9, 4, &configuration(1)[HEAD..configuration(1).len() - 2]);
    let rows = fed(every(), &[&configuration(1), &later, &other, &other, &second_pmu(&other, 1)]);
    assert_eq!(rows.reasons(), [reason]);
    // A PMU that is added or gone is no change of the others.
    let rows = fed(every(), &[&configuration(1), &second_pmu(&configuration(1), 4), &configuration(1)]);
    assert_eq!(rows.reasons(), [""; 0]);
    // The count says it, where it is another.
    let rows = fed(every(), &[&configuration(1), &second_pmu(&configuration(2), 1)]);
    assert_eq!(rows.reasons(), ["the change count of the configuration is another"]);
}

/// A second that is added has the number of the one before, and is announced until it is over; one that is deleted has none
/// (section 6.2.2, table 3). Neither is a step of the clock, and no frame is missing. What is not announced is.
#[test]
fn a_leap_second_that_is_announced_is_no_step() {
    let at = |soc: u32, tenth: u32, quality: u8| {
        let body = &data(0, 0)[HEAD..data(0, 0).len() - 2];
        frame(FrameType::DATA, 2, soc, (u32::from(quality) << 24) | (tenth * (TIME_BASE / 10)), body)
    };
    let run = |quality: u8, behind: u32| {
        let mut configuration = configuration(1);
        let rate = configuration.len() - 4;
        configuration[rate..rate + 2].copy_from_slice(&10i16.to_be_bytes());
        Synchrophasor::mend(&mut configuration);
        let mut frames = vec![configuration];
        frames.extend((0..10).map(|tenth| at(SOC, tenth, quality)));
        frames.extend((0..10).map(|tenth| at(behind, tenth, if behind == SOC { quality } else { 0x20 })));
        frames.extend((0..3).map(|tenth| at(behind + 1, tenth, 0x20)));
        let pieces: Vec<&[u8]> = frames.iter().map(Vec::as_slice).collect();
        fed(every(), &pieces).reasons().iter().map(|reason| (*reason).to_owned()).collect::<Vec<_>>()
    };
    let none: [&str; 0] = [];
    assert_eq!(run(0x10, SOC), none);
    assert_eq!(run(0x50, SOC + 2), none);
    // At one frame a second the second that is added has the time stamp of the one before.
    let each = |quality: [u8; 3]| {
        let mut configuration = configuration(1);
        let rate = configuration.len() - 4;
        configuration[rate..rate + 2].copy_from_slice(&1i16.to_be_bytes());
        Synchrophasor::mend(&mut configuration);
        let stamps = [SOC - 1, SOC, SOC, SOC + 1].into_iter().zip([quality[0], quality[1], quality[2], 0x20]);
        let frames = stamps.map(|(soc, quality)| at(soc, 0, quality));
        let frames: Vec<_> = core::iter::once(configuration).chain(frames).collect();
        let pieces: Vec<&[u8]> = frames.iter().map(Vec::as_slice).collect();
        fed(every(), &pieces).reasons().iter().map(|reason| (*reason).to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(each([0x10, 0x10, 0x20]), none);
    assert_eq!(each([0, 0, 0]), ["the time stamp is the one before again"]);
    assert_eq!(run(0, SOC), ["the time stamp is earlier than the one before"]);
    assert_eq!(run(0x50, SOC), ["the time stamp is earlier than the one before"]);
    assert_eq!(run(0x10, SOC + 2), ["data frames are missing before this one"]);
}

/// A header frame has the time base of its stream, where that is known.
#[test]
fn a_header_frame_has_a_time() {
    let header = frame(FrameType::HEADER, 2, SOC, TIME_BASE / 2, b"PMU of the north");
    let rows = fed(every(), &[&header, &configuration(1), &header]);
    let times = rows.all("c37118", "time");
    let half = format!("{:?}", Instant(i64::from(SOC) * 1_000_000_000 + 500_000_000));
    assert_eq!(times.first(), Some(&None));
    assert_eq!(times.last(), Some(&Some(half.as_str())));
}

/// HARD_CASES, C37.118: "STAT bits 15-14 and 9-6 differ between the 2005 and 2011 versions -> read by the version in SYNC"; the
/// vectors `stat_2005` and `stat_2011` hold all bits. A version that is not known is read as the newest.
#[test]
fn status_is_read_by_the_version_of_its_own_frame() {
    let mut old = data(1, 0x8000);
    old[1] = 1;
    Synchrophasor::mend(&mut old);
    let rows = fed(every(), &[&configuration(1), &old, &data(2, 0x8000)]);
    assert_eq!(all(&rows, "c37118_pmus", "data_invalid"), ["true"]);
    assert_eq!(all(&rows, "c37118_pmus", "data_error"), ["test_mode_or_absent_data"]);
}

/// HARD_CASES, C37.118: "CFG-3: ... DATA_RATE negative means seconds per frame"; "FRACSEC: fraction = lower 24 bits /
/// TIME_BASE". Rates and periods by the standard's table 10: 15 is 15 frames a second, -5 one frame in 5 s.
#[test]
fn the_rate_may_be_negative() {
    let with = |rate: i16| {
        let mut octets = configuration(1);
        let at = octets.len() - 4;
        octets[at..at + 2].copy_from_slice(&rate.to_be_bytes());
        Configuration::read(&mut Reader::new(&octets[HEAD..]), FrameType::CONFIGURATION_2, 0).unwrap()
    };
    assert_eq!((with(15).frames_per_second(), with(15).period()), (Some(15.0), Some(66_666_666)));
    assert_eq!((with(-5).frames_per_second(), with(-5).period()), (Some(0.2), Some(5_000_000_000)));
    assert_eq!((with(0).frames_per_second(), with(0).period()), (None, None));
    assert_eq!(with(i16::MIN).period(), Some(32_768_000_000_000));
}

#[test]
fn a_frame_with_a_right_checksum_is_certain_and_anything_else_is_not() {
    for octets in [configuration(1), data(1, 0), command(2)] {
        assert_eq!(Synchrophasor::probe(&octets, None), Probe::Certain);
        for at in 0..octets.len() {
            let mut wrong = octets.clone();
            wrong[at] ^= 0x04;
            // A long configuration is known before it is whole, and so whatever its size and its checksum are.
            let long = octets.len() > 290;
            assert!(long || Synchrophasor::probe(&wrong, None) != Probe::Certain, "octet {at}");
        }
        for len in 4..octets.len() {
            let certain = Synchrophasor::probe(&octets[..len], None) == Probe::Certain;
            // Of a long configuration so much is plausible that it need not be whole.
            assert!(!certain || len > 290, "{len}");
        }
    }
}

/// HARD_CASES, IP fragments and TCP: "One octet a segment ... -> the same rows; time grows linearly", where every second octet
/// looks like the beginning of a long frame.
#[test]
fn octets_that_look_like_beginnings_cost_no_more_than_others() {
    let (mut session, mut rows) = (Session::new(&PROTOCOL, every()), Rows::default());
    session.gap(Toward::Client, mark(1), 1, &mut rows);
    for octet in [0xaa, 0x01].iter().cycle().take(40_000) {
        session.feed(Toward::Client, mark(2), &[*octet], &mut rows);
    }
    session.feed(Toward::Client, mark(3), &[configuration(1), data(1, 0)].concat(), &mut rows);
    session.finish(mark(4), &mut rows);
    assert!(rows.0.len() < 10_000);
}

/// A flood of stream identifiers in one conversation: what is remembered is bounded, and a stream with a configuration stays.
#[test]
fn a_flood_of_streams_does_not_drive_out_one_that_is_configured() {
    let (mut session, mut rows) = (Session::new(&PROTOCOL, every()), Rows::default());
    session.feed(Toward::Client, mark(1), &configuration(1), &mut rows);
    for id in 100..2000u16 {
        let mut forged = data(1, 0);
        forged[4..6].copy_from_slice(&id.to_be_bytes());
        Synchrophasor::mend(&mut forged);
        session.feed(Toward::Client, mark(2), &forged, &mut rows);
    }
    session.feed(Toward::Client, mark(3), &data(1, 0), &mut rows);
    assert_eq!(all(&rows, "c37118_pmus", "pmu_id_code"), ["77"]);
}

/// Integers of a rectangular phasor, by the formula of the standard.
#[test]
fn an_integer_phasor_is_scaled_by_its_unit() {
    let rows = fed(every(), &[&configuration(1), &data(1, 0)]);
    // PHUNIT is 256, once of a voltage and once of a current.
    assert_eq!(all(&rows, "c37118_channels", "factor"), ["0.00256"; 2]);
    assert_eq!(all(&rows, "c37118_channels", "quantity"), ["voltage", "current"]);
    assert_eq!(all(&rows, "c37118_pmus", "frequency"), ["60.025"]);
    assert_eq!(all(&rows, "c37118_pmus", "rocof"), ["-0.07"]);
}
/// What follows a frame and begins none is the same, whether its first two octets come together or one by one.
#[test]
fn a_reserved_type_is_known_by_the_second_octet() {
    let octets = [&data(1, 0)[..], &[SYNC, 0x6f]].concat();
    let pieces: [Vec<&[u8]>; 2] = [vec![&octets], octets.chunks(octets.len() - 1).collect()];
    for pieces in pieces {
        let rows = fed(every(), &pieces);
        let said = rows.of("anomalies").into_iter().filter(|row| row.get("place") == Some("stream"));
        let said: Vec<_> = said.map(|row| (row.get("kind"), row.get("length"))).collect();
        assert_eq!(said, [(Some("garbage"), Some("2"))]);
    }
}

/// UDP may deliver frames in another order: a frame that was missing and comes late is neither lost nor earlier than its time,
/// and none of those behind it is. What it holds is told.
#[test]
fn a_late_frame_is_not_lost() {
    let run = |order: &[u32]| {
        let frames: Vec<Vec<u8>> =
            core::iter::once(configuration(1)).chain(order.iter().map(|number| data(*number, 0))).collect();
        let pieces: Vec<&[u8]> = frames.iter().map(Vec::as_slice).collect();
        let rows = fed(every(), &pieces);
        assert_eq!(all(&rows, "c37118_pmus", "status").len(), order.len());
        let sum = ["lost", "holes", "backwards"].map(|field| all(&rows, "streams", field)[0].to_owned());
        let said: Vec<_> = rows.reasons().iter().map(|reason| (*reason).to_owned()).collect();
        (said, sum.map(|sum| sum.parse::<u64>().unwrap()))
    };
    let missing = "data frames are missing before this one".to_owned();
    let earlier = "the time stamp is earlier than the one before".to_owned();
    assert_eq!(run(&[0, 1, 3, 2, 4, 5]), (vec![missing.clone()], [0, 0, 0]));
    // The middle one of three first, and two holes in turn.
    assert_eq!(run(&[0, 4, 2, 1, 3, 5]), (vec![missing.clone()], [0, 0, 0]));
    assert_eq!(run(&[0, 2, 4, 1, 3, 5]), (vec![missing.clone(), missing.clone()], [0, 0, 0]));
    // One of two stays away.
    assert_eq!(run(&[0, 3, 1, 4, 5]), (vec![missing.clone()], [1, 1, 0]));
    // It was there before; and a clock that is set back by less than a second goes on from there.
    assert_eq!(run(&[0, 1, 2, 3, 1, 4]), (vec![earlier.clone()], [0, 0, 1]));
    assert_eq!(run(&[7, 8, 9, 2, 3, 4, 6]), (vec![earlier, missing], [1, 1, 1]));
}

/// While a second that is added is announced, a frame that comes late by less than half a second is late, and nothing is missing.
#[test]
fn a_late_frame_before_a_leap_second_is_late() {
    let pending = |number: u32| {
        let mut octets = data(number, 0);
        octets[10] = 0x10;
        Synchrophasor::mend(&mut octets);
        octets
    };
    let frames: Vec<_> = [0, 1, 3, 2, 4].map(pending).into_iter().collect();
    let first = configuration(1);
    let pieces: Vec<&[u8]> = core::iter::once(&first).chain(&frames).map(Vec::as_slice).collect();
    assert_eq!(fed(every(), &pieces).reasons(), ["data frames are missing before this one"]);
}

/// Configurations are compared with those of their own type: that another one describes a PMU otherwise, as configuration 3
/// does, is no change.
#[test]
fn configurations_of_another_type_are_no_change() {
    let mut may_send = of_type(FrameType::CONFIGURATION_1, &configuration(1));
    may_send[HEAD + 6] ^= 0x20;
    Synchrophasor::mend(&mut may_send);
    assert_eq!(fed(every(), &[&configuration(1), &may_send, &configuration(1)]).reasons(), [""; 0]);
}

/// PMUs that stand in another order are looked for in the configuration before, but not any number of them.
#[test]
fn pmus_in_another_order_are_compared_so_far() {
    let many = |shift: usize, counts: u16| {
        let one = configuration(1);
        let station = one[HEAD + 6..one.len() - 4].to_vec();
        let mut body = TIME_BASE.to_be_bytes().to_vec();
        body.extend([0, 100]);
        for place in 0..100usize {
            let mut station = station.clone();
            let (id, last) = (((place + shift) % 100) as u8, station.len() - 2);
            station[17] = id;
            let count = if id == 99 { counts } else { 1 };
            station[last..].copy_from_slice(&count.to_be_bytes());
            body.extend(station);
        }
        body.extend([0, 30]);
        frame(FrameType::CONFIGURATION_2, 2, SOC, 0, &body)
    };
    let said = |shift: usize| fed(every(), &[&many(0, 1), &many(shift, 2)]).reasons().len();
    // PMU 99 is the last in order, the 100th or the 50th that is looked for.
    assert_eq!((said(0), said(50), said(1)), (1, 1, 0));
}

/// A piece that is missing before the last one, which is not numbered (section 6.5), shows in what they hold together: what
/// stands before the hole is given, the rest is not used.
#[test]
fn a_piece_missing_before_the_last_is_said() {
    let text = |text: &str| [&[text.len() as u8][..], text.as_bytes()].concat();
    let mut body = TIME_BASE.to_be_bytes().to_vec();
    body.extend([0, 1]);
    body.extend(text("NORTH"));
    body.extend([0, 77]);
    body.extend([9; 16]);
    body.extend([0, 0, 0, 2, 0, 0, 0, 0]);
    body.extend([text("VA"), text("IA")].concat());
    for kind in [0, 8] {
        body.extend([0, 0, kind, 0]);
        body.extend([1f32, 0f32].map(f32::to_be_bytes).concat());
    }
    body.extend([1f32, 2., 3.].map(f32::to_be_bytes).concat());
    body.extend([b'M', 0, 0, 0, 100, 0, 0, 0, 200, 0, 1, 0, 1, 0, 50]);
    let chunks: Vec<_> = body.chunks(body.len().div_ceil(4)).collect();
    let piece = |number: usize| {
        let index = if number == 3 { LAST_PIECE } else { number as u16 + 1 };
        let octets = [&index.to_be_bytes()[..], chunks[number]].concat();
        frame(FrameType::CONFIGURATION_3, 2, SOC, 0, &octets)
    };
    let run = |numbers: &[usize]| {
        let mut frames: Vec<_> = numbers.iter().map(|number| piece(*number)).collect();
        frames.push(data(0, 0));
        let pieces: Vec<&[u8]> = frames.iter().map(Vec::as_slice).collect();
        fed(every(), &pieces)
    };
    let whole = run(&[0, 1, 2, 3]);
    assert_eq!(all(&whole, "c37118_channels", "name"), ["VA", "IA"]);
    assert!(!whole.reasons().contains(&"data before their configuration"), "{:?}", whole.reasons());
    for numbers in [&[0, 3][..], &[0, 1, 3]] {
        let rows = run(numbers);
        assert_eq!(
            rows.reasons(),
            [
                "pieces of a continued configuration are missing before its last one",
                "data before their configuration"
            ]
        );
        // With the first piece alone the head of the PMU is cut.
        assert_eq!(all(&rows, "c37118_stations", "station"), ["NORTH"][..numbers.len() - 2]);
        assert_eq!(all(&rows, "c37118_configurations", "complete"), ["false"]);
        assert_eq!(all(&rows, "c37118", "data").len(), 2);
    }
}
