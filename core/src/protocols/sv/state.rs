//! What is remembered of one stream, and what its samples are to those before them.
//!
//! smpCnt counts the samples of a second and begins again at 0; at how many is seldom told, so it is learnt from the stream.
use super::{
    parse::{Asdu, SAMPLES, channel, is_le, number_of},
    records::{SvChannels, SvSampleSums},
};
use crate::{
    common::{Anomaly, AnomalyKind, Before, Publisher, Saying, Sequel, SequelKind},
    description::{SampleType, Samples},
    record::{Symbol, Text, digest_bytes, fold},
};
use std::sync::Arc;

/// The channels of 9-2 LE, by the names of their columns.
pub(super) const CHANNELS: [&str; 8] =
    ["current_a", "current_b", "current_c", "current_n", "voltage_a", "voltage_b", "voltage_c", "voltage_n"];
/// The same message again within this time is a copy: nanoseconds.
const COPY: i64 = 20_000_000;
/// Messages of one place of [`Recent`].
const WAYS: usize = 2;
/// Most places of [`Recent`]: room for all messages of [`COPY`] where 15,360 come in a second, also where the count begins
/// again.
const PLACES: usize = 256;
/// Breaks and changes that are said one by one in an interval.
const BREAKS: u32 = 16;
/// Fewer samples in a second than any stream has: a count that begins again below is no second.
const FEWEST: u32 = 40;
/// smpMod: smpRate counts samples per second.
const PER_SECOND: u16 = 1;
const SECOND: i64 = 1_000_000_000;
const BACKWARDS: &str = "smpCnt runs backwards";

/// Up to four things to say of one message.
#[derive(Default)]
pub(super) struct Said([Option<Anomaly>; 4]);

impl Said {
    fn push(&mut self, anomaly: Anomaly) {
        if let Some(place) = self.0.iter_mut().find(|place| place.is_none()) {
            *place = Some(anomaly);
        }
    }
    pub(super) fn iter(&self) -> impl Iterator<Item = Anomaly> {
        self.0.into_iter().flatten()
    }
}

#[derive(Clone, Copy, Debug)]
struct Extreme {
    minimum: i32,
    maximum: i32,
    quality: u32,
}

const NOTHING: Extreme = Extreme { minimum: i32::MAX, maximum: i32::MIN, quality: 0 };

/// What a number of described samples was in this interval.
#[derive(Clone, Copy, Debug)]
struct Range {
    minimum: f64,
    maximum: f64,
    quality: u32,
}

const NO_RANGE: Range = Range { minimum: f64::INFINITY, maximum: f64::NEG_INFINITY, quality: 0 };

/// The sum of samples whose data set is described.
#[derive(Debug)]
struct Described {
    samples: Arc<Samples>,
    octets: usize,
    count: u64,
    /// One for each value; those that are no numbers stay without a range.
    ranges: Vec<Range>,
    /// The quality of each value in the last sample.
    qualities: Vec<Option<u32>>,
}

impl Described {
    fn new(samples: &Arc<Samples>) -> Self {
        Self {
            octets: samples.iter().map(|(_, kind)| kind.octets()).sum(),
            count: 0,
            ranges: vec![NO_RANGE; samples.len()],
            qualities: vec![None; samples.len()],
            samples: Arc::clone(samples),
        }
    }

