//! Where a PostgreSQL journal is.

use std::{fmt, str::FromStr};

use sqlx::postgres::{PgConnectOptions, PgSslMode};

use crate::network;

/// A `postgres://` address, with what is ours in it taken out.
///
/// `sslmode` and the like mean what they mean everywhere. Where the address says nothing of TLS, a
/// server on another machine must prove who it is (`verify-full`): callers' words do not cross a
/// network in clear unless somebody says so. `pooler=transaction` says that a pooler stands
/// between that gives every transaction another connection (PgBouncer).
#[derive(Clone)]
pub struct Address {
    pub(super) options: PgConnectOptions,
    pub(super) pooled: bool,
    named: String,
}

impl Address {
    /// Whether `text` is meant as one.
    pub fn is_one(text: &str) -> bool {
        text.starts_with("postgres://") || text.starts_with("postgresql://")
    }
}

impl FromStr for Address {
    /// What is wrong with it; never repeats the address, which may hold a password.
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut url = reqwest::Url::parse(text).map_err(|error| error.to_string())?;
        let all: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        let (ours, theirs): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|(key, _)| key == "pooler");
        url.set_query(None);
        if !theirs.is_empty() {
            url.query_pairs_mut().extend_pairs(&theirs);
        }
        let pooled = match ours.last().map(|(_, value)| value.as_str()) {
            None | Some("session" | "none") => false,
            Some("transaction") => true,
            Some(_) => return Err("pooler is transaction, session or none".to_owned()),
        };
        let mut options =
            PgConnectOptions::from_str(url.as_str()).map_err(|error| error.to_string())?;
        let says = |key: &&(String, String)| matches!(key.0.as_str(), "sslmode" | "ssl-mode");
        if !theirs.iter().any(|pair| says(&pair)) {
            let mode = match is_local(&options) {
                true => PgSslMode::Prefer,
                false => PgSslMode::VerifyFull,
            };
            options = options.ssl_mode(mode);
        }
        let database = options.get_database().unwrap_or(options.get_username());
        let named = format!("{database} at {}:{}", options.get_host(), options.get_port());
        options = options.application_name("callboard").extra_float_digits(None);
        Ok(Self { options, pooled, named })
    }
}

/// Whether the way there leaves the machine.
fn is_local(options: &PgConnectOptions) -> bool {
    let host = options.get_host();
    options.get_socket().is_some() || host.starts_with('/') || network::is_this_machine(host)
}

/// Database, host and port: nothing secret.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.named)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Address").field(&self.named).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_elsewhere_must_prove_who_it_is_unless_told_otherwise() {
        let mode = |text: &str| text.parse::<Address>().unwrap().options.get_ssl_mode();
        assert!(matches!(mode("postgres://c@db.example/c"), PgSslMode::VerifyFull));
        assert!(matches!(mode("postgres://c@db.example/c?sslmode=disable"), PgSslMode::Disable));
        assert!(matches!(mode("postgres://c@127.0.0.1/c"), PgSslMode::Prefer));
        assert!(matches!(mode("postgres://c@localhost/c?host=/run/pg"), PgSslMode::Prefer));
    }

    #[test]
    fn nothing_printed_holds_the_password() {
        let address: Address =
            "postgres://c:hunter2@db.example/c?pooler=transaction".parse().unwrap();
        assert!(address.pooled);
        assert!(!format!("{address} {address:?}").contains("hunter2"));
        let error = "postgres://c:hunter2@db:notaport/c".parse::<Address>().unwrap_err();
        assert!(!error.contains("hunter2"), "{error}");
    }
}
