//! gurux-mbus: telegrams of both ways, layer by layer, and what they carry.

use gurux_framing::Reader;
use gurux_mbus::wire::{
    Afl, Command, Config, DataRecord, Dib, Ell, Identification, LinkFrame, Manufacturer,
    MeterAddress, Nwl, Selection, Session, ShortHeader, Telegram, Tpl, Vib, WirelessFrame,
};

use super::{MESSAGE_LEN, Reached};

/// Octets of a telegram, at most; all that come are looked at in such pieces.
const TELEGRAM_LEN: usize = 256;

pub(super) fn reach(reached: &mut Reached, octets: &[u8]) {
    for telegram in octets.chunks(TELEGRAM_LEN).chain([octets]) {
        layers(reached, telegram);
        whole(reached, telegram);
    }
    reached.text::<MeterAddress>(octets);
    reached.text::<Selection>(octets);
    reached.text::<Manufacturer>(octets);
    reached.text::<Identification>(octets);
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
    reached.wire::<Dib>(octets);
    reached.wire::<Vib<'_>>(octets);
    reached.wire::<DataRecord<'_>>(octets);
}

/// All layers, one behind the other, and what they carry.
fn whole(reached: &mut Reached, octets: &[u8]) {
    let mut out = [0; MESSAGE_LEN];
    let reads = [Telegram::from_wired, Telegram::from_wireless, Telegram::from_user_data];
    for telegram in reads.into_iter().filter_map(|read| read(octets).ok()) {
        reached.message();
        if let Ok(len) = telegram.emit_to_slice(&mut out) {
            reached.emitted(&out, len);
        }
        if let Ok(opened) = telegram.reopen(telegram.payload)
            && opened.body() != telegram.body()
        {
            reached.message();
        }
        for address in telegram.addresses().chain(telegram.meter()) {
            reached.emitted = reached.emitted.wrapping_add(address.medium().map_or(0, str::len));
            reached.emitted =
                reached.emitted.wrapping_add(address.manufacturer.name().map_or(0, str::len));
        }
    }
    let _ = Telegram::read_wired(&mut Reader::explaining(octets, 0, &mut *reached));
    let _ = Telegram::read_wireless(&mut Reader::explaining(octets, 0, &mut *reached));
    let _ = Telegram::read_user_data(&mut Reader::explaining(octets, 0, &mut *reached));
}
