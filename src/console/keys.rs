//! The one table of keys: what is pressed, what it is called, what it does. Dispatch, help,
//! hints, the names in the config and `docs/console.md` all come from here.

use std::{collections::BTreeMap, fmt, str::FromStr};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "TABLE says what each one does, in the words the operator sees")]
pub enum Intent {
    Up,
    Down,
    PageUp,
    PageDown,
    Top,
    Bottom,
    Open,
    Back,
    Route,
    Opportunity,
    Convert,
    CalledBack,
    Dismiss,
    WrapUp,
    Raise,
    Lower,
    Undo,
    Retry,
    RetryAll,
    Discard,
    Edit,
    Mark,
    MarkAll,
    Ladder,
    Find,
    Command,
    Live,
    Callbacks,
    Writes,
    Today,
    NextView,
    PreviousView,
    Privacy,
    Mute,
    Copy,
    CopyLink,
    Theme,
    Help,
    Redraw,
    Suspend,
    Quit,
    Confirm,
    Erase,
    EraseNext,
    EraseWord,
    EraseAll,
    Accept,
    Complete,
    LeaveOut,
    CaretLeft,
    CaretRight,
    CaretHome,
    CaretEnd,
}

/// Where a key counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Context {
    /// On the board.
    Board,
    /// While a dialog asks something.
    Dialog,
    /// While a field of a dialog is filled in.
    Form,
    /// While a filter or a command is typed.
    Typing,
}

impl Context {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Board, Self::Dialog, Self::Form, Self::Typing];

    /// As a heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Board => "On the board",
            Self::Dialog => "In a dialog",
            Self::Form => "In a field of a dialog",
            Self::Typing => "While typing a filter or a command",
        }
    }
}

/// A row of the table.
#[derive(Debug)]
pub struct Binding {
    /// What it does.
    pub intent: Intent,
    /// Where it counts.
    pub context: Context,
    /// Its name in the config (`[console.keys]`).
    pub name: &'static str,
    /// The keys, as [`Chord`] reads them.
    pub keys: &'static [&'static str],
    /// For the help: what happens.
    pub help: &'static str,
    /// For the hint line: a word or two.
    pub hint: &'static str,
    /// Whether it changes something, and so needs a role above viewer and a live link.
    pub acts: bool,
}

const fn look(
    intent: Intent,
    name: &'static str,
    keys: &'static [&'static str],
    hint: &'static str,
    help: &'static str,
) -> Binding {
    Binding { intent, context: Context::Board, name, keys, help, hint, acts: false }
}

const fn act(
    intent: Intent,
    name: &'static str,
    keys: &'static [&'static str],
    hint: &'static str,
    help: &'static str,
) -> Binding {
    Binding { intent, context: Context::Board, name, keys, help, hint, acts: true }
}

const fn dialog(
    intent: Intent,
    name: &'static str,
    keys: &'static [&'static str],
    hint: &'static str,
    help: &'static str,
) -> Binding {
    Binding { intent, context: Context::Dialog, name, keys, help, hint, acts: false }
}

const fn form(
    intent: Intent,
    name: &'static str,
    keys: &'static [&'static str],
    hint: &'static str,
    help: &'static str,
) -> Binding {
    Binding { intent, context: Context::Form, name, keys, help, hint, acts: false }
}

const fn typing(
    intent: Intent,
    name: &'static str,
    keys: &'static [&'static str],
    hint: &'static str,
    help: &'static str,
) -> Binding {
    Binding { intent, context: Context::Typing, name, keys, help, hint, acts: false }
}

