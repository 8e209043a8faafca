//! A day of several hundred calls, with the night in which clocks change, counted twice: by the
//! program, and here, from the JSON an export gives, by other means.

use callboard::{
    call::{Callback, CallbackState, Money},
    figures::{CallRecord, Figures, Grouping, Tally, Way, Window, group_of},
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde_json::Value;

use super::missed;

/// Two days around the night to 2026-11-01, when New York's clocks go back.
fn start() -> Timestamp {
    "2026-10-31T04:00:00Z".parse().unwrap()
}

fn later(at: Timestamp, seconds: i64) -> Timestamp {
    at.checked_add(SignedDuration::from_secs(seconds)).unwrap()
}

fn day(calls: usize) -> Vec<CallRecord> {
    let mut dice = fastrand::Rng::with_seed(7);
    (0..calls)
        .map(|number| {
            let began_at = later(start(), dice.i64(0..2 * 86_400));
            let taken = dice.u8(0..10) < 7;
            let answered_at = taken.then(|| later(began_at, dice.i64(0..60)));
            let asked = dice.u8(0..4) == 0;
            let due = later(began_at, dice.i64(300..20_000));
            let rung_back_at = (dice.u8(0..3) == 0).then(|| later(began_at, dice.i64(1..9_000)));
            let routed_at = (dice.u8(0..4) == 0).then(|| later(began_at, dice.i64(5..400)));
            let state = match (rung_back_at, dice.u8(0..6)) {
                (Some(_), _) => CallbackState::Done,
                (None, 0) => CallbackState::Dismissed,
                (None, 1) => CallbackState::Joined,
                (None, 2) => CallbackState::Suppressed,
                _ => CallbackState::Waiting,
            };
            let callback =
                (asked || !taken).then_some(Callback { due, asked, state, ..Callback::default() });
            CallRecord {
                way: match dice.u8(0..12) {
                    0 => Way::Outbound,
                    1 => Way::Chat,
                    _ => Way::Inbound,
                },
                began_at,
                answered_at,
                missed: !taken,
                voicemail: dice.u8(0..5) == 0,
                talk_seconds: taken.then(|| dice.u64(10..900)),
                need: dice.bool(),
                callback,
                rung_back_at,
                kept_at: rung_back_at,
                routed_at,
                acknowledged_at: routed_at
                    .filter(|_| dice.bool())
                    .map(|at| later(at, dice.i64(1..600))),
                disposition: match dice.u8(0..8) {
                    0 => Some("Spam".into()),
                    1 | 2 => Some("Job booked".into()),
                    3 => Some("Information given".into()),
                    _ => None,
                },
                captured: dice.bool(),
                delivered: dice.u32(0..4),
                failed: u32::from(dice.u8(0..9) == 0),
                delivery_milliseconds: (0..dice.usize(0..4)).map(|_| dice.u64(90..9_000)).collect(),
                ..missed(&number.to_string(), 0)
            }
        })
        .collect()
}

fn moment(value: &Value) -> Option<i64> {
    Some(value.as_str()?.parse::<Timestamp>().unwrap().as_second())
}

/// Counts rows that fit.
fn many<'a>(rows: &[&'a Value], fits: impl Fn(&'a Value) -> bool) -> u64 {
    rows.iter().filter(|row| fits(row)).count() as u64
}

/// The smallest value that at least `percent` of a hundred are no greater than.
fn percentile(values: &[i64], percent: usize) -> u64 {
    let mut candidates = values.to_vec();
    candidates.sort_unstable();
    for value in &candidates {
        let no_greater = candidates.iter().filter(|other| *other <= value).count();
        if no_greater * 100 >= percent * candidates.len() {
            return u64::try_from(*value).unwrap();
        }
    }
    0
}

