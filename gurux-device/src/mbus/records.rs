//! [`Telegrams`]: what an answer says, record by record, and the record that a property means.

use gurux_framing::{Reader, Wire};
use gurux_mbus::json::Times;
use gurux_mbus::table::lookup_device_type;
use gurux_mbus::value::Profile;
use gurux_mbus::wire::{
    Body, Data, DataRecord, Digits, FixedData, Identification, MeterAddress, RecordItem, Records,
    Sealed, Telegram,
};
use gurux_value::{Measurement, Quality, Text, Unit, Value};

use super::address::{Address, HeaderField, Record, What};
use super::reply::telegrams;
use crate::driver::{Raw, Told};

/// All telegrams of an answer.
#[derive(Clone, Default, Debug)]
pub(super) struct Telegrams {
    header: Option<Header>,
    records: Vec<Found>,
    /// The times that the meter states.
    times: Times,
}

/// What stands before the records.
#[derive(Clone, Copy, Debug)]
struct Header {
    identification: Option<Identification>,
    /// Who it is of, where the header says more than a number.
    meter: Option<MeterAddress>,
    access_number: u8,
    status: u8,
}

/// A record.
#[derive(Clone, Debug)]
struct Found {
    measurement: Measurement<'static>,
    /// DIB and VIB; none where the telegram is no list of records.
    header: Vec<u8>,
    vib: Vec<u8>,
    octets: Vec<u8>,
    /// The number on the wire, for marks of absence.
    raw: Option<i64>,
}

impl Telegrams {
    /// Reads the telegrams of a reply. What cannot be read is as if it was not there.
    pub(super) fn read(reply: &[u8]) -> Self {
        let mut all = Self::default();
        for user_data in telegrams(reply) {
            if let Ok(telegram) = Telegram::from_user_data(user_data) {
                all.take(&telegram);
            }
        }
        all
    }

    fn take(&mut self, telegram: &Telegram<'_>) {
        let before = self.records.len();
        if self.header.is_none()
            && let Some(header) = telegram.tpl.and_then(|tpl| tpl.short())
        {
            self.header = Some(Header {
                identification: telegram.meter().map(|meter| meter.identification),
                meter: telegram.meter(),
                access_number: header.access_number,
                status: header.status.0,
            });
        }
        match telegram.body() {
            Body::Records(records) => self.walk(records),
            Body::RecordsMsbFirst(records) => {
                let mut turned: Vec<u8> = Vec::new();
                Records::turn(records, &mut turned);
                self.walk(&turned);
            }
            Body::FixedData { octets, msb_first } => {
                let fixed = if msb_first {
                    FixedData::read_high_first(&mut Reader::new(octets))
                } else {
                    FixedData::from_bytes(octets)
                };
                if let Ok(fixed) = fixed {
                    self.header.get_or_insert(Header {
                        identification: Some(fixed.identification),
                        meter: None,
                        access_number: fixed.access_number,
                        status: fixed.status,
                    });
                }
                let measurements = fixed.map(|fixed| fixed.measurements());
                for measurement in measurements.into_iter().flatten() {
                    self.push(measurement, None);
                }
            }
            _ => {}
        }
        // Perhaps it is encrypted all the same.
        if telegram.sealed == Some(Sealed::Unknown) {
            for found in self.records.iter_mut().skip(before) {
                found.measurement.quality |= Quality::DOUBTFUL;
            }
        }
    }

    fn walk(&mut self, payload: &[u8]) {
        self.times.extend(payload);
        for item in Records::new(payload) {
            let RecordItem::Record(record) = item else { continue };
            match Profile::of(&record) {
                Some(profile) => profile
                    .with_base_in(payload)
                    .for_each(|measurement| self.push(measurement.into_owned(), Some(&record))),
                None => self.push(record.measurement().into_owned(), Some(&record)),
            }
        }
    }

    fn push(&mut self, measurement: Measurement<'static>, record: Option<&DataRecord<'_>>) {
        let raw = match record.map(DataRecord::data) {
            Some(Data::Integer(number) | Data::Bcd(Digits::Number(number))) => Some(number),
            _ => None,
        };
        let octets = |part: Option<&[u8]>| part.unwrap_or_default().to_vec();
        self.records.push(Found {
            measurement,
            header: octets(record.map(DataRecord::header)),
            vib: octets(record.map(|record| record.vib().octets())),
            octets: octets(record.map(DataRecord::octets)),
            raw,
        });
    }

    /// Did anything come?
    pub(super) fn is_empty(&self) -> bool {
        self.records.is_empty() && self.header.is_none()
    }

    /// Who answered.
    pub(super) fn meter(&self) -> Option<MeterAddress> {
        self.header?.meter
    }

    /// What stands at an address: a raw value in `unit`, if there is one. A number that is one of
    /// `marks` is none.
    pub(super) fn raw(&self, address: &Address, unit: Option<Unit>, marks: &[i128]) -> Raw {
        let missing = || Raw { quality: Quality::MISSING, ..Raw::default() };
        match address {
            Address::Header(field) => self.header(*field).unwrap_or_else(missing),
            Address::Record(_) | Address::Exact(_) => {
                let found = self.find(address);
                found.map_or_else(missing, |found| self.measured(found, unit, marks))
            }
        }
    }

