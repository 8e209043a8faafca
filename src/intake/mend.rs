//! JSON that a strict parser would refuse, or read as something else, for a slip that costs nothing:
//! a byte order mark, a text cut inside a character, an id longer than any machine's number.

use std::borrow::Cow;

use super::{decode::string_length, surrogates};

/// The body as it was meant; none when it is no JSON object or list.
pub(super) fn json(body: &[u8]) -> Option<Cow<'_, [u8]>> {
    let body = body.trim_ascii();
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii();
    if !matches!(body.first(), Some(b'{' | b'[')) {
        return None;
    }
    let text = match String::from_utf8_lossy(body) {
        Cow::Borrowed(_) => Cow::Borrowed(body),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    };
    Some(then(then(text, surrogates::whole), long_numbers))
}

fn then<'a>(text: Cow<'a, [u8]>, step: fn(&[u8]) -> Cow<'_, [u8]>) -> Cow<'a, [u8]> {
    match text {
        Cow::Borrowed(text) => step(text),
        Cow::Owned(text) => {
            let changed = match step(&text) {
                Cow::Borrowed(_) => None,
                Cow::Owned(changed) => Some(changed),
            };
            Cow::Owned(changed.unwrap_or(text))
        }
    }
}

/// Whole numbers that no machine's number holds become texts: two different ids stay two.
fn long_numbers(json: &[u8]) -> Cow<'_, [u8]> {
    // Every number of 19 digits fits.
    const LONG: usize = 20;
    if !json
        .chunk_by(|a, b| a.is_ascii_digit() == b.is_ascii_digit())
        .any(|run| run.len() >= LONG && run[0].is_ascii_digit())
    {
        return Cow::Borrowed(json);
    }
    let mut mended = Vec::with_capacity(json.len() + 16);
    let mut rest = json;
    while let Some(byte) = rest.first() {
        let (length, long) = match byte {
            b'"' => (string_length(rest), false),
            b'-' | b'0'..=b'9' => {
                let of_number = |b: &u8| b.is_ascii_digit() || b"+-.eE".contains(b);
                let length = rest.iter().take_while(|b| of_number(b)).count();
                let digits = rest[..length].strip_prefix(b"-").unwrap_or(&rest[..length]);
                (length, digits.len() >= LONG && digits.iter().all(u8::is_ascii_digit))
            }
            _ => {
                let next = |b: &u8| matches!(b, b'"' | b'-' | b'0'..=b'9');
                (rest.iter().take_while(|b| !next(b)).count(), false)
            }
        };
        let (token, after) = rest.split_at(length);
        let quote: &[u8] = if long { b"\"" } else { b"" };
        mended.extend([quote, token, quote].concat());
        rest = after;
    }
    Cow::Owned(mended)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn mended(body: &[u8]) -> String {
        String::from_utf8(json(body).unwrap().into_owned()).unwrap()
    }

    #[test]
    fn marks_and_halves_of_characters_cost_nothing() {
        assert_eq!(mended(b"\xef\xbb\xbf {\"a\":1} \n"), "{\"a\":1}");
        assert_eq!(mended(b"[\"caf\xc3\"]"), "[\"caf\u{fffd}\"]");
        assert_eq!(mended(b" [\"caf\xe9 \\ud83d\"]"), "[\"caf\u{fffd} \\ufffd\"]");
        assert_eq!(json(b"CallSid=CA1"), None);
    }

    #[test]
    fn a_number_too_long_for_a_number_is_a_text() {
        let long = "123456789012345678901234";
        for (json, becomes) in [
            (format!("[{long},-{long}]"), format!("[\"{long}\",\"-{long}\"]")),
            (format!("{{\"a{long}\":\"\\\"{long}\"}}"), format!("{{\"a{long}\":\"\\\"{long}\"}}")),
            (format!("[{long}.5, 0.{long}, 1e5]"), format!("[{long}.5, 0.{long}, 1e5]")),
            ("[1234567890123456789]".to_owned(), "[1234567890123456789]".to_owned()),
        ] {
            assert_eq!(mended(json.as_bytes()), becomes);
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(mut bytes: Vec<u8>) {
            bytes.insert(0, b'[');
            bytes.extend(b"12345678901234567890");
            let _ = json(&bytes);
        }
    }
}
