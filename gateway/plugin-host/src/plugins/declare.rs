//! From the configuration to what serves: everything new is loaded first, then all of it changes at once.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures_util::future::join_all;
use tokio::sync::OwnedMutexGuard;

use super::{
    Inside, Plugins,
    entry::{Entry, Refused, SourceState},
    hashed,
};
use crate::{
    Digest, Kind, LoadError, Spec, Step,
    deployed::{Canary, Deployed, Table},
    source::{self, Source},
    store::{Chosen, Kept},
    version::Version,
    watch::Watch,
    words::{self, FailurePolicy},
};

/// The first pause before a source that is away is tried again.
pub(super) const FIRST_RETRY: Duration = Duration::from_secs(1);

/// One plugin of the configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct Declared {
    /// Where its bytes come from.
    pub source: Source,
    /// What they must hash to. Needed with https.
    pub digest: Option<Digest>,
    /// How it is run; its name stands here.
    pub spec: Spec,
    /// What it is used as.
    pub part: Part,
}

/// What the configuration uses a plugin as: versions that could not be used so are refused before they serve.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part {
    /// The kind that its places need; `None`: nothing uses it yet.
    pub kind: Option<Kind>,
    /// The services that it must declare.
    pub services: Vec<ServiceName>,
}

/// A Dubbo service by its three names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceName {
    /// The interface.
    pub interface: String,
    /// The group; empty: none.
    pub group: String,
    /// The version; empty: none.
    pub version: String,
}

impl ServiceName {
    /// Whether this is what a plugin declares.
    #[must_use]
    pub fn is(&self, declared: &words::Service) -> bool {
        self.interface == declared.name
            && self.group == declared.group.as_deref().unwrap_or_default()
            && self.version == declared.version.as_deref().unwrap_or_default()
    }
}

impl Part {
    /// Why a version cannot play it.
    pub(super) fn fault(&self, version: &Version) -> Option<String> {
        if let Some(kind) = self.kind.filter(|kind| *kind != version.kind()) {
            return Some(format!("this is a {}, and the configuration uses the plugin as a {kind}", version.kind()));
        }
        let missing =
            self.services.iter().find(|wanted| !version.services().iter().any(|declared| wanted.is(declared)));
        missing.map(|missing| format!("it does not declare {}, which it is to answer", missing.interface))
    }
}

/// What is wrong with a plugin of the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Name of the plugin.
    pub plugin: Arc<str>,
    /// Which of its keys is meant.
    pub part: FaultPart,
    /// In plain words.
    pub message: String,
    /// What would help, where that is known.
    pub help: Option<String>,
}

/// A key of a plugin in the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaultPart {
    /// `source`: it is not there, or the module cannot be used.
    Source,
    /// `digest`: the bytes are others.
    Digest,
    /// `config`, at this JSON pointer.
    Config(String),
}

/// A declaration that was loaded and may be committed. Dropped, it changes nothing. No other change is made as long as it is there.
#[must_use = "nothing changes before it is committed"]
pub struct Prepared {
    plugins: Arc<Plugins>,
    plans: Vec<Plan>,
    table: Arc<Table>,
    _turn: OwnedMutexGuard<()>,
}

/// What a commit does to one name.
enum Plan {
    /// Nothing: it is declared as it was.
    Keep(Arc<str>),
    /// It gets these versions.
    Set(Box<Placed>),
}

struct Placed {
    declared: Declared,
    source: SourceState,
    stable: Option<Loaded>,
    /// What it was planned on.
    before: Before,
    /// After a restart only.
    previous: Option<Loaded>,
    canary: Option<(Loaded, Canary, Watch)>,
    chosen: Option<Chosen>,
    note: Option<String>,
}

/// A version that was loaded as it is declared now.
struct Loaded {
    version: Arc<Version>,
    origin: String,
    size: usize,
    /// What is to be kept of it; `None`: it is.
    bytes: Option<Bytes>,
}

/// What was known of a name before.
#[derive(Clone, PartialEq)]
struct Before {
    declared: Option<Declared>,
    kept: Kept,
}

