//! Parse, emit, parse: the same octets where the frame is canonical, the same meaning everywhere; and the
//! frames of formats A and B made of a telegram, read back.

use gurux_framing::WireError;
use gurux_framing::wireless::{FrameFormat, detect};
use gurux_mbus::wire::Telegram;

use crate::capture::Capture;
use gurux_corpus::Ledger;

/// Writes a capture again and reads it back.
pub(crate) fn both_ways(ledger: &mut Ledger, capture: &Capture) {
    let frame = &capture.frame[..];
    let Ok(telegram) = read(capture.is_wired, frame) else { return };
    let mut room = [0; 512];
    let Ok(len) = telegram.emit_to_slice(&mut room) else {
        return ledger.disagree("roundtrip", "it cannot be written");
    };
    let written = &room[..len];
    if written == frame {
        ledger.agree();
    } else {
        let same = read(capture.is_wired, written).is_ok_and(|again| again == telegram);
        ledger.check("roundtrip", same, "the same meaning", "another");
    }
    records(ledger, capture);
    if !capture.is_wired {
        formats(ledger, frame);
    }
}

fn read(is_wired: bool, frame: &[u8]) -> Result<Telegram<'_>, WireError> {
    if is_wired { Telegram::from_wired(frame) } else { Telegram::from_wireless(frame) }
}

/// The items of the payload together are the payload.
fn records(ledger: &mut Ledger, capture: &Capture) {
    let Some(payload) = capture.plaintext() else { return };
    let is_payload =
        !capture.is_compact && capture.records.iter().all(|one| !one.octets.is_empty());
    if capture.records.is_empty() || !is_payload {
        return;
    }
    let written: Vec<u8> =
        capture.records.iter().flat_map(|record| record.octets.clone()).collect();
    ledger.check("roundtrip.records", written == payload, "all octets", "others");
}

/// A telegram as a frame of each format is known for one and read back.
fn formats(ledger: &mut Ledger, telegram: &[u8]) {
    for format in [FrameFormat::A, FrameFormat::B] {
        let mut room = [0; 512];
        let Ok(len) = format.wrap(telegram, &mut room) else {
            // Format B counts its check sums, so that the longest telegrams do not fit.
            let fits = format == FrameFormat::A || telegram.len() < 253;
            ledger.check(format_args!("roundtrip.{}", format.name()), !fits, "a frame", "none");
            continue;
        };
        let frame = &room[..len];
        let mut back = [0; 256];
        let same = detect(frame) == Some(format)
            && format.strip(frame, &mut back).is_ok_and(|back| back == telegram);
        ledger.check(format_args!("roundtrip.{}", format.name()), same, "the telegram", "another");
    }
}
