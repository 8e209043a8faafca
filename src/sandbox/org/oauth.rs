//! Tokens: who may ask for one, how long it lives, what becomes of a refresh token used twice.

use std::{borrow::Cow, collections::HashMap};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{
    FaultKind, Org,
    answer::Answer,
    wire::{Request, form},
};

/// The sessions and refresh tokens of the org.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    sessions: HashMap<String, Session>,
    refresh: HashMap<String, Refresh>,
    families: u64,
}

#[derive(Debug)]
struct Session {
    last_used: Timestamp,
    started: Timestamp,
    family: Option<u64>,
}

#[derive(Debug)]
struct Refresh {
    family: u64,
    /// Rotated out: to use it again is the mark of a thief.
    used: bool,
}

impl Tokens {
    /// Whether the token is alive; being used keeps it so.
    pub(super) fn accept(&mut self, token: &str, now: Timestamp, life: SignedDuration) -> bool {
        let Some(session) = self.sessions.get_mut(token) else { return false };
        let alive = now.duration_since(session.last_used) < life;
        if alive {
            session.last_used = now;
        } else {
            self.sessions.remove(token);
        }
        alive
    }

    /// Every session and refresh token there is.
    pub(super) fn all(&self) -> impl Iterator<Item = &String> {
        self.sessions.keys().chain(self.refresh.keys())
    }

    /// Ends all sessions; refresh tokens live on.
    pub(super) fn expire_all(&mut self) {
        self.sessions.clear();
    }

    fn open(&mut self, token: String, now: Timestamp, family: Option<u64>) {
        self.sessions.insert(token, Session { last_used: now, started: now, family });
    }

    fn revoke_family(&mut self, family: u64) {
        self.sessions.retain(|_, session| session.family != Some(family));
        self.refresh.retain(|_, refresh| refresh.family != family);
    }
}

