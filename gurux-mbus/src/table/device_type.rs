//! Device types of the manufacturers' own.

use crate::wire::{DeviceType, Manufacturer};

/// A device type that only one manufacturer uses.
struct Row {
    letters: [u8; 3],
    code: u8,
    name: &'static str,
}

/// observed: radio telegrams of these makers, as several implementations read them.
#[rustfmt::skip]
static ROWS: &[Row] = &[
    Row { letters: *b"TCH", code: 0x43, name: "heat" },
    Row { letters: *b"TCH", code: 0x62, name: "warm water" },
    Row { letters: *b"TCH", code: 0x72, name: "cold water" },
    Row { letters: *b"TCH", code: 0x80, name: "heat cost allocator" },
    Row { letters: *b"TCH", code: 0xC3, name: "heat" },
    Row { letters: *b"TCH", code: 0xF0, name: "smoke detector" },
];

/// The name of a device type: the standard's, or that of the manufacturer's own codes.
///
/// ```
/// use gurux_mbus::table::lookup_device_type;
/// use gurux_mbus::wire::DeviceType;
///
/// let techem = "TCH".parse()?;
/// assert_eq!(lookup_device_type(techem, DeviceType::new(0x80)), Some("heat cost allocator"));
/// assert_eq!(lookup_device_type(techem, DeviceType::WATER), Some("water"));
/// # Ok::<(), gurux_mbus::wire::AddressError>(())
/// ```
#[must_use]
pub fn lookup_device_type(
    manufacturer: Manufacturer,
    device_type: DeviceType,
) -> Option<&'static str> {
    let own =
        |row: &&Row| row.code == device_type.code() && manufacturer.letters() == Some(row.letters);
    ROWS.iter().find(own).map(|row| row.name).or_else(|| device_type.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_of_one_maker_means_nothing_with_another() {
        let code = DeviceType::new(0x62);
        assert_eq!(lookup_device_type("TCH".parse().unwrap(), code), Some("warm water"));
        assert_eq!(lookup_device_type("KAM".parse().unwrap(), code), None);
    }

    #[test]
    fn rows_are_sorted_and_stand_beside_the_standard() {
        let key = |row: &Row| (row.letters, row.code);
        assert!(ROWS.windows(2).all(|pair| key(&pair[0]) < key(&pair[1])));
        assert!(ROWS.iter().all(|row| DeviceType::new(row.code).name().is_none()));
    }

    #[test]
    fn every_pair_is_answered() {
        for code in 0..=u8::MAX {
            for number in (0..=u16::MAX).step_by(7) {
                let _ = lookup_device_type(Manufacturer(number), DeviceType::new(code));
            }
        }
    }
}
