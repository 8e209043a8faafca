//! The first lines: is it live, how much is going on, which view.

use jiff::Timestamp;
use ratatui::layout::Rect;

use super::{layout, pen::Canvas};
use crate::{
    console::{
        keys::{Context, Intent},
        link::Obstacle,
        state::{Link, State, View},
        text::{self, age, seconds_between},
        theme::Role,
    },
    wire::Destination,
};

/// From here the first line has room for what is out of order; below it stands beside the views.
const ROOM_FOR_BROKEN: u16 = 120;
pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect) {
    let state = canvas.state;
    let clock = clock(state.hub_now(), &state.zone);
    let demo = state.hello.as_ref().is_some_and(|hello| hello.demo);
    let business = state.hello.as_ref().map_or("", |hello| hello.business.as_str());

    // The right end has its place first: that it is a demo must never be cut away.
    let mut ends = Vec::new();
    // Before the hub has said in which zone the business is, any time would be a wrong one.
    if state.hello.is_some() {
        ends.push((clock, Role::Text));
    }
    if demo {
        ends.insert(0, (" DEMO ".to_owned(), Role::Demo));
    }
    let wide = |pieces: &[(String, Role)]| -> usize {
        pieces.iter().map(|(text, _)| text::width(text)).sum()
    };
    let room = usize::from(area.width).saturating_sub(wide(&ends) + ends.len() + 1);
    // No figure may be cut away: many calls take shorter words.
    let pieces = Some(figures(state, area.width, false)).filter(|pieces| wide(pieces) <= room);
    let pieces = pieces.unwrap_or_else(|| figures(state, area.width, true));
    let room = room.saturating_sub(wide(&pieces));
    let name = "callboard  ";
    // Figures matter more than the program's name, and that more than the business's.
    let named = room > name.len();
    let business = text::cut(business, 40).into_owned();
    if !business.is_empty() && named && room > name.len() + text::width(&business) + 3 {
        ends.insert(0, (business, Role::Dim));
    }
    let right = u16::try_from(wide(&ends) + ends.len()).unwrap_or(0).min(area.width);
    let mut pen = canvas.line(Rect { x: area.right() - right, width: right, ..area }, 0);
    for (shown, role) in ends {
        pen.put(&shown, role).gap(1);
    }
    let mut pen = canvas.line(Rect { width: area.width - right, ..area }, 0);
    pen.gap(1);
    if named {
        pen.put(name, Role::Strong);
    }
    for (text, role) in pieces {
        pen.put(&text, role);
    }
    canvas.tint(area, Role::Header);
}

/// Whether it is live, and how much is going on; in brief where there is little room.
fn figures(state: &State, width: u16, brief: bool) -> Vec<(String, Role)> {
    let mut pieces: Vec<(String, Role)> = Vec::new();
    let mut say = |text: String, role| pieces.push((text, role));
    match &state.link {
        Link::Starting => say("○ connecting".to_owned(), Role::Warning),
        Link::Live => say("● live".to_owned(), Role::Good),
        Link::Down { obstacle: Obstacle::Token, .. } if state.hello.is_none() => {
            say("○ token refused".to_owned(), Role::Bad);
        }
        Link::Down { .. } if state.hello.is_none() => say("○ no hub".to_owned(), Role::Bad),
        Link::Down { .. } => say("○ STALE".to_owned(), Role::Bad),
    }
    if state.hello.is_none() {
        return pieces;
    }
    let counts = state.board.counts();
    let late = state.board.late_callbacks(state.hub_now());
    let owed = state.board.callbacks.len();
    say(if brief { " · " } else { "   " }.to_owned(), Role::Dim);
    say(format!("{} on {}", counts.live, if brief { "line" } else { "the line" }), Role::Strong);
    let hot = if counts.hot > 0 { Role::Urgency5 } else { Role::Dim };
    say(" · ".to_owned(), Role::Dim);
    say(format!("{} hot", counts.hot), hot);
    if counts.given_up > 0 {
        let word = if brief { "silent" } else { "unanswered" };
        say(format!(" ({} {word})", counts.given_up), Role::Bad);
    }
    say(format!(" · {owed} {}", if brief { "owed" } else { "callbacks" }), Role::Text);
    if late > 0 {
        say(format!(" ({late} late)"), Role::Bad);
    }
    if state.tells_writes() {
        let failed = if counts.failed > 0 { Role::Bad } else { Role::Dim };
        say(" · ".to_owned(), Role::Dim);
        let what = match counts.failed {
            _ if width < 100 => "failed",
            1 => "write failed",
            _ => "writes failed",
        };
        say(format!("{} {what}", counts.failed), failed);
    }
    for (text, role) in broken(state).into_iter().filter(|_| width >= ROOM_FOR_BROKEN) {
        say(" · ".to_owned(), Role::Dim);
        say(text, role);
    }
    pieces
}

