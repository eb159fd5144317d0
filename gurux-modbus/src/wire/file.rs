//! Files and queues of registers: functions 14, 15 and 18 (V1.1b3, 6.14, 6.15, 6.18).
//!
//! A file has up to 10000 records, each a register. A request names several groups of them; the
//! groups stay octets until they are asked for.

use core::fmt;

use gurux_framing::{Reader, Sink, Visit, Wire, WireError, WireErrorKind};

use super::span::read_byte_count;
use super::{MAX_PDU_LEN, Registers};
use crate::Error;
use crate::error::check_quantity;

/// The only reference type there is.
const REFERENCE_TYPE: u8 = 6;

/// A group of registers of a file, to be read.
///
/// | octets | field |
/// |---|---|
/// | 1 | reference type, 6 |
/// | 2 | file number |
/// | 2 | record number |
/// | 2 | record length, in registers |
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct FileReference {
    /// The file, 1 to 65535.
    pub file: u16,
    /// Its first record, 0 to 9999.
    pub record: u16,
    /// How many registers.
    pub length: u16,
}

impl<'a> Wire<'a> for FileReference {
    #[inline]
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        read_reference_type(reader)?;
        Ok(Self {
            file: reader.u16("file")?,
            record: reader.u16("record")?,
            length: reader.u16("length")?,
        })
    }

    #[inline]
    fn emit(&self, out: &mut impl Sink) {
        out.put_u8(REFERENCE_TYPE);
        out.put_u16(self.file);
        out.put_u16(self.record);
        out.put_u16(self.length);
    }

    #[inline]
    fn wire_len(&self) -> usize {
        7
    }
}

fn read_reference_type<V: Visit>(reader: &mut Reader<'_, V>) -> Result<(), WireError> {
    let start = reader.offset();
    match reader.structure_u8("reference type")? {
        REFERENCE_TYPE => Ok(()),
        other => Err(WireError::new(start, "reference type", WireErrorKind::Code(other.into()))),
    }
}

/// A group of registers of a file, with their content.
///
/// | octets | field |
/// |---|---|
/// | 1 | reference type, 6 |
/// | 2 | file number |
/// | 2 | record number |
/// | 2 | record length, in registers |
/// | 2n | registers |
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FileRecord<'a> {
    /// The file, 1 to 65535.
    pub file: u16,
    /// Its first record, 0 to 9999.
    pub record: u16,
    /// The registers.
    pub registers: Registers<'a>,
}

impl<'a> Wire<'a> for FileRecord<'a> {
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        let start = reader.offset();
        let available = reader.rest().len();
        let FileReference { file, record, length } = if available < 7 {
            // What is left of the byte count is no group.
            let kind = WireErrorKind::Length { declared: 7, available };
            return Err(WireError::new(start, "record", kind));
        } else {
            FileReference::read(reader)?
        };
        let (declared, available) = (usize::from(length).wrapping_mul(2), reader.rest().len());
        if declared > available {
            let at = reader.offset().saturating_sub(2);
            return Err(WireError::new(
                at,
                "length",
                WireErrorKind::Length { declared, available },
            ));
        }
        Ok(Self { file, record, registers: Registers::read(reader, declared)? })
    }

    fn emit(&self, out: &mut impl Sink) {
        let length = self.registers.len() as u16;
        FileReference { file: self.file, record: self.record, length }.emit(out);
        self.registers.emit(out);
    }

    #[inline]
    fn wire_len(&self) -> usize {
        self.registers.octets_len().wrapping_add(7)
    }
}

/// The content of one group in the response to "read file record".
///
/// | octets | field |
/// |---|---|
/// | 1 | file response length: octets that follow |
/// | 1 | reference type, 6 |
/// | 2n | registers |
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FileData<'a> {
    /// The registers.
    pub registers: Registers<'a>,
}

