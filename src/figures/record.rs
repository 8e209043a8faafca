//! What reports and exports know of a call that is over.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    call::{
        Action, AttemptOutcome, Call, CallId, CallState, Callback, CallbackState, Direction, Money,
        Phone, Rating, Service, Text, Urgency,
    },
    plan::{Purpose, Write, WriteState},
};

/// Which way a conversation came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// They rang.
    Inbound,
    /// We did.
    Outbound,
    /// They wrote.
    Chat,
}

/// A call that is over, as far as figures and exports need it. Instants are UTC.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallRecord {
    /// The call.
    pub id: CallId,
    /// Inbound, outbound or chat.
    pub way: Way,
    /// When it began.
    pub began_at: Timestamp,
    /// When somebody answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<Timestamp>,
    /// When it was over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// Whether nobody took it.
    pub missed: bool,
    /// Whether the caller left a message.
    #[serde(default)]
    pub voicemail: bool,
    /// Seconds of conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub talk_seconds: Option<u64>,
    /// The caller's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Text>,
    /// Their number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<Phone>,
    /// The trade.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<Service>,
    /// 1 to 5.
    pub urgency: Urgency,
    /// Hot, Warm or Cold.
    pub rating: Rating,
    /// 0 to 100.
    pub score: u8,
    /// What they would spend.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Money>,
    /// What they wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wants: Option<Text>,
    /// Whether they needed work done.
    pub need: bool,
    /// The promise to ring back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callback: Option<Callback>,
    /// When somebody first tried to ring back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rung_back_at: Option<Timestamp>,
    /// When the promise was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept_at: Option<Timestamp>,
    /// Who had it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Text>,
    /// When it was first given to somebody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub routed_at: Option<Timestamp>,
    /// When somebody said that they are on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged_at: Option<Timestamp>,
    /// What came of it, in a few words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disposition: Option<Text>,
    /// Whether a Lead or Contact in Salesforce stands for the caller.
    pub captured: bool,
    /// Writes that reached Salesforce.
    pub delivered: u32,
    /// Writes that wait for an operator or were given up.
    pub failed: u32,
    /// Milliseconds each delivered write took, from when it came up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub delivery_milliseconds: Vec<u64>,
}

impl CallRecord {
    /// The record of a call and its writes; none while somebody is on the line.
    pub fn of(call: &Call, lane: &[Write], callback: Option<Callback>) -> Option<Self> {
        if call.state().is_live() {
            return None;
        }
        let actions = call.actions();
        let first = |fits: &dyn Fn(&Action) -> bool| {
            actions.iter().find(|(_, acted)| fits(&acted.action)).map(|(_, acted)| acted.at)
        };
        let routed_at = first(&|action| matches!(action, Action::Route { .. }));
        // The first is the earliest, whoever rang: a person or the voice agent.
        let tries = call.attempts();
        let reached = tries.iter().find(|it| it.outcome == AttemptOutcome::Connected);
        let done = first(&|action| matches!(action, Action::CallbackDone { kept: true }));
        let kept_at = (done.into_iter().chain(reached.map(|it| it.at)).min())
            .filter(|_| callback.as_ref().is_some_and(|it| it.state == CallbackState::Done));
        let tried_at = tries.first().map(|it| it.at);
        let rung_back_at = tried_at.into_iter().chain(kept_at).min();
        let acknowledged_at =
            routed_at.and_then(|at| call.acknowledged_after(at)).map(|(_, at)| at);
        let assessment = &call.assessment;
        Some(Self {
            id: call.id.clone(),
            way: match call.party().direction {
                Some(Direction::Chat) => Way::Chat,
                Some(Direction::Outbound) => Way::Outbound,
                _ => Way::Inbound,
            },
            began_at: call.began_at,
            answered_at: call.answered_at(),
            ended_at: call.ended_at(),
            missed: call.state() == CallState::Missed,
            voicemail: call.left_voicemail(),
            talk_seconds: call.duration().and_then(|it| u64::try_from(it.as_secs()).ok()),
            name: call.name().cloned(),
            phone: call.phone().cloned(),
            service: call.service().cloned(),
            urgency: call.urgency(),
            rating: call.rating(),
            score: assessment.score,
            budget: assessment.budget,
            wants: assessment.wants.clone(),
            need: assessment.bant.need,
            callback: callback.map(counted),
            rung_back_at,
            kept_at,
            owner: call.owner().cloned(),
            routed_at,
            acknowledged_at,
            disposition: disposition(call),
            captured: captured(call),
            delivered: count(lane, |state| state == WriteState::Delivered),
            failed: count(lane, |state| {
                matches!(state, WriteState::Failed | WriteState::Discarded)
            }),
            delivery_milliseconds: lane
                .iter()
                .filter(|write| write.state == WriteState::Delivered)
                .filter(|write| write.purpose != Purpose::Match)
                .filter_map(|write| {
                    let took = write.changed_at.duration_since(write.created_at);
                    u64::try_from(took.as_millis()).ok()
                })
                .collect(),
        })
    }

