//! What goes wrong around a hub, and what it makes of it: docs/fault-model.md has the whole list.

mod console;
mod disk;
mod file;
mod model;
mod network;
mod torn;
