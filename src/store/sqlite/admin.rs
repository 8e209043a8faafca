//! The log and the tokens.

use sqlx::{QueryBuilder, Row, SqliteConnection, sqlite::SqliteRow};

use super::Sqlite;
use crate::{
    call::{CallId, Text},
    store::{StoreError, TokenRow, instant, json, role, token_hash},
    wire::{LogEntry, TokenSummary},
};

/// Adds these entries to the log.
pub(super) async fn record_log(
    connection: &mut SqliteConnection,
    entries: &[LogEntry],
) -> Result<(), StoreError> {
    for entry in entries {
        sqlx::query("INSERT INTO log (at, operator, action, what, call) VALUES (?, ?, ?, ?, ?)")
            .bind(entry.at.as_microsecond())
            .bind(entry.operator.as_str())
            .bind(entry.action.as_str())
            .bind(entry.what.as_str())
            .bind(entry.call.as_ref().map(CallId::as_str))
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Keeps these tokens, in place of what was kept of the same hash.
pub(super) async fn record_tokens(
    connection: &mut SqliteConnection,
    tokens: &[TokenRow],
) -> Result<(), StoreError> {
    for TokenRow { hash, summary } in tokens {
        sqlx::query(
            "INSERT OR REPLACE INTO tokens \
             (hash, name, role, created_at, created_by, expires_at, revoked_at) \
             VALUES (?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(hex::encode(hash))
        .bind(summary.name.as_str())
        .bind(json(&summary.role).trim_matches('"').to_owned())
        .bind(summary.created_at.as_microsecond())
        .bind(summary.created_by.as_str())
        .bind(summary.expires_at.map(jiff::Timestamp::as_microsecond))
        .bind(summary.revoked_at.map(jiff::Timestamp::as_microsecond))
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

impl Sqlite {
    /// Entries of the log, the newest first.
    pub(in crate::store) async fn log(
        &self,
        before: Option<u64>,
        call: Option<&CallId>,
        most: usize,
    ) -> Result<Vec<LogEntry>, StoreError> {
        let before = before.and_then(|seq| i64::try_from(seq).ok()).unwrap_or(i64::MAX);
        let mut sql: QueryBuilder<sqlx::Sqlite> =
            QueryBuilder::new("SELECT seq, at, operator, action, what, call FROM log WHERE seq < ");
        sql.push_bind(before);
        if let Some(call) = call {
            sql.push(" AND call = ").push_bind(call.as_str());
        }
        sql.push(" ORDER BY seq DESC LIMIT ").push_bind(i64::try_from(most).unwrap_or(i64::MAX));
        let rows = sql.build().fetch_all(&self.readers).await?;
        Ok(rows.iter().map(entry).collect())
    }

    /// Every token, the newest first.
    pub(in crate::store) async fn tokens(&self) -> Result<Vec<TokenRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT hash, name, role, created_at, created_by, expires_at, revoked_at FROM tokens \
             ORDER BY created_at DESC, name",
        )
        .fetch_all(&self.readers)
        .await?;
        rows.iter()
            .map(|row| {
                let summary = TokenSummary {
                    name: Text::new(row.get(1)),
                    role: role(row.get(2))?,
                    created_at: instant(row.get(3)),
                    created_by: Text::new(row.get(4)),
                    expires_at: row.get::<Option<i64>, _>(5).map(instant),
                    revoked_at: row.get::<Option<i64>, _>(6).map(instant),
                };
                Ok(TokenRow { hash: token_hash(row.get(0))?, summary })
            })
            .collect()
    }
}

fn entry(row: &SqliteRow) -> LogEntry {
    LogEntry {
        seq: u64::try_from(row.get::<i64, _>(0)).unwrap_or(0),
        at: instant(row.get(1)),
        operator: Text::new(row.get(2)),
        action: Text::new(row.get(3)),
        what: Text::new(row.get(4)),
        call: row.get::<Option<&str>, _>(5).and_then(CallId::parse),
    }
}
