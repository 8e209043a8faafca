//! Ringing a caller back through a provider: the intention, what became of it, and the call it led
//! to. Derived from events, like all else.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Action, AttemptOutcome, Call, CallId, CallState, Phone, Text};

/// How long an answer is waited for; after that nobody knows what became of it.
const PATIENCE: SignedDuration = SignedDuration::from_secs(60);

/// The names under which a call that was placed carries along what it is for.
const OF_CALL: &str = "callboard_call";
const OF_ORDER: &str = "callboard_order";

/// What became of the request to place a call. Of two accounts the surer counts, whenever it came.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Placing {
    /// It may have been placed: the answer was lost.
    Unclear {
        /// Why that is not known.
        reason: Text,
    },
    /// It was not placed.
    Refused {
        /// Why.
        reason: Text,
    },
    /// It was placed.
    Placed {
        /// The new call.
        call: CallId,
    },
}

/// How the call that was placed ended.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Rang {
    /// That call.
    pub call: CallId,
    /// The key of the order that placed it.
    pub order: String,
    /// How it ended.
    pub outcome: AttemptOutcome,
}

/// One order to ring the caller back, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallingBack<'a> {
    /// The key of its event.
    pub order: &'a str,
    /// When it was given.
    pub at: Timestamp,
    /// By whom.
    pub operator: &'a Text,
    /// What became of the request; none while that is not known.
    pub placing: Option<&'a Placing>,
    /// How the call ended.
    pub outcome: Option<AttemptOutcome>,
}

impl CallingBack<'_> {
    /// Whether the provider's answer is still waited for.
    pub fn is_being_placed(&self, now: Timestamp) -> bool {
        let known = self.placing.is_some() || self.outcome.is_some();
        !known && now.duration_since(self.at) < PATIENCE
    }

    /// Whether nobody knows if the caller was rung.
    pub fn is_unclear(&self, now: Timestamp) -> bool {
        let unknown = matches!(self.placing, None | Some(Placing::Unclear { .. }));
        unknown && self.outcome.is_none() && !self.is_being_placed(now)
    }

    /// The call that was placed, while it goes on as far as is known here.
    pub fn goes_on(&self) -> Option<&CallId> {
        match self.placing {
            Some(Placing::Placed { call }) if self.outcome.is_none() => Some(call),
            _ => None,
        }
    }
}

/// What a call that is placed carries along, so that its events find their way back.
pub fn call_back_metadata(call: &CallId, order: &str) -> [(&'static str, String); 2] {
    [(OF_CALL, call.to_string()), (OF_ORDER, order.to_owned())]
}

/// The call and the order that metadata says a call was placed for.
pub fn placed_for(metadata: &std::collections::BTreeMap<String, Text>) -> Option<(CallId, String)> {
    let call = CallId::parse(metadata.get(OF_CALL)?.as_str())?;
    Some((call, metadata.get(OF_ORDER)?.as_str().to_owned()))
}

impl Call {
    /// Every order to ring the caller back, oldest first.
    pub fn call_backs(&self) -> Vec<CallingBack<'_>> {
        let orders = self
            .actions()
            .into_iter()
            .filter(|(_, acted)| matches!(acted.action, Action::CallBack { .. }));
        orders
            .map(|(order, acted)| CallingBack {
                order,
                at: acted.at,
                operator: &acted.operator,
                placing: self.duties().placings.get(order),
                outcome: self.rang().find(|(_, it)| it.order == order).map(|(_, it)| it.outcome),
            })
            .collect()
    }

    /// The call and the order that this one was placed for.
    pub fn placed_for(&self) -> Option<(CallId, String)> {
        placed_for(&self.party().metadata)
    }

    /// How this call, which we placed, ended for whoever was rung; none while it goes on.
    pub fn answered_how(&self) -> Option<AttemptOutcome> {
        let machine = self.end_reason().is_some_and(|reason| reason.as_str().contains("voicemail"));
        match self.state() {
            CallState::Ended | CallState::Missed if machine || self.left_voicemail() => {
                Some(AttemptOutcome::Voicemail)
            }
            // Whom the agent's own failure cut off nobody has spoken with.
            CallState::Ended if !self.broke_off() => Some(AttemptOutcome::Connected),
            CallState::Ended | CallState::Missed => Some(AttemptOutcome::NoAnswer),
            _ => None,
        }
    }

    /// How calls that were placed for this one ended, with when they did.
    pub(super) fn rang(&self) -> impl Iterator<Item = (Timestamp, &Rang)> {
        self.duties().rang.values().map(|(at, rang)| (*at, rang))
    }

    /// Who gave an order, by its key.
    pub(super) fn ordered_by(&self, order: &str) -> Text {
        self.action(order).map_or(Text::default(), |acted| acted.operator.clone())
    }

    /// The number that was to be rung, by the order's key.
    pub fn number_of_order(&self, order: &str) -> Option<&Phone> {
        match &self.action(order)?.action {
            Action::CallBack { number, .. } => Some(number),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::{Event, Fact, SourceName};

    fn event(key: &str, second: i64, fact: Fact) -> Event {
        let at = Timestamp::from_second(second).unwrap();
        let call = CallId::new(&SourceName::new("vapi"), "a");
        Event { call, key: key.to_owned(), sent_at: at, received_at: at, facts: vec![fact] }
    }

    fn ordered() -> Event {
        let number = Phone::of_e164("+12125550199").unwrap();
        let action = Action::CallBack { number, anyway: false };
        event("action:1", 0, Fact::Acted { operator: "Ann".into(), action })
    }

    #[test]
    fn what_is_not_answered_in_time_is_not_known() {
        let mut call = Call::begin(&ordered());
        call.apply(&ordered());
        let orders = call.call_backs();
        let at = |second| Timestamp::from_second(second).unwrap();
        assert!(orders[0].is_being_placed(at(59)) && !orders[0].is_unclear(at(59)));
        assert!(!orders[0].is_being_placed(at(60)) && orders[0].is_unclear(at(60)));
    }

    #[test]
    fn the_surer_account_counts_in_any_order() {
        let order = || "action:1".to_owned();
        let placed = Placing::Placed { call: CallId::new(&SourceName::new("vapi"), "out") };
        let unclear = Placing::Unclear { reason: "VAPI did not answer in time".into() };
        let told = |placing: &Placing, second| {
            let placing = placing.clone();
            event(&format!("k{second}"), second, Fact::CalledBack { order: order(), placing })
        };
        for events in [[told(&placed, 1), told(&unclear, 2)], [told(&unclear, 1), told(&placed, 2)]]
        {
            let mut call = Call::begin(&ordered());
            call.apply(&ordered());
            events.iter().for_each(|event| call.apply(event));
            assert_eq!(call.call_backs()[0].placing, Some(&placed));
        }
    }
}
