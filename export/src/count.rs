//! Rows and a checksum for each table.
use crate::tables::Tables;
use fieldtap::record::{
    Direction, Envelope, Row, Series, Sink, Symbol, Table, Verdict, digest_bytes, weight,
};

/// A sink that reads every field of envelope and row and keeps, for each table, the number of rows and a checksum.
///
/// The checksum is a sum of row hashes modulo 2^64: it depends on every bit of every field and on which envelope goes with
/// which row, but not on the order of rows; so counts of several threads can be added.
#[derive(Clone, Debug, Default)]
pub struct Count {
    tables: Tables<Tally>,
    last: Option<Last>,
}

/// The digest of the last envelope, with what tells the envelopes of one frame apart: the ends of its conversation do not
/// change meanwhile.
#[derive(Clone, Copy, Debug)]
struct Last {
    file: u32,
    frame: u64,
    conversation: Option<u64>,
    from_originator: bool,
    /// Digest of all that is the same for all messages of the frame.
    frame_digest: u64,
    message: u64,
    protocol: Symbol,
    direction: Direction,
    digest: u64,
}

impl Last {
    #[inline]
    fn is_of_frame(&self, envelope: &Envelope) -> bool {
        self.frame == envelope.frame
            && self.from_originator == envelope.from_originator
            && self.file == envelope.file
            && self.conversation == envelope.conversation
    }

    #[inline]
    fn is_of(&self, message: u64, envelope: &Envelope) -> bool {
        self.message == message
            && self.direction == envelope.direction.unwrap_or_default()
            && core::ptr::eq(self.protocol.0, envelope.protocol.0)
            && self.is_of_frame(envelope)
    }
}

impl Count {
    /// The digest of the envelope.
    #[inline]
    fn place(&mut self, envelope: &Envelope) -> u64 {
        match &self.last {
            Some(last) if envelope.message.is_some_and(|message| last.is_of(message, envelope)) => {
                last.digest
            }
            _ => self.anew(envelope),
        }
    }

    #[inline(always)]
    fn anew(&mut self, envelope: &Envelope) -> u64 {
        let Some(message) = envelope.message else { return envelope.digest() };
        let frame_digest = match &self.last {
            Some(last) if last.is_of_frame(envelope) => last.frame_digest,
            _ => Envelope { message: None, protocol: Symbol(""), direction: None, ..*envelope }.digest(),
        };
        let (protocol, direction) = (envelope.protocol, envelope.direction.unwrap_or_default());
        let digest =
            weight(frame_digest ^ message, digest_bytes(protocol.0.as_bytes()) ^ u64::from(direction.0));
        let &Envelope { file, frame, conversation, from_originator, .. } = envelope;
        self.last = Some(Last {
            file,
            frame,
            conversation,
            from_originator,
            frame_digest,
            message,
            protocol,
            direction,
            digest,
        });
        digest
    }

    /// The tally of this table.
    #[inline]
    fn tally(&mut self, table: &'static Table) -> &mut Tally {
        self.tables.entry(table, Tally::default)
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
    #[inline]
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

impl Sink for Count {
    #[inline]
    fn row(&mut self, envelope: &Envelope, row: &dyn Row) -> Verdict {
        let checksum = weight(self.place(envelope), row.digest());
        self.tally(row.table()).add(Tally { rows: 1, checksum });
        Verdict::GoOn
    }
    fn series(&mut self, envelope: &Envelope, series: &mut dyn Series) -> Verdict {
        let table = series.table();
        let (rows, checksum) = series.weigh(self.place(envelope));
        if rows > 0 {
            self.tally(table).add(Tally { rows, checksum });
        }
        Verdict::GoOn
    }
}

#[cfg(test)]
mod tests;
