//! Between the component's exports and a plugin's trait: one plugin in one instance.

use std::cell::RefCell;
use std::marker::PhantomData;

use serde::de::DeserializeOwned;

use crate::balancer::NOWHERE;
use crate::bindings::{filter, load_balancer, router, service};
use crate::{
    Body, Call, Decision, Described, End, Ended, Filter, Invocation, LoadBalancer, Manifest, Pick, Piece, Protocol,
    Request, Response, Route, Router, RpcError, Service, Side, Snapshot, Verdict, Wanted,
};

/// A configured plugin, and the names that it wants.
pub struct Loaded<P> {
    /// The plugin.
    pub plugin: P,
    /// What it said of itself.
    pub manifest: Manifest,
}

/// Where the one plugin of an instance is kept.
pub struct Slot<P>(RefCell<Option<Loaded<P>>>);

impl<P> Slot<P> {
    /// Empty until `configure`.
    pub const fn new() -> Slot<P> {
        Slot(RefCell::new(None))
    }

    /// What the plugin says of itself once it is configured.
    fn manifest(&self) -> Option<Manifest> {
        self.0.borrow().as_ref().map(|loaded| loaded.manifest.clone())
    }

    fn put(&self, loaded: Loaded<P>) {
        *self.0.borrow_mut() = Some(loaded);
    }

    #[allow(clippy::panic, reason = "a trap is what the gateway expects of an instance that is asked out of turn")]
    fn with<R>(&self, run: impl FnOnce(&mut Loaded<P>) -> R) -> R {
        match self.0.borrow_mut().as_mut() {
            Some(loaded) => run(loaded),
            None => panic!("called before `configure`"),
        }
    }
}

impl<P> Default for Slot<P> {
    fn default() -> Slot<P> {
        Slot::new()
    }
}

/// A type that an `export_…!` macro gave its slot.
pub trait Exported: Sized + 'static {
    /// Runs with the slot.
    fn slot<R>(run: impl FnOnce(&Slot<Self>) -> R) -> R;
}

/// What the exports of a component are implemented for.
pub struct Export<P>(PhantomData<P>);

fn read<C: DeserializeOwned>(json: &str) -> Result<C, String> {
    serde_json::from_str(json).map_err(|error| error.to_string())
}

/// Reads the configuration and makes a filter.
pub fn load_filter<P: Filter>(json: &str) -> Result<Loaded<P>, String> {
    let plugin = P::configure(read(json)?)?;
    let manifest = plugin.configured(P::describe());
    Ok(Loaded { plugin, manifest })
}

/// Reads the configuration and makes a router.
pub fn load_router<P: Router>(json: &str) -> Result<Loaded<P>, String> {
    let plugin = P::configure(read(json)?)?;
    let manifest = plugin.configured(P::describe());
    Ok(Loaded { plugin, manifest })
}

/// Reads the configuration and makes a load balancer.
pub fn load_balancer<P: LoadBalancer>(json: &str) -> Result<Loaded<P>, String> {
    let plugin = P::configure(read(json)?)?;
    let manifest = plugin.configured(P::describe());
    Ok(Loaded { plugin, manifest })
}

/// Reads the configuration and makes a service.
pub fn load_service<P: Service>(json: &str) -> Result<Loaded<P>, String> {
    let plugin = P::configure(read(json)?)?;
    let manifest = plugin.configured(P::describe());
    Ok(Loaded { plugin, manifest })
}

impl<P: Filter> Loaded<P> {
    /// The phase of that name.
    pub fn on_request(&self, protocol: Protocol, wanted: &[Option<String>]) -> Verdict {
        let wanted = Wanted::new(&self.manifest.request_wants, wanted);
        self.plugin.on_request(&Request { protocol, wanted })
    }

    /// The phase of that name.
    pub fn on_call(&self, wanted: &[Option<String>], state: u64) -> Verdict {
        self.plugin.on_call(&Call { wanted: Wanted::new(&self.manifest.call_wants, wanted), state })
    }

    /// The phase of that name.
    pub fn on_response(&self, status: u16, wanted: &[Option<String>], state: u64) -> Verdict {
        let wanted = Wanted::new(&self.manifest.response_wants, wanted);
        self.plugin.on_response(&Response { status, wanted, state })
    }
}

impl<P: Router> Loaded<P> {
    /// A call's route.
    pub fn route(&self, service: &str, wanted: &[Option<String>]) -> Decision {
        self.plugin.route(&Route { service, wanted: Wanted::new(&self.manifest.call_wants, wanted) })
    }
}

impl<P: Filter + Exported> filter::exports::yumen::plugin::lifecycle::Guest for Export<P> {
    fn describe() -> Manifest {
        P::slot(Slot::manifest).unwrap_or_else(P::describe)
    }

    fn configure(json: String) -> Result<(), String> {
        let loaded = load_filter(&json)?;
        P::slot(|slot| slot.put(loaded));
        Ok(())
    }

    fn self_test() -> Result<(), String> {
        P::slot(|slot| slot.with(|loaded| loaded.plugin.self_test()))
    }
}

impl<P: Filter + Exported> filter::exports::yumen::plugin::filtering::Guest for Export<P> {
    fn on_request(protocol: Protocol, wanted: Vec<Option<String>>) -> Verdict {
        P::slot(|slot| slot.with(|loaded| loaded.on_request(protocol, &wanted)))
    }

    fn on_body(side: Side, bytes: Vec<u8>, last: bool, state: u64) -> Piece {
        P::slot(|slot| slot.with(|loaded| loaded.plugin.on_body(&Body { side, bytes, last, state })))
    }

    fn on_call(wanted: Vec<Option<String>>, state: u64) -> Verdict {
        P::slot(|slot| slot.with(|loaded| loaded.on_call(&wanted, state)))
    }

