//! Each message is written again as it was read, as octets and as XML.

use gurux_dlms::wire::{Apdu, DataRef};
use gurux_dlms::xml::{from_xml, to_xml};
use gurux_framing::Wire;

use crate::said;
use gurux_corpus::Ledger;

/// Forms that the types keep and the standard does not have: they are not in the XML.
const DEVIATIONS: [&str; 3] = ["form: Tagged", "form: Short", "length_counts_a_tag: true"];

/// Reads and writes one message.
pub(crate) fn both_ways(ledger: &mut Ledger, place: &str, octets: &[u8]) {
    let Ok(apdu) = Apdu::<DataRef<'_>>::from_bytes(octets) else {
        return ledger.disagree(format_args!("{place}.hex"), "it is no message");
    };
    let mut again = vec![0; apdu.wire_len()];
    let len = apdu.emit_to_slice(&mut again).unwrap_or_default();
    again.truncate(len);
    // observed: Kamstrup meters write lengths of less than 256 in three octets. Written again they are
    // shorter, and nothing else is different.
    let is_shorter = again.len() < octets.len() && said::apdu(&again) == said::apdu(octets);
    let expected = if is_shorter { said::hex(&again) } else { said::hex(octets) };
    let found = said::hex(&again);
    ledger.check(format_args!("{place}.emit"), expected == found, &expected, &found);
    let back = to_xml(octets).map_err(|error| error.to_string());
    let back = back.and_then(|xml| from_xml(&xml).map_err(|error| error.to_string()));
    let deviates = DEVIATIONS.iter().any(|form| format!("{apdu:?}").contains(form));
    let found = match &back {
        Ok(back) => said::hex(back),
        Err(error) => error.clone(),
    };
    let agrees = back.is_ok() && (deviates || found == expected);
    ledger.check(format_args!("{place}.xml"), agrees, &expected, &found);
}
