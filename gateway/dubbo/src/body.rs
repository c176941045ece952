//! The bodies of requests and replies: arguments and results in a serialization's bytes.
//!
//! Only hessian2 is spoken. Providers of 3.2 write the text of an error in the serialization they
//! prefer, whatever the request used, so fastjson2 is read for texts alone.

use crate::error::{ErrorKind, RpcError, Sent, Side, Status};
use crate::frame::Frame;
use crate::frame::Kind;
use crate::reply::Reply;

pub mod fastjson2;
pub mod hessian2;

/// Serialization id of hessian2.
pub const HESSIAN2: u8 = 2;
/// Serialization id of fastjson2.
pub const FASTJSON2: u8 = 23;
/// Protocol version that we say we speak: it makes providers send response attachments, and 2.6
/// providers understand it.
pub const PROTOCOL_VERSION: &str = "2.0.2";

/// Longest text of an error that we keep, in bytes. Providers of 2.7 send whole stack traces.
const LONGEST_TEXT: usize = 16 * 1024;

/// Makes a response frame into the reply it carries.
///
/// # Errors
/// [`ErrorKind::Provider`] with the provider's text for a status other than OK;
/// [`ErrorKind::BadReply`] for a result in another serialization than hessian2, an unknown tag or an
/// empty body.
pub fn read_reply(frame: Frame) -> Result<Reply, RpcError> {
    let Kind::Response { status } = frame.header.kind else {
        return Err(bad_reply("a request where a reply was due"));
    };
    let serialization = frame.header.serialization;
    match Status::from_code(status) {
        Status::Ok if serialization == HESSIAN2 => hessian2::read_reply(frame.body).map_err(bad_reply),
        Status::Ok => Err(bad_reply(format!("reply in serialization {serialization}, asked in hessian2"))),
        status => {
            let text = read_text(serialization, &frame.body);
            Err(RpcError::new(ErrorKind::Provider(status), Side::Provider, Sent::Maybe, text))
        }
    }
}

/// The text that goes with a status other than OK; a placeholder when it cannot be read.
fn read_text(serialization: u8, body: &[u8]) -> String {
    let text = match serialization {
        HESSIAN2 => hessian2::read_text(body),
        FASTJSON2 => fastjson2::read_text(body),
        _ => None,
    };
    match text {
        Some(mut text) => {
            text.truncate(text.floor_char_boundary(LONGEST_TEXT));
            text
        }
        None => format!("(text in serialization {serialization}, unreadable)"),
    }
}

fn bad_reply(message: impl Into<String>) -> RpcError {
    RpcError::new(ErrorKind::BadReply, Side::Provider, Sent::Maybe, message)
}
