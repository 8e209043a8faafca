//! For a screen on the wall: digits one reads across the room, pages that turn by themselves, and
//! nobody's name.

use ratatui::layout::Rect;

use super::{pen::Canvas, urgency_role};
use crate::console::{
    state::{Link, State},
    text::{age, seconds_between},
    theme::Role,
};

/// How long a page stays, in seconds.
const STAYS: i64 = 10;
/// Rows of a large digit, and its columns with the gap.
const TALL: u16 = 5;
const WIDE: u16 = 8;

/// The digits, three dots wide; a dot is two columns.
const DIGITS: [[u8; 5]; 10] = [
    [0b111, 0b101, 0b101, 0b101, 0b111],
    [0b010, 0b110, 0b010, 0b010, 0b111],
    [0b111, 0b001, 0b111, 0b100, 0b111],
    [0b111, 0b001, 0b111, 0b001, 0b111],
    [0b101, 0b101, 0b111, 0b001, 0b001],
    [0b111, 0b100, 0b111, 0b001, 0b111],
    [0b111, 0b100, 0b111, 0b101, 0b111],
    [0b111, 0b001, 0b010, 0b010, 0b010],
    [0b111, 0b101, 0b111, 0b101, 0b111],
    [0b111, 0b101, 0b111, 0b001, 0b111],
];

/// Draws the figures, and below them the page whose turn it is.
pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect) {
    if area.is_empty() {
        return;
    }
    let state = canvas.state;
    let counts = state.board.counts();
    let late = state.board.late_callbacks(state.hub_now());
    let stale = matches!(state.link, Link::Down { .. });
    let role = |many: usize, role: Role| match many {
        _ if stale => Role::Dim,
        0 => Role::Good,
        _ => role,
    };
    let figures = [
        ("on the line", counts.live, if stale { Role::Dim } else { Role::Strong }),
        ("hot", counts.hot, role(counts.hot, Role::Urgency5)),
        ("callbacks late", late, role(late, Role::Bad)),
        ("writes failed", counts.failed, role(counts.failed, Role::Bad)),
    ];
    let column = area.width / 4;
    for (place, (name, many, role)) in (0..4u16).zip(figures) {
        let x = area.x + place * column;
        let cell = Rect { x, width: column, ..area };
        number(canvas, Rect { y: area.y + 1, ..cell }, many, role);
        canvas.line(cell, TALL + 2).gap(2).put(name, Role::Text);
    }
    let used = TALL + 4;
    let rest = Rect { y: area.y + used, height: area.height.saturating_sub(used), ..area };
    if turned(state) == 0 {
        urgent(canvas, rest);
    } else {
        promised(canvas, rest);
    }
}

/// Which page it is: it turns with the clock, and not at all where nothing may move by itself.
fn turned(state: &State) -> i64 {
    if state.settings.still { 0 } else { state.now.as_second().div_euclid(STAYS).rem_euclid(2) }
}

/// A number as large digits; one that doesn't fit as a word.
fn number(canvas: &mut Canvas<'_>, area: Rect, number: usize, role: Role) {
    let digits: Vec<usize> =
        number.to_string().bytes().map(|digit| usize::from(digit - b'0')).collect();
    let wide = u16::try_from(digits.len()).unwrap_or(u16::MAX).saturating_mul(WIDE);
    if wide > area.width.saturating_sub(2) || area.height < TALL {
        canvas.line(area, 2).gap(2).put(&number.to_string(), role);
        return;
    }
    for row in 0..TALL {
        let mut pen = canvas.line(area, row);
        pen.gap(2);
        for digit in &digits {
            let dots = DIGITS[*digit][usize::from(row)];
            for dot in [0b100, 0b010, 0b001] {
                pen.put(if dots & dot > 0 { "██" } else { "  " }, role);
            }
            pen.gap(2);
        }
    }
}

/// The calls that matter most: how urgent, what for, who has it. No names, no numbers.
fn urgent(canvas: &mut Canvas<'_>, area: Rect) {
    canvas.rule(Rect { height: 1.min(area.height), ..area }, "Most urgent");
    let state = canvas.state;
    for line in 1..area.height {
        let Some(row) = state.live_row(usize::from(line - 1)) else { break };
        let call = &row.summary;
        let level = call.urgency.level();
        let (word, role) = super::live::state_word(call.state, call.stale);
        let service = call.service.as_ref().map_or("—", |service| service.0.as_str());
        let mut pen = canvas.line(area, line);
        pen.gap(2).cell(&level.to_string(), 3, urgency_role(level)).cell(word, 9, role);
        pen.cell(&age(super::live::age_of(state, row)), 6, Role::Text);
        pen.cell(service, 16, Role::Text);
        match &call.owner {
            Some(owner) => pen.put(owner.as_str(), Role::Text),
            None if level >= 4 => pen.put("nobody has it", Role::Bad),
            None => pen.put("—", Role::Dim),
        };
    }
}

/// The callbacks that are owed, the earliest first.
fn promised(canvas: &mut Canvas<'_>, area: Rect) {
    let state = canvas.state;
    let owed = state.board.callbacks.len();
    let title = format!("Callbacks {owed}");
    canvas.rule(Rect { height: 1.min(area.height), ..area }, &title);
    if owed == 0 {
        canvas.line(area, 1).gap(2).put("Nobody waits for a callback.", Role::Good);
    }
    for line in 1..area.height {
        let slot = state.board.callbacks.get(usize::from(line - 1));
        let Some(row) = slot.and_then(|slot| state.board.calls.at(slot)) else { break };
        let Some(due) = row.owed() else { continue };
        let left = seconds_between(state.hub_now(), due);
        let (when, role) = if left < 0 {
            (format!("LATE {}", age(-left)), Role::Bad)
        } else {
            (format!("in {}", age(left)), Role::Text)
        };
        let service = row.summary.service.as_ref().map_or("—", |service| service.0.as_str());
        let level = row.summary.urgency.level();
        let mut pen = canvas.line(area, line);
        pen.gap(2).cell(&level.to_string(), 3, urgency_role(level)).cell(&when, 12, role);
        pen.put(service, Role::Text);
    }
}
