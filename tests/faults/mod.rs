//! What goes wrong around a hub, and what it makes of it: docs/fault-model.md has the whole list.

mod console;
mod disk;
mod file;
pub mod model;
mod network;
mod torn;
