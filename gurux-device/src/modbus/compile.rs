//! From a profile to points: addresses, types, orders and limits, each fault at its place.

use std::collections::BTreeSet;

use gurux_modbus::Address;
use gurux_modbus::plan::{self, Forbidden, Limits};
use gurux_modbus::value::{Absent, BitField, ByteOrder, Format, ValueType};
use gurux_modbus::wire::UnitId;
use gurux_value::Decimal;

use super::{ModbusMeter, Point};
use crate::item::Item;
use crate::parameters::Parameters;
use crate::profile::{
    DeviceProfile, Fault, FaultKind, Faults, Located, NullMark, Property, Subject, integer,
};

/// What the protocol's own element says.
struct Settings {
    unit: UnitId,
    order: ByteOrder,
    zero_based: bool,
}

pub(super) fn compile(
    profile: &DeviceProfile,
    items: &[Item],
    parameters: &Parameters,
) -> Result<ModbusMeter, Faults> {
    let mut faults = Vec::new();
    let settings = settings(profile, parameters, &mut faults);
    let limits = limits(profile, parameters, &settings, &mut faults);
    let mut points = Vec::with_capacity(items.len());
    for item in items {
        match point(item, &settings, &limits) {
            Ok(point) => points.push(point),
            Err(fault) => faults.push(fault),
        }
    }
    for mark in profile.detections.iter().flat_map(|detect| &detect.matches) {
        if let Subject::Object(object) = &mark.subject
            && !integer(object).is_some_and(|id| (0..=255).contains(&id))
        {
            const OBJECT: &str = "the number of an object of the identification, 0 to 255";
            faults.push(Fault::value(object.place, "Object", object.as_str(), OBJECT));
        }
    }
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| profile.name.clone());
    let meter = ModbusMeter {
        unit: settings.unit,
        limits,
        points,
        cuts: BTreeSet::new(),
        communication: profile.communication.clone(),
        identity: [
            text(&profile.manufacturer),
            text(&profile.model),
            profile.device_version.clone().unwrap_or_else(|| profile.version.to_string()),
        ],
    };
    Faults::check(meter, faults)
}

fn settings(profile: &DeviceProfile, parameters: &Parameters, faults: &mut Vec<Fault>) -> Settings {
    let mut read = |name: &str| match parameters.fill(name, profile.settings.lookup(name)?) {
        Ok(text) => Some(text),
        Err(fault) => {
            faults.push(fault);
            None
        }
    };
    let (unit, order, zero_based) = (read("UnitId"), read("ByteOrder"), read("ZeroBased"));
    let mut wrong = |name: &str, text: &Located<String>, expected: &str| {
        faults.push(Fault::value(text.place, name, text.as_str(), expected));
    };
    let mut settings = Settings { unit: UnitId::new(1), order: ByteOrder::ABCD, zero_based: true };
    if let Some(text) = unit {
        match integer(&text).and_then(|unit| u8::try_from(unit).ok()) {
            Some(unit) => settings.unit = UnitId::new(unit),
            None => wrong("UnitId", &text, "the number of a unit, 0 to 255"),
        }
    }
    if let Some(text) = order {
        match text.parse() {
            Ok(order) => settings.order = order,
            Err(_) => wrong("ByteOrder", &text, ORDER),
        }
    }
    if let Some(text) = zero_based {
        match text.as_str() {
            "true" => {}
            "false" => settings.zero_based = false,
            _ => wrong("ZeroBased", &text, "true or false"),
        }
    }
    settings
}

const ORDER: &str = "an order of octets: ABCD, CDAB, BADC, DCBA or another one";

fn limits(
    profile: &DeviceProfile,
    parameters: &Parameters,
    settings: &Settings,
    faults: &mut Vec<Fault>,
) -> Limits {
    let communication = &profile.communication;
    let standard = Limits::default();
    let mut limits = Limits {
        max_registers: communication
            .max_registers
            .map_or(standard.max_registers, |max| max.min(125)),
        max_bits: communication.max_bits.map_or(standard.max_bits, |max| max.min(2000)),
        max_gap: communication.max_gap.unwrap_or_default(),
        one_per_request: communication.one_per_request,
        forbidden: Vec::new(),
    };
    for range in &communication.forbidden {
        let from = filled_address("From", &range.from, 0, parameters, settings);
        let to = filled_address("To", &range.to, 0, parameters, settings);
        match (from, to) {
            (Ok(from), Ok(to)) if from.table == to.table && from.number <= to.number => {
                let (table, first, last) = (from.table, from.number, to.number);
                limits.forbidden.push(Forbidden { table, first, last });
            }
            (Ok(_), Ok(_)) => {
                const RANGE: &str = "an address of the same table, not below From";
                faults.push(Fault::value(range.to.place, "To", range.to.as_str(), RANGE));
            }
            (Err(fault), _) | (_, Err(fault)) => faults.push(fault),
        }
    }
    limits
}

