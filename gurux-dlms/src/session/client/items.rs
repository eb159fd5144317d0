//! What an answer holds, told item by item and row by row, where it lies.

use gurux_framing::{Reader, WireError, WireErrorKind};

use super::answer::{ItemKind, data_len, is_one_value};
use super::event::{ClientEvent, Failure};
use super::order::Way;
use super::{Awaits, Client};
use crate::security::{CounterStore, Provider};
use crate::session::link::Store;
use crate::wire::{DataAccessResult, DataType, length};

/// Where octets lie.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Source {
    /// In the carrier's message.
    Carrier,
    /// In a message of the carrier's in unnumbered frames.
    Unnumbered,
    /// In the store of joined blocks.
    Joined,
}

/// Octets in one of the stores.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Place {
    pub(super) source: Source,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// What [`Client::value`] reads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Current {
    None,
    /// No value, but no refusal.
    Null,
    Refused(DataAccessResult),
    Value(Place),
}

/// Items of an answer that are still to be told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Items {
    pub(super) place: Place,
    pub(super) kind: ItemKind,
    pub(super) left: usize,
    /// The number of the next one.
    pub(super) index: usize,
    /// Where the codes of an ACCESS lie.
    pub(super) codes_at: usize,
}

/// An array that is told row by row, as its blocks come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Rows {
    /// How many rows are to come; `None` before the head of the array.
    left: Option<usize>,
    number: usize,
    /// Octets of the row that is told.
    told: usize,
    /// All blocks are there.
    pub(super) is_last: bool,
}

impl Rows {
    pub(super) const NEW: Self = Self { left: None, number: 0, told: 0, is_last: false };
}

impl<S: Store, P: Provider, C: CounterStore> Client<S, P, C> {
    pub(super) fn octets(&self, place: Place) -> &[u8] {
        match place.source {
            Source::Carrier => self.carrier.message(),
            Source::Unnumbered => self.carrier.unnumbered(),
            Source::Joined => Some(self.stores.joined.octets()),
        }
        .and_then(|octets| octets.get(place.start..place.end))
        .unwrap_or_default()
    }

    /// The next item or row to tell, the end of the order included.
    pub(super) fn next_item(&mut self) -> Option<ClientEvent> {
        let call = self.order?.call;
        if self.rows.is_some() {
            return match self.next_row() {
                Ok(Some(number)) => Some(ClientEvent::Row { call, number }),
                Ok(None) => None,
                Err(failure) => {
                    self.fail(failure);
                    None
                }
            };
        }
        let items = self.items?;
        if items.left == 0 {
            self.items = None;
            match self.next_single() {
                Ok(true) => {}
                Ok(false) => self.finish(),
                Err(failure) => self.fail(failure),
            }
            return None;
        }
        match self.take_item(items) {
            Ok(index) => Some(ClientEvent::Value { call, index }),
            Err(error) => {
                self.fail(error.into());
                None
            }
        }
    }

    fn take_item(&mut self, mut items: Items) -> Result<usize, WireError> {
        let Place { source, start, end } = items.place;
        let octets = self.octets(items.place);
        let mut reader = Reader::new(octets);
        let code = |reader: &mut Reader<'_>| reader.u8("result").map(DataAccessResult::new);
        let mut refused = None;
        let has_value = match items.kind {
            ItemKind::Bare => true,
            ItemKind::Result => {
                let is_value = choice(&mut reader)?;
                if !is_value {
                    refused = Some(code(&mut reader)?);
                }
                is_value
            }
            ItemKind::Code => {
                refused = Some(code(&mut reader)?);
                false
            }
            ItemKind::Write => {
                if !choice(&mut reader)? {
                    refused = Some(code(&mut reader)?);
                }
                false
            }
            ItemKind::Action => {
                refused = Some(code(&mut reader)?);
                let is_there = reader.u8("return-parameters")? != 0;
                let is_value = is_there && choice(&mut reader)?;
                if is_there && !is_value {
                    refused = refused.filter(is_refusal).or(Some(code(&mut reader)?));
                }
                is_value
            }
            ItemKind::Access => {
                let mut codes = Reader::new(octets.get(items.codes_at..).unwrap_or_default());
                codes.u8("access-response-specification")?;
                refused = Some(code(&mut codes)?);
                true
            }
        };
        let from = reader.offset();
        let rest = octets.get(from..).unwrap_or_default();
        let len = if has_value { data_len(rest).map_err(|error| error.at(from))? } else { 0 };
        let taken = from.saturating_add(len);
        let behind =
            if items.kind == ItemKind::Access { 0 } else { octets.len().saturating_sub(taken) };
        items.left = items.left.saturating_sub(1);
        if items.left == 0 && behind > 0 {
            return Err(WireError::new(
                taken,
                "answer",
                WireErrorKind::Trailing { octets: behind },
            ));
        }
        let value =
            Place { source, start: start.saturating_add(from), end: start.saturating_add(taken) };
        self.current = match refused.filter(is_refusal) {
            Some(code) => Current::Refused(code),
            None if has_value => Current::Value(value),
            None => Current::Null,
        };
        let index = items.index;
        items.index = index.saturating_add(1);
        items.place = Place { source, start: value.end, end };
        items.codes_at = items.codes_at.saturating_sub(taken);
        if items.kind == ItemKind::Access {
            items.codes_at = items.codes_at.saturating_add(2);
        }
        self.items = Some(items);
        Ok(index)
    }

