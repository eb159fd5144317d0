//! [`ClockCheck`]: how far a meter's clock is off, and setting it.

use core::time::Duration;

use gurux_media::Instant;
use gurux_value::{ClockStatus, DateTime, Obis};

use super::{Input, Procedure, Reason, Step};
use crate::security::{CounterStore, Provider};
use crate::session::Client;
use crate::session::link::Store;
use crate::table::class::ClassId;
use crate::wire::{AttributeDescriptor, CosemDateTime, DataRef};

/// What may be done about a clock that is off.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ClockLimits {
    /// Off by no more than this, it is left as it is.
    pub tolerance: Duration,
    /// Off by more than this, it is not touched: something else is wrong, and load profiles would break. Nought
    /// for a clock that is only looked at.
    pub most: Duration,
    /// Minutes that local time is ahead of UTC, for a clock that does not say so; without daylight saving.
    pub utc_offset: Option<i16>,
}

impl Default for ClockLimits {
    /// Three seconds are nothing; more than a minute is not set without being asked for.
    fn default() -> Self {
        let (tolerance, most) = (Duration::from_secs(3), Duration::from_secs(60));
        Self { tolerance, most, utc_offset: None }
    }
}

/// How a clock goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ClockState {
    /// What it said first.
    pub time: DateTime,
    /// Microseconds that it was ahead of the true time; below 0 it was late.
    pub deviation: i64,
    /// The deviation is known to so much: half of what the answer took. A clock tells whole seconds besides.
    pub uncertainty: Duration,
    /// What it says of itself, daylight saving among it.
    pub status: ClockStatus,
    /// Microseconds that it is ahead after it was set; `None` if it was left as it is.
    pub deviation_after: Option<i64>,
}

/// Compares a meter's clock (class 8) with the true time, and sets it where it is off, but not too far; then
/// reads it once more. The meter's own zone and daylight saving are kept.
///
/// A clock that is off by more than [`ClockLimits::most`] is left as it is, and that is said:
/// [`Reason::ClockTooFar`].
///
/// ```no_run
/// # use gurux_dlms::security::Software;
/// # use gurux_dlms::session::{Client, link::Owned};
/// # use gurux_media::{Media, drive::{Driven, Driver}};
/// # use core::time::Duration;
/// use gurux_dlms::session::procedure::{ClockCheck, ClockLimits, ProcedureEvent, Running};
///
/// # fn check(client: &mut Client<Owned, Software>, media: &mut impl Media, utc_micros: i64) -> Result<(), Box<dyn std::error::Error>> {
/// let now = media.now();
/// let check = ClockCheck::new("0-0:1.0.0*255".parse()?, ClockLimits::default(), utc_micros, now);
/// let mut running = Running::new(client, check, now);
/// let (mut driver, until) = (Driver::new(), now + Duration::from_secs(30));
/// loop {
///     match driver.drive(&mut running, media, until)? {
///         Driven::Event(ProcedureEvent::Done(state)) => {
///             return Ok(println!("{} is {} µs ahead", state.time, state.deviation));
///         }
///         Driven::Event(ProcedureEvent::Failed(error)) => return Err(error.into()),
///         Driven::Event(_) => {}
///         Driven::Deadline | Driven::Closed => return Err("no answer".into()),
///     }
/// }
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ClockCheck {
    logical_name: Obis,
    limits: ClockLimits,
    /// The true time, microseconds since 1970 in UTC, and when it was that.
    true_time: (i64, Instant),
    asked_at: Instant,
    stage: Stage,
    state: Option<ClockState>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    Check,
    Set,
    CheckAgain,
}

impl ClockCheck {
    /// The clock of this name. The true time is `utc_micros`, microseconds since 1970 in UTC, at `at`.
    #[must_use]
    pub const fn new(
        logical_name: Obis,
        limits: ClockLimits,
        utc_micros: i64,
        at: Instant,
    ) -> Self {
        let true_time = (utc_micros, at);
        Self { logical_name, limits, true_time, asked_at: at, stage: Stage::Check, state: None }
    }

    const fn attribute(&self) -> AttributeDescriptor {
        let class_id = ClassId::CLOCK.code();
        AttributeDescriptor { class_id, instance_id: self.logical_name, attribute_id: 2 }
    }

    fn true_at(&self, now: Instant) -> i64 {
        let gone = now.since(self.true_time.1).as_micros();
        self.true_time.0.saturating_add(i64::try_from(gone).unwrap_or(i64::MAX))
    }

