//! What operators do to a write: try it again, give it up, say which record it is about, edit it.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::Desk;
use crate::{
    call::{CallId, Fact, Linked, Match, MatchKind, Text},
    plan::{self, By, Change, Draft, Fields, Problem, Purpose, Write, WriteState},
};

impl Desk {
    /// A write of a call in hand that an operator may change, and changes.
    fn change_write(
        &mut self,
        id: &CallId,
        write: &str,
        now: Timestamp,
        change: impl FnOnce(&mut Write) -> bool,
    ) -> bool {
        let Some(held) = self.calls.get_mut(id) else { return false };
        let known = held.lane.iter_mut().find(|known| known.id == write);
        let Some(known) =
            known.filter(|known| !known.state.is_end() && known.state != WriteState::InFlight)
        else {
            return false;
        };
        if !change(known) {
            return false;
        }
        known.version += 1;
        known.changed_at = now;
        self.commit.writes.push(known.clone());
        true
    }

    /// Sets a failed or waiting write going again, at once. Returns false when there is nothing
    /// to retry.
    pub fn retry(&mut self, id: &CallId, write: &str, now: Timestamp) -> bool {
        self.change_write(id, write, now, |known| {
            let again = matches!(known.state, WriteState::Failed | WriteState::Retrying);
            if again {
                known.try_anew();
            }
            again
        })
    }

    /// Gives up a write that is not under way.
    pub fn discard(&mut self, id: &CallId, write: &str, now: Timestamp) -> bool {
        let Some(held) = self.calls.get_mut(id) else { return false };
        let Some(place) = plan::discard(&mut held.lane, write, now) else { return false };
        self.commit.writes.push(held.lane[place].clone());
        true
    }

    /// Ends a write that asked which record is meant: it is `record`. What follows from it is to
    /// be planned anew with the returned fact; none when the write did not ask.
    pub fn choose(
        &mut self,
        id: &CallId,
        write: &str,
        record: &Text,
        now: Timestamp,
    ) -> Option<Fact> {
        let mut found = None;
        self.change_write(id, write, now, |known| {
            let Some(problem) = asks(known) else { return false };
            found = chosen(problem, record);
            if found.is_some() {
                known.state = match known.purpose {
                    Purpose::Match => WriteState::Delivered,
                    // What it says goes to the chosen record, in the words that fit there.
                    _ => WriteState::Superseded,
                };
                known.record = Some(record.clone());
                known.next_at = None;
            }
            found.is_some()
        });
        found.map(Fact::Matched)
    }

    /// Lets a write that asked which record is meant make a new one. Returns whether it did, and
    /// what is learnt by it.
    pub fn save_anyway(
        &mut self,
        id: &CallId,
        write: &str,
        now: Timestamp,
    ) -> Option<Option<Fact>> {
        let mut learnt = None;
        let done = self.change_write(id, write, now, |known| {
            if !asks(known).is_some_and(|problem| problem.may_save_anyway) {
                return false;
            }
            if known.purpose == Purpose::Match {
                known.state = WriteState::Delivered;
                known.next_at = None;
                learnt = Some(Fact::Matched(Match::nobody()));
            } else {
                known.save_duplicates = true;
                known.try_anew();
            }
            true
        });
        done.then_some(learnt)
    }

    /// Notes that what was sent where nobody tells arrived: it is this Lead. None when that was known,
    /// or the write told it itself.
    pub fn confirm(
        &mut self,
        id: &CallId,
        write: &str,
        record: &Text,
        now: Timestamp,
    ) -> Option<Fact> {
        let held = self.calls.get_mut(id)?;
        let known = held.lane.iter_mut().find(|known| known.id == write)?;
        if !known.is_unconfirmed() {
            return None;
        }
        known.record = Some(record.clone());
        known.version += 1;
        known.changed_at = now;
        self.commit.writes.push(known.clone());
        Some(Fact::Linked(Linked { sobject: "Lead".into(), id: record.clone() }))
    }

