//! Calls that are placed to keep a promise, and how their events join it.

use jiff::{SignedDuration, Timestamp};

use super::Desk;
use crate::{
    call::{Action, CallId, Event, Fact, Placing, Rang},
    outbound::Placement,
};

impl Desk {
    /// Notes what of an event that was just folded is about ringing a caller back.
    pub(super) fn note_call_back(&mut self, event: &Event) {
        let Some(held) = self.calls.get(&event.call) else { return };
        for fact in &event.facts {
            match fact {
                Fact::Acted { action: Action::CallBack { number, .. }, .. } => {
                    self.placements.push(Placement {
                        call: event.call.clone(),
                        order: event.key.clone(),
                        number: number.clone(),
                        name: held.call.name().cloned(),
                    });
                }
                Fact::Progress(_) | Fact::Party(_) | Fact::Report(_)
                    if held.call.placed_for().is_some() =>
                {
                    self.placed.insert(event.call.clone());
                }
                _ => {}
            }
        }
    }

    /// The calls to be placed, once what asks for them is committed.
    pub fn take_placements(&mut self) -> Vec<Placement> {
        std::mem::take(&mut self.placements)
    }

    /// Tells the promise what became of the call that was placed for it.
    pub(super) fn follow_call_back(&mut self, id: &CallId, now: Timestamp) {
        if !self.placed.remove(id) {
            return;
        }
        let Some(placed) = self.calls.get(id).map(|held| &held.call) else { return };
        let Some((promise, order)) = placed.placed_for() else { return };
        // Anybody may send metadata: there must be such an order.
        let Some(held) = self.calls.get(&promise) else { return };
        if held.call.number_of_order(&order).is_none() {
            return;
        }
        let event = |key: String, fact| Event::of_ours(&promise, key, vec![fact], now);
        let placing = Placing::Placed { call: id.clone() };
        let key = format!("placed:{order}");
        let mut events = vec![event(key, Fact::CalledBack { order: order.clone(), placing })];
        if let Some(outcome) = placed.answered_how() {
            let key = format!("rang:{id}:{outcome:?}");
            events.push(event(key, Fact::Rang(Rang { call: id.clone(), order, outcome })));
        }
        self.receive(events);
    }

    /// How many calls were placed within this time, as far as the board knows.
    pub fn placed_within(&self, time: SignedDuration, now: Timestamp) -> usize {
        let orders = self.calls.values().flat_map(|held| {
            let orders = held.call.call_backs();
            orders.into_iter().map(|order| order.at).collect::<Vec<_>>()
        });
        orders.filter(|at| now.duration_since(*at) < time).count()
    }
}
