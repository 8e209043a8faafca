//! Webhooks: every example is accepted with its headers and refused when it was changed, and what
//! each becomes is written down in a reviewed snapshot.

mod answered;
mod corpus;
mod docs;
mod ends;
mod examples;
mod heard;
mod http;
mod keys;
mod odd;
mod presets;
mod proof;
mod samples;
mod scenarios;
mod traps;
mod understood;
