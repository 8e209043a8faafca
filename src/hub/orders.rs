//! What operators ask for of calls, and the event it becomes. No IO.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use super::{call_back, desk::Desk, duties, summary};
use crate::{
    call::{
        Acted, Action, Call, CallId, CallState, CallbackState, Event, Fact, MatchKind, Money, Text,
    },
    dispatch,
    plan::{self, WriteState},
    wire::{Command, OpportunityDraft, Order, Receipt},
};

/// Why an order was not carried out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// No such call on the board or in the journal.
    #[error("there is no call {0}")]
    NoCall(String),
    /// No such write.
    #[error("there is no write {0}")]
    NoWrite(String),
    /// The order makes no sense for this call now.
    #[error("{0}")]
    NotNow(String),
    /// The order itself is wrong.
    #[error("{0}")]
    Invalid(String),
}

/// Salesforce's limit for an Opportunity's name, in characters.
const LONGEST_NAME: usize = 120;

/// More than any job costs; Salesforce takes fourteen digits before the point.
const GREATEST_AMOUNT: i64 = 1_000_000_000;

/// The longest name of a trade, in characters.
const LONGEST_TRADE: usize = 40;

/// The journal's key of the action an operator's console calls `id`.
pub(super) fn key_of(id: &str) -> String {
    format!("action:{id}")
}

