//! From rules as they are written to a rule set: concepts get numbers, phrases a tree.

use std::{collections::BTreeMap, sync::OnceLock};

use super::{
    lexicon::{Concept, Phrases, small},
    pattern::{self, Atom, Pattern},
    rule_file::{At, Draft, DraftRule, WeighedEntry},
    rules::{Beginning, Rule, RuleError, Rules, Thing},
    weights::Weights,
};
use crate::call::Text;

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

/// Gives every concept its number and every phrase its place, and checks that all names mean
/// something.
pub(super) fn compile(draft: &Draft) -> Result<Rules, RuleError> {
    let mut table = Table { phrases: Phrases::new(&draft.heard), ..Table::default() };
    for name in BUILT_IN {
        table.name(name);
    }
    for name in draft.words.keys().chain(draft.things.keys()) {
        table.name(name);
    }
    for is in draft.things.values().flat_map(|thing| &thing.is) {
        table.name(is);
    }
    for (name, list) in &draft.words {
        let concept = table.name(name);
        // The phrases of such a list hide the shorter ones inside them.
        let solid = name.starts_with("set_");
        for entry in list {
            table.word(concept, entry, solid)?;
        }
    }
    let things = things(draft, &mut table)?;
    let drafts: Vec<&DraftRule> =
        draft.rules.iter().filter(|rule| !draft.off.contains_key(&rule.name)).collect();
    for (name, line) in &draft.off {
        if draft.rules.iter().all(|rule| rule.name != *name) {
            return Err(no_rule(*line, name));
        }
    }
    let mut rules = Vec::new();
    for written in &drafts {
        let mut rule = table.rule(written)?;
        rule.with = beside(&written.with, &drafts, &draft.off)?;
        rule.weighed = written.weighed.as_ref().map(asked).transpose()?;
        rules.push(rule);
    }
    table.finish(version(draft), things, rules)
}

fn things(draft: &Draft, table: &mut Table) -> Result<Vec<Thing>, RuleError> {
    let any = table.name("thing");
    let mut things = Vec::new();
    for (name, written) in &draft.things {
        let concept = table.name(name);
        let Some(trade) = &written.trade else {
            let reason = format!("the thing `{name}` names no trade");
            return Err(RuleError { line: written.line, reason });
        };
        let trade_concept = table.name(trade);
        table.widen(concept, any);
        table.widen(concept, trade_concept);
        for is in &written.is {
            let wider = table.name(is);
            table.widen(concept, wider);
        }
        for entry in &written.words {
            table.word(concept, entry, true)?;
        }
        let label = written.label.clone().unwrap_or_else(|| name.replace('_', " "));
        things.push(Thing {
            concept,
            concepts: Vec::new(),
            trade: Text::new(trade),
            label: Text::new(&label),
        });
    }
    Ok(things)
}

fn version(draft: &Draft) -> Text {
    let mut versions = draft.versions.clone();
    versions.dedup();
    Text::new(&versions.join(" + "))
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
        if draft.when.is_empty() == draft.weighed.is_none() {
            let reason = format!("the rule `{}` needs either `when` or `weighed`", draft.name);
            return Err(RuleError { line: draft.line, reason });
        }
        if let Some(wants) = &draft.wants
            && wants.replace("{thing}", "").contains(['{', '}'])
        {
            let reason =
                format!("the rule `{}` wants \"{wants}\": only {{thing}} is filled in", draft.name);
            return Err(RuleError { line: draft.line, reason });
        }
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
            with: Vec::new(),
            weighed: None,
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
        for (rule, patterns) in rules.iter().map(|rule| &rule.patterns).enumerate() {
            for (pattern, sequences) in patterns.iter().enumerate() {
                let later = sequences.iter().flat_map(|sequence| &sequence.elements).skip(1);
                let needed = later.filter(|element| !element.optional);
                let needs = needed.filter_map(|element| match element.concepts.as_slice() {
                    [concept] => Some(*concept),
                    _ => None,
                });
                let needs = needs.last();
                for concept in &sequences[0].elements[0].concepts {
                    let needs = needs.unwrap_or(*concept);
                    let (rule, pattern) = (small(rule), small(pattern));
                    beginning[*concept].push(Beginning { rule, pattern, needs });
                }
            }
        }
        let lexicon = self.phrases.compile(&wider);
        let weighed = (0..rules.len()).filter(|rule| rules[*rule].weighed.is_some()).collect();
        Ok(Rules {
            version,
            lexicon,
            things,
            rules,
            beginning,
            weighed,
            names: self.names,
            known: OnceLock::new(),
            own: String::new(),
        })
    }
}

fn asked((line, entry): &(usize, WeighedEntry)) -> Result<(usize, i32), RuleError> {
    let reason = || format!("there are no weights for `{}`", entry.question);
    let question = Weights::shipped().question(&entry.question);
    let question = question.ok_or_else(|| RuleError { line: *line, reason: reason() })?;
    Ok((question, entry.from))
}

/// The places of the rules that `names` names. What is switched off stands never.
fn beside(
    names: &[At],
    rules: &[&DraftRule],
    off: &BTreeMap<String, usize>,
) -> Result<Vec<usize>, RuleError> {
    let place = |(line, name): &At| match rules.iter().position(|rule| rule.name == *name) {
        Some(place) => Ok(place),
        None if off.contains_key(name) => Ok(usize::MAX),
        None => Err(no_rule(*line, name)),
    };
    names.iter().map(place).collect()
}

fn no_rule(line: usize, name: &str) -> RuleError {
    RuleError { line, reason: format!("there is no rule `{name}`") }
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
