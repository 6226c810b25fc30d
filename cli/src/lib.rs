//! The `fieldtap` command, as a library: the program and the Python package's console script both call [`main`].
#![forbid(unsafe_code)]

mod arguments;
mod commands;
mod error;
mod progress;
mod signals;

use arguments::{Arguments, Command};
use clap::Parser;
use std::ffi::OsString;

/// Everything went well.
const GOOD: u8 = 0;
/// A capture could not be read to its end, or what was asked for could not be done.
const FAILED: u8 = 1;
/// The command line is wrong.
const USAGE: u8 = 2;
/// Somebody wanted no more: what shells give a command that ends by SIGINT.
const INTERRUPTED: u8 = 130;

/// Runs the command with these arguments, the first of which is its name. Returns the exit code: 0 if all went well, 1 if
/// something could not be read or written, 2 if the arguments are wrong, 130 if it was interrupted (SIGINT, SIGTERM).
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are no errors, and go to standard output.
            let good = !error.use_stderr();
            let _ = error.print();
            return if good { GOOD } else { USAGE };
        }
    };
    let done = match arguments.command {
        Command::Dissect(arguments) => commands::dissect(&arguments),
        Command::Summary(arguments) => commands::summary(&arguments),
        Command::Protocols => commands::protocols(),
        Command::Schema(arguments) => commands::schema(&arguments),
    };
    match done {
        Ok(true) => GOOD,
        Ok(false) => FAILED,
        // Whoever reads our output has enough of it.
        Err(error) if error.is_broken_pipe() => GOOD,
        Err(error) => {
            error::tell(&error);
            match error {
                error::Error::Interrupted { .. } => INTERRUPTED,
                error if error.is_usage() => USAGE,
                _ => FAILED,
            }
        }
    }
}
