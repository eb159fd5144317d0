//! Frames that are errors: reports of the application, records that are malformed, and what libmbus
//! does not support.

use serde_json::Value as Json;

use crate::capture::{Capture, Kind, hex};
use gurux_corpus::Ledger;

/// The reports in libmbus's words.
#[rustfmt::skip]
const REPORTS: [(u8, &str); 9] = [
    (0, "Unspecified error"),         (1, "Unimplemented CI-Field"),
    (2, "Buffer too long, truncated"), (3, "Too many records"),
    (4, "Premature end of record"),   (5, "More than 10 DIFE´s"),
    (6, "More than 10 VIFE´s"),       (8, "Application too busy for handling readout request"),
    (9, "Too many readouts (for slaves with limited readouts per time)"),
];

/// Compares all of one capture.
pub(crate) fn facts(ledger: &mut Ledger, capture: &Capture, expect: &Json) {
    let keys = [
        "format",
        "error",
        "error_kind",
        "why",
        "strict",
        "envelope",
        "ci",
        "libmbus_text",
        "application_error_code",
    ];
    ledger.unknown_keys("expect", expect, &keys);
    match expect["error_kind"].as_str() {
        Some("application-error-report") => report(ledger, capture, expect),
        // A better decoder may accept these.
        Some(_) if expect["strict"] == false => ledger.agree(),
        // A source that says no more than that it is an error.
        None if capture.refused().is_some()
            || capture.first_fault().is_some()
            || capture.application_error().is_some() =>
        {
            ledger.agree();
        }
        _ if expect["strict"] == false => ledger.agree(),
        _ => malformed(ledger, capture, expect),
    }
}

/// A meter that tells an error is read, code and all.
fn report(ledger: &mut Ledger, capture: &Capture, expect: &Json) {
    let code = capture.application_error();
    if let Some(ci) = expect.get("ci") {
        ledger.same("ci", ci, capture.ci_fields().last().map(|ci| hex(&[*ci])));
    }
    let Some(code) = code else {
        return ledger.disagree("error", "it is not read as a report");
    };
    if let Some(expected) = expect.get("application_error_code") {
        ledger.same("application_error_code", expected, code);
    }
    if let Some(text) = expect["libmbus_text"].as_str() {
        let code = code.unwrap_or(0);
        let known = REPORTS.iter().find(|(one, _)| *one == code);
        let plain = |text: &str| text.replace(|c: char| !c.is_ascii_alphanumeric(), "");
        let agrees = known.is_none_or(|(_, words)| plain(words) == plain(text));
        ledger.check("libmbus_text", agrees, text, format_args!("{code}"));
    }
}

/// What is malformed is refused, at an octet of the record or header that is.
fn malformed(ledger: &mut Ledger, capture: &Capture, expect: &Json) {
    let why = expect["why"].as_str().unwrap_or_default();
    let fault = capture.refused().or_else(|| capture.first_fault());
    let Some(fault) = fault else {
        return ledger.disagree("error", format_args!("it is taken, but {why}"));
    };
    let bad = capture.records.iter().find(|record| record.kind == Kind::Bad);
    let (start, end) = match bad {
        Some(record) => (record.offset, record.offset + record.octets.len()),
        None => (0, capture.octets.len()),
    };
    let inside = (start..=end).contains(&fault.offset) && fault.offset <= capture.octets.len();
    ledger.check("error", inside, format_args!("an octet of {start} to {end}"), fault.offset);
    // The octet where the codes or the data end, by a walk of its own.
    if let (Some(record), Some(expected)) =
        (bad, bad.and_then(|record| place_of(why, &record.octets)))
    {
        let found = fault.offset - record.offset;
        ledger.check("error.offset", found == expected, expected, found);
    }
}

/// The octet of a record at which the fault is, counted from the record's first.
fn place_of(why: &str, octets: &[u8]) -> Option<usize> {
    let chain =
        |from: usize| octets.iter().skip(from).take_while(|octet| **octet & 0x80 != 0).count();
    let dib = 1 + chain(0);
    match why {
        // Where the next extension would be.
        "DIF chain runs past the end" => Some(octets.len()),
        "VIF chain runs past the end" => Some(octets.len()),
        "record data runs past the end" => Some(dib + 1 + chain(dib)),
        // The eleventh.
        "more than 10 DIFEs in the frame itself" => Some(11),
        _ => None,
    }
}
