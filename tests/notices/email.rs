//! By e-mail.

use callboard::{
    notice::{Email, Message, Messenger, Security, Settings},
    secret::SecretRef,
    wire::NoticeState,
};

use super::{Desk, person};
use crate::support::mail::MailServer;

const SAM: &str = "email:sam@example.com";

fn by(email: Email) -> Settings {
    Settings { email: Some(email), ..Settings::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_gets_a_call_is_told_of_it_once_with_what_is_known() {
    let mut desk = Desk::set(|plan| plan.roster = vec![person(plan, "Sam K.", &[SAM])]).await;
    desk.flood("a").await;
    desk.route("a", "Sam K.").await;
    let notice = desk.notice("a", |it| it.state == NoticeState::Told).await;
    assert!(notice.to.as_str() == "Sam K." && notice.told_at.is_some() && notice.problem.is_none());
    let mails = desk.mail.mails();
    assert_eq!(mails.len(), 1);
    let (mail, body) = (&mails[0], mails[0].body());
    assert_eq!(mail.to, "sam@example.com");
    assert_eq!(mail.header("Auto-Submitted").unwrap(), "auto-generated");
    assert_eq!(mail.header("Importance").unwrap(), "high");
    for part in ["Number: (212) 555-", "Urgency: 5 of 5", "flooding", "Service: Plumbing"] {
        assert!(body.contains(part), "{part} is not in {body}");
    }
    // Neither a restart nor another word of the caller tells them again.
    desk.stage.stop_hub().await;
    desk.stage.start_hub().await;
    desk.flood("b").await;
    desk.route("b", "Sam K.").await;
    desk.notice("b", |it| it.state == NoticeState::Told).await;
    assert_eq!(desk.mail.mails().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_that_is_down_shows_and_is_tried_until_it_is_there() {
    let desk = Desk::set(|plan| plan.roster = vec![person(plan, "Sam K.", &[SAM])]).await;
    desk.mail.go_down().await;
    desk.flood("a").await;
    desk.route("a", "Sam K.").await;
    let notice = desk.notice("a", |it| it.state == NoticeState::Failing).await;
    let problem = notice.problem.unwrap();
    assert!(problem.as_str().starts_with("email:sam@example.com: "), "{problem}");
    desk.mail.come_up().await;
    let notice = desk.notice("a", |it| it.state == NoticeState::Told).await;
    assert_eq!(notice.problem, None);
    assert_eq!(desk.mail.mails().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_for_good_is_not_tried_again_and_one_for_now_is() {
    let desk = Desk::set(|plan| plan.roster = vec![person(plan, "Sam K.", &[SAM])]).await;
    desk.mail.refuse(Some("550 no such user here"));
    desk.flood("a").await;
    desk.route("a", "Sam K.").await;
    let notice = desk.notice("a", |it| it.state == NoticeState::Failed).await;
    assert!(notice.problem.unwrap().as_str().contains("no such user here"));
    desk.mail.refuse(Some("451 try later"));
    desk.flood("b").await;
    desk.route("b", "Sam K.").await;
    desk.notice("b", |it| it.state == NoticeState::Failing).await;
    desk.mail.refuse(None);
    desk.notice("b", |it| it.state == NoticeState::Told).await;
    let recipients = desk.mail.said().iter().filter(|it| it.starts_with("RCPT")).count();
    assert!(recipients >= 3 && desk.mail.mails().len() == 1, "{recipients}");
    // Told or given up, both have come to their end.
    desk.notice("a", |it| it.state == NoticeState::Failed && it.told_at.is_none()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_log_in_is_told_why_and_the_password_is_a_secret() {
    let mail = MailServer::start().await;
    mail.ask_for("AGJvYXJkAGh1bnRlcjI="); // board, hunter2
    let email = |password: &str| Email {
        user: Some("board".to_owned()),
        password: Some(SecretRef::given(password)),
        ..mail.settings()
    };
    let post = |password: &str| Messenger::new(&by(email(password))).unwrap();
    let message = Message { key: "k".to_owned(), to: "Sam K.".into(), ..Message::default() };
    post("hunter2").send(&SAM.into(), &message).await.unwrap();
    let failure = post("wrong").send(&SAM.into(), &message).await.unwrap_err();
    assert!(!failure.permanent && failure.problem.as_str().contains("wrong password"));
    assert!(!format!("{:?}", email("hunter2")).contains("hunter2"));
    assert_eq!(mail.mails().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_tls_is_told_nothing() {
    let mail = MailServer::start().await;
    mail.ask_for("AGJvYXJkAGh1bnRlcjI=");
    let email = Email {
        security: Security::StartTls,
        user: Some("board".to_owned()),
        password: Some(SecretRef::given("hunter2")),
        ..mail.settings()
    };
    let messenger = Messenger::new(&by(email));
    let sent = messenger.unwrap().send(&SAM.into(), &Message::default()).await;
    assert!(sent.is_err());
    let said = mail.said();
    assert!(said.iter().all(|line| line.starts_with("EHLO") || line == "QUIT"), "{said:?}");
    // In clear only to this machine.
    let away = Email { host: "mail.example.com".to_owned(), ..mail.settings() };
    assert!(Messenger::new(&by(away)).unwrap_err().to_string().contains("email.security"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_caller_says_is_content_and_no_header() {
    let mail = MailServer::start().await;
    let settings = by(mail.settings());
    let evil =
        "Flood\r\nBcc: all@example.com\r\n\r\n.\r\nRCPT TO:<eve@example.com> \u{202e}=?utf-8?q?x?=";
    let message = Message {
        key: "vapi:a\r\nBcc: eve@example.com".to_owned(),
        to: "Sam\r\nBcc: eve@example.com".into(),
        caller: Some(evil.into()),
        wants: Some(evil.into()),
        urgency: 5,
        ..Message::default()
    };
    Messenger::new(&settings).unwrap().send(&SAM.into(), &message).await.unwrap();
    let mails = mail.mails();
    assert_eq!((mails.len(), mails[0].to.as_str()), (1, "sam@example.com"));
    assert_eq!(mails[0].header("Bcc"), None, "{}", mails[0].raw);
    assert!(!mail.said().iter().any(|line| line.contains("eve@") && line.starts_with("RCPT")));
    assert!(mails[0].body().contains("Bcc: all@example.com"), "it is told as it was said");
}
