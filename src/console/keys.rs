//! The one table of keys: what is pressed, what it is called, what it does. Dispatch, help,
//! hints, the names in the config and `docs/console.md` all come from here.

mod chord;
mod map;
mod page;
mod table;

pub use chord::Chord;
pub use map::{Keymap, KeymapError, sheet};
pub use page::{SIGNS, lines, page};
pub use table::{Binding, Context, Intent, TABLE};
