//! Files that have their names only when they are whole.
use std::{
    fs::{self, File},
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};
use tempfile::{Builder, TempPath};

/// A file that is not whole yet: `.<name>.<random>.tmp`, which no reader takes for what it will be. It is removed where it
/// never gets its name.
///
/// Who kills the process leaves such a file behind, which may be deleted.
#[derive(Debug)]
pub struct Draft {
    /// Where the octets are, if not in their place already.
    temporary: Option<TempPath>,
    place: PathBuf,
    /// Whether there is a file already, which may be written over where it cannot be replaced.
    is_there: bool,
}

impl Draft {
    /// Begins what will have this name, in the same folder. What is there but no regular file, such as a pipe, is written to
    /// at once, and so is a file whose folder takes no other.
    ///
    /// # Errors
    ///
    /// What keeps a file from being made, and from being written over where there is one.
    pub fn create(path: &Path) -> io::Result<(Self, File)> {
        let there = fs::metadata(path).ok();
        if there.as_ref().is_some_and(|there| !there.is_file()) {
            let draft = Self { temporary: None, place: path.to_owned(), is_there: true };
            return Ok((draft, File::create(path)?));
        }
        let place = place(path)?;
        let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty());
        match begin(folder.unwrap_or(Path::new(".")), &place) {
            Err(_) if there.is_some() => {
                let file = File::create(&place)?;
                Ok((Self { temporary: None, place, is_there: true }, file))
            }
            begun => begun,
        }
    }

    /// Begins what will have this name, in a folder of the same file system that is not looked into for such files.
    ///
    /// # Errors
    ///
    /// What keeps a file from being made, and from being written over where there is one.
    pub fn create_in(folder: &Path, path: &Path) -> io::Result<(Self, File)> {
        begin(folder, &place(path)?)
    }

    /// The file is whole, and takes its place.
    ///
    /// # Errors
    ///
    /// What keeps it from that.
    pub fn put(self) -> io::Result<()> {
        let Self { temporary: Some(temporary), place, is_there } = self else { return Ok(()) };
        match temporary.persist(&place) {
            Ok(()) => Ok(()),
            // A file that is mounted cannot be replaced, and none is moved to another file system.
            Err(failed) if is_there || failed.error.kind() == ErrorKind::CrossesDevices => {
                fs::copy(&failed.path, &place).map(|_| ())
            }
            Err(failed) => Err(failed.error),
        }
    }

    /// The file is whole, and takes the first of these names that nobody has. Returns which one that was.
    ///
    /// # Errors
    ///
    /// What keeps it from that, and the name it should have had.
    pub fn put_beside(
        self,
        mut names: impl Iterator<Item = PathBuf>,
    ) -> Result<PathBuf, (PathBuf, io::Error)> {
        let Some(mut temporary) = self.temporary else { return Ok(self.place) };
        loop {
            let Some(name) = names.next() else { return Err((self.place, ErrorKind::AlreadyExists.into())) };
            match temporary.persist_noclobber(&name) {
                Ok(()) => return Ok(name),
                Err(failed) if failed.error.kind() == ErrorKind::AlreadyExists => temporary = failed.path,
                Err(failed) => return Err((name, failed.error)),
            }
        }
    }
}

/// Where a file of this name lies: a link stays one, also one that leads to nothing yet.
fn place(path: &Path) -> io::Result<PathBuf> {
    if fs::metadata(path).is_ok() {
        return fs::canonicalize(path);
    }
    Ok(match fs::read_link(path) {
        Ok(to) => path.parent().unwrap_or(Path::new("")).join(to),
        Err(_) => path.to_owned(),
    })
}

fn begin(folder: &Path, place: &Path) -> io::Result<(Draft, File)> {
    let there = fs::metadata(place).ok().filter(fs::Metadata::is_file);
    if there.is_some() {
        // What may not be written to is not replaced either.
        File::options().write(true).open(place)?;
    }
    let mut name = std::ffi::OsString::from(".");
    name.push(place.file_name().ok_or(ErrorKind::InvalidInput)?);
    name.push(".");
    let mut builder = Builder::new();
    builder.prefix(&name).suffix(".tmp");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As any file that is made: less what the user's mask takes away.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let (file, temporary) = builder.tempfile_in(folder)?.into_parts();
    if let Some(there) = &there {
        file.set_permissions(there.permissions())?;
    }
    let draft = Draft { temporary: Some(temporary), place: place.to_owned(), is_there: there.is_some() };
    Ok((draft, file))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_has_its_name_only_when_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows");
        fs::write(&path, "old").unwrap();
        let (draft, mut file) = Draft::create(&path).unwrap();
        file.write_all(b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"old");
        let hidden = &names(folder.path())[0];
        assert!(hidden.starts_with(".rows.") && hidden.ends_with(".tmp"), "{hidden}");
        draft.put().unwrap();
        assert_eq!((fs::read(&path).unwrap(), names(folder.path()).len()), (b"new".to_vec(), 1));

        drop(Draft::create(&path).unwrap());
        assert_eq!(names(folder.path()), ["rows"]);
    }

    #[test]
    fn a_name_that_another_has_taken_meanwhile_is_left_to_it() {
        let folder = tempfile::tempdir().unwrap();
        let name = |number: u32| folder.path().join(format!("part-{number}"));
        let (draft, _) = Draft::create_in(folder.path(), &name(0)).unwrap();
        fs::write(name(0), "of another").unwrap();
        assert_eq!(draft.put_beside((0..).map(name)).unwrap(), name(1));
        assert_eq!(fs::read(name(0)).unwrap(), b"of another");
        assert_eq!(names(folder.path()), ["part-0", "part-1"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_keeps_its_permissions_and_a_new_one_has_the_usual() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let (plain, path) = (folder.path().join("plain"), folder.path().join("rows"));
        File::create(&plain).unwrap();
        Draft::create(&path).unwrap().0.put().unwrap();
        assert_eq!(mode(&path), mode(&plain));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        Draft::create(&path).unwrap().0.put().unwrap();
        assert_eq!(mode(&path), 0o640);
    }
}
