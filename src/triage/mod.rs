//! Transcript in, assessment with evidence out. Pure: no IO, no clock; rules are data.
//!
//! A [`Judge`] hears a call line by line and can say at any time what it makes of it. It promises
//! that hearing lines one by one gives what hearing them all at once gives, that one more line
//! costs the same however long the call has been, and that every value it states is backed by
//! [`crate::call::Evidence`] whose words stand in the transcript exactly there.
//!
//! The way of a line: [`words`] evens it out, the [`lexicon`] finds the concepts in it, [`pattern`]s
//! over concepts find what it says, numbers and money and times are read by small parsers of
//! their own, the [`answer`] to a question is understood by it, [`heard`] keeps what was said, and
//! the [`verdict`] weighs all of it.

mod answer;
mod calling;
mod clock;
mod day;
pub mod eval;
mod figure;
mod heard;
mod hits;
mod judge;
pub mod learn;
mod ledger;
mod length;
mod lexicon;
mod money;
mod number;
mod numerals;
mod pattern;
mod phone;
mod proper;
mod reading;
mod rule_file;
mod rules;
mod scene;
mod table;
mod timing;
mod verdict;
mod weights;
mod when;
mod who;
mod words;

pub use judge::Judge;
pub use rules::{RuleError, Rules};
pub use when::moment;
