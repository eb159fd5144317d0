//! FT1.2 of IEC 60870-5-1: wired M-Bus and IEC 60870-5-102.
//!
//! | form | octets |
//! | --- | --- |
//! | acknowledgement | E5 |
//! | fixed length | 10, control, address, sum, 16 |
//! | variable length | 68, L, L, 68, control, address, data, sum, 16 |
//!
//! L counts from the control octet to the data; the sum goes over the same octets. The address has
//! one octet in M-Bus and two, the low one first, in IEC 60870-5-102.

use crate::checksum::Checksum;
use crate::rule::{Boundary, Check, Few, FrameRule, Length, Literal, Octets, Place, Start};

/// The single octet that acknowledges.
pub const ACK: FrameRule = FrameRule {
    name: "acknowledgement",
    start: Start::Markers(Few::of([Octets::of([0xE5])])),
    boundary: Boundary::Fixed(1),
    content: (Place::Start(1), Place::End(0)),
    ..FrameRule::ANYTHING
};

/// A frame of fixed length, with an address of so many octets.
#[must_use]
pub const fn fixed(address_len: usize) -> FrameRule {
    let total = address_len.saturating_add(4);
    FrameRule {
        name: "frame of fixed length",
        start: Start::Markers(Few::of([Octets::of([0x10])])),
        literals: Few::of([END]),
        boundary: Boundary::Fixed(total),
        content: (Place::Start(1), Place::End(2)),
        check: Some(Check::of(Checksum::Sum8, Place::Start(1), Place::End(2))),
        min_len: total,
        max_len: total,
        ..FrameRule::ANYTHING
    }
}

/// A frame of variable length.
pub const VARIABLE: FrameRule = FrameRule {
    name: "frame of variable length",
    start: Start::Markers(Few::of([Octets::of([0x68])])),
    literals: Few::of([Literal { at: Place::Start(3), octets: Octets::of([0x68]) }, END]),
    boundary: Boundary::Length(Length { at: 1, add: 6, copy_at: Some(2), ..Length::OCTET }),
    content: (Place::Start(4), Place::End(2)),
    check: Some(Check::of(Checksum::Sum8, Place::Start(4), Place::End(2))),
    min_len: 8,
    max_len: 261,
    ..FrameRule::ANYTHING
};

const END: Literal = Literal { at: Place::End(1), octets: Octets::of([0x16]) };

/// All that goes over a wired M-Bus.
pub static MBUS: &[FrameRule] = &[VARIABLE, fixed(1), ACK];

/// All that goes over an IEC 60870-5-102 line.
pub static IEC_60870_5_102: &[FrameRule] = &[VARIABLE, fixed(2), ACK];
