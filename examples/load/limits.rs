//! What the machine could do at best: the disk, a server that only answers, a frame of nothing much.

use std::{
    fs::File,
    io::Write,
    path::Path,
    time::{Duration, Instant},
};

use axum::{Router, body::Bytes, routing::post};
use callboard::console::screen::Screen;
use tokio::net::TcpListener;

use crate::{Outcome, table::Table};

/// Appends of 4 KiB, each followed by fdatasync.
pub fn disk(folder: &Path, table: &mut Table) -> Outcome {
    table.section("Limits");
    let mut file = File::create(folder.join("limit"))?;
    let (begun, mut count) = (Instant::now(), 0);
    while begun.elapsed() < Duration::from_secs(2) {
        file.write_all(&[7; 4096])?;
        file.sync_data()?;
        count += 1;
    }
    let rate = f64::from(count) / begun.elapsed().as_secs_f64();
    table.figure("append of 4 KiB and fdatasync", rate, "/s");
    Ok(())
}

/// A frame in which a row changes, and nothing but text is drawn.
pub fn frame(table: &mut Table) {
    let mut screen = Screen::new(200, 60);
    let (begun, mut count) = (Instant::now(), 0_u32);
    while begun.elapsed() < Duration::from_secs(1) {
        let _ = std::hint::black_box(screen.frame(|buffer| {
            for row in 0..60 {
                let number = if row == 7 { count } else { 0 };
                buffer.set_string(
                    0,
                    row,
                    format!("row {row} says {number}"),
                    ratatui::style::Style::default(),
                );
            }
            Vec::new()
        }));
        count += 1;
    }
    let micros = begun.elapsed().as_secs_f64() * 1e6 / f64::from(count);
    table.figure("bare frame of 200x60, one row changed", micros, "µs");
}

/// Reads bodies and answers, until it is killed.
pub async fn serve_bare() -> Outcome {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{{\"url\":\"http://{}\"}}", listener.local_addr()?);
    let answer = |body: Bytes| async move {
        std::hint::black_box(body.len());
        "{}"
    };
    axum::serve(listener, Router::new().route("/hooks/{source}", post(answer))).await?;
    Ok(())
}
