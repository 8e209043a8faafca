//! The figures of today as the hub counts them, what they mean, and the day hour by hour.

use ratatui::layout::Rect;

use super::{header::clock, pen::Canvas, places};
use crate::{
    console::{state::State, text, theme::Role},
    wire::{Definition, Report, Share},
};

/// What stands above the others, large.
const FIRST: [&str; 4] = ["captured", "answered", "revenue_at_risk", "callbacks_in_time"];
/// Columns of a figure: its name, its value.
const NAME: u16 = 20;
const VALUE: u16 = 20;
/// Columns of an hour, at least and at most.
const HOUR: std::ops::RangeInclusive<u16> = 3..=8;
const HOURS: usize = 24;
/// Lines above the figures, and those the day needs to be worth drawing.
const ROOM_ABOVE: usize = 8;
const ROOM_FOR_HOURS: usize = 8;

pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect) {
    if area.is_empty() {
        return;
    }
    let state = canvas.state;
    let Some(report) = &state.figures.page else { return nothing(canvas, area) };
    title(canvas, area, report);
    let rest = below(area, 2);
    if state.definitions && !tells_all(area, report) {
        definitions(canvas, rest, report, state.figures_from);
        return;
    }
    let rest = below(rest, headline(canvas, rest, report));
    let used = if tells_all(area, report) {
        definitions(canvas, rest, report, 0) + 1
    } else {
        others(canvas, rest, report)
    };
    hours(canvas, below(rest, used), report);
}

/// Whether there is room for everything: the figures with what they mean, and the day.
pub(super) fn tells_all(area: Rect, report: &Report) -> bool {
    let lines = report.lines(&report.figures);
    let wanted: usize = lines.map(|(it, _)| rows_of(it, area).len()).sum();
    usize::from(area.height) >= wanted + ROOM_ABOVE + ROOM_FOR_HOURS
}

/// What a figure means, in the rows it takes.
fn rows_of(definition: &Definition, area: Rect) -> Vec<std::ops::Range<usize>> {
    text::wrap(definition.meaning, usize::from(area.width.saturating_sub(NAME + VALUE + 2)))
}

fn below(area: Rect, used: u16) -> Rect {
    let used = used.min(area.height);
    Rect { y: area.y + used, height: area.height - used, ..area }
}

fn title(canvas: &mut Canvas<'_>, area: Rect, report: &Report) {
    let state = canvas.state;
    let since = clock(report.window.from, &state.zone);
    let mut pen = canvas.line(area, 0);
    pen.gap(1).put("Today", Role::Strong);
    let none = report.figures.offered + report.figures.chats == 0;
    let text = if none {
        format!("  no call is over yet since {since}; the first one begins the figures")
    } else {
        format!("  calls that are over, since {since}")
    };
    pen.put(&text, Role::Dim);
    if let Some(why) = &state.figures.problem {
        pen.put(&format!(" · not up to date: {why}"), Role::Warning);
    } else if let Some(at) = state.figures.came_at.filter(|_| !none) {
        let at = at.checked_add(state.skew).unwrap_or(at);
        pen.put(&format!(" · as of {}", clock(at, &state.zone)), Role::Dim);
    }
}

/// The figures one looks for first, side by side; returns the lines they took.
fn headline(canvas: &mut Canvas<'_>, area: Rect, report: &Report) -> u16 {
    let all: Vec<(&Definition, String)> = report.lines(&report.figures).collect();
    let mut x = area.x + 1;
    let column = (area.width.saturating_sub(2) / 4).min(34);
    for id in FIRST {
        let Some((definition, value)) = all.iter().find(|(it, _)| it.id == id) else { continue };
        let cell = Rect { x, width: column.saturating_sub(1), ..area };
        canvas.line(cell, 0).put(definition.title, Role::Dim);
        canvas.line(cell, 1).put(value, Role::Strong);
        x += column;
    }
    let mut used = 2;
    if canvas.state.has_org() {
        let (text, role) = budget(canvas.state);
        canvas.line(area, used).gap(1).put("Salesforce API  ", Role::Dim).put(&text, role);
        used += 1;
    }
    if places::are_several(canvas.state) {
        places::draw(canvas, area, used);
        used += 1;
    }
    used + 1
}

/// What is used of the day's API calls, as a bar and in figures.
fn budget(state: &State) -> (String, Role) {
    let Some(status) = &state.status else { return ("—".to_owned(), Role::Dim) };
    let (Some(used), Some(limit)) = (status.api_used, status.api_limit.filter(|it| *it > 0)) else {
        return (format!("{} calls since the hub started", status.api_calls), Role::Text);
    };
    let percent = used.saturating_mul(100) / limit;
    let filled = usize::try_from((used.saturating_mul(20)).div_ceil(limit)).unwrap_or(20).min(20);
    let bar = format!("{}{}", "▇".repeat(filled), "·".repeat(20 - filled));
    let (more, role) = match percent {
        _ if status.only_reserve => {
            (" · ONLY THE RESERVE IS LEFT: what is not Hot waits", Role::Bad)
        }
        80.. => (" · nearly used up", Role::Warning),
        _ => ("", Role::Text),
    };
    let percent = if percent == 0 && used > 0 { "<1".to_owned() } else { percent.to_string() };
    (format!("{bar} {percent} %: {used} of {limit} in 24 hours{more}"), role)
}

