//! What the keys of the board do.

use jiff::{SignedDuration, Timestamp};

use super::{Effect, about, ask, cursor, deed, edit, go, hold, say, small, typing};
use crate::{
    call::{CallId, Urgency},
    console::{
        keys::{Binding, Intent},
        state::{Phase, Purpose, Sent, State, View},
        text,
        view::{self, layout},
    },
    wire::{Command, Order, WriteOrder, WriteState},
};

/// How long the bell is silenced.
const MUTE: SignedDuration = SignedDuration::from_mins(30);

pub(super) fn run(state: &mut State, binding: &Binding, effects: &mut Vec<Effect>) {
    let refusal =
        small::hinders(state, binding).or_else(|| state.refusal().filter(|_| binding.acts));
    if let Some(refusal) = refusal {
        say(state, true, refusal);
        return;
    }
    if deed::run(state, binding.intent, effects) {
        return;
    }
    match binding.intent {
        Intent::RetryAll | Intent::Discard => ask::open_write(state, binding.intent),
        intent if asks(intent) => ask::open(state, intent, effects),
        // What is done to many at once is asked first.
        Intent::Raise | Intent::Lower if cursor::calls_meant(state).len() > 1 => {
            ask::open(state, binding.intent, effects);
        }
        Intent::Edit => edit::open(state, effects),
        Intent::Hold => hold::open(state),
        Intent::Raise => urgency(state, 1, effects),
        Intent::Lower => urgency(state, -1, effects),
        Intent::Undo => undo(state, effects),
        Intent::Retry => retry(state, effects),
        _ => look(state, binding.intent, effects),
    }
}

/// Whether a key opens a question, where there is something to ask.
pub(super) fn asks(intent: Intent) -> bool {
    matches!(
        intent,
        Intent::Route
            | Intent::Opportunity
            | Intent::Convert
            | Intent::Attempt
            | Intent::Reschedule
            | Intent::AssignCallback
            | Intent::Service
            | Intent::Dispose
            | Intent::WrapUp
            | Intent::RetryAll
            | Intent::Discard
            | Intent::Dial
            | Intent::DoNotCall
    )
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
        Intent::Hot => cursor::to_hot(state),
        Intent::Open => open(state),
        Intent::Back => back(state),
        Intent::Ladder => {
            state.ladder = !state.ladder;
            state.transcript_up = 0;
        }
        Intent::Mark => cursor::mark(state),
        Intent::MarkAll => cursor::mark_all(state),
        Intent::Find => typing::begin(state, Purpose::Filter),
        Intent::Command => typing::begin(state, Purpose::Command),
        Intent::Live => go(state, View::Live),
        Intent::Callbacks => go(state, View::Callbacks),
        Intent::Writes => go(state, View::Writes),
        Intent::Today => go(state, View::Today),
        Intent::People => go(state, View::People),
        Intent::Log => go(state, View::Log),
        Intent::NextView => next_view(state, 1),
        Intent::PreviousView => next_view(state, View::ALL.len() - 1),
        Intent::Privacy => {
            state.private = !state.private;
            // What was said before says names.
            (state.notice, state.hot) = (None, None);
        }
        Intent::Mute => mute(state),
        Intent::Copy => copy(state, effects),
        Intent::CopyLink => copy_link(state, effects),
        Intent::Theme => next_theme(state),
        Intent::Help => state.help = true,
        Intent::Redraw => effects.push(Effect::Redraw),
        Intent::Suspend => effects.push(Effect::Suspend),
        Intent::Quit => effects.push(Effect::Quit),
        _ => {}
    }
}

/// Shows more of what is in sight: the call, what the figures mean, somebody's calls.
fn open(state: &mut State) {
    match state.view {
        View::Today => {
            state.definitions = !state.definitions;
            state.figures_from = 0;
        }
        View::People => {
            let Some(name) = state.people.selected.clone() else { return };
            go(state, View::Live);
            set_filter(state, &format!("\"owner:{name}\""));
        }
        _ => state.opened = !state.opened && state.call_in_sight().is_some(),
    }
}

fn next_view(state: &mut State, by: usize) {
    let here = View::ALL.iter().position(|view| *view == state.view).unwrap_or(0);
    go(state, View::ALL[(here + by) % View::ALL.len()]);
}

