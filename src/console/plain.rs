//! The board as lines, one for every change: for pipes, logs and screen readers, and for
//! terminals that can't place a cursor. No colours, no cursor, no keys.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    io::{self, Write},
};

use jiff::{Timestamp, tz::TimeZone};
use tokio::sync::mpsc;

use super::{
    link::{FromLink, Obstacle},
    signals::Signals,
};
use crate::{
    call::{CallState, Phone, Text},
    wire::{
        CallSummary, Destination, FailingChannel, FailingSource, Fault, FromHub, Status, Sync,
        WriteState, WriteSummary,
    },
};

/// Prints until the reader goes away or the process is told to end.
pub(super) async fn run(mut said: mpsc::Receiver<FromLink>, ascii: bool) -> io::Result<()> {
    let mut signals = Signals::listen()?;
    let mut plain = Plain::default();
    loop {
        let said = tokio::select! {
            told = signals.next() => match told {
                Some(super::signals::Told::End) => return Ok(()),
                _ => continue,
            },
            said = said.recv() => match said {
                Some(said) => said,
                None => return Ok(()),
            },
        };
        let mut out = io::stdout().lock();
        for line in plain.hear(said, Timestamp::now()) {
            let line = super::text::plain(&line, ascii);
            match writeln!(out, "{line}").and_then(|()| out.flush()) {
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
                outcome => outcome?,
            }
        }
    }
}

/// What has been said already, so that only changes are.
struct Plain {
    zone: TimeZone,
    calls: HashMap<String, String>,
    writes: HashMap<String, WriteState>,
    destination: Option<Destination>,
    failing: BTreeSet<String>,
    lost: Option<String>,
}

impl Default for Plain {
    fn default() -> Self {
        Self {
            zone: TimeZone::UTC,
            calls: HashMap::new(),
            writes: HashMap::new(),
            destination: None,
            failing: BTreeSet::new(),
            lost: None,
        }
    }
}

impl Plain {
    /// The lines for what the link says at `now`.
    fn hear(&mut self, said: FromLink, now: Timestamp) -> Vec<String> {
        let mut lines = Vec::new();
        match said {
            FromLink::Lost { mut why, obstacle, .. } => {
                why.push_str(match obstacle {
                    Obstacle::Silence => "",
                    Obstacle::Token => "; check --token-file, CALLBOARD_TOKEN or console.token",
                    Obstacle::Address => "; check --hub, CALLBOARD_HUB or console.hub",
                });
                // Every try fails for the same reason: said once.
                if self.lost.as_ref() != Some(&why) {
                    lines.push(format!("link lost: {why}"));
                    self.lost = Some(why);
                }
            }
            FromLink::Hub(message) => self.hub(message, now, &mut lines),
            FromLink::Answer { .. }
            | FromLink::Held { .. }
            | FromLink::Draft { .. }
            | FromLink::Page { .. } => {}
        }
        let time = now.to_zoned(self.zone.clone()).strftime("%H:%M:%S").to_string();
        lines.into_iter().map(|line| format!("{time} {line}")).collect()
    }

    fn hub(&mut self, message: FromHub, now: Timestamp, lines: &mut Vec<String>) {
        match message {
            FromHub::Hello(hello) => {
                self.zone = TimeZone::get(hello.zone.as_str()).unwrap_or(TimeZone::UTC);
                self.lost = None;
                let demo = if hello.demo { " (DEMO: nothing here is real)" } else { "" };
                lines.push(format!("live: {}, as {}{demo}", hello.business, hello.operator));
            }
            FromHub::Snapshot { mut calls, writes, status } => {
                calls.sort_by_key(|call| (std::cmp::Reverse(call.urgency), call.began_at));
                self.changed(calls, writes, lines);
                self.status(status, now, lines);
            }
            FromHub::Update { calls, gone_calls, writes, gone_writes, status } => {
                self.changed(calls, writes, lines);
                for id in gone_calls {
                    self.calls.remove(id.as_str());
                }
                for id in gone_writes {
                    self.writes.remove(&id);
                }
                if let Some(status) = status {
                    self.status(status, now, lines);
                }
            }
            FromHub::Goodbye { .. }
            | FromHub::Detail(_)
            | FromHub::Beat { .. }
            | FromHub::Unknown => {}
        }
    }

    fn changed(
        &mut self,
        calls: Vec<CallSummary>,
        writes: Vec<WriteSummary>,
        lines: &mut Vec<String>,
    ) {
        for call in calls {
            let line = call_line(&call);
            let before = self.calls.insert(call.id.as_str().to_owned(), line.clone());
            if before.as_ref() != Some(&line) {
                lines.push(line);
            }
        }
        for write in writes {
            let before = self.writes.insert(write.id.clone(), write.state);
            if before != Some(write.state) && write.state == WriteState::Failed {
                let why = write.problem.as_ref();
                let why = why.map(|p| format!(": {} {}", p.code, p.message)).unwrap_or_default();
                lines.push(format!("write failed: {} for {}{why}", write.title, write.call));
            }
        }
    }

