//! The real hub dies while it tells somebody.

use crate::support::{
    mail::{Mail, MailServer},
    process::Process,
    stage::SECRET,
    until, vapi,
};

/// Where it is to die, and how often the notice has gone out in the end.
pub const POINTS: &[(&str, usize)] =
    &[("notice.begun", 1), ("notice.taken", 2), ("notice.noted", 2)];

#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_to_be_told_is_told_after_a_crash_too_and_twice_only_from_its_one_moment() {
    for (point, times) in POINTS {
        let mails = die_at(point).await;
        assert_eq!(mails.len(), *times, "{point}");
        // Whoever gets it twice can tell: it is the same mail.
        let ids: Vec<Option<String>> = mails.iter().map(|it| it.header("Message-ID")).collect();
        assert!(ids[0].is_some() && ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    }
}

async fn die_at(point: &str) -> Vec<Mail> {
    let mail = MailServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("callboard.toml");
    let text = format!(
        "[sources.vapi]\nkind = \"vapi\"\nsecrets = [\"env:HOOK\"]\n\
         [dispatch]\nautomatic_urgency = 4\n\
         [notice.email]\nhost = \"127.0.0.1\"\nport = {}\nsecurity = \"none\"\n\
         from = \"Board <board@example.com>\"\n\
         [[plan.roster]]\nname = \"Sam K.\"\nowner_id = \"005000000000001AAA\"\non_call = true\n\
         tell = [\"email:sam@example.com\"]\n",
        mail.settings().port.unwrap()
    );
    std::fs::write(&config, text).unwrap();
    let data = folder.path().join("data");
    let (config, data) = (config.to_str().unwrap(), data.to_str().unwrap());
    let arguments = ["--config", config, "hub", "--listen", "127.0.0.1:0", "--data-dir", data];
    let hub = Process::start(&arguments, &[("HOOK", SECRET), ("CALLBOARD_CRASH_AT", point)]);
    let url = hub.ready["url"].as_str().unwrap().to_owned();
    let http = reqwest::Client::new();
    let message = vapi::said("a", "user", "my basement is flooding", super::START);
    let post = http.post(format!("{url}/hooks/vapi")).header("X-Vapi-Secret", SECRET);
    let _ = post.body(message.to_string()).send().await;
    until("the hub has died", async || {
        http.get(format!("{url}/healthz")).send().await.is_err().then_some(())
    })
    .await;
    let before = mail.mails().len();
    let _hub = Process::start(&arguments, &[("HOOK", SECRET)]);
    until("Sam is told after the crash", async || (mail.mails().len() > before).then_some(()))
        .await;
    mail.mails()
}
