//! Endpoints and their connections: made late, shared, lost, made again.

use std::time::{Duration, Instant};

use yumen_dubbo::error::{ErrorKind, Sent};
use yumen_dubbo::exchange::ExchangeOptions;
use yumen_dubbo::exchange::client::Strays;
use yumen_dubbo::exchange::server::ServerReply;
use yumen_dubbo::invocation::Method;
use yumen_dubbo::invoker::Invoker;
use yumen_dubbo::options::ReferenceOptions;
use yumen_dubbo::pool::{EndpointOptions, Pool};

use crate::peer::{
    LIMIT, Peer, invoke, invoke_with, invoker, listen, options, provider, run, serve, settle, soon, until,
};

#[test]
fn nothing_is_connected_before_the_first_call() {
    run(async {
        let (server, port) = provider(|_| ServerReply::Null).await;
        let invoker = invoker(port, &options(), &Pool::default());
        settle().await;
        assert!(invoker.is_available());
        assert_eq!(server.connections(), 0);
        invoke(&invoker).await.unwrap();
        assert_eq!(server.connections(), 1);
    });
}

#[test]
fn services_at_one_address_share_its_connections() {
    run(async {
        let (server, port) = provider(|_| ServerReply::Null).await;
        let pool = Pool::default();
        for _ in 0..3 {
            invoke(&invoker(port, &options(), &pool)).await.unwrap();
        }
        let (one, two) = (invoker(port, &options(), &pool), invoker(port, &options(), &pool));
        let (first, second) = tokio::join!(invoke(&one), invoke(&two));
        assert!(first.is_ok() && second.is_ok());
        until("those of dropped invokers are gone", || server.connections() == 1).await;
    });
}

#[test]
fn several_connections_are_used_in_turn() {
    run(async {
        let listener = listen().await;
        let options = ReferenceOptions { connections: 3, ..options() };
        let invoker = invoker(listener.local_addr().unwrap().port(), &options, &Pool::default());
        let mut peers = Vec::new();
        // The first call begins to make all of them and takes the one that is there first.
        let (reply, _) = tokio::join!(invoke(&invoker), async {
            for _ in 0..3 {
                peers.push(Peer::new(listener.accept().await.unwrap().0));
            }
            answer_one(&mut peers).await
        });
        reply.unwrap();
        settle().await;
        let mut used = Vec::new();
        for _ in 0..6 {
            let (reply, at) = tokio::join!(invoke(&invoker), answer_one(&mut peers));
            reply.unwrap();
            used.push(at);
        }
        assert_eq!(used[..3], used[3..]);
        used.sort_unstable();
        assert_eq!(used, [0, 0, 1, 1, 2, 2]);
    });
}

/// Answers the one request that comes to one of several peers; says which.
async fn answer_one(peers: &mut [Peer]) -> usize {
    let waits = peers.iter_mut().enumerate().map(|(at, peer)| {
        Box::pin(async move {
            let id = peer.frame().await.unwrap().header.id;
            peer.reply(id, "ok").await;
            at
        })
    });
    futures_util::future::select_all(waits).await.0
}

#[test]
fn a_closed_port_fails_fast_and_comes_back_by_itself() {
    run(async {
        let listener = listen().await;
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let invoker = invoker(port, &options(), &Pool::default());
        for _ in 0..3 {
            let error = invoke(&invoker).await.unwrap_err();
            assert_eq!((error.kind, error.sent), (ErrorKind::Connect, Sent::Never));
            assert!(error.message.contains(&format!("127.0.0.1:{port}")), "{error}");
            assert!(!invoker.is_available());
        }
        let again = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let (_server, _) = serve(again, ExchangeOptions::default(), |_| ServerReply::Null);
        until("the recheck finds it", || invoker.is_available()).await;
        invoke(&invoker).await.unwrap();
    });
}

/// Pauses that no test waits for.
fn patient() -> EndpointOptions {
    EndpointOptions { first_backoff: LIMIT * 10, longest_backoff: LIMIT * 10, ..EndpointOptions::default() }
}

