//! What a token's claims must say, and what is made of them.

use yumen_plugin::Verdict;
use yumen_plugin::json::{Json, Path};

use crate::Refusal;
use crate::config::Config;

/// What claims must say.
pub(crate) struct Rules {
    issuers: Vec<String>,
    audiences: Vec<String>,
    required: Vec<(Path, Vec<String>)>,
    expiry: bool,
    skew: u64,
    tags: Vec<(String, Path)>,
    fields: Vec<(String, Path)>,
}

impl Rules {
    pub(crate) fn new(config: &Config) -> Result<Rules, String> {
        let tag = |name: &String| Ok((format!("claim.{name}"), Path::parse(name)?));
        let field = |(field, claim): (&String, &String)| Ok((field.to_ascii_lowercase(), Path::parse(claim)?));
        let required = |(claim, values): (&String, &Vec<String>)| Ok((Path::parse(claim)?, values.clone()));
        Ok(Rules {
            issuers: config.issuers.clone(),
            audiences: config.audiences.clone(),
            required: config.required.iter().map(required).collect::<Result<_, String>>()?,
            expiry: config.expiry,
            skew: u64::from(config.clock_skew_s) * 1000,
            tags: config.tags.iter().map(tag).collect::<Result<_, String>>()?,
            fields: config.fields.iter().map(field).collect::<Result<_, String>>()?,
        })
    }

    /// Whether the claims suffice at `now`, and until when, in milliseconds since 1970.
    pub(crate) fn holds(&self, claims: &Json, now: u64) -> Result<u64, Refusal> {
        let until = match moment(claims, "exp")? {
            Some(end) => end.saturating_add(self.skew),
            None if self.expiry => return Err(Refusal::Invalid("the token has no expiry")),
            None => u64::MAX,
        };
        if until <= now {
            return Err(Refusal::Invalid("the token has expired"));
        }
        if moment(claims, "nbf")?.is_some_and(|start| start > now + self.skew) {
            return Err(Refusal::Invalid("the token is not valid yet"));
        }
        let issuer = claims.get("iss").and_then(Json::as_str);
        if !self.issuers.is_empty() && !issuer.is_some_and(|issuer| self.issuers.iter().any(|known| known == issuer)) {
            return Err(Refusal::Invalid("the token is of another issuer"));
        }
        if !self.audiences.is_empty() && !claims.get("aud").is_some_and(|aud| says(aud, &self.audiences, false)) {
            return Err(Refusal::Invalid("the token is for another audience"));
        }
        for (path, values) in &self.required {
            // Scopes are words in one text (RFC 8693).
            if !path.find(claims).is_some_and(|claim| says(claim, values, true)) {
                return Err(Refusal::Insufficient("the token lacks a claim that is needed here"));
            }
        }
        Ok(until)
    }

    /// Claims as tags and fields.
    pub(crate) fn verdict(&self, claims: &Json) -> Result<Verdict, Refusal> {
        let mut verdict = Verdict::next();
        for (tag, path) in &self.tags {
            if let Some(text) = path.find(claims).map(told).transpose()?.flatten() {
                verdict = verdict.tag(tag.as_str(), text);
            }
        }
        for (field, path) in &self.fields {
            // What the client wrote there is never left standing.
            verdict = match path.find(claims).map(told).transpose()?.flatten() {
                Some(text) => verdict.set(field.as_str(), text),
                None => verdict.remove(field.as_str()),
            };
        }
        Ok(verdict)
    }

    /// What is made of a request without token.
    pub(crate) fn anonymous(&self) -> Verdict {
        self.fields.iter().fold(Verdict::next(), |verdict, (field, _)| verdict.remove(field.as_str()))
    }
}

/// A claim that is seconds since 1970, in milliseconds.
fn moment(claims: &Json, name: &str) -> Result<Option<u64>, Refusal> {
    let Some(claim) = claims.get(name) else {
        return Ok(None);
    };
    let seconds = match claim {
        Json::Number(text) => text.parse::<f64>().ok().filter(|seconds| (0.0..1e14).contains(seconds)),
        _ => None,
    };
    let seconds = seconds.ok_or(Refusal::Invalid("a time in the token is no time"))?;
    Ok(Some((seconds * 1000.0) as u64))
}

/// Whether a claim is, or holds, one of `values`; with none given, whether it says anything.
fn says(claim: &Json, values: &[String], words: bool) -> bool {
    let fits = |text: &str| {
        values.is_empty()
            || values.iter().any(|value| value == text || words && text.split(' ').any(|word| word == value))
    };
    match claim {
        Json::Null => false,
        Json::Array(elements) => elements.iter().any(|element| element.scalar().is_some_and(|text| fits(&text))),
        Json::Object(_) => values.is_empty(),
        scalar => scalar.scalar().is_some_and(|text| fits(&text)),
    }
}

/// A claim as text: a list with commas, an object as JSON. Text that cannot stand in a field refuses the token.
fn told(claim: &Json) -> Result<Option<String>, Refusal> {
    let text = match claim {
        Json::Null => return Ok(None),
        Json::Array(elements) => elements.iter().filter_map(Json::scalar).collect::<Vec<_>>().join(","),
        Json::Object(_) => claim.to_string(),
        scalar => scalar.scalar().unwrap_or_default(),
    };
    if text.chars().any(char::is_control) {
        return Err(Refusal::Invalid("a claim of the token holds control characters"));
    }
    Ok(Some(text))
}
