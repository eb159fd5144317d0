//! M-Bus: frames of both media, and each layer of a telegram.

use gurux_framing::laws::RangesWithin;
use gurux_framing::{Wire, wire_laws};
use gurux_mbus::wire::{
    Afl, Config, Ell, LinkFrame, MeterAddress, Nwl, Session, ShortHeader, Tpl, WirelessFrame,
};

use crate::seeds;

/// Reads octets as a wire type. What is read holds all laws; what is refused is refused at a place in
/// the octets, and so it is when every field is told.
macro_rules! wire {
    ($Type:ty, $octets:expr) => {{
        let octets: &[u8] = $octets;
        match <$Type>::from_bytes(octets) {
            Ok(read) => {
                wire_laws!($Type, read);
                1
            }
            Err(error) => {
                assert!(error.offset <= octets.len() && !error.to_string().is_empty());
                let within = RangesWithin::new(0..octets.len());
                assert_eq!(<$Type>::explain(octets, 0, within).err(), Some(error));
                0
            }
        }
    }};
}

/// How deep a wire type gets.
pub const WIRE_RUNGS: &[&str] = &["refused", "read, and all laws hold"];

/// Any octets as a frame of a wired line, or as what a valid frame holds. Lines where L wraps have
/// longer frames than 255 octets; those of more than 2000 are left out, as the laws have no room for them.
pub fn link(octets: &[u8]) -> usize {
    let octets = octets.get(..2000).unwrap_or(octets);
    let Some((choice, rest)) = octets.split_first() else { return 0 };
    if choice & 1 == 0 {
        return wire!(LinkFrame<'_>, rest);
    }
    wire!(LinkFrame<'_>, &long_frame(rest))
}

/// Any octets as a radio telegram, whatever its length octet says.
pub fn wireless(octets: &[u8]) -> usize {
    let behind = octets.get(1..).unwrap_or_default();
    let telegram = radio_telegram(behind);
    wire!(WirelessFrame<'_>, octets).max(wire!(WirelessFrame<'_>, &telegram[..]))
}

/// Any octets as a layer inside a telegram: the first octet says which.
pub fn layers(octets: &[u8]) -> usize {
    let Some((choice, rest)) = octets.split_first() else { return 0 };
    match choice % 8 {
        0 => wire!(MeterAddress, rest),
        1 => wire!(Session, rest),
        2 => wire!(Ell, rest),
        3 => wire!(Nwl<'_>, rest),
        4 => wire!(Afl<'_>, rest),
        5 => wire!(Config, rest),
        6 => wire!(ShortHeader, rest),
        _ => wire!(Tpl, rest),
    }
}

/// A frame of a wired line around user data: control, address and the rest are the octets'.
pub(crate) fn long_frame(data: &[u8]) -> Vec<u8> {
    let data = &data[..data.len().min(255)];
    let len = data.len() as u8;
    let sum = data.iter().fold(0u8, |sum, octet| sum.wrapping_add(*octet));
    [&[0x68, len, len, 0x68], data, &[sum, 0x16]].concat()
}

/// A radio telegram without check sums: its length octet is set right.
pub(crate) fn radio_telegram(behind: &[u8]) -> Vec<u8> {
    let behind = &behind[..behind.len().min(255)];
    [&[behind.len() as u8], behind].concat()
}

/// Where the targets start: what is captured, each with the choices that lead to each layer.
pub fn seeds() -> Vec<Vec<u8>> {
    let captures = seeds::captures();
    let layers = LAYERS
        .iter()
        .flat_map(|layer| (0..8).map(|choice| [&[choice][..], layer].concat()).collect::<Vec<_>>());
    layers.chain(captures).collect()
}

/// A layer of each kind, and a frame of each kind.
#[rustfmt::skip]
const LAYERS: [&[u8]; 18] = [
    &[0xE5], &[0xA2], &[0x10, 0x5B, 0x01, 0x5C, 0x16],
    &[0x68, 0x03, 0x03, 0x68, 0x53, 0x01, 0xB1, 0x05, 0x16],
    &[0x08, 0x01, 0x72, 0x78, 0x56, 0x34, 0x12, 0x77, 0x04, 0x0E, 0x04, 0x2A, 0, 0, 0, 0x01, 0x13, 0x05],
    // L, C, M, A, CI.
    &[0x0E, 0x44, 0xAE, 0x0C, 0x78, 0x56, 0x34, 0x12, 0x01, 0x07, 0x78, 0x0B, 0x13, 0x43, 0x65],
    // An address; ELL I to V.
    &[0x78, 0x56, 0x34, 0x12, 0x77, 0x04, 0x0E, 0x04],
    &[0x8C, 0x20, 0x27],
    &[0x8D, 0x20, 0x27, 0x01, 0x02, 0x03, 0x20, 0xAB, 0xCD],
    &[0x8E, 0x20, 0x27, 0x77, 0x04, 0x78, 0x56, 0x34, 0x12, 0x0E, 0x04],
    &[0x8F, 0x20, 0x27, 0x77, 0x04, 0x78, 0x56, 0x34, 0x12, 0x0E, 0x04, 1, 2, 3, 0x20, 0xAB, 0xCD],
    &[0x86, 0x00],
    // NWL; AFL with counter and MAC.
    &[0x81, 0x02, 0x01, 0x02],
    &[0x90, 0x0F, 0x00, 0x2C, 0x25, 0x01, 0x02, 0x03, 0x04, 1, 2, 3, 4, 5, 6, 7, 8],
    // TPL: none, short of modes 0, 5 and 7, long of mode 10.
    &[0x78],
    &[0x7A, 0x2A, 0x00, 0x30, 0x05],
    &[0x7A, 0x2A, 0x00, 0x30, 0x07, 0x10],
    &[0x72, 0x78, 0x56, 0x34, 0x12, 0x77, 0x04, 0x0E, 0x04, 0x2A, 0x00, 0xFF, 0x0A, 0x10, 0x01, 1, 2, 3, 4],
];
