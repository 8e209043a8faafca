//! Where telling the owner of a call stands, as a row needs it. Pure.

use jiff::Timestamp;

use crate::{
    call::{Action, Call, NoticeStep, Noticed, Text},
    dispatch::{self, MOST_ATTEMPTS},
    plan,
    wire::{NoticeState, NoticeSummary},
};

/// The summary; none while nobody is to be told.
pub fn summary(call: &Call, plan: &plan::Settings, now: Timestamp) -> Option<NoticeSummary> {
    let telling = dispatch::telling(call, &plan.people(), plan.grace())?;
    let mine = |id: &&String| id.strip_prefix(telling.key).is_some_and(|it| it.starts_with('/'));
    let notices: Vec<&Noticed> =
        call.notices().iter().filter(|(id, _)| mine(id)).map(|(_, notice)| notice).collect();
    let told_at = notices.iter().filter_map(|notice| notice.sent_at()).min();
    let problem = notices.iter().find_map(|notice| match notice.last()? {
        (_, NoticeStep::Failed { problem, .. }, _) => {
            Some(Text::new(&format!("{}: {problem}", notice.channel)))
        }
        _ => None,
    });
    let given_up = !notices.is_empty() && notices.iter().all(|notice| is_given_up(notice));
    let state = match (telling.acknowledged, told_at) {
        (Some(_), _) => NoticeState::Acknowledged,
        (None, Some(_)) if telling.deadline.is_some_and(|deadline| deadline <= now) => {
            NoticeState::Unanswered
        }
        (None, Some(_)) => NoticeState::Told,
        (None, None) if given_up => NoticeState::Failed,
        (None, None) if problem.is_some() => NoticeState::Failing,
        (None, None) => NoticeState::Waiting,
    };
    let reason = call.routing().and_then(|(_, acted)| match &acted.action {
        Action::Route { reason, .. } => reason.clone(),
        _ => None,
    });
    Some(NoticeSummary {
        to: telling.to.clone(),
        state,
        told_at,
        deadline: telling.deadline,
        acknowledged_by: telling.acknowledged.map(|(who, _)| who.clone()),
        problem,
        reason,
    })
}

fn is_given_up(notice: &Noticed) -> bool {
    match notice.last() {
        Some((_, NoticeStep::Failed { permanent: true, .. }, _)) => true,
        Some((attempt, NoticeStep::Failed { .. }, _)) => attempt >= MOST_ATTEMPTS,
        _ => false,
    }
}
