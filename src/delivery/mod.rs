//! From planned writes to Salesforce.

mod caller;
mod deliver;

pub use deliver::{Outcome, deliver};
