//! What the keys do on a screen that is too small for the board, such as a telephone's: one can go
//! through the calls and say that one has one. All else needs to be seen.

use crate::console::{
    keys::{Binding, Intent},
    state::State,
    view::layout,
};

/// Why nothing that has to be asked or shown first can be done now; none when it can.
pub(super) fn no_room(state: &State) -> Option<String> {
    let (columns, rows) = layout::SMALLEST;
    layout::is_too_small(state.size).then(|| format!("too small to act: needs {columns}x{rows}"))
}

/// Why a key does nothing on so small a screen; none when it does what it says.
pub(super) fn hinders(state: &State, binding: &Binding) -> Option<String> {
    if serves(state, binding.intent) {
        return None;
    }
    let (columns, rows) = layout::SMALLEST;
    no_room(state)
        .filter(|_| binding.acts)
        .or_else(|| Some(format!("too small for that: needs {columns}x{rows}")))
}

/// Whether what a key does can be seen on the screen as it is.
pub fn serves(state: &State, intent: Intent) -> bool {
    if !layout::is_too_small(state.size) {
        return true;
    }
    match intent {
        // These ask nothing, and the call they are done to is on screen.
        Intent::Acknowledge | Intent::Claim | Intent::Release | Intent::Undo => {
            layout::shows_call(state.size)
        }
        Intent::Up
        | Intent::Down
        | Intent::PageUp
        | Intent::PageDown
        | Intent::Top
        | Intent::Bottom
        | Intent::Hot
        | Intent::Back
        | Intent::Live
        | Intent::Privacy
        | Intent::Mute
        | Intent::Copy
        | Intent::Theme
        | Intent::Redraw
        | Intent::Suspend
        | Intent::Quit => true,
        _ => false,
    }
}
