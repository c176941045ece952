//! Values in results that nobody outside shall read in full, found by path.
//!
//! Results are masked as the call's outcome, before anything is made of them: over HTTP and Dubbo alike, and the rest of a
//! result stays as it was, digit by digit.

use serde::Deserialize;
use sha2::{Digest, Sha256};
use yumen_plugin::json::{Json, Path};
use yumen_plugin::{Ended, FailurePolicy, Filter, Manifest, Outcome, RpcCode, RpcError, Verdict};

/// What is hidden, and how.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    rules: Vec<RuleConfig>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleConfig {
    path: String,
    #[serde(default)]
    keep_first: usize,
    #[serde(default)]
    keep_last: usize,
    #[serde(default)]
    with: How,
    #[serde(default)]
    salt: String,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum How {
    /// Each hidden character becomes a star.
    #[default]
    Stars,
    /// The value becomes a salted digest: the same for the same value, and nothing else of it is told.
    Hash,
    /// The value becomes `null`.
    Null,
    /// The member goes away.
    Drop,
}

struct Rule {
    path: Path,
    keep_first: usize,
    keep_last: usize,
    how: How,
    salt: String,
}

/// The plugin.
pub struct Mask(Vec<Rule>);

impl Filter for Mask {
    type Config = Config;

    fn describe() -> Manifest {
        yumen_plugin::manifest!()
            .schema(include_str!("../config.schema.json"))
            .on_outcome()
            .on_failure(FailurePolicy::Closed)
    }

    fn configure(config: Config) -> Result<Mask, String> {
        let rule = |rule: RuleConfig| {
            let path = Path::parse(&rule.path)?;
            if path.steps().is_empty() && rule.with == How::Drop {
                return Err("the whole result cannot be dropped: use `with: null`".to_owned());
            }
            Ok(Rule { path, keep_first: rule.keep_first, keep_last: rule.keep_last, how: rule.with, salt: rule.salt })
        };
        config.rules.into_iter().map(rule).collect::<Result<_, String>>().map(Mask)
    }

    fn on_outcome(&self, ended: &Ended) -> Verdict {
        let Some(Outcome::Result(text)) = (if ended.ok { ended.outcome() } else { None }) else {
            return Verdict::next();
        };
        let Ok(mut result) = Json::parse(&text) else {
            // Never pass on what could not be looked into.
            return Verdict::next().set_outcome(RpcError::new(RpcCode::BadResponse, "the result cannot be masked"));
        };
        let masked: usize = self.0.iter().map(|rule| rule.apply(&mut result)).sum();
        if masked == 0 { Verdict::next() } else { Verdict::next().set_outcome(Outcome::Result(result.to_string())) }
    }
}

impl Rule {
    fn apply(&self, result: &mut Json) -> usize {
        match self.how {
            How::Drop => self.path.remove(result),
            How::Null => self.path.each(result, &mut |value| *value = Json::Null),
            How::Hash => self.path.each(result, &mut |value| replace(value, &|text| self.digest(text))),
            How::Stars => self.path.each(result, &mut |value| replace(value, &|text| self.stars(text))),
        }
    }

    /// Never more than two thirds of a value are kept: what is too short to hide is hidden whole.
    fn stars(&self, text: &str) -> String {
        let signs = text.chars().count();
        let (first, last) = (self.keep_first, self.keep_last);
        let (first, last) = if (first + last) * 3 > signs * 2 { (0, 0) } else { (first, last) };
        let masked = |(at, sign): (usize, char)| if at < first || at >= signs - last { sign } else { '*' };
        text.chars().enumerate().map(masked).collect()
    }

