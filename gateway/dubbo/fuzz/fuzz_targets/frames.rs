//! Frames out of any bytes, and whatever is in them: replies, requests, events, texts.
//!
//! The first two bytes choose the payload limit and how the rest is cut; the outcome must not depend
//! on the cut.

#![no_main]

use bytes::BytesMut;
use libfuzzer_sys::fuzz_target;
use yumen_dubbo::body::hessian2::RequestBody;
use yumen_dubbo::body::read_reply;
use yumen_dubbo::exchange::Event;
use yumen_dubbo::frame::{Decoder, Frame, FrameError, Incoming, Kind};

fuzz_target!(|input: &[u8]| {
    let [limit, piece, stream @ ..] = input else { return };
    let limit = usize::from(*limit) * 8;
    let in_pieces = decode(stream, usize::from(*piece).max(1), limit);
    let whole = decode(stream, stream.len().max(1), limit);
    assert_eq!(in_pieces.is_err(), whole.is_err());
    if let (Ok(in_pieces), Ok(whole)) = (in_pieces, whole) {
        assert_eq!(in_pieces, whole);
        whole.into_iter().for_each(consume);
    }
});

fn decode(stream: &[u8], piece: usize, limit: usize) -> Result<Vec<Incoming>, FrameError> {
    let (mut decoder, mut buffer, mut found) = (Decoder::new(limit), BytesMut::new(), Vec::new());
    for piece in stream.chunks(piece) {
        buffer.extend_from_slice(piece);
        while let Some(incoming) = decoder.decode(&mut buffer)? {
            found.push(incoming);
        }
        assert!(decoder.wanted() <= limit + 16 && buffer.len() <= limit + 16);
    }
    Ok(found)
}

fn consume(incoming: Incoming) {
    let Incoming::Frame(frame) = incoming else { return };
    if frame.header.event {
        let _ = Event::read(frame.header.serialization, &frame.body);
        return;
    }
    match frame.header.kind {
        Kind::Request { .. } => consume_request(frame),
        Kind::Response { .. } => consume_reply(frame),
    }
}

fn consume_request(frame: Frame) {
    if let Ok(request) = RequestBody::read(frame.body) {
        let _ = request.attachments();
    }
}

fn consume_reply(frame: Frame) {
    if let Ok(reply) = read_reply(frame) {
        let mut reader = reply.reader();
        while !reader.is_empty() && reader.skip().is_ok() {}
    }
}
