//! An admin port on a free port, and a client that shows the token.

use std::{path::PathBuf, sync::Arc};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use yumen_plugin_host::{
    Host, HostOptions, Source, Spec,
    plugins::{Declared, Part, Plugins},
};

use super::{Admin, AdminOptions, Token};

/// A filter that calls its version so (five bytes) and begins `on-request` with these instructions.
pub(super) fn guest(version: &str, trouble: &str) -> Vec<u8> {
    let text = include_str!("../../../../plugin-host/src/plugins/tests/guest.wat");
    let text = text.replace("VERSION", version).replace("TROUBLE", trouble);
    yumen_plugin_encode::encode(&wat::parse_str(text).unwrap(), "filter").unwrap()
}

pub(super) fn plugins(state: Option<PathBuf>) -> Arc<Plugins> {
    let host = Host::start(HostOptions { workers: 1, cache: None, instances: 20 }).unwrap();
    Plugins::open(host, state, Box::new(|_| Err("there are none".to_owned()))).unwrap()
}

pub(super) struct World {
    pub(super) plugins: Arc<Plugins>,
    pub(super) address: std::net::SocketAddr,
    pub(super) token: Token,
    pub(super) state: Arc<tempfile::TempDir>,
    _tasks: JoinSet<()>,
}

impl World {
    /// A gateway with one plugin, `a`, that is uploaded.
    pub(super) async fn new() -> Self {
        Self::at(Arc::new(tempfile::tempdir().unwrap())).await
    }

    /// Another one over the same folder.
    pub(super) async fn restarted(self) -> Self {
        let state = Arc::clone(&self.state);
        drop(self);
        Self::at(state).await
    }

    async fn at(state: Arc<tempfile::TempDir>) -> Self {
        let plugins = plugins(Some(state.path().join("plugins")));
        plugins.declare(&[Self::declared()]).await.unwrap().commit().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (folder, shared) = (Some(state.path().to_path_buf()), Arc::clone(&plugins));
        let admin = Admin::new(AdminOptions { bind: address, state: folder, token: None, plugins: shared }).unwrap();
        let token = Token::kept_in(state.path()).unwrap();
        let mut tasks = JoinSet::new();
        tasks.spawn(admin.serve(listener, std::future::pending()));
        let conducted = Arc::clone(&plugins);
        tasks.spawn(async move {
            loop {
                conducted.is_live(&conducted.table());
                conducted.changed().await;
            }
        });
        Self { plugins, address, token, state, _tasks: tasks }
    }

    pub(super) fn declared() -> Declared {
        Declared { source: Source::Upload, digest: None, spec: Spec::new("a"), part: Part::default() }
    }

    pub(super) async fn ask(&self, ask: Ask) -> Answer {
        let mut stream = self.begin(ask).await;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        Answer::parse(&String::from_utf8(answer).unwrap())
    }

    /// Sends a request; the connection that its answer will come on.
    pub(super) async fn begin(&self, ask: Ask) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let mut fields = ask.fields.clone();
        for (name, value) in [
            ("host", self.address.to_string()),
            ("authorization", format!("Bearer {}", self.token.reveal())),
            ("connection", "close".to_owned()),
            ("content-length", ask.body.len().to_string()),
        ] {
            let given = fields.iter().any(|(known, _)| known == name) || ask.without.contains(&name.to_owned());
            if !given {
                fields.push((name.to_owned(), value));
            }
        }
        let mut request = format!("{} /api/v1{} HTTP/1.1\r\n", ask.method, ask.path);
        fields.iter().for_each(|(name, value)| request.push_str(&format!("{name}: {value}\r\n")));
        let bytes = [request.as_bytes(), b"\r\n", &ask.body].concat();
        let _refused_early = stream.write_all(&bytes).await;
        stream
    }

    /// Brings a module of this version.
    pub(super) async fn bring(&self, version: &str) -> Answer {
        let ask = Ask::new("PUT", "/plugins/a/versions").with("content-type", "application/wasm");
        self.ask(ask.body(&guest(version, ""))).await
    }

    pub(super) async fn activate(&self, version: &str, tag: &str) -> Answer {
        self.ask(Ask::post("/plugins/a/activate", &json!({ "version": version })).with("if-match", tag)).await
    }

    /// A version that was brought and activated; its id.
    pub(super) async fn serving(&self, version: &str) -> String {
        let id = self.bring(version).await.body["id"].as_str().unwrap().to_owned();
        assert_eq!(self.activate(&id, "*").await.status, 200);
        id
    }
}

pub(super) struct Ask {
    method: String,
    path: String,
    fields: Vec<(String, String)>,
    without: Vec<String>,
    body: Vec<u8>,
}

impl Ask {
    pub(super) fn new(method: &str, path: &str) -> Self {
        let (fields, without, body) = (Vec::new(), Vec::new(), Vec::new());
        Self { method: method.to_owned(), path: path.to_owned(), fields, without, body }
    }

    pub(super) fn post(path: &str, body: &Value) -> Self {
        Self::new("POST", path).with("content-type", "application/json").body(body.to_string().as_bytes())
    }

    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Does not send a field that is always sent else.
    pub(super) fn without(mut self, name: &str) -> Self {
        self.without.push(name.to_owned());
        self
    }

    pub(super) fn body(mut self, body: &[u8]) -> Self {
        self.body = body.to_vec();
        self
    }
}

pub(super) struct Answer {
    pub(super) status: u16,
    head: String,
    pub(super) body: Value,
}

impl Answer {
    fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Self { status, head: head.to_owned(), body: serde_json::from_str(body).unwrap_or_default() }
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let fields = self.head.lines().filter_map(|line| line.split_once(": "));
        fields.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}