impl<'a> Wire<'a> for FileData<'a> {
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        let start = reader.offset();
        let declared = usize::from(reader.structure_u8("file response length")?);
        let available = reader.rest().len();
        let octets = match declared.checked_sub(1) {
            Some(octets) if declared <= available && octets.is_multiple_of(2) => octets,
            _ => {
                let kind = if declared > available {
                    WireErrorKind::Length { declared, available }
                } else {
                    WireErrorKind::Expected("a reference type and pairs of octets")
                };
                return Err(WireError::new(start, "file response length", kind));
            }
        };
        read_reference_type(reader)?;
        Ok(Self { registers: Registers::read(reader, octets)? })
    }

    fn emit(&self, out: &mut impl Sink) {
        out.put_u8(self.registers.octets_len().wrapping_add(1) as u8);
        out.put_u8(REFERENCE_TYPE);
        self.registers.emit(out);
    }

    #[inline]
    fn wire_len(&self) -> usize {
        self.registers.octets_len().wrapping_add(2)
    }
}

/// Groups of one kind, behind a byte count: the body of functions 14 and 15.
///
/// | octets | field |
/// |---|---|
/// | 1 | byte count |
/// | n | groups |
///
/// A request to read holds [`FileReference`]s, its response [`FileData`]; a request to write and
/// its response hold [`FileRecord`]s.
///
/// ```
/// use gurux_framing::Wire;
/// use gurux_modbus::wire::{FileReference, Groups};
///
/// let groups = [FileReference { file: 4, record: 1, length: 2 }];
/// let mut out = [0; 8];
/// Groups::new(&groups)?.emit_to_slice(&mut out)?;
/// assert_eq!(out, [0x07, 0x06, 0x00, 0x04, 0x00, 0x01, 0x00, 0x02]);
/// assert!(Groups::<FileReference>::from_bytes(&out)?.iter().eq(groups));
/// # Ok::<(), gurux_modbus::Error>(())
/// ```
pub struct Groups<'a, T>(Source<'a, T>);

enum Source<'a, T> {
    /// Groups that have been read once, without an error.
    Octets(&'a [u8]),
    Groups(&'a [T]),
}

impl<'a, T: Wire<'a> + Copy> Groups<'a, T> {
    /// The most octets of groups in a message.
    pub const MAX_LEN: usize = MAX_PDU_LEN - 2;

    /// Groups to be sent.
    ///
    /// # Errors
    /// [`Error::Quantity`] if there is none, or if they take more than 251 octets.
    pub fn new(groups: &'a [T]) -> Result<Self, Error> {
        let octets = groups.iter().fold(0_usize, |sum, group| sum.saturating_add(group.wire_len()));
        check_quantity("octets of groups", octets, 1, Self::MAX_LEN)?;
        Ok(Self(Source::Groups(groups)))
    }

    /// No groups: what a server answers that has nothing to give.
    #[must_use]
    pub const fn empty() -> Self {
        Self(Source::Groups(&[]))
    }

    /// The groups in order.
    #[must_use]
    pub fn iter(&self) -> GroupsIter<'a, T> {
        GroupsIter(match self.0 {
            Source::Octets(octets) => Source::Octets(octets),
            Source::Groups(groups) => Source::Groups(groups),
        })
    }

    /// Are there none?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.octets_len() == 0
    }

    fn octets_len(&self) -> usize {
        match self.0 {
            Source::Octets(octets) => octets.len(),
            Source::Groups(groups) => {
                groups.iter().fold(0, |sum, group| group.wire_len().wrapping_add(sum))
            }
        }
    }
}

impl<'a, T: Wire<'a> + Copy> Wire<'a> for Groups<'a, T> {
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        read_byte_count(reader)?;
        let octets = reader.rest();
        reader.list("records", |reader| {
            while !reader.is_empty() {
                reader.group("record", T::read)?;
            }
            Ok(())
        })?;
        Ok(Self(Source::Octets(octets)))
    }

    fn emit(&self, out: &mut impl Sink) {
        out.put_u8(self.octets_len() as u8);
        match self.0 {
            Source::Octets(octets) => out.put(octets),
            Source::Groups(groups) => groups.iter().for_each(|group| group.emit(out)),
        }
    }

    fn wire_len(&self) -> usize {
        self.octets_len().wrapping_add(1)
    }
}

