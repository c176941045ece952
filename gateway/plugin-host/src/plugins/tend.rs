//! What goes on by itself: counts are looked at, files are watched, what was away is fetched again.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures_util::future::join;
use tokio::time::{MissedTickBehavior, interval};

use super::{
    Plugins,
    declare::FIRST_RETRY,
    entry::{Entry, Refused},
    hashed,
    line::Turn,
};
use crate::{
    Digest, Spec,
    source::{self, Source, Stamp},
    version::Version,
    watch::Watch,
};

/// How often counts are looked at.
const LOOK: Duration = Duration::from_millis(100);
/// How often files are looked at. One that is as it was the last time is whole and may be read.
const FILES: Duration = Duration::from_millis(200);
/// The longest pause before a source that is away is tried again.
const LONGEST_RETRY: Duration = Duration::from_secs(60);

/// A source that is to be read again.
struct Due {
    name: Arc<str>,
    source: Source,
    digest: Option<Digest>,
    spec: Spec,
}

impl Plugins {
    /// Watches versions and sources until it is dropped. To be run on the control plane, once.
    pub async fn tend(self: Arc<Self>) {
        join(self.tend_versions(), self.tend_sources()).await;
    }

    async fn tend_versions(self: &Arc<Self>) {
        let mut ticks = interval(LOOK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if self.look_at_versions(Instant::now()) {
                self.keep(false).await;
            }
        }
    }

    /// Takes back what fails; whether anything changed.
    pub(super) fn look_at_versions(&self, now: Instant) -> bool {
        let mut turned = Vec::new();
        {
            let mut inside = self.inside();
            for (name, entry) in &mut inside.entries {
                let Some(turn) = entry.line.look(now) else { continue };
                if let Turn::RolledBack { .. } = turn {
                    entry.choose();
                }
                entry.note = Some(told(&turn));
                turned.push((Arc::clone(name), turn));
            }
            if !turned.is_empty() {
                self.settle(&mut inside, None);
            }
        }
        for (name, turn) in &turned {
            self.tell_turn(name, turn);
        }
        !turned.is_empty()
    }

    fn tell_turn(&self, name: &Arc<str>, turn: &Turn<Version>) {
        let (verb, from, to) = match turn {
            Turn::CanaryEnded { version, .. } => ("canary_end", Some(version), None),
            Turn::RolledBack { from, to, .. } => ("rollback", Some(from), Some(to)),
            Turn::Rests { version, .. } => ("rest", Some(version), None),
            Turn::Resumes { version } => ("resume", None, Some(version)),
        };
        self.tell(name, verb, from.map(|version| &**version), to.map(|version| &**version), told(turn));
    }

