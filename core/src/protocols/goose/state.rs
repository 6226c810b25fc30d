//! What is remembered of one publisher, and what a message is to those before it (IEC 61850-8-1, clause 18.1.2.5).
//!
//! stNum grows with each change, sqNum with each repetition; both wrap to 1. A message that does not go on from the last one
//! is said, and does not displace what is known: a forged one must not make those of the real publisher look wrong. Only
//! when the other sequence goes on and the known one has ended is it taken for the publisher's.
use super::{codes::Reading, records::Goose};
use crate::{
    common::{Anomaly, AnomalyKind, Before, Publisher, Saying, Sequel, SequelKind},
    record::{digest_bytes, fold},
};

/// The same message again within this time is a copy: nanoseconds.
const COPY: i64 = 20_000_000;
/// Messages that a copy is looked for among.
const RECENT: usize = 8;
/// A time of change that lies farther ahead of the capture is said: nanoseconds.
const AHEAD: i64 = 86_400_000_000_000;
/// Messages of another sequence alone that make it the publisher's.
const TAKEN: u8 = 8;
/// Messages that may be missing across the wrap of sqNum: what lies farther below is an older one.
const WRAP: u32 = 1 << 16;
/// Breaks and changes that are said one by one in an interval.
const BREAKS: u32 = 16;
const MILLISECOND: i64 = 1_000_000;

/// Of the quality of a time.
const CLOCK_FAILURE: u8 = 0x40;
const CLOCK_NOT_SYNCHRONISED: u8 = 0x20;

/// What is to be said once of a publisher.
const SIMULATED: u8 = 1;
const S_BIT: u8 = 2;
const LIVE: u8 = 4;
const FUTURE: u8 = 8;
const HIGHEST: u8 = 16;
const COMMISSIONING: u8 = 32;
const NO_STATE: u8 = 64;
const NO_CONFIGURATION: u8 = 128;

/// What is to be said once of a state.
const VALUES: u8 = 1;
const TIME: u8 = 2;

/// Up to four things to say of one message.
#[derive(Default)]
pub(super) struct Said([Option<Anomaly>; 4]);

impl Said {
    /// Whether there was room for it.
    fn push(&mut self, anomaly: Anomaly) -> bool {
        let place = self.0.iter_mut().find(|place| place.is_none());
        place.map(|place| *place = Some(anomaly)).is_some()
    }
    pub(super) fn iter(&self) -> impl Iterator<Item = Anomaly> {
        self.0.into_iter().flatten()
    }
}

/// A message that has come.
pub(super) struct News<'a> {
    pub(super) row: &'a Goose<'a>,
    /// Of all values.
    pub(super) digest: u64,
    /// Time of its frame.
    pub(super) ts: i64,
}

/// A sequence that does not go on from the known one.
#[derive(Clone, Copy, Debug)]
struct Other {
    st_num: u32,
    sq_num: u32,
    /// Messages of it since the last one of the known sequence.
    alone: u8,
}

/// Messages that were missing when a later one came.
#[derive(Clone, Copy, Debug)]
struct Hole {
    st_num: u32,
    /// sqNum of the first of them.
    first: u32,
    /// sqNum of the one that came.
    end: u32,
    /// When it came.
    at: i64,
    /// How many were said to be missing.
    missing: u32,
    /// How many of them came since.
    late: u32,
}

/// The state before the known one.
#[derive(Clone, Copy, Debug)]
struct Former {
    st_num: u32,
    /// Of its last message.
    sq_num: u32,
    t: i64,
    digest: u64,
    /// When the known one came.
    at: i64,
}

/// A message may be as much later than it was announced as a switch or the capturing host may hold it up: nanoseconds.
const DELAY: i64 = 50_000_000;
/// In how many parts the time of a publisher is looked at, to tell its silence from a hole of the capture.
const PARTS: i64 = 4;

/// From when on a publisher is silent for too long that announced a message within this time.
const fn too_late(live: i64) -> i64 {
    live.saturating_add(live / 8).saturating_add(DELAY)
}

