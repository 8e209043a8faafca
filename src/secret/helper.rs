//! Secrets that another program keeps: the system's keyring, asked with the tool that comes with it,
//! and password managers. So nothing of them has to be linked in, and a machine without them builds
//! and runs as any other.

use std::{
    io::{self, Read},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use secrecy::SecretString;

/// Who keeps a secret may have to ask a person to unlock it, but not for ever.
const PATIENCE: Duration = Duration::from_secs(10);
const LOOK: Duration = Duration::from_millis(20);

/// The longest answer that is read: a private key is far below.
const LONGEST: u64 = 64 * 1024;

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

/// What a program prints, called without a shell: words are separated by spaces.
///
/// # Errors
/// Why it can't be had, in a sentence.
pub(super) fn command(line: &str) -> Result<SecretString, String> {
    let mut words = line.split_whitespace();
    let program = words.next().unwrap_or_default();
    let mut command = Command::new(program);
    command.args(words);
    run(command).map_err(|trouble| trouble.told(program))
}

/// Why a program gave nothing.
enum Trouble {
    Start(io::Error),
    /// It ended without success; the first line of what it said to people.
    Ended(String),
    Late,
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
            Self::Empty => format!("{program} printed nothing"),
        }
    }
}

fn run(mut command: Command) -> Result<SecretString, Trouble> {
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.map_err(Trouble::Start)?;
    let end = Instant::now() + PATIENCE;
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if Instant::now() < end => std::thread::sleep(LOOK),
            Ok(None) => return Err(stop(child)),
            Err(error) => return Err(Trouble::Start(error)),
        }
    };
    if !status.success() {
        let said = read(child.stderr.take());
        let first = said.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        return Err(Trouble::Ended(first.trim().chars().take(200).collect()));
    }
    match read(child.stdout.take()).trim_end_matches(['\r', '\n']) {
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

/// What there is to read; what can't be read is as good as not said.
fn read(from: Option<impl Read>) -> String {
    let mut text = Vec::new();
    if let Some(from) = from {
        let _ = from.take(LONGEST).read_to_end(&mut text);
    }
    String::from_utf8_lossy(&text).into_owned()
}
