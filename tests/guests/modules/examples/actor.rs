//! A filter that does in each phase what its configuration says, for tests of the gateway.
//!
//! Texts may hold `{0}`, `{1}` … (values that the phase wants), `{state}`, `{arguments}`, `{outcome}` and `{tag.NAME}`.

use yumen_plugin::{
    Body, BodyMode, Call, Deserialize, End, Ended, FailurePolicy, Filter, Manifest, Outcome, Piece, Reply, Request,
    Response, RpcCode, RpcError, Side, Verdict, Wanted, exchange, kv, log,
};

#[derive(Deserialize, Default, Clone)]
#[serde(default, deny_unknown_fields)]
struct Script {
    request_wants: Vec<String>,
    call_wants: Vec<String>,
    response_wants: Vec<String>,
    on_request: Option<Act>,
    on_request_body: Option<OnBody>,
    on_call: Option<Act>,
    on_outcome: Option<Act>,
    on_response: Option<Act>,
    on_response_body: Option<OnBody>,
    /// Logs the end.
    on_end: bool,
    open: bool,
}

/// What a phase does; all of it that is there.
#[derive(Deserialize, Default, Clone)]
#[serde(default, deny_unknown_fields)]
struct Act {
    /// Only if the value that is wanted first is there.
    if_wanted: bool,
    set: Vec<(String, String)>,
    append: Vec<(String, String)>,
    remove: Vec<String>,
    method: Option<String>,
    path: Option<String>,
    authority: Option<String>,
    status: Option<u16>,
    arguments: Option<String>,
    result: Option<String>,
    tag: Vec<(String, String)>,
    state: u64,
    reply: Option<(u16, String)>,
    end_result: Option<String>,
    end_error: Option<String>,
    end_thrown: Option<(String, String)>,
    trap: bool,
    spin: bool,
}

#[derive(Deserialize, Default, Clone)]
#[serde(default, deny_unknown_fields)]
struct OnBody {
    streamed: bool,
    /// Stands before and behind each piece, and `|` between them.
    wrap: Option<(String, String)>,
    reply: Option<(u16, String)>,
}

struct Actor(Script);

/// What texts may speak of.
struct Said<'a> {
    wanted: Option<Wanted<'a>>,
    state: u64,
}

impl Said<'_> {
    fn of(&self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            let Some((name, tail)) = after.split_once('}').filter(|(name, _)| self.knows(name)) else {
                out.push('{');
                rest = after;
                continue;
            };
            out.push_str(&self.value(name));
            rest = tail;
        }
        out + rest
    }

    fn knows(&self, name: &str) -> bool {
        name.parse::<usize>().is_ok() || matches!(name, "state" | "arguments" | "outcome") || name.starts_with("tag.")
    }

    fn value(&self, name: &str) -> String {
        let known = match name {
            "state" => Some(self.state.to_string()),
            "arguments" => exchange::arguments(),
            "outcome" => exchange::call_outcome().map(|outcome| match outcome {
                Outcome::Result(json) => json,
                Outcome::Error(error) => {
                    format!("{:?} {} {}", error.code, error.exception_class.unwrap_or_default(), error.message)
                }
            }),
            name => match name.parse() {
                Ok(place) => self.wanted.and_then(|wanted| wanted.at(place)).map(str::to_owned),
                Err(_) => exchange::property(name),
            },
        };
        known.unwrap_or_else(|| "-".to_owned())
    }
}

impl Act {
    fn verdict(&self, said: &Said<'_>) -> Verdict {
        if self.if_wanted && said.wanted.is_some_and(|wanted| wanted.at(0).is_none()) {
            return Verdict::next();
        }
        assert!(!self.trap, "told to trap");
        while std::hint::black_box(self.spin) {}
        let mut verdict = self.action(said).state(self.state);
        for (name, value) in &self.set {
            verdict = verdict.set(name, said.of(value));
        }
        for (name, value) in &self.append {
            verdict = verdict.append(name, said.of(value));
        }
        for name in &self.remove {
            verdict = verdict.remove(name);
        }
        for (name, value) in &self.tag {
            verdict = verdict.tag(name, said.of(value));
        }
        if let Some(method) = &self.method {
            verdict = verdict.set_method(said.of(method));
        }
        if let Some(path) = &self.path {
            verdict = verdict.set_path(said.of(path));
        }
        if let Some(authority) = &self.authority {
            verdict = verdict.set_authority(said.of(authority));
        }
        if let Some(status) = self.status {
            verdict = verdict.set_status(status);
        }
        if let Some(arguments) = &self.arguments {
            verdict = verdict.set_arguments(said.of(arguments));
        }
        if let Some(result) = &self.result {
            verdict = verdict.set_outcome(Outcome::Result(said.of(result)));
        }
        verdict
    }

