//! The themes an operator can choose from: those of the program, and their own.

use std::path::PathBuf;

use super::{Ability, Theme, ThemeError, file};

/// More files than this in a folder are no themes of somebody's own.
const MOST_FILES: usize = 100;

/// All themes there are, for a terminal of some ability.
#[derive(Clone, Debug)]
pub struct Themes {
    ability: Ability,
    folder: Option<PathBuf>,
    /// A file that was named on the command line: its name and text.
    named: Option<(String, String)>,
}

impl Themes {
    /// The program's own and every `NAME.toml` in `folder`.
    pub fn new(ability: Ability, folder: Option<PathBuf>) -> Self {
        Self { ability, folder, named: None }
    }

    /// Takes a theme in that is in neither.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn add(&mut self, text: &str) -> Result<Theme, ThemeError> {
        let theme = Theme::parse(text, self.ability)?;
        self.named = Some((theme.name.clone(), text.to_owned()));
        Ok(theme)
    }

    /// The names, the program's first.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> =
            file::names().into_iter().map(|(name, _)| name.to_owned()).collect();
        let mut own = self.in_folder();
        own.extend(self.named.iter().map(|(name, _)| name.clone()));
        own.retain(|name| !names.contains(name));
        own.sort();
        own.dedup();
        names.extend(own);
        names
    }

    /// The theme of that name; one's own before one of the program's.
    ///
    /// # Errors
    /// When there is none, or when it is none.
    pub fn get(&self, name: &str) -> Result<Theme, ThemeError> {
        if let Some((_, text)) = self.named.iter().find(|(known, _)| known == name) {
            return Theme::parse(text, self.ability);
        }
        // A name is a name, never a way to another folder.
        let own = self.in_folder().iter().any(|known| known == name);
        let file = self.folder.as_ref().filter(|_| own).map(|f| f.join(format!("{name}.toml")));
        match file.and_then(|file| std::fs::read_to_string(file).ok()) {
            Some(text) => Theme::parse(&text, self.ability),
            None => Theme::named(name, self.ability),
        }
    }

    fn in_folder(&self) -> Vec<String> {
        let Some(entries) = self.folder.as_ref().and_then(|folder| std::fs::read_dir(folder).ok())
        else {
            return Vec::new();
        };
        let name = |entry: std::fs::DirEntry| {
            let path = entry.path();
            let is_theme = path.extension().is_some_and(|end| end == "toml");
            path.file_stem().filter(|_| is_theme)?.to_str().map(str::to_owned)
        };
        entries.flatten().take(MOST_FILES).filter_map(name).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_in_the_folder_is_a_theme_and_wins_over_one_of_the_program() {
        let folder = tempfile::tempdir().unwrap();
        let text = "name = \"mine\"\nabout = \"of my own\"\n[roles]\ntext = { fg = \"red\" }\n";
        for name in ["mine.toml", "nord.toml", "notes.txt"] {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        std::fs::write(folder.path().join("broken.toml"), "x").unwrap();
        let themes = Themes::new(Ability::True, Some(folder.path().to_owned()));
        let names = themes.names();
        assert_eq!(names.last().map(String::as_str), Some("mine"), "{names:?}");
        assert_eq!(names.iter().filter(|name| *name == "nord").count(), 1);
        assert_eq!(themes.get("nord").unwrap().about, "of my own");
        assert!(themes.get("broken").is_err() && themes.get("../mine").is_err());
        assert_eq!(themes.get("dark").unwrap().name, "dark");
    }
}