    /// Whether it was nobody who wanted anything of the business: such calls count in no figure.
    pub fn is_noise(&self) -> bool {
        let noise = |text: &Text| {
            text.as_str().eq_ignore_ascii_case("spam")
                || text.as_str().eq_ignore_ascii_case("wrong number")
        };
        self.disposition.as_ref().is_some_and(noise)
    }

    /// Whether a job was booked.
    pub fn is_booked(&self) -> bool {
        let booked = |text: &Text| {
            let text = text.as_str().to_ascii_lowercase();
            text == "booked" || text == "job booked"
        };
        self.disposition.as_ref().is_some_and(booked)
    }

    /// Whether it counts when nobody rings back: not where another call of the caller carries the
    /// promise, and is counted, nor where the number is not to be called.
    pub fn is_to_be_rung(&self) -> bool {
        let state = self.callback.as_ref().map(|callback| callback.state);
        !matches!(state, Some(CallbackState::Joined | CallbackState::Suppressed))
    }

    /// Whether somebody answered, and the provider does not tell when.
    pub fn was_answered_untimed(&self) -> bool {
        !self.missed && self.way != Way::Chat && self.answered_at.is_none()
    }

    /// When the caller first had somebody on the line: at the answer, or when somebody tried to
    /// ring back.
    pub fn first_contact_at(&self) -> Option<Timestamp> {
        match self.missed || self.way == Way::Chat {
            true => self.rung_back_at,
            false => self.answered_at.or(self.rung_back_at),
        }
    }
}

fn count(lane: &[Write], fits: impl Fn(WriteState) -> bool) -> u32 {
    let fitting = lane.iter().filter(|write| write.purpose != Purpose::Match);
    u32::try_from(fitting.filter(|write| fits(write.state)).count()).unwrap_or(u32::MAX)
}

/// What an operator said came of it, in the words of [`Disposition`](crate::call::Disposition)
/// where it is one of them.
fn disposition(call: &Call) -> Option<Text> {
    if let Some(disposed) = call.disposed() {
        return Some(disposed.disposition.words().into());
    }
    let actions = call.actions().into_iter().rev();
    actions.map(|(_, acted)| &acted.action).find_map(|action| match action {
        Action::WrapUp { disposition } => disposition.clone(),
        _ => None,
    })
}

fn captured(call: &Call) -> bool {
    let matched = call.matched().is_some_and(|matched| matched.id.is_some());
    matched || ["Lead", "Contact", "Account"].iter().any(|kind| call.record(kind).is_some())
}

/// What of a promise is counted: neither the number nor what was said and noted, so that whoever leaves a
/// caller's number out of an export does not find it here.
fn counted(mut callback: Callback) -> Callback {
    callback.number = None;
    callback.said = None;
    for attempt in &mut callback.attempts {
        attempt.note = None;
    }
    callback
}
