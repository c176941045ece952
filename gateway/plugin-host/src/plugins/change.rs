//! What a person changes: versions come, serve, go on trial, go back, go away. One change after the other; each names the state
//! that it was decided on, so that two people do not undo each other's work unseen.

use std::{sync::Arc, time::Instant};

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::{
    Inside, Plugins,
    entry::Entry,
    view::{PluginView, VersionDetail},
};
use crate::{Digest, LoadError, deployed::Split, version::Version, watch::Watch};

/// Which state of a plugin a change was decided on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Precondition {
    /// Whichever.
    Any,
    /// One of these, as [`PluginView::etag`] tells it.
    Tags(Vec<String>),
}

/// Which exchanges a canary shall get: by percent, or by a header field.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct SplitWish {
    /// Percent of the keys, 0 to 100.
    pub percent: Option<f64>,
    /// What the key is. Left out: `:client`.
    pub sticky: Option<String>,
    /// Name of a field of the request.
    pub header: Option<String>,
    /// The value that it must have. Left out: any.
    pub value: Option<String>,
}

/// A module that was taken, or would be.
#[derive(Debug, Clone)]
pub struct Uploaded {
    /// The version that it makes.
    pub version: VersionDetail,
    /// Whether it was there before.
    pub known: bool,
}

/// What a change did, or would do.
#[derive(Debug, Clone)]
pub struct Change {
    /// The plugin afterwards; as it is, when nothing was to be changed.
    pub plugin: PluginView,
    /// The version that served before, or ran as the canary.
    pub from: Option<String>,
    /// The version that serves now, or runs as the canary.
    pub to: Option<String>,
}

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// The configuration declares no plugin of this name.
    #[error("no plugin is called {0:?}")]
    UnknownPlugin(String),
    /// The plugin has no such version.
    #[error("plugin {plugin:?} has no version {version:?}")]
    UnknownVersion {
        /// The plugin.
        plugin: String,
        /// What was asked for.
        version: String,
    },
    /// Somebody else changed it first.
    #[error("the plugin was changed meanwhile")]
    Stale {
        /// How it stands now.
        current: String,
    },
    /// It cannot be deleted.
    #[error("version {0} serves")]
    Serving(String),
    /// There is nothing to turn to.
    #[error("{0}")]
    Nothing(&'static str),
    /// The request makes no sense.
    #[error("{message}")]
    Invalid {
        /// Where in the body, as a JSON pointer.
        pointer: &'static str,
        /// In plain words.
        message: String,
    },
    /// The module cannot serve.
    #[error(transparent)]
    Refused(LoadError),
    /// The disk refuses.
    #[error("it cannot be kept: {0}")]
    Unkept(String),
}

/// The versions before and after a move.
type Ends = (Option<Arc<Version>>, Option<Arc<Version>>);

/// What to do with a plugin's pointers.
enum Move {
    Activate(Arc<Version>, Watch),
    Canary(Arc<Version>, Split, Option<Watch>),
    Promote(Option<Watch>),
    Abort,
    Rollback,
}

impl Plugins {
    /// Loads a module as the plugin is declared, and keeps it. It does not serve before it is activated. With `dry_run` it is only
    /// tried.
    ///
    /// # Errors
    /// [`ChangeError::Refused`] when it cannot serve.
    pub async fn upload(self: &Arc<Self>, name: &str, bytes: Bytes, dry_run: bool) -> Result<Uploaded, ChangeError> {
        let _turn = self.turn.lock().await;
        let digest = Digest::of(&bytes);
        let (spec, known) = {
            let mut inside = self.inside();
            let entry = inside.entry(name)?;
            (entry.declared.spec.clone(), entry.ready(&digest).cloned())
        };
        let size = bytes.len();
        if let Some(version) = known {
            return Ok(Uploaded { version: self.inside().entry(name)?.detail_of(&version), known: true });
        }
        let version =
            self.load(bytes.clone(), digest, "upload".to_owned(), spec).await.map_err(ChangeError::Refused)?;
        self.inside().entry(name)?.fits(&version).map_err(ChangeError::Refused)?;
        if dry_run {
            return Ok(Uploaded { version: self.inside().entry(name)?.detail_of(&version), known: false });
        }
        let this = Arc::clone(self);
        let put = tokio::task::spawn_blocking(move || this.store.put(&digest, &bytes)).await;
        put.map_err(|_| "the writer ended".to_owned())
            .and_then(|put| put.map_err(|error| error.to_string()))
            .map_err(ChangeError::Unkept)?;
        let uploaded = {
            let mut inside = self.inside();
            let entry = inside.entry(name)?;
            let known = entry.modules.iter().any(|module| module.digest == digest);
            entry.take(&version, "upload", size);
            Uploaded { version: entry.detail_of(&version), known }
        };
        self.keep(true).await;
        Ok(uploaded)
    }

