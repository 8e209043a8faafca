//! Judging: one more line of a long call, and whole transcripts beside a bare scan for words.

use std::sync::Arc;

use callboard::{
    call::{Line, Role, Text},
    triage::{Judge, Rules},
};
use criterion::{BatchSize, Criterion, Throughput};
use jiff::{Timestamp, tz::TimeZone};
use regex::RegexSet;

const SAID: &[&str] = &[
    "Hi, this is Priya Raman, we own the house at 88 Alder Court.",
    "The furnace and the air conditioner are both twenty years old and not cooling well.",
    "The other two quotes were eight thousand and twelve thousand, so in that range.",
    "By the end of the month, before our tenants upstairs move in, if that works for you.",
    "There was some water on the floor yesterday but it is not leaking any more.",
    "Please call me back after five, or my husband at 555-0134, when somebody is free.",
    "You know, I was wondering about the weather, and my neighbor said the same thing really.",
    "Well, okay, let me think about that for a moment while I look for the paperwork.",
];

fn line(n: usize) -> Line {
    Line {
        at: Timestamp::UNIX_EPOCH,
        role: if n.is_multiple_of(2) { Role::Caller } else { Role::Agent },
        text: Text::new(SAID[n / 2 % SAID.len()]),
    }
}

fn after(lines: usize) -> Judge {
    let mut judge = Judge::new(Rules::shipped(), TimeZone::UTC);
    (0..lines).for_each(|n| judge.hear(&line(n)));
    judge
}

/// One more line, however long the call has been, with the assessment it leads to.
pub fn next_line(c: &mut Criterion) {
    for length in [2, 20, 200, 2000] {
        let judge = after(length);
        let next = line(length);
        c.bench_function(&format!("triage/one line after {length}"), |b| {
            b.iter_batched(
                || judge.clone(),
                |mut judge| {
                    judge.hear(&next);
                    judge.assessment()
                },
                BatchSize::SmallInput,
            );
        });
    }
}

/// A line that says one thing again and again without a full stop, a wish or a name: what it costs
/// grows with it, not with its square.
pub fn endless_line(c: &mut Criterion) {
    let judge = after(0);
    for (what, said) in [
        ("words", "please call me back "),
        ("names", "This is Al Moss "),
        ("things", "it is the furnace "),
    ] {
        for words in [100, 1_000, 4_000] {
            let next = Line { text: Text::new(&said.repeat(words / 4)), ..line(0) };
            let mut group = c.benchmark_group("triage/endless line");
            group.throughput(Throughput::Elements(words as u64));
            group.bench_function(format!("of {words} {what}"), |b| {
                let judge = || judge.clone();
                b.iter_batched(judge, |mut judge| judge.hear(&next), BatchSize::SmallInput);
            });
        }
    }
}

/// Megabytes of transcript a second, and what a bare scan with fifty patterns does with them.
pub fn throughput(c: &mut Criterion) {
    let lines: Vec<Line> = (0..400).map(|n| Line { role: Role::Caller, ..line(n) }).collect();
    let bytes: usize = lines.iter().map(|line| line.text.as_str().len()).sum();
    let words = [
        "emergency",
        "urgent",
        "asap",
        "flood",
        "burst",
        "leak",
        "gas",
        "smoke",
        "spark",
        "fire",
        "sewage",
        "overflow",
        "no heat",
        "no hot water",
        "no power",
        "not working",
        "broken",
        "call me back",
        "give me a (call|ring)",
        "return my call",
        "reach me",
        "quote",
        "estimate",
        "budget",
        r"\$\d[\d,]*",
        r"\d+k\b",
        "thousand",
        "grand",
        "insurance",
        "own(er)?",
        "landlord",
        "tenant",
        "wife",
        "husband",
        "today",
        "tonight",
        "tomorrow",
        "this week",
        "next (week|month)",
        "when can you",
        "how soon",
        "furnace",
        "air condition",
        "boiler",
        "water heater",
        "toilet",
        "drain",
        "panel",
        "outlet",
        "roof",
    ];
    let patterns = words.map(|word| format!(r"(?i)\b{word}"));
    let set = RegexSet::new(patterns).unwrap_or_else(|error| unreachable!("fixed: {error}"));
    let rules = Rules::shipped();
    let mut group = c.benchmark_group("triage/throughput");
    group.throughput(Throughput::Bytes(bytes as u64));
    group.bench_function("judge", |b| {
        b.iter(|| {
            let mut judge = Judge::new(Arc::clone(&rules), TimeZone::UTC);
            lines.iter().for_each(|line| judge.hear(line));
            judge.assessment()
        });
    });
    group.bench_function("bare RegexSet of fifty", |b| {
        b.iter(|| {
            lines.iter().filter(|line| set.matches(line.text.as_str()).matched_any()).count()
        });
    });
    group.finish();
}
