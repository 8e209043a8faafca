//! `callboard login`: a person gives the program a standing permission, also over SSH.

use std::{
    io::{self, BufRead},
    net::{IpAddr, Ipv4Addr},
    process::ExitCode,
    sync::Arc,
};

use anyhow::{Context, bail};
use reqwest::Url;
use secrecy::SecretString;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
};

use super::{runtime, say};
use crate::{
    cli::LoginArgs,
    config::{Config, Store},
    delivery::KeptTokens,
    network,
    salesforce::{Failure, Flow, Login, TokenStore, login_name},
    store::{Journal, Vault},
};

/// The most of a browser's request that is read.
const LONGEST_REQUEST: usize = 16 * 1024;

/// Logs in and keeps the refresh token, sealed, where the hub looks for it.
///
/// # Errors
/// When no org is configured, the hub holds the journal, or Salesforce refuses.
pub fn run(config: &Config, args: &LoginArgs) -> anyhow::Result<ExitCode> {
    let Some(mut settings) = config.salesforce.clone() else {
        bail!(
            "no org is configured; put [salesforce] into the config, docs/salesforce.md tells how"
        );
    };
    anyhow::ensure!(
        settings.flow == Flow::RefreshToken,
        "a login is only of use with flow = \"refresh_token\" under [salesforce]; the other flows \
         need none"
    );
    settings.check()?;
    if let Some(redirect) = &args.redirect {
        settings.redirect_uri = Some(redirect.clone());
    }
    let folder = config.data_dir()?;
    let shared = config.hub.store.as_ref().map(Store::address).transpose()?;
    let runtime = runtime()?;
    let outcome = runtime.block_on(async {
        let name = login_name(&settings).await.map_err(told)?;
        // Before anybody goes to a browser: whether the token can be kept at all.
        let journal = match &shared {
            Some(address) => Journal::connect(address).await?,
            None => Journal::open(&folder).await.context(
                "the login must be kept in the hub's journal: stop the hub while you log in",
            )?,
        };
        let vault = Vault::open(&folder)?;
        vault.agree(&journal).await?;
        let store = KeptTokens::new(Arc::new(journal), vault);
        let login = Login::begin(settings.clone()).map_err(told)?;
        let code = approval(&login, args).await?;
        let approved = login.exchange(&code).await.map_err(told)?;
        let kept = store.keep(&name, &approved.refresh_token).await;
        kept.map_err(|error| anyhow::anyhow!("the refresh token can't be kept: {error}"))?;
        say(&format!("logged in to org {} as user {}", approved.org_id, approved.user_id))?;
        if settings.org_id.is_none() {
            say(&format!(
                "to make sure that no other org is ever written to, set org_id = \"{}\" under \
                 [salesforce]",
                approved.org_id
            ))?;
        }
        say("the refresh token is kept, sealed, in the data folder; start the hub, then run: callboard doctor")?;
        Ok(ExitCode::SUCCESS)
    });
    // Somebody may still be asked to paste; nobody waits for that.
    runtime.shutdown_background();
    outcome
}

/// A failure with what to do about it.
fn told(failure: Failure) -> anyhow::Error {
    match failure.advice() {
        Some(advice) => anyhow::anyhow!("{failure}. {advice}"),
        None => failure.into(),
    }
}

/// The code, from a browser on this machine or pasted from one elsewhere.
async fn approval(login: &Login, args: &LoginArgs) -> anyhow::Result<SecretString> {
    let listener = match args.no_listen {
        true => None,
        false => listen(login.redirect()).await,
    };
    say("Open this in a browser, on whatever machine, and log in as the integration user:")?;
    say(&format!("\n  {}\n", login.url().map_err(told)?))?;
    say(match &listener {
        Some(_) => {
            "A browser on this machine comes back by itself. On another machine the browser ends at \
             a page it can't open: copy that page's address, paste it here, and press Enter."
        }
        None => {
            "The browser ends at a page it can't open: copy that page's address, paste it here, and \
             press Enter."
        }
    })?;
    let mut pasted = lines();
    loop {
        let redirected = tokio::select! {
            answered = answered(listener.as_ref(), login) => return answered,
            line = &mut pasted => line,
        };
        let Ok(Some(line)) = redirected else {
            let Some(listener) = &listener else {
                bail!("nothing was pasted; nothing was changed");
            };
            // Nobody can paste here: a browser on this machine still can come back.
            return answered(Some(listener), login).await;
        };
        if line.trim().is_empty() {
            pasted = lines();
            continue;
        }
        match login.code(&line) {
            Ok(code) => return Ok(code),
            Err(error) => {
                say(&format!("{error}"))?;
                pasted = lines();
            }
        }
    }
}

/// The next line of standard input; none at its end.
fn lines() -> oneshot::Receiver<Option<String>> {
    let (send, line) = oneshot::channel();
    std::thread::spawn(move || {
        let mut line = String::new();
        let read = io::stdin().lock().read_line(&mut line);
        let _ = send.send(read.ok().filter(|bytes| *bytes > 0).map(|_| line));
    });
    line
}

/// Listens where Salesforce will send the browser, if that is this machine and the port is free.
async fn listen(redirect: &str) -> Option<TcpListener> {
    let url = Url::parse(redirect).ok()?;
    let host = url.host_str()?;
    if url.scheme() != "http" || !network::is_this_machine(host) {
        return None;
    }
    let bare = host.trim_matches(['[', ']']);
    let address = bare.parse().unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    TcpListener::bind((address, url.port_or_known_default()?)).await.ok()
}

/// Waits for the browser; for ever where nobody listens.
async fn answered(listener: Option<&TcpListener>, login: &Login) -> anyhow::Result<SecretString> {
    let Some(listener) = listener else { return std::future::pending().await };
    loop {
        let (stream, _) = listener.accept().await.context("can't wait for the browser")?;
        if let Some(code) = answer(stream, login).await {
            return Ok(code);
        }
    }
}

/// Answers one request of a browser; the code, if it brought one.
async fn answer(mut stream: TcpStream, login: &Login) -> Option<SecretString> {
    let mut bytes = Vec::new();
    while !bytes.windows(4).any(|end| end == b"\r\n\r\n") && bytes.len() < LONGEST_REQUEST {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            break;
        }
    }
    let request = String::from_utf8_lossy(&bytes);
    let target = request.strip_prefix("GET ").and_then(|rest| rest.split(' ').next());
    let expected = Url::parse(login.redirect()).ok()?;
    let url = expected.join(target.unwrap_or("/")).ok()?;
    let outcome = (url.path() == expected.path()).then(|| login.code(url.as_str()));
    let (status, words) = match &outcome {
        Some(Ok(_)) => ("200 OK", "Callboard is logged in. You can close this page.".to_owned()),
        Some(Err(error)) => ("400 Bad Request", error.to_string()),
        None => ("404 Not Found", "There is nothing here.".to_owned()),
    };
    let answer = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{words}",
        words.len()
    );
    // A browser that is gone does not change what it brought.
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
    outcome?.ok()
}
