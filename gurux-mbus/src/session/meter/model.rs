//! [`MeterModel`]: what a meter is, behind its line.

use alloc::vec::Vec;

use gurux_media::Instant;

use crate::wire::{AField, CiField, Identification, MeterAddress};

/// What a meter is: its addresses, its values, and what it does when told.
///
/// [`Meter`](super::Meter) keeps what the standard makes a meter keep on the line: frame count,
/// selection, telegrams in turn, access number, speed.
pub trait MeterModel {
    /// Who it is. A selection is compared with it.
    fn address(&self) -> MeterAddress;

    /// Its link address, 0 to 250.
    fn primary_address(&self) -> AField;

    /// It is given another link address; false if it refuses.
    fn set_primary_address(&mut self, address: AField) -> bool {
        let _ = address;
        false
    }

    /// The number by which it lets itself be told from a meter of the same address.
    fn fabrication_number(&self) -> Option<Identification> {
        None
    }

    /// The status octet of its telegrams.
    fn status(&self) -> u8 {
        0
    }

    /// Writes the records of a telegram, counted from 0, and says whether another one follows
    /// (the session then says so to the reader). No more than 240 octets fit.
    fn records(&mut self, now: Instant, telegram: u16, out: &mut Vec<u8>) -> bool;

    /// Writes a telegram from the CI field on: by default the long header of CI 72, the records,
    /// and 1F if another telegram follows. For meters that speak otherwise.
    fn user_data(
        &mut self,
        now: Instant,
        telegram: u16,
        access_number: u8,
        out: &mut Vec<u8>,
    ) -> bool {
        out.push(CiField::VARIABLE_DATA_LONG.code());
        out.extend_from_slice(&self.address().octets());
        out.extend_from_slice(&[access_number, self.status(), 0, 0]);
        let more = self.records(now, telegram, out);
        if more {
            out.push(MORE_RECORDS_FOLLOW);
        }
        more
    }

    /// Alarms that wait to be told (CI 71), as flags of its own meaning. They are told until they
    /// are gone.
    fn alarm(&mut self, now: Instant) -> Option<u8> {
        let _ = now;
        None
    }

    /// The application is reset, or told what to tell from now on (CI 50). It goes on with its
    /// first telegram.
    fn reset_application(&mut self, now: Instant, sub_code: Option<u8>) -> Reaction {
        let _ = (now, sub_code);
        Reaction::Acknowledge
    }

    /// Anything else that is sent to it, from the CI field on.
    fn command(&mut self, now: Instant, user_data: &[u8]) -> Reaction {
        let _ = (now, user_data);
        Reaction::Ignore
    }
}

/// DIF 1F.
const MORE_RECORDS_FOLLOW: u8 = 0x1F;

/// How a meter answers what it was told.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Reaction {
    /// E5.
    Acknowledge,
    /// A2.
    Refuse,
    /// Nothing.
    Ignore,
    /// E5, and this application error (CI 70) when it is read next.
    Error(u8),
}
