//! Forms, flows and Apex classes that take a Lead.

use reqwest::Method;
use serde_json::{Value, json};

use super::{
    escape::RecordId,
    failure::{Class, Failure},
    http::exchange,
    org::{Fields, Options, Org, read},
    request::segment,
};

impl Org {
    /// Posts a Web-to-Lead form. It costs no API call, and a success says nothing: Salesforce
    /// answers 200 whatever becomes of the form.
    ///
    /// # Errors
    /// A [`Failure`]; [`Class::Ambiguous`] when it may have arrived.
    pub async fn post_form(&self, url: &str, form: &[(String, String)]) -> Result<u16, Failure> {
        let answer = exchange(self.http().post(url).form(form), false).await?;
        // A form is answered with a page, or a redirect to retURL.
        if answer.status < 400 {
            return Ok(answer.status);
        }
        Err(Failure::from_answer(answer.status, &answer.body, answer.retry_after(), false))
    }

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

    /// Posts a body to an Apex REST class (`/services/apexrest/…`).
    ///
    /// # Errors
    /// A [`Failure`].
    pub async fn call_apex(&self, path: &str, body: Fields) -> Result<Option<RecordId>, Failure> {
        let parts: Result<Vec<&str>, Failure> = path.split('/').map(segment).collect();
        let mut request = self.base.save(Method::POST, &[], body, Options::default());
        request.target = format!("/services/apexrest/{}", parts?.join("/"));
        let answer = self.send_alone(request).await?;
        // What a class answers is its author's affair.
        Ok(serde_json::from_slice(&answer.body).ok().as_ref().and_then(lead_in))
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

/// The id of a Lead somewhere in an answer.
fn lead_in(answer: &Value) -> Option<RecordId> {
    match answer {
        Value::String(text) => RecordId::of("Lead", text),
        Value::Array(items) => items.iter().find_map(lead_in),
        Value::Object(fields) => fields.values().find_map(lead_in),
        _ => None,
    }
}
