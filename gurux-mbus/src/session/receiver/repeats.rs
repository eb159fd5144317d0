//! [`Repeats`]: which telegrams came just before.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use core::time::Duration;

use gurux_framing::{Sink, Wire};
use gurux_media::Instant;

use crate::wire::{CommunicationControl, Ell, Telegram, WirelessFrame};

/// The telegrams of the last moments, to know those that come again: by a repeater, or by a second
/// receiver.
#[derive(Clone, Debug, Default)]
pub(super) struct Repeats {
    seen: VecDeque<(Instant, Box<[u8]>)>,
}

/// So many telegrams are remembered; when more come within the window, repeated ones get through.
const MAX_SEEN: usize = 256;

/// What tells telegrams apart: all of them, but for what repeaters change.
fn essence(telegram: &Telegram<'_>) -> Box<[u8]> {
    // The configuration of mode 0 and 5 has hop count and repeated access in bits 1 and 0; the
    // network layer is all of repeaters.
    let mut octets = alloc::vec::Vec::with_capacity(WirelessFrame::MAX_USER_DATA);
    if let crate::wire::Link::Wireless { control, address } = telegram.link {
        octets.put_u8(control.0);
        address.emit_link_order(&mut octets);
    }
    if let Some(ell) = telegram.ell {
        let control = CommunicationControl(ell.control.as_sent().0);
        Ell { control, ..ell }.emit(&mut octets);
    }
    if let Some(afl) = telegram.afl {
        afl.emit(&mut octets);
    }
    if let Some(tpl) = telegram.tpl {
        let start = octets.len();
        tpl.emit(&mut octets);
        let config_at = tpl.wire_len().saturating_sub(tpl.config().wire_len());
        let is_repeatable = tpl.short().is_some() && matches!(tpl.config().mode().0, 0 | 5);
        if is_repeatable && let Some(low) = octets.get_mut(start.saturating_add(config_at)) {
            *low &= !0x03;
        }
    }
    octets.extend_from_slice(telegram.payload);
    octets.into_boxed_slice()
}

impl Repeats {
    /// Did the same come within `window` before? If not, it is remembered.
    pub(super) fn is_repeated(
        &mut self,
        now: Instant,
        window: Duration,
        telegram: &Telegram<'_>,
    ) -> bool {
        while let Some((at, _)) = self.seen.front()
            && now.since(*at) > window
        {
            self.seen.pop_front();
        }
        let essence = essence(telegram);
        if self.seen.iter().any(|(_, seen)| *seen == essence) {
            return true;
        }
        if self.seen.len() >= MAX_SEEN {
            self.seen.pop_front();
        }
        self.seen.push_back((now, essence));
        false
    }
}
