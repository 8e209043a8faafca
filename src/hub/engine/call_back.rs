//! Calls that are placed, beside the loop: asked for once the order is on disk, and never again.

use std::{collections::BTreeSet, sync::Arc};

use jiff::Timestamp;
use tokio::{sync::oneshot, task::JoinError, time::Instant};

use super::{Ask, commit::recorded, worker::Worker};
use crate::{
    call::{CallId, Event, Fact, Placing, placed_for},
    outbound::Placement,
};

impl Worker {
    /// Asks the provider for the calls; what it answers comes in as an event.
    pub(super) fn place(&mut self, placements: Vec<Placement>) {
        let Some(outbound) = &self.parts.outbound else { return };
        for placement in placements {
            crash_point!("call_back.recorded");
            let outbound = Arc::clone(outbound);
            self.placing.spawn(async move {
                let placing = outbound.place(&placement).await;
                crash_point!("call_back.asked");
                let outcome = match &placing {
                    Placing::Placed { .. } => "placed",
                    Placing::Refused { .. } => "refused",
                    Placing::Unclear { .. } => "unclear",
                };
                metrics::counter!("callboard_call_backs_total", "outcome" => outcome).increment(1);
                let now = Timestamp::now();
                let Placement { call, order, .. } = placement;
                let key = format!("answered:{order}");
                let facts = vec![Fact::CalledBack { order, placing }];
                Event::of_ours(&call, key, facts, now)
            });
        }
    }

    /// Waits, as long as a hub that stops may, for what providers answer.
    pub(super) async fn hear_placed(&mut self, deadline: Instant) {
        while let Ok(Some(done)) = tokio::time::timeout_at(deadline, self.placing.join_next()).await
        {
            if self.committing.is_some() {
                let recorded = recorded(&mut self.committing).await;
                self.committed(recorded);
            }
            let told = self.answered(done).into_iter().collect();
            self.take(told, Vec::new(), false, Timestamp::now()).await;
            self.commit(Timestamp::now());
        }
    }

    /// What the provider answered, as it is taken in.
    pub(super) fn answered(&self, done: Result<Event, JoinError>) -> Option<Ask> {
        let event = done
            .inspect_err(
                |error| tracing::error!(%error, "placing a call died; its outcome is not known"),
            )
            .ok()?;
        crash_point!("call_back.noted");
        // Nobody waits for it: what can't be recorded is shown as not known.
        Some(Ask::Receive(vec![event], oneshot::channel().0))
    }

    /// The calls with promises that these asks tell something of by a call that was placed for one.
    pub(super) fn promises_of(&self, batch: &[Ask]) -> BTreeSet<CallId> {
        let mut promises = BTreeSet::new();
        for ask in batch {
            let Ask::Receive(events, _) = ask else { continue };
            for event in events {
                let known = self.parts.desk.get(&event.call).and_then(|(it, _)| it.placed_for());
                promises.extend(known.map(|(promise, _)| promise));
                promises.extend(event.facts.iter().filter_map(|fact| match fact {
                    Fact::Party(party) => Some(placed_for(&party.metadata)?.0),
                    _ => None,
                }));
            }
        }
        promises
    }
}
