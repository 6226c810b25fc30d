//! What fieldtap writes: JSON lines, CSV, Zeek logs, Suricata's EVE, Arrow, Parquet, and counts.
//!
//! - [`TextFormat`] is a text format: [`JsonLines`], [`Csv`], [`Zeek`](zeek::Zeek). Rows go straight into a buffer of octets.
//! - [`logs::Profile`] makes logs of other tools of rows: [`icsnpp::Icsnpp`].
//! - [`TableBatches`] gathers rows by column into a [`Batch`] for each table; with the feature `columnar`, `arrow` makes
//!   Arrow of them without copying what has Arrow's layout already, and `parquet` writes them to files.
//! - [`eve`] makes events of rows, several rows to an event where it needs them.
//! - [`Count`] reads everything and keeps numbers only.
#![forbid(unsafe_code)]

#[cfg(feature = "columnar")]
pub mod arrow;
mod batch;
mod count;
mod csv;
mod draft;
mod error;
pub mod eve;
pub mod icsnpp;
mod jsonl;
pub mod logs;
#[cfg(feature = "columnar")]
pub mod parquet;
#[cfg(test)]
mod samples;
mod tables;
mod text;
pub mod zeek;

pub use batch::{BATCH_ROWS, Batch, TableBatches, WEIGHED};
pub use count::{Count, Tally};
pub use csv::Csv;
pub use draft::Draft;
pub use error::Error;
pub use jsonl::JsonLines;
pub use text::TextFormat;
