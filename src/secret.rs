//! Secrets by reference: the config says where a secret is, never what it is.

mod helper;

use std::{fmt, path::PathBuf, str::FromStr};

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Where a secret is kept: `env:NAME` (an environment variable), `file:/path` (a file only its owner
/// can read; trailing line breaks are cut), `keyring:NAME` (the system's keyring) or `command:…` (the
/// first line that a password manager prints, or a key in PEM).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretRef {
    /// An environment variable.
    Env(String),
    /// A file.
    File(PathBuf),
    /// An entry of the system's keyring.
    Keyring(String),
    /// The first line a program prints, called without a shell; all of it where that begins a key in PEM.
    Command(String),
    /// A value made by this very process (the demo's). Can't be written in a config.
    Given(Given),
}

/// A secret in hand, masked wherever it is printed.
#[derive(Clone)]
pub struct Given(SecretString);

impl PartialEq for Given {
    fn eq(&self, other: &Self) -> bool {
        self.0.expose_secret() == other.0.expose_secret()
    }
}

impl Eq for Given {}

impl fmt::Debug for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Why a secret can't be had. Never contains the secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The variable is unset or empty.
    #[error("the environment variable {0} is not set; export it, or point the setting elsewhere")]
    Unset(String),
    /// The file can't be read.
    #[error("the secret file {path} can't be read: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Others could read the file.
    #[error("the secret file {0} can be read by others; run: chmod 600 {0}")]
    Exposed(PathBuf),
    /// Whoever keeps it does not give it.
    #[error("{what} gives no secret: {why}")]
    Withheld {
        /// The reference.
        what: String,
        /// Why, and what to do.
        why: String,
    },
    /// There is nothing in the file.
    #[error("the secret file {0} is empty")]
    Empty(PathBuf),
}

impl SecretRef {
    /// A secret this process made itself.
    pub fn given(secret: &str) -> Self {
        Self::Given(Given(SecretString::from(secret.to_owned())))
    }

    /// Fetches the secret.
    ///
    /// # Errors
    /// A [`SecretError`] that names the variable or file.
    pub fn resolve(&self) -> Result<SecretString, SecretError> {
        match self {
            Self::Env(name) => match std::env::var(name) {
                Ok(value) if !value.is_empty() => Ok(value.into()),
                _ => Err(SecretError::Unset(name.clone())),
            },
            Self::File(path) => {
                let unreadable = |source| SecretError::Unreadable { path: path.clone(), source };
                #[cfg(unix)]
                {
                    use std::os::unix::fs::PermissionsExt;
                    let mode = std::fs::metadata(path).map_err(unreadable)?.permissions().mode();
                    if mode & 0o077 != 0 {
                        return Err(SecretError::Exposed(path.clone()));
                    }
                }
                let text = std::fs::read_to_string(path).map_err(unreadable)?;
                match text.trim_end_matches(['\r', '\n']) {
                    "" => Err(SecretError::Empty(path.clone())),
                    secret => Ok(secret.to_owned().into()),
                }
            }
            Self::Keyring(name) => helper::keyring(name).map_err(|why| self.withheld(why)),
            Self::Command(command) => helper::command(command).map_err(|why| self.withheld(why)),
            Self::Given(Given(secret)) => Ok(secret.clone()),
        }
    }

    /// The same where others must not wait meanwhile: a password manager may take seconds.
    ///
    /// # Errors
    /// As [`Self::resolve`].
    pub async fn fetch(&self) -> Result<SecretString, SecretError> {
        if matches!(self, Self::Env(_) | Self::Given(_)) {
            return self.resolve();
        }
        let this = self.clone();
        let resolved = tokio::task::spawn_blocking(move || this.resolve()).await;
        resolved.unwrap_or_else(|_| Err(self.withheld("asking for it was broken off".to_owned())))
    }

    fn withheld(&self, why: String) -> SecretError {
        SecretError::Withheld { what: self.to_string(), why }
    }
}

impl FromStr for SecretRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some(("env", name)) if !name.is_empty() => Ok(Self::Env(name.to_owned())),
            Some(("file", path)) if !path.is_empty() => Ok(Self::File(path.into())),
            Some(("keyring", name)) if !name.trim().is_empty() && !name.starts_with('-') => {
                Ok(Self::Keyring(name.trim().to_owned()))
            }
            Some(("command", command)) if !command.trim().is_empty() => {
                Ok(Self::Command(command.trim().to_owned()))
            }
            // The text may be the secret itself: it is not repeated.
            _ => Err("a secret is given by reference: \"env:NAME\", \"file:/path\", \
                      \"keyring:NAME\" or \"command:PROGRAM …\", never in clear"
                .to_owned()),
        }
    }
}

impl fmt::Display for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "env:{name}"),
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::Keyring(name) => write!(f, "keyring:{name}"),
            Self::Command(command) => write!(f, "command:{command}"),
            Self::Given(_) => f.write_str("***"),
        }
    }
}

