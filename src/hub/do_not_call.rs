//! The do-not-call list, as a hub has it in hand. Pure.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use crate::{
    call::{Call, Phone, Suppression},
    dispatch,
};

/// What was last said of each number.
#[derive(Debug, Default)]
pub struct DoNotCall(HashMap<Phone, Suppression>);

impl DoNotCall {
    /// Notes what was said; whether it is news.
    pub fn hear(&mut self, said: Suppression) -> bool {
        let newer = self.0.get(&said.number).is_none_or(|known| known.at < said.at);
        if newer {
            self.0.insert(said.number.clone(), said);
        }
        newer
    }

    /// Of how many numbers something was said.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// What was last said of a number.
    pub fn of(&self, number: &Phone) -> Option<&Suppression> {
        self.0.get(number)
    }

    /// What keeps a call's caller from being rung: of the number they called from, or of the one
    /// they want to be rung at.
    pub fn of_call(&self, call: &Call, settings: &dispatch::Settings) -> Option<&Suppression> {
        let asked_for = dispatch::number_asked_for(call, settings);
        let numbers = call.phone().into_iter().chain(asked_for.as_ref());
        numbers.filter_map(|number| self.0.get(number)).find(|said| said.stands)
    }

    /// When a statement of now counts as made: after whatever was said before, also by a clock that
    /// is ahead of ours.
    pub fn moment(&self, number: &Phone, now: Timestamp) -> Timestamp {
        let next = SignedDuration::from_micros(1);
        let after = self.of(number).and_then(|known| known.at.checked_add(next).ok());
        after.map_or(now, |after| after.max(now))
    }

    /// The numbers that are not to be rung, the latest first.
    pub fn standing(&self) -> Vec<Suppression> {
        let mut standing: Vec<_> = self.0.values().filter(|it| it.stands).cloned().collect();
        standing.sort_unstable_by(|one, other| {
            other.at.cmp(&one.at).then_with(|| one.number.cmp(&other.number))
        });
        standing
    }
}
