//! A file that is written whole or not at all, and whose place is tried out before the work begins.

use crate::error::{Error, Kind, Result};
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

/// Where a page is going to be.
#[derive(Debug)]
pub(super) struct PageFile {
    /// As the user named it, with the option.
    named: String,
    path: PathBuf,
}

impl PageFile {
    /// Makes sure that a file can be written there.  Nothing is left behind, and what is there stays.
    ///
    /// # Errors
    /// Of kind [`Kind::Usage`] when it cannot.
    pub(super) fn new(option: &str, path: &Path) -> Result<Self> {
        let named = format!("{option}: {}", path.display());
        let said = named.clone();
        let fail = |why: &str| Error::new(Kind::Usage, format!("{said} cannot be written: {why}"));
        // A link stays a link.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        match fs::metadata(&path) {
            Ok(there) if there.is_dir() => return Err(fail("it is a folder").hint("name a file in it")),
            Ok(there) if !there.is_file() => return Err(fail("it is not a regular file")),
            _ => {}
        }
        if path.file_name().is_none() {
            return Err(fail("it names no file"));
        }
        let file = PageFile { named, path };
        let (beside, _) = file.beside().map_err(|e| fail(&e.to_string()))?;
        fs::remove_file(beside).map_err(|e| fail(&e.to_string()))?;
        Ok(file)
    }

    /// True when `other` is the same file, or would be.
    pub(super) fn is(&self, other: &Path) -> bool {
        let whole = |path: &Path| fs::canonicalize(path).or_else(|_| std::path::absolute(path)).ok();
        whole(&self.path).is_some_and(|this| whole(other) == Some(this))
    }

    /// Writes the file; one that is there is replaced at once.
    ///
    /// # Errors
    /// When the disk is full, or the folder has changed meanwhile.
    pub(super) fn write(&self, text: &str) -> Result<()> {
        let (beside, mut file) = self.beside().map_err(|e| self.failed(&e))?;
        let done = file
            .write_all(text.as_bytes())
            .and_then(|()| file.sync_all())
            .and_then(|()| fs::rename(&beside, &self.path));
        done.map_err(|e| {
            // The file that is half written is of no use; that it stays is not worth a second message.
            let _ = fs::remove_file(&beside);
            self.failed(&e)
        })
    }

    fn failed(&self, error: &io::Error) -> Error {
        Error::new(Kind::Other, format!("{} cannot be written: {error}", self.named))
    }

    /// A new file in the same folder.
    fn beside(&self) -> io::Result<(PathBuf, File)> {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        for attempt in 0..100 {
            let beside = self.path.with_file_name(format!(".{name}.{}-{attempt}", std::process::id()));
            match OpenOptions::new().write(true).create_new(true).open(&beside) {
                Err(e) if e.kind() == ErrorKind::AlreadyExists => {}
                other => return other.map(|file| (beside, file)),
            }
        }
        Err(ErrorKind::AlreadyExists.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_whole_or_not_there() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a b.html");
        let file = PageFile::new("--report", &path).unwrap();
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
        file.write("first").unwrap();
        file.write("second").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "second");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_place_that_does_not_take_it_is_said_at_once() {
        let dir = tempfile::tempdir().unwrap();
        for path in [dir.path().to_owned(), dir.path().join("no/such/folder.html"), dir.path().join("..")] {
            let error = PageFile::new("--report", &path).unwrap_err();
            assert_eq!(error.kind(), Kind::Usage);
            assert!(error.message().starts_with("--report: "), "{error}");
        }
        #[cfg(unix)]
        assert!(PageFile::new("--report", Path::new("/dev/null")).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link() {
        let dir = tempfile::tempdir().unwrap();
        let (real, link) = (dir.path().join("real.html"), dir.path().join("link.html"));
        fs::write(&real, "old").unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        PageFile::new("--report", &link).unwrap().write("new").unwrap();
        assert_eq!(fs::read_to_string(&real).unwrap(), "new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }
}