    /// How far a time that came now is off, and how well that is known.
    fn compare(&self, value: DataRef<'_>, now: Instant) -> Result<ClockState, Reason> {
        let time = match value {
            DataRef::DateTime(time) => Some(time),
            DataRef::OctetString(octets) => CosemDateTime::from_slice(octets),
            _ => None,
        };
        let time = time.ok_or(Reason::Form("a date-time"))?.to_date_time();
        let offset = self.offset(time).ok_or(Reason::NoZone)?;
        let there = time.unix_micros_at(offset).ok_or(Reason::NoTime)?;
        // It was read somewhere between the question and the answer.
        let uncertainty = now.since(self.asked_at) / 2;
        let half = i64::try_from(uncertainty.as_micros()).unwrap_or(i64::MAX);
        let deviation = there.saturating_sub(self.true_at(now).saturating_sub(half));
        let status = time.status();
        Ok(ClockState { time, deviation, uncertainty, status, deviation_after: None })
    }

    /// Minutes that this time is ahead of UTC.
    fn offset(&self, time: DateTime) -> Option<i16> {
        let summer = if time.status().contains(ClockStatus::DAYLIGHT_SAVING) { 60 } else { 0 };
        time.utc_offset().or_else(|| self.limits.utc_offset?.checked_add(summer))
    }

    /// The true time, as this clock writes it.
    fn right(&self, there: DateTime, now: Instant) -> Option<CosemDateTime> {
        let offset = self.offset(there)?;
        let ahead = i64::from(offset).checked_mul(60_000_000)?;
        let local = self.true_at(now).checked_add(ahead)?;
        let made = DateTime::from_unix_micros(local)?.without_utc_offset();
        let made = match there.utc_offset() {
            Some(offset) => made.with_utc_offset(offset)?,
            None => made,
        };
        let is_summer = there.status().contains(ClockStatus::DAYLIGHT_SAVING);
        let status = if is_summer { ClockStatus::DAYLIGHT_SAVING } else { ClockStatus::OK };
        let made = made.with_status(status).with_weekday(made.weekday_of_date());
        Some(CosemDateTime::from_date_time(made))
    }
}

fn is_within(deviation: i64, limit: Duration) -> bool {
    u128::from(deviation.unsigned_abs()) <= limit.as_micros()
}

impl<S: Store, P: Provider, C: CounterStore> Procedure<S, P, C> for ClockCheck {
    type Told = core::convert::Infallible;
    type Outcome = ClockState;

    fn doing(&self) -> &'static str {
        match self.stage {
            Stage::Check => "reading the clock",
            Stage::Set => "setting the clock",
            Stage::CheckAgain => "reading the clock that was set",
        }
    }

    fn advance(
        &mut self,
        client: &mut Client<S, P, C>,
        input: Input,
        now: Instant,
    ) -> Result<Step<Self::Told, ClockState>, Reason> {
        match (self.stage, input) {
            (Stage::Check, Input::Begin) | (Stage::Set, Input::Done) => {
                if input == Input::Done {
                    self.stage = Stage::CheckAgain;
                }
                self.asked_at = now;
                return Ok(Step::Ask(client.get(self.attribute())?));
            }
            (Stage::Check, Input::Value(_)) => {
                self.state = Some(self.compare(client.value()?, now)?);
            }
            (Stage::Set, Input::Value(_)) => {
                client.value()?;
            }
            (Stage::CheckAgain, Input::Value(_)) => {
                let after = self.compare(client.value()?, now)?;
                // What it tells is whole seconds, and not better known than the answer was quick.
                let limit = self.limits.tolerance.max(Duration::from_secs(1));
                if !is_within(after.deviation, limit.saturating_add(after.uncertainty)) {
                    return Err(Reason::ClockNotSet { seconds: after.deviation / 1_000_000 });
                }
                if let Some(state) = &mut self.state {
                    state.deviation_after = Some(after.deviation);
                }
            }
            (_, Input::Done) => {
                let state = self.state.ok_or(Reason::Form("a date-time"))?;
                if self.stage == Stage::CheckAgain
                    || is_within(state.deviation, self.limits.tolerance)
                    || self.limits.most.is_zero()
                {
                    return Ok(Step::End(state));
                }
                if !is_within(state.deviation, self.limits.most) {
                    let (seconds, most) = (state.deviation / 1_000_000, self.limits.most.as_secs());
                    return Err(Reason::ClockTooFar { seconds, most });
                }
                self.stage = Stage::Set;
                let right = self.right(state.time, now).ok_or(Reason::NoTime)?;
                let value = DataRef::OctetString(right.as_octets());
                return Ok(Step::Ask(client.set(self.attribute(), value)?));
            }
            _ => {}
        }
        Ok(Step::Listen)
    }
}