impl<'de> Deserialize<'de> for SecretRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl Serialize for SecretRef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Writes a new file that only its owner can read. Never overwrites.
///
/// # Errors
/// When the file exists or can't be written.
pub fn write_private(path: &std::path::Path, content: &[u8]) -> std::io::Result<()> {
    let mut options = std::fs::File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    std::io::Write::write_all(&mut file, content)?;
    file.sync_all()
}

/// Makes a folder, and those above it that are missing, that nobody else can look into. One that is
/// there already stays as it is.
///
/// # Errors
/// When it can't be made.
pub fn make_private_folder(path: &std::path::Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_private_folder_is_for_its_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b");
        make_private_folder(&path).unwrap();
        make_private_folder(&path).unwrap();
        for made in [&path, &folder.path().join("a")] {
            assert_eq!(std::fs::metadata(made).unwrap().permissions().mode() & 0o777, 0o700);
        }
    }

    #[test]
    fn a_secret_in_clear_is_refused_without_repeating_it() {
        let error = "hunter2".parse::<SecretRef>().unwrap_err();
        assert!(!error.contains("hunter2"));
        assert!(!format!("{:?}", SecretRef::given("hunter2")).contains("hunter2"));
    }

    #[cfg(unix)]
    #[test]
    fn a_program_is_asked_without_a_shell_and_its_troubles_are_told() {
        let of = |text: &str| text.parse::<SecretRef>().unwrap();
        let secret = of("command:printf s3cret\\n").resolve().unwrap();
        assert_eq!(secret.expose_secret(), "s3cret");
        let plain = of("command:echo $HOME;id").resolve().unwrap();
        assert_eq!(plain.expose_secret(), "$HOME;id");
        let entry = of("command:printf s3cret\\r\\nlogin:ann\\n").resolve().unwrap();
        assert_eq!(entry.expose_secret(), "s3cret", "pass keeps notes below the password");
        let pem = tempfile::NamedTempFile::new().unwrap();
        let key = "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----";
        std::fs::write(pem.path(), format!("{key}\n")).unwrap();
        let read = of(&format!("command:cat {}", pem.path().display())).resolve().unwrap();
        assert_eq!(read.expose_secret(), key, "of a key all lines");
        for (reference, part) in [
            ("command:head -c 100000 /dev/zero", "head printed more than 64 KiB"),
            ("command:echo", "echo printed nothing"),
            ("command:printf \\nx", "printf printed an empty first line"),
            ("command:/no/such/program x", "/no/such/program can't be started"),
            ("command:false", "false did not succeed"),
            ("command:true", "true printed nothing"),
            ("command:ls /no/such/folder", "ls says: ls: "),
        ] {
            let error = of(reference).resolve().unwrap_err().to_string();
            assert!(error.starts_with(reference) && error.contains(part), "{error}");
        }
        assert!("keyring:".parse::<SecretRef>().is_err());
        assert!("keyring:--help".parse::<SecretRef>().is_err(), "no flag of the tool");
        let shown = of("keyring:salesforce").to_string();
        assert_eq!(shown, "keyring:salesforce");
    }

    /// A script in `folder`, as a reference.
    #[cfg(unix)]
    fn script(folder: &tempfile::TempDir, lines: &str) -> SecretRef {
        let path = folder.path().join("script");
        std::fs::write(&path, lines).unwrap();
        format!("command:sh {}", path.display()).parse().unwrap()
    }

    #[cfg(unix)]
    #[test]
    fn neither_a_talkative_program_nor_what_it_leaves_running_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let talks = script(&folder, "head -c 300000 /dev/zero >&2\necho s3cret\n");
        assert_eq!(talks.resolve().unwrap().expose_secret(), "s3cret");
        let left = script(&folder, "(sleep 30; touch $0.ended) &\necho $! > $0.pid\necho s3cret\n");
        assert_eq!(left.resolve().unwrap().expose_secret(), "s3cret");
        let id = std::fs::read_to_string(folder.path().join("script.pid")).unwrap();
        let ended = folder.path().join("script.ended").exists();
        assert!(!ended, "the secret comes while somebody still holds the pipe");
        std::process::Command::new("kill").arg(id.trim()).status().unwrap();
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn who_takes_long_holds_up_nobody_else() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert!(made.success());
        let slow: SecretRef = format!("command:cat {}", pipe.display()).parse().unwrap();
        // On this one thread the secret comes only if others can go on while it is waited for. Whoever
        // tells it waits for somebody to hear it, which is why nobody waits for them.
        let tell = async { std::thread::spawn(move || std::fs::write(pipe, "s3cret\n")) };
        let (secret, _) = tokio::join!(slow.fetch(), tell);
        assert_eq!(secret.unwrap().expose_secret(), "s3cret");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "s3cret\n").unwrap();
        let reference = SecretRef::File(file.path().to_owned());
        std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(reference.resolve(), Err(SecretError::Exposed(_))));
        std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(reference.resolve().unwrap().expose_secret(), "s3cret");
    }
}
