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
use crate::load_balance;
pub use crate::options::ReferenceOptions;
use crate::pool::Pool;
use crate::protocol::dubbo::DubboInvoker;
use crate::reply::Reply;
use crate::router::RouterChain;

/// A service that can be called, on one worker.
pub struct Reference {
    options: Arc<ReferenceOptions>,
    cluster: Rc<dyn Invoker>,
}

impl Reference {
    /// Wires the consumer's side over this worker's connections. Connects to nobody before the first call.
    pub fn build(options: Arc<ReferenceOptions>, instances: Arc<ArcSwap<Instances>>, pool: Rc<Pool>) -> Rc<Self> {
        let chosen = options.clone();
        let refer = move |provider: &Arc<Provider>| -> Rc<dyn Invoker> {
            Rc::new(DubboInvoker::new(provider.clone(), &chosen, &pool))
        };
        Self::with_refer(options, instances, Box::new(refer))
    }

    /// Wires the consumer's side over invokers made by `refer`.
    pub fn with_refer(options: Arc<ReferenceOptions>, instances: Arc<ArcSwap<Instances>>, refer: Refer) -> Rc<Self> {
        let directory = Directory::new(instances, refer);
        let balance = load_balance::build(options.load_balance);
        let selector = Selector { options: options.clone(), directory, routers: RouterChain::default(), balance };
        let cluster = cluster::build(options.cluster, selector);
        Rc::new(Self { options, cluster })
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
