//! What Vapi waits for: an assistant, a destination, a tool's result.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};

use super::message::{Message, TOOLS};
use crate::intake::{
    Reply, Settings,
    decode::Word,
    lenient::{Lenient, List},
    settings::Problem,
};

/// The configured answers, by the type of the message:
///
/// ```toml
/// [sources.vapi.answers]
/// assistant-request = { assistantId = "a1d7…" }
/// transfer-destination-request = { destination = { type = "number", number = "+16145550177" } }
/// tool-calls = { find_slots = "Tomorrow 8 to 10", "*" = "Not available" }
/// ```
#[derive(Debug)]
pub(super) struct Answers {
    whole: BTreeMap<String, Value>,
    tools: BTreeMap<String, String>,
}

const WHOLE: [&str; 4] = [
    "assistant-request",
    "transfer-destination-request",
    "handoff-destination-request",
    "knowledge-base-request",
];

#[derive(Default, Deserialize)]
#[serde(default)]
struct ToolCall<'a> {
    #[serde(borrow)]
    id: Lenient<Word<'a>>,
    #[serde(borrow)]
    name: Lenient<Word<'a>>,
    #[serde(borrow)]
    function: Lenient<Function<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Function<'a> {
    #[serde(borrow)]
    name: Lenient<Word<'a>>,
}

/// An item of the other list, which has the tool beside its call.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ToolWithCall<'a> {
    #[serde(borrow)]
    name: Lenient<Word<'a>>,
    #[serde(borrow)]
    function: Lenient<Function<'a>>,
    #[serde(borrow)]
    tool_call: Lenient<ToolCall<'a>>,
}

impl<'a> ToolCall<'a> {
    /// The calls of either list; one that can't be read costs no other its answer.
    fn of(message: &Message<'a>) -> Vec<Self> {
        fn list<'a, T: Deserialize<'a>>(raw: Option<&'a RawValue>) -> List<T> {
            raw.and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default()
        }
        let calls: List<Self> = list(message.tool_call_list);
        if !calls.is_empty() {
            return calls.into_vec();
        }
        let beside: List<ToolWithCall<'a>> = list(message.tool_with_tool_call_list);
        let call = |tool: ToolWithCall<'a>| {
            let call = tool.tool_call.0?;
            let name = Lenient(call.name.0.or(tool.name.0));
            let function = Lenient(call.function.0.or(tool.function.0));
            Some(Self { name, function, ..call })
        };
        beside.into_vec().into_iter().filter_map(call).collect()
    }
}

impl Answers {
    pub(super) fn new(settings: &Settings) -> Result<Self, Problem> {
        let known: Vec<&str> = WHOLE.into_iter().chain([TOOLS]).collect();
        settings.only_answers(&known)?;
        let mut whole = settings.answers.clone();
        if whole.iter().any(|(_, answer)| !answer.is_object()) {
            return Err(Problem::new("answers", "an answer is a table: what Vapi is to receive"));
        }
        let tools = whole.remove(TOOLS).map(serde_json::from_value).transpose();
        let text = "answers.tool-calls gives a text for each tool's name, and \"*\" for the others";
        let tools = tools.map_err(|_| Problem::new("answers", text))?.unwrap_or_default();
        Ok(Self { whole, tools })
    }

    /// The reply to a message that must be answered.
    pub(super) fn to(&self, message: &Message<'_>) -> Option<Reply> {
        let kind = message.kind();
        if kind == TOOLS {
            return Some(Reply::json(&self.results(message)));
        }
        if !WHOLE.contains(&kind) {
            return None;
        }
        let configured = self.whole.get(kind).cloned();
        Some(Reply::json(&configured.unwrap_or_else(|| match kind {
            // Vapi says this aloud and hangs up: words for a caller, not for an engineer.
            "assistant-request" => {
                json!({ "error": "Sorry, we can't take your call right now. Please try again in a few minutes." })
            }
            "knowledge-base-request" => json!({ "documents": [] }),
            _ => json!({ "error": "There is nobody to transfer to." }),
        })))
    }

    /// A result for every call, or Vapi's assistant waits for the missing one. The results are
    /// texts; a structured one has to be JSON inside the text.
    fn results(&self, message: &Message<'_>) -> Value {
        // A list we can't read gets an empty answer, which Vapi reports on its side.
        let results: Vec<Value> =
            ToolCall::of(message).iter().map(|call| self.result(call)).collect();
        json!({ "results": results })
    }

    fn result(&self, call: &ToolCall<'_>) -> Value {
        let of_function = call.function.as_ref().and_then(|function| function.name.as_ref());
        let name = of_function.or(call.name.as_ref()).map_or("", Word::as_str);
        let id = call.id.as_ref().map_or("", Word::as_str);
        match self.tools.get(name).or_else(|| self.tools.get("*")) {
            Some(result) => json!({ "toolCallId": id, "name": name, "result": result }),
            None => {
                json!({ "toolCallId": id, "name": name, "error": "This tool is not available." })
            }
        }
    }
}
