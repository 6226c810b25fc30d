//! The Python package `fieldtap`: captures in, Arrow tables out.
//!
//! What Python sees is declared here, and typed in `package/fieldtap/_fieldtap.pyi`. Work goes on in threads of its own
//! ([`worker`]), so that the interpreter runs on and hears Ctrl-C.
#![forbid(unsafe_code)]

mod capture;
mod cell;
mod errors;
mod options;
mod payload;
mod protocols;
mod read;
mod stream;
mod summary;
mod table;
mod worker;

use pyo3::prelude::*;
use std::{ffi::OsString, io::Write as _};

/// Runs the command `fieldtap` with these arguments, the first of which is its name. Returns the exit code.
#[pyfunction]
fn command(py: Python<'_>, arguments: Vec<OsString>) -> u8 {
    py.detach(|| {
        let code = fieldtap_cli::main(arguments);
        // Rust's own buffer is flushed by Rust's own `main`, which is not there. Whoever does not read has gone.
        let _ = std::io::stdout().flush();
        code
    })
}

#[pymodule(gil_used = false)]
mod _fieldtap {
    #[pymodule_export]
    use super::{
        capture::Capture,
        command,
        payload::dissect,
        protocols::{Protocol, protocols},
        read::read,
        stream::{Stream, stream},
        summary::Summary,
        table::{Column, Schema, Table, schema},
        worker::Progress,
    };

    #[pymodule_export]
    #[expect(non_upper_case_globals, reason = "the name that Python expects")]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}
