//! A live guest: its store, its functions, and how they are called.
//!
//! Guests that cannot wait are called on the worker's stack, which costs a tenth of a microsecond. All others run on a fiber: when a host
//! function waits the fiber is set aside and the worker serves other requests. Either way a call that fails leaves nothing to be used again.

use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use send_wrapper::SendWrapper;
use wasmtime::Store;
use wasmtime::component::{Component, ComponentNamedList, InstancePre, Lift, Linker, Lower, TypedFunc};

use super::exports::{Filtering, Function, Lifecycle, Lists, Paths, World};
use super::room::{Room, Seat};
use super::{trap, wasi};
use crate::charter::Charter;
use crate::failure::Failure;
use crate::module::Inspection;
use crate::statistics::Live;
use crate::words::{Decision, Invocation, Manifest, Piece, Protocol, RpcError, Service, Side, Snapshot, Verdict};

/// Calls after which an instance is replaced, whatever it looks like.
const CALLS_MOST: u32 = 10_000;

/// Bytes that a guest may hand over in one call beyond a body.
const HANDED_OVER: usize = 1 << 20;

/// How long making an instance and each step of making it ready may compute while a version is loaded, where nobody waits for it, and how
/// long it may take anywhere.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// Times that a callback may be woken while it waits.
const WAKES: u32 = 10_000;

/// What instances of one version are made from: linked code, and where its functions are.
pub(crate) struct Template {
    linked: InstancePre<Room>,
    paths: Paths,
}

impl Template {
    /// Links the component. Says what does not fit.
    pub(crate) fn new(
        linker: &Linker<Room>,
        component: &Component,
        inspection: &Inspection,
    ) -> Result<Template, String> {
        let linked = linker.instantiate_pre(component).map_err(|error| format!("{error:#}"))?;
        let paths = Paths::find(component, inspection.kind, &inspection.exports)?;
        Ok(Template { linked, paths })
    }

    /// A new instance, not yet configured. Making it, and each step of making it ready, may compute for `patience`.
    pub(crate) async fn instantiate(&self, charter: &Arc<Charter>, patience: Duration) -> Result<Instance, Failure> {
        let mut store = Store::new(self.linked.engine(), Room::new(Arc::clone(charter)));
        store.limiter(|room| &mut room.ledger);
        store.epoch_deadline_callback(|mut store| store.data_mut().expired());
        let body = usize::try_from(charter.limits.body).unwrap_or(usize::MAX);
        store.set_hostcall_fuel(body.saturating_add(HANDED_OVER));
        store.set_max_component_handles(wasi::HANDLES);
        let ticks = store.data_mut().begin(patience);
        store.set_epoch_deadline(ticks);
        let made = if charter.waits {
            let making = self.linked.instantiate_async(&mut store);
            tokio::time::timeout(PATIENCE, making).await.map_err(|_| Failure::Timeout)?
        } else {
            self.linked.instantiate(&mut store)
        };
        let made = made.and_then(|instance| {
            Ok((self.paths.lifecycle(&mut store, &instance)?, self.paths.world(&mut store, &instance)?))
        });
        match made {
            Ok((lifecycle, world)) => Ok(Instance::new(store, lifecycle, world, charter, patience)),
            Err(error) => Err(trap::start(&error, store.data().ledger.refused)),
        }
    }
}

/// A function of one guest, and what it is called with.
pub(crate) struct Callback<P, R> {
    function: TypedFunc<P, R>,
    parameters: P,
}

