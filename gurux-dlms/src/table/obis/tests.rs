use std::string::{String, ToString};

use gurux_value::Obis;

use super::*;

fn name(code: &str) -> Option<String> {
    lookup_obis(code.parse().expect("a code")).map(|name| name.to_string())
}

/// Codes of captured telegrams, with what their sources say of them.
#[test]
fn codes_of_captures_have_their_names() {
    for (code, expected) in [
        ("0-0:1.0.0*255", "clock"),
        ("0-0:40.0.0*255", "current association"),
        ("0-0:42.0.0*255", "logical device name"),
        ("0-0:96.1.0*255", "device ID 1"),
        ("0-0:96.1.7*255", "device ID 8"),
        ("0-2:24.2.1*255", "M-Bus value 1, channel 2"),
        ("0-6:25.9.0*255", "push setup, channel 6"),
        ("0-1:99.1.0*255", "load profile with period 1, instance 1, channel 1"),
        ("1-1:0.0.0*255", "electricity ID 1, channel 1"),
        ("1-0:1.7.0*255", "active power import, instantaneous"),
        ("1-0:1.8.0*255", "active energy import, total"),
        ("1-0:1.8.1*255", "active energy import, rate 1"),
        ("1-0:2.8.0*255", "active energy export, total"),
        ("1-0:3.8.0*255", "reactive energy import, total"),
        ("1-0:4.7.0*255", "reactive power export, instantaneous"),
        ("1-0:13.7.0*255", "power factor, instantaneous"),
        ("1-0:21.7.0*255", "active power import L1, instantaneous"),
        ("1-0:31.7.0*255", "current L1, instantaneous"),
        ("1-0:32.7.0*255", "voltage L1, instantaneous"),
        ("1-0:32.32.0*255", "voltage L1, under limit occurrences"),
        ("1-0:52.7.0*255", "voltage L2, instantaneous"),
        ("1-0:71.7.0*255", "current L3, instantaneous"),
        ("1-1:1.6.1*255", "active power import, maximum, rate 1, channel 1"),
        ("1-1:21.25.0*255", "active power import L1, last average of scheme 3, channel 1"),
        ("1-1:96.1.0*255", "device ID 1, channel 1"),
        ("1-1:97.97.0*255", "error object 1, channel 1"),
    ] {
        assert_eq!(name(code).as_deref(), Some(expected), "{code}");
    }
}

#[test]
fn other_media_have_their_own_tables() {
    for (code, expected) in [
        ("4-0:1.0.0*255", "unrated integral"),
        ("4-0:1.2.0*255", "unrated integral, on the set date"),
        ("6-0:1.0.0*255", "energy"),
        (
            "7-1:3.0.0*255",
            "forward absolute meter volume, at metering conditions, total, channel 1",
        ),
        ("7-0:11.2.0*255", "forward undisturbed converter volume, at base conditions, total"),
        ("8-0:1.0.0*255", "volume"),
        ("9-0:2.0.0*255", "flow rate"),
    ] {
        assert_eq!(name(code).as_deref(), Some(expected), "{code}");
    }
}

#[test]
fn billing_periods_are_told() {
    assert_eq!(
        name("1-0:1.8.0*12").as_deref(),
        Some("active energy import, total, billing period 12")
    );
    assert_eq!(
        name("0-0:98.1.0*103").as_deref(),
        Some("data of billing period of scheme 1, instance 1, last 3 billing periods")
    );
    assert_eq!(
        name("0-0:98.1.0*126").as_deref(),
        Some("data of billing period of scheme 1, instance 1, all billing periods")
    );
}

#[test]
fn the_parts_of_a_name_are_at_hand() {
    let name = lookup_obis(Obis::new([1, 0, 41, 6, 2, 255])).expect("a name");
    assert_eq!(name.subject(), "active power import");
    assert_eq!(
        (name.place(), name.processing(), name.rate()),
        (Some("L2"), Some("maximum"), Some(2))
    );
    let harmonic = lookup_obis(Obis::new([1, 0, 32, 7, 3, 255])).expect("a name");
    assert_eq!(harmonic.to_string(), "voltage L1, instantaneous, harmonic 3");
    assert_eq!(harmonic.rate(), None);
}

#[test]
fn codes_of_makers_and_countries_have_no_name() {
    for code in
        ["1-1:128.0.3*255", "1-0:0.2.129*255", "0-0:94.7.0*255", "0-65:1.0.0*255", "3-0:1.0.0*255"]
    {
        assert_eq!(name(code), None, "{code}");
    }
}

#[test]
fn angles_are_of_one_vector_against_another() {
    assert_eq!(name("1-0:81.7.1*255").as_deref(), Some("angle of voltage L2 against voltage L1"));
    assert_eq!(name("1-0:81.7.15*255").as_deref(), Some("angle of current L2 against voltage L2"));
    assert_eq!(name("1-0:81.7.3*255"), None);
}

/// No two rows of a table say the same code.
#[test]
fn rows_do_not_overlap() {
    let rows: std::vec::Vec<_> = abstracts::OBJECTS.iter().chain(others::OBJECTS).collect();
    for (place, row) in rows.iter().enumerate() {
        for other in &rows[..place] {
            let medium = row.a == other.a || row.a == Media::All || other.a == Media::All;
            let apart = |a: (u8, u8), b: (u8, u8)| a.1 < b.0 || b.1 < a.0;
            let clash =
                medium && row.c == other.c && !apart(row.d, other.d) && !apart(row.e, other.e);
            assert!(!clash, "{row:?} and {other:?}");
        }
    }
    for rows in
        [electricity::QUANTITIES, others::GAS, others::HEAT, others::WATER, others::ALLOCATOR]
    {
        assert!(rows.windows(2).all(|two| two[0].c < two[1].c));
    }
    for rows in [electricity::PROCESSINGS, others::GAS_PROCESSINGS, others::DATES] {
        assert!(rows.windows(2).all(|two| two[0].d < two[1].d));
    }
}

#[test]
fn every_code_is_answered() {
    for a in [0, 1, 3, 4, 6, 7, 8] {
        for c in 0..=u8::MAX {
            for d in 0..=u8::MAX {
                for e in [0, 64, 255] {
                    let obis = Obis::new([a, 0, c, d, e, 255]);
                    if let Some(name) = lookup_obis(obis) {
                        assert!(!name.to_string().is_empty());
                        assert_eq!(name.obis(), obis);
                    }
                }
            }
        }
    }
}
