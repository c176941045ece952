//! The proxies: each configured for one core and keep-alive on both sides, without an access log.

use std::error::Error;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::answer;
use crate::process::{PROXY_CORE, Process, pinned};

/// How long a proxy may take to answer for the first time.
const READY_WITHIN: Duration = Duration::from_secs(10);

/// A proxy that answers.
pub struct Proxy {
    /// `yumen` or `nginx`.
    pub name: &'static str,
    /// Where it listens.
    pub address: SocketAddr,
    /// From start to the first good answer through the whole road.
    pub ready_ms: f64,
    /// Resident memory after that answer.
    pub idle_mib: f64,
    /// The running process.
    pub process: Process,
}

impl Proxy {
    /// nginx with one worker in front of the HTTP backend.
    pub fn nginx(folder: &Path, backend: SocketAddr) -> Result<Proxy, Box<dyn Error>> {
        let address = free_address()?;
        let file = folder.join("nginx.conf");
        std::fs::write(&file, nginx_conf(folder, address, backend))?;
        let mut command = pinned(PROXY_CORE, Path::new("nginx"));
        command.arg("-p").arg(folder).arg("-c").arg(file).stderr(Stdio::null());
        Proxy::start("nginx", address, command)
    }

    /// The gateway with one worker in front of the Dubbo providers.
    pub fn gateway(
        name: &'static str,
        program: &Path,
        folder: &Path,
        setting: &Setting<'_>,
    ) -> Result<Proxy, Box<dyn Error>> {
        let folder = folder.join(name.replace(' ', "-"));
        std::fs::create_dir_all(&folder)?;
        let (address, status) = (free_address()?, free_address()?);
        let file = folder.join("yumen.yaml");
        std::fs::write(&file, setting.yaml(address, status))?;
        let mut command = pinned(PROXY_CORE, program);
        command.arg("run").arg("-c").arg(file).current_dir(folder);
        Proxy::start(name, address, command)
    }

    fn start(name: &'static str, address: SocketAddr, command: std::process::Command) -> Result<Proxy, Box<dyn Error>> {
        let started = Instant::now();
        let mut process = Process::start(command)?;
        while !answers(address) {
            if !process.is_alive() || started.elapsed() > READY_WITHIN {
                return Err(format!("{name} does not answer at {address}").into());
            }
            std::thread::yield_now();
        }
        let ready_ms = started.elapsed().as_secs_f64() * 1e3;
        let idle_mib = process.rss_mib()?;
        Ok(Proxy { name, address, ready_ms, idle_mib, process })
    }
}

/// Whether a small call succeeds.
fn answers(address: SocketAddr) -> bool {
    fetch(address, "/echo/a").is_ok_and(|body| body == "\"a\"")
}

/// The body of a good answer.
pub fn fetch(address: SocketAddr, path: &str) -> Result<String, Box<dyn Error>> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(2)))?;
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    match answer.split_once("\r\n\r\n") {
        Some((head, body)) if head.starts_with("HTTP/1.1 200 ") => Ok(body.to_owned()),
        _ => Err(format!("{path} at {address}: {answer}").into()),
    }
}

/// Fails unless all `proxies` answer `path` with the same bytes: else they would not be doing the same work.
pub fn agree(proxies: &[Proxy], path: &str) -> Result<(), Box<dyn Error>> {
    let bodies = proxies.iter().map(|proxy| fetch(proxy.address, path)).collect::<Result<Vec<_>, _>>()?;
    match bodies.windows(2).find(|pair| pair[0] != pair[1]) {
        Some(pair) => Err(format!("{path} is answered differently:\n{}\n{}", pair[0], pair[1]).into()),
        None => Ok(()),
    }
}

pub fn free_address() -> std::io::Result<SocketAddr> {
    TcpListener::bind("127.0.0.1:0")?.local_addr()
}

fn nginx_conf(folder: &Path, address: SocketAddr, backend: SocketAddr) -> String {
    let folder = folder.display();
    format!(
        "daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log /dev/null crit;
events {{ worker_connections 4096; }}
http {{
  access_log off; tcp_nodelay on; keepalive_requests 100000000; keepalive_timeout 300s;
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};
  upstream backend {{ server {backend}; keepalive 512; keepalive_requests 100000000; }}
  server {{
    listen {address} backlog=1024;
    location / {{ proxy_pass http://backend; proxy_http_version 1.1; proxy_set_header Connection \"\"; }}
  }}
}}
"
    )
}

/// What a gateway is set up with.
#[derive(Default)]
pub struct Setting<'a> {
    /// Where the providers are.
    pub providers: Vec<SocketAddr>,
    /// The admin port; left out: none.
    pub admin: Option<SocketAddr>,
    /// Items of `plugins`, one a line.
    pub plugins: String,
    /// Names of the plugins of both routes.
    pub chain: Vec<&'a str>,
    /// A line for the service.
    pub service: String,
}

impl Setting<'_> {
    /// Without plugins.
    pub fn plain(provider: SocketAddr) -> Self {
        Self { providers: vec![provider], ..Self::default() }
    }

    fn yaml(&self, address: SocketAddr, status: SocketAddr) -> String {
        let fields: Vec<String> =
            answer::fields().iter().map(|(name, field)| format!("{name}: {}", field.type_word())).collect();
        let providers: Vec<String> = self.providers.iter().map(|provider| format!("\"{provider}\"")).collect();
        let plugins = if self.plugins.is_empty() { String::new() } else { format!("plugins:\n{}", self.plugins) };
        let admin = self.admin.map_or_else(String::new, |bind| format!("admin: {{ bind: \"{bind}\" }}\n"));
        format!(
            "version: 1
gateway: {{ workers: 1 }}
{admin}listeners: [{{ name: web, bind: \"{address}\" }}]
telemetry: {{ status_bind: \"{status}\", level: warn, access_log: {{ format: off }} }}
{plugins}services:
  - name: bench
    interface: {interface}
    endpoints: [{providers}]
    {service}
    methods:
      echo: {{ params: [string], returns: string, idempotent: true }}
      customer: {{ params: [long], returns: {class}, idempotent: true }}
    types:
      {class}: {{ {fields} }}
routes:
  - {{ name: echo, match: {{ method: GET, path: \"/echo/{{text}}\" }}, to: {{ service: bench, method: echo }}, args: [path.text], plugins: [{chain}] }}
  - {{ name: customer, match: {{ method: GET, path: \"/customers/{{id}}\" }}, to: {{ service: bench, method: customer }}, args: [path.id], plugins: [{chain}] }}
",
            interface = answer::INTERFACE,
            class = answer::CLASS,
            fields = fields.join(", "),
            providers = providers.join(", "),
            service = self.service,
            chain = self.chain.join(", "),
        )
    }
}