/// What is remembered of one publisher.
#[derive(Debug, Default)]
pub(super) struct Memory {
    known: bool,
    st_num: u32,
    sq_num: u32,
    t: i64,
    /// Whether the publisher's clock was synchronised then.
    is_synchronised: bool,
    digest: u64,
    /// Whether the digest is of all values.
    whole: bool,
    dat_set: u64,
    conf_rev: Option<u32>,
    members: Option<u32>,
    /// When the next message comes at the latest: nanoseconds.
    live: Option<i64>,
    /// Time of the last message of the known sequence.
    heard: i64,
    other: Option<Other>,
    hole: Option<Hole>,
    former: Option<Former>,
    recent: [(u64, i64); RECENT],
    next: u8,
    /// Since when, by the last message or the end of a hole of the capture, the publisher is silent.
    silent_since: i64,
    /// When the capture was last known to go on.
    alive: i64,
    lost: bool,
    told: u8,
    told_of_state: u8,
    breaks: u32,
}

/// Whether all values were there.
const fn is_whole(row: &Goose<'_>) -> bool {
    matches!(row.reading, Reading::WHOLE | Reading::UNKNOWN_FIELDS)
}

/// Whether t is of a clock that runs and is synchronised (IEC 61850-8-1, clause 8.1.3.7).
const fn is_synchronised(row: &Goose<'_>) -> bool {
    match row.t_quality {
        Some(quality) => quality & (CLOCK_FAILURE | CLOCK_NOT_SYNCHRONISED) == 0,
        None => true,
    }
}

/// The number behind `number`: it wraps to 1.
const fn after(number: u32) -> u32 {
    if number == u32::MAX { 1 } else { number + 1 }
}

/// How far `to` lies behind `from`, perhaps beyond the wrap.
const fn distance(from: u32, to: u32) -> u32 {
    match to.checked_sub(from) {
        Some(distance) => distance,
        None => to + (u32::MAX - from),
    }
}

impl Memory {
    /// Says what is said once of a publisher; where one message has too much of it, with the next one.
    fn once(&mut self, bit: u8, said: &mut Said, anomaly: Anomaly) {
        if self.told & bit == 0 && said.push(anomaly) {
            self.told |= bit;
        }
    }

    /// Says what a repetition changes, once of each state: whatever changes takes a new stNum, and t is the time of that.
    fn repeats(&mut self, news: &News<'_>, t: i64, said: &mut Said) {
        // Half of the values are no other ones, and a clock that was never set cannot tell.
        let values = self.whole && is_whole(news.row) && news.digest != self.digest;
        let time = t != 0 && self.t != 0 && t != self.t;
        let changes = [
            (VALUES, values, "values change, but stNum does not"),
            (TIME, time, "t changes, but stNum does not"),
        ];
        for (bit, changed, reason) in changes {
            if changed && self.told_of_state & bit == 0 {
                self.told_of_state |= bit;
                self.say(said, reason, [self.st_num, self.st_num]);
            }
        }
    }

    fn oddities(&mut self, news: &News<'_>, said: &mut Said) {
        let row = news.row;
        let value = |reason| Anomaly::new(AnomalyKind::VALUE, reason);
        if row.simulated || row.simulation == Some(true) {
            self.once(SIMULATED, said, value("message is simulated, or a test"));
            // Of what ends too early nobody knows whether it says so.
            let is_told = row.simulation.is_some() || row.reading != Reading::TRUNCATED;
            if is_told && row.simulation != Some(row.simulated) {
                let anomaly = value("simulation in header and APDU disagree");
                let found = row.simulation.unwrap_or_default().into();
                self.once(S_BIT, said, anomaly.numbers(row.simulated.into(), found));
            }
        }
        if let Some(live @ (0 | u32::MAX)) = row.time_allowed_to_live {
            self.once(LIVE, said, value("timeAllowedtoLive cannot be meant").found(live.into()));
        }
        if row.t.is_some_and(|t| t.0.saturating_sub(news.ts) > AHEAD) {
            self.once(FUTURE, said, Anomaly::new(AnomalyKind::TIME, "time of the event lies in the future"));
        }
        match row.st_num {
            Some(u32::MAX) => {
                self.once(HIGHEST, said, value("stNum is at its maximum").found(u32::MAX.into()));
            }
            // It begins with 1 and wraps to 1.
            Some(0) => self.once(NO_STATE, said, value("stNum is 0").found(0)),
            _ => {}
        }
        // It is reserved: a control block that names a data set has 1 or more.
        if row.conf_rev == Some(0) {
            self.once(NO_CONFIGURATION, said, value("confRev is 0").found(0));
        }
        if row.nds_com == Some(true) {
            self.once(COMMISSIONING, said, value("control block needs commissioning: ndsCom"));
        }
    }

