//! What a terminal can show, and how a colour is brought down to it.

use ratatui::style::Color;

/// How many colours a terminal knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ability {
    /// None: bold, underlined and reversed only.
    None,
    /// The sixteen of its own palette.
    Sixteen,
    /// The xterm palette of 256.
    Indexed,
    /// 24-bit colour.
    True,
}

impl Ability {
    /// What the environment says, without asking the terminal (a question stalls on a slow link).
    ///
    /// `variable` looks a variable up. `NO_COLOR` (see no-color.org) wins over everything.
    pub fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        let has = |name: &str| variable(name).filter(|value| !value.is_empty());
        let term = has("TERM").unwrap_or_default();
        if has("NO_COLOR").is_some() || matches!(term.as_str(), "dumb" | "vt100" | "vt220") {
            return Self::None;
        }
        let colours = has("COLORTERM").unwrap_or_default();
        if matches!(colours.as_str(), "truecolor" | "24bit") || term.ends_with("-direct") {
            Self::True
        } else if term.contains("256color") || has("WT_SESSION").is_some() {
            Self::Indexed
        } else {
            Self::Sixteen
        }
    }

    /// `colour` as far as this terminal can show it.
    pub(super) fn fit(self, colour: Color) -> Color {
        match (self, colour) {
            (Self::None, _) => Color::Reset,
            (Self::Indexed, Color::Rgb(r, g, b)) => Color::Indexed(nearest_indexed(r, g, b)),
            (Self::Sixteen, Color::Rgb(r, g, b)) => nearest_of_sixteen(r, g, b),
            _ => colour,
        }
    }
}

/// The steps of one channel in the 6×6×6 cube of the xterm palette.
const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];

fn distance(a: (u8, u8, u8), b: (u8, u8, u8)) -> u32 {
    let part = |x: u8, y: u8| u32::from(x.abs_diff(y)).pow(2);
    part(a.0, b.0) + part(a.1, b.1) + part(a.2, b.2)
}

fn nearest_indexed(r: u8, g: u8, b: u8) -> u8 {
    let step = |value: u8| (0u8..6).min_by_key(|i| STEPS[usize::from(*i)].abs_diff(value));
    let (x, y, z) = (step(r).unwrap_or(0), step(g).unwrap_or(0), step(b).unwrap_or(0));
    let cube = [x, y, z].map(|i| STEPS[usize::from(i)]);
    let grey = (0u8..24).min_by_key(|i| (8 + 10 * i).abs_diff(g)).unwrap_or(0);
    let level = 8 + 10 * grey;
    if distance((level, level, level), (r, g, b)) < distance((cube[0], cube[1], cube[2]), (r, g, b))
    {
        232 + grey
    } else {
        16 + 36 * x + 6 * y + z
    }
}

fn nearest_of_sixteen(r: u8, g: u8, b: u8) -> Color {
    const PALETTE: [(Color, (u8, u8, u8)); 16] = [
        (Color::Black, (0, 0, 0)),
        (Color::Red, (205, 0, 0)),
        (Color::Green, (0, 205, 0)),
        (Color::Yellow, (205, 205, 0)),
        (Color::Blue, (0, 0, 238)),
        (Color::Magenta, (205, 0, 205)),
        (Color::Cyan, (0, 205, 205)),
        (Color::Gray, (229, 229, 229)),
        (Color::DarkGray, (127, 127, 127)),
        (Color::LightRed, (255, 100, 100)),
        (Color::LightGreen, (100, 255, 100)),
        (Color::LightYellow, (255, 255, 100)),
        (Color::LightBlue, (100, 100, 255)),
        (Color::LightMagenta, (255, 100, 255)),
        (Color::LightCyan, (100, 255, 255)),
        (Color::White, (255, 255, 255)),
    ];
    PALETTE
        .iter()
        .min_by_key(|(_, rgb)| distance(*rgb, (r, g, b)))
        .map_or(Color::Reset, |(colour, _)| *colour)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_says_what_the_terminal_can() {
        for (variables, ability) in [
            (&[("TERM", "xterm")][..], Ability::Sixteen),
            (&[("TERM", "linux")], Ability::Sixteen),
            (&[("TERM", "xterm-256color")], Ability::Indexed),
            (&[("TERM", "tmux-256color"), ("COLORTERM", "truecolor")], Ability::True),
            (&[("TERM", "xterm-direct")], Ability::True),
            (&[("TERM", "dumb")], Ability::None),
            (&[("COLORTERM", "truecolor"), ("NO_COLOR", "1")], Ability::None),
            (&[("COLORTERM", "truecolor"), ("NO_COLOR", "")], Ability::True),
            (&[("WT_SESSION", "1")], Ability::Indexed),
        ] {
            let look = |name: &str| {
                variables.iter().find(|(key, _)| *key == name).map(|(_, v)| (*v).to_owned())
            };
            assert_eq!(Ability::from_environment(look), ability, "{variables:?}");
        }
    }

    #[test]
    fn colours_come_down_to_the_nearest() {
        assert_eq!(Ability::Indexed.fit(Color::Rgb(255, 0, 0)), Color::Indexed(196));
        assert_eq!(Ability::Indexed.fit(Color::Rgb(18, 18, 18)), Color::Indexed(233));
        assert_eq!(Ability::Sixteen.fit(Color::Rgb(250, 90, 90)), Color::LightRed);
        assert_eq!(Ability::True.fit(Color::Rgb(1, 2, 3)), Color::Rgb(1, 2, 3));
        assert_eq!(Ability::None.fit(Color::Rgb(1, 2, 3)), Color::Reset);
    }
}
