//! What other programs call the device types. A name is a fact about the code, so each list gives codes.

/// The words of rscada/libmbus.
#[rustfmt::skip]
const LIBMBUS: [(u8, &str); 32] = [
    (0x00, "Other"),                      (0x01, "Oil"),
    (0x02, "Electricity"),                (0x03, "Gas"),
    (0x04, "Heat: Outlet"),               (0x05, "Steam"),
    (0x06, "Warm water (30-90°C)"),       (0x06, "Hot water"),
    (0x07, "Water"),                      (0x08, "Heat Cost Allocator"),
    (0x09, "Compressed Air"),             (0x0A, "Cooling load meter: Outlet"),
    (0x0B, "Cooling load meter: Inlet"),  (0x0C, "Heat: Inlet"),
    (0x0D, "Heat / Cooling load meter"),  (0x0E, "Bus/System"),
    (0x0F, "Unknown Medium"),             (0x10, "Irrigation water"),
    (0x11, "Water data logger"),          (0x12, "Gas data logger"),
    (0x13, "Gas converter"),              (0x14, "Calorific value"),
    (0x15, "Hot water (>=90°C)"),         (0x15, "Hot water (>90°C)"),
    (0x16, "Cold water"),                 (0x17, "Dual water"),
    (0x18, "Pressure"),                   (0x19, "A/D Converter"),
    (0x1A, "Smoke detector"),             (0x1B, "Ambient sensor"),
    (0x1B, "Room sensor"),                (0x1C, "Gas detector"),
];

/// The words of wmbusmeters; the codes without one are `reserved` up to 3F.
#[rustfmt::skip]
const WMBUSMETERS: [(u8, &str); 35] = [
    (0x00, "other"),                         (0x01, "oil"),
    (0x02, "electricity"),                   (0x03, "gas"),
    (0x04, "heat"),                          (0x05, "steam"),
    (0x06, "warm water"),                    (0x07, "water"),
    (0x08, "heat cost allocation"),          (0x09, "compressed air"),
    (0x0A, "cooling load volume at outlet"), (0x0B, "cooling load volume at inlet"),
    (0x0C, "heat volume at inlet"),          (0x0D, "heat/cooling load"),
    (0x0E, "bus/system component"),          (0x0F, "unknown"),
    (0x15, "hot water"),                     (0x16, "cold water"),
    (0x17, "hot/cold water"),                (0x18, "pressure"),
    (0x19, "a/d converter"),                 (0x1A, "smoke detector"),
    (0x1B, "room sensor"),                   (0x1C, "gas detector"),
    (0x20, "breaker"),                       (0x21, "valve"),
    (0x25, "customer unit (display device)"), (0x28, "waste water"),
    (0x29, "garbage"),                       (0x29, "waste"),
    (0x31, "communication controller"),      (0x32, "unidirectional repeater"),
    (0x33, "bidirectional repeater"),        (0x36, "radio converter (system side)"),
    (0x37, "radio converter (meter side)"),
];

/// The words of m-bus-parser, in lower case.
#[rustfmt::skip]
const M_BUS_PARSER: [(u8, &str); 27] = [
    (0x00, "other"),             (0x01, "oil"),
    (0x02, "electricity"),       (0x03, "gas"),
    (0x04, "heat"),              (0x04, "heatmeterreturn"),
    (0x05, "steam"),             (0x06, "warmwater"),
    (0x07, "water"),             (0x08, "heatcostallocator"),
    (0x09, "compressedair"),     (0x0A, "coolingloadmeterreturn"),
    (0x0A, "coolingmeterreturn"), (0x0B, "coolingmeterflow"),
    (0x0C, "heatmeterflow"),     (0x0D, "combinedheatcoolingmeter"),
    (0x0E, "bussystemcomponent"), (0x0F, "unknown"),
    (0x0F, "unknowndevice"),     (0x15, "hotwater"),
    (0x16, "coldwater"),         (0x17, "dualregisterwater"),
    (0x18, "pressure"),          (0x19, "adconverter"),
    (0x1A, "smokedetector"),     (0x1B, "roomsensor"),
    (0x1C, "gasdetector"),
];

fn is_one(list: &[(u8, &str)], code: u8, word: &str) -> bool {
    list.iter().any(|(one, known)| *one == code && *known == word)
}

/// Is this libmbus's word for the code?
pub(crate) fn libmbus(code: u8, word: &str) -> bool {
    is_one(&LIBMBUS, code, word)
}

/// Is this wmbusmeters' word for the code?
pub(crate) fn wmbusmeters(code: u8, word: &str) -> bool {
    let named = WMBUSMETERS.iter().any(|(one, _)| *one == code);
    is_one(&WMBUSMETERS, code, word) || (word == "reserved" && !is_special(code) && !named)
        // Older versions of it had no words for the devices of a radio network.
        || (word == "reserved" && (0x30..=0x35).contains(&code))
}

/// Is the code outside of the standard's, so that only a driver can know what is meant?
pub(crate) const fn is_special(code: u8) -> bool {
    code > 0x3F
}

/// Is this m-bus-parser's word for the code?
pub(crate) fn m_bus_parser(code: u8, word: &str) -> bool {
    is_one(&M_BUS_PARSER, code, &word.to_lowercase())
}
