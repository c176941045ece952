//! How many files and sockets the process may have open, and how many of them its ports may give to clients.
//!
//! A process that has used up its descriptors can neither accept, nor connect to a provider, nor show how it stands. So the
//! soft limit is raised at start as far as the hard one lets it, and clients together get half of it, or what the
//! configuration says, but never the last quarter: not of one port, and not of all ports together.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::{config::ListenerConfig, listener::Caps};

/// The soft limit is not raised beyond this: each connection is memory, too.
const ENOUGH: u64 = 65_536;

/// Raises the process' limit of open files. That it may not is no failure: the caps follow the limit.
pub(super) fn raise() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = ENOUGH.min(maximum.unwrap_or(ENOUGH));
    if current.is_some_and(|current| current < wanted)
        && let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum })
    {
        tracing::warn!(%error, "the limit of open files stays at {}", current.unwrap_or_default());
    }
}

/// The caps of each listener, in their order.
pub(super) fn caps(listeners: &[ListenerConfig]) -> Vec<Caps> {
    let limit = getrlimit(Resource::Nofile).current.and_then(|limit| usize::try_from(limit).ok());
    let caps = caps_within(listeners, limit);
    for (listener, caps) in listeners.iter().zip(&caps) {
        if let Some(total) = listener.limits.connection.total.filter(|total| *total as usize > caps.total) {
            let (name, most) = (&listener.name, caps.total);
            tracing::warn!(%name, "{total} connections are more than the limit of open files allows: {most} are taken");
        }
    }
    caps
}

/// The caps in a process that may open `limit` files. Together they leave a quarter of it: when they do not, the largest
/// is lowered first, so that a listener that asks for little gets it.
fn caps_within(listeners: &[ListenerConfig], limit: Option<usize>) -> Vec<Caps> {
    let asked = |cap: Option<u32>| cap.map(|cap| cap as usize);
    let share = limit.map_or(usize::MAX, |limit| limit / 2 / listeners.len().max(1));
    let caps_of = |listener: &ListenerConfig| {
        let total = asked(listener.limits.connection.total).unwrap_or(share);
        Caps { total, per_address: asked(listener.limits.connection.per_address).unwrap_or(usize::MAX) }
    };
    let mut caps: Vec<Caps> = listeners.iter().map(caps_of).collect();
    let mut smallest_first: Vec<&mut Caps> = caps.iter_mut().collect();
    smallest_first.sort_by_key(|caps| caps.total);
    let mut left = limit.map_or(usize::MAX, |limit| limit / 4 * 3);
    for (lowered, caps) in smallest_first.into_iter().enumerate() {
        caps.total = caps.total.min(left / (listeners.len() - lowered));
        left -= caps.total;
    }
    caps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listener(total: Option<u32>, per_address: Option<u32>) -> ListenerConfig {
        let mut listener: ListenerConfig =
            serde_json::from_value(serde_json::json!({ "name": "web", "bind": "127.0.0.1:0" })).unwrap();
        listener.limits.connection.total = total;
        listener.limits.connection.per_address = per_address;
        listener
    }

    fn totals(asked: &[Option<u32>], limit: Option<usize>) -> Vec<usize> {
        let listeners: Vec<_> = asked.iter().map(|asked| listener(*asked, None)).collect();
        let caps = caps_within(&listeners, limit);
        assert!(caps.iter().all(|caps| caps.per_address == usize::MAX), "{caps:?}");
        caps.iter().map(|caps| caps.total).collect()
    }

    #[test]
    fn clients_get_half_of_the_descriptors_and_never_the_last_quarter() {
        for (asked, limit, expected) in [
            (&[None][..], Some(1024), &[512][..]),
            (&[None, None], Some(1024), &[256, 256]),
            (&[Some(100), None], Some(1024), &[100, 256]),
            (&[Some(700)], Some(1024), &[700]),
            (&[Some(5000)], Some(1024), &[768]),
            (&[Some(5000)], None, &[5000]),
            (&[Some(700), Some(700)], Some(1024), &[384, 384]),
            (&[Some(5000), Some(10), None], Some(1024), &[588, 10, 170]),
            (&[], Some(1024), &[]),
        ] {
            assert_eq!(totals(asked, limit), expected, "{asked:?} {limit:?}");
        }
        assert_eq!(caps_within(&[listener(None, Some(3))], Some(1024)), [Caps { total: 512, per_address: 3 }]);
        assert!(totals(&[None, None], None).into_iter().all(|total| total >= usize::MAX / 2));
    }

    #[test]
    fn the_soft_limit_is_at_the_hard_one_or_enough() {
        raise();
        let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
        assert!(current.is_none() || current == maximum || current >= Some(ENOUGH), "{current:?} of {maximum:?}");
    }
}
