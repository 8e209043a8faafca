//! Writing into cells: clipped, cut by display width, in the characters the terminal can show.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Modifier, Style},
};

use crate::console::{
    screen::Hyperlink,
    state::State,
    text,
    theme::{Role, Theme},
};

/// The buffer with all that is needed to write into it.
pub struct Canvas<'a> {
    pub(super) state: &'a State,
    theme: &'a Theme,
    buffer: &'a mut Buffer,
    links: Vec<Hyperlink>,
}

impl<'a> Canvas<'a> {
    pub(super) fn new(state: &'a State, theme: &'a Theme, buffer: &'a mut Buffer) -> Self {
        Self { state, theme, buffer, links: Vec::new() }
    }

    /// Which cells lead where.
    pub(super) fn into_links(self) -> Vec<Hyperlink> {
        self.links
    }

    /// The whole buffer.
    pub(super) fn area(&self) -> Rect {
        *self.buffer.area()
    }

    /// Gives every cell of `area` the ground of `role`.
    pub(super) fn ground(&mut self, area: Rect, role: Role) {
        let style = self.theme.style(role);
        self.buffer.set_style(area.intersection(self.area()), style);
    }

    /// Puts what is written in `area` on the ground of `role`; what has a ground of its own keeps it.
    pub(super) fn tint(&mut self, area: Rect, role: Role) {
        let plain = self.theme.style(Role::Text).bg.unwrap_or_default();
        let ground = self.theme.style(role);
        for position in area.intersection(self.area()).positions() {
            let cell = &mut self.buffer[position];
            if cell.bg == plain {
                cell.bg = ground.bg.unwrap_or_default();
                cell.modifier |= ground.add_modifier & Modifier::REVERSED;
            }
        }
    }

    /// Makes `area` blank, on the ground of `role`.
    pub(super) fn blank(&mut self, area: Rect, role: Role) {
        let area = area.intersection(self.area());
        let style = self.theme.style(role);
        // What lies below can't be clicked.
        self.links.retain(|link| {
            Rect::new(link.x, link.y, link.columns, 1).intersection(area).is_empty()
        });
        for position in area.positions() {
            self.buffer[position].reset();
            self.buffer[position].set_style(style);
        }
    }

    /// A pen at the beginning of line `row` of `area`; one that writes nothing when there is none.
    pub(super) fn line(&mut self, area: Rect, row: u16) -> Pen<'_> {
        let whole = self.area();
        let clipped = area.intersection(whole);
        let y = area.y.saturating_add(row);
        let there = row < area.height && y < whole.bottom() && clipped.width > 0;
        Pen {
            x: area.x,
            end: if there { clipped.right() } else { area.x },
            y,
            ascii: self.state.settings.ascii,
            theme: self.theme,
            buffer: self.buffer,
            links: &mut self.links,
        }
    }

    /// A horizontal line through `area`, with a title in it.
    pub(super) fn rule(&mut self, area: Rect, title: &str) {
        self.titled(area, title, Role::Strong);
    }

    /// The same, with the look of the title.
    pub(super) fn titled(&mut self, area: Rect, title: &str, role: Role) {
        let width = usize::from(area.width);
        let mut pen = self.line(area, 0);
        if title.is_empty() {
            pen.put(&"─".repeat(width), Role::Dim);
        } else {
            pen.put("── ", Role::Dim).put(title, role).put(" ", Role::Dim);
            let left = usize::from(pen.left());
            pen.put(&"─".repeat(left), Role::Dim);
        }
    }

    /// A frame around `area`, with a title in its upper edge.
    pub(super) fn frame(&mut self, area: Rect, title: &str) {
        let (last, right) = (area.height.saturating_sub(1), area.right().saturating_sub(1));
        for (row, ends) in [(0, ["┌", "┐"]), (last, ["└", "┘"])] {
            let mut pen = self.line(area, row);
            pen.put(ends[0], Role::Dim);
            if row == 0 {
                pen.put("─ ", Role::Dim).put(title, Role::Strong).put(" ", Role::Dim);
            }
            let left = usize::from(pen.left()).saturating_sub(1);
            pen.put(&"─".repeat(left), Role::Dim).put(ends[1], Role::Dim);
        }
        for row in 1..last {
            self.line(area, row).put("│", Role::Dim).to(right).put("│", Role::Dim);
        }
    }

    /// A vertical line through `area`.
    pub(super) fn wall(&mut self, area: Rect) {
        for row in 0..area.height {
            self.line(area, row).put("│", Role::Dim);
        }
    }
}

/// Writes from left to right on one line and stops at its end.
pub struct Pen<'a> {
    buffer: &'a mut Buffer,
    links: &'a mut Vec<Hyperlink>,
    theme: &'a Theme,
    x: u16,
    y: u16,
    end: u16,
    ascii: bool,
}

impl Pen<'_> {
    /// Columns left.
    pub(super) fn left(&self) -> u16 {
        self.end.saturating_sub(self.x)
    }

    /// Writes `text`, cut with an ellipsis if it doesn't fit.
    pub(super) fn put(&mut self, text: &str, role: Role) -> &mut Self {
        let style = self.theme.style(role);
        let shown = text::cut(text, usize::from(self.left()));
        let whole = shown.len() == text.len();
        self.write(&shown, style);
        if !whole {
            // After an ellipsis comes nothing more.
            self.x = self.end;
        }
        self
    }

    /// Writes `text` so that it leads to `url`, if that is a place on the web.
    pub(super) fn link(&mut self, text: &str, role: Role, url: &str) -> &mut Self {
        let x = self.x;
        self.put(text, role);
        let columns = self.x.min(x.saturating_add(u16::try_from(text::width(text)).unwrap_or(0)));
        let columns = columns.saturating_sub(x);
        if columns > 0 && text::is_web_address(url) {
            self.links.push(Hyperlink { x, y: self.y, columns, url: url.to_owned() });
        }
        self
    }

    /// Writes `text` into exactly `columns`.
    pub(super) fn cell(&mut self, text: &str, columns: u16, role: Role) -> &mut Self {
        let columns = columns.min(self.left());
        let end = self.x.saturating_add(columns);
        let style = self.theme.style(role);
        self.write(&text::cut(text, usize::from(columns)), style);
        self.to(end)
    }

    /// Writes `text` at the right of exactly `columns`.
    pub(super) fn right(&mut self, text: &str, columns: u16, role: Role) -> &mut Self {
        let columns = columns.min(self.left());
        let end = self.x.saturating_add(columns);
        let shown = text::cut(text, usize::from(columns));
        let wide = u16::try_from(text::width(&shown)).unwrap_or(columns);
        self.to(end.saturating_sub(wide));
        let style = self.theme.style(role);
        self.write(&shown, style);
        self.to(end)
    }

    /// Leaves `columns` blank.
    pub(super) fn gap(&mut self, columns: u16) -> &mut Self {
        self.to(self.x.saturating_add(columns))
    }

    /// Goes on at column `x`.
    pub(super) fn to(&mut self, x: u16) -> &mut Self {
        self.x = x.clamp(self.x, self.end.max(self.x));
        self
    }

    /// Goes on so that `columns` are left.
    pub(super) fn leave(&mut self, columns: u16) -> &mut Self {
        self.to(self.end.saturating_sub(columns))
    }

    fn write(&mut self, shown: &str, style: Style) {
        if self.x >= self.end || self.y >= self.buffer.area().bottom() {
            return;
        }
        let shown = text::plain(shown, self.ascii);
        let most = usize::from(self.left());
        self.x = self.buffer.set_stringn(self.x, self.y, shown, most, style).0;
    }
}
