//! What a client makes of what the carrier tells.

use core::ops::Range;

use super::answer::{Heard, ItemKind, is_one_value, read};
use super::event::{ClientEvent, Failure};
use super::items::{Place, Rows, Source};
use super::order::{Kind, Way};
use super::{Awaits, Client, MAX_REPEATS, Phase};
use crate::security::{CounterStore, Provider};
use crate::session::link::Store;
use crate::session::{CarrierEvent, GuardError, Lost, Referencing};
use crate::wire::{ActionResult, ApduTag, DataAccessResult, DataRef, ExceptionResponse};
use gurux_framing::Wire;
use gurux_media::Session;

impl<S: Store, P: Provider, C: CounterStore> Client<S, P, C> {
    /// Takes what the carrier tells, while there is room to tell of it; was there anything?
    pub(super) fn pump(&mut self) -> bool {
        let mut has_moved = false;
        while self.events.has_room() && self.items.is_none() && self.notified.is_none() {
            self.advance();
            let Some(event) = self.carrier.poll_event() else { return has_moved };
            has_moved = true;
            if let Err(failure) = self.hear_carrier(event) {
                self.fail(failure);
            }
        }
        has_moved
    }

    fn hear_carrier(&mut self, event: CarrierEvent) -> Result<(), Failure> {
        match event {
            CarrierEvent::SignedOn(identification) => {
                self.events.push(ClientEvent::SignedOn(identification));
            }
            CarrierEvent::Connected(_) => self.connected()?,
            CarrierEvent::Disconnected(lost) => self.disconnected(lost),
            CarrierEvent::Message => {
                self.has_message = true;
                return self.take_message();
            }
            CarrierEvent::TooLong { octets } if self.awaits != Awaits::Nothing => {
                return Err(Failure::TooLong { octets });
            }
            CarrierEvent::Unanswered => return self.unanswered(),
            CarrierEvent::Unnumbered { .. } => {
                let octets = self.carrier.unnumbered().unwrap_or_default();
                let tag = ApduTag::new(octets.first().copied().unwrap_or_default());
                let place = Place { source: Source::Unnumbered, start: 0, end: octets.len() };
                self.notified = Some(place);
                self.events.push(ClientEvent::Notification { tag });
            }
            CarrierEvent::TooLong { octets } | CarrierEvent::Dropped { octets, .. } => {
                self.events.push(ClientEvent::Dropped { octets });
            }
        }
        Ok(())
    }

    /// The notification was read.
    pub(super) fn drop_notification(&mut self) {
        if self.notified.take().is_some_and(|place| place.source == Source::Carrier) {
            self.wait_on();
        } else {
            self.carrier.release_unnumbered();
        }
    }

    /// The message was none that is waited for.
    fn wait_on(&mut self) {
        self.drop_message();
        if self.awaits != Awaits::Nothing {
            self.carrier.await_more(self.now);
            self.is_due = true;
        }
    }

    /// A block of before has come once more: it is waited past, but not for ever.
    pub(super) fn wait_past(&mut self, expected: u32, found: u32) -> Result<(), Failure> {
        self.repeats = self.repeats.saturating_add(1);
        if self.repeats > MAX_REPEATS || !(1..expected).contains(&found) {
            return Err(Failure::Block { expected, found });
        }
        self.wait_on();
        Ok(())
    }

    fn disconnected(&mut self, lost: Lost) {
        let phase = core::mem::replace(&mut self.phase, Phase::Closed);
        self.agreed = None;
        self.has_message = false;
        self.guard.set_dedicated(None);
        if phase == Phase::Closing {
            if self.order.is_some_and(|order| order.kind == Kind::Release) {
                self.finish();
            } else if let Some(own) = self.borrowed_from.take() {
                // The counter is read, or cannot be; the client is itself again.
                self.carrier.set_client(own);
                return;
            }
        } else if self.order.is_some() {
            self.fail(Failure::Lost(lost));
        }
        if let Some(own) = self.borrowed_from.take() {
            self.carrier.set_client(own);
        }
        if phase != Phase::Closed {
            self.events.push(ClientEvent::Disconnected(lost));
        }
    }

