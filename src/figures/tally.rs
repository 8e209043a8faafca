//! Records in, figures out.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{
    money::lost,
    record::{CallRecord, Way},
};
use crate::call::{CallbackState, Money};

/// Seconds within which a call is to be answered for the service level.
const SERVICE_LEVEL: u64 = 20;

/// Seconds within which a lead is to have somebody on the line.
const FAST: u64 = 5 * 60;

/// So many of so many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// Of which it holds.
    pub met: u64,
    /// Of which it was asked.
    pub of: u64,
}

impl Share {
    fn count(&mut self, met: bool) {
        self.of += 1;
        self.met += u64::from(met);
    }

    /// In tenths of a percent, rounded; none of nothing.
    pub fn permille(self) -> Option<u64> {
        (self.of > 0).then(|| (self.met * 1000 + self.of / 2) / self.of)
    }
}

/// How a number of spans lie. Percentiles by nearest rank.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spread {
    /// How many there are.
    pub count: u64,
    /// Their mean, rounded; 0 of none.
    pub mean: u64,
    /// The median.
    pub median: u64,
    /// Nine of ten are no longer.
    pub p90: u64,
    /// Nineteen of twenty are no longer.
    pub p95: u64,
}

impl Spread {
    fn of(mut spans: Vec<u64>) -> Self {
        spans.sort_unstable();
        let count = spans.len();
        let rank = |percent: usize| match (count * percent).div_ceil(100) {
            0 => 0,
            place => spans[place - 1],
        };
        let sum: u64 = spans.iter().sum();
        let many = count as u64;
        Self {
            count: many,
            mean: (sum + many / 2).checked_div(many).unwrap_or(0),
            median: rank(50),
            p90: rank(90),
            p95: rank(95),
        }
    }
}

/// The time that figures are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// From here on.
    pub from: Timestamp,
    /// Up to here, not included.
    pub to: Timestamp,
    /// As of when: promises that are due later are neither kept nor broken.
    pub now: Timestamp,
}

/// Every figure. `docs/figures.md` defines each; times are seconds unless the name says more.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Figures {
    /// Inbound calls.
    pub offered: u64,
    /// Of these, with an answer.
    pub answered: Share,
    /// Of these, without.
    pub missed: u64,
    /// Of these, missed and without a message.
    pub abandoned: Share,
    /// Of these, answered within 20 s.
    pub service_level: Share,
    /// Chats and forms.
    pub chats: u64,
    /// Calls we made.
    pub outbound: u64,
    /// Seconds until the answer.
    pub speed_of_answer: Spread,
    /// Seconds of conversation.
    pub handle_time: Spread,
    /// Seconds until a lead had somebody on the line.
    pub speed_to_lead: Spread,
    /// Leads that had somebody within five minutes. Those nobody tried count against it.
    pub reached_in_five_minutes: Share,
    /// Leads nobody tried to reach.
    pub never_attempted: u64,
    /// Seconds until a call was given to somebody.
    pub time_to_route: Spread,
    /// Seconds from then until they said that they are on it.
    pub time_to_acknowledge: Spread,
    /// Answered calls in which the caller asked to be rung back.
    pub callback_requests: Share,
    /// Promises to ring back that were kept in time, of those due.
    pub callbacks_in_time: Share,
    /// Promises that are due and not kept.
    pub callbacks_late: u64,
    /// Calls and chats for whom a Lead or Contact stands in Salesforce.
    pub captured: Share,
    /// Milliseconds until a write was in Salesforce.
    pub delivery_milliseconds: Spread,
    /// Writes that reached Salesforce, of those at their end or failed.
    pub delivered: Share,
    /// Jobs booked, of answered calls in which work was needed.
    pub booked: Share,
    /// Calls that were spam or a wrong number; in no other figure.
    pub noise: u64,
    /// What the missed calls that nobody rang back may cost.
    pub revenue_at_risk: Money,
    /// What a month with as many missed calls as here costs; none where less than a week is told of.
    #[serde(default)]
    pub monthly_loss: Option<Money>,
    /// What a year of that costs; none where less than a week is told of.
    #[serde(default)]
    pub yearly_loss: Option<Money>,
    /// Salesforce API calls and phone calls, as far as whoever asks knows them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_calls: Option<Share>,
}

/// Takes records and ends in figures.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    figures: Figures,
    answers: Vec<u64>,
    talks: Vec<u64>,
    contacts: Vec<u64>,
    routes: Vec<u64>,
    acknowledgements: Vec<u64>,
    deliveries: Vec<u64>,
    lost_for_good: u64,
}

/// Whole seconds from one moment to another; none when it lies before.
fn seconds(from: Timestamp, to: Timestamp) -> Option<u64> {
    u64::try_from(to.duration_since(from).as_secs()).ok()
}

