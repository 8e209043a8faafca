//! Numbers that are not to be rung.

use sqlx::{Row, SqliteConnection};

use super::Sqlite;
use crate::{
    call::{CallId, Suppression, Text},
    store::{StoreError, instant, number},
};

/// Keeps what was said of these numbers, unless something later was.
pub(super) async fn record(
    connection: &mut SqliteConnection,
    suppressions: &[Suppression],
) -> Result<(), StoreError> {
    for said in suppressions {
        sqlx::query(
            "INSERT INTO suppressions (number, stands, at, operator, call) VALUES (?, ?, ?, ?, ?)
             ON CONFLICT (number) DO UPDATE SET stands = excluded.stands, at = excluded.at,
                 operator = excluded.operator, call = excluded.call
             WHERE suppressions.at < excluded.at",
        )
        .bind(said.number.as_str())
        .bind(said.stands)
        .bind(said.at.as_microsecond())
        .bind(said.by.as_ref().map(Text::as_str))
        .bind(said.call.as_ref().map(CallId::as_str))
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

impl Sqlite {
    /// What was last said of every number.
    pub(in crate::store) async fn suppressions(&self) -> Result<Vec<Suppression>, StoreError> {
        let rows = sqlx::query("SELECT number, stands, at, operator, call FROM suppressions")
            .fetch_all(&self.readers)
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Suppression {
                    number: number(row.get(0))?,
                    stands: row.get(1),
                    at: instant(row.get(2)),
                    by: row.get::<Option<&str>, _>(3).map(Text::new),
                    call: row.get::<Option<&str>, _>(4).and_then(CallId::parse),
                })
            })
            .collect()
    }
}
