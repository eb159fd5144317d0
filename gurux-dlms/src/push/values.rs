//! [`PushValues`]: each value of a push with what is said of it.

use gurux_framing::{Reader, Wire, WireError, WireErrorKind};
use gurux_value::{Decimal, Measurement, Obis, Quality, Quantity, Unit, Value};

use super::{Layout, Scale};
use crate::value::plain_value;
use crate::wire::{CosemDate, CosemDateTime, CosemTime, DataRef, Elements};

/// A value of a push.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct PushValue<'a> {
    /// The class and the attribute that it is of, where the push says so.
    pub attribute: Option<(u16, i8)>,
    /// Its OBIS code, from the push or from the layout.
    pub obis: Option<Obis>,
    /// The value as it is.
    pub value: DataRef<'a>,
    /// The power of ten that it counts, and its unit, from the push or from the layout.
    pub scaler_unit: Option<(i8, Option<Unit>)>,
}

impl<'a> PushValue<'a> {
    /// The value in the words of every protocol: a number exact and scaled, a text as a text, a
    /// clock as a date. Its unit is none where nobody says it.
    #[must_use]
    pub fn measurement(&self) -> Measurement<'a> {
        let mut measurement = named(self.obis);
        let (scaler, unit) = self.scaler_unit.unwrap_or((0, None));
        measurement.value = match (self.value.as_integer(), self.value) {
            (Some(number), _) => Some(Value::Decimal(Decimal::new(number, scaler.into()))),
            (None, DataRef::OctetString(octets)) => Some(octets_value(self.obis, octets)),
            (None, DataRef::VisibleString(text)) => {
                plain_value(DataRef::VisibleString(without_padding(text)))
            }
            (None, value) => plain_value(value),
        };
        measurement.unit = unit.filter(|_| measurement.value.is_some());
        if unit == Some(Unit::DEGREE) && self.value.as_integer().is_some_and(|number| number > 360)
        {
            measurement.unit = None;
            return measurement.without_value(Quality::MISSING);
        }
        measurement
    }
}

/// A measurement without a value, with what its OBIS code says.
pub(super) fn named<'a>(obis: Option<Obis>) -> Measurement<'a> {
    let known =
        |obis: Obis| Quantity::from_obis(obis).or_else(|| Quantity::from_obis(obis.with_tariff(0)));
    let quantity = obis.and_then(known).unwrap_or(Quantity::new("value"));
    let mut measurement = Measurement::new(quantity);
    measurement.obis = obis;
    if let Some(obis) = obis
        && obis.a() == 1
        && obis.d() == 8
    {
        measurement.tariff = obis.e().into();
    }
    measurement
}

/// A clock (0-b:1.0.0), a time or a date, a text, or octets. Twelve octets without a name that are no text are a date
/// and time (observed: L+G E450 and Kaifa MA309 put one in front of their values).
fn octets_value(obis: Option<Obis>, octets: &[u8]) -> Value<'_> {
    let text = without_padding(octets);
    let is_text = (!text.is_empty() || octets.is_empty())
        && text.iter().all(|octet| (0x20..0x7F).contains(octet));
    let is_clock = obis.map_or(!is_text, |obis| (obis.a(), obis.c(), obis.d()) == (0, 1, 0));
    if let Some(time) = CosemDateTime::from_slice(octets).filter(|_| is_clock) {
        return Value::DateTime(time.to_date_time());
    }
    // The time and the date of electricity meters, 1-b:0.9.1 and 1-b:0.9.2.
    match (obis.map(|obis| (obis.a(), obis.c(), obis.d(), obis.e())), octets) {
        (Some((1, 0, 9, 1)), &[h, m, s, hundredths]) => {
            return Value::DateTime(CosemTime::from_octets([h, m, s, hundredths]).to_date_time());
        }
        (Some((1, 0, 9, 2)), &[y0, y1, month, day, weekday]) => {
            let date = CosemDate::from_octets([y0, y1, month, day, weekday]);
            return Value::DateTime(date.to_date_time());
        }
        _ => {}
    }
    let text = core::str::from_utf8(text).ok().filter(|_| is_text);
    text.map_or_else(|| Value::Octets(octets.into()), Value::from)
}

