//! READ, WRITE and UnconfirmedWrite: objects by short names.

use alloc::vec::Vec;

use gurux_framing::Wire;

use super::order::{Order, optional};
use super::{Joined, Long, Part, Refused, Services, put, refuse};
use crate::session::link::{Owned, Store, StoreSink};
use crate::session::meter::model::Model;
use crate::table::class::ShortNamed;
use crate::wire::{
    ApduTag, Conformance, DataAccessResult, DataRef, List, ReadRequest, ReadResponse, ReadResult,
    SelectiveAccess, UnconfirmedWriteRequest, VariableAccess, WriteRequest, WriteResponse,
    WriteResult, length,
};

/// What a method may return that is called by WRITE, where it has no place in the answer.
const RETURNED: usize = 4096;

impl Services {
    pub(super) fn read<M: Model>(
        &mut self,
        order: &mut Order<'_, M>,
        request: &ReadRequest<'_>,
        out: &mut Owned,
    ) {
        let items = &request.variable_access_specification;
        match items.iter().next() {
            Some(VariableAccess::BlockNumber { block_number }) if items.len() == 1 => {
                let sent = self.send_next(Long::Read, block_number.into(), 0, order.terms, out);
                if let Err(why) = sent {
                    put_read(ReadResult::DataAccessError(why), out);
                }
            }
            Some(VariableAccess::ReadDataBlock { last_block, block_number, raw_data })
                if items.len() == 1 =>
            {
                if block_number == 1 {
                    self.begin(Part::Read, None::<&DataRef<'_>>);
                }
                let is_same = |kind| kind == Part::Read;
                let result = match self.join(is_same, block_number.into(), last_block, raw_data) {
                    Joined::More => ReadResult::BlockNumber(block_number),
                    Joined::Whole => return self.read_joined(order, out),
                    why => ReadResult::DataAccessError(misjoined(why)),
                };
                put_read(result, out);
            }
            _ => {
                self.forget();
                self.read_each(order, items, out);
            }
        }
    }

    fn read_joined<M: Model>(&mut self, order: &mut Order<'_, M>, out: &mut Owned) {
        self.receiving = None;
        let incoming = core::mem::take(&mut self.incoming);
        match List::<'_, VariableAccess<'_>>::from_bytes(incoming.octets()) {
            Ok(items) => self.read_each(order, &items, out),
            Err(_) => {
                refuse(ApduTag::READ_REQUEST, Refused::Malformed, out);
            }
        }
        self.incoming = incoming;
        self.incoming.clear();
    }

    fn read_each<M: Model>(
        &mut self,
        order: &mut Order<'_, M>,
        items: &List<'_, VariableAccess<'_>>,
        out: &mut Owned,
    ) {
        if items.len() != 1 && !order.terms.grants(Conformance::MULTIPLE_REFERENCES) {
            refuse(ApduTag::READ_REQUEST, Refused::NotGranted, out);
            return;
        }
        out.clear();
        out.append(&[ApduTag::READ_RESPONSE.code()]);
        length::emit(items.len(), &mut StoreSink::new(out));
        let mut is_whole = true;
        for item in items.iter() {
            let begin = out.octets().len();
            is_whole &= out.append(&[0]);
            let result = order.read_short(&item, out);
            if result != DataAccessResult::SUCCESS {
                out.truncate(begin);
                is_whole &= out.append(&[1, result.code()]);
            }
        }
        // observed: of a single value the blocks hold the value alone, as gurux-dlms reads them; of
        // several, the count and the results.
        let skipped = if items.len() == 1 { 3 } else { 1 };
        if !is_whole || !self.send_long(Long::Read, skipped, 0, order.terms, out) {
            refuse(ApduTag::READ_REQUEST, Refused::TooLong, out);
        }
    }

    pub(super) fn write<M: Model>(
        &mut self,
        order: &mut Order<'_, M>,
        request: &WriteRequest<'_>,
        out: &mut Owned,
    ) {
        let (items, values) = (&request.variable_access_specification, &request.list_of_data);
        self.sending = None;
        match (items.iter().next(), values.iter().next()) {
            (
                Some(VariableAccess::WriteDataBlock { last_block, block_number }),
                Some(DataRef::OctetString(piece)),
            ) if items.len() == 1 => {
                if block_number == 1 {
                    self.begin(Part::Write, None::<&DataRef<'_>>);
                }
                let is_same = |kind| kind == Part::Write;
                let result = match self.join(is_same, block_number.into(), last_block, piece) {
                    Joined::More => WriteResult::BlockNumber(block_number),
                    Joined::Whole => return self.write_joined(order, out),
                    why => WriteResult::DataAccessError(misjoined(why)),
                };
                put(&WriteResponse { results: List::from(&[result][..]) }, out);
            }
            _ => {
                self.forget();
                put_written(&order.write_each(items, values), out);
            }
        }
    }

    fn write_joined<M: Model>(&mut self, order: &mut Order<'_, M>, out: &mut Owned) {
        // The blocks hold the request without its tag.
        let (_, joined) = self.joined();
        let whole = [&[ApduTag::WRITE_REQUEST.code()], joined].concat();
        match WriteRequest::from_bytes(&whole) {
            Ok(WriteRequest { variable_access_specification, list_of_data }) => {
                let results = order.write_each(&variable_access_specification, &list_of_data);
                put_written(&results, out);
            }
            Err(_) => {
                refuse(ApduTag::WRITE_REQUEST, Refused::Malformed, out);
            }
        }
        self.forget();
    }
}

fn put_read(result: ReadResult<'_>, out: &mut Owned) {
    put(&ReadResponse { results: List::from(&[result][..]) }, out);
}

fn put_written(results: &[DataAccessResult], out: &mut Owned) {
    let results = results.iter().map(|result| match *result {
        DataAccessResult::SUCCESS => WriteResult::Success,
        refused => WriteResult::DataAccessError(refused),
    });
    let results: Vec<_> = results.collect();
    put(&WriteResponse { results: List::from(&results[..]) }, out);
}

const fn misjoined(why: Joined) -> DataAccessResult {
    match why {
        Joined::Unexpected => DataAccessResult::NO_LONG_SET_IN_PROGRESS,
        Joined::TooLong => DataAccessResult::LONG_SET_ABORTED,
        _ => DataAccessResult::DATA_BLOCK_NUMBER_INVALID,
    }
}

/// The number that is asked for, and which part of what lies there.
fn named<'a>(item: &VariableAccess<'a>) -> Option<(u16, Option<SelectiveAccess<'a>>)> {
    Some(match *item {
        VariableAccess::VariableName(name) => (name, None),
        VariableAccess::Parameterized { variable_name, selector, parameter } => {
            let (access_selector, access_parameters) = (selector, parameter);
            (variable_name, Some(SelectiveAccess { access_selector, access_parameters }))
        }
        _ => return None,
    })
}

impl<M: Model> Order<'_, M> {
    /// Adds the value of an attribute, or what a method returns.
    fn read_short(&mut self, item: &VariableAccess<'_>, out: &mut Owned) -> DataAccessResult {
        let Some((name, selection)) = named(item) else {
            return DataAccessResult::DATA_BLOCK_UNAVAILABLE;
        };
        if selection.is_some() && !self.terms.grants(Conformance::PARAMETERIZED_ACCESS) {
            return DataAccessResult::SCOPE_OF_ACCESS_VIOLATED;
        }
        match self.model.find_short(name) {
            None => DataAccessResult::OBJECT_UNDEFINED,
            Some((object, ShortNamed::Attribute(attribute))) => {
                self.read_of(&object, attribute, selection, out)
            }
            Some((object, ShortNamed::Method(method))) => {
                let begin = out.octets().len();
                let parameter = selection.and_then(|s| optional(s.access_parameters));
                let result = self.act_of(&object, method, parameter, out);
                if result == crate::wire::ActionResult::SUCCESS && out.octets().len() == begin {
                    out.append(&[0]);
                }
                DataAccessResult::new(result.code())
            }
        }
    }

