//! The real program in a real pseudo-terminal, and what a person would see there.

use std::{
    io::{Read, Write},
    num::NonZeroU16,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use rustix::{
    process::{Pid, Signal, kill_process},
    termios::LocalModes,
};

/// How long a condition may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A terminal with a program in it.
pub struct Terminal {
    seen: Arc<Mutex<Seen>>,
    keys: Option<Box<dyn Write + Send>>,
    child: Box<dyn Child + Send + Sync>,
    /// Dropping it hangs up.
    master: Option<Box<dyn MasterPty + Send>>,
}

/// What the terminal has been told.
struct Seen {
    parser: vt100::Parser,
    written: Vec<u8>,
}

/// The emulator knows no empty size.
fn some(size: u16) -> NonZeroU16 {
    size.max(1).try_into().unwrap()
}

impl Terminal {
    /// Starts `callboard` in a terminal of this size.
    pub fn start(arguments: &[&str], columns: u16, rows: u16) -> Self {
        Self::start_with(&[("COLORTERM", "truecolor")], arguments, columns, rows)
    }

    /// The same with an environment of its own.
    pub fn start_with(
        variables: &[(&str, &str)],
        arguments: &[&str],
        columns: u16,
        rows: u16,
    ) -> Self {
        Self::run(env!("CARGO_BIN_EXE_callboard"), variables, arguments, columns, rows)
    }

    /// The same at the end of a line that carries so many bytes a second.
    pub fn start_slow(
        variables: &[(&str, &str)],
        arguments: &[&str],
        columns: u16,
        rows: u16,
        rate: f64,
    ) -> Self {
        let program = env!("CARGO_BIN_EXE_callboard");
        Self::run_over(program, variables, arguments, (columns, rows), Some(rate))
    }

    /// Starts a program.
    pub fn run(
        program: &str,
        variables: &[(&str, &str)],
        arguments: &[&str],
        columns: u16,
        rows: u16,
    ) -> Self {
        Self::run_over(program, variables, arguments, (columns, rows), None)
    }

    fn run_over(
        program: &str,
        variables: &[(&str, &str)],
        arguments: &[&str],
        (columns, rows): (u16, u16),
        rate: Option<f64>,
    ) -> Self {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.env("TERM", "xterm-256color");
        for (name, value) in variables {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let parser = vt100::Parser::new(some(rows), some(columns), 0);
        let seen = Arc::new(Mutex::new(Seen { parser, written: Vec::new() }));
        let mut reader = pair.master.try_clone_reader().unwrap();
        let shared = Arc::clone(&seen);
        std::thread::spawn(move || {
            let mut bytes = [0; 65_536];
            let most = if rate.is_some() { 64 } else { bytes.len() };
            while let Ok(count @ 1..) = reader.read(&mut bytes[..most]) {
                if let Some(rate) = rate {
                    std::thread::sleep(Duration::from_secs_f64(count as f64 / rate));
                }
                let mut seen = shared.lock().unwrap_or_else(PoisonError::into_inner);
                seen.parser.process(&bytes[..count]);
                seen.written.extend(&bytes[..count]);
            }
        });
        let keys = Some(pair.master.take_writer().unwrap());
        Self { seen, keys, child, master: Some(pair.master) }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is on the screen.
    pub fn screen(&self) -> String {
        self.seen().parser.screen().contents()
    }

    /// Every byte the program has written.
    pub fn written(&self) -> Vec<u8> {
        self.seen().written.clone()
    }

    /// Types.
    pub fn press(&mut self, keys: &str) {
        let writer = self.keys.as_mut().unwrap();
        writer.write_all(keys.as_bytes()).unwrap();
        writer.flush().unwrap();
    }

    /// Types so much that it must be written beside, while the program reads.
    pub fn pour(&mut self, keys: Vec<u8>) {
        let mut writer = self.keys.take().unwrap();
        let writing = std::thread::spawn(move || {
            writer.write_all(&keys).unwrap();
            writer
        });
        self.until("all keys are taken", |_| writing.is_finished());
        self.keys = Some(writing.join().unwrap());
    }

    /// Makes the terminal another size.
    pub fn resize(&self, columns: u16, rows: u16) {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        self.master.as_ref().unwrap().resize(size).unwrap();
        self.seen().parser.screen_mut().set_size(some(rows), some(columns));
    }

    /// Whether the terminal shows what is typed, as it does outside of raw mode.
    pub fn echoes(&self) -> bool {
        let modes = self.master.as_ref().unwrap().get_termios().unwrap();
        modes.local_flags.bits() & LocalModes::ECHO.bits() > 0
    }

    /// Sends the program a signal.
    pub fn signal(&self, signal: Signal) {
        let pid = self.child.process_id().unwrap();
        kill_process(Pid::from_raw(pid.try_into().unwrap()).unwrap(), signal).unwrap();
    }

    /// The far end is gone, as when a connection breaks.
    pub fn hang_up(&mut self) {
        (self.keys, self.master) = (None, None);
    }

    /// Waits until the screen fits. Fails with the screen after 30 seconds.
    pub fn until(&self, what: &str, fits: impl Fn(&str) -> bool) -> String {
        let end = Instant::now() + PATIENCE;
        loop {
            let screen = self.screen();
            if fits(&screen) {
                return screen;
            }
            assert!(Instant::now() < end, "waited in vain until {what}; on the screen:\n{screen}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Letters right after a question are no keys of the board: waits until they are.
    pub fn pause(&self) {
        std::thread::sleep(Duration::from_millis(450));
    }

    /// Waits until a text is on the screen.
    pub fn see(&self, text: &str) -> String {
        self.until(&format!("{text:?} is seen"), |screen| screen.contains(text))
    }

    /// Waits until the program has ended.
    pub fn ended(&mut self) -> ExitStatus {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < end, "still there:\n{}", self.screen());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits until the terminal is as it was found: main screen, cursor, no paste brackets. (What
    /// the program wrote last may still be on its way to this side.)
    pub fn is_restored(&self) {
        self.until("the terminal is as it was", |_| {
            let seen = self.seen();
            let screen = seen.parser.screen();
            !screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste()
        });
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
