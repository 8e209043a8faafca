//! Actions: posts, each repeated under its own id until the hub has answered or the patience of
//! an operator is over. Repeating is safe: the hub does an id once.

use std::time::Duration;

use reqwest::{Client, Method, StatusCode, Url};
use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, de::DeserializeOwned};
use tokio::{sync::mpsc, task::JoinSet, time::sleep};

use super::{Address, FromLink, Request, sentence};
use crate::wire::{ApiError, OpportunityDraft, Receipt, WriteOrder};

/// Tries of one action, and how long each may take.
const TRIES: u32 = 3;
const PATIENCE: Duration = Duration::from_secs(5);
/// The pause between tries.
const PAUSE: Duration = Duration::from_millis(400);

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
    let mut hub: Option<Hub> = None;
    let mut under_way = JoinSet::new();
    while let Some(request) = asked.recv().await {
        if hub.is_none() {
            hub = Hub::new(&address, &token);
        }
        while under_way.try_join_next().is_some() {}
        let (hub, out) = (hub.clone(), out.clone());
        under_way.spawn(async move {
            let said = answer(hub, request).await;
            // An error means that the console ends.
            let _ = out.send(said).await;
        });
    }
}

async fn answer(hub: Option<Hub>, request: Request) -> FromLink {
    let Some(hub) = hub else {
        let why = "this machine's certificates can't be loaded".to_owned();
        return match request {
            Request::Act { command, .. } => FromLink::Answer { id: command.id, outcome: Err(why) },
            Request::Write { id, .. } => FromLink::Answer { id, outcome: Err(why) },
            Request::Draft(call) => FromLink::Draft { call, outcome: Err(why) },
        };
    };
    match request {
        Request::Act { call, command } => {
            let url = hub.address.under(&["v1", "calls", call.as_str(), "actions"]);
            let outcome = hub.ask::<Receipt>(Method::POST, url, Some(&command)).await;
            FromLink::Answer { id: command.id, outcome }
        }
        Request::Write { id, write, order } => {
            let url = hub.address.under(&["v1", "writes", &write, "actions"]);
            let command = WriteCommand { id: id.clone(), order };
            let outcome = hub.ask::<Receipt>(Method::POST, url, Some(&command)).await;
            FromLink::Answer { id, outcome }
        }
        Request::Draft(call) => {
            let url = hub.address.under(&["v1", "calls", call.as_str(), "opportunity"]);
            let outcome = hub.ask::<OpportunityDraft>(Method::GET, url, None::<&()>).await;
            FromLink::Draft { call, outcome }
        }
    }
}

#[derive(Clone)]
struct Hub {
    address: Address,
    token: SecretString,
    client: Client,
}

impl Hub {
    fn new(address: &Address, token: &SecretString) -> Option<Self> {
        let client = Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE)
            .build()
            .inspect_err(|error| tracing::error!(%error, "no HTTP client"))
            .ok()?;
        Some(Self { address: address.clone(), token: token.clone(), client })
    }

    /// Asks until there is an answer that is one.
    async fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        url: Url,
        body: Option<&impl Serialize>,
    ) -> Result<T, String> {
        let mut problem = String::new();
        for number in 1..=TRIES {
            let mut request = self
                .client
                .request(method.clone(), url.clone())
                .bearer_auth(self.token.expose_secret());
            if let Some(body) = body {
                request = request.json(body);
            }
            match request.send().await {
                Ok(response) => {
                    let status = response.status();
                    let bytes = response.bytes().await.unwrap_or_default();
                    match read::<T>(status, &bytes) {
                        Err(why) if worth_repeating(status) => problem = why,
                        outcome => return outcome,
                    }
                }
                Err(error) if error.is_timeout() => {
                    "no answer from the hub; the board will show whether it was done"
                        .clone_into(&mut problem);
                }
                Err(_) => "the hub can't be reached".clone_into(&mut problem),
            }
            if number < TRIES {
                sleep(PAUSE * number).await;
            }
        }
        Err(problem)
    }
}

fn worth_repeating(status: StatusCode) -> bool {
    matches!(status.as_u16(), 429 | 502 | 503 | 504)
}

fn read<T: DeserializeOwned>(status: StatusCode, body: &[u8]) -> Result<T, String> {
    if status.is_success() {
        return serde_json::from_slice(body)
            .map_err(|_| "the hub answers what this console can't read".to_owned());
    }
    Err(match serde_json::from_slice::<ApiError>(body) {
        Ok(error) => sentence(error.message.as_str()),
        Err(_) => format!("the hub answers {status}"),
    })
}
