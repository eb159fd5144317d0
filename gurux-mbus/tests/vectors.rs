//! `tests/vectors/mbus`: each line is read in every way in which octets can come, and what was read is
//! written again.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use gurux_framing::Wire;
use gurux_framing::laws::RangesWithin;
use gurux_mbus::wire::{DataRecord, RecordItem, Records};

static RECORDS: &str = include_str!("../../tests/vectors/mbus/records.txt");

/// The lines that begin with `head`: the line, its octets, and what stands behind `sign`.
fn lines(head: &str, sign: &str) -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let lines = RECORDS.lines().filter_map(|line| Some((line, line.strip_prefix(head)?)));
    let all: Vec<_> = lines
        .filter_map(|(line, rest)| {
            let rest = rest.trim_start().strip_prefix(": ")?;
            let (octets, behind) = rest.split_once(sign).unwrap_or_else(|| panic!("{line}"));
            Some((line, octets_of(octets), behind))
        })
        .collect();
    assert!(!all.is_empty(), "no line begins with {head}");
    all
}

fn octets_of(hex: &str) -> Vec<u8> {
    hex.split_whitespace().map(|octet| u8::from_str_radix(octet, 16).unwrap()).collect()
}

fn records(payload: &[u8]) -> Vec<RecordItem<'_>> {
    Records::new(payload).collect()
}

#[test]
fn each_record_says_what_stands_behind_it() {
    let mut wrong = Vec::new();
    for (line, octets, expected) in lines("record", " = ") {
        let record = DataRecord::from_bytes(&octets).unwrap_or_else(|why| panic!("{line}: {why}"));
        let found = record.measurement().to_string();
        if found != expected {
            wrong.push(format!("{line}\n    says {found}"));
        }
        // Told field by field, within its octets.
        let within = RangesWithin::new(7..7 + octets.len());
        assert_eq!(DataRecord::explain(&octets, 7, within), Ok(record), "{line}");
        let mut out = vec![0; octets.len()];
        assert_eq!(record.emit_to_slice(&mut out), Ok(octets.len()), "{line}");
        assert_eq!(out, octets, "{line}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_strict_prefix_of_a_record_is_refused_inside_it() {
    for (line, octets, _) in lines("record", " = ") {
        for end in 1..octets.len() {
            let fault = DataRecord::from_bytes(&octets[..end]).unwrap_err();
            assert!(fault.offset <= end, "{line}: {end}: {fault}");
        }
    }
}

#[test]
fn records_behind_each_other_are_the_records_alone() {
    let all: Vec<_> = lines("record", " = ");
    for (first, second) in all.iter().zip(all.iter().cycle().skip(7)) {
        let payload = [&[0x2F][..], &first.1, &[0x2F, 0x2F], &second.1, &[0x1F, 0xAA]].concat();
        let texts: Vec<_> = records(&payload)
            .iter()
            .filter_map(|item| match item {
                RecordItem::Record(record) => Some(record.measurement().to_string()),
                _ => None,
            })
            .collect();
        assert_eq!(texts, [first.2, second.2], "{} then {}", first.0, second.0);
    }
}

#[test]
fn what_is_no_record_says_why_and_keeps_its_octets() {
    for (line, octets, expected) in lines("bad", " ! ") {
        let items = records(&octets);
        let bad: Vec<_> = items
            .iter()
            .filter_map(|item| match item {
                RecordItem::Bad { why, .. } => Some(why.to_string()),
                _ => None,
            })
            .collect();
        assert_eq!(bad, [expected], "{line}");
        let mut written = Vec::new();
        items.iter().for_each(|item| item.emit(&mut written));
        assert_eq!(written, octets, "{line}");
    }
}
