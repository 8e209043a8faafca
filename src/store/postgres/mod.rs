//! The journal in PostgreSQL: shared by any number of hubs.
//!
//! Whoever changes a call holds its row from before it looks until it has committed ([`claim`]), so
//! that no two hubs work on one call at a time and none works on an old state. What others changed
//! a hub learns from the `changed` column ([`pulse`]); notifications only make it look sooner.

mod address;
mod admin;
mod claim;
mod commit;
mod erase;
mod migrate;
mod news;
mod pulse;
mod read;
mod suppressions;

use std::{sync::atomic::AtomicBool, time::Duration};

use jiff::Timestamp;
use sqlx::{
    ConnectOptions, PgConnection, PgPool, Postgres as Database, Row, Transaction,
    postgres::PgPoolOptions,
};

use super::{Commit, StoreError, call_id};
use crate::call::CallId;

pub use address::Address;
pub(super) use claim::Held;
use news::News;

/// Connections of one hub: one that commits, one that listens, a few that read.
const CONNECTIONS: u32 = 8;

/// How long a connection may take to come, and a transaction to be done. Beyond it the database is
/// as good as gone, and whoever asked is told so.
const PATIENCE: Duration = Duration::from_secs(5);

/// The journal in PostgreSQL.
#[derive(Debug)]
pub struct Postgres {
    pub(super) pool: PgPool,
    /// Whether a pooler gives every transaction another connection: then nothing may rest on the
    /// session, neither prepared statements nor listening.
    pooled: bool,
    /// Who we are among the hubs; anew with every start.
    hub: String,
    news: News,
    leads: AtomicBool,
}

impl Postgres {
    pub(super) async fn connect(address: &Address) -> Result<Self, StoreError> {
        let failed = |source| StoreError::Unreachable { address: address.to_string(), source };
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(PATIENCE)
            .connect_with(address.options.clone().disable_statement_logging())
            .await
            .map_err(failed)?;
        let mut connection = pool.acquire().await?;
        migrate::migrate(&mut connection).await?;
        drop(connection);
        let hub = uuid::Uuid::now_v7().to_string();
        let news = News::start(&pool, &hub, address.pooled);
        let leads = AtomicBool::new(false);
        Ok(Self { pool, pooled: address.pooled, hub, news, leads })
    }

    pub(super) async fn commit(&self, commit: &Commit) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        self.record(&mut transaction, commit, |_| true).await?;
        transaction.commit().await?;
        self.news.tell();
        Ok(())
    }

    pub(super) async fn commit_unheld(&self, commit: &Commit) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        self.record(&mut transaction, commit, |_| false).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// A transaction that commits to disk and never waits or lies idle for long.
    pub(super) async fn begin(&self) -> Result<Transaction<'static, Database>, StoreError> {
        let mut transaction = self.pool.begin().await?;
        self.query(
            "SELECT set_config('lock_timeout', '4s', TRUE),
                 set_config('statement_timeout', '30s', TRUE),
                 set_config('idle_in_transaction_session_timeout', '10s', TRUE),
                 set_config('synchronous_commit', CASE current_setting('synchronous_commit')
                     WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, TRUE)",
        )
        .execute(&mut *transaction)
        .await?;
        Ok(transaction)
    }

    pub(super) async fn probe(&self) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        self.put(&mut transaction, "probe", &Timestamp::now().to_string()).await?;
        // It is news to nobody.
        Ok(transaction.commit().await?)
    }

    pub(super) async fn kept(&self, name: &str) -> Result<Option<String>, StoreError> {
        let mut transaction = self.pool.begin().await?;
        let query = self.query("SELECT value FROM kept WHERE name = $1").bind(name);
        let row = query.fetch_optional(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(row.map(|row| row.get(0)))
    }

    pub(super) async fn kept_names(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        let mut transaction = self.pool.begin().await?;
        let select = "SELECT name FROM kept WHERE starts_with(name, $1) ORDER BY name";
        let rows = self.query(select).bind(prefix).fetch_all(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }

    pub(super) async fn keep(&self, name: &str, value: &str) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        self.put(&mut transaction, name, value).await?;
        transaction.commit().await?;
        self.news.tell();
        Ok(())
    }

    async fn put(
        &self,
        connection: &mut PgConnection,
        name: &str,
        value: &str,
    ) -> Result<(), StoreError> {
        self.query(
            "INSERT INTO kept (name, value) VALUES ($1, $2)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        )
        .bind(name)
        .bind(value)
        .execute(connection)
        .await?;
        Ok(())
    }

    /// Holds `name` against every other hub until what is returned is dropped.
    pub(super) async fn alone(
        &self,
        name: &str,
    ) -> Result<Transaction<'static, Database>, StoreError> {
        let mut transaction = self.pool.begin().await?;
        let query = "SELECT set_config('idle_in_transaction_session_timeout', '120s', TRUE),
            set_config('lock_timeout', '120s', TRUE)";
        self.query(query).execute(&mut *transaction).await?;
        let query = "SELECT pg_advisory_xact_lock(hashtextextended($1, 1))";
        self.query(query).bind(name).execute(&mut *transaction).await?;
        Ok(transaction)
    }

    /// Leaves the hubs, so that what was ours is taken over at once.
    pub(super) async fn close(&self) {
        if let Err(error) = self.leave().await {
            tracing::warn!(%error, "the database could not be told that this hub stops");
        }
        self.pool.close().await;
    }
}
