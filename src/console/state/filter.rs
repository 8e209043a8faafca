//! What the calls of Live and Callbacks are narrowed to: `hot !ok owner:me svc:hvac flooding`.

use jiff::Timestamp;
use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{AtomKind, CaseMatching, Normalization, Pattern},
};

use super::{Board, CallRow, order::Slot};
use crate::{
    call::{CallState, Disposition, MatchKind, Rating, Text},
    wire::Sync,
};

/// The most characters a filter takes.
const LONGEST: usize = 80;

/// A filter as it is typed, and the calls it leaves.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    text: String,
    terms: Vec<Term>,
    found: Option<Found>,
}

/// The calls a filter leaves, in the order of each list.
#[derive(Clone, Debug)]
struct Found {
    live: Vec<Slot>,
    callbacks: Vec<Slot>,
}

/// One word of a filter: all must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Term {
    Not(Box<Term>),
    Rating(Rating),
    InSalesforce,
    Failed,
    Live,
    Stale,
    State(CallState),
    OwedCallback,
    Known(MatchKind),
    Disposed(Disposition),
    Nobody,
    Owner(String),
    Service(String),
    Source(String),
    AtLeast(Figure, u8),
    Exactly(Figure, u8),
    AtMost(Figure, u8),
    Words(String),
    Letters(String),
}

/// What a number is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Figure {
    Urgency,
    Score,
}

impl Term {
    fn read(word: &str, me: &str) -> Self {
        let word = word.to_lowercase();
        if let Some(rest) = word.strip_prefix(['!', '-']).filter(|rest| !rest.is_empty()) {
            return Self::Not(Box::new(Self::read(rest, me)));
        }
        if let Some(rest) = word.strip_prefix('~').filter(|rest| !rest.is_empty()) {
            return Self::Letters(rest.to_owned());
        }
        if let Some(term) =
            word.split_once(':').and_then(|(key, value)| Self::keyed(key, value, me))
        {
            return term;
        }
        match word.as_str() {
            "hot" => Self::Rating(Rating::Hot),
            "warm" => Self::Rating(Rating::Warm),
            "cold" => Self::Rating(Rating::Cold),
            "ok" => Self::InSalesforce,
            "failed" => Self::Failed,
            "live" => Self::Live,
            "silent" => Self::Stale,
            "missed" => Self::State(CallState::Missed),
            "ended" => Self::State(CallState::Ended),
            "ringing" => Self::State(CallState::Ringing),
            "talking" => Self::State(CallState::Talking),
            "chat" => Self::State(CallState::Chat),
            "callback" => Self::OwedCallback,
            "customer" => Self::Known(MatchKind::Contact),
            "lead" => Self::Known(MatchKind::Lead),
            "booked" => Self::Disposed(Disposition::Booked),
            "spam" => Self::Disposed(Disposition::Spam),
            _ => Self::Words(word),
        }
    }

    /// `owner:me`, `urg:>3`.
    fn keyed(key: &str, value: &str, me: &str) -> Option<Self> {
        Some(match (key, value) {
            ("owner", "me") => Self::Owner(me.to_lowercase()),
            ("owner", "none" | "nobody" | "") => Self::Nobody,
            ("owner", name) => Self::Owner(name.to_owned()),
            ("svc" | "service", name) => Self::Service(name.to_owned()),
            ("src" | "source", name) => Self::Source(name.to_owned()),
            ("urg" | "urgency", level) => Self::compared(Figure::Urgency, level)?,
            ("score", points) => Self::compared(Figure::Score, points)?,
            _ => return None,
        })
    }

    fn compared(figure: Figure, text: &str) -> Option<Self> {
        let number = |text: &str| text.trim_start_matches('=').parse::<u8>().ok();
        if let Some(rest) = text.strip_prefix('>') {
            let bound = number(rest)?;
            let bound = if rest.starts_with('=') { bound } else { bound.saturating_add(1) };
            return Some(Self::AtLeast(figure, bound));
        }
        if let Some(rest) = text.strip_prefix('<') {
            let bound = number(rest)?;
            let bound = if rest.starts_with('=') { bound } else { bound.saturating_sub(1) };
            return Some(Self::AtMost(figure, bound));
        }
        number(text).map(|value| Self::Exactly(figure, value))
    }

