//! Answers without end.

use std::time::Duration;

use callboard::{
    call::{CallId, Phone, Placing, SourceName},
    notice::{Channel, Message, Messenger, Place, Settings},
    outbound::{self, Outbound, Placement},
    secret::SecretRef,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    time::timeout,
};

/// Something that answers every request with a status and a body that never ends.
async fn endless(status: u16) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let _ = stream.read(&mut [0; 4096]).await;
                let head = format!("HTTP/1.1 {status} Of Course\r\nconnection: close\r\n\r\n");
                let _ = stream.write_all(head.as_bytes()).await;
                while stream.write_all(&[b'x'; 1024]).await.is_ok() {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            });
        }
    });
    format!("http://{address}")
}

#[tokio::test]
async fn of_vapis_answer_only_the_beginning_is_read() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let outbound = Outbound::new(outbound::Settings {
        assistant_id: "assistant".to_owned(),
        phone_number_id: "phone".to_owned(),
        api_key: SecretRef::given("key"),
        base_url: endless(201).await,
        source: "vapi".to_owned(),
        most_a_minute: 1,
        most_an_hour: 1,
        timeout_seconds: 50,
        server_messages: Vec::new(),
    })
    .unwrap();
    let placement = Placement {
        call: CallId::new(&SourceName::new("vapi"), "a"),
        order: "act:1".to_owned(),
        number: Phone::of_e164("+12125550199").unwrap(),
        name: None,
    };
    let placed = timeout(Duration::from_secs(10), outbound.place(&placement)).await;
    let placed = placed.expect("it reads no further");
    assert!(matches!(placed, Placing::Unclear { .. }), "{placed:?}");
}

#[tokio::test]
async fn of_a_channels_answer_only_the_beginning_is_read() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let channel = Channel {
        name: "slack".to_owned(),
        preset: Some("slack".to_owned()),
        url: Some(Place::Url(endless(400).await)),
        ..Channel::default()
    };
    let messenger =
        Messenger::new(&Settings { channels: vec![channel], ..Settings::default() }).unwrap();
    let (way, message) = ("slack:".into(), Message::sample());
    let sent = messenger.send(&way, &message);
    // The client itself would wait for half of what a notice may take.
    let failure = timeout(Duration::from_secs(5), sent).await.expect("it reads no further");
    let failure = failure.unwrap_err();
    assert!(failure.permanent && failure.problem.as_str().starts_with("400"), "{failure:?}");
}
