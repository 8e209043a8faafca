//! What goes together, and what must not wait for company.

use jiff::Timestamp;

use super::InHand;
use crate::{
    call::Rating,
    plan::{self, Change, Purpose, Write, WriteState},
};

impl InHand {
    /// The place of the Lead that goes along with a look-up in haste, to be made for the same API
    /// call if nobody is found: it is put into the lane for that. A look-up that can wait goes
    /// alone, for it finds room among others more easily.
    pub(super) fn record_to_take_along(
        &mut self,
        head: usize,
        settings: &plan::Settings,
        now: Timestamp,
    ) -> Option<usize> {
        let in_haste = self.call.state().is_live() || self.call.rating() == Rating::Hot;
        let possible =
            settings.external_id.contains_key("Lead") && !settings.lead_status.is_empty();
        if self.lane[head].purpose != Purpose::Match || !in_haste || !possible {
            return None;
        }
        if let Some(draft) = plan::record_if_nobody(&self.call, &self.lane, settings, now) {
            let id = || uuid::Uuid::now_v7().to_string();
            plan::enqueue(&mut self.lane, &self.call.id, draft, id, now);
        }
        self.lane.iter().position(|write| {
            let waits = matches!(write.state, WriteState::Pending | WriteState::Retrying);
            waits && write.by.is_none() && is_new_lead(write)
        })
    }

    /// Whether its writes go even when only the reserve of API calls is left: a Hot call, or one
    /// an operator did something about that waits.
    pub(super) fn is_urgent(&self) -> bool {
        let waits = |write: &Write| write.by.is_some() && !write.state.is_end();
        self.call.rating() == Rating::Hot || self.lane.iter().any(waits)
    }

    /// The write under way that something urgent waits for: what makes the call Hot, or what an
    /// operator did.
    pub(super) fn held_up(&self) -> Option<&str> {
        let head = &self.lane[plan::head(&self.lane)?];
        let hot = self.call.rating() == Rating::Hot;
        let urgent = |write: &Write| {
            write.state == WriteState::Pending
                && (write.by.is_some() || hot && write.next_at.is_none())
        };
        let held_up = head.purpose == Purpose::Match && hot || self.lane.iter().any(urgent);
        (head.state == WriteState::InFlight && held_up).then_some(head.id.as_str())
    }
}

fn is_new_lead(write: &Write) -> bool {
    matches!(&write.change, Change::Upsert { sobject, .. } if sobject == "Lead")
}
