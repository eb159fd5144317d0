//! [`Format`]: from registers to a value and back.

use gurux_value::{Decimal, Octets, Quality, Text, Value};

use super::absent::sign_extended;
use super::{Absent, ByteOrder, Half, Packing, ValueError, ValueType, half_float};

/// All that must be known to read a value from registers, and to write one: type, order of
/// octets, bits, marks of absence, scale.
///
/// ```text
/// registers --order--> raw number --absent? bits--> number --times factor, plus offset--> value
/// ```
///
/// Integers and decimal digits become exact [`Value::Decimal`]s. Floats stay floats in the width
/// that the device sent, unless they are scaled: then the shortest decimal that reads back to the
/// float is scaled, exactly.
///
/// ```
/// use gurux_modbus::value::{ByteOrder, Format, ValueType};
/// use gurux_value::{Decimal, Value};
///
/// let energy = Format::new(ValueType::U32)
///     .with_order(ByteOrder::CDAB)?
///     .with_scale(Decimal::new(1, -1), Decimal::ZERO)?;
/// let read = energy.decode([0x5678, 0x1234], &mut [])?;
/// assert_eq!(read.value, Some(Value::from(Decimal::new(305_419_896, -1))));
///
/// let mut registers = [0; 2];
/// energy.encode(&Value::from(Decimal::new(305_419_896, -1)), &mut registers)?;
/// assert_eq!(registers, [0x5678, 0x1234]);
/// # Ok::<(), gurux_modbus::value::ValueError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "Description", into = "Description"))]
pub struct Format {
    value_type: ValueType,
    /// Of the length that the type has: for texts and octets, that of one register.
    order: ByteOrder,
    bits: Option<BitField>,
    absent: Absent,
    factor: Decimal,
    offset: Decimal,
}

/// Some neighbouring bits of an integer; bit 0 is the least significant.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct BitField {
    /// The lowest bit.
    pub offset: u8,
    /// How many bits.
    pub width: u8,
}

/// A value as it was read.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(all(feature = "serde", feature = "alloc"), derive(serde::Deserialize))]
pub struct Decoded<'a> {
    /// The value; `None` where the device marked it as absent or it cannot be read.
    pub value: Option<Value<'a>>,
    /// How far it can be trusted, and why there is none.
    pub quality: Quality,
}

impl BitField {
    /// One bit.
    #[must_use]
    pub const fn bit(offset: u8) -> Self {
        Self { offset, width: 1 }
    }

    /// The bits that a mask keeps, shifted down to bit 0; `None` where they are not neighbours,
    /// or there are none.
    ///
    /// ```
    /// use gurux_modbus::value::BitField;
    ///
    /// assert_eq!(BitField::from_mask(0x0FF0), Some(BitField { offset: 4, width: 8 }));
    /// assert_eq!(BitField::from_mask(0x0F0F), None);
    /// ```
    #[must_use]
    pub const fn from_mask(mask: u64) -> Option<Self> {
        let (offset, width) = (mask.trailing_zeros(), mask.count_ones());
        let field = Self { offset: offset as u8, width: width as u8 };
        if mask != 0 && field.mask() == mask { Some(field) } else { None }
    }

    /// The mask that keeps these bits.
    #[must_use]
    pub const fn mask(self) -> u64 {
        let ones = match 64u32.checked_sub(self.width as u32) {
            Some(64) => 0,
            Some(unused) => u64::MAX.wrapping_shr(unused),
            None => u64::MAX,
        };
        match ones.checked_shl(self.offset as u32) {
            Some(mask) => mask,
            None => 0,
        }
    }

    const fn end(self) -> u32 {
        (self.offset as u32).saturating_add(self.width as u32)
    }
}

