//! What the versions of a plugin logged, in the order of time, and what they log from now on.

use std::{
    collections::VecDeque,
    sync::{Arc, Weak},
    time::{Duration, SystemTime},
};

use super::{ChangeError, Plugins};
use crate::{capability::log::Line, version::Version, words::Level};

/// How often a follower looks for new lines.
const LOOK: Duration = Duration::from_millis(100);

/// One line, and whose it is.
#[derive(Debug, Clone)]
pub struct LogLine {
    /// When it was written.
    pub at: SystemTime,
    /// Id of the version.
    pub version: String,
    /// How much it matters.
    pub level: Level,
    /// What it says, on one line.
    pub message: String,
}

/// Follows the log of a plugin, whichever versions come and go.
pub struct Follower {
    plugins: Arc<Plugins>,
    name: String,
    /// The last line seen of each version.
    seen: Vec<(Weak<Version>, Weak<Line>)>,
    waiting: VecDeque<LogLine>,
}

impl Plugins {
    /// The last lines of a plugin's loaded versions, the oldest first.
    ///
    /// # Errors
    /// [`ChangeError::UnknownPlugin`].
    pub fn lines(&self, name: &str) -> Result<Vec<LogLine>, ChangeError> {
        let mut lines = Vec::new();
        for version in self.speakers(name)? {
            lines.extend(version.logs().last().iter().map(|line| told(&version, line)));
        }
        lines.sort_by_key(|line| line.at);
        Ok(lines)
    }

    /// Follows a plugin's log from now on.
    ///
    /// # Errors
    /// [`ChangeError::UnknownPlugin`].
    pub fn follow(self: &Arc<Self>, name: &str) -> Result<Follower, ChangeError> {
        let last = |version: Arc<Version>| {
            let line = version.logs().last().last().map_or_else(Weak::new, Arc::downgrade);
            (Arc::downgrade(&version), line)
        };
        let seen = self.speakers(name)?.into_iter().map(last).collect();
        Ok(Follower { plugins: Arc::clone(self), name: name.to_owned(), seen, waiting: VecDeque::new() })
    }

    fn speakers(&self, name: &str) -> Result<Vec<Arc<Version>>, ChangeError> {
        Ok(self.inside().entry(name)?.loaded().into_iter().map(|(version, _)| version).collect())
    }
}

impl Follower {
    /// The next line; `None` when the plugin is declared no more.
    pub async fn next(&mut self) -> Option<LogLine> {
        loop {
            if let Some(line) = self.waiting.pop_front() {
                return Some(line);
            }
            tokio::time::sleep(LOOK).await;
            self.look()?;
        }
    }

    /// Gathers what was written since the last look.
    fn look(&mut self) -> Option<()> {
        let speakers = self.plugins.speakers(&self.name).ok()?;
        self.seen.retain(|(version, _)| version.strong_count() > 0);
        let mut found = Vec::new();
        for version in speakers {
            let lines = version.logs().last();
            let known = self.seen.iter_mut().find(|(seen, _)| std::ptr::eq(seen.as_ptr(), Arc::as_ptr(&version)));
            let from = known.as_ref().map_or(0, |(_, last)| after(&lines, last));
            found.extend(lines[from..].iter().map(|line| told(&version, line)));
            let last = lines.last().map_or_else(Weak::new, Arc::downgrade);
            match known {
                Some((_, seen)) => *seen = last,
                None => self.seen.push((Arc::downgrade(&version), last)),
            }
        }
        found.sort_by_key(|line| line.at);
        self.waiting.extend(found);
        Some(())
    }
}

/// Where the lines begin that came after `last`; all of them, if it is kept no more.
fn after(lines: &[Arc<Line>], last: &Weak<Line>) -> usize {
    lines.iter().rposition(|line| std::ptr::eq(Arc::as_ptr(line), last.as_ptr())).map_or(0, |at| at + 1)
}

fn told(version: &Version, line: &Line) -> LogLine {
    LogLine { at: line.at, version: version.id().to_owned(), level: line.level, message: line.message.clone() }
}
