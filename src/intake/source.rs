//! The configured sources, ready to receive.

use std::collections::BTreeMap;

use axum::http::{HeaderName, HeaderValue};
use jiff::SignedDuration;

use super::{
    Accepted, Refused, Request, Settings, SettingsError,
    auth::{Proof, Scheme, Secrets, unambiguous},
    kind::{Adapter, Context, KINDS},
    mend,
    settings::Problem,
};
use crate::call::{Region, SourceName};

/// All configured sources by name.
#[derive(Debug, Default)]
pub struct Sources(BTreeMap<String, Source>);

/// One provider's connection.
#[derive(Debug)]
pub struct Source {
    name: SourceName,
    kind: &'static str,
    region: Region,
    scheme: Box<dyn Scheme>,
    adapter: Box<dyn Adapter>,
    silence: SignedDuration,
    max_body: usize,
}

impl Sources {
    /// Prepares every source of the config. `region` is the country of numbers without `+`.
    ///
    /// # Errors
    /// The first source and setting that can't be used, and what to do about it. Never a secret.
    pub fn build(
        settings: &BTreeMap<String, Settings>,
        region: &Region,
    ) -> Result<Self, SettingsError> {
        settings
            .iter()
            .map(|(name, settings)| {
                let source =
                    Source::build(name, settings, region).map_err(|problem| SettingsError {
                        source_name: name.clone(),
                        setting: problem.setting.to_owned(),
                        problem: problem.text,
                    })?;
                Ok((name.clone(), source))
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// The source of this name.
    pub fn get(&self, name: &str) -> Option<&Source> {
        self.0.get(name)
    }

    /// Every source, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Source> {
        self.0.values()
    }
}

impl Source {
    /// Enough for the report of a call that lasted hours, with every word and metric in it.
    const MAX_BODY: usize = 16 * 1024 * 1024;

    fn build(name: &str, settings: &Settings, region: &Region) -> Result<Self, Problem> {
        let fine = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
        if name.is_empty() || name.len() > 40 || !name.bytes().all(fine) {
            return Err(Problem::new(
                "(name)",
                "a source's name is part of its URL: up to 40 of a-z, 0-9, - and _",
            ));
        }
        let kind = KINDS.iter().find(|kind| kind.name == settings.kind).ok_or_else(|| {
            let known: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
            let text =
                format!("there is no kind {:?}; there are: {}", settings.kind, known.join(", "));
            Problem::new("kind", text)
        })?;
        let secrets = Secrets::resolve(&settings.secrets)?;
        let mut settings = settings.clone();
        if let Some(base) = &mut settings.public_url {
            if !base.starts_with("https://") && !base.starts_with("http://") {
                let text = "must be an address such as https://calls.example.com";
                return Err(Problem::new("public_url", text));
            }
            *base = format!("{}/hooks/{name}", base.trim_end_matches('/'));
        }
        if let Some(preset) = kind.preset {
            let preset = toml::from_str(preset)
                .map_err(|error| Problem::new("kind", format!("the preset is broken: {error}")))?;
            settings = settings.over(preset);
        }
        let settings = &settings;
        Ok(Self {
            name: SourceName::new(name),
            kind: kind.name,
            region: region.clone(),
            scheme: (kind.scheme)(settings, secrets)?,
            adapter: (kind.adapter)(settings)?,
            silence: settings.silence.unwrap_or(kind.silence),
            max_body: settings.max_body.unwrap_or(Self::MAX_BODY),
        })
    }

    /// Its name.
    pub fn name(&self) -> &SourceName {
        &self.name
    }

    /// Its kind (`vapi`).
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// The largest body it takes, in bytes.
    pub fn max_body(&self) -> usize {
        self.max_body
    }

    /// How long an open call may say nothing before it is stale.
    pub fn silence(&self) -> SignedDuration {
        self.silence
    }

    /// Refuses what its headers alone show not to be genuine, so that no stranger's body is waited
    /// for. `request.body` is not looked at: it may still be on its way.
    ///
    /// # Errors
    /// As [`Source::receive`], with 401.
    pub fn greet(&self, request: &Request<'_>) -> Result<(), Refused> {
        unambiguous(request.headers, &self.scheme.headers())?;
        self.scheme.greet(request)
    }

    /// Verifies a request and tells what it means.
    ///
    /// # Errors
    /// See [`Refused`]; nothing of a refused request may be kept.
    pub fn receive(&self, request: &Request<'_>) -> Result<Accepted, Refused> {
        if request.body.len() > self.max_body {
            let (bytes, max) = (request.body.len(), self.max_body);
            return Err(Refused::TooLarge { bytes, max });
        }
        unambiguous(request.headers, &self.scheme.headers())?;
        if let Some(reply) = self.scheme.grant(request) {
            return reply.map(|reply| Accepted::ignored("token").reply(reply));
        }
        let proof = self.scheme.verify(request)?;
        self.translate(request, &proof, false)
    }

    /// What a request would mean if it were genuine. For trying things out; a hub never calls it.
    ///
    /// # Errors
    /// As [`Source::receive`], but for the authentication.
    pub fn preview(&self, request: &Request<'_>) -> Result<Accepted, Refused> {
        let claimed = self.scheme.claim(request);
        self.translate(request, &claimed, true)
    }

    /// What was signed are the bytes as they came; what is read is their text made whole.
    fn translate(
        &self,
        request: &Request<'_>,
        proof: &Proof,
        preview: bool,
    ) -> Result<Accepted, Refused> {
        let mended = mend::json(request.body);
        let body = mended.as_deref().unwrap_or(request.body);
        let request = Request { body, ..*request };
        self.adapter.translate(&self.context(&request, preview), &request, proof)
    }

    fn context(&self, request: &Request<'_>, preview: bool) -> Context<'_> {
        Context { source: &self.name, region: &self.region, now: request.now, preview }
    }

    /// The headers that make the request genuine at `request.now`, with the first secret.
    pub fn sign(&self, request: &Request<'_>) -> Vec<(HeaderName, HeaderValue)> {
        self.scheme.sign(request)
    }
}
