//! Dialogs: what leaves the building is shown first and done by a key of its own.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{Effect, about, cursor, edit, fill, intent, refusal, say};
use crate::{
    call::{CallId, Text, Urgency},
    console::{
        keys::{Binding, Context, Intent},
        state::{Ask, DISPOSITIONS, Dialog, Form, State, Value},
        text,
        view::layout,
    },
    wire::{Order, Owner, WriteOrder, WriteState},
};

/// How many calls are named in a question about many.
const NAMED: usize = 4;

/// Opens the dialog of an action on the calls that are marked, or on the one in sight.
pub(super) fn open(state: &mut State, wish: Intent, effects: &mut Vec<Effect>) {
    let calls = cursor::calls_meant(state);
    let Some(first) = calls.first().cloned() else {
        say(state, true, "no call is selected");
        return;
    };
    let about = about_all(state, &calls);
    let ask = match wish {
        Intent::Route => {
            let (choices, proposed) = choices(state, &calls);
            if choices.is_empty() {
                say(state, true, "there is nobody to route to; add people to the hub's roster");
                return;
            }
            Ask::Route { calls, choices, proposed, chosen: proposed.unwrap_or(0) }
        }
        Intent::Opportunity | Intent::Convert => {
            if calls.len() > 1 {
                say(state, true, "one call at a time: esc ends the marks");
                return;
            }
            effects.push(Effect::Draft(first.clone()));
            Ask::Opportunity { call: first, convert: wish == Intent::Convert, draft: None }
        }
        Intent::CalledBack | Intent::Dismiss => {
            Ask::Callbacks { calls, kept: wish == Intent::CalledBack }
        }
        Intent::Raise | Intent::Lower => {
            let by = if wish == Intent::Raise { 1 } else { -1 };
            Ask::Urgency { calls: corrected(state, calls, by) }
        }
        _ => {
            let is_live = |call: &&CallId| {
                let row = state.board.calls.get(*call);
                row.is_some_and(|row| row.summary.state.is_live())
            };
            let live = calls.iter().filter(is_live).count();
            Ask::WrapUp { calls, live, chosen: 0 }
        }
    };
    show(state, ask, about);
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
    let intent = binding.map(|binding| binding.intent);
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
        Some(Intent::Confirm) => confirm(state, effects),
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

/// To the choice or the field above or below.
fn step(state: &mut State, down: bool) {
    if let Some(form) = state.dialog.as_mut().and_then(|dialog| dialog.form.as_mut()) {
        form.step(down);
    } else if down {
        choose(state, |chosen, most| (chosen + 1).min(most));
    } else {
        choose(state, |chosen, _| chosen.saturating_sub(1));
    }
}

fn remark(state: &mut State, text: &str) {
    if let Some(dialog) = &mut state.dialog {
        dialog.remark = Some(text.to_owned());
    }
}

fn choose(state: &mut State, next: impl Fn(usize, usize) -> usize) {
    match state.dialog.as_mut().map(|dialog| &mut dialog.ask) {
        Some(Ask::Route { choices, chosen, .. }) => {
            *chosen = next(*chosen, choices.len().saturating_sub(1));
        }
        Some(Ask::WrapUp { chosen, .. }) => *chosen = next(*chosen, DISPOSITIONS.len() - 1),
        Some(Ask::Which { candidates, may_save_anyway, chosen, .. }) => {
            let most = candidates.len() + usize::from(*may_save_anyway);
            *chosen = next(*chosen, most.saturating_sub(1));
        }
        _ => {}
    }
}

/// Does what the dialog says, to what it was opened for.
fn confirm(state: &mut State, effects: &mut Vec<Effect>) {
    // The link may have gone since the dialog opened.
    if let Some(refusal) = refusal(state) {
        remark(state, &refusal);
        return;
    }
    let Some(dialog) = state.dialog.take() else { return };
    let values = dialog.form.as_ref().map_or_else(|| Ok(Vec::new()), Form::values);
    let values = match values {
        Ok(values) => values,
        Err((at, why)) => {
            // Back to what is wrong, said beside it.
            let mut dialog = dialog;
            dialog.remark = Some(why);
            if let Some(form) = &mut dialog.form {
                form.at = at;
            }
            state.dialog = Some(dialog);
            return;
        }
    };
    state.actions.begin_group();
    match dialog.ask {
        Ask::Route { calls, choices, chosen, .. } => {
            let to = choices.get(chosen).map(|owner| owner.name.clone());
            let name = to.as_ref().map_or("", |name| name.as_str()).to_owned();
            for_each(state, calls, effects, |about| {
                (format!("route {about} to {name}"), Order::Route { to: to.clone() })
            });
        }
        Ask::Opportunity { call, convert, draft: Some(Ok(_)) } => {
            let (what, order) = opportunity(state, values, convert);
            intent::act(state, call, order, &what, effects);
        }
        // Nothing to confirm yet, or nothing at all: the dialog stays.
        ask @ Ask::Opportunity { .. } => state.dialog = Some(Dialog { ask, ..dialog }),
        Ask::WrapUp { calls, chosen, .. } => {
            let disposition = (chosen > 0).then(|| Text::from(DISPOSITIONS[chosen]));
            for_each(state, calls, effects, |about| {
                let disposition = disposition.clone();
                (format!("wrap up {about}"), Order::WrapUp { disposition })
            });
        }
        Ask::Callbacks { calls, kept } => {
            let done = intent::callback_words(kept);
            for_each(state, calls, effects, |about| {
                (format!("{done} {about}"), Order::Callback { kept })
            });
        }
        Ask::Urgency { calls } => {
            for (call, urgency) in calls {
                let what = format!("urgency {urgency} for {}", about(state, &call));
                intent::act(state, call, Order::Urgency { urgency }, &what, effects);
            }
            state.marked.clear();
        }
        Ask::Edit { write, values, long } => {
            match dialog.form.as_ref().and_then(|form| edit::order(form, &values)) {
                Some(order) => intent::act_on_write(state, write, order, effects),
                None => {
                    let remark =
                        Some("nothing is changed; a retry writes the same again".to_owned());
                    let ask = Ask::Edit { write, values, long };
                    state.dialog = Some(Dialog { ask, remark, ..dialog });
                }
            }
        }
        Ask::Which { write, candidates, may_save_anyway, chosen } => {
            let order = match candidates.get(chosen) {
                Some(candidate) => Some(WriteOrder::Use { record: candidate.id.clone() }),
                None => may_save_anyway.then_some(WriteOrder::SaveAnyway),
            };
            if let Some(order) = order {
                intent::act_on_write(state, write, order, effects);
            }
        }
        Ask::Discard { writes, .. } => {
            for write in writes {
                intent::act_on_write(state, write, WriteOrder::Discard, effects);
            }
            state.marked_writes.clear();
        }
        Ask::Retry { writes } => {
            let many = writes.len();
            for write in writes {
                intent::act_on_write(state, write, WriteOrder::Retry, effects);
            }
            state.marked_writes.clear();
            say(state, false, format!("retrying {many} writes …"));
        }
    }
}

/// Asks the same of each of `calls`; the marks have served.
fn for_each(
    state: &mut State,
    calls: Vec<CallId>,
    effects: &mut Vec<Effect>,
    order: impl Fn(&str) -> (String, Order),
) {
    let many = calls.len();
    for call in calls {
        let (what, order) = order(&about(state, &call));
        intent::act(state, call, order, &what, effects);
    }
    if many > 1 {
        say(state, false, format!("{many} actions are on their way …"));
    }
    state.marked.clear();
}

/// What the form of an Opportunity or a conversion says.
fn opportunity(state: &State, values: Vec<Value>, convert: bool) -> (String, Order) {
    let (mut name, mut amount, mut stage, mut close_date) = (None, None, None, None);
    for value in values {
        match value {
            // The name stands before the stage.
            Value::Words(words) if name.is_none() => name = Some(words),
            Value::Words(words) => stage = Some(words),
            Value::Amount(money) => amount = Some(money),
            Value::Day(day) => close_date = Some(day),
            Value::Nothing | Value::LeftOut | Value::Moment(_) => {}
        }
    }
    let shown = state.masked(name.as_ref().map_or("", |name| name.as_str())).into_owned();
    if convert {
        (format!("convert, {shown}"), Order::Convert { name, amount })
    } else {
        (format!("create {shown}"), Order::Opportunity { name, amount, stage, close_date })
    }
}
