//! gurux-mbus: telegrams of both ways, layer by layer, and what they carry.

use gurux_mbus::wire::{
    Afl, Config, Ell, Identification, LinkFrame, Manufacturer, MeterAddress, Nwl, Session,
    ShortHeader, Tpl, WirelessFrame,
};

use super::Reached;

/// Octets of a telegram, at most; all that come are looked at in such pieces.
const TELEGRAM_LEN: usize = 256;

pub(super) fn reach(reached: &mut Reached, octets: &[u8]) {
    for telegram in octets.chunks(TELEGRAM_LEN).chain([octets]) {
        layers(reached, telegram);
    }
    reached.text::<MeterAddress>(octets);
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
}
