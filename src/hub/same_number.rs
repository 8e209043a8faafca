//! Calls of one caller, by their number.

use std::collections::{BTreeSet, HashMap};

use crate::call::{Call, CallId, Phone};

/// The calls in hand by the caller's number.
#[derive(Debug, Default)]
pub struct SameNumber(HashMap<Phone, BTreeSet<CallId>>);

impl SameNumber {
    /// A number that can be compared; anonymous callers are not one caller.
    fn number(call: &Call) -> Option<&Phone> {
        call.phone().filter(|phone| phone.is_e164())
    }

    /// Notes a call that is in hand.
    pub fn note(&mut self, call: &Call) {
        if let Some(phone) = Self::number(call) {
            let calls = self.0.entry(phone.clone()).or_default();
            if !calls.contains(&call.id) {
                calls.insert(call.id.clone());
            }
        }
    }

    /// Forgets a call that leaves.
    pub fn forget(&mut self, call: &Call) {
        if let Some(phone) = Self::number(call)
            && let Some(calls) = self.0.get_mut(phone)
        {
            calls.remove(&call.id);
            if calls.is_empty() {
                self.0.remove(phone);
            }
        }
    }

    /// The other calls of this call's number.
    pub fn others(&self, call: &Call) -> Vec<CallId> {
        let calls = Self::number(call).and_then(|phone| self.0.get(phone));
        calls.into_iter().flatten().filter(|id| **id != call.id).cloned().collect()
    }
}
