//! One caller with three missed calls is one promise to ring back.

use jiff::{SignedDuration, Timestamp};

use super::{Desk, InHand};
use crate::{
    call::{Call, CallId, CallbackState, Event, Fact, Joining},
    dispatch,
};

impl Desk {
    /// The calls in hand whose promises are one with that of this call and are not joined yet, or do
    /// not know yet what its caller asked for since.
    pub fn to_be_joined(&self, id: &CallId) -> Vec<CallId> {
        let Some(held) = self.calls.get(id) else { return Vec::new() };
        if let Some((first, ..)) = self.told_more(held) {
            return vec![first];
        }
        if !held.owes_callback() {
            return Vec::new();
        }
        let owes = |other: &CallId| self.calls.get(other).is_some_and(|held| held.owes_callback());
        self.same_number.others(&held.call).into_iter().filter(owes).collect()
    }

    /// Joins the promises of one caller: the earliest call keeps it, by the earliest time that any
    /// of them was promised.
    ///
    /// Where hubs share a journal that is for the hub that leads, once it holds all of these calls:
    /// the others may be another hub's at this moment. See [`Desk::take_notices`].
    pub(super) fn join_promises(&mut self, id: &CallId, now: Timestamp) {
        if let Some((first, known_at, joining)) =
            self.calls.get(id).and_then(|held| self.told_more(held))
        {
            let key = format!("promise:{id}:{}", known_at.as_microsecond());
            // The last one said counts: it has to be later than the one it takes the place of.
            let at = known_at.checked_add(SignedDuration::from_micros(1)).unwrap_or(known_at);
            let event = Event::of_ours(&first, key, vec![Fact::Joins(joining)], now.max(at));
            return self.receive(vec![event]);
        }
        let others = self.to_be_joined(id);
        if others.is_empty() {
            return;
        }
        let all = others.iter().chain([id]);
        let mut owing: Vec<&InHand> =
            all.filter_map(|id| self.calls.get(id).map(Box::as_ref)).collect();
        owing.sort_unstable_by_key(|held| (held.call.began_at, &held.call.id));
        let first = owing[0].call.id.clone();
        let event = |of: &CallId, other: &CallId, fact| {
            Event::of_ours(of, format!("promise:{other}"), vec![fact], now)
        };
        let mut events = Vec::new();
        for held in &owing[1..] {
            let call = &held.call;
            let Some(joining) = self.joining(call) else { continue };
            events.push(event(&call.id, &first, Fact::JoinedTo { call: first.clone() }));
            events.push(event(&first, &call.id, Fact::Joins(joining)));
            // Heard of late, an earlier call takes over those that were joined to this one.
            let theirs = call.joins();
            events.extend(theirs.map(|it| event(&first, &it.call, Fact::Joins(it.clone()))));
        }
        self.receive(events);
    }

    /// What a call's own promise adds to that of an earlier one.
    fn joining(&self, call: &Call) -> Option<Joining> {
        let settings = &self.settings.plan.dispatch;
        let promise = dispatch::promise(call, settings)?;
        let named = call.assessment.callback.as_ref().is_some_and(|it| it.due.is_some());
        let number = dispatch::number_asked_for(call, settings);
        let request = call.assessment.callback.as_ref().filter(|_| promise.asked);
        let asked_at = request.map(|request| request.at);
        Some(Joining { call: call.id.clone(), due: promise.due, named, asked_at, number })
    }

    /// The call in hand that carries the promise of this one, and what it does not know yet: a time
    /// or a number that the caller asked for after the two were joined. With it, when what it knows was
    /// heard of.
    fn told_more(&self, held: &InHand) -> Option<(CallId, Timestamp, Joining)> {
        let call = &held.call;
        let mut first = self.calls.get(call.joined_to()?)?;
        // That one may have been joined to a still earlier one since.
        for _ in 0..MOST_JOINED {
            let Some(to) = first.call.joined_to() else { break };
            first = self.calls.get(to)?;
        }
        if call.callback()?.state != CallbackState::Joined {
            return None;
        }
        let (known_at, known) = first.call.joined_by(&call.id)?;
        let joining = self.joining(call)?;
        let newer = joining.named && (!known.named || known.due != joining.due)
            || joining.asked_at.is_some() && known.asked_at.is_none()
            || joining.number.is_some() && joining.number != known.number;
        newer.then(|| (first.call.id.clone(), *known_at, joining))
    }
}

/// So many times a promise may have been taken over by that of an earlier call.
const MOST_JOINED: usize = 8;

impl InHand {
    fn owes_callback(&self) -> bool {
        self.call.callback().is_some_and(|it| it.state == CallbackState::Waiting)
    }
}
