//! The journal in SQLite: one connection writes, a few read.

mod admin;
mod commit;
mod erase;
mod here;
mod read;
mod suppressions;

use std::{
    fs::{File, TryLockError},
    path::Path,
    time::Duration,
};

use jiff::Timestamp;
use sqlx::{
    ConnectOptions, Row, SqliteConnection, SqlitePool,
    migrate::{MigrateError, Migration, MigrationType, Migrator},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use self::here::Here;
use super::{Commit, StoreError};
use crate::secret;

/// The journal in its folder.
pub const FILE: &str = "callboard.db";

/// Locked as long as a hub has the journal.
pub(super) const LOCK: &str = "hub.lock";

/// The journal in a file.
#[derive(Debug)]
pub struct Sqlite {
    writer: SqlitePool,
    pub(super) readers: SqlitePool,
    /// Held as long as the journal is open, so that two hubs never share a file.
    lock: File,
    here: Here,
}

impl Sqlite {
    /// Opens (and where needed creates and migrates) the journal in `folder`.
    ///
    /// # Errors
    /// When the folder can't be used, another hub has it, the file is newer than this program, or
    /// SQLite fails.
    pub(in crate::store) async fn open(folder: &Path) -> Result<Self, StoreError> {
        let unusable = |source| StoreError::Folder { path: folder.to_owned(), source };
        secret::make_private_folder(folder).map_err(unusable)?;
        let lock = File::create(folder.join(LOCK)).map_err(unusable)?;
        owner_only(&lock).map_err(unusable)?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => StoreError::InUse(folder.to_owned()),
            TryLockError::Error(source) => unusable(source),
        })?;
        let path = folder.join(FILE);
        // Callers' words are in it: nobody else's business. Made before SQLite makes it.
        let file = File::options().create(true).append(true).open(&path).map_err(unusable)?;
        owner_only(&file).map_err(unusable)?;
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(10))
            // What is erased is overwritten.
            .pragma("secure_delete", "on")
            .pragma("temp_store", "memory")
            .disable_statement_logging();
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .min_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options.clone())
            .await
            .map_err(|error| StoreError::from(error).of_file(&path))?;
        migrate(&writer).await.map_err(|error| error.of_file(&path))?;
        let readers =
            SqlitePoolOptions::new().max_connections(3).connect_lazy_with(options.read_only(true));
        Ok(Self { writer, readers, lock, here: Here::new(path, file) })
    }

    /// Records everything in `commit` or nothing. On disk when it returns.
    ///
    /// # Errors
    /// When SQLite refuses (disk full, read-only, corrupt); then nothing was recorded.
    pub(in crate::store) async fn commit(&self, commit: &Commit) -> Result<(), StoreError> {
        let mut connection = self.writer.acquire().await?;
        let recorded = commit::record(&mut connection, commit).await;
        if recorded.is_err() {
            // SQLite rolls back by itself when the disk is full, and the library's count of open
            // transactions is then wrong for good: this connection is not to be used again.
            connection.close_on_drop();
            self.here.expect_new_log();
        }
        recorded.and_then(|()| self.here.check())
    }

    /// Records that the journal can record: a small write of its own.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub(in crate::store) async fn probe(&self) -> Result<(), StoreError> {
        let mut connection = self.writer.acquire().await?;
        let written = keep(&mut connection, "probe", &Timestamp::now().to_string()).await;
        if written.is_err() {
            connection.close_on_drop();
            self.here.expect_new_log();
        }
        written?;
        self.here.check()
    }

    /// A small thing that was kept.
    ///
    /// # Errors
    /// When SQLite fails.
    pub(in crate::store) async fn kept(&self, name: &str) -> Result<Option<String>, StoreError> {
        let row = sqlx::query("SELECT value FROM kept WHERE name = ?")
            .bind(name)
            .fetch_optional(&self.writer)
            .await?;
        Ok(row.map(|row| row.get(0)))
    }

    /// The names of the small things that are kept under a name that begins so.
    pub(in crate::store) async fn kept_names(
        &self,
        prefix: &str,
    ) -> Result<Vec<String>, StoreError> {
        let select = "SELECT name FROM kept WHERE substr(name, 1, length(?1)) = ?1 ORDER BY name";
        let rows = sqlx::query(select).bind(prefix).fetch_all(&self.writer).await?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }

    /// Keeps a small thing, durably, in place of what was kept under this name.
    ///
    /// # Errors
    /// When SQLite fails; then the old value still stands.
    pub(in crate::store) async fn keep(&self, name: &str, value: &str) -> Result<(), StoreError> {
        keep(&mut *self.writer.acquire().await?, name, value).await?;
        self.here.check()
    }

    /// Closes the files; the write-ahead log is folded into the database.
    pub(in crate::store) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
        // Whoever still holds the journal can do nothing with it; the next hub may have the file.
        let _ = self.lock.unlock();
    }
}

