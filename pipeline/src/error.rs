//! What can go wrong outside a capture's content.
use std::path::PathBuf;

/// Why a run ended before its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// What was to be written could not be written.
    #[error("cannot write {what}: {source}")]
    Write {
        /// The file, or `standard output`.
        what: String,
        /// Why.
        source: std::io::Error,
    },
    /// An exporter failed.
    #[error(transparent)]
    Export(#[from] fieldtap_export::Error),
    /// A path that is neither a file nor a folder, or a folder without captures.
    #[error("{}: {reason}", path.display())]
    Path {
        /// The path.
        path: PathBuf,
        /// Why it cannot be read.
        reason: String,
    },
    /// A list of names that cannot be read as one.
    #[error("{}, line {line}, field `{field}`: {reason}", path.display())]
    Names {
        /// The list.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// The column.
        field: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// A filter that cannot be asked.
    #[error("filter on `{column}`: {reason}")]
    Filter {
        /// The column, or what stands for the whole condition.
        column: String,
        /// What is wrong with it.
        reason: String,
    },
    /// More files than the identity of a message has room for.
    #[error("{found} files are named; one run reads at most {most}")]
    TooManyFiles {
        /// Files that were named.
        found: usize,
        /// How many one run may read.
        most: usize,
    },
    /// Whoever takes the rows wants no more.
    #[error("the reader of the rows has gone")]
    Gone,
}