impl Tally {
    /// Counts a record.
    pub fn take(&mut self, record: &CallRecord, window: &Window) {
        if record.is_noise() {
            self.figures.noise += 1;
            return;
        }
        match record.way {
            Way::Inbound => self.inbound(record),
            Way::Chat => self.figures.chats += 1,
            Way::Outbound => {
                self.figures.outbound += 1;
                return;
            }
        }
        self.contact(record);
        self.promise(record, window);
        self.figures.captured.count(record.captured);
        if let Some(routed) = record.routed_at {
            self.routes.extend(seconds(record.began_at, routed));
            let acknowledged = record.acknowledged_at.and_then(|at| seconds(routed, at));
            self.acknowledgements.extend(acknowledged);
        }
        let delivered = &mut self.figures.delivered;
        delivered.met += u64::from(record.delivered);
        delivered.of += u64::from(record.delivered) + u64::from(record.failed);
        self.deliveries.extend(&record.delivery_milliseconds);
    }

    fn inbound(&mut self, record: &CallRecord) {
        let figures = &mut self.figures;
        figures.offered += 1;
        figures.answered.count(!record.missed);
        figures.abandoned.count(record.missed && !record.voicemail);
        let wait = record.answered_at.and_then(|at| seconds(record.began_at, at));
        let wait = wait.filter(|_| !record.missed);
        if !record.was_answered_untimed() {
            figures.service_level.count(wait.is_some_and(|wait| wait <= SERVICE_LEVEL));
        }
        self.answers.extend(wait);
        if record.missed {
            figures.missed += 1;
            self.lost_for_good +=
                u64::from(record.rung_back_at.is_none() && record.is_to_be_rung());
            return;
        }
        self.talks.extend(record.talk_seconds);
        let asked = record.callback.as_ref().is_some_and(|callback| callback.asked);
        figures.callback_requests.count(asked);
        if record.need {
            figures.booked.count(record.is_booked());
        }
    }

    fn contact(&mut self, record: &CallRecord) {
        let took = record.first_contact_at().and_then(|at| seconds(record.began_at, at));
        if took.is_none() && (record.was_answered_untimed() || !record.is_to_be_rung()) {
            return;
        }
        self.figures.reached_in_five_minutes.count(took.is_some_and(|took| took <= FAST));
        match took {
            Some(took) => self.contacts.push(took),
            None => self.figures.never_attempted += 1,
        }
    }

    fn promise(&mut self, record: &CallRecord, window: &Window) {
        let Some(callback) = &record.callback else { return };
        match callback.state {
            CallbackState::Done => {
                let kept = record.kept_at.is_none_or(|at| at <= callback.due);
                self.figures.callbacks_in_time.count(kept);
            }
            CallbackState::Waiting if callback.due < window.now => {
                self.figures.callbacks_in_time.count(false);
                self.figures.callbacks_late += 1;
            }
            _ => {}
        }
    }

    /// The figures of everything taken.
    pub fn finish(self, window: &Window) -> Figures {
        let month = SignedDuration::from_hours(30 * 24).as_secs();
        let length = window.to.duration_since(window.from).as_secs().max(1);
        // A few hours say nothing of a month. The week in which clocks go forward has an hour less.
        let is_long = length >= SignedDuration::from_hours(7 * 24 - 1).as_secs();
        let missed = i64::try_from(self.figures.missed).unwrap_or(i64::MAX / month);
        // Rounded to the next whole call: half a call is not missed.
        let a_month = u64::try_from((missed * month + length / 2) / length).unwrap_or(0);
        Figures {
            speed_of_answer: Spread::of(self.answers),
            handle_time: Spread::of(self.talks),
            speed_to_lead: Spread::of(self.contacts),
            time_to_route: Spread::of(self.routes),
            time_to_acknowledge: Spread::of(self.acknowledgements),
            delivery_milliseconds: Spread::of(self.deliveries),
            revenue_at_risk: lost(self.lost_for_good),
            monthly_loss: is_long.then(|| lost(a_month)),
            yearly_loss: is_long.then(|| lost(a_month * 12)),
            ..self.figures
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_by_nearest_rank() {
        let spread = Spread::of((1..=20).rev().collect());
        assert_eq!((spread.median, spread.p90, spread.p95, spread.mean), (10, 18, 19, 11));
        assert_eq!(Spread::of(vec![7]).p95, 7);
        assert_eq!(Spread::of(Vec::new()), Spread::default());
    }

    #[test]
    fn a_share_of_nothing_is_no_share() {
        assert_eq!(Share::default().permille(), None);
        assert_eq!(Share { met: 1, of: 3 }.permille(), Some(333));
        assert_eq!(Share { met: 2, of: 3 }.permille(), Some(667));
    }
}
