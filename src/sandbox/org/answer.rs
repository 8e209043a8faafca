//! What the org answers: a status, headers and a body, and refusals in Salesforce's words.

use std::borrow::Cow;

use serde_json::{Value, json};

/// What goes back over the wire.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub status: u16,
    pub body: Content,
    pub headers: Vec<(&'static str, String)>,
}

/// The body of an [`Answer`].
#[derive(Clone, Debug)]
pub(super) enum Content {
    Empty,
    Json(Value),
    Text { kind: &'static str, text: String },
}

impl Answer {
    pub(super) fn json(status: u16, body: Value) -> Self {
        Self { status, body: Content::Json(body), headers: Vec::new() }
    }

    pub(super) fn empty(status: u16) -> Self {
        Self { status, body: Content::Empty, headers: Vec::new() }
    }

    pub(super) fn text(status: u16, kind: &'static str, text: impl Into<String>) -> Self {
        Self { status, body: Content::Text { kind, text: text.into() }, headers: Vec::new() }
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The first error code of the body, for the log.
    pub(super) fn error_code(&self) -> Option<String> {
        let Content::Json(body) = &self.body else { return None };
        let code =
            body.get(0).and_then(|first| first.get("errorCode")).or_else(|| body.get("error"));
        code.and_then(Value::as_str).map(str::to_owned)
    }
}

/// Why a request, or one record of it, is refused.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Refusal {
    pub status: u16,
    pub code: Cow<'static, str>,
    pub message: String,
    /// Absent where Salesforce leaves `fields` out of the body.
    pub fields: Option<Vec<String>>,
    /// What a duplicate rule found; the key is misspelt as Salesforce misspells it.
    pub duplicates: Option<Box<Value>>,
}

impl Refusal {
    pub(super) fn new(code: &'static str, message: impl Into<String>) -> Self {
        let status = match code {
            "INVALID_SESSION_ID" | "INVALID_AUTH_HEADER" => 401,
            "REQUEST_LIMIT_EXCEEDED" | "API_DISABLED_FOR_ORG" | "FORBIDDEN" => 403,
            "NOT_FOUND" | "ENTITY_IS_DELETED" => 404,
            "METHOD_NOT_ALLOWED" => 405,
            "UNSUPPORTED_API_VERSION" => 410,
            "PRECONDITION_FAILED" => 412,
            "URI_TOO_LONG" => 414,
            "UNSUPPORTED_MEDIA_TYPE" => 415,
            "SERVER_UNAVAILABLE" => 503,
            _ => 400,
        };
        Self { status, code: code.into(), message: message.into(), fields: None, duplicates: None }
    }

    /// The same, about a record that was to be saved: `fields` is there, even when empty.
    pub(super) fn saving(code: &'static str, message: impl Into<String>, fields: &[&str]) -> Self {
        let fields = fields.iter().map(|&field| field.to_owned()).collect();
        Self { fields: Some(fields), ..Self::new(code, message) }
    }

    pub(super) fn not_found() -> Self {
        Self::new("NOT_FOUND", "The requested resource does not exist")
    }

    /// As an element of a REST error body.
    pub(super) fn as_error(&self) -> Value {
        let mut error = json!({ "message": self.message, "errorCode": self.code });
        if let Some(fields) = &self.fields {
            error["fields"] = json!(fields);
        }
        if let Some(found) = &self.duplicates {
            error["duplicateResut"] = Value::clone(found);
        }
        error
    }

    /// As an element of `errors` of one record of a collection, where the key is `statusCode`.
    pub(super) fn as_record_error(&self) -> Value {
        let fields = self.fields.clone().unwrap_or_default();
        json!({ "statusCode": self.code, "message": self.message, "fields": fields })
    }
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        Self::json(refusal.status, json!([refusal.as_error()]))
    }
}
