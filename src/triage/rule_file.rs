//! A rule file as it is written: read, and put on top of those before it.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::{
    rules::{RuleError, Rules, Says},
    table,
};

#[derive(Deserialize)]
struct Head {
    extends: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: String,
    #[serde(default)]
    #[expect(dead_code, reason = "read as Head before")]
    extends: Option<bool>,
    #[serde(default)]
    off: Vec<Spanned<String>>,
    #[serde(default)]
    words: BTreeMap<String, Vec<Spanned<String>>>,
    #[serde(default)]
    heard: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    things: BTreeMap<String, ThingEntry>,
    #[serde(default)]
    rule: Vec<RuleEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ThingEntry {
    trade: Option<String>,
    label: Option<String>,
    #[serde(default)]
    is: Vec<String>,
    words: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleEntry {
    name: Spanned<String>,
    says: Says,
    topic: Option<String>,
    trade: Option<String>,
    fallback: Option<String>,
    #[serde(default)]
    among: Vec<String>,
    wants: Option<String>,
    #[serde(default = "yes")]
    deniable: bool,
    #[serde(default)]
    with: Vec<Spanned<String>>,
    weighed: Option<Spanned<WeighedEntry>>,
    #[serde(default)]
    when: Vec<Spanned<String>>,
    #[serde(default)]
    unless: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WeighedEntry {
    pub(super) question: String,
    pub(super) from: i32,
}

fn yes() -> bool {
    true
}

/// A text and the line it stood in.
pub(super) type At = (usize, String);

#[derive(Default)]
pub(super) struct Draft {
    pub(super) versions: Vec<String>,
    /// Rules that are switched off, and the line that says so.
    pub(super) off: BTreeMap<String, usize>,
    pub(super) words: BTreeMap<String, Vec<At>>,
    pub(super) heard: BTreeMap<String, Vec<String>>,
    pub(super) things: BTreeMap<String, DraftThing>,
    pub(super) rules: Vec<DraftRule>,
}

#[derive(Default)]
pub(super) struct DraftThing {
    pub(super) line: usize,
    pub(super) trade: Option<String>,
    pub(super) label: Option<String>,
    pub(super) is: Vec<String>,
    pub(super) words: Vec<At>,
}

pub(super) struct DraftRule {
    pub(super) line: usize,
    pub(super) name: String,
    pub(super) says: Says,
    pub(super) topic: Option<String>,
    pub(super) trade: Option<String>,
    pub(super) fallback: Option<String>,
    pub(super) among: Vec<String>,
    pub(super) wants: Option<String>,
    pub(super) deniable: bool,
    pub(super) with: Vec<At>,
    /// The line, the question, the sum.
    pub(super) weighed: Option<(usize, WeighedEntry)>,
    pub(super) when: Vec<At>,
    pub(super) unless: Vec<At>,
}

impl Draft {
    /// Adds a file: lists grow, a rule of the same name takes the known one's place.
    pub(super) fn merge(&mut self, text: &str) -> Result<(), RuleError> {
        let file: File = toml::from_str(text).map_err(|error| toml_error(text, &error))?;
        let ends: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
        let line = |offset: usize| ends.partition_point(|end| *end < offset) + 1;
        let at = |s: Spanned<String>| (line(s.span().start), s.into_inner());
        self.versions.push(file.version);
        self.off.extend(file.off.into_iter().map(at).map(|(line, name)| (name, line)));
        for (name, list) in file.words {
            self.words.entry(name).or_default().extend(list.into_iter().map(at));
        }
        for (word, variants) in file.heard {
            self.heard.entry(word).or_default().extend(variants);
        }
        for (name, entry) in file.things {
            let thing = self.things.entry(name).or_default();
            thing.line = entry.words.first().map_or(1, |word| line(word.span().start));
            thing.trade = entry.trade.or(thing.trade.take());
            thing.label = entry.label.or(thing.label.take());
            thing.is.extend(entry.is);
            thing.words.extend(entry.words.into_iter().map(at));
        }
        for entry in file.rule {
            let rule = DraftRule {
                line: line(entry.name.span().start),
                name: entry.name.into_inner(),
                says: entry.says,
                topic: entry.topic,
                trade: entry.trade,
                fallback: entry.fallback,
                among: entry.among,
                wants: entry.wants,
                deniable: entry.deniable,
                with: entry.with.into_iter().map(at).collect(),
                weighed: entry.weighed.map(|w| (line(w.span().start), w.into_inner())),
                when: entry.when.into_iter().map(at).collect(),
                unless: entry.unless.into_iter().map(at).collect(),
            };
            self.rules.retain(|known| known.name != rule.name);
            self.rules.push(rule);
        }
        Ok(())
    }

    /// The rule set that all files together make.
    pub(super) fn compile(self) -> Result<Rules, RuleError> {
        table::compile(&self)
    }
}

/// Whether a file adds to the shipped rules.
pub(super) fn extends(text: &str) -> Result<bool, RuleError> {
    let head: Head = toml::from_str(text).map_err(|error| toml_error(text, &error))?;
    Ok(head.extends.unwrap_or(true))
}

fn toml_error(text: &str, error: &toml::de::Error) -> RuleError {
    let line = error.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1);
    RuleError { line, reason: error.message().to_owned() }
}
