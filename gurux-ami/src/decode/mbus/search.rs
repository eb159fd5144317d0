//! Radio telegrams in a capture that may hold other octets too.

use gurux_framing::wireless::{FrameFormat, detect, is_control};
use gurux_framing::{WireError, WireErrorKind};
use gurux_mbus::table::lookup_device_type;
use gurux_mbus::wire::{Body, Manufacturer, Records, Sealed, Telegram};

use super::super::{Content, Decoded, Hints};
use super::radio;

/// Does it look like a radio telegram that is cut short?
pub(in super::super) fn resembles_wireless(octets: &[u8]) -> bool {
    missing(octets).is_some()
}

/// Is it, by its length and headers, one radio telegram, be it that no key opens it or that its
/// records are wrong?
pub(in super::super) fn is_one_wireless(octets: &[u8]) -> bool {
    let len = octets.first().zip(detect(octets)).and_then(|(l, format)| format.frame_len(*l));
    // What a receiver adds behind it is short.
    let is_alone = len.is_some_and(|len| (len..=len.saturating_add(4)).contains(&octets.len()));
    is_alone && begins_like_one(octets) && !is_text(octets)
}

/// Does it begin like a radio telegram, be it cut short? The second octet must be a control field,
/// and the next two the letters of a manufacturer.
fn begins_like_one(octets: &[u8]) -> bool {
    let [length, control, low, high, ..] = octets else { return false };
    let manufacturer = Manufacturer(u16::from_le_bytes([*low, *high]));
    *length >= FrameFormat::NoCrc.min_length()
        && is_control(*control)
        && manufacturer.letters().is_some()
}

/// Radio telegrams, one behind the other, and the noise between them.
pub(in super::super) fn wireless(octets: &[u8], hints: Hints<'_>) -> Vec<Decoded> {
    let mut decoded = Vec::new();
    // Where the octets begin that belong to no telegram.
    let mut noise_at = 0_usize;
    let mut offset = 0_usize;
    while let Some(rest) = octets.get(offset..).filter(|rest| !rest.is_empty()) {
        let Some((format, len)) = telegram_at(rest, offset > noise_at) else {
            offset = offset.saturating_add(1);
            continue;
        };
        decoded.extend(noise_before(octets, noise_at, offset));
        let frame = rest.get(..len).unwrap_or(rest);
        let mut notes = Vec::new();
        let mut taken = frame;
        if let Some([strength]) = rest.get(len..) {
            // Many receivers add one octet; alone it is no beginning of another telegram.
            notes
                .push(format!("an octet more, {strength:02X}: perhaps the strength of the signal"));
            taken = rest;
        }
        let message = radio(format, frame, offset, hints, notes);
        decoded.push(Decoded {
            offset,
            octets: taken.to_vec(),
            content: Content::Message(Box::new(message)),
        });
        offset = offset.saturating_add(taken.len());
        noise_at = offset;
    }
    decoded.extend(noise_before(octets, noise_at, octets.len()));
    decoded
}

/// The telegram that begins here. In the midst of noise more is asked of it.
fn telegram_at(octets: &[u8], in_noise: bool) -> Option<(FrameFormat, usize)> {
    // This is cheap, and rules out most places.
    if in_noise && !begins_like_one(octets) {
        return None;
    }
    let format = detect(octets)?;
    let len = format.frame_len(*octets.first()?)?;
    // Octets that lie about a check sum may as well be cut short.
    let is_plausible = match (format, in_noise) {
        (FrameFormat::NoCrc, false) => begins_like_one(octets) && !is_text(octets.get(..len)?),
        (FrameFormat::NoCrc, true) => is_certain(octets.get(..len)?),
        (_, false) => true,
        (_, true) => octets.len() >= len,
    };
    is_plausible.then_some((format, len))
}

