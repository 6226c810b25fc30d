//! Files, shards, threads and order for [fieldtap].
//!
//! [`run`] reads captures one behind the other, lets one or several engines dissect them, and hands what their sinks
//! collect to an [`Output`], always in the same order: whatever the number of threads, the same octets come out.
//!
//! ```no_run
//! use fieldtap_pipeline::{Job, TextOutput, run};
//!
//! let mut output = TextOutput::stream(fieldtap_export::JsonLines::new(), std::io::stdout());
//! let report = run(&Job::new(["capture.pcapng"]), &mut output)?;
//! eprintln!("{} frames", report.counters.frames);
//! # Ok::<(), fieldtap_pipeline::Error>(())
//! ```
#![forbid(unsafe_code)]

#[cfg(unix)]
mod awaited;
mod carve;
mod error;
mod facts;
mod filter;
mod names;
mod order;
mod outputs;
mod records;
mod run;
mod scl;
mod sources;

pub use carve::{Carved, Carving};
pub use error::Error;
pub use filter::{Comparison, Condition, Filter, Filtered, Literal, Prepared, moment};
pub use names::{describe, read_names};
pub use order::Merged;
pub use outputs::{
    Collector, ColumnsOutput, CountOutput, EveOutput, Kept, LogOutput, Output, PointsOutput, SummaryOutput,
    TextOutput, Wanted, parquet_output,
};
pub use records::Captures;
pub use run::{FileReport, Job, Payload, Progress, Report, dissect, run};
pub use scl::read_scl;
pub use sources::{STANDARD_INPUT, expand, is_read_once, is_same, overwritten, would_hold};

use fieldtap::record::{Record, Table};

/// Every table there is: of the captures, of the common language, and of each protocol of the registry.
pub fn tables() -> Vec<&'static Table> {
    let mut tables = vec![Captures::schema()];
    tables.extend(fieldtap::common::TABLES.iter().map(|table| table()));
    for protocol in fieldtap::protocols::PROTOCOLS {
        for table in protocol.tables {
            let table = table();
            if !tables.contains(&table) {
                tables.push(table);
            }
        }
    }
    tables
}

/// The examples of pages that need more than one crate: they have to compile.
#[cfg(doctest)]
mod pages {
    #[doc = include_str!("../../README.md")]
    struct Readme;
    #[doc = include_str!("../../docs/src/start/rust.md")]
    struct InRust;
}

#[cfg(test)]
mod tests {
    use super::*;
    use fieldtap::record::{Envelope, Kind};
    use std::collections::HashSet;

    /// The columns of the envelope come before those of every table, and a code has a column for its name.
    #[test]
    fn no_table_has_a_column_twice() {
        let all = tables();
        assert!(all.len() > 50);
        for table in all {
            let mut seen = HashSet::new();
            for column in Envelope::COLUMNS.iter().chain(table.columns) {
                let name = column.name.to_owned();
                let coded = matches!(column.kind, Kind::Code { .. }).then(|| format!("{name}_name"));
                for name in [Some(name), coded].into_iter().flatten() {
                    assert!(seen.insert(name.clone()), "{}: {name}", table.name);
                }
            }
        }
    }
}
