//! The list follows the instances, keeps what stays, and lets the dead rest.

use std::cell::Cell;

use tokio::task::LocalSet;

use super::*;
use crate::cluster::tests::{Scripted, instances};
use crate::url::DubboUrl;

struct World {
    instances: Arc<ArcSwap<Instances>>,
    directory: Rc<Directory>,
    scripted: Rc<RefCell<HashMap<u16, Rc<Scripted>>>>,
    referred: Rc<Cell<u32>>,
}

impl World {
    fn new(count: usize) -> Self {
        let instances = instances(count, "");
        let scripted: Rc<RefCell<HashMap<u16, Rc<Scripted>>>> = Rc::default();
        let referred = Rc::new(Cell::new(0));
        let (kept, counted) = (scripted.clone(), referred.clone());
        let refer = move |provider: &Arc<Provider>| {
            counted.set(counted.get() + 1);
            kept.borrow_mut().entry(provider.port).or_insert_with(|| Scripted::new([])).clone() as Rc<dyn Invoker>
        };
        let directory = Directory::new(instances.clone(), Box::new(refer));
        Self { instances, directory, scripted, referred }
    }

    fn ports(&self) -> Vec<u16> {
        self.directory.list().members().iter().map(|member| member.provider.port).collect()
    }

    fn member(&self, port: u16) -> Rc<Member> {
        let listed = self.directory.list();
        listed.members().iter().find(|member| member.provider.port == port).unwrap().clone()
    }

    fn kill(&self, ports: impl IntoIterator<Item = u16>) {
        let members: Vec<_> = ports.into_iter().map(|port| self.member(port)).collect();
        for member in &members {
            member.invoker();
            self.scripted.borrow()[&member.provider.port].available.set(false);
        }
        self.directory.mark_dead(&members);
    }

    fn publish(&self, ports: &[u16]) {
        let urls = ports.iter().map(|port| DubboUrl::parse(&format!("dubbo://h:{port}/d.Svc")).unwrap()).collect();
        let next = Instances::build(&self.instances.load(), urls, Origin::Live);
        self.instances.store(Arc::new(next));
    }
}

fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    LocalSet::new().block_on(&runtime, test);
}

/// Lets the rechecks go on until something is so.
async fn until(what: &str, is_so: impl Fn() -> bool) {
    let end = std::time::Instant::now() + Duration::from_secs(10);
    while !is_so() {
        assert!(std::time::Instant::now() < end, "never came: {what}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[test]
fn nothing_is_made_anew_while_the_list_stays() {
    let world = World::new(3);
    let first = world.directory.list();
    assert!(Rc::ptr_eq(&first, &world.directory.list()));
    assert_eq!(world.referred.get(), 0, "an invoker is made when first called");
    world.member(1).invoker();
    world.member(1).invoker();
    assert_eq!(world.referred.get(), 1);
}

#[test]
fn a_new_list_keeps_the_invokers_of_providers_that_stay() {
    let world = World::new(2);
    let kept = world.member(2);
    world.publish(&[2, 3]);
    assert_eq!(world.ports(), [2, 3]);
    assert!(Rc::ptr_eq(&kept, &world.member(2)));
}

#[test]
fn a_dead_provider_stays_out_when_the_list_changes() {
    run(async {
        let world = World::new(3);
        world.kill([2]);
        assert_eq!(world.ports(), [1, 3]);
        world.publish(&[1, 2, 3, 4]);
        assert_eq!(world.ports(), [1, 3, 4]);
    });
}

#[test]
fn a_dead_provider_comes_back_when_a_recheck_reaches_it() {
    run(async {
        let world = World::new(2);
        world.kill([1]);
        let one = world.scripted.borrow()[&1].clone();
        until("three rechecks", || one.rechecks.get() >= 3).await;
        assert_eq!(world.ports(), [2]);
        one.available.set(true);
        until("the provider is back", || world.ports() == [1, 2]).await;
        until("rechecking has ended", || !world.directory.state.borrow().rechecking).await;
    });
}

#[test]
fn ten_of_the_dead_are_rechecked_at_once_and_all_in_turn() {
    run(async {
        let world = World::new(26);
        world.kill(1..=25);
        let rechecks = || world.scripted.borrow().values().map(|one| one.rechecks.get()).sum::<u32>();
        until("the first round", || rechecks() > 0).await;
        assert_eq!(rechecks() % 10, 0);
        until("three rounds", || rechecks() >= 30).await;
        let asked = world.scripted.borrow().values().filter(|one| one.rechecks.get() > 0).count();
        assert_eq!((rechecks() % 10, asked), (0, 25));
    });
}

#[test]
fn when_all_are_dead_all_are_listed() {
    run(async {
        let world = World::new(2);
        world.kill([1, 2]);
        assert_eq!(world.ports(), [1, 2]);
        world.scripted.borrow()[&2].available.set(true);
        until("one is back", || world.ports() == [2]).await;
    });
}

#[test]
fn rechecking_ends_with_the_directory() {
    run(async {
        let world = World::new(2);
        world.kill([1]);
        let one = world.scripted.borrow()[&1].clone();
        drop(world);
        until("the directory's invokers are gone", || Rc::strong_count(&one) == 1).await;
        assert_eq!(one.rechecks.get(), 0);
    });
}
