//! Forms, flows and Apex classes that take a Lead.

use reqwest::Method;
use serde_json::{Value, json};

use super::{
    escape::RecordId,
    failure::{Class, Failure},
    http::{client, exchange},
    org::{Fields, Options, Org, read},
    request::segment,
    settings::{Settings, SettingsError},
};

/// Posts Web-to-Lead forms. Needs no login.
#[derive(Clone)]
pub struct Forms(reqwest::Client);

impl Forms {
    /// As patient as these settings say.
    ///
    /// # Errors
    /// When this machine allows no HTTP client.
    pub fn new(settings: &Settings) -> Result<Self, SettingsError> {
        client(settings).map(Self)
    }

    /// Posts a form. It costs no API call, and a success says nothing: Salesforce answers 200
    /// whatever becomes of the form.
    ///
    /// # Errors
    /// A [`Failure`]; [`Class::Ambiguous`] when it may have arrived.
    pub async fn post(&self, url: &str, form: &[(String, String)]) -> Result<u16, Failure> {
        let answer = exchange(self.0.post(url).form(form), false).await?;
        // A form is answered with a page, or a redirect to retURL.
        if answer.status < 400 {
            return Ok(answer.status);
        }
        Err(Failure::from_answer(answer.status, &answer.body, answer.retry_after(), false))
    }
}

impl Org {
    /// Runs an autolaunched flow with these inputs. Returns the Lead among its outputs, if it tells.
    ///
    /// # Errors
    /// A [`Failure`].
    pub async fn run_flow(&self, flow: &str, inputs: Fields) -> Result<Option<RecordId>, Failure> {
        let path = ["actions", "custom", "flow", segment(flow)?];
        let body = json!({ "inputs": [inputs] }).as_object().cloned().unwrap_or_default();
        let request = self.base.save(Method::POST, &path, body, Options::default());
        Ok(lead_in(&read(&self.send_alone(request).await?)?))
    }

    /// Posts a body to an Apex REST class (`/services/apexrest/…`). Returns the Lead somewhere in its
    /// answer, if it tells.
    ///
    /// # Errors
    /// A [`Failure`]; also when the class says of itself that it did not succeed.
    pub async fn call_apex(&self, path: &str, body: Fields) -> Result<Option<RecordId>, Failure> {
        let parts: Result<Vec<&str>, Failure> = path.split('/').map(segment).collect();
        let mut request = self.base.save(Method::POST, &[], body, Options::default());
        request.target = format!("/services/apexrest/{}", parts?.join("/"));
        let answer = match self.send_alone(request).await {
            // An exception that nobody caught takes all that was saved back with it.
            Err(failure) if failure.code == "APEX_ERROR" => {
                return Err(Failure { class: Class::Permanent, ..failure });
            }
            answer => answer?,
        };
        // What a class answers is its author's affair: an object, a text, nothing at all.
        let told: Option<Value> = serde_json::from_slice(&answer.body).ok();
        match told.as_ref().and_then(refusal_in) {
            Some(refusal) => Err(Failure { status: answer.status, ..refusal }),
            None => Ok(told.as_ref().and_then(lead_in)),
        }
    }

    /// The names of a flow's inputs.
    ///
    /// # Errors
    /// A [`Failure`].
    pub async fn flow_inputs(&self, flow: &str) -> Result<Vec<String>, Failure> {
        let path = ["actions", "custom", "flow", segment(flow)?];
        let described: Value = read(&self.send_alone(self.base.get(&path, &[])).await?)?;
        let inputs = described.get("inputs").and_then(Value::as_array);
        let name = |input: &Value| input.get("name").and_then(Value::as_str).map(str::to_owned);
        let inputs = inputs.map(|inputs| inputs.iter().filter_map(name).collect());
        inputs.ok_or_else(|| Failure::own(Class::Permanent, "UNREADABLE", "no inputs are told"))
    }
}

/// What a class says that answers 200 and `"success": false`.
fn refusal_in(answer: &Value) -> Option<Failure> {
    let answer = match answer {
        Value::Array(items) => items.first()?,
        answer => answer,
    };
    let says_no = |name: &&str| answer.get(*name) == Some(&Value::Bool(false));
    ["success", "isSuccess"].iter().find(|name| says_no(name))?;
    let errors = answer.get("errors").and_then(Value::as_array);
    let said = errors.and_then(|errors| errors.first()).unwrap_or(answer);
    let text = |names: &[&str]| {
        let found = names.iter().find_map(|name| said.get(*name)?.as_str()).or(said.as_str());
        found.map(|text| text.chars().take(2_000).collect::<String>())
    };
    let code = text(&["errorCode", "statusCode", "code"]).filter(|code| !code.contains(' '));
    let message = text(&["message", "errorMessage", "error"]);
    let message = message.unwrap_or_else(|| "it did not succeed, and does not say why".to_owned());
    let code = code.unwrap_or_else(|| "APEX_REFUSED".to_owned());
    Some(Failure::own(Class::Permanent, &code, message))
}

/// The id of a Lead somewhere in an answer.
fn lead_in(answer: &Value) -> Option<RecordId> {
    match answer {
        Value::String(text) => RecordId::of("Lead", text),
        Value::Array(items) => items.iter().find_map(lead_in),
        Value::Object(fields) => fields.values().find_map(lead_in),
        _ => None,
    }
}
