//! Living together: who is alive, who leads, what the others changed.

use std::sync::atomic::Ordering;

use sqlx::Row;

use super::{CallId, PATIENCE, Postgres, StoreError, call_id};
use crate::store::{Mark, News, Pulse};

impl Postgres {
    pub(in crate::store) async fn pulse(&self) -> Result<Pulse, StoreError> {
        let pulse = tokio::time::timeout(PATIENCE, self.beat()).await;
        let pulse = pulse.map_err(|_| StoreError::TooSlow).flatten();
        if pulse.is_err() {
            // Whoever can't be heard does not lead.
            self.leads.store(false, Ordering::Relaxed);
        }
        pulse
    }

    pub(in crate::store) fn leads(&self) -> bool {
        self.leads.load(Ordering::Relaxed)
    }

    /// Says that this hub lives and asks what only the database knows. Every lease goes by the
    /// database's clock.
    async fn beat(&self) -> Result<Pulse, StoreError> {
        let mut transaction = self.begin().await?;
        self.query(
            "INSERT INTO hubs (id, alive_until) VALUES ($1, now() + INTERVAL '5 seconds')
             ON CONFLICT (id) DO UPDATE SET alive_until = excluded.alive_until",
        )
        .bind(&self.hub)
        .execute(&mut *transaction)
        .await?;
        let leads = self
            .query(
                "INSERT INTO leader (hub, until) VALUES ($1, now() + INTERVAL '5 seconds')
                 ON CONFLICT (only_one) DO UPDATE SET hub = excluded.hub, until = excluded.until
                 WHERE leader.hub = excluded.hub OR leader.until < now() RETURNING hub",
            )
            .bind(&self.hub)
            .fetch_optional(&mut *transaction)
            .await?
            .is_some();
        let kept = self
            .query("SELECT name, value FROM kept WHERE name LIKE 'destination.%'")
            .fetch_all(&mut *transaction)
            .await?;
        let lapsed = self
            .query(
                "SELECT DISTINCT call FROM writes WHERE state = 'in_flight'
                 AND lease_by IS DISTINCT FROM $1 AND NOT EXISTS
                     (SELECT FROM hubs WHERE hubs.id = lease_by AND alive_until > now())",
            )
            .bind(&self.hub)
            .fetch_all(&mut *transaction)
            .await?;
        let forget = "DELETE FROM hubs WHERE alive_until < now() - INTERVAL '1 hour'";
        self.query(forget).execute(&mut *transaction).await?;
        transaction.commit().await?;
        self.leads.store(leads, Ordering::Relaxed);
        Ok(Pulse {
            kept: kept.iter().map(|row| (row.get(0), row.get(1))).collect(),
            lapsed: lapsed.iter().filter_map(|row| CallId::parse(row.get(0))).collect(),
        })
    }

    /// From where on changes are news to whoever reads everything after this.
    pub(in crate::store) async fn mark(&self) -> Result<Mark, StoreError> {
        let mut transaction = self.begin().await?;
        // In a database that was restored from a dump, transactions are numbered anew.
        for renumber in [
            "UPDATE calls SET changed = pg_current_xact_id()
             WHERE changed >= pg_snapshot_xmax(pg_current_snapshot())",
            "UPDATE suppressions SET changed = pg_current_xact_id()
             WHERE changed >= pg_snapshot_xmax(pg_current_snapshot())",
        ] {
            self.query(renumber).execute(&mut *transaction).await?;
        }
        let query = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text";
        let row = self.query(query).fetch_one(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(Mark(row.get(0)))
    }

    /// The calls and numbers that were changed since `mark`, by anybody, and the mark for the next time. A
    /// transaction that is not visible yet is at or behind the mark that is returned: whatever the
    /// order in which commits end, none is passed over, and some come twice.
    pub(in crate::store) async fn changed(&self, mark: &Mark) -> Result<News, StoreError> {
        let work = async {
            let mut transaction = self.pool.begin().await?;
            let rows = self
                .query(
                    "WITH here AS (SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS mark)
                     SELECT mark, id, revision, on_board FROM here
                     LEFT JOIN calls ON changed >= $1::text::xid8",
                )
                .bind(&mark.0)
                .fetch_all(&mut *transaction)
                .await?;
            // After the mark of the next time was taken: what is committed in between comes twice.
            let suppressions = self.suppressed_since(&mut transaction, mark).await?;
            transaction.commit().await?;
            let mut news = News { calls: Vec::new(), suppressions, mark: mark.clone() };
            for row in rows {
                news.mark = Mark(row.get(0));
                if let Some(id) = row.get::<Option<&str>, _>(1) {
                    let revision = u64::try_from(row.get::<i64, _>(2)).unwrap_or(0);
                    news.calls.push((call_id(id)?, revision, row.get(3)));
                }
            }
            Ok(news)
        };
        tokio::time::timeout(PATIENCE, work).await.map_err(|_| StoreError::TooSlow)?
    }

    /// Returns when another hub said that something changed.
    pub(in crate::store) async fn hint(&self) {
        self.news.heard().await;
    }

    pub(super) async fn leave(&self) -> Result<(), StoreError> {
        self.news.stop();
        let work = async {
            let mut transaction = self.begin().await?;
            for query in ["DELETE FROM hubs WHERE id = $1", "DELETE FROM leader WHERE hub = $1"] {
                self.query(query).bind(&self.hub).execute(&mut *transaction).await?;
            }
            Ok(transaction.commit().await?)
        };
        tokio::time::timeout(PATIENCE, work).await.map_err(|_| StoreError::TooSlow)?
    }
}
