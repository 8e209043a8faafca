//! Secrets that another program keeps: the system's keyring, asked with the tool that comes with it,
//! and password managers. So nothing of them has to be linked in, and a machine without them builds
//! and runs as any other.

use std::{
    io::{self, Read},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, channel},
    },
    thread,
    time::{Duration, Instant},
};

use secrecy::{ExposeSecret, SecretString};

/// Who keeps a secret may have to ask a person to unlock it, but not for ever.
const PATIENCE: Duration = Duration::from_secs(10);
const LOOK: Duration = Duration::from_millis(20);

/// The longest answer that is taken, in bytes: a private key is far below.
const LONGEST: usize = 64 * 1024;

/// How long what a program printed is waited for once it has ended. It is in the pipe by then; only the
/// pipe's end may not come: an agent that the program started can hold it open for as long as it runs.
const REST: Duration = Duration::from_millis(500);

/// An entry of the system's keyring: on macOS of the Keychain, elsewhere of whatever serves the Secret
/// Service (GNOME Keyring, KWallet, KeePassXC).
///
/// # Errors
/// Why it can't be had and what to do, in a sentence.
pub(super) fn keyring(name: &str) -> Result<SecretString, String> {
    let (tool, arguments, package): (_, &[&str], _) = if cfg!(target_os = "macos") {
        ("security", &["find-generic-password", "-s", "callboard", "-w", "-a"], "part of macOS")
    } else {
        ("secret-tool", &["lookup", "callboard"], "package libsecret-tools or libsecret")
    };
    let mut command = Command::new(tool);
    command.args(arguments).arg(name);
    match run(command) {
        Ok(secret) => Ok(secret),
        Err(Trouble::Start(error)) if error.kind() == io::ErrorKind::NotFound => Err(format!(
            "this machine has no {tool} ({package}) to ask its keyring with; install it, or use \
             \"env:NAME\" or \"file:/path\""
        )),
        Err(Trouble::Ended(said)) if said.is_empty() && !cfg!(target_os = "macos") => Err(format!(
            "it is not in the keyring; put it there with: secret-tool store --label=Callboard \
             callboard {name}"
        )),
        Err(Trouble::Ended(said)) => Err(format!(
            "{said}; is a keyring running and unlocked for this user? A service that starts with the \
             machine has none: use \"file:/path\" there"
        )),
        Err(trouble) => Err(trouble.told(tool)),
    }
}

/// The first line that a program prints, called without a shell: words are separated by spaces. What
/// follows are notes (`pass show` prints the whole entry), unless the first line begins a key in PEM, which
/// is nothing without its other lines.
///
/// # Errors
/// Why it can't be had, in a sentence.
pub(super) fn command(line: &str) -> Result<SecretString, String> {
    let mut words = line.split_whitespace();
    let program = words.next().unwrap_or_default();
    let mut command = Command::new(program);
    command.args(words);
    let printed = run(command).map_err(|trouble| trouble.told(program))?;
    let text = printed.expose_secret();
    let first = text.lines().next().unwrap_or_default();
    match first.starts_with(PEM) {
        true => Ok(printed),
        false if first.is_empty() => Err(format!("{program} printed an empty first line")),
        false => Ok(first.to_owned().into()),
    }
}

/// How a key or a certificate begins (RFC 7468).
const PEM: &str = "-----BEGIN ";

/// Why a program gave nothing.
enum Trouble {
    Start(io::Error),
    /// It ended without success; the first line of what it said to people.
    Ended(String),
    Late,
    Long,
    Empty,
}

impl Trouble {
    fn told(self, program: &str) -> String {
        match self {
            Self::Start(error) => format!("{program} can't be started ({error})"),
            Self::Ended(said) if said.is_empty() => {
                format!("{program} did not succeed, and does not say why")
            }
            Self::Ended(said) => format!("{program} says: {said}"),
            Self::Late => format!("{program} did not answer in {} s", PATIENCE.as_secs()),
            Self::Long => {
                format!("{program} printed more than {} KiB, which is no secret", LONGEST / 1024)
            }
            Self::Empty => format!("{program} printed nothing"),
        }
    }
}

fn run(mut command: Command) -> Result<SecretString, Trouble> {
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.map_err(Trouble::Start)?;
    let end = Instant::now() + PATIENCE;
    // A program whose pipe is full waits for a reader.
    let printed = Heard::from(child.stdout.take()).map_err(Trouble::Start)?;
    let said = Heard::from(child.stderr.take()).map_err(Trouble::Start)?;
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if Instant::now() < end => thread::sleep(LOOK),
            Ok(None) => return Err(stop(child)),
            Err(error) => return Err(Trouble::Start(error)),
        }
    };
    let printed = printed.all();
    if printed.len() > LONGEST {
        return Err(Trouble::Long);
    }
    if !status.success() {
        let said = said.all();
        let first = said.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        return Err(Trouble::Ended(first.trim().chars().take(200).collect()));
    }
    match printed.trim_end_matches(['\r', '\n']) {
        "" => Err(Trouble::Empty),
        secret => Ok(secret.to_owned().into()),
    }
}

fn stop(mut child: Child) -> Trouble {
    // It is of no use any more, whether it could be stopped or not.
    let _ = child.kill();
    let _ = child.wait();
    Trouble::Late
}

/// What came through a pipe so far. A thread of its own reads it, so that nobody waits for a pipe's end
/// longer than they want to.
struct Heard {
    text: Arc<Mutex<Vec<u8>>>,
    /// Hangs up at the pipe's end.
    end: Receiver<()>,
}

impl Heard {
    fn from(pipe: Option<impl Read + Send + 'static>) -> io::Result<Self> {
        let text = Arc::new(Mutex::new(Vec::new()));
        let (reading, end) = channel();
        if let Some(pipe) = pipe {
            let text = Arc::clone(&text);
            thread::Builder::new().name("secret".to_owned()).spawn(move || {
                read(pipe, &text);
                drop(reading);
            })?;
        }
        Ok(Self { text, end })
    }

    /// All of it, or what is there [`REST`] after the program's end.
    fn all(self) -> String {
        let _ = self.end.recv_timeout(REST);
        let text = std::mem::take(&mut *self.text.lock().unwrap_or_else(PoisonError::into_inner));
        String::from_utf8_lossy(&text).into_owned()
    }
}

/// Reads to the end, and keeps a little more than may be: what can't be read is as good as not said.
fn read(mut pipe: impl Read, text: &Mutex<Vec<u8>>) {
    let mut piece = [0; 4096];
    while let Ok(length @ 1..) = pipe.read(&mut piece) {
        let mut text = text.lock().unwrap_or_else(PoisonError::into_inner);
        if text.len() <= LONGEST {
            text.extend_from_slice(&piece[..length]);
        }
    }
}
