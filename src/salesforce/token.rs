//! Access tokens: one request at a time, rotated refresh tokens kept before anything else.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, Ordering},
};

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{
    escape::RecordId,
    failure::{Class, Failure, Trouble, from_token_answer},
    http::exchange,
    jwt,
    settings::{Flow, Settings},
};

/// Any error of a token store.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Keeps rotated refresh tokens where they outlive the process.
///
/// `login` names the login a token came from (a hash of host, app and the first token); a login
/// that is replaced in the config has another name and starts afresh.
pub trait TokenStore: Send + Sync {
    /// The refresh token kept last for this login.
    fn load<'a>(&'a self, login: &'a str) -> BoxFuture<'a, Result<Option<SecretString>, BoxError>>;

    /// The org all of this is for, once one was; none where that is not kept.
    fn org(&self) -> BoxFuture<'_, Result<Option<String>, BoxError>> {
        Box::pin(std::future::ready(Ok(None)))
    }

    /// Keeps the org of the first session: from then on no other is written to.
    fn keep_org<'a>(&'a self, _org: &'a str) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(std::future::ready(Ok(())))
    }

    /// Keeps a refresh token. When this returns, the token must survive a crash: Salesforce has
    /// revoked the one before.
    fn keep<'a>(
        &'a self,
        login: &'a str,
        token: &'a SecretString,
    ) -> BoxFuture<'a, Result<(), BoxError>>;

    /// Waits until nobody else uses this login's refresh token, and keeps it so until what is
    /// returned is dropped: two processes that use one rotated token at once lose it.
    fn alone<'a>(&'a self, _login: &'a str) -> BoxFuture<'a, Result<Box<dyn Send>, BoxError>> {
        Box::pin(std::future::ready(Ok(Box::new(()) as Box<dyn Send>)))
    }
}

/// Keeps tokens for as long as the process lives: enough where none is rotated.
#[derive(Default)]
pub struct InMemory(Mutex<Option<(String, SecretString)>>);

impl TokenStore for InMemory {
    fn load<'a>(&'a self, login: &'a str) -> BoxFuture<'a, Result<Option<SecretString>, BoxError>> {
        let kept = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let found = kept.as_ref().filter(|(name, _)| name == login).map(|(_, token)| token.clone());
        Box::pin(std::future::ready(Ok(found)))
    }

    fn keep<'a>(
        &'a self,
        login: &'a str,
        token: &'a SecretString,
    ) -> BoxFuture<'a, Result<(), BoxError>> {
        let mut kept = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *kept = Some((login.to_owned(), token.clone()));
        Box::pin(std::future::ready(Ok(())))
    }
}

/// What a token request gave us.
#[derive(Clone)]
pub(super) struct Session {
    pub(super) access_token: SecretString,
    pub(super) instance_url: Url,
    pub(super) org_id: RecordId,
    pub(super) user_id: RecordId,
}

/// The answer to a token request. `issued_at`, `scope`, `signature` and `expires_in` are absent
/// from some answers and of no use to us.
#[derive(Deserialize)]
struct Granted {
    access_token: SecretString,
    instance_url: String,
    id: String,
    #[serde(default)]
    refresh_token: Option<SecretString>,
    #[serde(default)]
    token_type: Option<String>,
}

/// The session all requests share.
pub(super) struct Sessions {
    settings: Settings,
    http: reqwest::Client,
    store: Arc<dyn TokenStore>,
    current: tokio::sync::Mutex<Current>,
    /// Token requests that came to an end.
    finished: AtomicU64,
}

#[derive(Default)]
struct Current {
    session: Option<Arc<Session>>,
    /// Why the last token request failed; none when it did not.
    failure: Option<Failure>,
    /// The org of the first session.
    org_id: Option<RecordId>,
}

impl Sessions {
    pub(super) fn new(
        settings: Settings,
        http: reqwest::Client,
        store: Arc<dyn TokenStore>,
    ) -> Self {
        let org_id = settings.org_id.as_deref().and_then(RecordId::parse);
        let current = Current { org_id, ..Current::default() };
        Self { settings, http, store, current: current.into(), finished: AtomicU64::new(0) }
    }

