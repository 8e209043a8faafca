//! A day of a desk on a clock of its own: the 25 hours in which New York's clocks go back, with a
//! tech who never answers, an e-mail server that is down for an hour, three hours in which everybody
//! sleeps, and a dispatcher who goes home at nine. Whatever happens, a hub that was started anew in the middle of it does the same.

mod recount;
mod salesforce;
mod world;

use jiff::SignedDuration;

use self::world::{Day, Played};
use crate::{
    call::{Call, CallbackState, Fact, NoticeStep},
    dispatch::promise,
    figures::Tally,
};

/// A day played without a restart.
fn played(seed: u64) -> Played {
    Day::new(seed, 240).play(&[])
}

#[test]
fn every_promise_is_kept_or_visibly_late() {
    let played = played(1);
    let (mut kept, mut late, mut joined) = (0, 0, 0);
    for (id, call) in played.calls() {
        let Some(callback) = promise(&call, &played.settings.dispatch) else { continue };
        match callback.state {
            CallbackState::Done => kept += 1,
            CallbackState::Joined => joined += 1,
            CallbackState::Waiting => {
                let row = played.rows.get(&id).unwrap_or_else(|| panic!("{id} is off the board"));
                let shown = row.callback.as_ref().unwrap();
                assert_eq!((shown.state, shown.due), (callback.state, callback.due), "{id}");
                if callback.due < played.end {
                    late += 1;
                    let mut told = call.notices().keys();
                    assert!(told.any(|it| it.starts_with("callback:late:")), "{id}: who knows?");
                }
            }
            CallbackState::Dismissed | CallbackState::Suppressed => {}
        }
    }
    // All of it happened, or nothing was shown by it.
    assert!(kept > 30 && late > 20 && joined > 10, "{kept} kept, {late} late, {joined} joined");
}

#[test]
fn in_salesforce_every_promise_is_one_task_in_its_state() {
    let hours = |hour: i64| hour * 3600 + 1234;
    let played = Day::with_salesforce(5, 120).play(&[hours(7), hours(12), hours(18)]);
    let mut tasks = std::collections::BTreeMap::new();
    for task in &played.promises {
        let call = task["CallObject"].as_str().unwrap().trim_end_matches("/callback");
        assert!(tasks.insert(call.to_owned(), task).is_none(), "{call} has two");
    }
    let (mut open, mut kept, mut joined) = (0, 0, 0);
    for (id, call) in played.calls() {
        let promise = promise(&call, &played.settings.dispatch);
        let task = tasks.remove(id.as_str());
        let closed = |task: &serde_json::Map<String, serde_json::Value>, how: &str| {
            let said = task["Description"].as_str().unwrap();
            task["IsClosed"] == true && said.starts_with(how)
        };
        match promise.as_ref().map(|promise| promise.state) {
            Some(CallbackState::Waiting) => {
                let task = task.unwrap_or_else(|| panic!("{id} is no Task"));
                let due = promise.unwrap().due.strftime("%Y-%m-%dT%H:%M:%S").to_string();
                let said = task["ReminderDateTime"].as_str().unwrap();
                assert!(task["IsClosed"] == false && said.starts_with(&due), "{id}: {task:#?}");
                open += 1;
            }
            Some(CallbackState::Done) => {
                let task = task.unwrap_or_else(|| panic!("{id} is no Task"));
                assert!(closed(task, "Kept"), "{id}: {task:#?}");
                kept += 1;
            }
            // Of what was withdrawn there may be one that says so.
            other => {
                assert!(task.is_none_or(|task| closed(task, "Withdrawn")), "{id}: {task:#?}");
                joined += u32::from(other == Some(CallbackState::Joined));
            }
        }
    }
    assert!(tasks.is_empty(), "of no promise: {tasks:#?}");
    assert!(open > 5 && kept > 20 && joined > 5, "{open} open, {kept} kept, {joined} joined");
}

#[test]
fn one_caller_with_three_missed_calls_is_one_promise() {
    let played = played(2);
    let mut owed = std::collections::BTreeMap::<String, u32>::new();
    for (_, call) in played.calls().filter(|(_, call)| world::rings_thrice(call)) {
        let state = promise(&call, &played.settings.dispatch).map(|it| it.state);
        let own = state.is_some_and(|state| state != CallbackState::Joined);
        *owed.entry(call.phone().unwrap().to_string()).or_default() += u32::from(own);
    }
    assert!(owed.len() > 5 && owed.values().all(|promises| *promises == 1), "{owed:?}");
}

