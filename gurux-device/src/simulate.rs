//! Simulated meters: the other side of a profile.
//!
//! A [`Simulation`] is a meter built from the same file that reads one. Its properties begin with
//! their `DefaultValue`; what has none is absent, by the profile's `Null` mark. In a profile that
//! gives no defaults at all, they begin with usual values of their units (230 V, 50 Hz). Then
//!
//! - what counts (`Counter`, or a quantity that begins with `energy.` or `volume.`) grows with
//!   time, and starts again where the counter's width ends;
//! - what is measured (a number that is neither named, written nor static) wanders by a fiftieth
//!   around its beginning, within `Minimum` and `Maximum`;
//! - what is written stays as it was written.
//!
//! All of it is a function of the seed and of the time that has passed: the same run twice gives
//! the same readings. Sessions of one meter share its values, so that any number of clients may
//! read it, and one that writes is seen by all.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gurux_media::bytes::BytesMut;
use gurux_media::{Instant, Session, Transmit};
use gurux_value::{Decimal, Unit, Value};

use crate::device::Device;
use crate::driver::{LinkSettings, MeterEvent, MeterSession, MeterSide, Shape};
use crate::error::{Error, listed};
use crate::pipeline::Power;

/// A meter that exists only here.
///
/// ```
/// use gurux_device::{Device, Drivers, LinkSettings, Parameters, Simulation};
/// use gurux_media::{Instant, Session, bytes::BytesMut};
///
/// # let text = include_str!("../../profiles/gurux/demo-three-phase.xml");
/// let drivers = Drivers::standard();
/// let profile = drivers.read(text)?;
/// let parameters = Parameters::new(&profile, [])?;
/// let device = Device::new("demo", profile, parameters, &drivers)?;
/// let simulation = Simulation::new(&device, 1)?;
/// let mut session = simulation.session(&LinkSettings::new("tcp"))?;
///
/// // A client asks unit 1 for register 12 of its type.
/// let now = Instant::ZERO;
/// session.handle_input(now, &[0, 1, 0, 0, 0, 6, 1, 3, 0, 12, 0, 1]);
/// let mut out = BytesMut::new();
/// session.poll_transmit(now, &mut out);
/// assert_eq!(&out[..], [0, 1, 0, 0, 0, 5, 1, 3, 2, 0, 3]);
/// # Ok::<(), gurux_device::Error>(())
/// ```
#[derive(Clone)]
pub struct Simulation {
    core: Arc<Mutex<Core>>,
}

struct Core {
    side: Box<dyn MeterSide>,
    movers: Vec<Mover>,
    begun_at: Option<Instant>,
    /// The second of the last movement.
    second: Option<u64>,
}

/// A value that moves by itself.
struct Mover {
    item: usize,
    /// The raw value that it begins with, in steps.
    start: Decimal,
    /// The least by which the raw value can change; 1 for floats too.
    step: Decimal,
    motion: Motion,
    /// The raw value that it was given last; another one there was written by a client.
    last: Option<Value<'static>>,
}

#[derive(Clone, Copy)]
enum Motion {
    /// Grows by `rate` a second, below `modulus`.
    Count { rate: Decimal, modulus: Option<i128> },
    /// Goes up and down by at most `swing` around its beginning, once in four `period`s of
    /// seconds.
    Wander {
        swing: Decimal,
        period: u64,
        phase: u64,
        minimum: Option<Decimal>,
        maximum: Option<Decimal>,
    },
}

