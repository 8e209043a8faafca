//! Record ids as Salesforce makes them: fifteen case-sensitive characters (three of key prefix,
//! two of instance, one reserved, nine of counter) and three that make them case-safe.

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const SUFFIX: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";

/// The id of record `number` of the object with `prefix`, on `instance` (two characters).
pub(super) fn make(prefix: &str, instance: &str, mut number: u64) -> String {
    let mut counter = [b'0'; 9];
    for digit in counter.iter_mut().rev() {
        *digit = DIGITS[usize::try_from(number % 62).unwrap_or(0)];
        number /= 62;
    }
    let mut id = format!("{prefix}{instance}0");
    id.extend(counter.iter().map(|byte| char::from(*byte)));
    id.push_str(&suffix(&id));
    id
}

/// The three characters that follow the first fifteen: one bit for every capital.
fn suffix(fifteen: &str) -> String {
    fifteen
        .as_bytes()
        .chunks(5)
        .map(|chunk| {
            let capitals = chunk.iter().enumerate().filter(|(_, byte)| byte.is_ascii_uppercase());
            char::from(SUFFIX[capitals.fold(0, |bits, (place, _)| bits | 1 << place)])
        })
        .collect()
}

/// Reads an id of fifteen or eighteen characters as eighteen; `None` for what has not the shape
/// of one or a suffix that doesn't fit.
pub(super) fn read(text: &str) -> Option<String> {
    if !text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    match text.len() {
        15 => Some(format!("{text}{}", suffix(text))),
        18 => (suffix(&text[..15]) == text[15..]).then(|| text.to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_suffix_is_salesforces() {
        // A published pair: the documentation's own example of both lengths.
        assert_eq!(read("001D000000IRFma").unwrap(), "001D000000IRFmaIAH");
        assert_eq!(read("001D000000IRFmaIAH").unwrap(), "001D000000IRFmaIAH");
    }

    #[test]
    fn a_suffix_that_does_not_fit_is_refused() {
        assert_eq!(read("001D000000IRFmaIAX"), None);
        assert_eq!(read("../Account/001xx"), None);
        assert_eq!(read("00Q"), None);
    }

    #[test]
    fn ids_rise_with_their_number() {
        let (first, second) = (make("00Q", "Hr", 61), make("00Q", "Hr", 62));
        assert_eq!(first.len(), 18);
        assert!(first < second && read(&first) == Some(first.clone()));
    }
}
