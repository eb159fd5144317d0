//! gurux-framing: frames by rules that are data.

use core::hint::black_box;

use gurux_framing::checksum::{ByteOrder, ChecksumKind, ChecksumSettings};
use gurux_framing::rule::{FrameRule, Octets, RuleDeframer, Template};
use gurux_framing::rules::{c12_18, dlt645, ft12, iec62056_21, mbap, p1, sml, wrapper};

use super::{MESSAGE_LEN, Reached};

/// Every rule there is, and one that the octets make.
pub(super) fn reach(reached: &mut Reached, octets: &[u8]) {
    for rules in [
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
        mbap::RULES,
        p1::RULES,
        sml::RULES,
        wrapper::RULES,
    ] {
        by_rules(reached, black_box(rules), octets);
    }
    let Some(([bop, eop, kind, position], rest)) = octets.split_first_chunk() else { return };
    let kind = ChecksumKind::from_number(kind % 23).unwrap_or_default();
    let template = Template {
        bop: Octets::of([*bop]),
        eop: Octets::from_slice(rest.get(..usize::from(eop % 4)).unwrap_or_default())
            .unwrap_or_default(),
        byte_order: ByteOrder::Big,
        checksum: ChecksumSettings {
            position: i32::from(position.cast_signed()),
            ..ChecksumSettings::new(kind)
        },
        ..Template::default()
    };
    by_rules(reached, &[template.rule()], rest);
}

fn by_rules(reached: &mut Reached, rules: &[FrameRule], octets: &[u8]) {
    reached.deframe(RuleDeframer::new(rules), octets, |reached, frame| {
        let mut room = [0; MESSAGE_LEN];
        for rule in rules {
            if rule.explain(frame, 0, &mut *reached).is_err() {
                continue;
            }
            if let Ok(opened) = rule.open(frame, &mut room) {
                let mut out = [0; MESSAGE_LEN];
                if let Ok(len) = rule.wrap(opened.head.as_slice(), opened.content, &mut out) {
                    reached.emitted(&out, len);
                }
            }
        }
    });
}
