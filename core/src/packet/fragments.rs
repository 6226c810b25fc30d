//! IP datagrams put together from their fragments (RFC 791 section 3.2, RFC 8200 section 4.5).

use std::collections::VecDeque;
use std::net::IpAddr;

use hashbrown::HashMap;

use super::Counters;
use super::note::{Note, NoteKind, Notes};
use crate::overlap::Owners;
use crate::record::{digest_bytes, fold};
use crate::{Limits, OverlapPolicy};

/// Octets that the payload of a datagram may reach: lengths and offsets have 16 bits.
const LARGEST: u32 = 65_535;
/// Separate pieces that one datagram may lie in. More is no honest reordering, and would make each insertion slow.
const PIECES: usize = 1024;
/// What a piece costs beside its octets, for the account of memory.
const PIECE_OCTETS: u32 = 8;
/// A step of the clock beyond this is taken for a wrong time stamp, in nanoseconds.
const HOUR: u64 = 3_600_000_000_000;
/// How long after a datagram was complete its fragments may come again by another way, in nanoseconds.
const COPY: i64 = 20_000_000;
/// Complete datagrams that are remembered, to tell late copies of their fragments.
const COMPLETED: usize = 32;
/// Fragments of one datagram that are remembered by their digests: one of 64 KiB has 45 in frames of Ethernet.
const DIGESTS: usize = 64;
/// Empty buffers kept for the next datagrams.
const SPARE: usize = 2;

/// What the fragments of one datagram have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) source: IpAddr,
    pub(super) destination: IpAddr,
    /// The protocol for IPv4; 0 for IPv6, whose fragments are told by addresses and identification alone.
    pub(super) protocol: u8,
    pub(super) identification: u32,
    pub(super) vlan: Option<u16>,
}

/// One fragment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fragment<'a> {
    pub(super) key: Key,
    /// Place of the octets in the payload of the datagram.
    pub(super) offset: u32,
    pub(super) more: bool,
    /// Protocol of the payload; the one of the first fragment counts.
    pub(super) protocol: u8,
    pub(super) data: &'a [u8],
    /// Place of the octets in the frame.
    pub(super) frame_offset: u32,
    pub(super) reassembled: bool,
    pub(super) ts: i64,
    /// Index of the file, and number of the frame in it.
    pub(super) frame: (u32, u64),
}

impl Fragment<'_> {
    /// Of its place and octets.
    fn digest(&self) -> u64 {
        let place = u64::from(self.offset) << 1 | u64::from(self.more);
        fold(digest_bytes(self.data) ^ place, 0x9e37_79b9_7f4a_7c15)
    }
}

/// A datagram that was put together.
#[derive(Debug)]
struct Completed {
    key: Key,
    /// Time of the frame that brought the last fragment.
    at: i64,
    /// Of its first fragments.
    digests: Vec<u64>,
}

impl Completed {
    /// Whether a fragment only repeats one of this datagram; it may where not all are remembered.
    fn has(&self, digest: u64, ts: i64) -> bool {
        let is_soon = ts.saturating_sub(self.at).saturating_abs() <= COPY;
        is_soon && (self.digests.contains(&digest) || self.digests.len() >= DIGESTS)
    }
}

/// A datagram of which fragments are missing.
#[derive(Debug)]
struct Datagram {
    /// Tells it from an earlier one of the same key.
    serial: u64,
    since: i64,
    /// Whether all its fragments repeat those of a datagram that was complete before: a mirror port or another way brings
    /// them again.
    copy: bool,
    protocol: u8,
    total: Option<u32>,
    octets: Vec<u8>,
    /// What of `octets` has come: start and end, sorted, neither touching nor overlapping.
    pieces: Vec<(u32, u32)>,
    /// Which fragment each octet was taken from, where the policy asks for it.
    owners: Owners,
    /// Frames that brought octets. As many as there may be pieces: of more, the last are not told.
    frames: Vec<(u32, u64)>,
    /// Digests of its first fragments.
    digests: Vec<u64>,
}

