//! What a person changes: versions come, serve, go on trial, go back, go away. One change after the other; each names the state
//! that it was decided on, so that two people do not undo each other's work unseen. What takes long, compiling above all, is
//! done before a change waits for its turn: nobody's rollback waits for somebody else's upload.

use std::{sync::Arc, time::Instant};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use tokio::sync::MutexGuard;

use super::{
    Inside, Plugins,
    entry::Entry,
    hashed,
    view::{PluginView, VersionDetail},
};
use crate::{Digest, LoadError, Spec, deployed::Split, version::Version, watch::Watch};

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
    /// To the previous version's module, loaded as it is declared now; `None`: there was none.
    Rollback(Option<Arc<Version>>),
}

/// What a rollback would have turned to is another version by now.
const ELSEWHERE: ChangeError = ChangeError::Nothing("the plugin was changed meanwhile; look at it and ask again");

/// Held as long as a change is made.
type Turn<'a> = MutexGuard<'a, ()>;

impl Plugins {
    /// Loads a module as the plugin is declared, and keeps it. It does not serve before it is activated. With `dry_run` it is only
    /// tried.
    ///
    /// # Errors
    /// [`ChangeError::Refused`] when it cannot serve.
    pub async fn upload(self: &Arc<Self>, name: &str, bytes: Bytes, dry_run: bool) -> Result<Uploaded, ChangeError> {
        let digest = hashed(bytes.clone()).await;
        {
            let mut inside = self.inside();
            let entry = inside.entry(name)?;
            if let Some(version) = entry.ready(&digest).cloned() {
                return Ok(Uploaded { version: entry.detail_of(&version), known: true });
            }
        }
        let (version, _turn) = self.made(name, digest, "upload", Some(&bytes)).await?;
        if dry_run {
            return Ok(Uploaded { version: self.inside().entry(name)?.detail_of(&version), known: false });
        }
        let size = bytes.len();
        self.put(digest, bytes).await.map_err(ChangeError::Unkept)?;
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
        let (version, _turn) = self.version(name, version, on).await?;
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
        let (version, _turn) = self.version(name, version, on).await?;
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

    /// Ends the canary, if one runs, else turns to the previous version; to its module as it is declared now, if its settings or
    /// grants are others since.
    ///
    /// # Errors
    /// When there is neither, the module does not load as it is declared now, or the plugin was changed meanwhile.
    pub async fn rollback(
        self: &Arc<Self>,
        name: &str,
        on: &Precondition,
        dry_run: bool,
    ) -> Result<Change, ChangeError> {
        let module = {
            let mut inside = self.inside();
            let entry = inside.entry(name)?;
            on.check(entry)?;
            let previous = entry.line.previous().filter(|_| entry.line.canary().is_none());
            previous.map(|version| entry.module_of(version.digest()))
        };
        let (version, _turn) = match module {
            Some(module) => {
                let (version, turn) = self.made(name, module.digest, &module.origin, None).await?;
                self.inside().entry(name)?.take(&version, &module.origin, module.size);
                (Some(version), turn)
            }
            None => (None, self.turn.lock().await),
        };
        let trying = self.inside().entry(name)?.line.canary().is_some();
        self.carry_out(name, if trying { Move::Abort } else { Move::Rollback(version) }, on, dry_run).await
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

    /// The version that `wanted` names, loaded if it is not, and the turn to change the plugin.
    async fn version(
        self: &Arc<Self>,
        name: &str,
        wanted: &str,
        on: &Precondition,
    ) -> Result<(Arc<Version>, Turn<'_>), ChangeError> {
        let module = {
            let mut inside = self.inside();
            let entry = inside.entry(name)?;
            on.check(entry)?;
            if entry.find(wanted).is_some_and(|version| version.id() == wanted && !entry.as_declared(version)) {
                return Err(ChangeError::Nothing(
                    "that version ran with settings, limits or grants that are declared no more; to run its module as declared \
                     now, name its digest",
                ));
            }
            entry.module_of(&entry.digest_of(wanted).ok_or_else(|| unknown(name, wanted))?)
        };
        let (version, turn) = self.made(name, module.digest, &module.origin, None).await?;
        let mut inside = self.inside();
        let entry = inside.entry(name)?;
        if entry.digest_of(wanted).is_none() {
            return Err(unknown(name, wanted)); // somebody deleted it meanwhile
        }
        entry.take(&version, &module.origin, module.size);
        Ok((version, turn))
    }

    /// The version that a module makes as the plugin is declared, and the turn to change it. Others go on with their changes while
    /// it is loaded. Without `bytes`, they are those that are kept.
    async fn made(
        self: &Arc<Self>,
        name: &str,
        digest: Digest,
        origin: &str,
        bytes: Option<&Bytes>,
    ) -> Result<(Arc<Version>, Turn<'_>), ChangeError> {
        loop {
            let (spec, ready) = {
                let mut inside = self.inside();
                let entry = inside.entry(name)?;
                (entry.declared.spec.clone(), entry.ready(&digest).cloned())
            };
            let version = match (ready, bytes) {
                (Some(version), _) => version,
                (None, Some(bytes)) => self.fresh(bytes.clone(), digest, origin, &spec).await?,
                (None, None) => {
                    let gone = || ChangeError::Unkept(format!("the bytes of {digest} are gone"));
                    let bytes = self.kept(digest).await.ok_or_else(gone)?;
                    self.fresh(bytes, digest, origin, &spec).await?
                }
            };
            let turn = self.turn.lock().await;
            let mut inside = self.inside();
            let entry = inside.entry(name)?;
            if entry.declared.spec == spec {
                entry.fits(&version).map_err(ChangeError::Refused)?;
                return Ok((version, turn));
            }
            // It was declared anew meanwhile: once more, as it is declared now.
        }
    }

    async fn fresh(
        &self,
        bytes: Bytes,
        digest: Digest,
        origin: &str,
        spec: &Spec,
    ) -> Result<Arc<Version>, ChangeError> {
        self.load(bytes, digest, origin.to_owned(), spec.clone()).await.map_err(ChangeError::Refused)
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
            Self::Rollback(version) => match (entry.line.previous(), version) {
                (None, _) => Err(ChangeError::Nothing("there is no previous version to turn to")),
                (Some(_), _) if entry.line.previous_failed() => Err(ChangeError::Nothing(
                    "the previous version was left because it failed; if it is to serve again, activate it by its id",
                )),
                (Some(previous), Some(version)) if previous.digest() != version.digest() => Err(ELSEWHERE),
                (Some(_), None) => Err(ELSEWHERE),
                (Some(_), Some(version)) if stable.as_ref().is_some_and(|stable| Arc::ptr_eq(stable, version)) => {
                    Err(ChangeError::Nothing(
                        "the previous version is the same module with settings, limits or grants that are declared no more; \
                         they are changed in the configuration",
                    ))
                }
                (Some(_), Some(version)) => Ok((stable, Some(Arc::clone(version)))),
            },
        }
    }

    fn make(self, entry: &mut Entry, now: Instant) {
        match self {
            Self::Activate(version, watch) => drop(entry.line.activate(version, watch, now)),
            Self::Canary(version, split, watch) => entry.line.set_canary(version, split, watch, now),
            Self::Promote(watch) => drop(entry.line.promote(watch, now)),
            Self::Abort => drop(entry.line.abort()),
            Self::Rollback(version) => version.into_iter().for_each(|version| entry.line.turn_to(version, now)),
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
