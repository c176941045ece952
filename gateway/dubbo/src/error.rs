//! Why a call has no reply: what happened, on whose side, and whether asking again is safe.

use std::fmt;

/// A call that ended without a reply. An exception thrown by the provider's method is not one of
/// these: it is a [`crate::reply::Reply`].
#[derive(Debug, thiserror::Error)]
#[error("{kind} ({side} side): {message}")]
pub struct RpcError {
    /// What happened.
    pub kind: ErrorKind,
    /// Whose fault it is, as far as we can tell.
    pub side: Side,
    /// Whether the request may have reached the provider.
    pub sent: Sent,
    /// One line for a person: names the provider. A provider's own text is in here too, so it may be
    /// long and may hold a stack trace.
    pub message: String,
}

/// The side of the connection that an error comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// We, the consumer: limits, deadlines, configuration.
    Consumer,
    /// What lies between: refused or broken connections.
    Network,
    /// The provider answered, but not with a result.
    Provider,
}

/// Whether the bytes of a request may have left this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sent {
    /// Not one byte of the request was given to the socket, and none will be.
    Never,
    /// At least one byte was given to the socket, or still may be.
    Maybe,
}

/// What went wrong with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// No provider is known for the service.
    NoProvider,
    /// The registry or a rule says that this consumer may not call.
    Forbidden,
    /// No connection to the provider could be made.
    Connect,
    /// The connection ended with the call pending.
    Closed,
    /// The attempt's own timeout passed; the call as a whole may have time left.
    Timeout,
    /// The deadline of the whole call passed.
    Deadline,
    /// The provider answered with a status other than OK.
    Provider(Status),
    /// The reply cannot be read: unknown tag, another serialization than the request's, broken body.
    BadReply,
    /// The request or the reply exceeds the payload limit.
    PayloadTooLarge,
    /// The connection already holds as many calls or as many unsent bytes as it may.
    Busy,
    /// A router of the caller's, or an invoker of its own, ended the call so.
    Ended(Status),
}

/// The status byte of a reply's header (`Response.java` of Dubbo); 20 is never seen here as an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// 20: a result, which may be an exception thrown by the method.
    Ok,
    /// 25: the provider could not encode its result, mostly because of its size.
    SerializationError,
    /// 30: not sent by providers; Java's consumers use it for requests that never left.
    ClientTimeout,
    /// 31: not sent by providers; Java's consumers use it for requests without an answer.
    ServerTimeout,
    /// 35: not sent by providers; Java's consumers use it for lost connections.
    ChannelInactive,
    /// 40: the provider could not decode the request, or does not know the path or the method.
    BadRequest,
    /// 50: the provider could not encode the reply.
    BadResponse,
    /// 60: defined, not sent by Java (an unknown service gives 40 or 70).
    ServiceNotFound,
    /// 70: a filter or the dispatch threw; also an unknown group or version.
    ServiceError,
    /// 80: the provider failed after it had accepted the request.
    ServerError,
    /// 90: not sent by providers; Java's consumers use it for undecodable replies.
    ClientError,
    /// 100: the provider's thread pool refused the call.
    ThreadPoolExhausted,
    /// Any other byte.
    Unknown(u8),
}

impl RpcError {
    /// An error from its parts.
    pub fn new(kind: ErrorKind, side: Side, sent: Sent, message: impl Into<String>) -> Self {
        Self { kind, side, sent, message: message.into() }
    }

    /// Whether another provider (or the same once more) may be asked.
    ///
    /// A request that never left may go anywhere, whatever its method does. One that may have
    /// arrived is repeated only when its method is idempotent, and then for the kinds that Dubbo's
    /// failover repeats. What another attempt cannot change (the deadline, the size of the
    /// request, the lack of providers) is never repeated.
    pub fn may_retry(&self, idempotent: bool) -> bool {
        use ErrorKind as K;
        let worth_it = match self.kind {
            K::NoProvider | K::Forbidden | K::Deadline | K::PayloadTooLarge | K::Ended(_) => false,
            K::Connect | K::Closed | K::Timeout | K::Provider(_) | K::BadReply | K::Busy => true,
        };
        worth_it && (self.sent == Sent::Never || idempotent)
    }
}

