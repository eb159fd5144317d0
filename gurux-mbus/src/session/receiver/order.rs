//! [`Order`]: what a meter is told by radio.

use alloc::vec::Vec;

use gurux_value::DateTime;

use crate::Error;
use crate::security::{Cipher, Known, SEAL_ROOM, seal};
use crate::wire::{
    Afl, ApplicationSubCode, CField, CiField, Config, Header, Link, MessageControl, MeterAddress,
    RecordBuilder, SecurityMode, ShortHeader, Telegram, Tpl, WirelessFrame,
};

/// What a meter is told by radio, and how it is sealed.
///
/// ```
/// use gurux_mbus::session::Order;
/// use gurux_mbus::wire::Config;
///
/// // The valve is closed: 01 FD 1A 00, in mode 5 with the meter's key.
/// let order = Order::records([0x01, 0xFD, 0x1A, 0x00]).sealed(Config::mode_5(0));
/// # let _ = order;
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Order {
    control: CField,
    ci: CiField,
    payload: Vec<u8>,
    config: Config,
}

impl Order {
    /// Asks for the meter's data (REQ_UD2).
    #[must_use]
    pub const fn read() -> Self {
        Self::plain(CField::REQ_UD2, CiField::TPL_TO_METER_LONG)
    }

    /// Asks for alarms (REQ_UD1).
    #[must_use]
    pub const fn read_alarms() -> Self {
        Self::plain(CField::REQ_UD1, CiField::TPL_TO_METER_LONG)
    }

    /// Writes records, or asks for some (SND_UD, CI 5B).
    #[must_use]
    pub fn records(records: impl Into<Vec<u8>>) -> Self {
        Self::user_data(CiField::COMMAND_LONG, records)
    }

    /// Resets an application, or selects one (SND_UD, CI 53).
    #[must_use]
    pub fn application_reset(sub_code: Option<ApplicationSubCode>) -> Self {
        let payload: Vec<u8> = sub_code.map(|code| code.0).into_iter().collect();
        Self::user_data(CiField::new(0x53), payload)
    }

    /// Sets the clock to a time with seconds (SND_UD, CI 6C).
    ///
    /// | octets | field |
    /// |---|---|
    /// | 1 | what is to be done: 00, set |
    /// | 6 | the time, type I |
    /// | 3 | reserved |
    ///
    /// # Errors
    /// [`Error::Missing`] if the time has no date, or no seconds; [`Error::Wire`] if type I cannot say
    /// it, as before 1981.
    pub fn set_clock(time: DateTime) -> Result<Self, Error> {
        // The record of a time point has the octets behind its DIF and VIF.
        let mut record: Vec<u8> = Vec::new();
        RecordBuilder::with_time(&[0x6D], time)?.emit(&mut record);
        let [0x06, 0x6D, octets @ ..] = &*record else {
            return Err(Error::Missing { what: "seconds of the time" });
        };
        let payload = [&[0x00], octets, &[0, 0, 0]].concat();
        Ok(Self::user_data(CiField::CLOCK_SYNC_ABSOLUTE, payload))
    }

    /// Any user data with a long header (SND_UD), behind this CI field.
    #[must_use]
    pub fn user_data(ci: CiField, payload: impl Into<Vec<u8>>) -> Self {
        Self { payload: payload.into(), ..Self::plain(CField::SND_UD, ci) }
    }

    /// The same user data, where the answer is to have data (SND_UD2).
    #[must_use]
    pub fn answered_with_data(self) -> Self {
        Self { control: CField::SND_UD2, ..self }
    }

    /// The same, sealed in the mode of this configuration with the meter's first key.
    ///
    /// Modes 7 to 10 want a message counter in it, which must be new each time; in mode 7 the
    /// message gets a MAC of eight octets.
    #[must_use]
    pub fn sealed(self, config: Config) -> Self {
        Self { config, ..self }
    }

    const fn plain(control: CField, ci: CiField) -> Self {
        Self { control, ci, payload: Vec::new(), config: Config::CLEAR }
    }

    /// The telegram: ours, for this meter, with this access number.
    pub(super) fn telegram<C: Cipher>(
        &self,
        own: MeterAddress,
        meter: MeterAddress,
        fcb: bool,
        access_number: u8,
        key: Option<&C>,
    ) -> Result<Vec<u8>, Error> {
        let control = if self.control.fcv() { self.control.with_fcb(fcb) } else { self.control };
        let short = ShortHeader { access_number, config: self.config, ..ShortHeader::default() };
        let afl = match (self.config.mode(), self.config.counter()) {
            (SecurityMode::AES_CBC | SecurityMode::AES_CTR, Some(counter)) => {
                // CMAC of eight octets, and a counter.
                Some(Afl::EMPTY.with_message_control(MessageControl(0x25)).with_counter(counter))
            }
            _ => None,
        };
        let telegram = Telegram {
            link: Link::Wireless { control, address: own },
            ell: None,
            nwl: None,
            afl,
            tpl: Some(Tpl::new(self.ci, Header::Long(meter, short))?),
            payload: &self.payload,
            payload_offset: 0,
            sealed: None,
        };
        // What does not fit is told before anything is sealed.
        if self.payload.len() > WirelessFrame::MAX_USER_DATA {
            return Err(too_long(self.payload.len()));
        }
        let mut room = [0; SEAL_ROOM];
        let sealed = match (self.config.mode(), key) {
            (SecurityMode::NONE, _) => telegram,
            (_, Some(key)) => seal(&telegram, Known::default(), key, &mut room)?,
            (_, None) => return Err(Error::Missing { what: "key of the meter" }),
        };
        emitted(&sealed)
    }
}

/// A telegram without user data, for this meter: CNF_IR, ACK, SND_NKE.
pub(super) fn bare(
    control: CField,
    own: MeterAddress,
    meter: MeterAddress,
    access_number: u8,
) -> Result<Vec<u8>, Error> {
    let short = ShortHeader { access_number, ..ShortHeader::default() };
    emitted(&Telegram {
        link: Link::Wireless { control, address: own },
        ell: None,
        nwl: None,
        afl: None,
        tpl: Some(Tpl::new(CiField::TPL_TO_METER_LONG, Header::Long(meter, short))?),
        payload: &[],
        payload_offset: 0,
        sealed: None,
    })
}

fn emitted(telegram: &Telegram<'_>) -> Result<Vec<u8>, Error> {
    let mut octets = alloc::vec![0; telegram.wire_len()];
    let len = telegram.emit_to_slice(&mut octets)?;
    octets.truncate(len);
    Ok(octets)
}

fn too_long(found: usize) -> Error {
    let max = WirelessFrame::MAX_USER_DATA;
    Error::Quantity { what: "octets of user data", found, min: 0, max }
}
