//! The Task of a promise to ring back: open until it is kept or withdrawn, due when the caller is.

use jiff::SignedDuration;

use super::{
    custom, record,
    record::Content,
    rules::Planner,
    settings::Settings,
    target::Target,
    tasks::{Kind, Made},
    words,
    write::Step,
};
use crate::{
    call::{
        Action, AttemptOutcome, Call, Callback, CallbackAttempt, CallbackState, Disposition, Phone,
        Rating, Text,
    },
    dispatch,
};

/// The `Status` of a Task that is to be done, and of one that is not.
const OPEN: &str = "Not Started";
const CLOSED: &str = "Completed";

impl Planner<'_> {
    /// Keeps the Task of the call's promise as the promise is. It is made once the call is over,
    /// for until then the time changes with every word; or when that time has come, for the end of
    /// some calls is never heard.
    pub(super) fn callback(&self, target: &Target) -> Option<Step> {
        let Self { call, settings, now, .. } = self;
        if !settings.callback_tasks {
            return None;
        }
        let promise = dispatch::promise(call, &settings.dispatch);
        let state = promise.as_ref().map(|promise| promise.state);
        let stands = matches!(state, Some(CallbackState::Waiting | CallbackState::Done));
        let open = state == Some(CallbackState::Waiting);
        let made = self.made(Kind::Callback);
        match made {
            Made::Not => {
                let has_come = promise.as_ref().is_some_and(|promise| promise.due <= *now);
                if !stands || call.state().is_live() && !has_come {
                    return None;
                }
            }
            // Withdrawn before anybody in Salesforce saw it.
            Made::Waits(write) if !stands && write.never_arrived() => {
                return Some(Step::Supersede(write.id.clone()));
            }
            _ => {}
        }
        let wait = match made {
            // What an operator did can be taken back for so long.
            Made::There(_) => settings.grace(),
            _ => SignedDuration::from_secs(settings.settle_seconds.into()),
        };
        let whole = open || matches!(made, Made::Not);
        let content = content(call, promise.as_ref(), whole, settings);
        let update = if open { "Update callback task" } else { "Close callback task" };
        self.keep(Kind::Callback, target, ["Callback task", update], content, wait)
    }
}

/// The fields of the Task; of one that is closed (not `whole`) only what closing it changes.
fn content(call: &Call, promise: Option<&Callback>, whole: bool, settings: &Settings) -> Content {
    let mut content = Content::default();
    let open = promise.is_some_and(|promise| promise.state == CallbackState::Waiting);
    content.main("Status", if open { OPEN } else { CLOSED });
    content.main("IsReminderSet", open);
    content
        .main("Description", words::cut(description(call, promise, settings), settings.long_text));
    let Some(promise) = promise else { return content };
    if !whole {
        return content;
    }
    content.main("OwnerId", owner_id(call, promise, settings));
    content.main("Subject", words::cut(subject(call, promise), 255));
    content.main("Priority", if call.rating() == Rating::Hot { "High" } else { "Normal" });
    let due = promise.due.to_zoned(settings.zone.clone());
    content.main("ActivityDate", due.date().to_string());
    content.main("ReminderDateTime", record::instant(promise.due));
    for (name, value) in custom::values(call, "Task", settings) {
        content.along(name, value);
    }
    content
}

/// `Call back Jane Whitfield: smart thermostat installation`.
fn subject(call: &Call, promise: &Callback) -> String {
    let number = promise.number.as_ref().map(Phone::national);
    let name = call.name().map(|name| name.as_str().to_owned());
    let who = name.or(number).unwrap_or_else(|| "the caller".to_owned());
    let wants = call.assessment.wants.as_ref().map(|wants| format!(": {wants}"));
    format!("Call back {who}{}", wants.unwrap_or_default())
}

/// Why there is nothing left to do, the number, why they are to be rung, and every try.
fn description(call: &Call, promise: Option<&Callback>, settings: &Settings) -> String {
    let Some(promise) = promise else {
        return "Withdrawn: nobody is to be rung back after all.".to_owned();
    };
    let asked = match promise.asked {
        true => "Asked to be called back.",
        false if call.was_answered() => "Cut off by a failure of the voice agent.",
        false => "Missed call.",
    };
    let again = (!promise.calls.is_empty())
        .then(|| format!("Called {} times in all.", promise.calls.len().saturating_add(1)));
    let tries = promise.attempts.iter().map(|attempt| told(attempt, settings));
    let lines = [
        ending(call, promise),
        promise.number.as_ref().map(|number| format!("Number: {number}")),
        Some(asked.to_owned()),
        again,
        words::description(call),
    ];
    lines.into_iter().flatten().chain(tries).collect::<Vec<_>>().join("\n")
}

/// `2026-11-21 14:05, Dana: left a voicemail (her sister answers)`.
fn told(attempt: &CallbackAttempt, settings: &Settings) -> String {
    let CallbackAttempt { at, operator, outcome, note } = attempt;
    let at = at.to_zoned(settings.zone.clone()).strftime("%Y-%m-%d %H:%M");
    let note = note.as_ref().map(|note| format!(" ({note})")).unwrap_or_default();
    format!("{at}, {operator}: {}{note}", outcome.words())
}

/// How the promise ended; none while it is to be kept.
fn ending(call: &Call, promise: &Callback) -> Option<String> {
    let by = |said: &dyn Fn(&Action) -> bool| -> Option<&Text> {
        let actions = call.actions().into_iter().rev();
        actions.map(|(_, acted)| acted).find(|acted| said(&acted.action)).map(|it| &it.operator)
    };
    let closed = |reason: &str, by: Option<&Text>| {
        Some(
            by.map_or(format!("Withdrawn: {reason}."), |by| format!("Withdrawn: {reason} ({by}).")),
        )
    };
    match promise.state {
        CallbackState::Waiting => None,
        CallbackState::Done => Some("Kept: the caller was rung back.".to_owned()),
        CallbackState::Joined => closed("an earlier call of the same number has the promise", None),
        CallbackState::Suppressed => {
            let by = promise.suppressed.as_ref().and_then(|said| said.by.as_ref());
            closed("the number is not to be called", by)
        }
        CallbackState::Dismissed => {
            let wrong = |it: &CallbackAttempt| it.outcome == AttemptOutcome::WrongNumber;
            let dismissed = |it: &Action| matches!(it, Action::CallbackDone { kept: false });
            if promise.attempts.last().is_some_and(wrong) {
                return closed("it is a wrong number", None);
            }
            if let Some(by) = by(&dismissed) {
                return closed("it is not needed", Some(by));
            }
            match call.disposed().map(|disposed| (disposed.disposition, disposed.operator)) {
                Some((it @ (Disposition::Spam | Disposition::WrongNumber), by)) => {
                    closed(it.words(), Some(&by))
                }
                _ => {
                    closed("the call was wrapped up", by(&|it| matches!(it, Action::WrapUp { .. })))
                }
            }
        }
    }
}

/// The Salesforce user of whoever is to ring. A queue can't be told to: it may not take Tasks.
fn owner_id<'a>(call: &'a Call, promise: &Callback, settings: &'a Settings) -> Option<&'a str> {
    let name = promise.owner.as_ref()?;
    let person = settings.roster.iter().find(|person| person.name == *name);
    let routed =
        call.ownership().filter(|owned| owned.to == name).map(|owned| owned.owner_id.as_str());
    let id = person.map(|person| person.owner_id.as_str()).or(routed);
    id.filter(|id| id.starts_with("005"))
}
