//! The configured sources, ready to receive.

use std::{collections::BTreeMap, iter};

use axum::http::{HeaderName, HeaderValue};
use jiff::SignedDuration;

use super::{
    Accepted, Refused, Request, Settings, SettingsError,
    auth::{Proof, Scheme, Secrets, unambiguous},
    kind::{Adapter, Context, KINDS, Kind},
    mend,
    settings::{Problem, Unusable},
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
    /// Every setting that keeps a source from being used, and what to do about it. Never a secret.
    pub fn build(settings: &BTreeMap<String, Settings>, region: &Region) -> Result<Self, Unusable> {
        let (mut sources, mut wrong) = (BTreeMap::new(), Vec::new());
        for (name, settings) in settings {
            match Source::build(name, settings, region) {
                Ok(source) => drop(sources.insert(name.clone(), source)),
                Err(problems) => wrong.extend(problems.into_iter().map(|problem| SettingsError {
                    source_name: name.clone(),
                    setting: problem.setting.to_owned(),
                    problem: problem.text,
                })),
            }
        }
        if wrong.is_empty() { Ok(Self(sources)) } else { Err(Unusable(wrong)) }
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

    fn build(name: &str, settings: &Settings, region: &Region) -> Result<Self, Vec<Problem>> {
        let kind = kind(name, settings).map_err(|problem| vec![problem])?;
        // What is wrong beside a missing secret is said with it: nobody wants to start five times.
        let secrets = Secrets::resolve(&settings.secrets);
        let settings = match completed(name, kind, settings) {
            Ok(settings) => settings,
            Err(problem) => return Err(iter::once(problem).chain(secrets.err()).collect()),
        };
        let scheme = secrets.and_then(|secrets| (kind.scheme)(&settings, secrets));
        match (scheme, (kind.adapter)(&settings)) {
            (Ok(scheme), Ok(adapter)) => Ok(Self {
                name: SourceName::new(name),
                kind: kind.name,
                region: region.clone(),
                scheme,
                adapter,
                silence: settings.silence.unwrap_or(kind.silence),
                max_body: settings.max_body.unwrap_or(Self::MAX_BODY),
            }),
            (scheme, adapter) => Err(scheme.err().into_iter().chain(adapter.err()).collect()),
        }
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

/// The words for `kind = "…"`.
pub fn kinds() -> impl Iterator<Item = &'static str> {
    KINDS.iter().map(|kind| kind.name)
}

/// What kind of source this is.
fn kind(name: &str, settings: &Settings) -> Result<&'static Kind, Problem> {
    let fine = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
    if name.is_empty() || name.len() > 40 || !name.bytes().all(fine) {
        return Err(Problem::new(
            "(name)",
            "a source's name is part of its URL: up to 40 of a-z, 0-9, - and _",
        ));
    }
    KINDS.iter().find(|kind| kind.name == settings.kind).ok_or_else(|| {
        let known: Vec<&str> = kinds().collect();
        let text = format!("there is no kind {:?}; there are: {}", settings.kind, known.join(", "));
        Problem::new("kind", text)
    })
}

/// The settings with what the kind's preset says, and the whole address that providers post to.
fn completed(name: &str, kind: &Kind, settings: &Settings) -> Result<Settings, Problem> {
    let mut settings = settings.clone();
    if let Some(base) = &mut settings.public_url {
        *base = hook_address(name, base)?;
    }
    if let Some(preset) = kind.preset {
        let preset = toml::from_str(preset)
            .map_err(|error| Problem::new("kind", format!("the preset is broken: {error}")))?;
        settings = settings.over(preset);
    }
    Ok(settings)
}

/// Where a source's webhooks go, under the address at which providers reach the hub.
fn hook_address(name: &str, base: &str) -> Result<String, Problem> {
    let wrong = |text: &str| Err(Problem::new("public_url", text));
    if !base.starts_with("https://") && !base.starts_with("http://") {
        return wrong("must be an address such as https://calls.example.com");
    }
    let base = base.trim_end_matches('/');
    // Signatures over an address that nobody posts to fit nothing: every webhook would be refused.
    let (own, folder) = (format!("/hooks/{name}"), "/hooks");
    match base.strip_suffix(&own).or_else(|| base.strip_suffix(folder)) {
        Some(root) => wrong(&format!("is given without {own}, which is added by itself: {root}")),
        None => Ok(format!("{base}{own}")),
    }
}
