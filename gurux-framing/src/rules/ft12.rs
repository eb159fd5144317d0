//! FT1.2 of IEC 60870-5-1: wired M-Bus and IEC 60870-5-102.
//!
//! | form | octets |
//! | --- | --- |
//! | acknowledgement | E5 |
//! | negative acknowledgement | A2 |
//! | fixed length | 10, control, address, sum, 16 |
//! | variable length | 68, L, L, 68, control, address, data, sum, 16 |
//!
//! L counts from the control octet to the data; the sum goes over the same octets. The address has
//! one octet in M-Bus and two, the low one first, in IEC 60870-5-102.
//!
//! ```
//! use gurux_framing::rule::RuleDeframer;
//! use gurux_framing::{Deframe, Step, rules::ft12};
//!
//! let line = [0x68, 3, 3, 0x68, 0x53, 0xFE, 0x50, 0xA1, 0x16, 0xE5];
//! let Step::Frame { frame, .. } = RuleDeframer::new(ft12::MBUS).deframe(&line) else { panic!() };
//! assert_eq!(ft12::content(frame)?, [0x53, 0xFE, 0x50]);
//! # Ok::<(), gurux_framing::WireError>(())
//! ```

use crate::WireError;
use crate::checksum::Checksum;
use crate::rule::{
    Among, Boundary, Check, Few, FrameRule, Length, Literal, OctetSet, Octets, Place, Start,
};

/// The single octet that acknowledges.
pub const ACK: FrameRule = single("acknowledgement", 0xE5);

/// The single octet that refuses (`observed:` nhedger/meterbus takes it for one).
pub const NACK: FrameRule = single("negative acknowledgement", 0xA2);

const fn single(name: &'static str, octet: u8) -> FrameRule {
    FrameRule {
        name,
        start: Start::Markers(Few::of([Octets::of([octet])])),
        boundary: Boundary::Fixed(1),
        content: (Place::Start(1), Place::End(0)),
        ..FrameRule::ANYTHING
    }
}

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

/// The longest frame that is taken for one whose L wrapped: 256 octets more than L can say.
pub const WRAPPED_MAX_LEN: usize = 517;

/// A frame of variable length of more than L can say: L counts modulo 256. Seen where a meter
/// pushes DLMS (`observed:` Sagemcom T210-D, 263 octets with an L of 1, DomiStyle/esphome-dlms-meter
/// issue 17), and taken only there: a spoilt frame of any other kind is not waited on.
pub const WRAPPED: FrameRule = FrameRule {
    name: "frame longer than its length says",
    among: Some(Among { at: 6, set: DLMS }),
    boundary: Boundary::Length(Length { at: 1, add: 6 + 256, copy_at: Some(2), ..Length::OCTET }),
    min_len: 262,
    max_len: WRAPPED_MAX_LEN,
    ..VARIABLE
};

/// The control information octets behind which DLMS stands: the segments of a push (`observed:` Kaifa
/// MA309M, esphome/esphome pull request 15458), and those that wmbusmeters names COSEM.
const DLMS: OctetSet = OctetSet::NONE.with(0x00, 0x1F).with(0x60, 0x61).with(0x7C, 0x7D);

/// All that goes over a wired M-Bus.
pub static MBUS: &[FrameRule] = &[VARIABLE, fixed(1), ACK, NACK, WRAPPED];

/// All that goes over an IEC 60870-5-102 line.
pub static IEC_60870_5_102: &[FrameRule] = &[VARIABLE, fixed(2), ACK];

