//! What is known of a capture beside its rows.
use fieldtap::{Counters, packet};

/// Files of one capture may overlap by this time, in nanoseconds: frames of several interfaces are written that far out of
/// order where a capture goes on in the next file.
const OVERLAP: i64 = 100_000_000;

/// What is known of a capture beside its rows: handed in by whoever read the files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capture {
    /// The files, by their index.
    pub files: Vec<CapturedFile>,
    /// What the engine met. Where several engines share the shards of one capture, each frame is to be counted once.
    pub engine: Counters,
    /// What the packet decoder met; each frame counted once, as above.
    pub packets: packet::Counters,
}

/// One file of a capture.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct CapturedFile {
    /// Its index, as in the column `file` of every row.
    pub index: u32,
    /// Its name, or `-` for standard input.
    pub name: String,
    /// Frames read.
    pub frames: u64,
    /// Octets of these frames, as they were on the wire.
    pub octets: u64,
    /// Time of the earliest frame: nanoseconds since 1970-01-01 UTC; none without frames.
    pub first: Option<i64>,
    /// Time of the latest frame: nanoseconds since 1970-01-01 UTC; none without frames.
    pub last: Option<i64>,
    /// Why the file was not read to its end, if it was not.
    pub damage: Option<String>,
}

impl Capture {
    /// Frames of all files.
    pub fn frames(&self) -> u64 {
        self.files.iter().fold(0, |sum, file| sum.saturating_add(file.frames))
    }

    /// Octets of the frames of all files, as they were on the wire.
    pub fn octets(&self) -> u64 {
        self.files.iter().fold(0, |sum, file| sum.saturating_add(file.octets))
    }

    /// Time of the earliest frame: nanoseconds since 1970-01-01 UTC.
    pub fn first(&self) -> Option<i64> {
        self.files.iter().filter_map(|file| file.first).min()
    }

    /// Time of the latest frame: nanoseconds since 1970-01-01 UTC.
    pub fn last(&self) -> Option<i64> {
        self.files.iter().filter_map(|file| file.last).max()
    }

    /// Files that were not read to their end.
    pub fn damaged(&self) -> impl Iterator<Item = &CapturedFile> {
        self.files.iter().filter(|file| file.damage.is_some())
    }

    /// Files that begin before one that was read before them has ended, each behind that one. Conversations that lie in both
    /// were not followed in order of time: requests and their answers may not have found each other.
    pub fn overlapping(&self) -> impl Iterator<Item = (&CapturedFile, &CapturedFile)> {
        let mut latest: Option<(&CapturedFile, i64)> = None;
        let timed = self.files.iter().filter_map(|file| Some((file, file.first?, file.last?)));
        timed.filter_map(move |(file, first, last)| {
            let before = latest.filter(|(_, last)| last.saturating_sub(first) > OVERLAP);
            if latest.is_none_or(|(_, latest)| latest < last) {
                latest = Some((file, last));
            }
            Some((before?.0, file))
        })
    }

    pub(crate) fn sort(&mut self) {
        self.files.sort();
    }

    /// Adds the facts of another part of the capture: other files, and what other engines met.
    pub(crate) fn merge(&mut self, other: Self) {
        self.files.extend(other.files);
        self.sort();
        let (own, more) = (&mut self.engine, &other.engine);
        for (own, more) in [
            (&mut own.frames, more.frames),
            (&mut own.octets, more.octets),
            (&mut own.unknown_link, more.unknown_link),
            (&mut own.unattributed, more.unattributed),
            (&mut own.fragments, more.fragments),
            (&mut own.conversations, more.conversations),
            (&mut own.evicted_half_open, more.evicted_half_open),
            (&mut own.evicted_unidentified, more.evicted_unidentified),
            (&mut own.evicted_identified, more.evicted_identified),
            (&mut own.untracked, more.untracked),
            (&mut own.untracked_publishers, more.untracked_publishers),
            (&mut own.evicted_publishers, more.evicted_publishers),
        ] {
            *own = own.saturating_add(more);
        }
        let (own, more) = (&mut self.packets, &other.packets);
        for (own, more) in [
            (&mut own.offloaded_lengths, more.offloaded_lengths),
            (&mut own.notes_dropped, more.notes_dropped),
            (&mut own.fragments, more.fragments),
            (&mut own.fragments_cut, more.fragments_cut),
            (&mut own.fragments_refused, more.fragments_refused),
            (&mut own.fragments_wrong_checksum, more.fragments_wrong_checksum),
            (&mut own.fragments_repeated, more.fragments_repeated),
            (&mut own.fragments_conflicting, more.fragments_conflicting),
            (&mut own.datagrams_reassembled, more.datagrams_reassembled),
            (&mut own.datagrams_timed_out, more.datagrams_timed_out),
            (&mut own.datagrams_evicted, more.datagrams_evicted),
            (&mut own.datagrams_unfinished, more.datagrams_unfinished),
        ] {
            *own = own.saturating_add(more);
        }
    }
}
