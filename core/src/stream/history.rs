//! What is remembered of delivered segments, to tell an honest retransmission from one with other octets.

use std::hash::{BuildHasher, Hasher};
use std::num::NonZeroU32;

use foldhash::fast::RandomState;

/// Delivered segments and gaps remembered.
pub(super) const DEPTH: usize = 8;

/// One delivered segment, or one gap. They follow each other without a break, the newest ending where the stream stands,
/// so that lengths alone say where each lies.
#[derive(Clone, Copy, Default)]
struct Entry {
    /// Octets; 0 where nothing is remembered.
    len: u32,
    /// Hash of the octets; none for a gap.
    hash: Option<NonZeroU32>,
    /// Frame that brought them, 0 when unknown.
    frame: u64,
}

/// How a stretch of delivered octets compares with what came again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    /// A segment with the same octets.
    Same,
    /// A segment with other octets, and the frame that brought it first.
    Differs { first_frame: Option<u64> },
    /// A part of a segment only.
    Part,
    /// A gap: these octets were never delivered.
    Gap,
    /// Before all that is remembered.
    Forgotten,
}

/// The ring of segments delivered last.
pub(super) struct History {
    entries: [Entry; DEPTH],
    /// The file whose frame numbers the entries hold.
    file: u32,
    newest: usize,
    state: RandomState,
}

impl History {
    pub(super) fn new() -> Box<Self> {
        Box::new(Self {
            entries: [Entry::default(); DEPTH],
            file: 0,
            newest: 0,
            state: RandomState::default(),
        })
    }

    /// Remembers a segment just delivered.
    pub(super) fn delivered(&mut self, bytes: &[u8], file: u32, frame: u64) {
        if file != self.file {
            self.file = file;
            for entry in &mut self.entries {
                entry.frame = 0;
            }
        }
        let hash = self.hash(bytes);
        self.push(Entry { len: saturate(bytes.len()), hash: Some(hash), frame });
    }

    /// Remembers a gap just reported.
    pub(super) fn gap(&mut self, len: u64) {
        self.push(Entry { len: u32::try_from(len).unwrap_or(u32::MAX), hash: None, frame: 0 });
    }

    fn push(&mut self, entry: Entry) {
        if entry.len == 0 {
            return;
        }
        self.newest = (self.newest + 1) % DEPTH;
        if let Some(slot) = self.entries.get_mut(self.newest) {
            *slot = entry;
        }
    }

    fn hash(&self, bytes: &[u8]) -> NonZeroU32 {
        let mut hasher = self.state.build_hasher();
        hasher.write(bytes);
        let hash = hasher.finish();
        NonZeroU32::new((hash ^ (hash >> 32)) as u32).unwrap_or(NonZeroU32::MIN)
    }

    /// Compares octets that came again with what was delivered at their place, the newest first. `from` is their position,
    /// `next` that of the stream; they end before `next`.
    pub(super) fn compare(
        &self,
        next: u64,
        from: u64,
        bytes: &[u8],
        file: u32,
        mut say: impl FnMut(u64, &[u8], Comparison),
    ) {
        let to = from.saturating_add(bytes.len() as u64);
        let mut end = next;
        for back in 0..DEPTH {
            let Some(entry) = self.entries.get((self.newest + DEPTH - back) % DEPTH) else { break };
            if entry.len == 0 || end <= from {
                break;
            }
            let start = end.saturating_sub(u64::from(entry.len));
            let (left, right) = (start.max(from), end.min(to));
            end = start;
            let part = slice(bytes, from, left, right);
            if part.is_empty() {
                continue;
            }
            let comparison = match entry.hash {
                None => Comparison::Gap,
                Some(_) if part.len() != entry.len as usize => Comparison::Part,
                Some(hash) if hash == self.hash(part) => Comparison::Same,
                Some(_) => Comparison::Differs {
                    first_frame: (file == self.file && entry.frame != 0).then_some(entry.frame),
                },
            };
            say(left, part, comparison);
        }
        let rest = slice(bytes, from, from, end.min(to));
        if !rest.is_empty() {
            say(from, rest, Comparison::Forgotten);
        }
    }
}

/// The part of `bytes`, which begin at `from`, that lies in `left..right`; empty where there is none.
pub(super) fn slice(bytes: &[u8], from: u64, left: u64, right: u64) -> &[u8] {
    let index =
        |position: u64| usize::try_from(position.saturating_sub(from)).unwrap_or(usize::MAX).min(bytes.len());
    bytes.get(index(left)..index(right)).unwrap_or_default()
}

pub(super) fn saturate(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}
