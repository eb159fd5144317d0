//! [`Form`]: how the value of a property is coded, to write it and to play a meter that has it.

use gurux_framing::Wire;
use gurux_mbus::wire::{DataField, DataRecord, Dib};
use gurux_value::{DateTime, Decimal, Unit, Value};

use super::address::{Record, What};
use crate::driver::Shape;

/// How a record is coded.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Form {
    /// DIB and VIB.
    header: Vec<u8>,
    kind: Kind,
}

/// What its data are.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Kind {
    /// A number of steps, in the property's unit.
    Number(DataField, Decimal),
    /// A float that is multiplied by this.
    Real(Decimal),
    /// A date or a time in so many octets.
    Moment(DataField),
    /// Characters, at most so many.
    Text(usize),
}

/// The longest text in a record of variable length.
const MAX_TEXT: usize = 0xBF;

impl Form {
    /// The form of the record that begins with `header`, in `unit` if that is given.
    ///
    /// What a record means is asked of the one parser: with the number one in it, it says how much
    /// one is.
    pub(super) fn new(header: Vec<u8>, unit: Option<Unit>, length: Option<u16>) -> Option<Self> {
        let field = DataField::of(*header.first()?);
        let kind = match field {
            DataField::Variable => {
                let length = length.map_or(MAX_TEXT, usize::from).min(MAX_TEXT);
                Kind::Text(length)
            }
            DataField::Real32 => Kind::Real(step(&header, &1_f32.to_le_bytes(), unit)?),
            _ if is_moment(&header, field) => Kind::Moment(field),
            _ => {
                let len = field.data_len();
                let one: Vec<u8> = [1].into_iter().chain([0; 7]).take(len).collect();
                Kind::Number(field, step(&header, &one, unit)?)
            }
        };
        Some(Self { header, kind })
    }

    /// The form of a record that is known by its meaning, with this data field. Of the codes for
    /// one quantity it takes the coarsest that holds `example`; without an example the one nearest
    /// to a thousandth.
    pub(super) fn of(
        record: &Record,
        field: DataField,
        unit: Option<Unit>,
        length: Option<u16>,
        example: Option<Decimal>,
    ) -> Option<Self> {
        let dib = Dib::new(field)
            .with_function(record.function)
            .with_storage_number(record.storage)?
            .with_tariff(record.tariff)?
            .with_subunit(u16::try_from(record.subunit).ok()?)?;
        let mut begin = Vec::new();
        dib.emit(&mut begin);
        let form = |vib: &[u8]| Self::new([&begin, vib].concat(), unit, length);
        let word = match &record.what {
            What::Vib(vib) => return form(vib),
            What::Quantity(word) => word,
        };
        let candidates = vibs().filter_map(|vib| {
            let form = form(&vib)?;
            (quantity(&form.header)? == *word).then_some(form)
        });
        let step = |form: &Self| match form.kind {
            Kind::Number(_, step) | Kind::Real(step) => step,
            Kind::Moment(_) | Kind::Text(_) => Decimal::ONE,
        };
        // Its last digit counts, be it a nought.
        let fits = |form: &Self| {
            example.is_none_or(|example| {
                let is_fine = step(form) <= Decimal::new(1, example.exponent());
                is_fine && form.record(&Value::Decimal(example)).is_ok()
            })
        };
        let thousandth = Decimal::new(1, -3);
        candidates.filter(fits).max_by(|a, b| match example {
            Some(_) => step(a).cmp(&step(b)),
            // The nearest is the finest that is no finer, or else the coarsest.
            None => {
                let rank = |step: Decimal| (step <= thousandth, step.min(thousandth));
                rank(step(a)).cmp(&rank(step(b))).then(step(b).cmp(&step(a)))
            }
        })
    }

    /// DIB and VIB.
    pub(super) fn header(&self) -> &[u8] {
        &self.header
    }

    /// What its values are.
    pub(super) fn shape(&self) -> Shape {
        match self.kind {
            Kind::Number(field, step) => {
                let (least, greatest) = range(field);
                Shape::Steps(step, least, greatest)
            }
            Kind::Real(_) => Shape::Float,
            Kind::Moment(_) => Shape::DateTime,
            Kind::Text(len) => Shape::Text(len),
        }
    }

