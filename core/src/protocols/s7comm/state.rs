//! What is remembered of a conversation.
use crate::wire::Reassembler;

/// Jobs whose addresses are remembered: far more than PLCs allow to be outstanding.
const JOBS: usize = 32;
/// Octets of addresses that are remembered of one job: more than the largest PDU of any CPU holds.
const JOB_OCTETS: usize = 2048;

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
    /// Userdata that come in several parts.
    pub(super) parts: Reassembler,
    /// How many parts came of what is being put together.
    counts: Vec<(u64, u32)>,
}

impl State {
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

    /// The PDU that asked has begun a cyclic job.
    pub(super) fn subscribe(&mut self, asked: Option<(u64, u16)>, job: u16) {
        let Some(asked) = asked.and_then(|asked| self.jobs.iter().find(|job| job.asked == asked)) else {
            return;
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

    /// The addresses of a cyclic job.
    pub(super) fn subscribed(&self, job: u16) -> Option<&[u8]> {
        self.subscriptions.iter().find(|(of, _)| *of == job).map(|(_, items)| items.as_slice())
    }

    /// Counts a part. Returns how many there are now.
    pub(super) fn part(&mut self, key: u64) -> u32 {
        if let Some((_, count)) = self.counts.iter_mut().find(|(of, _)| *of == key) {
            *count = count.saturating_add(1);
            return *count;
        }
        if self.counts.len() >= JOBS {
            self.counts.swap_remove(0);
        }
        self.counts.push((key, 1));
        1
    }

    /// Forgets the count of parts.
    pub(super) fn done(&mut self, key: u64) {
        self.counts.retain(|(of, _)| *of != key);
    }
}
