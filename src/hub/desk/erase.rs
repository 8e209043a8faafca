//! Calls of which nothing is to be left: which may go, and letting go of them.

use jiff::{SignedDuration, Timestamp};

use super::{Desk, InHand};
use crate::{
    call::{Call, CallId, Text},
    hub::log,
    plan::{Write, WriteState},
};

/// A live call that was silent for so long has lost its end.
const LOST: SignedDuration = SignedDuration::from_mins(60);

/// Calls that are to be erased.
#[derive(Clone, Debug)]
pub struct Erasure {
    /// Which.
    pub calls: Vec<CallId>,
    /// Why.
    pub why: Why,
}

/// Why calls are erased.
#[derive(Clone, Debug)]
pub enum Why {
    /// An operator wants their caller to be forgotten.
    Asked(Text),
    /// They were kept long enough: those that were heard of since this moment, or are on the board,
    /// stay.
    Kept(Timestamp),
}

/// What became of an [`Erasure`].
#[derive(Clone, Debug, Default)]
pub struct Erased {
    /// The calls that are gone.
    pub calls: Vec<CallId>,
    /// Why one that was asked for is not, if that is so.
    pub busy: Option<Busy>,
}

/// Why a call can't be erased now.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Busy {
    /// Somebody is on the line.
    #[error("{0} is still going on")]
    Live(CallId),
    /// The provider was told to ring the caller back, and has yet to say whether it does.
    #[error("{0} is being rung back")]
    Placing(CallId),
    /// Salesforce may have it or not.
    #[error("{0} has a write under way")]
    UnderWay(CallId),
}

impl Busy {
    /// Looks at a call and its writes.
    ///
    /// # Errors
    /// While somebody is on the line, or something of it is on its way to Salesforce.
    pub fn check(call: &Call, lane: &[Write], now: Timestamp) -> Result<(), Self> {
        if call.state().is_live() && now.duration_since(call.heard_at) < LOST {
            return Err(Self::Live(call.id.clone()));
        }
        if call.call_backs().iter().any(|order| order.is_being_placed(now)) {
            return Err(Self::Placing(call.id.clone()));
        }
        match lane.iter().any(|write| write.state == WriteState::InFlight) {
            true => Err(Self::UnderWay(call.id.clone())),
            false => Ok(()),
        }
    }
}

impl Desk {
    /// Erases those of these calls that may go, from the journal with the next commit. All that the
    /// journal knows of are in hand: whoever asks has looked before, and much may have come since.
    pub fn erase(&mut self, asked: &Erasure, now: Timestamp) -> Erased {
        let mut erased = Erased::default();
        for id in &asked.calls {
            let Some(held) = self.calls.get(id) else { continue };
            match held.may_go(&asked.why, now) {
                Ok(true) => {
                    self.let_go(id);
                    erased.calls.push(id.clone());
                }
                Ok(false) => {}
                Err(busy) => erased.busy = Some(busy),
            }
        }
        if let (Why::Asked(operator), false) = (&asked.why, erased.calls.is_empty()) {
            let what = format!("erased {} calls of one caller", erased.calls.len());
            self.commit.log.push(log::entry(operator, "forget", &what, now));
        }
        self.commit.erased.extend_from_slice(&erased.calls);
        erased
    }

    /// Lets go of a call of which nothing is left.
    pub(super) fn let_go(&mut self, id: &CallId) {
        if let Some(held) = self.take_out(id) {
            self.erased.push((id.clone(), held.lane.into_iter().map(|write| write.id).collect()));
        }
    }
}

impl InHand {
    fn may_go(&self, why: &Why, now: Timestamp) -> Result<bool, Busy> {
        match why {
            Why::Asked(_) => Busy::check(&self.call, &self.lane, now).map(|()| true),
            Why::Kept(before) => Ok(self.call.heard_at < *before && !self.on_board),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use jiff::tz::TimeZone;

    use super::{
        super::{Most, Settings},
        *,
    };
    use crate::{
        call::{Event, Fact, Progress, SourceName, Stage},
        plan,
        store::Claim,
        triage::Rules,
    };

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_776_178_800 + 60 * minute).unwrap()
    }

