//! A reload, step by step: read, follow what is new, load plugins, and only then build and publish. Registries and plugins may
//! take long to answer; the conductor goes on hearing everything else meanwhile.

use std::{collections::VecDeque, time::Instant};

use futures_util::future::BoxFuture;
use tokio::time;
use yumen_plugin_host::plugins::Prepared;

use super::{Conductor, SETTLE, tell};
use crate::{
    config::{self, Config, Document, Finding, Findings, Loaded},
    runtime::{
        Reload,
        subscriptions::Subscriptions,
        watch::{Sign, stamps},
    },
    telemetry::metric::Reloaded,
};

/// Why the configuration is read again.
pub(super) enum Why {
    /// The owner of the gateway waits for the outcome.
    Ordered(Reload),
    /// Somebody sent a signal and waits for a word, also when there is nothing to do.
    Signal,
    /// The files look otherwise.
    Files(Sign),
}

/// Reloads that wait, and the one that is under way.
#[derive(Default)]
pub(super) struct Reloads {
    waiting: VecDeque<Why>,
    under_way: Option<UnderWay>,
}

/// A configuration that was read and does not serve yet.
struct UnderWay {
    why: Why,
    begun: Instant,
    config: Config,
    document: Document,
    warnings: Vec<Finding>,
    stage: Stage,
}

/// What it waits for.
enum Stage {
    /// The first word of registries that are new.
    Registries(time::Instant),
    /// Plugins that are compiled or fetched.
    Plugins(BoxFuture<'static, Result<Option<Prepared>, Vec<Finding>>>),
}

/// What came of waiting.
pub(super) enum Heard {
    /// Definitions in the metadata centres are others.
    Definitions,
    /// Registries have said what they have to say, or had their time.
    Settled,
    /// Plugins are loaded, or not.
    Loaded(Result<Option<Prepared>, Vec<Finding>>),
}

impl Reloads {
    /// Queues a reload. Of those that nobody waits for one is enough.
    pub(super) fn want(&mut self, why: Why) {
        let alike = |known: &Why| match (known, &why) {
            (Why::Signal, Why::Signal) => true,
            (Why::Files(known), Why::Files(sign)) => known == sign,
            _ => false,
        };
        if !self.waiting.iter().any(alike) {
            self.waiting.push_back(why);
        }
    }

    /// Waits for what the reload under way needs, and for definitions while they may be heard.
    pub(super) async fn heard(&mut self, subscriptions: &mut Subscriptions, definitions: bool) -> Heard {
        let (config, stage) = match &mut self.under_way {
            Some(UnderWay { config, stage, .. }) => (config, stage),
            None if definitions => {
                subscriptions.definition_changed().await;
                return Heard::Definitions;
            }
            None => return std::future::pending().await,
        };
        match stage {
            Stage::Registries(until) => {
                let left = until.saturating_duration_since(time::Instant::now());
                subscriptions.settled(config, left).await;
                Heard::Settled
            }
            Stage::Plugins(loading) => tokio::select! {
                loaded = loading => Heard::Loaded(loaded),
                () = subscriptions.definition_changed(), if definitions => Heard::Definitions,
            },
        }
    }
}

impl Conductor {
    /// Begins the next reload, unless one is under way. Most end here: files that hold nothing new.
    pub(super) fn begin_next(&mut self, reloads: &mut Reloads) {
        while reloads.under_way.is_none()
            && let Some(why) = reloads.waiting.pop_front()
        {
            let begun = Instant::now();
            match self.read_anew() {
                Ok(Some(Loaded { config, warnings, document, files: _ })) => {
                    let stage = Stage::Registries(time::Instant::now() + SETTLE);
                    reloads.under_way = Some(UnderWay { why, begun, config, document, warnings, stage });
                }
                Ok(None) => {
                    let version = self.published.load().version;
                    if let Why::Signal = why {
                        tracing::info!("asked to reload, but nothing changed; v{version} is still live");
                    }
                    self.conclude(why, Ok(version));
                }
                Err(findings) => self.conclude(why, Err(findings)),
            }
        }
    }

