//! Every address of the hub, and who may use it: the one table that the router is built from.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{DefaultBodyLimit, MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, Method, StatusCode, header::ORIGIN},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{MethodRouter, any, get, post},
};
use tower_http::catch_panic::CatchPanicLayer;
use tracing::Instrument as _;
use uuid::Uuid;

use super::{
    acknowledge, admin,
    api::{self, Refusal},
    corrections, erasure, figures, hooks, lookup, numbers,
    peer::Peer,
    replies,
    room::Full,
    roster,
    server::{self, Hub},
    stream, writes,
};
use crate::wire::OperatorRole;

/// What an address asks of whoever uses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Nothing: it tells nothing of anybody.
    Nothing,
    /// To come from this very machine, or a viewer's token.
    Here,
    /// The source's own signature.
    Signature,
    /// The link itself: only whoever was sent it can know it.
    Link,
    /// The secret of a gateway that brings answers.
    Gateway,
    /// An operator's token, and at least this role.
    Role(OperatorRole),
}

/// One address.
pub struct Route {
    /// The method; none for every one.
    pub method: Option<Method>,
    /// The path, with its parts in braces.
    pub path: &'static str,
    /// Who may use it.
    pub needs: Needs,
    serve: MethodRouter<Arc<Hub>>,
}

/// The most the body of a request to `/v1` may have, in bytes.
const LONGEST_BODY: usize = 64 * 1024;

/// How long a request to `/v1` may take, its body included.
const LONGEST_REQUEST: Duration = Duration::from_secs(30);

/// All of them. A new one is a row here, and a row in `docs/protocol.md`.
pub fn table() -> Vec<Route> {
    use OperatorRole::{Admin, Dispatcher, Viewer};
    let open =
        |path, serve| Route { method: Some(Method::GET), path, needs: Needs::Nothing, serve };
    let hook =
        |path| Route { method: None, path, needs: Needs::Signature, serve: any(hooks::receive) };
    let look = |path, role, serve| Route {
        method: Some(Method::GET),
        path,
        needs: Needs::Role(role),
        serve,
    };
    let link = |method, serve| Route {
        method: Some(method),
        path: "/v1/ack/{token}",
        needs: Needs::Link,
        serve,
    };
    let act = |path, role, serve| Route {
        method: Some(Method::POST),
        path,
        needs: Needs::Role(role),
        serve,
    };
    vec![
        hook("/hooks/{source}"),
        hook("/hooks/{source}/"),
        hook("/hooks/{source}/{*rest}"),
        open("/healthz", get(server::healthy)),
        open("/readyz", get(server::ready)),
        Route {
            method: Some(Method::GET),
            path: "/metrics",
            needs: Needs::Here,
            serve: get(server::metrics),
        },
        link(Method::GET, get(acknowledge::ask)),
        link(Method::POST, post(acknowledge::acknowledge)),
        Route {
            method: Some(Method::POST),
            path: "/v1/replies",
            needs: Needs::Gateway,
            serve: post(replies::receive),
        },
        look("/v1/stream", Viewer, get(stream::attach)),
        look("/v1/status", Viewer, get(api::status)),
        look("/v1/calls", Viewer, get(api::calls)),
        look("/v1/calls/{id}", Viewer, get(api::call)),
        look("/v1/calls/{id}/opportunity", Viewer, get(api::opportunity)),
        look("/v1/calls/{id}/opportunities", Dispatcher, get(lookup::opportunities)),
        act("/v1/calls/{id}/actions", Dispatcher, post(api::act)),
        look("/v1/corrections", Dispatcher, get(corrections::corrections)),
        look("/v1/roster", Viewer, get(roster::now)),
        look("/v1/do-not-call", Viewer, get(numbers::list)),
        act("/v1/do-not-call", Dispatcher, post(numbers::change)),
        look("/v1/writes", Viewer, get(api::writes)),
        act("/v1/salesforce/records", Admin, post(writes::records)),
        look("/v1/salesforce/picklists/{sobject}", Dispatcher, get(lookup::picklists)),
        look("/v1/writes/search", Viewer, get(writes::search)),
        look("/v1/writes/{id}", Viewer, get(writes::one)),
        act("/v1/writes/{id}/actions", Dispatcher, post(api::act_on_write)),
        look("/v1/figures", Viewer, get(figures::report)),
        look("/v1/records", Viewer, get(figures::records)),
        act("/v1/destination", Admin, post(api::destination)),
        look("/v1/log", Viewer, get(admin::log)),
        act("/v1/admin/forget", Admin, post(erasure::forget)),
        look("/v1/admin/tokens", Admin, get(admin::tokens)),
        act("/v1/admin/tokens", Admin, post(admin::add_token)),
        act("/v1/admin/tokens/{name}/revoke", Admin, post(admin::revoke_token)),
    ]
}

