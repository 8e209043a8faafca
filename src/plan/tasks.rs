//! The Tasks a call leaves: its log, and the promise to ring back.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::{
    record::{self, Content},
    rules::{Planner, waits},
    settings::NewCaller,
    target::Target,
    write::{Change, Purpose, Step, Write, WriteState},
};
use crate::call::{CallState, Text};

/// Which of a call's Tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The log of the call.
    Log,
    /// The promise to ring back.
    Callback,
}

/// What became of the write that makes a Task.
pub(super) enum Made<'a> {
    /// There is none.
    Not,
    /// It can still take more along.
    Waits(&'a Write),
    /// It may have arrived: what changes since follows when that is known.
    Sent,
    /// An operator gave it up, and with it the Task.
    GivenUp,
    /// It is in Salesforce under this id.
    There(&'a Text),
}

impl Planner<'_> {
    /// Logs the call once it is over.
    pub(super) fn log(&self, target: &Target) -> Option<Step> {
        let logged = match target {
            Target::Own(NewCaller::Lead) | Target::Lead(_) => self.settings.log_lead_calls,
            _ => true,
        };
        if !logged || self.call.state() != CallState::Ended {
            return None;
        }
        let content = record::task(self.call, self.settings);
        let wait = SignedDuration::from_secs(self.settings.settle_seconds.into());
        self.keep(Kind::Log, target, ["Log call"; 2], content, wait)
    }

    /// Makes this Task, or brings it up to date, if there is anything new. `titles` is what the two
    /// are called, `wait` how long the news wait for more.
    pub(super) fn keep(
        &self,
        kind: Kind,
        target: &Target,
        [make, update]: [&str; 2],
        content: Content,
        wait: SignedDuration,
    ) -> Option<Step> {
        let is_of = |change: &Change| self.is_of(kind, change);
        let carried = self.carried(Purpose::Task, is_of);
        let content = self.unedited(content, Purpose::Task, is_of);
        let mut fields = self.news(content, &carried, "", None)?;
        let sobject = "Task".to_owned();
        let (title, change) = match self.made(kind) {
            Made::Sent | Made::GivenUp => return None,
            Made::There(id) => (update, Change::Update { sobject, id: Some(id.clone()), fields }),
            Made::Not | Made::Waits(_) => {
                let mut references = BTreeMap::new();
                let about = target.about().to_owned();
                match target.id() {
                    Some(id) => {
                        fields.insert(about, id.as_str().into());
                    }
                    None => {
                        references.insert(about, target.sobject().to_owned());
                    }
                }
                let external_id = self.external_id(kind);
                (make, Change::Upsert { sobject, external_id, fields, references })
            }
        };
        Some(self.draft(Purpose::Task, title, change, self.after(self.now, wait)))
    }

    fn external_id(&self, kind: Kind) -> String {
        let part = match kind {
            Kind::Log => "task",
            Kind::Callback => "callback",
        };
        format!("{}/{part}", self.call.id)
    }

    /// The writes that make this Task: several when it was deleted in Salesforce and made anew.
    /// Not those that were not sent because it was not wanted any more.
    fn makers(&self, kind: Kind) -> impl Iterator<Item = &Write> {
        let own = self.external_id(kind);
        let sent = self.lane.iter().filter(|write| write.state != WriteState::Superseded);
        sent.filter(move |write| {
            matches!(&write.change, Change::Upsert { sobject, external_id, .. }
                if sobject == "Task" && *external_id == own)
        })
    }

    fn is_of(&self, kind: Kind, change: &Change) -> bool {
        match change {
            Change::Upsert { sobject, external_id, .. } => {
                sobject == "Task" && *external_id == self.external_id(kind)
            }
            Change::Update { sobject, id: Some(id), .. } => {
                sobject == "Task" && self.makers(kind).any(|it| it.record.as_ref() == Some(id))
            }
            // Before there were callbacks among them, the log was the Task of a call.
            Change::Update { sobject, id: None, .. } => sobject == "Task" && kind == Kind::Log,
            Change::Match(_) | Change::Convert { .. } | Change::Submit { .. } => false,
        }
    }

    pub(super) fn made(&self, kind: Kind) -> Made<'_> {
        let Some(last) = self.makers(kind).last() else { return Made::Not };
        match (&last.state, &last.record) {
            (WriteState::Delivered, Some(id)) => Made::There(id),
            (WriteState::Discarded, _) => Made::GivenUp,
            _ if waits(last) => Made::Waits(last),
            _ => Made::Sent,
        }
    }
}
