//! Modbus TCP: the MBAP header as a rule.
//!
//! | octets | field |
//! | --- | --- |
//! | 2 | transaction identifier |
//! | 2 | protocol identifier, 0000 |
//! | 2 | length of what follows, high octet first |
//! | 1 | unit identifier |
//! | n | PDU |
//!
//! The head of the rule is the transaction identifier, its content the unit identifier and the PDU.
//! A Modbus session uses the deframer in `mbap`, which does the same without looking anything up.

use crate::rule::{Boundary, Few, FrameRule, Length, Literal, Octets, Place};

/// A frame of either side.
pub const FRAME: FrameRule = FrameRule {
    name: "MBAP frame",
    literals: Few::of([Literal { at: Place::Start(2), octets: Octets::of([0, 0]) }]),
    boundary: Boundary::Length(Length { at: 4, width: 2, add: 6, ..Length::OCTET }),
    content: (Place::Start(6), Place::End(0)),
    min_len: 8,
    max_len: 260,
    ..FrameRule::ANYTHING
};

/// All that goes over the connection.
pub static RULES: &[FrameRule] = &[FRAME];
