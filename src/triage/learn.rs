//! Learns from labelled calls what words weigh (see [`super::weights`]).
//!
//! Each question is a line through the scraps of the calls, found by the averaged subgradient method
//! for a linear classifier with a margin (hinge loss, AdaGrad steps: Duchi, Hazan and Singer, 2011).
//! It only adds, multiplies and takes roots in a fixed order, so the same calls give the same table
//! on every machine.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use jiff::Timestamp;

use super::{
    eval::Example,
    weights::{BIAS, scraps},
    words::Words,
};
use crate::call::{Labels, Role};

/// A name, and what a call's labels answer.
type Question = (&'static str, fn(&Labels) -> bool);

/// What is asked of every call.
const QUESTIONS: &[Question] = &[
    ("danger", |labels| labels.urgency == 5),
    ("today", |labels| labels.urgency >= 4),
    ("Plumbing", |labels| is_of(labels, "Plumbing")),
    ("HVAC", |labels| is_of(labels, "HVAC")),
    ("Electrical", |labels| is_of(labels, "Electrical")),
    ("Roofing", |labels| is_of(labels, "Roofing")),
    ("Other", |labels| is_of(labels, "Other")),
];

/// A call as its lines, a line as the places of its scraps.
type Call = Vec<Vec<usize>>;

fn is_of(labels: &Labels, trade: &str) -> bool {
    labels.service.as_deref() == Some(trade)
}

/// How often all calls are gone through.
const ROUNDS: usize = 20;
/// How far one step goes at first.
const STEP: f64 = 0.1;
/// How much weights shrink.
const SHRINK: f64 = 0.002;
/// A scrap of fewer calls tells nothing.
const LEAST: usize = 3;
/// Words that hold sentences together; a scrap of nothing else tells how somebody speaks, not of what.
const GLUE: &str = "a an the this that these those there here it its i im ive id ill we were weve you \
    youre your he hes she shes they theyre them my our his her their me us him and or but so because \
    if when then than as of to in on at by for from with about into is are was be been being am do \
    does did done have has had having will would can could should just like really very well um uh \
    oh hi hello hey yes yeah okay ok what who which how where why some any all one also too even \
    please thanks thank name el la los las un una de del en y o que es esta se me mi mis su por para \
    con al lo le nos ya si pero como muy hola gracias";

/// The table of weights that `examples` teach.
pub fn table(examples: &[Example]) -> String {
    let calls: Vec<Vec<Vec<String>>> = examples.iter().map(said).collect();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for call in &calls {
        let scraps: BTreeSet<&str> = call.iter().flatten().map(String::as_str).collect();
        scraps.into_iter().for_each(|scrap| *counts.entry(scrap).or_default() += 1);
    }
    let glue: BTreeSet<&str> = GLUE.split_whitespace().collect();
    let tells = |scrap: &str| scrap.split(' ').any(|word| !glue.contains(word));
    counts.retain(|scrap, calls| *calls >= LEAST && tells(scrap));
    let names: Vec<&str> = counts.into_keys().collect();
    let place = |scrap: &String| names.binary_search(&scrap.as_str()).ok();
    let places = |line: &Vec<String>| line.iter().filter_map(place).collect();
    let calls: Vec<Call> = calls.iter().map(|call| call.iter().map(places).collect()).collect();
    let columns: Vec<Vec<f64>> = QUESTIONS
        .iter()
        .map(|(_, is)| {
            let answers: Vec<f64> =
                examples.iter().map(|e| if is(&e.labels) { 1.0 } else { -1.0 }).collect();
            Line::through(&calls, &answers, names.len())
        })
        .collect();
    written(&names, &columns)
}

/// What the caller says, line by line, each scrap once a line, in order.
fn said(example: &Example) -> Vec<Vec<String>> {
    let lines = example.row.lines(Timestamp::UNIX_EPOCH).into_iter();
    lines
        .filter(|line| line.role == Role::Caller)
        .map(|line| {
            let mut all: Vec<String> = Vec::new();
            scraps(&Words::of(line.text.as_str()), |scrap, _| all.push(scrap.to_owned()));
            all.sort_unstable();
            all.dedup();
            all
        })
        .collect()
}

fn written(names: &[&str], columns: &[Vec<f64>]) -> String {
    let mut table = String::from("word");
    for (question, _) in QUESTIONS {
        let _ = write!(table, "\t{question}");
    }
    table.push('\n');
    // The bias stands behind the last scrap.
    let rows = [BIAS].into_iter().chain(names.iter().copied());
    for (row, name) in rows.enumerate() {
        let place = row.checked_sub(1).unwrap_or(names.len());
        let hundredths = columns.iter().map(|column| (column[place] * 100.0).round());
        let cells: Vec<f64> = hundredths.collect();
        if cells.iter().all(|weight| *weight == 0.0) {
            continue;
        }
        table.push_str(name);
        for weight in cells {
            table.push('\t');
            if weight != 0.0 {
                let _ = write!(table, "{weight}");
            }
        }
        table.push('\n');
    }
    table
}

/// One question's weights while they are sought.
struct Line {
    weights: Vec<f64>,
    /// The squares of all steps so far, per weight.
    squares: Vec<f64>,
}

impl Line {
    /// The weights, the bias last.
    fn through(calls: &[Call], answers: &[f64], scraps: usize) -> Vec<f64> {
        let mut line = Self { weights: vec![0.0; scraps + 1], squares: vec![1e-8; scraps + 1] };
        let mut average = vec![0.0; scraps + 1];
        let mut order: Vec<usize> = (0..calls.len()).collect();
        let mut chance = Chance(1);
        for _ in 0..ROUNDS {
            chance.shuffle(&mut order);
            for call in &order {
                line.step(&calls[*call], answers[*call]);
            }
            for (mean, weight) in average.iter_mut().zip(&line.weights) {
                *mean += weight / ROUNDS as f64;
            }
        }
        average
    }

    /// A call is what its most telling line is, as it is when it is judged.
    fn step(&mut self, call: &Call, answer: f64) {
        let sums = call.iter().map(|line| (self.sum(line), line));
        let Some((sum, line)) = sums.reduce(|most, next| if next.0 > most.0 { next } else { most })
        else {
            return;
        };
        let slope = if answer * sum < 1.0 { -answer } else { 0.0 };
        let bias = self.weights.len() - 1;
        for place in line.iter().copied().chain([bias]) {
            let shrink = if place == bias { 0.0 } else { SHRINK * self.weights[place] };
            let slope = slope + shrink;
            self.squares[place] += slope * slope;
            self.weights[place] -= STEP * slope / self.squares[place].sqrt();
        }
    }

    fn sum(&self, line: &[usize]) -> f64 {
        let bias = self.weights[self.weights.len() - 1];
        bias + line.iter().map(|scrap| self.weights[*scrap]).sum::<f64>()
    }
}

/// Chance that falls the same every time (splitmix64).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn shuffle(&mut self, order: &mut [usize]) {
        for last in (1..order.len()).rev() {
            let other = self.next() % (last as u64 + 1);
            order.swap(last, usize::try_from(other).unwrap_or(last));
        }
    }
}
