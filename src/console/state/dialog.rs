//! Questions to the operator.

use super::form::Form;
use crate::{
    call::{CallId, Urgency},
    wire::{Candidate, OpportunityDraft, Owner},
};

/// A question to the operator. Captures what it is about when it opens; rows don't move below it.
#[derive(Clone, Debug, PartialEq)]
pub struct Dialog {
    /// What is asked.
    pub ask: Ask,
    /// Name and number, or how many and whose, as they were on screen.
    pub about: String,
    /// Said below the question: why `y` does nothing yet.
    pub remark: Option<String>,
    /// What is to be filled in; where there is something, letters are text until the last line.
    pub form: Option<Form>,
}

/// What a dialog asks. What is asked of several calls is done to each of them.
#[derive(Clone, Debug, PartialEq)]
pub enum Ask {
    /// To whom?
    Route {
        /// The calls.
        calls: Vec<CallId>,
        /// Who they can be given to, and whether the call's service is theirs.
        choices: Vec<Owner>,
        /// Which of them the hub proposes.
        proposed: Option<usize>,
        /// Which of them.
        chosen: usize,
    },
    /// Create this?
    Opportunity {
        /// The call.
        call: CallId,
        /// Make the Lead a Contact with an Account as well: one-way.
        convert: bool,
        /// What would be created, once the hub has said; or why it can't be.
        draft: Option<Result<OpportunityDraft, String>>,
    },
    /// Off the board, with what result?
    WrapUp {
        /// The calls.
        calls: Vec<CallId>,
        /// On how many of them somebody is on the line.
        live: usize,
        /// Index into [`DISPOSITIONS`].
        chosen: usize,
    },
    /// Were these rung back (`kept`), or need not be?
    Callbacks {
        /// The calls.
        calls: Vec<CallId>,
        /// Whether somebody rang back.
        kept: bool,
    },
    /// More or less urgent?
    Urgency {
        /// The calls, each with what it becomes.
        calls: Vec<(CallId, Urgency)>,
    },
    /// Give writes up for good?
    Discard {
        /// The writes.
        writes: Vec<String>,
        /// What they would have done.
        title: String,
    },
    /// Write other values?
    Edit {
        /// The write.
        write: String,
        /// The values as they are, by field.
        values: serde_json::Map<String, serde_json::Value>,
        /// How many fields are too long to be edited here, and stay.
        long: usize,
    },
    /// Which record is meant?
    Which {
        /// The write that asks.
        write: String,
        /// The records it may be.
        candidates: Vec<Candidate>,
        /// Whether a new one may be made beside them: the choice after the last.
        may_save_anyway: bool,
        /// Which of them.
        chosen: usize,
    },
    /// Try them again?
    Retry {
        /// The writes.
        writes: Vec<String>,
    },
}

impl Ask {
    /// Whether one of several is chosen with the arrows and digits.
    pub fn has_choices(&self) -> bool {
        matches!(self, Self::Route { .. } | Self::WrapUp { .. } | Self::Which { .. })
    }
}

/// What can come of a call, in the words of a trade's front office.
pub const DISPOSITIONS: [&str; 6] =
    ["no remark", "Job booked", "Quote to send", "Information given", "Wrong number", "Spam"];
