//! The real program in a real terminal, against a hub with nothing behind it.

use std::{
    io::{Read, Write},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use callboard::wire::{CallSummary, FromHub};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use crate::support::{
    board,
    fake_hub::{FakeHub, TOKEN},
};

/// How long a condition may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// A terminal with the console in it.
struct Terminal {
    pty: Option<Box<dyn MasterPty + Send>>,
    child: Box<dyn Child + Send + Sync>,
    keys: Option<Box<dyn Write + Send>>,
    seen: Arc<Mutex<Seen>>,
}

/// What the terminal has been told.
struct Seen {
    parser: vt100::Parser,
    raw: Vec<u8>,
}

/// The emulator knows no empty size.
fn some(size: u16) -> std::num::NonZeroU16 {
    size.max(1).try_into().unwrap()
}

impl Terminal {
    fn open(hub: &str, columns: u16, rows: u16) -> Self {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_callboard"));
        command.args(["console", "--hub", hub]);
        command.env("CALLBOARD_TOKEN", TOKEN);
        // Nobody's own configuration counts here.
        command.env("HOME", env!("CARGO_TARGET_TMPDIR"));
        command.env("XDG_CONFIG_HOME", env!("CARGO_TARGET_TMPDIR"));
        command.env("TERM", "xterm-256color");
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let seen = Arc::new(Mutex::new(Seen {
            parser: vt100::Parser::new(some(rows), some(columns), 0),
            raw: Vec::new(),
        }));
        let mut reader = pair.master.try_clone_reader().unwrap();
        let shared = seen.clone();
        std::thread::spawn(move || {
            let mut buffer = [0; 8192];
            while let Ok(read @ 1..) = reader.read(&mut buffer) {
                let mut seen = shared.lock().unwrap();
                seen.parser.process(&buffer[..read]);
                seen.raw.extend_from_slice(&buffer[..read]);
            }
        });
        let keys = Some(pair.master.take_writer().unwrap());
        Self { pty: Some(pair.master), child, keys, seen }
    }

    fn press(&mut self, keys: &str) {
        let writer = self.keys.as_mut().unwrap();
        writer.write_all(keys.as_bytes()).unwrap();
        writer.flush().unwrap();
    }

    fn screen(&self) -> String {
        self.seen.lock().unwrap().parser.screen().contents()
    }

    fn bytes(&self) -> usize {
        self.seen.lock().unwrap().raw.len()
    }

    /// Waits until `done` holds of the screen; fails with the screen.
    async fn until(&self, what: &str, done: impl Fn(&str) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !done(&self.screen()) {
            assert!(Instant::now() < end, "never: {what}\n{}", self.screen());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn shows(&self, text: &str) {
        self.until(text, |screen| screen.contains(text)).await;
    }

    /// Waits until the program has ended.
    async fn ended(&mut self) -> portable_pty::ExitStatus {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < end, "it never ends\n{}", self.screen());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Waits until the terminal is as it was found: main screen, cursor, no paste brackets. (What
    /// the program wrote last may still be on its way to this side.)
    async fn is_restored(&self) {
        let restored = || {
            let seen = self.seen.lock().unwrap();
            let screen = seen.parser.screen();
            !screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste()
        };
        self.until("the terminal as it was", |_| restored()).await;
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn hub() -> FakeHub {
    let now = jiff::Timestamp::now();
    FakeHub::start(board::hello(now), board::snapshot(now), vec![board::detail(now)]).await
}

/// Waits until the hub has been asked for something and gives it.
async fn posted(hub: &FakeHub) -> serde_json::Value {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some((_, body)) = hub.posted().pop() {
            return body;
        }
        assert!(Instant::now() < end, "nothing was posted");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn shows_the_board_routes_a_call_and_leaves_the_terminal_as_it_was() {
    let hub = hub().await;
    let mut terminal = Terminal::open(&hub.url, 80, 24);
    terminal.shows("burst pipe").await;
    terminal.shows("[flooding]").await;
    terminal.press("r");
    terminal.shows("Route to whom?").await;
    terminal.press("y");
    let body = posted(&hub).await;
    assert_eq!((&body["do"], &body["to"]), (&"route".into(), &"Sam K.".into()));
    terminal.shows("done: route Sam K.").await;
    terminal.shows("u undo").await;
    terminal.press("q");
    assert!(terminal.ended().await.success());
    terminal.is_restored().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn paints_before_there_is_a_hub_and_connects_when_one_comes() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let address = format!("127.0.0.1:{port}");
    let mut terminal = Terminal::open(&format!("http://{address}"), 120, 40);
    terminal.shows("nobody listens at").await;
    terminal.shows("callboard demo").await;
    let now = jiff::Timestamp::now();
    let hub = FakeHub::start_at(&address, board::hello(now), board::snapshot(now), vec![]).await;
    terminal.shows("● live").await;
    terminal.shows("Maria Alvarez").await;
    drop(hub);
    terminal.shows("STALE").await;
    assert!(terminal.screen().contains("Maria Alvarez"), "the old board stays on screen");
    terminal.press("\x03");
    assert!(terminal.ended().await.success());
    terminal.is_restored().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_falls_silent_is_noticed_within_five_seconds() {
    let hub = hub().await;
    let terminal = Terminal::open(&hub.url, 80, 24);
    terminal.shows("● live").await;
    hub.play_dead();
    let began = Instant::now();
    terminal.shows("STALE").await;
    assert!(began.elapsed() < Duration::from_millis(5_500), "{:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_token_is_said_plainly() {
    let hub = hub().await;
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_callboard"));
    command.args(["console", "--hub", &hub.url]).env("CALLBOARD_TOKEN", "wrong");
    // Not a terminal: refused before anything is sent.
    let output = command.stdin(std::process::Stdio::null()).output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && error.contains("needs a terminal"), "{error}");
    assert!(!error.contains("wrong"));
}

#[tokio::test(flavor = "multi_thread")]
async fn survives_a_storm_of_sizes_down_to_nothing() {
    let hub = hub().await;
    let mut terminal = Terminal::open(&hub.url, 80, 24);
    terminal.shows("burst pipe").await;
    let pty = terminal.pty.as_ref().unwrap();
    for (cols, rows) in [(1, 1), (200, 60), (0, 0), (3, 200), (59, 14), (300, 2), (120, 40)] {
        for _ in 0..5 {
            pty.resize(PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }).unwrap();
            let mut seen = terminal.seen.lock().unwrap();
            seen.parser.screen_mut().set_size(some(rows), some(cols));
        }
        terminal.keys.as_mut().unwrap().write_all(b"jk").unwrap();
    }
    terminal.shows("Salesforce").await;
    terminal.press("q");
    assert!(terminal.ended().await.success());
    terminal.is_restored().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn thousands_of_hostile_keys_and_a_great_paste_break_nothing() {
    let hub = hub().await;
    let mut terminal = Terminal::open(&hub.url, 80, 24);
    terminal.shows("burst pipe").await;
    let mut dice = fastrand::Rng::with_seed(7);
    let mut keys = Vec::new();
    while keys.len() < 50_000 {
        // Everything but the ways out: q, Ctrl-C, Ctrl-Z.
        match dice.u8(..) {
            b'q' | 3 | 26 => {}
            27 => keys.extend_from_slice(b"\x1b[A"),
            byte => keys.push(byte),
        }
    }
    keys.extend_from_slice(b"\x1b[200~");
    keys.resize(keys.len() + 1_000_000, b'y');
    keys.extend_from_slice(b"\x1b[201~");
    let mut writer = terminal.keys.take().unwrap();
    // A terminal takes only so much at a time: written beside, read by the console.
    let writing = std::thread::spawn(move || {
        writer.write_all(&keys).unwrap();
        writer
    });
    let end = Instant::now() + PATIENCE;
    while !writing.is_finished() {
        assert!(Instant::now() < end, "it takes no keys\n{}", terminal.screen());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    terminal.keys = Some(writing.join().unwrap());
    terminal.press("\x1b");
    tokio::time::sleep(Duration::from_millis(100)).await;
    terminal.press("\x03");
    assert!(terminal.ended().await.success());
    terminal.is_restored().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ends_when_the_terminal_does() {
    let hub = hub().await;
    let mut terminal = Terminal::open(&hub.url, 80, 24);
    terminal.shows("burst pipe").await;
    terminal.keys = None;
    terminal.pty = None;
    // The reader's copy of the terminal closes with the program's last byte.
    let pid = terminal.child.process_id().unwrap();
    rustix::process::kill_process(
        rustix::process::Pid::from_raw(pid.try_into().unwrap()).unwrap(),
        rustix::process::Signal::HUP,
    )
    .unwrap();
    terminal.ended().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn told_to_end_it_gives_the_terminal_back() {
    let hub = hub().await;
    let mut terminal = Terminal::open(&hub.url, 80, 24);
    terminal.shows("burst pipe").await;
    let pid = terminal.child.process_id().unwrap();
    let pid = rustix::process::Pid::from_raw(pid.try_into().unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert!(terminal.ended().await.success());
    terminal.is_restored().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_change_the_screen_sends_no_byte() {
    let hub = hub().await;
    let terminal = Terminal::open(&hub.url, 80, 24);
    terminal.shows("[flooding]").await;
    let before = terminal.bytes();
    // The same board again, as after a reconnect: all of it is on screen already.
    for _ in 0..20 {
        hub.say(FromHub::Unknown);
    }
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert!(terminal.bytes() - before < 400, "{} bytes", terminal.bytes() - before);
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_prints_a_line_for_every_change_and_no_escape() {
    use std::io::BufRead;
    let hub = hub().await;
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_callboard"))
        .args(["console", "--plain", "--hub", &hub.url])
        .env("CALLBOARD_TOKEN", TOKEN)
        .env("HOME", env!("CARGO_TARGET_TMPDIR"))
        .env("XDG_CONFIG_HOME", env!("CARGO_TARGET_TMPDIR"))
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let out = std::io::BufReader::new(child.stdout.take().unwrap());
    let (told, lines) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        out.lines().map_while(Result::ok).try_for_each(|line| told.send(line))
    });
    let next = || lines.recv_timeout(PATIENCE).unwrap();
    assert!(next().contains("live: Buckeye Home Services, as Dana (DEMO"));
    let first = next();
    assert!(
        first.contains("urgency 5 Hot | talking | (555) 010-4477 | EMERGENCY burst pipe"),
        "{first}"
    );
    while !next().contains("Salesforce open") {}
    let mut call = board::calls(jiff::Timestamp::now()).remove(1);
    call.version = 2;
    call.owner = Some("Sam K.".into());
    hub.say(FromHub::Update {
        calls: vec![call.clone(), CallSummary { version: 3, ..call }],
        gone_calls: vec![],
        writes: vec![],
        gone_writes: vec![],
        status: None,
    });
    let line = next();
    assert!(line.contains("Maria Alvarez") && line.contains("owner Sam K."), "{line}");
    drop(hub);
    let line = next();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(line.contains("link lost"), "{line}: what hasn't changed is not said again");
}
