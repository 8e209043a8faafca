//! Any transcript can be judged: no input panics, evidence lies inside its line and says what
//! stands there, and hearing line by line gives what hearing all at once gives.
#![no_main]

use callboard::{
    call::{Line, Role, Text, Urgency},
    triage::{Judge, Rules},
};
use jiff::{Timestamp, tz::TimeZone};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let lines: Vec<Line> = text
        .lines()
        .map(|line| match line.strip_prefix('>') {
            Some(words) => (Role::Agent, words),
            None => (Role::Caller, line),
        })
        .map(|(role, words)| Line { at: Timestamp::UNIX_EPOCH, role, text: Text::new(words) })
        .collect();
    let mut judge = Judge::new(Rules::shipped(), TimeZone::UTC);
    for line in &lines {
        judge.hear(line);
    }
    let assessment = judge.assessment();
    for evidence in &assessment.evidence {
        let line = &lines[evidence.line()];
        assert_eq!(line.role, Role::Caller);
        assert_eq!(
            line.text.as_str().get(evidence.span()),
            Some(evidence.words())
        );
    }
    let bant = assessment.bant;
    assert_eq!(assessment.score, bant.score());
    assert!(assessment.budget.is_none() || bant.budget);
    assert!(assessment.urgency < Urgency::EMERGENCY || bant.need && bant.timeline);
});
