//! The journal's interface: what every engine promises.

use std::path::Path;

use super::{Commit, StoreError, Stored, WriteQuery, sqlite::Sqlite};
use crate::{call::CallId, plan::Write, wire::AttemptSummary};

/// The journal, in one of its engines.
#[derive(Debug)]
pub enum Journal {
    /// A file on this machine, for one hub.
    Sqlite(Sqlite),
}

/// Asks whichever engine it is.
macro_rules! ask {
    ($journal:expr, $engine:ident => $answer:expr) => {
        match $journal {
            Journal::Sqlite($engine) => $answer,
        }
    };
}

impl Journal {
    /// Opens (and where needed creates and migrates) the journal in `folder`.
    ///
    /// # Errors
    /// When the folder can't be used, another hub has it, the file is newer than this program, or
    /// SQLite fails.
    pub async fn open(folder: &Path) -> Result<Self, StoreError> {
        Sqlite::open(folder).await.map(Self::Sqlite)
    }

    /// Records everything in `commit` or nothing. On disk when it returns.
    ///
    /// # Errors
    /// When the database refuses (disk full, read-only, corrupt); then nothing was recorded.
    pub async fn commit(&self, commit: &Commit) -> Result<(), StoreError> {
        if commit.is_empty() {
            return Ok(());
        }
        ask!(self, engine => engine.commit(commit).await)
    }

    /// Records that the journal can record: a small write of its own.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn probe(&self) -> Result<(), StoreError> {
        ask!(self, engine => engine.probe().await)
    }

    /// The ids of the calls on the board, the longest silent first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn board(&self) -> Result<Vec<CallId>, StoreError> {
        ask!(self, engine => engine.board().await)
    }

    /// Reads these calls back; those the journal doesn't know are left out.
    ///
    /// # Errors
    /// When the database fails or a row can't be read.
    pub async fn load(&self, ids: &[CallId]) -> Result<Vec<Stored>, StoreError> {
        ask!(self, engine => engine.load(ids).await)
    }

    /// The call a write belongs to.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn call_of_write(&self, id: &str) -> Result<Option<CallId>, StoreError> {
        ask!(self, engine => engine.call_of_write(id).await)
    }

    /// Every attempt of these writes, oldest first, with the id of its write.
    ///
    /// # Errors
    /// When the database fails or a row can't be read.
    pub async fn attempts(
        &self,
        writes: &[Write],
    ) -> Result<Vec<(String, AttemptSummary)>, StoreError> {
        if writes.is_empty() {
            return Ok(Vec::new());
        }
        ask!(self, engine => engine.attempts(writes).await)
    }

    /// The write with this id.
    ///
    /// # Errors
    /// When the database fails or the row can't be read.
    pub async fn write(&self, id: &str) -> Result<Option<Write>, StoreError> {
        ask!(self, engine => engine.write(id).await)
    }

    /// Writes by what they are and when they last changed, the longest unchanged first.
    ///
    /// # Errors
    /// When the database fails or a row can't be read.
    pub async fn find_writes(&self, query: &WriteQuery) -> Result<Vec<Write>, StoreError> {
        ask!(self, engine => engine.find_writes(query).await)
    }

    /// A small thing that was kept.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn kept(&self, name: &str) -> Result<Option<String>, StoreError> {
        ask!(self, engine => engine.kept(name).await)
    }

    /// Keeps a small thing, durably, in place of what was kept under this name.
    ///
    /// # Errors
    /// When the database fails; then the old value still stands.
    pub async fn keep(&self, name: &str, value: &str) -> Result<(), StoreError> {
        ask!(self, engine => engine.keep(name, value).await)
    }

    /// Closes it in good order.
    pub async fn close(&self) {
        ask!(self, engine => engine.close().await);
    }
}
