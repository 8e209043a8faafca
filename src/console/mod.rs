//! The terminal: a live picture of a hub's board, and one key for every action.
//!
//! Knows [`crate::wire`] and [`crate::call`] only. Four parts that know as little as possible of
//! each other: [`state`] (plain data), [`update`] (the one reducer: message in, effects out),
//! [`view`] (state in, cells out), [`link`] (tasks of their own that talk to the hub). This file
//! runs them: it waits for keys, messages and the clock, and draws what changed.
//!
//! Promises: a key is answered within a frame whatever the network does; the screen never claims
//! to be live when it is not; no byte goes to the terminal unless a cell changed; the terminal is
//! given back however the program ends, and the program ends when the terminal does.

pub mod alerts;
mod app;
pub mod columns;
mod escape;
mod ink;
pub mod keys;
mod link;
pub mod pace;
mod plain;
pub mod screen;
mod signals;
pub mod state;
mod terminal;
pub mod text;
pub mod theme;
pub mod update;
pub mod view;
pub mod when;

use std::{
    collections::BTreeMap,
    io::{self, IsTerminal},
    path::PathBuf,
    sync::Arc,
};

pub use link::{FromLink, Obstacle, Page, Question};
use secrecy::SecretString;

use self::{
    keys::{Keymap, KeymapError},
    theme::{Ability, Theme, ThemeError, Themes},
};
use crate::client::{Address, AddressError};

/// How a console is to be.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the hub is: `http://127.0.0.1:4620`.
    pub hub_url: String,
    /// The operator's token.
    pub token: SecretString,
    /// The name of a theme (see [`theme::names`]), or the path of a file of one's own that ends
    /// in `.toml`.
    pub theme: String,
    /// An operator's own keys: name of a row of [`keys::TABLE`] → keys.
    pub keys: BTreeMap<String, Vec<String>>,
    /// Only ASCII on the screen.
    pub ascii: bool,
    /// Keys that change something are refused.
    pub read_only: bool,
    /// No screen: one line for every change.
    pub plain: bool,
    /// What the operator is called for.
    pub alerts: alerts::Alerts,
    /// Figures for the wall: large digits, pages that turn, nobody's name.
    pub wall: bool,
    /// Nothing moves by itself more often than it must.
    pub no_motion: bool,
    /// Whether records and recordings are linked (OSC 8).
    pub hyperlinks: bool,
    /// The columns of the Live view, what is to have room first before the others.
    pub columns: Vec<columns::Column>,
    /// Whether the mouse selects and scrolls. The terminal's own selection then needs shift.
    pub mouse: bool,
    /// Where an operator's own themes are: every `NAME.toml` in it is one.
    pub themes_folder: Option<PathBuf>,
    /// Filters with names, as the config has them.
    pub views: BTreeMap<String, String>,
    /// Where the filters that are saved in the program are kept.
    pub views_file: Option<PathBuf>,
    /// Where it is kept which of the first hints have served; none: no hints.
    pub tips_file: Option<PathBuf>,
}

impl Options {
    /// A console of the usual kind.
    pub fn new(hub_url: impl Into<String>, token: SecretString) -> Self {
        Self {
            hub_url: hub_url.into(),
            token,
            theme: "dark".to_owned(),
            keys: BTreeMap::new(),
            ascii: false,
            read_only: false,
            plain: false,
            alerts: alerts::Alerts::default(),
            wall: false,
            no_motion: false,
            hyperlinks: true,
            columns: columns::Column::ALL.to_vec(),
            mouse: false,
            themes_folder: None,
            views: BTreeMap::new(),
            views_file: None,
            tips_file: None,
        }
    }
}

/// Why a console can't run.
#[derive(Debug, thiserror::Error)]
pub enum ConsoleError {
    /// The hub's address is none.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// The keys contradict each other.
    #[error(transparent)]
    Keys(#[from] KeymapError),
    /// The theme is none.
    #[error(transparent)]
    Theme(#[from] ThemeError),
    /// The theme's file can't be read.
    #[error("the theme file {0} can't be read: {1}")]
    ThemeFile(String, #[source] io::Error),
    /// Standard input or output is no terminal, or one that can't place a cursor.
    #[error(
        "the console needs a terminal that can place a cursor, and {0}; \
         --plain prints a line for every change instead"
    )]
    NoTerminal(&'static str),
    /// The terminal can't be used.
    #[error("the terminal can't be used: {0}")]
    Terminal(#[source] io::Error),
}

/// The theme of that name, or of the file of that path (it ends in `.toml`).
fn load_theme(name: &str, themes: &mut Themes) -> Result<Theme, ConsoleError> {
    if !name.ends_with(".toml") {
        return Ok(themes.get(name)?);
    }
    let text = std::fs::read_to_string(name)
        .map_err(|error| ConsoleError::ThemeFile(name.to_owned(), error))?;
    Ok(themes.add(&text)?)
}

/// The config's views, and over them those that were saved in the program. A file that can't be
/// read has nothing to say; it is written anew by the next saving.
fn saved_views(options: &Options) -> BTreeMap<String, String> {
    let mut views = options.views.clone();
    let text = options.views_file.as_ref().and_then(|file| std::fs::read_to_string(file).ok());
    let kept = text.and_then(|text| toml::from_str::<BTreeMap<String, String>>(&text).ok());
    views.extend(kept.unwrap_or_default());
    views
}

/// Runs the console until the operator leaves, the terminal goes, or the process is told to end.
///
/// # Errors
/// When it can't begin: see [`ConsoleError`]. A hub that is out of reach is no error: the console
/// says so and goes on trying.
pub async fn run(options: Options) -> Result<(), ConsoleError> {
    let address = Address::parse(&options.hub_url)?;
    if options.plain {
        let (_link, said) = link::Link::start(address, options.token);
        return plain::run(said, options.ascii).await.map_err(ConsoleError::Terminal);
    }
    let keys = Arc::new(Keymap::new(&options.keys)?);
    let variable = |name: &str| std::env::var(name).ok();
    let ability = Ability::from_environment(variable);
    let mut themes = Themes::new(ability, options.themes_folder.clone());
    let theme = load_theme(&options.theme, &mut themes)?;
    if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
        return Err(ConsoleError::NoTerminal("this is none"));
    }
    if variable("TERM").is_some_and(|term| term == "dumb") {
        return Err(ConsoleError::NoTerminal("TERM is dumb"));
    }
    let settings = state::Settings {
        hub: address.shown().to_owned(),
        ascii: options.ascii,
        read_only: options.read_only,
        keys,
        session: uuid::Uuid::now_v7().simple().to_string(),
        themes: themes.names(),
        alerts: options.alerts.clone(),
        wall: options.wall,
        still: options.no_motion,
        columns: options.columns.clone(),
        mouse: options.mouse,
    };
    let saved = saved_views(&options);
    let views_file = options.views_file;
    // A wall has no keys to hint at.
    let tips_file = options.tips_file.filter(|_| !options.wall);
    let hyperlinks = options.hyperlinks && !matches!(variable("TERM").as_deref(), Some("linux"));
    let start = app::Start { settings, theme, themes, saved, views_file, tips_file, hyperlinks };
    app::run(start, address, options.token).await.map_err(ConsoleError::Terminal)
}