impl Format {
    /// A value of this type as the standard would have it: big-endian, unscaled.
    #[must_use]
    pub fn new(value_type: ValueType) -> Self {
        Self {
            value_type,
            order: ByteOrder::default().for_len(order_len(value_type)).unwrap_or_default(),
            bits: None,
            absent: Absent::default(),
            factor: Decimal::ONE,
            offset: Decimal::ZERO,
        }
    }

    /// In this order, carried over to the length of the type ([`ByteOrder::for_len`]). In texts
    /// and octets it says whether the two octets of each register are exchanged.
    ///
    /// # Errors
    /// [`ValueError::Order`] where the order does not say how to arrange this type.
    pub fn with_order(self, order: ByteOrder) -> Result<Self, ValueError> {
        match order.for_len(order_len(self.value_type)) {
            Some(order) => Ok(Self { order, ..self }),
            None => Err(ValueError::Order { order, value_type: self.value_type }),
        }
    }

    /// Of an integer, only these bits; the highest of them is the sign where the type is signed.
    ///
    /// # Errors
    /// [`ValueError::Bits`] where the type is no integer or has not all of these bits.
    pub fn with_bits(self, bits: BitField) -> Result<Self, ValueError> {
        let value_type = self.value_type;
        if value_type.is_integer() && bits.width != 0 && bits.end() <= value_type.bits() {
            Ok(Self { bits: Some(bits), ..self })
        } else {
            Err(ValueError::Bits { bits, value_type })
        }
    }

    /// With these marks of absence.
    #[must_use]
    pub const fn with_absent(self, absent: Absent) -> Self {
        Self { absent, ..self }
    }

    /// The value is the number times `factor`, plus `offset`.
    ///
    /// # Errors
    /// [`ValueError::Scale`] where the factor is nought.
    pub const fn with_scale(self, factor: Decimal, offset: Decimal) -> Result<Self, ValueError> {
        if factor.is_zero() { Err(ValueError::Scale) } else { Ok(Self { factor, offset, ..self }) }
    }

    /// What the registers hold.
    #[must_use]
    pub const fn value_type(&self) -> ValueType {
        self.value_type
    }

    /// How many registers the value takes.
    #[must_use]
    pub const fn registers(&self) -> usize {
        self.value_type.registers()
    }

    /// How many octets of room [`decode`](Self::decode) needs: none for numbers.
    #[must_use]
    pub const fn room(&self) -> usize {
        match self.value_type {
            ValueType::String { registers, packing: Packing::Half(_) } => registers as usize,
            ValueType::String { registers, .. } | ValueType::Octets { registers } => {
                (registers as usize).saturating_mul(2)
            }
            _ => 0,
        }
    }

    /// Does the value take up only a part of its registers, so that to write it one must know
    /// what else stands in them?
    #[must_use]
    pub fn is_partial(&self) -> bool {
        let part = self.bits.is_some_and(|bits| u32::from(bits.width) < self.value_type.bits());
        let packing = Packing::Both;
        part || match self.value_type {
            ValueType::U8(_) | ValueType::I8(_) => true,
            ValueType::String { packing: other, .. } => other != packing,
            _ => false,
        }
    }

