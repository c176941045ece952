//! The admin port: those who look after the gateway see and change its plugins here, while traffic flows.
//!
//! ```text
//!  connection ─▶ door: Host, Origin, token ─▶ routes (admin/plugins.rs, logs.rs, …) ─▶ yumen_plugin_host::Plugins
//!                                                 │
//!                                                 └─▶ audit: one line for each change
//! ```
//! Everything lies under `/api/v1` and is described by `/api/v1/openapi.json`. GET changes nothing. What changes a plugin names
//! the state that it was decided on (`If-Match`), may be tried first (`?dry_run=true`), and is written to the audit log whether it was
//! done or not. What was begun is carried to its end and noted, whether the client stays for the answer or not. Errors are RFC 9457 problems that say what would help. No answer is to be stored, and none holds a plugin's settings.
//!
//! The port listens on loopback unless told otherwise, and then only with a token that was configured. It is not for the internet.

mod audit;
mod connection;
mod door;
mod logs;
mod openapi;
mod plugins;
mod problem;
mod repeat;
mod request;
mod token;

use std::{
    future::Future,
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use axum::{
    Router, middleware,
    routing::{MethodRouter, delete, get, post, put},
};
use tokio::{net::TcpListener, sync::Semaphore};
use yumen_plugin_host::plugins::Plugins;

use self::{audit::Audit, repeat::Repeats};

pub use problem::REFUSALS;
pub use token::{TOKEN_FILE, Token};

/// Where everything lies.
const PREFIX: &str = "/api/v1";
/// Bytes of a body that is no module.
const BODY: usize = 64 << 10;
/// Followers of logs at once.
const FOLLOWERS: usize = 16;
/// The audit log, in the folder for state.
const AUDIT_FILE: &str = "audit.jsonl";

/// What the admin port is started with.
pub struct AdminOptions {
    /// Where it listens.
    pub bind: SocketAddr,
    /// Folder for the token and the audit log; `None`: neither is kept.
    pub state: Option<PathBuf>,
    /// The token of the configuration. `None`: the one kept in the folder, made when it is not there.
    pub token: Option<String>,
    /// What it works on.
    pub plugins: Arc<Plugins>,
}

/// Why there is no admin port.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// It would be open to others without a secret that somebody chose.
    #[error(
        "the admin port may not listen on {0} without a token; set admin.token: {{ file: … }}, or bind it to 127.0.0.1"
    )]
    Unprotected(SocketAddr),
    /// There is no place for a token.
    #[error(
        "the admin port has no token and no folder to keep one in; set admin.token: {{ file: … }}, or gateway.state"
    )]
    NoToken,
    /// The folder for state does not do.
    #[error("the admin port cannot use {path}: {source}", path = .path.display())]
    State {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
}

/// The admin API, ready to be served.
#[derive(Clone)]
pub struct Admin {
    shared: Arc<Shared>,
}

struct Shared {
    plugins: Arc<Plugins>,
    token: Token,
    audit: Audit,
    repeats: Repeats,
    followers: Arc<Semaphore>,
}

impl Admin {
    /// Prepares the API: the token is read, or made and kept, and the audit log is opened. Blocks on the disk for a moment.
    ///
    /// # Errors
    /// [`AdminError`].
    pub fn new(options: AdminOptions) -> Result<Self, AdminError> {
        let AdminOptions { bind, state, token, plugins } = options;
        let fault = |path: &Path| {
            let path = path.to_path_buf();
            move |source| AdminError::State { path, source }
        };
        let token = match (token, &state) {
            (Some(token), _) => Token::new(&token),
            (None, _) if !bind.ip().is_loopback() => return Err(AdminError::Unprotected(bind)),
            (None, Some(folder)) => Token::kept_in(folder).map_err(fault(&folder.join(TOKEN_FILE)))?,
            (None, None) => return Err(AdminError::NoToken),
        };
        let audit = match &state {
            Some(folder) => {
                let path = folder.join(AUDIT_FILE);
                Audit::open(&path).map_err(fault(&path))?
            }
            None => Audit::default(),
        };
        let followers = Arc::new(Semaphore::new(FOLLOWERS));
        Ok(Self { shared: Arc::new(Shared { plugins, token, audit, repeats: Repeats::default(), followers }) })
    }

    /// Answers until `end` is there, then gives what is under way a moment. Runs on the control plane.
    pub async fn serve(self, listener: TcpListener, end: impl Future<Output = ()> + Send + 'static) {
        let events = self.shared.clone();
        tokio::select! {
            () = connection::serve(listener, self.router(), end) => {}
            () = audit::follow(&events.audit, events.plugins.events()) => {}
        }
    }

    fn router(&self) -> Router {
        let mut router = Router::new();
        for (path, _, route) in routes() {
            router = router.route(&format!("{PREFIX}{path}"), route);
        }
        router
            .fallback(door::unknown)
            .method_not_allowed_fallback(door::wrong_method)
            .layer(middleware::from_fn_with_state(self.clone(), repeat::carry_out))
            .layer(middleware::from_fn_with_state(self.clone(), door::guard))
            .with_state(self.clone())
    }
}

/// Every route: path, method, and who answers. `openapi.json` describes the same, which a test holds.
fn routes() -> Vec<(&'static str, &'static str, MethodRouter<Admin>)> {
    vec![
        ("/openapi.json", "get", get(openapi::show)),
        ("/audit", "get", get(audit::show)),
        ("/plugins", "get", get(plugins::list)),
        ("/plugins/{name}", "get", get(plugins::show)),
        ("/plugins/{name}/versions", "put", put(plugins::upload)),
        ("/plugins/{name}/versions/{version}", "get", get(plugins::version)),
        ("/plugins/{name}/versions/{version}", "delete", delete(plugins::delete)),
        ("/plugins/{name}/activate", "post", post(plugins::activate)),
        ("/plugins/{name}/canary", "post", post(plugins::canary)),
        ("/plugins/{name}/canary/promote", "post", post(plugins::promote)),
        ("/plugins/{name}/canary/abort", "post", post(plugins::abort)),
        ("/plugins/{name}/rollback", "post", post(plugins::rollback)),
        ("/plugins/{name}/stats", "get", get(plugins::statistics)),
        ("/plugins/{name}/logs", "get", get(logs::show)),
    ]
}

#[cfg(test)]
mod tests;
