//! From what a call means to the steps that bring Salesforce there.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{
    destination::{destination, is_suppressed},
    record::{self, Content},
    settings::{NewCaller, Settings},
    target::Target,
    write::{Change, Draft, Fields, MatchQuery, Purpose, Step, Write, WriteState},
};
use crate::call::{
    Action, Assessment, Call, CallState, MatchKind, Phone, Rating, Role, Text, Urgency,
};

/// What to do so that Salesforce says what `call` says, given the writes it has already (in
/// order, finished ones too). Planning again without news asks for nothing.
///
/// First comes one look-up of the caller, then the record (Lead or Contact), then what operators
/// asked for, then the log of the call and the Task of the promise to ring back. Nothing is written for a call that says nothing.
pub fn plan(call: &Call, lane: &[Write], settings: &Settings, now: Timestamp) -> Vec<Step> {
    let planner = Planner { call, lane, settings, now };
    let mut steps = planner.undone();
    if !planner.is_worth_recording() {
        return steps;
    }
    if lane.is_empty() && is_suppressed(call, &settings.suppress, settings) {
        return steps;
    }
    if let Some(destination) = destination(call, lane, settings) {
        steps.extend(planner.submit(destination));
        return steps;
    }
    let Some(target) = planner.target() else {
        steps.extend(planner.look_up());
        return steps;
    };
    steps.extend(planner.overtaken(&target));
    if planner.was_given_up(&target) {
        return steps;
    }
    steps.extend(planner.household(&target));
    steps.extend(planner.record(&target));
    steps.extend(planner.route(&target));
    steps.extend(planner.convert(&target));
    steps.extend(planner.opportunity());
    steps.extend(planner.log(&target));
    steps.extend(planner.callback(&target));
    steps
}

/// What would be recorded if Salesforce knew nobody by the caller's number: it may go out together
/// with the look-up, to be carried out only when that finds nobody. None when nothing is new since
/// the write that waits already.
pub fn record_if_nobody(
    call: &Call,
    lane: &[Write],
    settings: &Settings,
    now: Timestamp,
) -> Option<Draft> {
    if settings.new_caller != NewCaller::Lead {
        return None;
    }
    match (Planner { call, lane, settings, now }).record(&Target::Own(NewCaller::Lead))? {
        Step::Add(draft) => Some(draft),
        Step::Discard(_) | Step::Supersede(_) => None,
    }
}

pub(super) struct Planner<'a> {
    pub(super) call: &'a Call,
    pub(super) lane: &'a [Write],
    pub(super) settings: &'a Settings,
    pub(super) now: Timestamp,
}

