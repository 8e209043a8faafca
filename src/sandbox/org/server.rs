//! The socket side: reads requests, lets faults have their way, answers, or doesn't.

use std::{
    collections::HashMap,
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{ConnectInfo, Request as HttpRequest, State, connect_info::Connected},
    http::{HeaderName, HeaderValue, StatusCode},
    response::Response,
    serve::{IncomingStream, Listener},
};
use futures_util::stream;
use jiff::SignedDuration;
use serde_json::json;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::watch,
};

use super::{
    FaultKind, Org, OutageStyle, Served, Shared,
    answer::{Answer, Content, Refusal},
    lock,
    wire::Request,
};

/// The largest body a request may have: what Salesforce takes, 50 MB, would only invite trouble.
const BODY_LIMIT: usize = 12 * 1024 * 1024;
/// Salesforce refuses longer request lines.
const TARGET_LIMIT: usize = 16_384;

const MAINTENANCE_PAGE: &str = "<!DOCTYPE html><html><head><title>Scheduled Maintenance</title></head><body><h1>We are down for maintenance.</h1><p>Sorry for the inconvenience. We'll be back shortly.</p></body></html>";

/// Serves until told to stop.
pub(super) async fn serve(
    listener: TcpListener,
    shared: Shared,
    mut stopped: watch::Receiver<bool>,
) {
    let app = Router::new()
        .fallback(handle)
        .with_state(shared)
        .into_make_service_with_connect_info::<Wire>();
    let mut told = stopped.clone();
    let server = axum::serve(Doors(listener), app).into_future();
    tokio::select! {
        // Open connections are closed with the runtime's tasks: nothing waits for idle clients.
        _ = server => {}
        _ = told.wait_for(|stop| *stop) => {}
    }
    let _ = stopped.wait_for(|stop| *stop).await;
}

async fn handle(
    State(shared): State<Shared>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    request: HttpRequest,
) -> Response {
    let (parts, body) = request.into_parts();
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str()).to_owned();
    let Ok(body) = axum::body::to_bytes(body, BODY_LIMIT).await else {
        return response(Answer::empty(413), None);
    };
    let header = |(name, value): (&HeaderName, &HeaderValue)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    };
    let headers: HashMap<String, String> = parts.headers.iter().filter_map(header).collect();
    let request = Request::new(parts.method.as_str(), &target, headers, body.to_vec());
    if request.path.first().is_some_and(|first| first == "admin") {
        return response(lock(&shared).administer(&request), None);
    }
    let wait = lock(&shared).latency(&request);
    if !wait.is_zero() {
        tokio::time::sleep(wait).await;
    }
    let Outcome { answer, slow } = lock(&shared).serve(&request);
    match answer {
        Some(answer) => response(answer, slow),
        None => {
            wire.cut();
            response(Answer::empty(500), None)
        }
    }
}

/// What becomes of a request: no answer means that the connection closes.
struct Outcome {
    answer: Option<Answer>,
    slow: Option<Duration>,
}

impl Org {
    fn latency(&mut self, request: &Request) -> Duration {
        let now = self.now();
        let concerns = |kind: &FaultKind| matches!(kind, FaultKind::Latency { .. });
        let struck = self.faults.strike(now, concerns, |object| request.is_about(object));
        let milliseconds = struck.into_iter().map(|kind| match kind {
            FaultKind::Latency { ms, jitter_ms } => ms + self.random.u64(0..=jitter_ms),
            _ => 0,
        });
        Duration::from_millis(milliseconds.sum())
    }

