//! What the system tells a terminal program.

use std::io;

/// A request of the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// To end (HUP, TERM, INT, QUIT).
    End,
    /// The terminal is ours again (CONT).
    Continue,
}

/// The signals that matter here.
#[cfg(unix)]
#[derive(Debug)]
pub struct Signals {
    hangup: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
    quit: tokio::signal::unix::Signal,
    resume: tokio::signal::unix::Signal,
    stop: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// Listens from now on.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            hangup: signal(SignalKind::hangup())?,
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            resume: signal(SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()))?,
            stop: signal(SignalKind::from_raw(rustix::process::Signal::TSTP.as_raw()))?,
        })
    }

    /// The next one. `None`: stop, as Ctrl-Z does.
    pub async fn next(&mut self) -> Option<Told> {
        tokio::select! {
            _ = self.hangup.recv() => Some(Told::End),
            _ = self.terminate.recv() => Some(Told::End),
            _ = self.interrupt.recv() => Some(Told::End),
            _ = self.quit.recv() => Some(Told::End),
            _ = self.resume.recv() => Some(Told::Continue),
            _ = self.stop.recv() => None,
        }
    }
}

/// Stops this process and its group as the shell expects after Ctrl-Z; returns when continued.
/// False, at once, when there is no shell to go back to.
#[cfg(unix)]
pub fn stop() -> bool {
    use rustix::process::{Signal, getpid, getsid, kill_current_process_group};
    // The leader of a session has nobody above it who could ever continue it.
    if getsid(None).is_ok_and(|session| session == getpid()) {
        return false;
    }
    kill_current_process_group(Signal::STOP).is_ok()
}

/// The signals that matter here.
#[cfg(not(unix))]
#[derive(Debug)]
pub struct Signals;

#[cfg(not(unix))]
impl Signals {
    /// Listens from now on.
    ///
    /// # Errors
    /// Never here.
    pub fn listen() -> io::Result<Self> {
        Ok(Self)
    }

    /// The next one.
    pub async fn next(&mut self) -> Option<Told> {
        match tokio::signal::ctrl_c().await {
            Ok(()) => Some(Told::End),
            Err(_) => std::future::pending().await,
        }
    }
}
