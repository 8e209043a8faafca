//! To whom a call goes, and why.

use std::{cmp::Reverse, collections::BTreeMap};

use jiff::Timestamp;

use super::roster::{Person, Roster};
use crate::call::{Call, Money, Rating, Text, Urgency};

/// How many calls each person has in hand.
pub type Load = BTreeMap<Text, u32>;

/// What of a call decides who gets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grounds<'a> {
    /// Whether it is one for whoever is on call.
    pub hot: bool,
    /// How urgent it is: whose quiet hours count.
    pub urgency: Urgency,
    /// Its trade.
    pub service: Option<&'a str>,
    /// What the caller would spend.
    pub budget: Option<Money>,
    /// How well they qualify, 0 to 100.
    pub score: u8,
}

impl<'a> Grounds<'a> {
    /// By our own judgement, with what operators corrected.
    pub fn of(call: &'a Call) -> Self {
        Self {
            hot: call.rating() == Rating::Hot,
            urgency: call.urgency(),
            service: call.service().map(|service| service.0.as_str()),
            budget: call.assessment.budget,
            score: call.assessment.score,
        }
    }
}

/// What a proposal rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Hot: whoever is on call, and where nobody is whoever there is.
    OnCall,
    /// A large budget: whoever takes those.
    Budget,
    /// A high score: sales.
    Sales,
    /// Nothing of these: whoever does the trade.
    Trade,
}

/// Whom a call is offered to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal<'a> {
    /// Who.
    pub person: &'a Person,
    /// By which rule.
    pub rule: Rule,
    /// Why, in a few words: `on call, Plumbing`.
    pub reason: Text,
}

/// Whom the call goes to: for Hot whoever is on call (for its trade where somebody is, but anybody
/// on call sooner than somebody who is not), for a large budget the senior estimator, for a high
/// score sales, else the specialist of the trade, else anybody who takes all trades. Among equals
/// whoever has least in hand.
pub fn propose<'a>(
    grounds: &Grounds<'_>,
    roster: &Roster<'a>,
    load: &Load,
    now: Timestamp,
) -> Option<Proposal<'a>> {
    let service = grounds.service;
    let in_hand = |person: &Person| load.get(&person.name).copied().unwrap_or(0);
    let because = |person: &'a Person, rule: Rule, why: String| {
        let trade = service.filter(|_| !person.services.is_empty()).map(str::to_owned);
        let words: Vec<String> =
            [Some(why), trade].into_iter().flatten().filter(|it| !it.is_empty()).collect();
        Proposal { person, rule, reason: Text::new(&words.join(", ")) }
    };
    let able = || roster.people.iter().filter(|person| person.does(service));
    if grounds.hot {
        return roster.chain(service, grounds.urgency, now).first().map(|person| Proposal {
            person,
            rule: Rule::OnCall,
            reason: why_on_call(person, grounds, roster, now),
        });
    }
    if let Some(budget) = grounds.budget {
        let takes = |person: &&Person| {
            person.from_dollars.is_some_and(|least| budget >= Money::dollars(least.into()))
        };
        let most = |person: &&Person| (person.from_dollars, Reverse(in_hand(person)));
        if let Some(person) = able().filter(takes).max_by_key(most) {
            let least = Money::dollars(person.from_dollars.unwrap_or(0).into());
            return Some(because(person, Rule::Budget, format!("{budget} is {least} or more")));
        }
    }
    let least_busy = |person: &&Person| (in_hand(person), person.order);
    if grounds.score > roster.settings.sales_score
        && let Some(person) = able().filter(|person| person.sales).min_by_key(least_busy)
    {
        return Some(because(person, Rule::Sales, format!("scores {}", grounds.score)));
    }
    let specialist = || able().filter(|person| !person.services.is_empty()).min_by_key(least_busy);
    let anybody = || {
        able()
            .filter(|person| person.from_dollars.is_none() && !person.sales)
            .min_by_key(least_busy)
    };
    if let Some(person) = specialist() {
        return Some(because(person, Rule::Trade, "specialist".to_owned()));
    }
    if let Some(person) = anybody() {
        return Some(because(person, Rule::Trade, "takes every trade".to_owned()));
    }
    roster
        .people
        .first()
        .map(|person| because(person, Rule::Trade, "first on the roster".to_owned()))
}

/// Whom the hub gives what can't wait to by itself: the first who can be told.
pub(super) fn first_to_tell<'a>(
    grounds: &Grounds<'_>,
    roster: &Roster<'a>,
    now: Timestamp,
) -> Option<Proposal<'a>> {
    let chain = roster.chain(grounds.service, grounds.urgency, now);
    let person = *chain.iter().find(|person| !person.tell.is_empty()).or(chain.first())?;
    let reason = why_on_call(person, grounds, roster, now);
    Some(Proposal { person, rule: Rule::OnCall, reason })
}

/// Why what can't wait is for this person, and where it should be for another, why it is not.
fn why_on_call(
    person: &Person,
    grounds: &Grounds<'_>,
    roster: &Roster<'_>,
    now: Timestamp,
) -> Text {
    let on_call = roster.on_call(now);
    let trade = grounds.service.filter(|_| !person.services.is_empty());
    let why = match trade {
        _ if on_call.is_empty() => "nobody is on call".to_owned(),
        None => "on call".to_owned(),
        Some(trade) if person.does(Some(trade)) => format!("on call, {trade}"),
        Some(trade) => match on_call.iter().find(|it| it.does(Some(trade))) {
            Some(other) if other.tell.is_empty() => {
                format!("on call; {} ({trade}) can't be told", other.name)
            }
            Some(other) => format!("on call; {} ({trade}) has quiet hours", other.name),
            None => format!("on call; nobody on call does {trade}"),
        },
    };
    Text::new(&why)
}
