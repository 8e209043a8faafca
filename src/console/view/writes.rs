//! What goes to Salesforce: what failed or waits first, in Salesforce's own words.

use ratatui::layout::Rect;

use super::{header::clock, pen::Canvas, row_sign};
use crate::{
    call::Text,
    console::{
        text::{self, age, seconds_between},
        theme::Role,
    },
    wire::{WriteState, WriteSummary},
};

/// Lines of a write in the list: what, and what is wrong with it.
pub const ROWS_EACH: usize = 2;

/// The list of the view.
pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, titled: bool) {
    if area.is_empty() {
        return;
    }
    let state = canvas.state;
    if titled {
        let mut pen = canvas.line(area, 0);
        pen.gap(1).cell("STATE", 14, Role::Dim).cell("TRIES", 6, Role::Dim);
        pen.cell("AGE", 5, Role::Dim).cell("WRITE", 30, Role::Dim).put("CALL", Role::Dim);
    }
    if state.board.outbox.is_empty() {
        return empty(canvas, area);
    }
    let mut line = 1;
    let mut index = state.writes.offset;
    while line < area.height {
        let slot = state.board.outbox.get(index);
        let Some(write) = slot.and_then(|slot| state.board.writes.at(slot)) else { break };
        let selected = state.writes.selected.as_ref() == Some(&write.id);
        row(canvas, area, line, write, selected);
        line += 2;
        index += 1;
    }
}

/// Nothing to show: what there would be, and what may be missing.
fn empty(canvas: &mut Canvas<'_>, area: Rect) {
    let state = canvas.state;
    let text = if state.writes_calls() {
        [
            ("Nothing has been written to Salesforce yet.", Role::Strong),
            ("Every Lead, Task or update a call leads to is seen here, to its end.", Role::Dim),
            ("What fails waits here for you, with Salesforce's own words and a way on.", Role::Dim),
        ]
    } else {
        [
            ("This hub keeps its own board: it writes to no Salesforce org.", Role::Strong),
            ("Calls are judged, told of and recorded here, and lack nothing for it.", Role::Dim),
            ("To connect an org see docs/salesforce.md.", Role::Dim),
        ]
    };
    for (line, (text, role)) in (2..).zip(text) {
        canvas.line(area, line).gap(2).put(text, role);
    }
}

/// The writes in a strip below another list: no cursor, a line each.
pub(super) fn strip(canvas: &mut Canvas<'_>, area: Rect) {
    if area.is_empty() {
        return;
    }
    let state = canvas.state;
    let counts = state.board.counts();
    let title = format!("Writes {} failed · {} waiting", counts.failed, counts.waiting);
    canvas.rule(Rect { height: 1, ..area }, &title);
    let inner = Rect { x: area.x, ..area };
    if counts.failed + counts.waiting == 0 {
        canvas.line(inner, 1).gap(2).put("Salesforce has everything.", Role::Good);
        return;
    }
    let mut at = 1;
    for slot in state.board.outbox.iter() {
        let Some(write) = state.board.writes.at(slot) else { continue };
        if at >= area.height || write.state.is_end() {
            break;
        }
        line(canvas, inner, at, write, true);
        at += 1;
        if let Some(problem) = &write.problem
            && at < area.height
        {
            let text = format!("{}: {}", problem.code, problem.message);
            canvas.line(inner, at).gap(3).put(&text, Role::Bad);
            at += 1;
        }
    }
}

/// All that is known of the selected write; returns the lines it took.
pub(super) fn panel(canvas: &mut Canvas<'_>, area: Rect) -> u16 {
    let state = canvas.state;
    let selected = state.writes.selected.as_ref();
    let Some(write) = selected.and_then(|id| state.board.writes.get(id)) else {
        return 0;
    };
    let detail = state.detail_of(&write.call);
    let detail = detail.and_then(|d| d.writes.iter().find(|known| known.summary.id == write.id));
    line(canvas, area, 0, write, true);
    let mut at = 1;
    let mut say = |name: &str, text: &str, role: Role| {
        let columns = usize::from(area.width.saturating_sub(11));
        for (number, range) in text::wrap(text, columns).into_iter().enumerate() {
            let name = if number == 0 { name } else { "" };
            canvas.line(area, at).gap(1).cell(name, 9, Role::Dim).put(&text[range], role);
            at += 1;
        }
    };
    if let Some(problem) = write.problem.as_ref().filter(|_| !write.state.is_end()) {
        say("says", &format!("{}: {}", problem.code, problem.message), Role::Bad);
        if !problem.fields.is_empty() {
            let fields: Vec<&str> = problem.fields.iter().map(Text::as_str).collect();
            say("fields", &fields.join(", "), Role::Warning);
        }
        if let Some(advice) = &problem.advice {
            say("advice", advice.as_str(), Role::Strong);
        }
    }
    for attempt in detail.into_iter().flat_map(|detail| detail.attempts.iter().rev()).take(5) {
        let when = clock(attempt.at, &state.zone);
        let answer = match (&attempt.problem, attempt.status) {
            (Some(problem), 0) => problem.code.to_string(),
            (Some(problem), status) => format!("{status} {}", problem.code),
            (None, status @ ..300) => format!("{status}, done"),
            // What went out together has one status, and it may be another part's.
            (None, _) => "done".to_owned(),
        };
        say("try", &format!("{when} · {answer} · {} ms", attempt.milliseconds), Role::Text);
    }
    if let Some(detail) = detail {
        let fields: Vec<String> = detail
            .fields
            .iter()
            .map(|(name, value)| match value.as_str() {
                Some(text) => format!("{name} = {}", text::cut(Text::new(text).as_str(), 60)),
                None => format!("{name} = {value}"),
            })
            .collect();
        say("content", &state.masked(&fields.join(" · ")), Role::Dim);
    }
    at.min(area.height)
}