    /// Judges a message.
    pub(super) fn hear(&mut self, news: &News<'_>, before: &Before, said: &mut Said) -> Sequel {
        let row = news.row;
        let live = row.time_allowed_to_live.filter(|live| !matches!(*live, 0 | u32::MAX));
        let live = live.map(|live| i64::from(live).saturating_mul(MILLISECOND));
        let patience = live.map(|live| live / PARTS);
        let (Some(st_num), Some(sq_num)) = (row.st_num, row.sq_num) else {
            self.oddities(news, said);
            return Sequel { sets: 1, patience, ..Sequel::default() };
        };
        let t = row.t.map_or(0, |t| t.0);
        let numbers = u64::from(st_num) << 32 | u64::from(sq_num);
        let key = fold(numbers ^ news.digest.rotate_left(7), t as u64 ^ 0x9e37_79b9_7f4a_7c15);
        if self.is_copy(key, news.ts) {
            return Sequel { kind: SequelKind::Copy, patience, ..Sequel::default() };
        }
        self.oddities(news, said);
        let mut step = Sequel { sets: 1, first_counter: Some(sq_num.into()), patience, ..Sequel::default() };
        let late = self.late(news.ts, before);
        let returned = core::mem::take(&mut self.lost);
        self.live = live;
        (self.silent_since, self.alive) = (news.ts, news.ts);
        if !self.known {
            self.known = true;
            self.take(news, st_num, sq_num, t);
            return step;
        }
        if returned {
            said.push(
                Anomaly::new(AnomalyKind::SEQUENCE, "the publisher is heard again")
                    .numbers(after(self.sq_num).into(), sq_num.into()),
            );
        }
        let broken = Break::of(self, st_num, sq_num, t, is_synchronised(row));
        if !matches!(broken, Break::No { .. })
            && let Some(missing) = self.comes_late(news, st_num, sq_num, t, said)
        {
            (step.first_counter, step.found) = (None, missing.into());
            if st_num != self.st_num || (news.digest == self.digest && self.is_as_configured(row)) {
                step.kind = SequelKind::Repetition;
            } else {
                self.repeats(news, t, said);
            }
            return step;
        }
        match broken {
            Break::No { lost } => {
                step.lost = lost.into();
                let expected = if st_num == self.st_num { after(self.sq_num) } else { 0 };
                if sq_num != expected {
                    let (first, end) = (expected, sq_num);
                    self.hole = Some(Hole { st_num, first, end, at: news.ts, missing: lost, late: 0 });
                }
                if lost > 0 && !returned {
                    self.say(said, "messages of the publisher are missing", [expected, sq_num]);
                } else if late && !returned {
                    said.push(Anomaly::new(AnomalyKind::SEQUENCE, "no message within timeAllowedtoLive"));
                }
                if st_num == self.st_num {
                    if news.digest == self.digest && self.is_as_configured(row) {
                        step.kind = SequelKind::Repetition;
                    }
                    // The first state may be that of a publisher that has restarted: behind a hole, or where it is of later.
                    if !(st_num == 1 && (lost > 0 || returned || t > self.t)) {
                        self.repeats(news, t, said);
                    }
                }
                self.configuration(row, said);
                if st_num != self.st_num {
                    let Self { st_num, sq_num, t, digest, .. } = *self;
                    self.former = Some(Former { st_num, sq_num, t, digest, at: news.ts });
                }
                self.take(news, st_num, sq_num, t);
            }
            Break::Restart => {
                self.say(said, "the publisher has restarted", [self.st_num, st_num]);
                self.configuration(row, said);
                self.take(news, st_num, sq_num, t);
                self.told_of_state = 0;
            }
            Break::Yes { reason, expected, found, backwards } => {
                step.backwards = backwards;
                if !self.follows_other(st_num, sq_num) {
                    self.say(said, reason, [expected, found]);
                    self.other = Some(Other { st_num, sq_num, alone: 0 });
                }
                let gone = news.ts.saturating_sub(self.heard) > live.unwrap_or(i64::MAX);
                if let Some(other) = &mut self.other {
                    (other.st_num, other.sq_num) = (st_num, sq_num);
                    other.alone = other.alone.saturating_add(1);
                    if other.alone >= TAKEN || (other.alone > 1 && gone) {
                        self.take(news, st_num, sq_num, t);
                        self.told_of_state = 0;
                    }
                }
            }
        }
        step
    }