/// What is in a frame of wired M-Bus: the octets that L counts, from the control octet on; of a
/// single octet nothing.
///
/// # Errors
/// Those of [`FrameRule::open`], of the form that the first octet says; of a frame with a sum that
/// does not fit, for instance, [`Checksum`](crate::WireErrorKind::Checksum).
pub fn content(frame: &[u8]) -> Result<&[u8], WireError> {
    let form = match frame {
        [0xE5, ..] => &ACK,
        [0xA2, ..] => &NACK,
        [0x10, ..] => &const { fixed(1) },
        _ if frame.len() > VARIABLE.max_len => &WRAPPED,
        _ => &VARIABLE,
    };
    form.open(frame, &mut []).map(|opened| opened.content)
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::{MBUS, VARIABLE, WRAPPED, WRAPPED_MAX_LEN, content, fixed};
    use crate::rule::RuleDeframer;
    use crate::{Deframe, Step, WireErrorKind};

    /// A frame around control, address and control information, with so many octets behind.
    fn long(control_information: u8, data_len: usize) -> Vec<u8> {
        let mut content = std::vec![0x53, 0xFF, control_information];
        content.extend((0..data_len).map(|at| at as u8));
        let length = content.len() as u8;
        let sum = content.iter().fold(0_u8, |sum, octet| sum.wrapping_add(*octet));
        [&[0x68, length, length, 0x68], &content[..], &[sum, 0x16]].concat()
    }

    #[test]
    fn a_frame_of_any_length_is_opened_and_told_by_its_length() {
        for data_len in [0, 1, 252, 253, 254, 300, 508] {
            let frame = long(0x00, data_len);
            let mut deframer = RuleDeframer::new(MBUS);
            let Step::Frame { frame: found, used } = deframer.deframe(&frame) else { panic!() };
            assert_eq!((found, used), (&frame[..], frame.len()), "{data_len}");
            let rule = &MBUS[deframer.rule_index()];
            assert_eq!(rule.name, if data_len > 252 { WRAPPED.name } else { VARIABLE.name });
            assert_eq!(content(&frame).unwrap(), &frame[4..frame.len() - 2]);
        }
        assert_eq!(long(0, 508).len(), WRAPPED_MAX_LEN);
        assert!(content(&long(0, 509)).is_err());
        assert!(content(&long(0x72, 254)).is_err(), "only where DLMS is pushed");
    }

    #[test]
    fn the_content_of_each_form() {
        assert_eq!(content(&[0xE5]), Ok(&[][..]));
        assert_eq!(content(&[0xA2]), Ok(&[][..]));
        assert_eq!(content(&[0x10, 0x5B, 0x01, 0x5C, 0x16]), Ok(&[0x5B, 0x01][..]));
        let why = content(&[0x10, 0x5B, 0x01, 0x5D, 0x16]).unwrap_err();
        assert_eq!(
            (why.offset, why.kind),
            (3, WireErrorKind::Checksum { expected: 0x5C, found: 0x5D })
        );
        for octets in [&[][..], &[0x00], &[0xE5, 0xE5], &[0x68, 3, 3, 0x68]] {
            assert!(content(octets).is_err(), "{octets:?}");
        }
        assert_eq!(fixed(1).max_len, 5);
    }

    #[test]
    fn a_long_frame_is_waited_for_only_when_its_kind_is_known() {
        let mut deframer = RuleDeframer::new(MBUS);
        let mut wanted = |octets: &[u8]| match deframer.deframe(octets) {
            Step::NeedMore { at_least } => at_least,
            step => panic!("{step:?}"),
        };
        // An L of 1 that does not wrap is too short for any frame.
        assert_eq!(wanted(&[0x68, 1, 1, 0x68, 0x53, 0xFF]), 7);
        assert_eq!(wanted(&[0x68, 1, 1, 0x68, 0x53, 0xFF, 0x00]), 263);
        let step = RuleDeframer::new(MBUS).deframe(&[0x68, 1, 1, 0x68, 0x53, 0xFF, 0x72]);
        assert!(matches!(step, Step::Skip { used: 3, .. }), "{step:?}");
    }

    #[test]
    fn a_spoilt_frame_is_waited_on_only_where_dlms_is_pushed() {
        let good = long(0x50, 0);
        for control_information in [0x72, 0x7A, 0x51, 0x01] {
            let mut stream = long(control_information, 20);
            stream[10] ^= 1;
            stream.extend(&good);
            let mut deframer = RuleDeframer::new(MBUS);
            let waits = matches!(deframer.deframe(&stream), Step::NeedMore { .. });
            assert_eq!(waits, control_information == 0x01);
            // Silence settles it, and nothing behind is lost.
            let mut rest = &stream[..];
            while let Step::Skip { used, .. } = deframer.finish(rest) {
                rest = &rest[used..];
            }
            assert_eq!(rest, good);
        }
    }
}