    /// Adds a sample. Returns whether a quality in it is not what it was.
    fn add(&mut self, sample: &[u8]) -> bool {
        if sample.len() != self.octets {
            return false;
        }
        self.count += 1;
        let (mut rest, mut changed, mut last) = (sample, false, None);
        for (place, (_, kind)) in self.samples.iter().enumerate() {
            let Some((value, behind)) = rest.split_at_checked(kind.octets()) else { break };
            rest = behind;
            match (kind, number_of(*kind, value)) {
                (_, Some(number)) => {
                    if let Some(range) = self.ranges.get_mut(place) {
                        range.minimum = range.minimum.min(number);
                        range.maximum = range.maximum.max(number);
                    }
                    last = Some(place);
                }
                (SampleType::Quality, None) => {
                    let quality = value.iter().fold(0u32, |bits, octet| bits << 8 | u32::from(*octet));
                    if let Some(range) = last.take().and_then(|place: usize| self.ranges.get_mut(place)) {
                        range.quality |= quality;
                    }
                    let known = self.qualities.get_mut(place).and_then(|known| known.replace(quality));
                    changed |= known.is_some_and(|known| known != quality);
                }
                _ => last = None,
            }
        }
        changed
    }

    /// Says what was summed, and begins anew.
    fn interval(&mut self, say: &mut Saying<'_>) {
        let samples = core::mem::take(&mut self.count);
        for ((name, _), range) in self.samples.iter().zip(&mut self.ranges) {
            let Range { minimum, maximum, quality } = core::mem::replace(range, NO_RANGE);
            if samples > 0 && minimum <= maximum && !say.every_message() {
                let name = Text(name.as_bytes());
                say.row(&SvSampleSums { name, samples, minimum, maximum, quality });
            }
        }
    }
}

/// Messages of the last moments: digests, of which the last 16 bits are the first count of the message, and times. The count
/// tells the place, of which there are as many as the stream needs.
#[derive(Debug, Default)]
struct Recent(Vec<[(u64, i64); WAYS]>);

impl Recent {
    /// Whether this message came before, by another way; if not, it is remembered.
    fn is_copy(&mut self, count: u16, digest: u64, ts: i64) -> bool {
        let digest = digest & !0xffff | u64::from(count);
        let is_recent = |then: i64| ts.saturating_sub(then).saturating_abs() <= COPY;
        loop {
            let places = self.0.len();
            let Some(ways) = self.place(digest) else {
                self.grow();
                continue;
            };
            if ways.iter().any(|(known, then)| *known == digest && is_recent(*then)) {
                return true;
            }
            let Some(oldest) = ways.iter_mut().min_by_key(|(_, then)| *then) else { return false };
            if places >= PLACES || !is_recent(oldest.1) {
                *oldest = (digest, ts);
                return false;
            }
            self.grow();
        }
    }

    fn place(&mut self, digest: u64) -> Option<&mut [(u64, i64); WAYS]> {
        // The number of places is a power of two.
        let mask = self.0.len().saturating_sub(1);
        self.0.get_mut(digest as usize & mask)
    }

    #[cold]
    fn grow(&mut self) {
        let places = (2 * self.0.len()).clamp(1, PLACES);
        let before = core::mem::replace(&mut self.0, vec![[(0, i64::MIN); WAYS]; places]);
        for known in before.into_iter().flatten() {
            let ways = self.place(known.0).into_iter().flatten();
            if let Some(oldest) = ways.min_by_key(|(_, then)| *then).filter(|(_, then)| *then < known.1) {
                *oldest = known;
            }
        }
    }
}

/// Samples that were missing when a later one came.
#[derive(Clone, Copy, Debug)]
struct Hole {
    /// The first of them.
    first: u16,
    /// The one that came.
    end: u16,
    /// When it came.
    at: i64,
    missing: u64,
    /// How many of them came since.
    late: u64,
}

impl Hole {
    /// Whether a sample is one of these, and comes soon enough behind the one that was too early.
    fn has(&self, count: u16, rate: Option<u32>, ts: i64) -> bool {
        let is_inside = match rate {
            Some(rate) => samples_ahead(self.first, count, rate) < samples_ahead(self.first, self.end, rate),
            None => (self.first..self.end).contains(&count),
        };
        is_inside && ts.saturating_sub(self.at).saturating_abs() <= COPY
    }
}

