//! What the calls in hand tell of the channels by which people are told: when each was tried, when it
//! took something, and who waits for one that does not.
//!
//! It follows from the calls that are or were in hand and nothing else, so a restart knows the same of
//! those on the board.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;

use super::Desk;
use crate::{
    call::{Call, CallId, NoticeStep, Noticed, Text},
    dispatch::{self, Channel, Channels, Failing, channel},
    wire::FailingChannel,
};

/// The channels that somebody was to be told by.
#[derive(Debug, Default)]
pub(super) struct Ways {
    known: Channels,
    /// What each call tells of them.
    told_by: HashMap<CallId, Channels>,
    /// The calls with notices that were not taken, and by which channels.
    failing: BTreeMap<CallId, BTreeSet<String>>,
    /// What is shown of it, as of the last time something of it changed.
    shown: Vec<FailingChannel>,
    /// Whether that is behind.
    is_behind: bool,
}

impl Ways {
    /// What is known of the channels.
    pub(super) fn channels(&self) -> &Channels {
        &self.known
    }

    /// Hears what was tried for a call. Returns the channels that took something since.
    fn hear(&mut self, call: &Call) -> BTreeSet<String> {
        let (mut tells, mut fails) = (Channels::new(), BTreeSet::new());
        for notice in call.notices().values() {
            let name = channel(&notice.way);
            if notice.problem().is_some() {
                fails.insert(name.to_owned());
            }
            let known = tells.entry(name.to_owned()).or_default();
            known.took = known.took.max(notice.sent_at());
            known.tried = known.tried.max(notice.attempts.values().map(|(_, at)| *at).max());
        }
        self.replace(&call.id, tells, fails)
    }

    /// Forgets a call that is not in hand any more; what it told of its channels holds.
    fn forget(&mut self, call: &CallId) {
        self.told_by.remove(call);
        self.is_behind |= self.failing.remove(call).is_some();
    }

    fn replace(
        &mut self,
        call: &CallId,
        tells: Channels,
        fails: BTreeSet<String>,
    ) -> BTreeSet<String> {
        let old = self.told_by.remove(call).unwrap_or_default();
        self.is_behind |= !fails.is_empty() || self.failing.contains_key(call);
        let mut took = BTreeSet::new();
        for name in old.keys().chain(tells.keys()) {
            let before = of(&self.known, name);
            let (was, is) = (of(&old, name), of(&tells, name));
            // Only where it told more than it does now are the others asked.
            let less = was.took > is.took || was.tried > is.tried;
            let known = match less {
                false => later(before, is),
                true => self.told_by.values().map(|it| of(it, name)).fold(is, later),
            };
            if known.took > before.took {
                took.insert(name.clone());
            }
            self.is_behind |= known.took != before.took;
            self.known.insert(name.clone(), known);
        }
        match fails.is_empty() {
            true => drop(self.failing.remove(call)),
            false => drop(self.failing.insert(call.clone(), fails)),
        }
        if !tells.is_empty() {
            self.told_by.insert(call.clone(), tells);
        }
        took
    }

    /// The calls with notices that one of these channels did not take.
    fn waiting_for(&self, channels: &BTreeSet<String>) -> Vec<CallId> {
        let waits = |fails: &BTreeSet<String>| !fails.is_disjoint(channels);
        let calls = self.failing.iter().filter(|(_, fails)| waits(fails));
        calls.map(|(id, _)| id.clone()).collect()
    }

    /// The clock went on: who waits may be another.
    pub(super) fn tick(&mut self) {
        self.is_behind |= !self.failing.is_empty();
    }

    /// Whether a notice that was not taken belongs to what is shown, and since when: its channel
    /// took nothing since, or it waits for being tried again.
    fn shows(&self, Failing { notice, waits, .. }: &Failing<'_>) -> Option<Timestamp> {
        self.fails_since(notice).or_else(|| failures(notice).min().filter(|_| *waits))
    }

    /// Since when a notice fails, if its channel took nothing since.
    fn fails_since(&self, notice: &Noticed) -> Option<Timestamp> {
        let took = self.known.get(channel(&notice.way)).and_then(|it| it.took);
        failures(notice).filter(|at| took.is_none_or(|took| *at > took)).min()
    }
}

impl Desk {
    /// Hears what was tried for a call. Where a channel took something, whatever waits for it is
    /// looked at.
    pub(super) fn hear_of_ways(&mut self, id: &CallId, at: Timestamp) {
        let Some(held) = self.calls.get(id) else { return };
        let took = self.ways.hear(&held.call);
        if took.is_empty() {
            return;
        }
        for id in self.ways.waiting_for(&took) {
            let duty = self.calls.get(&id).and_then(|held| held.duty);
            if duty.is_some_and(|duty| duty > at) {
                self.look_at(&id, Some(at));
            }
        }
    }

    /// A call is not in hand any more. Nothing was tried for it a moment ago, so nobody waits for
    /// what it told.
    pub(super) fn forget_of_ways(&mut self, id: &CallId) {
        self.ways.forget(id);
    }

