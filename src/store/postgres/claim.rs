//! Calls held for one commit.

use std::collections::{HashMap, HashSet};

use sqlx::{PgConnection, Row, Transaction};

use super::{CallId, Commit, PATIENCE, Postgres, StoreError, call_id};
use crate::store::{Stored, Wanted};

/// An open transaction that holds the rows of calls.
#[derive(Debug)]
pub struct Held {
    transaction: Transaction<'static, sqlx::Postgres>,
    /// What is held, with the revision it is at.
    pub(in crate::store) calls: HashMap<CallId, u64>,
    /// The callers' numbers that are held.
    pub(in crate::store) numbers: HashSet<String>,
}

impl Postgres {
    pub(in crate::store) async fn claim(&self, wanted: &Wanted) -> Result<Held, StoreError> {
        tokio::time::timeout(PATIENCE, self.hold(wanted)).await.map_err(|_| StoreError::TooSlow)?
    }

    /// Rows are locked in the order of their ids, so that two hubs that want the same ones wait
    /// for each other and never both; of what is only due, a row that another hub holds is passed
    /// over.
    async fn hold(&self, wanted: &Wanted) -> Result<Held, StoreError> {
        let mut transaction = self.begin().await?;
        let connection: &mut PgConnection = &mut transaction;
        let names = |ids: &[CallId]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
        if !wanted.new.is_empty() {
            // A row to hold, seen by nobody before we commit; whoever has the same waits here.
            self.query(
                "INSERT INTO calls (id, version, began_at, heard_at, on_board)
                 SELECT id, 0, 0, 0, FALSE FROM unnest($1::text[]) AS id ORDER BY id COLLATE \"C\"
                 ON CONFLICT DO NOTHING",
            )
            .bind(names(&wanted.new))
            .execute(&mut *connection)
            .await?;
        }
        let mut rows = Vec::new();
        if !wanted.new.is_empty() || !wanted.calls.is_empty() {
            let mut ids = names(&wanted.calls);
            ids.extend(names(&wanted.new));
            let query = "SELECT id, revision FROM calls WHERE id = ANY($1) ORDER BY id FOR UPDATE";
            rows = self.query(query).bind(ids).fetch_all(&mut *connection).await?;
        }
        if !wanted.due.is_empty() {
            let query = "SELECT id, revision FROM calls WHERE id = ANY($1) ORDER BY id
                FOR UPDATE SKIP LOCKED";
            let ids = names(&wanted.due);
            rows.extend(self.query(query).bind(ids).fetch_all(&mut *connection).await?);
        }
        let mut calls = HashMap::with_capacity(rows.len());
        for row in rows {
            let revision = u64::try_from(row.get::<i64, _>(1)).unwrap_or(0);
            calls.insert(call_id(row.get(0))?, revision);
        }
        let mut numbers = HashSet::new();
        if !wanted.numbers.is_empty() {
            let query = "SELECT number FROM unnest($1::text[]) AS number
                WHERE pg_try_advisory_xact_lock(hashtextextended(number, 2))";
            let held = self
                .query(query)
                .bind(wanted.numbers.iter().map(String::as_str).collect::<Vec<_>>())
                .fetch_all(&mut *connection)
                .await?;
            numbers.extend(held.iter().map(|row| row.get::<String, _>(0)));
        }
        Ok(Held { transaction, calls, numbers })
    }

    pub(in crate::store) async fn load_held(
        &self,
        held: &mut Held,
        ids: &[CallId],
    ) -> Result<Vec<Stored>, StoreError> {
        self.read(&mut held.transaction, ids, "").await
    }

    pub(in crate::store) async fn commit_held(
        &self,
        held: Held,
        commit: &Commit,
    ) -> Result<Vec<(CallId, u64)>, StoreError> {
        let Held { mut transaction, calls, .. } = held;
        let work = async {
            let holds = |id: &CallId| calls.contains_key(id);
            let revisions = self.record(&mut transaction, commit, holds).await?;
            transaction.commit().await?;
            Ok::<_, StoreError>(revisions)
        };
        let revisions =
            tokio::time::timeout(PATIENCE, work).await.map_err(|_| StoreError::TooSlow)??;
        self.news.tell();
        Ok(revisions)
    }
}
