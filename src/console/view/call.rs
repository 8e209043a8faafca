//! One call: who, what they said with the words that count, why it is judged so, and where
//! Salesforce stands. The same panel below the list, beside it, and over the whole screen.

use ratatui::layout::Rect;

use super::{
    facts,
    header::clock,
    ladder,
    live::{age_of, state_word},
    pen::Canvas,
    transcript, urgency_role, writes,
};
use crate::{
    call::{Evidence, MatchKind, Signal},
    console::{
        state::{CallRow, View},
        text::{self, age},
        theme::Role,
    },
    wire::{CallDetail, WriteState},
};

pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect) {
    if area.is_empty() {
        return;
    }
    let state = canvas.state;
    if state.view == View::Writes && !state.opened {
        let used = writes::panel(canvas, area);
        let rest = below(area, used);
        if used > 0 && rest.height >= 8 {
            canvas.rule(Rect { height: 1, ..rest }, "its call");
            one(canvas, below(rest, 1));
        }
        return;
    }
    one(canvas, area);
}

fn one(canvas: &mut Canvas<'_>, area: Rect) {
    let state = canvas.state;
    let Some(id) = state.call_in_sight() else {
        let text = match (state.view, state.log.selected()) {
            (View::Log, Some(_)) => "This was done to no call.",
            _ => "Select a call to see why it is judged so.",
        };
        canvas.line(area, 0).gap(1).put(text, Role::Dim);
        return;
    };
    let Some(row) = state.board.calls.get(id) else {
        let text = if state.view == View::Writes {
            "This write's call has left the board; the write itself stays until its end."
        } else {
            "This call has left the board; `callboard log` and the API still know of it."
        };
        canvas.line(area, 0).gap(1).put(text, Role::Dim);
        return;
    };
    let detail = state.detail_of(id);
    title(canvas, area, row, detail);
    if area.width >= 140 {
        let right = area.width * 2 / 5;
        let left =
            Rect { width: area.width - right - 1, y: area.y + 1, height: area.height - 1, ..area };
        let wall = Rect { x: left.right(), width: 1, ..left };
        let side = Rect { x: wall.right() + 1, width: right.saturating_sub(1), ..left };
        canvas.wall(wall);
        words_or_ladder(canvas, below(left, 1), row, detail);
        why(canvas, Rect { height: 2.min(side.height), ..side }, row, detail);
        let used = 2 + facts::draw(canvas, below(side, 2), row, detail);
        let rest = below(side, used + 1);
        // Where there is room for both, what happened stands beside what was said.
        let both = !state.ladder && detail.is_some() && rest.height > wanted_rows(detail) + 6;
        // A write may need a line more for the advice.
        let writes = (wanted_rows(detail) + 4).min(rest.height / 2);
        let (upper, lower) = split(rest, if both { writes } else { rest.height });
        salesforce(canvas, upper, detail);
        if let Some(detail) = detail.filter(|_| both) {
            canvas.rule(Rect { height: 1, ..lower }, "What happened");
            ladder::draw(canvas, below(lower, 1), detail, 0);
        }
        return;
    }
    if area.height < 12 {
        // Little room: the last words, and why.
        let why_rows = if area.height >= 9 { 2 } else { 1 };
        let (words, rest) = split(below(area, 1), area.height - 1 - why_rows);
        words_or_ladder(canvas, words, row, detail);
        why(canvas, rest, row, detail);
        return;
    }
    let wanted = wanted_rows(detail).min(area.height / 3);
    let (upper, lower) = split(area, area.height - wanted);
    let used = 1 + 2 + facts::draw(canvas, below(upper, 3), row, detail);
    why(canvas, Rect { height: 2, ..below(upper, 1) }, row, detail);
    let words = below(upper, used);
    let title = if state.ladder { "What happened" } else { "Transcript" };
    canvas.rule(Rect { height: 1, ..words }, title);
    words_or_ladder(canvas, below(words, 1), row, detail);
    salesforce(canvas, lower, detail);
}

/// What was said or, if the operator wishes, all that happened.
fn words_or_ladder(
    canvas: &mut Canvas<'_>,
    area: Rect,
    row: &CallRow,
    detail: Option<&CallDetail>,
) {
    match detail {
        Some(detail) if canvas.state.ladder => {
            ladder::draw(canvas, area, detail, canvas.state.transcript_up);
        }
        _ => transcript::draw(canvas, area, row, detail),
    }
}

/// The first `rows` of `area`, and the rest.
fn split(area: Rect, rows: u16) -> (Rect, Rect) {
    let rows = rows.min(area.height);
    (Rect { height: rows, ..area }, below(area, rows))
}

fn below(area: Rect, used: u16) -> Rect {
    let used = used.min(area.height);
    Rect { y: area.y + used, height: area.height - used, ..area }
}

