//! Who gets in: roles on every address, limits of connections, heads and guesses, TLS.

use std::{path::Path, sync::Arc, time::Duration};

use callboard::{
    hub::{self, Door, Needs, Tls},
    wire::OperatorRole,
};
use reqwest::{Method, StatusCode, header};
use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    time::timeout,
};

use crate::support::{
    stage::{ANN, SECRET, Stage, VIC},
    until, vapi,
};

/// The administrator's token.
const ADA: &str = "ada-token";

/// A connection from this address of the machine's own.
async fn connect(stage: &Stage, from: [u8; 4]) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((from, 0).into()).unwrap();
    socket.connect(stage.hub.as_ref().unwrap().address()).await.unwrap()
}

/// Sends a request and reads until the hub hangs up; what it said.
async fn say(mut stream: TcpStream, request: &str) -> String {
    stream.write_all(request.as_bytes()).await.unwrap();
    rest(&mut stream).await
}

async fn rest(stream: &mut TcpStream) -> String {
    let mut said = Vec::new();
    // A hub that hangs up on what it has not read resets the connection: as good as an end.
    let read = timeout(Duration::from_secs(20), stream.read_to_end(&mut said)).await;
    let _ = read.expect("the hub hangs up");
    String::from_utf8(said).unwrap()
}

