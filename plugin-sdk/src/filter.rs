//! Filters: what a plugin sees of an exchange, phase by phase.

use serde::de::DeserializeOwned;

use crate::{Manifest, Outcome, Piece, Protocol, Side, Verdict, Wanted, exchange};

/// A plugin that sees and changes requests, calls, results and responses.
///
/// Only the phases that [`Filter::describe`] names are called. Any instance may serve any phase of an exchange: what a later
/// phase must know goes into [`Verdict::state`] or a tag.
pub trait Filter: Sized + 'static {
    /// What the configuration's JSON is read into. [`crate::NoConfig`] when there is none.
    type Config: DeserializeOwned;

    /// What the plugin is and which phases it takes part in. [`crate::manifest!`] starts one.
    fn describe() -> Manifest;

    /// Makes the plugin; called once for each instance. An error refuses the version.
    fn configure(config: Self::Config) -> Result<Self, String>;

    /// What this configuration takes part in and wants: `manifest` is what [`Self::describe`] said.
    fn configured(&self, manifest: Manifest) -> Manifest {
        manifest
    }

    /// Called once for a version before it serves. An error refuses the version.
    fn self_test(&self) -> Result<(), String> {
        Ok(())
    }

    /// The request's head came.
    fn on_request(&self, _request: &Request) -> Verdict {
        Verdict::next()
    }

    /// A body: once and whole when buffered, else each piece as it comes.
    fn on_body(&self, _body: &Body) -> Piece {
        Piece::Pass
    }

    /// The request became a call that is about to leave.
    fn on_call(&self, _call: &Call) -> Verdict {
        Verdict::next()
    }

    /// The call ended.
    fn on_outcome(&self, _ended: &Ended) -> Verdict {
        Verdict::next()
    }

    /// The response's head is about to leave.
    fn on_response(&self, _response: &Response) -> Verdict {
        Verdict::next()
    }

    /// The exchange is over.
    fn on_end(&self, _end: &End) {}
}

/// The head of a request, as far as the manifest's `request_wants` name it; [`exchange`] shows the rest.
#[derive(Debug)]
pub struct Request<'a> {
    /// How it came in.
    pub protocol: Protocol,
    /// What was asked for.
    pub wanted: Wanted<'a>,
}

impl<'a> Request<'a> {
    /// The value of a wanted name, see [`Wanted::get`].
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.wanted.get(name)
    }

    /// `:method`.
    #[must_use]
    pub fn method(&self) -> Option<&'a str> {
        self.get(":method")
    }

    /// `:path`, with the query.
    #[must_use]
    pub fn path(&self) -> Option<&'a str> {
        self.get(":path")
    }

    /// `:authority`, the host as the client named it.
    #[must_use]
    pub fn authority(&self) -> Option<&'a str> {
        self.get(":authority")
    }

    /// `:client`, the client's address.
    #[must_use]
    pub fn client(&self) -> Option<&'a str> {
        self.get(":client")
    }
}

/// A body or a piece of one.
#[derive(Debug)]
pub struct Body {
    /// Of the request or of the response.
    pub side: Side,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Whether nothing follows. The last piece may be empty.
    pub last: bool,
    /// What the verdict of an earlier phase said.
    pub state: u64,
}

/// A call that is about to leave, as far as the manifest's `call_wants` name it.
#[derive(Debug)]
pub struct Call<'a> {
    /// What was asked for.
    pub wanted: Wanted<'a>,
    /// What the verdict of an earlier phase said.
    pub state: u64,
}

impl<'a> Call<'a> {
    /// The value of a wanted name, see [`Wanted::get`].
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.wanted.get(name)
    }

    /// All arguments as a JSON array. The gateway writes them out now, if no one asked before.
    #[must_use]
    pub fn arguments(&self) -> Option<String> {
        exchange::arguments()
    }
}

/// A call that ended.
#[derive(Debug)]
pub struct Ended {
    /// Whether it ended with a result.
    pub ok: bool,
    /// What the verdict of an earlier phase said.
    pub state: u64,
}

impl Ended {
    /// How it ended. A result is written out as JSON now, if no one asked before.
    #[must_use]
    pub fn outcome(&self) -> Option<Outcome> {
        exchange::call_outcome()
    }
}

/// The head of a response, as far as the manifest's `response_wants` name it.
#[derive(Debug)]
pub struct Response<'a> {
    /// Its status.
    pub status: u16,
    /// What was asked for.
    pub wanted: Wanted<'a>,
    /// What the verdict of an earlier phase said.
    pub state: u64,
}

impl<'a> Response<'a> {
    /// The value of a wanted name, see [`Wanted::get`].
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.wanted.get(name)
    }
}

/// An exchange that is over.
#[derive(Debug, Clone, Copy)]
pub struct End {
    /// The response's status.
    pub status: u16,
    /// How long the exchange took.
    pub microseconds: u64,
    /// What the verdict of an earlier phase said.
    pub state: u64,
}
