//! Theme files: `themes/*.toml`, and those of an operator.

use std::collections::BTreeMap;

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;

use super::{Ability, Role, Theme};

/// The theme of who chooses none.
pub(super) const DEFAULT: &str = "dark";

/// The themes that come with the program, by name, in the order the theme key takes them.
const BUILT_IN: &[(&str, &str)] = &[
    ("dark", include_str!("../../../themes/dark.toml")),
    ("light", include_str!("../../../themes/light.toml")),
    ("high-contrast", include_str!("../../../themes/high-contrast.toml")),
    ("deuteranopia", include_str!("../../../themes/deuteranopia.toml")),
    ("tritanopia", include_str!("../../../themes/tritanopia.toml")),
    ("terminal", include_str!("../../../themes/terminal.toml")),
    ("mono", include_str!("../../../themes/mono.toml")),
    ("gruvbox", include_str!("../../../themes/gruvbox.toml")),
    ("nord", include_str!("../../../themes/nord.toml")),
    ("catppuccin", include_str!("../../../themes/catppuccin.toml")),
    ("solarized", include_str!("../../../themes/solarized.toml")),
];

/// What is wrong with a theme.
#[derive(Debug, thiserror::Error)]
pub enum ThemeError {
    /// None of that name.
    #[error("there is no theme {name:?}; there are: {known}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// Not TOML, or not a theme.
    #[error("the theme can't be read: {0}")]
    Unreadable(#[from] Box<toml::de::Error>),
    /// A role nobody draws.
    #[error("the theme names the role {0:?}, which there is not")]
    Role(String),
    /// Not a colour.
    #[error("{0:?} is no colour; write it as #rrggbb, a palette name such as lightred, or default")]
    Colour(String),
}

/// A theme file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ThemeFile {
    /// Its name.
    pub(super) name: String,
    /// One line about it.
    pub(super) about: String,
    /// The ground it is meant for, to judge contrast by.
    #[serde(default)]
    pub(super) ground: Option<String>,
    /// Whether the ground is painted; otherwise the terminal's own shows.
    #[serde(default)]
    pub(super) paint: bool,
    pub(super) roles: BTreeMap<String, Look>,
}

/// How a role looks.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Look {
    pub(super) fg: Option<String>,
    pub(super) bg: Option<String>,
    pub(super) bold: bool,
    pub(super) dim: bool,
    pub(super) italic: bool,
    pub(super) underlined: bool,
    pub(super) reversed: bool,
}

/// The names of the built-in themes with a line about each, in the order they are offered.
pub fn names() -> Vec<(&'static str, String)> {
    let about = |text| parse(text).map(|file| file.about).unwrap_or_default();
    BUILT_IN.iter().map(|(name, text)| (*name, about(text))).collect()
}

pub(super) fn named(name: &str, ability: Ability) -> Result<Theme, ThemeError> {
    let text = BUILT_IN.iter().find(|(known, _)| *known == name).map(|(_, text)| *text);
    let text = text.ok_or_else(|| ThemeError::Unknown {
        name: name.to_owned(),
        known: BUILT_IN.iter().map(|(known, _)| *known).collect::<Vec<_>>().join(", "),
    })?;
    Ok(parse(text)?.into_theme(ability))
}

pub(super) fn parse(text: &str) -> Result<ThemeFile, ThemeError> {
    let file: ThemeFile = toml::from_str(text).map_err(Box::new)?;
    for (role, look) in &file.roles {
        if Role::ALL.iter().all(|(_, name)| name != role) {
            return Err(ThemeError::Role(role.clone()));
        }
        for colour in look.fg.iter().chain(&look.bg).chain(&file.ground) {
            if read_colour(colour).is_none() {
                return Err(ThemeError::Colour(colour.clone()));
            }
        }
    }
    Ok(file)
}

/// `default`, a palette name or number as ratatui reads it, or `#rrggbb`.
pub(super) fn read_colour(text: &str) -> Option<Color> {
    if text == "default" { Some(Color::Reset) } else { text.parse().ok() }
}

