//! Compares judgements with labels: precision, recall, F1, confusion, every miss.

use std::{collections::BTreeMap, fmt::Write as _};

use jiff::{Timestamp, tz::TimeZone};
use serde::Deserialize;

use super::{Judge, Rules};
use crate::call::{Assessment, Line, Rating, Role, Text};
pub use crate::call::{Labels, as_number};
use std::sync::Arc;

/// A transcript to judge: `text` as one caller's words or with `Agent:` and `Caller:` lines, or
/// `turns`.
#[derive(Clone, Debug, Deserialize)]
pub struct Row {
    /// Its name in the output.
    #[serde(default)]
    pub id: String,
    /// The words.
    #[serde(default)]
    pub text: String,
    /// The words as turns; `text` is ignored where there are any.
    #[serde(default)]
    pub turns: Vec<Turn>,
}

/// One turn of a transcript.
#[derive(Clone, Debug, Deserialize)]
pub struct Turn {
    /// `agent`, `assistant` or `bot` is the agent, anything else the caller.
    pub role: String,
    /// The words.
    pub text: String,
}

impl Row {
    /// The transcript's lines, all said at `at`.
    pub fn lines(&self, at: Timestamp) -> Vec<Line> {
        let line = |role, text: &str| Line { at, role, text: Text::new(text) };
        if !self.turns.is_empty() {
            return self.turns.iter().map(|turn| line(role(&turn.role), &turn.text)).collect();
        }
        let spoken = self.text.lines().filter(|text| !text.trim().is_empty());
        spoken
            .map(|text| match text.split_once(':') {
                Some((name, words)) if is_role(name) => line(role(name), words),
                _ => line(Role::Caller, text),
            })
            .collect()
    }
}

fn is_role(name: &str) -> bool {
    ["agent", "assistant", "bot", "ai", "caller", "customer", "user", "human"]
        .contains(&name.trim().to_lowercase().as_str())
}

fn role(name: &str) -> Role {
    match name.trim().to_lowercase().as_str() {
        "agent" | "assistant" | "bot" | "ai" => Role::Agent,
        _ => Role::Caller,
    }
}

/// A labelled transcript.
#[derive(Clone, Debug, Deserialize)]
pub struct Example {
    /// The transcript.
    #[serde(flatten)]
    pub row: Row,
    /// What it should be judged.
    #[serde(flatten)]
    pub labels: Labels,
}

/// Judges a whole transcript.
pub fn judge(rules: &Arc<Rules>, lines: &[Line], zone: &TimeZone) -> Assessment {
    let mut judge = Judge::new(Arc::clone(rules), zone.clone());
    for line in lines {
        judge.hear(line);
    }
    judge.assessment()
}

/// One transcript's judgement beside its labels.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The example's id.
    pub id: String,
    /// The labels.
    pub wanted: Labels,
    /// The judgement.
    pub got: Labels,
    /// With its evidence.
    pub assessment: Assessment,
}

/// Counts of a yes-or-no judgement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Wanted and found.
    pub hits: usize,
    /// Found and not wanted.
    pub false_alarms: usize,
    /// Wanted and not found.
    pub misses: usize,
}

impl Tally {
    fn count(&mut self, wanted: bool, got: bool) {
        match (wanted, got) {
            (true, true) => self.hits += 1,
            (false, true) => self.false_alarms += 1,
            (true, false) => self.misses += 1,
            (false, false) => {}
        }
    }

    /// The share of what was found that was wanted; 1 when nothing was found.
    pub fn precision(self) -> f64 {
        share(self.hits, self.hits + self.false_alarms)
    }

    /// The share of what was wanted that was found; 1 when nothing was wanted.
    pub fn recall(self) -> f64 {
        share(self.hits, self.hits + self.misses)
    }

    /// The harmonic mean of both.
    pub fn f1(self) -> f64 {
        share(2 * self.hits, 2 * self.hits + self.false_alarms + self.misses)
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of examples are small")]
fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

/// How well judgements fit labels.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Every example.
    pub judged: Vec<Judged>,
}

impl Report {
    /// Judges every example.
    pub fn of(rules: &Arc<Rules>, examples: &[Example], at: Timestamp, zone: &TimeZone) -> Self {
        let judged = examples.iter().map(|example| {
            let assessment = judge(rules, &example.row.lines(at), zone);
            let mut wanted = example.labels.clone();
            wanted.budget_usd = wanted.budget_usd.map(|amount| amount.normalize());
            let id = example.row.id.clone();
            Judged { id, wanted, got: Labels::of(&assessment), assessment }
        });
        Self { judged: judged.collect() }
    }

    /// Only the examples whose id `keep`s.
    pub fn only(&self, keep: impl Fn(&str) -> bool) -> Self {
        Self { judged: self.judged.iter().filter(|j| keep(&j.id)).cloned().collect() }
    }

    /// Counts a yes-or-no judgement over all examples.
    pub fn tally(&self, is: impl Fn(&Labels) -> bool) -> Tally {
        let mut tally = Tally::default();
        for judged in &self.judged {
            tally.count(is(&judged.wanted), is(&judged.got));
        }
        tally
    }

    /// The share of examples where `value` is as wanted.
    pub fn exact<T: PartialEq>(&self, value: impl Fn(&Labels) -> T) -> f64 {
        let right = self.judged.iter().filter(|j| value(&j.wanted) == value(&j.got)).count();
        share(right, self.judged.len())
    }

