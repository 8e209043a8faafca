//! Rules as data: word lists, things and patterns, read from a file and checked.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, OnceLock},
};

use serde::Deserialize;
use toml::Spanned;

use super::{
    lexicon::{Concept, Lexicon, Phrases},
    money::MoneyWords,
    pattern::{self, Atom, Pattern},
    reading::Grammar,
    who::WhoWords,
};
use crate::call::Text;

/// The files that make up the shipped rule set, in order.
const SHIPPED: &[(&str, &str)] = &[
    ("en/words.toml", include_str!("rules/en/words.toml")),
    ("en/danger.toml", include_str!("rules/en/danger.toml")),
    ("en/failures.toml", include_str!("rules/en/failures.toml")),
    ("en/planned.toml", include_str!("rules/en/planned.toml")),
    ("en/callers.toml", include_str!("rules/en/callers.toml")),
    ("things.toml", include_str!("rules/things.toml")),
    ("es.toml", include_str!("rules/es.toml")),
];

/// What is wrong with a rule file, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct RuleError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong, as one sentence.
    pub reason: String,
}

/// What it means when a rule's pattern is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Says {
    /// Life or property in danger now: urgency 5.
    Hazard,
    /// An essential system is down, or a danger is contained: urgency 4.
    Outage,
    /// Something works badly, or something inessential not at all: urgency 3.
    Degraded,
    /// A nuisance that can wait: urgency 2.
    Minor,
    /// Planned work: urgency 2.
    Planned,
    /// A customer's business that needs no work: urgency 2, no need.
    Admin,
    /// Somebody only asks.
    Inquiry,
    /// Words that show a real wish for work ("I need"): they outweigh an inquiry.
    Wish,
    /// Not a caller with a need: spam, a wrong number, a vendor, a test.
    Stranger,
    /// The danger or failure is over.
    Resolved,
    /// The danger is held off (valve closed, bucket under it).
    Contained,
    /// It is still going on, whatever was done about it.
    Uncontained,
    /// It can wait.
    Deferral,
    /// An urgent word ("emergency", "ASAP"): means nothing alone; denied it is a deferral.
    Alarm,
    /// The only one in the house: trouble with it is an outage.
    Only,
    /// Medical equipment that must not stop.
    Equipment,
    /// Somebody who can't bear cold, heat or a power cut.
    Vulnerable,
    /// Freezing weather.
    Freezing,
    /// Deadly cold.
    DeepCold,
    /// Dangerous heat.
    DangerousHeat,
    /// Nobody lives where it happens: a system that is down there can wait a day.
    Unoccupied,
    /// Rain or storm: water comes from the roof.
    Storm,
    /// When the work is wanted.
    Timeline,
    /// Work bound to a date within about a week.
    Deadline,
    /// The time is open.
    NoTimeline,
    /// The caller can decide.
    Authority,
    /// Somebody else decides.
    NoAuthority,
    /// Funding is affirmed.
    Funding,
    /// There is none.
    NoFunding,
    /// Ring me back.
    Callback,
    /// Don't, or no need to.
    NoCallback,
    /// Never ring me again.
    DoNotCall,
}

/// A thing people call about.
#[derive(Clone, Debug)]
pub(super) struct Thing {
    pub(super) concept: Concept,
    /// All it is: itself and its groups.
    pub(super) concepts: Vec<Concept>,
    pub(super) trade: Text,
    pub(super) label: Text,
}

/// A rule.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub(super) name: Text,
    pub(super) says: Says,
    pub(super) topic: Option<Text>,
    /// The trade whatever is named.
    pub(super) trade: Option<Text>,
    /// The trade when nothing fitting is named.
    pub(super) fallback: Option<Text>,
    /// The trades of things it can be about; any when empty.
    pub(super) among: Vec<Text>,
    pub(super) wants: Option<Text>,
    /// Whether a "not" ahead of it takes it back.
    pub(super) deniable: bool,
    pub(super) patterns: Vec<Pattern>,
    pub(super) unless: Vec<Pattern>,
}

/// A pattern that begins with a concept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Beginning {
    pub(super) rule: usize,
    /// Its place in the rule.
    pub(super) pattern: usize,
    /// Its number among all patterns.
    pub(super) number: usize,
}

/// A rule set: immutable, shared by every judge.
#[derive(Debug)]
pub struct Rules {
    version: Text,
    pub(super) lexicon: Lexicon,
    pub(super) things: Vec<Thing>,
    pub(super) rules: Vec<Rule>,
    /// For each concept the patterns that begin with it.
    pub(super) beginning: Vec<Vec<Beginning>>,
    /// How many patterns there are.
    pub(super) patterns: usize,
    names: BTreeMap<String, Concept>,
    known: OnceLock<Known>,
}

/// The concepts the parsers need, looked up once.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) grammar: Grammar,
    pub(super) money: MoneyWords,
    pub(super) who: WhoWords,
    /// Words that part a time from a call.
    pub(super) apart: Concept,
}

