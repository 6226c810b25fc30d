//! Which files are read, in which order, and that nothing is written over them.
use crate::Error;
#[cfg(unix)]
use crate::awaited::{Awaited, Quiet};
use fieldtap_capture::Reader;
use std::{
    collections::{HashMap, HashSet},
    fs::{self, DirEntry},
    io,
    path::{Component, Path, PathBuf},
    sync::{Arc, atomic::AtomicBool},
};

/// The path that stands for standard input.
pub const STANDARD_INPUT: &str = "-";

/// Most files of one run: the identity of a message has 12 bits for the file.
pub(crate) const MOST: usize = 4096;

/// What tells whether two paths lead to the same file: the device and the number there.
#[cfg(unix)]
type Identity = (u64, u64);
/// What tells whether two paths lead to the same file: the path without links.
#[cfg(not(unix))]
type Identity = PathBuf;

#[cfg(unix)]
fn identity(path: &Path) -> io::Result<Identity> {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(path).map(|known| (known.dev(), known.ino()))
}
#[cfg(not(unix))]
fn identity(path: &Path) -> io::Result<Identity> {
    fs::canonicalize(path)
}

/// The files that paths name: a folder stands for the captures below it, by their names. Links are followed, and what has
/// several names below one folder is read once; what is no regular file, such as a pipe, is left out there.
///
/// A path that cannot be looked into, and a folder that holds no capture, stand among the files by their own paths: a run
/// says what is wrong with them, and reads the rest.
///
/// # Errors
///
/// [`Error::Path`] for the first such path, if there is nothing else.
pub fn expand<P: AsRef<Path>>(paths: impl IntoIterator<Item = P>) -> Result<Vec<PathBuf>, Error> {
    let mut found = Found::new(list);
    for path in paths {
        found.named(path.as_ref());
    }
    let Found { files, unread, .. } = found;
    if let Some(path) = files.first().filter(|_| unread == files.len()) {
        return Err(Error::Path { path: path.clone(), reason: why(path).to_string() });
    }
    if files.len() > MOST {
        return Err(Error::TooManyFiles { found: files.len(), most: MOST });
    }
    Ok(files)
}

/// Files that paths name.
struct Found<L> {
    list: L,
    files: Vec<PathBuf>,
    /// How many of the files are there only so that it is said what is wrong with them.
    unread: usize,
    /// Files and folders below the path that is looked into: links may lead to one of them again.
    seen: HashSet<Identity>,
}

impl<L: Fn(&Path) -> io::Result<Vec<DirEntry>>> Found<L> {
    fn new(list: L) -> Self {
        Self { list, files: Vec::new(), unread: 0, seen: HashSet::new() }
    }
    fn named(&mut self, path: &Path) {
        if path.as_os_str() == STANDARD_INPUT {
            return self.files.push(path.to_owned());
        }
        match fs::metadata(path) {
            Ok(kind) if kind.is_dir() => {
                let before = self.files.len();
                self.seen.clear();
                self.folder(path);
                if self.files.len() == before {
                    self.unread(path);
                }
            }
            Ok(_) => self.files.push(path.to_owned()),
            Err(_) => self.unread(path),
        }
    }
    fn unread(&mut self, path: &Path) {
        self.unread += 1;
        self.files.push(path.to_owned());
    }
    fn is_new(&mut self, path: &Path) -> bool {
        identity(path).map_or(true, |identity| self.seen.insert(identity))
    }
    fn folder(&mut self, path: &Path) {
        if !self.is_new(path) {
            return;
        }
        let Ok(entries) = (self.list)(path) else { return self.unread(path) };
        for entry in entries {
            let path = entry.path();
            match fs::metadata(&path) {
                Ok(kind) if kind.is_dir() => self.folder(&path),
                Ok(kind) => {
                    if kind.is_file() && is_capture(&path) && self.is_new(&path) {
                        self.files.push(path);
                    }
                }
                Err(_) => {
                    if is_capture(&path) || entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                        self.unread(&path);
                    }
                }
            }
        }
    }
}