    /// The share of exact amounts among examples that have one, wanted or got.
    pub fn budget(&self) -> f64 {
        let with: Vec<&Judged> = self
            .judged
            .iter()
            .filter(|j| j.wanted.budget_usd.is_some() || j.got.budget_usd.is_some())
            .collect();
        let right = with.iter().filter(|j| j.wanted.budget_usd == j.got.budget_usd).count();
        share(right, with.len())
    }

    /// The mean F1 of the four signals.
    pub fn bant(&self) -> f64 {
        SIGNALS.iter().map(|(_, is)| self.tally(is).f1()).sum::<f64>() / 4.0
    }
}

type Is = fn(&Labels) -> bool;

const SIGNALS: [(&str, Is); 4] = [
    ("budget", |l| l.bant.budget),
    ("authority", |l| l.bant.authority),
    ("need", |l| l.bant.need),
    ("timeline", |l| l.bant.timeline),
];

/// The report as a person reads it: figures, confusion of urgency, misses with their evidence.
pub fn text(report: &Report) -> String {
    let mut out = String::new();
    let line = |out: &mut String, name: &str, tally: Tally| {
        let _ = writeln!(
            out,
            "{name:<22} precision {:.3}  recall {:.3}  F1 {:.3}  ({} hit, {} false, {} missed)",
            tally.precision(),
            tally.recall(),
            tally.f1(),
            tally.hits,
            tally.false_alarms,
            tally.misses
        );
    };
    let _ = writeln!(out, "{} examples", report.judged.len());
    line(&mut out, "urgency 5", report.tally(|l| l.urgency == 5));
    line(&mut out, "Hot", report.tally(|l| l.rating == Rating::Hot));
    line(&mut out, "callback", report.tally(|l| l.callback));
    for (name, is) in SIGNALS {
        line(&mut out, &format!("BANT {name}"), report.tally(is));
    }
    let _ = writeln!(out, "{:<22} {:.3}", "BANT mean F1", report.bant());
    for (name, exact) in [
        ("urgency exact", report.exact(|l| l.urgency)),
        ("rating exact", report.exact(|l| l.rating)),
        ("service exact", report.exact(|l| l.service.clone())),
        ("budget exact", report.budget()),
    ] {
        let _ = writeln!(out, "{name:<22} {exact:.3}");
    }
    confusion(report, &mut out);
    for judged in report.judged.iter().filter(|j| j.wanted != j.got) {
        miss(judged, &mut out);
    }
    out
}

fn confusion(report: &Report, out: &mut String) {
    let mut counts: BTreeMap<(u8, u8), usize> = BTreeMap::new();
    for judged in &report.judged {
        *counts.entry((judged.wanted.urgency, judged.got.urgency)).or_default() += 1;
    }
    let _ = writeln!(out, "\nurgency      judged 1     2     3     4     5");
    for wanted in 1..=5u8 {
        let row: Vec<String> = (1..=5u8)
            .map(|got| format!("{:>5}", counts.get(&(wanted, got)).copied().unwrap_or(0)))
            .collect();
        let _ = writeln!(out, "labelled {wanted}      {}", row.join(" "));
    }
}

fn miss(judged: &Judged, out: &mut String) {
    let _ = writeln!(out, "\n{}", judged.id);
    let (wanted, got) = (&judged.wanted, &judged.got);
    let mut differ = |name: &str, wanted: String, got: String| {
        if wanted != got {
            let _ = writeln!(out, "  {name}: labelled {wanted}, judged {got}");
        }
    };
    let or_none = |value: Option<String>| value.unwrap_or_else(|| "none".to_owned());
    differ("urgency", wanted.urgency.to_string(), got.urgency.to_string());
    differ("callback", wanted.callback.to_string(), got.callback.to_string());
    differ("service", or_none(wanted.service.clone()), or_none(got.service.clone()));
    let amount = |labels: &Labels| or_none(labels.budget_usd.map(|amount| amount.to_string()));
    differ("budget", amount(wanted), amount(got));
    for (name, is) in SIGNALS {
        differ(name, is(wanted).to_string(), is(got).to_string());
    }
    for evidence in &judged.assessment.evidence {
        let taken_back = if evidence.retracted { " (taken back)" } else { "" };
        let _ = writeln!(
            out,
            "    {:<9} {:<24} line {}: {:?}{taken_back}",
            format!("{:?}", evidence.signal).to_lowercase(),
            evidence.rule,
            evidence.line() + 1,
            evidence.words(),
        );
    }
}

/// What other rules would change: every example judged differently, and which way it moved.
pub fn changes(ours: &Report, theirs: &Report) -> String {
    let mut out = String::new();
    let (mut better, mut worse, mut other) = (0, 0, 0);
    for (our, their) in ours.judged.iter().zip(&theirs.judged) {
        if our.got == their.got {
            continue;
        }
        let verdict = match (our.got == our.wanted, their.got == our.wanted) {
            (false, true) => {
                better += 1;
                "now right"
            }
            (true, false) => {
                worse += 1;
                "now wrong"
            }
            _ => {
                other += 1;
                "changed"
            }
        };
        let show = |labels: &Labels| serde_json::to_string(labels).unwrap_or_default();
        let _ = writeln!(
            out,
            "{} {verdict}\n  before {}\n  after  {}\n  label  {}",
            our.id,
            show(&our.got),
            show(&their.got),
            show(&our.wanted)
        );
    }
    let _ = writeln!(out, "{better} now right, {worse} now wrong, {other} changed otherwise");
    out
}
