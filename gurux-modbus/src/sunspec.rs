//! SunSpec: which models a device has, and where.
//!
//! A SunSpec device lays its data out as a chain of models in its holding registers:
//!
//! ```text
//! base      0x5375 0x6E53        the mark, "SunS"
//! base + 2  id = 1, length = 66  the common model: maker, model, serial number
//!           66 registers
//! base + 70 id, length           the next model
//!           so many registers
//!           ...
//!           0xFFFF, 0            the end
//! ```
//!
//! [`Discovery`] says what to read next and is told what came; it finds the base and each model.
//! [`Common`] opens the common model. [`lookup_point`] turns the type of a point into the
//! [`Format`] that reads it, with the mark of a point that is not implemented, and
//! [`scale_factor`] opens the register that holds the power of ten of others.
//!
//! Sources: the layout, the three bases, the types and their marks as observed in
//! sunspec/pysunspec2 (`sunspec2/modbus/client.py`, `sunspec2/mb.py`) and in the model files of
//! sunspec/models; the end of the chain as quoted in sunspec/models#44.

use gurux_value::{Text, Value};

use crate::value::{Absent, Format, Packing, ValueError, ValueType};
use crate::{Address, Table};

/// The mark at the base: `SunS` in two registers.
pub const MARK: [u16; 2] = [0x5375, 0x6E53];

/// The id in place of a model's that ends the chain.
pub const END_ID: u16 = 0xFFFF;

/// The id of the common model, which is the first of every chain.
pub const COMMON_ID: u16 = 1;

/// Where the mark is looked for: the three places that SunSpec allows, the likeliest first, and
/// one before two of them, for devices (and gateways) that count from one.
pub const BASES: [u16; 5] = [40_000, 0, 50_000, 39_999, 49_999];

/// The most models that are followed: far more than any device has, far fewer than a broken
/// chain could hold.
pub const MAX_MODELS: u16 = 256;

/// The search for the mark and the walk along the chain.
///
/// ```
/// use gurux_modbus::sunspec::{Discovery, End, Event};
///
/// // What the device holds from 40000 on.
/// let map = [0x5375, 0x6E53, 1, 4, 0, 0, 0, 0, 103, 2, 0, 0, 0xFFFF, 0];
/// let mut discovery = Discovery::new();
/// let mut models = Vec::new();
/// while let Some((address, count)) = discovery.next_read() {
///     let at = usize::from(address.number - 40_000);
///     match discovery.handle_registers(map[at..at + usize::from(count)].iter().copied()) {
///         Event::Model(model) => models.push((model.id, model.address)),
///         Event::End(end) => assert_eq!(end, End::Complete),
///         Event::Base(_) | Event::Searching => {}
///     }
/// }
/// assert_eq!(models, [(1, 40_002), (103, 40_008)]);
/// ```
#[derive(Clone, Debug)]
pub struct Discovery<'a> {
    step: Step,
    /// Where the mark is still to be looked for.
    bases: &'a [u16],
    models: u16,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    /// At the first of the bases.
    Mark,
    /// The id and length of a model.
    Header(u16),
    /// The id alone, since both were refused.
    Id(u16),
    Ended,
}

/// A model of the chain.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Model {
    /// Its number in the registry of SunSpec: 1 common, 101 to 113 inverters, 201 to 214 meters.
    pub id: u16,
    /// The holding register of its id. Offsets in the model files of SunSpec count from here.
    pub address: u16,
    /// Registers that follow id and length.
    pub len: u16,
}

/// What an answer told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Event {
    /// Nothing yet; the search goes on.
    Searching,
    /// The mark is at this holding register.
    Base(u16),
    /// There is a model.
    Model(Model),
    /// There is no more to be read.
    End(End),
}

/// How a discovery ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum End {
    /// At the end of the chain.
    Complete,
    /// The mark was at none of the bases: no SunSpec device.
    NoMark,
    /// The device refused, or cut short, a part of the chain. The models found stand.
    Broken,
    /// The chain runs past the last register, or has more models than [`MAX_MODELS`]. The models
    /// found stand, but one of their lengths is likely to be wrong.
    Endless,
}

impl Model {
    /// The first register of its data, after id and length.
    #[must_use]
    pub const fn data_address(&self) -> u16 {
        self.address.saturating_add(2)
    }

    /// Where the next model begins; `None` past the last register.
    const fn next(&self) -> Option<u16> {
        match self.address.checked_add(2) {
            Some(data) => data.checked_add(self.len),
            None => None,
        }
    }
}

