//! What a live call takes of memory, and a call that is over of the disk.

use std::{fs, path::Path};

use crate::{CONNECTIONS, Outcome, Scale, calls, server::Server, storm::Storm, table::Table};

/// Ten thousand calls on the line, a call's worth of events each, not over yet.
pub async fn measure(scale: &Scale, folder: &Path, table: &mut Table) -> Outcome {
    table.section("Memory, 10,000 live calls of 39 events");
    let folder = folder.join("memory");
    let hub = Server::hub(&folder, None)?;
    Storm::flat_out(10_000_000..10_000_000 + CONNECTIONS, 1).post(&hub).await?;
    let idle = hub.memory()?;
    table.figure("hub, idle", idle / 1e6, "MB");
    let calls = scale.of(10_000);
    // One event less than a whole call: none of them ends.
    Storm::flat_out(0..calls, calls::EVENTS - 1).post(&hub).await?;
    let full = hub.memory()?;
    table.figure("hub with them", full / 1e6, "MB");
    table.figure("a live call", (full - idle) / calls as f64 / 1e3, "kB");
    hub.stop()?;
    let bytes = fs::metadata(folder.join("callboard.db"))?.len();
    table.figure("a stored call, on disk", bytes as f64 / calls as f64 / 1e3, "kB");
    fs::remove_dir_all(folder)?;
    Ok(())
}