/// The router, built of the table: what stands in no row is nowhere.
pub fn router(hub: Arc<Hub>) -> Router {
    let mut router = Router::new();
    for Route { path, needs, serve, .. } in table() {
        let serve = match needs {
            Needs::Nothing | Needs::Here | Needs::Signature | Needs::Link | Needs::Gateway => serve,
            Needs::Role(role) => serve
                .route_layer(middleware::from_fn_with_state((Arc::clone(&hub), role), guard))
                .layer(DefaultBodyLimit::max(LONGEST_BODY)),
        };
        router = router.route(path, serve);
    }
    router
        .fallback(nowhere)
        .method_not_allowed_fallback(not_so)
        .layer(CatchPanicLayer::new())
        .layer(middleware::from_fn(named))
        .with_state(hub)
}

/// Where a browser says which page a request comes from.
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Where an answer says which request it answers.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Gives a request an id, which stands in its answer and with whatever is logged of it. The path as
/// the table has it, not as it was asked for: a link is a secret.
async fn named(request: Request, next: Next) -> Response {
    let id = Uuid::now_v7().to_string();
    let path = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str);
    let span = tracing::info_span!("request", %id, method = %request.method(), path);
    let answered = async {
        let mut response = next.run(request).await;
        tracing::debug!(status = response.status().as_u16(), "answered");
        response.headers_mut().extend(HeaderValue::from_str(&id).map(|id| (REQUEST_ID, id)));
        response
    };
    answered.instrument(span).await
}

/// Lets a request through when whoever sent it may do what `role` may.
async fn guard(
    State((hub, role)): State<(Arc<Hub>, OperatorRole)>,
    mut request: Request,
    next: Next,
) -> Response {
    let Some(peer) = request.extensions().get::<Peer>().copied() else {
        return Refusal::unauthorized().into_response();
    };
    // Browsers send these, terminals don't: no web page may ride on somebody's place in the network.
    if request.headers().contains_key(ORIGIN) || request.headers().contains_key(FETCH_SITE) {
        return Refusal::forbidden("this is not for web pages").into_response();
    }
    let admitted = match hub.access.admit(request.headers(), peer) {
        Ok(admitted) => admitted,
        Err(stranger) => return Refusal::from(stranger).into_response(),
    };
    if admitted.operator.role < role {
        let message = format!(
            "{} is a {}; this takes a {}",
            admitted.operator.name,
            admitted.operator.role.name(),
            role.name()
        );
        return Refusal::forbidden(&message).into_response();
    }
    let _place = match hub.requests.take(&admitted.operator.name) {
        Ok(place) => place,
        Err(full) => {
            let message = match full {
                Full::Yours => "you ask for too much at once",
                Full::All => "operators ask for too much at once",
            };
            let message = format!("{message}; nothing was done, try again shortly");
            return Refusal::too_many(&message, 1).into_response();
        }
    };
    request.extensions_mut().insert(admitted.operator.clone());
    request.extensions_mut().insert(admitted);
    match tokio::time::timeout(LONGEST_REQUEST, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            let message = "the request took too long to arrive or to answer";
            Refusal::new(StatusCode::REQUEST_TIMEOUT, "too_slow", message).into_response()
        }
    }
}

async fn not_so() -> Refusal {
    Refusal::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "this address takes another method; docs/protocol.md lists them",
    )
}

async fn nowhere() -> Refusal {
    Refusal::new(
        StatusCode::NOT_FOUND,
        "no_such_address",
        "there is nothing here; webhooks go to /hooks/SOURCE, the API is under /v1",
    )
}
