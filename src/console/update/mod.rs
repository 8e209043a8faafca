//! The one place where the state changes: a message in, effects out. No IO, no clock.

mod alert;
mod ask;
mod command;
mod confirm;
mod cursor;
mod deed;
mod doubt;
mod edit;
mod fill;
mod hold;
mod hub;
mod intent;
mod mouse;
mod read;
mod small;
mod typing;

use std::collections::BTreeMap;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseEvent};
use jiff::{SignedDuration, Timestamp};

pub use command::{Candidate, candidates};
pub use small::serves;

use super::{
    alerts::Occasion,
    keys::{Context, Intent},
    link::{FromLink, Question},
    state::{Cursor, Link, Notice, State, Tips, View},
    text,
    view::{self, layout},
};
use crate::{
    call::{CallId, Text},
    wire::{Command, FromHub, WriteOrder},
};

/// Rows move at most this often.
const SETTLE_EVERY: SignedDuration = SignedDuration::from_secs(1);
/// The same where nothing is to move by itself.
const SETTLE_STILL: SignedDuration = SignedDuration::from_secs(10);
/// What is said at the foot of the screen stays this long.
const NOTICE_STAYS: SignedDuration = SignedDuration::from_secs(8);

/// Letters that follow each other at least this fast are one text, and not keys of the board.
const TYPED_ON: SignedDuration = SignedDuration::from_millis(400);

/// What happened.
#[derive(Clone, Debug)]
pub enum Message {
    /// A key was pressed.
    Key(KeyEvent),
    /// Text was pasted.
    Paste(String),
    /// The mouse did something.
    Mouse(MouseEvent),
    /// The terminal has another size.
    Resize(u16, u16),
    /// Time has passed.
    Tick,
    /// The link has something to say.
    Link(Box<FromLink>),
    /// What an effect was to do outside the console failed; one sentence.
    Failed(String),
}

/// What is to be done about it, by whoever runs the reducer.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Ask the hub for an action on a call.
    Act {
        /// The call.
        call: CallId,
        /// The action.
        command: Command,
    },
    /// Ask the hub for an action on a write.
    Write {
        /// The action's id.
        id: String,
        /// The write.
        write: String,
        /// The action.
        order: WriteOrder,
    },
    /// Ask the hub to hold what goes to a destination, or to let it flow.
    Hold {
        /// Which; the connected org when none.
        destination: Option<Text>,
        /// Hold, or let go.
        hold: bool,
    },
    /// Ask the hub what Opportunity a call would become.
    Draft(CallId),
    /// Ask the hub for something to read.
    Read(Question),
    /// Ask the hub for the detail of this call from now on.
    Watch(Option<CallId>),
    /// Ring the bell.
    Bell,
    /// Show this as a notification of the desktop.
    Notify(String),
    /// Set the terminal's title.
    Title(String),
    /// Put this on the clipboard.
    Copy(String),
    /// Keep these filters under their names, for the next run too.
    SaveViews(BTreeMap<String, String>),
    /// Remember what the operator has been told.
    SaveTips(Tips),
    /// Draw everything anew.
    Redraw,
    /// Stop, as Ctrl-Z does.
    Suspend,
    /// Leave.
    Quit,
}

/// Changes the state as `message`, which came at `now`, demands.
pub fn update(state: &mut State, now: Timestamp, message: Message) -> Vec<Effect> {
    let mut effects = Vec::new();
    let before = std::mem::replace(&mut state.now, now);
    // With every message, not only when told: a hub that talks without pause leaves no pause.
    pass(state, before, &mut effects);
    doubt::pass(state, &mut effects);
    match message {
        Message::Key(event) => {
            state.changed = true;
            doubt::key(state, event, &mut effects);
            let asked = state.dialog.is_some();
            key(state, event, &mut effects);
            if asked && state.dialog.is_none() {
                state.dialog_closed_at = Some(now);
            }
        }
        Message::Paste(pasted) => {
            state.changed = true;
            if state.dialog.is_some() {
                fill::paste(state, &pasted);
            } else {
                typing::insert(state, &pasted);
            }
        }
        Message::Mouse(event) => mouse::event(state, event),
        Message::Resize(columns, rows) => {
            state.changed = true;
            state.size = (columns, rows);
            if layout::is_too_small(state.size) {
                // There are the calls and nothing else to be seen.
                go(state, View::Live);
            }
        }
        Message::Tick => {}
        Message::Failed(why) => {
            state.changed = true;
            say(state, true, why);
        }
        Message::Link(said) => {
            // A beat changes nothing on screen.
            state.changed |= !matches!(*said, FromLink::Hub(FromHub::Beat { .. }));
            hub::hear(state, *said, &mut effects);
        }
    }
    settle(state);
    cursor::follow(state);
    read::what_is_in_sight(state, &mut effects);
    look(state, &mut effects);
    effects
}

