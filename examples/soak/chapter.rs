//! Twenty kills on one journal and one org, and what they came to.

use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::Duration,
};

use futures_util::future::join_all;
use tokio::time::sleep;

use crate::{
    Seen,
    process::Process,
    trial::{Temper, Trial, ends},
};

const KILLS: u32 = 20;

/// Connections that post calls, one after the other.
const LINES: usize = 16;

/// Where the hub is made to die, beside anywhere.
const POINTS: &[&str] = &[
    "hook.read",
    "hook.understood",
    "hook.recorded",
    "commit.begun",
    "commit.written",
    "commit.done",
    "commit.shown",
    "commit.sent",
    "commit.answered",
    "stream.said",
    "delivery.begun",
    "delivery.answered",
    "delivery.noted",
    "match.answered",
    "token.granted",
    "token.kept",
];

/// One chapter. What it came to is added only when all of it was seen.
pub async fn tell(seen: &mut Seen) {
    let trial = Trial::set(u64::from(seen.kills) + 1).await;
    let (next, enough) = (AtomicUsize::new(0), AtomicBool::new(false));
    let speak = async || {
        while !enough.load(Ordering::Relaxed) {
            let number = next.fetch_add(1, Ordering::Relaxed);
            trial.speak(&format!("c{number}"), number).await;
        }
    };
    let story = async {
        let trouble = async {
            let mut at_points = 0;
            for kill in 0..KILLS {
                // Every second one at a point, all of them in turn.
                let turn = (seen.kills + kill) as usize;
                at_points += match turn % 2 {
                    0 => u32::from(crash(&trial, POINTS[turn / 2 % POINTS.len()]).await),
                    _ => kill_anywhere(&trial).await,
                };
            }
            enough.store(true, Ordering::Relaxed);
            (trial.start_hub(), at_points)
        };
        let ((hub, at_points), _) = tokio::join!(trouble, join_all((0..LINES).map(|_| speak())));
        let (hub, came) = trial.settle(hub).await;
        let calls: Vec<String> =
            (0..next.load(Ordering::Relaxed)).map(|number| format!("c{number}")).collect();
        let came = trial.compare(&calls, came).await;
        let memory = hub.memory() / 1_000_000;
        trial.end();
        hub.kill();
        (at_points, calls.len(), came, memory)
    };
    let consoles = join_all([Temper::Quick, Temper::Slow, Temper::Hung].map(|it| trial.watch(it)));
    let ((at_points, calls, came, memory), _) = tokio::join!(story, consoles);
    seen.kills += KILLS;
    seen.at_points += at_points;
    seen.calls += calls;
    seen.acknowledged += came.acknowledged;
    seen.lost += came.lost;
    seen.twice += came.twice;
    seen.late += came.late;
    seen.logins += came.logins;
    seen.memory.push(memory);
}

/// The hub dies at a point; somewhere else when it does not come there soon. Whether it did.
async fn crash(trial: &Trial, point: &str) -> bool {
    let at = format!("{point}:{}", fastrand::u32(1..12));
    let Some(mut hub) = trial.start_hub_to_crash(Some(&at)) else { return true };
    let came_there = ends(&mut hub, Duration::from_secs(2)).await;
    hub.kill();
    came_there
}

/// The hub dies at a random moment.
async fn kill_anywhere(trial: &Trial) -> u32 {
    let hub: Process = trial.start_hub();
    sleep(Duration::from_millis(fastrand::u64(20..600))).await;
    hub.kill();
    0
}
