//! What stands in for the world: a Salesforce [`org`] and simulated [`callers`].
//!
//! For the demo, the tests, and anybody's experiments. The org shares no code with `salesforce`,
//! which talks to it: two implementations that agree are evidence, one that agrees with itself
//! is not. It is as unforgiving as the real one, and `docs/sandbox.md` tells how to make it worse.

pub mod callers;
pub mod org;
pub mod weather;