/// When something on screen changes by time alone, at the latest.
pub fn wake_at(state: &State) -> Timestamp {
    let now = state.now;
    let after = |seconds: i64| {
        now.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
    };
    let ticking = state.notice.is_some()
        || state.hot.is_some()
        || state.not_rung.is_some()
        || !matches!(state.link, Link::Live)
        || state.actions.undoable(state.hub_now()).is_some()
        || state.board.is_unsettled();
    if let Some(at) = state.dialog_closed_at.filter(|_| state.confirming.is_some()) {
        return at.checked_add(TYPED_ON).unwrap_or(now);
    }
    let ticking = ticking && !state.settings.still;
    // Ages move in steps of five seconds; so does the rest, unless something counts down.
    after(if ticking { 1 } else { 5 - now.as_second().rem_euclid(5) })
}

fn key(state: &mut State, event: KeyEvent, effects: &mut Vec<Effect>) {
    let context = match (&state.dialog, &state.typing) {
        (Some(dialog), _) => ask::context(dialog),
        (None, Some(_)) => Context::Typing,
        (None, None) => Context::Board,
    };
    let keys = state.settings.keys.clone();
    let binding = keys.intent(context, event);
    let leaves = binding.is_some_and(|row| matches!(row.intent, Intent::Quit | Intent::Suspend));
    if std::mem::take(&mut state.help) && !leaves {
        return;
    }
    if state.settings.wall {
        // There is nothing to select on a wall; it can be left.
        if let Some(binding) = binding.filter(|_| leaves) {
            intent::run(state, binding, effects);
        }
        return;
    }
    match (context, binding) {
        (Context::Dialog | Context::Form, binding) => ask::key(state, binding, event, effects),
        (Context::Typing, Some(binding)) => typing::key(state, binding.intent, effects),
        (Context::Typing, None) => typing::letter(state, event),
        (Context::Board, Some(binding)) if still_typed(state, binding.intent, event) => {
            state.dialog_closed_at = Some(state.now);
            // Why there was no question is worth more.
            if !state.notice.as_ref().is_some_and(|notice| notice.bad) {
                let key = state.settings.keys.key(Context::Board, binding.intent);
                say(state, true, format!("{key}: too soon after the question, not done"));
            }
        }
        (Context::Board, Some(binding)) => {
            state.actions.begin_group();
            tell(state, binding.intent, effects);
            intent::run(state, binding, effects);
            if intent::asks(binding.intent) && state.dialog.is_none() {
                // What is typed on was meant for the question that did not come.
                state.dialog_closed_at = Some(state.now);
            }
        }
        (Context::Board, None) => {}
    }
}

/// Whether a key belongs to what was typed into a dialog that has just closed, or never opened: it
/// comes without a pause, and is a letter. To move the cursor does no harm.
fn still_typed(state: &State, intent: Intent, event: KeyEvent) -> bool {
    let letter = matches!(event.code, KeyCode::Char(_))
        && !event.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
    let since = state.dialog_closed_at.map(|at| state.now.duration_since(at));
    let moment = SignedDuration::ZERO..TYPED_ON;
    let moves = matches!(intent, Intent::Up | Intent::Down);
    letter && !moves && since.is_some_and(|since| moment.contains(&since))
}