impl Simulation {
    /// A meter like `device`, with its values at the beginning.
    ///
    /// # Errors
    /// [`Error::Value`] for a `DefaultValue` that its property cannot have.
    pub fn new(device: &Device, seed: u64) -> Result<Self, Error> {
        let mut side = device.meter();
        let mut movers = Vec::new();
        let is_told = device.items().iter().any(|item| item.property.default_value.is_some());
        for (item, found) in device.items().iter().enumerate() {
            let property = &found.property;
            let set = |side: &mut Box<dyn MeterSide>, value: Option<&Value<'_>>| {
                side.set(item, value).map_err(|reason| Error::Value {
                    property: property.name.value.clone(),
                    value: value.map_or_else(|| "absent".to_owned(), ToString::to_string),
                    reason,
                })
            };
            // What is usual need not fit everywhere: a float of 16 bits ends at 65504.
            let raw = match device.default_raw(item)? {
                None if !is_told => {
                    usual(device, item).filter(|raw| set(&mut side, Some(raw)).is_ok())
                }
                raw => raw,
            };
            set(&mut side, raw.as_ref())?;
            movers.extend(raw.and_then(|raw| mover(device, item, &raw, seed)));
        }
        let core = Core { side, movers, begun_at: None, second: None };
        Ok(Self { core: Arc::new(Mutex::new(core)) })
    }

    /// A session with one client, where this is the only meter that answers it.
    ///
    /// # Errors
    /// [`Error::Transport`] for a transport that the protocol does not have.
    pub fn session(&self, settings: &LinkSettings) -> Result<SimulatedMeter, Error> {
        self.serve(settings, true)
    }

    fn serve(&self, settings: &LinkSettings, is_alone: bool) -> Result<SimulatedMeter, Error> {
        let session = self.lock().side.serve(settings, is_alone).map_err(|known| {
            let known = listed(known.iter().copied());
            Error::Transport { transport: settings.transport.clone(), known }
        })?;
        Ok(SimulatedMeter { core: Arc::clone(&self.core), session })
    }

    /// Gives a property another raw value, which it keeps.
    ///
    /// # Errors
    /// Why the value has no form in the property's type, as a clause.
    pub fn set(&self, item: usize, raw: Option<&Value<'_>>) -> Result<(), String> {
        let mut core = self.lock();
        core.movers.retain(|mover| mover.item != item);
        core.side.set(item, raw)
    }

    /// The raw value that a property has now.
    #[must_use]
    pub fn raw(&self, item: usize) -> Option<Value<'static>> {
        self.lock().side.raw(item)
    }

    fn lock(&self) -> MutexGuard<'_, Core> {
        lock(&self.core)
    }
}

fn lock(core: &Mutex<Core>) -> MutexGuard<'_, Core> {
    // A panic elsewhere leaves the values as they are.
    core.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a meter in an ordinary house shows, by unit.
#[rustfmt::skip]
static USUAL: [(Unit, Decimal); 11] = [
    (Unit::VOLT,             Decimal::new(230, 0)),
    (Unit::AMPERE,           Decimal::new(52, -1)),
    (Unit::WATT,             Decimal::new(1_150, 0)),
    (Unit::VOLT_AMPERE,      Decimal::new(1_196, 0)),
    (Unit::VAR,              Decimal::new(328, 0)),
    (Unit::WATT_HOUR,        Decimal::new(1_234_500, 0)),
    (Unit::VOLT_AMPERE_HOUR, Decimal::new(1_300_000, 0)),
    (Unit::VAR_HOUR,         Decimal::new(98_700, 0)),
    (Unit::HERTZ,            Decimal::new(50, 0)),
    (Unit::CUBIC_METRE,      Decimal::new(123_456, -3)),
    (Unit::DEGREE_CELSIUS,   Decimal::new(215, -1)),
];

/// The raw value of a property without a default: a usual one of its unit, no scale for a factor.
fn usual(device: &Device, item: usize) -> Option<Value<'static>> {
    let property = &device.item(item).property;
    if device.is_scale(item) {
        return Some(Decimal::ZERO.into());
    }
    if property.values.is_some() || property.access_mode.is_writable() {
        return None;
    }
    let unit = property.unit?;
    let of_kind = |(known, _): &&(Unit, Decimal)| known.dimension() == unit.dimension();
    let (known, number) = USUAL.iter().find(of_kind)?;
    let number = known.convert(*number, unit).ok()?;
    let number = property.maximum.map_or(number, |maximum| number.min(maximum));
    let number = property.minimum.map_or(number, |minimum| number.max(minimum));
    let number = property.offset.map_or(Some(number), |offset| number.checked_sub(offset))?;
    let scale = property.scale.unwrap_or(Decimal::ONE);
    match device.dialect().shape(item) {
        Shape::Integer(least, greatest) => {
            let raw = number.div_round(scale, 0)?;
            let raw = raw.max(Decimal::new(least, 0)).min(Decimal::new(greatest, 0));
            Some(raw.into())
        }
        Shape::Steps(step, least, greatest) => {
            let steps = number.div_round(scale, 0)?.div_round(step, 0)?;
            let steps = steps.max(Decimal::new(least, 0)).min(Decimal::new(greatest, 0));
            Some(steps.checked_mul(step)?.into())
        }
        Shape::Float => Some(number.div_round(scale, -3)?.into()),
        Shape::Bool | Shape::Text(_) | Shape::Octets(_) | Shape::DateTime => None,
    }
}

