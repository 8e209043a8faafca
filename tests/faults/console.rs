//! Consoles that mean ill, or do not know better.

use callboard::wire::FromHub;
use futures_util::{SinkExt, StreamExt};
use tokio_tungstenite::tungstenite::Message;

use crate::{
    hub::stream::{attach_as, next},
    support::{
        stage::{Stage, VIC},
        vapi,
    },
};

const START: i64 = 1_776_178_800;

#[tokio::test(flavor = "multi_thread")]
async fn one_that_talks_nonsense_or_too_much_disturbs_nobody() {
    let stage = Stage::set().await;
    let mut good = attach_as(&stage, VIC).await;
    let mut nonsense = attach_as(&stage, VIC).await;
    for said in ["", "{", "[1]", r#"{"type":"watch","call":7}"#, r#"{"type":"order"}"#, "\u{1b}[2J"]
    {
        nonsense.send(Message::text(said)).await.unwrap();
    }
    nonsense.send(Message::binary(vec![0xff; 512])).await.unwrap();
    let mut loud = attach_as(&stage, VIC).await;
    // It may be hung up on before all of it is sent.
    let _ = loud.send(Message::text("x".repeat(5_000))).await;
    let hung_up = async {
        while let Some(Ok(message)) = loud.next().await {
            if message.is_close() {
                break;
            }
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), hung_up).await.unwrap();
    stage.tell([vapi::said("c", "user", "my basement is flooding", START)]).await;
    for console in [&mut good, &mut nonsense] {
        loop {
            if let FromHub::Update { calls, .. } = next(console).await
                && !calls.is_empty()
            {
                break;
            }
        }
    }
}
