//! Two of the threads in the README that are about messages alone.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails by panicking")]

use gurux_framing::rtu::{self as rtu_frame, Rtu};
use gurux_framing::{Direction, Piece, Wire, WireErrorKind, pieces};
use gurux_modbus::wire::{Request, Response, ascii, rtu, tcp};
use proptest::prelude::*;

/// Gives octets to everything that opens messages; whatever it answers, it answers.
fn open(octets: &[u8]) {
    let _ = Request::from_bytes(octets);
    if let Ok(response) = Response::from_bytes(octets) {
        let mut out = [0; 256];
        assert_eq!(response.emit_to_slice(&mut out), Ok(octets.len()));
    }
    let _ = rtu::Adu::<Request<'_>>::from_bytes(octets);
    let _ = rtu::Adu::<Response<'_>>::from_bare_bytes(octets);
    let _ = tcp::Adu::<Request<'_>>::from_bytes(octets);
    let _ = tcp::Adu::<Response<'_>>::from_short_bytes(octets);
    let _ = ascii::Adu::<Response<'_>>::from_text(octets, &mut [0; ascii::OCTETS_LEN]);
}

/// alttch/rmodbus#42 and #43: parsing panicked on octets nobody had thought of;
/// pymodbus-dev/pymodbus#2698 and #2556: eight places raise on messages that are too short.
#[test]
fn thread_07_no_function_and_no_length_is_too_strange() {
    for function in 0..=u8::MAX {
        for fill in [0x00, 0x01, 0x06, 0x0E, 0x7F, 0xFF] {
            let mut octets = [fill; 300];
            octets[0] = function;
            for len in (0..40).chain(245..300) {
                open(&octets[..len]);
                // The count of what follows is right, and nothing else is.
                octets[1] = u8::try_from(len.saturating_sub(2)).unwrap_or(u8::MAX);
                open(&octets[..len]);
                octets[1] = fill;
            }
        }
    }
}

/// The frame with which modbus-core 0.2 stops: coils have two values, and this is neither.
#[test]
fn thread_07_a_coil_that_is_neither_on_nor_off_is_refused_at_its_place() {
    let frame = [0x01, 0x05, 0x00, 0x0B, 0xFF, 0x01, 0x3C, 0x38];
    let error = rtu::Adu::<Request<'_>>::from_bytes(&frame).unwrap_err();
    assert_eq!((error.offset, error.what), (4, "value"));
    assert_eq!(error.kind, WireErrorKind::Code(0xFF01));
}

/// slowtec/modbus-core#12 and #20: the length of 0F and 10 was wrong on RTU, and that of 08, 14,
/// 15 and 2B not known, so that whatever followed was lost.
#[test]
fn thread_09_requests_of_every_length_stand_side_by_side() {
    let requests: [&[u8]; 14] = [
        &[0x0F, 0x00, 0x13, 0x00, 0x0A, 0x02, 0xCD, 0x01],
        &[0x10, 0x00, 0x01, 0x00, 0x02, 0x04, 0x00, 0x0A, 0x01, 0x02],
        &[0x08, 0x00, 0x0B, 0x00, 0x00],
        &[0x08, 0x00, 0x00, 0xA5, 0x37],
        &[0x14, 0x0E, 6, 0, 4, 0, 1, 0, 2, 6, 0, 3, 0, 9, 0, 2],
        &[0x15, 0x0D, 6, 0, 4, 0, 7, 0, 3, 0x06, 0xAF, 0x04, 0xBE, 0x10, 0x0D],
        &[0x16, 0x00, 0x04, 0x00, 0xF2, 0x00, 0x25],
        &[0x17, 0, 3, 0, 6, 0, 14, 0, 1, 2, 0x00, 0xFF],
        &[0x18, 0x04, 0xDE],
        &[0x2B, 0x0E, 0x01, 0x00],
        &[0x07],
        &[0x0B],
        &[0x0C],
        &[0x11],
    ];
    side_by_side(Direction::Request, &requests, |pdu| Request::from_bytes(pdu).is_ok());
}

#[test]
fn thread_09_responses_of_every_length_stand_side_by_side() {
    let responses: [&[u8]; 9] = [
        &[0x0C, 0x08, 0x00, 0x00, 0x01, 0x08, 0x01, 0x21, 0x20, 0x00],
        &[0x11, 0x03, 0x2A, 0xFF, 0x01],
        &[0x14, 0x0A, 5, 6, 0x0D, 0xFE, 0x00, 0x20, 3, 6, 0x33, 0xCD],
        &[0x18, 0x00, 0x06, 0x00, 0x02, 0x01, 0xB8, 0x12, 0x84],
        &[0x2B, 0x0E, 1, 1, 0, 0, 2, 0, 3, b'A', b'B', b'C', 1, 0],
        &[0x17, 0x02, 0x00, 0xFE],
        &[0x07, 0x6D],
        &[0x95, 0x02],
        &[0xE5, 0x01],
    ];
    side_by_side(Direction::Response, &responses, |pdu| Response::from_bytes(pdu).is_ok());
}

/// The messages, each good, come out of one stream as they went in, with nothing between.
fn side_by_side(direction: Direction, pdus: &[&[u8]], is_good: impl Fn(&[u8]) -> bool) {
    let mut stream = Vec::new();
    let frames = pdus.iter().map(|pdu| {
        assert!(is_good(pdu), "{pdu:02X?}");
        let mut out = [0; rtu_frame::MAX_LEN];
        let len = rtu_frame::wrap(0x11, pdu, &mut out).unwrap();
        out[..len].to_vec()
    });
    let frames: Vec<_> = frames.inspect(|frame| stream.extend_from_slice(frame)).collect();
    let found: Vec<_> = pieces(Rtu::new(direction), &stream)
        .map(|piece| match piece {
            Piece::Frame { frame, .. } => Ok(frame.to_vec()),
            Piece::Noise { octets, why, .. } => Err((octets.to_vec(), why)),
        })
        .collect();
    assert_eq!(found, frames.into_iter().map(Ok).collect::<Vec<_>>());
}

proptest! {
    #[test]
    fn thread_07_no_octets_are_too_strange(octets in prop::collection::vec(any::<u8>(), 0..300)) {
        open(&octets);
    }
}
