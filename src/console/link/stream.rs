//! The WebSocket: connect, listen, notice death, connect again.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use secrecy::{ExposeSecret, SecretString};
use tokio::{
    net::TcpStream,
    sync::{mpsc, watch},
    time::{sleep, timeout},
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream,
    tungstenite::{
        self, ClientRequestBuilder, Message,
        error::ProtocolError,
        http::{HeaderValue, Uri, header},
        protocol::WebSocketConfig,
    },
};

use super::{FromLink, Obstacle, SILENCE};
use crate::{
    call::CallId,
    client::{Address, NO_HTTP, sentence, speaks_no_tls, untrusted},
    wire::{FromConsole, FromHub},
};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(5);
/// The first wait before another try, and the longest.
const WAITS: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(5));
/// The wait after the hub refused the token: somebody may be about to put that right.
const REFUSED_WAIT: Duration = Duration::from_secs(15);
/// The largest message: a snapshot of a very full board.
const LARGEST: usize = 256 * 1024 * 1024;
/// The selection may run over many rows; the hub hears of it this often.
const WATCH_EVERY: Duration = Duration::from_millis(60);

/// Why a line ended.
struct End {
    why: String,
    again: Again,
    /// Whether the hub had spoken: then the next wait is short again.
    lived: bool,
}

enum Again {
    Soon,
    Later,
    /// When somebody has put right what is in the way.
    Mended(Obstacle),
    Never,
}

pub(super) async fn run(
    address: Address,
    token: SecretString,
    mut watching: watch::Receiver<Option<CallId>>,
    out: mpsc::Sender<FromLink>,
) {
    let mut tries = 0u32;
    loop {
        let end = match connect(&address, &token).await {
            Ok(socket) => listen(socket, &mut watching, &out).await,
            Err(end) => end,
        };
        tries = if end.lived { 0 } else { tries.saturating_add(1) };
        let wait = match end.again {
            Again::Soon => Some(backoff(tries, fastrand::f64())),
            Again::Later | Again::Mended(_) => Some(REFUSED_WAIT),
            Again::Never => None,
        };
        let obstacle = match end.again {
            Again::Mended(obstacle) => obstacle,
            Again::Soon | Again::Later | Again::Never => Obstacle::Silence,
        };
        if out.send(FromLink::Lost { why: end.why, retry_in: wait, obstacle }).await.is_err() {
            return;
        }
        let Some(wait) = wait else { return };
        sleep(wait).await;
    }
}

/// Doubling from the first wait to the longest; `chance` (0 to 1) spreads the upper half, so that
/// the consoles of a hub that restarts don't all come at once.
fn backoff(tries: u32, chance: f64) -> Duration {
    let (first, longest) = WAITS;
    let full = first.saturating_mul(1 << tries.min(10)).min(longest);
    full.mul_f64(0.5 + chance.clamp(0.0, 1.0) / 2.0)
}

async fn connect(address: &Address, token: &SecretString) -> Result<Socket, End> {
    let failed = |why: String, again| End { why, again, lived: false };
    let shown = address.shown();
    let Ok(uri) = address.stream().as_str().parse::<Uri>() else {
        return Err(failed(format!("{shown} is no address"), Again::Never));
    };
    let Ok(mut request) =
        tungstenite::client::IntoClientRequest::into_client_request(ClientRequestBuilder::new(uri))
    else {
        return Err(failed(format!("{shown} is no address"), Again::Never));
    };
    let Ok(mut bearer) = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret())) else {
        let why = "the token holds characters no token has; check the file it comes from";
        return Err(failed(why.to_owned(), Again::Never));
    };
    bearer.set_sensitive(true);
    request.headers_mut().insert(header::AUTHORIZATION, bearer);
    let config =
        WebSocketConfig::default().max_message_size(Some(LARGEST)).max_frame_size(Some(LARGEST));
    let connecting = tokio_tungstenite::connect_async_with_config(request, Some(config), true);
    match timeout(CONNECT, connecting).await {
        Ok(Ok((socket, _))) => Ok(socket),
        Ok(Err(error)) => Err(refused(shown, &error)),
        Err(_) => Err(failed(format!("no answer from {shown}"), Again::Soon)),
    }
}

fn refused(shown: &str, error: &tungstenite::Error) -> End {
    let stranger = |how: &str| {
        let why = format!("what answers at {shown} is no Callboard hub ({how})");
        (why, Again::Mended(Obstacle::Address))
    };
    let (why, again) = match error {
        tungstenite::Error::Http(response) => match response.status().as_u16() {
            401 | 403 => {
                let why = "the hub answers and does not accept the token";
                (why.to_owned(), Again::Mended(Obstacle::Token))
            }
            // A hub that is full, or a proxy whose hub is away.
            status @ (429 | 500..) => (format!("{shown} answers {status}"), Again::Soon),
            status => stranger(&format!("it answers {status}")),
        },
        tungstenite::Error::Protocol(ProtocolError::HttparseError(_))
            if shown.starts_with("http://") =>
        {
            stranger(NO_HTTP)
        }
        // A tunnel whose other end is away does that, or a hub that is just stopped.
        tungstenite::Error::Protocol(ProtocolError::HandshakeIncomplete) => {
            (format!("{shown} hangs up at once"), Again::Soon)
        }
        tungstenite::Error::Protocol(_) | tungstenite::Error::HttpFormat(_) => {
            stranger("it speaks another protocol")
        }
        tungstenite::Error::Io(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
            (format!("nobody listens at {shown}"), Again::Soon)
        }
        other if let Some(why) = untrusted(other) => {
            let how = "name its file in SSL_CERT_FILE";
            (format!("the certificate of {shown} is not trusted ({why}): {how}"), Again::Later)
        }
        other if speaks_no_tls(other) => {
            let why = format!("{shown} speaks plain HTTP: say http://");
            (why, Again::Mended(Obstacle::Address))
        }
        other => {
            (format!("{shown} can't be reached: {}", sentence(&other.to_string())), Again::Soon)
        }
    };
    End { why, again, lived: false }
}

