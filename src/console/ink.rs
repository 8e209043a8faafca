//! Changed cells as the fewest bytes that paint them.
//!
//! A style is told once and then only what differs; blanks have no colour of their own but their
//! ground, and a run of them is erased, not written; the cursor goes the shortest way. On a line of
//! two kilobytes a second that is the difference between a glance and a wait.

use std::io::Write;

use ratatui::{
    buffer::{Buffer, Cell},
    style::{Color, Modifier},
};

use super::screen::Hyperlink;

/// From how many blanks at the end of a line erasing is shorter than writing them.
const TO_THE_END: u16 = 4;
/// The same in the middle of a line, where the cursor must be moved over them as well.
const WITHIN: u16 = 11;

/// Attributes that show on a blank.
const SEEN_ON_BLANKS: Modifier =
    Modifier::REVERSED.union(Modifier::UNDERLINED).union(Modifier::CROSSED_OUT);

/// What a terminal writes with at the moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Ink {
    fg: Color,
    bg: Color,
    modifier: Modifier,
}

/// Gives every blank the same colour of letters: it has none, and a blank that only differs in
/// what can't be seen is no change.
pub(super) fn plain_blanks(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        if is_blank(cell) {
            cell.fg = Color::Reset;
            cell.modifier = Modifier::empty();
        }
    }
}

fn is_blank(cell: &Cell) -> bool {
    cell.symbol() == " " && !cell.modifier.intersects(SEEN_ON_BLANKS)
}

/// Paints `changes` (cells of `next`, in reading order); ends with a terminal that writes plainly.
/// `erases_with_ground`: whether this terminal erases with the ground it writes with.
pub(super) fn paint<'a>(
    next: &Buffer,
    changes: impl Iterator<Item = (u16, u16, &'a Cell)>,
    erases_with_ground: bool,
    links: &[Hyperlink],
    out: &mut Vec<u8>,
) {
    let mut ink = Ink::default();
    // Where what is written leads.
    let mut leads: Option<&Hyperlink> = None;
    let mut at = None;
    // Up to where on which line has been erased already.
    let mut erased = (0, 0);
    for (x, y, cell) in changes {
        if y == erased.1 && x < erased.0 {
            continue;
        }
        let link = links.iter().find(|link| link.holds(x, y));
        if leads != link {
            lead(link, out);
            leads = link;
        }
        if link.is_none() && is_blank(cell) && (cell.bg == Color::Reset || erases_with_ground) {
            let (run, ends_the_line) = blanks(next, links, x, y, cell.bg);
            if run >= if ends_the_line { TO_THE_END } else { WITHIN } {
                go(&mut at, x, y, out);
                ink.change(Ink { fg: ink.fg, bg: cell.bg, modifier: Modifier::empty() }, out);
                if ends_the_line {
                    out.extend_from_slice(b"\x1b[K");
                } else {
                    write(out, format_args!("\x1b[{run}X"));
                }
                erased = (x + run, y);
                continue;
            }
        }
        go(&mut at, x, y, out);
        let fg = if is_blank(cell) { ink.fg } else { cell.fg };
        ink.change(Ink { fg, bg: cell.bg, modifier: cell.modifier }, out);
        out.extend_from_slice(cell.symbol().as_bytes());
        // Terminals disagree on how far emoji and marks move the cursor, and what it does in the
        // last column: it is told where to go next.
        let mut characters = cell.symbol().chars();
        let simple = characters.next().is_some() && characters.next().is_none();
        let known = simple && super::text::width(cell.symbol()) == 1 && x + 1 < next.area.width;
        at = known.then_some((x + 1, y));
    }
    if leads.is_some() {
        lead(None, out);
    }
    if ink != Ink::default() {
        out.extend_from_slice(b"\x1b[m");
    }
}

/// What is written from now on leads there, or nowhere.
fn lead(link: Option<&Hyperlink>, out: &mut Vec<u8>) {
    write(out, format_args!("\x1b]8;;{}\x1b\\", link.map_or("", |link| link.url.as_str())));
}

/// How many blanks of one ground there are from here on, and whether the line ends with them.
fn blanks(next: &Buffer, links: &[Hyperlink], x: u16, y: u16, bg: Color) -> (u16, bool) {
    let right = next.area.width;
    let same = |x: &u16| {
        let cell = &next[(*x, y)];
        is_blank(cell) && cell.bg == bg && !links.iter().any(|link| link.holds(*x, y))
    };
    let run = (x..right).take_while(same).count();
    let run = u16::try_from(run).unwrap_or(right - x);
    (run, x + run == right)
}