impl Discovery<'static> {
    /// A search at all [`BASES`].
    #[must_use]
    pub const fn new() -> Self {
        Discovery::at(&BASES)
    }
}

impl Default for Discovery<'static> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a> Discovery<'a> {
    /// A search at these bases only.
    #[must_use]
    pub const fn at(bases: &'a [u16]) -> Self {
        Self { step: Step::Mark, bases, models: 0 }
    }

    /// What to read next: so many holding registers from an address. `None` at the end.
    ///
    /// The answer changes after [`handle_registers`](Self::handle_registers) and
    /// [`handle_refusal`](Self::handle_refusal). Every read begins and ends where a point does.
    #[must_use]
    pub fn next_read(&self) -> Option<(Address, u16)> {
        let (number, count) = match self.step {
            Step::Mark => (*self.bases.first()?, 2),
            Step::Header(address) => (address, 2),
            Step::Id(address) => (address, 1),
            Step::Ended => return None,
        };
        Some((Address::new(Table::HoldingRegister, number), count))
    }

    /// The registers that were asked for.
    pub fn handle_registers(&mut self, registers: impl IntoIterator<Item = u16>) -> Event {
        let mut registers = registers.into_iter();
        let (first, second) = (registers.next(), registers.next());
        match (self.step, first, second) {
            (Step::Mark, Some(first), Some(second)) if [first, second] == MARK => self.marked(),
            (Step::Mark, _, _) => self.next_base(),
            // Observed in sunspec/models#44: an inverter that ends its chain with a single
            // nought, which is the id of no model.
            (Step::Header(_) | Step::Id(_), Some(END_ID | 0), _) => self.end(End::Complete),
            (Step::Header(address), Some(id), Some(len)) => self.model(Model { id, address, len }),
            (Step::Header(_) | Step::Id(_), _, _) => self.end(End::Broken),
            (Step::Ended, _, _) => Event::Searching,
        }
    }

    /// The registers that were asked for were refused, or there was no answer.
    pub fn handle_refusal(&mut self) -> Event {
        match self.step {
            Step::Mark => self.next_base(),
            // Observed in sunspec/models#44, and provided for in sunspec/pysunspec2: devices that
            // have the id of the end, but no length after it.
            Step::Header(address) => {
                self.step = Step::Id(address);
                Event::Searching
            }
            Step::Id(_) => self.end(End::Broken),
            Step::Ended => Event::Searching,
        }
    }

    fn marked(&mut self) -> Event {
        let Some((base, _)) = self.bases.split_first() else { return self.end(End::NoMark) };
        match base.checked_add(2) {
            Some(address) => {
                self.step = Step::Header(address);
                Event::Base(*base)
            }
            None => self.end(End::Endless),
        }
    }

    fn next_base(&mut self) -> Event {
        self.bases = self.bases.split_first().map_or(self.bases, |(_, rest)| rest);
        if self.bases.is_empty() { self.end(End::NoMark) } else { Event::Searching }
    }

    /// A model that leads nowhere is found all the same; the read that follows tells the end.
    fn model(&mut self, model: Model) -> Event {
        self.models = self.models.saturating_add(1);
        match model.next() {
            Some(address) if self.models <= MAX_MODELS => {
                self.step = Step::Header(address);
                Event::Model(model)
            }
            _ => self.end(End::Endless),
        }
    }

    fn end(&mut self, end: End) -> Event {
        self.step = Step::Ended;
        Event::End(end)
    }
}

/// The data of the common model (1): who made the device, and which one it is.
///
/// | registers | point |
/// |-----------|-------|
/// | 16 | manufacturer |
/// | 16 | model |
/// | 8  | options |
/// | 8  | version |
/// | 16 | serial number |
/// | 1  | Modbus address of the device |
/// | 1  | pad, missing in devices that state a length of 65 |
///
/// What a device does not implement is empty.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Common<'a> {
    /// The maker, as registered with SunSpec.
    pub manufacturer: Text<'a>,
    /// The maker's name of the model.
    pub model: Text<'a>,
    /// The maker's options.
    pub options: Text<'a>,
    /// The version of the device.
    pub version: Text<'a>,
    /// The serial number.
    pub serial_number: Text<'a>,
    /// The Modbus address of the device, where it says so.
    pub device_address: Option<u16>,
}

