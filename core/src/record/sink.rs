//! Who takes rows.
use super::{Columns, Envelope, Field, Symbol, Table};
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
    /// Appends the row to the columns of its table.
    fn push(&self, columns: &mut Columns);
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
    /// Is told of a conversation that begins, before the first row of it. An engine tells it, a session does not.
    fn begins(&mut self, beginning: &Beginning) {
        let _ = beginning;
    }
    /// Is told of a request as soon as it is seen, before the rows of its message; the row in `operations` comes only when
    /// it has ended. Select, execute and cancel of one command are told each.
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