#[test]
fn nobody_is_told_twice_and_whoever_does_not_answer_is_passed_over() {
    let played = played(3);
    let (mut by_toms_silence, mut tried_again, mut slow) = (0, 0, 0);
    for (id, call) in played.calls() {
        for (notice, told) in call.notices() {
            let events = played.journal[&id].iter().flat_map(|event| &event.facts);
            let sent = events.filter(|fact| {
                matches!(fact, Fact::Notice(it) if it.id == *notice && it.step == NoticeStep::Sent)
            });
            assert!(sent.count() <= 1, "{notice} of {id} went twice");
            tried_again += u32::from(told.last().is_some_and(|(attempt, ..)| attempt > 1));
        }
        let Some(first) = played.first_told(&id) else { continue };
        let took = first.duration_since(call.began_at);
        slow += u32::from(took > SignedDuration::from_secs(30));
        by_toms_silence += u32::from(played.was_routed_on(&id));
        let old = played.end.duration_since(call.began_at) > SignedDuration::from_hours(2);
        let answered = call.actions().iter().any(|(_, acted)| world::is_answer(&acted.action));
        assert!(!old || answered, "{id} was answered by nobody");
    }
    assert_eq!(slow, 0, "they are told within 30 s of the evidence");
    assert!(by_toms_silence > 5 && tried_again > 3, "{by_toms_silence} {tried_again}");
}

#[test]
fn what_nobody_has_is_never_silent_for_long_however_the_night_and_the_mail_are() {
    let played = played(3);
    let (mut told, mut again) = (0, 0);
    for (id, call) in played.calls() {
        // Of what is left to people nobody is told.
        if !call.notices().keys().any(|it| it.starts_with("hub:route:")) {
            continue;
        }
        // Everybody's time to answer, a round's pause, and a while for the last.
        let longest = SignedDuration::from_mins(20);
        for pair in played.tried(&id).windows(2) {
            let silent = pair[1].duration_since(pair[0]);
            let answered = call.acknowledged_after(call.began_at).is_some_and(|it| it.1 <= pair[0]);
            assert!(answered || silent <= longest, "{id} was silent for {silent}");
        }
        told += 1;
        again += usize::from(call.notices().keys().any(|it| it.starts_with("hub:route:again:")));
    }
    assert!(told > 50 && again > 3, "{told} told, {again} in another round");
}

#[test]
fn figures_are_what_the_exported_events_say() {
    let played = played(4);
    let window = played.window();
    let mut tally = Tally::default();
    played.records.values().for_each(|record| tally.take(record, &window));
    let figures = tally.finish(&window);
    let counted = recount::of(&played);
    assert!(counted.missed > 20 && counted.acknowledged.len() > 10 && counted.noise > 0);
    assert_eq!(figures.offered, counted.offered);
    assert_eq!(figures.missed, counted.missed);
    assert_eq!(figures.answered.met, counted.offered - counted.missed);
    assert_eq!(figures.noise, counted.noise);
    assert!(counted.never_attempted > 10 && counted.missed_for_good > 10);
    assert_eq!(figures.never_attempted, counted.never_attempted);
    let at_risk = i64::try_from(counted.missed_for_good).unwrap() * 700;
    assert_eq!(figures.revenue_at_risk, crate::call::Money::dollars(at_risk));
    assert_eq!(figures.callbacks_late, counted.late);
    assert_eq!(figures.callbacks_in_time.met, counted.in_time);
    assert_eq!(figures.time_to_route.median, recount::percentile(&counted.routed, 50));
    assert_eq!(figures.time_to_acknowledge.p90, recount::percentile(&counted.acknowledged, 90));
    assert_eq!(figures.speed_to_lead.median, recount::percentile(&counted.reached, 50));
}

#[test]
fn a_restart_at_any_second_changes_nothing() {
    let rounds = std::env::var("CALLBOARD_DAYS").ok().and_then(|it| it.parse().ok()).unwrap_or(2);
    for seed in 0..rounds {
        let undisturbed = Day::new(seed, 60).play(&[]);
        let mut dice = fastrand::Rng::with_seed(seed);
        let seconds: Vec<i64> = (0..25).map(|_| dice.i64(0..25 * 3600)).collect();
        let restarted = Day::new(seed, 60).play(&seconds);
        for (id, events) in &undisturbed.journal {
            assert_eq!(&restarted.journal[id], events, "seed {seed}, {id}");
        }
        assert_eq!(restarted.journal.len(), undisturbed.journal.len());
        assert_eq!(restarted.rows, undisturbed.rows, "seed {seed}");
        assert_eq!(restarted.records, undisturbed.records, "seed {seed}");
    }
}

/// The call that these events make, judged as the hub judges.
fn folded(played: &Played, events: &[crate::call::Event]) -> Call {
    let mut call = Call::begin(&events[0]);
    events.iter().for_each(|event| call.apply(event));
    let mut judge = played.judge.clone();
    call.transcript.lines().iter().for_each(|line| judge.hear(line));
    call.assessment = judge.assessment();
    call
}