    /// The record with this value, which is in the property's unit.
    ///
    /// # Errors
    /// Why the value has no form, as a clause.
    pub(super) fn record(&self, value: &Value<'_>) -> Result<Vec<u8>, String> {
        let mut octets = self.header.clone();
        match self.kind {
            Kind::Number(field, step) => {
                let number = number(value).ok_or("it is no number")?;
                let steps = number.checked_div(step).and_then(Decimal::to_i128);
                let steps = steps.ok_or_else(|| format!("it is no multiple of {step}"))?;
                let (least, greatest) = range(field);
                if !(least..=greatest).contains(&steps) {
                    return Err(format!("it does not fit a {}", field.name()));
                }
                octets.extend(digits(steps, field));
            }
            Kind::Real(factor) => {
                let number = number(value).ok_or("it is no number")?;
                let real = number.checked_div(factor).ok_or("it is too large")?;
                let real: f32 = real.to_string().parse().map_err(|_| "it is no number")?;
                octets.extend(real.to_le_bytes());
            }
            Kind::Moment(field) => {
                let Value::DateTime(moment) = value else { return Err("it is no date".into()) };
                let data = moment_octets(moment, field);
                octets.extend(data.ok_or("it is no date that the record can hold")?);
            }
            Kind::Text(len) => {
                let text = value.to_string();
                let latin = text.chars().map(u8::try_from).rev().collect::<Result<Vec<u8>, _>>();
                let latin = latin.map_err(|_| "it has characters that M-Bus does not have")?;
                if latin.len() > len {
                    return Err(format!("it is longer than {len} characters"));
                }
                octets.push(u8::try_from(latin.len()).unwrap_or_default());
                octets.extend(latin);
            }
        }
        Ok(octets)
    }
}

/// All value information of one octet, and those of the two extension tables.
fn vibs() -> impl Iterator<Item = Vec<u8>> {
    let primary = (0x00..0x7B).map(|code: u8| vec![code]);
    let extended = |table: u8| (0x00..0x7D).map(move |code: u8| vec![table, code]);
    primary.chain(extended(0xFD)).chain(extended(0xFB))
}

/// The word for what a record means.
fn quantity(header: &[u8]) -> Option<String> {
    let octets = with_data(header, &[0, 0, 0, 0, 0, 0, 0, 0]);
    let record = DataRecord::from_bytes(&octets).ok()?;
    Some(record.measurement().quantity.as_str().to_owned())
}

fn with_data(header: &[u8], data: &[u8]) -> Vec<u8> {
    let field = DataField::of(header.first().copied().unwrap_or_default());
    let data = data.iter().take(if field == DataField::Variable { 1 } else { field.data_len() });
    header.iter().chain(data).copied().collect()
}

/// How much one is, in `unit`.
fn step(header: &[u8], one: &[u8], unit: Option<Unit>) -> Option<Decimal> {
    let octets = with_data(header, one);
    let record = DataRecord::from_bytes(&octets).ok()?;
    let measurement = record.measurement();
    let one = number(measurement.value.as_ref()?)?;
    match (measurement.unit, unit) {
        (Some(from), Some(to)) if from != to => {
            let converted = from.convert(one, to).ok()?;
            // A scale that begins elsewhere has no step.
            let zero = from.convert(Decimal::ZERO, to).ok()?;
            (zero == Decimal::ZERO).then_some(converted)
        }
        (None, Some(to)) if to != Unit::ONE => None,
        _ => Some(one),
    }
    .filter(|step| *step != Decimal::ZERO)
}

fn number(value: &Value<'_>) -> Option<Decimal> {
    match value {
        Value::Flags { bits, .. } => Some(Decimal::from(*bits)),
        value => value.as_decimal(),
    }
}

/// The least and the greatest number of a data field. The lowest integer of each width means "no
/// value".
fn range(field: DataField) -> (i128, i128) {
    let len = u32::try_from(field.data_len()).unwrap_or_default();
    if field.is_bcd() {
        return (0, 10_i128.pow(2 * len) - 1);
    }
    let half = if len == 0 { 1 } else { 1_i128 << (8 * len - 1) };
    (1 - half, half - 1)
}

/// The data of a number that is in the range of its field.
fn digits(number: i128, field: DataField) -> Vec<u8> {
    let len = field.data_len();
    if !field.is_bcd() {
        return number.to_le_bytes().into_iter().take(len).collect();
    }
    let mut rest = number;
    let mut octet = || {
        let two = u8::try_from(rest % 100).unwrap_or_default();
        rest /= 100;
        ((two / 10) << 4) | (two % 10)
    };
    (0..len).map(|_| octet()).collect()
}

