//! Our own node under `consumers`: made for every session, made again when somebody removes it.

use tokio::sync::watch;
use yumen_dubbo::url::DubboUrl;
use zookeeper_client::{Acls, Client, CreateMode, Error};

use super::client::Session;
use super::paths;
use super::watch::{self as look, Pauses};

/// Keeps one URL listed until its registration is dropped.
pub(super) struct Consumer {
    pub(super) url: DubboUrl,
    pub(super) root: String,
    pub(super) session: Session,
    pub(super) dropped: watch::Receiver<()>,
}

impl Consumer {
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
                    () = gone => {}
                    () = self.session.changed() => {}
                }
            }
            Err(error) => pauses.after(&error, path, &mut self.session).await,
        }
    }

    /// Makes the node unless this session made it already; what is returned tells of its end. Whoever removes it before
    /// we look at it again has it made once more.
    async fn list(&self, client: &Client, path: &str) -> Result<look::Change, Error> {
        loop {
            let (known, change) = look::data(client, path).await?;
            match known {
                Some((_, stat)) if stat.ephemeral_owner == client.session_id().0 => return Ok(change),
                Some(_) => client.delete(path, None).await.or_else(|error| gone_already(&error))?,
                None => {}
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
        if let Some(client) = self.session.current()
            && let Err(error) = client.delete(path, None).await
        {
            tracing::debug!(path, %error, "the consumer's node cannot be withdrawn; it ends with the session");
        }
    }
}

fn gone_already(error: &Error) -> Result<(), Error> {
    if *error == Error::NoNode { Ok(()) } else { Err(error.clone()) }
}
