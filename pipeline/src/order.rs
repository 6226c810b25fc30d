//! Rows of several threads, put back into one order.
use core::ops::Range;

/// Where a row belongs among those of its stretch of capture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    /// Index of the frame in the stretch.
    pub(crate) frame: u32,
    /// Rows that the time of the frame made come before those of its content.
    pub(crate) content: bool,
    /// Of rows that time made: the conversation.
    pub(crate) conversation: u64,
}

/// Rows of one slot of a collector that follow one another and belong to one place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    pub(crate) key: Key,
    pub(crate) slot: u32,
    /// Rows of the slot up to the end of this run.
    pub(crate) end: u32,
}

/// The runs of one collector in one stretch of capture.
#[derive(Debug, Default)]
pub(crate) struct Runs {
    pub(crate) runs: Vec<Run>,
    counts: Vec<u32>,
}

impl Runs {
    /// Notes rows that went to this slot.
    #[inline]
    pub(crate) fn push(&mut self, key: Key, slot: u32, rows: u32) {
        let index = slot as usize;
        if index >= self.counts.len() {
            self.counts.resize(index + 1, 0);
        }
        let Some(count) = self.counts.get_mut(index) else { return };
        *count += rows;
        match self.runs.last_mut() {
            Some(last) if last.key == key && last.slot == slot => last.end = *count,
            _ => self.runs.push(Run { key, slot, end: *count }),
        }
    }
}

/// Rows of one part that follow those named before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    /// Number of the part.
    pub part: usize,
    /// Slot of the part.
    pub slot: u32,
    /// Rows of the slot.
    pub rows: Range<usize>,
}

/// Merges the runs of several collectors.
pub(crate) fn merge(collected: &[Runs]) -> Vec<Merged> {
    let mut merged = Vec::with_capacity(collected.iter().map(|runs| runs.runs.len()).sum());
    let mut next = vec![0usize; collected.len()];
    let mut starts: Vec<Vec<u32>> = collected.iter().map(|runs| vec![0; runs.counts.len()]).collect();
    loop {
        let heads = collected.iter().zip(&next).enumerate();
        let first = heads.filter_map(|(who, (runs, at))| Some((runs.runs.get(*at)?.key, who))).min();
        let Some((_, who)) = first else { return merged };
        let (Some(at), Some(starts)) = (next.get_mut(who), starts.get_mut(who)) else { return merged };
        let Some(run) = collected.get(who).and_then(|runs| runs.runs.get(*at)) else { return merged };
        *at += 1;
        let Some(start) = starts.get_mut(run.slot as usize) else { return merged };
        merged.push(Merged { part: who, slot: run.slot, rows: *start as usize..run.end as usize });
        *start = run.end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(frame: u32, content: bool, conversation: u64) -> Key {
        Key { frame, content, conversation }
    }

    #[test]
    fn rows_come_by_frame_then_time_before_content_then_conversation() {
        let (mut a, mut b) = (Runs::default(), Runs::default());
        a.push(key(0, true, 0), 0, 1);
        a.push(key(2, false, 9), 1, 1);
        a.push(key(2, false, 9), 1, 1);
        a.push(key(2, true, 0), 0, 1);
        b.push(key(1, true, 0), 0, 1);
        b.push(key(2, false, 5), 0, 1);
        let seen: Vec<_> =
            merge(&[a, b]).into_iter().map(|merged| (merged.part, merged.slot, merged.rows)).collect();
        assert_eq!(seen, [(0, 0, 0..1), (1, 0, 0..1), (1, 0, 1..2), (0, 1, 0..2), (0, 0, 1..2)]);
    }
}