/// Noughts behind a text are none of it (observed: L+G ZMF100 and E450 fill the room of a text).
fn without_padding(mut text: &[u8]) -> &[u8] {
    while let [shorter @ .., 0] = text {
        text = shorter;
    }
    text
}

/// Each value of a push, with what the push and the [`Layout`] say of it.
#[derive(Clone, Debug)]
pub struct PushValues<'a, 'l> {
    form: Form<'a>,
    layout: Option<&'l Layout<'l>>,
    place: usize,
    /// Values without a name so far.
    unnamed: usize,
}

/// How the push says what a value is.
#[derive(Clone, Debug)]
enum Form<'a> {
    /// The push object list, and the values.
    Listed(Elements<'a>, Elements<'a>),
    /// Values behind their OBIS codes, or by their places.
    Plain(Elements<'a>),
    /// A value alone.
    Single(Option<DataRef<'a>>),
    /// Values behind descriptors or names that are no values of A-XDR: how many, their octets, and
    /// how one is read.
    Odd(u8, &'a [u8], ReadOdd<'a>),
}

/// How a value is read with what is in front of it.
type ReadOdd<'a> = fn(&mut Reader<'a, ()>) -> Result<PushValue<'a>, WireError>;

const PUSH_SETUP: u16 = 40;

impl<'a, 'l> PushValues<'a, 'l> {
    /// The values of this body.
    #[must_use]
    pub fn new(body: DataRef<'a>, layouts: &'l [Layout<'l>]) -> Self {
        let Some(elements) = body.elements() else {
            return Self { form: Form::Single(Some(body)), layout: None, place: 0, unnamed: 0 };
        };
        // What names its values itself needs no list without a name.
        let is_bare = elements.element(0).is_some_and(|first| first.elements().is_none());
        let fits = |layout: &&Layout<'_>| {
            let texts = elements.iter().take(4).filter_map(|value| value.as_octets());
            let mut texts = texts.take(2);
            let mut places = layout.places.iter();
            layout.count.is_none_or(|count| count == elements.len())
                && places
                    .all(|place| elements.element(place.at).is_some_and(|value| place.fits(value)))
                && if layout.list_id.is_empty() {
                    is_bare
                } else {
                    texts.any(|text| text.starts_with(layout.list_id))
                }
        };
        let layout = layouts.iter().find(fits);
        if let Some(objects) = elements.element(0).and_then(object_list) {
            let mut values = elements.iter();
            // The list is the first of its own objects, as a value of the push setup; if not, the
            // values stand behind it.
            let is_own =
                objects.clone().next().and_then(object).is_some_and(|(of, ..)| of == PUSH_SETUP);
            if !is_own {
                values.next();
            }
            // The list gives the names.
            let layout = layout.filter(|layout| layout.objects.is_empty());
            return Self { form: Form::Listed(objects, values), layout, place: 0, unnamed: 0 };
        }
        Self { form: Form::Plain(elements.iter()), layout, place: 0, unnamed: 0 }
    }

    /// The list that names or scales the values, where one is known.
    #[must_use]
    pub const fn layout(&self) -> Option<&'l Layout<'l>> {
        self.layout
    }