    /// The answer lies there: its items are told from now on.
    pub(super) fn begin_items(
        &mut self,
        kind: ItemKind,
        place: Place,
        is_list: bool,
    ) -> Result<(), Failure> {
        let Some(order) = self.order else { return Ok(()) };
        self.awaits = Awaits::Nothing;
        let (expected, index) = match order.way {
            Way::Single { index, .. } => (1, index),
            _ => (order.items, 0),
        };
        let mut items = Items { place, kind, left: expected, index, codes_at: 0 };
        if is_list {
            let mut reader = Reader::new(self.octets(place));
            let count = length::read(&mut reader, "count")?;
            if count != expected {
                let kind = WireErrorKind::Length { declared: count, available: expected };
                return Err(WireError::new(0, "count", kind).into());
            }
            items.place.start = place.start.saturating_add(reader.offset());
        }
        if kind == ItemKind::Access {
            items.codes_at = self.codes_at(items.place, expected)?;
        }
        if order.by_rows && matches!(kind, ItemKind::Result | ItemKind::Bare) {
            return self.begin_rows(items);
        }
        self.items = Some(items);
        Ok(())
    }

    /// Where the codes of an ACCESS begin, behind all values.
    fn codes_at(&self, place: Place, items: usize) -> Result<usize, WireError> {
        let octets = self.octets(place);
        let mut reader = Reader::new(octets);
        for _ in 0..items {
            reader.read::<crate::wire::DataRef<'_>>()?;
        }
        let count = length::read(&mut reader, "access-response-specification")?;
        if count != items {
            let kind = WireErrorKind::Length { declared: count, available: items };
            return Err(reader.error("access-response-specification", kind));
        }
        let at = reader.offset();
        reader.slice(items.saturating_mul(2), "access-response-specification")?;
        reader.finish("access-response")?;
        Ok(at)
    }

    /// An answer in one message, whose rows are told.
    fn begin_rows(&mut self, items: Items) -> Result<(), Failure> {
        let octets = self.octets(items.place);
        let mut reader = Reader::new(octets);
        if items.kind == ItemKind::Result && !choice(&mut reader)? {
            self.items = Some(items);
            return Ok(());
        }
        let value = reader.rest();
        if value.first() != Some(&DataType::ARRAY.code()) {
            self.items = Some(items);
            return Ok(());
        }
        if items.place.source == Source::Joined {
            let len = items.place.end.saturating_sub(value.len());
            self.stores.joined.truncate(items.place.end);
            self.stores.joined.drop_front(len);
        } else {
            // Rows are taken from the front of the store.
            let start = items.place.end.saturating_sub(value.len());
            let message = self.carrier.message().unwrap_or_default();
            let value = message.get(start..items.place.end).unwrap_or_default();
            self.stores.joined.clear();
            if !self.stores.joined.append(value) {
                return Err(Failure::TooLong { octets: value.len() });
            }
        }
        self.rows = Some(Rows { is_last: true, ..Rows::NEW });
        Ok(())
    }

