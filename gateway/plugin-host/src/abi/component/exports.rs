//! The functions of a guest: where they are in its component, found once, and as callable things of one instance.

use wasmtime::Store;
use wasmtime::component::{Component, ComponentExportIndex, ComponentNamedList, Instance, Lift, Lower, TypedFunc};

use super::room::Room;
use crate::spec::Kind;
use crate::words::{Decision, Invocation, Manifest, Piece, Protocol, RpcError, Service, Side, Snapshot, Verdict};

/// Values that a phase gets, in the order of the manifest's `wants`.
pub(super) type Wanted = &'static [Option<&'static str>];

/// What a router prepares, or why it does not.
pub(super) type Lists = Result<Vec<Vec<u32>>, String>;

/// A function without parameters of its own lifetime; what is lent to a call lives shorter, which a [`TypedFunc`] allows.
pub(super) type Function<Parameters, Result> = TypedFunc<Parameters, (Result,)>;

pub(super) struct Lifecycle {
    pub(super) describe: Function<(), Manifest>,
    pub(super) configure: Function<(&'static str,), Result<(), String>>,
    pub(super) self_test: Function<(), Result<(), String>>,
}

pub(super) struct Filtering {
    pub(super) on_request: Function<(Protocol, Wanted), Verdict>,
    pub(super) on_body: Function<(Side, &'static [u8], bool, u64), Piece>,
    pub(super) on_call: Function<(Wanted, u64), Verdict>,
    pub(super) on_outcome: Function<(bool, u64), Verdict>,
    pub(super) on_response: Function<(u16, Wanted, u64), Verdict>,
    pub(super) on_end: TypedFunc<(u16, u64, u64), ()>,
}

pub(super) struct Routing {
    pub(super) prepare: Function<(&'static Snapshot,), Lists>,
    pub(super) route: Function<(&'static str, Wanted), Decision>,
}

pub(super) struct Balancing {
    pub(super) rebuild: Function<(u32, &'static Snapshot), Result<(), String>>,
    pub(super) forget: TypedFunc<(u32,), ()>,
    pub(super) pick: Function<(u32, u64, u32, u32), u32>,
}

pub(super) struct Serving {
    pub(super) services: Function<(), Vec<Service>>,
    pub(super) invoke: Function<(&'static Invocation,), Result<String, RpcError>>,
}

/// What an instance exports besides its lifecycle.
pub(super) enum World {
    Filter(Filtering),
    Router(Routing),
    LoadBalancer(Balancing),
    Service(Serving),
}

/// Where the functions of a world are, in the order in which [`Paths::world`] takes them.
#[derive(Debug)]
pub(super) struct Paths {
    kind: Kind,
    lifecycle: Vec<ComponentExportIndex>,
    world: Vec<ComponentExportIndex>,
}

const LIFECYCLE: [&str; 3] = ["describe", "configure", "self-test"];
const FILTERING: [&str; 6] = ["on-request", "on-body", "on-call", "on-outcome", "on-response", "on-end"];
const ROUTING: [&str; 2] = ["prepare", "route"];
const BALANCING: [&str; 3] = ["rebuild", "forget", "pick"];
const SERVING: [&str; 2] = ["services", "invoke"];

impl Paths {
    /// Finds the functions; says which one is missing. `exports` are the component's, with their versions.
    pub(super) fn find(component: &Component, kind: Kind, exports: &[String]) -> Result<Paths, String> {
        let (interface, functions): (_, &[&str]) = match kind {
            Kind::Filter => ("filtering", &FILTERING),
            Kind::Router => ("routing", &ROUTING),
            Kind::LoadBalancer => ("balancing", &BALANCING),
            Kind::Service => ("serving", &SERVING),
        };
        Ok(Paths {
            kind,
            lifecycle: functions_of(component, exports, "lifecycle", &LIFECYCLE)?,
            world: functions_of(component, exports, interface, functions)?,
        })
    }

    pub(super) fn lifecycle(&self, store: &mut Store<Room>, instance: &Instance) -> wasmtime::Result<Lifecycle> {
        let mut next = Next { store, instance, left: self.lifecycle.iter() };
        Ok(Lifecycle { describe: next.take()?, configure: next.take()?, self_test: next.take()? })
    }

    pub(super) fn world(&self, store: &mut Store<Room>, instance: &Instance) -> wasmtime::Result<World> {
        let mut next = Next { store, instance, left: self.world.iter() };
        Ok(match self.kind {
            Kind::Filter => World::Filter(Filtering {
                on_request: next.take()?,
                on_body: next.take()?,
                on_call: next.take()?,
                on_outcome: next.take()?,
                on_response: next.take()?,
                on_end: next.take()?,
            }),
            Kind::Router => World::Router(Routing { prepare: next.take()?, route: next.take()? }),
            Kind::LoadBalancer => {
                World::LoadBalancer(Balancing { rebuild: next.take()?, forget: next.take()?, pick: next.take()? })
            }
            Kind::Service => World::Service(Serving { services: next.take()?, invoke: next.take()? }),
        })
    }
}

fn functions_of(
    component: &Component,
    exports: &[String],
    interface: &str,
    functions: &[&str],
) -> Result<Vec<ComponentExportIndex>, String> {
    let prefix = format!("yumen:plugin/{interface}@");
    let name = exports.iter().find(|name| name.starts_with(&prefix)).ok_or(format!("exports no {interface}"))?;
    let inside = component.get_export_index(None, name).ok_or(format!("exports no {name}"))?;
    let find = |function: &&str| {
        component.get_export_index(Some(&inside), function).ok_or(format!("{name} has no function `{function}`"))
    };
    functions.iter().map(find).collect()
}

/// Hands out functions one after the other, each with the type that its taker has.
struct Next<'a> {
    store: &'a mut Store<Room>,
    instance: &'a Instance,
    left: std::slice::Iter<'a, ComponentExportIndex>,
}

impl Next<'_> {
    fn take<P, R>(&mut self) -> wasmtime::Result<TypedFunc<P, R>>
    where
        P: ComponentNamedList + Lower,
        R: ComponentNamedList + Lift,
    {
        let index = self.left.next().ok_or_else(|| wasmtime::Error::msg("a function is missing"))?;
        self.instance.get_typed_func(&mut *self.store, index)
    }
}
