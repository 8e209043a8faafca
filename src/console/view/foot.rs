//! The last line: what was just said, the filter being typed, or the keys that make sense now.

use ratatui::layout::Rect;

use super::pen::Canvas;
use crate::console::{
    keys::{Context, Intent},
    state::View,
    text::{self, seconds_between},
    theme::Role,
};

pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect) {
    let undo = undo(canvas);
    let wide = u16::try_from(text::width(&undo) + 1).unwrap_or(u16::MAX);
    let room = if undo.is_empty() { 0 } else { wide.min(area.width / 2) };
    let left = Rect { width: area.width - room, ..area };
    if !undo.is_empty() {
        let right = Rect { x: left.right(), width: room, ..area };
        canvas.line(right, 0).put(&undo, Role::Key);
    }
    let state = canvas.state;
    if state.typing {
        let found = state.live_rows();
        let text = state.filter.text();
        let mut pen = canvas.line(left, 0);
        pen.gap(1).put("/", Role::Key).put(text, Role::Strong).put("▏", Role::Key);
        pen.put(&format!("  {found} calls  "), Role::Text);
        pen.put(
            "hot  !ok  owner:me  svc:hvac  urg:5  any words · enter keeps, esc clears",
            Role::Dim,
        );
    } else if let Some(notice) = &state.notice {
        let role = if notice.bad { Role::Bad } else { Role::Notice };
        canvas.line(left, 0).gap(1).put(&notice.text, role);
    } else {
        hints(canvas, left);
    }
}

/// What `u` would take back, and how long that is possible.
fn undo(canvas: &Canvas<'_>) -> String {
    let state = canvas.state;
    let now = state.hub_now();
    let Some((sent, until)) = state.actions.undoable(now) else { return String::new() };
    let key = state.settings.keys.key(Context::Board, Intent::Undo);
    let left = seconds_between(now, until).max(0);
    format!(" {key} undo {} ({left}s)", text::cut(&sent.what, 36))
}

fn hints(canvas: &mut Canvas<'_>, area: Rect) {
    let state = canvas.state;
    let wanted: &[Intent] = match state.view {
        _ if state.help => &[Intent::Help],
        _ if state.refusal().is_some() && state.opened => {
            &[Intent::Back, Intent::Help, Intent::Quit]
        }
        _ if state.refusal().is_some() => {
            &[Intent::Open, Intent::Find, Intent::NextView, Intent::Help, Intent::Quit]
        }
        _ if state.opened => &[
            Intent::Route,
            Intent::Opportunity,
            Intent::Retry,
            Intent::WrapUp,
            Intent::Back,
            Intent::Help,
        ],
        View::Live => &[
            Intent::Route,
            Intent::Opportunity,
            Intent::CalledBack,
            Intent::WrapUp,
            Intent::Retry,
            Intent::Find,
            Intent::Open,
            Intent::Help,
            Intent::Quit,
        ],
        View::Callbacks => &[
            Intent::CalledBack,
            Intent::Dismiss,
            Intent::Copy,
            Intent::Route,
            Intent::Open,
            Intent::Help,
            Intent::Quit,
        ],
        View::Writes => &[
            Intent::Retry,
            Intent::RetryAll,
            Intent::Discard,
            Intent::Open,
            Intent::Help,
            Intent::Quit,
        ],
        View::Today => &[Intent::Live, Intent::NextView, Intent::Help, Intent::Quit],
    };
    let keys = &state.settings.keys;
    let mut pen = canvas.line(area, 0);
    pen.gap(1);
    for intent in wanted {
        let row = crate::console::keys::TABLE
            .iter()
            .find(|row| row.context == Context::Board && row.intent == *intent);
        let Some(row) = row else { continue };
        let key = keys.key(Context::Board, *intent);
        let wide = text::width(&key) + text::width(row.hint) + 3;
        if key.is_empty() || usize::from(pen.left()) < wide {
            continue;
        }
        pen.put(&key, Role::Key).gap(1).put(row.hint, Role::Text).gap(2);
    }
}
