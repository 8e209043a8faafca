//! Scripts: what is said in a call, before names and choices are filled in.

use serde::Deserialize;

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Speaker {
    Agent,
    Caller,
}

/// One line of a script or of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub speaker: Speaker,
    /// Begins before the other has finished.
    pub interrupts: bool,
    pub text: String,
}

/// How a call with talk in it ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum End {
    /// The caller hangs up.
    #[default]
    Done,
    /// The agent hands over to a person.
    Transferred,
    /// The line drops in the middle, and the report has no transcript.
    Dropped,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Script {
    pub name: String,
    /// Who it is, when it is always the same person.
    pub caller: Option<String>,
    pub phone: Option<String>,
    /// Whether the network tells the caller's name.
    #[serde(default)]
    pub caller_id: bool,
    #[serde(default)]
    pub end: End,
    /// Nobody picks up.
    #[serde(default)]
    pub missed: bool,
    /// The caller hangs up during the greeting.
    #[serde(default)]
    pub abandon: bool,
    /// The caller says nothing.
    #[serde(default)]
    pub silence: bool,
    pub lines: String,
}

#[derive(Deserialize)]
struct File {
    script: Vec<Script>,
}

/// All scripts.
pub(super) fn all() -> Vec<Script> {
    #[expect(clippy::expect_used, reason = "the file is part of the program and tested")]
    let file: File =
        toml::from_str(include_str!("scripts.toml")).expect("scripts.toml is well formed");
    file.script
}

impl Script {
    /// The lines, with choices still open.
    pub(super) fn lines(&self) -> Vec<Line> {
        self.lines.lines().filter_map(read_line).collect()
    }
}

fn read_line(text: &str) -> Option<Line> {
    let (mark, text) = text.split_once(": ")?;
    let (speaker, interrupts) = match mark {
        "A" => (Speaker::Agent, false),
        "C" => (Speaker::Caller, false),
        "C!" => (Speaker::Caller, true),
        _ => return None,
    };
    Some(Line { speaker, interrupts, text: text.to_owned() })
}

/// Decides every `{this|that}` of `text`.
pub(super) fn decide(text: &str, random: &mut fastrand::Rng) -> String {
    let mut decided = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, from)) = rest.split_once('{') {
        decided.push_str(before);
        let (choices, after) = from.split_once('}').unwrap_or((from, ""));
        let choices: Vec<&str> = choices.split('|').collect();
        decided.push_str(choices[random.usize(..choices.len())]);
        rest = after;
    }
    decided.push_str(rest);
    decided.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_read_and_every_choice_decided() {
        let scripts = all();
        assert!(scripts.len() >= 24, "{}", scripts.len());
        let mut random = fastrand::Rng::with_seed(1);
        for script in &scripts {
            let written = script.lines.lines().filter(|line| !line.trim().is_empty()).count();
            assert_eq!(script.lines().len(), written, "{}", script.name);
            assert_eq!(script.caller.is_some(), script.phone.is_some(), "{}", script.name);
            for line in script.lines() {
                let said = decide(&line.text, &mut random);
                assert!(!said.contains(['{', '}', '|']) && !said.is_empty(), "{said}");
            }
        }
        let mut names: Vec<&str> = scripts.iter().map(|script| script.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), scripts.len());
    }

    #[test]
    fn the_worked_examples_keep_their_words() {
        let text: String = all().iter().map(|script| script.lines.as_str()).collect();
        for words in [
            "My basement is flooding!",
            "this is Jane from 123 Main Street",
            "I've been quoted $8,000-12,000 by others. When can you come out?",
            "I have about $10,000 budgeted",
            "end of Q2",
            "$50k",
        ] {
            assert!(text.contains(words), "{words}");
        }
    }
}
