//! A query's tokens.

use super::{Refusal, refuse};

/// One token and where it begins (in bytes).
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub kind: Kind,
    pub at: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// A keyword, a name, a dotted path.
    Word(String),
    /// A number, date or moment.
    Bare(String),
    /// Between single quotes, escapes as written.
    Text(String),
    /// A parenthesis, a comma, a comparison.
    Sign(&'static str),
    End,
}

const SIGNS: &[&str] = &["<=", ">=", "!=", "<>", "=", "<", ">", "(", ")", ","];

/// Cuts `query` into tokens; the last is always [`Kind::End`].
pub(super) fn tokens(query: &str) -> Result<Vec<Token>, Refusal> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(first) = query[at..].chars().next() {
        let rest = &query[at..];
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let (kind, length) = if first == '\'' {
            text(query, at)?
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            (Kind::Sign(sign), sign.len())
        } else if first.is_ascii_digit() || matches!(first, '-' | '+' | '.') {
            let length = span(rest, |c| c.is_ascii_alphanumeric() || ".:+-".contains(c));
            (Kind::Bare(rest[..length].to_owned()), length)
        } else if first.is_ascii_alphabetic() {
            let length = span(rest, |c| c.is_ascii_alphanumeric() || "_.:".contains(c));
            (Kind::Word(rest[..length].to_owned()), length)
        } else {
            let message = format!("unexpected token: '{first}'");
            return Err(refuse("MALFORMED_QUERY", query, at, &message));
        };
        found.push(Token { kind, at });
        at += length;
    }
    found.push(Token { kind: Kind::End, at });
    Ok(found)
}

fn span(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}

fn text(query: &str, at: usize) -> Result<(Kind, usize), Refusal> {
    let mut letters = query[at + 1..].char_indices();
    while let Some((place, letter)) = letters.next() {
        match letter {
            '\'' => {
                let inner = &query[at + 1..at + 1 + place];
                return Ok((Kind::Text(inner.to_owned()), place + 2));
            }
            '\\' => match letters.next() {
                Some((_, escaped)) if "\\'\"nrtbfNRTBF%_".contains(escaped) => {}
                _ => {
                    let message = format!(
                        "Invalid string literal '{}'. Illegal character sequence '\\' in string literal",
                        &query[at + 1..at + 1 + place]
                    );
                    return Err(Refusal::new("MALFORMED_QUERY", message));
                }
            },
            _ => {}
        }
    }
    Err(refuse("MALFORMED_QUERY", query, at, "unexpected token: '<EOF>'"))
}

/// What the text between quotes means outside LIKE.
pub(super) fn unescaped(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut letters = raw.chars();
    while let Some(letter) = letters.next() {
        match (letter, letter == '\\') {
            (_, true) => match letters.next().map(|c| c.to_ascii_lowercase()) {
                Some('n') => text.push('\n'),
                Some('r') => text.push('\r'),
                Some('t') => text.push('\t'),
                Some('b') => text.push('\u{8}'),
                Some('f') => text.push('\u{c}'),
                Some(other) => text.push(other),
                None => {}
            },
            (letter, false) => text.push(letter),
        }
    }
    text
}

/// The regular expression that means what the text between quotes means to LIKE.
pub(super) fn like_pattern(raw: &str) -> String {
    let mut pattern = String::from("(?is)^");
    let mut letters = raw.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '%' => pattern.push_str(".*"),
            '_' => pattern.push('.'),
            '\\' => {
                let escaped = letters.next().unwrap_or('\\');
                let meant = match escaped {
                    '%' | '_' => escaped.to_string(),
                    other => unescaped(&format!("\\{other}")),
                };
                pattern.push_str(&regex::escape(&meant));
            }
            other => pattern.push_str(&regex::escape(other.encode_utf8(&mut [0; 4]))),
        }
    }
    pattern.push('$');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_mean_what_salesforce_says() {
        assert_eq!(unescaped(r"O\'Brien\n\\"), "O'Brien\n\\");
        let matches = |raw, text| regex::Regex::new(&like_pattern(raw)).unwrap().is_match(text);
        assert!(matches("%pipe%", "Burst PIPE\nin the hall"));
        assert!(matches(r"100\%", "100%") && !matches(r"100\%", "1000"));
        assert!(matches("J_ne", "Jane") && !matches("J_ne", "Janine"));
        assert!(matches(r"O\'B%", "o'brien"));
    }
}
