//! What somebody is told of a call that is theirs, and where telling them stands. No IO.

use jiff::{Timestamp, tz::TimeZone};

use super::links::Links;
use crate::{
    call::{Action, Call, CallbackState, NoticeFact, Noticed, Signal, Text},
    dispatch,
    notice::{self, Message, Messenger},
    plan,
    wire::{NoticeState, NoticeSummary},
};

/// The most of what was said that a notice repeats.
const MOST_WORDS: usize = 4;

/// Who tells people, and in whose name.
#[derive(Debug)]
pub struct Notices {
    /// Brings notices to people.
    pub messenger: Messenger,
    /// The business's name.
    pub business: Text,
    /// Its time zone.
    pub zone: TimeZone,
    /// Links and codes by which people say that they have it; none where there are neither.
    pub links: Option<Links>,
    /// By which ways people are told, and by which they can answer.
    pub settings: notice::Settings,
}

impl Notices {
    /// What `notice` says of `call`.
    pub fn message(
        &self,
        call: &Call,
        notice: &NoticeFact,
        plan: &plan::Settings,
        now: Timestamp,
    ) -> Message {
        let assessment = &call.assessment;
        let callback = dispatch::promise(call, &plan.dispatch);
        let callback = callback.filter(|it| it.state == CallbackState::Waiting);
        let time = |at: Timestamp| at.to_zoned(self.zone.clone()).strftime("%a %H:%M %Z");
        let urgent = |signal| matches!(signal, Signal::Urgency);
        let evidence = assessment.evidence.iter().filter(|it| urgent(it.signal) && !it.retracted);
        let links = self.links.as_ref();
        let address = assessment.who.address.as_ref().or(call.party().address.as_ref());
        Message {
            key: format!("{}/{}", call.id, notice.id),
            call: Text::new(call.id.as_str()),
            business: self.business.clone(),
            to: notice.to.clone(),
            reason: reason(call),
            urgency: call.urgency().level(),
            caller: call.name().cloned(),
            number: call.phone().map(|phone| Text::new(&phone.national())),
            wants: super::summary::wants(call),
            why: evidence.map(|it| it.words.clone()).take(MOST_WORDS).collect(),
            service: call.service().map(|service| service.0.clone()),
            budget: assessment.budget.map(|budget| Text::new(&budget.to_string())),
            address: address.cloned(),
            callback: callback.map(|callback| Text::new(&time(callback.due).to_string())),
            code: links
                .filter(|_| self.settings.can_be_answered(&notice.way))
                .map(|links| links.code(&call.id, &notice.to, &notice.id))
                .map(|code| Text::new(&format!("{}-{}", &code[..4], &code[4..]))),
            link: links.and_then(|links| links.link(&call.id, &notice.to, &notice.id, now)),
            test: false,
        }
    }
}

/// Why the owner of a call was chosen, where the hub did.
fn reason(call: &Call) -> Option<Text> {
    match &call.routing()?.1.action {
        Action::Route { reason, .. } => reason.clone(),
        _ => None,
    }
}

/// Where telling the owner stands, as a row needs it; none while the call was given to nobody.
pub fn summary(call: &Call, plan: &plan::Settings, now: Timestamp) -> Option<NoticeSummary> {
    let routing = dispatch::acknowledgement(call, &plan.people(), plan.grace())?;
    let mine = call.notices().iter().filter(|(id, _)| dispatch::is_of(id, routing.key));
    let notices: Vec<&Noticed> = mine.map(|(_, notice)| notice).collect();
    let told_at = notices.iter().filter_map(|notice| notice.sent_at()).min();
    let problem = notices.iter().find_map(|notice| {
        let problem = notice.problem()?;
        Some(Text::new(&format!("{}: {problem}", notice.way)))
    });
    let given_up =
        !notices.is_empty() && notices.iter().all(|notice| dispatch::is_given_up(notice));
    let late = routing.deadline.is_some_and(|deadline| deadline <= now);
    let state = match (routing.by, told_at) {
        (Some(_), _) => NoticeState::Acknowledged,
        (None, _) if late => NoticeState::Unanswered,
        (None, Some(_)) => NoticeState::Told,
        (None, None) if given_up => NoticeState::Failed,
        (None, None) if problem.is_some() => NoticeState::Failing,
        (None, None) => NoticeState::Waiting,
    };
    Some(NoticeSummary {
        to: routing.to.clone(),
        state,
        told_at,
        deadline: routing.deadline,
        acknowledged_by: routing.by.map(|(who, _)| who.clone()),
        problem,
        reason: reason(call),
    })
}