/// Keeps a small thing in place of what was kept under this name.
async fn keep(
    connection: &mut SqliteConnection,
    name: &str,
    value: &str,
) -> Result<(), StoreError> {
    sqlx::query("INSERT OR REPLACE INTO kept (name, value) VALUES (?, ?)")
        .bind(name)
        .bind(value)
        .execute(connection)
        .await?;
    Ok(())
}

fn migrations() -> Vec<Migration> {
    let step = |version, name: &'static str, sql| {
        let sql = sqlx::SqlStr::from_static(sql);
        Migration::new(version, name.into(), MigrationType::Simple, sql, false)
    };
    vec![
        step(1, "journal", include_str!("migrations/0001_journal.sql")),
        step(3, "records", include_str!("migrations/0003_records.sql")),
        step(4, "trust", include_str!("migrations/0004_trust.sql")),
        step(5, "suppressions", include_str!("migrations/0005_suppressions.sql")),
        step(6, "retention", include_str!("migrations/0006_retention.sql")),
        step(7, "folds", include_str!("migrations/0007_folds.sql")),
        step(8, "writes_by_time", include_str!("migrations/0008_writes_by_time.sql")),
    ]
}

/// The schema of this version.
pub(super) fn newest() -> i64 {
    migrations().iter().map(|step| step.version).max().unwrap_or(0)
}

async fn migrate(pool: &SqlitePool) -> Result<(), StoreError> {
    let migrations = migrations();
    for steps in 1..=migrations.len() {
        let mut migrator = Migrator::with_migrations(migrations[..steps].to_vec());
        // Only all steps together tell whether the journal knows one more.
        migrator.set_ignore_missing(steps < migrations.len());
        migrator.run(pool).await.map_err(not_migrated)?;
        crash_point!("migration.stepped");
    }
    Ok(())
}

fn not_migrated(error: MigrateError) -> StoreError {
    match error {
        MigrateError::VersionMissing(version) => {
            StoreError::Newer(format!("its schema is at version {version}"))
        }
        MigrateError::Execute(error) => StoreError::Database(error),
        other => StoreError::Database(sqlx::Error::Migrate(Box::new(other))),
    }
}

#[cfg(unix)]
pub(super) fn owner_only(file: &File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
pub(super) fn owner_only(_: &File) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::{CallId, Event, Fact, Line, Role, SourceName};

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

    /// What SQLite promises to survive a power cut with: https://sqlite.org/pragma.html#pragma_synchronous
    #[tokio::test]
    async fn every_commit_waits_for_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Sqlite::open(folder.path()).await.unwrap();
        let synchronous: i64 =
            sqlx::query("PRAGMA synchronous").fetch_one(&journal.writer).await.unwrap().get(0);
        let mode: String =
            sqlx::query("PRAGMA journal_mode").fetch_one(&journal.writer).await.unwrap().get(0);
        assert_eq!((synchronous, mode.as_str()), (2, "wal"), "2 is FULL");
    }

    #[tokio::test]
    async fn a_full_disk_is_forgotten_as_soon_as_there_is_room() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Sqlite::open(folder.path()).await.unwrap();
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
