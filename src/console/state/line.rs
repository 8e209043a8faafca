//! A line that is being typed: text and caret.

use unicode_segmentation::UnicodeSegmentation;

/// The most characters a line takes, whatever is pasted.
const LONGEST: usize = 400;

/// What has been typed, and where the next letter goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    text: String,
    /// A byte offset, always between two graphemes.
    caret: usize,
}

impl Line {
    /// A line with the caret at its end.
    pub fn new(text: &str) -> Self {
        let mut line = Self::default();
        line.insert(text);
        line
    }

    /// What has been typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What stands before the caret, and after it.
    pub fn around_caret(&self) -> (&str, &str) {
        self.text.split_at(self.caret)
    }

    /// Types `text` at the caret. Control characters and what is too long stay away.
    pub fn insert(&mut self, text: &str) {
        let room = LONGEST.saturating_sub(self.text.chars().count());
        let fits: String = text.chars().filter(|c| !c.is_control()).take(room).collect();
        self.text.insert_str(self.caret, &fits);
        self.caret += fits.len();
    }

    /// Takes the character before the caret away.
    pub fn erase(&mut self) {
        let from = self.before();
        self.text.replace_range(from..self.caret, "");
        self.caret = from;
    }

    /// Takes the character after the caret away.
    pub fn erase_next(&mut self) {
        let to = self.after();
        self.text.replace_range(self.caret..to, "");
    }

    /// Takes the word before the caret away.
    pub fn erase_word(&mut self) {
        let before = self.text[..self.caret].trim_end();
        let from = before.rfind(' ').map_or(0, |space| space + 1);
        self.text.replace_range(from..self.caret, "");
        self.caret = from;
    }

    /// Moves the caret by one character, back or forward.
    pub fn step(&mut self, forward: bool) {
        self.caret = if forward { self.after() } else { self.before() };
    }

    /// Moves the caret to the beginning or the end.
    pub fn jump(&mut self, to_end: bool) {
        self.caret = if to_end { self.text.len() } else { 0 };
    }

    fn before(&self) -> usize {
        let last = self.text[..self.caret].graphemes(true).next_back();
        self.caret - last.map_or(0, str::len)
    }

    fn after(&self) -> usize {
        let next = self.text[self.caret..].graphemes(true).next();
        self.caret + next.map_or(0, str::len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_go_where_the_caret_is_and_characters_stay_whole() {
        let mut line = Line::new("pie");
        line.step(false);
        line.insert("p");
        assert_eq!(line.around_caret(), ("pip", "e"));
        line.erase();
        line.erase_next();
        assert_eq!(line.text(), "pi");
        let mut line = Line::new("ab e\u{301}");
        line.erase();
        assert_eq!(line.text(), "ab ");
        line.erase_word();
        assert_eq!(line.text(), "");
        line.erase();
        line.erase_next();
        line.step(false);
        line.insert("a\u{7}\nb");
        assert_eq!(line.text(), "ab");
    }

    #[test]
    fn a_paste_of_a_megabyte_leaves_a_line() {
        let line = Line::new(&"x".repeat(1_000_000));
        assert_eq!(line.text().len(), LONGEST);
    }
}
