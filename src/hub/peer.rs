//! Where a request comes from, as far as limits are concerned.

use std::net::{IpAddr, Ipv6Addr};

use axum::http::HeaderMap;

/// A client's address. IPv6 by its /64, which is what one customer gets: whoever has one address
/// of it has all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Client(IpAddr);

impl Client {
    /// The client at this address.
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self(address.into()),
            IpAddr::V6(address) => {
                let network = u128::from(address) & !u128::from(u64::MAX);
                Self(Ipv6Addr::from(network).into())
            }
        }
    }

    /// Of nobody can be said where they are.
    pub fn unknown() -> Self {
        Self(Ipv6Addr::UNSPECIFIED.into())
    }
}

/// What only proxies write.
const FORWARDED: [&str; 5] =
    ["x-forwarded-for", "forwarded", "via", "x-real-ip", "x-forwarded-host"];

/// Where a request comes from.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    /// Whose limits apply.
    pub client: Client,
    /// Whether it comes from this very machine, with no proxy in between.
    pub local: bool,
}

impl Peer {
    /// The sender of a request that came over a connection from `address`. A proxy on this machine is
    /// one whether or not the config says so: what it passes on comes from elsewhere.
    pub fn of(address: IpAddr, behind_proxy: bool, headers: &HeaderMap) -> Self {
        let forwarded =
            address.is_loopback() && FORWARDED.iter().any(|name| headers.contains_key(*name));
        if !behind_proxy && !forwarded {
            return Self { client: Client::of(address), local: address.is_loopback() };
        }
        // What stands before the last comma the client may have made up itself.
        let last = headers.get_all("x-forwarded-for").iter().next_back();
        let last =
            last.and_then(|value| value.to_str().ok()?.rsplit(',').next()?.trim().parse().ok());
        Self { client: Client::of(last.unwrap_or(address)), local: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_proxy_wrote_counts_and_only_behind_a_proxy() {
        let proxy: IpAddr = [127, 0, 0, 1].into();
        let mut headers = HeaderMap::new();
        headers.append("x-forwarded-for", "1.1.1.1".parse().unwrap());
        headers.append("x-forwarded-for", "2.2.2.2, 203.0.113.9".parse().unwrap());
        let peer = Peer::of(proxy, true, &headers);
        assert_eq!((peer.client, peer.local), (Client::of([203, 0, 113, 9].into()), false));
        let elsewhere: IpAddr = [192, 0, 2, 7].into();
        let peer = Peer::of(elsewhere, false, &headers);
        assert_eq!((peer.client, peer.local), (Client::of(elsewhere), false));
    }

    #[test]
    fn a_proxy_on_this_machine_speaks_for_somebody_else() {
        let here: IpAddr = [127, 0, 0, 1].into();
        let peer = |name: &'static str, value: &'static str| {
            let headers = [(name.parse().unwrap(), value.parse().unwrap())];
            let peer = Peer::of(here, false, &HeaderMap::from_iter(headers));
            (peer.client, peer.local)
        };
        assert_eq!(peer("accept", "*/*"), (Client::of(here), true));
        let theirs = Client::of([203, 0, 113, 9].into());
        assert_eq!(peer("x-forwarded-for", "1.1.1.1, 203.0.113.9"), (theirs, false));
        for name in ["forwarded", "via", "x-real-ip", "x-forwarded-host"] {
            assert_eq!(peer(name, "203.0.113.9"), (Client::of(here), false), "{name}");
        }
    }

    #[test]
    fn a_network_of_one_customer_is_one_client() {
        let of = |text: &str| Client::of(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:10.0.0.1"), of("10.0.0.1"));
    }
}
