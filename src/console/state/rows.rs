//! The rows of the lists of calls: all of them, or those the filter leaves.

use super::{
    CallRow, State,
    order::{Order, Slot},
};
use crate::call::CallId;

impl State {
    /// How many rows the Live view has.
    pub fn live_rows(&self) -> usize {
        self.filter.live().map_or(self.board.live.len(), <[Slot]>::len)
    }

    /// The call in row `index` of the Live view.
    pub fn live_row(&self, index: usize) -> Option<&CallRow> {
        self.board.calls.at(at(&self.board.live, self.filter.live(), index)?)
    }

    /// Where the call `id` stands in the Live view.
    pub fn live_index(&self, id: &CallId) -> Option<usize> {
        index_of(&self.board.live, self.filter.live(), self.board.calls.slot(id)?)
    }

    /// How many rows the Callbacks view has.
    pub fn callback_rows(&self) -> usize {
        self.filter.callbacks().map_or(self.board.callbacks.len(), <[Slot]>::len)
    }

    /// The call in row `index` of the Callbacks view.
    pub fn callback_row(&self, index: usize) -> Option<&CallRow> {
        self.board.calls.at(at(&self.board.callbacks, self.filter.callbacks(), index)?)
    }

    /// Where the call `id` stands in the Callbacks view.
    pub fn callback_index(&self, id: &CallId) -> Option<usize> {
        index_of(&self.board.callbacks, self.filter.callbacks(), self.board.calls.slot(id)?)
    }
}

fn at<R: Ord + Copy>(whole: &Order<R>, found: Option<&[Slot]>, index: usize) -> Option<Slot> {
    match found {
        Some(found) => found.get(index).copied(),
        None => whole.get(index),
    }
}

/// What was found is in the order of the whole list.
fn index_of<R: Ord + Copy>(whole: &Order<R>, found: Option<&[Slot]>, slot: Slot) -> Option<usize> {
    let place = whole.index_of(slot)?;
    match found {
        Some(found) => found.binary_search_by_key(&Some(place), |slot| whole.index_of(*slot)).ok(),
        None => Some(place),
    }
}
