//! Selection follows the row's id; the list scrolls so that the selected row stays where it is on
//! screen if it can.

use super::intent;
use crate::{
    call::CallId,
    console::{
        state::{Cursor, State, View},
        view::layout,
    },
};

/// Brings all cursors and marks in line with what there is.
pub(super) fn follow(state: &mut State) {
    let pages = layout::pages(state);
    let mut live = std::mem::take(&mut state.live);
    let mut callbacks = std::mem::take(&mut state.callbacks);
    let mut writes = std::mem::take(&mut state.writes);
    place(
        &mut live,
        state.live_rows(),
        pages.live,
        |id| state.live_index(id),
        |index| state.live_row(index).map(|row| row.summary.id.clone()),
    );
    place(
        &mut callbacks,
        state.callback_rows(),
        pages.callbacks,
        |id| state.callback_index(id),
        |index| state.callback_row(index).map(|row| row.summary.id.clone()),
    );
    place(
        &mut writes,
        state.board.outbox.len(),
        pages.writes,
        |id| state.board.outbox.index_of(state.board.writes.slot(id)?),
        |index| {
            let write = state.board.writes.at(state.board.outbox.get(index)?)?;
            Some(write.id.clone())
        },
    );
    let mut people = std::mem::take(&mut state.people);
    place(
        &mut people,
        state.people_rows(),
        pages.people,
        |name| state.roster.page.as_ref()?.people.iter().position(|it| it.name == *name),
        |index| state.person(index).map(|person| person.name.clone()),
    );
    let mut log = std::mem::take(&mut state.log.cursor);
    place(
        &mut log,
        state.log.rows(),
        pages.log,
        |seq| state.log.index_of(*seq),
        |index| state.log.row(index).map(|entry| entry.seq),
    );
    state.log.cursor = log;
    state.people = people;
    state.live = live;
    state.callbacks = callbacks;
    state.writes = writes;
}

/// The calls an action is meant for: those that are marked, in the order of the board, or the one
/// in sight. While a call is open it is that one.
pub(super) fn calls_meant(state: &State) -> Vec<CallId> {
    let listed = matches!(state.view, View::Live | View::Callbacks) && !state.opened;
    if !listed || state.marked.is_empty() {
        return state.call_in_sight().cloned().into_iter().collect();
    }
    let mut calls: Vec<CallId> = state.marked.iter().cloned().collect();
    calls.sort_by_key(|id| state.board.calls.slot(id).and_then(|s| state.board.live.index_of(s)));
    calls
}

/// The writes an action is meant for: those that are marked, or the selected one.
pub(super) fn writes_meant(state: &State) -> Vec<String> {
    if state.view != View::Writes {
        return Vec::new();
    }
    if state.marked_writes.is_empty() {
        return state.writes.selected.iter().cloned().collect();
    }
    state.marked_writes.iter().cloned().collect()
}

/// Marks the selected row or takes its mark away, and goes to the next one.
pub(super) fn mark(state: &mut State) {
    fn flip<K: Ord + Clone>(marked: &mut std::collections::BTreeSet<K>, id: Option<&K>) {
        if let Some(id) = id
            && !marked.remove(id)
        {
            marked.insert(id.clone());
        }
    }
    match state.view {
        View::Live => flip(&mut state.marked, state.live.selected.as_ref()),
        View::Callbacks => flip(&mut state.marked, state.callbacks.selected.as_ref()),
        View::Writes => flip(&mut state.marked_writes, state.writes.selected.as_ref()),
        View::Today | View::People | View::Log => return,
    }
    step(state, 1);
}

/// Marks every row of the list in sight; if all are, none.
pub(super) fn mark_all(state: &mut State) {
    match state.view {
        View::Live | View::Callbacks => {
            let all: std::collections::BTreeSet<CallId> = if state.view == View::Live {
                let rows = (0..state.live_rows()).filter_map(|index| state.live_row(index));
                rows.map(|row| row.summary.id.clone()).collect()
            } else {
                let rows = (0..state.callback_rows()).filter_map(|index| state.callback_row(index));
                rows.map(|row| row.summary.id.clone()).collect()
            };
            state.marked = if state.marked == all { Default::default() } else { all };
        }
        View::Writes => {
            let rows = state.board.outbox.iter().filter_map(|slot| state.board.writes.at(slot));
            let all: std::collections::BTreeSet<String> =
                rows.filter(|write| !write.state.is_end()).map(|write| write.id.clone()).collect();
            state.marked_writes = if state.marked_writes == all { Default::default() } else { all };
        }
        View::Today | View::People | View::Log => {}
    }
}

/// Rows that have left can't be meant any more.
pub(super) fn forget_marks(state: &mut State) {
    let board = &state.board;
    state.marked.retain(|id| board.calls.get(id).is_some());
    state.marked_writes.retain(|id| board.writes.get(id).is_some());
}