/// All other figures, in as many columns as fit; returns the lines they took.
fn others(canvas: &mut Canvas<'_>, area: Rect, report: &Report) -> u16 {
    let lines = report.lines(&report.figures);
    let all: Vec<(&Definition, String)> = lines.filter(|(it, _)| !FIRST.contains(&it.id)).collect();
    let columns = (area.width / (NAME + VALUE)).max(1);
    let lines = u16::try_from(all.len()).unwrap_or(u16::MAX).div_ceil(columns);
    for (place, (definition, value)) in (0..).zip(&all) {
        let x = area.x + 1 + place / lines * (NAME + VALUE);
        let cell = Rect { x, width: area.right().saturating_sub(x).min(NAME + VALUE - 1), ..area };
        canvas
            .line(cell, place % lines)
            .cell(definition.title, NAME, Role::Dim)
            .put(value, Role::Text);
    }
    lines + 1
}

/// Every figure from the given one with what it means; returns the lines they took.
fn definitions(canvas: &mut Canvas<'_>, area: Rect, report: &Report, from: usize) -> u16 {
    let mut line = 0;
    for (definition, value) in report.lines(&report.figures).skip(from) {
        for (number, row) in rows_of(definition, area).into_iter().enumerate() {
            let mut pen = canvas.line(area, line);
            let (name, value) = if number == 0 { (definition.title, &*value) } else { ("", "") };
            pen.gap(1).cell(name, NAME, Role::Strong).cell(value, VALUE, Role::Text);
            pen.put(&definition.meaning[row], Role::Dim);
            line += 1;
        }
        if line >= area.height {
            break;
        }
    }
    line
}

/// Calls by the hour as bars, and below them how many of each hour were captured.
fn hours(canvas: &mut Canvas<'_>, area: Rect, report: &Report) {
    let column = (area.width.saturating_sub(2) / HOURS as u16).min(*HOUR.end());
    if area.height < 3 || column < *HOUR.start() {
        return;
    }
    let bar = usize::from(column) - 1;
    let mut counts = [0u64; HOURS];
    let mut captured = [Share::default(); HOURS];
    for group in &report.groups {
        let Ok(hour) = group.name.parse::<usize>() else { continue };
        if let (Some(count), Some(share)) = (counts.get_mut(hour), captured.get_mut(hour)) {
            *count = group.figures.offered + group.figures.chats;
            *share = group.figures.captured;
        }
    }
    let most = counts.iter().copied().max().unwrap_or(0);
    let with_shares = area.height >= 5 && report.salesforce;
    let below = if with_shares { " · below: captured of each" } else { "" };
    let title = format!("calls by the hour (most: {most}){below}");
    canvas.line(area, 0).gap(1).put(&title, Role::Dim);
    let height = area.height.saturating_sub(2 + 2 * u16::from(with_shares)).clamp(1, 12);
    let eighths = u64::from(height) * 8;
    for level in 0..height {
        let floor = u64::from(height - 1 - level) * 8;
        let mut pen = canvas.line(area, level + 1);
        pen.gap(1);
        for count in counts {
            let tall = (count * eighths).div_ceil(most.max(1));
            let block = BLOCKS[usize::try_from(tall.saturating_sub(floor).min(8)).unwrap_or(0)];
            pen.cell(&block.repeat(bar), column, Role::Key);
        }
    }
    let mut labels = canvas.line(area, height + 1);
    labels.gap(1);
    for hour in 0..HOURS {
        labels.cell(&format!("{hour:02}"), column, Role::Dim);
    }
    if !with_shares {
        return;
    }
    let mut spark = canvas.line(area, height + 2);
    spark.gap(1);
    for share in captured {
        let (block, role) = match share.permille() {
            Some(permille) => {
                let eighth = usize::try_from(permille * 8 / 1000).unwrap_or(0).clamp(1, 8);
                (BLOCKS[eighth], if permille < 900 { Role::Warning } else { Role::Good })
            }
            None => ("·", Role::Dim),
        };
        spark.cell(&block.repeat(bar), column, role);
    }
    // Where an hour is wide enough, as figures too.
    if column < 6 {
        return;
    }
    let mut figures = canvas.line(area, height + 3);
    figures.gap(1);
    for share in captured {
        let text = if share.of > 0 { format!("{}/{}", share.met, share.of) } else { String::new() };
        figures.cell(&text, column, Role::Dim);
    }
}

/// Nothing to all of a cell, in eighths.
const BLOCKS: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

fn nothing(canvas: &mut Canvas<'_>, area: Rect) {
    let state = canvas.state;
    let (first, then) = match &state.figures.problem {
        Some(why) => (why.as_str(), "They are asked for again by themselves."),
        None if state.is_live() => ("Asking the hub for the figures of today …", ""),
        None => ("The figures come with the hub.", ""),
    };
    canvas.line(area, 2).gap(2).put(first, Role::Strong);
    canvas.line(area, 3).gap(2).put(then, Role::Dim);
}
