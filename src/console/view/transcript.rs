//! What was said, with the words that count in brackets.

use std::ops::Range;

use ratatui::layout::Rect;

use super::{
    call::Drawn,
    pen::{Canvas, Pen},
};
use crate::{
    call::{Line, Role as Speaker},
    console::{
        state::{CallRow, State},
        text,
        theme::Role,
    },
    wire::CallDetail,
};

/// Columns of the time and the speaker before what was said.
const LEAD: u16 = 17;

/// What was said: its end, or where it is scrolled to; what came instead when nothing was.
pub(super) fn draw(
    canvas: &mut Canvas<'_>,
    area: Rect,
    row: &CallRow,
    detail: Option<&CallDetail>,
) -> Drawn {
    match detail {
        None => {
            let text = if canvas.state.is_live() { "…" } else { "its words come with the hub" };
            canvas.line(area, 0).gap(1).put(text, Role::Dim);
            Drawn { lines: 1, earlier: 0 }
        }
        Some(detail) if detail.lines.is_empty() && detail.partials.is_empty() => {
            let text = match &detail.summary_text {
                Some(summary) => canvas.state.masked(summary.as_str()),
                None if row.summary.state.is_live() => "Nothing has been said yet.".into(),
                None => {
                    "Nothing was said: no transcript and no summary came with this call.".into()
                }
            };
            paragraph(canvas, area, &text)
        }
        Some(detail) => transcript(canvas, area, detail),
    }
}

fn paragraph(canvas: &mut Canvas<'_>, area: Rect, text: &str) -> Drawn {
    let columns = usize::from(area.width.saturating_sub(2));
    let mut lines = 0;
    for (line, range) in (0..area.height).zip(text::wrap(text, columns)) {
        canvas.line(area, line).gap(1).put(&text[range], Role::Text);
        lines = line + 1;
    }
    Drawn { lines, earlier: 0 }
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
            .filter(|evidence| Some(evidence.line()) == id && !evidence.retracted)
            .map(|evidence| (evidence.span().start, evidence.span().end))
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
fn transcript(canvas: &mut Canvas<'_>, area: Rect, detail: &CallDetail) -> Drawn {
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
    let partials = if up == 0 { detail.partials.len() } else { 0 };
    let earlier = (finals + partials).saturating_sub(fitting.len());
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
    Drawn { lines: at, earlier }
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
