//! `callboard notice test`.

use crate::{
    support::{mail::MailServer, receiver::Receiver},
    tools::{callboard, complaint, printed},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_test_goes_by_every_way_and_says_what_came_of_it() {
    let (mail, receiver) = (MailServer::start().await, Receiver::start().await);
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("callboard.toml");
    let text = format!(
        "[hub]\npublic_url = \"https://board.example.com/\"\n\
         [business]\nzone = \"Asia/Kolkata\"\n[notice.email]\nhost = \"127.0.0.1\"\nport = {}\nsecurity = \"none\"\n\
         from = \"Board <board@example.com>\"\n\
         [[notice.channel]]\nname = \"office\"\npreset = \"slack\"\nurl = \"env:SLACK\"\n\
         [[plan.roster]]\nname = \"Sam K.\"\nowner_id = \"005000000000001AAA\"\n\
         tell = [\"email:sam@example.com\", \"office\"]\n\
         [[plan.roster]]\nname = \"Lee P.\"\nowner_id = \"005000000000002AAA\"\n",
        mail.settings().port.unwrap()
    );
    std::fs::write(&config, text).unwrap();
    let config = config.to_str().unwrap();
    let test = async |name: &'static str| {
        let (config, url) = (config.to_owned(), receiver.url.clone());
        let run =
            move || callboard(&["--config", &config, "notice", "test", name], &[("SLACK", &url)]);
        tokio::task::spawn_blocking(run).await.unwrap()
    };
    let said = printed(&test("Sam K.").await);
    assert_eq!(said, "email:sam@example.com: taken\noffice: taken\n");
    assert!(mail.mails()[0].header("Subject").unwrap().starts_with("Test: nobody called."));
    let body = mail.mails()[0].body();
    assert!(body.starts_with("Test: nobody called. Nothing is to be done."), "{body}");
    assert!(body.contains("https://board.example.com/v1/ack/test\n"), "the link is tried: {body}");
    assert!(body.contains(" IST, over") && !body.contains("EST"), "{body}");
    assert!(receiver.posts()[0].body.contains("Test: "));
    receiver.refuse(Some((404, "no_service")));
    let output = test("Sam K.").await;
    assert!(!output.status.success());
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("office: not taken: 404 Not Found: no_service"), "{said}");
    assert!(complaint(&test("Lee P.").await).contains("no way to be told"));
    assert!(complaint(&test("Nobody").await).contains("not on the roster (Sam K., Lee P.)"));
}
