//! Messages of DLMS that are cut short, spoilt or odd, at the command: each is told as what it is.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod command;

use serde_json::Value as Json;

use crate::command::{INVALID, OK, PARTIAL, run};

/// What there is to tell of this capture.
#[track_caller]
fn told(arguments: &[&str], code: i32) -> Vec<Json> {
    run(&[&["decode", "--format", "ndjson"], arguments].concat()).must_exit(code).records()
}

/// This capture is one stretch of noise, read in this way: the octet of its fault, and the field.
#[track_caller]
fn wrong(hex: &str, read_as: &str) -> (u64, String) {
    let found = told(&[hex], INVALID);
    let [only] = &found[..] else { panic!("{hex}: {found:#?}") };
    assert_eq!((&only["protocol"], &only["error"]["read_as"]), (&"noise".into(), &read_as.into()));
    let field = only["error"]["field"].as_str().unwrap().to_owned();
    (only["error"]["offset"].as_u64().unwrap(), field)
}

#[test]
fn what_begins_like_a_message_is_not_searched_for_frames_of_others() {
    // FF FF 00 00 00 is a frame of RTU, and so is 00 0C and what follows.
    let compact = wrong("C401C100130684FFFFFFFF00000001", "dlms-apdu");
    assert_eq!(compact.1, "array contents");
    wrong("C401C10009FFFF000000010203", "dlms-apdu");
    // Acknowledgements and a short frame of M-Bus.
    wrong("C401C1000930E5E5105BFE591600010203040506070809", "dlms-apdu");
    // In the wrapper as well.
    wrong("000100010010002FC401C10009FFFF00000001", "dlms-wrapper");
    // A frame of RTU that begins so is one: to unit 192, read a coil.
    let coil = told(&["C00100000001ED1B"], OK);
    assert_eq!((&coil[0]["protocol"], &coil[0]["meter"]["unit"]), (&"modbus".into(), &192.into()));
    // And where RTU is asked for, it is searched for.
    told(&["--protocol", "modbus-rtu", "C401C100130684FFFFFFFF00000001"], PARTIAL);
}

#[test]
fn a_message_that_is_cut_is_told_in_its_own_terms() {
    for (hex, octet, field) in [
        // A block of ten octets.
        ("E0C1000100000A0102", 7, "block-data"),
        ("C200000301", 4, "instance-id"),
        ("C2010C07E80101", 3, "time"),
        ("601DA10906", 2, "aarq"),
        ("608180800202078461", 3, "aarq"),
        ("6129A1", 2, "aare"),
        ("62038001", 2, "rlrq"),
        ("C81E3000000001AABB", 2, "ciphered service"),
        ("D41E2000000001AABB", 2, "ciphered service"),
        ("28213000000001AABB", 2, "ciphered service"),
        ("0C01000612", 4, "value"),
    ] {
        assert_eq!(wrong(hex, "dlms-apdu"), (octet, field.to_owned()), "{hex}");
    }
}

#[test]
fn a_wrapper_that_is_cut_is_one_stretch() {
    // A date and time of which 00 01 is a part, behind which a length of nothing stands.
    let cut = "000100010010004F0F000000010002021601011B0202000100002A0000FF";
    assert_eq!(wrong(cut, "dlms-wrapper"), (0, "wrapper frame".to_owned()));
    // Behind a whole one too.
    let whole = "000100100001000DC001C100030100010800FF0200";
    let found = told(&[&format!("{whole}{cut}")], PARTIAL);
    let kinds: Vec<_> = found.iter().map(|one| (&one["protocol"], &one["offset"])).collect();
    assert_eq!(kinds, [(&"dlms".into(), &0.into()), (&"noise".into(), &21.into())]);
    // The header alone.
    wrong("0001001000010010", "dlms-wrapper");
}
