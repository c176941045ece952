//! The HTTP port: accepts, tells HTTP/1 from HTTP/2, refuses what is not plain, and hands one clean request at a time to a handler.
//!
//! ```text
//!  Acceptor ─▶ WorkerHandle ─▶ HttpServer ─▶ hyper ─▶ handler(HttpRequest) ─▶ answer
//!  (control     (least loaded)   (worker)      │
//!   plane)                                   Wire: scan, deadlines, memory, drain
//! ```
//! It knows nothing of routes. hyper parses and frames; what it leaves open is decided here, in front of it:
//!
//! | question | decision | where |
//! |---|---|---|
//! | lines that end with LF alone | refused: every line of a head and of chunk framing ends with CR LF | `head`, `chunk` |
//! | folded fields, space before a colon, control bytes, empty names, underscores in names | 400 | `head` |
//! | Host missing (HTTP/1.1), doubled, malformed; absolute target or `:authority` that disagrees | 400 | `head`, `request` |
//! | Content-Length doubled (even if equal), signed, listed, over 19 digits, beside Transfer-Encoding | 400, close | `head` |
//! | chunk sizes other than hexadecimal digits, over the body's limit, without CR LF; framing fields as trailers | 400, 413; close | `chunk` |
//! | a body that the route does not want | read off before the call: a request is called for when all of it came | `body`, the pipeline |
//! | Transfer-Encoding other than one `chunked`, doubled, or in HTTP/1.0 | 400 (501 for codings we lack), close | `head` |
//! | target over the limit 414; fragment, user, quotes, controls, bytes above ASCII 400 | | `head` |
//! | path | one canonical form or 400 | [`CanonicalPath`] |
//! | query | whole escapes and a bounded number of pairs, else 400; otherwise untouched | `request` |
//! | methods | GET HEAD POST PUT DELETE PATCH OPTIONS; CONNECT, TRACE 405; others 501; no upgrade is ever made | `head` |
//! | `OPTIONS *` | answered here: it asks about no route | `server` |
//! | head over 32 KiB or 100 fields | 431, close | `head` |
//! | body over the route's limit, or the listener's where the route has none | 413 before a byte is read when announced, else when counted; close | `inbound`, `body` |
//! | `Expect` other than `100-continue` | 417 | `head` |
//! | an early answer while the body still comes | `Connection: close` | `server` |
//! | bytes after the last answer | read and dropped for a moment, so that the answer arrives and the client sees an end and no reset | `server` |
//! | a client that closes its side after the request | is answered | `server` |
//! | fields named by `Connection`, hop-by-hop fields | removed; identity and framing cannot be named away | `hop` |
//! | `Forwarded`, `X-Forwarded-*`, `X-Real-IP` | believed from trusted networks, removed from all others | `forwarded` |
//! | no place left | the longest idle connections end for newcomers; is none idle, 503 | `acceptor`, `connections` |
//! | slow head 408, slow body 408, no reading 30 s, an answer not read to its end 60 s, no request 60 s | closed; looked at four times a second, no timer a request | `connections`, `body` |
//! | limits that a reload changed | hold from the next request on, also on open connections; those built with others end | `wire` |
//! | many large answers that nobody reads | calls wait, then the largest stalled connection is cut off | `stream_pace`, `connections` |
//! | HTTP/2 floods that h2 bears with patience | GOAWAY after a budget | `frames`, `stream_pace` |
//! | a handler that panics | 500; the connection and the worker live on | `server` |
//!
//! A refusal is a problem (RFC 9457) with a code; over HTTP/1.1 one that leaves doubt about where the next request starts closes.
//! The head of a request is read twice: once here, without building anything, and once by hyper. It costs some tens of
//! nanoseconds (fields that a connection repeats are known at a glance, `familiar`) and buys that nothing is passed on of
//! which hyper's reading could differ.

mod acceptor;
mod authority;
mod body;
mod chunk;
mod connections;
mod drain;
mod familiar;
mod forwarded;
mod frames;
mod head;
mod hop;
mod inbound;
mod limits;
mod outgoing;
mod path;
mod rejection;
mod request;
mod server;
mod stream_pace;
mod wire;

pub use acceptor::{Accepted, Acceptor, Caps, Door, TOO_MANY_CONNECTIONS, WorkerHandle};
pub use body::Body;
pub(crate) use body::Held;
pub use drain::{Drain, Presence};
pub use limits::HttpLimits;
pub use path::CanonicalPath;
pub use rejection::{Reason, Rejection};
pub use request::HttpRequest;
pub use server::HttpServer;
