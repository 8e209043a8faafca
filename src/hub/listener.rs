//! The accept loop: who gets a connection, how long it may take over what.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, extract::Request};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
    time::{sleep, timeout},
};

use super::{
    door::Door,
    patient::Patient,
    peer::{Client, Peer},
    seats::{Seat, Seats},
    tls::Certificate,
};

/// How long the TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// The most a request's head may have, in bytes; also what is buffered of a connection.
const LONGEST_HEAD: usize = 32 * 1024;

/// The most headers a request may have.
const MOST_HEADERS: usize = 100;

/// Rest after the system had no connection to give (too many open files).
const REST: Duration = Duration::from_millis(100);

/// What listens, and for whom.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    door: Door,
    certificate: Option<Certificate>,
    seats: Arc<Seats>,
}

impl Listener {
    /// `socket` behind `door`, with its certificate when it speaks TLS itself.
    pub fn new(socket: TcpListener, door: Door, certificate: Option<Certificate>) -> Self {
        let each = if door.behind_tls { door.connections } else { door.connections / 2 };
        let seats = Seats::new(door.connections, each);
        Self { socket, door, certificate, seats }
    }

    /// How many connections there are.
    pub fn seats(&self) -> Arc<Seats> {
        Arc::clone(&self.seats)
    }

    /// Serves until `stop` becomes true, then lets what is under way finish.
    pub async fn serve(self, app: Router, mut stop: watch::Receiver<bool>) {
        let this = Arc::new(self);
        let mut connections = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                accepted = this.socket.accept() => accepted,
                Some(_) = connections.join_next() => continue,
                // An error means that whoever could stop us is gone: as good as stopped.
                _ = stop.wait_for(|stop| *stop) => break,
            };
            let (stream, address) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    if !is_of_the_client(&error) {
                        tracing::warn!(%error, "no connection can be taken now");
                        sleep(REST).await;
                    }
                    continue;
                }
            };
            let Some(seat) = this.seats.take(Client::of(address.ip())) else {
                metrics::counter!("callboard_connections_refused_total").increment(1);
                continue;
            };
            let (this, app, stop) = (Arc::clone(&this), app.clone(), stop.clone());
            connections.spawn(async move { this.greet(stream, address, seat, app, stop).await });
        }
        drop(this);
        while connections.join_next().await.is_some() {}
    }

    async fn greet(
        &self,
        stream: TcpStream,
        address: SocketAddr,
        seat: Seat,
        app: Router,
        stop: watch::Receiver<bool>,
    ) {
        // Answers are small and whole: nothing is won by waiting for more.
        let _ = stream.set_nodelay(true);
        let stream = Patient::new(stream, self.door.take_time);
        match &self.certificate {
            None => self.converse(stream, address, seat, app, stop).await,
            Some(certificate) => {
                let shake = certificate.acceptor().accept(stream);
                let Ok(Ok(stream)) = timeout(HANDSHAKE, shake).await else {
                    metrics::counter!("callboard_handshakes_failed_total").increment(1);
                    return;
                };
                self.converse(stream, address, seat, app, stop).await;
            }
        }
    }

    async fn converse<S>(
        &self,
        stream: S,
        address: SocketAddr,
        seat: Seat,
        app: Router,
        mut stop: watch::Receiver<bool>,
    ) where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let behind_proxy = self.door.behind_tls;
        // A WebSocket outlives its HTTP connection: it keeps the seat by what its request carries.
        let seat = Arc::new(seat);
        let mine = Arc::clone(&seat);
        let service = service_fn(move |mut request: Request<Incoming>| {
            let peer = Peer::of(address.ip(), behind_proxy, request.headers());
            request.extensions_mut().insert(peer);
            request.extensions_mut().insert(Arc::clone(&mine));
            let service = TowerToHyperService::new(app.clone());
            hyper::service::Service::call(&service, request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.door.head_time)
            .max_buf_size(LONGEST_HEAD)
            .max_headers(MOST_HEADERS)
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades();
        let mut connection = std::pin::pin!(connection);
        // How a connection ends is the client's affair: each of its requests was answered or not.
        tokio::select! {
            ended = connection.as_mut() => {
                if ended.is_err_and(|error| error.is_parse() || error.is_timeout()) {
                    metrics::counter!("callboard_bad_heads_total").increment(1);
                }
                return;
            }
            () = seat.wanted() => {
                metrics::counter!("callboard_connections_given_up_total").increment(1);
                return;
            }
            _ = stop.wait_for(|stop| *stop) => connection.as_mut().graceful_shutdown(),
        }
        let _ = connection.await;
    }
}

/// Whether it is only this client's connection that failed.
fn is_of_the_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
