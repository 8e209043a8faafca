//! Erasing calls, and finding those that are to be.

use jiff::Timestamp;
use sqlx::{AssertSqlSafe, PgConnection, Row};

use super::Postgres;
use crate::{
    call::CallId,
    store::{StoreError, TELLING, call_id},
};

/// What goes of each call. Its record stays for the figures, without what says whose it was; its
/// lines in the log stay without saying of which call. By its empty row other hubs learn that it is
/// gone; such rows go after a day.
const STATEMENTS: &[&str] = &[
    "DELETE FROM attempts WHERE write_id IN (SELECT id FROM writes WHERE call = ANY($1))",
    "DELETE FROM writes WHERE call = ANY($1)",
    "DELETE FROM events WHERE call = ANY($1)",
    "UPDATE suppressions SET call = NULL WHERE call = ANY($1)",
    "UPDATE log SET call = NULL WHERE call = ANY($1)",
    "UPDATE records SET body = (body::jsonb - 'name' - 'phone' - 'wants' #- '{callback,number}')::text
     WHERE call = ANY($1)",
    "DELETE FROM calls WHERE version = 0 AND NOT on_board AND NOT id = ANY($1)
     AND heard_at < (extract(epoch FROM now() - interval '1 day') * 1000000)::bigint",
    "UPDATE calls SET version = 0, began_at = 0, on_board = FALSE, revision = revision + 1,
         heard_at = (extract(epoch FROM now()) * 1000000)::bigint, changed = pg_current_xact_id()
     WHERE id = ANY($1)",
];

impl Postgres {
    /// Leaves nothing of these calls.
    pub(super) async fn erase(
        &self,
        connection: &mut PgConnection,
        calls: &[CallId],
    ) -> Result<(), StoreError> {
        if calls.is_empty() {
            return Ok(());
        }
        let ids: Vec<&str> = calls.iter().map(CallId::as_str).collect();
        for sql in STATEMENTS {
            self.query(sql).bind(&ids).execute(&mut *connection).await?;
        }
        Ok(())
    }

    /// Calls off the board that were last heard of before, the oldest first.
    pub(in crate::store) async fn expired(
        &self,
        before: Timestamp,
        limit: u32,
    ) -> Result<Vec<CallId>, StoreError> {
        let mut transaction = self.pool.begin().await?;
        let rows = self
            .query(
                "SELECT id FROM calls WHERE NOT on_board AND heard_at < $1 AND version > 0
                 ORDER BY heard_at LIMIT $2",
            )
            .bind(before.as_microsecond())
            .bind(i64::from(limit))
            .fetch_all(&mut *transaction)
            .await?;
        transaction.commit().await?;
        rows.iter().map(|row| call_id(row.get(0))).collect()
    }

    /// Calls of which an event holds `text`.
    pub(in crate::store) async fn calls_naming(
        &self,
        text: &str,
    ) -> Result<Vec<CallId>, StoreError> {
        let mut transaction = self.pool.begin().await?;
        let rows = self
            .query("SELECT DISTINCT call FROM events WHERE strpos(facts, $1) > 0 ORDER BY call")
            .bind(text)
            .fetch_all(&mut *transaction)
            .await?;
        transaction.commit().await?;
        rows.iter().map(|row| call_id(row.get(0))).collect()
    }

    /// How many rows hold one of these texts, of everything that tells of calls.
    pub(in crate::store) async fn rows_naming(&self, texts: &[&str]) -> Result<u64, StoreError> {
        let mut transaction = self.pool.begin().await?;
        let mut rows = 0;
        for (table, column) in TELLING {
            let sql = format!(
                "SELECT count(*) FROM {table} WHERE EXISTS
                 (SELECT 1 FROM unnest($1::text[]) AS text WHERE strpos({table}.{column}, text) > 0)"
            );
            let query = sqlx::query(AssertSqlSafe(sql)).persistent(!self.pooled).bind(texts);
            let found = query.fetch_one(&mut *transaction).await?;
            rows += u64::try_from(found.get::<i64, _>(0)).unwrap_or(0);
        }
        transaction.commit().await?;
        Ok(rows)
    }
}
