//! What an independent script found out: the envelope, the layers, and what a key opens.

use serde_json::Value as Json;

use crate::capture::{Capture, hex};
use gurux_corpus::Ledger;

/// Length and check sum are good where nothing is said of them, and not where it is.
pub(crate) fn envelope(ledger: &mut Ledger, capture: &Capture, entry: &Json) {
    let said = entry["expect"]["envelope"].as_str();
    // A frame may be whole and yet of a kind that no reader sends.
    let found = capture.envelope().filter(|why| why.what != "control");
    match (said, found) {
        (None, None) | (Some(_), Some(_)) => ledger.agree(),
        (None, Some(why)) => ledger.disagree("envelope", format_args!("refused: {why}")),
        (Some(said), None) => ledger.disagree("envelope", format_args!("taken, but {said}")),
    }
}

/// Compares each fact.
pub(crate) fn facts(ledger: &mut Ledger, capture: &Capture, derived: &Json) {
    for (key, expected) in derived.as_object().into_iter().flatten() {
        let field = format!("derived.{key}");
        match key.as_str() {
            "layers" => ledger.same(field, expected, capture.layers()),
            // A compact frame inside; before the key, it is what follows the link layers.
            "ci" => {
                let found = capture.ci_fields().last().map(|ci| hex(&[*ci]));
                ledger.same(field, expected, found);
            }
            "tpl_mode" => ledger.same(field, expected, capture.security_mode()),
            "already_clear" => ledger.same(field, expected, capture.is_already_clear()),
            "key_opens" => ledger.same(field, expected, capture.is_opened()),
            "security" => ledger.same(field, expected, capture.opened_mode()),
            "mac_ok" => ledger.same(field, expected, capture.is_authentic()),
            "plaintext" => ledger.same(field, expected, capture.plaintext().map(hex)),
            _ => ledger.disagree(field, "nobody compares this"),
        }
    }
}