/// What is in a folder, by the names.
fn list(path: &Path) -> io::Result<Vec<DirEntry>> {
    let mut entries = fs::read_dir(path)?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(DirEntry::file_name);
    Ok(entries)
}

/// Why there is nothing to read at a path that is no file.
fn why(path: &Path) -> io::Error {
    let looked = fs::metadata(path).and_then(|_| list(path));
    looked.err().unwrap_or_else(|| io::Error::other("the folder holds no capture"))
}

/// Opens a capture; a folder among the files is one of which nothing can be read.
///
/// Whoever waits for what can be read only once stops when this is set, where the system can do that.
pub(crate) fn open(path: &Path, cancelled: &Arc<AtomicBool>) -> Result<Opened, fieldtap_capture::Error> {
    if path.as_os_str() != STANDARD_INPUT && path.is_dir() {
        let file = path.display().to_string();
        return Err(fieldtap_capture::Error::Io { file, offset: 0, source: why(path) });
    }
    #[cfg(unix)]
    if is_read_once(path) {
        let cancelled = Arc::clone(cancelled);
        let (name, awaited) = if path.as_os_str() == STANDARD_INPUT {
            ("standard input".to_owned(), Awaited::standard_input(cancelled))
        } else {
            (path.display().to_string(), Awaited::open(path, cancelled))
        };
        return match awaited {
            Ok(awaited) => {
                let quiet = awaited.quiet();
                Ok(Opened { reader: Reader::new(name, awaited)?, quiet: Some(quiet) })
            }
            Err(source) => Err(fieldtap_capture::Error::Io { file: name, offset: 0, source }),
        };
    }
    #[cfg(not(unix))]
    let _ = cancelled;
    Ok(Opened { reader: Reader::open(path)?, quiet: None })
}

/// A capture that was opened.
pub(crate) struct Opened {
    pub(crate) reader: Reader,
    /// Of a pipe.
    quiet: Option<Quiet>,
}

impl Opened {
    /// Whether nothing is there to be read: the next frame of a live capture is still to come.
    #[inline]
    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet.as_ref().is_some_and(|quiet| !self.reader.is_at_hand() && quiet.is_quiet())
    }

    /// Whether whoever waited for a pipe was told to stop.
    pub(crate) fn is_given_up(&self) -> bool {
        self.quiet.as_ref().is_some_and(Quiet::is_given_up)
    }
}

/// Nothing tells whether a pipe is quiet.
#[cfg(not(unix))]
pub(crate) struct Quiet;

#[cfg(not(unix))]
impl Quiet {
    fn is_quiet(&self) -> bool {
        false
    }
    fn is_given_up(&self) -> bool {
        false
    }
}

/// Whether the name is that of a capture: pcap, pcapng, cap, each perhaps compressed, with or without a number behind.
fn is_capture(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|octet| octet.is_ascii_digit());
    let mut parts = name.rsplit('.').filter(|part| !matches!(*part, "gz" | "zst") && !is_number(part));
    parts.next().is_some_and(|part| {
        let plain = part.trim_end_matches(|character: char| character.is_ascii_digit());
        ["cap", "ntar"].contains(&plain) || part.starts_with("pcap")
    })
}

/// Whether a path can be read only once: standard input, and what is there but is no regular file, such as a pipe.
pub fn is_read_once(path: &Path) -> bool {
    let other = |kind: fs::Metadata| !kind.is_file() && !kind.is_dir();
    path.as_os_str() == STANDARD_INPUT || fs::metadata(path).is_ok_and(other)
}

/// A path without links, `.` and `..`, as far as it is there.
fn place(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut place = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                place.pop();
            }
            component => place.push(component),
        }
        place = fs::canonicalize(&place).unwrap_or(place);
    }
    place
}

/// Whether two paths lead to the same file, which need not be there yet, by whatever names or links.
pub fn is_same(one: &Path, other: &Path) -> bool {
    let identities = identity(one).ok().zip(identity(other).ok());
    identities.is_some_and(|(one, other)| one == other) || place(one) == place(other)
}

