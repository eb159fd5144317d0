//! ACTION.

use gurux_framing::Wire;

use super::order::{Order, one, optional};
use super::{Joined, Long, Part, Services, put};
use crate::session::link::{Owned, Store, StoreSink};
use crate::session::meter::model::Model;
use crate::wire::{
    ActionRequest, ActionResponse, ActionResponseItem, ActionResult, ApduTag, DataAccessResult,
    DataBlock, DataRef, InvokeId, List, MethodDescriptor, length,
};

impl Services {
    pub(super) fn action<M: Model>(
        &mut self,
        order: &mut Order<'_, M>,
        request: ActionRequest<'_>,
        out: &mut Owned,
    ) {
        if !matches!(request, ActionRequest::WithPblock { .. }) {
            self.forget();
        }
        match request {
            ActionRequest::Normal {
                invoke_id_and_priority: invoke,
                cosem_method_descriptor: at,
                method_invocation_parameters,
            } => {
                self.act_once(order, invoke, &at, method_invocation_parameters, out);
                if !invoke.is_confirmed() {
                    out.clear();
                }
            }
            ActionRequest::WithList {
                invoke_id_and_priority: invoke,
                cosem_method_descriptor_list: methods,
                method_invocation_parameters,
            } => {
                self.act_each(order, invoke, &methods, &method_invocation_parameters, out);
                if !invoke.is_confirmed() {
                    out.clear();
                }
            }
            ActionRequest::WithFirstPblock {
                invoke_id_and_priority: invoke,
                cosem_method_descriptor,
                pblock,
            } => {
                self.begin(Part::Action { is_list: false }, Some(&cosem_method_descriptor));
                self.action_block(order, invoke, &pblock, out);
            }
            ActionRequest::WithListAndFirstPblock {
                invoke_id_and_priority: invoke,
                cosem_method_descriptor_list,
                pblock,
            } => {
                self.begin(Part::Action { is_list: true }, Some(&cosem_method_descriptor_list));
                self.action_block(order, invoke, &pblock, out);
            }
            ActionRequest::WithPblock { invoke_id_and_priority: invoke, pblock } => {
                self.action_block(order, invoke, &pblock, out);
            }
            ActionRequest::NextPblock { invoke_id_and_priority: invoke, block_number } => {
                let sent = self.send_next(Long::Action, block_number, invoke.0, order.terms, out);
                if let Err(why) = sent {
                    let why = match why {
                        DataAccessResult::NO_LONG_GET_IN_PROGRESS => {
                            ActionResult::NO_LONG_ACTION_IN_PROGRESS
                        }
                        _ => ActionResult::LONG_ACTION_ABORTED,
                    };
                    put(&refusal(invoke, why), out);
                }
            }
        }
    }

    fn act_once<M: Model>(
        &mut self,
        order: &mut Order<'_, M>,
        invoke: InvokeId,
        at: &MethodDescriptor,
        parameter: Option<DataRef<'_>>,
        out: &mut Owned,
    ) {
        out.clear();
        out.append(&[ApduTag::ACTION_RESPONSE.code(), 1, invoke.0]);
        order.act_item(at, parameter, out);
        if !self.send_long(Long::Action, 3, invoke.0, order.terms, out) {
            // It was done; only what it returned cannot be told.
            put(&refusal(invoke, ActionResult::SUCCESS), out);
        }
    }

    fn act_each<M: Model>(
        &mut self,
        order: &mut Order<'_, M>,
        invoke: InvokeId,
        methods: &List<'_, MethodDescriptor>,
        parameters: &List<'_, DataRef<'_>>,
        out: &mut Owned,
    ) {
        out.clear();
        out.append(&[ApduTag::ACTION_RESPONSE.code(), 3, invoke.0]);
        length::emit(methods.len(), &mut StoreSink::new(out));
        let mut parameters = parameters.iter();
        for at in methods.iter() {
            match parameters.next() {
                Some(parameter) => order.act_item(&at, optional(parameter), out),
                None => {
                    out.append(&[ActionResult::TYPE_UNMATCHED.code(), 0]);
                }
            }
        }
        if !self.send_long(Long::Action, 3, invoke.0, order.terms, out) {
            put(&refusal(invoke, ActionResult::OTHER_REASON), out);
        }
    }

    fn action_block<M: Model>(
        &mut self,
        order: &mut Order<'_, M>,
        invoke_id_and_priority: InvokeId,
        block: &DataBlock<'_>,
        out: &mut Owned,
    ) {
        let block_number = block.block_number;
        let is_same = |kind| matches!(kind, Part::Action { .. });
        let why = match self.join(is_same, block_number, block.last_block, block.raw_data) {
            Joined::More => {
                put(&ActionResponse::NextPblock { invoke_id_and_priority, block_number }, out);
                return;
            }
            Joined::Whole => return self.act_joined(order, invoke_id_and_priority, out),
            Joined::Unnumbered | Joined::TooLong => ActionResult::LONG_ACTION_ABORTED,
            Joined::Unexpected => ActionResult::NO_LONG_ACTION_IN_PROGRESS,
        };
        put(&refusal(invoke_id_and_priority, why), out);
    }

    /// All blocks of the parameters came.
    fn act_joined<M: Model>(
        &mut self,
        order: &mut Order<'_, M>,
        invoke: InvokeId,
        out: &mut Owned,
    ) {
        let Some(receiving) = self.receiving.take() else { return };
        // What was joined is lent to the call, which may fill the room for outgoing blocks.
        let incoming = core::mem::take(&mut self.incoming);
        let (head, value) =
            incoming.octets().split_at_checked(receiving.head_len).unwrap_or_default();
        if receiving.kind == (Part::Action { is_list: true }) {
            let methods = List::from_bytes(head).unwrap_or(List::EMPTY);
            let parameters = List::from_bytes(value).unwrap_or(List::EMPTY);
            self.act_each(order, invoke, &methods, &parameters, out);
        } else {
            match (MethodDescriptor::from_bytes(head), one(value)) {
                (Ok(at), Some(value)) => self.act_once(order, invoke, &at, optional(value), out),
                _ => put(&refusal(invoke, ActionResult::TYPE_UNMATCHED), out),
            }
        }
        self.incoming = incoming;
        self.incoming.clear();
    }
}

fn refusal(invoke: InvokeId, result: ActionResult) -> ActionResponse<'static> {
    let single_response = ActionResponseItem { result, return_parameters: None };
    ActionResponse::Normal { invoke_id_and_priority: invoke, single_response }
}