    fn digest(&self, text: &str) -> String {
        let digest = Sha256::new().chain_update(&self.salt).chain_update([0]).chain_update(text).finalize();
        digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Masks a string or a number; of an array, each element; an object cannot be read in part and becomes `null`.
fn replace(value: &mut Json, mask: &dyn Fn(&str) -> String) {
    match value {
        Json::Null => {}
        Json::Array(elements) => elements.iter_mut().for_each(|element| replace(element, mask)),
        Json::Object(_) => *value = Json::Null,
        Json::Bool(truth) => *value = Json::String(mask(&truth.to_string())),
        Json::Number(text) | Json::String(text) => *value = Json::String(mask(text)),
    }
}

yumen_plugin::export_filter!(Mask);

#[cfg(test)]
mod tests {
    use super::*;
    use yumen_plugin::testing::load;

    const USER: &str =
        r#"{"id":12345678901234567890,"phone":"13800138000","cards":[{"idCard":"11010119900101123X"}],"pin":1234}"#;

    #[track_caller]
    fn check(rule: &str, expected: &str) {
        let plugin = load::<Mask>(&format!(r#"{{"rules": [{rule}]}}"#)).unwrap();
        let verdict = plugin.on_outcome(Outcome::Result(USER.to_owned()));
        assert_eq!(verdict, Verdict::next().set_outcome(Outcome::Result(expected.to_owned())), "{rule}");
    }

    #[test]
    fn values_are_masked_where_the_path_leads_and_nowhere_else() {
        let rule = r#"{"path": "$.phone", "keep_first": 3, "keep_last": 4}"#;
        check(rule, &USER.replace("13800138000", "138****8000"));
        check(r#"{"path": "**.idCard", "keep_last": 4}"#, &USER.replace("11010119900101123X", "**************123X"));
        check(r#"{"path": "$.pin"}"#, &USER.replace("1234}", "\"****\"}"));
        check(r#"{"path": "$.cards", "with": "null"}"#, &USER.replace(r#"[{"idCard":"11010119900101123X"}]"#, "null"));
        check(
            r#"{"path": "$.cards[*].idCard", "with": "drop"}"#,
            &USER.replace(r#""idCard":"11010119900101123X""#, ""),
        );
    }

    #[test]
    fn a_short_value_is_hidden_whole() {
        check(r#"{"path": "$.pin", "keep_last": 3}"#, &USER.replace("1234}", "\"****\"}"));
    }

    #[test]
    fn an_object_is_not_masked_in_part() {
        check(r#"{"path": "$.cards[0]"}"#, &USER.replace(r#"{"idCard":"11010119900101123X"}"#, "null"));
    }

    #[test]
    fn a_hash_tells_the_same_value_by_the_same_digits_and_depends_on_the_salt() {
        let digest = |salt: &str| {
            let rule = Rule {
                path: Path::parse("$").unwrap(),
                keep_first: 0,
                keep_last: 0,
                how: How::Hash,
                salt: salt.to_owned(),
            };
            rule.digest("13800138000")
        };
        assert_eq!(digest("a"), digest("a"));
        assert_ne!(digest("a"), digest("b"));
        let rule = r#"{"path": "$.phone", "with": "hash", "salt": "a"}"#;
        check(rule, &USER.replace("13800138000", &digest("a")));
    }

    #[test]
    fn what_has_nothing_to_hide_goes_on_untouched() {
        let plugin = load::<Mask>(r#"{"rules": [{"path": "$.nothing"}]}"#).unwrap();
        assert_eq!(plugin.on_outcome(Outcome::Result(USER.to_owned())), Verdict::next());
        assert_eq!(plugin.on_outcome(RpcError::new(RpcCode::ServerError, "phone")), Verdict::next());
    }

    #[test]
    fn what_cannot_be_looked_into_is_not_passed_on() {
        let plugin = load::<Mask>(r#"{"rules": [{"path": "$.phone"}]}"#).unwrap();
        let verdict = plugin.on_outcome(Outcome::Result("{\"phone\":".to_owned()));
        assert!(matches!(verdict.edits[..], [yumen_plugin::Edit::SetOutcome(Outcome::Error(_))]));
    }

    #[test]
    fn rules_that_mean_nothing_are_refused() {
        assert!(load::<Mask>(r#"{"rules": [{"path": "phone["}]}"#).is_err());
        assert!(load::<Mask>(r#"{"rules": [{"path": "$", "with": "drop"}]}"#).is_err());
        assert!(load::<Mask>(r#"{"rules": [{"path": "$.a", "with": "stars", "keep": 1}]}"#).is_err());
    }
}