impl<'a> Common<'a> {
    /// The octets of room that [`parse`](Self::parse) needs.
    pub const ROOM: usize = 128;

    /// Opens the data of the model, which begins at [`Model::data_address`]; the characters are
    /// put into `room`.
    ///
    /// # Errors
    /// [`ValueError::Registers`] for fewer than the 64 registers of the texts, [`ValueError::Room`]
    /// for less than [`ROOM`](Self::ROOM).
    pub fn parse(
        registers: impl IntoIterator<Item = u16>,
        room: &'a mut [u8],
    ) -> Result<Self, ValueError> {
        let mut registers = registers.into_iter();
        let (manufacturer, rest) = text(&mut registers, 16, room)?;
        let (model, rest) = text(&mut registers, 16, rest)?;
        let (options, rest) = text(&mut registers, 8, rest)?;
        let (version, rest) = text(&mut registers, 8, rest)?;
        let (serial_number, _) = text(&mut registers, 16, rest)?;
        let device_address = registers.next().filter(|address| *address != 0xFFFF);
        Ok(Self { manufacturer, model, options, version, serial_number, device_address })
    }
}

/// The text of the next registers, and the room that is left.
fn text<'a>(
    registers: &mut impl Iterator<Item = u16>,
    count: u8,
    room: &'a mut [u8],
) -> Result<(Text<'a>, &'a mut [u8]), ValueError> {
    let format = Format::new(ValueType::String { registers: count, packing: Packing::Both });
    let (needed, available) = (format.room(), room.len());
    let split = room.split_at_mut_checked(needed);
    let (room, rest) = split.ok_or(ValueError::Room { needed, available })?;
    match format.decode(registers, room)?.value {
        Some(Value::Text(text)) => Ok((text, rest)),
        _ => Ok((Text::default(), rest)),
    }
}

/// The power of ten in a register of type `sunssf`; `None` where it is not implemented or not
/// within the -10 to 10 that SunSpec allows.
///
/// ```
/// use gurux_modbus::sunspec::scale_factor;
/// use gurux_value::Decimal;
///
/// let watts = Decimal::from(2305).scaled(scale_factor(0xFFFF).unwrap());
/// assert_eq!(watts.unwrap().to_string(), "230.5");
/// assert_eq!(scale_factor(0x8000), None);
/// ```
#[must_use]
pub const fn scale_factor(register: u16) -> Option<i16> {
    match register.cast_signed() {
        power @ -10..=10 => Some(power),
        _ => None,
    }
}

/// The types of points of a fixed size, and what marks one that is not implemented where that does
/// not follow from the type of the number.
#[rustfmt::skip]
static POINTS: [(&str, ValueType, Option<Absent>); 22] = [
    ("int16",      ValueType::I16, None),
    ("uint16",     ValueType::U16, None),
    ("count",      ValueType::U16, None),
    ("acc16",      ValueType::U16, Some(Absent::raw(0))),
    ("enum16",     ValueType::U16, None),
    ("bitfield16", ValueType::U16, None),
    ("pad",        ValueType::U16, Some(Absent::NONE)),
    ("sunssf",     ValueType::I16, None),
    ("int32",      ValueType::I32, None),
    ("uint32",     ValueType::U32, None),
    ("acc32",      ValueType::U32, Some(Absent::raw(0))),
    ("enum32",     ValueType::U32, None),
    ("bitfield32", ValueType::U32, None),
    ("ipaddr",     ValueType::U32, Some(Absent::raw(0))),
    ("int64",      ValueType::I64, None),
    ("uint64",     ValueType::U64, None),
    ("acc64",      ValueType::U64, Some(Absent::raw(0))),
    ("bitfield64", ValueType::U64, None),
    ("float32",    ValueType::F32, None),
    ("float64",    ValueType::F64, None),
    ("ipv6addr",   ValueType::Octets { registers: 8 }, None),
    // Two octets of nought, then the six of the address.
    ("eui48",      ValueType::Octets { registers: 4 }, None),
];

