//! `X-Twilio-Signature`: over the address Twilio was given, and the form's members in order.

use axum::http::{HeaderName, HeaderValue};
use base64::{Engine, prelude::BASE64_STANDARD};
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use crate::intake::{
    Refused, Request, Settings,
    auth::{Algorithm, Proof, Scheme, Secrets, mac, url_of},
    form::Form,
    kind::Built,
    settings::Problem,
};

static HEADER: HeaderName = HeaderName::from_static("x-twilio-signature");

/// The member of the query that binds a body which is no form.
pub(super) const BODY_HASH: &str = "bodySHA256=";

#[derive(Debug)]
struct Signature {
    base: String,
    secrets: Secrets,
}

pub(super) fn scheme(settings: &Settings, secrets: Secrets) -> Built<dyn Scheme> {
    if settings.auth.is_some() {
        return Err(Problem::new("auth", "Twilio has only its own signature; remove the table"));
    }
    let base = settings.public_url.clone().ok_or_else(|| {
        let text = "Twilio signs the address it posts to; set it to where Twilio reaches this hub, \
                    such as https://calls.example.com";
        Problem::new("public_url", text)
    })?;
    Ok(Box::new(Signature { base, secrets }))
}

/// The signature as it was sent.
fn presented<'a>(request: &Request<'a>) -> Result<&'a [u8], Refused> {
    let presented = request.headers.get(&HEADER).map(HeaderValue::as_bytes);
    presented.ok_or(Refused::Unauthorized("the X-Twilio-Signature header is missing"))
}

impl Scheme for Signature {
    fn headers(&self) -> Vec<&HeaderName> {
        vec![&HEADER]
    }

    fn greet(&self, request: &Request<'_>) -> Result<(), Refused> {
        presented(request).map(drop)
    }

    fn verify(&self, request: &Request<'_>) -> Result<Proof, Refused> {
        let presented = BASE64_STANDARD.decode(presented(request)?).unwrap_or_default();
        let url = url_of(&self.base, request);
        let form = signed_form(request)?;
        let genuine = self.secrets.any(|token| {
            spellings(&url).iter().fold(Choice::from(0), |found, url| {
                found | presented.as_slice().ct_eq(&signature(token, url, &form))
            })
        });
        if !genuine {
            return Err(Refused::Unauthorized(match self.secrets.iter().count() {
                1 => "the signature does not fit the token; is public_url what Twilio posts to?",
                _ => "the signature fits none of the tokens; is public_url what Twilio posts to?",
            }));
        }
        Ok(Proof::default())
    }

    fn sign(&self, request: &Request<'_>) -> Vec<(HeaderName, HeaderValue)> {
        let Ok(form) = signed_form(request) else { return Vec::new() };
        let mac = signature(self.secrets.first(), &url_of(&self.base, request), &form);
        let value = HeaderValue::try_from(BASE64_STANDARD.encode(mac));
        value.ok().map(|value| (HEADER.clone(), value)).into_iter().collect()
    }
}

/// The form that is signed. A body of another type is bound by its hash in the signed query, and a
/// body that nothing binds is refused.
fn signed_form(request: &Request<'_>) -> Result<Form, Refused> {
    let hash = request.query.split('&').find_map(|member| member.strip_prefix(BODY_HASH));
    match hash {
        None => Form::parse(request.body),
        Some(hash) => {
            let right = hex::encode(Sha256::digest(request.body));
            if !bool::from(hash.as_bytes().ct_eq(right.as_bytes())) {
                return Err(Refused::Unauthorized("the body is not the one that was signed"));
            }
            Ok(Form::default())
        }
    }
}

/// Base64 of this is the header: the address, then every name with each of its distinct values.
fn signature(token: &[u8], url: &str, form: &Form) -> Vec<u8> {
    let mut parts = vec![url.as_bytes()];
    for (name, values) in form.members() {
        let mut values: Vec<&String> = values.iter().collect();
        values.sort();
        values.dedup();
        for value in values {
            parts.extend([name.as_bytes(), value.as_bytes()]);
        }
    }
    mac(Algorithm::Sha1, token, &parts)
}

/// The address as it is, and with and without the standard port: Twilio signs either.
fn spellings(url: &str) -> Vec<String> {
    let mut spellings = vec![url.to_owned()];
    let Some((scheme, rest)) = url.split_once("://") else { return spellings };
    let (host, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
    let port = if scheme == "https" { ":443" } else { ":80" };
    spellings.push(match host.strip_suffix(port) {
        Some(bare) => format!("{scheme}://{bare}{path}"),
        None if host.contains(':') => return spellings,
        None => format!("{scheme}://{host}{port}{path}"),
    });
    spellings
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://mycompany.com/myapp.php?foo=1&bar=2";

    fn signs(url: &str, body: &str) -> String {
        BASE64_STANDARD.encode(signature(b"12345", url, &Form::parse(body.as_bytes()).unwrap()))
    }

    #[test]
    fn the_published_vectors() {
        let body = include_str!("../../../tests/fixtures/payloads/twilio/test-vector.form");
        assert_eq!(signs(URL, body), "RSOYDt4T1cUTdK1PDd93/VVr8B8=");
        assert_eq!(signs(&spellings(URL)[1], body), "kvajT1Ptam85bY51eRf/AJRuM3w=");
        let twice =
            include_str!("../../../tests/fixtures/payloads/twilio/test-vector-duplicates.form");
        assert_eq!(signs(URL, twice), "IK+Dwps556ElfBT0I3Rgjkr1wJU=");
        let json =
            include_str!("../../../tests/fixtures/payloads/twilio/test-vector-json-body.json");
        let hash = hex::encode(Sha256::digest(json));
        let url = format!("{URL}&bodySHA256={hash}");
        assert_eq!(signs(&url, ""), "a9nBmqA0ju/hNViExpshrM61xv4=");
    }

    #[test]
    fn the_port_may_be_there_or_not() {
        assert_eq!(spellings("https://a.example/x")[1], "https://a.example:443/x");
        assert_eq!(spellings("http://a.example:80/x")[1], "http://a.example/x");
        assert_eq!(spellings("https://a.example:8443/x").len(), 1);
    }
}
