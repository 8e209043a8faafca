//! Dialogs: what leaves the building is shown first and done by a key of its own.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{Effect, about, confirm, cursor, deed, doubt, fill, refusal, say};
use crate::{
    call::{CallId, Text, Urgency},
    console::{
        keys::{Binding, Context, Intent},
        state::{Ask, Choice, Deed, Dialog, State},
        text,
        view::layout,
    },
    wire::{Owner, WriteState},
};

/// How many calls are named in a question about many.
const NAMED: usize = 4;

/// The trades triage knows of itself.
const TRADES: [&str; 4] = ["HVAC", "Plumbing", "Electrical", "Roofing"];
const OTHER: &str = "Other";
/// How many rows are looked at for trades of the business's own.
const SEEN: usize = 200;

/// Opens the dialog of an action on the calls that are marked, or on the one in sight; those it
/// makes no sense for stay out.
pub(super) fn open(state: &mut State, wish: Intent, effects: &mut Vec<Effect>) {
    let calls = match deed::sensible(state, wish) {
        Ok(calls) => calls,
        Err(why) => {
            say(state, true, why);
            return;
        }
    };
    let about = about_all(state, &calls);
    let ask = match wish {
        Intent::Opportunity | Intent::Convert => {
            let [call] = calls.as_slice() else {
                say(state, true, "one call at a time: esc ends the marks");
                return;
            };
            effects.push(Effect::Draft(call.clone()));
            Ask::Opportunity { call: call.clone(), convert: wish == Intent::Convert, draft: None }
        }
        Intent::Raise | Intent::Lower => {
            let by = if wish == Intent::Raise { 1 } else { -1 };
            Ask::Urgency { calls: corrected(state, calls, by) }
        }
        Intent::Reschedule => Ask::Reschedule { calls },
        _ => match choosing(state, wish, calls) {
            Some(ask) => ask,
            None => {
                say(state, true, "there is nobody to give it to; add people to the hub's roster");
                return;
            }
        },
    };
    show(state, ask, about);
    fill::prepare(state);
    fill::ask_lists(state, effects);
}

/// The question with its list; none when there is nothing in it.
fn choosing(state: &State, wish: Intent, calls: Vec<CallId>) -> Option<Ask> {
    let first = calls.first().and_then(|call| state.board.calls.get(call));
    let first = first.map(|row| &row.summary);
    let choice = match wish {
        Intent::Route => {
            let (choices, proposed) = choices(state, &calls);
            let chosen = proposed.unwrap_or(0);
            return (!choices.is_empty()).then_some(Ask::Route {
                calls,
                choices,
                proposed,
                chosen,
            });
        }
        Intent::AssignCallback => Choice::Assign(choices(state, &calls).0),
        Intent::Service => Choice::Service(trades(state)),
        Intent::Attempt => Choice::Attempt,
        Intent::Dispose => Choice::Dispose,
        _ => Choice::WrapUp,
    };
    let chosen = match &choice {
        Choice::Service(trades) => {
            let service = first.and_then(|call| call.service.as_ref());
            service.and_then(|service| trades.iter().position(|trade| *trade == service.0))
        }
        // The operator most often means themselves.
        Choice::Assign(owners) => {
            owners.iter().position(|owner| Some(&owner.name) == state.operator())
        }
        // Most often there is nothing more to say.
        Choice::WrapUp => Some(choice.len() - 1),
        _ => None,
    };
    let chosen = chosen.unwrap_or(0);
    (!choice.is_empty()).then_some(Ask::Choose { calls, choice, chosen })
}

