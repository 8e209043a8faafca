//! The calls on the board, a page at a time.

use std::collections::BTreeSet;

use callboard::wire::CallPage;
use futures_util::{StreamExt, stream};
use reqwest::StatusCode;

use crate::support::{
    stage::{Stage, VIC},
    vapi,
};

async fn page(stage: &Stage, query: &str) -> (StatusCode, Option<CallPage>) {
    let get = stage.http.get(format!("{}/v1/calls{query}", stage.url())).bearer_auth(VIC);
    let answer = get.send().await.unwrap();
    (answer.status(), answer.json().await.ok())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_is_on_one_page_and_the_last_has_no_next() {
    let stage = Stage::set().await;
    let names: BTreeSet<String> = (0..1_005).map(|n| format!("c{n:04}")).collect();
    let rings = |name| stage.tell([vapi::status(name, "ringing", 1_776_178_800)]);
    stream::iter(names.iter().map(|name| rings(name))).buffer_unordered(32).collect::<()>().await;
    let sizes = [("", 6), ("limit=500&", 3), ("limit=201&", 5), ("limit=5000&", 2)];
    for (limit, pages) in sizes {
        let (mut seen, mut asked, mut count) = (Vec::new(), format!("?{limit}"), 0);
        loop {
            let (_, told) = page(&stage, &asked).await;
            let CallPage { calls, next } = told.unwrap();
            seen.extend(calls.into_iter().map(|row| row.id.to_string().replace("vapi:", "")));
            count += 1;
            let Some(next) = next else { break };
            asked = format!("?{limit}after={next}");
        }
        assert!(seen.iter().eq(&names), "{limit}: {} calls", seen.len());
        assert_eq!(count, pages, "{limit}");
    }
    let (_, told) = page(&stage, "?limit=0").await;
    assert_eq!(told.unwrap().calls.len(), 1);
    for wrong in ["?after=nonsense", "?limit=many", "?since=ever"] {
        assert_eq!(page(&stage, wrong).await.0, StatusCode::BAD_REQUEST, "{wrong}");
    }
}