/// Moves the cursor of the view in sight by `by` rows.
pub(super) fn step(state: &mut State, by: isize) {
    let moved =
        |index: usize, rows: usize| index.saturating_add_signed(by).min(rows.saturating_sub(1));
    match state.view {
        View::Live => {
            let index = moved(state.live.index, state.live_rows());
            let id = state.live_row(index).map(|row| row.summary.id.clone());
            select(&mut state.live, index, id);
        }
        View::Callbacks => {
            let index = moved(state.callbacks.index, state.callback_rows());
            let id = state.callback_row(index).map(|row| row.summary.id.clone());
            select(&mut state.callbacks, index, id);
        }
        View::Writes => {
            let index = moved(state.writes.index, state.board.outbox.len());
            let slot = state.board.outbox.get(index);
            let id = slot.and_then(|slot| state.board.writes.at(slot)).map(|w| w.id.clone());
            select(&mut state.writes, index, id);
        }
        View::People => {
            let index = moved(state.people.index, state.people_rows());
            let name = state.person(index).map(|person| person.name.clone());
            select(&mut state.people, index, name);
        }
        View::Log => {
            let index = moved(state.log.cursor.index, state.log.rows());
            let seq = state.log.row(index).map(|entry| entry.seq);
            select(&mut state.log.cursor, index, seq);
        }
        // The definitions may be longer than the screen; there is nothing to select.
        View::Today => {
            let page = state.figures.page.as_ref();
            let all = page.map_or(0, |report| report.lines(&report.figures).count());
            let most = all.saturating_sub(1);
            let from = state.figures_from.saturating_add_signed(by);
            state.figures_from = if state.definitions { from.min(most) } else { 0 };
        }
    }
}

/// Goes to the call that became Hot last; when that is gone or the console has seen none become so,
/// to the Hot call that began last.
pub(super) fn to_hot(state: &mut State) {
    super::go(state, View::Live);
    state.hot = None;
    let newest = state.hot_call.take().filter(|id| state.board.calls.get(id).is_some());
    let newest = newest.or_else(|| state.board.newest_hot().map(|row| row.summary.id.clone()));
    if newest.as_ref().is_some_and(|id| state.live_index(id).is_none()) {
        // The filter hides it.
        intent::set_filter(state, "");
    }
    let index = newest.and_then(|id| state.live_index(&id)).unwrap_or(0);
    let id = state.live_row(index).map(|row| row.summary.id.clone());
    select(&mut state.live, index, id);
}

fn select<K>(cursor: &mut Cursor<K>, index: usize, id: Option<K>) {
    if id.is_some() {
        cursor.index = index;
        cursor.selected = id;
    }
}

fn place<K>(
    cursor: &mut Cursor<K>,
    rows: usize,
    page: usize,
    index_of: impl Fn(&K) -> Option<usize>,
    id_at: impl Fn(usize) -> Option<K>,
) {
    match cursor.selected.as_ref().and_then(index_of) {
        Some(index) => {
            // Scrolled away from the top, the row keeps its line on the screen. At the top the
            // list stays at the top: what is new and urgent must be seen.
            if cursor.offset > 0 && index != cursor.index {
                cursor.offset = (cursor.offset + index).saturating_sub(cursor.index);
            }
            cursor.index = index;
        }
        None => {
            cursor.index = cursor.index.min(rows.saturating_sub(1));
            cursor.selected = id_at(cursor.index);
        }
    }
    let page = page.max(1);
    let lowest = cursor.index.saturating_sub(page - 1);
    cursor.offset = cursor.offset.clamp(lowest, cursor.index).min(rows.saturating_sub(page));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A list of letters with the cursor on `selected`, in a page of 3.
    fn placed(cursor: &mut Cursor<char>, list: &str) {
        let list: Vec<char> = list.chars().collect();
        place(
            cursor,
            list.len(),
            3,
            |id| list.iter().position(|c| c == id),
            |index| list.get(index).copied(),
        );
    }

    #[test]
    fn the_cursor_stays_with_its_row_and_the_row_with_its_line() {
        let mut cursor = Cursor::default();
        placed(&mut cursor, "abcdefg");
        assert_eq!(cursor.selected, Some('a'));
        cursor = Cursor { selected: Some('e'), index: 4, offset: 3 };
        placed(&mut cursor, "XYabcdefg");
        assert_eq!(cursor, Cursor { selected: Some('e'), index: 6, offset: 5 });
    }

    #[test]
    fn at_the_top_what_is_new_is_seen() {
        let mut cursor = Cursor { selected: Some('a'), index: 0, offset: 0 };
        placed(&mut cursor, "Xabcdefg");
        assert_eq!(cursor, Cursor { selected: Some('a'), index: 1, offset: 0 });
    }

    #[test]
    fn a_row_that_leaves_hands_over_to_its_neighbour() {
        let mut cursor = Cursor { selected: Some('c'), index: 2, offset: 0 };
        placed(&mut cursor, "abd");
        assert_eq!(cursor.selected, Some('d'));
        placed(&mut cursor, "ab");
        assert_eq!(cursor.selected, Some('b'));
        placed(&mut cursor, "");
        assert_eq!(cursor, Cursor { selected: None, index: 0, offset: 0 });
    }
}
