//! What operators ask for about claims, callbacks and dispositions, and the action it becomes. Pure.

use jiff::{SignedDuration, Timestamp};

use super::{do_not_call::DoNotCall, orders::OrderError};
use crate::{
    call::{Action, Call, Callback, CallbackState, Disposition, Phone, Suppression, Text},
    dispatch, plan,
    wire::Order,
};

/// The longest note or reason, in characters.
const LONGEST_NOTE: usize = 500;

/// How far ahead a callback may be put.
const FARTHEST: SignedDuration = SignedDuration::from_hours(24 * 90);

/// The action an order becomes; or, where somebody else was first, the sentence that says so.
///
/// # Errors
/// When the order makes no sense for this call now.
pub fn action(
    call: &Call,
    order: &Order,
    operator: &Text,
    plan: &plan::Settings,
    list: &DoNotCall,
    now: Timestamp,
) -> Result<Result<Action, Text>, OrderError> {
    let not_now = |what: &str| OrderError::NotNow(what.to_owned());
    let invalid = |what: String| OrderError::Invalid(what);
    let number = || {
        let number = call.phone().and_then(|phone| Phone::of_e164(phone.as_str()));
        number.ok_or_else(|| not_now("the caller left no number that can be rung"))
    };
    let promise = || {
        let promise = dispatch::promise(call, &plan.dispatch);
        promise.ok_or_else(|| not_now("nobody was promised a callback here"))
    };
    let short = |text: &Option<Text>| {
        text.as_ref().is_none_or(|text| text.as_str().chars().count() <= LONGEST_NOTE)
    };
    Ok(Ok(match order {
        Order::Acknowledge => {
            // Whoever says that they have it has it, whoever was told last.
            let person = plan.roster.iter().find(|person| person.name == *operator);
            let person = person.filter(|_| call.owner() != Some(operator));
            Action::Acknowledge { owner_id: person.map(|it| Text::new(&it.owner_id)) }
        }
        Order::Claim { take_over } => {
            if let Some(claim) = call.claim()
                && claim.operator != *operator
                && claim.until > now
                && !take_over
            {
                let until = claim.until.to_zoned(plan.dispatch.zone.clone()).strftime("%H:%M");
                let who = claim.operator;
                return Ok(Err(Text::new(&format!("{who} has it until {until}; take it over?"))));
            }
            let lease = SignedDuration::from_mins(plan.dispatch.claim_minutes.into());
            Action::Claim { until: now.checked_add(lease).unwrap_or(now) }
        }
        Order::Release => match call.claim().filter(|claim| claim.until > now) {
            Some(claim) if claim.operator == *operator => Action::Release,
            Some(claim) => {
                return Ok(Err(Text::new(&format!("{} has it, not you", claim.operator))));
            }
            None => return Ok(Err("nobody has it".into())),
        },
        Order::Attempt { outcome, note } => {
            let promise = promise()?;
            may_ring(&promise, &plan.dispatch)?;
            if promise.state == CallbackState::Joined {
                return Err(not_now("an earlier call of the same number carries the callback"));
            }
            if !short(note) {
                return Err(invalid(format!("a note has at most {LONGEST_NOTE} characters")));
            }
            Action::Attempt { outcome: *outcome, note: note.clone() }
        }
        Order::Reschedule { due } => {
            may_ring(&promise()?, &plan.dispatch)?;
            if *due <= now || due.duration_since(now) > FARTHEST {
                return Err(invalid("a callback is put to a time within 90 days".to_owned()));
            }
            Action::Reschedule { due: *due }
        }
        Order::AssignCallback { to } => {
            promise()?;
            if !plan.roster.iter().any(|person| person.name == *to) {
                return Err(invalid(format!("{to} is not on the roster")));
            }
            Action::AssignCallback { to: to.clone() }
        }
        Order::DoNotCall => {
            let number = number()?;
            if let Some(said) = list.of(&number).filter(|said| said.stands) {
                return Ok(Err(already(said, &plan.dispatch)));
            }
            Action::DoNotCall { number }
        }
        Order::AllowCalls => {
            let number = number()?;
            if list.of(&number).is_none_or(|said| !said.stands) {
                return Ok(Err(Text::new(&format!("{number} may be called"))));
            }
            Action::AllowCalls { number }
        }
        Order::Dispose { disposition, reason } => {
            let why = reason.as_ref().is_some_and(|reason| !reason.is_empty());
            if *disposition == Disposition::NotBooked && !why {
                return Err(invalid("say why it was not booked".to_owned()));
            }
            if !short(reason) {
                return Err(invalid(format!("a reason has at most {LONGEST_NOTE} characters")));
            }
            Action::Dispose { disposition: *disposition, reason: reason.clone() }
        }
        _ => return Err(not_now("this is no order about claims, callbacks or dispositions")),
    }))
}

/// Who had a number put on the list, as a sentence.
pub fn already(said: &Suppression, settings: &dispatch::Settings) -> Text {
    let when = said.at.to_zoned(settings.zone.clone()).strftime("%F %H:%M");
    let (who, number) = (said.who(), &said.number);
    Text::new(&format!("{who} already had {number} not called any more, on {when}"))
}

/// Refuses where the caller is not to be rung.
///
/// # Errors
/// Who said so, and how it is lifted.
pub fn may_ring(promise: &Callback, settings: &dispatch::Settings) -> Result<(), OrderError> {
    may_ring_number(promise.suppressed.as_ref(), settings)
}

/// The same, by what was last said of the number.
///
/// # Errors
/// The same.
pub fn may_ring_number(
    said: Option<&Suppression>,
    settings: &dispatch::Settings,
) -> Result<(), OrderError> {
    let Some(said) = said.filter(|said| said.stands) else { return Ok(()) };
    Err(OrderError::NotNow(format!(
        "{}; allow_calls lifts that, once they agree",
        already(said, settings)
    )))
}

/// Whether an order asks for what an action was.
pub fn same_order(order: &Order, action: &Action) -> bool {
    matches!(
        (order, action),
        (Order::Acknowledge, Action::Acknowledge { .. })
            | (Order::Claim { .. }, Action::Claim { .. })
            | (Order::Release, Action::Release)
            | (Order::Attempt { .. }, Action::Attempt { .. })
            | (Order::Reschedule { .. }, Action::Reschedule { .. })
            | (Order::AssignCallback { .. }, Action::AssignCallback { .. })
            | (Order::DoNotCall, Action::DoNotCall { .. })
            | (Order::AllowCalls, Action::AllowCalls { .. })
            | (Order::Dispose { .. }, Action::Dispose { .. })
    )
}

/// Whether `action` would only say again what `known` said and what still stands.
pub fn same(call: &Call, known: &Action, action: &Action) -> bool {
    match (known, action) {
        (Action::Acknowledge { .. }, Action::Acknowledge { .. }) => {
            // Routed to somebody else since, it is to be acknowledged again.
            call.routing().is_none_or(|(_, route)| call.acknowledged_after(route.at).is_some())
        }
        (Action::Reschedule { due }, Action::Reschedule { due: other }) => {
            due == other && call.put_to() == Some(*other)
        }
        (Action::Dispose { .. }, Action::Dispose { disposition, reason }) => {
            call.disposed().is_some_and(|it| it.disposition == *disposition && it.reason == *reason)
        }
        _ => false,
    }
}
