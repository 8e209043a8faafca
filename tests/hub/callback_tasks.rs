//! The Task of a promise to ring back, from the webhook to the org.

use callboard::sandbox::org::{self, Fault, FaultKind};
use serde_json::{Map, Value, json};

use crate::support::{
    stage::{ANN, Stage},
    until, vapi,
};

const START: i64 = 1_776_178_800;

/// A call from one number that nobody took.
fn missed(call: &str, at: i64) -> Value {
    let mut message = vapi::status(call, "ended", at);
    message["message"]["call"]["customer"]["number"] = json!("+12125550199");
    message
}

/// The org's Tasks of promises; their calls stand in a field of each.
fn promises(org: &org::Running) -> Vec<Map<String, Value>> {
    let of_promise = |task: &Map<String, Value>| {
        let text = |field: &str| task.get(field).and_then(Value::as_str).unwrap_or_default();
        [text("CallObject"), text("Callboard_Id__c")].iter().any(|id| id.ends_with("/callback"))
    };
    org.records("Task").into_iter().filter(of_promise).collect()
}

/// Waits until there is one, and it fits.
async fn promise_with(
    org: &org::Running,
    fits: impl Fn(&Map<String, Value>) -> bool,
) -> Map<String, Value> {
    until(&format!("the Task is right; there is {:#?}", promises(org)), async || {
        let [task] = &promises(org)[..] else { return None };
        fits(task).then(|| task.clone())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn three_missed_calls_are_one_task_that_ends_with_the_promise() {
    let mut stage = Stage::set().await;
    stage.tell([missed("a", START)]).await;
    let task = promise_with(&stage.org, |_| true).await;
    assert_eq!(task["WhoId"], stage.lead("a").unwrap()["Id"]);
    assert_eq!(task["Subject"], "Call back (212) 555-0199");
    assert_eq!((&task["Status"], &task["IsClosed"]), (&json!("Not Started"), &json!(false)));
    assert_eq!(
        (&task["IsReminderSet"], &task["CallObject"]),
        (&true.into(), &"vapi:a/callback".into())
    );

    stage.tell([missed("b", START + 60), missed("c", START + 120)]).await;
    let more = |task: &Map<String, Value>| {
        task["Description"].as_str().is_some_and(|it| it.contains("Called 3 times in all."))
    };
    promise_with(&stage.org, more).await;

    let order = json!({"do": "assign_callback", "to": "Sam K."});
    stage.receipt(ANN, "a", order).await;
    let sam = stage.plan.roster[0].owner_id.clone();
    promise_with(&stage.org, |task| task["OwnerId"] == sam).await;
    let due = (jiff::Timestamp::now() + jiff::SignedDuration::from_hours(30)).to_string();
    stage.receipt(ANN, "a", json!({"do": "reschedule", "due": due})).await;
    promise_with(&stage.org, |task| {
        task["ReminderDateTime"].as_str().is_some_and(|at| at.starts_with(&due[..19]))
            && task["ActivityDate"] == due[..10]
    })
    .await;

    // A restart repeats nothing.
    stage.settled().await;
    stage.stop_hub().await;
    let before = stage.org.api_calls();
    stage.start_hub().await;
    stage.tell([missed("a", START)]).await;
    stage.settled().await;
    assert_eq!(stage.org.api_calls(), before);

    stage.receipt(ANN, "a", json!({"do": "attempt", "outcome": "no_answer"})).await;
    let tried = |task: &Map<String, Value>| {
        task["Description"].as_str().is_some_and(|it| it.contains("Ann: no answer"))
    };
    promise_with(&stage.org, tried).await;
    stage.receipt(ANN, "a", json!({"do": "attempt", "outcome": "connected"})).await;
    let task = promise_with(&stage.org, |task| task["IsClosed"] == true).await;
    assert_eq!(task["IsReminderSet"], false);
    assert!(task["Description"].as_str().unwrap().starts_with("Kept"), "{task:#?}");
    assert_eq!(
        stage.org.records("Lead").iter().filter(|it| it["Phone"] == "+12125550199").count(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_is_not_to_be_called_closes_its_task_and_opens_it_again() {
    let stage = Stage::set().await;
    stage.tell([missed("a", START)]).await;
    promise_with(&stage.org, |task| task["IsClosed"] == false).await;
    let say = async |what: &str| {
        let order = json!({ "do": what, "number": "+12125550199" });
        assert!(stage.act(ANN, "/v1/do-not-call", order).await.0.is_success());
    };
    say("add").await;
    let task = promise_with(&stage.org, |task| task["IsClosed"] == true).await;
    assert!(task["Description"].as_str().unwrap().starts_with("Withdrawn: the number is not"));
    say("remove").await;
    promise_with(&stage.org, |task| task["IsClosed"] == false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_makes_no_second_task_with_and_without_our_field() {
    for field in [None, Some("Callboard_Id__c")] {
        let stage = Stage::set_with(|plan| {
            let of_task = field.map(|field| ("Task".to_owned(), field.to_owned()));
            plan.external_id.extend(of_task);
        })
        .await;
        stage.org.set_fault(Fault::new(FaultKind::DropAfterCommit).on("Task").times(1));
        stage.tell([missed("a", START)]).await;
        stage.settled().await;
        promise_with(&stage.org, |task| task["IsClosed"] == false).await;
        stage.org.set_fault(Fault::new(FaultKind::DropAfterCommit).on("Task").times(1));
        stage.receipt(ANN, "a", json!({"do": "callback", "kept": true})).await;
        promise_with(&stage.org, |task| task["IsClosed"] == true).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_whose_end_is_never_heard_has_its_task_when_it_is_due() {
    let stage = Stage::set().await;
    let now = jiff::Timestamp::now().as_second();
    // It began so long ago that a Hot caller is to be rung in two seconds.
    let began = now - 300 + 2;
    stage.tell([vapi::status("a", "in-progress", began)]).await;
    let line = "My basement is flooding, please call me back";
    stage.tell([vapi::said("a", "user", line, began + 3)]).await;
    stage.settled().await;
    assert!(promises(&stage.org).is_empty(), "the call goes on");
    promise_with(&stage.org, |task| task["Priority"] == "High").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn off_nothing_is_written() {
    let stage = Stage::set_with(|plan| plan.callback_tasks = false).await;
    stage.tell([missed("a", START)]).await;
    stage.receipt(ANN, "a", json!({"do": "attempt", "outcome": "connected"})).await;
    stage.settled().await;
    assert!(stage.lead("a").is_some() && promises(&stage.org).is_empty());
}
