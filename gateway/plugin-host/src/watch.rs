//! The limits of a new version's first time, as a person sets them.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// When a new version is taken back by itself.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Watch {
    /// How long an eye is kept on it: `30s`, `5m`, or a number of seconds. On a canary as long as it is one; this then says how
    /// far back counts go. 0: no eye but for crash loops.
    #[serde(rename = "for", serialize_with = "write_span", deserialize_with = "read_span")]
    pub span: Duration,
    /// Failures as a share of its calls, 0 to 1, above which it goes. For a canary also what the errors of its exchanges (5xx,
    /// calls without a result) may exceed those of the version beside it by, as a share of the exchanges; while fewer than
    /// `min_requests` go beside it, it goes only if nine in ten end with an error. A version that serves everybody is not
    /// judged by errors: nothing beside it would tell them from an outage of providers.
    pub max_error_rate: f64,
    /// How long all but one in a hundred of its calls may take, written as `for` is; none: as long as its budget lets them.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "write_limit", deserialize_with = "read_limit")]
    pub max_p99: Option<Duration>,
    /// Calls or exchanges before a share means anything.
    pub min_requests: u64,
}

/// The longest watch: a day.
const LONGEST: Duration = Duration::from_secs(86_400);

impl Default for Watch {
    fn default() -> Self {
        Self { span: Duration::from_secs(60), max_error_rate: 0.05, max_p99: None, min_requests: 20 }
    }
}

impl Watch {
    /// What is wrong with it, in plain words.
    #[must_use]
    pub fn fault(&self) -> Option<&'static str> {
        match self {
            Self { span, .. } if *span > LONGEST => Some("watch.for is at most a day"),
            Self { max_error_rate, .. } if !(0.0..=1.0).contains(max_error_rate) => {
                Some("watch.max_error_rate is a share from 0 to 1; write 0.05 for 5 %")
            }
            _ => None,
        }
    }
}

fn write_span<S: Serializer>(span: &Duration, to: S) -> Result<S::Ok, S::Error> {
    match span.subsec_micros() % 1_000 {
        0 => to.collect_str(&format_args!("{}ms", span.as_millis())),
        _ => to.collect_str(&format_args!("{}us", span.as_micros())),
    }
}

fn write_limit<S: Serializer>(limit: &Option<Duration>, to: S) -> Result<S::Ok, S::Error> {
    write_span(&limit.unwrap_or_default(), to)
}

fn read_span<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    Span::deserialize(from)?.length().ok_or_else(|| de::Error::custom(told("for")))
}

fn read_limit<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
    let Some(span) = Option::<Span>::deserialize(from)? else { return Ok(None) };
    span.length().map(Some).ok_or_else(|| de::Error::custom(told("max_p99")))
}

fn told(field: &str) -> String {
    format!("watch.{field} is a length of time such as \"30s\" or \"5ms\"")
}

/// A length of time as a person writes it.
#[derive(Deserialize)]
#[serde(untagged, expecting = "a length of time such as \"30s\", or a number of seconds")]
enum Span {
    Seconds(f64),
    Text(String),
}

impl Span {
    fn length(&self) -> Option<Duration> {
        match self {
            Self::Seconds(seconds) => Duration::try_from_secs_f64(*seconds).ok(),
            Self::Text(text) => parse(text),
        }
    }
}

/// A number and one unit.
fn parse(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at(text.find(|sign: char| !sign.is_ascii_digit())?);
    let scale = match unit {
        "us" => 1,
        "ms" => 1_000,
        "s" => 1_000_000,
        "m" => 60_000_000,
        "h" => 3_600_000_000,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(scale).map(Duration::from_micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Duration, String> {
        let watch: Result<Watch, _> = serde_json::from_str(&format!("{{\"for\": {text}}}"));
        watch.map(|watch| watch.span).map_err(|error| error.to_string())
    }

    #[test]
    fn a_span_is_written_with_its_unit_or_as_seconds() {
        for (text, milliseconds) in [
            ("\"30s\"", 30_000),
            ("\"5m\"", 300_000),
            ("\"250ms\"", 250),
            ("\"1h\"", 3_600_000),
            ("1.5", 1_500),
            ("0", 0),
        ] {
            assert_eq!(read(text), Ok(Duration::from_millis(milliseconds)), "{text}");
        }
        for bad in ["\"\"", "\"s\"", "\"30\"", "\"3w\"", "-1", "true", "\"99999999999999999999h\""] {
            assert!(read(bad).unwrap_err().contains("length of time"), "{bad}");
        }
        let kept = serde_json::to_string(&Watch::default()).unwrap();
        assert_eq!(serde_json::from_str::<Watch>(&kept).unwrap(), Watch::default());
        for limit in [Some(Duration::from_micros(1_500)), Some(Duration::from_millis(5)), None] {
            let watch = Watch { max_p99: limit, ..Watch::default() };
            let kept = serde_json::to_string(&watch).unwrap();
            assert_eq!(serde_json::from_str::<Watch>(&kept).unwrap(), watch, "{kept}");
        }
    }

    #[test]
    fn a_limit_that_is_no_share_is_told() {
        assert!(Watch { max_error_rate: 5.0, ..Watch::default() }.fault().is_some());
        assert!(Watch { span: Duration::from_secs(90_000), ..Watch::default() }.fault().is_some());
        assert_eq!(Watch::default().fault(), None);
    }
}