async fn listen(
    mut socket: Socket,
    watching: &mut watch::Receiver<Option<CallId>>,
    out: &mpsc::Sender<FromLink>,
) -> End {
    let mut lived = false;
    let end = |why: String, again, lived| End { why, again, lived };
    // The hub doesn't know yet what this console looks at.
    watching.mark_changed();
    let mut may_watch = tokio::time::Instant::now();
    // Not measured from the last frame by the loop: a console that takes its time to draw must
    // not take that for the hub's silence.
    let mut deadline = tokio::time::Instant::now() + SILENCE;
    loop {
        let frame = tokio::select! {
            frame = tokio::time::timeout_at(deadline, socket.next()) => frame,
            changed = watching.changed() => {
                if changed.is_err() {
                    return end("the console ends".to_owned(), Again::Never, lived);
                }
                tokio::time::sleep_until(may_watch).await;
                may_watch = tokio::time::Instant::now() + WATCH_EVERY;
                let call = watching.borrow_and_update().clone();
                let wish = serde_json::to_string(&FromConsole::Watch { call }).unwrap_or_default();
                let sent = timeout(SILENCE, socket.send(Message::text(wish))).await;
                match sent {
                    Ok(Ok(())) => continue,
                    _ => return end("the line to the hub broke".to_owned(), Again::Soon, lived),
                }
            }
        };
        let message = match frame {
            Ok(Some(Ok(Message::Text(text)))) => serde_json::from_str::<FromHub>(text.as_str()),
            Ok(Some(Ok(Message::Close(_))) | None) => {
                return end("the hub closed the line".to_owned(), Again::Soon, lived);
            }
            Ok(Some(Ok(_))) => {
                deadline = tokio::time::Instant::now() + SILENCE;
                continue;
            }
            Ok(Some(Err(error))) => {
                let why = format!("the line broke: {}", sentence(&error.to_string()));
                return end(why, Again::Soon, lived);
            }
            Err(_) => {
                let why = format!("the hub has been silent for {} s", SILENCE.as_secs());
                return end(why, Again::Soon, lived);
            }
        };
        match message {
            Ok(FromHub::Goodbye { reason, retry }) => {
                let again = if retry { Again::Soon } else { Again::Never };
                return end(format!("the hub says goodbye: {reason}"), again, lived);
            }
            Ok(message) => {
                lived |= matches!(message, FromHub::Snapshot { .. });
                if out.send(FromLink::Hub(message)).await.is_err() {
                    return end("the console ends".to_owned(), Again::Never, lived);
                }
            }
            Err(error) => {
                tracing::warn!(%error, "a message of the hub can't be read");
                let why = "the hub says what this console can't read; update the older of the two";
                return end(why.to_owned(), Again::Later, lived);
            }
        }
        deadline = tokio::time::Instant::now() + SILENCE;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the link makes of a server that gives this answer to everybody.
    async fn met(scheme: &str, answer: &'static str) -> (String, Option<Obstacle>) {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let place = listener.local_addr().unwrap().to_string();
        let address = Address::parse(&format!("{scheme}://{place}")).unwrap();
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(answer.as_bytes()).await;
            // Until the other end has read it; who says nothing hangs up.
            if !answer.is_empty() {
                let _ = stream.read(&mut [0; 4096]).await;
            }
        });
        let end = connect(&address, &"token".to_owned().into()).await.unwrap_err();
        server.abort();
        let obstacle = match end.again {
            Again::Mended(obstacle) => Some(obstacle),
            _ => None,
        };
        (end.why.replace(&place, "HOST"), obstacle)
    }

    #[tokio::test]
    async fn who_is_no_hub_is_told_from_one_that_is_away() {
        let no_hub = |how: &str| {
            let why = format!("what answers at http://HOST is no Callboard hub ({how})");
            (why, Some(Obstacle::Address))
        };
        let old = "HTTP/1.0 404 File not found\r\nServer: SimpleHTTP/0.6\r\n\r\n";
        assert_eq!(met("http", old).await, no_hub("it speaks another protocol"));
        let other = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
        assert_eq!(met("http", other).await, no_hub("it answers 200"));
        let mail = "220 mail.example.com ESMTP\r\n";
        assert_eq!(met("http", mail).await, no_hub(NO_HTTP));
        // A TLS server's alert.
        assert_eq!(met("http", "\u{15}\u{3}\u{3}\0\u{2}\u{2}\u{46}").await, no_hub(NO_HTTP));
        let away = "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n";
        assert_eq!(met("http", away).await, ("http://HOST answers 502".to_owned(), None));
        let plain = "https://HOST speaks plain HTTP: say http://";
        let bad = "HTTP/1.1 400 Bad Request\r\n\r\n";
        assert_eq!(met("https", bad).await, (plain.to_owned(), Some(Obstacle::Address)));
        let tunnel = ("http://HOST hangs up at once".to_owned(), None);
        assert_eq!(met("http", "").await, tunnel, "its other end is away");
        let token = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n";
        assert_eq!(met("http", token).await.1, Some(Obstacle::Token));
    }

    #[test]
    fn waits_grow_to_a_limit_and_are_spread() {
        let millis = |tries, chance| backoff(tries, chance).as_millis();
        assert_eq!((millis(0, 0.0), millis(0, 1.0)), (125, 250));
        assert_eq!((millis(2, 0.0), millis(2, 1.0)), (500, 1000));
        assert_eq!((millis(40, 0.0), millis(40, 1.0)), (2500, 5000));
    }
}
