//! gurux-modbus: messages of both directions.

use gurux_framing::Wire;
use gurux_framing::ascii::{LF, MAX_LEN};
use gurux_modbus::wire::{
    BitSpan, Bits, DeviceIdentification, Diagnostics, EventCounter, EventLog, FifoQueue, FileData,
    FileRecord, FileReference, Groups, MAX_PDU_LEN, MaskWrite, Object, Objects,
    ReadDeviceIdentification, ReadWriteRegisters, RegisterSpan, Registers, Request, Response,
    ServerId, Span, WriteCoil, WriteCoils, WriteRegister, WriteRegisters, Written, ascii,
    exception_for, rtu, tcp,
};

use super::Reached;

pub(super) fn reach(reached: &mut Reached, octets: &[u8]) {
    for pdu in octets.chunks(MAX_PDU_LEN).chain([octets]) {
        messages(reached, pdu);
    }
}

/// Each message, and each part of one, as if it stood alone.
fn messages(reached: &mut Reached, octets: &[u8]) {
    reached.wire::<Request<'_>>(octets);
    reached.wire::<Response<'_>>(octets);
    reached.wire::<Span<7>>(octets);
    reached.wire::<BitSpan>(octets);
    reached.wire::<RegisterSpan>(octets);
    reached.wire::<WriteCoil>(octets);
    reached.wire::<WriteRegister>(octets);
    reached.wire::<WriteCoils<'_>>(octets);
    reached.wire::<WriteRegisters<'_>>(octets);
    reached.wire::<Written>(octets);
    reached.wire::<MaskWrite>(octets);
    reached.wire::<ReadWriteRegisters<'_>>(octets);
    reached.wire::<Diagnostics<'_>>(octets);
    reached.wire::<EventCounter>(octets);
    reached.wire::<EventLog<'_>>(octets);
    reached.wire::<ServerId<'_>>(octets);
    reached.wire::<FileReference>(octets);
    reached.wire::<FileRecord<'_>>(octets);
    reached.wire::<FileData<'_>>(octets);
    reached.wire::<Groups<'_, FileReference>>(octets);
    reached.wire::<Groups<'_, FileRecord<'_>>>(octets);
    reached.wire::<Groups<'_, FileData<'_>>>(octets);
    reached.wire::<FifoQueue<'_>>(octets);
    reached.wire::<ReadDeviceIdentification>(octets);
    reached.wire::<DeviceIdentification<'_>>(octets);
    reached.wire::<Object<'_>>(octets);
    reached.wire::<Objects<'_>>(octets);
    adus(reached, octets);
    let request = Request::from_bytes(octets);
    if let Err(error) = &request {
        reached.emitted = reached.emitted.wrapping_add(usize::from(exception_for(error).code()));
    }
    if let (Ok(request), Ok(response)) = (request, Response::from_bytes(octets))
        && response.answers(&request)
    {
        reached.message();
    }
    contents(reached, octets);
}

/// Whole frames of each kind.
fn adus(reached: &mut Reached, octets: &[u8]) {
    reached.wire::<rtu::Adu<Request<'_>>>(octets);
    reached.wire::<rtu::Adu<Response<'_>>>(octets);
    reached.wire::<tcp::Adu<Request<'_>>>(octets);
    reached.wire::<tcp::Adu<Response<'_>>>(octets);
    let mut room = [0; ascii::OCTETS_LEN];
    if let Ok(adu) = ascii::Adu::<Request<'_>>::from_text(octets, &mut room) {
        let mut out = [0; MAX_LEN];
        if let Ok(len) = adu.emit_text(LF, &mut out) {
            reached.emitted(&out, len);
        }
    }
    let mut room = [0; ascii::OCTETS_LEN];
    if ascii::Adu::<Response<'_>>::explain_text(octets, &mut room, &mut *reached).is_ok() {
        reached.message();
    }
    if tcp::Adu::<Response<'_>>::from_short_bytes(octets).is_ok()
        || rtu::Adu::<Response<'_>>::from_bare_bytes(octets).is_ok()
    {
        reached.message();
    }
}

/// What lies inside a message, item by item.
fn contents(reached: &mut Reached, octets: &[u8]) {
    if let Ok(log) = EventLog::from_bytes(octets) {
        reached.emitted =
            reached.emitted.wrapping_add(log.events().map(|event| event.kind() as usize).sum());
    }
    if let Ok(registers) = Registers::from_octets(octets) {
        reached.frames = reached.frames.wrapping_add(registers.iter().map(usize::from).sum());
    }
    if let Ok(bits) = Bits::from_octets(octets, octets.len()) {
        reached.frames = reached.frames.wrapping_add(bits.iter().filter(|bit| *bit).count());
    }
}
