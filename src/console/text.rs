//! Cutting and wrapping by what a terminal shows: display width, never bytes or characters.

use std::{borrow::Cow, ops::Range};

use jiff::Timestamp;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// More combining marks than this on one character are decoration or an attack.
const MOST_CHARS_IN_A_CELL: usize = 4;

/// The columns `text` takes on a terminal.
pub fn width(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.width() }
}

/// `text`, or as much of it as fits into `columns` with an ellipsis at its end.
pub fn cut(text: &str, columns: usize) -> Cow<'_, str> {
    // A text of at most `columns` bytes can't be wider than that many columns.
    if text.len() <= columns || width(text) <= columns {
        return Cow::Borrowed(text);
    }
    if columns == 0 {
        return Cow::Borrowed("");
    }
    let mut kept = String::with_capacity(columns + 3);
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        let wide = grapheme.width();
        if used + wide > columns - 1 {
            break;
        }
        used += wide;
        kept.push_str(grapheme);
    }
    // What was cut before has its ellipsis already.
    kept.truncate(kept.trim_end_matches(['…', ' ']).len());
    kept.push('…');
    Cow::Owned(kept)
}

/// `text` with every pile of combining marks cut to what a cell can hold, and, when `ascii` is
/// set, with everything a plain terminal can't show replaced.
pub fn plain(text: &str, ascii: bool) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for grapheme in text.graphemes(true) {
        if ascii && !grapheme.is_ascii() {
            out.push_str(in_ascii(grapheme));
        } else {
            out.extend(grapheme.chars().take(MOST_CHARS_IN_A_CELL));
        }
    }
    Cow::Owned(out)
}

/// The nearest a terminal without Unicode can come; as wide as the original where that is one.
fn in_ascii(grapheme: &str) -> &'static str {
    match grapheme {
        "▇" | "█" | "▆" | "▅" => "#",
        "▃" | "▄" => "=",
        "▁" | "▂" => "_",
        "▌" | "▸" | "→" | "»" | "›" | "❯" => ">",
        "←" | "‹" => "<",
        "↑" | "▲" | "↗" => "^",
        "↓" | "▼" => "v",
        "★" | "●" | "◆" | "•" => "*",
        "○" | "◌" => "o",
        "✓" => "+",
        "✗" | "×" => "x",
        "↻" => "~",
        "…" => "~",
        "·" | "—" | "–" | "─" | "━" => "-",
        "│" | "┃" => "|",
        "┌" | "┐" | "└" | "┘" | "├" | "┤" | "┬" | "┴" | "┼" | "╭" | "╮" | "╰" | "╯" => {
            "+"
        }
        "’" | "‘" => "'",
        "“" | "”" => "\"",
        "\u{a0}" => " ",
        other if other.width() == 2 => "??",
        _ => "?",
    }
}

/// Breaks `text` into rows of at most `columns`, at spaces where there are any, as byte ranges, so
/// that places within the text (evidence) can be found again.
pub fn wrap(text: &str, columns: usize) -> Vec<Range<usize>> {
    let mut rows = Vec::new();
    if columns == 0 {
        return rows;
    }
    let (mut start, mut used, mut space) = (0, 0, None);
    let mut at = 0;
    for grapheme in text.graphemes(true) {
        let wide = grapheme.width();
        // What a broken row leaves for the next may fill that too.
        while used + wide > columns && at > start {
            // A space that would begin the next row ends this one instead.
            let (end, next) = match space {
                _ if grapheme == " " => (at, at + 1),
                Some(space) => (space, space + 1),
                None => (at, at),
            };
            rows.push(start..end);
            start = next;
            space = None;
            used = if next <= at { width(&text[next..at]) } else { 0 };
        }
        if grapheme == " " && at >= start {
            space = Some(at);
        }
        if at >= start {
            used += wide;
        }
        at += grapheme.len();
    }
    if start < text.len() {
        rows.push(start..text.len());
    }
    rows
}

