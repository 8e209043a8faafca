//! Who did what, the newest first.

use ratatui::layout::Rect;

use super::pen::Canvas;
use crate::console::{
    keys::{Context, Intent},
    theme::Role,
};

const NOTHING_DONE: &str = "Nobody has done anything yet.";

pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect) {
    if area.is_empty() {
        return;
    }
    let state = canvas.state;
    let wide = area.width >= 70;
    let mut pen = canvas.line(area, 0);
    pen.gap(1).cell("WHEN", 13, Role::Dim).cell("WHO", 13, Role::Dim);
    if wide {
        pen.cell("CALL", 22, Role::Dim);
    }
    pen.put("WHAT", Role::Dim);
    if state.log.rows() == 0 {
        return nothing(canvas, area);
    }
    let today = state.hub_now().to_zoned(state.zone.clone()).date();
    for line in 1..area.height {
        let index = state.log.cursor.offset + usize::from(line - 1);
        let Some(entry) = state.log.row(index) else { break };
        let at = entry.at.to_zoned(state.zone.clone());
        let when = if at.date() == today { "%H:%M:%S" } else { "%d %b %H:%M" };
        let selected = state.log.cursor.selected == Some(entry.seq);
        let mut pen = canvas.line(area, line);
        pen.put(super::row_sign(selected, false), Role::Key);
        pen.cell(&at.strftime(when).to_string(), 13, Role::Dim);
        pen.cell(&crate::console::text::cut(entry.operator.as_str(), 12), 13, Role::Strong);
        if wide {
            let row = entry.call.as_ref().and_then(|call| state.board.calls.get(call));
            let whose = match (row, &entry.call) {
                (Some(row), _) => state.masked(row.caller()),
                (None, Some(call)) => call.as_str().into(),
                (None, None) => "—".into(),
            };
            pen.cell(&crate::console::text::cut(&whose, 21), 22, Role::Text);
        }
        pen.put(&state.masked(entry.what.as_str()), Role::Text);
        if selected {
            canvas.tint(Rect { y: area.y + line, height: 1, ..area }, Role::Selected);
        }
    }
    if state.log.is_cut() && state.log.cursor.offset + usize::from(area.height) > state.log.rows() {
        let text = "older entries: GET /v1/log?before=… of the API";
        canvas.line(area, area.height - 1).gap(1).put(text, Role::Warning);
    }
}

fn nothing(canvas: &mut Canvas<'_>, area: Rect) {
    let state = canvas.state;
    let (first, then) = match (&state.log.head.problem, state.log.head.came_at) {
        (Some(why), _) => (why.as_str(), "It is asked for again by itself."),
        (None, None) if state.is_live() => ("Asking the hub …", ""),
        (None, None) => ("The log comes with the hub.", ""),
        (None, Some(_)) if !state.log.words().is_empty() => {
            ("No entry fits.", "esc shows all of them again.")
        }
        (None, Some(_)) => (
            NOTHING_DONE,
            "What is done to a call, a write or the hub is kept here, with who did it.",
        ),
    };
    canvas.line(area, 2).gap(2).put(first, Role::Strong);
    canvas.line(area, 3).gap(2).put(then, Role::Dim);
    if first == NOTHING_DONE {
        let keys = &state.settings.keys;
        let key = |intent| keys.key(Context::Board, intent);
        let text = format!(
            "{} shows the calls, and {} there gives one to somebody.",
            key(Intent::Live),
            key(Intent::Route)
        );
        canvas.line(area, 4).gap(2).put(&text, Role::Dim);
    }
}
