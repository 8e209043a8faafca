//! From a webhook to the screen: the real console in a real pseudo-terminal, while others call.

use std::{
    io::Read,
    num::NonZeroU16,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use tokio::net::TcpStream;
use vt100::Parser;

use crate::{
    CONNECTIONS, Outcome, Scale, calls,
    server::{Server, program},
    storm::{self, Storm},
    table::{self, Table},
};

/// Events a second of the other callers.
const PACE: f64 = 1_000.0;

/// The names of the probe that were seen, with when.
type Seen = Arc<Mutex<(Parser, Vec<(String, Instant)>)>>;

/// How long a caller's new name takes to be read on the screen.
pub async fn measure(scale: &Scale, folder: &Path, table: &mut Table) -> Outcome {
    table.section("Event to screen at 1,000 events/s (pseudo-terminal of 160x50)");
    let hub = Server::hub(&folder.join("screen"), None)?;
    let mut probe = TcpStream::connect(hub.address()).await?;
    probe.set_nodelay(true)?;
    let beginning = calls::beginning() + 1_000_000;
    // The most urgent call is on top of the board.
    let burst = "A pipe burst and my basement is flooding, I need someone right now!";
    storm::post_one(&mut probe, &calls::said("probe", burst, beginning)).await?;
    let size = PtySize { rows: 50, cols: 160, pixel_width: 0, pixel_height: 0 };
    let pair = native_pty_system().openpty(size)?;
    let mut command = CommandBuilder::new(program()?);
    command.args(["console", "--hub", hub.url(), "--token-file"]);
    command.arg(hub.token_file());
    command.env("TERM", "xterm-256color");
    let mut console = pair.slave.spawn_command(command)?;
    drop(pair.slave);
    let (rows, columns) = (NonZeroU16::try_from(50)?, NonZeroU16::try_from(160)?);
    let seen: Seen = Arc::new(Mutex::new((Parser::new(rows, columns, 0), Vec::new())));
    let (mut reader, shown) = (pair.master.try_clone_reader()?, Arc::clone(&seen));
    std::thread::spawn(move || watch(&mut reader, &shown));
    let seconds = scale.of(20).max(3);
    let calls = seconds * 1_000 / calls::EVENTS;
    let events = calls * calls::EVENTS;
    let storm = Storm::paced(0..calls.max(CONNECTIONS), calls::EVENTS, PACE);
    let before = hub.processor()?;
    let others = async {
        let told = storm.post(&hub).await;
        told.map(|told| (told, hub.processor()))
    };
    let probing = async {
        let mut sent: Vec<(String, Instant)> = Vec::new();
        let end = Instant::now() + Duration::from_secs(seconds as u64);
        let mut number = 0;
        while Instant::now() < end {
            number += 1;
            let name = format!("Probe Q{number:05}Q");
            sent.push((name.clone(), Instant::now()));
            let request = calls::named("probe", &name, beginning + number);
            storm::post_one(&mut probe, &request).await?;
            tokio::time::sleep(Duration::from_millis(97)).await;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
        Outcome::Ok(sent)
    };
    let (told, sent) = tokio::join!(others, probing);
    let (told, after) = told?;
    told.tell("others", after? - before, table);
    let sent = sent?;
    let seen = seen.lock().unwrap_or_else(PoisonError::into_inner).1.clone();
    let mut waits: Vec<f64> = Vec::new();
    for (name, at) in &sent {
        // A name that was replaced before it was drawn was not late: the newer one was there.
        let shown = seen.iter().filter(|(shown, _)| shown >= name).map(|(_, when)| *when).min();
        waits.extend(shown.map(|when| when.duration_since(*at).as_secs_f64() * 1e3));
    }
    let missing = sent.len() - waits.len();
    let [p50, p99, worst] = [50.0, 99.0, 100.0].map(|it| table::percentile(&mut waits, it));
    table.text(
        "event to screen: p50 / p99 / worst",
        &format!("{p50:.0} / {p99:.0} / {worst:.0} ms"),
    );
    table.text("probes seen", &format!("{} of {}", sent.len() - missing, sent.len()));
    table.figure("events of the others", events as f64, "");
    console.kill()?;
    console.wait()?;
    Ok(())
}

/// Reads what the console draws, as a terminal does, and notes every name of the probe.
fn watch(reader: &mut dyn Read, seen: &Seen) {
    let mut bytes = [0; 65_536];
    while let Ok(count @ 1..) = reader.read(&mut bytes) {
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.0.process(&bytes[..count]);
        let screen = seen.0.screen().contents();
        let Some(at) = screen.find("Probe Q") else { continue };
        let name: String = screen[at..].chars().take("Probe Q00000Q".len()).collect();
        if name.ends_with('Q') && seen.1.last().is_none_or(|(last, _)| *last != name) {
            seen.1.push((name, Instant::now()));
        }
    }
}
