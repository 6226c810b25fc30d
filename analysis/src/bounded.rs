//! Totals by key, of which a fixed number is kept.
use foldhash::quality::RandomState;
use std::{
    collections::{BTreeSet, HashMap},
    hash::Hash,
};

/// What is kept under a key.
pub(crate) trait Entry {
    /// Adds what another summary kept under the same key.
    fn merge(&mut self, other: Self);
    /// Rows that it stands for.
    fn rows(&self) -> u64;
}

impl Entry for u64 {
    fn merge(&mut self, other: Self) {
        *self = self.saturating_add(other);
    }
    fn rows(&self) -> u64 {
        *self
    }
}

/// The entries of the lowest keys; of the others only how many rows there were.
///
/// A key that must go has `limit` lower keys beside it, and these are never forgotten. So the keys that stay are the same
/// whatever the order of the rows and whichever part of them came here, and what is kept under them is complete.
#[derive(Clone, Debug)]
pub(crate) struct Bounded<K, V> {
    entries: HashMap<K, V, RandomState>,
    /// Their keys in order, as soon as one had to go.
    order: BTreeSet<K>,
    limit: usize,
    beyond: u64,
}

impl<K: Eq + Hash, V: PartialEq> PartialEq for Bounded<K, V> {
    fn eq(&self, other: &Self) -> bool {
        (&self.entries, self.limit, self.beyond) == (&other.entries, other.limit, other.beyond)
    }
}

impl<K: Clone + Hash + Ord, V: Entry> Bounded<K, V> {
    pub(crate) fn new(limit: usize) -> Self {
        Self { entries: HashMap::default(), order: BTreeSet::new(), limit, beyond: 0 }
    }

    /// Changes what is kept under the key, which need not be there yet. `fresh` makes what is then put there.
    pub(crate) fn update(&mut self, key: K, fresh: impl FnOnce() -> V, change: impl FnOnce(&mut V)) {
        if let Some(entry) = self.entries.get_mut(&key) {
            return change(entry);
        }
        let mut entry = fresh();
        change(&mut entry);
        self.insert(key, entry);
    }

    fn insert(&mut self, key: K, entry: V) {
        if self.entries.len() >= self.limit {
            if self.order.is_empty() {
                self.order.extend(self.entries.keys().cloned());
            }
            self.order.insert(key.clone());
            let last = self.order.pop_last().filter(|last| *last != key);
            let gone = match last.and_then(|last| self.entries.remove(&last)) {
                Some(gone) => {
                    self.entries.insert(key, entry);
                    gone
                }
                None => entry,
            };
            self.beyond = self.beyond.saturating_add(gone.rows());
            return;
        }
        self.entries.insert(key, entry);
    }

    /// Adds this to what is kept under the key.
    pub(crate) fn add(&mut self, key: K, entry: V) {
        match self.entries.get_mut(&key) {
            Some(own) => own.merge(entry),
            None => self.insert(key, entry),
        }
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.beyond = self.beyond.saturating_add(other.beyond);
        for (key, entry) in other.entries {
            self.add(key, entry);
        }
    }

    /// What is kept, in the order of the keys.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        let mut entries: Vec<_> = self.entries.iter().collect();
        entries.sort_unstable_by_key(|(key, _)| *key);
        entries.into_iter()
    }

    /// Rows of keys that are not kept.
    pub(crate) fn beyond(&self) -> u64 {
        self.beyond
    }
}
