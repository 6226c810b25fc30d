//! What is remembered: of a conversation the configurations of its streams, of a stream its last frame.
use super::{
    configuration::{Change, Configuration},
    data,
};
use crate::{
    common::{Before, Publisher, Saying, Sequel, SequelKind},
    output::TellPoints,
    protocol::{Output, Side},
    record::Address,
    wire::Reassembler,
};
use core::net::IpAddr;
use std::sync::Arc;

/// Streams of one sender in one conversation that are remembered.
const STREAMS: usize = 64;
/// How often a configuration that other conversations may have told is asked for at once, then only now and then.
const ASKS: u32 = 16;
/// How long then between two times, in nanoseconds.
const ASK_AGAIN: i64 = 1_000_000_000;
/// The same frame again within this time is a copy, in nanoseconds.
const COPY: i64 = 10_000_000;
const SECOND: i64 = 1_000_000_000;
/// Frames that are behind the latest one by no more than this, or than so many periods, may only have come in another order.
const LATE: i64 = SECOND;
const LATE_PERIODS: i64 = 4;
/// A jump of the time stamps beyond this is one of the clock, not a loss of frames; in nanoseconds.
const JUMP: i64 = 3_600_000_000_000;

/// What is remembered of a conversation.
#[derive(Debug, Default)]
pub(super) struct State {
    sides: [Sending; 2],
}

/// What is remembered of what one side sends.
#[derive(Debug, Default)]
pub(super) struct Sending {
    /// Of each type of frame, the size of the last one whose checksum was right.
    pub(super) sizes: [u16; 8],
    streams: Vec<Stream>,
    /// Whether a stream had to make room.
    crowded: bool,
    pub(super) continued: Reassembler,
}

impl State {
    pub(super) fn side(&mut self, side: Side) -> &mut Sending {
        let [first, second] = &mut self.sides;
        if side == Side::First { first } else { second }
    }
    pub(super) fn size(&self, side: Side, frame_type: u8) -> u16 {
        let [first, second] = &self.sides;
        let sending = if side == Side::First { first } else { second };
        sending.sizes.get(usize::from(frame_type)).copied().unwrap_or_default()
    }
}

impl Sending {
    /// Makes room for the stream of this identifier. Returns whether another had to go for the first time.
    pub(super) fn make_room(&mut self, id_code: u16) -> bool {
        if self.streams.len() < STREAMS || self.streams.iter().any(|stream| stream.id_code == id_code) {
            return false;
        }
        // Who sends no data goes first, then who has no configuration, then the newest: a flood of false streams does not
        // drive out the true ones that were there before.
        let place = |poor: fn(&Stream) -> bool| self.streams.iter().position(poor);
        let poor = place(|stream| !stream.running).or_else(|| place(|stream| stream.own.is_none()));
        self.streams.remove(poor.unwrap_or(STREAMS - 1));
        !core::mem::replace(&mut self.crowded, true)
    }

    /// The stream of this identifier, for which there is [room](Self::make_room).
    pub(super) fn stream(&mut self, id_code: u16) -> Option<&mut Stream> {
        let place = match self.streams.iter().position(|stream| stream.id_code == id_code) {
            Some(place) => place,
            None => {
                self.streams.push(Stream { id_code, ..Stream::default() });
                self.streams.len() - 1
            }
        };
        self.streams.get_mut(place)
    }

    /// The configuration of this stream that came in this conversation.
    pub(super) fn own(&self, id_code: u16) -> Option<Arc<Configuration>> {
        self.streams.iter().find(|stream| stream.id_code == id_code).and_then(|stream| stream.own.clone())
    }

    /// The streams begin anew: what comes next follows nothing.
    pub(super) fn restart(&mut self) {
        for stream in &mut self.streams {
            stream.running = false;
        }
    }
}

/// One stream of data.
#[derive(Debug, Default)]
pub(super) struct Stream {
    id_code: u16,
    /// The configuration that came in this conversation.
    pub(super) own: Option<Arc<Configuration>>,
    /// The configuration that another conversation told.
    told: Option<Arc<Configuration>>,
    /// How many facts had been told when it was last asked for, how often that was, and when it is asked for again.
    facts: u64,
    asks: u32,
    ask_at: i64,
    /// A data frame has come since the stream began.
    pub(super) running: bool,
    /// STAT has announced a change of configuration in the last frame.
    announced: bool,
    /// The configuration after which another one was announced.
    doubtful: Option<u64>,
    pub(super) without: u32,
    pub(super) unfitting: u32,
    pub(super) fraction: u32,
    pub(super) conflict_said: bool,
}

/// A count that is said at the 1st, 2nd, 4th, 8th time, and so on.
pub(super) fn seldom(count: &mut u32) -> Option<u32> {
    *count = count.saturating_add(1);
    count.is_power_of_two().then_some(*count)
}

