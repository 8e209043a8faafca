//! JSON Pointer (RFC 6901), with one addition: `[name=From]` picks from a list the first object
//! whose member `name` is `From`.

use std::{fmt, str::FromStr};

use serde_json::Value;

/// A place in a JSON document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pointer {
    text: String,
    steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    /// A member's name, or a place in a list.
    Member(String),
    /// The first object of a list with this member of this value; case does not matter.
    Where(String, String),
}

impl FromStr for Pointer {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let error = || format!("{text:?} is not a JSON Pointer such as \"/call/id\"");
        let steps = match text.strip_prefix('/') {
            Some(rest) => rest.split('/').map(step).collect(),
            None if text.is_empty() => Vec::new(),
            None => return Err(error()),
        };
        Ok(Self { text: text.to_owned(), steps })
    }
}

fn step(raw: &str) -> Step {
    let text = raw.replace("~1", "/").replace("~0", "~");
    let inside = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    match inside.and_then(|inside| inside.split_once('=')) {
        Some((name, value)) => Step::Where(name.to_owned(), value.to_owned()),
        None => Step::Member(text),
    }
}

impl Pointer {
    /// What stands there; null is nothing.
    pub(super) fn find<'a>(&self, value: &'a Value) -> Option<&'a Value> {
        let mut here = value;
        for step in &self.steps {
            here = match (step, here) {
                (Step::Member(name), Value::Object(members)) => members.get(name)?,
                (Step::Member(place), Value::Array(items)) => {
                    items.get(place.parse::<usize>().ok()?)?
                }
                (Step::Where(name, wanted), Value::Array(items)) => {
                    let fits = |item: &&Value| {
                        let told = item.get(name).and_then(Value::as_str);
                        told.is_some_and(|told| told.eq_ignore_ascii_case(wanted))
                    };
                    items.iter().find(fits)?
                }
                _ => return None,
            };
        }
        (!here.is_null()).then_some(here)
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl<'de> serde::Deserialize<'de> for Pointer {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl serde::Serialize for Pointer {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn finds_members_places_and_named_items() {
        let body = json!({"a": {"b/c": [1, {"name": "From", "value": "sip:x"}]}, "n": null});
        let find = |text: &str| text.parse::<Pointer>().unwrap().find(&body).cloned();
        assert_eq!(find("/a/b~1c/0"), Some(json!(1)));
        assert_eq!(find("/a/b~1c/[name=from]/value"), Some(json!("sip:x")));
        for nothing in ["/n", "/a/x", "/a/b~1c/9", "/a/b~1c/[name=To]", "/a/[name=From]"] {
            assert_eq!(find(nothing), None, "{nothing}");
        }
        assert!("call.id".parse::<Pointer>().is_err());
    }
}