    /// Reads the value from its registers; what follows them is not looked at.
    ///
    /// Characters and octets are put in order into `room`, which must hold [`room`](Self::room)
    /// octets. A text ends at its first NUL, and blanks at its end are dropped.
    ///
    /// What a device can do wrong is in the quality: a mark of absence is [`Quality::MISSING`];
    /// digits above nine, or a number that leaves the range of [`Decimal`] when scaled, are
    /// [`Quality::INVALID`], without a value. A text that is not UTF-8 is handed on as octets,
    /// [`Quality::INVALID`] too.
    ///
    /// # Errors
    /// Those of the caller: [`ValueError::Registers`] and [`ValueError::Room`].
    pub fn decode<'r>(
        &self,
        registers: impl IntoIterator<Item = u16>,
        room: &'r mut [u8],
    ) -> Result<Decoded<'r>, ValueError> {
        let mut registers = registers.into_iter().take(self.registers());
        match self.value_type {
            ValueType::String { packing, .. } => {
                let octets = self.arrange(&mut registers, packing, room)?;
                Ok(self.text(octets))
            }
            ValueType::Octets { .. } => {
                let octets = self.arrange(&mut registers, Packing::Both, room)?;
                Ok(Decoded::good(Value::Octets(Octets::new(octets))))
            }
            _ => {
                let mut count = 0usize;
                let counted = registers.inspect(|_| count = count.saturating_add(1));
                let raw = self.order.gather(counted.flat_map(u16::to_be_bytes));
                self.check_registers(count)?;
                Ok(self.number(raw))
            }
        }
    }

    /// [`decode`](Self::decode) into memory of its own.
    ///
    /// # Errors
    /// [`ValueError::Registers`].
    #[cfg(feature = "alloc")]
    pub fn decode_owned(
        &self,
        registers: impl IntoIterator<Item = u16>,
    ) -> Result<Decoded<'static>, ValueError> {
        let mut room = alloc::vec![0; self.room()];
        let Decoded { value, quality } = self.decode(registers, &mut room)?;
        Ok(Decoded { value: value.map(Value::into_owned), quality })
    }

    /// Writes the value into its registers. Where it takes up only a part of them
    /// ([`is_partial`](Self::is_partial)), all other bits stay as they are; registers after it
    /// are not touched.
    ///
    /// Nothing is rounded in silence: a number must be a whole multiple of the factor above the
    /// offset. Floats alone take the nearest float. Texts are filled up with NUL.
    ///
    /// # Errors
    /// What about the value does not fit; then nothing is written.
    pub fn encode(&self, value: &Value<'_>, registers: &mut [u16]) -> Result<(), ValueError> {
        let available = registers.len();
        self.check_registers(available)?;
        let registers = registers.get_mut(..self.registers()).unwrap_or_default();
        match self.value_type {
            ValueType::String { packing, .. } => match value {
                Value::Text(text) => self.fill(text.as_bytes(), packing, registers),
                other => Err(self.wrong_kind(other)),
            },
            ValueType::Octets { .. } => match value {
                Value::Octets(octets) => self.fill(octets, Packing::Both, registers),
                other => Err(self.wrong_kind(other)),
            },
            _ => {
                let raw = self.raw(value)?;
                let (shift, mask) = self.place();
                let present = registers.iter().copied().flat_map(u16::to_be_bytes);
                let kept = self.order.gather(present) & !mask;
                let mut octets = self.order.scatter(kept | (raw.wrapping_shl(shift) & mask));
                for register in registers {
                    let [high, low] = [octets.next(), octets.next()].map(Option::unwrap_or_default);
                    *register = u16::from_be_bytes([high, low]);
                }
                Ok(())
            }
        }
    }

    const fn check_registers(&self, available: usize) -> Result<(), ValueError> {
        let needed = self.registers();
        if available < needed { Err(ValueError::Registers { needed, available }) } else { Ok(()) }
    }

    /// Where a number lies within its registers: bits below it, and the mask of its bits.
    fn place(&self) -> (u32, u64) {
        let field = match self.bits {
            Some(bits) => bits,
            None => BitField { offset: 0, width: self.value_type.bits() as u8 },
        };
        let below = match self.value_type {
            ValueType::U8(Half::High) | ValueType::I8(Half::High) => 8,
            _ => 0u32,
        };
        (below.wrapping_add(field.offset.into()), field.mask().wrapping_shl(below))
    }

    /// The octets in their order, in `room`.
    fn arrange<'r>(
        &self,
        registers: &mut dyn Iterator<Item = u16>,
        packing: Packing,
        room: &'r mut [u8],
    ) -> Result<&'r [u8], ValueError> {
        let needed = self.room();
        let available = room.len();
        let room = room.get_mut(..needed).ok_or(ValueError::Room { needed, available })?;
        let mut count = 0usize;
        let counted = registers.inspect(|_| count = count.saturating_add(1));
        let octets = counted.flat_map(|register| {
            let [high, low] = self.halves(register);
            let keep_high = packing != Packing::Half(Half::Low);
            let keep_low = packing != Packing::Half(Half::High);
            [keep_high.then_some(high), keep_low.then_some(low)].into_iter().flatten()
        });
        room.iter_mut().zip(octets).for_each(|(free, octet)| *free = octet);
        self.check_registers(count)?;
        Ok(room)
    }

    fn text<'r>(&self, octets: &'r [u8]) -> Decoded<'r> {
        let text = octets.split(|octet| *octet == 0).next().unwrap_or_default().trim_ascii_end();
        if text.is_empty() && self.absent.is_empty_mark() {
            return Decoded::none(Quality::MISSING);
        }
        match core::str::from_utf8(text) {
            Ok(text) => Decoded::good(Value::Text(Text::new(text))),
            Err(_) => Decoded {
                value: Some(Value::Octets(Octets::new(octets))),
                quality: Quality::INVALID,
            },
        }
    }

    /// Packs octets into registers and fills up with NUL.
    fn fill(
        &self,
        octets: &[u8],
        packing: Packing,
        registers: &mut [u16],
    ) -> Result<(), ValueError> {
        let room = self.room();
        if octets.len() > room {
            return Err(ValueError::TooLong { len: octets.len(), room });
        }
        let mut octets = octets.iter().copied();
        let mut next = || octets.next().unwrap_or_default();
        for register in registers {
            let [high, low] = self.halves(*register);
            *register = self.joined(match packing {
                Packing::Both => [next(), next()],
                Packing::Half(Half::High) => [next(), low],
                Packing::Half(Half::Low) => [high, next()],
            });
        }
        Ok(())
    }

    /// The octets of one register of a text, in order.
    fn halves(&self, register: u16) -> [u8; 2] {
        if self.order == ByteOrder::BA { register.to_le_bytes() } else { register.to_be_bytes() }
    }

    fn joined(&self, octets: [u8; 2]) -> u16 {
        if self.order == ByteOrder::BA {
            u16::from_le_bytes(octets)
        } else {
            u16::from_be_bytes(octets)
        }
    }

    /// A raw number in order, of as many bits as the registers have.
    fn number(&self, raw: u64) -> Decoded<'static> {
        let value_type = self.value_type;
        let raw = match value_type {
            ValueType::U8(Half::High) | ValueType::I8(Half::High) => raw >> 8,
            ValueType::U8(Half::Low) | ValueType::I8(Half::Low) => raw & 0xFF,
            _ => raw,
        };
        if self.absent.is_mark(value_type, raw) {
            return Decoded::none(Quality::MISSING);
        }
        let value = match value_type {
            ValueType::F16 => Value::Float32(half_float::to_f32(raw as u16)),
            ValueType::F32 => Value::Float32(f32::from_bits(raw as u32)),
            ValueType::F64 => Value::Float64(f64::from_bits(raw)),
            ValueType::Bcd16 | ValueType::Bcd32 | ValueType::Bcd48 | ValueType::Bcd64 => {
                match digits(raw) {
                    Some(number) => Value::Decimal(Decimal::from(number)),
                    None => return Decoded::none(Quality::INVALID),
                }
            }
            _ => {
                let (offset, width) = match self.bits {
                    Some(bits) => (bits.offset, u32::from(bits.width)),
                    None => (0, value_type.bits()),
                };
                let raw = raw.wrapping_shr(offset.into());
                if value_type.is_signed() {
                    Value::Decimal(Decimal::from(sign_extended(raw, width)))
                } else {
                    let unused = 64u32.saturating_sub(width);
                    let raw = raw.wrapping_shl(unused).wrapping_shr(unused);
                    if value_type == ValueType::Bool {
                        return Decoded::good(Value::Bool(raw != 0));
                    }
                    Value::Decimal(Decimal::from(raw))
                }
            }
        };
        self.scaled(value)
    }

    fn scaled(&self, value: Value<'static>) -> Decoded<'static> {
        let is_nan = match value {
            Value::Float32(float) => float.is_nan(),
            Value::Float64(float) => float.is_nan(),
            _ => false,
        };
        if is_nan && self.absent.is_nan_mark() {
            return Decoded::none(Quality::MISSING);
        }
        if self.is_unscaled() {
            return Decoded::good(value);
        }
        let scaled = value.as_decimal().and_then(|number| number.checked_mul(self.factor));
        match scaled.and_then(|number| self.with_offset(number)) {
            Some(number) => Decoded::good(Value::Decimal(number)),
            None => Decoded::none(Quality::INVALID),
        }
    }

    /// To add nought would cost digits where the number is very large or its exponent is not 0.
    fn with_offset(&self, number: Decimal) -> Option<Decimal> {
        if self.offset.is_zero() { Some(number) } else { number.checked_add(self.offset) }
    }

    fn without_offset(&self, number: Decimal) -> Option<Decimal> {
        if self.offset.is_zero() { Some(number) } else { number.checked_sub(self.offset) }
    }

    fn is_unscaled(&self) -> bool {
        self.factor == Decimal::ONE && self.offset.is_zero()
    }

    /// The raw number that states a value, in the lowest bits.
    fn raw(&self, value: &Value<'_>) -> Result<u64, ValueError> {
        match self.value_type {
            ValueType::Bool => match value {
                Value::Bool(yes) => Ok(u64::from(*yes)),
                other => match other.as_decimal() {
                    Some(number) if number.is_zero() => Ok(0),
                    Some(number) if number == Decimal::ONE => Ok(1),
                    Some(number) => Err(self.out_of_range(number)),
                    None => Err(self.wrong_kind(other)),
                },
            },
            ValueType::F16 | ValueType::F32 | ValueType::F64 => self.raw_float(value),
            ValueType::Bcd16 | ValueType::Bcd32 | ValueType::Bcd48 | ValueType::Bcd64 => {
                let (number, integer) = self.integer(value)?;
                let places = self.value_type.bits() >> 2;
                packed(integer, places).ok_or_else(|| self.out_of_range(number))
            }
            _ => {
                let (number, integer) = self.integer(value)?;
                let width = self.bits.map_or(self.value_type.bits(), |bits| bits.width.into());
                let fits = if self.value_type.is_signed() {
                    i64::try_from(integer)
                        .is_ok_and(|integer| sign_extended(integer as u64, width) == integer)
                } else {
                    integer >= 0 && integer.unsigned_abs().checked_shr(width).unwrap_or(0) == 0
                };
                if fits { Ok(integer as u64) } else { Err(self.out_of_range(number)) }
            }
        }
    }

    /// The value as given, and the whole number that stands for it before the scale.
    fn integer(&self, value: &Value<'_>) -> Result<(Decimal, i128), ValueError> {
        let number = match value {
            Value::Flags { bits, .. } => Decimal::from(*bits),
            other => other.as_decimal().ok_or_else(|| self.wrong_kind(other))?,
        };
        let unscaled = self.without_offset(number).and_then(|n| n.checked_div(self.factor));
        match unscaled.map(Decimal::normalized) {
            Some(unscaled) if unscaled.exponent() >= 0 => match unscaled.to_i128() {
                Some(integer) => Ok((number, integer)),
                None => Err(self.out_of_range(number)),
            },
            _ => Err(ValueError::Step { number, factor: self.factor }),
        }
    }

    fn raw_float(&self, value: &Value<'_>) -> Result<u64, ValueError> {
        let float = match value {
            // No detour: also what is no number keeps its bits.
            Value::Float32(float) if self.is_unscaled() => match self.value_type {
                ValueType::F32 => return Ok(float.to_bits().into()),
                _ => f64::from(*float),
            },
            Value::Float64(float) if self.is_unscaled() => *float,
            other => {
                let number = other.as_decimal().ok_or_else(|| self.wrong_kind(other))?;
                let unscaled = self.without_offset(number);
                let exact = unscaled.and_then(|number| number.checked_div(self.factor));
                match (exact, unscaled) {
                    (Some(exact), _) => exact.to_f64(),
                    // A quotient without end, such as a third.
                    (None, Some(number)) => number.to_f64() / self.factor.to_f64(),
                    (None, None) => return Err(self.out_of_range(number)),
                }
            }
        };
        let raw = match self.value_type {
            ValueType::F16 => half_float::from_f64(float).map(u64::from),
            ValueType::F32 => {
                let short = float as f32;
                (short.is_finite() || !float.is_finite()).then_some(short.to_bits().into())
            }
            _ => Some(float.to_bits()),
        };
        raw.ok_or_else(|| self.out_of_range(value.as_decimal().unwrap_or_default()))
    }

    const fn out_of_range(&self, number: Decimal) -> ValueError {
        ValueError::Range { number, value_type: self.value_type }
    }

    const fn wrong_kind(&self, value: &Value<'_>) -> ValueError {
        ValueError::Kind { kind: value.kind(), value_type: self.value_type }
    }
}

