//! One request to the REST API, ready to be sent by itself or among others.

use reqwest::{Method, Url};
use serde_json::{Value, json};

use super::{
    escape::is_api_name,
    failure::{Class, Failure},
    org::{AutoAssign, Fields, Options},
};

/// A request, so that it can be made again with another token, or as part of a composite.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) method: Method,
    /// Path and query, from `/services/data/…` on; every value in it is encoded.
    pub(super) target: String,
    pub(super) body: Option<Value>,
    /// How Salesforce is to save the body.
    pub(super) headers: Vec<(&'static str, &'static str)>,
    /// Whether carrying it out twice does no harm.
    pub(super) repeatable: bool,
    /// Whether it counts against the five queries a composite may hold.
    pub(super) is_query: bool,
    /// Values it takes from the answers to requests before it in its group.
    pub(super) references: Vec<Reference>,
}

/// A value from the answer to an earlier request of one group. Where there is no such value,
/// Salesforce does not carry the request out.
#[derive(Clone, Debug)]
pub(super) struct Reference {
    /// Which request of the group, from 0.
    pub(super) to: usize,
    /// Where in its answer: `records[0].Id`.
    pub(super) path: &'static str,
    /// Where the value goes.
    pub(super) spot: Spot,
}

/// Where a referenced value goes.
#[derive(Clone, Debug)]
pub(super) enum Spot {
    /// Behind the request's target.
    TargetEnd,
    /// Into this field of the body.
    Field(&'static str),
}

impl Request {
    /// As a part of a composite, where the requests of its group are called `r{start}` and on.
    pub(super) fn as_part(&self, start: usize, place: usize) -> Value {
        let mut target = self.target.clone();
        let mut body = self.body.clone().map(disarmed);
        for Reference { to, path, spot } in &self.references {
            let reference = format!("@{{r{}.{path}}}", start + to);
            match (spot, &mut body) {
                (Spot::TargetEnd, _) => target.push_str(&reference),
                (Spot::Field(name), Some(Value::Object(fields))) => {
                    fields.insert((*name).to_owned(), reference.into());
                }
                (Spot::Field(_), _) => {}
            }
        }
        let mut part = json!({
            "method": self.method.as_str(),
            "url": target,
            "referenceId": format!("r{}", start + place),
        });
        if let Some(body) = body {
            part["body"] = body;
        }
        if !self.headers.is_empty() {
            part["httpHeaders"] = self.headers.iter().copied().collect();
        }
        part
    }
}

/// What somebody said must not be read as a reference to another answer: `@{` is taken apart.
fn disarmed(value: Value) -> Value {
    match value {
        Value::String(text) if text.contains("@{") => text.replace("@{", "@ {").into(),
        Value::Array(items) => items.into_iter().map(disarmed).collect(),
        Value::Object(fields) => {
            fields.into_iter().map(|(name, value)| (name, disarmed(value))).collect()
        }
        other => other,
    }
}

/// Where requests go: `/services/data/v66.0`.
#[derive(Clone, Debug)]
pub(super) struct Base {
    url: Url,
}

impl Base {
    /// The base of this API version (checked with the settings).
    pub(super) fn new(version: &str) -> Option<Self> {
        // The host never leaves this module: only path and query are taken over.
        let mut url = Url::parse("https://org.invalid/").ok()?;
        url.path_segments_mut().ok()?.clear().extend(["services", "data", version]);
        Some(Self { url })
    }

    /// A request that reads.
    pub(super) fn get(&self, path: &[&str], query: &[(&str, &str)]) -> Request {
        Request {
            method: Method::GET,
            target: self.target(path, query),
            body: None,
            headers: Vec::new(),
            repeatable: true,
            is_query: path.first() == Some(&"query"),
            references: Vec::new(),
        }
    }

    /// A request that saves a record.
    pub(super) fn save(
        &self,
        method: Method,
        path: &[&str],
        fields: Fields,
        options: Options,
    ) -> Request {
        Request {
            repeatable: method == Method::PATCH,
            method,
            target: self.target(path, &[]),
            headers: saving_headers(options, &fields),
            body: Some(Value::Object(fields)),
            is_query: false,
            references: Vec::new(),
        }
    }

    /// A request that carries others.
    pub(super) fn composite(&self, body: Value) -> Request {
        Request {
            method: Method::POST,
            target: self.target(&["composite"], &[]),
            body: Some(body),
            headers: Vec::new(),
            repeatable: false,
            is_query: false,
            references: Vec::new(),
        }
    }

    /// The partner endpoint of the SOAP API.
    pub(super) fn soap(&self) -> String {
        let version = self.url.path().rsplit("/v").next().unwrap_or_default();
        format!("/services/Soap/u/{version}")
    }

    fn target(&self, path: &[&str], query: &[(&str, &str)]) -> String {
        let mut url = self.url.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.extend(path);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        }
    }
}

/// How Salesforce is to save these fields.
fn saving_headers(options: Options, fields: &Fields) -> Vec<(&'static str, &'static str)> {
    let assign = options.auto_assign == AutoAssign::On && !fields.contains_key("OwnerId");
    let duplicates = if options.save_duplicates {
        "allowSave=true; includeRecordDetails=true; runAsCurrentUser=true"
    } else {
        "allowSave=false; includeRecordDetails=true; runAsCurrentUser=true"
    };
    vec![
        ("Sforce-Auto-Assign", if assign { "TRUE" } else { "FALSE" }),
        ("Sforce-Duplicate-Rule-Header", duplicates),
    ]
}

/// `name`, if it can be the API name of an sObject or field.
pub(super) fn api_name(name: &str) -> Result<&str, Failure> {
    let wrong = || {
        let message = format!("{name:?} is not the API name of an object or field");
        Failure::own(Class::Permanent, "API_NAME", message)
    };
    is_api_name(name).then_some(name).ok_or_else(wrong)
}

/// A value as a path segment. All is encoded but the two that mean directories.
pub(super) fn segment(value: &str) -> Result<&str, Failure> {
    let fine = !matches!(value, "" | "." | "..");
    fine.then_some(value).ok_or_else(|| {
        Failure::own(Class::Permanent, "EXTERNAL_ID", "this value can't be an external id")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stay_in_their_segment() {
        let base = Base::new("v66.0").unwrap();
        let target =
            |value| base.get(&["sobjects", "Lead", "X__c", value], &[("q", "a&b=c")]).target;
        for (value, encoded) in [
            ("a/b", "a%2Fb"),
            ("../Account", "..%2FAccount"),
            ("a?_HttpMethod=DELETE", "a%3F_HttpMethod=DELETE"),
            ("a#b", "a%23b"),
            ("100%", "100%25"),
            ("ü", "%C3%BC"),
        ] {
            assert_eq!(
                target(value),
                format!("/services/data/v66.0/sobjects/Lead/X__c/{encoded}?q=a%26b%3Dc")
            );
        }
    }
}
