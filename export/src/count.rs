//! Rows and a checksum for each table.
use crate::tables::Tables;
use fieldtap::record::{Envelope, Row, Sink, Table, Verdict, fold};

/// A sink that reads every field of envelope and row and keeps, for each table, the number of rows and a checksum.
///
/// The checksum is a sum of row hashes modulo 2^64: it depends on every bit of every field and on which envelope goes with
/// which row, but not on the order of rows; so counts of several threads can be added.
#[derive(Clone, Debug, Default)]
pub struct Count {
    tables: Tables<Tally>,
    last: Option<Last>,
}

/// The last envelope and its digest: most messages give several rows, which stand in the same place.
type Last = (Envelope, u64);

impl Count {
    #[inline]
    fn place(&mut self, envelope: &Envelope) -> u64 {
        match &self.last {
            Some((last, digest)) if stands_with(last, envelope) => *digest,
            _ => self.anew(envelope),
        }
    }

    #[inline]
    fn anew(&mut self, envelope: &Envelope) -> u64 {
        let digest = envelope.digest();
        self.last = Some((*envelope, digest));
        digest
    }
}

/// Whether two envelopes are the same in every field. Those of one message are, if its conversation, what it says of its
/// sender, its protocol and its direction are: the ends of a conversation and what a frame tells do not change meanwhile.
#[inline]
fn stands_with(last: &Envelope, envelope: &Envelope) -> bool {
    last.message == envelope.message
        && match envelope.message {
            Some(_) => {
                last.conversation == envelope.conversation
                    && last.from_originator == envelope.from_originator
                    && last.sender_port == envelope.sender_port
                    && last.direction == envelope.direction
                    && core::ptr::eq(last.protocol.0, envelope.protocol.0)
                    && (last.file, last.frame, last.ts) == (envelope.file, envelope.frame, envelope.ts)
            }
            None => last == envelope,
        }
}

/// The count of one table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Number of rows.
    pub rows: u64,
    /// Sum of the hashes of the rows, modulo 2^64.
    pub checksum: u64,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.rows += other.rows;
        self.checksum = self.checksum.wrapping_add(other.checksum);
    }
}

impl Count {
    /// Nothing counted yet.
    pub fn new() -> Self {
        Self::default()
    }
    /// Adds what another one counted.
    pub fn add(&mut self, other: &Self) {
        for (table, tally) in other.tables.iter() {
            self.tables.entry(table, Tally::default).add(*tally);
        }
    }
    /// The tables that had rows, by name.
    pub fn tables(&self) -> Vec<(&'static Table, Tally)> {
        let mut tables: Vec<_> = self.tables.iter().map(|(table, tally)| (table, *tally)).collect();
        tables.sort_by_key(|(table, _)| table.name);
        tables
    }
    /// Rows of all tables.
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|(_, tally)| tally.rows).sum()
    }
}

/// Arbitrary odd numbers: they keep the two digests from cancelling each other out.
const ENVELOPE: u64 = 0x8ebc_6af0_9c88_c6e3;
const ROW: u64 = 0x5899_65cc_7537_4cc3;

impl Sink for Count {
    #[inline]
    fn row(&mut self, envelope: &Envelope, row: &dyn Row) -> Verdict {
        let checksum = fold(self.place(envelope) ^ ENVELOPE, row.digest() ^ ROW);
        self.tables.entry(row.table(), Tally::default).add(Tally { rows: 1, checksum });
        Verdict::GoOn
    }
}

#[cfg(test)]
mod tests;