/// Every key of the console. Rows that follow each other with the same help are one line of the
/// help page.
pub const TABLE: &[Binding] = &[
    act(Intent::Route, "route", &["r"], "route", "give to somebody; asks first"),
    act(Intent::Opportunity, "opportunity", &["o"], "opportunity", "new Opportunity; asks first"),
    act(Intent::Convert, "convert", &["O"], "convert", "Lead to customer; asks first"),
    act(Intent::CalledBack, "called_back", &["c"], "called back", "the callback was made"),
    act(Intent::Dismiss, "dismiss", &["C"], "no callback", "no callback is needed"),
    act(Intent::WrapUp, "wrap_up", &["w"], "wrap up", "off the board; asks first"),
    act(Intent::Raise, "raise", &["+", "="], "more urgent", "urgency up, urgency down"),
    act(Intent::Lower, "lower", &["-"], "less urgent", "urgency up, urgency down"),
    act(Intent::Undo, "undo", &["u"], "undo", "take back your last action"),
    act(Intent::Retry, "retry", &["t"], "retry", "try failed writes again"),
    act(Intent::RetryAll, "retry_all", &["T"], "retry all", "the same with all there are"),
    act(Intent::Discard, "discard", &["x"], "discard", "give a failed write up"),
    act(Intent::Edit, "edit", &["e"], "edit", "edit it, or say who is meant"),
    look(Intent::Mark, "mark", &["space"], "mark", "mark rows, to act on all"),
    look(Intent::MarkAll, "mark_all", &["ctrl-a"], "mark all", "mark every row, or none"),
    look(Intent::Up, "up", &["up", "k"], "up", "a row up, a row down"),
    look(Intent::Down, "down", &["down", "j"], "down", "a row up, a row down"),
    look(Intent::PageUp, "page_up", &["pageup", "ctrl-b"], "page up", "a page up, down"),
    look(Intent::PageDown, "page_down", &["pagedown", "ctrl-f"], "page down", "a page up, down"),
    look(Intent::Top, "top", &["g", "home"], "top", "to the first, the last row"),
    look(Intent::Bottom, "bottom", &["G", "end"], "bottom", "to the first, the last row"),
    look(Intent::Open, "open", &["enter"], "open", "the whole call, and back"),
    look(Intent::Ladder, "ladder", &["l"], "what happened", "what happened, step by step"),
    look(Intent::Back, "back", &["esc"], "back", "back; ends marks and filter"),
    look(Intent::Live, "live", &["1"], "live", "the views, as named above"),
    look(Intent::Callbacks, "callbacks", &["2"], "callbacks", "the views, as named above"),
    look(Intent::Writes, "writes", &["3"], "writes", "the views, as named above"),
    look(Intent::Today, "today", &["4"], "today", "the views, as named above"),
    look(Intent::NextView, "next_view", &["tab"], "next view", "next view, view before"),
    look(
        Intent::PreviousView,
        "previous_view",
        &["shift-tab"],
        "view before",
        "next view, view before",
    ),
    look(Intent::Find, "find", &["/"], "find", "filter, as you type"),
    look(Intent::Command, "command", &[":"], "command", "anything by its name"),
    look(Intent::Privacy, "privacy", &["P"], "privacy", "mask names and words"),
    look(Intent::Mute, "mute", &["M"], "mute", "no bell for 30 minutes"),
    look(Intent::Copy, "copy", &["y"], "copy number", "copy the number, the link"),
    look(Intent::CopyLink, "copy_link", &["Y"], "copy link", "copy the number, the link"),
    look(Intent::Theme, "theme", &["p"], "theme", "the next theme"),
    look(Intent::Help, "help", &["?", "f1"], "help", "this page"),
    look(Intent::Redraw, "redraw", &["ctrl-l"], "redraw", "draw the screen anew"),
    look(Intent::Suspend, "suspend", &["ctrl-z"], "suspend", "to the shell; fg returns"),
    look(Intent::Quit, "quit", &["q", "ctrl-c"], "quit", "leave; the hub goes on"),
    dialog(Intent::Confirm, "confirm", &["y"], "do it", "do what the dialog says"),
    dialog(Intent::Up, "choice_up", &["up", "k"], "", "the choice or field above"),
    dialog(Intent::Down, "choice_down", &["down", "j"], "choose", "the choice or field below"),
    dialog(Intent::Complete, "to_fields", &["tab", "e"], "edit", "fill the first field in"),
    dialog(Intent::Back, "cancel", &["esc", "q", "n"], "go back", "change nothing"),
    dialog(Intent::Quit, "leave", &["ctrl-c"], "", "leave the program"),
    form(Intent::Accept, "field_done", &["enter", "tab", "down"], "next", "the next field"),
    form(Intent::Up, "field_before", &["shift-tab", "up"], "", "the field before"),
    form(Intent::CaretLeft, "field_left", &["left"], "", "to the left; in a list the one before"),
    form(Intent::CaretRight, "field_right", &["right"], "", "to the right; in a list the next"),
    form(Intent::CaretHome, "field_home", &["home"], "", "to the beginning"),
    form(Intent::CaretEnd, "field_end", &["end"], "", "to the end"),
    form(Intent::Erase, "field_erase", &["backspace"], "", "the character before"),
    form(Intent::EraseNext, "field_erase_next", &["delete"], "", "the character after"),
    form(Intent::EraseWord, "field_erase_word", &["ctrl-w"], "", "the word before"),
    form(Intent::EraseAll, "field_erase_all", &["ctrl-u"], "", "everything"),
    form(Intent::LeaveOut, "field_leave_out", &["ctrl-x"], "", "a write's field: don't write it"),
    form(Intent::Back, "field_cancel", &["esc"], "go back", "change nothing"),
    form(Intent::Quit, "field_leave", &["ctrl-c"], "", "leave the program"),
    typing(Intent::Accept, "accept", &["enter"], "keep", "keep the filter; do the command"),
    typing(Intent::Back, "clear", &["esc"], "clear", "clear the filter; do nothing"),
    typing(Intent::Complete, "complete", &["tab"], "", "complete, then the next that fits"),
    typing(Intent::Up, "row_up", &["up"], "", "one row up"),
    typing(Intent::Down, "row_down", &["down"], "", "one row down"),
    typing(Intent::CaretLeft, "caret_left", &["left"], "", "to the left"),
    typing(Intent::CaretRight, "caret_right", &["right"], "", "to the right"),
    typing(Intent::CaretHome, "caret_home", &["home"], "", "to the beginning"),
    typing(Intent::CaretEnd, "caret_end", &["end"], "", "to the end"),
    typing(Intent::Erase, "erase", &["backspace"], "", "the character before"),
    typing(Intent::EraseNext, "erase_next", &["delete"], "", "the character after"),
    typing(Intent::EraseWord, "erase_word", &["ctrl-w"], "", "the word before"),
    typing(Intent::EraseAll, "erase_all", &["ctrl-u"], "", "everything"),
    typing(Intent::Quit, "stop", &["ctrl-c"], "", "leave the program"),
];

