//! TCP streams as the exchange wants them: no delay, kept alive, connected in bounded time.

use std::io;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::net::TcpStream;

/// Idle time after which the kernel asks whether the peer's machine still exists.
const KEEPALIVE: Duration = Duration::from_secs(60);

/// Connects to `host` (a name, or an address without brackets) within `timeout`.
///
/// # Errors
/// What the system says, and [`io::ErrorKind::TimedOut`] when the time is up.
pub async fn connect(host: &str, port: u16, timeout: Duration) -> io::Result<TcpStream> {
    let stream = match tokio::time::timeout(timeout, TcpStream::connect((host, port))).await {
        Ok(connected) => connected?,
        Err(_) => {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "no answer to the connect"));
        }
    };
    prepare(&stream)?;
    Ok(stream)
}

/// Sets what both sides of an exchange want of a socket.
///
/// # Errors
/// What the system says; a peer that is already gone can be a reason.
pub fn prepare(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    SockRef::from(stream).set_tcp_keepalive(&TcpKeepalive::new().with_time(KEEPALIVE))
}
