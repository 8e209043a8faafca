//! Standard Webhooks (standardwebhooks.com) and Svix, whose scheme it is.

use axum::http::{HeaderName, HeaderValue};
use base64::{Engine, prelude::BASE64_STANDARD};
use jiff::{SignedDuration, Timestamp};
use subtle::{Choice, ConstantTimeEq};

use super::{Algorithm, Proof, Scheme, Secrets, header_name, mac, signed, text_header, within};
use crate::intake::{Refused, Request, decode, settings::Problem};

/// HMAC-SHA256 over `id.timestamp.body`, base64 after `v1,`.
#[derive(Debug)]
pub(super) struct Standard {
    id: HeaderName,
    timestamp: HeaderName,
    signature: HeaderName,
    tolerance: SignedDuration,
    secrets: Secrets,
}

const MOST_SIGNATURES: usize = 8;

impl Standard {
    pub(super) fn new(
        prefix: &str,
        tolerance: SignedDuration,
        secrets: &Secrets,
    ) -> Result<Self, Problem> {
        // `whsec_` marks base64. Without the mark the reference library decodes too, but OpenAI's
        // takes the text as it is: either key will do.
        let secrets = secrets.decoded(|secret| {
            let marked = secret.strip_prefix(b"whsec_");
            let key = BASE64_STANDARD.decode(marked.unwrap_or(secret));
            match (marked, key) {
                (Some(_), Ok(key)) => Ok(vec![key]),
                (Some(_), Err(_)) => Err("whsec_ is not followed by base64"),
                (None, Ok(key)) => Ok(vec![key, secret.to_vec()]),
                (None, Err(_)) => Ok(vec![secret.to_vec()]),
            }
        })?;
        Ok(Self {
            id: header_name(&format!("{prefix}-id"))?,
            timestamp: header_name(&format!("{prefix}-timestamp"))?,
            signature: header_name(&format!("{prefix}-signature"))?,
            tolerance,
            secrets,
        })
    }

    fn mac(&self, key: &[u8], id: &str, timestamp: &str, body: &[u8]) -> Vec<u8> {
        let parts = [id.as_bytes(), b".", timestamp.as_bytes(), b".", body];
        mac(Algorithm::Sha256, key, &parts)
    }

    fn presented<'a>(&self, request: &Request<'a>) -> Result<Presented<'a>, Refused> {
        let get = |name| text_header(request.headers, name);
        let (Some(id), Some(timestamp), Some(signatures)) =
            (get(&self.id), get(&self.timestamp), get(&self.signature))
        else {
            return Err(Refused::Unauthorized("the id, timestamp or signature is missing"));
        };
        let signed_at = timestamp
            .parse()
            .ok()
            .and_then(decode::epoch)
            .ok_or(Refused::Unauthorized("the signature's timestamp is no time"))?;
        Ok(Presented { id, timestamp, signatures, signed_at })
    }
}

/// What the headers say.
struct Presented<'a> {
    id: &'a str,
    timestamp: &'a str,
    signatures: &'a str,
    signed_at: Timestamp,
}

impl Scheme for Standard {
    fn headers(&self) -> Vec<&HeaderName> {
        vec![&self.id, &self.timestamp, &self.signature]
    }

    fn greet(&self, request: &Request<'_>) -> Result<(), Refused> {
        within(self.tolerance, self.presented(request)?.signed_at, request.now)
    }

    fn verify(&self, request: &Request<'_>) -> Result<Proof, Refused> {
        let Presented { id, timestamp, signatures, signed_at } = self.presented(request)?;
        let macs: Vec<Vec<u8>> = signatures
            .split(' ')
            .filter_map(|signature| match signature.split_once(',') {
                Some(("v1", mac)) => Some(mac),
                Some(_) => None,
                None => Some(signature),
            })
            .filter_map(|mac| BASE64_STANDARD.decode(mac).ok())
            .take(MOST_SIGNATURES)
            .collect();
        let genuine = self.secrets.any(|key| {
            let right = self.mac(key, id, timestamp, request.body);
            macs.iter().fold(Choice::from(0), |found, mac| found | mac.as_slice().ct_eq(&right))
        });
        if !genuine {
            return Err(Refused::Unauthorized("the signature fits none of the active secrets"));
        }
        within(self.tolerance, signed_at, request.now)?;
        Ok(Proof { id: Some(id.to_owned()), signed_at: Some(signed_at) })
    }

    fn claim(&self, request: &Request<'_>) -> Proof {
        let id = text_header(request.headers, &self.id).map(str::to_owned);
        Proof { id, signed_at: None }
    }

    fn sign(&self, request: &Request<'_>) -> Vec<(HeaderName, HeaderValue)> {
        let timestamp = request.now.as_second().to_string();
        // Two deliveries of one body at different times are two messages: the id is the sender's.
        let id = text_header(request.headers, &self.id)
            .map_or_else(|| format!("msg_{}", request.now.as_nanosecond()), str::to_owned);
        let mac = self.mac(self.secrets.first(), &id, &timestamp, request.body);
        let mac = format!("v1,{}", BASE64_STANDARD.encode(mac));
        let mut headers = signed(&self.id, id.as_bytes());
        headers.extend(signed(&self.timestamp, timestamp.as_bytes()));
        headers.extend(signed(&self.signature, mac.as_bytes()));
        headers
    }
}
