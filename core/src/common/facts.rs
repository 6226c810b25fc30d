//! Facts that conversations of different shards share: a configuration sent over TCP for data that go to a multicast
//! address, the sender that goes by a name.
//!
//! All facts are told and asked for in the order of the capture. Where several engines share the frames among them, whoever
//! asks waits until every other engine has passed its place in the capture; the one that is behind all others never waits.
//! So what is found does not depend on how the work is shared.
use crate::{Limits, record::Address};
use core::{any::Any, fmt, hash::BuildHasher};
use foldhash::quality::RandomState;
use hashbrown::HashTable;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

/// A place in the work on a capture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Twice the number of frames taken before; one more if what the frame's time brings is done, and its content comes.
    pub step: u64,
    /// Of what time brings: the conversation.
    pub conversation: u64,
}

impl Position {
    /// After everything.
    pub const END: Self = Self { step: u64::MAX, conversation: u64::MAX };
}

/// The way to the one table of facts.
pub trait Facts: fmt::Debug + Send + Sync {
    /// The engine has done everything before this position. It says so now and then.
    fn reached(&self, position: Position);
    /// The engine has done everything before this position. Calls `act` with the table, once every other engine has too.
    fn at(&self, position: Position, act: &mut dyn FnMut(&mut FactTable));
    /// Calls `act` with the table as it is now, for what will stay as it is; nothing need be done where [`at`](Self::at) never
    /// waits.
    fn now(&self, act: &mut dyn FnMut(&FactTable)) {
        let _ = act;
    }
}

/// What is kept as a fact.
pub type FactValue = Arc<dyn Any + Send + Sync>;

struct Told {
    protocol: usize,
    key: Box<[u8]>,
    value: FactValue,
    octets: usize,
    /// Somebody has asked for it.
    used: bool,
    serial: u64,
}

/// What became of a fact that was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It is kept.
    Yes,
    /// It is kept, and one that nobody has asked for had to make room.
    Evicting,
    /// There is no room: all that are kept have been asked for.
    No,
}

/// The table of facts.
pub struct FactTable {
    hasher: RandomState,
    facts: HashTable<Told>,
    /// Told and not asked for, the oldest first; some may have been asked for since.
    unused: VecDeque<(u64, u64)>,
    octets: usize,
    serial: u64,
    most: usize,
    most_octets: usize,
}

impl fmt::Debug for FactTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FactTable").field("facts", &self.facts.len()).finish_non_exhaustive()
    }
}

impl FactTable {
    /// No facts.
    pub fn new(limits: &Limits) -> Self {
        Self {
            hasher: RandomState::default(),
            facts: HashTable::new(),
            unused: VecDeque::new(),
            octets: 0,
            serial: 0,
            most: limits.facts.max(1),
            most_octets: limits.fact_octets,
        }
    }

    fn hash(&self, protocol: &'static str, key: &[u8]) -> u64 {
        self.hasher.hash_one((protocol.as_ptr() as usize, key))
    }

    /// The fact that this protocol has told under this key.
    pub fn get(&mut self, protocol: &'static str, key: &[u8]) -> Option<FactValue> {
        let hash = self.hash(protocol, key);
        let place = protocol.as_ptr() as usize;
        let told = self.facts.find_mut(hash, |told| told.protocol == place && *told.key == *key)?;
        told.used = true;
        Some(Arc::clone(&told.value))
    }

    /// Tells a fact, in place of one that was told before under the same key. `octets` is what it takes.
    pub fn put(&mut self, protocol: &'static str, key: &[u8], value: FactValue, octets: usize) -> Kept {
        let hash = self.hash(protocol, key);
        let place = protocol.as_ptr() as usize;
        if let Some(told) = self.facts.find_mut(hash, |told| told.protocol == place && *told.key == *key) {
            let others = self.octets.saturating_sub(told.octets);
            if others.saturating_add(octets) > self.most_octets {
                return Kept::No;
            }
            (self.octets, told.octets) = (others + octets, octets);
            told.value = value;
            return Kept::Yes;
        }
        let mut kept = Kept::Yes;
        let size = octets.saturating_add(key.len());
        while self.facts.len() >= self.most || self.octets.saturating_add(size) > self.most_octets {
            if !self.evict() {
                return Kept::No;
            }
            kept = Kept::Evicting;
        }
        self.serial += 1;
        self.octets += size;
        self.unused.push_back((hash, self.serial));
        let hasher = &self.hasher;
        let told =
            Told { protocol: place, key: key.into(), value, octets: size, used: false, serial: self.serial };
        self.facts.insert_unique(hash, told, |told| hasher.hash_one((told.protocol, &*told.key)));
        kept
    }

    /// Forgets the oldest fact that nobody has asked for.
    fn evict(&mut self) -> bool {
        while let Some((hash, serial)) = self.unused.pop_front() {
            if let Ok(found) = self.facts.find_entry(hash, |told| told.serial == serial)
                && !found.get().used
            {
                let (told, _) = found.remove();
                self.octets = self.octets.saturating_sub(told.octets);
                return true;
            }
        }
        false
    }

