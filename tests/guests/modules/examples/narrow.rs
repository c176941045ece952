//! A router that keeps what the request's field `x-to` says: `even`, `first`, `none`, `trap`, a port, or everybody.

use yumen_plugin::{Decision, Manifest, NoConfig, Route, Router, RpcCode, RpcError, Snapshot};

#[derive(Default)]
struct Narrow {
    addresses: Vec<String>,
}

impl Router for Narrow {
    type Config = NoConfig;

    fn describe() -> Manifest {
        Manifest::new("narrow", "1.0.0").wants_of_calls(["request.x-to", "argument.0"])
    }

    fn configure(_config: NoConfig) -> Result<Narrow, String> {
        Ok(Narrow::default())
    }

    fn prepare(&mut self, snapshot: Snapshot) -> Result<Vec<Vec<u32>>, String> {
        self.addresses = snapshot.endpoints.into_iter().map(|endpoint| endpoint.address).collect();
        let even = (0..self.addresses.len() as u32).step_by(2).collect();
        Ok(vec![even, vec![0]])
    }

    fn route(&self, route: &Route) -> Decision {
        match route.get("request.x-to") {
            None => Decision::All,
            Some("even") => Decision::Subset(0),
            Some("first") => Decision::Subset(1),
            Some("wrong") => Decision::Subset(7),
            Some("trap") => panic!("told to trap"),
            Some("none") => {
                let asked = route.get("argument.0").unwrap_or("-");
                Decision::Reject(RpcError::new(RpcCode::Overloaded, format!("nobody for {asked}")))
            }
            Some(port) => {
                let here = |address: &String| address.ends_with(&format!(":{port}"));
                let places = self.addresses.iter().enumerate().filter(|(_, address)| here(address));
                Decision::Places(places.map(|(place, _)| place as u32).collect())
            }
        }
    }
}

yumen_plugin::export_router!(Narrow);