#[test]
fn a_provider_that_is_back_is_found_by_the_calls_for_it_whatever_the_pause() {
    run(async {
        let listener = listen().await;
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let endpoint = Pool::default().endpoint("127.0.0.1", port, &patient());
        assert_eq!(endpoint.client(soon()).await.unwrap_err().kind, ErrorKind::Connect);
        let again = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let (_server, _) = serve(again, ExchangeOptions::default(), |_| ServerReply::Null);
        while endpoint.client(soon()).await.is_err() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        assert!(endpoint.is_available());
    });
}

#[test]
fn a_provider_that_stays_away_is_not_dialled_by_every_call() {
    run(async {
        let listener = listen().await;
        let endpoint = Pool::default().endpoint("127.0.0.1", listener.local_addr().unwrap().port(), &patient());
        let accepted = std::cell::Cell::new(0_u32);
        let closing = async {
            loop {
                drop(listener.accept().await.unwrap());
                accepted.set(accepted.get() + 1);
            }
        };
        let begun = Instant::now();
        let calling = async {
            while accepted.get() < 6 {
                // A connection that is closed at once may be had for a moment.
                drop(endpoint.client(soon()).await);
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::select! { () = closing => {}, () = calling => {} }
        assert!(begun.elapsed() >= Duration::from_millis(500), "{:?}", begun.elapsed());
    });
}

#[test]
fn a_call_does_not_wait_long_for_a_provider_that_was_not_there_before() {
    run(async {
        let (silent, _fillers) = deaf().await;
        let options = EndpointOptions { connect_timeout: Duration::from_millis(20), ..patient() };
        let endpoint = Pool::default().endpoint("127.0.0.1", silent.local_addr().unwrap().port(), &options);
        assert_eq!(endpoint.client(soon()).await.unwrap_err().kind, ErrorKind::Connect);
        let begun = Instant::now();
        for _ in 0..10 {
            assert_eq!(endpoint.client(soon()).await.unwrap_err().kind, ErrorKind::Connect);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert!(begun.elapsed() < LIMIT / 2, "{:?}", begun.elapsed());
    });
}

#[test]
fn a_connection_lost_after_a_while_is_made_again_and_the_next_call_waits_for_it() {
    run(async {
        let listener = listen().await;
        let invoker = invoker(listener.local_addr().unwrap().port(), &options(), &Pool::default());
        let (reply, ()) = tokio::join!(invoke(&invoker), async {
            let mut peer = Peer::new(listener.accept().await.unwrap().0);
            answer_one(std::slice::from_mut(&mut peer)).await;
            tokio::time::sleep(Duration::from_millis(1100)).await;
        });
        reply.unwrap();
        // The worker sees that the provider has closed; if we come late, it is connected again already.
        let again = tokio::select! {
            biased;
            again = listener.accept() => Some(again),
            () = async { while invoker.is_available() { tokio::task::yield_now().await } } => None,
        };
        let (reply, _) = tokio::join!(invoke(&invoker), async {
            let again = match again {
                Some(again) => again,
                None => listener.accept().await,
            };
            answer_one(&mut [Peer::new(again.unwrap().0)]).await
        });
        reply.unwrap();
    });
}

#[test]
fn a_peer_that_accepts_and_closes_is_not_dialled_in_a_circle() {
    run(async {
        let listener = listen().await;
        let invoker = invoker(listener.local_addr().unwrap().port(), &options(), &Pool::default());
        let accepted = std::cell::Cell::new(0);
        let closing = async {
            loop {
                drop(listener.accept().await.unwrap());
                accepted.set(accepted.get() + 1);
            }
        };
        let begun = Instant::now();
        let calling = async {
            invoke(&invoker).await.unwrap_err();
            until("a third try", || accepted.get() >= 3).await;
        };
        tokio::select! { () = closing => {}, () = calling => {} }
        // Pauses of 100 and 200 ms, each less a quarter at most.
        assert!(begun.elapsed() >= Duration::from_millis(225), "{:?}", begun.elapsed());
        drop(listener);
        until("the last one is lost, too", || !invoker.is_available()).await;
    });
}

#[test]
fn a_provider_that_goes_away_is_unavailable_but_serves_to_the_end() {
    run(async {
        let (server, port) = provider(|_| ServerReply::Null).await;
        let invoker = invoker(port, &options(), &Pool::default());
        invoke(&invoker).await.unwrap();
        server.go_away(true);
        until("it is unavailable", || !invoker.is_available()).await;
        // With no other provider left the cluster calls it all the same, as Java's does.
        invoke(&invoker).await.unwrap();
        server.go_away(false);
        until("it is available", || invoker.is_available()).await;
    });
}

/// A listener that answers no connection any more, because its queue of them is full.
async fn deaf() -> (tokio::net::TcpListener, tokio::task::JoinSet<()>) {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(0).unwrap();
    let address = listener.local_addr().unwrap();
    let filler = |_| async move {
        let _held = tokio::net::TcpStream::connect(address).await;
        std::future::pending().await
    };
    let fillers = (0..8).map(filler).collect();
    let answers = async || {
        let connect = tokio::net::TcpStream::connect(address);
        tokio::time::timeout(Duration::from_millis(100), connect).await.is_ok()
    };
    while answers().await {}
    (listener, fillers)
}

#[test]
fn a_connect_without_answer_ends_with_the_calls_own_limit() {
    run(async {
        let (listener, _fillers) = deaf().await;
        let address = listener.local_addr().unwrap();
        let invoker = invoker(address.port(), &options(), &Pool::default());
        let method = Method { timeout: Some(Duration::from_millis(50)), ..Method::new("hi", "") };
        let error = invoke_with(&invoker, &method, Duration::from_secs(10)).await.unwrap_err();
        assert_eq!((error.kind, error.sent), (ErrorKind::Timeout, Sent::Never));
    });
}

#[test]
fn an_idle_connection_is_closed_and_made_again_when_needed() {
    run(async {
        let (server, port) = provider(|_| ServerReply::Value(b"N".to_vec())).await;
        let exchange = ExchangeOptions { idle: Some(Duration::from_secs(1)), ..ExchangeOptions::default() };
        let options = EndpointOptions { exchange, ..EndpointOptions::default() };
        let endpoint = Pool::default().endpoint("127.0.0.1", port, &options);
        for _ in 0..2 {
            assert!(endpoint.client(soon()).await.unwrap().is_open());
            until("it is made", || server.connections() == 1).await;
            until("it is closed", || server.connections() == 0).await;
            assert!(endpoint.is_available());
        }
    });
}

#[test]
fn the_last_user_of_an_endpoint_takes_its_connections_along() {
    run(async {
        let (server, port) = provider(|_| ServerReply::Null).await;
        let pool = Pool::default();
        let invoker = invoker(port, &options(), &pool);
        invoke(&invoker).await.unwrap();
        assert_eq!(server.connections(), 1);
        drop(invoker);
        until("the connection is closed", || server.connections() == 0).await;
    });
}

#[test]
fn late_replies_are_counted_beyond_the_life_of_their_connection() {
    run(async {
        let listener = listen().await;
        let pool = Pool::default();
        let invoker = invoker(listener.local_addr().unwrap().port(), &options(), &pool);
        let method = Method { timeout: Some(Duration::from_millis(30)), ..Method::new("hi", "") };
        let (error, mut peer) = tokio::join!(invoke_with(&invoker, &method, Duration::from_secs(10)), async {
            Peer::new(listener.accept().await.unwrap().0)
        });
        assert_eq!(error.unwrap_err().kind, ErrorKind::Timeout);
        let id = peer.frame().await.unwrap().header.id;
        peer.reply(id, "late").await;
        until("it is counted", || pool.strays() == Strays { late: 1, unknown: 0 }).await;
        drop((invoker, peer));
        settle().await;
        assert_eq!(pool.strays().late, 1);
    });
}
