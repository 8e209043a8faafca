//! The domain: what a call is, what can happen to it, and how one becomes the other.
//!
//! Pure: no IO and no clock of its own. [`Call::apply`] folds an [`Event`] into a [`Call`]; it
//! promises that duplicates, late events and events out of order leave the same call as the tidy
//! sequence does (law 4 of the design), because every field is merged by a rule that does not
//! depend on arrival: the highest stage, the earliest start, the latest statement.

mod assessment;
mod call_back;
mod duty;
mod event;
mod evidence;
mod fold;
mod id;
mod labels;
mod money;
mod notice;
mod party;
mod phone;
mod suppression;
mod text;
mod transcript;
mod weekday;

pub use assessment::{
    Assessment, Bant, CALLBACK_TIME, CallbackRequest, Rating, Service, Signal, Urgency, Who,
};
pub use call_back::{CallingBack, Placing, Rang, call_back_metadata, placed_for};
pub use duty::{
    AttemptOutcome, Callback, CallbackAttempt, CallbackState, Claim, Disposed, Disposition,
    Joining, has_that,
};
pub use event::{
    Action, Ending, Event, Fact, Judgement, Linked, Match, MatchKind, Progress, Report, Stage,
};
pub use evidence::Evidence;
pub use fold::{Acted, Call, CallState, Ownership};
pub use id::{CallId, SourceName};
pub use labels::{Labels, as_number};
pub use money::Money;
pub use notice::{NoticeFact, NoticeStep, Noticed};
pub use party::{Direction, Party};
pub use phone::{Phone, Region};
pub use suppression::Suppression;
pub use text::Text;
pub use transcript::{Line, LineId, Role, Transcript};
pub use weekday::{weekday, weekday_beginning};
