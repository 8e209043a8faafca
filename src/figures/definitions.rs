//! What each figure is called, what it means, and how it is said.

use super::tally::{Figures, Share, Spread};
use crate::call::Money;

/// A figure's name and meaning.
#[derive(Clone, Copy, Debug)]
pub struct Definition {
    /// Its name in JSON.
    pub id: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// What it is.
    pub meaning: &'static str,
    /// Whether it is about what goes to Salesforce, and says nothing where nothing does.
    pub of_salesforce: bool,
    /// Its value as text.
    say: fn(&Figures) -> String,
}

/// Every figure, in the order in which reports show them.
pub const DEFINITIONS: &[Definition] = &[
    figure(
        "offered",
        "Calls offered",
        "Inbound calls that are over. Spam and wrong numbers count in no figure.",
        |f| f.offered.to_string(),
    ),
    figure("answered", "Answer rate", "Offered calls that a person or agent took.", |f| {
        share(f.answered)
    }),
    figure("missed", "Missed", "Offered calls that nobody took.", |f| f.missed.to_string()),
    figure(
        "abandoned",
        "Abandonment",
        "Offered calls that nobody took and in which no message was left.",
        |f| share(f.abandoned),
    ),
    figure("service_level", "Service level", "Offered calls answered within 20 seconds, where the time of the answer is known.", |f| {
        share(f.service_level)
    }),
    figure(
        "speed_of_answer",
        "ASA",
        "Average speed of answer: from the first ring to the answer, mean over answered calls.",
        |f| span(f.speed_of_answer.mean),
    ),
    figure(
        "handle_time",
        "AHT",
        "Average handle time: the conversation, mean over answered calls.",
        |f| span(f.handle_time.mean),
    ),
    figure(
        "speed_to_lead",
        "Speed to lead",
        "From the first ring (or the chat) until the caller had somebody: the answer, or the first try to ring back. Median and 90th percentile.",
        |f| spread(f.speed_to_lead),
    ),
    figure(
        "reached_in_five_minutes",
        "Reached in 5 min",
        "Callers and chats that had somebody within five minutes. Those nobody tried to reach count against it.",
        |f| share(f.reached_in_five_minutes),
    ),
    figure(
        "never_attempted",
        "Never attempted",
        "Callers and chats that nobody answered or tried to ring back.",
        |f| f.never_attempted.to_string(),
    ),
    figure(
        "time_to_route",
        "Time to route",
        "From the first ring until the call was given to somebody, over those that were. Median and 90th percentile.",
        |f| spread(f.time_to_route),
    ),
    figure(
        "time_to_acknowledge",
        "Time to acknowledge",
        "From then until they said that they are on it. Median and 90th percentile.",
        |f| spread(f.time_to_acknowledge),
    ),
    figure(
        "callback_requests",
        "Callback requests",
        "Answered calls in which the caller asked to be rung back. The benchmark is 25.4 % (632 of 2,487 calls).",
        |f| share(f.callback_requests),
    ),
    figure(
        "callbacks_in_time",
        "Callback SLA",
        "Promises to ring back that were kept by the time they were due, of those kept or overdue.",
        |f| share(f.callbacks_in_time),
    ),
    figure("callbacks_late", "Callbacks late", "Promises that are overdue now.", |f| {
        f.callbacks_late.to_string()
    }),
    figure(
        "captured",
        "Capture rate",
        "Callers and chats for whom a Lead or Contact stands in Salesforce; none where no org is connected.",
        |f| share(f.captured),
    )
    .of_salesforce(),
    figure(
        "delivery_milliseconds",
        "CRM latency p95",
        "From when a write was called for until Salesforce had it: 95 of 100 took no longer. What waited to be sent with others counts in full.",
        |f| milliseconds(f.delivery_milliseconds.p95),
    )
    .of_salesforce(),
    figure(
        "delivered",
        "Delivery success",
        "Writes that reached Salesforce, of those that did, failed or were given up.",
        |f| share(f.delivered),
    )
    .of_salesforce(),
    figure(
        "booked",
        "Booking rate",
        "Answered calls with a need that ended in a booked job.",
        |f| share(f.booked),
    ),
    figure("chats", "Chats", "Chats and forms that became leads.", |f| f.chats.to_string()),
    figure("outbound", "Calls made", "Calls we made.", |f| f.outbound.to_string()),
    figure(
        "noise",
        "Spam, wrong number",
        "Calls that an operator found to be spam or a wrong number.",
        |f| f.noise.to_string(),
    ),
    figure(
        "revenue_at_risk",
        "Revenue at risk",
        "Missed calls that nobody rang back \u{d7} 20 % who would have become customers \u{d7} $3,500.",
        |f| money(f.revenue_at_risk),
    ),
    figure(
        "monthly_loss",
        "Monthly loss",
        "Missed calls, as many as in 30 days at this rate \u{d7} 20 % \u{d7} $3,500: 31 are $21,700. From a week on.",
        |f| projected(f.monthly_loss),
    ),
    figure(
        "yearly_loss",
        "Yearly loss",
        "Twelve times the monthly loss: $260,400 at 31 missed calls a month. From a week on.",
        |f| projected(f.yearly_loss),
    ),
    figure(
        "api_calls",
        "API calls per call",
        "Salesforce API calls for each phone call since the hub started.",
        |f| f.api_calls.map_or_else(nothing, ratio),
    )
    .of_salesforce(),
];

const fn figure(
    id: &'static str,
    title: &'static str,
    meaning: &'static str,
    say: fn(&Figures) -> String,
) -> Definition {
    Definition { id, title, meaning, of_salesforce: false, say }
}

impl Definition {
    const fn of_salesforce(self) -> Self {
        Self { of_salesforce: true, ..self }
    }
}

/// Every figure with its value as text: `94.1 % (32 of 34)`, `2m 05s`, `$21,700`.
pub fn lines(figures: &Figures) -> impl Iterator<Item = (&'static Definition, String)> {
    DEFINITIONS.iter().map(|definition| (definition, (definition.say)(figures)))
}

fn nothing() -> String {
    "\u{2014}".to_owned()
}

fn share(share: Share) -> String {
    match share.permille() {
        Some(value) => {
            format!("{}.{} % ({} of {})", value / 10, value % 10, share.met, share.of)
        }
        None => nothing(),
    }
}

fn ratio(share: Share) -> String {
    match share.of {
        0 => nothing(),
        of => {
            let hundredths = (share.met * 100 + of / 2) / of;
            format!("{}.{:02} ({} for {})", hundredths / 100, hundredths % 100, share.met, of)
        }
    }
}

fn span(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m {:02}s", seconds / 60, seconds % 60),
        _ => format!("{}h {:02}m", seconds / 3600, seconds % 3600 / 60),
    }
}

fn spread(spread: Spread) -> String {
    match spread.count {
        0 => nothing(),
        _ => format!("{} / {}", span(spread.median), span(spread.p90)),
    }
}

fn milliseconds(value: u64) -> String {
    format!("{}.{} s", value / 1000, value % 1000 / 100)
}

fn projected(amount: Option<Money>) -> String {
    amount.map_or_else(|| "\u{2014} (needs a week)".to_owned(), money)
}

fn money(amount: Money) -> String {
    amount.in_full()
}