/// Is the record a date, a time or both? The first of January is one in every type.
fn is_moment(header: &[u8], field: DataField) -> bool {
    let data: &[u8] = match field.data_len() {
        2 => &[0x01, 0x01],
        4 => &[0x00, 0x00, 0x01, 0x01],
        6 => &[0x00, 0x00, 0x00, 0x01, 0x01, 0x00],
        _ => return false,
    };
    let octets = with_data(header, data);
    let record = DataRecord::from_bytes(&octets);
    record.is_ok_and(|record| matches!(record.measurement().value, Some(Value::DateTime(_))))
}

/// A date or time as data types G (2 octets), F (4) and I (6).
fn moment_octets(moment: &DateTime, field: DataField) -> Option<Vec<u8>> {
    let (year, month, day) = moment.date()?;
    let year = u8::try_from(year.checked_sub(2000)?).ok().filter(|year| *year < 100)?;
    let date = [day | year << 5, month | (year >> 3) << 4];
    let hour = moment.hour().unwrap_or_default();
    let minute = moment.minute().unwrap_or_default();
    match field.data_len() {
        2 => Some(date.to_vec()),
        // The century: 1 is 2000 to 2099.
        4 => Some([&[minute, hour | 1 << 5][..], &date].concat()),
        6 => {
            let second = moment.second().unwrap_or_default();
            let weekday = moment.weekday_of_date().map_or(0, |weekday| weekday.number());
            Some([&[second, minute, hour | weekday << 5][..], &date, &[0]].concat())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use gurux_value::Function;

    use super::*;

    fn of(word: &str, field: DataField, unit: Unit, example: Option<&str>) -> Option<Vec<u8>> {
        let record = Record {
            what: What::Quantity(word.to_owned()),
            function: Function::Instantaneous,
            storage: 0,
            tariff: 0,
            subunit: 0,
            index: 1,
        };
        let example = example.map(|text| text.parse().unwrap());
        let form = Form::of(&record, field, Some(unit), None, example)?;
        Some(form.header().to_vec())
    }

    #[test]
    fn a_quantity_is_coded_as_coarsely_as_its_example_allows() {
        let volume = |example| of("volume", DataField::Integer32, Unit::CUBIC_METRE, example);
        assert_eq!(volume(Some("123.456")), Some(vec![0x04, 0x13]));
        assert_eq!(volume(Some("7")), Some(vec![0x04, 0x16]));
        assert_eq!(volume(Some("7.0")), Some(vec![0x04, 0x15]));
        assert_eq!(volume(None), Some(vec![0x04, 0x13]));
        let energy = of("energy", DataField::Bcd8, Unit::KILOWATT_HOUR, Some("1234.5"));
        assert_eq!(energy, Some(vec![0x0C, 0x05]));
        assert_eq!(of("thunder", DataField::Bcd8, Unit::WATT, None), None);
    }

    #[test]
    fn a_value_becomes_the_octets_that_mean_it() {
        let form = |header: &[u8], unit| Form::new(header.to_vec(), unit, None).unwrap();
        let volume = form(&[0x0C, 0x13], Some(Unit::CUBIC_METRE));
        let text = |text: &str| Value::Decimal(text.parse().unwrap());
        assert_eq!(
            volume.record(&text("12345.678")).unwrap(),
            [0x0C, 0x13, 0x78, 0x56, 0x34, 0x12]
        );
        assert!(volume.record(&text("0.0001")).unwrap_err().contains("multiple of 0.001"));
        assert!(volume.record(&text("100000")).unwrap_err().contains("8 digit BCD"));
        let power = form(&[0x02, 0x2B], Some(Unit::KILOWATT));
        assert_eq!(power.record(&text("-1.2")).unwrap(), [0x02, 0x2B, 0x50, 0xFB]);
        let clock = form(&[0x04, 0x6D], None);
        assert_eq!(clock.shape(), Shape::DateTime);
        let moment = Value::DateTime("2017-03-23T23:02".parse().unwrap());
        let octets = clock.record(&moment).unwrap();
        let record = DataRecord::from_bytes(&octets).unwrap();
        assert_eq!(record.measurement().value, Some(moment));
        let name = form(&[0x0D, 0xFD, 0x0C], None);
        let octets = name.record(&Value::Text("ab".into())).unwrap();
        assert_eq!(octets, [0x0D, 0xFD, 0x0C, 2, b'b', b'a']);
    }
}
