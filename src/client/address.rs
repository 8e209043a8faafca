//! Where the hub is.

use reqwest::Url;

use crate::network::is_this_machine;

/// A hub's address: `http://host:port` or `https://host`, with or without a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address(Url);

/// Why an address is none.
#[derive(Debug, thiserror::Error)]
#[error(
    "{given:?} is no address of a hub ({why}); write it as http://127.0.0.1:4620 or https://hub.example.com"
)]
pub struct AddressError {
    given: String,
    why: String,
}

impl Address {
    /// Reads `http://…` or `https://…`. User names and passwords in it are refused: they end up
    /// in histories and process lists.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let wrong = |why: &str| AddressError { given: text.to_owned(), why: why.to_owned() };
        let mut url = Url::parse(text.trim()).map_err(|error| wrong(&error.to_string()))?;
        if !url.username().is_empty() || url.password().is_some() {
            // Not repeated: there is a secret in it.
            let given = "the address".to_owned();
            return Err(AddressError { given, why: "it contains a password".to_owned() });
        }
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(wrong("it must begin with http:// or https://"));
        }
        url.set_query(None);
        url.set_fragment(None);
        if !url.path().ends_with('/') {
            url.set_path(&format!("{}/", url.path()));
        }
        Ok(Self(url))
    }

    /// As a person would say it.
    pub fn shown(&self) -> &str {
        self.0.as_str().trim_end_matches('/')
    }

    /// Whether it is on this very machine, by its literal address or as `localhost`.
    pub fn is_local(&self) -> bool {
        self.0.host_str().is_some_and(is_this_machine)
    }

    /// The stream.
    pub fn stream(&self) -> Url {
        let mut url = self.under(&["v1", "stream"]);
        let scheme = if url.scheme() == "https" { "wss" } else { "ws" };
        // Both are special schemes, so this can't fail.
        let _ = url.set_scheme(scheme);
        url
    }

    /// What lies under the address; every segment is encoded.
    pub fn under(&self, segments: &[&str]) -> Url {
        let mut url = self.0.clone();
        // An http address can always be a base.
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_kept_and_segments_encoded() {
        let hub = Address::parse("https://example.com/board").unwrap();
        assert_eq!(hub.stream().as_str(), "wss://example.com/board/v1/stream");
        let url = hub.under(&["v1", "calls", "vapi:../x?y", "actions"]);
        assert_eq!(url.as_str(), "https://example.com/board/v1/calls/vapi:..%2Fx%3Fy/actions");
        let local = Address::parse("http://127.0.0.1:8080").unwrap();
        assert_eq!(local.stream().as_str(), "ws://127.0.0.1:8080/v1/stream");
        assert_eq!(local.shown(), "http://127.0.0.1:8080");
        assert!(local.is_local() && Address::parse("http://[::1]:1").unwrap().is_local());
        assert!(!hub.is_local() && !Address::parse("http://127.0.0.1.example").unwrap().is_local());
    }

    #[test]
    fn what_is_no_address_is_refused_and_a_password_not_repeated() {
        for text in ["", "localhost:80", "ftp://x", "/v1"] {
            assert!(Address::parse(text).is_err(), "{text}");
        }
        let error = Address::parse("http://me:hunter2@hub").unwrap_err().to_string();
        assert!(!error.contains("hunter2"), "{error}");
    }
}