    /// Puts what a delivered write wrote, with the latest values of its record, behind what waits:
    /// all fields or these. Returns false when there is nothing of them to write.
    ///
    /// # Errors
    /// A sentence that says why it can't be written again.
    pub fn again(
        &mut self,
        id: &CallId,
        write: &str,
        fields: &BTreeSet<String>,
        by: By,
        now: Timestamp,
    ) -> Result<bool, String> {
        let Some(held) = self.calls.get_mut(id) else { return Ok(false) };
        let Some(known) = held.lane.iter().find(|known| known.id == write) else {
            return Ok(false);
        };
        if known.is_unconfirmed() {
            return Ok(self.post_again(id, write, by, now));
        }
        if known.state != WriteState::Delivered || known.record.is_none() {
            return Err("only what was delivered can be written again".to_owned());
        }
        let of_record =
            |other: &&Write| other.state == WriteState::Delivered && other.record == known.record;
        let mut values = Fields::new();
        for other in held.lane.iter().filter(of_record) {
            values.extend(
                other.change.fields().into_iter().flatten().map(|(n, v)| (n.clone(), v.clone())),
            );
        }
        values.retain(|name, _| fields.is_empty() || fields.contains(name));
        if values.is_empty() {
            return Err("it wrote none of these fields".to_owned());
        }
        let upserts = |other: &&Write| matches!(other.change, Change::Upsert { .. });
        let maker = held.lane.iter().filter(of_record).find(upserts).unwrap_or(known);
        let mut change = maker.change.clone();
        if let Change::Update { id, .. } = &mut change {
            id.clone_from(&known.record);
        }
        let Some(slot) = change.fields_mut() else {
            return Err("it is no record that can be written again".to_owned());
        };
        *slot = values;
        let draft = Draft {
            // A route stands as long as it is the last; this is the record's content.
            purpose: match known.purpose {
                Purpose::Route => Purpose::Record,
                other => other,
            },
            title: Text::new(&format!("{} (again)", maker.title)),
            change,
            by: Some(by),
            not_before: None,
        };
        let fresh = || uuid::Uuid::now_v7().to_string();
        let place = plan::enqueue(&mut held.lane, id, draft, fresh, now);
        self.commit.writes.push(held.lane[place].clone());
        Ok(true)
    }

    /// Sends to a form once more what did not arrive there.
    fn post_again(&mut self, id: &CallId, write: &str, by: By, now: Timestamp) -> bool {
        let Some(held) = self.calls.get_mut(id) else { return false };
        let found = held.lane.iter_mut().find(|known| known.id == write);
        let Some(known) = found else { return false };
        known.state = WriteState::Superseded;
        known.version += 1;
        known.changed_at = now;
        self.commit.writes.push(known.clone());
        let draft = Draft {
            purpose: known.purpose,
            title: Text::new(&format!("{} (again)", known.title)),
            change: known.change.clone(),
            by: Some(by),
            not_before: None,
        };
        let fresh = || uuid::Uuid::now_v7().to_string();
        let place = plan::enqueue(&mut held.lane, id, draft, fresh, now);
        self.commit.writes.push(held.lane[place].clone());
        true
    }

    /// Changes what a write that failed or waits writes, and sets it going. Returns the names of
    /// the fields that differ from before; none when it is too late for that.
    ///
    /// # Errors
    /// A sentence that says what can't be edited.
    pub fn edit(
        &mut self,
        id: &CallId,
        write: &str,
        values: &Fields,
        leave_out: &BTreeSet<String>,
        now: Timestamp,
    ) -> Result<Option<Vec<Text>>, String> {
        let mut outcome = Ok(Vec::new());
        let ids = self.settings.plan.external_id.clone();
        let done = self.change_write(id, write, now, |known| {
            let external_id = ids.get(known.change.sobject()).map(String::as_str);
            outcome = plan::edit(known, values, leave_out, external_id);
            if outcome.is_ok() {
                known.try_anew();
            }
            outcome.is_ok()
        });
        outcome.map(|changed| done.then_some(changed))
    }
}

/// The question a write waits with.
fn asks(write: &Write) -> Option<&Problem> {
    write.problem.as_ref().filter(|it| write.state == WriteState::Failed && it.is_choice())
}

/// Who the caller is by an operator's word.
fn chosen(problem: &Problem, record: &Text) -> Option<Match> {
    let kind = match record.as_str().get(..3)? {
        "003" => MatchKind::Contact,
        "00Q" => MatchKind::Lead,
        _ => return None,
    };
    let known = problem.candidates.iter().find(|candidate| candidate.id == *record);
    Some(Match {
        kind,
        id: Some(record.clone()),
        name: known.and_then(|known| known.name.clone()),
        account_id: known.and_then(|known| known.account_id.clone()),
        person: known.is_some_and(|known| known.person),
        ..Match::nobody()
    })
}
