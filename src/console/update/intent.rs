//! What the keys of the board do.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::{SignedDuration, Timestamp};

use super::{Effect, about, ask, cursor, go, refusal, say};
use crate::{
    call::{CallId, Urgency},
    console::{
        keys::{Binding, Intent},
        state::{Phase, Sent, State, View},
        view::layout,
    },
    wire::{Command, Order, WriteOrder, WriteState},
};

/// How long the bell is silenced.
const MUTE: SignedDuration = SignedDuration::from_mins(30);

pub(super) fn run(state: &mut State, binding: &Binding, effects: &mut Vec<Effect>) {
    if binding.acts
        && let Some(refusal) = refusal(state)
    {
        say(state, true, refusal);
        return;
    }
    match binding.intent {
        Intent::Route | Intent::Opportunity | Intent::WrapUp => {
            ask::open(state, binding.intent, effects);
        }
        Intent::RetryAll | Intent::Discard => ask::open_write(state, binding.intent),
        Intent::CalledBack | Intent::Dismiss => {
            callback(state, binding.intent == Intent::CalledBack, effects);
        }
        Intent::Raise => urgency(state, 1, effects),
        Intent::Lower => urgency(state, -1, effects),
        Intent::Undo => undo(state, effects),
        Intent::Retry => retry(state, effects),
        _ => look(state, binding.intent, effects),
    }
}

/// The keys that change nothing but what is in sight.
fn look(state: &mut State, intent: Intent, effects: &mut Vec<Effect>) {
    let page = isize::try_from(layout::pages(state).of(state.view)).unwrap_or(1).max(1);
    match intent {
        Intent::Up => scroll(state, -1),
        Intent::Down => scroll(state, 1),
        Intent::PageUp => scroll(state, -page),
        Intent::PageDown => scroll(state, page),
        Intent::Top => scroll(state, isize::MIN),
        Intent::Bottom => scroll(state, isize::MAX),
        Intent::Open => state.opened = !state.opened && state.call_in_sight().is_some(),
        Intent::Back => back(state),
        Intent::Find => {
            go(state, View::Live);
            state.typing = true;
        }
        Intent::Live => go(state, View::Live),
        Intent::Callbacks => go(state, View::Callbacks),
        Intent::Writes => go(state, View::Writes),
        Intent::Today => go(state, View::Today),
        Intent::NextView => {
            let here = View::ALL.iter().position(|view| *view == state.view).unwrap_or(0);
            go(state, View::ALL[(here + 1) % View::ALL.len()]);
        }
        Intent::Privacy => {
            state.private = !state.private;
            // What was said before says names.
            (state.notice, state.hot) = (None, None);
        }
        Intent::Mute => mute(state),
        Intent::Copy => copy(state, effects),
        Intent::Theme => effects.push(Effect::NextTheme),
        Intent::Help => state.help = true,
        Intent::Redraw => effects.push(Effect::Redraw),
        Intent::Suspend => effects.push(Effect::Suspend),
        Intent::Quit => effects.push(Effect::Quit),
        Intent::Erase => {
            let mut text = state.filter.text().to_owned();
            text.pop();
            set_filter(state, &text);
        }
        Intent::EraseWord => {
            let text = state.filter.text().trim_end();
            let kept = text.rfind(' ').map_or("", |space| &text[..=space]).to_owned();
            set_filter(state, &kept);
        }
        Intent::EraseAll => set_filter(state, ""),
        Intent::Accept => state.typing = false,
        _ => {}
    }
}

fn scroll(state: &mut State, by: isize) {
    if state.opened {
        // In an open call the keys move its transcript; up is back in time.
        let lines = state
            .call_in_sight()
            .and_then(|call| state.detail_of(call))
            .map_or(0, |detail| detail.lines.len());
        let up = state.transcript_up.saturating_add_signed(by.saturating_neg());
        state.transcript_up = up.min(lines.saturating_sub(1));
    } else {
        cursor::step(state, by);
    }
}

fn back(state: &mut State) {
    if state.typing {
        state.typing = false;
        set_filter(state, "");
    } else if state.opened {
        state.opened = false;
    } else if !state.filter.is_empty() {
        set_filter(state, "");
    } else {
        state.notice = None;
    }
}

/// A key that is part of the filter.
pub(super) fn type_char(state: &mut State, event: KeyEvent) {
    let plain = !event.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
    if let (KeyCode::Char(c), true) = (event.code, plain) {
        let text = format!("{}{c}", state.filter.text());
        set_filter(state, &text);
    }
}

pub(super) fn set_filter(state: &mut State, text: &str) {
    let me = state.operator().map(|name| name.as_str().to_owned()).unwrap_or_default();
    state.filter.set(text, &me, &state.board);
}

fn mute(state: &mut State) {
    if state.muted_until.take().is_some() {
        say(state, false, "the bell rings again");
    } else {
        state.muted_until = Some(state.now.checked_add(MUTE).unwrap_or(Timestamp::MAX));
        say(state, false, "the bell is silent for 30 minutes; the same key ends that");
    }
}

