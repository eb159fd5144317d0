//! From a profile to points: settings, addresses and types, each fault at its place.

use gurux_framing::Wire;
use gurux_mbus::session::Target;
use gurux_mbus::wire::{
    AField, CiField, DataField, DataRecord, DeviceType, Identification, Manufacturer, MeterAddress,
    Selection,
};
use gurux_value::{Decimal, Quantity};

use super::address::{self, Address, HeaderField, Record, What};
use super::form::Form;
use super::records::medium;
use super::{Key, MbusMeter, Point};
use crate::item::Item;
use crate::parameters::Parameters;
use crate::profile::{
    DeviceProfile, Fault, Faults, Located, MatchTest, NullMark, Property, Subject, integer, octets,
};

pub(super) fn compile(
    profile: &DeviceProfile,
    items: &[Item],
    parameters: &Parameters,
) -> Result<MbusMeter, Faults> {
    let mut faults = Vec::new();
    let mut settings = Settings { profile, parameters, faults: &mut faults };
    let primary = settings.primary();
    let any_address = settings.any_address();
    let secondary = settings.secondary();
    let reset = settings.reset();
    let key = settings.key();
    let mut points = Vec::with_capacity(items.len());
    for item in items {
        match point(item) {
            Ok(point) => points.push(point),
            Err(fault) => faults.push(fault),
        }
    }
    for mark in profile.detections.iter().flat_map(|detect| &detect.matches) {
        if let Subject::Object(object) = &mark.subject
            && HeaderField::lookup(object).is_none()
        {
            let expected = format!("one of {}", HeaderField::names().join(", "));
            faults.push(Fault::value(object.place, "Object", object.as_str(), expected));
        }
    }
    let meter = MbusMeter {
        target: secondary.map_or(Target::Primary(primary), Target::Secondary),
        // Whoever asks 254 does not know the number that answers.
        any_address: any_address || primary == AField::TEST,
        primary: if primary.is_meter() { primary } else { AField::UNCONFIGURED },
        reset,
        key,
        points,
        communication: profile.communication.clone(),
        identity: identity(profile, primary, secondary),
    };
    Faults::check(meter, faults)
}

/// The protocol's own element.
struct Settings<'p> {
    profile: &'p DeviceProfile,
    parameters: &'p Parameters,
    faults: &'p mut Vec<Fault>,
}

impl Settings<'_> {
    /// The value of an attribute; `None` where it, or the parameter that it stands for, has none.
    fn read(&mut self, name: &str) -> Option<Located<String>> {
        let text = self.profile.settings.lookup(name)?;
        let parameter = text.strip_prefix('{').and_then(|text| text.strip_suffix('}'));
        if parameter.is_some_and(|parameter| self.parameters.lookup(parameter).is_none()) {
            return None;
        }
        match self.parameters.fill(name, text) {
            Ok(text) => Some(text).filter(|text| !text.is_empty()),
            Err(fault) => {
                self.faults.push(fault);
                None
            }
        }
    }

    fn wrong(&mut self, name: &str, text: &Located<String>, expected: &str) {
        self.faults.push(Fault::value(text.place, name, text.as_str(), expected));
    }

    fn primary(&mut self) -> AField {
        let Some(text) = self.read("PrimaryAddress") else { return AField::TEST };
        let number = integer(&text).and_then(|number| u8::try_from(number).ok()).map(AField);
        match number.filter(|number| number.is_meter() || *number == AField::TEST) {
            Some(number) => number,
            None => {
                const NUMBER: &str = "the number of a meter, 0 to 250, or 254 for whoever is there";
                self.wrong("PrimaryAddress", &text, NUMBER);
                AField::TEST
            }
        }
    }

    fn any_address(&mut self) -> bool {
        let Some(text) = self.read("AnyAddress") else { return false };
        match text.as_str() {
            "true" => true,
            "false" => false,
            _ => {
                self.wrong("AnyAddress", &text, "true or false");
                false
            }
        }
    }

    fn secondary(&mut self) -> Option<Selection> {
        let text = self.read("SecondaryAddress")?;
        // The identification number alone, whoever made the meter.
        if let Ok(identification) = text.parse::<Identification>() {
            let address = MeterAddress { identification, ..Selection::ANY.address };
            return Some(Selection { address, ..Selection::ANY });
        }
        match text.parse() {
            Ok(selection) => Some(selection),
            Err(error) => {
                self.wrong("SecondaryAddress", &text, &format!("another address: {error}"));
                None
            }
        }
    }

    fn reset(&mut self) -> Vec<u8> {
        let Some(text) = self.read("ApplicationReset") else { return Vec::new() };
        match integer(&text).and_then(|code| u8::try_from(code).ok()) {
            Some(code) => vec![CiField::APPLICATION_RESET_OR_SELECT.code(), code],
            None => {
                self.wrong("ApplicationReset", &text, "a sub-code, 0 to 255");
                Vec::new()
            }
        }
    }

    fn key(&mut self) -> Option<Key> {
        let text = self.read("Key")?;
        let key = octets(&text).ok().and_then(|octets| <[u8; 16]>::try_from(octets).ok());
        if key.is_none() {
            // What was given is not told: it may be most of a key.
            self.faults.push(Fault::value(text.place, "Key", "...", "32 hex digits"));
        }
        key.map(Key)
    }
}

