//! The metadata centre in ZooKeeper: the definition of one service, followed.
//!
//! Every application that provides the service leaves its own copy; the one written last
//! that can be read is taken. A node's data may
//! also lie one level higher, in `provider` itself: Dubbo 3 leaves the application out of the path when version or
//! group is called the same. A definition that vanishes is kept: an interface does not go away with its description.

use std::cmp::Reverse;
use std::sync::Arc;

use futures_util::future::select_all;
use tokio::sync::watch;
use tokio::time::sleep;
use yumen_dubbo::metadata::Definition;
use yumen_dubbo::metadata::definition::parse;
use yumen_dubbo::service_key::ServiceKey;
use zookeeper_client::{Client, Error};

use super::client::{Session, jittered};
use super::paths;
use super::watch::{self as look, Change, Pauses, READ_AGAIN, SETTLE};
use crate::last_known::LastKnown;

/// Applications whose copies are read.
const MAX_APPLICATIONS: usize = 16;
/// Folders that are searched for a key with wildcards.
const MAX_FOLDERS: usize = 64;

/// Follows one definition until nobody watches it any more.
pub(super) struct DefinitionFollower {
    pub(super) key: ServiceKey,
    pub(super) root: String,
    pub(super) session: Session,
    pub(super) definition: watch::Sender<Definition>,
    pub(super) last_known: Option<LastKnown>,
}

/// The copies, the newest first, and the next change of any.
struct Found {
    copies: Vec<Vec<u8>>,
    changes: Vec<Change>,
}

impl DefinitionFollower {
    /// Runs until every receiver is dropped.
    pub(super) async fn run(mut self) {
        let mut pauses = Pauses::new();
        let mut heard = Vec::new();
        while !self.definition.is_closed() {
            let client = tokio::select! {
                client = self.session.client() => client,
                () = self.definition.closed() => return,
            };
            match self.look(&client).await {
                Ok(found) => {
                    pauses.reset();
                    if found.copies.is_empty() || found.copies != heard {
                        heard = found.copies;
                        self.hear(&heard);
                    }
                    self.wait(found.changes).await;
                }
                Err(error) => {
                    let what = format!("definition of {}", self.key);
                    tokio::select! {
                        () = pauses.after(&error, &what, &mut self.session) => {}
                        () = self.definition.closed() => {}
                    }
                }
            }
        }
    }

    /// Serves what an earlier run heard, until the centre answers.
    pub(super) fn recall(&self) {
        let kept = self.last_known.as_ref().and_then(|known| known.definition(&self.key));
        if let Some(known) = kept.and_then(|text| self.read(&text)) {
            self.definition.send_replace(known);
        }
    }

    async fn wait(&mut self, changes: Vec<Change>) {
        tokio::select! {
            _ = select_all(changes) => sleep(SETTLE).await,
            () = self.session.changed() => {}
            () = self.definition.closed() => {}
            () = sleep(jittered(READ_AGAIN)) => {}
        }
    }

    /// Takes the newest copy that can be read.
    fn hear(&self, copies: &[Vec<u8>]) {
        match copies.iter().find_map(|text| Some((text, self.read(text)?))) {
            Some((text, known)) => {
                self.definition.send_if_modified(|before| {
                    !same(before, &known) && {
                        *before = known;
                        true
                    }
                });
                if let Some(last_known) = &self.last_known {
                    last_known.keep_definition(&self.key, text.clone());
                }
            }
            None => {
                self.definition.send_if_modified(|before| {
                    let first = matches!(before, Definition::Pending);
                    if first {
                        *before = Definition::Absent;
                    }
                    first
                });
            }
        }
    }

    fn read(&self, text: &[u8]) -> Option<Definition> {
        match parse(text, &self.key.interface) {
            Ok(definition) => {
                for skipped in definition.skipped.iter().take(10) {
                    tracing::warn!(service = %self.key, %skipped, "a part of the definition cannot be read");
                }
                Some(Definition::Known(Arc::new(definition.contract)))
            }
            Err(error) => {
                tracing::warn!(service = %self.key, %error, "the definition cannot be read");
                None
            }
        }
    }

    /// Fetches all that look like copies.
    async fn look(&self, client: &Client) -> Result<Found, Error> {
        let mut changes = Vec::new();
        let mut copies: Vec<(i64, Vec<u8>)> = Vec::new();
        for folder in self.folders(client).await? {
            let (applications, change) = look::children(client, &folder).await?;
            changes.push(change);
            let Some(mut applications) = applications else { continue };
            applications.sort();
            let nodes = applications.iter().take(MAX_APPLICATIONS).map(|name| format!("{folder}/{name}"));
            for node in nodes.chain([folder.clone()]) {
                let (found, change) = look::data(client, &node).await?;
                changes.push(change);
                let copy = found.filter(|(text, _)| text.first() == Some(&b'{'));
                copies.extend(copy.map(|(text, stat)| (stat.mzxid, text)));
            }
        }
        copies.sort_by_key(|(written, _)| Reverse(*written));
        Ok(Found { copies: copies.into_iter().map(|(_, text)| text).collect(), changes })
    }

    /// Where copies may lie. A key with wildcards is searched for; what appears later is found by the slow re-read.
    async fn folders(&self, client: &Client) -> Result<Vec<String>, Error> {
        let any = |part: &Option<Box<str>>| part.as_deref().is_some_and(|part| part.contains(['*', ',']));
        if !any(&self.key.group) && !any(&self.key.version) {
            return Ok(paths::definitions(&self.root, &self.key));
        }
        let mut found = Vec::new();
        let mut open = vec![(paths::all_definitions(&self.root, &self.key.interface), 0)];
        while let Some((path, depth)) = open.pop() {
            let children = match client.list_children(&path).await {
                Ok(children) => children,
                Err(Error::NoNode) => continue,
                Err(error) => return Err(error),
            };
            for child in children.iter().take(MAX_FOLDERS) {
                match child.as_str() {
                    "provider" => found.push(format!("{path}/{child}")),
                    "consumer" => {}
                    _ if depth < 2 && open.len() < MAX_FOLDERS => open.push((format!("{path}/{child}"), depth + 1)),
                    _ => {}
                }
            }
        }
        if found.is_empty() {
            found.push(paths::all_definitions(&self.root, &self.key.interface));
        }
        Ok(found)
    }
}

fn same(a: &Definition, b: &Definition) -> bool {
    match (a.contract(), b.contract()) {
        (Some(a), Some(b)) => a == b,
        _ => false,
    }
}
