//! What a version's instances say: the last lines, kept to be read and followed, and the gateway's own log.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Instant, SystemTime};

use tokio::sync::broadcast;

use crate::words::Level;

/// Bytes of a line; the rest is cut off.
pub(crate) const LINE_MOST: usize = 8 << 10;

/// Lines and bytes that are kept.
const LINES_KEPT: usize = 500;
const BYTES_KEPT: usize = 512 << 10;

/// Lines a second that the host tells of a plugin.
const TOLD: u32 = 20;

/// Lines that a slow follower may be behind before it misses some.
const FOLLOWED: usize = 256;

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// When it was written.
    pub at: SystemTime,
    /// How much it matters.
    pub level: Level,
    /// What it says; control characters are escaped.
    pub message: String,
}

/// A level by its name, such as `warn`.
#[must_use]
pub fn level_name(level: Level) -> &'static str {
    match level {
        Level::Trace => "trace",
        Level::Debug => "debug",
        Level::Info => "info",
        Level::Warn => "warn",
        Level::Error => "error",
    }
}

/// The log of one version.
pub struct Logs {
    plugin: Arc<str>,
    version: String,
    kept: Mutex<Kept>,
    /// Lines a second, and the second and count of the current one.
    allowed: u32,
    began: Instant,
    second: Second,
    /// The same for what the host tells of the plugin.
    told: Second,
    dropped: AtomicU64,
    follow: broadcast::Sender<Arc<Line>>,
}

/// Counts within the current second: its number in the upper half, lines in the lower.
#[derive(Default)]
struct Second(AtomicU64);

impl Second {
    fn admits(&self, began: Instant, allowed: u32) -> bool {
        let now = began.elapsed().as_secs() << 32;
        let step =
            |seen: u64| Some(if seen & !0xffff_ffff == now { (seen + 1).min(now | 0xffff_ffff) } else { now | 1 });
        let seen = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, step).unwrap_or_else(|seen| seen);
        let before = if seen & !0xffff_ffff == now { seen & 0xffff_ffff } else { 0 };
        before < u64::from(allowed)
    }
}

#[derive(Default)]
struct Kept {
    lines: VecDeque<Arc<Line>>,
    bytes: usize,
}

impl Logs {
    pub(crate) fn new(plugin: Arc<str>, version: String, allowed: u32) -> Logs {
        Logs {
            plugin,
            version,
            kept: Mutex::default(),
            allowed,
            began: Instant::now(),
            second: Second::default(),
            told: Second::default(),
            dropped: AtomicU64::new(0),
            follow: broadcast::Sender::new(FOLLOWED),
        }
    }

    /// The last lines, oldest first.
    pub fn last(&self) -> Vec<Arc<Line>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).lines.iter().cloned().collect()
    }

    /// Every line from now on. A follower that is too slow is told how many lines it missed.
    pub fn follow(&self) -> broadcast::Receiver<Arc<Line>> {
        self.follow.subscribe()
    }

    /// Lines that were over the limit and are lost.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Takes a line of the guest, if the second has room for it.
    pub(crate) fn write(&self, level: Level, message: &str) {
        self.take(level, message, &self.second, self.allowed);
    }

    /// Takes a line that the host tells of the guest: how much that wrote itself does not keep it out.
    pub(crate) fn tell(&self, message: &str) {
        self.take(Level::Error, message, &self.told, TOLD);
    }

    fn take(&self, level: Level, message: &str, second: &Second, allowed: u32) {
        if !second.admits(self.began, allowed) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let line = Arc::new(Line { at: SystemTime::now(), level, message: clean(message) });
        self.trace(&line);
        {
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            kept.bytes += line.message.len();
            kept.lines.push_back(Arc::clone(&line));
            while kept.lines.len() > LINES_KEPT || kept.bytes > BYTES_KEPT {
                let gone = kept.lines.pop_front().map_or(0, |line| line.message.len());
                kept.bytes -= gone;
            }
        }
        // Nobody may be following.
        let _ = self.follow.send(line);
    }

    /// Whether a line of this level is wanted. Everything from `info` on is; what is below only where somebody reads it.
    pub(crate) fn enabled(&self, level: Level) -> bool {
        match level {
            Level::Trace => tracing::enabled!(target: "plugin", tracing::Level::TRACE),
            Level::Debug => tracing::enabled!(target: "plugin", tracing::Level::DEBUG),
            Level::Info | Level::Warn | Level::Error => true,
        }
    }

    fn trace(&self, line: &Line) {
        let (plugin, version, message) = (&*self.plugin, self.version.as_str(), line.message.as_str());
        match line.level {
            Level::Trace => tracing::trace!(target: "plugin", plugin, version, "{message}"),
            Level::Debug => tracing::debug!(target: "plugin", plugin, version, "{message}"),
            Level::Info => tracing::info!(target: "plugin", plugin, version, "{message}"),
            Level::Warn => tracing::warn!(target: "plugin", plugin, version, "{message}"),
            Level::Error => tracing::error!(target: "plugin", plugin, version, "{message}"),
        }
    }
}

