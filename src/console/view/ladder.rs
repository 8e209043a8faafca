//! What happened to a call, in order: what came in, what was made of it, who did what, and what
//! went out to Salesforce and came back. As a ladder: people on the left, Salesforce on the right.

use jiff::Timestamp;
use ratatui::layout::Rect;

use super::{call::Drawn, facts, pen::Canvas};
use crate::{
    call::{Evidence, Role as Speaker, Signal},
    console::theme::Role,
    wire::{CallDetail, WriteDetail},
};

/// Columns for who is on the left.
const WHO: u16 = 12;
/// What goes out.
const OUT: &str = "──▶ Salesforce  ";
/// Below this width all of that is shorter.
const NARROW: u16 = 70;
const WHO_NARROW: u16 = 6;
const OUT_NARROW: &str = "──▶ SF ";

/// One step.
struct Step {
    at: Timestamp,
    /// Steps of one moment stand in this order.
    rank: u8,
    who: String,
    sign: &'static str,
    text: String,
    role: Role,
}

/// Draws the end of the ladder, or what stands `up` steps above it.
pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, detail: &CallDetail, up: usize) -> Drawn {
    let steps = steps(canvas, detail);
    let shown = steps.len().saturating_sub(up);
    let first = shown.saturating_sub(usize::from(area.height));
    let zone = canvas.state.zone.clone();
    let narrow = area.width < NARROW;
    let who = if narrow { WHO_NARROW } else { WHO };
    let mut lines = 0;
    for (line, step) in (0..area.height).zip(&steps[first..shown]) {
        lines = line + 1;
        let time = step.at.to_zoned(zone.clone()).strftime("%H:%M:%S").to_string();
        let mut pen = canvas.line(area, line);
        pen.gap(1).put(&time, Role::Dim).gap(1);
        if step.who.is_empty() {
            pen.gap(who + 4);
        } else {
            pen.right(&step.who, who, Role::Strong).put(" ──▶", Role::Dim);
        }
        let sign = if narrow && step.sign == OUT { OUT_NARROW } else { step.sign };
        pen.put("│ ", Role::Dim).put(sign, Role::Dim).put(&step.text, step.role);
    }
    Drawn { lines, earlier: first }
}

fn steps(canvas: &Canvas<'_>, detail: &CallDetail) -> Vec<Step> {
    let state = canvas.state;
    let call = &detail.summary;
    let mut steps = Vec::new();
    let mut add = |at, rank, who: &str, sign, text: String, role| {
        steps.push(Step { at, rank, who: who.to_owned(), sign, text, role });
    };
    add(call.began_at, 0, "caller", "", "the call begins".to_owned(), Role::Text);
    if let Some(at) = call.answered_at.filter(|at| *at != call.began_at) {
        add(at, 1, "agent", "", "answers".to_owned(), Role::Text);
    }
    for (at, signal, words) in heard(detail) {
        let name = signal_word(signal);
        let text = format!("{name}: {}", state.masked(&words));
        let role = if signal == Signal::Urgency { Role::Warning } else { Role::Text };
        add(at, 2, "caller", "", text, role);
    }
    for action in &detail.actions {
        let what = state.masked(action.what.as_str()).into_owned();
        add(action.at, 3, action.operator.as_str(), "", what, Role::Notice);
    }
    for write in &detail.writes {
        of_write(write, &mut add);
    }
    if let Some(at) = call.ended_at {
        let why = detail.end_reason.as_ref().map(|why| format!(": {}", facts::in_words(why)));
        let why = why.unwrap_or_default();
        add(at, 9, "caller", "", format!("the call ends{why}"), Role::Text);
    }
    steps.sort_by_key(|step| (step.at, step.rank));
    steps
}

