//! Real conversations cut in pieces, reordered, repeated and with losses: the same rows, or the loss is counted. The
//! conversations of telecontrol are those of the corpus, and those from outside.

mod common;

use common::{Kept, Owned, Rows, captures, corpus_folder, dissect, frames, outside, unlawful};
use fieldtap::{Config, LinkType, Mark, Session, protocol::Toward, protocols};
use proptest::{prelude::*, sample::Index};
use std::{path::Path, sync::LazyLock};

/// Captures of the corpus whose protocol is not that of their folder, or that hold something besides.
const CORPUS: [(&str, &str); 10] = [
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
];

/// Protocols whose captures are all taken, and their folders outside the corpus.
const FOLDERS: [(&str, &str); 3] = [("dnp3", "dnp3"), ("iec104", "iec104"), ("c37118", "synphasor")];

/// Of a long conversation so much is taken.
const MOST_FRAMES: usize = 150;
const MOST_OCTETS: usize = 6_000;

type Turn = (Toward, Vec<u8>);

/// The first connection of a capture.
#[derive(Debug, Default)]
struct Conversation {
    protocol: &'static str,
    name: String,
    frames: Vec<Owned>,
    /// What each side says in turn.
    turns: Vec<Turn>,
}

/// What the tables of a protocol begin with.
fn tables(protocol: &str) -> &str {
    protocol.split('_').next().unwrap_or_default()
}

/// Address and port.
type Place = ([u8; 4], [u8; 2]);

/// Sender and receiver of a segment, and what it carries; none of what is not Ethernet, IPv4 without options, and TCP.
fn segment(frame: &Owned) -> Option<(Place, Place, &[u8])> {
    let is_tcp = frame.data.get(12..15) == Some(&[8, 0, 0x45]) && frame.data.get(23) == Some(&6);
    let packet = frame.data.get(14..).filter(|_| is_tcp && frame.link_type == LinkType::ETHERNET)?;
    let (head, _) = packet.split_first_chunk::<20>()?;
    let segment = packet.get(20..usize::from(u16::from_be_bytes([head[2], head[3]])))?;
    let payload = segment.get(usize::from(segment.get(12)? >> 4) * 4..)?;
    let (source, destination) = (head[12..16].try_into().ok()?, head[16..20].try_into().ok()?);
    let ports = segment.first_chunk::<4>()?;
    Some(((source, [ports[0], ports[1]]), (destination, [ports[2], ports[3]]), payload))
}

/// The first connection that carries octets, if they are of this protocol.
fn conversation(protocol: &'static str, path: &Path) -> Option<Conversation> {
    let all = frames(path);
    let ends = all.iter().filter_map(segment).find(|(_, _, payload)| !payload.is_empty());
    let (one, other, _) = ends?;
    let among = |frame: &Owned| {
        segment(frame).is_some_and(|(from, to, _)| (from, to) == (one, other) || (from, to) == (other, one))
    };
    // Who opens the connection is the client; in the midst of one, who has the higher port.
    let of_both: Vec<Owned> = all.iter().filter(|frame| among(frame)).take(MOST_FRAMES).cloned().collect();
    let opener = of_both.first().and_then(|frame| segment(frame).filter(|_| frame.data.get(47) == Some(&2)));
    let client = opener.map_or(if one.1 > other.1 { one } else { other }, |(from, _, _)| from);
    let (mut turns, mut octets) = (Vec::<Turn>::new(), 0);
    for (from, _, payload) in of_both.iter().filter_map(segment).filter(|(_, _, payload)| !payload.is_empty())
    {
        let toward = if from == client { Toward::Server } else { Toward::Client };
        octets += payload.len();
        match turns.last_mut() {
            _ if octets > MOST_OCTETS => break,
            Some((last, octets)) if *last == toward => octets.extend(payload),
            _ => turns.push((toward, payload.to_vec())),
        }
    }
    let name = path.display().to_string();
    let conversation = Conversation { protocol, name, frames: of_both, turns };
    let (rows, _) = fed(protocol, &conversation.turns, || usize::MAX);
    (rows.iter().filter(|row| row.starts_with(tables(protocol))).count() > 4).then_some(conversation)
}

