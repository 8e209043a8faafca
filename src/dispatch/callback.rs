//! When a caller is to be rung back.

use jiff::{SignedDuration, Timestamp};

use super::settings::Settings;
use crate::call::{AttemptOutcome, Call, Callback, Phone, Rating};

/// The promise to ring back, with its due time as the business's hours have it.
///
/// A time the caller named stands. A Hot caller is rung within 5 minutes at any hour; a Warm one
/// after 30 minutes and a Cold one after 4 hours of business, and both only when the number may be
/// rung. Further calls of the same number make it no later: the earliest counts, but for a time
/// the caller named since. A try in vain puts it to the time of the next one.
pub fn promise(call: &Call, settings: &Settings) -> Option<Callback> {
    let mut callback = call.callback()?;
    let asked = call.assessment.callback.as_ref().filter(|_| !call.is_no_callback());
    callback.number = number_asked_for(call, settings).or(callback.number);
    let number = callback.number.as_ref();
    let named = asked.and_then(|request| request.due);
    let from = call.ended_at().unwrap_or(call.began_at);
    let mut promised = named.unwrap_or_else(|| within_hours(call.rating(), number, from, settings));
    for joining in call.joins() {
        promised = if joining.named { joining.due } else { promised.min(joining.due) };
    }
    callback.promised = promised;
    callback.said = callback.said.filter(|_| named == Some(promised));
    callback.due = call.put_to().unwrap_or_else(|| next_try(&callback, promised, settings));
    Some(callback)
}

/// Another number than they called from, at which the caller asked to be rung.
pub fn number_asked_for(call: &Call, settings: &Settings) -> Option<Phone> {
    let asked = call.assessment.callback.as_ref().filter(|_| !call.is_no_callback())?;
    let number = Phone::parse(asked.number.as_ref()?.as_str(), &settings.region)?;
    Some(number).filter(Phone::is_e164)
}

fn within_hours(
    rating: Rating,
    number: Option<&Phone>,
    from: Timestamp,
    settings: &Settings,
) -> Timestamp {
    let wait = Call::grace_of(rating);
    match rating {
        Rating::Hot => from.checked_add(wait).unwrap_or(from),
        Rating::Warm | Rating::Cold => business(number, from, wait, settings),
    }
}

/// After so much business time, and at an hour at which the number may be rung.
fn business(
    number: Option<&Phone>,
    from: Timestamp,
    wait: SignedDuration,
    settings: &Settings,
) -> Timestamp {
    let days_off = settings.days_off();
    let after = settings.hours.after(from, wait, &settings.calendar(&days_off));
    // Business time ends within business hours: only the caller's clock may still be against it.
    match settings.is_permitted(number, after) {
        true => after,
        false => settings.next_hour_to_ring(number, after),
    }
}

fn next_try(callback: &Callback, promised: Timestamp, settings: &Settings) -> Timestamp {
    let Some(last) = callback.attempts.last() else { return promised };
    let minutes = match last.outcome {
        AttemptOutcome::NoAnswer => settings.retry_minutes,
        AttemptOutcome::Voicemail => settings.voicemail_minutes,
        AttemptOutcome::Connected | AttemptOutcome::WrongNumber => return promised,
    };
    let number = callback.number.as_ref();
    let again = business(number, last.at, SignedDuration::from_mins(minutes.into()), settings);
    again.max(promised)
}