    fn unanswered(&mut self) -> Result<(), Failure> {
        let reads = match self.awaits {
            Awaits::Nothing => return Ok(()),
            Awaits::Rlre => {
                self.close();
                return Ok(());
            }
            Awaits::Aare | Awaits::Counter => true,
            Awaits::Proof | Awaits::Names => false,
            Awaits::Answer => {
                self.order.is_some_and(|order| order.only_reads())
                    && self.config.referencing == Referencing::LogicalNames
            }
        };
        if self.incoming.is_some() {
            // Blocks were lost: what is missing is asked for again.
            return self.ask_general_again();
        }
        if reads && self.attempts < self.config.resends && self.outgoing.is_none() {
            self.attempts = self.attempts.saturating_add(1);
            let again = if self.awaits == Awaits::Aare || !self.protects() {
                self.carrier.resend()
            } else if self.carrier.can_resend() {
                // The same question under another counter: the meter may have had the first.
                self.dispatch()?;
                true
            } else {
                false
            };
            if again {
                self.is_due = true;
                return Ok(());
            }
        }
        if self.config.referencing == Referencing::ShortNames {
            // A late answer names no request: it would be taken for that to the next.
            self.close();
        }
        Err(Failure::TimedOut)
    }

    fn take_message(&mut self) -> Result<(), Failure> {
        let in_clear = self.is_in_clear();
        let can_double = self.carrier.can_resend();
        let Some(message) = self.carrier.message_mut() else { return Ok(()) };
        let range = if in_clear {
            0..message.len()
        } else {
            match self.guard.unprotect(message) {
                Ok(opened) => opened.range(),
                // A copy of what came before, as datagrams can be doubled.
                Err(GuardError::Replayed(_)) if can_double => {
                    self.wait_on();
                    return Ok(());
                }
                Err(_) if self.awaits == Awaits::Nothing => {
                    let octets = message.len();
                    self.wait_on();
                    self.events.push(ClientEvent::Dropped { octets });
                    return Ok(());
                }
                Err(error) => {
                    self.drop_message();
                    return Err(error.into());
                }
            }
        };
        self.hear(Source::Carrier, range)
    }

    /// Is nothing protected in what comes now?
    pub(super) fn is_in_clear(&self) -> bool {
        self.borrowed_from.is_some()
    }

