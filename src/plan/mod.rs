//! What a call means in Salesforce: the writes it calls for. Pure.
//!
//! [`Write`] is one intended change; the writes of one call form its lane and are delivered in
//! order. [`enqueue`] and [`discard`] keep the lane's promises: what waits is merged with what
//! comes after it, nothing vanishes, no write is in two states.

mod lane;
mod write;

pub use lane::{discard, enqueue, head};
pub use write::{By, Change, Draft, Fields, MatchQuery, Problem, Purpose, Step, Write, WriteState};
