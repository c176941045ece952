//! A filter that writes the tenant, the first label of the host, into a field of the request.

use yumen_plugin::{Deserialize, Filter, Manifest, Reply, Request, Verdict};

/// What `plugins[].config` holds.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    header: String,
}

struct AddTenant(Config);

impl Filter for AddTenant {
    type Config = Config;

    fn describe() -> Manifest {
        Manifest::new("add-tenant", "1.0.0").on_request([":authority"]).schema(
            r#"{
              "type": "object", "additionalProperties": false, "required": ["header"],
              "properties": { "header": { "type": "string", "description": "The field that gets the tenant." } }
            }"#,
        )
    }

    fn configure(config: Config) -> Result<AddTenant, String> {
        Ok(AddTenant(config))
    }

    fn on_request(&self, request: &Request) -> Verdict {
        match request.authority().and_then(|host| host.split_once('.')) {
            Some((tenant, _)) => Verdict::next().set(&self.0.header, tenant),
            None => Verdict::reply(Reply::problem(400, "No tenant", "the host must be TENANT.example.com")),
        }
    }
}

yumen_plugin::export_filter!(AddTenant);
