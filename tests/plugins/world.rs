//! A gateway before a provider of the test's own, with guests as plugins.

use std::{future::Future, path::PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;
use yumen_guests::guest;
use yumen_server::config::Sources;
use yumen_tests::{
    gateway::{Answer, TestGateway},
    provider::{INTERFACE, METHODS, TestProvider},
};

/// Runs a test on a runtime of its own.
pub fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap().block_on(test);
}

/// A gateway with plugins before providers.
pub struct World {
    pub gateway: TestGateway,
    pub providers: Vec<TestProvider>,
    pub folder: TempDir,
    config: Value,
}

/// What a world is made of.
#[derive(Default)]
pub struct Plan {
    plugins: Vec<Value>,
    listener: Vec<String>,
    route: Vec<String>,
    service: Value,
    more: Vec<(String, Value)>,
    providers: usize,
    parameters: &'static [&'static str],
}

impl Plan {
    pub fn new() -> Self {
        Self { providers: 1, service: json!({}), ..Self::default() }
    }

    /// So many providers, called `p0`, `p1`, ….
    pub fn providers(self, count: usize) -> Self {
        Self { providers: count, ..self }
    }

    /// A provider for each of these, which is what its URL says of it.
    pub fn listed(self, parameters: &'static [&'static str]) -> Self {
        Self { providers: parameters.len(), parameters, ..self }
    }

    /// A plugin that comes with the gateway.
    pub fn builtin(mut self, name: &str, config: Value, more: Value) -> Self {
        let mut plugin = json!({ "name": name, "source": format!("builtin:{name}"), "config": config });
        merge(&mut plugin, more);
        self.plugins.push(plugin);
        self
    }

    /// A plugin from this guest; `more` is merged into its entry.
    pub fn plugin(mut self, name: &str, guest: &str, config: Value, more: Value) -> Self {
        let mut plugin = json!({ "name": name, "source": format!("{guest}.wasm"), "config": config });
        merge(&mut plugin, more);
        self.plugins.push(plugin);
        self
    }

    /// An actor at the listener.
    pub fn at_listener(mut self, name: &str, script: Value) -> Self {
        self.listener.push(name.to_owned());
        self.plugin(name, "actor", script, json!({}))
    }

    /// An actor at every route.
    pub fn at_route(mut self, name: &str, script: Value) -> Self {
        self.route.push(name.to_owned());
        self.plugin(name, "actor", script, json!({}))
    }

    /// Uses a plugin at every route.
    pub fn used_at_route(mut self, name: &str) -> Self {
        self.route.push(name.to_owned());
        self
    }

    /// Merged into the service's entry.
    pub fn service(mut self, more: Value) -> Self {
        merge(&mut self.service, more);
        self
    }

    /// Another section of the configuration.
    pub fn section(mut self, name: &str, value: Value) -> Self {
        self.more.push((name.to_owned(), value));
        self
    }

    pub async fn start(self) -> World {
        self.try_start().await.unwrap_or_else(|told| panic!("the gateway does not start:\n{told}"))
    }

    /// Starts it, or tells why it does not.
    pub async fn try_start(self) -> Result<World, String> {
        let folder = tempfile::tempdir().unwrap();
        for name in ["actor", "caller", "narrow", "relay", "steady", "talk", "witness", "header", "idle", "noop"] {
            let bytes = guest(name).unwrap_or_else(|why| panic!("{why}"));
            std::fs::write(folder.path().join(format!("{name}.wasm")), bytes).unwrap();
        }
        let providers: Vec<TestProvider> =
            (0..self.providers).map(|index| TestProvider::start(&format!("p{index}"))).collect();
        let config = self.config(&providers, folder.path().join("state"));
        let file = folder.path().join("yumen.yaml");
        std::fs::write(&file, config.to_string()).unwrap();
        let gateway = TestGateway::try_start(Sources::file(&file), Default::default()).await;
        let gateway = gateway.map_err(|error| error.to_string())?;
        Ok(World { gateway, providers, folder, config })
    }

    fn config(&self, providers: &[TestProvider], state: PathBuf) -> Value {
        let endpoints: Vec<String> = providers.iter().map(|provider| provider.address.to_string()).collect();
        let mut service: Value = serde_saphyr::from_str(&format!("{{ {METHODS} }}")).unwrap();
        merge(&mut service, json!({ "name": "test", "interface": INTERFACE }));
        let urls = endpoints.iter().zip(self.parameters);
        let urls: Vec<String> = urls.map(|(at, said)| format!("dubbo://{at}/{INTERFACE}?{said}")).collect();
        merge(
            &mut service,
            if urls.is_empty() { json!({ "endpoints": endpoints }) } else { json!({ "registry": "fixed" }) },
        );
        merge(&mut service, self.service.clone());
        let route = |name: &str, path: &str, args: Value| {
            json!({ "name": name, "match": { "path": path }, "to": { "service": "test", "method": name }, "args": args,
                    "attachments": { "trace": "header.x-trace" },
                    "errors": [{ "exception": "com.example.Full", "status": 409, "body": { "why": "exception.message" } }],
                    "plugins": self.route })
        };
        let mut config = json!({
            "version": 1,
            "gateway": { "workers": 2, "state": state },
            "listeners": [{ "name": "web", "bind": "127.0.0.1:0", "plugins": self.listener }],
            "telemetry": { "status_bind": "127.0.0.1:0", "access_log": { "format": "off" } },
            "plugins": self.plugins,
            "registries": if urls.is_empty() { json!([]) } else { json!([{ "name": "fixed", "type": "static", "providers": urls }]) },
            "services": [service],
            "routes": [
                route("echo", "/echo/{text}", json!(["path.text"])),
                route("who", "/who", json!([])),
                route("attachment", "/attachment/{name}", json!(["path.name"])),
                route("user", "/user/{id}", json!(["path.id"])),
                route("fail", "/fail/{why}", json!(["path.why"])),
                route("slow", "/slow/{ms}", json!(["path.ms"])),
                { "name": "post", "match": { "method": "POST", "path": "/post" },
                  "to": { "service": "test", "method": "echo" }, "args": ["body.text"], "plugins": self.route },
            ],
        });
        for (name, value) in &self.more {
            match config[name].as_array_mut() {
                Some(list) => list.extend(value.as_array().unwrap().iter().cloned()),
                None => config[name] = value.clone(),
            }
        }
        config
    }
}

