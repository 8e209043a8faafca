//! Folding an event into a call.

use callboard::call::{Call, CallId, Event, Fact, Line, Role, SourceName, Text};
use criterion::Criterion;
use jiff::Timestamp;

fn said(call: &CallId, n: i64) -> Event {
    let at = Timestamp::from_second(1_776_178_800 + n).unwrap_or_default();
    let text = Text::from("my basement is flooding and water is everywhere");
    let line = Line { at, role: Role::Caller, text };
    Event {
        call: call.clone(),
        key: n.to_string(),
        sent_at: at,
        received_at: at,
        facts: vec![Fact::Said(line)],
    }
}

/// One more line for a call that has spoken 200.
pub fn fold(c: &mut Criterion) {
    let id = CallId::new(&SourceName::new("vapi"), "bench");
    let mut call = Call::begin(&said(&id, 0));
    for n in 0..200 {
        call.apply(&said(&id, n));
    }
    let next = said(&id, 200);
    c.bench_function("call/fold one line into 200", |b| {
        b.iter_batched(
            || call.clone(),
            |mut call| call.apply(&next),
            criterion::BatchSize::SmallInput,
        );
    });
}
