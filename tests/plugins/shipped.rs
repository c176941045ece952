//! Plugins that come with the gateway, in the places where they stand: what one learns of a request, the next goes by.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use crate::world::{Plan, World, run};

/// Who signs tokens, and serves the keys that they are held against.
struct Identity {
    endpoint: String,
    fetches: Arc<AtomicUsize>,
    served: Arc<Mutex<String>>,
}

impl Identity {
    async fn start(keys: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let (fetches, served) = (Arc::<AtomicUsize>::default(), Arc::new(Mutex::new(key_set(keys))));
        let (counted, set) = (Arc::clone(&fetches), Arc::clone(&served));
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let (counted, set) = (Arc::clone(&counted), Arc::clone(&set));
                tokio::spawn(async move {
                    while let Ok(1..) = socket.read(&mut [0; 4096]).await {
                        counted.fetch_add(1, Relaxed);
                        let body = set.lock().unwrap().clone();
                        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
                        socket.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
                    }
                });
            }
        });
        Self { endpoint, fetches, served }
    }

    fn serves(&self, keys: &[&str]) {
        *self.served.lock().unwrap() = key_set(keys);
    }
}

/// The key with this name.
fn key(name: &str) -> SigningKey {
    let mut seed = [7; 32];
    seed[..name.len()].copy_from_slice(name.as_bytes());
    SigningKey::from_bytes(&seed)
}

fn key_set(names: &[&str]) -> String {
    let jwk = |name: &&str| {
        let x = URL_SAFE_NO_PAD.encode(key(name).verifying_key().as_bytes());
        json!({ "kty": "OKP", "crv": "Ed25519", "kid": name, "use": "sig", "x": x })
    };
    json!({ "keys": names.iter().map(jwk).collect::<Vec<_>>() }).to_string()
}

/// The field of a request whose token this key signed.
fn bearer(kid: &str, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&json!({ "alg": "EdDSA", "kid": kid })), part(claims));
    let signature = URL_SAFE_NO_PAD.encode(key(kid).sign(signed.as_bytes()).to_bytes());
    format!("Bearer {signed}.{signature}")
}

/// Claims of a user, which hold for long.
fn claims(user: &str, plan: &str) -> Value {
    json!({ "sub": user, "plan": plan, "aud": "orders", "exp": 4_000_000_000_u64 })
}

fn guarded(plan: Plan, identity: &Identity) -> Plan {
    let config = json!({
        "jwks": { "cluster": "identity", "path": "/keys", "bucket": "keys", "cooldown_s": 1 },
        "audiences": ["orders"], "tags": ["sub", "plan"],
    });
    plan.builtin("jwt-auth", config, json!({ "grants": { "clusters": ["identity"], "kv": ["keys"] } }))
        .used_at_route("jwt-auth")
        .section("clusters", json!([{ "name": "identity", "endpoints": [identity.endpoint] }]))
}

async fn who(world: &World, token: &str) -> String {
    let answer = world.with("/who", &[("authorization", token)]).await;
    answer.expect(200).json().as_str().unwrap().to_owned()
}

#[test]
fn tokens_are_held_against_keys_that_a_cluster_serves_and_new_keys_are_fetched_when_they_are_named() {
    run(async {
        let identity = Identity::start(&["one"]).await;
        let world = guarded(Plan::new(), &identity).start().await;
        let good = bearer("one", &claims("ann", "basic"));
        for _ in 0..20 {
            assert_eq!(who(&world, &good).await, "p0");
        }
        assert!(identity.fetches.load(Relaxed) <= 2, "{} fetches of one set", identity.fetches.load(Relaxed));
        let stranger = bearer("two", &claims("ann", "basic"));
        let forged = good.replace(&good[good.len() - 8..], "AAAAAAAA");
        let other = bearer("one", &json!({ "sub": "ann", "aud": "billing", "exp": 4_000_000_000_u64 }));
        let late = bearer("one", &json!({ "sub": "ann", "aud": "orders", "exp": 1_000_000_000 }));
        for refused in [&*stranger, &*forged, &*other, &*late, "Bearer x", "Basic YTpi"] {
            let answer = world.with("/who", &[("authorization", refused)]).await;
            assert_eq!(answer.status, 401, "{refused}");
            assert!(answer.headers["www-authenticate"].to_str().unwrap().starts_with("Bearer"));
        }
        world.get("/who").await.expect(401);
        identity.serves(&["one", "two"]);
        let begun = Instant::now();
        while world.with("/who", &[("authorization", &stranger)]).await.status != 200 {
            assert!(begun.elapsed() < Duration::from_secs(5), "the cooldown of a second never ends");
        }
        let most = begun.elapsed().as_secs() as usize + 4;
        assert!(identity.fetches.load(Relaxed) <= most, "{} fetches", identity.fetches.load(Relaxed));
    });
}

#[test]
fn a_claim_of_the_token_chooses_the_version_and_the_provider_that_the_user_stays_with() {
    run(async {
        let identity = Identity::start(&["one"]).await;
        let parameters = &["release=1", "release=2", "release=1", "release=2", "release=1", "release=2"];
        let rules = json!([{ "to": "2", "value": "tag.claim.plan", "is": ["beta"] }]);
        let world = guarded(Plan::new().listed(parameters), &identity)
            .builtin("canary-router", json!({ "parameter": "release", "rules": rules }), json!({}))
            .builtin("sticky-balancer", json!({ "key": ["tag.claim.sub"] }), json!({}))
            .service(json!({ "routers": ["canary-router"], "load_balance": { "plugin": "sticky-balancer" } }))
            .start()
            .await;
        for (plan, releases) in [("beta", ["p1", "p3", "p5"]), ("basic", ["p0", "p2", "p4"])] {
            let mut met = BTreeMap::<usize, String>::new();
            for user in (0..30).chain(0..30) {
                let provider = who(&world, &bearer("one", &claims(&format!("user-{user}"), plan))).await;
                let known = met.entry(user).or_insert_with(|| provider.clone());
                assert_eq!(*known, provider, "user {user} of {plan} moved");
            }
            let all: BTreeSet<&str> = met.values().map(String::as_str).collect();
            assert_eq!(all, BTreeSet::from(releases), "{plan}");
        }
    });
}

#[test]
fn a_balancer_whose_key_is_told_by_the_call_alone_needs_no_look_at_the_request() {
    run(async {
        let plan =
            Plan::new().providers(3).builtin("sticky-balancer", json!({ "key": [":method", "trace"] }), json!({}));
        let world = plan.service(json!({ "load_balance": { "plugin": "sticky-balancer" } })).start().await;
        let mut met = BTreeMap::<usize, String>::new();
        for trace in (0..30).chain(0..30) {
            let answer = world.with("/who", &[("x-trace", &format!("trace-{trace}"))]).await;
            let provider = answer.expect(200).json().as_str().unwrap().to_owned();
            let known = met.entry(trace).or_insert_with(|| provider.clone());
            assert_eq!(*known, provider, "trace {trace} moved");
        }
        assert_eq!(met.values().collect::<BTreeSet<_>>().len(), 3, "{met:?}");
    });
}
