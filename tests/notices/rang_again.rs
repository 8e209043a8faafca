//! A caller who rings again is no stranger: whoever is told of it learns who has the first call.

use callboard::wire::NoticeState;
use serde_json::{Value, json};

use super::{Desk, START, person};
use crate::support::{stage::ANN, vapi};

const SAM: &str = "email:sam@example.com";
const WORDS: &str = "My basement is flooding, a pipe burst, I need someone now";

/// Of the one caller there is.
fn theirs(mut message: Value) -> Value {
    message["message"]["call"]["customer"]["number"] = json!("+12125550199");
    message
}

async fn desk() -> Desk {
    Desk::set(|plan| plan.roster = vec![person(plan, "Sam K.", &[SAM])]).await
}

/// They ring and are spoken with.
async fn spoken(desk: &Desk, call: &str, at: i64) {
    let call = [vapi::status(call, "in-progress", at), vapi::said(call, "user", WORDS, at + 1)];
    desk.stage.tell(call.map(theirs)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_told_of_a_caller_who_rings_again_learns_who_has_the_first_call() {
    let desk = desk().await;
    spoken(&desk, "a", START).await;
    desk.route("a", "Sam K.").await;
    desk.notice("a", |it| it.state == NoticeState::Told).await;
    let order = json!({"do": "acknowledge"});
    assert!(desk.stage.receipt(ANN, "a", order).await.done);
    spoken(&desk, "b", START + 600).await;
    desk.route("b", "Sam K.").await;
    desk.notice("b", |it| it.state == NoticeState::Told).await;
    let mails = desk.mail.mails();
    assert!(!mails[0].body().contains("Rang before"), "{}", mails[0].body());
    let told = mails[1].body();
    let before = told.lines().find(|line| line.starts_with("Rang before: ")).unwrap();
    assert!(before.ends_with("; Ann has that"), "{before}");
    let subject = mails[1].header("Subject").unwrap();
    assert!(subject.starts_with("Rang again, urgency 5: "), "{subject}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_to_ring_back_learns_that_the_caller_got_through_since() {
    let desk = desk().await;
    // Not so long ago that it is late before the caller rings again.
    let start = jiff::Timestamp::now().as_second() - 60;
    desk.stage.tell([theirs(vapi::status("a", "ended", start))]).await;
    spoken(&desk, "b", start + 20).await;
    // One that nobody took is none in which they got through.
    desk.stage.tell([theirs(vapi::status("c", "ended", start + 40))]).await;
    let order = json!({"do": "assign_callback", "to": "Sam K."});
    assert!(desk.stage.receipt(ANN, "a", order).await.done);
    let told = crate::support::until("Sam is told of the callback", async || {
        desk.mail.mails().first().map(|mail| mail.body().to_owned())
    })
    .await;
    let since = told.lines().find(|line| line.starts_with("Rang again: ")).expect(&told);
    assert!(since.ends_with(", and was answered; nobody has that"), "{since}");
    assert!(!told.contains("Rang before"), "{told}");
}
