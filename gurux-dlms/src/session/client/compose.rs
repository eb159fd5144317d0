//! From an order to the message that goes out: whole, item by item, or in blocks.

use gurux_framing::{Reader, Sink};

use super::event::Failure;
use super::order::{Kind, Order, Way};
use super::{Awaits, Client};
use crate::security::{CounterStore, Provider};
use crate::session::Referencing;
use crate::session::link::{Answer, Store, StoreSink};
use crate::wire::{
    ApduTag, AttributeWithSelection, Conformance, DataRef, InvokeId, LongInvokeId,
    MethodDescriptor, length,
};

/// Octets around a piece in a block of a service.
const BLOCK_LEN: usize = 12;

impl<S: Store, P: Provider, C: CounterStore> Client<S, P, C> {
    /// Sends the order, or the next part of it.
    pub(super) fn ask(&mut self) -> Result<(), Failure> {
        let Some(mut order) = self.order else { return Ok(()) };
        if self.config.referencing == Referencing::ShortNames {
            if self.names.is_empty() {
                return self.ask_names();
            }
        } else {
            self.require(match order.kind {
                Kind::Set => (Conformance::SET, "SET"),
                Kind::Act => (Conformance::ACTION, "ACTION"),
                Kind::Access => (Conformance::ACCESS, "ACCESS"),
                _ => (Conformance::GET, "GET"),
            })?;
        }
        if order.way == Way::Undecided {
            let is_split = order.items > 1
                && order.kind != Kind::Access
                && !self.grants(Conformance::MULTIPLE_REFERENCES);
            order.way =
                if is_split { Way::Single { index: 0, head: 0, value: 0 } } else { Way::Whole };
        }
        self.next_invoke = self.next_invoke.wrapping_add(1);
        order.invoke = match order.kind {
            Kind::Access => self.next_invoke & 0x00FF_FFFF,
            _ => self.next_invoke & 0x0F,
        };
        order.is_asked = true;
        self.order = Some(order);
        self.block = 0;
        self.compose(&order)?;
        if self.is_too_long() && !self.grants(Conformance::GENERAL_BLOCK_TRANSFER) {
            return self.ask_in_parts(order);
        }
        self.awaits = Awaits::Answer;
        self.dispatch()
    }

    /// The message is longer than the meter takes.
    fn ask_in_parts(&mut self, mut order: Order) -> Result<(), Failure> {
        let blocks = match order.kind {
            Kind::Set => Conformance::BLOCK_TRANSFER_WITH_SET_OR_WRITE,
            // With short names a method is read; one whose parameter is long is written.
            Kind::Act if self.config.referencing == Referencing::ShortNames && order.items == 1 => {
                Conformance::BLOCK_TRANSFER_WITH_SET_OR_WRITE
            }
            Kind::Act if self.config.referencing == Referencing::ShortNames => Conformance::NONE,
            Kind::Act => Conformance::BLOCK_TRANSFER_WITH_ACTION,
            _ => Conformance::NONE,
        };
        let octets = self.stores.clear.octets().len();
        if blocks != Conformance::NONE && self.grants(blocks) {
            order.way = Way::Blocks { number: 0, sent: 0, is_last: false };
            if self.config.referencing == Referencing::ShortNames {
                // The whole of it is what is cut.
                self.compose_short(&order)?;
                self.stores.joined.clear();
                if !self.stores.joined.append(self.stores.clear.octets().get(1..).unwrap_or(&[])) {
                    return Err(Failure::TooLong { octets });
                }
            }
            self.order = Some(order);
            self.awaits = Awaits::Answer;
            return self.next_block_out();
        }
        if order.items > 1 && order.way == Way::Whole && order.kind != Kind::Access {
            order.way = Way::Single { index: 0, head: 0, value: 0 };
            self.order = Some(order);
            return self.ask();
        }
        Err(Failure::TooLong { octets })
    }

    pub(super) fn grants(&self, services: Conformance) -> bool {
        self.agreed.is_some_and(|agreed| agreed.grants(services))
    }