/// What a source holds.
enum Held {
    /// Nothing by itself: it waits for uploads.
    Nothing,
    /// A module.
    Module(Digest, Bytes, source::Stamp),
    /// It cannot be had now.
    Away(Refused),
}

impl Plugins {
    /// Loads what the configuration declares and is not loaded yet. Nothing changes before [`Prepared::commit`].
    ///
    /// # Errors
    /// Everything that is wrong with the declarations.
    pub async fn declare(self: &Arc<Self>, declared: &[Declared]) -> Result<Prepared, Vec<Fault>> {
        loop {
            // Loading may take long, and nobody else's change has to wait for it.
            let (mut plans, mut faults) = (Vec::new(), Vec::new());
            for outcome in join_all(declared.iter().map(|one| self.plan(one))).await {
                match outcome {
                    Ok(plan) => plans.push(plan),
                    Err(fault) => faults.push(fault),
                }
            }
            if !faults.is_empty() {
                return Err(faults);
            }
            let turn = Arc::clone(&self.turn).lock_owned().await;
            if plans.iter().any(|plan| self.is_outdated(plan)) {
                continue; // somebody changed meanwhile what was planned on
            }
            self.put_all(&mut plans).await;
            let table = self.preview(&plans);
            return Ok(Prepared { plugins: Arc::clone(self), plans, table, _turn: turn });
        }
    }

    fn is_outdated(&self, plan: &Plan) -> bool {
        match plan {
            Plan::Keep(_) => false,
            Plan::Set(placed) => self.before(&placed.declared.spec.name) != placed.before,
        }
    }

    /// What serves must be there after a restart even if its file is another by then.
    async fn put_all(self: &Arc<Self>, plans: &mut [Plan]) {
        for plan in plans {
            let Plan::Set(placed) = plan else { continue };
            let name = &placed.declared.spec.name;
            let canary = placed.canary.iter_mut().map(|(loaded, ..)| loaded);
            for loaded in placed.stable.iter_mut().chain(&mut placed.previous).chain(canary) {
                let Some(bytes) = loaded.bytes.take() else { continue };
                if let Err(error) = self.put(*loaded.version.digest(), bytes).await {
                    tracing::warn!(plugin = %name, %error, "the module cannot be kept");
                }
            }
        }
    }

    async fn plan(self: &Arc<Self>, declared: &Declared) -> Result<Plan, Fault> {
        let before = self.before(&declared.spec.name);
        if before.declared.as_ref() == Some(declared) {
            return Ok(Plan::Keep(Arc::clone(&declared.spec.name)));
        }
        let held = self.held(declared).await?;
        let (source, held) = match held {
            Held::Nothing => (SourceState::default(), None),
            Held::Module(digest, bytes, stamp) => {
                let state = SourceState { digest: Some(digest), read: stamp, looked: stamp, ..SourceState::default() };
                (state, Some((digest, bytes)))
            }
            Held::Away(refused) => {
                let retry = Some((Instant::now() + FIRST_RETRY, FIRST_RETRY));
                (SourceState { refused: Some(refused), retry, ..SourceState::default() }, None)
            }
        };
        let mut note = None;
        let (stable, chosen) = match self.decided(declared, &before, &source, held.as_ref()).await {
            Some((digest, bytes)) => {
                let origin = before.origin(&digest);
                (Some(self.loaded(declared, digest, bytes, origin).await?), before.kept.chosen.clone())
            }
            None => {
                note = before.kept.chosen.as_ref().filter(|_| held.is_some()).map(|_| {
                    "the source holds something new, so that the earlier decision against it ended".to_owned()
                });
                let origin = declared.source.to_string();
                match held {
                    Some((digest, bytes)) => (Some(self.loaded(declared, digest, bytes, origin).await?), None),
                    None => (None, before.kept.chosen.clone()),
                }
            }
        };
        let previous = match &before.declared {
            None => self.reloaded(declared, &before, before.kept.previous, stable.as_ref()).await,
            Some(_) => None,
        };
        let canary = self.canary_again(declared, &before, stable.as_ref()).await;
        let declared = declared.clone();
        Ok(Plan::Set(Box::new(Placed { declared, source, stable, before, previous, canary, chosen, note })))
    }

