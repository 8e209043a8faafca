//! Twilio: voice webhook, status callbacks, recordings, real-time transcription. All are forms.
//!
//! Facts: Twilio's docs and helper libraries. A leg dialled for a caller (`ParentCallSid`) belongs to
//! the caller's call: that somebody picked up is known from it.

mod signature;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::{
    Accepted, Refused, Reply, Request, Settings,
    auth::Proof,
    decode::{self, Word, moment},
    form::Form,
    kind::{Adapter, Context, Kind, digest},
    lenient::Lenient,
    mend,
    settings::Problem,
};
use crate::call::{
    Direction, Ending, Fact, Line, Party, Phone, Progress, Report, Role, Stage, Text,
};

/// `kind = "twilio"`.
pub(super) const KIND: Kind = Kind {
    name: "twilio",
    silence: SignedDuration::from_hours(2),
    preset: None,
    scheme: signature::scheme,
    adapter: |settings| Ok(Box::new(Twilio::new(settings)?)),
};

#[derive(Debug)]
struct Twilio {
    voice: String,
    /// Whether our answer hands the caller on: then a picked-up leg, and not Twilio's picking up,
    /// is what answering means.
    dials: bool,
    /// Whether our answer is that nobody can take the call.
    apologises: bool,
}

/// Said when nobody configured an answer.
const SORRY: &str = "<Response><Say>Sorry, we can't take your call right now. \
                     Please try again in a few minutes.</Say></Response>";

impl Twilio {
    fn new(settings: &Settings) -> Result<Self, Problem> {
        settings.only_answers(&["voice"])?;
        let voice = match settings.answers.get("voice") {
            None => SORRY,
            Some(answer) => answer
                .as_str()
                .filter(|twiml| twiml.trim_start().starts_with('<'))
                .ok_or_else(|| Problem::new("answers", "voice is TwiML: \"<Response>…\""))?,
        };
        Ok(Self {
            voice: voice.to_owned(),
            dials: voice.contains("<Dial"),
            apologises: voice == SORRY,
        })
    }

    fn reply(&self, form: &Form) -> Reply {
        let twiml = if is_voice(form) { self.voice.clone() } else { "<Response/>".to_owned() };
        Reply { content_type: "text/xml", body: twiml.into() }
    }
}

/// Whether Twilio waits for instructions: the voice webhook has neither a callback's marks nor an
/// end.
fn is_voice(form: &Form) -> bool {
    let callback = [
        "CallbackSource",
        "SequenceNumber",
        "TranscriptionEvent",
        "RecordingSid",
        // What became of our `Dial`: the caller may still be ringing, and dialling again would go on
        // for ever.
        "DialCallStatus",
        "DialCallSid",
    ];
    form.get("CallStatus") == Some("ringing")
        && form.get("ParentCallSid").is_none()
        && callback.iter().all(|name| form.get(name).is_none())
}

impl Adapter for Twilio {
    fn translate(
        &self,
        context: &Context<'_>,
        request: &Request<'_>,
        _proof: &Proof,
    ) -> Result<Accepted, Refused> {
        if request.query.contains(signature::BODY_HASH) {
            // Bodies of JSON belong to other products.
            return Ok(Accepted::ignored("unknown-type"));
        }
        let form = Form::parse(request.body)?;
        let reply = self.reply(&form);
        let Some(own) = form.get("CallSid") else {
            return Ok(Accepted::ignored("no-call").reply(reply));
        };
        let at = form.get("Timestamp").and_then(|text| moment(&Word(text.into())));
        let (kind, facts) = match form.get("TranscriptionEvent") {
            Some(event) => {
                (format!("transcription:{event}"), self.transcription(context, &form, at)?)
            }
            None if form.get("RecordingSid").is_some() && form.get("DialCallStatus").is_none() => {
                ("recording".to_owned(), recorded(&form, context.sent_at(at)))
            }
            None => ("status".to_owned(), self.status(context, &form, context.sent_at(at))),
        };
        let Some(facts) = facts else {
            let transcription = form.get("TranscriptionEvent").is_some();
            let label = if transcription { "transcription-over" } else { "unknown-type" };
            return Ok(Accepted::ignored(label).reply(reply));
        };
        let call = form.get("ParentCallSid").unwrap_or(own);
        let event = context.event(call, key(&kind, own, &form), at, facts);
        Ok(Accepted::events(vec![event]).reply(reply))
    }
}

