//! The labelled sets: the one the rules were made with, and those they were not.

use callboard::{
    call::Rating,
    triage::{
        Rules,
        eval::{self, Example, Report},
        learn,
    },
};

use super::{chicago, now};

fn report(file: &str) -> Report {
    let examples: Vec<Example> =
        file.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    Report::of(&Rules::shipped(), &examples, now(), &chicago())
}

#[track_caller]
fn at_least(name: &str, figure: f64, bar: f64, report: &Report) {
    assert!(figure >= bar, "{name} {figure:.3} is below {bar}\n{}", eval::text(report));
}

#[track_caller]
fn holds(report: &Report) {
    let five = report.tally(|l| l.urgency == 5);
    let hot = report.tally(|l| l.rating == Rating::Hot);
    let at_least = |name: &str, figure: f64, bar: f64| at_least(name, figure, bar, report);
    at_least("urgency 5 recall", five.recall(), 0.95);
    at_least("Hot recall", hot.recall(), 0.92);
    at_least("Hot precision", hot.precision(), 0.88);
    at_least("callback F1", report.tally(|l| l.callback).f1(), 0.90);
    at_least("service accuracy", report.exact(|l| l.service.clone()), 0.90);
    at_least("budget exact", report.budget(), 0.90);
    at_least("mean BANT F1", report.bant(), 0.85);
    let strangers = report.only(|id| id.starts_with("spm"));
    at_least("spam at urgency 1", strangers.exact(|l| l.urgency), 0.95);
    let spanish = report.only(|id| id.starts_with("spa"));
    let english = report.only(|id| !id.starts_with("spa"));
    let gap = |value: fn(&Report) -> f64| value(&english) - value(&spanish);
    for (name, gap) in [
        ("rating", gap(|r| r.exact(|l| l.rating))),
        ("service", gap(|r| r.exact(|l| l.service.clone()))),
        ("need", gap(|r| r.tally(|l| l.bant.need).f1())),
    ] {
        at_least(&format!("Spanish {name} beside English"), -gap, -0.10);
    }
}

#[test]
fn the_given_examples_are_judged_as_labelled() {
    holds(&report(include_str!("../fixtures/triage/transcripts.jsonl")));
}

#[test]
fn so_are_examples_the_rules_were_not_made_with() {
    holds(&report(include_str!("../fixtures/triage/heldout.jsonl")));
}

#[test]
fn and_those_of_a_third_set() {
    holds(&report(include_str!("../fixtures/triage/unseen.jsonl")));
}

#[test]
fn and_those_of_one_that_was_written_after_the_rules_and_judged_once() {
    holds(&report(include_str!("../fixtures/triage/another.jsonl")));
}

#[test]
fn and_those_of_a_writer_who_says_it_in_a_roundabout_way() {
    holds(&report(include_str!("../fixtures/triage/harsh.jsonl")));
}

#[test]
fn and_the_last_ones_of_that_writer() {
    holds(&report(include_str!("../fixtures/triage/last.jsonl")));
}

#[test]
fn and_those_of_sets_that_were_sealed_until_they_were_judged_once() {
    holds(&report(include_str!("../fixtures/triage/sealed.jsonl")));
    holds(&report(include_str!("../fixtures/triage/second.jsonl")));
}

/// Nothing was mended for it, and the weights were not learnt from it: it says how triage does on
/// callers it does not know.
#[test]
fn a_set_that_is_kept_out_stays_above_the_bars() {
    holds(&report(include_str!("../fixtures/triage/kept_out/third.jsonl")));
}

/// A set whose calls are of how urgent they are: few name a sum or ask to be rung.
#[track_caller]
fn tells_danger(report: &Report) {
    let at_least = |name: &str, figure: f64, bar: f64| at_least(name, figure, bar, report);
    let five = report.tally(|l| l.urgency == 5);
    at_least("urgency 5 recall", five.recall(), 0.95);
    at_least("urgency 5 precision", five.precision(), 0.95);
    at_least("service accuracy", report.exact(|l| l.service.clone()), 0.90);
}

#[test]
fn and_those_of_two_writers_who_did_not_know_the_rules() {
    tells_danger(&report(include_str!("../fixtures/triage/dangers.jsonl")));
    holds(&report(include_str!("../fixtures/triage/groups.jsonl")));
}

#[test]
fn and_a_plain_sentence_of_every_kind() {
    tells_danger(&report(include_str!("../fixtures/triage/kinds.jsonl")));
}

#[test]
fn words_weigh_what_the_labelled_sets_teach() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/triage");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut sets: Vec<_> =
        files.filter(|path| path.extension().is_some_and(|kind| kind == "jsonl")).collect();
    sets.sort();
    let text: String = sets.iter().map(|set| std::fs::read_to_string(set).unwrap()).collect();
    let examples: Vec<Example> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let shipped = include_str!("../../src/triage/rules/weights.tsv");
    let learnt = learn::table(&examples);
    let differs = learnt.lines().zip(shipped.lines()).find(|(a, b)| a != b);
    assert_eq!(differs, None, "run the example `weigh` again (examples/weigh.rs)");
}

#[test]
fn a_report_counts_what_it_says() {
    let example = |id: &str, text: &str, urgency: u8, callback: bool| {
        format!(
            r#"{{"id":"{id}","text":"{text}","urgency":{urgency},"rating":"Cold","callback":{callback},"service":null,"budget_usd":null,"bant":{{"budget":false,"authority":false,"need":false,"timeline":false}}}}"#
        )
    };
    let file = [
        example("a", "please call me back", 1, true),
        example("b", "please call me back", 1, false),
        example("c", "hello", 5, true),
    ]
    .join("\n");
    let report = report(&file);
    let callback = report.tally(|l| l.callback);
    assert_eq!((callback.hits, callback.false_alarms, callback.misses), (1, 1, 1));
    assert!((report.exact(|l| l.urgency) - 2.0 / 3.0).abs() < 1e-9);
    let text = eval::text(&report);
    assert!(text.contains("labelled 5") && text.contains("callback: labelled true, judged false"));
}
