//! The figures of a desk, each with a written definition: what was offered, answered and missed,
//! how fast, and what it costs. Pure.
//!
//! A call that is over leaves a [`CallRecord`]; a [`Tally`] of records ends in [`Figures`]. A
//! record is derived from its call alone, so it can be made again at any time, and no figure needs
//! a look at what else is stored. Shares are kept as two whole numbers and money is exact; only
//! what is printed is rounded. `docs/figures.md` has the definitions for people.

mod definitions;
mod groups;
mod money;
mod record;
mod tally;

pub use definitions::{DEFINITIONS, Definition, lines};
pub use groups::{Grouping, GroupingError, group_of};
pub use money::{CONVERSION_PERCENT, JOB_DOLLARS, lost};
pub use record::{CallRecord, Way};
pub use tally::{Figures, Share, Spread, Tally, Window};
