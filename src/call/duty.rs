//! What people owe a call after it was heard: who has it, who was told, what was promised to the
//! caller and what came of it. Derived from the call's events, like all else.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Acted, Action, Call, CallId, CallState, CallbackRequest, Direction, Phone, Placing, Rang,
    Rating, Suppression, Text,
};

/// How an attempt to ring a caller back ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttemptOutcome {
    /// They were spoken with: the promise is kept.
    Connected,
    /// Nobody took the call.
    NoAnswer,
    /// A message was left.
    Voicemail,
    /// Somebody else has that number: there is nobody to ring.
    WrongNumber,
}

impl AttemptOutcome {
    /// In a few words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Connected => "connected",
            Self::NoAnswer => "no answer",
            Self::Voicemail => "left a voicemail",
            Self::WrongNumber => "wrong number",
        }
    }
}

/// One try to keep a promise to ring back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallbackAttempt {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub operator: Text,
    /// How it ended.
    pub outcome: AttemptOutcome,
    /// What they noted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
}

/// Where a promise to ring back stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallbackState {
    /// Still to be kept.
    #[default]
    Waiting,
    /// Kept.
    Done,
    /// Judged unnecessary by an operator, or there is nobody to ring.
    Dismissed,
    /// An earlier call of the same number carries the promise: one caller is rung once.
    Joined,
    /// The number is not to be rung.
    Suppressed,
}

/// A promise to ring back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Callback {
    /// By when the next try is due.
    pub due: Timestamp,
    /// By when it was promised first; figures go by this.
    #[serde(default)]
    pub promised: Timestamp,
    /// The caller's own words for that time, while it is the one they named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<Text>,
    /// Whether the caller asked; otherwise the call was missed.
    pub asked: bool,
    /// Waiting, done or dismissed.
    pub state: CallbackState,
    /// Who is to ring; none until somebody has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Text>,
    /// The number to ring.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<Phone>,
    /// Every try so far, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attempts: Vec<CallbackAttempt>,
    /// Further calls of the same number that this promise stands for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<CallId>,
    /// What keeps the caller from being rung.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suppressed: Option<Suppression>,
}

/// What became of a call in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Disposition {
    /// A job was booked.
    Booked,
    /// None was, for a reason.
    NotBooked,
    /// Nobody who wanted anything of us. Counts in no figure.
    Spam,
    /// They wanted somebody else.
    WrongNumber,
    /// About a job that is booked or under way already.
    ExistingJob,
}

impl Disposition {
    /// In a few words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Booked => "booked",
            Self::NotBooked => "not booked",
            Self::Spam => "spam",
            Self::WrongNumber => "wrong number",
            Self::ExistingJob => "existing job",
        }
    }
}

/// A disposition, by whom and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disposed {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub operator: Text,
    /// What.
    pub disposition: Disposition,
    /// Why not booked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Text>,
}

/// Somebody works on the call: others are told, until the lease ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// Who.
    pub operator: Text,
    /// Since when.
    pub since: Timestamp,
    /// Until when, unless it is renewed.
    pub until: Timestamp,
}

/// A further call of the same number, which the promise of this one stands for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Joining {
    /// The further call.
    pub call: CallId,
    /// By when its own promise would have been due.
    pub due: Timestamp,
    /// Whether the caller named that time.
    pub named: bool,
    /// When the caller asked to be rung; none where the call was missed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_at: Option<Timestamp>,
    /// Another number than they called from, at which they asked to be rung.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<Phone>,
}

/// What the fold keeps of all this beside the actions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Duties {
    pub(super) joined_to: Option<(Timestamp, CallId)>,
    pub(super) joins: BTreeMap<CallId, (Timestamp, Joining)>,
    pub(super) placings: BTreeMap<String, Placing>,
    pub(super) rang: BTreeMap<CallId, (Timestamp, Rang)>,
}

impl Duties {
    pub(super) fn join(&mut self, at: Timestamp, joining: &Joining) {
        let known = self.joins.entry(joining.call.clone());
        let newer = (at, joining.clone());
        let known = known.or_insert_with(|| newer.clone());
        // What the caller said last counts.
        *known = newer.max(known.clone());
    }

    pub(super) fn placed(&mut self, order: &str, placing: &Placing) {
        let known = self.placings.entry(order.to_owned()).or_insert_with(|| placing.clone());
        *known = placing.clone().max(known.clone());
    }

    pub(super) fn rang(&mut self, at: Timestamp, rang: &Rang) {
        let newer = (at, rang.clone());
        let known = self.rang.entry(rang.call.clone()).or_insert_with(|| newer.clone());
        *known = newer.max(known.clone());
    }

    pub(super) fn join_to(&mut self, at: Timestamp, call: &CallId) {
        let newer = (at, call.clone());
        self.joined_to = Some(self.joined_to.take().map_or(newer.clone(), |old| old.min(newer)));
    }
}

