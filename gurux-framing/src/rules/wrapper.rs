//! The DLMS wrapper: one APDU in TCP or UDP.
//!
//! | octets | field |
//! | --- | --- |
//! | 2 | version, 0001 |
//! | 2 | source port |
//! | 2 | destination port |
//! | 2 | length of the APDU, high octet first |
//! | n | APDU |
//!
//! The head of the rule is the two ports.

use crate::rule::{Boundary, Few, FrameRule, Length, Octets, Place, Start};

/// A frame of either side.
pub const FRAME: FrameRule = FrameRule {
    name: "wrapper frame",
    start: Start::Markers(Few::of([Octets::of([0, 1])])),
    boundary: Boundary::Length(Length { at: 6, width: 2, add: 8, ..Length::OCTET }),
    content: (Place::Start(8), Place::End(0)),
    min_len: 8,
    max_len: 8 + 65_535,
    ..FrameRule::ANYTHING
};

/// All that goes over the connection.
pub static RULES: &[FrameRule] = &[FRAME];
