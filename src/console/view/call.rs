//! One call: who, what they said with the words that count, why it is judged so, and where
//! Salesforce stands. The same panel below the list, beside it, and over the whole screen.

use std::ops::Range;

use ratatui::layout::Rect;

use super::{
    header::clock,
    ladder,
    live::{age_of, state_word},
    pen::{Canvas, Pen},
    urgency_role, writes,
};
use crate::{
    call::{Evidence, Line, MatchKind, Role as Speaker, Signal},
    console::{
        state::{CallRow, State, View},
        text::{self, age, seconds_between},
        theme::Role,
    },
    wire::{CallDetail, WriteState},
};

/// Columns of the time and the speaker before what was said.
const LEAD: u16 = 17;

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
        canvas.line(area, 0).gap(1).put("Select a call to see why it is judged so.", Role::Dim);
        return;
    };
    let Some(row) = state.board.calls.get(id) else {
        let text = "This write's call has left the board; the write itself stays until its end.";
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
        let used = 2 + facts(canvas, below(side, 2), row, detail);
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
    let used = 1 + 2 + facts(canvas, below(upper, 3), row, detail);
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
        _ => talk(canvas, area, row, detail),
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

/// What was said: its end, or where it is scrolled to; what came instead when nothing was.
fn talk(canvas: &mut Canvas<'_>, area: Rect, row: &CallRow, detail: Option<&CallDetail>) {
    match detail {
        None => {
            let text = if canvas.state.is_live() { "…" } else { "its words come with the hub" };
            canvas.line(area, 0).gap(1).put(text, Role::Dim);
        }
        Some(detail) if detail.lines.is_empty() && detail.partials.is_empty() => {
            let text = match &detail.summary_text {
                Some(summary) => canvas.state.masked(summary.as_str()),
                None if row.summary.state.is_live() => "Nothing has been said yet.".into(),
                None => {
                    "Nothing was said: no transcript and no summary came with this call.".into()
                }
            };
            paragraph(canvas, area, &text);
        }
        Some(detail) => transcript(canvas, area, detail),
    }
}

fn paragraph(canvas: &mut Canvas<'_>, area: Rect, text: &str) {
    let columns = usize::from(area.width.saturating_sub(2));
    for (line, range) in (0..area.height).zip(text::wrap(text, columns)) {
        canvas.line(area, line).gap(1).put(&text[range], Role::Text);
    }
}

/// A line as it is shown: the words that count stand in brackets, so that they are seen without
/// colour too.
struct Marked {
    text: String,
    /// Places of the words that count.
    words: Vec<Range<usize>>,
}

impl Marked {
    /// What a hub says of places is not believed blindly: each must lie within the text, between
    /// characters, and not overlap the one before.
    fn of(state: &State, line: &Line, id: Option<usize>, detail: &CallDetail) -> Self {
        let spoken = line.text.as_str();
        let mut places: Vec<(usize, usize)> = detail
            .assessment
            .evidence
            .iter()
            .filter(|evidence| Some(evidence.line) == id && !evidence.retracted)
            .map(|evidence| (evidence.start, evidence.end))
            .filter(|(start, end)| start < end && spoken.get(*start..*end).is_some())
            .collect();
        places.sort_unstable();
        let (mut text, mut words, mut at) = (String::new(), Vec::new(), 0);
        for (start, end) in places {
            if start < at {
                continue;
            }
            text.push_str(&state.masked(&spoken[at..start]));
            text.push('[');
            let from = text.len();
            text.push_str(&state.masked(&spoken[start..end]));
            words.push(from..text.len());
            text.push(']');
            at = end;
        }
        text.push_str(&state.masked(&spoken[at..]));
        if id.is_none() {
            text.push_str(" …");
        }
        Self { text, words }
    }

    /// Writes one row of it.
    fn write(&self, pen: &mut Pen<'_>, row: Range<usize>, plain: Role) {
        let mut at = row.start;
        for word in &self.words {
            let (start, end) = (word.start.max(row.start), word.end.min(row.end));
            if start < end {
                pen.put(&self.text[at..start], plain).put(&self.text[start..end], Role::Evidence);
                at = end;
            }
        }
        pen.put(&self.text[at..row.end], plain);
    }
}

/// The latest lines that fit, or those before the place it is scrolled to.
fn transcript(canvas: &mut Canvas<'_>, area: Rect, detail: &CallDetail) {
    let up = canvas.state.transcript_up;
    let columns = usize::from(area.width.saturating_sub(LEAD + 1));
    let finals = detail.lines.len().saturating_sub(up);
    let partials = detail.partials.iter().filter(|_| up == 0).map(|line| (None, line));
    let spoken = detail.lines[..finals].iter().enumerate().map(|(id, line)| (Some(id), line));
    // From the end upwards, no more than there is room for.
    let mut fitting = Vec::new();
    let mut room = usize::from(area.height);
    for (id, line) in partials.rev().chain(spoken.rev()) {
        if room == 0 {
            break;
        }
        let marked = Marked::of(canvas.state, line, id, detail);
        let mut rows = text::wrap(&marked.text, columns);
        // The oldest line may show only its end.
        rows.drain(..rows.len().saturating_sub(room));
        room -= rows.len();
        fitting.push((plain(id, line), line, marked, rows));
    }
    let mut at = 0;
    for (plain, line, marked, rows) in fitting.into_iter().rev() {
        lead(canvas, area, at, line);
        for row in rows {
            let mut pen = canvas.line(area, at);
            pen.to(area.x + LEAD);
            marked.write(&mut pen, row, plain);
            at += 1;
        }
    }
    if up > 0 {
        let text = format!("{up} lines further down ↓");
        let mut pen = canvas.line(area, area.height.saturating_sub(1));
        pen.leave(u16::try_from(text.chars().count() + 1).unwrap_or(0)).put(&text, Role::Key);
    }
}

/// How a line's plain words look; those still being recognised have no number yet.
fn plain(id: Option<usize>, line: &Line) -> Role {
    match (id, line.role) {
        (None, _) => Role::Dim,
        (_, Speaker::Caller) => Role::Caller,
        (_, Speaker::Agent) => Role::Agent,
    }
}

/// When it was said, and by whom.
fn lead(canvas: &mut Canvas<'_>, area: Rect, at: u16, line: &Line) {
    let (who, role) = match line.role {
        Speaker::Caller => ("caller", Role::Strong),
        Speaker::Agent => ("agent", Role::Dim),
    };
    let time = line.at.to_zoned(canvas.state.zone.clone()).strftime("%H:%M:%S").to_string();
    canvas.line(area, at).gap(1).put(&time, Role::Dim).gap(1).put(who, role);
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
    let callback = match row.owed() {
        Some(due) => {
            let left = seconds_between(state.hub_now(), due);
            if left < 0 {
                (format!("LATE {}", age(-left)), Role::Bad)
            } else {
                (format!("due {} (in {})", clock(due, &state.zone), age(left)), Role::Warning)
            }
        }
        None => ("—".to_owned(), Role::Dim),
    };
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

/// What is known beside the words; returns the lines it took.
fn facts(canvas: &mut Canvas<'_>, area: Rect, row: &CallRow, detail: Option<&CallDetail>) -> u16 {
    let Some(detail) = detail else { return 0 };
    let call = &row.summary;
    let bant = detail.assessment.bant;
    let mut lines: Vec<(&str, String)> = Vec::new();
    let flags = [
        ("budget", bant.budget),
        ("authority", bant.authority),
        ("need", bant.need),
        ("timeline", bant.timeline),
    ]
    .map(|(name, holds)| format!("{name} {}", if holds { "✓" } else { "—" }));
    lines.push(("score", format!("{} of 100: {}", call.score, flags.join(" · "))));
    let owner = call.owner.as_ref().map_or("nobody", |owner| owner.as_str());
    let proposal = match (&call.owner, &call.proposal) {
        (None, Some(to)) => format!(" (r proposes {to})"),
        _ => String::new(),
    };
    lines.push(("owner", format!("{owner}{proposal}")));
    let place = [&detail.address, &detail.email].into_iter().flatten();
    let place: Vec<String> =
        place.map(|text| canvas.state.masked(text.as_str()).into_owned()).collect();
    if !place.is_empty() {
        lines.push(("where", place.join(" · ")));
    }
    if let Some(reason) = &detail.end_reason {
        lines.push(("ended", reason.to_string()));
    }
    let found: Vec<String> =
        detail.records.iter().map(|record| record.sobject.to_string()).collect();
    let known = match call.known {
        Some(MatchKind::Contact) => "a customer: Contact",
        Some(MatchKind::Lead) => "an open Lead",
        Some(MatchKind::Nobody) => "nobody knew them",
        None => "not looked up yet",
    };
    let found =
        if found.is_empty() { String::new() } else { format!(" · has {}", found.join(", ")) };
    lines.push(("match", format!("{known}{found}")));
    for action in detail.actions.iter().rev().take(3) {
        let when = clock(action.at, &canvas.state.zone);
        lines.push((
            "done",
            format!("{when} {} {}", action.operator, canvas.state.masked(action.what.as_str())),
        ));
    }
    let mut used = 0;
    for (line, (name, text)) in (0..area.height).zip(lines) {
        canvas.line(area, line).gap(1).cell(name, 7, Role::Dim).put(&text, Role::Text);
        used = line + 1;
    }
    used
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
