//! Whoever is to ring a caller back reads the time that was named in the caller's own words.

use serde_json::json;

use super::{Desk, person};
use crate::support::{stage::ANN, until, vapi};

#[tokio::test(flavor = "multi_thread")]
async fn a_promise_has_the_callers_own_words_for_its_time() {
    let desk = Desk::set(|plan| {
        plan.roster = vec![person(plan, "Sam K.", &["email:sam@example.com"])];
    })
    .await;
    let start = jiff::Timestamp::now().as_second() - 60;
    let words = "My sink drain is slow. Call me back tomorrow at ten to four.";
    let said = [
        vapi::status("a", "in-progress", start),
        vapi::said("a", "user", words, start + 1),
        vapi::status("a", "ended", start + 20),
    ];
    desk.stage.tell(said).await;
    let order = json!({"do": "assign_callback", "to": "Sam K."});
    assert!(desk.stage.receipt(ANN, "a", order).await.done);
    let told = until("Sam is told of the callback", async || {
        desk.mail.mails().first().map(|mail| mail.body().to_owned())
    })
    .await;
    let when = told.lines().find(|line| line.starts_with("Call back: ")).expect(&told);
    assert!(when.contains(" 15:50 "), "{when}");
    assert!(when.ends_with(", asked for \"tomorrow at ten to four\""), "{when}");
}
