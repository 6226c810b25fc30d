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
/// Messages that a copy is looked for among.
const RECENT: usize = 16;
/// Breaks and changes that are said one by one in an interval.
const BREAKS: u32 = 16;
/// Fewer samples in a second than any stream has: a count that begins again below is no second.
const FEWEST: u32 = 40;
/// smpMod: smpRate counts samples per second.
const PER_SECOND: u16 = 1;
const SECOND: i64 = 1_000_000_000;

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

/// What is remembered of one stream.
#[derive(Debug)]
pub(super) struct Memory {
    last: Option<u16>,
    /// Samples in a second, once it is known.
    rate: Option<u32>,
    /// The count that was expected before it jumped: if it comes, the jump was somebody else's.
    expected: Option<u16>,
    /// A count that ran backwards, of which it is not known yet whether it goes on.
    other: Option<u16>,
    synch: Option<u8>,
    /// smpSynch has changed with the message before.
    is_fresh: bool,
    configuration: u64,
    qualities: [u32; 8],
    heard: i64,
    recent: [(u64, i64); RECENT],
    next: u8,
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
            expected: None,
            other: None,
            synch: None,
            is_fresh: false,
            configuration: 0,
            qualities: [0; 8],
            heard: 0,
            recent: [(0, 0); RECENT],
            next: 0,
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
    copies: u32,
    changed: bool,
    synch_changed: bool,
}

impl<'a> News<'a> {
    pub(super) fn new(memory: &'a mut Memory, before: &Before, simulated: bool, ts: i64) -> Self {
        Self {
            memory,
            is_first: before.messages == 0,
            simulated,
            ts,
            step: Sequel::default(),
            copies: 0,
            changed: false,
            synch_changed: false,
        }
    }

    /// What the message is, which had so many ASDUs.
    pub(super) fn step(mut self, asdus: u32, some_are_cut: bool) -> Sequel {
        if self.copies == asdus && asdus > 0 {
            return Sequel { kind: SequelKind::Copy, ..Sequel::default() };
        }
        // Where the capture cut some off, nobody knows where the next one goes on.
        self.memory.is_fresh = self.synch_changed || some_are_cut;
        self.memory.heard = self.ts;
        self.step.sets = asdus;
        self.step.kind =
            if self.changed || self.is_first { SequelKind::Change } else { SequelKind::Repetition };
        self.step
    }

    /// Judges one ASDU. `samples` is what a description says of its data set.
    pub(super) fn hear(&mut self, asdu: &Asdu<'_>, samples: Option<&Arc<Samples>>, said: &mut Said) {
        let sample = asdu.sample.unwrap_or_default();
        let Some(count) = asdu.smp_cnt else {
            self.changed = true;
            return;
        };
        let key = fold(digest_bytes(sample) ^ u64::from(count), 0x9e37_79b9_7f4a_7c15);
        if self.memory.is_copy(key, self.ts) {
            self.copies += 1;
            return;
        }
        if self.simulated && !core::mem::replace(&mut self.memory.said_simulated, true) {
            said.push(Anomaly::new(AnomalyKind::VALUE, "message is simulated, or a test"));
        }
        self.settings(asdu, said);
        self.count(count, asdu, said);
        match samples.filter(|samples| !is_le(samples)) {
            Some(samples) => self.sum_described(samples, sample),
            None if sample.len() == SAMPLES => self.sum(sample),
            None => {}
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
            (self.changed, self.synch_changed) = (true, true);
        }
        memory.synch = asdu.smp_synch;
    }

