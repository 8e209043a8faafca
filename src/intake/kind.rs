//! The kinds of sources there are: what a provider's file has to bring along.

use std::fmt::Debug;

use jiff::{SignedDuration, Timestamp};

use super::{
    Accepted, Refused, Request, Settings,
    auth::{Proof, Scheme, Secrets},
    callrail, generic, retell,
    settings::Problem,
    twilio, vapi,
};
use crate::call::{CallId, Event, Fact, Party, Region, SourceName, Text};

/// Every kind of source. A new provider adds its line here.
pub(super) static KINDS: &[Kind] = &[
    vapi::KIND,
    twilio::KIND,
    callrail::KIND,
    retell::KIND,
    generic::KIND,
    generic::preset("bland", include_str!("generic/presets/bland.toml")),
    generic::preset("elevenlabs", include_str!("generic/presets/elevenlabs.toml")),
    generic::preset("hoverbot", include_str!("generic/presets/hoverbot.toml")),
    generic::preset("leaddistro", include_str!("generic/presets/leaddistro.toml")),
    generic::preset("nextphone", include_str!("generic/presets/nextphone.toml")),
    generic::preset("openai-sip", include_str!("generic/presets/openai-sip.toml")),
];

/// A part of a source, or why it can't be as the settings want it.
pub(super) type Built<T> = Result<Box<T>, Problem>;

/// A kind of source: its defaults, how its requests prove themselves, and how it is translated.
pub(super) struct Kind {
    /// The word for `kind = "…"`.
    pub name: &'static str,
    /// How long an open call may say nothing before it counts as stale.
    pub silence: SignedDuration,
    /// Settings that fill what the config leaves out, as TOML.
    pub preset: Option<&'static str>,
    /// How requests prove themselves.
    pub scheme: fn(&Settings, Secrets) -> Built<dyn Scheme>,
    /// How requests become events.
    pub adapter: fn(&Settings) -> Built<dyn Adapter>,
}

/// Translates verified requests of one source.
pub(super) trait Adapter: Debug + Send + Sync {
    /// What the request means. Must accept whatever it does not know.
    fn translate(
        &self,
        context: &Context<'_>,
        request: &Request<'_>,
        proof: &Proof,
    ) -> Result<Accepted, Refused>;
}

/// What an adapter knows besides the request.
#[derive(Debug)]
pub(super) struct Context<'a> {
    pub source: &'a SourceName,
    pub region: &'a Region,
    pub now: Timestamp,
    /// Nobody vouches for the request: it is only looked at, and its age does not matter.
    pub preview: bool,
}

/// A sender's clock may run ahead of ours by this much; later times are taken for now, so that no
/// event can claim the last word for years.
const AHEAD: SignedDuration = SignedDuration::from_mins(10);

impl Context<'_> {
    /// `at`, unless it is missing or absurdly ahead: then now.
    pub(super) fn sent_at(&self, at: Option<Timestamp>) -> Timestamp {
        at.filter(|at| at.duration_since(self.now) <= AHEAD).unwrap_or(self.now)
    }

    /// An event of the call that the provider knows as `external`.
    pub(super) fn event(
        &self,
        external: &str,
        key: String,
        sent_at: Option<Timestamp>,
        facts: Vec<Fact>,
    ) -> Event {
        Event {
            call: CallId::new(self.source, external),
            key: outside(key),
            sent_at: self.sent_at(sent_at),
            received_at: self.now,
            facts: facts.into_iter().map(bounded).collect(),
        }
    }
}

/// What is known of a caller, no longer than Salesforce keeps it: it stands on every row.
fn bounded(mut fact: Fact) -> Fact {
    const LONGEST: usize = 255;
    if let Fact::Party(party) = &mut fact {
        let Party { name, email, company, address, campaign, .. } = &mut **party;
        for text in [name, email, company, address, campaign].into_iter().flatten() {
            if text.as_str().len() > LONGEST {
                *text = Text::limited(text.as_str(), LONGEST);
            }
        }
    }
    fact
}

/// The key of an event from outside. A provider may choose it, down to the last letter, so it must
/// never be one that the hub gives to what it does itself; no longer than an index likes, and without
/// the one character PostgreSQL stores nowhere. Two different keys stay different.
fn outside(mut key: String) -> String {
    const LONGEST: usize = 150;
    if key.len() > LONGEST || key.contains('\0') {
        key = format!(":{}", digest(&[&key]));
    }
    key.insert_str(0, "hook:");
    key
}

/// What stands for a message that has neither an id nor a time of its own in its event's key:
/// everything that is read of it.
pub(super) fn gist(facts: &[Fact]) -> String {
    digest(&[&format!("{facts:?}")])
}

/// What stands for a longer text in an event's key.
pub(super) fn digest(parts: &[&str]) -> String {
    use sha2::Digest;
    let mut hash = sha2::Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hex::encode(&hash.finalize()[..12])
}