    fn fits(&self, row: &CallRow, now: Timestamp, letters: &mut Letters) -> bool {
        let call = &row.summary;
        let has = |text: Option<&str>, part: &str| {
            text.is_some_and(|text| text.to_lowercase().contains(part))
        };
        let figure = |figure: &Figure| match figure {
            Figure::Urgency => call.urgency.level(),
            Figure::Score => call.score,
        };
        match self {
            Self::Not(term) => !term.fits(row, now, letters),
            Self::Rating(rating) => call.rating == *rating,
            Self::InSalesforce => matches!(call.sync, Sync::Done | Sync::Nothing),
            Self::Failed => call.sync == Sync::Failed,
            Self::Live => call.state.is_live(),
            Self::Stale => call.stale && call.state.is_live(),
            Self::State(state) => call.state == *state,
            Self::OwedCallback => row.owed().is_some(),
            Self::Disposed(what) => {
                call.disposed.as_ref().is_some_and(|it| it.disposition == *what)
            }
            Self::Known(kind) => call.known == Some(*kind),
            Self::Nobody => call.owner.is_none() && row.claim(now).is_none(),
            Self::Owner(name) => {
                let works_on_it = row.claim(now).map(|claim| claim.operator.as_str());
                has(call.owner.as_ref().map(Text::as_str), name) || has(works_on_it, name)
            }
            Self::Service(name) => has(call.service.as_ref().map(|s| s.0.as_str()), name),
            Self::Source(name) => has(Some(call.id.source()), name),
            Self::AtLeast(of, bound) => figure(of) >= *bound,
            Self::AtMost(of, bound) => figure(of) <= *bound,
            Self::Exactly(of, value) => figure(of) == *value,
            Self::Words(words) => row.haystack.contains(words.as_str()),
            Self::Letters(wanted) => letters.are_in(wanted, &row.haystack),
        }
    }

    /// The words or letters that are looked for, where that is all it says.
    fn words(&self) -> Option<&str> {
        match self {
            Self::Words(words) => Some(words),
            _ => None,
        }
    }
}

/// Letters in their order, with others between them: `mlnda` is in `melinda`.
struct Letters {
    matcher: Matcher,
    buffer: Vec<char>,
    pattern: (String, Pattern),
}

impl Letters {
    fn new() -> Self {
        let pattern = (String::new(), Pattern::default());
        Self { matcher: Matcher::new(Config::DEFAULT), buffer: Vec::new(), pattern }
    }

    fn are_in(&mut self, wanted: &str, haystack: &str) -> bool {
        if self.pattern.0 != wanted {
            let pattern =
                Pattern::new(wanted, CaseMatching::Ignore, Normalization::Smart, AtomKind::Fuzzy);
            self.pattern = (wanted.to_owned(), pattern);
        }
        haystack.lines().any(|line| {
            let line = Utf32Str::new(line, &mut self.buffer);
            self.pattern.1.score(line, &mut self.matcher).is_some()
        })
    }
}

/// The words of a filter; what stands in quotes is one: `"burst pipe" hot`.
fn words(text: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            c if c.is_whitespace() && !quoted => words.extend(take(&mut word)),
            c => word.push(c),
        }
    }
    words.extend(take(&mut word));
    words
}

fn take(word: &mut String) -> Option<String> {
    (!word.is_empty()).then(|| std::mem::take(word))
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
    pub fn live(&self) -> Option<&[Slot]> {
        self.found.as_ref().map(|found| &found.live[..])
    }

    /// The same of those who wait for a callback.
    pub fn callbacks(&self) -> Option<&[Slot]> {
        self.found.as_ref().map(|found| &found.callbacks[..])
    }

    /// Takes another text; `me` is who `owner:me` means.
    pub fn set(&mut self, text: &str, me: &str, board: &Board, now: Timestamp) {
        self.text = text.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
        self.terms = words(&self.text).iter().map(|word| Term::read(word, me)).collect();
        self.apply(board, now);
    }

    /// A filter that is asked of single calls only.
    pub fn reads(text: &str, me: &str) -> Self {
        let terms = words(text).iter().map(|word| Term::read(word, me)).collect();
        Self { text: text.to_owned(), terms, found: None }
    }

    /// Whether one call fits.
    pub fn fits(&self, row: &CallRow, now: Timestamp) -> bool {
        let mut letters = Letters::new();
        self.terms.iter().all(|term| term.fits(row, now, &mut letters))
    }

    /// Looks through the calls again (they have changed).
    pub fn apply(&mut self, board: &Board, now: Timestamp) {
        if self.terms.is_empty() {
            self.found = None;
            return;
        }
        let mut letters = Letters::new();
        let mut fitting = |terms: &[Term]| {
            let mut fits = |slot: &Slot| {
                let row = board.calls.at(*slot);
                row.is_some_and(|row| terms.iter().all(|term| term.fits(row, now, &mut letters)))
            };
            let live = board.live.iter().filter(&mut fits).collect();
            Found { live, callbacks: board.callbacks.iter().filter(&mut fits).collect() }
        };
        let mut found = fitting(&self.terms);
        if found.live.is_empty()
            && found.callbacks.is_empty()
            && let Some(meant) = self.meant()
        {
            found = fitting(&meant);
        }
        self.found = Some(found);
    }

    /// What may have been meant, when nothing is exactly what was typed: `mlnda` for Melinda.
    fn meant(&self) -> Option<Vec<Term>> {
        let loose = |term: &Term| term.words().is_some_and(|words| !words.contains(' '));
        let typed = self.terms.iter().filter(|term| loose(term));
        let typed: Vec<&str> = typed.filter_map(Term::words).collect();
        // Two letters are somewhere in everything.
        if typed.is_empty() || typed.iter().any(|word| word.len() < 3) {
            return None;
        }
        // What stands in quotes is meant as it stands.
        let meant = |term: &Term| match term.words() {
            Some(words) if loose(term) => Term::Letters(words.to_owned()),
            _ => term.clone(),
        };
        Some(self.terms.iter().map(meant).collect())
    }
}