fn hook(body: &str) -> String {
    format!(
        "POST /hooks/vapi HTTP/1.1\r\nhost: hub\r\nx-vapi-secret: {SECRET}\r\nconnection: close\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// The head of a webhook with a body of so many bytes, and the first of them.
fn begun_hook(secret: &str, bytes: usize) -> String {
    format!(
        "POST /hooks/vapi HTTP/1.1\r\nhost: hub\r\nx-vapi-secret: {secret}\r\n\
         content-length: {bytes}\r\n\r\n{{"
    )
}

/// Every address with every role: who lacks it is refused before anything else is looked at.
#[tokio::test(flavor = "multi_thread")]
async fn every_route_asks_for_its_role() {
    let stage = Stage::set_as(|options| {
        let ada = hub::Operator { name: "Ada".into(), role: OperatorRole::Admin };
        options.operators.add(ADA, ada);
    })
    .await;
    let roles = [
        (None, None),
        (Some("wrong"), None),
        (Some(VIC), Some(OperatorRole::Viewer)),
        (Some(ANN), Some(OperatorRole::Dispatcher)),
        (Some(ADA), Some(OperatorRole::Admin)),
    ];
    let mut walked = 0;
    for route in hub::table() {
        let path = route.path.replace("{source}", "nobody").replace("{*rest}", "x");
        let url = format!("{}{}", stage.url(), path.replace("{id}", "vapi:nobody"));
        let method = route.method.clone().unwrap_or(Method::POST);
        for (token, role) in roles {
            // Wrong tokens are counted: from here only a few are brought.
            if token == Some("wrong") && walked > 10 {
                continue;
            }
            let request = |method: Method| {
                let request = stage.http.request(method, &url);
                token.map_or(request.try_clone().unwrap(), |token| request.bearer_auth(token))
            };
            let status = request(method.clone()).send().await.unwrap().status();
            let (refused, forbidden) = (StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN);
            let told = format!("{method} {} as {role:?}: {status}", route.path);
            match route.needs {
                Needs::Nothing | Needs::Here => assert_eq!(status, StatusCode::OK, "{told}"),
                // This hub knows no gateway.
                Needs::Link | Needs::Gateway => {
                    assert_eq!(status, StatusCode::NOT_FOUND, "{told}");
                }
                Needs::Signature => assert_eq!(status, StatusCode::NOT_FOUND, "{told}"),
                Needs::Role(_) if role.is_none() => assert_eq!(status, refused, "{told}"),
                Needs::Role(needed) if role < Some(needed) => {
                    assert_eq!(status, forbidden, "{told}");
                }
                Needs::Role(_) => {
                    assert!(![refused, forbidden].contains(&status), "{told}");
                    let page = request(method.clone()).header(header::ORIGIN, "http://127.0.0.1");
                    let status = page.send().await.unwrap().status();
                    assert_eq!(status, forbidden, "{told}, from a web page");
                    let page = request(method.clone()).header("sec-fetch-site", "cross-site");
                    let status = page.send().await.unwrap().status();
                    assert_eq!(status, forbidden, "{told}, from a web page that hides it");
                }
            }
        }
        walked += 1;
    }
    assert!(walked >= 14);
}

#[test]
fn every_route_is_documented() {
    let docs = std::fs::read_to_string("docs/protocol.md").unwrap();
    for route in hub::table() {
        let method = route.method.map_or("POST".to_owned(), |method| method.to_string());
        let path = route.path.trim_end_matches("{*rest}").trim_end_matches('/');
        let row = format!("`{method} {path}` | ");
        let needs = match route.needs {
            Needs::Nothing => "—",
            Needs::Here => "none on this machine, else viewer",
            Needs::Signature => "the source's own signature",
            Needs::Link => "the link itself",
            Needs::Gateway => "the gateway's secret",
            Needs::Role(OperatorRole::Viewer) => "viewer",
            Needs::Role(OperatorRole::Dispatcher) => "dispatcher",
            Needs::Role(OperatorRole::Admin) => "admin",
        };
        assert!(docs.contains(&format!("{row}{needs} |")), "docs/protocol.md lacks {row}{needs}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_guesses_tokens_is_made_to_wait_and_nobody_else_is() {
    let stage = Stage::set().await;
    let ask = |token: &str| {
        format!(
            "GET /v1/status HTTP/1.1\r\nhost: hub\r\nconnection: close\r\n\
             authorization: Bearer {token}\r\n\r\n"
        )
    };
    for _ in 0..20 {
        let said = say(connect(&stage, [127, 0, 0, 1]).await, &ask("wrong")).await;
        assert!(said.starts_with("HTTP/1.1 401"), "{said}");
    }
    // Even the right one, or guessing would go on.
    let said = say(connect(&stage, [127, 0, 0, 1]).await, &ask(VIC)).await;
    assert!(said.starts_with("HTTP/1.1 429") && said.contains("retry-after: "), "{said}");
    let said = say(connect(&stage, [127, 0, 0, 2]).await, &ask(VIC)).await;
    assert!(said.starts_with("HTTP/1.1 200"), "{said}");
}

/// What a proxy on this machine passes on comes from elsewhere: it has the limits of who it is from,
/// and goes nowhere without a token.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_comes_by_a_proxy_is_not_here() {
    let stage = Stage::set_as(|options| {
        options.door = Door { without_token: Some(OperatorRole::Admin), ..Door::default() };
    })
    .await;
    let ask = async |path: &str, from: Option<&str>, token: Option<&str>| {
        let request = stage.http.get(format!("{}{path}", stage.url()));
        let request = from.into_iter().fold(request, |it, from| it.header("x-forwarded-for", from));
        let request = token.into_iter().fold(request, reqwest::RequestBuilder::bearer_auth);
        request.send().await.unwrap().status()
    };
    for path in ["/v1/admin/tokens", "/metrics"] {
        assert_eq!(ask(path, None, None).await, StatusCode::OK, "{path}");
        let elsewhere = ask(path, Some("203.0.113.9"), None).await;
        assert_eq!(elsewhere, StatusCode::UNAUTHORIZED, "{path}");
    }
    assert_eq!(ask("/metrics", Some("203.0.113.9"), Some(VIC)).await, StatusCode::OK);
    for _ in 0..20 {
        ask("/v1/status", Some("203.0.113.9"), Some("wrong")).await;
    }
    let guesser = ask("/v1/status", Some("203.0.113.9"), Some(VIC)).await;
    assert_eq!(guesser, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(ask("/v1/status", Some("203.0.113.8"), Some(VIC)).await, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_never_ends_is_hung_up_on() {
    let head_time = Duration::from_millis(100);
    let stage =
        Stage::set_as(move |options| options.door = Door { head_time, ..Door::default() }).await;
    let mut slow = connect(&stage, [127, 0, 0, 1]).await;
    slow.write_all(b"GET /healthz HTTP/1.1\r\nx-slow: ").await.unwrap();
    rest(&mut slow).await;
    let mut silent = connect(&stage, [127, 0, 0, 1]).await;
    assert_eq!(rest(&mut silent).await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_without_measure_is_refused() {
    let stage = Stage::set().await;
    let long = format!("GET /healthz HTTP/1.1\r\nx: {}\r\n\r\n", "x".repeat(64 * 1024));
    let said = say(connect(&stage, [127, 0, 0, 1]).await, &long).await;
    assert!(said.is_empty() || said.starts_with("HTTP/1.1 431"), "{said}");
    let many = format!("GET /healthz HTTP/1.1\r\n{}\r\n", "x: y\r\n".repeat(200));
    let said = say(connect(&stage, [127, 0, 0, 1]).await, &many).await;
    assert!(said.is_empty() || said.starts_with("HTTP/1.1 431"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_cannot_take_every_connection() {
    let stage = Stage::set_as(|options| {
        options.door = Door { connections: 8, ..Door::default() };
    })
    .await;
    let mut held = Vec::new();
    for _ in 0..4 {
        held.push(connect(&stage, [127, 0, 0, 1]).await);
    }
    // A fifth is hung up on, a neighbour is served.
    until("the four are seated", async || {
        let mut fifth = connect(&stage, [127, 0, 0, 1]).await;
        let read = timeout(Duration::from_millis(200), fifth.read(&mut [0])).await;
        matches!(read, Ok(Ok(0) | Err(_))).then_some(())
    })
    .await;
    let ask = "GET /healthz HTTP/1.1\r\nhost: hub\r\nconnection: close\r\n\r\n";
    let said = say(connect(&stage, [127, 0, 0, 2]).await, ask).await;
    assert!(said.starts_with("HTTP/1.1 200"), "{said}");
}

/// A flood of slow bodies for one source: it has its share and no more; the operators and the
/// other clients go on.
#[tokio::test(flavor = "multi_thread")]
async fn a_flood_is_turned_away_and_starves_nobody() {
    let stage = Stage::set_as(|options| {
        options.door.webhooks.of_client.webhooks = 20;
    })
    .await;
    let mut flood = Vec::new();
    // More than the share: one that comes while the test itself asks may be turned away.
    for _ in 0..60 {
        let mut stream = connect(&stage, [127, 0, 0, 1]).await;
        let begun = begun_hook(SECRET, 1_000_000);
        stream.write_all(begun.as_bytes()).await.unwrap();
        flood.push(stream);
    }
    let body = vapi::said("flood", "user", "my basement is flooding", 1_776_178_800).to_string();
    let refused = until("the flood has used up its share", async || {
        let said = say(connect(&stage, [127, 0, 0, 1]).await, &hook(&body)).await;
        said.starts_with("HTTP/1.1 429").then_some(said)
    })
    .await;
    assert!(refused.contains("retry-after: 1"), "{refused}");
    let said = say(connect(&stage, [127, 0, 0, 2]).await, &hook(&body)).await;
    assert!(said.starts_with("HTTP/1.1 200"), "{said}");
    let calls = stage.calls().await;
    assert_eq!(calls.len(), 1, "an operator of the flooding address is served");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_is_refused_before_the_body_came() {
    let stage = Stage::set().await;
    let mut stream = connect(&stage, [127, 0, 0, 1]).await;
    stream.write_all(begun_hook("wrong", 5_000_000).as_bytes()).await.unwrap();
    let mut line = [0; 12];
    stream.read_exact(&mut line).await.unwrap();
    assert_eq!(std::str::from_utf8(&line).unwrap(), "HTTP/1.1 401");
    assert!(stage.calls().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopping_hub_waits_for_nobody_who_hangs() {
    let mut stage = Stage::set().await;
    let mut half = connect(&stage, [127, 0, 0, 1]).await;
    half.write_all(begun_hook(SECRET, 9).as_bytes()).await.unwrap();
    let upgrade = format!(
        "GET /v1/stream HTTP/1.1\r\nhost: hub\r\nauthorization: Bearer {VIC}\r\n\
         connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
         sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    let mut hung = connect(&stage, [127, 0, 0, 1]).await;
    hung.write_all(upgrade.as_bytes()).await.unwrap();
    hung.read_exact(&mut [0; 12]).await.unwrap();
    timeout(Duration::from_secs(15), stage.stop_hub()).await.expect("the hub stops");
}

/// Puts a certificate and its key there.
pub(super) fn copy(name: &str, to: &Path) -> Tls {
    let from = Path::new("tests/fixtures/tls");
    let files = Tls { certificate: to.join("cert.pem"), key: to.join("key.pem") };
    std::fs::copy(from.join(format!("{name}.pem")), &files.certificate).unwrap();
    std::fs::copy(from.join(format!("{name}.key.pem")), &files.key).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let private = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(&files.key, private).unwrap();
    }
    files
}

/// Whether a client that trusts only this certificate is answered.
async fn answered(stage: &Stage, trusted: &str) -> bool {
    let file = format!("tests/fixtures/tls/{trusted}.pem");
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(file).unwrap()).unwrap();
    let config =
        rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    let name = ServerName::try_from("localhost").unwrap();
    let stream = connect(stage, [127, 0, 0, 1]).await;
    let Ok(mut stream) = connector.connect(name, stream).await else { return false };
    let ask = "GET /healthz HTTP/1.1\r\nhost: hub\r\nconnection: close\r\n\r\n";
    stream.write_all(ask.as_bytes()).await.unwrap();
    let mut said = Vec::new();
    let _ = stream.read_to_end(&mut said).await;
    said.starts_with(b"HTTP/1.1 200")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewed_certificate_is_used_without_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let files = copy("first", folder.path());
    let shown = files.clone();
    let stage = Stage::set_as(move |options| {
        options.door = Door { tls: Some(shown.clone()), ..Door::default() };
    })
    .await;
    assert!(stage.url().starts_with("https://"));
    assert!(answered(&stage, "first").await);
    assert!(!answered(&stage, "second").await);
    // In clear there is no answer.
    let ask = "GET /healthz HTTP/1.1\r\nhost: hub\r\nconnection: close\r\n\r\n";
    assert!(!say(connect(&stage, [127, 0, 0, 1]).await, ask).await.starts_with("HTTP"));
    // Half a renewal: the old one stays.
    std::fs::write(&files.certificate, "not yet").unwrap();
    assert!(answered(&stage, "first").await);
    copy("second", folder.path());
    until("the second certificate is in use", async || {
        answered(&stage, "second").await.then_some(())
    })
    .await;
}
