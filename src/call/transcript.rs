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
/// kept, and shown only while no later final line of that speaker exists; when the call is over and
/// its provider says no more, it stands for what was said, because nothing better will come. What the
/// provider tells as a whole (a report at the end, or all that was said so far) takes the place of the
/// live lines it repeats, but never removes words that were heard live and are missing from it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transcript {
    /// Final lines as they came during the call.
    live: Vec<Line>,
    /// The newest unfinished words per speaker.
    partial: BTreeMap<Role, Line>,
    /// What a provider that tells everything anew last told during the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    so_far: Option<SoFar>,
    /// The whole transcript as an end-of-call report gave it.
    report: Vec<Line>,
    /// Whether the call is over.
    #[serde(default)]
    over: bool,
    /// The lines above as one sequence, where that is not just the live ones; kept in step by every
    /// change.
    #[serde(skip)]
    merged: Vec<Line>,
}

/// All that was said until some moment of a call.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct SoFar {
    at: Timestamp,
    lines: Vec<Line>,
    /// Whether the last line may still grow.
    open: bool,
}

impl Transcript {
    /// The most final lines that are kept; a call that talks longer keeps its beginning.
    pub const MOST_LINES: usize = 2_000;

    /// The most that is kept of what a provider tells as a whole, in bytes: nobody speaks so much in a
    /// day, and every line that comes late is looked for in it.
    pub const MOST_TOLD: usize = 256 * 1024;

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
            if self.over && self.report.is_empty() {
                self.merge();
            }
        }
    }

    /// Takes all that was said until `at`. It replaces what was told so before; the last line may still
    /// grow where it is `open`.
    pub(super) fn catch_up(&mut self, at: Timestamp, lines: &[Line], open: bool) {
        let so_far = SoFar { at, lines: bounded(lines.to_vec()), open };
        if self.so_far.as_ref().is_none_or(|known| *known < so_far) {
            self.so_far = Some(so_far);
            self.merge();
        }
    }

    /// Takes the transcript of an end-of-call report.
    pub(super) fn conclude(&mut self, mut lines: Vec<Line>) {
        lines.sort();
        let lines = bounded(lines);
        // The fuller report wins; between two equally long ones any fixed order will do.
        if (lines.len(), &lines) > (self.report.len(), &self.report) {
            self.report = lines;
            self.merge();
        }
    }

    /// The call is over: what was not finished will not be.
    pub(super) fn close(&mut self) {
        if !self.over {
            self.over = true;
            self.merge();
        }
    }

    /// Rebuilds what serialising leaves out.
    pub(super) fn restore(&mut self) {
        self.merge();
    }

    fn merge(&mut self) {
        let mut merged = self.told().to_vec();
        if !merged.is_empty() {
            let whole = if self.report.is_empty() { &[] } else { self.heard_so_far() };
            let missing = missing(&[&self.live, whole], &merged);
            merged.extend(missing);
            merged.sort();
        }
        if self.over && self.report.is_empty() {
            let said = if merged.is_empty() { &self.live } else { &merged };
            let last: Vec<Line> = open(&self.partial, said).cloned().collect();
            if !last.is_empty() {
                merged = said.iter().cloned().chain(last).collect();
                merged.sort();
            }
        }
        self.merged = merged;
    }

    /// The final lines that the provider told as a whole.
    fn told(&self) -> &[Line] {
        if self.report.is_empty() { self.heard_so_far() } else { &self.report }
    }

    /// The final lines of what was told as all that was said so far.
    fn heard_so_far(&self) -> &[Line] {
        match &self.so_far {
            Some(SoFar { lines, open: true, .. }) if !self.over || !self.report.is_empty() => {
                lines.split_last().map_or(&[], |(_, lines)| lines)
            }
            Some(so_far) => &so_far.lines,
            None => &[],
        }
    }

    /// The final lines in order.
    pub fn lines(&self) -> &[Line] {
        if self.merged.is_empty() { &self.live } else { &self.merged }
    }

    /// The unfinished words that are newer than their speaker's last final line and not the
    /// beginning of it (some providers stamp a final line with when it began), oldest first.
    pub fn partials(&self) -> Vec<&Line> {
        if self.over {
            return Vec::new();
        }
        let growing = self.so_far.iter().filter(|it| it.open).filter_map(|it| it.lines.last());
        let mut open: Vec<&Line> = open(&self.partial, self.lines()).chain(growing).collect();
        open.sort();
        open
    }
}

/// As much of what is told as a whole as is kept: its beginning.
fn bounded(mut lines: Vec<Line>) -> Vec<Line> {
    let mut left = Transcript::MOST_TOLD;
    for line in &mut lines {
        if line.text.as_str().len() > left {
            // In characters that is no more than in bytes, and then nothing more is kept.
            line.text = Text::limited(line.text.as_str(), left / 4);
            left = 0;
        }
        left -= line.text.as_str().len().min(left);
    }
    lines.retain(|line| !line.text.is_empty());
    lines.truncate(Transcript::MOST_LINES);
    lines
}

/// The lines that were heard and whose words are not in what was told as a whole.
fn missing(heard: &[&[Line]], told: &[Line]) -> Vec<Line> {
    if heard.iter().all(|lines| lines.is_empty()) {
        return Vec::new();
    }
    let whole: BTreeMap<Role, String> = [Role::Caller, Role::Agent]
        .map(|role| {
            let gists = told.iter().filter(|line| line.role == role).map(Line::gist);
            (role, format!(" {} ", gists.collect::<Vec<_>>().join(" ")))
        })
        .into();
    let spoken = |line: &&Line| {
        whole.get(&line.role).is_some_and(|all| all.contains(&format!(" {} ", line.gist())))
    };
    heard.iter().copied().flatten().filter(|line| !spoken(line)).cloned().collect()
}

/// Those of the unfinished words that none of these lines finished.
fn open<'a>(
    partial: &'a BTreeMap<Role, Line>,
    lines: &'a [Line],
) -> impl Iterator<Item = &'a Line> {
    partial.values().filter(|partial| {
        let last = lines.iter().rev().find(|line| line.role == partial.role);
        !partial.text.is_empty()
            && last.is_none_or(|last| {
                last.at < partial.at && !last.gist().starts_with(&partial.gist())
            })
    })
}
