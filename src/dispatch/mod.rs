//! What is to be done about a call, by whom and by when: the roster, routing with its reason,
//! acknowledgements, promises to ring back. Pure.
//!
//! It promises that what is due follows from the call, the configuration and the clock alone: a
//! restart derives the same.

mod callback;
mod chain;
mod duty;
mod failing;
mod gaps;
mod hours;
mod notice;
mod permitted;
mod reminder;
mod retry;
mod roster;
mod routing;
mod settings;

pub use callback::{number_asked_for, promise};
pub use duty::{Acknowledgement, acknowledgement};
pub use failing::{Failing, failing};
pub use hours::{Calendar, Week};
pub use notice::{Asked, Due, Earlier, Step, due, is_automatic, is_of};
pub use permitted::Zone;
pub use reminder::{Occasion, Reminder, occasion, reminder};
pub use retry::{Channel, Channels, channel, is_given_up};
pub use roster::{OnCall, Person, Roster};
pub use routing::{Grounds, Load, Proposal, propose};
pub use settings::{Holiday, Override, Settings};
