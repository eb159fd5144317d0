//! SET.

use alloc::vec::Vec;

use gurux_framing::Wire;

use super::order::{Order, one};
use super::{Joined, Part, Services, put};
use crate::session::link::Owned;
use crate::session::meter::model::Model;
use crate::wire::{
    AttributeWithSelection, DataAccessResult, DataBlock, DataRef, InvokeId, List, SetRequest,
    SetResponse,
};

impl Services {
    pub(super) fn set<M: Model>(
        &mut self,
        order: &mut Order<'_, M>,
        request: SetRequest<'_>,
        out: &mut Owned,
    ) {
        self.sending = None;
        if !matches!(request, SetRequest::WithDatablock { .. }) {
            self.forget();
        }
        match request {
            SetRequest::Normal {
                invoke_id_and_priority,
                cosem_attribute_descriptor,
                access_selection,
                value,
            } => {
                let at = AttributeWithSelection { cosem_attribute_descriptor, access_selection };
                let result = order.write(&at, value);
                if invoke_id_and_priority.is_confirmed() {
                    put(&SetResponse::Normal { invoke_id_and_priority, result }, out);
                }
            }
            SetRequest::WithList {
                invoke_id_and_priority,
                attribute_descriptor_list,
                value_list,
            } => {
                let results = write_each(order, &attribute_descriptor_list, &value_list);
                let result = List::from(&results[..]);
                if invoke_id_and_priority.is_confirmed() {
                    put(&SetResponse::WithList { invoke_id_and_priority, result }, out);
                }
            }
            SetRequest::WithFirstDatablock {
                invoke_id_and_priority,
                cosem_attribute_descriptor,
                access_selection,
                datablock,
            } => {
                let at = AttributeWithSelection { cosem_attribute_descriptor, access_selection };
                self.begin(Part::Set { is_list: false }, Some(&at));
                self.set_block(order, invoke_id_and_priority, &datablock, out);
            }
            SetRequest::WithListAndFirstDatablock {
                invoke_id_and_priority,
                attribute_descriptor_list,
                datablock,
            } => {
                self.begin(Part::Set { is_list: true }, Some(&attribute_descriptor_list));
                self.set_block(order, invoke_id_and_priority, &datablock, out);
            }
            SetRequest::WithDatablock { invoke_id_and_priority, datablock } => {
                self.set_block(order, invoke_id_and_priority, &datablock, out);
            }
        }
    }

    fn set_block<M: Model>(
        &mut self,
        order: &mut Order<'_, M>,
        invoke_id_and_priority: InvokeId,
        block: &DataBlock<'_>,
        out: &mut Owned,
    ) {
        let block_number = block.block_number;
        let is_same = |kind| matches!(kind, Part::Set { .. });
        let result = match self.join(is_same, block_number, block.last_block, block.raw_data) {
            Joined::More => {
                put(&SetResponse::Datablock { invoke_id_and_priority, block_number }, out);
                return;
            }
            Joined::Whole => {
                let kind = self.receiving.map(|receiving| receiving.kind);
                let (head, value) = self.joined();
                if kind == Some(Part::Set { is_list: true }) {
                    let attributes = List::from_bytes(head).unwrap_or(List::EMPTY);
                    let values = List::from_bytes(value).unwrap_or(List::EMPTY);
                    let results = write_each(order, &attributes, &values);
                    let result = List::from(&results[..]);
                    let answer = SetResponse::LastDatablockWithList {
                        invoke_id_and_priority,
                        result,
                        block_number,
                    };
                    put(&answer, out);
                    return self.forget();
                }
                let result = match (AttributeWithSelection::from_bytes(head), one(value)) {
                    (Ok(at), Some(value)) => order.write(&at, value),
                    _ => DataAccessResult::TYPE_UNMATCHED,
                };
                self.forget();
                result
            }
            Joined::Unnumbered => DataAccessResult::DATA_BLOCK_NUMBER_INVALID,
            Joined::Unexpected => DataAccessResult::NO_LONG_SET_IN_PROGRESS,
            Joined::TooLong => DataAccessResult::LONG_SET_ABORTED,
        };
        put(&SetResponse::LastDatablock { invoke_id_and_priority, result, block_number }, out);
    }
}

/// Writes values to attributes, one each; where there is none for an attribute, its type is wrong.
fn write_each<M: Model>(
    order: &mut Order<'_, M>,
    attributes: &List<'_, AttributeWithSelection<'_>>,
    values: &List<'_, DataRef<'_>>,
) -> Vec<DataAccessResult> {
    let mut values = values.iter();
    let each = attributes.iter().map(|at| match values.next() {
        Some(value) => order.write(&at, value),
        None => DataAccessResult::TYPE_UNMATCHED,
    });
    each.collect()
}