    /// Whether this message comes only now because one behind it was faster, on another way or through a switch. Gives how many
    /// of those it is that were said to be missing.
    fn comes_late(
        &mut self,
        news: &News<'_>,
        st_num: u32,
        sq_num: u32,
        t: i64,
        said: &mut Said,
    ) -> Option<u32> {
        let is_soon = |at: i64| news.ts.saturating_sub(at).saturating_abs() <= COPY;
        if let Some(former) = &mut self.former
            && (st_num, sq_num, t) == (former.st_num, after(former.sq_num), former.t)
            && news.digest == former.digest
            && is_soon(former.at)
        {
            former.sq_num = sq_num;
            return Some(0);
        }
        let hole = self.hole.as_mut().filter(|hole| {
            let is_inside = distance(hole.first, sq_num) < distance(hole.first, hole.end);
            hole.st_num == st_num && self.t == t && is_inside && is_soon(hole.at)
        })?;
        if hole.late >= hole.missing {
            // A state may begin with 1: its 0 was not missed.
            return Some(0);
        }
        hole.late += 1;
        let Hole { first, end, missing, late, .. } = *hole;
        if late == missing {
            self.say(said, "what was missing came late", [first, end]);
        }
        Some(1)
    }

    /// Whether this message goes on from the last one of the sequence that is not the known one.
    fn follows_other(&self, st_num: u32, sq_num: u32) -> bool {
        self.other.is_some_and(|other| {
            st_num == other.st_num && sq_num > other.sq_num || st_num == after(other.st_num)
        })
    }

    /// Breaks of the sequence are said one by one, up to a number.
    fn say(&mut self, said: &mut Said, reason: &'static str, [expected, found]: [u32; 2]) {
        self.breaks = self.breaks.saturating_add(1);
        if self.breaks <= BREAKS {
            let anomaly = Anomaly::new(AnomalyKind::SEQUENCE, reason);
            said.push(anomaly.numbers(expected.into(), found.into()));
        }
    }

    fn is_copy(&mut self, key: u64, ts: i64) -> bool {
        let same =
            |(known, then): &(u64, i64)| *known == key && ts.saturating_sub(*then).saturating_abs() <= COPY;
        if self.known && self.recent.iter().any(same) {
            return true;
        }
        if let Some(place) = self.recent.get_mut(usize::from(self.next) % RECENT) {
            *place = (key, ts);
        }
        self.next = self.next.wrapping_add(1);
        false
    }

    /// Whether the message comes later than the one before it allowed.
    fn late(&self, ts: i64, before: &Before) -> bool {
        self.live.is_some_and(|live| ts.saturating_sub(before.last) > too_late(live))
    }

    fn take(&mut self, news: &News<'_>, st_num: u32, sq_num: u32, t: i64) {
        if st_num != self.st_num {
            self.told_of_state = 0;
        }
        (self.st_num, self.sq_num, self.t) = (st_num, sq_num, t);
        (self.digest, self.heard) = (news.digest, news.ts);
        self.is_synchronised = is_synchronised(news.row);
        self.whole = is_whole(news.row);
        self.conf_rev = news.row.conf_rev;
        self.members = news.row.num_dat_set_entries;
        self.dat_set = news.row.dat_set.map_or(0, |name| digest_bytes(name.0));
        match &mut self.other {
            Some(other) if (other.st_num, other.sq_num) != (st_num, sq_num) => other.alone = 0,
            other => *other = None,
        }
    }