    fn before(&self, name: &str) -> Before {
        let inside = self.inside();
        match inside.entries.get(name) {
            Some(entry) => Before { declared: Some(entry.declared.clone()), kept: entry.kept() },
            None => Before { declared: None, kept: inside.absent.get(name).cloned().unwrap_or_default() },
        }
    }

    /// The module that somebody decided for, if that still holds.
    async fn decided(
        self: &Arc<Self>,
        declared: &Declared,
        before: &Before,
        source: &SourceState,
        held: Option<&(Digest, Bytes)>,
    ) -> Option<(Digest, Bytes)> {
        let stable = before.kept.stable?;
        let holds = match (&declared.source, &before.kept.chosen) {
            (Source::Upload, _) => true,
            // As long as the source is away, the decision against it holds; and what serves goes on, as it is declared now.
            (_, chosen) if held.is_none() => chosen.is_some() || before.declared.is_some(),
            (_, Some(chosen)) => chosen.over == source.digest,
            (_, None) => false,
        };
        if !holds {
            return None;
        }
        if let Some(bytes) = self.kept(stable).await {
            return Some((stable, bytes));
        }
        tracing::warn!(plugin = %declared.spec.name, digest = %stable, "the module that was chosen is gone");
        let previous = before.kept.previous?;
        self.kept(previous).await.map(|bytes| (previous, bytes))
    }

    async fn held(self: &Arc<Self>, declared: &Declared) -> Result<Held, Fault> {
        let fault = |part, message, help: Option<String>| Fault {
            plugin: Arc::clone(&declared.spec.name),
            part,
            message,
            help,
        };
        let (bytes, stamp) = match &declared.source {
            Source::Upload => return Ok(Held::Nothing),
            Source::Builtin(name) => {
                let bytes = (self.builtins)(name).map_err(|message| fault(FaultPart::Source, message, None))?;
                (bytes, None)
            }
            Source::File(path) => {
                let file = path.clone();
                let look = move || (source::stamp(&file), source::read(&file));
                let (stamp, read) =
                    tokio::task::spawn_blocking(look).await.unwrap_or((None, Err("it was not read".to_owned())));
                let help = Some("relative paths count from the folder of the main file".to_owned());
                let told = |error| {
                    fault(FaultPart::Source, format!("the file {} cannot be read: {error}", path.display()), help)
                };
                (read.map_err(told)?, stamp)
            }
            Source::Https(address) => match self.fetched(address, declared.digest).await {
                Ok(bytes) => (bytes, None),
                Err(message) => return Ok(Held::Away(Refused { reason: "FetchFailed", message })),
            },
        };
        let digest = hashed(bytes.clone()).await;
        match declared.digest {
            Some(wanted) if wanted != digest => {
                let message = format!("the bytes of {} hash to {digest}", declared.source);
                let help = "write that digest if these are the bytes you want".to_owned();
                Err(fault(FaultPart::Digest, message, Some(help)))
            }
            _ => Ok(Held::Module(digest, bytes, stamp)),
        }
    }

    /// The bytes at an address: those kept, if they are the ones that are wanted, else fetched.
    pub(super) async fn fetched(self: &Arc<Self>, address: &str, digest: Option<Digest>) -> Result<Bytes, String> {
        if let Some(digest) = digest
            && let Some(bytes) = self.kept(digest).await
        {
            return Ok(bytes);
        }
        match &self.fetch {
            Ok(fetch) => fetch.get(address).await.map_err(|error| error.to_string()),
            Err(error) => Err(error.clone()),
        }
    }

    async fn loaded(&self, declared: &Declared, digest: Digest, bytes: Bytes, origin: String) -> Result<Loaded, Fault> {
        let size = bytes.len();
        let known = self.inside().known(&declared.spec, &digest);
        if let Some(version) = known {
            return Ok(Loaded { version, origin, size, bytes: None });
        }
        let loaded = self.load(bytes.clone(), digest, origin.clone(), declared.spec.clone()).await;
        let told = |error| fault_of(&declared.spec.name, &declared.source, &origin, error);
        loaded.map_err(told).map(|version| Loaded { version, origin: origin.clone(), size, bytes: Some(bytes) })
    }