/// A key with its modifiers: `r`, `R`, `ctrl-l`, `enter`, `f1`, `space`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Chord {
    code: KeyCode,
    modifiers: KeyModifiers,
}

impl From<KeyEvent> for Chord {
    fn from(event: KeyEvent) -> Self {
        // Some call it by a name of its own.
        if event.code == KeyCode::BackTab {
            return Self { code: KeyCode::Tab, modifiers: KeyModifiers::SHIFT };
        }
        // Capitals arrive with or without SHIFT, depending on the terminal: the letter says it.
        let mut modifiers = event.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT);
        if !matches!(event.code, KeyCode::Char(_)) {
            modifiers |= event.modifiers & KeyModifiers::SHIFT;
        }
        Self { code: event.code, modifiers }
    }
}

impl Chord {
    /// The key press a terminal sends for it.
    pub fn event(self) -> KeyEvent {
        KeyEvent::new(self.code, self.modifiers)
    }
}

const NAMED: &[(&str, KeyCode)] = &[
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pageup", KeyCode::PageUp),
    ("pagedown", KeyCode::PageDown),
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("insert", KeyCode::Insert),
    ("space", KeyCode::Char(' ')),
];

impl FromStr for Chord {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut modifiers = KeyModifiers::NONE;
        let mut rest = text;
        for (prefix, modifier) in [
            ("ctrl-", KeyModifiers::CONTROL),
            ("alt-", KeyModifiers::ALT),
            ("shift-", KeyModifiers::SHIFT),
        ] {
            if let Some(shorter) = rest.strip_prefix(prefix) {
                modifiers |= modifier;
                rest = shorter;
            }
        }
        let mut chars = rest.chars();
        let code = match (chars.next(), chars.next()) {
            (Some(c), None) => KeyCode::Char(c),
            _ => match NAMED.iter().find(|(name, _)| *name == rest) {
                Some((_, code)) => *code,
                None => rest
                    .strip_prefix('f')
                    .and_then(|number| number.parse().ok())
                    .filter(|number| (1..=12).contains(number))
                    .map(KeyCode::F)
                    .ok_or_else(|| {
                        format!("{text:?} is no key; write it as r, R, ctrl-l, enter, space or f1")
                    })?,
            },
        };
        Ok(Self { code, modifiers })
    }
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (modifier, word) in [
            (KeyModifiers::CONTROL, "ctrl-"),
            (KeyModifiers::ALT, "alt-"),
            (KeyModifiers::SHIFT, "shift-"),
        ] {
            if self.modifiers.contains(modifier) {
                f.write_str(word)?;
            }
        }
        match (NAMED.iter().find(|(_, code)| *code == self.code), self.code) {
            (Some((name, _)), _) => f.write_str(name),
            (None, KeyCode::Char(c)) => write!(f, "{c}"),
            (None, KeyCode::F(number)) => write!(f, "f{number}"),
            (None, other) => write!(f, "{other}"),
        }
    }
}

