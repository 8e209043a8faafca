//! What the confirming key of a dialog does.

use super::{Effect, about, ask, edit, hold, intent, refusal, say};
use crate::{
    call::{CallId, Disposition, Service, Text},
    console::{
        state::{Ask, Choice, Dialog, Form, OUTCOMES, State, Value},
        when,
    },
    wire::{Order, WriteOrder},
};

/// Does what the dialog says, to what it was opened for.
pub(super) fn run(state: &mut State, effects: &mut Vec<Effect>) {
    // The link may have gone since the dialog opened.
    if let Some(refusal) = refusal(state) {
        ask::remark(state, &refusal);
        return;
    }
    let Some(dialog) = state.dialog.take() else { return };
    let values = dialog.form.as_ref().map_or_else(|| Ok(Vec::new()), Form::values);
    let values = match values {
        Ok(values) => values,
        Err((at, why)) => {
            // Back to what is wrong, said beside it.
            let mut dialog = dialog;
            dialog.remark = Some(why);
            if let Some(form) = &mut dialog.form {
                form.at = at;
            }
            state.dialog = Some(dialog);
            return;
        }
    };
    state.actions.begin_group();
    match dialog.ask {
        Ask::Route { calls, choices, chosen, .. } => {
            let to = choices.get(chosen).map(|owner| owner.name.clone());
            let name = to.as_ref().map_or("", |name| name.as_str()).to_owned();
            for_each(state, calls, effects, |about| {
                (format!("route {about} to {name}"), Order::Route { to: to.clone() })
            });
        }
        Ask::Opportunity { call, convert, draft: Some(Ok(_)) } => {
            let (what, order) = opportunity(state, values, convert);
            intent::act(state, call, order, &what, effects);
        }
        // Nothing to confirm yet, or nothing at all: the dialog stays.
        ask @ Ask::Opportunity { .. } => state.dialog = Some(Dialog { ask, ..dialog }),
        Ask::Choose { calls, choice, chosen } => {
            let words = values.into_iter().find_map(|value| match value {
                Value::Words(words) => Some(words),
                _ => None,
            });
            if choice.disposition(chosen) == Some(Disposition::NotBooked) && words.is_none() {
                let remark = Some("say why it was not booked".to_owned());
                let form = dialog.form.map(Form::begin_at_first);
                let ask = Ask::Choose { calls, choice, chosen };
                state.dialog = Some(Dialog { ask, remark, form, ..dialog });
                return;
            }
            choose(state, calls, &choice, chosen, words.as_ref(), effects);
        }
        Ask::Reschedule { calls } => {
            if let Some(Value::Moment(at)) = values.first() {
                let said = when::said(at, &state.hub_now().to_zoned(state.zone.clone()));
                let due = at.timestamp();
                for_each(state, calls, effects, |about| {
                    (format!("ring {about} {said}"), Order::Reschedule { due })
                });
            }
        }
        Ask::Deed { calls, deed } => {
            for_each(state, calls, effects, |about| {
                (format!("{} {about}", deed.words()), deed.order())
            });
        }
        Ask::Urgency { calls } => {
            for (call, urgency) in calls {
                let what = format!("urgency {urgency} for {}", about(state, &call));
                intent::act(state, call, Order::Urgency { urgency }, &what, effects);
            }
            state.marked.clear();
        }
        Ask::Edit { write, sobject, values, long } => {
            match dialog.form.as_ref().and_then(|form| edit::order(form, &values)) {
                Some(order) => intent::act_on_write(state, write, order, effects),
                None => {
                    let remark =
                        Some("nothing is changed; a retry writes the same again".to_owned());
                    let ask = Ask::Edit { write, sobject, values, long };
                    state.dialog = Some(Dialog { ask, remark, ..dialog });
                }
            }
        }
        Ask::Which { write, candidates, may_save_anyway, chosen } => {
            let order = match candidates.get(chosen) {
                Some(candidate) => Some(WriteOrder::Use { record: candidate.id.clone() }),
                None => may_save_anyway.then_some(WriteOrder::SaveAnyway),
            };
            if let Some(order) = order {
                intent::act_on_write(state, write, order, effects);
            }
        }
        Ask::Discard { writes, .. } => {
            for write in writes {
                intent::act_on_write(state, write, WriteOrder::Discard, effects);
            }
            state.marked_writes.clear();
        }
        Ask::Hold { places, chosen } => hold::run(state, &places, chosen, effects),
        Ask::Retry { writes } => {
            let many = writes.len();
            for write in writes {
                intent::act_on_write(state, write, WriteOrder::Retry, effects);
            }
            state.marked_writes.clear();
            say(state, false, format!("retrying {many} writes …"));
        }
    }
}

/// Does what was chosen of a list to each of `calls`, with a reason or a note.
fn choose(
    state: &mut State,
    calls: Vec<CallId>,
    choice: &Choice,
    chosen: usize,
    words: Option<&Text>,
    effects: &mut Vec<Effect>,
) {
    if let Some(disposition) = choice.disposition(chosen) {
        for_each(state, calls.clone(), effects, |about| {
            let reason = words.cloned();
            let what = format!("{}: {about}", disposition.words());
            (what, Order::Dispose { disposition, reason })
        });
    }
    let said = choice.words(chosen);
    match choice {
        Choice::Dispose => {}
        Choice::WrapUp => for_each(state, calls, effects, |about| {
            // What became of it was said above; words without that are a remark.
            let disposition = words.filter(|_| choice.disposition(chosen).is_none()).cloned();
            (format!("wrap up {about}"), Order::WrapUp { disposition })
        }),
        Choice::Attempt => {
            let Some(outcome) = OUTCOMES.get(chosen).copied() else { return };
            for_each(state, calls, effects, |about| {
                let note = words.cloned();
                (format!("rang {about}: {said}"), Order::Attempt { outcome, note })
            });
        }
        Choice::Service(_) => for_each(state, calls, effects, |about| {
            (format!("{said} for {about}"), Order::Service { service: Service(said.into()) })
        }),
        Choice::Assign(_) => for_each(state, calls, effects, |about| {
            (format!("{said} rings back {about}"), Order::AssignCallback { to: said.into() })
        }),
    }
}

/// Asks the same of each of `calls`; the marks have served.
fn for_each(
    state: &mut State,
    calls: Vec<CallId>,
    effects: &mut Vec<Effect>,
    order: impl Fn(&str) -> (String, Order),
) {
    let many = calls.len();
    for call in calls {
        let (what, order) = order(&about(state, &call));
        intent::act(state, call, order, &what, effects);
    }
    if many > 1 {
        say(state, false, format!("{many} actions are on their way …"));
    }
    state.marked.clear();
}

/// What the form of an Opportunity or a conversion says.
fn opportunity(state: &State, values: Vec<Value>, convert: bool) -> (String, Order) {
    let (mut name, mut amount, mut stage, mut close_date) = (None, None, None, None);
    for value in values {
        match value {
            // The name stands before the stage.
            Value::Words(words) if name.is_none() => name = Some(words),
            Value::Words(words) => stage = Some(words),
            Value::Amount(money) => amount = Some(money),
            Value::Day(day) => close_date = Some(day),
            Value::Nothing | Value::LeftOut | Value::Moment(_) => {}
        }
    }
    let shown = state.masked(name.as_ref().map_or("", |name| name.as_str())).into_owned();
    if convert {
        (format!("convert, {shown}"), Order::Convert { name, amount })
    } else {
        (format!("create {shown}"), Order::Opportunity { name, amount, stage, close_date })
    }
}
