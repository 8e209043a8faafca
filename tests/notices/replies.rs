//! By an answer to a notice, which a gateway posts.

use callboard::{
    notice::{Channel, Place, Replies},
    secret::SecretRef,
    wire::NoticeState,
};
use reqwest::{RequestBuilder, StatusCode};

use super::{Desk, person};
use crate::support::receiver::Receiver;

const SAM: &str = "email:sam@example.com";
const LEE: &str = "email:lee@example.com";
const SECRET: &str = "gateway-secret";

async fn desk() -> Desk {
    Desk::set_with(
        |plan| {
            plan.roster = vec![person(plan, "Sam K.", &[SAM]), person(plan, "Lee P.", &[LEE])];
        },
        |options| {
            options.notice.replies = Some(Replies { secrets: vec![SecretRef::given(SECRET)] });
            let email = options.notice.email.as_mut().unwrap();
            email.reply_to = Some("Board <board-replies@example.com>".to_owned());
        },
    )
    .await
}

/// The mail to somebody about a call: its text, and the code in it.
async fn told(desk: &Desk, call: &str, number: usize) -> (String, String) {
    desk.flood(call).await;
    desk.route(call, "Sam K.").await;
    desk.notice(call, |it| it.state == NoticeState::Told).await;
    let mails = desk.mail.mails();
    let mail = &mails[number];
    assert_eq!(mail.header("Reply-To").unwrap(), "Board <board-replies@example.com>");
    let body = mail.body();
    let code = body.split("this code: ").nth(1).unwrap().split_whitespace().next().unwrap();
    (body.clone(), code.to_owned())
}