    /// A module that served before a restart, as it is declared now; `None` when it cannot be had any more.
    async fn reloaded(
        self: &Arc<Self>,
        declared: &Declared,
        before: &Before,
        digest: Option<Digest>,
        stable: Option<&Loaded>,
    ) -> Option<Loaded> {
        let digest = digest.filter(|digest| stable.is_some_and(|stable| stable.version.digest() != digest))?;
        let bytes = self.kept(digest).await?;
        match self.loaded(declared, digest, bytes, before.origin(&digest)).await {
            Ok(loaded) => Some(loaded),
            Err(fault) => {
                tracing::warn!(plugin = %declared.spec.name, %digest, "an earlier version is let go: {}", fault.message);
                None
            }
        }
    }

    /// The canary that ran, as it is declared now.
    async fn canary_again(
        self: &Arc<Self>,
        declared: &Declared,
        before: &Before,
        stable: Option<&Loaded>,
    ) -> Option<(Loaded, Canary, Watch)> {
        let kept = before.kept.canary.as_ref()?;
        let loaded = self.reloaded(declared, before, Some(kept.digest), stable).await?;
        let canary = Canary { version: Arc::clone(&loaded.version), split: (&kept.split).into() };
        Some((loaded, canary, kept.watch))
    }

    /// The table as it will be.
    fn preview(&self, plans: &[Plan]) -> Arc<Table> {
        let inside = self.inside();
        let old = self.table.load_full();
        let mut plugins = BTreeMap::new();
        for plan in plans {
            let new = match plan {
                Plan::Keep(name) => inside.entries.get(name).map(|entry| entry.line.deployed(Arc::clone(name))),
                Plan::Set(placed) => Some(placed.deployed(inside.entries.get(&placed.declared.spec.name))),
            };
            let Some(new) = new else { continue };
            let known = old.get(new.name()).filter(|old| old.same(&new)).cloned();
            plugins.insert(Arc::clone(new.name()), known.unwrap_or_else(|| Arc::new(new)));
        }
        if old.is_of(&plugins) { old } else { Arc::new(Table::new(old.generation() + 1, plugins)) }
    }
}

impl Before {
    fn origin(&self, digest: &Digest) -> String {
        let module = self.kept.modules.iter().find(|module| module.digest == *digest);
        module.map_or_else(|| "upload".to_owned(), |module| module.origin.clone())
    }
}

impl Inside {
    /// A version that is loaded already just as it is wanted.
    fn known(&self, spec: &Spec, digest: &Digest) -> Option<Arc<Version>> {
        self.entries.get(&spec.name)?.ready(digest).filter(|version| version.id() == spec.id_of(digest)).cloned()
    }
}

impl Prepared {
    /// What will serve.
    #[must_use]
    pub fn table(&self) -> &Arc<Table> {
        &self.table
    }

    /// Makes it so. The table is [`Prepared::table`], unless the gateway had to turn from a version meanwhile:
    /// then [`Plugins::changed`] tells of the next one at once.
    pub async fn commit(self) {
        let Self { plugins, mut plans, table, _turn } = self;
        for plan in &mut plans {
            if let Plan::Set(placed) = plan {
                plugins.turned(placed).await;
            }
        }
        {
            let mut inside = plugins.inside();
            let named: Vec<Arc<str>> = plans.iter().map(|plan| Arc::clone(plan.name())).collect();
            let gone: Vec<Arc<str>> = inside.entries.keys().filter(|name| !named.contains(name)).cloned().collect();
            for name in gone {
                plugins.host.forget(&name);
                if let Some(entry) = inside.entries.remove(&name) {
                    inside.absent.insert(name.to_string(), entry.kept());
                }
            }
            for plan in plans {
                if let Plan::Set(placed) = plan {
                    inside.place(*placed);
                }
            }
            plugins.settle(&mut inside, Some(table));
        }
        plugins.keep(true).await;
    }
}

