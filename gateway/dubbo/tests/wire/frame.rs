//! Frames: layout, limits, and the same frames however the bytes are cut.

use bytes::{BufMut, BytesMut};
use proptest::prelude::*;
use yumen_dubbo::frame::{
    Decoder, Frame, FrameError, HEADER_LEN, Header, Incoming, Kind, MAX_EVENT_BODY, begin, finish,
};

use crate::peer::frame_bytes;

#[test]
fn heartbeats_have_the_bytes_that_dubbo_sends() {
    let request = frame_bytes(Header::request(2, true, 2).as_event(), b"N");
    assert_eq!(request, b"\xDA\xBB\xE2\0\0\0\0\0\0\0\0\x02\0\0\0\x01N");
    let answer = frame_bytes(Header::response(2, 20, 2).as_event(), b"N");
    assert_eq!(answer, b"\xDA\xBB\x22\x14\0\0\0\0\0\0\0\x02\0\0\0\x01N");
    let read_only = frame_bytes(Header::request(0, false, 2).as_event(), b"\x01R");
    assert_eq!(read_only[..4], *b"\xDA\xBB\xA2\0");
}

#[test]
fn a_body_above_the_limit_is_said_at_once_and_skipped_as_it_comes() {
    let mut decoder = Decoder::new(10);
    let large = frame_bytes(Header::response(7, 20, 2), &[1; 11]);
    let small = frame_bytes(Header::response(8, 20, 2), &[2; 10]);
    let mut buffer = BytesMut::from(&large[..HEADER_LEN]);
    assert!(matches!(decoder.decode(&mut buffer), Ok(Some(Incoming::TooLarge(header))) if header.id == 7));
    for byte in &large[HEADER_LEN..] {
        assert_eq!(decoder.decode(&mut buffer), Ok(None));
        assert!(buffer.is_empty(), "nothing of the body is kept");
        buffer.put_u8(*byte);
    }
    buffer.extend_from_slice(&small);
    assert!(matches!(decoder.decode(&mut buffer), Ok(Some(Incoming::Frame(frame))) if frame.header.id == 8));
}

#[test]
fn foreign_protocols_are_known_by_their_first_byte() {
    for bytes in [b"G".as_slice(), b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01", b"\r\n", b"\xDA\xBC", b"\0\xDA\xBB"] {
        assert_eq!(Decoder::new(10).decode(&mut BytesMut::from(bytes)), Err(FrameError::NotDubbo), "{bytes:x?}");
    }
    assert_eq!(Decoder::new(10).decode(&mut BytesMut::from(&b"\xDA"[..])), Ok(None));
}

#[test]
fn impossible_lengths_are_refused_before_any_body_is_read() {
    for (length, event, expected) in [
        (u32::MAX, false, Err(FrameError::NegativeLength(-1))),
        (1 << 31, false, Err(FrameError::NegativeLength(i32::MIN))),
        (MAX_EVENT_BODY + 1, true, Err(FrameError::HugeEvent(MAX_EVENT_BODY + 1))),
    ] {
        let header = Header { length, event, ..Header::response(1, 20, 2) };
        let mut buffer = BytesMut::from(&header.encode()[..]);
        assert_eq!(Decoder::new(1 << 20).decode(&mut buffer), expected);
    }
}

#[test]
fn a_length_from_the_wire_never_asks_for_more_than_the_limit() {
    let header = Header { length: 1 << 20, ..Header::response(1, 20, 2) };
    let mut decoder = Decoder::new(1 << 20);
    let mut buffer = BytesMut::from(&header.encode()[..]);
    assert_eq!(decoder.decode(&mut buffer), Ok(None));
    assert_eq!(decoder.wanted(), 1 << 20);
    assert!(buffer.capacity() < 1024, "the decoder itself makes no room");
}

#[test]
fn a_frame_that_grew_too_large_is_taken_back() {
    let mut out = b"before".to_vec();
    let start = begin(Header::request(1, true, 2), &mut out);
    out.extend_from_slice(&[0; 11]);
    assert_eq!(finish(start, 10, &mut out), Err(11));
    assert_eq!(out, b"before");
}

fn any_header() -> impl Strategy<Value = Header> {
    let kind = prop_oneof![
        any::<bool>().prop_map(|two_way| Kind::Request { two_way }),
        any::<u8>().prop_map(|status| Kind::Response { status }),
    ];
    (kind, any::<bool>(), 0_u8..32, any::<u64>()).prop_map(|(kind, event, serialization, id)| Header {
        kind,
        event,
        serialization,
        id,
        length: 0,
    })
}

fn any_frame() -> impl Strategy<Value = Frame> {
    (any_header(), proptest::collection::vec(any::<u8>(), 0..=MAX_EVENT_BODY as usize))
        .prop_map(|(header, body)| Frame { header: Header { length: body.len() as u32, ..header }, body: body.into() })
}

/// Decodes a stream that comes in pieces of the given lengths, over and over.
fn decode_in_pieces(mut stream: &[u8], pieces: &[usize], limit: usize) -> Result<Vec<Incoming>, FrameError> {
    let (mut decoder, mut buffer, mut found) = (Decoder::new(limit), BytesMut::new(), Vec::new());
    for piece in pieces.iter().cycle() {
        let (now, later) = stream.split_at((*piece).min(stream.len()));
        buffer.extend_from_slice(now);
        while let Some(incoming) = decoder.decode(&mut buffer)? {
            found.push(incoming);
        }
        stream = later;
        if stream.is_empty() {
            break;
        }
    }
    Ok(found)
}

proptest! {
    #[test]
    fn a_header_survives_the_round_trip(header in any_header(), length in 0..=MAX_EVENT_BODY) {
        let header = Header { length, ..header };
        prop_assert_eq!(Header::decode(&header.encode()), Ok(header));
    }

    #[test]
    fn frames_are_the_same_however_they_are_cut(
        frames in proptest::collection::vec(any_frame(), 0..5),
        pieces in proptest::collection::vec(1_usize..40, 1..5),
        limit in 0_usize..80,
    ) {
        let stream: Vec<u8> = frames.iter().flat_map(|frame| frame_bytes(frame.header, &frame.body)).collect();
        let expected: Vec<_> = frames.into_iter().map(|frame| {
            if frame.body.len() > limit { Incoming::TooLarge(frame.header) } else { Incoming::Frame(frame) }
        }).collect();
        prop_assert_eq!(decode_in_pieces(&stream, &pieces, limit), Ok(expected));
    }

    #[test]
    fn any_bytes_give_the_same_outcome_however_they_are_cut(
        tail in proptest::collection::vec(any::<u8>(), 0..60), dubbo: bool, piece in 1_usize..20,
    ) {
        let stream = [if dubbo { b"\xDA\xBB".as_slice() } else { b"" }, &tail].concat();
        prop_assert_eq!(decode_in_pieces(&stream, &[piece], 32).is_err(), decode_in_pieces(&stream, &[1], 32).is_err());
    }
}