    fn heard(desk: &mut Desk, call: &CallId, key: &str, stage: Stage, minute: i64) {
        let (key, at) = (key.to_owned(), at(minute));
        let facts = vec![Fact::Progress(Progress { stage, ending: None })];
        let event = Event { call: call.clone(), key, sent_at: at, received_at: at, facts };
        desk.receive(vec![event]);
        desk.catch_up(at);
        assert!(desk.take_notices(true, 9, &Claim::All, at).is_empty());
        desk.take_commit(&Claim::All, at);
    }

    #[test]
    fn whom_a_call_is_placed_for_is_not_erased_before_that_is_answered() {
        let id = CallId::new(&SourceName::new("vapi"), "a");
        let number = crate::call::Phone::of_e164("+12125550199").unwrap();
        let action = crate::call::Action::CallBack { number, anyway: false };
        let over = Fact::Progress(Progress { stage: Stage::Ended, ending: None });
        let facts = vec![over, Fact::Acted { operator: "Ann".into(), action }];
        let (key, sent_at, received_at) = ("action:1".to_owned(), at(0), at(0));
        let event = Event { call: id.clone(), key, sent_at, received_at, facts };
        let mut call = Call::begin(&event);
        call.apply(&event);
        assert_eq!(Busy::check(&call, &[], at(0)), Err(Busy::Placing(id)));
        assert_eq!(Busy::check(&call, &[], at(1)), Ok(()), "it is not answered any more");
    }

    fn desk() -> (Desk, CallId) {
        let mut desk = Desk::new(Settings {
            plan: plan::Settings::default(),
            has_org: false,
            rules: Rules::shipped(),
            shared: false,
            most: Most::default(),
            call_back: None,
            zone: TimeZone::UTC,
            silence: HashMap::new(),
        });
        let call = CallId::new(&SourceName::new("vapi"), "a");
        heard(&mut desk, &call, "1", Stage::Talking, 0);
        (desk, call)
    }

    #[test]
    fn what_was_heard_of_since_it_was_looked_is_not_old() {
        let (mut desk, call) = desk();
        heard(&mut desk, &call, "2", Stage::Ended, 1);
        let kept = |before| Erasure { calls: vec![call.clone()], why: Why::Kept(at(before)) };
        assert_eq!(desk.erase(&kept(1_000), at(30)).calls, [], "it is on the board");
        // It leaves the board, and is not let go of yet.
        desk.tick(at(1_001));
        desk.take_commit(&Claim::All, at(1_001));
        assert_eq!(desk.erase(&kept(1), at(1_001)).calls, [], "heard of at that moment");
        assert_eq!(desk.erase(&kept(2), at(1_001)).calls, std::slice::from_ref(&call));
        let commit = desk.take_commit(&Claim::All, at(1_001));
        assert_eq!((commit.erased, commit.log.len()), (vec![call], 0));
    }

    #[test]
    fn nobody_on_the_line_is_erased_and_nothing_is_noted_of_it() {
        let (mut desk, call) = desk();
        let asked = Erasure { calls: vec![call.clone()], why: Why::Asked("Ada".into()) };
        let erased = desk.erase(&asked, at(1));
        assert_eq!((erased.calls, erased.busy), (Vec::new(), Some(Busy::Live(call.clone()))));
        assert!(desk.holds(&call) && desk.take_commit(&Claim::All, at(1)).is_empty());
        heard(&mut desk, &call, "2", Stage::Ended, 2);
        assert_eq!(desk.erase(&asked, at(3)).calls, std::slice::from_ref(&call));
        let commit = desk.take_commit(&Claim::All, at(3));
        assert_eq!((commit.erased, commit.log.len()), (vec![call], 1));
    }
}
