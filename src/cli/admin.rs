//! What an administrator asks for.

use clap::{Args, Subcommand};
use jiff::{Span, Zoned, civil::Date, tz::TimeZone};

use super::AtHub;
use crate::wire::OperatorRole;

/// `callboard token ...`
#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Makes a token and prints it, once: it is kept nowhere, the hub holds its hash.
    Add(TokenAdd),
    /// Lists the tokens that were made.
    List(AdminList),
    /// Ends a token at once, also for consoles that are attached by it.
    Revoke(TokenRevoke),
}

/// Flags of `callboard token add`.
#[derive(Debug, Args)]
pub struct TokenAdd {
    /// Whose it is: the name in every action.
    pub name: String,
    /// What they may do: viewer looks, dispatcher acts on calls and writes, admin does everything.
    #[arg(long)]
    pub role: OperatorRole,
    /// When it ends: 90d, 12h, 1y, or a day such as 2027-01-31 [default: never].
    #[arg(long, value_name = "WHEN")]
    pub expires: Option<Until>,
    /// Which hub, as whom.
    #[command(flatten)]
    pub at: AtHub,
}

/// Flags of `callboard token revoke`.
#[derive(Debug, Args)]
pub struct TokenRevoke {
    /// Whose it is.
    pub name: String,
    /// Which hub, as whom.
    #[command(flatten)]
    pub at: AtHub,
}

/// Flags of a list.
#[derive(Debug, Args)]
pub struct AdminList {
    /// One JSON object per line.
    #[arg(long)]
    pub json: bool,
    /// Which hub, as whom.
    #[command(flatten)]
    pub at: AtHub,
}

/// Flags of `callboard log`.
#[derive(Debug, Args)]
pub struct LogArgs {
    /// Only what was done to this call.
    #[arg(long, value_name = "CALL")]
    pub call: Option<String>,
    /// The latest so many entries.
    #[arg(long, default_value_t = 100, value_name = "N")]
    pub most: usize,
    /// One JSON object per line.
    #[arg(long)]
    pub json: bool,
    /// Which hub, as whom.
    #[command(flatten)]
    pub at: AtHub,
}

/// An end: after a while, or a day.
#[derive(Clone, Debug)]
pub enum Until {
    /// This long from now.
    After(Span),
    /// The end of this day.
    Day(Date),
}

impl std::str::FromStr for Until {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(day) = text.parse::<Date>() {
            return Ok(Self::Day(day));
        }
        let span = text.parse::<Span>().ok().filter(|span| span.is_positive());
        span.map(Self::After).ok_or_else(|| "write it as 90d, 12h or 2027-01-31".to_owned())
    }
}

impl Until {
    /// The instant, on this machine's clock.
    ///
    /// # Errors
    /// When it lies beyond all calendars.
    pub fn instant(&self, now: &Zoned) -> Result<jiff::Timestamp, jiff::Error> {
        match self {
            Self::After(span) => Ok(now.checked_add(*span)?.timestamp()),
            Self::Day(day) => Ok(day.tomorrow()?.to_zoned(TimeZone::system())?.timestamp()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_a_while_or_a_day() {
        let now: Zoned = "2026-11-26T12:00[UTC]".parse().unwrap();
        let until = |text: &str| text.parse::<Until>().map(|it| it.instant(&now).unwrap());
        assert_eq!(until("90d").unwrap().to_string(), "2027-02-24T12:00:00Z");
        assert_eq!(until("12h").unwrap().to_string(), "2026-11-27T00:00:00Z");
        assert!(until("2027-01-31").is_ok());
        for text in ["", "-1d", "0d", "soon"] {
            assert!(until(text).is_err(), "{text}");
        }
    }
}