/// Who it is, what they are to us, what Salesforce has of them.
fn title(canvas: &mut Canvas<'_>, area: Rect, row: &CallRow, detail: Option<&CallDetail>) {
    let state = canvas.state;
    let call = &row.summary;
    let (word, role) = state_word(call.state, call.stale);
    let level = call.urgency.level();
    let mut pen = canvas.line(area, 0);
    pen.gap(1).put(&format!("{level} {}", call.rating), urgency_role(level)).gap(1);
    pen.put(&state.masked(row.caller()), Role::Strong);
    if call.name.is_some() && !row.number.is_empty() {
        pen.put(" · ", Role::Dim).put(&state.masked(&row.number), Role::Text);
    }
    pen.put(" · ", Role::Dim).put(word, role).gap(1).put(&age(age_of(state, row)), Role::Text);
    if let Some(claim) = state.claim_on(row) {
        let mine = state.claimed_by_another(row).is_none();
        let text = format!("@{} until {}", claim.operator, clock(claim.until, &state.zone));
        pen.put(" · ", Role::Dim).put(&text, if mine { Role::Strong } else { Role::Warning });
    }
    let who = match call.known {
        Some(MatchKind::Contact) => " · customer ★",
        Some(MatchKind::Lead) => " · open Lead",
        Some(MatchKind::Nobody) => " · new caller",
        None => "",
    };
    pen.put(who, Role::Dim);
    for record in detail.into_iter().flat_map(|detail| &detail.records).take(2) {
        let short = shorten(record.id.as_str());
        let url = record.url.as_ref().map_or("", |url| url.as_str());
        pen.put(" → ", Role::Dim);
        pen.link(&format!("{} {short}", record.sobject), Role::Good, url);
    }
    if let Some(recording) = detail.and_then(|detail| detail.recording.as_ref()) {
        pen.put(" · ", Role::Dim).link("recording ↗", Role::Dim, recording.as_str());
    }
}

/// `00Q…EAN`: enough of a record's id to tell it from others.
fn shorten(id: &str) -> String {
    let count = id.chars().count();
    if count <= 9 {
        return id.to_owned();
    }
    let head: String = id.chars().take(3).collect();
    let tail: String = id.chars().skip(count - 3).collect();
    format!("{head}…{tail}")
}

/// Why it is judged so, in the words that were said.
fn why(canvas: &mut Canvas<'_>, area: Rect, row: &CallRow, detail: Option<&CallDetail>) {
    let call = &row.summary;
    let level = call.urgency.level();
    let state = canvas.state;
    let said = |signal: Signal| -> Vec<&str> {
        let evidence = detail.map_or(&[][..], |detail| &detail.assessment.evidence);
        let fits = |e: &&Evidence| e.signal == signal && !e.retracted;
        let mut words: Vec<&str> = evidence.iter().filter(fits).map(|e| e.words.as_str()).collect();
        words.dedup();
        words.truncate(5);
        words
    };
    let urgent = said(Signal::Urgency);
    let reasons = match (urgent.is_empty(), level) {
        (false, _) => state.masked(&urgent.join(" · ")).into_owned(),
        (true, 1) => "nothing urgent was said".to_owned(),
        (true, _) if detail.is_none() => "…".to_owned(),
        (true, _) => "no single word; see the transcript".to_owned(),
    };
    let callback = facts::promise(state, row);
    let service = call.service.as_ref().map_or("—", |service| service.0.as_str());
    let budget = match call.budget {
        Some(amount) => amount.to_string(),
        None if detail.is_some_and(|detail| detail.assessment.bant.budget) => "yes".to_owned(),
        None => "—".to_owned(),
    };
    let line = if area.height >= 2 { 1 } else { 0 };
    let mut pen = canvas.line(area, 0);
    pen.gap(1).put(&format!("why {level}: "), urgency_role(level)).put(&reasons, Role::Text);
    if line == 0 {
        // One line for both: what was promised stands at its end if the reasons leave room.
        let left = usize::from(pen.left());
        let long = format!("  callback {} · service {service} · budget {budget} ", callback.0);
        let short = format!("  callback {} · {service} · {budget} ", callback.0);
        if let Some(text) = [long, short].into_iter().find(|text| text::width(text) <= left) {
            let wide = u16::try_from(text::width(&text)).unwrap_or(u16::MAX);
            pen.leave(wide).put(&text, Role::Dim);
        }
        return;
    }
    let mut pen = canvas.line(area, 1);
    pen.gap(1).put("callback ", Role::Dim).put(&callback.0, callback.1);
    pen.put(" · service ", Role::Dim).put(service, Role::Text);
    pen.put(" · budget ", Role::Dim).put(&budget, Role::Text);
    pen.put(&format!(" · score {}", call.score), Role::Dim);
}

fn wanted_rows(detail: Option<&CallDetail>) -> u16 {
    let writes = detail.map_or(0, |detail| {
        detail.writes.iter().map(|write| 1 + u16::from(write.summary.problem.is_some())).sum()
    });
    2u16.saturating_add(writes)
}

/// What went to Salesforce for this call, and what became of it.
fn salesforce(canvas: &mut Canvas<'_>, area: Rect, detail: Option<&CallDetail>) {
    if area.is_empty() {
        return;
    }
    canvas.rule(Rect { height: 1, ..area }, "Salesforce");
    let Some(detail) = detail else { return };
    if detail.writes.is_empty() {
        canvas.line(area, 1).gap(1).put("Nothing to write for this call yet.", Role::Dim);
        return;
    }
    let mut line = 1;
    // The latest matter most; what waits for somebody matters more.
    let mut writes: Vec<_> = detail.writes.iter().collect();
    writes.sort_by_key(|write| {
        (write.summary.state != WriteState::Failed, std::cmp::Reverse(write.summary.changed_at))
    });
    for write in writes {
        if line >= area.height {
            break;
        }
        writes::line(canvas, area, line, &write.summary, false);
        line += 1;
        if let Some(problem) = &write.summary.problem
            && !write.summary.state.is_end()
        {
            let text = format!("{}: {}", problem.code, problem.message);
            canvas.line(area, line).gap(3).put(&text, Role::Bad);
            line += 1;
            if let Some(advice) = &problem.advice {
                canvas.line(area, line).gap(3).put(&format!("→ {advice}"), Role::Text);
                line += 1;
            }
        }
    }
}
