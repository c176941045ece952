//! JSON Web Tokens: who shows a valid one is let in, and its claims are told.
//!
//! ```text
//!  authorization: Bearer … ─▶ token.rs ─▶ key.rs (static keys, or jwks.rs: side call, cache, rotation) ─▶ claims.rs ─▶ tags
//! ```
//!
//! Each key is bound to one algorithm by what it is and never by what a token says: a public key cannot be used as a secret, and
//! there is no algorithm `none`.

use std::cell::RefCell;

use yumen_plugin::{FailurePolicy, Filter, Manifest, Reply, Request, Side, Verdict, exchange, system};

mod cache;
mod claims;
mod config;
mod jwks;
mod key;
mod rsa;
mod token;

use cache::Cache;
use claims::Rules;
pub use config::Config;
use jwks::{Jwks, KeysError};
use key::Key;
use token::Token;

/// Why a token lets nobody in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// 401: no token, or one that does not hold.
    Invalid(&'static str),
    /// 403: a token that holds and does not suffice.
    Insufficient(&'static str),
    /// 503: there are no keys to judge by.
    NoKeys,
}

/// The plugin.
pub struct JwtAuth {
    field: String,
    scheme: String,
    optional: bool,
    hide: bool,
    keys: Vec<Key>,
    jwks: Option<Jwks>,
    rules: Rules,
    seen: RefCell<Cache>,
}

impl Filter for JwtAuth {
    type Config = Config;

    fn describe() -> Manifest {
        yumen_plugin::manifest!()
            .schema(include_str!("../config.schema.json"))
            .on_request::<&str>([])
            .on_failure(FailurePolicy::Closed)
    }

    fn configure(config: Config) -> Result<JwtAuth, String> {
        let keys = config.keys.iter().map(Key::configured).collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() && config.jwks.is_none() {
            return Err("neither `keys` nor `jwks` says whose tokens hold".to_owned());
        }
        Ok(JwtAuth {
            field: config.field.to_ascii_lowercase(),
            scheme: config.scheme.clone(),
            optional: config.optional,
            hide: config.hide,
            keys,
            jwks: config.jwks.as_ref().map(Jwks::new).transpose()?,
            rules: Rules::new(&config)?,
            seen: RefCell::new(Cache::default()),
        })
    }

    fn on_request(&self, _request: &Request) -> Verdict {
        let shown = exchange::field_all(Side::Request, &self.field);
        let verdict = match shown.as_slice() {
            [] if self.optional => Ok(self.rules.anonymous()),
            [] => Err(Refusal::Invalid("")),
            [value] => self.bearer(value).and_then(|token| self.judged(token)),
            _ => Err(Refusal::Invalid("more than one token is shown")),
        };
        match verdict {
            Ok(verdict) if self.hide => verdict.remove(self.field.as_str()),
            Ok(verdict) => verdict,
            Err(refusal) => Verdict::reply(reply(refusal)),
        }
    }
}

impl JwtAuth {
    /// The token behind the scheme.
    fn bearer<'a>(&self, value: &'a str) -> Result<&'a str, Refusal> {
        if self.scheme.is_empty() {
            return Ok(value.trim());
        }
        let (scheme, token) = value.trim().split_once(' ').ok_or(Refusal::Invalid("the scheme is missing"))?;
        let same = scheme.eq_ignore_ascii_case(&self.scheme);
        if same { Ok(token.trim_start()) } else { Err(Refusal::Invalid("another scheme is expected")) }
    }

    fn judged(&self, text: &str) -> Result<Verdict, Refusal> {
        let now = system::now();
        if let Some(verdict) = self.seen.borrow_mut().get(text, now) {
            return Ok(verdict);
        }
        let token = Token::parse(text)?;
        self.signed(&token, now)?;
        let claims = token.claims()?;
        let until = self.rules.holds(&claims, now)?;
        let verdict = self.rules.verdict(&claims)?;
        // A key that is taken back must stop letting tokens in no later than the key set is looked at again.
        let until = self.jwks.as_ref().map_or(until, |jwks| until.min(now + jwks.refresh()));
        self.seen.borrow_mut().put(text, until, &verdict);
        Ok(verdict)
    }

    /// Whether one of the keys that may have signed it did.
    fn signed(&self, token: &Token, now: u64) -> Result<(), Refusal> {
        if key::any_signed(&self.keys, token) {
            return Ok(());
        }
        let Some(jwks) = &self.jwks else {
            return Err(Refusal::Invalid("the signature does not hold"));
        };
        match jwks.signed(token, now) {
            Ok(true) => Ok(()),
            Ok(false) => Err(Refusal::Invalid("the signature does not hold")),
            Err(KeysError) => Err(Refusal::NoKeys),
        }
    }
}

fn reply(refusal: Refusal) -> Reply {
    match refusal {
        Refusal::Invalid("") => {
            Reply::problem(401, "Not authenticated", "a bearer token is needed").field("www-authenticate", "Bearer")
        }
        Refusal::Invalid(why) => Reply::problem(401, "Not authenticated", why)
            .field("www-authenticate", format!("Bearer error=\"invalid_token\", error_description=\"{why}\"")),
        Refusal::Insufficient(why) => Reply::problem(403, "Not allowed", why)
            .field("www-authenticate", format!("Bearer error=\"insufficient_scope\", error_description=\"{why}\"")),
        Refusal::NoKeys => Reply::problem(503, "Tokens cannot be judged", "the keys are not at hand; try again")
            .field("retry-after", "5"),
    }
}

yumen_plugin::export_filter!(JwtAuth);

#[cfg(test)]
mod tests;
