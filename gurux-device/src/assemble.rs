//! Raw values to readings, where one property's value scales another's.

use std::collections::HashMap;

use gurux_media::Instant;
use gurux_value::Quality;

use crate::device::Device;
use crate::driver::Raw;
use crate::pipeline::Power;
use crate::reading::{Reading, Source};

/// Holds back the raw values whose scale factor is not yet known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Assembler {
    /// The scale factors that came, by item.
    powers: HashMap<usize, Power>,
    waiting: Vec<(usize, Raw, Source, Instant)>,
}

impl Assembler {
    /// The power by which an item is scaled, as far as it is known.
    pub(crate) fn power(&self, device: &Device, item: usize) -> Option<Power> {
        match device.scale_item(item) {
            None => Some(Power::None),
            Some(factor) => self.powers.get(&factor).copied(),
        }
    }

    /// Takes in what one reply held, and hands out what can be told now.
    pub(crate) fn take(
        &mut self,
        device: &Device,
        raws: Vec<(usize, Raw)>,
        source: Source,
        at: Instant,
    ) -> Vec<Reading> {
        for (item, raw) in &raws {
            if device.is_scale(*item) {
                let (measurement, _) = device.measure(*item, Power::None, raw);
                self.powers.insert(*item, Power::of(measurement.value.as_ref()));
            }
        }
        let fresh = raws.into_iter().map(|(item, raw)| (item, raw, source, at));
        let all: Vec<_> = self.waiting.drain(..).chain(fresh).collect();
        let mut ready = Vec::new();
        for (item, raw, source, at) in all {
            match self.power(device, item) {
                Some(power) => ready.push(device.reading(item, power, raw, source, at)),
                None => self.waiting.push((item, raw, source, at)),
            }
        }
        ready
    }

    /// The scale factor `item` cannot be read: what it scales has no value.
    pub(crate) fn fail(&mut self, item: usize) {
        self.powers.entry(item).or_insert(Power::Missing);
    }

    /// Nothing more will come: tells what still waits.
    pub(crate) fn finish(&mut self, device: &Device) -> Vec<Reading> {
        let rest = std::mem::take(&mut self.waiting).into_iter().map(|(item, raw, source, at)| {
            let raw = Raw { quality: raw.quality | Quality::INVALID, ..raw };
            device.reading(item, Power::Missing, raw, source, at)
        });
        rest.collect()
    }

    /// Forgets the factors that may have changed.
    pub(crate) fn forget(&mut self, device: &Device) {
        self.powers.retain(|item, power| device.is_static(*item) && *power != Power::Missing);
    }
}
