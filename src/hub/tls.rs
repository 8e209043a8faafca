//! TLS of our own: the certificate is read again when its file changes, so that a renewed one
//! needs no restart.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;

use super::door::Tls;

/// The files are looked at no more often than this, when somebody connects.
const LOOK: Duration = Duration::from_secs(1);

/// A certificate can't be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The certificate.
    #[error("the certificate {0} can't be read: {1}")]
    Certificate(std::path::PathBuf, String),
    /// The key.
    #[error("the key {0} can't be read: {1}")]
    Key(std::path::PathBuf, String),
    /// Others could read the key.
    #[error("the key {0} can be read by others; run: chmod 600 {0}")]
    Exposed(std::path::PathBuf),
    /// They don't go together.
    #[error("the certificate and the key don't go together: {0}")]
    Pair(#[from] rustls::Error),
}

/// The certificate in use.
#[derive(Debug)]
pub struct Certificate {
    files: Tls,
    held: Mutex<Held>,
}

struct Held {
    config: Arc<ServerConfig>,
    written: [Option<SystemTime>; 2],
    looked: Instant,
}

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Held").field("written", &self.written).finish_non_exhaustive()
    }
}

impl Certificate {
    /// Reads the files.
    ///
    /// # Errors
    /// When they can't be read or don't go together.
    pub fn load(files: Tls) -> Result<Self, TlsError> {
        let written = written(&files);
        let config = read(&files)?;
        Ok(Self { files, held: Mutex::new(Held { config, written, looked: Instant::now() }) })
    }

    /// What to greet the next client with.
    pub fn acceptor(&self) -> TlsAcceptor {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.looked.elapsed() >= LOOK {
            held.looked = Instant::now();
            let written = written(&self.files);
            if written != held.written {
                match read(&self.files) {
                    Ok(config) => {
                        tracing::info!("the certificate was renewed");
                        (held.config, held.written) = (config, written);
                    }
                    // Perhaps only one of the two files is written yet: looked at again.
                    Err(error) => {
                        tracing::warn!(%error, "the new certificate can't be used; the old one stays");
                    }
                }
            }
        }
        TlsAcceptor::from(Arc::clone(&held.config))
    }
}

fn written(files: &Tls) -> [Option<SystemTime>; 2] {
    let at = |path: &Path| std::fs::metadata(path).and_then(|it| it.modified()).ok();
    [at(&files.certificate), at(&files.key)]
}

fn read(files: &Tls) -> Result<Arc<ServerConfig>, TlsError> {
    let wrong = |why: String| TlsError::Certificate(files.certificate.clone(), why);
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect)
        .map_err(|error| wrong(error.to_string()))?;
    if chain.is_empty() {
        return Err(wrong("there is none in it".to_owned()));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&files.key).map(|it| it.permissions().mode());
        if mode.is_ok_and(|mode| mode & 0o077 != 0) {
            return Err(TlsError::Exposed(files.key.clone()));
        }
    }
    let key = PrivateKeyDer::from_pem_file(&files.key)
        .map_err(|error| TlsError::Key(files.key.clone(), error.to_string()))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
