//! The clock.

use gurux_framing::{Sink, Wire};
use gurux_media::Instant;
use gurux_value::DateTime;

use super::Memory;
use crate::wire::{ActionResult, CosemDateTime, DataRef};

/// Time as the owner told it, and as it went on from there.
#[derive(Clone, Copy, Debug)]
pub(super) struct MeterClock {
    /// When it was told, and what: microseconds since 1970 in UTC.
    set_at: Instant,
    set_to: i64,
    now: Instant,
    /// Minutes that local time is ahead.
    utc_offset: i16,
    status: u8,
    /// A time that is captured later than it was.
    pub(super) standing: Option<i64>,
    /// What adjust_to_preset_time sets.
    preset: Option<i64>,
}

impl Default for MeterClock {
    fn default() -> Self {
        let (set_at, now) = (Instant::ZERO, Instant::ZERO);
        Self { set_at, set_to: 0, now, utc_offset: 0, status: 0, standing: None, preset: None }
    }
}

pub(super) const SECOND: i64 = 1_000_000;

impl MeterClock {
    pub(super) fn set(&mut self, now: Instant, time: DateTime) {
        let offset = time.utc_offset().unwrap_or(self.utc_offset);
        if let Some(micros) = time.unix_micros_at(offset) {
            self.utc_offset = offset;
            self.status = time.status().bits();
            self.now = now;
            self.set_micros(micros);
        }
    }

    fn set_micros(&mut self, micros: i64) {
        self.set_at = self.now;
        self.set_to = micros;
    }

    pub(super) fn elapse(&mut self, now: Instant) {
        self.now = self.now.max(now);
    }

    pub(super) const fn utc_offset(&self) -> i16 {
        self.utc_offset
    }

    /// Microseconds since 1970 in UTC.
    pub(super) fn micros(&self) -> i64 {
        let gone = self.now.since(self.set_at).as_micros();
        let now = self.set_to.saturating_add(i64::try_from(gone).unwrap_or(i64::MAX));
        self.standing.unwrap_or(now)
    }

    /// When it will be that time.
    pub(super) fn instant_of(&self, micros: i64) -> Instant {
        let ahead = u64::try_from(micros.saturating_sub(self.set_to)).unwrap_or_default();
        Instant::from_micros(self.set_at.as_micros().saturating_add(ahead))
    }

    /// Local time, to the second.
    pub(super) fn date_time(&self) -> CosemDateTime {
        let local = self.local_micros().div_euclid(SECOND).saturating_mul(SECOND);
        let made = DateTime::from_unix_micros(local).map(DateTime::without_utc_offset);
        let made = made.and_then(|time| time.with_utc_offset(self.utc_offset));
        let made = made.unwrap_or(DateTime::UNKNOWN);
        let made = made.with_status(gurux_value::ClockStatus::from_bits(self.status));
        let with_weekday = made.with_weekday(made.weekday_of_date());
        CosemDateTime::from_date_time(with_weekday)
    }

    pub(super) fn local_micros(&self) -> i64 {
        let ahead = i64::from(self.utc_offset).saturating_mul(60 * SECOND);
        self.micros().saturating_add(ahead)
    }

    fn shift(&mut self, micros: i64) {
        self.set_micros(self.micros().saturating_add(micros));
    }

    /// To the nearest whole of so many seconds.
    fn adjust(&mut self, seconds: i64) {
        let unit = seconds.saturating_mul(SECOND).max(1);
        let over = self.local_micros().rem_euclid(unit);
        self.shift(if over.saturating_mul(2) >= unit {
            unit.saturating_sub(over)
        } else {
            over.saturating_neg()
        });
    }
}

/// A date-time, with its own tag or in an octet-string, as microseconds since 1970 in UTC.
pub(super) fn micros_of(value: DataRef<'_>, utc_offset: i16) -> Option<i64> {
    let time = match value {
        DataRef::DateTime(time) => time,
        DataRef::OctetString(octets) => CosemDateTime::from_slice(octets)?,
        _ => return None,
    }
    .to_date_time();
    time.unix_micros_at(time.utc_offset().unwrap_or(utc_offset))
}

impl Memory {
    pub(super) fn put_clock(&self, attribute: i8, out: &mut impl Sink) {
        match attribute {
            2 => DataRef::OctetString(self.clock.date_time().as_octets()).emit(out),
            _ => DataRef::Unsigned(self.clock.status).emit(out),
        }
    }

    /// A client sets the time; false, if it is none.
    pub(super) fn write_clock(&mut self, value: DataRef<'_>) -> bool {
        let time = match value {
            DataRef::DateTime(time) => Some(time),
            DataRef::OctetString(octets) => CosemDateTime::from_slice(octets),
            _ => None,
        };
        let Some(time) = time.map(CosemDateTime::to_date_time) else { return false };
        let offset = time.utc_offset().unwrap_or(self.clock.utc_offset);
        if time.unix_micros_at(offset).is_none() {
            return false;
        }
        let now = self.clock.now;
        self.set_time(now, time);
        true
    }

    pub(super) fn act_clock(&mut self, method: i8, parameter: Option<DataRef<'_>>) -> ActionResult {
        match (method, parameter) {
            (1, _) => self.clock.adjust(900),
            // The period by which profiles capture and demands are measured is 15 minutes, if nothing is
            // said of it.
            (2, _) => self.clock.adjust(self.measuring_period()),
            (3, _) => self.clock.adjust(60),
            (4, _) => match self.clock.preset.take() {
                Some(micros) => self.clock.set_micros(micros),
                None => return ActionResult::OTHER_REASON,
            },
            (5, Some(DataRef::Structure(fields))) => {
                let offset = self.clock.utc_offset;
                let time = fields.element(0).and_then(|time| micros_of(time, offset));
                let Some(time) = time else { return ActionResult::TYPE_UNMATCHED };
                self.clock.preset = Some(time);
                return ActionResult::SUCCESS;
            }
            (6, Some(DataRef::Long(seconds @ -900..=900))) => {
                self.clock.shift(i64::from(seconds).saturating_mul(SECOND));
            }
            _ => return ActionResult::TYPE_UNMATCHED,
        }
        self.restart_profiles();
        ActionResult::SUCCESS
    }
}