/// Who has a call that was told of, in words: who has shown it, else to whom it was given.
pub fn has_that(taken_by: Option<&Text>, owner: Option<&Text>) -> String {
    match (taken_by, owner) {
        (Some(who), _) => format!("{who} has that"),
        (None, Some(owner)) => format!("that was given to {owner}"),
        (None, None) => "nobody has that".to_owned(),
    }
}

impl Call {
    /// The earlier call that carries this one's promise.
    pub fn joined_to(&self) -> Option<&CallId> {
        self.duties().joined_to.as_ref().map(|(_, call)| call)
    }

    /// Further calls of the same number that this one's promise stands for, by when their callers
    /// asked to be rung.
    pub fn joins(&self) -> impl Iterator<Item = &Joining> {
        let mut joins: Vec<&(Timestamp, Joining)> = self.duties().joins.values().collect();
        joins.sort_unstable_by_key(|(at, joining)| (joining.asked_at, *at, &joining.call));
        joins.into_iter().map(|(_, joining)| joining)
    }

    /// The last of the times that the caller named in a further call, and when they did.
    pub fn named_since(&self) -> Option<(Timestamp, Timestamp)> {
        let named = self.joins().filter(|joining| joining.named).last()?;
        let (known_at, _) = self.joined_by(&named.call)?;
        Some((named.asked_at.unwrap_or(*known_at), named.due))
    }

    /// The promise of `call`, which this one's stands for, and when that was last heard of.
    pub fn joined_by(&self, call: &CallId) -> Option<&(Timestamp, Joining)> {
        self.duties().joins.get(call)
    }

    /// The last routing that stands: the key of its event, and it.
    pub fn routing(&self) -> Option<(&str, &Acted)> {
        let routes = |(_, acted): &(&str, &Acted)| matches!(acted.action, Action::Route { .. });
        self.actions().into_iter().rev().find(routes)
    }

    /// When somebody first showed, after `since`, that they have it: acknowledged it, claimed it and
    /// did not let it go, spoke with the caller or said what became of the call. A try that reached
    /// nobody shows it of whoever the call was given to, and of nobody else.
    pub fn acknowledged_after(&self, since: Timestamp) -> Option<(&Text, Timestamp)> {
        let actions = self.actions();
        let mut given = None;
        actions.iter().enumerate().find_map(|(place, (_, acted))| {
            let shows = match &acted.action {
                Action::Route { to, .. } => {
                    given = Some(to);
                    false
                }
                Action::Claim { .. } => {
                    let mut later = actions[place + 1..].iter();
                    later.all(|(_, later)| later.action != Action::Release)
                }
                Action::Attempt { outcome, .. } => {
                    let settled = match outcome {
                        AttemptOutcome::Connected | AttemptOutcome::WrongNumber => true,
                        AttemptOutcome::NoAnswer | AttemptOutcome::Voicemail => false,
                    };
                    settled || given == Some(&acted.operator)
                }
                Action::Acknowledge { .. }
                | Action::CallBack { .. }
                | Action::CallbackDone { .. }
                | Action::Dispose { .. }
                | Action::WrapUp { .. } => true,
                _ => false,
            };
            (shows && acted.at >= since).then_some((&acted.operator, acted.at))
        })
    }

    /// Who claimed the call last and did not let it go; whether the lease still runs is for the
    /// clock to say.
    pub fn claim(&self) -> Option<Claim> {
        let actions = self.actions();
        let (place, first) = actions.iter().enumerate().rev().find_map(|(place, (_, acted))| {
            match acted.action {
                Action::Claim { .. } | Action::Release => Some((place, *acted)),
                _ => None,
            }
        })?;
        let Action::Claim { until } = first.action else { return None };
        // A renewed lease began with the first claim of the same person in a row.
        let row = actions[..place].iter().rev().filter_map(|(_, acted)| match &acted.action {
            Action::Claim { until } => Some((acted, Some(*until))),
            Action::Release => Some((acted, None)),
            _ => None,
        });
        let mut since = first.at;
        for (acted, until) in row {
            if acted.operator != first.operator || until.is_none_or(|until| until < since) {
                break;
            }
            since = acted.at;
        }
        Some(Claim { operator: first.operator.clone(), since, until })
    }

    /// What became of the call.
    pub fn disposed(&self) -> Option<Disposed> {
        self.actions().into_iter().rev().find_map(|(_, acted)| match &acted.action {
            Action::Dispose { disposition, reason } => Some(Disposed {
                at: acted.at,
                operator: acted.operator.clone(),
                disposition: *disposition,
                reason: reason.clone(),
            }),
            _ => None,
        })
    }

