//! To whom a call goes.

use super::settings::{Person, Settings};
use crate::call::{Call, Money, Rating};

/// Whom the call would be routed to: for Hot whoever is on call, for a large budget the senior
/// estimator, else the specialist of the trade, else anybody who takes all trades.
pub fn suggested_owner<'a>(call: &Call, settings: &'a Settings) -> Option<&'a Person> {
    let assessment = &call.assessment;
    let service = assessment.service.as_ref().map(|service| service.0.as_str());
    let does = |person: &&Person| {
        person.services.is_empty()
            || person.services.iter().any(|own| Some(own.as_str()) == service)
    };
    let roster = || settings.roster.iter().filter(does);
    if call.rating() == Rating::Hot
        && let Some(person) = roster().find(|person| person.on_call)
    {
        return Some(person);
    }
    let senior = assessment.budget.and_then(|budget| {
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
