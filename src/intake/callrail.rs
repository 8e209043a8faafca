//! CallRail: call tracking, so the advertisement that brought a call.
//!
//! A payload does not say which event it is, so every event is posted to its own address below
//! `/hooks/NAME`: `/pre-call`, `/call-routing-complete`, `/post-call`, `/call-modified`,
//! `/outbound-post-call`, `/outbound-call-modified`. A call that has only begun to ring reads
//! `answered: false, call_type: "missed"`: nothing before the post-call report may be believed about
//! how a call ended. CallRail never sends anything twice.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;

use super::{
    Accepted, Algorithm, AuthSettings, Encoding, HmacSettings, Refused, Request, Settings,
    auth::{Proof, Scheme, Secrets, within},
    decode::{self, Word, address, moment, text},
    flat,
    kind::{Adapter, Built, Context, Kind, gist},
    lenient::Lenient,
};
use crate::call::{
    Direction, Ending, Fact, Judgement, Party, Phone, Progress, Report, Stage, Text,
};

/// `kind = "callrail"`.
pub(super) const KIND: Kind = Kind {
    name: "callrail",
    // Between the first ring and the report nothing comes, and the report takes its time.
    silence: SignedDuration::from_hours(3),
    preset: None,
    scheme,
    adapter: |settings| {
        settings.only_answers(&[])?;
        Ok(Box::new(CallRail { tolerance: settings.tolerance() }))
    },
};

/// The documented signature, unless the config says otherwise.
fn scheme(settings: &Settings, secrets: Secrets) -> Built<dyn Scheme> {
    let own = || {
        AuthSettings::Hmac(HmacSettings {
            header: "signature".to_owned(),
            algorithm: Algorithm::Sha1,
            encoding: Encoding::Base64,
            payload: "{body}".to_owned(),
            ..HmacSettings::default()
        })
    };
    settings.auth.clone().unwrap_or_else(own).scheme(settings, secrets)
}

#[derive(Debug)]
struct CallRail {
    /// The signature has no time; the body has.
    tolerance: SignedDuration,
}

/// Which event a payload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    Ringing,
    Routed,
    Over,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Payload<'a> {
    #[serde(borrow)]
    resource_id: Lenient<Word<'a>>,
    #[serde(borrow)]
    id: Lenient<Word<'a>>,
    #[serde(borrow)]
    timestamp: Lenient<Word<'a>>,
    #[serde(borrow)]
    answered: Lenient<Word<'a>>,
    #[serde(borrow)]
    voicemail: Lenient<Word<'a>>,
    #[serde(borrow)]
    call_type: Lenient<Word<'a>>,
    #[serde(borrow)]
    direction: Lenient<Word<'a>>,
    #[serde(borrow)]
    customer_name: Lenient<Word<'a>>,
    #[serde(borrow)]
    customer_phone_number: Lenient<Word<'a>>,
    #[serde(borrow)]
    tracking_phone_number: Lenient<Word<'a>>,
    #[serde(borrow)]
    business_phone_number: Lenient<Word<'a>>,
    #[serde(borrow)]
    source_name: Lenient<Word<'a>>,
    #[serde(borrow)]
    first_call: Lenient<Word<'a>>,
    #[serde(borrow)]
    start_time: Lenient<Word<'a>>,
    #[serde(borrow)]
    duration: Lenient<Word<'a>>,
    #[serde(borrow)]
    recording: Lenient<Word<'a>>,
    #[serde(borrow)]
    transcription: Lenient<Word<'a>>,
    #[serde(borrow)]
    call_summary: Lenient<Word<'a>>,
    #[serde(borrow)]
    lead_status: Lenient<Word<'a>>,
    #[serde(borrow)]
    customer_city: Lenient<Word<'a>>,
    #[serde(borrow)]
    customer_state: Lenient<Word<'a>>,
    #[serde(borrow)]
    value: Lenient<Word<'a>>,
    #[serde(borrow)]
    note: Lenient<Word<'a>>,
    #[serde(borrow)]
    keywords: Lenient<Word<'a>>,
    #[serde(borrow)]
    gclid: Lenient<Word<'a>>,
    #[serde(borrow)]
    utm_source: Lenient<Word<'a>>,
    #[serde(borrow)]
    utm_medium: Lenient<Word<'a>>,
    #[serde(borrow)]
    utm_campaign: Lenient<Word<'a>>,
    #[serde(borrow)]
    landing_page_url: Lenient<Word<'a>>,
    #[serde(borrow)]
    agent_email: Lenient<Word<'a>>,
    tags: Option<Value>,
}

