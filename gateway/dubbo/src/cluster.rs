//! What happens when an attempt fails: each policy is an [`Invoker`] around a directory.

use std::rc::Rc;

use crate::directory::{Candidates, Directory, Member};
use crate::error::{ErrorKind, RpcError, Sent, Side};
use crate::instances::Origin;
use crate::invocation::Invocation;
use crate::invoker::Invoker;
use crate::load_balance::LoadBalance;
pub use crate::options::ClusterKind;
use crate::options::ReferenceOptions;
use crate::reply::Reply;
use crate::router::RouterChain;

pub mod failfast;
pub mod failover;

/// The policy of a kind.
pub fn build(kind: ClusterKind, selector: Selector) -> Rc<dyn Invoker> {
    match kind {
        ClusterKind::Failover => Rc::new(failover::Failover::new(selector)),
        ClusterKind::Failfast => Rc::new(failfast::Failfast::new(selector)),
    }
}

/// Finds the provider of an attempt: list, routers, balancer, availability.
pub struct Selector {
    /// What the consumer decided.
    pub options: std::sync::Arc<ReferenceOptions>,
    /// Who is there.
    pub directory: Rc<Directory>,
    /// Who may take the call.
    pub routers: RouterChain,
    /// Who gets it.
    pub balance: Box<dyn LoadBalance>,
}

impl Selector {
    /// The provider of the next attempt: available and not tried yet; one tried before only when no other is left.
    ///
    /// When the chosen one turns out to be unavailable, all that are so are marked dead and another is chosen. Is none
    /// left, those found dead before may be back: one of them is asked, and the unavailable ones only after them.
    ///
    /// # Errors
    /// [`ErrorKind::NoProvider`] when there is nobody to choose; whatever a router ends the call with.
    pub fn select(&self, call: &Invocation<'_>, tried: &[Rc<Member>]) -> Result<Rc<Member>, RpcError> {
        let listed = self.routers.route(self.directory.list(), call)?;
        self.available(&listed, call, tried)?.ok_or_else(|| self.nobody(&listed))
    }

    /// Whether a provider is left that this call has not tried.
    pub fn has_untried(&self, call: &Invocation<'_>, tried: &[Rc<Member>]) -> bool {
        let listed = self.routers.route(self.directory.list(), call);
        listed.is_ok_and(|listed| listed.members().iter().any(|member| !is_in(tried, member)))
    }

    fn available(
        &self,
        listed: &Rc<Candidates>,
        call: &Invocation<'_>,
        tried: &[Rc<Member>],
    ) -> Result<Option<Rc<Member>>, RpcError> {
        let candidates = untried(listed, tried);
        let preferred = self.preferred(listed, call, tried);
        let Some(chosen) = preferred.or_else(|| self.choose(&candidates, call)) else { return Ok(None) };
        if chosen.is_ready() {
            return Ok(Some(chosen));
        }
        let (up, down): (Vec<_>, Vec<_>) =
            candidates.members().iter().cloned().partition(|member| member.is_available());
        self.directory.mark_dead(&down);
        if let Some(other) = self.choose(&Candidates::new(up), call) {
            return Ok(Some(other));
        }
        let all = untried(&self.routers.route(self.directory.list(), call)?, tried);
        let others = all.filter(|member| !is_in(&down, member));
        Ok(self.choose(&others, call).or_else(|| self.choose(&all, call)))
    }

    /// Whom the balancer names in the whole list, if it was not asked before.
    fn preferred(&self, listed: &Rc<Candidates>, call: &Invocation<'_>, tried: &[Rc<Member>]) -> Option<Rc<Member>> {
        if listed.members().len() < 2 {
            return None;
        }
        let member = listed.members().get(self.balance.prefer(listed, call, tried)?)?;
        (!is_in(tried, member)).then(|| Rc::clone(member))
    }

    /// Whether any provider is expected to be reached.
    pub fn is_available(&self) -> bool {
        self.directory.list().members().iter().any(|member| member.is_available())
    }

    fn choose(&self, candidates: &Candidates, call: &Invocation<'_>) -> Option<Rc<Member>> {
        candidates.members().get(self.balance.select(candidates, call)?).cloned()
    }

    fn nobody(&self, listed: &Candidates) -> RpcError {
        let key = &self.options.key;
        let message = match self.directory.origin() {
            Origin::Pending => format!("no provider of {key}: the registry has not answered yet"),
            Origin::Static => format!("no provider of {key}: no endpoints are configured"),
            _ if !listed.members().is_empty() => format!("no provider of {key} could be chosen"),
            _ => format!("no provider of {key}: the registry lists none"),
        };
        RpcError::new(ErrorKind::NoProvider, Side::Consumer, Sent::Never, message)
    }
}

/// Makes one attempt. An endpoint that could not be connected to, not even slowly, is marked dead.
async fn attempt(selector: &Selector, member: &Rc<Member>, call: &Invocation<'_>) -> Result<Reply, RpcError> {
    if let Some(chosen) = call.chosen {
        chosen.note(&member.provider);
    }
    let outcome = member.invoke(call).await;
    let unreached = |error: &RpcError| {
        error.kind == ErrorKind::Connect || (error.kind == ErrorKind::Timeout && error.sent == Sent::Never)
    };
    if outcome.as_ref().is_err_and(unreached) {
        selector.directory.mark_dead(std::slice::from_ref(member));
    }
    outcome
}

/// Those that were not tried, or all when all were.
fn untried(listed: &Rc<Candidates>, tried: &[Rc<Member>]) -> Rc<Candidates> {
    if tried.is_empty() {
        return listed.clone();
    }
    let untried = listed.filter(|member| !is_in(tried, member));
    if untried.members().is_empty() { listed.clone() } else { Rc::new(untried) }
}

fn is_in(tried: &[Rc<Member>], member: &Rc<Member>) -> bool {
    tried.iter().any(|one| Rc::ptr_eq(one, member))
}

#[cfg(test)]
pub(crate) mod tests;