    /// The values of the octets of a body, some of which are no value of A-XDR.
    ///
    /// observed: Sagemcom XT211 and its relatives in Czechia push a structure of an enum and an array
    /// whose elements hold an attribute descriptor without tags, and a value. L+G ZMF100 pushes an array
    /// of names and values, and in front of some names the tag and the length are swapped (06 09).
    ///
    /// # Errors
    /// What is wrong with them as a value of A-XDR, if they are not of the other form either.
    pub fn from_octets(octets: &'a [u8], layouts: &'l [Layout<'l>]) -> Result<Self, WireError> {
        let proper = DataRef::from_bytes(octets);
        if let Ok(body) = proper {
            return Ok(Self::new(body, layouts));
        }
        let (count, values, read): (u8, _, ReadOdd<'a>) = match octets {
            [0x02, 0x02, 0x16, _, 0x01, count @ 0..=0x7F, values @ ..] => {
                (*count, values, untagged)
            }
            [0x01, count @ 0..=0x7F, values @ ..] => (*count, values, with_name),
            _ => return proper.map(|body| Self::new(body, layouts)),
        };
        let mut reader = Reader::new(values);
        if (0..count).all(|_| read(&mut reader).is_ok()) && reader.rest().is_empty() {
            return Ok(Self {
                form: Form::Odd(count, values, read),
                layout: None,
                place: 0,
                unnamed: 0,
            });
        }
        proper.map(|body| Self::new(body, layouts))
    }

    fn plain(
        elements: &mut Elements<'a>,
        layout: Option<&Layout<'_>>,
        place: usize,
    ) -> Option<PushValue<'a>> {
        let element = elements.next()?;
        let mut value =
            PushValue { attribute: None, obis: None, value: element, scaler_unit: None };
        let objects = layout.map(|layout| layout.objects).unwrap_or_default();
        if !objects.is_empty() {
            value.obis = objects.get(place).copied();
        } else if let DataRef::Structure(inner) = element {
            let mut inner = inner.iter();
            if let Some(obis) = inner.next().and_then(obis) {
                value.obis = Some(obis);
                value.value = inner.next().unwrap_or(DataRef::NullData);
                value.scaler_unit = inner.next().and_then(scaler_unit);
            }
        } else if let Some(obis) = obis(element).filter(|obis| obis.f() == Obis::PRESENT)
            && let Some(behind) = elements.next()
        {
            value.obis = Some(obis);
            value.value = behind;
            value.scaler_unit = elements.clone().next().and_then(scaler_unit);
            if value.scaler_unit.is_some() {
                elements.next();
            }
        }
        Some(value)
    }
}

impl<'a> Iterator for PushValues<'a, '_> {
    type Item = PushValue<'a>;

    fn next(&mut self) -> Option<PushValue<'a>> {
        let mut value = match &mut self.form {
            Form::Single(value) => {
                let value = value.take()?;
                PushValue { attribute: None, obis: None, value, scaler_unit: None }
            }
            Form::Odd(left, octets, read) => {
                *left = left.checked_sub(1)?;
                let mut reader = Reader::new(octets);
                let value = read(&mut reader).ok()?;
                *octets = reader.rest();
                value
            }
            Form::Listed(objects, values) => loop {
                let (object_of, value) = (objects.next(), values.next()?);
                let of = object_of.and_then(object);
                // The list itself is no reading.
                if matches!(of, Some((PUSH_SETUP, _, 2))) && value.elements().is_some() {
                    continue;
                }
                let attribute = of.map(|(class, _, attribute)| (class, attribute));
                break PushValue { attribute, obis: of.map(|of| of.1), value, scaler_unit: None };
            },
            Form::Plain(elements) => loop {
                let value = Self::plain(elements, self.layout, self.place)?;
                self.place = self.place.saturating_add(1);
                // observed: Kamstrup meters of one phase fill the places of the others with nulls, and
                // Iskra AM550 of Carinthia two places of which nobody knows with empty texts.
                let is_blank = value.obis.is_none() && value.value.as_octets() == Some(&[]);
                if value.value != DataRef::NullData && !is_blank {
                    break value;
                }
            },
        };
        if value.obis.is_none()
            && let Some(layout) = self.layout
        {
            value.obis = layout.unnamed.get(self.unnamed).copied();
            self.unnamed = self.unnamed.saturating_add(1);
        }
        if value.scaler_unit.is_none()
            && let Some(obis) = value.obis
            && let Some(Scale { exponent, unit, .. }) =
                self.layout.and_then(|layout| layout.scale(obis))
        {
            value.scaler_unit = Some((*exponent, *unit));
        }
        Some(value)
    }
}

