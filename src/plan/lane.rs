//! The writes of one call, in order.

use jiff::Timestamp;

use super::write::{Change, Draft, Write, WriteState};
use crate::call::CallId;

/// Puts `draft` into the lane and returns the place of the write that now carries it.
///
/// An automatic draft is merged into an automatic write of the same purpose and target that was
/// not sent yet: forty updates are one. A failed write takes the new content along and stays
/// failed, unless that content changes a field Salesforce complained of, or tells more of the caller
/// who is looked for: then it is worth a try.
pub fn enqueue(
    lane: &mut Vec<Write>,
    call: &CallId,
    draft: Draft,
    id: impl FnOnce() -> String,
    now: Timestamp,
) -> usize {
    if draft.by.is_none()
        // The last that waits: one before it would be overwritten with older values.
        && let Some(place) = lane.iter().rposition(|write| takes_along(write, &draft))
    {
        merge(&mut lane[place], draft, now);
        return place;
    }
    let order = lane.iter().map(|write| write.order).max().unwrap_or(0) + 1;
    lane.push(Write {
        id: id(),
        call: call.clone(),
        order,
        version: 1,
        purpose: draft.purpose,
        title: draft.title,
        change: draft.change,
        by: draft.by,
        state: WriteState::Pending,
        attempts: 0,
        unheard: false,
        created_at: now,
        changed_at: now,
        next_at: draft.not_before,
        problem: None,
        record: None,
        save_duplicates: false,
        original: None,
    });
    lane.len() - 1
}

/// Whether `write` waits and means the same record for the same purpose as `draft`.
fn takes_along(write: &Write, draft: &Draft) -> bool {
    let waits = matches!(
        write.state,
        WriteState::Pending | WriteState::Retrying | WriteState::Held | WriteState::Failed
    );
    waits
        && write.by.is_none()
        && write.purpose == draft.purpose
        && same_target(&write.change, &draft.change)
}

fn same_target(one: &Change, other: &Change) -> bool {
    match (one, other) {
        (Change::Match(_), Change::Match(_)) => true,
        (
            Change::Upsert { sobject, external_id, .. },
            Change::Upsert { sobject: other, external_id: other_id, .. },
        ) => (sobject, external_id) == (other, other_id),
        (Change::Submit { destination, .. }, Change::Submit { destination: other, .. }) => {
            destination == other
        }
        (
            Change::Update { sobject, id, .. },
            Change::Update { sobject: other, id: other_id, .. },
        ) => (sobject, id) == (other, other_id),
        _ => false,
    }
}

fn merge(write: &mut Write, draft: Draft, now: Timestamp) {
    let mut mends = false;
    if let (Some(original), Some(newer)) = (&mut write.original, draft.change.fields()) {
        original.extend(newer.clone());
    }
    match (&mut write.change, draft.change) {
        // More is known of the caller: worth another look.
        (Change::Match(known), Change::Match(newer)) => {
            mends = *known != newer;
            *known = newer;
        }
        (
            Change::Upsert { fields, references, .. },
            Change::Upsert { fields: newer, references: more, .. },
        ) => {
            mends = complained_of(write.problem.as_ref(), fields, &newer);
            fields.extend(newer);
            references.extend(more);
        }
        (Change::Update { fields, .. }, Change::Update { fields: newer, .. })
        | (Change::Submit { fields, .. }, Change::Submit { fields: newer, .. }) => {
            mends = complained_of(write.problem.as_ref(), fields, &newer);
            fields.extend(newer);
        }
        _ => {}
    }
    write.title = draft.title;
    write.version += 1;
    write.changed_at = now;
    match write.state {
        WriteState::Failed if mends => {
            write.try_anew();
            write.next_at = draft.not_before;
        }
        // The sooner of the two: a Hot update takes the waiting one along at once.
        WriteState::Pending => {
            write.next_at = match (write.next_at, draft.not_before) {
                (Some(one), Some(other)) => Some(one.min(other)),
                _ => None,
            };
        }
        _ => {}
    }
}

/// Whether `newer` changes the value of a field the problem names.
fn complained_of(
    problem: Option<&super::Problem>,
    fields: &super::write::Fields,
    newer: &super::write::Fields,
) -> bool {
    problem.is_some_and(|problem| {
        problem.fields.iter().any(|field| {
            let newer = newer.get(field.as_str());
            newer.is_some() && newer != fields.get(field.as_str())
        })
    })
}

/// Gives up the write with this id if it was not sent yet. Returns its place when it did.
pub fn discard(lane: &mut [Write], id: &str, now: Timestamp) -> Option<usize> {
    end(lane, id, WriteState::Discarded, now)
}

/// Ends the write with this id, if it was not sent yet, as one that means nothing any more.
/// Returns its place when it did.
pub fn supersede(lane: &mut [Write], id: &str, now: Timestamp) -> Option<usize> {
    end(lane, id, WriteState::Superseded, now)
}

fn end(lane: &mut [Write], id: &str, state: WriteState, now: Timestamp) -> Option<usize> {
    let place = lane.iter().position(|write| write.id == id)?;
    let write = &mut lane[place];
    if write.state.is_end() || write.state == WriteState::InFlight {
        return None;
    }
    write.state = state;
    write.next_at = None;
    write.changed_at = now;
    write.version += 1;
    Some(place)
}

/// The place of the write whose turn it is: the first that is not at its end. The ones behind it
/// wait for it, so that writes of one call arrive in order.
pub fn head(lane: &[Write]) -> Option<usize> {
    lane.iter().position(|write| !write.state.is_end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        call::{SourceName, Text},
        plan::{Fields, Purpose},
    };

    #[test]
    fn news_go_to_the_last_that_waits_for_older_values_must_not_follow_newer_ones() {
        let (call, now) = (CallId::new(&SourceName::new("t"), "1"), Timestamp::UNIX_EPOCH);
        let mut lane = Vec::new();
        let news = |lane: &mut Vec<Write>, score: u32| {
            let fields: Fields = [("Score__c".to_owned(), score.into())].into_iter().collect();
            let draft = Draft {
                purpose: Purpose::Record,
                title: Text::new("Update Lead"),
                change: Change::Update { sobject: "Lead".to_owned(), id: None, fields },
                by: None,
                not_before: None,
            };
            enqueue(lane, &call, draft, || score.to_string(), now)
        };
        assert_eq!(news(&mut lane, 25), 0);
        lane[0].state = WriteState::InFlight;
        assert_eq!(news(&mut lane, 50), 1);
        lane[0].state = WriteState::Retrying;
        assert_eq!(news(&mut lane, 75), 1);
        let score = |write: &Write| write.change.fields().and_then(|it| it["Score__c"].as_u64());
        assert_eq!(lane.iter().map(score).collect::<Vec<_>>(), [Some(25), Some(75)]);
    }
}
