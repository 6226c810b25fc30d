//! Cyclic traffic: who publishes, how its counters run, and the sum of what only repeats.
//!
//! A dissector names the publisher of a message with [`Publication`] and says with [`Sequel`], by the rules of its own
//! counters, what the message is to those before it. What is kept, for how long, what makes room, and when a sum is written
//! is decided here, for all protocols alike.
use super::Anomaly;
use crate::{
    Limits, Mark,
    record::{Address, Duration, Envelope, Instant, Record, Row, Sink, Symbol, Text, Verdict},
};
use core::{
    any::Any,
    cmp::Reverse,
    hash::{BuildHasher, Hash},
};
use foldhash::quality::RandomState;
use hashbrown::HashTable;
use std::collections::{BinaryHeap, VecDeque};

/// Longest name of a publisher that is kept.
const NAME_OCTETS: usize = 128;

crate::record! {
    /// What one publisher of cyclic messages sent in one interval: counts and counters of messages of which only those that
    /// change something have rows of their own. Written at the end of each interval in which there were any.
    pub struct Streams<'a> in "streams" {
        /// Name of the publisher: the reference of a control block, the identifier of a stream; up to 128 octets.
        publisher: Text<'a>,
        /// Number of the publisher, where it has one.
        station: Option<u32>,
        /// Why the row is written: interval (it is over), evicted (it had to make room), end (of the capture).
        end: Symbol,
        /// First message of the interval.
        first: Instant,
        /// Last message of the interval.
        last: Instant,
        /// Messages, without copies.
        messages: u64,
        /// Sets of values in them, where a message may hold several: ASDUs.
        sets: u64,
        /// Octets of the messages.
        octets: u64 ["octets"],
        /// Messages that changed something.
        changes: u64,
        /// Messages that came again by another way.
        copies: u64,
        /// First counter.
        first_counter: Option<u64>,
        /// Last counter.
        last_counter: Option<u64>,
        /// Holes in the counter.
        holes: u64,
        /// Messages, or sets of values, that the counter says are missing, without those that came a moment later.
        lost: u64,
        /// Counters that ran backwards without a reason.
        backwards: u64,
        /// Longest silence between two messages, that before the first one included.
        longest_silence: Option<Duration>,
    }
}

/// What names a publisher. The sender, by its address, is a part of its identity.
#[derive(Clone, Copy, Debug)]
pub struct Publication<'a> {
    /// Its name, as the protocol has it. The first 128 octets are kept; all tell publishers apart.
    pub name: Text<'a>,
    /// Its number, where it has one: shown, and part of its identity.
    pub station: Option<u32>,
    /// What else tells publishers of one name and sender apart.
    pub also: u64,
    /// Octets of this message.
    pub octets: u32,
}

/// What a message is to those before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SequelKind {
    /// It changes something: its rows are said.
    #[default]
    Change,
    /// It repeats, or goes on as expected: it is summed.
    Repetition,
    /// The message before it, by another way: it is only counted.
    Copy,
}

/// What a message is to its stream, by the rules of its protocol.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sequel {
    /// What it is to those before it.
    pub kind: SequelKind,
    /// Its counter, the first where it has several.
    pub first_counter: Option<u64>,
    /// Its last counter, where it has several.
    pub last_counter: Option<u64>,
    /// Sets of values in it.
    pub sets: u32,
    /// What the counter says is missing before it.
    pub lost: u64,
    /// What was missing before others and comes with it after all.
    pub found: u64,
    /// How many more holes there are with what was found: one that it closes is one less.
    pub holes: i64,
    /// Whether the counter ran backwards without a reason.
    pub backwards: bool,
    /// How long the next message may take, nanoseconds of capture time; if it takes longer, [`Publisher::overdue`] is called.
    pub patience: Option<i64>,
}

/// What is known of a publisher before a message of it is judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Before {
    /// Messages heard of it before, copies included; 0 for the first.
    pub messages: u64,
    /// Time of the last one, nanoseconds since 1970-01-01 UTC.
    pub last: i64,
}

/// What is to be done with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Whether its rows are to be said: it changes something, every message is wanted, or its publisher finds no room.
    pub say: bool,
    /// Whether it is the first of its publisher.
    pub first: bool,
}