impl Rules {
    /// The rules that ship with the program.
    pub fn shipped() -> Arc<Self> {
        static SET: OnceLock<Arc<Rules>> = OnceLock::new();
        Arc::clone(SET.get_or_init(|| {
            let mut draft = Draft::default();
            for (file, text) in SHIPPED {
                draft.merge(text).unwrap_or_else(|error| unreachable!("{file}: {error}"));
            }
            Arc::new(draft.compile().unwrap_or_else(|error| unreachable!("shipped: {error}")))
        }))
    }

    /// Reads a rule file. Unless it says `extends = false` it adds to the shipped rules: word
    /// lists and things grow, a rule of the same name takes the shipped one's place, and names
    /// in `off` are switched off.
    ///
    /// # Errors
    /// The line and the reason when the file is not TOML, has a member that means nothing, or
    /// names a concept that does not exist.
    pub fn parse(text: &str) -> Result<Self, RuleError> {
        let head: Head = toml::from_str(text).map_err(|error| toml_error(text, &error))?;
        let mut draft = Draft::default();
        if head.extends.unwrap_or(true) {
            for (_, shipped) in SHIPPED {
                draft.merge(shipped)?;
            }
        }
        draft.merge(text)?;
        draft.compile()
    }

    /// The rule set's version; each assessment carries it.
    pub fn version(&self) -> &Text {
        &self.version
    }

    /// The concepts the parsers need.
    pub(super) fn known(&self) -> &Known {
        self.known.get_or_init(|| Known {
            grammar: Grammar::of(self),
            money: MoneyWords::of(self),
            who: WhoWords::of(self),
            apart: self.concept("apart").unwrap_or(Concept::MAX),
        })
    }

    /// The number of the concept called `name`.
    pub(super) fn concept(&self, name: &str) -> Option<Concept> {
        self.names.get(name).copied()
    }
}

/// Concepts the program finds itself.
const BUILT_IN: &[&str] = &[
    "thing",
    "not",
    "turn",
    "hour",
    "number",
    "number_old",
    "number_cold",
    "number_zero",
    "number_hot",
    "number_payment",
    "number_chilly",
    "phone_number",
];

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
    off: Vec<String>,
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
    when: Vec<Spanned<String>>,
    #[serde(default)]
    unless: Vec<Spanned<String>>,
}

fn yes() -> bool {
    true
}

/// A text and the line it stood in.
type At = (usize, String);

#[derive(Default)]
struct Draft {
    versions: Vec<String>,
    off: BTreeSet<String>,
    words: BTreeMap<String, Vec<At>>,
    heard: BTreeMap<String, Vec<String>>,
    things: BTreeMap<String, DraftThing>,
    rules: Vec<DraftRule>,
}

#[derive(Default)]
struct DraftThing {
    line: usize,
    trade: Option<String>,
    label: Option<String>,
    is: Vec<String>,
    words: Vec<At>,
}

struct DraftRule {
    name: String,
    says: Says,
    topic: Option<String>,
    trade: Option<String>,
    fallback: Option<String>,
    among: Vec<String>,
    wants: Option<String>,
    deniable: bool,
    when: Vec<At>,
    unless: Vec<At>,
}

impl Draft {
    fn merge(&mut self, text: &str) -> Result<(), RuleError> {
        let file: File = toml::from_str(text).map_err(|error| toml_error(text, &error))?;
        let ends: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
        let line = |offset: usize| ends.partition_point(|end| *end < offset) + 1;
        let at = |s: Spanned<String>| (line(s.span().start), s.into_inner());
        self.versions.push(file.version);
        self.off.extend(file.off);
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
                name: entry.name.into_inner(),
                says: entry.says,
                topic: entry.topic,
                trade: entry.trade,
                fallback: entry.fallback,
                among: entry.among,
                wants: entry.wants,
                deniable: entry.deniable,
                when: entry.when.into_iter().map(at).collect(),
                unless: entry.unless.into_iter().map(at).collect(),
            };
            self.rules.retain(|known| known.name != rule.name);
            self.rules.push(rule);
        }
        Ok(())
    }

    fn compile(self) -> Result<Rules, RuleError> {
        let mut table = Table { phrases: Phrases::new(&self.heard), ..Table::default() };
        for name in BUILT_IN {
            table.name(name);
        }
        for name in self.words.keys().chain(self.things.keys()) {
            table.name(name);
        }
        for is in self.things.values().flat_map(|thing| &thing.is) {
            table.name(is);
        }
        for (name, list) in &self.words {
            let concept = table.name(name);
            // The phrases of such a list hide the shorter ones inside them.
            let solid = name.starts_with("set_");
            for entry in list {
                table.word(concept, entry, solid)?;
            }
        }
        let things = self.things(&mut table)?;
        let mut rules = Vec::new();
        for draft in self.rules.iter().filter(|rule| !self.off.contains(&rule.name)) {
            rules.push(table.rule(draft)?);
        }
        table.finish(self.version(), things, rules)
    }

    fn things(&self, table: &mut Table) -> Result<Vec<Thing>, RuleError> {
        let any = table.name("thing");
        let mut things = Vec::new();
        for (name, draft) in &self.things {
            let concept = table.name(name);
            let Some(trade) = &draft.trade else {
                let reason = format!("the thing `{name}` names no trade");
                return Err(RuleError { line: draft.line, reason });
            };
            let trade_concept = table.name(trade);
            table.widen(concept, any);
            table.widen(concept, trade_concept);
            for is in &draft.is {
                let wider = table.name(is);
                table.widen(concept, wider);
            }
            for entry in &draft.words {
                table.word(concept, entry, true)?;
            }
            let label = draft.label.clone().unwrap_or_else(|| name.replace('_', " "));
            things.push(Thing {
                concept,
                concepts: Vec::new(),
                trade: Text::new(trade),
                label: Text::new(&label),
            });
        }
        Ok(things)
    }

    fn version(&self) -> Text {
        let mut versions = self.versions.clone();
        versions.dedup();
        Text::new(&versions.join(" + "))
    }
}

