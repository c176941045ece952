//! Everything that can fail beside a gateway fails, one thing after the other, while clients call without a pause.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Weak},
    time::Duration,
};

use http::Method;
use tokio::task::JoinHandle;
use yumen_tests::{
    gateway::send,
    java::{JavaProvider, Line},
    yumen::Yumen,
    zookeeper::ZooKeeper,
};

use crate::{
    depot::program,
    load::{LIMIT, Load, until},
    world::{FREIGHT, run},
};

/// Clients that call. The peers have to share the machine with them.
const CLIENTS: usize = 12;
/// What the gateway may grow by while all this goes on.
const MOST_GROWTH_KIB: usize = 16 << 10;

/// Three providers, one of each line, the ZooKeeper that lists them, and a gateway under load.
struct Drill {
    zookeeper: ZooKeeper,
    providers: BTreeMap<&'static str, JavaProvider>,
    yumen: Arc<Yumen>,
    load: Load,
    hangups: JoinHandle<()>,
}

impl Drill {
    async fn begin(folder: &Path) -> Self {
        let zookeeper = ZooKeeper::start().await;
        let provider = |line, id| {
            let provider = JavaProvider::builder(line).id(id).registry(&zookeeper).exports(&["plain"]);
            provider.warmup(Duration::from_millis(1)).start()
        };
        let (old, middle, new) =
            tokio::join!(provider(Line::V2_7, "old"), provider(Line::V3_2, "middle"), provider(Line::V3_3, "new"));
        let yumen = Arc::new(program(folder, &config(folder, &zookeeper)).await);
        let load = Load::get(yumen.address, CLIENTS, "/who");
        let hangups = tokio::spawn(hang_up(Arc::downgrade(&yumen)));
        let drill = Self {
            zookeeper,
            providers: BTreeMap::from([("old", old), ("middle", middle), ("new", new)]),
            yumen,
            load,
            hangups,
        };
        drill.until_all("at the start").await;
        drill
    }

    /// Waits until each provider has answered again, and nobody complains of the registry.
    async fn until_all(&self, when: &str) {
        for id in self.providers.keys() {
            self.until_answers(id, when).await;
        }
        let address = self.yumen.status;
        until(&format!("ready {when}"), async || {
            send(address, Method::GET, "/readyz", &[], bytes::Bytes::new()).await.text() == "ready\n"
        })
        .await;
        self.sound(when);
    }

    async fn until_answers(&self, id: &str, when: &str) {
        let name = format!("\"{id}\"");
        let before = self.load.count(&name);
        let seen = |tally: &crate::load::Tally| tally.good.get(&name).is_some_and(|count| *count > before);
        self.load.until(&format!("answers of {id} {when}"), |tally| seen(tally) || !tally.bad.is_empty()).await;
    }

    /// Lets the load go on for a while that is long enough for all to notice.
    async fn go_on(&self, when: &str) {
        self.load.some_more(100 * CLIENTS).await;
        self.sound(when);
    }

    /// No request has failed until now.
    fn sound(&self, when: &str) {
        if let Some(first) = self.load.failures().first() {
            panic!("{when}: {first}\n{}", self.yumen.output());
        }
    }

    async fn kill_and_restart_each(&mut self) {
        for id in ["old", "middle", "new"] {
            let when = format!("with {id} killed");
            self.provider(id).kill();
            self.go_on(&when).await;
            self.provider(id).restart().await;
            self.until_answers(id, &when).await;
        }
        self.until_all("after all were killed").await;
    }

    async fn pause_each(&mut self) {
        for id in ["old", "middle", "new"] {
            let paused = self.provider(id).pause();
            self.go_on(&format!("with {id} paused")).await;
            paused.resume();
            self.until_answers(id, "after the pause").await;
        }
    }

    async fn kill_the_registry(&mut self) {
        self.zookeeper.kill();
        self.go_on("without ZooKeeper").await;
        // Nobody tells that this one goes and comes back.
        self.provider("middle").kill();
        self.go_on("without ZooKeeper and a provider").await;
        self.zookeeper.restart().await;
        self.provider("middle").restart().await;
        self.until_all("with ZooKeeper back").await;
    }

    async fn let_sessions_end(&mut self) {
        let paused = self.zookeeper.pause();
        self.go_on("with ZooKeeper paused").await;
        tokio::time::sleep(Duration::from_secs(4)).await; // our session is one of two seconds
        paused.resume();
        self.until_all("after the session ended").await;
    }

    async fn lose_the_registry(&mut self) {
        self.zookeeper.kill();
        self.zookeeper.restart_empty().await;
        self.go_on("with an empty ZooKeeper").await;
        self.provider("new").kill();
        self.go_on("with an empty ZooKeeper and a provider killed").await;
        self.provider("new").restart().await;
        self.until_all("with a new ZooKeeper").await;
    }

    fn provider(&mut self, id: &str) -> &mut JavaProvider {
        self.providers.get_mut(id).unwrap()
    }

    /// Everyone is answered who has asked before the end.
    async fn end(self) {
        self.hangups.abort();
        let _ = self.hangups.await; // it lets go of the process
        self.yumen.signal("TERM");
        let tally = self.load.turned_away().await;
        tally.expect_no_failure();
        assert_eq!(tally.refused, CLIENTS);
        eprintln!("the drill: {} calls, {:?}", tally.answered(), tally.good);
        let mut yumen = Arc::into_inner(self.yumen).unwrap();
        assert_eq!(yumen.ended(LIMIT).await.code(), Some(0), "{}", yumen.output());
    }
}

fn config(folder: &Path, zookeeper: &ZooKeeper) -> String {
    format!(
        r#"version: 1
listeners: [{{ name: web, bind: "127.0.0.1:0" }}]
telemetry: {{ status_bind: "127.0.0.1:0", access_log: {{ format: off }} }}
gateway: {{ workers: 2, drain: 60s, state: {state:?} }}
registries: [{{ name: main, type: zookeeper, address: "{address}", session_timeout: 2s, connect_timeout: 1s }}]
services: [{{ name: freight, interface: {FREIGHT}, registry: main, timeout: 3s }}]
routes: [{{ name: who, match: {{ path: /who }}, to: {{ service: freight, method: who }}, idempotent: true }}]
"#,
        state = folder.join("state"),
        address = zookeeper.address(),
    )
}

/// An operator's SIGHUP every second, for as long as the test holds the process.
async fn hang_up(yumen: Weak<Yumen>) {
    while let Some(yumen) = yumen.upgrade() {
        yumen.signal("HUP");
        drop(yumen);
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// Resident memory of a process.
fn resident_kib(process: u32) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn no_idempotent_call_fails_while_one_provider_lives_whatever_else_dies() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let mut drill = Drill::begin(folder.path()).await;
        drill.kill_and_restart_each().await;
        let before = resident_kib(drill.yumen.id());
        drill.kill_the_registry().await;
        drill.pause_each().await;
        drill.let_sessions_end().await;
        drill.lose_the_registry().await;
        drill.kill_and_restart_each().await;
        let after = resident_kib(drill.yumen.id());
        eprintln!("the drill: {before} KiB, then {after} KiB");
        assert!(after < before + MOST_GROWTH_KIB, "from {before} to {after} KiB");
        drill.end().await;
    });
}
