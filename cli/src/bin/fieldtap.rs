//! The `fieldtap` command.
use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(fieldtap_cli::main(std::env::args_os()))
}
