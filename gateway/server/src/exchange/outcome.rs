//! How calls end, in Dubbo's words and in those of plugins.
//!
//! | Dubbo | plugins |
//! |---|---|
//! | a result | `result`, JSON |
//! | an exception that the method threw | `error` with `ok`, as Dubbo's status is, its class and the first line of its message |
//! | no reply | `error` with the status that comes nearest; no class |

use yumen_dubbo::{
    error::{ErrorKind, RpcError, Sent, Side, Status},
    reply::ReplyKind,
};
use yumen_plugin_host::words::{self, RpcCode};

use super::{Ended, Outcome};
use crate::bridge::{Plan, exception, thrown};

/// How the call of this plan ended, as plugins see it. Nothing where the reply cannot be read.
#[must_use]
pub fn outcome_of(ended: &Ended, plan: &Plan) -> Option<words::Outcome> {
    let reply = match ended {
        Err(error) => return Some(words::Outcome::Error(error_of(error))),
        Ok(Outcome::Json(json)) => return Some(words::Outcome::Result(json.to_string())),
        Ok(Outcome::Reply(reply)) => reply,
    };
    if reply.kind != ReplyKind::Exception {
        return plan.result_json(reply).ok().map(words::Outcome::Result);
    }
    let (class, message) = exception(reply)?;
    let message = message.unwrap_or_default();
    Some(words::Outcome::Error(words::RpcError { code: RpcCode::Ok, exception_class: Some(class), message }))
}

/// Why there was no reply, as plugins see it.
#[must_use]
pub fn error_of(error: &RpcError) -> words::RpcError {
    let code = match error.kind {
        ErrorKind::NoProvider => RpcCode::ServiceNotFound,
        ErrorKind::Forbidden => RpcCode::ServiceError,
        ErrorKind::Connect | ErrorKind::Closed => RpcCode::NetworkError,
        ErrorKind::Timeout | ErrorKind::Deadline => RpcCode::ClientTimeout,
        ErrorKind::Provider(status) | ErrorKind::Ended(status) => code_of(status),
        ErrorKind::BadReply => RpcCode::BadResponse,
        ErrorKind::PayloadTooLarge => RpcCode::ClientError,
        ErrorKind::Busy => RpcCode::Overloaded,
    };
    words::RpcError { code, exception_class: None, message: error.message.clone() }
}

/// What a plugin says a call ended with.
pub fn ended_of(outcome: words::Outcome) -> Ended {
    match outcome {
        words::Outcome::Result(json) => Ok(Outcome::Json(json.into())),
        words::Outcome::Error(words::RpcError { exception_class: Some(class), message, .. }) => {
            Ok(Outcome::Reply(thrown(&class, &message)))
        }
        words::Outcome::Error(error) => Err(ended(error)),
    }
}

/// An error that a plugin ended a call with.
pub(crate) fn ended(error: words::RpcError) -> RpcError {
    let status = match error.code {
        RpcCode::Ok => Status::Ok,
        RpcCode::ClientTimeout => Status::ClientTimeout,
        RpcCode::ServerTimeout => Status::ServerTimeout,
        RpcCode::BadRequest => Status::BadRequest,
        RpcCode::BadResponse => Status::BadResponse,
        RpcCode::ServiceNotFound => Status::ServiceNotFound,
        RpcCode::ServiceError => Status::ServiceError,
        RpcCode::ServerError => Status::ServerError,
        RpcCode::ClientError => Status::ClientError,
        RpcCode::Overloaded => Status::ThreadPoolExhausted,
        RpcCode::NetworkError => Status::ChannelInactive,
    };
    RpcError::new(ErrorKind::Ended(status), Side::Consumer, Sent::Never, error.message)
}

fn code_of(status: Status) -> RpcCode {
    match status {
        Status::Ok => RpcCode::Ok,
        Status::ClientTimeout => RpcCode::ClientTimeout,
        Status::ServerTimeout => RpcCode::ServerTimeout,
        Status::ChannelInactive => RpcCode::NetworkError,
        Status::BadRequest => RpcCode::BadRequest,
        Status::BadResponse | Status::SerializationError => RpcCode::BadResponse,
        Status::ServiceNotFound => RpcCode::ServiceNotFound,
        Status::ServiceError => RpcCode::ServiceError,
        Status::ServerError | Status::Unknown(_) => RpcCode::ServerError,
        Status::ClientError => RpcCode::ClientError,
        Status::ThreadPoolExhausted => RpcCode::Overloaded,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_a_plugin_comes_back_as_it_was() {
        for code in [
            RpcCode::ClientTimeout,
            RpcCode::ServerTimeout,
            RpcCode::BadRequest,
            RpcCode::BadResponse,
            RpcCode::ServiceNotFound,
            RpcCode::ServiceError,
            RpcCode::ServerError,
            RpcCode::ClientError,
            RpcCode::Overloaded,
            RpcCode::NetworkError,
        ] {
            let said = words::RpcError { code, exception_class: None, message: "no".to_owned() };
            let Err(error) = ended_of(words::Outcome::Error(said.clone())) else { panic!("{code:?}") };
            assert_eq!(error_of(&error), said);
        }
    }

    #[test]
    fn an_exception_of_a_plugin_is_one_that_a_method_threw() {
        let said = words::RpcError {
            code: RpcCode::Ok,
            exception_class: Some("a.Full".to_owned()),
            message: "full".to_owned(),
        };
        let Ok(Outcome::Reply(reply)) = ended_of(words::Outcome::Error(said)) else { panic!("no reply") };
        assert_eq!(exception(&reply), Some(("a.Full".to_owned(), Some("full".to_owned()))));
    }
}
