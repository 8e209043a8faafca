//! Whether the channels by which people are told work: what the last attempts by each came to.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{
    call::{NoticeFact, NoticeStep, Noticed, Text},
    wire::FailingChannel,
};

/// The channels that somebody was to be told by.
#[derive(Debug, Default)]
pub(super) struct Ways(BTreeMap<String, Way>);

/// One channel.
#[derive(Debug, Default)]
struct Way {
    /// When it last took a notice.
    took: Option<Timestamp>,
    /// To whom it failed since: for the first time and the last.
    failing: BTreeMap<Text, (Timestamp, Timestamp)>,
}

impl Ways {
    /// Notes what came of an attempt, whatever else was noted before.
    pub(super) fn hear(&mut self, notice: &NoticeFact, at: Timestamp) {
        self.note(&notice.way, &notice.to, &notice.step, at);
    }

    /// Notes all that came of the attempts of a notice.
    pub(super) fn hear_all(&mut self, notice: &Noticed) {
        for (step, at) in notice.attempts.values() {
            self.note(&notice.way, &notice.to, step, *at);
        }
    }

    fn note(&mut self, way: &Text, to: &Text, step: &NoticeStep, at: Timestamp) {
        let channel = self.0.entry(channel(way).to_owned()).or_default();
        match step {
            NoticeStep::Sending => {}
            NoticeStep::Sent => {
                channel.took = channel.took.max(Some(at));
                channel.failing.retain(|_, (first, last)| {
                    *first = if *first > at { *first } else { *last };
                    *last > at
                });
            }
            NoticeStep::Failed { .. } if channel.took < Some(at) => {
                let (first, last) = channel.failing.entry(to.clone()).or_insert((at, at));
                (*first, *last) = (at.min(*first), at.max(*last));
            }
            NoticeStep::Failed { .. } => {}
        }
    }

    /// The channels whose last attempt failed, with everybody it failed for since one was taken.
    pub(super) fn failing(&self) -> Vec<FailingChannel> {
        let failing = self.0.iter().filter_map(|(name, way)| {
            let since = way.failing.values().map(|(first, _)| *first).min()?;
            let people = way.failing.keys().cloned().collect();
            Some(FailingChannel { channel: Text::new(name), since, people })
        });
        failing.collect()
    }

    /// Since when the channel of this way fails, if it does.
    pub(super) fn fails_since(&self, way: &Text) -> Option<Timestamp> {
        self.0.get(channel(way))?.failing.values().map(|(first, _)| *first).min()
    }
}

fn channel(way: &Text) -> &str {
    way.as_str().split(':').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn told(to: &str, way: &str, fails: bool) -> NoticeFact {
        let step = match fails {
            true => NoticeStep::Failed { problem: "down".into(), permanent: false },
            false => NoticeStep::Sent,
        };
        NoticeFact { id: "n".to_owned(), to: to.into(), way: way.into(), attempt: 1, step }
    }

    #[test]
    fn a_channel_fails_until_it_takes_one_in_whatever_order_that_is_heard() {
        let heard = [
            (told("Sam", "email:sam@example.com", true), 10),
            (told("Ann", "email:ann@example.com", false), 12),
            (told("Dana", "email:dana@example.com", true), 14),
            (told("Sam", "email:sam@example.com", true), 16),
            (told("Ann", "office", false), 18),
        ];
        for turn in 0..heard.len() {
            let mut ways = Ways::default();
            for place in 0..heard.len() {
                let (notice, second) = &heard[(place + turn) % heard.len()];
                ways.hear(notice, at(*second));
            }
            let failing = ways.failing();
            assert_eq!(failing.len(), 1, "{failing:?}");
            assert_eq!(failing[0].since, at(14));
            assert_eq!(failing[0].people, [Text::from("Dana"), "Sam".into()]);
            ways.hear(&told("Ann", "email:ann@example.com", false), at(20));
            assert_eq!(ways.failing(), []);
        }
    }
}
