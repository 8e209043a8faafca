//! What calls become in Salesforce: the examples of the guides, word for word.

mod actions;
mod examples;
pub mod story;