/// Whether `url` is a place on the web and nothing a terminal could take for more than that.
pub fn is_web_address(url: &str) -> bool {
    const LONGEST: usize = 1_000;
    (url.starts_with("https://") || url.starts_with("http://"))
        && url.len() <= LONGEST
        && url.bytes().all(|byte| byte.is_ascii_graphic())
}

/// How long ago, in steps coarse enough that a board of twenty calls is silent on the wire: five
/// seconds below a minute, then minutes, hours, days. Never wider than four columns.
pub fn age(seconds: i64) -> String {
    match seconds.max(0) {
        s @ 0..60 => format!("{}s", s - s % 5),
        s @ 60..3600 => format!("{}m", s / 60),
        s @ 3600..86_400 => format!("{}h", s / 3600),
        s => format!("{}d", (s / 86_400).min(999)),
    }
}

/// Whole seconds from `from` to `to`, negative when `to` is earlier.
pub fn seconds_between(from: Timestamp, to: Timestamp) -> i64 {
    to.as_second().saturating_sub(from.as_second())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn cuts_by_what_is_seen() {
        for (text, columns, shown) in [
            ("burst pipe", 10, "burst pipe"),
            ("burst pipe!", 10, "burst pip…"),
            ("burst pipe", 6, "burst…"),
            ("日本語です", 10, "日本語です"),
            ("日本語です", 9, "日本語で…"),
            ("日本語です", 4, "日…"),
            ("e\u{301}te\u{301}", 3, "e\u{301}te\u{301}"),
            ("abc", 0, ""),
            ("abc", 1, "…"),
        ] {
            assert_eq!(cut(text, columns), shown, "{text} in {columns}");
        }
    }

    #[test]
    fn wraps_at_spaces_and_inside_words_that_are_too_long() {
        let rows = |text: &str, columns| -> Vec<String> {
            wrap(text, columns).into_iter().map(|range| text[range].to_owned()).collect()
        };
        assert_eq!(rows("my basement is flooding", 11), ["my basement", "is flooding"]);
        assert_eq!(rows("aaaaaaaaaa bb", 4), ["aaaa", "aaaa", "aa", "bb"]);
        assert_eq!(rows("日本語です", 4), ["日本", "語で", "す"]);
        assert_eq!(rows("", 4), Vec::<String>::new());
    }

    #[test]
    fn ages_are_coarse_and_narrow() {
        for (seconds, shown) in
            [(-3, "0s"), (4, "0s"), (59, "55s"), (60, "1m"), (3599, "59m"), (7200, "2h")]
        {
            assert_eq!(age(seconds), shown);
        }
        assert_eq!(age(i64::MAX), "999d");
    }

    #[test]
    fn a_pile_of_marks_stays_one_cell_and_ascii_is_ascii() {
        let zalgo = format!("a{}", "\u{301}".repeat(300));
        assert_eq!(plain(&zalgo, false).chars().count(), MOST_CHARS_IN_A_CELL);
        assert_eq!(plain("✓ José … 日", true), "+ Jos? ~ ??");
    }

    #[test]
    fn only_plain_addresses_of_the_web_are_linked() {
        for (url, fits) in [
            ("https://x.example/a?b=c", true),
            ("http://x", true),
            ("javascript:alert(1)", false),
            ("https://x\u{1b}\\", false),
            ("https://x y", false),
            ("file:///etc/passwd", false),
        ] {
            assert_eq!(is_web_address(url), fits, "{url}");
        }
    }

    #[test]
    fn what_a_broken_row_leaves_may_fill_the_next() {
        let text = " abc日";
        let rows: Vec<&str> = wrap(text, 4).into_iter().map(|row| &text[row]).collect();
        assert_eq!(rows, ["", "abc", "日"]);
    }

    proptest! {
        #[test]
        fn nothing_is_ever_wider_than_asked(text in "\\PC{0,60}", columns in 0usize..30) {
            prop_assert!(width(&cut(&text, columns)) <= columns);
            if columns >= 2 {
                for range in wrap(&text, columns) {
                    let row = &text[range];
                    // A single character can be wider than that; the edge of the pane cuts it.
                    let whole = row.graphemes(true).count() == 1;
                    prop_assert!(whole || width(row) <= columns);
                }
            }
        }
    }
}