/// The table with an operator's own keys in place of the usual ones.
#[derive(Clone, Debug)]
pub struct Keymap {
    chords: Vec<Vec<Chord>>,
}

/// What is wrong with an operator's own keys.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeymapError {
    /// The table has no such row.
    #[error("there is no key named {0:?}; `callboard keys` lists the names")]
    Unknown(String),
    /// Not a key.
    #[error("key {name}: {problem}")]
    Unreadable {
        /// The row's name.
        name: String,
        /// What is wrong.
        problem: String,
    },
    /// One key for two things.
    #[error("{chord} is both {first} and {second}; give one of them another key")]
    Twice {
        /// The key.
        chord: String,
        /// The earlier row's name.
        first: &'static str,
        /// The later row's name.
        second: &'static str,
    },
}

impl Keymap {
    /// The table with what `own` says put over it (name → keys; an empty list unbinds).
    ///
    /// # Errors
    /// Unknown names, unreadable keys, and keys that would mean two things.
    pub fn new(own: &BTreeMap<String, Vec<String>>) -> Result<Self, KeymapError> {
        if let Some(name) = own.keys().find(|name| TABLE.iter().all(|row| row.name != **name)) {
            return Err(KeymapError::Unknown(name.clone()));
        }
        let mut chords: Vec<Vec<Chord>> = Vec::with_capacity(TABLE.len());
        for row in TABLE {
            let read = |text: &str| {
                text.parse().map_err(|problem| KeymapError::Unreadable {
                    name: row.name.to_owned(),
                    problem,
                })
            };
            chords.push(match own.get(row.name) {
                Some(keys) => keys.iter().map(|key| read(key)).collect::<Result<_, _>>()?,
                None => row.keys.iter().map(|key| read(key)).collect::<Result<_, _>>()?,
            });
        }
        for (later, row) in TABLE.iter().enumerate() {
            for chord in &chords[later] {
                let first = TABLE[..later]
                    .iter()
                    .zip(&chords)
                    .find(|(other, keys)| other.context == row.context && keys.contains(chord));
                if let Some((other, _)) = first {
                    let chord = chord.to_string();
                    return Err(KeymapError::Twice { chord, first: other.name, second: row.name });
                }
            }
        }
        Ok(Self { chords })
    }

    /// The row of the board called `name`.
    pub fn named(name: &str) -> Option<&'static Binding> {
        TABLE.iter().find(|row| row.context == Context::Board && row.name == name)
    }

    /// What `event` asks for in `context`.
    pub fn intent(&self, context: Context, event: KeyEvent) -> Option<&'static Binding> {
        let chord = Chord::from(event);
        TABLE
            .iter()
            .zip(&self.chords)
            .find(|(row, chords)| row.context == context && chords.contains(&chord))
            .map(|(row, _)| row)
    }

    /// The keys of a row, for people: `up k`.
    pub fn keys_of(&self, row: usize) -> String {
        let keys = self.chords.get(row).map_or(&[][..], Vec::as_slice);
        keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    }

    /// The first key of an intent in `context`, for the hint line; empty when it has none.
    pub fn key(&self, context: Context, intent: Intent) -> String {
        TABLE
            .iter()
            .zip(&self.chords)
            .find(|(row, _)| row.context == context && row.intent == intent)
            .and_then(|(_, chords)| chords.first())
            .map(ToString::to_string)
            .unwrap_or_default()
    }
}