impl Datagram {
    fn cost(&self) -> usize {
        let pieces = self.pieces.len().saturating_mul(PIECE_OCTETS as usize);
        let frames = self.frames.len().saturating_mul(size_of::<(u32, u64)>());
        let digests = self.digests.len().saturating_mul(size_of::<u64>());
        let kept = pieces.saturating_add(frames).saturating_add(digests);
        self.octets.len().saturating_add(kept).saturating_add(self.owners.cost())
    }

    fn len(&self) -> u32 {
        u32::try_from(self.octets.len()).unwrap_or(u32::MAX)
    }

    fn is_complete(&self) -> bool {
        matches!((self.total, self.pieces.as_slice()), (Some(total), [(0, end)]) if *end == total)
    }

    /// Takes the octets of a fragment in, and compares those that are there already.
    fn insert(&mut self, start: u32, data: &[u8], policy: OverlapPolicy) -> Inserted {
        let end = start.saturating_add(u32::try_from(data.len()).unwrap_or(u32::MAX));
        if self.octets.len() < end as usize {
            self.octets.resize(end as usize, 0);
        }
        let first = self.pieces.partition_point(|piece| piece.1 < start);
        let mut merged = (start, end);
        let mut last = first;
        let mut covered = 0;
        let mut difference: Option<(u32, u32)> = None;
        let mut copied = start;
        while let Some(&(from, to)) = self.pieces.get(last).filter(|piece| piece.0 <= end) {
            let (from_common, to_common) = (from.max(start), to.min(end));
            if from_common < to_common {
                covered += to_common - from_common;
                if let Some((first, last)) = self.difference(start, data, from_common, to_common) {
                    difference = Some((difference.map_or(first, |earlier| earlier.0), last));
                }
            }
            if policy != OverlapPolicy::Last {
                self.copy(start, data, copied, from);
                copied = copied.max(to);
            }
            merged = (merged.0.min(from), merged.1.max(to));
            last += 1;
        }
        self.copy(start, data, copied, end);
        if policy.is_of_a_system() {
            self.choose(start, end, data, policy);
        }
        if first == last {
            self.pieces.insert(first, merged);
        } else {
            if let Some(piece) = self.pieces.get_mut(first) {
                *piece = merged;
            }
            self.pieces.drain(first.saturating_add(1)..last);
        }
        Inserted { difference, repeated: covered == end.saturating_sub(start) }
    }

    /// Uses a fragment instead of earlier ones where the policy says so.
    fn choose(&mut self, start: u32, end: u32, data: &[u8], policy: OverlapPolicy) {
        let mut owners = core::mem::take(&mut self.owners);
        let is_later_used = |held, later| policy.later_fragment(held, later);
        owners.claim((start.into(), end.into()), is_later_used, |from, to| {
            if let (Ok(from), Ok(to)) = (u32::try_from(from), u32::try_from(to)) {
                self.copy(start, data, from, to);
            }
        });
        self.owners = owners;
    }

    /// Copies the octets of a fragment at `start` that lie between `from` and `to` of the datagram.
    fn copy(&mut self, start: u32, data: &[u8], from: u32, to: u32) {
        let source = data.get(from.saturating_sub(start) as usize..to.saturating_sub(start) as usize);
        let target = self.octets.get_mut(from as usize..to as usize);
        if let (Some(source), Some(target)) = (source, target) {
            target.copy_from_slice(source);
        }
    }

    /// Where held octets and those of a fragment at `start` differ between `from` and `to`: the first such place, and the
    /// one behind the last.
    fn difference(&self, start: u32, data: &[u8], from: u32, to: u32) -> Option<(u32, u32)> {
        let held = self.octets.get(from as usize..to as usize)?;
        let come = data.get(from.saturating_sub(start) as usize..to.saturating_sub(start) as usize)?;
        if held == come {
            return None;
        }
        let mut differing = held.iter().zip(come).enumerate().filter(|(_, (held, come))| held != come);
        let first = differing.next()?.0;
        let last = differing.next_back().map_or(first, |(place, _)| place);
        let place = |index: usize| Some(from.saturating_add(u32::try_from(index).ok()?));
        Some((place(first)?, place(last)?.saturating_add(1)))
    }
}

