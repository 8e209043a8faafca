//! Numbers that are not to be rung: what was last said of each, by whom and when.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Call, CallId, CallbackRequest, Phone, Text};

/// What was last said of ringing a number: that nobody shall, or that it may be rung again. Of two
/// statements the later counts, wherever it was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppression {
    /// The number, in E.164.
    pub number: Phone,
    /// Whether it is not to be rung; false once that was lifted.
    pub stands: bool,
    /// When it was said.
    pub at: Timestamp,
    /// The operator who said so; none when the caller did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Text>,
    /// In which call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<CallId>,
}

impl Suppression {
    /// Who said so, to begin a sentence with.
    pub fn who(&self) -> &str {
        self.by.as_ref().map_or("The caller", Text::as_str)
    }
}

impl Call {
    /// What keeps the caller from being rung. A caller who asks to be rung after that agrees to
    /// this one call back; the number stays suppressed for all else.
    pub(super) fn kept_from_ringing(
        &self,
        asked: Option<&CallbackRequest>,
    ) -> Option<&Suppression> {
        let stands = self.suppression.as_ref().filter(|it| it.stands)?;
        asked.is_none_or(|request| request.at <= stands.at).then_some(stands)
    }
}
