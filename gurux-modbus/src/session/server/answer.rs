//! From a request to the response of a model: range checks and exceptions by rule.

use alloc::vec::Vec;

use gurux_framing::Wire;

use super::Model;
use crate::wire::{
    BitSpan, Bits, Conformity, Custom, DeviceIdentification, Encapsulated, ExceptionCode,
    FifoQueue, FileData, FileReference, Groups, MAX_PDU_LEN, Object, ObjectId, Objects,
    ReadDeviceIdCode, ReadDeviceIdentification, RegisterSpan, Registers, Request, Response,
    ServerId, UnitId, Written,
};

/// A file has records 0 to 9999 (V1.1b3, 6.14).
const RECORDS: usize = 10_000;

/// The most groups that a file request holds: seven octets each.
const MAX_GROUPS: usize = 35;

/// Carries out a request and writes the response into `out`; how many octets it has.
///
/// Diagnostics, the event counter and the event log are the server's own and refused here.
pub(super) fn answer<M: Model + ?Sized>(
    model: &mut M,
    unit: UnitId,
    request: &Request<'_>,
    out: &mut [u8; MAX_PDU_LEN],
) -> Result<usize, ExceptionCode> {
    let mut words = [0; RegisterSpan::MAX as usize];
    let mut octets = [0; MAX_PDU_LEN];
    let response = match *request {
        Request::ReadCoils(span) | Request::ReadDiscreteInputs(span) => {
            return read_bits(model, unit, request, span, out);
        }
        Request::ReadHoldingRegisters(span) => {
            let out = room(&mut words, span.address(), span.count())?;
            model.read_holding_registers(unit, span.address(), out)?;
            Response::ReadHoldingRegisters(registers(out)?)
        }
        Request::ReadInputRegisters(span) => {
            let out = room(&mut words, span.address(), span.count())?;
            model.read_input_registers(unit, span.address(), out)?;
            Response::ReadInputRegisters(registers(out)?)
        }
        Request::WriteSingleCoil(write) => {
            let values = [write.value];
            let values = Bits::new(&values).map_err(|_| ExceptionCode::SERVER_DEVICE_FAILURE)?;
            model.write_coils(unit, write.address, values)?;
            Response::WriteSingleCoil(write)
        }
        Request::WriteSingleRegister(write) => {
            model.write_registers(unit, write.address, registers(&[write.value])?)?;
            Response::WriteSingleRegister(write)
        }
        Request::ReadExceptionStatus => {
            Response::ReadExceptionStatus { status: model.exception_status(unit)? }
        }
        Request::WriteMultipleCoils(write) => {
            let (address, count) = (write.address(), write.count());
            check_span(address, count)?;
            model.write_coils(unit, address, write.bits())?;
            Response::WriteMultipleCoils(Written { address, count })
        }
        Request::WriteMultipleRegisters(write) => {
            let (address, count) = (write.address(), write.count());
            check_span(address, count)?;
            model.write_registers(unit, address, write.registers())?;
            Response::WriteMultipleRegisters(Written { address, count })
        }
        Request::ReportServerId => {
            let room = octets.get_mut(..ServerId::MAX_LEN).unwrap_or_default();
            let len = model.server_id(unit, room)?;
            Response::ReportServerId(or_failure(ServerId::new(taken(&octets, len)?))?)
        }
        Request::ReadFileRecord(groups) => return read_files(model, unit, groups, out),
        Request::WriteFileRecord(groups) => {
            for group in groups.iter() {
                check_records(group.file, group.record, group.registers.len())?;
            }
            for group in groups.iter() {
                model.write_file(unit, group.file, group.record, group.registers)?;
            }
            Response::WriteFileRecord(groups)
        }
        Request::MaskWriteRegister(write) => {
            let mut register = [0];
            model.read_holding_registers(unit, write.address, &mut register)?;
            let changed = register.map(|register| write.apply(register));
            model.write_registers(unit, write.address, registers(&changed)?)?;
            Response::MaskWriteRegister(write)
        }
        Request::ReadWriteMultipleRegisters(both) => {
            let (span, write) = (both.read_span(), both.registers());
            let out = room(&mut words, span.address(), span.count())?;
            check_span(both.write_address(), both.write_count())?;
            // Both spans must be there before anything is written (V1.1b3, 6.17, figure).
            model.read_holding_registers(unit, span.address(), out)?;
            model.write_registers(unit, both.write_address(), write)?;
            model.read_holding_registers(unit, span.address(), out)?;
            Response::ReadWriteMultipleRegisters(registers(out)?)
        }
        Request::ReadFifoQueue { address } => {
            let room = words.get_mut(..usize::from(FifoQueue::MAX)).unwrap_or_default();
            let count = model.read_fifo(unit, address, room)?;
            let queue = room.get(..count).ok_or(ExceptionCode::ILLEGAL_DATA_VALUE)?;
            Response::ReadFifoQueue(or_failure(FifoQueue::new(registers(queue)?))?)
        }
        Request::ReadDeviceIdentification(asked) => return identify(model, unit, asked, out),
        Request::Encapsulated(asked) => {
            let room = octets.get_mut(..Encapsulated::MAX_DATA_LEN).unwrap_or_default();
            let len = model.encapsulated(unit, asked, room)?;
            let data = taken(&octets, len)?;
            Response::Encapsulated(or_failure(Encapsulated::new(asked.mei_type(), data))?)
        }
        Request::Custom(asked) => {
            let room = octets.get_mut(..Custom::MAX_DATA_LEN).unwrap_or_default();
            let len = model.custom(unit, asked, room)?;
            let data = taken(&octets, len)?;
            Response::Custom(or_failure(Custom::new(asked.function(), data))?)
        }
        _ => return Err(ExceptionCode::ILLEGAL_FUNCTION),
    };
    emit(&response, out)
}

