//! Names of calls and sources.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

/// The configured name of a provider's connection: `vapi`, `twilio`, `my-other-vapi`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SourceName(Arc<str>);

impl SourceName {
    /// A source of this name.
    pub fn new(name: &str) -> Self {
        Self(name.into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A call's identity: the source's name and the provider's own id, as `source:id`.
///
/// It is also the external id (`Callboard_Id__c`) of the call's records in Salesforce, so it is
/// kept short enough for a text field of 255 characters, and to characters that are harmless in a
/// URL path after percent-encoding, a SOQL string and a terminal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CallId(Arc<str>);

impl CallId {
    /// The longest provider id that is taken as it is, in bytes.
    const LONGEST: usize = 120;

    /// The id of the call that `source` knows as `external`.
    ///
    /// Printable ASCII up to 120 bytes is kept; anything else, and what looks encoded already, is hex-encoded or, if still too
    /// long, replaced by its SHA-256, so that two different provider ids never become one call.
    pub fn new(source: &SourceName, external: &str) -> Self {
        let encoded = external.starts_with("hex.") || external.starts_with("sha256.");
        let plain = !external.is_empty()
            && !encoded
            && external.len() <= Self::LONGEST
            && external.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:@+".contains(&b));
        let id = if plain {
            external.to_owned()
        } else if external.len() * 2 < Self::LONGEST {
            format!("hex.{}", hex::encode(external))
        } else {
            use sha2::Digest;
            format!("sha256.{}", hex::encode(sha2::Sha256::digest(external)))
        };
        Self(format!("{source}:{id}").into())
    }

    /// An id read back from the journal, the wire or a URL.
    pub fn parse(text: &str) -> Option<Self> {
        let (source, external) = text.split_once(':')?;
        let fine = |part: &str| {
            !part.is_empty()
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:@+".contains(&b))
        };
        (text.len() <= 255 && fine(source) && fine(external)).then(|| Self(text.into()))
    }

    /// `source:id`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of the source the call came from.
    pub fn source(&self) -> &str {
        self.0.split_once(':').map_or("", |(source, _)| source)
    }
}

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_provider_ids_stay_distinct_and_parse_again() {
        let source = SourceName::new("vapi");
        let ids: Vec<CallId> = [
            "a-1",
            "a/1",
            "hex.612f31",
            "hex.6865782e363132663331",
            "a 1",
            "../Account/001",
            "日本",
            &"x".repeat(500),
            "sha256.0",
        ]
        .iter()
        .map(|external| CallId::new(&source, external))
        .collect();
        for (i, id) in ids.iter().enumerate() {
            assert_eq!(CallId::parse(id.as_str()).as_ref(), Some(id));
            assert!(!ids[..i].contains(id));
        }
        assert_eq!(ids[0].as_str(), "vapi:a-1");
    }

    #[test]
    fn refuses_what_is_no_id() {
        for text in ["", "vapi", "vapi:", ":1", "vapi:a b", "vapi:\x1b[2J"] {
            assert_eq!(CallId::parse(text), None, "{text:?}");
        }
    }
}
