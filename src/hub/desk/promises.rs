//! One caller with three missed calls is one promise to ring back.

use jiff::Timestamp;

use super::{Desk, InHand};
use crate::{
    call::{CallId, CallbackState, Event, Fact, Joining},
    dispatch,
};

impl Desk {
    /// Joins the promises of one caller: the earliest call keeps it, by the earliest time that any
    /// of them was promised.
    ///
    /// Not where hubs share a journal: a turn holds the calls it is about, and the other calls of
    /// the caller may be another hub's at that moment.
    pub(super) fn join_promises(&mut self, id: &CallId, now: Timestamp) {
        if self.settings.shared {
            return;
        }
        let Some(held) = self.calls.get(id).filter(|held| held.owes_callback()) else { return };
        let others = self.same_number.others(&held.call);
        let mut owing: Vec<&InHand> = others
            .iter()
            .filter_map(|other| self.calls.get(other))
            .filter(|other| other.owes_callback())
            .collect();
        if owing.is_empty() {
            return;
        }
        owing.push(held);
        owing.sort_unstable_by_key(|held| (held.call.began_at, &held.call.id));
        let first = owing[0].call.id.clone();
        let event = |of: &CallId, other: &CallId, fact| Event {
            call: of.clone(),
            key: format!("promise:{other}"),
            sent_at: now,
            received_at: now,
            facts: vec![fact],
        };
        let mut events = Vec::new();
        for held in &owing[1..] {
            let call = &held.call;
            let Some(promise) = dispatch::promise(call, &self.settings.plan.dispatch) else {
                continue;
            };
            let named = call.assessment.callback.as_ref().is_some_and(|it| it.due.is_some());
            let joining = Joining { call: call.id.clone(), due: promise.due, named };
            events.push(event(&call.id, &first, Fact::JoinedTo { call: first.clone() }));
            events.push(event(&first, &call.id, Fact::Joins(joining)));
        }
        self.receive(events);
    }
}

impl InHand {
    fn owes_callback(&self) -> bool {
        self.call.callback().is_some_and(|it| it.state == CallbackState::Waiting)
    }
}
