//! What can be asked of a meter, one method each.

use alloc::vec::Vec;

use gurux_framing::Wire;
use gurux_value::{ClockStatus, DateTime};

use super::Reader;
use super::event::RequestId;
use super::job::{Telegrams, Work};
use crate::Error;
use crate::error::check_quantity;
use crate::session::Target;
use crate::wire::{AField, Command, LinkFrame};

impl Reader {
    /// Reads a meter: REQ_UD2, and again as long as more records follow.
    ///
    /// # Errors
    /// [`Error::QueueFull`].
    pub fn read(&mut self, target: impl Into<Target>) -> Result<RequestId, Error> {
        self.enqueue(target.into(), Work::Read(Telegrams::default()))
    }

    /// Asks for data of class 1, which are alarms: REQ_UD1. A meter without any acknowledges.
    ///
    /// # Errors
    /// [`Error::QueueFull`].
    pub fn read_alarm(&mut self, target: impl Into<Target>) -> Result<RequestId, Error> {
        self.enqueue(target.into(), Work::Alarm)
    }

    /// Resets the link to a meter: SND_NKE. To a secondary address, that selects the meter and
    /// deselects it again; to primary address 253, it deselects whoever is selected.
    ///
    /// # Errors
    /// [`Error::QueueFull`].
    pub fn initialise(&mut self, target: impl Into<Target>) -> Result<RequestId, Error> {
        self.enqueue(target.into(), Work::Initialise)
    }

    /// Tells a meter something: SND_UD.
    ///
    /// After [`Command::SetBaudRate`] was acknowledged, the line follows, and goes back if the
    /// meter is not heard at the new speed. Sent to all meters, nobody acknowledges, and the line
    /// follows at once.
    ///
    /// ```
    /// use gurux_mbus::session::{Reader, ReaderConfig};
    /// use gurux_mbus::wire::{AField, ApplicationSubCode, Command};
    ///
    /// let mut reader = Reader::new(ReaderConfig::default());
    /// // The meter without an address gets number 5, ...
    /// reader.command(AField(0), &Command::SetPrimaryAddress(AField(5)))?;
    /// // ... tells its bills, ...
    /// let sub_code = Some(ApplicationSubCode::SIMPLE_BILLING);
    /// reader.command(AField(5), &Command::ApplicationReset { sub_code })?;
    /// reader.read(AField(5))?;
    /// // ... then the volume alone, ...
    /// reader.command(AField(5), &Command::Records(&[0x08, 0x13]))?;
    /// reader.read(AField(5))?;
    /// // ... and closes its valve (digital output 40).
    /// reader.command(AField(5), &Command::Records(&[0x01, 0xFD, 0x1A, 0x40]))?;
    /// # Ok::<(), gurux_mbus::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::QueueFull`], [`Error::Quantity`] for more than a frame can hold, and
    /// [`Error::NoMeterAddress`] where the meter would be given an address that no meter can have, and
    /// [`Error::OneAddressForAll`] where all meters would be given the same.
    pub fn command(
        &mut self,
        target: impl Into<Target>,
        command: &Command<'_>,
    ) -> Result<RequestId, Error> {
        let target = target.into();
        match *command {
            Command::SetBaudRate(rate) => {
                let line = self.line().with_baud(rate.bits_per_second());
                self.enqueue(target, Work::SetSpeed(rate.ci().code(), line))
            }
            Command::SetPrimaryAddress(address) if !address.is_meter() => {
                Err(Error::NoMeterAddress)
            }
            Command::SetPrimaryAddress(_) if target == Target::Primary(AField::BROADCAST) => {
                Err(Error::OneAddressForAll)
            }
            _ => {
                let mut user_data = Vec::with_capacity(command.wire_len());
                command.emit(&mut user_data);
                self.send(target, &user_data)
            }
        }
    }

    /// Sets the clock of a meter: a record with a date and time of type F, which counts minutes.
    /// Parts that are not stated are "every"; the offset from UTC is not sent.
    ///
    /// # Errors
    /// [`Error::QueueFull`].
    pub fn set_clock(
        &mut self,
        target: impl Into<Target>,
        time: &DateTime,
    ) -> Result<RequestId, Error> {
        let [a, b, c, d] = type_f(time);
        self.command(target, &Command::Records(&[0x04, 0x6D, a, b, c, d]))
    }

    /// Sends user data as they are, from the CI field on: SND_UD.
    ///
    /// # Errors
    /// [`Error::QueueFull`], and [`Error::Quantity`] unless there are 1 to 253 octets.
    pub fn send(
        &mut self,
        target: impl Into<Target>,
        user_data: &[u8],
    ) -> Result<RequestId, Error> {
        check_quantity("octets of user data", user_data.len(), 1, LinkFrame::MAX_USER_DATA)?;
        self.enqueue(target.into(), Work::Send(user_data.into()))
    }
}

/// A date and time as type F: minute, hour, day and month, an octet each; the year in the upper
/// bits of the last two, its hundreds in bits 5 and 6 of the hour.
fn type_f(time: &DateTime) -> [u8; 4] {
    let flag = |status, bit: u8| if time.status().contains(status) { bit } else { 0 };
    let (century, year) = match time.year() {
        // Bits for 1900, 2000, 2100 and 2200; 0 says 20 only for years that old meters can mean.
        Some(year) => ((year.saturating_sub(1900) / 100).min(3) as u8, (year % 100) as u8),
        None => (0, 127),
    };
    let (month, day) = match time.date() {
        Some((_, month, day)) => (month, day),
        None => (15, 0),
    };
    [
        time.minute().unwrap_or(63) | flag(ClockStatus::INVALID, 0x80),
        time.hour().unwrap_or(31) | century << 5 | flag(ClockStatus::DAYLIGHT_SAVING, 0x80),
        day | (year & 0x07) << 5,
        month | (year >> 3) << 4,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::RecordTime;

    #[test]
    fn a_clock_is_set_to_what_is_read_back() {
        for (year, month, day) in [(1999, 12, 31), (2024, 2, 29), (2099, 1, 1), (2126, 7, 15)] {
            let time = DateTime::UNKNOWN
                .with_date(year, month, day)
                .and_then(|time| time.with_hour(Some(23)))
                .and_then(|time| time.with_minute(Some(59)))
                .unwrap()
                .with_status(ClockStatus::DAYLIGHT_SAVING);
            let raw = u32::from_le_bytes(type_f(&time));
            let RecordTime::Stated(read) = RecordTime::of(raw.into(), 4) else { panic!("{year}") };
            assert_eq!(
                (read.date(), read.hour(), read.minute(), read.status()),
                (time.date(), time.hour(), time.minute(), time.status())
            );
        }
        let raw = u32::from_le_bytes(type_f(&DateTime::UNKNOWN));
        let RecordTime::Stated(read) = RecordTime::of(raw.into(), 4) else { panic!() };
        assert_eq!((read.year(), read.month(), read.day()), (None, None, None));
        assert_eq!((read.hour(), read.minute()), (None, None));
    }
}
