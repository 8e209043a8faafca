//! A call, and how events become one.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::duty::Duties;
use super::notice::Notices;
use super::party::Told;
use super::{
    Action, Assessment, CallId, Direction, Ending, Event, Fact, Judgement, Linked, Match, Party,
    Phone, Progress, Rating, Report, Role, Service, Stage, Suppression, Text, Transcript, Urgency,
};

/// One conversation, from its first event to wrapped up.
///
/// Everything here is either merged from events by [`Call::apply`] or derived from that; two
/// hubs that saw the same events in any order hold equal calls (but for `version`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Source and the provider's id.
    pub id: CallId,
    /// Counts committed changes; the stream and other hubs follow it.
    pub version: u64,
    /// When it first happened, by the senders' clocks as far as they can be believed.
    pub began_at: Timestamp,
    /// When the hub last heard of it.
    pub heard_at: Timestamp,
    stage: Stage,
    reached: BTreeMap<Stage, Timestamp>,
    end_reason: Latest<Text>,
    answered: Option<bool>,
    broke_off: bool,
    voicemail: Latest<bool>,
    told: Told,
    /// What was said.
    pub transcript: Transcript,
    summary: Latest<Text>,
    recording: Latest<Text>,
    reported_start: Latest<Timestamp>,
    reported_end: Latest<Timestamp>,
    reported_seconds: Latest<u32>,
    judged: Latest<Judgement>,
    matched: Latest<Match>,
    links: BTreeMap<Text, BTreeSet<(Timestamp, Text)>>,
    actions: BTreeMap<String, Acted>,
    #[serde(default)]
    duties: Duties,
    #[serde(default)]
    pub(super) told_of: Notices,
    /// What triage makes of it. Set by the hub after each change of the transcript.
    pub assessment: Assessment,
    /// What was last said of ringing the caller's number, in whatever call. Set by the hub.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suppression: Option<Suppression>,
}

/// The latest statement of something, by the sender's clock. Two statements of one moment are
/// decided by their value, so that the order of arrival never matters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
struct Latest<T>(Option<(Timestamp, T)>);

impl<T> Default for Latest<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: Ord + Clone> Latest<T> {
    fn hear(&mut self, at: Timestamp, value: Option<&T>) {
        let Some(value) = value else { return };
        if self.0.as_ref().is_none_or(|(when, known)| (at, value) > (*when, known)) {
            self.0 = Some((at, value.clone()));
        }
    }

    fn get(&self) -> Option<&T> {
        self.0.as_ref().map(|(_, value)| value)
    }
}

/// An operator's action, as the fold keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acted {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub operator: Text,
    /// What.
    pub action: Action,
}

/// Whose a call is, and by what.
#[derive(Clone, Copy, Debug)]
pub struct Ownership<'a> {
    /// The key of the event.
    pub key: &'a str,
    /// The action.
    pub acted: &'a Acted,
    /// Whose it is, by name.
    pub to: &'a Text,
    /// Their Salesforce user or queue.
    pub owner_id: &'a Text,
}

/// What a call is doing, in a dispatcher's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallState {
    /// Announced, not ringing yet.
    New,
    /// Ringing.
    Ringing,
    /// In conversation.
    Talking,
    /// Being handed over.
    Transfer,
    /// Over, and somebody had answered.
    Ended,
    /// Over, and nobody had.
    Missed,
    /// A chat or form that became a lead.
    Chat,
}

impl CallState {
    /// Whether somebody is on the line now.
    pub fn is_live(self) -> bool {
        matches!(self, Self::New | Self::Ringing | Self::Talking | Self::Transfer)
    }
}

/// So much later than it happened a provider may tell of something: it tries again for hours, reports
/// come hours after the call, and the hub may have been down over a weekend.
const LATEST: SignedDuration = SignedDuration::from_hours(72);

/// When something began, as far as an event is believed: what it claims to be older than providers tell
/// of anything comes from a clock that is wrong, and is taken for the moment we heard of it, as intake
/// takes what is ahead of us. It would move the call into another day's figures.
fn credible(at: Timestamp, event: &Event) -> Timestamp {
    let late = event.received_at.duration_since(at) > LATEST;
    if late { event.received_at } else { at }
}

