//! One call: who, what they said with the words that count, why it is judged so, and where
//! Salesforce stands. The same panel below the list, beside it, and over the whole screen.

use ratatui::layout::Rect;

use super::{
    facts,
    header::clock,
    ladder,
    live::{age_of, state_word},
    pen::Canvas,
    remarks, transcript, urgency_role, writes,
};
use crate::{
    call::{Evidence, MatchKind, Signal},
    console::{
        state::{CallRow, State, View},
        text::{self, age},
        theme::Role,
    },
    wire::{CallDetail, WriteState},
};

/// From this many lines what happened stands below what was said.
const ROOM_FOR_BOTH: u16 = 8;

/// How much of something long was drawn.
#[derive(Clone, Copy, Default)]
pub(super) struct Drawn {
    /// The lines it took.
    pub(super) lines: u16,
    /// What stands above it, out of sight.
    pub(super) earlier: usize,
}

pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect) {
    if area.is_empty() {
        return;
    }
    let state = canvas.state;
    if state.view == View::Writes && !state.opened {
        let used = writes::panel(canvas, area);
        let rest = below(area, used);
        if used > 0 && rest.height >= 8 {
            canvas.rule(Rect { height: 1, ..rest }, "Its call");
            one(canvas, below(rest, 1));
        }
        return;
    }
    one(canvas, area);
}

