//! The one table from what happened to the HTTP status that tells it.
//!
//! Where Dubbo's own REST (Triple, `TriRpcStatus.getStatus` and `grpcCodeToHttpStatus` of 3.3) has an answer, it is
//! taken: an exception of the method is 500, a timeout 504, no provider or no connection 503, forbidden 403. What only
//! a gateway can see is added: a provider that refuses the request as such, or answers what cannot be read, is 502.
//!
//! | code of an `RpcException` | Triple | here |
//! |---|---|---|
//! | 1 network, 7 limit exceeded | 503 | 503 |
//! | 2 timeout, 8 timeout | 504 | 504 |
//! | 4 forbidden | 403 | 403 |
//! | 13 authorization | 401 | 403: it is the gateway that was refused, and 401 would ask the client for credentials |
//! | 11 no such method | 501 | 501 |
//! | 5 serialization and all others | 500 | 500 |

use http::StatusCode;
use yumen_dubbo::error::{ErrorKind, RpcError, Side, Status};

use super::problem::Problem;

/// Characters of a plugin's words that a client is told at most.
const TOLD: usize = 1000;

/// What can end a request without a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// No route for the path.
    NoRoute,
    /// No route for the method.
    MethodNotAllowed,
    /// The body's media type is not one that the route reads.
    MediaType,
    /// A parameter is missing.
    Missing,
    /// A parameter is not of its type.
    Parameter,
    /// The body as a whole cannot be read.
    Body,
    /// No provider is known or reachable, or all are full.
    Unavailable,
    /// The call took too long.
    Timeout,
    /// The call is not allowed.
    Forbidden,
    /// The arguments are larger than a provider takes.
    TooLargeForProvider,
    /// The provider refused the call or its answer cannot be read.
    BadGateway,
    /// The provider has no such method.
    NoMethod,
    /// The method threw.
    Exception,
    /// A status that the route chose for an exception.
    Chosen(StatusCode),
    /// A plugin failed, and without it the request must not go on.
    Plugin,
    /// A plugin made of the request what is not its route's.
    Misrouted,
    /// A plugin ended the call, and this is what it says of it.
    Ended(StatusCode),
}

impl Fault {
    fn row(self) -> (StatusCode, &'static str, &'static str) {
        use StatusCode as S;
        match self {
            Self::NoRoute => (S::NOT_FOUND, "YM0404", "No route"),
            Self::MethodNotAllowed => (S::METHOD_NOT_ALLOWED, "YM0405", "Method not allowed"),
            Self::MediaType => (S::UNSUPPORTED_MEDIA_TYPE, "YM0415", "Media type not supported"),
            Self::Missing => (S::BAD_REQUEST, "YM0401", "Parameter is missing"),
            Self::Parameter => (S::BAD_REQUEST, "YM0402", "Parameter cannot be converted"),
            Self::Body => (S::BAD_REQUEST, "YM0403", "Body cannot be read"),
            Self::Unavailable => (S::SERVICE_UNAVAILABLE, "YM0503", "Service not available"),
            Self::Timeout => (S::GATEWAY_TIMEOUT, "YM0504", "Service did not answer in time"),
            Self::Forbidden => (S::FORBIDDEN, "YM0410", "Call not allowed"),
            Self::TooLargeForProvider => (S::PAYLOAD_TOO_LARGE, "YM0414", "Arguments too large"),
            Self::BadGateway => (S::BAD_GATEWAY, "YM0502", "Service answered with an error"),
            Self::NoMethod => (S::NOT_IMPLEMENTED, "YM0501", "Service has no such method"),
            Self::Exception => (S::INTERNAL_SERVER_ERROR, "YM0500", "Service failed"),
            Self::Plugin => (S::SERVICE_UNAVAILABLE, "YM0505", "Plugin failed"),
            Self::Misrouted => (S::INTERNAL_SERVER_ERROR, "YM0505", "Plugin failed"),
            Self::Ended(status) => (status, "YM0506", status.canonical_reason().unwrap_or("Call ended")),
            Self::Chosen(status) => (status, "YM0500", status.canonical_reason().unwrap_or("Service failed")),
        }
    }