    async fn tend_sources(self: &Arc<Self>) {
        let mut ticks = interval(FILES);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            for due in self.due().await {
                self.read_again(due).await;
            }
        }
    }

    /// The sources that hold something new, or are to be tried again.
    async fn due(self: &Arc<Self>) -> Vec<Due> {
        let of_interest = |entry: &Entry| matches!(entry.declared.source, Source::File(_) | Source::Https(_));
        if !self.inside().entries.values().any(of_interest) {
            return Vec::new();
        }
        let this = Arc::clone(self);
        // A file system may hang; the control plane must not.
        let look = move || {
            let files: Vec<_> = {
                let inside = this.inside();
                let of = |entry: &Entry| match &entry.declared.source {
                    Source::File(path) => Some((Arc::clone(&entry.declared.spec.name), path.clone())),
                    _ => None,
                };
                inside.entries.values().filter_map(of).collect()
            };
            let stamps: Vec<_> = files.into_iter().map(|(name, path)| (name, source::stamp(&path))).collect();
            this.due_by(&stamps, Instant::now())
        };
        tokio::task::spawn_blocking(look).await.unwrap_or_default()
    }

    fn due_by(&self, stamps: &[(Arc<str>, Stamp)], now: Instant) -> Vec<Due> {
        let mut inside = self.inside();
        let mut due = Vec::new();
        for (name, entry) in &mut inside.entries {
            let stamp = stamps.iter().find(|(of, _)| of == name).map(|(_, stamp)| *stamp);
            let changed = stamp.is_some_and(|stamp| {
                let quiet = entry.source.looked == stamp;
                entry.source.looked = stamp;
                quiet && stamp != entry.source.read
            });
            let again = entry.source.retry.is_some_and(|(at, _)| now >= at);
            if changed || again {
                entry.source.read = stamp.unwrap_or_default();
                due.push(Due {
                    name: Arc::clone(name),
                    source: entry.declared.source.clone(),
                    digest: entry.declared.digest,
                    spec: entry.declared.spec.clone(),
                });
            }
        }
        due
    }

    /// Takes what a source holds now. What cannot be used leaves the version that serves, and says so.
    async fn read_again(self: &Arc<Self>, due: Due) {
        let outcome = self.try_again(&due).await;
        let _turn = self.turn.lock().await;
        if let Ok(Some((version, bytes))) = &outcome
            && let Err(error) = self.put(*version.digest(), bytes.clone()).await
        {
            tracing::warn!(plugin = %due.name, %error, "the module cannot be kept");
        }
        let told = {
            let mut inside = self.inside();
            let Some(entry) = inside.entries.get_mut(&due.name) else { return };
            if entry.declared.spec != due.spec || entry.declared.source != due.source {
                return; // it is declared in another way by now
            }
            match outcome {
                Ok(None) => {
                    (entry.source.refused, entry.source.retry) = (None, None);
                    None
                }
                Ok(Some((version, bytes))) => {
                    let from = entry.line.stable().cloned();
                    (entry.source.refused, entry.source.retry, entry.source.digest) =
                        (None, None, Some(*version.digest()));
                    let held = entry.chosen.as_ref().is_some_and(|chosen| chosen.over == Some(*version.digest()));
                    entry.take(&version, &due.source.to_string(), bytes.len());
                    if !held {
                        (entry.chosen, entry.note) = (None, None);
                        entry.line.activate(Arc::clone(&version), Watch::default(), Instant::now());
                    }
                    let told = ("activate", from, Some(version), format!("{} holds something new", due.source));
                    (!held).then_some(told)
                }
                Err(refused) => {
                    let pause = entry.source.retry.map_or(FIRST_RETRY, |(_, pause)| (pause * 2).min(LONGEST_RETRY));
                    let again = matches!(due.source, Source::Https(_)).then(|| (Instant::now() + pause, pause));
                    let message = refused.message.clone();
                    let known = entry.source.refused.replace(refused).is_some_and(|known| known.message == message);
                    entry.source.retry = again;
                    (!known).then(|| ("refuse", entry.line.stable().cloned(), None, message))
                }
            }
            .inspect(|_| self.settle(&mut inside, None))
        };
        if let Some((verb, from, to, reason)) = told {
            self.tell(&due.name, verb, from.as_deref(), to.as_deref(), reason);
            self.keep(true).await;
        }
    }

    /// The version that a source makes now; `None`: it holds what it held.
    async fn try_again(self: &Arc<Self>, due: &Due) -> Result<Option<(Arc<Version>, Bytes)>, Refused> {
        let refused = |reason, message| Refused { reason, message };
        let bytes = match &due.source {
            Source::File(path) => {
                let file = path.clone();
                let read = tokio::task::spawn_blocking(move || source::read(&file)).await;
                let read = read.unwrap_or_else(|_| Err("it was not read".to_owned()));
                read.map_err(|error| {
                    refused("FileUnreadable", format!("the file {} cannot be read: {error}", path.display()))
                })?
            }
            Source::Https(address) => {
                self.fetched(address, due.digest).await.map_err(|error| refused("FetchFailed", error))?
            }
            Source::Builtin(_) | Source::Upload => return Ok(None),
        };
        let digest = hashed(bytes.clone()).await;
        if due.digest.is_some_and(|wanted| wanted != digest) {
            let message = format!("the bytes of {} hash to {digest}, which is not what `digest` says", due.source);
            return Err(refused("DigestMismatch", message));
        }
        if self.inside().entries.get(&due.name).is_some_and(|entry| entry.source.digest == Some(digest)) {
            return Ok(None);
        }
        let version = self.made_again(due, digest, bytes.clone()).await;
        version.map(|version| Some((version, bytes))).map_err(|message| refused("LoadFailed", message))
    }

    async fn made_again(&self, due: &Due, digest: Digest, bytes: Bytes) -> Result<Arc<Version>, String> {
        let known = self.inside().entries.get(&due.name).and_then(|entry| entry.ready(&digest).cloned());
        if let Some(version) = known {
            return Ok(version);
        }
        let version = self.load(bytes, digest, due.source.to_string(), due.spec.clone()).await;
        let version = version.map_err(|error| error.to_string())?;
        if let Some(entry) = self.inside().entries.get(&due.name) {
            entry.fits(&version).map_err(|error| error.to_string())?;
        }
        Ok(version)
    }
}

fn told(turn: &Turn<Version>) -> String {
    match turn {
        Turn::CanaryEnded { version, why } => format!("canary {} was taken out: {why}", version.id()),
        Turn::RolledBack { from, to, why } => format!("{} was taken back to {}: {why}", from.id(), to.id()),
        Turn::Rests { version, until, why } => {
            let seconds = until.saturating_duration_since(Instant::now()).as_secs_f64();
            format!("{} crash-loops and rests for {seconds:.0} s: {why}", version.id())
        }
        Turn::Resumes { version } => format!("{} serves again after its rest", version.id()),
    }
}
