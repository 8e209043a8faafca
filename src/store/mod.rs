//! The journal: what happened, what it called for, what became of it.
//!
//! One [`Commit`] is one transaction: events, their calls' index rows, writes and attempts
//! together, on disk when [`Journal::commit`] returns. A call is not stored but folded from its
//! events, so there is one truth and a row per event is all an event costs, however long its call.
//!
//! [`Journal`] is the interface, a folder per engine (`sqlite/`) keeps its promises, each with its
//! own migrations. `tests/store.rs` is written once and holds for every engine: whoever adds a
//! query adds it to each, and to that suite.

mod backup;
mod check;
mod journal;
mod postgres;
mod shared;
mod sqlite;
mod transfer;
mod vault;

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use serde_json::error::Category;

use crate::{
    call::{Call, CallId, Event, Phone, Suppression},
    figures::CallRecord,
    plan::{Write, WriteState},
    wire::{AttemptSummary, LogEntry, OperatorRole, TokenSummary},
};

pub use backup::{BackupError, backup, restore};
pub use check::{CheckError, Checked, Fault, check};
pub use journal::Journal;
pub use postgres::Address;
pub use shared::{Alone, Claim, Mark, News, Pulse, Wanted};
pub use sqlite::FILE;
pub use transfer::{Progress, TransferError, transfer};
pub use vault::{Vault, VaultError};

/// What one transaction records.
#[derive(Debug, Default)]
pub struct Commit {
    /// New events, in order.
    pub events: Vec<Event>,
    /// The index rows of the calls they belong to.
    pub calls: Vec<CallRow>,
    /// New and changed writes, whole.
    pub writes: Vec<Write>,
    /// Attempts, with the id of their write.
    pub attempts: Vec<(String, AttemptSummary)>,
    /// What figures and exports know of calls that are over.
    pub records: Vec<CallRecord>,
    /// What operators did; the journal gives each its place in the log.
    pub log: Vec<LogEntry>,
    /// New and changed tokens, whole.
    pub tokens: Vec<TokenRow>,
    /// What was said of ringing numbers; of one number the later statement stays.
    pub suppressions: Vec<Suppression>,
    /// Calls that are over as they were folded and judged.
    pub folds: Vec<FoldRow>,
    /// Small things, each in place of what was kept under its name.
    pub kept: Vec<(String, String)>,
    /// Calls of which nothing is to be left, whatever else is recorded of them here.
    pub erased: Vec<CallId>,
}

impl Commit {
    /// Whether there is nothing to record.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
            && self.calls.is_empty()
            && self.writes.is_empty()
            && self.attempts.is_empty()
            && self.records.is_empty()
            && self.log.is_empty()
            && self.tokens.is_empty()
            && self.suppressions.is_empty()
            && self.folds.is_empty()
            && self.kept.is_empty()
            && self.erased.is_empty()
    }
}

/// What the journal keeps of a call beside its events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallRow {
    /// The call.
    pub id: CallId,
    /// Its version.
    pub version: u64,
    /// When it began.
    pub began_at: Timestamp,
    /// When the hub last heard of it.
    pub heard_at: Timestamp,
    /// Whether it is on the board.
    pub on_board: bool,
    /// How often it was committed, as last read: by this hubs see that another one was at it.
    /// Always 0 in a journal of one's own.
    pub revision: u64,
}

impl CallRow {
    /// The row of `call`.
    pub fn of(call: &Call, on_board: bool, revision: u64) -> Self {
        Self {
            id: call.id.clone(),
            version: call.version,
            began_at: call.began_at,
            heard_at: call.heard_at,
            on_board,
            revision,
        }
    }
}

/// A call as it was folded and judged, kept so that a start need not do it again. Never the truth:
/// whoever asks for one of a version and of a way gets that or the events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoldRow {
    /// The call.
    pub call: CallId,
    /// Its version then.
    pub version: u64,
    /// The way it was folded and judged.
    pub made_by: String,
    /// What came of it, as JSON.
    pub body: String,
}

/// A token, by its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRow {
    /// SHA-256 of the token.
    pub hash: [u8; 32],
    /// Whose it is, and until when it is good.
    pub summary: TokenSummary,
}

/// A call as it comes back: its events in order, its version, its writes.
#[derive(Clone, Debug)]
pub struct Stored {
    /// The index row.
    pub row: CallRow,
    /// Its events as committed; none where there is a fold.
    pub events: Vec<Event>,
    /// What was kept of folding and judging it, if that was asked for and is of this version.
    pub fold: Option<String>,
    /// Its writes, in order.
    pub writes: Vec<Write>,
    /// Those that another hub has under way.
    pub under_way: HashSet<String>,
}

/// Which records of calls are looked for, in the order in which the calls began.
#[derive(Clone, Debug)]
pub struct RecordQuery {
    /// Began then or later.
    pub from: Timestamp,
    /// Began before.
    pub to: Timestamp,
    /// Behind this one: when it began, and the call.
    pub after: Option<(Timestamp, CallId)>,
    /// At most so many.
    pub limit: u32,
}

/// Which writes are looked for, in the order in which they last changed.
#[derive(Clone, Debug, Default)]
pub struct WriteQuery {
    /// In one of these states; in any when empty.
    pub states: Vec<WriteState>,
    /// Changed since then.
    pub since: Option<Timestamp>,
    /// Of this call.
    pub call: Option<CallId>,
    /// Behind this one: when it changed, and its id.
    pub after: Option<(Timestamp, String)>,
    /// At most so many.
    pub limit: u32,
}