fn filled_address(
    attribute: &str,
    text: &Located<String>,
    shift: u32,
    parameters: &Parameters,
    settings: &Settings,
) -> Result<Address, Fault> {
    address(attribute, &parameters.fill(attribute, text)?, shift, settings)
}

/// An address, with what is added to it.
fn address(
    attribute: &str,
    text: &Located<String>,
    shift: u32,
    settings: &Settings,
) -> Result<Address, Fault> {
    const SUM: &str =
        "an address such as holding:12, input:0x0C or 40013, and what is added to it, up to 65535";
    let wrong = || Fault::value(text.place, attribute, text.as_str(), SUM);
    let mut terms = text.split('+').map(str::trim);
    let first = terms.next().unwrap_or_default();
    let start: Address = first.parse().map_err(|_| wrong())?;
    let mut number = i128::from(start.number);
    // Numbers of the data model have been brought to nought already.
    if !settings.zero_based && first.contains(':') {
        number -= 1;
    }
    for term in terms {
        number = number.saturating_add(integer(term).ok_or_else(wrong)?);
    }
    number = number.saturating_add(i128::from(shift));
    let number = u16::try_from(number).map_err(|_| wrong())?;
    Ok(Address::new(start.table, number))
}

fn point(item: &Item, settings: &Settings, limits: &Limits) -> Result<Point, Fault> {
    let property = &item.property;
    let place = property.address.place;
    let address = address("Address", &property.address, item.shift, settings)?;
    let (format, bits) = if address.table.is_bits() {
        (bit_format(property)?, None)
    } else {
        register_format(property, settings)?
    };
    let count = if address.table.is_bits() { 1 } else { format.registers() };
    let count = u16::try_from(count).unwrap_or(u16::MAX);
    let point = Point {
        address,
        count,
        format,
        is_flag: property.bit.is_some(),
        bits,
        absent: property.null.first().copied(),
        is_writable: property.access_mode.is_writable(),
    };
    let alone = plan::Item { address, count, key: () };
    let fault = |reason: String| Fault::value(place, "Address", property.address.as_str(), reason);
    plan::plan([alone], limits).map_err(|error| fault(format!("another one: {error}")))?;
    if property.access_mode.is_writable() {
        if !address.table.is_writable() {
            return Err(fault("a coil or a holding register, as the property is written".into()));
        }
        plan::plan([alone], &Limits::for_writing())
            .map_err(|error| fault(format!("another one: {error}")))?;
        if format.is_partial() && count > 1 {
            const WHOLE: &str =
                "a property that is written has one register, or all of its registers";
            return Err(Fault::new(place, FaultKind::Conflict(WHOLE)));
        }
    }
    Ok(point)
}

/// A coil or discrete input.
fn bit_format(property: &Property) -> Result<Format, Fault> {
    let kind = &property.kind;
    if ValueType::named(kind, 0) != Some(ValueType::Bool) {
        return Err(Fault::value(kind.place, "Type", kind.as_str(), "Bool, for one bit"));
    }
    if property.bit.is_some() || property.mask.is_some() || property.shift.is_some() {
        const ONE: &str = "a coil or discrete input is one bit: no Bit, Mask or Shift";
        return Err(Fault::new(kind.place, FaultKind::Conflict(ONE)));
    }
    Ok(Format::new(ValueType::Bool))
}

