//! IEC 62056-21: reading out over an optical head, modes A to E.
//!
//! | message | octets | who |
//! | --- | --- | --- |
//! | request | `/?` address `!` CR LF | reader |
//! | identification | `/` three letters, speed, text, CR LF | meter |
//! | option select | 06, protocol, speed, mode, CR LF | reader |
//! | acknowledgement | 06 | both |
//! | repeat request | 15 | both |
//! | command | 01, letter, digit \[02, data\] 03, BCC | both |
//! | data | 02, data, 03, BCC | meter |
//! | partial block | as command or data, with 04 for 03 | both |
//! | mode D | identification, data lines, `!` CR LF | meter |
//!
//! BCC is the exclusive or of all octets behind the first up to 03 or 04, both included.
//!
//! What the first octet means changes with the phase of the conversation, so there is a set of
//! rules for each: the session calls [`RuleDeframer::switch`](crate::rule::RuleDeframer::switch)
//! between two messages, and the octets that have already come are looked at by the new ones. In
//! mode E the line goes over to HDLC in the same way, to another deframer.
//!
//! The octets are those of seven-bit characters: a line that delivers eight has the parity bit
//! taken off before.

use crate::checksum::Checksum;
use crate::rule::{
    Boundary, Check, EndMarker, Few, FrameRule, Literal, Octets, Place, Start, Then,
};

const CR_LF: Octets = Octets::of(*b"\r\n");
const ETX: Octets = Octets::of([0x03]);
const EOT: Octets = Octets::of([0x04]);

/// The reader asks who is there; the content is the address, mostly empty.
pub const REQUEST: FrameRule = FrameRule {
    name: "request",
    start: Start::Markers(Few::of([Octets::of(*b"/?")])),
    boundary: Boundary::Marker(EndMarker {
        markers: Few::of([Octets::of(*b"!\r\n")]),
        then: Then::Octets(0),
        in_content: false,
    }),
    content: (Place::Start(2), Place::BeforeMarker),
    min_len: 5,
    max_len: 5 + 32,
    restart: true,
    ..FrameRule::ANYTHING
};

/// The meter says who it is; the content is all between `/` and CR LF.
pub const IDENTIFICATION: FrameRule = FrameRule {
    name: "identification",
    start: Start::Markers(Few::of([Octets::of(*b"/")])),
    boundary: Boundary::Marker(EndMarker {
        markers: Few::of([CR_LF]),
        then: Then::Octets(0),
        in_content: false,
    }),
    content: (Place::Start(1), Place::BeforeMarker),
    min_len: 7,
    // Sixteen characters of text in the standard's grammar; a few meters say more.
    max_len: 7 + 64,
    restart: true,
    ..FrameRule::ANYTHING
};

/// The reader chooses protocol, speed and mode: three characters of content.
pub const OPTION_SELECT: FrameRule = FrameRule {
    name: "option select",
    start: Start::Markers(Few::of([Octets::of([0x06])])),
    literals: Few::of([Literal { at: Place::End(2), octets: CR_LF }]),
    boundary: Boundary::Fixed(6),
    content: (Place::Start(1), Place::End(2)),
    min_len: 6,
    max_len: 6,
    ..FrameRule::ANYTHING
};

/// Understood.
pub const ACK: FrameRule = FrameRule {
    name: "acknowledgement",
    start: Start::Markers(Few::of([Octets::of([0x06])])),
    boundary: Boundary::Fixed(1),
    content: (Place::Start(1), Place::End(0)),
    ..FrameRule::ANYTHING
};

/// Please say it again.
pub const NAK: FrameRule = FrameRule {
    name: "repeat request",
    start: Start::Markers(Few::of([Octets::of([0x15])])),
    ..ACK
};

/// Data from the meter: a readout or an answer, or a part of one that ends in 04.
pub const DATA: FrameRule = FrameRule {
    name: "data",
    start: Start::Markers(Few::of([Octets::of([0x02])])),
    boundary: Boundary::Marker(EndMarker {
        markers: Few::of([ETX, EOT]),
        then: Then::Octets(1),
        in_content: false,
    }),
    content: (Place::Start(1), Place::BeforeMarker),
    check: Some(Check::of(Checksum::Xor8, Place::Start(1), Place::End(1))),
    min_len: 3,
    max_len: 65_536,
    ..FrameRule::ANYTHING
};

/// A command of the programming mode: password, read, write, execute, break.
pub const COMMAND: FrameRule = FrameRule {
    name: "command",
    start: Start::Markers(Few::of([Octets::of([0x01])])),
    min_len: 5,
    max_len: 4096,
    ..DATA
};

/// All that a meter in mode D sends by itself, as one message.
pub const MODE_D: FrameRule = FrameRule {
    name: "mode D readout",
    start: Start::Markers(Few::of([Octets::of(*b"/")])),
    boundary: Boundary::Marker(EndMarker {
        markers: Few::of([Octets::of(*b"!")]),
        then: Then::Line(2),
        in_content: false,
    }),
    content: (Place::Start(1), Place::BeforeMarker),
    min_len: 8,
    max_len: 8192,
    restart: true,
    ..FrameRule::ANYTHING
};

/// The meter waits to be asked.
pub static METER_IDLE: &[FrameRule] = &[REQUEST];
/// The meter has said who it is, and waits for the choice.
pub static METER_IDENTIFIED: &[FrameRule] = &[REQUEST, OPTION_SELECT, NAK];
/// The meter is being programmed, or has sent data and waits for the answer.
pub static METER_PROGRAMMING: &[FrameRule] = &[COMMAND, ACK, NAK];
/// The reader has asked who is there. It also hears its own request where the head echoes.
pub static READER_SIGN_ON: &[FrameRule] = &[REQUEST, IDENTIFICATION];
/// The reader waits for the readout, or for the answer to a command.
pub static READER_DATA: &[FrameRule] = &[DATA, COMMAND, ACK, NAK];
/// The meter sends by itself.
pub static READER_MODE_D: &[FrameRule] = &[MODE_D];
/// Any message in a capture that is whole, whoever sent it. Only the end of the capture tells an
/// identification from mode D and an acknowledgement from an option select, so this set is not for
/// a living line.
pub static CAPTURE: &[FrameRule] =
    &[REQUEST, MODE_D, IDENTIFICATION, OPTION_SELECT, ACK, NAK, COMMAND, DATA];
