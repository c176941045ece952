//! The parts of a `multipart/form-data` body.

use bytes::Bytes;
use futures_util::{FutureExt, stream};
use http::HeaderMap;
use http::header::CONTENT_TYPE;

use super::body::{Media, is_utf8};

/// Most parts of one body.
const MAX_PARTS: usize = 1000;

/// One part.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    /// Name of the form field.
    pub(crate) name: String,
    /// What it says it is.
    pub(crate) media: Media,
    /// Whether it says no other character set than UTF-8.
    pub(crate) utf8: bool,
    /// Its bytes.
    pub(crate) bytes: Bytes,
}

/// Splits a body that has arrived whole.
pub(crate) fn split(headers: &HeaderMap, body: &Bytes) -> Result<Vec<Part>, String> {
    let boundary = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| multer::parse_boundary(value).ok())
        .ok_or("its Content-Type names no boundary")?;
    let whole = stream::iter([Ok::<_, std::convert::Infallible>(body.clone())]);
    // Nothing is waited for: all bytes are there.
    match collect(multer::Multipart::new(whole, boundary)).now_or_never() {
        Some(parts) => parts,
        None => Err("it ends too early".to_owned()),
    }
}

async fn collect(mut body: multer::Multipart<'static>) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let told = |error: multer::Error| error.to_string();
    while let Some(field) = body.next_field().await.map_err(told)? {
        if parts.len() == MAX_PARTS {
            return Err("it has more than 1000 parts".to_owned());
        }
        let name = field.name().unwrap_or_default().to_owned();
        let (media, utf8) = (Media::of(field.headers()), is_utf8(field.headers()));
        parts.push(Part { name, media, utf8, bytes: field.bytes().await.map_err(told)? });
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(value: &str) -> HeaderMap {
        [(CONTENT_TYPE, value.parse().unwrap())].into_iter().collect()
    }

    #[test]
    fn parts_come_with_names_types_and_bytes() {
        let body = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n\
                    --x\r\nContent-Disposition: form-data; name=\"b\"; filename=\"p.json\"\r\n\
                    Content-Type: application/json\r\n\r\n{}\r\n--x--\r\n";
        let parts = split(&headers("multipart/form-data; boundary=x"), &body.into()).unwrap();
        let told: Vec<_> = parts.iter().map(|part| (&*part.name, part.media, &*part.bytes)).collect();
        assert_eq!(told, [("a", Media::Unsaid, &b"1"[..]), ("b", Media::Json, b"{}")]);
    }

    #[test]
    fn a_body_that_ends_too_early_is_a_fault() {
        let body = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1";
        assert!(split(&headers("multipart/form-data; boundary=x"), &body.into()).is_err());
        assert!(split(&headers("multipart/form-data"), &body.into()).is_err());
    }
}
