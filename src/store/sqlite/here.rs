//! Whether the files that are written to are still those that the next start will open. SQLite goes
//! on writing to a file that was deleted, and all of it would be gone.

use std::{fs::File, path::PathBuf};

use crate::store::StoreError;

/// The journal's file, as it was opened and where it should be.
#[derive(Debug)]
pub(super) struct Here {
    path: PathBuf,
    file: File,
}

impl Here {
    pub(super) fn new(path: PathBuf, file: File) -> Self {
        Self { path, file }
    }

    /// To be asked after something was written, when there is a log to look for.
    ///
    /// # Errors
    /// When the file or its log is not in its place any more: what was written is not kept.
    #[cfg(unix)]
    pub(super) fn check(&self) -> Result<(), StoreError> {
        use std::os::unix::fs::MetadataExt;
        let opened = self.file.metadata();
        let there = std::fs::metadata(&self.path);
        let same = opened.ok().zip(there.ok()).is_some_and(|(opened, there)| {
            (opened.dev(), opened.ino()) == (there.dev(), there.ino())
        });
        let mut log = self.path.clone().into_os_string();
        log.push("-wal");
        if same && std::path::Path::new(&log).exists() {
            return Ok(());
        }
        Err(StoreError::Gone(self.path.clone()))
    }

    /// Elsewhere a file that is open can't be deleted.
    #[cfg(not(unix))]
    pub(super) fn check(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
