//! Requests that travel together: one `/composite` counts as one API call, whatever it carries.
//!
//! A request says how long it can wait for company. When the first one's patience ends, all that
//! wait go out; each gets its own answer, as if it had gone alone.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{sync::oneshot, time::Instant};

use super::{
    connection::{Connection, Meter},
    failure::{Class, Failure},
    http::Answer,
    request::{Base, Request},
};

/// The most requests a composite carries, and the most queries among them.
const MOST: usize = 25;
const MOST_QUERIES: usize = 5;

type Reply = Result<Answer, Failure>;

struct Waiting {
    request: Request,
    reply: oneshot::Sender<Reply>,
}

/// What waits for company.
#[derive(Default)]
pub(super) struct Batch {
    waiting: Mutex<Vec<Waiting>>,
}

impl Batch {
    /// Sends `request` with others, at the latest when `patience` ends.
    pub(super) async fn send(
        self: &Arc<Self>,
        connection: &Arc<Connection>,
        base: &Base,
        request: Request,
        patience: Duration,
        meter: &Arc<Meter>,
    ) -> Reply {
        let repeatable = request.repeatable;
        let (reply, mut answered) = oneshot::channel();
        let full = {
            let mut waiting = self.lock();
            waiting.push(Waiting { request, reply });
            waiting.len() >= MOST
        };
        // Who fills the last place has nobody to wait for.
        let until = if full { Instant::now() } else { Instant::now() + patience };
        tokio::select! {
            answer = &mut answered => return arrived(answer, repeatable, meter),
            () = tokio::time::sleep_until(until) => {}
        }
        // Whoever's patience ends takes along all that waits, itself among them, unless somebody
        // did so a moment ago. In a task of its own: the others' answers do not depend on it.
        while let Some(party) = self.party() {
            let (connection, base, meter) =
                (Arc::clone(connection), base.clone(), Arc::clone(meter));
            tokio::spawn(async move { carry(&connection, &base, party, &meter).await });
        }
        arrived(answered.await, repeatable, meter)
    }

    /// The next requests to go out together; none when nobody waits.
    fn party(&self) -> Option<Vec<Waiting>> {
        let mut waiting = self.lock();
        // Nothing was sent for whoever lost interest: it need not be.
        waiting.retain(|one| !one.reply.is_closed());
        let (mut party, mut rest, mut queries) = (Vec::new(), Vec::new(), 0);
        for one in waiting.drain(..) {
            queries += usize::from(one.request.is_query);
            let full = party.len() == MOST || one.request.is_query && queries > MOST_QUERIES;
            if full { &mut rest } else { &mut party }.push(one);
        }
        *waiting = rest;
        (!party.is_empty()).then_some(party)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn arrived(
    answer: Result<Reply, oneshot::error::RecvError>,
    repeatable: bool,
    meter: &Meter,
) -> Reply {
    let reply = answer.unwrap_or_else(|_| {
        Err(Failure::own(Class::Ambiguous, "INTERRUPTED", "the request was interrupted"))
    });
    match reply {
        Ok(answer) => {
            meter.note_status(answer.status);
            answer.into_result(repeatable)
        }
        // The composite as a whole failed: what that means depends on what it carried.
        Err(failure) if failure.class == Class::Ambiguous && repeatable => {
            Err(Failure { class: Class::Transient, ..failure })
        }
        Err(failure) => Err(failure),
    }
}

/// Sends the party and hands out the answers.
async fn carry(connection: &Connection, base: &Base, mut party: Vec<Waiting>, meter: &Meter) {
    if party.len() == 1 {
        let Some(alone) = party.pop() else { return };
        let answer = connection.send(&alone.request, meter).await;
        let _ = alone.reply.send(answer);
        return;
    }
    let outcome = connection.send(&base.composite(envelope(&party)), meter).await;
    let answers = outcome.and_then(|answer| unpack(&answer, party.len()));
    match answers {
        Ok(answers) => {
            for (one, answer) in party.into_iter().zip(answers) {
                let _ = one.reply.send(Ok(answer));
            }
        }
        Err(failure) => {
            for one in party {
                let _ = one.reply.send(Err(failure.clone()));
            }
        }
    }
}

/// The body of a composite: each request stands for itself, none is rolled back for another.
fn envelope(party: &[Waiting]) -> Value {
    let requests: Vec<Value> = party
        .iter()
        .enumerate()
        .map(|(place, Waiting { request, .. })| {
            let mut sub = json!({
                "method": request.method.as_str(),
                "url": request.target,
                "referenceId": format!("r{place}"),
            });
            if let Some(body) = &request.body {
                sub["body"] = body.clone();
            }
            if !request.headers.is_empty() {
                sub["httpHeaders"] = request.headers.iter().copied().collect();
            }
            sub
        })
        .collect();
    json!({ "allOrNone": false, "collateSubrequests": false, "compositeRequest": requests })
}

/// The answers in the order of the requests.
fn unpack(answer: &Answer, expected: usize) -> Result<Vec<Answer>, Failure> {
    let unreadable =
        || Failure::own(Class::Ambiguous, "UNREADABLE", "Salesforce's answer can't be read");
    let body: Value = serde_json::from_slice(&answer.body).map_err(|_| unreadable())?;
    let parts = body.get("compositeResponse").and_then(Value::as_array).ok_or_else(unreadable)?;
    let part_of = |place: usize| {
        let name = format!("r{place}");
        let part = parts.iter().find(|part| part["referenceId"] == name.as_str())?;
        let status = u16::try_from(part.get("httpStatusCode")?.as_u64()?).ok()?;
        let body = part.get("body").filter(|body| !body.is_null());
        let body = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
        Some(Answer { status, headers: answer.headers.clone(), body })
    };
    (0..expected).map(|place| part_of(place).ok_or_else(unreadable)).collect()
}
