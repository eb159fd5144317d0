//! [`Memory`]: a device that is only its registers.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use super::Model;
use crate::wire::{Bits, ExceptionCode, ObjectId, Registers, UnitId};

/// A device that is only its registers: maps from address to value, in memory.
///
/// What is in a map exists and can be read; a span with a hole is refused by "illegal data
/// address". Coils and holding registers can be written, unless they are listed as read-only.
///
/// ```
/// use gurux_modbus::session::{Memory, Model};
/// use gurux_modbus::wire::{ExceptionCode, UnitId};
///
/// let mut memory = Memory::default();
/// memory.holding_registers.extend((0..10).map(|address| (address, 0x1000 + address)));
/// let mut out = [0; 2];
/// memory.read_holding_registers(UnitId::new(1), 8, &mut out).unwrap();
/// assert_eq!(out, [0x1008, 0x1009]);
/// let hole = memory.read_holding_registers(UnitId::new(1), 9, &mut out);
/// assert_eq!(hole, Err(ExceptionCode::ILLEGAL_DATA_ADDRESS));
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct Memory {
    /// Coils (01, 05, 0F).
    pub coils: BTreeMap<u16, bool>,
    /// Discrete inputs (02).
    pub discrete_inputs: BTreeMap<u16, bool>,
    /// Holding registers (03, 06, 10, 16, 17).
    pub holding_registers: BTreeMap<u16, u16>,
    /// Input registers (04).
    pub input_registers: BTreeMap<u16, u16>,
    /// Coils that cannot be written.
    pub read_only_coils: BTreeSet<u16>,
    /// Holding registers that cannot be written.
    pub read_only_registers: BTreeSet<u16>,
    /// The exception status outputs (07).
    pub exception_status: Option<u8>,
    /// What the device says of itself (11).
    pub server_id: Option<Vec<u8>>,
    /// Files: number, record, register (14, 15).
    pub files: BTreeMap<u16, BTreeMap<u16, u16>>,
    /// Queues by their address (18).
    pub queues: BTreeMap<u16, Vec<u16>>,
    /// Objects of the device identification (2B/0E).
    pub identification: BTreeMap<ObjectId, Vec<u8>>,
}

impl Model for Memory {
    fn read_coils(
        &mut self,
        _: UnitId,
        address: u16,
        out: &mut [bool],
    ) -> Result<(), ExceptionCode> {
        read(&self.coils, address, out)
    }

    fn read_discrete_inputs(
        &mut self,
        _: UnitId,
        address: u16,
        out: &mut [bool],
    ) -> Result<(), ExceptionCode> {
        read(&self.discrete_inputs, address, out)
    }

    fn read_holding_registers(
        &mut self,
        _: UnitId,
        address: u16,
        out: &mut [u16],
    ) -> Result<(), ExceptionCode> {
        read(&self.holding_registers, address, out)
    }

    fn read_input_registers(
        &mut self,
        _: UnitId,
        address: u16,
        out: &mut [u16],
    ) -> Result<(), ExceptionCode> {
        read(&self.input_registers, address, out)
    }

    fn write_coils(
        &mut self,
        _: UnitId,
        address: u16,
        values: Bits<'_>,
    ) -> Result<(), ExceptionCode> {
        write(&mut self.coils, &self.read_only_coils, address, values.len(), values.iter())
    }

    fn write_registers(
        &mut self,
        _: UnitId,
        address: u16,
        values: Registers<'_>,
    ) -> Result<(), ExceptionCode> {
        let (map, locked) = (&mut self.holding_registers, &self.read_only_registers);
        write(map, locked, address, values.len(), values.iter())
    }

    fn exception_status(&mut self, _: UnitId) -> Result<u8, ExceptionCode> {
        self.exception_status.ok_or(ExceptionCode::ILLEGAL_FUNCTION)
    }

    fn server_id(&mut self, _: UnitId, out: &mut [u8]) -> Result<usize, ExceptionCode> {
        let id = self.server_id.as_ref().ok_or(ExceptionCode::ILLEGAL_FUNCTION)?;
        copy(id, out).ok_or(ExceptionCode::SERVER_DEVICE_FAILURE)
    }

    fn read_file(
        &mut self,
        _: UnitId,
        file: u16,
        record: u16,
        out: &mut [u16],
    ) -> Result<(), ExceptionCode> {
        let file = self.files.get(&file).ok_or(ExceptionCode::ILLEGAL_DATA_ADDRESS)?;
        read(file, record, out)
    }

    fn write_file(
        &mut self,
        _: UnitId,
        file: u16,
        record: u16,
        values: Registers<'_>,
    ) -> Result<(), ExceptionCode> {
        let file = self.files.get_mut(&file).ok_or(ExceptionCode::ILLEGAL_DATA_ADDRESS)?;
        write(file, &BTreeSet::new(), record, values.len(), values.iter())
    }

    fn read_fifo(
        &mut self,
        _: UnitId,
        address: u16,
        out: &mut [u16],
    ) -> Result<usize, ExceptionCode> {
        let queue = self.queues.get(&address).ok_or(ExceptionCode::ILLEGAL_DATA_ADDRESS)?;
        for (to, from) in out.iter_mut().zip(queue) {
            *to = *from;
        }
        Ok(queue.len())
    }

    fn identification(&mut self, _: UnitId, id: ObjectId, out: &mut [u8]) -> Option<usize> {
        copy(self.identification.get(&id)?, out)
    }
}

fn read<T: Copy>(map: &BTreeMap<u16, T>, address: u16, out: &mut [T]) -> Result<(), ExceptionCode> {
    // One walk along the map: the next entry must be the next address.
    let mut entries = map.range(address..);
    for (at, to) in (u32::from(address)..).zip(out) {
        match entries.next() {
            Some((found, value)) if u32::from(*found) == at => *to = *value,
            _ => return Err(ExceptionCode::ILLEGAL_DATA_ADDRESS),
        }
    }
    Ok(())
}

fn write<T: Copy>(
    map: &mut BTreeMap<u16, T>,
    read_only: &BTreeSet<u16>,
    address: u16,
    count: usize,
    values: impl Iterator<Item = T>,
) -> Result<(), ExceptionCode> {
    let last = u16::try_from(count.saturating_sub(1)).ok().and_then(|n| address.checked_add(n));
    let span = address..=last.ok_or(ExceptionCode::ILLEGAL_DATA_ADDRESS)?;
    if map.range(span.clone()).count() != count || read_only.range(span.clone()).next().is_some() {
        return Err(ExceptionCode::ILLEGAL_DATA_ADDRESS);
    }
    for ((_, to), value) in map.range_mut(span).zip(values) {
        *to = value;
    }
    Ok(())
}

/// Copies all of `octets` to the front of `out`, if they fit.
fn copy(octets: &[u8], out: &mut [u8]) -> Option<usize> {
    let room = out.get_mut(..octets.len())?;
    for (to, from) in room.iter_mut().zip(octets) {
        *to = *from;
    }
    Some(octets.len())
}
