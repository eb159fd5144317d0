//! [`CiField`]: what follows in a telegram.

use gurux_framing::{Reader, Visit, WireError, WireErrorKind, wire_code};

wire_code! {
    /// The control information field: the octet that says which layer or message follows, and with
    /// which header.
    ///
    /// 00 to 1F are segments of a DLMS message and A0 to B7 belong to the manufacturer; those have
    /// no names here. [`lookup_ci`](crate::table::lookup_ci) tells layer, header and direction of
    /// every code.
    pub struct CiField(u8) {
        /// No header, then nothing or a sub-code.
        APPLICATION_RESET_OR_SELECT = 0x50 => "application reset or select",
        /// No header, then records.
        COMMAND = 0x51 => "command to meter",
        /// The eight octets of a secondary address, perhaps with a fabrication number.
        SELECTION = 0x52 => "selection of a meter",
        /// Long header.
        APPLICATION_RESET_OR_SELECT_LONG = 0x53 => "application reset or select, long header",
        /// No header. In the text of 1997: synchronise.
        REQUEST_SELECTED_APPLICATION = 0x54 => "request of selected application",
        /// Long header. In the text of 1997: data with the high octet first.
        REQUEST_SELECTED_APPLICATION_LONG = 0x55 => "request of selected application, long header",
        /// Short header. In the text of 1997: selection with the high octet first.
        REQUEST_SELECTED_APPLICATION_SHORT = 0x56 => "request of selected application, short header",
        /// Short header, then nothing or a sub-code.
        APPLICATION_RESET_OR_SELECT_SHORT = 0x57 => "application reset or select, short header",
        /// Short header, then records.
        COMMAND_SHORT = 0x5A => "command to meter, short header",
        /// Long header, then records.
        COMMAND_LONG = 0x5B => "command to meter, long header",
        /// No header.
        SYNCHRONISE = 0x5C => "synchronise action",
        /// What follows is not standardised.
        SPECIFIC_USAGE = 0x5F => "specific usage",
        /// Long header, then COSEM.
        COSEM_TO_METER_LONG = 0x60 => "COSEM data to meter, long header",
        /// Short header, then COSEM.
        COSEM_TO_METER_SHORT = 0x61 => "COSEM data to meter, short header",
        /// Long header. Reserved.
        OBIS_TO_METER_LONG = 0x64 => "OBIS-based data to meter, long header",
        /// Short header. Reserved.
        OBIS_TO_METER_SHORT = 0x65 => "OBIS-based data to meter, short header",
        /// No header.
        SELECTED_APPLICATION = 0x66 => "response of selected application",
        /// Short header.
        SELECTED_APPLICATION_SHORT = 0x67 => "response of selected application, short header",
        /// Long header.
        SELECTED_APPLICATION_LONG = 0x68 => "response of selected application, long header",
        /// No header, then the heads of records without their data.
        FORMAT_FRAME = 0x69 => "format frame",
        /// Short header.
        FORMAT_FRAME_SHORT = 0x6A => "format frame, short header",
        /// Long header.
        FORMAT_FRAME_LONG = 0x6B => "format frame, long header",
        /// Long header, then the time.
        CLOCK_SYNC_ABSOLUTE = 0x6C => "clock synchronisation, absolute",
        /// Long header, then the correction.
        CLOCK_SYNC_RELATIVE = 0x6D => "clock synchronisation, relative",
        /// Short header, then an error code.
        APPLICATION_ERROR_SHORT = 0x6E => "application error, short header",
        /// Long header, then an error code.
        APPLICATION_ERROR_LONG = 0x6F => "application error, long header",
        /// No header, then an error code.
        APPLICATION_ERROR = 0x70 => "application error",
        /// No header, then the alarm octet.
        ALARM = 0x71 => "alarm",
        /// Long header, then records: the usual answer on a wire.
        VARIABLE_DATA_LONG = 0x72 => "variable data, long header",
        /// On a wire 16 octets of fixed data; in newer texts a long header and a compact frame.
        FIXED_DATA = 0x73 => "fixed data, or compact frame with long header",
        /// Short header, then the alarm octet.
        ALARM_SHORT = 0x74 => "alarm, short header",
        /// Long header, then the alarm octet.
        ALARM_LONG = 0x75 => "alarm, long header",
        /// Long header, then records, all numbers with the high octet first. Withdrawn.
        VARIABLE_DATA_MSB_FIRST = 0x76 => "variable data, high octet first",
        /// 16 octets of fixed data, the high octet first. Withdrawn.
        FIXED_DATA_MSB_FIRST = 0x77 => "fixed data, high octet first",
        /// No header, then records.
        VARIABLE_DATA = 0x78 => "variable data",
        /// No header, then the data of records without their heads.
        COMPACT_FRAME = 0x79 => "compact frame",
        /// Short header, then records: the usual radio telegram.
        VARIABLE_DATA_SHORT = 0x7A => "variable data, short header",
        /// Short header.
        COMPACT_FRAME_SHORT = 0x7B => "compact frame, short header",
        /// Long header, then COSEM.
        COSEM_LONG = 0x7C => "COSEM data, long header",
        /// Short header, then COSEM.
        COSEM_SHORT = 0x7D => "COSEM data, short header",
        /// Long header. Reserved.
        OBIS_LONG = 0x7E => "OBIS-based data, long header",
        /// Short header. Reserved.
        OBIS_SHORT = 0x7F => "OBIS-based data, short header",
        /// Long header and nothing else, such as an acknowledgement.
        TPL_TO_METER_LONG = 0x80 => "transport layer only, to meter",
        /// The network layer of EN 13757-5.
        NWL = 0x81 => "network layer",
        /// Short header.
        NETWORK_MANAGEMENT_TO_METER_SHORT = 0x82 => "network management to meter, short header",
        /// No header.
        NETWORK_MANAGEMENT_TO_METER = 0x83 => "network management to meter",
        /// Long header. For M-Bus over M-Bus.
        TPL_COMPACT_TO_METER = 0x84 => "transport layer compact frame to meter",
        /// Long header. For M-Bus over M-Bus.
        TPL_FORMAT_TO_METER = 0x85 => "transport layer format frame to meter",
        /// A link layer whose fields are told by a control field.
        ELL_V = 0x86 => "extended link layer V",
        /// Long header.
        NETWORK_MANAGEMENT_LONG = 0x87 => "network management from meter, long header",
        /// Short header.
        NETWORK_MANAGEMENT_SHORT = 0x88 => "network management from meter, short header",
        /// No header.
        NETWORK_MANAGEMENT = 0x89 => "network management from meter",
        /// Short header and nothing else.
        TPL_SHORT = 0x8A => "transport layer only, from meter, short header",
        /// Long header and nothing else.
        TPL_LONG = 0x8B => "transport layer only, from meter, long header",
        /// Two octets: communication control, access number.
        ELL_I = 0x8C => "extended link layer I",
        /// Eight octets: those of I, session number, payload CRC.
        ELL_II = 0x8D => "extended link layer II",
        /// Ten octets: those of I, and an address.
        ELL_III = 0x8E => "extended link layer III",
        /// 16 octets: those of III, session number, payload CRC.
        ELL_IV = 0x8F => "extended link layer IV",
        /// A layer with its own length.
        AFL = 0x90 => "authentication and fragmentation layer",
        /// Short header. What follows is not standardised.
        SPECIFIC_USAGE_SHORT = 0x9E => "specific usage, short header",
        /// Long header. What follows is not standardised.
        SPECIFIC_USAGE_LONG = 0x9F => "specific usage, long header",
        /// Nothing follows. Answered at the old speed.
        SET_BAUD_RATE_300 = 0xB8 => "set baud rate 300",
        /// Nothing follows. Answered at the old speed.
        SET_BAUD_RATE_600 = 0xB9 => "set baud rate 600",
        /// Nothing follows. Answered at the old speed.
        SET_BAUD_RATE_1200 = 0xBA => "set baud rate 1200",
        /// Nothing follows. Answered at the old speed.
        SET_BAUD_RATE_2400 = 0xBB => "set baud rate 2400",
        /// Nothing follows. Answered at the old speed.
        SET_BAUD_RATE_4800 = 0xBC => "set baud rate 4800",
        /// Nothing follows. Answered at the old speed.
        SET_BAUD_RATE_9600 = 0xBD => "set baud rate 9600",
        /// Nothing follows. Answered at the old speed.
        SET_BAUD_RATE_19200 = 0xBE => "set baud rate 19200",
        /// Nothing follows. Answered at the old speed.
        SET_BAUD_RATE_38400 = 0xBF => "set baud rate 38400",
        /// Long header.
        IMAGE_TRANSFER_TO_METER_LONG = 0xC0 => "image transfer to meter, long header",
        /// Short header.
        IMAGE_TRANSFER_SHORT = 0xC1 => "image transfer from meter, short header",
        /// Long header.
        IMAGE_TRANSFER_LONG = 0xC2 => "image transfer from meter, long header",
        /// Long header.
        SECURITY_TRANSFER_TO_METER_LONG = 0xC3 => "security information transfer to meter, long header",
        /// Short header.
        SECURITY_TRANSFER_SHORT = 0xC4 => "security information transfer from meter, short header",
        /// Long header.
        SECURITY_TRANSFER_LONG = 0xC5 => "security information transfer from meter, long header",
    }
}

