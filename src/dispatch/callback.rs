//! When a caller is to be rung back.

use jiff::{SignedDuration, Timestamp};

use super::settings::Settings;
use crate::call::{AttemptOutcome, Call, Callback, CallbackAttempt, Phone, Rating};

/// The promise to ring back, with its due time as the business's hours have it.
///
/// A time the caller named stands. A Hot caller is rung within 5 minutes at any hour; a Warm one
/// after 30 minutes and a Cold one after 4 hours of business, and both only when the number may be
/// rung. Further calls of the same number make it no later: the earliest counts, but for a time
/// the caller named since; of the numbers they asked to be rung at the last counts. A try in vain puts
/// it to the time of the next one, also where an operator had put it to another time before.
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
        callback.number = joining.number.clone().or(callback.number);
    }
    callback.promised = promised;
    callback.said = callback.said.filter(|_| named == Some(promised));
    let put = put_last(call).map(|(_, _, due)| due);
    let last = tries_since_put(call, &callback).last();
    callback.due = next_try(&callback, last, put.unwrap_or(promised), settings);
    Some(callback)
}

/// Where an operator put the promise to another time, and the caller named none since: the key of
/// that, when it was, and the time.
pub(super) fn put_last(call: &Call) -> Option<(&str, Timestamp, Timestamp)> {
    let named = call.named_since().map(|(at, _)| at);
    call.put().filter(|(_, at, _)| named.is_none_or(|named| *at > named))
}

/// The tries since an operator or the caller put the promise to another time; all of them where
/// nobody did.
pub(super) fn tries_since_put<'a>(
    call: &Call,
    callback: &'a Callback,
) -> impl DoubleEndedIterator<Item = &'a CallbackAttempt> + use<'a> {
    let named = call.named_since().map(|(at, _)| at);
    let put_at = put_last(call).map(|(_, at, _)| at).max(named);
    callback.attempts.iter().filter(move |attempt| put_at.is_none_or(|put| attempt.at > put))
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

/// When a promise that stands for a time is due, after the last try to keep it.
fn next_try(
    callback: &Callback,
    last: Option<&CallbackAttempt>,
    promised: Timestamp,
    settings: &Settings,
) -> Timestamp {
    let Some(last) = last else { return promised };
    let minutes = match last.outcome {
        AttemptOutcome::NoAnswer => settings.retry_minutes,
        AttemptOutcome::Voicemail => settings.voicemail_minutes,
        AttemptOutcome::Connected | AttemptOutcome::WrongNumber => return promised,
    };
    let number = callback.number.as_ref();
    let again = business(number, last.at, SignedDuration::from_mins(minutes.into()), settings);
    again.max(promised)
}
