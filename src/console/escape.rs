//! What goes to the terminal and is no cell: notifications, the clipboard, the title. Everything in
//! it came from outside once: control characters never get through, and nothing is long.

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// The longest notification or title, in characters.
const LONGEST_TEXT: usize = 200;
/// The most that is put on the clipboard, in bytes: some terminals choke on more.
const LONGEST_COPY: usize = 8 * 1024;

/// How a terminal is asked to show a notification of the desktop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notify {
    /// Not at all: the bell and the title must do.
    #[default]
    Off,
    /// iTerm2, ConEmu, Windows Terminal, WezTerm, foot, ghostty.
    Osc9,
    /// urxvt, VTE, foot, ghostty, WezTerm.
    Osc777,
    /// kitty.
    Osc99,
}

/// What stands between the program and the terminal and eats what it doesn't know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Between {
    /// Nothing.
    #[default]
    Nothing,
    /// tmux; lets through what is wrapped, with `allow-passthrough on`.
    Tmux,
    /// GNU screen.
    Screen,
}

impl Between {
    /// What the environment says.
    pub(super) fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        let has = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
        match (has("TMUX"), has("STY")) {
            (true, _) => Self::Tmux,
            (false, true) => Self::Screen,
            (false, false) => Self::Nothing,
        }
    }

    /// `sequence` so that it reaches the terminal.
    fn through(self, sequence: &str) -> String {
        match self {
            Self::Nothing => sequence.to_owned(),
            Self::Tmux => format!("\x1bPtmux;{}\x1b\\", sequence.replace('\x1b', "\x1b\x1b")),
            Self::Screen => format!("\x1bP{sequence}\x1b\\"),
        }
    }
}

/// A notification of the desktop; nothing when none is wanted.
pub(super) fn notification(how: Notify, between: Between, text: &str) -> String {
    let text = harmless(text);
    let sequence = match how {
        Notify::Off => return String::new(),
        Notify::Osc9 => format!("\x1b]9;{text}\x07"),
        Notify::Osc777 => format!("\x1b]777;notify;Callboard;{}\x07", text.replace(';', ",")),
        Notify::Osc99 => format!("\x1b]99;;{text}\x07"),
    };
    between.through(&sequence)
}

/// Puts `text` on the clipboard. tmux takes it itself or lets it through, by its settings: it is
/// told both ways.
pub(super) fn copy(between: Between, text: &str) -> String {
    let mut end = text.len().min(LONGEST_COPY);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let sequence = format!("\x1b]52;c;{}\x07", STANDARD.encode(&text[..end]));
    match between {
        Between::Tmux => format!("{sequence}{}", between.through(&sequence)),
        other => other.through(&sequence),
    }
}

/// The window's title.
pub(super) fn title(text: &str) -> String {
    format!("\x1b]0;{}\x07", harmless(text))
}

/// Without anything a terminal could understand as more than text.
fn harmless(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST_TEXT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_caller_is_called_ends_no_sequence() {
        let evil = "x\x07\x1b]52;c;ZXZpbA==\x07\x1b\\;y";
        for how in [Notify::Osc9, Notify::Osc777, Notify::Osc99] {
            let sent = notification(how, Between::Nothing, evil);
            assert_eq!(sent.matches(['\x07', '\x1b', '\u{9c}']).count(), 2, "{sent:?}");
            let wrapped = notification(how, Between::Tmux, evil);
            assert!(wrapped.starts_with("\x1bPtmux;\x1b\x1b]") && wrapped.ends_with("\x07\x1b\\"));
        }
        assert_eq!(title("a\x1b\x07b"), "\x1b]0;a  b\x07");
        assert_eq!(notification(Notify::Off, Between::Tmux, "x"), "");
    }

    #[test]
    fn a_copy_has_an_end_and_reaches_through_tmux() {
        assert_eq!(copy(Between::Nothing, "+1555"), "\x1b]52;c;KzE1NTU=\x07");
        assert!(copy(Between::Nothing, &"é".repeat(1_000_000)).len() < 2 * LONGEST_COPY);
        let sent = copy(Between::Tmux, "1");
        assert_eq!(sent, "\x1b]52;c;MQ==\x07\x1bPtmux;\x1b\x1b]52;c;MQ==\x07\x1b\\");
    }

    #[test]
    fn the_environment_says_what_stands_between() {
        let in_ = |name: &'static str| {
            Between::from_environment(move |asked| (asked == name).then(|| "1".to_owned()))
        };
        assert_eq!(
            [in_("TMUX"), in_("STY"), in_("TERM")],
            [Between::Tmux, Between::Screen, Between::Nothing]
        );
    }
}
