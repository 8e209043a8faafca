//! The figures: against numbers somebody else worked out, against a second computation that
//! shares nothing with the first, and as the commands print them.

mod commands;
mod recomputed;

use std::collections::BTreeSet;

use callboard::{
    call::{CallId, Money, Rating, SourceName, Urgency},
    figures::{CallRecord, DEFINITIONS, Tally, Way, Window, lines},
};
use jiff::{SignedDuration, Timestamp};

pub fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_776_178_800 + second).unwrap()
}

/// An inbound call that nobody took.
pub fn missed(name: &str, second: i64) -> CallRecord {
    CallRecord {
        id: CallId::new(&SourceName::new("vapi"), name),
        way: Way::Inbound,
        began_at: at(second),
        answered_at: None,
        ended_at: Some(at(second + 30)),
        missed: true,
        voicemail: false,
        talk_seconds: None,
        name: None,
        phone: None,
        service: None,
        urgency: Urgency::new(1).unwrap(),
        rating: Rating::Cold,
        score: 0,
        budget: None,
        wants: None,
        need: false,
        callback: None,
        rung_back_at: None,
        kept_at: None,
        owner: None,
        routed_at: None,
        acknowledged_at: None,
        disposition: None,
        captured: false,
        delivered: 0,
        failed: 0,
        delivery_milliseconds: Vec::new(),
    }
}

fn month() -> Window {
    let from = at(0);
    let to = from.checked_add(SignedDuration::from_hours(30 * 24)).unwrap();
    Window { from, to, now: to }
}

#[test]
fn thirty_one_missed_calls_a_month_are_what_the_guides_say() {
    let mut tally = Tally::default();
    for call in 0..31 {
        tally.take(&missed(&call.to_string(), call * 80_000), &month());
    }
    let figures = tally.finish(&month());
    assert_eq!(figures.monthly_loss, Some(Money::dollars(21_700)));
    assert_eq!(figures.yearly_loss, Some(Money::dollars(260_400)));
    assert_eq!(figures.revenue_at_risk, Money::dollars(21_700));
    let said: Vec<String> = lines(&figures).map(|(_, value)| value).collect();
    assert!(said.contains(&"$21,700".to_owned()) && said.contains(&"$260,400".to_owned()));
}

#[test]
fn a_day_says_nothing_of_a_month_and_a_week_does() {
    for (days, said) in [(1, None), (6, None), (7, Some(Money::dollars(700 * 9)))] {
        let window = Window {
            to: at(0).checked_add(SignedDuration::from_hours(days * 24)).unwrap(),
            ..month()
        };
        let mut tally = Tally::default();
        tally.take(&missed("1", 10), &window);
        tally.take(&missed("2", 20), &window);
        let figures = tally.finish(&window);
        assert_eq!(figures.monthly_loss, said, "{days} days");
        assert_eq!(figures.yearly_loss.is_some(), said.is_some());
        let needs = lines(&figures).filter(|(_, value)| value.contains("needs a week")).count();
        assert_eq!(needs, if said.is_some() { 0 } else { 2 });
    }
}

#[test]
fn spam_and_wrong_numbers_count_in_nothing_but_themselves() {
    let mut with = Tally::default();
    let mut without = Tally::default();
    for call in 0..5 {
        let record = missed(&call.to_string(), call * 60);
        with.take(&record, &month());
        without.take(&record, &month());
    }
    for disposition in ["Spam", "wrong number"] {
        let record = CallRecord { disposition: Some(disposition.into()), ..missed("x", 9) };
        with.take(&record, &month());
    }
    let (with, without) = (with.finish(&month()), without.finish(&month()));
    assert_eq!(with.noise, 2);
    assert_eq!(callboard::figures::Figures { noise: 0, ..with }, without);
}

#[test]
fn whom_nobody_tried_to_reach_counts_against_the_share() {
    let mut tally = Tally::default();
    tally.take(&missed("never", 0), &month());
    let late = CallRecord { rung_back_at: Some(at(301)), ..missed("late", 0) };
    tally.take(&late, &month());
    let fast = CallRecord { rung_back_at: Some(at(300)), ..missed("fast", 0) };
    tally.take(&fast, &month());
    let figures = tally.finish(&month());
    assert_eq!((figures.reached_in_five_minutes.met, figures.reached_in_five_minutes.of), (1, 3));
    assert_eq!(figures.never_attempted, 1);
    assert_eq!(figures.speed_to_lead.count, 2);
}

#[test]
fn whom_somebody_had_at_a_time_that_nobody_tells_counts_in_no_share_of_times() {
    let mut tally = Tally::default();
    tally.take(&CallRecord { missed: false, ..missed("untold", 0) }, &month());
    let soon = CallRecord { missed: false, answered_at: Some(at(20)), ..missed("soon", 0) };
    tally.take(&soon, &month());
    let figures = tally.finish(&month());
    assert_eq!((figures.answered.met, figures.answered.of), (2, 2));
    assert_eq!((figures.service_level.met, figures.service_level.of), (1, 1));
    assert_eq!((figures.reached_in_five_minutes.met, figures.reached_in_five_minutes.of), (1, 1));
    assert_eq!(figures.never_attempted, 0);
}

#[test]
fn every_figure_is_defined_once_and_in_the_docs() {
    let docs = include_str!("../../docs/figures.md");
    let ids: BTreeSet<&str> = DEFINITIONS.iter().map(|definition| definition.id).collect();
    assert_eq!(ids.len(), DEFINITIONS.len());
    for definition in DEFINITIONS {
        let row =
            format!("| {} | `{}` | {} |", definition.title, definition.id, definition.meaning);
        assert!(docs.contains(&row), "docs/figures.md lacks\n{row}");
    }
    // Every figure on the wire is one of them.
    let figures =
        callboard::figures::Figures { api_calls: Some(Default::default()), ..Default::default() };
    let wire = serde_json::to_value(figures).unwrap();
    let members: BTreeSet<&str> = wire.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, ids);
}
