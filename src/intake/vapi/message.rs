//! The parts of a server message that we read. What is not named here is skipped unread.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{
    call::{Direction, Party, Phone, Region, Text},
    intake::{
        decode::{Word, text},
        metadata::{self, Metadata},
    },
};

/// `{"message": …}`; some captures have `call` beside it.
#[derive(Deserialize)]
pub(super) struct Body<'a> {
    #[serde(borrow)]
    pub message: Message<'a>,
    #[serde(borrow, default)]
    pub call: Option<CallPart<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Message<'a> {
    #[serde(borrow, rename = "type")]
    kind: Word<'a>,
    #[serde(borrow)]
    pub timestamp: Option<Word<'a>>,
    #[serde(borrow)]
    pub call: Option<CallPart<'a>>,
    #[serde(borrow)]
    customer: Option<Customer<'a>>,
    #[serde(borrow)]
    phone_number: Option<PhoneNumber<'a>>,
    assistant: Option<Assistant>,
    #[serde(borrow)]
    status: Option<Word<'a>>,
    #[serde(borrow)]
    pub ended_reason: Option<Word<'a>>,
    #[serde(borrow)]
    pub role: Option<Word<'a>>,
    #[serde(borrow)]
    transcript_type: Option<Word<'a>>,
    #[serde(borrow)]
    pub transcript: Option<Word<'a>>,
    #[serde(borrow)]
    pub started_at: Option<Word<'a>>,
    #[serde(borrow)]
    pub ended_at: Option<Word<'a>>,
    #[serde(borrow)]
    pub duration_seconds: Option<Word<'a>>,
    #[serde(borrow)]
    pub summary: Option<Word<'a>>,
    #[serde(borrow)]
    pub recording_url: Option<Word<'a>>,
    // Grown with the call, and of use in few messages: kept as bytes until then.
    #[serde(borrow)]
    pub messages: Option<&'a RawValue>,
    #[serde(borrow)]
    pub artifact: Option<&'a RawValue>,
    #[serde(borrow)]
    pub analysis: Option<&'a RawValue>,
    #[serde(borrow)]
    pub tool_call_list: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CallPart<'a> {
    #[serde(borrow)]
    id: Option<Word<'a>>,
    #[serde(borrow, rename = "type")]
    kind: Option<Word<'a>>,
    #[serde(borrow)]
    phone_call_provider_id: Option<Word<'a>>,
    #[serde(borrow)]
    customer: Option<Customer<'a>>,
    #[serde(borrow)]
    phone_number: Option<PhoneNumber<'a>>,
    assistant_overrides: Option<Assistant>,
    metadata: Option<Metadata>,
}

#[derive(Deserialize)]
struct Customer<'a> {
    #[serde(borrow)]
    number: Option<Word<'a>>,
    #[serde(borrow)]
    name: Option<Word<'a>>,
    #[serde(borrow)]
    email: Option<Word<'a>>,
}

#[derive(Deserialize)]
struct PhoneNumber<'a> {
    #[serde(borrow)]
    number: Option<Word<'a>>,
}

#[derive(Deserialize)]
struct Assistant {
    metadata: Option<Metadata>,
}

impl Message<'_> {
    /// The type, without the filter of `transcript[transcriptType="final"]`.
    pub(super) fn kind(&self) -> &str {
        let kind = self.kind.as_str();
        kind.split_once('[').map_or(kind, |(kind, _)| kind)
    }

    pub(super) fn status(&self) -> &str {
        self.status.as_ref().map_or("", Word::as_str)
    }

    /// Whether a transcript will not change any more.
    pub(super) fn is_final(&self) -> bool {
        let told = self.transcript_type.as_ref().map_or("", Word::as_str);
        told == "final" || (told.is_empty() && self.kind.as_str().contains("final"))
    }

    pub(super) fn call_id(&self) -> Option<&str> {
        let id = self.call.as_ref()?.id.as_ref()?.as_str();
        (!id.is_empty()).then_some(id)
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
            phone: caller.into_iter().flatten().find_map(|who| number(who.number.as_ref())),
            line: line.into_iter().flatten().find_map(|line| number(line.number.as_ref())),
            name: customer(|who| text(who.name.as_ref())),
            email: customer(|who| text(who.email.as_ref())),
            carrier_id: call.and_then(|call| text(call.phone_call_provider_id.as_ref())),
            salesforce_id,
            metadata,
            ..Party::default()
        }
    }

    /// The metadata, wherever it was put (VapiAI/docs #1027, PostHog #58771).
    fn metadata(&self) -> (Option<Text>, BTreeMap<String, Text>) {
        let call = self.call.as_ref();
        let overrides = call.and_then(|call| call.assistant_overrides.as_ref()?.metadata.as_ref());
        let own = call.and_then(|call| call.metadata.as_ref());
        let assistant = self.assistant.as_ref().and_then(|assistant| assistant.metadata.as_ref());
        [overrides, own, assistant]
            .into_iter()
            .flatten()
            .next()
            .map_or_else(Default::default, metadata::read)
    }
}

fn direction(kind: &str) -> Option<Direction> {
    match kind {
        "inboundPhoneCall" | "webCall" => Some(Direction::Inbound),
        "outboundPhoneCall" => Some(Direction::Outbound),
        _ => None,
    }
}
