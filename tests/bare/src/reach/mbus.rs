//! gurux-mbus: telegrams of both ways, layer by layer, and what they carry.
//!
//! Security is reached with a cipher that only pretends: what is ours links no panicking code. The
//! `Software` of feature `crypto` is left out, as the ciphers behind it are other people's.

use gurux_framing::{SliceSink, Wire};
use gurux_mbus::security::{Assembly, Cipher, CipherError, Known, Piece, SEAL_ROOM, open, seal};
use gurux_mbus::table::{
    VifTable, find_vif, lookup_ci, lookup_combinable, lookup_combinable_extension,
    lookup_device_type, lookup_fixed_unit, lookup_manufacturer, lookup_security_mode, lookup_vif,
};
use gurux_mbus::wire::{
    Afl, Body, BuildValue, CiField, Command, CompactFrame, Config, DataRecord, DeviceType, Dib,
    Ell, FixedData, FormatFrame, FormatSignature, Identification, LinkFrame, Manufacturer,
    MeterAddress, Nwl, RecordBuilder, RecordItem, Records, SecurityMode, Selection, Session,
    ShortHeader, Telegram, Tpl, Vib, WirelessFrame, headers,
};
use gurux_value::Measurement;

use super::{MESSAGE_LEN, Reached};

/// Octets of a telegram, at most; all that come are looked at in such pieces.
const TELEGRAM_LEN: usize = 256;

pub(super) fn reach(reached: &mut Reached, octets: &[u8]) {
    for telegram in octets.chunks(TELEGRAM_LEN).chain([octets]) {
        layers(reached, telegram);
        records(reached, telegram);
        telegrams(reached, telegram);
    }
    reached.text::<MeterAddress>(octets);
    reached.text::<Manufacturer>(octets);
    reached.text::<Identification>(octets);
    for octet in octets.iter().take(TELEGRAM_LEN) {
        tables(reached, *octet);
    }
}

/// Each layer, as if it stood alone.
fn layers(reached: &mut Reached, octets: &[u8]) {
    reached.wire::<LinkFrame<'_>>(octets);
    reached.wire::<WirelessFrame<'_>>(octets);
    reached.wire::<MeterAddress>(octets);
    reached.wire::<Session>(octets);
    reached.wire::<Ell>(octets);
    reached.wire::<Nwl<'_>>(octets);
    reached.wire::<Afl<'_>>(octets);
    reached.wire::<Config>(octets);
    reached.wire::<ShortHeader>(octets);
    reached.wire::<Tpl>(octets);
    reached.wire::<Command<'_>>(octets);
    reached.wire::<Selection>(octets);
}

/// Records in all forms, and what they say.
fn records(reached: &mut Reached, octets: &[u8]) {
    reached.wire::<Dib>(octets);
    reached.wire::<Vib<'_>>(octets);
    reached.wire::<DataRecord<'_>>(octets);
    reached.wire::<CompactFrame<'_>>(octets);
    reached.wire::<FormatFrame<'_>>(octets);
    reached.wire::<FixedData>(octets);
    Records::explain(octets, 0, &mut *reached);
    let mut out = [0; MESSAGE_LEN];
    let mut sink = SliceSink::new(&mut out);
    for item in Records::new(octets) {
        item.emit(&mut sink);
        if let RecordItem::Record(record) = item {
            said(reached, &record.measurement());
        }
    }
    let written = sink.written();
    reached.emitted(&out, written);
    if let Ok(fixed) = FixedData::from_bytes(octets) {
        fixed.measurements().iter().for_each(|measurement| said(reached, measurement));
    }
    let signature = FormatSignature::of_records(octets);
    if let Ok(compact) = CompactFrame::from_bytes(octets) {
        for format in headers(octets) {
            if compact.expand(format, &mut out).is_ok() || compact.signature() == signature {
                reached.message();
            }
        }
    }
}