/// The trades one can choose from: those that ship, those of the roster, those on the board.
fn trades(state: &State) -> Vec<Text> {
    let mut trades: Vec<Text> = TRADES.map(Text::from).to_vec();
    let owners = state.hello.iter().flat_map(|hello| &hello.owners);
    let named = owners.flat_map(|owner| &owner.services);
    let seen = (0..state.board.live.len().min(SEEN)).filter_map(|index| state.live_row(index));
    let seen = seen.filter_map(|row| row.summary.service.as_ref().map(|service| &service.0));
    for trade in named.chain(seen) {
        if !trades.contains(trade) {
            trades.push(trade.clone());
        }
    }
    // What is left over stands last.
    trades.push(OTHER.into());
    trades
}

pub(super) fn show(state: &mut State, ask: Ask, about: String) {
    state.notice = None;
    state.dialog = Some(Dialog { ask, about, remark: None, form: None });
}

/// Opens the dialog of an action on writes.
pub(super) fn open_write(state: &mut State, wish: Intent) {
    if wish == Intent::Discard {
        let meant = cursor::writes_meant(state);
        let failed = |id: &&String| {
            state.board.writes.get(id.as_str()).is_some_and(|w| w.state == WriteState::Failed)
        };
        let writes: Vec<String> = meant.iter().filter(failed).cloned().collect();
        let Some(first) = writes.first().and_then(|id| state.board.writes.get(id)) else {
            say(state, true, "only a failed write can be discarded: select it in 3 Writes");
            return;
        };
        let (title, about) = match writes.len() {
            1 => (first.title.to_string(), about(state, &first.call)),
            many => (format!("{many} failed writes"), String::new()),
        };
        show(state, Ask::Discard { writes, title }, about);
        return;
    }
    let writes: Vec<String> = state.board.failed_writes().map(|w| w.id.clone()).collect();
    if writes.is_empty() {
        say(state, true, "nothing to retry: no write has failed");
        return;
    }
    show(state, Ask::Retry { writes }, String::new());
}

/// Asks before the marked writes are tried again.
pub(super) fn open_retry(state: &mut State, writes: Vec<String>) {
    show(state, Ask::Retry { writes }, String::new());
}

/// Asks before one thing is done to calls.
pub(super) fn open_deed(state: &mut State, calls: Vec<CallId>, deed: Deed) {
    let about = about_all(state, &calls);
    show(state, Ask::Deed { calls, deed }, about);
}

/// One call by name and number; several by their count and the first names.
fn about_all(state: &State, calls: &[CallId]) -> String {
    if let [call] = calls {
        return about(state, call);
    }
    let name = |call: &CallId| {
        let caller = state.board.calls.get(call).map_or("", |row| row.caller());
        state.masked(&text::cut(caller, 20)).into_owned()
    };
    let names: Vec<String> = calls.iter().take(NAMED).map(name).collect();
    let more = calls.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{} calls: {}{more}", calls.len(), names.join(", "))
}

/// What each call's urgency becomes; those at the end of the scale stay out.
fn corrected(state: &State, calls: Vec<CallId>, by: i8) -> Vec<(CallId, Urgency)> {
    calls
        .into_iter()
        .filter_map(|call| {
            let level = state.board.calls.get(&call)?.summary.urgency.level();
            Some((call, Urgency::new(level.saturating_add_signed(by))?))
        })
        .collect()
}

/// Who calls can be given to: those whose service the first one's is; and whom the hub proposes.
fn choices(state: &State, calls: &[CallId]) -> (Vec<Owner>, Option<usize>) {
    let row = |call| state.board.calls.get(call).map(|row| &row.summary);
    let first = calls.first().and_then(row);
    let service = first.and_then(|row| row.service.as_ref()).map(|service| &service.0);
    let does = |owner: &Owner| {
        owner.services.is_empty() || service.is_some_and(|s| owner.services.contains(s))
    };
    let mut choices = state.hello.as_ref().map(|hello| hello.owners.clone()).unwrap_or_default();
    choices.sort_by_key(|owner| !does(owner));
    // Proposed for several is who is proposed for each of them.
    let proposal = first.and_then(|row| row.proposal.as_ref()).filter(|name| {
        calls.iter().filter_map(row).all(|row| row.proposal.as_ref() == Some(*name))
    });
    let proposed = proposal.and_then(|name| choices.iter().position(|owner| owner.name == *name));
    (choices, proposed)
}