    fn status(&mut self, status: Status, now: Timestamp, lines: &mut Vec<String>) {
        let channel = |it: FailingChannel| {
            let fails = format!("{} takes no notices", it.channel);
            let people: Vec<&str> = it.people.iter().map(Text::as_str).collect();
            let said = match &people[..] {
                [] => fails.clone(),
                people => format!("{fails}: {} not told", people.join(", ")),
            };
            (fails, said)
        };
        let source = |it: FailingSource| {
            let (fails, see) = match it.fault {
                Fault::Refused => (format!("webhooks of {} refused", it.source), ""),
                Fault::Unread => (format!("webhooks of {} not understood", it.source), "see "),
            };
            let said = format!("{fails}: {see}{}", it.why);
            (fails, said)
        };
        let sources = status.failing_sources.into_iter().filter(|it| it.is_worth_telling(now));
        let channels = status.failing_channels.into_iter().map(channel);
        let failing: BTreeMap<String, String> = channels.chain(sources.map(source)).collect();
        let is_new = |fails: &&String| !self.failing.contains(*fails);
        lines.extend(failing.keys().filter(is_new).map(|fails| failing[fails].clone()));
        let is_over = |fails: &&String| !failing.contains_key(*fails);
        lines.extend(self.failing.iter().filter(is_over).map(|it| format!("no longer: {it}")));
        self.failing = failing.into_keys().collect();
        self.destination(status.salesforce, lines);
    }

    fn destination(&mut self, now: Destination, lines: &mut Vec<String>) {
        let word = |destination: &Destination| match destination {
            Destination::None => "off",
            Destination::Open => "open",
            Destination::Paused => "paused: writes wait",
            Destination::Broken { .. } => "out of order: writes wait",
        };
        // A hub that keeps its own board has nothing to say of one.
        let before = self.destination.as_ref().unwrap_or(&Destination::None);
        if word(before) != word(&now) {
            lines.push(format!("Salesforce {}", word(&now)));
        }
        self.destination = Some(now);
    }
}

/// A call in words: how urgent, what it does, who, what for, whose, whether Salesforce has it.
fn call_line(call: &CallSummary) -> String {
    let state = match call.state {
        CallState::New => "new",
        CallState::Ringing => "ringing",
        CallState::Talking => "talking",
        CallState::Transfer => "being handed over",
        CallState::Ended => "ended",
        CallState::Missed => "missed",
        CallState::Chat => "chat",
    };
    let state = if call.wrapped_up { "wrapped up" } else { state };
    let number = call.phone.as_ref().map(Phone::national).unwrap_or_default();
    let who = match &call.name {
        Some(name) => format!("{name} {number}"),
        None if number.is_empty() => "number withheld".to_owned(),
        None => number,
    };
    let mut parts = vec![format!("urgency {} {}", call.urgency, call.rating), state.to_owned()];
    parts.push(who.trim().to_owned());
    parts.extend(call.wants.as_ref().map(ToString::to_string));
    parts.extend(call.budget.map(|budget| budget.to_string()));
    parts.push(match &call.owner {
        Some(owner) => format!("owner {owner}"),
        None => "owner nobody".to_owned(),
    });
    match call.sync {
        Sync::Done => parts.push("in Salesforce".to_owned()),
        Sync::Failed => parts.push("Salesforce FAILED".to_owned()),
        Sync::Held => parts.push("held for Salesforce".to_owned()),
        Sync::Nothing | Sync::Pending | Sync::Retrying => {}
    }
    parts.join(" | ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_salesforce_only_what_changes_is_told() {
        let mut plain = Plain::default();
        let mut lines = Vec::new();
        plain.destination(Destination::None, &mut lines);
        assert!(lines.is_empty(), "a hub that keeps its own board: {lines:?}");
        for now in [Destination::Open, Destination::Open, Destination::None] {
            plain.destination(now, &mut lines);
        }
        assert_eq!(lines, ["Salesforce open", "Salesforce off"]);
    }

    #[test]
    fn what_fails_is_told_once_and_when_it_is_over() {
        let since = Timestamp::UNIX_EPOCH;
        let email = FailingChannel { channel: "email".into(), since, people: vec!["Ann".into()] };
        let (source, fault, until) = ("vapi".into(), Fault::Refused, Timestamp::MAX);
        let vapi = FailingSource { source, fault, since, why: "no secret".into(), until };
        let ringly =
            FailingSource { source: "ringly".into(), fault: Fault::Unread, ..vapi.clone() };
        let told = |channels: &[&FailingChannel], sources: &[&FailingSource]| Status {
            failing_channels: channels.iter().copied().cloned().collect(),
            failing_sources: sources.iter().copied().cloned().collect(),
            ..Status::at_start(Destination::None)
        };
        let mut plain = Plain::default();
        let mut lines = Vec::new();
        for status in
            [told(&[&email], &[&vapi]), told(&[&email], &[&vapi, &ringly]), told(&[], &[&ringly])]
        {
            plain.status(status, since, &mut lines);
        }
        assert_eq!(
            lines,
            [
                "email takes no notices: Ann not told",
                "webhooks of vapi refused: no secret",
                "webhooks of ringly not understood: see no secret",
                "no longer: email takes no notices",
                "no longer: webhooks of vapi refused",
            ]
        );
        // What is over by the clock is not told, and another reason is no other trouble.
        let over = FailingSource { source: "acme".into(), until: since, ..ringly.clone() };
        let other = FailingSource { why: "mapping.event".into(), ..ringly };
        plain.status(told(&[], &[&other, &over]), since, &mut lines);
        assert_eq!(lines.len(), 5, "{lines:?}");
    }
}
