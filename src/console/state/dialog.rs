//! Questions to the operator.

use super::{Deed, form::Form};
use crate::{
    call::{AttemptOutcome, CallId, Disposition, Text, Urgency},
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
    /// One of a list, done to all of them.
    Choose {
        /// The calls.
        calls: Vec<CallId>,
        /// What is chosen.
        choice: Choice,
        /// Which of them.
        chosen: usize,
    },
    /// When are they to be rung back instead?
    Reschedule {
        /// The calls.
        calls: Vec<CallId>,
    },
    /// Do this to them?
    Deed {
        /// The calls.
        calls: Vec<CallId>,
        /// What.
        deed: Deed,
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
        /// What it writes to.
        sobject: String,
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
    /// Hold what goes to one of these, or let it flow again?
    Hold {
        /// Where writes go to.
        places: Vec<Place>,
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
    /// The sObject whose fields are filled in, if it is one's.
    pub fn sobject(&self) -> Option<&str> {
        match self {
            Self::Opportunity { convert: false, .. } => Some("Opportunity"),
            Self::Edit { sobject, .. } => Some(sobject),
            _ => None,
        }
    }

    /// How many there are to choose from with the arrows and digits; none where nothing is chosen.
    pub fn choices(&self) -> usize {
        match self {
            Self::Route { choices, .. } => choices.len(),
            Self::Choose { choice, .. } => choice.len(),
            Self::Hold { places, .. } => places.len(),
            Self::Which { candidates, may_save_anyway, .. } => {
                candidates.len() + usize::from(*may_save_anyway)
            }
            _ => 0,
        }
    }

    /// The one that is chosen, to change.
    pub fn chosen_mut(&mut self) -> Option<&mut usize> {
        match self {
            Self::Route { chosen, .. }
            | Self::Choose { chosen, .. }
            | Self::Hold { chosen, .. }
            | Self::Which { chosen, .. } => Some(chosen),
            _ => None,
        }
    }
}

/// A destination, as it was when the question opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its name; none is the connected org.
    pub name: Option<Text>,
    /// Whether an operator holds what goes there.
    pub held: bool,
    /// How it is doing, in a few words.
    pub doing: String,
}

impl Place {
    /// Its name for people.
    pub fn shown(&self) -> &str {
        self.name.as_ref().map_or("Salesforce", Text::as_str)
    }
}

/// Something that is one of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Off the board; the last says nothing of what became of it, so that the others bear the same
    /// numbers as in [`Choice::Dispose`].
    WrapUp,
    /// What became of the call.
    Dispose,
    /// How a try to ring back ended.
    Attempt,
    /// The trade.
    Service(Vec<Text>),
    /// Who is to ring back.
    Assign(Vec<Owner>),
}

/// What can become of a call.
pub const DISPOSITIONS: [Disposition; 5] = [
    Disposition::Booked,
    Disposition::NotBooked,
    Disposition::Spam,
    Disposition::WrongNumber,
    Disposition::ExistingJob,
];

/// How a try to ring back can end.
pub const OUTCOMES: [AttemptOutcome; 4] = [
    AttemptOutcome::Connected,
    AttemptOutcome::NoAnswer,
    AttemptOutcome::Voicemail,
    AttemptOutcome::WrongNumber,
];

impl Choice {
    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Self::WrapUp => DISPOSITIONS.len() + 1,
            Self::Dispose => DISPOSITIONS.len(),
            Self::Attempt => OUTCOMES.len(),
            Self::Service(trades) => trades.len(),
            Self::Assign(owners) => owners.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The one at `index`, in a few words.
    pub fn words(&self, index: usize) -> &str {
        match self {
            Self::WrapUp if index == DISPOSITIONS.len() => "nothing more to say of it",
            Self::WrapUp | Self::Dispose => self.disposition(index).map_or("", Disposition::words),
            Self::Attempt => OUTCOMES.get(index).map_or("", |outcome| outcome.words()),
            Self::Service(trades) => trades.get(index).map_or("", Text::as_str),
            Self::Assign(owners) => owners.get(index).map_or("", |owner| owner.name.as_str()),
        }
    }

    /// The disposition at `index`.
    pub fn disposition(&self, index: usize) -> Option<Disposition> {
        match self {
            Self::WrapUp | Self::Dispose => DISPOSITIONS.get(index).copied(),
            _ => None,
        }
    }

    /// What is asked.
    pub fn question(&self) -> &'static str {
        match self {
            Self::WrapUp => "Wrap up: off the board?",
            Self::Dispose => "What became of it?",
            Self::Attempt => "You rang back: how did it end?",
            Self::Service(_) => "Which trade is it?",
            Self::Assign(_) => "Who is to ring back?",
        }
    }

    /// What the one line of text beside the choice is called, if there is one.
    pub fn remark(&self) -> Option<&'static str> {
        match self {
            Self::WrapUp | Self::Dispose => Some("Why"),
            Self::Attempt => Some("Note"),
            Self::Service(_) | Self::Assign(_) => None,
        }
    }
}