impl Default for Keymap {
    #[expect(clippy::expect_used, reason = "a test reads the table")]
    fn default() -> Self {
        Self::new(&BTreeMap::new()).expect("the table is free of contradictions")
    }
}

/// The table as Markdown: keys, name in the config, what it does.
pub fn sheet(keymap: &Keymap) -> String {
    let mut text = String::new();
    for context in Context::ALL {
        text.push_str(&format!(
            "### {}\n\n| key | name | what it does |\n| --- | --- | --- |\n",
            context.title()
        ));
        for (index, row) in TABLE.iter().enumerate().filter(|(_, row)| row.context == context) {
            let keys: Vec<String> =
                keymap.keys_of(index).split(' ').map(|key| format!("`{key}`")).collect();
            text.push_str(&format!("| {} | {} | {} |\n", keys.join(" "), row.name, row.help));
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn own(rows: &[(&str, &[&str])]) -> BTreeMap<String, Vec<String>> {
        rows.iter()
            .map(|(name, keys)| {
                ((*name).to_owned(), keys.iter().map(|key| (*key).to_owned()).collect())
            })
            .collect()
    }

    #[test]
    fn the_table_contradicts_itself_nowhere() {
        Keymap::new(&BTreeMap::new()).unwrap();
        let names: BTreeSet<&str> = TABLE.iter().map(|row| row.name).collect();
        assert_eq!(names.len(), TABLE.len(), "a name stands for one row");
        for row in TABLE {
            assert!(!row.help.is_empty(), "{} has a help text", row.name);
            for key in row.keys {
                assert_eq!(key.parse::<Chord>().unwrap().to_string(), *key);
            }
        }
    }

    #[test]
    fn the_documentation_shows_this_table() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/console.md");
        let page = std::fs::read_to_string(path).unwrap();
        let (head, rest) = page.split_once("<!-- keys -->\n").unwrap();
        let (shown, tail) = rest.split_once("<!-- end of keys -->").unwrap();
        let sheet = format!("\n{}", sheet(&Keymap::default()));
        if shown != sheet && std::env::var_os("UPDATE_DOCS").is_some() {
            let page = format!("{head}<!-- keys -->\n{sheet}<!-- end of keys -->{tail}");
            std::fs::write(path, page).unwrap();
        } else {
            assert!(
                shown == sheet,
                "docs/console.md has drifted: UPDATE_DOCS=1 cargo test --lib keys"
            );
        }
    }

    #[test]
    fn own_keys_replace_the_usual_ones() {
        let keymap = Keymap::new(&own(&[("route", &["f5", "ctrl-r"])])).unwrap();
        let press = |code, modifiers| {
            keymap.intent(Context::Board, KeyEvent::new(code, modifiers)).map(|row| row.intent)
        };
        assert_eq!(press(KeyCode::F(5), KeyModifiers::NONE), Some(Intent::Route));
        assert_eq!(press(KeyCode::Char('r'), KeyModifiers::CONTROL), Some(Intent::Route));
        assert_eq!(press(KeyCode::Char('r'), KeyModifiers::NONE), None);
        assert_eq!(press(KeyCode::Char('T'), KeyModifiers::SHIFT), Some(Intent::RetryAll));
        assert_eq!(keymap.key(Context::Board, Intent::Route), "f5");
    }

    #[test]
    fn wrong_keys_are_named() {
        for (rows, said) in [
            (own(&[("rout", &["r"])]), "no key named"),
            (own(&[("route", &["hyper-r"])]), "is no key"),
            (own(&[("route", &["o"])]), "o is both route and opportunity"),
        ] {
            let error = Keymap::new(&rows).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
    }
}