/// Moves the cursor to column `x` of line `y`.
fn go(at: &mut Option<(u16, u16)>, x: u16, y: u16, out: &mut Vec<u8>) {
    let target = (x, y);
    match *at {
        Some(here) if here == target => {}
        Some((column, line)) if line == y && column < x => match x - column {
            1 => out.extend_from_slice(b"\x1b[C"),
            far => write(out, format_args!("\x1b[{far}C")),
        },
        Some((_, line)) if x == 0 && line + 1 == y => out.extend_from_slice(b"\r\n"),
        _ if x == 0 => write(out, format_args!("\x1b[{}H", u32::from(y) + 1)),
        _ => write(out, format_args!("\x1b[{};{}H", u32::from(y) + 1, u32::from(x) + 1)),
    }
    *at = Some(target);
}

fn write(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    // Memory takes everything.
    let _ = out.write_fmt(text);
}

impl Ink {
    /// Tells the terminal to write with `wanted` from now on, in as few words as possible.
    fn change(&mut self, wanted: Self, out: &mut Vec<u8>) {
        if *self == wanted {
            return;
        }
        let mut step = Vec::with_capacity(24);
        self.step(wanted, &mut step);
        // From nothing it is sometimes shorter, and to nothing always.
        let mut anew = Vec::with_capacity(24);
        Self::default().step(wanted, &mut anew);
        out.extend_from_slice(b"\x1b[");
        if anew.is_empty() {
            // `CSI m` alone is plain.
        } else if anew.len() + 2 < step.len() {
            out.extend_from_slice(b"0;");
            out.extend_from_slice(&anew);
        } else {
            out.extend_from_slice(&step);
        }
        out.push(b'm');
        *self = wanted;
    }

    /// The parameters that lead from this to `wanted`.
    fn step(self, wanted: Self, out: &mut Vec<u8>) {
        let mut say = |code: std::fmt::Arguments<'_>| {
            if !out.is_empty() {
                out.push(b';');
            }
            write(out, code);
        };
        let gone = self.modifier - wanted.modifier;
        let mut come = wanted.modifier - self.modifier;
        if gone.intersects(Modifier::BOLD | Modifier::DIM) {
            // One word takes both away.
            say(format_args!("22"));
            come |= wanted.modifier & (Modifier::BOLD | Modifier::DIM);
        }
        for (modifier, off) in [
            (Modifier::ITALIC, 23),
            (Modifier::UNDERLINED, 24),
            (Modifier::SLOW_BLINK, 25),
            (Modifier::REVERSED, 27),
            (Modifier::CROSSED_OUT, 29),
        ] {
            if gone.contains(modifier) {
                say(format_args!("{off}"));
            }
        }
        for (modifier, on) in [
            (Modifier::BOLD, 1),
            (Modifier::DIM, 2),
            (Modifier::ITALIC, 3),
            (Modifier::UNDERLINED, 4),
            (Modifier::SLOW_BLINK, 5),
            (Modifier::REVERSED, 7),
            (Modifier::CROSSED_OUT, 9),
        ] {
            if come.contains(modifier) {
                say(format_args!("{on}"));
            }
        }
        if self.fg != wanted.fg {
            say(format_args!("{}", Parameter(wanted.fg, 30)));
        }
        if self.bg != wanted.bg {
            say(format_args!("{}", Parameter(wanted.bg, 40)));
        }
    }
}

/// A colour as a parameter of SGR, of letters (30) or ground (40).
struct Parameter(Color, u8);

