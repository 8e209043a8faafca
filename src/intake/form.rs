//! A form body.

use std::collections::BTreeMap;

use axum::http::header::CONTENT_TYPE;

use super::{Refused, Request};

/// More members than any form of a telephone provider has.
const MOST: usize = 1_000;

/// The members of a form, with all values of a repeated one.
#[derive(Debug, Default)]
pub(super) struct Form(BTreeMap<String, Vec<String>>);

impl Form {
    pub(super) fn parse(body: &[u8]) -> Result<Self, Refused> {
        let members = form_urlencoded::parse(body);
        Self::gather(members.map(|(name, value)| (name.into_owned(), value.into_owned())))
    }

    /// The form in a request that has one by its content type.
    pub(super) fn of(request: &Request<'_>) -> Result<Option<Self>, Refused> {
        let kind = request.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let (kind, more) = kind.map_or(("", ""), |kind| kind.split_once(';').unwrap_or((kind, "")));
        match kind.trim().to_ascii_lowercase().as_str() {
            "application/x-www-form-urlencoded" => Self::parse(request.body).map(Some),
            "multipart/form-data" => {
                let boundary = more.split(';').find_map(|part| {
                    let (name, value) = part.trim().split_once('=')?;
                    name.eq_ignore_ascii_case("boundary").then(|| value.trim_matches('"'))
                });
                let missing = || Refused::Malformed("the form's boundary is missing".to_owned());
                let boundary = boundary.filter(|it| !it.is_empty()).ok_or_else(missing)?;
                Self::gather(multipart(request.body, boundary)).map(Some)
            }
            _ => Ok(None),
        }
    }

    fn gather(members: impl Iterator<Item = (String, String)>) -> Result<Self, Refused> {
        let mut gathered: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (n, (name, value)) in members.enumerate() {
            if n >= MOST {
                return Err(Refused::Malformed(format!("the form has more than {MOST} members")));
            }
            gathered.entry(name).or_default().push(value);
        }
        Ok(Self(gathered))
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

/// The members of a form in parts (RFC 7578). Files are none.
fn multipart(body: &[u8], boundary: &str) -> impl Iterator<Item = (String, String)> {
    let delimiter = format!("--{boundary}").into_bytes();
    let mut rest = cut(body, &delimiter).map(|(_, rest)| rest);
    std::iter::from_fn(move || {
        // The last delimiter has two dashes behind it.
        let (part, after) = cut(rest.filter(|rest| !rest.starts_with(b"--"))?, &delimiter)?;
        rest = Some(after);
        Some(part)
    })
    .filter_map(member)
}

fn member(part: &[u8]) -> Option<(String, String)> {
    let (head, value) = cut(part, b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(head);
    let disposition = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-disposition").then_some(value)
    })?;
    let parameter = |wanted: &str| {
        disposition.split(';').find_map(|part| {
            let (name, value) = part.trim().split_once('=')?;
            name.eq_ignore_ascii_case(wanted).then(|| value.trim_matches('"').to_owned())
        })
    };
    if parameter("filename").is_some() {
        return None;
    }
    let value = value.strip_suffix(b"\r\n").unwrap_or(value);
    Some((parameter("name")?, String::from_utf8_lossy(value).into_owned()))
}

fn cut<'a>(text: &'a [u8], at: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let place = text.windows(at.len()).position(|window| window == at)?;
    Some((&text[..place], &text[place + at.len()..]))
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
