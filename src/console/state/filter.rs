//! What the Live view is narrowed to: `hot !ok owner:me svc:hvac flooding`.

use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{AtomKind, CaseMatching, Normalization, Pattern},
};

use super::{Board, CallRow, order::Slot};
use crate::{
    call::{CallState, Rating, Text},
    wire::Sync,
};

/// The most characters a filter takes.
const LONGEST: usize = 80;

/// A filter as it is typed, and the calls it leaves.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    text: String,
    terms: Vec<Term>,
    found: Option<Vec<Slot>>,
}

/// One word of a filter: all must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Term {
    Rating(Rating),
    NotInSalesforce,
    Failed,
    Live,
    State(CallState),
    OwedCallback,
    Nobody,
    Owner(String),
    Service(String),
    Urgency(u8),
    Words(String),
}

impl Term {
    fn read(word: &str, me: &str) -> Self {
        let word = word.to_lowercase();
        if let Some((key, value)) = word.split_once(':') {
            match (key, value) {
                ("owner", "me") => return Self::Owner(me.to_lowercase()),
                ("owner", "none" | "nobody" | "") => return Self::Nobody,
                ("owner", name) => return Self::Owner(name.to_owned()),
                ("svc" | "service", name) => return Self::Service(name.to_owned()),
                ("urg" | "urgency", level) => {
                    if let Ok(level) = level.parse() {
                        return Self::Urgency(level);
                    }
                }
                _ => {}
            }
        }
        match word.as_str() {
            "hot" => Self::Rating(Rating::Hot),
            "warm" => Self::Rating(Rating::Warm),
            "cold" => Self::Rating(Rating::Cold),
            "!ok" => Self::NotInSalesforce,
            "failed" => Self::Failed,
            "live" => Self::Live,
            "missed" => Self::State(CallState::Missed),
            "ended" => Self::State(CallState::Ended),
            "ringing" => Self::State(CallState::Ringing),
            "talking" => Self::State(CallState::Talking),
            "callback" => Self::OwedCallback,
            _ => Self::Words(word),
        }
    }

    fn fits(&self, row: &CallRow) -> bool {
        let call = &row.summary;
        let has = |text: Option<&str>, part: &str| {
            text.is_some_and(|text| text.to_lowercase().contains(part))
        };
        match self {
            Self::Rating(rating) => call.rating == *rating,
            Self::NotInSalesforce => !matches!(call.sync, Sync::Done | Sync::Nothing),
            Self::Failed => call.sync == Sync::Failed,
            Self::Live => call.state.is_live(),
            Self::State(state) => call.state == *state,
            Self::OwedCallback => row.owed().is_some(),
            Self::Nobody => call.owner.is_none(),
            Self::Owner(name) => has(call.owner.as_ref().map(Text::as_str), name),
            Self::Service(name) => has(call.service.as_ref().map(|s| s.0.as_str()), name),
            Self::Urgency(level) => call.urgency.level() == *level,
            Self::Words(words) => row.haystack.contains(words.as_str()),
        }
    }
}

impl Filter {
    /// As typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it leaves everything.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The calls it leaves, in the order of the whole list; none when it leaves all.
    pub fn found(&self) -> Option<&[Slot]> {
        self.found.as_deref()
    }

    /// Takes another text; `me` is who `owner:me` means.
    pub fn set(&mut self, text: &str, me: &str, board: &Board) {
        self.text = text.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
        self.terms = self.text.split_whitespace().map(|word| Term::read(word, me)).collect();
        self.apply(board);
    }

    /// Looks through the calls again (they have changed).
    pub fn apply(&mut self, board: &Board) {
        if self.terms.is_empty() {
            self.found = None;
            return;
        }
        let fitting = |slot: &Slot| {
            board.calls.at(*slot).is_some_and(|row| self.terms.iter().all(|term| term.fits(row)))
        };
        let mut found: Vec<Slot> = board.live.iter().filter(fitting).collect();
        if found.is_empty() {
            found = self.fuzzy(board);
        }
        self.found = Some(found);
    }

    /// What was meant, when nothing is exactly what was typed: `mlnda` finds Melinda.
    fn fuzzy(&self, board: &Board) -> Vec<Slot> {
        let words: Vec<&str> = self
            .terms
            .iter()
            .filter_map(
                |term| if let Term::Words(words) = term { Some(words.as_str()) } else { None },
            )
            .collect();
        if words.is_empty() || words.iter().any(|word| word.len() < 3) {
            return Vec::new();
        }
        let pattern = Pattern::new(
            &words.join(" "),
            CaseMatching::Ignore,
            Normalization::Smart,
            AtomKind::Fuzzy,
        );
        let mut matcher = Matcher::new(Config::DEFAULT);
        let mut buffer = Vec::new();
        board
            .live
            .iter()
            .filter(|slot| {
                board.calls.at(*slot).is_some_and(|row| {
                    let others = self.terms.iter().filter(|term| !matches!(term, Term::Words(_)));
                    others.into_iter().all(|term| term.fits(row))
                        && row.haystack.lines().any(|line| {
                            let line = Utf32Str::new(line, &mut buffer);
                            pattern.score(line, &mut matcher).is_some()
                        })
                })
            })
            .collect()
    }
}
