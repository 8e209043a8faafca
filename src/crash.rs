//! Points at which a test has the process die, as a power cut or SIGKILL would have it.
//!
//! `CALLBOARD_CRASH_AT=commit.written:3` ends a debug build when it comes to that point the third
//! time: no unwinding, no destructor, no last words. Release builds have nothing of it.

/// Names a place where a test may end the process.
macro_rules! crash_point {
    ($name:literal) => {
        #[cfg(debug_assertions)]
        crate::crash::pass($name);
    };
}

#[cfg(debug_assertions)]
pub(crate) fn pass(name: &str) {
    use std::sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    };

    static WANTED: OnceLock<Option<(String, AtomicU32)>> = OnceLock::new();
    let wanted = WANTED.get_or_init(|| {
        let wanted = std::env::var("CALLBOARD_CRASH_AT").ok()?;
        let (name, passage) = wanted.split_once(':').unwrap_or((&wanted, "1"));
        Some((name.to_owned(), AtomicU32::new(passage.parse().ok()?)))
    });
    if let Some((wanted, left)) = wanted
        && wanted == name
        && left.fetch_sub(1, Ordering::Relaxed) == 1
    {
        std::process::abort();
    }
}
