//! Files that are generated, and how they are held to what generates them.

use std::fs;
use std::path::{Path, PathBuf};

/// A file, or a whole folder, as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Generated {
    /// A file with this text.
    File {
        /// Path from the root of the repository.
        path: PathBuf,
        /// What it holds.
        text: String,
    },
    /// A folder that holds no other files than these.
    Folder {
        /// Path from the root of the repository.
        path: PathBuf,
        /// Names of its files.
        names: Vec<String>,
    },
}

/// The root of the repository.
pub fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest).to_owned()
}

/// Reads a file of the repository.
pub fn read(path: &str) -> Result<String, String> {
    fs::read_to_string(root().join(path)).map_err(|error| format!("{path}: {error}"))
}

/// `text` with what stands between the lines that hold `begin` and `end` replaced.
///
/// # Errors
/// Where the two lines are not both there.
pub fn between(text: &str, begin: &str, end: &str, inner: &str) -> Result<String, String> {
    let missing = |line: &str| format!("there is no line `{line}`");
    let from = text.find(begin).ok_or_else(|| missing(begin))? + begin.len();
    let (before, rest) = text.split_at(from);
    let to = rest.find(end).ok_or_else(|| missing(end))?;
    Ok(format!("{before}\n{inner}{}", &rest[to..]))
}

fn strangers(folder: &Path, names: &[String]) -> Result<Vec<PathBuf>, String> {
    let mut strangers = Vec::new();
    let Ok(entries) = fs::read_dir(root().join(folder)) else { return Ok(strangers) };
    for entry in entries {
        let entry = entry.map_err(|error| format!("{}: {error}", folder.display()))?;
        if !names.iter().any(|name| entry.file_name() == name.as_str()) {
            strangers.push(folder.join(entry.file_name()));
        }
    }
    strangers.sort();
    Ok(strangers)
}

/// Writes what is not as it should be, and says so.
pub fn write(all: &[Generated]) -> Result<(), String> {
    for generated in all {
        match generated {
            Generated::File { path, text } => {
                let full = root().join(path);
                if fs::read_to_string(&full).is_ok_and(|present| present == *text) {
                    continue;
                }
                let written =
                    full.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&full, text));
                written.map_err(|error| format!("{}: {error}", path.display()))?;
                println!("{} written", path.display());
            }
            Generated::Folder { path, names } => {
                for stranger in strangers(path, names)? {
                    fs::remove_file(root().join(&stranger))
                        .map_err(|error| format!("{}: {error}", stranger.display()))?;
                    println!("{} removed", stranger.display());
                }
            }
        }
    }
    Ok(())
}

/// Compares, and names every file that is not as it should be.
pub fn check(all: &[Generated]) -> Result<(), String> {
    let mut wrong = Vec::new();
    for generated in all {
        match generated {
            Generated::File { path, text } => {
                if !fs::read_to_string(root().join(path)).is_ok_and(|present| present == *text) {
                    wrong.push(path.clone());
                }
            }
            Generated::Folder { path, names } => wrong.extend(strangers(path, names)?),
        }
    }
    if wrong.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = wrong.iter().map(|path| path.display().to_string()).collect();
    Err(format!("not as generated (run the same without --check): {}", names.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_between_the_lines_changes() {
        let text = "a\n# begin\nold\n# end\nb\n";
        assert_eq!(between(text, "# begin", "# end", "new\n").as_deref(), Ok("a\n# begin\nnew\n# end\nb\n"));
        assert!(between(text, "# begin", "# stop", "").is_err());
        assert!(between(text, "# start", "# end", "").is_err());
    }
}
