//! What the layers of a telegram tell, told of the capture that it lies in.

use std::ops::Range;

use gurux_framing::{Reader, Shown, Tree, Visit};
use gurux_mbus::wire::{Body, Link, Records, Telegram};

use super::super::Layer;
use super::super::meaning::Meanings;

/// What was opened, expanded or put together, octet by octet: it stands nowhere in the capture.
pub(super) fn layer(telegram: &Telegram<'_>, clear: &Telegram<'_>) -> Layer {
    let mut tree = Tree::new();
    let mut meanings = Meanings::default();
    let octets = if telegram.tpl.is_some() {
        clear.payload.to_vec()
    } else {
        // The transport layer was inside as well.
        let inner = Telegram { link: Link::Bare, ell: None, nwl: None, afl: None, ..*clear };
        let mut octets = vec![0; inner.wire_len()];
        let len = inner.emit_to_slice(&mut octets).unwrap_or_default();
        octets.truncate(len);
        octets
    };
    let mut visitor = meanings.of(*clear, &mut tree);
    match clear.body() {
        Body::Records(records) if telegram.tpl.is_some() => {
            Records::explain(records, 0, visitor);
        }
        _ if telegram.tpl.is_some() => {
            visitor.field(0..octets.len(), "payload", Shown::Octets(&octets));
        }
        _ => {
            let offset = octets.len().saturating_sub(clear.payload.len());
            let inside = Inside::new(&Telegram { payload_offset: offset, ..*clear }, visitor, 0);
            // It was read before.
            let _ = Telegram::read_user_data(&mut Reader::explaining(&octets, 0, inside));
        }
    }
    Layer { name: "in clear", octets, nodes: tree.finish(), meanings }
}

/// Tells of the records where the layers tell of a payload.
pub(super) struct Inside<'p, V> {
    visitor: V,
    records: Option<&'p [u8]>,
    origin: usize,
    payload_offset: usize,
}

impl<'p, V: Visit> Inside<'p, V> {
    /// Of a telegram as it stands there: what is still sealed has no records.
    pub(super) fn new(telegram: &Telegram<'p>, visitor: V, origin: usize) -> Self {
        let records = match telegram.body() {
            Body::Records(records) if telegram.sealed.is_none() => Some(records),
            _ => None,
        };
        Self { visitor, records, origin, payload_offset: telegram.payload_offset }
    }
}

impl<V: Visit> Visit for Inside<'_, V> {
    fn field(&mut self, at: Range<usize>, name: &'static str, value: Shown<'_>) {
        match self.records {
            Some(records) if name == "payload" => {
                let start = self.origin.saturating_add(self.payload_offset);
                self.visitor.enter_group(start, "records");
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
