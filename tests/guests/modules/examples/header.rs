//! A filter that reads one field of the request and sets another.

use yumen_plugin::{Filter, Manifest, NoConfig, Request, Verdict};

struct Header;

impl Filter for Header {
    type Config = NoConfig;

    fn describe() -> Manifest {
        Manifest::new("header", "1.0.0").on_request(["user-agent"])
    }

    fn configure(_config: NoConfig) -> Result<Header, String> {
        Ok(Header)
    }

    fn on_request(&self, request: &Request) -> Verdict {
        Verdict::next().set("x-agent", request.get("user-agent").unwrap_or("nobody"))
    }
}

yumen_plugin::export_filter!(Header);
