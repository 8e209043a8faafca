//! Whether the owner of a call has said that they have it, as a row needs it. Pure.

use jiff::Timestamp;

use crate::{
    call::{Action, Call},
    dispatch, plan,
    wire::{NoticeState, NoticeSummary},
};

/// The summary; none while the call was given to nobody.
pub fn summary(call: &Call, plan: &plan::Settings, now: Timestamp) -> Option<NoticeSummary> {
    let acknowledgement = dispatch::acknowledgement(call, &plan.dispatch)?;
    let late = acknowledgement.deadline.is_some_and(|deadline| deadline <= now);
    let state = match acknowledgement.by {
        Some(_) => NoticeState::Acknowledged,
        None if late => NoticeState::Unanswered,
        None => NoticeState::Waiting,
    };
    let reason = call.routing().and_then(|(_, acted)| match &acted.action {
        Action::Route { reason, .. } => reason.clone(),
        _ => None,
    });
    Some(NoticeSummary {
        to: acknowledgement.to.clone(),
        state,
        deadline: acknowledgement.deadline,
        acknowledged_by: acknowledgement.by.map(|(who, _)| who.clone()),
        reason,
    })
}
