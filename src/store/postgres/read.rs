//! What is read back. Every read is a transaction of its own: behind a pooler the two messages of
//! one statement must reach the same server.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use sqlx::{PgConnection, Row, postgres::PgRow};

use super::Postgres;
use crate::{
    call::{CallId, Event, Fact},
    figures::CallRecord,
    plan::Write,
    store::{CallRow, RecordQuery, StoreError, Stored, WriteQuery, call_id, instant},
    wire::AttemptSummary,
};

/// Calls whose events are read in one SELECT.
const CALLS_A_READ: usize = 500;

impl Postgres {
    pub(in crate::store) async fn board(&self) -> Result<Vec<CallId>, StoreError> {
        let mut transaction = self.pool.begin().await?;
        let rows = self
            .query("SELECT id FROM calls WHERE on_board ORDER BY heard_at")
            .fetch_all(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(rows.iter().filter_map(|row| CallId::parse(row.get(0))).collect())
    }

    pub(in crate::store) async fn load(&self, ids: &[CallId]) -> Result<Vec<Stored>, StoreError> {
        // Nothing is made in no way: the events of all.
        self.load_folded(ids, "").await
    }

    pub(in crate::store) async fn load_folded(
        &self,
        ids: &[CallId],
        way: &str,
    ) -> Result<Vec<Stored>, StoreError> {
        let mut transaction = self.pool.begin().await?;
        // The three reads belong together: one moment for all of them.
        self.query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            .execute(&mut *transaction)
            .await?;
        let found = self.read(&mut transaction, ids, way).await?;
        transaction.commit().await?;
        Ok(found)
    }

    pub(super) async fn read(
        &self,
        connection: &mut PgConnection,
        ids: &[CallId],
        way: &str,
    ) -> Result<Vec<Stored>, StoreError> {
        let mut found = Vec::with_capacity(ids.len());
        for ids in ids.chunks(CALLS_A_READ) {
            let names: Vec<&str> = ids.iter().map(CallId::as_str).collect();
            let mut by_call: HashMap<CallId, Stored> = HashMap::new();
            let select = "SELECT id, calls.version, began_at, heard_at, on_board, revision, body
                 FROM calls LEFT JOIN folds
                     ON call = id AND folds.version = calls.version AND made_by = $2
                 WHERE id = ANY($1) AND revision > 0";
            let query = self.query(select).bind(&names).bind(way);
            for row in query.fetch_all(&mut *connection).await? {
                let fold = row.get(6);
                let row = call_row(&row)?;
                let id = row.id.clone();
                let (events, writes, under_way) = (Vec::new(), Vec::new(), HashSet::new());
                by_call.insert(id, Stored { row, events, fold, writes, under_way });
            }
            if by_call.is_empty() {
                continue;
            }
            let unfolded = by_call.values().filter(|stored| stored.fold.is_none());
            let unfolded: Vec<String> =
                unfolded.map(|stored| stored.row.id.as_str().to_owned()).collect();
            let select = "SELECT call, key, sent_at, received_at, facts FROM events
                 WHERE call = ANY($1) ORDER BY seq";
            for row in self.query(select).bind(&unfolded).fetch_all(&mut *connection).await? {
                let event = event(&row)?;
                if let Some(stored) = by_call.get_mut(&event.call) {
                    stored.events.push(event);
                }
            }
            let select = "SELECT writes.id, body, EXISTS (SELECT FROM hubs WHERE hubs.id = lease_by
                     AND hubs.id <> $2 AND alive_until > now())
                 FROM writes WHERE call = ANY($1) ORDER BY call, place";
            let query = self.query(select).bind(&names).bind(&self.hub);
            for row in query.fetch_all(&mut *connection).await? {
                let write: Write = parse(&row, 1, "write")?;
                if let Some(stored) = by_call.get_mut(&write.call) {
                    if row.get(2) {
                        stored.under_way.insert(write.id.clone());
                    }
                    stored.writes.push(write);
                }
            }
            found.extend(ids.iter().filter_map(|id| by_call.remove(id)));
        }
        Ok(found)
    }

    pub(in crate::store) async fn write(&self, id: &str) -> Result<Option<Write>, StoreError> {
        let mut transaction = self.pool.begin().await?;
        let query = self.query("SELECT id, body FROM writes WHERE id = $1").bind(id);
        let row = query.fetch_optional(&mut *transaction).await?;
        transaction.commit().await?;
        row.map(|row| parse(&row, 1, "write")).transpose()
    }

    pub(in crate::store) async fn find_writes(
        &self,
        query: &WriteQuery,
    ) -> Result<Vec<Write>, StoreError> {
        let after = query.after.as_ref();
        let mut transaction = self.pool.begin().await?;
        let rows = self
            .query(
                "SELECT id, body FROM writes WHERE changed_at >= $1
                 AND ($2::bigint IS NULL OR (changed_at, id) > ($2, $3))
                 AND ($4::text IS NULL OR call = $4)
                 AND (cardinality($5::text[]) = 0 OR state = ANY($5))
                 ORDER BY changed_at, id LIMIT $6",
            )
            .bind(query.since.map_or(i64::MIN, Timestamp::as_microsecond))
            .bind(after.map(|(at, _)| at.as_microsecond()))
            .bind(after.map(|(_, id)| id.as_str()))
            .bind(query.call.as_ref().map(CallId::as_str))
            .bind(query.states.iter().map(|state| state.name()).collect::<Vec<_>>())
            .bind(i64::from(query.limit))
            .fetch_all(&mut *transaction)
            .await?;
        transaction.commit().await?;
        rows.iter().map(|row| parse(row, 1, "write")).collect()
    }

