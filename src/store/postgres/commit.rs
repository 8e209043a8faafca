//! One commit as statements of one transaction: a statement per table, however many rows.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::{PgConnection, Row, postgres::PgArguments, query::Query};

use super::Postgres;
use crate::{
    call::CallId,
    store::{CallRow, Commit, StoreError, json, state_name},
};

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl Postgres {
    pub(super) fn query(&self, sql: &'static str) -> Query<'static, sqlx::Postgres, PgArguments> {
        sqlx::query(sql).persistent(!self.pooled)
    }

    /// Records everything in `commit`; the transaction is still open afterwards. Returns the new
    /// revisions of the calls that are `held`.
    pub(super) async fn record(
        &self,
        connection: &mut PgConnection,
        commit: &Commit,
        held: impl Fn(&CallId) -> bool,
    ) -> Result<Vec<(CallId, u64)>, StoreError> {
        self.events(connection, commit).await?;
        self.writes(connection, commit).await?;
        self.attempts(connection, commit).await?;
        self.keep_records(connection, commit).await?;
        self.record_admin(connection, commit).await?;
        self.record_suppressions(connection, &commit.suppressions).await?;
        for (name, value) in &commit.kept {
            self.put(connection, name, value).await?;
        }
        let (mine, others): (Vec<&CallRow>, _) = commit.calls.iter().partition(|row| held(&row.id));
        let revisions = self.calls(connection, commit, &mine).await?;
        self.leave_or_enter(connection, &others).await?;
        self.keep_folds(connection, commit).await?;
        self.erase(connection, &commit.erased).await?;
        Ok(revisions)
    }

    async fn events(
        &self,
        connection: &mut PgConnection,
        commit: &Commit,
    ) -> Result<(), StoreError> {
        if commit.events.is_empty() {
            return Ok(());
        }
        let events = &commit.events;
        self.query(
            "INSERT INTO events (call, key, sent_at, received_at, facts)
             SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::text[])",
        )
        .bind(events.iter().map(|event| event.call.as_str()).collect::<Vec<_>>())
        .bind(events.iter().map(|event| event.key.as_str()).collect::<Vec<_>>())
        .bind(events.iter().map(|event| event.sent_at.as_microsecond()).collect::<Vec<_>>())
        .bind(events.iter().map(|event| event.received_at.as_microsecond()).collect::<Vec<_>>())
        .bind(events.iter().map(|event| json(&event.facts)).collect::<Vec<_>>())
        .execute(connection)
        .await?;
        Ok(())
    }

    async fn writes(
        &self,
        connection: &mut PgConnection,
        commit: &Commit,
    ) -> Result<(), StoreError> {
        if commit.writes.is_empty() {
            return Ok(());
        }
        let writes = &commit.writes;
        self.query(
            "INSERT INTO writes (id, call, place, state, changed_at, body, lease_by)
             SELECT *, CASE WHEN state = 'in_flight' THEN $7 END FROM unnest($1::text[],
                 $2::text[], $3::bigint[], $4::text[], $5::bigint[], $6::text[])
                 AS new (id, call, place, state, changed_at, body)
             ON CONFLICT (id) DO UPDATE SET place = excluded.place, state = excluded.state,
                 changed_at = excluded.changed_at, body = excluded.body,
                 lease_by = excluded.lease_by",
        )
        .bind(writes.iter().map(|write| write.id.as_str()).collect::<Vec<_>>())
        .bind(writes.iter().map(|write| write.call.as_str()).collect::<Vec<_>>())
        .bind(writes.iter().map(|write| i64::from(write.order)).collect::<Vec<_>>())
        .bind(writes.iter().map(state_name).collect::<Vec<_>>())
        .bind(writes.iter().map(|write| write.changed_at.as_microsecond()).collect::<Vec<_>>())
        .bind(writes.iter().map(json).collect::<Vec<_>>())
        .bind(&self.hub)
        .execute(connection)
        .await?;
        Ok(())
    }

    async fn attempts(
        &self,
        connection: &mut PgConnection,
        commit: &Commit,
    ) -> Result<(), StoreError> {
        if commit.attempts.is_empty() {
            return Ok(());
        }
        let attempts = || commit.attempts.iter().map(|(_, attempt)| attempt);
        self.query(
            "INSERT INTO attempts (write_id, at, milliseconds, status, problem)
             SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::int[], $5::text[])",
        )
        .bind(commit.attempts.iter().map(|(write, _)| write.as_str()).collect::<Vec<_>>())
        .bind(attempts().map(|it| it.at.as_microsecond()).collect::<Vec<_>>())
        .bind(attempts().map(|it| signed(it.milliseconds)).collect::<Vec<_>>())
        .bind(attempts().map(|it| i32::from(it.status)).collect::<Vec<_>>())
        .bind(attempts().map(|it| it.problem.as_ref().map(json)).collect::<Vec<_>>())
        .execute(connection)
        .await?;
        Ok(())
    }

    async fn keep_records(
        &self,
        connection: &mut PgConnection,
        commit: &Commit,
    ) -> Result<(), StoreError> {
        if commit.records.is_empty() {
            return Ok(());
        }
        let records = &commit.records;
        self.query(
            "INSERT INTO records (call, began_at, body)
             SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[])
             ON CONFLICT (call) DO UPDATE SET began_at = excluded.began_at, body = excluded.body",
        )
        .bind(records.iter().map(|record| record.id.as_str()).collect::<Vec<_>>())
        .bind(records.iter().map(|record| record.began_at.as_microsecond()).collect::<Vec<_>>())
        .bind(records.iter().map(json).collect::<Vec<_>>())
        .execute(connection)
        .await?;
        Ok(())
    }

    /// The rows of the calls that are held; where only a write changed, their revision.
    async fn calls(
        &self,
        connection: &mut PgConnection,
        commit: &Commit,
        rows: &[&CallRow],
    ) -> Result<Vec<(CallId, u64)>, StoreError> {
        let mut revisions = Vec::new();
        if !rows.is_empty() {
            let rows: BTreeMap<&CallId, &&CallRow> =
                rows.iter().map(|row| (&row.id, row)).collect();
            let found = self
                .query(
                    "INSERT INTO calls (id, version, began_at, heard_at, on_board, revision)
                     SELECT *, 1 FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[],
                         $5::bool[])
                     ON CONFLICT (id) DO UPDATE SET version = excluded.version,
                         began_at = excluded.began_at, heard_at = excluded.heard_at,
                         on_board = excluded.on_board, revision = calls.revision + 1,
                         changed = pg_current_xact_id()
                     RETURNING id, revision",
                )
                .bind(rows.keys().map(|id| id.as_str()).collect::<Vec<_>>())
                .bind(rows.values().map(|row| signed(row.version)).collect::<Vec<_>>())
                .bind(rows.values().map(|row| row.began_at.as_microsecond()).collect::<Vec<_>>())
                .bind(rows.values().map(|row| row.heard_at.as_microsecond()).collect::<Vec<_>>())
                .bind(rows.values().map(|row| row.on_board).collect::<Vec<_>>())
                .fetch_all(&mut *connection)
                .await?;
            revisions.extend(found);
        }
        let written: BTreeSet<&str> =
            commit.writes.iter().map(|write| write.call.as_str()).collect();
        let known: BTreeSet<&str> = rows.iter().map(|row| row.id.as_str()).collect();
        let rest: Vec<&str> = written.difference(&known).copied().collect();
        if !rest.is_empty() {
            let found = self
                .query(
                    "UPDATE calls SET revision = revision + 1, changed = pg_current_xact_id()
                     WHERE id = ANY($1) RETURNING id, revision",
                )
                .bind(rest)
                .fetch_all(&mut *connection)
                .await?;
            revisions.extend(found);
        }
        let revision = |row: &sqlx::postgres::PgRow| {
            let id = super::call_id(row.get(0))?;
            Ok((id, u64::try_from(row.get::<i64, _>(1)).unwrap_or(0)))
        };
        revisions.iter().map(revision).collect()
    }

    /// What another hub changes or erases at this moment is passed over: a fold of it would be of no
    /// use, or stay behind.
    async fn keep_folds(
        &self,
        connection: &mut PgConnection,
        commit: &Commit,
    ) -> Result<(), StoreError> {
        if commit.folds.is_empty() {
            return Ok(());
        }
        let folds = &commit.folds;
        self.query(
            "INSERT INTO folds (call, version, made_by, body)
             SELECT new.* FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[])
                 AS new (call, version, made_by, body)
                 JOIN calls ON calls.id = new.call AND calls.version = new.version
                     AND calls.on_board
                 ORDER BY calls.id FOR SHARE OF calls SKIP LOCKED
             ON CONFLICT (call) DO UPDATE SET version = excluded.version,
                 made_by = excluded.made_by, body = excluded.body",
        )
        .bind(folds.iter().map(|fold| fold.call.as_str()).collect::<Vec<_>>())
        .bind(folds.iter().map(|fold| signed(fold.version)).collect::<Vec<_>>())
        .bind(folds.iter().map(|fold| fold.made_by.as_str()).collect::<Vec<_>>())
        .bind(folds.iter().map(|fold| fold.body.as_str()).collect::<Vec<_>>())
        .execute(connection)
        .await?;
        Ok(())
    }

    /// Calls that left the board because time passed are not held: where another hub changed one
    /// meanwhile, it knows better.
    async fn leave_or_enter(
        &self,
        connection: &mut PgConnection,
        rows: &[&CallRow],
    ) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        self.query(
            "UPDATE calls SET on_board = new.on_board FROM unnest($1::text[], $2::bool[],
                 $3::bigint[]) AS new (id, on_board, revision)
             WHERE calls.id IN (SELECT id FROM calls WHERE id = ANY($1) ORDER BY id
                 FOR UPDATE SKIP LOCKED)
                 AND calls.id = new.id AND calls.revision = new.revision",
        )
        .bind(rows.iter().map(|row| row.id.as_str()).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.on_board).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| signed(row.revision)).collect::<Vec<_>>())
        .execute(connection)
        .await?;
        Ok(())
    }
}
