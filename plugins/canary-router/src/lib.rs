//! A part of the calls goes to the providers of a new version: by share, or by what the request or the call says.
//!
//! Providers are told apart by a parameter of their URL, such as `version` or `tag`. Rules are tried in order; the first whose
//! conditions hold, and that has providers, decides.

use std::collections::HashMap;

use serde::Deserialize;
use yumen_plugin::json::{Json, Path};
use yumen_plugin::{Decision, Endpoint, FailurePolicy, Manifest, Route, Router, RpcCode, RpcError, Snapshot, system};

/// Which calls go where.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    parameter: String,
    rules: Vec<RuleConfig>,
    #[serde(default)]
    otherwise: Option<String>,
    #[serde(default = "yes")]
    fallback: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleConfig {
    to: String,
    #[serde(default)]
    value: Option<String>,
    #[serde(default)]
    path: Option<String>,
    #[serde(default)]
    is: Vec<String>,
    #[serde(default)]
    percent: Option<f64>,
    #[serde(default)]
    by: Option<String>,
}

const fn yes() -> bool {
    true
}

struct Rule {
    to: String,
    condition: Option<Condition>,
    share: Option<Share>,
}

/// A value of the call, and what it must be.
struct Condition {
    want: usize,
    path: Option<Path>,
    is: Vec<String>,
}

/// So many of 10,000 calls; those with the same key go the same way.
struct Share {
    parts: u64,
    by: Option<usize>,
}

/// The plugin.
pub struct CanaryRouter {
    parameter: String,
    rules: Vec<Rule>,
    otherwise: Option<String>,
    fallback: bool,
    wants: Vec<String>,
    services: HashMap<String, Places>,
}

/// The numbers of a service's lists; `None` where a list would be empty.
struct Places {
    rules: Vec<Option<u32>>,
    otherwise: Option<u32>,
}

impl Router for CanaryRouter {
    type Config = Config;

    fn describe() -> Manifest {
        yumen_plugin::manifest!().schema(include_str!("../config.schema.json")).on_failure(FailurePolicy::Open)
    }

    fn configure(config: Config) -> Result<CanaryRouter, String> {
        let mut wants: Vec<String> = Vec::new();
        let mut place = |name: String| {
            wants.iter().position(|known| *known == name).unwrap_or_else(|| {
                wants.push(name);
                wants.len() - 1
            })
        };
        let mut rules = Vec::new();
        for rule in config.rules {
            rules.push(Rule::new(rule, &mut place)?);
        }
        let (parameter, otherwise, fallback) = (config.parameter, config.otherwise, config.fallback);
        Ok(CanaryRouter { parameter, rules, otherwise, fallback, wants, services: HashMap::new() })
    }

    fn configured(&self, manifest: Manifest) -> Manifest {
        manifest.wants_of_calls(self.wants.iter().map(String::as_str))
    }

    fn prepare(&mut self, snapshot: Snapshot) -> Result<Vec<Vec<u32>>, String> {
        let mut lists: Vec<Vec<u32>> = Vec::new();
        let mut keep = |list: Vec<u32>| {
            (!list.is_empty()).then(|| {
                let known = lists.iter().position(|known| *known == list);
                known.unwrap_or_else(|| {
                    lists.push(list);
                    lists.len() - 1
                }) as u32
            })
        };
        let of = |endpoint: &Endpoint| -> Option<String> {
            endpoint.parameters.iter().find(|(name, _)| *name == self.parameter).map(|(_, value)| value.clone())
        };
        let values: Vec<Option<String>> = snapshot.endpoints.iter().map(of).collect();
        let with = |wanted: &dyn Fn(Option<&str>) -> bool| -> Vec<u32> {
            (0_u32..).zip(&values).filter(|(_, value)| wanted(value.as_deref())).map(|(place, _)| place).collect()
        };
        let rules = self.rules.iter().map(|rule| keep(with(&|value| value == Some(rule.to.as_str())))).collect();
        let canary = |value: Option<&str>| self.rules.iter().any(|rule| Some(rule.to.as_str()) == value);
        let otherwise = match &self.otherwise {
            Some(otherwise) => with(&|value| value == Some(otherwise.as_str())),
            None => with(&|value| !canary(value)),
        };
        let otherwise = keep(otherwise);
        self.services.insert(snapshot.service, Places { rules, otherwise });
        Ok(lists)
    }

