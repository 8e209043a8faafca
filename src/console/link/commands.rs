//! Actions: posts, each repeated under its own id until the hub has answered or the patience of
//! an operator is over. Repeating is safe: the hub does an id once. What is asked of one thing goes one
//! after the other: an order that is repeated late must not overtake the one that was given after it.

use std::{
    collections::{HashMap, VecDeque},
    panic::AssertUnwindSafe,
};

use futures_util::FutureExt;
use secrecy::SecretString;
use serde::Serialize;
use tokio::{sync::mpsc, task::JoinSet};

use super::{ASKED, FromLink, Page, Question, Request};
use crate::{
    call::{CallId, Text},
    client::{Address, Client, ClientError, PATIENCE},
    wire::{WriteOrder, new_action_id},
};

/// Requests under way at once; the hub has others to serve.
const AT_ONCE: usize = 8;

/// An action on a write, as it is posted.
#[derive(Serialize)]
struct WriteCommand {
    id: String,
    #[serde(flatten)]
    order: WriteOrder,
}

pub(super) async fn run(
    address: Address,
    token: SecretString,
    mut asked: mpsc::Receiver<Request>,
    out: mpsc::Sender<FromLink>,
) {
    // Made at the first action: loading certificates must not hold up the first frame.
    let mut hub: Option<Client> = None;
    let mut under_way = JoinSet::new();
    let mut waiting = Waiting::default();
    loop {
        while under_way.len() < AT_ONCE
            && let Some(request) = waiting.ready.pop_front()
        {
            if hub.is_none() {
                hub = Client::new(address.clone(), token.clone(), PATIENCE)
                    .inspect_err(|error| tracing::error!(%error, "no HTTP client"))
                    .ok();
            }
            let (hub, out) = (hub.clone(), out.clone());
            under_way.spawn(async move {
                let subject = Subject::of(&request);
                // Whatever goes wrong in one must not hold up what is asked of its call for ever.
                let answered = AssertUnwindSafe(answer(hub, request)).catch_unwind().await;
                let Ok((said, heard)) = answered else { return (subject, false) };
                // An error means that the console ends.
                let _ = out.send(said).await;
                (subject, heard)
            });
        }
        tokio::select! {
            request = asked.recv(), if waiting.len() < ASKED => match request {
                Some(request) => waiting.add(request),
                None => return,
            },
            Some(done) = under_way.join_next() => {
                match done {
                    Ok((Some(subject), true)) => waiting.free(&subject),
                    Ok((Some(subject), false)) => {
                        for request in waiting.give_up(&subject) {
                            let _ = out.send(unsent(request, NOT_SENT)).await;
                        }
                    }
                    _ => {}
                }
            }
        }
    }
}

/// What an order is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Subject {
    Call(CallId),
    Write(String),
    /// The connected org when none.
    Destination(Option<Text>),
}

impl Subject {
    /// None for what changes nothing.
    fn of(request: &Request) -> Option<Self> {
        match request {
            Request::Act { call, .. } => Some(Self::Call(call.clone())),
            Request::Write { write, .. } => Some(Self::Write(write.clone())),
            Request::Hold { destination, .. } => Some(Self::Destination(destination.clone())),
            Request::Draft(_) | Request::Read(_) => None,
        }
    }
}

/// What was asked and is not under way.
#[derive(Default)]
struct Waiting {
    /// What can go, in the order it was asked.
    ready: VecDeque<Request>,
    /// For everything that has an order ready or under way, what was asked of it since.
    behind: HashMap<Subject, VecDeque<Request>>,
}

impl Waiting {
    fn len(&self) -> usize {
        self.ready.len() + self.behind.values().map(VecDeque::len).sum::<usize>()
    }

    fn add(&mut self, request: Request) {
        let Some(subject) = Subject::of(&request) else { return self.ready.push_back(request) };
        match self.behind.get_mut(&subject) {
            Some(behind) => behind.push_back(request),
            None => {
                self.behind.insert(subject, VecDeque::new());
                self.ready.push_back(request);
            }
        }
    }

