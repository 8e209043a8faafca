//! Who is on call, for whoever asks.

use std::sync::Arc;

use axum::{Json, extract::State};
use jiff::Timestamp;

use super::server::Hub;
use crate::{
    call::Text,
    dispatch::{OnCall, Roster},
    plan,
    wire::{OnCallNow, PersonOnCall, RosterNow},
};

/// Who is on call now, and who next.
pub async fn now(State(hub): State<Arc<Hub>>) -> Json<RosterNow> {
    let calls = hub.board.calls();
    let in_hand = |name: &Text| {
        let theirs = calls.iter().filter(|call| {
            call.owner.as_ref() == Some(name) && !call.wrapped_up && call.disposed.is_none()
        });
        u32::try_from(theirs.count()).unwrap_or(u32::MAX)
    };
    Json(at(&hub.plan, in_hand, Timestamp::now()))
}

/// Who is on call at an instant, and who next.
pub fn at(plan: &plan::Settings, in_hand: impl Fn(&Text) -> u32, now: Timestamp) -> RosterNow {
    let roster: Roster<'_> = plan.people();
    let settings = roster.settings;
    let (on_call, next) = roster.now_and_next(now);
    let days_off = settings.days_off();
    let calendar = settings.calendar(&days_off);
    let people = roster.people.iter().map(|person| PersonOnCall {
        name: person.name.clone(),
        services: person.services.iter().map(|service| Text::new(service)).collect(),
        on_call: on_call.people.iter().any(|on| on.name == person.name),
        in_hand: in_hand(&person.name),
    });
    RosterNow {
        zone: Text::new(settings.zone.iana_name().unwrap_or("UTC")),
        open: settings.hours.is_empty() || settings.hours.is_open(now, &calendar),
        people: people.collect(),
        now: shown(&on_call),
        next: next.as_ref().map(shown),
    }
}

fn shown(on_call: &OnCall<'_>) -> OnCallNow {
    OnCallNow {
        from: on_call.from,
        until: on_call.until,
        people: on_call.people.iter().map(|person| person.name.clone()).collect(),
    }
}