/// The key under which a sender's configuration of a stream is told to other conversations.
pub(super) fn key(sender: Option<Address>, id_code: u16) -> Vec<u8> {
    let mut key = b"configuration ".to_vec();
    match sender {
        Some(Address::Ip(IpAddr::V4(ip))) => key.extend_from_slice(&ip.octets()),
        Some(Address::Ip(IpAddr::V6(ip))) => key.extend_from_slice(&ip.octets()),
        Some(Address::Mac(mac)) => key.extend_from_slice(&mac.0),
        None => {}
    }
    key.extend_from_slice(&id_code.to_be_bytes());
    key
}

impl Stream {
    /// The configuration for a data frame of this size. One of this conversation comes before one of another; if none
    /// fits, the one that should have.
    pub(super) fn configuration(&mut self, size: usize, out: &Output<'_>) -> Option<Arc<Configuration>> {
        if let Some(own) = self.own.as_ref().filter(|own| own.size == size) {
            return Some(Arc::clone(own));
        }
        let (facts, ts) = (out.facts_told(), out.ts());
        let due = self.asks < ASKS || !(self.ask_at.saturating_sub(ASK_AGAIN)..self.ask_at).contains(&ts);
        if facts != self.facts || due {
            (self.facts, self.ask_at) = (facts, ts.saturating_add(ASK_AGAIN));
            self.asks = self.asks.saturating_add(1);
            if let Some(told) = out.ask_fact(&key(out.sender(), self.id_code)) {
                self.told = Some(told);
            }
        }
        match (&self.own, &self.told) {
            (Some(_), Some(told)) if told.size == size => Some(Arc::clone(told)),
            (Some(own), _) => Some(Arc::clone(own)),
            (None, told) => told.clone(),
        }
    }

    /// Takes note of a configuration that came in this conversation. Returns what has changed since the one before.
    pub(super) fn configured(&mut self, configuration: &Arc<Configuration>, serves: bool) -> Change {
        let change = self.own.as_ref().map_or(Change::None, |own| configuration.change(own));
        if serves {
            self.own = Some(Arc::clone(configuration));
        } else if change == Change::Counted {
            self.doubtful = self.own.as_ref().map(|own| own.message);
        }
        change
    }

    /// Takes note of whether STAT announces a change. Returns whether the configuration is doubtful, and whether it has
    /// become so.
    pub(super) fn announced(&mut self, announced: bool, configuration: &Configuration) -> (bool, bool) {
        let rises = announced && !self.announced && self.running;
        self.announced = announced;
        let before = self.doubtful == Some(configuration.message);
        if rises {
            self.doubtful = Some(configuration.message);
        }
        (before || rises, rises && !before)
    }
}

/// What a data frame is to the one before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Events {
    /// Data frames that are missing.
    pub(super) lost: u64,
    /// The time stamp runs backwards: the one before, and this one, in nanoseconds.
    pub(super) backwards: Option<(i64, i64)>,
    /// The same time stamp again with other content.
    pub(super) again: bool,
    /// The time stamps jump: from, to.
    pub(super) jump: Option<(i64, i64)>,
    /// How many of the same it stands for.
    pub(super) count: u32,
}

/// What the quality of time announces (section 6.2.2): while it is announced SOC repeats a second, or leaves one out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum LeapSecond {
    #[default]
    None,
    Added,
    Deleted,
}

impl LeapSecond {
    /// How far a time stamp is ahead, of one before which this was announced, where one frame follows another after `period`;
    /// nanoseconds. A short step back is a late frame.
    fn ahead(self, ahead: i64, period: i64) -> i64 {
        match self {
            Self::Added if (1 - SECOND..=-SECOND / 2).contains(&ahead) => ahead + SECOND,
            // At one frame a second the second that is added has the same time stamp as the one before.
            Self::Added if ahead == 0 && period == SECOND => SECOND,
            Self::Deleted if ahead > SECOND => ahead - SECOND,
            _ => ahead,
        }
    }
}

/// A data frame, as far as its order is concerned.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame<'a> {
    pub(super) time: Option<i64>,
    pub(super) ts: i64,
    pub(super) check: u16,
    /// Changes with all that is a change of state: STAT, digitals, quality of time, size, configuration.
    pub(super) state: u64,
    pub(super) leap_second: LeapSecond,
    pub(super) continues: bool,
    /// The frame behind its head, if its values are to be said at the end of the interval.
    pub(super) keep: Option<&'a [u8]>,
    pub(super) version: u8,
}

/// What is remembered of a stream.
#[derive(Debug, Default)]
pub(super) struct Course {
    /// The latest time stamp.
    time: Option<i64>,
    /// That of the last frame, and its checksum.
    heard: Option<i64>,
    check: u16,
    /// Of the frames before the latest those that are missing, a bit each, the nearest first.
    missing: u64,
    state: u64,
    leap_second: LeapSecond,
    odd: u32,
    last: Vec<u8>,
    last_time: Option<i64>,
    version: u8,
    configuration: Option<Arc<Configuration>>,
    /// The values of the last frame have not been said.
    fresh: bool,
}

