//! The table with an operator's own keys in place of the usual ones.

use std::collections::BTreeMap;

use crossterm::event::KeyEvent;

use super::{Binding, Chord, Context, Intent, TABLE};

/// The table with an operator's own keys in place of the usual ones.
#[derive(Clone, Debug)]
pub struct Keymap {
    chords: Vec<Vec<Chord>>,
}

/// What is wrong with an operator's own keys.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeymapError {
    /// The table has no such row.
    #[error("there is no key named {0:?}; `callboard keys --markdown` lists the names")]
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

    use crossterm::event::{KeyCode, KeyModifiers};

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
