//! What is read back.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use sqlx::{QueryBuilder, Row, sqlite::SqliteRow};

use super::Sqlite;
use crate::{
    call::{CallId, Event},
    figures::CallRecord,
    plan::Write,
    store::{CallRow, RecordQuery, StoreError, Stored, WriteQuery, call_id, instant},
    wire::AttemptSummary,
};

/// Calls whose events are read in one SELECT.
const CALLS_A_READ: usize = 200;

impl Sqlite {
    /// The ids of the calls on the board, the longest silent first.
    ///
    /// # Errors
    /// When SQLite fails.
    pub(in crate::store) async fn board(&self) -> Result<Vec<CallId>, StoreError> {
        let rows = sqlx::query("SELECT id FROM calls WHERE on_board = 1 ORDER BY heard_at")
            .fetch_all(&self.readers)
            .await?;
        Ok(rows.iter().filter_map(|row| CallId::parse(row.get(0))).collect())
    }

    /// Reads these calls back; those the journal doesn't know are left out.
    ///
    /// # Errors
    /// When SQLite fails or a row can't be read.
    pub(in crate::store) async fn load(&self, ids: &[CallId]) -> Result<Vec<Stored>, StoreError> {
        // Nothing is made in no way: the events of all.
        self.load_folded(ids, "").await
    }

    /// The same, with folds that were made in this way instead of events.
    ///
    /// # Errors
    /// As [`Sqlite::load`].
    pub(in crate::store) async fn load_folded(
        &self,
        ids: &[CallId],
        way: &str,
    ) -> Result<Vec<Stored>, StoreError> {
        let mut found = Vec::with_capacity(ids.len());
        for ids in ids.chunks(CALLS_A_READ) {
            let mut by_call: HashMap<CallId, Stored> = HashMap::new();
            let mut sql: QueryBuilder<sqlx::Sqlite> = QueryBuilder::new(
                "SELECT id, calls.version, began_at, heard_at, on_board, body FROM calls
                 LEFT JOIN folds ON call = id AND folds.version = calls.version AND made_by = ",
            );
            sql.push_bind(way).push(" WHERE id IN");
            for row in self.read(sql, ids, "").await? {
                let call = call_row(&row)?;
                let stored = Stored {
                    row: call.clone(),
                    events: Vec::new(),
                    fold: row.get(5),
                    writes: Vec::new(),
                    under_way: HashSet::new(),
                };
                by_call.insert(call.id, stored);
            }
            if by_call.is_empty() {
                continue;
            }
            let unfolded = by_call.values().filter(|stored| stored.fold.is_none());
            let unfolded: Vec<CallId> = unfolded.map(|stored| stored.row.id.clone()).collect();
            let select = "SELECT call, key, sent_at, received_at, facts FROM events WHERE call IN";
            for row in self.read(QueryBuilder::new(select), &unfolded, "ORDER BY seq").await? {
                let event = event(&row)?;
                if let Some(stored) = by_call.get_mut(&event.call) {
                    stored.events.push(event);
                }
            }
            let select = "SELECT id, body FROM writes WHERE call IN";
            for row in self.read(QueryBuilder::new(select), ids, "ORDER BY place").await? {
                let write: Write = parse(&row, 1, "write")?;
                if let Some(stored) = by_call.get_mut(&write.call) {
                    stored.writes.push(write);
                }
            }
            found.extend(ids.iter().filter_map(|id| by_call.remove(id)));
        }
        Ok(found)
    }

    /// The write with this id.
    ///
    /// # Errors
    /// When SQLite fails or the row can't be read.
    pub(in crate::store) async fn write(&self, id: &str) -> Result<Option<Write>, StoreError> {
        let row = sqlx::query("SELECT id, body FROM writes WHERE id = ?")
            .bind(id)
            .fetch_optional(&self.readers)
            .await?;
        row.map(|row| parse(&row, 1, "write")).transpose()
    }

    /// Writes by what they are and when they last changed, the longest unchanged first.
    ///
    /// # Errors
    /// When SQLite fails or a row can't be read.
    pub(in crate::store) async fn find_writes(
        &self,
        query: &WriteQuery,
    ) -> Result<Vec<Write>, StoreError> {
        let rows = writes(query).build().fetch_all(&self.readers).await?;
        rows.iter().map(|row| parse(row, 1, "write")).collect()
    }

    /// Calls with an operator's action, by id. The index of events holds all this asks for.
    ///
    /// # Errors
    /// When SQLite fails.
    pub(in crate::store) async fn acted_on(
        &self,
        after: Option<&CallId>,
        limit: u32,
    ) -> Result<Vec<CallId>, StoreError> {
        let rows = sqlx::query(
            "SELECT DISTINCT call FROM events WHERE call > ? AND key >= 'action:' AND key < 'action;'
             ORDER BY call LIMIT ?",
        )
        .bind(after.map_or("", CallId::as_str))
        .bind(limit)
        .fetch_all(&self.readers)
        .await?;
        Ok(rows.iter().filter_map(|row| CallId::parse(row.get(0))).collect())
    }

