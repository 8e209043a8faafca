//! Vapi: voice agents that tell of a call while it is spoken.
//!
//! Facts: Vapi's OpenAPI (`ServerMessage*`), docs of server URLs, and public captures where the two
//! disagree. The call's stage is never read from `call.status`: that is a snapshot from its creation.

mod answers;
mod message;
mod report;

use jiff::{SignedDuration, Timestamp};

use self::{
    answers::Answers,
    message::{Body, Message},
};
use super::{
    Accepted, AuthSettings, Refused, Request, Settings,
    auth::{Proof, Scheme, Secrets},
    decode::{self, moment},
    kind::{Adapter, Built, Context, Kind, digest, gist},
};
use crate::call::{Ending, Fact, Line, Progress, Stage, Text};

/// `kind = "vapi"`.
pub(super) const KIND: Kind = Kind {
    name: "vapi",
    silence: SignedDuration::from_mins(10),
    preset: None,
    scheme,
    adapter: |settings| Ok(Box::new(Vapi { answers: Answers::new(settings)? })),
};

/// Without an `auth` table the secret is expected as it is, in `X-Vapi-Secret`.
fn scheme(settings: &Settings, secrets: Secrets) -> Built<dyn Scheme> {
    let inline = || AuthSettings::Secret { header: "x-vapi-secret".to_owned() };
    settings.auth.clone().unwrap_or_else(inline).scheme(settings, secrets)
}

#[derive(Debug)]
struct Vapi {
    answers: Answers,
}

impl Adapter for Vapi {
    fn translate(
        &self,
        context: &Context<'_>,
        request: &Request<'_>,
        _proof: &Proof,
    ) -> Result<Accepted, Refused> {
        let body: Body<'_> = decode::json(request.body)?;
        let (mut message, root) = (body.message, body.call);
        let known = message.call.0.take().filter(|call| call.id().is_some());
        message.call.0 = known.or(root.0);
        let at = message.timestamp.as_ref().and_then(moment);
        let accepted = match translate(context, &message, context.sent_at(at))? {
            Meaning::Facts(facts) => match message.call_id() {
                Some(id) => {
                    let key = key(&message, &time(context, &message)?);
                    Accepted::events(vec![context.event(id, key, at, facts)])
                }
                // Chats and sessions have none; neither has a test message.
                None => Accepted::ignored("no-call"),
            },
            Meaning::Ignored(label) => Accepted::ignored(label),
        };
        Ok(match self.answers.to(&message) {
            Some(reply) => accepted.reply(reply),
            None => accepted,
        })
    }
}

enum Meaning {
    Facts(Vec<Fact>),
    Ignored(&'static str),
}

/// What a message says. Everything that concerns an open call also tells who is calling, because
/// any message may be the first that arrives.
fn translate(
    context: &Context<'_>,
    message: &Message<'_>,
    at: Timestamp,
) -> Result<Meaning, Refused> {
    let mut facts = vec![Fact::Party(Box::new(message.party(context.region)))];
    let stage = |stage| Fact::Progress(Progress { stage, ending: None });
    match message.kind() {
        "status-update" => match message.status() {
            "scheduled" | "queued" => facts.push(stage(Stage::Created)),
            "ringing" => facts.push(stage(Stage::Ringing)),
            "in-progress" => facts.push(stage(Stage::Talking)),
            "forwarding" => facts.push(stage(Stage::Transferring)),
            "ended" => {
                let ending = Some(ending(message));
                facts.push(Fact::Progress(Progress { stage: Stage::Ended, ending }));
            }
            "" => return Err(Refused::Malformed("a status-update has no status".to_owned())),
            "not-found" | "deletion-failed" => return Ok(Meaning::Ignored("deletion")),
            _ => return Ok(Meaning::Ignored("unknown-status")),
        },
        "transcript" => {
            let Some(role) = message.role.as_ref().and_then(|role| decode::role(role.as_str()))
            else {
                return Ok(Meaning::Ignored("nobody-speaks"));
            };
            let text = decode::text(message.transcript.as_ref()).unwrap_or_default();
            let line = Line { at, role, text };
            facts.push(stage(Stage::Talking));
            facts.push(if message.is_final() { Fact::Said(line) } else { Fact::Saying(line) });
        }
        "end-of-call-report" => facts.extend(report::facts(message, at)),
        "assistant-request" => facts.push(stage(Stage::Ringing)),
        // Between the assistants of one squad nobody notices.
        "transfer-update" if message.to_assistant() => facts.push(stage(Stage::Talking)),
        "transfer-update" => facts.push(stage(Stage::Transferring)),
        // No news, but signs of life; in Vapi's default subscription the only ones.
        "speech-update"
        | "conversation-update"
        | "tool-calls"
        | "function-call"
        | "transfer-destination-request"
        | "handoff-destination-request"
        | "knowledge-base-request" => facts.push(stage(Stage::Talking)),
        "assistant.started" => {}
        known => return Ok(Meaning::Ignored(ignored(known))),
    }
    Ok(Meaning::Facts(facts))
}

/// The messages that say nothing about the call that a board shows. `hang` means that the assistant
/// lags; nobody hung up.
fn ignored(kind: &str) -> &'static str {
    const KNOWN: &[&str] = &[
        "assistant.speechStarted",
        "call.artifact.upload",
        "call.delete.failed",
        "call.deleted",
        "call.endpointing.request",
        "campaign.predial",
        "chat.created",
        "chat.deleted",
        "hang",
        "language-change-detected",
        "language-changed",
        "model-output",
        "phone-call-control",
        "session.created",
        "session.deleted",
        "session.updated",
        "user-interrupted",
        "voice-input",
        "voice-request",
    ];
    KNOWN.iter().find(|known| **known == kind).copied().unwrap_or("unknown-type")
}

