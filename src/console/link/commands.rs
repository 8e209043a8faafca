//! Actions: posts, each repeated under its own id until the hub has answered or the patience of
//! an operator is over. Repeating is safe: the hub does an id once.

use secrecy::SecretString;
use serde::Serialize;
use tokio::{sync::mpsc, task::JoinSet};

use super::{FromLink, Page, Question, Request};
use crate::{
    client::{Address, Client, ClientError, PATIENCE},
    wire::WriteOrder,
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
    while let Some(request) = asked.recv().await {
        if hub.is_none() {
            hub = Client::new(address.clone(), token.clone(), PATIENCE)
                .inspect_err(|error| tracing::error!(%error, "no HTTP client"))
                .ok();
        }
        while under_way.try_join_next().is_some() {}
        while under_way.len() >= AT_ONCE {
            under_way.join_next().await;
        }
        let (hub, out) = (hub.clone(), out.clone());
        under_way.spawn(async move {
            let said = answer(hub, request).await;
            // An error means that the console ends.
            let _ = out.send(said).await;
        });
    }
}

async fn answer(hub: Option<Client>, request: Request) -> FromLink {
    let Some(hub) = hub else {
        let why = "this machine's certificates can't be loaded".to_owned();
        return match request {
            Request::Act { command, .. } => FromLink::Answer { id: command.id, outcome: Err(why) },
            Request::Write { id, .. } => FromLink::Answer { id, outcome: Err(why) },
            Request::Hold { destination, hold } => {
                FromLink::Held { destination, hold, outcome: Err(why) }
            }
            Request::Draft(call) => FromLink::Draft { call, outcome: Err(why) },
            Request::Read(question) => FromLink::Page { question, outcome: Err(why) },
        };
    };
    match request {
        Request::Act { call, command } => {
            let outcome = hub.post(&["v1", "calls", call.as_str(), "actions"], &command).await;
            FromLink::Answer { id: command.id, outcome: outcome.map_err(said) }
        }
        Request::Write { id, write, order } => {
            let command = WriteCommand { id: id.clone(), order };
            let outcome = hub.post(&["v1", "writes", &write, "actions"], &command).await;
            FromLink::Answer { id, outcome: outcome.map_err(said) }
        }
        Request::Hold { destination, hold } => {
            let word = if hold { "pause" } else { "resume" };
            let mut order = serde_json::json!({ "do": word });
            if let Some(name) = &destination {
                order["destination"] = name.as_str().into();
            }
            let outcome = hub.post(&["v1", "destination"], &order).await;
            FromLink::Held { destination, hold, outcome: outcome.map(Box::new).map_err(said) }
        }
        Request::Draft(call) => {
            let outcome = hub.get(&["v1", "calls", call.as_str(), "opportunity"], &[]).await;
            FromLink::Draft { call, outcome: outcome.map_err(said) }
        }
        Request::Read(question) => {
            let outcome = read(&hub, &question).await;
            FromLink::Page { question, outcome: outcome.map_err(said) }
        }
    }
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
