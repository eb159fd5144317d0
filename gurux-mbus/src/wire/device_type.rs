//! [`DeviceType`]: what a meter meters.

use gurux_framing::{Reader, Visit, WireError, wire_code};

wire_code! {
    /// The device type, also called medium: what a meter meters, or what else the device is.
    ///
    /// Codes without a name are reserved, 1F, 22 to 24, 26, 27, 2B to 2F, 34, 35 and 39 to 3F for
    /// more devices of the kinds around them. Some manufacturers use codes above 3F:
    /// [`lookup_device_type`](crate::table::lookup_device_type) knows those as well.
    pub struct DeviceType(u8) {
        /// Other.
        OTHER = 0x00 => "other",
        /// Oil.
        OIL = 0x01 => "oil",
        /// Electricity.
        ELECTRICITY = 0x02 => "electricity",
        /// Gas.
        GAS = 0x03 => "gas",
        /// Heat, volume measured at the return or outlet.
        HEAT_OUTLET = 0x04 => "heat (volume measured at the return or outlet)",
        /// Steam.
        STEAM = 0x05 => "steam",
        /// Warm water, 30 to 90 degrees Celsius.
        WARM_WATER = 0x06 => "warm water (30 to 90 °C)",
        /// Water.
        WATER = 0x07 => "water",
        /// Heat cost allocator.
        HEAT_COST_ALLOCATOR = 0x08 => "heat cost allocator",
        /// Compressed air.
        COMPRESSED_AIR = 0x09 => "compressed air",
        /// Cooling, volume measured at the return or outlet.
        COOLING_OUTLET = 0x0A => "cooling (volume measured at the return or outlet)",
        /// Cooling, volume measured at the flow or inlet.
        COOLING_INLET = 0x0B => "cooling (volume measured at the flow or inlet)",
        /// Heat, volume measured at the flow or inlet.
        HEAT_INLET = 0x0C => "heat (volume measured at the flow or inlet)",
        /// Combined heat and cooling.
        HEAT_COOLING = 0x0D => "combined heat and cooling",
        /// Bus or system component.
        BUS_SYSTEM = 0x0E => "bus or system component",
        /// Unknown.
        UNKNOWN = 0x0F => "unknown",
        /// Irrigation water.
        IRRIGATION_WATER = 0x10 => "irrigation water",
        /// Water data logger.
        WATER_DATA_LOGGER = 0x11 => "water data logger",
        /// Gas data logger.
        GAS_DATA_LOGGER = 0x12 => "gas data logger",
        /// Gas converter.
        GAS_CONVERTER = 0x13 => "gas converter",
        /// Calorific value.
        CALORIFIC_VALUE = 0x14 => "calorific value",
        /// Hot water, 90 degrees Celsius and above.
        HOT_WATER = 0x15 => "hot water (90 °C and above)",
        /// Cold water.
        COLD_WATER = 0x16 => "cold water",
        /// Dual register water meter, hot and cold.
        DUAL_REGISTER_WATER = 0x17 => "dual register water (hot and cold)",
        /// Pressure.
        PRESSURE = 0x18 => "pressure",
        /// A/D converter.
        AD_CONVERTER = 0x19 => "A/D converter",
        /// Smoke alarm device.
        SMOKE_ALARM = 0x1A => "smoke alarm device",
        /// Room sensor, such as of temperature or humidity.
        ROOM_SENSOR = 0x1B => "room sensor (such as temperature or humidity)",
        /// Gas detector.
        GAS_DETECTOR = 0x1C => "gas detector",
        /// Carbon monoxide detector, once reserved for sensors.
        CARBON_MONOXIDE_DETECTOR = 0x1D => "carbon monoxide detector",
        /// Heat detector, once reserved for sensors.
        HEAT_DETECTOR = 0x1E => "heat detector",
        /// Breaker of electricity.
        BREAKER = 0x20 => "breaker (electricity)",
        /// Valve of gas or water.
        VALVE = 0x21 => "valve (gas or water)",
        /// Customer unit, a display.
        CUSTOMER_UNIT = 0x25 => "customer unit (display)",
        /// Waste water.
        WASTE_WATER = 0x28 => "waste water",
        /// Garbage.
        GARBAGE = 0x29 => "garbage",
        /// Carbon dioxide, once reserved for environmental meters.
        CARBON_DIOXIDE = 0x2A => "carbon dioxide",
        /// Service tool.
        SERVICE_TOOL = 0x30 => "service tool",
        /// Communication controller, a gateway.
        COMMUNICATION_CONTROLLER = 0x31 => "communication controller (gateway)",
        /// Unidirectional repeater.
        UNIDIRECTIONAL_REPEATER = 0x32 => "unidirectional repeater",
        /// Bidirectional repeater.
        BIDIRECTIONAL_REPEATER = 0x33 => "bidirectional repeater",
        /// Radio converter, system side.
        RADIO_CONVERTER_SYSTEM = 0x36 => "radio converter (system side)",
        /// Radio converter, meter side.
        RADIO_CONVERTER_METER = 0x37 => "radio converter (meter side)",
        /// Bus converter, meter side.
        BUS_CONVERTER_METER = 0x38 => "bus converter (meter side)",
        /// Any device type, in a selection.
        ANY = 0xFF => "any (in a selection)",
    }
}

impl DeviceType {
    /// What is metered, in short: the name without what stands in parentheses.
    ///
    /// ```
    /// use gurux_mbus::wire::DeviceType;
    ///
    /// assert_eq!(DeviceType::HEAT_INLET.name(), Some("heat (volume measured at the flow or inlet)"));
    /// assert_eq!(DeviceType::HEAT_INLET.medium(), Some("heat"));
    /// ```
    #[must_use]
    pub fn medium(self) -> Option<&'static str> {
        self.name().map(before_parentheses)
    }

    /// Is it the device type of something that meters?
    pub(super) const fn is_meter(self) -> bool {
        matches!(self.code(), 0x01..=0x0D | 0x15..=0x18 | 0x1A..=0x1E | 0x28..=0x2A)
    }

    /// Takes the device type as a field.
    #[inline]
    pub(crate) fn read_octet<V: Visit>(reader: &mut Reader<'_, V>) -> Result<Self, WireError> {
        let start = reader.offset();
        let [code] = reader.array("device type")?;
        let device_type = Self::new(code);
        reader.show(start, "device type", device_type.shown());
        Ok(device_type)
    }
}

/// A name without what stands in parentheses at its end.
pub(super) fn before_parentheses(name: &'static str) -> &'static str {
    // Not `split_once`: the search for a text in a text is one that can panic.
    let end = name.bytes().position(|octet| octet == b'(').and_then(|at| at.checked_sub(1));
    end.and_then(|end| name.get(..end)).unwrap_or(name)
}