/// How a point of this type is read, by the name that the model files give it; `size` is the
/// number of registers, which only texts need.
///
/// Not-implemented marks are set, the scale is one: put the power that [`scale_factor`] gives in
/// with [`Format::with_scale`], as `Decimal::new(1, power)`.
///
/// ```
/// use gurux_modbus::sunspec::lookup_point;
/// use gurux_value::Quality;
///
/// let power = lookup_point("int16", 1).unwrap();
/// assert_eq!(power.decode([0x8000], &mut [])?.quality, Quality::MISSING);
/// # Ok::<(), gurux_modbus::value::ValueError>(())
/// ```
#[must_use]
pub fn lookup_point(name: &str, size: u8) -> Option<Format> {
    if let Some((_, value_type, absent)) = POINTS.iter().find(|(known, ..)| *known == name) {
        let absent = absent.unwrap_or(Absent::sunspec(*value_type));
        return Some(Format::new(*value_type).with_absent(absent));
    }
    let text = ValueType::named("string", size).filter(|_| name == "string")?;
    Some(Format::new(text).with_absent(Absent::EMPTY))
}

#[cfg(test)]
mod tests {
    use std::vec;
    use std::vec::Vec;

    use gurux_value::{Decimal, Quality, Value};
    use proptest::prelude::*;

    use super::{
        BASES, Common, Discovery, END_ID, End, Event, MARK, MAX_MODELS, Model, POINTS,
        lookup_point, scale_factor,
    };

