//! A service as a consumer sees it: the whole wiring of a call, in [`Reference::build`].
//!
//! ```text
//!  Reference ─▶ cluster policy ─▶ Directory.list ─▶ RouterChain ─▶ LoadBalance ─▶ Member ─▶ DubboInvoker
//! ```

use std::rc::Rc;
use std::sync::Arc;

use arc_swap::ArcSwap;
use futures_util::future::LocalBoxFuture;

use crate::cluster::{self, Selector};
use crate::directory::{Directory, Refer};
use crate::error::RpcError;
use crate::instances::{Instances, Provider};
use crate::invocation::Invocation;
use crate::invoker::Invoker;
use crate::load_balance::{self, LoadBalance};
pub use crate::options::ReferenceOptions;
use crate::pool::Pool;
use crate::protocol::dubbo::DubboInvoker;
use crate::reply::Reply;
use crate::router::RouterChain;

/// A service that can be called, on one worker.
pub struct Reference {
    options: Arc<ReferenceOptions>,
    directory: Rc<Directory>,
    cluster: Rc<dyn Invoker>,
}

impl Reference {
    /// Wires the consumer's side over this worker's connections, without routers and with the balancer that the options
    /// name. Connects to nobody before the first call.
    pub fn build(options: Arc<ReferenceOptions>, instances: Arc<ArcSwap<Instances>>, pool: Rc<Pool>) -> Rc<Self> {
        let directory = Self::directory_of(&options, instances, pool);
        Self::plain(options, directory)
    }

    /// Wires the consumer's side over invokers made by `refer`.
    pub fn with_refer(options: Arc<ReferenceOptions>, instances: Arc<ArcSwap<Instances>>, refer: Refer) -> Rc<Self> {
        Self::plain(options, Directory::new(instances, refer))
    }

    /// Wires the consumer's side over a directory, with routers and a balancer of the caller's. A directory may serve one
    /// reference after the other, so that other routers and another balancer cost none of its connections.
    pub fn over(
        options: Arc<ReferenceOptions>,
        directory: Rc<Directory>,
        routers: RouterChain,
        balance: Box<dyn LoadBalance>,
    ) -> Rc<Self> {
        let selector = Selector { options: options.clone(), directory: Rc::clone(&directory), routers, balance };
        let cluster = cluster::build(options.cluster, selector);
        Rc::new(Self { options, directory, cluster })
    }

    /// The providers of a service, reached through this worker's connections.
    pub fn directory_of(
        options: &Arc<ReferenceOptions>,
        instances: Arc<ArcSwap<Instances>>,
        pool: Rc<Pool>,
    ) -> Rc<Directory> {
        let chosen = options.clone();
        let refer = move |provider: &Arc<Provider>| -> Rc<dyn Invoker> {
            Rc::new(DubboInvoker::new(provider.clone(), &chosen, &pool))
        };
        Directory::new(instances, Box::new(refer))
    }

    fn plain(options: Arc<ReferenceOptions>, directory: Rc<Directory>) -> Rc<Self> {
        let balance = load_balance::build(options.load_balance);
        Self::over(options, directory, RouterChain::default(), balance)
    }

    /// Its providers.
    pub fn directory(&self) -> &Rc<Directory> {
        &self.directory
    }

    /// What the consumer decided.
    pub fn options(&self) -> &Arc<ReferenceOptions> {
        &self.options
    }
}

impl Invoker for Reference {
    fn invoke<'a>(&'a self, call: &'a Invocation<'a>) -> LocalBoxFuture<'a, Result<Reply, RpcError>> {
        self.cluster.invoke(call)
    }

    fn is_available(&self) -> bool {
        self.cluster.is_available()
    }
}
