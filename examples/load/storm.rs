//! Many connections that post, flat out or at a pace.

use std::{
    ops::Range,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};

use crate::{CONNECTIONS, Outcome, calls, server::Server, table, table::Table};

/// What is posted.
pub struct Storm {
    calls: Range<usize>,
    events: usize,
    per_second: Option<f64>,
}

/// What came of it.
#[derive(Default)]
pub struct Told {
    /// Milliseconds each, from when it was to be sent to its answer.
    latencies: Vec<f64>,
    seconds: f64,
}

impl Storm {
    /// As fast as it is answered.
    pub fn flat_out(calls: Range<usize>, events: usize) -> Self {
        Self { calls, events, per_second: None }
    }

    /// So many events a second. Latency counts from when an event was due, not from when its
    /// connection was free.
    pub fn paced(calls: Range<usize>, events: usize, per_second: f64) -> Self {
        Self { calls, events, per_second: Some(per_second) }
    }

    /// All of these calls at once, their events in turn, over 200 connections.
    pub async fn post(self, server: &Server) -> Outcome<Told> {
        let connections = self.calls.len().min(CONNECTIONS);
        let gap = self.per_second.map(|rate| Duration::from_secs_f64(connections as f64 / rate));
        let beginning = calls::beginning();
        let mut streams = Vec::with_capacity(connections);
        for _ in 0..connections {
            let stream = TcpStream::connect(server.address()).await?;
            stream.set_nodelay(true)?;
            streams.push(stream);
        }
        let begun = Instant::now();
        let mut clients: JoinSet<Outcome<Vec<f64>>> = JoinSet::new();
        for (number, mut stream) in streams.into_iter().enumerate() {
            let mine: Vec<usize> = self.calls.clone().skip(number).step_by(connections).collect();
            let events = self.events;
            clients.spawn(async move {
                let mut latencies = Vec::with_capacity(mine.len() * events);
                // The connections do not all post in the same moment.
                let mut due =
                    begun + gap.unwrap_or_default().mul_f64(number as f64 / connections as f64);
                for event in 0..events {
                    for call in &mine {
                        let request = calls::request(*call, event, events, beginning);
                        if gap.is_some() {
                            tokio::time::sleep_until(due.into()).await;
                        } else {
                            due = Instant::now();
                        }
                        stream.write_all(&request).await?;
                        answer(&mut stream).await?;
                        latencies.push(due.elapsed().as_secs_f64() * 1e3);
                        due += gap.unwrap_or_default();
                    }
                }
                Ok(latencies)
            });
        }
        let mut told = Told::default();
        while let Some(done) = clients.join_next().await {
            told.latencies.extend(done??);
        }
        told.seconds = begun.elapsed().as_secs_f64();
        Ok(told)
    }
}

impl Told {
    pub fn add(&mut self, more: Self) {
        self.latencies.extend(more.latencies);
        self.seconds += more.seconds;
    }

    pub fn events(&self) -> usize {
        self.latencies.len()
    }

    pub fn per_second(&self) -> f64 {
        self.latencies.len() as f64 / self.seconds
    }

    /// The rate, the latencies, and what an event cost the server's process.
    pub fn tell(&self, who: &str, processor: f64, table: &mut Table) {
        table.figure(&format!("{who}: acknowledged"), self.per_second(), "/s");
        let mut latencies = self.latencies.clone();
        let [p50, p99, worst] = [50.0, 99.0, 100.0].map(|it| table::percentile(&mut latencies, it));
        let text = format!("{p50:.1} / {p99:.1} / {worst:.1} ms");
        table.text(&format!("{who}: p50 / p99 / worst"), &text);
        let each = processor * 1e6 / self.events() as f64;
        table.figure(&format!("{who}: processor time an event"), each, "µs");
    }
}

/// Posts one request on a connection of its own purpose.
pub async fn post_one(stream: &mut TcpStream, request: &[u8]) -> Outcome {
    stream.write_all(request).await?;
    answer(stream).await
}

/// Reads one answer and expects a 200.
async fn answer(stream: &mut TcpStream) -> Outcome {
    let mut bytes = [0; 1024];
    let mut filled = 0;
    loop {
        let count = stream.read(&mut bytes[filled..]).await?;
        if count == 0 {
            return Err("the server hung up".into());
        }
        filled += count;
        let read = &bytes[..filled];
        let Some(head) = read.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        if !read.starts_with(b"HTTP/1.1 200") {
            return Err(String::from_utf8_lossy(read).into_owned().into());
        }
        if filled >= head + 4 + length(&read[..head]) {
            return Ok(());
        }
    }
}

/// What the head says of the body's length.
fn length(head: &[u8]) -> usize {
    let name = b"content-length: ";
    let Some(at) = head.windows(name.len()).position(|some| some.eq_ignore_ascii_case(name)) else {
        return 0;
    };
    let digits = head[at + name.len()..].iter().take_while(|byte| byte.is_ascii_digit());
    digits.fold(0, |sum, digit| sum * 10 + usize::from(digit - b'0'))
}