/// The first of these paths that leads to one of those that are read, by whatever name or link, and that one.
pub fn overwritten<'a>(written: &[PathBuf], read: &'a [PathBuf]) -> Option<(PathBuf, &'a Path)> {
    let regular = written.iter().filter(|path| fs::metadata(path).is_ok_and(|kind| kind.is_file()));
    let written: HashMap<Identity, &PathBuf> =
        regular.filter_map(|path| Some((identity(path).ok()?, path))).collect();
    if written.is_empty() {
        return None;
    }
    let both = |path: &'a PathBuf| {
        let place = if path.as_os_str() == STANDARD_INPUT { Path::new("/dev/stdin") } else { path };
        Some(((*written.get(&identity(place).ok()?)?).clone(), path.as_path()))
    };
    read.iter().find_map(both)
}

/// Whether a file with this path would be one of the captures of a folder, by whatever links that leads there.
pub fn would_hold(folder: &Path, file: &Path) -> bool {
    if !is_capture(file) || !folder.is_dir() {
        return false;
    }
    let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty());
    let mut found = Found::new(list);
    found.folder(folder);
    identity(parent.unwrap_or(Path::new("."))).is_ok_and(|parent| found.seen.contains(&parent))
}

/// Files in the order of their first frames. Those that cannot be read, or are empty, and those that can be read only once,
/// and so are not looked into before, keep their place behind the one before them.
pub(crate) fn in_order(files: &[PathBuf]) -> Vec<PathBuf> {
    if files.len() < 2 {
        return files.to_vec();
    }
    let mut last = i64::MIN;
    let mut timed: Vec<(i64, &PathBuf)> = Vec::new();
    for file in files {
        let first = if is_read_once(file) {
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

    fn names(files: &[PathBuf]) -> Vec<String> {
        files.iter().map(|file| file.file_name().unwrap().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn captures_are_told_by_their_names() {
        for name in [
            "a.pcap",
            "a.PCAPNG",
            "a.pcap.gz",
            "a.pcapng.zst",
            "a.pcap0",
            "a.pcap.12",
            "a.cap",
            "a.cap0",
            "a.cap12.gz",
            "a.ntar1",
            "a.cap.20260302080000123456789",
        ] {
            assert!(is_capture(Path::new(name)), "{name}");
        }
        for name in ["a.txt", "README.md", "pcap", "a.gz", "a.pcap.txt", "a.caption", "a.cap0.part"] {
            assert!(!is_capture(Path::new(name)) || name == "pcap", "{name}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn names_need_not_be_utf_8() {
        use std::{ffi::OsStr, os::unix::ffi::OsStrExt};
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(OsStr::from_bytes(b"Anlage-S\xfcd.pcap"));
        fs::write(&path, "").unwrap();
        assert_eq!(expand([folder.path()]).unwrap(), [path]);
    }

    /// A loop of links ends, and what is there by two names is not read twice.
    #[cfg(unix)]
    #[test]
    fn links_are_followed_once() {
        use std::os::unix::fs::symlink;
        let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("2026")).unwrap();
        fs::write(at("2026/a.pcap"), "").unwrap();
        fs::hard_link(at("2026/a.pcap"), at("2026/again.pcap")).unwrap();
        symlink(folder.path(), at("2026/loop")).unwrap();
        symlink("2026", at("latest")).unwrap();
        symlink("2026/a.pcap", at("latest.pcap")).unwrap();
        fs::write(elsewhere.path().join("b.pcap"), "").unwrap();
        symlink(elsewhere.path(), at("others")).unwrap();
        assert_eq!(expand([folder.path()]).unwrap(), [at("2026/a.pcap"), at("others/b.pcap")]);
    }

    /// It would be waited for, perhaps for ever.
    #[cfg(unix)]
    #[test]
    fn what_is_no_regular_file_is_left_out_of_folders_and_read_once() {
        let folder = tempfile::tempdir().unwrap();
        let (file, socket) = (folder.path().join("a.pcap"), folder.path().join("b.pcap"));
        fs::write(&file, "").unwrap();
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        assert_eq!(expand([folder.path()]).unwrap(), std::slice::from_ref(&file));
        assert_eq!(expand([&socket]).unwrap(), std::slice::from_ref(&socket));
        assert!(is_read_once(&socket) && is_read_once(Path::new(STANDARD_INPUT)));
        assert!(!is_read_once(&file) && !is_read_once(folder.path()));
    }

    /// It is named by its own path, and does not stop the rest.
    #[test]
    fn a_folder_that_cannot_be_looked_into_stands_among_the_files() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["a", "locked", "z"] {
            fs::create_dir(at(name)).unwrap();
            fs::write(at(name).join(format!("{name}.pcap")), "").unwrap();
        }
        let locked = at("locked");
        let mut found = Found::new(|path: &Path| match path == locked {
            true => Err(io::ErrorKind::PermissionDenied.into()),
            false => list(path),
        });
        found.named(folder.path());
        assert_eq!(names(&found.files), ["a.pcap", "locked", "z.pcap"]);
        assert_eq!(found.unread, 1);
    }

    #[test]
    fn what_is_not_there_does_not_stop_the_rest() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("a.pcap"), "").unwrap();
        fs::create_dir(at("empty")).unwrap();
        let paths = [at("a.pcap"), at("missing.pcap"), at("empty")];
        assert_eq!(expand(&paths).unwrap(), paths);
        let said = |path: &str| open(&at(path), &Arc::default()).err().unwrap().to_string();
        assert!(said("empty").contains("empty: ") && said("empty").contains("holds no capture"));
        assert!(said("missing.pcap").contains("missing.pcap: "));
        for (paths, first, reason) in [(&paths[1..], 1, ""), (&paths[2..], 2, "holds no capture")] {
            let Err(Error::Path { path, reason: said }) = expand(paths) else { panic!("there is nothing") };
            assert!(path == at(["a.pcap", "missing.pcap", "empty"][first]) && said.contains(reason));
        }
    }

    #[test]
    fn what_is_not_there_yet_is_known_by_every_name() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        assert!(is_same(&at("rows/a.csv"), &at("rows/../rows/./a.csv")));
        assert!(!is_same(&at("rows/a.csv"), &at("a.csv")) && !is_same(&at("a.csv"), &at("b.csv")));
        #[cfg(unix)]
        {
            fs::create_dir(at("rows")).unwrap();
            std::os::unix::fs::symlink("rows", at("link")).unwrap();
            assert!(is_same(&at("link/a.csv"), &at("rows/a.csv")));
        }
    }

    #[test]
    fn what_is_read_is_known_by_every_name() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("a.pcap"), "").unwrap();
        fs::write(at("b.pcap"), "").unwrap();
        fs::hard_link(at("a.pcap"), at("hard")).unwrap();
        let mut others = vec![at("hard"), folder.path().join(".").join("a.pcap")];
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("a.pcap", at("soft")).unwrap();
            others.push(at("soft"));
        }
        let read = [at("b.pcap"), at("a.pcap")];
        for other in others {
            // Where there are no numbers of files, paths without links are compared.
            if cfg!(unix) || !other.ends_with("hard") {
                let found = overwritten(&[at("new"), other.clone()], &read);
                assert_eq!(found, Some((other, read[1].as_path())));
            }
        }
        fs::write(at("other"), "").unwrap();
        assert_eq!(overwritten(&[at("new"), at("other")], &read), None);
    }

    #[test]
    fn a_folder_would_hold_captures_below_it() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("in/deep")).unwrap();
        #[cfg(unix)]
        {
            fs::create_dir(at("other")).unwrap();
            std::os::unix::fs::symlink("../other", at("in/others")).unwrap();
            assert!(would_hold(&at("in"), &at("other/new.pcapng")));
        }
        let held = |file: &str| would_hold(&at("in"), &at(file));
        assert!(held("in/new.pcapng") && held("in/deep/new.pcap0") && held("in/deep/../new.pcapng"));
        assert!(!held("new.pcapng") && !held("in/new.evidence") && !held("in/../new.pcapng"));
        assert!(!would_hold(&at("in/a.pcap"), &at("in/new.pcapng")));
    }
}
