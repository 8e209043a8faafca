//! By webhook: Slack, Teams, ntfy, PagerDuty, and whatever else takes one.

use callboard::{
    call::Text,
    notice::{Channel, Format, Message, Messenger, Place, Settings},
    secret::SecretRef,
    wire::NoticeState,
};
use serde_json::{Value, json};

use super::{Desk, person};
use crate::support::receiver::Receiver;

/// What a caller who means harm may have said.
const EVIL: &str =
    "\"}],\"x\":1}\\ {{ token }} <!channel> <https://evil.example|here> & \u{1f4a5}'";

fn preset(name: &str, receiver: &Receiver) -> Channel {
    Channel {
        name: name.to_owned(),
        preset: Some(name.to_owned()),
        url: Some(Place::Url(receiver.url.clone())),
        token: Some(SecretRef::given("t0ken")),
        ..Channel::default()
    }
}

fn by(channel: Channel) -> Settings {
    Settings { channels: vec![channel], ..Settings::default() }
}

fn messenger(channel: Channel) -> Messenger {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Messenger::new(&by(channel)).unwrap()
}

fn message() -> Message {
    let evil = || Some(Text::new(EVIL));
    Message {
        caller: evil(),
        wants: evil(),
        address: evil(),
        service: evil(),
        why: evil().into_iter().collect(),
        ..Message::sample()
    }
}

/// Sends a hostile message by a preset and returns what arrived.
async fn sent(name: &str, way: &str) -> Value {
    let receiver = Receiver::start().await;
    messenger(preset(name, &receiver)).send(&way.into(), &message()).await.unwrap();
    let posts = receiver.posts();
    assert_eq!(posts.len(), 1);
    assert_eq!(posts[0].headers["content-type"], "application/json");
    posts[0].json()
}

#[tokio::test]
async fn slack_shows_what_was_said_and_does_nothing_of_it() {
    let sent = sent("slack", "slack").await;
    assert!(sent["text"].as_str().unwrap().contains("&lt;!channel&gt;"), "{sent}");
    assert_eq!(sent["blocks"][1]["text"]["type"], "plain_text");
    assert!(sent["blocks"][1]["text"]["text"].as_str().unwrap().contains(EVIL), "{sent}");
    let button = &sent["blocks"][2]["elements"][0];
    assert_eq!(button["url"], "https://callboard.example.com/test");
    assert!(sent["x"].is_null());
}

#[tokio::test]
async fn teams_gets_a_card_of_plain_text() {
    let sent = sent("teams", "teams").await;
    let card = &sent["attachments"][0]["content"];
    assert_eq!(card["type"], "AdaptiveCard");
    let lines = card["body"].as_array().unwrap();
    assert!(lines.iter().all(|line| line["type"] == "RichTextBlock"), "{card}");
    assert!(lines.iter().any(|line| line["inlines"][0]["text"] == format!("Caller: {EVIL}")));
    assert_eq!(card["actions"][0]["type"], "Action.OpenUrl");
}

#[tokio::test]
async fn ntfy_gets_the_topic_of_the_person() {
    let sent = sent("ntfy", "ntfy:sams-phone").await;
    assert_eq!((&sent["topic"], &sent["priority"]), (&json!("sams-phone"), &json!(5)));
    assert!(sent["message"].as_str().unwrap().contains(EVIL));
    // Who is told by ntfy needs a topic, or all would go nowhere.
    let receiver = Receiver::start().await;
    let settings = by(preset("ntfy", &receiver));
    assert!(settings.check_ways(&["ntfy".into()]).unwrap_err().contains("ntfy:ADDRESS"));
    assert!(settings.check_ways(&["ntfy:x".into()]).is_ok());
    assert!(settings.check_ways(&["pager".into()]).is_err());
}

#[tokio::test]
async fn pagerduty_knows_a_repetition() {
    let sent = sent("pagerduty", "pagerduty").await;
    assert_eq!(sent["routing_key"], "t0ken");
    assert_eq!(sent["event_action"], "trigger");
    assert_eq!(sent["dedup_key"], message().id());
    assert_eq!(sent["payload"]["custom_details"]["caller"], EVIL);
    assert_eq!(sent["payload"]["severity"], "critical");
}