    /// The next row that is whole, if there is one; asks for the next block if not.
    fn next_row(&mut self) -> Result<Option<usize>, Failure> {
        let Some(mut rows) = self.rows else { return Ok(None) };
        if rows.told > 0 {
            self.current = Current::None;
            self.stores.joined.drop_front(rows.told);
            rows.told = 0;
            self.rows = Some(rows);
        }
        let octets = self.stores.joined.octets();
        let left = match (rows.left, octets) {
            (Some(left), _) => Some(left),
            (None, []) => None,
            (None, [tag, head @ ..]) if *tag == DataType::ARRAY.code() => {
                let mut reader = Reader::new(head);
                match length::read(&mut reader, "count") {
                    Ok(count) => {
                        let used = reader.offset().saturating_add(1);
                        self.stores.joined.drop_front(used);
                        Some(count)
                    }
                    Err(error) if is_truncated(&error) && !rows.is_last => None,
                    Err(error) => return Err(error.into()),
                }
            }
            (None, _) => {
                // No array: it comes as one value, when it is whole.
                if !rows.is_last {
                    return self.want_block();
                }
                self.rows = None;
                let end = octets.len();
                let place = Place { source: Source::Joined, start: 0, end };
                self.items =
                    Some(Items { place, kind: ItemKind::Bare, left: 1, index: 0, codes_at: 0 });
                return Ok(None);
            }
        };
        rows.left = left;
        self.rows = Some(rows);
        if left == Some(0) {
            let behind = self.stores.joined.octets().len();
            if behind > 0 {
                let kind = WireErrorKind::Trailing { octets: behind };
                return Err(WireError::new(0, "array", kind).into());
            }
            if !rows.is_last {
                return self.want_block();
            }
            self.rows = None;
            self.finish();
            return Ok(None);
        }
        let row = left.map(|_| data_len(self.stores.joined.octets()));
        match row {
            Some(Ok(len)) => {
                self.current = Current::Value(Place { source: Source::Joined, start: 0, end: len });
                let number = rows.number;
                self.rows = Some(Rows {
                    left: left.map(|left| left.saturating_sub(1)),
                    number: number.saturating_add(1),
                    told: len,
                    ..rows
                });
                Ok(Some(number))
            }
            Some(Err(error)) if !is_truncated(&error) || rows.is_last => Err(error.into()),
            None if rows.is_last => {
                let kind = WireErrorKind::Truncated { needed: 1, available: 0 };
                Err(WireError::new(0, "array", kind).into())
            }
            Some(Err(_)) | None => self.want_block(),
        }
    }

    /// The rows that are there are told: the next block is due.
    fn want_block(&mut self) -> Result<Option<usize>, Failure> {
        if self.awaits == Awaits::Nothing {
            self.awaits = Awaits::Answer;
            self.ask_next_block()?;
        }
        Ok(None)
    }

    /// All blocks of an answer are joined: what kind of answer they are shows only now.
    pub(super) fn begin_joined(&mut self) -> Result<(), Failure> {
        let Some(order) = self.order else { return Ok(()) };
        let octets = self.stores.joined.octets();
        let place = Place { source: Source::Joined, start: 0, end: octets.len() };
        let is_list = order.items > 1 && order.way == Way::Whole;
        let (kind, is_list) = match order.kind {
            super::Kind::Act => {
                let is_item = matches!(octets, [_, 1, 0, value @ ..] if is_one_value(value))
                    || matches!(octets, [_, 0]);
                match (is_list, is_item) {
                    (true, _) => (ItemKind::Action, true),
                    (false, true) => (ItemKind::Action, false),
                    (false, false) => (ItemKind::Bare, false),
                }
            }
            _ if is_list => (ItemKind::Result, true),
            // With short names some send the value alone, some the list of one result.
            _ if matches!(octets, [1, 0, value @ ..] if is_one_value(value)) => {
                (ItemKind::Result, true)
            }
            _ => (ItemKind::Bare, false),
        };
        self.begin_items(kind, place, is_list)
    }
}

/// Does a value follow? 0, or the code of an error: 1.
fn choice(reader: &mut Reader<'_>) -> Result<bool, WireError> {
    match reader.u8("choice")? {
        0 => Ok(true),
        1 => Ok(false),
        other => Err(reader.error("choice", WireErrorKind::Code(other.into()))),
    }
}

fn is_refusal(code: &DataAccessResult) -> bool {
    *code != DataAccessResult::SUCCESS
}

pub(super) const fn is_truncated(error: &WireError) -> bool {
    matches!(error.kind, WireErrorKind::Truncated { .. } | WireErrorKind::Length { .. })
}
