//! `callboard login` against the stand-in org, as over SSH: the URL is opened elsewhere, what the
//! browser ends at is pasted, or a browser on this machine comes back by itself.

use std::{
    io::{BufRead, BufReader, Read, Write},
    path::Path,
    process::{Child, Command, Stdio},
};

use callboard::{
    salesforce::{Flow, Org, Settings},
    sandbox::org::{self, Options, Running},
};
use tempfile::TempDir;

/// An address nobody listens at (a moment ago).
fn free() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}/OauthRedirect", listener.local_addr().unwrap())
}

fn config(org: &Running, folder: &Path, more: &str) -> String {
    let path = folder.join("callboard.toml");
    let text = format!(
        "[hub]\ndata_dir = {:?}\n[salesforce]\nlogin_url = {:?}\nflow = \"refresh_token\"\n\
         client_id = {:?}\nclient_secret = \"env:SECRET\"\nredirect_uri = {:?}\n{more}\n",
        folder.join("data"),
        org.base_url,
        org.client_id,
        free(),
    );
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// A login under way, and the URL it printed.
fn begin(
    config: &str,
    secret: &str,
    more: &[&str],
) -> (Child, String, BufReader<std::process::ChildStdout>) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_callboard"))
        .args(["--config", config, "login"])
        .args(more)
        .env("SECRET", secret)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.trim().starts_with("http") {
        line.clear();
        assert_ne!(out.read_line(&mut line).unwrap(), 0, "it ended without a URL");
    }
    (child, line.trim().to_owned(), out)
}

/// Where the browser of somebody who approves ends up.
async fn approve(url: &str) -> String {
    let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    let answer = browser.build().unwrap().get(url).send().await.unwrap();
    assert_eq!(answer.status(), 302, "{answer:?}");
    answer.headers()["location"].to_str().unwrap().to_owned()
}

async fn stand_in() -> (Running, TempDir) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let options = Options { rotate_refresh_tokens: true, ..Options::default() };
    (org::start(options).await.unwrap(), tempfile::tempdir().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pasted_address_logs_in_and_the_token_is_kept_sealed_for_the_hub() {
    let (org, folder) = stand_in().await;
    let config = config(&org, folder.path(), "");
    let (mut child, url, mut out) = begin(&config, &org.client_secret, &["--no-listen"]);
    assert!(
        url.contains("code_challenge_method=S256") && !url.contains(&org.client_secret),
        "{url}"
    );
    let redirected = approve(&url).await;
    let mut paste = child.stdin.take().unwrap();
    writeln!(paste, "nonsense").unwrap();
    let stale = redirected.replace("state=", "state=of-another-");
    writeln!(paste, "{stale}").unwrap();
    writeln!(paste, "{redirected}").unwrap();
    let mut said = String::new();
    out.read_to_string(&mut said).unwrap();
    assert!(child.wait().unwrap().success(), "{said}");
    for part in
        ["this is not the address", "from another login", "logged in to org 00D", "org_id = "]
    {
        assert!(said.contains(part), "{part}: {said}");
    }
    for entry in std::fs::read_dir(folder.path().join("data")).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(4).any(|part| part == b"5Aep"), "a refresh token in clear");
    }

    // The hub, started twice with the same config, finds it, though each use replaces it.
    let data = folder.path().join("data");
    let settings = Settings {
        login_url: org.base_url.clone(),
        flow: Flow::RefreshToken,
        client_id: org.client_id.clone(),
        client_secret: Some(callboard::secret::SecretRef::given(&org.client_secret)),
        ..Settings::default()
    };
    for _ in 0..2 {
        let journal = std::sync::Arc::new(callboard::store::Journal::open(&data).await.unwrap());
        let vault = callboard::store::Vault::open(&data).unwrap();
        let tokens = callboard::delivery::KeptTokens::new(journal.clone(), vault);
        let org = Org::new(settings.clone(), std::sync::Arc::new(tokens)).unwrap();
        org.limits().await.unwrap();
        journal.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_on_this_machine_comes_back_by_itself() {
    let (org, folder) = stand_in().await;
    let config = config(&org, folder.path(), "");
    let (mut child, url, _out) = begin(&config, &org.client_secret, &[]);
    let redirected = approve(&url).await;
    let elsewhere = redirected.replace("/OauthRedirect", "/favicon.ico");
    assert_eq!(reqwest::get(elsewhere).await.unwrap().status(), 404);
    let page = reqwest::get(redirected).await.unwrap();
    assert!(page.text().await.unwrap().contains("You can close this page"));
    assert!(child.wait().unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_keeps_a_login_from_working_is_said_before_or_after_the_browser() {
    let (org, folder) = stand_in().await;
    let failed = async |config: &str, secret: &str| {
        let (mut child, url, _out) = begin(config, secret, &["--no-listen"]);
        let redirected = approve(&url).await;
        writeln!(child.stdin.take().unwrap(), "{redirected}").unwrap();
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert!(!child.wait().unwrap().success());
        said
    };
    let fine = config(&org, folder.path(), "");
    let said = failed(&fine, "wrong").await;
    assert!(said.contains("client_secret") && !said.contains("wrong\""), "{said}");
    let other = config(&org, folder.path(), "org_id = \"00D000000000099AAA\"");
    let said = failed(&other, &org.client_secret).await;
    assert!(said.contains("expected was 00D000000000099AAA"), "{said}");
    let _hub = callboard::store::Journal::open(&folder.path().join("data")).await.unwrap();
    let said = super::complaint(&super::callboard(&["--config", &other, "login"], &[]));
    assert!(said.contains("stop the hub while you log in"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_belongs_to_the_org_it_first_wrote_to() {
    let (one, folder) = stand_in().await;
    let other = org::start(Options { seed: 99, ..Options::default() }).await.unwrap();
    let connect = async |running: &Running, org_id: Option<String>| {
        let settings = Settings {
            login_url: running.base_url.clone(),
            client_id: running.client_id.clone(),
            client_secret: Some(callboard::secret::SecretRef::given(&running.client_secret)),
            org_id,
            ..Settings::default()
        };
        let journal = callboard::store::Journal::open(folder.path()).await.unwrap();
        let journal = std::sync::Arc::new(journal);
        let vault = callboard::store::Vault::open(folder.path()).unwrap();
        let tokens = callboard::delivery::KeptTokens::new(journal.clone(), vault);
        let org = Org::new(settings, std::sync::Arc::new(tokens)).unwrap();
        let outcome = org.limits().await.map(|_| ());
        journal.close().await;
        outcome.map(|()| String::new())
    };
    connect(&one, None).await.unwrap();
    connect(&one, None).await.unwrap();
    let failure = connect(&other, None).await.unwrap_err();
    assert_eq!(failure.code, "WRONG_ORG");
    assert!(failure.advice().unwrap().contains("org_id"), "{failure}");
    // Said in so many words, it is meant.
    let id = other.records("Organization").first().map(|it| it["Id"].as_str().unwrap().to_owned());
    if let Some(id) = id {
        connect(&other, Some(id)).await.unwrap();
    }
}
