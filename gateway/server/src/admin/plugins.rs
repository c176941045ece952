//! Plugins and their versions: what is there, and what is done with it.

use std::{future::Future, time::Duration};

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::time::timeout;
use yumen_plugin_host::{
    Watch,
    plugins::{Change, ChangeError, PluginView, SplitWish},
};

use super::{
    Admin, PREFIX,
    audit::Record,
    problem::{Kind, Problem},
    request::{Ask, Wish},
};
use crate::snapshot::Wanted;

/// How long an answer waits for the workers to see what it tells.
const LIVE_WITHIN: Duration = Duration::from_secs(2);

/// The body of `activate`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Activate {
    version: String,
    canary: Option<SplitWish>,
    watch: Option<Watch>,
}

/// The body of `canary`: another part for the one that runs.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Canary {
    canary: SplitWish,
    watch: Option<Watch>,
}

/// The body of `promote`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Promote {
    watch: Option<Watch>,
}

/// The body of `abort` and `rollback`, which ask for nothing.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// `GET /plugins`.
pub(super) async fn list(State(admin): State<Admin>) -> Response {
    let plugins = &admin.shared.plugins;
    answer(&json!({ "plugins": plugins.list(), "unkept": plugins.unkept() }))
}

/// `GET /plugins/{name}`.
pub(super) async fn show(State(admin): State<Admin>, ask: Ask) -> Result<Response, Problem> {
    let plugin = admin.shared.plugins.show(&ask.name)?;
    Ok(tagged(answer(&plugin), &plugin))
}

/// `GET /plugins/{name}/versions/{version}`.
pub(super) async fn version(State(admin): State<Admin>, ask: Ask) -> Result<Response, Problem> {
    Ok(answer(&admin.shared.plugins.version_of(&ask.name, &ask.version)?))
}

/// `GET /plugins/{name}/stats`.
pub(super) async fn statistics(State(admin): State<Admin>, ask: Ask) -> Result<Response, Problem> {
    Ok(answer(&json!({ "versions": admin.shared.plugins.statistics(&ask.name)? })))
}

/// `PUT /plugins/{name}/versions`: a module, as it is.
pub(super) async fn upload(State(admin): State<Admin>, ask: Ask) -> Result<Response, Problem> {
    let dry_run = admin.heard(&ask, "upload", module(&ask)).await?;
    let outcome = admin.shared.plugins.upload(&ask.name, ask.body.clone(), dry_run).await.map_err(Problem::from);
    if !dry_run {
        let to = outcome.as_ref().ok().map(|uploaded| uploaded.version.short.id.clone());
        let result = outcome.as_ref().map_or_else(Problem::told, |_| "done".to_owned());
        admin.note(&ask, "upload", None, to, result).await;
    }
    let uploaded = outcome?;
    let status = if uploaded.known || dry_run { StatusCode::OK } else { StatusCode::CREATED };
    let place = format!("{PREFIX}/plugins/{}/versions/{}", ask.name, uploaded.version.short.id);
    let mut response = (status, answer(&uploaded.version)).into_response();
    if let Ok(place) = HeaderValue::from_str(&place) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok(response)
}

/// Whether the module that was sent is only to be tried.
fn module(ask: &Ask) -> Result<bool, Problem> {
    let media = ask.media_type();
    if media != "application/wasm" {
        let problem = Problem::new(Kind::MediaType, format!("the body is {media:?}"));
        return Err(problem.help("send the module itself, with Content-Type: application/wasm"));
    }
    if ask.body.is_empty() {
        return Err(Problem::new(Kind::Invalid, "the body is empty").help("send the module as the body"));
    }
    ask.flag("dry_run")
}

/// `DELETE /plugins/{name}/versions/{version}`.
pub(super) async fn delete(State(admin): State<Admin>, ask: Ask) -> Result<Response, Problem> {
    let Wish { on, dry_run, body: Nothing {} } = admin.heard(&ask, "delete", ask.wish()).await?;
    let change = admin.shared.plugins.delete(&ask.name, &ask.version, &on, dry_run);
    admin.change(&ask, "delete", dry_run, change).await
}

/// `POST /plugins/{name}/activate`.
pub(super) async fn activate(State(admin): State<Admin>, ask: Ask) -> Result<Response, Problem> {
    let Wish { on, dry_run, body } = admin.heard(&ask, "activate", ask.wish()).await?;
    let Activate { version, canary, watch } = body;
    let plugins = &admin.shared.plugins;
    match canary {
        Some(split) => {
            admin.heard(&ask, "canary", tellable(&split)).await?;
            let change = plugins.canary(&ask.name, &version, &split, watch, &on, dry_run);
            admin.change(&ask, "canary", dry_run, change).await
        }
        None => {
            let change = plugins.activate(&ask.name, &version, watch, &on, dry_run);
            admin.change(&ask, "activate", dry_run, change).await
        }
    }
}

/// `POST /plugins/{name}/canary`.
pub(super) async fn canary(State(admin): State<Admin>, ask: Ask) -> Result<Response, Problem> {
    let Wish { on, dry_run, body } = admin.heard(&ask, "canary", ask.wish()).await?;
    let Canary { canary, watch } = body;
    admin.heard(&ask, "canary", tellable(&canary)).await?;
    let version = admin.heard(&ask, "canary", admin.running(&ask.name)).await?;
    let change = admin.shared.plugins.canary(&ask.name, &version, &canary, watch, &on, dry_run);
    admin.change(&ask, "canary", dry_run, change).await
}

