//! What can go wrong when rows are written.
#[cfg(feature = "columnar")]
use arrow_schema::ArrowError;
#[cfg(feature = "columnar")]
use parquet::errors::ParquetError;
use std::path::PathBuf;

/// What can go wrong when rows are written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A folder or file cannot be made.
    #[error("{}: {source}", path.display())]
    File {
        /// The folder or file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A Parquet file cannot be written.
    #[cfg(feature = "columnar")]
    #[error("{}: {source}", path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// What the writer says.
        source: ParquetError,
    },
    /// Columns do not have the shape that Arrow asks for.
    #[cfg(feature = "columnar")]
    #[error("table {table}: {source}")]
    Arrow {
        /// The table.
        table: &'static str,
        /// What Arrow says.
        source: ArrowError,
    },
    /// A column of one batch outgrew the 32-bit offsets of Arrow.
    #[error(
        "table {table}, column {column}: a batch holds at most {} octets or list values in a column",
        i32::MAX
    )]
    TooLarge {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
    },
    /// The columns of a batch contradict each other or the table.
    #[error("table {table}, column {column}: the column does not have the shape that the table declares")]
    Shape {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
    },
    /// Rows of one table were given where those of another belong.
    #[error("rows of table {found} were given where those of {expected} belong")]
    OtherTable {
        /// The table whose rows belong there.
        expected: &'static str,
        /// The table whose rows were given.
        found: &'static str,
    },
    /// A batch does not have the rows that were asked for.
    #[error("table {table}: rows {start} to {end} were asked of a batch of {rows}")]
    Range {
        /// The table.
        table: &'static str,
        /// The first row asked for.
        start: usize,
        /// The row behind the last one asked for.
        end: usize,
        /// Rows there are.
        rows: usize,
    },
}