    fn on_outcome(ok: bool, state: u64) -> Verdict {
        P::slot(|slot| slot.with(|loaded| loaded.plugin.on_outcome(&Ended { ok, state })))
    }

    fn on_response(status: u16, wanted: Vec<Option<String>>, state: u64) -> Verdict {
        P::slot(|slot| slot.with(|loaded| loaded.on_response(status, &wanted, state)))
    }

    fn on_end(status: u16, microseconds: u64, state: u64) {
        P::slot(|slot| slot.with(|loaded| loaded.plugin.on_end(&End { status, microseconds, state })));
    }
}

impl<P: Router + Exported> router::exports::yumen::plugin::lifecycle::Guest for Export<P> {
    fn describe() -> Manifest {
        P::slot(Slot::manifest).unwrap_or_else(P::describe)
    }

    fn configure(json: String) -> Result<(), String> {
        let loaded = load_router(&json)?;
        P::slot(|slot| slot.put(loaded));
        Ok(())
    }

    fn self_test() -> Result<(), String> {
        P::slot(|slot| slot.with(|loaded| loaded.plugin.self_test()))
    }
}

impl<P: Router + Exported> router::exports::yumen::plugin::routing::Guest for Export<P> {
    fn prepare(snapshot: Snapshot) -> Result<Vec<Vec<u32>>, String> {
        P::slot(|slot| slot.with(|loaded| loaded.plugin.prepare(snapshot)))
    }

    fn route(service: String, wanted: Vec<Option<String>>) -> Decision {
        P::slot(|slot| slot.with(|loaded| loaded.route(&service, &wanted)))
    }
}

impl<P: LoadBalancer + Exported> load_balancer::exports::yumen::plugin::lifecycle::Guest for Export<P> {
    fn describe() -> Manifest {
        P::slot(Slot::manifest).unwrap_or_else(P::describe)
    }

    fn configure(json: String) -> Result<(), String> {
        let loaded = load_balancer(&json)?;
        P::slot(|slot| slot.put(loaded));
        Ok(())
    }

    fn self_test() -> Result<(), String> {
        P::slot(|slot| slot.with(|loaded| loaded.plugin.self_test()))
    }
}

impl<P: LoadBalancer + Exported> load_balancer::exports::yumen::plugin::balancing::Guest for Export<P> {
    fn rebuild(list: u32, snapshot: Snapshot) -> Result<(), String> {
        P::slot(|slot| slot.with(|loaded| loaded.plugin.rebuild(list, snapshot)))
    }

    fn forget(list: u32) {
        P::slot(|slot| slot.with(|loaded| loaded.plugin.forget(list)));
    }

    fn pick(list: u32, key: u64, attempt: u32, exclude: u32) -> u32 {
        let exclude = (exclude != NOWHERE).then_some(exclude);
        let pick = Pick { list, key, attempt, exclude };
        P::slot(|slot| slot.with(|loaded| loaded.plugin.pick(&pick))).unwrap_or(NOWHERE)
    }
}

impl<P: Service + Exported> service::exports::yumen::plugin::lifecycle::Guest for Export<P> {
    fn describe() -> Manifest {
        P::slot(Slot::manifest).unwrap_or_else(P::describe)
    }

    fn configure(json: String) -> Result<(), String> {
        let loaded = load_service(&json)?;
        P::slot(|slot| slot.put(loaded));
        Ok(())
    }

    fn self_test() -> Result<(), String> {
        P::slot(|slot| slot.with(|loaded| loaded.plugin.self_test()))
    }
}

impl<P: Service + Exported> service::exports::yumen::plugin::serving::Guest for Export<P> {
    fn services() -> Vec<Described> {
        P::slot(|slot| slot.with(|loaded| loaded.plugin.services()))
    }

    fn invoke(invocation: Invocation) -> Result<String, RpcError> {
        P::slot(|slot| slot.with(|loaded| loaded.plugin.invoke(&invocation)))
    }
}

#[doc(hidden)]
#[macro_export]
macro_rules! __export {
    ($plugin:ty, $export:ident, $world:ident) => {
        const _: () = {
            ::std::thread_local! {
                static SLOT: $crate::export::Slot<$plugin> = const { $crate::export::Slot::new() };
            }

            impl $crate::export::Exported for $plugin {
                fn slot<R>(run: impl FnOnce(&$crate::export::Slot<Self>) -> R) -> R {
                    SLOT.with(run)
                }
            }

            #[allow(dead_code, reason = "beside the Wasm target nothing is exported")]
            type Export = $crate::export::Export<$plugin>;

            #[cfg(target_arch = "wasm32")]
    $crate::bindings::$world::$export!(Export with_types_in $crate::bindings::$world);
        };
    };
}

/// Makes the crate a filter: `yumen_plugin::export_filter!(MyFilter);`
#[macro_export]
macro_rules! export_filter {
    ($plugin:ty) => {
        $crate::__export!($plugin, __export_filter, filter);
    };
}

/// Makes the crate a router: `yumen_plugin::export_router!(MyRouter);`
#[macro_export]
macro_rules! export_router {
    ($plugin:ty) => {
        $crate::__export!($plugin, __export_router, router);
    };
}

/// Makes the crate a load balancer: `yumen_plugin::export_load_balancer!(MyBalancer);`
#[macro_export]
macro_rules! export_load_balancer {
    ($plugin:ty) => {
        $crate::__export!($plugin, __export_load_balancer, load_balancer);
    };
}

/// Makes the crate a service: `yumen_plugin::export_service!(MyService);`
#[macro_export]
macro_rules! export_service {
    ($plugin:ty) => {
        $crate::__export!($plugin, __export_service, service);
    };
}
