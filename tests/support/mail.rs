//! A mail server: small, but with real sockets and SMTP's real order of things. Can refuse, and be
//! down.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use callboard::notice::{Email, Security};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// A mail it took.
#[derive(Clone, Debug)]
pub struct Mail {
    /// `RCPT TO`.
    pub to: String,
    /// Headers and body as they came, lines ended by `\n`.
    pub raw: String,
}

impl Mail {
    /// A header, unfolded; none when it is not there.
    pub fn header(&self, name: &str) -> Option<String> {
        let head = self.raw.split("\n\n").next().unwrap().replace("\n ", " ");
        let prefix = format!("{}: ", name.to_lowercase());
        let line = head.lines().find(|line| line.to_lowercase().starts_with(&prefix))?;
        Some(line[prefix.len()..].to_owned())
    }

    /// The body, decoded.
    pub fn body(&self) -> String {
        let body = self.raw.split_once("\n\n").unwrap().1;
        match self.header("Content-Transfer-Encoding").as_deref() {
            Some("quoted-printable") => unquoted(body),
            _ => body.to_owned(),
        }
    }
}

fn unquoted(body: &str) -> String {
    let joined = body.replace("=\n", "");
    let mut bytes = Vec::new();
    let mut rest = joined.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        if first == b'=' {
            bytes.push(u8::from_str_radix(std::str::from_utf8(&tail[..2]).unwrap(), 16).unwrap());
            rest = &tail[2..];
        } else {
            bytes.push(first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).unwrap()
}

#[derive(Debug, Default)]
struct State {
    mails: Vec<Mail>,
    /// Everything clients said, line by line.
    said: Vec<String>,
    /// What recipients are refused with, while that is so.
    refusal: Option<String>,
    /// The only login that is let in: base64 of `\0user\0password`.
    login: Option<String>,
}

/// A mail server.
#[derive(Debug)]
pub struct MailServer {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl MailServer {
    /// One that takes all mail.
    pub async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = Self { address, state: Arc::default(), task: Mutex::default() };
        server.serve(listener);
        server
    }

    fn serve(&self, listener: TcpListener) {
        let state = Arc::clone(&self.state);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(talk(stream, Arc::clone(&state)));
            }
        });
        *self.task.lock().unwrap() = Some(task);
    }

    /// Nobody is at home from now on: connections are refused.
    pub async fn go_down(&self) {
        let task = self.task.lock().unwrap().take().unwrap();
        task.abort();
        let _ = task.await;
    }

    /// Is there again, at the same address.
    pub async fn come_up(&self) {
        self.serve(TcpListener::bind(self.address).await.unwrap());
    }

    /// Refuses recipients with this answer (`550 no such user`), or takes them again.
    pub fn refuse(&self, answer: Option<&str>) {
        self.state.lock().unwrap().refusal = answer.map(str::to_owned);
    }

    /// Lets in only this login: base64 of `\0user\0password`.
    pub fn ask_for(&self, login: &str) {
        self.state.lock().unwrap().login = Some(login.to_owned());
    }

    /// What it took so far.
    pub fn mails(&self) -> Vec<Mail> {
        self.state.lock().unwrap().mails.clone()
    }

    /// What clients said so far.
    pub fn said(&self) -> Vec<String> {
        self.state.lock().unwrap().said.clone()
    }

    /// How a hub reaches it.
    pub fn settings(&self) -> Email {
        Email {
            host: "127.0.0.1".to_owned(),
            port: Some(self.address.port()),
            security: Security::None,
            user: None,
            password: None,
            from: "Callboard <board@example.com>".to_owned(),
            reply_to: None,
        }
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        if let Some(task) = self.task.lock().unwrap().take() {
            task.abort();
        }
    }
}

async fn talk(stream: TcpStream, state: Arc<Mutex<State>>) -> Option<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 mail.example.com ready\r\n").await.ok()?;
    let (mut to, mut let_in) = (String::new(), false);
    while let Some(line) = lines.next_line().await.ok()? {
        state.lock().unwrap().said.push(line.clone());
        let verb = line.split([' ', ':']).next().unwrap().to_uppercase();
        let login = state.lock().unwrap().login.clone();
        let answer = match verb.as_str() {
            "EHLO" if login.is_some() => "250-mail.example.com\r\n250 AUTH PLAIN".to_owned(),
            "EHLO" => "250 mail.example.com".to_owned(),
            "AUTH" if login.as_deref() == line.strip_prefix("AUTH PLAIN ") => {
                let_in = true;
                "235 welcome".to_owned()
            }
            "AUTH" => "535 wrong password".to_owned(),
            "MAIL" if login.is_some() && !let_in => "530 log in first".to_owned(),
            "RCPT" => {
                to = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                let refusal = state.lock().unwrap().refusal.clone();
                refusal.unwrap_or_else(|| "250 fine".to_owned())
            }
            "MAIL" | "RSET" | "NOOP" => "250 fine".to_owned(),
            "DATA" => {
                write.write_all(b"354 go on\r\n").await.ok()?;
                let mut raw = String::new();
                loop {
                    match lines.next_line().await.ok()??.as_str() {
                        "." => break,
                        line => {
                            raw.push_str(line.strip_prefix('.').unwrap_or(line));
                            raw.push('\n');
                        }
                    }
                }
                state.lock().unwrap().mails.push(Mail { to: to.clone(), raw });
                "250 taken".to_owned()
            }
            "QUIT" => {
                write.write_all(b"221 bye\r\n").await.ok()?;
                return Some(());
            }
            _ => "502 what?".to_owned(),
        };
        write.write_all(format!("{answer}\r\n").as_bytes()).await.ok()?;
    }
    Some(())
}
