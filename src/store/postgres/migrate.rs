//! The schema, step by step, in one transaction: no lock outlives it, so a pooler may stand
//! between.

use sqlx::{Connection, PgConnection, Row};

use crate::store::StoreError;

/// Every step in order. A step that has landed never changes.
///
/// Hubs of two versions work on one database while it is upgraded: a step adds, and what an older
/// hub reads or writes stays as it was. One that can't keep that sets `schema.oldest` in `kept` to
/// its own number, and older programs then refuse to start.
const STEPS: &[(i32, &str)] = &[
    (1, include_str!("migrations/0001_journal.sql")),
    (3, include_str!("migrations/0003_records.sql")),
    (4, include_str!("migrations/0004_trust.sql")),
    (5, include_str!("migrations/0005_suppressions.sql")),
    (6, include_str!("migrations/0006_retention.sql")),
    (7, include_str!("migrations/0007_folds.sql")),
    (8, include_str!("migrations/0008_erased.sql")),
];

pub(super) async fn migrate(connection: &mut PgConnection) -> Result<(), StoreError> {
    let mut transaction = connection.begin().await?;
    let prepare = "SELECT pg_advisory_xact_lock(hashtext('callboard schema'));
        CREATE TABLE IF NOT EXISTS callboard_schema (version INTEGER PRIMARY KEY,
            at TIMESTAMPTZ NOT NULL DEFAULT now());
        CREATE TABLE IF NOT EXISTS kept (name TEXT COLLATE \"C\" PRIMARY KEY, value TEXT NOT NULL)";
    sqlx::raw_sql(prepare).execute(&mut *transaction).await?;
    let query = "SELECT version FROM callboard_schema";
    let rows = sqlx::query(query).persistent(false).fetch_all(&mut *transaction).await?;
    let done: Vec<i32> = rows.iter().map(|row| row.get(0)).collect();
    let newest = STEPS.last().map_or(0, |(version, _)| *version);
    let query = "SELECT value FROM kept WHERE name = 'schema.oldest'";
    let oldest = sqlx::query(query).persistent(false).fetch_optional(&mut *transaction).await?;
    let oldest = oldest.and_then(|row| row.get::<String, _>(0).parse::<i32>().ok());
    if oldest.is_some_and(|oldest| oldest > newest) {
        let version = done.iter().max().copied().unwrap_or(0);
        return Err(StoreError::Newer(format!("its schema is at version {version}")));
    }
    for (version, step) in STEPS.iter().filter(|(version, _)| !done.contains(version)) {
        sqlx::raw_sql(*step).execute(&mut *transaction).await?;
        sqlx::query("INSERT INTO callboard_schema (version) VALUES ($1)")
            .bind(version)
            .persistent(false)
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await?;
    Ok(())
}
