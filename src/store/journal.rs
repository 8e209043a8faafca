//! The journal's interface: what every engine promises.

use std::path::Path;

use jiff::Timestamp;

use super::{
    Alone, Claim, Commit, Mark, News, Pulse, RecordQuery, StoreError, Stored, TokenRow, Wanted,
    WriteQuery,
    postgres::{Address, Postgres},
    sqlite::Sqlite,
    transfer::UNFINISHED,
};
use crate::{
    call::{CallId, Suppression},
    figures::CallRecord,
    plan::Write,
    wire::{AttemptSummary, LogEntry},
};

/// The journal, in one of its engines.
#[derive(Debug)]
pub enum Journal {
    /// A file on this machine, for one hub.
    Sqlite(Sqlite),
    /// A database server, for any number of hubs.
    Postgres(Postgres),
}

/// Asks whichever engine it is.
macro_rules! ask {
    ($journal:expr, $engine:ident => $answer:expr) => {
        match $journal {
            Journal::Sqlite($engine) => $answer,
            Journal::Postgres($engine) => $answer,
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

    /// Joins the journal in this database, and creates or migrates it where needed.
    ///
    /// # Errors
    /// When the server can't be reached, or the journal is newer than this program.
    pub async fn connect(address: &Address) -> Result<Self, StoreError> {
        let journal = Self::connect_to_fill(address).await?;
        match journal.kept(UNFINISHED).await? {
            None => Ok(journal),
            Some(_) => Err(StoreError::Unfinished(address.to_string())),
        }
    }

    /// The same, for a transfer into it, which may have been interrupted before.
    ///
    /// # Errors
    /// As [`Journal::connect`].
    pub async fn connect_to_fill(address: &Address) -> Result<Self, StoreError> {
        Postgres::connect(address).await.map(Self::Postgres)
    }

    /// Whether other hubs may be at work on it.
    pub fn is_shared(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    /// Holds calls for the next commit, in their latest state, against other hubs.
    ///
    /// # Errors
    /// When the database fails or another hub does not let go in time.
    pub async fn claim(&self, wanted: &Wanted) -> Result<Claim, StoreError> {
        match self {
            Self::Sqlite(_) => Ok(Claim::All),
            Self::Postgres(_) if wanted.is_empty() => Ok(Claim::Nothing),
            Self::Postgres(engine) => Ok(Claim::Some(Box::new(engine.claim(wanted).await?))),
        }
    }

    /// Reads calls that are held.
    ///
    /// # Errors
    /// As [`Journal::load`].
    pub async fn load_held(
        &self,
        claim: &mut Claim,
        ids: &[CallId],
    ) -> Result<Vec<Stored>, StoreError> {
        match (self, claim) {
            (Self::Postgres(engine), Claim::Some(held)) => engine.load_held(held, ids).await,
            _ => self.load(ids).await,
        }
    }

    /// As [`Journal::commit`], for calls that are held. Of a call that is not, only whether it is
    /// on the board is recorded, and that only if nobody changed it. Returns the new revisions.
    ///
    /// # Errors
    /// As [`Journal::commit`].
    pub async fn commit_held(
        &self,
        claim: Claim,
        commit: &Commit,
    ) -> Result<Vec<(CallId, u64)>, StoreError> {
        if commit.is_empty() {
            return Ok(Vec::new());
        }
        match (self, claim) {
            (Self::Sqlite(engine), _) => engine.commit(commit).await.map(|()| Vec::new()),
            (Self::Postgres(engine), Claim::Some(held)) => engine.commit_held(*held, commit).await,
            (Self::Postgres(engine), _) => engine.commit_unheld(commit).await.map(|()| Vec::new()),
        }
    }

    /// From where on changes of others are news to whoever reads everything after this.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn mark(&self) -> Result<Mark, StoreError> {
        match self {
            Self::Sqlite(_) => Ok(Mark::default()),
            Self::Postgres(engine) => engine.mark().await,
        }
    }

    /// What was changed since `mark`, by anybody.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn changed(&self, mark: &Mark) -> Result<News, StoreError> {
        match self {
            Self::Sqlite(_) => Ok(News::default()),
            Self::Postgres(engine) => engine.changed(mark).await,
        }
    }

    /// Returns when another hub said that something changed. Never, with a journal of one's own.
    pub async fn hint(&self) {
        match self {
            Self::Sqlite(_) => std::future::pending().await,
            Self::Postgres(engine) => engine.hint().await,
        }
    }

    /// Says that this hub lives, which keeps its leases, and asks what became of the others. To be
    /// called every second.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn pulse(&self) -> Result<Pulse, StoreError> {
        match self {
            Self::Sqlite(_) => Ok(Pulse::default()),
            Self::Postgres(engine) => engine.pulse().await,
        }
    }

    /// Whether this hub does what is to be done once, whatever the number of hubs: timers, clearing
    /// up. As of the last pulse; always, with a journal of its own.
    pub fn leads(&self) -> bool {
        match self {
            Self::Sqlite(_) => true,
            Self::Postgres(engine) => engine.leads(),
        }
    }

    /// Holds `name` against every other hub until the answer is dropped; waits for whoever has it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn alone(&self, name: &str) -> Result<Alone, StoreError> {
        match self {
            Self::Sqlite(_) => Ok(Alone::default()),
            Self::Postgres(engine) => Ok(Alone(Some(engine.alone(name).await?))),
        }
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

    /// The same, but instead of its events what was kept of folding and judging a call, where it was
    /// kept at this version and made in this way.
    ///
    /// # Errors
    /// As [`Journal::load`].
    pub async fn load_folded(&self, ids: &[CallId], way: &str) -> Result<Vec<Stored>, StoreError> {
        ask!(self, engine => engine.load_folded(ids, way).await)
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
        ask!(self, engine => engine.attempts_of(writes).await)
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

    /// Calls that operators acted on, by id: those after `after`, at most `limit`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn acted_on(
        &self,
        after: Option<&CallId>,
        limit: u32,
    ) -> Result<Vec<CallId>, StoreError> {
        ask!(self, engine => engine.acted_on(after, limit).await)
    }

    /// What figures and exports know of calls, the earliest first.
    ///
    /// # Errors
    /// When the database fails or a row can't be read.
    pub async fn records(&self, query: &RecordQuery) -> Result<Vec<CallRecord>, StoreError> {
        ask!(self, engine => engine.records(query).await)
    }

    /// Up to `most` entries of the log, the newest first: those before a place, those of a call.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn log(
        &self,
        before: Option<u64>,
        call: Option<&CallId>,
        most: usize,
    ) -> Result<Vec<LogEntry>, StoreError> {
        ask!(self, engine => engine.log(before, call, most).await)
    }

    /// Every token that was made, the newest first.
    ///
    /// # Errors
    /// When the database fails or a row can't be read.
    pub async fn tokens(&self) -> Result<Vec<TokenRow>, StoreError> {
        ask!(self, engine => engine.tokens().await)
    }

    /// What was last said of ringing each number of which anything was.
    ///
    /// # Errors
    /// When the database fails or a row can't be read.
    pub async fn suppressions(&self) -> Result<Vec<Suppression>, StoreError> {
        ask!(self, engine => engine.suppressions().await)
    }

    /// Calls off the board that were last heard of before, the oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn expired(&self, before: Timestamp, limit: u32) -> Result<Vec<CallId>, StoreError> {
        ask!(self, engine => engine.expired(before, limit).await)
    }

    /// Calls of which an event holds `text`. Reads every event there is.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn calls_naming(&self, text: &str) -> Result<Vec<CallId>, StoreError> {
        ask!(self, engine => engine.calls_naming(text).await)
    }

    /// How many rows hold one of these texts, of everything that tells of calls. Reads all there is.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn rows_naming(&self, texts: &[&str]) -> Result<u64, StoreError> {
        ask!(self, engine => engine.rows_naming(texts).await)
    }

    /// Sees to it that what was erased is not left in what the engine keeps beside its tables. False
    /// when somebody who reads keeps it from that; with a database server it is that one's affair.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn scrub(&self) -> Result<bool, StoreError> {
        match self {
            Self::Sqlite(engine) => engine.scrub().await,
            Self::Postgres(_) => Ok(true),
        }
    }

    /// A small thing that was kept.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn kept(&self, name: &str) -> Result<Option<String>, StoreError> {
        ask!(self, engine => engine.kept(name).await)
    }

    /// The names of the small things that are kept under a name that begins so.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn kept_names(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        ask!(self, engine => engine.kept_names(prefix).await)
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
