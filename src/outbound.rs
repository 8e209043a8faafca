//! Placing a call through VAPI's API, so that a caller is rung back.
//!
//! It promises that a request goes out once for each time it is asked for, and that what is not
//! known is not called known: a refusal is only what surely placed nothing. Facts: `POST /call` with
//! `assistantId`, `phoneNumberId` and `customer.number` answers 201 with the call's `id`; metadata of
//! ours goes in `assistantOverrides.metadata` and comes back in the new call's webhooks (VAPI's
//! OpenAPI and VapiAI/docs #1027). There is no key by which VAPI would know a repetition.

use std::{error::Error, time::Duration};

use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{
    call::{CallId, Phone, Placing, SourceName, Text, call_back_metadata},
    network,
    secret::{SecretError, SecretRef},
};

/// The longest answer that is read, in bytes.
const LONGEST_ANSWER: usize = 256 * 1024;

/// How callers are rung back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The assistant that speaks.
    pub assistant_id: String,
    /// The number that rings, by VAPI's id of it.
    pub phone_number_id: String,
    /// VAPI's private key.
    pub api_key: SecretRef,
    /// Where VAPI's API is.
    #[serde(default = "vapi")]
    pub base_url: String,
    /// The source by which the new call's webhooks come in.
    #[serde(default = "source")]
    pub source: String,
    /// The most calls placed within a minute.
    #[serde(default = "a_minute")]
    pub most_a_minute: u32,
    /// The most within an hour.
    #[serde(default = "an_hour")]
    pub most_an_hour: u32,
    /// How long VAPI may take to answer, in seconds.
    #[serde(default = "patience")]
    pub timeout_seconds: u32,
    /// The messages the new call is to send (`assistantOverrides.serverMessages`); the assistant's
    /// own when empty.
    #[serde(default = "messages")]
    pub server_messages: Vec<String>,
}

fn vapi() -> String {
    "https://api.vapi.ai".to_owned()
}

fn source() -> String {
    "vapi".to_owned()
}

fn a_minute() -> u32 {
    6
}

fn an_hour() -> u32 {
    60
}

fn patience() -> u32 {
    15
}

/// What the board lives on; `transcript` is not among those VAPI sends by itself.
fn messages() -> Vec<String> {
    ["status-update", "transcript", "end-of-call-report"].map(str::to_owned).into()
}

/// Why callers can't be rung back.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The key.
    #[error("call_back.api_key: {0}")]
    Secret(#[from] SecretError),
    /// Something else.
    #[error("call_back.{0}")]
    Wrong(&'static str),
    /// This machine can't speak HTTP.
    #[error("this machine's certificates can't be loaded ({0})")]
    Unable(reqwest::Error),
}

impl Settings {
    /// Looks for what can't be right.
    ///
    /// # Errors
    /// One sentence that names the setting.
    pub fn check(&self) -> Result<(), SettingsError> {
        self.url()?;
        if self.assistant_id.trim().is_empty() || self.phone_number_id.trim().is_empty() {
            return Err(SettingsError::Wrong("assistant_id and phone_number_id are VAPI's ids"));
        }
        if self.most_a_minute == 0 || self.most_an_hour == 0 || self.timeout_seconds == 0 {
            return Err(SettingsError::Wrong(
                "most_a_minute, most_an_hour and timeout_seconds are at least 1",
            ));
        }
        if self.timeout_seconds > 50 {
            return Err(SettingsError::Wrong("timeout_seconds is at most 50"));
        }
        self.api_key.resolve()?;
        Ok(())
    }

    fn url(&self) -> Result<Url, SettingsError> {
        let wrong =
            SettingsError::Wrong("base_url is an https address such as https://api.vapi.ai");
        let Ok(mut url) = self.base_url.parse::<Url>() else { return Err(wrong) };
        // The key would cross the network in clear.
        if !network::is_private(&url) {
            return Err(wrong);
        }
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().push("call");
        }
        Ok(url)
    }
}

