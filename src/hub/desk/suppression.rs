//! Numbers that are not to be rung, and the calls that are shown so.

use jiff::Timestamp;

use super::{Desk, as_kept};
use crate::{
    call::{Action, CallId, Phone, Suppression, Text},
    dispatch,
    hub::{do_not_call::DoNotCall, log},
};

impl Desk {
    /// The numbers that are not to be rung.
    pub fn do_not_call(&self) -> &DoNotCall {
        &self.do_not_call
    }

    /// Says that nobody rings a number any more, or that it may be rung again.
    pub fn suppress(
        &mut self,
        number: &Phone,
        stands: bool,
        by: &Text,
        call: Option<CallId>,
        now: Timestamp,
    ) {
        let at = self.do_not_call.moment(number, as_kept(now));
        let number = number.clone();
        self.say(Suppression { number, stands, at, by: Some(by.clone()), call }, now);
    }

    /// What an operator's action on a call, or taking it back, says of a number.
    pub fn heed_order(
        &mut self,
        call: &CallId,
        action: &Action,
        taken_back: bool,
        by: &Text,
        now: Timestamp,
    ) {
        let (number, stands) = match action {
            Action::DoNotCall { number } => (number, !taken_back),
            Action::AllowCalls { number } => (number, taken_back),
            _ => return,
        };
        self.suppress(number, stands, by, Some(call.clone()), now);
    }

    /// What the caller said of it, if they did.
    pub(super) fn heed_caller(&mut self, id: &CallId, now: Timestamp) {
        let Some(call) = self.calls.get(id).map(|held| &held.call) else { return };
        let Some(at) = call.assessment.do_not_call.map(as_kept) else { return };
        let Some(number) = call.phone().and_then(|phone| Phone::of_e164(phone.as_str())) else {
            return;
        };
        if self.do_not_call.of(&number).is_none_or(|known| known.at < at) {
            let call = Some(id.clone());
            self.say(Suppression { number, stands: true, at, by: None, call }, now);
        }
    }

    /// The same, by an operator and about no call.
    pub fn list(&mut self, number: &Phone, stands: bool, by: &Text, now: Timestamp) {
        let (word, what) = match stands {
            true => ("do_not_call.add", "put a number on the do-not-call list"),
            false => ("do_not_call.remove", "took a number off the do-not-call list"),
        };
        self.commit.log.push(log::entry(by, word, what, now));
        self.suppress(number, stands, by, None, now);
    }

    fn say(&mut self, said: Suppression, now: Timestamp) {
        self.commit.suppressions.push(said.clone());
        let ids = self.hear_suppressions(vec![said], now);
        self.suppressed_anew.extend(ids);
    }

    /// Takes in what was said, here or at another hub. Returns the calls it is about.
    pub fn hear_suppressions(&mut self, said: Vec<Suppression>, now: Timestamp) -> Vec<CallId> {
        let numbers: Vec<Phone> = said
            .into_iter()
            .filter_map(|said| {
                let number = said.number.clone();
                self.do_not_call.hear(said).then_some(number)
            })
            .collect();
        let ids = self.calls_of(&numbers);
        self.reconsider(&ids, now);
        ids
    }

    /// Forgets what was said and could not be recorded: the list is as the journal has it.
    pub fn replace_suppressions(&mut self, list: Vec<Suppression>, now: Timestamp) {
        self.do_not_call = DoNotCall::default();
        for said in list {
            self.do_not_call.hear(said);
        }
        let ids: Vec<CallId> = self.calls.keys().cloned().collect();
        self.reconsider(&ids, now);
    }

    /// Shows these calls as the list now has them, and plans what follows. With a shared journal a
    /// call may be another hub's at this moment: what follows is for whoever looks at it next and
    /// holds it.
    fn reconsider(&mut self, ids: &[CallId], now: Timestamp) {
        for id in ids {
            self.note_suppression(id);
            self.look_at(id, Some(now));
        }
        self.touched.extend(ids.iter().cloned());
        if !self.settings.shared {
            self.unjudged.extend(ids.iter().cloned());
        }
    }

    /// The calls in hand whose caller would be rung at one of these numbers.
    pub fn calls_of(&self, numbers: &[Phone]) -> Vec<CallId> {
        if numbers.is_empty() {
            return Vec::new();
        }
        let settings = &self.settings.plan.dispatch;
        let calls = self.calls.values().map(|held| &held.call);
        let theirs = calls.filter(|call| {
            let asked_for = dispatch::number_asked_for(call, settings);
            call.phone().is_some_and(|phone| numbers.contains(phone))
                || asked_for.is_some_and(|number| numbers.contains(&number))
        });
        theirs.map(|call| call.id.clone()).collect()
    }

    /// Says on a call's row what keeps its caller from being rung.
    pub(super) fn note_suppression(&mut self, id: &CallId) {
        let Some(held) = self.calls.get_mut(id) else { return };
        let said = self.do_not_call.of_call(&held.call, &self.settings.plan.dispatch);
        held.call.suppression = said.cloned();
    }
}
