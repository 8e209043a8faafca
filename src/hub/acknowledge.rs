//! The page behind a notice's link. Looking at it changes nothing, since mail filters and previews
//! look at every link; the button does.

use std::sync::Arc;

use axum::{
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
    let Some(pass) = read(&hub, &token) else { return unknown(&hub) };
    let Ok(detail) = hub.engine.detail(pass.call).await else { return unknown(&hub) };
    let row = detail.summary;
    let number = row.phone.map(|phone| Text::new(&phone.national()));
    let known = [row.name, number, row.wants, detail.address];
    let lines: Vec<Text> = known.into_iter().flatten().collect();
    let had = row.notice.filter(|it| it.state == NoticeState::Acknowledged);
    match had.and_then(|notice| notice.acknowledged_by) {
        Some(who) => page(&hub, StatusCode::OK, &format!("{who} has it"), &lines, false),
        None => page(&hub, StatusCode::OK, &format!("{}, is it yours?", pass.who), &lines, true),
    }
}

/// Records that whoever was told has it.
pub async fn acknowledge(State(hub): State<Arc<Hub>>, Path(token): Path<String>) -> Response {
    let Some(pass) = read(&hub, &token) else { return unknown(&hub) };
    // A button that is pressed twice is one action.
    let id = format!("ack-{}", hex::encode(&Sha256::digest(token.as_bytes())[..16]));
    let command = Command { id, order: Order::Acknowledge };
    match hub.engine.act(pass.call, pass.who.clone(), command).await {
        Ok(receipt) if receipt.done => {
            let thanks = ["Nobody else is told. Thank you.".into()];
            page(&hub, StatusCode::OK, &format!("{} has it", pass.who), &thanks, false)
        }
        Ok(receipt) => page(&hub, StatusCode::OK, receipt.message.as_str(), &[], false),
        Err(error) => {
            let lines = [Text::new(&error.to_string())];
            page(&hub, StatusCode::CONFLICT, "That did not work", &lines, false)
        }
    }
}

fn read(hub: &Hub, token: &str) -> Option<Pass> {
    hub.notices.links.as_ref()?.read(token, Timestamp::now())
}

fn unknown(hub: &Hub) -> Response {
    let lines = ["It is too old, or was not copied whole. The board still knows the call.".into()];
    page(hub, StatusCode::NOT_FOUND, "This link leads nowhere", &lines, false)
}

fn page(hub: &Hub, status: StatusCode, title: &str, lines: &[Text], asks: bool) -> Response {
    let mut templates = Environment::new();
    templates.set_auto_escape_callback(|_| AutoEscape::Html);
    let business = &hub.notices.business;
    let page = templates.render_str(PAGE, context! { business, title, lines, asks });
    (status, HEADERS, Html(page.unwrap_or_default())).into_response()
}
