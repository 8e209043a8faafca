//! What is to be done about a call, by whom and by when: the roster, routing with its reason,
//! promises to ring back, notices and their escalation. Pure.
//!
//! It promises that what is due follows from the call, the configuration and the clock alone: the
//! hub asks [`due`] again after every event and every tick, records what it then does as events,
//! and a restart derives the same.

mod callback;
mod duty;
mod hours;
mod roster;
mod routing;
mod settings;

pub use callback::promise;
pub use duty::{Asked, Due, MOST_ATTEMPTS, Step, Telling, due, telling};
pub use hours::{Calendar, Week};
pub use roster::{OnCall, Person, Roster};
pub use routing::{Grounds, Load, Proposal, propose};
pub use settings::{Holiday, Override, Settings};
