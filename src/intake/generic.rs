//! Any provider that posts JSON or forms: what its members mean is config, not code.
//!
//! Presets are such configs that ship with the program; what the user's config says goes first.

mod events;
mod mapping;
mod pointer;
mod unread;

use jiff::SignedDuration;
use serde_json::Value;

pub use self::mapping::{FIELDS, Field, Lines, Mapping, Meaning};
use super::{
    Accepted, Refused, Request, Settings,
    auth::{Proof, Scheme, Secrets},
    decode,
    form::Form,
    kind::{Adapter, Built, Context, Kind},
    settings::Problem,
};

/// `kind = "generic"`.
pub(super) const KIND: Kind = kind("generic", None);

/// `kind = "NAME"` for a provider whose config ships with the program.
pub(super) const fn preset(name: &'static str, toml: &'static str) -> Kind {
    kind(name, Some(toml))
}

const fn kind(name: &'static str, preset: Option<&'static str>) -> Kind {
    Kind {
        name,
        silence: SignedDuration::from_mins(30),
        preset,
        scheme,
        adapter: |settings| Ok(Box::new(Generic::new(settings)?)),
    }
}

fn scheme(settings: &Settings, secrets: Secrets) -> Built<dyn Scheme> {
    let auth = settings.auth.as_ref().ok_or_else(|| {
        let text = "say how requests prove themselves, such as { scheme = \"secret\", header = \
                    \"x-secret\" }; also: bearer, hmac, standard-webhooks, oauth2";
        Problem::new("auth", text)
    })?;
    auth.scheme(settings, secrets)
}

#[derive(Debug)]
struct Generic {
    mapping: Mapping,
    reply: Option<Value>,
}

impl Generic {
    fn new(settings: &Settings) -> Result<Self, Problem> {
        let mapping = settings.mapping.clone().ok_or_else(|| {
            let text = "say which members of the body mean what; docs/sources.md has an example";
            Problem::new("mapping", text)
        })?;
        mapping.check()?;
        settings.only_known_answers(&["*"])?;
        Ok(Self { mapping, reply: settings.answers.get("*").cloned() })
    }

    fn body(&self, request: &Request<'_>) -> Result<Value, Refused> {
        // Some send JSON and call it a form, as `curl -d` does.
        if matches!(request.body.first(), Some(b'{' | b'[')) {
            return decode::json(request.body);
        }
        let Some(form) = Form::of(request)? else { return decode::json(request.body) };
        let value = |values: &[String]| match values {
            [one] => Value::from(one.clone()),
            many => Value::from(many.to_vec()),
        };
        Ok(form.members().map(|(name, values)| (name.to_owned(), value(values))).collect())
    }
}

impl Adapter for Generic {
    fn translate(
        &self,
        context: &Context<'_>,
        request: &Request<'_>,
        proof: &Proof,
    ) -> Result<Accepted, Refused> {
        let body = self.body(request)?;
        let accepted = events::translate(&self.mapping, context, &body, proof)?;
        Ok(match &self.reply {
            Some(reply) => accepted.reply(super::Reply::json(reply)),
            None => accepted,
        })
    }
}
