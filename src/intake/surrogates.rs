//! Halves of characters. JSON writes what lies beyond the first 65,536 characters as two escapes
//! (surrogates); whoever cuts a text between them leaves half a character, and a parser that is
//! right to refuse it would refuse the whole webhook.

use std::borrow::Cow;

/// The replacement character, as JSON escapes it.
const REPLACEMENT: &[u8] = br"\ufffd";

/// JSON in which every half of a character is the replacement character.
pub(super) fn whole(json: &[u8]) -> Cow<'_, [u8]> {
    let suspicious =
        |escape: &[u8]| escape[0] == b'\\' && escape[1] == b'u' && escape[2] | 32 == b'd';
    if !json.windows(3).any(suspicious) {
        return Cow::Borrowed(json);
    }
    let mut whole = Vec::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        whole.extend_from_slice(&rest[..at]);
        rest = &rest[at..];
        let taken = match (unit(rest), rest.get(6..).and_then(unit)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
            (Some(0xd800..=0xdfff), _) => {
                whole.extend_from_slice(REPLACEMENT);
                rest = &rest[6..];
                continue;
            }
            (Some(_), _) => 6,
            // Another escape: a backslash and what it escapes, which may be a backslash.
            (None, _) => rest.len().min(2),
        };
        whole.extend_from_slice(&rest[..taken]);
        rest = &rest[taken..];
    }
    whole.extend_from_slice(rest);
    Cow::Owned(whole)
}

/// The number that `\uXXXX` stands for, at the beginning of `json`.
fn unit(json: &[u8]) -> Option<u16> {
    let digits = json.strip_prefix(br"\u")?.get(..4)?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(json: &str) -> String {
        serde_json::from_slice(&whole(json.as_bytes())).unwrap()
    }

    #[test]
    fn half_a_character_is_replaced_and_nothing_else() {
        assert_eq!(read(r#""a\ud83dz""#), "a\u{fffd}z");
        assert_eq!(read(r#""a\uDE00""#), "a\u{fffd}");
        assert_eq!(read(r#""\ud83d\ud83d\ude00""#), "\u{fffd}😀");
        assert_eq!(read(r#""\ud83d\ude00\u00e9\n""#), "😀é\n");
        assert_eq!(read(r#""\\ud83d""#), r"\ud83d", "an escaped backslash escapes nothing");
    }

    proptest! {
        #[test]
        fn a_text_that_is_whole_stays_as_it_is(text: String) {
            let mut escaped = String::from("\"");
            for unit in text.encode_utf16() {
                escaped += &format!("\\u{unit:04X}");
            }
            escaped.push('"');
            prop_assert_eq!(read(&escaped), text);
        }

        #[test]
        fn any_bytes_are_survived(bytes: Vec<u8>) {
            whole(&bytes);
        }
    }
}
