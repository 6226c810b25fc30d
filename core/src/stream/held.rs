//! What came out of order, held until the hole before it is filled.

use std::collections::VecDeque;

use super::history::{saturate, slice};
use crate::overlap::Owners;
use crate::{Limits, Mark, OverlapPolicy};

/// One segment's part of a run, so that its frame is known, and its retransmission recognised, once the run is delivered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    pub(super) len: u32,
    /// The segment that brought it; of several taken together, the latest.
    pub(super) mark: Mark,
    /// Whether it is of several segments.
    merged: bool,
}

impl Piece {
    fn new(len: usize, mark: Mark) -> Self {
        Self { len: saturate(len), mark, merged: false }
    }

    /// The frame that brought it, if it is one.
    pub(super) fn frame(&self) -> Option<u64> {
        (!self.merged && self.mark.frame != 0).then_some(self.mark.frame)
    }

    /// Takes in a piece right beside it.
    fn merge(&mut self, other: Self) {
        self.len = self.len.saturating_add(other.len);
        self.mark = latest(self.mark, other.mark);
        self.merged = true;
    }
}

/// The mark that comes later in the capture.
pub(super) fn latest(one: Mark, other: Mark) -> Mark {
    if (other.file, other.frame) > (one.file, one.frame) { other } else { one }
}

/// Octets that follow each other without a hole, behind a hole.
///
/// A run may be empty: it then marks a place that is known to exist, because a FIN stands there or because the octets
/// before it were cut off by the capture.
pub(super) struct Run {
    /// Position of the first octet in the stream's span.
    pub(super) start: u64,
    pub(super) bytes: VecDeque<u8>,
    /// The segments that the octets came in. Of too many, the first are taken together.
    pub(super) pieces: VecDeque<Piece>,
    /// When the hole before the run is given up.
    pub(super) deadline: i64,
    /// Octets right before the run that a segment held but the capture cut off.
    pub(super) cut: u64,
}

impl Run {
    pub(super) fn end(&self) -> u64 {
        self.start.saturating_add(self.bytes.len() as u64)
    }

    /// Gives whether there is a piece more. With no room for one, the first two are taken together.
    fn append(&mut self, bytes: &[u8], mark: Mark, room: bool) -> bool {
        moved(bytes.len());
        self.bytes.extend(bytes);
        self.pieces.push_back(Piece::new(bytes.len(), mark));
        room || !self.merge_first()
    }

    fn prepend(&mut self, bytes: &[u8], mark: Mark, room: bool) -> bool {
        moved(bytes.len());
        for &byte in bytes.iter().rev() {
            self.bytes.push_front(byte);
        }
        self.start = self.start.saturating_sub(bytes.len() as u64);
        self.cut = 0;
        self.pieces.push_front(Piece::new(bytes.len(), mark));
        room || !self.merge_first()
    }

    fn merge_first(&mut self) -> bool {
        let Some(&second) = self.pieces.get(1) else { return false };
        self.pieces.remove(1);
        if let Some(first) = self.pieces.front_mut() {
            first.merge(second);
        }
        true
    }

    /// Takes in the run that begins where this one ends. The smaller is moved to the larger, so that octets are moved a
    /// logarithmic number of times at most, in whatever order segments come.
    fn join(&mut self, mut next: Self) {
        if next.bytes.len() <= self.bytes.len() {
            moved(next.bytes.len());
            self.bytes.append(&mut next.bytes);
        } else {
            moved(self.bytes.len());
            for &byte in self.bytes.iter().rev() {
                next.bytes.push_front(byte);
            }
            self.bytes = next.bytes;
        }
        self.pieces.append(&mut next.pieces);
    }

    /// The frame that brought the octet at `position`.
    fn frame_of(&self, position: u64, file: u32) -> Option<u64> {
        let mut end = self.start;
        for piece in &self.pieces {
            end = end.saturating_add(u64::from(piece.len));
            if position < end {
                return piece.frame().filter(|_| piece.mark.file == file);
            }
        }
        None
    }

    /// Compares a copy of the octets from `position` on with those held, and writes it over them where the last copy is
    /// used. Gives the range that holds all octets that differ.
    fn overlap(&mut self, position: u64, copy: &[u8], policy: OverlapPolicy) -> Option<(u64, u64)> {
        moved(copy.len());
        let skip = usize::try_from(position.saturating_sub(self.start)).unwrap_or(usize::MAX);
        let mut differing: Option<(u64, u64)> = None;
        let held = self.bytes.iter_mut().skip(skip);
        for ((held, copy), at) in held.zip(copy).zip(position..) {
            if held != copy {
                differing = Some((differing.map_or(at, |(first, _)| first), at));
                if policy == OverlapPolicy::Last {
                    *held = *copy;
                }
            }
        }
        differing.map(|(first, last)| (first, last.saturating_sub(first).saturating_add(1)))
    }

