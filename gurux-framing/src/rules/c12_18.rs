//! ANSI C12.18: packets over an optical port.
//!
//! | octets | field |
//! | --- | --- |
//! | 1 | EE |
//! | 1 | identity |
//! | 1 | control |
//! | 1 | sequence number: packets still to come |
//! | 2 | length of the data, high octet first |
//! | n | data |
//! | 2 | CRC-16/IBM-SDLC over all before, low octet first |
//!
//! Each packet is answered by one octet: 06 (received) or 15 (not). The head of the rule is
//! identity, control and sequence number.
//!
//! No capture of this protocol was at hand; the layout is the one that public implementations
//! share.

use crate::checksum::Checksum;
use crate::rule::{Boundary, Check, Few, FrameRule, Length, Octets, Place, Start};

/// A packet. The longest is our limit; the sides agree on less.
pub const PACKET: FrameRule = FrameRule {
    name: "packet",
    start: Start::Markers(Few::of([Octets::of([0xEE])])),
    boundary: Boundary::Length(Length { at: 4, width: 2, add: 8, ..Length::OCTET }),
    content: (Place::Start(6), Place::End(2)),
    check: Some(Check::of(Checksum::IbmSdlc, Place::Start(0), Place::End(2))),
    min_len: 8,
    max_len: 8200,
    ..FrameRule::ANYTHING
};

/// The packet arrived.
pub const ACK: FrameRule = FrameRule {
    name: "acknowledgement",
    start: Start::Markers(Few::of([Octets::of([0x06])])),
    boundary: Boundary::Fixed(1),
    content: (Place::Start(1), Place::End(0)),
    ..FrameRule::ANYTHING
};

/// The packet did not arrive whole.
pub const NAK: FrameRule = FrameRule {
    name: "negative acknowledgement",
    start: Start::Markers(Few::of([Octets::of([0x15])])),
    ..ACK
};

/// All that goes over the line.
pub static RULES: &[FrameRule] = &[PACKET, ACK, NAK];
