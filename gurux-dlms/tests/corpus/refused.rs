//! The frames of a capture, and the places at which one is refused.

use serde_json::Value as Json;

use crate::capture::Capture;
use crate::said;
use gurux_corpus::Ledger;

/// Each frame that is proven is found at its place, in its order, and no other; what is not is noise
/// that begins at its place, for a reason within it.
pub(crate) fn facts(ledger: &mut Ledger, capture: &Capture, expect: &Json) {
    let empty = Vec::new();
    let frames = expect["decode"]["frames"].as_array();
    let has_frames = frames.is_some() || expect["valid"] == false;
    let mut own = capture.frames.iter();
    let mut place = 0;
    for (number, frame) in frames.unwrap_or(&empty).iter().enumerate() {
        let field = format!("frames[{number}]");
        place = begin(&capture.octets, place);
        let len = usize::try_from(frame["len"].as_u64().unwrap_or_default()).unwrap_or_default();
        let is_mbus = frame.get("checksum_ok").is_some();
        let is_proven = frame["fcs_ok"] != false && frame["hcs_ok"] != false;
        if is_proven {
            let found = own.next();
            let offset = found.map(|found| found.offset);
            ledger.same(format_args!("{field}.place"), &Json::from(place), offset);
            ledger.tree(&field, frame, &found.map_or(Json::Null, |found| found.said.clone()));
        } else {
            noise(ledger, &field, capture, place, place + len);
        }
        place += if is_mbus { len + 6 } else { len };
    }
    if has_frames {
        let unexpected = own.count();
        ledger.check("frames", unexpected == 0, "no more frames", unexpected);
    }
    // A good capture is frames and nothing else.
    if let Some(valid) = expect["valid"].as_bool() {
        ledger.same("valid", &valid.into(), capture.noise.is_empty());
    }
    match expect["reason"].as_str() {
        None => {}
        // The frames say which of them it is.
        Some("check sequence") => {
            let frames = frames.unwrap_or(&empty);
            let wrong = |frame: &&Json| frame["fcs_ok"] == false || frame["hcs_ok"] == false;
            ledger.check("reason", frames.iter().any(|frame| wrong(&frame)), "one", "none");
        }
        Some("does not decode: 3-byte address") => {
            let found = capture.noise.first().map(|(begin, _, why)| (*begin, why.offset, why.what));
            let agrees = found == Some((0, 4, "source address"));
            ledger.check("reason", agrees, "an address at 4", format_args!("{found:?}"));
        }
        Some("does not decode: M-Bus long frame") => long_frame(ledger, capture),
        Some(reason) => {
            let numbers: Vec<usize> =
                reason.split([' ', ')']).filter_map(|word| word.parse().ok()).collect();
            let [at, len] = numbers[..] else {
                return ledger.disagree("reason", format_args!("nobody knows {reason}"));
            };
            noise(ledger, "reason", capture, at, at + len + 1);
        }
    }
}

/// Where the next frame begins: behind flags.
fn begin(octets: &[u8], place: usize) -> usize {
    let flags = octets.iter().skip(place).take_while(|octet| **octet == 0x7E).count();
    place + flags
}

/// What begins at this place is refused, for a reason that is within what it says it is.
fn noise(ledger: &mut Ledger, field: &str, capture: &Capture, place: usize, end: usize) {
    let run = capture.noise.iter().find(|(begin, len, _)| (*begin..begin + len).contains(&place));
    let found = run.map_or("it is taken".to_owned(), |(_, _, why)| why.to_string());
    let agrees = run.is_some_and(|(_, _, why)| (place..=end).contains(&why.offset));
    ledger.check(format_args!("{field}.refused"), agrees, format_args!("{place}..{end}"), found);
}

/// The first frame that is not whole begins where the noise does.
fn long_frame(ledger: &mut Ledger, capture: &Capture) {
    let whole: usize = capture.frames.iter().map(|frame| frame.octets.len()).sum();
    let found = capture.noise.first().map(|(begin, ..)| *begin);
    let head = found.and_then(|begin| capture.octets.get(begin..begin + 4));
    let is_head = matches!(head, Some([0x68, one, other, 0x68]) if one == other);
    let agrees = found == Some(whole) && is_head;
    let head = head.map(said::hex);
    ledger.check("reason", agrees, "the head of a long frame", format_args!("{found:?} {head:?}"));
}