/// What is remembered of one stream.
#[derive(Debug)]
pub(super) struct Memory {
    last: Option<u16>,
    /// Samples in a second, once it is known.
    rate: Option<u32>,
    /// The last count of a second that was shorter than the known ones, although none of its samples had the time to be missing.
    shorter: Option<u16>,
    /// What goes on from before a jump, as long as nothing goes on from behind it: if it comes, the jump was somebody else's.
    expected: Option<u16>,
    /// That jump went back.
    is_back: bool,
    /// What the last jump left out.
    hole: Option<Hole>,
    /// A count that ran backwards, of which it is not known yet whether it goes on.
    other: Option<u16>,
    synch: Option<u8>,
    /// smpSynch has changed with the message before.
    is_fresh: bool,
    configuration: u64,
    qualities: [u32; 8],
    /// When `last` came.
    heard: i64,
    recent: Recent,
    said_simulated: bool,
    breaks: u32,
    samples: u64,
    extremes: [Extreme; 8],
    described: Option<Described>,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            last: None,
            rate: None,
            shorter: None,
            expected: None,
            is_back: false,
            hole: None,
            other: None,
            synch: None,
            is_fresh: false,
            configuration: 0,
            qualities: [0; 8],
            heard: 0,
            recent: Recent::default(),
            said_simulated: false,
            breaks: 0,
            samples: 0,
            extremes: [NOTHING; 8],
            described: None,
        }
    }
}

/// A message that comes, and what it turns out to be.
pub(super) struct News<'a> {
    memory: &'a mut Memory,
    is_first: bool,
    simulated: bool,
    ts: i64,
    step: Sequel,
    is_copy: bool,
    changed: bool,
    synch_changed: bool,
    /// The count may begin anew here, in the midst of a second.
    is_anew: bool,
}

impl<'a> News<'a> {
    /// `key` is the first count, and the digest of all its octets; none of a message that does not count.
    pub(super) fn new(
        memory: &'a mut Memory,
        before: &Before,
        simulated: bool,
        ts: i64,
        key: Option<(u16, u64)>,
    ) -> Self {
        Self {
            is_copy: key.is_some_and(|(count, digest)| memory.recent.is_copy(count, digest, ts)),
            memory,
            is_first: before.messages == 0,
            simulated,
            ts,
            step: Sequel::default(),
            changed: false,
            synch_changed: false,
            is_anew: false,
        }
    }

    /// What the message is, which had so many ASDUs.
    pub(super) fn step(mut self, asdus: u32, some_are_cut: bool) -> Sequel {
        if self.is_copy {
            return Sequel { kind: SequelKind::Copy, ..Sequel::default() };
        }
        // Where the capture cut some off, nobody knows where the next one goes on.
        self.memory.is_fresh = self.synch_changed || some_are_cut;
        self.step.sets = asdus;
        self.step.kind =
            if self.changed || self.is_first { SequelKind::Change } else { SequelKind::Repetition };
        self.step
    }

    /// Judges one ASDU. `samples` is what a description says of its data set.
    pub(super) fn hear(&mut self, asdu: &Asdu<'_>, samples: Option<&Arc<Samples>>, said: &mut Said) {
        if self.is_copy {
            return;
        }
        let sample = asdu.sample.unwrap_or_default();
        let Some(count) = asdu.smp_cnt else {
            self.changed = true;
            return;
        };
        if self.simulated && !core::mem::replace(&mut self.memory.said_simulated, true) {
            said.push(Anomaly::new(AnomalyKind::VALUE, "message is simulated, or a test"));
        }
        self.settings(asdu, said);
        let is_late = self.count(count, asdu, said);
        match samples.filter(|samples| !is_le(samples)) {
            Some(samples) => self.sum_described(samples, sample),
            None if sample.len() == SAMPLES => self.sum(sample),
            None => {}
        }
        if is_late {
            return;
        }
        let counter = Some(u64::from(count));
        self.step.first_counter = self.step.first_counter.or(counter);
        self.step.last_counter = counter;
    }