impl Course {
    /// The rules: frames follow one another at DATA_RATE.
    pub(super) fn judge(
        &mut self,
        frame: &Frame<'_>,
        before: &Before,
        configuration: Option<&Arc<Configuration>>,
        events: &mut Events,
    ) -> Sequel {
        let first = before.messages == 0;
        let mut kind =
            if first || frame.state != self.state { SequelKind::Change } else { SequelKind::Repetition };
        let mut sequel = Sequel { sets: 1, ..Sequel::default() };
        let mut late = false;
        if let (Some(last), Some(time), true) = (self.time, frame.time, frame.continues) {
            let period = configuration.and_then(|configuration| configuration.period()).unwrap_or(0);
            let ahead = self.leap_second.ahead(time.saturating_sub(last), period);
            if frame.time == self.heard
                && frame.check == self.check
                && frame.ts.saturating_sub(before.last).saturating_abs() <= COPY
            {
                kind = SequelKind::Copy;
            } else if ahead == 0 {
                events.again = true;
                events.count = seldom(&mut self.odd).unwrap_or(0);
            } else if ahead < 0 {
                if let Some(holes) = self.fill(ahead.saturating_neg(), period) {
                    (late, sequel.found, sequel.holes) = (true, 1, holes);
                } else if self.follows_late(time, last, period) {
                    // The clock was set back, which was said at the frame before.
                    self.missing = 0;
                } else {
                    late = period > 0 && -ahead <= LATE.max(period.saturating_mul(LATE_PERIODS));
                    sequel.backwards = true;
                    events.backwards = Some((last, time));
                    events.count = seldom(&mut self.odd).unwrap_or(0);
                    self.missing = if late { self.missing } else { 0 };
                }
            } else if ahead > JUMP.max(period.saturating_mul(16)) {
                events.jump = Some((last, time));
                self.missing = 0;
            } else if period > 0 {
                let steps = ahead.saturating_add(period / 2) / period;
                sequel.lost = u64::try_from(steps.saturating_sub(1)).unwrap_or_default();
                events.lost = sequel.lost;
                self.pass(sequel.lost);
            }
        } else {
            self.missing = 0;
        }
        if kind != SequelKind::Copy {
            (self.heard, self.check, self.state) = (frame.time.or(self.heard), frame.check, frame.state);
        }
        if kind != SequelKind::Copy && !late {
            self.time = frame.time.or(self.time);
            self.leap_second = frame.leap_second;
            self.fresh = false;
            if let (Some(octets), Some(configuration)) = (frame.keep, configuration) {
                self.last.clear();
                self.last.extend_from_slice(octets);
                (self.last_time, self.version) = (frame.time, frame.version);
                self.fresh = kind == SequelKind::Repetition;
                if !self.configuration.as_ref().is_some_and(|known| Arc::ptr_eq(known, configuration)) {
                    self.configuration = Some(Arc::clone(configuration));
                }
            }
        }
        let counter = |time: Option<i64>| time.and_then(|time| u64::try_from(time).ok());
        let last_counter = counter(self.time).filter(|_| late);
        Sequel { kind, first_counter: counter(frame.time), last_counter, ..sequel }
    }

    /// The latest frame is another, before which so many are missing.
    fn pass(&mut self, lost: u64) {
        let lost = u32::try_from(lost).unwrap_or(u32::MAX);
        let before = self.missing.checked_shl(lost.saturating_add(1)).unwrap_or_default();
        self.missing = before | 1u64.checked_shl(lost).map_or(u64::MAX, |bit| bit - 1);
    }

    /// A frame that is so far behind the latest may be one that was missing. Returns how many more holes there are without it.
    fn fill(&mut self, behind: i64, period: i64) -> Option<i64> {
        let steps = behind.saturating_add(period / 2).checked_div(period)?;
        let bit = 1u64.checked_shl(u32::try_from(steps.checked_sub(1)?).ok()?)?;
        if self.missing & bit == 0 {
            return None;
        }
        self.missing &= !bit;
        let beside = u64::from(self.missing & bit << 1 != 0) + u64::from(self.missing & bit >> 1 != 0);
        Some(beside as i64 - 1)
    }

    /// Whether the frame before came late, too, and this one is the next behind it: then it was not late.
    fn follows_late(&self, time: i64, latest: i64, period: i64) -> bool {
        let heard = self.heard.filter(|heard| *heard < latest).map(|heard| time.saturating_sub(heard));
        heard.is_some_and(|ahead| ahead > 0 && ahead <= period.saturating_add(period / 2))
    }
}

impl Publisher for Course {
    /// Values change with every frame: those of the last one in the interval stand for all.
    fn interval(&mut self, say: &mut Saying<'_>) {
        if !core::mem::take(&mut self.fresh) || say.every_message() {
            return;
        }
        if let Some(configuration) = &self.configuration {
            let (version, time) = (self.version, self.last_time);
            let points =
                data::DataFrame { configuration, octets: &self.last, version, time, digitals: false };
            points.tell(|point| say.point(point));
        }
    }
}