    /// A field of the header.
    pub(super) fn header(&self, field: HeaderField) -> Option<Raw> {
        let header = self.header?;
        let text = |text: String| Value::Text(Text::from(text));
        let value = match field {
            HeaderField::Identification => text(header.identification?.to_string()),
            HeaderField::Manufacturer => text(header.meter?.manufacturer.to_string()),
            HeaderField::Version => Value::Decimal(header.meter?.version.into()),
            HeaderField::Medium => text(medium(&header.meter?)),
            HeaderField::AccessNumber => Value::Decimal(header.access_number.into()),
            HeaderField::Status => Value::Decimal(header.status.into()),
        };
        Some(Raw { value: Some(value), ..Raw::default() })
    }

    fn find(&self, address: &Address) -> Option<&Found> {
        match address {
            Address::Exact(header) => self.records.iter().find(|found| found.header == *header),
            Address::Record(record) => {
                let mut alike = self.records.iter().filter(|found| found.is(record));
                alike.nth(record.index.saturating_sub(1))
            }
            Address::Header(_) => None,
        }
    }

    fn measured(&self, found: &Found, unit: Option<Unit>, marks: &[i128]) -> Raw {
        let measurement = &found.measurement;
        let is_marked = found.raw.is_some_and(|raw| marks.contains(&raw.into()));
        let mut raw = Raw {
            value: measurement.value.clone().filter(|_| !is_marked),
            quality: measurement.quality.with_if(is_marked, Quality::MISSING),
            octets: found.octets.clone(),
            told: Told {
                unit: measurement.unit,
                time: measurement.time.or_else(|| self.times.of_measurement(measurement)),
                function: measurement.function,
                storage: measurement.storage,
                tariff: measurement.tariff,
                subunit: measurement.subunit,
            },
        };
        if let (Some(from), Some(to)) = (measurement.unit, unit)
            && from != to
        {
            let number = raw.value.as_ref().and_then(Value::as_decimal);
            let converted = number.and_then(|number| from.convert(number, to).ok());
            let is_lost = raw.value.is_some() && converted.is_none();
            raw.quality = raw.quality.with_if(is_lost, Quality::INVALID);
            raw.value = converted.map(Value::Decimal);
        }
        raw
    }
}

impl Found {
    /// Is this what the address means?
    fn is(&self, record: &Record) -> bool {
        let measurement = &self.measurement;
        let what = match &record.what {
            What::Quantity(word) => measurement.quantity.as_str() == word,
            What::Vib(vib) => self.vib == *vib,
        };
        what && measurement.function == record.function
            && measurement.storage == record.storage
            && measurement.tariff == record.tariff
            && measurement.subunit == record.subunit
    }
}

/// What a meter meters, in a word or two: `heat`, `cold water`.
pub(super) fn medium(meter: &MeterAddress) -> String {
    match lookup_device_type(meter.manufacturer, meter.device_type) {
        // What stands in parentheses is where or how.
        Some(name) => name.split_once(" (").map_or(name, |(first, _)| first).to_owned(),
        None => meter.device_type.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use gurux_value::Function;

    use super::{Address, HeaderField, Record, Telegrams, Value, What};
    use crate::mbus::reply::Reply;

    #[test]
    fn fixed_data_have_a_header_too() {
        let mut reply = Reply::default();
        reply.push(&[
            0x73, 0x78, 0x56, 0x34, 0x12, 0x0A, 0x04, 0xE9, 0x7E, 1, 0, 0, 0, 0x35, 1, 0, 0,
        ]);
        let telegrams = Telegrams::read(&reply.octets);
        let field = |field| telegrams.header(field).and_then(|raw| raw.value);
        assert_eq!(field(HeaderField::Identification), Some(Value::Text("12345678".into())));
        assert_eq!(field(HeaderField::Status), Some(Value::Decimal(4.into())));
        assert_eq!(field(HeaderField::AccessNumber), Some(Value::Decimal(10.into())));
        // It names no maker.
        assert_eq!(field(HeaderField::Manufacturer), None);
    }

    /// Heat, its value at the due date, the highest flow, and when that was.
    #[test]
    fn the_time_of_a_maximum_is_not_that_of_other_values() {
        let mut reply = Reply::default();
        reply.push(&[
            0x78, 0x0C, 0x06, 0x78, 0x56, 0, 0, 0x4C, 0x06, 0x11, 0x52, 0, 0, 0x54, 0x3B, 0x2B, 0,
            0, 0, 0x54, 0x6D, 0x1E, 0x08, 0x61, 0x19,
        ]);
        // The next telegram says when the second was stored.
        reply.push(&[0x78, 0x42, 0x6C, 0x1F, 0x15]);
        let telegrams = Telegrams::read(&reply.octets);
        let time = |quantity: &str, storage| {
            let what = What::Quantity(quantity.to_owned());
            let function = Function::Instantaneous;
            let record = Record { what, function, storage, tariff: 0, subunit: 0, index: 1 };
            let raw = telegrams.raw(&Address::Record(record), None, &[]);
            assert!(raw.value.is_some());
            raw.told.time.map(|time| time.to_string())
        };
        assert_eq!(time("energy", 0), None);
        assert_eq!(time("energy", 1).as_deref(), Some("2008-05-31"));
    }
}