    /// The session to use: the current one, or a new one when there is none or it is the `stale`
    /// one. However many ask at once, one token request is made, and all share how it ended.
    pub(super) async fn get(
        self: &Arc<Self>,
        stale: Option<&Arc<Session>>,
    ) -> Result<Arc<Session>, Failure> {
        let seen = self.finished.load(Ordering::Acquire);
        let this = Arc::clone(self);
        let stale = stale.cloned();
        let refresh = async move {
            let mut current = this.current.lock().await;
            if let Some(session) = &current.session
                && stale.as_ref().is_none_or(|stale| !Arc::ptr_eq(stale, session))
            {
                return Ok(Arc::clone(session));
            }
            if let Some(failure) = &current.failure
                && this.finished.load(Ordering::Acquire) > seen
            {
                return Err(failure.clone());
            }
            let outcome = this.refresh(&mut current).await;
            current.failure = outcome.as_ref().err().cloned();
            current.session = outcome.as_ref().ok().cloned();
            this.finished.fetch_add(1, Ordering::Release);
            outcome
        };
        // A task of its own: whoever asked may lose interest, but a rotated token that was sent
        // to us must still be kept.
        tokio::spawn(refresh).await.unwrap_or_else(|_| {
            Err(Failure::own(Class::Transient, "TOKEN", "the token request was interrupted"))
        })
    }

    async fn refresh(&self, current: &mut Current) -> Result<Arc<Session>, Failure> {
        let login = login_name(&self.settings).await?;
        let _alone = match self.settings.flow {
            Flow::RefreshToken => Some(self.store.alone(&login).await.map_err(|error| {
                let message = format!("the refresh token can't be had alone: {error}");
                Failure::own(Class::Transient, "TOKEN_STORE", message)
            })?),
            Flow::ClientCredentials | Flow::Jwt => None,
        };
        let used = self.refresh_token(&login).await?;
        let granted = match self.ask(used.as_ref()).await {
            Ok(granted) => granted,
            Err(failure) => {
                // Another process may have used this token a moment ago and kept its successor.
                let newer = self.refresh_token(&login).await?;
                let same = newer.as_ref().map(ExposeSecret::expose_secret)
                    == used.as_ref().map(ExposeSecret::expose_secret);
                if same {
                    return Err(failure);
                }
                self.ask(newer.as_ref()).await?
            }
        };
        if let Some(rotated) = &granted.refresh_token {
            crash_point!("token.granted");
            self.store.keep(&login, rotated).await.map_err(|error| {
                let message = format!("the new refresh token can't be kept: {error}");
                Failure::own(Class::OrgWide(Trouble::Config), "TOKEN_STORE", message)
            })?;
            crash_point!("token.kept");
        }
        let known = match &current.org_id {
            Some(known) => Some(known.clone()),
            None => {
                let kept = self.store.org().await.map_err(|error| unkept(&error))?;
                kept.as_deref().and_then(RecordId::parse)
            }
        };
        let session = Arc::new(accept(granted, known.as_ref())?);
        if current.org_id.is_none() {
            let org = session.org_id.as_str();
            self.store.keep_org(org).await.map_err(|error| unkept(&error))?;
            current.org_id = Some(session.org_id.clone());
        }
        Ok(session)
    }

    async fn refresh_token(&self, login: &str) -> Result<Option<SecretString>, Failure> {
        if self.settings.flow != Flow::RefreshToken {
            return Ok(None);
        }
        let kept = self.store.load(login).await.map_err(|error| {
            let message = format!("the kept refresh token can't be read: {error}");
            Failure::own(Class::OrgWide(Trouble::Config), "TOKEN_STORE", message)
        })?;
        match (kept, &self.settings.refresh_token) {
            (Some(kept), _) => Ok(Some(kept)),
            (None, Some(first)) => Ok(Some(first.fetch().await.map_err(|error| secret(&error))?)),
            (None, None) => Ok(None),
        }
    }