    /// Makes a version stable; what was stable is kept warm, and is turned to again if the new one fails by `watch`.
    ///
    /// # Errors
    /// When there is no such version, it does not load any more, or the plugin was changed meanwhile.
    pub async fn activate(
        self: &Arc<Self>,
        name: &str,
        version: &str,
        watch: Option<Watch>,
        on: &Precondition,
        dry_run: bool,
    ) -> Result<Change, ChangeError> {
        let watch = checked(watch)?.unwrap_or_default();
        let _turn = self.turn.lock().await;
        let version = self.version(name, version, on).await?;
        self.carry_out(name, Move::Activate(version, watch), on, dry_run).await
    }

    /// Gives a part of the exchanges to a version; for the canary that runs, another part.
    ///
    /// # Errors
    /// As [`Plugins::activate`], and when the wish makes no sense.
    pub async fn canary(
        self: &Arc<Self>,
        name: &str,
        version: &str,
        split: &SplitWish,
        watch: Option<Watch>,
        on: &Precondition,
        dry_run: bool,
    ) -> Result<Change, ChangeError> {
        let watch = checked(watch)?;
        let _turn = self.turn.lock().await;
        let version = self.version(name, version, on).await?;
        let split = split.split(version.id())?;
        self.carry_out(name, Move::Canary(version, split, watch), on, dry_run).await
    }

    /// Makes the canary stable.
    ///
    /// # Errors
    /// When there is none, or the plugin was changed meanwhile.
    pub async fn promote(
        self: &Arc<Self>,
        name: &str,
        watch: Option<Watch>,
        on: &Precondition,
        dry_run: bool,
    ) -> Result<Change, ChangeError> {
        let watch = checked(watch)?;
        let _turn = self.turn.lock().await;
        self.carry_out(name, Move::Promote(watch), on, dry_run).await
    }

    /// Ends the canary.
    ///
    /// # Errors
    /// When there is none, or the plugin was changed meanwhile.
    pub async fn abort(self: &Arc<Self>, name: &str, on: &Precondition, dry_run: bool) -> Result<Change, ChangeError> {
        let _turn = self.turn.lock().await;
        self.carry_out(name, Move::Abort, on, dry_run).await
    }

    /// Ends the canary, if one runs, else turns to the previous version.
    ///
    /// # Errors
    /// When there is neither, or the plugin was changed meanwhile.
    pub async fn rollback(
        self: &Arc<Self>,
        name: &str,
        on: &Precondition,
        dry_run: bool,
    ) -> Result<Change, ChangeError> {
        let _turn = self.turn.lock().await;
        let trying = self.inside().entry(name)?.line.canary().is_some();
        self.carry_out(name, if trying { Move::Abort } else { Move::Rollback }, on, dry_run).await
    }

    /// Forgets a version and its module.
    ///
    /// # Errors
    /// [`ChangeError::Serving`], or when there is no such version, or the plugin was changed meanwhile.
    pub async fn delete(
        self: &Arc<Self>,
        name: &str,
        version: &str,
        on: &Precondition,
        dry_run: bool,
    ) -> Result<Change, ChangeError> {
        let _turn = self.turn.lock().await;
        let change = {
            let mut inside = self.inside();
            let entry = inside.entry(name)?;
            on.check(entry)?;
            let digest = entry.digest_of(version).ok_or_else(|| unknown(name, version))?;
            let serving = entry.line.stable().into_iter().chain(entry.line.canary().map(|canary| &canary.version));
            if serving.clone().any(|serving| *serving.digest() == digest) {
                return Err(ChangeError::Serving(version.to_owned()));
            }
            if !dry_run {
                entry.modules.retain(|module| module.digest != digest);
                entry.ready.retain(|ready| *ready.digest() != digest);
                if let Some(previous) = entry.line.previous().filter(|previous| *previous.digest() == digest).cloned() {
                    entry.line.forget(&previous);
                }
            }
            Change { plugin: entry.view(), from: Some(version.to_owned()), to: None }
        };
        self.keep(true).await;
        Ok(change)
    }

    /// The version that `wanted` names, loaded if it is not. To be called during one's turn.
    async fn version(&self, name: &str, wanted: &str, on: &Precondition) -> Result<Arc<Version>, ChangeError> {
        let (module, spec) = {
            let mut inside = self.inside();
            let entry = inside.entry(name)?;
            on.check(entry)?;
            if let Some(version) = entry.find(wanted) {
                entry.fits(version).map_err(ChangeError::Refused)?;
                return Ok(Arc::clone(version));
            }
            (entry.module(wanted).ok_or_else(|| unknown(name, wanted))?.clone(), entry.declared.spec.clone())
        };
        let bytes = self.store.module(&module.digest);
        let bytes = bytes.ok_or_else(|| ChangeError::Unkept(format!("the bytes of {} are gone", module.digest)))?;
        let version =
            self.load(bytes, module.digest, module.origin.clone(), spec).await.map_err(ChangeError::Refused)?;
        let mut inside = self.inside();
        let entry = inside.entry(name)?;
        entry.fits(&version).map_err(ChangeError::Refused)?;
        entry.take(&version, &module.origin, module.size);
        Ok(version)
    }

