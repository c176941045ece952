//! The file is followed through every way of changing it.

use super::*;

struct World {
    folder: tempfile::TempDir,
    registry: FileRegistry,
}

impl World {
    fn new(text: Option<&str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("providers");
        if let Some(text) = text {
            std::fs::write(&path, text).unwrap();
        }
        Self { registry: FileRegistry::open(FileOptions { path, application: "edge".into() }), folder }
    }

    fn write(&self, text: &str) {
        std::fs::write(self.folder.path().join("providers"), text).unwrap();
    }

    fn follow(&self) -> Subscription {
        self.registry.subscribe(&ServiceKey::new("a.B", None, None))
    }
}

fn ports(subscription: &Subscription) -> Vec<u16> {
    subscription.instances().load().providers.iter().map(|provider| provider.port).collect()
}

async fn until(follower: &mut Subscription, expected: &[u16]) {
    let seen = async {
        while ports(follower) != expected {
            follower.changed().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), seen).await.expect("the list never came");
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_are_read_at_once_and_bad_ones_are_counted() {
    let text = "# ours\n\ndubbo://h:1/a.B\n dubbo://h:2/a.B?weight=5 \nnonsense\ndubbo://h:x/a.B\ntri://h:4/a.B\ndubbo://h:3/a.C\n";
    let world = World::new(Some(text));
    let follower = world.follow();
    assert_eq!(ports(&follower), [1, 2]);
    let instances = follower.instances().load_full();
    assert_eq!((instances.skipped, instances.origin), (2, Origin::Live));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_json_list_is_read_too() {
    let world = World::new(Some(r#"["dubbo://h:1/a.B", "override://h:1/a.B?disabled=true", "dubbo://h:2/a.B"]"#));
    assert_eq!(ports(&world.follow()), [2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_followed_however_it_is_made() {
    let world = World::new(Some("dubbo://h:1/a.B"));
    let mut follower = world.follow();
    world.write("dubbo://h:1/a.B\ndubbo://h:2/a.B");
    until(&mut follower, &[1, 2]).await;
    let beside = world.folder.path().join("new");
    std::fs::write(&beside, "dubbo://h:3/a.B").unwrap();
    std::fs::rename(&beside, world.folder.path().join("providers")).unwrap();
    until(&mut follower, &[3]).await;
    world.write("");
    until(&mut follower, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_emptied_and_then_written_is_never_an_empty_list() {
    let world = World::new(Some("dubbo://h:1/a.B"));
    let follower = world.follow();
    let mut changes = world.follow();
    let path = world.folder.path().join("providers");
    for round in 2..12 {
        std::fs::write(&path, "").unwrap();
        let emptied = std::time::Instant::now();
        let pause = Duration::from_millis(u64::from(round) * 37 % 300);
        while emptied.elapsed() < pause {
            assert_ne!(ports(&follower), [0_u16; 0], "the list was empty");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        world.write(&format!("dubbo://h:{round}/a.B"));
        until(&mut changes, &[round]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_vanishes_leaves_the_list_and_one_that_appears_fills_it() {
    let world = World::new(None);
    let mut follower = world.follow();
    assert_eq!(follower.instances().load().origin, Origin::Pending);
    world.write("dubbo://h:1/a.B");
    until(&mut follower, &[1]).await;
    let mut state = world.registry.state();
    std::fs::remove_file(world.folder.path().join("providers")).unwrap();
    let lost = state.wait_for(|state| *state == RegistryState::Disconnected);
    tokio::time::timeout(Duration::from_secs(60), lost).await.unwrap().unwrap();
    assert_eq!(ports(&follower), [1]);
    world.write("dubbo://h:2/a.B");
    until(&mut follower, &[2]).await;
}