impl Status {
    /// The status that a header's byte stands for.
    pub const fn from_code(code: u8) -> Self {
        match code {
            20 => Self::Ok,
            25 => Self::SerializationError,
            30 => Self::ClientTimeout,
            31 => Self::ServerTimeout,
            35 => Self::ChannelInactive,
            40 => Self::BadRequest,
            50 => Self::BadResponse,
            60 => Self::ServiceNotFound,
            70 => Self::ServiceError,
            80 => Self::ServerError,
            90 => Self::ClientError,
            100 => Self::ThreadPoolExhausted,
            other => Self::Unknown(other),
        }
    }

    /// The byte that stands for this status.
    pub const fn code(self) -> u8 {
        match self {
            Self::Ok => 20,
            Self::SerializationError => 25,
            Self::ClientTimeout => 30,
            Self::ServerTimeout => 31,
            Self::ChannelInactive => 35,
            Self::BadRequest => 40,
            Self::BadResponse => 50,
            Self::ServiceNotFound => 60,
            Self::ServiceError => 70,
            Self::ServerError => 80,
            Self::ClientError => 90,
            Self::ThreadPoolExhausted => 100,
            Self::Unknown(code) => code,
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Ok => "OK",
            Self::SerializationError => "SERIALIZATION_ERROR",
            Self::ClientTimeout => "CLIENT_TIMEOUT",
            Self::ServerTimeout => "SERVER_TIMEOUT",
            Self::ChannelInactive => "CHANNEL_INACTIVE",
            Self::BadRequest => "BAD_REQUEST",
            Self::BadResponse => "BAD_RESPONSE",
            Self::ServiceNotFound => "SERVICE_NOT_FOUND",
            Self::ServiceError => "SERVICE_ERROR",
            Self::ServerError => "SERVER_ERROR",
            Self::ClientError => "CLIENT_ERROR",
            Self::ThreadPoolExhausted => "SERVER_THREADPOOL_EXHAUSTED",
            Self::Unknown(_) => "UNKNOWN",
        };
        write!(f, "{name} ({})", self.code())
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::NoProvider => "no provider",
            Self::Forbidden => "forbidden",
            Self::Connect => "cannot connect",
            Self::Closed => "connection lost",
            Self::Timeout => "attempt timed out",
            Self::Deadline => "deadline exceeded",
            Self::Provider(status) => return write!(f, "provider answered {status}"),
            Self::BadReply => "unreadable reply",
            Self::PayloadTooLarge => "payload too large",
            Self::Busy => "connection is full",
            Self::Ended(status) => return write!(f, "ended here: {status}"),
        };
        f.write_str(text)
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Consumer => "consumer",
            Self::Network => "network",
            Self::Provider => "provider",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_byte_survives_the_round_trip() {
        for code in 0..=u8::MAX {
            assert_eq!(Status::from_code(code).code(), code);
        }
    }

    #[test]
    fn a_request_that_never_left_may_go_anywhere() {
        let error = RpcError::new(ErrorKind::Closed, Side::Network, Sent::Never, "");
        assert!(error.may_retry(false));
    }

    #[test]
    fn a_request_that_may_have_arrived_is_repeated_only_when_idempotent() {
        for kind in [ErrorKind::Closed, ErrorKind::Timeout, ErrorKind::Provider(Status::ServerError)] {
            let error = RpcError::new(kind, Side::Network, Sent::Maybe, "");
            assert_eq!((error.may_retry(false), error.may_retry(true)), (false, true), "{kind}");
        }
    }

    #[test]
    fn what_another_attempt_cannot_change_is_never_repeated() {
        for kind in [ErrorKind::Deadline, ErrorKind::PayloadTooLarge, ErrorKind::NoProvider, ErrorKind::Forbidden] {
            assert!(!RpcError::new(kind, Side::Consumer, Sent::Never, "").may_retry(true), "{kind}");
        }
    }
}
