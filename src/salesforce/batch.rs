//! Requests that travel together: one `/composite` counts as one API call, whatever it carries.
//!
//! A request says how long it can wait for company. When the first one's patience ends, all that
//! wait go out; each gets its own answer, as if it had gone alone. Requests that build on one
//! another wait as a group and stay together.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{
    sync::{Notify, oneshot},
    time::Instant,
};

use super::{
    connection::{Connection, Meter},
    failure::{Class, Failure},
    http::Answer,
    request::{Base, Request},
};

/// The most requests a composite carries, and the most queries among them.
const MOST: usize = 25;
const MOST_QUERIES: usize = 5;

type Reply = Result<Vec<Answer>, Failure>;

/// Requests that belong together, on their way.
struct Waiting {
    id: u64,
    group: Vec<Request>,
    /// When its patience ends.
    until: Instant,
    reply: oneshot::Sender<Reply>,
}

impl Waiting {
    fn queries(&self) -> usize {
        self.group.iter().filter(|request| request.is_query).count()
    }
}

/// How long somebody waits for company.
#[derive(Clone, Default)]
pub(super) struct Patience {
    pub(super) at_most: Duration,
    /// Ends it sooner.
    pub(super) hurry: Arc<Notify>,
}

/// What waits for company.
#[derive(Default)]
pub(super) struct Batch {
    waiting: Mutex<Vec<Waiting>>,
    counter: AtomicU64,
}

impl Batch {
    /// Sends requests that belong together (they stay in order, and later ones may refer to
    /// answers of earlier ones) with others, at the latest when the patience ends. The answers, in
    /// the order of the requests.
    pub(super) async fn send(
        self: &Arc<Self>,
        connection: &Arc<Connection>,
        base: &Base,
        group: Vec<Request>,
        patience: &Patience,
        meter: &Arc<Meter>,
    ) -> Reply {
        let repeatable = group.iter().all(|request| request.repeatable);
        let (reply, mut answered) = oneshot::channel();
        let id = self.counter.fetch_add(1, Ordering::Relaxed);
        let until = Instant::now() + patience.at_most;
        let full = {
            let mut waiting = self.lock();
            waiting.push(Waiting { id, group, until, reply });
            waiting.iter().map(|one| one.group.len()).sum::<usize>() >= MOST
        };
        // Who fills the last place has nobody to wait for.
        if !full {
            tokio::select! {
                answer = &mut answered => return arrived(answer, repeatable, meter),
                () = tokio::time::sleep_until(until) => {}
                () = patience.hurry.notified() => {}
            }
        }
        // Whoever's patience ends goes, and takes along as many of those that wait as there is
        // room for. In a task of its own: the others' answers do not depend on it.
        while let Some(party) = self.party(id) {
            let (connection, base, meter) =
                (Arc::clone(connection), base.clone(), Arc::clone(meter));
            tokio::spawn(async move { carry(&connection, &base, party, &meter).await });
        }
        arrived(answered.await, repeatable, meter)
    }

    /// The next requests to go out together as long as `whose` waits: those first whose patience
    /// ends first.
    fn party(&self, whose: u64) -> Option<Vec<Waiting>> {
        let mut waiting = self.lock();
        // Nothing was sent for whoever lost interest: it need not be.
        waiting.retain(|one| !one.reply.is_closed());
        let mine = waiting.iter().position(|one| one.id == whose)?;
        // Hurried or not: it goes now.
        waiting[mine].until = waiting[mine].until.min(Instant::now());
        waiting.sort_by_key(|one| one.until);
        let (mut party, mut rest) = (Vec::new(), Vec::new());
        let (mut requests, mut queries) = (0, 0);
        for one in waiting.drain(..) {
            let fits =
                requests + one.group.len() <= MOST && queries + one.queries() <= MOST_QUERIES;
            // What would never fit goes alone and is told so by Salesforce.
            if fits || party.is_empty() {
                requests += one.group.len();
                queries += one.queries();
                party.push(one);
            } else {
                rest.push(one);
            }
        }
        *waiting = rest;
        Some(party)
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
        Ok(answers) => {
            if let Some(last) = answers.last() {
                meter.note_status(last.status);
            }
            Ok(answers)
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
    if let [Waiting { group, .. }] = &party[..]
        && let [alone] = &group[..]
    {
        let answer = connection.send(alone, meter).await;
        if let Some(one) = party.pop() {
            let _ = one.reply.send(answer.map(|answer| vec![answer]));
        }
        return;
    }
    let requests = party.iter().map(|one| one.group.len()).sum();
    let outcome = connection.send(&base.composite(envelope(&party)), meter).await;
    match outcome.and_then(|answer| unpack(&answer, requests)) {
        Ok(answers) => {
            let mut answers = answers.into_iter();
            for one in party {
                let own = answers.by_ref().take(one.group.len()).collect();
                let _ = one.reply.send(Ok(own));
            }
        }
        Err(failure) => {
            for one in party {
                let _ = one.reply.send(Err(failure.clone()));
            }
        }
    }
}

/// The body of a composite: each group stands for itself, none is rolled back for another.
fn envelope(party: &[Waiting]) -> Value {
    let mut requests = Vec::new();
    for Waiting { group, .. } in party {
        let start = requests.len();
        requests.extend(group.iter().enumerate().map(|(at, part)| part.as_part(start, at)));
    }
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
