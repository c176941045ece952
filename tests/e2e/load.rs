//! Clients that call without a pause, each over a kept-alive connection, and what they got.

use std::{
    collections::BTreeMap,
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{Method, Request, header};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, task::JoinSet};
use yumen_tests::gateway::Answer;

/// Only a failure takes this long.
pub(crate) const LIMIT: Duration = Duration::from_secs(120);
/// How often something is looked at that nothing tells of.
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// Pause of a client between two requests: the peers have to share the machine with it.
const BREATH: Duration = Duration::from_millis(1);

/// Waits until something is so.
pub(crate) async fn until(what: &str, is_so: impl AsyncFnMut() -> bool) {
    let mut is_so = is_so;
    let begun = Instant::now();
    while !is_so().await {
        assert!(begun.elapsed() < LIMIT, "never came: {what}");
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Has something done that must not take longer than this, up to five times: a busy machine may spoil some of them.
pub(crate) async fn within(limit: Duration, what: &str, mut attempt: impl AsyncFnMut() -> Duration) {
    let mut took = Vec::new();
    for _ in 0..5 {
        took.push(attempt().await);
        if took.last().is_some_and(|last| *last < limit) {
            return;
        }
    }
    panic!("{what}: never within {limit:?}, but {took:?}");
}

/// Why a request has no answer.
#[derive(Debug)]
#[allow(dead_code, reason = "what went wrong is read in the text of a failed test")]
pub(crate) enum Unanswered {
    /// No connection could be made, so there was no request.
    Refused(io::Error),
    /// The request was begun.
    Lost(hyper::Error),
}

/// A client with one connection, made when it is needed.
pub(crate) struct Client {
    address: SocketAddr,
    sender: Option<SendRequest<Full<Bytes>>>,
}

impl Client {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self { address, sender: None }
    }

    /// `GET path`.
    pub(crate) async fn get(&mut self, path: &str) -> Result<Answer, Unanswered> {
        self.connect().await.map_err(Unanswered::Refused)?;
        self.ask(path).await.map_err(Unanswered::Lost)
    }

    /// Makes the connection, if there is none.
    pub(crate) async fn connect(&mut self) -> io::Result<()> {
        if self.sender.as_ref().is_none_or(SendRequest::is_closed) {
            let stream = TcpStream::connect(self.address).await?;
            let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
            tokio::spawn(connection);
            self.sender = Some(sender);
        }
        Ok(())
    }

    async fn ask(&mut self, path: &str) -> hyper::Result<Answer> {
        let request = Request::builder().method(Method::GET).uri(path).header(header::HOST, self.address.to_string());
        let sender = self.sender.as_mut().unwrap();
        let response = sender.send_request(request.body(Full::default()).unwrap()).await?;
        let (head, body) = response.into_parts();
        let body = body.collect().await?.to_bytes();
        let last = head.headers.get(header::CONNECTION).is_some_and(|value| value == "close");
        if last || sender.ready().await.is_err() {
            self.sender = None;
        }
        Ok(Answer { status: head.status, headers: head.headers, body })
    }
}

/// What all clients together got.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Good answers, by what `judge` called them.
    pub(crate) good: BTreeMap<String, usize>,
    /// Everything else, one line a request.
    pub(crate) bad: Vec<String>,
    /// Answers that were the last of their connection.
    pub(crate) last: usize,
    /// Clients that found the door closed, and ended.
    pub(crate) refused: usize,
}

impl Tally {
    pub(crate) fn answered(&self) -> usize {
        self.good.values().sum()
    }

    /// Fails unless every single request was answered well, and there were some.
    #[track_caller]
    pub(crate) fn expect_no_failure(&self) {
        let shown = self.bad.iter().take(5).collect::<Vec<_>>();
        assert!(self.bad.is_empty(), "{} of {} failed: {shown:#?}", self.bad.len(), self.answered() + self.bad.len());
        assert!(self.answered() > 0, "nothing was asked");
    }
}

/// Clients that call until they are stopped.
pub(crate) struct Load {
    clients: JoinSet<()>,
    shared: Arc<Shared>,
}