/// Concepts as they get their numbers.
#[derive(Default)]
struct Table {
    names: BTreeMap<String, Concept>,
    wider: Vec<Vec<Concept>>,
    phrases: Phrases,
}

impl Table {
    fn name(&mut self, name: &str) -> Concept {
        let next = self.names.len();
        let concept = *self.names.entry(name.to_owned()).or_insert(next);
        if concept == next {
            self.wider.push(Vec::new());
        }
        concept
    }

    /// Whatever is a `narrow` is a `wide` too.
    fn widen(&mut self, narrow: Concept, wide: Concept) {
        if narrow != wide && !self.wider[narrow].contains(&wide) {
            self.wider[narrow].push(wide);
        }
    }

    fn word(&mut self, concept: Concept, (line, entry): &At, solid: bool) -> Result<(), RuleError> {
        let wrong = |reason: String| RuleError { line: *line, reason };
        if let Some(name) = entry.strip_prefix('<').and_then(|e| e.strip_suffix('>')) {
            let narrow = self
                .names
                .get(name)
                .copied()
                .ok_or_else(|| wrong(format!("there is no concept `{name}`")))?;
            self.widen(narrow, concept);
            return Ok(());
        }
        self.phrases.add(entry, concept, solid).map_err(wrong)
    }

    fn pattern(&mut self, (line, text): &At) -> Result<Pattern, RuleError> {
        let mut concept = |atom: Atom<'_>| match atom {
            Atom::Concept(name) => {
                self.names.get(name).copied().ok_or(format!("there is no concept `{name}`"))
            }
            Atom::Words(words) => {
                let concept = self.name(&format!("'{words}'"));
                self.phrases.add(words, concept, false)?;
                Ok(concept)
            }
        };
        pattern::parse(text, &mut concept).map_err(|reason| RuleError { line: *line, reason })
    }

    fn rule(&mut self, draft: &DraftRule) -> Result<Rule, RuleError> {
        let patterns: Result<_, _> = draft.when.iter().map(|text| self.pattern(text)).collect();
        let unless: Result<_, _> = draft.unless.iter().map(|text| self.pattern(text)).collect();
        Ok(Rule {
            name: Text::new(&draft.name),
            says: draft.says,
            topic: draft.topic.as_deref().map(Text::new),
            trade: draft.trade.as_deref().map(Text::new),
            fallback: draft.fallback.as_deref().map(Text::new),
            among: draft.among.iter().map(|trade| Text::new(trade)).collect(),
            wants: draft.wants.as_deref().map(Text::new),
            deniable: draft.deniable,
            patterns: patterns?,
            unless: unless?,
        })
    }

    fn finish(
        self,
        version: Text,
        mut things: Vec<Thing>,
        rules: Vec<Rule>,
    ) -> Result<Rules, RuleError> {
        let wider = closure(&self.wider);
        for thing in &mut things {
            thing.concepts = [&[thing.concept], wider[thing.concept].as_slice()].concat();
        }
        let mut beginning = vec![Vec::new(); wider.len()];
        let mut number = 0;
        for (rule, patterns) in rules.iter().map(|rule| &rule.patterns).enumerate() {
            for (pattern, sequences) in patterns.iter().enumerate() {
                for concept in &sequences[0].elements[0].concepts {
                    beginning[*concept].push(Beginning { rule, pattern, number });
                }
                number += 1;
            }
        }
        let lexicon = self.phrases.compile(&wider);
        Ok(Rules {
            version,
            lexicon,
            things,
            rules,
            beginning,
            patterns: number,
            names: self.names,
            known: OnceLock::new(),
        })
    }
}

/// Everything each concept is, directly or through others.
fn closure(direct: &[Vec<Concept>]) -> Vec<Vec<Concept>> {
    let mut all = direct.to_vec();
    for wider in &mut all {
        let mut next = 0;
        while next < wider.len() {
            for concept in &direct[wider[next]] {
                if !wider.contains(concept) {
                    wider.push(*concept);
                }
            }
            next += 1;
        }
    }
    all
}

fn toml_error(text: &str, error: &toml::de::Error) -> RuleError {
    let line = error.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1);
    RuleError { line, reason: error.message().to_owned() }
}