    fn write_each(
        &mut self,
        items: &List<'_, VariableAccess<'_>>,
        values: &List<'_, DataRef<'_>>,
    ) -> Vec<DataAccessResult> {
        let mut values = values.iter();
        let each = items.iter().map(|item| match values.next() {
            Some(value) => self.write_short(&item, value),
            None => DataAccessResult::TYPE_UNMATCHED,
        });
        each.collect()
    }

    fn write_short(&mut self, item: &VariableAccess<'_>, value: DataRef<'_>) -> DataAccessResult {
        let Some((name, selection)) = named(item) else {
            return DataAccessResult::DATA_BLOCK_UNAVAILABLE;
        };
        match self.model.find_short(name) {
            None => DataAccessResult::OBJECT_UNDEFINED,
            Some((object, ShortNamed::Attribute(attribute))) => {
                self.write_of(&object, attribute, selection, value)
            }
            Some((object, ShortNamed::Method(method))) => {
                let mut returned = Owned::new(RETURNED);
                let result = self.act_of(&object, method, optional(value), &mut returned);
                DataAccessResult::new(result.code())
            }
        }
    }

    pub(super) fn write_unconfirmed(&mut self, request: &UnconfirmedWriteRequest<'_>) {
        self.write_each(&request.variable_access_specification, &request.list_of_data);
    }
}
