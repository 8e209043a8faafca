//! From two buffers to the bytes a terminal needs: only what changed, nothing when nothing did.
//!
//! Pure: no tty, no query, no cursor to find. That is why ratatui's own `Terminal` isn't used
//! (it asks the terminal where its cursor is when cleared, and prints when dropped).

use ratatui::{buffer::Buffer, layout::Rect};

use super::ink;

const BEGIN_SYNCHRONIZED: &[u8] = b"\x1b[?2026h";
const END_SYNCHRONIZED: &[u8] = b"\x1b[?2026l";
const RESET_AND_CLEAR: &[u8] = b"\x1b[0m\x1b[2J";

/// A stretch of cells that leads somewhere (OSC 8).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hyperlink {
    /// First column.
    pub x: u16,
    /// Line.
    pub y: u16,
    /// How many columns.
    pub columns: u16,
    /// Where it leads: `http` or `https`, nothing but plain characters in it.
    pub url: String,
}

impl Hyperlink {
    /// Whether the cell at `x`, `y` belongs to it.
    pub(super) fn holds(&self, x: u16, y: u16) -> bool {
        self.y == y && (self.x..self.x.saturating_add(self.columns)).contains(&x)
    }
}

/// What the terminal shows, and what it is to show next.
#[derive(Debug)]
pub struct Screen {
    shown: Buffer,
    next: Buffer,
    fresh: bool,
    erases_with_ground: bool,
    /// Whether cells may lead somewhere on this terminal.
    hyperlinks: bool,
    links: Vec<Hyperlink>,
}

impl Screen {
    /// A screen of `columns` by `rows` that shows nothing one can rely on.
    pub fn new(columns: u16, rows: u16) -> Self {
        let area = Rect::new(0, 0, columns, rows);
        Self {
            shown: Buffer::empty(area),
            next: Buffer::empty(area),
            fresh: true,
            erases_with_ground: false,
            hyperlinks: false,
            links: Vec::new(),
        }
    }

    /// Whether the terminal erases with the ground it writes with (nearly all do; `screen` does
    /// not). Then a painted ground costs no more than a plain one.
    pub fn erase_with_ground(mut self, does: bool) -> Self {
        self.erases_with_ground = does;
        self
    }

    /// Whether the terminal is told where cells lead.
    pub fn with_hyperlinks(mut self, wanted: bool) -> Self {
        self.hyperlinks = wanted;
        self
    }

    /// Takes another size; the next frame draws everything.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        *self = Self::new(columns, rows)
            .erase_with_ground(self.erases_with_ground)
            .with_hyperlinks(self.hyperlinks);
    }

    /// The next frame draws everything (the terminal was somebody else's for a while).
    pub fn forget(&mut self) {
        self.shown.reset();
        self.fresh = true;
    }

    /// Lets `draw` fill the next frame (and say which cells lead where) and returns the bytes that turn what is shown into it:
    /// none when they are the same.
    pub fn frame(&mut self, draw: impl FnOnce(&mut Buffer) -> Vec<Hyperlink>) -> Vec<u8> {
        self.next.reset();
        let mut links = draw(&mut self.next);
        links.retain(|_| self.hyperlinks);
        ink::plain_blanks(&mut self.next);
        self.unsay(&links);
        let mut changes = self.shown.diff_iter(&self.next).peekable();
        if changes.peek().is_none() && !self.fresh {
            return Vec::new();
        }
        let mut bytes = Vec::with_capacity(4096);
        bytes.extend_from_slice(BEGIN_SYNCHRONIZED);
        if self.fresh {
            bytes.extend_from_slice(RESET_AND_CLEAR);
        }
        ink::paint(&self.next, changes, self.erases_with_ground, &links, &mut bytes);
        bytes.extend_from_slice(END_SYNCHRONIZED);
        self.links = links;
        std::mem::swap(&mut self.shown, &mut self.next);
        self.fresh = false;
        bytes
    }

    /// Cells that lead elsewhere than before are drawn anew, whatever stands in them.
    fn unsay(&mut self, links: &[Hyperlink]) {
        let old = self.links.iter().filter(|link| !links.contains(link));
        let new = links.iter().filter(|link| !self.links.contains(link));
        for link in old.chain(new) {
            for x in link.x..link.x.saturating_add(link.columns) {
                if let Some(cell) = self.shown.cell_mut((x, link.y)) {
                    // Nobody writes this character, so it is no cell that is meant.
                    cell.set_symbol("\u{e000}");
                }
            }
        }
    }

    /// What is shown, for tests and pictures.
    pub fn shown(&self) -> &Buffer {
        &self.shown
    }
}

#[cfg(test)]
mod tests {
    use ratatui::style::Style;

    use super::*;

    #[test]
    fn the_same_frame_again_costs_nothing_and_one_cell_little() {
        let mut screen = Screen::new(20, 3);
        let word = |text: &'static str| {
            move |buffer: &mut Buffer| {
                buffer.set_string(0, 0, text, Style::new());
                Vec::new()
            }
        };
        let first = screen.frame(word("burst pipe"));
        assert!(first.windows(4).any(|bytes| bytes == b"\x1b[2J"));
        assert!(screen.frame(word("burst pipe")).is_empty());
        let changed = screen.frame(word("burst pipf"));
        assert!(!changed.is_empty() && changed.len() < 64, "{}", changed.len());
        screen.forget();
        assert!(screen.frame(word("burst pipf")).len() > 20);
    }

    #[test]
    fn no_size_at_all_is_no_trouble() {
        let mut screen = Screen::new(0, 0);
        screen.frame(|_| Vec::new());
        screen.resize(1, 1);
        screen.frame(|buffer| {
            buffer.set_string(0, 0, "x", Style::new());
            Vec::new()
        });
    }

    #[test]
    fn cells_lead_somewhere_where_that_is_wanted_and_are_told_when_it_changes() {
        let link = |url: &str| Hyperlink { x: 1, y: 0, columns: 3, url: url.to_owned() };
        let frame = |screen: &mut Screen, links: Vec<Hyperlink>| {
            let bytes = screen.frame(|buffer| {
                buffer.set_string(0, 0, "a lead", Style::new());
                links
            });
            String::from_utf8(bytes).unwrap()
        };
        let mut screen = Screen::new(20, 2).with_hyperlinks(true);
        let first = frame(&mut screen, vec![link("https://x.example/1")]);
        assert!(
            first.contains("a\x1b]8;;https://x.example/1\x1b\\ le\x1b]8;;\x1b\\ad"),
            "{first:?}"
        );
        assert_eq!(frame(&mut screen, vec![link("https://x.example/1")]), "");
        assert!(frame(&mut screen, vec![link("https://x.example/2")]).contains("example/2"));
        let plain = frame(&mut screen, Vec::new());
        assert!(plain.contains(" le") && !plain.contains("]8;"), "{plain:?}");
        let mut screen = Screen::new(20, 2);
        assert!(!frame(&mut screen, vec![link("https://x.example/1")]).contains("]8;"));
    }
}
