//! Whom the commands trust: the hub's own certificate is one they have to be told of.

use callboard::hub::Door;

use super::door::copy;
use crate::{
    support::stage::{ANN, Stage},
    tools::{callboard, complaint, printed},
};

/// A hub with a certificate of its own that only this file vouches for is no hub that is missing.
#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_nobody_vouches_for_is_told_as_that_and_trusted_by_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let files = copy("first", folder.path());
    let stage = Stage::set_as(move |options| {
        options.door = Door { tls: Some(files.clone()), ..Door::default() };
    })
    .await;
    let port = stage.url().rsplit(':').next().unwrap().trim_end_matches('/').to_owned();
    let config = folder.path().join("callboard.toml");
    let key = folder.path().join("key.pem");
    let text = format!(
        "[hub]\nlisten = \"127.0.0.1:{port}\"\n[hub.tls]\ncertificate = {:?}\nkey = {key:?}\n",
        folder.path().join("cert.pem")
    );
    std::fs::write(&config, text).unwrap();
    // Where the hub is follows from its config; whom to trust is for this machine to know.
    let roster = |trusted: &str| {
        let trusted = format!("tests/fixtures/tls/{trusted}.pem");
        let arguments = ["roster", "--config", config.to_str().unwrap()];
        callboard(&arguments, &[("CALLBOARD_TOKEN", ANN), ("SSL_CERT_FILE", &trusted)])
    };
    let said = complaint(&roster("second"));
    let address = format!("the certificate of https://localhost:{port} is not trusted (");
    assert!(said.contains(&address) && said.contains("SSL_CERT_FILE"), "{said}");
    assert!(!said.contains("there is no hub"), "{said}");
    assert!(printed(&roster("first")).contains("on call now"));
}