/// Is it an OBIS code?
fn obis(value: DataRef<'_>) -> Option<Obis> {
    let DataRef::OctetString(octets) = value else { return None };
    Some(Obis::new(octets.try_into().ok()?))
}

/// A scaler and a unit: a structure of an integer and an enum. A unit that is not in the table, or
/// that says there is none (255), is none.
fn scaler_unit(value: DataRef<'_>) -> Option<(i8, Option<Unit>)> {
    let DataRef::Structure(inner) = value else { return None };
    match (inner.element(0), inner.element(1), inner.len()) {
        (Some(DataRef::Integer(scaler)), Some(DataRef::Enum(unit)), 2) => {
            Some((scaler, Unit::from_dlms(unit)))
        }
        _ => None,
    }
}

/// The objects, if it is a push object list.
fn object_list(value: DataRef<'_>) -> Option<Elements<'_>> {
    let DataRef::Array(objects) = value else { return None };
    object(objects.element(0)?).map(|_| objects.iter())
}

/// An object of the list: class, OBIS code, attribute.
fn object(value: DataRef<'_>) -> Option<(u16, Obis, i8)> {
    let DataRef::Structure(fields) = value else { return None };
    let mut fields = fields.iter();
    let DataRef::LongUnsigned(class) = fields.next()? else { return None };
    let name = obis(fields.next()?)?;
    let DataRef::Integer(attribute) = fields.next()? else { return None };
    Some((class, name, attribute))
}

/// A structure of a descriptor without tags, and a value.
fn untagged<'a>(reader: &mut Reader<'a, ()>) -> Result<PushValue<'a>, WireError> {
    let start = reader.offset();
    if reader.array("structure")? != [0x02, 0x02] {
        return Err(WireError::new(
            start,
            "structure",
            WireErrorKind::Expected("a structure of two"),
        ));
    }
    let class = reader.u16("class-id")?;
    let obis = Obis::new(reader.array("instance-id")?);
    let [attribute] = reader.array("attribute-id")?;
    let value = reader.read()?;
    let attribute = Some((class, i8::from_be_bytes([attribute])));
    Ok(PushValue { attribute, obis: Some(obis), value, scaler_unit: None })
}

/// A structure of a name, the tag and length of which may be swapped, a value, and a scaler and unit.
fn with_name<'a>(reader: &mut Reader<'a, ()>) -> Result<PushValue<'a>, WireError> {
    let start = reader.offset();
    let odd = |what| WireError::new(start, what, WireErrorKind::Expected("a name and a value"));
    let [0x02, fields @ (2 | 3)] = reader.array("structure")? else {
        return Err(odd("structure"));
    };
    let ([0x09, 0x06] | [0x06, 0x09]) = reader.array("logical-name")? else {
        return Err(odd("logical-name"));
    };
    let obis = Some(Obis::new(reader.array("logical-name")?));
    let value = reader.read()?;
    let scaler_unit = match fields {
        3 => scaler_unit(reader.read()?),
        _ => None,
    };
    Ok(PushValue { attribute: None, obis, value, scaler_unit })
}

#[cfg(test)]
mod tests {
    use std::string::{String, ToString};
    use std::vec::Vec;

    use gurux_framing::Wire;

    use super::super::{LAYOUTS, Layout};
    use super::PushValues;
    use crate::value::Data;