/// Who is to be rung, and for what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    /// The call that the promise belongs to.
    pub call: CallId,
    /// The key of the order.
    pub order: String,
    /// The number.
    pub number: Phone,
    /// Who they are.
    pub name: Option<Text>,
}

/// Places calls.
#[derive(Debug)]
pub struct Outbound {
    settings: Settings,
    url: Url,
    key: SecretString,
    http: reqwest::Client,
}

impl Outbound {
    /// By these settings.
    ///
    /// # Errors
    /// When they can't be right or the key can't be had.
    pub fn new(settings: Settings) -> Result<Self, SettingsError> {
        settings.check()?;
        let (url, key) = (settings.url()?, settings.api_key.resolve()?);
        let http = reqwest::Client::builder()
            .user_agent(concat!("callboard/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(settings.timeout_seconds.into()))
            .build()
            .map_err(SettingsError::Unable)?;
        Ok(Self { settings, url, key, http })
    }

    /// Asks for the call, once.
    pub async fn place(&self, placement: &Placement) -> Placing {
        let request = self.http.post(self.url.clone()).bearer_auth(self.key.expose_secret());
        let mut response = match request.json(&self.body(placement)).send().await {
            Ok(response) => response,
            Err(error) if error.is_connect() || error.is_builder() => {
                return refused(&format!("VAPI can't be reached: {}", innermost(&error)));
            }
            Err(error) if error.is_timeout() => return unclear("VAPI did not answer in time"),
            Err(error) => return unclear(&format!("the line broke: {}", innermost(&error))),
        };
        let status = response.status().as_u16();
        let mut body = Vec::new();
        while body.len() < LONGEST_ANSWER {
            match response.chunk().await {
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => break,
                Err(_) => return unclear("VAPI's answer broke off"),
            }
        }
        self.understood(status, &serde_json::from_slice(&body).unwrap_or_default())
    }

    fn body(&self, placement: &Placement) -> Value {
        let metadata: Map<String, Value> = call_back_metadata(&placement.call, &placement.order)
            .map(|(name, value)| (name.to_owned(), value.into()))
            .into_iter()
            .collect();
        let mut customer = json!({ "number": placement.number });
        if let Some(name) = &placement.name {
            // VAPI takes no longer one.
            customer["name"] = Text::limited(name.as_str(), 40).as_str().into();
        }
        let mut overrides = json!({ "metadata": metadata });
        if !self.settings.server_messages.is_empty() {
            overrides["serverMessages"] = json!(self.settings.server_messages);
        }
        json!({
            "assistantId": self.settings.assistant_id,
            "phoneNumberId": self.settings.phone_number_id,
            "customer": customer,
            "assistantOverrides": overrides,
        })
    }

    /// What an answer means. What VAPI refuses it has not placed; what it fails at, nobody knows.
    fn understood(&self, status: u16, answer: &Value) -> Placing {
        let id = answer["id"].as_str().or_else(|| answer["results"][0]["id"].as_str());
        match (status, id) {
            (200..300, Some(id)) => {
                let source = SourceName::new(&self.settings.source);
                Placing::Placed { call: CallId::new(&source, id) }
            }
            (200..300, None) => unclear("VAPI's answer names no call"),
            (401 | 403, _) => refused("VAPI does not accept the key; see call_back.api_key"),
            (429, _) => refused("VAPI takes no more calls at the moment; try again shortly"),
            (400..500, _) => {
                let said = match &answer["message"] {
                    Value::Array(all) => all.first().and_then(Value::as_str),
                    said => said.as_str(),
                };
                let said = said.map(|said| format!(": {}", Text::limited(said, 160)));
                refused(&format!("VAPI refused ({status}){}", said.unwrap_or_default()))
            }
            _ => unclear(&format!("VAPI failed ({status})")),
        }
    }
}

fn refused(reason: &str) -> Placing {
    Placing::Refused { reason: Text::limited(reason, 240) }
}

fn unclear(reason: &str) -> Placing {
    Placing::Unclear { reason: Text::limited(reason, 240) }
}

/// What the network really said, without the layers around it.
fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}