/// Vapi sends no delivery id: what a message says and when is its identity. The report's bytes
/// differ between deliveries (presigned addresses), so they are not part of it.
fn key(message: &Message<'_>, timestamp: &str) -> String {
    match message.kind() {
        "transcript" => {
            let said = message.transcript.as_ref().map_or("", decode::Word::as_str);
            let role = message.role.as_ref().map_or("", decode::Word::as_str);
            let certainty = if message.is_final() { "final" } else { "partial" };
            format!("transcript:{role}:{certainty}:{timestamp}:{}", digest(&[said]))
        }
        "status-update" => format!("status:{}:{timestamp}", message.status()),
        "speech-update" => {
            let role = message.role.as_ref().map_or("", decode::Word::as_str);
            format!("speech:{role}:{}:{timestamp}", message.status())
        }
        kind => format!("{kind}:{timestamp}"),
    }
}

/// The message's time as it is written; without one, what it says stands for it, whenever it is said.
fn time(context: &Context<'_>, message: &Message<'_>) -> Result<String, Refused> {
    if let Some(time) = message.timestamp.as_ref().filter(|time| moment(time).is_some()) {
        return Ok(time.as_str().to_owned());
    }
    Ok(match translate(context, message, Timestamp::UNIX_EPOCH)? {
        Meaning::Facts(facts) => gist(&facts),
        Meaning::Ignored(label) => label.to_owned(),
    })
}

/// How the call ended. The list of reasons has hundreds of members and grows: only families that
/// can't be mistaken say whether somebody answered.
fn ending(message: &Message<'_>) -> Ending {
    let reason = message.ended_reason.as_ref().map_or("", decode::Word::as_str);
    let any = |family: &[&str]| family.iter().any(|start| reason.starts_with(start));
    // Told of a call that was never connected, though by its name it was under way.
    let unconnected = ["outbound-sip-", "failed-to-connect"].iter().any(|it| reason.contains(it));
    let answered = match () {
        () if any(HANDED_ON) => Some(true),
        () if unconnected || any(UNANSWERED) => Some(false),
        // What went wrong may have done so before a word was said.
        () if any(BROKE_OFF) => None,
        () if any(ANSWERED) => Some(true),
        () => None,
    };
    let broke_off = !any(HANDED_ON) && any(BROKE_OFF);
    Ending { reason: Text::non_empty(reason), answered, voicemail: None, broke_off }
}

/// Our own answer, or a hook of theirs, gave the caller to somebody else.
const HANDED_ON: &[&str] =
    &["assistant-request-returned-forwarding-phone-number", "call.ringing.hook-executed-transfer"];

const UNANSWERED: &[&str] = &[
    "assistant-join-timed-out",
    "assistant-not-found",
    "assistant-not-valid",
    "assistant-request-failed",
    // An error, an invalid assistant, none: the caller heard that nobody can take the call.
    "assistant-request-returned-",
    "call-start-error",
    "call.ringing",
    "customer-busy",
    "customer-did-not-answer",
    "twilio-failed-to-connect-call",
    "voicemail",
    "vonage-failed-to-connect-call",
    "vonage-rejected",
];

const ANSWERED: &[&str] = &[
    "assistant-ended-call",
    "assistant-forwarded-call",
    "assistant-said-end-call-phrase",
    "call.in-progress",
    "exceeded-max-duration",
    "silence-timed-out",
];

/// Whoever was on the line was cut off, or asked for a person and got none.
const BROKE_OFF: &[&str] = &[
    "assistant-error",
    "call.forwarding.",
    "call.in-progress.error",
    "call.start.error",
    "customer-ended-call-during-transfer",
    "database-error",
    "phone-call-provider-closed-websocket",
    "pipeline-error",
    "pipeline-no-available",
    "unknown-error",
    "worker-shutdown",
];
