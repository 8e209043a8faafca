//! The server: takes webhooks, keeps the board, carries out orders, brings writes to Salesforce.
//!
//! What it promises: a webhook's 2xx comes after its commit; every order answers after its commit;
//! a console is owed state, never history. [`start`] opens the journal, rebuilds the board from
//! it and serves until it is stopped.

mod access;
mod acknowledge;
mod admin;
mod admission;
mod api;
mod asked;
mod board;
mod call_back;
mod complaints;
mod corrections;
mod desk;
mod do_not_call;
mod door;
mod duties;
mod engine;
mod erasure;
mod figures;
mod guesses;
mod hooks;
mod links;
mod listener;
mod log;
mod lookup;
mod measures;
mod notices;
mod numbers;
mod operators;
mod orders;
mod patient;
mod peer;
mod queue;
mod readiness;
mod replies;
mod room;
mod roster;
mod routes;
mod same_number;
mod seats;
mod server;
mod stream;
mod summary;
mod tls;
mod write_orders;
mod writes;

use std::{collections::HashMap, io, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use jiff::{SignedDuration, tz::TimeZone};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

use crate::{
    call::Text,
    delivery::{Courier, Gate},
    intake::Sources,
    notice::{self, Messenger},
    outbound::{self, Outbound},
    plan,
    recording::Recorder,
    salesforce,
    store::{self, Address, Journal, StoreError, Vault, VaultError},
    triage::{Judge, Rules},
    wire::{Owner, Status},
};

pub use acknowledge::TEST_LINK;
pub use admission::{Limits, Share};
pub use desk::Most;
pub use door::{Door, DoorError, Tls};
pub use operators::{Operator, Operators, RandomError, new_token};
pub use routes::{Needs, table};
pub use server::Identity;
pub use tls::TlsError;

/// How long a hub that stops waits for requests that are under way.
const FAREWELL: Duration = Duration::from_secs(5);

/// What a hub is made of.
#[derive(Debug)]
pub struct Options {
    /// Where to listen; port 0 for any free one.
    pub listen: SocketAddr,
    /// Where the hub's files are: the journal, unless it is shared, and the key that seals tokens.
    pub data_dir: PathBuf,
    /// How long a call is kept after it was last heard of; for ever when none.
    pub retain: Option<SignedDuration>,
    /// The database with the journal that several hubs share.
    pub store: Option<Address>,
    /// Who may post events.
    pub sources: Sources,
    /// Where accepted webhooks are recorded as well, for a replay.
    pub recorder: Option<Recorder>,
    /// Who may look and act.
    pub operators: Operators,
    /// How the hub is reached.
    pub door: Door,
    /// What calls mean in Salesforce.
    pub plan: plan::Settings,
    /// How callers are rung back; none when they are not.
    pub call_back: Option<outbound::Settings>,
    /// The org; none to record only.
    pub salesforce: Option<salesforce::Settings>,
    /// How people are told of calls that are theirs.
    pub notice: notice::Settings,
    /// The rules of triage.
    pub rules: Arc<Rules>,
    /// The business's name.
    pub business: Text,
    /// Its time zone.
    pub zone: TimeZone,
    /// Whether nothing here is real.
    pub demo: bool,
}

/// Why a hub can't start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The journal.
    #[error(transparent)]
    Journal(#[from] StoreError),
    /// The vault for tokens.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The address.
    #[error("can't listen on {address}: {source}; is another hub running there?")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The door would stand open.
    #[error(transparent)]
    Door(#[from] DoorError),
    /// The certificate.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// How callers are rung back.
    #[error(transparent)]
    CallBack(#[from] outbound::SettingsError),
    /// The org's settings.
    #[error(transparent)]
    Salesforce(#[from] salesforce::SettingsError),
    /// The channels of notices.
    #[error("[notice] {0}")]
    Notice(#[from] notice::SettingsError),
    /// The metrics.
    #[error("the metrics can't be set up: {0}")]
    Metrics(String),
}

/// A hub at work.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    /// `http` or `https`.
    scheme: &'static str,
    stop: watch::Sender<bool>,
    server: JoinHandle<()>,
    engine: JoinHandle<()>,
    journal: Arc<Journal>,
}

impl Running {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://` or `https://`, and the address.
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// Stops taking requests, finishes what is under way, closes the journal.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        // A task that panicked has nothing more to finish; a client that keeps its connection open
        // for ever must not keep us.
        let server = self.server.abort_handle();
        if tokio::time::timeout(FAREWELL, self.server).await.is_err() {
            server.abort();
        }
        let _ = self.engine.await;
        self.journal.close().await;
    }
}

/// Starts a hub: when this returns, the board is rebuilt and the socket listens.
///
/// # Errors
/// A [`StartError`] that says what to change.
pub async fn start(options: Options) -> Result<Running, StartError> {
    let address = options.listen;
    options.door.check(address)?;
    let certificate = options.door.tls.clone().map(tls::Certificate::load).transpose()?;
    let scheme = if certificate.is_some() { "https" } else { "http" };
    let listen = |source| StartError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(listen)?;
    let address = listener.local_addr().map_err(listen)?;
    let meter = measures::meter().map_err(|error| StartError::Metrics(error.to_string()))?;
    let journal = Arc::new(match &options.store {
        Some(address) => Journal::connect(address).await?,
        None => Journal::open(&options.data_dir).await?,
    });
    let connection = match options.salesforce {
        Some(settings) => {
            let vault = Vault::open(&options.data_dir)?;
            vault.agree(&journal).await?;
            Some((settings, vault))
        }
        None => None,
    };
    let has_org = connection.is_some();
    let forms = options.plan.destinations.iter().any(|to| !to.needs_org());
    let courier = (has_org || forms)
        .then(|| Courier::new(connection, options.plan.clone(), Arc::clone(&journal)))
        .transpose()?
        .map(Arc::new);
    let public_url = options.door.public_url.as_deref();
    let links = match (public_url, &options.notice.replies) {
        (None, None) => None,
        _ => {
            let vault = Vault::open(&options.data_dir)?;
            vault.agree(&journal).await?;
            Some(links::Links::open(public_url, &journal, &vault).await?)
        }
    };
    let replies = options.notice.replies.as_ref().map(replies::Gateways::new).transpose();
    let replies = replies.map_err(|source| notice::SettingsError::Secret {
        setting: "replies.secrets".to_owned(),
        source,
    })?;
    let notices = Arc::new(notices::Notices {
        links,
        messenger: Messenger::new(&options.notice)?,
        business: options.business.clone(),
        zone: options.zone.clone(),
        settings: options.notice.clone(),
    });
    let gate = Gate::new(has_org, false);
    let board = board::Board::new(Status::at_start(gate.shown()));
    let silence: HashMap<String, SignedDuration> = options
        .sources
        .iter()
        .map(|source| (source.name().to_string(), source.silence()))
        .collect();
    let identity = Identity {
        business: options.business,
        zone: Text::new(options.zone.iana_name().unwrap_or("UTC")),
        demo: options.demo,
        grace_seconds: u32::try_from(options.plan.grace().as_secs()).unwrap_or(0),
        owners: owners(&options.plan),
        places_calls: options.call_back.is_some(),
    };
    let judge = Judge::new(Arc::clone(&options.rules), options.zone.clone());
    let plan = options.plan.clone();
    let desk = desk::Desk::new(desk::Settings {
        plan: options.plan,
        has_org,
        shared: journal.is_shared(),
        most: options.door.held,
        call_back: options.call_back.as_ref().map(call_back::Limits::of),
        rules: options.rules,
        zone: options.zone,
        silence,
    });
    let outbound = options.call_back.map(Outbound::new).transpose()?.map(Arc::new);
    let parts = engine::Parts {
        journal: Arc::clone(&journal),
        desk,
        board: Arc::clone(&board),
        courier,
        outbound,
        notices: Arc::clone(&notices),
    };
    let file = options.data_dir.join(store::FILE);
    let started = engine::Engine::start(parts).await;
    let (engine, engine_task) = started.map_err(|error| error.of_file(&file))?;
    let (stop, stopped) = watch::channel(false);
    if let Some(retain) = options.retain {
        let (journal, engine) = (Arc::clone(&journal), engine.clone());
        tokio::spawn(erasure::keep_no_longer(retain, journal, engine, stopped.clone()));
    }
    let access = access::Access::new(options.operators, options.door.without_token);
    access.replace(admin::kept(&journal).await?);
    let listener = listener::Listener::new(listener, options.door.clone(), certificate);
    tokio::spawn(measures::keep(meter.clone(), stopped.clone()));
    let hub = server::Hub {
        engine,
        notices,
        replies,
        judge,
        board,
        sources: options.sources,
        recorder: options.recorder,
        access,
        journal: Arc::clone(&journal),
        tokens: tokio::sync::Mutex::default(),
        identity,
        plan,
        admission: admission::Admission::new(options.door.webhooks),
        complaints: complaints::Complaints::default(),
        seats: listener.seats(),
        consoles: room::Room::for_consoles(),
        requests: room::Room::for_requests(),
        meter,
        stop: stopped.clone(),
        readiness: readiness::Readiness::default(),
        erasing: tokio::sync::Mutex::default(),
    };
    let hub = Arc::new(hub);
    if journal.is_shared() {
        tokio::spawn(admin::follow(Arc::clone(&hub)));
    }
    let server = tokio::spawn(listener.serve(routes::router(hub), stopped));
    Ok(Running { address, scheme, stop, server, engine: engine_task, journal })
}

fn owners(plan: &plan::Settings) -> Vec<Owner> {
    plan.roster
        .iter()
        .map(|person| Owner {
            name: person.name.clone(),
            owner_id: Text::new(&person.owner_id),
            services: person.services.iter().map(|it| Text::new(it)).collect(),
        })
        .collect()
}