/// A hint has served when its key was used.
fn tell(state: &mut State, used: Intent, effects: &mut Vec<Effect>) {
    let Some(tips) = &mut state.tips else { return };
    let changed = if used == Intent::Tips {
        tips.toggle();
        true
    } else {
        !tips.away && tips.used(used)
    };
    if changed {
        effects.push(Effect::SaveTips(tips.clone()));
    }
}

/// What the time since `before` changes by itself.
fn pass(state: &mut State, before: Timestamp, effects: &mut Vec<Effect>) {
    if state.notice.as_ref().is_some_and(|notice| notice.until <= state.now) {
        state.notice = None;
        state.changed = true;
    }
    if state.hot.as_ref().is_some_and(|notice| notice.until <= state.now) {
        state.hot = None;
        state.changed = true;
    }
    if state.muted_until.is_some_and(|until| until <= state.now) {
        state.muted_until = None;
        state.changed = true;
    }
    alert::catch_up(state, effects);
    let late = state.board.late_callbacks(state.hub_now());
    if late > state.late_seen && state.is_live() {
        let text = format!("{late} callbacks are late");
        alert::call_out(state, Occasion::LateCallback, None, text, effects);
    }
    state.late_seen = late;
    let five = |at: Timestamp| at.as_second().div_euclid(5);
    let counting = !matches!(state.link, Link::Live)
        || state.actions.undoable(before).is_some()
        || state.actions.undoable(state.hub_now()).is_some();
    if (counting && !state.settings.still) || five(before) != five(state.now) {
        state.changed = true;
    }
}

/// Lets rows move to their places, when they may.
fn settle(state: &mut State) {
    let every = if state.settings.still { SETTLE_STILL } else { SETTLE_EVERY };
    let due = state.settled_at.checked_add(every).is_ok_and(|due| due <= state.now)
        // On an empty board nothing can move under anybody.
        || state.board.live.is_empty()
        // A clock that was set back must not stop the rows.
        || state.settled_at > state.now;
    if state.dialog.is_none() && due && state.board.is_unsettled() {
        state.board.settle();
        cursor::forget_marks(state);
        state.filter.apply(&state.board, state.hub_now());
        state.settled_at = state.now;
        state.changed = true;
    }
}

/// Asks for the detail of the call in sight, and keeps the title right.
fn look(state: &mut State, effects: &mut Vec<Effect>) {
    let sight = state.call_in_sight().cloned();
    if sight != state.watched {
        state.transcript_up = 0;
        state.watched.clone_from(&sight);
        effects.push(Effect::Watch(sight));
    }
    let title = view::title(state);
    if title != state.title {
        state.title.clone_from(&title);
        effects.push(Effect::Title(title));
    }
}

/// Why nothing can be asked of the hub now; none when it can.
fn refusal(state: &State) -> Option<String> {
    // Neither the call nor the question about it is on screen.
    small::no_room(state).or_else(|| state.refusal())
}

/// Says something at the foot of the screen.
fn say(state: &mut State, bad: bool, text: impl Into<String>) {
    state.notice = Some(notice(state, bad, text.into()));
}

fn notice(state: &State, bad: bool, text: String) -> Notice {
    let until = state.now.checked_add(NOTICE_STAYS).unwrap_or(Timestamp::MAX);
    Notice { text, bad, until }
}

/// A call as the operator knows it: name and number.
fn about(state: &State, call: &CallId) -> String {
    let Some(row) = state.board.calls.get(call) else { return call.to_string() };
    let caller = text::cut(row.caller(), 40);
    if row.summary.name.is_some() && !row.number.is_empty() {
        state.masked(&format!("{caller} · {}", row.number)).into_owned()
    } else {
        state.masked(&caller).into_owned()
    }
}

/// Goes to another view.
fn go(state: &mut State, view: View) {
    // A list one comes to begins with what needs somebody. The calls keep their place.
    match view {
        View::Callbacks if state.view != view => state.callbacks = Cursor::default(),
        View::Writes if state.view != view => state.writes = Cursor::default(),
        _ => {}
    }
    state.view = view;
    state.opened = false;
    state.help = false;
}
