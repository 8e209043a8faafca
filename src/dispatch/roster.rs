//! Who is on call, when, for what, and how they are reached.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    hours::{Calendar, Week},
    settings::Settings,
};
use crate::call::{Text, Urgency};

/// Somebody (or a queue) calls are routed to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Person {
    /// The name on the board.
    pub name: Text,
    /// The Salesforce user (`005…`) or queue (`00G…`).
    pub owner_id: String,
    /// The trades they do; empty for all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<String>,
    /// Takes Hot calls: always, or within `shifts` where there are any.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub on_call: bool,
    /// When they are on call: `mon-fri 17:00-08:00`, `sat,sun`, `holiday 00:00-24:00`.
    #[serde(skip_serializing_if = "Week::is_empty")]
    pub shifts: Week,
    /// Whom of those on call is told first: the lowest; the roster's own order where equal.
    #[serde(skip_serializing_if = "is_zero")]
    pub order: u32,
    /// Takes calls whose budget is at least this many dollars.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_dollars: Option<u32>,
    /// Takes calls that score above the sales threshold.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub sales: bool,
    /// How they are told of a call that is theirs, all ways at once: a channel of `[notice]`, with
    /// their address there: `email:sam@example.com`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tell: Vec<Text>,
    /// When they are not told of what can wait.
    #[serde(skip_serializing_if = "Week::is_empty")]
    pub quiet: Week,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Person {
    /// Whether they do this trade.
    pub fn does(&self, service: Option<&str>) -> bool {
        let same = |own: &String| service.is_some_and(|service| own.eq_ignore_ascii_case(service));
        self.services.is_empty() || self.services.iter().any(same)
    }
}

/// Who is on call from one instant to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnCall<'a> {
    /// From when.
    pub from: Timestamp,
    /// Until when; none when nothing changes within a week.
    pub until: Option<Timestamp>,
    /// Who, the first to be told first.
    pub people: Vec<&'a Person>,
}

/// The people and the rules, together.
#[derive(Clone, Copy, Debug)]
pub struct Roster<'a> {
    /// Everybody.
    pub people: &'a [Person],
    /// The rules.
    pub settings: &'a Settings,
}

impl<'a> Roster<'a> {
    /// Whoever has this name.
    pub fn person(&self, name: &Text) -> Option<&'a Person> {
        self.people.iter().find(|person| person.name == *name)
    }

    /// Who is on call at `at`, the first to be told first.
    pub fn on_call(&self, at: Timestamp) -> Vec<&'a Person> {
        let days_off = self.settings.days_off();
        let calendar = self.calendar(&days_off);
        let stands_in = self.settings.overrides.iter().rev().find(|stands_in| {
            let span = stands_in.span(&self.settings.zone);
            span.is_some_and(|(from, to)| from <= at && at < to)
        });
        let off = |person: &Person| stands_in.is_some_and(|it| it.off.contains(&person.name));
        if let Some(stands_in) = stands_in.filter(|stands_in| !stands_in.on.is_empty()) {
            let named = |name: &Text| self.people.iter().find(|person| person.name == *name);
            return stands_in.on.iter().filter_map(named).filter(|it| !off(it)).collect();
        }
        let on = |person: &&Person| {
            !off(person)
                && match person.shifts.is_empty() {
                    true => person.on_call,
                    false => person.shifts.is_open(at, &calendar),
                }
        };
        let mut people: Vec<&Person> = self.people.iter().filter(on).collect();
        people.sort_by_key(|person| person.order);
        people
    }

    /// Everybody on call at `at`, in the order in which they are to be told of a call: first who may
    /// be told now, and of those who does its trade. Nobody is left out.
    pub fn on_call_for(
        &self,
        service: Option<&str>,
        urgency: Urgency,
        at: Timestamp,
    ) -> Vec<&'a Person> {
        let mut people = self.on_call(at);
        people.sort_by_key(|it| (self.quiet_until(it, urgency, at).is_some(), !it.does(service)));
        people
    }

    /// Everybody who is to be told of what can't wait, in this order: those on call, and only where
    /// there is nobody on call the others, who does the trade and can be told first.
    pub fn chain(&self, service: Option<&str>, urgency: Urgency, at: Timestamp) -> Vec<&'a Person> {
        let on_call = self.on_call_for(service, urgency, at);
        if !on_call.is_empty() {
            return on_call;
        }
        let mut people: Vec<&Person> = self.people.iter().collect();
        people.sort_by_key(|it| (it.tell.is_empty(), !it.does(service)));
        people
    }

    /// Who is on call at `at` and until when, and who after that.
    pub fn now_and_next(&self, at: Timestamp) -> (OnCall<'a>, Option<OnCall<'a>>) {
        let now = self.on_call(at);
        let change = |from: Timestamp, people: &[&Person]| {
            self.edges(from).into_iter().find(|edge| self.on_call(*edge) != people)
        };
        let until = change(at, &now);
        let next = until.map(|from| {
            let people = self.on_call(from);
            OnCall { from, until: change(from, &people), people }
        });
        (OnCall { from: at, until, people: now }, next)
    }

    /// When it may next change who is on call; none when nothing does within a week.
    pub fn changes_after(&self, at: Timestamp) -> Option<Timestamp> {
        self.edges(at).into_iter().next()
    }

    /// Until when somebody is not to be told of what is not urgent; none when they may be now.
    pub fn quiet_until(
        &self,
        person: &Person,
        urgency: Urgency,
        at: Timestamp,
    ) -> Option<Timestamp> {
        if urgency >= self.settings.wake_urgency || person.quiet.is_empty() {
            return None;
        }
        let days_off = self.settings.days_off();
        person.quiet.open_until(at, &self.calendar(&days_off))
    }

    /// When it may next change who can be told of what is so urgent, after `at`.
    pub fn next_to_tell(&self, urgency: Urgency, at: Timestamp) -> Option<Timestamp> {
        let wake = self.people.iter().filter_map(|person| self.quiet_until(person, urgency, at));
        wake.chain(self.changes_after(at)).min()
    }

    fn calendar<'b>(&'b self, days_off: &'b BTreeSet<jiff::civil::Date>) -> Calendar<'b> {
        Calendar { zone: &self.settings.zone, holidays: days_off, shut_on_holidays: false }
    }

    /// The instants at which it may change who is on call.
    pub(super) fn edges(&self, at: Timestamp) -> BTreeSet<Timestamp> {
        let days_off = self.settings.days_off();
        let calendar = self.calendar(&days_off);
        let shifts = self.people.iter().flat_map(|person| person.shifts.edges(at, &calendar));
        let spans = self.settings.overrides.iter();
        let spans = spans.filter_map(|stands_in| stands_in.span(&self.settings.zone));
        shifts.chain(spans.flat_map(|(from, to)| [from, to]).filter(|edge| *edge > at)).collect()
    }
}
