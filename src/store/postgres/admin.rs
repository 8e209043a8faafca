//! The log and the tokens.

use sqlx::{PgConnection, Row, postgres::PgRow};

use super::Postgres;
use crate::{
    call::{CallId, Text},
    store::{Commit, StoreError, TokenRow, instant, json, role, token_hash},
    wire::{LogEntry, TokenSummary},
};

impl Postgres {
    /// Adds the commit's entries to the log, and keeps its tokens in place of what was kept of the
    /// same hash.
    pub(super) async fn record_admin(
        &self,
        connection: &mut PgConnection,
        commit: &Commit,
    ) -> Result<(), StoreError> {
        let insert = "INSERT INTO log (at, operator, action, what, call)
            VALUES ($1, $2, $3, $4, $5)";
        for entry in &commit.log {
            self.query(insert)
                .bind(entry.at.as_microsecond())
                .bind(entry.operator.as_str())
                .bind(entry.action.as_str())
                .bind(entry.what.as_str())
                .bind(entry.call.as_ref().map(CallId::as_str))
                .execute(&mut *connection)
                .await?;
        }
        let insert = "INSERT INTO tokens
            (hash, name, role, created_at, created_by, expires_at, revoked_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (hash) DO UPDATE SET name = excluded.name, role = excluded.role,
                created_at = excluded.created_at, created_by = excluded.created_by,
                expires_at = excluded.expires_at, revoked_at = excluded.revoked_at";
        for TokenRow { hash, summary } in &commit.tokens {
            self.query(insert)
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

    /// Entries of the log, the newest first.
    pub(in crate::store) async fn log(
        &self,
        before: Option<u64>,
        call: Option<&CallId>,
        most: usize,
    ) -> Result<Vec<LogEntry>, StoreError> {
        let before = before.and_then(|seq| i64::try_from(seq).ok()).unwrap_or(i64::MAX);
        // A transaction of its own, as every read here: see `read.rs`.
        let mut transaction = self.pool.begin().await?;
        let rows = self
            .query(
                "SELECT seq, at, operator, action, what, call FROM log
                 WHERE seq < $1 AND ($2::text IS NULL OR call = $2) ORDER BY seq DESC LIMIT $3",
            )
            .bind(before)
            .bind(call.map(|call| call.as_str().to_owned()))
            .bind(i64::try_from(most).unwrap_or(i64::MAX))
            .fetch_all(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(rows.iter().map(entry).collect())
    }

    /// Every token, the newest first.
    pub(in crate::store) async fn tokens(&self) -> Result<Vec<TokenRow>, StoreError> {
        // A transaction of its own, as every read here: see `read.rs`.
        let mut transaction = self.pool.begin().await?;
        let rows = self
            .query(
                "SELECT hash, name, role, created_at, created_by, expires_at, revoked_at
                 FROM tokens ORDER BY created_at DESC, name",
            )
            .fetch_all(&mut *transaction)
            .await?;
        transaction.commit().await?;
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

fn entry(row: &PgRow) -> LogEntry {
    LogEntry {
        seq: u64::try_from(row.get::<i64, _>(0)).unwrap_or(0),
        at: instant(row.get(1)),
        operator: Text::new(row.get(2)),
        action: Text::new(row.get(3)),
        what: Text::new(row.get(4)),
        call: row.get::<Option<&str>, _>(5).and_then(CallId::parse),
    }
}
