//! A terminal too small for the board: the count of Hot calls, and as many of them as there is
//! room for.

use ratatui::layout::Rect;

use super::{layout::SMALLEST, pen::Canvas, urgency_role};
use crate::console::{state::Link, text, theme::Role};

pub(super) fn draw(canvas: &mut Canvas<'_>) {
    let area = canvas.area();
    let state = canvas.state;
    let hot = state.board.counts().hot;
    let role = if hot > 0 { Role::Urgency5 } else { Role::Dim };
    let link = match &state.link {
        Link::Starting => ("connecting", Role::Warning),
        Link::Live => ("live", Role::Good),
        Link::Down { refused: true, .. } if state.hello.is_none() => ("token refused", Role::Bad),
        Link::Down { .. } if state.hello.is_none() => ("no hub", Role::Bad),
        Link::Down { since, .. } => {
            let old = text::age(text::seconds_between(*since, state.now));
            let shown = format!("STALE {old}");
            canvas.line(area, 0).put(&format!("{hot} hot "), role).put(&shown, Role::Bad);
            ("", Role::Bad)
        }
    };
    if !link.0.is_empty() {
        canvas.line(area, 0).put(&format!("{hot} hot "), role).put(link.0, link.1);
    }
    let last = area.height.saturating_sub(1);
    let mut line = 1;
    let mut index = 0;
    while line < last {
        let Some(row) = state.live_row(index) else { break };
        let level = row.summary.urgency.level();
        let mut pen = canvas.line(area, line);
        let role = if row.is_closed() { Role::Dim } else { urgency_role(level) };
        pen.put(&format!("{level} "), role);
        pen.put(&state.masked(&text::cut(row.caller(), 18)), Role::Text).gap(1);
        let wants = row.summary.wants.as_ref().map_or("", |wants| wants.as_str());
        pen.put(&state.masked(wants), Role::Dim);
        line += 1;
        index += 1;
    }
    let foot = Rect { y: area.y + last, height: 1, ..area };
    if let Some(notice) = state.notice.as_ref().filter(|_| area.height >= 2) {
        let role = if notice.bad { Role::Bad } else { Role::Notice };
        canvas.line(foot, 0).put(&notice.text, role);
    } else if area.height >= 3 {
        let question = if state.dialog.is_some() { " (a question is open)" } else { "" };
        let text = format!("too small: needs {}x{}{question}", SMALLEST.0, SMALLEST.1);
        canvas.line(foot, 0).put(&text, Role::Dim);
    }
}
