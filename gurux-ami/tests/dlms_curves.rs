//! Signed messages and agreed keys at the command. The messages were worked out apart, with OpenSSL; the
//! keys are those of RFC 5903, 8.1.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod command;

use serde_json::Value as Json;

use crate::command::{INVALID, OK, USAGE, run};

const CLIENT: &str = "4D4D4D0000BC614E";
const SERVER: &str = "4D4D4D0000000001";
const CLIENT_OWN: &str = "C88F01F510D9AC3F70A292DAA2316DE544E9AAB8AFE84049C62A9C57862D1433";
const SERVER_OWN: &str = "C6EF9C5D78AE012A011164ACB397CE2088685D8F06BF9BE0B283AB46476BEE53";
const CLIENT_POINT: &str = "DAD0B65394221CF9B051E1FECA5787D098DFE637FC90B9EF945D0C3772581180\
    5271A0461CDB8252D61F1C456FA3E59AB1F45B33ACCF5F58389E0577B8990BB3";
const SERVER_POINT: &str = "D12DFB5289C8D4F81208B70270398C342296970A0BCCB74C736FC7554494BF63\
    56FBF3CA366CC23E8157854C13C58D6AAC23F046ADA30F8353E74F33039872AB";
const AK: &str = "ak=D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF";

/// From the client to the server: a GET of the clock.
const HEADER: &str = "080102030405060708 084D4D4D0000BC614E 084D4D4D0000000001 00 00";
/// The static key of both.
const STATIC: &str =
    "01 02 0102 00 1E 31 01234567 647A56DAE2443CB729E7FB6543 FD4A40FD865E3AD729BFDDB9";
/// The key of the client for this message alone, signed.
const ONE_PASS: &str = "01 02 0101 8180\
    DAD0B65394221CF9B051E1FECA5787D098DFE637FC90B9EF945D0C3772581180\
    5271A0461CDB8252D61F1C456FA3E59AB1F45B33ACCF5F58389E0577B8990BB3\
    3FB2D669D6C2F1E4FC7A81553ED4F9E2DA59088CAAA1435BA76596FE9A3EBC7C\
    CBC56E4BF6AD2AF1E85735C3242156C0E293E8A994D530D9764FE9C13BFD75DA\
    1E 31 01234567 7E4DD9C24C05E163D6E6F31B74 089E5850A9B2B16D6B166D07";
const SIGNATURE: &str = "F0C27A9F2FAC5BA6868F6E23FA73B898EE81523693F63C6E8FE302705581CF9B\
    CB9ED3DA0DDDF5B964F18663DD4165953C2EEDCC551160A0A549C1A423AD8C11";

/// The one record of a message, and its notes in one text.
#[track_caller]
fn decoded(message: &str, keys: &[String], code: i32) -> (Json, String) {
    let keys: Vec<&str> = keys.iter().flat_map(|key| ["--key", key.as_str()]).collect();
    let ended = run(&[&["decode", "--format", "ndjson", message][..], &keys].concat());
    let record = ended.must_exit(code).records().remove(0);
    let notes = record["notes"].to_string();
    (record, notes)
}

fn is_opened(record: &Json) -> bool {
    record["layers"].as_array().unwrap().iter().any(|layer| layer == "get-request")
}

#[test]
fn a_signature_is_checked() {
    let message = format!("DF {HEADER} 0D C0010000080000010000FF0200 40 {SIGNATURE}");
    let (record, notes) = decoded(&message, &[], OK);
    assert!(is_opened(&record) && notes.contains(&format!("--key {CLIENT}/sign=...")), "{notes}");
    // The public key of whomever, of the client, and the private one that it belongs to.
    for key in [
        format!("sign={CLIENT_POINT}"),
        format!("{CLIENT}/sign=04{CLIENT_POINT}"),
        format!("{}/sign={CLIENT_OWN}", CLIENT.to_lowercase()),
    ] {
        let (record, notes) = decoded(&message, &[key], OK);
        assert!(is_opened(&record) && notes.contains("the signature proves it"), "{notes}");
    }
    // Another's key, and a message in which one octet was changed: it is read, and refused.
    let wrong = [format!("sign={SERVER_POINT}")];
    let (record, notes) = decoded(&message, &wrong, INVALID);
    assert!(is_opened(&record) && notes.contains("does not fit"), "{notes}");
    assert_eq!(record["error"]["field"], "signature");
    assert_eq!(record["error"]["offset"], 45);
    let right = [format!("{CLIENT}/sign={CLIENT_POINT}")];
    decoded(&message.replace("0000010000FF", "0000010001FF"), &right, INVALID);
}

#[test]
fn a_key_that_is_agreed_on_opens_its_message() {
    let ak = || AK.to_owned();
    for (scheme, keys) in [
        // The receiver of a message has its private key; the sender of a static one has that of its own.
        (
            STATIC,
            [format!("{SERVER}/agree={SERVER_OWN}"), format!("{CLIENT}/agree={CLIENT_POINT}")],
        ),
        (
            STATIC,
            [format!("{CLIENT}/agree={CLIENT_OWN}"), format!("{SERVER}/agree={SERVER_POINT}")],
        ),
        (ONE_PASS, [format!("agree={SERVER_OWN}"), ak()]),
    ] {
        let message = format!("DD {HEADER} {scheme}");
        let keys: Vec<String> = keys.into_iter().chain([ak()]).collect();
        let (record, notes) = decoded(&message, &keys, OK);
        assert!(is_opened(&record), "{record}");
        assert!(notes.contains("opened, and the tag proves it"), "{notes}");
        // Without the curve's keys it stays closed.
        let (closed, notes) = decoded(&message, &[ak()], OK);
        assert!(!is_opened(&closed) && notes.contains("its key is agreed on"), "{notes}");
        // With the key of another nothing comes out.
        let wrong =
            [format!("agree={}", "07".repeat(32)), format!("{CLIENT}/agree={SERVER_POINT}"), ak()];
        let (record, notes) = decoded(&message, &wrong, INVALID);
        assert!(!is_opened(&record) && notes.contains("the tag does not fit"), "{notes}");
    }
}

#[test]
fn a_key_of_a_curve_has_its_length() {
    let key = "sign=000102030405060708090A0B0C0D0E0F";
    let refused = run(&["decode", "--key", key, "DF00"]).must_exit(USAGE);
    refused.must_say("a public key has 64 octets or 96");
}
