//! What an operator is called for, and when not.

use callboard::{
    call::CallState,
    console::{
        FromLink, Obstacle,
        alerts::{Alerts, Notify, Occasion, QuietHours},
        state::Settings,
        update::Effect,
    },
    wire::{CallSummary, FromHub, WriteState},
};

use super::stage::Stage;
use crate::support::board;

fn stage(alerts: Alerts) -> Stage {
    let mut stage = Stage::with(&Settings { alerts, ..Settings::default() }, 80, 24);
    stage.connect();
    stage.asked();
    stage
}

fn ring(stage: &mut Stage, name: &str, urgency: u8) -> Vec<Effect> {
    let call = CallSummary {
        service: Some(callboard::call::Service("HVAC".into())),
        ..board::call(stage.now, name, urgency, CallState::Ringing, 0)
    };
    stage.hub(FromHub::Update {
        calls: vec![call],
        gone_calls: vec![],
        writes: vec![],
        gone_writes: vec![],
        status: None,
    });
    stage.asked()
}

#[test]
fn what_comes_while_it_just_rang_rings_once_together() {
    let mut stage = stage(Alerts { notify: Notify::Osc9, ..Alerts::default() });
    assert_eq!(ring(&mut stage, "one", 5).len(), 2, "a bell and a notification");
    for name in ["two", "three", "four"] {
        stage.wait(1);
        assert_eq!(ring(&mut stage, name, 4), [], "{name}");
    }
    let rung = stage.wait(8).asked();
    let [Effect::Bell, Effect::Notify(text)] = rung.as_slice() else { panic!("{rung:?}") };
    assert!(text.contains("and 2 more"), "{text}");
    assert_eq!(stage.wait(30).asked(), []);
}

#[test]
fn rules_name_what_and_whose() {
    let only = "svc:hvac urg:5".to_owned();
    let mut one = stage(Alerts { only, ..Alerts::default() });
    assert_eq!(ring(&mut one, "one", 4), []);
    assert_eq!(ring(&mut one, "two", 5), [Effect::Bell]);
    let mut none = stage(Alerts { on: vec![], ..Alerts::default() });
    assert_eq!(ring(&mut none, "one", 5), []);
    let mut silent = stage(Alerts { bell: false, notify: Notify::Osc777, ..Alerts::default() });
    assert!(matches!(&ring(&mut silent, "one", 5)[..], [Effect::Notify(_)]));
}

#[test]
fn in_quiet_hours_and_while_muted_nothing_rings() {
    // The stage's clock stands at noon of the business.
    let hours = |text: &str| Some(QuietHours::try_from(text.to_owned()).unwrap());
    let at = |stage: &Stage| stage.now.to_zoned(stage.state.zone.clone()).hour();
    let mut quiet = stage(Alerts::default());
    let hour = at(&quiet);
    let alerts =
        Alerts { quiet: hours(&format!("{hour:02}:00-{:02}:59", hour)), ..Alerts::default() };
    quiet = stage(alerts);
    assert_eq!(ring(&mut quiet, "one", 5), []);
    let mut muted = stage(Alerts::default());
    muted.press("M");
    assert_eq!(ring(&mut muted, "one", 5), []);
}

#[test]
fn late_callbacks_failed_writes_and_a_lost_hub_call_whoever_asks_for_it() {
    let on = vec![Occasion::LateCallback, Occasion::FailedWrite, Occasion::Stale];
    let mut stage = stage(Alerts { on, notify: Notify::Osc99, ..Alerts::default() });
    // One callback is late when the console starts; the next one is in ten minutes.
    stage.wait(590);
    let said = |stage: &mut Stage| match stage.asked().as_slice() {
        [Effect::Bell, Effect::Notify(text)] => text.clone(),
        other => format!("{other:?}"),
    };
    stage.asked();
    stage.wait(20);
    assert_eq!(said(&mut stage), "2 callbacks are late");
    stage.wait(20);
    let mut write = board::writes(stage.now).remove(1);
    (write.state, write.version) = (WriteState::Failed, 2);
    stage.hub(FromHub::Update {
        calls: vec![],
        gone_calls: vec![],
        writes: vec![write],
        gone_writes: vec![],
        status: None,
    });
    assert!(said(&mut stage).starts_with("failed: Update Lead for Chidi"));
    stage.wait(20);
    stage.link(FromLink::Lost {
        why: "silent".to_owned(),
        retry_in: None,
        obstacle: Obstacle::Silence,
    });
    assert!(said(&mut stage).starts_with("the hub is out of reach"));
}
