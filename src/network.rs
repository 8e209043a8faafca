//! What an address says before anything is sent there: whether it is this very machine, and whether
//! strangers could read along.

use std::net::IpAddr;

use reqwest::Url;

/// Whether a host is this machine: `localhost`, or an address of the loopback. A name that merely begins
/// like one (`127.0.0.1.example.com`) belongs to whoever registered it.
pub fn is_this_machine(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    host.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Whether what is sent there crosses no network in clear: TLS, or this machine.
pub fn is_private(url: &Url) -> bool {
    match url.scheme() {
        "https" => url.has_host(),
        "http" => url.host_str().is_some_and(is_this_machine),
        _ => false,
    }
}

/// The same of what somebody wrote, which may be no address at all.
pub fn reads_as_private(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| is_private(&url))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_clear_goes_only_what_stays_on_this_machine() {
        for (url, private) in [
            ("https://hooks.example.com/x", true),
            ("https://127.0.0.1", true),
            ("http://127.0.0.1", true),
            ("http://127.0.0.1:8080/x", true),
            ("http://127.8.9.10", true),
            ("http://localhost:1717", true),
            ("http://LocalHost", true),
            ("http://[::1]:80", true),
            // The parser knows these spellings of 127.0.0.1, as whoever connects does.
            ("http://127.1", true),
            ("http://2130706433", true),
            ("http://user@127.0.0.1", true),
            ("http://127.0.0.1.example.com", false),
            ("http://127.0.0.1@example.com", false),
            ("http://127.0.0.1:80@example.com/", false),
            ("http://localhost.example.com", false),
            ("http://localhost@example.com", false),
            ("http://example.com/127.0.0.1", false),
            ("http://example.com#@127.0.0.1", false),
            ("http://example.com?@127.0.0.1", false),
            ("http://example.com\\@127.0.0.1", false),
            ("http:example.com", false),
            ("http://notlocalhost", false),
            ("http://0.0.0.0", false),
            ("http://10.0.0.1", false),
            ("http://[::]", false),
            ("http://[::ffff:10.0.0.1]", false),
            ("http://128.0.0.1", false),
            ("ftp://127.0.0.1", false),
            ("file:///127.0.0.1", false),
            ("https://", false),
            ("127.0.0.1", false),
            ("", false),
        ] {
            assert_eq!(reads_as_private(url), private, "{url}");
        }
    }

    #[test]
    fn a_host_alone_is_read_the_same() {
        for host in ["localhost", "LOCALHOST", "127.0.0.1", "127.0.0.2", "::1", "[::1]"] {
            assert!(is_this_machine(host), "{host}");
        }
        for host in ["", "127.0.0.1.example.com", "localhost.", "0.0.0.0", "::", "[127.0.0.1", "x"]
        {
            assert!(!is_this_machine(host), "{host}");
        }
    }
}