/// The destinations where writes don't flow, the connected org first.
fn broken(state: &State) -> Vec<(String, Role)> {
    let Some(status) = &state.status else { return Vec::new() };
    let org = std::iter::once(("Salesforce", &status.salesforce));
    let others = status.destinations.iter().map(|it| (it.name.as_str(), &it.link));
    let said = |(name, link): (&str, &Destination)| match link {
        Destination::None | Destination::Open => None,
        Destination::Paused => Some((format!("{name} HELD"), Role::Warning)),
        Destination::Broken { .. } => Some((format!("{name} DOWN"), Role::Bad)),
    };
    org.chain(others).filter_map(said).collect()
}

pub(super) fn tabs(canvas: &mut Canvas<'_>, area: Rect) {
    let Tabs { names, said, aside, .. } = Tabs::of(canvas.state, area.width);
    let left = u16::try_from(wide(&names)).unwrap_or(area.width);
    let most = area.width.saturating_sub(left).max(14);
    let wide = u16::try_from(text::width(&aside.0) + 1).unwrap_or(most).min(most).min(area.width);
    let right = Rect { x: area.right() - wide, width: wide, ..area };
    canvas.line(right, 0).put(&aside.0, aside.1);
    let view = canvas.state.view;
    let mut pen = canvas.line(Rect { width: area.width - wide, ..area }, 0);
    pen.gap(1);
    for (of, name) in View::ALL.into_iter().zip(names) {
        pen.put(&name, if of == view { Role::Tab } else { Role::Dim });
    }
    for (said, role) in said {
        pen.put(&format!(" {said} "), role);
    }
}

/// The line between list and call: a new Hot call, or what has no room beside the views.
pub(super) fn between(canvas: &mut Canvas<'_>, area: Rect) {
    let state = canvas.state;
    if let Some(hot) = &state.hot {
        return canvas.titled(area, &hot.text, Role::Urgency5);
    }
    let below = Tabs::of(state, area.width).below;
    let strongest = [Role::Bad, Role::Warning];
    let role = strongest.into_iter().find(|role| below.iter().any(|(_, it)| it == role));
    let below: Vec<&str> = below.iter().map(|(text, _)| text.as_str()).collect();
    canvas.titled(area, &below.join(" · "), role.unwrap_or(Role::Dim));
}

/// What stands beside the views, and what has to make room.
struct Tabs {
    names: Vec<String>,
    said: Vec<(String, Role)>,
    /// At the right end.
    aside: (String, Role),
    /// What stands between list and call instead.
    below: Vec<(String, Role)>,
}

impl Tabs {
    fn of(state: &State, width: u16) -> Self {
        // Where there is a line between list and call a new Hot call is told there.
        let has_line = layout::of(state).has_line();
        let hot = state.hot.as_ref().filter(|_| !has_line);
        let aside = match hot {
            Some(hot) => (hot.text.clone(), Role::Urgency5),
            None => (place(state), Role::Dim),
        };
        let said = said(state, width);
        let aside_wide = if hot.is_some() { 40 } else { text::width(&aside.0) + 1 };
        let said_wide: usize = said.iter().map(|(text, _)| text::width(text) + 2).sum();
        let names = names(state, false);
        let fits = |more: usize| usize::from(width) >= wide(&names) + aside_wide + more;
        if fits(said_wide) {
            return Self { names, said, aside, below: Vec::new() };
        }
        if has_line && state.hot.is_none() && fits(0) {
            return Self { names, said: Vec::new(), aside, below: said };
        }
        // The keys of the other views are enough.
        Self { names: self::names(state, true), said, aside, below: Vec::new() }
    }
}

