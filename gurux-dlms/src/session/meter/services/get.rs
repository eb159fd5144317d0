//! GET.

use super::order::Order;
use super::{Long, Services, put};
use crate::session::link::{Owned, Store, StoreSink};
use crate::session::meter::model::Model;
use crate::wire::{
    ApduTag, AttributeWithSelection, DataAccessResult, DataRef, GetDataBlock, GetDataBlockResult,
    GetDataResult, GetRequest, GetResponse, InvokeId, List, length,
};

impl Services {
    pub(super) fn get<M: Model>(
        &mut self,
        order: &mut Order<'_, M>,
        request: GetRequest<'_>,
        out: &mut Owned,
    ) {
        self.forget();
        match request {
            GetRequest::Normal {
                invoke_id_and_priority: invoke,
                cosem_attribute_descriptor,
                access_selection,
            } => {
                let at = AttributeWithSelection { cosem_attribute_descriptor, access_selection };
                out.append(&[ApduTag::GET_RESPONSE.code(), 1, invoke.0, 0]);
                let mut result = order.read(&at, out);
                if result == DataAccessResult::SUCCESS {
                    if self.send_long(Long::Get, 4, invoke.0, order.terms, out) {
                        return;
                    }
                    result = DataAccessResult::OTHER_REASON;
                }
                self.sending = None;
                put(&refusal(invoke, result), out);
            }
            GetRequest::WithList { invoke_id_and_priority: invoke, attribute_descriptor_list } => {
                out.append(&[ApduTag::GET_RESPONSE.code(), 3, invoke.0]);
                let is_whole = list(order, &attribute_descriptor_list, out);
                if !is_whole || !self.send_long(Long::Get, 3, invoke.0, order.terms, out) {
                    self.sending = None;
                    put(&refusal(invoke, DataAccessResult::OTHER_REASON), out);
                }
            }
            GetRequest::Next { invoke_id_and_priority, block_number } => {
                let invoke = invoke_id_and_priority.0;
                let sent = self.send_next(Long::Get, block_number, invoke, order.terms, out);
                if let Err(why) = sent {
                    let result = GetDataBlockResult::DataAccessResult(why);
                    let result = GetDataBlock { last_block: true, block_number, result };
                    let answer: GetResponse<'_> =
                        GetResponse::WithDatablock { invoke_id_and_priority, result };
                    put(&answer, out);
                }
            }
        }
    }
}

fn refusal(invoke: InvokeId, why: DataAccessResult) -> GetResponse<'static, DataRef<'static>> {
    let result = GetDataResult::DataAccessResult(why);
    GetResponse::Normal { invoke_id_and_priority: invoke, result }
}

/// Adds a count and a Get-Data-Result for each attribute; false, if there is no room for them.
fn list<M: Model>(
    order: &mut Order<'_, M>,
    attributes: &List<'_, AttributeWithSelection<'_>>,
    out: &mut Owned,
) -> bool {
    length::emit(attributes.len(), &mut StoreSink::new(out));
    attributes.iter().all(|at| {
        let begin = out.octets().len();
        if !out.append(&[0]) {
            return false;
        }
        let result = order.read(&at, out);
        if result == DataAccessResult::SUCCESS {
            return true;
        }
        out.truncate(begin);
        out.append(&[1, result.code()])
    })
}
