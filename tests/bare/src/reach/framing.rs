//! gurux-framing: check sums, deframers, and frames as data.

use gurux_framing::ascii::{self, Ascii};
use gurux_framing::checksum::{ByteOrder, ChecksumKind, ChecksumSettings};
use gurux_framing::hdlc::{self, Hdlc, HdlcFrame};
use gurux_framing::mbap::{self, Mbap};
use gurux_framing::rtu::{self, Rtu};
use gurux_framing::rule::{FrameRule, Octets, RuleDeframer, Template};
use gurux_framing::rules::{c12_18, dlt645, ft12, iec62056_21, p1, sml, wrapper};
use gurux_framing::{Direction, rules};

use super::{MESSAGE_LEN, Reached};

pub(super) fn reach(reached: &mut Reached, octets: &[u8]) {
    checksums(reached, octets);
    deframers(reached, octets);
    for rules in ALL_RULES {
        reached.deframe(RuleDeframer::new(rules), octets, |reached, frame| {
            rules.iter().for_each(|rule| open(reached, rule, frame));
        });
        rules.iter().for_each(|rule| wrap(reached, rule, octets));
    }
    if let Some((settings, rest)) = octets.split_first_chunk()
        && let Some(rule) = template(settings)
    {
        reached
            .deframe(RuleDeframer::new([rule]), rest, |reached, frame| open(reached, &rule, frame));
        wrap(reached, &rule, rest);
    }
}

static ALL_RULES: [&[FrameRule]; 14] = [
    c12_18::RULES,
    dlt645::RULES,
    ft12::MBUS,
    ft12::IEC_60870_5_102,
    iec62056_21::METER_IDLE,
    iec62056_21::METER_IDENTIFIED,
    iec62056_21::METER_PROGRAMMING,
    iec62056_21::READER_SIGN_ON,
    iec62056_21::READER_DATA,
    iec62056_21::READER_MODE_D,
    iec62056_21::CAPTURE,
    rules::mbap::RULES,
    p1::RULES,
    wrapper::RULES,
];

/// The frames that have code of their own, as they come and as they are made.
fn deframers(reached: &mut Reached, octets: &[u8]) {
    for direction in [Direction::Request, Direction::Response] {
        reached.deframe(Rtu::new(direction).accepting_bare_exceptions(true), octets, count);
        reached.deframe(Mbap::new().accepting_short(Some(direction)), octets, count);
    }
    reached.deframe(Rtu::both(), octets, count);
    reached.deframe(Ascii::new(), octets, |reached, frame| {
        let mut out = [0; MESSAGE_LEN];
        if let Ok(opened) = ascii::unwrap(frame, &mut out) {
            reached.emitted = reached.emitted.wrapping_add(opened.len());
        }
    });
    reached.deframe(RuleDeframer::new(sml::RULES), octets, count);
    reached.deframe(RuleDeframer::new(ft12::MBUS), octets, |reached, frame| {
        if let Ok(content) = ft12::content(frame) {
            reached.emitted = reached.emitted.wrapping_add(content.len());
        }
    });

    reached.deframe(Hdlc::new(), octets, |reached, frame| {
        if let Ok(frame) = HdlcFrame::open_proven(frame) {
            reached.wire::<hdlc::LinkParameters>(frame.information());
            reached.wire::<hdlc::Frmr>(frame.information());
        }
    });
    reached.wire::<HdlcFrame<'_>>(octets);
    reached.wire::<hdlc::HdlcAddress>(octets);
    reached.wire::<hdlc::Control>(octets);

    let Some((unit, pdu)) = octets.split_first() else { return };
    let mut out = [0; MESSAGE_LEN];
    let written = [
        rtu::wrap(*unit, pdu, &mut out),
        mbap::wrap(u16::from(*unit), *unit, pdu, &mut out),
        ascii::wrap(*unit, pdu, ascii::LF, &mut out),
    ];
    for len in written.into_iter().flatten() {
        reached.emitted(&out, len);
    }
}

fn count(reached: &mut Reached, _: &[u8]) {
    reached.message();
}

/// Opens a frame by the rule that cut it, or by its neighbour.
fn open(reached: &mut Reached, rule: &FrameRule, frame: &[u8]) {
    let mut room = [0; MESSAGE_LEN];
    if let Ok(opened) = rule.open(frame, &mut room) {
        reached.emitted = reached.emitted.wrapping_add(opened.content.len());
    }
    let _ = rule.explain(frame, 0, &mut *reached);
}

/// Makes a frame by a rule.
fn wrap(reached: &mut Reached, rule: &FrameRule, octets: &[u8]) {
    let (head, content) = octets.split_at_checked(4).unwrap_or_default();
    let mut out = [0; MESSAGE_LEN];
    if let Ok(len) = rule.wrap(head, content, &mut out) {
        reached.emitted(&out, len);
    }
}

/// A frame of the original's settings, as the octets say.
fn template(octets: &[u8; 8]) -> Option<FrameRule> {
    let [begin, end, minimum, maximum, kind, position, start, count] = octets;
    let settings = ChecksumSettings {
        position: i32::from(position.cast_signed()),
        start: u32::from(*start),
        count: i32::from(count.cast_signed()),
        ..ChecksumSettings::new(ChecksumKind::from_number(*kind)?)
    };
    let template = Template {
        bop: Octets::of([*begin]),
        eop: Octets::from_slice(&[*end, *minimum])?,
        minimum_size: usize::from(*minimum),
        maximum_size: usize::from(*maximum),
        byte_order: ByteOrder::Big,
        checksum: settings,
    };
    Some(template.rule())
}

/// Each of the original's kinds, at a place and over a span that the octets say.
fn checksums(reached: &mut Reached, octets: &[u8]) {
    let Some(([position, start, count, size], rest)) = octets.split_first_chunk() else { return };
    let Some((parameters, packet)) = rest.split_first_chunk() else { return };
    let parameter = u32::from_be_bytes(*parameters);
    for kind in ChecksumKind::ALL {
        let settings = ChecksumSettings {
            position: i32::from(position.cast_signed()),
            start: u32::from(*start),
            count: i32::from(count.cast_signed()),
            size: *size,
            polynomial: parameter,
            initial_value: parameter.rotate_left(8),
            final_xor: parameter.rotate_left(16),
            reverse_data: position & 1 == 1,
            reflection: start & 1 == 1,
            reversed_checksum: count & 1 == 1,
            ..ChecksumSettings::new(kind)
        };
        let mut out = [0; MESSAGE_LEN];
        if let Ok(len) = settings.insert(packet, ByteOrder::Big, &mut out) {
            reached.emitted(&out, len);
        }
        if settings.verify(packet, ByteOrder::Little).is_ok() {
            reached.message();
        }
    }
}
