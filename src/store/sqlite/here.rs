//! Whether the files that are written to are still those that the next start will open. SQLite goes
//! on writing to a file that was deleted, and all of it would be gone.

use std::{
    ffi::OsStr,
    fs::{File, Metadata},
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

use crate::store::StoreError;

/// The journal's file and its log, as they were opened and where they should be.
#[derive(Debug)]
pub(super) struct Here {
    path: PathBuf,
    file: File,
    /// Which file the log is; none until something was written.
    log: Mutex<Option<Identity>>,
}

impl Here {
    pub(super) fn new(path: PathBuf, file: File) -> Self {
        Self { path, file, log: Mutex::default() }
    }

    /// To be asked after something was written, when there is a log to look for.
    ///
    /// # Errors
    /// When the file or its log is not in its place any more: what was written is not kept.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        let mut log = self.path.clone().into_os_string();
        log.push("-wal");
        let there = |path: &OsStr| std::fs::metadata(path).ok().map(|it| identity(&it));
        let opened = self.file.metadata().ok().map(|it| identity(&it));
        let same_file = opened.is_some() && opened == there(self.path.as_os_str());
        let mut known = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        let same_log = there(&log).is_some_and(|log| *known.get_or_insert(log) == log);
        if same_file && same_log { Ok(()) } else { Err(StoreError::Gone(self.path.clone())) }
    }

    /// A new connection may begin a new log.
    pub(super) fn expect_new_log(&self) {
        *self.log.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// What tells one file from another of the same name: its device and its number there.
type Identity = (u64, u64);

#[cfg(unix)]
fn identity(file: &Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt;
    (file.dev(), file.ino())
}

/// Elsewhere a file that is open can't be deleted.
#[cfg(not(unix))]
fn identity(_: &Metadata) -> Identity {
    (0, 0)
}