impl Call {
    /// A call nothing is known of yet but that `event` belongs to it.
    pub fn begin(event: &Event) -> Self {
        Self {
            id: event.call.clone(),
            version: 0,
            began_at: credible(event.sent_at, event),
            heard_at: event.received_at,
            stage: Stage::Created,
            reached: BTreeMap::new(),
            end_reason: Latest::default(),
            answered: None,
            broke_off: false,
            voicemail: Latest::default(),
            told: Told::default(),
            transcript: Transcript::default(),
            summary: Latest::default(),
            recording: Latest::default(),
            reported_start: Latest::default(),
            reported_end: Latest::default(),
            reported_seconds: Latest::default(),
            judged: Latest::default(),
            matched: Latest::default(),
            links: BTreeMap::new(),
            actions: BTreeMap::new(),
            duties: Duties::default(),
            told_of: Notices::default(),
            assessment: Assessment::default(),
            suppression: None,
        }
    }

    /// Rebuilds what serialising leaves out. To be called once after reading a call back.
    pub fn restore(&mut self) {
        self.transcript.restore();
        self.assessment.restore(self.transcript.lines());
    }

    /// Folds `event` in. Any order and any repetition of the same events ends in the same call.
    ///
    /// The assessment is not touched: whoever applies events judges afterwards.
    pub fn apply(&mut self, event: &Event) {
        self.began_at = self.began_at.min(credible(event.sent_at, event));
        self.heard_at = self.heard_at.max(event.received_at);
        for fact in &event.facts {
            self.learn(event, fact);
        }
    }

    fn learn(&mut self, event: &Event, fact: &Fact) {
        let at = event.sent_at;
        match fact {
            Fact::Progress(progress) => self.progress(at, progress),
            Fact::Said(line) => {
                self.transcript.hear(line.clone());
            }
            Fact::Saying(line) => self.transcript.overhear(line.clone()),
            Fact::SoFar { lines, open } => self.transcript.catch_up(at, lines, *open),
            Fact::Party(party) => self.told.hear(party, at),
            Fact::Report(report) => {
                let start = report.began_at.into_iter().chain(report.started_at).min();
                let start = start.map(|start| credible(start, event));
                self.began_at = start.map_or(self.began_at, |start| start.min(self.began_at));
                self.report(at, report);
            }
            Fact::Recorded { url } => self.recording.hear(at, Some(url)),
            Fact::Judged(judgement) => self.judged.hear(at, Some(judgement)),
            Fact::Matched(matched) => self.matched.hear(at, Some(matched)),
            Fact::Linked(Linked { sobject, id }) => {
                self.links.entry(sobject.clone()).or_default().insert((at, id.clone()));
            }
            Fact::Notice(fact) => self.told_of.hear(at, fact),
            Fact::Joins(joining) => self.duties.join(at, joining),
            Fact::JoinedTo { call } => self.duties.join_to(at, call),
            Fact::CalledBack { order, placing } => self.duties.placed(order, placing),
            Fact::Rang(rang) => self.duties.rang(at, rang),
            Fact::Acted { operator, action } => {
                let acted = Acted { at, operator: operator.clone(), action: action.clone() };
                self.actions.insert(event.key.clone(), acted);
            }
        }
    }

    fn progress(&mut self, at: Timestamp, progress: &Progress) {
        self.stage = self.stage.max(progress.stage);
        let reached = self.reached.entry(progress.stage).or_insert(at);
        *reached = at.min(*reached);
        if progress.stage == Stage::Ended {
            self.transcript.close();
        }
        if let Some(ending) = &progress.ending {
            self.end(at, ending);
        }
    }

    fn end(&mut self, at: Timestamp, ending: &Ending) {
        self.end_reason.hear(at, ending.reason.as_ref());
        // "Answered" once said is a fact; a "no-answer" beside it is about another leg.
        self.answered = self.answered.max(ending.answered);
        self.broke_off |= ending.broke_off;
        self.voicemail.hear(at, ending.voicemail.as_ref());
    }

