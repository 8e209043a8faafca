//! A terminal too small for the board: the count of Hot calls, as many of them as there is room
//! for and, on a telephone's screen, the one that is selected with the keys that serve there.

use ratatui::layout::Rect;

use super::{
    call, facts, foot,
    layout::{self, SMALLEST},
    live,
    pen::Canvas,
    row_sign, urgency_role,
};
use crate::console::{
    link::Obstacle,
    state::{CallRow, Link, State},
    text,
    theme::Role,
};

/// Columns of a caller, and of who has the call.
const CALLER: u16 = 18;
const OWNER: u16 = 9;

pub(super) fn draw(canvas: &mut Canvas<'_>) {
    let area = canvas.area();
    let state = canvas.state;
    head(canvas, area);
    let (list, below) = layout::small(state.size);
    for line in 0..list.height {
        let Some(row) = state.live_row(state.live.offset + usize::from(line)) else { break };
        draw_row(canvas, Rect { y: list.y + line, height: 1, ..list }, row);
    }
    selected(canvas, below);
    let last = Rect { y: area.bottom().saturating_sub(1), height: 1, ..area };
    if layout::shows_call(state.size) {
        foot::draw(canvas, last);
    } else if let Some(notice) = state.notice.as_ref().filter(|_| area.height >= 2) {
        let role = if notice.bad { Role::Bad } else { Role::Notice };
        canvas.line(last, 0).put(&notice.text, role);
    } else if area.height >= 3 {
        canvas.line(last, 0).put(&needs(state), Role::Dim);
    }
}

/// How many are hot, and whether that is so now.
fn head(canvas: &mut Canvas<'_>, area: Rect) {
    let state = canvas.state;
    let hot = state.board.counts().hot;
    let role = if hot > 0 { Role::Urgency5 } else { Role::Dim };
    let stale;
    let (link, link_role) = match &state.link {
        Link::Starting => ("connecting", Role::Warning),
        Link::Live => ("live", Role::Good),
        Link::Down { obstacle: Obstacle::Token, .. } if state.hello.is_none() => {
            ("token refused", Role::Bad)
        }
        Link::Down { .. } if state.hello.is_none() => ("no hub", Role::Bad),
        Link::Down { since, .. } => {
            stale = format!("STALE {}", text::age(text::seconds_between(*since, state.now)));
            (&*stale, Role::Bad)
        }
    };
    canvas.line(area, 0).put(&format!("{hot} hot "), role).put(link, link_role);
}

fn draw_row(canvas: &mut Canvas<'_>, area: Rect, row: &CallRow) {
    let state = canvas.state;
    let call = &row.summary;
    let level = call.urgency.level();
    let is_selected = state.live.selected.as_ref() == Some(&call.id);
    let role = if row.is_closed() { Role::Dim } else { urgency_role(level) };
    let mut pen = canvas.line(area, 0);
    pen.put(row_sign(is_selected, state.marked.contains(&call.id)), Role::Key);
    pen.put(&format!("{level}"), role);
    pen.put(if state.actions.is_pending(&call.id) { "»" } else { " " }, Role::Key);
    pen.cell(&state.masked(row.caller()), CALLER, Role::Text).gap(1);
    let wants = call.wants.as_ref().map_or("", |wants| wants.as_str());
    let owner = if layout::shows_call(state.size) { OWNER } else { 0 };
    let room = pen.left().saturating_sub(owner);
    pen.cell(&state.masked(wants), room.saturating_sub(1), Role::Dim).gap(1);
    if owner > 0 {
        let (who, role) = live::holder(state, row, Role::Text);
        pen.cell(&who, owner, role);
    }
    if is_selected {
        canvas.tint(area, Role::Selected);
    }
}

/// The call that is selected: who it is, what they want, who was told, and why it is urgent.
fn selected(canvas: &mut Canvas<'_>, area: Rect) {
    let state = canvas.state;
    if area.is_empty() {
        return;
    }
    canvas.rule(Rect { height: 1, ..area }, &needs(state));
    let row = state.live.selected.as_ref().and_then(|id| state.board.calls.get(id));
    let Some(row) = row else { return };
    let detail = state.detail_of(&row.summary.id);
    let line = |y: u16| Rect { y: area.y + y, height: area.height - y, ..area };
    call::title(canvas, line(1), row, detail);
    let (holder, role) = live::holder(state, row, Role::Text);
    let told = Some(facts::told(state, row)).filter(|told| !told.is_empty());
    canvas.line(line(2), 0).gap(1).put(&told.unwrap_or(holder), role);
    let wants = row.summary.wants.as_ref().map_or("", |wants| wants.as_str());
    if area.height > 4 {
        canvas.line(line(3), 0).gap(1).put(&state.masked(wants), Role::Text);
    }
    let last = area.height - 1;
    call::why(canvas, Rect { height: 1, ..line(last) }, row, detail);
}

fn needs(state: &State) -> String {
    let (columns, rows) = SMALLEST;
    let question = if state.dialog.is_some() { " (a question is open)" } else { "" };
    if layout::shows_call(state.size) {
        return format!("more from {columns}x{rows} on{question}");
    }
    format!("too small: needs {columns}x{rows}{question}")
}