    pub(in crate::store) async fn acted_on(
        &self,
        after: Option<&CallId>,
        limit: u32,
    ) -> Result<Vec<CallId>, StoreError> {
        let mut transaction = self.pool.begin().await?;
        let rows = self
            .query(
                "SELECT DISTINCT call FROM events
                 WHERE call > $1 AND key >= 'action:' AND key < 'action;' ORDER BY call LIMIT $2",
            )
            .bind(after.map_or("", CallId::as_str))
            .bind(i64::from(limit))
            .fetch_all(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(rows.iter().filter_map(|row| CallId::parse(row.get(0))).collect())
    }

    pub(in crate::store) async fn records(
        &self,
        query: &RecordQuery,
    ) -> Result<Vec<CallRecord>, StoreError> {
        let after = query.after.as_ref();
        let mut transaction = self.pool.begin().await?;
        let rows = self
            .query(
                "SELECT call, body FROM records WHERE began_at >= $1 AND began_at < $2
                 AND ($3::bigint IS NULL OR (began_at, call) > ($3, $4))
                 ORDER BY began_at, call LIMIT $5",
            )
            .bind(query.from.as_microsecond())
            .bind(query.to.as_microsecond())
            .bind(after.map(|(at, _)| at.as_microsecond()))
            .bind(after.map(|(_, call)| call.as_str()))
            .bind(i64::from(query.limit))
            .fetch_all(&mut *transaction)
            .await?;
        transaction.commit().await?;
        rows.iter().map(|row| parse(row, 1, "record")).collect()
    }

    pub(in crate::store) async fn call_of_write(
        &self,
        id: &str,
    ) -> Result<Option<CallId>, StoreError> {
        let mut transaction = self.pool.begin().await?;
        let row = self
            .query("SELECT call FROM writes WHERE id = $1")
            .bind(id)
            .fetch_optional(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(row.and_then(|row| CallId::parse(row.get(0))))
    }

    pub(in crate::store) async fn attempts_of(
        &self,
        writes: &[Write],
    ) -> Result<Vec<(String, AttemptSummary)>, StoreError> {
        let mut transaction = self.pool.begin().await?;
        let rows = self
            .query(
                "SELECT write_id, at, milliseconds, status, problem FROM attempts
                 WHERE write_id = ANY($1) ORDER BY seq",
            )
            .bind(writes.iter().map(|write| write.id.as_str()).collect::<Vec<_>>())
            .fetch_all(&mut *transaction)
            .await?;
        transaction.commit().await?;
        rows.iter()
            .map(|row| {
                let problem: Option<&str> = row.get(4);
                let corrupt = |error| StoreError::corrupt("attempt", &error);
                let attempt = AttemptSummary {
                    at: instant(row.get(1)),
                    milliseconds: u64::try_from(row.get::<i64, _>(2)).unwrap_or(0),
                    status: u16::try_from(row.get::<i32, _>(3)).unwrap_or(0),
                    problem: problem.map(serde_json::from_str).transpose().map_err(corrupt)?,
                };
                Ok((row.get(0), attempt))
            })
            .collect()
    }
}

fn call_row(row: &PgRow) -> Result<CallRow, StoreError> {
    Ok(CallRow {
        id: call_id(row.get(0))?,
        version: u64::try_from(row.get::<i64, _>(1)).unwrap_or(0),
        began_at: instant(row.get(2)),
        heard_at: instant(row.get(3)),
        on_board: row.get(4),
        revision: u64::try_from(row.get::<i64, _>(5)).unwrap_or(0),
    })
}

fn event(row: &PgRow) -> Result<Event, StoreError> {
    Ok(Event {
        call: call_id(row.get(0))?,
        key: row.get(1),
        sent_at: instant(row.get(2)),
        received_at: instant(row.get(3)),
        facts: parse(row, 4, "event").or_else(|error| known_facts(row).ok_or(error))?,
    })
}

/// While hubs of two versions are at work, an older one passes over what it can't know: of an event
/// with facts of a newer version, the others count.
fn known_facts(row: &PgRow) -> Option<Vec<Fact>> {
    let all: Vec<serde_json::Value> = serde_json::from_str(row.get(4)).ok()?;
    Some(all.into_iter().filter_map(|fact| serde_json::from_value(fact).ok()).collect())
}

fn parse<T: serde::de::DeserializeOwned>(
    row: &PgRow,
    column: usize,
    kind: &str,
) -> Result<T, StoreError> {
    serde_json::from_str(row.get(column)).map_err(|error| {
        StoreError::corrupt(format!("{kind} of {}", row.get::<&str, _>(0)), &error)
    })
}
