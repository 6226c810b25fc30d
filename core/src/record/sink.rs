//! Who takes rows.
use super::{Columns, Envelope, Field, Symbol, Table, fold};
use crate::common::Request;
use core::net::IpAddr;

/// What a sink wants next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Go on.
    #[default]
    GoOn,
    /// Leave this conversation alone from now on: its packets are counted, no longer dissected.
    Leave,
    /// Stop altogether.
    Stop,
}

/// One row of any table.
pub trait Row {
    /// Its table.
    fn table(&self) -> &'static Table;
    /// The value in the column of this index; [`Field::Null`] beyond the last.
    fn field(&self, column: usize) -> Field<'_>;
    /// Hands on each value that is there, in order, with the index of its column.
    fn present<'a>(&'a self, take: &mut dyn FnMut(usize, Field<'a>));
    /// Appends the row to the columns of its table.
    fn push(&self, columns: &mut Columns);
    /// Appends the row so many times.
    fn push_times(&self, columns: &mut Columns, times: usize);
    /// A number that depends on every field: the same for the same row on every machine.
    fn digest(&self) -> u64;
}

/// A row whose table is known at compile time.
pub trait Record: Row {
    /// The table of this type of row.
    fn schema() -> &'static Table
    where
        Self: Sized;
}

/// Rows of one table that stand in the same place, made one by one while they are taken: the values of a message that holds
/// many. What is taken in one of these ways is used up.
pub trait Series {
    /// Their table.
    fn table(&self) -> &'static Table;
    /// Hands each of them on, until one is answered by [`Verdict::Stop`]. Returns the greatest answer.
    fn each(&mut self, take: &mut dyn FnMut(&dyn Row) -> Verdict) -> Verdict;
    /// Appends them to the columns of their table, but no more than `most` of them: the rest may be taken after that.
    /// Returns how many these were; fewer than `most` if there are no more.
    fn push(&mut self, columns: &mut Columns, most: usize) -> usize;
    /// How many there are, and the sum modulo 2^64 of the [`weight`] of each with an envelope of this digest.
    fn weigh(&mut self, envelope: u64) -> (u64, u64);
}

/// An iterator over the rows of one type, as a [`Series`].
pub(crate) struct Each<I>(pub(crate) I);

impl<R: Record, I: Iterator<Item = R>> Series for Each<I> {
    fn table(&self) -> &'static Table {
        R::schema()
    }
    fn each(&mut self, take: &mut dyn FnMut(&dyn Row) -> Verdict) -> Verdict {
        let mut verdict = Verdict::GoOn;
        for row in self.0.by_ref() {
            verdict = verdict.max(take(&row));
            if verdict == Verdict::Stop {
                break;
            }
        }
        verdict
    }
    fn push(&mut self, columns: &mut Columns, most: usize) -> usize {
        let before = columns.rows;
        for row in self.0.by_ref().take(most) {
            row.push(columns);
        }
        columns.rows - before
    }
    fn weigh(&mut self, envelope: u64) -> (u64, u64) {
        self.0.by_ref().fold((0, 0), |(rows, sum), row| {
            (rows + 1, u64::wrapping_add(sum, weight(envelope, row.digest())))
        })
    }
}

/// Arbitrary odd numbers: they keep the two digests from cancelling each other out.
const ENVELOPE: u64 = 0x8ebc_6af0_9c88_c6e3;
const ROW: u64 = 0x5899_65cc_7537_4cc3;

/// What a row adds to the checksum of its table, by the digests of its envelope and its own.
#[inline(always)]
pub const fn weight(envelope: u64, row: u64) -> u64 {
    fold(envelope ^ ENVELOPE, row ^ ROW)
}

/// A conversation that begins: what no row but the last of it tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beginning {
    /// The conversation.
    pub conversation: u64,
    /// What carries it, as in the table `conversations`.
    pub transport: Symbol,
    /// Number of the IP protocol, or the ethertype where there is no IP; 0 on a serial line.
    pub transport_number: u16,
    /// Who sent its first frame; of a handshake whose first frame is its second half (SYN and ACK), who is answered by it.
    /// Without IP null.
    pub opener: Option<(IpAddr, u16)>,
    /// Whether that frame is of the opening handshake.
    pub handshake: bool,
}

/// Takes rows: a counter, a log writer, columns.
pub trait Sink {
    /// Takes one row.
    fn row(&mut self, envelope: &Envelope, row: &dyn Row) -> Verdict;
    /// Takes several rows of one table that stand in the same place. It may be left as it is, which takes them one by one.
    fn series(&mut self, envelope: &Envelope, series: &mut dyn Series) -> Verdict {
        series.each(&mut |row| self.row(envelope, row))
    }
    /// Is told of a conversation that begins, before the first row of it. An engine tells it, a session does not.
    fn begins(&mut self, beginning: &Beginning) {
        let _ = beginning;
    }
    /// Is told, before the rows of a message that came in several segments, which earlier frame brought octets of it:
    /// `completed` is the file and frame that its rows name, `brought` those of the earlier one. So it is of what a protocol
    /// puts together of several messages, and of the fragments of an IP datagram, too: `brought` then names the frames that
    /// completed those. Of a message of more than 1,024 segments of TCP, 1,024 fragments of IP, or 256 pieces of a protocol,
    /// not all are told.
    fn brought(&mut self, completed: (u32, u64), brought: (u32, u64)) {
        let _ = (completed, brought);
    }
    /// Is told of a request as soon as it is seen, among the rows of its message; the row in `operations` comes only when it
    /// has ended. Select, execute and cancel of one command are told each, a cancel also where its command was not seen.
    fn asked(&mut self, envelope: &Envelope, request: &Request<'_>) {
        let _ = (envelope, request);
    }
    /// Whether rows of this table are wanted; a row that nobody wants is not built. An engine or a session asks once for
    /// each table and remembers the answer.
    fn wants(&self, table: &'static Table) -> bool {
        let _ = table;
        true
    }
}
