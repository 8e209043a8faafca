//! What was done to tell somebody of a call. Recorded like all else that happens to it, so that a
//! restart and another hub know what was sent already.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Call, Text};

/// How far one attempt came.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum NoticeStep {
    /// It is being sent: recorded before anything leaves.
    Sending,
    /// It was not taken, and why.
    Failed {
        /// In one sentence.
        problem: Text,
        /// Whether trying again can't help.
        permanent: bool,
    },
    /// It was taken.
    Sent,
}

/// A statement about a notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeFact {
    /// Which: the key of what it tells of (a routing, a promise given or late), and the way. The same for every attempt.
    pub id: String,
    /// Who is told.
    pub to: Text,
    /// How: a channel, with the person's address there (`email:sam@example.com`).
    pub way: Text,
    /// The number of the attempt, from 1.
    pub attempt: u32,
    /// What happened to it.
    #[serde(flatten)]
    pub step: NoticeStep,
}

impl NoticeFact {
    /// The key of the event that says this: each attempt is made once and ends once.
    pub fn key(&self) -> String {
        let step = match self.step {
            NoticeStep::Sending => "sending",
            NoticeStep::Sent | NoticeStep::Failed { .. } => "ended",
        };
        format!("notice:{}:{}:{step}", self.id, self.attempt)
    }
}

/// A notice, as the fold keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Noticed {
    /// Who is told.
    pub to: Text,
    /// How.
    pub way: Text,
    /// What happened to each attempt, and when.
    pub attempts: BTreeMap<u32, (NoticeStep, Timestamp)>,
}

impl Noticed {
    /// When it was taken, if it was.
    pub fn sent_at(&self) -> Option<Timestamp> {
        let sent =
            |(step, at): &(NoticeStep, Timestamp)| matches!(step, NoticeStep::Sent).then_some(*at);
        self.attempts.values().filter_map(sent).min()
    }

    /// The last attempt: its number, what became of it, and when.
    pub fn last(&self) -> Option<(u32, &NoticeStep, Timestamp)> {
        self.attempts.last_key_value().map(|(number, (step, at))| (*number, step, *at))
    }

    /// Why the last attempt was not taken; none when one was.
    pub fn problem(&self) -> Option<&Text> {
        match self.attempts.values().rev().find(|(step, _)| *step != NoticeStep::Sending)? {
            (NoticeStep::Failed { problem, .. }, _) if self.sent_at().is_none() => Some(problem),
            _ => None,
        }
    }
}

/// Every notice about a call, by its id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Notices(BTreeMap<String, Noticed>);

impl Notices {
    /// Merges a statement in; the order in which they come does not matter.
    pub(super) fn hear(&mut self, at: Timestamp, fact: &NoticeFact) {
        let noticed = self.0.entry(fact.id.clone()).or_insert_with(|| Noticed {
            to: fact.to.clone(),
            way: fact.way.clone(),
            attempts: BTreeMap::new(),
        });
        let step = (fact.step.clone(), at);
        let known = noticed.attempts.entry(fact.attempt).or_insert_with(|| step.clone());
        // An outcome says more than the intention; of two outcomes the better one is true.
        if step.0 > known.0 || step.0 == known.0 && at < known.1 {
            *known = step;
        }
    }
}

impl Call {
    /// The notices about this call, by their ids.
    pub fn notices(&self) -> &BTreeMap<String, Noticed> {
        &self.told_of.0
    }
}
