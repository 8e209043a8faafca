//! What each part of the screen looks like: roles → colours and attributes, from `themes/*.toml`.
//!
//! Views name a [`Role`], never a colour, and never say with colour alone what matters: a digit, a
//! word or a shape says it too. A theme written in RGB is brought down to what the terminal can
//! show when it is loaded.

mod ability;
mod file;
mod wardrobe;

use ratatui::style::Style;

pub use ability::Ability;
pub use file::{ThemeError, names};
pub use wardrobe::Themes;

/// What a piece of the screen is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Everything that is nothing else.
    Text,
    /// What matters less: titles of columns, ages, rules between panes.
    Dim,
    /// Names of panes, and what stands out in plain text.
    Strong,
    /// The first line.
    Header,
    /// The view one is in, among the tabs.
    Tab,
    /// The selected row.
    Selected,
    /// Urgency 5: danger now.
    Urgency5,
    /// Urgency 4: Hot.
    Urgency4,
    /// Urgency 3.
    Urgency3,
    /// Urgency 2 and 1.
    Urgency2,
    /// Done, delivered, live.
    Good,
    /// Late soon, retrying, held.
    Warning,
    /// Failed, late, lost.
    Bad,
    /// The words that caused a judgement.
    Evidence,
    /// What the caller says.
    Caller,
    /// What our agent says.
    Agent,
    /// A key one could press.
    Key,
    /// The banner that says the screen is stale.
    Stale,
    /// The label of a demo.
    Demo,
    /// A dialog's ground.
    Dialog,
    /// An answer of the hub.
    Notice,
}

impl Role {
    /// Every role with its name in a theme file.
    pub const ALL: [(Self, &'static str); 21] = [
        (Self::Text, "text"),
        (Self::Dim, "dim"),
        (Self::Strong, "strong"),
        (Self::Header, "header"),
        (Self::Tab, "tab"),
        (Self::Selected, "selected"),
        (Self::Urgency5, "urgency5"),
        (Self::Urgency4, "urgency4"),
        (Self::Urgency3, "urgency3"),
        (Self::Urgency2, "urgency2"),
        (Self::Good, "good"),
        (Self::Warning, "warning"),
        (Self::Bad, "bad"),
        (Self::Evidence, "evidence"),
        (Self::Caller, "caller"),
        (Self::Agent, "agent"),
        (Self::Key, "key"),
        (Self::Stale, "stale"),
        (Self::Demo, "demo"),
        (Self::Dialog, "dialog"),
        (Self::Notice, "notice"),
    ];
}

/// A theme as a terminal of some ability shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Theme {
    /// Its name.
    pub name: String,
    /// One line about it.
    pub about: String,
    styles: [Style; Role::ALL.len()],
}

impl Theme {
    /// How `role` looks.
    pub fn style(&self, role: Role) -> Style {
        self.styles[role as usize]
    }

    /// The built-in theme called `name`, for a terminal of `ability`.
    ///
    /// # Errors
    /// When there is none of that name; the error lists those there are.
    pub fn named(name: &str, ability: Ability) -> Result<Self, ThemeError> {
        file::named(name, ability)
    }

    /// Reads a theme of one's own.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn parse(text: &str, ability: Ability) -> Result<Self, ThemeError> {
        file::parse(text).map(|file| file.into_theme(ability))
    }
}

impl Default for Theme {
    #[expect(clippy::expect_used, reason = "a test reads every built-in theme")]
    fn default() -> Self {
        Self::named(file::DEFAULT, Ability::True).expect("the default theme is well-formed")
    }
}
