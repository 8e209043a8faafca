//! A stand-in Salesforce org on loopback, with its state in memory.
//!
//! It promises to answer as the real one does (paths, bodies, status codes, error texts), to
//! refuse what the real one refuses, and to go wrong in the ways [`Fault`] lists, exactly when
//! told to. One request is one transaction, and requests are served one after the other.

mod admin;
mod answer;
mod apex;
mod authorize;
mod collections;
mod composite;
mod conditional;
mod convert;
mod describe;
mod duplicates;
mod faults;
mod flow;
mod ids;
mod oauth;
mod person;
mod records;
mod rest;
mod save;
mod schema;
mod search;
mod seed;
mod server;
mod soap;
mod soql;
mod tooling;
mod upsert;
mod validate;
mod web_to_lead;
mod wire;

use std::{
    collections::{BTreeMap, VecDeque},
    fmt, io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::{Map, Value};
use tokio::sync::watch;

pub use faults::{ApexStyle, Condition, DuplicateAction, Fault, FaultKind, OutageStyle};

/// How an org is set up.
#[derive(Clone)]
pub struct Options {
    /// Where it listens: loopback only, port 0 for any free one.
    pub listen: SocketAddr,
    /// Ids, secrets and dice follow from this.
    pub seed: u64,
    /// The consumer key of the connected app.
    pub client_id: String,
    /// Its consumer secret.
    pub client_secret: String,
    /// The user the app runs as.
    pub username: String,
    /// How long an access token lives without being used.
    pub token_lifetime: Duration,
    /// Whether a refresh gives a new refresh token and the old one dies.
    pub rotate_refresh_tokens: bool,
    /// Who may sign assertions (JWT bearer): an RSA public key, PKCS#1 in DER; nobody when absent.
    pub jwt_public_key: Option<Vec<u8>>,
    /// API calls a day.
    pub daily_limit: u64,
    /// How long a new record can't be found by a search: the index is filled behind the scenes.
    pub search_delay: Duration,
    /// Without the custom fields Callboard uses: an org as it is before provisioning.
    pub bare: bool,
    /// With Person Accounts.
    pub person_accounts: bool,
    /// What goes wrong from the start.
    pub faults: Vec<Fault>,
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("listen", &self.listen)
            .field("seed", &self.seed)
            .field("username", &self.username)
            .field("faults", &self.faults)
            .finish_non_exhaustive()
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            seed: 1,
            client_id: "3MVG9callboardSandbox".to_owned(),
            client_secret: "sandbox-secret".to_owned(),
            username: "integration@callboard.sandbox".to_owned(),
            token_lifetime: Duration::from_secs(7200),
            rotate_refresh_tokens: false,
            jwt_public_key: None,
            daily_limit: 15_000,
            search_delay: Duration::from_secs(3),
            bare: false,
            person_accounts: false,
            faults: Vec::new(),
        }
    }
}

/// One request the org served, for the log.
#[derive(Clone, Debug, Serialize)]
pub struct Served {
    /// When.
    pub at: Timestamp,
    /// The HTTP method.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// The status answered; absent when the connection was closed without one.
    pub status: Option<u16>,
    /// The error code answered, if any.
    pub error: Option<String>,
    /// How many API calls it counted as.
    pub api_calls: u64,
    /// Whether records changed.
    pub changed: bool,
}

/// Everything the org knows. One lock around it: a request is served while it is held.
struct Org {
    options: Options,
    schema: schema::Schema,
    tables: records::Tables,
    tokens: oauth::Tokens,
    codes: BTreeMap<String, authorize::Code>,
    faults: faults::Faults,
    cursors: BTreeMap<String, (usize, usize, Vec<Value>)>,
    web_to_lead: web_to_lead::WebToLead,
    /// When an object last changed its shape.
    schema_changed: Timestamp,
    log: VecDeque<Served>,
    random: fastrand::Rng,
    base_url: String,
    instance: String,
    org_id: String,
    user_id: String,
    /// The queue that Lead assignment rules choose.
    lead_queue: String,
    calls_today: u64,
    /// When the calls of today began to be counted.
    day_began: Timestamp,
    calls_ever: u64,
    /// How far the org's clock was moved ahead.
    ahead: SignedDuration,
}

/// How many served requests the log keeps.
const LOG_LENGTH: usize = 5_000;

impl Org {
    fn new(options: Options, base_url: String) -> Self {
        let mut random = fastrand::Rng::with_seed(options.seed);
        let instance: String = [random.uppercase(), random.lowercase()].iter().collect();
        let mut org = Self {
            schema: schema::Schema::standard(!options.bare),
            tables: records::Tables::default(),
            tokens: oauth::Tokens::default(),
            codes: BTreeMap::new(),
            faults: faults::Faults::new(options.seed),
            cursors: BTreeMap::new(),
            web_to_lead: web_to_lead::WebToLead::default(),
            schema_changed: Timestamp::now(),
            log: VecDeque::new(),
            random,
            base_url,
            org_id: ids::make("00D", &instance, 130_000_000),
            user_id: String::new(),
            lead_queue: String::new(),
            instance,
            calls_today: 0,
            day_began: Timestamp::now(),
            calls_ever: 0,
            ahead: SignedDuration::ZERO,
            options,
        };
        if org.options.person_accounts {
            org.schema.enable_person_accounts();
        }
        org.index_finders();
        org.seed_records();
        for fault in org.options.faults.clone() {
            org.set_fault(fault);
        }
        org
    }