    fn require(&self, (service, name): (Conformance, &'static str)) -> Result<(), Failure> {
        if self.grants(service) { Ok(()) } else { Err(Failure::NotGranted(name)) }
    }

    /// Does what goes out now go protected?
    pub(super) fn protects(&self) -> bool {
        self.guard.is_protecting() && self.borrowed_from.is_none()
    }

    fn seal_len(&self) -> usize {
        if self.protects() { self.guard.overhead() } else { 0 }
    }

    fn max_send(&self) -> usize {
        self.agreed.and_then(|agreed| agreed.max_send).map_or(usize::MAX, usize::from)
    }

    fn is_too_long(&self) -> bool {
        let len = self.stores.clear.octets().len();
        // Next to the limit the sealed length is known only when it is sealed; blocks are as good.
        len.saturating_add(self.seal_len()) > self.max_send()
    }

    /// Writes the message of the order as its way says.
    pub(super) fn compose(&mut self, order: &Order) -> Result<(), Failure> {
        if self.config.referencing == Referencing::ShortNames {
            return self.compose_short(order);
        }
        let super::Stores { request, clear, .. } = &mut self.stores;
        let (heads, values) =
            request.octets().split_at_checked(order.heads_len).unwrap_or_default();
        clear.clear();
        let mut sink = StoreSink::new(clear);
        if order.kind == Kind::Access {
            sink.put_u8(ApduTag::ACCESS_REQUEST.code());
            let id = LongInvokeId::new(order.invoke);
            let id = if self.config.has_high_priority { id.with_high_priority() } else { id };
            sink.put_u32(id.0);
            sink.put_u8(0);
            sink.put(heads);
            sink.put(values);
            return whole(&sink, heads.len().saturating_add(values.len()));
        }
        let id = InvokeId::new(order.invoke as u8);
        let id = if self.config.has_high_priority { id.with_high_priority() } else { id };
        let (tag, single, list) = match order.kind {
            Kind::Set => (ApduTag::SET_REQUEST, 1, 4),
            Kind::Act => (ApduTag::ACTION_REQUEST, 1, 3),
            _ => (ApduTag::GET_REQUEST, 1, 3),
        };
        let (head, value, is_list) = match order.way {
            Way::Single { head, value, .. } => {
                let (head, value) = item(order, heads, values, head, value)?;
                (head, value, false)
            }
            _ => (heads, values, order.is_list()),
        };
        sink.put_array([tag.code(), if is_list { list } else { single }, id.0]);
        sink.put(head);
        match order.kind {
            Kind::Act if !is_list => {
                let has_value = if order.is_list() { value != [0] } else { order.has_value };
                sink.put_u8(has_value.into());
                if has_value {
                    sink.put(value);
                }
            }
            Kind::Get => {}
            _ => sink.put(value),
        }
        whole(&sink, head.len().saturating_add(value.len()))
    }

    /// Sends the next block of the values.
    pub(super) fn next_block_out(&mut self) -> Result<(), Failure> {
        let Some(mut order) = self.order else { return Ok(()) };
        let Way::Blocks { number, sent, is_last: false } = order.way else { return Ok(()) };
        let (max, seal_len) = (self.max_send(), self.seal_len());
        let is_short = self.config.referencing == Referencing::ShortNames;
        let super::Stores { request, clear, joined, .. } = &mut self.stores;
        let (heads, values) =
            request.octets().split_at_checked(order.heads_len).unwrap_or_default();
        let values = if is_short { joined.octets() } else { values };
        let rest = values.get(sent..).unwrap_or_default();
        let first_heads = if number == 0 && !is_short { heads } else { &[] };
        let around = seal_len.saturating_add(BLOCK_LEN).saturating_add(first_heads.len());
        let room = max.saturating_sub(around);
        if room == 0 {
            return Err(Failure::TooLong { octets: around });
        }
        let (piece, behind) = rest.split_at_checked(room).unwrap_or((rest, &[]));
        let (number, is_last) = (number.saturating_add(1), behind.is_empty());
        clear.clear();
        let mut sink = StoreSink::new(clear);
        if is_short {
            let [.., high, low] = number.to_be_bytes();
            let tag = ApduTag::WRITE_REQUEST.code();
            sink.put_array([tag, 1, 7, is_last.into(), high, low, 1, 9]);
        } else {
            let id = InvokeId::new(order.invoke as u8);
            let id = if self.config.has_high_priority { id.with_high_priority() } else { id };
            let (tag, first, list, next) = match order.kind {
                Kind::Act => (ApduTag::ACTION_REQUEST, 4, 5, 6),
                _ => (ApduTag::SET_REQUEST, 2, 5, 3),
            };
            let choice = match number {
                1 if order.is_list() => list,
                1 => first,
                _ => next,
            };
            sink.put_array([tag.code(), choice, id.0]);
            sink.put(first_heads);
            sink.put_u8(is_last.into());
            sink.put_u32(number);
        }
        length::emit(piece.len(), &mut sink);
        sink.put(piece);
        whole(&sink, piece.len())?;
        order.way = Way::Blocks { number, sent: sent.saturating_add(piece.len()), is_last };
        self.order = Some(order);
        self.dispatch()
    }

    /// Asks for the next block of an answer.
    pub(super) fn ask_next_block(&mut self) -> Result<(), Failure> {
        let Some(order) = self.order else { return Ok(()) };
        let number = self.block;
        self.stores.clear.clear();
        let mut sink = StoreSink::new(&mut self.stores.clear);
        if self.config.referencing == Referencing::ShortNames {
            let [.., high, low] = number.to_be_bytes();
            sink.put_array([ApduTag::READ_REQUEST.code(), 1, 5, high, low]);
        } else {
            let id = InvokeId::new(order.invoke as u8);
            let id = if self.config.has_high_priority { id.with_high_priority() } else { id };
            let tag = match order.kind {
                Kind::Act => ApduTag::ACTION_REQUEST,
                _ => ApduTag::GET_REQUEST,
            };
            sink.put_array([tag.code(), 2, id.0]);
            sink.put_u32(number);
        }
        whole(&sink, 7)?;
        self.dispatch()
    }

    /// Protects the message, if it is due, and sends it: whole, or by GENERAL-BLOCK-TRANSFER.
    pub(super) fn dispatch(&mut self) -> Result<(), Failure> {
        self.drop_message();
        let is_sealed = self.protects();
        if is_sealed {
            self.guard.protect(self.stores.clear.octets(), &mut self.stores.sealed)?;
        }
        let message = if is_sealed { &self.stores.sealed } else { &self.stores.clear }.octets();
        if message.len() > self.max_send() {
            let octets = message.len();
            if !self.grants(Conformance::GENERAL_BLOCK_TRANSFER) {
                return Err(Failure::TooLong { octets });
            }
            return self.begin_general(is_sealed);
        }
        self.carrier.send(message, Answer::Expected)?;
        self.is_due = true;
        Ok(())
    }

    /// Goes on to the next item, where they go one by one; false if all are done.
    pub(super) fn next_single(&mut self) -> Result<bool, Failure> {
        let Some(mut order) = self.order else { return Ok(false) };
        let Way::Single { index, head, value } = order.way else { return Ok(false) };
        let index = index.saturating_add(1);
        if index >= order.items {
            return Ok(false);
        }
        let (heads, values) =
            self.stores.request.octets().split_at_checked(order.heads_len).unwrap_or_default();
        let (this_head, this_value) = item(&order, heads, values, head, value)?;
        order.way = Way::Single {
            index,
            head: head.max(count_len(order.items)).saturating_add(this_head.len()),
            value: value.max(count_len(order.items)).saturating_add(this_value.len()),
        };
        self.order = Some(order);
        self.ask()?;
        Ok(true)
    }
}

/// Octets of the count before heads and values.
const fn count_len(items: usize) -> usize {
    length::wire_len(items)
}

/// The head and the value that begin there; 0 is before the count.
fn item<'a>(
    order: &Order,
    heads: &'a [u8],
    values: &'a [u8],
    head: usize,
    value: usize,
) -> Result<(&'a [u8], &'a [u8]), Failure> {
    let count = count_len(order.items);
    let heads = heads.get(head.max(count)..).unwrap_or_default();
    let mut reader = Reader::new(heads);
    match order.kind {
        Kind::Act => reader.read::<MethodDescriptor>().map(|_| ())?,
        _ => reader.read::<AttributeWithSelection<'_>>().map(|_| ())?,
    }
    let head = heads.get(..reader.offset()).unwrap_or_default();
    if order.kind == Kind::Get {
        return Ok((head, &[]));
    }
    let values = values.get(value.max(count)..).unwrap_or_default();
    let mut reader = Reader::new(values);
    reader.read::<DataRef<'_>>()?;
    Ok((head, values.get(..reader.offset()).unwrap_or_default()))
}

/// Did all fit?
pub(super) fn whole<S: Store>(sink: &StoreSink<'_, S>, octets: usize) -> Result<(), Failure> {
    if sink.is_whole() { Ok(()) } else { Err(Failure::TooLong { octets }) }
}
