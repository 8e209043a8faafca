//! How often the terminal is given something.
//!
//! A program can't see how far behind a terminal is: the kernel takes twelve kilobytes without a
//! word, an SSH connection megabytes. So it is reckoned: what was sent drains at the line's rate,
//! and the stream draws only when (nearly) all of it must have arrived. Over SSH the rate is taken
//! for low until the far end is gone; a terminal that makes a write wait shows its true rate. A key
//! may go ahead of that, a little: it is answered at once, but keys held down are answered together.

use std::time::{Duration, Instant};

/// The shortest time between two frames of the stream on a line that may be slow.
const SLOW_FRAME: Duration = Duration::from_millis(100);
/// The same on this machine's own terminal.
const FRAME: Duration = Duration::from_millis(40);
/// Bytes a second the stream may use on a line that may be slow.
const SLOW: f64 = 1_600.0;
/// The same on this machine's own terminal, where drawing costs the terminal's work only.
const FAST: f64 = 11_500.0;
/// The lowest rate that is believed.
const SLOWEST: f64 = 50.0;
/// What a kernel holds of a terminal's output before it makes a write wait.
const HELD: f64 = 8_192.0;
/// A write that took longer than this was made to wait.
const WAITED: Duration = Duration::from_millis(40);
/// How many seconds' worth may still be on the way when the stream draws, and when a key does.
const STREAM_MAY: f64 = 0.25;
const KEY_MAY: f64 = 0.9;

/// Reckons when the next frame may go.
#[derive(Debug)]
pub struct Pace {
    /// The most that is ever assumed.
    most: f64,
    /// The shortest time between two frames of the stream.
    frame: Duration,
    /// Bytes a second the line takes, as far as is known.
    rate: f64,
    /// Bytes that must still be on their way at `at`.
    under_way: f64,
    at: Instant,
    drawn_at: Option<Instant>,
}

impl Pace {
    /// Over a line that may be slow, or on this machine's own terminal.
    pub fn new(maybe_slow: bool, now: Instant) -> Self {
        let (most, frame) = if maybe_slow { (SLOW, SLOW_FRAME) } else { (FAST, FRAME) };
        Self { most, frame, rate: most, under_way: 0.0, at: now, drawn_at: None }
    }

    /// Over SSH or mosh, by what the environment says.
    pub fn from_environment(variable: impl Fn(&str) -> Option<String>, now: Instant) -> Self {
        let over_a_line = ["SSH_CONNECTION", "SSH_TTY", "MOSH_CONNECTION"]
            .iter()
            .any(|name| variable(name).is_some_and(|value| !value.is_empty()));
        Self::new(over_a_line, now)
    }

    /// A frame of this size goes out now.
    pub fn sent(&mut self, bytes: usize, now: Instant) {
        self.drain(now);
        // A frame is far below what a float counts exactly.
        self.under_way += bytes as f64;
        self.drawn_at = Some(now);
    }

    /// The terminal has taken a frame of this size and needed so long.
    pub fn took(&mut self, bytes: usize, time: Duration, now: Instant) {
        self.drain(now);
        if time > WAITED {
            let seen = bytes as f64 / time.as_secs_f64();
            self.rate = (seen * 0.8).clamp(SLOWEST, self.rate);
            self.under_way = self.under_way.max(HELD.min(self.rate * 10.0));
        } else {
            self.rate = (self.rate * 1.02).min(self.most);
        }
    }

    /// How long the next frame must wait; `at_once` for one that answers a key.
    pub fn wait(&mut self, at_once: bool, now: Instant) -> Duration {
        self.drain(now);
        let may = self.rate * if at_once { KEY_MAY } else { STREAM_MAY };
        let too_much = (self.under_way - may).max(0.0);
        let drained = Duration::from_secs_f64(too_much / self.rate);
        let frame = match self.drawn_at {
            Some(drawn) if !at_once => self.frame.saturating_sub(now.duration_since(drawn)),
            _ => Duration::ZERO,
        };
        drained.max(frame)
    }

    fn drain(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        self.under_way = (self.under_way - passed * self.rate).max(0.0);
        self.at = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends frames of `bytes` for `seconds` over a line of `rate` that holds everything it is
    /// given, as SSH does; tells the worst lag in seconds and the frames drawn.
    fn lag(rate: f64, bytes: usize, keys: bool, seconds: f64) -> (f64, u32) {
        let begin = Instant::now();
        let mut pace = Pace::new(true, begin);
        let (mut now, mut queue, mut worst, mut frames) = (0.0, 0.0f64, 0.0f64, 0);
        while now < seconds {
            let at = begin + Duration::from_secs_f64(now);
            let wait = pace.wait(keys, at).as_secs_f64();
            if wait < 1e-6 {
                pace.sent(bytes, at);
                pace.took(bytes, Duration::ZERO, at);
                queue += bytes as f64;
                worst = worst.max(queue / rate);
                frames += 1;
            }
            // A key comes thirty times a second.
            let step = if keys { 1.0 / 30.0 } else { wait.max(0.01) };
            queue = (queue - step * rate).max(0.0);
            now += step;
        }
        (worst, frames)
    }

    #[test]
    fn a_line_of_two_kilobytes_a_second_is_never_two_seconds_behind() {
        for bytes in [60, 400, 1_200, 2_500] {
            for keys in [false, true] {
                let (worst, frames) = lag(2_000.0, bytes, keys, 60.0);
                assert!(worst <= 2.0, "{bytes} bytes a frame, keys {keys}: {worst} s behind");
                assert!(frames >= 30, "{bytes} bytes a frame: {frames} frames in a minute");
            }
        }
    }

    #[test]
    fn on_the_own_terminal_a_stream_has_a_rhythm_and_a_key_none() {
        let begin = Instant::now();
        let mut pace = Pace::new(false, begin);
        pace.sent(1_000, begin);
        assert_eq!(pace.wait(true, begin), Duration::ZERO);
        assert_eq!(pace.wait(false, begin), FRAME);
    }

    #[test]
    fn a_terminal_that_makes_a_write_wait_is_given_less() {
        let begin = Instant::now();
        let mut pace = Pace::new(false, begin);
        pace.sent(1_000, begin);
        let later = begin + Duration::from_secs(1);
        pace.took(1_000, Duration::from_secs(1), later);
        assert!(pace.wait(false, later) > Duration::from_secs(1));
        // And is believed again when it takes everything at once.
        let mut now = later + Duration::from_secs(20);
        for _ in 0..400 {
            pace.sent(10, now);
            pace.took(10, Duration::ZERO, now);
            now += Duration::from_secs(1);
        }
        assert_eq!(pace.wait(true, now), Duration::ZERO);
        assert!(pace.rate > FAST * 0.99, "{}", pace.rate);
    }

    #[test]
    fn the_environment_says_whether_there_is_a_line() {
        let now = Instant::now();
        let over = |name: &'static str| {
            Pace::from_environment(|asked| (asked == name).then(|| "x".to_owned()), now).most
        };
        assert_eq!(over("SSH_CONNECTION"), SLOW);
        assert_eq!(over("TERM"), FAST);
    }
}
