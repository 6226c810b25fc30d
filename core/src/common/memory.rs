//! What was last said of each point and of each device, to tell a change from a repetition.
use super::Fact;
use crate::{Limits, record::Address};
use core::hash::{BuildHasher, Hash};
use foldhash::quality::RandomState;
use hashbrown::HashTable;

/// Values that lie side by side share one entry: cyclic reads ask for runs of addresses.
const RUN: u64 = 16;

/// Whose points and facts they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Device {
    pub(crate) address: Option<Address>,
    /// Its VLAN, where the same address in another one is another device; else 0.
    pub(crate) vlan: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct RunKey {
    device: Device,
    station: Option<u32>,
    /// Tables and spaces are few; their names are compared by place.
    space: usize,
    /// Number of the run, or a hash of a name.
    run: u64,
}

#[derive(Clone, Debug)]
struct Run {
    key: RunKey,
    seen: u16,
    values: [u64; RUN as usize],
}

#[derive(Clone, Debug, PartialEq)]
struct Told {
    device: Device,
    station: Option<u32>,
    fact: Fact,
    number: Option<u32>,
    digest: u64,
}

/// The values and facts last seen, within limits.
#[derive(Debug)]
pub(crate) struct Memory {
    hasher: RandomState,
    runs: HashTable<Run>,
    most_runs: usize,
    facts: HashTable<Told>,
    most_facts: usize,
    /// Values and facts that found no room, and so were taken as new each time.
    pub(crate) untracked: u64,
}

impl Memory {
    /// For one shard of `shards`.
    pub(crate) fn new(limits: &Limits, shards: usize) -> Self {
        let part = |limit: usize| (limit / shards.max(1)).max(1);
        Self {
            hasher: RandomState::default(),
            runs: HashTable::new(),
            most_runs: part(limits.points).div_ceil(RUN as usize),
            facts: HashTable::new(),
            most_facts: part(limits.identities),
            untracked: 0,
        }
    }

    /// A number for a name, unpredictable from outside.
    pub(crate) fn name(&self, name: &[u8]) -> u64 {
        self.hasher.hash_one(name)
    }

    /// Asks of a run of addresses that begins at `first` which values are new or changed.
    /// `values` gives each value as 64 bits; `changed` is called for those, with the index.
    #[allow(clippy::too_many_arguments)]
    pub(crate) fn changes(
        &mut self,
        device: Device,
        station: Option<u32>,
        space: &'static str,
        first: u64,
        values: impl Iterator<Item = u64>,
        mut changed: impl FnMut(u64),
    ) {
        let mut values = values;
        let (mut index, mut value) = (0, values.next());
        while let Some(mut current) = value {
            let address = first.wrapping_add(index);
            let key = RunKey { device, station, space: space.as_ptr() as usize, run: address / RUN };
            let (mut place, end) = (address % RUN, RUN);
            let Some(run) = self.run(key) else {
                while place < end {
                    self.untracked += 1;
                    changed(index);
                    (place, index) = (place + 1, index + 1);
                    value = values.next();
                    if value.is_none() {
                        return;
                    }
                }
                continue;
            };
            loop {
                let bit = 1u16 << place;
                if let Some(last) = run.values.get_mut(place as usize)
                    && (run.seen & bit == 0 || *last != current)
                {
                    run.seen |= bit;
                    *last = current;
                    changed(index);
                }
                (place, index) = (place + 1, index + 1);
                value = values.next();
                match value {
                    Some(next) if place < end => current = next,
                    _ => break,
                }
            }
        }
    }

    fn run(&mut self, key: RunKey) -> Option<&mut Run> {
        let hash = self.hasher.hash_one(key);
        let room = self.runs.len() < self.most_runs;
        let hasher = &self.hasher;
        if !room {
            return self.runs.find_mut(hash, |run| run.key == key);
        }
        let entry = self.runs.entry(hash, |run| run.key == key, |run| hasher.hash_one(run.key));
        Some(entry.or_insert_with(|| Run { key, seen: 0, values: [0; RUN as usize] }).into_mut())
    }

    /// Whether this fact is new, or other than when it was last told.
    pub(crate) fn told(
        &mut self,
        device: Device,
        station: Option<u32>,
        fact: Fact,
        number: Option<u32>,
        value: &[u8],
    ) -> bool {
        let digest = self.hasher.hash_one(value);
        let hash = self.hasher.hash_one((device, station, fact, number));
        let same = |told: &Told| {
            (told.device, told.station, told.fact, told.number) == (device, station, fact, number)
        };
        if let Some(told) = self.facts.find_mut(hash, same) {
            let changed = told.digest != digest;
            told.digest = digest;
            return changed;
        }
        if self.facts.len() >= self.most_facts {
            self.untracked += 1;
            return true;
        }
        let hasher = &self.hasher;
        let told = Told { device, station, fact, number, digest };
        self.facts.insert_unique(hash, told, |told| {
            hasher.hash_one((told.device, told.station, told.fact, told.number))
        });
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    fn memory(points: usize) -> Memory {
        Memory::new(&Limits { points, ..Limits::default() }, 1)
    }
    fn changes(memory: &mut Memory, first: u64, values: &[u64]) -> Vec<u64> {
        let mut out = vec![];
        memory.changes(Device::default(), Some(1), "register", first, values.iter().copied(), |index| {
            out.push(index)
        });
        out
    }

    proptest! {
        /// Against a plain map: a value is a change if it is new or other than before.
        #[test]
        fn changes_are_those_of_a_plain_map(reads in prop::collection::vec((0u64..100, prop::collection::vec(0u64..3, 0..40)), 0..40)) {
            let (mut memory, mut plain) = (memory(1 << 12), HashMap::new());
            for (first, values) in reads {
                let want: Vec<u64> = values.iter().enumerate()
                    .filter(|(i, v)| plain.insert(first + *i as u64, **v) != Some(**v)).map(|(i, _)| i as u64).collect();
                prop_assert_eq!(changes(&mut memory, first, &values), want);
            }
        }
    }

    #[test]
    fn beyond_the_limit_values_are_said_each_time_and_counted() {
        let mut memory = memory(16);
        assert_eq!(changes(&mut memory, 0, &[1; 16]).len(), 16);
        assert_eq!(changes(&mut memory, 8, &[1; 16]).len(), 8);
        assert_eq!(changes(&mut memory, 8, &[1; 16]).len(), 8);
        assert_eq!(memory.untracked, 16);
        assert_eq!(memory.runs.len(), 1);
    }

    #[test]
    fn a_fact_is_new_once_and_again_when_it_changes() {
        let (mut memory, here) = (memory(16), Device::default());
        assert!(memory.told(here, Some(1), Fact::VENDOR, Some(0), b"a"));
        assert!(!memory.told(here, Some(1), Fact::VENDOR, Some(0), b"a"));
        assert!(memory.told(here, Some(2), Fact::VENDOR, Some(0), b"a"));
        assert!(memory.told(here, Some(1), Fact::VENDOR, Some(0), b"b"));
        assert!(!memory.told(here, Some(1), Fact::VENDOR, Some(0), b"b"));
        let there = Device { vlan: 7, ..here };
        assert!(memory.told(there, Some(1), Fact::VENDOR, Some(0), b"b"));
    }
}