/// A measurement is looked at, and made a record again.
fn said(reached: &mut Reached, measurement: &Measurement<'_>) {
    let _ = core::hint::black_box(measurement);
    reached.message();
    let Some(number) = measurement.value.as_ref().and_then(|value| value.as_decimal()) else {
        return;
    };
    let value = BuildValue::Integer(number.mantissa() as i64);
    let Ok(builder) = RecordBuilder::with_codes(&[0x13], value) else { return };
    let mut out = [0; 64];
    let mut sink = SliceSink::new(&mut out);
    builder.with_function(measurement.function).emit(&mut sink);
    let written = sink.written();
    reached.emitted(&out, written);
}

/// Whole telegrams: opened, read, written, sealed.
fn telegrams(reached: &mut Reached, octets: &[u8]) {
    let read = [
        Telegram::from_wired(octets),
        Telegram::from_wireless(octets),
        Telegram::from_user_data(octets),
    ];
    let mut assembly = Assembly::new([0; MESSAGE_LEN]);
    for telegram in read.into_iter().flatten() {
        reached.message();
        let mut room = [0; MESSAGE_LEN];
        if let Ok(opened) = open(&telegram, [&Pretended], &mut room)
            && opened.verdict.is_good()
            && let Body::Records(payload) = opened.telegram.body()
        {
            reached.emitted = reached.emitted.saturating_add(payload.len());
        }
        let mut out = [0; MESSAGE_LEN];
        if let Ok(len) = telegram.emit_to_slice(&mut out) {
            reached.emitted(&out, len);
        }
        let mut room = [0; MESSAGE_LEN];
        const { assert!(SEAL_ROOM < MESSAGE_LEN) };
        if let Ok(sealed) = seal(&telegram, Known::default(), &Pretended, &mut room) {
            reached.emitted = reached.emitted.saturating_add(sealed.payload.len());
        }
        if assembly.push(&telegram) == Piece::Last {
            if assembly.message(&telegram).is_ok() {
                reached.message();
            }
        }
    }
}

/// Every look-up of an octet.
fn tables(reached: &mut Reached, octet: u8) {
    let tables = [VifTable::Primary, VifTable::Fb, VifTable::Fd, VifTable::FdFd, VifTable::Ef];
    for table in tables {
        let row = lookup_vif(table, octet);
        if find_vif(row.quantity, row.unit, row.exponent_of(octet).into()).is_some() {
            reached.message();
        }
    }
    let _ = core::hint::black_box((
        lookup_ci(CiField::new(octet)),
        lookup_combinable(octet),
        lookup_combinable_extension(octet),
        lookup_fixed_unit(octet),
    ));
    let _ = core::hint::black_box((
        lookup_manufacturer(Manufacturer(u16::from(octet).wrapping_mul(257))),
        lookup_security_mode(SecurityMode(octet)),
        DeviceType::new(octet).name(),
        lookup_device_type(Manufacturer(u16::from(octet)), DeviceType::new(octet)),
    ));
}

/// A cipher that turns each octet over.
struct Pretended;

impl Pretended {
    fn turn(octets: &mut [u8]) -> Result<(), CipherError> {
        octets.iter_mut().for_each(|octet| *octet = !*octet);
        Ok(())
    }
}

impl Cipher for Pretended {
    fn encrypt_cbc(&self, _: &[u8; 16], octets: &mut [u8]) -> Result<(), CipherError> {
        Self::turn(octets)
    }

    fn decrypt_cbc(&self, _: &[u8; 16], octets: &mut [u8]) -> Result<(), CipherError> {
        Self::turn(octets)
    }

    fn apply_ctr(&self, _: &[u8; 16], octets: &mut [u8]) -> Result<(), CipherError> {
        Self::turn(octets)
    }

    fn cmac(&self, parts: &[&[u8]]) -> Result<[u8; 16], CipherError> {
        let octets = parts.iter().flat_map(|part| part.iter());
        Ok([octets.fold(0, |sum, octet| sum ^ octet); 16])
    }

    fn derive(&self, _: &[u8; 16]) -> Result<Self, CipherError> {
        Ok(Self)
    }
}
