//! A raw client: writes bytes, reads answers, tells an end from silence.

use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
    time::{Duration, Instant},
};

/// How long an answer that must come may take.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// One answer.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Answer {
    /// The value of a field, names in lower case.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or(serde_json::Value::Null)
    }

    /// Whether the server says that this was the last one.
    pub fn is_last(&self) -> bool {
        match self.field("connection") {
            Some(value) => value.eq_ignore_ascii_case("close"),
            None => self.head.starts_with("HTTP/1.0"),
        }
    }
}

/// Why there is no further answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The server closed.
    Closed,
    /// It is silent.
    Silent,
}

/// One connection.
pub struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
    /// False after HEAD.
    pub expects_bodies: bool,
}

impl Client {
    pub fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, buffer: Vec::new(), expects_bodies: true }
    }

    /// Sends; that the server no longer listens is no failure of the test.
    pub fn send(&mut self, bytes: &[u8]) {
        let _refused = self.stream.write_all(bytes);
    }

    /// Sends no more, reads on.
    pub fn half_close(&mut self) {
        let _closed = self.stream.shutdown(Shutdown::Write);
    }

    /// The next answer that is not 100; waits at most this long for each part of it.
    pub fn answer(&mut self, patience: Duration) -> Result<Answer, End> {
        loop {
            let answer = self.any_answer(patience)?;
            if answer.status != 100 {
                return Ok(answer);
            }
        }
    }

    /// The next answer, 100 included.
    pub fn any_answer(&mut self, patience: Duration) -> Result<Answer, End> {
        let deadline = Instant::now() + patience;
        loop {
            if let Some((answer, length)) = parse(&self.buffer, self.expects_bodies) {
                self.buffer.drain(..length);
                return Ok(answer);
            }
            self.fill(deadline)?;
        }
    }

    /// Whether the server closes within this time without another byte.
    pub fn end(&mut self, patience: Duration) -> End {
        match self.fill(Instant::now() + patience) {
            Err(end) => end,
            Ok(()) => panic!("more bytes: {}", self.buffer.escape_ascii()),
        }
    }

    fn fill(&mut self, deadline: Instant) -> Result<(), End> {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(End::Silent);
        }
        self.stream.set_read_timeout(Some(left)).unwrap();
        let mut piece = [0; 16 << 10];
        match self.stream.read(&mut piece) {
            Ok(0) => Err(End::Closed),
            Ok(count) => {
                self.buffer.extend_from_slice(&piece[..count]);
                Ok(())
            }
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => Err(End::Silent),
            Err(_) => Err(End::Closed),
        }
    }
}

/// The first answer in the bytes, if it is whole. A body has a Content-Length here, or there is none.
fn parse(bytes: &[u8], expects_body: bool) -> Option<(Answer, usize)> {
    let head_end = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let head = String::from_utf8_lossy(&bytes[..head_end]).into_owned();
    assert!(head.starts_with("HTTP/1."), "no answer: {head:?}");
    let status = head[9..12].parse().unwrap();
    let mut answer = Answer { status, head, body: Vec::new() };
    let length =
        answer.field("content-length").filter(|_| expects_body).map_or(0, |value| value.parse::<usize>().unwrap());
    let body = bytes.get(head_end..head_end + length)?;
    answer.body = body.to_vec();
    Some((answer, head_end + length))
}

/// One request over a connection of its own.
pub fn ask(address: SocketAddr, bytes: &[u8]) -> Answer {
    let mut client = Client::connect(address);
    client.send(bytes);
    client.answer(PATIENCE).unwrap()
}

/// A plain GET.
pub fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n").into_bytes()
}