fn register_format(
    property: &Property,
    settings: &Settings,
) -> Result<(Format, Option<BitField>), Fault> {
    let value_type = value_type(property)?;
    let mut format = Format::new(value_type).with_absent(absent(property)?);
    format = match &property.byte_order {
        Some(text) => {
            let wrong =
                |expected: &str| Fault::value(text.place, "ByteOrder", text.as_str(), expected);
            let order: ByteOrder = text.parse().map_err(|_| wrong(ORDER))?;
            format.with_order(order).map_err(|error| wrong(&format!("another one: {error}")))?
        }
        // The order of the whole device, where it says something of this type.
        None => format.with_order(settings.order).map_err(|error| {
            let kind = &property.kind;
            Fault::value(
                kind.place,
                "Type",
                kind.as_str(),
                format!("a ByteOrder beside it: {error}"),
            )
        })?,
    };
    let Some(bits) = bits(property)? else { return Ok((format, None)) };
    let at = property.bit.as_ref().map(|bit| bit.place);
    let at = at.or(property.mask.as_ref().map(|mask| mask.place)).unwrap_or(property.kind.place);
    let wrong = |error: gurux_modbus::value::ValueError| {
        let kind = property.kind.as_str();
        Fault::value(at, "Type", kind, format!("an integer with these bits: {error}"))
    };
    format = format.with_bits(bits).map_err(wrong)?;
    // The field is moved down to its lowest bit; a smaller Shift moves it back up.
    let up = match (&property.mask, &property.shift) {
        (Some(_), Some(shift)) => bits.offset.saturating_sub(shift.value),
        _ => 0,
    };
    let factor = Decimal::from(1_u64.checked_shl(up.into()).unwrap_or(1));
    let format = format.with_scale(factor, Decimal::ZERO).map_err(wrong)?;
    Ok((format, Some(bits)))
}

fn value_type(property: &Property) -> Result<ValueType, Fault> {
    let kind = &property.kind;
    let octets = property.length.as_ref().map(|length| length.value);
    let is_half = kind.to_ascii_lowercase().starts_with("string-");
    let registers = octets.map(|octets| if is_half { octets } else { octets.div_ceil(2) });
    // One bit of a truth value is one bit of the register that holds it.
    let kind_text = match property.bit {
        Some(_) if ValueType::named(kind, 0) == Some(ValueType::Bool) => "u16",
        _ => kind.as_str(),
    };
    let count = registers.map(u8::try_from).transpose().ok().flatten();
    match ValueType::named(kind_text, count.unwrap_or_default()) {
        Some(ValueType::String { .. } | ValueType::Octets { .. }) | None
            if is_sized(kind_text) && count.unwrap_or_default() == 0 =>
        {
            let place = property.length.as_ref().map_or(kind.place, |length| length.place);
            let length = octets.map_or_else(String::new, |octets| octets.to_string());
            Err(Fault::value(place, "Length", length, "the number of octets, 1 to 250"))
        }
        Some(found) => {
            let sized = matches!(found, ValueType::String { .. } | ValueType::Octets { .. });
            if let Some(length) = property.length.as_ref().filter(|_| !sized) {
                const SIZED: &str = "Length belongs to String and Octets alone";
                return Err(Fault::new(length.place, FaultKind::Conflict(SIZED)));
            }
            Ok(found)
        }
        None => Err(Fault::value(
            kind.place,
            "Type",
            kind.as_str(),
            "U16, I16, U32, I32, U48, I48, U64, I64, F16, F32, F64, BCD16, BCD32, BCD48, BCD64, \
             U8-high, U8-low, I8-high, I8-low, Bool, String, String-high, String-low or Octets",
        )),
    }
}

/// Is this a type whose length is stated beside it?
fn is_sized(kind: &str) -> bool {
    ValueType::named(kind, 0).is_none() && ValueType::named(kind, 1).is_some()
}

fn absent(property: &Property) -> Result<Absent, Fault> {
    let mut absent: String = "nan".to_owned();
    for mark in &property.null {
        match mark {
            NullMark::NaN => {}
            NullMark::Empty => absent.push_str(",empty"),
            NullMark::Integer(mark) => absent.push_str(&format!(",{mark}")),
        }
    }
    absent.parse().map_err(|_| {
        const MARKS: &str = "Null takes at most 4 integers of at most 64 bits";
        Fault::new(property.name.place, FaultKind::Conflict(MARKS))
    })
}

/// The bits of the value, where it has not all of its type.
fn bits(property: &Property) -> Result<Option<BitField>, Fault> {
    if let Some(bit) = &property.bit {
        return Ok(Some(BitField::bit(bit.value)));
    }
    let shift = property.shift.as_ref();
    let Some(mask) = &property.mask else {
        return match shift {
            Some(shift) => {
                const MASK: &str = "Shift needs Mask beside it";
                Err(Fault::new(shift.place, FaultKind::Conflict(MASK)))
            }
            None => Ok(None),
        };
    };
    // What is moved out at the lower end is no part of the value.
    let kept = shift.map_or(mask.value, |shift| (mask.value >> shift.value) << shift.value);
    BitField::from_mask(kept).map(Some).ok_or_else(|| {
        let text = format!("{:#X}", mask.value);
        Fault::value(mask.place, "Mask", text, "bits that are neighbours, not all shifted out")
    })
}
