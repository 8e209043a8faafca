//! The one place where foreign values are made safe for URLs, SOQL and SOSL.

use std::fmt;

/// A record's id: 15 or 18 ASCII letters and digits, the first three naming its sObject.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RecordId(String);

impl RecordId {
    /// `text` as an id, if it has an id's shape.
    pub fn parse(text: &str) -> Option<Self> {
        let shaped =
            matches!(text.len(), 15 | 18) && text.bytes().all(|b| b.is_ascii_alphanumeric());
        shaped.then(|| Self(text.to_owned()))
    }

    /// `text` as an id of an sObject with this name. The prefixes of standard objects are known
    /// and checked; those of custom objects differ from org to org.
    pub fn of(sobject: &str, text: &str) -> Option<Self> {
        let id = Self::parse(text)?;
        let prefix = match sobject {
            "Account" => "001",
            "Contact" => "003",
            "User" => "005",
            "Opportunity" => "006",
            "Task" => "00T",
            "Event" => "00U",
            "Lead" => "00Q",
            "Group" => "00G",
            "Case" => "500",
            _ => return Some(id),
        };
        id.0.starts_with(prefix).then_some(id)
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether both mean one record: the last three of 18 characters only protect the case.
    pub fn same_as(&self, other: &str) -> bool {
        other.len() >= 15 && other.is_char_boundary(15) && self.0[..15] == other[..15]
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether `name` can be an API name of an sObject or field (`Lead`, `Budget__c`, `ns__X__c`).
pub fn is_api_name(name: &str) -> bool {
    name.len() <= 255
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// `text` as a SOQL string literal, quotes included.
pub fn text_literal(text: &str) -> String {
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push('\'');
    for c in text.chars() {
        push(&mut literal, c);
    }
    literal.push('\'');
    literal
}

/// A SOQL `LIKE` pattern for what contains the words of `text` in this order, quotes included.
pub fn like_literal(text: &str) -> String {
    let mut literal = String::from("'%");
    for word in text.split_whitespace() {
        for c in word.chars() {
            match c {
                '%' | '_' => literal.extend(['\\', c]),
                c => push(&mut literal, c),
            }
        }
        literal.push('%');
    }
    literal.push('\'');
    literal
}

/// Appends `c` as it stands inside a SOQL string.
fn push(literal: &mut String, c: char) {
    match c {
        '\\' | '\'' | '"' => literal.extend(['\\', c]),
        '\n' => literal.push_str("\\n"),
        '\r' => literal.push_str("\\r"),
        '\t' => literal.push_str("\\t"),
        c if c.is_control() => {}
        c => literal.push(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_checked_for_shape_and_kind() {
        for (sobject, text, fine) in [
            ("Lead", "00Q5g00000ABCDE", true),
            ("Lead", "00Q5g00000ABCDEEAN", true),
            ("Lead", "0015g00000ABCDEEAN", false),
            ("Lead", "../Account/001xx", false),
            ("Lead", "00Q5g00000ABCDE?_HttpMethod=DELETE", false),
            ("Lead", "00Q5g00000ABCD\u{c9}", false),
            ("Lead", "", false),
            ("Custom__c", "a015g00000ABCDEEAN", true),
        ] {
            assert_eq!(RecordId::of(sobject, text).is_some(), fine, "{sobject} {text}");
        }
    }

    #[test]
    fn values_cannot_leave_their_literal() {
        assert_eq!(text_literal("O'Brien\\"), r"'O\'Brien\\'");
        assert_eq!(text_literal("a\nb\u{7}"), r"'a\nb'");
        assert_eq!(like_literal("100%_ x"), r"'%100\%\_%x%'");
    }
}