    fn action(&self, said: &Said<'_>) -> Verdict {
        if let Some((status, body)) = &self.reply {
            return Verdict::reply(Reply::new(*status).body(said.of(body)));
        }
        if let Some(result) = &self.end_result {
            return Verdict::end_call(Outcome::Result(said.of(result)));
        }
        if let Some(message) = &self.end_error {
            return Verdict::end_call(Outcome::Error(RpcError::new(RpcCode::BadRequest, said.of(message))));
        }
        if let Some((class, message)) = &self.end_thrown {
            return Verdict::end_call(Outcome::Error(RpcError::thrown(class, said.of(message))));
        }
        Verdict::next()
    }
}

impl Filter for Actor {
    type Config = Script;

    fn describe() -> Manifest {
        Manifest::new("actor", "1.0.0")
    }

    fn configure(script: Script) -> Result<Actor, String> {
        Ok(Actor(script))
    }

    fn configured(&self, mut manifest: Manifest) -> Manifest {
        let script = &self.0;
        let mode = |body: &OnBody| if body.streamed { BodyMode::Streamed } else { BodyMode::Buffered };
        if script.on_request.is_some() {
            manifest = manifest.on_request(script.request_wants.clone());
        }
        if let Some(body) = &script.on_request_body {
            manifest = manifest.request_body(mode(body));
        }
        if script.on_call.is_some() {
            manifest = manifest.on_call(script.call_wants.clone());
        }
        if script.on_outcome.is_some() {
            manifest = manifest.on_outcome();
        }
        if script.on_response.is_some() {
            manifest = manifest.on_response(script.response_wants.clone());
        }
        if let Some(body) = &script.on_response_body {
            manifest = manifest.response_body(mode(body));
        }
        if script.on_end {
            manifest = manifest.on_end();
        }
        manifest.on_failure(if script.open { FailurePolicy::Open } else { FailurePolicy::Closed })
    }

    fn on_request(&self, request: &Request) -> Verdict {
        let said = Said { wanted: Some(request.wanted), state: 0 };
        self.0.on_request.as_ref().map_or_else(Verdict::next, |act| act.verdict(&said))
    }

    fn on_body(&self, body: &Body) -> Piece {
        let act = match body.side {
            Side::Request => &self.0.on_request_body,
            Side::Response => &self.0.on_response_body,
        };
        let Some(act) = act else { return Piece::Pass };
        if let Some((status, text)) = &act.reply {
            return Piece::Reply(Reply::new(*status).body(text.clone()));
        }
        let Some((before, behind)) = &act.wrap else { return Piece::Pass };
        let text = String::from_utf8_lossy(&body.bytes);
        Piece::Replace(format!("{before}{text}{behind}").into_bytes())
    }

    fn on_call(&self, call: &Call) -> Verdict {
        let said = Said { wanted: Some(call.wanted), state: call.state };
        self.0.on_call.as_ref().map_or_else(Verdict::next, |act| act.verdict(&said))
    }

    fn on_outcome(&self, ended: &Ended) -> Verdict {
        let said = Said { wanted: None, state: ended.state };
        self.0.on_outcome.as_ref().map_or_else(Verdict::next, |act| act.verdict(&said))
    }

    fn on_response(&self, response: &Response) -> Verdict {
        let said = Said { wanted: Some(response.wanted), state: response.state };
        self.0.on_response.as_ref().map_or_else(Verdict::next, |act| act.verdict(&said))
    }

    fn on_end(&self, end: &End) {
        log::info!("ended with {} and state {}", end.status, end.state);
        let count = kv::get("ends", "count").ok().flatten().map_or(0, |entry| entry.value.len());
        let _ = kv::put("ends", "count", &vec![0; count + 1], 0);
    }
}

yumen_plugin::export_filter!(Actor);