/// A write from its wish to its end: every try, and what Salesforce said.
fn of_write(
    write: &WriteDetail,
    add: &mut impl FnMut(Timestamp, u8, &str, &'static str, String, Role),
) {
    let summary = &write.summary;
    let title = summary.title.as_str();
    if write.attempts.is_empty() {
        let text = format!("{title}, not sent yet");
        add(summary.created_at, 5, "", "… ", text, Role::Dim);
    }
    for attempt in &write.attempts {
        let took = format!("{} ms", attempt.milliseconds);
        let (text, role) = match (&attempt.problem, attempt.status) {
            (Some(problem), _) if problem.is_choice() => {
                (format!("{title} ? asks which record is meant: {}", problem.code), Role::Warning)
            }
            (Some(problem), 0) if is_silence(problem.code.as_str()) => {
                (format!("{title} ✗ no answer in {took}: {}", problem.code), Role::Bad)
            }
            (Some(problem), 0) => (format!("{title} ✗ in {took}: {}", problem.code), Role::Bad),
            (Some(problem), status) => {
                (format!("{title} ✗ {status} in {took}: {}", problem.code), Role::Bad)
            }
            (None, status) => {
                let record = summary.record.as_ref().map(|record| format!(" {record}"));
                // What went out together has one status, and it may be another part's.
                let status = if status < 300 { format!(" {status}") } else { String::new() };
                (format!("{title} ✓{status} in {took}{}", record.unwrap_or_default()), Role::Good)
            }
        };
        add(attempt.at, 6, "", OUT, text, role);
    }
    if summary.state == crate::wire::WriteState::Discarded {
        let by = summary.operator.as_ref().map_or("", |operator| operator.as_str());
        add(summary.changed_at, 7, by, "", format!("gave up: {title}"), Role::Warning);
    }
}

/// Whether nobody answered; else it is the hub's own word that has no status.
fn is_silence(code: &str) -> bool {
    matches!(code, "TIMEOUT" | "CONNECTION_LOST" | "UNREACHABLE" | "INTERRUPTED")
}

/// What was heard in each line, by signal: the words, at the moment they were said.
fn heard(detail: &CallDetail) -> Vec<(Timestamp, Signal, String)> {
    let mut heard: Vec<(usize, Signal, Vec<&str>)> = Vec::new();
    let counts = |evidence: &&Evidence| !evidence.retracted && !is_said_with(detail, evidence);
    for evidence in detail.assessment.evidence.iter().filter(counts) {
        let words = evidence.words();
        let same = |(line, signal, _): &&mut (usize, Signal, Vec<&str>)| {
            *line == evidence.line() && *signal == evidence.signal
        };
        match heard.iter_mut().find(same) {
            Some((.., known)) if known.contains(&words) => {}
            Some((.., known)) => known.push(words),
            None => heard.push((evidence.line(), evidence.signal, vec![words])),
        }
    }
    let told = |(line, signal, words): (usize, Signal, Vec<&str>)| {
        let line = detail.lines.get(line)?;
        // The agent's own words count for nothing but what they confirm.
        let by = if line.role == Speaker::Agent { " (agent)" } else { "" };
        Some((line.at, signal, format!("{}{by}", words.join(" · "))))
    };
    heard.into_iter().filter_map(told).collect()
}

/// Whether "don't call me" is told already as a part of "don't call me again".
fn is_said_with(detail: &CallDetail, evidence: &Evidence) -> bool {
    let forbids = |other: &Evidence| {
        other.signal == Signal::DoNotCall
            && other.line() == evidence.line()
            && other.words().contains(evidence.words())
    };
    evidence.signal == Signal::Callback && detail.assessment.evidence.iter().any(forbids)
}

/// How many steps there are, for scrolling.
pub fn length(detail: &CallDetail) -> usize {
    let attempts: usize = detail.writes.iter().map(|write| write.attempts.len().max(1)).sum();
    2 + heard(detail).len() + detail.actions.len() + attempts
}

fn signal_word(signal: Signal) -> &'static str {
    match signal {
        Signal::Urgency => "urgency",
        Signal::Callback => "callback",
        Signal::DoNotCall => "do not call",
        Signal::Service => "service",
        Signal::Budget => "budget",
        Signal::Authority => "authority",
        Signal::Need => "need",
        Signal::Timeline => "timeline",
        Signal::Who => "who",
    }
}
