//! Why a request is taken by one route and not by the others.
//!
//! ```text
//!   get-user       GET   /users/{id}   400   path.id: "abc" is not a long   yumen.yaml:54:12
//!   search-users   GET   /users        no    path has 1 extra segment
//!   create-user    POST  /users        no    method
//! get-user takes it and answers 400.
//! ```

use serde::Serialize;

use super::condition::Conditions;
use super::template::{Segment, Template, segments};
use super::{Asked, Found, RouteTable, bare_host, is_below};
use crate::config::{ConfigPath, RouteConfig};

/// What every route has to say to one request.
#[derive(Debug)]
pub struct Explanation {
    /// One row a route, in the order of the configuration.
    pub rows: Vec<Row>,
    /// The last line: who takes the request, or who comes nearest.
    pub outcome: String,
    /// Whether a route takes the request, be it to refuse it.
    pub taken: bool,
}

/// What one route has to say.
#[derive(Debug)]
pub struct Row {
    /// Name of the route.
    pub route: String,
    /// Its methods, or `*`.
    pub methods: String,
    /// Its path template.
    pub path: String,
    /// Whether it takes the request.
    pub verdict: Verdict,
    /// Why, or why not.
    pub reason: String,
    /// The part of the configuration that the reason is about.
    pub at: Option<ConfigPath>,
}

/// Whether a route takes a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It does.
    Yes,
    /// It does, and answers 400 because a value in the path is not of its type.
    Refused,
    /// It does not.
    No,
}

/// How far a route is from taking a request; the smallest is the nearest.
type Distance = (usize, usize);

/// Looks at the captured values of the route that takes a request: the index of an argument that gets a wrong one, and the
/// sentence about it.
pub type PathCheck<'a> = dyn Fn(usize, &[&str]) -> Option<(usize, String)> + 'a;

