//! A form body.

use std::collections::BTreeMap;

use super::Refused;

/// More members than any form of a telephone provider has.
const MOST: usize = 1_000;

/// The members of a form, with all values of a repeated one.
#[derive(Debug, Default)]
pub(super) struct Form(BTreeMap<String, Vec<String>>);

impl Form {
    pub(super) fn parse(body: &[u8]) -> Result<Self, Refused> {
        let mut members: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (n, (name, value)) in form_urlencoded::parse(body).enumerate() {
            if n >= MOST {
                return Err(Refused::Malformed(format!("the form has more than {MOST} members")));
            }
            members.entry(name.into_owned()).or_default().push(value.into_owned());
        }
        Ok(Self(members))
    }

    /// The first value of a member; blank is none.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.first().map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The members by name, with all their values.
    pub(super) fn members(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.0.iter().map(|(name, values)| (name.as_str(), values.as_slice()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_has_a_thousand_members_at_most() {
        let form = |members: usize| "a=1&".repeat(members);
        assert!(Form::parse(form(MOST).as_bytes()).is_ok());
        assert!(matches!(Form::parse(form(MOST + 1).as_bytes()), Err(Refused::Malformed(_))));
    }
}
