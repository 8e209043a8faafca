//! The client and the delivery of writes over real sockets: against an org that answers what it
//! is told to, and against the stand-in org.

mod customers;
mod deliver;
mod doctor;
mod errors;
mod figure;
mod one_call;
mod together;
mod tokens;

use std::sync::Arc;

use callboard::{
    salesforce::{Flow, InMemory, Org, Settings},
    sandbox::org::{self, Options, Running},
    secret::SecretRef,
};

pub fn settings(base_url: &str) -> Settings {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Settings {
        login_url: base_url.to_owned(),
        client_id: "key".to_owned(),
        client_secret: Some(SecretRef::given("secret")),
        timeout_seconds: 2,
        ..Settings::default()
    }
}

pub fn org_of(settings: Settings) -> Org {
    Org::new(settings, Arc::new(InMemory::default())).unwrap()
}

/// The stand-in org and a client-credentials connection to it.
pub async fn stand_in(options: Options) -> (Running, Org) {
    let running = org::start(options).await.unwrap();
    let org = org_of(settings_for(&running));
    (running, org)
}

pub fn settings_for(running: &Running) -> Settings {
    Settings {
        client_id: running.client_id.clone(),
        client_secret: Some(SecretRef::given(&running.client_secret)),
        ..settings(&running.base_url)
    }
}

pub fn refreshing(running: &Running) -> Settings {
    Settings {
        flow: Flow::RefreshToken,
        refresh_token: Some(SecretRef::given(&running.refresh_token)),
        ..settings_for(running)
    }
}