    fn is_as_configured(&self, row: &Goose<'_>) -> bool {
        let dat_set = row.dat_set.map_or(0, |name| digest_bytes(name.0));
        (self.conf_rev, self.members, self.dat_set) == (row.conf_rev, row.num_dat_set_entries, dat_set)
    }

    fn configuration(&mut self, row: &Goose<'_>, said: &mut Said) {
        if self.is_as_configured(row) {
            return;
        }
        self.breaks = self.breaks.saturating_add(1);
        if self.breaks > BREAKS {
            return;
        }
        let anomaly = Anomaly::new(AnomalyKind::UNEXPECTED, "the configuration of the publisher has changed");
        let rev = |rev: Option<u32>| rev.unwrap_or_default().into();
        said.push(anomaly.numbers(rev(self.conf_rev), rev(row.conf_rev)));
    }
}

/// What a message is to the known sequence.
enum Break {
    /// It goes on, after so many that are missing.
    No { lost: u32 },
    /// The publisher counts anew.
    Restart,
    /// It does not go on.
    Yes { reason: &'static str, expected: u32, found: u32, backwards: bool },
}

impl Break {
    fn of(memory: &Memory, st_num: u32, sq_num: u32, t: i64, is_synchronised: bool) -> Self {
        let expected = after(memory.sq_num);
        // A clock that was never set cannot tell; one that is set may be set back.
        let is_set = is_synchronised && !memory.is_synchronised;
        let (later, earlier_or_same) = (t == 0 || t > memory.t, t != 0 && t <= memory.t && !is_set);
        // A publisher without a battery begins with any time.
        let is_begun = sq_num <= 1 && t != memory.t && !is_synchronised;
        if st_num == memory.st_num {
            let is_wrap = sq_num > 0 && distance(memory.sq_num, sq_num) <= WRAP;
            if sq_num > memory.sq_num || sq_num < memory.sq_num && is_wrap {
                return Self::No { lost: distance(expected, sq_num) };
            }
            // A publisher that begins anew has no time before its clock is set.
            if st_num == 1 && (if t == 0 { sq_num <= 1 } else { t > memory.t } || is_begun) {
                return Self::Restart;
            }
            let (reason, found) = ("a message comes again: a replay", sq_num);
            return Self::Yes { reason, expected, found, backwards: true };
        }
        let next = after(memory.st_num);
        if st_num == next && !earlier_or_same {
            // The first message of a change has sqNum 0; some begin with 1.
            return Self::No { lost: if sq_num > 1 { sq_num } else { 0 } };
        }
        if st_num == 1 && (later || is_begun) {
            return Self::Restart;
        }
        let (reason, backwards) = if st_num == next {
            ("stNum rises, but the time of the event does not", false)
        } else if st_num > memory.st_num {
            ("stNum jumps", false)
        } else if later {
            ("stNum runs backwards", true)
        } else {
            ("an old state comes again: a replay", true)
        };
        Self::Yes { reason, expected: next, found: st_num, backwards }
    }
}

impl Publisher for Memory {
    fn interval(&mut self, say: &mut Saying<'_>) {
        let breaks = core::mem::take(&mut self.breaks);
        if let Some(further @ 1..) = breaks.checked_sub(BREAKS) {
            let anomaly = Anomaly::new(AnomalyKind::LIMIT, "further breaks and changes of the publisher");
            say.anomaly(anomaly.count(further));
        }
    }

    /// A hole of the capture is no silence of the publisher: behind one, it is given its time again.
    fn overdue(&mut self, say: &mut Saying<'_>) -> Option<i64> {
        let (live, now) = (self.live?, say.ts());
        let part = (live / PARTS).max(1);
        if now.saturating_sub(self.alive) > live.saturating_sub(part).max(DELAY) {
            self.silent_since = now;
        }
        self.alive = now;
        let left = too_late(live).saturating_sub(now.saturating_sub(self.silent_since));
        if left > 0 {
            return Some(left.min(part));
        }
        self.lost = true;
        let anomaly = Anomaly::new(AnomalyKind::SEQUENCE, "no message within timeAllowedtoLive");
        say.anomaly(anomaly.place("stream").found((live / MILLISECOND).unsigned_abs()));
        None
    }
}