/// `POST /plugins/{name}/canary/promote`.
pub(super) async fn promote(State(admin): State<Admin>, ask: Ask) -> Result<Response, Problem> {
    let Wish { on, dry_run, body: Promote { watch } } = admin.heard(&ask, "promote", ask.wish()).await?;
    admin.change(&ask, "promote", dry_run, admin.shared.plugins.promote(&ask.name, watch, &on, dry_run)).await
}

/// `POST /plugins/{name}/canary/abort`.
pub(super) async fn abort(State(admin): State<Admin>, ask: Ask) -> Result<Response, Problem> {
    let Wish { on, dry_run, body: Nothing {} } = admin.heard(&ask, "abort", ask.wish()).await?;
    admin.change(&ask, "abort", dry_run, admin.shared.plugins.abort(&ask.name, &on, dry_run)).await
}

/// `POST /plugins/{name}/rollback`.
pub(super) async fn rollback(State(admin): State<Admin>, ask: Ask) -> Result<Response, Problem> {
    let Wish { on, dry_run, body: Nothing {} } = admin.heard(&ask, "rollback", ask.wish()).await?;
    admin.change(&ask, "rollback", dry_run, admin.shared.plugins.rollback(&ask.name, &on, dry_run)).await
}

/// Refuses a canary that goes by what no exchange has, or by what every exchange has.
fn tellable(split: &SplitWish) -> Result<(), Problem> {
    let of_field = split.header.as_ref().map(|name| format!("request.{}", name.to_ascii_lowercase()));
    let field = of_field.as_deref().map(Wanted::of_property);
    let key = split.sticky.as_deref().map(Wanted::of_property);
    let fault = |message: String| Problem::new(Kind::Impossible, message);
    match (field, key) {
        (Some(Wanted::Nothing), _) => Err(fault("no request has a field of this name".to_owned()).at("/canary/header")),
        (Some(Wanted::RequestId), _) => {
            let problem = fault("request.id is the id that the gateway gives to every request".to_owned());
            Err(problem.at("/canary/header").help("send another field than `id`"))
        }
        (_, Some(Wanted::Nothing)) => {
            let name = split.sticky.as_deref().unwrap_or_default();
            let problem = fault(format!("no exchange has a value called {name:?}")).at("/canary/sticky");
            Err(problem.help("a key is :client, request.NAME, tag.NAME or another name that plugins may ask for"))
        }
        _ => Ok(()),
    }
}

impl Admin {
    /// What was asked for, if it can be made out; what cannot is noted as a change that was refused.
    async fn heard<T>(&self, ask: &Ask, verb: &'static str, wish: Result<T, Problem>) -> Result<T, Problem> {
        let tried = ask.flag("dry_run").unwrap_or_default();
        if let (Err(problem), false) = (&wish, tried) {
            self.note(ask, verb, None, None, problem.told()).await;
        }
        wish
    }

    /// The version on trial.
    fn running(&self, name: &str) -> Result<String, Problem> {
        self.shared.plugins.show(name)?.canary.map(|canary| canary.version).ok_or_else(|| {
            let problem = Problem::new(Kind::Conflict, "there is no canary");
            problem.help(format!("start one: POST {PREFIX}/plugins/{name}/activate with a canary"))
        })
    }

    /// Carries a change out, notes it, and answers once new exchanges see it.
    async fn change(
        &self,
        ask: &Ask,
        verb: &'static str,
        dry_run: bool,
        change: impl Future<Output = Result<Change, ChangeError>>,
    ) -> Result<Response, Problem> {
        let outcome = change.await.map_err(Problem::from);
        if !dry_run {
            let (from, to) = outcome.as_ref().map_or((None, None), |change| (change.from.clone(), change.to.clone()));
            let result = outcome.as_ref().map_or_else(Problem::told, |_| "done".to_owned());
            self.note(ask, verb, from, to, result).await;
        }
        let Change { plugin, from, to } = outcome?;
        let (live, plugin) = match dry_run {
            true => (false, plugin),
            false => self.seen(&ask.name, to.as_deref()).await.unwrap_or((false, plugin)),
        };
        let body = json!({ "dry_run": dry_run, "live": live, "from": from, "to": to, "plugin": plugin });
        Ok(tagged(answer(&body), &plugin))
    }

    /// How the plugin stands once new exchanges see it, and whether it is this version then that they see. A version that the
    /// gateway cannot serve with is taken back by then, and the plugin's note says why.
    async fn seen(&self, name: &str, to: Option<&str>) -> Option<(bool, PluginView)> {
        let published = timeout(LIVE_WITHIN, self.shared.plugins.published()).await.is_ok();
        let plugin = self.shared.plugins.show(name).ok()?;
        let serves =
            plugin.stable.as_deref() == to || plugin.canary.as_ref().is_some_and(|canary| Some(&*canary.version) == to);
        Some((published && serves, plugin))
    }

    async fn note(&self, ask: &Ask, verb: &str, from: Option<String>, to: Option<String>, result: String) {
        self.shared
            .audit
            .note(Record {
                actor: "token",
                address: Some(ask.peer.clone()),
                verb: verb.to_owned(),
                plugin: ask.name.clone(),
                resource: Some(ask.resource.clone()),
                from,
                to,
                reason: None,
                result,
            })
            .await;
    }
}

/// A body of JSON.
pub(super) fn answer(body: &impl Serialize) -> Response {
    match serde_json::to_string(body) {
        Ok(text) => ([(header::CONTENT_TYPE, "application/json")], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "an answer of the admin port cannot be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Adds the state of the plugin that it tells of.
fn tagged(mut response: Response, plugin: &PluginView) -> Response {
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{}\"", plugin.etag)) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}
