//! Real conversations cut in pieces, reordered, repeated and with losses: the same rows, or the loss is counted.

mod common;

use common::{Kept, Owned, Rows, corpus_folder, dissect, frames, unlawful};
use fieldtap::{Config, Mark, Session, protocol::Toward, protocols};
use proptest::prelude::*;
use std::sync::LazyLock;

const TCP: [(&str, &str); 15] = [
    ("modbus", "modbus/standard_examples.pcap"),
    ("modbus", "modbus/garbage.pcap"),
    ("modbus", "modbus/lengths.pcap"),
    ("modbus", "modbus/pipelined.pcap"),
    ("modbus", "modbus/umas.pcap"),
    ("modbus", "modbus/vendor_functions.pcap"),
    ("modbus", "modbus/segmented.pcap"),
    ("modbus_rtu", "modbus/rtu_noise.pcap"),
    ("modbus_rtu", "modbus/rtu_over_tcp.pcap"),
    ("modbus_ascii", "modbus/ascii_over_tcp.pcap"),
    ("dnp3", "dnp3/opendnp3_reads.pcap"),
    ("dnp3", "dnp3/opendnp3_commands.pcap"),
    ("dnp3", "dnp3/opendnp3_fragments.pcap"),
    ("dnp3", "dnp3/opendnp3_unsolicited.pcap"),
    ("iec104", "iec104/commands.pcap"),
];

type Turn = (Toward, Vec<u8>);

/// What each side of the first connection says in turn: payloads of the frames of Ethernet, IPv4 and TCP without options of
/// IP, as the corpus has them.
fn turns(frames: &[Owned]) -> Vec<Turn> {
    let (mut turns, mut client) = (Vec::<Turn>::new(), None);
    for frame in frames {
        let packet = &frame.data[14..];
        let total = usize::from(u16::from_be_bytes([packet[2], packet[3]]));
        let segment = &packet[20..total];
        let ports =
            [u16::from_be_bytes([segment[0], segment[1]]), u16::from_be_bytes([segment[2], segment[3]])];
        let payload = &segment[usize::from(segment[12] >> 4) * 4..];
        let client = *client.get_or_insert(ports[0]);
        if payload.is_empty() || !ports.contains(&client) {
            continue;
        }
        let toward = if ports[0] == client { Toward::Server } else { Toward::Client };
        match turns.last_mut() {
            Some((last, octets)) if *last == toward => octets.extend(payload),
            _ => turns.push((toward, payload.to_vec())),
        }
    }
    turns
}

static CONVERSATIONS: LazyLock<Vec<(&'static str, &'static str, Vec<Turn>)>> = LazyLock::new(|| {
    let turns = |path: &str| turns(&frames(&corpus_folder().join(path)));
    TCP.iter().map(|(protocol, path)| (*protocol, *path, turns(path))).collect()
});

static FRAMES: LazyLock<Vec<Vec<Owned>>> =
    LazyLock::new(|| TCP.iter().map(|(_, path)| frames(&corpus_folder().join(path))).collect());

/// The rows of a conversation whose turns are fed in pieces of these lengths, without frames and times.
fn fed(protocol: &str, turns: &[Turn], mut piece: impl FnMut() -> usize) -> (Vec<String>, [u64; 6]) {
    let mut session = Session::new(protocols::named(protocol).unwrap(), Config::default());
    let (mut rows, mut frame) = (Rows::default(), 0);
    for (toward, octets) in turns {
        let mut rest = &octets[..];
        while !rest.is_empty() {
            let (now, later) = rest.split_at(piece().clamp(1, rest.len()));
            frame += 1;
            session.feed(*toward, Mark { file: 0, frame, ts: 0 }, now, &mut rows);
            rest = later;
        }
    }
    session.finish(Mark { file: 0, frame: frame + 1, ts: 0 }, &mut rows);
    let said = rows
        .0
        .iter()
        .map(|row: &Kept| format!("{} {} {:?}", row.table, row.envelope.from_originator, row.content()));
    let (a, b) = (session.tally(Toward::Server), session.tally(Toward::Client));
    (said.collect(), [a.dissected, a.skipped, a.carried, b.dissected, b.skipped, b.carried])
}

