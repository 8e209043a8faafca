//! The console: its reducer and screens by messages, and the real program in a real terminal.

mod banner;
mod callers;
mod calling;
mod choice;
mod duties;
mod forms;
mod hints;
mod hold;
mod line;
mod looks;
mod many;
mod matrix;
mod options;
mod reading;
mod reducer;
mod room;
mod routing;
mod screens;
mod stage;
mod telephone;
mod terminal;
mod wishes;
mod without_org;