static CONVERSATIONS: LazyLock<Vec<Conversation>> = LazyLock::new(|| {
    let corpus = corpus_folder();
    let named = CORPUS.iter().map(|(protocol, path)| (*protocol, corpus.join(path)));
    let of_folders = FOLDERS.iter().flat_map(|(protocol, folder)| {
        let own = captures(&corpus.join(protocol));
        let others = outside().map(|outside| captures(&outside.join(folder))).unwrap_or_default();
        own.into_iter().chain(others).map(|path| (*protocol, path))
    });
    let all: Vec<_> =
        named.chain(of_folders).filter_map(|(protocol, path)| conversation(protocol, &path)).collect();
    for (protocol, _) in FOLDERS {
        let count = all.iter().filter(|conversation| conversation.protocol == protocol).count();
        println!("{count} conversations of {protocol}");
        assert!(count > 0);
    }
    assert!(CORPUS.iter().all(|(_, path)| all.iter().any(|conversation| conversation.name.ends_with(path))));
    all
});

/// What is said where a message came in more pieces than are told apart: it is of the frames, and not of the octets.
const OF_FRAMES: &str = "more frames brought the message than are told apart";

/// The rows of a conversation whose turns are fed in pieces of these lengths, without frames and times, nor what is of frames
/// alone.
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
        .map(|row: &Kept| format!("{} {} {:?}", row.table, row.envelope.from_originator, row.content()))
        .filter(|row| !(row.starts_with("anomalies ") && row.contains(OF_FRAMES)));
    let (a, b) = (session.tally(Toward::Server), session.tally(Toward::Client));
    (said.collect(), [a.dissected, a.skipped, a.carried, b.dissected, b.skipped, b.carried])
}

/// HARD_CASES, IP fragments and TCP: "One octet a segment [...] -> the same rows".
#[test]
fn one_octet_at_a_time_gives_the_rows_of_the_whole() {
    for Conversation { protocol, name: path, turns, .. } in CONVERSATIONS.iter() {
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
    fn any_pieces_give_the_rows_of_the_whole(which in any::<Index>(), pieces in prop::collection::vec(1usize..40, 1..50)) {
        let Conversation { protocol, name: path, turns, .. } = which.get(&CONVERSATIONS);
        let mut lengths = pieces.iter().copied().cycle();
        let split = fed(protocol, turns, || lengths.next().unwrap_or(1));
        prop_assert_eq!(fed(protocol, turns, || usize::MAX), split, "{}", path);
    }

    /// Frames exchanged, repeated and left out: whatever happens, each octet is told of once.
    #[test]
    fn the_law_holds_whatever_the_order(
        which in any::<Index>(),
        changes in prop::collection::vec((0usize..1000, 0usize..1000, 0u8..4), 0..30),
    ) {
        let Conversation { name, frames, .. } = which.get(&CONVERSATIONS);
        let mut frames = frames.clone();
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
            prop_assert_eq!(unlawful(row), None, "{}", name);
        }
    }

    /// HARD_CASES: "Same octets again -> nothing said but a counter; no second row". Copies come soon after the first.
    #[test]
    fn frames_that_come_again_change_no_row(which in any::<Index>(), copies in prop::collection::vec((0usize..1000, 0usize..3), 0..12)) {
        let Conversation { protocol, name, frames, .. } = which.get(&CONVERSATIONS);
        let mut twice = frames.clone();
        for (at, later) in copies {
            let at = at % twice.len();
            let again = twice[at].clone();
            // A copy of a SYN behind other frames is a copy still.
            twice.insert((at + 1 + later).min(twice.len()), again);
        }
        let (one, two) = (dissect(frames), dissect(&twice));
        let content = |rows: &Rows| {
            let told = rows.0.iter().filter(|row| row.table.starts_with(tables(protocol)));
            told.map(|row| (row.table, row.content())).collect::<Vec<_>>()
        };
        prop_assert!(!content(&one).is_empty(), "{}", name);
        prop_assert_eq!(content(&one), content(&two), "{}", name);
    }

    /// Every place cut by a gap: seen = dissected + skipped, and the messages before and behind are there.
    #[test]
    fn a_gap_anywhere_is_accounted_for(which in any::<Index>(), at in 0usize..4000, len in 1usize..300) {
        let Conversation { protocol, name: path, turns, .. } = which.get(&CONVERSATIONS);
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
