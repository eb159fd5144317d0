//! What changes coils and registers: functions 05, 06, 0F, 10, 16 and 17 (V1.1b3, section 6).

use gurux_framing::{Reader, Shown, Sink, Visit, Wire, WireError, WireErrorKind};

use super::span::{check_head, read_byte_count_of, read_quantity};
use super::{Bits, RegisterSpan, Registers};
use crate::Error;
use crate::error::check_quantity;

/// Switches one coil (05); the response is the same.
///
/// | octets | field |
/// |---|---|
/// | 2 | output address |
/// | 2 | output value: `FF00` on, `0000` off, nothing else |
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct WriteCoil {
    /// The coil, counted from 0.
    pub address: u16,
    /// On or off.
    pub value: bool,
}

const COIL_ON: u16 = 0xFF00;
const COIL_OFF: u16 = 0x0000;

impl<'a> Wire<'a> for WriteCoil {
    #[inline]
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        let address = reader.u16("address")?;
        let start = reader.offset();
        let value = match u16::from_be_bytes(reader.array("value")?) {
            COIL_ON => true,
            COIL_OFF => false,
            other => return Err(WireError::new(start, "value", WireErrorKind::Code(other.into()))),
        };
        reader.show(start, "value", Shown::Flag(value));
        Ok(Self { address, value })
    }

    #[inline]
    fn emit(&self, out: &mut impl Sink) {
        out.put_u16(self.address);
        out.put_u16(if self.value { COIL_ON } else { COIL_OFF });
    }

    #[inline]
    fn wire_len(&self) -> usize {
        4
    }
}

/// Writes one holding register (06); the response is the same.
///
/// | octets | field |
/// |---|---|
/// | 2 | register address |
/// | 2 | register value |
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct WriteRegister {
    /// The register, counted from 0.
    pub address: u16,
    /// Its new value.
    pub value: u16,
}

impl<'a> Wire<'a> for WriteRegister {
    #[inline]
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        Ok(Self { address: reader.u16("address")?, value: reader.u16("value")? })
    }

    #[inline]
    fn emit(&self, out: &mut impl Sink) {
        out.put_u16(self.address);
        out.put_u16(self.value);
    }

    #[inline]
    fn wire_len(&self) -> usize {
        4
    }
}

/// Switches coils in a row (0F).
///
/// | octets | field |
/// |---|---|
/// | 2 | starting address |
/// | 2 | quantity of outputs, 1 to 1968 |
/// | 1 | byte count |
/// | n | outputs, eight to an octet |
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WriteCoils<'a> {
    address: u16,
    bits: Bits<'a>,
}

impl<'a> WriteCoils<'a> {
    /// The most coils that one request may switch.
    pub const MAX: u16 = 0x7B0;

    /// Switches the coils from `address` on.
    ///
    /// # Errors
    /// [`Error::Quantity`] unless there are 1 to 1968.
    pub const fn new(address: u16, bits: Bits<'a>) -> Result<Self, Error> {
        match check_quantity("coils", bits.len(), 1, Self::MAX as usize) {
            Ok(()) => Ok(Self { address, bits }),
            Err(error) => Err(error),
        }
    }

    /// The first coil, counted from 0.
    #[must_use]
    pub const fn address(&self) -> u16 {
        self.address
    }

    /// How many coils, 1 to 1968.
    #[must_use]
    pub const fn count(&self) -> u16 {
        self.bits.len() as u16
    }

    /// Their new states.
    #[must_use]
    pub const fn bits(&self) -> Bits<'a> {
        self.bits
    }
}

impl<'a> Wire<'a> for WriteCoils<'a> {
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        check_head(reader, 5)?;
        let address = reader.u16("address")?;
        let count = read_quantity(reader, "count", Self::MAX)?;
        let octets = usize::from(count.div_ceil(8));
        read_byte_count_of(reader, octets)?;
        Ok(Self { address, bits: Bits::read(reader, octets, count.into())? })
    }

    fn emit(&self, out: &mut impl Sink) {
        out.put_u16(self.address);
        out.put_u16(self.count());
        out.put_u8(self.bits.octets_len() as u8);
        self.bits.emit(out);
    }

    #[inline]
    fn wire_len(&self) -> usize {
        self.bits.octets_len().wrapping_add(5)
    }
}

/// Writes registers in a row (10).
///
/// | octets | field |
/// |---|---|
/// | 2 | starting address |
/// | 2 | quantity of registers, 1 to 123 |
/// | 1 | byte count |
/// | 2n | registers |
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WriteRegisters<'a> {
    address: u16,
    registers: Registers<'a>,
}

impl<'a> WriteRegisters<'a> {
    /// The most registers that one request may write.
    pub const MAX: u16 = 0x7B;

    /// Writes the registers from `address` on.
    ///
    /// # Errors
    /// [`Error::Quantity`] unless there are 1 to 123.
    pub const fn new(address: u16, registers: Registers<'a>) -> Result<Self, Error> {
        match check_quantity("registers", registers.len(), 1, Self::MAX as usize) {
            Ok(()) => Ok(Self { address, registers }),
            Err(error) => Err(error),
        }
    }

    /// The first register, counted from 0.
    #[must_use]
    pub const fn address(&self) -> u16 {
        self.address
    }

    /// How many registers, 1 to 123.
    #[must_use]
    pub const fn count(&self) -> u16 {
        self.registers.len() as u16
    }

    /// Their new values.
    #[must_use]
    pub const fn registers(&self) -> Registers<'a> {
        self.registers
    }
}