/// Who a simulated meter is: as its secondary address says, else as it is recognised, else nobody
/// in particular.
fn identity(
    profile: &DeviceProfile,
    primary: AField,
    secondary: Option<Selection>,
) -> MeterAddress {
    let told = |name: &str| {
        let marks = profile.detections.first()?.matches.iter();
        let mut texts = marks.filter_map(|mark| match (&mark.subject, &mark.test) {
            (Subject::Object(object), Some(MatchTest::Equals(text))) if **object == name => {
                Some(text.as_str())
            }
            _ => None,
        });
        texts.next()
    };
    let device_type = |word: &str| {
        let types = (0..=u8::MAX).map(DeviceType::new);
        let address = |device_type| MeterAddress { device_type, ..nobody(primary) };
        types.into_iter().find(|found| medium(&address(*found)) == word)
    };
    let nobody = nobody(primary);
    let known = MeterAddress {
        identification: nobody.identification,
        manufacturer: told("manufacturer")
            .and_then(|text| text.parse().ok())
            .unwrap_or(nobody.manufacturer),
        version: told("version").and_then(|text| text.parse().ok()).unwrap_or(nobody.version),
        device_type: told("medium").and_then(device_type).unwrap_or(nobody.device_type),
    };
    secondary.map_or(known, |selection| filled(&selection.address, &known))
}

/// A meter of ours; its number is its primary address.
fn nobody(primary: AField) -> MeterAddress {
    let number = u32::from(primary.0);
    let digits = ((number / 100) << 8) | ((number / 10 % 10) << 4) | (number % 10);
    MeterAddress {
        identification: Identification(digits),
        manufacturer: "GUR".parse().unwrap_or(Manufacturer(0)),
        version: 1,
        device_type: DeviceType::OTHER,
    }
}

/// `address` with what `known` says in place of its wildcards.
fn filled(address: &MeterAddress, known: &MeterAddress) -> MeterAddress {
    let identification = (0..32).step_by(4).fold(0, |number, shift| {
        let digit = |from: &MeterAddress| from.identification.0 >> shift & 0x0F;
        let digit = if digit(address) == 0x0F { digit(known) } else { digit(address) };
        number | digit << shift
    });
    let is_any = |code: u8| code == 0xFF;
    MeterAddress {
        identification: Identification(identification),
        manufacturer: if address.manufacturer.0 == 0xFFFF {
            known.manufacturer
        } else {
            address.manufacturer
        },
        version: if is_any(address.version) { known.version } else { address.version },
        device_type: if is_any(address.device_type.code()) {
            known.device_type
        } else {
            address.device_type
        },
    }
}

fn point(item: &Item) -> Result<Point, Fault> {
    let property = &item.property;
    let place = property.address.place;
    let text = property.address.as_str();
    let wrong = |expected: &str| Fault::value(place, "Address", text, expected);
    let address = address::address(text, item.shift).ok_or_else(|| wrong(address::GRAMMAR))?;
    if let Address::Record(Record { what: What::Quantity(word), .. }) = &address
        && !Quantity::new(word).is_known()
    {
        return Err(wrong("a quantity that there is"));
    }
    let field = data_field(property)?;
    let length = property.length.as_ref().map(|length| length.value);
    let form = match &address {
        Address::Header(_) => None,
        Address::Exact(header) => {
            check_header(header, field).map_err(|expected| wrong(&expected))?;
            Form::new(header.clone(), property.unit, length)
        }
        Address::Record(record) => {
            let field = field.unwrap_or(DataField::Integer32);
            let example = property.default_value.as_ref().and_then(|text| text.parse().ok());
            let example: Option<Decimal> = example;
            Form::of(record, field, property.unit, length, example)
        }
    };
    let is_writable = property.access_mode.is_writable();
    if is_writable && form.is_none() {
        return Err(wrong("a record that can be written, in the unit of the property"));
    }
    let marks = property.null.iter().filter_map(|mark| match mark {
        NullMark::Integer(mark) => Some(*mark),
        NullMark::NaN | NullMark::Empty => None,
    });
    Ok(Point { address, unit: property.unit, marks: marks.collect(), form, is_writable })
}

/// The header of a record is all that there is, and fits the stated type.
fn check_header(header: &[u8], field: Option<DataField>) -> Result<(), String> {
    let found = DataField::of(header.first().copied().unwrap_or_default());
    let data = vec![0; found.data_len().max(1)];
    let octets = [header, &data].concat();
    let used = header.len() + if found == DataField::Variable { 1 } else { found.data_len() };
    let record = DataRecord::from_bytes(octets.get(..used).unwrap_or_default())
        .map_err(|_| "DIF, DIFEs, VIF and VIFEs of a record, and no more")?;
    if record.header() != header {
        return Err("DIF, DIFEs, VIF and VIFEs of a record, and no more".to_owned());
    }
    match field {
        Some(field) if field != found => Err(format!("a record of type {}", field.name())),
        _ => Ok(()),
    }
}

/// The data field that the property's type names.
fn data_field(property: &Property) -> Result<Option<DataField>, Fault> {
    #[rustfmt::skip]
    static TYPES: [(&str, DataField); 13] = [
        ("i8", DataField::Integer8),   ("i16", DataField::Integer16), ("i24", DataField::Integer24),
        ("i32", DataField::Integer32), ("i48", DataField::Integer48), ("i64", DataField::Integer64),
        ("f32", DataField::Real32),    ("bcd2", DataField::Bcd2),     ("bcd4", DataField::Bcd4),
        ("bcd6", DataField::Bcd6),     ("bcd8", DataField::Bcd8),     ("bcd12", DataField::Bcd12),
        ("text", DataField::Variable),
    ];
    let kind = &property.kind;
    if kind.is_empty() {
        return Ok(None);
    }
    let word = kind.to_ascii_lowercase();
    let found = TYPES.iter().find(|(name, _)| *name == word).map(|(_, field)| *field);
    found.map(Some).ok_or_else(|| {
        const EXPECTED: &str =
            "I8, I16, I24, I32, I48, I64, F32, BCD2, BCD4, BCD6, BCD8, BCD12 or Text";
        Fault::value(kind.place, "Type", kind.as_str(), EXPECTED)
    })
}