impl<'a> Decoded<'a> {
    const fn good(value: Value<'a>) -> Self {
        Self { value: Some(value), quality: Quality::GOOD }
    }

    const fn none(quality: Quality) -> Self {
        Self { value: None, quality }
    }
}

/// The octets that an order speaks of: those of a number, or of each register of a text.
const fn order_len(value_type: ValueType) -> usize {
    match value_type {
        ValueType::String { .. } | ValueType::Octets { .. } => 2,
        number => number.registers().saturating_mul(2),
    }
}

/// The number that packed decimal digits state; `None` where a digit is above nine.
fn digits(packed: u64) -> Option<u64> {
    packed.to_be_bytes().into_iter().flat_map(|octet| [octet >> 4, octet & 0x0F]).try_fold(
        0u64,
        |number, digit| {
            let digit = Some(u64::from(digit)).filter(|digit| *digit <= 9)?;
            Some(number.wrapping_mul(10).wrapping_add(digit))
        },
    )
}

/// The number as so many packed decimal digits; `None` where it has a sign or more digits.
fn packed(number: i128, places: u32) -> Option<u64> {
    let mut rest = u64::try_from(number).ok()?;
    let mut packed = 0u64;
    for place in (0..64).step_by(4).take(usize::try_from(places).ok()?) {
        packed |= (rest % 10).wrapping_shl(place);
        rest /= 10;
    }
    (rest == 0).then_some(packed)
}

/// What serde sees of a [`Format`].
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    #[serde(rename = "type")]
    value_type: ValueType,
    #[serde(default)]
    order: ByteOrder,
    #[serde(default)]
    bits: Option<BitField>,
    #[serde(default)]
    absent: Absent,
    #[serde(default = "one")]
    factor: Decimal,
    #[serde(default)]
    offset: Decimal,
}

#[cfg(feature = "serde")]
const fn one() -> Decimal {
    Decimal::ONE
}

#[cfg(feature = "serde")]
impl TryFrom<Description> for Format {
    type Error = ValueError;

    fn try_from(from: Description) -> Result<Self, ValueError> {
        let format = Self::new(from.value_type).with_absent(from.absent).with_order(from.order)?;
        let format = match from.bits {
            Some(bits) => format.with_bits(bits)?,
            None => format,
        };
        format.with_scale(from.factor, from.offset)
    }
}

#[cfg(feature = "serde")]
impl From<Format> for Description {
    fn from(format: Format) -> Self {
        let Format { value_type, order, bits, absent, factor, offset } = format;
        Self { value_type, order, bits, absent, factor, offset }
    }
}