    /// What was under way for it was never answered. What was asked after it is not done at some later
    /// time behind an operator's back.
    fn give_up(&mut self, subject: &Subject) -> VecDeque<Request> {
        self.behind.remove(subject).unwrap_or_default()
    }

    /// What was under way for it has ended.
    fn free(&mut self, subject: &Subject) {
        match self.behind.get_mut(subject).and_then(VecDeque::pop_front) {
            Some(next) => self.ready.push_back(next),
            None => drop(self.behind.remove(subject)),
        }
    }
}

/// Why an order is not sent.
const NOT_SENT: &str = "not sent: the hub did not answer the order before it";

/// What becomes of a request that is not sent.
fn unsent(request: Request, why: &str) -> FromLink {
    let why = why.to_owned();
    match request {
        Request::Act { command, .. } => FromLink::Answer { id: command.id, outcome: Err(why) },
        Request::Write { id, .. } => FromLink::Answer { id, outcome: Err(why) },
        Request::Hold { destination, hold } => {
            FromLink::Held { destination, hold, outcome: Err(why) }
        }
        Request::Draft(call) => FromLink::Draft { call, outcome: Err(why) },
        Request::Read(question) => FromLink::Page { question, outcome: Err(why) },
    }
}

/// What the hub says, and whether it said anything.
async fn answer(hub: Option<Client>, request: Request) -> (FromLink, bool) {
    let Some(hub) = hub else {
        return (unsent(request, "this machine's certificates can't be loaded"), true);
    };
    match request {
        Request::Act { call, command } => {
            let outcome = hub.post(&["v1", "calls", call.as_str(), "actions"], &command).await;
            let heard = is_heard(&outcome);
            (FromLink::Answer { id: command.id, outcome: outcome.map_err(said) }, heard)
        }
        Request::Write { id, write, order } => {
            let command = WriteCommand { id: id.clone(), order };
            let outcome = hub.post(&["v1", "writes", &write, "actions"], &command).await;
            let heard = is_heard(&outcome);
            (FromLink::Answer { id, outcome: outcome.map_err(said) }, heard)
        }
        Request::Hold { destination, hold } => {
            let word = if hold { "pause" } else { "resume" };
            let mut order = serde_json::json!({ "id": new_action_id(), "do": word });
            if let Some(name) = &destination {
                order["destination"] = name.as_str().into();
            }
            let outcome = hub.post(&["v1", "destination"], &order).await;
            let heard = is_heard(&outcome);
            let outcome = outcome.map(Box::new).map_err(said);
            (FromLink::Held { destination, hold, outcome }, heard)
        }
        Request::Draft(call) => {
            let outcome = hub.get(&["v1", "calls", call.as_str(), "opportunity"], &[]).await;
            (FromLink::Draft { call, outcome: outcome.map_err(said) }, true)
        }
        Request::Read(question) => {
            let outcome = read(&hub, &question).await;
            (FromLink::Page { question, outcome: outcome.map_err(said) }, true)
        }
    }
}

/// Whether the hub itself said what became of it. A line that breaks, or a proxy in front, leaves open
/// whether it is done yet.
fn is_heard<T>(outcome: &Result<T, ClientError>) -> bool {
    !matches!(
        outcome,
        Err(ClientError::Silent(_) | ClientError::NoHub { .. } | ClientError::Strange { .. })
    )
}

async fn read(hub: &Client, question: &Question) -> Result<Page, ClientError> {
    Ok(match question {
        Question::Log { before } => {
            let before = before.map(|seq| seq.to_string());
            let query: Vec<(&str, &str)> = before.iter().map(|seq| ("before", &**seq)).collect();
            Page::Log(hub.get(&["v1", "log"], &query).await?)
        }
        Question::Roster => Page::Roster(hub.get(&["v1", "roster"], &[]).await?),
        Question::Picklists(sobject) => {
            Page::Picklists(hub.get(&["v1", "salesforce", "picklists", sobject], &[]).await?)
        }
        Question::Opportunities(call) => {
            let path = ["v1", "calls", call.as_str(), "opportunities"];
            Page::Opportunities(hub.get(&path, &[]).await?)
        }
        Question::Figures => {
            Page::Figures(Box::new(hub.get(&["v1", "figures"], &[("by", "hour")]).await?))
        }
    })
}