fn next_theme(state: &mut State) {
    let themes = &state.settings.themes;
    let here = themes.iter().position(|name| *name == state.theme).map_or(0, |at| at + 1);
    if let Some(next) = themes.get(here % themes.len().max(1)).cloned() {
        say(state, false, format!("theme {next}"));
        state.theme = next;
    }
}

pub(super) fn scroll(state: &mut State, by: isize) {
    if state.opened {
        // In an open call the keys move its transcript; up is back in time.
        let lines =
            state.call_in_sight().and_then(|call| state.detail_of(call)).map_or(0, |detail| {
                if state.ladder { view::ladder::length(detail) } else { detail.lines.len() }
            });
        let up = state.transcript_up.saturating_add_signed(by.saturating_neg());
        state.transcript_up = up.min(lines.saturating_sub(1));
    } else {
        cursor::step(state, by);
    }
}

fn back(state: &mut State) {
    if state.opened {
        state.opened = false;
    } else if !state.marked.is_empty() || !state.marked_writes.is_empty() {
        state.marked.clear();
        state.marked_writes.clear();
    } else if state.view == View::Today && state.definitions {
        state.definitions = false;
    } else if state.view == View::Log && !state.log.words().is_empty() {
        state.log.narrow("", &state.board);
    } else if state.view.lists_calls() && !state.filter.is_empty() {
        set_filter(state, "");
    } else {
        state.notice = None;
    }
}

/// Narrows the list in sight: the log, or else the calls.
pub(super) fn set_filter(state: &mut State, text: &str) {
    if state.view == View::Log {
        return state.log.narrow(text, &state.board);
    }
    let me = state.operator().map(|name| name.as_str().to_owned()).unwrap_or_default();
    let now = state.hub_now();
    state.filter.set(text, &me, &state.board, now);
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

/// The caller's record in Salesforce, or else the recording.
fn copy_link(state: &mut State, effects: &mut Vec<Effect>) {
    let detail = state.call_in_sight().and_then(|call| state.detail_of(call));
    let link = detail.and_then(|detail| {
        let record = detail.records.iter().find_map(|record| record.url.as_ref());
        record.or(detail.recording.as_ref()).map(|url| url.as_str().to_owned())
    });
    match link.filter(|link| text::is_web_address(link)) {
        Some(link) => {
            say(state, false, "the link is on the clipboard, if the terminal allows it");
            effects.push(Effect::Copy(link));
        }
        None => say(state, true, "there is no link to a record or a recording yet"),
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
        group: state.actions.group(),
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
        WriteOrder::Again { .. } => format!("write {title} again"),
    };
    state.actions.add(Sent {
        id: id.clone(),
        call: known.map(|write| write.call.clone()),
        write: Some(write.clone()),
        what: what.clone(),
        phase: Phase::Pending,
        group: state.actions.group(),
    });
    say(state, false, format!("{what} …"));
    effects.push(Effect::Write { id, write, order });
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

/// Takes back what was asked for last, with one key: all of it.
fn undo(state: &mut State, effects: &mut Vec<Effect>) {
    let now = state.hub_now();
    let group = state.actions.undoable(now).map(|(sent, _)| sent.group);
    let together = group.map(|group| state.actions.undoable_together(group, now));
    let calls = together.unwrap_or_default().into_iter();
    let mut undone = 0;
    for (id, call, what) in calls.filter_map(|sent| Some((sent.id, sent.call?, sent.what))) {
        if let Some(sent) = state.actions.get_mut(&id) {
            sent.phase = Phase::Undone;
        }
        act(state, call, Order::Undo { action: id }, &format!("undo {what}"), effects);
        undone += 1;
    }
    match undone {
        0 => say(state, true, "nothing to undo: the grace time of your last action is over"),
        1 => {}
        many => say(state, false, format!("undo all {many} …")),
    }
}

fn retry(state: &mut State, effects: &mut Vec<Effect>) {
    let waits = |id: &String| {
        let write = state.board.writes.get(id);
        let state = write.map(|write| write.state);
        matches!(state, Some(WriteState::Failed | WriteState::Retrying | WriteState::Held))
    };
    let writes: Vec<String> = match state.view {
        View::Writes => cursor::writes_meant(state).into_iter().filter(waits).collect(),
        _ => {
            let calls = cursor::calls_meant(state);
            calls.iter().flat_map(|call| state.board.failed_writes_of(call)).collect()
        }
    };
    if writes.len() > 1 && !(state.marked.is_empty() && state.marked_writes.is_empty()) {
        ask::open_retry(state, writes);
        return;
    }
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
