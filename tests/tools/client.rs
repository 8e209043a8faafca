//! How a tool finds its hub, and what it says when that fails: one sentence each.

use std::io::{Read, Write};

use super::{callboard, complaint};
use crate::support::stage::{Stage, VIC};

/// A server that answers every request with these bytes.
fn stranger(answer: &'static str) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    url
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_asks_the_hub_it_is_told_to_with_the_token_it_is_given() {
    let stage = Stage::set().await;
    let url = stage.url();
    let told = callboard(&["writes", "list", "--hub", &url], &[("CALLBOARD_TOKEN", VIC)]);
    assert!(told.status.success(), "{told:?}");
    let in_environment = [("CALLBOARD_TOKEN", VIC), ("CALLBOARD_HUB", url.as_str())];
    assert!(callboard(&["writes", "list"], &in_environment).status.success());

    let wrong = callboard(&["writes", "list", "--hub", &url], &[("CALLBOARD_TOKEN", "guess")]);
    let said = complaint(&wrong);
    assert!(said.contains("does not accept the token") && !said.contains("guess"), "{said}");
}

#[test]
fn what_can_not_work_is_said_in_a_sentence() {
    let token = [("CALLBOARD_TOKEN", "x")];
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let old = "HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n\
               {\"error\":\"no_such_address\",\"message\":\"there is nothing here; webhooks\"}";
    let strange = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n<html>";
    let plain = stranger(strange).replace("http://", "https://");
    for (hub, environment, expected) in [
        (format!("http://{gone}"), &token[..], "there is no hub at"),
        (stranger("220 mail.example.com\r\n"), &token, "is it https:// that you mean?"),
        (plain, &token, "speaks plain HTTP: write http:// in place of https://"),
        ("ftp://hub".to_owned(), &token, "is no address of a hub"),
        (stranger(old), &token, "is older than this callboard"),
        (stranger(strange), &token, "is no hub that this callboard understands"),
        ("http://127.0.0.1:1".to_owned(), &[], "there is no hub of yours on this machine yet"),
        ("https://hub.example.com".to_owned(), &[], "an operator's token for"),
    ] {
        let said = complaint(&callboard(&["writes", "list", "--hub", &hub], environment));
        assert!(said.contains(expected), "{hub}: {said}");
        assert_eq!(said.trim_end().lines().count(), 1, "{said}");
    }
}

#[test]
fn a_flag_of_the_console_before_another_command_is_refused_rather_than_ignored() {
    let said = complaint(&callboard(&["--hub", "http://h:1", "writes", "list"], &[]));
    assert!(said.contains("--hub before `writes`"), "{said}");
}
