//! Our own node under `consumers`: made for every session, made again when somebody removes it, never taken from
//! another.

use tokio::sync::watch;
use yumen_dubbo::url::DubboUrl;
use zookeeper_client::{Acls, Client, CreateMode, Error, SessionId};

use super::client::Session;
use super::paths;
use super::watch::{self as look, Pauses, SETTLE};

/// Keeps one URL listed until its registration is dropped.
pub(super) struct Consumer {
    url: DubboUrl,
    root: String,
    session: Session,
    dropped: watch::Receiver<()>,
    /// Sessions of ours that may have made the node: the one of the last success, and those that tried since.
    ours: Vec<SessionId>,
}

impl Consumer {
    /// A node for `url` below `root`, to be withdrawn when `dropped` says so.
    pub(super) fn new(url: DubboUrl, root: String, session: Session, dropped: watch::Receiver<()>) -> Self {
        Self { url, root, session, dropped, ours: Vec::new() }
    }

    /// Runs until the registration is dropped, then withdraws the node.
    pub(super) async fn run(mut self) {
        let path = paths::consumer(&self.root, &self.url);
        let mut pauses = Pauses::new();
        loop {
            let mut dropped = self.dropped.clone();
            tokio::select! {
                () = self.keep(&path, &mut pauses) => {}
                _ = dropped.changed() => return self.withdraw(&path).await,
            }
        }
    }

    /// Lists the node once and waits until it is gone or the client is.
    async fn keep(&mut self, path: &str, pauses: &mut Pauses) {
        let client = self.session.client().await;
        match self.list(&client, path).await {
            Ok(gone) => {
                pauses.reset();
                tokio::select! {
                    () = gone => tokio::time::sleep(SETTLE).await,
                    () = self.session.changed() => {}
                }
            }
            Err(error) => pauses.after(&error, path, &mut self.session).await,
        }
    }

    /// Makes the node unless this session made it already; what is returned tells of its end. Whoever removes it before
    /// we look at it again has it made once more. What an earlier session of ours left is replaced, because it ends with
    /// that session; a node of anybody else is left alone: its end is a change, and then it is made.
    async fn list(&mut self, client: &Client, path: &str) -> Result<look::Change, Error> {
        let session = client.session_id();
        loop {
            let (known, change) = look::data(client, path).await?;
            match known.map(|(_, stat)| SessionId(stat.ephemeral_owner)) {
                Some(owner) if owner == session => {
                    self.ours = vec![session];
                    return Ok(change);
                }
                Some(owner) if self.ours.contains(&owner) => client.delete(path, None).await.or_else(gone_already)?,
                Some(_) => return Ok(change),
                None => {}
            }
            if !self.ours.contains(&session) {
                self.ours.push(session);
            }
            let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
            client.mkdir(parent, &CreateMode::Persistent.with_acls(Acls::anyone_all())).await?;
            let ephemeral = CreateMode::Ephemeral.with_acls(Acls::anyone_all());
            match client.create(path, self.url.host.as_bytes(), &ephemeral).await {
                Ok(_) | Err(Error::NodeExists) => {}
                Err(error) => return Err(error),
            }
        }
    }

    async fn withdraw(&mut self, path: &str) {
        let Some(client) = self.session.current() else { return };
        let withdrawn = async {
            match client.check_stat(path).await? {
                Some(stat) if self.ours.contains(&SessionId(stat.ephemeral_owner)) => client.delete(path, None).await,
                _ => Ok(()),
            }
        };
        if let Err(error) = withdrawn.await {
            tracing::debug!(path, %error, "the consumer's node cannot be withdrawn; it ends with the session");
        }
    }
}

fn gone_already(error: Error) -> Result<(), Error> {
    if error == Error::NoNode { Ok(()) } else { Err(error) }
}
