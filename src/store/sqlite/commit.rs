//! One commit as one transaction.

use sqlx::{Connection, QueryBuilder, Sqlite, SqliteConnection};

use crate::store::{Commit, StoreError, json, state_name};

/// Rows in one INSERT: well below SQLite's 32,766 bound values.
const ROWS: usize = 500;

/// One transaction with everything in it.
pub(super) async fn record(
    connection: &mut SqliteConnection,
    commit: &Commit,
) -> Result<(), StoreError> {
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
    // Before the rows of the calls: of one that leaves the board now none stays.
    for folds in commit.folds.chunks(ROWS) {
        let mut sql: QueryBuilder<Sqlite> =
            QueryBuilder::new("INSERT OR REPLACE INTO folds (call, version, made_by, body) ");
        sql.push_values(folds, |mut row, fold| {
            row.push_bind(fold.call.as_str())
                .push_bind(i64::try_from(fold.version).unwrap_or(i64::MAX))
                .push_bind(fold.made_by.as_str())
                .push_bind(fold.body.as_str());
        });
        sql.build().execute(&mut *transaction).await?;
    }
    for calls in commit.calls.chunks(ROWS) {
        let mut sql: QueryBuilder<Sqlite> =
            QueryBuilder::new("INSERT INTO calls (id, version, began_at, heard_at, on_board) ");
        sql.push_values(calls, |mut row, call| {
            row.push_bind(call.id.as_str())
                .push_bind(i64::try_from(call.version).unwrap_or(i64::MAX))
                .push_bind(call.began_at.as_microsecond())
                .push_bind(call.heard_at.as_microsecond())
                .push_bind(call.on_board);
        });
        // In place: REPLACE would take the row out of its index and put it back.
        sql.push(
            " ON CONFLICT (id) DO UPDATE SET version = excluded.version, \
             began_at = excluded.began_at, heard_at = excluded.heard_at, \
             on_board = excluded.on_board",
        );
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
    for records in commit.records.chunks(ROWS) {
        let mut sql: QueryBuilder<Sqlite> =
            QueryBuilder::new("INSERT OR REPLACE INTO records (call, began_at, body) ");
        sql.push_values(records, |mut row, record| {
            row.push_bind(record.id.as_str())
                .push_bind(record.began_at.as_microsecond())
                .push_bind(json(record));
        });
        sql.build().execute(&mut *transaction).await?;
    }
    super::admin::record_log(&mut transaction, &commit.log).await?;
    super::admin::record_tokens(&mut transaction, &commit.tokens).await?;
    super::suppressions::record(&mut transaction, &commit.suppressions).await?;
    for (name, value) in &commit.kept {
        super::keep(&mut transaction, name, value).await?;
    }
    super::erase::erase(&mut transaction, &commit.erased).await?;
    crash_point!("commit.written");
    transaction.commit().await?;
    Ok(())
}
