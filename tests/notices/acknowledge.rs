//! By the link in a notice.

use callboard::wire::NoticeState;
use reqwest::StatusCode;

use super::{Desk, person};

const SAM: &str = "email:sam@example.com";

#[tokio::test(flavor = "multi_thread")]
async fn the_link_asks_and_its_button_acknowledges_once() {
    let mut desk = Desk::set_with(
        |plan| plan.roster = vec![person(plan, "Sam K.", &[SAM])],
        |options| options.door.public_url = Some("https://board.example.com".to_owned()),
    )
    .await;
    desk.flood("a").await;
    desk.route("a", "Sam K.").await;
    desk.notice("a", |it| it.state == NoticeState::Told).await;
    let body = desk.mail.mails()[0].body();
    let path = body.split("https://board.example.com").nth(1).unwrap();
    let path = path.split_whitespace().next().unwrap().to_owned();
    // The link outlives a restart.
    desk.stage.stop_hub().await;
    desk.stage.start_hub().await;
    let url = format!("{}{path}", desk.stage.url());
    // Whatever looks at links changes nothing.
    for _ in 0..2 {
        let page = desk.stage.http.get(&url).send().await.unwrap();
        assert_eq!(page.status(), StatusCode::OK);
        let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(policy.contains("default-src 'none'"), "{policy}");
        let text = page.text().await.unwrap();
        assert!(text.contains("I have it") && text.contains("Sam K., is it yours?"), "{text}");
    }
    desk.notice("a", |it| it.state == NoticeState::Told).await;
    let press = async || {
        let origin = "https://board.example.com";
        let answer = desk.stage.http.post(&url).header("Origin", origin).send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    };
    let (status, text) = press().await;
    assert!(status == StatusCode::OK && text.contains("Sam K. has it"), "{text}");
    press().await;
    let notice = desk.notice("a", |it| it.state == NoticeState::Acknowledged).await;
    assert_eq!(notice.acknowledged_by.unwrap().as_str(), "Sam K.");
    let actions = desk.stage.call("a").await.actions;
    assert_eq!(actions.iter().filter(|it| it.what.as_str() == "has it").count(), 1);
    let page = desk.stage.http.get(&url).send().await.unwrap().text().await.unwrap();
    assert!(!page.contains("<button>"), "{page}");
    // A link that was changed leads nowhere.
    let wrong = format!("{}{}x", desk.stage.url(), path);
    for answer in [desk.stage.http.get(&wrong), desk.stage.http.post(&wrong)] {
        assert_eq!(answer.send().await.unwrap().status(), StatusCode::NOT_FOUND);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_caller_says_is_no_part_of_the_page() {
    let desk = Desk::set_with(
        |plan| plan.roster = vec![person(plan, "Sam K.", &[SAM])],
        |options| options.door.public_url = Some("https://board.example.com".to_owned()),
    )
    .await;
    let mut message = crate::support::vapi::status("a", "in-progress", super::START);
    message["message"]["call"]["customer"]["name"] = "<script>alert(1)</script>".into();
    desk.stage.tell([message]).await;
    desk.route("a", "Sam K.").await;
    desk.notice("a", |it| it.state == NoticeState::Told).await;
    let body = desk.mail.mails()[0].body();
    let path = body.split("https://board.example.com").nth(1).unwrap();
    let url = format!("{}{}", desk.stage.url(), path.split_whitespace().next().unwrap());
    let page = desk.stage.http.get(&url).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("&lt;script&gt;") && !page.contains("<script>"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_says_late_that_they_have_it_has_it_on_the_board_and_in_salesforce() {
    let mut desk = Desk::set_with(
        |plan| {
            plan.roster = vec![
                person(plan, "Sam K.", &[SAM]),
                person(plan, "Lee P.", &["email:lee@example.com"]),
            ];
            plan.dispatch.acknowledge_seconds = 1;
            plan.dispatch.rounds = 1;
        },
        |options| options.door.public_url = Some("https://board.example.com".to_owned()),
    )
    .await;
    let users = desk.stage.org.records("User");
    let [sam, lee] = [0, 1].map(|user: usize| users[user]["Id"].as_str().unwrap().to_owned());
    desk.stage.stop_hub().await;
    desk.stage.plan.roster[0].owner_id = sam.clone();
    desk.stage.plan.roster[1].owner_id = lee.clone();
    desk.stage.start_hub().await;
    desk.flood("a").await;
    desk.route("a", "Sam K.").await;
    desk.notice("a", |it| it.to.as_str() == "Lee P." && it.state == NoticeState::Unanswered).await;
    desk.stage.lead_with("a", |lead| lead["OwnerId"] == lee.as_str()).await;
    // Sam comes out of the crawl space and presses the button of his mail.
    let body = desk.mail.mails()[0].body();
    let path = body.split("https://board.example.com").nth(1).unwrap();
    let url = format!("{}{}", desk.stage.url(), path.split_whitespace().next().unwrap());
    let origin = "https://board.example.com";
    let answer = desk.stage.http.post(&url).header("Origin", origin).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let notice = desk.notice("a", |it| it.state == NoticeState::Acknowledged).await;
    assert_eq!(notice.acknowledged_by.unwrap().as_str(), "Sam K.");
    let owner = desk.stage.call("a").await.summary.owner.unwrap();
    assert_eq!(owner.as_str(), "Sam K.");
    desk.stage.lead_with("a", |lead| lead["OwnerId"] == sam.as_str()).await;
    // A dispatcher who says so for somebody is not on the roster: it stays theirs.
    desk.flood("b").await;
    desk.route("b", "Sam K.").await;
    let ack = serde_json::json!({"do": "acknowledge"});
    assert!(desk.stage.receipt(crate::support::stage::ANN, "b", ack).await.done);
    desk.stage.lead_with("b", |lead| lead["OwnerId"] == sam.as_str()).await;
    desk.stage.settled().await;
    let routes = desk.stage.writes().await;
    let routes = routes.iter().filter(|it| it.call.as_str() == "vapi:b");
    let routes = routes.filter(|it| it.title.as_str().starts_with("Route"));
    assert_eq!(routes.count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_channel_of_several_whoever_presses_says_who_they_are() {
    let receiver = crate::support::receiver::Receiver::start().await;
    let url = receiver.url.clone();
    let desk = Desk::set_with(
        |plan| {
            plan.roster = vec![
                person(plan, "Ann", &["office"]),
                person(plan, "Tom", &[SAM, "office"]),
                person(plan, "Eve", &[SAM]),
            ];
        },
        move |options| {
            options.door.public_url = Some("https://board.example.com".to_owned());
            options.notice.channels.push(callboard::notice::Channel {
                name: "office".to_owned(),
                preset: Some("slack".to_owned()),
                url: Some(callboard::notice::Place::Url(url.clone())),
                ..Default::default()
            });
        },
    )
    .await;
    desk.flood("a").await;
    desk.route("a", "Ann").await;
    desk.notice("a", |it| it.state == NoticeState::Told).await;
    let body = receiver.posts()[0].body.clone();
    assert!(body.contains("For: Ann\\n") && body.contains("Ann gave it to you"), "{body}");
    let path = body.split("https://board.example.com").nth(1).unwrap();
    let url = format!("{}{}", desk.stage.url(), path.split(['"', '\\']).next().unwrap());
    let page = desk.stage.http.get(&url).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("It is for Ann") && page.contains("Tom has it"), "{page}");
    assert!(!page.contains("Eve"), "who does not read there is not asked: {page}");
    let press = async |body: &'static str| {
        let answer = desk.stage.http.post(&url).header("Origin", "https://board.example.com");
        answer.body(body).send().await.unwrap().text().await.unwrap()
    };
    // Nobody is taken at their silence, nor for somebody else.
    for body in ["", "who=Eve", "who=Mallory"] {
        assert!(press(body).await.contains("It is for Ann"), "{body}");
    }
    assert!(press("who=Tom").await.contains("Tom has it"));
    let notice = desk.notice("a", |it| it.state == NoticeState::Acknowledged).await;
    assert_eq!(notice.acknowledged_by.unwrap().as_str(), "Tom");
    let test = format!("{}/v1/ack/test", desk.stage.url());
    let page = desk.stage.http.get(test).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("This link works"), "{page}");
}
