//! Cross-origin requests: preflights are answered here, and what comes back says who may read it.
//!
//! The configuration is the whole policy: fields of the same meaning that a provider or a later plugin set are replaced.

use serde::Deserialize;
use yumen_plugin::{Filter, Manifest, Reply, Request, Response, Verdict};

mod origin;

use origin::Origins;

/// Which origins may do what.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// `https://app.example.com`, `https://*.example.com`, `null`, or `*` for all.
    origins: Vec<String>,
    #[serde(default = "safe_methods")]
    methods: Vec<String>,
    #[serde(default)]
    headers: Vec<String>,
    #[serde(default)]
    expose: Vec<String>,
    #[serde(default)]
    credentials: bool,
    #[serde(default = "ten_minutes")]
    max_age: u32,
}

fn safe_methods() -> Vec<String> {
    ["GET", "HEAD", "POST"].map(str::to_owned).to_vec()
}

const fn ten_minutes() -> u32 {
    600
}

/// The plugin.
pub struct Cors {
    origins: Origins,
    methods: String,
    /// `None`: whatever the browser asks for.
    headers: Option<String>,
    expose: String,
    credentials: bool,
    max_age: String,
}

impl Filter for Cors {
    type Config = Config;

    fn describe() -> Manifest {
        yumen_plugin::manifest!()
            .schema(include_str!("../config.schema.json"))
            .on_request([":method", "origin", "access-control-request-method", "access-control-request-headers"])
            .on_response(["request.origin", "vary", "access-control-allow-origin"])
    }

    fn configure(config: Config) -> Result<Cors, String> {
        let origins = Origins::new(&config.origins)?;
        if config.credentials && origins.all() {
            return Err("credentials may not be sent from every origin: name the origins".to_owned());
        }
        if config.credentials && config.expose.iter().any(|name| name == "*") {
            return Err("with credentials `expose: [\"*\"]` means nothing to a browser: name the fields".to_owned());
        }
        Ok(Cors {
            origins,
            methods: config.methods.join(", "),
            headers: (!config.headers.iter().any(|name| name == "*")).then(|| config.headers.join(", ")),
            expose: config.expose.join(", "),
            credentials: config.credentials,
            max_age: config.max_age.to_string(),
        })
    }

    fn on_request(&self, request: &Request) -> Verdict {
        let asked = request.get("access-control-request-method");
        match request.get("origin") {
            Some(origin) if asked.is_some() && request.method() == Some("OPTIONS") => self.preflight(origin, request),
            _ => Verdict::next(),
        }
    }

    fn on_response(&self, response: &Response) -> Verdict {
        let mut verdict = Verdict::next();
        if !self.origins.all() && !varies(response.get("vary")) {
            verdict = verdict.append("vary", "origin");
        }
        let Some(allowed) = response.get("request.origin").and_then(|origin| self.allowed(origin)) else {
            let claimed = response.get("access-control-allow-origin").is_some();
            return if claimed { verdict.remove("access-control-allow-origin") } else { verdict };
        };
        verdict = verdict.set("access-control-allow-origin", allowed);
        if self.credentials {
            verdict = verdict.set("access-control-allow-credentials", "true");
        }
        if !self.expose.is_empty() {
            verdict = verdict.set("access-control-expose-headers", self.expose.as_str());
        }
        verdict
    }
}

impl Cors {
    /// What `access-control-allow-origin` says to this origin.
    fn allowed<'a>(&self, origin: &'a str) -> Option<&'a str> {
        if self.origins.all() {
            return Some("*");
        }
        self.origins.has(origin).then_some(origin)
    }

    fn preflight(&self, origin: &str, request: &Request) -> Verdict {
        const VARY: &str = "origin, access-control-request-method, access-control-request-headers";
        let Some(allowed) = self.allowed(origin) else {
            let refused = Reply::problem(403, "Origin not allowed", "requests from this origin are not let in");
            return Verdict::reply(refused.field("vary", VARY));
        };
        let headers = self.headers.as_deref().or(request.get("access-control-request-headers")).unwrap_or_default();
        let mut reply = Reply::new(204)
            .field("vary", VARY)
            .field("access-control-allow-origin", allowed)
            .field("access-control-allow-methods", self.methods.as_str())
            .field("access-control-max-age", self.max_age.as_str());
        if !headers.is_empty() {
            reply = reply.field("access-control-allow-headers", headers);
        }
        if self.credentials {
            reply = reply.field("access-control-allow-credentials", "true");
        }
        Verdict::reply(reply)
    }
}

/// Whether a `vary` names the origin already.
fn varies(vary: Option<&str>) -> bool {
    let named = |name: &str| name.trim() == "*" || name.trim().eq_ignore_ascii_case("origin");
    vary.is_some_and(|names| names.split(',').any(named))
}

yumen_plugin::export_filter!(Cors);

#[cfg(test)]
mod tests;