/// Checks an id chosen by a client: 1 to 64 characters of `A-Za-z0-9-`.
///
/// # Errors
/// When it is anything else.
pub fn check_id(id: &str) -> Result<(), OrderError> {
    let fine =
        (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    fine.then_some(()).ok_or_else(|| {
        OrderError::Invalid("an action's id has 1 to 64 letters, digits and hyphens".to_owned())
    })
}

/// Carries out `command` on a call that is in hand.
///
/// # Errors
/// An [`OrderError`]; then nothing happened.
pub fn act(
    desk: &mut Desk,
    id: &CallId,
    operator: &Text,
    command: Command,
    now: Timestamp,
) -> Result<Receipt, OrderError> {
    check_id(&command.id)?;
    let grace = desk.settings().plan.grace();
    let zone = &desk.settings().zone.clone();
    let (call, lane) = desk.get(id).ok_or_else(|| OrderError::NoCall(id.to_string()))?;
    let key = key_of(&command.id);
    if let Some(acted) = call.action(&key) {
        return repeated(call, acted, &command, grace, zone);
    }
    has_room(desk, call)?;
    let elsewhere = plan::destination(call, lane, &desk.settings().plan);
    if let Some(to) = elsewhere
        && matches!(
            command.order,
            Order::Route { .. } | Order::Opportunity { .. } | Order::Convert { .. }
        )
    {
        return Err(OrderError::NotNow(format!(
            "this call goes to {}, which only takes new Leads",
            to.name
        )));
    }
    if !desk.settings().has_org
        && matches!(command.order, Order::Opportunity { .. } | Order::Convert { .. })
    {
        return Err(OrderError::NotNow(
            "this hub writes to no Salesforce org, so nothing would come of it; see [salesforce] in \
             the config"
                .to_owned(),
        ));
    }
    let action = match command.order {
        Order::Route { to } => route(call, to.as_ref(), desk, now)?,
        Order::Opportunity { name, amount, stage, close_date } => {
            let today = now.to_zoned(desk.settings().zone.clone()).date();
            let draft = plan::opportunity(call, &desk.settings().plan, today);
            check_opportunity(name.as_ref(), amount, stage.as_ref())?;
            Action::Opportunity {
                name: name.unwrap_or(draft.name),
                amount: amount.or(draft.amount),
                stage: stage.unwrap_or(draft.stage),
                close_date: close_date.unwrap_or(draft.close_date),
            }
        }
        Order::Convert { name, amount } => {
            if call.matched().is_some_and(|matched| matched.kind == MatchKind::Contact) {
                return Err(OrderError::NotNow(
                    "the caller is a Contact already; create an Opportunity".to_owned(),
                ));
            }
            check_opportunity(name.as_ref(), amount, None)?;
            let today = now.to_zoned(desk.settings().zone.clone()).date();
            let draft = plan::opportunity(call, &desk.settings().plan, today);
            Action::Convert {
                name: name.unwrap_or(draft.name),
                amount: amount.or(draft.amount),
                stage: draft.stage,
                close_date: draft.close_date,
            }
        }
        Order::Callback { kept } => match call.callback() {
            None => {
                return Err(OrderError::NotNow("nobody was promised a callback here".to_owned()));
            }
            Some(_) => Action::CallbackDone { kept },
        },
        Order::Acknowledge
        | Order::Claim { .. }
        | Order::Release
        | Order::Attempt { .. }
        | Order::Reschedule { .. }
        | Order::AssignCallback { .. }
        | Order::DoNotCall
        | Order::AllowCalls
        | Order::Dispose { .. } => {
            let (plan, list) = (&desk.settings().plan, desk.do_not_call());
            match duties::action(call, &command.order, operator, plan, list, now)? {
                Ok(action) => action,
                Err(message) => {
                    let id = command.id;
                    return Ok(Receipt { id, done: false, message, undo_until: None });
                }
            }
        }
        Order::CallBack { anyway } => call_back::action(desk, call, anyway, now)?,
        Order::Urgency { urgency } => Action::Urgency { urgency },
        Order::NotCallback if call.assessment.callback.is_none() => {
            return Err(OrderError::NotNow("nobody asked to be rung back here".to_owned()));
        }
        Order::NotCallback => Action::NotCallback,
        Order::Service { service } => {
            if !(1..=LONGEST_TRADE).contains(&service.0.as_str().trim().chars().count()) {
                return Err(OrderError::Invalid("a trade has 1 to 40 characters".to_owned()));
            }
            Action::Service { service }
        }
        Order::WrapUp { disposition } => {
            if call.state().is_live() && call.state() != CallState::New {
                return Err(OrderError::NotNow(
                    "the call is still going on; wrap it up when it has ended".to_owned(),
                ));
            }
            Action::WrapUp { disposition }
        }
        Order::Undo { action } => undo(call, lane, &key_of(&action), grace, zone, now)?,
    };
    if let Some(first) = already(call, &action, zone) {
        return Ok(Receipt { id: command.id, done: false, message: first, undo_until: None });
    }
    let undoable = !matches!(action, Action::Undo { .. } | Action::CallBack { .. });
    let message = match &action {
        Action::Undo { undoes } => taken_back(call, undoes, zone),
        action => said(action, zone),
    };
    let undone = match &action {
        Action::Undo { undoes } => call.action(undoes).map(|acted| acted.action.clone()),
        _ => None,
    };
    let taken_back = undone.is_some();
    desk.heed_order(id, undone.as_ref().unwrap_or(&action), taken_back, operator, now);
    let facts = vec![Fact::Acted { operator: operator.clone(), action }];
    let event = Event::of_ours(id, key, facts, now);
    desk.receive(vec![event]);
    let undo_until = undoable.then(|| now.checked_add(grace).ok()).flatten();
    Ok(Receipt { id: command.id, done: true, message, undo_until })
}

/// Whether another action can be taken: all of a call's are kept as long as it is.
pub(super) fn has_room(desk: &Desk, call: &Call) -> Result<(), OrderError> {
    if call.actions_taken() >= desk.settings().most.actions {
        return Err(OrderError::NotNow("as many actions were taken here as one call takes".into()));
    }
    Ok(())
}

/// The answer to an order whose id was carried out before: as the first time, if it was the same
/// order.
fn repeated(
    call: &Call,
    acted: &Acted,
    command: &Command,
    grace: SignedDuration,
    zone: &TimeZone,
) -> Result<Receipt, OrderError> {
    let same = matches!(
        (&command.order, &acted.action),
        (Order::Route { .. }, Action::Route { .. })
            | (Order::Opportunity { .. }, Action::Opportunity { .. })
            | (Order::Callback { .. }, Action::CallbackDone { .. })
            | (Order::CallBack { .. }, Action::CallBack { .. })
            | (Order::Urgency { .. }, Action::Urgency { .. })
            | (Order::NotCallback, Action::NotCallback)
            | (Order::Service { .. }, Action::Service { .. })
            | (Order::WrapUp { .. }, Action::WrapUp { .. })
            | (Order::Undo { .. }, Action::Undo { .. })
    ) || duties::same_order(&command.order, &acted.action);
    if !same {
        return Err(used_already(&command.id));
    }
    let (message, undo_until) = match &acted.action {
        Action::Undo { undoes } => (taken_back(call, undoes, zone), None),
        action @ Action::CallBack { .. } => (said(action, zone), None),
        action => (said(action, zone), acted.at.checked_add(grace).ok()),
    };
    Ok(Receipt { id: command.id.clone(), done: true, message, undo_until })
}

pub(super) fn used_already(id: &str) -> OrderError {
    OrderError::NotNow(format!("the id {id} was used for another action; choose a new one"))
}

/// Who did the same before, as a sentence; none when nobody did.
fn already(call: &Call, action: &Action, zone: &TimeZone) -> Option<Text> {
    let same = |known: &Action| match (known, action) {
        (Action::Route { to, .. }, Action::Route { to: other, .. }) => {
            to == other && call.owner() == Some(to)
        }
        (Action::Opportunity { .. }, Action::Opportunity { .. })
        | (Action::Convert { .. }, Action::Convert { .. }) => true,
        (Action::CallbackDone { .. }, Action::CallbackDone { .. }) => {
            call.callback().is_some_and(|callback| callback.state != CallbackState::Waiting)
        }
        (Action::WrapUp { .. }, Action::WrapUp { .. }) => true,
        (Action::Urgency { urgency }, Action::Urgency { urgency: other }) => {
            urgency == other && call.urgency() == *other
        }
        (Action::NotCallback, Action::NotCallback) => true,
        (Action::Service { service }, Action::Service { service: other }) => {
            service == other && call.service() == Some(other)
        }
        _ => duties::same(call, known, action),
    };
    let (_, acted) = call.actions().into_iter().rev().find(|(_, acted)| same(&acted.action))?;
    let told = summary::told(&acted.action, zone);
    Some(Text::new(&format!("{} already {told}", acted.operator)))
}

/// What Salesforce would refuse, or nobody can have meant.
fn check_opportunity(
    name: Option<&Text>,
    amount: Option<Money>,
    stage: Option<&Text>,
) -> Result<(), OrderError> {
    let wrong = |what: &str| Err(OrderError::Invalid(what.to_owned()));
    if name.is_some_and(|name| name.is_empty() || name.as_str().chars().count() > LONGEST_NAME) {
        return wrong("an Opportunity's name has 1 to 120 characters");
    }
    if stage.is_some_and(Text::is_empty) {
        return wrong("an Opportunity's stage is not empty");
    }
    if amount.is_some_and(|amount| amount < Money::dollars(0)) {
        return wrong("an Opportunity's amount is not negative");
    }
    if amount.is_some_and(|amount| amount > Money::dollars(GREATEST_AMOUNT)) {
        return wrong("an Opportunity's amount is at most a billion dollars");
    }
    Ok(())
}

/// Whose action was taken back, and which.
fn taken_back(call: &Call, undoes: &str, zone: &TimeZone) -> Text {
    call.action(undoes).map_or("Taken back".into(), |acted| {
        let told = summary::told(&acted.action, zone);
        Text::new(&format!("Taken back: {} {told}", acted.operator))
    })
}

pub(super) fn said(action: &Action, zone: &TimeZone) -> Text {
    let told = summary::told(action, zone);
    let mut letters = told.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    Text::new(&format!("{first}{}", letters.as_str()))
}

fn route(
    call: &Call,
    to: Option<&Text>,
    desk: &Desk,
    now: Timestamp,
) -> Result<Action, OrderError> {
    let plan = &desk.settings().plan;
    let mut reason = None;
    let person = match to {
        Some(name) => plan.roster.iter().find(|person| person.name == *name).ok_or_else(|| {
            let known: Vec<&str> = plan.roster.iter().map(|person| person.name.as_str()).collect();
            OrderError::Invalid(format!("{name} is not on the roster ({})", known.join(", ")))
        })?,
        None => {
            let grounds = plan::grounds(call, plan);
            let proposal = dispatch::propose(&grounds, &plan.people(), desk.load(), now);
            let proposal = proposal.ok_or_else(|| {
                OrderError::NotNow(
                    "nobody on the roster fits; add people under [plan] in the config".to_owned(),
                )
            })?;
            reason = Some(proposal.reason);
            proposal.person
        }
    };
    let owner_id = Text::new(&person.owner_id);
    Ok(Action::Route { to: person.name.clone(), owner_id, reason })
}

fn undo(
    call: &Call,
    lane: &[plan::Write],
    key: &str,
    grace: SignedDuration,
    zone: &TimeZone,
    now: Timestamp,
) -> Result<Action, OrderError> {
    let (_, acted) = call
        .actions()
        .into_iter()
        .find(|(known, _)| *known == key)
        .ok_or_else(|| OrderError::NotNow("there is no such action to take back".to_owned()))?;
    let what = summary::told(&acted.action, zone);
    if matches!(acted.action, Action::CallBack { .. }) {
        return Err(OrderError::NotNow(format!("too late to undo: {} {what}", acted.operator)));
    }
    let sent = lane.iter().any(|write| {
        let mine = write.by.as_ref().is_some_and(|by| by.event == key);
        mine && (write.state == WriteState::InFlight || write.state.is_end())
    });
    if sent {
        return Err(OrderError::NotNow(format!(
            "too late to undo: Salesforce has it that {} {what}",
            acted.operator
        )));
    }
    if now.duration_since(acted.at) > grace + SignedDuration::from_secs(1) {
        return Err(OrderError::NotNow(format!(
            "too late to undo: {} {what} more than {} s ago",
            acted.operator,
            grace.as_secs()
        )));
    }
    Ok(Action::Undo { undoes: key.to_owned() })
}

/// The Opportunity that `o` would create.
///
/// # Errors
/// When the call is not in hand.
pub fn draft(desk: &Desk, id: &CallId, now: Timestamp) -> Result<OpportunityDraft, OrderError> {
    let (call, _) = desk.get(id).ok_or_else(|| OrderError::NoCall(id.to_string()))?;
    let today = now.to_zoned(desk.settings().zone.clone()).date();
    let proposed = plan::opportunity(call, &desk.settings().plan, today);
    Ok(OpportunityDraft {
        name: proposed.name,
        amount: proposed.amount,
        stage: proposed.stage,
        close_date: proposed.close_date,
        account: proposed.account,
    })
}