    fn said(body: &[u8], layouts: &[Layout<'_>]) -> Vec<String> {
        let values = PushValues::from_octets(body, layouts).expect("a body");
        values
            .map(|value| {
                let measurement = value.measurement();
                let obis = measurement.obis.map(|obis| obis.to_string()).unwrap_or_default();
                let value = measurement.value.map(|value| value.to_string()).unwrap_or_default();
                let unit = measurement.unit.map(|unit| unit.to_string()).unwrap_or_default();
                std::format!("{obis} {value} {unit}")
            })
            .collect()
    }

    fn octets(body: &Data) -> Vec<u8> {
        let mut out = std::vec![0; 512];
        let len = body.emit_to_slice(&mut out).expect("short enough");
        out.truncate(len);
        out
    }

    fn name(groups: [u8; 6]) -> Data {
        Data::OctetString(groups.to_vec())
    }

    #[test]
    fn the_push_object_list_names_the_values_and_is_none_of_them() {
        let object = |class, groups| {
            Data::structure([
                Data::LongUnsigned(class),
                name(groups),
                Data::Integer(2),
                Data::LongUnsigned(0),
            ])
        };
        let setup = object(40, [0, 8, 25, 9, 0, 255]);
        let energy = object(3, [1, 1, 1, 8, 2, 255]);
        let own = Data::array([setup, energy.clone()]);
        let body = Data::structure([own, Data::DoubleLongUnsigned(15_207)]);
        assert_eq!(said(&octets(&body), LAYOUTS), ["1-1:1.8.2*255 15207 "]);
        let body = Data::structure([Data::array([energy]), Data::DoubleLongUnsigned(7)]);
        assert_eq!(said(&octets(&body), LAYOUTS), ["1-1:1.8.2*255 7 "]);
    }

    #[test]
    fn a_list_that_names_its_values_may_have_scales_by_its_maker() {
        let object = |class, groups, attribute| {
            let number = Data::Integer(attribute);
            let parts = std::vec![Data::LongUnsigned(class), name(groups), number];
            Data::structure([parts, std::vec![Data::LongUnsigned(0)]].concat())
        };
        let body = |setup, first: &[Data]| {
            let mut objects = std::vec![object(40, setup, 2)];
            objects.extend(first.iter().map(|_| object(40, setup, 1)));
            objects.push(object(3, [1, 0, 32, 7, 0, 255], 2));
            objects.push(object(3, [1, 0, 31, 7, 0, 255], 2));
            let values = [Data::LongUnsigned(234), Data::LongUnsigned(49)];
            let list = std::vec![Data::array(objects)];
            octets(&Data::structure([list, first.to_vec(), values.to_vec()].concat()))
        };
        let setup = [0, 8, 25, 9, 0, 255];
        let e450 = said(&body(setup, &[name(setup)]), LAYOUTS);
        assert_eq!(e450[1..], ["1-0:32.7.0*255 234 V", "1-0:31.7.0*255 0.49 A"]);
        let setup = [0, 6, 25, 9, 0, 255];
        for title in [&b"ISK1030712345678"[..], b"LGZ1030112345678"] {
            let said = said(&body(setup, &[Data::OctetString(title.to_vec())]), LAYOUTS);
            assert_eq!(said[1..], ["1-0:32.7.0*255 23.4 V", "1-0:31.7.0*255 0.49 A"]);
        }
        // Another list may count otherwise: nobody says the unit.
        assert_eq!(said(&body(setup, &[]), LAYOUTS)[0], "1-0:32.7.0*255 234 ");
    }

    #[test]
    fn a_list_that_is_known_gives_names_scales_and_units_and_nulls_are_left_out() {
        let body = Data::structure([
            Data::VisibleString(b"Kamstrup_V0001".to_vec()),
            name([1, 1, 31, 7, 0, 255]),
            Data::DoubleLongUnsigned(896),
            Data::NullData,
            name([1, 1, 1, 8, 0, 255]),
            Data::DoubleLongUnsigned(7_745_250),
        ]);
        let body = octets(&body);
        let known = [" Kamstrup_V0001 ", "1-1:31.7.0*255 8.96 A", "1-1:1.8.0*255 77452500 Wh"];
        assert_eq!(said(&body, LAYOUTS), known);
        let plain = [" Kamstrup_V0001 ", "1-1:31.7.0*255 896 ", "1-1:1.8.0*255 7745250 "];
        assert_eq!(said(&body, &[]), plain);
        let power = octets(&Data::structure([Data::DoubleLongUnsigned(2277)]));
        assert_eq!(said(&power, LAYOUTS), ["1-0:1.7.0*255 2277 W"]);
    }

    #[test]
    fn a_name_with_tag_and_length_swapped_is_read() {
        let body = [
            0x01, 0x02, 0x02, 0x02, 0x09, 0x06, 0, 0, 96, 1, 0, 255, 0x0A, 0x04, b'4', b'7', 0, 0,
            0x02, 0x03, 0x06, 0x09, 1, 0, 31, 7, 0, 255, 0x10, 0x00, 0xF4, 0x02, 0x02, 0x0F, 0xFE,
            0x16, 33,
        ];
        assert_eq!(said(&body, LAYOUTS), ["0-0:96.1.0*255 47 ", "1-0:31.7.0*255 2.44 A"]);
        for len in 0..body.len() {
            assert!(PushValues::from_octets(&body[..len], LAYOUTS).is_err(), "{len} octets");
        }
    }

    #[test]
    fn a_list_is_told_by_its_types_where_its_length_is_not_enough() {
        let (id, title) = (Data::OctetString(b"16820".to_vec()), b"ISK1030712345678");
        let list = |values: [Data; 10]| {
            let head = std::vec![Data::OctetString(title.to_vec()), id.clone()];
            said(&octets(&Data::structure([head, values.to_vec()].concat())), LAYOUTS)
        };
        let volts = list(core::array::from_fn(|_| Data::LongUnsigned(2331)));
        assert_eq!((&*volts[2], &*volts[5]), ("1-0:32.7.0*255 233.1 V", "1-0:31.7.0*255 23.31 A"));
        let energy = list(core::array::from_fn(|_| Data::DoubleLongUnsigned(7)));
        assert_eq!((&*energy[4], &*energy[9]), ("1-0:1.8.0*255 7 Wh", "1-0:2.8.2*255 7 Wh"));
    }

    #[test]
    fn the_time_and_the_date_of_a_meter_are_no_texts() {
        let body = Data::structure([
            Data::structure([
                name([1, 0, 0, 9, 1, 255]),
                Data::OctetString(b"\x12\x1E\x2D\0".to_vec()),
            ]),
            Data::structure([
                name([1, 0, 0, 9, 2, 255]),
                Data::OctetString(std::vec![0x07, 0xE9, 12, 19, 5]),
            ]),
        ]);
        let said = said(&octets(&body), &[]);
        assert_eq!(said, ["1-0:0.9.1*255 T18:30:45 ", "1-0:0.9.2*255 2025-12-19 "]);
    }

    #[test]
    fn values_without_a_name_among_others_are_named_by_the_list() {
        let value = [
            name([1, 0, 32, 7, 0, 255]),
            Data::LongUnsigned(2337),
            Data::structure([Data::Integer(-1), Data::Enum(35)]),
        ];
        let clock = std::vec![0x07, 0xE5, 9, 27, 1, 9, 47, 15, 0, 0xFF, 0x88, 0x80];
        let mut all = std::vec![Data::OctetString(clock)];
        all.extend((0..11).flat_map(|_| value.clone()));
        all.push(Data::OctetString(b"181220000009".to_vec()));
        let said = said(&octets(&Data::structure(all)), LAYOUTS);
        assert_eq!(said[0], "0-0:1.0.0*255 2021-09-27T09:47:15+02:00 ");
        assert_eq!(said[1], "1-0:32.7.0*255 233.7 V");
        assert_eq!(said[12], "0-0:96.1.0*255 181220000009 ");
    }

    #[test]
    fn descriptors_without_tags_are_read_as_far_as_they_fill_the_body() {
        let body = [
            0x02, 0x02, 0x16, 0x01, 0x01, 0x01, 0x02, 0x02, 0x00, 0x03, 1, 0, 1, 7, 0, 255, 0x02,
            0x06, 0x00, 0x00, 0x07, 0xA4,
        ];
        assert_eq!(said(&body, LAYOUTS), ["1-0:1.7.0*255 1956 "]);
        // Eleven octets of it happen to be a proper value: the name would be a boolean.
        for len in (0..body.len()).filter(|len| *len != 11) {
            assert!(PushValues::from_octets(&body[..len], LAYOUTS).is_err(), "{len} octets");
        }
        assert!(PushValues::from_octets(&[&body[..], &[0]].concat(), LAYOUTS).is_err());
    }
}
