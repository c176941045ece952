//! A gateway whose admin port is used as an operator would use it.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};
use yumen_tests::{
    gateway::{Answer, send},
    yumen::program,
};

use crate::world::{Plan, World};

/// A gateway, and one plugin of it that is uploaded.
pub struct Gate {
    pub world: World,
    token: String,
    plugin: &'static str,
}

impl Gate {
    /// A gateway by this plan, to which the admin port is added.
    pub async fn start(plan: Plan, plugin: &'static str) -> Self {
        Self::of(plan.section("admin", json!({ "bind": "127.0.0.1:0" })).start().await, plugin)
    }

    pub fn of(world: World, plugin: &'static str) -> Self {
        let token = std::fs::read_to_string(world.folder.path().join("state/admin-token")).unwrap();
        Self { world, token, plugin }
    }

    /// `yumen plugin …` about this gateway, ready to be run.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program());
        command
            .arg("plugin")
            .args(arguments)
            .arg("--admin")
            .arg(format!("http://{}", self.world.gateway.admin.unwrap()));
        command.arg("--token-file").arg(self.world.folder.path().join("state/admin-token")).env_clear();
        command
    }

    /// `yumen plugin …` as it ends: whether well, and all that it printed.
    pub async fn commanded(&self, arguments: &[&str]) -> (bool, String) {
        let mut command = self.command(arguments);
        let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
        let printed = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(printed).unwrap())
    }

    /// Whatever is answered.
    pub async fn try_ask(&self, method: Method, path: &str, media: &str, body: impl Into<Bytes>) -> Answer {
        let token = format!("Bearer {}", self.token);
        let headers = [("authorization", token.as_str()), ("if-match", "*"), ("content-type", media)];
        let path = format!("/api/v1/plugins/{}{path}", self.plugin);
        send(self.world.gateway.admin.unwrap(), method, &path, &headers, body.into()).await
    }

    async fn ask(&self, method: Method, path: &str, media: &str, body: impl Into<Bytes>) -> Value {
        let answer = self.try_ask(method, path, media, body).await;
        assert!(answer.status.is_success(), "{}", answer.text());
        answer.json()
    }

    pub async fn post(&self, path: &str, body: Value) -> Value {
        self.ask(Method::POST, path, "application/json", body.to_string()).await
    }

    pub async fn show(&self) -> Value {
        self.ask(Method::GET, "", "application/json", "").await
    }

    /// Brings a module; the id of its version.
    pub async fn bring(&self, module: Vec<u8>) -> String {
        let brought = self.ask(Method::PUT, "/versions", "application/wasm", module).await;
        brought["id"].as_str().unwrap().to_owned()
    }

    /// Waits until the plugin stands so; how it stands then.
    pub async fn until(&self, done: impl Fn(&Value) -> bool) -> Value {
        let begun = Instant::now();
        loop {
            let plugin = self.show().await;
            if done(&plugin) {
                return plugin;
            }
            assert!(begun.elapsed() < Duration::from_secs(20), "never: {plugin}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}
