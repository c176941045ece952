//! A filter that is asked about every request and does nothing: what the border itself costs.

use yumen_plugin::{Filter, Manifest, NoConfig, Request, Verdict};

struct Noop;

impl Filter for Noop {
    type Config = NoConfig;

    fn describe() -> Manifest {
        Manifest::new("noop", "1.0.0").on_request::<&str>([])
    }

    fn configure(_config: NoConfig) -> Result<Noop, String> {
        Ok(Noop)
    }

    fn on_request(&self, _request: &Request) -> Verdict {
        Verdict::next()
    }
}

yumen_plugin::export_filter!(Noop);
