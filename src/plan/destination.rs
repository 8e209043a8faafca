//! Where calls go that don't go to the connected org's records: a form or a flow that makes one Lead
//! of each.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    record,
    rules::{Planner, waits},
    settings::{NewCaller, Settings},
    write::{Change, Fields, Purpose, Step, Write},
};
use crate::{
    call::{Call, Phone, Rating},
    network,
};

/// One more destination, and the rule which calls are its.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Destination {
    /// Its name on the board.
    pub name: String,
    /// How calls get there.
    pub kind: DestinationKind,
    /// Calls of these sources are its; any when empty. All lists that are given must fit.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<String>,
    /// Calls to these numbers of ours.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub called: Vec<String>,
    /// Calls for these trades.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<String>,
    /// Numbers and e-mail addresses (`@example.com` for all of a domain) that never go there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub suppress: Vec<String>,
    /// Another call of the same caller within so many minutes makes no second Lead.
    pub duplicate_minutes: u32,
    /// What a value is called there, and the Lead's field it comes from:
    /// `{ lastName = "LastName" }`.
    pub fields: BTreeMap<String, String>,
    /// The flow's name, or the path of the Apex REST class.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// Flow, Apex REST: what is sent twice makes no second Lead there, so that a lost answer is simply
    /// asked for again.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub repeatable: bool,
    /// Web-to-Lead: the org's id; that of the connected org when empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub org_id: String,
    /// Web-to-Lead: where forms go.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub url: String,
    /// Web-to-Lead: the most forms in 24 hours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub most_a_day: Option<u32>,
}

/// How calls get to a destination.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DestinationKind {
    /// A form that takes everything and says nothing.
    #[default]
    WebToLead,
    /// An active autolaunched flow.
    Flow,
    /// An Apex class of the org's own.
    ApexRest,
}

impl Destination {
    /// What can't be right in it.
    pub(super) fn check(&self) -> Result<(), String> {
        let Self { name, kind, .. } = self;
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if name.is_empty() || name == "salesforce" || !name.chars().all(plain) {
            return Err(format!(
                "destination {name:?} needs a name of letters, digits, - and _ (not salesforce)"
            ));
        }
        let secure = network::reads_as_private(&self.url);
        let id = self.org_id.as_str();
        let is_org = matches!(id.len(), 15 | 18)
            && id.starts_with("00D")
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !id.is_empty() && !is_org {
            return Err(format!(
                "destination {name}: org_id {id:?} is not the id of an org (00D…, 15 or 18 \
                 characters: Setup, Company Information)"
            ));
        }
        match kind {
            DestinationKind::WebToLead if !self.url.is_empty() && !secure => Err(format!(
                "destination {name}: url is an https address such as https://webto.salesforce.com/…"
            )),
            DestinationKind::WebToLead if self.repeatable => Err(format!(
                "destination {name}: a form that is posted twice is two Leads; repeatable is for \
                 flows and classes"
            )),
            DestinationKind::Flow | DestinationKind::ApexRest
                if self.path.is_empty() || self.fields.is_empty() =>
            {
                Err(format!("destination {name} needs path and fields"))
            }
            _ => Ok(()),
        }
    }

    /// Whether it can't be reached without a login to the org.
    pub fn needs_org(&self) -> bool {
        self.kind != DestinationKind::WebToLead || self.org_id.is_empty()
    }

    fn is_for(&self, call: &Call, settings: &Settings) -> bool {
        let source = call.id.source().to_string();
        let line = call.party().line.as_ref();
        let service = call.service().map(|service| service.0.as_str());
        let ours = |number: &String| Phone::parse(number, &settings.region).as_ref() == line;
        (self.sources.is_empty() || self.sources.contains(&source))
            && (self.called.is_empty() || line.is_some() && self.called.iter().any(ours))
            && (self.services.is_empty()
                || service.is_some_and(|service| self.services.iter().any(|it| it == service)))
    }
}

/// The destination of a call that is none of the connected org's: the one its lane began with, else
/// the first whose rule fits.
pub fn destination<'a>(
    call: &Call,
    lane: &[Write],
    settings: &'a Settings,
) -> Option<&'a Destination> {
    let mut all = settings.destinations.iter();
    match lane.first().map(|write| &write.change) {
        Some(Change::Submit { destination, .. }) => {
            all.find(|known| known.name == destination.as_str())
        }
        Some(_) => None,
        None => all.find(|known| known.is_for(call, settings)),
    }
}

/// Whether the caller is one of whom nothing is written.
pub(super) fn is_suppressed(call: &Call, list: &[String], settings: &Settings) -> bool {
    let who = &call.assessment.who;
    let email = who.email.as_ref().or(call.party().email.as_ref());
    let email = email.map(|email| email.as_str().to_lowercase());
    list.iter().any(|entry| match entry.split_once('@') {
        Some(("", domain)) => email.as_ref().is_some_and(|email| {
            email.rsplit('@').next().is_some_and(|of| of.eq_ignore_ascii_case(domain))
        }),
        Some(_) => email.as_ref().is_some_and(|email| email.eq_ignore_ascii_case(entry)),
        None => {
            let number = Phone::parse(entry, &settings.region);
            number.is_some() && number.as_ref() == call.phone()
        }
    })
}

impl Planner<'_> {
    /// Sends the call there, once: when it is over, or when it is Hot. What is learnt while it waits
    /// goes along; what is learnt after that has no way there.
    pub(super) fn submit(&self, destination: &Destination) -> Option<Step> {
        let (call, settings) = (self.call, self.settings);
        let is_of = |change: &Change| matches!(change, Change::Submit { .. });
        let known = self.lane.iter().find(|write| is_of(&write.change));
        let hot = call.rating() == Rating::Hot;
        if known.is_some_and(|write| !waits(write))
            || known.is_none() && call.state().is_live() && !hot
            || known.is_none() && is_suppressed(call, &destination.suppress, settings)
        {
            return None;
        }
        let content = record::own(call, NewCaller::Lead, settings);
        let mut content = self.unedited(content, Purpose::Record, is_of);
        if let Some(key) = settings.external_id.get("Lead") {
            content.main.insert(key.clone(), Value::from(call.id.as_str()));
        }
        let carried = known.and_then(|write| write.change.fields()).cloned().unwrap_or_default();
        let originals = known.and_then(|write| write.original.clone()).unwrap_or_default();
        content.main.retain(|name, value| originals.get(name) != Some(value));
        content.along.retain(|name, value| originals.get(name) != Some(value));
        let fields: Fields = self.news(content, &carried, "", None)?;
        let silent = destination.kind == DestinationKind::WebToLead;
        let change = Change::Submit { destination: (&*destination.name).into(), silent, fields };
        let settle = jiff::SignedDuration::from_secs(settings.settle_seconds.into());
        let not_before = if hot { None } else { self.after(self.now, settle) };
        let title = match destination.kind {
            DestinationKind::WebToLead => "Web-to-Lead".to_owned(),
            DestinationKind::Flow | DestinationKind::ApexRest => {
                format!("Lead by {}", destination.path)
            }
        };
        Some(self.draft(Purpose::Record, &title, change, not_before))
    }
}