impl Planner<'_> {
    /// Whether the call says something a record should keep.
    fn is_worth_recording(&self) -> bool {
        let Self { call, settings, lane, .. } = self;
        let acted = call.actions().into_iter().any(|(_, acted)| {
            matches!(
                acted.action,
                Action::Route { .. }
                    | Action::Opportunity { .. }
                    | Action::Convert { .. }
                    | Action::Urgency { .. }
                    | Action::Service { .. }
            )
        });
        // What was begun is kept up to date.
        let begun = lane.iter().any(|write| write.by.is_none());
        if acted || begun || says_something(&call.assessment) {
            return true;
        }
        match call.state() {
            CallState::Chat => true,
            CallState::Missed => {
                settings.record_missed && call.phone().is_some() || self.spoken_words() > 0
            }
            CallState::Ended => {
                settings.record_inquiries && self.spoken_words() >= settings.inquiry_words
            }
            _ => false,
        }
    }

    fn spoken_words(&self) -> usize {
        let lines = self.call.transcript.lines().iter();
        lines
            .filter(|line| line.role == Role::Caller)
            .map(|line| line.text.as_str().split_whitespace().count())
            .sum()
    }

    /// The record that stands for the call; none until the caller was looked up.
    fn target(&self) -> Option<Target> {
        let own = Target::Own(self.settings.new_caller);
        if let Some(matched) = self.call.matched() {
            return Some(match (matched.kind, &matched.id, &matched.account_id) {
                (MatchKind::Contact, _, Some(account)) if matched.person => {
                    Target::Person(account.clone())
                }
                (MatchKind::Contact, Some(id), _) => Target::Contact(id.clone()),
                // Our own Lead may be found again by a later look-up.
                (MatchKind::Lead, Some(id), _) if self.call.record("Lead") != Some(id) => {
                    Target::Lead(id.clone())
                }
                (MatchKind::Lead, Some(id), _) if !self.has_own_lead() => Target::Lead(id.clone()),
                (MatchKind::Lead, ..) => Target::Own(NewCaller::Lead),
                _ => own,
            });
        }
        if let Some(id) = &self.call.party().salesforce_id
            && !self.is_disproved(id)
        {
            match record_kind(id.as_str()) {
                Some("Lead") => return Some(Target::Lead(id.clone())),
                Some("Contact") => return Some(Target::Contact(id.clone())),
                _ => {}
            }
        }
        let asked = self.lane.iter().find(|write| write.purpose == Purpose::Match);
        let given_up = asked.is_some_and(|write| write.state == WriteState::Discarded);
        (given_up || self.query() == MatchQuery::default()).then_some(own)
    }

    /// Whether Salesforce said that there is no such record: what a provider carries along is a
    /// hint, and callers whose hint is stale are looked up like any other.
    fn is_disproved(&self, hint: &Text) -> bool {
        self.lane.iter().any(|write| match &write.change {
            Change::Update { id, .. } => {
                write.state == WriteState::Superseded && id.as_ref() == Some(hint)
            }
            _ => false,
        })
    }

    fn has_own_lead(&self) -> bool {
        let made = |write: &Write| {
            // One that another call of the caller's answered before it was sent made none.
            write.state != WriteState::Superseded
                && matches!(&write.change, Change::Upsert { sobject, .. } if sobject == "Lead")
        };
        self.lane.iter().any(made)
    }

    /// What the caller can be found by; empty when there is nothing.
    fn query(&self) -> MatchQuery {
        let party = self.call.party();
        let who = &self.call.assessment.who;
        let said = who.phone.as_ref();
        let said = said.and_then(|said| Phone::parse(said.as_str(), &self.settings.region));
        let mut query = MatchQuery::default();
        for phone in self.call.phone().cloned().into_iter().chain(said) {
            if !query.phones.contains(&phone) {
                query.phones.push(phone);
            }
        }
        for email in who.email.iter().chain(&party.email) {
            if !query.emails.contains(email) {
                query.emails.push(email.clone());
            }
        }
        let name = who.name.as_ref().or(party.name.as_ref());
        let address = who.address.as_ref().or(party.address.as_ref());
        if let (Some(name), Some(address)) = (name, address) {
            query.name = Some(name.clone());
            query.address = Some(address.clone());
        }
        query
    }

    fn look_up(&self) -> Option<Step> {
        let query = self.query();
        let asked = self.lane.iter().find(|write| write.purpose == Purpose::Match);
        if let Some(asked) = asked
            && (asked.change == Change::Match(query.clone()) || !waits(asked))
        {
            return None;
        }
        Some(self.draft(Purpose::Match, "Look up caller", Change::Match(query), None))
    }

    pub(super) fn draft(
        &self,
        purpose: Purpose,
        title: &str,
        change: Change,
        not_before: Option<Timestamp>,
    ) -> Step {
        Step::Add(Draft { purpose, title: Text::new(title), change, by: None, not_before })
    }

    /// Whether an operator discarded the very creation of our record: then nothing of the call is
    /// to be recorded.
    fn was_given_up(&self, target: &Target) -> bool {
        let Target::Own(kind) = target else { return false };
        self.call.record(kind.sobject()).is_none()
            && self.lane.iter().any(|write| {
                write.state == WriteState::Discarded && write.by.is_none() && creates(write, *kind)
            })
    }

    /// What was to be made if nobody were known, now that somebody is. One whose answer was never
    /// heard is none that is there: who is known was asked for since, and it would have been found.
    fn overtaken(&self, target: &Target) -> Vec<Step> {
        let kind = self.settings.new_caller;
        if *target == Target::Own(kind) {
            return Vec::new();
        }
        let makes = |write: &&Write| {
            waits(write) && write.by.is_none() && write.attempts == 0 && creates(write, kind)
        };
        let made = self.lane.iter().filter(makes);
        made.map(|write| Step::Supersede(write.id.clone())).collect()
    }

    /// The Account of a new Contact, which must be there first.
    fn household(&self, target: &Target) -> Option<Step> {
        let is_account = |change: &Change| matches!(change, Change::Upsert { sobject, .. } if sobject == "Account");
        let known = self.lane.iter().any(|write| is_account(&write.change));
        if *target != Target::Own(NewCaller::Contact) || known {
            return None;
        }
        let change = Change::Upsert {
            sobject: "Account".to_owned(),
            external_id: self.call.id.to_string(),
            fields: record::household(self.call, self.settings),
            references: [].into(),
        };
        Some(self.draft(Purpose::Record, "New Account", change, None))
    }

    /// Brings the record up to date.
    fn record(&self, target: &Target) -> Option<Step> {
        let (call, settings) = (self.call, self.settings);
        let content = match target {
            Target::Own(kind) => record::own(call, *kind, settings),
            Target::Lead(_) => record::known_lead(call, settings),
            Target::Contact(_) => record::contact(call, settings),
            Target::Person(_) => record::person(call, settings),
        };
        let carried = self.carried(Purpose::Record, |change| target.is_of(change));
        let score = &target.names(settings).score;
        let known = match target {
            Target::Lead(_) => call.matched().and_then(|matched| matched.score).map(u64::from),
            _ => None,
        };
        let floor = carried.get(score).and_then(Value::as_u64).max(known);
        let content = self.unedited(content, Purpose::Record, |change| target.is_of(change));
        let fields = self.news(content, &carried, score, floor)?;
        let first = carried.is_empty();
        let urgency = &target.names(settings).urgency;
        let not_before = if first { None } else { self.not_before(&fields, urgency) };
        let creating = first || self.waits_for_creation(target);
        let (title, change) = match target {
            Target::Own(kind) if creating => {
                let account = (*kind == NewCaller::Contact).then_some("Account");
                let references = account.map(|of| ("AccountId".to_owned(), of.to_owned()));
                let change = Change::Upsert {
                    sobject: target.sobject().to_owned(),
                    external_id: call.id.to_string(),
                    fields,
                    references: references.into_iter().collect(),
                };
                (target.new_title(), change)
            }
            _ => {
                let sobject = target.sobject().to_owned();
                (target.update_title(), Change::Update { sobject, id: target.id(), fields })
            }
        };
        Some(self.draft(Purpose::Record, title, change, not_before))
    }

    /// Whether the write that creates our record can still take news along. Once a later update
    /// stands behind it, news go there: older values must not follow newer ones.
    fn waits_for_creation(&self, target: &Target) -> bool {
        let last = self
            .lane
            .iter()
            .rev()
            .find(|write| write.purpose == Purpose::Record && target.is_of(&write.change));
        last.is_some_and(|write| waits(write) && matches!(write.change, Change::Upsert { .. }))
    }

    /// All values the lane's writes of this kind carry, the latest of each; one that was superseded
    /// carried nothing there.
    pub(super) fn carried(&self, purpose: Purpose, is_of: impl Fn(&Change) -> bool) -> Fields {
        let mut writes: Vec<&Write> = self
            .lane
            .iter()
            .filter(|write| write.purpose == purpose && is_of(&write.change))
            .filter(|write| write.state != WriteState::Superseded)
            .collect();
        writes.sort_by_key(|write| write.order);
        let mut carried = Fields::new();
        for write in writes {
            // What an operator put in place of our value stands: ours counts as written.
            let fields = write.change.fields().into_iter().chain(&write.original);
            fields.for_each(|fields| carried.extend(fields.clone()));
        }
        carried
    }

    /// `content` without what an operator chose by hand for this record: that is theirs.
    pub(super) fn unedited(
        &self,
        mut content: Content,
        purpose: Purpose,
        is_of: impl Fn(&Change) -> bool,
    ) -> Content {
        for write in self.lane.iter().filter(|write| write.purpose == purpose) {
            // A discarded write's edits went with it.
            if !is_of(&write.change) || write.state == WriteState::Discarded {
                continue;
            }
            for name in write.edited() {
                content.main.remove(name);
                content.along.remove(name);
            }
        }
        content
    }

    /// What of `content` differs from what is carried, if that is worth a write. The score
    /// stays out of it unless it is above `floor`.
    pub(super) fn news(
        &self,
        mut content: Content,
        carried: &Fields,
        score: &str,
        floor: Option<u64>,
    ) -> Option<Fields> {
        if let Some(floor) = floor
            && content.main.get(score).and_then(Value::as_u64).is_some_and(|now| now <= floor)
        {
            content.main.remove(score);
        }
        content.main.retain(|name, value| carried.get(name) != Some(value));
        content.along.retain(|name, value| carried.get(name) != Some(value));
        let due = carried.is_empty() || !self.call.state().is_live();
        let worth = !content.main.is_empty() || due && !content.along.is_empty();
        let mut fields = content.main;
        fields.extend(content.along);
        worth.then_some(fields)
    }

    /// Until when an update may wait for others to go with it. What becomes Hot, by its rating or its
    /// urgency, does not.
    fn not_before(&self, fields: &Fields, urgency: &str) -> Option<Timestamp> {
        let hot = self.call.rating() == Rating::Hot;
        let becomes_hot = hot && (fields.contains_key("Rating") || fields.contains_key(urgency));
        let wait = match (becomes_hot, self.call.state().is_live()) {
            (true, _) => return None,
            (false, true) => self.settings.update_seconds,
            (false, false) => self.settings.settle_seconds,
        };
        if wait == 0 { None } else { self.after(self.now, SignedDuration::from_secs(wait.into())) }
    }

    pub(super) fn after(&self, instant: Timestamp, wait: SignedDuration) -> Option<Timestamp> {
        instant.checked_add(wait).ok()
    }
}

