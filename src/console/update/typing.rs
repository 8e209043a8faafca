//! A filter or a command at the foot of the screen.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{Effect, command, go, intent};
use crate::console::{
    keys::Intent,
    state::{Line, Purpose, State, Typing, View},
};

/// Begins to type.
pub(super) fn begin(state: &mut State, purpose: Purpose) {
    let text = match purpose {
        Purpose::Filter => {
            if state.view == View::Log {
                state.opened = false;
                state.log.words().to_owned()
            } else {
                go(state, if state.view.lists_calls() { state.view } else { View::Live });
                state.filter.text().to_owned()
            }
        }
        Purpose::Command => String::new(),
    };
    let theme = state.theme.clone();
    state.typing = Some(Typing { purpose, line: Line::new(&text), remark: None, theme });
}

/// A key of the table that counts while typing.
pub(super) fn key(state: &mut State, intent: Intent, effects: &mut Vec<Effect>) {
    let Some(typing) = &mut state.typing else { return };
    let (purpose, before) = (typing.purpose, typing.line.text().to_owned());
    match intent {
        Intent::Accept => return accept(state, effects),
        Intent::Back => return leave(state),
        Intent::Complete => return complete(state),
        Intent::Quit => return effects.push(Effect::Quit),
        Intent::Up | Intent::Down if purpose == Purpose::Filter => {
            return intent::scroll(state, if intent == Intent::Up { -1 } else { 1 });
        }
        Intent::Erase if before.is_empty() && purpose == Purpose::Command => return leave(state),
        _ => edit(&mut typing.line, intent),
    }
    took(state, &before);
}

/// A letter.
pub(super) fn letter(state: &mut State, event: KeyEvent) {
    let plain = !event.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
    if let (KeyCode::Char(c), true) = (event.code, plain) {
        insert(state, c.encode_utf8(&mut [0; 4]));
    }
}

/// Text that comes all at once.
pub(super) fn insert(state: &mut State, text: &str) {
    let Some(typing) = &mut state.typing else { return };
    let before = typing.line.text().to_owned();
    typing.line.insert(text);
    took(state, &before);
}

/// Moves the caret or takes characters away.
pub(super) fn edit(line: &mut Line, intent: Intent) {
    match intent {
        Intent::Erase => line.erase(),
        Intent::EraseNext => line.erase_next(),
        Intent::EraseWord => line.erase_word(),
        Intent::EraseAll => *line = Line::default(),
        Intent::CaretLeft => line.step(false),
        Intent::CaretRight => line.step(true),
        Intent::CaretHome => line.jump(false),
        Intent::CaretEnd => line.jump(true),
        _ => {}
    }
}

/// What the line does while it is typed, if it changed.
fn took(state: &mut State, before: &str) {
    let Some(typing) = &mut state.typing else { return };
    let (purpose, text) = (typing.purpose, typing.line.text().to_owned());
    typing.remark = None;
    if text != before {
        match purpose {
            Purpose::Filter => intent::set_filter(state, &text),
            Purpose::Command => command::preview(state, &text),
        }
    }
}

fn accept(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(typing) = state.typing.take() else { return };
    if typing.purpose == Purpose::Command
        && let Err(why) = command::run(state, typing.line.text(), effects)
    {
        state.typing = Some(Typing { remark: Some(why), ..typing });
    }
}

fn leave(state: &mut State) {
    let Some(typing) = state.typing.take() else { return };
    match typing.purpose {
        Purpose::Filter => intent::set_filter(state, ""),
        Purpose::Command => state.theme = typing.theme,
    }
}

/// The first that fits; when it stands there already, the next one.
fn complete(state: &mut State) {
    let Some(typing) = &state.typing else { return };
    if typing.purpose != Purpose::Command {
        return;
    }
    let typed = typing.line.text().to_owned();
    let fitting = command::candidates(state, &typed);
    let next = if fitting.iter().any(|candidate| candidate.line == typed) {
        // It is complete: what follows it among all of its kind.
        let stem = typed.rfind(' ').map_or("", |space| &typed[..=space]);
        let all = command::candidates(state, stem);
        let here = all.iter().position(|candidate| candidate.line == typed).unwrap_or(0);
        all.get((here + 1) % all.len().max(1)).cloned()
    } else {
        fitting.into_iter().next()
    };
    if let (Some(next), Some(typing)) = (next, &mut state.typing) {
        typing.line = Line::new(&next.line);
        took(state, &typed);
    }
}
