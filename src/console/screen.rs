//! From two buffers to the bytes a terminal needs: only what changed, nothing when nothing did.
//!
//! Pure: no tty, no query, no cursor to find. That is why ratatui's own `Terminal` isn't used
//! (it asks the terminal where its cursor is when cleared, and prints when dropped).

use ratatui::{buffer::Buffer, layout::Rect};

use super::ink;

const BEGIN_SYNCHRONIZED: &[u8] = b"\x1b[?2026h";
const END_SYNCHRONIZED: &[u8] = b"\x1b[?2026l";
const RESET_AND_CLEAR: &[u8] = b"\x1b[0m\x1b[2J";

/// What the terminal shows, and what it is to show next.
#[derive(Debug)]
pub struct Screen {
    shown: Buffer,
    next: Buffer,
    fresh: bool,
    erases_with_ground: bool,
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
        }
    }

    /// Whether the terminal erases with the ground it writes with (nearly all do; `screen` does
    /// not). Then a painted ground costs no more than a plain one.
    pub fn erase_with_ground(mut self, does: bool) -> Self {
        self.erases_with_ground = does;
        self
    }

    /// Takes another size; the next frame draws everything.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        *self = Self::new(columns, rows).erase_with_ground(self.erases_with_ground);
    }

    /// The next frame draws everything (the terminal was somebody else's for a while).
    pub fn forget(&mut self) {
        self.shown.reset();
        self.fresh = true;
    }

    /// Lets `draw` fill the next frame and returns the bytes that turn what is shown into it:
    /// none when they are the same.
    pub fn frame(&mut self, draw: impl FnOnce(&mut Buffer)) -> Vec<u8> {
        self.next.reset();
        draw(&mut self.next);
        ink::plain_blanks(&mut self.next);
        let mut changes = self.shown.diff_iter(&self.next).peekable();
        if changes.peek().is_none() && !self.fresh {
            return Vec::new();
        }
        let mut bytes = Vec::with_capacity(4096);
        bytes.extend_from_slice(BEGIN_SYNCHRONIZED);
        if self.fresh {
            bytes.extend_from_slice(RESET_AND_CLEAR);
        }
        ink::paint(&self.next, changes, self.erases_with_ground, &mut bytes);
        bytes.extend_from_slice(END_SYNCHRONIZED);
        std::mem::swap(&mut self.shown, &mut self.next);
        self.fresh = false;
        bytes
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
        screen.frame(|_| ());
        screen.resize(1, 1);
        screen.frame(|buffer| buffer.set_string(0, 0, "x", Style::new()));
    }
}