    fn settings(&mut self, asdu: &Asdu<'_>, said: &mut Said) {
        let memory = &mut *self.memory;
        let names = asdu.dat_set.map_or(0, |name| digest_bytes(name.0));
        let length = asdu.sample.map_or(0, <[u8]>::len) as u64;
        let configuration =
            fold(names ^ u64::from(asdu.conf_rev.unwrap_or_default()) << 32 ^ length, 0x9e37_79b9);
        // What a message lacks, or holds in a wrong form, changes nothing.
        if asdu.conf_rev.is_some() && asdu.sample.is_some() {
            if memory.last.is_some() && memory.configuration != configuration {
                let reason = "the configuration of the publisher has changed";
                memory.say(said, Anomaly::new(AnomalyKind::UNEXPECTED, reason));
                self.changed = true;
                // Perhaps with another rate, which is still to be learnt.
                self.is_anew = true;
                memory.rate = None;
            }
            memory.configuration = configuration;
        }
        if asdu.smp_synch.is_none() {
            return;
        }
        if memory.last.is_some() && memory.synch != asdu.smp_synch {
            let number = |synch: Option<u8>| synch.unwrap_or_default().into();
            let anomaly = Anomaly::new(AnomalyKind::TIME, "smpSynch has changed");
            let anomaly = anomaly.numbers(number(memory.synch), number(asdu.smp_synch));
            memory.say(said, anomaly);
            (self.changed, self.synch_changed, self.is_anew) = (true, true, true);
        }
        memory.synch = asdu.smp_synch;
    }

    /// Judges the count. Returns whether the sample was missing until now.
    fn count(&mut self, count: u16, asdu: &Asdu<'_>, said: &mut Said) -> bool {
        let memory = &mut *self.memory;
        if let (Some(rate @ 1..), Some(PER_SECOND)) = (asdu.smp_rate, asdu.smp_mod) {
            memory.rate = Some(rate.into());
        }
        if memory.rate.is_some_and(|rate| u32::from(count) >= rate) {
            // It was learnt from a second whose end is missing.
            memory.rate = None;
        }
        let before = core::mem::replace(&mut memory.heard, self.ts);
        let Some(last) = memory.last.replace(count) else { return false };
        let silence = self.ts.saturating_sub(before);
        if count == last.wrapping_add(1) && silence < SECOND / 2 {
            // Within a message, it goes on from what may be somebody else's.
            if self.step.first_counter.is_none() {
                memory.expected = None;
            }
            return false;
        }
        if count == 0 && !self.is_anew && !memory.is_fresh {
            memory.learn(last, silence);
        }
        let rate = memory.rate;
        let expected = following(last, rate);
        let ahead = match rate {
            Some(rate) => Ahead::of(last, count, rate, silence),
            None => Ahead { samples: count.saturating_sub(last).into(), is_told_by_time: false },
        };
        // Whole seconds may be missing, or the publisher has paused.
        if count == expected && !(ahead.samples > 1 && ahead.is_told_by_time) {
            memory.expected = None;
            return false;
        }
        // With another clock the count begins elsewhere: that is said with smpSynch.
        if self.synch_changed || memory.is_fresh {
            self.changed = true;
            return false;
        }
        if let Some(hole) = memory.hole.as_mut().filter(|hole| hole.has(count, rate, self.ts)) {
            hole.late += 1;
            self.step.found += 1;
            (memory.last, memory.heard) = (Some(last), before);
            memory.expected = memory.expected.map(|_| following(count, rate));
            if hole.late >= hole.missing {
                let anomaly = Anomaly::new(AnomalyKind::SEQUENCE, "what was missing came late");
                let anomaly = anomaly.numbers(hole.first.into(), hole.end.into());
                let late = u32::try_from(hole.late).unwrap_or(u32::MAX);
                memory.hole = None;
                memory.say(said, anomaly.count(late));
            }
            return true;
        }
        self.changed = true;
        let awaited = memory.expected.take();
        if awaited == Some(count) {
            // Nothing was missing.
            match memory.hole.take() {
                Some(hole) => self.step.found += hole.missing.saturating_sub(hole.late),
                None if memory.is_back => {
                    self.step.backwards = true;
                    let anomaly = Anomaly::new(AnomalyKind::SEQUENCE, BACKWARDS);
                    memory.say(said, anomaly.numbers(count.into(), last.into()));
                }
                None => {}
            }
            return false;
        }
        let is_back = match rate {
            Some(rate) => {
                let within = samples_ahead(last, count, rate);
                !ahead.is_told_by_time && (within == 0 || within > rate / 2)
            }
            None => count <= last,
        };
        let mut reason = "samples are missing";
        if is_back {
            if rate.is_none() && count < last {
                // Perhaps a new second, whose length is not known yet; or an older sample, if it goes on from before.
                (memory.expected, memory.is_back, memory.hole) = (awaited.or(Some(expected)), true, None);
                return false;
            }
            self.step.backwards = true;
            reason = BACKWARDS;
            if memory.other.replace(count).is_some_and(|other| other.wrapping_add(1) == count) {
                // It goes on from there: the publisher itself counts anew.
                memory.other = None;
                return false;
            }
            // What the publisher itself will send is still to come.
            (memory.last, memory.heard) = (Some(last), before);
        } else {
            let missing = ahead.samples.saturating_sub(1);
            self.step.lost += missing;
            (memory.expected, memory.is_back) = (Some(expected), false);
            memory.hole = Some(Hole { first: expected, end: count, at: self.ts, missing, late: 0 });
        }
        let anomaly = Anomaly::new(AnomalyKind::SEQUENCE, reason).numbers(expected.into(), count.into());
        let lost = u32::try_from(self.step.lost).unwrap_or(u32::MAX);
        memory.say(said, if is_back { anomaly } else { anomaly.count(lost.max(1)) });
        false
    }

