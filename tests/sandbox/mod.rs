//! The stand-in org over real sockets: every shape it serves, every refusal it knows.

mod callers;
mod composite;
mod convert;
mod faults;
mod rest;
mod search;
mod setup;
mod soql;
mod tokens;

use std::{collections::HashMap, sync::OnceLock};

use callboard::sandbox::org::{self, Options, Running};
use serde_json::Value;

/// A client of the org that knows nothing but HTTP.
pub struct Client {
    http: reqwest::Client,
    base: String,
    token: String,
    headers: Vec<(&'static str, String)>,
}

/// Status, headers (lower case) and body (null when empty).
pub struct Reply {
    pub status: u16,
    pub headers: HashMap<String, String>,
    pub body: Value,
}

/// One client for all tests: making one reads the system's certificates. It keeps no connections,
/// which would belong to the runtime of one test.
pub fn http() -> reqwest::Client {
    static HTTP: OnceLock<reqwest::Client> = OnceLock::new();
    let make = || {
        let _ = rustls::crypto::ring::default_provider().install_default();
        reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).build().unwrap()
    };
    HTTP.get_or_init(make).clone()
}

pub async fn start(options: Options) -> (Running, Client) {
    let running = org::start(options).await.unwrap();
    let client = Client::sign_in(&running).await;
    (running, client)
}

impl Client {
    pub async fn sign_in(running: &Running) -> Self {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", &running.client_id),
            ("client_secret", &running.client_secret),
        ];
        let url = format!("{}/services/oauth2/token", running.base_url);
        let http = http();
        let answer: Value = http.post(url).form(&form).send().await.unwrap().json().await.unwrap();
        let token = answer["access_token"].as_str().unwrap().to_owned();
        Self { http, base: running.base_url.clone(), token, headers: Vec::new() }
    }

    pub fn token(&self) -> &str {
        &self.token
    }

    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub async fn try_send(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> Result<Reply, reqwest::Error> {
        let path = match path.strip_prefix('/') {
            Some(_) => path.to_owned(),
            None => format!("/services/data/v66.0/{path}"),
        };
        let mut request = self
            .http
            .request(method.parse().unwrap(), format!("{}{path}", self.base))
            .bearer_auth(&self.token);
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let reply = request.send().await?;
        let status = reply.status().as_u16();
        let headers = reply
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        let bytes = reply.bytes().await?;
        let text = || Value::from(String::from_utf8_lossy(&bytes).into_owned());
        let body = match bytes.len() {
            0 => Value::Null,
            _ => serde_json::from_slice(&bytes).unwrap_or_else(|_| text()),
        };
        Ok(Reply { status, headers, body })
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.try_send("GET", path, None).await.unwrap()
    }

    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.try_send("POST", path, Some(body)).await.unwrap()
    }

    pub async fn patch(&self, path: &str, body: Value) -> Reply {
        self.try_send("PATCH", path, Some(body)).await.unwrap()
    }

    pub async fn query(&self, soql: &str) -> Reply {
        let q: String = form_urlencoded::byte_serialize(soql.as_bytes()).collect();
        self.get(&format!("query?q={q}")).await
    }

    /// Creates a record and returns its id.
    pub async fn create(&self, object: &str, fields: Value) -> String {
        let reply = self.post(&format!("sobjects/{object}"), fields).await;
        assert_eq!(reply.status, 201, "{}", reply.body);
        reply.body["id"].as_str().unwrap().to_owned()
    }
}