    /// Says that this sender goes by this name. Returns who else did first.
    pub fn claim(&mut self, protocol: &'static str, name: &[u8], sender: Address) -> Option<Address> {
        let key = claim_key(name);
        match self.get(protocol, &key).map(|value| value.downcast_ref::<Address>().copied()) {
            Some(first) => first.filter(|first| *first != sender),
            None => {
                self.put(protocol, &key, Arc::new(sender), size_of::<Address>());
                None
            }
        }
    }

    /// What [`claim`](Self::claim) would return at any place in the capture behind which this table is, if that is settled:
    /// who went by a name first does not change, and once somebody has asked it is not forgotten either.
    pub fn claimed(&self, protocol: &'static str, name: &[u8], sender: Address) -> Option<Option<Address>> {
        let key = claim_key(name);
        let (hash, place) = (self.hash(protocol, &key), protocol.as_ptr() as usize);
        let told = self.facts.find(hash, |told| told.protocol == place && *told.key == *key)?;
        let first = told.value.downcast_ref::<Address>().filter(|_| told.used)?;
        Some(Some(*first).filter(|first| *first != sender))
    }
}

fn claim_key(name: &[u8]) -> Vec<u8> {
    [b"sender of ", name].concat()
}

/// The table of an engine that is alone.
#[derive(Debug)]
pub(crate) struct Alone(Mutex<FactTable>);

impl Alone {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self(Mutex::new(FactTable::new(limits)))
    }
}

impl Facts for Alone {
    fn reached(&self, _: Position) {}
    fn at(&self, _: Position, act: &mut dyn FnMut(&mut FactTable)) {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::net::{IpAddr, Ipv4Addr};

    fn table(facts: usize, fact_octets: usize) -> FactTable {
        FactTable::new(&Limits { facts, fact_octets, ..Limits::default() })
    }
    fn number(value: Option<FactValue>) -> Option<u32> {
        value.and_then(|value| value.downcast_ref::<u32>().copied())
    }

    #[test]
    fn a_fact_is_found_by_protocol_and_key_and_the_last_told_counts() {
        let mut table = table(8, 1000);
        assert_eq!(table.put("a", b"k", Arc::new(1u32), 4), Kept::Yes);
        assert_eq!(table.put("b", b"k", Arc::new(2u32), 4), Kept::Yes);
        assert_eq!(table.put("a", b"k", Arc::new(3u32), 4), Kept::Yes);
        assert_eq!(number(table.get("a", b"k")), Some(3));
        assert_eq!(number(table.get("b", b"k")), Some(2));
        assert_eq!(number(table.get("b", b"l")), None);
    }

    #[test]
    fn facts_that_are_asked_for_outlive_a_flood() {
        let mut table = table(4, 1000);
        table.put("a", b"real", Arc::new(1u32), 4);
        assert_eq!(number(table.get("a", b"real")), Some(1));
        for forged in 0..1000u32 {
            let kept = table.put("a", &forged.to_be_bytes(), Arc::new(forged), 4);
            assert_eq!(kept, if forged < 3 { Kept::Yes } else { Kept::Evicting });
        }
        assert_eq!(number(table.get("a", b"real")), Some(1));
        assert_eq!(table.facts.len(), 4);
    }

    #[test]
    fn octets_are_bounded() {
        let mut table = table(100, 100);
        assert_eq!(table.put("a", b"1", Arc::new(1u32), 60), Kept::Yes);
        assert_eq!(table.put("a", b"2", Arc::new(2u32), 60), Kept::Evicting);
        assert_eq!(number(table.get("a", b"1")), None);
        assert_eq!(number(table.get("a", b"2")), Some(2));
        assert_eq!(table.put("a", b"3", Arc::new(3u32), 60), Kept::No);
        assert_eq!(table.put("a", b"4", Arc::new(3u32), usize::MAX), Kept::No);
    }

    #[test]
    fn the_first_to_go_by_a_name_is_told_to_the_others() {
        let mut table = table(8, 1000);
        let [a, b] = [1, 2].map(|last| Address::Ip(IpAddr::V4(Ipv4Addr::new(10, 0, 0, last))));
        assert_eq!(table.claimed("a", b"name", a), None);
        assert_eq!(table.claim("a", b"name", a), None);
        // Nobody has asked yet: it may be forgotten.
        assert_eq!(table.claimed("a", b"name", b), None);
        assert_eq!(table.claim("a", b"name", a), None);
        assert_eq!(table.claimed("a", b"name", a), Some(None));
        assert_eq!(table.claimed("a", b"name", b), Some(Some(a)));
        assert_eq!(table.claim("a", b"name", b), Some(a));
        assert_eq!(table.claimed("b", b"name", b), None);
        assert_eq!(table.claim("b", b"name", b), None);
    }
}
