//! One caller with three missed calls is one promise to ring back.

use jiff::Timestamp;

use super::{Desk, InHand};
use crate::{
    call::{CallId, CallbackState, Event, Fact, Joining},
    dispatch,
};

impl Desk {
    /// The calls in hand whose promises are one with that of this call and are not joined yet.
    pub fn to_be_joined(&self, id: &CallId) -> Vec<CallId> {
        let Some(held) = self.calls.get(id).filter(|held| held.owes_callback()) else {
            return Vec::new();
        };
        let owes = |other: &CallId| self.calls.get(other).is_some_and(|held| held.owes_callback());
        self.same_number.others(&held.call).into_iter().filter(owes).collect()
    }

    /// Joins the promises of one caller: the earliest call keeps it, by the earliest time that any
    /// of them was promised.
    ///
    /// Where hubs share a journal that is for the hub that leads, once it holds all of these calls:
    /// the others may be another hub's at this moment. See [`Desk::take_notices`].
    pub(super) fn join_promises(&mut self, id: &CallId, now: Timestamp) {
        let others = self.to_be_joined(id);
        if others.is_empty() {
            return;
        }
        let all = others.iter().chain([id]);
        let mut owing: Vec<&InHand> =
            all.filter_map(|id| self.calls.get(id).map(Box::as_ref)).collect();
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
            // Heard of late, an earlier call takes over those that were joined to this one.
            let theirs = call.joins();
            events.extend(theirs.map(|it| event(&first, &it.call, Fact::Joins(it.clone()))));
        }
        self.receive(events);
    }
}

impl InHand {
    fn owes_callback(&self) -> bool {
        self.call.callback().is_some_and(|it| it.state == CallbackState::Waiting)
    }
}