impl Plugins {
    /// The gateway turned from a version after its successor was planned: what it turned to is what shall serve, as it is declared
    /// now. A module that does not load so leaves the plan as it is.
    async fn turned(self: &Arc<Self>, placed: &mut Placed) {
        let now = self.before(&placed.declared.spec.name);
        let turned = now.declared.is_some() && now.kept.stable != placed.before.kept.stable;
        let Some(digest) = now.kept.stable.filter(|_| turned) else { return };
        let Some(bytes) = self.kept(digest).await else { return };
        if let Ok(loaded) = self.loaded(&placed.declared, digest, bytes, now.origin(&digest)).await {
            (placed.stable, placed.chosen, placed.note) = (Some(loaded), now.kept.chosen, None);
        }
    }
}

impl Plan {
    fn name(&self) -> &Arc<str> {
        match self {
            Self::Keep(name) => name,
            Self::Set(placed) => &placed.declared.spec.name,
        }
    }
}

impl Placed {
    /// What the name will serve; without a new stable version, what it serves now.
    fn deployed(&self, entry: Option<&Entry>) -> Deployed {
        let name = Arc::clone(&self.declared.spec.name);
        let stable = self.stable.as_ref().map(|loaded| Arc::clone(&loaded.version));
        let now = entry.map(|entry| entry.line.deployed(Arc::clone(&name)));
        let stable = stable.or_else(|| now.as_ref().and_then(|now| now.stable().cloned()));
        let said = stable.as_ref().map_or(FailurePolicy::Closed, |stable| stable.manifest().on_failure);
        let canary = self.canary.as_ref().map(|(_, canary, _)| canary.clone());
        Deployed::new(name, stable, canary, self.declared.spec.on_failure.unwrap_or(said))
    }
}

impl Inside {
    fn place(&mut self, placed: Placed) {
        let Placed { declared, source, stable, before, previous, canary, chosen, note } = placed;
        let (name, now) = (Arc::clone(&declared.spec.name), Instant::now());
        let restart = !self.entries.contains_key(&name);
        let kept = self.absent.remove(&*name);
        let entry = self.entries.entry(name).or_insert_with(|| Entry::new(declared.clone(), now));
        entry.modules.extend(kept.map(|kept| kept.modules).unwrap_or_default());
        entry.declare(declared);
        (entry.source, entry.chosen) = (source, chosen);
        entry.note = note.or(entry.note.take());
        // It may have been taken out since the plan was made.
        let ran = entry.kept().canary == before.kept.canary;
        for loaded in previous.iter().chain(canary.iter().map(|(loaded, ..)| loaded)).chain(&stable) {
            entry.take(&loaded.version, &loaded.origin, loaded.size);
        }
        match stable {
            Some(stable) if restart => entry.line.restore(stable.version, previous.map(|loaded| loaded.version), now),
            Some(stable) => drop(entry.line.activate(stable.version, Watch::default(), now)),
            None => {}
        }
        match canary.filter(|_| restart || ran) {
            Some((_, canary, watch)) => entry.line.set_canary(canary.version, canary.split, Some(watch), now),
            None => drop(entry.line.abort()),
        }
    }
}

/// What a module that does not load means for the configuration.
fn fault_of(plugin: &Arc<str>, source: &Source, origin: &str, error: LoadError) -> Fault {
    let part = match error.step {
        Step::Config => FaultPart::Config(error.pointer.unwrap_or_default()),
        Step::Configure => FaultPart::Config(String::new()),
        Step::Digest => FaultPart::Digest,
        _ => FaultPart::Source,
    };
    let help =
        (origin != source.to_string()).then(|| format!("the module is not the one of `source`, but came by {origin}"));
    let message = match part {
        FaultPart::Config(_) => error.message,
        _ => format!("the module cannot be used ({}): {}", error.step, error.message),
    };
    Fault { plugin: Arc::clone(plugin), part, message, help }
}