    /// Brings what is shown of the channels up to date.
    pub(super) fn show_ways(&mut self, now: Timestamp) {
        if !self.ways.is_behind {
            return;
        }
        let mut shown = BTreeMap::<String, (Timestamp, BTreeSet<Text>)>::new();
        for id in self.ways.failing.keys() {
            self.ask(id, now, |asked| {
                for failing in dispatch::failing(&asked) {
                    let Some(since) = self.ways.shows(&failing) else { continue };
                    let name = channel(&failing.notice.way).to_owned();
                    let (first, people) = shown.entry(name).or_insert((since, BTreeSet::new()));
                    *first = since.min(*first);
                    people.extend(failing.untold.then(|| failing.notice.to.clone()));
                }
            });
        }
        let shown = shown.into_iter().map(|(name, (since, people))| FailingChannel {
            channel: Text::new(&name),
            since,
            people: people.into_iter().collect(),
        });
        self.ways.shown = shown.collect();
        self.ways.is_behind = false;
    }

    /// The channels by which people are to be told and that take nothing, or have not taken yet what
    /// waits for them.
    pub fn failing_channels(&self) -> Vec<FailingChannel> {
        self.ways.shown.clone()
    }

    /// Since when the channel of this way takes nothing, if that is so.
    pub fn fails_since(&self, way: &Text) -> Option<Timestamp> {
        let calls = self.ways.failing.keys().filter_map(|id| self.calls.get(id));
        let notices = calls.flat_map(|held| held.call.notices().values());
        let same = notices.filter(|it| it.problem().is_some() && channel(&it.way) == channel(way));
        same.filter_map(|notice| self.ways.fails_since(notice)).min()
    }
}

/// When it failed.
fn failures(notice: &Noticed) -> impl Iterator<Item = Timestamp> {
    let fails = |(step, at): &(NoticeStep, Timestamp)| {
        matches!(step, NoticeStep::Failed { .. }).then_some(*at)
    };
    notice.attempts.values().filter_map(fails)
}

fn of(channels: &Channels, name: &str) -> Channel {
    channels.get(name).copied().unwrap_or_default()
}

fn later(one: Channel, other: Channel) -> Channel {
    Channel { tried: one.tried.max(other.tried), took: one.took.max(other.took) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::{Event, Fact, NoticeFact, SourceName};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    /// A call of which somebody was told, or was not.
    fn told(name: &str, to: &str, way: &str, fails: bool, second: i64) -> Call {
        let step = match fails {
            true => NoticeStep::Failed { problem: "down".into(), permanent: false },
            false => NoticeStep::Sent,
        };
        let (to, way) = (to.into(), way.into());
        let notice = NoticeFact { id: "n".to_owned(), to, way, attempt: 1, step };
        let call = CallId::new(&SourceName::new("vapi"), name);
        let (sent_at, key) = (at(second), notice.key());
        let facts = vec![Fact::Notice(notice)];
        let event = Event { call, key, sent_at, received_at: sent_at, facts };
        let mut call = Call::begin(&event);
        call.apply(&event);
        call
    }

    /// Since when `name` is shown to fail.
    fn shown(ways: &Ways, calls: &[Call], waits: bool, name: &str) -> Option<Timestamp> {
        let notices = calls.iter().flat_map(|call| call.notices().values());
        let failing = notices.filter(|it| it.problem().is_some() && channel(&it.way) == name);
        let failing = failing.map(|notice| Failing { notice, waits, untold: true });
        failing.filter_map(|failing| ways.shows(&failing)).min()
    }

    #[test]
    fn a_channel_fails_until_it_takes_one_in_whatever_order_that_is_heard() {
        let calls = [
            told("a", "Sam", "email:sam@example.com", true, 10),
            told("b", "Ann", "email:ann@example.com", false, 12),
            told("c", "Dana", "email:dana@example.com", true, 14),
            told("d", "Sam", "email:sam@example.com", true, 16),
            told("e", "Ann", "office", false, 18),
        ];
        for turn in 0..calls.len() {
            let mut ways = Ways::default();
            for place in 0..calls.len() {
                ways.hear(&calls[(place + turn) % calls.len()]);
            }
            assert_eq!(shown(&ways, &calls, false, "email"), Some(at(14)));
            assert_eq!(shown(&ways, &calls, true, "office"), None);
            let email = Channel { tried: Some(at(16)), took: Some(at(12)) };
            assert_eq!(ways.known["email"], email);
            let took = ways.hear(&told("f", "Ann", "email:ann@example.com", false, 20));
            assert_eq!(took, BTreeSet::from(["email".to_owned()]));
            assert_eq!(shown(&ways, &calls, false, "email"), None);
            assert_eq!(shown(&ways, &calls, true, "email"), Some(at(10)), "what did not go waits");
            // What it took it took, also where that call is on the board no more.
            ways.forget(&CallId::new(&SourceName::new("vapi"), "f"));
            assert_eq!(shown(&ways, &calls, false, "email"), None);
        }
    }

    #[test]
    fn only_who_waits_for_the_channel_is_looked_at_when_it_takes_something() {
        let mut ways = Ways::default();
        let waits = told("a", "Sam", "email:sam@example.com", true, 10);
        assert_eq!(ways.hear(&waits), BTreeSet::new(), "it took nothing");
        ways.hear(&told("b", "Sam", "office", true, 10));
        ways.hear(&told("c", "Ann", "email:ann@example.com", false, 9));
        let email = BTreeSet::from(["email".to_owned()]);
        assert_eq!(ways.waiting_for(&email), [waits.id]);
    }
}
