//! The journal in SQLite: one connection writes, a few read.

use std::{
    collections::HashMap,
    fs::{File, TryLockError},
    path::Path,
    time::Duration,
};

use jiff::Timestamp;
use sqlx::{
    ConnectOptions, Connection, QueryBuilder, Row, Sqlite, SqliteConnection, SqlitePool,
    migrate::{MigrateError, Migration, MigrationType, Migrator},
    sqlite::{
        SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
    },
};

use super::{CallRow, Commit, StoreError, Stored};
use crate::{
    call::{CallId, Event},
    plan::Write,
    wire::AttemptSummary,
};

/// Rows in one INSERT: well below SQLite's 32,766 bound values.
const ROWS: usize = 500;

/// Calls whose events are read in one SELECT.
const CALLS_A_READ: usize = 200;

/// The journal.
#[derive(Debug)]
pub struct Journal {
    writer: SqlitePool,
    readers: SqlitePool,
    /// Held as long as the journal is open, so that two hubs never share a file.
    _lock: File,
}

impl Journal {
    /// Opens (and where needed creates and migrates) the journal in `folder`.
    ///
    /// # Errors
    /// When the folder can't be used, another hub has it, the file is newer than this program, or
    /// SQLite fails.
    pub async fn open(folder: &Path) -> Result<Self, StoreError> {
        let unusable = |source| StoreError::Folder { path: folder.to_owned(), source };
        std::fs::create_dir_all(folder).map_err(unusable)?;
        let lock = File::create(folder.join("hub.lock")).map_err(unusable)?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => StoreError::InUse(folder.to_owned()),
            TryLockError::Error(source) => unusable(source),
        })?;
        let path = folder.join("callboard.db");
        // Callers' words are in it: nobody else's business. Made before SQLite makes it.
        let file = File::options().create(true).append(true).open(&path).map_err(unusable)?;
        owner_only(&file).map_err(unusable)?;
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(10))
            .pragma("temp_store", "memory")
            .disable_statement_logging();
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .min_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options.clone())
            .await?;
        migrate(&writer).await?;
        let readers =
            SqlitePoolOptions::new().max_connections(3).connect_lazy_with(options.read_only(true));
        Ok(Self { writer, readers, _lock: lock })
    }

    /// Records everything in `commit` or nothing. On disk when it returns.
    ///
    /// # Errors
    /// When SQLite refuses (disk full, read-only, corrupt); then nothing was recorded.
    pub async fn commit(&self, commit: &Commit) -> Result<(), StoreError> {
        if commit.is_empty() {
            return Ok(());
        }
        let mut connection = self.writer.acquire().await?;
        let recorded = record(&mut connection, commit).await;
        if recorded.is_err() {
            // SQLite rolls back by itself when the disk is full, and the library's count of open
            // transactions is then wrong for good: this connection is not to be used again.
            connection.close_on_drop();
        }
        recorded
    }

    /// Records that the journal can record: a small write of its own.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub async fn probe(&self) -> Result<(), StoreError> {
        let mut connection = self.writer.acquire().await?;
        let written = sqlx::query("INSERT OR REPLACE INTO kept (name, value) VALUES ('probe', ?)")
            .bind(Timestamp::now().to_string())
            .execute(&mut *connection)
            .await;
        if written.is_err() {
            connection.close_on_drop();
        }
        written?;
        Ok(())
    }

    /// The ids of the calls on the board, the longest silent first.
    ///
    /// # Errors
    /// When SQLite fails.
    pub async fn board(&self) -> Result<Vec<CallId>, StoreError> {
        let rows = sqlx::query("SELECT id FROM calls WHERE on_board = 1 ORDER BY heard_at")
            .fetch_all(&self.readers)
            .await?;
        Ok(rows.iter().filter_map(|row| CallId::parse(row.get(0))).collect())
    }

    /// Reads these calls back; those the journal doesn't know are left out.
    ///
    /// # Errors
    /// When SQLite fails or a row can't be read.
    pub async fn load(&self, ids: &[CallId]) -> Result<Vec<Stored>, StoreError> {
        let mut found = Vec::with_capacity(ids.len());
        for ids in ids.chunks(CALLS_A_READ) {
            let mut by_call: HashMap<CallId, Stored> = HashMap::new();
            let select = "SELECT id, version, began_at, heard_at, on_board FROM calls WHERE id IN";
            for row in self.read(select, ids, "").await? {
                let call = call_row(&row)?;
                let stored = Stored { row: call.clone(), events: Vec::new(), writes: Vec::new() };
                by_call.insert(call.id, stored);
            }
            if by_call.is_empty() {
                continue;
            }
            let select = "SELECT call, key, sent_at, received_at, facts FROM events WHERE call IN";
            for row in self.read(select, ids, "ORDER BY seq").await? {
                let event = event(&row)?;
                if let Some(stored) = by_call.get_mut(&event.call) {
                    stored.events.push(event);
                }
            }
            let select = "SELECT id, body FROM writes WHERE call IN";
            for row in self.read(select, ids, "ORDER BY place").await? {
                let write: Write = parse(&row, 1, "write")?;
                if let Some(stored) = by_call.get_mut(&write.call) {
                    stored.writes.push(write);
                }
            }
            found.extend(ids.iter().filter_map(|id| by_call.remove(id)));
        }
        Ok(found)
    }

    /// The call a write belongs to.
    ///
    /// # Errors
    /// When SQLite fails.
    pub async fn call_of_write(&self, id: &str) -> Result<Option<CallId>, StoreError> {
        let row = sqlx::query("SELECT call FROM writes WHERE id = ?")
            .bind(id)
            .fetch_optional(&self.readers)
            .await?;
        Ok(row.and_then(|row| CallId::parse(row.get(0))))
    }

    /// Every attempt of these writes, oldest first, with the id of its write.
    ///
    /// # Errors
    /// When SQLite fails or a row can't be read.
    pub async fn attempts(
        &self,
        writes: &[Write],
    ) -> Result<Vec<(String, AttemptSummary)>, StoreError> {
        if writes.is_empty() {
            return Ok(Vec::new());
        }
        let mut sql: QueryBuilder<Sqlite> = QueryBuilder::new(
            "SELECT write_id, at, milliseconds, status, problem FROM attempts WHERE write_id IN (",
        );
        let mut list = sql.separated(", ");
        for write in writes {
            list.push_bind(write.id.as_str());
        }
        sql.push(") ORDER BY seq");
        let rows = sql.build().fetch_all(&self.readers).await?;
        rows.iter()
            .map(|row| {
                let problem: Option<&str> = row.get(4);
                let corrupt = |source| StoreError::Corrupt { what: "attempt".to_owned(), source };
                let attempt = AttemptSummary {
                    at: instant(row.get(1)),
                    milliseconds: u64::try_from(row.get::<i64, _>(2)).unwrap_or(0),
                    status: u16::try_from(row.get::<i64, _>(3)).unwrap_or(0),
                    problem: problem.map(serde_json::from_str).transpose().map_err(corrupt)?,
                };
                Ok((row.get(0), attempt))
            })
            .collect()
    }

    /// A small thing that was kept.
    ///
    /// # Errors
    /// When SQLite fails.
    pub async fn kept(&self, name: &str) -> Result<Option<String>, StoreError> {
        let row = sqlx::query("SELECT value FROM kept WHERE name = ?")
            .bind(name)
            .fetch_optional(&self.writer)
            .await?;
        Ok(row.map(|row| row.get(0)))
    }

    /// Keeps a small thing, durably, in place of what was kept under this name.
    ///
    /// # Errors
    /// When SQLite fails; then the old value still stands.
    pub async fn keep(&self, name: &str, value: &str) -> Result<(), StoreError> {
        sqlx::query("INSERT OR REPLACE INTO kept (name, value) VALUES (?, ?)")
            .bind(name)
            .bind(value)
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// Closes the files; the write-ahead log is folded into the database.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    async fn read(
        &self,
        select: &'static str,
        ids: &[CallId],
        tail: &'static str,
    ) -> Result<Vec<SqliteRow>, StoreError> {
        let mut sql: QueryBuilder<Sqlite> = QueryBuilder::new(select);
        sql.push(" (");
        let mut list = sql.separated(", ");
        for id in ids {
            list.push_bind(id.as_str());
        }
        sql.push(") ").push(tail);
        Ok(sql.build().fetch_all(&self.readers).await?)
    }
}