/// Writes a response; one that does not fit is the model's fault.
pub(super) fn emit(response: &Response<'_>, out: &mut [u8]) -> Result<usize, ExceptionCode> {
    or_failure(response.emit_to_slice(out))
}

fn read_bits<M: Model + ?Sized>(
    model: &mut M,
    unit: UnitId,
    request: &Request<'_>,
    span: BitSpan,
    out: &mut [u8; MAX_PDU_LEN],
) -> Result<usize, ExceptionCode> {
    let mut flags = [false; BitSpan::MAX as usize];
    let flags = room(&mut flags, span.address(), span.count())?;
    let is_coils = matches!(request, Request::ReadCoils(_));
    if is_coils {
        model.read_coils(unit, span.address(), flags)?;
    } else {
        model.read_discrete_inputs(unit, span.address(), flags)?;
    }
    let bits = or_failure(Bits::new(flags))?;
    let response =
        if is_coils { Response::ReadCoils(bits) } else { Response::ReadDiscreteInputs(bits) };
    emit(&response, out)
}

fn read_files<M: Model + ?Sized>(
    model: &mut M,
    unit: UnitId,
    groups: Groups<'_, FileReference>,
    out: &mut [u8; MAX_PDU_LEN],
) -> Result<usize, ExceptionCode> {
    for group in groups.iter() {
        check_records(group.file, group.record, group.length.into())?;
    }
    let mut words = [0; MAX_PDU_LEN / 2];
    let mut rest = &mut words[..];
    let mut found = [FileData { registers: Registers::EMPTY }; MAX_GROUPS];
    let mut count = 0_usize;
    for (data, group) in found.iter_mut().zip(groups.iter()) {
        // More than fits into a response.
        let (room, after) = core::mem::take(&mut rest)
            .split_at_mut_checked(group.length.into())
            .ok_or(ExceptionCode::ILLEGAL_DATA_VALUE)?;
        rest = after;
        model.read_file(unit, group.file, group.record, room)?;
        data.registers = registers(room)?;
        count = count.saturating_add(1);
    }
    let found = found.get(..count).unwrap_or_default();
    let found = Groups::new(found).map_err(|_| ExceptionCode::ILLEGAL_DATA_VALUE)?;
    emit(&Response::ReadFileRecord(found), out)
}

