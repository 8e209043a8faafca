//! What goes where at which size. Pure arithmetic that no size can upset.

use ratatui::layout::Rect;

use crate::console::state::{Link, State, View};

/// Below this there is no room for the board.
pub const SMALLEST: (u16, u16) = (60, 15);
/// Below this there is none for the selected call either, only for the count of Hot calls and as
/// many rows as fit.
const SMALLEST_WITH_CALL: (u16, u16) = (40, 12);
/// From here list and call stand side by side.
pub const SIDE_BY_SIDE: u16 = 120;
/// From here callbacks and failed writes are always in sight.
pub const ALL_IN_SIGHT: u16 = 160;

/// Where the parts of the screen are. A part that has no place is empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// Name, link, counts, clock.
    pub header: Rect,
    /// The views.
    pub tabs: Rect,
    /// Why the screen is stale, or who can't be told.
    pub banner: Rect,
    /// The list of the view in sight, with its titles.
    pub list: Rect,
    /// Where writes go, above their list, when that is more than one place.
    pub places: Rect,
    /// The line between list and call: below or beside the list.
    pub rule: Rect,
    /// The call.
    pub call: Rect,
    /// Callbacks, where they are always in sight.
    pub callbacks: Rect,
    /// Writes, where they are always in sight.
    pub writes: Rect,
    /// The first hints, until they have served.
    pub tip: Rect,
    /// Hints, notices, the filter.
    pub foot: Rect,
}

impl Layout {
    /// Whether a line lies between list and call, on which something can be said.
    pub fn has_line(&self) -> bool {
        self.rule.width > self.rule.height
    }
}

/// Rows of the lists, by view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pages {
    /// Of the calls.
    pub live: usize,
    /// Of the callbacks.
    pub callbacks: usize,
    /// Of the writes.
    pub writes: usize,
    /// Of the people.
    pub people: usize,
    /// Of the log.
    pub log: usize,
}

impl Pages {
    /// Of the list of `view`.
    pub fn of(self, view: View) -> usize {
        match view {
            View::Live => self.live,
            View::Today | View::People => self.people,
            View::Log => self.log,
            View::Callbacks => self.callbacks,
            View::Writes => self.writes,
        }
    }
}

/// Whether the screen is too small for the board.
pub fn is_too_small((columns, rows): (u16, u16)) -> bool {
    columns < SMALLEST.0 || rows < SMALLEST.1
}

/// Whether the call that is selected can be seen, be the screen too small or not.
pub fn shows_call((columns, rows): (u16, u16)) -> bool {
    columns >= SMALLEST_WITH_CALL.0 && rows >= SMALLEST_WITH_CALL.1
}

/// Where things are on a screen that is too small for the board: the first and the last line aside,
/// the calls and, where there is room, the one that is selected.
pub fn small((columns, rows): (u16, u16)) -> (Rect, Rect) {
    let body = Rect::new(0, 1, columns, rows.saturating_sub(2));
    let call = if shows_call((columns, rows)) { (rows / 3).clamp(4, 5) } else { 0 };
    let list = Rect { height: body.height - call, ..body };
    (list, Rect { y: list.bottom(), height: call, ..body })
}

/// The layout of the state's size, view and link.
pub fn of(state: &State) -> Layout {
    let (columns, rows) = state.size;
    if is_too_small(state.size) {
        return Layout::default();
    }
    let line = |y: u16| Rect::new(0, y, columns, 1);
    let down = matches!(state.link, Link::Down { .. });
    let says = down
        || state.status.as_ref().is_some_and(|it| !it.failing_channels.is_empty())
        || state.failing_sources().next().is_some();
    let top = 2 + u16::from(says);
    let tip = u16::from(state.tip().is_some() && !state.settings.wall);
    let body = Rect::new(0, top, columns, rows - top - 1 - tip);
    let mut layout = Layout {
        header: line(0),
        tabs: line(1),
        banner: if says { line(2) } else { Rect::default() },
        tip: if tip > 0 { line(rows - 2) } else { Rect::default() },
        foot: line(rows - 1),
        ..Layout::default()
    };
    if state.opened {
        layout.call = body;
    } else if matches!(state.view, View::Today | View::People) {
        layout.list = body;
    } else if columns < SIDE_BY_SIDE {
        stack(&mut layout, body, tip);
    } else {
        let call = (columns * 45 / 100).min(110);
        let (left, right) = (columns - call - 1, call);
        layout.rule = Rect::new(left, body.y, 1, body.height);
        layout.call = Rect::new(left + 1, body.y, right, body.height);
        layout.list = Rect { width: left, ..body };
        if columns >= ALL_IN_SIGHT && state.view == View::Live {
            spread(&mut layout, state.writes_calls());
        }
    }
    if state.view == View::Writes && super::places::are_several(state) {
        layout.places = Rect { height: 1.min(layout.list.height), ..layout.list };
        layout.list.y += layout.places.height;
        layout.list.height -= layout.places.height;
    }
    layout
}

/// List above, call below; the line of a hint is the list's.
fn stack(layout: &mut Layout, body: Rect, tip: u16) {
    let call = ((body.height + tip) / 3).clamp(4, 12);
    let list = body.height.saturating_sub(call + 1);
    layout.list = Rect { height: list, ..body };
    layout.rule = Rect { y: body.y + list, height: 1, ..body };
    layout.call = Rect { y: body.y + list + 1, height: call, ..body };
}

/// Callbacks below the list, and writes beside them where there are any.
fn spread(layout: &mut Layout, writes_calls: bool) {
    let whole = layout.list;
    let below = (whole.height / 3).clamp(5, 16);
    layout.list.height = whole.height.saturating_sub(below);
    let y = whole.y + layout.list.height;
    let half = if writes_calls { whole.width / 2 } else { whole.width };
    layout.callbacks = Rect { y, width: half, height: below, ..whole };
    layout.writes = Rect { x: whole.x + half, y, width: whole.width - half, height: below };
}

/// How many rows each list shows: its height without the line of titles.
pub fn pages(state: &State) -> Pages {
    let layout = of(state);
    let list = usize::from(layout.list.height.saturating_sub(1));
    let small = is_too_small(state.size).then(|| usize::from(small(state.size).0.height));
    Pages {
        live: small.unwrap_or(list),
        callbacks: list,
        writes: list / super::writes::ROWS_EACH,
        people: list.saturating_sub(super::people::ABOVE),
        log: list,
    }
}
