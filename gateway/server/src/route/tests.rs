//! Which route takes which request.

use http::header::{HeaderName, HeaderValue};
use proptest::prelude::*;

use super::*;
use crate::config::OneOrMany;

/// Name, methods, path, host, headers.
type Written<'a> = (&'a str, &'a str, &'a str, Option<&'a str>, &'a [(&'a str, &'a str)]);

fn routes(list: &[Written<'_>]) -> Vec<RouteConfig> {
    list.iter()
        .map(|(name, methods, path, host, headers)| {
            let headers: serde_json::Map<_, _> =
                headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
            let mut route: RouteConfig = serde_json::from_value(serde_json::json!({
                "name": name,
                "match": { "path": path, "host": host, "headers": headers },
                "to": { "service": "s", "method": "m" },
            }))
            .unwrap();
            route.matches.methods =
                OneOrMany(methods.split(',').filter(|method| !method.is_empty()).map(str::to_owned).collect());
            route
        })
        .collect()
}

struct World {
    routes: Vec<RouteConfig>,
    table: RouteTable,
}

impl World {
    fn new(list: &[Written<'_>]) -> Self {
        let routes = routes(list);
        let mut findings = Vec::new();
        let table = RouteTable::build(&routes, &mut findings);
        assert!(findings.is_empty(), "{findings:?}");
        Self { routes, table }
    }

    /// `GET api.example.com/users/7 x-a=1` → `name [captures]`, `405 allow` or `404`.
    fn ask(&self, request: &str) -> String {
        let (method, rest) = request.split_once(' ').unwrap();
        let (target, header) = rest.split_once(' ').unwrap_or((rest, ""));
        let (host, path) = target.split_at(target.find('/').unwrap());
        let mut headers = HeaderMap::new();
        if let Some((name, value)) = header.split_once('=') {
            headers.insert(HeaderName::try_from(name).unwrap(), HeaderValue::from_str(value).unwrap());
        }
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        match self.table.find(&Asked { method: &method, host, path, headers: &headers }) {
            Found::Route(hit) => {
                let captures = hit.captures.as_slice();
                let name = &self.routes[hit.route].name;
                if captures.is_empty() { name.clone() } else { format!("{name} {captures:?}") }
            }
            Found::NotAllowed { allow } => format!("405 {allow}"),
            Found::Nothing => "404".to_owned(),
        }
    }
}

#[test]
fn the_template_that_is_literal_earliest_goes_first() {
    let world = World::new(&[
        ("tail", "GET", "/{*all}", None, &[]),
        ("item", "GET", "/users/{id}/{item}", None, &[]),
        ("user", "GET", "/users/{id}", None, &[]),
        ("me", "GET", "/users/me", None, &[]),
        ("orders", "GET", "/users/{user}/orders", None, &[]),
        ("files", "GET", "/files/{*rest}", None, &[]),
        ("file", "GET", "/files/{one}", None, &[]),
    ]);
    assert_eq!(world.ask("GET h/users/me"), "me");
    assert_eq!(world.ask("GET h/users/7"), "user [\"7\"]");
    assert_eq!(world.ask("GET h/users/7/orders"), "orders [\"7\"]");
    assert_eq!(world.ask("GET h/users/7/tags"), "item [\"7\", \"tags\"]");
    assert_eq!(world.ask("GET h/users/7/tags/x"), "tail [\"users/7/tags/x\"]");
    assert_eq!(world.ask("GET h/files/a/b%2Fc"), "files [\"a/b%2Fc\"]");
    assert_eq!(world.ask("GET h/files/a"), "file [\"a\"]");
    assert_eq!(world.ask("GET h/"), "404");
    assert_eq!(world.ask("GET h/users/"), "tail [\"users/\"]");
}

#[test]
fn templates_with_different_names_stand_beside_each_other() {
    let world = World::new(&[
        ("get", "GET", "/users/{id}", None, &[]),
        ("put", "PUT", "/users/{key}", None, &[]),
        ("del", "DELETE", "/users/{x}/tags/{y}", None, &[]),
    ]);
    assert_eq!(world.ask("GET h/users/7"), "get [\"7\"]");
    assert_eq!(world.ask("PUT h/users/7"), "put [\"7\"]");
    assert_eq!(world.ask("DELETE h/users/7/tags/8"), "del [\"7\", \"8\"]");
}

#[test]
fn a_path_without_its_method_is_405_with_the_methods_that_would_do() {
    let world = World::new(&[
        ("get", "GET", "/users/{id}", None, &[]),
        ("del", "DELETE,PATCH", "/users/{id}", None, &[]),
        ("post", "POST", "/users", None, &[]),
    ]);
    assert_eq!(world.ask("POST h/users/7"), "405 GET, HEAD, PATCH, DELETE");
    assert_eq!(world.ask("GET h/users"), "405 POST");
    assert_eq!(world.ask("GET h/other"), "404");
}

#[test]
fn head_is_taken_by_get_unless_a_route_names_it() {
    let world = World::new(&[
        ("get", "GET", "/a", None, &[]),
        ("b-get", "GET", "/b", None, &[]),
        ("b-head", "HEAD", "/b", None, &[]),
        ("any", "", "/c", None, &[]),
    ]);
    assert_eq!(world.ask("HEAD h/a"), "get");
    assert_eq!(world.ask("HEAD h/b"), "b-head");
    assert_eq!(world.ask("PURGE h/c"), "any");
}

#[test]
fn hosts_go_from_exact_to_any_and_a_miss_falls_through() {
    let world = World::new(&[
        ("any", "GET", "/a", None, &[]),
        ("any-b", "POST", "/b", None, &[]),
        ("wild", "GET", "/a", Some("*.example.com"), &[]),
        ("deep", "GET", "/a", Some("*.eu.example.com"), &[]),
        ("exact", "GET", "/a", Some("API.example.com"), &[]),
        ("exact-b", "GET", "/b", Some("api.example.com"), &[]),
    ]);
    assert_eq!(world.ask("GET api.EXAMPLE.com:8080/a"), "exact");
    assert_eq!(world.ask("GET x.example.com/a"), "wild");
    assert_eq!(world.ask("GET x.eu.example.com/a"), "deep");
    assert_eq!(world.ask("GET example.com/a"), "any");
    assert_eq!(world.ask("GET [::1]:80/a"), "any");
    assert_eq!(world.ask("POST api.example.com/b"), "any-b");
    assert_eq!(world.ask("PUT api.example.com/b"), "405 GET, HEAD, POST");
}

#[test]
fn header_conditions_choose_and_fall_through() {
    let world = World::new(&[
        ("plain", "GET", "/a", None, &[]),
        ("canary", "GET", "/a", None, &[("x-canary", "yes")]),
        ("special", "GET", "/users/me", None, &[("x-v", "2")]),
        ("user", "GET", "/users/{id}", None, &[]),
        ("only", "GET", "/only", None, &[("x-v", "2")]),
    ]);
    assert_eq!(world.ask("GET h/a x-canary=yes"), "canary");
    assert_eq!(world.ask("GET h/a x-canary=no"), "plain");
    assert_eq!(world.ask("GET h/users/me x-v=2"), "special");
    assert_eq!(world.ask("GET h/users/me"), "user [\"me\"]");
    assert_eq!(world.ask("GET h/only"), "404");
}

#[test]
fn more_parameters_than_there_is_room_for_are_a_finding() {
    let path = "/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}/{i}";
    let mut findings = Vec::new();
    RouteTable::build(&routes(&[("r", "GET", path, None, &[])]), &mut findings);
    assert_eq!(findings.len(), 1);
}

#[test]
fn an_explanation_says_of_every_route_why_not() {
    let world = World::new(&[
        ("get-user", "GET", "/users/{id}", None, &[]),
        ("search-users", "GET", "/users", None, &[]),
        ("create-user", "POST", "/users", None, &[]),
        ("old", "GET", "/v1/{id}", Some("old.example.com"), &[("x-old", "1")]),
    ]);
    let told = |method: Method, path: &str| {
        let headers = HeaderMap::new();
        let asked = Asked { method: &method, host: "h", path, headers: &headers };
        let check = |_: usize, captures: &[&str]| {
            captures.first()?.parse::<i64>().is_err().then(|| (0, format!("path.id: {:?} is not a long", captures[0])))
        };
        explain(&world.routes, &world.table, &asked, &check).to_text(&|at| at.to_string())
    };
    assert_eq!(
        told(Method::GET, "/users/abc"),
        "  get-user       GET   /users/{id}   400   path.id: \"abc\" is not a long   routes[0].args[0]\n  \
           search-users   GET   /users        no    path has 1 extra segment\n  \
           create-user    POST  /users        no    path has 1 extra segment, method\n  \
           old            GET   /v1/{id}      no    path segment 1 is \"users\", not \"v1\", host, header x-old\n\
         get-user takes it and answers 400.\n"
    );
    assert!(told(Method::GET, "/users/7").ends_with("get-user takes it.\n"));
    assert!(
        told(Method::DELETE, "/users")
            .ends_with("no route matches. Nearest: search-users, because only its method differs.\n")
    );
}

/// Templates and paths over a tiny alphabet, so that they meet.
fn template() -> impl Strategy<Value = String> {
    let segment = prop_oneof![Just("a"), Just("b"), Just("{x}")];
    (prop::collection::vec(segment, 1..4), any::<bool>()).prop_map(|(mut segments, tail)| {
        let mut names = 0;
        let mut path = String::new();
        if tail {
            segments.push("{*x}");
        }
        for segment in segments {
            names += 1;
            path.push('/');
            path.push_str(&segment.replace('x', &format!("x{names}")));
        }
        path
    })
}

proptest! {
    #[test]
    fn the_tree_finds_what_asking_every_template_in_order_finds(
        templates in prop::collection::vec(template(), 1..12),
        path in "(/[abc]){1,5}/?",
    ) {
        let list: Vec<_> = templates.iter().map(|path| ("r", "GET", path.as_str(), None, &[][..])).collect();
        let world = World::new(&list);
        let mut fitting: Vec<(Template, Captures)> = templates
            .iter()
            .map(|text| Template::parse(text))
            .filter_map(|template| { let captures = template.captures(&path)?; Some((template, captures)) })
            .collect();
        fitting.sort_by(|(one, _), (other, _)| one.precedence(other));
        let headers = HeaderMap::new();
        let asked = Asked { method: &Method::GET, host: "", path: &path, headers: &headers };
        match (world.table.find(&asked), fitting.first()) {
            (Found::Route(hit), Some((template, captures))) => {
                prop_assert_eq!(&Template::parse(&world.routes[hit.route].matches.path), template);
                prop_assert_eq!(hit.captures.as_slice(), captures.as_slice());
            }
            (Found::Nothing, None) => {}
            (found, expected) => prop_assert!(false, "{found:?} {:?}", expected.is_some()),
        }
    }
}