    fn report(&mut self, at: Timestamp, report: &Report) {
        self.progress(at, &Progress { stage: Stage::Ended, ending: report.ending.clone() });
        if !report.lines.is_empty() {
            self.transcript.conclude(report.lines.clone());
        }
        self.summary.hear(at, report.summary.as_ref());
        self.recording.hear(at, report.recording.as_ref());
        self.reported_start.hear(at, report.started_at.as_ref());
        self.reported_end.hear(at, report.ended_at.as_ref());
        self.reported_seconds.hear(at, report.duration_seconds.as_ref());
    }

    /// What the call is doing.
    pub fn state(&self) -> CallState {
        if self.party().direction == Some(Direction::Chat) {
            return CallState::Chat;
        }
        match self.stage {
            Stage::Created => CallState::New,
            Stage::Ringing => CallState::Ringing,
            Stage::Talking => CallState::Talking,
            Stage::Transferring => CallState::Transfer,
            Stage::Ended if self.was_answered() => CallState::Ended,
            Stage::Ended => CallState::Missed,
        }
    }

    /// Whether anybody took the call: said so, or the caller spoke with somebody. What is only said to
    /// the caller may be an announcement.
    pub fn was_answered(&self) -> bool {
        let spoke = || self.transcript.lines().iter().any(|line| line.role == Role::Caller);
        self.answered.unwrap_or_else(|| self.talked_at().is_some() || spoke())
    }

    /// Whether the provider's own failure ended it.
    pub fn broke_off(&self) -> bool {
        self.broke_off
    }

    /// Whether the caller left a voicemail.
    pub fn left_voicemail(&self) -> bool {
        self.voicemail.get().copied().unwrap_or(false)
    }

    /// When the conversation began; none where nobody took the call.
    pub fn answered_at(&self) -> Option<Timestamp> {
        self.talked_at().filter(|_| self.answered != Some(false))
    }

    /// When somebody, or an announcement, had the caller.
    fn talked_at(&self) -> Option<Timestamp> {
        let reached = || self.reached.get(&Stage::Talking).copied();
        self.reported_start.get().copied().or_else(reached)
    }

    /// When the call was over; none while it goes on.
    pub fn ended_at(&self) -> Option<Timestamp> {
        let reached = self.reached.get(&Stage::Ended).copied()?;
        Some(self.reported_end.get().copied().unwrap_or(reached))
    }

    /// How long the conversation lasted; none before its end or when it never began.
    pub fn duration(&self) -> Option<SignedDuration> {
        if self.answered == Some(false) {
            return None;
        }
        if let Some(seconds) = self.reported_seconds.get() {
            return Some(SignedDuration::from_secs(i64::from(*seconds)));
        }
        let spoken = self.ended_at()?.duration_since(self.answered_at()?);
        (!spoken.is_negative()).then_some(spoken)
    }

    /// How it ended, in the provider's words.
    pub fn end_reason(&self) -> Option<&Text> {
        self.end_reason.get()
    }

    /// Who is on the other end, as far as the provider knows.
    pub fn party(&self) -> &Party {
        self.told.party()
    }

    /// Their number, as the provider has it.
    pub fn phone(&self) -> Option<&Phone> {
        self.party().phone.as_ref()
    }

    /// The best name there is: Salesforce's, then the caller's own words, then caller id.
    pub fn name(&self) -> Option<&Text> {
        let matched = self.matched().and_then(|matched| matched.name.as_ref());
        matched.or(self.assessment.who.name.as_ref()).or(self.party().name.as_ref())
    }

    /// The provider's summary, from its report.
    pub fn summary(&self) -> Option<&Text> {
        self.summary.get()
    }

    /// Where the recording is.
    pub fn recording(&self) -> Option<&Text> {
        self.recording.get()
    }

    /// What the provider itself made of the call.
    pub fn judgement(&self) -> Option<&Judgement> {
        self.judged.get()
    }

    /// Who the caller is in Salesforce; none until that was asked.
    pub fn matched(&self) -> Option<&Match> {
        self.matched.get()
    }

    /// The id of the record of this kind that stands for the call: the one that was linked last; of
    /// Tasks the first.
    pub fn record(&self, sobject: &str) -> Option<&Text> {
        let ids = &self.links.iter().find(|(kind, _)| kind.as_str() == sobject)?.1;
        // A record that was deleted in Salesforce and written again has a new id; of Tasks a call
        // has several.
        let latest = if sobject == "Task" { ids.first() } else { ids.last() };
        latest.map(|(_, id)| id)
    }

