//! What the documentation shows is so: every command line is understood, the shop's page works.

use std::{fs, path::Path};

use callboard::cli::Cli;
use clap::{CommandFactory, error::ErrorKind};

use crate::support::{
    process::{Process, local_token},
    until,
};

#[test]
fn every_command_line_in_the_documentation_is_understood() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pages = vec![root.join("README.md")];
    let docs = fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path());
    pages.extend(docs.filter(|path| path.extension().is_some_and(|ending| ending == "md")));
    let (mut seen, mut wrong) = (0, Vec::new());
    for page in pages {
        let text = fs::read_to_string(&page).unwrap();
        let mut fenced = false;
        for line in text.lines() {
            let line = line.trim();
            if line.starts_with("```") {
                fenced = !fenced;
                continue;
            }
            let line = line.trim_start_matches("$ ");
            if !fenced || !line.starts_with("callboard ") {
                continue;
            }
            let line = line.split(['#', '|', '>', '&', ';']).next().unwrap();
            let words = line.split_whitespace().filter(|word| *word != "\\");
            seen += 1;
            let outcome = Cli::command().try_get_matches_from(words);
            if let Err(error) = outcome
                && matches!(error.kind(), ErrorKind::InvalidSubcommand | ErrorKind::UnknownArgument)
            {
                wrong.push(format!("{}: {line}: {}", page.display(), error.kind()));
            }
        }
    }
    assert!(seen > 10, "only {seen} command lines found");
    assert_eq!(wrong, Vec::<String>::new());
}

/// The page for a small shop is one config, and a hub with it tells somebody of the page's flood.
#[tokio::test(flavor = "multi_thread")]
async fn the_shop_of_five_is_told_of_its_flood() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let page = include_str!("../../docs/shop-of-five.md");
    let blocks = page.split("```toml\n").skip(1).map(|block| block.split("```").next().unwrap());
    let config: String = blocks.collect::<Vec<_>>().join("\n");
    // Nobody is mailed from here.
    let config = config.replace("smtp.example.com", "127.0.0.1");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("callboard.toml");
    fs::write(&file, &config).unwrap();
    let secrets = config.split("env:").skip(1).map(|rest| rest.split('"').next().unwrap());
    let secrets: Vec<(&str, String)> =
        secrets.map(|name| (name, format!("{name} is long and random"))).collect();
    let environment: Vec<(&str, &str)> =
        secrets.iter().map(|(name, secret)| (*name, secret.as_str())).collect();
    let data = folder.path().join("data");
    let (config, data_dir) = (file.to_str().unwrap(), data.to_str().unwrap());
    let hub = Process::start(
        &["--config", config, "hub", "--listen", "127.0.0.1:0", "--data-dir", data_dir],
        &environment,
    );
    let url = hub.ready["url"].as_str().unwrap();
    let http = reqwest::Client::new();
    let said = page.lines().filter_map(|line| line.strip_prefix("say '")?.strip_suffix('\''));
    let mut posted = 0;
    for body in said {
        let post = http.post(format!("{url}/hooks/vapi"));
        let post = post.header("X-Vapi-Secret", environment[0].1).body(body.to_owned());
        assert_eq!(post.send().await.unwrap().status(), reqwest::StatusCode::OK, "{body}");
        posted += 1;
    }
    assert_eq!(posted, 3);
    let told = until("somebody is told", async || {
        let call = http.get(format!("{url}/v1/calls/vapi:try-1"));
        let call = call.bearer_auth(local_token(&data)).send().await.ok()?;
        let call: serde_json::Value = call.json().await.ok()?;
        assert_eq!(call["summary"]["urgency"], 5);
        let told = call["summary"]["notice"]["to"].as_str()?.to_owned();
        Some(told)
    })
    .await;
    // Who, is a matter of the hour; the owner is always there, and last.
    assert!(["Ann", "Tom", "Sam", "Dana"].contains(&told.as_str()), "{told}");
}
