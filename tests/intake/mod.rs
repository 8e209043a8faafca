//! Webhooks: every example is accepted with its headers and refused when it was changed, and what
//! each becomes is written down in a reviewed snapshot.

mod corpus;
mod docs;
mod examples;
mod http;
mod proof;
mod samples;
mod scenarios;
mod traps;