#[test]
fn figures_are_what_an_independent_count_of_the_export_finds() {
    let records = day(600);
    let window =
        Window { from: start(), to: later(start(), 172_800), now: later(start(), 180_000) };
    let mut tally = Tally::default();
    records.iter().for_each(|record| tally.take(record, &window));
    let figures: Figures = tally.finish(&window);

    let export: Vec<Value> = records
        .iter()
        .map(|record| serde_json::from_str(&serde_json::to_string(record).unwrap()).unwrap())
        .collect();
    let real: Vec<&Value> = export.iter().filter(|row| row["disposition"] != "Spam").collect();
    let inbound: Vec<&Value> = real.iter().filter(|row| row["way"] == "inbound").copied().collect();
    let leads: Vec<&Value> = real.iter().filter(|row| row["way"] != "outbound").copied().collect();
    assert_eq!(figures.noise, 600 - real.len() as u64);
    assert_eq!(figures.offered, inbound.len() as u64);
    assert_eq!(figures.missed, many(&inbound, |row| row["missed"] == true));
    assert_eq!(figures.answered.met + figures.missed, figures.offered);
    assert_eq!(
        figures.abandoned.met,
        many(&inbound, |row| row["missed"] == true && row["voicemail"] == false)
    );
    let wait = |row: &Value| {
        (row["missed"] == false)
            .then(|| Some(moment(&row["answered_at"])? - moment(&row["began_at"])?))
            .flatten()
    };
    assert_eq!(figures.service_level.met, many(&inbound, |row| wait(row).is_some_and(|w| w <= 20)));
    let waits: Vec<i64> = inbound.iter().filter_map(|row| wait(row)).collect();
    let mean = waits.iter().sum::<i64>() as f64 / waits.len() as f64;
    assert_eq!(figures.speed_of_answer.mean, mean.round() as u64);
    let contact = |row: &Value| {
        let direct = row["missed"] == false && row["way"] != "chat";
        let first = if direct { moment(&row["answered_at"]) } else { None };
        Some(first.or_else(|| moment(&row["rung_back_at"]))? - moment(&row["began_at"])?)
    };
    let contacts: Vec<i64> = leads.iter().filter_map(|row| contact(row)).collect();
    assert_eq!(figures.speed_to_lead.median, percentile(&contacts, 50));
    assert_eq!(figures.speed_to_lead.p90, percentile(&contacts, 90));
    let excused = |row: &Value| {
        ["joined", "suppressed"].iter().any(|state| row["callback"]["state"] == *state)
    };
    let forgotten = |row: &Value| contact(row).is_none() && !excused(row);
    let never = many(&leads, forgotten);
    assert!(never > 10 && many(&leads, |row| contact(row).is_none()) > never);
    assert_eq!(figures.never_attempted, never);
    assert_eq!(figures.reached_in_five_minutes.of, contacts.len() as u64 + never);
    let at_risk = many(&inbound, |row| row["missed"] == true && forgotten(row));
    assert_eq!(figures.revenue_at_risk, Money::dollars(i64::try_from(at_risk).unwrap() * 700));
    assert_eq!(
        figures.reached_in_five_minutes.met,
        contacts.iter().filter(|took| **took <= 300).count() as u64
    );
    let routes: Vec<i64> = leads
        .iter()
        .filter_map(|row| Some(moment(&row["routed_at"])? - moment(&row["began_at"])?))
        .collect();
    assert_eq!(figures.time_to_route.p90, percentile(&routes, 90));
    let now = window.now.as_second();
    let due = |row: &Value| moment(&row["callback"]["due"]);
    let late = many(&leads, |row| {
        row["callback"]["state"] == "waiting" && due(row).is_some_and(|due| due < now)
    });
    assert_eq!(figures.callbacks_late, late);
    let kept = many(&leads, |row| {
        row["callback"]["state"] == "done" && moment(&row["kept_at"]) <= due(row)
    });
    assert_eq!(figures.callbacks_in_time.met, kept);
    let deliveries: Vec<i64> = leads
        .iter()
        .filter_map(|row| row["delivery_milliseconds"].as_array())
        .flatten()
        .map(|value| value.as_i64().unwrap())
        .collect();
    assert_eq!(figures.delivery_milliseconds.p95, percentile(&deliveries, 95));
    let needed = many(&inbound, |row| row["missed"] == false && row["need"] == true);
    assert_eq!(figures.booked.of, needed);
}

#[test]
fn days_and_hours_are_those_of_the_business_when_clocks_change() {
    let zone = TimeZone::get("America/New_York").unwrap();
    let records = day(600);
    for (by, zone_groups) in [(Grouping::Day, 2), (Grouping::Hour, 24)] {
        let mut groups: Vec<String> =
            records.iter().map(|record| group_of(record, by, &zone)).collect();
        groups.sort_unstable();
        groups.dedup();
        assert!(groups.len() <= zone_groups + 1, "{groups:?}");
    }
    // The day on which clocks go back has 25 hours: its last second belongs to it.
    let record = |at: &str| CallRecord { began_at: at.parse().unwrap(), ..missed("x", 0) };
    for (moment, expected) in [
        ("2026-11-01T03:59:59Z", "2026-10-31"),
        ("2026-11-01T04:00:00Z", "2026-11-01"),
        ("2026-11-02T04:59:59Z", "2026-11-01"),
        ("2026-11-02T05:00:00Z", "2026-11-02"),
    ] {
        assert_eq!(group_of(&record(moment), Grouping::Day, &zone), expected, "{moment}");
    }
    // 01:30 comes twice, and both are the hour 01.
    for moment in ["2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z"] {
        assert_eq!(group_of(&record(moment), Grouping::Hour, &zone), "01");
    }
}
