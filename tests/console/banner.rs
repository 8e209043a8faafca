//! The line that says whom nobody can tell, and whose webhooks are lost.

use callboard::{
    call::Text,
    wire::{FailingChannel, FailingSource, Fault, FromHub, Status},
};

use super::stage::Stage;
use crate::support::board;

#[test]
fn a_channel_that_takes_no_notices_has_a_banner_on_every_console() {
    for size in [(80, 24), (200, 60)] {
        let mut stage = Stage::new(size.0, size.1);
        let now = board::noon();
        let failing = FailingChannel {
            channel: "email".into(),
            since: board::ago(now, 300),
            people: vec!["Dana".into(), "Ann".into()],
        };
        let status = |failing_channels| Status { failing_channels, ..board::status() };
        stage.hub(FromHub::Hello(board::hello(now)));
        let calls = board::calls(now);
        let status_now = status(vec![failing]);
        stage.hub(FromHub::Snapshot { calls: calls.clone(), writes: vec![], status: status_now });
        let text = stage.text();
        let banner = text.lines().nth(2).unwrap();
        assert_eq!(banner.trim(), "email failing since 13:58: Ann, Dana not told", "{text}");
        stage.hub(FromHub::Snapshot { calls, writes: vec![], status: status(vec![]) });
        assert!(!stage.text().contains("failing"), "{}", stage.text());
    }
}

#[test]
fn several_channels_that_fail_are_said_whole_or_in_short_and_never_cut() {
    let now = board::noon();
    let failing = |channel: &str, ago, people: &[&str]| FailingChannel {
        channel: channel.into(),
        since: board::ago(now, ago),
        people: people.iter().map(|it| Text::new(it)).collect(),
    };
    let two = [failing("email", 300, &["Sam", "Tom"]), failing("office", 240, &["Sam"])];
    let told = [failing("email", 300, &["Tom"]), failing("office", 240, &[])];
    let long = ["Bartholomew", "Christopher", "Maximiliana", "Penthesilea"];
    let many = [failing("email", 300, &long), failing("office", 240, &long)];
    let more = [many[0].clone(), many[1].clone(), failing(&"x".repeat(60), 1, &["Sam"])];
    for (channels, width, said) in [
        (
            &two[..],
            100,
            "email failing since 13:58: Sam, Tom not told · office failing since 13:59: Sam not told",
        ),
        (&two[..], 80, "email, office failing since 13:58: Sam, Tom not told"),
        (&told[..], 80, "email failing since 13:58: Tom not told · office failing since 13:59"),
        (&many[..], 80, "email, office failing since 13:58: 4 not told"),
        (&more[..], 80, "3 channels failing since 13:58: 5 not told"),
        (
            &more[..],
            200,
            "email, office, XX failing since 13:58: Bartholomew, Christopher, Maximiliana, Penthesilea, Sam not told",
        ),
    ] {
        let mut stage = Stage::new(width, 24);
        stage.hub(FromHub::Hello(board::hello(now)));
        let status = Status { failing_channels: channels.to_vec(), ..board::status() };
        stage.hub(FromHub::Snapshot { calls: board::calls(now), writes: vec![], status });
        let text = stage.text();
        let said = said.replace("XX", &"x".repeat(60));
        assert_eq!(text.lines().nth(2).unwrap().trim(), said, "{text}");
    }
}

/// The line below the views of a console that is told this.
fn banner(width: u16, channels: &[FailingChannel], sources: &[FailingSource]) -> String {
    let now = board::noon();
    let mut stage = Stage::new(width, 24);
    stage.hub(FromHub::Hello(board::hello(now)));
    let status = Status {
        failing_channels: channels.to_vec(),
        failing_sources: sources.to_vec(),
        ..board::status()
    };
    stage.hub(FromHub::Snapshot { calls: board::calls(now), writes: vec![], status });
    stage.text().lines().nth(2).unwrap().trim().to_owned()
}

#[test]
fn webhooks_that_are_lost_are_said_with_why_where_there_is_room() {
    let now = board::noon();
    let failing = |source: &str, fault, ago, why: &str| FailingSource {
        source: source.into(),
        fault,
        since: board::ago(now, ago),
        why: why.into(),
        until: board::ago(now, -60),
    };
    let vapi = failing("vapi", Fault::Refused, 300, "the X-Vapi-Secret header is wrong");
    let ringly = failing("ringly", Fault::Unread, 60, "mapping.fields.id");
    let one = std::slice::from_ref(&vapi);
    let two = [vapi.clone(), ringly];
    let whole = "webhooks of vapi refused since 13:58: the X-Vapi-Secret header is wrong";
    assert_eq!(banner(80, &[], one), whole);
    assert_eq!(banner(66, &[], one), "webhooks of vapi refused since 13:58");
    let each = "webhooks of ringly not understood since 14:02: see mapping.fields.id";
    assert_eq!(banner(200, &[], &two), format!("{each} · {whole}"));
    let brief =
        "webhooks of ringly not understood since 14:02 · webhooks of vapi refused since 13:58";
    assert_eq!(banner(100, &[], &two), brief);
    assert_eq!(banner(80, &[], &two), "webhooks of ringly, vapi fail since 13:58");
    let role = failing("acme", Fault::Unread, 30, "mapping.fields.role");
    let id = failing("acme", Fault::Unread, 300, "mapping.fields.id");
    let both =
        "webhooks of acme not understood since 13:58: see mapping.fields.role, mapping.fields.id";
    assert_eq!(banner(100, &[], &[role.clone(), id.clone()]), both, "one source, one since when");
    assert_eq!(banner(80, &[], &[role, id]), both.split_once(": ").unwrap().0);

    let mail = FailingChannel {
        channel: "email".into(),
        since: board::ago(now, 300),
        people: vec!["Dana".into(), "Ann".into()],
    };
    let mail = std::slice::from_ref(&mail);
    let told = "email failing since 13:58: Ann, Dana not told";
    assert_eq!(banner(200, mail, one), format!("{told} · {whole}"));
    assert_eq!(banner(90, mail, one), format!("{told} · webhooks of vapi refused since 13:58"));
    assert_eq!(banner(60, mail, one), told, "people come first");
}

#[test]
fn what_is_over_has_no_banner() {
    let now = board::noon();
    let source = |until| FailingSource {
        source: "vapi".into(),
        fault: Fault::Unread,
        since: board::ago(now, 4_000),
        why: "mapping.fields.id".into(),
        until,
    };
    let over = banner(80, &[], &[source(board::ago(now, 1))]);
    assert_eq!(over, banner(80, &[], &[]));
    assert_ne!(over, banner(80, &[], &[source(board::ago(now, -60))]));
}
