//! What calls become in Salesforce: the examples of the guides, word for word.

mod actions;
mod callbacks;
mod destinations;
mod examples;
mod schedules;
pub mod story;