    /// Every try to ring the caller back, oldest first.
    pub fn attempts(&self) -> Vec<CallbackAttempt> {
        let rang = self.rang().map(|(at, rang)| CallbackAttempt {
            at,
            operator: self.ordered_by(&rang.order),
            outcome: rang.outcome,
            note: None,
        });
        let actions = self.actions();
        let recorded = actions.into_iter().filter_map(|(_, acted)| match &acted.action {
            Action::Attempt { outcome, note } => Some(CallbackAttempt {
                at: acted.at,
                operator: acted.operator.clone(),
                outcome: *outcome,
                note: note.clone(),
            }),
            _ => None,
        });
        let mut attempts: Vec<CallbackAttempt> = recorded.chain(rang).collect();
        attempts.sort_by_key(|attempt| attempt.at);
        attempts
    }

    /// What a promise to ring back is founded on, if there is one: the caller asked for it, or was
    /// missed and left a number. The time an operator put it to comes before the one the caller
    /// named, and that before the one that follows from the rating: 5 minutes (Hot), 30 minutes
    /// (Warm) or 4 hours (Cold) after the call was over. Business hours are for
    /// whoever knows them to heed.
    pub fn callback(&self) -> Option<Callback> {
        let asked = self.assessment.callback.as_ref().filter(|_| !self.is_no_callback());
        // Whom we called and did not reach was promised nothing by that.
        let theirs = self.party().direction != Some(Direction::Outbound);
        let lost = self.state() == CallState::Missed || self.broke_off();
        let lost = lost && theirs && self.phone().is_some();
        if asked.is_none() && !lost {
            return None;
        }
        let from = self.ended_at().unwrap_or(self.began_at);
        let promised = from.checked_add(Self::grace_of(self.rating())).unwrap_or(from);
        let named = asked.and_then(|request| request.due);
        let promised = named.unwrap_or(promised);
        Some(Callback {
            due: self.put_to().unwrap_or(promised),
            promised,
            said: named.and(self.assessment.callback_words()).map(Text::from),
            asked: asked.is_some(),
            state: self.callback_state(asked),
            owner: self.callback_owner(),
            number: self.phone().cloned(),
            attempts: self.attempts(),
            calls: self.joins().map(|joining| joining.call.clone()).collect(),
            suppressed: self.kept_from_ringing(asked).cloned(),
        })
    }

    /// How soon a caller of this rating is rung back who named no time.
    pub fn grace_of(rating: Rating) -> jiff::SignedDuration {
        match rating {
            Rating::Hot => jiff::SignedDuration::from_mins(5),
            Rating::Warm => jiff::SignedDuration::from_mins(30),
            Rating::Cold => jiff::SignedDuration::from_hours(4),
        }
    }

    /// To when an operator put the callback.
    pub fn put_to(&self) -> Option<Timestamp> {
        self.put().map(|(.., due)| due)
    }

    /// The key of the last event by which an operator put the callback to another time, when that
    /// was, and the time.
    pub fn put(&self) -> Option<(&str, Timestamp, Timestamp)> {
        self.actions().into_iter().rev().find_map(|(key, acted)| match acted.action {
            Action::Reschedule { due } => Some((key, acted.at, due)),
            _ => None,
        })
    }

    fn callback_owner(&self) -> Option<Text> {
        let given = self.actions().into_iter().rev().find_map(|(_, acted)| match &acted.action {
            Action::AssignCallback { to } => Some(to.clone()),
            _ => None,
        });
        given.or_else(|| self.owner().cloned())
    }

    fn callback_state(&self, asked: Option<&CallbackRequest>) -> CallbackState {
        let of_attempt = |outcome| match outcome {
            AttemptOutcome::Connected => Some(CallbackState::Done),
            AttemptOutcome::WrongNumber => Some(CallbackState::Dismissed),
            AttemptOutcome::NoAnswer | AttemptOutcome::Voicemail => None,
        };
        let of_actions = self.actions().into_iter().filter_map(|(_, acted)| {
            let state = match acted.action {
                Action::CallbackDone { kept: true } => CallbackState::Done,
                Action::CallbackDone { kept: false } => CallbackState::Dismissed,
                // Put to another time, it is to be kept again.
                Action::Reschedule { .. } => CallbackState::Waiting,
                _ => return None,
            };
            Some((acted.at, state))
        });
        let attempts = self.attempts();
        let of_attempts = attempts.iter().filter_map(|it| Some((it.at, of_attempt(it.outcome)?)));
        let said = of_attempts.chain(of_actions).max_by_key(|(at, _)| *at).map(|(_, state)| state);
        let closed = self.wrapped_up_at().is_some()
            || self.disposed().is_some_and(|it| {
                matches!(it.disposition, Disposition::Spam | Disposition::WrongNumber)
            });
        match said {
            Some(CallbackState::Done) => CallbackState::Done,
            Some(CallbackState::Dismissed) => CallbackState::Dismissed,
            _ if self.kept_from_ringing(asked).is_some() => CallbackState::Suppressed,
            _ if self.joined_to().is_some() => CallbackState::Joined,
            // Whoever wraps a call up says that nothing is left to do for it.
            _ if closed => CallbackState::Dismissed,
            _ => CallbackState::Waiting,
        }
    }
}