/// Whether a write was not sent yet and can still be changed.
pub(super) fn waits(write: &Write) -> bool {
    !write.state.is_end() && write.state != WriteState::InFlight
}

/// Whether a write makes the record (or, of a new Contact, the Account) of a caller nobody knew.
fn creates(write: &Write, kind: NewCaller) -> bool {
    let of = |sobject: &str| {
        sobject == kind.sobject() || kind == NewCaller::Contact && sobject == "Account"
    };
    matches!(&write.change, Change::Upsert { sobject, .. } if of(sobject))
}

/// Whether triage found anything a business would want to keep.
fn says_something(assessment: &Assessment) -> bool {
    assessment.urgency > Urgency::NONE
        || assessment.score > 0
        || assessment.callback.is_some()
        || assessment.wants.is_some()
        || assessment.budget.is_some()
}

/// What an id from a provider's metadata may name: ids that have the shape of one and a prefix we
/// record calls on.
fn record_kind(id: &str) -> Option<&'static str> {
    let shaped = matches!(id.len(), 15 | 18) && id.bytes().all(|b| b.is_ascii_alphanumeric());
    match id.get(..3) {
        Some("00Q") if shaped => Some("Lead"),
        Some("003") if shaped => Some("Contact"),
        _ => None,
    }
}