/// For somebody who sees on the screen which hub it is, and what becomes of things.
fn said(error: ClientError) -> String {
    match error {
        ClientError::Silent(_) => {
            "no answer from the hub; the board will show whether it was done".to_owned()
        }
        ClientError::NoHub { .. } => "the hub can't be reached".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use axum::{Json, Router, extract::Path, http::StatusCode, routing::post};
    use serde_json::{Value, json};
    use tokio::sync::Notify;

    use super::*;
    use crate::wire::{Command, Order};

    /// A hub that is away when it is asked the first time, and answers the second try of that only once
    /// another call's order came.
    async fn hub(came: Arc<Mutex<Vec<String>>>) -> Address {
        let other = Arc::new(Notify::new());
        let act = async move |Path(call): Path<String>, Json(order): Json<Value>| {
            let id = order["id"].as_str().unwrap_or_default().to_owned();
            let tries = {
                let mut came = came.lock().unwrap();
                came.push(id.clone());
                came.iter().filter(|known| **known == id).count()
            };
            match (call.as_str(), id.as_str(), tries) {
                ("vapi:other", ..) => other.notify_one(),
                (_, "ann", 1) => return Err(StatusCode::SERVICE_UNAVAILABLE),
                (_, "ann", _) => other.notified().await,
                _ => {}
            }
            Ok(Json(json!({ "id": id, "done": true, "message": "done" })))
        };
        let app = Router::new().route("/v1/calls/{id}/actions", post(act));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Address::parse(&address).unwrap()
    }

    #[tokio::test]
    async fn a_late_repetition_overtakes_no_later_order_of_its_call_and_holds_up_no_other() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let came = Arc::new(Mutex::new(Vec::new()));
        let address = hub(came.clone()).await;
        let (ask, asked) = mpsc::channel(8);
        let (out, mut said) = mpsc::channel(8);
        tokio::spawn(run(address, "token".to_owned().into(), asked, out));
        let act = |call: &str, id: &str, order| Request::Act {
            call: CallId::parse(call).unwrap(),
            command: Command { id: id.to_owned(), order },
        };
        let route = |to: &str| Order::Route { to: Some(to.into()) };
        ask.send(act("vapi:pipe", "ann", route("Ann"))).await.unwrap();
        ask.send(act("vapi:pipe", "bob", route("Bob"))).await.unwrap();
        ask.send(act("vapi:other", "other", Order::Acknowledge)).await.unwrap();
        for _ in 0..3 {
            let FromLink::Answer { outcome, .. } = said.recv().await.unwrap() else { panic!() };
            assert!(outcome.unwrap().done);
        }
        let came = came.lock().unwrap();
        let of_one_call: Vec<&String> = came.iter().filter(|id| *id != "other").collect();
        assert_eq!(of_one_call, ["ann", "ann", "bob"]);
    }

    /// It is not done at some later time behind the operator's back.
    #[tokio::test]
    async fn what_waits_behind_an_order_without_an_answer_is_not_sent() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        // A tunnel whose other end is away: whoever connects is hung up on.
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address =
            Address::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let tries = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                drop(socket);
            }
        });
        let (ask, asked) = mpsc::channel(8);
        let (out, mut said) = mpsc::channel(8);
        tokio::spawn(run(address, "token".to_owned().into(), asked, out));
        for id in ["first", "second"] {
            let command = Command { id: id.to_owned(), order: Order::Acknowledge };
            let call = CallId::parse("vapi:pipe").unwrap();
            ask.send(Request::Act { call, command }).await.unwrap();
        }
        let mut answers = Vec::new();
        for _ in 0..2 {
            let FromLink::Answer { id, outcome } = said.recv().await.unwrap() else { panic!() };
            answers.push((id, outcome.unwrap_err()));
        }
        assert_eq!(answers[0].0, "first");
        assert_eq!(answers[1], ("second".to_owned(), NOT_SENT.to_owned()));
        tries.abort();
    }
}
