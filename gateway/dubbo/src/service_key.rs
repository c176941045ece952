//! Names a service: interface, group and version.

use std::fmt;
use std::str::FromStr;

use crate::url::DubboUrl;

/// A service as consumers ask for it. `Display` and `FromStr` use Dubbo's `[group/]interface[:version]`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ServiceKey {
    /// Java name of the interface; `*` asks for any.
    pub interface: Box<str>,
    /// Group; `*` asks for any, a comma list for any of several.
    pub group: Option<Box<str>>,
    /// Version; `*` asks for any. None is a version of its own, not "any".
    pub version: Option<Box<str>>,
}

/// A text that is no service key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no interface in the service key")]
pub struct NoInterface;

impl ServiceKey {
    /// A key from texts as URLs carry them: empty group and version, and version `0.0.0`, mean none.
    pub fn new(interface: &str, group: Option<&str>, version: Option<&str>) -> Self {
        Self {
            interface: interface.into(),
            group: group.filter(|text| !text.is_empty()).map(Into::into),
            version: version.and_then(normal_version).map(Into::into),
        }
    }

    /// Whether a provider's URL serves this key, by the rules of the interface-level registries
    /// (`UrlUtils.isMatch`): interface equal, category `providers`, not disabled, group equal or in our
    /// comma list, version equal. An empty version matches only an empty one.
    pub fn matches(&self, provider: &DubboUrl) -> bool {
        self.matches_interface(provider)
            && matches!(provider.get("category"), None | Some("" | "providers"))
            && provider.get("enabled") != Some("false")
            && self.matches_group(provider.get("group").filter(|group| !group.is_empty()))
            && self.matches_version(provider.get("version").and_then(normal_version))
    }

    fn matches_interface(&self, provider: &DubboUrl) -> bool {
        let offered = provider.service_interface();
        &*self.interface == "*" || offered == "*" || offered == &*self.interface
    }

    fn matches_group(&self, offered: Option<&str>) -> bool {
        match (self.group.as_deref(), offered) {
            (Some("*"), _) => true,
            (Some(wanted), Some(offered)) => wanted.split(',').any(|one| one.trim() == offered),
            (wanted, offered) => wanted == offered,
        }
    }

    fn matches_version(&self, offered: Option<&str>) -> bool {
        self.version.as_deref() == Some("*") || self.version.as_deref() == offered
    }
}

fn normal_version(version: &str) -> Option<&str> {
    Some(version).filter(|text| !matches!(*text, "" | "0.0.0"))
}

impl fmt::Display for ServiceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(group) = &self.group {
            write!(f, "{group}/")?;
        }
        f.write_str(&self.interface)?;
        match &self.version {
            Some(version) => write!(f, ":{version}"),
            None => Ok(()),
        }
    }
}

impl FromStr for ServiceKey {
    type Err = NoInterface;

    fn from_str(text: &str) -> Result<Self, NoInterface> {
        let (group, rest) = match text.split_once('/') {
            Some((group, rest)) => (Some(group), rest),
            None => (None, text),
        };
        let (interface, version) = match rest.split_once(':') {
            Some((interface, version)) => (interface, Some(version)),
            None => (rest, None),
        };
        if interface.is_empty() {
            return Err(NoInterface);
        }
        Ok(Self::new(interface, group, version))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(key: &str, url: &str, expected: bool) {
        let key: ServiceKey = key.parse().unwrap();
        assert_eq!(key.matches(&DubboUrl::parse(url).unwrap()), expected, "{key} against {url}");
    }

    #[test]
    fn a_key_survives_the_round_trip() {
        for text in ["d.Svc", "g/d.Svc", "d.Svc:1.0", "g/d.Svc:1.0"] {
            assert_eq!(text.parse::<ServiceKey>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn an_empty_or_zero_version_is_no_version() {
        for text in ["d.Svc:", "d.Svc:0.0.0", "/d.Svc"] {
            assert_eq!(text.parse::<ServiceKey>().unwrap(), ServiceKey::new("d.Svc", None, None));
        }
        assert!("g/:1".parse::<ServiceKey>().is_err());
    }

    #[test]
    fn the_interface_must_be_equal_and_falls_back_to_the_path() {
        check("d.Svc", "dubbo://h:1/ctx/d.Svc?interface=d.Svc", true);
        check("d.Svc", "dubbo://h:1/d.Svc", true);
        check("d.Svc", "dubbo://h:1//d.Svc", true);
        check("d.Svc", "dubbo://h:1/d.Other", false);
        check("*", "dubbo://h:1/d.Other", true);
    }

    #[test]
    fn group_matches_by_name_by_list_or_by_star() {
        check("g/d.Svc", "dubbo://h:1/d.Svc?group=g", true);
        check("a,g/d.Svc", "dubbo://h:1/d.Svc?group=g", true);
        check("*/d.Svc", "dubbo://h:1/d.Svc?group=g", true);
        check("*/d.Svc", "dubbo://h:1/d.Svc", true);
        check("d.Svc", "dubbo://h:1/d.Svc?group=", true);
        check("d.Svc", "dubbo://h:1/d.Svc?group=g", false);
        check("g/d.Svc", "dubbo://h:1/d.Svc", false);
    }

    #[test]
    fn an_empty_version_is_not_any_version() {
        check("d.Svc", "dubbo://h:1/d.Svc?version=1", false);
        check("d.Svc:*", "dubbo://h:1/d.Svc?version=1", true);
        check("d.Svc:1", "dubbo://h:1/d.Svc?version=1", true);
        check("d.Svc:1,2", "dubbo://h:1/d.Svc?version=1", false);
        check("d.Svc", "dubbo://h:1/d.Svc?version=0.0.0", true);
    }

    #[test]
    fn disabled_and_foreign_categories_do_not_match() {
        check("d.Svc", "dubbo://h:1/d.Svc?enabled=false", false);
        check("d.Svc", "dubbo://h:1/d.Svc?enabled=true&category=providers", true);
        check("d.Svc", "override://h:1/d.Svc?category=configurators", false);
    }
}
