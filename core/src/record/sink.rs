//! Who takes rows.
use super::{Columns, Envelope, Field, Table};

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

/// Takes rows: a counter, a log writer, columns.
pub trait Sink {
    /// Takes one row.
    fn row(&mut self, envelope: &Envelope, row: &dyn Row) -> Verdict;
    /// Whether rows of this table are wanted; a row that nobody wants is not built. An engine or a session asks once for
    /// each table and remembers the answer.
    fn wants(&self, table: &'static Table) -> bool {
        let _ = table;
        true
    }
}