/// Callbacks are numbered per leg; what is not numbered comes once per state.
fn key(kind: &str, own: &str, form: &Form) -> String {
    let get = |name| form.get(name).unwrap_or("");
    let words = form.get("TranscriptionData").map(|data| digest(&[get("Timestamp"), data]));
    let number = form.get("SequenceNumber").or(form.get("SequenceId")).or(words.as_deref());
    let number = number.unwrap_or(get("CallStatus"));
    let dialled = get("DialCallStatus");
    let part = [get("TranscriptionSid"), get("RecordingSid"), get("RecordingStatus")].concat();
    format!("{kind}:{own}:{part}:{}:{number}:{dialled}", get("CallbackSource"))
}

impl Twilio {
    fn status(&self, context: &Context<'_>, form: &Form, at: Timestamp) -> Option<Vec<Fact>> {
        let status = form.get("CallStatus")?;
        let leg = form.get("ParentCallSid").is_some();
        let mut facts = Vec::new();
        if !leg {
            facts.push(Fact::Party(Box::new(party(context, form))));
        }
        if matches!(form.get("DialCallStatus"), Some("completed" | "answered")) {
            facts.push(answered());
            // A `Dial` that records tells where with what became of it.
            let url = form.get("RecordingUrl").and_then(|url| decode::address(&Word(url.into())));
            facts.extend(url.map(|url| Fact::Recorded { url }));
        }
        let inbound = form.get("Direction") == Some("inbound");
        match status {
            "queued" | "initiated" => facts.push(progress(Stage::Created)),
            "ringing" if is_voice(form) && self.apologises => facts.push(nobody()),
            "ringing" => facts.push(progress(Stage::Ringing)),
            // Twilio itself picks up when it runs our TwiML: nobody has answered by that.
            "in-progress" if !leg && inbound && self.dials => facts.push(progress(Stage::Ringing)),
            "in-progress" | "completed" if leg && machine(form) => {
                facts.push(progress(Stage::Ringing));
            }
            // A leg that is over leaves the caller on the line.
            "in-progress" | "completed" if leg => facts.push(answered()),
            // Unless another leg is taken; that Twilio itself picked up to dial is no answer.
            "busy" | "failed" | "no-answer" | "canceled" if leg => facts.push(nobody()),
            "in-progress" => facts.push(progress(Stage::Talking)),
            // Words heard while it rang are no answer either: the leg's own events say whether
            // there was one, and they outweigh this.
            "completed" if (inbound && self.dials) || machine(form) => {
                facts.push(ended(status, Some(false)));
            }
            // Where we don't answer ourselves: as long as it lasted somebody had the call, as far as
            // this tells; a leg that nobody took says more.
            "completed" => facts.extend(lasted(form, at)),
            "busy" | "failed" | "no-answer" | "canceled" => facts.push(ended(status, Some(false))),
            _ => return None,
        }
        Some(facts)
    }
}

fn progress(stage: Stage) -> Fact {
    Fact::Progress(Progress { stage, ending: None })
}

/// Whoever was dialled for the caller picked up.
fn answered() -> Fact {
    let ending = Ending { answered: Some(true), ..Ending::default() };
    Fact::Progress(Progress { stage: Stage::Talking, ending: Some(ending) })
}

/// Nobody has the caller yet, and unless something else tells of it nobody ever had.
fn nobody() -> Fact {
    let ending = Ending { answered: Some(false), ..Ending::default() };
    Fact::Progress(Progress { stage: Stage::Ringing, ending: Some(ending) })
}

