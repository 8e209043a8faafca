//! Whether a caller may be rung back now, and what of it a row shows. Pure.

use jiff::{SignedDuration, Timestamp};

use super::{desk::Desk, duties, orders::OrderError};
use crate::{
    call::{Action, Call, CallState, CallbackState, Phone, Placing, Text},
    dispatch, outbound,
    wire::{CallBackState, CallBackSummary},
};

/// How many calls may be placed.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Within a minute.
    pub a_minute: u32,
    /// Within an hour.
    pub an_hour: u32,
}

impl Limits {
    /// Those of the settings.
    pub fn of(settings: &outbound::Settings) -> Self {
        Self { a_minute: settings.most_a_minute, an_hour: settings.most_an_hour }
    }
}

/// The action that the order becomes.
///
/// # Errors
/// Why the caller is not rung now.
pub fn action(
    desk: &Desk,
    call: &Call,
    anyway: bool,
    now: Timestamp,
) -> Result<Action, OrderError> {
    let not_now = |what: &str| Err(OrderError::NotNow(what.to_owned()));
    let Some(limits) = desk.settings().call_back else {
        return not_now("calling back is not set up; see [call_back] in the config");
    };
    let settings = &desk.settings().plan.dispatch;
    let promise = dispatch::promise(call, settings);
    if call.state().is_live() && call.state() != CallState::New {
        return not_now("the caller is on the line");
    }
    if promise.as_ref().is_some_and(|promise| promise.state == CallbackState::Joined) {
        return not_now("an earlier call of the same number carries the callback");
    }
    let number = promise.as_ref().and_then(|promise| promise.number.as_ref()).or(call.phone());
    let number = number.and_then(|number| Phone::of_e164(number.as_str()));
    let Some(number) = number else {
        return not_now("the caller left no number that can be rung");
    };
    match &promise {
        Some(promise) => duties::may_ring(promise, settings)?,
        None => duties::may_ring_number(call.suppression.as_ref(), settings)?,
    }
    if let Some(last) = call.call_backs().last() {
        if last.is_being_placed(now) || last.goes_on().is_some_and(|id| is_live(desk, id)) {
            return not_now("the caller is being rung already");
        }
        if last.is_unclear(now) && !anyway {
            return not_now(
                "whether the caller was rung a while ago is not known; look at VAPI's calls, then \
                 say anyway",
            );
        }
    }
    if !anyway && !settings.may_ring_at(Some(&number), now) {
        let zone = settings.zone_of(Some(&number));
        let next = settings.next_hour_to_ring(Some(&number), now).to_zoned(zone.clone());
        let next = next.strftime("%a %H:%M %Z");
        return Err(OrderError::NotNow(format!(
            "it is outside the hours to ring {number}; from {next} on it is not, or say anyway"
        )));
    }
    let within = |time, most: u32| desk.placed_within(time, now) < most as usize;
    if !within(SignedDuration::from_mins(1), limits.a_minute) {
        return not_now(
            "as many calls were placed within a minute as call_back.most_a_minute allows",
        );
    }
    if !within(SignedDuration::from_hours(1), limits.an_hour) {
        return not_now(
            "as many calls were placed within an hour as call_back.most_an_hour allows",
        );
    }
    Ok(Action::CallBack { number, anyway })
}

/// A call that was placed and that the hub heard nothing of is not taken to go on for ever.
fn is_live(desk: &Desk, placed: &crate::call::CallId) -> bool {
    desk.get(placed).is_some_and(|(call, _)| call.state().is_live())
}

/// Where the last order to ring the caller back stands.
pub fn summary(call: &Call, now: Timestamp) -> Option<CallBackSummary> {
    let orders = call.call_backs();
    let last = orders.last()?;
    let (state, placed, reason) = match last.placing {
        Some(Placing::Placed { call }) => {
            let state = match last.outcome {
                Some(_) => CallBackState::Over,
                None => CallBackState::Placed,
            };
            (state, Some(call.clone()), None)
        }
        Some(Placing::Refused { reason }) => (CallBackState::Refused, None, Some(reason.clone())),
        Some(Placing::Unclear { reason }) => (CallBackState::Unclear, None, Some(reason.clone())),
        None if last.is_being_placed(now) => (CallBackState::Placing, None, None),
        None => {
            let reason = Text::from("no answer was recorded; the hub may have stopped meanwhile");
            (CallBackState::Unclear, None, Some(reason))
        }
    };
    Some(CallBackSummary {
        at: last.at,
        by: last.operator.clone(),
        state,
        call: placed,
        outcome: last.outcome,
        reason,
    })
}