    /// Writes other octets over those held from `position` on.
    fn replace(&mut self, position: u64, bytes: &[u8]) {
        moved(bytes.len());
        let skip = usize::try_from(position.saturating_sub(self.start)).unwrap_or(usize::MAX);
        self.bytes.iter_mut().skip(skip).zip(bytes).for_each(|(held, byte)| *held = *byte);
    }
}

/// Held octets that a segment contradicts.
pub(super) struct Difference {
    pub(super) offset: u64,
    pub(super) octets: u64,
    pub(super) first_frame: Option<u64>,
}

/// The runs of one direction, in order. No two of them touch, and all lie behind the stream's position.
#[derive(Default)]
pub(super) struct Held {
    pub(super) runs: VecDeque<Run>,
    /// Octets in all runs.
    pub(super) octets: u64,
    /// Pieces in all runs.
    pieces: usize,
    /// The position up to which the other side has acknowledged.
    acknowledged: u64,
    /// Whether pieces were taken together since that was asked for.
    merged: bool,
    /// Which segment each octet was taken from, where the policy asks for it.
    owners: Owners,
}

impl Held {
    pub(super) fn new(acknowledged: u64) -> Self {
        Self { acknowledged, ..Self::default() }
    }

    /// Position behind the last run.
    pub(super) fn end(&self) -> Option<u64> {
        self.runs.back().map(Run::end)
    }

    /// Index of the first run that ends at `position` or behind it. Most segments come at the end.
    fn find(&self, position: u64) -> usize {
        match self.runs.back() {
            Some(last) if last.end() < position => self.runs.len(),
            _ => self.runs.partition_point(|run| run.end() < position),
        }
    }

    /// When the hole before a run at `start`, first known of now, is given up.
    fn wait(&self, start: u64, now: i64, limits: &Limits) -> i64 {
        let acknowledged = start <= self.acknowledged;
        now.saturating_add(if acknowledged { limits.acknowledged_hole_wait } else { limits.hole_wait })
    }

    fn new_run(&self, start: u64, now: i64, limits: &Limits) -> Run {
        Run {
            start,
            bytes: VecDeque::new(),
            pieces: VecDeque::new(),
            deadline: self.wait(start, now, limits),
            cut: 0,
        }
    }

    /// Holds the octets of a segment. Gives how many of them were held already. `mark` has the time of the capture, `now` is
    /// that of the clock that holes are waited by.
    pub(super) fn insert(
        &mut self,
        start: u64,
        bytes: &[u8],
        mark: Mark,
        now: i64,
        limits: &Limits,
        mut say: impl FnMut(Difference),
    ) -> u64 {
        let end = start.saturating_add(bytes.len() as u64);
        let index = self.find(start);
        let mut cursor = start;
        let mut known = 0_u64;
        while cursor < end {
            let room = self.pieces < limits.out_of_order_segments;
            let mut more = None;
            let next_start =
                |runs: &VecDeque<Run>, index| runs.get(index).map_or(end, |run: &Run| run.start.min(end));
            match self.runs.get_mut(index) {
                Some(run) if run.start <= cursor => {
                    let copy = slice(bytes, start, cursor, run.end());
                    if let Some((offset, octets)) = run.overlap(cursor, copy, limits.overlap) {
                        say(Difference { offset, octets, first_frame: run.frame_of(offset, mark.file) });
                    }
                    known = known.saturating_add(copy.len() as u64);
                    cursor = cursor.saturating_add(copy.len() as u64);
                    let stop = next_start(&self.runs, index.saturating_add(1));
                    let fresh = slice(bytes, start, cursor, stop);
                    if let (false, Some(run)) = (fresh.is_empty(), self.runs.get_mut(index)) {
                        more = Some(run.append(fresh, mark, room));
                        cursor = stop;
                    }
                }
                run => {
                    let stop = run.as_ref().map_or(end, |run| run.start.min(end));
                    let fresh = slice(bytes, start, cursor, stop);
                    match run {
                        Some(run) if run.start == stop => more = Some(run.prepend(fresh, mark, room)),
                        _ => {
                            let mut run = self.new_run(cursor, now, limits);
                            more = Some(run.append(fresh, mark, room));
                            moved(self.runs.len().saturating_sub(index));
                            self.runs.insert(index, run);
                        }
                    }
                    cursor = stop;
                }
            }
            self.pieces = self.pieces.saturating_add(usize::from(more == Some(true)));
            self.merged |= more == Some(false);
            self.join_next(index);
        }
        self.octets = self.octets.saturating_add((bytes.len() as u64).saturating_sub(known));
        if limits.overlap.is_of_a_system() {
            self.choose(start, bytes, limits.overlap);
        }
        // A frame dated far ahead must not keep its hole open for ever: later frames shorten the wait again.
        let latest = now.saturating_add(limits.hole_wait);
        if let Some(first) = self.runs.front_mut() {
            first.deadline = first.deadline.min(latest);
        }
        known
    }

