//! Dialogs: what leaves the building is shown first and done by a key of its own.

use crossterm::event::{KeyCode, KeyEvent};

use super::{Effect, about, intent, refusal, say};
use crate::{
    call::{CallId, Text},
    console::{
        keys::{Binding, Intent},
        state::{Ask, DISPOSITIONS, Dialog, State, View},
        view::layout,
    },
    wire::{Order, Owner, WriteOrder, WriteState},
};

/// Opens the dialog of an action on the call in sight.
pub(super) fn open(state: &mut State, wish: Intent, effects: &mut Vec<Effect>) {
    let Some(call) = state.call_in_sight().cloned() else {
        say(state, true, "no call is selected");
        return;
    };
    let Some(row) = state.board.calls.get(&call) else { return };
    let ask = match wish {
        Intent::Route => {
            let (choices, proposed) = choices(state, &call);
            if choices.is_empty() {
                say(state, true, "there is nobody to route to; add people to the hub's roster");
                return;
            }
            let chosen = proposed.unwrap_or(0);
            Ask::Route { call: call.clone(), choices, proposed, chosen }
        }
        Intent::Opportunity => {
            effects.push(Effect::Draft(call.clone()));
            Ask::Opportunity { call: call.clone(), draft: None }
        }
        _ => Ask::WrapUp { call: call.clone(), live: row.summary.state.is_live(), chosen: 0 },
    };
    state.notice = None;
    state.dialog = Some(Dialog { ask, about: about(state, &call), remark: None });
}

/// Opens the dialog of an action on writes.
pub(super) fn open_write(state: &mut State, wish: Intent) {
    let (ask, subject) = if wish == Intent::RetryAll {
        let writes: Vec<String> = state.board.failed_writes().map(|w| w.id.clone()).collect();
        if writes.is_empty() {
            say(state, true, "nothing to retry: no write has failed");
            return;
        }
        (Ask::RetryAll { writes }, String::new())
    } else {
        let selected = state.writes.selected.as_ref().filter(|_| state.view == View::Writes);
        let write = selected.and_then(|id| state.board.writes.get(id));
        let Some(write) = write.filter(|write| write.state == WriteState::Failed) else {
            say(state, true, "only a failed write can be discarded: select it in 3 Writes");
            return;
        };
        let subject = about(state, &write.call);
        (Ask::Discard { write: write.id.clone(), title: write.title.to_string() }, subject)
    };
    state.notice = None;
    state.dialog = Some(Dialog { ask, about: subject, remark: None });
}

/// Who a call can be given to: those whose service it is first; and whom the hub proposes.
fn choices(state: &State, call: &CallId) -> (Vec<Owner>, Option<usize>) {
    let row = state.board.calls.get(call).map(|row| &row.summary);
    let service = row.and_then(|row| row.service.as_ref()).map(|service| &service.0);
    let does = |owner: &Owner| {
        owner.services.is_empty() || service.is_some_and(|s| owner.services.contains(s))
    };
    let mut choices = state.hello.as_ref().map(|hello| hello.owners.clone()).unwrap_or_default();
    choices.sort_by_key(|owner| !does(owner));
    let proposal = row.and_then(|row| row.proposal.as_ref());
    let proposed = proposal.and_then(|name| choices.iter().position(|owner| owner.name == *name));
    (choices, proposed)
}

pub(super) fn key(
    state: &mut State,
    binding: Option<&'static Binding>,
    event: KeyEvent,
    effects: &mut Vec<Effect>,
) {
    match binding.map(|binding| binding.intent) {
        Some(Intent::Back) => state.dialog = None,
        Some(Intent::Quit) => effects.push(Effect::Quit),
        // The terminal was made smaller under the question: it is not on screen.
        _ if layout::is_too_small(state.size) => {
            if let Some(refusal) = refusal(state) {
                say(state, true, refusal);
            }
        }
        Some(Intent::Confirm) => confirm(state, effects),
        Some(Intent::Up) => choose(state, |chosen, _| chosen.saturating_sub(1)),
        Some(Intent::Down) => choose(state, |chosen, most| (chosen + 1).min(most)),
        _ => match event.code {
            KeyCode::Char(digit @ '1'..='9') => {
                let wanted = usize::from(digit as u8 - b'1');
                choose(state, |chosen, most| if wanted <= most { wanted } else { chosen });
            }
            KeyCode::Enter => remark(state, "Enter does nothing here, so that no habit acts."),
            _ => {}
        },
    }
}

fn remark(state: &mut State, text: &str) {
    if let Some(dialog) = &mut state.dialog {
        dialog.remark = Some(text.to_owned());
    }
}

fn choose(state: &mut State, next: impl Fn(usize, usize) -> usize) {
    match state.dialog.as_mut().map(|dialog| &mut dialog.ask) {
        Some(Ask::Route { choices, chosen, .. }) => {
            *chosen = next(*chosen, choices.len().saturating_sub(1));
        }
        Some(Ask::WrapUp { chosen, .. }) => *chosen = next(*chosen, DISPOSITIONS.len() - 1),
        _ => {}
    }
}

/// Does what the dialog says, to what it was opened for.
fn confirm(state: &mut State, effects: &mut Vec<Effect>) {
    // The link may have gone since the dialog opened.
    if let Some(refusal) = refusal(state) {
        remark(state, &refusal);
        return;
    }
    let Some(Dialog { ask, about, remark }) = state.dialog.take() else { return };
    match ask {
        Ask::Route { call, choices, chosen, .. } => {
            let to = choices.get(chosen).map(|owner| owner.name.clone());
            let name = to.as_ref().map_or("", |name| name.as_str());
            let what = format!("route {about} to {name}");
            intent::act(state, call, Order::Route { to }, &what, effects);
        }
        Ask::Opportunity { call, draft: Some(Ok(draft)) } => {
            let what = format!("create {}", state.masked(draft.name.as_str()));
            let order = Order::Opportunity {
                name: Some(draft.name),
                amount: draft.amount,
                stage: Some(draft.stage),
                close_date: Some(draft.close_date),
            };
            intent::act(state, call, order, &what, effects);
        }
        // Nothing to confirm yet, or nothing at all: the dialog stays.
        ask @ Ask::Opportunity { .. } => state.dialog = Some(Dialog { ask, about, remark }),
        Ask::WrapUp { call, chosen, .. } => {
            let disposition = (chosen > 0).then(|| Text::from(DISPOSITIONS[chosen]));
            let what = format!("wrap up {about}");
            intent::act(state, call, Order::WrapUp { disposition }, &what, effects);
        }
        Ask::Discard { write, .. } => {
            intent::act_on_write(state, write, WriteOrder::Discard, effects);
        }
        Ask::RetryAll { writes } => {
            let many = writes.len();
            for write in writes {
                intent::act_on_write(state, write, WriteOrder::Retry, effects);
            }
            say(state, false, format!("retrying {many} writes …"));
        }
    }
}
