//! A keep-alive HTTP/1.1 client that reads every answer whole: `wrk` counts answers, this one looks at them.

use std::error::Error;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// One connection.
pub struct Client {
    stream: BufReader<TcpStream>,
    address: SocketAddr,
    token: Option<String>,
}

/// A whole answer.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    fields: Vec<(String, String)>,
    /// The body as text.
    pub body: String,
}

impl Answer {
    /// The first field of this name, which is lower case.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }
}

impl Client {
    /// A connection to `address`.
    pub fn connect(address: SocketAddr) -> Result<Client, Box<dyn Error>> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        Ok(Client { stream: BufReader::new(stream), address, token: None })
    }

    /// As [`Client::connect`], with a bearer token on every request.
    pub fn with_token(address: SocketAddr, token: &str) -> Result<Client, Box<dyn Error>> {
        Ok(Client { token: Some(token.trim().to_owned()), ..Client::connect(address)? })
    }

    /// One request and its answer.
    pub fn send(
        &mut self,
        method: &str,
        path: &str,
        fields: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Answer, Box<dyn Error>> {
        let mut head =
            format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\n", self.address, body.len());
        if let Some(token) = &self.token {
            head += &format!("Authorization: Bearer {token}\r\n");
        }
        for (name, value) in fields {
            head += &format!("{name}: {value}\r\n");
        }
        head += "\r\n";
        let stream = self.stream.get_mut();
        stream.write_all(&[head.as_bytes(), body].concat())?;
        self.answer()
    }

    fn answer(&mut self) -> Result<Answer, Box<dyn Error>> {
        let first = self.line()?;
        let status =
            first.split(' ').nth(1).and_then(|code| code.parse().ok()).ok_or_else(|| format!("answered {first:?}"))?;
        let mut fields = Vec::new();
        loop {
            let line = self.line()?;
            let Some((name, value)) = line.split_once(':') else { break };
            fields.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut answer = Answer { status, fields, body: String::new() };
        let length = answer.field("content-length").unwrap_or("0").parse()?;
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        answer.body = String::from_utf8(body)?;
        Ok(answer)
    }

    fn line(&mut self) -> Result<String, Box<dyn Error>> {
        let mut line = String::new();
        if self.stream.read_line(&mut line)? == 0 {
            return Err("the connection was closed".into());
        }
        Ok(line.trim_end().to_owned())
    }
}
