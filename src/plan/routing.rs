//! To whom a call goes.

use super::settings::{Person, RoutesBy, Settings};
use crate::call::{Call, Judgement, Money, Rating};

/// A provider's score from which a call is one for whoever is on call.
const HOT_SCORE: u8 = 70;

/// What of a call decides who gets it.
struct Grounds<'a> {
    hot: bool,
    service: Option<&'a str>,
    budget: Option<Money>,
}

impl<'a> Grounds<'a> {
    fn of(call: &'a Call, settings: &Settings) -> Self {
        let ours = Self {
            hot: call.rating() == Rating::Hot,
            service: call.service().map(|service| service.0.as_str()),
            budget: call.assessment.budget,
        };
        match (settings.routes_by, call.judgement()) {
            (RoutesBy::Provider, Some(theirs)) => ours.beside(theirs),
            _ => ours,
        }
    }

    /// The provider's values where it sent them.
    fn beside(self, judgement: &'a Judgement) -> Self {
        let said = |names: &[&str]| {
            let told = |name: &String| names.iter().any(|known| is_named(name, known));
            let value = judgement.data.iter().find(|(name, _)| told(name));
            value.map(|(_, value)| value.as_str().trim())
        };
        let urgency = said(&["urgency", "urgencylevel", "rating", "priority"]);
        let hot = urgency.map(|value| {
            let level = value.parse::<u8>().is_ok_and(|level| level >= 4);
            let words = ["hot", "high", "urgent", "emergency", "critical"];
            level || words.iter().any(|word| value.eq_ignore_ascii_case(word))
        });
        let scored = judgement.score.map(|score| score >= HOT_SCORE);
        let budget = said(&["budget", "budgetamount"])
            .and_then(|value| value.trim_start_matches('$').replace(',', "").parse().ok())
            .map(<Money as From<rust_decimal::Decimal>>::from);
        Self {
            hot: hot.or(scored).unwrap_or(self.hot),
            service: said(&["service", "serviceinterest", "servicetype", "trade"])
                .filter(|value| !value.is_empty())
                .or(self.service),
            budget: budget.or(self.budget),
        }
    }
}

/// Whether `name` is `known` but for case and the marks between its words.
fn is_named(name: &str, known: &str) -> bool {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|c| c.to_ascii_lowercase()).eq(known.chars())
}

/// Whom the call would be routed to: for Hot whoever is on call, for a large budget the senior
/// estimator, else the specialist of the trade, else anybody who takes all trades.
pub fn suggested_owner<'a>(call: &Call, settings: &'a Settings) -> Option<&'a Person> {
    let Grounds { hot, service, budget } = Grounds::of(call, settings);
    let does = |person: &&Person| {
        person.services.is_empty()
            || person
                .services
                .iter()
                .any(|own| service.is_some_and(|service| own.eq_ignore_ascii_case(service)))
    };
    let roster = || settings.roster.iter().filter(does);
    if hot && let Some(person) = roster().find(|person| person.on_call) {
        return Some(person);
    }
    let senior = budget.and_then(|budget| {
        let takes = |person: &&Person| {
            person.from_dollars.is_some_and(|least| budget >= Money::dollars(least.into()))
        };
        roster().filter(takes).max_by_key(|person| person.from_dollars)
    });
    let specialist = || roster().find(|person| !person.services.is_empty());
    senior
        .or_else(specialist)
        .or_else(|| roster().find(|person| person.from_dollars.is_none()))
        .or_else(|| settings.roster.first())
}