struct Shared {
    tally: Mutex<Tally>,
    stop: AtomicBool,
    asked: AtomicUsize,
}

/// Makes the path of a request from its number.
type Ask = Arc<dyn Fn(usize) -> String + Send + Sync>;
/// Calls an answer by a name, or says what is wrong with it.
type Judge = fn(&Answer) -> Result<String, String>;

/// A good answer is a 200, and its name is its body.
pub(crate) fn ok(answer: &Answer) -> Result<String, String> {
    if answer.status == 200 { Ok(answer.text()) } else { Err(format!("{}: {}", answer.status, answer.text())) }
}

impl Load {
    /// Starts so many clients, each with one request at a time.
    pub(crate) fn start(
        address: SocketAddr,
        clients: usize,
        ask: impl Fn(usize) -> String + Send + Sync + 'static,
        judge: Judge,
    ) -> Self {
        let shared =
            Arc::new(Shared { tally: Mutex::default(), stop: AtomicBool::new(false), asked: AtomicUsize::new(0) });
        let ask: Ask = Arc::new(ask);
        let clients = (0..clients).map(|_| client(Client::new(address), Arc::clone(&shared), Arc::clone(&ask), judge));
        Self { clients: clients.collect(), shared }
    }

    /// So many clients that ask for one path; good is a 200.
    pub(crate) fn get(address: SocketAddr, clients: usize, path: &'static str) -> Self {
        Self::start(address, clients, move |_| path.to_owned(), ok)
    }

    /// Waits until what they got is as wanted.
    pub(crate) async fn until(&self, what: &str, is_so: impl Fn(&Tally) -> bool) {
        until(what, async || is_so(&self.shared.tally())).await;
    }

    /// Waits for so many further answers.
    pub(crate) async fn some_more(&self, answers: usize) {
        let enough = self.shared.tally().answered() + answers;
        self.until("further answers", |tally| tally.answered() >= enough || !tally.bad.is_empty()).await;
    }

    /// How often this was answered until now.
    pub(crate) fn count(&self, name: &str) -> usize {
        self.shared.tally().good.get(name).copied().unwrap_or(0)
    }

    /// What failed until now, one line a request.
    pub(crate) fn failures(&self) -> Vec<String> {
        self.shared.tally().bad.clone()
    }

    /// Waits until every client has ended by itself, because the door was closed.
    pub(crate) async fn turned_away(mut self) -> Tally {
        let all = async {
            while let Some(ended) = self.clients.join_next().await {
                ended.unwrap();
            }
        };
        assert!(tokio::time::timeout(LIMIT, all).await.is_ok(), "clients are still served");
        std::mem::take(&mut *self.shared.tally())
    }

    /// Lets every client finish its request, and gives what they got.
    pub(crate) async fn stop(self) -> Tally {
        self.shared.stop.store(true, Relaxed);
        self.turned_away().await
    }
}

impl Shared {
    fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes note of what became of a request.
    fn note(&self, what: &str, outcome: Result<Answer, Unanswered>, judge: Judge) {
        let mut tally = self.tally();
        match outcome {
            Ok(answer) => {
                tally.last += usize::from(answer.headers.contains_key(header::CONNECTION));
                match judge(&answer) {
                    Ok(name) => *tally.good.entry(name).or_default() += 1,
                    Err(wrong) => tally.bad.push(format!("{what}: {wrong}")),
                }
            }
            Err(Unanswered::Lost(error)) => tally.bad.push(format!("{what}: lost: {error:?}")),
            Err(Unanswered::Refused(_)) => tally.refused += 1,
        }
    }
}

async fn client(mut client: Client, shared: Arc<Shared>, ask: Ask, judge: Judge) {
    while !shared.stop.load(Relaxed) {
        let path = ask(shared.asked.fetch_add(1, Relaxed));
        let begun = Instant::now();
        let outcome = client.get(&path).await;
        let refused = matches!(outcome, Err(Unanswered::Refused(_)));
        shared.note(&format!("{path} after {:?}", begun.elapsed()), outcome, judge);
        if refused {
            return;
        }
        tokio::time::sleep(BREATH).await;
    }
}
