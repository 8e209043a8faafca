//! Who waits to be rung back, the earliest promise first.

use ratatui::layout::Rect;

use super::{header::clock, pen::Canvas, row_sign, urgency_role};
use crate::console::{
    state::CallRow,
    text::{age, seconds_between},
    theme::Role,
};

/// The list of the view.
pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, titled: bool) {
    if area.is_empty() {
        return;
    }
    let state = canvas.state;
    let caller = (area.width / 3).clamp(12, 30);
    if titled {
        let mut pen = canvas.line(area, 0);
        pen.gap(1).cell("DUE", 6, Role::Dim).cell("", 10, Role::Dim).cell("URG", 5, Role::Dim);
        pen.cell("CALLER", caller, Role::Dim).cell("WHY", 8, Role::Dim).put("WANTS", Role::Dim);
    }
    if state.board.callbacks.is_empty() {
        let text =
            ["Nobody waits for a callback.", "A missed call or \"call me back\" puts one here."];
        for (line, text) in (2..).zip(text) {
            canvas.line(area, line).gap(2).put(text, Role::Dim);
        }
        return;
    }
    for line in 1..area.height {
        let index = state.callbacks.offset + usize::from(line - 1);
        let row = state.board.callbacks.get(index).and_then(|slot| state.board.calls.at(slot));
        let Some(row) = row else { break };
        let selected = state.callbacks.selected.as_ref() == Some(&row.summary.id);
        draw_row(canvas, area, line, row, caller, selected);
    }
}

/// The callbacks in a strip below another list: no cursor.
pub(super) fn strip(canvas: &mut Canvas<'_>, area: Rect) {
    if area.is_empty() {
        return;
    }
    let state = canvas.state;
    let owed = state.board.callbacks.len();
    canvas.rule(Rect { height: 1, ..area }, &format!("Callbacks {owed}"));
    if owed == 0 {
        canvas.line(area, 1).gap(2).put("Nobody waits for a callback.", Role::Dim);
    }
    for line in 1..area.height {
        let slot = state.board.callbacks.get(usize::from(line - 1));
        let Some(row) = slot.and_then(|slot| state.board.calls.at(slot)) else { break };
        draw_row(canvas, area, line, row, 18, false);
    }
}

fn draw_row(
    canvas: &mut Canvas<'_>,
    area: Rect,
    line: u16,
    row: &CallRow,
    caller: u16,
    selected: bool,
) {
    let state = canvas.state;
    let Some(callback) = &row.summary.callback else { return };
    let left = seconds_between(state.hub_now(), callback.due);
    let (word, role) = match left {
        ..0 => (format!("LATE {}", age(-left)), Role::Bad),
        0..900 => (format!("in {}", age(left)), Role::Warning),
        _ => (format!("in {}", age(left)), Role::Text),
    };
    let level = row.summary.urgency.level();
    let pending = state.actions.is_pending(&row.summary.id);
    let mut pen = canvas.line(area, line);
    pen.put(row_sign(selected, state.marked.contains(&row.summary.id)), Role::Key);
    pen.cell(&clock(callback.due, &state.zone), 6, Role::Text).cell(&word, 10, role);
    pen.cell(&level.to_string(), 2, urgency_role(level));
    pen.cell(if pending { "»" } else { "" }, 3, Role::Key);
    let name = state.masked(row.caller());
    pen.cell(&crate::console::text::cut(&name, usize::from(caller) - 1), caller, Role::Text);
    pen.cell(if callback.asked { "asked" } else { "missed" }, 8, Role::Dim);
    let wants = row.summary.wants.as_ref().map_or("", |wants| wants.as_str());
    pen.put(&state.masked(wants), Role::Text);
    if selected {
        canvas.tint(Rect { y: area.y + line, height: 1, ..area }, Role::Selected);
    }
}
