//! DSMR P1: what a Dutch, Belgian, Swedish, Hungarian or Irish meter says every second or ten.
//!
//! `/` identification CR LF, data lines, `!`, four hexadecimal digits, CR LF. The digits are
//! CRC-16/ARC over everything from `/` to `!`; meters before version 4 have none, and some leave
//! leading zeros away. Captures that went through a version control system or a socket have LF for
//! CR LF: they are cut as well, though their sum no longer fits.

use crate::checksum::Checksum;
use crate::rule::{
    Boundary, Check, EndMarker, Few, FrameRule, Octets, Over, Place, Start, SumForm, Then,
};

/// A telegram; its content is all between `/` and `!`.
pub const TELEGRAM: FrameRule = FrameRule {
    name: "telegram",
    start: Start::Markers(Few::of([Octets::of(*b"/")])),
    boundary: Boundary::Marker(EndMarker {
        markers: Few::of([Octets::of(*b"!")]),
        then: Then::Line(6),
        in_content: false,
    }),
    content: (Place::Start(1), Place::BeforeMarker),
    check: Some(Check {
        sums: Few::of([Checksum::Arc]),
        over: Over::Frame {
            from: Place::Start(0),
            to: Place::BehindMarker,
            at: Place::BehindMarker,
        },
        form: SumForm::Hex { may_be_absent: true },
        required: true,
    }),
    min_len: 6,
    max_len: 8192,
    restart: true,
    ..FrameRule::ANYTHING
};

/// A telegram whose sum may be wrong: it is delivered, and the deframer's check state tells.
pub const UNPROVEN_TELEGRAM: FrameRule = match TELEGRAM.check {
    Some(check) => FrameRule { check: Some(Check { required: false, ..check }), ..TELEGRAM },
    None => TELEGRAM,
};

/// All that comes from the port.
pub static RULES: &[FrameRule] = &[TELEGRAM];