    /// Every record of the call, as sObject and id.
    pub fn records(&self) -> impl Iterator<Item = (&Text, &Text)> {
        self.links.iter().flat_map(|(kind, ids)| ids.iter().map(move |(_, id)| (kind, id)))
    }

    /// The actions that stand, oldest first, with the keys of their events.
    pub fn actions(&self) -> Vec<(&str, &Acted)> {
        let undone: BTreeSet<&str> = self
            .actions
            .values()
            .filter_map(|acted| match &acted.action {
                Action::Undo { undoes } => Some(undoes.as_str()),
                _ => None,
            })
            .collect();
        let mut standing: Vec<(&str, &Acted)> = self
            .actions
            .iter()
            .filter(|(key, acted)| {
                !matches!(acted.action, Action::Undo { .. }) && !undone.contains(key.as_str())
            })
            .map(|(key, acted)| (key.as_str(), acted))
            .collect();
        standing.sort_by_key(|(key, acted)| (acted.at, *key));
        standing
    }

    pub(super) fn duties(&self) -> &Duties {
        &self.duties
    }

    /// How many actions operators took, whether they stand or not.
    pub fn actions_taken(&self) -> usize {
        self.actions.keys().filter(|key| !key.starts_with("hub:")).count()
    }

    /// The action of this event's key, whether it stands, was taken back, or took one back.
    pub fn action(&self, key: &str) -> Option<&Acted> {
        self.actions.get(key)
    }

    fn last_action<'a, T: 'a>(&'a self, pick: impl Fn(&'a Acted) -> Option<T>) -> Option<T> {
        self.actions().into_iter().rev().find_map(|(_, acted)| pick(acted))
    }

    /// Whether it was ever given to anybody, taken back or not.
    pub fn was_routed(&self) -> bool {
        self.actions.values().any(|acted| matches!(acted.action, Action::Route { .. }))
    }

    /// Who has the call now, by name.
    pub fn owner(&self) -> Option<&Text> {
        self.ownership().map(|owned| owned.to)
    }

    /// What made the call somebody's: it was given to them, or they said that they have it.
    pub fn ownership(&self) -> Option<Ownership<'_>> {
        self.actions().into_iter().rev().find_map(|(key, acted)| {
            let (to, owner_id) = match &acted.action {
                Action::Route { to, owner_id, .. } => (to, owner_id),
                Action::Acknowledge { owner_id: Some(owner_id) } => (&acted.operator, owner_id),
                _ => return None,
            };
            Some(Ownership { key, acted, to, owner_id })
        })
    }

    /// The urgency that counts: an operator's correction, or else triage's judgement.
    pub fn urgency(&self) -> Urgency {
        self.last_action(|acted| match &acted.action {
            Action::Urgency { urgency } => Some(*urgency),
            _ => None,
        })
        .unwrap_or(self.assessment.urgency)
    }

    /// The trade that counts: an operator's correction, or else triage's judgement.
    pub fn service(&self) -> Option<&Service> {
        self.last_action(|acted| match &acted.action {
            Action::Service { service } => Some(service),
            _ => None,
        })
        .or(self.assessment.service.as_ref())
    }

    /// Whether an operator said that the caller did not ask to be rung back.
    pub fn is_no_callback(&self) -> bool {
        self.last_action(|acted| matches!(acted.action, Action::NotCallback).then_some(()))
            .is_some()
    }

    /// What operators corrected, and who: the standing actions that say triage was wrong.
    pub fn corrections(&self) -> Vec<&Acted> {
        let corrects = |action: &Action| {
            matches!(action, Action::Urgency { .. } | Action::NotCallback | Action::Service { .. })
        };
        let standing = self.actions().into_iter().map(|(_, acted)| acted);
        standing.filter(|acted| corrects(&acted.action)).collect()
    }

    /// The rating that follows from [`Call::urgency`].
    pub fn rating(&self) -> Rating {
        Rating::of(self.urgency(), self.assessment.bant.need)
    }

    /// When the call was wrapped up.
    pub fn wrapped_up_at(&self) -> Option<Timestamp> {
        self.last_action(|acted| match &acted.action {
            Action::WrapUp { .. } => Some(acted.at),
            _ => None,
        })
    }
}