/// Asks every route; `check` is asked about the one that takes the request.
#[must_use]
pub fn explain(routes: &[RouteConfig], table: &RouteTable, asked: &Asked<'_>, check: &PathCheck<'_>) -> Explanation {
    let taken = match table.find(asked) {
        Found::Route(hit) => Some(hit),
        Found::NotAllowed { .. } | Found::Nothing => None,
    };
    let mut rows = Vec::new();
    let mut nearest: Option<(Distance, usize, &'static str)> = None;
    for (index, route) in routes.iter().enumerate() {
        let row = match &taken {
            Some(hit) if hit.route == index => taken_row(route, index, check(index, hit.captures.as_slice())),
            _ => {
                let miss = Miss::of(route, asked);
                if nearest.is_none_or(|(least, ..)| miss.distance < least) {
                    nearest = Some((miss.distance, index, miss.because));
                }
                let winner = taken.as_ref().and_then(|hit| routes.get(hit.route)).map(|winner| winner.name.as_str());
                row(route, Verdict::No, miss.reason(winner), None)
            }
        };
        rows.push(row);
    }
    let name = |index: usize| routes.get(index).map_or("", |route| route.name.as_str());
    let outcome = match (&taken, nearest) {
        (Some(hit), _) if rows.get(hit.route).is_some_and(|row| row.verdict == Verdict::Refused) => {
            format!("{} takes it and answers 400.", name(hit.route))
        }
        (Some(hit), _) => format!("{} takes it.", name(hit.route)),
        (None, Some((_, index, because))) => {
            format!("no route matches. Nearest: {}, {because}.", name(index))
        }
        (None, None) => "no route matches: there are none.".to_owned(),
    };
    Explanation { rows, outcome, taken: taken.is_some() }
}

fn taken_row(route: &RouteConfig, index: usize, fault: Option<(usize, String)>) -> Row {
    match fault {
        None => row(route, Verdict::Yes, String::new(), None),
        Some((argument, sentence)) => {
            let at = ConfigPath::route(index).key("args").index(argument);
            row(route, Verdict::Refused, sentence, Some(at))
        }
    }
}

fn row(route: &RouteConfig, verdict: Verdict, reason: String, at: Option<ConfigPath>) -> Row {
    let methods = route.matches.methods.iter().map(String::as_str).collect::<Vec<_>>().join(",");
    Row {
        route: route.name.clone(),
        methods: if methods.is_empty() { "*".to_owned() } else { methods },
        path: route.matches.path.clone(),
        verdict,
        reason,
        at,
    }
}

/// Why a route does not take a request.
struct Miss {
    reasons: Vec<String>,
    distance: Distance,
    because: &'static str,
}

impl Miss {
    fn of(route: &RouteConfig, asked: &Asked<'_>) -> Self {
        let conditions = Conditions::of(&route.matches);
        let mut miss = Self { reasons: Vec::new(), distance: (0, 0), because: "which takes the same requests" };
        if let Some((reason, distance)) = path_reason(&route.matches.path, asked.path) {
            miss.add(reason, distance, "because of its path");
        }
        if !conditions.takes(asked.method) {
            miss.add("method".to_owned(), (1, 0), "because only its method differs");
        }
        if !route.matches.host.as_deref().is_none_or(|host| is_host(host, asked.host)) {
            miss.add("host".to_owned(), (1, 0), "because only its host differs");
        }
        if let Some(name) = conditions.missing_header(asked.headers) {
            miss.add(format!("header {name}"), (1, 0), "because only a header differs");
        }
        if miss.reasons.len() > 1 {
            miss.because = "although several things differ";
        }
        miss
    }

    fn add(&mut self, reason: String, distance: Distance, because: &'static str) {
        self.reasons.push(reason);
        self.distance = (self.distance.0 + distance.0, self.distance.1 + distance.1);
        self.because = because;
    }

    fn reason(&self, winner: Option<&str>) -> String {
        match (self.reasons.is_empty(), winner) {
            (true, Some(winner)) => format!("{winner} goes first"),
            (true, None) => String::new(),
            (false, _) => self.reasons.join(", "),
        }
    }
}

fn is_host(wanted: &str, host: &str) -> bool {
    let host = bare_host(host);
    match wanted.strip_prefix('*') {
        Some(suffix) => is_below(host, suffix),
        None => wanted.eq_ignore_ascii_case(host),
    }
}

/// Why a path does not fit, and how far it is from fitting: segments too many or too few weigh more than others.
fn path_reason(template: &str, path: &str) -> Option<(String, Distance)> {
    let parsed = Template::parse(template);
    if parsed.captures(path).is_some() {
        return None;
    }
    let (wanted, have) = (parsed.segments(), segments(path).collect::<Vec<_>>());
    let differing: Vec<usize> = wanted
        .iter()
        .zip(&have)
        .enumerate()
        .filter(|(_, (segment, have))| matches!(segment, Segment::Literal(literal) if **literal != ***have))
        .map(|(index, _)| index)
        .collect();
    let count =
        |count: usize, what: &str| format!("path has {count} {what} segment{}", if count == 1 { "" } else { "s" });
    let tail = matches!(wanted.last(), Some(Segment::Tail));
    let (reason, length) = match (have.len(), wanted.len()) {
        (have, wanted) if have > wanted && !tail => (Some(count(have - wanted, "extra")), have - wanted),
        (have, wanted) if have < wanted => (Some(count(wanted - have, "missing")), wanted - have),
        _ => (None, 0),
    };
    let distance = (2 * length + 2 * differing.len(), 0);
    let reason = match (differing.first(), reason) {
        (Some(&at), _) => {
            let wanted = match wanted.get(at) {
                Some(Segment::Literal(literal)) => &**literal,
                _ => "",
            };
            format!("path segment {} is {:?}, not {wanted:?}", at + 1, have.get(at).unwrap_or(&""))
        }
        (None, Some(reason)) => reason,
        (None, None) => "path has an empty segment".to_owned(),
    };
    Some((reason, (distance.0.max(2), 0)))
}

impl Explanation {
    /// A table and the outcome; `place` turns a path of the configuration into `file:line:column`.
    #[must_use]
    pub fn to_text(&self, place: &dyn Fn(&ConfigPath) -> String) -> String {
        let width =
            |column: fn(&Row) -> &str| self.rows.iter().map(|row| column(row).chars().count()).max().unwrap_or(0);
        let (names, methods, paths) = (width(|row| &row.route), width(|row| &row.methods), width(|row| &row.path));
        let mut text = String::new();
        for row in &self.rows {
            let verdict = match row.verdict {
                Verdict::Yes => "yes",
                Verdict::Refused => "400",
                Verdict::No => "no",
            };
            let at = row.at.as_ref().map(|at| format!("   {}", place(at))).unwrap_or_default();
            let line = format!(
                "  {:names$}   {:methods$}  {:paths$}   {verdict:3}   {}{at}",
                row.route, row.methods, row.path, row.reason
            );
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text.push_str(&self.outcome);
        text.push('\n');
        text
    }

    /// The same as JSON.
    #[must_use]
    pub fn to_json(&self, place: &dyn Fn(&ConfigPath) -> String) -> serde_json::Value {
        let row = |row: &Row| {
            serde_json::json!({
                "route": row.route,
                "methods": row.methods,
                "path": row.path,
                "verdict": row.verdict,
                "reason": row.reason,
                "at": row.at.as_ref().map(place),
            })
        };
        serde_json::json!({ "routes": self.rows.iter().map(row).collect::<Vec<_>>(), "outcome": self.outcome })
    }
}