    /// The HTTP status.
    pub(crate) fn status(self) -> StatusCode {
        self.row().0
    }

    /// The stable code. Codes from 400 on belong to requests, those below to the configuration.
    pub(crate) fn code(self) -> &'static str {
        self.row().1
    }

    /// A few words that are the same for every request.
    pub(crate) fn title(self) -> &'static str {
        self.row().2
    }
}

/// What a call that ended without a reply becomes. The error's own text names hosts and is for the log only.
pub(crate) fn of_rpc_error(error: &RpcError) -> Problem {
    let (fault, detail) = match error.kind {
        ErrorKind::NoProvider => (Fault::Unavailable, "no provider is available"),
        ErrorKind::Connect | ErrorKind::Closed => (Fault::Unavailable, "no provider could be reached"),
        ErrorKind::Busy => (Fault::Unavailable, "all providers are busy"),
        ErrorKind::Provider(Status::ThreadPoolExhausted) => (Fault::Unavailable, "the provider is overloaded"),
        ErrorKind::Timeout | ErrorKind::Deadline => (Fault::Timeout, "no provider answered in time"),
        ErrorKind::Provider(Status::ClientTimeout | Status::ServerTimeout) => {
            (Fault::Timeout, "no provider answered in time")
        }
        ErrorKind::Forbidden => (Fault::Forbidden, "the call is not allowed"),
        ErrorKind::PayloadTooLarge if error.side == Side::Consumer => {
            (Fault::TooLargeForProvider, "the arguments are larger than a provider takes")
        }
        ErrorKind::PayloadTooLarge => (Fault::BadGateway, "the provider's answer is too large"),
        ErrorKind::Provider(Status::BadRequest) => (Fault::BadGateway, "the provider does not take this call"),
        ErrorKind::Provider(_) => (Fault::BadGateway, "the provider failed to handle the call"),
        ErrorKind::BadReply => (Fault::BadGateway, "the provider's answer cannot be read"),
        ErrorKind::Ended(status) => return of_plugin_error(status, &error.message),
    };
    Problem::new(fault, detail)
}

/// What a call becomes that a plugin ended, which speaks for the gateway: a bad request is the client's here, not ours.
fn of_plugin_error(status: Status, message: &str) -> Problem {
    let code = match status {
        Status::BadRequest => StatusCode::BAD_REQUEST,
        Status::ClientTimeout | Status::ServerTimeout => StatusCode::GATEWAY_TIMEOUT,
        Status::BadResponse | Status::SerializationError => StatusCode::BAD_GATEWAY,
        Status::ServiceNotFound | Status::ThreadPoolExhausted | Status::ChannelInactive => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        Status::Ok | Status::ServiceError | Status::ServerError | Status::ClientError | Status::Unknown(_) => {
            StatusCode::INTERNAL_SERVER_ERROR
        }
    };
    Problem::new(Fault::Ended(code), message.chars().take(TOLD).collect::<String>())
}

/// What may help where the provider's own words say too little, for the log.
#[must_use]
pub fn cure(error: &RpcError) -> Option<&'static str> {
    // Dubbo says no more than that it failed to decode the request, whatever its codec threw.
    matches!(error.kind, ErrorKind::Provider(Status::BadRequest)).then_some(
        "the provider could not read the arguments, and only its own log says which: a class that it lacks, or that is \
         abstract, which `abstract: true` under `types` tells the gateway",
    )
}

/// What an exception of Dubbo itself, thrown on the provider's side, becomes: by the code of its `RpcException`
/// (`TriRpcStatus.dubboCodeToTriCode`).
pub(crate) fn of_rpc_exception(code: i32) -> Option<Problem> {
    let (fault, detail) = match code {
        1 | 7 => (Fault::Unavailable, "the provider cannot take the call now"),
        2 | 8 => (Fault::Timeout, "the provider did not answer in time"),
        4 | 13 => (Fault::Forbidden, "the call is not allowed"),
        11 => (Fault::NoMethod, "the provider has no such method"),
        _ => return None,
    };
    Some(Problem::new(fault, detail))
}