/// Reads the groups of a request, whose byte count must be one that a client may send.
///
/// V1.1b3, 6.14 and 6.15: `07` to `F5` to read, `09` to `FB` to write.
pub(crate) fn read_requested<'a, T: Wire<'a> + Copy, V: Visit>(
    reader: &mut Reader<'a, V>,
    min: u8,
    max: u8,
    group_len: usize,
) -> Result<Groups<'a, T>, WireError> {
    if let Some(&count) = reader.rest().first() {
        let (declared, available) = (usize::from(count), reader.rest().len().saturating_sub(1));
        let whole = usize::from(count).is_multiple_of(group_len);
        if declared != available || !(min..=max).contains(&count) || !whole {
            let kind = if declared == available {
                WireErrorKind::Expected("the octets of one or more groups")
            } else {
                WireErrorKind::Length { declared, available }
            };
            return Err(reader.error("byte count", kind));
        }
    }
    Groups::read(reader)
}

impl<T> Clone for Groups<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Groups<'_, T> {}

impl<T> Clone for Source<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Source<'_, T> {}

impl<'a, T: Wire<'a> + Copy + PartialEq> PartialEq for Groups<'a, T> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<'a, T: Wire<'a> + Copy + Eq> Eq for Groups<'a, T> {}

impl<'a, T: Wire<'a> + Copy + fmt::Debug> fmt::Debug for Groups<'a, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// The groups of [`Groups`], in order.
#[derive(Clone)]
pub struct GroupsIter<'a, T>(Source<'a, T>);

impl<T> fmt::Debug for GroupsIter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GroupsIter").finish_non_exhaustive()
    }
}

impl<'a, T: Wire<'a> + Copy> Iterator for GroupsIter<'a, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        match &mut self.0 {
            Source::Octets(octets) => {
                let (rest, group) = T::parse(octets).ok()?;
                *octets = rest;
                Some(group)
            }
            Source::Groups(groups) => {
                let (group, rest) = groups.split_first()?;
                *groups = rest;
                Some(*group)
            }
        }
    }
}

/// The response to "read FIFO queue" (18).
///
/// | octets | field |
/// |---|---|
/// | 2 | byte count: octets that follow |
/// | 2 | FIFO count: registers that follow, at most 31 |
/// | 2n | registers, the oldest first |
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FifoQueue<'a> {
    registers: Registers<'a>,
}

impl<'a> FifoQueue<'a> {
    /// The most registers in a queue; a longer one is refused by exception 3.
    pub const MAX: u16 = 31;

    /// The registers of a queue.
    ///
    /// # Errors
    /// [`Error::Quantity`] for more than 31.
    pub const fn new(registers: Registers<'a>) -> Result<Self, Error> {
        match check_quantity("registers", registers.len(), 0, Self::MAX as usize) {
            Ok(()) => Ok(Self { registers }),
            Err(error) => Err(error),
        }
    }

    /// The registers, the oldest first.
    #[must_use]
    pub const fn registers(&self) -> Registers<'a> {
        self.registers
    }
}

impl<'a> Wire<'a> for FifoQueue<'a> {
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        let start = reader.offset();
        let declared = usize::from(reader.structure_u16("byte count")?);
        let available = reader.rest().len();
        let count = reader.structure_u16("FIFO count")?;
        let octets = usize::from(count).wrapping_mul(2);
        let expected = octets.wrapping_add(2);
        if declared != available || declared != expected {
            let available = if declared == available { expected } else { available };
            let kind = WireErrorKind::Length { declared, available };
            return Err(WireError::new(start, "byte count", kind));
        }
        if count > Self::MAX {
            let kind = WireErrorKind::Limit { max: Self::MAX.into() };
            return Err(WireError::new(start.saturating_add(2), "FIFO count", kind));
        }
        Ok(Self { registers: Registers::read(reader, octets)? })
    }

    fn emit(&self, out: &mut impl Sink) {
        out.put_u16(self.registers.octets_len().wrapping_add(2) as u16);
        out.put_u16(self.registers.len() as u16);
        self.registers.emit(out);
    }

    #[inline]
    fn wire_len(&self) -> usize {
        self.registers.octets_len().wrapping_add(4)
    }
}
