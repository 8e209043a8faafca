//! What is done to calls with one key, and for which calls an action makes sense.

use super::{Effect, about, ask, cursor, intent, say, small};
use crate::{
    call::{CallId, CallState, CallbackState},
    console::{
        keys::{Context, Intent},
        state::{CallRow, Deed, State},
    },
    wire::CallSummary,
};

/// What a key does that needs no further word.
fn of(wish: Intent) -> Option<Deed> {
    Some(match wish {
        Intent::CalledBack => Deed::CalledBack,
        Intent::Dismiss => Deed::Dismiss,
        Intent::Acknowledge => Deed::Acknowledge,
        Intent::Claim => Deed::Claim,
        Intent::Release => Deed::Release,
        Intent::NotCallback => Deed::NotCallback,
        Intent::Dial => Deed::Dial,
        Intent::DoNotCall => Deed::DoNotCall,
        Intent::AllowCalls => Deed::AllowCalls,
        _ => return None,
    })
}

/// Does what the key says to the calls that are marked, or to the one in sight. What is done to
/// many at once is asked first, and so is what somebody might regret. False when it is another key.
pub(super) fn run(state: &mut State, wish: Intent, effects: &mut Vec<Effect>) -> bool {
    let Some(mut deed) = of(wish) else { return false };
    let calls = match sensible(state, wish) {
        Ok(calls) => calls,
        Err(why) => {
            say(state, true, why);
            return true;
        }
    };
    let taken = |call: &CallId| {
        let row = state.board.calls.get(call);
        row.is_some_and(|row| state.claimed_by_another(row).is_some())
    };
    if deed == Deed::Claim && calls.iter().any(taken) {
        deed = Deed::TakeOver;
    }
    match calls.as_slice() {
        [call] if !deed.asks_first() => {
            let what = format!("{} {}", deed.words(), about(state, call));
            intent::act(state, call.clone(), deed.order(), &what, effects);
        }
        _ => match small::no_room(state) {
            Some(why) => say(state, true, why),
            None => ask::open_deed(state, calls, deed),
        },
    }
    true
}

/// The calls that are meant and for which `wish` makes sense.
///
/// # Errors
/// Why there is none.
pub(super) fn sensible(state: &State, wish: Intent) -> Result<Vec<CallId>, String> {
    let meant = cursor::calls_meant(state);
    let mut hindrance = None;
    let mut calls = Vec::new();
    for call in meant {
        let row = state.board.calls.get(&call);
        match row.map_or(Some("it has left the board".to_owned()), |row| hinders(state, row, wish))
        {
            Some(why) => hindrance = hindrance.or(Some(why)),
            None => calls.push(call),
        }
    }
    if calls.is_empty() {
        return Err(hindrance.unwrap_or_else(|| "no call is selected".to_owned()));
    }
    Ok(calls)
}

/// Why `wish` makes no sense for a call.
fn hinders(state: &State, row: &CallRow, wish: Intent) -> Option<String> {
    let call = &row.summary;
    match wish {
        Intent::CalledBack
        | Intent::Dismiss
        | Intent::Attempt
        | Intent::Reschedule
        | Intent::AssignCallback => match call.callback.as_ref().map(|callback| callback.state) {
            Some(CallbackState::Waiting) => None,
            Some(CallbackState::Joined) => {
                Some("an earlier call of the same number carries this callback".to_owned())
            }
            Some(CallbackState::Suppressed) => Some(not_wanted(state)),
            _ => Some(format!("nobody owes {} a callback", about(state, &call.id))),
        },
        Intent::NotCallback => match &call.callback {
            Some(callback) if callback.asked => None,
            _ => Some("triage heard nobody ask to be rung back here".to_owned()),
        },
        Intent::Opportunity | Intent::Convert => (!state.has_org()).then(|| {
            let key = state.settings.keys.key(Context::Board, Intent::Writes);
            format!("this hub writes to no Salesforce org ({key} says how to connect one)")
        }),
        Intent::Dial => cannot_be_rung(state, call),
        Intent::DoNotCall | Intent::AllowCalls => {
            call.phone.is_none().then(|| NO_NUMBER.to_owned())
        }
        Intent::Release => match (&call.claim, state.claimed_by_another(row)) {
            (_, Some(claim)) => Some(format!("{} works on it, not you", claim.operator)),
            (None, _) => Some("nobody works on it".to_owned()),
            _ => None,
        },
        Intent::WrapUp => (call.state.is_live() && call.state != CallState::New)
            .then(|| "somebody is on the line: wrap it up when the call has ended".to_owned()),
        _ => None,
    }
}

const NO_NUMBER: &str = "the caller left no number";

/// Why the voice agent can't ring a call's caller.
fn cannot_be_rung(state: &State, call: &CallSummary) -> Option<String> {
    let asked = || call.callback.as_ref().is_some_and(|it| it.state == CallbackState::Waiting);
    if state.hello.as_ref().is_some_and(|hello| !hello.places_calls) {
        return Some("nobody is dialled from here: the hub's config has no [call_back]".to_owned());
    }
    if call.state.is_live() {
        return Some("somebody is on the line with them".to_owned());
    }
    if call.phone.is_none() {
        return Some(NO_NUMBER.to_owned());
    }
    // Who asks to be rung after saying so agrees to that one call.
    (call.do_not_call.is_some() && !asked()).then(|| not_wanted(state))
}

fn not_wanted(state: &State) -> String {
    let key = state.settings.keys.key(Context::Board, Intent::AllowCalls);
    format!("the caller does not want to be rung ({key} allows it again)")
}
