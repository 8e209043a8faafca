//! The terminal as a resource: taken, and given back however the program ends.

use std::{
    io::{self, Write},
    sync::{
        Once,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use crossterm::{
    cursor::{Hide, Show},
    event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture},
    execute,
    style::ResetColor,
    terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode},
};
use tokio::sync::mpsc;

/// Whether the terminal is ours now. One process has one terminal.
static TAKEN: AtomicBool = AtomicBool::new(false);
/// Whether the mouse is ours as well.
static MOUSE: AtomicBool = AtomicBool::new(false);
static PANIC_HOOK: Once = Once::new();

/// Raw mode and the alternate screen, until dropped, also by a panic.
#[derive(Debug)]
pub struct Guard(());

impl Guard {
    /// Takes the terminal, and the mouse if it is wanted.
    ///
    /// # Errors
    /// When there is none.
    pub fn take(mouse: bool) -> io::Result<Self> {
        MOUSE.store(mouse, Ordering::SeqCst);
        PANIC_HOOK.call_once(|| {
            let before = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |info| {
                give_back();
                before(info);
            }));
        });
        enter()?;
        Ok(Self(()))
    }

    /// Gives the terminal back for a while (Ctrl-Z).
    #[cfg(unix)]
    pub fn lend(&self) {
        give_back();
    }

    /// Takes it again.
    ///
    /// # Errors
    /// When it has gone meanwhile.
    pub fn take_again(&self) -> io::Result<()> {
        enter()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        give_back();
    }
}

fn enter() -> io::Result<()> {
    enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste, Hide)?;
    if MOUSE.load(Ordering::SeqCst) { execute!(io::stdout(), EnableMouseCapture) } else { Ok(()) }
}

/// Errors have nowhere to go: the terminal may be gone, and printing on a dead one aborts.
fn give_back() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        if MOUSE.load(Ordering::SeqCst) {
            let _ = execute!(io::stdout(), DisableMouseCapture);
        }
        let _ =
            execute!(io::stdout(), DisableBracketedPaste, ResetColor, LeaveAlternateScreen, Show);
        let _ = disable_raw_mode();
    }
}

/// Whether the terminal still exists. crossterm reads a hung-up terminal in a busy loop; asking
/// now and then lets the program end instead.
pub fn is_there() -> bool {
    #[cfg(unix)]
    {
        rustix::termios::tcgetattr(rustix::stdio::stdout()).is_ok()
    }
    #[cfg(not(unix))]
    {
        true
    }
}

/// Writes frames from a thread of its own, so that a slow line holds up neither keys nor the
/// hub's messages: while a frame is on its way no other is made.
#[derive(Debug)]
pub struct Writer {
    frames: std::sync::mpsc::SyncSender<Vec<u8>>,
    written: mpsc::Receiver<io::Result<(usize, Duration)>>,
    busy: bool,
}

impl Writer {
    /// A writer to standard output.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start() -> io::Result<Self> {
        let (frames, taken) = std::sync::mpsc::sync_channel::<Vec<u8>>(1);
        let (done, written) = mpsc::channel(1);
        std::thread::Builder::new().name("terminal".to_owned()).spawn(move || {
            for frame in taken {
                let began = std::time::Instant::now();
                let mut out = io::stdout().lock();
                // A frame that comes after the terminal was given back (a panic) must not follow.
                let outcome = match TAKEN.load(Ordering::SeqCst) {
                    true => out.write_all(&frame).and_then(|()| out.flush()),
                    false => Ok(()),
                };
                drop(out);
                if done.blocking_send(outcome.map(|()| (frame.len(), began.elapsed()))).is_err() {
                    return;
                }
            }
        })?;
        Ok(Self { frames, written, busy: false })
    }

    /// Whether a frame is still on its way.
    pub fn is_busy(&self) -> bool {
        self.busy
    }

    /// Hands a frame over; only when not busy.
    pub fn write(&mut self, frame: Vec<u8>) {
        self.busy = self.frames.try_send(frame).is_ok();
    }

    /// Waits until the frame on its way is written, for ever when there is none. Tells how many
    /// bytes it had and how long the terminal took to take them.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub async fn done(&mut self) -> io::Result<(usize, Duration)> {
        if !self.busy {
            std::future::pending::<()>().await;
        }
        let outcome = self.written.recv().await;
        self.busy = false;
        outcome.unwrap_or_else(|| Err(io::ErrorKind::BrokenPipe.into()))
    }

    /// Waits until nothing is on its way.
    pub async fn settled(&mut self) {
        while self.busy {
            if self.done().await.is_err() {
                return;
            }
        }
    }
}
