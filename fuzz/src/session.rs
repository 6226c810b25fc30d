//! One conversation in one protocol.

use std::sync::{Arc, OnceLock};

use fieldtap::protocol::{Protocol, Toward};
use fieldtap::record::Sink;
use fieldtap::{Config, Description, Limits, Mark, SampleType, Session, Tally};

use crate::allocator::Watch;
use crate::limits;
use crate::rows::{Rows, Sums, title};
use crate::script::{Conversation, Settings, Step, pieces};

/// The first frame of every conversation; time is counted from here.
const START: i64 = 1_700_000_000_000_000_000;
/// Frame numbers between two steps: more than a step has pieces.
const FRAMES: u64 = 1 << 20;

/// How octets are handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    /// All that one side sends before anything else happens, at one time.
    Whole,
    /// The same in pieces, all of one frame.
    Pieces(u8),
    /// The same in pieces, each of a frame of its own.
    Frames(u8),
}

/// Plain octets after the settings: all toward the server, all toward the client, or in turns.
///
/// The bits of [`Settings::pieces`] above the lowest three say which.
pub fn bytes(protocol: &'static Protocol, data: &[u8]) {
    let (settings, data) = Settings::of(data);
    let steps = match settings.pieces >> 6 {
        0 => vec![Step::Message(Toward::Server, data.to_vec())],
        1 => vec![Step::Message(Toward::Client, data.to_vec())],
        turns => {
            // A message is seldom shorter: each turn is a third of what is left, or a half.
            let (mut steps, mut rest, mut toward) = (Vec::new(), data, Toward::Server);
            while !rest.is_empty() {
                let (turn, behind) = rest.split_at(rest.len().div_ceil(usize::from(turns)));
                steps.push(Step::Message(toward, turn.to_vec()));
                (rest, toward) = (behind, toward.back());
            }
            steps
        }
    };
    run(protocol, &Conversation { settings, steps });
}

/// Mends one in two inputs of [`bytes`] after a change: the first `size` of `data`'s octets, which may become `max_size`.
/// Returns how many there are then.
pub fn mended(protocol: &Protocol, data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    let Some(octets) = data.get(Settings::LEN..size) else { return size };
    if seed & 1 == 0 {
        return size;
    }
    let mut octets = octets.to_vec();
    protocol.dissector.mend(&mut octets);
    let mended = Settings::LEN + octets.len();
    match data.get_mut(Settings::LEN..mended) {
        Some(room) if mended <= max_size => {
            room.copy_from_slice(&octets);
            mended
        }
        // It has become too long.
        _ => size,
    }
}

/// A script: messages of the protocol, changed and mended, in both directions, with gaps, and time passing.
pub fn session(protocol: &'static Protocol, data: &[u8]) {
    run(protocol, &Conversation::read(protocol, data));
}

/// Runs a conversation in several manners and compares.
pub fn run(protocol: &'static Protocol, conversation: &Conversation) {
    let mut settings = conversation.settings;
    settings.datagrams |= !protocol.over(true);
    let limits = limits::limits(settings.small);
    if settings.datagrams {
        // A datagram, or what a parent hands to its child, is never handed over in pieces.
        play(protocol, &limits, settings, &conversation.steps, Manner::Whole);
        return;
    }
    let steps = joined(&conversation.steps);
    let whole = play(protocol, &limits, settings, &steps, Manner::Whole);
    let pieces = play(protocol, &limits, settings, &steps, Manner::Pieces(settings.pieces));
    let frames = play(protocol, &limits, settings, &steps, Manner::Frames(settings.pieces));
    // What is longer than the limit is dissected where it lies whole, and cannot be carried where it does not.
    let longest = steps.iter().map(|step| match step {
        Step::Message(_, octets) => octets.len(),
        _ => 0,
    });
    if longest.sum::<usize>() > limits.carried_octets {
        return;
    }
    assert_eq!(whole.tallies, pieces.tallies, "octets are counted otherwise in pieces");
    assert_eq!(whole.tallies, frames.tallies, "octets are counted otherwise in frames");
    assert_eq!(whole.sums, pieces.sums, "other rows in pieces");
    let aside = |sums: Sums| (sums.count - sums.of_frames, sums.aside);
    assert_eq!(aside(whole.sums), aside(frames.sums), "other rows in frames");
}

/// Steps with what one side sends in a row joined.
fn joined(steps: &[Step]) -> Vec<Step> {
    let mut joined: Vec<Step> = Vec::new();
    for step in steps {
        match (joined.last_mut(), step) {
            (Some(Step::Message(before, all)), Step::Message(toward, octets)) if before == toward => {
                all.extend_from_slice(octets);
            }
            _ => joined.push(step.clone()),
        }
    }
    joined
}

