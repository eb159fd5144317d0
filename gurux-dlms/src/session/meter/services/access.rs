//! ACCESS.

use alloc::vec::Vec;

use gurux_framing::{Sink, Wire};

use super::order::{Order, optional};
use super::{Refused, Services, refuse};
use crate::session::link::{Owned, Store, StoreSink};
use crate::session::meter::model::Model;
use crate::wire::{
    AccessRequest, AccessRequestSpecification as Item, AccessResponseSpecification as Outcome,
    ActionResult, ApduTag, AttributeWithSelection, Conformance, DataAccessResult, DataRef, List,
    length,
};

impl Services {
    /// Does each item in turn; after one that fails none, if the client wants it so.
    pub(super) fn access<M: Model>(
        &mut self,
        order: &mut Order<'_, M>,
        request: &AccessRequest<'_>,
        out: &mut Owned,
    ) -> bool {
        self.reset();
        let id = request.long_invoke_id_and_priority;
        let items = &request.access_request_body.access_request_specification;
        let mut sink = StoreSink::new(out);
        sink.put_u8(ApduTag::ACCESS_RESPONSE.code());
        sink.put_u32(id.0);
        sink.put_u8(0);
        sink.put_u8(id.is_self_descriptive().into());
        if id.is_self_descriptive() {
            items.emit(&mut sink);
        }
        length::emit(items.len(), &mut sink);
        let mut is_whole = sink.is_whole();
        let mut data = request.access_request_body.access_request_list_of_data.iter();
        let mut outcomes = Vec::with_capacity(items.len());
        let mut is_broken = false;
        for item in items.iter() {
            let value = data.next().unwrap_or(DataRef::NullData);
            let begin = out.octets().len();
            let outcome =
                if is_broken { aborted(&item) } else { access_one(order, &item, value, out) };
            is_broken |= id.breaks_on_error() && !is_success(&outcome);
            if out.octets().len() == begin {
                is_whole &= out.append(&[0]);
            }
            outcomes.push(outcome);
        }
        let mut sink = StoreSink::new(out);
        List::from(&outcomes[..]).emit(&mut sink);
        is_whole &= sink.is_whole();
        let is_carried = order.terms.is_short(out.octets().len())
            || order.terms.grants(Conformance::GENERAL_BLOCK_TRANSFER);
        if !id.is_confirmed() {
            out.clear();
            return false;
        }
        (is_whole && is_carried) || refuse(ApduTag::ACCESS_REQUEST, Refused::TooLong, out)
    }
}

const fn is_success(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Get { result } | Outcome::Set { result } => result.code() == 0,
        Outcome::Action { result } => result.code() == 0,
    }
}

/// An item after one that failed.
const fn aborted(item: &Item<'_>) -> Outcome {
    let result = DataAccessResult::OTHER_REASON;
    match item {
        Item::Get { .. } | Item::GetWithSelection { .. } => Outcome::Get { result },
        Item::Set { .. } | Item::SetWithSelection { .. } => Outcome::Set { result },
        Item::Action { .. } => Outcome::Action { result: ActionResult::OTHER_REASON },
    }
}

fn access_one<M: Model>(
    order: &mut Order<'_, M>,
    item: &Item<'_>,
    value: DataRef<'_>,
    out: &mut Owned,
) -> Outcome {
    let with = |cosem_attribute_descriptor, access_selection| AttributeWithSelection {
        cosem_attribute_descriptor,
        access_selection: Some(access_selection),
    };
    match *item {
        Item::Get { cosem_attribute_descriptor } => {
            Outcome::Get { result: order.read(&cosem_attribute_descriptor.into(), out) }
        }
        Item::GetWithSelection { cosem_attribute_descriptor, access_selection } => Outcome::Get {
            result: order.read(&with(cosem_attribute_descriptor, access_selection), out),
        },
        Item::Set { cosem_attribute_descriptor } => {
            Outcome::Set { result: order.write(&cosem_attribute_descriptor.into(), value) }
        }
        Item::SetWithSelection { cosem_attribute_descriptor, access_selection } => Outcome::Set {
            result: order.write(&with(cosem_attribute_descriptor, access_selection), value),
        },
        Item::Action { cosem_method_descriptor } => {
            let result = order.act(&cosem_method_descriptor, optional(value), out);
            Outcome::Action { result }
        }
    }
}