fn one(canvas: &mut Canvas<'_>, area: Rect) {
    let state = canvas.state;
    let Some(id) = state.call_in_sight() else {
        // A list with nothing in it says itself what to do.
        if state.view == View::Log && state.log.selected().is_some() {
            canvas.line(area, 0).gap(1).put("This was done to no call.", Role::Dim);
        }
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
    let area = below(area, remark(canvas, area, row));
    if area.width >= 140 {
        let right = area.width * 2 / 5;
        let left =
            Rect { width: area.width - right - 1, y: area.y + 1, height: area.height - 1, ..area };
        let wall = Rect { x: left.right(), width: 1, ..left };
        let side = Rect { x: wall.right() + 1, width: right.saturating_sub(1), ..left };
        canvas.wall(wall);
        spoken(canvas, left, row, detail);
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
    let used = spoken(canvas, words, row, detail);
    // A short call leaves room for what happened.
    let rest = below(words, used + 1);
    if let Some(detail) = detail.filter(|_| !state.ladder && rest.height >= ROOM_FOR_BOTH) {
        canvas.rule(Rect { height: 1, ..rest }, "What happened");
        ladder::draw(canvas, below(rest, 1), detail, 0);
    }
    salesforce(canvas, lower, detail);
}

/// What is to be known before anything else, in a line below the title; returns whether there is.
fn remark(canvas: &mut Canvas<'_>, area: Rect, row: &CallRow) -> u16 {
    let Some(remark) = remarks::whole(canvas.state, row).filter(|_| area.height > 3) else {
        return 0;
    };
    canvas.line(area, 1).gap(1).put(&remark, Role::Warning);
    1
}

/// What was said or all that happened, below a title that tells how much of it stands above what
/// is in sight; returns the lines it took.
fn spoken(canvas: &mut Canvas<'_>, area: Rect, row: &CallRow, detail: Option<&CallDetail>) -> u16 {
    let drawn = words_or_ladder(canvas, below(area, 1), row, detail);
    let name = if canvas.state.ladder { "What happened" } else { "Transcript" };
    let title = match drawn.earlier {
        0 => name.to_owned(),
        earlier => format!("{name} · {earlier} earlier ↑"),
    };
    canvas.rule(Rect { height: 1.min(area.height), ..area }, &title);
    drawn.lines + 1
}

/// What was said or, if the operator wishes, all that happened.
fn words_or_ladder(
    canvas: &mut Canvas<'_>,
    area: Rect,
    row: &CallRow,
    detail: Option<&CallDetail>,
) -> Drawn {
    match detail {
        Some(detail) if canvas.state.ladder => {
            ladder::draw(canvas, area, detail, canvas.state.transcript_up)
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

/// Who it is, what they are to us, what Salesforce has of them; in fewer words where not all fit.
pub(super) fn title(
    canvas: &mut Canvas<'_>,
    area: Rect,
    row: &CallRow,
    detail: Option<&CallDetail>,
) {
    let room = usize::from(area.width.saturating_sub(1));
    let wide =
        |pieces: &[Piece]| pieces.iter().map(|piece| text::width(&piece.text)).sum::<usize>();
    let pieces = [Brevity::Whole, Brevity::Brief]
        .into_iter()
        .map(|brevity| pieces(canvas.state, row, detail, brevity))
        .find(|pieces| wide(pieces) <= room)
        .unwrap_or_else(|| pieces(canvas.state, row, detail, Brevity::Briefest));
    let mut pen = canvas.line(area, 0);
    pen.gap(1);
    for piece in pieces {
        pen.link(&piece.text, piece.role, &piece.url);
    }
}

/// How much of the title is said.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Brevity {
    Whole,
    /// Records by their kind alone.
    Brief,
    /// Without what the row above says too.
    Briefest,
}

/// A piece of the title: where it leads if it is a link.
struct Piece {
    text: String,
    role: Role,
    url: String,
}

fn pieces(
    state: &State,
    row: &CallRow,
    detail: Option<&CallDetail>,
    brevity: Brevity,
) -> Vec<Piece> {
    let call = &row.summary;
    let (word, doing) = state_word(call.state, call.stale);
    let level = call.urgency.level();
    let mut pieces = Vec::new();
    let mut say = |text: String, role, url: &str| {
        pieces.push(Piece { text, role, url: url.to_owned() });
    };
    say(format!("{level} {} ", call.rating), urgency_role(level), "");
    say(state.masked(row.caller()).into_owned(), Role::Strong, "");
    if call.name.is_some() && !row.number.is_empty() {
        say(format!(" · {}", state.masked(&row.number)), Role::Text, "");
    }
    if brevity < Brevity::Briefest {
        say(" · ".to_owned(), Role::Dim, "");
        say(format!("{word} {}", age(age_of(state, row))), doing, "");
    }
    if let Some(claim) = state.claim_on(row) {
        let mine = state.claimed_by_another(row).is_none();
        let text = format!(" · @{} until {}", claim.operator, clock(claim.until, &state.zone));
        say(text, if mine { Role::Strong } else { Role::Warning }, "");
    }
    let records = detail.map_or(&[][..], |detail| &detail.records);
    let who = match call.known {
        Some(MatchKind::Contact) => " · customer ★",
        Some(MatchKind::Lead) => " · open Lead",
        Some(MatchKind::Nobody) => " · new caller",
        None => "",
    };
    // What they were before the call is told by their record's kind well enough.
    if brevity == Brevity::Whole || records.is_empty() {
        say(who.to_owned(), Role::Dim, "");
    }
    let most = if brevity == Brevity::Briefest { 1 } else { 2 };
    for record in records.iter().take(most) {
        let url = record.url.as_ref().map_or("", |url| url.as_str());
        let id = match brevity {
            Brevity::Whole => format!(" {}", shorten(record.id.as_str())),
            _ => String::new(),
        };
        say(" → ".to_owned(), Role::Dim, "");
        say(format!("{}{id}", record.sobject), Role::Good, url);
    }
    if let Some(recording) = detail.and_then(|detail| detail.recording.as_ref()) {
        say(" · ".to_owned(), Role::Dim, "");
        say("recording ↗".to_owned(), Role::Dim, recording.as_str());
    }
    pieces
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
pub(super) fn why(canvas: &mut Canvas<'_>, area: Rect, row: &CallRow, detail: Option<&CallDetail>) {
    let call = &row.summary;
    let level = call.urgency.level();
    let state = canvas.state;
    let reasons = reasons(state, row, detail);
    let callback = facts::promise(state, row);
    let service = call.service.as_ref().map(|service| service.0.as_str());
    let budget = match call.budget {
        Some(amount) => Some(amount.to_string()),
        None => detail.filter(|it| it.assessment.bant.budget).map(|_| "yes".to_owned()),
    };
    if area.height < 2 {
        // One line for both: what was promised has its place first, reasons may be cut.
        let promised = row.summary.callback.as_ref().map(|_| format!("callback {}", callback.0));
        let budget = budget.map(|budget| format!("budget {budget}"));
        let known = [promised, service.map(str::to_owned), budget];
        let known = known.into_iter().flatten().collect::<Vec<_>>().join(" · ");
        let room = usize::from(area.width).saturating_sub(text::width(&known) + 4);
        let head = format!("why {level}: ");
        let shown = text::cut(&reasons, room.saturating_sub(head.len())).into_owned();
        let wide = u16::try_from(text::width(&known) + 1).unwrap_or(u16::MAX);
        let columns = u16::try_from(text::width(&shown)).unwrap_or(u16::MAX);
        let mut pen = canvas.line(area, 0);
        pen.gap(1).put(&head, urgency_role(level)).cell(&shown, columns, Role::Text);
        pen.leave(wide).put(&known, Role::Dim);
        return;
    }
    canvas
        .line(area, 0)
        .gap(1)
        .put(&format!("why {level}: "), urgency_role(level))
        .put(&reasons, Role::Text);
    let mut pen = canvas.line(area, 1);
    pen.gap(1).put("callback ", Role::Dim).put(&callback.0, callback.1);
    for (name, known) in [("service", service), ("budget", budget.as_deref())] {
        if let Some(known) = known {
            pen.put(&format!(" · {name} "), Role::Dim).put(known, Role::Text);
        }
    }
}

/// The words that made it urgent; what is needed where none did.
fn reasons(state: &State, row: &CallRow, detail: Option<&CallDetail>) -> String {
    let Some(detail) = detail else { return "…".to_owned() };
    let evidence = &detail.assessment.evidence;
    let said = |signal: Signal| -> Vec<&str> {
        let counts = |it: &&Evidence| it.signal == signal && !it.retracted;
        // What lies within longer words of the same kind is said by them.
        let within = |it: &Evidence| {
            evidence.iter().filter(counts).any(|other| {
                let (other, it) = ((other.line(), other.span()), (it.line(), it.span()));
                other.0 == it.0
                    && other.1.start <= it.1.start
                    && it.1.end <= other.1.end
                    && other.1.len() > it.1.len()
            })
        };
        let alone = evidence.iter().filter(counts).filter(|it| !within(it));
        let mut words: Vec<&str> = alone.map(Evidence::words).collect();
        words.dedup();
        words.truncate(5);
        words
    };
    let urgent = said(Signal::Urgency);
    if !urgent.is_empty() {
        return state.masked(&urgent.join(" · ")).into_owned();
    }
    let needed = said(Signal::Need);
    match row.summary.urgency.level() {
        1 => "nothing urgent was said".to_owned(),
        _ if needed.is_empty() => "no single word; see the transcript".to_owned(),
        _ => format!("no hurry; need: {}", state.masked(&needed.join(" · "))),
    }
}

fn wanted_rows(detail: Option<&CallDetail>) -> u16 {
    let writes = detail.map_or(0, |detail| {
        detail.writes.iter().map(|write| 1 + u16::from(write.summary.problem.is_some())).sum()
    });
    2u16.saturating_add(writes)
}

/// What went to Salesforce for this call, and what became of it.
fn salesforce(canvas: &mut Canvas<'_>, area: Rect, detail: Option<&CallDetail>) {
    let nothing = detail.is_none_or(|detail| detail.writes.is_empty());
    if area.is_empty() || nothing && !canvas.state.writes_calls() {
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
