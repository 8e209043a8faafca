//! The hub over real sockets, with a real journal and the stand-in org.

mod apex;
mod call_back;
pub mod call_back_crash;
mod callback_tasks;
mod chaos;
mod choices;
mod corrections;
mod crash;
pub mod destinations;
mod do_not_call;
mod door;
mod duties;
mod edit;
mod erasure;
mod error_table;
mod examples;
mod haste;
mod lookup;
mod orders;
mod pages;
mod refusals;
mod refused_commit;
mod restart;
mod seeing;
pub mod stream;
mod tokens;
mod trace;
