//! The page behind a notice's link. Looking at it changes nothing, since mail filters and previews
//! look at every link; the button does.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{Path, State},
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use jiff::Timestamp;
use minijinja::{AutoEscape, Environment, context};
use sha2::{Digest, Sha256};

use super::{links::Pass, server::Hub};
use crate::{
    call::Text,
    wire::{Command, NoticeState, Order},
};

const PAGE: &str = include_str!("acknowledge.html");

/// What the link of a test ends with.
pub const TEST_LINK: &str = "test";

/// What a browser may do with the page: nothing but press its button, and tell nobody its address.
const HEADERS: [(HeaderName, HeaderValue); 4] = [
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; \
             frame-ancestors 'none'; base-uri 'none'",
        ),
    ),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
];

/// Shows what it is about, and asks.
pub async fn ask(State(hub): State<Arc<Hub>>, Path(token): Path<String>) -> Response {
    if token == TEST_LINK {
        let lines = ["It was a test: there is no call behind it.".into()];
        return page(&hub, StatusCode::OK, "This link works", &lines, &[]);
    }
    let Some(pass) = read(&hub, &token) else { return unknown(&hub) };
    let Ok(detail) = hub.engine.detail(pass.call.clone()).await else { return unknown(&hub) };
    let row = detail.summary;
    let number = row.phone.map(|phone| Text::new(&phone.national()));
    let known = [row.name, number, row.wants, detail.address];
    let lines: Vec<Text> = known.into_iter().flatten().collect();
    let had = row.notice.filter(|it| it.state == NoticeState::Acknowledged);
    if let Some(who) = had.and_then(|notice| notice.acknowledged_by) {
        return page(&hub, StatusCode::OK, &format!("{who} has it"), &lines, &[]);
    }
    let people = who_may_be_asked(&hub, &pass);
    let title = match people.as_slice() {
        [_, _, ..] => format!("Who has it? It is for {}", pass.who),
        _ => format!("{}, is it yours?", pass.who),
    };
    page(&hub, StatusCode::OK, &title, &lines, &people)
}

/// Records that whoever was told has it, or of those who share the channel whoever pressed.
pub async fn acknowledge(
    State(hub): State<Arc<Hub>>,
    Path(token): Path<String>,
    pressed: Bytes,
) -> Response {
    let Some(pass) = read(&hub, &token) else { return unknown(&hub) };
    let people = who_may_be_asked(&hub, &pass);
    let named = form_urlencoded::parse(&pressed).find(|(name, _)| name == "who");
    let named = named.map(|(_, who)| Text::new(&who));
    let who = match named.filter(|who| people.contains(who)) {
        Some(who) => who,
        None if people.len() > 1 => return ask(State(hub), Path(token)).await,
        None => pass.who,
    };
    // A button that is pressed twice is one action.
    let id = Sha256::new().chain_update(&token).chain_update(who.as_str()).finalize();
    let id = format!("ack-{}", hex::encode(&id[..16]));
    let command = Command { id, order: Order::Acknowledge };
    match hub.engine.act(pass.call, who.clone(), command).await {
        Ok(receipt) if receipt.done => {
            let thanks = ["Nobody else is told. Thank you.".into()];
            page(&hub, StatusCode::OK, &format!("{who} has it"), &thanks, &[])
        }
        Ok(receipt) => page(&hub, StatusCode::OK, receipt.message.as_str(), &[], &[]),
        Err(error) => {
            let lines = [Text::new(&error.to_string())];
            page(&hub, StatusCode::CONFLICT, "That did not work", &lines, &[])
        }
    }
}

/// In whose name the link may say so: of whoever was told, or where several share the way by which
/// they were, of any of them. Who presses a button in a channel is not known otherwise.
fn who_may_be_asked(hub: &Hub, pass: &Pass) -> Vec<Text> {
    let shared = |way: &Text| {
        let of_notice = pass.notice.strip_suffix(way.as_str());
        of_notice.is_some_and(|key| key.ends_with('/'))
    };
    let people = hub.plan.roster.iter().filter(|it| it.tell.iter().any(shared));
    let others = people.map(|person| person.name.clone()).filter(|name| *name != pass.who);
    std::iter::once(pass.who.clone()).chain(others).collect()
}

fn read(hub: &Hub, token: &str) -> Option<Pass> {
    hub.notices.links.as_ref()?.read(token, Timestamp::now())
}

fn unknown(hub: &Hub) -> Response {
    let lines = ["It is too old, or was not copied whole. The board still knows the call.".into()];
    page(hub, StatusCode::NOT_FOUND, "This link leads nowhere", &lines, &[])
}

/// A page; with a button for these people, if any.
fn page(hub: &Hub, status: StatusCode, title: &str, lines: &[Text], people: &[Text]) -> Response {
    let mut templates = Environment::new();
    templates.set_auto_escape_callback(|_| AutoEscape::Html);
    let business = &hub.notices.business;
    let page = templates.render_str(PAGE, context! { business, title, lines, people });
    (status, HEADERS, Html(page.unwrap_or_default())).into_response()
}
