//! Theme files: `themes/*.toml`, and those of an operator.

use std::collections::BTreeMap;

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;

use super::{Ability, Role, Theme};

/// The theme of who chooses none.
pub(super) const DEFAULT: &str = "dark";

/// The themes that come with the program, by name.
const BUILT_IN: &[(&str, &str)] = &[("dark", include_str!("../../../themes/dark.toml"))];

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
