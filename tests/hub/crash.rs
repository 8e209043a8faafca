//! The real hub, killed while webhooks stream in: what was acknowledged is in the journal, and the
//! org ends with each record once. `cargo run --example soak` is the long run of it.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    time::Duration,
};

use futures_util::future::join_all;

use crate::support::trial::{Came, Temper, Trial, ends};

const CALLS: usize = 12;

/// Where the hub is to die, and at which passage of that point.
const POINTS: &[(&str, u32)] = &[
    ("hook.read", 5),
    ("hook.understood", 9),
    ("hook.recorded", 3),
    ("commit.begun", 6),
    ("commit.written", 4),
    ("commit.done", 7),
    ("commit.shown", 5),
    ("commit.sent", 3),
    ("commit.answered", 8),
    ("stream.said", 4),
    ("delivery.begun", 2),
    ("delivery.answered", 2),
    ("delivery.noted", 3),
    ("match.answered", 1),
    ("token.granted", 1),
    ("token.kept", 1),
    ("migration.stepped", 2),
];

fn calls() -> Vec<String> {
    (0..CALLS).map(|number| format!("c{number}")).collect()
}

/// Calls come in while `meanwhile` is done to the hub; then everything is to be in its place.
async fn through(trial: &Trial, meanwhile: impl AsyncFnOnce(&Trial)) -> Came {
    let calls = calls();
    let speakers = async {
        join_all(calls.iter().enumerate().map(|(number, call)| trial.speak(call, number))).await;
    };
    let story = async {
        let trouble = async {
            meanwhile(trial).await;
            trial.start_hub()
        };
        let ((), hub) = tokio::join!(speakers, trouble);
        let (hub, came) = trial.settle(hub).await;
        let came = trial.compare(&calls, came).await;
        trial.end();
        hub.kill();
        came
    };
    let consoles = join_all([Temper::Quick, Temper::Slow, Temper::Hung].map(|it| trial.watch(it)));
    let (came, _) = tokio::join!(story, consoles);
    assert_eq!(came.acknowledged, CALLS * 7);
    assert_eq!((came.lost, came.twice), (0, 0), "{came:?}");
    came
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_again_and_again_nothing_is_lost_and_nothing_twice() {
    let rounds: u64 =
        std::env::var("CALLBOARD_CRASH_ROUNDS").ok().and_then(|it| it.parse().ok()).unwrap_or(1);
    for round in 0..rounds {
        let mut dice = fastrand::Rng::with_seed(round);
        let trial = Trial::set(round + 1).await;
        through(&trial, async |trial| {
            for _ in 0..4 {
                let hub = trial.start_hub();
                tokio::time::sleep(Duration::from_millis(dice.u64(20..250))).await;
                hub.kill();
            }
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn at_whatever_point_it_dies_nothing_is_lost_and_nothing_twice() {
    for points in POINTS.chunks(6) {
        join_all(points.iter().map(async |(point, passage)| {
            let trial = Trial::set(1).await;
            let came = through(&trial, async |trial| {
                let at = format!("{point}:{passage}");
                match trial.start_hub_to_crash(Some(&at)) {
                    Some(mut hub) => {
                        let died = ends(&mut hub, Duration::from_secs(60)).await;
                        assert!(died, "the hub never came to {at}");
                    }
                    None => assert!(at.starts_with("migration"), "{at} is before it is ready"),
                }
            })
            .await;
            // Salesforce has taken the old token back, and nobody has the new one: a person signs
            // in anew, and all that waited flows. At any other point that can only be where a token
            // happened to be asked for at that moment.
            let least = usize::from(*point == "token.granted");
            assert!((least..=1).contains(&came.logins), "{point}: {} logins", came.logins);
        }))
        .await;
    }
}

#[test]
fn every_point_in_the_program_is_one_at_which_it_dies() {
    let mut named = BTreeSet::new();
    let name = regex::Regex::new(r#"crash_point!\("([^"]+)"\)"#).unwrap();
    let mut folders = vec![PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension() == Path::new("x.rs").extension() {
                let text = std::fs::read_to_string(path).unwrap();
                named.extend(name.captures_iter(&text).map(|found| found[1].to_owned()));
            }
        }
    }
    let tried = POINTS.iter().map(|(name, _)| *name);
    // Those of notices and of ringing back have trials of their own.
    let told = crate::notices::crash::POINTS.iter().map(|(name, _)| *name);
    let rung = super::call_back_crash::POINTS.iter().map(|(name, _)| *name);
    let tried: BTreeSet<String> = tried.chain(told).chain(rung).map(str::to_owned).collect();
    assert_eq!(named, tried);
}