    async fn ask(&self, refresh_token: Option<&SecretString>) -> Result<Granted, Failure> {
        let client_secret = match &self.settings.client_secret {
            Some(reference) => Some(reference.fetch().await.map_err(|error| secret(&error))?),
            None => None,
        };
        let assertion;
        let mut form = vec![("client_id", self.settings.client_id.as_str())];
        match (self.settings.flow, refresh_token) {
            (Flow::RefreshToken, Some(token)) => {
                form.push(("grant_type", "refresh_token"));
                form.push(("refresh_token", token.expose_secret()));
            }
            (Flow::RefreshToken, None) => {
                return Err(Failure::own(
                    Class::OrgWide(Trouble::Reauthorise),
                    "SECRET",
                    "there is no refresh token yet: run `callboard login`",
                ));
            }
            (Flow::ClientCredentials, _) => form.push(("grant_type", "client_credentials")),
            (Flow::Jwt, _) => {
                assertion = self.assertion().await?;
                form.push(("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"));
                form.push(("assertion", &assertion));
            }
        }
        if let Some(client_secret) = &client_secret {
            form.push(("client_secret", client_secret.expose_secret()));
        }
        let host = self.settings.login_url.trim_end_matches('/');
        let request = self.http.post(format!("{host}/services/oauth2/token")).form(&form);
        let answer = exchange(request, true).await?;
        if !answer.is_success() {
            let (status, wait) = (answer.status, answer.retry_after());
            return Err(from_token_answer(status, &answer.body, wait));
        }
        serde_json::from_slice(&answer.body).map_err(|_| {
            Failure::own(
                Class::OrgWide(Trouble::Config),
                "TOKEN",
                "the token answer is not Salesforce's: check login_url",
            )
        })
    }
}

impl Sessions {
    /// The signed claim to be the user of the settings.
    async fn assertion(&self) -> Result<String, Failure> {
        let Settings { client_id, username, private_key, .. } = &self.settings;
        let (Some(username), Some(private_key)) = (username, private_key) else {
            return Err(Failure::own(
                Class::OrgWide(Trouble::Config),
                "SECRET",
                "username and private_key are needed by the jwt flow",
            ));
        };
        let key = private_key.fetch().await.map_err(|error| secret(&error))?;
        let claims = jwt::Claims {
            issuer: client_id,
            subject: username,
            audience: self.settings.audience(),
            now: Timestamp::now(),
        };
        jwt::sign(&claims, key.expose_secret())
            .map_err(|why| Failure::own(Class::OrgWide(Trouble::Config), "SECRET", why))
    }
}

fn unkept(error: &BoxError) -> Failure {
    let message = format!("the journal can't say which org it belongs to: {error}");
    Failure::own(Class::OrgWide(Trouble::Config), "TOKEN_STORE", message)
}

/// The name under which a [`TokenStore`] keeps what the login of these settings was given.
///
/// # Errors
/// When the first refresh token, which is part of it, can't be had.
pub async fn login_name(settings: &Settings) -> Result<String, Failure> {
    let mut hash = Sha256::new();
    hash.update(&settings.login_url);
    hash.update([0]);
    hash.update(&settings.client_id);
    if let Some(first) = &settings.refresh_token {
        hash.update([0]);
        hash.update(first.fetch().await.map_err(|error| secret(&error))?.expose_secret());
    }
    Ok(hex::encode(&hash.finalize()[..16]))
}

pub(super) fn secret(error: &crate::secret::SecretError) -> Failure {
    Failure::own(Class::OrgWide(Trouble::Config), "SECRET", error.to_string())
}

/// Makes a session of what was granted, if it is of the org we write to.
fn accept(granted: Granted, expected: Option<&RecordId>) -> Result<Session, Failure> {
    let config = |code: &str, message: &str| {
        Failure::own(Class::OrgWide(Trouble::Config), code, message.to_owned())
    };
    if granted.token_type.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case("dpop")) {
        return Err(config(
            "DPOP",
            "the app requires DPoP tokens, which are not supported: turn \"Require DPoP\" off",
        ));
    }
    // …/id/00D…/005…: the org, then the user.
    let org_id = granted.id.rsplit('/').nth(1).and_then(RecordId::parse).ok_or_else(|| {
        config("TOKEN", "the token answer does not say which org it is for: check login_url")
    })?;
    let user_id = granted.id.rsplit('/').next().and_then(RecordId::parse).ok_or_else(|| {
        config("TOKEN", "the token answer does not say which user it is for: check login_url")
    })?;
    if let Some(expected) = expected
        && !expected.same_as(org_id.as_str())
    {
        let message = format!(
            "the token is for org {org_id}, and what is recorded here belongs to {expected}"
        );
        return Err(config("WRONG_ORG", &message));
    }
    let instance_url = Url::parse(&granted.instance_url)
        .ok()
        .filter(Url::has_host)
        .ok_or_else(|| config("TOKEN", "the token answer's instance_url is not a URL"))?;
    Ok(Session { access_token: granted.access_token, instance_url, org_id, user_id })
}
