//! Bytes: what a board costs on the wire, and that a slow line is never far behind. Real frames in
//! virtual time.

use std::time::{Duration, Instant};

use callboard::{
    call::CallState,
    console::pace::Pace,
    wire::{CallSummary, FromHub},
};
use jiff::SignedDuration;

use super::stage::Stage;
use crate::support::board;

/// A board of so many calls somebody talks on.
fn talking(columns: u16, rows: u16, calls: u32) -> Stage {
    let mut stage = Stage::new(columns, rows);
    let now = stage.now;
    stage.hub(FromHub::Hello(board::hello(now)));
    let calls = (0..calls).map(|n| call(&stage, n, 1)).collect();
    stage.hub(FromHub::Snapshot { calls, writes: vec![], status: board::status() });
    stage.hub(FromHub::Detail(Box::new(board::detail(now))));
    stage
}

fn call(stage: &Stage, n: u32, version: u64) -> CallSummary {
    let urgency = 1 + u8::try_from((u64::from(n) + version / 3) % 5).unwrap();
    CallSummary {
        version,
        name: Some(format!("Caller Number {n}").as_str().into()),
        wants: Some(format!("burst pipe, {version} rooms").as_str().into()),
        score: u8::try_from(version % 100).unwrap(),
        ..board::call(stage.now, &format!("c{n}"), urgency, CallState::Talking, 30)
    }
}

struct Measured {
    /// Bytes a second, without the first frame.
    bytes: f64,
    /// The longest anything was under way.
    behind: f64,
    frames: u32,
}

/// A minute of so many events a second, over a line that takes `rate` bytes a second and holds
/// whatever more it is given.
fn minute(stage: &mut Stage, events: u32, rate: f64, slow: bool) -> Measured {
    const STEP: f64 = 0.02;
    let begin = Instant::now();
    let mut pace = Pace::new(slow, begin);
    let (mut queue, mut bytes, mut behind, mut frames, mut version) = (0.0f64, 0, 0.0f64, 0, 1);
    let mut owed = 0.0;
    for step in 0..3_000 {
        let at = begin + Duration::from_secs_f64(f64::from(step) * STEP);
        stage.now += SignedDuration::from_millis(20);
        owed += f64::from(events) * STEP;
        let due = owed as u32;
        owed -= f64::from(due);
        let calls: Vec<_> = (0..due)
            .map(|_| {
                version += 1;
                call(stage, u32::try_from(version % 20).unwrap(), version)
            })
            .collect();
        if calls.is_empty() {
            stage.wait(0);
        } else {
            stage.hub(FromHub::Update {
                calls,
                gone_calls: vec![],
                writes: vec![],
                gone_writes: vec![],
                status: None,
            });
        }
        queue = (queue - STEP * rate).max(0.0);
        if stage.state.changed && pace.wait(false, at).is_zero() {
            let frame = stage.frame().len();
            pace.sent(frame, at);
            pace.took(frame, Duration::ZERO, at);
            queue += frame as f64;
            behind = behind.max(queue / rate);
            // The first frame paints everything.
            if step > 0 {
                bytes += frame;
            }
            frames += 1;
        }
    }
    Measured { bytes: bytes as f64 / 60.0, behind, frames }
}

#[test]
fn two_kilobytes_a_second_are_enough_for_two_hundred_events_a_second() {
    for (columns, rows) in [(80, 24), (120, 40)] {
        let mut stage = talking(columns, rows, 20);
        let first = stage.frame().len();
        let measured = minute(&mut stage, 200, 2_000.0, true);
        println!(
            "{columns}x{rows} over 2 kB/s: first frame {first} B, {:.0} B/s, {:.2} s behind, {} frames",
            measured.bytes, measured.behind, measured.frames
        );
        assert!(first < 7_000, "a first frame of {first} bytes");
        assert!(measured.behind <= 2.0, "{} s behind", measured.behind);
        assert!(measured.frames > 30, "{} frames in a minute", measured.frames);
    }
}

#[test]
fn a_storm_costs_the_own_terminal_twelve_kilobytes_a_second_at_most() {
    let mut stage = talking(120, 40, 20);
    stage.frame();
    let measured = minute(&mut stage, 200, 1e9, false);
    println!("200 events/s at 120x40: {:.0} B/s, {} frames", measured.bytes, measured.frames);
    assert!(measured.bytes <= 12_000.0, "{} bytes a second", measured.bytes);
    assert!(measured.frames > 200, "{} frames in a minute", measured.frames);
}

#[test]
fn an_idle_board_is_almost_silent() {
    let mut stage = talking(120, 40, 20);
    stage.frame();
    let measured = minute(&mut stage, 0, 1e9, false);
    println!("idle, 20 calls, 120x40: {:.0} B/s", measured.bytes);
    assert!(measured.bytes <= 350.0, "{} bytes a second", measured.bytes);
}
