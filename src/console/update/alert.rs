//! Calling the operator: by bell and notification, for what their rules name, never in a flood.

use jiff::{SignedDuration, Timestamp};

use super::Effect;
use crate::{
    call::CallId,
    console::{
        alerts::{Notify, Occasion},
        state::{Filter, State},
    },
};

/// The bell rings at most this often.
const EVERY: SignedDuration = SignedDuration::from_secs(10);

/// Calls the operator for `occasion`, if their rules say so.
pub(super) fn call_out(
    state: &mut State,
    occasion: Occasion,
    call: Option<&CallId>,
    text: String,
    effects: &mut Vec<Effect>,
) {
    let rules = &state.settings.alerts;
    if !rules.on.contains(&occasion) || !concerns(state, call) || is_quiet(state) {
        return;
    }
    if next_ring(state) > state.now {
        let before = state.not_rung.take().map_or(0, |(_, many)| many);
        state.not_rung = Some((text, before + 1));
        return;
    }
    ring(state, text, effects);
}

/// Rings once for all that came up while it was too soon to ring.
pub(super) fn catch_up(state: &mut State, effects: &mut Vec<Effect>) {
    if next_ring(state) > state.now {
        return;
    }
    let Some((text, many)) = state.not_rung.take().filter(|_| !is_quiet(state)) else { return };
    let text = if many > 1 { format!("{text} · and {} more", many - 1) } else { text };
    ring(state, text, effects);
}

fn ring(state: &mut State, text: String, effects: &mut Vec<Effect>) {
    state.rang_at = Some(state.now);
    if state.settings.alerts.bell {
        effects.push(Effect::Bell);
    }
    if state.settings.alerts.notify != Notify::Off {
        effects.push(Effect::Notify(text));
    }
}

fn next_ring(state: &State) -> Timestamp {
    state.rang_at.and_then(|rang| rang.checked_add(EVERY).ok()).unwrap_or(Timestamp::MIN)
}

/// Whether the call is one the operator wants to be called for.
fn concerns(state: &State, call: Option<&CallId>) -> bool {
    let only = &state.settings.alerts.only;
    let Some(row) = call.and_then(|call| state.board.calls.get(call)) else { return true };
    let me = state.operator().map_or("", |name| name.as_str());
    only.is_empty() || Filter::reads(only, me).fits(row, state.hub_now())
}

/// Muted, or within the quiet hours.
fn is_quiet(state: &State) -> bool {
    let time = state.hub_now().to_zoned(state.zone.clone()).time();
    state.muted_until.is_some()
        || state.settings.alerts.quiet.is_some_and(|quiet| quiet.holds_at(time))
}
