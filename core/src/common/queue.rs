//! Requests in the order in which they wait, found by their key without looking at each.
use super::exchange::Asked;
use std::collections::VecDeque;

/// Tags that are compared at one go.
const STRIDE: usize = 16;

/// So many requests are looked at one by one: most conversations have one under way.
const FEW: usize = 2;

/// Waiting requests, oldest first. Those whose time-out has been reported are the first ones.
#[derive(Debug, Default)]
pub(super) struct Queue {
    entries: VecDeque<Asked>,
    /// A part of each entry's key: hundreds of them lie in a few lines of the cache, where the entries take hundreds.
    tags: VecDeque<u32>,
    /// How many have been reported as overdue.
    overdue: usize,
}

const fn tag(key: u64) -> u32 {
    (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u32
}

/// The first place from `from` on that holds `tag`.
#[inline]
fn position(tags: &[u32], from: usize, tag: u32) -> Option<usize> {
    let mut at = from;
    let (strides, rest) = tags.get(from..)?.as_chunks::<STRIDE>();
    // Without a way out in the middle, the comparison of a stride is one of vectors.
    for stride in strides {
        if stride.iter().fold(false, |found, other| found | (*other == tag)) {
            return stride.iter().position(|other| *other == tag).map(|place| at + place);
        }
        at += STRIDE;
    }
    rest.iter().position(|other| *other == tag).map(|place| at + place)
}

impl Queue {
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }
    #[inline]
    pub(super) fn get(&self, place: usize) -> Option<&Asked> {
        self.entries.get(place)
    }
    /// The caller leaves the key as it is.
    #[inline]
    pub(super) fn get_mut(&mut self, place: usize) -> Option<&mut Asked> {
        self.entries.get_mut(place)
    }
    #[inline]
    pub(super) fn front(&self) -> Option<&Asked> {
        self.entries.front()
    }
    /// The caller leaves the key as it is.
    pub(super) fn back_mut(&mut self) -> Option<&mut Asked> {
        self.entries.back_mut()
    }
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Asked> {
        self.entries.iter_mut()
    }
    #[inline(always)]
    pub(super) fn push(&mut self, entry: Asked) {
        if self.entries.capacity() == 0 {
            // Most conversations have one request under way, and a queue would begin with room for four.
            self.entries.reserve_exact(1);
        }
        self.tags.push_back(tag(entry.key));
        self.entries.push_back(entry);
    }
    #[inline(always)]
    pub(super) fn remove(&mut self, place: usize) -> Option<Asked> {
        if place < self.overdue {
            self.overdue -= 1;
        }
        if place == 0 {
            self.tags.pop_front();
            return self.entries.pop_front();
        }
        self.tags.remove(place);
        self.entries.remove(place)
    }

    /// The first whose time-out has not been reported.
    #[inline]
    pub(super) fn first_in_time(&self) -> Option<&Asked> {
        self.entries.get(self.overdue)
    }
    /// Notes that the time-out of that one is reported.
    pub(super) fn report_first_in_time(&mut self) -> Option<&Asked> {
        let entry = self.entries.get_mut(self.overdue)?;
        entry.overdue = true;
        self.overdue += 1;
        Some(entry)
    }

    /// The places of requests with this key, oldest first, and the requests.
    #[inline]
    pub(super) fn with_key(&self, key: u64) -> impl Iterator<Item = (usize, &Asked)> {
        let tag = tag(key);
        let (first, second) = self.tags.as_slices();
        let (mut from, few) = (0, self.entries.len() <= FEW);
        core::iter::from_fn(move || {
            if few {
                while let Some(entry) = self.entries.get(from) {
                    from += 1;
                    if entry.key == key {
                        return Some((from - 1, entry));
                    }
                }
                return None;
            }
            loop {
                let place = position(first, from, tag).or_else(|| {
                    let behind = from.saturating_sub(first.len());
                    position(second, behind, tag).map(|place| first.len() + place)
                })?;
                from = place + 1;
                let entry = self.entries.get(place)?;
                if entry.key == key {
                    return Some((place, entry));
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Mark,
        common::{Operation, Request},
        protocol::Side,
    };
    use proptest::prelude::*;

    fn entry(key: u64) -> Asked {
        let request = Request {
            key,
            operation: Operation::READ,
            function: None,
            function_code: None,
            station: None,
            space: None,
            address: None,
            quantity: None,
            object: None,
            numbers: [0; 2],
        };
        Asked::new(&request, Side::First, Mark::default(), 0)
    }

    proptest! {
        /// Against a plain vector: the same keys are found at the same places, and the overdue ones stay in front.
        #[test]
        fn what_is_found_is_what_a_plain_vector_holds(steps in prop::collection::vec((0u8..6, 0u64..20, 0usize..80), 0..200)) {
            let (mut queue, mut plain) = (Queue::default(), Vec::<(u64, bool)>::new());
            for (step, key, place) in steps {
                match step {
                    0..3 => {
                        queue.push(entry(key));
                        plain.push((key, false));
                    }
                    3 if place < plain.len() => {
                        prop_assert_eq!(queue.remove(place).map(|entry| entry.key), Some(plain.remove(place).0));
                    }
                    4 => {
                        let reported = queue.report_first_in_time().map(|entry| entry.key);
                        let first = plain.iter_mut().find(|(_, overdue)| !overdue);
                        prop_assert_eq!(reported, first.map(|entry| { entry.1 = true; entry.0 }));
                    }
                    _ => {}
                }
                prop_assert_eq!(queue.len(), plain.len());
                let found: Vec<_> = queue.with_key(key).map(|(place, _)| place).collect();
                let there: Vec<_> = (0..plain.len()).filter(|place| plain[*place].0 == key).collect();
                prop_assert_eq!(found, there);
                let flags: Vec<_> = (0..plain.len()).map(|place| queue.get(place).map(|entry| entry.overdue)).collect();
                prop_assert_eq!(flags, plain.iter().map(|(_, overdue)| Some(*overdue)).collect::<Vec<_>>());
            }
        }
    }
}