/// One transaction with everything in it.
async fn record(connection: &mut SqliteConnection, commit: &Commit) -> Result<(), StoreError> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    for events in commit.events.chunks(ROWS) {
        let mut sql: QueryBuilder<Sqlite> =
            QueryBuilder::new("INSERT INTO events (call, key, sent_at, received_at, facts) ");
        sql.push_values(events, |mut row, event| {
            row.push_bind(event.call.as_str())
                .push_bind(event.key.as_str())
                .push_bind(event.sent_at.as_microsecond())
                .push_bind(event.received_at.as_microsecond())
                .push_bind(json(&event.facts));
        });
        sql.build().execute(&mut *transaction).await?;
    }
    for calls in commit.calls.chunks(ROWS) {
        let mut sql: QueryBuilder<Sqlite> = QueryBuilder::new(
            "INSERT OR REPLACE INTO calls (id, version, began_at, heard_at, on_board) ",
        );
        sql.push_values(calls, |mut row, call| {
            row.push_bind(call.id.as_str())
                .push_bind(i64::try_from(call.version).unwrap_or(i64::MAX))
                .push_bind(call.began_at.as_microsecond())
                .push_bind(call.heard_at.as_microsecond())
                .push_bind(call.on_board);
        });
        sql.build().execute(&mut *transaction).await?;
    }
    for writes in commit.writes.chunks(ROWS) {
        let mut sql: QueryBuilder<Sqlite> = QueryBuilder::new(
            "INSERT OR REPLACE INTO writes (id, call, place, state, changed_at, body) ",
        );
        sql.push_values(writes, |mut row, write| {
            row.push_bind(write.id.as_str())
                .push_bind(write.call.as_str())
                .push_bind(write.order)
                .push_bind(state_name(write))
                .push_bind(write.changed_at.as_microsecond())
                .push_bind(json(write));
        });
        sql.build().execute(&mut *transaction).await?;
    }
    for attempts in commit.attempts.chunks(ROWS) {
        let mut sql: QueryBuilder<Sqlite> = QueryBuilder::new(
            "INSERT INTO attempts (write_id, at, milliseconds, status, problem) ",
        );
        sql.push_values(attempts, |mut row, (write, attempt)| {
            row.push_bind(write.as_str())
                .push_bind(attempt.at.as_microsecond())
                .push_bind(i64::try_from(attempt.milliseconds).unwrap_or(i64::MAX))
                .push_bind(attempt.status)
                .push_bind(attempt.problem.as_ref().map(json));
        });
        sql.build().execute(&mut *transaction).await?;
    }
    transaction.commit().await?;
    Ok(())
}