/// Which keys count in the dialog: those of its question, or those of the field one is in.
pub(super) fn context(dialog: &Dialog) -> Context {
    let in_field = dialog.form.as_ref().is_some_and(|form| form.field().is_some());
    if in_field { Context::Form } else { Context::Dialog }
}

pub(super) fn key(
    state: &mut State,
    binding: Option<&'static Binding>,
    event: KeyEvent,
    effects: &mut Vec<Effect>,
) {
    let mut intent = binding.map(|binding| binding.intent);
    if intent != Some(Intent::Confirm) && is_text(state, event) {
        // Somebody who types a note without a look at the caret means the note.
        fill::enter(state);
        intent = None;
    }
    match intent {
        Some(Intent::Back) => state.dialog = None,
        Some(Intent::Quit) => effects.push(Effect::Quit),
        // The terminal was made smaller under the question: it is not on screen.
        _ if layout::is_too_small(state.size) => {
            if let Some(refusal) = refusal(state) {
                say(state, true, refusal);
            }
        }
        _ if state.dialog.as_ref().is_some_and(|dialog| context(dialog) == Context::Form) => {
            fill::key(state, intent, event);
        }
        Some(Intent::Confirm) => doubt::confirm(state, effects),
        Some(Intent::Anyway) => {
            if let Some(Dialog { ask: Ask::Deed { deed, .. }, .. }) = &mut state.dialog
                && let Some(anyway) = deed.anyway()
            {
                *deed = anyway;
                confirm::run(state, effects);
            }
        }
        Some(Intent::Up) => step(state, false),
        Some(Intent::Down) => step(state, true),
        Some(Intent::Complete) => fill::enter(state),
        _ => match event.code {
            KeyCode::Char(digit @ '1'..='9') if event.modifiers == KeyModifiers::NONE => {
                let wanted = usize::from(digit as u8 - b'1');
                choose(state, |chosen, most| if wanted <= most { wanted } else { chosen });
            }
            KeyCode::Enter => remark(state, "Enter does nothing here, so that no habit acts."),
            _ => {}
        },
    }
}

/// Whether a key is something to write down: a character, in a dialog with a field, that chooses
/// nothing there. Where there are fields no such key leaves the dialog or does anything else.
fn is_text(state: &State, event: KeyEvent) -> bool {
    let Some(dialog) = state.dialog.as_ref().filter(|dialog| dialog.form.is_some()) else {
        return false;
    };
    let plain = !event.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
    match event.code {
        KeyCode::Char('1'..='9') if dialog.ask.choices() > 0 => false,
        KeyCode::Char(_) => plain && context(dialog) == Context::Dialog,
        _ => false,
    }
}

/// To the choice or, where nothing is chosen, the field above or below.
fn step(state: &mut State, down: bool) {
    let Some(dialog) = state.dialog.as_mut() else { return };
    let form = dialog.form.as_mut().filter(|_| dialog.ask.choices() == 0);
    if let Some(form) = form {
        form.step(down);
    } else if down {
        choose(state, |chosen, most| (chosen + 1).min(most));
    } else {
        choose(state, |chosen, _| chosen.saturating_sub(1));
    }
}

pub(super) fn remark(state: &mut State, text: &str) {
    if let Some(dialog) = &mut state.dialog {
        dialog.remark = Some(text.to_owned());
    }
}

fn choose(state: &mut State, next: impl Fn(usize, usize) -> usize) {
    let Some(dialog) = state.dialog.as_mut() else { return };
    let most = dialog.ask.choices().saturating_sub(1);
    if let Some(chosen) = dialog.ask.chosen_mut() {
        *chosen = next(*chosen, most);
        dialog.remark = None;
    }
}