/// HARD_CASES, IP fragments and TCP: "One octet a segment [...] -> the same rows".
#[test]
fn one_octet_at_a_time_gives_the_rows_of_the_whole() {
    for (protocol, path, turns) in CONVERSATIONS.iter() {
        let whole = fed(protocol, turns, || usize::MAX);
        assert!(whole.0.len() > 4, "{path}");
        let single = fed(protocol, turns, || 1);
        for (index, (a, b)) in whole.0.iter().zip(&single.0).enumerate() {
            assert_eq!(a, b, "{path}: row {index}");
        }
        assert_eq!(whole, single, "{path}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// "Any split gives the same rows (their frame and time aside)."
    #[test]
    fn any_pieces_give_the_rows_of_the_whole(which in 0..TCP.len(), pieces in prop::collection::vec(1usize..40, 1..50)) {
        let (protocol, path, turns) = &CONVERSATIONS[which];
        let mut lengths = pieces.iter().copied().cycle();
        let split = fed(protocol, turns, || lengths.next().unwrap_or(1));
        prop_assert_eq!(fed(protocol, turns, || usize::MAX), split, "{}", path);
    }

    /// Frames exchanged, repeated and left out: whatever happens, each octet is told of once.
    #[test]
    fn the_law_holds_whatever_the_order(
        which in 0..TCP.len(),
        changes in prop::collection::vec((0usize..1000, 0usize..1000, 0u8..4), 0..30),
    ) {
        let mut frames = FRAMES[which].clone();
        for (a, b, change) in changes {
            let (a, b) = (a % frames.len(), b % frames.len());
            match change {
                0 => frames.swap(a, b),
                1 => { let again = frames[a].clone(); frames.insert(b, again); }
                2 if frames.len() > 4 => { frames.remove(a); }
                _ => { let near = (a + 1).min(frames.len() - 1); frames.swap(a, near); }
            }
        }
        let rows = dissect(&frames);
        for row in rows.of("conversations") {
            prop_assert_eq!(unlawful(row), None);
        }
    }

    /// HARD_CASES: "Same octets again -> nothing said but a counter; no second row". Copies come soon after the first.
    #[test]
    fn frames_that_come_again_change_no_row(which in 0..TCP.len(), copies in prop::collection::vec((0usize..1000, 0usize..3), 0..12)) {
        let mut twice = FRAMES[which].clone();
        for (at, later) in copies {
            let at = at % twice.len();
            let again = twice[at].clone();
            // A copy of a SYN behind other frames is a copy still.
            twice.insert((at + 1 + later).min(twice.len()), again);
        }
        let (one, two) = (dissect(&FRAMES[which]), dissect(&twice));
        let content = |rows: &Rows| {
            let protocol = TCP[which].0.split('_').next().unwrap_or_default();
            let told = rows.0.iter().filter(|row| row.table.starts_with(protocol));
            told.map(|row| (row.table, row.content())).collect::<Vec<_>>()
        };
        prop_assert!(!content(&one).is_empty());
        prop_assert_eq!(content(&one), content(&two));
    }

    /// Every place cut by a gap: seen = dissected + skipped, and the messages before and behind are there.
    #[test]
    fn a_gap_anywhere_is_accounted_for(which in 0..TCP.len(), at in 0usize..4000, len in 1usize..300) {
        let (protocol, path, turns) = &CONVERSATIONS[which];
        let mut session = Session::new(protocols::named(protocol).unwrap(), Config::default());
        let (mut rows, mut place, mut fed) = (Rows::default(), 0, [0u64; 2]);
        for (frame, (toward, octets)) in turns.iter().enumerate() {
            let mark = Mark { file: 0, frame: frame as u64 + 1, ts: 0 };
            let (from, to) = (at.saturating_sub(place).min(octets.len()), (at + len).saturating_sub(place).min(octets.len()));
            place += octets.len();
            session.feed(*toward, mark, &octets[..from], &mut rows);
            if to > from {
                session.gap(*toward, mark, (to - from) as u64, &mut rows);
            }
            session.feed(*toward, mark, &octets[to.max(from)..], &mut rows);
            fed[usize::from(*toward == Toward::Client)] += (octets.len() - (to - from.min(to))) as u64;
        }
        session.finish(Mark { file: 0, frame: 100_000, ts: 0 }, &mut rows);
        for (toward, fed) in [Toward::Server, Toward::Client].into_iter().zip(fed) {
            let tally = session.tally(toward);
            prop_assert_eq!(tally.dissected + tally.skipped, fed, "{} {:?}", path, tally);
            prop_assert_eq!(tally.carried, 0);
        }
    }
}