    fn index_finders(&mut self) {
        for object in self.schema.objects() {
            for field in object.fields().filter(|field| field.finds_records()) {
                if field.name != "Id" {
                    self.tables.index(&object.name, &field.name);
                }
            }
        }
    }

    fn now(&self) -> Timestamp {
        Timestamp::now().saturating_add(self.ahead).unwrap_or(Timestamp::MAX)
    }

    /// So many characters nobody can guess without the seed.
    fn secret(&mut self, length: usize) -> String {
        (0..length).map(|_| self.random.alphanumeric()).collect()
    }

    fn set_fault(&mut self, fault: Fault) -> u64 {
        if fault.kind == FaultKind::ExpireTokens {
            self.tokens.expire_all();
            return 0;
        }
        let now = self.now();
        self.faults.set(fault, now)
    }

    fn remember(&mut self, served: Served) {
        if self.log.len() == LOG_LENGTH {
            self.log.pop_front();
        }
        self.log.push_back(served);
    }
}

type Shared = Arc<Mutex<Org>>;

fn lock(shared: &Shared) -> MutexGuard<'_, Org> {
    // A request that panicked left the tables as they were: rows are replaced whole.
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Why the org can't be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// It stands in for an org with made-up credentials: nobody else may reach it.
    #[error("the stand-in org listens on loopback only, and {0} is not; use 127.0.0.1:0")]
    NotLoopback(SocketAddr),
    /// The address is taken, or not ours.
    #[error("can't listen on {0}: {1}; port 0 takes any free one")]
    Listen(SocketAddr, io::Error),
}

/// An org that serves. Dropping it ends it.
pub struct Running {
    /// `http://127.0.0.1:PORT`: login host and instance in one.
    pub base_url: String,
    /// The consumer key.
    pub client_id: String,
    /// The consumer secret.
    pub client_secret: String,
    /// The user the app runs as.
    pub username: String,
    /// A refresh token, as if that user had approved the app.
    pub refresh_token: String,
    /// Where faults are set and records listed; see `docs/sandbox.md`.
    pub admin_url: String,
    shared: Shared,
    stop: watch::Sender<bool>,
    server: tokio::task::JoinHandle<()>,
}

/// Starts an org.
///
/// # Errors
/// [`StartError`] when the address can't be had.
pub async fn start(options: Options) -> Result<Running, StartError> {
    let address = options.listen;
    if !address.ip().is_loopback() {
        return Err(StartError::NotLoopback(address));
    }
    let refused = |error| StartError::Listen(address, error);
    let listener = tokio::net::TcpListener::bind(address).await.map_err(refused)?;
    let base_url = format!("http://{}", listener.local_addr().map_err(refused)?);
    let mut org = Org::new(options, base_url.clone());
    let refresh_token = org.approve();
    let options = org.options.clone();
    let shared = Arc::new(Mutex::new(org));
    let (stop, stopped) = watch::channel(false);
    let server = tokio::spawn(server::serve(listener, shared.clone(), stopped));
    Ok(Running {
        admin_url: format!("{base_url}/admin"),
        base_url,
        client_id: options.client_id,
        client_secret: options.client_secret,
        username: options.username,
        refresh_token,
        shared,
        stop,
        server,
    })
}

impl Running {
    /// All records of an object that are not deleted, in the order they were made.
    pub fn records(&self, sobject: &str) -> Vec<Map<String, Value>> {
        let org = lock(&self.shared);
        let name = org.schema.object(sobject).map(|object| object.name.clone()).unwrap_or_default();
        org.tables.of(&name).filter(|row| !records::is_deleted(row)).cloned().collect()
    }

    /// How many API calls were counted since the start.
    pub fn api_calls(&self) -> u64 {
        lock(&self.shared).calls_ever
    }

    /// What was served, oldest first (the last few thousand requests).
    pub fn log(&self) -> Vec<Served> {
        lock(&self.shared).log.iter().cloned().collect()
    }

    /// Sets a fault and returns its number.
    pub fn set_fault(&self, fault: Fault) -> u64 {
        lock(&self.shared).set_fault(fault)
    }

    /// Takes one fault away; false when there is none of that number (any more).
    pub fn remove_fault(&self, id: u64) -> bool {
        lock(&self.shared).faults.remove(id)
    }

    /// Takes all faults away.
    pub fn clear_faults(&self) {
        lock(&self.shared).faults.clear();
    }

    /// Another refresh token, as if the user had approved the app once more.
    pub fn approve(&self) -> String {
        lock(&self.shared).approve()
    }

    /// Every session and refresh token there is: what nobody else may ever show.
    pub fn tokens(&self) -> Vec<String> {
        lock(&self.shared).tokens.all().cloned().collect()
    }

    /// Moves the org's clock ahead.
    pub fn advance(&self, by: Duration) {
        let mut org = lock(&self.shared);
        let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
        org.ahead = org.ahead.saturating_add(by);
    }

    /// Stops serving: no new connections, open ones are closed.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        let _ = (&mut self.server).await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
    }
}