/// What a protocol remembers of one publisher.
pub trait Publisher: Any + Send {
    /// The end of an interval: says what the protocol itself has summed, if anything, and begins anew.
    fn interval(&mut self, say: &mut Saying<'_>) {
        let _ = say;
    }
    /// No message came in the time that [`Sequel::patience`] allowed. Returns how long to wait further before it is called
    /// again, if at all.
    fn overdue(&mut self, say: &mut Saying<'_>) -> Option<i64> {
        let _ = say;
        None
    }
}

/// Where a publisher says what time decides. The envelope is that of its first message in the interval.
pub struct Saying<'a> {
    pub(crate) sink: &'a mut (dyn Sink + 'a),
    pub(crate) envelope: &'a Envelope,
    pub(crate) verdict: &'a mut Verdict,
    pub(crate) every_message: bool,
}

impl core::fmt::Debug for Saying<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Saying").field("envelope", &self.envelope).finish_non_exhaustive()
    }
}

impl Saying<'_> {
    /// The time that has passed: that of the frame at which it is said, nanoseconds since 1970-01-01 UTC.
    pub fn ts(&self) -> i64 {
        self.envelope.ts.0
    }
    /// Whether anybody wants rows of this type.
    pub fn wants<R: Record>(&self) -> bool {
        self.sink.wants(R::schema())
    }
    /// Whether every message is said, so that no sum is needed to know the values.
    pub fn every_message(&self) -> bool {
        self.every_message
    }
    /// Hands out one row.
    pub fn row(&mut self, row: &dyn Row) {
        if self.sink.wants(row.table()) {
            let verdict = self.sink.row(self.envelope, row);
            *self.verdict = (*self.verdict).max(verdict);
        }
    }
    /// Says that something is wrong.
    #[cold]
    pub fn anomaly(&mut self, anomaly: Anomaly) {
        self.row(&anomaly.row);
    }
    /// Says the value of a point of the publisher.
    pub fn point(&mut self, point: &crate::output::Point<'_>) {
        let device = sender(self.envelope);
        self.row(&point.row(device));
    }
}

/// Who sent this: an IP address, or a MAC address where there is no IP.
pub(crate) fn sender(envelope: &Envelope) -> Option<Address> {
    envelope.sender.map(Address::Ip).or(envelope.sender_mac.map(Address::Mac))
}

#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    first: i64,
    last: i64,
    messages: u64,
    sets: u64,
    octets: u64,
    changes: u64,
    copies: u64,
    first_counter: Option<u64>,
    last_counter: Option<u64>,
    holes: u64,
    lost: u64,
    backwards: u64,
    longest_silence: Option<i64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Identity {
    /// Names of protocols are compared by place.
    protocol: usize,
    sender: Option<Address>,
    station: Option<u32>,
    also: u64,
    /// All octets of the name.
    name: u64,
}

struct Entry {
    identity: Identity,
    name: Box<[u8]>,
    memory: Box<dyn Publisher>,
    /// Of its first message in the interval.
    envelope: Envelope,
    sum: Sum,
    before: Before,
    /// When it was last heard, by the clock that never runs backwards.
    heard: i64,
    deadline: Option<i64>,
    /// When it is looked at; tells the one entry of `checks` that counts.
    check: i64,
    /// Of the place: tells a publisher from one that was there before.
    generation: u32,
}

/// The publishers of one shard.
pub(crate) struct Publishers {
    hasher: RandomState,
    places: HashTable<u32>,
    entries: Vec<Option<Entry>>,
    free: Vec<u32>,
    /// Heard once only, the oldest first; some may have been heard again since.
    newcomers: VecDeque<(u32, u32)>,
    checks: BinaryHeap<Reverse<(i64, u32, u32)>>,
    generation: u32,
    most: usize,
    interval: i64,
    idle: i64,
    every_message: bool,
    said_full: bool,
    /// Publishers that had to make room.
    pub(crate) evicted: u64,
    /// Messages of publishers that found no room.
    pub(crate) untracked: u64,
}

impl core::fmt::Debug for Publishers {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Publishers").field("publishers", &self.places.len()).finish_non_exhaustive()
    }
}

/// What became of a message, and what is to be said because of it.
pub(crate) struct Taken {
    pub(crate) heard: Heard,
    /// Whether it is to be said that there is no room, for the first time.
    pub(crate) full: bool,
}