    fn route(&self, route: &Route) -> Decision {
        let Some(places) = self.services.get(route.service) else {
            return Decision::All;
        };
        for (rule, list) in self.rules.iter().zip(&places.rules) {
            if list.is_none() && self.fallback || !rule.takes(route) {
                continue;
            }
            return list.map_or_else(|| nobody(&rule.to), Decision::Subset);
        }
        match places.otherwise {
            Some(list) => Decision::Subset(list),
            None if self.fallback => Decision::All,
            None => nobody(self.otherwise.as_deref().unwrap_or("other than the rules name")),
        }
    }
}

fn nobody(wanted: &str) -> Decision {
    Decision::Reject(RpcError::new(RpcCode::NetworkError, format!("no provider is {wanted}")))
}

impl Rule {
    fn new(config: RuleConfig, place: &mut impl FnMut(String) -> usize) -> Result<Rule, String> {
        let to = config.to;
        let path = config.path.as_deref().map(Path::parse).transpose()?;
        let condition = match config.value {
            None if !config.is.is_empty() || path.is_some() => {
                return Err(format!("the rule for `{to}` does not say which `value` it looks at"));
            }
            value => value.map(|name| Condition { want: place(name), path, is: config.is }),
        };
        let share = match config.percent {
            None if config.by.is_some() => return Err(format!("the rule for `{to}` has `by` without `percent`")),
            Some(percent) if !(0.0..=100.0).contains(&percent) => return Err(format!("{percent} is no percentage")),
            percent => {
                percent.map(|percent| Share { parts: (percent * 100.0).round() as u64, by: config.by.map(place) })
            }
        };
        if condition.is_none() && share.is_none() {
            return Err(format!("the rule for `{to}` takes every call: give it a `value` or a `percent`"));
        }
        Ok(Rule { to, condition, share })
    }

    fn takes(&self, route: &Route) -> bool {
        self.condition.as_ref().is_none_or(|condition| condition.holds(route))
            && self.share.as_ref().is_none_or(|share| share.takes(route))
    }
}

impl Condition {
    fn holds(&self, route: &Route) -> bool {
        let Some(text) = route.wanted.at(self.want) else {
            return false;
        };
        let found = |text: &str| self.is.is_empty() || self.is.iter().any(|known| known == text);
        // What is JSON is looked into: arguments always are.
        let value = match &self.path {
            Some(path) => Json::parse(text).ok().and_then(|json| path.find(&json).cloned()),
            None if text.starts_with('"') => Json::parse(text).ok(),
            None => return found(text),
        };
        value.is_some_and(|value| value.scalar().map_or(self.is.is_empty(), |text| found(&text)))
    }
}

impl Share {
    fn takes(&self, route: &Route) -> bool {
        let chance = match self.by {
            Some(place) => match route.wanted.at(place) {
                Some(key) => yumen_plugin::counters::hash(key.as_bytes()),
                None => return false,
            },
            None => system::random(),
        };
        // The high bits, since they are the best mixed.
        ((chance >> 32) * 10_000) >> 32 < self.parts
    }
}

yumen_plugin::export_router!(CanaryRouter);

#[cfg(test)]
mod tests {
    use super::*;
    use yumen_plugin::testing::{self, load_router, snapshot};

    const MIXED: [&[(&str, &str)]; 4] = [&[("version", "1")], &[("version", "2")], &[], &[("version", "2")]];

    fn router(config: &str) -> (testing::Router<CanaryRouter>, Vec<Vec<u32>>) {
        let mut router: testing::Router<CanaryRouter> = load_router(config).unwrap();
        let lists = router.prepare(snapshot("users", &MIXED)).unwrap();
        (router, lists)
    }

