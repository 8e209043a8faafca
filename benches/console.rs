//! The console: a frame, an update, a key, at a hundred and at a hundred thousand calls.

use std::{hint::black_box, sync::Arc};

use callboard::{
    call::{CallId, CallState, Rating, SourceName, Urgency},
    console::{
        FromLink,
        keys::{Chord, Keymap},
        screen::Screen,
        state::{Settings, State},
        theme::Theme,
        update::{Message, update},
        view,
    },
    wire::{CallSummary, Destination, FromHub, Hello, OperatorRole, PROTOCOL, Status, Sync},
};
use criterion::Criterion;
use jiff::{SignedDuration, Timestamp};

fn call(now: Timestamp, n: u32, version: u64) -> CallSummary {
    let urgency = Urgency::new(1 + u8::try_from(n % 5).unwrap_or(0)).unwrap_or_default();
    CallSummary {
        id: CallId::new(&SourceName::new("vapi"), &format!("c{n}")),
        version,
        state: if n.is_multiple_of(7) { CallState::Talking } else { CallState::Ended },
        stale: false,
        began_at: now - SignedDuration::from_secs(i64::from(n % 5_000)),
        answered_at: None,
        ended_at: None,
        duration_seconds: None,
        name: Some(format!("Caller Number {n}").as_str().into()),
        phone: None,
        outbound: false,
        do_not_call: None,
        known: None,
        urgency,
        rating: Rating::of(urgency, true),
        score: 50,
        service: None,
        budget: None,
        wants: Some("burst pipe, water everywhere".into()),
        callback: None,
        owner: None,
        proposal: None,
        proposal_reason: None,
        claim: None,
        disposed: None,
        notice: None,
        callback_notice: None,
        call_back: None,
        sync: Sync::Done,
        taken_by: None,
        wrapped_up: false,
    }
}

fn board(calls: u32) -> (State, Timestamp) {
    let now = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(500_000);
    let settings = Settings { keys: Arc::new(Keymap::default()), ..Settings::default() };
    let mut state = State::new(settings, (200, 60), now);
    let hello = Hello {
        protocol: PROTOCOL,
        version: "0".into(),
        operator: "bench".into(),
        role: OperatorRole::Dispatcher,
        now,
        zone: "UTC".into(),
        business: "bench".into(),
        demo: false,
        grace_seconds: 15,
        owners: vec![],
        places_calls: false,
    };
    let snapshot = FromHub::Snapshot {
        calls: (0..calls).map(|n| call(now, n, 1)).collect(),
        writes: vec![],
        status: Status::at_start(Destination::Open),
    };
    for message in [FromHub::Hello(hello), snapshot] {
        update(&mut state, now, Message::Link(Box::new(FromLink::Hub(message))));
    }
    (state, now)
}

fn key(name: &str) -> Message {
    let chord: Option<Chord> = name.parse().ok();
    chord.map_or(Message::Tick, |chord| Message::Key(chord.event()))
}

/// Bytes of this process in memory; none where the system doesn't say.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

/// What a board of a hundred thousand calls takes; said once, for it is no time.
#[expect(clippy::print_stdout, reason = "a bench tells on the terminal")]
fn memory() {
    let Some(before) = resident() else { return };
    let (state, _) = board(100_000);
    let Some(after) = resident() else { return };
    let grown = after.saturating_sub(before);
    println!("console/memory of {} calls: {} MB", state.board.live.len(), grown / 1_000_000);
}

/// Frames, updates and keys.
pub fn console(c: &mut Criterion) {
    memory();
    let theme = Theme::default();
    for calls in [100, 100_000] {
        let (mut state, now) = board(calls);
        let mut screen = Screen::new(200, 60);
        c.bench_function(&format!("console/frame of {calls} calls at 200x60"), |b| {
            b.iter(|| {
                let bytes = screen.frame(|buffer| view::draw(&state, &theme, buffer));
                black_box(bytes.len())
            });
        });
        c.bench_function(&format!("console/key down among {calls} calls"), |b| {
            b.iter(|| black_box(update(&mut state, now, key("down")).len()));
        });
        c.bench_function(&format!("console/a page down and up among {calls} calls"), |b| {
            b.iter(|| {
                update(&mut state, now, key("pagedown"));
                update(&mut state, now, key("pagedown"));
                update(&mut state, now, key("pageup"));
                black_box(update(&mut state, now, key("pageup")).len())
            });
        });
        let mut fresh = Screen::new(200, 60);
        c.bench_function(&format!("console/everything drawn anew, {calls} calls at 200x60"), |b| {
            b.iter(|| {
                fresh.forget();
                black_box(fresh.frame(|buffer| view::draw(&state, &theme, buffer)).len())
            });
        });
        let mut version = 1;
        c.bench_function(&format!("console/update of a call among {calls}, rows waiting"), |b| {
            b.iter(|| {
                version += 1;
                let calls = vec![call(now, u32::try_from(version % 90).unwrap_or(0), version)];
                let message = FromHub::Update {
                    calls,
                    gone_calls: vec![],
                    writes: vec![],
                    gone_writes: vec![],
                    status: None,
                };
                let said = Message::Link(Box::new(FromLink::Hub(message)));
                black_box(update(&mut state, now, said).len())
            });
        });
        let mut later = now;
        c.bench_function(&format!("console/20 rows move among {calls}"), |b| {
            b.iter(|| {
                later += SignedDuration::from_secs(1);
                version += 1;
                let calls = (0..20)
                    .map(|n| CallSummary { urgency: Urgency::EMERGENCY, ..call(later, n, version) })
                    .collect();
                let message = FromHub::Update {
                    calls,
                    gone_calls: vec![],
                    writes: vec![],
                    gone_writes: vec![],
                    status: None,
                };
                let said = Message::Link(Box::new(FromLink::Hub(message)));
                black_box(update(&mut state, later, said).len())
            });
        });
        c.bench_function(&format!("console/filter typed among {calls} calls"), |b| {
            b.iter(|| {
                update(&mut state, later, key("/"));
                for letter in ["9", "9", "7"] {
                    update(&mut state, later, key(letter));
                }
                black_box(update(&mut state, later, key("esc")).len())
            });
        });
    }
}