fn copy(state: &mut State, effects: &mut Vec<Effect>) {
    let row = state.call_in_sight().and_then(|call| state.board.calls.get(call));
    match row.and_then(|row| row.summary.phone.as_ref()) {
        Some(phone) => {
            let number = phone.as_str().to_owned();
            effects.push(Effect::Copy(number.clone()));
            let shown = state.masked(&number).into_owned();
            say(state, false, format!("{shown} is on the clipboard, if the terminal allows it"));
        }
        None => say(state, true, "there is no number to copy"),
    }
}

/// Sends an action on a call and remembers it.
pub(super) fn act(
    state: &mut State,
    call: CallId,
    order: Order,
    what: &str,
    effects: &mut Vec<Effect>,
) {
    let id = state.actions.next_id(&state.settings.session);
    state.actions.add(Sent {
        id: id.clone(),
        call: Some(call.clone()),
        write: None,
        what: what.to_owned(),
        phase: Phase::Pending,
    });
    say(state, false, format!("{what} …"));
    effects.push(Effect::Act { call, command: Command { id, order } });
}

/// Sends an action on a write and remembers it.
pub(super) fn act_on_write(
    state: &mut State,
    write: String,
    order: WriteOrder,
    effects: &mut Vec<Effect>,
) {
    let id = state.actions.next_id(&state.settings.session);
    let known = state.board.writes.get(&write);
    let title = known.map_or_else(|| write.clone(), |write| write.title.as_str().to_owned());
    let what = match &order {
        WriteOrder::Retry => format!("retry {title}"),
        WriteOrder::Discard => format!("discard {title}"),
        WriteOrder::Use { record } => format!("use {record} for {title}"),
        WriteOrder::SaveAnyway => format!("save {title} as a new record"),
        WriteOrder::Edit { .. } => format!("edit {title}"),
    };
    state.actions.add(Sent {
        id: id.clone(),
        call: known.map(|write| write.call.clone()),
        write: Some(write.clone()),
        what: what.clone(),
        phase: Phase::Pending,
    });
    say(state, false, format!("{what} …"));
    effects.push(Effect::Write { id, write, order });
}

fn callback(state: &mut State, kept: bool, effects: &mut Vec<Effect>) {
    let Some(call) = state.call_in_sight().cloned() else {
        say(state, true, "no call is selected");
        return;
    };
    let owed = state.board.calls.get(&call).is_some_and(|row| row.owed().is_some());
    if !owed {
        say(state, true, format!("nobody owes {} a callback", about(state, &call)));
        return;
    }
    let done = if kept { "called back" } else { "no callback needed:" };
    let what = format!("{done} {}", about(state, &call));
    act(state, call, Order::Callback { kept }, &what, effects);
}

fn urgency(state: &mut State, by: i8, effects: &mut Vec<Effect>) {
    let Some(call) = state.call_in_sight().cloned() else {
        say(state, true, "no call is selected");
        return;
    };
    let Some(row) = state.board.calls.get(&call) else { return };
    let wanted = row.summary.urgency.level().saturating_add_signed(by);
    let Some(urgency) = Urgency::new(wanted) else {
        say(state, true, "urgency goes from 1 to 5");
        return;
    };
    let what = format!("urgency {urgency} for {}", about(state, &call));
    act(state, call, Order::Urgency { urgency }, &what, effects);
}

fn undo(state: &mut State, effects: &mut Vec<Effect>) {
    let undoable = state.actions.undoable(state.hub_now()).map(|(sent, _)| sent.clone());
    match undoable {
        Some(Sent { id, call: Some(call), what, .. }) => {
            let what = format!("undo {what}");
            if let Some(sent) = state.actions.get_mut(&id) {
                sent.phase = Phase::Undone;
            }
            act(state, call, Order::Undo { action: id }, &what, effects);
        }
        _ => say(state, true, "nothing to undo: the grace time of your last action is over"),
    }
}

fn retry(state: &mut State, effects: &mut Vec<Effect>) {
    let writes: Vec<String> = match (state.view, &state.writes.selected) {
        (View::Writes, Some(id)) => {
            let known = state.board.writes.get(id);
            let waits = |state| {
                matches!(state, WriteState::Failed | WriteState::Retrying | WriteState::Held)
            };
            known
                .filter(|write| waits(write.state))
                .map(|write| write.id.clone())
                .into_iter()
                .collect()
        }
        _ => match state.call_in_sight() {
            Some(call) => state.board.failed_writes_of(call),
            None => Vec::new(),
        },
    };
    if writes.is_empty() {
        let where_else = match state.board.counts().failed {
            0 => "nothing to retry: no write has failed".to_owned(),
            failed => format!("this one has no failed write; 3 shows the {failed} that failed"),
        };
        say(state, true, where_else);
    }
    for write in writes {
        if !state.actions.is_write_pending(&write) {
            act_on_write(state, write, WriteOrder::Retry, effects);
        }
    }
}