    fn serve(&mut self, request: &Request) -> Outcome {
        self.take_web_leads();
        if self.now().duration_since(self.day_began) >= SignedDuration::from_hours(24) {
            (self.calls_today, self.day_began) = (0, self.now());
        }
        let (calls, changes) = (self.calls_ever, self.tables.changes());
        let now = self.now();
        let struck = self.faults.strike(now, is_of_transport, |object| request.is_about(object));
        let mut answer = match struck.into_iter().find_map(|kind| refusal_of(&kind)) {
            Some(Some(refused)) if request.path.get(1).is_some_and(|path| path == "Soap") => {
                Some(super::soap::refusal_as_fault(refused))
            }
            Some(refused) => refused,
            None => Some(self.answer(request)),
        };
        self.tables.commit();
        let changed = self.tables.changes() != changes;
        let now = self.now();
        let about = |object: &str| request.is_about(object);
        let is_drop = |kind: &FaultKind| changed && *kind == FaultKind::DropAfterCommit;
        if answer.is_some() && !self.faults.strike(now, is_drop, about).is_empty() {
            answer = None;
        }
        let is_slow = |kind: &FaultKind| matches!(kind, FaultKind::SlowBody { .. });
        let slow =
            self.faults.strike(now, is_slow, about).into_iter().find_map(|kind| match kind {
                FaultKind::SlowBody { ms } => Some(Duration::from_millis(ms)),
                _ => None,
            });
        self.remember(Served {
            at: now,
            method: request.method.clone(),
            target: request.target.clone(),
            status: answer.as_ref().map(|answer| answer.status),
            error: answer.as_ref().and_then(Answer::error_code),
            api_calls: self.calls_ever - calls,
            changed,
        });
        Outcome { answer, slow }
    }

    fn answer(&mut self, request: &Request) -> Answer {
        if request.target.len() > TARGET_LIMIT {
            return Refusal::new("URI_TOO_LONG", "URI length exceeds the maximum").into();
        }
        let path: Vec<&str> = request.path.iter().map(String::as_str).collect();
        match path.as_slice() {
            ["services", "oauth2", ..] => self.oauth(request),
            ["id", _, _] if self.is_signed_in(request) => Answer::json(200, self.identity()),
            ["services", "Soap", edition, version, ..] => self.soap(edition, version, request),
            ["servlet", "servlet.WebToLead"] => self.web_to_lead(request),
            ["services", "apexrest", rest @ ..] => match self.admit(request) {
                Ok(()) => {
                    let answer = self.apex_rest(rest, request).unwrap_or_else(Answer::from);
                    self.with_usage(answer)
                }
                Err(refused) => refused,
            },
            ["services", "data"] => Answer::json(200, super::rest::versions()),
            ["services", "data", version, rest @ ..] => self.data(version, rest, request),
            _ => Answer::text(
                404,
                "text/html;charset=UTF-8",
                "<html><body>URL No Longer Exists</body></html>",
            ),
        }
    }

    fn data(&mut self, version: &str, rest: &[&str], request: &Request) -> Answer {
        let version = match super::rest::version(version) {
            Ok(version) => version,
            Err(refusal) => return refusal.into(),
        };
        if let Err(refused) = self.admit(request) {
            return refused;
        }
        let answer = self.rest(version, rest, request).unwrap_or_else(Answer::from);
        self.with_usage(answer)
    }

    /// Checks the token and counts the call, while there are calls left.
    fn admit(&mut self, request: &Request) -> Result<(), Answer> {
        if !self.is_signed_in(request) {
            return Err(Refusal::new("INVALID_SESSION_ID", "Session expired or invalid").into());
        }
        if self.calls_today >= self.options.daily_limit {
            return Err(self.with_usage(
                Refusal::new("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.").into(),
            ));
        }
        self.count_call();
        Ok(())
    }

    /// One more API call is used.
    pub(super) fn count_call(&mut self) {
        self.calls_today += 1;
        self.calls_ever += 1;
    }

    fn with_usage(&self, answer: Answer) -> Answer {
        let usage = format!("api-usage={}/{}", self.calls_today, self.options.daily_limit);
        answer.with("sforce-limit-info", usage)
    }
}

