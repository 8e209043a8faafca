//! `If-Modified-Since` and `If-Unmodified-Since`.

use jiff::Timestamp;

use super::{answer::Refusal, wire::Request};

/// What the conditions say about something last changed at `changed`.
#[derive(Debug, PartialEq)]
pub(super) enum Verdict {
    Go,
    NotModified,
}

/// Looks at the request's conditions.
///
/// # Errors
/// 412 when the thing changed since; 400 when the date can't be read.
pub(super) fn check(request: &Request, changed: Option<Timestamp>) -> Result<Verdict, Refusal> {
    // The header's dates have no fractions of a second.
    let changed = changed.map_or(i64::MIN, Timestamp::as_second);
    if let Some(since) = date(request, "if-unmodified-since")?
        && changed > since
    {
        let message = "The requested resource was changed since the date given";
        return Err(Refusal::new("PRECONDITION_FAILED", message));
    }
    match date(request, "if-modified-since")? {
        Some(since) if changed <= since && request.method == "GET" => Ok(Verdict::NotModified),
        _ => Ok(Verdict::Go),
    }
}

fn date(request: &Request, header: &str) -> Result<Option<i64>, Refusal> {
    let Some(text) = request.header(header) else { return Ok(None) };
    match jiff::fmt::rfc2822::parse(text) {
        Ok(date) => Ok(Some(date.timestamp().as_second())),
        Err(_) => Err(Refusal::new(
            "INVALID_HEADER",
            format!("Invalid value for header {header}: {text}"),
        )),
    }
}

/// A moment as headers write it.
pub(super) fn http_date(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