impl CiField {
    /// Is this a segment of a DLMS message (00 to 1F)? The low four bits count the segments, bit 4
    /// marks the last one.
    #[must_use]
    pub const fn is_dlms_segment(self) -> bool {
        self.code() <= 0x1F
    }

    /// Does what follows belong to the manufacturer (A0 to B7)?
    #[must_use]
    pub const fn is_manufacturer_specific(self) -> bool {
        matches!(self.code(), 0xA0..=0xB7)
    }

    /// Does an extended link layer follow?
    pub(super) const fn is_ell(self) -> bool {
        matches!(self, Self::ELL_I | Self::ELL_II | Self::ELL_III | Self::ELL_IV | Self::ELL_V)
    }

    /// Does a network layer or an AFL follow?
    pub(super) const fn is_middle_layer(self) -> bool {
        matches!(self, Self::NWL | Self::AFL)
    }

    /// Takes a CI field.
    #[inline]
    pub(super) fn read_octet<V: Visit>(reader: &mut Reader<'_, V>) -> Result<Self, WireError> {
        let start = reader.offset();
        let [code] = reader.array("control information")?;
        let ci = Self::new(code);
        reader.show(start, "control information", ci.shown());
        Ok(ci)
    }

    /// Takes a CI field that must be this one.
    pub(super) fn read_this<V: Visit>(
        reader: &mut Reader<'_, V>,
        expected: Self,
    ) -> Result<(), WireError> {
        let start = reader.offset();
        let found = Self::read_octet(reader)?;
        if found == expected {
            return Ok(());
        }
        let kind = WireErrorKind::Code(found.code().into());
        Err(WireError::new(start, "control information", kind))
    }
}
