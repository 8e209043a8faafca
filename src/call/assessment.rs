//! What triage makes of a call, with the words that say so.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Evidence, Line, Money, Text};

/// How soon somebody must act, 1 (no service need) to 5 (life or property in danger now).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Urgency(u8);

impl Urgency {
    /// No service need.
    pub const NONE: Self = Self(1);
    /// Danger now.
    pub const EMERGENCY: Self = Self(5);
    /// From here up a call is Hot.
    pub const HOT: Self = Self(4);

    /// `level` as an urgency, if it is one of 1 to 5.
    pub fn new(level: u8) -> Option<Self> {
        (1..=5).contains(&level).then_some(Self(level))
    }

    /// 1 to 5.
    pub fn level(self) -> u8 {
        self.0
    }
}

impl Default for Urgency {
    fn default() -> Self {
        Self::NONE
    }
}

impl TryFrom<u8> for Urgency {
    type Error = String;

    fn try_from(level: u8) -> Result<Self, String> {
        Self::new(level).ok_or_else(|| format!("urgency {level} is not between 1 and 5"))
    }
}

impl From<Urgency> for u8 {
    fn from(urgency: Urgency) -> Self {
        urgency.0
    }
}

impl fmt::Display for Urgency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Salesforce's Lead rating. Hot is urgency 4 and 5; Warm a need; Cold neither.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum Rating {
    /// A general inquiry.
    #[default]
    Cold,
    /// A specific need.
    Warm,
    /// Urgent.
    Hot,
}

impl Rating {
    /// The rating that follows from urgency and need.
    pub fn of(urgency: Urgency, need: bool) -> Self {
        match (urgency >= Urgency::HOT, need) {
            (true, _) => Self::Hot,
            (false, true) => Self::Warm,
            (false, false) => Self::Cold,
        }
    }

    /// The picklist value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cold => "Cold",
            Self::Warm => "Warm",
            Self::Hot => "Hot",
        }
    }
}

impl fmt::Display for Rating {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A trade: the value of `Service_Interest__c` (`HVAC`, `Plumbing`, `Electrical`, `Roofing`,
/// `Other`, or what the rules of a business say).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Service(pub Text);

/// The four qualification signals, 25 points each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bant {
    /// Money is named or funding affirmed.
    pub budget: bool,
    /// The caller can decide.
    pub authority: bool,
    /// A specific problem or project.
    pub need: bool,
    /// When the work is wanted.
    pub timeline: bool,
}

impl Bant {
    /// 0, 25, 50, 75 or 100.
    pub fn score(self) -> u8 {
        [self.budget, self.authority, self.need, self.timeline]
            .iter()
            .map(|flag| 25 * u8::from(*flag))
            .sum()
    }
}

/// The caller's wish to be rung back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallbackRequest {
    /// When they asked for it; none for "when you can".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Timestamp>,
    /// The number they named, if another than they called from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<Text>,
    /// When they said so, last.
    #[serde(default)]
    pub at: Timestamp,
}

/// Who and where, in the caller's own words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Who {
    /// "this is Jane".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Text>,
    /// "123 Main Street".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<Text>,
    /// "jane dot doe at gmail dot com", as `jane.doe@gmail.com`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<Text>,
    /// Another number of theirs, as said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<Text>,
    /// Their company.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company: Option<Text>,
}

/// Which value a piece of evidence speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// How soon.
    Urgency,
    /// Whether and when they want to be rung back.
    Callback,
    /// That they are not to be rung at all.
    DoNotCall,
    /// Which trade.
    Service,
    /// BANT: money.
    Budget,
    /// BANT: who decides.
    Authority,
    /// BANT: the problem.
    Need,
    /// BANT: when.
    Timeline,
    /// Name, address, e-mail, number, company.
    Who,
}

/// What triage makes of a call so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Assessment {
    /// How soon.
    pub urgency: Urgency,
    /// Hot, Warm or Cold.
    pub rating: Rating,
    /// The wish to be rung back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub callback: Option<CallbackRequest>,
    /// When they said, last, that they are not to be rung any more at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub do_not_call: Option<Timestamp>,
    /// The trade.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<Service>,
    /// What the caller would spend or was quoted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<Money>,
    /// Whether the amount is another company's quote.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub budget_is_quote: bool,
    /// The four signals.
    pub bant: Bant,
    /// 25 points for each signal.
    pub score: u8,
    /// What the caller wants in a few words, for the board (`burst pipe`, `HVAC replacement`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wants: Option<Text>,
    /// Who and where.
    pub who: Who,
    /// Why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
    /// The rule set that judged.
    #[serde(skip_serializing_if = "Text::is_empty")]
    pub rules: Text,
}

/// The rule of the words that name the time of a call back.
pub const CALLBACK_TIME: &str = "callback-time";

impl Assessment {
    /// The words in which the caller named when to be rung back.
    pub fn callback_words(&self) -> Option<&str> {
        let named = self.evidence.iter().find(|evidence| evidence.rule.as_str() == CALLBACK_TIME);
        named.map(Evidence::words)
    }

    /// Rebuilds what serialising leaves out: the words are a part of their lines again.
    pub(super) fn restore(&mut self, lines: &[Line]) {
        for evidence in &mut self.evidence {
            if let Some(line) = lines.get(evidence.line()) {
                evidence.restore(&line.text);
            }
        }
    }
}
