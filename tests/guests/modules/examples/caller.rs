//! A filter that asks others before it lets a request pass, for tests of side calls.

use yumen_plugin::{Filter, Manifest, NoConfig, Request, Verdict, dubbo, http};

struct Caller;

impl Filter for Caller {
    type Config = NoConfig;

    fn describe() -> Manifest {
        Manifest::new("caller", "1.0.0").on_request(["x-fetch", "x-call"])
    }

    fn configure(_config: NoConfig) -> Result<Caller, String> {
        Ok(Caller)
    }

    fn on_request(&self, request: &Request) -> Verdict {
        let mut verdict = Verdict::next();
        if let Some((cluster, path)) = request.get("x-fetch").and_then(|wish| wish.split_once(' ')) {
            let said = match http::Request::new(cluster, "GET", path).field("x-from", "plugin").send() {
                Ok(answer) => format!("{} {}", answer.status, String::from_utf8_lossy(&answer.body)),
                Err(error) => format!("{error:?}"),
            };
            verdict = verdict.set("x-said", said);
        }
        if let Some(wish) = request.get("x-call") {
            let mut parts = wish.splitn(3, ' ');
            let mut next = || parts.next().unwrap_or_default();
            let said = match dubbo::Invocation::new(next(), next(), next()).attachment("from", "plugin").invoke() {
                Ok(json) => json,
                Err(error) => format!("{error:?}"),
            };
            verdict = verdict.set("x-said", said);
        }
        verdict
    }
}

yumen_plugin::export_filter!(Caller);
