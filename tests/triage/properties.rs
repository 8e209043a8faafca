//! What holds for any transcript.

use std::sync::Arc;

use callboard::{
    call::{Call, CallId, Event, Fact, Line, Role, SourceName, Text},
    triage::{Judge, Rules},
};
use proptest::prelude::*;

use super::{chicago, judge, now};

/// Scraps of speech that rules react to, so that random transcripts say something.
const SCRAPS: &[&str] = &[
    "there's water coming through the ceiling",
    "it's not leaking any more",
    "no rush",
    "I turned the water off",
    "call me back after five",
    "don't call me",
    "I own the house",
    "ask my wife",
    "eight to twelve k",
    "no sorry, six thousand",
    "they quoted me $8,000-12,000",
    "se me está inundando el sótano",
    "yes",
    "no",
    "Do you smell gas?",
    "this is Jane from 12 Oak Lane",
    "jane dot doe at gmail dot com",
    "555-0134",
    "the furnace is dead",
    "it's five below",
    "tomorrow",
    "…",
    "é",
    "😀",
    "$",
    "-",
    "3.",
    "a",
    "never mind",
    "press one",
    "What is your budget?",
    "about ten",
];

fn words() -> impl Strategy<Value = String> {
    let scrap = prop_oneof![
        4 => prop::sample::select(SCRAPS).prop_map(str::to_owned),
        1 => "\\PC{0,24}",
    ];
    prop::collection::vec(scrap, 0..5).prop_map(|scraps| scraps.join(" "))
}

fn transcript() -> impl Strategy<Value = Vec<Line>> {
    let line = (any::<bool>(), words(), 0..600i64).prop_map(|(agent, words, second)| Line {
        at: now() + jiff::SignedDuration::from_secs(second),
        role: if agent { Role::Agent } else { Role::Caller },
        text: Text::new(&words),
    });
    prop::collection::vec(line, 0..8)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Looking in between changes nothing, and a judge that is copied goes on as the first does.
    #[test]
    fn line_by_line_is_the_same_as_whole(lines in transcript()) {
        let mut patient = Judge::new(Rules::shipped(), chicago());
        for (heard, line) in lines.iter().enumerate() {
            patient = patient.clone();
            patient.hear(line);
            prop_assert_eq!(patient.assessment(), judge(&lines[..=heard]));
        }
    }

    #[test]
    fn evidence_stands_in_the_callers_words(lines in transcript()) {
        let judged = judge(&lines);
        for evidence in &judged.evidence {
            let line = &lines[evidence.line()];
            prop_assert_eq!(line.role, Role::Caller);
            let words = line.text.as_str().get(evidence.span());
            prop_assert_eq!(words, Some(evidence.words()));
        }
    }

    #[test]
    fn values_agree_with_each_other(lines in transcript()) {
        let judged = judge(&lines);
        let level = judged.urgency.level();
        prop_assert_eq!(judged.score, judged.bant.score());
        prop_assert!(judged.budget.is_none() || judged.bant.budget);
        prop_assert!(level < 5 || judged.bant.need && judged.bant.timeline);
        prop_assert!(level < 3 || judged.bant.need);
        prop_assert!(level > 1 || !judged.bant.need);
        prop_assert!(!judged.bant.need || judged.service.is_some());
        let wants = judged.wants.as_ref().map_or("", Text::as_str);
        prop_assert!(!wants.contains(['{', '}']), "{wants}");
    }

    /// Words that are still being recognised, in any order and number, leave no trace.
    #[test]
    fn partials_do_not_matter(lines in transcript(), order in any::<u64>()) {
        let id = CallId::new(&SourceName::new("vapi"), "1");
        let event = |key: usize, fact: Fact| Event {
            call: id.clone(), key: key.to_string(), sent_at: now(), received_at: now(), facts: vec![fact],
        };
        let finals = lines.iter().enumerate().map(|(n, line)| event(n, Fact::Said(line.clone())));
        let mut events: Vec<Event> = finals.clone().collect();
        for (n, line) in lines.iter().enumerate() {
            events.push(event(1000 + n, Fact::Saying(line.clone())));
            events.push(event(2000 + n, Fact::Saying(line.clone())));
        }
        let mut random = fastrand::Rng::with_seed(order);
        random.shuffle(&mut events);
        let fold = |events: &[Event]| {
            let mut call = Call::begin(&event(0, Fact::Saying(super::caller("x"))));
            events.iter().for_each(|event| call.apply(event));
            judge(call.transcript.lines())
        };
        let plain: Vec<Event> = finals.collect();
        prop_assert_eq!(fold(&events), fold(&plain));
    }

    #[test]
    fn no_rule_file_panics(text in "(\\PC|\n){0,200}") {
        let _ = Rules::parse(&text);
    }
}

/// However long a call, what is kept of it stays bounded.
#[test]
fn a_long_call_keeps_little() {
    let mut judge = Judge::new(Arc::clone(&Rules::shipped()), chicago());
    for n in 0..2_000 {
        judge.hear(&super::caller(SCRAPS[n % SCRAPS.len()]));
    }
    assert!(judge.assessment().evidence.len() < 400, "{}", judge.assessment().evidence.len());
}
