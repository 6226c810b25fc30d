//! What is generated and held by diff. Run it as `cargo xtask <subcommand>`.
//!
//! One module per subcommand. Each writes its files, or, with `--check`, fails where one is not as it would be written.

mod docs;
mod fuzz;
mod generated;
mod header;
mod stubs;

use std::process::ExitCode;

use generated::Generated;

/// One subcommand.
struct Subcommand {
    name: &'static str,
    about: &'static str,
    /// What it generates.
    files: fn() -> Result<Vec<Generated>, String>,
}

const SUBCOMMANDS: &[Subcommand] = &[
    Subcommand {
        name: "docs",
        about: "the pages of tables and protocols, the schema of events, and what the README shows of them",
        files: docs::files,
    },
    Subcommand {
        name: "fuzz",
        about: "the fuzz targets, from the registry of protocols",
        files: fuzz::files,
    },
    Subcommand { name: "header", about: "the header of the C ABI", files: header::files },
    Subcommand {
        name: "stubs",
        about: "the names that the types of the Python package know",
        files: stubs::files,
    },
];

fn usage() {
    eprintln!("Usage: cargo xtask <SUBCOMMAND> [--check]\n\nSubcommands:");
    for Subcommand { name, about, .. } in SUBCOMMANDS {
        eprintln!("  {name:<6}  {about}");
    }
    eprintln!("  check   all of these with --check");
    eprintln!("\nOptions:\n  --check  writes nothing; fails where a file is not as it would be written");
}

/// Every file that any subcommand writes.
fn all() -> Result<Vec<Generated>, String> {
    let mut all = Vec::new();
    for subcommand in SUBCOMMANDS {
        all.extend((subcommand.files)()?);
    }
    Ok(all)
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let named = |name: &str| SUBCOMMANDS.iter().find(|subcommand| subcommand.name == name);
    let asked = match arguments.as_slice() {
        ["check"] => Some((all(), true)),
        [name] => named(name).map(|subcommand| ((subcommand.files)(), false)),
        [name, "--check"] => named(name).map(|subcommand| ((subcommand.files)(), true)),
        _ => None,
    };
    let Some((files, check)) = asked else {
        usage();
        return ExitCode::from(2);
    };
    match files.and_then(|files| if check { generated::check(&files) } else { generated::write(&files) }) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
