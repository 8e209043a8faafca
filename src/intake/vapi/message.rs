//! The parts of a server message that we read. What is not named here is skipped unread.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{
    call::{Direction, Party, Phone, Region, Text},
    intake::{
        decode::{Word, text},
        lenient::Lenient,
        metadata::{self, Metadata},
    },
};

/// The type of the message that has a tool called.
pub(super) const TOOLS: &str = "tool-calls";

/// `{"message": …}`; some captures have `call` beside it.
#[derive(Deserialize)]
pub(super) struct Body<'a> {
    #[serde(borrow)]
    pub message: Message<'a>,
    #[serde(borrow, default)]
    pub call: Lenient<CallPart<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Message<'a> {
    #[serde(borrow, rename = "type")]
    kind: Lenient<Word<'a>>,
    #[serde(borrow)]
    pub timestamp: Lenient<Word<'a>>,
    #[serde(borrow)]
    pub call: Lenient<CallPart<'a>>,
    #[serde(borrow)]
    customer: Lenient<Customer<'a>>,
    #[serde(borrow)]
    phone_number: Lenient<PhoneNumber<'a>>,
    assistant: Lenient<Assistant>,
    #[serde(borrow)]
    status: Lenient<Word<'a>>,
    #[serde(borrow)]
    pub ended_reason: Lenient<Word<'a>>,
    #[serde(borrow)]
    pub role: Lenient<Word<'a>>,
    #[serde(borrow)]
    transcript_type: Lenient<Word<'a>>,
    #[serde(borrow)]
    pub transcript: Lenient<Word<'a>>,
    #[serde(borrow)]
    pub started_at: Lenient<Word<'a>>,
    #[serde(borrow)]
    pub ended_at: Lenient<Word<'a>>,
    #[serde(borrow)]
    pub duration_seconds: Lenient<Word<'a>>,
    #[serde(borrow)]
    pub summary: Lenient<Word<'a>>,
    #[serde(borrow)]
    pub recording_url: Lenient<Word<'a>>,
    // Grown with the call, and of use in few messages: kept as bytes until then.
    #[serde(borrow)]
    pub messages: Option<&'a RawValue>,
    #[serde(borrow)]
    pub artifact: Option<&'a RawValue>,
    #[serde(borrow)]
    pub analysis: Option<&'a RawValue>,
    #[serde(borrow)]
    to_assistant: Option<&'a RawValue>,
    #[serde(borrow)]
    pub tool_call_list: Option<&'a RawValue>,
    #[serde(borrow)]
    pub tool_with_tool_call_list: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct CallPart<'a> {
    #[serde(borrow)]
    id: Lenient<Word<'a>>,
    #[serde(borrow, rename = "type")]
    kind: Lenient<Word<'a>>,
    #[serde(borrow)]
    phone_call_provider_id: Lenient<Word<'a>>,
    #[serde(borrow)]
    customer: Lenient<Customer<'a>>,
    #[serde(borrow)]
    phone_number: Lenient<PhoneNumber<'a>>,
    assistant_overrides: Lenient<Assistant>,
    metadata: Lenient<Metadata>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Customer<'a> {
    #[serde(borrow)]
    number: Lenient<Word<'a>>,
    #[serde(borrow, rename = "sipUri")]
    sip_uri: Lenient<Word<'a>>,
    #[serde(borrow)]
    name: Lenient<Word<'a>>,
    #[serde(borrow)]
    email: Lenient<Word<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PhoneNumber<'a> {
    #[serde(borrow)]
    number: Lenient<Word<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Assistant {
    metadata: Lenient<Metadata>,
}

impl Message<'_> {
    /// The type, without the filter of `transcript[transcriptType="final"]`. The schema leaves it
    /// out where tools are to be called.
    pub(super) fn kind(&self) -> &str {
        let kind = self.kind.as_ref().map_or("", Word::as_str);
        let tools = self.tool_call_list.or(self.tool_with_tool_call_list);
        match kind.split_once('[') {
            Some((kind, _)) => kind,
            None if kind.is_empty() && tools.is_some() => TOOLS,
            None => kind,
        }
    }

    pub(super) fn status(&self) -> &str {
        self.status.as_ref().map_or("", Word::as_str)
    }

    /// Whether the caller is handed to another assistant, and not to a person.
    pub(super) fn to_assistant(&self) -> bool {
        self.to_assistant.is_some()
    }

    /// Whether a transcript will not change any more.
    pub(super) fn is_final(&self) -> bool {
        let word = |word: &Lenient<Word<'_>>| word.as_ref().map_or("", Word::as_str).to_owned();
        let (told, kind) = (word(&self.transcript_type), word(&self.kind));
        told == "final" || (told.is_empty() && kind.contains("final"))
    }

    pub(super) fn call_id(&self) -> Option<&str> {
        self.call.as_ref()?.id()
    }

    /// Who is on the other end.
    pub(super) fn party(&self, region: &Region) -> Party {
        let call = self.call.as_ref();
        let customer = |pick: fn(&Customer<'_>) -> Option<Text>| {
            let of_call = || call?.customer.as_ref().and_then(pick);
            self.customer.as_ref().and_then(pick).or_else(of_call)
        };
        let number = |number: Option<&Word<'_>>| Phone::parse(number?.as_str(), region);
        let caller = [self.customer.as_ref(), call.and_then(|call| call.customer.as_ref())];
        let line = [self.phone_number.as_ref(), call.and_then(|call| call.phone_number.as_ref())];
        let (salesforce_id, metadata) = self.metadata();
        Party {
            direction: call.and_then(|call| direction(call.kind.as_ref()?.as_str())),
            phone: caller.into_iter().flatten().find_map(|who| {
                number(who.number.as_ref()).or_else(|| number(who.sip_uri.as_ref()))
            }),
            line: line.into_iter().flatten().find_map(|line| number(line.number.as_ref())),
            name: customer(|who| text(who.name.as_ref())),
            email: customer(|who| text(who.email.as_ref())),
            carrier_id: call.and_then(|call| text(call.phone_call_provider_id.as_ref())),
            salesforce_id,
            metadata,
            ..Party::default()
        }
    }

    /// The metadata, wherever it was put (VapiAI/docs #1027, PostHog #58771): the call's own first.
    fn metadata(&self) -> (Option<Text>, BTreeMap<String, Text>) {
        let call = self.call.as_ref();
        let overrides = call.and_then(|call| call.assistant_overrides.as_ref()?.metadata.as_ref());
        let own = call.and_then(|call| call.metadata.as_ref());
        let assistant = self.assistant.as_ref().and_then(|assistant| assistant.metadata.as_ref());
        metadata::merged([overrides, own, assistant].into_iter().flatten())
    }
}

impl CallPart<'_> {
    pub(super) fn id(&self) -> Option<&str> {
        self.id.as_ref().map(Word::as_str).filter(|id| !id.is_empty())
    }
}

fn direction(kind: &str) -> Option<Direction> {
    match kind {
        "inboundPhoneCall" | "webCall" => Some(Direction::Inbound),
        "outboundPhoneCall" => Some(Direction::Outbound),
        _ => None,
    }
}