/// Values that a phase gets.
type Shown<'a> = &'a [Option<&'a str>];

/// A callback, unless the plugin is of another kind.
type Asks<P, R> = Result<Callback<P, R>, Failure>;

/// What a guest can be asked.
pub(crate) trait Ask {
    /// What it answers.
    type Answer;

    /// Asks a guest that cannot wait.
    fn now(self, guest: &mut Instance) -> Result<Self::Answer, Failure>;

    /// Asks any guest, which must have answered at `until` if it waits.
    async fn waiting(self, guest: &mut Instance, until: Instant) -> Result<Self::Answer, Failure>;
}

impl<P, R> Ask for Callback<P, R>
where
    P: ComponentNamedList + Lower,
    R: ComponentNamedList + Lift + 'static,
{
    type Answer = R;

    fn now(self, guest: &mut Instance) -> Result<R, Failure> {
        guest.run_now(self.function, self.parameters)
    }

    async fn waiting(self, guest: &mut Instance, until: Instant) -> Result<R, Failure> {
        guest.run_for(guest.time, until, self.function, self.parameters).await
    }
}

/// A guest that can be called.
pub(crate) struct Instance {
    store: Store<Room>,
    lifecycle: Lifecycle,
    world: World,
    waits: bool,
    /// What a callback may compute.
    time: Duration,
    /// What a step of making it ready may compute.
    patience: Duration,
    calls: u32,
    /// Bytes of memory from which on it is not used again.
    high_water: usize,
    live: Live,
}

impl Instance {
    fn new(store: Store<Room>, lifecycle: Lifecycle, world: World, charter: &Charter, patience: Duration) -> Instance {
        let memory = store.data().ledger.memory;
        let most = usize::try_from(charter.limits.memory).unwrap_or(usize::MAX);
        let mut live = Live::new(Arc::clone(&charter.counts));
        live.holds(memory);
        Instance {
            store,
            lifecycle,
            world,
            waits: charter.waits,
            time: charter.limits.time,
            patience,
            calls: 0,
            high_water: memory + most.saturating_sub(memory) / 2,
            live,
        }
    }

    /// Gives it to a worker: from now on its visits sit in `seat`.
    pub(crate) fn settle(&mut self, seat: Rc<Seat>) {
        self.store.data_mut().seat = Some(SendWrapper::new(seat));
    }

    /// Whether it may be used again.
    pub(crate) fn rest(&mut self) -> bool {
        self.slim() && self.calls < CALLS_MOST
    }

    /// Notes its memory; says whether that is little enough to go on.
    pub(crate) fn slim(&mut self) -> bool {
        let memory = self.store.data().ledger.memory;
        self.live.holds(memory);
        memory <= self.high_water
    }

    pub(crate) async fn describe(&mut self) -> Result<Manifest, Failure> {
        let function = self.lifecycle.describe;
        Ok(self.run_long(function, ()).await?.0)
    }

    /// `Err` inside: the guest's own words for why it does not take the configuration.
    pub(crate) async fn configure(&mut self, config: &str) -> Result<Result<(), String>, Failure> {
        let function: Function<(&str,), Result<(), String>> = self.lifecycle.configure;
        Ok(self.run_long(function, (config,)).await?.0)
    }

    pub(crate) async fn self_test(&mut self) -> Result<Result<(), String>, Failure> {
        let function = self.lifecycle.self_test;
        Ok(self.run_long(function, ()).await?.0)
    }

    pub(crate) async fn services(&mut self) -> Result<Vec<Service>, Failure> {
        let World::Service(world) = &self.world else { return Err(other()) };
        let function = world.services;
        Ok(self.run_long(function, ()).await?.0)
    }

    pub(crate) fn on_request<'a>(
        &self,
        protocol: Protocol,
        wanted: Shown<'a>,
    ) -> Asks<(Protocol, Shown<'a>), (Verdict,)> {
        Ok(Callback { function: self.filtering()?.on_request, parameters: (protocol, wanted) })
    }

    pub(crate) fn on_body<'a>(
        &self,
        side: Side,
        bytes: &'a [u8],
        last: bool,
        state: u64,
    ) -> Asks<(Side, &'a [u8], bool, u64), (Piece,)> {
        Ok(Callback { function: self.filtering()?.on_body, parameters: (side, bytes, last, state) })
    }

    pub(crate) fn on_call<'a>(&self, wanted: Shown<'a>, state: u64) -> Asks<(Shown<'a>, u64), (Verdict,)> {
        Ok(Callback { function: self.filtering()?.on_call, parameters: (wanted, state) })
    }

    pub(crate) fn on_outcome(&self, ok: bool, state: u64) -> Asks<(bool, u64), (Verdict,)> {
        Ok(Callback { function: self.filtering()?.on_outcome, parameters: (ok, state) })
    }

    pub(crate) fn on_response<'a>(
        &self,
        status: u16,
        wanted: Shown<'a>,
        state: u64,
    ) -> Asks<(u16, Shown<'a>, u64), (Verdict,)> {
        Ok(Callback { function: self.filtering()?.on_response, parameters: (status, wanted, state) })
    }

    pub(crate) fn on_end(&self, status: u16, microseconds: u64, state: u64) -> Asks<(u16, u64, u64), ()> {
        Ok(Callback { function: self.filtering()?.on_end, parameters: (status, microseconds, state) })
    }

    pub(crate) fn invoke<'a>(
        &self,
        invocation: &'a Invocation,
    ) -> Asks<(&'a Invocation,), (Result<String, RpcError>,)> {
        let World::Service(world) = &self.world else { return Err(other()) };
        Ok(Callback { function: world.invoke, parameters: (invocation,) })
    }

    fn filtering(&self) -> Result<&Filtering, Failure> {
        match &self.world {
            World::Filter(world) => Ok(world),
            _ => Err(other()),
        }
    }

    pub(crate) fn prepare(&mut self, snapshot: &Snapshot) -> Result<Lists, Failure> {
        let World::Router(world) = &self.world else { return Err(other()) };
        let function: Function<(&Snapshot,), Lists> = world.prepare;
        Ok(self.run_now(function, (snapshot,))?.0)
    }

    pub(crate) fn route(&mut self, service: &str, wanted: &[Option<&str>]) -> Result<Decision, Failure> {
        let World::Router(world) = &self.world else { return Err(other()) };
        let function: Function<(&str, &[Option<&str>]), Decision> = world.route;
        Ok(self.run_now(function, (service, wanted))?.0)
    }

    pub(crate) fn rebuild(&mut self, list: u32, snapshot: &Snapshot) -> Result<Result<(), String>, Failure> {
        let World::LoadBalancer(world) = &self.world else { return Err(other()) };
        let function: Function<(u32, &Snapshot), Result<(), String>> = world.rebuild;
        Ok(self.run_now(function, (list, snapshot))?.0)
    }

    pub(crate) fn forget(&mut self, list: u32) -> Result<(), Failure> {
        let World::LoadBalancer(world) = &self.world else { return Err(other()) };
        let function = world.forget;
        self.run_now(function, (list,))
    }

    pub(crate) fn pick(&mut self, list: u32, key: u64, attempt: u32, exclude: u32) -> Result<u32, Failure> {
        let World::LoadBalancer(world) = &self.world else { return Err(other()) };
        let function = world.pick;
        Ok(self.run_now(function, (list, key, attempt, exclude))?.0)
    }

    fn begin(&mut self, time: Duration) {
        self.calls += 1;
        let ticks = self.store.data_mut().begin(time);
        self.store.set_epoch_deadline(ticks);
    }

    fn ended<R>(&self, result: wasmtime::Result<R>) -> Result<R, Failure> {
        result.map_err(|error| trap::failure(&error, self.store.data().ledger.refused))
    }

    /// A step of making ready.
    async fn run_long<P, R>(&mut self, function: TypedFunc<P, R>, parameters: P) -> Result<R, Failure>
    where
        P: ComponentNamedList + Lower,
        R: ComponentNamedList + Lift + 'static,
    {
        self.run_for(self.patience, Instant::now() + PATIENCE, function, parameters).await
    }

    async fn run_for<P, R>(
        &mut self,
        time: Duration,
        until: Instant,
        function: TypedFunc<P, R>,
        parameters: P,
    ) -> Result<R, Failure>
    where
        P: ComponentNamedList + Lower,
        R: ComponentNamedList + Lift + 'static,
    {
        self.begin(time);
        if !self.waits {
            let result = function.call(&mut self.store, parameters);
            return self.ended(result);
        }
        let seat = self.store.data().seat.as_ref().map(|seat| Rc::clone(&**seat));
        let result = {
            let mut call = pin!(function.call_async(&mut self.store, parameters));
            match poll_fn(|context| Poll::Ready(call.as_mut().poll(context))).await {
                Poll::Ready(result) => result,
                Poll::Pending => wait(call, seat.as_deref(), until).await?,
            }
        };
        self.ended(result)
    }

    /// A call that must end at once: the guest may compute, but it has nothing to wait for.
    fn run_now<P, R>(&mut self, function: TypedFunc<P, R>, parameters: P) -> Result<R, Failure>
    where
        P: ComponentNamedList + Lower,
        R: ComponentNamedList + Lift + 'static,
    {
        self.begin(self.time);
        if !self.waits {
            let result = function.call(&mut self.store, parameters);
            return self.ended(result);
        }
        let polled = {
            let call = pin!(function.call_async(&mut self.store, parameters));
            call.poll(&mut Context::from_waker(Waker::noop()))
        };
        match polled {
            Poll::Ready(result) => self.ended(result),
            Poll::Pending => Err(Failure::Invalid("it waits where it must answer at once".to_owned())),
        }
    }
}

fn other() -> Failure {
    Failure::Invalid("the plugin is of another kind".to_owned())
}

/// Waits for a call that set its fiber aside, until its time has come. Each time it goes on, its clock begins anew; that may not be used to
/// compute for ever, so the times that it is woken are counted, whatever for.
async fn wait<R>(
    mut call: std::pin::Pin<&mut impl Future<Output = R>>,
    seat: Option<&Seat>,
    until: Instant,
) -> Result<R, Failure> {
    let mut late = pin!(tokio::time::sleep_until(until.into()));
    let mut waits = 0;
    poll_fn(|context| {
        if let Some(seat) = seat {
            seat.woken.set(true);
        }
        waits += 1;
        if let Poll::Ready(result) = call.as_mut().poll(context) {
            return Poll::Ready(Ok(result));
        }
        if waits > WAKES {
            return Poll::Ready(Err(Failure::Timeout));
        }
        late.poll_unpin(context).map(|()| Err(Failure::Timeout))
    })
    .await
}
