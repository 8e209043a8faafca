//! Where the org is and how to be let in.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{network, secret::SecretRef};

/// How access tokens are obtained.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flow {
    /// The app's own user (its "Run As"); needs the My Domain host.
    #[default]
    ClientCredentials,
    /// A person's standing permission; the token may be replaced at each use.
    RefreshToken,
    /// A user's name, vouched for by a private key whose certificate the app holds.
    Jwt,
}

/// The connection to an org.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The host that gives tokens: `https://COMPANY.my.salesforce.com`, or
    /// `https://login.salesforce.com` (`test.` for sandboxes) where the flow allows it.
    pub login_url: String,
    /// How to be let in.
    pub flow: Flow,
    /// The app's consumer key.
    pub client_id: String,
    /// The app's consumer secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<SecretRef>,
    /// The refresh token of the first start; later ones are kept by the program. Without one,
    /// `callboard login` brings it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<SecretRef>,
    /// Where Salesforce sends the browser after `callboard login`: a callback URL of the app.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirect_uri: Option<String>,
    /// The user to be, for the jwt flow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The private key of the jwt flow: RSA, PEM, at least 2,048 bits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub private_key: Option<SecretRef>,
    /// The id of the org (`00D…`, 15 or 18 characters). When set, no other org is written to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub org_id: Option<String>,
    /// The REST API's version, `v66.0`.
    pub api_version: String,
    /// How the program names itself in the org's logs.
    pub client_name: String,
    /// Seconds to wait for a connection.
    pub connect_timeout_seconds: u64,
    /// Seconds to wait for an answer.
    pub timeout_seconds: u64,
}

/// What is wrong with the settings, in one sentence that names the one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("[salesforce] {0}")]
pub struct SettingsError(pub(super) String);

impl Default for Settings {
    fn default() -> Self {
        Self {
            login_url: String::new(),
            flow: Flow::default(),
            client_id: String::new(),
            client_secret: None,
            refresh_token: None,
            redirect_uri: None,
            username: None,
            private_key: None,
            org_id: None,
            api_version: "v66.0".to_owned(),
            client_name: "callboard".to_owned(),
            connect_timeout_seconds: 5,
            timeout_seconds: 20,
        }
    }
}

impl Settings {
    /// What is wrong with the settings, as far as they alone can tell.
    ///
    /// # Errors
    /// One sentence that names the setting.
    pub fn check(&self) -> Result<(), SettingsError> {
        self.checked().map_err(SettingsError)
    }

    fn checked(&self) -> Result<(), String> {
        let host = reqwest::Url::parse(&self.login_url)
            .map_err(|_| format!("login_url {:?} is not a URL", self.login_url))?;
        let name = host.host_str().unwrap_or_default();
        if !network::is_private(&host) {
            return Err("login_url must begin with https://".to_owned());
        }
        if name.ends_with(".lightning.force.com") {
            return Err("login_url is a Lightning page; use the My Domain host, \
                https://COMPANY.my.salesforce.com (Setup, My Domain)"
                .to_owned());
        }
        let plain = |c: u8| c.is_ascii_alphanumeric() || b"-_./".contains(&c);
        if self.client_name.is_empty() || !self.client_name.bytes().all(plain) {
            return Err("client_name may hold only letters, digits and - _ . /".to_owned());
        }
        if self.client_id.is_empty() {
            return Err("client_id is missing: the consumer key of the External Client App".into());
        }
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        let version = self.api_version.strip_prefix('v').and_then(|v| v.split_once('.'));
        if !version.is_some_and(|(major, minor)| digits(major) && digits(minor)) {
            return Err(format!("api_version {:?} is not of the form v66.0", self.api_version));
        }
        match self.flow {
            Flow::ClientCredentials if self.client_secret.is_none() => {
                Err("client_secret is missing; the client_credentials flow needs it".to_owned())
            }
            Flow::ClientCredentials
                if matches!(name, "login.salesforce.com" | "test.salesforce.com") =>
            {
                Err("the client_credentials flow works only on the My Domain host: set login_url \
                    to https://COMPANY.my.salesforce.com"
                    .to_owned())
            }
            Flow::Jwt if self.username.is_none() || self.private_key.is_none() => {
                Err("username and private_key are needed by the jwt flow".to_owned())
            }
            _ => Ok(()),
        }
    }

    /// Who a JWT is addressed to: the login host of production or of sandboxes, whatever host it
    /// is sent to.
    pub(super) fn audience(&self) -> &'static str {
        let sandbox = self.login_url.contains("//test.salesforce.com")
            || self.login_url.contains(".sandbox.");
        if sandbox { "https://test.salesforce.com" } else { "https://login.salesforce.com" }
    }

    /// Whether the org is a stand-in on this machine.
    pub(super) fn is_local(&self) -> bool {
        let host = reqwest::Url::parse(&self.login_url);
        host.is_ok_and(|host| host.host_str().is_some_and(network::is_this_machine))
    }

    pub(super) fn connect_timeout(&self) -> Duration {
        Duration::from_secs(self.connect_timeout_seconds.max(1))
    }

    pub(super) fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout_seconds.max(1))
    }
}
