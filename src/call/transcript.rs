//! What was said: final lines, the words still being recognised, and the provider's last word.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Text;

/// Who spoke.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The person who called (or was called): the only one whose words are evidence.
    Caller,
    /// Our voice agent or employee.
    Agent,
}

/// A line's place in the merged transcript, from 0. Only meaningful for one state of the call.
pub type LineId = usize;

/// One utterance.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Line {
    /// When it was said, as well as the provider tells.
    pub at: Timestamp,
    /// Who said it.
    pub role: Role,
    /// The words.
    pub text: Text,
}

impl Line {
    /// The words without case and punctuation: two recognitions of one utterance compare equal.
    fn gist(&self) -> String {
        self.text
            .as_str()
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect::<Vec<_>>()
            .join(" ")
    }
}

/// The words of a call, merged so that order and repetition of events do not matter.
///
/// Final lines form a set ordered by time. Of the partial ones only the newest per speaker is
/// kept, and shown only while no later final line of that speaker exists. A report's transcript
/// (the provider's last word) takes the place of the live lines it repeats, but never removes
/// words that were heard live and are missing from it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transcript {
    /// Final lines as they came during the call.
    live: Vec<Line>,
    /// The newest unfinished words per speaker.
    partial: BTreeMap<Role, Line>,
    /// The whole transcript as an end-of-call report gave it.
    report: Vec<Line>,
    /// The lines above as one sequence, once there is a report; kept in step by every change.
    #[serde(skip)]
    merged: Vec<Line>,
}

impl Transcript {
    /// The most final lines that are kept; a call that talks longer keeps its beginning.
    pub const MOST_LINES: usize = 2_000;

    /// Adds a final line. Returns false when it was known already.
    pub(super) fn hear(&mut self, line: Line) -> bool {
        let Err(place) = self.live.binary_search(&line) else { return false };
        if line.text.is_empty() || self.live.len() >= Self::MOST_LINES {
            return false;
        }
        // As many calls as there are, as little as possible is kept free in each.
        if self.live.len() == self.live.capacity() {
            self.live.reserve_exact(8 + self.live.len() / 8);
        }
        self.live.insert(place, line);
        self.merge();
        true
    }

    /// Notes words that are still being recognised.
    pub(super) fn overhear(&mut self, line: Line) {
        if self.partial.get(&line.role).is_none_or(|known| *known < line) {
            self.partial.insert(line.role, line);
        }
    }

    /// Takes the transcript of an end-of-call report.
    pub(super) fn conclude(&mut self, mut lines: Vec<Line>) {
        lines.retain(|line| !line.text.is_empty());
        lines.sort();
        lines.truncate(Self::MOST_LINES);
        // The fuller report wins; between two equally long ones any fixed order will do.
        if (lines.len(), &lines) > (self.report.len(), &self.report) {
            self.report = lines;
            self.merge();
        }
    }

    /// Rebuilds what serialising leaves out.
    pub(super) fn restore(&mut self) {
        self.merge();
    }

    fn merge(&mut self) {
        if self.report.is_empty() {
            return;
        }
        let mut told: BTreeMap<(Role, String), usize> = BTreeMap::new();
        for line in &self.report {
            *told.entry((line.role, line.gist())).or_default() += 1;
        }
        let whole: BTreeMap<Role, String> = [Role::Caller, Role::Agent]
            .map(|role| {
                let gists = self.report.iter().filter(|line| line.role == role).map(Line::gist);
                (role, format!(" {} ", gists.collect::<Vec<_>>().join(" ")))
            })
            .into();
        let missing = self.live.iter().filter(|line| {
            let gist = line.gist();
            let spoken =
                whole.get(&line.role).is_some_and(|all| all.contains(&format!(" {gist} ")));
            !spoken && !told.contains_key(&(line.role, gist))
        });
        let mut merged: Vec<Line> = self.report.iter().chain(missing).cloned().collect();
        merged.sort();
        self.merged = merged;
    }

    /// The final lines in order.
    pub fn lines(&self) -> &[Line] {
        if self.report.is_empty() { &self.live } else { &self.merged }
    }

    /// The unfinished words that are newer than their speaker's last final line and not the
    /// beginning of it (some providers stamp a final line with when it began), oldest first.
    pub fn partials(&self) -> Vec<&Line> {
        let mut open: Vec<&Line> = self
            .partial
            .values()
            .filter(|partial| {
                let last = self.lines().iter().rev().find(|line| line.role == partial.role);
                last.is_none_or(|last| {
                    last.at < partial.at && !last.gist().starts_with(&partial.gist())
                })
            })
            .collect();
        open.sort();
        open
    }
}