    /// Reads the files, and follows the registries that they name. `None`: they say what serves already.
    fn read_anew(&mut self) -> Result<Option<Loaded>, Findings> {
        let loaded = config::load(&self.sources).inspect_err(|findings| {
            // What is live came from the files known before; what would mend it may lie in others.
            self.files.extend(findings.files.iter().cloned());
            self.files.sort_unstable();
            self.files.dedup();
        })?;
        self.files.clone_from(&loaded.files);
        if loaded.config == self.config {
            return Ok(None);
        }
        match self.subscriptions.prepare(&loaded.config) {
            Ok(()) => Ok(Some(loaded)),
            Err(list) => Err(Findings { list, document: loaded.document, ..Findings::default() }),
        }
    }

    /// Registries had their say: now the plugins. Their turn is held from here to the end, which nothing else delays.
    pub(super) fn load_plugins(&self, reloads: &mut Reloads) {
        if let Some(UnderWay { config, stage, .. }) = &mut reloads.under_way {
            let (plugins, config) = (self.plugins.clone(), config.clone());
            *stage = Stage::Plugins(Box::pin(async move { plugins.declare(&config).await }));
        }
    }

    /// Everything is there: builds, and publishes if that holds.
    pub(super) async fn finish(&mut self, reloads: &mut Reloads, loaded: Result<Option<Prepared>, Vec<Finding>>) {
        let Some(UnderWay { why, begun, config, document, warnings, .. }) = reloads.under_way.take() else { return };
        let outcome = match loaded {
            Ok(prepared) => self.replace(begun, config, &document, &warnings, prepared).await,
            Err(list) => Err(list),
        };
        self.subscriptions.keep(&self.config);
        let outcome = match outcome {
            Ok(version) => {
                self.document = document;
                Ok(version)
            }
            Err(list) => Err(Findings { list, document, ..Findings::default() }),
        };
        self.conclude(why, outcome);
    }

    async fn replace(
        &mut self,
        begun: Instant,
        config: Config,
        document: &Document,
        warnings: &[Finding],
        prepared: Option<Prepared>,
    ) -> Result<u64, Vec<Finding>> {
        let table = prepared.as_ref().map_or_else(|| self.plugins.table(), |prepared| prepared.table().clone());
        self.subscriptions.inherit(&self.config, &config);
        let (snapshot, doubts) = self.build(&config, &table)?;
        self.warn_of_restart(&config);
        tell(warnings, document);
        tell(&doubts, document);
        self.apply(&config);
        self.config = config;
        self.metrics.reloaded(Reloaded::Applied);
        if let Some(prepared) = prepared {
            prepared.commit().await;
        }
        let version = self.publish(snapshot, begun);
        self.plugins.is_live(&table);
        Ok(version)
    }

    /// Tells whoever waits what came of it.
    fn conclude(&mut self, why: Why, outcome: Result<u64, Findings>) {
        let asked = match why {
            Why::Ordered(answer) => {
                if outcome.is_err() {
                    self.metrics.reloaded(Reloaded::Refused);
                }
                let _ = answer.send(outcome); // whoever asked may have gone
                return;
            }
            Why::Signal => true,
            Why::Files(_) => false,
        };
        // Other files of their folders may change all the time, our own log among them: the same is told once.
        let refused = outcome.err().map(|findings| (findings.to_string(), stamps(&self.files)));
        if let Some((findings, _)) = refused.as_ref().filter(|_| asked || refused != self.refused) {
            self.metrics.reloaded(Reloaded::Refused);
            let version = self.published.load().version;
            tracing::error!("{findings}\nNothing was applied; v{version} is still live.");
        }
        self.refused = refused;
    }
}