async fn answered(request: RequestBuilder) -> (StatusCode, String) {
    let answer = request.send().await.unwrap();
    (answer.status(), answer.text().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_with_ok_and_the_code_acknowledges_once() {
    let mut desk = desk().await;
    let (mail, code) = told(&desk, "a", 0).await;
    // The code outlives a restart.
    desk.stage.stop_hub().await;
    desk.stage.start_hub().await;
    let url = format!("{}/v1/replies", desk.stage.url());
    let post = || desk.stage.http.post(&url).bearer_auth(SECRET);
    // Sam is on holiday, and the mail quotes what it answers to.
    let quoted: String = mail.lines().map(|line| format!("> {line}\n")).collect();
    let (status, said) = answered(post().body(format!("I am away.\n\n{quoted}"))).await;
    assert!(status == StatusCode::OK && said.contains("nothing was done"), "{said}");
    desk.notice("a", |it| it.state == NoticeState::Told).await;

    let text = format!("ok {}\n\n{quoted}", code.to_lowercase());
    for _ in 0..2 {
        let (status, said) = answered(post().body(text.clone())).await;
        assert_eq!(
            (status, said.as_str()),
            (StatusCode::OK, "Sam K. has it. Nobody else is told.")
        );
    }
    let notice = desk.notice("a", |it| it.state == NoticeState::Acknowledged).await;
    assert_eq!(notice.acknowledged_by.unwrap().as_str(), "Sam K.");
    let actions = desk.stage.call("a").await.actions;
    assert_eq!(actions.iter().filter(|it| it.what.as_str() == "has it").count(), 1);
    // Used up: given to Lee, the call waits for Lee.
    desk.route("a", "Lee P.").await;
    desk.notice("a", |it| it.to.as_str() == "Lee P." && it.state == NoticeState::Told).await;
    answered(post().body(text)).await;
    desk.notice("a", |it| it.to.as_str() == "Lee P." && it.state == NoticeState::Told).await;

    // A text gateway that knows addresses only.
    let (_, code) = told(&desk, "b", 2).await;
    let form = [("From", "+16145550142"), ("Body", &format!("OK {code}"))];
    let sms = desk.stage.http.post(&url).basic_auth("callboard", Some(SECRET)).form(&form);
    assert!(answered(sms).await.1.contains("Sam K. has it"));
    desk.notice("b", |it| it.state == NoticeState::Acknowledged).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_answers_without_the_secret_nor_guesses_a_code() {
    let desk = desk().await;
    let (_, code) = told(&desk, "a", 0).await;
    let url = format!("{}/v1/replies", desk.stage.url());
    let post = || desk.stage.http.post(&url).body(format!("ok {code}"));
    for request in [post(), post().bearer_auth("wrong"), post().basic_auth("x", Some("wrong"))] {
        assert_eq!(answered(request).await.0, StatusCode::UNAUTHORIZED);
    }
    let page = post().bearer_auth(SECRET).header("Origin", "https://evil.example");
    assert_eq!(answered(page).await.0, StatusCode::FORBIDDEN);
    // The hub answers and hangs up; a client that is still sending may see only the latter, and what
    // it sends next on that connection is lost: it gets one of its own.
    let large = reqwest::Client::new().post(&url).bearer_auth(SECRET);
    match large.body(vec![b'x'; 3_000_000]).send().await {
        Ok(answer) => assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE),
        Err(error) => assert!(error.is_request(), "{error}"),
    }
    desk.notice("a", |it| it.state == NoticeState::Told).await;
    // Wrong codes, like wrong secrets, are forgiven twenty times.
    let wrong = || desk.stage.http.post(&url).bearer_auth(SECRET).body("ok 00000000");
    for _ in 3..20 {
        let (status, said) = answered(wrong()).await;
        assert!(status == StatusCode::OK && said.contains("not right"), "{status} {said}");
    }
    assert_eq!(answered(wrong()).await.0, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(answered(post().bearer_auth(SECRET)).await.0, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_gateway_no_notice_holds_a_code() {
    let desk = Desk::set(|plan| plan.roster = vec![person(plan, "Sam K.", &[SAM])]).await;
    desk.flood("a").await;
    desk.route("a", "Sam K.").await;
    desk.notice("a", |it| it.state == NoticeState::Told).await;
    assert!(!desk.mail.mails()[0].body().contains("code"));
    let asks =
        callboard::notice::Email { reply_to: Some("a@example.com".into()), ..desk.mail.settings() };
    let settings = callboard::notice::Settings { email: Some(asks), ..Default::default() };
    assert!(settings.check().unwrap_err().contains("[notice.replies]"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_more_than_two_mebibytes_is_refused() {
    let desk = desk().await;
    let url = format!("{}/v1/replies", desk.stage.url());
    let post =
        |bytes: usize| desk.stage.http.post(&url).bearer_auth(SECRET).body("x".repeat(bytes));
    assert_eq!(answered(post(2 * 1024 * 1024)).await.0, StatusCode::OK);
    assert_eq!(answered(post(2 * 1024 * 1024 + 1)).await.0, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_who_are_told_by_one_shared_channel_each_has_a_code_of_their_own() {
    let receiver = Receiver::start().await;
    let office = Channel {
        name: "office".to_owned(),
        preset: Some("slack".to_owned()),
        url: Some(Place::Url(receiver.url.clone())),
        replies: true,
        ..Channel::default()
    };
    let desk = Desk::set_with(
        |plan| {
            let shared = &["office"];
            plan.roster = vec![person(plan, "Sam K.", shared), person(plan, "Lee P.", shared)];
            plan.dispatch.acknowledge_seconds = 1;
            plan.dispatch.rounds = 1;
        },
        move |options| {
            options.notice.replies = Some(Replies { secrets: vec![SecretRef::given(SECRET)] });
            options.notice.channels = vec![office.clone()];
        },
    )
    .await;
    desk.flood("a").await;
    desk.route("a", "Sam K.").await;
    desk.notice("a", |it| it.to.as_str() == "Lee P." && it.told_at.is_some()).await;
    let posts = receiver.posts();
    let code = |of: usize| {
        let body = posts[of].body.split("this code: ").nth(1).unwrap();
        body.chars().take("7KQ2-M9XD".len()).collect::<String>()
    };
    assert!(posts[0].body.contains("For: Sam K.") && posts[1].body.contains("For: Lee P."));
    assert_ne!(code(0), code(1));
    // Lee was told last; Sam answers with the code of what Sam was told.
    let url = format!("{}/v1/replies", desk.stage.url());
    let post = desk.stage.http.post(&url).bearer_auth(SECRET).body(format!("ok {}", code(0)));
    assert!(answered(post).await.1.contains("Sam K. has it"));
    let notice = desk.notice("a", |it| it.state == NoticeState::Acknowledged).await;
    assert_eq!(notice.acknowledged_by.unwrap().as_str(), "Sam K.");
}
