//! A request as the org reads it, taken apart once: every part of the org looks at this.

use std::collections::HashMap;

use base64::{Engine, prelude::BASE64_STANDARD};
use percent_encoding::percent_decode_str;

/// One request, of the wire or of a composite.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub method: String,
    /// As it stood in the request line, for the log.
    pub target: String,
    /// The path's segments, each percent-decoded after the split.
    pub path: Vec<String>,
    pub query: Vec<(String, String)>,
    /// Lower-case names.
    pub headers: HashMap<String, String>,
    pub body: Vec<u8>,
}

impl Request {
    /// Takes a request line's `target` apart. `_HttpMethod` overrides a POST, as the org allows.
    pub(super) fn new(
        method: &str,
        target: &str,
        headers: HashMap<String, String>,
        body: Vec<u8>,
    ) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let decoded = |part: &str| percent_decode_str(part).decode_utf8_lossy().into_owned();
        let query: Vec<(String, String)> =
            form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let replaced = query.iter().find(|(name, _)| name == "_HttpMethod").map(|(_, value)| value);
        let method = replaced.filter(|_| method == "POST").map_or(method, String::as_str);
        Self {
            method: method.to_ascii_uppercase(),
            target: target.to_owned(),
            path: path.trim_matches('/').split('/').map(decoded).collect(),
            query,
            headers,
            body,
        }
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The token of `Authorization: Bearer` (or the older `OAuth`).
    pub(super) fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.header("authorization")?.split_once(' ')?;
        let known = scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("oauth");
        known.then(|| token.trim())
    }

    /// Name and password of `Authorization: Basic`, percent-decoded as RFC 6749 asks.
    pub(super) fn basic(&self) -> Option<(String, String)> {
        let encoded = self.header("authorization")?.strip_prefix("Basic ")?;
        let text = String::from_utf8(BASE64_STANDARD.decode(encoded.trim()).ok()?).ok()?;
        let (name, password) = text.split_once(':')?;
        let decoded = |part: &str| percent_decode_str(part).decode_utf8_lossy().into_owned();
        Some((decoded(name), decoded(password)))
    }

    /// Whether the request names `object`: in its path, or in the body of a composite.
    pub(super) fn is_about(&self, object: &str) -> bool {
        let in_path = self.path.iter().any(|segment| segment.eq_ignore_ascii_case(object));
        let composite = self.path.iter().any(|segment| segment == "composite");
        in_path
            || composite && {
                let body = String::from_utf8_lossy(&self.body);
                body.contains(&format!("/sobjects/{object}"))
                    || body.contains(&format!("\"{object}\""))
            }
    }
}

/// The fields of a form, from the body or, failing that, the query.
pub(super) fn form(request: &Request) -> HashMap<String, String> {
    let mut fields: HashMap<String, String> = request.query.iter().cloned().collect();
    fields.extend(form_urlencoded::parse(&request.body).into_owned());
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_decoded_after_the_split() {
        let request = Request::new(
            "patch",
            "/services/data/v66.0/sobjects/Lead/Ext__c/a%2Fb%20c?updateOnly=true",
            HashMap::new(),
            Vec::new(),
        );
        assert_eq!(request.path.last().unwrap(), "a/b c");
        assert_eq!(request.parameter("updateOnly"), Some("true"));
    }

    #[test]
    fn a_post_may_ask_for_another_method() {
        let target = "/services/data/v66.0/sobjects/Lead/00Q1?_HttpMethod=DELETE";
        assert_eq!(Request::new("POST", target, HashMap::new(), vec![]).method, "DELETE");
        assert_eq!(Request::new("GET", target, HashMap::new(), vec![]).method, "GET");
    }
}