/// How a raw value moves, if it does.
fn mover(device: &Device, item: usize, raw: &Value<'static>, seed: u64) -> Option<Mover> {
    let property = &device.item(item).property;
    let is_fixed = property.is_static
        || property.values.is_some()
        || property.access_mode.is_writable()
        || device.is_scale(item);
    if is_fixed {
        return None;
    }
    let random = mix(seed ^ mix(item as u64));
    // A whole number is a multiple of one.
    let (step, shape) = match device.dialect().shape(item) {
        Shape::Steps(step, least, greatest) => (step, Shape::Integer(least, greatest)),
        shape => (Decimal::ONE, shape),
    };
    let start = raw.as_decimal()?.checked_div(step)?;
    let grows = |word: &str| word.starts_with("energy.") || word.starts_with("volume.");
    let counts = property.quantity.as_ref().is_some_and(|word| grows(word));
    let rate = Decimal::from(1 + random % 5);
    let motion = match (property.counter, shape) {
        (Some(bits), Shape::Integer(_, greatest)) => {
            // Digits end before the bits that hold them.
            let modulus = (1_i128 << bits.min(64)).min(greatest.checked_add(1)?);
            Motion::Count { rate, modulus: Some(modulus) }
        }
        (None, Shape::Integer(_, greatest)) if counts => {
            Motion::Count { rate, modulus: greatest.checked_add(1) }
        }
        (_, Shape::Float) if counts || property.counter.is_some() => {
            Motion::Count { rate: rate.scaled(-3)?, modulus: None }
        }
        (None, Shape::Integer(least, greatest)) => {
            let swing = Decimal::from((start.to_i128()?.abs() / 50).max(1) as i64);
            let (minimum, maximum) = limits(device, item, step, least, greatest);
            wander(random, swing, minimum, maximum)
        }
        (None, Shape::Float) => {
            let swing = start.checked_mul(Decimal::new(2, -2))?.checked_abs()?;
            wander(random, swing, property.minimum, property.maximum)
        }
        _ => return None,
    };
    Some(Mover { item, start, step, motion, last: Some(raw.clone()) })
}

fn wander(
    random: u64,
    swing: Decimal,
    minimum: Option<Decimal>,
    maximum: Option<Decimal>,
) -> Motion {
    let period = 20 + random % 41;
    Motion::Wander { swing, period, phase: (random >> 8) % (4 * period), minimum, maximum }
}

/// The raw limits of an integer, in steps: those of its type, or the profile's where they are narrower.
fn limits(
    device: &Device,
    item: usize,
    step: Decimal,
    least: i128,
    greatest: i128,
) -> (Option<Decimal>, Option<Decimal>) {
    let property = &device.item(item).property;
    let raw = |limit: Option<Decimal>| {
        let value = limit.map(Value::Decimal)?;
        device.raw(item, Power::None, &value).ok()?.as_decimal()?.checked_div(step)
    };
    let (minimum, maximum) = (raw(property.minimum), raw(property.maximum));
    // A negative scale turns the two round.
    let (low, high) = match (minimum, maximum) {
        (Some(a), Some(b)) if a > b => (Some(b), Some(a)),
        both => both,
    };
    let (least, greatest) = (Decimal::new(least, 0), Decimal::new(greatest, 0));
    (
        Some(low.map_or(least, |low| low.max(least))),
        Some(high.map_or(greatest, |h| h.min(greatest))),
    )
}