    /// Whether pieces have been taken together since this was asked.
    pub(super) fn have_merged(&mut self) -> bool {
        core::mem::take(&mut self.merged)
    }

    /// Uses a segment instead of held ones where the policy says so. All octets of it are held by now.
    fn choose(&mut self, start: u64, bytes: &[u8], policy: OverlapPolicy) {
        let end = start.saturating_add(bytes.len() as u64);
        let index = self.find(end);
        let Some(run) = self.runs.get_mut(index) else { return };
        let is_later_used = |held, later| policy.later_segment(held, later);
        self.owners.claim((start, end), is_later_used, |from, to| {
            run.replace(from, slice(bytes, start, from, to));
        });
    }

    /// Joins the run at `index` with the one behind it where they touch.
    fn join_next(&mut self, index: usize) {
        let behind = index.saturating_add(1);
        let touches = match (self.runs.get(index), self.runs.get(behind)) {
            (Some(run), Some(next)) => run.end() == next.start,
            _ => false,
        };
        if touches
            && let Some(next) = self.runs.remove(behind)
            && let Some(run) = self.runs.get_mut(index)
        {
            run.join(next);
        }
    }

    /// Notes that the stream is known to reach as far as `position`.
    pub(super) fn mark(&mut self, position: u64, now: i64, limits: &Limits) {
        let index = self.find(position);
        if self.runs.get(index).is_none_or(|run| run.start > position) {
            let run = self.new_run(position, now, limits);
            self.runs.insert(index, run);
        }
    }

    /// Notes that the capture cut off the octets from `from` to `to`.
    pub(super) fn mark_cut(&mut self, from: u64, to: u64, now: i64, limits: &Limits) {
        self.mark(to, now, limits);
        let index = self.runs.partition_point(|run| run.start <= from);
        if let Some(run) = self.runs.get_mut(index)
            && run.start <= to
        {
            run.cut = run.cut.max(run.start.saturating_sub(from));
        }
    }

    /// Shortens the wait for all holes that the other side has acknowledged.
    pub(super) fn acknowledged(&mut self, position: u64, now: i64, limits: &Limits) {
        if position <= self.acknowledged {
            return;
        }
        let first = self.runs.partition_point(|run| run.start <= self.acknowledged);
        self.acknowledged = position;
        let deadline = now.saturating_add(limits.acknowledged_hole_wait);
        for run in self.runs.iter_mut().skip(first).take_while(|run| run.start <= position) {
            run.deadline = run.deadline.min(deadline);
        }
    }

    /// Begins the wait for the first hole anew, since octets came that fill it from its beginning.
    pub(super) fn wait_anew(&mut self, now: i64, limits: &Limits) {
        if let Some(start) = self.runs.front().map(|run| run.start) {
            let deadline = self.wait(start, now, limits);
            if let Some(first) = self.runs.front_mut() {
                first.deadline = deadline;
            }
        }
    }

    /// Whether the other side has acknowledged what lies before `position`.
    pub(super) fn is_acknowledged(&self, position: u64) -> bool {
        position <= self.acknowledged
    }

    pub(super) fn pop(&mut self) -> Option<Run> {
        let run = self.runs.pop_front()?;
        self.octets = self.octets.saturating_sub(run.bytes.len() as u64);
        self.pieces = self.pieces.saturating_sub(run.pieces.len());
        self.owners.release(run.end());
        Some(run)
    }
}

/// Counts octets compared or copied and runs moved, for the test that work grows linearly.
#[cfg(not(test))]
fn moved(_count: usize) {}

#[cfg(test)]
fn moved(count: usize) {
    MOVED.with(|moved| moved.set(moved.get() + count));
}

#[cfg(test)]
thread_local! {
    pub(super) static MOVED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}
