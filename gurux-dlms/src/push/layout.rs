//! [`Layout`]: what a maker's list says that the push does not.

use gurux_value::{Obis, Unit};

use crate::wire::{DataRef, DataType};

/// What holds for the pushes of one maker's list.
///
/// ```
/// use gurux_dlms::push::{Layout, Place, Scale};
/// use gurux_dlms::wire::DataType;
/// use gurux_value::{Obis, Unit};
///
/// // A list of two values without names: power in kilowatts with three decimals, voltage.
/// let mine = Layout {
///     name: "the meter of the workshop",
///     list_id: b"",
///     count: Some(2),
///     places: &[Place::of(0, DataType::DOUBLE_LONG_UNSIGNED)],
///     unnamed: &[],
///     objects: &[Obis::new([1, 0, 1, 7, 0, 255]), Obis::new([1, 0, 32, 7, 0, 255])],
///     scales: &[
///         Scale { c: &[1], d: 7, exponent: -3, unit: Some(Unit::KILOWATT) },
///         Scale { c: &[32], d: 7, exponent: -1, unit: Some(Unit::VOLT) },
///     ],
/// };
/// assert!(mine.objects.len() == 2);
/// ```
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Layout<'l> {
    /// Whose list it is, for people.
    pub name: &'l str,
    /// How one of the first two texts or octets of the push begins, which stand among its first four
    /// values; of any push, if empty.
    pub list_id: &'l [u8],
    /// How many values the push has, if that tells the list.
    pub count: Option<usize>,
    /// What stands at some places, that tells the list.
    pub places: &'l [Place],
    /// What each place holds; empty where the push says it itself.
    pub objects: &'l [Obis],
    /// What the values are, in their order, that the push does not name though it names others.
    pub unnamed: &'l [Obis],
    /// Scale and unit of values that come without.
    pub scales: &'l [Scale<'l>],
}

/// What stands at a place of a list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    /// Which, from 0.
    pub at: usize,
    /// The type of the value.
    pub data_type: DataType,
    /// How many octets it has, where that tells the list.
    pub octets: Option<usize>,
}

impl Place {
    /// A value of this type.
    #[must_use]
    pub const fn of(at: usize, data_type: DataType) -> Self {
        Self { at, data_type, octets: None }
    }

    /// So many octets: 12 of a date and time, 4 of a time.
    #[must_use]
    pub const fn octets(at: usize, octets: usize) -> Self {
        Self { at, data_type: DataType::OCTET_STRING, octets: Some(octets) }
    }

    /// Does the value stand for it?
    pub(super) fn fits(&self, value: DataRef<'_>) -> bool {
        let octets = value.as_octets().map(<[u8]>::len);
        value.data_type() == self.data_type && (self.octets.is_none() || octets == self.octets)
    }
}

/// Scale and unit of the values with these OBIS codes of electricity (A is 1).
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Scale<'l> {
    /// Any of these in group C.
    pub c: &'l [u8],
    /// This in group D: 7 present values, 8 registers.
    pub d: u8,
    /// The power of ten that the number counts.
    pub exponent: i8,
    /// What it counts; nothing for a number alone, as a power factor is.
    pub unit: Option<Unit>,
}

impl Layout<'_> {
    /// The scale of the value with this OBIS code.
    #[must_use]
    pub fn scale(&self, obis: Obis) -> Option<&Scale<'_>> {
        let fits = |scale: &&Scale<'_>| scale.d == obis.d() && scale.c.contains(&obis.c());
        self.scales.iter().find(fits).filter(|_| obis.a() == 1)
    }
}

/// Active, of all phases and of each.
const ACTIVE: &[u8] = &[1, 2, 21, 22, 41, 42, 61, 62];
/// Reactive, likewise.
const REACTIVE: &[u8] = &[3, 4, 23, 24, 43, 44, 63, 64];
/// Reactive energy, of all quadrants and of each.
const REACTIVE_QUADRANTS: &[u8] = &[3, 4, 5, 6, 7, 8];
const CURRENT: &[u8] = &[31, 51, 71];
const VOLTAGE: &[u8] = &[32, 52, 72];