/// What the samples of the streams in the vectors may be made of: every type, in as many octets as are sent there.
fn description() -> Arc<Description> {
    static DESCRIPTION: OnceLock<Arc<Description>> = OnceLock::new();
    Arc::clone(DESCRIPTION.get_or_init(|| {
        let mut description = Description::new();
        let sets: [(&str, &str, &[SampleType]); 4] = [
            (
                "MU01",
                "LD0/LLN0$mu01",
                &[SampleType::Integer(2), SampleType::Quality, SampleType::Boolean, SampleType::Unsigned(1)],
            ),
            (
                "MU02",
                "ds1",
                &[SampleType::Single, SampleType::Quality, SampleType::Timestamp, SampleType::Unsigned(4)],
            ),
            ("A", "LD0/LLN0$a", &[SampleType::Double]),
            ("B", "LD0/LLN0$b", &[SampleType::Integer(4), SampleType::Quality]),
        ];
        for (stream, data_set, types) in sets {
            let named = |(place, kind): (usize, &SampleType)| (format!("LD0/V{place}").into(), *kind);
            description.add_samples(stream, data_set, types.iter().enumerate().map(named).collect());
        }
        Arc::new(description)
    }))
}

#[derive(Debug)]
struct Outcome {
    sums: Sums,
    tallies: [Tally; 2],
}

fn play(
    protocol: &'static Protocol,
    limits: &Limits,
    settings: Settings,
    steps: &[Step],
    manner: Manner,
) -> Outcome {
    title(&format!("{} {manner:?} {settings:?}", protocol.name));
    let description = settings.described.then(description);
    let watch = Watch::start();
    let config = Config {
        limits: limits.clone(),
        every_message: settings.every_message,
        description,
        ..Config::default()
    };
    let mut session = Session::new(protocol, config);
    let mut rows = Rows::default();
    let mut mark = Mark { file: 0, frame: 0, ts: START };
    let mut fed = [0u64; 2];
    let mut calls = 0;
    for step in steps {
        mark.frame += FRAMES;
        match step {
            Step::Message(toward, octets) if settings.datagrams => {
                calls += 1;
                session.datagram(*toward, mark, octets, &mut rows);
                fed[side(*toward)] += octets.len() as u64;
            }
            Step::Message(toward, octets) => {
                fed[side(*toward)] += octets.len() as u64;
                calls += feed(&mut session, *toward, mark, octets, manner, &mut rows);
            }
            Step::Gap(toward, len) => {
                calls += 1;
                session.gap(*toward, mark, *len, &mut rows);
            }
            Step::Pass(time) => {
                calls += 1;
                mark.ts = mark.ts.saturating_add((*time).max(0));
                session.advance(mark, &mut rows);
            }
        }
        account(&session, fed, false);
    }
    mark.frame += FRAMES;
    session.finish(mark, &mut rows);
    account(&session, fed, true);
    let octets = (fed[0] + fed[1]) as usize;
    let most = limits::most_rows(octets, steps.len());
    assert!(rows.sums.count <= most, "{} rows of {octets} octets, the bound is {most}", rows.sums.count);
    watch.hold(
        2 * limits::conversation_octets(limits, octets, calls)
            + limits::memory_octets(limits, rows.sums.count),
        limits::most_allocations(octets, calls, rows.sums.count),
    );
    Outcome { sums: rows.sums, tallies: [Toward::Server, Toward::Client].map(|toward| session.tally(toward)) }
}

/// Feeds octets in this manner; returns the calls.
fn feed(
    session: &mut Session,
    toward: Toward,
    mut mark: Mark,
    octets: &[u8],
    manner: Manner,
    sink: &mut dyn Sink,
) -> usize {
    let (code, own_frames) = match manner {
        Manner::Whole => {
            session.feed(toward, mark, octets, sink);
            return 1;
        }
        Manner::Pieces(code) => (code, false),
        Manner::Frames(code) => (code, true),
    };
    let (mut rest, mut calls) = (octets, 0);
    if rest.is_empty() {
        // The other side is heard to be silent, in whatever manner.
        session.feed(toward, mark, rest, sink);
    }
    for piece in pieces(code, octets.len()) {
        let (now, behind) = rest.split_at(piece);
        session.feed(toward, mark, now, sink);
        mark.frame += u64::from(own_frames);
        rest = behind;
        calls += 1;
    }
    calls
}

const fn side(toward: Toward) -> usize {
    match toward {
        Toward::Server => 0,
        Toward::Client => 1,
    }
}

/// The accounting law of one session: each octet that was fed is dissected, skipped or carried.
fn account(session: &Session, fed: [u64; 2], is_over: bool) {
    for toward in [Toward::Server, Toward::Client] {
        let tally = session.tally(toward);
        let fed = fed[side(toward)];
        assert_eq!(
            tally.dissected + tally.skipped + tally.carried,
            fed,
            "octets toward {toward:?} are lost: {tally:?}"
        );
        assert!(tally.messages <= tally.dissected, "messages without octets: {tally:?}");
        assert!(!is_over || tally.carried == 0, "octets are carried beyond the end: {tally:?}");
    }
}
