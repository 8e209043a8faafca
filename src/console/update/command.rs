//! Commands by name, after `:`. Every key of the board is one, by the name it has in the config;
//! some take a word along.

use jiff::{SignedDuration, Timestamp};

use super::{Effect, go, intent, say};
use crate::console::{
    keys::{Context, Keymap, TABLE},
    state::{State, View},
};

/// The longest the bell can be silenced, in minutes.
const LONGEST_MUTE: i64 = 24 * 60;

/// A command that takes a word along: its name, what it takes, what it does.
const WITH_WORDS: [(&str, &str, &str); 6] = [
    ("view", "NAME", "a view, or a filter that was saved"),
    ("theme", "NAME", "colours, seen as you type"),
    ("filter", "WORDS", "narrow the Live view"),
    ("save", "NAME", "keep the filter under a name"),
    ("forget", "NAME", "forget a saved filter"),
    ("mute", "MINUTES", "no bell for so long; 0 ends it"),
];

/// Something a command could be completed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The whole line.
    pub line: String,
    /// What it does.
    pub about: String,
}

/// What `typed` could become, best first.
pub fn candidates(state: &State, typed: &str) -> Vec<Candidate> {
    match typed.split_once(' ') {
        Some((name, part)) => words(state, name)
            .into_iter()
            .filter(|word| word.starts_with(part.trim_start()))
            .map(|word| Candidate { line: format!("{name} {word}"), about: String::new() })
            .collect(),
        None => names(typed),
    }
}

/// The commands whose name begins with `typed`, then those that contain it.
fn names(typed: &str) -> Vec<Candidate> {
    let with_words = WITH_WORDS.iter().map(|(name, takes, about)| {
        (*name, Candidate { line: format!("{name} "), about: format!("{takes}: {about}") })
    });
    let keys = TABLE.iter().filter(|row| row.context == Context::Board);
    let keys = keys
        .filter(|row| WITH_WORDS.iter().all(|(name, ..)| *name != row.name))
        .map(|row| (row.name, Candidate { line: row.name.to_owned(), about: row.help.to_owned() }));
    let mut fitting: Vec<(bool, &str, Candidate)> = with_words
        .chain(keys)
        .filter(|(name, _)| name.contains(typed))
        .map(|(name, candidate)| (!name.starts_with(typed), name, candidate))
        .collect();
    fitting.sort_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)));
    fitting.into_iter().map(|(.., candidate)| candidate).collect()
}

/// The words a command can take.
fn words(state: &State, name: &str) -> Vec<String> {
    let saved = state.saved.keys().cloned();
    match name {
        "view" => View::ALL.iter().map(|view| view.title().to_lowercase()).chain(saved).collect(),
        "theme" => state.settings.themes.clone(),
        "forget" => saved.collect(),
        "mute" => ["30", "60", "120", "0"].map(str::to_owned).to_vec(),
        _ => Vec::new(),
    }
}

/// What a line that is being typed shows already: the colours it names.
pub(super) fn preview(state: &mut State, typed: &str) {
    let named = typed.strip_prefix("theme ").map(str::trim);
    let before = state.typing.as_ref().map(|typing| typing.theme.clone());
    let known = named.filter(|name| state.settings.themes.iter().any(|theme| theme == name));
    if let Some(theme) = known.map(str::to_owned).or(before) {
        state.theme = theme;
    }
}

/// Does what the line says.
///
/// # Errors
/// Why it can't be done; the line stays to be put right.
pub(super) fn run(state: &mut State, line: &str, effects: &mut Vec<Effect>) -> Result<(), String> {
    let line = line.trim();
    let (name, word) = line.split_once(' ').unwrap_or((line, ""));
    let word = word.trim();
    match (name, word) {
        ("", _) => {}
        ("view", name) if !name.is_empty() => view(state, name)?,
        ("theme", name) if !name.is_empty() => theme(state, name)?,
        ("filter", words) => {
            go(state, View::Live);
            intent::set_filter(state, words);
        }
        ("save", name) => save(state, name, effects)?,
        ("forget", name) => forget(state, name, effects)?,
        ("mute", minutes) if !minutes.is_empty() => mute(state, minutes)?,
        (name, "") => {
            let row = Keymap::named(name).or_else(|| only(name));
            let row = row.ok_or_else(|| format!("there is no command {name:?}"))?;
            intent::run(state, row, effects);
        }
        (name, _) => return Err(format!("{name:?} takes no word along")),
    }
    Ok(())
}

/// The one key's command that begins with `part`.
fn only(part: &str) -> Option<&'static crate::console::keys::Binding> {
    let mut fitting =
        TABLE.iter().filter(|row| row.context == Context::Board && row.name.starts_with(part));
    fitting.next().filter(|_| fitting.next().is_none())
}

fn view(state: &mut State, name: &str) -> Result<(), String> {
    let lower = name.to_lowercase();
    if let Some(view) = View::ALL.into_iter().find(|view| view.title().to_lowercase() == lower) {
        go(state, view);
        return Ok(());
    }
    let filter = state.saved.get(name).cloned();
    let filter = filter.ok_or_else(|| format!("there is no view {name:?}"))?;
    go(state, View::Live);
    intent::set_filter(state, &filter);
    Ok(())
}

fn theme(state: &mut State, name: &str) -> Result<(), String> {
    if !state.settings.themes.iter().any(|theme| theme == name) {
        return Err(format!("there is no theme {name:?}"));
    }
    name.clone_into(&mut state.theme);
    Ok(())
}

fn save(state: &mut State, name: &str, effects: &mut Vec<Effect>) -> Result<(), String> {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    if name.is_empty() || name.chars().count() > 24 || !name.chars().all(plain) {
        return Err("a name of up to 24 letters, digits, - and _".to_owned());
    }
    if View::ALL.iter().any(|view| view.title().eq_ignore_ascii_case(name)) {
        return Err(format!("{name:?} is a view of the program"));
    }
    if state.filter.is_empty() {
        return Err("there is no filter to save; / makes one".to_owned());
    }
    state.saved.insert(name.to_owned(), state.filter.text().to_owned());
    effects.push(Effect::SaveViews(state.saved.clone()));
    say(state, false, format!("saved; :view {name} shows it again"));
    Ok(())
}

fn forget(state: &mut State, name: &str, effects: &mut Vec<Effect>) -> Result<(), String> {
    state.saved.remove(name).ok_or_else(|| format!("nothing is saved as {name:?}"))?;
    effects.push(Effect::SaveViews(state.saved.clone()));
    say(state, false, format!("{name} is forgotten"));
    Ok(())
}

fn mute(state: &mut State, minutes: &str) -> Result<(), String> {
    let minutes: i64 = minutes
        .trim_end_matches(['m', ' '])
        .parse()
        .ok()
        .filter(|minutes| (0..=LONGEST_MUTE).contains(minutes))
        .ok_or_else(|| "minutes, at most a day's".to_owned())?;
    if minutes == 0 {
        state.muted_until = None;
        say(state, false, "the bell rings again");
        return Ok(());
    }
    let until = state.now.checked_add(SignedDuration::from_mins(minutes));
    state.muted_until = Some(until.unwrap_or(Timestamp::MAX));
    say(state, false, format!("the bell is silent for {minutes} minutes; :mute 0 ends that"));
    Ok(())
}
