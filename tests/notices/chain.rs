//! Who is told after whom, and when nobody is told any more.

use callboard::{call::Urgency, plan, wire::NoticeState};
use serde_json::json;

use super::{Desk, person};
use crate::support::stage::ANN;

const SAM: &str = "email:sam@example.com";
const LEE: &str = "email:lee@example.com";

/// Sam, then Lee; both on call, and a second to say that they have it.
fn two(plan: &mut plan::Settings) {
    plan.roster = vec![person(plan, "Sam K.", &[SAM]), person(plan, "Lee P.", &[LEE])];
    plan.dispatch.acknowledge_seconds = 1;
}

impl Desk {
    /// Who got mail about what was said in the calls so far.
    fn told(&self) -> Vec<String> {
        self.mail.mails().into_iter().map(|mail| mail.to).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_say_that_they_have_it_is_followed_by_the_next_until_somebody_does() {
    let desk = Desk::set(two).await;
    desk.flood("a").await;
    desk.route("a", "Sam K.").await;
    let next = |it: &callboard::wire::NoticeSummary| {
        it.to.as_str() == "Lee P." && it.state == NoticeState::Told
    };
    let notice = desk.notice("a", next).await;
    let reason = notice.reason.unwrap();
    assert_eq!(reason.as_str(), "Sam K. did not acknowledge within 1 s");
    let actions = desk.stage.call("a").await.actions;
    assert!(actions.iter().any(|it| it.operator.as_str() == "Callboard"), "{actions:?}");
    assert!(desk.stage.receipt(ANN, "a", json!({"do": "acknowledge"})).await.done);
    // The chain of a later call goes on past the time at which the first would have.
    desk.flood("b").await;
    desk.route("b", "Sam K.").await;
    desk.notice("b", next).await;
    desk.notice("b", |it| it.to.as_str() == "Sam K." && it.state == NoticeState::Told).await;
    let told = ["sam@example.com", "lee@example.com"];
    assert_eq!(desk.told(), [told[0], told[1], told[0], told[1], told[0]]);
    desk.notice("a", |it| it.state == NoticeState::Acknowledged).await;
    // In the end nobody is left to tell, and that shows.
    let last = |it: &callboard::wire::NoticeSummary| {
        it.to.as_str() == "Lee P." && it.state == NoticeState::Unanswered
    };
    desk.notice("b", last).await;
    assert_eq!(desk.told().len(), 6);
    // Who is told of it again reads so; and when it was, and each of its words once.
    let mails = desk.mail.mails();
    let (first, again) = (mails[2].body(), mails[4].body());
    assert!(!first.contains("Told again") && again.contains("Told again: "), "{again}");
    assert!(mails[4].header("Subject").unwrap().contains("Again: urgency 5"), "{}", mails[4].raw);
    assert!(again.contains("Called: ") && again.contains("still on the line"), "{again}");
    let history = desk.stage.call("b").await.actions;
    let passed_on = |it: &callboard::wire::ActionSummary| {
        it.what.as_str() == "routed it to Lee P.: Sam K. did not acknowledge within 1 s"
    };
    let told = |it: &callboard::wire::ActionSummary| it.what.as_str() == "told Sam K. by email";
    assert!(history.iter().any(passed_on), "{history:?}");
    assert_eq!(history.iter().filter(|it| told(it)).count(), 2, "{history:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_goes_on_where_the_chain_was() {
    let mut desk = Desk::set(two).await;
    desk.flood("a").await;
    desk.route("a", "Sam K.").await;
    desk.notice("a", |it| it.state == NoticeState::Told).await;
    desk.stage.stop_hub().await;
    desk.stage.start_hub().await;
    desk.notice("a", |it| it.to.as_str() == "Lee P." && it.state == NoticeState::Told).await;
    assert_eq!(desk.told(), ["sam@example.com", "lee@example.com"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_back_in_time_is_told_to_nobody() {
    let desk = Desk::set(|plan| {
        two(plan);
        plan.grace_seconds = 2;
        plan.dispatch.acknowledge_seconds = 600;
    })
    .await;
    desk.flood("a").await;
    let routed = desk.stage.receipt(ANN, "a", json!({"do": "route", "to": "Sam K."})).await;
    desk.stage.receipt(ANN, "a", json!({"do": "undo", "action": routed.id})).await;
    desk.flood("b").await;
    desk.route("b", "Lee P.").await;
    desk.notice("b", |it| it.state == NoticeState::Told).await;
    assert_eq!(desk.told(), ["lee@example.com"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_urgent_goes_to_whoever_is_on_call_by_itself() {
    let desk = Desk::set(|plan| {
        two(plan);
        plan.dispatch.automatic_urgency = Some(Urgency::HOT);
        plan.dispatch.acknowledge_seconds = 600;
    })
    .await;
    let question =
        crate::support::vapi::said("q", "user", "do you sell thermostats?", super::START);
    desk.stage.tell([question]).await;
    desk.flood("a").await;
    let notice = desk.notice("a", |it| it.state == NoticeState::Told).await;
    assert_eq!((notice.to.as_str(), notice.reason.unwrap().as_str()), ("Sam K.", "on call"));
    assert_eq!(desk.told(), ["sam@example.com"]);
    let owner = desk.stage.calls().await.into_iter().find(|it| it.id.as_str() == "vapi:q").unwrap();
    assert_eq!(owner.owner, None, "what can wait is left to people");
    // Salesforce gets the owner too.
    let sam = desk.stage.plan.roster[0].owner_id.clone();
    desk.stage.lead_with("a", |lead| lead["OwnerId"] == sam.as_str()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_scores_high_goes_to_sales_by_itself_when_the_call_is_over() {
    let desk = Desk::set(|plan| {
        two(plan);
        plan.roster[0].on_call = true;
        plan.roster[1].on_call = false;
        plan.roster[1].sales = true;
        plan.dispatch.automatic_sales = true;
    })
    .await;
    let say = |text: &str, at| crate::support::vapi::said("s", "user", text, super::START + at);
    desk.stage
        .tell([
            say("I own the house and want a new furnace installed next month", 1),
            say("My budget is six thousand dollars", 5),
        ])
        .await;
    let row = desk.stage.call("s").await.summary;
    assert!(row.score > 70 && row.owner.is_none(), "{row:?}");
    desk.stage.tell([crate::support::vapi::status("s", "ended", super::START + 60)]).await;
    let notice = desk.notice("s", |it| it.state == NoticeState::Told).await;
    assert_eq!(notice.to.as_str(), "Lee P.");
    assert!(notice.reason.unwrap().as_str().starts_with("scores "));
    assert_eq!(desk.told(), ["lee@example.com"]);
    let lee = desk.stage.plan.roster[1].owner_id.clone();
    desk.stage.lead_with("s", |lead| lead["OwnerId"] == lee.as_str()).await;
}
