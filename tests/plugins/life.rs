//! Versions of a plugin come and go through the admin port while requests flow: none fails, none meets two.

use std::{
    cell::Cell,
    collections::BTreeSet,
    future::Future,
    time::{Duration, Instant},
};

use serde_json::json;
use tokio::{net::TcpListener, time::timeout};

use crate::{
    gate::Gate,
    swap::witness,
    world::{Plan, field, run},
};

/// A gateway whose routes are filtered by `witness`, which is uploaded.
pub async fn started() -> Gate {
    let plugin = json!({ "source": "upload", "on_failure": "open" });
    Gate::start(Plan::new().plugin("witness", "witness", json!({}), plugin).used_at_route("witness"), "witness").await
}

impl Gate {
    /// A witness that answers with this number serves everybody; its id.
    async fn serve(&self, number: u64) -> String {
        let id = self.bring(witness(number)).await;
        let change = self.post("/activate", json!({ "version": id })).await;
        assert_eq!(change["live"], true);
        id
    }

    /// The number of the witness that this user meets: the same in both halves of the exchange.
    pub async fn meets(&self, user: &str) -> Option<u64> {
        let answer = self.world.with("/echo/hello", &[("x-user", user)]).await;
        assert_eq!((answer.status.as_u16(), answer.text().as_str()), (200, "\"hello\""));
        let (request, response) = field(&answer, "x-versions").split_once(' ')?;
        assert_eq!(request, response, "two versions in one exchange");
        Some(request.parse().unwrap())
    }

    /// Requests without pause until `work` is done; how many there were, all of them answered as they should be.
    async fn under_load<T>(&self, work: impl Future<Output = T>) -> (T, usize) {
        let (done, count) = (Cell::new(false), Cell::new(0));
        let load = async |client: usize| {
            while !done.get() {
                self.meets(&format!("user-{client}-{}", count.get())).await;
                count.set(count.get() + 1);
            }
        };
        let work = async {
            let outcome = work.await;
            done.set(true);
            outcome
        };
        let (outcome, ..) = tokio::join!(work, load(0), load(1), load(2));
        (outcome, count.get())
    }
}

/// A filter that traps at every request.
fn trapping() -> Vec<u8> {
    let text = include_str!("../../gateway/plugin-host/src/plugins/tests/guest.wat");
    let text = text.replace("VERSION", "0.0.9").replace("TROUBLE", "unreachable");
    yumen_plugin_encode::encode(&wat::parse_str(text).unwrap(), "filter").unwrap()
}

#[test]
fn versions_that_are_uploaded_under_load_fail_no_request_and_serve_once_they_are_said_to() {
    run(async {
        let gate = started().await;
        assert_eq!(gate.meets("ann").await, None, "it waits for its first upload, and is open meanwhile");
        let swaps = async {
            for number in 1..=20 {
                gate.serve(number).await;
                assert_eq!(gate.meets("ann").await, Some(number), "what is said to be live is");
            }
        };
        let ((), requests) = gate.under_load(swaps).await;
        assert!(requests > 50, "{requests} requests are no load");
        let change = gate.post("/rollback", json!({})).await;
        assert_eq!((&change["live"], gate.meets("ann").await), (&json!(true), Some(19)));
    });
}

#[test]
fn a_canary_keeps_each_user_on_one_side_and_may_be_promoted() {
    run(async {
        let gate = started().await;
        gate.serve(1).await;
        let two = gate.bring(witness(2)).await;
        gate.post("/activate", json!({ "version": two, "canary": { "percent": 30, "sticky": "request.x-user" } }))
            .await;
        let mut taken = BTreeSet::new();
        for user in 0..300 {
            if gate.meets(&format!("user-{user}")).await == Some(2) {
                taken.insert(user);
            }
        }
        assert!((60..=120).contains(&taken.len()), "{} of 300 are not about 30 %", taken.len());
        for user in 0..300 {
            assert_eq!(
                gate.meets(&format!("user-{user}")).await == Some(2),
                taken.contains(&user),
                "user {user} moved"
            );
        }
        gate.post("/canary/promote", json!({})).await;
        assert_eq!(gate.meets("anybody").await, Some(2));
    });
}