async fn migrate(pool: &SqlitePool) -> Result<(), StoreError> {
    let migrations = vec![Migration::new(
        1,
        "journal".into(),
        MigrationType::Simple,
        sqlx::SqlStr::from_static(include_str!("migrations/0001_journal.sql")),
        false,
    )];
    let migrator = Migrator::with_migrations(migrations);
    migrator.run(pool).await.map_err(|error| match error {
        MigrateError::VersionMissing(version) => {
            StoreError::Newer(format!("its schema is at version {version}"))
        }
        MigrateError::Execute(error) => StoreError::Database(error),
        other => StoreError::Database(sqlx::Error::Migrate(Box::new(other))),
    })
}

#[cfg(unix)]
fn owner_only(file: &File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
fn owner_only(_: &File) -> std::io::Result<()> {
    Ok(())
}

/// The domain's values are plain data: serialising them can't fail.
fn json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

fn state_name(write: &Write) -> String {
    json(&write.state).trim_matches('"').to_owned()
}

fn instant(microseconds: i64) -> Timestamp {
    Timestamp::from_microsecond(microseconds).unwrap_or_default()
}

fn id(row: &SqliteRow, column: usize) -> Result<CallId, StoreError> {
    CallId::parse(row.get(column)).ok_or_else(|| {
        sqlx::Error::Decode(format!("{:?} is no call id", row.get::<&str, _>(column)).into()).into()
    })
}

fn call_row(row: &SqliteRow) -> Result<CallRow, StoreError> {
    Ok(CallRow {
        id: id(row, 0)?,
        version: u64::try_from(row.get::<i64, _>(1)).unwrap_or(0),
        began_at: instant(row.get(2)),
        heard_at: instant(row.get(3)),
        on_board: row.get(4),
    })
}

fn event(row: &SqliteRow) -> Result<Event, StoreError> {
    Ok(Event {
        call: id(row, 0)?,
        key: row.get(1),
        sent_at: instant(row.get(2)),
        received_at: instant(row.get(3)),
        facts: parse(row, 4, "event")?,
    })
}

fn parse<T: serde::de::DeserializeOwned>(
    row: &SqliteRow,
    column: usize,
    kind: &str,
) -> Result<T, StoreError> {
    serde_json::from_str(row.get(column)).map_err(|source| StoreError::Corrupt {
        what: format!("{kind} of {}", row.get::<&str, _>(0)),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::{Fact, Line, Role, SourceName};

    fn long_event(key: &str) -> Event {
        let now = Timestamp::UNIX_EPOCH;
        let text = "water ".repeat(20_000);
        let line = Line { at: now, role: Role::Caller, text: text.as_str().into() };
        Event {
            call: CallId::new(&SourceName::new("vapi"), "full"),
            key: key.to_owned(),
            sent_at: now,
            received_at: now,
            facts: vec![Fact::Said(line)],
        }
    }

    #[tokio::test]
    async fn a_full_disk_is_forgotten_as_soon_as_there_is_room() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(folder.path()).await.unwrap();
        // The file may grow no further: what SQLite says then is what it says of a full disk.
        let pages: i64 =
            sqlx::query("PRAGMA page_count").fetch_one(&journal.writer).await.unwrap().get(0);
        let full = format!("PRAGMA max_page_count = {pages}");
        sqlx::query(sqlx::AssertSqlSafe(full)).execute(&journal.writer).await.unwrap();
        let commit = |key| Commit { events: vec![long_event(key)], ..Commit::default() };
        journal.commit(&commit("1")).await.unwrap_err();
        // Room again: the limit goes with the connection, or here.
        sqlx::query("PRAGMA max_page_count = 1000000").execute(&journal.writer).await.unwrap();
        journal.commit(&commit("2")).await.unwrap();
        journal.probe().await.unwrap();
    }
}
