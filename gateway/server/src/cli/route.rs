//! `yumen route explain GET /users/7`: which route takes a request, and why the others do not.

use std::{collections::BTreeMap, process::ExitCode, sync::Arc};

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::json;
use yumen_dubbo::contract::Contract;

use super::{EXIT_INVALID, EXIT_NO_ROUTE, ExplainArgs, Global, Output, output};
use crate::{
    bridge::Plan,
    config::{Code, Config, ConfigPath, Finding, Loaded, Part, Severity, load, render, shortened},
    listener::CanonicalPath,
    route::{Asked, RouteTable, explain},
};

/// Explains one request by the configuration alone: nothing is dialled and nothing is sent.
pub(super) fn run(global: &Global, args: &ExplainArgs) -> ExitCode {
    let sources = global.sources();
    let Loaded { config, document, .. } = match load(&sources) {
        Ok(loaded) => loaded,
        Err(findings) => {
            let text = render(&findings.list, &findings.document, global.format(), global.paint(&sources));
            output::print(&text);
            return ExitCode::from(EXIT_INVALID);
        }
    };
    let request = match Request::of(args) {
        Ok(request) => request,
        Err(why) => return refuse(global, &why),
    };
    let (table, plans, _) = compile(&config, &[]);
    let check = |route: usize, captures: &[&str]| plans.get(route)?.as_ref()?.check_path(captures);
    let explanation = explain(&config.routes, &table, &request.asked(), &check);
    let place = |at: &ConfigPath| document.position_of(at, Part::Value);
    let printed = output::print(&match global.output {
        Output::Json => format!("{:#}\n", explanation.to_json(&place)),
        Output::Text | Output::Github => explanation.to_text(&place),
    });
    if explanation.taken { printed } else { ExitCode::from(EXIT_NO_ROUTE) }
}

/// Routes and their plans by the configuration and what providers published (`learned`, one entry a service, as far as
/// known), with what they have against each other.
pub(super) fn compile(
    config: &Config,
    learned: &[Option<Arc<Contract>>],
) -> (RouteTable, Vec<Option<Plan>>, Vec<Finding>) {
    let mut findings = Vec::new();
    let mut waiting = BTreeMap::new();
    let table = RouteTable::build(&config.routes, &mut findings);
    let plans = config.routes.iter().enumerate().map(|(index, route)| {
        let (position, service) = config.service(&route.to.service)?;
        let contract = learned.get(position).and_then(Option::as_deref);
        let mut against = Vec::new();
        let plan = Plan::build(route, index, service, contract, &mut against);
        // What providers publish, or may still publish, is not the file's fault: a doubt. Nobody asked, so nobody waits.
        if service.registry.is_some() && service.methods.is_empty() {
            against.retain(|finding| !learned.is_empty() || finding.severity == Severity::Error);
            against.iter_mut().for_each(|finding| finding.severity = Severity::Warning);
        }
        if contract.is_none() && !learned.is_empty() {
            let waits =
                |finding: &mut Finding| finding.code == Code::UNTYPED_ARGUMENT && finding.severity == Severity::Warning;
            if against.extract_if(.., waits).count() > 0 {
                waiting.entry(position).or_insert_with(Vec::new).push(route.name.as_str());
            }
        }
        findings.append(&mut against);
        plan
    });
    let plans = plans.collect();
    findings.extend(waiting.into_iter().map(|(position, routes)| unheard(config, position, &routes)));
    (table, plans, findings)
}

/// One doubt for all routes that wait for the same definition.
fn unheard(config: &Config, position: usize, routes: &[&str]) -> Finding {
    let name = &config.services[position].name;
    let list = match routes {
        [one] => format!("route {one:?} answers"),
        some => format!("{} routes ({}) answer", some.len(), shortened(some)),
    };
    let message = format!("nothing tells the methods of service {name:?} yet; {list} 503 until then");
    Finding::warning(Code::UNTYPED_ARGUMENT, ConfigPath::service(position).key("interface"), message)
        .help("its registry tells them once a provider has published them; or describe them under methods")
}

/// The listener would refuse the request before any route sees it.
fn refuse(global: &Global, why: &str) -> ExitCode {
    output::print(&match global.output {
        Output::Json => format!("{:#}\n", json!({ "routes": [], "outcome": why })),
        Output::Text | Output::Github => format!("{why}\n"),
    });
    ExitCode::from(EXIT_NO_ROUTE)
}

/// What of the command line a route is asked by.
struct Request {
    method: Method,
    path: String,
    headers: HeaderMap,
}

impl Request {
    fn of(args: &ExplainArgs) -> Result<Self, String> {
        let upper = args.method.to_ascii_uppercase();
        let method = Method::from_bytes(upper.as_bytes()).map_err(|_| format!("{upper:?} is not an HTTP method"))?;
        let raw = args.path.split(['?', '#']).next().unwrap_or_default();
        let path = CanonicalPath::text_of(raw).map_err(|reason| {
            format!("the listener answers {} to the path {raw:?}: {}", reason.status().as_u16(), reason.detail())
        })?;
        let mut headers = HeaderMap::new();
        for (name, value) in &args.headers {
            let name = HeaderName::try_from(name).map_err(|_| format!("{name:?} is not a header field"))?;
            let value = HeaderValue::try_from(value).map_err(|_| format!("{value:?} cannot be a header's value"))?;
            headers.append(name, value);
        }
        Ok(Self { method, path, headers })
    }

    fn asked(&self) -> Asked<'_> {
        let host = self.headers.get(http::header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        Asked { method: &self.method, host, path: &self.path, headers: &self.headers }
    }
}