#[test]
fn a_canary_that_traps_is_taken_out_by_itself_and_nobody_notices() {
    run(async {
        let gate = started().await;
        let one = gate.serve(1).await;
        let bad = gate.bring(trapping()).await;
        gate.post("/activate", json!({ "version": bad, "canary": { "percent": 50, "sticky": "request.x-user" } }))
            .await;
        let (plugin, requests) = gate.under_load(gate.until(|plugin| plugin["canary"].is_null())).await;
        assert!(requests >= 20, "{requests}");
        assert_eq!(plugin["stable"], json!(one));
        assert!(plugin["note"].as_str().unwrap().contains("taken out"), "{plugin}");
    });
}

#[test]
fn a_canary_whose_exchanges_end_with_errors_is_taken_out_although_it_never_fails_itself() {
    run(async {
        let gate = started().await;
        let one = gate.serve(1).await;
        let bad = gate.bring(witness(503)).await;
        gate.post("/activate", json!({ "version": bad, "canary": { "percent": 50, "sticky": "request.x-user" } }))
            .await;
        let errors = Cell::new(0);
        let asking = async {
            for user in 0.. {
                let answer = gate.world.with("/echo/hello", &[("x-user", &format!("user-{user}"))]).await;
                errors.set(errors.get() + usize::from(answer.status == 503));
            }
        };
        let plugin = tokio::select! {
            plugin = gate.until(|plugin| plugin["canary"].is_null()) => plugin,
            () = asking => unreachable!("users never end"),
        };
        assert!(errors.get() >= 15, "{} errors are too few to judge by", errors.get());
        assert_eq!(plugin["stable"], json!(one));
        assert!(plugin["note"].as_str().unwrap().contains("ended with an error"), "{plugin}");
        assert_eq!(gate.meets("anybody").await, Some(1));
    });
}

#[test]
fn a_fresh_version_that_traps_gives_way_to_the_one_before_it_and_nobody_notices() {
    run(async {
        let gate = started().await;
        let one = gate.serve(1).await;
        let bad = gate.bring(trapping()).await;
        gate.post("/activate", json!({ "version": bad })).await;
        let (plugin, _) = gate.under_load(gate.until(|plugin| plugin["stable"] == json!(one))).await;
        assert!(plugin["note"].as_str().unwrap().contains("taken back"), "{plugin}");
        let begun = Instant::now();
        while gate.meets("ann").await != Some(1) {
            assert!(begun.elapsed() < Duration::from_secs(5), "the workers never hear of it");
        }
    });
}

#[test]
fn what_was_activated_serves_after_a_restart() {
    run(async {
        let gate = started().await;
        gate.serve(1).await;
        gate.serve(2).await;
        let gate = Gate::of(gate.world.restarted().await, "witness");
        assert_eq!(gate.meets("ann").await, Some(2));
        gate.post("/rollback", json!({})).await;
        assert_eq!(gate.meets("ann").await, Some(1));
    });
}

#[test]
fn a_reload_that_waits_for_an_address_keeps_nobody_from_changing_plugins_and_lets_the_gateway_end() {
    run(async {
        let mut gate = started().await;
        gate.serve(1).await;
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let source = format!("https://{}/far.wasm", silent.local_addr().unwrap());
        let far = json!({ "name": "far", "source": source, "digest": format!("sha256:{}", "0".repeat(64)) });
        gate.world.reconfigure(|config| config["plugins"].as_array_mut().unwrap().push(far));
        let asked = timeout(Duration::from_secs(20), silent.accept()).await;
        let _never_answered = asked.expect("the reload fetches").unwrap();
        gate.serve(2).await;
        assert_eq!(gate.meets("ann").await, Some(2));
        gate.post("/rollback", json!({})).await;
        assert_eq!(gate.meets("ann").await, Some(1));
        timeout(Duration::from_secs(10), gate.world.gateway.stop()).await.expect("it ends though the reload does not");
    });
}