    fn count(&mut self, count: u16, asdu: &Asdu<'_>, said: &mut Said) {
        let memory = &mut *self.memory;
        if let (Some(rate @ 1..), Some(PER_SECOND)) = (asdu.smp_rate, asdu.smp_mod) {
            memory.rate = Some(rate.into());
        }
        if memory.rate.is_some_and(|rate| u32::from(count) >= rate) {
            // It was learnt from a second whose end is missing.
            memory.rate = None;
        }
        let Some(last) = memory.last.replace(count) else { return };
        let next = last.wrapping_add(1);
        if count == next {
            memory.expected = None;
            return;
        }
        if memory.rate.is_none() && count == 0 && u32::from(last) + 1 >= FEWEST {
            memory.rate = Some(u32::from(last) + 1);
        }
        let expected = match memory.rate {
            Some(rate) if u32::from(last) + 1 >= rate => 0,
            _ => next,
        };
        if count == expected {
            memory.expected = None;
            return;
        }
        self.changed = true;
        // With another clock the count begins elsewhere: that is said with smpSynch.
        if self.synch_changed || memory.is_fresh {
            return;
        }
        if memory.expected.take() == Some(count) {
            return;
        }
        let ahead = match memory.rate {
            Some(rate) => samples_ahead(last, count, rate),
            None => u32::from(count.saturating_sub(last)),
        };
        let is_back = match memory.rate {
            Some(rate) => ahead == 0 || ahead > rate / 2,
            None => count <= last,
        };
        let mut reason = "samples are missing";
        if is_back {
            if memory.rate.is_none() && count < last {
                // Perhaps a new second, whose length is not known yet.
                return;
            }
            self.step.backwards = true;
            reason = "smpCnt runs backwards";
            if memory.other.replace(count).is_some_and(|other| other.wrapping_add(1) == count) {
                // It goes on from there: the publisher itself counts anew.
                memory.other = None;
                return;
            }
            // What the publisher itself will send is still to come.
            memory.last = Some(last);
        } else {
            let seconds = memory
                .rate
                .map_or(0, |rate| whole_seconds(self.ts.saturating_sub(memory.heard), ahead, rate));
            self.step.lost += u64::from(ahead) - 1 + seconds;
            memory.expected = Some(expected);
        }
        let anomaly = Anomaly::new(AnomalyKind::SEQUENCE, reason).numbers(expected.into(), count.into());
        let lost = u32::try_from(self.step.lost).unwrap_or(u32::MAX);
        memory.say(said, if is_back { anomaly } else { anomaly.count(lost.max(1)) });
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

/// Samples of whole seconds that are missing besides the part of a second that the count tells.
fn whole_seconds(silence: i64, ahead: u32, rate: u32) -> u64 {
    let samples = i128::from(silence.max(0)) * i128::from(rate) / i128::from(SECOND);
    let seconds = (samples - i128::from(ahead) + i128::from(rate / 2)) / i128::from(rate.max(1));
    u64::try_from(seconds).unwrap_or_default().saturating_mul(rate.into())
}

impl Memory {
    /// What is odd about a stream is said message by message, up to a number in each interval.
    fn say(&mut self, said: &mut Said, anomaly: Anomaly) {
        self.breaks = self.breaks.saturating_add(1);
        if self.breaks <= BREAKS {
            said.push(anomaly);
        }
    }

    fn is_copy(&mut self, key: u64, ts: i64) -> bool {
        let same =
            |(known, then): &(u64, i64)| *known == key && ts.saturating_sub(*then).saturating_abs() <= COPY;
        if self.last.is_some() && self.recent.iter().any(same) {
            return true;
        }
        if let Some(place) = self.recent.get_mut(usize::from(self.next) % RECENT) {
            *place = (key, ts);
        }
        self.next = self.next.wrapping_add(1);
        false
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
    use super::samples_ahead;

    #[test]
    fn counts_begin_anew_after_a_second() {
        assert_eq!(samples_ahead(3998, 1, 4000), 3);
        assert_eq!(samples_ahead(10, 10, 4000), 0);
        assert_eq!(samples_ahead(12, 10, 4000), 3998);
        // The rate that is stated now is below what was counted before.
        assert_eq!(samples_ahead(60_000, 2, 5), 2);
        assert_eq!(samples_ahead(u16::MAX, u16::MAX, 1), 0);
    }
}