impl<'a> Wire<'a> for WriteRegisters<'a> {
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        check_head(reader, 5)?;
        let address = reader.u16("address")?;
        let count = read_quantity(reader, "count", Self::MAX)?;
        let octets = usize::from(count).wrapping_mul(2);
        read_byte_count_of(reader, octets)?;
        Ok(Self { address, registers: Registers::read(reader, octets)? })
    }

    fn emit(&self, out: &mut impl Sink) {
        out.put_u16(self.address);
        out.put_u16(self.count());
        out.put_u8(self.registers.octets_len() as u8);
        self.registers.emit(out);
    }

    #[inline]
    fn wire_len(&self) -> usize {
        self.registers.octets_len().wrapping_add(5)
    }
}

/// What was written (the response to 0F and 10).
///
/// | octets | field |
/// |---|---|
/// | 2 | starting address |
/// | 2 | quantity |
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Written {
    /// The first coil or register, counted from 0.
    pub address: u16,
    /// How many were written.
    pub count: u16,
}

impl<'a> Wire<'a> for Written {
    #[inline]
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        Ok(Self { address: reader.u16("address")?, count: reader.u16("count")? })
    }

    #[inline]
    fn emit(&self, out: &mut impl Sink) {
        out.put_u16(self.address);
        out.put_u16(self.count);
    }

    #[inline]
    fn wire_len(&self) -> usize {
        4
    }
}

/// Changes single bits of a holding register (16); the response is the same.
///
/// | octets | field |
/// |---|---|
/// | 2 | reference address |
/// | 2 | AND mask |
/// | 2 | OR mask |
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct MaskWrite {
    /// The register, counted from 0.
    pub address: u16,
    /// Bits that keep their state.
    pub and_mask: u16,
    /// The state of all other bits.
    pub or_mask: u16,
}

impl MaskWrite {
    /// What a register holds afterwards (V1.1b3, 6.16): the bits of the AND mask stay, the others
    /// come from the OR mask.
    ///
    /// ```
    /// use gurux_modbus::wire::MaskWrite;
    ///
    /// let write = MaskWrite { address: 4, and_mask: 0xF2, or_mask: 0x25 };
    /// assert_eq!(write.apply(0x12), 0x17);
    /// ```
    #[must_use]
    pub const fn apply(&self, register: u16) -> u16 {
        register & self.and_mask | self.or_mask & !self.and_mask
    }
}

impl<'a> Wire<'a> for MaskWrite {
    #[inline]
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        Ok(Self {
            address: reader.u16("address")?,
            and_mask: reader.u16("and mask")?,
            or_mask: reader.u16("or mask")?,
        })
    }

    #[inline]
    fn emit(&self, out: &mut impl Sink) {
        out.put_u16(self.address);
        out.put_u16(self.and_mask);
        out.put_u16(self.or_mask);
    }

    #[inline]
    fn wire_len(&self) -> usize {
        6
    }
}

/// Writes registers, then reads registers (17).
///
/// | octets | field |
/// |---|---|
/// | 2 | read starting address |
/// | 2 | quantity to read, 1 to 125 |
/// | 2 | write starting address |
/// | 2 | quantity to write, 1 to 121 |
/// | 1 | write byte count |
/// | 2n | registers to write |
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ReadWriteRegisters<'a> {
    read: RegisterSpan,
    write_address: u16,
    registers: Registers<'a>,
}

impl<'a> ReadWriteRegisters<'a> {
    /// The most registers that one request may write.
    pub const MAX_WRITE: u16 = 0x79;

    /// Writes `registers` from `write_address` on, then reads `read`.
    ///
    /// # Errors
    /// [`Error::Quantity`] unless there are 1 to 121 to write.
    pub const fn new(
        read: RegisterSpan,
        write_address: u16,
        registers: Registers<'a>,
    ) -> Result<Self, Error> {
        match check_quantity("registers to write", registers.len(), 1, Self::MAX_WRITE as usize) {
            Ok(()) => Ok(Self { read, write_address, registers }),
            Err(error) => Err(error),
        }
    }

    /// What to read.
    #[must_use]
    pub const fn read_span(&self) -> RegisterSpan {
        self.read
    }

    /// The first register to write, counted from 0.
    #[must_use]
    pub const fn write_address(&self) -> u16 {
        self.write_address
    }

    /// How many registers to write, 1 to 121.
    #[must_use]
    pub const fn write_count(&self) -> u16 {
        self.registers.len() as u16
    }

    /// The values to write.
    #[must_use]
    pub const fn registers(&self) -> Registers<'a> {
        self.registers
    }
}

impl<'a> Wire<'a> for ReadWriteRegisters<'a> {
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        check_head(reader, 9)?;
        let read = RegisterSpan::read_named(reader, "read address", "read count")?;
        let write_address = reader.u16("write address")?;
        let count = read_quantity(reader, "write count", Self::MAX_WRITE)?;
        let octets = usize::from(count).wrapping_mul(2);
        read_byte_count_of(reader, octets)?;
        Ok(Self { read, write_address, registers: Registers::read(reader, octets)? })
    }

    fn emit(&self, out: &mut impl Sink) {
        self.read.emit(out);
        out.put_u16(self.write_address);
        out.put_u16(self.write_count());
        out.put_u8(self.registers.octets_len() as u8);
        self.registers.emit(out);
    }

    #[inline]
    fn wire_len(&self) -> usize {
        self.registers.octets_len().wrapping_add(9)
    }
}
