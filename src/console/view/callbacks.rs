//! Who waits to be rung back, the earliest promise first.

use ratatui::layout::Rect;

use super::{facts, header::moment, pen::Canvas, remarks, row_sign, urgency_role};
use crate::{
    call::{AttemptOutcome, CallState, Callback},
    console::{
        keys::{Context, Intent},
        state::{CallRow, State},
        text::{self, age, seconds_between},
        theme::Role,
    },
    wire::{NoticeState, NoticeSummary},
};

/// The list of the view.
pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, titled: bool) {
    if area.is_empty() {
        return;
    }
    let state = canvas.state;
    let columns = Columns::of(area.width);
    if titled {
        let mut pen = canvas.line(area, 0);
        pen.gap(1).cell("DUE", columns.due, Role::Dim).gap(LEFT).cell("URG", URGENCY, Role::Dim);
        pen.cell("CALLER", columns.caller, Role::Dim);
        if columns.owner > 0 {
            pen.cell("RINGS", columns.owner, Role::Dim);
        }
        if columns.tries > 0 {
            pen.cell("TRIES", columns.tries, Role::Dim);
        }
        pen.put("WANTS", Role::Dim);
    }
    if state.callback_rows() == 0 {
        return empty(canvas, area);
    }
    for line in 1..area.height {
        let index = state.callbacks.offset + usize::from(line - 1);
        let Some(row) = state.callback_row(index) else { break };
        let selected = state.callbacks.selected.as_ref() == Some(&row.summary.id);
        draw_row(canvas, area, line, row, &columns, selected);
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
        draw_row(canvas, area, line, row, &Columns::of(area.width), false);
    }
}

fn draw_row(
    canvas: &mut Canvas<'_>,
    area: Rect,
    line: u16,
    row: &CallRow,
    columns: &Columns,
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
    pen.cell(&due(state, callback), columns.due, Role::Text).cell(&word, LEFT, role);
    pen.cell(&level.to_string(), 2, urgency_role(level));
    pen.cell(if pending { "»" } else { "" }, URGENCY - 2, Role::Key);
    // One promise may stand for several calls.
    let more = match callback.calls.len() {
        0 => String::new(),
        more => format!(" +{more}"),
    };
    let name = state.masked(row.caller());
    let room = usize::from(columns.caller).saturating_sub(1 + more.len());
    pen.cell(&format!("{}{more}", text::cut(&name, room)), columns.caller, Role::Text);
    if columns.owner > 0 {
        let (who, role) = rings(state, row, callback);
        pen.cell(&text::cut(&who, usize::from(columns.owner) - 1), columns.owner, role);
    }
    let (tries, role) = tries(row, callback);
    if columns.tries > 0 {
        pen.cell(&tries, columns.tries, role);
    }
    if pen.left() >= 6 {
        let remark = remarks::of_promise(state, row);
        // Without a column of its own only what is out of the ordinary is told.
        let untried = callback.attempts.is_empty() && (callback.asked || !remark.is_empty());
        let tries = if columns.tries == 0 && !untried { tries } else { String::new() };
        let wish = wish(state, row, callback);
        let tried = remarks::before(tries, &wish);
        let next = if tried.is_empty() { &wish } else { &tried };
        pen.put(&remarks::before(remark, next), Role::Warning);
        pen.put(&tried, role).put(&wish, Role::Text);
    }
    if selected {
        canvas.tint(Rect { y: area.y + line, height: 1, ..area }, Role::Selected);
    }
}

/// What they want, then when in their own words, as far as there is room.
fn wish(state: &State, row: &CallRow, callback: &Callback) -> String {
    let wants = row.summary.wants.as_ref().map(|wants| state.masked(wants.as_str()).into_owned());
    let said = callback.said.as_ref().map(|said| format!("\"{}\"", state.masked(said.as_str())));
    wants.into_iter().chain(said).collect::<Vec<_>>().join(" · ")
}

/// When the next try is due; with its day where that is not today. `~` stands where it was put off.
fn due(state: &State, callback: &Callback) -> String {
    let shown = moment(state, callback.due);
    if facts::is_put_off(callback) { format!("{shown}~") } else { shown }
}

/// Who works on it now, or who is to ring: `!` who could not be told so.
fn rings(state: &State, row: &CallRow, callback: &Callback) -> (String, Role) {
    let failing = |notice: &&NoticeSummary| {
        matches!(notice.state, NoticeState::Failing | NoticeState::Failed)
    };
    let untold = row.summary.callback_notice.as_ref().filter(failing);
    match (state.claim_on(row), untold, &callback.owner) {
        (Some(claim), ..) => (format!("@{}", claim.operator), Role::Warning),
        (None, Some(notice), _) => (format!("!{}", notice.to), Role::Bad),
        (None, None, Some(owner)) => (owner.to_string(), Role::Text),
        (None, None, None) => ("—".to_owned(), Role::Dim),
    }
}

/// How often it was tried and how that last ended; why it is owed where nobody has tried yet.
fn tries(row: &CallRow, callback: &Callback) -> (String, Role) {
    match callback.attempts.last() {
        Some(last) => {
            let many = callback.attempts.len();
            let how = match last.outcome {
                AttemptOutcome::Connected => "connected",
                AttemptOutcome::NoAnswer => "no answer",
                AttemptOutcome::Voicemail => "voicemail",
                AttemptOutcome::WrongNumber => "wrong no.",
            };
            (format!("{many} {how}"), Role::Warning)
        }
        None if callback.asked => ("asked".to_owned(), Role::Dim),
        None if row.summary.state == CallState::Missed => ("missed".to_owned(), Role::Dim),
        // The voice agent's own failure ended it.
        None => ("cut off".to_owned(), Role::Dim),
    }
}

/// Nobody is owed anything: how it comes that somebody is, and what to do meanwhile.
fn empty(canvas: &mut Canvas<'_>, area: Rect) {
    if !canvas.state.board.callbacks.is_empty() {
        canvas.line(area, 2).gap(2).put("No callback fits the filter.", Role::Strong);
        canvas.line(area, 3).gap(2).put("esc shows all of them again.", Role::Dim);
        return;
    }
    let key = canvas.state.settings.keys.key(Context::Board, Intent::Live);
    let next = format!("{key} shows the calls.");
    let text = [
        ("Nobody waits for a callback.", Role::Strong),
        ("A missed call puts one here, and so does a caller who says \"call me back\".", Role::Dim),
        (&*next, Role::Dim),
    ];
    for (line, (text, role)) in (2..).zip(text) {
        canvas.line(area, line).gap(2).put(text, role);
    }
}

/// Columns of what is left until it is due, and of the urgency.
const LEFT: u16 = 9;
const URGENCY: u16 = 4;

/// How wide the others are. Who rings, and what was tried, only where there is room beside the wish.
struct Columns {
    due: u16,
    caller: u16,
    owner: u16,
    tries: u16,
}

impl Columns {
    fn of(width: u16) -> Self {
        // A number has fourteen characters, and is of no use when it is cut.
        let caller = (width / 5).clamp(16, 28);
        let (owner, tries) = match width {
            95.. => (9, 12),
            75.. => (9, 0),
            _ => (0, 0),
        };
        Self { due: 11, caller, owner, tries }
    }
}
