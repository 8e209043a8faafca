//! Calls of one caller, by their number.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;

use crate::{
    call::{CallId, CallState, Phone},
    wire::CallSummary,
};

/// The calls of one number, in the order they began.
type Calls = BTreeSet<(Timestamp, CallId)>;

/// The calls on the board that came in, by the caller's number. A row asks for its neighbours, so
/// what that costs does not grow with how often somebody rang.
#[derive(Debug, Default)]
pub struct Callers {
    rang: HashMap<Phone, Calls>,
    /// Those of them in which somebody spoke with the caller.
    answered: HashMap<Phone, Calls>,
}

impl Callers {
    /// A number that can be compared; anonymous callers are not one caller.
    fn number(call: &CallSummary) -> Option<&Phone> {
        let came_in = !call.outbound && call.state != CallState::Chat;
        call.phone.as_ref().filter(|phone| came_in && phone.is_e164())
    }

    /// A call comes onto the board.
    pub fn come(&mut self, call: &CallSummary) {
        let Some(number) = Self::number(call) else { return };
        let note = |calls: &mut HashMap<Phone, Calls>| {
            let calls = calls.entry(number.clone()).or_default();
            calls.insert((call.began_at, call.id.clone()));
        };
        note(&mut self.rang);
        if is_answered(call) {
            note(&mut self.answered);
        }
    }

    /// A call leaves the board, or is not as it was.
    pub fn leave(&mut self, call: &CallSummary) {
        let Some(number) = Self::number(call) else { return };
        for calls in [&mut self.rang, &mut self.answered] {
            let Some(theirs) = calls.get_mut(number) else { continue };
            theirs.remove(&(call.began_at, call.id.clone()));
            if theirs.is_empty() {
                calls.remove(number);
            }
        }
    }

    /// The last call of the same caller before this one.
    pub fn before(&self, call: &CallSummary) -> Option<&CallId> {
        let theirs = self.rang.get(Self::number(call)?)?;
        theirs.range(..(call.began_at, call.id.clone())).next_back().map(|(_, id)| id)
    }

    /// The last call of the same caller after this one in which somebody spoke with them.
    pub fn got_through(&self, call: &CallSummary) -> Option<&CallId> {
        let (began, id) = self.answered.get(Self::number(call)?)?.last()?;
        (*began > call.began_at).then_some(id)
    }
}

fn is_answered(call: &CallSummary) -> bool {
    matches!(call.state, CallState::Talking | CallState::Transfer | CallState::Ended)
}
