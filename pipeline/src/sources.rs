//! Which files are read, and in which order.
use crate::Error;
use fieldtap_capture::Reader;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The path that stands for standard input.
pub const STANDARD_INPUT: &str = "-";

/// Most files of one run: the identity of a message has 12 bits for the file.
pub(crate) const MOST: usize = 4096;

/// The files that paths name: a folder stands for the captures below it, by their names.
///
/// # Errors
///
/// [`Error::Path`] for a path that is neither file nor folder, or a folder that holds no capture.
pub fn expand<P: AsRef<Path>>(paths: impl IntoIterator<Item = P>) -> Result<Vec<PathBuf>, Error> {
    let mut files = Vec::new();
    for path in paths {
        let path = path.as_ref();
        let error = |reason: String| Error::Path { path: path.to_owned(), reason };
        if path.as_os_str() == STANDARD_INPUT {
            files.push(path.to_owned());
            continue;
        }
        let kind = fs::metadata(path).map_err(|source| error(source.to_string()))?;
        if kind.is_dir() {
            let before = files.len();
            folder(path, &mut files).map_err(|source| error(source.to_string()))?;
            if files.len() == before {
                return Err(error("the folder holds no capture".into()));
            }
        } else {
            files.push(path.to_owned());
        }
    }
    if files.len() > MOST {
        return Err(Error::TooManyFiles { found: files.len(), most: MOST });
    }
    Ok(files)
}

fn folder(path: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    let mut entries = fs::read_dir(path)?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let (path, kind) = (entry.path(), entry.file_type()?);
        if kind.is_dir() {
            folder(&path, files)?;
        } else if is_capture(&path) {
            files.push(path);
        }
    }
    Ok(())
}

/// Whether the name is that of a capture: pcap, pcapng, cap, each perhaps compressed, with or without a number behind.
fn is_capture(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_ascii_lowercase();
    let mut parts =
        name.rsplit('.').filter(|part| !matches!(*part, "gz" | "zst") && part.parse::<u64>().is_err());
    parts
        .next()
        .is_some_and(|part| ["pcap", "pcapng", "cap", "ntar"].contains(&part) || part.starts_with("pcap"))
}

/// Files in the order of their first frames; those that cannot be read, or are empty, keep their place behind the one
/// before them. Standard input cannot be looked into, and so keeps its place too.
pub(crate) fn in_order(files: &[PathBuf]) -> Vec<PathBuf> {
    if files.len() < 2 {
        return files.to_vec();
    }
    let mut last = i64::MIN;
    let mut timed: Vec<(i64, &PathBuf)> = Vec::new();
    for file in files {
        let first = if file.as_os_str() == STANDARD_INPUT {
            None
        } else {
            Reader::open(file).ok().and_then(|mut reader| reader.peek_ts())
        };
        last = first.unwrap_or(last);
        timed.push((last, file));
    }
    timed.sort_by_key(|(first, _)| *first);
    timed.into_iter().map(|(_, file)| file.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn captures_are_told_by_their_names() {
        for name in ["a.pcap", "a.PCAPNG", "a.pcap.gz", "a.pcapng.zst", "a.pcap0", "a.pcap.12", "a.cap"] {
            assert!(is_capture(Path::new(name)), "{name}");
        }
        for name in ["a.txt", "README.md", "pcap", "a.gz", "a.pcap.txt"] {
            assert!(!is_capture(Path::new(name)) || name == "pcap", "{name}");
        }
    }
}
