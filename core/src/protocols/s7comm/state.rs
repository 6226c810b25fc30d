//! What is remembered of a conversation.
use crate::{common::UnderWay, protocol::Side, wire::Reassembler};

/// Jobs whose addresses are remembered: far more than PLCs allow to be outstanding.
const JOBS: usize = 32;
/// Octets of addresses that are remembered of one job: more than the largest PDU of any CPU holds.
pub(super) const JOB_OCTETS: usize = 4096;

/// The addresses of a job.
#[derive(Debug, Default)]
struct Job {
    /// The message that asked, and its reference: several PDUs may be in one message.
    asked: (u64, u16),
    /// The items of its parameters, as sent.
    items: Vec<u8>,
}

/// What is remembered of a conversation. Requests that wait for their answer are kept elsewhere, for all protocols alike.
#[derive(Debug, Default)]
pub(super) struct State {
    jobs: Vec<Job>,
    next: usize,
    /// Cyclic jobs that run, by function group and number.
    subscriptions: Vec<(u16, Vec<u8>)>,
    next_subscription: usize,
    /// Requests of each side that may begin or end cyclic jobs and are not answered.
    changes: [u32; 2],
    /// Userdata that come in several parts.
    pub(super) parts: Reassembler,
    /// What is being put together of them.
    counts: Vec<Parts>,
    /// How many jobs whoever asks may have under way.
    pub(super) under_way: UnderWay,
}

/// What is known of parts that are being put together.
#[derive(Clone, Copy, Debug)]
struct Parts {
    key: u64,
    count: u32,
    /// The message that asked for the first, and its reference.
    asked: Option<(u64, u16)>,
}

impl State {
    /// So many jobs may be outstanding.
    pub(super) fn set_outstanding(&mut self, most: u16) {
        self.under_way = if most > 1 { UnderWay::Several } else { UnderWay::One };
    }

    /// Octets of this side were lost.
    pub(super) fn lost(&mut self, side: Side) {
        let is_of_side = |key: u64| key >> 56 == side.index() as u64;
        self.parts.forget(is_of_side);
        self.counts.retain(|parts| !is_of_side(parts.key));
        // An answer may be among them that has given another job a number that is known.
        if let Some(changes) = self.changes.get_mut(side.other().index())
            && core::mem::take(changes) > 0
        {
            self.subscriptions.clear();
        }
    }

    /// This side asks for a cyclic job, or to end one.
    pub(super) fn change(&mut self, side: Side) {
        if let Some(changes) = self.changes.get_mut(side.index()) {
            *changes = changes.saturating_add(1);
        }
    }

    /// One such request of this side is answered.
    pub(super) fn changed(&mut self, side: Side) {
        if let Some(changes) = self.changes.get_mut(side.index()) {
            *changes = changes.saturating_sub(1);
        }
    }

    /// Remembers the addresses of a job, in the place of the oldest.
    pub(super) fn remember(&mut self, asked: (u64, u16), items: &[u8]) {
        let place = self.next;
        if place >= self.jobs.len() {
            self.jobs.push(Job::default());
        }
        if let Some(job) = self.jobs.get_mut(place) {
            job.asked = asked;
            job.items.clear();
            job.items.extend_from_slice(items.get(..JOB_OCTETS).unwrap_or(items));
        }
        self.next = (place + 1) % JOBS;
    }

    /// The addresses of the job that this PDU asked for, if they are remembered.
    pub(super) fn addresses(&self, asked: (u64, u16)) -> Option<&[u8]> {
        self.jobs.iter().find(|job| job.asked == asked).map(|job| job.items.as_slice())
    }

    /// The PDU that asked has begun a cyclic job. If it is not known, nor are the addresses: those of a job before it that had the
    /// same number are not its own.
    pub(super) fn subscribe(&mut self, asked: Option<(u64, u16)>, job: u16) {
        let Some(asked) = asked.and_then(|asked| self.jobs.iter().find(|job| job.asked == asked)) else {
            return self.unsubscribe(job);
        };
        let place = self.subscriptions.iter().position(|(of, _)| *of == job).unwrap_or_else(|| {
            if self.subscriptions.len() < JOBS {
                self.subscriptions.push((job, Vec::new()));
                return self.subscriptions.len() - 1;
            }
            self.next_subscription = (self.next_subscription + 1) % JOBS;
            self.next_subscription
        });
        if let Some((of, items)) = self.subscriptions.get_mut(place) {
            *of = job;
            items.clear();
            items.extend_from_slice(&asked.items);
        }
    }

    /// A cyclic job has ended.
    pub(super) fn unsubscribe(&mut self, job: u16) {
        self.subscriptions.retain(|(of, _)| *of != job);
    }

    /// The addresses of a cyclic job.
    pub(super) fn subscribed(&self, job: u16) -> Option<&[u8]> {
        self.subscriptions.iter().find(|(of, _)| *of == job).map(|(_, items)| items.as_slice())
    }

    /// Whether parts under this key are being put together.
    pub(super) fn is_open(&self, key: u64) -> bool {
        self.counts.iter().any(|parts| parts.key == key)
    }

    /// Counts a part. Returns how many there are now, and who asked for the first.
    pub(super) fn part(&mut self, key: u64, asked: Option<(u64, u16)>) -> (u32, Option<(u64, u16)>) {
        if let Some(parts) = self.counts.iter_mut().find(|parts| parts.key == key) {
            parts.count = parts.count.saturating_add(1);
            return (parts.count, parts.asked);
        }
        if self.counts.len() >= JOBS {
            self.counts.swap_remove(0);
        }
        self.counts.push(Parts { key, count: 1, asked });
        (1, asked)
    }

    /// Forgets the count of parts.
    pub(super) fn done(&mut self, key: u64) {
        self.counts.retain(|parts| parts.key != key);
    }
}
