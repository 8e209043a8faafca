//! Erasing calls, and finding those that are to be.

use jiff::Timestamp;
use sqlx::{AssertSqlSafe, Row, SqliteConnection};

use super::Sqlite;
use crate::{
    call::CallId,
    store::{StoreError, TELLING, call_id},
};

/// What goes of each call. Its record stays for the figures, without what says whose it was; its
/// lines in the log stay without saying of which call.
const STATEMENTS: &[&str] = &[
    "DELETE FROM attempts WHERE write_id IN \
     (SELECT id FROM writes WHERE call IN (SELECT value FROM json_each(?)))",
    "DELETE FROM writes WHERE call IN (SELECT value FROM json_each(?))",
    "DELETE FROM events WHERE call IN (SELECT value FROM json_each(?))",
    "DELETE FROM calls WHERE id IN (SELECT value FROM json_each(?))",
    "UPDATE suppressions SET call = NULL WHERE call IN (SELECT value FROM json_each(?))",
    "UPDATE log SET call = NULL WHERE call IN (SELECT value FROM json_each(?))",
    "UPDATE records SET body = json_remove(body, '$.name', '$.phone', '$.wants', '$.callback.number') \
     WHERE call IN (SELECT value FROM json_each(?))",
];

/// Leaves nothing of these calls.
pub(super) async fn erase(
    connection: &mut SqliteConnection,
    calls: &[CallId],
) -> Result<(), StoreError> {
    if calls.is_empty() {
        return Ok(());
    }
    let ids = crate::store::json(&calls);
    for sql in STATEMENTS {
        sqlx::query(*sql).bind(&ids).execute(&mut *connection).await?;
    }
    Ok(())
}

impl Sqlite {
    /// Calls off the board that were last heard of before, the oldest first.
    pub(in crate::store) async fn expired(
        &self,
        before: Timestamp,
        limit: u32,
    ) -> Result<Vec<CallId>, StoreError> {
        let rows = sqlx::query(
            "SELECT id FROM calls WHERE on_board = 0 AND heard_at < ? ORDER BY heard_at LIMIT ?",
        )
        .bind(before.as_microsecond())
        .bind(limit)
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(|row| call_id(row.get(0))).collect()
    }

    /// Calls of which an event holds `text`.
    pub(in crate::store) async fn calls_naming(
        &self,
        text: &str,
    ) -> Result<Vec<CallId>, StoreError> {
        let rows =
            sqlx::query("SELECT DISTINCT call FROM events WHERE instr(facts, ?) > 0 ORDER BY call")
                .bind(text)
                .fetch_all(&self.readers)
                .await?;
        rows.iter().map(|row| call_id(row.get(0))).collect()
    }

    /// How many rows hold one of these texts, of everything that tells of calls.
    pub(in crate::store) async fn rows_naming(&self, texts: &[&str]) -> Result<u64, StoreError> {
        let texts = crate::store::json(&texts);
        let mut rows = 0;
        for (table, column) in TELLING {
            let sql = format!(
                "SELECT count(*) FROM {table} WHERE EXISTS \
                 (SELECT 1 FROM json_each(?) AS text WHERE instr({table}.{column}, text.value) > 0)"
            );
            let query = sqlx::query(AssertSqlSafe(sql)).bind(&texts);
            let found = query.fetch_one(&self.readers).await?;
            rows += u64::try_from(found.get::<i64, _>(0)).unwrap_or(0);
        }
        Ok(rows)
    }

    /// Empties the write-ahead log, so that what was erased is not there either. The database
    /// itself overwrites what is deleted.
    pub(in crate::store) async fn scrub(&self) -> Result<bool, StoreError> {
        let row = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&self.writer).await?;
        Ok(row.get::<i64, _>(0) == 0)
    }
}
