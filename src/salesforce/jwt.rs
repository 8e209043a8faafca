//! The assertion of the jwt flow: who we claim to be, signed.

use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use jiff::Timestamp;
use ring::{
    rand::SystemRandom,
    signature::{RSA_PKCS1_SHA256, RsaKeyPair},
};
use serde_json::json;

/// Seconds an assertion is good for; Salesforce takes at most five minutes.
const GOOD_FOR: i64 = 180;

/// What is claimed.
pub(super) struct Claims<'a> {
    /// The app's consumer key.
    pub(super) issuer: &'a str,
    /// The user's name.
    pub(super) subject: &'a str,
    /// The login host.
    pub(super) audience: &'a str,
    /// The time of day.
    pub(super) now: Timestamp,
}

/// The claims as a JWT, signed with this RSA key (PEM, PKCS#8 or PKCS#1).
///
/// # Errors
/// One sentence on what is wrong with the key. Never the key.
pub(super) fn sign(claims: &Claims<'_>, pem: &str) -> Result<String, &'static str> {
    let key = read_key(pem)?;
    let header = json!({ "alg": "RS256" });
    let body = json!({
        "iss": claims.issuer,
        "sub": claims.subject,
        "aud": claims.audience,
        "exp": claims.now.as_second() + GOOD_FOR,
    });
    let encoded = |text: String| BASE64_URL_SAFE_NO_PAD.encode(text);
    let signed = format!("{}.{}", encoded(header.to_string()), encoded(body.to_string()));
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
        .map_err(|_| "the system gave no randomness to sign with")?;
    Ok(format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature)))
}

fn read_key(pem: &str) -> Result<RsaKeyPair, &'static str> {
    const WRONG: &str = "private_key is not an RSA key in PEM form (BEGIN PRIVATE KEY, or BEGIN RSA \
        PRIVATE KEY), or has less than 2,048 bits; encrypted keys are not read";
    let (label, rest) = pem
        .split_once("-----BEGIN ")
        .and_then(|(_, rest)| rest.split_once("-----"))
        .ok_or(WRONG)?;
    let (body, _) = rest.split_once("-----END").ok_or(WRONG)?;
    let text: String = body.split_whitespace().collect();
    let der = BASE64_STANDARD.decode(text).map_err(|_| WRONG)?;
    match label {
        "PRIVATE KEY" => RsaKeyPair::from_pkcs8(&der),
        "RSA PRIVATE KEY" => RsaKeyPair::from_der(&der),
        _ => return Err(WRONG),
    }
    .map_err(|_| WRONG)
}

#[cfg(test)]
mod tests {
    use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

    use super::*;

    /// Made for this test; it opens nothing.
    const KEY: &str = include_str!("../../tests/fixtures/salesforce/jwt-test-key.pem");

    #[test]
    fn the_claims_are_signed_by_the_key() {
        let claims = Claims {
            issuer: "key",
            subject: "integration@example.com",
            audience: "https://login.salesforce.com",
            now: Timestamp::from_second(1_800_000_000).unwrap(),
        };
        let token = sign(&claims, KEY).unwrap();
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let public = read_key(KEY).unwrap().public().as_ref().to_owned();
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public)
            .verify(signed.as_bytes(), &BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap())
            .unwrap();
        let body = signed.split_once('.').unwrap().1;
        let body: serde_json::Value =
            serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(body).unwrap()).unwrap();
        assert_eq!(body["exp"], 1_800_000_180);
        assert_eq!((&body["iss"], &body["aud"]), (&"key".into(), &claims.audience.into()));
    }

    #[test]
    fn a_wrong_key_is_refused_without_repeating_it() {
        for pem in
            ["", "hunter2", "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----"]
        {
            let why = read_key(pem).err().unwrap();
            assert!(why.contains("private_key") && !why.contains("hunter2"));
        }
    }
}