struct Inserted {
    /// Places of the first octet that differs from the held one, and behind the last that does.
    difference: Option<(u32, u32)>,
    /// Whether all octets were held already.
    repeated: bool,
}

/// A datagram whose fragments have all come.
#[derive(Debug)]
pub(super) struct Complete {
    pub(super) protocol: u8,
    pub(super) octets: Vec<u8>,
    /// Frames that brought octets of it: file and number.
    pub(super) frames: Vec<(u32, u64)>,
}

/// The datagrams that wait for fragments.
#[derive(Debug)]
pub(super) struct Fragments {
    policy: OverlapPolicy,
    max_datagrams: usize,
    max_octets: usize,
    timeout: i64,
    /// Only moves while datagrams wait.
    clock: i64,
    /// Time of the last frame, if it was too far off the clock to be believed.
    stray: Option<i64>,
    datagrams: HashMap<Key, Datagram, foldhash::fast::RandomState>,
    /// Oldest first; an entry whose serial is no longer that of its key's datagram is stale.
    queue: VecDeque<(i64, u64, Key)>,
    serial: u64,
    octets: usize,
    completed: VecDeque<Completed>,
    spare: Vec<Vec<u8>>,
}

impl Fragments {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            policy: limits.overlap,
            max_datagrams: limits.fragmented_datagrams,
            max_octets: limits.fragment_octets,
            timeout: limits.fragment_timeout,
            clock: 0,
            stray: None,
            datagrams: HashMap::default(),
            queue: VecDeque::new(),
            serial: 0,
            octets: 0,
            completed: VecDeque::new(),
            spare: Vec::new(),
        }
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.datagrams.is_empty()
    }

    pub(super) fn datagrams(&self) -> usize {
        self.datagrams.len()
    }

    pub(super) const fn octets(&self) -> usize {
        self.octets
    }

    /// Lets time pass. One frame dated more than an hour off moves nothing; a second one that agrees with it shows that
    /// the clock was set, and what waits goes on waiting as long as it had left.
    #[cold]
    pub(super) fn advance(&mut self, ts: i64, notes: &mut Notes, counters: &mut Counters) {
        let step = ts.saturating_sub(self.clock);
        if step.unsigned_abs() > HOUR {
            if self.stray.is_none_or(|stray| ts.saturating_sub(stray).unsigned_abs() > HOUR) {
                self.stray = Some(ts);
                return;
            }
            self.clock = ts;
            self.datagrams
                .values_mut()
                .for_each(|datagram| datagram.since = datagram.since.saturating_add(step));
            self.queue.iter_mut().for_each(|entry| entry.0 = entry.0.saturating_add(step));
        }
        self.stray = None;
        self.clock = self.clock.max(ts);
        while let Some(&(since, serial, key)) = self.queue.front() {
            if self.clock.saturating_sub(since) < self.timeout {
                break;
            }
            self.queue.pop_front();
            if let Some(datagram) = self.remove_if(&key, |datagram| datagram.serial == serial) {
                self.expire(datagram, notes, counters);
            }
        }
    }

    /// Gives up everything that still waits.
    pub(super) fn finish(&mut self, notes: &mut Notes, counters: &mut Counters) {
        while let Some((_, serial, key)) = self.queue.pop_front() {
            if let Some(datagram) = self.remove_if(&key, |datagram| datagram.serial == serial) {
                if datagram.copy {
                    counters.fragments_repeated = counters.fragments_repeated.saturating_add(1);
                } else {
                    counters.datagrams_unfinished = counters.datagrams_unfinished.saturating_add(1);
                    notes.sum(NoteKind::FragmentUnfinished, "IP", datagram.len());
                }
                self.recycle(datagram.octets);
            }
        }
        self.completed.clear();
    }

    /// Takes one fragment in, and gives the datagram if it was the last one missing.
    pub(super) fn insert(
        &mut self,
        fragment: &Fragment<'_>,
        notes: &mut Notes,
        counters: &mut Counters,
    ) -> Option<Complete> {
        counters.fragments = counters.fragments.saturating_add(1);
        if self.is_empty() {
            self.clock = fragment.ts;
            self.stray = None;
            self.queue.clear();
        }
        let digest = fragment.digest();
        let is_copy = self.is_copy(fragment, digest);
        if self.find(fragment, is_copy, counters).is_none() {
            let since = self.clock;
            self.serial = self.serial.wrapping_add(1);
            let datagram = Datagram {
                serial: self.serial,
                since,
                copy: is_copy,
                protocol: fragment.protocol,
                total: None,
                octets: self.spare.pop().unwrap_or_default(),
                pieces: Vec::new(),
                owners: Owners::default(),
                frames: Vec::new(),
                digests: Vec::new(),
            };
            self.datagrams.insert(fragment.key, datagram);
            self.queue.push_back((since, self.serial, fragment.key));
        }
        let datagram = self.datagrams.get_mut(&fragment.key)?;
        let serial = datagram.serial;
        let before = datagram.cost();
        if datagram.digests.len() < DIGESTS && !datagram.digests.contains(&digest) {
            datagram.digests.push(digest);
        }
        Self::place(datagram, fragment, self.policy, notes, counters);
        let after = datagram.cost();
        let empty = datagram.pieces.is_empty();
        let complete = datagram.is_complete();
        let crumbled = datagram.pieces.len() > PIECES;
        self.octets = self.octets.saturating_add(after).saturating_sub(before);
        if complete {
            let datagram = self.remove_if(&fragment.key, |_| true)?;
            counters.datagrams_reassembled = counters.datagrams_reassembled.saturating_add(1);
            if self.completed.len() >= COMPLETED {
                self.completed.pop_front();
            }
            let Datagram { protocol, octets, frames, digests, .. } = datagram;
            self.completed.push_back(Completed { key: fragment.key, at: fragment.ts, digests });
            return Some(Complete { protocol, octets, frames });
        }
        if empty {
            if let Some(datagram) = self.remove_if(&fragment.key, |_| true) {
                self.recycle(datagram.octets);
            }
        } else if crumbled {
            self.evict(&fragment.key, serial, notes, counters);
        }
        while self.octets > self.max_octets || self.datagrams.len() > self.max_datagrams {
            let Some((_, serial, key)) = self.queue.pop_front() else { break };
            self.evict(&key, serial, notes, counters);
        }
        self.compact();
        None
    }

    /// Whether a fragment only repeats one of the last datagram of this name.
    fn is_copy(&self, fragment: &Fragment<'_>, digest: u64) -> bool {
        let last = self.completed.iter().rev().find(|completed| completed.key == fragment.key);
        last.is_some_and(|completed| completed.has(digest, fragment.ts))
    }

    /// The waiting datagram of a fragment. What late copies left behind is not mixed with a new datagram, of which a fragment
    /// that is no copy tells.
    fn find(&mut self, fragment: &Fragment<'_>, is_copy: bool, counters: &mut Counters) -> Option<()> {
        let datagram = self.datagrams.get(&fragment.key)?;
        if datagram.copy && !is_copy {
            let datagram = self.remove_if(&fragment.key, |_| true)?;
            counters.fragments_repeated = counters.fragments_repeated.saturating_add(1);
            self.recycle(datagram.octets);
            return None;
        }
        Some(())
    }

    /// Places a fragment in its datagram, unless it cannot belong there.
    fn place(
        datagram: &mut Datagram,
        fragment: &Fragment<'_>,
        policy: OverlapPolicy,
        notes: &mut Notes,
        counters: &mut Counters,
    ) {
        let mut refuse = |kind, expected, found| {
            counters.fragments_refused = counters.fragments_refused.saturating_add(1);
            notes.push(Note {
                kind,
                header: "IP",
                offset: fragment.frame_offset,
                reassembled: fragment.reassembled,
                expected,
                found,
            });
        };
        let len = u32::try_from(fragment.data.len()).unwrap_or(u32::MAX);
        let end = fragment.offset.saturating_add(len);
        if len == 0 || (fragment.more && len % 8 != 0) {
            return refuse(NoteKind::FragmentLength, 8, len);
        }
        if end > LARGEST {
            return refuse(NoteKind::FragmentEnd, LARGEST, end);
        }
        let held = datagram.pieces.last().map_or(0, |piece| piece.1);
        match datagram.total {
            Some(total) if end > total || (!fragment.more && end != total) => {
                return refuse(NoteKind::FragmentEnd, total, end);
            }
            None if !fragment.more && held > end => return refuse(NoteKind::FragmentEnd, held, end),
            _ => {}
        }
        if !fragment.more {
            datagram.total = Some(end);
        }
        if fragment.offset == 0 {
            datagram.protocol = fragment.protocol;
        }
        let inserted = datagram.insert(fragment.offset, fragment.data, policy);
        if !inserted.repeated && datagram.frames.len() < PIECES {
            datagram.frames.push(fragment.frame);
        }
        if let Some((place, end)) = inserted.difference {
            counters.fragments_conflicting = counters.fragments_conflicting.saturating_add(1);
            notes.push(Note {
                kind: NoteKind::FragmentOverlap,
                header: "IP",
                offset: fragment.frame_offset.saturating_add(place.saturating_sub(fragment.offset)),
                reassembled: fragment.reassembled,
                expected: place,
                found: end.saturating_sub(place),
            });
        } else if inserted.repeated {
            counters.fragments_repeated = counters.fragments_repeated.saturating_add(1);
        }
    }

    /// Keeps a buffer for the next datagram.
    pub(super) fn recycle(&mut self, mut octets: Vec<u8>) {
        if self.spare.len() < SPARE {
            octets.clear();
            self.spare.push(octets);
        }
    }

    fn remove_if(&mut self, key: &Key, condition: impl FnOnce(&Datagram) -> bool) -> Option<Datagram> {
        if !condition(self.datagrams.get(key)?) {
            return None;
        }
        let datagram = self.datagrams.remove(key)?;
        self.octets = self.octets.saturating_sub(datagram.cost());
        Some(datagram)
    }

    fn expire(&mut self, datagram: Datagram, notes: &mut Notes, counters: &mut Counters) {
        if datagram.copy {
            counters.fragments_repeated = counters.fragments_repeated.saturating_add(1);
        } else {
            counters.datagrams_timed_out = counters.datagrams_timed_out.saturating_add(1);
            notes.sum(NoteKind::FragmentTimeout, "IP", datagram.len());
        }
        self.recycle(datagram.octets);
    }

    fn evict(&mut self, key: &Key, serial: u64, notes: &mut Notes, counters: &mut Counters) {
        if let Some(datagram) = self.remove_if(key, |datagram| datagram.serial == serial) {
            counters.datagrams_evicted = counters.datagrams_evicted.saturating_add(1);
            notes.sum(NoteKind::FragmentLimit, "IP", datagram.len());
            self.recycle(datagram.octets);
        }
    }

    /// Drops stale entries before they outnumber the others.
    fn compact(&mut self) {
        if self.queue.len() > self.datagrams.len().saturating_mul(2).saturating_add(64) {
            let datagrams = &self.datagrams;
            self.queue.retain(|(_, serial, key)| {
                datagrams.get(key).is_some_and(|datagram| datagram.serial == *serial)
            });
        }
    }
}