impl Publishers {
    /// For one shard of `shards`.
    pub(crate) fn new(limits: &Limits, shards: usize, every_message: bool) -> Self {
        Self {
            hasher: RandomState::default(),
            places: HashTable::new(),
            entries: Vec::new(),
            free: Vec::new(),
            newcomers: VecDeque::new(),
            checks: BinaryHeap::new(),
            generation: 0,
            most: (limits.publishers / shards.max(1)).max(1),
            interval: limits.stream_interval.max(1),
            idle: limits.publisher_idle,
            every_message,
            said_full: false,
            evicted: 0,
            untracked: 0,
        }
    }

    /// When a publisher is to be looked at.
    pub(crate) fn earliest(&self) -> i64 {
        self.checks.peek().map_or(i64::MAX, |Reverse((time, _, _))| *time)
    }

    /// The end of the interval that holds this time: intervals are the same for all publishers.
    fn end_of_interval(&self, now: i64) -> i64 {
        now.saturating_sub(now.rem_euclid(self.interval)).saturating_add(self.interval)
    }

    /// Takes a message. `rules` judges it.
    #[allow(clippy::too_many_arguments)]
    pub(crate) fn hear<P: Publisher + Default>(
        &mut self,
        protocol: &'static str,
        about: &Publication<'_>,
        envelope: &Envelope,
        ts: i64,
        now: i64,
        rules: impl FnOnce(&mut P, &Before) -> Sequel,
        sink: &mut (dyn Sink + '_),
        verdict: &mut Verdict,
    ) -> Taken {
        let identity = Identity {
            protocol: protocol.as_ptr() as usize,
            sender: sender(envelope),
            station: about.station,
            also: about.also,
            name: self.hasher.hash_one(about.name.0),
        };
        let hash = self.hasher.hash_one(identity);
        let entries = &self.entries;
        let known = self.places.find(hash, |place| {
            entries.get(*place as usize).and_then(Option::as_ref).is_some_and(|e| e.identity == identity)
        });
        let place = match known.copied() {
            Some(place) => place,
            None => {
                if !self.make_room(envelope, sink, verdict) {
                    self.untracked += 1;
                    rules(&mut P::default(), &Before::default());
                    let full = !core::mem::replace(&mut self.said_full, true);
                    return Taken { heard: Heard { say: true, first: true }, full };
                }
                self.insert(hash, identity, about, Box::<P>::default(), envelope, ts, now)
            }
        };
        let say_all = self.every_message;
        let untracked = Taken { heard: Heard { say: true, first: true }, full: false };
        let Some(Some(entry)) = self.entries.get_mut(place as usize) else { return untracked };
        let memory: &mut dyn Any = entry.memory.as_mut();
        // The identity holds the protocol, which has one type.
        let Some(memory) = memory.downcast_mut::<P>() else { return untracked };
        let before = entry.before;
        let sequel = rules(memory, &before);
        let first = before.messages == 0;
        entry.before = Before { messages: before.messages + 1, last: ts };
        entry.heard = now;
        if entry.sum.messages + entry.sum.copies == 0 {
            entry.envelope = Envelope { message: None, direction: None, ..*envelope };
            entry.sum.first = ts;
        }
        entry.sum.take(&sequel, &before, about.octets, ts);
        entry.deadline = sequel.patience.and_then(|patience| now.checked_add(patience.max(0)));
        if let Some(deadline) = entry.deadline
            && deadline < entry.check
        {
            entry.check = deadline;
            self.checks.push(Reverse((deadline, place, entry.generation)));
            self.tidy();
        }
        let say = match sequel.kind {
            SequelKind::Copy => false,
            SequelKind::Change => true,
            SequelKind::Repetition => say_all || first,
        };
        Taken { heard: Heard { say, first }, full: false }
    }

    #[cold]
    #[allow(clippy::too_many_arguments)]
    fn insert(
        &mut self,
        hash: u64,
        identity: Identity,
        about: &Publication<'_>,
        memory: Box<dyn Publisher>,
        envelope: &Envelope,
        ts: i64,
        now: i64,
    ) -> u32 {
        self.generation = self.generation.wrapping_add(1);
        let check = self.end_of_interval(now);
        let name = about.name.0;
        let entry = Entry {
            identity,
            name: name.get(..NAME_OCTETS).unwrap_or(name).into(),
            memory,
            envelope: Envelope { message: None, direction: None, ..*envelope },
            sum: Sum::default(),
            before: Before { messages: 0, last: ts },
            heard: now,
            deadline: None,
            check,
            generation: self.generation,
        };
        let place = self.free.pop().unwrap_or_else(|| {
            self.entries.push(None);
            u32::try_from(self.entries.len() - 1).unwrap_or(u32::MAX)
        });
        if let Some(slot) = self.entries.get_mut(place as usize) {
            *slot = Some(entry);
        }
        self.newcomers.push_back((place, self.generation));
        self.checks.push(Reverse((check, place, self.generation)));
        self.tidy();
        let (entries, hasher) = (&self.entries, &self.hasher);
        self.places.insert_unique(hash, place, |place| {
            let entry = entries.get(*place as usize).and_then(Option::as_ref);
            entry.map_or(0, |entry| hasher.hash_one(entry.identity))
        });
        place
    }

    /// Of publishers that had to make room, or whose deadline came nearer, entries stay behind.
    fn tidy(&mut self) {
        let entries = &self.entries;
        let at = |place: u32, generation: u32| {
            let entry = entries.get(place as usize).and_then(Option::as_ref);
            entry.filter(|entry| entry.generation == generation)
        };
        if self.checks.len() > 64 + 2 * self.places.len() {
            self.checks.retain(|Reverse((time, place, generation))| {
                at(*place, *generation).is_some_and(|entry| entry.check == *time)
            });
        }
        if self.newcomers.len() > 64 + 2 * self.places.len() {
            self.newcomers
                .retain(|(place, generation)| at(*place, *generation).is_some_and(|e| e.before.messages < 2));
        }
    }

    /// Makes room for one more: who was heard once only goes first. False if all were heard again.
    fn make_room(&mut self, envelope: &Envelope, sink: &mut (dyn Sink + '_), verdict: &mut Verdict) -> bool {
        if self.places.len() < self.most {
            return true;
        }
        while let Some((place, generation)) = self.newcomers.pop_front() {
            let entry = self.entries.get(place as usize).and_then(Option::as_ref);
            if entry.is_some_and(|entry| entry.generation == generation && entry.before.messages < 2) {
                self.evicted += 1;
                let mark = Mark { file: envelope.file, frame: envelope.frame, ts: envelope.ts.0 };
                self.remove(place, Some("evicted"), mark, sink, verdict);
                return true;
            }
        }
        false
    }

    fn remove(
        &mut self,
        place: u32,
        end: Option<&'static str>,
        mark: Mark,
        sink: &mut (dyn Sink + '_),
        verdict: &mut Verdict,
    ) {
        let Some(mut entry) = self.entries.get_mut(place as usize).and_then(Option::take) else { return };
        let hash = self.hasher.hash_one(entry.identity);
        if let Ok(found) = self.places.find_entry(hash, |other| *other == place) {
            found.remove();
        }
        self.free.push(place);
        if let Some(end) = end {
            entry.say(end, mark, self.every_message, sink, verdict);
        }
    }

    /// Publishers that are to be looked at by now: conversation of the interval's first message, and place.
    pub(crate) fn due(&mut self, now: i64, mut due: impl FnMut(u64, u32)) {
        while let Some(Reverse((time, place, generation))) = self.checks.peek().copied() {
            if time > now {
                break;
            }
            self.checks.pop();
            let Some(Some(entry)) = self.entries.get_mut(place as usize) else { continue };
            if entry.generation == generation && entry.check == time {
                entry.check = i64::MAX;
                due(entry.envelope.conversation.unwrap_or_default(), place);
            }
        }
    }

    /// All publishers.
    pub(crate) fn all(&self, mut all: impl FnMut(u64, u32)) {
        for (place, entry) in self.entries.iter().enumerate() {
            if let (Some(entry), Ok(place)) = (entry, u32::try_from(place)) {
                all(entry.envelope.conversation.unwrap_or_default(), place);
            }
        }
    }

    /// Looks at a publisher whose time has come: an interval is over, a message overdue, or it is forgotten.
    pub(crate) fn look(
        &mut self,
        place: u32,
        mark: Mark,
        now: i64,
        sink: &mut (dyn Sink + '_),
        verdict: &mut Verdict,
    ) {
        let (every, idle) = (self.every_message, self.idle);
        let Some(Some(entry)) = self.entries.get_mut(place as usize) else { return };
        if entry.deadline.is_some_and(|deadline| deadline <= now) {
            let envelope = entry.envelope_at(mark);
            let mut say = Saying {
                sink: &mut *sink,
                envelope: &envelope,
                verdict: &mut *verdict,
                every_message: every,
            };
            let further = entry.memory.overdue(&mut say);
            entry.deadline = further.and_then(|further| now.checked_add(further.max(1)));
        }
        let interval_start = now.saturating_sub(now.rem_euclid(self.interval));
        // Times of frames may lie a little before the clock, so the sum's own clock decides.
        if entry.heard < interval_start {
            entry.say("interval", mark, every, sink, verdict);
        }
        if now.saturating_sub(entry.heard) >= idle && entry.deadline.is_none() {
            return self.remove(place, None, mark, sink, verdict);
        }
        let check = match entry.deadline {
            Some(deadline) => deadline.min(self.end_of_interval(now)),
            None => self.end_of_interval(now),
        };
        let Some(Some(entry)) = self.entries.get_mut(place as usize) else { return };
        entry.check = check;
        self.checks.push(Reverse((check, place, entry.generation)));
    }

    /// The end of the capture for this publisher.
    pub(crate) fn end(&mut self, place: u32, mark: Mark, sink: &mut (dyn Sink + '_), verdict: &mut Verdict) {
        self.remove(place, Some("end"), mark, sink, verdict);
    }
}

impl Sum {
    #[inline]
    fn take(&mut self, sequel: &Sequel, before: &Before, octets: u32, ts: i64) {
        if sequel.kind == SequelKind::Copy {
            self.copies += 1;
            return;
        }
        if before.messages > 0 {
            let silence = ts.saturating_sub(before.last).max(0);
            self.longest_silence = self.longest_silence.max(Some(silence));
        }
        self.messages += 1;
        self.sets += u64::from(sequel.sets);
        self.octets += u64::from(octets);
        self.changes += u64::from(sequel.kind == SequelKind::Change);
        self.first_counter = self.first_counter.or(sequel.first_counter);
        self.last_counter = sequel.last_counter.or(sequel.first_counter).or(self.last_counter);
        // What was missing in an interval that is over was said, and stays.
        self.holes = (self.holes + u64::from(sequel.lost > 0)).saturating_add_signed(sequel.holes);
        self.lost = self.lost.saturating_add(sequel.lost).saturating_sub(sequel.found);
        self.backwards += u64::from(sequel.backwards);
        self.last = ts;
    }
}

impl Entry {
    fn envelope_at(&self, mark: Mark) -> Envelope {
        Envelope { file: mark.file, frame: mark.frame, ts: Instant(mark.ts), ..self.envelope }
    }

    /// Writes the sum of the interval, if there is anything in it.
    fn say(
        &mut self,
        end: &'static str,
        mark: Mark,
        every_message: bool,
        sink: &mut (dyn Sink + '_),
        verdict: &mut Verdict,
    ) {
        let sum = core::mem::take(&mut self.sum);
        if sum.messages + sum.copies == 0 {
            return;
        }
        let envelope = self.envelope_at(mark);
        let row = Streams {
            publisher: Text(&self.name),
            station: self.identity.station,
            end: Symbol(end),
            first: Instant(sum.first),
            last: Instant(sum.last),
            messages: sum.messages,
            sets: sum.sets,
            octets: sum.octets,
            changes: sum.changes,
            copies: sum.copies,
            first_counter: sum.first_counter,
            last_counter: sum.last_counter,
            holes: sum.holes,
            lost: sum.lost,
            backwards: sum.backwards,
            longest_silence: sum.longest_silence.map(Duration),
        };
        let mut say = Saying { sink, envelope: &envelope, verdict, every_message };
        say.row(&row);
        self.memory.interval(&mut say);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Field;
    use core::net::{IpAddr, Ipv4Addr};
    use proptest::prelude::*;

    const SECOND: i64 = 1_000_000_000;

    /// A counter that is expected to grow by one.
    #[derive(Default)]
    struct Counter {
        last: Option<u64>,
        intervals: u32,
    }

    impl Publisher for Counter {
        fn interval(&mut self, _: &mut Saying<'_>) {
            self.intervals += 1;
        }
        fn overdue(&mut self, say: &mut Saying<'_>) -> Option<i64> {
            say.anomaly(Anomaly::new(super::super::AnomalyKind::SEQUENCE, "silent"));
            None
        }
    }

    #[derive(Default)]
    struct Rows(Vec<(&'static str, Vec<String>)>);

    impl Sink for Rows {
        fn row(&mut self, _: &Envelope, row: &dyn Row) -> Verdict {
            let columns = row.table().columns.iter().enumerate();
            let fields = columns.map(|(index, column)| {
                let value = match row.field(index) {
                    Field::Unsigned(value) => value.to_string(),
                    Field::Text(text) => text.to_string(),
                    Field::Symbol(word) => word.to_string(),
                    other => format!("{other:?}"),
                };
                format!("{}={value}", column.name)
            });
            self.0.push((row.table().name, fields.collect()));
            Verdict::GoOn
        }
    }

    impl Rows {
        fn streams(&self, field: &str) -> Vec<String> {
            let rows = self.0.iter().filter(|(table, _)| *table == "streams");
            let start = format!("{field}=");
            rows.flat_map(|(_, fields)| fields.iter().filter_map(|f| f.strip_prefix(&start)))
                .map(str::to_owned)
                .collect()
        }
    }

    struct World {
        publishers: Publishers,
        rows: Rows,
        frame: u64,
    }

    impl World {
        fn new(publishers: usize) -> Self {
            let limits = Limits { publishers, ..Limits::default() };
            Self { publishers: Publishers::new(&limits, 1, false), rows: Rows::default(), frame: 0 }
        }
        fn time(&mut self, now: i64) {
            let (mut due, mut verdict) = (vec![], Verdict::GoOn);
            self.publishers.due(now, |conversation, place| due.push((conversation, place)));
            due.sort_unstable();
            let mark = Mark { file: 0, frame: self.frame, ts: now };
            for (_, place) in due {
                self.publishers.look(place, mark, now, &mut self.rows, &mut verdict);
            }
        }
        fn hear(&mut self, name: &[u8], counter: u64, ts: i64, patience: Option<i64>) -> Heard {
            self.time(ts);
            self.frame += 1;
            let envelope = Envelope {
                frame: self.frame,
                ts: Instant(ts),
                conversation: Some(self.frame),
                sender: Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
                ..Envelope::default()
            };
            let about = Publication { name: Text(name), station: Some(7), also: 0, octets: 100 };
            let rules = |memory: &mut Counter, _: &Before| {
                let last = memory.last.replace(counter);
                let kind = if last == Some(counter) { SequelKind::Copy } else { SequelKind::Repetition };
                let lost = last.map_or(0, |last| counter.saturating_sub(last + 1));
                Sequel { kind, first_counter: Some(counter), sets: 1, lost, patience, ..Sequel::default() }
            };
            let mut verdict = Verdict::GoOn;
            self.publishers.hear("test", &about, &envelope, ts, ts, rules, &mut self.rows, &mut verdict).heard
        }
        fn end(&mut self) {
            let mut places = vec![];
            self.publishers.all(|_, place| places.push(place));
            let mut verdict = Verdict::GoOn;
            for place in places {
                self.publishers.end(place, Mark::default(), &mut self.rows, &mut verdict);
            }
        }
    }

    #[test]
    fn the_first_message_is_said_and_the_rest_is_summed_by_interval() {
        let mut world = World::new(16);
        for second in 0..130 {
            let heard = world.hear(b"a", second as u64, second * SECOND, None);
            assert_eq!(heard, Heard { say: second == 0, first: second == 0 });
        }
        world.end();
        assert_eq!(world.rows.streams("messages"), ["60", "60", "10"]);
        assert_eq!(world.rows.streams("first_counter"), ["0", "60", "120"]);
        assert_eq!(world.rows.streams("last_counter"), ["59", "119", "129"]);
        assert_eq!(world.rows.streams("end"), ["interval", "interval", "end"]);
        assert_eq!(world.rows.streams("octets"), ["6000", "6000", "1000"]);
    }

    #[test]
    fn holes_and_copies_are_counted_and_a_copy_is_never_said() {
        let mut world = World::new(16);
        for counter in [1, 2, 2, 5, 6] {
            world.hear(b"a", counter, counter as i64, None);
        }
        world.end();
        assert_eq!(world.rows.streams("messages"), ["4"]);
        assert_eq!(world.rows.streams("copies"), ["1"]);
        assert_eq!(world.rows.streams("holes"), ["1"]);
        assert_eq!(world.rows.streams("lost"), ["2"]);
    }

    #[test]
    fn a_silent_interval_has_no_row_and_a_silent_publisher_is_forgotten() {
        let mut world = World::new(16);
        world.hear(b"a", 1, 0, None);
        world.time(61 * SECOND);
        world.time(200 * SECOND);
        assert_eq!(world.rows.streams("messages"), ["1"]);
        world.time(4000 * SECOND);
        assert_eq!(world.publishers.places.len(), 0);
        assert!(world.publishers.checks.is_empty());
        assert!(world.hear(b"a", 2, 4000 * SECOND, None).first);
    }

    /// At the last time that there is, nothing is overdue that has just been heard.
    #[test]
    fn time_that_cannot_go_on_makes_nobody_late() {
        let mut world = World::new(16);
        for counter in 1..5 {
            let heard = world.hear(b"a", counter, i64::MAX, Some(2 * SECOND));
            assert_eq!(heard.first, counter == 1);
            world.time(i64::MAX);
        }
        world.end();
        assert_eq!(world.rows.streams("messages"), ["4"]);
        assert_eq!(world.rows.0.len(), 1);
    }

    #[test]
    fn what_does_not_come_in_time_is_said_once() {
        let mut world = World::new(16);
        world.hear(b"a", 1, 0, Some(2 * SECOND));
        world.hear(b"a", 2, SECOND, Some(2 * SECOND));
        world.time(5 * SECOND / 2);
        assert!(world.rows.0.is_empty());
        for second in 3..50 {
            world.time(second * SECOND);
        }
        assert_eq!(world.rows.0.iter().filter(|(table, _)| *table == "anomalies").count(), 1);
    }

    /// HARD_CASES, protocol level: "a million gocbRefs or svIDs ... -> each has its own limit, the real publishers seen before
    /// stay, evictions counted".
    #[test]
    fn a_flood_of_new_names_does_not_drive_out_those_heard_before() {
        let mut world = World::new(8);
        for counter in 0..3 {
            world.hear(b"real", counter, counter as i64, None);
        }
        for name in 0..100_000u32 {
            assert!(world.hear(&name.to_be_bytes(), 0, 10, None).first);
        }
        assert!(!world.hear(b"real", 3, 20, None).say);
        assert_eq!(world.publishers.evicted, 100_000 - 7);
        assert_eq!(world.publishers.places.len(), 8);
        assert!(world.publishers.entries.len() <= 8);
        assert!(world.publishers.newcomers.len() <= 200 && world.publishers.checks.len() <= 200);
        world.end();
        let ends = world.rows.streams("end");
        assert_eq!(ends.iter().filter(|end| *end == "evicted").count(), 100_000 - 7);
        assert_eq!(ends.len(), 100_000 + 1);
    }

    /// As above, with each name sent twice: none makes room, and what finds none is said each time and counted.
    #[test]
    fn where_all_were_heard_again_a_new_one_finds_no_room() {
        let mut world = World::new(4);
        for counter in 0..2 {
            for name in 0..4u8 {
                world.hear(&[name], counter, 0, None);
            }
        }
        for counter in 0..3 {
            assert_eq!(world.hear(b"new", counter, 0, None), Heard { say: true, first: true });
        }
        assert_eq!((world.publishers.untracked, world.publishers.evicted), (3, 0));
    }

    proptest! {
        /// The sums of all rows are those of all messages, whatever came when.
        #[test]
        fn nothing_is_lost_in_sums(messages in prop::collection::vec((0u8..12, 0i64..50), 0..200)) {
            let mut world = World::new(5);
            let (mut ts, mut heard) = (0, 0);
            for (counter, (name, ahead)) in messages.iter().enumerate() {
                ts += ahead * SECOND;
                world.hear(&[*name], counter as u64, ts, Some(20 * SECOND));
                heard += 1;
            }
            world.end();
            let sum: u64 = world.rows.streams("messages").iter().map(|n| n.parse::<u64>().unwrap()).sum();
            prop_assert_eq!(sum + world.publishers.untracked, heard);
        }
    }
}