    /// What figures and exports know of calls, the earliest first.
    ///
    /// # Errors
    /// When SQLite fails or a row can't be read.
    pub(in crate::store) async fn records(
        &self,
        query: &RecordQuery,
    ) -> Result<Vec<CallRecord>, StoreError> {
        let (at, call) = match &query.after {
            Some((at, call)) => (at.as_microsecond(), call.as_str()),
            None => (i64::MIN, ""),
        };
        let rows = sqlx::query(
            "SELECT call, body FROM records WHERE began_at >= ? AND began_at < ?
             AND (began_at, call) > (?, ?) ORDER BY began_at, call LIMIT ?",
        )
        .bind(query.from.as_microsecond())
        .bind(query.to.as_microsecond())
        .bind(at)
        .bind(call)
        .bind(query.limit)
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(|row| parse(row, 1, "record")).collect()
    }

    /// The call a write belongs to.
    ///
    /// # Errors
    /// When SQLite fails.
    pub(in crate::store) async fn call_of_write(
        &self,
        id: &str,
    ) -> Result<Option<CallId>, StoreError> {
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
    pub(in crate::store) async fn attempts_of(
        &self,
        writes: &[Write],
    ) -> Result<Vec<(String, AttemptSummary)>, StoreError> {
        let mut sql: QueryBuilder<sqlx::Sqlite> = QueryBuilder::new(
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
                let corrupt = |error| StoreError::corrupt("attempt", &error);
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

    async fn read(
        &self,
        mut sql: QueryBuilder<sqlx::Sqlite>,
        ids: &[CallId],
        tail: &'static str,
    ) -> Result<Vec<SqliteRow>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        sql.push(" (");
        let mut list = sql.separated(", ");
        for id in ids {
            list.push_bind(id.as_str());
        }
        sql.push(") ").push(tail);
        Ok(sql.build().fetch_all(&self.readers).await?)
    }
}

/// The statement that looks for writes.
fn writes(query: &WriteQuery) -> QueryBuilder<sqlx::Sqlite> {
    let mut sql: QueryBuilder<sqlx::Sqlite> =
        QueryBuilder::new("SELECT id, body FROM writes WHERE changed_at >= ");
    sql.push_bind(query.since.map_or(i64::MIN, Timestamp::as_microsecond));
    if let Some((at, id)) = &query.after {
        sql.push(" AND (changed_at, id) > (").push_bind(at.as_microsecond());
        sql.push(", ").push_bind(id).push(")");
    }
    if let Some(call) = &query.call {
        sql.push(" AND call = ").push_bind(call.as_str());
    }
    if !query.states.is_empty() {
        sql.push(" AND state IN (");
        let mut list = sql.separated(", ");
        for state in &query.states {
            list.push_bind(state.name());
        }
        sql.push(")");
    }
    sql.push(" ORDER BY changed_at, id LIMIT ").push_bind(query.limit);
    sql
}

fn call_row(row: &SqliteRow) -> Result<CallRow, StoreError> {
    Ok(CallRow {
        id: call_id(row.get(0))?,
        version: u64::try_from(row.get::<i64, _>(1)).unwrap_or(0),
        began_at: instant(row.get(2)),
        heard_at: instant(row.get(3)),
        on_board: row.get(4),
        revision: 0,
    })
}

fn event(row: &SqliteRow) -> Result<Event, StoreError> {
    Ok(Event {
        call: call_id(row.get(0))?,
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
    serde_json::from_str(row.get(column)).map_err(|error| {
        StoreError::corrupt(format!("{kind} of {}", row.get::<&str, _>(0)), &error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_page_of_writes_is_read_in_its_order_and_never_sorted() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Sqlite::open(folder.path()).await.unwrap();
        let first = WriteQuery { limit: 100, ..WriteQuery::default() };
        let after = Some((Timestamp::UNIX_EPOCH, "w".to_owned()));
        for query in [first.clone(), WriteQuery { after, ..first }] {
            let plan = format!("EXPLAIN QUERY PLAN {}", writes(&query).sql().as_str());
            let plan = sqlx::query(sqlx::AssertSqlSafe(plan));
            let steps = plan.fetch_all(&journal.readers).await.unwrap();
            let steps: Vec<String> = steps.iter().map(|step| step.get(3)).collect();
            assert!(steps[0].contains("writes_changed") && steps.len() == 1, "{steps:?}");
        }
    }
}
