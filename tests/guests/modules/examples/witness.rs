//! A filter that tells, in every answer, which version saw the request and which one the response.
//!
//! Whoever replaces the digits of [`VERSION`] in the compiled module gets another version; one of 500 and more is the status
//! that it answers every request with.

use std::hint::black_box;

use yumen_plugin::{Filter, Manifest, NoConfig, Reply, Request, Response, Verdict};

const VERSION: &str = "witness-version-0000000000";

struct Witness;

/// Looked up each time, so that the compiler keeps the text.
fn version() -> u64 {
    black_box(VERSION).rsplit('-').next().and_then(|digits| digits.parse().ok()).unwrap_or(u64::MAX)
}

impl Filter for Witness {
    type Config = NoConfig;

    fn describe() -> Manifest {
        Manifest::new("witness", "1.0.0").on_request::<&str>([]).on_response::<&str>([])
    }

    fn configure(_config: NoConfig) -> Result<Witness, String> {
        Ok(Witness)
    }

    fn on_request(&self, _request: &Request) -> Verdict {
        match u16::try_from(version()) {
            Ok(status @ 500..=599) => Verdict::reply(Reply::new(status)),
            _ => Verdict::next().state(version()),
        }
    }

    fn on_response(&self, response: &Response) -> Verdict {
        Verdict::next().set("x-versions", format!("{} {}", response.state, version()))
    }
}

yumen_plugin::export_filter!(Witness);