fn wide(names: &[String]) -> usize {
    names.iter().map(|name| text::width(name)).sum::<usize>() + 1
}

/// The views with their keys and how much is in them; in brief the keys, and the one in sight.
fn names(state: &State, brief: bool) -> Vec<String> {
    let counts = state.board.counts();
    let intents = [
        Intent::Live,
        Intent::Callbacks,
        Intent::Writes,
        Intent::Today,
        Intent::People,
        Intent::Log,
    ];
    let name = |(view, intent): (View, Intent)| {
        let (shown, all) = match view {
            View::Live => (state.live_rows(), state.board.live.len()),
            View::Callbacks => (state.callback_rows(), state.board.callbacks.len()),
            View::Writes => (counts.failed + counts.waiting, counts.failed + counts.waiting),
            View::Today | View::People | View::Log => (0, 0),
        };
        let number = match all {
            0 => String::new(),
            all if view.lists_calls() && !state.filter.is_empty() => format!(" {shown}/{all}"),
            all => format!(" {all}"),
        };
        let key = state.settings.keys.key(Context::Board, intent);
        if brief && view != state.view {
            format!(" {key} ")
        } else {
            format!(" {key} {}{number} ", view.title())
        }
    };
    View::ALL.into_iter().zip(intents).map(name).collect()
}

/// What is not as it usually is.
fn said(state: &State, width: u16) -> Vec<(String, Role)> {
    let mut said = Vec::new();
    let broken = if width < ROOM_FOR_BROKEN { broken(state) } else { Vec::new() };
    let marked = match state.view {
        View::Writes => state.marked_writes.len(),
        View::Live | View::Callbacks => state.marked.len(),
        View::Today | View::People | View::Log => 0,
    };
    if marked > 0 {
        said.push(format!("{marked} marked"));
    }
    if state.settings.read_only {
        said.push("READ-ONLY".to_owned());
    }
    if state.private {
        said.push("names masked".to_owned());
    }
    if let Some(until) = state.muted_until {
        let left = seconds_between(state.now, until);
        said.push(format!("bell silent {}", age(left)));
    }
    let filter = match state.view {
        View::Log => state.log.words(),
        view if view.lists_calls() => state.filter.text(),
        _ => "",
    };
    if !filter.is_empty() && !state.is_filtering() {
        said.push(format!("filter: {filter} (esc clears)"));
    }
    let said = said.into_iter().map(|text| (text, Role::Warning));
    broken.into_iter().chain(said).collect()
}

/// Which rows of how many are in sight, when that isn't all of them.
fn place(state: &State) -> String {
    let pages = layout::pages(state);
    let (rows, offset) = match state.view {
        _ if state.opened => return String::new(),
        View::Live => (state.live_rows(), state.live.offset),
        View::Callbacks => (state.callback_rows(), state.callbacks.offset),
        View::Writes => (state.board.outbox.len(), state.writes.offset),
        View::People => (state.people_rows(), state.people.offset),
        View::Log => (state.log.rows(), state.log.cursor.offset),
        View::Today => return String::new(),
    };
    let last = (offset + pages.of(state.view)).min(rows);
    if last - offset.min(last) == rows {
        return String::new();
    }
    let more = if last < rows { " ↓" } else { "" };
    format!("{}-{last} of {rows}{more}", offset + 1)
}

/// Hours and minutes in the business's zone.
pub(super) fn clock(at: Timestamp, zone: &jiff::tz::TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%H:%M").to_string()
}

/// The same of a moment that may be of another day, which is then named.
pub(super) fn moment(state: &State, at: Timestamp) -> String {
    let at = at.to_zoned(state.zone.clone());
    let today = state.hub_now().to_zoned(state.zone.clone()).date();
    at.strftime(if at.date() == today { "%H:%M" } else { "%a %H:%M" }).to_string()
}