/// An error of the token endpoint.
pub(super) struct TokenError(Cow<'static, str>, String);

impl TokenError {
    pub(super) fn new(error: &'static str, description: &str) -> Self {
        Self(error.into(), description.to_owned())
    }
}

impl From<TokenError> for Answer {
    fn from(TokenError(error, description): TokenError) -> Self {
        Self::json(400, json!({ "error": error, "error_description": description }))
    }
}

impl Org {
    /// A new refresh token, as if a user had approved the app.
    pub(super) fn approve(&mut self) -> String {
        self.tokens.families += 1;
        let family = self.tokens.families;
        self.new_refresh_token(family)
    }

    fn new_refresh_token(&mut self, family: u64) -> String {
        let token = format!("5Aep861{}", self.secret(60));
        self.tokens.refresh.insert(token.clone(), Refresh { family, used: false });
        token
    }

    /// `/services/oauth2/*`
    pub(super) fn oauth(&mut self, request: &Request) -> Answer {
        let fields = form(request);
        match (request.method.as_str(), request.path.last().map(String::as_str)) {
            ("POST", Some("token")) => self.token(request, &fields).unwrap_or_else(Answer::from),
            ("GET", Some("authorize")) => self.authorize(request),
            ("POST", Some("revoke")) => self.revoke(&fields),
            ("POST", Some("introspect")) => self.introspect(request, &fields),
            ("GET" | "POST", Some("userinfo")) => self.user_info(request),
            _ => Answer::text(
                404,
                "text/html;charset=UTF-8",
                "<html><body>URL No Longer Exists</body></html>",
            ),
        }
    }

    fn token(
        &mut self,
        request: &Request,
        fields: &HashMap<String, String>,
    ) -> Result<Answer, TokenError> {
        self.strike_token_error()?;
        let grant = fields.get("grant_type").map(String::as_str);
        match grant {
            Some("client_credentials") => {
                self.check_client(request, fields, true)?;
                Ok(self.grant(None, None, "api"))
            }
            Some("refresh_token") => {
                self.check_client(request, fields, false)?;
                let old = fields.get("refresh_token").cloned().unwrap_or_default();
                self.refresh(&old)
            }
            Some("authorization_code") => {
                self.check_client(request, fields, false)?;
                self.exchange_code(fields)
            }
            Some("urn:ietf:params:oauth:grant-type:jwt-bearer") => self.exchange_assertion(fields),
            Some("password") => Err(TokenError::new("invalid_grant", "authentication failure")),
            None => Err(TokenError::new("invalid_request", "must supply a grant type")),
            Some(_) => Err(TokenError::new("unsupported_grant_type", "grant type not supported")),
        }
    }

    fn strike_token_error(&mut self) -> Result<(), TokenError> {
        let now = self.now();
        let concerns = |kind: &FaultKind| matches!(kind, FaultKind::TokenError { .. });
        match self.faults.strike(now, concerns, |_| true).into_iter().next() {
            Some(FaultKind::TokenError { error, description }) => {
                Err(TokenError(error.into(), description.unwrap_or_default()))
            }
            _ => Ok(()),
        }
    }

    fn refresh(&mut self, old: &str) -> Result<Answer, TokenError> {
        let gone = || TokenError::new("invalid_grant", "expired access/refresh token");
        let (family, used) = self
            .tokens
            .refresh
            .get(old)
            .map(|refresh| (refresh.family, refresh.used))
            .ok_or_else(gone)?;
        if used {
            self.tokens.revoke_family(family);
            return Err(gone());
        }
        let new = self.options.rotate_refresh_tokens.then(|| self.new_refresh_token(family));
        if new.is_some()
            && let Some(refresh) = self.tokens.refresh.get_mut(old)
        {
            refresh.used = true;
        }
        Ok(self.grant(Some(family), new, "refresh_token api"))
    }

    fn check_client(
        &self,
        request: &Request,
        fields: &HashMap<String, String>,
        secret_needed: bool,
    ) -> Result<(), TokenError> {
        let (id, secret) =
            request.basic().map(|(id, secret)| (Some(id), Some(secret))).unwrap_or_else(|| {
                (fields.get("client_id").cloned(), fields.get("client_secret").cloned())
            });
        if id.as_deref() != Some(&self.options.client_id) {
            return Err(TokenError::new("invalid_client_id", "client identifier invalid"));
        }
        match secret {
            Some(secret) if secret == self.options.client_secret => Ok(()),
            None if !secret_needed => Ok(()),
            _ => Err(TokenError::new("invalid_client", "invalid client credentials")),
        }
    }

    fn grant(&mut self, family: Option<u64>, refresh: Option<String>, scope: &str) -> Answer {
        let random = self.secret(94);
        let token = format!("{}!AQ{random}", &self.org_id[..15]);
        let now = self.now();
        self.tokens.open(token.clone(), now, family);
        let mut body = json!({
            "access_token": token,
            "signature": self.secret(43) + "=",
            "scope": scope,
            "instance_url": self.base_url,
            "id": format!("{}/id/{}/{}", self.base_url, self.org_id, self.user_id),
            "token_type": "Bearer",
            "issued_at": now.as_millisecond().to_string(),
        });
        if let Some(refresh) = refresh {
            body["refresh_token"] = json!(refresh);
        }
        Answer::json(200, body)
    }

    /// Both tokens, for a user who has just approved.
    pub(super) fn grant_approved(&mut self) -> Answer {
        self.tokens.families += 1;
        let family = self.tokens.families;
        let refresh = self.new_refresh_token(family);
        self.grant(Some(family), Some(refresh), "refresh_token api")
    }

    /// An access token alone.
    pub(super) fn grant_to_assertion(&mut self) -> Answer {
        self.grant(None, None, "api")
    }

    fn revoke(&mut self, fields: &HashMap<String, String>) -> Answer {
        let token = fields.get("token").map(String::as_str).unwrap_or_default();
        if let Some(family) = self.tokens.refresh.get(token).map(|refresh| refresh.family) {
            self.tokens.revoke_family(family);
        } else if self.tokens.sessions.remove(token).is_none() {
            return TokenError::new("unsupported_token_type", "this token type is not supported")
                .into();
        }
        Answer::empty(200)
    }

    fn introspect(&mut self, request: &Request, fields: &HashMap<String, String>) -> Answer {
        if let Err(error) = self.check_client(request, fields, true) {
            return Answer { status: 401, ..error.into() };
        }
        let token = fields.get("token").map(String::as_str).unwrap_or_default();
        let (now, life) = (self.now(), self.life());
        let session = self.tokens.sessions.get(token);
        let Some(session) = session.filter(|s| now.duration_since(s.last_used) < life) else {
            return Answer::json(200, json!({ "active": false }));
        };
        let expires = session.last_used.saturating_add(life).map_or(0, Timestamp::as_second);
        Answer::json(
            200,
            json!({
                "active": true, "scope": "api", "client_id": self.options.client_id,
                "username": self.options.username, "token_type": "access_token",
                "sub": format!("{}/id/{}/{}", self.base_url, self.org_id, self.user_id),
                "exp": expires, "iat": session.started.as_second(), "nbf": session.started.as_second(),
            }),
        )
    }

    fn user_info(&mut self, request: &Request) -> Answer {
        if !self.is_signed_in(request) {
            return Answer::text(403, "text/plain", "Bad_OAuth_Token");
        }
        Answer::json(200, self.identity())
    }

    /// What the `id` address and userinfo tell of the running user.
    pub(super) fn identity(&self) -> Value {
        json!({
            "id": format!("{}/id/{}/{}", self.base_url, self.org_id, self.user_id),
            "sub": format!("{}/id/{}/{}", self.base_url, self.org_id, self.user_id),
            "user_id": self.user_id, "organization_id": self.org_id,
            "username": self.options.username, "preferred_username": self.options.username,
            "display_name": "Callboard Integration", "active": true, "user_type": "STANDARD",
        })
    }

    /// How long an unused token lives.
    pub(super) fn life(&self) -> SignedDuration {
        SignedDuration::try_from(self.options.token_lifetime).unwrap_or(SignedDuration::MAX)
    }

    /// Whether the request carries a live token.
    pub(super) fn is_signed_in(&mut self, request: &Request) -> bool {
        let (now, life) = (self.now(), self.life());
        request.bearer().is_some_and(|token| self.tokens.accept(token, now, life))
    }
}