fn is_of_transport(kind: &FaultKind) -> bool {
    matches!(
        kind,
        FaultKind::Outage { .. }
            | FaultKind::Status { .. }
            | FaultKind::DailyLimit
            | FaultKind::ConcurrentLimit
    )
}

/// The answer of a fault that comes before any work; the inner `None` closes the connection.
fn refusal_of(kind: &FaultKind) -> Option<Option<Answer>> {
    let limit = |message| Some(Refusal::new("REQUEST_LIMIT_EXCEEDED", message).into());
    Some(match kind {
        FaultKind::Outage { style: OutageStyle::Drop } => None,
        FaultKind::Outage { style: OutageStyle::Html } => {
            Some(Answer::text(503, "text/html;charset=UTF-8", MAINTENANCE_PAGE))
        }
        FaultKind::Outage { style: OutageStyle::Unavailable } => {
            Some(Refusal::new("SERVER_UNAVAILABLE", "Server unavailable").into())
        }
        FaultKind::Status { status, retry_after, code, message } => {
            let mut answer = match code {
                Some(code) => {
                    let message = message.clone().unwrap_or_else(|| code.clone());
                    Answer::json(*status, json!([{ "message": message, "errorCode": code }]))
                }
                None => Answer::empty(*status),
            };
            if let Some(seconds) = retry_after {
                answer = answer.with("retry-after", seconds.to_string());
            }
            Some(answer)
        }
        FaultKind::DailyLimit => limit("TotalRequests Limit exceeded."),
        FaultKind::ConcurrentLimit => {
            limit("ConcurrentRequests (Concurrent API Requests) Limit exceeded.")
        }
        _ => return None,
    })
}

fn response(answer: Answer, slow: Option<Duration>) -> Response {
    let (kind, bytes) = match answer.body {
        Content::Empty => (None, Bytes::new()),
        Content::Json(value) => {
            (Some("application/json;charset=UTF-8"), Bytes::from(value.to_string()))
        }
        Content::Text { kind, text } => (Some(kind), Bytes::from(text)),
    };
    let body = match slow {
        Some(time) => trickle(&bytes, time),
        None => Body::from(bytes),
    };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let headers = response.headers_mut();
    if let Some(kind) = kind {
        headers.insert("content-type", HeaderValue::from_static(kind));
    }
    for (name, value) in answer.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    response
}

fn trickle(bytes: &Bytes, time: Duration) -> Body {
    const PIECES: usize = 10;
    let size = bytes.len().div_ceil(PIECES).max(1);
    let pieces: Vec<Bytes> = bytes.chunks(size).map(Bytes::copy_from_slice).collect();
    let pause = time / u32::try_from(PIECES).unwrap_or(1);
    Body::from_stream(stream::unfold(pieces.into_iter(), move |mut left| async move {
        let piece = left.next()?;
        tokio::time::sleep(pause).await;
        Some((Ok::<_, io::Error>(piece), left))
    }))
}

/// The listener, whose connections can be cut.
struct Doors(TcpListener);

impl Listener for Doors {
    type Io = Severable;
    type Addr = std::net::SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        // Small answers must not wait for more.
        let _ = stream.set_nodelay(true);
        (Severable { stream, wire: Wire(Arc::new(AtomicBool::new(false))) }, address)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.0.local_addr()
    }
}

/// The way to cut a connection before it is answered.
#[derive(Clone, Debug)]
struct Wire(Arc<AtomicBool>);

impl Wire {
    fn cut(&self) {
        self.0.store(true, Ordering::Release);
    }
}

impl Connected<IncomingStream<'_, Doors>> for Wire {
    fn connect_info(stream: IncomingStream<'_, Doors>) -> Self {
        stream.io().wire.clone()
    }
}

/// A connection that, once cut, takes no byte more: the client sees it close unanswered.
struct Severable {
    stream: TcpStream,
    wire: Wire,
}

impl AsyncRead for Severable {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Severable {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.wire.0.load(Ordering::Acquire) {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
