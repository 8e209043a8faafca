//! The way of a write to Salesforce: when it may go, how it goes, what its outcome means.
//!
//! Writes of one call go in order, different calls in parallel. A failure of the write itself
//! waits for an operator, a passing one is tried again with backoff and jitter, and one of the org
//! as a whole shuts the [`Gate`]: everything is held, one probe at a time, until it opens.

mod budget;
mod caller;
mod conversion;
mod courier;
mod deliver;
mod doctor;
mod gate;
mod gates;
mod patience;
mod picklists;
mod posted;
pub mod provision;
mod reach;
mod submit;
mod verdict;

pub use budget::Budget;
pub use courier::{Courier, Delivered, Job, KeptTokens, Part};
pub use deliver::{Outcome, deliver, deliver_together, problem};
pub use doctor::{Finding, Level, examine};
pub use gate::Gate;
pub use gates::Gates;
pub use patience::patience;
pub use reach::without_org;
pub use submit::mark;
pub use verdict::{ATTEMPTS, Verdict, settle};
