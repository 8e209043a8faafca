//! What a call means in Salesforce: the writes it calls for. Pure.
//!
//! [`Write`] is one intended change; the writes of one call form its lane and are delivered in
//! order. [`enqueue`] and [`discard`] keep the lane's promises: what waits is merged with what
//! comes after it, nothing vanishes, no write is in two states. [`plan`] compares what a call
//! says with what its lane carries already, and asks for the difference.

mod actions;
mod callback;
mod custom;
mod destination;
mod edit;
mod lane;
mod mapping;
mod opportunity;
mod record;
mod routing;
mod rules;
mod settings;
mod target;
mod tasks;
mod words;
mod write;

pub use custom::{CustomField, FieldKind, Missing};
pub use destination::{Destination, DestinationKind, destination};
pub use edit::edit;
pub use lane::{discard, enqueue, head, supersede};
pub use mapping::{Kind, Mapped, always_filled, mapped, picklist_values};
pub use opportunity::{OpportunityDraft, opportunity};
pub use routing::{grounds, suggested_owner};
pub use rules::{plan, record_if_nobody};
pub use settings::{
    FieldNames, LeadSources, NewCaller, Opportunities, Person, RoutesBy, Settings, SeveralMatches,
};
pub use words::transcript;
pub use write::{
    By, Candidate, Change, Draft, Fields, MatchQuery, Problem, Purpose, Step, Write, WriteState,
};
