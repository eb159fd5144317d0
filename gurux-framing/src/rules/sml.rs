//! SML transport, version 1: what a German meter says every second.
//!
//! | octets | field |
//! | --- | --- |
//! | 4 | 1B 1B 1B 1B |
//! | 4 | 01 01 01 01 |
//! | n | content, filled up with zeros to a multiple of 4; where four octets at a multiple of 4 are 1B, they stand twice |
//! | 4 | 1B 1B 1B 1B |
//! | 1 | 1A |
//! | 1 | how many zeros of filling: 0 to 3 |
//! | 2 | CRC-16/IBM-SDLC over all before, low octet first |
//!
//! Some Holley meters put CRC-16/KERMIT in its place (observed: volkszaehler/libsml issue 75), so
//! both are accepted.

use crate::checksum::{ByteOrder, Checksum};
use crate::rule::{
    Boundary, Check, EndMarker, Few, Fill, FrameRule, Octets, Over, Place, Start, SumForm, Then,
    Transform,
};

/// A file, as SML calls it.
pub const FILE: FrameRule = FrameRule {
    name: "file",
    start: Start::Markers(Few::of([Octets::of([0x1B, 0x1B, 0x1B, 0x1B, 1, 1, 1, 1])])),
    boundary: Boundary::Marker(EndMarker {
        markers: Few::of([Octets::of([0x1B, 0x1B, 0x1B, 0x1B, 0x1A])]),
        then: Then::Octets(3),
        in_content: false,
    }),
    content: (Place::Start(8), Place::BeforeMarker),
    transform: Transform::Doubled(Octets::of([0x1B; 4])),
    fill: Some(Fill { unit: 4, count_at: Place::BehindMarker }),
    check: Some(Check {
        sums: Few::of([Checksum::IbmSdlc, Checksum::Kermit]),
        over: Over::Frame { from: Place::Start(0), to: Place::End(2), at: Place::End(2) },
        form: SumForm::Binary(ByteOrder::Little),
        required: true,
    }),
    min_len: 16,
    max_len: 16_384,
    ..FrameRule::ANYTHING
};

/// All that comes from the meter.
pub static RULES: &[FrameRule] = &[FILE];