impl ThemeFile {
    /// The looks as a terminal of `ability` can show them. A role without a look is plain text.
    pub(super) fn into_theme(self, ability: Ability) -> Theme {
        let colour = |text: &Option<String>| text.as_deref().and_then(read_colour);
        let ground = if self.paint { colour(&self.ground) } else { None };
        let plain = self.roles.get("text").cloned().unwrap_or_default();
        let styles = Role::ALL.map(|(_, name)| {
            let look = self.roles.get(name).cloned().unwrap_or_default();
            let fg = colour(&look.fg).or_else(|| colour(&plain.fg)).unwrap_or(Color::Reset);
            let bg = colour(&look.bg).or(ground).unwrap_or(Color::Reset);
            let painted = look.bg.is_some() && bg != Color::Reset;
            let mut style = Style::new().fg(ability.fit(fg)).bg(ability.fit(bg));
            for (set, modifier) in [
                (look.bold, Modifier::BOLD),
                (look.dim, Modifier::DIM),
                (look.italic, Modifier::ITALIC),
                (look.underlined, Modifier::UNDERLINED),
                // Without colours a ground of its own can only be shown by turning it round.
                (look.reversed || (painted && ability == Ability::None), Modifier::REVERSED),
            ] {
                if set {
                    style = style.add_modifier(modifier);
                }
            }
            style
        });
        Theme { name: self.name, about: self.about, styles }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance (WCAG 2.2).
    fn luminance(colour: Color) -> Option<f64> {
        let Color::Rgb(r, g, b) = colour else { return None };
        let part = |value: u8| {
            let value = f64::from(value) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        Some(0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b))
    }

    fn contrast(a: Color, b: Color) -> Option<f64> {
        let (a, b) = (luminance(a)?, luminance(b)?);
        Some((a.max(b) + 0.05) / (a.min(b) + 0.05))
    }

    #[test]
    fn every_theme_is_whole_and_named_as_its_file() {
        for (name, text) in BUILT_IN {
            let file = parse(text).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(file.name, *name);
            for (_, role) in Role::ALL {
                assert!(file.roles.contains_key(role), "{name} says how {role} looks");
            }
        }
    }

    #[test]
    fn every_role_can_be_read_on_every_ground_it_stands_on() {
        for (name, text) in BUILT_IN {
            let file = parse(text).unwrap();
            // Themes of the terminal's own colours have no ground to measure on.
            let Some(ground) = file.ground.as_deref().and_then(read_colour) else { continue };
            let least = if *name == "high-contrast" { 7.0 } else { 4.5 };
            let of = |role: &str| file.roles[role].bg.as_deref().and_then(read_colour);
            let grounds = [Some(ground), of("header"), of("selected"), of("dialog")];
            for (role, look) in &file.roles {
                let ink = read_colour(look.fg.as_deref().unwrap()).unwrap();
                let own = look.bg.as_deref().and_then(read_colour);
                let on: Vec<Color> =
                    own.map_or_else(|| grounds.into_iter().flatten().collect(), |own| vec![own]);
                for ground in on {
                    let ratio = contrast(ink, ground).unwrap();
                    assert!(ratio >= least, "{name}: {role} has {ratio:.2} to 1 on {ground}");
                }
            }
        }
    }

    #[test]
    fn without_colours_grounds_are_reversed() {
        let theme = named("dark", Ability::None).unwrap();
        let selected = theme.style(Role::Selected);
        assert_eq!((selected.fg, selected.bg), (Some(Color::Reset), Some(Color::Reset)));
        assert!(selected.add_modifier.contains(Modifier::REVERSED));
        assert!(!theme.style(Role::Text).add_modifier.contains(Modifier::REVERSED));
    }

    #[test]
    fn what_is_wrong_with_a_theme_is_named() {
        let head = "name = \"x\"\nabout = \"x\"\n[roles]\n";
        for (text, said) in [
            ("name = 1", "can't be read"),
            (&format!("{head}urgent = {{}}"), "role \"urgent\""),
            (&format!("{head}text = {{ fg = \"#12345\" }}"), "\"#12345\" is no colour"),
            (&format!("{head}text = {{ colour = \"red\" }}"), "can't be read"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
        assert!(named("drak", Ability::True).unwrap_err().to_string().contains("solarized"));
    }
}
