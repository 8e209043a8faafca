//! Notifications between hubs: a hint that something changed, never the news itself.

use std::{sync::Arc, time::Duration};

use sqlx::{PgPool, postgres::PgListener};
use tokio::{sync::Notify, task::AbortHandle};

const CHANNEL: &str = "callboard";

/// Hints are given at most so often: what changed meanwhile is found by the same look.
const BREATH: Duration = Duration::from_millis(20);

/// Rest after a connection that failed. A hint that is missed costs the others a moment: they look
/// by themselves every second.
const REST: Duration = Duration::from_secs(1);

/// Tells the others, and hears from them.
#[derive(Debug)]
pub struct News {
    ours: Arc<Notify>,
    theirs: Arc<Notify>,
    tasks: Vec<AbortHandle>,
}

impl News {
    /// Behind a pooler nobody listens: what is listened to belongs to a session.
    pub(super) fn start(pool: &PgPool, hub: &str, pooled: bool) -> Self {
        let (ours, theirs) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let mut tasks = Vec::new();
        if !pooled {
            let telling = tell(pool.clone(), hub.to_owned(), Arc::clone(&ours));
            let hearing = hear(pool.clone(), hub.to_owned(), Arc::clone(&theirs));
            tasks.push(tokio::spawn(telling).abort_handle());
            tasks.push(tokio::spawn(hearing).abort_handle());
        }
        Self { ours, theirs, tasks }
    }

    /// Something of ours was committed.
    pub(super) fn tell(&self) {
        self.ours.notify_one();
    }

    /// Returns when another hub said that something changed.
    pub(in crate::store) async fn heard(&self) {
        self.theirs.notified().await;
    }

    pub(super) fn stop(&self) {
        self.tasks.iter().for_each(AbortHandle::abort);
    }
}

impl Drop for News {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Beside the commit, not in it: a transaction that notifies takes a lock of the whole server's.
async fn tell(pool: PgPool, hub: String, ours: Arc<Notify>) {
    loop {
        ours.notified().await;
        let told = sqlx::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(&hub);
        let wait = if told.execute(&pool).await.is_ok() { BREATH } else { REST };
        tokio::time::sleep(wait).await;
    }
}

async fn hear(pool: PgPool, hub: String, theirs: Arc<Notify>) {
    loop {
        if let Err(error) = listen(&pool, &hub, &theirs).await {
            tracing::debug!(%error, "no notifications for a moment");
        }
        tokio::time::sleep(REST).await;
    }
}

async fn listen(pool: &PgPool, hub: &str, theirs: &Notify) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    loop {
        let notification = listener.recv().await?;
        if notification.payload() != hub {
            theirs.notify_one();
        }
    }
}