    /// A message in clear lies there.
    pub(super) fn hear(&mut self, source: Source, range: Range<usize>) -> Result<(), Failure> {
        let place = Place { source, start: range.start, end: range.end };
        let apdu = self.octets(place);
        let tag = ApduTag::new(apdu.first().copied().unwrap_or_default());
        match tag {
            ApduTag::GENERAL_BLOCK_TRANSFER if source == Source::Carrier => {
                return self.hear_general(range);
            }
            ApduTag::DATA_NOTIFICATION
            | ApduTag::EVENT_NOTIFICATION_REQUEST
            | ApduTag::INFORMATION_REPORT_REQUEST => {
                self.notified = Some(place);
                self.events.push(ClientEvent::Notification { tag });
                return Ok(());
            }
            _ => {}
        }
        if self.awaits == Awaits::Rlre {
            // RLRE, or word that there is no such thing: the association is no more either way.
            self.close();
            return Ok(());
        }
        if tag == ApduTag::AARE && self.awaits == Awaits::Aare {
            return self.hear_aare(range);
        }
        let octets = apdu.len();
        if matches!(tag, ApduTag::AARE | ApduTag::RLRE) {
            // A late one, or one more.
            self.wait_on();
            self.events.push(ClientEvent::Dropped { octets });
            return Ok(());
        }
        let heard = match read(apdu) {
            Ok(heard) => heard,
            Err(_) if self.awaits == Awaits::Nothing => {
                self.wait_on();
                self.events.push(ClientEvent::Dropped { octets });
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        match (self.awaits, heard) {
            (Awaits::Nothing, _) => {
                self.wait_on();
                self.events.push(ClientEvent::Dropped { octets });
                Ok(())
            }
            (_, Heard::Exception(exception)) => self.hear_exception(exception),
            (_, Heard::ServiceError(error)) => Err(Failure::ServiceError(error)),
            (Awaits::Proof, heard) => self.hear_proof(place, &heard),
            (Awaits::Counter, heard) => self.hear_counter(place, &heard),
            (Awaits::Names, heard) => self.hear_names(place, heard),
            (Awaits::Answer, heard) => self.hear_answer(place, heard),
            (Awaits::Aare | Awaits::Rlre, _) => {
                self.wait_on();
                self.events.push(ClientEvent::Dropped { octets });
                Ok(())
            }
        }
    }

    fn hear_exception(&mut self, exception: ExceptionResponse) -> Result<(), Failure> {
        let is_retried = self.order.is_some_and(|order| order.is_retried);
        let Some(expected) = exception.invocation_counter.filter(|_| !is_retried) else {
            return Err(Failure::Exception(exception));
        };
        // The one that is expected, or the last that was heard: one more is right either way.
        let to = expected.saturating_add(1);
        if self.guard.keys().dedicated.is_some() && self.awaits != Awaits::Aare {
            self.guard.raise_counter(to);
        } else {
            self.guard.raise_global_counter(to);
        }
        if let Some(order) = &mut self.order {
            order.is_retried = true;
        }
        self.events.push(ClientEvent::CounterRaised { to });
        match self.awaits {
            Awaits::Aare => self.associate_now(),
            _ => self.dispatch(),
        }
    }

    fn hear_proof(&mut self, place: Place, heard: &Heard) -> Result<(), Failure> {
        let Heard::Items { kind, at, .. } = heard else {
            return Err(Failure::Unexpected(self.tag_at(place)));
        };
        let apdu = self.octets(place);
        let item = apdu.get(*at..).unwrap_or_default();
        let mut answer = [0; 128];
        let value = match (kind, item) {
            (ItemKind::Action, [0, 1, 0, value @ ..]) => value,
            (ItemKind::Action, [0, ..]) => &[],
            (ItemKind::Action, [code, ..]) => {
                return Err(Failure::WrongSecret(ActionResult::new(*code)));
            }
            (_, [1, 0, value @ ..]) => value,
            (_, [1, 1, code, ..]) => {
                return Err(Failure::WrongSecretByName(DataAccessResult::new(*code)));
            }
            _ => &[],
        };
        let octets = match DataRef::from_bytes(value) {
            Ok(data) => data.as_octets(),
            Err(_) => None,
        };
        let len = octets.map_or(0, <[u8]>::len).min(answer.len());
        answer.iter_mut().zip(octets.unwrap_or_default()).for_each(|(to, from)| *to = *from);
        let given = octets.is_some().then(|| answer.get(..len).unwrap_or_default());
        self.check_proof(given)
    }

    fn hear_counter(&mut self, place: Place, heard: &Heard) -> Result<(), Failure> {
        let Heard::Items { kind: ItemKind::Result, at, is_list: false, .. } = heard else {
            return Err(Failure::Unexpected(self.tag_at(place)));
        };
        let counter = match self.octets(place).get(*at..).unwrap_or_default() {
            [0, value @ ..] => DataRef::from_bytes(value)?.as_integer(),
            [1, code, ..] => return Err(Failure::NoCounter(DataAccessResult::new(*code))),
            _ => None,
        };
        let Some(counter) = counter.and_then(|value| u32::try_from(value).ok()) else {
            return Err(Failure::NoCounter(DataAccessResult::TYPE_UNMATCHED));
        };
        self.counter_came(counter);
        Ok(())
    }

    fn tag_at(&self, place: Place) -> ApduTag {
        ApduTag::new(self.octets(place).first().copied().unwrap_or_default())
    }

    /// An answer to the order, or to a part of it.
    fn hear_answer(&mut self, place: Place, heard: Heard) -> Result<(), Failure> {
        let Some(order) = self.order else { return Ok(()) };
        let within = |at: usize| Place { start: place.start.saturating_add(at), ..place };
        let invoke = match &heard {
            Heard::Items { invoke, .. }
            | Heard::Block { invoke, .. }
            | Heard::Taken { invoke, .. } => invoke.map(u32::from),
            Heard::Access { id, .. } => Some(*id),
            _ => None,
        };
        if invoke.is_some_and(|id| id != order.invoke) && !self.config.quirks.any_invoke_id {
            // The late answer to another request.
            self.wait_on();
            return Ok(());
        }
        let kind = match (&heard, order.kind) {
            (Heard::Items { kind, .. }, _) => *kind,
            (Heard::Block { .. }, Kind::Get | Kind::Act) => ItemKind::Bare,
            (Heard::Taken { .. }, Kind::Set | Kind::Act) => ItemKind::Bare,
            (Heard::Access { .. }, Kind::Access) => ItemKind::Access,
            _ => return Err(Failure::Unexpected(self.tag_at(place))),
        };
        let is_fit = match (kind, order.kind) {
            (ItemKind::Bare, _) | (ItemKind::Access, Kind::Access) => true,
            (ItemKind::Result, Kind::Get) | (ItemKind::Code, Kind::Set) => true,
            (ItemKind::Action, Kind::Act) | (ItemKind::Write, Kind::Set) => true,
            // Methods with short names are read, or written.
            (ItemKind::Result | ItemKind::Write, Kind::Act) => {
                self.config.referencing == Referencing::ShortNames
            }
            _ => false,
        };
        if !is_fit {
            return Err(Failure::Unexpected(self.tag_at(place)));
        }
        self.attempts = 0;
        match heard {
            Heard::Items { kind, at, .. } if self.rows.is_some() => {
                // Between the blocks of rows: word that there are no more, or nothing to do with them.
                match (kind, self.octets(within(at))) {
                    (ItemKind::Result, [1, code, ..]) => {
                        Err(Failure::Aborted(DataAccessResult::new(*code)))
                    }
                    _ => Err(Failure::Unexpected(self.tag_at(place))),
                }
            }
            Heard::Items { kind, at, is_list, behind, .. } => {
                let mut items = within(at);
                items.end = items.end.saturating_sub(behind);
                self.begin_items(kind, items, is_list)
            }
            Heard::Access { at, .. } => self.begin_items(ItemKind::Access, within(at), true),
            Heard::Block { is_last, number, piece, .. } => {
                self.hear_block(place, is_last, number, piece)
            }
            Heard::Taken { number, .. } => {
                let Way::Blocks { number: expected, is_last: false, .. } = order.way else {
                    return Err(Failure::Unexpected(self.tag_at(place)));
                };
                if number != expected {
                    // Word of one before, once more.
                    return self.wait_past(expected, number);
                }
                self.repeats = 0;
                self.next_block_out()
            }
            _ => Ok(()),
        }
    }

    /// A block of an answer.
    fn hear_block(
        &mut self,
        place: Place,
        is_last: bool,
        number: u32,
        piece: Result<Range<usize>, DataAccessResult>,
    ) -> Result<(), Failure> {
        let piece = piece.map_err(Failure::Aborted)?;
        let expected = self.block.saturating_add(1);
        if number != expected {
            return self.wait_past(expected, number);
        }
        self.repeats = 0;
        if place.source != Source::Carrier {
            return Err(Failure::Unexpected(self.tag_at(place)));
        }
        if number == 1 {
            self.stores.joined.clear();
        }
        let message = self.carrier.message().unwrap_or_default();
        let apdu = message.get(place.start..place.end).unwrap_or_default();
        let piece = apdu.get(piece).unwrap_or_default();
        if !self.stores.joined.append(piece) {
            let octets = self.stores.joined.octets().len().saturating_add(piece.len());
            return Err(Failure::TooLong { octets });
        }
        self.block = number;
        self.drop_message();
        let Some(order) = self.order else { return Ok(()) };
        if order.by_rows {
            self.awaits = Awaits::Nothing;
            let rows = self.rows.get_or_insert(Rows::NEW);
            rows.is_last = is_last;
            return Ok(());
        }
        if is_last { self.begin_joined() } else { self.ask_next_block() }
    }

    /// An answer in clear, joined from general blocks, lies in the store.
    pub(super) fn hear_joined(&mut self) -> Result<(), Failure> {
        let in_clear = self.is_in_clear();
        let message = self.stores.joined.octets_mut();
        let range =
            if in_clear { 0..message.len() } else { self.guard.unprotect(message)?.range() };
        self.hear(Source::Joined, range)
    }

    /// A list of objects or a part of it came.
    fn hear_names(&mut self, place: Place, heard: Heard) -> Result<(), Failure> {
        match heard {
            Heard::Items { kind: ItemKind::Result, at, .. } => {
                let item = self.octets(place).get(at..).unwrap_or_default();
                match item {
                    [1, 0, ..] => {
                        let at = at.saturating_add(2);
                        let start = place.start.saturating_add(at);
                        self.names_came(Place { start, ..place })
                    }
                    _ => Err(Failure::NoShortName),
                }
            }
            Heard::Block { is_last, number, piece, .. } => {
                let piece = piece.map_err(Failure::Aborted)?;
                let expected = self.block.saturating_add(1);
                if number != expected {
                    return Err(Failure::Block { expected, found: number });
                }
                self.block = number;
                let message = self.carrier.message().unwrap_or_default();
                let apdu = message.get(place.start..place.end).unwrap_or_default();
                if !self.stores.joined.append(apdu.get(piece).unwrap_or_default()) {
                    return Err(Failure::TooLong { octets: apdu.len() });
                }
                if !is_last {
                    return self.ask_next_block();
                }
                let octets = self.stores.joined.octets();
                let start = match octets {
                    [1, 0, value @ ..] if is_one_value(value) => 2,
                    _ => 0,
                };
                let end = octets.len();
                self.names_came(Place { source: Source::Joined, start, end })
            }
            _ => Err(Failure::Unexpected(self.tag_at(place))),
        }
    }
}
