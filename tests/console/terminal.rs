//! The real program in a real terminal, against a hub with nothing behind it.

use std::time::{Duration, Instant};

use callboard::wire::{CallSummary, FromHub};
use rustix::process::Signal;

use crate::support::{
    board,
    fake_hub::{FakeHub, TOKEN},
    pty::Terminal,
};

/// How long a condition may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// What the program finds around it. Nobody's own configuration counts here.
const AROUND: [(&str, &str); 3] = [
    ("CALLBOARD_TOKEN", TOKEN),
    ("HOME", env!("CARGO_TARGET_TMPDIR")),
    ("XDG_CONFIG_HOME", env!("CARGO_TARGET_TMPDIR")),
];

/// The console of a hub, in a terminal.
fn open(hub: &str, columns: u16, rows: u16) -> Terminal {
    Terminal::start_with(&AROUND, &["console", "--hub", hub], columns, rows)
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
    let mut terminal = open(&hub.url, 80, 24);
    terminal.see("burst pipe");
    terminal.see("[flooding]");
    terminal.press("r");
    terminal.see("Route to whom?");
    terminal.press("y");
    let body = posted(&hub).await;
    assert_eq!((&body["do"], &body["to"]), (&"route".into(), &"Sam K.".into()));
    terminal.see("done: route Sam K.");
    terminal.see("u undo");
    terminal.pause();
    terminal.press("q");
    assert!(terminal.ended().success());
    terminal.is_restored();
}

#[tokio::test(flavor = "multi_thread")]
async fn paints_before_there_is_a_hub_and_connects_when_one_comes() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let address = format!("127.0.0.1:{port}");
    let mut terminal = open(&format!("http://{address}"), 120, 40);
    terminal.see("nobody listens at");
    terminal.see("callboard demo");
    let now = jiff::Timestamp::now();
    let hub = FakeHub::start_at(&address, board::hello(now), board::snapshot(now), vec![]).await;
    terminal.see("● live");
    terminal.see("Maria Alvarez");
    drop(hub);
    terminal.see("STALE");
    assert!(terminal.screen().contains("Maria Alvarez"), "the old board stays on screen");
    terminal.press("\x03");
    assert!(terminal.ended().success());
    terminal.is_restored();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_falls_silent_is_noticed_within_five_seconds() {
    let hub = hub().await;
    let terminal = open(&hub.url, 80, 24);
    terminal.see("● live");
    hub.play_dead();
    let began = Instant::now();
    terminal.see("STALE");
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
    let mut terminal = open(&hub.url, 80, 24);
    terminal.see("burst pipe");
    for (columns, rows) in [(1, 1), (200, 60), (0, 0), (3, 200), (59, 14), (300, 2), (120, 40)] {
        for _ in 0..5 {
            terminal.resize(columns, rows);
        }
        terminal.press("jk");
    }
    terminal.see("Salesforce");
    terminal.press("q");
    assert!(terminal.ended().success());
    terminal.is_restored();
}

#[tokio::test(flavor = "multi_thread")]
async fn thousands_of_hostile_keys_and_a_great_paste_break_nothing() {
    let hub = hub().await;
    let mut terminal = open(&hub.url, 80, 24);
    terminal.see("burst pipe");
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
    terminal.pour(keys);
    terminal.press("\x1b");
    tokio::time::sleep(Duration::from_millis(100)).await;
    terminal.press("\x03");
    assert!(terminal.ended().success());
    terminal.is_restored();
}

#[tokio::test(flavor = "multi_thread")]
async fn ends_when_the_terminal_does() {
    let hub = hub().await;
    let mut terminal = open(&hub.url, 80, 24);
    terminal.see("burst pipe");
    // The reader's copy of the terminal closes with the program's last byte.
    let hup = Signal::HUP;
    terminal.hang_up();
    terminal.signal(hup);
    terminal.ended();
}

