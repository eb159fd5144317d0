//! What can be asked of a meter, one method each.

use alloc::vec::Vec;

use super::Reader;
use super::event::RequestId;
use super::job::{Telegrams, Work};
use crate::Error;
use crate::error::check_quantity;
use crate::session::Target;
use crate::wire::{AField, CiField, LinkFrame};

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
    /// deselects it again.
    ///
    /// # Errors
    /// [`Error::QueueFull`].
    pub fn initialise(&mut self, target: impl Into<Target>) -> Result<RequestId, Error> {
        self.enqueue(target.into(), Work::Initialise)
    }

    /// Sends user data, from the CI field on: SND_UD.
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

    /// Sends records (CI 51): sets what they name to the values they have.
    ///
    /// # Errors
    /// Those of [`send`](Self::send).
    pub fn send_records(
        &mut self,
        target: impl Into<Target>,
        records: &[u8],
    ) -> Result<RequestId, Error> {
        let mut user_data = Vec::with_capacity(records.len().saturating_add(1));
        user_data.push(CiField::COMMAND.code());
        user_data.extend_from_slice(records);
        self.send(target, &user_data)
    }

    /// Gives a meter another primary address.
    ///
    /// # Errors
    /// [`Error::QueueFull`], and [`Error::NoMeterAddress`] for more than 250.
    pub fn set_primary_address(
        &mut self,
        target: impl Into<Target>,
        address: AField,
    ) -> Result<RequestId, Error> {
        if !address.is_meter() {
            return Err(Error::NoMeterAddress);
        }
        self.send_records(target, &[0x01, 0x7A, address.0])
    }

    /// Resets the application of a meter, or selects what it is to tell (CI 50): the sub-code has
    /// the application in its upper and the block in its lower four bits.
    ///
    /// # Errors
    /// [`Error::QueueFull`].
    pub fn reset_application(
        &mut self,
        target: impl Into<Target>,
        sub_code: Option<u8>,
    ) -> Result<RequestId, Error> {
        let ci = CiField::APPLICATION_RESET_OR_SELECT.code();
        match sub_code {
            Some(sub_code) => self.send(target, &[ci, sub_code]),
            None => self.send(target, &[ci]),
        }
    }

    /// Switches a meter to another speed: 300, 600, 1200, ... 38400 bit/s. The line follows when
    /// the meter has acknowledged, and goes back if the meter is not heard at the new speed. Sent
    /// to all, nobody acknowledges, and the line follows at once.
    ///
    /// # Errors
    /// [`Error::QueueFull`], and [`Error::NoSpeed`] for any other speed.
    pub fn set_speed(&mut self, target: impl Into<Target>, baud: u32) -> Result<RequestId, Error> {
        let place = (0..8_u8).find(|&place| 300 << place == baud).ok_or(Error::NoSpeed)?;
        let ci = CiField::SET_BAUD_RATE_300.code().saturating_add(place);
        let line = self.line().with_baud(baud);
        self.enqueue(target.into(), Work::SetSpeed(ci, line))
    }
}
