//! A person logs in: the authorization code flow with PKCE. What it leaves behind is a refresh
//! token; the code that passes through the browser is worth nothing to whoever sees it.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use reqwest::Url;
use ring::rand::{SecureRandom, SystemRandom};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{
    escape::RecordId,
    failure::{Class, Failure, Trouble, from_token_answer},
    http::exchange,
    settings::Settings,
    token,
};

/// Where Salesforce sends the browser afterwards, unless the settings say otherwise. It must stand
/// among the app's callback URLs, letter for letter.
pub const REDIRECT: &str = "http://localhost:1717/OauthRedirect";

/// A login under way.
pub struct Login {
    settings: Settings,
    http: reqwest::Client,
    verifier: SecretString,
    state: String,
}

/// What a login brought.
#[derive(Debug)]
pub struct Approved {
    /// The standing permission.
    pub refresh_token: SecretString,
    /// The org.
    pub org_id: RecordId,
    /// The user.
    pub user_id: RecordId,
}

/// Why what came back is no approval.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RedirectError {
    /// Not an address, or without what an approval has in it.
    #[error(
        "this is not the address Salesforce sent the browser to: it begins with {0} and has \
         code=\u{2026} in it; copy the whole line of the browser's address bar"
    )]
    NoCode(String),
    /// Of another login.
    #[error("this address is from another login; use the URL that was printed last")]
    OtherLogin,
    /// The user or the org said no.
    #[error("Salesforce did not approve: {0}")]
    Refused(String),
}

impl Login {
    /// Begins a login.
    ///
    /// # Errors
    /// When the settings can't be right, or the system has no randomness to give.
    pub fn begin(settings: Settings) -> Result<Self, Failure> {
        let config = |why: String| Failure::own(Class::OrgWide(Trouble::Config), "SECRET", why);
        let http = super::http::client(&settings).map_err(|error| config(error.to_string()))?;
        let verifier = random(48).ok_or_else(|| config("no randomness".to_owned()))?.into();
        let state = random(16).ok_or_else(|| config("no randomness".to_owned()))?;
        Ok(Self { settings, http, verifier, state })
    }

    /// Where the app sends the browser afterwards.
    pub fn redirect(&self) -> &str {
        self.settings.redirect_uri.as_deref().unwrap_or(REDIRECT)
    }

    /// What the person opens in a browser, on whatever machine.
    ///
    /// # Errors
    /// When the login host is none.
    pub fn url(&self) -> Result<Url, Failure> {
        let host = self.settings.login_url.trim_end_matches('/');
        let challenge = Sha256::digest(self.verifier.expose_secret());
        let challenge = BASE64_URL_SAFE_NO_PAD.encode(challenge);
        let query = [
            ("response_type", "code"),
            ("client_id", self.settings.client_id.as_str()),
            ("redirect_uri", self.redirect()),
            ("scope", "api refresh_token"),
            ("state", &self.state),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        Url::parse_with_params(&format!("{host}/services/oauth2/authorize"), query).map_err(|_| {
            let why = format!("login_url {host:?} is not a URL");
            Failure::own(Class::OrgWide(Trouble::Config), "SECRET", why)
        })
    }

    /// The code in the address the browser was sent to.
    ///
    /// # Errors
    /// A [`RedirectError`].
    pub fn code(&self, redirected: &str) -> Result<SecretString, RedirectError> {
        let no_code = || RedirectError::NoCode(self.redirect().to_owned());
        let url = Url::parse(redirected.trim()).map_err(|_| no_code())?;
        let field = |name: &str| {
            url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
        };
        if let Some(error) = field("error") {
            let description = field("error_description").unwrap_or_default();
            return Err(RedirectError::Refused(format!("{error} {description}").trim().to_owned()));
        }
        let code = field("code").filter(|code| !code.is_empty()).ok_or_else(no_code)?;
        if field("state").as_deref() != Some(self.state.as_str()) {
            return Err(RedirectError::OtherLogin);
        }
        Ok(code.into())
    }

    /// Trades the code for a standing permission.
    ///
    /// # Errors
    /// What Salesforce refused, and which setting to change.
    pub async fn exchange(&self, code: &SecretString) -> Result<Approved, Failure> {
        let secret = match &self.settings.client_secret {
            Some(reference) => {
                Some(reference.fetch().await.map_err(|error| token::secret(&error))?)
            }
            None => None,
        };
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("client_id", self.settings.client_id.as_str()),
            ("redirect_uri", self.redirect()),
            ("code", code.expose_secret()),
            ("code_verifier", self.verifier.expose_secret()),
        ];
        // A public client must not send one, a confidential one must.
        form.extend(secret.as_ref().map(|secret| ("client_secret", secret.expose_secret())));
        let host = self.settings.login_url.trim_end_matches('/');
        let request = self.http.post(format!("{host}/services/oauth2/token")).form(&form);
        let answer = exchange(request, false).await?;
        if !answer.is_success() {
            let (status, wait) = (answer.status, answer.retry_after());
            return Err(from_token_answer(status, &answer.body, wait));
        }
        self.approved(&answer.body)
    }

    fn approved(&self, body: &[u8]) -> Result<Approved, Failure> {
        #[derive(Deserialize)]
        struct Granted {
            id: String,
            #[serde(default)]
            refresh_token: Option<SecretString>,
        }
        let config = |code: &str, why: &str| {
            Failure::own(Class::OrgWide(Trouble::Config), code, why.to_owned())
        };
        let granted: Granted = serde_json::from_slice(body)
            .map_err(|_| config("TOKEN", "the answer is not Salesforce's: check login_url"))?;
        let mut ids = granted.id.rsplit('/').map(RecordId::parse);
        let (Some(Some(user_id)), Some(Some(org_id))) = (ids.next(), ids.next()) else {
            return Err(config("TOKEN", "the answer does not say which org it is for"));
        };
        if let Some(expected) = self.settings.org_id.as_deref()
            && !org_id.same_as(expected)
        {
            let why = format!("the login is for org {org_id}, expected was {expected}");
            return Err(config("WRONG_ORG", &why));
        }
        let refresh_token = granted.refresh_token.ok_or_else(|| {
            config(
                "SECRET",
                "Salesforce gave no refresh token: add the scope \"Perform requests at any time \
                 (refresh_token, offline_access)\" to the External Client App, then log in again",
            )
        })?;
        Ok(Approved { refresh_token, org_id, user_id })
    }
}

/// So many random bytes, as letters, digits, - and _.
fn random(bytes: usize) -> Option<String> {
    let mut random = vec![0; bytes];
    SystemRandom::new().fill(&mut random).ok()?;
    Some(BASE64_URL_SAFE_NO_PAD.encode(random))
}