/// Never more than two seconds behind on a line of 2 kB a second: whatever is told last is seen
/// before the line has carried what it carries in two seconds. Counted in bytes, so that no slow
/// machine upsets it.
#[tokio::test(flavor = "multi_thread")]
async fn over_a_slow_line_the_latest_is_seen_at_once() {
    const RATE: f64 = 2_000.0;
    let hub = hub().await;
    let around: Vec<_> = AROUND.iter().copied().chain([("SSH_TTY", "/dev/pts/9")]).collect();
    let arguments = ["console", "--hub", &hub.url];
    let mut terminal = Terminal::start_slow(&around, &arguments, 80, 24, RATE);
    terminal.see("burst pipe");
    for round in 0..3u64 {
        let mut last = String::new();
        // All rows change again and again, faster than the line carries them.
        for turn in 1..=40u64 {
            let number = round * 40 + turn;
            last = format!("word {number:03}");
            let mut calls = board::calls(jiff::Timestamp::now());
            for call in &mut calls {
                call.version = 1 + number;
                call.wants = Some(last.as_str().into());
            }
            hub.say(FromHub::Update {
                calls,
                gone_calls: vec![],
                writes: vec![],
                gone_writes: vec![],
                status: None,
            });
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let before = terminal.written().len();
        terminal.see(&last);
        let carried = terminal.written().len() - before;
        assert!(carried as f64 <= 2.0 * RATE, "{carried} bytes stood before it");
    }
    terminal.press("q");
    assert!(terminal.ended().success());
}

/// What a program that breaks must not leave behind: no cursor, no echo, an alternate screen.
#[tokio::test(flavor = "multi_thread")]
async fn a_panic_gives_the_terminal_back_and_says_what_it_was() {
    let hub = hub().await;
    let around: Vec<_> = AROUND
        .iter()
        .copied()
        .chain([("CALLBOARD_PANIC_AT", "f12"), ("RUST_BACKTRACE", "0")])
        .collect();
    let mut terminal = Terminal::start_with(&around, &["console", "--hub", &hub.url], 80, 24);
    terminal.see("burst pipe");
    terminal.press("\x1b[24~");
    assert!(!terminal.ended().success());
    terminal.is_restored();
    assert!(terminal.echoes(), "what is typed is seen again");
    terminal.see("a test wanted this");
    assert!(!terminal.screen().contains("burst pipe"), "{}", terminal.screen());
}

#[tokio::test(flavor = "multi_thread")]
async fn told_to_end_it_gives_the_terminal_back() {
    let hub = hub().await;
    let mut terminal = open(&hub.url, 80, 24);
    terminal.see("burst pipe");
    terminal.signal(Signal::TERM);
    assert!(terminal.ended().success());
    terminal.is_restored();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_change_the_screen_sends_no_byte() {
    let hub = hub().await;
    let terminal = open(&hub.url, 80, 24);
    terminal.see("[flooding]");
    let before = terminal.written().len();
    // The same board again, as after a reconnect: all of it is on screen already.
    for _ in 0..20 {
        hub.say(FromHub::Unknown);
    }
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert!(terminal.written().len() - before < 400, "{} bytes", terminal.written().len() - before);
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

#[tokio::test(flavor = "multi_thread")]
async fn stopped_it_gives_the_terminal_back_and_takes_it_again() {
    let hub = hub().await;
    // A shell with job control, as somebody would have around it.
    let program = format!(
        "set -m; {} console --hub {}; echo STOPPED; fg; echo ENDED",
        env!("CARGO_BIN_EXE_callboard"),
        hub.url
    );
    let mut terminal = Terminal::run("bash", &AROUND, &["-c", &program], 80, 24);
    terminal.see("burst pipe");
    terminal.press("\x1a");
    // Back at once: the shell takes it up again by itself.
    terminal.until("it was stopped and is here again", |screen| {
        let written = String::from_utf8_lossy(&terminal.written()).into_owned();
        written.contains("STOPPED") && screen.contains("burst pipe")
    });
    terminal.press("q");
    terminal.see("ENDED");
    terminal.is_restored();
}

#[tokio::test(flavor = "multi_thread")]
async fn terminals_of_every_kind_are_drawn_on_or_refused_kindly() {
    let hub = hub().await;
    for term in ["xterm", "linux", "screen", "vt100", "tmux-256color"] {
        let around: Vec<_> = AROUND.iter().copied().chain([("TERM", term)]).collect();
        let mut terminal = Terminal::start_with(&around, &["console", "--hub", &hub.url], 80, 24);
        terminal.see("burst pipe");
        let written = String::from_utf8_lossy(&terminal.written()).into_owned();
        assert!(!written.contains("[6n") && !written.contains("[c"), "{term}: nothing is asked");
        assert!(!written.contains("38;2;"), "{term}: no colours it doesn't know");
        terminal.press("q");
        assert!(terminal.ended().success(), "{term}");
        terminal.is_restored();
    }
    let around: Vec<_> = AROUND.iter().copied().chain([("TERM", "dumb")]).collect();
    let mut terminal = Terminal::start_with(&around, &["console", "--hub", &hub.url], 80, 24);
    terminal.see("--plain");
    assert!(!terminal.ended().success());
    assert!(!String::from_utf8_lossy(&terminal.written()).contains('\x1b'));
}