/// Scatters the bits of a number (the finalizer of splitmix64): neighbouring seeds and items move
/// differently.
fn mix(number: u64) -> u64 {
    let z = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

impl Motion {
    /// The raw value so many seconds after the beginning.
    fn at(self, start: Decimal, second: u64) -> Option<Decimal> {
        match self {
            Self::Count { rate, modulus } => {
                let value = start.checked_add(rate.checked_mul(Decimal::from(second))?)?;
                match modulus {
                    Some(modulus) => Some(Decimal::new(value.to_i128()?.rem_euclid(modulus), 0)),
                    None => Some(value),
                }
            }
            Self::Wander { swing, period, phase, minimum, maximum } => {
                let height = height(second.wrapping_add(phase), period) - height(phase, period);
                let offset = swing.checked_mul(Decimal::from(height))?;
                let digits = start.exponent().min(swing.exponent());
                let offset = offset.div_round(Decimal::from(2 * period), digits)?;
                let value = start.checked_add(offset)?;
                let value = maximum.map_or(value, |maximum| value.min(maximum));
                Some(minimum.map_or(value, |minimum| value.max(minimum)))
            }
        }
    }
}

/// A triangle: up a period, down two, up again, between -period and +period.
fn height(second: u64, period: u64) -> i64 {
    let place = (second % (4 * period)) as i64;
    let period = period as i64;
    match place {
        _ if place < period => place,
        _ if place < 3 * period => 2 * period - place,
        _ => place - 4 * period,
    }
}

impl Core {
    /// Moves what moves, once a second.
    fn tick(&mut self, now: Instant) {
        let begun_at = *self.begun_at.get_or_insert(now);
        let second = now.since(begun_at).as_secs();
        if self.second == Some(second) {
            return;
        }
        self.second = Some(second);
        let side = &mut self.side;
        self.movers.retain_mut(|mover| {
            let is_kept = same(side.raw(mover.item).as_ref(), mover.last.as_ref());
            let value = mover.motion.at(mover.start, second);
            let value = value.and_then(|steps| steps.checked_mul(mover.step));
            if let (true, Some(value)) = (is_kept, value) {
                let moved = side.set(mover.item, Some(&value.into()));
                mover.last = side.raw(mover.item);
                return moved.is_ok();
            }
            // A client wrote here, or the number ends: it stays.
            false
        });
    }
}

fn same(a: Option<&Value<'_>>, b: Option<&Value<'_>>) -> bool {
    let number = |value: Option<&Value<'_>>| value.and_then(Value::as_decimal);
    number(a) == number(b)
}

/// A simulated meter's conversation with one client: a [`Session`] like any other.
pub struct SimulatedMeter {
    core: Arc<Mutex<Core>>,
    session: Box<dyn MeterSession>,
}

impl Session for SimulatedMeter {
    type Event = MeterEvent;

    fn handle_open(&mut self, now: Instant) {
        lock(&self.core).tick(now);
        self.session.handle_open(now);
    }

    fn handle_input(&mut self, now: Instant, octets: &[u8]) {
        lock(&self.core).tick(now);
        self.session.handle_input(now, octets);
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.session.handle_timeout(now);
    }

    fn handle_close(&mut self, now: Instant) {
        self.session.handle_close(now);
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut BytesMut) -> Option<Transmit> {
        self.session.poll_transmit(now, out)
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.session.poll_timeout()
    }

    fn poll_event(&mut self) -> Option<MeterEvent> {
        self.session.poll_event()
    }
}

/// Several simulated meters on one line, or behind one connection: each answers to its own
/// address.
pub struct SimulatedLine {
    meters: Vec<SimulatedMeter>,
}

impl SimulatedLine {
    /// A session with one client for all these meters.
    ///
    /// # Errors
    /// [`Error::Transport`] for a transport that one's protocol does not have.
    pub fn new(meters: &[Simulation], settings: &LinkSettings) -> Result<Self, Error> {
        let is_alone = meters.len() == 1;
        let meters = meters.iter().map(|meter| meter.serve(settings, is_alone));
        Ok(Self { meters: meters.collect::<Result<_, _>>()? })
    }
}

impl Session for SimulatedLine {
    type Event = MeterEvent;

    fn handle_open(&mut self, now: Instant) {
        self.meters.iter_mut().for_each(|meter| meter.handle_open(now));
    }

    fn handle_input(&mut self, now: Instant, octets: &[u8]) {
        self.meters.iter_mut().for_each(|meter| meter.handle_input(now, octets));
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.meters.iter_mut().for_each(|meter| meter.handle_timeout(now));
    }

    fn handle_close(&mut self, now: Instant) {
        self.meters.iter_mut().for_each(|meter| meter.handle_close(now));
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut BytesMut) -> Option<Transmit> {
        let mut meters = self.meters.iter_mut();
        let transmit = meters.by_ref().find_map(|meter| meter.poll_transmit(now, out))?;
        let begin = out.len().saturating_sub(transmit.octets);
        let mut longest = transmit;
        let mut other = BytesMut::new();
        for meter in meters.filter(|meter| meter.session.lies_over_others()) {
            let Some(transmit) = meter.poll_transmit(now, &mut other) else { continue };
            let together = out.len().saturating_sub(begin);
            out.iter_mut().skip(begin).zip(&other).for_each(|(sum, octet)| *sum &= octet);
            out.extend(other.iter().skip(together));
            if transmit.octets > longest.octets {
                longest = transmit;
            }
            other.clear();
        }
        Some(longest)
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.meters.iter().filter_map(Session::poll_timeout).min()
    }

    fn poll_event(&mut self) -> Option<MeterEvent> {
        self.meters.iter_mut().find_map(Session::poll_event)
    }
}
