//! To whom a call goes.

use jiff::Timestamp;

use super::settings::{Person, RoutesBy, Settings};
use crate::{
    call::{Call, Judgement, Money},
    dispatch::{Grounds, Load, propose},
};

/// A provider's score from which a call is one for whoever is on call.
const HOT_SCORE: u8 = 70;

/// What of a call decides who gets it, by whoever's judgement the settings say.
pub fn grounds<'a>(call: &'a Call, settings: &Settings) -> Grounds<'a> {
    let ours = Grounds::of(call);
    match (settings.routes_by, call.judgement()) {
        (RoutesBy::Provider, Some(theirs)) => beside(ours, theirs),
        _ => ours,
    }
}

/// The provider's values where it sent them.
fn beside<'a>(ours: Grounds<'a>, judgement: &'a Judgement) -> Grounds<'a> {
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
    Grounds {
        hot: hot.or(scored).unwrap_or(ours.hot),
        service: said(&["service", "serviceinterest", "servicetype", "trade"])
            .filter(|value| !value.is_empty())
            .or(ours.service),
        budget: budget.or(ours.budget),
        ..ours
    }
}

/// Whether `name` is `known` but for case and the marks between its words.
fn is_named(name: &str, known: &str) -> bool {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|c| c.to_ascii_lowercase()).eq(known.chars())
}

/// Whom the call would be routed to now, whatever anybody has in hand.
pub fn suggested_owner<'a>(
    call: &Call,
    settings: &'a Settings,
    now: Timestamp,
) -> Option<&'a Person> {
    let proposal = propose(&grounds(call, settings), &settings.people(), &Load::new(), now);
    proposal.map(|proposal| proposal.person)
}
