//! gurux-dlms: values, associations and protected messages.

use gurux_dlms::carrier::{
    Assembly, Cut, Gateway, Llc, MbusSegment, MbusTransport, Piece, Wrapper,
};
use gurux_dlms::push::{LAYOUTS, P1Telegram, PushValues};
use gurux_dlms::table::class::{ClassId, versions};
use gurux_dlms::table::obis::{lookup_medium, lookup_obis};
use gurux_dlms::value::plain_value;
use gurux_dlms::wire::{
    Aare, Aarq, Apdu, Ciphered, CompactArray, ConfirmedServiceError, ConformanceBlock, DataRef,
    EntryDescriptor, Event, Events, ExceptionResponse, GeneralCiphering, GeneralGloDed,
    GeneralHeader, GeneralSigning, GloDed, KeyInfo, List, MAX_DEPTH, RangeDescriptor, ReadResult,
    Rlre, Rlrq, Sequence, TypeDescription, Unread,
};
use gurux_framing::Wire;
use gurux_value::Obis;

use super::Reached;

pub(super) fn reach(reached: &mut Reached, octets: &[u8]) {
    reached.wire::<DataRef<'_>>(octets);
    reached.wire::<Apdu<'_>>(octets);
    reached.wire::<Apdu<'_, Unread<'_>>>(octets);
    reached.wire::<List<'_, ReadResult<'_>>>(octets);
    reached.wire::<EntryDescriptor>(octets);
    reached.wire::<RangeDescriptor<'_>>(octets);
    reached.wire::<ConformanceBlock>(octets);
    reached.wire::<ConfirmedServiceError>(octets);
    reached.wire::<ExceptionResponse>(octets);
    reached.wire::<CompactArray<'_>>(octets);
    reached.wire::<Wrapper<'_>>(octets);
    reached.wire::<Gateway<'_>>(octets);
    reached.wire::<MbusSegment<'_>>(octets);
    reached.wire::<MbusTransport<'_>>(octets);
    join(reached, octets);
    reached.wire::<Aarq<'_>>(octets);
    reached.wire::<Aare<'_>>(octets);
    reached.wire::<Rlrq<'_>>(octets);
    reached.wire::<Rlre<'_>>(octets);
    reached.wire::<Ciphered<'_>>(octets);
    reached.wire::<GloDed<'_>>(octets);
    reached.wire::<GeneralGloDed<'_>>(octets);
    reached.wire::<GeneralHeader<'_>>(octets);
    reached.wire::<KeyInfo<'_>>(octets);
    reached.wire::<GeneralCiphering<'_>>(octets);
    reached.wire::<GeneralSigning<'_>>(octets);
    model(reached, octets);
    push(reached, octets);
    for event in Events::new(octets) {
        if let Ok(Event::Value(value)) = event
            && let Some(plain) = plain_value(value)
        {
            let _ = core::hint::black_box(plain.kind());
            reached.message();
        }
    }
    let Some((count, rest)) = octets.split_first() else { return };
    if let Ok(sequence) = Sequence::new(usize::from(*count), rest) {
        walk(reached, DataRef::Structure(sequence), MAX_DEPTH);
    }
    let (description, contents) =
        rest.split_at_checked(usize::from(*count % 16)).unwrap_or_default();
    if let Ok(array) = TypeDescription::new(description)
        .and_then(|description| CompactArray::new(description, contents))
    {
        walk(reached, DataRef::CompactArray(array), MAX_DEPTH);
    }
}

/// What a pushed body says of each value, or the text of a port.
fn push(reached: &mut Reached, octets: &[u8]) {
    if let Ok(telegram) = P1Telegram::from_octets(octets) {
        for value in telegram.values() {
            let _ = core::hint::black_box(value);
            reached.message();
        }
    }
    let Ok(values) = PushValues::from_octets(octets, LAYOUTS) else { return };
    for value in values {
        let _ = core::hint::black_box(value.measurement());
        reached.message();
    }
}

/// The tables, asked for what the octets happen to name.
fn model(reached: &mut Reached, octets: &[u8]) {
    let [high, low, a, b, c, d, e, f, index, rest @ ..] = octets else { return };
    let value = DataRef::from_bytes(rest);
    for class in versions(ClassId::new(u16::from_be_bytes([high & 0x20, *low]))) {
        let found = class.attribute(i8::from_be_bytes([*index]));
        if let (Some(attribute), Ok(value)) = (found, &value)
            && attribute.data_type.fits(value)
        {
            reached.message();
        }
        let _ = core::hint::black_box((class.name(), class.method(i8::from_be_bytes([*index]))));
    }
    if let Some(name) = lookup_obis(Obis::new([*a, *b, *c, *d, *e, *f])) {
        let _ =
            core::hint::black_box((name.subject(), name.place(), name.processing(), name.rate()));
        reached.message();
    }
    let _ = core::hint::black_box(lookup_medium(*a));
}

/// Each value, and those in it.
fn walk(reached: &mut Reached, value: DataRef<'_>, depth: usize) {
    reached.message();
    let (Some(elements), Some(depth)) = (value.elements(), depth.checked_sub(1)) else { return };
    elements.iter().for_each(|element| walk(reached, element, depth));
}

/// Pieces in the order in which they were cut, and one of M-Bus that fits or does not.
fn join(reached: &mut Reached, octets: &[u8]) {
    let mut room = [0; 64];
    let mut assembly = Assembly::new(&mut room);
    for piece in Cut::new(Llc::strip(octets).1, 7, 0) {
        if assembly.push(piece).is_ok_and(|message| message.is_some()) {
            reached.message();
        }
    }
    if let Ok(segment) = MbusSegment::from_bytes(octets)
        && assembly.push(Piece::from(&segment)).is_ok()
    {
        reached.message();
    }
}