impl World {
    pub async fn get(&self, path: &str) -> Answer {
        self.gateway.get(path).await
    }

    /// Ends the gateway, and starts another one over the same files.
    pub async fn restarted(mut self) -> Self {
        self.gateway.stop().await;
        let file = self.folder.path().join("yumen.yaml");
        self.gateway = TestGateway::try_start(Sources::file(&file), Default::default()).await.unwrap();
        self
    }

    /// `GET path` with fields.
    pub async fn with(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.gateway.send(http::Method::GET, path, fields, "").await
    }

    /// Puts a guest's bytes, changed by `change`, into the file that a plugin comes from.
    pub fn replace(&self, file: &str, bytes: &[u8]) {
        let path = self.folder.path().join(file);
        let beside = path.with_extension("new");
        std::fs::write(&beside, bytes).unwrap();
        std::fs::rename(beside, path).unwrap();
    }

    /// Writes the configuration anew after `change`.
    pub fn reconfigure(&mut self, change: impl FnOnce(&mut Value)) {
        change(&mut self.config);
        std::fs::write(self.folder.path().join("yumen.yaml"), self.config.to_string()).unwrap();
    }

    /// A number of `/metrics`, by the start of its line.
    pub async fn metric(&self, start: &str) -> Option<f64> {
        let text = self.gateway.status("/metrics").await.text();
        let line = text.lines().find(|line| line.starts_with(start))?;
        line.rsplit(' ').next()?.parse().ok()
    }
}

fn merge(into: &mut Value, more: Value) {
    let (Some(into), Value::Object(more)) = (into.as_object_mut(), more) else { return };
    into.extend(more);
}

/// A field of an answer as text.
pub fn field<'a>(answer: &'a Answer, name: &str) -> &'a str {
    answer.headers.get(name).map_or("", |value| value.to_str().unwrap())
}
