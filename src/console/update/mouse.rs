//! The mouse, for those who want it: a click selects, the wheel scrolls. It never acts.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use super::{cursor, intent};
use crate::console::{
    state::{State, View},
    view::{layout, people, writes},
};

/// Rows of a turn of the wheel.
const WHEEL: isize = 3;

pub(super) fn event(state: &mut State, event: MouseEvent) {
    let covered = state.dialog.is_some() || state.help || state.settings.wall;
    if !state.settings.mouse || covered || layout::is_too_small(state.size) {
        return;
    }
    match event.kind {
        MouseEventKind::ScrollUp => intent::scroll(state, -WHEEL),
        MouseEventKind::ScrollDown => intent::scroll(state, WHEEL),
        MouseEventKind::Down(MouseButton::Left) => select(state, event.column, event.row),
        _ => return,
    }
    state.changed = true;
}

/// Selects the row that was clicked.
fn select(state: &mut State, x: u16, y: u16) {
    let list = layout::of(state).list;
    if state.opened || !list.contains(Position { x, y }) {
        return;
    }
    // The first line are the titles.
    let Some(line) = usize::from(y - list.y).checked_sub(1) else { return };
    let (row, cursor, rows) = match state.view {
        View::Live => (line, place(&state.live), state.live_rows()),
        View::Callbacks => (line, place(&state.callbacks), state.callback_rows()),
        View::Writes => (line / writes::ROWS_EACH, place(&state.writes), state.board.outbox.len()),
        View::People => match line.checked_sub(people::ABOVE) {
            Some(row) => (row, place(&state.people), state.people_rows()),
            None => return,
        },
        View::Log => (line, place(&state.log.cursor), state.log.rows()),
        View::Today => return,
    };
    let (index, offset) = cursor;
    let wanted = offset + row;
    if wanted < rows {
        let by = isize::try_from(wanted).unwrap_or(0) - isize::try_from(index).unwrap_or(0);
        cursor::step(state, by);
    }
}

/// Where a cursor stands, and how far its list is scrolled.
fn place<K>(cursor: &crate::console::state::Cursor<K>) -> (usize, usize) {
    (cursor.index, cursor.offset)
}