    fn sum_described(&mut self, samples: &Arc<Samples>, sample: &[u8]) {
        let known = self.memory.described.take().filter(|known| Arc::ptr_eq(&known.samples, samples));
        let described = self.memory.described.insert(known.unwrap_or_else(|| Described::new(samples)));
        self.changed |= described.add(sample);
    }

    fn sum(&mut self, sample: &[u8]) {
        let memory = &mut *self.memory;
        memory.samples += 1;
        let mut changed = false;
        for (place, (extreme, known)) in memory.extremes.iter_mut().zip(&mut memory.qualities).enumerate() {
            let Some((value, quality)) = channel(sample, place) else { return };
            extreme.minimum = extreme.minimum.min(value);
            extreme.maximum = extreme.maximum.max(value);
            extreme.quality |= quality;
            changed |= *known != quality;
            *known = quality;
        }
        self.changed |= changed;
    }
}

/// The count behind `count`: it begins anew after a second.
fn following(count: u16, rate: Option<u32>) -> u16 {
    match rate {
        Some(rate) if u32::from(count) + 1 >= rate => 0,
        _ => count.wrapping_add(1),
    }
}

/// How far ahead of the last sample another one is.
struct Ahead {
    /// In samples, with those of whole seconds that passed since.
    samples: u64,
    /// Whether it is as far ahead as time has passed.
    is_told_by_time: bool,
}

impl Ahead {
    /// The count begins anew after `rate` samples (not 0); `silence` is the time between the two, in nanoseconds.
    fn of(last: u16, count: u16, rate: u32, silence: i64) -> Self {
        let (within, second) = (i128::from(samples_ahead(last, count, rate)), i128::from(rate));
        let passed = i128::from(silence.max(0)) * second / i128::from(SECOND);
        let seconds = (passed - within + second / 2) / second;
        let samples = within + seconds.max(0) * second;
        // The capture's clock is not that of the publisher.
        let tolerance = second / 40 + passed / 10_000;
        let is_told_by_time = samples > 0 && (passed - samples).abs() <= tolerance;
        Self { samples: u64::try_from(samples).unwrap_or(u64::MAX), is_told_by_time }
    }
}

