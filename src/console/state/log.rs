//! The log of who did what, read a page at a time, the newest first.

use super::{Board, Cursor, Reading};
use crate::wire::{LogEntry, LogPage};

/// As many entries are kept; whoever looks further back narrows it down or asks the API.
const MOST: usize = 5_000;

/// What was read of it.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// The newest first.
    entries: Vec<LogEntry>,
    /// Where what is older begins; none when all of it was read.
    older: Option<u64>,
    /// When the latest was read.
    pub head: Reading<()>,
    /// What is older has been asked for and has not come.
    pub asked_older: bool,
    /// The place in it.
    pub cursor: Cursor<u64>,
    words: String,
    /// The entries that fit the words; none when all do.
    found: Option<Vec<usize>>,
}

impl Log {
    /// How many entries are shown.
    pub fn rows(&self) -> usize {
        self.found.as_ref().map_or(self.entries.len(), Vec::len)
    }

    /// The entry in row `index`.
    pub fn row(&self, index: usize) -> Option<&LogEntry> {
        match &self.found {
            Some(found) => self.entries.get(*found.get(index)?),
            None => self.entries.get(index),
        }
    }

    /// The row of the entry at this place of the log.
    pub fn index_of(&self, seq: u64) -> Option<usize> {
        let older_than = |entry: &LogEntry| entry.seq > seq;
        let at = self.entries.partition_point(older_than);
        self.entries.get(at).filter(|entry| entry.seq == seq)?;
        match &self.found {
            Some(found) => found.binary_search(&at).ok(),
            None => Some(at),
        }
    }

    /// The entry one looks at.
    pub fn selected(&self) -> Option<&LogEntry> {
        self.row(self.index_of(self.cursor.selected?)?)
    }

    /// What it is narrowed to.
    pub fn words(&self) -> &str {
        &self.words
    }

    /// Leaves the entries that have all of these words in them, or in the name or number of their
    /// caller, as far as the board knows it.
    pub fn narrow(&mut self, words: &str, board: &Board) {
        words.clone_into(&mut self.words);
        self.find(board);
    }

    /// Where to read on when the rows end before row `last`.
    pub fn wants(&self, last: usize) -> Option<u64> {
        let more = !self.asked_older && self.entries.len() < MOST && last >= self.rows();
        self.older.filter(|_| more)
    }

    /// Whether there is more than is kept.
    pub fn is_cut(&self) -> bool {
        self.older.is_some() && self.entries.len() >= MOST
    }

    /// Takes a page: the latest, or what came before `before`.
    pub fn take(&mut self, before: Option<u64>, page: LogPage, board: &Board) {
        match (before, self.entries.first().map(|entry| entry.seq)) {
            // It goes on where what was read ends; what comes late, does not.
            (Some(before), _) => {
                self.asked_older = false;
                if self.older != Some(before) {
                    return;
                }
                self.entries.extend(page.entries);
                self.older = page.before;
            }
            (None, Some(newest))
                if page.entries.last().is_some_and(|entry| entry.seq <= newest + 1)
                    || page.entries.is_empty() =>
            {
                let newer = page.entries.into_iter().take_while(|entry| entry.seq > newest);
                self.entries.splice(0..0, newer);
            }
            // Nothing was read yet, or more was done since than a page holds.
            (None, _) => {
                self.entries = page.entries;
                self.older = page.before;
            }
        }
        self.find(board);
    }

    fn find(&mut self, board: &Board) {
        let words: Vec<String> = self.words.split_whitespace().map(str::to_lowercase).collect();
        let fits = |entry: &LogEntry| {
            let call = entry.call.as_ref().map_or("", |call| call.as_str());
            let row = entry.call.as_ref().and_then(|call| board.calls.get(call));
            let caller = row.map_or("", |row| row.haystack.as_str());
            let (operator, action) = (entry.operator.as_str(), entry.action.as_str());
            let text = [operator, action, entry.what.as_str(), call, caller];
            let text = text.join(" ").to_lowercase();
            words.iter().all(|word| text.contains(word))
        };
        let fitting = self.entries.iter().enumerate().filter(|(_, entry)| fits(entry));
        self.found = (!words.is_empty()).then(|| fitting.map(|(at, _)| at).collect());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(seqs: &[u64], before: Option<u64>) -> LogPage {
        let entry = |seq: &u64| LogEntry {
            seq: *seq,
            at: jiff::Timestamp::UNIX_EPOCH,
            operator: if seq.is_multiple_of(2) { "Dana" } else { "Lee" }.into(),
            action: "route".into(),
            what: format!("routed number {seq}").as_str().into(),
            call: None,
        };
        LogPage { entries: seqs.iter().map(entry).collect(), before }
    }

    fn shown(log: &Log) -> Vec<u64> {
        (0..log.rows()).filter_map(|row| Some(log.row(row)?.seq)).collect()
    }

    #[test]
    fn pages_join_whatever_order_they_come_in() {
        let mut log = Log::default();
        log.take(None, page(&[9, 8, 7], Some(7)), &Board::default());
        assert_eq!((log.wants(2), log.wants(3)), (None, Some(7)));
        log.asked_older = true;
        assert_eq!(log.wants(3), None, "asked once");
        log.take(None, page(&[10, 9, 8], Some(8)), &Board::default());
        log.take(Some(7), page(&[6, 5], None), &Board::default());
        assert_eq!(shown(&log), [10, 9, 8, 7, 6, 5]);
        log.take(Some(7), page(&[6, 5], None), &Board::default());
        assert_eq!(shown(&log), [10, 9, 8, 7, 6, 5], "what comes twice counts once");
        assert_eq!(log.wants(100), None, "that was all");
        // More was done than a page holds: what lies between is not there.
        log.take(None, page(&[30, 29], Some(29)), &Board::default());
        assert_eq!(shown(&log), [30, 29]);
    }

    #[test]
    fn words_narrow_it_and_an_entry_is_found_again() {
        let mut log = Log::default();
        log.take(None, page(&[9, 8, 7, 6], Some(6)), &Board::default());
        log.narrow("dana ROUTED", &Board::default());
        assert_eq!(shown(&log), [8, 6]);
        assert_eq!((log.index_of(6), log.index_of(7)), (Some(1), None));
        log.narrow("", &Board::default());
        assert_eq!(log.index_of(7), Some(2));
    }
}