fn row(canvas: &mut Canvas<'_>, area: Rect, at: u16, write: &WriteSummary, selected: bool) {
    let state = canvas.state;
    let (word, role) = word(write);
    let word = if state.actions.is_write_pending(&write.id) { "» asked" } else { word };
    let call = state.board.calls.get(&write.call);
    let whose = call.map_or_else(|| write.call.to_string(), |row| row.caller().to_owned());
    let whose = state.masked(&whose);
    let mut pen = canvas.line(area, at);
    let marked = state.marked_writes.contains(&write.id);
    pen.put(row_sign(selected, marked), Role::Key).cell(word, 14, role);
    pen.cell(&write.attempts.to_string(), 6, Role::Text);
    pen.cell(&age(seconds_between(write.created_at, state.hub_now())), 5, Role::Dim);
    pen.cell(&text::cut(write.title.as_str(), 29), 30, Role::Text);
    pen.put(&whose, Role::Text);
    let mut pen = canvas.line(area, at + 1);
    pen.put(if selected { "▌" } else { " " }, Role::Key).gap(2);
    match &write.problem {
        Some(problem) if !write.state.is_end() => {
            pen.put(problem.code.as_str(), Role::Bad).put(" ", Role::Dim);
            pen.put(problem.message.as_str(), Role::Text);
            if !problem.fields.is_empty() {
                let fields: Vec<&str> = problem.fields.iter().map(Text::as_str).collect();
                pen.put(&format!(" [{}]", fields.join(", ")), Role::Warning);
            }
            if let Some(advice) = &problem.advice {
                pen.put(&format!(" → {advice}"), Role::Dim);
            }
        }
        _ => {
            let record = write.record.as_ref().map(|record| format!(" {record}"));
            let by = write.operator.as_ref().map_or("automatic", |operator| operator.as_str());
            let when = clock(write.changed_at, &state.zone);
            let record = record.unwrap_or_default();
            pen.put(&format!("{}{record} · {by} · {when}", write.sobject), Role::Dim);
        }
    }
    if selected {
        let height = 2.min(area.height.saturating_sub(at));
        canvas.tint(Rect { y: area.y + at, height, ..area }, Role::Selected);
    }
}

/// A write in one line: state, title, whose it is (where that isn't plain), record, tries.
pub(super) fn line(
    canvas: &mut Canvas<'_>,
    area: Rect,
    at: u16,
    write: &WriteSummary,
    with_caller: bool,
) {
    let state = canvas.state;
    let (word, role) = word(write);
    let mut pen = canvas.line(area, at);
    pen.gap(1).put(word, role).gap(1).put(write.title.as_str(), Role::Text);
    if with_caller && let Some(row) = state.board.calls.get(&write.call) {
        pen.put(" · ", Role::Dim).put(&state.masked(&text::cut(row.caller(), 24)), Role::Strong);
    }
    if let Some(record) = &write.record {
        pen.put(&format!(" → {record}"), Role::Dim);
    }
    if write.attempts > 1 || !write.state.is_end() && write.attempts > 0 {
        let tries = if write.attempts == 1 { "try" } else { "tries" };
        pen.put(&format!(" · {} {tries}", write.attempts), Role::Dim);
    }
    if let Some(next) = write.next_at.filter(|_| !write.state.is_end()) {
        let left = seconds_between(state.hub_now(), next);
        if left >= 5 {
            pen.put(&format!(" · next in {}", age(left)), Role::Dim);
        }
    }
    if let Some(operator) = &write.operator {
        pen.put(&format!(" · {operator}"), Role::Dim);
    }
}

/// Where a write stands, with a mark, and how that looks.
fn word(write: &WriteSummary) -> (&'static str, Role) {
    match write.state {
        WriteState::Pending => ("… pending", Role::Text),
        WriteState::InFlight => ("→ on its way", Role::Text),
        WriteState::Retrying => ("↻ retrying", Role::Warning),
        WriteState::Held => ("= held", Role::Warning),
        WriteState::Failed => ("✗ FAILED", Role::Bad),
        // Nobody tells what became of it.
        WriteState::Delivered if write.unconfirmed => ("? unconfirmed", Role::Text),
        WriteState::Delivered => ("✓ delivered", Role::Good),
        WriteState::Superseded => ("· merged", Role::Dim),
        WriteState::Discarded => ("· discarded", Role::Dim),
    }
}
