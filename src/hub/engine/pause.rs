//! Holding what goes to a destination, and letting it flow again.

use jiff::Timestamp;

use super::{
    Pausing, Reply, Unavailable,
    doubt::Waiting,
    worker::{Worker, paused_key},
};
use crate::{
    call::Text,
    store::{Commit, Journal, StoreError},
};

/// Under which name the journal keeps the ids of the latest orders, and of how many.
const ORDERS: &str = "orders.destination";
const REMEMBERED: usize = 64;

impl Worker {
    /// Pauses or resumes a destination. Answers whether there is one.
    pub(super) async fn pause(
        &mut self,
        order: Pausing,
        reply: Reply<Result<bool, Unavailable>>,
        now: Timestamp,
    ) {
        let paused = order.paused;
        let Some(gate) = self.gates.named(order.destination.as_ref().map(Text::as_str)) else {
            let _ = reply.send(Ok(false));
            return;
        };
        match record(&self.parts.journal, order).await {
            Ok(true) => {
                gate.pause(paused, now);
                self.parts.desk.touch_unfinished();
            }
            Ok(false) => {}
            Err(error) => {
                tracing::error!(%error, "what an operator ordered of a destination was not recorded");
                let _ = reply.send(Err(Unavailable));
                return;
            }
        }
        // Once the board shows it.
        self.answers.push(Waiting::Other(Box::new(move |_| {
            let _ = reply.send(Ok(true));
        })));
    }
}

/// Records an order and who gave it, in one. False for one that comes again: it changes nothing,
/// since another may have been given meanwhile.
async fn record(journal: &Journal, order: Pausing) -> Result<bool, StoreError> {
    let known = journal.kept(ORDERS).await?.unwrap_or_default();
    let mut known: Vec<String> = serde_json::from_str(&known).unwrap_or_default();
    if known.contains(&order.id) {
        return Ok(false);
    }
    known.push(order.id);
    known.drain(..known.len().saturating_sub(REMEMBERED));
    let known = serde_json::to_string(&known).unwrap_or_default();
    let paused = paused_key(order.destination.as_ref().map(Text::as_str));
    let kept = vec![(paused, order.paused.to_string()), (ORDERS.to_owned(), known)];
    journal.commit(&Commit { kept, log: vec![order.entry], ..Commit::default() }).await?;
    Ok(true)
}