/// The objects of a level are those up to an id (V1.1b3, 6.21).
fn last_of(code: ReadDeviceIdCode) -> ObjectId {
    match code {
        ReadDeviceIdCode::BASIC => ObjectId::MAJOR_MINOR_REVISION,
        ReadDeviceIdCode::REGULAR => ObjectId::new(0x7F),
        _ => ObjectId::new(0xFF),
    }
}

fn identify<M: Model + ?Sized>(
    model: &mut M,
    unit: UnitId,
    asked: ReadDeviceIdentification,
    out: &mut [u8; MAX_PDU_LEN],
) -> Result<usize, ExceptionCode> {
    let mut value = [0; Object::MAX_VALUE_LEN];
    let mut has = |model: &mut M, ids: core::ops::RangeInclusive<u8>| {
        ids.into_iter()
            .any(|id| model.identification(unit, ObjectId::new(id), &mut value).is_some())
    };
    let conformity = if has(model, 0x80..=0xFF) {
        Conformity::EXTENDED
    } else if has(model, 0x03..=0x7F) {
        Conformity::REGULAR
    } else if has(model, 0x00..=0x02) {
        Conformity::BASIC
    } else {
        return Err(ExceptionCode::ILLEGAL_FUNCTION);
    };
    let first = asked.object_id().code();
    let is_there = has(model, first..=first);
    let ids = if asked.read_code() == ReadDeviceIdCode::SPECIFIC {
        if !is_there {
            return Err(ExceptionCode::ILLEGAL_DATA_ADDRESS);
        }
        first..=first
    } else {
        // An object that is not there means the beginning (V1.1b3, 6.21).
        (if is_there { first } else { 0 })..=last_of(asked.read_code()).code()
    };

    let mut room = [0; Objects::MAX_LEN];
    let mut rest = &mut room[..];
    let mut objects = Vec::new();
    let mut left = Objects::MAX_LEN;
    let mut next = None;
    for id in ids.map(ObjectId::new) {
        let Some(len) = model.identification(unit, id, &mut value) else { continue };
        let Some(value) = value.get(..len) else {
            return Err(ExceptionCode::SERVER_DEVICE_FAILURE);
        };
        let Some(after) = left.checked_sub(len.saturating_add(2)) else {
            next = Some(id);
            break;
        };
        left = after;
        let (copy, after) = core::mem::take(&mut rest)
            .split_at_mut_checked(len)
            .ok_or(ExceptionCode::SERVER_DEVICE_FAILURE)?;
        rest = after;
        copy.copy_from_slice(value);
        objects.push(or_failure(Object::new(id, copy))?);
    }
    let objects = or_failure(Objects::new(&objects))?;
    let found = DeviceIdentification::new(asked.read_code(), conformity, next, objects);
    emit(&Response::ReadDeviceIdentification(found), out)
}

/// Does a span end at address 65535 at the latest?
fn check_span(address: u16, count: u16) -> Result<(), ExceptionCode> {
    match address.checked_add(count.saturating_sub(1)) {
        Some(_) => Ok(()),
        None => Err(ExceptionCode::ILLEGAL_DATA_ADDRESS),
    }
}

fn check_records(file: u16, record: u16, count: usize) -> Result<(), ExceptionCode> {
    if file == 0 || usize::from(record).saturating_add(count) > RECORDS {
        return Err(ExceptionCode::ILLEGAL_DATA_ADDRESS);
    }
    Ok(())
}

/// Room for the items of a span, which must end at address 65535 at the latest.
fn room<T>(items: &mut [T], address: u16, count: u16) -> Result<&mut [T], ExceptionCode> {
    check_span(address, count)?;
    items.get_mut(..count.into()).ok_or(ExceptionCode::SERVER_DEVICE_FAILURE)
}

fn registers(words: &[u16]) -> Result<Registers<'_>, ExceptionCode> {
    or_failure(Registers::new(words))
}

fn taken(octets: &[u8], len: usize) -> Result<&[u8], ExceptionCode> {
    octets.get(..len).ok_or(ExceptionCode::SERVER_DEVICE_FAILURE)
}

/// What only a faulty model can bring about is a failure of the device.
fn or_failure<T, E>(result: Result<T, E>) -> Result<T, ExceptionCode> {
    result.map_err(|_| ExceptionCode::SERVER_DEVICE_FAILURE)
}