impl Adapter for CallRail {
    fn translate(
        &self,
        context: &Context<'_>,
        request: &Request<'_>,
        _proof: &Proof,
    ) -> Result<Accepted, Refused> {
        let kind = request.path.trim_matches('/').to_ascii_lowercase().replace('_', "-");
        let payload: Payload<'_> = decode::json(request.body)?;
        let sent_at = payload.timestamp.as_ref().and_then(moment);
        if let Some(sent_at) = sent_at.filter(|_| !context.preview) {
            within(self.tolerance, sent_at, request.now)?;
        }
        // The numeric id was removed in 2021; old hooks still have nothing else.
        let Some(id) = text(payload.resource_id.as_ref()).or_else(|| text(payload.id.as_ref()))
        else {
            return Ok(Accepted::ignored("no-call"));
        };
        let which = match moment_of(&kind) {
            Some(which) => which,
            // An address that was mistyped must not cost calls; messages and forms have other ids.
            None if kind.is_empty() || id.as_str().starts_with("CAL") => payload.guess(),
            None => return Ok(Accepted::ignored("unknown-type")),
        };
        let facts = payload.facts(context, which, context.sent_at(sent_at));
        let time = match (sent_at, &*payload.timestamp) {
            (Some(_), Some(time)) => time.as_str().to_owned(),
            _ => gist(&payload.facts(context, which, Timestamp::UNIX_EPOCH)),
        };
        let kind = if kind.is_empty() { "call" } else { &kind };
        let key = format!("{kind}:{time}");
        Ok(Accepted::events(vec![context.event(id.as_str(), key, sent_at, facts)]))
    }
}

/// The event that is posted to an address. SMS and form events have no call.
fn moment_of(path: &str) -> Option<Moment> {
    match path {
        "pre-call" => Some(Moment::Ringing),
        "call-routing-complete" | "routing-complete" => Some(Moment::Routed),
        "post-call" | "call-modified" | "outbound-post-call" | "outbound-call-modified" => {
            Some(Moment::Over)
        }
        _ => None,
    }
}

fn progress(stage: Stage) -> Fact {
    Fact::Progress(Progress { stage, ending: None })
}

fn yes(word: Option<&Word<'_>>) -> bool {
    word.is_some_and(|word| word.as_str() == "true")
}