/// A call that was picked up is over. `CallDuration` is in seconds from then; `Duration` is in minutes.
fn lasted(form: &Form, at: Timestamp) -> [Fact; 2] {
    let seconds = form.get("CallDuration").and_then(|text| text.parse::<u32>().ok());
    let seconds = seconds.filter(|seconds| *seconds > 0);
    let began = |seconds| at.checked_sub(SignedDuration::from_secs(i64::from(seconds))).ok();
    let report = Report {
        started_at: seconds.and_then(began),
        duration_seconds: seconds,
        ending: Some(Ending { reason: Text::non_empty("completed"), ..Ending::default() }),
        ..Report::default()
    };
    [progress(Stage::Talking), Fact::Report(Box::new(report))]
}

/// Whether a voicemail or a fax picked up, where Twilio was asked to listen for that.
fn machine(form: &Form) -> bool {
    form.get("AnsweredBy").is_some_and(|who| who.starts_with("machine") || who == "fax")
}

fn ended(status: &str, answered: Option<bool>) -> Fact {
    let ending = Ending { reason: Text::non_empty(status), answered, ..Ending::default() };
    Fact::Progress(Progress { stage: Stage::Ended, ending: Some(ending) })
}

fn party(context: &Context<'_>, form: &Form) -> Party {
    let number = |name| Phone::parse(form.get(name)?, context.region);
    let (from, to) = (number("From"), number("To"));
    let direction = form.get("Direction").map(|direction| match direction {
        "inbound" => Direction::Inbound,
        _ => Direction::Outbound,
    });
    let (phone, line) =
        if direction == Some(Direction::Outbound) { (to, from) } else { (from, to) };
    let name = form.get("CallerName").and_then(Text::non_empty);
    Party { direction, phone, line, name, ..Party::default() }
}

/// A recording of the call; or, where no status comes with it, what the caller left after a `Record`
/// of the TwiML (its `action`), and its words (its `transcribeCallback`).
fn recorded(form: &Form, at: Timestamp) -> Option<Vec<Fact>> {
    let url = decode::address(&Word(form.get("RecordingUrl")?.into()))?;
    match form.get("RecordingStatus") {
        Some("completed") => Some(vec![Fact::Recorded { url }]),
        Some(_) => None,
        None => {
            let ending =
                Ending { voicemail: Some(true), answered: Some(false), ..Ending::default() };
            let left = Progress { stage: Stage::Ringing, ending: Some(ending) };
            let text = form.get("TranscriptionText").and_then(Text::non_empty);
            let said = text.map(|text| Fact::Said(Line { at, role: Role::Caller, text }));
            let facts = [Fact::Recorded { url }, Fact::Progress(left)];
            Some(facts.into_iter().chain(said).collect())
        }
    }
}

#[derive(Deserialize)]
struct Recognised<'a> {
    #[serde(borrow, default)]
    transcript: Lenient<Word<'a>>,
}

impl Twilio {
    /// Words as they are recognised. The track that comes in from the caller is theirs.
    fn transcription(
        &self,
        context: &Context<'_>,
        form: &Form,
        at: Option<Timestamp>,
    ) -> Result<Option<Vec<Fact>>, Refused> {
        // Our TwiML listens before it dials: that words are heard does not say that somebody
        // answered.
        let alive = progress(if self.dials { Stage::Ringing } else { Stage::Talking });
        if form.get("TranscriptionEvent") == Some("transcription-started") {
            return Ok(Some(vec![alive]));
        }
        let (Some("transcription-content"), Some(data)) =
            (form.get("TranscriptionEvent"), form.get("TranscriptionData"))
        else {
            return Ok(None);
        };
        let data = mend::json(data.as_bytes()).unwrap_or_default();
        let recognised: Recognised<'_> = decode::json(&data)?;
        let role = match form.get("Track") {
            Some("outbound_track") => Role::Agent,
            _ => Role::Caller,
        };
        let text = decode::text(recognised.transcript.as_ref()).unwrap_or_default();
        let line = Line { at: context.sent_at(at), role, text };
        let last = form.get("Final") == Some("true");
        let words = if last { Fact::Said(line) } else { Fact::Saying(line) };
        Ok(Some(vec![alive, words]))
    }
}
