//! DL/T 645: Chinese electricity meters on RS-485.
//!
//! | octets | field |
//! | --- | --- |
//! | 0 to 4 | FE, to wake the meter |
//! | 1 | 68 |
//! | 6 | address, BCD, least significant digits first |
//! | 1 | 68 |
//! | 1 | control code |
//! | 1 | length of the data |
//! | n | data, 33h added to each octet |
//! | 1 | sum of all octets from the first 68 on |
//! | 1 | 16 |
//!
//! The head of the rule is address and control code. More than four FE are accepted: they harm
//! nobody.

use crate::checksum::Checksum;
use crate::rule::{
    Boundary, Check, Few, FrameRule, Length, Literal, Octets, Place, Preamble, Start, Transform,
};

/// A frame of either side.
pub const FRAME: FrameRule = FrameRule {
    name: "frame",
    preamble: Some(Preamble { octet: 0xFE, max: 16 }),
    start: Start::Markers(Few::of([Octets::of([0x68])])),
    literals: Few::of([
        Literal { at: Place::Start(7), octets: Octets::of([0x68]) },
        Literal { at: Place::End(1), octets: Octets::of([0x16]) },
    ]),
    boundary: Boundary::Length(Length { at: 9, add: 12, ..Length::OCTET }),
    content: (Place::Start(10), Place::End(2)),
    transform: Transform::Add(0x33),
    check: Some(Check::of(Checksum::Sum8, Place::Start(0), Place::End(2))),
    min_len: 12,
    max_len: 267,
    ..FrameRule::ANYTHING
};

/// All that goes over the line.
pub static RULES: &[FrameRule] = &[FRAME];
