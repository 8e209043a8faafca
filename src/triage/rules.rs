//! Rules as data: word lists, things and patterns, read from a file and checked.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, OnceLock},
};

use serde::Deserialize;

use super::{
    heard::TRADES,
    lexicon::{Concept, Lexicon},
    money::MoneyWords,
    pattern::Pattern,
    reading::Grammar,
    rule_file::{Draft, extends},
    who::WhoWords,
};
use crate::call::Text;

/// The files that make up the shipped rule set, in order.
const SHIPPED: &[(&str, &str)] = &[
    ("en/words.toml", include_str!("rules/en/words.toml")),
    ("en/states.toml", include_str!("rules/en/states.toml")),
    ("en/heard.toml", include_str!("rules/en/heard.toml")),
    ("en/danger/air.toml", include_str!("rules/en/danger/air.toml")),
    ("en/danger/fire.toml", include_str!("rules/en/danger/fire.toml")),
    ("en/danger/water.toml", include_str!("rules/en/danger/water.toml")),
    ("en/failures.toml", include_str!("rules/en/failures.toml")),
    ("en/planned.toml", include_str!("rules/en/planned.toml")),
    ("en/callers.toml", include_str!("rules/en/callers.toml")),
    ("weighed.toml", include_str!("rules/weighed.toml")),
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
    /// Means nothing alone: other rules ask for it by `with`.
    Sign,
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
    /// The rules it counts beside: one of them must stand, wherever in the call; none when it
    /// counts alone.
    pub(super) with: Vec<usize>,
    /// Asks the weights instead of patterns: which question, and from what sum on it says so.
    pub(super) weighed: Option<(usize, i32)>,
    pub(super) patterns: Vec<Pattern>,
    pub(super) unless: Vec<Pattern>,
}

/// A pattern that begins with a concept. Each concept in a line brings dozens, few of which stand
/// there: what tells that most cheaply is at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Beginning {
    pub(super) rule: u32,
    /// Its place in the rule.
    pub(super) pattern: u32,
    /// A concept without which it does not stand: one that comes after the first, if there is one
    /// that nothing else can stand for.
    pub(super) needs: Concept,
}

/// A rule set: immutable, shared by every judge.
#[derive(Debug)]
pub struct Rules {
    pub(super) version: Text,
    pub(super) lexicon: Lexicon,
    pub(super) things: Vec<Thing>,
    pub(super) rules: Vec<Rule>,
    /// For each concept the patterns that begin with it.
    pub(super) beginning: Vec<Vec<Beginning>>,
    /// The rules that ask the weights.
    pub(super) weighed: Vec<usize>,
    pub(super) names: BTreeMap<String, Concept>,
    pub(super) known: OnceLock<Known>,
    /// What was read beside, or in place of, the shipped rules.
    pub(super) own: String,
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
        let mut draft = Draft::default();
        if extends(text)? {
            for (_, shipped) in SHIPPED {
                draft.merge(shipped)?;
            }
        }
        draft.merge(text)?;
        Ok(Self { own: text.to_owned(), ..draft.compile()? })
    }

    /// What was read beside, or in place of, the shipped rules; empty when it was nothing.
    pub fn own(&self) -> &str {
        &self.own
    }

    /// The rule set's version; each assessment carries it.
    pub fn version(&self) -> &Text {
        &self.version
    }

    /// The trades a call can have by these rules, in alphabetical order.
    pub fn trades(&self) -> Vec<&str> {
        let things = self.things.iter().map(|thing| &thing.trade);
        let rules = self.rules.iter().flat_map(|rule| rule.trade.iter().chain(&rule.fallback));
        let named = things.chain(rules).map(Text::as_str).chain(TRADES);
        let trades: BTreeSet<&str> = named.filter(|trade| !trade.is_empty()).collect();
        trades.into_iter().collect()
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