impl std::fmt::Display for Parameter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self(colour, base) = self;
        let bright = base + 60;
        let code = match colour {
            Color::Reset => base + 9,
            Color::Black => *base,
            Color::Red => base + 1,
            Color::Green => base + 2,
            Color::Yellow => base + 3,
            Color::Blue => base + 4,
            Color::Magenta => base + 5,
            Color::Cyan => base + 6,
            Color::Gray => base + 7,
            Color::DarkGray => bright,
            Color::LightRed => bright + 1,
            Color::LightGreen => bright + 2,
            Color::LightYellow => bright + 3,
            Color::LightBlue => bright + 4,
            Color::LightMagenta => bright + 5,
            Color::LightCyan => bright + 6,
            Color::White => bright + 7,
            Color::Indexed(index) => return write!(f, "{};5;{index}", base + 8),
            Color::Rgb(r, g, b) => return write!(f, "{};2;{r};{g};{b}", base + 8),
        };
        write!(f, "{code}")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ratatui::{layout::Rect, style::Style};

    use super::*;

    fn painted(before: &Buffer, after: &mut Buffer, erases: bool) -> Vec<u8> {
        plain_blanks(after);
        let mut out = Vec::new();
        paint(after, before.diff_iter(after), erases, &[], &mut out);
        out
    }

    /// What a terminal shows of each cell: symbol, colours, attributes that can be seen.
    fn seen(screen: &vt100::Screen, columns: u16, rows: u16) -> Vec<String> {
        let mut cells = Vec::new();
        for y in 0..rows {
            for x in 0..columns {
                let cell = screen.cell(y, x).unwrap();
                let text = if cell.has_contents() { cell.contents() } else { " " };
                let bold = text != " " && cell.bold();
                let fg = (text != " " || cell.inverse()).then(|| cell.fgcolor());
                let shown = (text, fg, cell.bgcolor(), bold, cell.inverse());
                cells.push(format!("{shown:?}"));
            }
        }
        cells
    }

    /// The same cells written one by one, each with its whole style.
    fn plainly(buffer: &Buffer) -> Vec<u8> {
        let mut out = b"\x1b[2J".to_vec();
        for y in 0..buffer.area.height {
            for x in 0..buffer.area.width {
                let cell = &buffer[(x, y)];
                write(&mut out, format_args!("\x1b[{};{}H\x1b[m", y + 1, x + 1));
                Ink::default()
                    .change(Ink { fg: cell.fg, bg: cell.bg, modifier: cell.modifier }, &mut out);
                out.extend_from_slice(cell.symbol().as_bytes());
            }
        }
        out
    }

    fn word() -> impl Strategy<Value = (u16, u16, String, Style)> {
        let colour = prop_oneof![
            Just(Color::Reset),
            Just(Color::Red),
            Just(Color::Indexed(99)),
            Just(Color::Rgb(1, 2, 3))
        ];
        let modifier = prop_oneof![
            Just(Modifier::empty()),
            Just(Modifier::BOLD),
            Just(Modifier::REVERSED),
            Just(Modifier::BOLD | Modifier::REVERSED)
        ];
        (0u16..30, 0u16..4, "[ab ]{1,14}", colour.clone(), colour, modifier).prop_map(
            |(x, y, text, fg, bg, modifier)| {
                (x, y, text, Style::new().fg(fg).bg(bg).add_modifier(modifier))
            },
        )
    }

    proptest! {
        #[test]
        fn a_terminal_ends_up_with_the_cells_that_were_meant(
            first in proptest::collection::vec(word(), 0..8),
            second in proptest::collection::vec(word(), 0..8),
            erases: bool,
        ) {
            let area = Rect::new(0, 0, 30, 4);
            let mut terminal = vt100::Parser::new(
                4.try_into().unwrap(), 30.try_into().unwrap(), 0);
            let mut before = Buffer::empty(area);
            for words in [first, second] {
                let mut after = Buffer::empty(area);
                for (x, y, text, style) in words {
                    after.set_string(x, y, text, style);
                }
                terminal.process(&painted(&before, &mut after, erases));
                let mut plain = vt100::Parser::new(
                    4.try_into().unwrap(), 30.try_into().unwrap(), 0);
                plain.process(&plainly(&after));
                prop_assert_eq!(
                    seen(terminal.screen(), 30, 4),
                    seen(plain.screen(), 30, 4)
                );
                before = after;
            }
        }
    }

    #[test]
    fn a_line_that_becomes_empty_is_erased_and_a_colour_is_told_once() {
        let area = Rect::new(0, 0, 60, 2);
        let (mut full, mut empty) = (Buffer::empty(area), Buffer::empty(area));
        let red = Style::new().fg(Color::Rgb(200, 10, 10));
        full.set_string(0, 0, "two words", red);
        let bytes = painted(&Buffer::empty(area), &mut full, false);
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(text, "\x1b[1H\x1b[38;2;200;10;10mtwo\x1b[Cwords\x1b[m");
        let bytes = painted(&full, &mut empty, false);
        assert_eq!(String::from_utf8(bytes).unwrap(), "\x1b[1H\x1b[K");
    }
}