/// Without check sums and in the midst of noise: a manufacturer that is registered, a device that
/// meters, and behind the headers records alone, or what a mode that is known has encrypted.
fn is_certain(octets: &[u8]) -> bool {
    let telegram = Telegram::from_wireless(octets).ok().filter(|_| !is_text(octets));
    let Some(telegram) = telegram else { return false };
    let is_meter = telegram.meter().is_some_and(|meter| {
        meter.manufacturer.name().is_some()
            && lookup_device_type(meter.manufacturer, meter.device_type).is_some()
    });
    is_meter
        && match telegram.body() {
            Body::Records(payload) => Records::are_plausible(payload),
            Body::Sealed(_) => matches!(telegram.sealed, Some(Sealed::Tpl { encrypted: 16.. })),
            _ => false,
        }
}

/// What a radio telegram begins with.
const BEGINNING: &str = "an L field with a control field and a manufacturer behind it";

/// Letters and digits fit as length, control field and codes by chance.
fn is_text(octets: &[u8]) -> bool {
    octets.iter().all(|octet| (0x09..0x7F).contains(octet))
}

/// The noise from one place to another, and why it is no telegram.
fn noise_before(octets: &[u8], from: usize, to: usize) -> Option<Decoded> {
    let noisy = octets.get(from..to).filter(|noisy| !noisy.is_empty())?;
    // Where the capture ends, the telegram may have been cut short.
    let why = if to == octets.len() { missing(noisy) } else { None };
    let why = why.map(|why| why.at(from));
    let no_telegram = WireErrorKind::Expected(BEGINNING);
    let no_telegram = WireError::new(from, "radio telegram", no_telegram);
    Some(Decoded::noise(from, noisy, why.unwrap_or(no_telegram)))
}

/// What lacks, where a telegram seems to begin and the octets end before it.
fn missing(octets: &[u8]) -> Option<WireError> {
    let declared = usize::from(*octets.first().filter(|_| begins_like_one(octets))?);
    let available = octets_behind_length(octets);
    let kind = WireErrorKind::Length { declared, available };
    (available < declared).then_some(WireError::new(0, "L field", kind))
}

/// The octets behind the L field, as that counts them: no check sums, where the first is there.
fn octets_behind_length(octets: &[u8]) -> usize {
    let has_sums = detect(octets) == Some(FrameFormat::A);
    let format = if has_sums { FrameFormat::A } else { FrameFormat::NoCrc };
    (1..octets.len()).take_while(|at| format.offset_in_frame(*at) < octets.len()).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::hex_line;

    const TELEGRAM: &str = "0F442D2C785634120107780B13563412";

    fn found(text: &str) -> Vec<String> {
        wireless(&hex_line(text).unwrap(), Hints::default())
            .iter()
            .map(|piece| match &piece.content {
                Content::Message(message) => {
                    format!("{} {} {:?}", piece.offset, piece.octets.len(), message.error)
                }
                Content::Noise { what, .. } => format!("{}: {what}", piece.octets.len()),
            })
            .collect()
    }

    #[test]
    fn telegrams_behind_noise_are_found_and_the_noise_is_told() {
        let both = found(&format!("{TELEGRAM} 42 00 43 {TELEGRAM} FF FF"));
        assert_eq!(both.len(), 4, "{both:?}");
        assert!(both[0] == "0 16 None" && both[2] == "19 16 None", "{both:?}");
        assert_eq!(both[1], format!("3: octet 16, radio telegram: {BEGINNING} is expected here"));
        assert_eq!(both[3], format!("2: octet 35, radio telegram: {BEGINNING} is expected here"));
    }

    #[test]
    fn what_lost_its_length_is_not_another_meters_telegram() {
        let told = found(
            "44B4095334181613077A1E0021051D1BF3D95BBA99CB37508920A749746B19178B7EBC5E99BB0AA7B59B6F7B9D0801FD71C1",
        );
        assert_eq!(told, [format!("50: octet 0, radio telegram: {BEGINNING} is expected here")]);
    }

    #[test]
    fn an_octet_behind_a_telegram_is_the_strength_of_the_signal() {
        assert_eq!(found(&format!("{TELEGRAM} 5E")), ["0 17 None"]);
        assert_eq!(found(&format!("{TELEGRAM} 5E 5E")).len(), 2);
    }

    #[test]
    fn a_telegram_that_is_cut_short_is_said_to_be() {
        let cut = found(&TELEGRAM[..20]);
        assert_eq!(cut, ["10: octet 0, L field: length says 15, 9 octets are left"]);
    }
}
