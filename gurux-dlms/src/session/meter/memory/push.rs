//! Push setups: what they send, when, and how often it is tried.

use core::time::Duration;

use gurux_framing::Wire;
use gurux_value::{DateTime, Obis};

use super::Memory;
use super::clock::{SECOND, micros_of};
use crate::session::procedure::PushSettings;
use crate::session::{Push, RepetitionDelay};
use crate::table::class::ClassId;
use crate::value::Data;
use crate::wire::{CosemDateTime, DataRef};

const MINUTE: i64 = 60 * SECOND;

/// So many minutes a window is looked for, back and ahead.
const YEAR: i64 = 366 * 24 * 60;

impl Memory {
    /// What a push setup (class 40) sends now, as its attributes say; `None`, if there is no such object.
    /// A [`Pusher`](crate::session::Pusher) delivers it.
    #[must_use]
    pub fn push(&self, logical_name: Obis) -> Option<Push> {
        let entry = self.entry(logical_name)?;
        if entry.object.class_id != ClassId::PUSH_SETUP {
            return None;
        }
        let mut settings = PushSettings::default();
        for (place, attribute) in (2..=6).enumerate() {
            // One that is not of its form says nothing.
            let _ = entry.data(attribute).and_then(|value| settings.parse(place, value));
        }
        let delay = match entry.data(7) {
            Some(DataRef::LongUnsigned(seconds)) => RepetitionDelay::constant(seconds),
            Some(DataRef::Structure(fields)) => {
                let field = |number| match fields.element(number) {
                    Some(DataRef::LongUnsigned(value)) => value,
                    _ => 0,
                };
                RepetitionDelay { min: field(0), exponent: field(1), max: field(2) }
            }
            _ => RepetitionDelay::constant(0),
        };
        let client = entry.integer(9).and_then(|client| u8::try_from(client).ok());
        let opens_in = self.opens_in(&settings.windows);
        Some(Push {
            body: self.push_body(logical_name)?,
            time: Some(self.clock.date_time()),
            transport: settings.transport,
            destination: settings.destination,
            client: client.filter(|client| *client != 0),
            opens_in,
            random_start: Duration::from_secs(settings.random_start.into()),
            retries: settings.retries,
            delay,
            // push_operation_method, from version 2 on: 0 and 1 go by the layers below.
            is_confirmed: entry.integer(11) == Some(2),
        })
    }

    /// The values that a push setup sends, in their order: what a data-notification carries. `None`, if there is
    /// no such object.
    #[must_use]
    pub fn push_body(&self, logical_name: Obis) -> Option<Data> {
        self.entry(logical_name)?;
        let columns = self.columns_of(logical_name, 2);
        let values = columns.iter().map(|column| {
            let value = self.value(column.logical_name, column.attribute);
            let value = value.and_then(|value| super::value::element(&value, column.data_index));
            value.and_then(|value| Data::from_bytes(&value).ok()).unwrap_or(Data::NullData)
        });
        Some(Data::structure(values))
    }

    /// Until one of these windows is open; without any, it always is.
    fn opens_in(&self, windows: &[(CosemDateTime, CosemDateTime)]) -> Option<Duration> {
        if windows.is_empty() {
            return Some(Duration::ZERO);
        }
        let opens = windows.iter().filter_map(|window| self.window_opens_in(window));
        opens.min().map(|micros| Duration::from_micros(micros.unsigned_abs()))
    }

    /// Microseconds until this window is open.
    fn window_opens_in(&self, (start, end): &(CosemDateTime, CosemDateTime)) -> Option<i64> {
        let offset = self.clock.utc_offset();
        let now = self.clock.micros();
        let fixed = |time: &CosemDateTime| micros_of(DataRef::DateTime(*time), offset);
        if let (Some(start), Some(end)) = (fixed(start), fixed(end)) {
            return (now < end).then(|| start.saturating_sub(now).max(0));
        }
        // Times that come again: it is open if the last of them was a beginning.
        let local = self.clock.local_micros();
        let minute = local.div_euclid(MINUTE);
        let is_at =
            |pattern: &CosemDateTime, minute: i64| is_at(pattern, minute.saturating_mul(MINUTE));
        for back in 0..YEAR {
            let then = minute.saturating_sub(back);
            if is_at(end, then) {
                break;
            }
            if is_at(start, then) {
                return Some(0);
            }
        }
        let ahead = (1..=YEAR).find(|ahead| is_at(start, minute.saturating_add(*ahead)))?;
        let opens = minute.saturating_add(ahead).saturating_mul(MINUTE);
        Some(opens.saturating_sub(local))
    }
}

/// Is this local minute one that the pattern means? What is not specified fits all; seconds do not count.
fn is_at(pattern: &CosemDateTime, local: i64) -> bool {
    let Some(time) = DateTime::from_unix_micros(local) else { return false };
    let time = CosemDateTime::from_date_time(time.with_weekday(time.weekday_of_date()));
    let (pattern, found) = (pattern.as_octets(), time.as_octets());
    // Year, month, day, weekday, hour, minute.
    let fields = [0..2, 2..3, 3..4, 4..5, 5..6, 6..7];
    fields.into_iter().all(|field| {
        let wanted = pattern.get(field.clone()).unwrap_or_default();
        wanted.iter().all(|octet| *octet == 0xFF) || found.get(field) == Some(wanted)
    })
}
