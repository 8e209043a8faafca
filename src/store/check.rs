//! Whether a journal in a file is sound: what SQLite says of it, what belongs to nothing, and what
//! can't be read back.

use std::path::{Path, PathBuf};

use futures_util::TryStreamExt;
use serde::{Serialize, de::DeserializeOwned};
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Row, SqliteConnection, sqlite::SqliteConnectOptions,
};

use super::{StoreError, sqlite};
use crate::{call::Fact, plan::Write};

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// A stable word for programs: `damaged`, `orphan_writes`.
    pub code: String,
    /// What is wrong, how often, and an example.
    pub what: String,
    /// What to do about it.
    pub fix: String,
}

/// What a check looked at and found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// Calls in the journal.
    pub calls: u64,
    /// Events.
    pub events: u64,
    /// Writes.
    pub writes: u64,
    /// What is wrong; nothing when empty.
    pub faults: Vec<Fault>,
}

/// Why a journal could not be looked at.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// There is none.
    #[error("there is no journal at {0}")]
    Missing(PathBuf),
    /// It is not one, or not ours.
    #[error("{path} is no journal of Callboard: {source}")]
    NoJournal {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: sqlx::Error,
    },
    /// It can't be read.
    #[error(transparent)]
    Journal(#[from] StoreError),
}

/// What belongs to nothing: the word for it, what it is, rows and an example, and what to do.
const ORPHANS: &[(&str, &str, &str, &str)] = &[
    (
        "orphan_events",
        "events of calls that are not listed",
        "SELECT count(*), min(call) FROM events \
         WHERE NOT EXISTS (SELECT 1 FROM calls WHERE calls.id = events.call)",
        "restore a backup; the events are there, but no console shows their calls",
    ),
    (
        "calls_without_events",
        "calls without a single event",
        "SELECT count(*), min(id) FROM calls \
         WHERE NOT EXISTS (SELECT 1 FROM events WHERE events.call = calls.id)",
        "restore a backup; nothing is known of these calls",
    ),
    (
        "orphan_writes",
        "writes of calls that are not there",
        "SELECT count(*), min(id) FROM writes \
         WHERE NOT EXISTS (SELECT 1 FROM calls WHERE calls.id = writes.call)",
        "restore a backup; these writes are never sent",
    ),
    (
        "orphan_attempts",
        "attempts of writes that are not there",
        "SELECT count(*), min(write_id) FROM attempts \
         WHERE NOT EXISTS (SELECT 1 FROM writes WHERE writes.id = attempts.write_id)",
        "harmless; restore a backup if it bothers you",
    ),
];

/// Looks over the journal in `file`, also while a hub works on it. Nothing is changed.
///
/// # Errors
/// When there is no journal, it was written by a newer version, or it can't be read at all. What is
/// wrong inside is no error but what it returns.
pub async fn check(file: &Path) -> Result<Checked, CheckError> {
    let mut journal = open(file).await?;
    let mut checked = Checked::default();
    checked.faults.extend(integrity(&mut journal).await);
    if checked.faults.is_empty() {
        checked.calls = count(&mut journal, "calls").await?;
        checked.events = count(&mut journal, "events").await?;
        checked.writes = count(&mut journal, "writes").await?;
        for (code, what, sql, fix) in ORPHANS {
            checked.faults.extend(orphans(&mut journal, code, what, sql, fix).await?);
        }
        let events = unreadable::<Vec<Fact>>(&mut journal, "events", "seq", "facts").await?;
        let writes = unreadable::<Write>(&mut journal, "writes", "id", "body").await?;
        checked.faults.extend(events.into_iter().chain(writes));
    }
    let _ = journal.close().await;
    Ok(checked)
}

/// A connection that only reads; the journal is one, and not newer than this program.
async fn open(file: &Path) -> Result<SqliteConnection, CheckError> {
    if !file.exists() {
        return Err(CheckError::Missing(file.to_owned()));
    }
    let no_journal = |source| CheckError::NoJournal { path: file.to_owned(), source };
    let options = SqliteConnectOptions::new().filename(file).read_only(true);
    let mut journal = options.disable_statement_logging().connect().await.map_err(no_journal)?;
    let newest = sqlx::query("SELECT max(version) FROM _sqlx_migrations")
        .fetch_one(&mut journal)
        .await
        .map_err(no_journal)?
        .get::<Option<i64>, _>(0);
    match newest.filter(|version| *version > sqlite::newest()) {
        Some(version) => {
            Err(StoreError::Newer(format!("its schema is at version {version}")).into())
        }
        None => Ok(journal),
    }
}

/// What SQLite finds damaged, the first of it.
async fn integrity(journal: &mut SqliteConnection) -> Option<Fault> {
    let told = match sqlx::query("PRAGMA integrity_check(20)").fetch_all(journal).await {
        Ok(rows) => rows.first().map_or_else(String::new, |row| row.get::<String, _>(0)),
        Err(error) => error.to_string(),
    };
    (told != "ok").then(|| Fault {
        code: "damaged".to_owned(),
        what: format!("the file is damaged: {}", told.lines().next().unwrap_or_default()),
        fix: "restore a backup with callboard restore; keep the damaged file".to_owned(),
    })
}

async fn count(journal: &mut SqliteConnection, table: &str) -> Result<u64, StoreError> {
    let sql = AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
    let rows: i64 = sqlx::query(sql).fetch_one(journal).await?.get(0);
    Ok(u64::try_from(rows).unwrap_or(0))
}

async fn orphans(
    journal: &mut SqliteConnection,
    code: &str,
    what: &str,
    sql: &'static str,
    fix: &str,
) -> Result<Option<Fault>, StoreError> {
    let row = sqlx::query(sql).fetch_one(journal).await?;
    let (rows, example): (i64, Option<String>) = (row.get(0), row.get(1));
    Ok((rows > 0).then(|| Fault {
        code: code.to_owned(),
        what: format!("{rows} {what}, such as {}", example.unwrap_or_default()),
        fix: fix.to_owned(),
    }))
}

/// Rows of `table` whose `column` does not hold what it should, by `key`.
async fn unreadable<T: DeserializeOwned>(
    journal: &mut SqliteConnection,
    table: &str,
    key: &str,
    column: &str,
) -> Result<Option<Fault>, StoreError> {
    let sql = AssertSqlSafe(format!("SELECT CAST({key} AS TEXT), {column} FROM {table}"));
    let mut rows = sqlx::query(sql).fetch(journal);
    let (mut found, mut example) = (0_u64, None);
    while let Some(row) = rows.try_next().await? {
        if let Err(error) = serde_json::from_str::<T>(row.get(1)) {
            found += 1;
            example.get_or_insert_with(|| format!("{} ({error})", row.get::<&str, _>(0)));
        }
    }
    Ok(example.map(|example| Fault {
        code: format!("unreadable_{table}"),
        what: format!("{found} {table} can't be read, such as {example}"),
        fix: "restore a backup, or report it if a hub of this version wrote them".to_owned(),
    }))
}