    #[track_caller]
    fn check(rules: &str, given: &[(&str, &str)], expected: &[u32]) {
        let (router, lists) = router(&format!(r#"{{"parameter": "version", {rules}}}"#));
        match router.route("users", given.iter().copied()) {
            Decision::Subset(list) => assert_eq!(lists[list as usize], expected, "{rules} {given:?}"),
            other => panic!("{rules} {given:?}: {other:?}"),
        }
    }

    #[test]
    fn a_value_of_the_call_leads_to_the_new_version_and_all_others_to_the_rest() {
        let field = r#""rules": [{"to": "2", "value": "request.x-canary", "is": ["1", "yes"]}]"#;
        check(field, &[("request.x-canary", "yes")], &[1, 3]);
        check(field, &[("request.x-canary", "no")], &[0, 2]);
        check(field, &[], &[0, 2]);
        let present = r#""rules": [{"to": "2", "value": "tag.claim.beta"}]"#;
        check(present, &[("tag.claim.beta", "")], &[1, 3]);
        let argument = r#""rules": [{"to": "2", "value": "argument.0", "is": ["Ann", "7"]}]"#;
        check(argument, &[("argument.0", "\"Ann\"")], &[1, 3]);
        check(argument, &[("argument.0", "7")], &[1, 3]);
        check(argument, &[("argument.0", "70")], &[0, 2]);
        let inside = r#""rules": [{"to": "2", "value": "argument.1", "path": "$.user.vip", "is": ["true"]}]"#;
        check(inside, &[("argument.1", r#"{"user":{"vip":true}}"#)], &[1, 3]);
        check(inside, &[("argument.1", r#"{"user":{}}"#)], &[0, 2]);
        check(inside, &[("argument.1", "no json")], &[0, 2]);
    }

    #[test]
    fn otherwise_may_be_named() {
        check(r#""rules": [{"to": "2", "value": "x"}], "otherwise": "1""#, &[], &[0]);
    }

    #[test]
    fn a_share_is_kept_within_a_percent_and_a_key_always_goes_the_same_way() {
        let (router, lists) =
            router(r#"{"parameter": "version", "rules": [{"to": "2", "percent": 10, "by": "tag.user"}]}"#);
        let canary = |key: &str| match router.route("users", [("tag.user", key)]) {
            Decision::Subset(list) => lists[list as usize] == [1, 3],
            other => panic!("{other:?}"),
        };
        let taken = (0..20_000).filter(|key| canary(&format!("user-{key}"))).count();
        assert!((1800..2200).contains(&taken), "{taken} of 20000");
        assert!((0..100).all(|key| canary(&format!("user-{key}")) == canary(&format!("user-{key}"))));
        assert!(!canary("") || canary(""));
    }

    #[test]
    fn shares_of_nothing_and_of_all_are_exact() {
        for random in [0, u64::MAX, 1 << 63] {
            testing::host(|host| host.random = random);
            check(r#""rules": [{"to": "2", "percent": 0}]"#, &[], &[0, 2]);
            testing::host(|host| host.random = random);
            check(r#""rules": [{"to": "2", "percent": 100}]"#, &[], &[1, 3]);
        }
    }

    #[test]
    fn a_rule_without_providers_is_passed_over_or_refused_as_asked() {
        check(r#""rules": [{"to": "3", "value": "x"}, {"to": "2", "value": "x"}]"#, &[("x", "")], &[1, 3]);
        let strict = r#"{"parameter": "version", "fallback": false, "rules": [{"to": "3", "value": "x"}]}"#;
        assert!(matches!(router(strict).0.route("users", [("x", "")]), Decision::Reject(_)));
        let nobody = r#"{"parameter": "version", "rules": [{"to": "3", "value": "x"}], "otherwise": "4"}"#;
        assert_eq!(router(nobody).0.route("users", []), Decision::All);
    }

    #[test]
    fn a_service_that_was_not_prepared_is_left_alone() {
        let (router, _) = router(r#"{"parameter": "version", "rules": [{"to": "2", "value": "x"}]}"#);
        assert_eq!(router.route("orders", [("x", "")]), Decision::All);
    }

    #[test]
    fn rules_that_mean_nothing_are_refused() {
        let refused =
            |rule: &str| load_router::<CanaryRouter>(&format!(r#"{{"parameter": "v", "rules": [{rule}]}}"#)).is_err();
        assert!(refused(r#"{"to": "2"}"#));
        assert!(refused(r#"{"to": "2", "is": ["1"]}"#));
        assert!(refused(r#"{"to": "2", "percent": 101}"#));
        assert!(refused(r#"{"to": "2", "value": "x", "by": "y"}"#));
        assert!(refused(r#"{"to": "2", "value": "x", "path": "$."}"#));
    }
}
