//! What the layers of a telegram tell, told of the capture that it lies in.

use std::ops::Range;

use gurux_framing::{Shown, Visit};
use gurux_mbus::wire::{Body, Records, Telegram};

/// Tells of the records where the layers tell of a payload.
pub(super) struct Inside<'p, V> {
    visitor: V,
    records: Option<&'p [u8]>,
    /// Is what is told not what stands there?
    is_opened: bool,
    origin: usize,
    payload_offset: usize,
}

impl<'p, V: Visit> Inside<'p, V> {
    pub(super) fn new(
        telegram: &Telegram<'p>,
        opened: Option<Telegram<'p>>,
        visitor: V,
        origin: usize,
    ) -> Self {
        let is_opened = opened.is_some();
        let clear = opened.unwrap_or(*telegram);
        let records = match clear.body() {
            Body::Records(records) => Some(records),
            _ => None,
        };
        Self { visitor, records, is_opened, origin, payload_offset: clear.payload_offset }
    }
}

impl<V: Visit> Visit for Inside<'_, V> {
    fn field(&mut self, at: Range<usize>, name: &'static str, value: Shown<'_>) {
        match self.records {
            Some(records) if name == "payload" => {
                let start = self.origin.saturating_add(self.payload_offset);
                let name = if self.is_opened { "records, decrypted" } else { "records" };
                self.visitor.enter_group(start, name);
                Records::explain(records, start, &mut self.visitor);
                self.visitor.leave(at.end);
            }
            _ => self.visitor.field(at, name, value),
        }
    }
    fn structure(&mut self, at: Range<usize>, name: &'static str, value: Shown<'_>) {
        self.visitor.structure(at, name, value);
    }
    fn enter_group(&mut self, start: usize, name: &'static str) {
        self.visitor.enter_group(start, name);
    }
    fn enter_list(&mut self, start: usize, name: &'static str) {
        self.visitor.enter_list(start, name);
    }
    fn leave(&mut self, end: usize) {
        self.visitor.leave(end);
    }
}

/// Tells another visitor where octets of the telegram stand in the capture.
pub(super) struct Placed<V, F> {
    pub(super) visitor: V,
    pub(super) place: F,
}

impl<V: Visit, F: Fn(usize) -> usize> Placed<V, F> {
    /// The last octet is told by its own place, so that no check sum behind it is part of it.
    fn range(&self, at: &Range<usize>) -> Range<usize> {
        let end = if at.is_empty() { (self.place)(at.end) } else { (self.place)(at.end - 1) + 1 };
        (self.place)(at.start)..end
    }
}

impl<V: Visit, F: Fn(usize) -> usize> Visit for Placed<V, F> {
    fn field(&mut self, at: Range<usize>, name: &'static str, value: Shown<'_>) {
        self.visitor.field(self.range(&at), name, value);
    }
    fn structure(&mut self, at: Range<usize>, name: &'static str, value: Shown<'_>) {
        self.visitor.structure(self.range(&at), name, value);
    }
    fn enter_group(&mut self, start: usize, name: &'static str) {
        self.visitor.enter_group((self.place)(start), name);
    }
    fn enter_list(&mut self, start: usize, name: &'static str) {
        self.visitor.enter_list((self.place)(start), name);
    }
    fn leave(&mut self, end: usize) {
        self.visitor.leave((self.place)(end));
    }
}