impl Payload<'_> {
    /// Which event it is when all are posted to one address. A missed call without a duration can't
    /// be told from one that rings, and then it rings: better stale than missed by mistake.
    fn guess(&self) -> Moment {
        let lasted = self.seconds().is_some_and(|seconds| seconds > 0);
        let reported = self.recording.is_some() || self.lead_status.is_some();
        if yes(self.answered.as_ref()) || lasted || reported {
            Moment::Over
        } else {
            Moment::Ringing
        }
    }

    fn seconds(&self) -> Option<u32> {
        decode::seconds(self.duration.as_ref()?, 1.0)
    }

    fn party(&self, context: &Context<'_>) -> Party {
        let number =
            |word: &Lenient<Word<'_>>| Phone::parse(word.as_ref()?.as_str(), context.region);
        let outbound = self.direction.as_ref().is_some_and(|word| word.as_str() == "outbound");
        Party {
            direction: Some(if outbound { Direction::Outbound } else { Direction::Inbound }),
            phone: number(&self.customer_phone_number),
            line: number(&self.tracking_phone_number)
                .or_else(|| number(&self.business_phone_number)),
            name: text(self.customer_name.as_ref()),
            campaign: text(self.source_name.as_ref()),
            first_call: self.first_call.as_ref().map(|word| word.as_str() == "true"),
            metadata: self.marketing(),
            ..Party::default()
        }
    }

    /// What contractors pay CallRail for.
    fn marketing(&self) -> BTreeMap<String, Text> {
        let words = [
            ("agent_email", &self.agent_email),
            ("customer_city", &self.customer_city),
            ("customer_state", &self.customer_state),
            ("gclid", &self.gclid),
            ("keywords", &self.keywords),
            ("landing_page_url", &self.landing_page_url),
            ("lead_status", &self.lead_status),
            ("note", &self.note),
            ("utm_campaign", &self.utm_campaign),
            ("utm_medium", &self.utm_medium),
            ("utm_source", &self.utm_source),
            ("value", &self.value),
        ];
        let told = words.into_iter().map(|(name, word)| (name, text(word.as_ref())));
        let tags = ("tags", Text::non_empty(&self.tags()));
        let known = told.chain([tags]).filter_map(|(name, text)| Some((name.to_owned(), text?)));
        known.map(|(name, text)| (name, Text::limited(text.as_str(), 2_000))).collect()
    }

    /// The tags, as names or as objects that have one.
    fn tags(&self) -> String {
        match self.tags.as_ref() {
            Some(Value::Array(tags)) => {
                let name = |tag: &Value| tag.get("name").unwrap_or(tag).as_str().map(str::to_owned);
                tags.iter().filter_map(name).collect::<Vec<_>>().join(", ")
            }
            Some(Value::String(tags)) => tags.clone(),
            _ => String::new(),
        }
    }

    fn facts(&self, context: &Context<'_>, which: Moment, at: Timestamp) -> Vec<Fact> {
        let mut facts = vec![Fact::Party(Box::new(self.party(context)))];
        match which {
            Moment::Ringing => facts.push(progress(Stage::Ringing)),
            Moment::Routed if yes(self.answered.as_ref()) => facts.push(progress(Stage::Talking)),
            Moment::Routed => facts.push(progress(Stage::Ringing)),
            Moment::Over => {
                facts.push(Fact::Report(Box::new(self.report(at))));
                if let Some(status) = text(self.lead_status.as_ref()) {
                    let judgement = Judgement { success: Some(status), ..Judgement::default() };
                    facts.push(Fact::Judged(judgement));
                }
            }
        }
        facts
    }

    fn report(&self, sent_at: Timestamp) -> Report {
        let answered = self.answered.as_ref().map(|word| word.as_str() == "true");
        // It counts from the first ring, and of a missed call it is no conversation's.
        let duration = self.seconds().filter(|_| answered == Some(true));
        let lasted = SignedDuration::from_secs(i64::from(self.seconds().unwrap_or(0)));
        let began = self.start_time.as_ref().and_then(moment);
        let start = began.unwrap_or(sent_at);
        Report {
            lines: self
                .transcription
                .as_ref()
                .map_or_else(Vec::new, |flat| flat::lines(flat.as_str(), start)),
            summary: text(self.call_summary.as_ref()),
            recording: self.recording.as_ref().and_then(address),
            // When somebody answered only `call-routing-complete` tells.
            began_at: began,
            started_at: None,
            ended_at: began.and_then(|began| began.checked_add(lasted).ok()),
            duration_seconds: duration,
            ending: Some(Ending {
                reason: text(self.call_type.as_ref()),
                answered,
                voicemail: self.voicemail.as_ref().map(|word| word.as_str() == "true"),
                broke_off: false,
            }),
        }
    }
}
