//! What operators ask for of writes, and the event it becomes. No IO.

use jiff::Timestamp;

use super::{
    desk::Desk,
    orders::{OrderError, check_id, has_room, key_of, said, used_already},
};
use crate::{
    call::{Action, CallId, Event, Fact, Text},
    plan::{By, Problem, Write, WriteState},
    salesforce,
    wire::{Receipt, WriteOrder},
};

/// Carries out an order on a write whose call is in hand.
///
/// # Errors
/// An [`OrderError`]; then nothing happened.
pub fn act(
    desk: &mut Desk,
    call: &CallId,
    write: &str,
    operator: &Text,
    id: String,
    order: WriteOrder,
    now: Timestamp,
) -> Result<Receipt, OrderError> {
    check_id(&id)?;
    let key = key_of(&id);
    let missing = || OrderError::NoWrite(write.to_owned());
    let (held, lane) = desk.get(call).ok_or_else(missing)?;
    if let Some(acted) = held.action(&key) {
        return match (&acted.action, &order) {
            (Action::Retry { write: known, .. }, WriteOrder::Retry)
            | (Action::Discard { write: known, .. }, WriteOrder::Discard)
            | (Action::Use { write: known, record: Some(_), .. }, WriteOrder::Use { .. })
            | (Action::Use { write: known, record: None, .. }, WriteOrder::SaveAnyway)
            | (Action::Edit { write: known, .. }, WriteOrder::Edit { .. })
            | (Action::Again { write: known, .. }, WriteOrder::Again { .. })
                if known == write =>
            {
                Ok(Receipt {
                    id,
                    done: true,
                    message: said(&acted.action, &desk.settings().zone),
                    undo_until: None,
                })
            }
            _ => Err(used_already(&id)),
        };
    }
    has_room(desk, held)?;
    let known = lane.iter().find(|known| known.id == write).ok_or_else(missing)?;
    let (title, state, unconfirmed) = (known.title.clone(), known.state, known.is_unconfirmed());
    check(known, &order)?;
    let write = write.to_owned();
    let mut learnt = None;
    let (done, action) = match order {
        WriteOrder::Retry => {
            (desk.retry(call, &write, now), Action::Retry { write, title: title.clone() })
        }
        WriteOrder::Discard => {
            (desk.discard(call, &write, now), Action::Discard { write, title: title.clone() })
        }
        WriteOrder::Use { record } if unconfirmed => {
            learnt = desk.confirm(call, &write, &record, now);
            let action = Action::Use { write, title: title.clone(), record: Some(record) };
            (learnt.is_some(), action)
        }
        WriteOrder::Use { record } => {
            learnt = desk.choose(call, &write, &record, now);
            let action = Action::Use { write, title: title.clone(), record: Some(record) };
            (learnt.is_some(), action)
        }
        WriteOrder::SaveAnyway => {
            let saved = desk.save_anyway(call, &write, now);
            let done = saved.is_some();
            learnt = saved.flatten();
            (done, Action::Use { write, title: title.clone(), record: None })
        }
        WriteOrder::Again { fields } => {
            let by = By { operator: operator.clone(), event: key.clone() };
            let done = desk.again(call, &write, &fields, by, now);
            (done.map_err(OrderError::NotNow)?, Action::Again { write, title: title.clone() })
        }
        WriteOrder::Edit { fields, leave_out } => {
            let changed = desk.edit(call, &write, &fields, &leave_out, now);
            let changed = changed.map_err(OrderError::Invalid)?;
            let done = changed.is_some();
            let fields = changed.unwrap_or_default();
            (done, Action::Edit { write, title: title.clone(), fields })
        }
    };
    if !done {
        let message = Text::new(&format!("\u{201c}{title}\u{201d} {}", cannot(state)));
        return Ok(Receipt { id, done: false, message, undo_until: None });
    }
    let message = said(&action, &desk.settings().zone);
    let mut facts = vec![Fact::Acted { operator: operator.clone(), action }];
    facts.extend(learnt);
    let event = Event::of_ours(call, key, facts, now);
    desk.receive(vec![event]);
    Ok(Receipt { id, done: true, message, undo_until: None })
}

/// What makes no sense for this write, whoever asks for it and when.
fn check(write: &Write, order: &WriteOrder) -> Result<(), OrderError> {
    let problem = write.problem.as_ref();
    let asks = problem.is_some_and(Problem::is_choice);
    let not_now = |what: &str| Err(OrderError::NotNow(what.to_owned()));
    match order {
        WriteOrder::Use { record } if write.is_unconfirmed() => {
            match salesforce::RecordId::of("Lead", record.as_str()) {
                Some(_) => Ok(()),
                None => Err(OrderError::Invalid(format!(
                    "{record} is not the id of a Lead (00Q\u{2026})"
                ))),
            }
        }
        _ if write.state != WriteState::Failed => Ok(()),
        WriteOrder::Use { .. } | WriteOrder::SaveAnyway if !asks => {
            not_now("this write does not ask which record is meant")
        }
        WriteOrder::SaveAnyway if !problem.is_some_and(|problem| problem.may_save_anyway) => {
            not_now(
                "the duplicate rule blocks saving; use one of its records, or discard the write",
            )
        }
        WriteOrder::Use { record } if !is_person(record) => Err(OrderError::Invalid(format!(
            "{record} is not the id of a Lead (00Q\u{2026}) or Contact (003\u{2026})"
        ))),
        _ => Ok(()),
    }
}

/// Whether it has the shape of the id of a record that stands for a caller.
fn is_person(record: &Text) -> bool {
    ["Lead", "Contact"].iter().any(|of| salesforce::RecordId::of(of, record.as_str()).is_some())
}

/// Why nothing was done about a write in this state.
fn cannot(state: WriteState) -> &'static str {
    match state {
        WriteState::Delivered => "is in Salesforce already",
        WriteState::InFlight => "is on its way right now",
        WriteState::Pending | WriteState::Held | WriteState::Retrying => "goes out by itself",
        WriteState::Superseded => "was merged into a later write",
        WriteState::Discarded => "was given up",
        WriteState::Failed => "could not be changed",
    }
}
