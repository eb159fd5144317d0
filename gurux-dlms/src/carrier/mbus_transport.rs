//! [`MbusTransport`]: a whole message behind a transport header of M-Bus.

use gurux_framing::{Reader, Shown, Sink, Visit, Wire, WireError, WireErrorKind};

/// What begins with the control information of a wired or wireless frame that carries COSEM data
/// behind a transport header (EN 13757-3, control information; the headers as gurux-mbus reads them).
///
/// | octets | field |
/// |---|---|
/// | 1 | control information: 60, 7C with the long header, 61, 7D with the short one |
/// | 8 | the long header: identification, manufacturer, version and device type |
/// | 1 | access number |
/// | 1 | status |
/// | 2 | configuration, low octet first |
/// | 1 | STSAP: the source |
/// | 1 | DTSAP: the destination |
/// | n | message |
///
/// Where the configuration says that what follows it is encrypted as M-Bus does that, it is opened
/// first, which is gurux-mbus's work.
///
/// observed: Gurux's library takes the two SAPs from behind the configuration; there is no capture.
///
/// ```
/// use gurux_dlms::carrier::MbusTransport;
/// use gurux_framing::{Wire, WireError};
///
/// let octets = [0x7D, 0x2A, 0x00, 0x00, 0x00, 0x01, 0x67, 0x0F, 0x00];
/// let header = MbusTransport::from_bytes(&octets)?;
/// assert_eq!((header.meter, header.access_number), (None, 0x2A));
/// assert_eq!((header.source, header.destination, header.apdu), (1, 0x67, &[0x0F, 0x00][..]));
/// # Ok::<(), WireError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MbusTransport<'a> {
    /// Does it go to the meter?
    pub is_request: bool,
    /// The address of the meter as the long header has it; none in a short one, where the frame's
    /// own address is the meter's.
    pub meter: Option<[u8; 8]>,
    /// The number of the access.
    pub access_number: u8,
    /// The status of the meter.
    pub status: u8,
    /// The configuration field.
    pub configuration: u16,
    /// STSAP, where it comes from.
    pub source: u8,
    /// DTSAP, where it goes to.
    pub destination: u8,
    /// The message: all that is left.
    pub apdu: &'a [u8],
}

const TO_METER_LONG: u8 = 0x60;
const TO_METER_SHORT: u8 = 0x61;
const FROM_METER_LONG: u8 = 0x7C;
const FROM_METER_SHORT: u8 = 0x7D;
const SHORT_LEN: usize = 7;

impl MbusTransport<'_> {
    /// The control information.
    #[must_use]
    pub const fn control_information(&self) -> u8 {
        match (self.is_request, self.meter) {
            (true, Some(_)) => TO_METER_LONG,
            (true, None) => TO_METER_SHORT,
            (false, Some(_)) => FROM_METER_LONG,
            (false, None) => FROM_METER_SHORT,
        }
    }
}

impl<'a> Wire<'a> for MbusTransport<'a> {
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        let start = reader.offset();
        let (is_request, is_long) = match reader.u8("control-information")? {
            TO_METER_LONG => (true, true),
            TO_METER_SHORT => (true, false),
            FROM_METER_LONG => (false, true),
            FROM_METER_SHORT => (false, false),
            other => {
                let kind = WireErrorKind::Code(other.into());
                return Err(WireError::new(start, "control-information", kind));
            }
        };
        let meter = if is_long {
            let start = reader.offset();
            let meter: [u8; 8] = reader.array("meter-address")?;
            if V::ACTIVE {
                reader.show(start, "meter-address", Shown::Octets(&meter));
            }
            Some(meter)
        } else {
            None
        };
        let access_number = reader.u8("access-number")?;
        let status = reader.u8("status")?;
        let start = reader.offset();
        let configuration = u16::from_le_bytes(reader.array("configuration")?);
        if V::ACTIVE {
            reader.show(start, "configuration", Shown::Unsigned(configuration.into()));
        }
        let source = reader.u8("stsap")?;
        let destination = reader.u8("dtsap")?;
        let len = reader.rest().len();
        let apdu = reader.slice(len, "apdu")?;
        Ok(Self {
            is_request,
            meter,
            access_number,
            status,
            configuration,
            source,
            destination,
            apdu,
        })
    }

    fn emit(&self, out: &mut impl Sink) {
        out.put(&[self.control_information()]);
        if let Some(meter) = &self.meter {
            out.put(meter);
        }
        out.put(&[self.access_number, self.status]);
        out.put(&self.configuration.to_le_bytes());
        out.put(&[self.source, self.destination]);
        out.put(self.apdu);
    }

    fn wire_len(&self) -> usize {
        let meter = if self.meter.is_some() { 8 } else { 0 };
        SHORT_LEN.saturating_add(meter).saturating_add(self.apdu.len())
    }
}

#[cfg(test)]
mod tests {
    use gurux_framing::{Wire, wire_laws};

    use super::MbusTransport;

    #[test]
    fn the_laws_hold_with_both_headers_and_ways() {
        for control in [0x60, 0x61, 0x7C, 0x7D] {
            let transport = MbusTransport {
                is_request: control < 0x70,
                meter: (control % 4 == 0).then_some([0x78, 0x56, 0x34, 0x12, 0x2D, 0x2C, 1, 2]),
                access_number: 7,
                status: 0x10,
                configuration: 0x0100,
                source: 1,
                destination: 0x67,
                apdu: &[0xC0, 0x01],
            };
            assert_eq!(transport.control_information(), control);
            wire_laws!(MbusTransport<'_>, transport);
        }
    }

    #[test]
    fn the_configuration_is_low_octet_first_and_other_data_is_refused() {
        let octets = [0x7D, 1, 2, 0x05, 0x20, 3, 4];
        let header = MbusTransport::from_bytes(&octets).expect("a header without a message");
        assert_eq!((header.configuration, header.source, header.destination), (0x2005, 3, 4));
        assert_eq!(MbusTransport::from_bytes(&[0x72, 0]).map_err(|e| e.offset), Err(0));
        assert_eq!(MbusTransport::from_bytes(&octets[..6]).map_err(|e| e.what), Err("dtsap"));
    }
}