    /// Characters as registers, filled up with NUL.
    fn chars(text: &str, registers: usize) -> Vec<u16> {
        let mut octets = text.as_bytes().to_vec();
        octets.resize(registers * 2, 0);
        octets.chunks(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect()
    }

    fn common() -> Vec<u16> {
        let texts = [("Fronius", 16), ("Symo 8.2-3-M", 16), ("3.7.2-1", 8), ("0.3.7.2", 8)];
        let mut data: Vec<u16> =
            texts.iter().flat_map(|(text, registers)| chars(text, *registers)).collect();
        data.extend(chars("29301000987160015", 16));
        data.extend([1, 0x8000]);
        data
    }

    /// A device of three models: common, three-phase inverter, nameplate.
    fn map() -> Vec<u16> {
        let mut map = MARK.to_vec();
        map.extend([1, 66]);
        map.extend(common());
        map.extend([103, 50]);
        map.resize(map.len() + 50, 0);
        map.extend([120, 26]);
        map.resize(map.len() + 26, 0xFFFF);
        map.extend([END_ID, 0]);
        map
    }

    /// Walks to the end on a device that holds `map` from `base` on and refuses all else.
    fn walk(mut discovery: Discovery<'_>, base: u32, map: &[u16]) -> (Vec<Event>, usize) {
        let (mut events, mut reads) = (Vec::new(), 0);
        while let Some((address, count)) = discovery.next_read() {
            reads += 1;
            assert!(reads < 1000, "no end");
            let held = u32::from(address.number).checked_sub(base).and_then(|at| {
                let at = usize::try_from(at).unwrap();
                map.get(at..at + usize::from(count))
            });
            events.push(match held {
                Some(registers) => discovery.handle_registers(registers.iter().copied()),
                None => discovery.handle_refusal(),
            });
        }
        events.retain(|event| *event != Event::Searching);
        (events, reads)
    }

    fn chain(base: u16) -> Vec<Event> {
        let model = |id, offset, len| Event::Model(Model { id, address: base + offset, len });
        vec![
            Event::Base(base),
            model(1, 2, 66),
            model(103, 70, 50),
            model(120, 122, 26),
            Event::End(End::Complete),
        ]
    }

    #[test]
    fn the_chain_is_found_at_every_base() {
        for (place, base) in BASES.into_iter().enumerate() {
            let (events, reads) = walk(Discovery::new(), base.into(), &map());
            assert_eq!(events, chain(base));
            assert_eq!(reads, place + 5);
        }
    }

    #[test]
    fn no_mark_is_no_device() {
        let (events, reads) = walk(Discovery::new(), 0, &[0; 0x1_0000]);
        assert_eq!((events, reads), (vec![Event::End(End::NoMark)], 5));
        let (events, reads) = walk(Discovery::at(&[7]), 40_000, &map());
        assert_eq!((events, reads), (vec![Event::End(End::NoMark)], 1));
        assert_eq!(Discovery::at(&[]).next_read(), None);
    }

    /// sunspec/models#44: an inverter refuses two registers at the end, and one reads as nought.
    #[test]
    fn an_end_without_length_is_an_end() {
        for last in [END_ID, 0] {
            let mut short = map();
            short.truncate(short.len() - 2);
            short.push(last);
            assert_eq!(walk(Discovery::new(), 40_000, &short).0, chain(40_000));
        }
    }

    #[test]
    fn what_was_found_before_a_break_stands() {
        let mut broken = map();
        broken.truncate(122);
        let (events, _) = walk(Discovery::new(), 40_000, &broken);
        let mut expected = chain(40_000);
        expected.truncate(3);
        expected.push(Event::End(End::Broken));
        assert_eq!(events, expected);
        let mut discovery = Discovery::new();
        discovery.handle_registers(MARK);
        assert_eq!(discovery.handle_registers([103]), Event::End(End::Broken));
    }

    #[test]
    fn a_chain_that_does_not_end_is_left() {
        // Models of no length, one after the other.
        let endless: Vec<u16> = MARK.into_iter().chain([9, 0].repeat(30_000)).collect();
        let (events, reads) = walk(Discovery::new(), 0, &endless);
        assert_eq!(events.last(), Some(&Event::End(End::Endless)));
        // One more than the base at 40000 cost.
        assert_eq!(reads, usize::from(MAX_MODELS) + 3);
        // A length that leads past the last register.
        let (events, _) = walk(Discovery::new(), 40_000, &[MARK[0], MARK[1], 1, 0xFFFF]);
        assert_eq!(events, [Event::Base(40_000), Event::End(End::Endless)]);
        let (events, _) = walk(Discovery::at(&[0xFFFE]), 0xFFFE, &MARK);
        assert_eq!(events, [Event::End(End::Endless)]);
    }

    #[test]
    fn the_common_model_names_the_device() {
        let mut room = [0; Common::ROOM];
        let device = Common::parse(common(), &mut room).unwrap();
        assert_eq!(device.manufacturer, *"Fronius");
        assert_eq!(device.model, *"Symo 8.2-3-M");
        assert_eq!(device.options, *"3.7.2-1");
        assert_eq!(device.version, *"0.3.7.2");
        assert_eq!(device.serial_number, *"29301000987160015");
        assert_eq!(device.device_address, Some(1));
        let mut room = [0; Common::ROOM];
        assert!(Common::parse(common().into_iter().take(63), &mut room).is_err());
        let without_address = Common::parse(vec![0; 64], &mut room).unwrap();
        assert_eq!(without_address.device_address, None);
        assert_eq!(without_address.manufacturer, *"");
    }

    #[cfg(feature = "serde")]
    #[test]
    fn a_model_survives_serde() {
        let model = Model { id: 103, address: 40_070, len: 50 };
        let text = serde_json::to_string(&model).unwrap();
        assert_eq!(text, r#"{"id":103,"address":40070,"len":50}"#);
        assert_eq!(serde_json::from_str::<Model>(&text).unwrap(), model);
    }

    #[test]
    fn points_are_read_with_mark_and_scale_factor() {
        let power = scale_factor(0xFFFE).unwrap();
        let volts = lookup_point("uint16", 1).unwrap();
        let volts = volts.with_scale(Decimal::new(1, power), Decimal::ZERO).unwrap();
        let read = volts.decode_owned([23_051]).unwrap();
        assert_eq!(read.value, Some(Value::from(Decimal::new(23_051, -2))));
        for (name, registers) in [
            ("uint16", &[0xFFFF][..]),
            ("sunssf", &[0x8000]),
            ("acc32", &[0, 0]),
            ("bitfield32", &[0xFFFF, 0xFFFF]),
            ("int64", &[0x8000, 0, 0, 0]),
            ("float32", &[0x7FC0, 0]),
            ("string", &[0, 0]),
        ] {
            let point = lookup_point(name, 2).unwrap();
            let read = point.decode_owned(registers.iter().copied()).unwrap();
            assert_eq!((read.value, read.quality), (None, Quality::MISSING), "{name}");
        }
        assert!(lookup_point("acc32", 2).unwrap().decode_owned([0, 1]).unwrap().value.is_some());
        assert_eq!(lookup_point("string", 0), None);
        assert_eq!(lookup_point("uint8", 1), None);
        assert_eq!(scale_factor(11), None);
        for (index, (name, ..)) in POINTS.iter().enumerate() {
            assert!(POINTS.iter().take(index).all(|(other, ..)| other != name), "{name} twice");
        }
    }

    proptest! {
        #[test]
        fn any_device_comes_to_an_end(map in prop::collection::vec(any::<u16>(), 0..400)) {
            let mut marked = MARK.to_vec();
            marked.extend(&map);
            for map in [&marked, &map] {
                let (events, _) = walk(Discovery::new(), 40_000, map);
                prop_assert!(matches!(events.last(), Some(Event::End(_))));
            }
        }
    }
}
