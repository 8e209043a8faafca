//! Numbers that are not to be rung.

use sqlx::{PgConnection, Row, postgres::PgRow};

use super::Postgres;
use crate::{
    call::{CallId, Suppression, Text},
    store::{Mark, StoreError, instant, number},
};

impl Postgres {
    /// Keeps what was said of these numbers, unless something later was.
    pub(super) async fn record_suppressions(
        &self,
        connection: &mut PgConnection,
        suppressions: &[Suppression],
    ) -> Result<(), StoreError> {
        let insert = "INSERT INTO suppressions (number, stands, at, operator, call)
            VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (number) DO UPDATE SET stands = excluded.stands, at = excluded.at,
                operator = excluded.operator, call = excluded.call,
                changed = pg_current_xact_id()
            WHERE suppressions.at < excluded.at";
        for said in suppressions {
            self.query(insert)
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

    /// What was last said of every number.
    pub(in crate::store) async fn suppressions(&self) -> Result<Vec<Suppression>, StoreError> {
        let mut transaction = self.pool.begin().await?;
        let query = "SELECT number, stands, at, operator, call FROM suppressions";
        let rows = self.query(query).fetch_all(&mut *transaction).await?;
        transaction.commit().await?;
        rows.iter().map(suppression).collect()
    }

    /// The same, of what was said since `mark`.
    pub(super) async fn suppressed_since(
        &self,
        connection: &mut PgConnection,
        mark: &Mark,
    ) -> Result<Vec<Suppression>, StoreError> {
        let query = "SELECT number, stands, at, operator, call FROM suppressions
            WHERE changed >= $1::text::xid8";
        let rows = self.query(query).bind(mark.0.clone()).fetch_all(connection).await?;
        rows.iter().map(suppression).collect()
    }
}

fn suppression(row: &PgRow) -> Result<Suppression, StoreError> {
    Ok(Suppression {
        number: number(row.get(0))?,
        stands: row.get(1),
        at: instant(row.get(2)),
        by: row.get::<Option<&str>, _>(3).map(Text::new),
        call: row.get::<Option<&str>, _>(4).and_then(CallId::parse),
    })
}