impl Memory {
    /// Learns how many samples a second has, where the count begins anew behind `last` after this time in nanoseconds.
    fn learn(&mut self, last: u16, silence: i64) {
        let found = u32::from(last) + 1;
        let Some(rate) = self.rate else {
            self.rate = (found >= FEWEST).then_some(found);
            return;
        };
        // A second that ends early lacks samples, if it lasted as long as they take.
        let missing = i64::from(rate.saturating_sub(found));
        let lasted = silence.saturating_mul(2) >= missing.saturating_mul(SECOND / i64::from(rate.max(1)));
        if missing == 0 || lasted || found < FEWEST {
            self.shorter = None;
        } else if self.shorter.replace(last) == Some(last) {
            (self.rate, self.shorter) = (Some(found), None);
        }
    }

    /// What is odd about a stream is said message by message, up to a number in each interval.
    fn say(&mut self, said: &mut Said, anomaly: Anomaly) {
        self.breaks = self.breaks.saturating_add(1);
        if self.breaks <= BREAKS {
            said.push(anomaly);
        }
    }
}

impl Publisher for Memory {
    fn interval(&mut self, say: &mut Saying<'_>) {
        let breaks = core::mem::take(&mut self.breaks);
        if let Some(further @ 1..) = breaks.checked_sub(BREAKS) {
            let anomaly = Anomaly::new(AnomalyKind::LIMIT, "further breaks and changes of the publisher");
            say.anomaly(anomaly.count(further));
        }
        if let Some(described) = &mut self.described {
            described.interval(say);
        }
        let samples = core::mem::take(&mut self.samples);
        let extremes = core::mem::replace(&mut self.extremes, [NOTHING; 8]);
        if say.every_message() || samples == 0 {
            return;
        }
        for (channel, extreme) in CHANNELS.into_iter().zip(extremes) {
            let Extreme { minimum, maximum, quality } = extreme;
            say.row(&SvChannels { channel: Symbol(channel), samples, minimum, maximum, quality });
        }
    }
}

/// How many samples `count` lies ahead of `last`, where the count begins anew after `rate` of them (not 0). The last count
/// may be of another rate, and beyond this one.
fn samples_ahead(last: u16, count: u16, rate: u32) -> u32 {
    (u32::from(count) % rate + rate - u32::from(last) % rate) % rate
}

#[cfg(test)]
mod tests {
    use super::{PLACES, Recent, samples_ahead};

    #[test]
    fn counts_begin_anew_after_a_second() {
        assert_eq!(samples_ahead(3998, 1, 4000), 3);
        assert_eq!(samples_ahead(10, 10, 4000), 0);
        assert_eq!(samples_ahead(12, 10, 4000), 3998);
        // The rate that is stated now is below what was counted before.
        assert_eq!(samples_ahead(60_000, 2, 5), 2);
        assert_eq!(samples_ahead(u16::MAX, u16::MAX, 1), 0);
    }

    /// As many places as messages need, and no more than there may be.
    #[test]
    fn messages_are_remembered_in_bounded_room() {
        let message = |n: u64| (n as u16, n.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29));
        let is_copy = |recent: &mut Recent, n, ts| {
            let (count, digest) = message(n);
            recent.is_copy(count, digest, ts)
        };
        let mut recent = Recent::default();
        for n in 0..1000u64 {
            // One in a second: the first place is enough.
            assert!(!is_copy(&mut recent, n, n as i64 * 1_000_000_000));
        }
        assert_eq!(recent.0.len(), 1);
        for n in 0..100_000 {
            assert!(!is_copy(&mut recent, n, 0));
        }
        assert_eq!(recent.0.len(), PLACES);
        // The last one is still known.
        assert!(is_copy(&mut recent, 99_999, 0));
    }
}
