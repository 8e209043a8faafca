//! Callboard: a live board for incoming phone calls in the terminal.
//!
//! Providers post events to a hub; it folds them into [`call`]s, lets [`triage`] judge them,
//! [`plan`]s what they mean in Salesforce, keeps all of it in a journal, and brings it
//! ([`delivery`]) to [`salesforce`]. [`console`]s follow the hub over what [`wire`] defines. [`sandbox`] is a
//! stand-in org with simulated callers. `docs/architecture.md` tells how the parts fit.

#[macro_use]
mod crash;

pub mod call;
pub mod cli;
pub mod client;
pub mod commands;
pub mod config;
pub mod console;
pub mod delivery;
pub mod dispatch;
pub mod figures;
pub mod hub;
pub mod intake;
pub mod network;
pub mod notice;
pub mod outbound;
pub mod plan;
pub mod recording;
pub mod replay;
pub mod salesforce;
pub mod sandbox;
pub mod secret;
pub mod store;
pub mod triage;
pub mod wire;