/// Why the journal could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder for the database can't be made or is not safe.
    #[error("the data folder {path} can't be used: {source}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Another process has the journal.
    #[error(
        "the journal {0} is in use by another hub; stop that one or give this one its own --data-dir"
    )]
    InUse(PathBuf),
    /// The database was written by a newer version.
    #[error("the journal was written by a newer Callboard; install that version or newer ({0})")]
    Newer(String),
    /// The database said no.
    #[error("the journal failed: {0}")]
    Database(#[from] sqlx::Error),
    /// The database server can't be had.
    #[error(
        "the journal's database {address} can't be used: {source}; see hub.store in the config"
    )]
    Unreachable {
        /// Which.
        address: String,
        /// Why.
        source: sqlx::Error,
    },
    /// A transfer into it did not come to its end.
    #[error("the journal in {0} is not whole; run callboard migrate-store again")]
    Unfinished(String),
    /// The database server does not answer in time.
    #[error("the journal's database does not answer in time")]
    TooSlow,
    /// The file is not (any more) what a journal is.
    #[error(
        "the journal {path} is damaged: {source}; keep a copy of it, see what `callboard check` \
         finds, and put a backup back"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        source: sqlx::Error,
    },
    /// The file was deleted, moved or replaced while a hub writes to it.
    #[error(
        "the journal {0} was deleted or replaced while the hub had it open, and nothing can be \
         recorded; stop the hub, put the file (or a backup) back, and start it again"
    )]
    Gone(PathBuf),
    /// A row does not hold what it should.
    #[error("the journal holds a row that can't be read ({what}): {why}")]
    Corrupt {
        /// Which.
        what: String,
        /// Why, without what stands there: it may be a caller's words.
        why: String,
    },
}

impl StoreError {
    /// A row that does not hold what it should.
    pub(crate) fn corrupt(what: impl Into<String>, error: &serde_json::Error) -> Self {
        let why = match error.classify() {
            Category::Eof => "it ends too early",
            Category::Data => "something else is expected",
            Category::Syntax | Category::Io => "it is no JSON",
        };
        Self::Corrupt { what: what.into(), why: format!("{why}, at column {}", error.column()) }
    }

    /// Says of a database error that comes of a damaged file which file that is.
    pub(crate) fn of_file(self, path: &Path) -> Self {
        let Self::Database(sqlx::Error::Database(source)) = self else { return self };
        let code = source.code().and_then(|code| code.parse::<u32>().ok());
        let source = sqlx::Error::Database(source);
        match code {
            // SQLITE_CORRUPT and SQLITE_NOTADB; the upper bytes say it more exactly.
            Some(code) if matches!(code & 0xff, 11 | 26) && code < 10_000 => {
                Self::Damaged { path: path.to_owned(), source }
            }
            _ => Self::Database(source),
        }
    }

    /// Whether it was refused for what was to be recorded, so that something else may be taken.
    pub fn is_of_content(&self) -> bool {
        let Self::Database(sqlx::Error::Database(error)) = self else { return false };
        let code = error.code().unwrap_or_default();
        match code.parse::<u32>() {
            // SQLite's: too big, a constraint, a mismatch; the upper bytes say it more exactly.
            Ok(number) if code.len() < 5 => matches!(number & 0xff, 18..=20),
            // PostgreSQL's classes: data, integrity, a limit of the program.
            _ => ["22", "23", "54"].iter().any(|class| code.starts_with(class)),
        }
    }
}

/// Where callers' words and numbers may stand: tables and their columns.
const TELLING: [(&str, &str); 7] = [
    ("events", "facts"),
    ("folds", "body"),
    ("writes", "body"),
    ("attempts", "problem"),
    ("records", "body"),
    ("log", "what"),
    ("kept", "value"),
];

/// The domain's values are plain data: serialising them can't fail.
fn json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// A write's state as its column has it.
fn state_name(write: &Write) -> String {
    write.state.name().to_owned()
}

/// Instants are stored as microseconds since 1970.
fn instant(microseconds: i64) -> Timestamp {
    Timestamp::from_microsecond(microseconds).unwrap_or_default()
}

fn call_id(text: &str) -> Result<CallId, StoreError> {
    CallId::parse(text)
        .ok_or_else(|| sqlx::Error::Decode(format!("{text:?} is no call id").into()).into())
}

fn number(text: &str) -> Result<Phone, StoreError> {
    Phone::of_e164(text)
        .ok_or_else(|| sqlx::Error::Decode(format!("{text:?} is no number").into()).into())
}

/// A role as its column has it. One that is not known is none: nobody is let in by mistake.
fn role(text: &str) -> Result<OperatorRole, StoreError> {
    serde_json::from_value(text.into()).map_err(|error| StoreError::corrupt("token", &error))
}

fn token_hash(text: &str) -> Result<[u8; 32], StoreError> {
    let hash = hex::decode(text).ok().and_then(|bytes| bytes.try_into().ok());
    hash.ok_or_else(|| sqlx::Error::Decode("a token's hash is no SHA-256".into()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_that_cannot_be_read_is_told_of_without_what_stands_in_it() {
        let row = r#"{"at": "my basement floods", "n": 1}"#;
        let error =
            serde_json::from_str::<std::collections::BTreeMap<String, u8>>(row).unwrap_err();
        assert!(error.to_string().contains("basement"), "that is what it is about: {error}");
        let told = StoreError::corrupt("event of vapi:1", &error);
        let chain = format!("{told} {told:?}");
        assert!(!chain.contains("basement"), "{chain}");
        assert!(chain.contains("event of vapi:1") && chain.contains("at column"), "{chain}");
    }
}