#[tokio::test]
async fn a_template_of_ones_own_decides_what_is_sent() {
    let receiver = Receiver::start().await;
    let own = |body: &str| Channel {
        name: "own".to_owned(),
        url: Some(Place::Url(receiver.url.clone())),
        token: Some(SecretRef::given("t0ken")),
        method: Some("PUT".to_owned()),
        headers: [("X-Key".to_owned(), "{{ token }}".to_owned())].into(),
        body: Some(body.to_owned()),
        ..Channel::default()
    };
    let text = Channel {
        format: Some(Format::Text),
        ..own("to={{ recipient|urlencode }}&text={{ caller|urlencode }}")
    };
    messenger(text).send(&"own:a&b".into(), &message()).await.unwrap();
    let post = &receiver.posts()[0];
    assert_eq!(post.headers["x-key"], "t0ken");
    assert!(post.body.starts_with("to=a%26b&text=%22"), "{}", post.body);
    // What can't work is found when the hub starts, with the channel's name.
    for wrong in ["{{ nobody }}", "{\"a\": {{ caller }}", "{% for %}"] {
        let error = Messenger::new(&by(own(wrong))).unwrap_err().to_string();
        assert!(error.starts_with("channel own: "), "{error}");
    }
    let mut spoken = own("{}");
    spoken.headers.insert("X-Caller".to_owned(), "{{ caller }}".to_owned());
    assert!(Messenger::new(&by(spoken)).is_err(), "a caller's words make no header");
    let clear =
        Channel { url: Some(Place::Url("http://hooks.example.com".to_owned())), ..own("{}") };
    assert!(Messenger::new(&by(clear)).unwrap_err().to_string().contains("https://"));
}

#[tokio::test]
async fn the_address_is_a_secret_whatever_fails() {
    let receiver = Receiver::start().await;
    let messenger = messenger(preset("slack", &receiver));
    for (answer, permanent) in [
        ((404, "no_service"), true),
        ((400, "invalid_payload"), true),
        ((403, "denied"), false),
        ((429, "slower"), false),
        ((503, "later"), false),
        ((302, "elsewhere"), false),
        ((413, "too much"), true),
    ] {
        receiver.refuse(Some(answer));
        let failure = messenger.send(&"slack".into(), &message()).await.unwrap_err();
        assert_eq!(failure.permanent, permanent, "{answer:?}");
        assert!(failure.problem.as_str().contains(answer.1), "{failure:?}");
    }
    let nobody = Channel {
        url: Some(Place::Url("http://127.0.0.1:1/services/s3cret".to_owned())),
        ..preset("slack", &receiver)
    };
    let messenger = Messenger::new(&by(nobody)).unwrap();
    let failure = messenger.send(&"slack".into(), &message()).await.unwrap_err();
    assert!(!failure.permanent && !failure.problem.as_str().contains("s3cret"), "{failure:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_way_that_fails_is_tried_again_and_the_other_is_not() {
    let receiver = Receiver::start().await;
    let channel = preset("slack", &receiver);
    let desk = Desk::set_with(
        |plan| plan.roster = vec![person(plan, "Sam K.", &["email:sam@example.com", "slack"])],
        move |options| options.notice.channels = vec![channel.clone()],
    )
    .await;
    receiver.refuse(Some((503, "later")));
    desk.flood("a").await;
    desk.route("a", "Sam K.").await;
    let notice = desk.notice("a", |it| it.told_at.is_some() && it.problem.is_some()).await;
    assert_eq!(notice.state, NoticeState::Told, "one way is enough");
    assert!(notice.problem.unwrap().as_str().starts_with("slack: 503"));
    receiver.refuse(None);
    desk.notice("a", |it| it.problem.is_none()).await;
    assert!(receiver.posts().len() >= 2 && desk.mail.mails().len() == 1);
    let last = receiver.posts().pop().unwrap().json();
    assert!(last["text"].as_str().unwrap().starts_with("Urgency 5: "), "{last}");
}
