//! Figures, each with how it is counted, from what the console holds.

use ratatui::layout::Rect;

use super::pen::Canvas;
use crate::{
    call::CallState,
    console::{
        text::{age, seconds_between},
        theme::Role,
    },
    wire::Sync,
};

pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect) {
    if area.is_empty() {
        return;
    }
    let state = canvas.state;
    let now = state.hub_now();
    let (mut calls, mut missed, mut synced, mut routed, mut talk, mut talked) = (0, 0, 0, 0, 0, 0);
    let mut hours = [0u64; 24];
    for row in state.board.calls.rows() {
        let call = &row.summary;
        calls += 1;
        missed += u64::from(call.state == CallState::Missed);
        synced += u64::from(call.sync == Sync::Done);
        routed += u64::from(call.owner.is_some());
        if let Some(seconds) = call.duration_seconds {
            talk += seconds;
            talked += 1;
        }
        if seconds_between(call.began_at, now) < 86_400 {
            let hour = call.began_at.to_zoned(state.zone.clone()).hour();
            if let Some(count) = hours.get_mut(usize::try_from(hour).unwrap_or(0)) {
                *count += 1;
            }
        }
    }
    let counts = state.board.counts();
    let share = |part: u64| {
        (part * 100).checked_div(calls).map_or("—".to_owned(), |percent| format!("{percent} %"))
    };
    let mean = talk
        .checked_div(talked)
        .map_or("—".to_owned(), |mean| age(i64::try_from(mean).unwrap_or(i64::MAX)));
    let api = state.status.as_ref().map_or_else(String::new, |status| {
        match (status.api_used, status.api_limit) {
            (Some(used), Some(limit)) => format!("{used} of {limit}"),
            _ => status.api_calls.to_string(),
        }
    });
    let late = state.board.late_callbacks(now);
    let figures: Vec<(&str, String, &str)> = vec![
        ("calls", calls.to_string(), "on this board, wrapped up ones too"),
        ("on the line", counts.live.to_string(), "ringing, talking or being handed over now"),
        ("hot", counts.hot.to_string(), "urgency 4 and 5, not wrapped up"),
        ("missed", format!("{missed} ({})", share(missed)), "ended before anybody answered"),
        (
            "callbacks",
            format!("{} ({late} late)", state.board.callbacks.len()),
            "promised, not kept yet",
        ),
        ("with an owner", share(routed), "calls somebody has been given"),
        ("captured", share(synced), "calls Salesforce has all of"),
        (
            "writes",
            format!("{} failed, {} waiting", counts.failed, counts.waiting),
            "failed ones wait for you",
        ),
        ("talk time", mean, "mean over calls that ended"),
        ("API calls", api, "of 24 hours, as Salesforce counts them"),
    ];
    let mut line = 0;
    canvas
        .line(area, line)
        .gap(1)
        .put("Today", Role::Strong)
        .put("  from what is on this board", Role::Dim);
    line += 2;
    for (name, value, means) in figures {
        let mut pen = canvas.line(area, line);
        pen.gap(2).cell(name, 14, Role::Dim).cell(&value, 22, Role::Strong).put(means, Role::Dim);
        line += 1;
    }
    bars(
        canvas,
        Rect { y: area.y + line + 1, height: area.height.saturating_sub(line + 1), ..area },
        &hours,
    );
}

/// Calls by hour of the day, as far as there is room.
fn bars(canvas: &mut Canvas<'_>, area: Rect, hours: &[u64; 24]) {
    if area.height < 4 || area.width < 80 {
        return;
    }
    let most = hours.iter().copied().max().unwrap_or(0).max(1);
    canvas.line(area, 0).gap(2).put("calls by hour of the day, last 24 hours", Role::Dim);
    let height = u64::from((area.height - 2).min(8));
    for level in 0..height {
        let line = u16::try_from(level + 1).unwrap_or(u16::MAX);
        let mut pen = canvas.line(area, line);
        pen.gap(2);
        for count in hours {
            let filled = (count * height).div_ceil(most) >= height - level;
            pen.cell(if filled && *count > 0 { "██" } else { "" }, 3, Role::Key);
        }
    }
    let mut pen = canvas.line(area, u16::try_from(height + 1).unwrap_or(u16::MAX));
    pen.gap(2);
    for hour in 0..24 {
        pen.cell(&format!("{hour:02}"), 3, Role::Dim);
    }
}