/// Cut to [`LINE_MOST`] bytes, control characters escaped, so that no line can pretend to be another one.
fn clean(message: &str) -> String {
    let mut cut = message.len().min(LINE_MOST);
    while !message.is_char_boundary(cut) {
        cut -= 1;
    }
    let message = message[..cut].trim_end();
    if !message.contains(char::is_control) {
        return message.to_owned();
    }
    let escape = |sign: char| if sign.is_control() { sign.escape_default().collect() } else { sign.to_string() };
    message.chars().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logs(allowed: u32) -> Logs {
        Logs::new("p".into(), "1".to_owned(), allowed)
    }

    #[test]
    fn a_flood_is_cut_to_the_lines_of_a_second_and_counted() {
        let logs = logs(10);
        for _ in 0..1000 {
            logs.write(Level::Info, "again");
        }
        // The second may have turned once or twice while writing.
        let kept = logs.last().len() as u64;
        assert!((10..=30).contains(&kept), "{kept}");
        assert_eq!(logs.dropped(), 1000 - kept);
    }

    #[test]
    fn a_line_cannot_pretend_to_be_two() {
        assert_eq!(clean("a\r\nb\u{1b}[0m\n"), "a\\r\\nb\\u{1b}[0m");
        let long = clean(&"ä".repeat(LINE_MOST));
        assert_eq!(long.len(), LINE_MOST);
    }

    #[test]
    fn only_the_last_lines_are_kept() {
        let logs = logs(u32::MAX);
        for number in 0..LINES_KEPT + 7 {
            logs.write(Level::Info, &number.to_string());
        }
        let last = logs.last();
        assert_eq!((last.len(), last[0].message.as_str()), (LINES_KEPT, "7"));
        for _ in 0..200 {
            logs.write(Level::Info, &"x".repeat(LINE_MOST));
        }
        assert_eq!(logs.last().len(), BYTES_KEPT / LINE_MOST);
    }

    #[test]
    fn what_the_host_tells_is_not_kept_out_by_what_the_guest_wrote() {
        let logs = logs(2);
        for _ in 0..50 {
            logs.write(Level::Info, "flood");
        }
        logs.tell("on-request: it trapped");
        assert_eq!(logs.last().last().map(|line| line.message.clone()).as_deref(), Some("on-request: it trapped"));
        (0..50).for_each(|_| logs.tell("again"));
        assert!(logs.last().len() < 30, "that has a limit of its own");
    }

    #[test]
    fn a_follower_sees_every_line_from_then_on() {
        let logs = logs(100);
        logs.write(Level::Info, "before");
        let mut follower = logs.follow();
        logs.write(Level::Warn, "after");
        let line = follower.try_recv().unwrap();
        assert_eq!((line.level, line.message.as_str()), (Level::Warn, "after"));
        assert!(follower.try_recv().is_err());
    }
}
