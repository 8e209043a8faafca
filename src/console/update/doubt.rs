//! A `y` may confirm, or begin a note: "yes, he will be in". Only what follows tells, so for as long
//! as letters follow each other as one text it is not known.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{Effect, TYPED_ON, confirm, fill};
use crate::console::{
    keys::{Context, Intent},
    state::{Dialog, Kind, State},
};

/// The confirming key was pressed.
pub(super) fn confirm(state: &mut State, effects: &mut Vec<Effect>) {
    if state.dialog.as_ref().is_some_and(may_be_a_note) {
        state.confirming = state.dialog.take();
    } else {
        confirm::run(state, effects);
    }
}

/// Whether words may be written there, and none are yet.
fn may_be_a_note(dialog: &Dialog) -> bool {
    let first = dialog.form.as_ref().and_then(|form| form.fields.first());
    first.is_some_and(|field| {
        matches!(field.kind, Kind::Words { .. }) && field.line.text().is_empty()
    })
}

/// Does what was confirmed once no letter followed for long enough.
pub(super) fn pass(state: &mut State, effects: &mut Vec<Effect>) {
    let since = state.dialog_closed_at.map(|at| state.now.duration_since(at));
    if since.is_none_or(|since| since.is_negative() || since >= TYPED_ON) {
        settle(state, effects);
    }
}

/// A key came while it was not known: with a letter it was a note, and the question is back with it
/// begun; anything else confirms.
pub(super) fn key(state: &mut State, event: KeyEvent, effects: &mut Vec<Effect>) {
    let Some(dialog) = &state.confirming else { return };
    if !goes_on(state, event) {
        return settle(state, effects);
    }
    let first = state.settings.keys.key(Context::Dialog, Intent::Confirm);
    state.dialog = Some(dialog.clone());
    state.confirming = None;
    fill::enter(state);
    fill::paste(state, &first);
}

/// Whether a key is the next letter of a word: no other does what `y` and the cursor's keys do.
fn goes_on(state: &State, event: KeyEvent) -> bool {
    let plain = !event.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
    let intent = |context| state.settings.keys.intent(context, event).map(|row| row.intent);
    let moves = matches!(intent(Context::Board), Some(Intent::Up | Intent::Down));
    let again = intent(Context::Dialog) == Some(Intent::Confirm);
    matches!(event.code, KeyCode::Char(c) if c.is_alphabetic()) && plain && !moves && !again
}

fn settle(state: &mut State, effects: &mut Vec<Effect>) {
    if let Some(dialog) = state.confirming.take() {
        state.changed = true;
        state.dialog = Some(dialog);
        confirm::run(state, effects);
    }
}
