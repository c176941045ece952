//! Legacy configurators: `override://` URLs that a registry keeps beside the providers.
//!
//! Only the simple ones are applied: those that take an address out (`disabled=true`), set its `weight` or `warmup`, or
//! its `timeout` or `retries`, also of single methods (`<method>.timeout`). The last two stand for what the provider
//! registered; unlike in Dubbo, what this consumer's own configuration says goes before them. `loadbalance`, `cluster`,
//! `connections` and all else are not applied. All rules are kept, so that an operator sees what is not applied.
//!
//! | rule | meets |
//! |---|---|
//! | `override://0.0.0.0/iface?…` | every provider |
//! | `override://10.0.0.3:20880/iface?…` | the provider at that address |
//! | `override://10.0.0.3/iface?…` | consumers at that host (dubbo `AbstractConfigurator`), hence not applied |
//!
//! A rule for another `application`, for `side=provider`, with `enabled=false` at its own level, or with conditions
//! (`~key`, `providerAddresses`, `match_condition`) is not applied.

use crate::service_key::ServiceKey;
use crate::url::DubboUrl;

/// Parameters that a simple rule may set, and those among them that it may set for a single method.
const APPLIED: &[&str] = &["weight", "warmup", "timeout", "retries"];
const APPLIED_TO_METHODS: &[&str] = &["timeout", "retries"];
/// Parameters that make a rule conditional.
const CONDITIONS: &[&str] = &["providerAddresses", "match_condition"];

/// The override rules of one service, in the order in which they apply.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Overrides {
    urls: Vec<DubboUrl>,
    application: Box<str>,
}

impl Overrides {
    /// Keeps the rules that are about this service. `application` is the consumer's own name.
    pub fn new(key: &ServiceKey, application: &str, urls: impl IntoIterator<Item = DubboUrl>) -> Self {
        let ours = |url: &DubboUrl| url.protocol == "override" && about(key, url);
        let mut urls: Vec<DubboUrl> = urls.into_iter().filter(ours).collect();
        let priority = |url: &DubboUrl| url.get("priority").and_then(|text| text.parse().ok()).unwrap_or(0_i64);
        urls.sort_by_cached_key(|url| (url.host.clone(), priority(url)));
        Self { urls, application: application.into() }
    }

    /// Every rule of the service, applied or not.
    pub fn urls(&self) -> &[DubboUrl] {
        &self.urls
    }

    /// The provider as the rules leave it; `None` when they take it out.
    pub fn apply(&self, mut provider: DubboUrl) -> Option<DubboUrl> {
        let mut disabled = provider.get("disabled") == Some("true") || provider.get("enabled") == Some("false");
        for rule in self.urls.iter().filter(|rule| self.applies(rule, &provider)).collect::<Vec<_>>() {
            if let Some(value) = rule.get("disabled") {
                disabled = value == "true";
            }
            let set = rule.parameters.iter().filter(|(key, _)| may_set(key));
            provider.parameters.extend(set.map(|(key, value)| (key.clone(), value.clone())));
        }
        (!disabled).then_some(provider)
    }

    fn applies(&self, rule: &DubboUrl, provider: &DubboUrl) -> bool {
        let host = rule.host == "0.0.0.0" || (rule.port != 0 && rule.host == provider.host);
        let port = rule.port == 0 || rule.port == provider.port;
        let application = rule.get("application").is_none_or(|name| ["", "*", &self.application].contains(&name));
        let conditional = CONDITIONS.iter().any(|key| rule.get(key).is_some())
            || rule.parameters.keys().any(|key| key.starts_with('~'));
        let off = rule.get("enabled") == Some("false") || rule.get("side") == Some("provider");
        host && port && application && !conditional && !off
    }
}

fn may_set(key: &str) -> bool {
    APPLIED.contains(&key)
        || key.rsplit_once('.').is_some_and(|(method, key)| !method.is_empty() && APPLIED_TO_METHODS.contains(&key))
}

/// Group and version of a rule must be those of the service, or be left out, or `*`.
fn about(key: &ServiceKey, rule: &DubboUrl) -> bool {
    let fits = |rule: Option<&str>, wanted: Option<&str>| {
        rule.is_none_or(|rule| rule.is_empty() || rule == "*" || wanted == Some("*") || wanted == Some(rule))
    };
    (rule.service_interface() == &*key.interface || rule.service_interface() == "*")
        && fits(rule.get("group"), key.group.as_deref())
        && fits(rule.get("version"), key.version.as_deref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(rules: &[&str], provider: &str, expected: Option<&str>) {
        let key = ServiceKey::new("d.Svc", None, None);
        let overrides = Overrides::new(&key, "edge", rules.iter().map(|rule| DubboUrl::parse(rule).unwrap()));
        let left = overrides.apply(DubboUrl::parse(provider).unwrap());
        assert_eq!(left.map(|url| url.to_string()).as_deref(), expected, "{rules:?}");
    }

    const AT_1: &str = "dubbo://10.0.0.1:20880/d.Svc";

    #[test]
    fn a_rule_for_an_address_takes_that_provider_out_and_no_other() {
        let rule = "override://10.0.0.1:20880/d.Svc?category=configurators&disabled=true";
        check(&[rule], AT_1, None);
        check(&[rule], "dubbo://10.0.0.1:20881/d.Svc", Some("dubbo://10.0.0.1:20881/d.Svc"));
    }

    #[test]
    fn the_rule_of_the_address_beats_the_rule_for_all() {
        let one = "override://10.0.0.1:20880/d.Svc?weight=7";
        check(&[one, "override://0.0.0.0/d.Svc?weight=50"], AT_1, Some("dubbo://10.0.0.1:20880/d.Svc?weight=7"));
    }

    #[test]
    fn a_rule_can_bring_back_what_another_took_out() {
        let rules = ["override://0.0.0.0/d.Svc?disabled=true", "override://10.0.0.1:20880/d.Svc?disabled=false"];
        check(&rules, AT_1, Some(AT_1));
    }

    #[test]
    fn timeout_and_retries_are_set_also_for_a_method_and_nothing_else_is() {
        let rule = "override://0.0.0.0/d.Svc?category=configurators&timeout=900&hi.timeout=50&hi.retries=0&cluster=failfast&token=x&.timeout=1";
        let expected = "dubbo://10.0.0.1:20880/d.Svc?hi.retries=0&hi.timeout=50&timeout=900";
        check(&[rule], &format!("{AT_1}?timeout=300"), Some(expected));
    }

    #[test]
    fn a_rule_for_others_or_with_conditions_is_not_applied() {
        for rule in [
            "override://10.0.0.1/d.Svc?disabled=true",
            "override://0.0.0.0/d.Svc?disabled=true&application=other",
            "override://0.0.0.0/d.Svc?disabled=true&~env=gray",
            "override://0.0.0.0/d.Svc?disabled=true&enabled=false",
            "override://0.0.0.0/d.Svc?disabled=true&side=provider",
            "override://0.0.0.0/d.Svc?disabled=true&group=g",
            "override://0.0.0.0/d.Other?disabled=true",
        ] {
            check(&[rule], AT_1, Some(AT_1));
        }
    }

    #[test]
    fn a_disabled_provider_is_out_without_any_rule() {
        check(&[], "dubbo://10.0.0.1:20880/d.Svc?enabled=false", None);
    }
}
