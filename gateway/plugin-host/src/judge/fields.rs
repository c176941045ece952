//! Fields of HTTP messages, attachments of calls, and what else stands in a head.

use crate::words::{Fields, HttpRequest};

/// Bytes of all names and values of one verdict or message.
pub(super) const BYTES_MOST: usize = 64 << 10;

/// Bytes of one name.
const NAME_MOST: usize = 256;

/// Bytes of a path with its query.
const PATH_MOST: usize = 8 << 10;

/// Bytes of the value of a tag.
const TAG_MOST: usize = 4 << 10;

/// Fields that say where a message ends or belong to one connection (RFC 9110 section 7.6.1, RFC 9113 section 8.2.2), and `host`, which is
/// set by `set-authority`.
const RESERVED: [&str; 11] = [
    "connection",
    "content-length",
    "host",
    "http2-settings",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "trailers",
    "transfer-encoding",
    "upgrade",
];

/// Judges all fields of a message.
pub(super) fn all(fields: &mut Fields) -> Result<(), String> {
    let mut size = 0;
    for (name, value) in fields {
        field(name, value)?;
        size += name.len() + value.len();
    }
    if size > BYTES_MOST {
        return Err(format!("fields of {size} bytes; {BYTES_MOST} are the most"));
    }
    Ok(())
}

/// Judges one field and puts its name in lower case.
pub(super) fn field(name: &mut String, value: &str) -> Result<(), String> {
    field_name(name)?;
    let breaks = |byte: &u8| (*byte < b' ' && *byte != b'\t') || *byte == 0x7f;
    match value.as_bytes().iter().find(|byte| breaks(byte)) {
        Some(byte) => Err(format!("the value of {name} contains the byte {byte:#04x}")),
        None if value.len() > BYTES_MOST => Err(format!("the value of {name} has {} bytes", value.len())),
        None => Ok(()),
    }
}

/// Judges the name of a field and puts it in lower case.
pub(super) fn field_name(name: &mut String) -> Result<(), String> {
    if name.is_empty() || name.len() > NAME_MOST || !name.bytes().all(token) {
        return Err(format!("{name:.60?} is not the name of a field"));
    }
    name.make_ascii_lowercase();
    if RESERVED.contains(&name.as_str()) {
        return Err(format!("{name} is the gateway's to set"));
    }
    Ok(())
}

/// Judges attachments of a call.
pub(crate) fn attachments(fields: &Fields) -> Result<(), String> {
    let size: usize = fields.iter().map(|(name, value)| name.len() + value.len()).sum();
    if size > BYTES_MOST {
        return Err(format!("attachments of {size} bytes; {BYTES_MOST} are the most"));
    }
    fields.iter().try_for_each(|(name, value)| attachment(name, value))
}

/// Judges one attachment. They travel as strings in the call, and as fields of a message where the protocol is Triple.
pub(super) fn attachment(name: &str, value: &str) -> Result<(), String> {
    if name.is_empty() || name.len() > NAME_MOST || name.chars().any(char::is_control) || name.starts_with(':') {
        return Err(format!("{name:.60?} is not the name of an attachment"));
    }
    if value.len() > BYTES_MOST || value.bytes().any(|byte| matches!(byte, 0 | b'\r' | b'\n')) {
        return Err(format!("the attachment {name} has a value that cannot travel"));
    }
    Ok(())
}

/// Judges a tag.
pub(super) fn tag(name: &str, value: &str) -> Result<(), String> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if name.is_empty() || name.len() > 64 || !name.bytes().all(fits) {
        return Err(format!("{name:.60?} is not the name of a tag"));
    }
    if value.len() > TAG_MOST || value.chars().any(char::is_control) {
        return Err(format!("the tag {name} has a value that is too long or has control characters"));
    }
    Ok(())
}

pub(super) fn status(status: u16) -> Result<(), String> {
    if (200..=599).contains(&status) { Ok(()) } else { Err(format!("status {status}; it is 200 to 599")) }
}

pub(super) fn method(method: &str) -> Result<(), String> {
    let fits = !method.is_empty() && method.len() <= 32 && method.bytes().all(token);
    if fits { Ok(()) } else { Err(format!("{method:.60?} is not a method")) }
}

pub(super) fn path(path: &str) -> Result<(), String> {
    let fits = |byte: u8| byte.is_ascii_graphic() && byte != b'#';
    if path.starts_with('/') && path.len() <= PATH_MOST && path.bytes().all(fits) {
        return Ok(());
    }
    Err(format!("{path:.60?} is not a path: it begins with / and is percent-encoded"))
}

pub(super) fn authority(authority: &str) -> Result<(), String> {
    let fits = |byte: u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b':' | b'[' | b']' | b'_' | b'~' | b'%')
    };
    let holds = !authority.is_empty() && authority.len() <= 255 && authority.bytes().all(fits);
    if holds { Ok(()) } else { Err(format!("{authority:.60?} is not an authority")) }
}

/// Judges a request that a plugin sends to a cluster.
pub(crate) fn request(request: &mut HttpRequest) -> Result<(), String> {
    method(&request.method)?;
    path(&request.path)?;
    all(&mut request.fields)
}

/// A character of a token (RFC 9110 section 5.6.2).
fn token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}