    async fn carry_out(
        self: &Arc<Self>,
        name: &str,
        how: Move,
        on: &Precondition,
        dry_run: bool,
    ) -> Result<Change, ChangeError> {
        let (from, to) = {
            let mut inside = self.inside();
            let entry = inside.entry(name)?;
            on.check(entry)?;
            let (from, to) = how.ends(entry)?;
            let ids = (from.map(|version| version.id().to_owned()), to.map(|version| version.id().to_owned()));
            if !dry_run {
                how.make(entry, Instant::now());
                self.settle(&mut inside, None);
            }
            ids
        };
        if !dry_run {
            self.keep(true).await;
        }
        Ok(Change { plugin: self.inside().entry(name)?.view(), from, to })
    }
}

impl Move {
    /// The versions before and after.
    fn ends(&self, entry: &Entry) -> Result<Ends, ChangeError> {
        let stable = entry.line.stable().cloned();
        let canary = entry.line.canary().map(|canary| Arc::clone(&canary.version));
        match self {
            Self::Activate(version, _) => Ok((stable, Some(Arc::clone(version)))),
            Self::Canary(version, ..) if stable.as_ref().is_some_and(|stable| Arc::ptr_eq(stable, version)) => {
                Err(ChangeError::Nothing("that version serves everybody already"))
            }
            Self::Canary(..) if stable.is_none() => {
                Err(ChangeError::Nothing("nothing serves yet; activate the version for everybody"))
            }
            Self::Canary(version, ..) => Ok((canary, Some(Arc::clone(version)))),
            Self::Promote(_) | Self::Abort if canary.is_none() => Err(ChangeError::Nothing("there is no canary")),
            Self::Promote(_) => Ok((stable, canary)),
            Self::Abort => Ok((canary, stable)),
            Self::Rollback => match entry.line.previous() {
                Some(previous) => Ok((stable, Some(Arc::clone(previous)))),
                None => Err(ChangeError::Nothing("there is no previous version to turn to")),
            },
        }
    }

    fn make(self, entry: &mut Entry, now: Instant) {
        match self {
            Self::Activate(version, watch) => drop(entry.line.activate(version, watch, now)),
            Self::Canary(version, split, watch) => entry.line.set_canary(version, split, watch, now),
            Self::Promote(watch) => drop(entry.line.promote(watch, now)),
            Self::Abort => drop(entry.line.abort()),
            Self::Rollback => drop(entry.line.rollback(now)),
        }
        entry.note = None;
        entry.choose();
        entry.thin_out();
    }
}

impl Inside {
    pub(super) fn entry(&mut self, name: &str) -> Result<&mut Entry, ChangeError> {
        self.entries.get_mut(name).ok_or_else(|| ChangeError::UnknownPlugin(name.to_owned()))
    }
}

impl Precondition {
    fn check(&self, entry: &Entry) -> Result<(), ChangeError> {
        let current = entry.tag();
        match self {
            Self::Tags(tags) if !tags.contains(&current) => Err(ChangeError::Stale { current }),
            Self::Tags(_) | Self::Any => Ok(()),
        }
    }
}

impl SplitWish {
    fn split(&self, version: &str) -> Result<Split, ChangeError> {
        let invalid = |pointer, message: &str| Err(ChangeError::Invalid { pointer, message: message.to_owned() });
        match (self.percent, &self.header) {
            (Some(percent), None) if self.value.is_none() => Split::share(percent, self.sticky.as_deref(), version)
                .or_else(|error| invalid("/canary/percent", &error.to_string())),
            (None, Some(header)) if self.sticky.is_none() && !header.is_empty() => {
                Ok(Split::header(header, self.value.as_deref()))
            }
            (Some(_), Some(_)) => invalid("/canary", "a canary goes by percent or by header, not by both"),
            (Some(_), None) => invalid("/canary/value", "a value belongs to a header"),
            (None, Some(_)) => invalid("/canary", "a header has a name, and goes without sticky"),
            (None, None) => invalid("/canary", "a canary needs percent or header"),
        }
    }
}

fn checked(watch: Option<Watch>) -> Result<Option<Watch>, ChangeError> {
    match watch.and_then(|watch| watch.fault()) {
        Some(message) => Err(ChangeError::Invalid { pointer: "/watch", message: message.to_owned() }),
        None => Ok(watch),
    }
}

fn unknown(plugin: &str, version: &str) -> ChangeError {
    ChangeError::UnknownVersion { plugin: plugin.to_owned(), version: version.to_owned() }
}