const fn now(c: &'static [u8], exponent: i8, unit: Unit) -> Scale<'static> {
    Scale { c, d: 7, exponent, unit: Some(unit) }
}

const fn register(c: &'static [u8], exponent: i8, unit: Unit) -> Scale<'static> {
    Scale { c, d: 8, exponent, unit: Some(unit) }
}

/// Power factors in thousandths.
const POWER_FACTOR: Scale<'static> = Scale { c: &[13, 33, 53, 73], d: 7, exponent: -3, unit: None };

/// Kaifa, Norway and Sweden: W, Wh, mA, tenths of a volt.
const KAIFA: &[Scale<'static>] = &[
    now(ACTIVE, 0, Unit::WATT),
    now(REACTIVE, 0, Unit::VAR),
    now(CURRENT, -3, Unit::AMPERE),
    now(VOLTAGE, -1, Unit::VOLT),
    register(ACTIVE, 0, Unit::WATT_HOUR),
    register(REACTIVE, 0, Unit::VAR_HOUR),
];

/// Kamstrup, Norway, Sweden and Denmark: W, tens of Wh, hundredths of an ampere and of a power factor, volts.
const KAMSTRUP: &[Scale<'static>] = &[
    now(ACTIVE, 0, Unit::WATT),
    now(REACTIVE, 0, Unit::VAR),
    now(CURRENT, -2, Unit::AMPERE),
    now(VOLTAGE, 0, Unit::VOLT),
    Scale { exponent: -2, ..POWER_FACTOR },
    register(ACTIVE, 1, Unit::WATT_HOUR),
    register(REACTIVE, 1, Unit::VAR_HOUR),
];

/// Landis+Gyr E450: W, Wh, hundredths of an ampere, volts, degrees.
const E450: &[Scale<'static>] = &[
    now(ACTIVE, 0, Unit::WATT),
    now(REACTIVE, 0, Unit::VAR),
    now(CURRENT, -2, Unit::AMPERE),
    now(VOLTAGE, 0, Unit::VOLT),
    now(&[81], 0, Unit::DEGREE),
    POWER_FACTOR,
    register(ACTIVE, 0, Unit::WATT_HOUR),
    register(REACTIVE_QUADRANTS, 0, Unit::VAR_HOUR),
];

/// Iskra AM550, Slovenia and Switzerland, and Landis+Gyr E360: W, Wh, hundredths of an ampere, tenths
/// of a volt.
const ISKRA: &[Scale<'static>] = &[
    now(ACTIVE, 0, Unit::WATT),
    now(REACTIVE, 0, Unit::VAR),
    now(CURRENT, -2, Unit::AMPERE),
    now(VOLTAGE, -1, Unit::VOLT),
    POWER_FACTOR,
    register(ACTIVE, 0, Unit::WATT_HOUR),
    register(REACTIVE_QUADRANTS, 0, Unit::VAR_HOUR),
];

const fn electricity(c: u8, d: u8) -> Obis {
    electricity_of(c, d, 0)
}

const fn electricity_of(c: u8, d: u8, e: u8) -> Obis {
    Obis::new([1, 0, c, d, e, 255])
}

const LIST_VERSION: Obis = Obis::new([1, 1, 0, 2, 129, 255]);
const METER_ID: Obis = Obis::new([0, 0, 96, 1, 0, 255]);
const METER_TYPE: Obis = Obis::new([0, 0, 96, 1, 7, 255]);
const CLOCK: Obis = Obis::new([0, 0, 1, 0, 0, 255]);
const DEVICE_NAME: Obis = Obis::new([0, 0, 42, 0, 0, 255]);

const P_IN: Obis = electricity(1, 7);
const P_OUT: Obis = electricity(2, 7);
const Q_IN: Obis = electricity(3, 7);
const Q_OUT: Obis = electricity(4, 7);
const I1: Obis = electricity(31, 7);
const I2: Obis = electricity(51, 7);
const I3: Obis = electricity(71, 7);
const U1: Obis = electricity(32, 7);
const U2: Obis = electricity(52, 7);
const U3: Obis = electricity(72, 7);
const A_IN: Obis = electricity(1, 8);
const A_OUT: Obis = electricity(2, 8);
const R_IN: Obis = electricity(3, 8);
const R_OUT: Obis = electricity(4, 8);

const fn kaifa(count: usize, objects: &'static [Obis]) -> Layout<'static> {
    let (count, list_id) = (Some(count), b"KFM_001");
    Layout { name: "Kaifa", list_id, count, places: &[], objects, unnamed: &[], scales: KAIFA }
}

/// A list of an Iskra meter, told by how many values it has and by the type of one.
const fn iskra(
    count: usize,
    places: &'static [Place],
    objects: &'static [Obis],
) -> Layout<'static> {
    let (count, list_id) = (Some(count), b"ISK");
    Layout { name: "Iskra AM550", list_id, count, places, objects, unnamed: &[], scales: ISKRA }
}

const fn energy(c: u8, tariff: u8) -> Obis {
    Obis::new([1, 0, c, 8, tariff, 255])
}

const fn now_of(c: u8) -> Obis {
    electricity(c, 7)
}

const OCTETS: DataType = DataType::OCTET_STRING;
const LONG: DataType = DataType::LONG_UNSIGNED;
const DOUBLE_LONG: DataType = DataType::DOUBLE_LONG_UNSIGNED;
const DEVICE_ID_3: Obis = Obis::new([0, 0, 96, 1, 2, 255]);
const DEVICE_ID_4: Obis = Obis::new([0, 0, 96, 1, 3, 255]);
const TIME: Obis = Obis::new([1, 0, 0, 9, 1, 255]);
const DATE: Obis = Obis::new([1, 0, 0, 9, 2, 255]);
const DISCONNECTOR: Obis = Obis::new([0, 0, 96, 3, 10, 255]);
const PUSH_SETUP_6: Obis = Obis::new([0, 6, 25, 9, 0, 255]);
const ANGLE_1: Obis = electricity_of(81, 7, 4);
const ANGLE_2: Obis = electricity_of(81, 7, 15);
const ANGLE_3: Obis = electricity_of(81, 7, 26);
const TARIFF: Obis = Obis::new([0, 0, 96, 14, 0, 255]);

const CUSTOMER: &[Place] = &[
    Place::octets(0, 6),
    Place::of(1, OCTETS),
    Place::octets(2, 4),
    Place::octets(3, 5),
    Place::of(4, DOUBLE_LONG),
    Place::of(5, DOUBLE_LONG),
    Place::of(6, DOUBLE_LONG),
    Place::of(7, DOUBLE_LONG),
    Place::of(8, DOUBLE_LONG),
    Place::of(9, DOUBLE_LONG),
];
const CUSTOMER_OBJECTS: &[Obis] =
    &[PUSH_SETUP_6, METER_ID, TIME, DATE, A_IN, A_OUT, R_IN, R_OUT, P_IN, P_OUT];

/// The lists that are known, as captures of these meters and what their readers make of them show.
/// The first that fits holds.
#[rustfmt::skip]
pub static LAYOUTS: &[Layout<'static>] = &[
    // observed: Kaifa MA304 and MA105, lists 2 and 3, of three phases and of one.
    kaifa(18, &[LIST_VERSION, METER_ID, METER_TYPE, P_IN, P_OUT, Q_IN, Q_OUT, I1, I2, I3, U1, U2, U3,
                CLOCK, A_IN, A_OUT, R_IN, R_OUT]),
    kaifa(14, &[LIST_VERSION, METER_ID, METER_TYPE, P_IN, P_OUT, Q_IN, Q_OUT, I1, U1,
                CLOCK, A_IN, A_OUT, R_IN, R_OUT]),
    kaifa(13, &[LIST_VERSION, METER_ID, METER_TYPE, P_IN, P_OUT, Q_IN, Q_OUT, I1, I2, I3, U1, U2, U3]),
    kaifa(9,  &[LIST_VERSION, METER_ID, METER_TYPE, P_IN, P_OUT, Q_IN, Q_OUT, I1, U1]),
    Layout { name: "Kaifa", list_id: b"KFM_001", count: None, places: &[], objects: &[], unnamed: &[], scales: KAIFA },
    // observed: Kamstrup Omnipower, lists with the version 1-1:0.0.5 in front.
    Layout { name: "Kamstrup Omnipower", list_id: b"Kamstrup_V0001", count: None, places: &[], objects: &[], unnamed: &[], scales: KAMSTRUP },
    // observed: Iskra AM550, Slovenia, three phases and one: present values, registers.
    iskra(18, &[], &[DEVICE_NAME, DEVICE_ID_4, P_IN, P_OUT, Q_IN, Q_OUT, U1, U2, U3, I1, I2, I3,
                     now_of(21), now_of(41), now_of(61), now_of(22), now_of(42), now_of(62)]),
    iskra(12, &[Place::of(2, LONG)], &[DEVICE_NAME, DEVICE_ID_3, U1, U2, U3, I1, I2, I3,
                              P_IN, P_OUT, Q_IN, Q_OUT]),
    iskra(12, &[Place::of(4, DOUBLE_LONG)], &[DEVICE_NAME, DEVICE_ID_4, DISCONNECTOR, TARIFF,
                                     A_IN, energy(1, 1), energy(1, 2),
                                     A_OUT, energy(2, 1), energy(2, 2), R_IN, R_OUT]),
    iskra(10, &[Place::of(6, LONG)], &[DEVICE_NAME, DEVICE_ID_3, P_IN, P_OUT, Q_IN, Q_OUT, U1, I1,
                              now_of(21), now_of(22)]),
    iskra(10, &[Place::of(6, DOUBLE_LONG)], &[DEVICE_NAME, DEVICE_ID_4, energy(1, 1), energy(1, 2),
                                     energy(2, 1), energy(2, 2), energy(3, 1), energy(3, 2),
                                     energy(4, 1), energy(4, 2)]),
    iskra(9,  &[Place::of(6, LONG)], &[DEVICE_NAME, DEVICE_ID_3, P_IN, P_OUT, Q_IN, Q_OUT, U1,
                              energy(2, 1), energy(2, 2)]),
    iskra(8,  &[Place::of(2, LONG)], &[DEVICE_NAME, DEVICE_ID_3, U1, I1, P_IN, P_OUT, Q_IN, Q_OUT]),
    // observed: Iskra IE.5, Croatia; places behind these are not known.
    Layout { name: "Iskra IE.5", list_id: b"", count: Some(33), places: &[Place::of(13, DOUBLE_LONG), Place::of(15, LONG), Place::of(22, LONG)], unnamed: &[], scales: ISKRA,
             objects: &[METER_ID, TIME, DATE, A_IN, energy(1, 1), energy(1, 2), A_OUT, energy(2, 1),
                        energy(2, 2), energy(5, 0), energy(6, 0), energy(7, 0), energy(8, 0), P_IN, P_OUT,
                        now_of(13), now_of(21), now_of(41), now_of(61), now_of(22), now_of(42), now_of(62),
                        U1, U2, U3, I1, I2, I3] },
    // observed: Siemens IM350 and Iskra AM550 of Carinthia and of Wels, the customer's interface: the push
    // setup's name, the meter's number, time, date, energies, powers; two empty texts may follow.
    Layout { name: "Siemens IM350 and Iskra AM550, Carinthia", list_id: &[0, 6, 25, 9, 0, 255], count: Some(12),
             places: CUSTOMER, objects: CUSTOMER_OBJECTS, unnamed: &[], scales: ISKRA },
    Layout { name: "Siemens IM350, Wels", list_id: &[0, 6, 25, 9, 0, 255], count: Some(10),
             places: CUSTOMER, objects: CUSTOMER_OBJECTS, unnamed: &[], scales: ISKRA },
    // observed: Landis+Gyr E450 and Iskra AM550 of Vienna, the customer's interface.
    Layout { name: "Landis+Gyr E450 and Iskra AM550, Vienna", list_id: b"", count: Some(9),
             places: &[Place::octets(0, 12), Place::of(1, DOUBLE_LONG), Place::of(2, DOUBLE_LONG), Place::of(3, DOUBLE_LONG),
                       Place::of(4, DOUBLE_LONG), Place::of(5, DOUBLE_LONG), Place::of(6, DOUBLE_LONG),
                       Place::of(7, DOUBLE_LONG), Place::of(8, DOUBLE_LONG)],
             objects: &[CLOCK, A_IN, A_OUT, R_IN, R_OUT, P_IN, P_OUT, Q_IN, Q_OUT], unnamed: &[], scales: E450 },
    // observed: Landis+Gyr E450 of Burgenland, the customer's interface; an angle of 400 where no current flows.
    Layout { name: "Landis+Gyr E450, Burgenland", list_id: b"", count: Some(14),
             places: &[Place::of(0, LONG), Place::of(1, LONG), Place::of(2, LONG), Place::of(3, LONG), Place::of(4, LONG),
                       Place::of(5, LONG), Place::of(6, DOUBLE_LONG), Place::of(7, DOUBLE_LONG), Place::of(8, DOUBLE_LONG),
                       Place::of(9, DOUBLE_LONG), Place::of(10, LONG), Place::of(11, LONG), Place::of(12, LONG), Place::of(13, OCTETS)],
             objects: &[U1, U2, U3, I1, I2, I3, P_IN, P_OUT, A_IN, A_OUT, ANGLE_1, ANGLE_2, ANGLE_3, METER_ID],
             unnamed: &[], scales: E450 },
    // observed: Landis+Gyr E450 of Switzerland; the push setup's name stands behind its object list.
    Layout { name: "Landis+Gyr E450", list_id: &[0, 8, 25, 9, 0, 255], count: None, places: &[], objects: &[], unnamed: &[], scales: E450 },
    // observed: Landis+Gyr E450 of Cyprus, likewise.
    Layout { name: "Landis+Gyr E450, Cyprus", list_id: b"LGZ1020", count: None, places: &[], objects: &[], unnamed: &[], scales: E450 },
    // observed: Iskra AM550 and Landis+Gyr E360 of Switzerland, behind the object list.
    Layout { name: "Iskra AM550", list_id: b"ISK", count: None, places: &[], objects: &[], unnamed: &[], scales: ISKRA },
    Layout { name: "Landis+Gyr E360", list_id: b"LGZ10301", count: None, places: &[], objects: &[], unnamed: &[], scales: ISKRA },
    // observed: Kaifa MA309M and Sagemcom T210-D of Lower Austria: a clock in front, the meter's number last.
    Layout { name: "Lower Austria", list_id: b"", count: Some(35), places: &[Place::octets(0, 12), Place::octets(1, 6), Place::of(3, DataType::STRUCTURE), Place::of(34, OCTETS)],
             objects: &[], unnamed: &[CLOCK, METER_ID], scales: &[] },
    // observed: Kaifa list 1, the power alone.
    Layout { name: "Kaifa, list 1", list_id: b"", count: Some(1), places: &[Place::of(0, DOUBLE_LONG)], objects: &[P_IN], unnamed: &[], scales: KAIFA },
];
